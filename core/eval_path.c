/* eval_path.c - names to values: roots of a scope, and one property after the other. */
#include "core/eval.h"

#include "core/check.h"
#include "core/limits.h"

struct scope scope_of(const struct state *state, struct arena *arena, struct value it, int32_t at)
{
    return (struct scope){.state = state, .arena = arena, .it = it, .at = at, .known = INT64_MAX};
}

struct scope scope_of_case(const struct state *state, struct arena *arena, int64_t case_number,
                           const struct case_row *row, int32_t at)
{
    struct scope scope = scope_of(state, arena, value_missing(), at);
    scope.case_row = row;
    scope.case_number = case_number;
    scope.procedure = row->procedure;
    scope.pack = row->procedure->pack;
    scope.period = row->period;
    scope.start_fact = row->start_fact;
    for (unsigned i = 0; i < row->slot_count && scope.it.kind == VALUE_MISSING; i++)
        if (row->slots[i].value.kind == VALUE_SUBJECT)
            scope.it = row->slots[i].value;
    return scope;
}

/* ---- properties ---- */

static struct value symbol_value(symbol name)
{
    struct value value = {.kind = VALUE_SYMBOL};
    value.member.symbol = name;
    value.member.list = SYMBOL_NONE;
    return value;
}

static struct value date_value(int32_t date)
{
    if (date == DATE_NONE)
        return value_missing();
    struct value value = {.kind = VALUE_DATE};
    value.date = date;
    return value;
}

static struct value member_value(const struct state *state, uint32_t member)
{
    uint32_t person = state->members.items[member].person;
    struct value value = symbol_value(state->members.items[member].id);
    if (person) {
        value.kind = VALUE_SUBJECT;
        value.subject = person;
    }
    return value;
}

/* A field holds until the day from which another statement about it does. */
static void eval_field_until(const struct scope *scope, uint32_t subject, symbol name)
{
    const struct subject *row = &scope->state->subjects.items[subject];
    for (uint32_t i = 0; scope->until && i < row->field_count; i++)
        if (row->fields[i].name == name)
            eval_until(scope, row->fields[i].from);
}

void eval_unit_until(const struct scope *scope, uint32_t subject)
{
    symbol unit = scope->state->words.unit;
    for (int depth = 0; scope->until && subject && depth < UNIT_DEPTH_MAX; depth++) {
        eval_field_until(scope, subject, unit);
        subject = state_unit_of(scope->state, subject, scope->at);
    }
}

static bool subject_property(const struct scope *scope, const struct value *base, symbol name,
                             struct value *ret)
{
    const struct state *state = scope->state;
    symbol kind = state->subjects.items[base->subject].kind;
    const struct value_def *def = rulebook_value(&state->rules, kind, name);
    if (def) {
        struct scope inner = scope_of(state, scope->arena, *base, scope->at);
        inner.known = scope->known;
        inner.as_of = scope->as_of;
        inner.period = scope->period;
        inner.lean = scope->lean;
        inner.until = scope->until;
        inner.depth = scope->depth + 1;
        *ret = eval_value(&inner, def, base);
        return true;
    }
    eval_field_until(scope, base->subject, name);
    *ret = state_field(state, base->subject, name, scope->at, scope->known);
    return ret->kind != VALUE_MISSING || rulebook_field(&state->rules, kind, name) ||
           name == state->words.unit || name == state->words.name;
}

static const struct act *act_of(const struct scope *scope, const struct value *base)
{
    return base->ref == ACT_DRAFT ? scope->draft : &scope->state->acts.items[base->ref];
}

static struct value signers_value(const struct scope *scope, const struct act *act)
{
    struct value *items = ARENA_ARRAY(scope->arena, struct value, act->signature_count);
    for (unsigned i = 0; i < act->signature_count; i++)
        items[i] = member_value(scope->state, act->signatures[i].member);
    struct value value = {.kind = VALUE_LIST};
    value.list.items = items;
    value.list.count = act->signature_count;
    return value;
}

static struct value symbols_value(const struct scope *scope, const symbol *names, unsigned count)
{
    struct value *items = ARENA_ARRAY(scope->arena, struct value, count);
    for (unsigned i = 0; i < count; i++)
        items[i] = symbol_value(names[i]);
    struct value value = {.kind = VALUE_LIST};
    value.list.items = items;
    value.list.count = count;
    return value;
}

