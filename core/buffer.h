/* buffer.h - bytes or text that grow at the end. Owns its memory; always NUL-terminated. */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    char *data; /* NULL while empty */
    size_t size;
    size_t capacity;
};

void buffer_init(struct buffer *buffer);
void buffer_done(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory */
void buffer_reserve(struct buffer *buffer, size_t more);
/* In the header because every field of every entry passes here. */
static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
    if (buffer->size + size >= buffer->capacity)
        buffer_reserve(buffer, size);
    if (size)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_char(struct buffer *buffer, char c);
void buffer_addf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *buffer_text(
    const struct buffer *buffer); /* "" while empty; lent until the next change */

#endif
