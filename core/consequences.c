/* consequences.c - what follows from what happened: occasions, duties met or moved, cases opened.
 *
 * Each event of the entry is looked at once, in order; what follows are events themselves and are
 * looked at in their turn, until none is left. Definitions are asked in the order of packs and
 * text, subjects in the order of slots, duties in the order of opening: never in the order of a
 * hash table. */
#include <stdio.h>

#include "core/check.h"
#include "core/decide.h"

static const struct span no_span = {SPAN_NONE, DATE_NONE, DATE_NONE};

/* ---- occasions: a fact was written ---- */

static bool occasion_where(struct deciding *d, const struct occasion *when, int64_t fact,
                           const struct value *it)
{
    struct scope scope = scope_of(d->state, d->arena, *it, d->state->facts.items[fact].day);
    scope.element.kind = VALUE_FACT;
    scope.element.ref = fact;
    scope.start_fact = fact;
    return eval_predicate(&scope, when->where);
}

static struct value fact_subject(const struct state *state, const struct fact *fact, symbol kind)
{
    for (unsigned i = 0; i < fact->slot_count; i++)
        if (fact->slots[i].value.kind == VALUE_SUBJECT &&
            (!kind || state->subjects.items[fact->slots[i].value.subject].kind == kind))
            return fact->slots[i].value;
    return value_missing();
}

static uint32_t unit_of_subject(const struct state *state, const struct value *of, int32_t day)
{
    if (of->kind != VALUE_SUBJECT)
        return 0;
    return state->subjects.items[of->subject].kind == state->words.unit
               ? of->subject
               : state_unit_of(state, of->subject, day);
}

static void fact_duty(struct deciding *d, const struct duty_def *def, int64_t number)
{
    const struct fact *fact = &d->state->facts.items[number];
    struct duty_opening opening = {.name = def->name,
                                   .def = def,
                                   .fact = number,
                                   .period = no_span,
                                   .owner = def->owner,
                                   .rules = def->rules,
                                   .ladder = def->ladder ? def->ladder : def->due.ladder};
    opening.of = fact_subject(d->state, fact, def->when.subject_kind);
    if (opening.of.kind == VALUE_MISSING || !occasion_where(d, &def->when, number, &opening.of))
        return;
    struct scope scope = scope_of(d->state, d->arena, opening.of, fact->day);
    scope.pack = def->pack;
    scope.start_fact = number;
    scope.lean = &opening.lean;
    struct value due = eval_due(&scope, &def->due, fact->day, &opening.start);
    opening.due = due.kind == VALUE_DATE ? due.date : DATE_NONE;
    opening.unit = unit_of_subject(d->state, &opening.of, fact->day);
    if (!opening.unit) { /* a subject without unit: the unit named in the fact */
        struct value unit = fact_subject(d->state, fact, d->state->words.unit);
        opening.unit = unit.kind == VALUE_SUBJECT ? unit.subject : 0;
    }
    int64_t duty = d->state->duties.count;
    duty_open(d, &opening);
    if (duty < (int64_t)d->state->duties.count)
        duty_check(d, duty, 0, d->today); /* what came before, recorded late, may meet it */
}

/* The case was opened by this fact before it was corrected, or by its predecessor and has ended. */
static bool case_stands_on(const struct state *state, const struct procedure *procedure,
                           int64_t number)
{
    const struct fact *fact = &state->facts.items[number];
    for (unsigned s = 0; s < fact->slot_count; s++) {
        if (fact->slots[s].value.kind != VALUE_SUBJECT)
            continue;
        const struct numbers *cases = &state->subjects.items[fact->slots[s].value.subject].cases;
        for (uint32_t i = cases->count; i-- > 0;) {
            const struct case_row *row = &state->cases.items[cases->items[i]];
            int64_t start = row->start_fact;
            while (start > 0 && start != number && state->facts.items[start].superseded_by > 0)
                start = state->facts.items[start].superseded_by;
            if (row->procedure->name == procedure->name && start == number)
                return true;
        }
    }
    return false;
}

