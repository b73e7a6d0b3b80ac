/* queue.h - reminders waiting for workers: leased, extended, acknowledged, tried again, given up.
 *
 * A job is one reminder to one recipient.
 *
 *   pending --lease--> leased --ack, or the log says sent--> gone
 *      ^                 |  \--nack, or the lease ran out--> pending again, later each time
 *      +-----------------+        after ATTEMPTS_MAX tries, or the log says dead: dead, until redriven
 *
 * Who is next, from the outside in:
 *
 *   channel   may be stopped, has hours                    heap of its lanes that may send now
 *   lane      one address of it (a robot), or the channel: heap of lines that are ready
 *             what a rate counts and a rate answer blocks
 *   line      one recipient: his jobs in strict order of arrival; while one of them is leased, or
 *             waits for its next try, none behind it is leased; a dead one steps aside
 *
 * Between lines the more urgent goes first (JOB_KINDS in send_rules.h), then the earlier. A line is as
 * urgent as the most urgent job waiting in it, so that an overdue notice draws what stands before it.
 *
 * A pure state machine: clocks (monotonic for leases and rates, wall for hours) and chance come as
 * arguments. Each step costs the logarithm of what waits. Leases and rates are memory; what is kept
 * over a restart is queue_model.h's. */
#ifndef PROJECTIONS_QUEUE_H
#define PROJECTIONS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"
#include "projections/send_rules.h"

#define LEASE_MS_DEFAULT   30000
#define LEASE_MS_MAX       600000
#define LEASE_COUNT_MAX    64 /* jobs of one lease, and of one digest */
#define RETRY_FIRST_MS     1000
#define RETRY_LAST_MS      3600000
#define BLOCK_MS_MAX       86400000 /* a channel's answer "not before" is believed so far */
#define ATTEMPTS_MAX       8        /* tries before a job is dead */
#define QUEUE_JOBS_MAX     4000000  /* jobs in memory; further ones wait on disk (queue_model.h) */
#define QUEUE_CHANNELS_MAX 32       /* channels; recipients of more go to the last one, `file` */
#define CHANNEL_NAME_MAX   31
#define ADDRESS_MAX        399
#define PLACES_MAX         65536  /* jobs of one entry */
#define LIST_SCAN_MAX      100000 /* jobs looked at for one page of a list */

enum job_state { JOB_PENDING, JOB_LEASED, JOB_DEAD, JOB_STATE_COUNT };

const char *job_state_name(enum job_state state);

struct job_view { /* texts are lent until the next call */
    const char *key, *recipient, *channel, *address, *detail;
    int64_t number; /* entry that made it */
    int64_t about;  /* duty, or case of a `told` */
    enum job_kind kind;
    int32_t day;
    int64_t late_days, made_us;
    enum job_state state;
    unsigned attempts;
    int64_t token;    /* of its lease; grows with every lease */
    int64_t group;    /* jobs of one lease with the same number make one message; 0: alone */
    int64_t until_ms; /* leased: when the lease ends; pending: not before */
};

/* Where a member is reached, and whether his reminders go as a digest. */
struct route {
    char channel[CHANNEL_NAME_MAX + 1];
    char address[ADDRESS_MAX + 1];
    bool digest;
};

struct queue;
struct job;

struct queue_options {
    /* How a member is reached. NULL: a file named after him. */
    void (*route)(void *user, const char *member, struct route *ret_route);
    /* The rule of a channel. NULL: send_rule_default(). */
    void (*rule)(void *user, const char *channel, struct send_rule *ret_rule);
    /* A job's attempts or state changed without the log: nack, lost lease, redrive. May be NULL. */
    void (*changed)(void *user, const struct job_view *job);
    void *user;
    size_t jobs_max;    /* 0: QUEUE_JOBS_MAX */
    int64_t token_base; /* tokens are greater than this: those of an earlier life are stale */
};

struct queue *queue_open(const struct queue_options *options); /* copies */
void queue_close(struct queue *queue);
/* Routes and rules are asked anew. */
void queue_reload(struct queue *queue, int64_t now_ms);

/* --- what the log says --- */