static struct value evidence_value(const struct scope *scope, const struct act *act)
{
    symbol *names = ARENA_ARRAY(scope->arena, symbol, act->evidence_count);
    for (unsigned i = 0; i < act->evidence_count; i++)
        names[i] = act->evidence[i].kind;
    return symbols_value(scope, names, act->evidence_count);
}

static const struct procedure *procedure_of_act(const struct scope *scope, const struct act *act)
{
    return act == scope->draft ? scope->procedure
                               : scope->state->cases.items[act->case_number].procedure;
}

static bool act_property(const struct scope *scope, const struct value *base, symbol name,
                         struct value *ret)
{
    const struct core_words *words = &scope->state->words;
    const struct act *act = act_of(scope, base);
    if (!act)
        return false;
    const struct step *step = &procedure_of_act(scope, act)->steps[act->step];
    const struct named_value *field = named_find(act->fields, act->field_count, name);
    if (field)
        *ret = field->value;
    else if (name == words->date)
        *ret = date_value(act->day);
    else if (name == words->recorded)
        *ret = date_value(act->recorded);
    else if (name == words->outcome)
        *ret = act->outcome ? symbol_value(act->outcome) : value_missing();
    else if (name == words->signers)
        *ret = signers_value(scope, act);
    else if (name == words->evidence)
        *ret = evidence_value(scope, act);
    else if (name == words->waivers)
        *ret = symbols_value(scope, act->waived, act->waived_count);
    else if (name == words->name)
        *ret = symbol_value(step->name);
    else {
        *ret = value_missing();
        for (unsigned i = 0; i < step->fields.count; i++)
            if (step->fields.items[i].name == name)
                return true;
        return false;
    }
    return true;
}

static bool fact_property(const struct scope *scope, const struct value *base, symbol name,
                          struct value *ret)
{
    const struct core_words *words = &scope->state->words;
    const struct fact *fact = &scope->state->facts.items[base->ref];
    const struct named_value *found = named_find(fact->fields, fact->field_count, name);
    if (!found)
        found = named_find(fact->slots, fact->slot_count, name);
    if (found)
        *ret = found->value;
    else if (name == words->date)
        *ret = date_value(fact->day);
    else if (name == words->recorded)
        *ret = date_value(fact->recorded);
    else if (name == words->lag) {
        ret->kind = VALUE_LENGTH;
        ret->length.days = fact->recorded - fact->day;
        ret->length.from = fact->day;
    } else {
        const struct fact_def *def = rulebook_fact(&scope->state->rules, fact->type);
        *ret = value_missing();
        for (unsigned i = 0; def && i < def->fields.count; i++)
            if (def->fields.items[i].name == name)
                return true;
        return false;
    }
    return true;
}

static struct value act_value(int64_t number)
{
    struct value value = {.kind = VALUE_ACT};
    value.ref = number;
    return value;
}

/* The latest act of a step: the draft, else the last done one (an undone one is of an earlier
 * pass). */
static struct value case_step(const struct scope *scope, int64_t number, const struct case_row *row,
                              unsigned step)
{
    if (number == scope->case_number && scope->draft && scope->draft->step == step) {
        if (scope->reads_draft)
            *scope->reads_draft = true;
        return act_value(ACT_DRAFT);
    }
    for (uint32_t i = row->acts.count; i-- > 0;) {
        const struct act *act = &scope->state->acts.items[row->acts.items[i]];
        if (act->step == step && act->state == ACT_DONE && act->entry <= scope->known &&
            (!scope->as_of || act->day <= scope->at))
            return act_value(row->acts.items[i]);
    }
    return value_missing();
}

static bool case_name(const struct scope *scope, int64_t number, const struct case_row *row,
                      symbol name, struct value *ret)
{
    const struct procedure *procedure = row->procedure;
    const struct named_value *slot = named_find(row->slots, row->slot_count, name);
    *ret = value_missing();
    if (slot) {
        *ret = slot->value;
        return true;
    }
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].name == name) {
            *ret = case_step(scope, number, row, i);
            return true;
        }
    for (unsigned i = 0; i < procedure->value_count; i++)
        if (procedure->values[i].name == name) {
            struct value of = {.kind = VALUE_CASE};
            of.ref = number;
            struct scope inner = *scope;
            if (number != scope->case_number || scope->case_row != row) {
                inner = scope_of_case(scope->state, scope->arena, number, row, scope->at);
                inner.known = scope->known;
                inner.as_of = scope->as_of;
                inner.until = scope->until;
            }
            inner.element = value_missing();
            inner.depth = scope->depth + 1;
            *ret = eval_value(&inner, &procedure->values[i], &of);
            return true;
        }
    for (unsigned i = 0; i < procedure->about.count; i++)
        if (procedure->about.items[i].name == name)
            return true; /* a slot not filled yet */
    return false;
}

