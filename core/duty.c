/* duty.c - duties: opening with their reminders, being met or cancelled, moved, and who is
 * reminded. */
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/decide.h"

bool duty_is_open(const struct duty_row *duty)
{
    return duty->state == DUTY_OPEN || duty->state == DUTY_OVERDUE;
}

const struct pack *duty_pack(const struct duty_row *duty)
{
    return duty->def ? duty->def->pack : duty->procedure->pack;
}

const struct ladder *duty_ladder(const struct state *state, const struct duty_row *duty)
{
    return rulebook_ladder(&state->rules, duty_pack(duty), duty->ladder);
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

static struct deadline deadline_of(const struct deciding *d, const struct pack *pack,
                                   symbol ladder_name, const struct duty_move *days)
{
    static const struct ladder none;
    struct deadline deadline;
    const struct ladder *ladder = rulebook_ladder(&d->state->rules, pack, ladder_name);
    deadline_make(d->state->calendar, ladder ? ladder : &none, days->start, days->due, pack->roll,
                  pack->shift, &deadline);
    provisional_merge(&deadline.lean, &days->lean);
    return deadline;
}

/* A duty that is opened late (an act recorded weeks after it was done, somebody registered in
 * November) has reminders that lie behind it: of those the last one goes out, at once, and the
 * others are left out. */
static void past_rungs_merge(struct deadline *deadline, int32_t today)
{
    unsigned past = 0;
    while (past < deadline->rung_count && deadline->rungs[past] < today)
        past++;
    if (past < 2)
        return;
    memmove(deadline->rungs, deadline->rungs + past - 1,
            (deadline->rung_count - past + 1) * sizeof *deadline->rungs);
    deadline->rung_count = (uint8_t)(deadline->rung_count - past + 1);
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
    const struct pack *pack = o->def ? o->def->pack : o->procedure->pack;
    struct duty_move days = {.start = o->start, .due = o->due, .lean = o->lean};
    struct deadline deadline = deadline_of(d, pack, ladder, &days);
    past_rungs_merge(&deadline, d->today);
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

struct scope duty_scope(const struct state *state, struct arena *arena, const struct duty_row *duty,
                        int32_t day)
{
    struct scope scope = duty->case_number
                             ? scope_of_case(state, arena, duty->case_number,
                                             &state->cases.items[duty->case_number], day)
                             : scope_of(state, arena, duty->of, day);
    scope.pack = duty_pack(duty);
    scope.it = duty->of;
    scope.period = duty->period;
    scope.start_fact = duty->fact;
    return scope;
}

int32_t duty_due_rolled(const struct deciding *d, const struct pack *pack, int32_t due)
{
    struct provisional lean = {0};
    return pack->roll == ROLL_NEXT_WORKDAY ? calendar_workday_after(d->state->calendar, due, &lean)
                                           : due;
}

/* A computed date that has gone, or lies later now: what the old one asked for has happened. */
static bool date_moves_on(const struct deciding *d, const struct duty_row *duty)
{
    struct scope scope = duty_scope(d->state, d->arena, duty, d->today);
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
    struct scope scope = duty_scope(d->state, d->arena, duty, fact->day);
    scope.element.kind = VALUE_FACT;
    scope.element.ref = number;
    return eval_predicate(&scope, met->selection->where);
}

/* The first day counts; but a computed date is moved on by what was recorded last. */
static bool is_one_fact(const struct predicate *met)
{
    return met->kind == PREDICATE_SELECT && met->selection->selector == SELECT_HAS &&
           !met->bounds.count;
}

/* Where one fact is enough the earliest meets it. Where several together do (two budget lines, a
 * count), the latest of them completes it: had fewer been enough, it would have been met before. */
static bool meets_better(const struct deciding *d, const struct duty_row *duty, int64_t fact,
                         int64_t best)
{
    const struct fact *facts = d->state->facts.items;
    if (!best || duty->def->when.kind == OCCASION_DATE)
        return true;
    return is_one_fact(duty->def->met) ? facts[fact].day < facts[best].day
                                       : facts[fact].day >= facts[best].day;
}

static int64_t meeting_fact(const struct deciding *d, const struct duty_row *duty)
{
    const struct predicate *met = duty->def->met;
    const struct numbers *facts =
        duty->of.kind == VALUE_SUBJECT ? &d->state->subjects.items[duty->of.subject].facts : NULL;
    int64_t best = 0;
    for (uint32_t i = 0; facts && i < facts->count; i++)
        if (met_by_fact(d, duty, facts->items[i]) && meets_better(d, duty, facts->items[i], best))
            best = facts->items[i];
    if (best && is_one_fact(met))
        return best;
    struct scope scope =
        duty_scope(d->state, d->arena, duty, best ? d->state->facts.items[best].day : d->today);
    return best && eval_predicate(&scope, met) ? best : 0;
}

void duty_check(struct deciding *d, int64_t number, int64_t fact, int32_t day)
{
    const struct duty_row *duty = &d->state->duties.items[number];
    (void)fact;
    if (!duty_is_open(duty) || !duty->def)
        return;
    if (duty->def->cancel) {
        struct scope scope = duty_scope(d->state, d->arena, duty, day);
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

void duty_move(struct deciding *d, int64_t number, const struct duty_move *move)
{
    const struct duty_row *duty = &d->state->duties.items[number];
    struct deadline deadline = deadline_of(d, duty_pack(duty), duty->ladder, move);
    past_rungs_merge(&deadline, d->today);
    EMIT(d, duty_moved, datum_int(number), date_datum(d, move->start), date_datum(d, deadline.due),
         days_datum(d, deadline.rungs, deadline.rung_count), date_datum(d, deadline.first_overdue),
         days_datum(d, deadline.escalations, 2), lean_datum(d, &deadline.lean),
         datum_text(move->reason));
}

void duty_recompute(struct deciding *d, int64_t number, int32_t start, int32_t due,
                    const char *reason)
{
    duty_move(d, number, &(struct duty_move){.start = start, .due = due, .reason = reason});
}

/* By its date, its fact or its period, as it was when it was opened, and what its clock stood. */
void duty_of_def_recompute(struct deciding *d, int64_t number, const char *reason)
{
    const struct duty_row *duty = &d->state->duties.items[number];
    const struct duty_def *def = duty->def;
    struct duty_move move = {
        .start = duty->deadline.start, .due = duty->deadline.due, .reason = reason};
    struct scope scope = duty_scope(d->state, d->arena, duty, d->today);
    struct value due = value_missing();
    scope.lean = &move.lean;
    if (def->when.kind == OCCASION_DATE)
        due = eval_operand(&scope, &def->when.date);
    else if (def->due.present && (duty->fact || duty->period.kind != SPAN_NONE))
        due = eval_due(&scope, &def->due,
                       duty->fact ? d->state->facts.items[duty->fact].day : duty->period.from,
                       &move.start);
    else if (duty->period.kind != SPAN_NONE)
        due = (struct value){.kind = VALUE_DATE, .date = duty->period.to};
    if (due.kind == VALUE_DATE)
        move.due = duty_clock_due(d, duty, due.date, &move.lean);
    duty_move(d, number, &move);
}

void duty_of_step_recompute(struct deciding *d, int64_t number, const char *reason)
{
    const struct duty_row *duty = &d->state->duties.items[number];
    const struct case_row *row = &d->state->cases.items[duty->case_number];
    struct duty_move move = {.start = duty->deadline.start, .reason = reason};
    struct scope scope = scope_of_case(d->state, d->arena, duty->case_number, row, d->today);
    scope.lean = &move.lean;
    struct value due = eval_due(&scope, &row->procedure->steps[duty->step].due,
                                row->opened_on[duty->step], &move.start);
    if (due.kind != VALUE_DATE)
        return;
    move.due = duty_clock_due(d, duty, due.date, &move.lean);
    duty_move(d, number, &move);
}

/* ---- a clock that stands still ---- */

/* How many workdays the duty has, if it counts nothing else; 0: it counts days. */
static int32_t clock_workdays(const struct deciding *d, const struct duty_row *duty)
{
    const struct due *due = duty->def ? &duty->def->due : &duty->procedure->steps[duty->step].due;
    struct scope scope = duty_scope(d->state, d->arena, duty, d->today);
    if (due->date.kind != OPERAND_NONE || due->plus.kind == OPERAND_NONE)
        return 0;
    struct value plus = eval_operand(&scope, &due->plus);
    bool only = plus.kind == VALUE_PERIOD && !plus.period.months && !plus.period.days;
    return only ? plus.period.workdays : 0;
}

static int32_t workdays_between(const struct deciding *d, int32_t after, int32_t to)
{
    struct provisional lean = {0};
    int32_t count = 0;
    for (int32_t day = after + 1; day <= to; day++)
        count += calendar_is_workday(d->state->calendar, day, &lean);
    return count;
}

/* Day from which the clock has run since it last stood still, or from its start. */
int32_t duty_clock_runs_since(const struct duty_row *duty)
{
    return duty->resumed_on != DATE_NONE       ? duty->resumed_on
           : duty->deadline.start != DATE_NONE ? duty->deadline.start
                                               : duty->opened;
}

int32_t duty_clock_used(const struct deciding *d, const struct duty_row *duty, int32_t day)
{
    int32_t since = duty_clock_runs_since(duty);
    return duty->used_days +
           (clock_workdays(d, duty) ? workdays_between(d, since, day) : day - since);
}

/* Workdays that are left begin after the day of resumption; days are those between suspension and
 * due day, put behind it. */
int32_t duty_clock_resumed_due(const struct deciding *d, const struct duty_row *duty, int32_t day,
                               struct provisional *lean)
{
    int32_t workdays = clock_workdays(d, duty), left = workdays - duty->used_days;
    if (!workdays)
        return duty->deadline.due + (day - duty->suspended_on);
    return left > 0 ? calendar_add(d->state->calendar, day, (struct period){.workdays = left},
                                   FIRST_DAY_NOT_COUNTED, lean)
                    : day;
}

/* The due day that its period gives from its start, with what the clock stood still. Of a clock that
 * stands again, it is the day that would be due if it went on at once. */
int32_t duty_clock_due(const struct deciding *d, const struct duty_row *duty, int32_t due,
                       struct provisional *lean)
{
    if (duty->resumed_on == DATE_NONE)
        return due;
    int32_t since = duty->suspended ? duty->suspended_on : duty->resumed_on;
    return clock_workdays(d, duty) ? duty_clock_resumed_due(d, duty, since, lean)
                                   : due + duty->stood_days;
}

/* ---- what moving does to what was sent ---- */

uint16_t duty_notices_behind(const struct state *state, const struct duty_row *duty)
{
    const struct ladder *ladder = duty_ladder(state, duty);
    unsigned count = ladder
                         ? deadline_overdue_notices_before(state->calendar, ladder, &duty->deadline,
                                                           duty_pack(duty)->shift, state->today)
                         : 0;
    if (count > UINT16_MAX)
        count = UINT16_MAX;
    return count ? (uint16_t)(count - 1) : 0;
}

/* Rungs up to the last one sent are not sent again; nor, once one was sent, those that a published
 * calendar put on a day that is over. */
static void rungs_move(struct duty_row *duty, const struct deadline *before, int32_t over)
{
    bool had_fired = duty->rungs_fired > 0;
    int32_t last_fired = had_fired ? before->rungs[duty->rungs_fired - 1] : DATE_NONE;
    if (over != DATE_NONE && over > last_fired)
        last_fired = over;
    duty->rungs_fired = 0;
    while (had_fired && duty->rungs_fired < duty->deadline.rung_count &&
           duty->deadline.rungs[duty->rungs_fired] <= last_fired)
        duty->rungs_fired++;
}

/* A limit that lies ahead is a new one. One that is over stays what it was: overdue if that is on
 * record, so that one entry and no second names the responsible; and of the notices that lie behind
 * it, only the last goes out. */
void duty_has_moved(const struct state *state, struct duty_row *duty,
                    const struct deadline *deadline, bool by_calendar)
{
    struct deadline before = duty->deadline;
    duty->deadline = *deadline;
    duty->moves++;
    duty->closed_on = DATE_NONE; /* it is open now, whatever it was */
    duty->closed_entry = 0;
    rungs_move(duty, &before, by_calendar ? state->today - 1 : DATE_NONE);
    if (deadline->due >= state->today) {
        duty->state = DUTY_OPEN;
        duty->late = false;
        duty->overdue_noted = false;
        duty->notices_fired = 0;
        duty->escalations_fired = 0;
        return;
    }
    duty->state = duty->overdue_noted ? DUTY_OVERDUE : DUTY_OPEN;
    duty->late = duty->overdue_noted;
    uint16_t behind = duty_notices_behind(state, duty);
    if (duty->notices_fired < behind)
        duty->notices_fired = behind;
}

static const struct duty_row *corrected_duty(const struct state *state, const struct duty_row *duty)
{
    if (!duty->fact || duty->of.kind != VALUE_SUBJECT)
        return NULL;
    const struct numbers *duties = &state->subjects.items[duty->of.subject].duties;
    for (uint32_t i = duties->count; i-- > 0;) {
        const struct duty_row *other = &state->duties.items[duties->items[i]];
        if (other->name == duty->name && other->fact && other->def &&
            other->of.kind == VALUE_SUBJECT && other->of.subject == duty->of.subject &&
            state->facts.items[other->fact].superseded_by == duty->fact)
            return other;
    }
    return NULL;
}

void duty_inherit(const struct state *state, struct duty_row *duty)
{
    const struct duty_row *other = corrected_duty(state, duty);
    if (!other || other->state != DUTY_CANCELLED)
        return;
    int32_t last = other->rungs_fired ? other->deadline.rungs[other->rungs_fired - 1] : DATE_NONE;
    while (last != DATE_NONE && duty->rungs_fired < duty->deadline.rung_count &&
           duty->deadline.rungs[duty->rungs_fired] <= last)
        duty->rungs_fired++;
    if (duty->deadline.due >= state->today)
        return;
    for (unsigned level = 0; level < 2; level++)
        if (duty->deadline.escalations[level] != DATE_NONE &&
            duty->deadline.escalations[level] < state->today)
            duty->escalations_fired |= (uint8_t)(other->escalations_fired & 1u << level);
    const struct ladder *ladder = duty_ladder(state, duty);
    if (other->notices_fired && ladder) {
        int32_t day = deadline_overdue_notice(state->calendar, ladder, &duty->deadline,
                                              duty_pack(duty)->shift, duty->notices_fired, NULL);
        if (day != DATE_NONE && day < state->today)
            duty->notices_fired++; /* that one was sent */
    }
}

/* ---- who is reminded ---- */

symbol step_duty_owner(const struct step *step)
{
    if (step->due.owner)
        return step->due.owner;
    return step->by.roles.count ? step->by.roles.items[0] : SYMBOL_NONE;
}

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
    if (level == 0)
        return duty->owner;
    const struct role_def *role = duty->owner ? rulebook_role(&state->rules, duty->owner) : NULL;
    if (level == 1 && role && role->superior)
        return role->superior;
    return duty_pack(duty)->supervisor;
}

static unsigned holders_of_level(const struct state *state, const struct duty_row *duty,
                                 int32_t day, unsigned level, uint32_t *ret_members)
{
    uint32_t person = level == 0 ? person_of_step(state, duty, day) : 0;
    if (person) {
        ret_members[0] = person;
        return 1;
    }
    symbol role = role_of_level(state, duty, level);
    return role ? state_holders(state, role, duty->unit, day, ret_members, RECIPIENTS_MAX) : 0;
}

unsigned duty_recipients(const struct state *state, const struct duty_row *duty, int32_t day,
                         unsigned level, uint32_t *ret_members)
{
    unsigned count = 0;
    for (; level < 3 && !count; level++)
        count = holders_of_level(state, duty, day, level, ret_members);
    return count;
}

static unsigned member_add(uint32_t *members, unsigned count, uint32_t member)
{
    for (unsigned i = 0; i < count; i++)
        if (members[i] == member)
            return count;
    if (count < RECIPIENTS_MAX)
        members[count++] = member;
    return count;
}

unsigned duty_copies(const struct state *state, const struct duty_row *duty, int32_t day,
                     uint32_t *members, unsigned count)
{
    const struct symbols *copy =
        duty->def ? &duty->def->copy : &duty->procedure->steps[duty->step].due.copy;
    for (unsigned i = 0; i < copy->count; i++) {
        uint32_t holders[RECIPIENTS_MAX];
        unsigned found =
            state_holders(state, copy->items[i], duty->unit, day, holders, RECIPIENTS_MAX);
        for (unsigned k = 0; k < found; k++)
            count = member_add(members, count, holders[k]);
    }
    return count;
}

bool duty_is_vacant(const struct state *state, const struct duty_row *duty, int32_t day)
{
    uint32_t members[RECIPIENTS_MAX];
    return !holders_of_level(state, duty, day, 0, members);
}
