/* snapshot.c - the state as bytes: one walk over every field serves saving and the digest. */
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"

struct walk {
    struct buffer *out; /* NULL: only the digest */
    uint64_t a, b;      /* two running hashes */
    const struct state *state;
};

static void bytes(struct walk *w, const void *data, size_t size)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < size; i++) {
        w->a = (w->a ^ at[i]) * 1099511628211u;
        w->b = (w->b + at[i]) * 0x9e3779b97f4a7c15u ^ w->b >> 29;
    }
    if (w->out)
        buffer_add(w->out, data, size);
}

static void number(struct walk *w, int64_t n)
{
    bytes(w, &n, sizeof n);
}

static void name(struct walk *w, symbol s)
{
    const char *text = symbol_text(w->state->symbols, s);
    number(w, (int64_t)strlen(text));
    bytes(w, text, strlen(text));
}

static void named(struct walk *w, const struct named_value *items, unsigned count);

static void value(struct walk *w, const struct value *v)
{
    number(w, v->kind);
    switch (v->kind) {
    case VALUE_MISSING: break;
    case VALUE_BOOL: number(w, v->boolean); break;
    case VALUE_NUMBER:
        number(w, v->number.num);
        number(w, v->number.den);
        break;
    case VALUE_DATE: number(w, v->date); break;
    case VALUE_PERIOD:
        number(w, v->period.months);
        number(w, v->period.days);
        number(w, v->period.workdays);
        break;
    case VALUE_LENGTH:
        number(w, v->length.days);
        number(w, v->length.from);
        break;
    case VALUE_SPAN:
        number(w, v->span.kind);
        number(w, v->span.from);
        break;
    case VALUE_MEMBER:
    case VALUE_SYMBOL:
    case VALUE_CODE:
        name(w, v->member.symbol);
        name(w, v->member.list);
        break;
    case VALUE_TEXT: bytes(w, v->commitment, DIGEST_SIZE); break;
    case VALUE_SUBJECT: number(w, v->subject); break;
    case VALUE_CASE:
    case VALUE_FACT:
    case VALUE_ACT:
    case VALUE_DUTY: number(w, v->ref); break;
    case VALUE_LIST:
        number(w, v->list.count);
        for (uint32_t i = 0; i < v->list.count; i++)
            value(w, &v->list.items[i]);
        break;
    case VALUE_RECORD: named(w, v->record.items, v->record.count); break;
    }
}

static void named(struct walk *w, const struct named_value *items, unsigned count)
{
    number(w, count);
    for (unsigned i = 0; i < count; i++) {
        name(w, items[i].name);
        value(w, &items[i].value);
    }
}

