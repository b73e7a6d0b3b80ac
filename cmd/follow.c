/* follow.c - RANGES_AHEAD questions for ranges on their way, asked before the range that came is
 * folded; a silent feed is opened anew. In place: a stretch of the log in each turn of the loop.
 *
 * A question names how many entries it wants, so that the one behind it can be asked before its
 * answer is there. An answer holds no more than RANGE_BYTES_MAX: from one that was cut, `fits` is
 * learned, and what lies behind the cut is asked for again. */
#include "cmd/follow.h"

#include <string.h>
#include <zmq.h>

#include "cmd/beside.h"
#include "cmd/clock.h"
#include "cmd/limits.h"
#include "cmd/socket.h"
#include "cmd/trace.h"
#include "cmd/wire/feed.h"
#include "events/codec.h"
#include "events/tree.h"

#define FIRST_TICK_MS    20 /* connected by then, as a rule */
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

/* Ids of answers tell what they answer: even ones questions for ranges, odd ones for heads. */
static bool ask_range(struct follow *follow, int64_t id, int64_t from, int64_t count)
{
    struct buffer out;
    buffer_init(&out);
    pack_array(&out, 6);
    pack_text(&out, "jr1");
    pack_int(&out, id);
    pack_text(&out, "range");
    pack_int(&out, from);
    pack_int(&out, count);
    pack_int(&out, 0);
    bool sent = zmq_send(follow->ranges, out.data, out.size, ZMQ_DONTWAIT) >= 0;
    buffer_done(&out);
    return sent;
}

static bool ask(struct follow *follow, int64_t count)
{
    int64_t i = (follow->asked + 1) % RANGES_AHEAD;
    if (!ask_range(follow, 2 * (follow->asked + 1), follow->ask_next, count))
        return false;
    follow->asked++;
    follow->questions[i].from = follow->ask_next;
    follow->questions[i].to = follow->ask_next += count;
    follow->asked_ms = clock_mono_ms();
    return true;
}

static void ask_more(struct follow *follow)
{
    int64_t ahead = follow->fits ? RANGES_AHEAD : 1;
    if (follow->ask_next < follow->follower.next)
        follow->ask_next = follow->follower.next;
    while (!follow->halted && follow->asked - follow->answered < ahead &&
           follow->ask_next < follow->size)
        if (!ask(follow, follow->fits ? follow->fits : RANGE_COUNT_MAX))
            break;
}

/* Its answer tells how long the log is; the feed would tell within a second. */
static void ask_first(struct follow *follow)
{
    follow->ask_next = follow->follower.next;
    ask(follow, follow->store ? 1 : RANGE_COUNT_MAX);
}

/* Whether a question for the entry wanted is on its way. */
static bool is_asked_for(const struct follow *follow)
{
    for (int64_t question = follow->answered + 1; question <= follow->asked; question++) {
        int64_t i = question % RANGES_AHEAD;
        if (follow->questions[i].from <= follow->follower.next &&
            follow->follower.next < follow->questions[i].to)
            return true;
    }
    return false;
}

static void forget_questions(struct follow *follow)
{
    follow->answered = follow->asked;
    follow->head_asked = 0;
}

/* ---- in place ---- */

struct stretch {
    struct follow *follow;
    struct text_view entries[HASHED_TOGETHER]; /* where they lie in the view */
    size_t count;
    enum follower_result result;
    struct fault fault;
};

static bool stretch_take(struct stretch *stretch)
{
    struct follow *follow = stretch->follow;
    if (stretch->result == FOLLOWER_TOOK)
        stretch->result = follower_take_entries(&follow->follower, stretch->entries, stretch->count,
                                                follow->each, follow->user, &stretch->fault);
    stretch->count = 0;
    return stretch->result == FOLLOWER_TOOK;
}

static bool stretch_entry(void *user, int64_t number, const void *bytes, size_t size)
{
    struct stretch *stretch = user;
    (void)number;
    stretch->entries[stretch->count++] = (struct text_view){bytes, (uint32_t)size};
    return stretch->count < HASHED_TOGETHER || stretch_take(stretch);
}

static enum status stretch_read(struct stretch *stretch)
{
    struct follow *follow = stretch->follow;
    const struct log_store_functions *store = follow->store->functions;
    struct log_view *view = NULL;
    struct log_head head;
    int64_t count = follow->size - follow->follower.next;
    enum status status = store->view_open(follow->store, &view, &stretch->fault);
    if (status == STATUS_OK)
        status = store->head(view, &head, NULL, NULL, &stretch->fault);
    if (status == STATUS_OK && head.size < follow->size)
        status = fault_set(&stretch->fault, STATUS_CORRUPT,
                           "the log that lies here has %lld entries, not %lld",
                           (long long)head.size, (long long)follow->size);
    if (status == STATUS_OK) {
        follow->head_recorded_us = head.recorded_at_us;
        status = store->scan(view, follow->follower.next,
                             count < IN_PLACE_ENTRIES_MAX ? count : IN_PLACE_ENTRIES_MAX,
                             stretch_entry, stretch, &stretch->fault);
        stretch_take(stretch); /* the last ones; before a fault, too */
    }
    store->view_close(view);
    return status;
}

static void feed_open_again(struct follow *follow);

/* Another log than the server's lies here, or cannot be read: that is the server's to say. */
static void leave_place(struct follow *follow, const struct fault *fault)
{
    trace("not_in_place", "reason=\"%s\"", fault->text);
    follow->store = NULL;
    feed_open_again(follow);
}

static void on_reading(uv_idle_t *handle);

