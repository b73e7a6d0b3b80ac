/* duty.c - duties: opening with their reminders, being met or cancelled, moved, and who is
 * reminded. */
#include <stdio.h>

#include "core/check.h"
#include "core/decide.h"

bool duty_is_open(const struct duty_row *duty)
{
    return duty->state == DUTY_OPEN || duty->state == DUTY_OVERDUE;
}

const struct ladder *ladder_of_name(const struct state *state, symbol name)
{
    return name ? rulebook_ladder(&state->rules, name) : NULL;
}

/* The ladder named, else by the length from start to due (a date without start takes the long one).
 */
static symbol ladder_name(const struct deciding *d, const struct duty_opening *opening)
{
    char name[2] = "L";
    if (opening->ladder)
        return opening->ladder;
    if (opening->start != DATE_NONE) {
        int32_t start = opening->start;
        name[0] = opening->due >= date_add_months(start, 3) ? 'L'
                  : opening->due - start >= 14              ? 'M'
                                                            : 'S';
    }
    return symbol_find(d->state->symbols, name);
}

static struct datum lean_datum(struct deciding *d, const struct provisional *lean)
{
    struct datum *years = ARENA_ARRAY(d->arena, struct datum, lean->count);
    for (unsigned i = 0; i < lean->count; i++)
        years[i] = datum_int(lean->years[i]);
    return datum_list(years, lean->count);
}

static struct deadline deadline_of(const struct deciding *d, symbol ladder, int32_t start,
                                   int32_t due, const struct provisional *lean)
{
    static const struct ladder none;
    const struct ladder *steps = ladder_of_name(d->state, ladder);
    struct deadline deadline;
    deadline_make(d->state->calendar, steps ? steps : &none, start, due, ROLL_NONE,
                  SHIFT_PREVIOUS_WORKDAY, &deadline);
    provisional_merge(&deadline.lean, lean);
    return deadline;
}

static struct datum rules_datum(struct deciding *d, const struct symbols *rules)
{
    struct datum *items = ARENA_ARRAY(d->arena, struct datum, rules->count);
    for (unsigned i = 0; i < rules->count; i++)
        items[i] = name_datum(d, rules->items[i]);
    return datum_list(items, rules->count);
}

void duty_open(struct deciding *d, const struct duty_opening *o)
{
    char period[SPAN_TEXT_SIZE];
    if (o->due == DATE_NONE || d->state->duties.count > STATE_DUTIES_MAX)
        return;
    int64_t number = d->state->duties.count;
    symbol ladder = ladder_name(d, o);
    struct deadline deadline = deadline_of(d, ladder, o->start, o->due, &o->lean);
    struct datum of = value_write(d->state, d->arena, &o->of);
    struct datum step =
        o->procedure ? name_datum(d, o->procedure->steps[o->step].name) : datum_text("");
    EMIT(d, duty_opened, datum_int(number), name_datum(d, o->name), of, datum_int(o->case_number),
         step, datum_int(o->fact), datum_text(arena_text(d->arena, span_text(o->period, period))),
         date_datum(d, deadline.start), date_datum(d, deadline.due),
         days_datum(d, deadline.rungs, deadline.rung_count), date_datum(d, deadline.first_overdue),
         days_datum(d, deadline.escalations, 2), name_datum(d, ladder), name_datum(d, o->owner),
         name_datum(d, o->unit ? d->state->subjects.items[o->unit].id : SYMBOL_NONE),
         lean_datum(d, &deadline.lean), rules_datum(d, &o->rules));
}

/* ---- met or cancelled ---- */

static struct scope duty_scope(const struct deciding *d, const struct duty_row *duty, int32_t day)
{
    struct scope scope = duty->case_number
                             ? scope_of_case(d->state, d->arena, duty->case_number,
                                             &d->state->cases.items[duty->case_number], day)
                             : scope_of(d->state, d->arena, duty->of, day);
    scope.it = duty->of;
    scope.period = duty->period;
    scope.start_fact = duty->fact;
    return scope;
}

/* A computed date that has gone, or lies later now: what the old one asked for has happened. */
static bool date_moves_on(const struct deciding *d, const struct duty_row *duty)
{
    struct scope scope = duty_scope(d, duty, d->today);
    if (!eval_predicate(&scope, duty->def->when.where))
        return true;
    struct value date = eval_operand(&scope, &duty->def->when.date);
    return date.kind != VALUE_DATE || date.date > duty->deadline.due;
}

/* The latest fact of the subject that makes `met` hold: it alone, written on its day, within the
 * duty's span. */
static bool met_by_fact(const struct deciding *d, const struct duty_row *duty, int64_t number)
{
    const struct fact *fact = &d->state->facts.items[number];
    int32_t from = duty->period.kind != SPAN_NONE ? duty->period.from
                   : duty->fact                   ? d->state->facts.items[duty->fact].day
                                                  : duty->deadline.start;
    int32_t to = duty->period.kind != SPAN_NONE ? duty->period.to : DATE_NONE;
    if (number == duty->fact || !fact_effective(fact, INT64_MAX) ||
        (from != DATE_NONE && fact->day < from) || (to != DATE_NONE && fact->day > to))
        return false;
    if (duty->def->when.kind == OCCASION_DATE &&
        (fact->entry <= duty->opened_entry || !date_moves_on(d, duty)))
        return false; /* it was there before the duty, or changes nothing about it */
    const struct predicate *met = duty->def->met;
    if (met->kind != PREDICATE_SELECT || met->selection->selector != SELECT_HAS)
        return true;
    if (met->selection->what.text != fact->type)
        return false;
    struct scope scope = duty_scope(d, duty, fact->day);
    scope.element.kind = VALUE_FACT;
    scope.element.ref = number;
    return eval_predicate(&scope, met->selection->where);
}

