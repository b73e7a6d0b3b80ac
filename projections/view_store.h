/* view_store.h - where read models keep their rows: one LMDB environment, tables by name, one writer.
 *
 * Keys sort by their bytes (numbers big-endian, texts as they are). All changes between two commits,
 * and the positions in the log they bring the models to, reach the disk together. What was changed
 * since view_mark() can be taken back while nothing was committed. Nothing here is a truth of its
 * own: the directory may be deleted and is built again from the log. */
#ifndef PROJECTIONS_VIEW_STORE_H
#define PROJECTIONS_VIEW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"
#include "core/fault.h"

#define VIEW_KEY_MAX    480  /* bytes of a key; LMDB takes 511 */
#define VIEW_TABLES_MAX 1024 /* of one environment: more are refused when a projection is opened */

struct view_store;

struct view_key {
    uint8_t bytes[VIEW_KEY_MAX];
    size_t size;
};

/* STATUS_BUSY: another process works in this directory. */
enum status view_store_open(const char *directory, struct view_store **ret_store,
                            struct fault *fault);
void view_store_close(struct view_store *store); /* what was not committed is dropped */

/* A table is a small number, valid until the store is closed or the table dropped. It is there from
 * the next commit on. */
enum status view_table_open(struct view_store *store, const char *name, unsigned *ret_table,
                            struct fault *fault);
enum status view_table_drop(struct view_store *store, unsigned table, struct fault *fault);
/* Drops every table there is; before any was opened. */
enum status view_clear(struct view_store *store, struct fault *fault);

/* A failed call is remembered: view_commit() says so, and nothing of this batch or a later one is
 * kept until the store is opened again. Keys must be usable. True: a row was there before; `ret_old` (may be NULL) is lent until the next
 * view_mark(). */
bool view_put(struct view_store *store, unsigned table, const struct view_key *key,
              const void *value, size_t size, struct text_view *ret_old);
bool view_remove(struct view_store *store, unsigned table, const struct view_key *key,
                 struct text_view *ret_old);
/* Lent until the next change or commit. */
bool view_get(struct view_store *store, unsigned table, const struct view_key *key,
              struct text_view *ret_value);
/* Rows whose key begins with `prefix`, from `from` on (NULL: the first), in order, until `each`
 * returns false. `each` changes nothing. */
void view_scan(struct view_store *store, unsigned table, const struct view_key *prefix,
               const struct view_key *from,
               bool (*each)(void *user, struct text_view key, struct text_view value), void *user);

void view_mark(struct view_store *store); /* from here on changes can be taken back */
void view_undo(struct view_store *store); /* takes back what was changed since view_mark() */
enum status view_commit(struct view_store *store, struct fault *fault);

/* Keys piece by piece; one that has got too long, or no piece, is not usable. */
struct view_key view_key(void);
bool key_usable(const struct view_key *key);
void key_number(struct view_key *key, int64_t number);              /* 8 bytes, big-endian */
void key_text(struct view_key *key, const char *text, size_t size); /* and a zero byte */
void key_bytes(struct view_key *key, const void *bytes, size_t size);

#endif
