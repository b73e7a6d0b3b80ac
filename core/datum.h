/* datum.h - plain data as it travels and is kept: the six kinds that the wire and the log know.
 *
 * Richer kinds are written with these (events/FORMAT.md):
 *   date "2026-01-30" · period "P5WD" · number int, or text "2/3" · list member text ·
 *   subject "person:li" · case int · year, half, quarter, month "2026-Q1" ·
 *   record [[name, datum], ...] · table [[member, record], ...] ·
 *   free text: 32 bytes, the commitment; the text itself lies beside the entry, sealed. */
#ifndef CORE_DATUM_H
#define CORE_DATUM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/arena.h"

enum datum_kind { DATUM_NIL, DATUM_BOOL, DATUM_INT, DATUM_TEXT, DATUM_BYTES, DATUM_LIST };

struct datum {
    enum datum_kind kind;
    uint32_t count; /* bytes of a text (without NUL) or of bytes; items of a list */
    union {
        bool boolean;
        int64_t integer;
        const char *text; /* not NUL-terminated when lent from a message */
        const uint8_t *bytes;
        const struct datum *items;
    };
};

#define DATUM_DEPTH_MAX 6
#define DATUM_NODES_MAX 4096

static inline struct datum datum_nil(void)
{
    return (struct datum){.kind = DATUM_NIL};
}

static inline struct datum datum_bool(bool boolean)
{
    return (struct datum){.kind = DATUM_BOOL, .boolean = boolean};
}

static inline struct datum datum_int(int64_t integer)
{
    return (struct datum){.kind = DATUM_INT, .integer = integer};
}

static inline struct datum datum_text_n(const char *text, size_t length)
{
    return (struct datum){.kind = DATUM_TEXT, .count = (uint32_t)length, .text = text};
}

static inline struct datum datum_text(const char *text)
{
    return datum_text_n(text, strlen(text));
}

static inline struct datum datum_bytes(const void *bytes, size_t size)
{
    return (struct datum){.kind = DATUM_BYTES, .count = (uint32_t)size, .bytes = bytes};
}

static inline struct datum datum_list(const struct datum *items, size_t count)
{
    return (struct datum){.kind = DATUM_LIST, .count = (uint32_t)count, .items = items};
}

bool datum_equal(const struct datum *a, const struct datum *b);
bool datum_is_text(const struct datum *datum, const char *text);
struct datum datum_copy(struct arena *arena, const struct datum *datum); /* deep; texts get a NUL */
struct datum datum_pair(struct arena *arena, struct datum name, struct datum value);

/* The value beside `name` in a record [[name, datum], ...]; NULL if there is none. */
const struct datum *datum_field(const struct datum *record, const char *name);

#endif
