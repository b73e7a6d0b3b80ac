/* schedule.c - what becomes due, by day: buckets of items, one bucket a civil day.
 *
 * A duty stands in at most one valid bucket: that of its next day; what else waits for a day is
 * noted in a set. An item whose duty has moved on, or that is in the set no more, is stale and
 * passed over when met; stale items at a bucket's front are never met again. So listing what is
 * due, adding and taking away cost the same however much is due on that day. */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/map.h"
#include "core/decide.h"

struct item {
    uint8_t kind;
    symbol what;
    int64_t number;
};

struct bucket {
    struct item *items;
    uint32_t first; /* all before it are stale */
    uint32_t count, capacity;
};

#define SCHEDULE_FIRST (-25567) /* 1900-01-01 */
#define SCHEDULE_DAYS  (402000) /* to 2999-12-31 */

#define CHUNK_DAYS 512
#define CHUNKS     ((SCHEDULE_DAYS + CHUNK_DAYS - 1) / CHUNK_DAYS)

struct schedule {
    struct bucket *chunks[CHUNKS]; /* of CHUNK_DAYS buckets each; NULL: nothing was ever there */
    struct bytes_map waiting;      /* items that are no duty's, by waiting_key() */
    int32_t earliest;              /* no bucket before it holds anything */
};

#define WAITING_KEY_SIZE 28

/* The last eight bytes serve as hash (map.c), so they are made of all that tells items apart. */
static void waiting_key(int32_t day, const struct item *item, uint8_t out[WAITING_KEY_SIZE])
{
    uint64_t spread = (uint64_t)item->number * 0x9e3779b97f4a7c15u +
                      (uint64_t)item->what * 0xbf58476d1ce4e5b9u +
                      (uint64_t)(uint32_t)day * 0x94d049bb133111ebu + item->kind;
    memset(out, 0, WAITING_KEY_SIZE);
    memcpy(out, &day, 4);
    memcpy(out + 4, &item->what, 4);
    memcpy(out + 8, &item->number, 8);
    out[16] = item->kind;
    memcpy(out + 20, &spread, 8);
}

/* Its place in the bucket: an item that went and came again stands at its later place only. */
static bool is_waiting(const struct schedule *schedule, int32_t day, const struct item *item,
                       uint64_t *ret_place)
{
    uint8_t key[WAITING_KEY_SIZE];
    waiting_key(day, item, key);
    return bytes_map_get(&schedule->waiting, key, ret_place);
}

struct schedule *schedule_open(void)
{
    struct schedule *schedule = calloc(1, sizeof *schedule);
    CHECK(schedule != NULL);
    bytes_map_init(&schedule->waiting, WAITING_KEY_SIZE);
    schedule->earliest = SCHEDULE_FIRST + SCHEDULE_DAYS;
    return schedule;
}

void schedule_close(struct schedule *schedule)
{
    for (unsigned i = 0; i < CHUNKS; i++) {
        for (unsigned k = 0; schedule->chunks[i] && k < CHUNK_DAYS; k++)
            free(schedule->chunks[i][k].items);
        free(schedule->chunks[i]);
    }
    bytes_map_done(&schedule->waiting);
    free(schedule);
}

size_t schedule_bytes(const struct schedule *schedule)
{
    size_t bytes = sizeof *schedule + bytes_map_bytes(&schedule->waiting);
    for (unsigned i = 0; i < CHUNKS; i++) {
        bytes += schedule->chunks[i] ? CHUNK_DAYS * sizeof(struct bucket) : 0;
        for (unsigned k = 0; schedule->chunks[i] && k < CHUNK_DAYS; k++)
            bytes += schedule->chunks[i][k].capacity * sizeof(struct item);
    }
    return bytes;
}

/* NULL: beyond what can be scheduled, or nothing was ever there. */
static struct bucket *bucket_of(struct schedule *schedule, int32_t day)
{
    if (day < SCHEDULE_FIRST || day >= SCHEDULE_FIRST + SCHEDULE_DAYS)
        return NULL;
    struct bucket *chunk = schedule->chunks[(day - SCHEDULE_FIRST) / CHUNK_DAYS];
    return chunk ? &chunk[(day - SCHEDULE_FIRST) % CHUNK_DAYS] : NULL;
}

