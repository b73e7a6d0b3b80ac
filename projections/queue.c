/* queue.c - a table of jobs by key and a ring of those that wait, oldest first. */
#include "projections/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/map.h"
#include "core/symbol.h"

struct queue {
    struct job **jobs; /* by arrival; never moved */
    size_t count, capacity;
    size_t first; /* all before it are settled */
    struct symbol_table *keys;
    struct map by_key; /* symbol -> index */
    int64_t tokens;
};

struct queue *queue_open(void)
{
    struct queue *queue = calloc(1, sizeof *queue);
    CHECK(queue != NULL);
    queue->keys = symbol_table_open();
    return queue;
}

void queue_close(struct queue *queue)
{
    if (!queue)
        return;
    for (size_t i = 0; i < queue->count; i++)
        free(queue->jobs[i]);
    free(queue->jobs);
    map_done(&queue->by_key);
    symbol_table_close(queue->keys);
    free(queue);
}

static struct job *job_find(const struct queue *queue, const char *key, size_t size)
{
    uint64_t index;
    symbol name = symbol_find_n(queue->keys, key, size);
    return name && map_get(&queue->by_key, name, &index) ? queue->jobs[index] : NULL;
}

static void copy(char *out, size_t size, struct text_view text)
{
    snprintf(out, size, "%.*s", (int)text.size, text.data);
}

static void job_make(struct queue *queue, int64_t number, const struct event *event, int64_t now_ms)
{
    bool rung = event->type == EVENT_rung_due;
    struct text_view key = event_text(event, "key");
    const struct datum *to = event_datum(event, "to");
    if (!key.size || key.size > NAME_SIZE_MAX || job_find(queue, key.data, key.size) ||
        queue->count - queue->first >= QUEUE_JOBS_MAX)
        return;
    struct job *job = calloc(1, sizeof *job);
    CHECK(job != NULL);
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity ? queue->capacity * 2 : 64;
        queue->jobs = realloc(queue->jobs, queue->capacity * sizeof(struct job *));
        CHECK(queue->jobs != NULL);
    }
    copy(job->key, sizeof job->key, key);
    copy(job->kind, sizeof job->kind,
         rung ? event_text(event, "kind") : (struct text_view){"told", 4});
    job->number = number;
    job->about = event_int(event, rung ? "duty" : "case");
    job->day = event_date(event, "day");
    job->late_days = rung ? event_int(event, "late_days") : 0;
    job->made_ms = job->until_ms = now_ms;
    for (uint32_t i = 0; i < to->count && job->to_count < JOB_RECIPIENTS_MAX; i++)
        if (to->items[i].kind == DATUM_TEXT)
            copy(job->to[job->to_count++], sizeof job->to[0],
                 (struct text_view){to->items[i].text, to->items[i].count});
    map_put(&queue->by_key, symbol_add_n(queue->keys, key.data, key.size), queue->count);
    queue->jobs[queue->count++] = job;
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

static void job_failed(struct job *job, int64_t delay_ms, int64_t now_ms, uint32_t chance)
{
    job->attempts++;
    job->state = job->attempts >= ATTEMPTS_MAX ? JOB_DEAD : JOB_PENDING;
    job->until_ms = now_ms + (delay_ms > 0 ? delay_ms : retry_ms(job->attempts, chance));
}

/* What the log says of a delivery settles the job, whoever made it. */
static void job_delivered(struct queue *queue, const struct event *event, int64_t now_ms,
                          uint32_t chance)
{
    struct text_view key = event_text(event, "key");
    struct job *job = job_find(queue, key.data, key.size);
    if (!job || job->state == JOB_SETTLED)
        return;
    copy(job->detail, sizeof job->detail, event_text(event, "detail"));
    if (datum_is_text(event_datum(event, "outcome"), "sent"))
        job->state = JOB_SETTLED;
    else if (datum_is_text(event_datum(event, "outcome"), "dead"))
        job->state = JOB_DEAD;
    else if (job->state != JOB_LEASED)
        job_failed(job, 0, now_ms, chance); /* while leased the worker's nack counts it */
}

