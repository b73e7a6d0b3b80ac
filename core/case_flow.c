/* case_flow.c - how a case moves on: opening, outcomes, effects, next steps, its end.
 *
 *   case_open -> case_advance -> steps_opened (+ duties, children, clock) ... step_complete
 *                    ^                                                            |
 *                    +---- outcome goes on / to: new pass -- effects -------------+-- end: case_end
 */
#include <stdio.h>

#include "core/check.h"
#include "core/decide.h"

static struct scope case_scope(const struct deciding *d, int64_t number, int32_t day)
{
    return scope_of_case(d->state, d->arena, number, &d->state->cases.items[number], day);
}

int64_t case_open(struct deciding *d, const struct procedure *procedure,
                  const struct named_value *slots, unsigned slot_count, int64_t parent,
                  unsigned parent_step, int64_t start_fact, struct span period, int32_t day)
{
    char text[SPAN_TEXT_SIZE];
    int64_t number = d->state->cases.count;
    (void)parent_step;
    if (number > STATE_CASES_MAX || is_half_full(d)) {
        EMIT(d, not_written, name_datum(d, procedure->name), datum_int(parent),
             datum_text("limit")); /* half of an entry is left for the act that began it */
        return 0;
    }
    EMIT(d, case_opened, datum_int(number), name_datum(d, procedure->name),
         datum_int(procedure->pack->version), values_datum(d, slots, slot_count), datum_int(parent),
         datum_int(start_fact), datum_text(arena_text(d->arena, span_text(period, text))),
         date_datum(d, day));
    case_advance(d, number, day);
    return number;
}

/* ---- effects ---- */

static const struct named_value *slot_of_kind(const struct case_row *row, const struct type *type,
                                              const struct state *state)
{
    const struct named_value *found = NULL;
    for (unsigned i = 0; i < row->slot_count; i++) {
        if (row->slots[i].value.kind != VALUE_SUBJECT ||
            state->subjects.items[row->slots[i].value.subject].kind != type->name)
            continue;
        if (found)
            return NULL; /* not the only one */
        found = &row->slots[i];
    }
    return found;
}

/* Brings a value to the shape of a type: a word becomes a member, a list of one its element. */
static struct value shaped(const struct state *state, const struct type *type, struct value value)
{
    if (value.kind == VALUE_SYMBOL && type->kind == TYPE_MEMBER) {
        const struct list_def *list = rulebook_list(&state->rules, type->name);
        if (!list || rulebook_member_rank(list, value.member.symbol) < 0)
            return value_missing();
        value.kind = VALUE_MEMBER;
        value.member.list = type->name;
    } else if (value.kind == VALUE_SYMBOL && type->kind == TYPE_ONE_OF) {
        value.kind = VALUE_MEMBER;
    } else if (value.kind == VALUE_SYMBOL) {
        return value_missing(); /* a word that is no path, where no word is expected */
    } else if (value.kind == VALUE_DATE && type->kind == TYPE_SPAN) {
        value.kind = VALUE_SPAN;
        value.span = span_around(type->span, value.date);
    }
    return value;
}

/* A slot not given: the case's of that name, else its only one of that kind, else the unit of a
 * person. */
static struct value slot_default(const struct scope *scope, const struct slot *slot)
{
    const struct case_row *row = scope->case_row;
    const struct named_value *same =
        row ? named_find(row->slots, row->slot_count, slot->name) : NULL;
    if (!same && !slot->optional && row && slot->type.kind == TYPE_SUBJECT)
        same = slot_of_kind(row, &slot->type, scope->state);
    if (same)
        return same->value;
    if (slot->optional)
        return value_missing();
    if (row && slot->type.kind == TYPE_SUBJECT && slot->type.name == scope->state->words.unit) {
        uint32_t unit = eval_case_unit(scope);
        struct value value = {.kind = unit ? VALUE_SUBJECT : VALUE_MISSING};
        value.subject = unit;
        return value;
    }
    if (scope->it.kind == VALUE_SUBJECT && slot->type.kind == TYPE_SUBJECT &&
        scope->state->subjects.items[scope->it.subject].kind == slot->type.name)
        return scope->it;
    return value_missing();
}

