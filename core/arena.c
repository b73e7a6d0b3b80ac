/* arena.c - blocks in a chain; the newest is handed out from, bigger requests get their own. */
#include "core/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"

#define BLOCK_SIZE  ((size_t)32 * 1024)
#define BLOCKS_KEPT 64 /* by a reset: 2 MiB */

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(16) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){.limit = limit ? limit : ARENA_LIMIT_DEFAULT};
}

static void blocks_free(struct arena_block *block)
{
    for (struct arena_block *next; block; block = next) {
        next = block->next;
        free(block);
    }
}

void arena_done(struct arena *arena)
{
    blocks_free(arena->blocks);
    blocks_free(arena->spare);
    arena->blocks = arena->spare = NULL;
    arena->used = 0;
}

/* A bundle of commands is one request: its blocks stay for the next one. */
void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;
    unsigned count = 0;
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        if (block->size > BLOCK_SIZE || count == BLOCKS_KEPT) {
            free(block);
            continue;
        }
        memset(block->bytes, 0, block->used);
        block->used = 0;
        block->next = kept;
        kept = block;
        count++;
    }
    for (struct arena_block *block = arena->spare, *next; block; block = next) {
        next = block->next;
        if (count++ < BLOCKS_KEPT) {
            block->next = kept;
            kept = block;
        } else {
            free(block);
        }
    }
    arena->blocks = NULL;
    arena->spare = kept;
    arena->used = 0;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    return (struct arena_mark){block, block ? block->used : 0, arena->used};
}

/* Blocks behind the mark's are newer, so they come before it in the chain. */
void arena_release(struct arena *arena, const struct arena_mark *mark)
{
    while (arena->blocks != mark->block) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        if (block->size > BLOCK_SIZE) {
            free(block);
            continue;
        }
        memset(block->bytes, 0, block->used);
        block->used = 0;
        block->next = arena->spare;
        arena->spare = block;
    }
    if (mark->block) {
        memset(mark->block->bytes + mark->block_used, 0, mark->block->used - mark->block_used);
        mark->block->used = mark->block_used;
    }
    arena->used = mark->used;
}

static struct arena_block *block_add(struct arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct arena_block *block = size <= BLOCK_SIZE ? arena->spare : NULL;
    if (block)
        arena->spare = block->next;
    else
        block = calloc(1, sizeof *block + room);
    CHECK(block != NULL);
    block->size = room;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_take(struct arena *arena, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    CHECK(size <= arena->limit - arena->used);
    struct arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size)
        block = block_add(arena, size);
    void *taken = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    return taken;
}

char *arena_text_n(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_take(arena, length + 1);
    if (length)
        memcpy(copy, text, length);
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_text_n(arena, text, strlen(text));
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    void *copy = arena_take(arena, size);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    char *text = arena_take(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
