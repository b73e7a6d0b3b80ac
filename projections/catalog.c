/* catalog.c - what stands on disk: which versions of which projections, how their lists were declared,
 * how far they are, and on which day the log was where.
 *
 * Table `meta`, keys of texts and numbers:
 *     form                          of all this; another one on disk is dropped whole
 *     declared, name, version       the declaration: lists, columns, notes
 *     position, name, version       next 8, recorded_at_us 8, leaf 32 bytes
 *     incident, name, version       [entry, event, reason]
 *     answers, name                 version 8 bytes
 * Table `days`: civil day of recording -> number of its first entry.
 * Tables of rows are called NAME.VERSION.LIST, and .history, .by.COLUMN behind that; notes
 * NAME.VERSION.NOTE. A version whose declaration is not what the program says any more was changed
 * without raising it: its rows are dropped and built anew. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/date.h"
#include "projections/instance.h"

#define VIEW_FORM       "4"
#define TABLE_NAME_SIZE 200
#define VERSIONS_MAX    16 /* of one name on disk */

static struct view_key meta_key(const char *what, const char *name)
{
    struct view_key key = view_key();
    key_text(&key, what, strlen(what));
    if (name)
        key_text(&key, name, strlen(name));
    return key;
}

static struct view_key version_key(const char *what, const char *name, int64_t version)
{
    struct view_key key = meta_key(what, name);
    key_number(&key, version);
    return key;
}

enum status catalog_open(struct runtime *runtime, struct fault *fault)
{
    struct view_key form = meta_key("form", NULL), day = meta_key("day", NULL);
    struct text_view value;
    enum status status = view_table_open(runtime->store, "meta", &runtime->meta, fault);
    if (status != STATUS_OK)
        return status;
    if (!view_get(runtime->store, runtime->meta, &form, &value) ||
        value.size != strlen(VIEW_FORM) || memcmp(value.data, VIEW_FORM, value.size) != 0) {
        status = view_clear(runtime->store, fault);
        if (status == STATUS_OK)
            status = view_table_open(runtime->store, "meta", &runtime->meta, fault);
        if (status == STATUS_OK)
            view_put(runtime->store, runtime->meta, &form, VIEW_FORM, strlen(VIEW_FORM), NULL);
    }
    if (status == STATUS_OK)
        status = view_table_open(runtime->store, "days", &runtime->days, fault);
    runtime->last_day = DATE_NONE;
    if (status == STATUS_OK && view_get(runtime->store, runtime->meta, &day, &value) &&
        value.size == sizeof runtime->last_day)
        memcpy(&runtime->last_day, value.data, sizeof runtime->last_day);
    return status;
}

/* ---- tables ---- */

static int column_place(const struct list_spec *list, const char *name)
{
    for (unsigned i = 0; name && i < list->column_count; i++)
        if (strcmp(list->columns[i].name, name) == 0)
            return (int)i;
    CHECK(!name); /* a list names one of its columns as date, unit or order */
    return -1;
}

static bool is_collated(const struct list_spec *list, const char *order)
{
    for (unsigned i = 0; i < LIST_ORDERS_MAX && list->collated[i]; i++)
        if (strcmp(list->collated[i], order) == 0)
            return true;
    return false;
}

static enum status table_open(struct runtime *runtime, const struct instance *instance,
                              const char *list, const char *more, unsigned *ret_table,
                              struct fault *fault)
{
    char name[TABLE_NAME_SIZE];
    snprintf(name, sizeof name, "%s.%lld.%s%s", instance->name, (long long)instance->version, list,
             more);
    return view_table_open(runtime->store, name, ret_table, fault);
}

