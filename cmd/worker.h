/* worker.h - the worker's side of the queue of reminders: what PROTOCOL.md section 8 calls lease,
 * extend, ack and nack, over a client's connection. */
#ifndef CMD_WORKER_H
#define CMD_WORKER_H

#include "cmd/client/client.h"
#include "cmd/notify/channels.h"

#define WORKER_JOBS_MAX 64 /* of one lease */

struct worker_job { /* texts live in the arena of the lease */
    struct notice notice;
    const char *recipient, *channel, *address;
    int64_t token, attempts, group;
};

struct worker {
    struct jishi_client *client; /* lent */
    const char *language;
    int timeout_ms;
    int64_t lease_ms;
    const char *channels[32]; /* to be served */
    unsigned channel_count;
    unsigned count; /* messages of one lease; 0: as many as there may be */
};

/* How many; 0 also when nobody answers in time. */
unsigned worker_lease(struct worker *worker, struct arena *arena,
                      struct worker_job ret_jobs[WORKER_JOBS_MAX]);
void worker_extend(struct worker *worker, struct worker_job *const *jobs, unsigned count);
void worker_ack(struct worker *worker, struct worker_job *const *jobs, unsigned count);
/* `block_ms`: the channel asked for a pause; 0: the queue's own back-off. */
void worker_nack(struct worker *worker, struct worker_job *const *jobs, unsigned count,
                 int64_t block_ms, const char *detail);

#endif
