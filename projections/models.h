/* models.h - the read models: what each entry of the log changes in their rows, and their queries.
 *
 * | model     | key                         | row |
 * | dossier   | subject, entry, event       | [number, recorded_at_us, occurred_on, verb, event,
 * record] | | cases     | case                        | [case, procedure, state, opened, ended,
 * slots, open steps, version] | | agenda    | duty; by due day            | [duty, name, of, case,
 * step, start, due, state, late, owner, unit, rungs, first_overdue, escalations, lean, rules,
 * met_on, responsible] | | reminders | key of the reminder         | [key, number, duty or case,
 * kind, day, late_days, to, state, attempts, detail] |
 *
 * A new model: a table in view_store.h, a function here that takes an event, a row in `models`, a
 * query. */
#ifndef PROJECTIONS_MODELS_H
#define PROJECTIONS_MODELS_H

#include "events/follower.h"
#include "projections/view_store.h"

struct models {
    struct view_store *store;
    int64_t next;              /* entry wanted */
    uint8_t leaf[DIGEST_SIZE]; /* of the one before it */
    struct arena arena;        /* of one entry */
    char stopped[640];         /* why they stand still; "" while they run */
};

/* Finds where they left off. */
enum status models_open(struct view_store *store, struct models *models, struct fault *fault);
void models_done(struct models *models);
/* Folds one entry. An entry that cannot be folded stops them: `stopped` says why, and stays over
 * restarts until models_resume(). */
enum status models_fold(struct models *models, const struct followed *followed,
                        struct fault *fault);
enum status models_commit(struct models *models,
                          struct fault *fault); /* rows and position together */
enum status models_resume(struct models *models,
                          struct fault *fault); /* forgets an incident: tries again */

/* A digest of all rows, for comparing a rebuilt model with a live one. */
void models_digest(struct models *models, uint8_t ret_digest[DIGEST_SIZE]);

/* --- queries --- */

#define QUERY_ROWS_MAX  500
#define QUERY_BYTES_MAX (1 << 20)

struct query {
    struct text_view name;
    struct datum args; /* [[name, datum], ...] */
};

struct query_answer {
    struct buffer rows; /* msgpack rows one after the other */
    size_t count;
    struct view_key next; /* size 0: the last page */
};

/* STATUS_NOT_FOUND: no such query; STATUS_INVALID: an argument. */
enum status models_query(struct models *models, const struct query *query,
                         struct query_answer *ret_answer, struct fault *fault);

#endif
