/* instance.h - a projection at work: one version of it with its tables and its position. Private to
 * the runtime (runtime.c, catalog.c, fold.c, listing.c).
 *
 * A stored row of a list with history is
 *     since     8 bytes  entry that wrote it
 *     occurred  4 bytes  civil day of that entry's command
 *     row       msgpack array; nothing: the row was removed
 * and what it was before lies in the history table under (since, key), in the same form; so the
 * versions of a row are a chain from the newest to the oldest, and history only grows at its end.
 * A stored row of a list without history is the msgpack array alone. */
#ifndef PROJECTIONS_INSTANCE_H
#define PROJECTIONS_INSTANCE_H

#include "events/codec.h"
#include "projections/fold.h"
#include "projections/runtime.h"

#define ROW_HEAD_SIZE 12

extern const struct codec_limits row_limits;

struct list_tables {
    unsigned rows, history, orders[LIST_ORDERS_MAX];
    int order_columns[LIST_ORDERS_MAX]; /* -1 ends */
    bool collated[LIST_ORDERS_MAX];
    int date, last, unit; /* columns; -1: none */
};

struct instance {
    const struct projection *spec; /* NULL: only rows of an earlier program are left */
    const char *name;
    int64_t version;
    const struct list_spec *lists; /* of the spec, or as declared on disk */
    unsigned list_count;
    struct list_tables tables[LISTS_MAX];
    const char *const *note_names;
    unsigned note_count;
    unsigned notes[NOTES_MAX];
    int64_t next;           /* entry wanted */
    int64_t recorded_at_us; /* of the one before it */
    uint8_t leaf[DIGEST_SIZE];
    bool moved; /* since the last commit */
    bool answers;
    enum runtime_line line;
    bool stopped;
    struct incident incident;
    int64_t still_at, still_since_ms; /* for the alarm */
    bool stalled;
};

struct runtime {
    struct view_store *store;
    unsigned meta, days;
    struct instance instances[PROJECTIONS_MAX];
    unsigned count;
    int32_t last_day; /* of the newest entry folded by anyone */
    struct runtime_options options;
    struct arena arena; /* declarations read from disk */
    struct arena turn;  /* of one entry and projection */
    struct buffer row;  /* being written */
};

/* --- declaration.c: lists as they are kept on disk --- */

unsigned names_count(const char *const *names, unsigned max);
void declaration_pack(struct arena *arena, const struct instance *instance, struct buffer *out);
/* Lists and notes of an instance; false: not of this form. */
bool declaration_read(struct arena *arena, struct text_view bytes, struct instance *instance);

/* --- catalog.c: what stands on disk --- */

enum status catalog_open(struct runtime *runtime, struct fault *fault);
/* Opens what is asked for: one instance for each version that is built or answers. */
enum status catalog_instances(struct runtime *runtime, struct fault *fault);
void catalog_position(struct runtime *runtime, const struct instance *instance); /* writes it */
void catalog_incident(struct runtime *runtime, const struct instance *instance);
void catalog_day(struct runtime *runtime, int32_t day, int64_t number);
/* `heir` answers from now on: the other versions of its name are dropped. */
enum status catalog_take_over(struct runtime *runtime, struct instance *heir, struct fault *fault);
/* Of the days of entries: the last entry recorded by the end of `day`, -1: none; INT64_MAX: nothing
 * was recorded after it. And the day on which `number` was recorded. */
int64_t catalog_entry_by(struct runtime *runtime, int32_t day);
int32_t catalog_day_of(struct runtime *runtime, int64_t number);

/* --- fold.c --- */

/* Piece of an order's key that a row's column makes. */
void order_piece(struct view_key *key, enum column_kind kind, bool collated,
                 const struct datum *value);
bool row_unpack(struct text_view bytes, struct arena *arena, struct datum *ret_row);

/* --- listing.c --- */

enum status listing_answer(struct runtime *runtime, const struct instance *instance, unsigned list,
                           const struct asking *asking, struct query_answer *answer,
                           struct fault *fault);

#endif
