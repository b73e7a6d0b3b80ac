/* eval_value.c - computed values, parameters and due days: one function a form. */
#include "core/check.h"
#include "core/eval.h"

/* ---- exact arithmetic ---- */

static bool multiply(struct number a, struct number b, struct number *ret)
{
    int64_t num, den;
    return !__builtin_mul_overflow(a.num, b.num, &num) &&
           !__builtin_mul_overflow(a.den, b.den, &den) && number_make(num, den, ret);
}

static bool add(struct number a, struct number b, struct number *ret)
{
    int64_t x, y, num, den;
    return !__builtin_mul_overflow(a.num, b.den, &x) && !__builtin_mul_overflow(b.num, a.den, &y) &&
           !__builtin_add_overflow(x, y, &num) && !__builtin_mul_overflow(a.den, b.den, &den) &&
           number_make(num, den, ret);
}

static int64_t floor_of(struct number n)
{
    return n.num / n.den - (n.num % n.den < 0);
}

/* Half rounds away from zero. */
static struct number round_to(struct number n, struct number step)
{
    struct number quotient, result;
    if (!multiply(n, (struct number){step.den, step.num}, &quotient) ||
        !add(quotient, (struct number){quotient.num < 0 ? -1 : 1, 2}, &quotient))
        return n;
    int64_t whole = quotient.num / quotient.den;
    return multiply((struct number){whole, 1}, step, &result) ? result : n;
}

static struct value rounded(const struct scope *scope, const struct value_def *def,
                            struct value value)
{
    if (value.kind != VALUE_NUMBER)
        return value;
    struct number n = value.number;
    if (def->round == ROUND_UP)
        n = (struct number){-floor_of((struct number){-n.num, n.den}), 1};
    else if (def->round == ROUND_DOWN)
        n = (struct number){floor_of(n), 1};
    else if (def->round == ROUND_TO)
        n = round_to(n, def->round_to);
    struct value least = eval_operand(scope, &def->least);
    if (least.kind == VALUE_NUMBER && number_compare(n, least.number) < 0)
        n = least.number;
    value.number = n;
    return value;
}

/* ---- forms ---- */

static struct value form_date(const struct scope *scope, const struct value_def *def)
{
    struct value from = eval_operand(scope, &def->from), value = {.kind = VALUE_DATE};
    bool plus = def->plus.kind != OPERAND_NONE;
    struct value period = eval_operand(scope, plus ? &def->plus : &def->minus);
    if (from.kind != VALUE_DATE || period.kind != VALUE_PERIOD)
        return value_missing();
    value.date =
        plus ? calendar_add(scope->state->calendar, from.date, period.period, def->first_day,
                            scope->lean)
             : calendar_subtract(scope->state->calendar, from.date, period.period, scope->lean);
    return value.date == DATE_NONE ? value_missing() : value;
}

static struct value form_first(const struct scope *scope, const struct value_def *def)
{
    for (unsigned i = 0; i < def->operand_count; i++) {
        struct value value = eval_operand(scope, &def->operands[i]);
        if (value.kind != VALUE_MISSING && value.kind != VALUE_SYMBOL)
            return value;
    }
    return value_missing();
}

static struct value form_arithmetic(const struct scope *scope, const struct value_def *def)
{
    struct value result = {.kind = VALUE_MISSING};
    for (unsigned i = 0; i < def->operand_count; i++) {
        struct value value = eval_operand(scope, &def->operands[i]);
        if (value.kind == VALUE_MISSING && def->form == FORM_TOTAL)
            continue; /* a total skips what is missing */
        if (value.kind != VALUE_NUMBER)
            return value_missing();
        if (result.kind == VALUE_MISSING) {
            result = value;
            continue;
        }
        struct number right = value.number;
        if (def->form == FORM_LESS)
            right.num = -right.num;
        if (!(def->form == FORM_TIMES ? multiply(result.number, right, &result.number)
                                      : add(result.number, right, &result.number)))
            return value_missing();
    }
    return result;
}

/* A weighted mean leaves out what is missing and spreads its weight. */
static struct value form_weighted(const struct scope *scope, const struct value_def *def)
{
    struct number sum = {0, 1}, weights = {0, 1}, part;
    struct value result = {.kind = VALUE_NUMBER};
    for (unsigned i = 0; i < def->operand_count; i++) {
        struct value value = eval_operand(scope, &def->operands[i]);
        struct value weight = eval_operand(scope, &def->weights[i]);
        if (value.kind != VALUE_NUMBER || weight.kind != VALUE_NUMBER || weight.number.num < 0)
            continue;
        if (!multiply(value.number, weight.number, &part) || !add(sum, part, &sum) ||
            !add(weights, weight.number, &weights))
            return value_missing();
    }
    if (weights.num == 0 ||
        !multiply(sum, (struct number){weights.den, weights.num}, &result.number))
        return value_missing();
    return result;
}

static struct value form_pick(const struct scope *scope, const struct value_def *def)
{
    for (unsigned i = 0; i < def->pick_count; i++)
        if (eval_predicate(scope, def->picks[i].when))
            return eval_operand(scope, &def->picks[i].is);
    return value_missing();
}

