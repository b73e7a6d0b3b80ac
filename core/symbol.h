/* symbol.h - names as small numbers.
 *
 * A name of a pack, a subject id, a member id: each different text is kept once, for the life of
 * its table, and known by a number. Equal numbers mean equal texts. 0 is "no name".
 * Numbers are given in order of arrival and so mean nothing outside one process: never store one.
 */
#ifndef CORE_SYMBOL_H
#define CORE_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t symbol; /* the one typedef of this project: a number with a meaning of its own */

#define SYMBOL_NONE 0u

struct symbol_table;

struct symbol_table *symbol_table_open(void);
void symbol_table_close(struct symbol_table *table);
symbol symbol_add(struct symbol_table *table, const char *text);
symbol symbol_add_n(struct symbol_table *table, const char *text, size_t length);
symbol symbol_find(const struct symbol_table *table, const char *text); /* SYMBOL_NONE if unknown */
symbol symbol_find_n(const struct symbol_table *table, const char *text, size_t length);
const char *symbol_text(const struct symbol_table *table, symbol s); /* lent for the table's life */
size_t symbol_count(const struct symbol_table *table);
size_t symbol_bytes(const struct symbol_table *table); /* memory held, for the figures */

#endif
