/* snapshot.c - the state as bytes and back: one walk over every field serves saving, loading and
 * the digest.
 *
 * The bytes are for this program on this machine: 64-bit little-endian words, texts with their
 * length, a version in front. A snapshot of another version is not read; the log is folded from one
 * instead. What can be derived (maps, the schedule of duties, the compiled packs) is not written
 * but made again. */
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"

#define SNAPSHOT_VERSION 6
#define SNAPSHOT_MAGIC   INT64_C(0x315f6968736a) /* "jshi_1" */

enum walk_mode { WALK_SAVE, WALK_LOAD, WALK_DIGEST };

struct walk {
    enum walk_mode mode;
    struct state *state;
    struct buffer *out;      /* SAVE */
    const uint8_t *at, *end; /* LOAD */
    bool broken;             /* LOAD: the bytes end too early or say what cannot be */
    uint64_t a, b;           /* DIGEST */
};

/* ---- primitives ---- */

static void bytes(struct walk *w, void *data, size_t size)
{
    if (w->mode == WALK_SAVE) {
        buffer_add(w->out, data, size);
    } else if (w->mode == WALK_LOAD) {
        if ((size_t)(w->end - w->at) < size)
            w->broken = true;
        else if (size)
            memcpy(data, w->at, size);
        w->at += w->broken ? 0 : size;
    } else {
        const uint8_t *byte = data;
        for (size_t i = 0; i < size; i++) {
            w->a = (w->a ^ byte[i]) * 1099511628211u;
            w->b = (w->b + byte[i]) * 0x9e3779b97f4a7c15u ^ w->b >> 29;
        }
    }
}

static void number(struct walk *w, int64_t *n)
{
    bytes(w, n, sizeof *n);
}

#define NUMBER(w, field)                                                                           \
    do {                                                                                           \
        int64_t number_ = (int64_t)(field);                                                        \
        number((w), &number_);                                                                     \
        if ((w)->mode == WALK_LOAD)                                                                \
            (field) = (__typeof__(field))number_;                                                  \
    } while (0)

/* A count that is followed by so many things of at least one byte: a larger one is damage. */
static uint32_t count(struct walk *w, uint32_t have)
{
    NUMBER(w, have);
    if (w->mode == WALK_LOAD && (w->broken || have > (size_t)(w->end - w->at) + 1)) {
        w->broken = true;
        return 0;
    }
    return have;
}

static void name(struct walk *w, symbol *s)
{
    const char *text = w->mode == WALK_LOAD ? NULL : symbol_text(w->state->symbols, *s);
    uint32_t length = count(w, text ? (uint32_t)strlen(text) : 0);
    if (w->mode != WALK_LOAD) {
        bytes(w, (void *)(uintptr_t)text, length);
    } else if (!w->broken && (size_t)(w->end - w->at) >= length) {
        *s = symbol_add_n(w->state->symbols, (const char *)w->at, length);
        w->at += length;
    } else {
        w->broken = true;
    }
}

static void names(struct walk *w, symbol **items, uint16_t *n)
{
    uint32_t have = count(w, *n);
    if (w->mode == WALK_LOAD) {
        *items = have ? ARENA_ARRAY(&w->state->heap, symbol, have) : NULL;
        *n = (uint16_t)have;
    }
    for (uint32_t i = 0; i < have && !w->broken; i++)
        name(w, &(*items)[i]);
}

static void numbers(struct walk *w, struct numbers *list)
{
    uint32_t have = count(w, list->count);
    for (uint32_t i = 0; i < have && !w->broken; i++) {
        int64_t n = w->mode == WALK_LOAD ? 0 : list->items[i];
        number(w, &n);
        if (w->mode == WALK_LOAD)
            numbers_add(list, n);
    }
}

/* ---- values ---- */

static void named(struct walk *w, struct named_value **items, uint32_t *n);