static struct value form_rank(const struct scope *scope, const struct value_def *def)
{
    struct value own = eval_operand(scope, &def->rank);
    struct value among = eval_elements(scope, def->among);
    struct value result = {.kind = VALUE_NUMBER};
    struct value *better = ARENA_ARRAY(scope->arena, struct value, among.list.count);
    int64_t place = 1;
    uint32_t seen = 0;
    if (own.kind != VALUE_NUMBER)
        return value_missing();
    for (uint32_t i = 0; i < among.list.count; i++) {
        struct scope inner = *scope;
        inner.element = among.list.items[i];
        inner.draft = NULL;
        inner.depth++;
        struct value other = eval_left(&inner, &def->rank);
        int order = other.kind == VALUE_NUMBER ? number_compare(other.number, own.number) : 0;
        if (order == 0 || (order < 0) != def->best_low)
            continue;
        bool repeated = false;
        for (uint32_t k = 0; def->ties_dense && k < seen; k++)
            repeated = repeated || value_equal(&better[k], &other);
        better[seen++] = other;
        place += !repeated;
    }
    result.number = (struct number){place, 1};
    return result;
}

/* ---- parameters ---- */

static struct value node_value(const struct scope *scope, const struct parameter_node *node)
{
    const struct operand *operand = &node->value;
    if (operand->kind == OPERAND_WORD ||
        operand->kind == OPERAND_PATH) { /* a member or a name, never a path */
        struct value value = {.kind = VALUE_SYMBOL};
        value.member.symbol = operand->text;
        value.member.list = SYMBOL_NONE;
        return value;
    }
    return eval_operand(scope, operand);
}

static const struct parameter_node *parameter_find(const struct scope *scope,
                                                   const struct operand *operand)
{
    const struct parameter *parameter =
        rulebook_parameter(&scope->state->rules, scope->pack, operand->names[0]);
    const struct parameter_node *node = parameter ? &parameter->value : NULL;
    for (unsigned i = 1; node && i < operand->count; i++) {
        const struct parameter_node *found = NULL;
        for (unsigned k = 0; k < node->entry_count && !found; k++)
            if (node->entries[k].key.text == operand->names[i])
                found = &node->entries[k];
        node = found;
    }
    return node;
}

struct value eval_parameter(const struct scope *scope, const struct operand *operand)
{
    const struct parameter_node *node = parameter_find(scope, operand);
    return node && !node->entry_count ? node_value(scope, node) : value_missing();
}

/* Exact by name; for numbers, dates and periods the last key that is not above. */
static const struct parameter_node *entry_find(const struct scope *scope,
                                               const struct parameter_node *table,
                                               const struct value *key)
{
    const struct parameter_node *best = NULL;
    for (unsigned i = 0; i < table->entry_count; i++) {
        const struct parameter_node *entry = &table->entries[i];
        int order;
        if (key->kind == VALUE_MEMBER || key->kind == VALUE_SYMBOL || key->kind == VALUE_CODE) {
            if (entry->key.text == key->member.symbol)
                return entry;
            continue;
        }
        struct value bound = eval_operand(scope, &entry->key);
        if (value_compare(scope, key, &bound, &order) && order >= 0)
            best = entry;
    }
    return best;
}

static struct value form_lookup(const struct scope *scope, const struct value_def *def)
{
    const struct parameter_node *node = parameter_find(scope, &def->table);
    for (unsigned i = 0; node && i < def->by_count; i++) {
        struct value key = eval_operand(scope, &def->by[i]);
        node = key.kind == VALUE_MISSING ? NULL : entry_find(scope, node, &key);
    }
    return node && !node->entry_count ? node_value(scope, node) : value_missing();
}

/* ---- the door ---- */

static struct value form_eval(const struct scope *scope, const struct value_def *def)
{
    switch (def->form) {
    case FORM_SELECTION: return eval_selection(scope, def->selection);
    case FORM_DATE: return form_date(scope, def);
    case FORM_FIRST: return form_first(scope, def);
    case FORM_TOTAL:
    case FORM_LESS:
    case FORM_RATIO:
    case FORM_TIMES: return form_arithmetic(scope, def);
    case FORM_WEIGHTED:
    case FORM_MEAN: return form_weighted(scope, def);
    case FORM_LOOKUP: return form_lookup(scope, def);
    case FORM_PICK: return form_pick(scope, def);
    case FORM_RANK: return form_rank(scope, def);
    }
    return value_missing();
}

struct value eval_value(const struct scope *scope, const struct value_def *def,
                        const struct value *of)
{
    struct scope inner = *scope;
    (void)of;
    if (scope->depth > EVAL_DEPTH_MAX)
        return value_missing();
    inner.element = value_missing();
    bool outside = def->per != SPAN_NONE && inner.period.kind != def->per;
    if (outside) { /* asked outside a period: the one around the day */
        inner.period = span_around(def->per, scope->at);
        eval_until(scope, inner.period.to + 1);
    }
    if (def->at.kind != OPERAND_NONE) {
        struct value at = eval_operand(&inner, &def->at);
        if (at.kind != VALUE_DATE)
            return value_missing();
        inner.at = at.date;
        if (outside)
            inner.period = span_around(def->per, at.date);
    }
    return rounded(&inner, def, form_eval(&inner, def));
}

struct value eval_due(const struct scope *scope, const struct due *due, int32_t opened_on,
                      int32_t *ret_start)
{
    struct value value = {.kind = VALUE_DATE};
    *ret_start = opened_on;
    if (due->date.kind != OPERAND_NONE)
        return eval_operand(scope, &due->date);
    int32_t from = opened_on;
    if (due->from.kind != OPERAND_NONE) {
        struct value start = eval_operand(scope, &due->from);
        if (start.kind != VALUE_DATE)
            return value_missing();
        from = start.date;
    }
    struct value period = eval_operand(scope, &due->plus);
    if (from == DATE_NONE || period.kind != VALUE_PERIOD)
        return value_missing();
    value.date = calendar_add(scope->state->calendar, from, period.period, FIRST_DAY_NOT_COUNTED,
                              scope->lean);
    *ret_start = from;
    return value.date == DATE_NONE ? value_missing() : value;
}
