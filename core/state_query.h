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

struct foreseen { /* an act that was not written yet, in a case that runs */
    const char *procedure, *step, *member, *language;
    int64_t case_number;
    int32_t day;
};

/* What would refuse it whatever its content: the signer, separation, guards that do not look at the
 * act itself. Clauses with words, in the arena; refusal_none: nothing that is certain yet. */
void state_would_refuse(const struct state *state, const struct foreseen *asked,
                        struct arena *arena, struct decision *ret_decision);

/* Names of the steps of a case that may be acted on now, in the order of the procedure; lent. */
unsigned state_open_steps(const struct state *state, int64_t case_number, const char **ret_steps,
                          unsigned max);

/* The unit a case is of, as its signers are found by; "" where it has none. Lent. */
const char *state_case_unit(const struct state *state, int64_t case_number);

/* The unit of a subject on that day, a unit's own for a unit; "": none. Lent. */
const char *state_subject_unit(const struct state *state, struct text_view subject, int32_t day);

/* Title of a value of such a subject; the name itself where there is none. Lent. */
const char *state_value_title(const struct state *state, struct text_view subject,
                              struct text_view value);

/* A unit lies inside another one, or is it, on that day. */
bool state_unit_within(const struct state *state, struct text_view unit, struct text_view above,
                       int32_t day);

struct case_view {
    const char *procedure, *pack;         /* lent */
    int64_t pack_version, newest_version; /* it runs under; in force */
    int64_t version;                      /* number of the last entry that touched it, plus one */
    bool ended, suspended;
};

/* Cases are numbered from 1 without gaps; false: no such case. */
bool state_case(const struct state *state, int64_t number, struct case_view *ret_view);

struct duty_view {
    const char *name, *owner, *unit; /* lent */
    int32_t start, due;
    bool open, overdue, late;
};

bool state_duty(const struct state *state, int64_t number, struct duty_view *ret_view);

/* Nobody held the owner's role (nor was the person named there) on that day. */
bool state_duty_is_vacant(const struct state *state, int64_t number, int32_t day);

struct fact_view {
    const char *type; /* lent */
    int32_t day;
    const char *title; /* of its type, lent */
    const char *unit;  /* it concerns, on its day; "" where there is none; lent */
    int32_t until;     /* last day of its own period; DATE_NONE */
    int32_t ended_on;  /* day of the fact that ended it; in force to the day before; DATE_NONE */
    int64_t ended_by;  /* that fact; 0: none */
    int64_t superseded_by; /* fact; -1: taken back without another; 0: it stands */
};

bool state_fact(const struct state *state, int64_t number, struct fact_view *ret_view);

/* Facts that this one ends; one with several of its subjects may come more than once. */
void state_each_fact_ended_by(const struct state *state, int64_t number,
                              void (*each)(void *user, int64_t fact), void *user);

/* Title of a duty or step ("LEAVE.answered") in a language; the name itself where there is none.
 * Lent. */
const char *state_duty_title(const struct state *state, const char *name, const char *language);

/* How a duty came by its due day and reminders, day by day where days were counted, and what became
 * of it: text in `language`, or one JSON object. False: no such duty. */
bool state_explain_duty(const struct state *state, int64_t number, const char *language, bool json,
                        struct buffer *out);

/* By the calendars in force; Monday to Friday in a year that has none. */
bool state_is_workday(const struct state *state, int32_t day);

/* --- who may come in: keys and assignments, in order of arrival --- */

struct key_view {
    const uint8_t *key;
    const char *member; /* lent */
    bool revoked;
};

struct assignment_view {
    int64_t number;
    const char *member, *role; /* lent */
    int32_t from, to;          /* to DATE_NONE: open */
};

void state_each_key(const struct state *state, void (*each)(void *user, const struct key_view *key),
                    void *user);
void state_each_assignment(const struct state *state,
                           void (*each)(void *user, const struct assignment_view *assignment),
                           void *user);

#endif
