/* codec.c - canonical msgpack, see codec.h.
 *
 * Writing is msgpack-c's, which takes the shortest form by itself. Reading is our own: a cursor
 * that goes once over the bytes and accepts exactly what writing would have made. */
#include "events/codec.h"

#include <msgpack.h>

static int buffer_write(void *data, const char *bytes, size_t size)
{
    buffer_add(data, bytes, size);
    return 0;
}

static msgpack_packer packer_over(struct buffer *out)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, out, buffer_write);
    return packer;
}

void pack_array(struct buffer *out, size_t count)
{
    msgpack_packer packer = packer_over(out);
    msgpack_pack_array(&packer, count);
}

void pack_int(struct buffer *out, int64_t integer)
{
    msgpack_packer packer = packer_over(out);
    msgpack_pack_int64(&packer, integer);
}

void pack_text_n(struct buffer *out, const char *text, size_t length)
{
    msgpack_packer packer = packer_over(out);
    msgpack_pack_str(&packer, length);
    if (length > 0)
        msgpack_pack_str_body(&packer, text, length);
}

void pack_text(struct buffer *out, const char *text)
{
    pack_text_n(out, text, strlen(text));
}

void pack_bytes(struct buffer *out, const void *bytes, size_t size)
{
    msgpack_packer packer = packer_over(out);
    msgpack_pack_bin(&packer, size);
    if (size > 0)
        msgpack_pack_bin_body(&packer, bytes, size);
}

void pack_nil(struct buffer *out)
{
    msgpack_packer packer = packer_over(out);
    msgpack_pack_nil(&packer);
}

void pack_bool(struct buffer *out, bool boolean)
{
    msgpack_packer packer = packer_over(out);
    if (boolean)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
}

void datum_pack(const struct datum *datum, struct buffer *out)
{
    switch (datum->kind) {
    case DATUM_NIL: pack_nil(out); return;
    case DATUM_BOOL: pack_bool(out, datum->boolean); return;
    case DATUM_INT: pack_int(out, datum->integer); return;
    case DATUM_TEXT: pack_text_n(out, datum->text, datum->count); return;
    case DATUM_BYTES: pack_bytes(out, datum->bytes, datum->count); return;
    case DATUM_LIST: break;
    }
    pack_array(out, datum->count);
    for (uint32_t i = 0; i < datum->count; i++)
        datum_pack(&datum->items[i], out);
}

