/* state.h - everything that decides: members, roles, subjects, facts, cases, duties, packs,
 * calendars.
 *
 * The state is a fold of the log: state_open() and then, for each entry in order, state_fold() -
 * or decide() for a new one, which applies what it decides. Two states that saw the same entries
 * are equal to the byte of their snapshots (state_save) and by state_digest.
 * One thread. The memory a state holds is bounded by STATE_* limits in core/limits.h. */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/command.h"
#include "core/decision.h"
#include "core/event.h"
#include "core/fault.h"

struct state;

struct state *state_open(const char *origin); /* copies */
void state_close(struct state *state);
const char *state_origin(const struct state *state); /* lent */

/* What an entry brought about: `events` as the log kept them. Events are trusted to be what decide
 * made (the log proves itself); an event that does not fit is STATUS_CORRUPT, nothing ends the
 * process. */
enum status state_fold(struct state *state, const struct moment *when,
                       const struct command *command, const struct event *events,
                       unsigned event_count, struct fault *fault);

/* A command about that case is on its way: with a million of them its row lies far from the cache,
 * and is fetched while the command is being looked at. Any number is fine. */
void state_expect_case(const struct state *state, int64_t number);

int64_t state_next_number(const struct state *state); /* entries folded so far */

/* Snapshots: a canonical msgpack-free byte string of our own, versioned; read back only by the same
 * version, else STATUS_INVALID and the caller folds from one. */
void state_save(const struct state *state, struct buffer *out);
enum status state_load(const void *bytes, size_t size, struct state **ret_state,
                       struct fault *fault);
void state_digest(
    const struct state *state,
    uint64_t ret_digest[2]); /* of state_save; not cryptographic, for comparing states in tests */

/* --- decide --- */

struct decide_options {
    const char *language; /* of the sentences: "zh" or "en" */
};

/* Decides and, when accepted, applies. Pure but for `state`: no disk, no clock, no chance. The
 * signature has been checked; `signer` says whose key it was. Memory of the result is the arena's.
 */
void decide(struct state *state, const struct command *command, const struct signer *signer,
            const struct moment *now, const struct decide_options *options, struct arena *arena,
            struct decision *ret_decision);

/* --- what is due: for the clock (reminder process) and the scenario runner --- */

/* Kinds of things time brings about. A tick names exactly one; decide verifies that it is due. */
#define TICKS(T)                                                                                   \
    T(rung)     /* number: duty; a reminder before or on the due day */                            \
    T(overdue)  /* number: duty; the day after the due day: one entry naming the responsible */    \
    T(notice)   /* number: duty; an overdue notice */                                              \
    T(escalate) /* number: duty; what: superior or supervisor */                                   \
    T(timeout)  /* number: case; what: step */                                                     \
    T(clock)    /* number: case; what: step done by the clock */                                   \
    T(period)   /* what: procedure or duty name|subject|period */                                  \
    T(date)     /* what: duty name|subject: a computed date moved or came into being */            \
    T(value)    /* what: value name|subject: a watched value changed */                            \
    T(resume)   /* number: case; suspension no longer holds */                                     \
    T(calendar) /* number: duty; its due day leaned on a year now published */

#define T(name) TICK_##name,
enum tick_kind { TICKS(T) TICK_COUNT };
#undef T

const char *tick_name(enum tick_kind kind);

struct tick {
    enum tick_kind kind;
    int32_t day; /* when it is (or was) due */
    int64_t number;
    const char *what; /* "" if none; lent until the state changes */
};

/* Lists what is due on or before `day`, oldest first, at most `max`; returns how many. The same
 * thing is listed until a tick command for it was decided. */
unsigned state_due(struct state *state, int32_t day, struct arena *arena, struct tick *ret_ticks,
                   unsigned max);
/* The same before the hour at which people are reminded: reminders and notices of `day` itself are
 * passed over, those of earlier days are not. Looks through all of that day. */
unsigned state_due_before_hour(struct state *state, int32_t day, struct tick *ret_ticks,
                               unsigned max);

/* --- figures --- */

struct state_figures {
    size_t members, subjects, facts, cases, cases_running, acts, duties, duties_open;
    size_t bytes; /* memory held, all told */
};

void state_figures(const struct state *state, struct state_figures *ret_figures);

#endif