bool eval_case_ended(const struct scope *scope, const struct case_row *row)
{
    return row->status == CASE_ENDED && row->ended_entry <= scope->known &&
           (!scope->as_of || row->ended <= scope->at);
}

static bool case_property(const struct scope *scope, const struct value *base, symbol name,
                          struct value *ret)
{
    const struct core_words *words = &scope->state->words;
    const struct case_row *row = &scope->state->cases.items[base->ref];
    if (name == words->state) {
        *ret = symbol_value(eval_case_ended(scope, row)     ? row->end
                            : row->status == CASE_SUSPENDED ? words->suspended
                                                            : words->running);
        return true;
    }
    if (name == words->started || name == words->ended) {
        *ret = date_value(name == words->started        ? row->opened
                          : eval_case_ended(scope, row) ? row->ended
                                                        : DATE_NONE);
        return true;
    }
    if (name == words->period && row->period.kind != SPAN_NONE) {
        ret->kind = VALUE_SPAN;
        ret->span = row->period;
        return true;
    }
    return case_name(scope, base->ref, row, name, ret);
}

enum duty_state eval_duty_state(const struct scope *scope, const struct duty_row *duty)
{
    bool closed = duty->state == DUTY_MET || duty->state == DUTY_CANCELLED;
    if (closed && duty->closed_entry <= scope->known &&
        (!scope->as_of || duty->closed_on == DATE_NONE || duty->closed_on <= scope->at))
        return duty->state;
    if (!closed && !scope->as_of)
        return duty->state;
    return scope->at > duty->deadline.due ? DUTY_OVERDUE : DUTY_OPEN;
}

static bool duty_property(const struct scope *scope, const struct value *base, symbol name,
                          struct value *ret)
{
    const struct core_words *words = &scope->state->words;
    const struct duty_row *duty = &scope->state->duties.items[base->ref];
    const symbol states[] = {[DUTY_OPEN] = words->open,
                             [DUTY_OVERDUE] = words->overdue,
                             [DUTY_MET] = words->met,
                             [DUTY_CANCELLED] = words->cancelled};
    if (name == words->name)
        *ret = symbol_value(duty->name);
    else if (name == words->due)
        *ret = date_value(duty->deadline.due);
    else if (name == words->state)
        *ret = symbol_value(states[eval_duty_state(scope, duty)]);
    else if (name == words->late) {
        ret->kind = VALUE_BOOL;
        ret->boolean = duty->late;
    } else if (name == words->overdue_for) {
        *ret = value_missing();
        eval_until(scope, scope->at + 1);
        if (duty->state == DUTY_OVERDUE && scope->at > duty->deadline.due) {
            ret->kind = VALUE_LENGTH;
            ret->length.days = scope->at - duty->deadline.due;
            ret->length.from = duty->deadline.due;
        }
    } else
        return false;
    return true;
}

static bool span_property(const struct scope *scope, const struct value *base, symbol name,
                          struct value *ret)
{
    const struct core_words *words = &scope->state->words;
    if (name == words->from || name == words->to || name == words->before)
        *ret = date_value(name == words->from ? base->span.from
                          : name == words->to ? base->span.to
                                              : base->span.from - 1);
    else if (name == words->year) {
        ret->kind = VALUE_SPAN;
        ret->span = span_around(SPAN_YEAR, base->span.from);
    } else if (name == words->name) {
        char text[SPAN_TEXT_SIZE];
        *ret = symbol_value(symbol_add(scope->state->symbols, span_text(base->span, text)));
    } else
        return false;
    return true;
}

static bool list_property(const struct scope *scope, const struct value *base, symbol name,
                          struct value *ret)
{
    struct value *items = ARENA_ARRAY(scope->arena, struct value, base->list.count);
    uint32_t count = 0;
    bool known = base->list.count == 0;
    for (uint32_t i = 0; i < base->list.count; i++) {
        struct value item;
        if (!eval_property(scope, &base->list.items[i], name, &item))
            continue;
        known = true;
        if (item.kind != VALUE_MISSING)
            items[count++] = item;
    }
    ret->kind = VALUE_LIST;
    ret->list.items = items;
    ret->list.count = count;
    return known;
}

