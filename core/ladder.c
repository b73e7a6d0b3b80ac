/* ladder.c - the reminders of one due day.
 *
 *      start      rungs (shifted to the workday before, merged)   due | first overdue, +every ...
 *   -----|-----------*--------*------*---*-----------------------*----|---*--------*--------*--
 *        a rung on or before the start falls away               escalations: due + period, shifted,
 *                                                               never before the first overdue
 * notice */
#include "core/calendar.h"

static int32_t shifted(const struct calendar *calendar, int32_t date, enum shift shift,
                       struct provisional *lean)
{
    return shift == SHIFT_NONE ? date : calendar_workday_before(calendar, date, lean);
}

static void rung_add(struct deadline *deadline, int32_t date)
{
    unsigned at = 0;
    while (at < deadline->rung_count && deadline->rungs[at] < date)
        at++;
    if ((at < deadline->rung_count && deadline->rungs[at] == date) ||
        deadline->rung_count == RUNGS_MAX)
        return;
    for (unsigned i = deadline->rung_count; i > at; i--)
        deadline->rungs[i] = deadline->rungs[i - 1];
    deadline->rungs[at] = date;
    deadline->rung_count++;
}

void deadline_make(const struct calendar *calendar, const struct ladder *ladder, int32_t start,
                   int32_t due, enum roll roll, enum shift shift, struct deadline *ret_deadline)
{
    struct deadline deadline = {.start = start,
                                .due = due,
                                .first_overdue = DATE_NONE,
                                .escalations = {DATE_NONE, DATE_NONE}};
    if (roll == ROLL_NEXT_WORKDAY)
        deadline.due = calendar_workday_after(calendar, due, &deadline.lean);
    for (unsigned i = 0; i < ladder->before_count; i++) {
        int32_t plain =
            calendar_subtract(calendar, deadline.due, ladder->before[i], &deadline.lean);
        if (plain == DATE_NONE)
            continue;
        struct provisional lean = deadline.lean;
        int32_t date = shifted(calendar, plain, shift, &lean);
        if (start != DATE_NONE && date <= start)
            continue; /* a dropped rung leans on nothing */
        deadline.lean = lean;
        rung_add(&deadline, date);
    }
    if (ladder->repeats)
        deadline.first_overdue = calendar_add(calendar, deadline.due, ladder->after_first,
                                              FIRST_DAY_NOT_COUNTED, &deadline.lean);
    for (unsigned i = 0; i < 2; i++) {
        if (!ladder->escalates[i])
            continue;
        int32_t date = calendar_add(calendar, deadline.due, ladder->escalate[i],
                                    FIRST_DAY_NOT_COUNTED, &deadline.lean);
        date = shifted(calendar, date, shift, &deadline.lean);
        deadline.escalations[i] =
            deadline.first_overdue != DATE_NONE && date < deadline.first_overdue
                ? deadline.first_overdue
                : date;
    }
    *ret_deadline = deadline;
}

/* From one notice to the next; two that fall on one day are one. */
static bool notice_next(const struct calendar *calendar, const struct ladder *ladder,
                        enum shift shift, int32_t *plain, int32_t *date, struct provisional *lean)
{
    int32_t last = *date;
    while (*date <= last) {
        if (period_is_zero(ladder->after_every))
            return false;
        *plain = calendar_add(calendar, *plain, ladder->after_every, FIRST_DAY_NOT_COUNTED, lean);
        if (*plain == DATE_NONE)
            return false;
        *date = shifted(calendar, *plain, shift, lean);
    }
    return true;
}

int32_t deadline_overdue_notice(const struct calendar *calendar, const struct ladder *ladder,
                                const struct deadline *deadline, enum shift shift, unsigned n,
                                struct provisional *lean)
{
    int32_t plain = deadline->first_overdue, date = plain;
    for (unsigned seen = 0; date != DATE_NONE && seen < n; seen++)
        if (!notice_next(calendar, ladder, shift, &plain, &date, lean))
            return DATE_NONE;
    return date;
}

unsigned deadline_overdue_notices_before(const struct calendar *calendar,
                                         const struct ladder *ladder,
                                         const struct deadline *deadline, enum shift shift,
                                         int32_t day)
{
    int32_t plain = deadline->first_overdue, date = plain;
    unsigned count = 0;
    for (bool more = date != DATE_NONE; more && date < day; count++)
        more = notice_next(calendar, ladder, shift, &plain, &date, NULL);
    return count;
}

char ladder_for_period(struct period period)
{
    if (period.months >= 3 || period.days >= 90)
        return 'L';
    if (period.months > 0 || period.days >= 14 || period.workdays >= 10)
        return 'M';
    return 'S';
}
