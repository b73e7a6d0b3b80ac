/* listing.c - the question that every list answers: a page of its rows, filtered and in an order, as
 * they are, or as they were known at an entry and stood on a day. All of it comes from the list's
 * declaration. */
#include <string.h>

#include "core/date.h"
#include "core/state_query.h"
#include "projections/instance.h"

#define FILTERS_MAX 16

struct listing {
    struct runtime *runtime;
    const struct instance *instance;
    const struct list_spec *list;
    const struct list_tables *tables;
    const struct asking *asking;
    struct query_answer *answer;
    struct {
        int column;
        const struct datum *wanted;
    } filters[FILTERS_MAX];
    unsigned filter_count;
    struct view_key prefix, first; /* first: where the page begins; size 0: at the prefix */
    int order;                     /* place in the list's orders; -1: by key */
    int64_t limit, scanned;
    int32_t from, until; /* DATE_NONE: open */
    int32_t on;          /* DATE_NONE: not asked */
    struct text_view within;
    bool past; /* known_at or as_of was given */
    int64_t known_at;
    int32_t as_of;
    struct arena arena; /* of one row */
};

/* ---- arguments ---- */

static const struct datum *given(const struct listing *l, const char *name)
{
    const struct datum *found = datum_field(l->asking->args, name);
    return found && found->kind != DATUM_NIL ? found : NULL;
}

static enum status date_read(const struct listing *l, const char *name, int32_t *ret_date,
                             struct fault *fault)
{
    const struct datum *arg = given(l, name);
    if (!arg)
        return STATUS_OK;
    if (arg->kind == DATUM_TEXT)
        *ret_date = date_parse_n(arg->text, arg->count);
    if (arg->kind != DATUM_TEXT || *ret_date == DATE_NONE)
        return fault_set(fault, STATUS_INVALID, "%s: %s is a date such as 2026-01-30",
                         l->list->name, name);
    return STATUS_OK;
}

static enum status range_read(struct listing *l, struct fault *fault)
{
    enum status status = date_read(l, "from", &l->from, fault);
    if (status == STATUS_OK)
        status = date_read(l, "until", &l->until, fault);
    if (status == STATUS_OK && (l->from != DATE_NONE || l->until != DATE_NONE) &&
        l->tables->date < 0)
        return fault_set(fault, STATUS_INVALID, "%s: from and until need a date, it has none",
                         l->list->name);
    if (status == STATUS_OK)
        status = date_read(l, "on", &l->on, fault);
    if (status == STATUS_OK && l->on != DATE_NONE && l->tables->last < 0)
        return fault_set(fault, STATUS_INVALID, "%s: on needs a first and a last day, it has none",
                         l->list->name);
    return status;
}

static enum status within_read(struct listing *l, struct fault *fault)
{
    const struct datum *within = given(l, "within");
    if (!within)
        return STATUS_OK;
    if (within->kind != DATUM_TEXT || !within->count)
        return fault_set(fault, STATUS_INVALID, "%s: within is a unit such as unit:dept",
                         l->list->name);
    if (l->tables->unit < 0 || !l->asking->state)
        return fault_set(fault, STATUS_INVALID, "%s: its rows have no unit", l->list->name);
    l->within = (struct text_view){within->text, within->count};
    return STATUS_OK;
}

/* An entry's number, or a date: its last entry. What the projection has not folded is not known. */
static enum status past_read(struct listing *l, struct fault *fault)
{
    const struct datum *known = given(l, "known_at"), *as_of = given(l, "as_of");
    int32_t day = DATE_NONE;
    l->known_at = INT64_MAX;
    l->as_of = INT32_MAX;
    l->past = known || as_of;
    if (l->past && !l->list->history)
        return fault_set(fault, STATUS_INVALID, "%s: what it was before is not kept",
                         l->list->name);
    if (known && known->kind == DATUM_INT) {
        l->known_at = known->integer;
    } else if (known) {
        if (date_read(l, "known_at", &day, fault) != STATUS_OK)
            return fault_set(fault, STATUS_INVALID,
                             "%s: known_at is an entry's number, or a date such as 2026-01-30",
                             l->list->name);
        l->known_at = catalog_entry_by(l->runtime, day);
    }
    if (as_of && as_of->kind == DATUM_INT) {
        l->as_of = catalog_day_of(l->runtime, as_of->integer);
    } else if (as_of && date_read(l, "as_of", &l->as_of, fault) != STATUS_OK) {
        return fault_set(fault, STATUS_INVALID,
                         "%s: as_of is a date such as 2026-01-30, or an entry's number",
                         l->list->name);
    }
    return STATUS_OK;
}

