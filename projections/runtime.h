/* runtime.h - runs projections: shows them entries, keeps their rows and positions, answers
 * questions.
 *
 * Every projection has a position of its own, committed with its rows. One that meets an entry it
 * cannot fold stops alone, with an incident, until it is resumed.
 *
 *     building -> running          its version answers, once it has caught up with the one that did
 *     building, running -> stopped (an incident) -> resumed: building or running again
 *     frozen                       rows of a version that this program cannot fold: they answer until
 *                                  the new version takes over
 *
 * Projections that are far behind the others (a new version, one resumed late) are on a line of their
 * own, LINE_BEHIND: the owner reads the log a second time for them, with a second state, until they
 * have caught up; nobody waits for them. */
#ifndef PROJECTIONS_RUNTIME_H
#define PROJECTIONS_RUNTIME_H

#include "events/follower.h"
#include "projections/projection.h"

enum runtime_line { LINE_MAIN, LINE_BEHIND, LINE_NONE };

#define CATCH_UP_ENTRIES 10000 /* so far behind the first: a line of its own */
#define STALL_MS         10000 /* entries wait and the position does not move: an alarm */

struct incident {
    int64_t entry;
    char event[40]; /* "": the entry itself */
    char reason[400];
};

struct figures { /* of one version of a projection */
    const char *name;
    int64_t version;
    const char *state; /* running, building, stopped, stalled, frozen */
    bool answers;
    int64_t next, recorded_at_us;    /* entries folded; when the last of them was recorded */
    const struct incident *incident; /* NULL: none */
};

struct runtime;

struct runtime_options {
    const char *directory;
    const struct projection *const *projections;
    unsigned count;
    const char *only; /* names with commas between; NULL: all */
    bool rebuild;     /* drops the rows of those */
    void (*incident)(void *user, const struct figures *figures); /* one has stopped; may be NULL */
    void (*stalled)(void *user, const struct figures *figures); /* one does not move; may be NULL */
    void *user;
};

/* Copies the options; what they point to, `directory` aside, is lent until runtime_close(). */
enum status runtime_open(const struct runtime_options *options, struct runtime **ret_runtime,
                         struct fault *fault);
void runtime_close(struct runtime *runtime); /* what was not committed is dropped */

/* The first entry that a line has to bring; INT64_MAX: nobody is on it. */
int64_t runtime_next(const struct runtime *runtime, enum runtime_line line);
/* False: no projection here looks at the core's state, nor has a list a unit column. */
bool runtime_needs_state(const struct runtime *runtime);
/* Types of events that they take: bits 1 << type. */
uint64_t runtime_events(const struct runtime *runtime);
/* Shows an entry to those on this line who still want it. `state` has folded it already; NULL
 * where nobody needs it. A fault: an
 * entry between is missing. */
enum status runtime_fold(struct runtime *runtime, enum runtime_line line,
                         const struct followed *followed, const struct state *state,
                         struct fault *fault);
/* Rows and positions become durable together; who has caught up takes over. */
enum status runtime_commit(struct runtime *runtime, struct fault *fault);
/* Those behind that want no entry before `main_next` join the main line; true: nobody is behind. */
bool runtime_join(struct runtime *runtime, int64_t main_next);
/* Forgets an incident: tries again from the entry where it stopped. */
enum status runtime_resume(struct runtime *runtime, const char *name, int64_t main_next,
                           struct fault *fault);
/* Once a second: `size` entries exist. Alarms for who does not move. */
void runtime_watch(struct runtime *runtime, int64_t size, int64_t now_ms);

bool runtime_figures(const struct runtime *runtime, unsigned index, struct figures *ret_figures);

/* A digest of all rows of the version that answers, for comparing a rebuilt one with a live one. */
enum status runtime_digest(struct runtime *runtime, const char *name,
                           uint8_t ret_digest[DIGEST_SIZE], struct fault *fault);

/* --- questions --- */

struct question_context {
    const struct state *state;
    int64_t state_next;     /* entries it has folded */
    int64_t size;           /* entries that exist */
    int64_t recorded_at_us; /* of the last of them */
    int32_t today;
};

/* Entries folded where this query is answered from. */
int64_t runtime_position(const struct runtime *runtime, struct text_view name, int64_t state_next);
/* Why this query is not answered now: the incident and how to resume; NULL: it is. Lent until the next
 * call. */
const char *runtime_stopped(const struct runtime *runtime, struct text_view name);
/* STATUS_NOT_FOUND: no such query; STATUS_INVALID: an argument. `answer` is empty or whole. */
enum status runtime_query(struct runtime *runtime, struct text_view name, const struct datum *args,
                          const struct question_context *context, struct query_answer *ret_answer,
                          struct fault *fault);

#endif