/* Slots of the case are bound by name, then by kind. */
static void fact_case(struct deciding *d, const struct procedure *procedure, int64_t number)
{
    const struct fact *fact = &d->state->facts.items[number];
    struct named_value slots[COMMAND_LIST_MAX];
    unsigned count = 0;
    struct value it = fact_subject(d->state, fact, SYMBOL_NONE);
    if (!occasion_where(d, &procedure->when, number, &it) ||
        case_stands_on(d->state, procedure, number))
        return;
    for (unsigned i = 0; i < procedure->about.count && count < COMMAND_LIST_MAX; i++) {
        const struct slot *slot = &procedure->about.items[i];
        const struct named_value *same = named_find(fact->slots, fact->slot_count, slot->name);
        if (!same)
            same = named_find(fact->fields, fact->field_count, slot->name);
        struct value value = same ? same->value
                             : slot->type.kind == TYPE_SUBJECT
                                 ? fact_subject(d->state, fact, slot->type.name)
                                 : value_missing();
        if (value.kind == VALUE_MISSING && slot->type.kind == TYPE_SUBJECT &&
            slot->type.name == d->state->words.unit && it.kind == VALUE_SUBJECT) {
            value.subject = unit_of_subject(d->state, &it, fact->day);
            value.kind = value.subject ? VALUE_SUBJECT : VALUE_MISSING;
        }
        if (value.kind != VALUE_MISSING)
            slots[count++] = (struct named_value){slot->name, value};
        else if (!slot->optional) {
            EMIT(d, not_written, name_datum(d, procedure->name), datum_int(0),
                 name_datum(d, slot->name));
            return;
        }
    }
    case_open(d, procedure, slots, count, 0, 0, number, no_span, fact->day);
}

static void occasions_of_fact(struct deciding *d, int64_t number)
{
    const struct rulebook *rules = &d->state->rules;
    symbol type = d->state->facts.items[number].type;
    for (unsigned i = 0; i < rules->all_duty_count; i++)
        if (rules->all_duties[i]->when.kind == OCCASION_FACT &&
            rules->all_duties[i]->when.fact == type)
            fact_duty(d, rules->all_duties[i], number);
    for (unsigned i = 0; i < rules->all_procedure_count; i++)
        if (rules->all_procedures[i]->when.kind == OCCASION_FACT &&
            rules->all_procedures[i]->when.fact == type)
            fact_case(d, rules->all_procedures[i], number);
}

/* ---- occasions: a computed date ---- */

static int64_t open_duty_of(const struct state *state, const struct duty_def *def, uint32_t subject)
{
    const struct numbers *duties = &state->subjects.items[subject].duties;
    for (uint32_t i = duties->count; i-- > 0;) {
        const struct duty_row *duty = &state->duties.items[duties->items[i]];
        if (duty->name == def->name && duty->of.kind == VALUE_SUBJECT &&
            duty->of.subject == subject && duty_is_open(duty))
            return duties->items[i];
    }
    return 0;
}

static bool was_met_for(const struct state *state, const struct duty_def *def, uint32_t subject,
                        int32_t due)
{
    const struct numbers *duties = &state->subjects.items[subject].duties;
    for (uint32_t i = 0; i < duties->count; i++) {
        const struct duty_row *duty = &state->duties.items[duties->items[i]];
        if (duty->name == def->name && duty->of.kind == VALUE_SUBJECT &&
            duty->of.subject == subject && duty->deadline.due == due)
            return true;
    }
    return false;
}

static void date_duty(struct deciding *d, const struct duty_def *def, uint32_t subject, int32_t day)
{
    struct duty_opening opening = {.name = def->name,
                                   .def = def,
                                   .period = no_span,
                                   .start = DATE_NONE,
                                   .owner = def->owner,
                                   .rules = def->rules,
                                   .ladder = def->ladder};
    opening.of.kind = VALUE_SUBJECT;
    opening.of.subject = subject;
    struct scope scope = scope_of(d->state, d->arena, opening.of, day);
    scope.pack = def->pack;
    scope.lean = &opening.lean;
    int64_t open = open_duty_of(d->state, def, subject);
    struct value date = eval_predicate(&scope, def->when.where)
                            ? eval_operand(&scope, &def->when.date)
                            : value_missing();
    if (date.kind != VALUE_DATE) {
        if (open)
            EMIT(d, duty_cancelled, datum_int(open), date_datum(d, day), datum_text("no date"));
        return;
    }
    if (open) {
        if (d->state->duties.items[open].deadline.due != duty_due_rolled(d, def->pack, date.date))
            duty_recompute(d, open, DATE_NONE, date.date, "date moved");
        return;
    }
    if (was_met_for(d->state, def, subject, date.date))
        return;
    opening.due = date.date;
    opening.unit = unit_of_subject(d->state, &opening.of, day);
    duty_open(d, &opening);
}

