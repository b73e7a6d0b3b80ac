/* feed_out.c - the feed, see feed_out.h. PUB loses messages by design; whoever sees a gap asks for
 * ranges. */
#include "cmd/feed_out.h"

#include <string.h>
#include <zmq.h>

#include "cmd/limits.h"
#include "cmd/socket.h"
#include "cmd/trace.h"
#include "cmd/wire/feed.h"
#include "events/codec.h"

static void subscriptions_count(unsigned *subscriptions, bool more)
{
    if (more)
        ++*subscriptions;
    else if (*subscriptions > 0)
        --*subscriptions;
}

/* A subscription arrives as its first byte (1 on, 0 off) and its topic; two topics are served: the
 * empty one, and heads. */
static void on_subscription(void *user)
{
    struct feed_out *feed = user;
    uint8_t topic[1 + TOPIC_SIZE_MAX];
    for (int i = 0; i < TURN_REQUESTS_MAX; i++) {
        int size = zmq_recv(feed->socket, topic, sizeof topic, ZMQ_DONTWAIT);
        if (size < 0)
            return;
        bool heads =
            size == sizeof FEED_HEADS && memcmp(topic + 1, FEED_HEADS, sizeof FEED_HEADS - 1) == 0;
        if ((size != 1 && !heads) || topic[0] > 1)
            continue;
        zmq_setsockopt(feed->socket, topic[0] ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE, topic + 1,
                       (size_t)size - 1);
        subscriptions_count(heads ? &feed->listeners : &feed->subscribers, topic[0]);
    }
}

static enum status feed_open(struct feed_out *feed, struct fault *fault)
{
    struct serve_options options = {ZMQ_XPUB, "feed", &feed->office->server, FEED_HWM,
                                    feed->address};
    enum status status = socket_serve(feed->context, &options, &feed->socket, fault);
    if (status != STATUS_OK)
        return status;
    feed->watch = zmq_watch_start(feed->loop, feed->socket, on_subscription, feed);
    return STATUS_OK;
}

enum status feed_out_start(struct feed_out *feed, uv_loop_t *loop, void *context,
                           struct office *office, const char *address, struct fault *fault)
{
    *feed = (struct feed_out){
        .office = office, .context = context, .loop = loop, .next = log_durable(office->log)};
    buffer_init(&feed->entries);
    buffer_init(&feed->message);
    snprintf(feed->address, sizeof feed->address, "%s", address);
    return feed_open(feed, fault);
}

static void send_batch(struct feed_out *feed, int64_t from, int64_t count)
{
    struct buffer *message = &feed->message;
    buffer_clear(message);
    pack_array(message, 5);
    pack_text(message, "jf1");
    pack_text(message, "batch");
    pack_int(message, from);
    pack_int(message, count);
    pack_bytes(message, feed->entries.data, feed->entries.size);
    zmq_send(feed->socket, message->data, message->size, ZMQ_DONTWAIT);
}

static void send_head(struct feed_out *feed)
{
    struct fault fault;
    struct log_store *store = log_store_of(feed->office->log);
    struct log_view *view = NULL;
    struct log_head head;
    if (store->functions->view_open(store, &view, &fault) != STATUS_OK)
        return;
    bool known = store->functions->head(view, &head, NULL, NULL, &fault) == STATUS_OK;
    store->functions->view_close(view);
    if (!known)
        return;
    struct buffer message;
    buffer_init(&message);
    pack_array(&message, 4);
    pack_text(&message, "jf1");
    pack_text(&message, "head");
    pack_int(&message, head.size);
    pack_bytes(&message, head.last, DIGEST_SIZE);
    zmq_send(feed->socket, message.data, message.size, ZMQ_DONTWAIT);
    buffer_done(&message);
}

void feed_out_publish(struct feed_out *feed)
{
    int64_t durable = log_durable(feed->office->log);
    if (feed->socket && feed->listeners > 0 && feed->next < durable)
        send_head(feed);
    if (feed->subscribers == 0 || !feed->socket) {
        feed->next = durable;
        return;
    }
    while (feed->next < durable) {
        int64_t count = 0;
        struct fault fault;
        buffer_clear(&feed->entries);
        if (log_read_range(feed->office->log, feed->next, durable - feed->next,
                           FEED_BATCH_BYTES_MAX, &feed->entries, &count, &fault) != STATUS_OK ||
            count == 0) {
            trace("feed", "number=%lld fault=\"%s\"", (long long)feed->next, fault.text);
            feed->next = durable; /* subscribers see the gap and ask, and are told */
            break;
        }
        send_batch(feed, feed->next, count);
        feed->next += count;
    }
}

void feed_out_heartbeat(struct feed_out *feed)
{
    struct fault fault;
    if (!feed->socket && feed_open(feed, &fault) != STATUS_OK) {
        feed->socket = NULL; /* the old one still holds the port; again in a second */
        return;
    }
    send_head(feed);
}

void feed_out_cut(struct feed_out *feed)
{
    if (!feed->socket)
        return;
    int linger = 0;
    zmq_watch_stop(feed->watch);
    feed->watch = NULL;
    zmq_setsockopt(feed->socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_unbind(feed->socket, feed->address);
    zmq_close(feed->socket);
    feed->socket = NULL;
    feed->subscribers = feed->listeners = 0;
}

void feed_out_stop(struct feed_out *feed)
{
    zmq_watch_stop(feed->watch);
    feed->watch = NULL;
    if (feed->socket)
        zmq_close(feed->socket);
    feed->socket = NULL;
    buffer_done(&feed->entries);
    buffer_done(&feed->message);
}
