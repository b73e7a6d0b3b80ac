/* follow.c - one outstanding range at a time, asked for before the one that came is folded; a silent
 * feed is opened anew. */
#include "cmd/follow.h"

#include <string.h>
#include <zmq.h>

#include "cmd/clock.h"
#include "cmd/limits.h"
#include "cmd/socket.h"
#include "cmd/trace.h"
#include "events/codec.h"

#define FOLLOW_TICK_MS   200
#define RANGE_TIMEOUT_MS 2000
#define SILENCE_MS       3000 /* no word from the feed: connect again */
#define TURN_BATCHES_MAX 16

static const struct codec_limits limits = {ANSWER_SIZE_MAX, REQUEST_DEPTH_MAX, REQUEST_NODES_MAX};

static void halt(struct follow *follow, const struct fault *fault)
{
    follow->halted = true;
    follow->stopped(follow->user, fault);
}

static bool ask_range(struct follow *follow, int64_t from, int64_t count)
{
    struct buffer out;
    buffer_init(&out);
    pack_array(&out, 6);
    pack_text(&out, "jr1");
    pack_int(&out, ++follow->next_id);
    pack_text(&out, "range");
    pack_int(&out, from);
    pack_int(&out, count);
    pack_int(&out, 0);
    bool sent = zmq_send(follow->ranges, out.data, out.size, ZMQ_DONTWAIT) >= 0;
    buffer_done(&out);
    return sent;
}

static void ask_from(struct follow *follow, int64_t from)
{
    if (follow->halted || follow->asking || from >= follow->size)
        return;
    follow->asking = ask_range(follow, from, RANGE_COUNT_MAX);
    follow->range_id = follow->next_id;
    follow->asked_ms = clock_mono_ms();
}

static void ask(struct follow *follow)
{
    ask_from(follow, follow->follower.next);
}

/* Whoever is behind wants to know by how many seconds: when was the newest entry recorded? */
static void ask_head(struct follow *follow)
{
    if (follow->halted || follow_lag(follow) == 0 || follow->head_asked == follow->size ||
        !ask_range(follow, follow->size - 1, 1))
        return;
    follow->head_id = follow->next_id;
    follow->head_asked = follow->size;
}

static void take(struct follow *follow, int64_t from, struct text_view bytes)
{
    struct fault fault;
    int64_t before = follow->follower.next;
    enum follower_result result = follower_take(&follow->follower, from, bytes.data, bytes.size,
                                                follow->each, follow->user, &fault);
    if (follow->follower.next > follow->size)
        follow->size = follow->follower.next;
    if (follow->follower.next > before && follow->batch)
        follow->batch(follow->user);
    if (result == FOLLOWER_BAD || result == FOLLOWER_STOP)
        halt(follow, &fault);
    if (result == FOLLOWER_GAP && from > follow->size)
        follow->size = from;
}

static void feed_message(struct follow *follow, const struct datum *message)
{
    struct fields_reader fields;
    fields_open(&fields, message);
    fields_text(&fields, "form", 8);
    struct text_view kind = fields_text(&fields, "kind", 8);
    int64_t first = fields_int(&fields, "from");
    if (kind.size == 5 && memcmp(kind.data, "batch", 5) == 0) {
        int64_t count = fields_int(&fields, "count");
        struct text_view bytes = fields_bytes(&fields, "entries", 0, ANSWER_SIZE_MAX);
        if (fields.ok && first + count > follow->size)
            follow->size = first + count;
        if (fields.ok)
            take(follow, first, bytes);
    } else if (fields.ok && first > follow->size) {
        follow->size = first;
    }
    follow->heard_ms = clock_mono_ms();
}

static void range_message(struct follow *follow, const struct datum *message)
{
    struct fields_reader fields;
    fields_open(&fields, message);
    fields_text(&fields, "form", 8);
    int64_t id = fields_int(&fields, "id");
    struct text_view kind = fields_text(&fields, "kind", 16);
    if (kind.size != 5)
        return;
    int64_t from = fields_int(&fields, "from"), count = fields_int(&fields, "count");
    struct text_view bytes = fields_bytes(&fields, "entries", 0, ANSWER_SIZE_MAX);
    int64_t size = fields_int(&fields, "size"), recorded_us = fields_int(&fields, "recorded_at");
    if (id == follow->head_id) {
        if (fields.ok)
            follow->head_recorded_us = recorded_us;
        return;
    }
    if (id == follow->range_id) /* a late answer to an earlier question is as good as any */
        follow->asking = false;
    if (!fields.ok)
        return;
    if (size > follow->size)
        follow->size = size;
    if (from <= follow->follower.next)
        ask_from(follow, from + count); /* the server reads on while these are folded */
    take(follow, from, bytes);
}

