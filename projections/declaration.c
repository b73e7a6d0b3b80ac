/* declaration.c - the declaration of a projection's lists as msgpack: kept beside its rows, so that
 * those of a version which the program does not know any more can still be asked for.
 *
 * [[list, ...], [note, ...]]; list: enum declared_list; column: [name, kind, zh, en]. */
#include <string.h>

#include "projections/collation.h"
#include "projections/instance.h"

unsigned names_count(const char *const *names, unsigned max)
{
    unsigned count = 0;
    while (count < max && names[count])
        count++;
    return count;
}

static struct datum text_or_nil(const char *text)
{
    return text ? datum_text(text) : datum_nil();
}

static struct datum column_datum(struct arena *arena, const struct column *column)
{
    struct datum *items = ARENA_ARRAY(arena, struct datum, 4);
    items[0] = datum_text(column->name);
    items[1] = datum_text(column_kind_name(column->kind));
    items[2] = datum_text(column->zh);
    items[3] = datum_text(column->en);
    return datum_list(items, 4);
}

static struct datum columns_datum(struct arena *arena, const struct column *columns, unsigned count)
{
    struct datum *items = ARENA_ARRAY(arena, struct datum, count);
    for (unsigned i = 0; i < count; i++)
        items[i] = column_datum(arena, &columns[i]);
    return datum_list(items, count);
}

static struct datum names_datum(struct arena *arena, const char *const *names, unsigned count)
{
    struct datum *items = ARENA_ARRAY(arena, struct datum, count);
    for (unsigned i = 0; i < count; i++)
        items[i] = datum_text(names[i]);
    return datum_list(items, count);
}

static unsigned key_count(const struct list_spec *list)
{
    unsigned count = 0;
    while (count < LIST_KEY_MAX && list->key[count].name)
        count++;
    return count;
}

enum declared_list {
    LIST_NAME,
    LIST_ZH,
    LIST_EN,
    LIST_COLUMNS,
    LIST_KEY,
    LIST_KEY_NEEDED,
    LIST_ORDERS,
    LIST_COLLATED,
    LIST_COLLATION, /* whose rules those are: rows in the order of others are built anew */
    LIST_DATE,
    LIST_LAST,
    LIST_UNIT,
    LIST_HISTORY,
    LIST_FIELDS
};

static struct datum list_datum(struct arena *arena, const struct list_spec *list)
{
    struct datum *items = ARENA_ARRAY(arena, struct datum, LIST_FIELDS);
    items[LIST_NAME] = datum_text(list->name);
    items[LIST_ZH] = datum_text(list->zh);
    items[LIST_EN] = datum_text(list->en);
    items[LIST_COLUMNS] = columns_datum(arena, list->columns, list->column_count);
    items[LIST_KEY] = columns_datum(arena, list->key, key_count(list));
    items[LIST_KEY_NEEDED] = datum_bool(list->key_needed);
    items[LIST_ORDERS] =
        names_datum(arena, list->orders, names_count(list->orders, LIST_ORDERS_MAX));
    unsigned collated = names_count(list->collated, LIST_ORDERS_MAX);
    items[LIST_COLLATED] = names_datum(arena, list->collated, collated);
    items[LIST_COLLATION] = text_or_nil(collated ? collation_version() : NULL);
    items[LIST_LAST] = text_or_nil(list->last);
    items[LIST_DATE] = text_or_nil(list->date);
    items[LIST_UNIT] = text_or_nil(list->unit);
    items[LIST_HISTORY] = datum_bool(list->history);
    return datum_list(items, LIST_FIELDS);
}

void declaration_pack(struct arena *arena, const struct instance *instance, struct buffer *out)
{
    struct datum lists[LISTS_MAX], whole[2];
    for (unsigned i = 0; i < instance->list_count; i++)
        lists[i] = list_datum(arena, &instance->lists[i]);
    whole[0] = datum_list(lists, instance->list_count);
    whole[1] = names_datum(arena, instance->note_names, instance->note_count);
    struct datum all = datum_list(whole, 2);
    datum_pack(&all, out);
}

