/* peer_redis.c - the durable append with an expected version, done by Redis Streams.
 *
 * The server runs with appendonly yes, appendfsync always. The check and the append are one Lua
 * script: the version of a stream stands in a hash. All connections live in one poll loop, as in
 * our own generator.
 *
 * `-w fan`: plain appends instead (XADD), and four live subscribers that read the stream with XREAD
 * BLOCK, each on a connection and a thread of its own; counted are their deliveries, from just
 * before an append is sent to its receipt. */
#include "load.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define SUBSCRIBERS 4

static const char SCRIPT[] =
    "local v = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') "
    "if v ~= tonumber(ARGV[2]) then return redis.error_reply('version') end "
    "redis.call('HSET', KEYS[1], ARGV[1], v + 1) "
    "return redis.call('XADD', KEYS[2], '*', 's', ARGV[1], 'e', ARGV[3])";

struct request {
    uint64_t sent_ns;
    int stream;
};

struct connection {
    redisContext *redis;
    struct request *ring; /* answered in order */
    unsigned head, tail;
};

static struct {
    long version;
    char busy;
} streams[STREAM_COUNT];

static struct load_options options;
static char script_id[64], version_key[64], log_key[64], event[EVENT_SIZE];

struct subscriber {
    pthread_t thread;
    struct load_histogram histogram;
};

static struct subscriber subscribers[SUBSCRIBERS];
static _Atomic uint64_t window_start, window_end;
static _Atomic int stopping, listening;
static bool fans; /* -w fan */

static redisContext *dial(void)
{
    redisContext *redis = redisConnect("127.0.0.1", options.port);
    if (!redis || redis->err)
        load_fail("redis", redis ? redis->errstr : "no memory");
    return redis;
}

/* The event begins with the moment it was sent. */
static void *subscribe(void *user)
{
    struct subscriber *subscriber = user;
    redisContext *redis = dial();
    char last[64] = "$";
    listening++;
    while (!stopping) {
        redisReply *reply =
            redisCommand(redis, "XREAD COUNT 1000 BLOCK 200 STREAMS %s %s", log_key, last);
        if (!reply || reply->type == REDIS_REPLY_ERROR)
            load_fail("xread", reply ? reply->str : redis->errstr);
        uint64_t now = load_now_ns();
        bool counts = now >= window_start && now < window_end;
        redisReply *rows = reply->type == REDIS_REPLY_ARRAY ? reply->element[0]->element[1] : NULL;
        for (size_t i = 0; rows && i < rows->elements; i++) {
            uint64_t sent;
            memcpy(&sent, rows->element[i]->element[1]->element[1]->str, sizeof sent);
            if (counts)
                load_histogram_add(&subscriber->histogram, now - sent);
        }
        if (rows)
            snprintf(last, sizeof last, "%s", rows->element[rows->elements - 1]->element[0]->str);
        freeReplyObject(reply);
    }
    redisFree(redis);
    return NULL;
}

static void subscribers_start(void)
{
    for (int i = 0; i < SUBSCRIBERS; i++)
        pthread_create(&subscribers[i].thread, NULL, subscribe, &subscribers[i]);
    while (listening < SUBSCRIBERS)
        usleep(1000);
    usleep(200000); /* until all wait in XREAD */
}

static void subscribers_stop(struct load_histogram *ret_histogram)
{
    usleep(300000);
    stopping = 1;
    for (int i = 0; i < SUBSCRIBERS; i++) {
        pthread_join(subscribers[i].thread, NULL);
        ret_histogram->count += subscribers[i].histogram.count;
        for (int k = 0; k < 64 * 64; k++)
            ret_histogram->buckets[k] += subscribers[i].histogram.buckets[k];
    }
}

static int stream_take(uint64_t *seed)
{
    for (;;) {
        int stream = (int)(load_random(seed) % STREAM_COUNT);
        if (!streams[stream].busy) {
            streams[stream].busy = 1;
            return stream;
        }
    }
}