static bool record_property(const struct scope *scope, const struct value *base, symbol name,
                            struct value *ret)
{
    const struct named_value *found = named_find(base->record.items, base->record.count, name);
    *ret = found ? found->value : value_missing();
    if (!found && name == scope->state->words.name && base->record.count &&
        !base->record.items[0].name)
        *ret = base->record.items[0].value; /* the member whose line it is */
    return true;                            /* an optional column may be missing */
}

bool eval_property(const struct scope *scope, const struct value *base, symbol name,
                   struct value *ret_value)
{
    *ret_value = value_missing();
    if (scope->depth > EVAL_DEPTH_MAX)
        return false;
    switch (base->kind) {
    case VALUE_SUBJECT: return subject_property(scope, base, name, ret_value);
    case VALUE_CASE:
        return base->ref == 0
                   ? scope->case_row && case_name(scope, 0, scope->case_row, name, ret_value)
                   : case_property(scope, base, name, ret_value);
    case VALUE_FACT: return fact_property(scope, base, name, ret_value);
    case VALUE_ACT: return act_property(scope, base, name, ret_value);
    case VALUE_DUTY: return duty_property(scope, base, name, ret_value);
    case VALUE_SPAN: return span_property(scope, base, name, ret_value);
    case VALUE_LIST: return list_property(scope, base, name, ret_value);
    case VALUE_RECORD: return record_property(scope, base, name, ret_value);
    case VALUE_MISSING: return true; /* a property of nothing is nothing */
    case VALUE_BOOL:
    case VALUE_NUMBER:
    case VALUE_DATE:
    case VALUE_PERIOD:
    case VALUE_LENGTH:
    case VALUE_MEMBER:
    case VALUE_SYMBOL:
    case VALUE_TEXT:
    case VALUE_CODE: return false;
    }
    return false;
}

/* ---- roots ---- */

static struct value start_value(const struct scope *scope)
{
    struct value value = {.kind = VALUE_FACT};
    value.ref = scope->start_fact;
    return scope->start_fact ? value : value_missing();
}

static bool built_in(const struct scope *scope, symbol name, struct value *ret)
{
    const struct core_words *words = &scope->state->words;
    if (name == words->it)
        *ret = scope->it;
    else if (name == words->today) {
        eval_until(scope, scope->at + 1);
        *ret = date_value(scope->at);
    } else if (name == words->actor)
        *ret = scope->actor ? member_value(scope->state, scope->actor) : value_missing();
    else if (name == words->case_) {
        ret->kind = scope->case_row ? VALUE_CASE : VALUE_MISSING;
        ret->ref = scope->case_number;
    } else if (name == words->period) {
        ret->kind = scope->period.kind == SPAN_NONE ? VALUE_MISSING : VALUE_SPAN;
        ret->span = scope->period;
    } else if (name == words->start)
        *ret = start_value(scope);
    else
        return false;
    return true;
}

static bool root_find(const struct scope *scope, symbol name, bool left, struct value *ret)
{
    *ret = value_missing();
    if (left && scope->element.kind != VALUE_MISSING) {
        if (name == scope->state->words.it) {
            *ret = scope->element;
            return true;
        }
        if (eval_property(scope, &scope->element, name, ret) &&
            (ret->kind != VALUE_MISSING || scope->element.kind != VALUE_RECORD))
            return true;
    }
    if (scope->case_row && case_name(scope, scope->case_number, scope->case_row, name, ret))
        return true;
    if (built_in(scope, name, ret))
        return true;
    return scope->it.kind != VALUE_MISSING && eval_property(scope, &scope->it, name, ret);
}

/* `start.date` is the day of the fact that opened the case, else the day it was opened. */
static bool start_date(const struct scope *scope, const struct operand *path, struct value *ret)
{
    const struct core_words *words = &scope->state->words;
    if (path->count != 2 || path->names[0] != words->start || path->names[1] != words->date ||
        scope->start_fact)
        return false;
    *ret = scope->case_row ? date_value(scope->case_row->opened) : value_missing();
    return true;
}

