/* state_query.h - questions to a state that change nothing: what may this member do now? */
#ifndef CORE_STATE_QUERY_H
#define CORE_STATE_QUERY_H

#include "core/state.h"

struct inbox_item { /* texts are lent from the state */
    int64_t case_number;
    const char *procedure, *procedure_title;
    const char *step, *step_title;
    int32_t due; /* DATE_NONE: no limit */
    bool overdue;
    bool waits_for_others; /* he has signed; others have not */
};

/* Steps that are open and that this member may sign on `day`, oldest case first; at most `max`,
 * from case number `after` + 1 on. Returns how many. */
unsigned state_inbox(const struct state *state, const char *member, int32_t day, int64_t after,
                     struct inbox_item *ret_items, unsigned max);

struct duty_view {
    const char *name, *owner, *unit; /* lent */
    int32_t start, due;
    bool open, overdue, late;
};

bool state_duty(const struct state *state, int64_t number, struct duty_view *ret_view);

/* Title of a duty or step ("SD-TALK.held") in a language; the name itself where there is none.
 * Lent. */
const char *state_duty_title(const struct state *state, const char *name, const char *language);

#endif
