/* board_row.c - what makes a row of a board, and how it stands.
 *
 * In a row of facts `it` is the subject, `start` the fact, and what is read on the left looks at the
 * fact first; in one of duties likewise, `start` being the fact that opened the duty; a row of cases
 * and of a case's duties is read inside the case; one of subjects has just `it` and the period. */
#include "core/board_row.h"

#include "core/check.h"
#include "core/decide.h"

/* ---- how a thing is read ---- */

static struct value ref_value(enum value_kind kind, int64_t ref)
{
    struct value value = {.kind = kind};
    value.ref = ref;
    return value;
}

static struct value first_subject(const struct named_value *slots, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (slots[i].value.kind == VALUE_SUBJECT)
            return slots[i].value;
    return value_missing();
}

static bool behind(const struct row *row, int32_t day)
{
    return row->asking->past && day > row->asking->at;
}

static bool fact_begin(struct row *row, struct arena *arena)
{
    const struct fact *fact = &row->state->facts.items[row->ref];
    if (!fact_effective(fact, row->asking->known) || behind(row, fact->day))
        return false;
    row->thing = ref_value(VALUE_FACT, row->ref);
    row->scope =
        scope_of(row->state, arena, first_subject(fact->slots, fact->slot_count), row->asking->at);
    row->scope.start_fact = row->ref;
    row->scope.element = row->thing;
    row->date = fact->day;
    return true;
}

static bool case_begin(struct row *row, struct arena *arena)
{
    const struct case_row *case_row = &row->state->cases.items[row->ref];
    if (case_row->opened_entry > row->asking->known || behind(row, case_row->opened))
        return false;
    row->thing = ref_value(VALUE_CASE, row->ref);
    row->scope = scope_of_case(row->state, arena, row->ref, case_row, row->asking->at);
    row->scope.element = row->thing;
    row->date = case_row->opened;
    return true;
}

static bool duty_begin(struct row *row, struct arena *arena)
{
    const struct duty_row *duty = &row->state->duties.items[row->ref];
    if (duty->opened_entry > row->asking->known || behind(row, duty->opened))
        return false;
    row->thing = ref_value(VALUE_DUTY, row->ref);
    if (duty->case_number)
        row->scope = scope_of_case(row->state, arena, duty->case_number,
                                   &row->state->cases.items[duty->case_number], row->asking->at);
    else
        row->scope = scope_of(row->state, arena, duty->of, row->asking->at);
    if (duty->fact)
        row->scope.start_fact = duty->fact;
    if (duty->period.kind != SPAN_NONE)
        row->scope.period = duty->period;
    row->scope.element = row->thing;
    row->date = duty->deadline.start;
    row->duty = row->ref;
    return true;
}

/* Something had been said about it. */
static bool subject_known(const struct row *row)
{
    const struct subject *subject = &row->state->subjects.items[row->ref];
    bool known = subject->field_count == 0;
    for (uint32_t i = 0; i < subject->field_count && !known; i++)
        known = subject->fields[i].entry <= row->asking->known;
    return known;
}

static bool subject_begin(struct row *row, struct arena *arena)
{
    if (!subject_known(row))
        return false;
    struct value it = {.kind = VALUE_SUBJECT};
    it.subject = (uint32_t)row->ref;
    row->thing = it;
    row->scope = scope_of(row->state, arena, it, row->asking->at);
    if (row->line->per != SPAN_NONE)
        row->scope.period = span_around(row->line->per, row->asking->at);
    row->date = DATE_NONE;
    return true;
}

bool row_begin(struct row *row, struct arena *arena)
{
    bool there = false;
    switch (row->line->source) {
    case BOARD_FACT: there = fact_begin(row, arena); break;
    case BOARD_CASE: there = case_begin(row, arena); break;
    case BOARD_DUTY: there = duty_begin(row, arena); break;
    case BOARD_SUBJECT: there = subject_begin(row, arena); break;
    case BOARD_NONE: break;
    }
    if (!there)
        return false;
    row->scope.known = row->asking->known;
    row->scope.as_of = row->asking->past;
    if (!row->scope.pack)
        row->scope.pack = row->part->pack;
    return eval_predicate(&row->scope, row->line->where);
}

