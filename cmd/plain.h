/* plain.h - texts of others on a terminal. What came from outside may hold sequences that move the
 * cursor, colour, hide or reorder what is shown; all that is printed for people goes through here
 * and shows them as \x1b or \u009b. JSON and CSV are for programs and are not changed. */
#ifndef CMD_PLAIN_H
#define CMD_PLAIN_H

#include <stdio.h>

#include "core/buffer.h"

/* One line, whatever the texts in it hold; a newline is put behind it. */
void plain_line(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A text of several lines, its newlines kept. */
void plain_text(FILE *out, const char *text);
/* The text, with each byte that is not UTF-8 as \xff. */
void utf8_add(struct buffer *out, const char *text);

#endif