static struct bucket *bucket_make(struct schedule *schedule, int32_t day)
{
    if (day < SCHEDULE_FIRST || day >= SCHEDULE_FIRST + SCHEDULE_DAYS)
        return NULL;
    struct bucket **chunk = &schedule->chunks[(day - SCHEDULE_FIRST) / CHUNK_DAYS];
    if (!*chunk)
        *chunk = calloc(CHUNK_DAYS, sizeof **chunk);
    CHECK(*chunk != NULL);
    return bucket_of(schedule, day);
}

void schedule_add(struct state *state, int32_t day, enum tick_kind kind, int64_t number,
                  symbol what)
{
    struct schedule *schedule = state->schedule;
    struct bucket *bucket = bucket_make(schedule, day);
    struct item item = {(uint8_t)kind, what, number};
    uint8_t key[WAITING_KEY_SIZE];
    uint64_t place;
    if (!bucket || (kind != TICK_rung && is_waiting(schedule, day, &item, &place)))
        return;
    if (kind != TICK_rung) {
        waiting_key(day, &item, key);
        bytes_map_put(&schedule->waiting, key, bucket->count);
    }
    if (bucket->count == bucket->capacity) {
        bucket->capacity = bucket->capacity ? bucket->capacity * 2 : 8;
        bucket->items = realloc(bucket->items, bucket->capacity * sizeof *bucket->items);
        CHECK(bucket->items != NULL);
    }
    bucket->items[bucket->count++] = item;
    if (day < schedule->earliest)
        schedule->earliest = day;
}

void schedule_forget(struct state *state, int32_t day, enum tick_kind kind, int64_t number,
                     symbol what)
{
    struct item item = {(uint8_t)kind, what, number};
    uint8_t key[WAITING_KEY_SIZE];
    waiting_key(day, &item, key);
    bytes_map_remove(&state->schedule->waiting, key);
}

bool duty_next(const struct state *state, const struct duty_row *duty, int32_t *ret_day,
               enum tick_kind *ret_kind, struct provisional *lean)
{
    const struct deadline *deadline = &duty->deadline;
    if (!duty_is_open(duty) || duty->suspended)
        return false;
    if (duty->rungs_fired < deadline->rung_count) {
        *ret_day = deadline->rungs[duty->rungs_fired];
        *ret_kind = TICK_rung;
        return true;
    }
    if (!duty->overdue_noted) {
        *ret_day = deadline->due + 1;
        *ret_kind = TICK_overdue;
        return true;
    }
    const struct ladder *ladder = duty_ladder(state, duty);
    *ret_day = ladder ? deadline_overdue_notice(state->calendar, ladder, deadline,
                                                duty_pack(duty)->shift, duty->notices_fired, lean)
                      : DATE_NONE;
    *ret_kind = TICK_notice;
    for (unsigned level = 0; level < 2; level++)
        if (deadline->escalations[level] != DATE_NONE && !(duty->escalations_fired & 1u << level) &&
            (*ret_day == DATE_NONE || deadline->escalations[level] < *ret_day)) {
            *ret_day = deadline->escalations[level];
            *ret_kind = TICK_escalate;
        }
    return *ret_day != DATE_NONE;
}

void schedule_duty(struct state *state, int64_t number)
{
    struct duty_row *duty = &state->duties.items[number];
    enum tick_kind kind = TICK_rung;
    int32_t day = DATE_NONE;
    struct provisional lean = {0};
    bool any = duty_next(state, duty, &day, &kind, &lean);
    bool same = any && duty->next_day == day;
    duty->next_day = any ? day : DATE_NONE;
    duty->next_kind = (uint8_t)kind;
    duty->next_lean = lean;
    if (any && !same)
        schedule_add(state, day, TICK_rung, number,
                     SYMBOL_NONE); /* one item a duty, whatever its kind */
    lean_note(state, number, &duty->deadline.lean, &lean);
}

void schedule_restore(struct state *state, int64_t number)
{
    static const struct provisional none;
    const struct duty_row *duty = &state->duties.items[number];
    if (duty->next_day != DATE_NONE)
        schedule_add(state, duty->next_day, TICK_rung, number, SYMBOL_NONE);
    lean_note(state, number, &none, &duty->deadline.lean);
    lean_note(state, number, &duty->deadline.lean, &duty->next_lean);
}

/* ---- asking ---- */

static bool item_is_valid(const struct state *state, const struct bucket *bucket, uint32_t at,
                          int32_t day)
{
    const struct item *item = &bucket->items[at];
    uint64_t place;
    if (item->kind != TICK_rung)
        return is_waiting(state->schedule, day, item, &place) && place == at;
    return state->duties.items[item->number].next_day == day;
}

