/* plain.c - see plain.h. */
#include "cmd/plain.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/check.h"
#include "events/codec.h"

/* Bytes of the character that begins here; 0: this byte is not UTF-8. */
static size_t character_size(const char *at)
{
    unsigned char first = (unsigned char)*at;
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return strnlen(at, size) == size && text_is_utf8(at, size) ? size : 0;
}

static unsigned code_of(const char *at, size_t size)
{
    unsigned code = (unsigned char)*at & (size == 1 ? 0x7fu : 0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++)
        code = code << 6 | ((unsigned char)at[i] & 0x3fu);
    return code;
}

/* C0, delete, C1; separators of lines, and what turns the order of writing. */
static bool is_control(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static void shown_add(struct buffer *out, const char *text, bool shows_controls,
                      bool keeps_newlines)
{
    for (size_t size; *text; text += size ? size : 1) {
        size = character_size(text);
        unsigned code = size ? code_of(text, size) : (unsigned char)*text;
        bool kept = !shows_controls || !is_control(code) || (keeps_newlines && code == '\n');
        if (size && kept)
            buffer_add(out, text, size);
        else
            buffer_addf(out, size > 1 ? "\\u%04x" : "\\x%02x", code);
    }
}

void plain_line(FILE *out, const char *format, ...)
{
    struct buffer line;
    char *text = NULL;
    va_list args;
    va_start(args, format);
    CHECK(vasprintf(&text, format, args) >= 0);
    va_end(args);
    buffer_init(&line);
    shown_add(&line, text, true, false);
    fprintf(out, "%s\n", buffer_text(&line));
    buffer_done(&line);
    free(text);
}

void plain_text(FILE *out, const char *text)
{
    struct buffer shown;
    buffer_init(&shown);
    shown_add(&shown, text, true, true);
    fputs(buffer_text(&shown), out);
    buffer_done(&shown);
}

void utf8_add(struct buffer *out, const char *text)
{
    shown_add(out, text, false, false);
}