static const struct operand *assigned(const struct assignment *assignments, unsigned count,
                                      symbol name)
{
    for (unsigned i = 0; i < count; i++)
        if (assignments[i].name == name)
            return &assignments[i].value;
    return NULL;
}

static void slots_make(const struct scope *scope, const struct slots *about,
                       const struct assignment *assignments, unsigned count,
                       struct named_value *slots, unsigned *ret_count, symbol *ret_missing)
{
    *ret_count = 0;
    *ret_missing = SYMBOL_NONE;
    for (unsigned i = 0; i < about->count && *ret_count < COMMAND_LIST_MAX; i++) {
        const struct slot *slot = &about->items[i];
        const struct operand *operand = assigned(assignments, count, slot->name);
        struct value value = operand
                                 ? shaped(scope->state, &slot->type, eval_operand(scope, operand))
                                 : slot_default(scope, slot);
        if (value.kind == VALUE_MISSING && !slot->optional)
            *ret_missing = slot->name;
        if (value.kind != VALUE_MISSING)
            slots[(*ret_count)++] = (struct named_value){slot->name, value};
    }
}

static uint64_t series_next(const struct deciding *d, const struct fact_def *def,
                            const struct field *field, const struct named_value *slots,
                            unsigned slot_count, int32_t day)
{
    uint64_t key = def->name, last = 0;
    for (unsigned i = 0; i < field->type.series.count; i++) {
        const struct named_value *slot = named_find(slots, slot_count, field->type.series.items[i]);
        uint64_t part = slot ? slot->value.subject : (uint64_t)date_civil(day).year << 32;
        key = (key ^ part) * 0x9e3779b97f4a7c15u;
    }
    map_get(&d->state->series, key, &last);
    return last + 1;
}

bool fact_write(struct deciding *d, const struct fact_def *def, const struct named_value *slots,
                unsigned slot_count, const struct named_value *fields, unsigned field_count,
                int32_t day, int64_t case_number, int64_t act)
{
    struct named_value all[COMMAND_LIST_MAX + 1];
    unsigned count = 0;
    int32_t until = DATE_NONE;
    for (unsigned i = 0; i < field_count && count < COMMAND_LIST_MAX; i++)
        all[count++] = fields[i];
    for (unsigned i = 0; i < def->fields.count && count < COMMAND_LIST_MAX; i++)
        if (def->fields.items[i].type.kind == TYPE_SERIES &&
            !named_find(all, count, def->fields.items[i].name)) {
            all[count].name = def->fields.items[i].name;
            all[count].value.kind = VALUE_NUMBER;
            all[count++].value.number = (struct number){
                (int64_t)series_next(d, def, &def->fields.items[i], slots, slot_count, day), 1};
        }
    if (def->lasts.kind == OPERAND_WORD) {
        const struct named_value *field = named_find(all, count, def->lasts.names[0]);
        until = field && field->value.kind == VALUE_DATE ? field->value.date : DATE_NONE;
    } else if (def->lasts.kind != OPERAND_NONE) {
        struct scope scope = scope_of(d->state, d->arena, value_missing(), day);
        struct value period = eval_operand(&scope, &def->lasts);
        until = period.kind == VALUE_PERIOD ? calendar_add(d->state->calendar, day, period.period,
                                                           FIRST_DAY_NOT_COUNTED, NULL)
                                            : DATE_NONE;
    }
    EMIT(d, fact_written, datum_int(d->state->facts.count), name_datum(d, def->name),
         values_datum(d, slots, slot_count), values_datum(d, all, count), date_datum(d, day),
         date_datum(d, until), datum_int(case_number), datum_int(act));
    return true;
}

