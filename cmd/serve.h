/* serve.h - the server: takes commands, decides, records, answers, publishes. */
#ifndef CMD_SERVE_H
#define CMD_SERVE_H

#include "cmd/clock.h"
#include "cmd/feed_out.h"
#include "cmd/loop.h"
#include "cmd/ranges.h"
#include "cmd/scrub.h"
#include "cmd/socket.h"
#include "cmd/turn.h"
#include "core/map.h"

/* An answer that waits for the disk. */
struct parked {
    struct parked *next;
    int64_t ready_at;  /* the log has to be durable up to here */
    uint32_t commands; /* of the key's, in flight */
    struct envelope envelope;
    struct buffer answer;
};

struct counts {
    int64_t accepted, refused, repeated, invalid, busy;
};

struct server {
    struct office *office;
    uv_loop_t loop;
    void *context;
    struct zap *zap;
    void *commands;
    struct zmq_watch *commands_watch;
    struct feed_out feed;
    struct ranges ranges;
    struct loop_word committed, scrubbed;
    struct scrub *scrub;   /* NULL: none is under way */
    int64_t scrubbed_ms;   /* when the last one ended */
    int64_t reader_behind; /* commits since the one that the slowest reader of the log looks at */
    int32_t stuck_reader;  /* process that was too far behind at the last round; 0: none */
    uv_timer_t heartbeat, maintain;
    uv_signal_t signals[2];
    struct parked *oldest, *newest;
    struct bytes_map in_flight; /* CURVE key -> commands not yet answered */
    struct arena arena;
    struct buffer request; /* kept for the next one */
    int64_t flushed;       /* entries handed to the log's thread */
    int64_t released;      /* entries on disk when answers were last released */
    int64_t started_ms;
    bool leapt; /* the time of day is not followed: clock.h */
    bool full;  /* disk watermark */
    bool stopping;
    bool finished;
    int exit_code;
    struct counts counts;
};

/* commands.c: reads what waits on the commands socket, a bounded piece a turn. */
void server_take(void *server);
void server_release(struct server *server);   /* answers and publishes what is durable by now */
void server_hand_over(struct server *server); /* what is staged, if the log's thread is idle */
void server_fail(struct server *server,
                 const struct fault *fault); /* says "unknown" to all who wait, then ends */
void server_pack_health(struct server *server, struct buffer *out);

#endif