static void value(struct walk *w, struct value *v)
{
    NUMBER(w, v->kind);
    switch (v->kind) {
    case VALUE_MISSING: break;
    case VALUE_BOOL: NUMBER(w, v->boolean); break;
    case VALUE_NUMBER:
        NUMBER(w, v->number.num);
        NUMBER(w, v->number.den);
        break;
    case VALUE_DATE: NUMBER(w, v->date); break;
    case VALUE_PERIOD:
        NUMBER(w, v->period.months);
        NUMBER(w, v->period.days);
        NUMBER(w, v->period.workdays);
        break;
    case VALUE_LENGTH:
        NUMBER(w, v->length.days);
        NUMBER(w, v->length.from);
        break;
    case VALUE_SPAN:
        NUMBER(w, v->span.kind);
        NUMBER(w, v->span.from);
        NUMBER(w, v->span.to);
        break;
    case VALUE_MEMBER:
    case VALUE_SYMBOL:
    case VALUE_CODE:
        name(w, &v->member.symbol);
        name(w, &v->member.list);
        break;
    case VALUE_TEXT: {
        uint8_t *place = w->mode == WALK_LOAD ? arena_take(&w->state->heap, DIGEST_SIZE)
                                              : (uint8_t *)(uintptr_t)v->commitment;
        bytes(w, place, DIGEST_SIZE);
        v->commitment = place;
        break;
    }
    case VALUE_SUBJECT: NUMBER(w, v->subject); break;
    case VALUE_CASE:
    case VALUE_FACT:
    case VALUE_ACT:
    case VALUE_DUTY: NUMBER(w, v->ref); break;
    case VALUE_LIST: {
        uint32_t have = count(w, v->list.count);
        struct value *items = w->mode == WALK_LOAD
                                  ? ARENA_ARRAY(&w->state->heap, struct value, have)
                                  : (struct value *)(uintptr_t)v->list.items;
        for (uint32_t i = 0; i < have && !w->broken; i++)
            value(w, &items[i]);
        v->list.items = items;
        v->list.count = have;
        break;
    }
    case VALUE_RECORD: {
        struct named_value *items = (struct named_value *)(uintptr_t)v->record.items;
        named(w, &items, &v->record.count);
        v->record.items = items;
        break;
    }
    default: w->broken = true; break;
    }
}

static void named(struct walk *w, struct named_value **items, uint32_t *n)
{
    uint32_t have = count(w, *n);
    if (w->mode == WALK_LOAD) {
        *items = have ? ARENA_ARRAY(&w->state->heap, struct named_value, have) : NULL;
        *n = have;
    }
    for (uint32_t i = 0; i < have && !w->broken; i++) {
        name(w, &(*items)[i].name);
        value(w, &(*items)[i].value);
    }
}

static void named16(struct walk *w, struct named_value **items, uint16_t *n)
{
    uint32_t have = *n;
    named(w, items, &have);
    *n = (uint16_t)have;
}

/* ---- rows ---- */

static void walk_member(struct walk *w, struct member *m)
{
    name(w, &m->id);
    NUMBER(w, m->person);
    numbers(w, &m->assignments);
}

static void walk_key(struct walk *w, struct key *k)
{
    bytes(w, k->key, KEY_SIZE);
    NUMBER(w, k->member);
    NUMBER(w, k->revoked);
}

static void walk_assignment(struct walk *w, struct assignment_row *r)
{
    NUMBER(w, r->member);
    name(w, &r->role);
    NUMBER(w, r->unit);
    NUMBER(w, r->from);
    NUMBER(w, r->to);
    NUMBER(w, r->delegated_of);
}

static void walk_subject(struct walk *w, struct subject *s)
{
    name(w, &s->id);
    name(w, &s->kind);
    s->field_count = count(w, s->field_count);
    if (w->mode == WALK_LOAD) {
        s->fields = calloc(s->field_count + 1, sizeof *s->fields);
        CHECK(s->fields != NULL);
        s->field_capacity = s->field_count + 1;
    }
    for (uint32_t i = 0; i < s->field_count && !w->broken; i++) {
        name(w, &s->fields[i].name);
        NUMBER(w, s->fields[i].from);
        NUMBER(w, s->fields[i].entry);
        value(w, &s->fields[i].value);
    }
    numbers(w, &s->facts);
    numbers(w, &s->cases);
    numbers(w, &s->duties);
    numbers(w, &s->children);
}

