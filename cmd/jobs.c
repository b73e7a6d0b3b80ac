/* jobs.c - the life of the queue in the reminder process: rows, position, settings that change. */
#include "cmd/jobs.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/jobs_inside.h"
#include "cmd/notify/channels.h"
#include "cmd/send_conf.h"
#include "cmd/trace.h"
#include "core/check.h"

#define COMMIT_ENTRIES 4096 /* entries between two commits while catching up */
#define COMMIT_MS      200 /* and no more often than this otherwise: what is lost is folded again */
#define IDLE_ENTRIES                                                                               \
    1000              /* entries that changed nothing: the position alone is not worth a flush */
#define LIFE_SHIFT 32 /* leases of one life before its tokens reach the next one's */

static volatile sig_atomic_t hang_up;

static void on_hang_up(int number)
{
    (void)number;
    hang_up = 1;
}

/* ---- settings ---- */

static void route_of(void *user, const char *member, struct route *ret_route)
{
    struct jobs *jobs = user;
    if (strcmp(member, NOBODY) == 0)
        snprintf(ret_route->channel, sizeof ret_route->channel, "none");
    else
        book_route(jobs->book, member, ret_route);
}

static void rule_of(void *user, const char *channel, struct send_rule *ret_rule)
{
    struct jobs *jobs = user;
    struct fault fault;
    if (send_conf_rule(jobs->conf, channel, ret_rule, &fault) != STATUS_OK)
        trace("setting_not_used", "reason=\"%s\"", fault.text);
    const struct channel *known = channel_find(channel, strlen(channel));
    ret_rule->digest_max = known ? known->digest_max : 0;
}

static void on_changed(void *user, const struct job_view *job)
{
    struct jobs *jobs = user;
    queue_model_changed(&jobs->model, job);
}

static struct timespec changed_at(const struct jobs *jobs, const char *name)
{
    char path[4096];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", jobs->directory, name);
    return stat(path, &about) == 0 ? about.st_ctim : (struct timespec){0, 0};
}

static bool is_same(struct timespec one, struct timespec other)
{
    return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

/* The book as far as its lines can be read. One that cannot be read at all leaves the old one in
 * force: with an empty one everybody would get files. */
static enum status book_read(struct jobs *jobs, struct fault *fault)
{
    char path[4096];
    struct book *book;
    snprintf(path, sizeof path, "%s/recipients.conf", jobs->directory);
    enum status status = book_open(path, &book, fault);
    if (status != STATUS_OK && status != STATUS_INVALID) {
        book_close(book);
        return status;
    }
    if (status != STATUS_OK)
        trace("setting_not_used", "reason=\"%s\"", fault->text);
    book_close(jobs->book);
    jobs->book = book;
    return STATUS_OK;
}

/* A jishi.conf that cannot be read leaves the old one in force. */
static enum status settings_read(struct jobs *jobs, struct fault *fault)
{
    struct conf *conf;
    jobs->conf_changed = changed_at(jobs, "jishi.conf");
    jobs->book_changed = changed_at(jobs, "recipients.conf");
    enum status status = book_read(jobs, fault);
    if (status != STATUS_OK && !jobs->book)
        return status;
    if (status != STATUS_OK)
        trace("setting_not_used", "reason=\"%s\"", fault->text);
    status = conf_open(jobs->directory, &conf, fault);
    if (status == STATUS_OK) {
        conf_close(jobs->conf);
        jobs->conf = conf;
    }
    return status;
}

static void settings_renew(struct jobs *jobs)
{
    struct fault fault;
    if (!hang_up && is_same(jobs->conf_changed, changed_at(jobs, "jishi.conf")) &&
        is_same(jobs->book_changed, changed_at(jobs, "recipients.conf")))
        return;
    hang_up = 0;
    if (settings_read(jobs, &fault) != STATUS_OK)
        trace("setting_not_used", "reason=\"%s\"", fault.text);
    else
        conf_report(jobs->conf);
    queue_reload(jobs->model.queue, clock_mono_ms());
    trace("settings", "recipients=%zu", book_count(jobs->book));
}

/* ---- life ---- */

static enum status rows_open(struct jobs *jobs, struct fault *fault)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/projections/queue", jobs->directory);
    enum status status = view_store_open(path, &jobs->store, fault);
    if (status == STATUS_OK)
        status = queue_model_open(jobs->store, &jobs->model, fault);
    if (status != STATUS_OK)
        return status;
    struct queue_options options = {.route = route_of,
                                    .rule = rule_of,
                                    .changed = on_changed,
                                    .user = jobs,
                                    .token_base = jobs->model.life << LIFE_SHIFT};
    jobs->model.queue = queue_open(&options);
    for (unsigned i = 0; i < jobs->stopped.count; i++)
        queue_stop(jobs->model.queue, jobs->stopped.channels[i].channel, true);
    queue_model_load(&jobs->model, clock_mono_ms());
    trace("queue", "jobs=%zu next=%lld life=%lld", queue_count(jobs->model.queue),
          (long long)jobs->model.next, (long long)jobs->model.life);
    return STATUS_OK;
}