/* ---- occasions: a calendar period ---- */

static bool period_was_opened(const struct state *state, symbol name, uint32_t subject,
                              struct span span)
{
    const struct numbers *duties = &state->subjects.items[subject].duties,
                         *cases = &state->subjects.items[subject].cases;
    for (uint32_t i = duties->count; i-- > 0;) {
        const struct duty_row *duty = &state->duties.items[duties->items[i]];
        if (duty->name == name && duty->period.from == span.from &&
            duty->of.kind == VALUE_SUBJECT && duty->of.subject == subject)
            return true;
    }
    for (uint32_t i = cases->count; i-- > 0;) {
        const struct case_row *row = &state->cases.items[cases->items[i]];
        if (row->procedure->name == name && row->period.from == span.from &&
            row->period.kind == span.kind)
            return true;
    }
    return false;
}

static void period_duty(struct deciding *d, const struct duty_def *def, const struct value *of,
                        struct span span, int32_t day)
{
    struct duty_opening opening = {.name = def->name,
                                   .def = def,
                                   .of = *of,
                                   .period = span,
                                   .start = span.from,
                                   .due = span.to,
                                   .owner = def->owner,
                                   .rules = def->rules,
                                   .ladder = def->ladder ? def->ladder : def->due.ladder};
    struct scope scope = scope_of(d->state, d->arena, *of, day);
    scope.pack = def->pack;
    scope.period = span;
    scope.lean = &opening.lean;
    if (def->due.present) {
        int32_t start;
        struct value due = eval_due(&scope, &def->due, span.from, &start);
        opening.due = due.kind == VALUE_DATE ? due.date : DATE_NONE;
    }
    if (!opening.ladder) { /* ends of quarters and half-years take M, of years L */
        bool year_end = span.kind == SPAN_YEAR && opening.due == span.to;
        opening.ladder = year_end                 ? symbol_find(d->state->symbols, "L")
                         : span.kind != SPAN_YEAR ? symbol_find(d->state->symbols, "M")
                                                  : SYMBOL_NONE;
    }
    opening.unit = unit_of_subject(d->state, of, day);
    int64_t duty = d->state->duties.count;
    duty_open(d, &opening);
    if (duty < (int64_t)d->state->duties.count)
        duty_check(d, duty, 0, day);
}

bool period_open(struct deciding *d, const struct duty_def *duty, const struct procedure *procedure,
                 uint32_t subject, struct span span)
{
    const struct occasion *when = duty ? &duty->when : &procedure->when;
    symbol name = duty ? duty->name : procedure->name;
    struct value of = {.kind = VALUE_SUBJECT};
    of.subject = subject;
    int32_t day = d->today < span.from ? span.from : d->today > span.to ? span.to : d->today;
    struct scope scope = scope_of(d->state, d->arena, of, day);
    scope.period = span;
    if (period_was_opened(d->state, name, subject, span) || !eval_predicate(&scope, when->where))
        return false;
    if (duty) {
        period_duty(d, duty, &of, span, day);
        return true;
    }
    struct named_value slots[COMMAND_LIST_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < procedure->about.count && count < COMMAND_LIST_MAX; i++) {
        const struct slot *slot = &procedure->about.items[i];
        if (slot->type.kind == TYPE_SUBJECT && slot->type.name == when->subject_kind)
            slots[count++] = (struct named_value){slot->name, of};
        else if (slot->type.kind == TYPE_SPAN) {
            slots[count].name = slot->name;
            slots[count].value.kind = VALUE_SPAN;
            slots[count++].value.span = span_around(slot->type.span, span.from);
        }
    }
    return case_open(d, procedure, slots, count, 0, 0, 0, span, when->at_end ? span.to + 1 : day) !=
           0;
}