/* ---- how it stands ---- */

static void close_by(struct row *row, struct value closing)
{
    const struct state *state = row->state;
    row->closing = closing;
    if (closing.kind == VALUE_FACT)
        row->closed_on = state->facts.items[closing.ref].day;
    else if (closing.kind == VALUE_ACT)
        row->closed_on = state->acts.items[closing.ref].day;
    else if (closing.kind == VALUE_CASE)
        row->closed_on = state->cases.items[closing.ref].ended;
    else if (closing.kind == VALUE_DUTY)
        row->closed_on = state->duties.items[closing.ref].closed_on;
}

/* The last of the things whose being there fulfils a condition; MISSING where that is of another kind. */
static struct value fulfilling(const struct scope *scope, const struct predicate *predicate)
{
    while (predicate && predicate->kind == PREDICATE_ALL && predicate->child_count == 1)
        predicate = &predicate->children[0];
    if (!predicate || predicate->kind != PREDICATE_SELECT ||
        predicate->selection->selector != SELECT_HAS)
        return value_missing();
    struct value found = eval_elements(scope, predicate->selection);
    return found.list.count ? found.list.items[found.list.count - 1] : value_missing();
}

static enum row_state fact_state(struct row *row)
{
    const struct state *state = row->state;
    const struct fact *fact = &state->facts.items[row->ref];
    const struct fact_def *def = rulebook_fact(&state->rules, fact->type);
    int32_t at = row->asking->at, until = fact->until;
    if (until == DATE_NONE) {
        struct value declared_until = board_value(row, &row->line->until);
        until = declared_until.kind == VALUE_DATE ? declared_until.date : DATE_NONE;
    }
    if (row->due == DATE_NONE)
        row->due = until;
    if (fact->ended_by && state->facts.items[fact->ended_by].entry <= row->asking->known &&
        fact->ended_on <= at) {
        close_by(row, ref_value(VALUE_FACT, fact->ended_by));
        return ROW_lifted;
    }
    if (until != DATE_NONE && until < at) {
        row->closed_on = until;
        return ROW_expired;
    }
    if (until != DATE_NONE || (def && def->ended_by && !row->line->closed))
        return ROW_in_force;
    return row->line->closed || row->due != DATE_NONE ? ROW_open : ROW_recorded;
}

/* What met a duty: the act of its step, or the fact its condition asks for. */
static struct value met_by(const struct row *row, const struct duty_row *duty)
{
    if (duty->procedure && duty->case_number) {
        const struct case_row *case_row = &row->state->cases.items[duty->case_number];
        for (uint32_t i = case_row->acts.count; i-- > 0;)
            if (row->state->acts.items[case_row->acts.items[i]].step == duty->step)
                return ref_value(VALUE_ACT, case_row->acts.items[i]);
        return value_missing();
    }
    struct scope scope = row->scope;
    scope.element = value_missing();
    struct value found = fulfilling(&scope, duty->def ? duty->def->met : NULL);
    bool on_the_day =
        found.kind == VALUE_FACT && row->state->facts.items[found.ref].day == duty->closed_on;
    return on_the_day ? found : value_missing();
}

static enum row_state duty_state(struct row *row)
{
    const struct duty_row *duty = &row->state->duties.items[row->ref];
    row->due = row->due == DATE_NONE ? duty->deadline.due : row->due;
    switch (eval_duty_state(&row->scope, duty)) {
    case DUTY_MET:
        row->closing = met_by(row, duty);
        row->closed_on = duty->closed_on;
        return ROW_closed;
    case DUTY_CANCELLED: row->closed_on = duty->closed_on; return ROW_cancelled;
    case DUTY_OPEN:
    case DUTY_OVERDUE: break;
    }
    return duty->suspended && !row->asking->past ? ROW_suspended : ROW_open;
}

