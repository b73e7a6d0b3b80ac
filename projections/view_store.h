/* view_store.h - where read models keep their rows: one LMDB environment, a few tables, one writer.
 *
 * Keys sort by their bytes (numbers big-endian, texts as they are); values are canonical msgpack
 * arrays. All changes between two commits, and the position in the log they bring the models to,
 * reach the disk together. Nothing here is a truth of its own: the directory may be deleted and is
 * built again from the log. */
#ifndef PROJECTIONS_VIEW_STORE_H
#define PROJECTIONS_VIEW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"
#include "core/fault.h"

#define VIEW_KEY_MAX 480 /* bytes of a key; LMDB takes 511 */

/* Tables. A new one goes to the end; VIEW_FORM in view_store.c grows with any change of a row's
 * form. */
#define VIEW_TABLES(T)                                                                             \
    T(meta)                                                                                        \
    T(dossier) T(cases) T(agenda) T(agenda_by_due) T(reminders) T(case_subjects) T(fact_subjects)  \
        T(duty_subject)

#define T(name) VIEW_##name,
enum view_table { VIEW_TABLES(T) VIEW_COUNT };
#undef T

struct view_store;

struct view_key {
    uint8_t bytes[VIEW_KEY_MAX];
    size_t size;
};

enum status view_store_open(const char *directory, struct view_store **ret_store,
                            struct fault *fault);
void view_store_close(struct view_store *store); /* what was not committed is dropped */

/* A failed call is remembered: view_commit() says so and nothing of the batch is kept. */
void view_put(struct view_store *store, enum view_table table, const struct view_key *key,
              const void *value, size_t size);
void view_remove(struct view_store *store, enum view_table table, const struct view_key *key);
/* Lent until the next change or commit. */
bool view_get(struct view_store *store, enum view_table table, const struct view_key *key,
              struct text_view *ret_value);
/* Rows whose key begins with `prefix`, from `from` on (NULL: the first), in order, until `each`
 * returns false. */
void view_scan(struct view_store *store, enum view_table table, const struct view_key *prefix,
               const struct view_key *from,
               bool (*each)(void *user, struct text_view key, struct text_view value), void *user);
enum status view_commit(struct view_store *store, struct fault *fault);
enum status view_clear(struct view_store *store,
                       struct fault *fault); /* every table: to build anew */

/* Keys piece by piece; a piece that does not fit is cut, and the key is then unusable (size 0). */
struct view_key view_key(void);
void key_number(struct view_key *key, int64_t number);              /* 8 bytes, big-endian */
void key_text(struct view_key *key, const char *text, size_t size); /* and a zero byte */

#endif
