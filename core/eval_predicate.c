/* eval_predicate.c - comparisons and bounds. Missing satisfies nothing but `empty`. */
#include "core/check.h"
#include "core/eval.h"

static bool is_named(const struct value *value)
{
    return value->kind == VALUE_MEMBER || value->kind == VALUE_SYMBOL || value->kind == VALUE_CODE;
}

/* Equal in meaning: a list's member and the same word are one; a length equals a period of so many
 * days. */
static bool value_same(const struct scope *scope, const struct value *a, const struct value *b)
{
    int order;
    if (is_named(a) && is_named(b))
        return a->member.symbol == b->member.symbol;
    if (a->kind == b->kind && a->kind != VALUE_MISSING)
        return value_equal(a, b);
    return value_compare(scope, a, b, &order) && order == 0;
}

static int sign(int64_t n)
{
    return n < 0 ? -1 : n > 0;
}

/* Days that `period` takes from the day the length began. */
static bool period_days(const struct scope *scope, struct period period, int32_t from,
                        int64_t *ret_days)
{
    int32_t to =
        calendar_add(scope->state->calendar, from, period, FIRST_DAY_NOT_COUNTED, scope->lean);
    *ret_days = (int64_t)to - from;
    return to != DATE_NONE;
}

static bool members_compare(const struct scope *scope, const struct value *a, const struct value *b,
                            int *ret_order)
{
    symbol name = a->kind == VALUE_MEMBER && a->member.list ? a->member.list
                  : b->kind == VALUE_MEMBER                 ? b->member.list
                                                            : SYMBOL_NONE;
    const struct list_def *list = name ? rulebook_list(&scope->state->rules, name) : NULL;
    int left = list ? rulebook_member_rank(list, a->member.symbol) : -1;
    int right = list ? rulebook_member_rank(list, b->member.symbol) : -1;
    *ret_order = sign(left - right);
    return left >= 0 && right >= 0;
}

static bool length_compare(const struct scope *scope, const struct value *a, const struct value *b,
                           int *ret_order)
{
    int64_t days;
    if (a->kind == VALUE_LENGTH && b->kind == VALUE_LENGTH) {
        *ret_order = sign((int64_t)a->length.days - b->length.days);
        return true;
    }
    if (a->kind == VALUE_LENGTH && b->kind == VALUE_PERIOD &&
        period_days(scope, b->period, a->length.from, &days)) {
        *ret_order = sign(a->length.days - days);
        return true;
    }
    if (a->kind == VALUE_LENGTH && b->kind == VALUE_NUMBER) {
        *ret_order = number_compare((struct number){a->length.days, 1}, b->number);
        return true;
    }
    if (b->kind == VALUE_LENGTH && length_compare(scope, b, a, ret_order)) {
        *ret_order = -*ret_order;
        return true;
    }
    return false;
}

bool value_compare(const struct scope *scope, const struct value *a, const struct value *b,
                   int *ret_order)
{
    if (a->kind == VALUE_LENGTH || (b->kind == VALUE_LENGTH && a->kind != VALUE_LENGTH))
        return length_compare(scope, a, b, ret_order);
    if (is_named(a) && is_named(b))
        return members_compare(scope, a, b, ret_order);
    if (a->kind != b->kind)
        return false;
    if (a->kind == VALUE_NUMBER)
        *ret_order = number_compare(a->number, b->number);
    else if (a->kind == VALUE_DATE)
        *ret_order = sign((int64_t)a->date - b->date);
    else if (a->kind == VALUE_SPAN)
        *ret_order = sign((int64_t)a->span.from - b->span.from);
    else if (a->kind == VALUE_PERIOD) {
        int64_t left, right;
        int32_t day = scope->at; /* two written periods: compared from the day asked about */
        eval_until(scope, day + 1);
        if (!period_days(scope, a->period, day, &left) ||
            !period_days(scope, b->period, day, &right))
            return false;
        *ret_order = sign(left - right);
    } else
        return false;
    return true;
}

static bool list_holds(const struct scope *scope, const struct value *list,
                       const struct value *element)
{
    for (uint32_t i = 0; i < list->list.count; i++)
        if (value_same(scope, &list->list.items[i], element))
            return true;
    return false;
}

