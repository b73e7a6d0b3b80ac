/* runtime.c - entries are shown to projections one after the other, each on its own: what one of them
 * did of an entry it cannot fold is taken back, and the others do not notice. */
#include "projections/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "events/tree.h"
#include "projections/instance.h"

/* ---- life ---- */

static const char *const kind_names[] = {
#define K(name) #name,
    COLUMN_KINDS(K)
#undef K
};

const char *column_kind_name(enum column_kind kind)
{
    return kind_names[kind];
}

bool column_kind_is_number(enum column_kind kind)
{
    return kind == COLUMN_int || kind == COLUMN_time || kind == COLUMN_case || kind == COLUMN_duty;
}

/* Who is far behind the first gets a line of its own; the first is never far behind itself. */
static void lines_draw(struct runtime *runtime)
{
    int64_t front = 0;
    for (unsigned i = 0; i < runtime->count; i++) {
        struct instance *instance = &runtime->instances[i];
        instance->line = instance->spec && !instance->stopped ? LINE_MAIN : LINE_NONE;
        if (instance->line == LINE_MAIN && instance->next > front)
            front = instance->next;
    }
    for (unsigned i = 0; i < runtime->count; i++) {
        struct instance *instance = &runtime->instances[i];
        if (instance->line == LINE_MAIN && instance->next < front - CATCH_UP_ENTRIES)
            instance->line = LINE_BEHIND;
    }
}

enum status runtime_open(const struct runtime_options *options, struct runtime **ret_runtime,
                         struct fault *fault)
{
    struct runtime *runtime = calloc(1, sizeof *runtime);
    CHECK(runtime != NULL);
    runtime->options = *options;
    arena_init(&runtime->arena, 0);
    arena_init(&runtime->turn, 0);
    buffer_init(&runtime->row);
    enum status status = view_store_open(options->directory, &runtime->store, fault);
    if (status == STATUS_OK)
        status = catalog_open(runtime, fault);
    if (status == STATUS_OK)
        status = catalog_instances(runtime, fault);
    if (status == STATUS_OK)
        status = view_commit(runtime->store, fault);
    if (status != STATUS_OK) {
        runtime_close(runtime);
        return status;
    }
    lines_draw(runtime);
    *ret_runtime = runtime;
    return STATUS_OK;
}

void runtime_close(struct runtime *runtime)
{
    if (!runtime)
        return;
    view_store_close(runtime->store);
    arena_done(&runtime->arena);
    arena_done(&runtime->turn);
    buffer_done(&runtime->row);
    free(runtime);
}

/* ---- folding ---- */

int64_t runtime_next(const struct runtime *runtime, enum runtime_line line)
{
    int64_t next = INT64_MAX;
    for (unsigned i = 0; i < runtime->count; i++)
        if (runtime->instances[i].line == line && runtime->instances[i].next < next)
            next = runtime->instances[i].next;
    return next;
}

static bool instance_needs_state(const struct instance *instance)
{
    for (unsigned i = 0; i < instance->list_count; i++)
        if (instance->lists[i].unit)
            return true;
    return instance->spec && !instance->spec->without_state;
}

bool runtime_needs_state(const struct runtime *runtime)
{
    for (unsigned i = 0; i < runtime->count; i++)
        if (instance_needs_state(&runtime->instances[i]))
            return true;
    return false;
}

uint64_t runtime_events(const struct runtime *runtime)
{
    uint64_t events = 0;
    for (unsigned i = 0; i < runtime->count; i++)
        events |= runtime->instances[i].spec ? runtime->instances[i].spec->events : 0;
    return events;
}

static void figures_of(const struct instance *instance, struct figures *ret_figures)
{
    *ret_figures =
        (struct figures){.name = instance->name,
                         .version = instance->version,
                         .answers = instance->answers,
                         .state = !instance->spec                                       ? "frozen"
                                  : instance->stopped                                   ? "stopped"
                                  : instance->stalled                                   ? "stalled"
                                  : instance->line == LINE_BEHIND || !instance->answers ? "building"
                                                                                        : "running",
                         .next = instance->next,
                         .recorded_at_us = instance->recorded_at_us,
                         .incident = instance->stopped ? &instance->incident : NULL};
}

