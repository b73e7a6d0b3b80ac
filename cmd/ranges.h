/* ranges.h - pieces of the log for whoever missed them. PROTOCOL.md section 6. */
#ifndef CMD_RANGES_H
#define CMD_RANGES_H

#include "cmd/loop.h"
#include "cmd/office.h"

struct ranges {
    struct office *office;
    void *socket;
    struct zmq_watch *watch;
    struct arena arena;
    struct buffer message, entries, answer; /* kept: a range is a megabyte */
};

enum status ranges_start(struct ranges *ranges, uv_loop_t *loop, void *context,
                         struct office *office, const char *address, struct fault *fault);
void ranges_stop(struct ranges *ranges);

#endif