static void numbers(struct walk *w, const struct numbers *list)
{
    number(w, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        number(w, list->items[i]);
}

static void names(struct walk *w, const symbol *items, unsigned count)
{
    number(w, count);
    for (unsigned i = 0; i < count; i++)
        name(w, items[i]);
}

static void walk_people(struct walk *w)
{
    const struct state *s = w->state;
    number(w, s->members.count);
    for (uint32_t i = 1; i < s->members.count; i++) {
        name(w, s->members.items[i].id);
        number(w, s->members.items[i].person);
        numbers(w, &s->members.items[i].assignments);
    }
    number(w, s->keys.count);
    for (uint32_t i = 1; i < s->keys.count; i++) {
        bytes(w, s->keys.items[i].key, KEY_SIZE);
        number(w, s->keys.items[i].member);
        number(w, s->keys.items[i].revoked);
    }
    number(w, s->assignments.count);
    for (uint32_t i = 1; i < s->assignments.count; i++) {
        const struct assignment_row *row = &s->assignments.items[i];
        number(w, row->member);
        name(w, row->role);
        number(w, row->unit);
        number(w, row->from);
        number(w, row->to);
        number(w, row->delegated_of);
    }
}

static void walk_subjects(struct walk *w)
{
    const struct state *s = w->state;
    number(w, s->subjects.count);
    for (uint32_t i = 1; i < s->subjects.count; i++) {
        const struct subject *subject = &s->subjects.items[i];
        name(w, subject->id);
        name(w, subject->kind);
        number(w, subject->field_count);
        for (uint32_t k = 0; k < subject->field_count; k++) {
            name(w, subject->fields[k].name);
            number(w, subject->fields[k].from);
            number(w, subject->fields[k].entry);
            value(w, &subject->fields[k].value);
        }
        numbers(w, &subject->facts);
        numbers(w, &subject->cases);
        numbers(w, &subject->duties);
    }
    number(w, s->facts.count);
    for (uint32_t i = 1; i < s->facts.count; i++) {
        const struct fact *f = &s->facts.items[i];
        name(w, f->type);
        named(w, f->slots, f->slot_count);
        named(w, f->fields, f->field_count);
        number(w, f->day);
        number(w, f->until);
        number(w, f->ended_on);
        number(w, f->ended_by);
        number(w, f->entry);
        number(w, f->recorded);
        number(w, f->case_number);
        number(w, f->act);
        number(w, f->superseded_by);
        number(w, f->superseded_at);
    }
}

static void walk_cases(struct walk *w)
{
    const struct state *s = w->state;
    number(w, s->acts.count);
    for (uint32_t i = 1; i < s->acts.count; i++) {
        const struct act *a = &s->acts.items[i];
        number(w, a->case_number);
        number(w, a->step);
        number(w, a->state);
        name(w, a->outcome);
        number(w, a->day);
        number(w, a->recorded);
        number(w, a->entry);
        number(w, a->signature_count);
        for (unsigned k = 0; k < a->signature_count; k++) {
            number(w, a->signatures[k].member);
            number(w, a->signatures[k].behalf);
            name(w, a->signatures[k].role);
            number(w, a->signatures[k].day);
        }
        named(w, a->fields, a->field_count);
        number(w, a->evidence_count);
        for (unsigned k = 0; k < a->evidence_count; k++) {
            name(w, a->evidence[k].kind);
            bytes(w, a->evidence[k].digest, DIGEST_SIZE);
        }
        names(w, a->waived, a->waived_count);
    }
    number(w, s->cases.count);
    for (uint32_t i = 1; i < s->cases.count; i++) {
        const struct case_row *c = &s->cases.items[i];
        name(w, c->procedure->name);
        number(w, c->procedure->pack->version);
        named(w, c->slots, c->slot_count);
        number(w, c->status);
        name(w, c->end);
        number(w, c->parent);
        number(w, c->start_fact);
        number(w, c->period.kind);
        number(w, c->period.from);
        number(w, c->opened);
        number(w, c->ended);
        number(w, c->version);
        number(w, (int64_t)c->done);
        number(w, (int64_t)c->open);
        number(w, (int64_t)c->skipped);
        number(w, c->first_act);
        for (unsigned k = 0; k < c->procedure->step_count; k++)
            number(w, c->opened_on[k]);
        numbers(w, &c->acts);
        numbers(w, &c->duties);
        numbers(w, &c->children);
    }
}

static void walk_duties(struct walk *w)
{
    const struct state *s = w->state;
    number(w, s->duties.count);
    for (uint32_t i = 1; i < s->duties.count; i++) {
        const struct duty_row *d = &s->duties.items[i];
        name(w, d->name);
        value(w, &d->of);
        number(w, d->case_number);
        number(w, d->step);
        number(w, d->fact);
        number(w, d->period.kind);
        number(w, d->period.from);
        number(w, d->deadline.start);
        number(w, d->deadline.due);
        number(w, d->deadline.rung_count);
        for (unsigned k = 0; k < d->deadline.rung_count; k++)
            number(w, d->deadline.rungs[k]);
        number(w, d->deadline.first_overdue);
        number(w, d->deadline.escalations[0]);
        number(w, d->deadline.escalations[1]);
        number(w, d->deadline.lean.count);
        for (unsigned k = 0; k < d->deadline.lean.count; k++)
            number(w, d->deadline.lean.years[k]);
        name(w, d->ladder_name);
        name(w, d->owner);
        number(w, d->unit);
        number(w, d->state);
        number(w, d->late);
        number(w, d->overdue_noted);
        number(w, d->suspended);
        number(w, d->suspended_on);
        number(w, d->used_days);
        number(w, d->rungs_fired);
        number(w, d->notices_fired);
        number(w, d->escalations_fired);
        number(w, d->met_on);
        number(w, d->opened);
        number(w, d->opened_entry);
        number(w, d->next_day);
        number(w, d->next_kind);
    }
    number(w, s->waivers.count);
    for (uint32_t i = 1; i < s->waivers.count; i++) {
        const struct waiver *v = &s->waivers.items[i];
        name(w, v->pack_step_procedure);
        name(w, v->step);
        names(w, v->guards, v->guard_count);
        number(w, v->member);
        number(w, v->case_number);
        named(w, v->slots, v->slot_count);
        number(w, v->day);
    }
}

static void walk_all(struct walk *w)
{
    const struct state *s = w->state;
    number(w, s->next_entry);
    number(w, s->recorded_at_us);
    number(w, s->today);
    number(w, s->rules.pack_count);
    for (unsigned i = 0; i < s->rules.pack_count; i++) {
        name(w, s->rules.packs[i]->id);
        number(w, s->rules.packs[i]->version);
    }
    number(w, (int64_t)calendar_year_count(s->calendar));
    for (size_t i = 0; i < calendar_year_count(s->calendar); i++)
        number(w, calendar_year_at(s->calendar, i));
    walk_people(w);
    walk_subjects(w);
    walk_cases(w);
    walk_duties(w);
}

void state_digest(const struct state *state, uint64_t ret_digest[2])
{
    struct walk walk = {.a = 14695981039346656037u, .b = 1, .state = state};
    walk_all(&walk);
    ret_digest[0] = walk.a;
    ret_digest[1] = walk.b;
}