static enum status list_open(struct runtime *runtime, struct instance *instance, unsigned index,
                             struct fault *fault)
{
    const struct list_spec *list = &instance->lists[index];
    struct list_tables *tables = &instance->tables[index];
    unsigned orders = names_count(list->orders, LIST_ORDERS_MAX);
    enum status status = table_open(runtime, instance, list->name, "", &tables->rows, fault);
    if (status == STATUS_OK && list->history)
        status = table_open(runtime, instance, list->name, ".history", &tables->history, fault);
    for (unsigned i = 0; i < LIST_ORDERS_MAX; i++)
        tables->order_columns[i] = -1;
    for (unsigned i = 0; i < orders && status == STATUS_OK; i++) {
        char more[64];
        snprintf(more, sizeof more, ".by.%s", list->orders[i]);
        tables->order_columns[i] = column_place(list, list->orders[i]);
        tables->collated[i] = is_collated(list, list->orders[i]);
        status = table_open(runtime, instance, list->name, more, &tables->orders[i], fault);
    }
    tables->date = column_place(list, list->date);
    tables->last = column_place(list, list->last);
    tables->unit = column_place(list, list->unit);
    return status;
}

static enum status tables_open(struct runtime *runtime, struct instance *instance,
                               struct fault *fault)
{
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < instance->list_count && status == STATUS_OK; i++)
        status = list_open(runtime, instance, i, fault);
    for (unsigned i = 0; i < instance->note_count && status == STATUS_OK; i++)
        status =
            table_open(runtime, instance, instance->note_names[i], "", &instance->notes[i], fault);
    return status;
}

/* Rows, position, incident and declaration: nothing is left of it. */
static enum status version_drop(struct runtime *runtime, struct instance *instance,
                                struct fault *fault)
{
    static const char *const kinds[] = {"declared", "position", "incident"};
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < instance->list_count && status == STATUS_OK; i++) {
        const struct list_tables *tables = &instance->tables[i];
        status = view_table_drop(runtime->store, tables->rows, fault);
        if (status == STATUS_OK && instance->lists[i].history)
            status = view_table_drop(runtime->store, tables->history, fault);
        for (unsigned k = 0; k < LIST_ORDERS_MAX && tables->order_columns[k] >= 0; k++)
            if (status == STATUS_OK)
                status = view_table_drop(runtime->store, tables->orders[k], fault);
    }
    for (unsigned i = 0; i < instance->note_count && status == STATUS_OK; i++)
        status = view_table_drop(runtime->store, instance->notes[i], fault);
    for (unsigned i = 0; i < 3; i++) {
        struct view_key key = version_key(kinds[i], instance->name, instance->version);
        view_remove(runtime->store, runtime->meta, &key, NULL);
    }
    return status;
}

/* ---- positions and incidents ---- */

void catalog_position(struct runtime *runtime, const struct instance *instance)
{
    struct view_key key = version_key("position", instance->name, instance->version);
    uint8_t bytes[16 + DIGEST_SIZE];
    memcpy(bytes, &instance->next, 8);
    memcpy(bytes + 8, &instance->recorded_at_us, 8);
    memcpy(bytes + 16, instance->leaf, DIGEST_SIZE);
    view_put(runtime->store, runtime->meta, &key, bytes, sizeof bytes, NULL);
}

static void position_read(struct runtime *runtime, struct instance *instance)
{
    struct view_key key = version_key("position", instance->name, instance->version);
    struct text_view bytes;
    if (!view_get(runtime->store, runtime->meta, &key, &bytes) || bytes.size != 16 + DIGEST_SIZE)
        return;
    memcpy(&instance->next, bytes.data, 8);
    memcpy(&instance->recorded_at_us, bytes.data + 8, 8);
    memcpy(instance->leaf, bytes.data + 16, DIGEST_SIZE);
}

void catalog_incident(struct runtime *runtime, const struct instance *instance)
{
    struct view_key key = version_key("incident", instance->name, instance->version);
    struct buffer out;
    if (!instance->stopped) {
        view_remove(runtime->store, runtime->meta, &key, NULL);
        return;
    }
    buffer_init(&out);
    pack_array(&out, 3);
    pack_int(&out, instance->incident.entry);
    pack_text(&out, instance->incident.event);
    pack_text(&out, instance->incident.reason);
    view_put(runtime->store, runtime->meta, &key, out.data, out.size, NULL);
    buffer_done(&out);
}

