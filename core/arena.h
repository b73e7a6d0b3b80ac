/* arena.h - memory that is freed all at once: one arena a turn, a request, a pack.
 *
 * Memory comes zeroed, aligned to 16. An arena has a limit; beyond it arena_take() ends the process
 * through CHECK, so whoever feeds an arena from outside bounds the input first. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    struct arena_block *spare; /* empty and zeroed */
    size_t used;               /* bytes handed out */
    size_t limit;              /* bytes it may hand out; 0: ARENA_LIMIT_DEFAULT */
};

#define ARENA_LIMIT_DEFAULT ((size_t)1 << 30)

void arena_init(struct arena *arena, size_t limit);
void arena_done(struct arena *arena);  /* frees everything */
void arena_reset(struct arena *arena); /* forgets everything, keeps some blocks for the next turn */
/* What is taken behind a mark may be taken back alone, innermost marks first. */
struct arena_mark {
    struct arena_block *block;
    size_t block_used, used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, const struct arena_mark *mark);
void *arena_take(struct arena *arena, size_t size);
char *arena_text(struct arena *arena, const char *text);                  /* copies */
char *arena_text_n(struct arena *arena, const char *text, size_t length); /* copies, adds NUL */
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type) ((type *)arena_take((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count)                                                            \
    ((type *)arena_take((arena), sizeof(type) * (size_t)(count)))

#endif
