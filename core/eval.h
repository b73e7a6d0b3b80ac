/* eval.h - reading a path, asking a predicate, computing a value. Nothing here changes the state.
 *
 * Two times everywhere: `at`, the civil date asked about, and `known`, the last entry number that
 * may be seen. Missing is never satisfied. A scope says where names are looked up: first the
 * element of a `where` (left side only), then the draft of the act, slots, steps and values of the
 * case, then the built-in roots it, today, actor, case, period, start, calendar. */
#ifndef CORE_EVAL_H
#define CORE_EVAL_H

#include "core/model.h"

#define EVAL_DEPTH_MAX                                                                             \
    64 /* nesting of values and selections; deeper is missing (pack check refuses cycles) */

struct scope {
    const struct state *state;
    struct arena *arena;
    const struct case_row *case_row;   /* NULL outside a case */
    int64_t case_number;               /* 0 for a case that is only being opened */
    const struct procedure *procedure; /* of the case; NULL */
    const struct pack *pack; /* whose parameters hold, of which version; NULL: the newest */
    const struct act *draft; /* the act being decided, done but not written; NULL */
    bool *reads_draft;       /* set once anything looked at the draft; NULL: nobody asks */
    struct value it;
    struct value element; /* inside where/having: looked at first on the left side */
    int32_t at;
    int64_t known; /* INT64_MAX: all */
    bool as_of;    /* acts and cases of days behind `at` are not seen either: boards */
    struct span period;
    int64_t start_fact;
    uint32_t actor;           /* member */
    struct provisional *lean; /* may be NULL */
    /* The first day behind `at` on which anything that was read may be another: whoever reads by
     * the day lowers it (eval_until). What is read in between holds until then. May be NULL. */
    int32_t *until;
    unsigned depth;
};

static inline void eval_until(const struct scope *scope, int32_t day)
{
    if (scope->until && day > scope->at && day < *scope->until)
        *scope->until = day;
}

struct value eval_operand(const struct scope *scope, const struct operand *operand);
/* The same for the left side of a comparison: the element of a `where` is looked at first. */
struct value eval_left(const struct scope *scope, const struct operand *operand);
/* One name of a value: a field, slot, step or computed value. False: there is no such name there.
 */
bool eval_property(const struct scope *scope, const struct value *base, symbol name,
                   struct value *ret_value);
/* The unit whose role holders act in a case: its `unit` path, else its first unit slot, else the
 * unit of its first slot. */
uint32_t eval_case_unit(const struct scope *scope);
/* Lowers `until` to the day on which the units above a subject are others. */
void eval_unit_until(const struct scope *scope, uint32_t subject);
/* A scope inside a case; `it` is its first subject. */
struct scope scope_of_case(const struct state *state, struct arena *arena, int64_t case_number,
                           const struct case_row *row, int32_t at);
struct scope scope_of(const struct state *state, struct arena *arena, struct value it, int32_t at);
/* The right side of a bound: a bare word is a member of the left side's list when it is one. */
struct value eval_right(const struct scope *scope, const struct operand *operand,
                        const struct value *left);
bool eval_predicate(const struct scope *scope, const struct predicate *predicate); /* NULL holds */
bool eval_bounds(const struct scope *scope, const struct value *left, const struct bounds *bounds);
/* What a selector comes to: bool, number, date, field, length. */
struct value eval_selection(const struct scope *scope, const struct selection *selection);
/* The elements themselves, in order of recording; for each:, run:, among:. */
struct value eval_elements(const struct scope *scope, const struct selection *selection);
struct value eval_value(const struct scope *scope, const struct value_def *def,
                        const struct value *of);
struct value eval_parameter(const struct scope *scope, const struct operand *operand);
/* from + plus, or date: MISSING if a part is. `start` gets the start day: `from`, else `opened_on`. */
struct value eval_due(const struct scope *scope, const struct due *due, int32_t opened_on,
                      int32_t *ret_start);
/* A duty as it stood: open or overdue until what closed it was known and had come. */
enum duty_state eval_duty_state(const struct scope *scope, const struct duty_row *duty);
bool eval_case_ended(const struct scope *scope, const struct case_row *row);
/* Compares by kind: -1, 0, 1; false if the two cannot be compared (then no bound holds). */
bool value_compare(const struct scope *scope, const struct value *a, const struct value *b,
                   int *ret_order);

/* --- writing and reading values as data (core/value_data.c) --- */
/* Checks a datum against a type and makes the typed value (arena). On failure `why` is a sentence
 * fragment. */
bool value_read(const struct state *state, struct arena *arena, const struct type *type,
                const struct datum *datum, struct value *ret_value, char *why, size_t why_size);
struct datum value_write(const struct state *state, struct arena *arena, const struct value *value);

/* --- a refusal in words (core/words.c) --- */
/* Why `predicate` does not hold, and what would help: a day, a step, a person, a field, or the
 * waiver. One or more sentences, `language` zh or en. */
void explain_predicate(const struct scope *scope, const struct predicate *predicate,
                       const char *language, struct buffer *out);
void explain_guard(const struct scope *scope, const struct guard *guard, bool may_see,
                   const char *language, struct buffer *out);
void explain_value(const struct scope *scope, const struct value_def *def, const struct value *of,
                   const char *language, struct buffer *out);
/* A value as people read it: dates, names of lists' members, subject ids. */
void value_words(const struct scope *scope, const struct value *value, const char *language,
                 struct buffer *out);

#endif
