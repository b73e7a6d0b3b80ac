/* date.h - civil dates and periods. No time zone, no clock: a date is a day on a wall calendar.
 *
 * Arithmetic: the start day is not counted; N months or years lead to the same day number, and
 * where the month is too short to its last day, always from the original start (Civil Code arts.
 * 200-203; the packs' common parameter period.rule). ISO 8601 for the texts, with WD for workdays.
 */
#ifndef CORE_DATE_H
#define CORE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fault.h"

#define DATE_NONE      INT32_MIN
#define DATE_TEXT_SIZE 16

/* A date is an int32_t: days since 1970-01-01, proleptic Gregorian, 1900-01-01 to 2999-12-31. */
struct civil {
    int year;
    int month; /* 1-12 */
    int day;   /* 1-31 */
};

struct civil date_civil(int32_t date);
int32_t date_from_civil(int year, int month, int day); /* DATE_NONE if there is no such day */
int32_t date_parse(const char *text);                  /* "2026-01-30" exactly, else DATE_NONE */
int32_t date_parse_n(const char *text, size_t length);
const char *date_text(int32_t date, char out[DATE_TEXT_SIZE]); /* "2026-01-30" */
int date_weekday(int32_t date);                                /* 1 Monday ... 7 Sunday */
int32_t date_add_months(int32_t date, int months);             /* clamped to the month's end */
int date_days_in_month(int year, int month);

/* A period as written: months and years first, then days, then workdays. */
struct period {
    int32_t months; /* years are 12 months */
    int32_t days;   /* weeks are 7 days */
    int32_t workdays;
};

#define PERIOD_TEXT_SIZE 40

enum status period_parse(const char *text, struct period *ret_period, struct fault *fault);
const char *period_text(struct period period,
                        char out[PERIOD_TEXT_SIZE]); /* "P1Y6M", "P5WD", "P0D" */
bool period_is_zero(struct period period);

/* A calendar period: a year, half-year, quarter or month, first and last day included. */
enum span_kind { SPAN_NONE, SPAN_YEAR, SPAN_HALF, SPAN_QUARTER, SPAN_MONTH };

struct span {
    enum span_kind kind;
    int32_t from;
    int32_t to;
};

#define SPAN_TEXT_SIZE 16

struct span span_around(enum span_kind kind, int32_t date);
struct span span_next(struct span span);
struct span span_previous(struct span span);
const char *span_text(struct span span,
                      char out[SPAN_TEXT_SIZE]); /* 2026, 2026-H1, 2026-Q3, 2026-07 */
enum status span_parse(const char *text, struct span *ret_span, struct fault *fault);

#endif
