/* loop.c - a ZeroMQ socket in a libuv loop, and a word to it, see loop.h. */
#include "cmd/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "core/check.h"

struct zmq_watch {
    void *socket;
    void (*readable)(void *user);
    void *user;
    uv_poll_t poll;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    int open_handles;
};

static bool is_readable(void *socket)
{
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* its being started is all: the loop does not sleep */
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)poll; /* the loop is awake: the work is on_check's */
    (void)status;
    (void)events;
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct zmq_watch *watch = prepare->data;
    if (is_readable(watch->socket))
        uv_idle_start(&watch->idle, on_idle);
    else
        uv_idle_stop(&watch->idle);
}

static void on_check(uv_check_t *check)
{
    struct zmq_watch *watch = check->data;
    if (is_readable(watch->socket))
        watch->readable(watch->user);
}

struct zmq_watch *zmq_watch_start(uv_loop_t *loop, void *socket, void (*readable)(void *user),
                                  void *user)
{
    struct zmq_watch *watch = calloc(1, sizeof *watch);
    CHECK(watch);
    int descriptor = -1;
    size_t size = sizeof descriptor;
    CHECK(zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size) == 0);
    watch->socket = socket;
    watch->readable = readable;
    watch->user = user;
    watch->poll.data = watch->prepare.data = watch->check.data = watch->idle.data = watch;
    CHECK(uv_poll_init(loop, &watch->poll, descriptor) == 0);
    CHECK(uv_prepare_init(loop, &watch->prepare) == 0);
    CHECK(uv_check_init(loop, &watch->check) == 0);
    CHECK(uv_idle_init(loop, &watch->idle) == 0);
    CHECK(uv_poll_start(&watch->poll, UV_READABLE, on_poll) == 0);
    uv_prepare_start(&watch->prepare, on_prepare);
    uv_check_start(&watch->check, on_check);
    watch->open_handles = 4;
    return watch;
}

static void on_close(uv_handle_t *handle)
{
    struct zmq_watch *watch = handle->data;
    if (--watch->open_handles == 0)
        free(watch);
}

void zmq_watch_stop(struct zmq_watch *watch)
{
    if (!watch)
        return;
    uv_close((uv_handle_t *)&watch->poll, on_close);
    uv_close((uv_handle_t *)&watch->prepare, on_close);
    uv_close((uv_handle_t *)&watch->check, on_close);
    uv_close((uv_handle_t *)&watch->idle, on_close);
}

static void on_word(uv_poll_t *poll, int status, int events)
{
    struct loop_word *word = poll->data;
    eventfd_t said;
    (void)status;
    (void)events;
    if (eventfd_read(word->descriptor, &said) == 0)
        word->heard(word->user);
}

void loop_word_open(uv_loop_t *loop, struct loop_word *word, void (*heard)(void *user), void *user)
{
    *word = (struct loop_word){.heard = heard, .user = user};
    word->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(word->descriptor >= 0);
    CHECK(uv_poll_init(loop, &word->poll, word->descriptor) == 0);
    word->poll.data = word;
    CHECK(uv_poll_start(&word->poll, UV_READABLE, on_word) == 0);
}

void loop_word_say(struct loop_word *word)
{
    /* EAGAIN: so many words are waiting that one more makes no difference. */
    CHECK(eventfd_write(word->descriptor, 1) == 0 || errno == EAGAIN);
}

void loop_word_close(struct loop_word *word)
{
    close(word->descriptor);
}
