/* leaning.c - which duties lean on a year whose calendar is not published yet.
 *
 * An index by year, so that a calendar's arrival costs what leaned on it and nothing else. A duty
 * is listed when its dates, or the day of its next overdue notice, asked about such a year; it
 * stays listed when it is moved away or closed, and is looked at when the calendar comes: what it
 * says of itself then decides, so that a list made from a snapshot, which has none that have moved
 * away, does the same. */
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"

void lean_note(struct state *state, int64_t duty, const struct provisional *before,
               const struct provisional *now)
{
    for (unsigned i = 0; i < now->count; i++)
        if (now->years[i] > 0 && !provisional_has(before, now->years[i]))
            numbers_add(state_numbers_make(&state->leaning, (symbol)now->years[i]), duty);
}

static int by_number(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

/* In the order of their numbers, whatever they were listed for first. A duty whose dates leaned on
 * the year gets a tick, so that an entry says what became of them and why, and stays listed until
 * then; where only the day of the next notice did, it is asked again here. */
void lean_resolve(struct state *state, int year)
{
    struct numbers *listed =
        year > 0 ? (struct numbers *)(uintptr_t)state_numbers(&state->leaning, (symbol)year) : NULL;
    if (!listed || !listed->count)
        return;
    struct numbers duties = *listed;
    *listed = (struct numbers){0};
    qsort(duties.items, duties.count, sizeof *duties.items, by_number);
    for (uint32_t i = 0; i < duties.count; i++) {
        const struct duty_row *duty = &state->duties.items[duties.items[i]];
        if (!duty_is_open(duty) || (i > 0 && duties.items[i] == duties.items[i - 1]))
            continue;
        if (provisional_has(&duty->deadline.lean, year)) {
            schedule_add(state, state->today, TICK_calendar, duties.items[i], SYMBOL_NONE);
            numbers_add(state_numbers_make(&state->leaning, (symbol)year), duties.items[i]);
        } else if (provisional_has(&duty->next_lean, year)) {
            schedule_duty(state, duties.items[i]);
        }
    }
    free(duties.items);
}