static void request_send(struct connection *connection, uint64_t *seed)
{
    int stream = stream_take(seed);
    uint64_t now = load_now_ns();
    connection->ring[connection->tail++ % (unsigned)options.in_flight] =
        (struct request){now, stream};
    if (fans) {
        memcpy(event, &now, sizeof now);
        redisAppendCommand(connection->redis, "XADD %s * e %b", log_key, event, (size_t)EVENT_SIZE);
        return;
    }
    redisAppendCommand(connection->redis, "EVALSHA %s 2 %s %s %d %ld %b", script_id, version_key,
                       log_key, stream, streams[stream].version, event, (size_t)EVENT_SIZE);
}

static void flush_out(struct connection *connection)
{
    for (int done = 0; !done;)
        if (redisBufferWrite(connection->redis, &done) != REDIS_OK)
            load_fail("redis", connection->redis->errstr);
}

/* Takes the answers that are there; returns how many. */
static unsigned answers_take(struct connection *connection, struct load_histogram *histogram)
{
    unsigned count = 0;
    redisReply *reply;
    if (redisBufferRead(connection->redis) != REDIS_OK)
        load_fail("redis", connection->redis->errstr);
    uint64_t now = load_now_ns();
    while (redisGetReplyFromReader(connection->redis, (void **)&reply) == REDIS_OK && reply) {
        if (reply->type == REDIS_REPLY_ERROR)
            load_fail("redis", reply->str);
        struct request *request =
            &connection->ring[connection->head++ % (unsigned)options.in_flight];
        streams[request->stream].version++;
        streams[request->stream].busy = 0;
        if (histogram)
            load_histogram_add(histogram, now - request->sent_ns);
        freeReplyObject(reply);
        count++;
    }
    return count;
}

static void run(struct connection *connections)
{
    static struct load_histogram histogram;
    struct pollfd polls[256];
    uint64_t seed = 88172645463325252u, events = 0;
    uint64_t start = load_now_ns() + 500000000u, end = start + (uint64_t)(options.seconds * 1e9);
    window_end = end;
    window_start = start;
    for (int i = 0; i < options.connections; i++) {
        for (int k = 0; k < options.in_flight; k++)
            request_send(&connections[i], &seed);
        flush_out(&connections[i]);
        polls[i] = (struct pollfd){.fd = connections[i].redis->fd, .events = POLLIN};
    }
    for (uint64_t now = load_now_ns(); now < end; now = load_now_ns()) {
        poll(polls, (nfds_t)options.connections, 100);
        for (int i = 0; i < options.connections; i++) {
            if (!(polls[i].revents & POLLIN))
                continue;
            unsigned answered = answers_take(&connections[i], now >= start ? &histogram : NULL);
            events += now >= start ? answered : 0;
            for (unsigned k = 0; k < answered; k++)
                request_send(&connections[i], &seed);
            flush_out(&connections[i]);
        }
    }
    if (fans) {
        static struct load_histogram deliveries;
        subscribers_stop(&deliveries);
        load_report("redis", "fan", options.connections, options.in_flight, deliveries.count,
                    options.seconds, &deliveries);
        return;
    }
    load_report("redis", "occ", options.connections, options.in_flight, events, options.seconds,
                &histogram);
}

int main(int argc, char **argv)
{
    options = load_options_read(argc, argv);
    struct connection connections[256] = {0};
    uint64_t seed = 1234567;
    for (size_t i = 0; i < sizeof event; i++)
        event[i] = (char)load_random(&seed);
    snprintf(version_key, sizeof version_key, "version:%llu", (unsigned long long)load_now_ns());
    snprintf(log_key, sizeof log_key, "log:%llu", (unsigned long long)load_now_ns());
    for (int i = 0; i < options.connections && i < 256; i++) {
        connections[i].redis = dial();
        connections[i].ring = calloc((size_t)options.in_flight, sizeof *connections[i].ring);
    }
    redisReply *reply = redisCommand(connections[0].redis, "SCRIPT LOAD %s", SCRIPT);
    if (!reply || reply->type != REDIS_REPLY_STRING)
        load_fail("script", reply ? reply->str : NULL);
    snprintf(script_id, sizeof script_id, "%s", reply->str);
    freeReplyObject(reply);
    fans = strcmp(options.work, "fan") == 0;
    if (fans)
        subscribers_start();
    run(connections);
    return 0;
}
