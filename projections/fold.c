/* fold.c - rows read, changed and written whole, with their history and their places in the orders. */
#include "projections/fold.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/date.h"
#include "projections/collation.h"
#include "projections/instance.h"

const struct codec_limits row_limits = {ENTRY_SIZE_MAX * 2, 8, 65536};

#define ORDER_TEXT_MAX 96 /* bytes of a text that count in an order */
_Static_assert(COLLATION_KEY_MAX <= ORDER_TEXT_MAX, "room that key_good() leaves");

void fold_fail(struct fold *fold, const char *format, ...)
{
    if (fold->fault.status != STATUS_OK)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fold->fault.text, sizeof fold->fault.text, format, arguments);
    va_end(arguments);
    fold->fault.status = STATUS_CORRUPT;
}

/* ---- the event ---- */

const struct datum *field(const struct fold *fold, const char *name)
{
    return event_datum(fold->event, name);
}

struct datum day_datum(struct fold *fold, int32_t day)
{
    return day == DATE_NONE ? datum_nil()
                            : datum_text(date_text(day, arena_take(fold->arena, DATE_TEXT_SIZE)));
}

struct datum list_with(struct fold *fold, const struct datum *list, const struct datum *more)
{
    uint32_t count = list->kind == DATUM_LIST ? list->count : 0;
    struct datum *items = ARENA_ARRAY(fold->arena, struct datum, count + 1);
    if (count)
        memcpy(items, list->items, count * sizeof *items);
    items[count] = *more;
    return datum_list(items, count + 1);
}

/* ---- keys ---- */

struct view_key number_key(int64_t number)
{
    struct view_key key = view_key();
    key_number(&key, number);
    return key;
}

struct view_key text_key(struct text_view text)
{
    struct view_key key = view_key();
    key_text(&key, text.data, text.size);
    return key;
}

static void collated_piece(struct view_key *key, const struct datum *value)
{
    uint8_t bytes[COLLATION_KEY_MAX];
    size_t size = collation_key(value->text, value->count, bytes);
    key_text(key, (const char *)bytes, size);
}

void order_piece(struct view_key *key, enum column_kind kind, bool collated,
                 const struct datum *value)
{
    if (column_kind_is_number(kind)) /* nil comes first */
        key_number(key, (value->kind == DATUM_INT ? value->integer : INT64_MIN) ^ INT64_MIN);
    else if (value->kind == DATUM_TEXT && collated)
        collated_piece(key, value);
    else if (value->kind == DATUM_TEXT)
        key_text(key, value->text, value->count < ORDER_TEXT_MAX ? value->count : ORDER_TEXT_MAX);
    else
        key_text(key, "", 0);
}

static bool key_good(struct fold *fold, const char *name, const struct view_key *key)
{
    if (fold->fault.status != STATUS_OK)
        return false;
    if (!key_usable(key) || key->size > VIEW_KEY_MAX - 8 - ORDER_TEXT_MAX - 1)
        fold_fail(fold, "%s: the key of a row is empty or too long", name);
    return fold->fault.status == STATUS_OK;
}

/* ---- rows ---- */

bool row_unpack(struct text_view bytes, struct arena *arena, struct datum *ret_row)
{
    return datum_unpack(bytes.data, bytes.size, &row_limits, arena, ret_row, NULL) == STATUS_OK;
}

static size_t head_size(const struct list_spec *list)
{
    return list->history ? ROW_HEAD_SIZE : 0;
}

/* The msgpack row in a stored one; size 0: it was removed. */
static struct text_view row_body(const struct list_spec *list, struct text_view stored)
{
    size_t head = head_size(list);
    return stored.size < head
               ? (struct text_view){"", 0}
               : (struct text_view){stored.data + head, stored.size - (uint32_t)head};
}

bool row_read(struct fold *fold, unsigned list, const struct view_key *key,
              struct datum **ret_columns)
{
    const struct list_spec *spec = &fold->instance->lists[list];
    struct text_view stored;
    struct datum row;
    if (!key_good(fold, spec->name, key) ||
        !view_get(fold->store, fold->instance->tables[list].rows, key, &stored))
        return false;
    struct text_view body = row_body(spec, stored);
    if (!body.size)
        return false;
    body.data = arena_copy(fold->arena, body.data, body.size);
    if (!row_unpack(body, fold->arena, &row) || row.kind != DATUM_LIST ||
        row.count != spec->column_count) {
        fold_fail(fold,
                  "%s: the row that this event changes cannot be read; rebuild the projection",
                  spec->name);
        return false;
    }
    *ret_columns = arena_copy(fold->arena, row.items, row.count * sizeof *row.items);
    return true;
}

