/* behind.c - see behind.h. */
#include "cmd/behind.h"

#include <stdlib.h>

#include "cmd/snapshots.h"
#include "cmd/trace.h"
#include "core/check.h"

struct behind {
    struct follow follow;
    struct state *state;
    struct runtime *runtime;
    void (*batch)(void *user, int64_t entries);
    void *user;
    int64_t seen; /* entries since the last batch ended */
};

static enum status on_entry(void *user, const struct followed *followed, struct fault *fault)
{
    struct behind *behind = user;
    struct moment when = {followed->entry->recorded_at_us, followed->entry->number};
    enum status status = state_fold(behind->state, &when, followed->command,
                                    followed->entry->events, followed->entry->event_count, fault);
    behind->seen++;
    return status == STATUS_OK
               ? runtime_fold(behind->runtime, LINE_BEHIND, followed, behind->state, fault)
               : status;
}

static void on_batch(void *user)
{
    struct behind *behind = user;
    int64_t seen = behind->seen;
    behind->seen = 0;
    behind->batch(behind->user, seen);
}

static void on_stopped(void *user, const struct fault *fault)
{
    (void)user;
    trace("incident", "line=behind reason=\"%s\"", fault->text);
}

static void on_closed(void *user)
{
    struct behind *behind = user;
    state_close(behind->state);
    free(behind);
}

enum status behind_start(struct station *station, struct runtime *runtime,
                         void (*batch)(void *user, int64_t entries), void *user,
                         struct behind **ret_behind, struct fault *fault)
{
    struct behind *behind = calloc(1, sizeof *behind);
    struct snapshot snapshot = {0};
    CHECK(behind);
    *behind = (struct behind){.runtime = runtime, .batch = batch, .user = user};
    snapshot_load(station->directory, &station->key, runtime_next(runtime, LINE_BEHIND), NULL, NULL,
                  &snapshot);
    behind->state = snapshot.state ? snapshot.state : state_open(station->server.origin);
    behind->follow = (struct follow){.loop = &station->loop,
                                     .context = station->context,
                                     .server = &station->server,
                                     .key = &station->key,
                                     .each = on_entry,
                                     .batch = on_batch,
                                     .stopped = on_stopped,
                                     .closed = on_closed,
                                     .store = station->beside,
                                     .user = behind};
    enum status status = follow_start(&behind->follow, snapshot.next, snapshot.leaf, fault);
    if (status == STATUS_OK)
        *ret_behind = behind;
    else
        behind_stop(behind); /* its timer runs already */
    return status;
}

void behind_stop(struct behind *behind)
{
    if (!behind)
        return;
    follow_stop(&behind->follow);
}

int64_t behind_next(const struct behind *behind)
{
    return behind->follow.follower.next;
}
