/* feed_out.h - the feed: what was committed, and each second how far the log is. PROTOCOL.md
 * section 5. */
#ifndef CMD_FEED_OUT_H
#define CMD_FEED_OUT_H

#include "cmd/loop.h"
#include "cmd/office.h"

struct feed_out {
    struct office *office;
    void *context;
    uv_loop_t *loop;
    char address[ADDRESS_SIZE];
    void *socket; /* NULL while it is being opened again */
    struct zmq_watch *watch;
    int64_t next;                   /* entry to be published next */
    unsigned subscribers;           /* to everything */
    unsigned listeners;             /* to heads alone, after each commit */
    struct buffer entries, message; /* kept for the next batch */
};

enum status feed_out_start(struct feed_out *feed, uv_loop_t *loop, void *context,
                           struct office *office, const char *address, struct fault *fault);
void feed_out_publish(struct feed_out *feed); /* all that is durable by now */
void feed_out_heartbeat(
    struct feed_out *feed); /* each second; opens the socket again after feed_out_cut() */
void feed_out_cut(struct feed_out *feed); /* everybody has to connect, and be admitted, again */
void feed_out_stop(struct feed_out *feed);

#endif