static struct tick item_tick(const struct state *state, const struct item *item, int32_t day)
{
    struct tick tick = {(enum tick_kind)item->kind, day, item->number,
                        symbol_text(state->symbols, item->what)};
    if (item->kind != TICK_rung)
        return tick;
    const struct duty_row *duty = &state->duties.items[item->number];
    tick.kind = (enum tick_kind)duty->next_kind;
    if (tick.kind == TICK_escalate)
        tick.what = duty->deadline.escalations[0] == day && !(duty->escalations_fired & 1)
                        ? "superior"
                        : "supervisor";
    return tick;
}

static bool reminds_somebody(enum tick_kind kind)
{
    return kind == TICK_rung || kind == TICK_notice || kind == TICK_escalate;
}

static unsigned bucket_due(struct state *state, struct bucket *bucket, int32_t day,
                           bool reminders_too, struct tick *ret_ticks, unsigned max)
{
    unsigned count = 0;
    while (bucket->first < bucket->count && !item_is_valid(state, bucket, bucket->first, day))
        bucket->first++;
    if (bucket->first == bucket->count)
        bucket->first = bucket->count = 0;
    for (uint32_t i = bucket->first; i < bucket->count && count < max; i++) {
        if (!item_is_valid(state, bucket, i, day))
            continue;
        ret_ticks[count] = item_tick(state, &bucket->items[i], day);
        count += reminders_too || !reminds_somebody(ret_ticks[count].kind);
    }
    return count;
}

static unsigned due_list(struct state *state, int32_t day, bool reminders_too,
                         struct tick *ret_ticks, unsigned max)
{
    struct schedule *schedule = state->schedule;
    unsigned count = 0;
    int32_t last = SCHEDULE_FIRST + SCHEDULE_DAYS - 1;
    for (int32_t at = schedule->earliest; at <= day && at <= last && count < max; at++) {
        struct bucket *bucket = bucket_of(schedule, at);
        if (bucket)
            count += bucket_due(state, bucket, at, reminders_too || at < day, ret_ticks + count,
                                max - count);
        if ((!bucket || !bucket->count) && at == schedule->earliest)
            schedule->earliest = at + 1;
    }
    return count;
}

unsigned state_due(struct state *state, int32_t day, struct arena *arena, struct tick *ret_ticks,
                   unsigned max)
{
    (void)arena;
    return due_list(state, day, true, ret_ticks, max);
}

unsigned state_due_before_hour(struct state *state, int32_t day, struct tick *ret_ticks,
                               unsigned max)
{
    return due_list(state, day, false, ret_ticks, max);
}

/* Is exactly what the tick names due on the day it names? Of two escalations on one day it is the
 * first that has not been. */
bool schedule_is_due(struct state *state, const struct tick *tick, symbol what)
{
    struct item item = {(uint8_t)tick->kind, what, tick->number};
    uint64_t place;
    if (is_waiting(state->schedule, tick->day, &item, &place))
        return true;
    item = (struct item){.kind = TICK_rung, .number = tick->number};
    if (tick->number < 1 || tick->number >= (int64_t)state->duties.count ||
        state->duties.items[tick->number].next_day != tick->day)
        return false;
    struct tick due = item_tick(state, &item, tick->day);
    return due.kind == tick->kind && strcmp(due.what, tick->what) == 0;
}

static const char *const names[TICK_COUNT] = {
#define T(name) [TICK_##name] = #name,
    TICKS(T)
#undef T
};

const char *tick_name(enum tick_kind kind)
{
    return kind < TICK_COUNT ? names[kind] : "?";
}

void schedule_each(const struct schedule *schedule,
                   void (*each)(void *user, int32_t day, enum tick_kind kind, int64_t number,
                                symbol what),
                   void *user)
{
    for (int32_t i = 0; i < (int32_t)(CHUNKS * CHUNK_DAYS); i++) {
        const struct bucket *chunk = schedule->chunks[i / CHUNK_DAYS];
        const struct bucket *bucket = chunk ? &chunk[i % CHUNK_DAYS] : NULL;
        for (uint32_t k = bucket ? bucket->first : 0; bucket && k < bucket->count; k++) {
            const struct item *item = &bucket->items[k];
            uint64_t place;
            if (item->kind != TICK_rung && is_waiting(schedule, i + SCHEDULE_FIRST, item, &place) &&
                place == k)
                each(user, i + SCHEDULE_FIRST, (enum tick_kind)item->kind, item->number,
                     item->what);
        }
    }
}
