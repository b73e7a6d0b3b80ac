/* symbol.c - texts in an arena, numbers by arrival, found through an open-addressed table of
 * numbers. */
#include "core/symbol.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/check.h"

struct name {
    const char *text;
    uint32_t length;
    uint32_t hash;
};

struct symbol_table {
    struct arena arena;
    struct name *names; /* [0] is never used */
    size_t count;       /* names + 1 */
    size_t capacity;
    uint32_t *slots;
    size_t slot_count; /* power of two */
};

/* Up to seven bytes as a number: ends that overlap, for a copy of so few would be waited for. */
static uint64_t short_word(const char *text, size_t length)
{
    uint32_t first, last;
    if (length < 4)
        return (uint64_t)(unsigned char)text[0] | (uint64_t)(unsigned char)text[length / 2] << 8 |
               (uint64_t)(unsigned char)text[length - 1] << 16;
    memcpy(&first, text, 4);
    memcpy(&last, text + length - 4, 4);
    return (uint64_t)last << 32 | first;
}

static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

/* Eight bytes at a time; it lives in this process only. */
static uint32_t text_hash(const char *text, size_t length)
{
    uint64_t hash = length, word;
    if (length < 8)
        return (uint32_t)mixed(hash, short_word(text, length));
    for (size_t i = 0; i + 8 < length; i += 8) {
        memcpy(&word, text + i, 8);
        hash = mixed(hash, word);
    }
    memcpy(&word, text + length - 8, 8);
    return (uint32_t)mixed(hash, word);
}

struct symbol_table *symbol_table_open(void)
{
    struct symbol_table *table = calloc(1, sizeof *table);
    CHECK(table != NULL);
    arena_init(&table->arena, (size_t)1 << 34);
    table->count = 1;
    table->capacity = 64;
    table->names = calloc(table->capacity, sizeof *table->names);
    table->slot_count = 128;
    table->slots = calloc(table->slot_count, sizeof *table->slots);
    CHECK(table->names != NULL && table->slots != NULL);
    table->names[0].text = "";
    return table;
}

void symbol_table_close(struct symbol_table *table)
{
    if (!table)
        return;
    arena_done(&table->arena);
    free(table->names);
    free(table->slots);
    free(table);
}

static uint32_t *slot_of(const struct symbol_table *table, const char *text, size_t length,
                         uint32_t hash)
{
    for (size_t at = hash & (table->slot_count - 1);; at = (at + 1) & (table->slot_count - 1)) {
        uint32_t *slot = &table->slots[at];
        const struct name *name = &table->names[*slot];
        if (!*slot ||
            (name->hash == hash && name->length == length && memcmp(name->text, text, length) == 0))
            return slot;
    }
}

symbol symbol_find_n(const struct symbol_table *table, const char *text, size_t length)
{
    return length ? *slot_of(table, text, length, text_hash(text, length)) : SYMBOL_NONE;
}

symbol symbol_find(const struct symbol_table *table, const char *text)
{
    return symbol_find_n(table, text, strlen(text));
}

static void table_grow(struct symbol_table *table)
{
    table->capacity *= 2;
    table->names = realloc(table->names, table->capacity * sizeof *table->names);
    free(table->slots);
    table->slot_count = table->capacity * 2;
    table->slots = calloc(table->slot_count, sizeof *table->slots);
    CHECK(table->names != NULL && table->slots != NULL);
    for (size_t i = 1; i < table->count; i++) {
        size_t at = table->names[i].hash & (table->slot_count - 1);
        while (table->slots[at])
            at = (at + 1) & (table->slot_count - 1);
        table->slots[at] = (uint32_t)i;
    }
}

symbol symbol_add_n(struct symbol_table *table, const char *text, size_t length)
{
    if (!length)
        return SYMBOL_NONE;
    uint32_t hash = text_hash(text, length);
    uint32_t *slot = slot_of(table, text, length, hash);
    if (*slot)
        return *slot;
    if (table->count == table->capacity) {
        table_grow(table);
        slot = slot_of(table, text, length, hash);
    }
    table->names[table->count] =
        (struct name){arena_text_n(&table->arena, text, length), (uint32_t)length, hash};
    *slot = (uint32_t)table->count;
    return (symbol)table->count++;
}

symbol symbol_add(struct symbol_table *table, const char *text)
{
    return symbol_add_n(table, text, strlen(text));
}

const char *symbol_text(const struct symbol_table *table, symbol s)
{
    CHECK(s < table->count);
    return table->names[s].text;
}

size_t symbol_count(const struct symbol_table *table)
{
    return table->count - 1;
}

size_t symbol_bytes(const struct symbol_table *table)
{
    return table->arena.used + table->capacity * sizeof *table->names +
           table->slot_count * sizeof *table->slots;
}
