/* intake.h - bytes from outside become a request, or are told what is wrong with them. PROTOCOL.md
 * section 4 and 6. */
#ifndef CMD_INTAKE_H
#define CMD_INTAKE_H

#include "core/arena.h"
#include "events/entry.h"

enum request_kind {
    REQUEST_COMMAND,
    REQUEST_BUNDLE,
    REQUEST_LOOKUP,
    REQUEST_HEALTH,
    REQUEST_CHECKPOINT,
    REQUEST_RANGE,
    REQUEST_KIND_COUNT
};

struct request_context {
    uint8_t causation[COMMAND_ID_SIZE]; /* zeroes: none */
    uint8_t correlation[COMMAND_ID_SIZE];
    struct text_view trace;
};

struct request { /* lent from the message; lists from the arena */
    int64_t id;  /* -1: unreadable, nothing can be answered */
    enum request_kind kind;
    struct text_view *commands; /* one, or those of a bundle */
    struct text_view *payloads; /* data NULL: none */
    uint32_t count;
    int64_t algorithm;
    const uint8_t *key, *signature;
    const char *language;
    struct request_context context;
    const uint8_t *command_id;          /* lookup */
    int64_t from, count_max, bytes_max; /* range */
};

enum status request_read(const void *bytes, size_t size, struct arena *arena,
                         struct request *ret_request, struct fault *fault);

#endif