static void walk_fact(struct walk *w, struct fact *f)
{
    name(w, &f->type);
    named16(w, &f->slots, &f->slot_count);
    named16(w, &f->fields, &f->field_count);
    NUMBER(w, f->day);
    NUMBER(w, f->until);
    NUMBER(w, f->ended_on);
    NUMBER(w, f->ended_by);
    NUMBER(w, f->entry);
    NUMBER(w, f->recorded);
    NUMBER(w, f->case_number);
    NUMBER(w, f->act);
    NUMBER(w, f->superseded_by);
    NUMBER(w, f->superseded_at);
}

static void walk_signatures(struct walk *w, struct act *a)
{
    uint32_t have = count(w, a->signature_count);
    if (w->mode == WALK_LOAD) {
        a->signatures = have ? calloc(have, sizeof *a->signatures) : NULL;
        CHECK(!have || a->signatures != NULL);
        a->signature_count = (uint16_t)have;
    }
    for (uint32_t i = 0; i < have && !w->broken; i++) {
        NUMBER(w, a->signatures[i].member);
        NUMBER(w, a->signatures[i].behalf);
        name(w, &a->signatures[i].role);
        NUMBER(w, a->signatures[i].day);
    }
}

static void walk_act(struct walk *w, struct act *a)
{
    NUMBER(w, a->case_number);
    NUMBER(w, a->step);
    NUMBER(w, a->state);
    name(w, &a->outcome);
    NUMBER(w, a->day);
    NUMBER(w, a->recorded);
    NUMBER(w, a->entry);
    walk_signatures(w, a);
    named16(w, &a->fields, &a->field_count);
    uint32_t have = count(w, a->evidence_count);
    if (w->mode == WALK_LOAD) {
        a->evidence = have ? ARENA_ARRAY(&w->state->heap, struct evidence_row, have) : NULL;
        a->evidence_count = (uint16_t)have;
    }
    for (uint32_t i = 0; i < have && !w->broken; i++) {
        name(w, &a->evidence[i].kind);
        bytes(w, a->evidence[i].digest, DIGEST_SIZE);
    }
    names(w, &a->waived, &a->waived_count);
}

static void walk_case(struct walk *w, struct case_row *c)
{
    symbol procedure = c->procedure ? c->procedure->name : SYMBOL_NONE;
    int64_t version = c->procedure ? c->procedure->pack->version : 0;
    name(w, &procedure);
    number(w, &version);
    if (w->mode == WALK_LOAD) {
        c->procedure = rulebook_procedure(&w->state->rules, procedure, version);
        if (!c->procedure) {
            w->broken = true;
            return;
        }
        c->opened_on = ARENA_ARRAY(&w->state->heap, int32_t, c->procedure->step_count);
    }
    named16(w, &c->slots, &c->slot_count);
    NUMBER(w, c->status);
    name(w, &c->end);
    NUMBER(w, c->parent);
    NUMBER(w, c->parent_step);
    NUMBER(w, c->start_fact);
    NUMBER(w, c->period.kind);
    NUMBER(w, c->period.from);
    NUMBER(w, c->period.to);
    NUMBER(w, c->opened);
    NUMBER(w, c->ended);
    NUMBER(w, c->version);
    NUMBER(w, c->opened_entry);
    NUMBER(w, c->ended_entry);
    NUMBER(w, c->done);
    NUMBER(w, c->open);
    NUMBER(w, c->skipped);
    NUMBER(w, c->first_act);
    for (unsigned i = 0; i < c->procedure->step_count; i++)
        NUMBER(w, c->opened_on[i]);
    numbers(w, &c->acts);
    numbers(w, &c->duties);
    numbers(w, &c->children);
}

static void walk_provisional(struct walk *w, struct provisional *lean)
{
    NUMBER(w, lean->count);
    w->broken = w->broken || lean->count > PROVISIONAL_YEARS_MAX;
    for (unsigned i = 0; i < lean->count && !w->broken; i++)
        NUMBER(w, lean->years[i]);
}