static bool inside(const struct scope *scope, const struct value *left, const struct value *right)
{
    if (left->kind == VALUE_SUBJECT)
        eval_unit_until(scope, left->subject);
    return left->kind == VALUE_SUBJECT && right->kind == VALUE_SUBJECT &&
           state_unit_inside(scope->state, left->subject, right->subject, scope->at);
}

/* One value against one right side. */
static bool one_holds(const struct scope *scope, enum bound_kind kind, const struct value *left,
                      const struct value *right)
{
    int order;
    if (left->kind == VALUE_MISSING || right->kind == VALUE_MISSING)
        return false;
    switch (kind) {
    case BOUND_IS:
    case BOUND_IN:
        return right->kind == VALUE_LIST ? list_holds(scope, right, left)
                                         : value_same(scope, left, right);
    case BOUND_OTHER_THAN:
        return right->kind == VALUE_LIST ? !list_holds(scope, right, left)
                                         : !value_same(scope, left, right);
    case BOUND_INSIDE: return inside(scope, left, right);
    case BOUND_MIN: return value_compare(scope, left, right, &order) && order >= 0;
    case BOUND_MAX: return value_compare(scope, left, right, &order) && order <= 0;
    case BOUND_ABOVE: return value_compare(scope, left, right, &order) && order > 0;
    case BOUND_BELOW: return value_compare(scope, left, right, &order) && order < 0;
    case BOUND_FILLED:
    case BOUND_EMPTY: return false;
    }
    return false;
}

/* Against `today` a date holds or fails until its own day, not until tomorrow. */
static bool right_is_today(const struct scope *scope, const struct operand *operand,
                           const struct value *left, struct value *ret_right)
{
    struct scope still = *scope;
    if (!scope->until || left->kind != VALUE_DATE || operand->kind != OPERAND_WORD ||
        operand->names[0] != scope->state->words.today)
        return false;
    still.until = NULL;
    *ret_right = eval_right(&still, operand, left);
    eval_until(scope, left->date);
    eval_until(scope, left->date + 1);
    return true;
}

static bool bound_holds(const struct scope *scope, const struct value *left,
                        const struct bound *bound)
{
    bool empty = left->kind == VALUE_MISSING || (left->kind == VALUE_LIST && left->list.count == 0);
    if (bound->kind == BOUND_FILLED || bound->kind == BOUND_EMPTY)
        return empty == (bound->kind == BOUND_EMPTY);
    if (left->kind == VALUE_MISSING)
        return false;
    struct value right;
    if (!right_is_today(scope, &bound->operand, left, &right))
        right = eval_right(scope, &bound->operand, left);
    if (left->kind != VALUE_LIST)
        return one_holds(scope, bound->kind, left, &right);
    bool all = bound->kind == BOUND_OTHER_THAN;
    for (uint32_t i = 0; i < left->list.count; i++)
        if (one_holds(scope, bound->kind, &left->list.items[i], &right) != all)
            return !all;
    return all && right.kind != VALUE_MISSING;
}

bool eval_bounds(const struct scope *scope, const struct value *left, const struct bounds *bounds)
{
    for (unsigned i = 0; i < bounds->count; i++)
        if (!bound_holds(scope, left, &bounds->items[i]))
            return false;
    return true;
}

static bool select_holds(const struct scope *scope, const struct predicate *predicate)
{
    struct value value = eval_selection(scope, predicate->selection);
    if (predicate->bounds.count)
        return eval_bounds(scope, &value, &predicate->bounds);
    return value.kind == VALUE_BOOL && value.boolean;
}

bool eval_predicate(const struct scope *scope, const struct predicate *predicate)
{
    if (!predicate)
        return true;
    if (scope->depth > EVAL_DEPTH_MAX)
        return false;
    switch (predicate->kind) {
    case PREDICATE_ALL:
        for (unsigned i = 0; i < predicate->child_count; i++)
            if (!eval_predicate(scope, &predicate->children[i]))
                return false;
        return true;
    case PREDICATE_ANY:
        for (unsigned i = 0; i < predicate->child_count; i++)
            if (eval_predicate(scope, &predicate->children[i]))
                return true;
        return false;
    case PREDICATE_COMPARE: {
        struct value left = eval_left(scope, &predicate->left);
        return eval_bounds(scope, &left, &predicate->bounds);
    }
    case PREDICATE_SELECT: return select_holds(scope, predicate);
    }
    return false;
}