static void write_one(struct deciding *d, struct scope *scope, const struct write *write,
                      int64_t case_number, int64_t act, int32_t day)
{
    const struct fact_def *def = rulebook_fact(&d->state->rules, write->fact);
    struct named_value slots[COMMAND_LIST_MAX], fields[COMMAND_LIST_MAX];
    unsigned slot_count, field_count = 0;
    symbol missing;
    if (!def)
        return; /* of a pack that may be missing: as if it had no facts */
    slots_make(scope, &def->about, write->assignments, write->count, slots, &slot_count, &missing);
    for (unsigned i = 0; i < def->fields.count && field_count < COMMAND_LIST_MAX; i++) {
        const struct field *field = &def->fields.items[i];
        const struct operand *operand = assigned(write->assignments, write->count, field->name);
        struct value value = operand ? shaped(d->state, &field->type, eval_operand(scope, operand))
                                     : value_missing();
        if (value.kind != VALUE_MISSING)
            fields[field_count++] = (struct named_value){field->name, value};
        else if (!field->optional && field->type.kind != TYPE_SERIES)
            missing = field->name;
    }
    struct value date = eval_operand(scope, &write->date);
    if (missing)
        EMIT(d, not_written, name_datum(d, write->fact), datum_int(case_number),
             name_datum(d, missing));
    else
        fact_write(d, def, slots, slot_count, fields, field_count,
                   date.kind == VALUE_DATE ? date.date : day, case_number, act);
}

static void open_one(struct deciding *d, struct scope *scope, const struct opening *opening,
                     int64_t parent, unsigned parent_step, int32_t day)
{
    const struct procedure *procedure = rulebook_procedure(&d->state->rules, opening->procedure, 0);
    struct named_value slots[COMMAND_LIST_MAX];
    unsigned count;
    symbol missing;
    if (!procedure)
        return;
    slots_make(scope, &procedure->about, opening->assignments, opening->count, slots, &count,
               &missing);
    for (unsigned i = 0; i < procedure->about.count && parent;
         i++) { /* a slot typed by the parent's procedure is the parent */
        const struct slot *slot = &procedure->about.items[i];
        if (slot->type.kind == TYPE_CASE &&
            slot->type.name == d->state->cases.items[parent].procedure->name &&
            !named_find(slots, count, slot->name) && count < COMMAND_LIST_MAX) {
            slots[count].name = slot->name;
            slots[count].value.kind = VALUE_CASE;
            slots[count++].value.ref = parent;
            missing = missing == slot->name ? SYMBOL_NONE : missing;
        }
    }
    if (missing)
        EMIT(d, not_written, name_datum(d, opening->procedure), datum_int(parent),
             name_datum(d, missing));
    else
        case_open(d, procedure, slots, count, parent, parent_step, 0,
                  (struct span){SPAN_NONE, DATE_NONE, DATE_NONE}, day);
}

static unsigned tell_members(const struct scope *scope, const struct operand *operand,
                             uint32_t *ret_members, unsigned max)
{
    const struct state *state = scope->state;
    struct value value = rulebook_role(&state->rules, operand->text) ? value_missing()
                                                                     : eval_operand(scope, operand);
    if (value.kind == VALUE_SUBJECT) {
        uint32_t member = state_member_of_person(state, value.subject);
        ret_members[0] = member;
        return member ? 1 : 0;
    }
    return state_holders(state, operand->text, eval_case_unit(scope), scope->at, ret_members, max);
}

static void tell_all(struct deciding *d, const struct scope *scope, const struct effects *effects,
                     int64_t case_number, int64_t act, int32_t day)
{
    for (unsigned i = 0; i < effects->tell_count; i++) {
        uint32_t members[RECIPIENTS_MAX];
        unsigned count = tell_members(scope, &effects->tell[i], members, RECIPIENTS_MAX);
        const char *key = arena_format(d->arena, "told/%lld/%u", (long long)d->now->number,
                                       d->decision->event_count);
        struct datum what =
            act && act < (int64_t)d->state->acts.count && scope->procedure
                ? name_datum(d, scope->procedure->steps[d->state->acts.items[act].step].name)
                : datum_text("");
        EMIT(d, told, datum_int(case_number), what, members_datum(d, members, count),
             date_datum(d, day), datum_text(key));
    }
}

