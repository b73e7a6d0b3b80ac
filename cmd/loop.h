/* loop.h - a ZeroMQ socket in a libuv loop, and a word from another thread to it.
 *
 * ZMQ_FD is edge-triggered and says only "look again": sending, or reading half of what is there,
 * may leave a readable socket without a new edge. So the file descriptor merely wakes the loop;
 * before it sleeps (prepare) ZMQ_EVENTS is read again and an idle handle keeps it awake while
 * anything is left, and after it woke (check) the socket is worked on, a bounded piece a turn. */
#ifndef CMD_LOOP_H
#define CMD_LOOP_H

#include <uv.h>

struct zmq_watch;

/* `readable` does a bounded piece of work; it is called again while the socket is readable. */
struct zmq_watch *zmq_watch_start(uv_loop_t *loop, void *socket, void (*readable)(void *user),
                                  void *user);
void zmq_watch_stop(struct zmq_watch *watch); /* frees it once the loop let go of it */

/* A thread's word to the loop: several in a row may be heard as one. It does what uv_async_t is
 * for, without that one's wait: there the loop spins until the sender has left its call, and where
 * both want the same core, that is until its time is over. */
struct loop_word {
    uv_poll_t poll;
    int descriptor;
    void (*heard)(void *user);
    void *user;
};

void loop_word_open(uv_loop_t *loop, struct loop_word *word, void (*heard)(void *user), void *user);
void loop_word_say(struct loop_word *word); /* from any thread */
/* When the loop has let go of its handle, and nobody says anything any more. */
void loop_word_close(struct loop_word *word);

#endif