static void receive(struct follow *follow, void *socket,
                    void (*handle)(struct follow *, const struct datum *))
{
    for (int i = 0; i < TURN_BATCHES_MAX && !follow->halted; i++) {
        zmq_msg_t message;
        struct datum datum;
        struct fault fault;
        zmq_msg_init(&message);
        int size = zmq_msg_recv(&message, socket, ZMQ_DONTWAIT);
        if (size >= 0 && datum_unpack(zmq_msg_data(&message), (size_t)size, &limits, &follow->arena,
                                      &datum, &fault) == STATUS_OK)
            handle(follow, &datum);
        zmq_msg_close(&message);
        arena_reset(&follow->arena);
        if (size < 0)
            break;
    }
    ask(follow);
}

static void on_feed(void *user)
{
    struct follow *follow = user;
    receive(follow, follow->feed, feed_message);
}

static void on_ranges(void *user)
{
    struct follow *follow = user;
    receive(follow, follow->ranges, range_message);
}

static enum status feed_open(struct follow *follow, struct fault *fault)
{
    enum status status = socket_connect(follow->context, ZMQ_SUB, follow->key->curve_public,
                                        follow->key->curve_secret, follow->server->curve_public,
                                        follow->server->feed, &follow->feed, fault);
    if (status != STATUS_OK)
        return status;
    zmq_setsockopt(follow->feed, ZMQ_SUBSCRIBE, "", 0);
    follow->feed_watch = zmq_watch_start(follow->loop, follow->feed, on_feed, follow);
    follow->heard_ms = clock_mono_ms();
    return STATUS_OK;
}

static void feed_close(struct follow *follow)
{
    if (!follow->feed)
        return;
    zmq_watch_stop(follow->feed_watch);
    zmq_close(follow->feed);
    follow->feed = NULL;
}

static void on_timer(uv_timer_t *timer)
{
    struct follow *follow = timer->data;
    struct fault fault;
    int64_t now = clock_mono_ms();
    if (follow->asking && now - follow->asked_ms > RANGE_TIMEOUT_MS)
        follow->asking = false, follow->head_asked = 0; /* lost: ask again */
    ask_head(follow);
    if (now - follow->heard_ms > SILENCE_MS) {
        feed_close(follow);
        if (feed_open(follow, &fault) != STATUS_OK)
            trace("feed", "reason=\"%s\"", fault.text);
    }
    ask(follow);
}

enum status follow_start(struct follow *follow, int64_t next, const uint8_t leaf[DIGEST_SIZE],
                         struct fault *fault)
{
    follower_init(&follow->follower, next, leaf);
    arena_init(&follow->arena, 0);
    uv_timer_init(follow->loop, &follow->timer);
    follow->timer.data = follow;
    uv_timer_start(&follow->timer, on_timer, FOLLOW_TICK_MS, FOLLOW_TICK_MS);
    enum status status = socket_connect(follow->context, ZMQ_DEALER, follow->key->curve_public,
                                        follow->key->curve_secret, follow->server->curve_public,
                                        follow->server->ranges, &follow->ranges, fault);
    if (status != STATUS_OK)
        return status;
    follow->ranges_watch = zmq_watch_start(follow->loop, follow->ranges, on_ranges, follow);
    return feed_open(follow, fault);
}

void follow_stop(struct follow *follow)
{
    feed_close(follow);
    if (follow->ranges) {
        zmq_watch_stop(follow->ranges_watch);
        zmq_close(follow->ranges);
        follow->ranges = NULL;
    }
    uv_timer_stop(&follow->timer);
    follower_done(&follow->follower);
    arena_done(&follow->arena);
}

int64_t follow_lag(const struct follow *follow)
{
    return follow->size > follow->follower.next ? follow->size - follow->follower.next : 0;
}
