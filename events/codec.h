/* codec.h - canonical msgpack: the one form that data has on the wire, under a signature and in the
 * log.
 *
 * Shortest integers, no floats, no maps, no extension types, texts are UTF-8, nothing behind the
 * end: so that equal data are equal bytes. Reading never trusts a declared length: an array that
 * claims more items than bytes remain is refused before anything is taken for it. */
#ifndef EVENTS_CODEC_H
#define EVENTS_CODEC_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/command.h"
#include "core/datum.h"
#include "core/fault.h"

struct codec_limits {
    size_t size_max;
    unsigned depth_max; /* nested arrays */
    unsigned nodes_max;
};

/* Texts and bytes are lent from `bytes`, lists are taken from `arena`. */
enum status datum_unpack(const void *bytes, size_t size, const struct codec_limits *limits,
                         struct arena *arena, struct datum *ret_datum, struct fault *fault);
void datum_pack(const struct datum *datum, struct buffer *out);

/* Writers for those who build a message piece by piece. */
void pack_array(struct buffer *out, size_t count);
void pack_int(struct buffer *out, int64_t integer);
void pack_text(struct buffer *out, const char *text);
void pack_text_n(struct buffer *out, const char *text, size_t length);
void pack_bytes(struct buffer *out, const void *bytes, size_t size);
void pack_nil(struct buffer *out);
void pack_bool(struct buffer *out, bool boolean);

bool text_is_utf8(const char *text, size_t length);

/* A reader of a list's items in order: the first that is not of the kind asked for makes `ok`
 * false. */
struct fields_reader {
    const struct datum *list;
    uint32_t next;
    bool ok;
    const char *what; /* the field that failed, for the fault */
};

void fields_open(struct fields_reader *reader, const struct datum *list);
const struct datum *fields_take(struct fields_reader *reader, const char *what);
int64_t fields_int(struct fields_reader *reader, const char *what);
struct text_view fields_text(struct fields_reader *reader, const char *what, size_t size_max);
struct text_view fields_bytes(struct fields_reader *reader, const char *what, size_t size_min,
                              size_t size_max);
const struct datum *fields_list(struct fields_reader *reader, const char *what, size_t count_max);
bool fields_done(const struct fields_reader *reader); /* all was well and nothing is left */

#endif