static void walk_deadline(struct walk *w, struct deadline *d)
{
    NUMBER(w, d->start);
    NUMBER(w, d->due);
    NUMBER(w, d->rung_count);
    for (unsigned i = 0; i < RUNGS_MAX; i++)
        NUMBER(w, d->rungs[i]);
    NUMBER(w, d->first_overdue);
    NUMBER(w, d->escalations[0]);
    NUMBER(w, d->escalations[1]);
    walk_provisional(w, &d->lean);
    w->broken = w->broken || d->rung_count > RUNGS_MAX;
}

static void walk_duty(struct walk *w, struct duty_row *d)
{
    bool of_step = d->procedure != NULL;
    int64_t version = w->mode == WALK_LOAD ? 0 : duty_pack(d)->version;
    name(w, &d->name);
    NUMBER(w, of_step);
    NUMBER(w, version);
    value(w, &d->of);
    NUMBER(w, d->case_number);
    NUMBER(w, d->step);
    NUMBER(w, d->fact);
    NUMBER(w, d->period.kind);
    NUMBER(w, d->period.from);
    NUMBER(w, d->period.to);
    walk_deadline(w, &d->deadline);
    name(w, &d->ladder);
    name(w, &d->owner);
    NUMBER(w, d->unit);
    NUMBER(w, d->state);
    NUMBER(w, d->late);
    NUMBER(w, d->overdue_noted);
    NUMBER(w, d->suspended);
    NUMBER(w, d->suspended_on);
    NUMBER(w, d->resumed_on);
    NUMBER(w, d->used_days);
    NUMBER(w, d->stood_days);
    NUMBER(w, d->rungs_fired);
    NUMBER(w, d->notices_fired);
    NUMBER(w, d->moves);
    NUMBER(w, d->escalations_fired);
    NUMBER(w, d->met_on);
    NUMBER(w, d->opened);
    NUMBER(w, d->opened_entry);
    NUMBER(w, d->changed_entry);
    NUMBER(w, d->changed_at_us);
    NUMBER(w, d->closed_on);
    NUMBER(w, d->closed_entry);
    NUMBER(w, d->next_day); /* of a notice it was asked of the calendar as it was then */
    NUMBER(w, d->next_kind);
    walk_provisional(w, &d->next_lean);
    if (w->mode != WALK_LOAD || w->broken)
        return;
    if (!of_step)
        d->def = rulebook_duty(&w->state->rules, d->name, version);
    else if (d->case_number > 0 && d->case_number < (int64_t)w->state->cases.count)
        d->procedure = rulebook_procedure(
            &w->state->rules, w->state->cases.items[d->case_number].procedure->name, version);
    w->broken = of_step ? !d->procedure || d->step >= d->procedure->step_count : !d->def;
}

static void walk_waiver(struct walk *w, struct waiver *v)
{
    name(w, &v->pack_step_procedure);
    name(w, &v->step);
    names(w, &v->guards, &v->guard_count);
    NUMBER(w, v->member);
    NUMBER(w, v->case_number);
    named16(w, &v->slots, &v->slot_count);
    NUMBER(w, v->day);
}

/* ---- tables ---- */

#define WALK_TABLE(w, table, row)                                                                  \
    do {                                                                                           \
        uint32_t rows_ = count((w), (table).count);                                                \
        for (uint32_t i_ = 1; i_ < rows_ && !(w)->broken; i_++) {                                  \
            if ((w)->mode == WALK_LOAD)                                                            \
                (void)TABLE_ADD(table);                                                            \
            row((w), &(table).items[i_]);                                                          \
        }                                                                                          \
    } while (0)

static void walk_reminder(struct walk *w, struct reminder_row *r)
{
    NUMBER(w, r->key);
    NUMBER(w, r->first);
    NUMBER(w, r->count);
    NUMBER(w, r->acknowledged);
    w->broken = w->broken || r->count > RECIPIENTS_MAX ||
                (r->count && (uint64_t)r->first + r->count > w->state->reminder_members.count);
}

