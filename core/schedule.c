/* schedule.c - what becomes due, by day: buckets of items, one bucket a civil day.
 *
 * A duty stands in at most one valid bucket: that of its next day; a bucket's item whose duty has
 * moved on is stale and dropped when met. So a day costs what falls due on it and nothing else. */
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"

struct item {
    uint8_t kind;
    symbol what;
    int64_t number;
};

struct bucket {
    struct item *items;
    uint32_t count, capacity;
};

#define SCHEDULE_FIRST (-25567) /* 1900-01-01 */
#define SCHEDULE_DAYS  (402000) /* to 2999-12-31 */

struct schedule {
    struct bucket *buckets; /* by day - SCHEDULE_FIRST */
    int32_t earliest;       /* no bucket before it holds anything */
};

struct schedule *schedule_open(void)
{
    struct schedule *schedule = calloc(1, sizeof *schedule);
    CHECK(schedule != NULL);
    schedule->buckets = calloc(SCHEDULE_DAYS, sizeof *schedule->buckets);
    CHECK(schedule->buckets != NULL);
    schedule->earliest = SCHEDULE_FIRST + SCHEDULE_DAYS;
    return schedule;
}

void schedule_close(struct schedule *schedule)
{
    for (int32_t i = 0; i < SCHEDULE_DAYS; i++)
        free(schedule->buckets[i].items);
    free(schedule->buckets);
    free(schedule);
}

size_t schedule_bytes(const struct schedule *schedule)
{
    size_t bytes = SCHEDULE_DAYS * sizeof *schedule->buckets;
    for (int32_t i = 0; i < SCHEDULE_DAYS; i++)
        bytes += schedule->buckets[i].capacity * sizeof(struct item);
    return bytes;
}

static struct bucket *bucket_of(struct schedule *schedule, int32_t day)
{
    if (day < SCHEDULE_FIRST || day >= SCHEDULE_FIRST + SCHEDULE_DAYS)
        return NULL;
    return &schedule->buckets[day - SCHEDULE_FIRST];
}

void schedule_add(struct state *state, int32_t day, enum tick_kind kind, int64_t number,
                  symbol what)
{
    struct bucket *bucket = bucket_of(state->schedule, day);
    if (!bucket)
        return;
    for (uint32_t i = 0; kind == TICK_period && i < bucket->count;
         i++) /* others are added once by their nature */
        if (bucket->items[i].kind == kind && bucket->items[i].number == number &&
            bucket->items[i].what == what)
            return;
    bucket->items =
        table_grow(bucket->items, &bucket->capacity, bucket->count, sizeof *bucket->items);
    bucket->items[bucket->count++] = (struct item){(uint8_t)kind, what, number};
    if (day < state->schedule->earliest)
        state->schedule->earliest = day;
}

void schedule_forget(struct state *state, int32_t day, enum tick_kind kind, int64_t number,
                     symbol what)
{
    struct bucket *bucket = bucket_of(state->schedule, day);
    uint32_t kept = 0;
    for (uint32_t i = 0; bucket && i < bucket->count; i++)
        if (bucket->items[i].kind != kind || bucket->items[i].number != number ||
            bucket->items[i].what != what)
            bucket->items[kept++] = bucket->items[i];
    if (bucket)
        bucket->count = kept;
}

/* ---- duties ---- */

/* What comes next for an open duty: reminders to the due day, then overdue, then notices and
 * escalations. */
bool duty_next(const struct state *state, const struct duty_row *duty, int32_t *ret_day,
               enum tick_kind *ret_kind)
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
    int32_t notice =
        duty->ladder ? deadline_overdue_notice(state->calendar, duty->ladder, deadline,
                                               SHIFT_PREVIOUS_WORKDAY, duty->notices_fired, NULL)
                     : DATE_NONE;
    *ret_day = notice;
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
    bool any = duty_next(state, duty, &day, &kind);
    bool same = any && duty->next_day == day;
    duty->next_day = any ? day : DATE_NONE;
    duty->next_kind = (uint8_t)kind;
    if (any && !same)
        schedule_add(state, day, TICK_rung, number,
                     SYMBOL_NONE); /* one item a duty, whatever its kind */
}

/* ---- asking ---- */

static bool item_is_valid(const struct state *state, const struct item *item, int32_t day)
{
    if (item->kind != TICK_rung)
        return true;
    const struct duty_row *duty = &state->duties.items[item->number];
    return duty->next_day == day;
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

unsigned state_due(struct state *state, int32_t day, struct arena *arena, struct tick *ret_ticks,
                   unsigned max)
{
    struct schedule *schedule = state->schedule;
    unsigned count = 0;
    (void)arena;
    for (int32_t at = schedule->earliest; at <= day && count < max; at++) {
        struct bucket *bucket = bucket_of(schedule, at);
        if (!bucket)
            break;
        uint32_t kept = 0;
        for (uint32_t i = 0; i < bucket->count; i++) {
            if (!item_is_valid(state, &bucket->items[i], at))
                continue;
            bucket->items[kept++] = bucket->items[i];
            if (count < max)
                ret_ticks[count++] = item_tick(state, &bucket->items[kept - 1], at);
        }
        bucket->count = kept;
        if (kept == 0 && at == schedule->earliest)
            schedule->earliest = at + 1;
    }
    return count;
}

bool schedule_is_due(struct state *state, const struct tick *tick, symbol what)
{
    struct bucket *bucket = bucket_of(state->schedule, tick->day);
    for (uint32_t i = 0; bucket && i < bucket->count; i++) {
        const struct item *item = &bucket->items[i];
        if (!item_is_valid(state, item, tick->day) || item->number != tick->number)
            continue;
        struct tick due = item_tick(state, item, tick->day);
        if (due.kind == tick->kind && (item->kind == TICK_rung || item->what == what))
            return true;
    }
    return false;
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
    for (int32_t i = 0; i < SCHEDULE_DAYS; i++)
        for (uint32_t k = 0; k < schedule->buckets[i].count; k++) {
            const struct item *item = &schedule->buckets[i].items[k];
            if (item->kind != TICK_rung)
                each(user, i + SCHEDULE_FIRST, (enum tick_kind)item->kind, item->number,
                     item->what);
        }
}
