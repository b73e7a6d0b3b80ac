/* fold.h - what a projection's `apply` works with: the event, its entry, and rows to read and write.
 *
 * The first failure sticks (fold_fail): what follows in this entry has no effect, the rows of this
 * projection go back to where they were before the entry, and the projection stops there with an
 * incident. A row that is not there is no failure. */
#ifndef PROJECTIONS_FOLD_H
#define PROJECTIONS_FOLD_H

#include "events/entry.h"
#include "projections/projection.h"

struct instance;

struct fold {
    const struct projection *projection;
    /* The core's state behind this entry: what events do not say, such as which steps a new pass takes
     * back, is read there. */
    const struct state *state;
    const struct entry *entry;
    const struct command *command;
    const struct event *event;
    unsigned index;      /* of the event in its entry */
    struct arena *arena; /* of this entry and projection */
    struct fault fault;  /* STATUS_OK while all is well */
    /* inside */
    struct view_store *store;
    struct instance *instance;
    struct buffer *row; /* being written */
};

void fold_fail(struct fold *fold, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- the event --- */

const struct datum *field(const struct fold *fold, const char *name); /* nil where it has none */
struct datum day_datum(struct fold *fold, int32_t day);               /* nil for DATE_NONE */
struct datum list_with(struct fold *fold, const struct datum *list, const struct datum *more);

/* --- rows; `list` is the place of the list in the projection --- */

struct view_key number_key(int64_t number);
struct view_key text_key(struct text_view text);

/* A row's columns, which may be changed and written again; false: there is none. */
bool row_read(struct fold *fold, unsigned list, const struct view_key *key,
              struct datum **ret_columns);
void row_write(struct fold *fold, unsigned list, const struct view_key *key,
               const struct datum *columns);
void row_remove(struct fold *fold, unsigned list, const struct view_key *key);

/* --- notes: tables of the projection's own; a value is any datum --- */

bool note_read(struct fold *fold, unsigned note, const struct view_key *key,
               struct datum *ret_value);
void note_write(struct fold *fold, unsigned note, const struct view_key *key,
                const struct datum *value);
void note_remove(struct fold *fold, unsigned note, const struct view_key *key);

#endif
