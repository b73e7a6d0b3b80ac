/* question.h - queries and jobs on the wire: "jq1" in, "jb1" out. PROTOCOL.md sections 7 and 8. */
#ifndef CMD_WIRE_QUESTION_H
#define CMD_WIRE_QUESTION_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/command.h"
#include "core/datum.h"
#include "core/fault.h"

struct question {
    int64_t id; /* -1 while not even that could be read */
    struct text_view name;
    struct datum args; /* [[name, datum], ...] */
    int64_t at_least;
};

/* Lent from `bytes`, lists from the arena. */
enum status question_read(const void *bytes, size_t size, struct arena *arena, struct question *ret,
                          struct fault *fault);

struct reply {
    int64_t id;
    const char *status;
    int64_t position;
    const void *rows; /* msgpack rows one after the other */
    size_t rows_size, row_count;
    const void *next; /* NULL: none */
    size_t next_size;
};

void reply_write(const struct reply *reply, struct buffer *out);
/* A reply with one row [text]. */
void reply_text(int64_t id, const char *status, int64_t position, const char *text,
                struct buffer *out);

#endif
