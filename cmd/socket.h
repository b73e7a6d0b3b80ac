/* socket.h - sockets as every process of ours opens them: CURVE, a ZAP domain, limits, and how a
 * message of one frame is taken from a ROUTER and answered. */
#ifndef CMD_SOCKET_H
#define CMD_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/wire/keyfile.h"
#include "core/fault.h"

/* A ZeroMQ context whose threads are never interrupted: its first socket starts them, and they inherit
 * a full signal mask. */
void *socket_context(unsigned peers);

struct serve_options {
    int type;           /* ZMQ_ROUTER, ZMQ_XPUB */
    const char *domain; /* of ZAP; not empty */
    const struct server_key *key;
    int send_hwm;        /* 0: SEND_HWM */
    const char *address; /* tcp://127.0.0.1:7701 */
};

enum status socket_serve(void *context, const struct serve_options *options, void **ret_socket,
                         struct fault *fault);
/* A client's socket; the keys are its own and the server's public one. */
enum status socket_connect(void *context, int type, const uint8_t curve_public[KEY_SIZE],
                           const uint8_t curve_secret[KEY_SIZE],
                           const uint8_t server_public[KEY_SIZE], const char *address,
                           void **ret_socket, struct fault *fault);

#define ROUTE_SIZE_MAX 256

struct envelope { /* who sent a message to a ROUTER */
    uint8_t route[ROUTE_SIZE_MAX];
    size_t route_size;
    uint8_t user[KEY_SIZE]; /* CURVE key that ZAP let in */
};

/* Takes one message that is waiting: 1 taken (its frame copied into `out`), 0 nothing there, -1
 * dropped (more than one frame, or no known user). */
struct buffer;
int socket_take(void *router, struct envelope *ret_envelope, struct buffer *out);
/* Never waits; false if the peer is gone or does not read: it will ask again. */
bool socket_answer(void *router, const struct envelope *envelope, const void *bytes, size_t size);

/* Open files for so many peers. */
void socket_allow_peers(unsigned peers);

#endif
