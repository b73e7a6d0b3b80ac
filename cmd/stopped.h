/* stopped.h - channels that somebody has stopped: DIR/run/stopped, a line each.
 *
 *     CHANNEL MEMBER 2026-01-30T00:50:00Z
 *
 * Written aside, flushed and renamed before a stop is answered, so that it holds over any restart. */
#ifndef CMD_STOPPED_H
#define CMD_STOPPED_H

#include "core/command.h"
#include "core/fault.h"
#include "projections/queue.h"

struct stopped {
    char path[4096];
    struct stopped_channel {
        char channel[CHANNEL_NAME_MAX + 1];
        char member[NAME_SIZE_MAX + 1];
        char since[32];
    } channels[QUEUE_CHANNELS_MAX];
    unsigned count;
};

enum status stopped_open(const char *directory, struct stopped *ret_stopped, struct fault *fault);
/* `channel` is_channel_name(). STATUS_FULL: too many; STATUS_IO: it could not be written, and nothing has changed. */
enum status stopped_set(struct stopped *stopped, const char *channel, const char *member, bool stop,
                        int64_t now_us, struct fault *fault);
const struct stopped_channel *stopped_find(const struct stopped *stopped,
                                           const char *channel); /* NULL */

#endif