static void read_stretch(struct follow *follow)
{
    struct stretch stretch = {.follow = follow, .result = FOLLOWER_TOOK};
    int64_t before = follow->follower.next;
    bool behind = !follow->halted && follow_lag(follow) > 0;
    enum status status = behind ? stretch_read(&stretch) : STATUS_OK;
    if (follow->follower.next > before && follow->batch)
        follow->batch(follow->user);
    if (stretch.result == FOLLOWER_STOP)
        halt(follow, &stretch.fault);
    else if (status != STATUS_OK || stretch.result == FOLLOWER_BAD)
        leave_place(follow, &stretch.fault);
    if (follow->store && !follow->halted && follow_lag(follow) > 0)
        uv_idle_start(&follow->reading, on_reading);
    else
        uv_idle_stop(&follow->reading);
}

static void on_reading(uv_idle_t *handle)
{
    read_stretch(handle->data);
}

static void proceed(struct follow *follow)
{
    if (follow->store) {
        read_stretch(follow);
        return;
    }
    if (!is_asked_for(follow))
        follow->ask_next = follow->follower.next; /* its answer was lost, or cut before it */
    ask_more(follow);
}

/* Whoever is behind wants to know by how many seconds: when was the newest entry recorded? */
static void ask_head(struct follow *follow)
{
    if (follow->halted || follow_lag(follow) == 0 || follow->head_asked == follow->size ||
        !ask_range(follow, 2 * ++follow->head_questions + 1, follow->size - 1, 1))
        return;
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

/* How much the next question may ask for, after an answer of `count` entries and `bytes` bytes. */
static void fits_learn(struct follow *follow, bool cut, int64_t count, size_t bytes)
{
    if (cut)
        follow->fits = count - count / 8 > 0 ? count - count / 8 : 1;
    else if (follow->fits && bytes < RANGE_BYTES_MAX / 2 && follow->fits < RANGE_COUNT_MAX / 2)
        follow->fits *= 2;
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
    if (id % 2) {
        if (fields.ok)
            follow->head_recorded_us = recorded_us;
        return;
    }
    int64_t question = id / 2; /* a late answer to one that was given up is as good as any */
    bool awaited = question > follow->answered && question <= follow->asked;
    if (awaited)
        follow->answered = question;
    if (!fields.ok)
        return;
    if (size > follow->size)
        follow->size = size;
    if (awaited && !follow->store && from <= follow->follower.next) {
        bool short_one = from + count < follow->questions[question % RANGES_AHEAD].to;
        if (short_one)
            follow->ask_next = from + count;
        fits_learn(follow, short_one && from + count < size, count, bytes.size);
        ask_more(follow); /* the server reads on while these are folded */
    }
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
    proceed(follow);
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
    zmq_setsockopt(follow->feed, ZMQ_SUBSCRIBE, FEED_HEADS,
                   follow->store ? sizeof FEED_HEADS - 1 : 0);
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

static void feed_open_again(struct follow *follow)
{
    struct fault fault;
    feed_close(follow);
    if (feed_open(follow, &fault) != STATUS_OK)
        trace("feed", "reason=\"%s\"", fault.text);
}

static void on_timer(uv_timer_t *timer)
{
    struct follow *follow = timer->data;
    int64_t now = clock_mono_ms();
    if (follow->asked == 0)
        ask_first(follow);
    if (follow->asked > follow->answered && now - follow->asked_ms > RANGE_TIMEOUT_MS)
        forget_questions(follow); /* lost: ask again */
    if (!follow->store)
        ask_head(follow);
    if (now - follow->heard_ms > SILENCE_MS)
        feed_open_again(follow);
    proceed(follow);
}

static void on_closed(uv_handle_t *handle)
{
    struct follow *follow = handle->data;
    if (--follow->handles == 0 && follow->closed)
        follow->closed(follow->user);
}

enum status follow_start(struct follow *follow, int64_t next, const uint8_t leaf[DIGEST_SIZE],
                         struct fault *fault)
{
    follower_init(&follow->follower, next, leaf);
    arena_init(&follow->arena, 0);
    uv_timer_init(follow->loop, &follow->timer);
    follow->timer.data = follow;
    uv_timer_start(&follow->timer, on_timer, FIRST_TICK_MS, FOLLOW_TICK_MS);
    uv_idle_init(follow->loop, &follow->reading);
    follow->reading.data = follow;
    follow->handles = 2;
    if (follow->store)
        beside_give_way();
    enum status status = socket_connect(follow->context, ZMQ_DEALER, follow->key->curve_public,
                                        follow->key->curve_secret, follow->server->curve_public,
                                        follow->server->ranges, &follow->ranges, fault);
    if (status != STATUS_OK)
        return status;
    follow->ranges_watch = zmq_watch_start(follow->loop, follow->ranges, on_ranges, follow);
    return feed_open(follow, fault);
}

void follow_beside(struct follow *follow, struct log_store *store)
{
    follow->store = store;
    beside_give_way();
    forget_questions(follow); /* a range that still comes is taken, or is old */
    feed_open_again(follow);
}

void follow_stop(struct follow *follow)
{
    if (follow->handles == 0)
        return; /* never started */
    feed_close(follow);
    if (follow->ranges) {
        zmq_watch_stop(follow->ranges_watch);
        zmq_close(follow->ranges);
        follow->ranges = NULL;
    }
    uv_close((uv_handle_t *)&follow->timer, on_closed);
    uv_close((uv_handle_t *)&follow->reading, on_closed);
    follower_done(&follow->follower);
    arena_done(&follow->arena);
}

int64_t follow_lag(const struct follow *follow)
{
    return follow->size > follow->follower.next ? follow->size - follow->follower.next : 0;
}
