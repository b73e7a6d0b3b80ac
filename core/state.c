/* state.c - the life of a state, its tables, and the fold of an entry. */
#include "core/state.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"

struct numbers *state_numbers_make(struct map *map, symbol name)
{
    uint64_t value;
    if (map_get(map, name, &value))
        return (struct numbers *)(uintptr_t)value;
    struct numbers *numbers = calloc(1, sizeof *numbers);
    CHECK(numbers != NULL);
    map_put(map, name, (uint64_t)(uintptr_t)numbers);
    return numbers;
}

/* Row 0 of every table stands for "none". */
static void tables_open(struct state *state)
{
    (void)TABLE_ADD(state->members);
    (void)TABLE_ADD(state->keys);
    (void)TABLE_ADD(state->assignments);
    (void)TABLE_ADD(state->subjects);
    (void)TABLE_ADD(state->facts);
    (void)TABLE_ADD(state->acts);
    (void)TABLE_ADD(state->cases);
    (void)TABLE_ADD(state->duties);
    (void)TABLE_ADD(state->waivers);
    (void)TABLE_ADD(state->activations);
    (void)TABLE_ADD(state->reminders);
    (void)TABLE_ADD(state->reminder_members);
    (void)TABLE_ADD(state->told);
    bytes_map_init(&state->key_by_bytes, KEY_SIZE);
}

struct state *state_open(const char *origin)
{
    struct state *state = calloc(1, sizeof *state);
    CHECK(state != NULL);
    state->origin = strdup(origin);
    state->symbols = symbol_table_open();
    rulebook_init(&state->rules, state->symbols);
    state->calendar = calendar_open();
    arena_init(&state->heap, (size_t)1 << 36);
    state->schedule = schedule_open();
    state->blobs = blob_store_open();
    state->today = DATE_NONE;
    tables_open(state);
#define W(name, text) state->words.name = symbol_add(state->symbols, text);
    CORE_WORDS(W)
#undef W
    return state;
}

/* ---- closing ---- */

/* Frees the lists of numbers of a map by walking all its keys: symbols, numbers, years. */
static void numbers_free(struct map *map, size_t last)
{
    for (size_t key = 1; key <= last; key++) {
        uint64_t value;
        if (map_get(map, key, &value)) {
            struct numbers *numbers = (struct numbers *)(uintptr_t)value;
            free(numbers->items);
            free(numbers);
        }
    }
    map_done(map);
}

static void rows_free(struct state *state)
{
    for (uint32_t i = 0; i < state->members.count; i++)
        free(state->members.items[i].assignments.items);
    for (uint32_t i = 0; i < state->subjects.count; i++) {
        struct subject *subject = &state->subjects.items[i];
        free(subject->fields);
        free(subject->facts.items);
        free(subject->cases.items);
        free(subject->duties.items);
        free(subject->children.items);
    }
    for (uint32_t i = 0; i < state->acts.count; i++)
        free(state->acts.items[i].signatures);
    for (uint32_t i = 0; i < state->cases.count; i++) {
        struct case_row *row = &state->cases.items[i];
        free(row->acts.items);
        free(row->duties.items);
        free(row->children.items);
    }
}

const char *state_origin(const struct state *state)
{
    return state->origin;
}

void state_close(struct state *state)
{
    if (!state)
        return;
    size_t symbols = symbol_count(state->symbols);
    struct map *lists[] = {&state->facts_by_type, &state->cases_by_procedure,
                           &state->subjects_by_kind, &state->duties_by_name};
    numbers_free(&state->assignments_by_unit, state->subjects.count);
    numbers_free(&state->leaning, INT16_MAX);
    rows_free(state);
    for (unsigned i = 0; i < sizeof lists / sizeof lists[0]; i++)
        numbers_free(lists[i], symbols);
    TABLE_DONE(state->members);
    TABLE_DONE(state->keys);
    TABLE_DONE(state->assignments);
    TABLE_DONE(state->subjects);
    TABLE_DONE(state->facts);
    TABLE_DONE(state->acts);
    TABLE_DONE(state->cases);
    TABLE_DONE(state->duties);
    TABLE_DONE(state->waivers);
    TABLE_DONE(state->activations);
    TABLE_DONE(state->reminders);
    TABLE_DONE(state->reminder_members);
    TABLE_DONE(state->told);
    map_done(&state->member_by_id);
    map_done(&state->subject_by_id);
    map_done(&state->member_by_person);
    map_done(&state->watched);
    map_done(&state->occasions);
    map_done(&state->series);
    bytes_map_done(&state->key_by_bytes);
    schedule_close(state->schedule);
    blob_store_close(state->blobs);
    rulebook_done(&state->rules);
    calendar_close(state->calendar);
    arena_done(&state->heap);
    symbol_table_close(state->symbols);
    free(state->origin);
    free(state);
}

