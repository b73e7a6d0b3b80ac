/* jobs_inside.h - what jobs.c (life and settings) and jobs_answer.c (requests) share. */
#ifndef CMD_JOBS_INSIDE_H
#define CMD_JOBS_INSIDE_H

#include <sys/stat.h>

#include "cmd/book.h"
#include "cmd/conf.h"
#include "cmd/jobs.h"
#include "cmd/stopped.h"
#include "projections/queue_model.h"

#define ASKERS_MAX 16 /* members whose roles are remembered for a second */
#define LEASES_MAX 64 /* answers to a lease that are remembered for LEASE_AGAIN_MS */

struct asker {
    char member[NAME_SIZE_MAX + 1];
    unsigned may; /* MAY_* */
    int64_t until_ms;
};

/* A lease that is asked for again, because its answer was late or lost, gets the same answer: the jobs
 * would otherwise be held by nobody until it ran out. */
struct lease_answer {
    uint8_t route[ROUTE_SIZE_MAX]; /* of the connection */
    size_t route_size;
    int64_t question;
    int64_t until_ms;
    struct buffer reply;
};

struct jobs {
    char directory[4000];
    struct view_store *store;
    struct queue_model model;
    struct conf *conf;
    struct book *book;
    struct stopped stopped;
    struct timespec conf_changed, book_changed;
    int64_t committed_ms;
    struct asker askers[ASKERS_MAX];
    unsigned asker_next;
    struct lease_answer leases[LEASES_MAX];
    unsigned lease_next;
};

#endif
