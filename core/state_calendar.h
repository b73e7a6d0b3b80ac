/* state_calendar.h - duties as a calendar shows them: in the order of their due days, those that
 * concern one member or all, with what a calendar entry needs.
 *
 * A duty concerns a member who holds its owner's role over its unit, or whom its step names. A page
 * costs one pass over all duties and keeps the smallest `max` of them. */
#ifndef CORE_STATE_CALENDAR_H
#define CORE_STATE_CALENDAR_H

#include "core/calendar.h"
#include "core/state.h"

struct calendar_ask {
    const char *member;       /* NULL: everybody's */
    const char *owner, *unit; /* role, subject; NULL: any */
    int32_t from, until;      /* due days, included; DATE_NONE: open */
    int32_t settled_from;     /* met and cancelled ones only if due or settled from here on */
    int32_t after_due;        /* behind this place of the page before; DATE_NONE: from the start */
    int64_t after_duty;
};

struct calendar_item { /* texts are lent from the state */
    int64_t duty, case_number;
    const char *name, *title, *of; /* of: a subject's id, "" for a case */
    const char *state;             /* open overdue met cancelled suspended */
    const char *owner, *owner_title, *unit;
    const struct deadline *deadline; /* lent: due, rungs, lean */
    bool late;
    int32_t met_on;        /* DATE_NONE */
    int64_t changed_entry; /* grows with every change of it */
    int64_t changed_at_us;
};

/* At most `max` (<= CALENDAR_PAGE_MAX) items, by due day and number; how many. */
#define CALENDAR_PAGE_MAX 256
unsigned state_calendar(const struct state *state, const struct calendar_ask *ask, int32_t day,
                        const char *language, struct calendar_item *ret_items, unsigned max);

/* Is there such a member, with a key that is not revoked? */
bool state_member_active(const struct state *state, const char *member);

#endif