bool text_is_utf8(const char *text, size_t length)
{
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *end = at + length;
    while (at < end) {
        uint64_t eight;
        if (end - at >= 8 && (memcpy(&eight, at, 8), !(eight & 0x8080808080808080u))) {
            at += 8; /* of ASCII */
            continue;
        }
        unsigned more = *at < 0x80   ? 0
                        : *at < 0xc2 ? 9
                        : *at < 0xe0 ? 1
                        : *at < 0xf0 ? 2
                        : *at < 0xf5 ? 3
                                     : 9;
        if (more == 9 || (size_t)(end - at) <= more)
            return false;
        for (unsigned i = 1; i <= more; i++)
            if ((at[i] & 0xc0) != 0x80)
                return false;
        if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
            (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
            return false; /* overlong, surrogate, beyond U+10FFFF */
        at += more + 1;
    }
    return true;
}

/* --- reading --- */

struct cursor {
    const uint8_t *at, *end;
    const struct codec_limits *limits;
    unsigned nodes;
    struct arena *arena;
    const char *wrong; /* NULL while all is well */
};

static bool cursor_stop(struct cursor *cursor, const char *why)
{
    if (!cursor->wrong)
        cursor->wrong = why;
    return false;
}

/* A big-endian number of `size` bytes that must not fit a shorter form, i.e. is at least `least`.
 */
static bool cursor_number(struct cursor *cursor, size_t size, uint64_t least, uint64_t *ret_number)
{
    if ((size_t)(cursor->end - cursor->at) < size)
        return cursor_stop(cursor, "it ends in the middle");
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | *cursor->at++;
    if (number < least)
        return cursor_stop(cursor, "a number is not in its shortest form");
    *ret_number = number;
    return true;
}

static bool cursor_read(struct cursor *cursor, unsigned depth, struct datum *ret_datum);

static bool cursor_list(struct cursor *cursor, unsigned depth, uint64_t count, struct datum *ret)
{
    if (depth >= cursor->limits->depth_max)
        return cursor_stop(cursor, "it is nested too deeply");
    if (count > (uint64_t)(cursor->end - cursor->at))
        return cursor_stop(cursor, "an array claims more than there is");
    if (count > cursor->limits->nodes_max - cursor->nodes)
        return cursor_stop(cursor, "it has too many parts");
    cursor->nodes += (unsigned)count;
    struct datum *items = count ? ARENA_ARRAY(cursor->arena, struct datum, count) : NULL;
    for (uint64_t i = 0; i < count; i++)
        if (!cursor_read(cursor, depth + 1, &items[i]))
            return false;
    *ret = datum_list(items, count);
    return true;
}

static bool cursor_body(struct cursor *cursor, bool is_text, uint64_t size, struct datum *ret)
{
    if (size > (uint64_t)(cursor->end - cursor->at))
        return cursor_stop(cursor, "it ends in the middle");
    const uint8_t *body = cursor->at;
    cursor->at += size;
    if (!is_text)
        *ret = datum_bytes(body, size);
    else if (!text_is_utf8((const char *)body, size))
        return cursor_stop(cursor, "a text is not UTF-8");
    else
        *ret = datum_text_n((const char *)body, size);
    return true;
}

static bool cursor_signed(struct cursor *cursor, uint8_t head, struct datum *ret)
{
    static const int64_t above[] = {-32, INT8_MIN, INT16_MIN,
                                    INT32_MIN}; /* what the shorter form holds */
    size_t size = (size_t)1 << (head - 0xd0);
    uint64_t number = 0;
    if (!cursor_number(cursor, size, 0, &number))
        return false;
    unsigned shift = (unsigned)(64 - 8 * size);
    int64_t integer = (int64_t)(number << shift) >> shift;
    if (integer >= above[head - 0xd0])
        return cursor_stop(cursor, "a number is not in its shortest form");
    *ret = datum_int(integer);
    return true;
}

/* Heads 0xc4 ... 0xdf: those with a length or a wider number behind them. */
static bool cursor_long(struct cursor *cursor, unsigned depth, uint8_t head, struct datum *ret)
{
    uint64_t n = 0;
    switch (head) {
    case 0xc4: return cursor_number(cursor, 1, 0, &n) && cursor_body(cursor, false, n, ret);
    case 0xc5: return cursor_number(cursor, 2, 0x100, &n) && cursor_body(cursor, false, n, ret);
    case 0xc6: return cursor_number(cursor, 4, 0x10000, &n) && cursor_body(cursor, false, n, ret);
    case 0xd9: return cursor_number(cursor, 1, 32, &n) && cursor_body(cursor, true, n, ret);
    case 0xda: return cursor_number(cursor, 2, 0x100, &n) && cursor_body(cursor, true, n, ret);
    case 0xdb: return cursor_number(cursor, 4, 0x10000, &n) && cursor_body(cursor, true, n, ret);
    case 0xdc: return cursor_number(cursor, 2, 16, &n) && cursor_list(cursor, depth, n, ret);
    case 0xdd: return cursor_number(cursor, 4, 0x10000, &n) && cursor_list(cursor, depth, n, ret);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: return cursor_signed(cursor, head, ret);
    case 0xcc:
        if (!cursor_number(cursor, 1, 0x80, &n))
            return false;
        break;
    case 0xcd:
        if (!cursor_number(cursor, 2, 0x100, &n))
            return false;
        break;
    case 0xce:
        if (!cursor_number(cursor, 4, 0x10000, &n))
            return false;
        break;
    case 0xcf:
        if (!cursor_number(cursor, 8, 0x100000000u, &n))
            return false;
        break;
    default: return cursor_stop(cursor, "it holds a float, a map or an extension");
    }
    if (n > INT64_MAX)
        return cursor_stop(cursor, "a number is too large");
    *ret = datum_int((int64_t)n);
    return true;
}

static bool cursor_read(struct cursor *cursor, unsigned depth, struct datum *ret)
{
    if (cursor->at == cursor->end)
        return cursor_stop(cursor, "it ends in the middle");
    uint8_t head = *cursor->at++;
    if (head < 0x80)
        *ret = datum_int(head);
    else if (head >= 0xe0)
        *ret = datum_int((int8_t)head);
    else if (head >= 0xa0 && head < 0xc0)
        return cursor_body(cursor, true, head & 0x1f, ret);
    else if (head >= 0x90 && head < 0xa0)
        return cursor_list(cursor, depth, head & 0x0f, ret);
    else if (head == 0xc0)
        *ret = datum_nil();
    else if (head == 0xc2 || head == 0xc3)
        *ret = datum_bool(head == 0xc3);
    else
        return cursor_long(cursor, depth, head, ret);
    return true;
}

enum status datum_unpack(const void *bytes, size_t size, const struct codec_limits *limits,
                         struct arena *arena, struct datum *ret_datum, struct fault *fault)
{
    if (size > limits->size_max)
        return fault_set(fault, STATUS_INVALID, "%zu bytes are more than the %zu allowed", size,
                         limits->size_max);
    struct cursor cursor = {.at = bytes,
                            .end = (const uint8_t *)bytes + size,
                            .limits = limits,
                            .nodes = 1,
                            .arena = arena};
    struct datum datum = {0};
    if (cursor_read(&cursor, 0, &datum) && cursor.at != cursor.end)
        cursor_stop(&cursor, "something follows after its end");
    if (cursor.wrong)
        return fault_set(fault, STATUS_INVALID, "not canonical msgpack at byte %zu: %s",
                         (size_t)(cursor.at - (const uint8_t *)bytes), cursor.wrong);
    *ret_datum = datum;
    return STATUS_OK;
}

/* --- a list's fields in order --- */

void fields_open(struct fields_reader *reader, const struct datum *list)
{
    *reader =
        (struct fields_reader){.list = list, .ok = list->kind == DATUM_LIST, .what = "an array"};
}

static bool fields_fail(struct fields_reader *reader, const char *what)
{
    if (reader->ok)
        reader->what = what;
    reader->ok = false;
    return false;
}

const struct datum *fields_take(struct fields_reader *reader, const char *what)
{
    static const struct datum nil = {.kind = DATUM_NIL};
    if (!reader->ok || reader->next >= reader->list->count) {
        fields_fail(reader, what);
        return &nil;
    }
    return &reader->list->items[reader->next++];
}

int64_t fields_int(struct fields_reader *reader, const char *what)
{
    const struct datum *item = fields_take(reader, what);
    if (item->kind != DATUM_INT)
        return fields_fail(reader, what);
    return item->integer;
}

struct text_view fields_text(struct fields_reader *reader, const char *what, size_t size_max)
{
    const struct datum *item = fields_take(reader, what);
    if (item->kind != DATUM_TEXT || item->count > size_max) {
        fields_fail(reader, what);
        return (struct text_view){"", 0};
    }
    return (struct text_view){item->text, item->count};
}

struct text_view fields_bytes(struct fields_reader *reader, const char *what, size_t size_min,
                              size_t size_max)
{
    const struct datum *item = fields_take(reader, what);
    if (item->kind != DATUM_BYTES || item->count < size_min || item->count > size_max) {
        fields_fail(reader, what);
        return (struct text_view){NULL, 0};
    }
    return (struct text_view){(const char *)item->bytes, item->count};
}

const struct datum *fields_list(struct fields_reader *reader, const char *what, size_t count_max)
{
    static const struct datum none = {.kind = DATUM_LIST};
    const struct datum *item = fields_take(reader, what);
    if (item->kind != DATUM_LIST || item->count > count_max) {
        fields_fail(reader, what);
        return &none;
    }
    return item;
}

bool fields_done(const struct fields_reader *reader)
{
    return reader->ok && reader->next == reader->list->count;
}
