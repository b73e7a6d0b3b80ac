/* pack_show.h - a pack in words, line by line: as plain text for a terminal, and the same lines as
 * Markdown for the handbook. core/wording.h has the words. */
#ifndef CORE_PACK_SHOW_H
#define CORE_PACK_SHOW_H

#include "core/wording.h"

struct show {
    struct wording w;
    bool markdown;
};

void show_open(struct show *s, const struct rulebook *book, const struct pack *pack, bool markdown,
               const char *language, struct buffer *out);
void show_close(struct show *s);

/* All that decides a case of it: what it is about, who may not sign with whom, its steps with their
 * conditions and what follows, then the values, parameters and ladders that these mention. */
void show_procedure(struct show *s, const struct procedure *procedure);
void show_duty(struct show *s, const struct duty_def *duty);
void show_board(struct show *s, const struct board_def *board);
/* The parts of the whole pack. */
void show_parameters(struct show *s);
void show_values(struct show *s);
void show_facts(struct show *s);
void show_lists(struct show *s);
void show_ladders(struct show *s);

/* The pack, or one procedure, duty or board of it, as plain text. NULL: the whole pack. The pack is in
 * the book, beside those it uses. */
enum status pack_show(const struct rulebook *book, const struct pack *pack, const char *wanted,
                      const char *language, struct buffer *out, struct fault *fault);

#endif
