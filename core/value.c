/* value.c - exact fractions and equality of values. */
#include "core/value.h"

static uint64_t magnitude(int64_t n)
{
    return n < 0 ? 0u - (uint64_t)n : (uint64_t)n;
}

bool number_make(int64_t num, int64_t den, struct number *ret_number)
{
    if (den == 0 || num == INT64_MIN || den == INT64_MIN)
        return false;
    uint64_t a = magnitude(num), b = magnitude(den);
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    int64_t divisor = a ? (int64_t)a : 1;
    if (den < 0)
        divisor = -divisor;
    *ret_number = (struct number){num / divisor, den / divisor};
    return true;
}

__extension__ typedef __int128 wide;

int number_compare(struct number a, struct number b)
{
    wide left = (wide)a.num * b.den;
    wide right = (wide)b.num * a.den;
    return left < right ? -1 : left > right;
}

static bool list_equal(const struct value *a, const struct value *b)
{
    if (a->list.count != b->list.count)
        return false;
    for (uint32_t i = 0; i < a->list.count; i++)
        if (!value_equal(&a->list.items[i], &b->list.items[i]))
            return false;
    return true;
}

static bool record_equal(const struct value *a, const struct value *b)
{
    if (a->record.count != b->record.count)
        return false;
    for (uint32_t i = 0; i < a->record.count; i++)
        if (a->record.items[i].name != b->record.items[i].name ||
            !value_equal(&a->record.items[i].value, &b->record.items[i].value))
            return false;
    return true;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_MISSING: return true;
    case VALUE_BOOL: return a->boolean == b->boolean;
    case VALUE_NUMBER: return number_compare(a->number, b->number) == 0;
    case VALUE_DATE: return a->date == b->date;
    case VALUE_PERIOD:
        return a->period.months == b->period.months && a->period.days == b->period.days &&
               a->period.workdays == b->period.workdays;
    case VALUE_LENGTH: return a->length.days == b->length.days && a->length.from == b->length.from;
    case VALUE_SPAN: return a->span.kind == b->span.kind && a->span.from == b->span.from;
    case VALUE_MEMBER:
    case VALUE_SYMBOL:
    case VALUE_CODE: return a->member.symbol == b->member.symbol;
    case VALUE_TEXT: return memcmp(a->commitment, b->commitment, 32) == 0;
    case VALUE_SUBJECT: return a->subject == b->subject;
    case VALUE_CASE:
    case VALUE_FACT:
    case VALUE_ACT:
    case VALUE_DUTY: return a->ref == b->ref;
    case VALUE_LIST: return list_equal(a, b);
    case VALUE_RECORD: return record_equal(a, b);
    }
    return false;
}