void effects_do(struct deciding *d, struct scope *scope, const struct effects *effects,
                int64_t case_number, int64_t act, int32_t day)
{
    if (!eval_predicate(scope, effects->when))
        return;
    for (unsigned i = 0; i < effects->write_count; i++) {
        struct value each =
            effects->writes[i].each ? eval_elements(scope, effects->writes[i].each) : scope->it;
        struct scope inner = *scope;
        for (uint32_t k = 0; effects->writes[i].each && k < each.list.count; k++) {
            inner.it = each.list.items[k];
            write_one(d, &inner, &effects->writes[i], case_number, act, day);
        }
        if (!effects->writes[i].each)
            write_one(d, &inner, &effects->writes[i], case_number, act, day);
    }
    for (unsigned i = 0; i < effects->open_count; i++) {
        struct value each =
            effects->opens[i].each ? eval_elements(scope, effects->opens[i].each) : scope->it;
        struct scope inner = *scope;
        for (uint32_t k = 0; effects->opens[i].each && k < each.list.count; k++) {
            inner.it = each.list.items[k];
            open_one(d, &inner, &effects->opens[i], 0, 0, day);
        }
        if (!effects->opens[i].each)
            open_one(d, &inner, &effects->opens[i], 0, 0, day);
    }
    tell_all(d, scope, effects, case_number, act, day);
}

/* ---- opening steps ---- */

void step_duty_open(struct deciding *d, int64_t number, unsigned index, int32_t day)
{
    const struct procedure *procedure = d->state->cases.items[number].procedure;
    const struct step *step = &procedure->steps[index];
    struct scope scope = case_scope(d, number, day);
    struct duty_opening opening = {.procedure = procedure,
                                   .step = index,
                                   .case_number = number,
                                   .of = scope.it,
                                   .ladder = step->due.ladder,
                                   .unit = eval_case_unit(&scope)};
    scope.lean = &opening.lean;
    struct value due = eval_due(&scope, &step->due, day, &opening.start);
    opening.fact = scope.start_fact;
    opening.due = due.kind == VALUE_DATE ? due.date : DATE_NONE;
    opening.period = (struct span){SPAN_NONE, DATE_NONE, DATE_NONE};
    opening.owner = step_duty_owner(step);
    opening.rules = step->rules.count ? step->rules : procedure->rules;
    opening.name =
        symbol_add(d->state->symbols,
                   arena_format(d->arena, "%s.%s", symbol_text(d->state->symbols, procedure->name),
                                symbol_text(d->state->symbols, step->name)));
    if (opening.of.kind == VALUE_MISSING) {
        opening.of.kind = VALUE_CASE;
        opening.of.ref = number;
    }
    duty_open(d, &opening);
}

bool step_has_open_duty(const struct state *state, const struct case_row *row, unsigned index)
{
    for (uint32_t i = 0; i < row->duties.count; i++) {
        const struct duty_row *duty = &state->duties.items[row->duties.items[i]];
        if (duty->procedure && duty->step == index && duty_is_open(duty))
            return true;
    }
    return false;
}

static void step_begin(struct deciding *d, int64_t number, unsigned index, int32_t day)
{
    const struct step *step = &d->state->cases.items[number].procedure->steps[index];
    if (step->due.present && !step_has_open_duty(d->state, &d->state->cases.items[number], index))
        step_duty_open(d, number, index, day);
    for (unsigned i = 0; i < step->run_count; i++) {
        struct scope scope = case_scope(d, number, day);
        struct value each =
            step->run[i].each ? eval_elements(&scope, step->run[i].each) : value_missing();
        for (uint32_t k = 0; step->run[i].each && k < each.list.count; k++) {
            struct scope inner = scope;
            inner.it = each.list.items[k];
            open_one(d, &inner, &step->run[i], number, index, day);
        }
        if (!step->run[i].each)
            open_one(d, &scope, &step->run[i], number, index, day);
    }
}

static void steps_open(struct deciding *d, int64_t number, uint64_t ready, bool new_pass,
                       int32_t day)
{
    const struct procedure *procedure = d->state->cases.items[number].procedure;
    struct datum opened[STEPS_MAX], skipped[STEPS_MAX];
    unsigned opened_count = 0, skipped_count = 0;
    uint64_t begun = 0;
    for (unsigned i = 0; i < procedure->step_count; i++) {
        if (!(ready >> i & 1))
            continue;
        struct scope scope = case_scope(d, number, day);
        bool applies = eval_predicate(&scope, procedure->steps[i].applies);
        if (applies) {
            opened[opened_count++] = name_datum(d, procedure->steps[i].name);
            begun |= (uint64_t)1 << i;
        } else {
            skipped[skipped_count++] = name_datum(d, procedure->steps[i].name);
        }
    }
    struct datum opened_list =
        datum_list(arena_copy(d->arena, opened, opened_count * sizeof *opened), opened_count);
    struct datum skipped_list =
        datum_list(arena_copy(d->arena, skipped, skipped_count * sizeof *skipped), skipped_count);
    EMIT(d, steps_opened, datum_int(number), opened_list, skipped_list, datum_bool(new_pass),
         date_datum(d, day));
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (begun >> i & 1)
            step_begin(d, number, i, day);
}

