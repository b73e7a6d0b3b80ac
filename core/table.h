/* table.h - the state's tables: rows numbered from 0, never moved by number, never removed.
 *
 * A table lives in pages of its own. It grows by doubling its address range, and pages come from
 * the system, zeroed, when they are first touched: growing costs the same with a million rows as
 * with a hundred, so no command ever waits while rows are copied. Pointers to rows are valid until
 * the next TABLE_ADD. */
#ifndef CORE_TABLE_H
#define CORE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define TABLE(type)                                                                                \
    struct {                                                                                       \
        type *items; /* [0] is never used */                                                       \
        uint32_t count, capacity;                                                                  \
    }

void *table_grow(void *items, uint32_t *capacity, uint32_t count, size_t size);
void table_free(void *items, uint32_t capacity, size_t size);

/* A zeroed row at the end. */
#define TABLE_ADD(table)                                                                           \
    ((table).items =                                                                               \
         table_grow((table).items, &(table).capacity, (table).count, sizeof *(table).items),       \
     &(table).items[(table).count++])
#define TABLE_DONE(table)                                                                          \
    (table_free((table).items, (table).capacity, sizeof *(table).items), (table).items = NULL)

/* Bytes of the rows that are there. */
#define TABLE_BYTES(table) ((table).count * sizeof *(table).items)

#endif
