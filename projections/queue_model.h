/* queue_model.h - what is kept of the queue over a restart: a fold of the log, like any read model.
 *
 * Rows of jobs that are not settled, and the position in the log they are folded up to, commit together
 * in an environment of their own (view_store.h), so that a start reads the jobs and not the log.
 *
 *   `rung_due`, `told`  make a job a recipient; one without recipients makes one for "-", the nobody
 *   `delivered`         sent: the job is settled; failed: a try more; dead: given up
 *
 * Beside the log only this is kept: tries that were not recorded, deaths by lost leases, redriven
 * ones. Deleted, the rows are built again from the log without that. An acknowledged job leaves
 * memory at once and the rows when the log says it was sent: who acknowledges and does not record gets
 * it again after a restart.
 *
 * Jobs beyond the queue's limit are rows only, and are read when half of the places are free again. */
#ifndef PROJECTIONS_QUEUE_MODEL_H
#define PROJECTIONS_QUEUE_MODEL_H

#include "core/event.h"
#include "projections/queue.h"
#include "projections/view_store.h"

#define NOBODY RECIPIENT_NOBODY

struct queue_model {
    struct view_store *store; /* lent */
    unsigned jobs, meta;      /* tables */
    struct queue *queue;      /* lent; set by the owner between open and load */
    size_t jobs_max;
    int64_t next; /* entry wanted */
    uint8_t leaf[DIGEST_SIZE];
    int64_t life;   /* starts so far: tokens of another life are stale */
    int64_t places; /* jobs made by the entry that is being folded */
    bool spilled;   /* there are rows without a job */
    bool is_dirty;  /* rows changed since the last commit */
    int64_t folded; /* entries since the last commit */
};

/* Finds where it left off; counts one life more, durably. */
enum status queue_model_open(struct view_store *store, struct queue_model *ret_model,
                             struct fault *fault);
/* Jobs of the rows, in order of arrival. */
void queue_model_load(struct queue_model *model, int64_t now_ms);
void queue_model_event(struct queue_model *model, int64_t number, int64_t recorded_at_us,
                       const struct event *event, int64_t now_ms, uint32_t chance);
/* The entry's events are all folded. */
void queue_model_position(struct queue_model *model, int64_t number,
                          const uint8_t leaf[DIGEST_SIZE]);
/* For queue_options.changed. */
void queue_model_changed(struct queue_model *model, const struct job_view *job);
enum status queue_model_commit(struct queue_model *model, struct fault *fault);

#endif
