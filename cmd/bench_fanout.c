/* bench_fanout.c - a thread a subscriber, with the loop, sockets and checks of a projector.
 *
 * A thread writes only its own struct; what others read of it meanwhile (how far it is) is atomic.
 */
#include "cmd/bench_fanout.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include <zmq.h>

#include "cmd/beside.h"
#include "cmd/clock.h"
#include "cmd/data_dir.h"
#include "cmd/follow.h"
#include "cmd/trace.h"
#include "core/check.h"

#define FANOUT_WAIT_MS 60000
#define POLL_US        10000
#define STOP_POLL_MS   50

struct subscriber {
    struct fanout *fanout;
    uv_thread_t thread;
    uv_loop_t loop;
    uv_timer_t timer;
    struct follow follow;
    struct histogram latencies;
    uint64_t deliveries;
    int64_t batch_ns;     /* when the batch at hand came */
    _Atomic int64_t next; /* entries taken */
    _Atomic bool caught_up;
    bool halted;
};

struct fanout {
    struct server_info server;
    struct server_key key;
    void *context;
    struct log_store *beside; /* NULL: entries come over ZeroMQ */
    struct subscriber *subscribers;
    int64_t count;
    _Atomic int64_t start_ns, end_ns;
    _Atomic bool stopping;
};

static enum status on_entry(void *user, const struct followed *followed, struct fault *fault)
{
    struct subscriber *subscriber = user;
    bool first = subscriber->follow.follower.wanted != 0;
    (void)fault;
    if (first)
        subscriber->batch_ns = bench_now_ns();
    if (subscriber->batch_ns >= subscriber->fanout->start_ns &&
        subscriber->batch_ns < subscriber->fanout->end_ns) {
        subscriber->deliveries++;
        int64_t us = first ? clock_now_us() - followed->command->issued_at_us : -1;
        if (us >= 0)
            histogram_add(&subscriber->latencies, (uint64_t)us * 1000);
    }
    subscriber->follow.follower.wanted = 0;
    subscriber->next = followed->entry->number + 1;
    return STATUS_OK;
}

static void on_batch(void *user)
{
    struct subscriber *subscriber = user;
    subscriber->follow.follower.wanted = UINT64_MAX; /* of the next batch the first one whole */
}

static void on_stopped(void *user, const struct fault *fault)
{
    struct subscriber *subscriber = user;
    trace("halted", "reason=\"%s\"", fault->text);
    subscriber->halted = true;
}

static void on_timer(uv_timer_t *timer)
{
    struct subscriber *subscriber = timer->data;
    subscriber->caught_up =
        subscriber->follow.follower.next > 0 && follow_lag(&subscriber->follow) == 0;
    if (subscriber->fanout->stopping || subscriber->halted)
        uv_stop(&subscriber->loop);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void subscribe(void *user)
{
    static const uint8_t none[DIGEST_SIZE];
    struct subscriber *subscriber = user;
    struct fault fault;
    CHECK(uv_loop_init(&subscriber->loop) == 0);
    uv_timer_init(&subscriber->loop, &subscriber->timer);
    subscriber->timer.data = subscriber;
    uv_timer_start(&subscriber->timer, on_timer, STOP_POLL_MS, STOP_POLL_MS);
    subscriber->follow = (struct follow){.loop = &subscriber->loop,
                                         .context = subscriber->fanout->context,
                                         .server = &subscriber->fanout->server,
                                         .key = &subscriber->fanout->key,
                                         .each = on_entry,
                                         .batch = on_batch,
                                         .stopped = on_stopped,
                                         .store = subscriber->fanout->beside,
                                         .user = subscriber};
    if (follow_start(&subscriber->follow, 0, none, &fault) == STATUS_OK)
        uv_run(&subscriber->loop, UV_RUN_DEFAULT);
    follow_stop(&subscriber->follow);
    uv_walk(&subscriber->loop, close_handle, NULL);
    uv_run(&subscriber->loop, UV_RUN_DEFAULT);
    uv_loop_close(&subscriber->loop);
}

static bool all_reached(const struct fanout *fanout, int64_t size)
{
    for (int64_t i = 0; i < fanout->count; i++)
        if (size < 0 ? !fanout->subscribers[i].caught_up : fanout->subscribers[i].next < size)
            return false;
    return true;
}

static bool wait_for(const struct fanout *fanout, int64_t size)
{
    int64_t until = bench_now_ns() + (int64_t)FANOUT_WAIT_MS * 1000000;
    while (!all_reached(fanout, size) && bench_now_ns() < until)
        usleep(POLL_US);
    return all_reached(fanout, size);
}

struct fanout *fanout_start(const char *directory, int64_t subscribers, bool remote,
                            struct fault *fault)
{
    char path[4096];
    struct fanout *fanout = calloc(1, sizeof *fanout);
    CHECK(fanout != NULL);
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    enum status status = server_info_read(path, &fanout->server, fault);
    snprintf(path, sizeof path, "%s/keys/server.curve", directory);
    if (status == STATUS_OK)
        status = server_key_read(path, &fanout->key, fault);
    if (status == STATUS_OK && !remote)
        status = beside_open(directory, &fanout->beside, fault);
    if (status != STATUS_OK) {
        free(fanout);
        return NULL;
    }
    fanout->context = zmq_ctx_new();
    fanout->subscribers = calloc((size_t)subscribers, sizeof *fanout->subscribers);
    CHECK(fanout->context != NULL && fanout->subscribers != NULL);
    for (; fanout->count < subscribers; fanout->count++) {
        struct subscriber *subscriber = &fanout->subscribers[fanout->count];
        subscriber->fanout = fanout;
        CHECK(uv_thread_create(&subscriber->thread, subscribe, subscriber) == 0);
    }
    if (wait_for(fanout, -1))
        return fanout;
    struct fanout_figures figures;
    fault_set(fault, STATUS_IO, "a subscriber did not catch up within %d s", FANOUT_WAIT_MS / 1000);
    fanout_stop(fanout, 0, &figures);
    return NULL;
}

void fanout_window(struct fanout *fanout, int64_t start_ns, int64_t end_ns)
{
    fanout->end_ns = end_ns;
    fanout->start_ns = start_ns;
}

static void figures_add(struct fanout_figures *figures, const struct subscriber *subscriber)
{
    figures->deliveries += subscriber->deliveries;
    figures->latencies.count += subscriber->latencies.count;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        figures->latencies.buckets[i] += subscriber->latencies.buckets[i];
}

void fanout_stop(struct fanout *fanout, int64_t size, struct fanout_figures *ret_figures)
{
    struct subscriber *first = &fanout->subscribers[0];
    *ret_figures = (struct fanout_figures){.equal = wait_for(fanout, size)};
    fanout->stopping = true;
    for (int64_t i = 0; i < fanout->count; i++)
        uv_thread_join(&fanout->subscribers[i].thread);
    for (int64_t i = 0; i < fanout->count; i++) {
        struct subscriber *subscriber = &fanout->subscribers[i];
        ret_figures->equal =
            ret_figures->equal && subscriber->next == first->next &&
            memcmp(subscriber->follow.follower.leaf, first->follow.follower.leaf, DIGEST_SIZE) == 0;
        figures_add(ret_figures, subscriber);
    }
    ret_figures->entries = (uint64_t)first->next;
    if (fanout->beside)
        fanout->beside->functions->close(fanout->beside);
    zmq_ctx_term(fanout->context);
    free(fanout->subscribers);
    free(fanout);
}