enum status jobs_open(const char *directory, struct jobs **ret_jobs, struct fault *fault)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    struct sigaction action = {.sa_handler = on_hang_up, .sa_flags = SA_RESTART};
    CHECK(jobs != NULL);
    sigaction(SIGHUP, &action, NULL);
    snprintf(jobs->directory, sizeof jobs->directory, "%s", directory);
    enum status status = settings_read(jobs, fault);
    if (status == STATUS_OK)
        status = stopped_open(directory, &jobs->stopped, fault);
    if (status == STATUS_OK)
        status = rows_open(jobs, fault);
    if (status != STATUS_OK) {
        jobs_close(jobs);
        return status;
    }
    *ret_jobs = jobs;
    return STATUS_OK;
}

void jobs_close(struct jobs *jobs)
{
    struct fault fault;
    if (!jobs)
        return;
    if (jobs->model.queue && queue_model_commit(&jobs->model, &fault) != STATUS_OK)
        trace("cannot_commit", "reason=\"%s\"", fault.text);
    for (unsigned i = 0; i < LEASES_MAX; i++)
        buffer_done(&jobs->leases[i].reply);
    queue_close(jobs->model.queue);
    view_store_close(jobs->store);
    book_close(jobs->book);
    conf_close(jobs->conf);
    free(jobs);
}

int64_t jobs_next(const struct jobs *jobs)
{
    return jobs->model.next;
}

struct queue *jobs_queue(struct jobs *jobs)
{
    return jobs->model.queue;
}

/* ---- following ---- */

enum status jobs_entry(struct jobs *jobs, const struct followed *followed, struct fault *fault)
{
    const struct entry *entry = followed->entry;
    if (entry->number == jobs->model.next - 1 &&
        memcmp(followed->leaf, jobs->model.leaf, DIGEST_SIZE) != 0)
        return fault_set(fault, STATUS_CONFLICT,
                         "%s/projections/queue was folded from another log; remove that folder",
                         jobs->directory);
    if (entry->number < jobs->model.next)
        return STATUS_OK; /* the state begins earlier, the rows are further */
    for (unsigned i = 0; i < entry->event_count; i++)
        queue_model_event(&jobs->model, entry->number, entry->recorded_at_us, &entry->events[i],
                          clock_mono_ms(), randombytes_random());
    queue_model_position(&jobs->model, entry->number, followed->leaf);
    return jobs->model.folded >= COMMIT_ENTRIES ? queue_model_commit(&jobs->model, fault)
                                                : STATUS_OK;
}

enum status jobs_batch(struct jobs *jobs, struct fault *fault)
{
    int64_t now_ms = clock_mono_ms();
    if ((!jobs->model.is_dirty && jobs->model.folded < IDLE_ENTRIES) ||
        now_ms - jobs->committed_ms < COMMIT_MS)
        return STATUS_OK;
    jobs->committed_ms = now_ms;
    return queue_model_commit(&jobs->model, fault);
}

void jobs_second(struct jobs *jobs)
{
    settings_renew(jobs);
}