static void incident_read(struct runtime *runtime, struct instance *instance)
{
    struct view_key key = version_key("incident", instance->name, instance->version);
    struct text_view bytes;
    struct datum row;
    if (!view_get(runtime->store, runtime->meta, &key, &bytes))
        return;
    instance->stopped = true;
    if (!row_unpack(bytes, &runtime->arena, &row) || row.kind != DATUM_LIST || row.count != 3 ||
        row.items[1].kind != DATUM_TEXT || row.items[2].kind != DATUM_TEXT)
        return;
    instance->incident.entry = row.items[0].integer;
    snprintf(instance->incident.event, sizeof instance->incident.event, "%.*s",
             (int)row.items[1].count, row.items[1].text);
    snprintf(instance->incident.reason, sizeof instance->incident.reason, "%.*s",
             (int)row.items[2].count, row.items[2].text);
}

static void answers_write(struct runtime *runtime, const char *name, int64_t version)
{
    struct view_key key = meta_key("answers", name);
    view_put(runtime->store, runtime->meta, &key, &version, sizeof version, NULL);
}

/* ---- which versions are opened ---- */

struct versions {
    int64_t numbers[VERSIONS_MAX];
    unsigned count;
};

static bool version_each(void *user, struct text_view key, struct text_view value)
{
    struct versions *versions = user;
    int64_t number = 0;
    (void)value;
    for (unsigned i = 0; i < 8; i++)
        number = number << 8 | (uint8_t)key.data[key.size - 8 + i];
    if (versions->count < VERSIONS_MAX)
        versions->numbers[versions->count++] = number;
    return true;
}

static const struct projection *spec_of(const struct runtime *runtime, const char *name,
                                        int64_t version)
{
    for (unsigned i = 0; i < runtime->options.count; i++)
        if (strcmp(runtime->options.projections[i]->name, name) == 0 &&
            runtime->options.projections[i]->version == version)
            return runtime->options.projections[i];
    return NULL;
}

static void spec_use(struct instance *instance, const struct projection *spec)
{
    instance->spec = spec;
    instance->lists = spec->lists;
    while (instance->list_count < LISTS_MAX && spec->lists[instance->list_count].name)
        instance->list_count++;
    instance->note_names = spec->notes;
    instance->note_count = names_count(spec->notes, NOTES_MAX);
}

/* Opens one version that stands on disk with the lists it was declared with; false: that cannot be
 * read, so nothing of it is usable. */
static bool version_declared(struct runtime *runtime, const char *name, int64_t version,
                             struct instance *instance, struct text_view *ret_bytes)
{
    struct view_key key = version_key("declared", name, version);
    *instance = (struct instance){.name = name, .version = version};
    return view_get(runtime->store, runtime->meta, &key, ret_bytes) &&
           declaration_read(&runtime->arena, *ret_bytes, instance);
}

static enum status version_forget(struct runtime *runtime, const char *name, int64_t version,
                                  struct fault *fault)
{
    struct instance old;
    struct text_view bytes;
    if (!version_declared(runtime, name, version, &old, &bytes))
        return STATUS_OK;
    enum status status = tables_open(runtime, &old, fault);
    return status == STATUS_OK ? version_drop(runtime, &old, fault) : status;
}

