/* socket.c - sockets as every process of ours opens them, see socket.h. */
#include "cmd/socket.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <zmq.h>

#include "cmd/limits.h"
#include "core/buffer.h"
#include "core/check.h"

/* In the draft part of zmq.h, but served by number: without it a dead ZAP handler lets everybody
 * in. */
#define OPTION_ZAP_ENFORCE_DOMAIN 93

void *socket_context(unsigned peers)
{
    sigset_t all, before;
    void *context = zmq_ctx_new();
    CHECK(context != NULL);
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, (int)peers);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    void *first = zmq_socket(context, ZMQ_PAIR);
    zmq_close(first);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return context;
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_common(void *socket, int message_size_max)
{
    int64_t size = message_size_max;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size, sizeof size) == 0 &&
           set_int(socket, ZMQ_LINGER, LINGER_MS) &&
           set_int(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set_int(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
           set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
           set_int(socket, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TTL_MS);
}

static bool set_server(void *socket, const struct serve_options *options)
{
    bool good =
        set_common(socket, MESSAGE_SIZE_MAX) && set_int(socket, ZMQ_CURVE_SERVER, 1) &&
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, options->key->curve_secret, KEY_SIZE) == 0 &&
        zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, options->domain, strlen(options->domain)) == 0 &&
        set_int(socket, OPTION_ZAP_ENFORCE_DOMAIN, 1) && set_int(socket, ZMQ_RCVHWM, RECEIVE_HWM) &&
        set_int(socket, ZMQ_SNDHWM, options->send_hwm ? options->send_hwm : SEND_HWM) &&
        set_int(socket, ZMQ_BACKLOG, BACKLOG);
    if (options->type == ZMQ_ROUTER)
        good = good && set_int(socket, ZMQ_ROUTER_MANDATORY, 1) &&
               set_int(socket, ZMQ_ROUTER_HANDOVER, 0);
    if (options->type == ZMQ_XPUB)
        good = good && set_int(socket, ZMQ_XPUB_MANUAL, 1);
    return good;
}

enum status socket_serve(void *context, const struct serve_options *options, void **ret_socket,
                         struct fault *fault)
{
    CHECK(options->domain[0] != '\0');
    void *socket = zmq_socket(context, options->type);
    if (!socket)
        return fault_set(fault, STATUS_IO, "cannot make a socket: %s", zmq_strerror(errno));
    if (!set_server(socket, options)) {
        zmq_close(socket);
        return fault_set(
            fault, STATUS_IO,
            "this libzmq does not know an option that keeps strangers out; use 4.3.4 or later");
    }
    if (zmq_bind(socket, options->address) != 0) {
        int error = errno;
        set_int(socket, ZMQ_LINGER, 0);
        zmq_close(socket);
        return fault_set(fault, STATUS_IO, "cannot listen on %s: %s", options->address,
                         zmq_strerror(error));
    }
    *ret_socket = socket;
    return STATUS_OK;
}

enum status socket_connect(void *context, int type, const uint8_t curve_public[KEY_SIZE],
                           const uint8_t curve_secret[KEY_SIZE],
                           const uint8_t server_public[KEY_SIZE], const char *address,
                           void **ret_socket, struct fault *fault)
{
    void *socket = zmq_socket(context, type);
    if (!socket)
        return fault_set(fault, STATUS_IO, "cannot make a socket: %s", zmq_strerror(errno));
    bool good = set_common(socket, ANSWER_SIZE_MAX) &&
                zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_public, KEY_SIZE) == 0 &&
                zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, curve_public, KEY_SIZE) == 0 &&
                zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, curve_secret, KEY_SIZE) == 0 &&
                set_int(socket, ZMQ_LINGER, 0) && set_int(socket, ZMQ_RECONNECT_IVL, 100) &&
                set_int(socket, ZMQ_RECONNECT_IVL_MAX, 2000);
    if (type != ZMQ_SUB)
        good = good && set_int(socket, ZMQ_IMMEDIATE, 1);
    if (!good || zmq_connect(socket, address) != 0) {
        int error = errno;
        zmq_close(socket);
        return fault_set(fault, STATUS_IO, "cannot connect to %s: %s", address,
                         zmq_strerror(error));
    }
    *ret_socket = socket;
    return STATUS_OK;
}

/* libzmq 4.3.4 loses the metadata of a ROUTER's first frame, so the user is read from the last one.
 */
static bool user_of(zmq_msg_t *frame, uint8_t ret_user[KEY_SIZE])
{
    const char *user = zmq_msg_gets(frame, "User-Id");
    size_t made = 0;
    return user && sodium_hex2bin(ret_user, KEY_SIZE, user, strlen(user), NULL, &made, NULL) == 0 &&
           made == KEY_SIZE;
}

int socket_take(void *router, struct envelope *ret_envelope, struct buffer *out)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, router, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&frame);
        return 0;
    }
    unsigned frames = 1;
    bool good = zmq_msg_size(&frame) <= ROUTE_SIZE_MAX;
    ret_envelope->route_size = good ? zmq_msg_size(&frame) : 0;
    memcpy(ret_envelope->route, zmq_msg_data(&frame), ret_envelope->route_size);
    buffer_clear(out);
    while (zmq_msg_more(&frame)) { /* a message arrives whole, so its other frames are there */
        if (zmq_msg_recv(&frame, router, ZMQ_DONTWAIT) < 0)
            break;
        if (++frames == 2 && good) {
            good = user_of(&frame, ret_envelope->user);
            buffer_add(out, zmq_msg_data(&frame), zmq_msg_size(&frame));
        }
    }
    zmq_msg_close(&frame);
    return good && frames == 2 ? 1 : -1;
}

static bool route_begin(void *router, const struct envelope *envelope)
{
    return zmq_send(router, envelope->route, envelope->route_size, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0;
}

/* What a peer has read is told by a command, and a socket that is busy looks at its commands only
 * now and then: before a peer counts as one that does not read, they are looked at. */
bool socket_answer(void *router, const struct envelope *envelope, const void *bytes, size_t size)
{
    int events;
    size_t events_size = sizeof events;
    if (!route_begin(router, envelope) &&
        (zmq_getsockopt(router, ZMQ_EVENTS, &events, &events_size) != 0 ||
         !route_begin(router, envelope)))
        return false;
    return zmq_send(router, bytes, size, ZMQ_DONTWAIT) >= 0;
}

void socket_allow_peers(unsigned peers)
{
    struct rlimit files;
    rlim_t wanted = (rlim_t)peers * 2 + 64;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
        return;
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &files);
}