static void duties_of_steps_cancel(struct deciding *d, int64_t number, uint64_t steps, int32_t day,
                                   const char *reason)
{
    for (uint32_t i = 0; i < d->state->cases.items[number].duties.count; i++) {
        int64_t duty = d->state->cases.items[number].duties.items[i];
        const struct duty_row *row = &d->state->duties.items[duty];
        if (row->procedure && duty_is_open(row) && (steps >> row->step & 1))
            EMIT(d, duty_cancelled, datum_int(duty), date_datum(d, day), datum_text(reason));
    }
}

void case_end(struct deciding *d, int64_t number, symbol end, int32_t day)
{
    int64_t parent = d->state->cases.items[number].parent;
    duties_of_steps_cancel(d, number, ~(uint64_t)0, day, "case ended");
    EMIT(d, case_ended, datum_int(number), name_datum(d, end), date_datum(d, day));
    for (uint32_t i = 0; i < d->state->cases.items[number].children.count; i++) {
        int64_t child = d->state->cases.items[number].children.items[i];
        if (d->state->cases.items[child].status != CASE_ENDED)
            case_end(d, child, d->state->words.cancelled, day);
    }
    if (parent && d->state->cases.items[parent].status != CASE_ENDED)
        case_advance(d, parent, day);
}

/* A step that runs other cases is done when they have ended; of one case its end is the outcome. */
static bool run_complete(struct deciding *d, int64_t number, unsigned index, int32_t day)
{
    const struct case_row *row = &d->state->cases.items[number];
    const struct step *step = &row->procedure->steps[index];
    symbol end = SYMBOL_NONE;
    for (uint32_t i = 0; i < row->children.count; i++) {
        const struct case_row *child = &d->state->cases.items[row->children.items[i]];
        if (child->status != CASE_ENDED)
            return false;
        end = child->end;
    }
    symbol outcome = step->outcomes[0].name;
    for (unsigned i = 0; i < step->outcome_count; i++)
        if (step->outcomes[i].name == end)
            outcome = end;
    step_complete(d, number, 0, outcome, day);
    return true;
}

/* An outcome that was asked for before this step and did not come: its branch is closed. */
static bool branch_closed(const struct deciding *d, const struct case_row *row,
                          const struct step *step)
{
    for (unsigned i = 0; i < step->after_count; i++) {
        if (!step->after[i].outcome || !(row->done >> step->after[i].step & 1))
            continue;
        for (uint32_t k = row->acts.count; k-- > 0;) {
            const struct act *act = &d->state->acts.items[row->acts.items[k]];
            if (act->step == step->after[i].step && act->state == ACT_DONE &&
                act->outcome != step->after[i].outcome)
                return true;
        }
    }
    return false;
}

/* A due day that names where it starts runs from there, even while its step waits for others. */
static void early_duties(struct deciding *d, int64_t number, int32_t day)
{
    const struct procedure *procedure = d->state->cases.items[number].procedure;
    for (unsigned i = 0; i < procedure->step_count; i++) {
        const struct step *step = &procedure->steps[i];
        const struct case_row *row = &d->state->cases.items[number];
        bool named = step->due.from.kind != OPERAND_NONE || step->due.date.kind != OPERAND_NONE;
        if (!step->due.present || !named || step->optional || ((row->done | row->open) >> i & 1) ||
            branch_closed(d, row, step) || step_has_open_duty(d->state, row, i))
            continue;
        struct scope scope = case_scope(d, number, day);
        int32_t start;
        if (eval_due(&scope, &step->due, day, &start).kind == VALUE_DATE)
            step_duty_open(d, number, i, day);
    }
}

