/* queue.h - reminders waiting for workers: leased, extended, acknowledged, tried again, given up.
 *
 *   pending --lease--> leased --ack--> settled (the log's `delivered` says sent or dead)
 *      ^                 |  \--nack, or the lease ran out--> pending again, later each time
 *      +-----------------+        after ATTEMPTS_MAX tries: dead, until redriven
 *
 * Built from the log alone: `rung_due` and `told` make jobs, `delivered` settles them; leases are
 * memory, so that after a restart a reminder may go out once more, under the same key. A pure state
 * machine: the clock (monotonic, ms) and chance come as arguments. */
#ifndef PROJECTIONS_QUEUE_H
#define PROJECTIONS_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"

#define LEASE_MS_DEFAULT   30000
#define LEASE_MS_MAX       600000
#define RETRY_FIRST_MS     1000
#define RETRY_LAST_MS      3600000
#define ATTEMPTS_MAX       8 /* tries before a job is dead */
#define JOB_RECIPIENTS_MAX 16
#define QUEUE_JOBS_MAX                                                                             \
    1000000 /* jobs waiting; further ones stay in the log and come with a restart */

enum job_state { JOB_PENDING, JOB_LEASED, JOB_DEAD, JOB_SETTLED };

struct job {
    char key[NAME_SIZE_MAX + 1];
    int64_t number; /* entry that made it */
    int64_t about;  /* duty, or case of a `told` */
    char kind[16];  /* before overdue superior supervisor told */
    int32_t day;
    int64_t late_days;
    char to[JOB_RECIPIENTS_MAX][NAME_SIZE_MAX + 1];
    unsigned to_count;
    enum job_state state;
    int64_t token;    /* fencing: grows with every lease of the queue */
    int64_t until_ms; /* leased: when it runs out; pending: not before */
    int64_t made_ms;
    unsigned attempts;
    char detail[NAME_SIZE_MAX + 1];
};

struct queue;

struct queue *queue_open(void);
void queue_close(struct queue *queue);

/* What an event of the log means for the queue. */
void queue_fold(struct queue *queue, int64_t number, const struct event *event, int64_t now_ms,
                uint32_t chance);

/* The oldest job that is ready; NULL if there is none. Lent until the next call. */
const struct job *queue_lease(struct queue *queue, int64_t lease_ms, int64_t now_ms);
/* All three are refused (false) with a token that is not the job's present one: somebody else has
 * it. */
bool queue_extend(struct queue *queue, const char *key, int64_t token, int64_t lease_ms,
                  int64_t now_ms);
bool queue_ack(struct queue *queue, const char *key, int64_t token);
bool queue_nack(struct queue *queue, const char *key, int64_t token, int64_t delay_ms,
                const char *detail, int64_t now_ms, uint32_t chance);
bool queue_redrive(struct queue *queue, const char *key); /* a dead one tries again */

struct queue_figures {
    int64_t pending, leased, dead, settled;
    int64_t oldest_ms; /* age of the oldest job that is not settled */
};

void queue_figures(const struct queue *queue, int64_t now_ms, struct queue_figures *ret_figures);
/* Jobs in a state, from index `after` on; returns the next index, or -1 at the end. */
int64_t queue_list(const struct queue *queue, enum job_state state, int64_t after,
                   const struct job **ret_job);

#endif