static void walk_reminder_member(struct walk *w, uint32_t *member)
{
    NUMBER(w, *member);
    w->broken = w->broken || !*member || *member >= w->state->members.count;
}

static void walk_blobs(struct walk *w)
{
    struct blob_store *store = w->state->blobs;
    uint32_t blobs = count(w, (uint32_t)blob_count(store));
    for (uint32_t i = 0; i < blobs && !w->broken; i++) {
        uint8_t digest[DIGEST_SIZE];
        int64_t parts = 0;
        const char *part = NULL;
        size_t size = 0;
        if (w->mode != WALK_LOAD)
            blob_part_at(store, i, 0, digest, &parts, &part, &size);
        bytes(w, digest, DIGEST_SIZE);
        number(w, &parts);
        for (int64_t k = 0; k < parts && !w->broken; k++) {
            if (w->mode != WALK_LOAD)
                blob_part_at(store, i, k, digest, &parts, &part, &size);
            uint32_t length = count(w, (uint32_t)size);
            if (w->mode != WALK_LOAD) {
                bytes(w, (void *)(uintptr_t)part, length);
            } else if (!w->broken && (size_t)(w->end - w->at) >= length) {
                if (length && !blob_put(store, digest, k, parts, w->at, length))
                    w->broken = true;
                w->at += length;
            } else {
                w->broken = true;
            }
        }
    }
}

static void walk_activation(struct walk *w, struct activation *a)
{
    bytes(w, a->digest, DIGEST_SIZE);
    NUMBER(w, a->version);
    if (w->mode != WALK_LOAD || w->broken)
        return;
    struct state *state = w->state;
    struct pack_findings *findings = calloc(1, sizeof *findings);
    size_t size;
    int year;
    CHECK(findings != NULL);
    const char *text = blob_text(state->blobs, a->digest, &size);
    if (text && !a->version)
        w->broken = calendar_load(state->calendar, text, size, &year, NULL) != STATUS_OK;
    else {
        struct pack *pack = text ? pack_read(text, size, state->symbols, findings) : NULL;
        if (pack)
            rulebook_link(&state->rules, pack, findings);
        if (!pack || findings->error_count) {
            pack_free(pack);
            w->broken = true;
        } else {
            pack->version = a->version;
            rulebook_add(&state->rules, pack);
        }
    }
    free(findings);
}

static void schedule_save(void *user, int32_t day, enum tick_kind kind, int64_t what_number,
                          symbol what)
{
    struct walk *w = user;
    int64_t one = 1;
    number(w, &one);
    NUMBER(w, day);
    NUMBER(w, kind);
    number(w, &what_number);
    name(w, &what);
}

static void walk_schedule(struct walk *w)
{
    int64_t more = 0;
    if (w->mode != WALK_LOAD) {
        schedule_each(w->state->schedule, schedule_save, w);
        number(w, &more);
        return;
    }
    for (number(w, &more); more && !w->broken; number(w, &more)) {
        int64_t day = 0, kind = 0, what_number = 0;
        symbol what = SYMBOL_NONE;
        number(w, &day);
        number(w, &kind);
        number(w, &what_number);
        name(w, &what);
        if (!w->broken && kind == TICK_value && what_number)
            watch_note(w->state, what, (uint32_t)what_number, (int32_t)day);
        else if (!w->broken)
            schedule_add(w->state, (int32_t)day, (enum tick_kind)kind, what_number, what);
    }
}

static void walk_all(struct walk *w)
{
    struct state *s = w->state;
    NUMBER(w, s->next_entry);
    NUMBER(w, s->recorded_at_us);
    NUMBER(w, s->today);
    walk_blobs(w);
    WALK_TABLE(w, s->activations, walk_activation);
    WALK_TABLE(w, s->members, walk_member);
    WALK_TABLE(w, s->keys, walk_key);
    WALK_TABLE(w, s->assignments, walk_assignment);
    WALK_TABLE(w, s->subjects, walk_subject);
    WALK_TABLE(w, s->facts, walk_fact);
    WALK_TABLE(w, s->acts, walk_act);
    WALK_TABLE(w, s->cases, walk_case);
    WALK_TABLE(w, s->duties, walk_duty);
    WALK_TABLE(w, s->waivers, walk_waiver);
    WALK_TABLE(w, s->reminder_members, walk_reminder_member);
    WALK_TABLE(w, s->reminders, walk_reminder);
    walk_schedule(w);
}

