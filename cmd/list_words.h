/* list_words.h - the words of read models as people read them: states, kinds, outcomes, measures. */
#ifndef CMD_LIST_WORDS_H
#define CMD_LIST_WORDS_H

#include <stdbool.h>

/* Columns whose values are words of the program and not somebody's text. */
bool column_has_words(const char *column);
/* In the language of the command line; the word itself where it is none of ours. */
const char *list_word(const char *word);

#endif