void case_advance(struct deciding *d, int64_t number, int32_t day)
{
    for (unsigned turn = 0; turn < STEPS_MAX; turn++) {
        const struct case_row *row = &d->state->cases.items[number];
        if (row->status == CASE_ENDED || !room_for(d, 8))
            return;
        uint64_t ready = steps_ready(row, d->state);
        if (ready) {
            steps_open(d, number, ready, false, day);
            continue;
        }
        for (unsigned i = 0; i < row->procedure->step_count; i++)
            if ((row->open >> i & 1) && row->procedure->steps[i].run_count &&
                run_complete(d, number, i, day))
                return; /* it advanced the case itself */
        break;
    }
    early_duties(d, number, day);
    if (case_is_idle(&d->state->cases.items[number]))
        case_end(d, number, d->state->words.done, day);
}

/* ---- completing a step ---- */

static enum event_type step_event(enum step_kind kind)
{
    if (kind == STEP_NOMINATE)
        return EVENT_nominated;
    if (kind == STEP_APPROVE || kind == STEP_VOTE)
        return EVENT_approved;
    if (kind == STEP_CERTIFY)
        return EVENT_certified;
    return kind == STEP_PENALIZE ? EVENT_penalized : EVENT_step_done;
}

static const struct outcome *outcome_named(const struct step *step, symbol name)
{
    for (unsigned i = 0; i < step->outcome_count; i++)
        if (step->outcomes[i].name == name)
            return &step->outcomes[i];
    return &step->outcomes[0];
}

symbol outcome_computed(const struct scope *scope, const struct step *step)
{
    bool computed = false;
    for (unsigned i = 0; i < step->outcome_count; i++)
        computed = computed || step->outcomes[i].when;
    for (unsigned i = 0; computed && i < step->outcome_count; i++)
        if (!step->outcomes[i].timeout.present && eval_predicate(scope, step->outcomes[i].when))
            return step->outcomes[i].name;
    return SYMBOL_NONE;
}

static void step_duty_met(struct deciding *d, int64_t number, unsigned index, int64_t act,
                          int32_t day)
{
    for (uint32_t i = 0; i < d->state->cases.items[number].duties.count; i++) {
        int64_t duty = d->state->cases.items[number].duties.items[i];
        const struct duty_row *row = &d->state->duties.items[duty];
        if (row->procedure && row->step == index && duty_is_open(row))
            EMIT(d, duty_met, datum_int(duty), date_datum(d, day),
                 datum_bool(day > row->deadline.due), datum_int(0), datum_int(act));
    }
}

static bool step_is_done(const struct case_row *row, unsigned index)
{
    return row->procedure->steps[index].optional || (row->done >> index & 1);
}

void step_complete(struct deciding *d, int64_t number, int64_t act, symbol outcome_name,
                   int32_t day)
{
    const struct procedure *procedure = d->state->cases.items[number].procedure;
    unsigned index = 0;
    if (act)
        index = d->state->acts.items[act].step;
    else /* a step that runs cases has no act: it is the open one whose children have ended */
        while (index + 1 < procedure->step_count &&
               !((d->state->cases.items[number].open >> index & 1) &&
                 procedure->steps[index].run_count))
            index++;
    const struct step *step = &procedure->steps[index];
    const struct outcome *outcome = outcome_named(step, outcome_name);
    const struct datum fields[] = {datum_int(number), name_datum(d, step->name), datum_int(act),
                                   name_datum(d, outcome->name), date_datum(d, day)};
    emit(d, step_event(step->kind), fields);
    struct scope scope = case_scope(d, number, day);
    scope.actor = d->member;
    bool done = step_is_done(&d->state->cases.items[number], index);
    bool goes_on = !outcome->to && !(outcome->end && outcome->by_default);
    if (done)
        step_duty_met(d, number, index, act, day);
    if (goes_on)
        effects_do(d, &scope, &step->effects, number, act, day);
    effects_do(d, &scope, &outcome->effects, number, act, day);
    if (!done)
        return; /* of an `each` step others are still to act */
    if (outcome->end) {
        case_end(d, number, outcome->end, day);
        return;
    }
    if (outcome->to)
        for (unsigned i = 0; i < procedure->step_count; i++)
            if (procedure->steps[i].name == outcome->to) {
                duties_of_steps_cancel(d, number, steps_following(procedure, i), day, "new pass");
                steps_open(d, number, (uint64_t)1 << i, true, day);
            }
    case_advance(d, number, day);
}
