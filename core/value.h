/* value.h - what a path or a computed value comes to: typed, exact, comparable.
 *
 * MISSING is a value too: it satisfies no bound but `empty`. Small and passed by copy; lists and
 * records point into an arena or into the state. */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include "core/datum.h"
#include "core/date.h"
#include "core/pack.h"

enum value_kind {
    VALUE_MISSING,
    VALUE_BOOL,
    VALUE_NUMBER,
    VALUE_DATE,
    VALUE_PERIOD,  /* a written period */
    VALUE_LENGTH,  /* days that passed from a day on: compared with a period by that day's calendar
                    */
    VALUE_SPAN,    /* a year, half, quarter, month */
    VALUE_MEMBER,  /* member of a list: symbol, and the list's symbol for its order (0: inline) */
    VALUE_SYMBOL,  /* state, outcome, name of a step, a duty, a role */
    VALUE_TEXT,    /* free text: 32 bytes of commitment; only filled or empty */
    VALUE_CODE,    /* short public text, as a symbol */
    VALUE_SUBJECT, /* index in state->subjects */
    VALUE_CASE,    /* number */
    VALUE_FACT,
    VALUE_ACT, /* number; ACT_DRAFT is the act being decided */
    VALUE_DUTY,
    VALUE_LIST,
    VALUE_RECORD, /* named values; a table is a LIST of RECORDs whose first name is SYMBOL_NONE: the
                     row's member */
};

struct value {
    enum value_kind kind;
    union {
        bool boolean;
        struct number number;
        int32_t date;
        struct period period;
        struct {
            int32_t days, from;
        } length;
        struct span span;
        struct {
            symbol symbol;
            symbol list;
        } member;
        const uint8_t *commitment;
        uint32_t subject;
        int64_t ref; /* number of a case, fact, act, duty */
        struct {
            const struct value *items;
            uint32_t count;
        } list;
        struct {
            const struct named_value *items;
            uint32_t count;
        } record;
    };
};

#define ACT_DRAFT (-1)

struct named_value {
    symbol name;
    struct value value;
};

static inline struct value value_missing(void)
{
    return (struct value){.kind = VALUE_MISSING};
}

bool number_make(int64_t num, int64_t den,
                 struct number *ret_number); /* reduces; false on overflow or den 0 */
int number_compare(struct number a, struct number b);

bool value_equal(const struct value *a, const struct value *b);

#endif