/* The first day on which something of the case is due. */
static void case_due(struct row *row, const struct case_row *case_row)
{
    for (uint32_t i = 0; i < case_row->duties.count; i++) {
        const struct duty_row *duty = &row->state->duties.items[case_row->duties.items[i]];
        enum duty_state state = eval_duty_state(&row->scope, duty);
        if ((state != DUTY_OPEN && state != DUTY_OVERDUE) ||
            duty->opened_entry > row->asking->known || behind(row, duty->opened) ||
            (row->due != DATE_NONE && row->due <= duty->deadline.due))
            continue;
        row->due = duty->deadline.due;
        row->duty = case_row->duties.items[i];
    }
}

/* The last act of a case done by the time of an entry; 0: none. */
static int64_t last_act(const struct state *state, const struct case_row *case_row, int64_t entry)
{
    for (uint32_t i = case_row->acts.count; i-- > 0;) {
        const struct act *act = &state->acts.items[case_row->acts.items[i]];
        if (act->state == ACT_DONE && act->entry <= entry)
            return case_row->acts.items[i];
    }
    return 0;
}

static enum row_state case_state(struct row *row)
{
    const struct state *state = row->state;
    const struct case_row *case_row = &state->cases.items[row->ref];
    if (!eval_case_ended(&row->scope, case_row)) {
        if (row->due == DATE_NONE)
            case_due(row, case_row);
        return case_row->status == CASE_SUSPENDED ? ROW_suspended : ROW_open;
    }
    int64_t last = last_act(state, case_row, case_row->ended_entry);
    for (uint32_t i = 0; i < case_row->children.count; i++) {
        int64_t act = last_act(state, &state->cases.items[case_row->children.items[i]],
                               case_row->ended_entry);
        if (act && (!last || state->acts.items[act].entry >= state->acts.items[last].entry))
            last = act;
    }
    if (last)
        row->closing = ref_value(VALUE_ACT, last);
    row->closed_on = case_row->ended;
    return case_row->end == state->words.cancelled ? ROW_cancelled : ROW_closed;
}

static enum row_state own_state(struct row *row)
{
    switch (row->line->source) {
    case BOARD_FACT: return fact_state(row);
    case BOARD_DUTY: return duty_state(row);
    case BOARD_CASE: return case_state(row);
    case BOARD_SUBJECT:
    case BOARD_NONE: break;
    }
    return row->line->closed || row->due != DATE_NONE ? ROW_open : ROW_recorded;
}

static bool is_waiting(enum row_state state)
{
    return state == ROW_open || state == ROW_in_force;
}

static bool is_near(const struct row *row)
{
    struct value soon = eval_operand(&row->scope, &row->line->soon);
    return row->due != DATE_NONE && soon.kind == VALUE_PERIOD &&
           calendar_subtract(row->state->calendar, row->due, soon.period, NULL) <= row->asking->at;
}

static bool declared(const struct row *row, const struct predicate *predicate)
{
    return predicate && eval_predicate(&row->scope, predicate);
}

void row_stands(struct row *row)
{
    struct value due = board_value(row, &row->line->due);
    row->due = due.kind == VALUE_DATE ? due.date : DATE_NONE;
    row->closed_on = DATE_NONE;
    row->as = own_state(row);
    if (declared(row, row->line->closed) || declared(row, row->line->lifted)) {
        bool closed = declared(row, row->line->closed);
        row->as = closed ? ROW_closed : ROW_lifted;
        close_by(row, fulfilling(&row->scope, closed ? row->line->closed : row->line->lifted));
    }
    if (is_waiting(row->as) && declared(row, row->line->overdue))
        row->as = ROW_overdue;
    else if (row->as == ROW_open && row->due != DATE_NONE && row->due < row->asking->at)
        row->as = ROW_overdue;
    else if (is_waiting(row->as) && is_near(row))
        row->as = ROW_soon;
}
