/* queue.c - the table of jobs and their life; whose turn it is stands in queue_order.c. */
#include "projections/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "projections/queue_inside.h"

const char *job_state_name(enum job_state state)
{
    static const char *const names[JOB_STATE_COUNT] = {"pending", "leased", "dead"};
    return state < JOB_STATE_COUNT ? names[state] : "";
}

const char *queue_rate_name(enum queue_rate rate)
{
    static const char *const names[QUEUE_RATE_COUNT] = {"leased", "acked", "nacked", "lost"};
    return rate < QUEUE_RATE_COUNT ? names[rate] : "";
}

struct queue *queue_open(const struct queue_options *options)
{
    struct queue *queue = calloc(1, sizeof *queue);
    CHECK(queue != NULL);
    queue->options = *options;
    if (!queue->options.jobs_max)
        queue->options.jobs_max = QUEUE_JOBS_MAX;
    queue->tokens = options->token_base;
    queue->members = symbol_table_open();
    queue->addresses = symbol_table_open();
    struct channel_row *file = &queue->channels[queue->channel_count++];
    snprintf(file->name, sizeof file->name, "file");
    if (options->rule)
        options->rule(options->user, file->name, &file->rule);
    else
        send_rule_default(file->name, &file->rule);
    return queue;
}

static void job_free(struct job *job)
{
    free(job->detail);
    free(job);
}

void queue_close(struct queue *queue)
{
    if (!queue)
        return;
    for (size_t i = 0; i < queue->slot_count; i++)
        if (queue->slots[i])
            job_free(queue->slots[i]);
    order_done(queue);
    heap_done(&queue->leases);
    heap_done(&queue->waiting);
    heap_done(&queue->lanes_waiting);
    symbol_table_close(queue->members);
    symbol_table_close(queue->addresses);
    free(queue->slots);
    free(queue->free_slots);
    free(queue->hash);
    free(queue);
}

void queue_reload(struct queue *queue, int64_t now_ms)
{
    rules_reload(queue, now_ms);
}

size_t queue_count(const struct queue *queue)
{
    return queue->count;
}

/* ---- finding ---- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return (hash ^ 0xff) * 1099511628211u;
}

static struct job **hash_place(const struct queue *queue, const char *key, const char *recipient)
{
    uint64_t hash = hash_text(hash_text(14695981039346656037u, key), recipient);
    return &queue->hash[(hash ^ hash >> 32) & (queue->hash_size - 1)];
}

static struct job *job_find(const struct queue *queue, const char *key, const char *recipient)
{
    if (!queue->hash_size)
        return NULL;
    struct job *job = *hash_place(queue, key, recipient);
    while (job && (strcmp(job->key, key) != 0 || strcmp(job->line->member, recipient) != 0))
        job = job->same_hash;
    return job;
}

static void hash_grow(struct queue *queue)
{
    free(queue->hash);
    queue->hash_size = queue->hash_size ? queue->hash_size * 2 : 1024;
    queue->hash = calloc(queue->hash_size, sizeof(struct job *));
    CHECK(queue->hash != NULL);
    for (size_t i = 0; i < queue->slot_count; i++) {
        struct job *job = queue->slots[i];
        if (!job)
            continue;
        struct job **place = hash_place(queue, job->key, job->line->member);
        job->same_hash = *place;
        *place = job;
    }
}

static void slot_take(struct queue *queue, struct job *job)
{
    if (queue->free_count) {
        job->slot = queue->free_slots[--queue->free_count];
    } else {
        if (queue->slot_count == queue->slot_capacity) {
            queue->slot_capacity = queue->slot_capacity ? queue->slot_capacity * 2 : 64;
            queue->slots = realloc(queue->slots, queue->slot_capacity * sizeof(struct job *));
            CHECK(queue->slots != NULL);
        }
        job->slot = (uint32_t)queue->slot_count++;
    }
    queue->slots[job->slot] = job;
    queue->count++;
}

static void slot_free(struct queue *queue, uint32_t slot)
{
    if (queue->free_count == queue->free_capacity) {
        queue->free_capacity = queue->free_capacity ? queue->free_capacity * 2 : 64;
        queue->free_slots =
            realloc(queue->free_slots, queue->free_capacity * sizeof *queue->free_slots);
        CHECK(queue->free_slots != NULL);
    }
    queue->slots[slot] = NULL;
    queue->free_slots[queue->free_count++] = slot;
    queue->count--;
}

/* ---- moves ---- */

static void detail_set(struct job *job, const char *detail)
{
    free(job->detail);
    job->detail = NULL;
    if (!detail || !*detail)
        return;
    job->detail = strdup(detail);
    CHECK(job->detail != NULL);
}