static bool path_eval(const struct scope *scope, const struct operand *path, bool left,
                      struct value *ret)
{
    if (path->names[0] == scope->state->words.calendar && path->count == 2) {
        eval_until(scope, span_around(SPAN_YEAR, scope->at).to + 1);
        *ret = date_value(calendar_named(scope->state->calendar, date_civil(scope->at).year,
                                         symbol_text(scope->state->symbols, path->names[1])));
        return true;
    }
    if (start_date(scope, path, ret))
        return true;
    if (!root_find(scope, path->names[0], left, ret))
        return false;
    for (unsigned i = 1; i < path->count; i++) {
        struct value base = *ret;
        if (!eval_property(scope, &base, path->names[i], ret))
            return false;
    }
    return true;
}

/* ---- operands ---- */

static struct value list_operand(const struct scope *scope, const struct operand *operand)
{
    struct value *items = ARENA_ARRAY(scope->arena, struct value, operand->count);
    struct value value = {.kind = VALUE_LIST};
    for (unsigned i = 0; i < operand->count; i++)
        items[i] = eval_operand(scope, &operand->items[i]);
    value.list.items = items;
    value.list.count = operand->count;
    return value;
}

static struct value operand_eval(const struct scope *scope, const struct operand *operand,
                                 bool left)
{
    struct value value = {.kind = VALUE_MISSING};
    switch (operand->kind) {
    case OPERAND_NONE: break;
    case OPERAND_BOOL:
        value.kind = VALUE_BOOL;
        value.boolean = operand->boolean;
        break;
    case OPERAND_NUMBER:
        value.kind = VALUE_NUMBER;
        value.number = operand->number;
        break;
    case OPERAND_DATE: return date_value(operand->date);
    case OPERAND_PERIOD:
        value.kind = VALUE_PERIOD;
        value.period = operand->period;
        break;
    case OPERAND_WORD:
    case OPERAND_PATH:
        if (!path_eval(scope, operand, left, &value))
            value = left ? value_missing() : symbol_value(operand->text);
        break;
    case OPERAND_PARAMETER: return eval_parameter(scope, operand);
    case OPERAND_LIST: return list_operand(scope, operand);
    }
    return value;
}

struct value eval_operand(const struct scope *scope, const struct operand *operand)
{
    return operand_eval(scope, operand, false);
}

struct value eval_left(const struct scope *scope, const struct operand *operand)
{
    return operand_eval(scope, operand, true);
}

struct value eval_right(const struct scope *scope, const struct operand *operand,
                        const struct value *left)
{
    const struct value *sample = left;
    if (left->kind == VALUE_LIST && left->list.count)
        sample = &left->list.items[0];
    if (operand->kind == OPERAND_LIST) {
        struct value *items = ARENA_ARRAY(scope->arena, struct value, operand->count);
        struct value value = {.kind = VALUE_LIST};
        for (unsigned i = 0; i < operand->count; i++)
            items[i] = eval_right(scope, &operand->items[i], left);
        value.list.items = items;
        value.list.count = operand->count;
        return value;
    }
    if (operand->kind != OPERAND_WORD && operand->kind != OPERAND_PATH)
        return eval_operand(scope, operand);
    bool word = operand->kind == OPERAND_WORD; /* a path that leads nowhere is a name with dots */
    if (word && (sample->kind == VALUE_SYMBOL || sample->kind == VALUE_CODE))
        return symbol_value(operand->text);
    if (sample->kind == VALUE_MEMBER && operand->kind == OPERAND_WORD) {
        const struct list_def *list = rulebook_list(&scope->state->rules, sample->member.list);
        struct value member = *sample;
        member.member.symbol = operand->text;
        if (list && rulebook_member_rank(list, operand->text) >= 0)
            return member;
    }
    return eval_operand(scope, operand);
}

/* ---- the unit of a case ---- */

uint32_t eval_case_unit(const struct scope *scope)
{
    const struct procedure *procedure = scope->procedure;
    const struct case_row *row = scope->case_row;
    if (!procedure || !row)
        return 0;
    if (procedure->unit.kind != OPERAND_NONE) {
        struct value unit = eval_operand(scope, &procedure->unit);
        return unit.kind == VALUE_SUBJECT ? unit.subject : 0;
    }
    symbol unit_kind = scope->state->words.unit;
    uint32_t first = 0;
    for (unsigned i = 0; i < row->slot_count; i++) {
        if (row->slots[i].value.kind != VALUE_SUBJECT)
            continue;
        uint32_t subject = row->slots[i].value.subject;
        if (scope->state->subjects.items[subject].kind == unit_kind)
            return subject;
        first = first ? first : subject;
    }
    eval_unit_until(scope, first);
    return first ? state_unit_of(scope->state, first, scope->at) : 0;
}