static void history_keep(struct fold *fold, unsigned list, const struct view_key *key,
                         struct text_view old)
{
    int64_t since;
    struct view_key place = view_key();
    if (old.size < ROW_HEAD_SIZE)
        return;
    memcpy(&since, old.data, sizeof since);
    if (since == fold->entry->number)
        return; /* nobody could see it between two events of one entry */
    key_number(&place, fold->entry->number);
    key_bytes(&place, key->bytes, key->size);
    view_put(fold->store, fold->instance->tables[list].history, &place, old.data, old.size, NULL);
}

static void order_key(const struct instance *instance, unsigned list, unsigned order,
                      const struct datum *columns, const struct view_key *key,
                      struct view_key *ret_place)
{
    const struct list_tables *tables = &instance->tables[list];
    int column = tables->order_columns[order];
    *ret_place = view_key();
    order_piece(ret_place, instance->lists[list].columns[column].kind, tables->collated[order],
                &columns[column]);
    key_bytes(ret_place, key->bytes, key->size);
}

/* Moves a row in the orders; `columns` NULL: it goes away. */
static void orders_move(struct fold *fold, unsigned list, const struct view_key *key,
                        struct text_view old, const struct datum *columns)
{
    const struct list_spec *spec = &fold->instance->lists[list];
    const struct list_tables *tables = &fold->instance->tables[list];
    struct datum before;
    struct text_view body = row_body(spec, old);
    if (tables->order_columns[0] < 0)
        return;
    bool stood = body.size && row_unpack(body, fold->arena, &before) && before.kind == DATUM_LIST &&
                 before.count == spec->column_count;
    for (unsigned i = 0; i < LIST_ORDERS_MAX && tables->order_columns[i] >= 0; i++) {
        struct view_key from = view_key(), to = view_key();
        if (stood)
            order_key(fold->instance, list, i, before.items, key, &from);
        if (columns)
            order_key(fold->instance, list, i, columns, key, &to);
        if (stood && columns && from.size == to.size && memcmp(from.bytes, to.bytes, to.size) == 0)
            continue;
        if (stood)
            view_remove(fold->store, tables->orders[i], &from, NULL);
        if (columns)
            view_put(fold->store, tables->orders[i], &to, "", 0, NULL);
    }
}

static void head_add(struct fold *fold, const struct list_spec *spec, struct buffer *out)
{
    if (!spec->history)
        return;
    buffer_add(out, &fold->entry->number, 8);
    buffer_add(out, &fold->command->occurred_on, 4);
}

/* `columns` NULL: a row that was removed. */
static void row_store(struct fold *fold, unsigned list, const struct view_key *key,
                      const struct datum *columns)
{
    const struct list_spec *spec = &fold->instance->lists[list];
    const struct list_tables *tables = &fold->instance->tables[list];
    struct buffer *out = fold->row;
    struct text_view old = {"", 0};
    buffer_clear(out);
    head_add(fold, spec, out);
    if (columns) {
        struct datum row = datum_list(columns, spec->column_count);
        datum_pack(&row, out);
    }
    if (columns || spec->history)
        view_put(fold->store, tables->rows, key, out->data, out->size, &old);
    else
        view_remove(fold->store, tables->rows, key, &old);
    if (spec->history)
        history_keep(fold, list, key, old);
    orders_move(fold, list, key, old, columns);
}

void row_write(struct fold *fold, unsigned list, const struct view_key *key,
               const struct datum *columns)
{
    if (key_good(fold, fold->instance->lists[list].name, key))
        row_store(fold, list, key, columns);
}

void row_remove(struct fold *fold, unsigned list, const struct view_key *key)
{
    struct text_view stored;
    if (key_good(fold, fold->instance->lists[list].name, key) &&
        view_get(fold->store, fold->instance->tables[list].rows, key, &stored) &&
        row_body(&fold->instance->lists[list], stored).size)
        row_store(fold, list, key, NULL);
}

/* ---- notes ---- */

bool note_read(struct fold *fold, unsigned note, const struct view_key *key,
               struct datum *ret_value)
{
    struct text_view stored;
    const char *name = fold->projection->notes[note];
    if (!key_good(fold, name, key) ||
        !view_get(fold->store, fold->instance->notes[note], key, &stored))
        return false;
    stored.data = arena_copy(fold->arena, stored.data, stored.size);
    if (row_unpack(stored, fold->arena, ret_value))
        return true;
    fold_fail(fold, "%s: a note cannot be read; rebuild the projection", name);
    return false;
}

void note_write(struct fold *fold, unsigned note, const struct view_key *key,
                const struct datum *value)
{
    if (!key_good(fold, fold->projection->notes[note], key))
        return;
    buffer_clear(fold->row);
    datum_pack(value, fold->row);
    view_put(fold->store, fold->instance->notes[note], key, fold->row->data, fold->row->size, NULL);
}

void note_remove(struct fold *fold, unsigned note, const struct view_key *key)
{
    if (key_good(fold, fold->projection->notes[note], key))
        view_remove(fold->store, fold->instance->notes[note], key, NULL);
}
