/* zap.h - the thread that answers ZeroMQ's question who may connect (RFC 27, ZAP).
 *
 * It must be bound before the first socket binds. If it ends in any way but zap_stop(), the process
 * ends: without it nobody new would get in, and on other settings everybody. */
#ifndef CMD_ZAP_H
#define CMD_ZAP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/command.h"
#include "core/fault.h"

struct zap;

struct zap_options {
    /* Called on the thread: may this CURVE key connect to sockets of this domain? */
    bool (*admits)(void *user, const char *domain, const uint8_t curve[KEY_SIZE]);
    void *user;
};

enum status zap_start(void *context, const struct zap_options *options, struct zap **ret_zap,
                      struct fault *fault);
void zap_stop(struct zap *zap);

#endif