/* Opens the version as this program folds it; rows of another declaration go. */
static enum status version_open(struct runtime *runtime, const struct projection *spec,
                                struct fault *fault)
{
    struct instance *instance = &runtime->instances[runtime->count];
    struct view_key key = version_key("declared", spec->name, spec->version);
    struct text_view stored;
    struct buffer declared;
    enum status status = STATUS_OK;
    *instance = (struct instance){.name = spec->name, .version = spec->version};
    spec_use(instance, spec);
    buffer_init(&declared);
    declaration_pack(&runtime->arena, instance, &declared);
    bool there = view_get(runtime->store, runtime->meta, &key, &stored);
    if (there &&
        (stored.size != declared.size || memcmp(stored.data, declared.data, stored.size) != 0)) {
        status = version_forget(runtime, spec->name, spec->version, fault);
        there = false;
    }
    if (status == STATUS_OK && !there)
        view_put(runtime->store, runtime->meta, &key, declared.data, declared.size, NULL);
    buffer_done(&declared);
    if (status == STATUS_OK)
        status = tables_open(runtime, instance, fault);
    if (status != STATUS_OK)
        return status;
    position_read(runtime, instance);
    incident_read(runtime, instance);
    runtime->count++;
    return STATUS_OK;
}

static enum status version_freeze(struct runtime *runtime, const char *name, int64_t version,
                                  struct fault *fault)
{
    struct instance *instance = &runtime->instances[runtime->count];
    struct text_view bytes;
    if (!version_declared(runtime, name, version, instance, &bytes))
        return STATUS_OK;
    enum status status = tables_open(runtime, instance, fault);
    if (status != STATUS_OK)
        return status;
    position_read(runtime, instance);
    runtime->count++;
    return STATUS_OK;
}

static bool is_listed(const struct versions *versions, int64_t version)
{
    for (unsigned i = 0; i < versions->count; i++)
        if (versions->numbers[i] == version)
            return true;
    return false;
}

/* The version that answers; the target's own where nothing else is there. */
static int64_t version_answering(struct runtime *runtime, const struct projection *target,
                                 const struct versions *on_disk)
{
    struct view_key key = meta_key("answers", target->name);
    struct text_view value;
    int64_t version = target->version;
    if (view_get(runtime->store, runtime->meta, &key, &value) && value.size == sizeof version)
        memcpy(&version, value.data, sizeof version);
    return is_listed(on_disk, version) ? version : target->version;
}

/* One name: the newest version is built or goes on; the one that answers until then stays; what is
 * neither goes. */
static enum status name_open(struct runtime *runtime, const struct projection *target,
                             struct fault *fault)
{
    struct versions on_disk = {.count = 0};
    struct view_key prefix = meta_key("declared", target->name);
    enum status status = STATUS_OK;
    view_scan(runtime->store, runtime->meta, &prefix, NULL, version_each, &on_disk);
    for (unsigned i = 0; i < on_disk.count && status == STATUS_OK && runtime->options.rebuild; i++)
        status = version_forget(runtime, target->name, on_disk.numbers[i], fault);
    if (runtime->options.rebuild)
        on_disk.count = 0;
    int64_t answering = version_answering(runtime, target, &on_disk);
    for (unsigned i = 0; i < on_disk.count && status == STATUS_OK; i++) {
        int64_t version = on_disk.numbers[i];
        const struct projection *spec = spec_of(runtime, target->name, version);
        if (runtime->count + 2 > PROJECTIONS_MAX)
            return fault_set(fault, STATUS_FULL, "more than %d projections and versions",
                             PROJECTIONS_MAX);
        if (version == target->version)
            continue;
        if (version != answering)
            status = version_forget(runtime, target->name, version, fault);
        else
            status = spec ? version_open(runtime, spec, fault)
                          : version_freeze(runtime, target->name, version, fault);
    }
    if (status == STATUS_OK)
        status = version_open(runtime, target, fault);
    if (status == STATUS_OK)
        answers_write(runtime, target->name, answering);
    for (unsigned i = 0; i < runtime->count; i++)
        if (strcmp(runtime->instances[i].name, target->name) == 0)
            runtime->instances[i].answers = runtime->instances[i].version == answering;
    return status;
}

static bool is_named(const char *only, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = only; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, size) == 0 && (at[size] == '\0' || at[size] == ','))
            return true;
    }
    return !only;
}