struct new_job { /* texts are copied */
    const char *key, *recipient;
    int64_t number; /* entry; with `place` among the entry's jobs it is the order of arrival */
    int64_t place;  /* 0 ... PLACES_MAX - 1 */
    int64_t about;
    enum job_kind kind;
    int32_t day;
    int64_t late_days, made_us;
    unsigned attempts; /* of one that was waiting before a restart */
    bool dead;
    const char *detail;
};

enum queue_add_result { QUEUE_ADDED, QUEUE_KNOWN, QUEUE_FULL };

/* One reminder and one recipient are one job. */
enum queue_add_result queue_add(struct queue *queue, const struct new_job *job, int64_t now_ms);

enum delivery { DELIVERY_SENT, DELIVERY_FAILED, DELIVERY_DEAD };

/* An attempt that is on record, whoever made it: the `attempt`-th. False: no such job waits. */
bool queue_delivered(struct queue *queue, const char *key, const char *recipient,
                     enum delivery outcome, int64_t attempt, const char *detail, int64_t now_ms,
                     uint32_t chance);

/* --- workers --- */

struct lease_request {
    int64_t lease_ms;            /* out of bounds: LEASE_MS_DEFAULT */
    unsigned count;              /* messages: a digest counts as one */
    const char *const *channels; /* NULL: all */
    unsigned channel_count;
};

/* Leases jobs of up to `count` messages; returns how many jobs, lent until the next call. */
unsigned queue_lease(struct queue *queue, const struct lease_request *request, int64_t now_ms,
                     const struct wall *wall, const struct job *ret_jobs[LEASE_COUNT_MAX]);
void job_view(const struct job *job, struct job_view *ret_view);

/* Each is refused (false) with a token that is not the job's present one: somebody else has it, or
 * nobody. Only: a job that is done may be acknowledged by anybody. */
bool queue_extend(struct queue *queue, const char *key, const char *recipient, int64_t token,
                  int64_t lease_ms, int64_t now_ms);
bool queue_ack(struct queue *queue, const char *key, const char *recipient, int64_t token,
               int64_t now_ms);

struct nack {
    int64_t delay_ms; /* before the next try; 0: the back-off */
    int64_t block_ms; /* the channel asks for a pause: its address is left alone for so long, and
                         this was no attempt; 0: it was one */
    const char *detail;
};

bool queue_nack(struct queue *queue, const char *key, const char *recipient, int64_t token,
                const struct nack *nack, int64_t now_ms, uint32_t chance);

/* --- operators --- */

/* Dead ones try again: those that fit; a NULL fits all. Returns how many. */
unsigned queue_redrive(struct queue *queue, const char *key, const char *recipient,
                       const char *channel, int64_t now_ms);
bool queue_stop(struct queue *queue, const char *channel,
                bool stopped); /* false: QUEUE_CHANNELS_MAX */

struct job_filter { /* NULL: any */
    const char *channel, *recipient;
    int state; /* enum job_state; -1: any */
};

/* Jobs that fit, from the place `after` on (0: the first), at most `max`, in the order of their
 * places, which is roughly that of arrival. *ret_next: where to go on; 0 at the end. A page may be
 * short, even empty, before the end. */
unsigned queue_list(const struct queue *queue, const struct job_filter *filter, int64_t after,
                    unsigned max, const struct job **ret_jobs, int64_t *ret_next);

/* Acked: also what the log called sent before its worker came to say so. */
enum queue_rate { RATE_LEASED, RATE_ACKED, RATE_NACKED, RATE_LOST, QUEUE_RATE_COUNT };

const char *queue_rate_name(enum queue_rate rate);

struct channel_figures {
    const char *channel; /* lent */
    bool stopped;
    int64_t count[JOB_STATE_COUNT];
    int64_t oldest_us[JOB_STATE_COUNT]; /* when the oldest one was made; 0: none */
    int64_t total[QUEUE_RATE_COUNT];    /* since the start */
    int64_t minute[QUEUE_RATE_COUNT];   /* in the last 60 seconds */
    int64_t lanes_waiting;              /* addresses that wait for their rate, or are blocked */
};

unsigned queue_figures(struct queue *queue, int64_t now_ms,
                       struct channel_figures ret_figures[QUEUE_CHANNELS_MAX]);
size_t queue_count(const struct queue *queue); /* jobs in memory */

#endif
