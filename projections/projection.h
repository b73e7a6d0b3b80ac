/* projection.h - what a read model is: data that the runtime works with.
 *
 * A projection has a name, a version and lists. A list is a table of rows that people may ask for; it
 * declares its columns, and from that declaration come, without code of its own: paging, filters,
 * order, CSV headings, and the rows as they were known at an entry or stood on a day. `apply` is
 * shown the events the projection takes, one after the other, and changes rows by the calls of
 * fold.h. What it cannot fold it says by fold_fail(): that stops this projection alone.
 *
 * The version grows with any change of what the rows mean: they are then built anew beside the old
 * ones. To add a read model see projections/README.md. */
#ifndef PROJECTIONS_PROJECTION_H
#define PROJECTIONS_PROJECTION_H

#include "core/event.h"
#include "core/state.h"
#include "projections/view_store.h"

#define PROJECTIONS_MAX 64 /* of one process, frozen versions included */
#define LISTS_MAX       6  /* of one projection */
#define NOTES_MAX       6
#define COLUMNS_MAX     48
#define LIST_KEY_MAX    4
#define LIST_ORDERS_MAX 4

/* time: UTC microseconds. record: [[name, value], ...]. any: what the event said. */
#define COLUMN_KINDS(K)                                                                            \
    K(int)                                                                                         \
    K(text)                                                                                        \
    K(date)                                                                                        \
    K(time) K(bool) K(list) K(record) K(unit) K(member) K(role) K(subject) K(case) K(duty) K(any)

#define K(name) COLUMN_##name,
enum column_kind { COLUMN_KINDS(K) COLUMN_KIND_COUNT };
#undef K

const char *column_kind_name(enum column_kind kind);
bool column_kind_is_number(enum column_kind kind); /* its values are ints */

struct column {
    const char *name; /* how queries call it; never a word of LIST_ARGS */
    enum column_kind kind;
    const char *zh, *en; /* heading */
};

/* A row of a table of columns, and its place in an enum. */
#define COLUMN(name, kind, zh, en) {#name, COLUMN_##kind, zh, en},

/* Words that every list understands as arguments of its query, PROTOCOL.md section 7. */
#define LIST_ARGS(A)                                                                               \
    A(after) A(limit) A(order) A(from) A(until) A(within) A(known_at) A(as_of) A(on)

struct list_spec {
    const char *name, *zh, *en;
    const struct column *columns; /* a row has just these, in this order */
    unsigned column_count;
    struct column key[LIST_KEY_MAX];       /* pieces of a row's key, ended by a NULL name */
    bool key_needed;                       /* nobody may ask without the first piece */
    const char *orders[LIST_ORDERS_MAX];   /* columns (number or text) by which it may be asked; a
                                            question without `order` gets one whose column it gives
                                            a value, else the first */
    const char *collated[LIST_ORDERS_MAX]; /* of those orders: in the order of Chinese (pinyin) */
    const char *date;                      /* column of `from` and `until`; NULL: none */
    const char *last; /* column of the last day of what begins on `date`: for `on`; NULL: none */
    const char *unit; /* column of `within`; NULL: none */
    bool history;     /* what a row was before is kept: known_at and as_of can be asked */
};

struct fold;
struct runtime;

struct asking { /* a question that a function of a projection answers */
    const struct state *state;
    const struct datum *args; /* [[name, datum], ...] */
    int32_t today;
    struct runtime *runtime;
};

/* The last entry recorded by the end of a day (INT64_MAX: nothing was recorded after it), and the day on
 * which an entry was recorded. */
int64_t asking_entry_by(const struct asking *asking, int32_t day);
int32_t asking_day_of(const struct asking *asking, int64_t number);
/* Rows of a list without history, of the version that answers: msgpack, in order of their keys, from
 * `from` on (NULL: the first), until `each` returns false. */
void asking_rows(const struct asking *asking, const char *list, const struct view_key *from,
                 bool (*each)(void *user, struct text_view key, struct text_view row), void *user);

#define QUERY_ROWS_MAX  500
#define QUERY_BYTES_MAX (1 << 20)
/* Rows, and what they were before, looked at for one page: it then ends, with its `next`. */
#define QUERY_SCAN_MAX 20000

struct query_answer {
    struct buffer rows; /* msgpack rows one after the other */
    size_t count;
    struct view_key next; /* size 0: the last page */
};

struct query_spec {
    const char *name;
    enum status (*ask)(const struct asking *asking, struct query_answer *answer,
                       struct fault *fault);
    const struct list_spec *rows; /* whose columns are those of its answer; NULL: no headings */
    bool of_rows;                 /* it answers from rows of the projection: as far as those are */
};

#define EVENT_BIT(name) ((uint64_t)1 << EVENT_##name)
_Static_assert(EVENT_COUNT <= 64, "events of a projection are bits of one word");

struct projection {
    const char *name;
    int64_t version;
    uint64_t events;                   /* bits of those it takes */
    struct list_spec lists[LISTS_MAX]; /* ended by a NULL name */
    const char *notes[NOTES_MAX];      /* tables of its own that nobody asks for; NULL ends */
    void (*apply)(struct fold *fold);  /* NULL: it has no rows */
    /* Neither `apply` nor a query looks at the core's state: a process of such projections alone does
     * not fold it, and does not decode entries without events of theirs. */
    bool without_state;
    const struct query_spec *queries; /* what is no list; ended by a NULL name; or NULL */
    /* Rows of the query `columns` for those queries; NULL: their rows have no headings. */
    enum status (*columns)(const struct asking *asking, struct query_answer *answer,
                           struct fault *fault);
};

/* All read models of this program; a new one is a line in registry.c. */
extern const struct projection *const projections[];
extern const unsigned projection_count;

#endif