/* Every word of --only has to be a name: a word nobody knows is a mistake, not an empty set. */
static enum status only_check(const struct runtime *runtime, struct fault *fault)
{
    for (const char *at = runtime->options.only; at && *at;) {
        size_t size = strcspn(at, ",");
        bool known = false;
        for (unsigned i = 0; i < runtime->options.count; i++) {
            const char *name = runtime->options.projections[i]->name;
            known = known || (strlen(name) == size && memcmp(name, at, size) == 0);
        }
        if (!known) {
            char names[300] = "";
            for (unsigned i = 0; i < runtime->options.count; i++)
                snprintf(names + strlen(names), sizeof names - strlen(names), " %s",
                         runtime->options.projections[i]->name);
            return fault_set(fault, STATUS_INVALID, "no projection %.*s; known:%s", (int)size, at,
                             names);
        }
        at += size + (at[size] == ',');
    }
    return STATUS_OK;
}

enum status catalog_instances(struct runtime *runtime, struct fault *fault)
{
    enum status status = only_check(runtime, fault);
    for (unsigned i = 0; i < runtime->options.count && status == STATUS_OK; i++) {
        const struct projection *spec = runtime->options.projections[i];
        bool newest = true;
        for (unsigned k = 0; k < runtime->options.count; k++)
            newest = newest && (strcmp(runtime->options.projections[k]->name, spec->name) != 0 ||
                                runtime->options.projections[k]->version <= spec->version);
        if (newest && is_named(runtime->options.only, spec->name))
            status = name_open(runtime, spec, fault);
    }
    return status;
}

enum status catalog_take_over(struct runtime *runtime, struct instance *heir, struct fault *fault)
{
    const char *name = heir->name; /* `heir` itself moves up when those before it go */
    int64_t version = heir->version;
    enum status status = STATUS_OK;
    unsigned kept = 0;
    answers_write(runtime, name, version);
    heir->answers = true;
    for (unsigned i = 0; i < runtime->count; i++) {
        struct instance *instance = &runtime->instances[i];
        bool goes = strcmp(instance->name, name) == 0 && instance->version != version;
        if (goes && status == STATUS_OK)
            status = version_drop(runtime, instance, fault);
        if (!goes)
            runtime->instances[kept++] = *instance;
    }
    runtime->count = kept;
    return status;
}

/* ---- days ---- */

void catalog_day(struct runtime *runtime, int32_t day, int64_t number)
{
    struct view_key key = view_key(), newest = meta_key("day", NULL);
    key_number(&key, day);
    view_put(runtime->store, runtime->days, &key, &number, sizeof number, NULL);
    view_put(runtime->store, runtime->meta, &newest, &day, sizeof day, NULL);
    runtime->last_day = day;
}

static bool first_of_day(void *user, struct text_view key, struct text_view value)
{
    (void)key;
    if (value.size == sizeof(int64_t))
        memcpy(user, value.data, sizeof(int64_t));
    return false;
}

int64_t catalog_entry_by(struct runtime *runtime, int32_t day)
{
    struct view_key all = view_key(), after = view_key();
    int64_t first = -1;
    key_number(&after, (int64_t)day + 1);
    view_scan(runtime->store, runtime->days, &all, &after, first_of_day, &first);
    return first < 0 ? INT64_MAX : first - 1;
}

struct day_search {
    int64_t number;
    int32_t day;
};

static bool day_until(void *user, struct text_view key, struct text_view value)
{
    struct day_search *search = user;
    int64_t first = 0;
    uint64_t day = 0;
    for (unsigned i = 0; i < key.size && i < 8; i++)
        day = day << 8 | (uint8_t)key.data[i];
    if (value.size == sizeof first)
        memcpy(&first, value.data, sizeof first);
    if (first > search->number)
        return false;
    search->day = (int32_t)day;
    return true;
}

int32_t catalog_day_of(struct runtime *runtime, int64_t number)
{
    struct day_search search = {number, DATE_NONE};
    struct view_key all = view_key();
    view_scan(runtime->store, runtime->days, &all, NULL, day_until, &search);
    return search.day;
}