/* Out of wherever it is; its line is placed by whoever puts it elsewhere. */
static void job_take_out(struct queue *queue, struct job *job)
{
    struct line *line = job->line;
    job_count_out(job);
    if (job->state == JOB_PENDING) {
        heap_remove(&line->pending, &job->node);
        line->waiting[job_urgency((enum job_kind)job->kind)]--;
    } else if (job->state == JOB_LEASED) {
        heap_remove(&queue->leases, &job->node);
        line->leased--;
    }
}

static void job_put(struct queue *queue, struct job *job, enum job_state state, int64_t until_ms)
{
    struct line *line = job->line;
    job->until_ms = until_ms;
    job_count_in(job, state == JOB_DEAD && job->channel ? job->channel : line->lane->channel,
                 state);
    if (state == JOB_PENDING) {
        heap_put(&line->pending, &job->node, job->arrival, 0);
        line->waiting[job_urgency((enum job_kind)job->kind)]++;
    } else if (state == JOB_LEASED) {
        heap_put(&queue->leases, &job->node, until_ms, job->arrival);
        line->leased++;
    } else {
        job->token = 0;
    }
}

static void job_move(struct queue *queue, struct job *job, enum job_state state, int64_t until_ms,
                     int64_t now_ms)
{
    job_take_out(queue, job);
    job_put(queue, job, state, until_ms);
    line_place(queue, job->line, now_ms);
}

static void job_changed(const struct queue *queue, const struct job *job)
{
    struct job_view view;
    if (!queue->options.changed)
        return;
    job_view(job, &view);
    queue->options.changed(queue->options.user, &view);
}

/* It is done: nothing of it stays. */
static void job_remove(struct queue *queue, struct job *job, int64_t now_ms)
{
    struct line *line = job->line;
    struct job **place = hash_place(queue, job->key, line->member);
    job_take_out(queue, job);
    while (*place != job)
        place = &(*place)->same_hash;
    *place = job->same_hash;
    slot_free(queue, job->slot);
    job_free(job);
    line_place(queue, line, now_ms);
}

/* ---- what the log says ---- */

enum queue_add_result queue_add(struct queue *queue, const struct new_job *new, int64_t now_ms)
{
    size_t size = strlen(new->key) + 1;
    if (job_find(queue, new->key, new->recipient))
        return QUEUE_KNOWN;
    if (queue->count >= queue->options.jobs_max)
        return QUEUE_FULL;
    if (queue->count >= queue->hash_size)
        hash_grow(queue);
    struct job *job = calloc(1, sizeof *job + size);
    CHECK(job != NULL);
    memcpy(job->key, new->key, size);
    job->line = line_of(queue, new->recipient, now_ms);
    job->arrival = new->number *PLACES_MAX + new->place;
    job->number = new->number;
    job->about = new->about;
    job->kind = (uint8_t) new->kind;
    job->day = new->day;
    job->late_days = new->late_days;
    job->made_us = new->made_us;
    job->attempts = (uint16_t) new->attempts;
    detail_set(job, new->detail);
    slot_take(queue, job);
    struct job **place = hash_place(queue, job->key, job->line->member);
    job->same_hash = *place;
    *place = job;
    if (!job->line->pending.count)
        job->line->gather_until_ms = now_ms + job->line->lane->channel->rule.digest_wait_ms;
    job_put(queue, job, new->dead ? JOB_DEAD : JOB_PENDING, now_ms);
    line_place(queue, job->line, now_ms);
    return QUEUE_ADDED;
}

/* Doubling from RETRY_FIRST_MS, with up to half as much again by chance. */
static int64_t retry_ms(unsigned attempts, uint32_t chance)
{
    int64_t wait = RETRY_FIRST_MS;
    for (unsigned i = 1; i < attempts && wait < RETRY_LAST_MS; i++)
        wait *= 2;
    if (wait > RETRY_LAST_MS)
        wait = RETRY_LAST_MS;
    return wait + (int64_t)(chance % (uint64_t)(wait / 2 + 1));
}

static void job_failed(struct queue *queue, struct job *job, int64_t delay_ms, int64_t now_ms,
                       uint32_t chance)
{
    job->token = 0;
    if (job->attempts >= ATTEMPTS_MAX)
        job_move(queue, job, JOB_DEAD, now_ms, now_ms);
    else
        job_move(queue, job, JOB_PENDING,
                 now_ms + (delay_ms > 0 ? delay_ms : retry_ms(job->attempts, chance)), now_ms);
}