/* ---- what is derived ---- */

static void series_restore(struct state *state, int64_t number_of_fact)
{
    const struct fact *fact = &state->facts.items[number_of_fact];
    const struct fact_def *def = rulebook_fact(&state->rules, fact->type);
    if (def)
        series_note(state, def, fact);
}

static void tables_restore(struct state *s)
{
    for (uint32_t i = 1; i < s->members.count; i++) {
        map_put(&s->member_by_id, s->members.items[i].id, i);
        state_member_note(s, i);
    }
    for (uint32_t i = 1; i < s->assignments.count; i++)
        numbers_add(state_numbers_make(&s->assignments_by_unit, s->assignments.items[i].unit + 1),
                    i);
    for (uint32_t i = 1; i < s->keys.count; i++)
        bytes_map_put(&s->key_by_bytes, s->keys.items[i].key, i);
    for (uint32_t i = 1; i < s->subjects.count; i++) {
        map_put(&s->subject_by_id, s->subjects.items[i].id, i);
        numbers_add(state_numbers_make(&s->subjects_by_kind, s->subjects.items[i].kind), i);
    }
    for (uint32_t i = 1; i < s->facts.count; i++) {
        numbers_add(state_numbers_make(&s->facts_by_type, s->facts.items[i].type), i);
        series_restore(s, i);
    }
    for (uint32_t i = 1; i < s->cases.count; i++)
        numbers_add(state_numbers_make(&s->cases_by_procedure, s->cases.items[i].procedure->name),
                    i);
    for (uint32_t i = 1; i < s->duties.count; i++) {
        numbers_add(state_numbers_make(&s->duties_by_name, s->duties.items[i].name), i);
        schedule_restore(s, i);
    }
    for (uint32_t i = 1; i < s->reminders.count; i++)
        reminder_restore(s, i);
}

/* ---- the doors ---- */

void state_save(const struct state *state, struct buffer *out)
{
    struct walk w = {.mode = WALK_SAVE, .state = (struct state *)(uintptr_t)state, .out = out};
    int64_t magic = SNAPSHOT_MAGIC, version = SNAPSHOT_VERSION;
    number(&w, &magic);
    number(&w, &version);
    uint32_t length = count(&w, (uint32_t)strlen(state->origin));
    bytes(&w, state->origin, length);
    walk_all(&w);
}

enum status state_load(const void *data, size_t size, struct state **ret_state, struct fault *fault)
{
    struct walk w = {.mode = WALK_LOAD, .at = data, .end = (const uint8_t *)data + size};
    int64_t magic = 0, version = 0;
    char origin[256];
    number(&w, &magic);
    number(&w, &version);
    if (w.broken || magic != SNAPSHOT_MAGIC || version != SNAPSHOT_VERSION)
        return fault_set(fault, STATUS_INVALID, "no snapshot of version %d", SNAPSHOT_VERSION);
    uint32_t length = count(&w, 0);
    if (length >= sizeof origin)
        return fault_set(fault, STATUS_CORRUPT, "the snapshot's origin is too long");
    bytes(&w, origin, length);
    origin[w.broken ? 0 : length] = '\0';
    w.state = state_open(origin);
    walk_all(&w);
    if (w.broken || w.at != w.end) {
        state_close(w.state);
        return fault_set(fault, STATUS_CORRUPT,
                         "the snapshot is damaged; the log will be folded from one");
    }
    tables_restore(w.state);
    *ret_state = w.state;
    return STATUS_OK;
}

void state_digest(const struct state *state, uint64_t ret_digest[2])
{
    struct walk w = {.mode = WALK_DIGEST,
                     .state = (struct state *)(uintptr_t)state,
                     .a = 14695981039346656037u,
                     .b = 1};
    walk_all(&w);
    ret_digest[0] = w.a;
    ret_digest[1] = w.b;
}
