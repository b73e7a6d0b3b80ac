/* calendar.h - which days are workdays, and due days counted over them.
 *
 * A calendar holds years published by the State Council notice (days off and make-up workdays,
 * named days). In a year that is not published Monday to Friday are taken for workdays, and every
 * answer that had to ask about such a year carries it in a set of provisional years.
 * Source: PROCEDURES readings "Dates" and "Reminder ladders", restated in core/README.md. */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/date.h"
#include "core/fault.h"

#define CALENDAR_YEARS_MAX 128 /* published years in one calendar */
#define PROVISIONAL_YEARS_MAX                                                                      \
    8 /* years one answer may lean on; more are dropped and CHECKed never */

struct calendar;

struct provisional { /* the set of unpublished years an answer asked about, ascending */
    int16_t years[PROVISIONAL_YEARS_MAX];
    uint8_t count;
};

struct calendar *calendar_open(void);
void calendar_close(struct calendar *calendar);

/* Loads one year from YAML text (the form of core/calendars/2026.yaml: year, notice, issued, off:
 * [dates or from..to ranges], work: [dates], named: {name: date}). Replaces a year loaded before.
 */
enum status calendar_load(struct calendar *calendar, const char *yaml, size_t size, int *ret_year,
                          struct fault *fault);
bool calendar_has_year(const struct calendar *calendar, int year);
size_t calendar_year_count(const struct calendar *calendar);
int calendar_year_at(const struct calendar *calendar, size_t index); /* ascending */

/* `lean` (may be NULL) gathers the unpublished years that were asked about. */
bool calendar_is_workday(const struct calendar *calendar, int32_t date, struct provisional *lean);
int32_t calendar_workday_before(const struct calendar *calendar, int32_t date,
                                struct provisional *lean); /* date itself if a workday */
int32_t calendar_workday_after(const struct calendar *calendar, int32_t date,
                               struct provisional *lean); /* date itself if a workday */
int32_t calendar_named(const struct calendar *calendar, int year,
                       const char *name); /* DATE_NONE if unknown */

enum first_day {
    FIRST_DAY_NOT_COUNTED,
    FIRST_DAY_COUNTS
}; /* a publication counts its first day if a workday */

int32_t calendar_add(const struct calendar *calendar, int32_t from, struct period period,
                     enum first_day first_day, struct provisional *lean);
int32_t calendar_subtract(const struct calendar *calendar, int32_t from, struct period period,
                          struct provisional *lean);

void provisional_add(struct provisional *set, int year);
void provisional_merge(struct provisional *set, const struct provisional *other);
bool provisional_has(const struct provisional *set, int year);

/* --- ladders: the reminders of one due day --- */

#define LADDER_STEPS_MAX 12
#define RUNGS_MAX        16 /* rungs on or before the due day, after merging */

enum roll { ROLL_NONE, ROLL_NEXT_WORKDAY };        /* does a due day on a rest day move? */
enum shift { SHIFT_PREVIOUS_WORKDAY, SHIFT_NONE }; /* does a reminder on a rest day move? */

struct ladder {
    struct period
        before[LADDER_STEPS_MAX]; /* before the due day, longest first; P0D is the due day */
    uint8_t before_count;
    bool repeats;              /* are there notices after the due day */
    struct period after_first; /* P1WD: first workday after */
    struct period after_every; /* P7D, or P1WD */
    bool escalates[2];         /* [0] to the superior of the owner, [1] to the supervisor */
    struct period escalate[2]; /* counted from the due day, never before the first overdue notice */
};

struct deadline {  /* what a duty's dates are */
    int32_t start; /* DATE_NONE: a computed date without a start; loses no rung */
    int32_t due;
    int32_t rungs[RUNGS_MAX]; /* ascending, merged, each after start */
    uint8_t rung_count;
    int32_t first_overdue;  /* day of the first overdue notice; DATE_NONE if none */
    int32_t escalations[2]; /* DATE_NONE if none */
    struct provisional lean;
};

/* The deadline of `due` under `ladder`. */
void deadline_make(const struct calendar *calendar, const struct ladder *ladder, int32_t start,
                   int32_t due, enum roll roll, enum shift shift, struct deadline *ret_deadline);

/* The n-th overdue notice (0 is the first): repeats run on unshifted days and are shifted one by
 * one; two that fall on one day are one. DATE_NONE if the ladder does not repeat. */
int32_t deadline_overdue_notice(const struct calendar *calendar, const struct ladder *ladder,
                                const struct deadline *deadline, enum shift shift, unsigned n,
                                struct provisional *lean);
/* How many of them lie before `day`. */
unsigned deadline_overdue_notices_before(const struct calendar *calendar,
                                         const struct ladder *ladder,
                                         const struct deadline *deadline, enum shift shift,
                                         int32_t day);

/* Which of L, M, S a period takes when the entry names none: 'L', 'M' or 'S'. */
char ladder_for_period(struct period period);

/* Writes, for people, how `due` came about: the arithmetic, then day by day what was counted.
 * `language` is "zh" or "en". The same words explain a duty of a running case. */
struct explain_request {
    int32_t from;
    struct period period;
    enum first_day first_day;
    const struct ladder *ladder; /* NULL: no reminders */
    const char *ladder_name;
    enum roll roll;
    enum shift shift;
    unsigned overdue_notices; /* how many to show */
    const char *language;
};

void deadline_explain_text(const struct calendar *calendar, const struct explain_request *request,
                           struct buffer *out);
void deadline_explain_json(const struct calendar *calendar, const struct explain_request *request,
                           struct buffer *out);

#endif