static enum status page_read(struct listing *l, struct fault *fault)
{
    const struct datum *after = given(l, "after"), *limit = given(l, "limit");
    if (after && (after->kind != DATUM_BYTES || !after->count || after->count > VIEW_KEY_MAX))
        return fault_set(fault, STATUS_INVALID, "after is the `next` of the page before");
    if (limit &&
        (limit->kind != DATUM_INT || limit->integer < 1 || limit->integer > QUERY_ROWS_MAX))
        return fault_set(fault, STATUS_INVALID, "limit is a number from 1 to %d", QUERY_ROWS_MAX);
    l->limit = limit ? limit->integer : QUERY_ROWS_MAX;
    if (after)
        key_bytes(&l->first, after->bytes, after->count);
    return STATUS_OK;
}

static enum status value_check(const struct listing *l, const struct column *column,
                               const struct datum *value, struct fault *fault)
{
    bool number = column_kind_is_number(column->kind);
    if (number && value->kind != DATUM_INT && value->kind != DATUM_LIST)
        return fault_set(fault, STATUS_INVALID, "%s: %s is a number", l->list->name, column->name);
    if (column->kind == COLUMN_bool && value->kind != DATUM_BOOL)
        return fault_set(fault, STATUS_INVALID, "%s: %s is true or false", l->list->name,
                         column->name);
    return STATUS_OK;
}

/* Pieces of the key that are given from the first one on are a stretch of the table. */
static enum status key_read(struct listing *l, struct fault *fault)
{
    for (unsigned i = 0; i < LIST_KEY_MAX && l->list->key[i].name; i++) {
        const struct column *piece = &l->list->key[i];
        const struct datum *value = given(l, piece->name);
        bool number = column_kind_is_number(piece->kind);
        if (!value && i == 0 && l->list->key_needed)
            return fault_set(fault, STATUS_INVALID, "%s: say which %s", l->list->name, piece->name);
        if (!value || value->kind == DATUM_LIST)
            break;
        if (value->kind != (number ? DATUM_INT : DATUM_TEXT))
            return fault_set(fault, STATUS_INVALID, "%s: %s is a %s", l->list->name, piece->name,
                             number ? "number" : "text");
        if (number)
            key_number(&l->prefix, value->integer);
        else
            key_text(&l->prefix, value->text, value->count);
    }
    if (l->prefix.size > VIEW_KEY_MAX)
        return fault_set(fault, STATUS_INVALID, "%s: the key is too long", l->list->name);
    return STATUS_OK;
}

static bool is_word_of_lists(struct text_view name)
{
    static const char *const words[] = {
#define A(word) #word,
        LIST_ARGS(A)
#undef A
    };
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == name.size && memcmp(words[i], name.data, name.size) == 0)
            return true;
    return false;
}

static bool named(const struct column *column, const struct datum *name)
{
    return column->name && datum_is_text(name, column->name);
}

static enum status filter_read(struct listing *l, const struct datum *name,
                               const struct datum *value, struct fault *fault)
{
    for (unsigned i = 0; i < l->list->column_count; i++) {
        if (!named(&l->list->columns[i], name))
            continue;
        if (l->filter_count == FILTERS_MAX)
            return fault_set(fault, STATUS_INVALID, "more than %d filters", FILTERS_MAX);
        l->filters[l->filter_count].column = (int)i;
        l->filters[l->filter_count++].wanted = value;
        return value_check(l, &l->list->columns[i], value, fault);
    }
    for (unsigned i = 0; i < LIST_KEY_MAX; i++)
        if (named(&l->list->key[i], name))
            return STATUS_OK;
    return fault_set(fault, STATUS_INVALID,
                     "%s: no column or argument %.*s; the query columns lists them", l->list->name,
                     (int)name->count, name->text);
}

static enum status filters_read(struct listing *l, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < l->asking->args->count && status == STATUS_OK; i++) {
        const struct datum *pair = &l->asking->args->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return fault_set(fault, STATUS_INVALID, "arguments are [name, value]");
        if (pair->items[1].kind == DATUM_NIL ||
            is_word_of_lists((struct text_view){pair->items[0].text, pair->items[0].count}))
            continue;
        status = filter_read(l, &pair->items[0], &pair->items[1], fault);
    }
    return status;
}