bool queue_delivered(struct queue *queue, const char *key, const char *recipient,
                     enum delivery outcome, int64_t attempt, const char *detail, int64_t now_ms,
                     uint32_t chance)
{
    struct job *job = job_find(queue, key, recipient);
    if (!job)
        return false;
    if (outcome == DELIVERY_SENT) {
        meter_count(job->channel, RATE_ACKED, now_ms);
        job_remove(queue, job, now_ms);
        return true;
    }
    detail_set(job, detail);
    if (outcome == DELIVERY_DEAD) {
        job_move(queue, job, JOB_DEAD, now_ms, now_ms);
    } else if (job->state == JOB_PENDING && attempt > job->attempts) {
        job->attempts = attempt < ATTEMPTS_MAX ? (uint16_t)attempt : ATTEMPTS_MAX;
        job_failed(queue, job, 0, now_ms, chance); /* while leased the worker's nack counts it */
    }
    return true;
}

/* ---- workers ---- */

/* Their workers are gone: the tokens are void. */
static void leases_end(struct queue *queue, int64_t now_ms)
{
    for (struct heap_node *top; (top = heap_top(&queue->leases)) != NULL && top->first <= now_ms;) {
        struct job *job = job_of_node(top);
        meter_count(job->channel, RATE_LOST, now_ms);
        job->token = 0;
        job->attempts++;
        if (job->attempts >= ATTEMPTS_MAX)
            detail_set(job, "its workers did not come back");
        job_move(queue, job, job->attempts >= ATTEMPTS_MAX ? JOB_DEAD : JOB_PENDING, now_ms,
                 now_ms);
        job_changed(queue, job);
    }
}

static int64_t lease_end(int64_t lease_ms, int64_t now_ms)
{
    return now_ms + (lease_ms > 0 && lease_ms <= LEASE_MS_MAX ? lease_ms : LEASE_MS_DEFAULT);
}

/* What one message of a line takes: its first job, or, as a digest, all that are ready. */
static unsigned line_lease(struct queue *queue, struct line *line, int64_t until_ms, int64_t now_ms,
                           unsigned room, const struct job **ret_jobs)
{
    unsigned count = 0, most = line->lane->channel->rule.digest_max;
    int64_t group = line->digest ? queue->tokens + 1 : 0;
    if (most && most < room)
        room = most;
    for (struct job *job; count < room && (job = line_first(line)) != NULL;) {
        if (job->until_ms > now_ms)
            break;
        job_take_out(queue, job);
        job->token = ++queue->tokens;
        job->group = group;
        job_put(queue, job, JOB_LEASED, until_ms);
        meter_count(job->channel, RATE_LEASED, now_ms);
        ret_jobs[count++] = job;
        if (!line->digest)
            break;
    }
    line_place(queue, line, now_ms);
    lane_sent(queue, line->lane, now_ms);
    return count;
}

unsigned queue_lease(struct queue *queue, const struct lease_request *request, int64_t now_ms,
                     const struct wall *wall, const struct job *ret_jobs[LEASE_COUNT_MAX])
{
    unsigned count = 0;
    int64_t until_ms = lease_end(request->lease_ms, now_ms);
    leases_end(queue, now_ms);
    for (unsigned messages = 0; messages < request->count && count < LEASE_COUNT_MAX; messages++) {
        struct line *line = line_next(queue, request, now_ms, wall);
        if (!line)
            break;
        count +=
            line_lease(queue, line, until_ms, now_ms, LEASE_COUNT_MAX - count, ret_jobs + count);
    }
    return count;
}

void job_view(const struct job *job, struct job_view *ret_view)
{
    *ret_view = (struct job_view){.key = job->key,
                                  .recipient = job->line->member,
                                  .channel = job->channel->name,
                                  .address = job->line->address,
                                  .detail = job->detail ? job->detail : "",
                                  .number = job->number,
                                  .about = job->about,
                                  .kind = (enum job_kind)job->kind,
                                  .day = job->day,
                                  .late_days = job->late_days,
                                  .made_us = job->made_us,
                                  .state = (enum job_state)job->state,
                                  .attempts = job->attempts,
                                  .token = job->token,
                                  .group = job->state == JOB_LEASED ? job->group : 0,
                                  .until_ms = job->until_ms};
}

static struct job *job_held(const struct queue *queue, const char *key, const char *recipient,
                            int64_t token)
{
    struct job *job = job_find(queue, key, recipient);
    return job && token > 0 && job->token == token && job->state == JOB_LEASED ? job : NULL;
}

bool queue_extend(struct queue *queue, const char *key, const char *recipient, int64_t token,
                  int64_t lease_ms, int64_t now_ms)
{
    struct job *job = job_held(queue, key, recipient, token);
    if (!job)
        return false;
    job->until_ms = lease_end(lease_ms, now_ms);
    heap_put(&queue->leases, &job->node, job->until_ms, job->arrival);
    return true;
}