static const char *text_in(struct arena *arena, const struct datum *datum)
{
    return datum->kind == DATUM_TEXT ? arena_text_n(arena, datum->text, datum->count) : NULL;
}

static bool columns_read(struct arena *arena, const struct datum *list, struct column *columns,
                         unsigned max)
{
    if (list->kind != DATUM_LIST || list->count > max)
        return false;
    for (unsigned i = 0; i < list->count; i++) {
        const struct datum *parts = list->items[i].items;
        if (list->items[i].kind != DATUM_LIST || list->items[i].count != 4)
            return false;
        int kind = 0;
        while (kind < COLUMN_KIND_COUNT &&
               !datum_is_text(&parts[1], column_kind_name((enum column_kind)kind)))
            kind++;
        columns[i] = (struct column){text_in(arena, &parts[0]), (enum column_kind)kind,
                                     text_in(arena, &parts[2]), text_in(arena, &parts[3])};
        if (kind == COLUMN_KIND_COUNT || !columns[i].name || !columns[i].zh || !columns[i].en)
            return false;
    }
    return true;
}

static bool names_good(const struct datum *names)
{
    return names->kind == DATUM_LIST && names->count <= LIST_ORDERS_MAX;
}

static bool list_read(struct arena *arena, const struct datum *datum, struct list_spec *list)
{
    const struct datum *items = datum->items;
    if (datum->kind != DATUM_LIST || datum->count != LIST_FIELDS ||
        items[LIST_COLUMNS].kind != DATUM_LIST || !names_good(&items[LIST_ORDERS]) ||
        !names_good(&items[LIST_COLLATED]))
        return false;
    struct column *columns = ARENA_ARRAY(arena, struct column, COLUMNS_MAX);
    *list = (struct list_spec){.name = text_in(arena, &items[LIST_NAME]),
                               .zh = text_in(arena, &items[LIST_ZH]),
                               .en = text_in(arena, &items[LIST_EN]),
                               .columns = columns,
                               .column_count = items[LIST_COLUMNS].count,
                               .key_needed = items[LIST_KEY_NEEDED].boolean,
                               .date = text_in(arena, &items[LIST_DATE]),
                               .last = text_in(arena, &items[LIST_LAST]),
                               .unit = text_in(arena, &items[LIST_UNIT]),
                               .history = items[LIST_HISTORY].boolean};
    for (unsigned i = 0; i < items[LIST_ORDERS].count; i++)
        list->orders[i] = text_in(arena, &items[LIST_ORDERS].items[i]);
    for (unsigned i = 0; i < items[LIST_COLLATED].count; i++)
        list->collated[i] = text_in(arena, &items[LIST_COLLATED].items[i]);
    return list->name && list->zh && list->en &&
           columns_read(arena, &items[LIST_COLUMNS], columns, COLUMNS_MAX) &&
           columns_read(arena, &items[LIST_KEY], list->key, LIST_KEY_MAX);
}

bool declaration_read(struct arena *arena, struct text_view bytes, struct instance *instance)
{
    struct datum all;
    bytes.data = arena_copy(arena, bytes.data, bytes.size);
    if (!row_unpack(bytes, arena, &all) || all.kind != DATUM_LIST || all.count != 2 ||
        all.items[0].kind != DATUM_LIST || all.items[1].kind != DATUM_LIST ||
        all.items[0].count > LISTS_MAX || all.items[1].count > NOTES_MAX)
        return false;
    struct list_spec *lists = ARENA_ARRAY(arena, struct list_spec, LISTS_MAX);
    const char **notes = ARENA_ARRAY(arena, const char *, NOTES_MAX);
    for (unsigned i = 0; i < all.items[0].count; i++)
        if (!list_read(arena, &all.items[0].items[i], &lists[i]))
            return false;
    for (unsigned i = 0; i < all.items[1].count; i++)
        if (!(notes[i] = text_in(arena, &all.items[1].items[i])))
            return false;
    instance->lists = lists;
    instance->list_count = all.items[0].count;
    instance->note_names = notes;
    instance->note_count = all.items[1].count;
    return true;
}