/* An order whose column is given one value is a stretch of it; else the list's first one. */
static int order_fitting(const struct listing *l)
{
    for (int i = 0; i < LIST_ORDERS_MAX && l->tables->order_columns[i] >= 0; i++)
        for (unsigned k = 0; k < l->filter_count; k++)
            if (l->filters[k].column == l->tables->order_columns[i] &&
                l->filters[k].wanted->kind != DATUM_LIST)
                return i;
    return l->list->orders[0] ? 0 : -1;
}

/* By key where part of the key is given, and in the past, since orders know the present only. */
static enum status order_read(struct listing *l, struct fault *fault)
{
    const struct datum *order = given(l, "order");
    l->order = l->prefix.size || l->past ? -1 : order_fitting(l);
    if (!order || datum_is_text(order, "key")) {
        l->order = order ? -1 : l->order;
        return STATUS_OK;
    }
    for (int i = 0; i < LIST_ORDERS_MAX && l->list->orders[i]; i++) {
        if (!datum_is_text(order, l->list->orders[i]))
            continue;
        if (l->past || l->prefix.size)
            return fault_set(fault, STATUS_INVALID,
                             "%s: what it was before, and rows of one %s, come by key",
                             l->list->name, l->list->key[0].name);
        l->order = i;
        return STATUS_OK;
    }
    return fault_set(fault, STATUS_INVALID, "%s: there is no such order; key%s%s is", l->list->name,
                     l->list->orders[0] ? " or " : "",
                     l->list->orders[0] ? l->list->orders[0] : "");
}

/* In an order, one value of its column, or the first day asked for, is where the page begins. */
static void order_begin(struct listing *l)
{
    int column = l->tables->order_columns[l->order];
    enum column_kind kind = l->list->columns[column].kind;
    bool collated = l->tables->collated[l->order];
    char day[DATE_TEXT_SIZE];
    for (unsigned i = 0; i < l->filter_count; i++)
        if (l->filters[i].column == column && l->filters[i].wanted->kind != DATUM_LIST)
            order_piece(&l->prefix, kind, collated, l->filters[i].wanted);
    if (!l->first.size && !l->prefix.size && column == l->tables->date && l->from != DATE_NONE) {
        struct datum from = datum_text(date_text(l->from, day));
        order_piece(&l->first, kind, collated, &from);
    }
}

/* ---- rows ---- */

static bool datum_has(const struct datum *list, const struct datum *wanted)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct datum *item = &list->items[i];
        if (datum_equal(item, wanted) || (item->kind == DATUM_LIST && datum_has(item, wanted)))
            return true;
    }
    return false;
}

/* A list has to contain what is wanted; else it is equal, or one of several. */
static bool value_fits(const struct datum *value, const struct datum *wanted)
{
    if (value->kind == DATUM_LIST)
        return datum_has(value, wanted);
    return wanted->kind == DATUM_LIST ? datum_has(wanted, value) : datum_equal(value, wanted);
}

static int32_t day_at(const struct datum *row, int column)
{
    const struct datum *value = &row->items[column];
    return value->kind == DATUM_TEXT ? date_parse_n(value->text, value->count) : DATE_NONE;
}

/* What has no first day was always so, what has no last day goes on. */
static bool on_fits(const struct listing *l, const struct datum *row)
{
    if (l->on == DATE_NONE)
        return true;
    int32_t first = day_at(row, l->tables->date), last = day_at(row, l->tables->last);
    return (first == DATE_NONE || first <= l->on) && (last == DATE_NONE || l->on <= last);
}

static bool day_fits(const struct listing *l, const struct datum *row)
{
    if (l->from == DATE_NONE && l->until == DATE_NONE)
        return true;
    int32_t day = day_at(row, l->tables->date);
    return day != DATE_NONE && (l->from == DATE_NONE || day >= l->from) &&
           (l->until == DATE_NONE || day <= l->until);
}

static bool unit_fits(const struct listing *l, const struct datum *row)
{
    if (!l->within.size)
        return true;
    const struct datum *unit = &row->items[l->tables->unit];
    return unit->kind == DATUM_TEXT &&
           state_unit_within(l->asking->state, (struct text_view){unit->text, unit->count},
                             l->within, l->as_of == INT32_MAX ? l->asking->today : l->as_of);
}

static bool row_fits(struct listing *l, struct text_view body)
{
    struct datum row;
    if (!l->filter_count && l->from == DATE_NONE && l->until == DATE_NONE && l->on == DATE_NONE &&
        !l->within.size)
        return true;
    arena_reset(&l->arena);
    bool fits = row_unpack(body, &l->arena, &row) && row.kind == DATUM_LIST &&
                row.count == l->list->column_count;
    for (unsigned i = 0; i < l->filter_count && fits; i++)
        fits = value_fits(&row.items[l->filters[i].column], l->filters[i].wanted);
    return fits && day_fits(l, &row) && on_fits(l, &row) && unit_fits(l, &row);
}

