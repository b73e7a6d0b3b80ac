/* datum.c - comparing and copying plain data. */
#include "core/datum.h"

bool datum_equal(const struct datum *a, const struct datum *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case DATUM_NIL: return true;
    case DATUM_BOOL: return a->boolean == b->boolean;
    case DATUM_INT: return a->integer == b->integer;
    case DATUM_TEXT:
    case DATUM_BYTES:
        return a->count == b->count && (!a->count || memcmp(a->bytes, b->bytes, a->count) == 0);
    case DATUM_LIST:
        if (a->count != b->count)
            return false;
        for (uint32_t i = 0; i < a->count; i++)
            if (!datum_equal(&a->items[i], &b->items[i]))
                return false;
        return true;
    }
    return false;
}

bool datum_is_text(const struct datum *datum, const char *text)
{
    size_t length = strlen(text);
    return datum->kind == DATUM_TEXT && datum->count == length &&
           memcmp(datum->text, text, length) == 0;
}

struct datum datum_copy(struct arena *arena, const struct datum *datum)
{
    struct datum copy = *datum;
    if (datum->kind == DATUM_TEXT)
        copy.text = arena_text_n(arena, datum->text, datum->count);
    else if (datum->kind == DATUM_BYTES)
        copy.bytes = arena_copy(arena, datum->bytes, datum->count);
    else if (datum->kind == DATUM_LIST) {
        struct datum *items = ARENA_ARRAY(arena, struct datum, datum->count);
        for (uint32_t i = 0; i < datum->count; i++)
            items[i] = datum_copy(arena, &datum->items[i]);
        copy.items = items;
    }
    return copy;
}

struct datum datum_pair(struct arena *arena, struct datum name, struct datum value)
{
    struct datum *items = ARENA_ARRAY(arena, struct datum, 2);
    items[0] = name;
    items[1] = value;
    return datum_list(items, 2);
}

const struct datum *datum_field(const struct datum *record, const char *name)
{
    if (record->kind != DATUM_LIST)
        return NULL;
    for (uint32_t i = 0; i < record->count; i++) {
        const struct datum *pair = &record->items[i];
        if (pair->kind == DATUM_LIST && pair->count == 2 && datum_is_text(&pair->items[0], name))
            return &pair->items[1];
    }
    return NULL;
}
