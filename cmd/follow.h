/* follow.h - a process that follows the log: the feed for what is new, ranges for what was missed.
 *
 * PROTOCOL.md sections 5 and 6. Runs in the process's libuv loop; `each` is called for every entry
 * in order, `batch` after each batch, so that position and data can be committed together.
 *
 * On the log's own machine the feed says no more than how long the log is, and the entries are read
 * where they lie (beside.h): nothing is encrypted, sent and copied for each follower. What is not
 * announced as durable is not looked at. Where that fails, entries come over ZeroMQ. */
#ifndef CMD_FOLLOW_H
#define CMD_FOLLOW_H

#include <uv.h>

#include "cmd/loop.h"
#include "cmd/wire/keyfile.h"
#include "events/follower.h"
#include "events/log_store.h"

#define RANGES_AHEAD 3 /* while one answer is on its way, the server reads the next */

struct follow {
    uv_loop_t *loop;
    void *context;
    const struct server_info *server;
    const struct server_key *key;
    follower_each *each;
    void (*batch)(void *user); /* after each batch that brought something; may be NULL */
    void (*stopped)(
        void *user,
        const struct fault *); /* an entry was refused or proves nothing: nothing more comes */
    struct log_store *store;   /* lent; NULL: entries come over ZeroMQ */
    void *user;
    void (*closed)(void *user); /* behind follow_stop(); may be NULL */
    /* inside */
    struct follower follower;
    int64_t size;             /* of the log, as last heard */
    int64_t head_recorded_us; /* when an entry was recorded that was the newest one not long ago */
    /* Questions for ranges are counted; answers come in their order, or not at all. */
    int64_t asked, answered;
    struct {
        int64_t from, to;
    } questions[RANGES_AHEAD]; /* the newest ones, by their number */
    int64_t ask_next;          /* the next one begins here */
    int64_t fits;              /* entries that go into one answer, as far as known; 0: not yet */
    int64_t head_questions, head_asked;
    int64_t heard_ms, asked_ms;
    bool halted;
    void *feed, *ranges;
    struct zmq_watch *feed_watch, *ranges_watch;
    uv_timer_t timer;
    uv_idle_t reading; /* active while there is more to be read in place */
    unsigned handles;
    struct arena arena;
};

/* `next` and `leaf`: where it left off. */
enum status follow_start(struct follow *follow, int64_t next, const uint8_t leaf[DIGEST_SIZE],
                         struct fault *fault);
/* From now on in place. */
void follow_beside(struct follow *follow, struct log_store *store);
/* The memory has to stay until the loop has closed the handles. */
void follow_stop(struct follow *follow);
int64_t follow_lag(const struct follow *follow); /* entries known to exist and not yet taken */

#endif