/* ---- the fold ---- */

enum status state_fold(struct state *state, const struct moment *when,
                       const struct command *command, const struct event *events,
                       unsigned event_count, struct fault *fault)
{
    (void)command;
    if (when->number != state->next_entry)
        return fault_set(fault, STATUS_CORRUPT, "entry %lld where %lld was expected",
                         (long long)when->number, (long long)state->next_entry);
    state->recorded_at_us = when->recorded_at_us;
    state->today = moment_day(when->recorded_at_us);
    for (unsigned i = 0; i < event_count; i++) {
        enum status status = event_check(&events[i], fault);
        if (status == STATUS_OK)
            status = apply(state, when, &events[i], fault);
        if (status != STATUS_OK) {
            fault_add(fault, "entry %lld, event %u", (long long)when->number, i);
            return status;
        }
    }
    state->next_entry++;
    return STATUS_OK;
}

#define CACHE_LINE 64

void state_expect_case(const struct state *state, int64_t number)
{
    if (number <= 0 || number >= (int64_t)state->cases.count)
        return;
    const char *row = (const char *)&state->cases.items[number];
    for (size_t at = 0; at < sizeof state->cases.items[0]; at += CACHE_LINE)
        __builtin_prefetch(row + at);
}

int64_t state_next_number(const struct state *state)
{
    return state->next_entry;
}

/* ---- figures ---- */

static size_t tables_bytes(const struct state *state)
{
    return TABLE_BYTES(state->members) + TABLE_BYTES(state->keys) +
           TABLE_BYTES(state->assignments) + TABLE_BYTES(state->subjects) +
           TABLE_BYTES(state->facts) + TABLE_BYTES(state->acts) + TABLE_BYTES(state->cases) +
           TABLE_BYTES(state->duties) + TABLE_BYTES(state->reminders) +
           TABLE_BYTES(state->reminder_members) + TABLE_BYTES(state->told);
}

static size_t lists_bytes(const struct state *state)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < state->subjects.count; i++) {
        const struct subject *subject = &state->subjects.items[i];
        bytes += subject->field_capacity * sizeof *subject->fields;
        bytes += (subject->facts.capacity + subject->cases.capacity + subject->duties.capacity) *
                 sizeof(int64_t);
    }
    for (uint32_t i = 0; i < state->cases.count; i++)
        bytes += (state->cases.items[i].acts.capacity + state->cases.items[i].duties.capacity) *
                 sizeof(int64_t);
    return bytes;
}

void state_figures(const struct state *state, struct state_figures *ret_figures)
{
    struct state_figures figures = {.members = state->members.count - 1,
                                    .subjects = state->subjects.count - 1,
                                    .facts = state->facts.count - 1,
                                    .cases = state->cases.count - 1,
                                    .acts = state->acts.count - 1,
                                    .duties = state->duties.count - 1};
    for (uint32_t i = 1; i < state->cases.count; i++)
        figures.cases_running += state->cases.items[i].status != CASE_ENDED;
    for (uint32_t i = 1; i < state->duties.count; i++)
        figures.duties_open += duty_is_open(&state->duties.items[i]);
    figures.bytes = tables_bytes(state) + lists_bytes(state) + state->heap.used +
                    symbol_bytes(state->symbols) + schedule_bytes(state->schedule) +
                    bytes_map_bytes(&state->key_by_bytes);
    *ret_figures = figures;
}
