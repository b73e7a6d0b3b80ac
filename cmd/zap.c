/* zap.c - who may connect, see zap.h. */
#include "cmd/zap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "cmd/trace.h"
#include "core/check.h"

#define FRAMES_MAX     8
#define FRAME_SIZE_MAX 256

struct zap {
    void *socket;  /* REP, the thread's after it started */
    void *control; /* PAIR, the owner's end */
    void *listen;  /* PAIR, the thread's end */
    struct zap_options options;
    pthread_t thread;
};

struct frame {
    uint8_t bytes[FRAME_SIZE_MAX];
    size_t size;
};

enum {
    FRAME_VERSION,
    FRAME_ID,
    FRAME_DOMAIN,
    FRAME_ADDRESS,
    FRAME_IDENTITY,
    FRAME_MECHANISM,
    FRAME_CREDENTIALS,
    FRAME_COUNT
};

/* Reads a whole request; how many frames it had, or -1. */
static int request_take(void *socket, struct frame frames[FRAMES_MAX])
{
    int count = 0;
    int more = 1;
    while (more) {
        struct frame spare;
        struct frame *frame = count < FRAMES_MAX ? &frames[count] : &spare;
        int size = zmq_recv(socket, frame->bytes, sizeof frame->bytes, 0);
        if (size < 0)
            return -1;
        frame->size = (size_t)size;
        count++;
        size_t length = sizeof more;
        zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &length);
    }
    return count;
}

static bool frame_is(const struct frame *frame, const char *text)
{
    return frame->size == strlen(text) && memcmp(frame->bytes, text, frame->size) == 0;
}

static bool admits(const struct zap *zap, int count, const struct frame frames[FRAMES_MAX])
{
    if (count != FRAME_COUNT || !frame_is(&frames[FRAME_VERSION], "1.0") ||
        !frame_is(&frames[FRAME_MECHANISM], "CURVE") ||
        frames[FRAME_CREDENTIALS].size != KEY_SIZE || frames[FRAME_DOMAIN].size >= FRAME_SIZE_MAX)
        return false;
    char domain[FRAME_SIZE_MAX] = {0};
    memcpy(domain, frames[FRAME_DOMAIN].bytes, frames[FRAME_DOMAIN].size);
    return zap->options.admits(zap->options.user, domain, frames[FRAME_CREDENTIALS].bytes);
}

static bool request_answer(void *socket, const struct frame *id, bool admitted,
                           const uint8_t *curve)
{
    char user[2 * KEY_SIZE + 1] = "";
    if (admitted)
        sodium_bin2hex(user, sizeof user, curve, KEY_SIZE);
    return zmq_send(socket, "1.0", 3, ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, id->bytes, id->size, ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, admitted ? "200" : "400", 3, ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, "", 0, ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, user, strlen(user), ZMQ_SNDMORE) >= 0 &&
           zmq_send(socket, "", 0, 0) >= 0;
}

static void *zap_thread(void *user)
{
    struct zap *zap = user;
    struct frame frames[FRAMES_MAX];
    for (;;) {
        zmq_pollitem_t items[] = {{zap->socket, 0, ZMQ_POLLIN, 0}, {zap->listen, 0, ZMQ_POLLIN, 0}};
        if (zmq_poll(items, 2, -1) < 0 && errno != EINTR)
            break;
        if (items[1].revents & ZMQ_POLLIN) {
            zmq_close(zap->socket);
            zmq_close(zap->listen);
            return NULL;
        }
        if (!(items[0].revents & ZMQ_POLLIN))
            continue;
        memset(frames, 0, sizeof frames);
        int count = request_take(zap->socket, frames);
        if (count < 0 || !request_answer(zap->socket, &frames[FRAME_ID], admits(zap, count, frames),
                                         frames[FRAME_CREDENTIALS].bytes))
            break;
    }
    trace("fatal", "reason=\"the thread that decides who may connect ended\"");
    _exit(2);
}

enum status zap_start(void *context, const struct zap_options *options, struct zap **ret_zap,
                      struct fault *fault)
{
    static int instance; /* an address of its own for each context of a process */
    char address[64];
    struct zap *zap = calloc(1, sizeof *zap);
    CHECK(zap);
    zap->options = *options;
    snprintf(address, sizeof address, "inproc://zap-control-%d", instance++);
    zap->socket = zmq_socket(context, ZMQ_REP);
    zap->control = zmq_socket(context, ZMQ_PAIR);
    zap->listen = zmq_socket(context, ZMQ_PAIR);
    CHECK(zap->socket && zap->control && zap->listen);
    bool good = zmq_bind(zap->socket, "inproc://zeromq.zap.01") == 0 &&
                zmq_bind(zap->control, address) == 0 && zmq_connect(zap->listen, address) == 0;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    good = good && pthread_create(&zap->thread, NULL, zap_thread, zap) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!good) {
        zmq_close(zap->socket);
        zmq_close(zap->control);
        zmq_close(zap->listen);
        free(zap);
        return fault_set(fault, STATUS_IO, "cannot start the thread that decides who may connect");
    }
    *ret_zap = zap;
    return STATUS_OK;
}

void zap_stop(struct zap *zap)
{
    if (!zap)
        return;
    zmq_send(zap->control, "", 0, 0);
    pthread_join(zap->thread, NULL);
    zmq_close(zap->control);
    free(zap);
}