/* Who begins to satisfy a `where` in the middle of a period gets its duty then; the start of a
 * period ticks. */
static void periods_of_subject(struct deciding *d, uint32_t subject, symbol type)
{
    const struct rulebook *rules = &d->state->rules;
    symbol kind = d->state->subjects.items[subject].kind;
    for (unsigned i = 0; i < rules->all_duty_count; i++) {
        const struct duty_def *def = rules->all_duties[i];
        if (def->when.kind == OCCASION_EVERY && def->when.subject_kind == kind &&
            !def->when.at_end && reads_type(&rules->duty_reads[i], type))
            period_open(d, def, NULL, subject, span_around(def->when.every, d->today));
    }
    for (unsigned i = 0; i < rules->all_procedure_count; i++) {
        const struct procedure *procedure = rules->all_procedures[i];
        if (procedure->when.kind == OCCASION_EVERY && procedure->when.subject_kind == kind &&
            !procedure->when.at_end && reads_type(&rules->procedure_reads[i], type))
            period_open(d, NULL, procedure, subject, span_around(procedure->when.every, d->today));
    }
}

/* What a fact of `type` may have made an occasion of; SYMBOL_NONE: whatever happened to it. */
static void occasions_of_subject(struct deciding *d, uint32_t subject, symbol type, int32_t day)
{
    const struct rulebook *rules = &d->state->rules;
    symbol kind = d->state->subjects.items[subject].kind;
    for (unsigned i = 0; i < rules->all_duty_count; i++)
        if (rules->all_duties[i]->when.kind == OCCASION_DATE &&
            rules->all_duties[i]->when.subject_kind == kind &&
            reads_type(&rules->duty_reads[i], type))
            date_duty(d, rules->all_duties[i], subject, day);
    periods_of_subject(d, subject, type);
}

/* ---- duties and cases of a subject after a fact ---- */

static void duties_of_subject(struct deciding *d, uint32_t subject, int64_t fact)
{
    for (uint32_t i = 0; i < d->state->subjects.items[subject].duties.count; i++)
        duty_check(d, d->state->subjects.items[subject].duties.items[i], fact, d->today);
}

static void cases_of_subject(struct deciding *d, uint32_t subject, int32_t day)
{
    for (uint32_t i = 0; i < d->state->subjects.items[subject].cases.count; i++) {
        int64_t number = d->state->subjects.items[subject].cases.items[i];
        const struct case_row *row = &d->state->cases.items[number];
        if (row->status == CASE_ENDED || (!row->procedure->suspend && !row->procedure->cancel))
            continue;
        struct scope scope = scope_of_case(d->state, d->arena, number, row, day);
        if (row->procedure->cancel && eval_predicate(&scope, row->procedure->cancel)) {
            case_end(d, number, d->state->words.cancelled, day);
            continue;
        }
        bool hold = row->procedure->suspend && eval_predicate(&scope, row->procedure->suspend);
        if (hold && row->status == CASE_RUNNING)
            EMIT(d, case_suspended, datum_int(number), date_datum(d, day));
        else if (!hold && row->status == CASE_SUSPENDED)
            EMIT(d, case_resumed, datum_int(number), date_datum(d, day));
    }
}

static void subjects_of_fact(struct deciding *d, int64_t number)
{
    for (unsigned i = 0; i < d->state->facts.items[number].slot_count; i++) {
        struct named_value slot = d->state->facts.items[number].slots[i];
        if (slot.value.kind != VALUE_SUBJECT)
            continue;
        duties_of_subject(d, slot.value.subject, number);
        cases_of_subject(d, slot.value.subject, d->today);
        occasions_of_subject(d, slot.value.subject, d->state->facts.items[number].type, d->today);
    }
}

/* ---- a fact was superseded ---- */

static void superseded_duty(struct deciding *d, int64_t index, int64_t number, int64_t by)
{
    const struct duty_row *duty = &d->state->duties.items[index];
    if (duty->fact == number && duty_is_open(duty)) {
        EMIT(d, duty_cancelled, datum_int(index), date_datum(d, d->today),
             datum_text(by ? "fact corrected" : "fact taken back"));
    } else if (duty->state == DUTY_MET && duty->def &&
               duty->met_on == d->state->facts.items[number].day) {
        duty_recompute(d, index, duty->deadline.start, duty->deadline.due, "fact taken back");
        duty_check(d, index, 0, d->today);
    }
}