static int64_t meeting_fact(const struct deciding *d, const struct duty_row *duty)
{
    const struct predicate *met = duty->def->met;
    const struct numbers *facts =
        duty->of.kind == VALUE_SUBJECT ? &d->state->subjects.items[duty->of.subject].facts : NULL;
    int64_t best = 0;
    for (uint32_t i = 0; facts && i < facts->count; i++)
        if (met_by_fact(d, duty, facts->items[i]) &&
            (!best || d->state->facts.items[facts->items[i]].day < d->state->facts.items[best].day))
            best = facts->items[i];
    if (best && met->kind == PREDICATE_SELECT && met->selection->selector == SELECT_HAS &&
        !met->bounds.count)
        return best;
    struct scope scope = duty_scope(d, duty, best ? d->state->facts.items[best].day : d->today);
    return best && eval_predicate(&scope, met) ? best : 0;
}

void duty_check(struct deciding *d, int64_t number, int64_t fact, int32_t day)
{
    const struct duty_row *duty = &d->state->duties.items[number];
    (void)fact;
    if (!duty_is_open(duty) || !duty->def)
        return;
    if (duty->def->cancel) {
        struct scope scope = duty_scope(d, duty, day);
        if (eval_predicate(&scope, duty->def->cancel)) {
            EMIT(d, duty_cancelled, datum_int(number), date_datum(d, day), datum_text("condition"));
            return;
        }
    }
    int64_t meeting = meeting_fact(d, duty);
    if (!meeting)
        return;
    int32_t met_on = d->state->facts.items[meeting].day;
    EMIT(d, duty_met, datum_int(number), date_datum(d, met_on),
         datum_bool(met_on > duty->deadline.due), datum_int(meeting), datum_int(0));
}

/* ---- moved ---- */

void duty_recompute(struct deciding *d, int64_t number, int32_t start, int32_t due,
                    const char *reason)
{
    const struct duty_row *duty = &d->state->duties.items[number];
    struct provisional lean = {0};
    struct deadline deadline = deadline_of(d, duty->ladder_name, start, due, &lean);
    EMIT(d, duty_moved, datum_int(number), date_datum(d, start), date_datum(d, deadline.due),
         days_datum(d, deadline.rungs, deadline.rung_count), date_datum(d, deadline.first_overdue),
         days_datum(d, deadline.escalations, 2), lean_datum(d, &deadline.lean), datum_text(reason));
}

void duty_of_step_recompute(struct deciding *d, int64_t number, const char *reason)
{
    const struct duty_row *duty = &d->state->duties.items[number];
    const struct case_row *row = &d->state->cases.items[duty->case_number];
    int32_t start = duty->deadline.start;
    struct scope scope = scope_of_case(d->state, d->arena, duty->case_number, row, d->today);
    struct value due = eval_due(&scope, &row->procedure->steps[duty->step].due,
                                row->opened_on[duty->step], &start);
    if (due.kind == VALUE_DATE)
        duty_recompute(d, number, start, due.date, reason);
}

/* ---- who is reminded ---- */

static uint32_t person_of_step(const struct state *state, const struct duty_row *duty, int32_t day)
{
    if (duty->owner || !duty->procedure || !duty->case_number)
        return 0;
    const struct step *step = &duty->procedure->steps[duty->step];
    struct arena arena;
    arena_init(&arena, 0);
    struct scope scope = scope_of_case(state, &arena, duty->case_number,
                                       &state->cases.items[duty->case_number], day);
    struct value person =
        step->by.kind == BY_PERSON ? eval_operand(&scope, &step->by.path) : value_missing();
    uint32_t member =
        person.kind == VALUE_SUBJECT ? state_member_of_person(state, person.subject) : 0;
    arena_done(&arena);
    return member;
}

static symbol role_of_level(const struct state *state, const struct duty_row *duty, unsigned level)
{
    const struct pack *pack = duty->def         ? duty->def->pack
                              : duty->procedure ? duty->procedure->pack
                                                : NULL;
    if (level == 0)
        return duty->owner;
    const struct role_def *role = duty->owner ? rulebook_role(&state->rules, duty->owner) : NULL;
    if (level == 1 && role && role->superior)
        return role->superior;
    return pack ? pack->supervisor : SYMBOL_NONE;
}

/* Level 0: the owner; 1: his superior; 2: the supervisor. Whoever holds the role on that day. */
unsigned duty_recipients(const struct state *state, const struct duty_row *duty, int32_t day,
                         unsigned level, uint32_t *ret_members)
{
    uint32_t person = level == 0 ? person_of_step(state, duty, day) : 0;
    if (person) {
        ret_members[0] = person;
        return 1;
    }
    symbol role = role_of_level(state, duty, level);
    return role ? state_holders(state, role, duty->unit, day, ret_members, RECIPIENTS_MAX) : 0;
}