static bool head_fits(const struct listing *l, struct text_view stored, int64_t *ret_since)
{
    int32_t occurred;
    memcpy(ret_since, stored.data, 8);
    memcpy(&occurred, stored.data + 8, 4);
    return *ret_since <= l->known_at && occurred <= l->as_of;
}

/* The newest version of a row that was known and had occurred; false: there was none. */
static bool row_past(struct listing *l, struct text_view key, struct text_view *stored)
{
    int64_t since;
    while (stored->size >= ROW_HEAD_SIZE && !head_fits(l, *stored, &since)) {
        struct view_key place = view_key();
        l->scanned++;
        key_number(&place, since);
        key_bytes(&place, key.data, key.size);
        if (!view_get(l->runtime->store, l->tables->history, &place, stored))
            return false;
    }
    return stored->size >= ROW_HEAD_SIZE;
}

/* False when the page is full: the key of the row that did not fit begins the next one. */
static bool row_add(struct listing *l, struct text_view place, struct text_view key,
                    struct text_view stored)
{
    struct query_answer *answer = l->answer;
    struct text_view body = stored;
    if (l->scanned++ >= QUERY_SCAN_MAX) {
        key_bytes(&answer->next, place.data, place.size);
        return false;
    }
    if (l->past && !row_past(l, key, &body))
        body.size = 0;
    if (l->list->history && body.size) {
        body.data += ROW_HEAD_SIZE;
        body.size -= ROW_HEAD_SIZE;
    }
    bool here = body.size && row_fits(l, body);
    if (here &&
        ((int64_t)answer->count == l->limit || answer->rows.size + body.size > QUERY_BYTES_MAX)) {
        key_bytes(&answer->next, place.data, place.size);
        return false;
    }
    if (here) {
        buffer_add(&answer->rows, body.data, body.size);
        answer->count++;
    }
    return true;
}

static bool each_row(void *user, struct text_view key, struct text_view value)
{
    return row_add(user, key, key, value);
}

/* Where the row's own key begins in a place of an order. */
static size_t piece_size(enum column_kind kind, struct text_view place)
{
    if (column_kind_is_number(kind))
        return place.size < 8 ? place.size : 8;
    const char *end = memchr(place.data, '\0', place.size);
    return end ? (size_t)(end - place.data) + 1 : place.size;
}

static bool each_place(void *user, struct text_view place, struct text_view value)
{
    struct listing *l = user;
    int column = l->tables->order_columns[l->order];
    size_t size = piece_size(l->list->columns[column].kind, place);
    struct view_key key = view_key();
    char day[DATE_TEXT_SIZE];
    (void)value;
    if (column == l->tables->date && l->until != DATE_NONE &&
        strncmp(place.data, date_text(l->until, day), DATE_TEXT_SIZE) > 0)
        return false;
    key_bytes(&key, place.data + size, place.size - size);
    if (!key_usable(&key) || !view_get(l->runtime->store, l->tables->rows, &key, &value))
        return true;
    return row_add(l, place, (struct text_view){(const char *)key.bytes, (uint32_t)key.size},
                   value);
}

static enum status listing_read(struct listing *l, struct fault *fault)
{
    enum status (*const steps[])(struct listing *, struct fault *) = {
        page_read, range_read, within_read, past_read, key_read, filters_read, order_read};
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        enum status status = steps[i](l, fault);
        if (status != STATUS_OK)
            return status;
    }
    if (l->order >= 0)
        order_begin(l);
    return STATUS_OK;
}

enum status listing_answer(struct runtime *runtime, const struct instance *instance, unsigned list,
                           const struct asking *asking, struct query_answer *answer,
                           struct fault *fault)
{
    struct listing l = {.runtime = runtime,
                        .instance = instance,
                        .list = &instance->lists[list],
                        .tables = &instance->tables[list],
                        .asking = asking,
                        .answer = answer,
                        .from = DATE_NONE,
                        .until = DATE_NONE,
                        .on = DATE_NONE};
    enum status status = listing_read(&l, fault);
    if (status != STATUS_OK)
        return status;
    arena_init(&l.arena, 0);
    view_scan(runtime->store, l.order < 0 ? l.tables->rows : l.tables->orders[l.order], &l.prefix,
              l.first.size ? &l.first : NULL, l.order < 0 ? each_row : each_place, &l);
    arena_done(&l.arena);
    return STATUS_OK;
}