/* Its duties go, and are opened anew by the fact that stands for it; what it had met is open again.
 * All of them are duties of its subjects. */
static void superseded_duties(struct deciding *d, int64_t number, int64_t by)
{
    for (unsigned s = 0; s < d->state->facts.items[number].slot_count; s++) {
        struct value subject = d->state->facts.items[number].slots[s].value;
        if (subject.kind != VALUE_SUBJECT)
            continue;
        for (uint32_t i = 0; i < d->state->subjects.items[subject.subject].duties.count; i++) {
            int64_t index = d->state->subjects.items[subject.subject].duties.items[i];
            const struct duty_row *duty = &d->state->duties.items[index];
            if (duty->def && duty->of.kind == VALUE_SUBJECT && duty->of.subject == subject.subject)
                superseded_duty(d, index, number, by);
        }
    }
}

/* Cases that stand on the fact `by` now: their due days are counted from it, or there is no
 * occasion for them any more. */
static void corrected_cases(struct deciding *d, int64_t by)
{
    for (unsigned s = 0; s < d->state->facts.items[by].slot_count; s++) {
        struct value subject = d->state->facts.items[by].slots[s].value;
        if (subject.kind != VALUE_SUBJECT)
            continue;
        for (uint32_t i = 0; i < d->state->subjects.items[subject.subject].cases.count; i++) {
            int64_t number = d->state->subjects.items[subject.subject].cases.items[i];
            const struct case_row *row = &d->state->cases.items[number];
            if (row->start_fact != by || row->status == CASE_ENDED)
                continue;
            struct value it = fact_subject(d->state, &d->state->facts.items[by], SYMBOL_NONE);
            if (!row->first_act && !occasion_where(d, &row->procedure->when, by, &it)) {
                case_end(d, number, d->state->words.cancelled, d->today);
                continue;
            }
            for (uint32_t k = 0; k < d->state->cases.items[number].duties.count; k++) {
                int64_t duty = d->state->cases.items[number].duties.items[k];
                if (d->state->duties.items[duty].procedure &&
                    duty_is_open(&d->state->duties.items[duty]))
                    duty_of_step_recompute(d, duty, "fact corrected");
            }
        }
    }
}

static void superseded(struct deciding *d, int64_t number, int64_t by)
{
    superseded_duties(d, number, by);
    if (by > 0)
        corrected_cases(d, by);
    for (int64_t i = 1; by == 0 && i < (int64_t)d->state->cases.count; i++)
        if (d->state->cases.items[i].start_fact == number &&
            d->state->cases.items[i].status != CASE_ENDED && !d->state->cases.items[i].first_act)
            case_end(d, i, d->state->words.cancelled, d->today);
    subjects_of_fact(d, number);
}

/* ---- drawing ---- */

static void draw_event(struct deciding *d, const struct event *event)
{
    if (event->type == EVENT_fact_written) {
        int64_t number = event->fields[0].integer;
        occasions_of_fact(d, number);
        subjects_of_fact(d, number);
        watch_fact(d, number);
    } else if (event->type == EVENT_fact_superseded) {
        superseded(d, event->fields[0].integer, event->fields[1].integer);
        watch_fact(d, event->fields[0].integer);
    } else if (event->type == EVENT_subject_registered || event->type == EVENT_subject_changed) {
        symbol id = symbol_find_n(d->state->symbols, event->fields[0].text, event->fields[0].count);
        uint32_t subject = state_subject(d->state, id);
        cases_of_subject(d, subject, d->today);
        occasions_of_subject(d, subject, SYMBOL_NONE, d->today);
        watch_subject(d, subject);
    }
}

void consequences_draw(struct deciding *d)
{
    while (d->drawn < d->decision->event_count && !d->full) {
        /* The list may move while it is drawn from; the arena keeps the old place. */
        const struct event *event = &d->decision->events[d->drawn++];
        draw_event(d, event);
    }
}