/* The rows go back to where they were before this entry; the incident is committed with the others'
 * rows. */
static void instance_stop(struct runtime *runtime, struct instance *instance,
                          const struct fold *fold)
{
    struct figures figures;
    view_undo(runtime->store);
    instance->stopped = true;
    instance->line = LINE_NONE;
    instance->incident.entry = instance->next;
    snprintf(instance->incident.event, sizeof instance->incident.event, "%s",
             fold->event ? event_spec(fold->event->type)->name : "");
    snprintf(instance->incident.reason, sizeof instance->incident.reason, "%.*s",
             (int)sizeof instance->incident.reason - 1, fold->fault.text);
    catalog_incident(runtime, instance);
    figures_of(instance, &figures);
    if (runtime->options.incident)
        runtime->options.incident(runtime->options.user, &figures);
}

static void entry_apply(struct fold *fold)
{
    const struct entry *entry = fold->entry;
    for (unsigned i = 0; i < entry->event_count && fold->fault.status == STATUS_OK; i++) {
        fold->event = &entry->events[i];
        fold->index = i;
        if (!(fold->projection->events >> fold->event->type & 1))
            continue;
        if (event_check(fold->event, &fold->fault) == STATUS_OK)
            fold->projection->apply(fold);
    }
}

static void instance_fold(struct runtime *runtime, struct instance *instance,
                          const struct followed *followed, const struct state *state,
                          uint64_t events)
{
    if (instance->spec->events & events) {
        struct fold fold = {.projection = instance->spec,
                            .state = state,
                            .entry = followed->entry,
                            .command = followed->command,
                            .arena = &runtime->turn,
                            .store = runtime->store,
                            .instance = instance,
                            .row = &runtime->row};
        view_mark(runtime->store);
        arena_reset(&runtime->turn);
        entry_apply(&fold);
        if (fold.fault.status != STATUS_OK) {
            instance_stop(runtime, instance, &fold);
            return;
        }
    }
    instance->next++;
    instance->recorded_at_us = followed->entry->recorded_at_us;
    memcpy(instance->leaf, followed->leaf, DIGEST_SIZE);
    instance->moved = true;
}

enum status runtime_fold(struct runtime *runtime, enum runtime_line line,
                         const struct followed *followed, const struct state *state,
                         struct fault *fault)
{
    const struct entry *entry = followed->entry;
    int32_t day = moment_day(entry->recorded_at_us);
    uint64_t events = 0;
    for (unsigned i = 0; i < entry->event_count; i++)
        events |= (uint64_t)1 << entry->events[i].type;
    if (day > runtime->last_day)
        catalog_day(runtime, day, entry->number);
    for (unsigned i = 0; i < runtime->count; i++) {
        struct instance *instance = &runtime->instances[i];
        if (instance->line != line || instance->next > entry->number)
            continue;
        if (instance->next < entry->number)
            return fault_set(fault, STATUS_CORRUPT, "projection %s wants entry %lld, not %lld",
                             instance->name, (long long)instance->next, (long long)entry->number);
        instance_fold(runtime, instance, followed, state, events);
    }
    return STATUS_OK;
}

/* ---- positions ---- */

static struct instance *answering(struct runtime *runtime, const char *name)
{
    for (unsigned i = 0; i < runtime->count; i++)
        if (runtime->instances[i].answers && strcmp(runtime->instances[i].name, name) == 0)
            return &runtime->instances[i];
    return NULL;
}

/* One that is built and has come as far as the version that answers; an older one where the program
 * was taken back. */
static struct instance *heir(struct runtime *runtime)
{
    for (unsigned i = 0; i < runtime->count; i++) {
        struct instance *instance = &runtime->instances[i];
        const struct instance *old = answering(runtime, instance->name);
        if (!instance->answers && instance->line == LINE_MAIN && old &&
            (instance->version > old->version || !old->spec) && instance->next >= old->next)
            return instance;
    }
    return NULL;
}

enum status runtime_commit(struct runtime *runtime, struct fault *fault)
{
    struct instance *next;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (next = heir(runtime)))
        status = catalog_take_over(runtime, next, fault);
    if (status != STATUS_OK)
        return status;
    for (unsigned i = 0; i < runtime->count; i++) {
        if (runtime->instances[i].moved)
            catalog_position(runtime, &runtime->instances[i]);
        runtime->instances[i].moved = false;
    }
    return view_commit(runtime->store, fault);
}