void queue_fold(struct queue *queue, int64_t number, const struct event *event, int64_t now_ms,
                uint32_t chance)
{
    if (event->type == EVENT_rung_due || event->type == EVENT_told)
        job_make(queue, number, event, now_ms);
    else if (event->type == EVENT_delivered)
        job_delivered(queue, event, now_ms, chance);
}

static bool is_ready(struct job *job, int64_t now_ms)
{
    if (job->state == JOB_LEASED &&
        job->until_ms <= now_ms) { /* the worker is gone: its token is void */
        job->state = JOB_PENDING;
        job->attempts++;
        if (job->attempts >= ATTEMPTS_MAX)
            job->state = JOB_DEAD;
    }
    return job->state == JOB_PENDING && job->until_ms <= now_ms;
}

const struct job *queue_lease(struct queue *queue, int64_t lease_ms, int64_t now_ms)
{
    if (lease_ms <= 0 || lease_ms > LEASE_MS_MAX)
        lease_ms = LEASE_MS_DEFAULT;
    while (queue->first < queue->count && queue->jobs[queue->first]->state == JOB_SETTLED)
        queue->first++;
    for (size_t i = queue->first; i < queue->count; i++) {
        struct job *job = queue->jobs[i];
        if (!is_ready(job, now_ms))
            continue;
        job->state = JOB_LEASED;
        job->token = ++queue->tokens;
        job->until_ms = now_ms + lease_ms;
        return job;
    }
    return NULL;
}

static struct job *job_held(struct queue *queue, const char *key, int64_t token)
{
    struct job *job = job_find(queue, key, strlen(key));
    return job && job->token == token && job->state == JOB_LEASED ? job : NULL;
}

bool queue_extend(struct queue *queue, const char *key, int64_t token, int64_t lease_ms,
                  int64_t now_ms)
{
    struct job *job = job_held(queue, key, token);
    if (job)
        job->until_ms =
            now_ms + (lease_ms > 0 && lease_ms <= LEASE_MS_MAX ? lease_ms : LEASE_MS_DEFAULT);
    return job != NULL;
}

bool queue_ack(struct queue *queue, const char *key, int64_t token)
{
    struct job *job = job_find(queue, key, strlen(key));
    if (!job || job->token != token || (job->state != JOB_LEASED && job->state != JOB_SETTLED))
        return false;
    job->state = JOB_SETTLED;
    return true;
}

bool queue_nack(struct queue *queue, const char *key, int64_t token, int64_t delay_ms,
                const char *detail, int64_t now_ms, uint32_t chance)
{
    struct job *job = job_held(queue, key, token);
    if (!job)
        return false;
    snprintf(job->detail, sizeof job->detail, "%s", detail);
    job_failed(job, delay_ms, now_ms, chance);
    return true;
}

bool queue_redrive(struct queue *queue, const char *key)
{
    struct job *job = job_find(queue, key, strlen(key));
    if (!job || job->state != JOB_DEAD)
        return false;
    job->state = JOB_PENDING;
    job->attempts = 0;
    job->until_ms = 0;
    return true;
}

void queue_figures(const struct queue *queue, int64_t now_ms, struct queue_figures *ret_figures)
{
    struct queue_figures figures = {.settled = (int64_t)queue->first};
    for (size_t i = queue->first; i < queue->count; i++) {
        const struct job *job = queue->jobs[i];
        figures.pending += job->state == JOB_PENDING;
        figures.leased += job->state == JOB_LEASED;
        figures.dead += job->state == JOB_DEAD;
        figures.settled += job->state == JOB_SETTLED;
        if (job->state != JOB_SETTLED && now_ms - job->made_ms > figures.oldest_ms)
            figures.oldest_ms = now_ms - job->made_ms;
    }
    *ret_figures = figures;
}

int64_t queue_list(const struct queue *queue, enum job_state state, int64_t after,
                   const struct job **ret_job)
{
    for (size_t i = after < 0 ? 0 : (size_t)after; i < queue->count; i++)
        if (queue->jobs[i]->state == state) {
            *ret_job = queue->jobs[i];
            return (int64_t)i + 1;
        }
    return -1;
}