bool queue_ack(struct queue *queue, const char *key, const char *recipient, int64_t token,
               int64_t now_ms)
{
    struct job *job = job_find(queue, key, recipient);
    if (!job || job->state == JOB_DEAD)
        return true;
    if (job->state != JOB_LEASED || token <= 0 || job->token != token)
        return false;
    meter_count(job->channel, RATE_ACKED, now_ms);
    job_remove(queue, job, now_ms);
    return true;
}

bool queue_nack(struct queue *queue, const char *key, const char *recipient, int64_t token,
                const struct nack *nack, int64_t now_ms, uint32_t chance)
{
    struct job *job = job_held(queue, key, recipient, token);
    if (!job)
        return false;
    meter_count(job->channel, RATE_NACKED, now_ms);
    detail_set(job, nack->detail);
    if (nack->block_ms > 0) {
        int64_t block = nack->block_ms < BLOCK_MS_MAX ? nack->block_ms : BLOCK_MS_MAX;
        job->token = 0;
        lane_block(queue, job->line->lane, now_ms + block, now_ms);
        job_move(queue, job, JOB_PENDING, now_ms, now_ms);
    } else {
        job->attempts++;
        job_failed(queue, job, nack->delay_ms < BLOCK_MS_MAX ? nack->delay_ms : BLOCK_MS_MAX,
                   now_ms, chance);
    }
    job_changed(queue, job);
    return true;
}

/* ---- operators ---- */

static bool fits(const struct job *job, const char *key, const char *recipient, const char *channel)
{
    return (!key || strcmp(job->key, key) == 0) &&
           (!recipient || strcmp(job->line->member, recipient) == 0) &&
           (!channel || strcmp(job->channel->name, channel) == 0);
}

unsigned queue_redrive(struct queue *queue, const char *key, const char *recipient,
                       const char *channel, int64_t now_ms)
{
    unsigned count = 0;
    size_t from = 0, end = queue->slot_count;
    if (key && recipient) {
        const struct job *only = job_find(queue, key, recipient);
        from = only ? only->slot : 0;
        end = only ? from + 1 : 0;
    }
    for (size_t i = from; i < end; i++) {
        struct job *job = queue->slots[i];
        if (!job || job->state != JOB_DEAD || !fits(job, key, recipient, channel))
            continue;
        job->attempts = 0;
        job_move(queue, job, JOB_PENDING, now_ms, now_ms);
        job_changed(queue, job);
        count++;
    }
    return count;
}

bool queue_stop(struct queue *queue, const char *channel, bool stopped)
{
    struct channel_row *row =
        stopped ? channel_row_of(queue, channel) : channel_row_find(queue, channel);
    if (row)
        row->stopped = stopped;
    return row || !stopped; /* one that is not there is not stopped */
}

unsigned queue_list(const struct queue *queue, const struct job_filter *filter, int64_t after,
                    unsigned max, const struct job **ret_jobs, int64_t *ret_next)
{
    unsigned count = 0;
    size_t at = after > 0 ? (size_t)after : 0, end = at + LIST_SCAN_MAX;
    for (; at < queue->slot_count && at < end && count < max; at++) {
        const struct job *job = queue->slots[at];
        if (job && (filter->state < 0 || job->state == filter->state) &&
            fits(job, NULL, filter->recipient, filter->channel))
            ret_jobs[count++] = job;
    }
    *ret_next = at < queue->slot_count ? (int64_t)at : 0;
    return count;
}

unsigned queue_figures(struct queue *queue, int64_t now_ms,
                       struct channel_figures ret_figures[QUEUE_CHANNELS_MAX])
{
    leases_end(queue, now_ms);
    for (unsigned i = 0; i < queue->channel_count; i++) {
        struct channel_row *row = &queue->channels[i];
        struct channel_figures *figures = &ret_figures[i];
        *figures = (struct channel_figures){
            .channel = row->name, .stopped = row->stopped, .lanes_waiting = row->lanes_waiting};
        for (int state = 0; state < JOB_STATE_COUNT; state++) {
            const struct heap_node *oldest = heap_top(&row->ages[state]);
            figures->count[state] = (int64_t)row->ages[state].count;
            if (oldest)
                figures->oldest_us[state] = HEAP_OWNER(oldest, const struct job, age_node)->made_us;
        }
        for (int rate = 0; rate < QUEUE_RATE_COUNT; rate++) {
            meter_turn(&row->meters[rate], now_ms);
            figures->total[rate] = row->meters[rate].total;
            figures->minute[rate] = row->meters[rate].minute;
        }
    }
    return queue->channel_count;
}