bool runtime_join(struct runtime *runtime, int64_t main_next)
{
    bool none = true;
    for (unsigned i = 0; i < runtime->count; i++) {
        struct instance *instance = &runtime->instances[i];
        if (instance->line == LINE_BEHIND && instance->next >= main_next)
            instance->line = LINE_MAIN;
        none = none && instance->line != LINE_BEHIND;
    }
    return none;
}

enum status runtime_resume(struct runtime *runtime, const char *name, int64_t main_next,
                           struct fault *fault)
{
    bool found = false;
    for (unsigned i = 0; i < runtime->count; i++) {
        struct instance *instance = &runtime->instances[i];
        if (strcmp(instance->name, name) != 0 || !instance->spec)
            continue;
        found = true;
        if (!instance->stopped)
            continue;
        instance->stopped = false;
        instance->line = instance->next >= main_next ? LINE_MAIN : LINE_BEHIND;
        catalog_incident(runtime, instance);
    }
    if (!found)
        return fault_set(fault, STATUS_NOT_FOUND, "no projection %s is folded here", name);
    return runtime_commit(runtime, fault);
}

void runtime_watch(struct runtime *runtime, int64_t size, int64_t now_ms)
{
    for (unsigned i = 0; i < runtime->count; i++) {
        struct instance *instance = &runtime->instances[i];
        bool waits = instance->spec && !instance->stopped && instance->next < size;
        if (!waits || instance->next != instance->still_at) {
            instance->still_at = instance->next;
            instance->still_since_ms = now_ms;
            instance->stalled = false;
        } else if (!instance->stalled && now_ms - instance->still_since_ms >= STALL_MS) {
            struct figures figures;
            instance->stalled = true;
            figures_of(instance, &figures);
            if (runtime->options.stalled)
                runtime->options.stalled(runtime->options.user, &figures);
        }
    }
}

bool runtime_figures(const struct runtime *runtime, unsigned index, struct figures *ret_figures)
{
    if (index >= runtime->count)
        return false;
    figures_of(&runtime->instances[index], ret_figures);
    return true;
}

/* ---- digest ---- */

struct digesting {
    uint8_t digest[DIGEST_SIZE];
    struct buffer row;
};

static bool digest_row(void *user, struct text_view key, struct text_view value)
{
    struct digesting *digesting = user;
    buffer_clear(&digesting->row);
    buffer_add(&digesting->row, digesting->digest, DIGEST_SIZE);
    buffer_addf(&digesting->row, "%u ", key.size);
    buffer_add(&digesting->row, key.data, key.size);
    buffer_add(&digesting->row, value.data, value.size);
    sha256(digesting->row.data, digesting->row.size, digesting->digest);
    return true;
}

enum status runtime_digest(struct runtime *runtime, const char *name,
                           uint8_t ret_digest[DIGEST_SIZE], struct fault *fault)
{
    struct digesting digesting = {.digest = {0}};
    struct view_key all = view_key();
    const struct instance *instance = answering(runtime, name);
    if (!instance)
        return fault_set(fault, STATUS_NOT_FOUND, "no projection %s is here", name);
    buffer_init(&digesting.row);
    for (unsigned i = 0; i < instance->list_count; i++) {
        const struct list_tables *tables = &instance->tables[i];
        view_scan(runtime->store, tables->rows, &all, NULL, digest_row, &digesting);
        if (instance->lists[i].history)
            view_scan(runtime->store, tables->history, &all, NULL, digest_row, &digesting);
        for (unsigned k = 0; k < LIST_ORDERS_MAX && tables->order_columns[k] >= 0; k++)
            view_scan(runtime->store, tables->orders[k], &all, NULL, digest_row, &digesting);
    }
    for (unsigned i = 0; i < instance->note_count; i++)
        view_scan(runtime->store, instance->notes[i], &all, NULL, digest_row, &digesting);
    memcpy(ret_digest, digesting.digest, DIGEST_SIZE);
    buffer_done(&digesting.row);
    return STATUS_OK;
}
