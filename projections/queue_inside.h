/* queue_inside.h - what queue.c (jobs) and queue_order.c (who is next) share; nobody else includes it.
 *
 * Every thing stands in one place at a time, and `in` names it:
 *
 *   job   pending: its line's heap, by arrival            leased: queue->leases, by the lease's end
 *   line  queue->waiting, by the moment its first job is ready · its lane's `ready` · its channel's
 *         `held`, by the minute of the spread · nowhere, while it is empty or one of its jobs is leased
 *   lane  queue->lanes_waiting, by the moment its rate lets it · its channel's `ready` · nowhere */
#ifndef PROJECTIONS_QUEUE_INSIDE_H
#define PROJECTIONS_QUEUE_INSIDE_H

#include "core/map.h"
#include "core/symbol.h"
#include "projections/heap.h"
#include "projections/queue.h"

#define RATE_SECONDS 60

struct rate_meter {
    int64_t total, minute;
    int64_t second; /* the last one counted in */
    uint32_t seconds[RATE_SECONDS];
};

struct channel_row {
    char name[CHANNEL_NAME_MAX + 1];
    struct send_rule rule;
    bool stopped;
    struct heap ready;                 /* lanes: by urgency and arrival of their first line */
    struct heap held;                  /* lines: by their minute */
    struct heap ages[JOB_STATE_COUNT]; /* jobs by arrival */
    struct rate_meter meters[QUEUE_RATE_COUNT];
    int64_t lanes_waiting;
};

struct lane {
    struct heap_node node;
    struct heap *in;
    struct heap ready; /* lines: by urgency and arrival */
    struct channel_row *channel;
    int64_t blocked_until_ms;
    int64_t *sends; /* ring of the last moments of sending, as many as the rule's largest count */
    unsigned sends_size, sends_next;
};

struct line {
    struct heap_node node;
    struct heap *in;
    struct heap pending; /* jobs by arrival */
    struct lane *lane;
    char *member, *address;
    bool digest;
    unsigned leased;
    uint32_t waiting[URGENCY_COUNT];
    int64_t gather_until_ms; /* digest: the first waits for the others */
};

struct job {
    struct heap_node node;     /* in line->pending or queue->leases */
    struct heap_node age_node; /* in channel->ages[state] */
    struct job *same_hash;
    struct line *line;
    struct channel_row *channel; /* where it is counted */
    int64_t arrival;
    int64_t number, about, late_days, made_us, token, group, until_ms;
    uint32_t slot;
    int32_t day;
    uint16_t attempts;
    uint8_t kind, state;
    char *detail; /* NULL: "" */
    char key[];
};

struct queue {
    struct queue_options options;
    struct job **slots; /* NULL: free */
    size_t slot_count, slot_capacity;
    uint32_t *free_slots;
    size_t free_count, free_capacity;
    size_t count;
    struct job **hash; /* by key and recipient */
    size_t hash_size;
    struct channel_row channels[QUEUE_CHANNELS_MAX]; /* [0] is `file` */
    unsigned channel_count;
    struct symbol_table *members, *addresses;
    struct line **lines;           /* by symbol of the member */
    struct lane **lanes;           /* by symbol of channel and address */
    size_t line_count, lane_count; /* as long as their arrays; [0] is unused */
    struct heap leases, waiting, lanes_waiting;
    int64_t tokens;
};

/* --- queue_order.c --- */

struct channel_row *channel_row_find(struct queue *queue, const char *name); /* NULL */
struct channel_row *channel_row_of(struct queue *queue, const char *name);   /* NULL: too many */
struct line *line_of(struct queue *queue, const char *member, int64_t now_ms);
/* Puts a line where it belongs, after anything about it has changed. */
void line_place(struct queue *queue, struct line *line, int64_t now_ms);
void line_route(struct queue *queue, struct line *line, int64_t now_ms);
void rules_reload(struct queue *queue, int64_t now_ms);
void lane_block(struct queue *queue, struct lane *lane, int64_t until_ms, int64_t now_ms);
void lane_sent(struct queue *queue, struct lane *lane, int64_t now_ms);
/* The line whose turn it is among the channels of the request; NULL if none may go now. */
struct line *line_next(struct queue *queue, const struct lease_request *request, int64_t now_ms,
                       const struct wall *wall);
void order_done(struct queue *queue);

void job_count_in(struct job *job, struct channel_row *channel, enum job_state state);
void job_count_out(struct job *job);
void meter_count(struct channel_row *channel, enum queue_rate rate, int64_t now_ms);
void meter_turn(struct rate_meter *meter, int64_t now_ms);

static inline struct job *job_of_node(struct heap_node *node)
{
    return node ? HEAP_OWNER(node, struct job, node) : NULL;
}

static inline struct job *line_first(const struct line *line) /* NULL if nothing is pending */
{
    return job_of_node(heap_top(&line->pending));
}

#endif
