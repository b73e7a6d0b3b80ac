/* date.c - civil dates and periods. Days to year, month and day by the era arithmetic of the
 * proleptic Gregorian calendar (400 years are 146,097 days; a year is taken to begin in March). */
#include "core/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_FIRST 1900
#define YEAR_LAST  2999

struct civil date_civil(int32_t date)
{
    int32_t shifted = date + 719468; /* days since 0000-03-01 */
    int32_t era = shifted / 146097;
    int32_t day_of_era = shifted - era * 146097;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    struct civil civil = {.day = day_of_year - (153 * month + 2) / 5 + 1,
                          .month = month < 10 ? month + 3 : month - 9};
    civil.year = year_of_era + era * 400 + (civil.month <= 2);
    return civil;
}

int date_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

int32_t date_from_civil(int year, int month, int day)
{
    if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 ||
        day > date_days_in_month(year, month))
        return DATE_NONE;
    int32_t y = year - (month <= 2);
    int32_t era = y / 400;
    int32_t year_of_era = y - era * 400;
    int32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool digits(const char *text, int count, int *ret_number)
{
    *ret_number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *ret_number = *ret_number * 10 + (text[i] - '0');
    }
    return true;
}

int32_t date_parse_n(const char *text, size_t length)
{
    int year, month, day;
    if (length != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 4, &year) ||
        !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day))
        return DATE_NONE;
    return date_from_civil(year, month, day);
}

int32_t date_parse(const char *text)
{
    return date_parse_n(text, strlen(text));
}

const char *date_text(int32_t date, char out[DATE_TEXT_SIZE])
{
    if (date == DATE_NONE) {
        out[0] = '\0';
        return out;
    }
    struct civil civil = date_civil(date); /* every entry writes dates: no printf here */
    unsigned year = (unsigned)civil.year % 10000u;
    unsigned month = (unsigned)civil.month;
    unsigned day = (unsigned)civil.day;
    const char text[DATE_TEXT_SIZE] = {(char)('0' + year / 1000),
                                       (char)('0' + year / 100 % 10),
                                       (char)('0' + year / 10 % 10),
                                       (char)('0' + year % 10),
                                       '-',
                                       (char)('0' + month / 10),
                                       (char)('0' + month % 10),
                                       '-',
                                       (char)('0' + day / 10),
                                       (char)('0' + day % 10)};
    memcpy(out, text, sizeof text);
    return out;
}

int date_weekday(int32_t date)
{
    int weekday = (date + 3) % 7; /* 1970-01-01 was a Thursday */
    return (weekday < 0 ? weekday + 7 : weekday) + 1;
}

int32_t date_add_months(int32_t date, int months)
{
    struct civil civil = date_civil(date);
    int total = civil.year * 12 + civil.month - 1 + months;
    int year = total / 12, month = total % 12 + 1;
    if (year < YEAR_FIRST || year > YEAR_LAST)
        return DATE_NONE;
    int last = date_days_in_month(year, month);
    return date_from_civil(year, month, civil.day < last ? civil.day : last);
}

/* ---- periods ---- */

static enum status period_invalid(const char *text, struct fault *fault)
{
    return fault_set(fault, STATUS_INVALID,
                     "period \"%.40s\": expected ISO 8601 such as P1M, P3Y, P5D or P5WD", text);
}

enum status period_parse(const char *text, struct period *ret_period, struct fault *fault)
{
    struct period period = {0};
    const char *at = text;
    if (*at++ != 'P' || !*at)
        return period_invalid(text, fault);
    for (int stage = 0; *at;) { /* units in order: Y M W D WD, each once */
        char *end;
        if (*at < '0' || *at > '9')
            return period_invalid(text, fault);
        long number = strtol(at, &end, 10);
        if (number > 100000)
            return period_invalid(text, fault);
        int32_t n = (int32_t)number;
        int unit;
        if (*end == 'Y')
            unit = 1, period.months += 12 * n;
        else if (*end == 'M')
            unit = 2, period.months += n;
        else if (*end == 'W' && end[1] == 'D')
            unit = 5, period.workdays = n, end++;
        else if (*end == 'W')
            unit = 3, period.days += 7 * n;
        else if (*end == 'D')
            unit = 4, period.days += n;
        else
            return period_invalid(text, fault);
        if (unit <= stage)
            return period_invalid(text, fault);
        stage = unit;
        at = end + 1;
    }
    *ret_period = period;
    return STATUS_OK;
}

const char *period_text(struct period period, char out[PERIOD_TEXT_SIZE])
{
    int at = snprintf(out, PERIOD_TEXT_SIZE, "P");
    int years = period.months / 12, months = period.months % 12;
    if (years)
        at += snprintf(out + at, PERIOD_TEXT_SIZE - (size_t)at, "%dY", years);
    if (months)
        at += snprintf(out + at, PERIOD_TEXT_SIZE - (size_t)at, "%dM", months);
    if (period.days || period_is_zero(period))
        at += snprintf(out + at, PERIOD_TEXT_SIZE - (size_t)at, "%dD", period.days);
    if (period.workdays)
        snprintf(out + at, PERIOD_TEXT_SIZE - (size_t)at, "%dWD", period.workdays);
    return out;
}

bool period_is_zero(struct period period)
{
    return !period.months && !period.days && !period.workdays;
}

/* ---- spans ---- */

static int span_months(enum span_kind kind)
{
    static const int months[] = {
        [SPAN_NONE] = 0, [SPAN_YEAR] = 12, [SPAN_HALF] = 6, [SPAN_QUARTER] = 3, [SPAN_MONTH] = 1};
    return months[kind];
}

struct span span_around(enum span_kind kind, int32_t date)
{
    if (kind == SPAN_NONE || date == DATE_NONE)
        return (struct span){SPAN_NONE, DATE_NONE, DATE_NONE};
    struct civil civil = date_civil(date);
    int months = span_months(kind);
    int32_t from = date_from_civil(civil.year, (civil.month - 1) / months * months + 1, 1);
    return (struct span){kind, from, date_add_months(from, months) - 1};
}

struct span span_next(struct span span)
{
    return span_around(span.kind, span.to + 1);
}

struct span span_previous(struct span span)
{
    return span_around(span.kind, span.from - 1);
}

const char *span_text(struct span span, char out[SPAN_TEXT_SIZE])
{
    out[0] = '\0';
    if (span.kind == SPAN_NONE)
        return out;
    struct civil civil = date_civil(span.from);
    unsigned year = (unsigned)civil.year % 10000u, month = (unsigned)civil.month % 100u;
    if (span.kind == SPAN_YEAR)
        snprintf(out, SPAN_TEXT_SIZE, "%04u", year);
    else if (span.kind == SPAN_MONTH)
        snprintf(out, SPAN_TEXT_SIZE, "%04u-%02u", year, month);
    else
        snprintf(out, SPAN_TEXT_SIZE, "%04u-%c%u", year, span.kind == SPAN_HALF ? 'H' : 'Q',
                 (month - 1) / (unsigned)span_months(span.kind) + 1);
    return out;
}

enum status span_parse(const char *text, struct span *ret_span, struct fault *fault)
{
    int year, part;
    size_t length = strlen(text);
    int32_t first = length >= 4 && digits(text, 4, &year) ? date_from_civil(year, 1, 1) : DATE_NONE;
    if (first != DATE_NONE && length == 4) {
        *ret_span = span_around(SPAN_YEAR, first);
        return STATUS_OK;
    }
    if (first != DATE_NONE && length == 7 && text[4] == '-') {
        if (text[5] == 'H' && digits(text + 6, 1, &part) && part >= 1 && part <= 2) {
            *ret_span = span_around(SPAN_HALF, date_add_months(first, 6 * (part - 1)));
            return STATUS_OK;
        }
        if (text[5] == 'Q' && digits(text + 6, 1, &part) && part >= 1 && part <= 4) {
            *ret_span = span_around(SPAN_QUARTER, date_add_months(first, 3 * (part - 1)));
            return STATUS_OK;
        }
        if (digits(text + 5, 2, &part) && part >= 1 && part <= 12) {
            *ret_span = span_around(SPAN_MONTH, date_add_months(first, part - 1));
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_INVALID,
                     "calendar period \"%.20s\": expected 2026, 2026-H1, 2026-Q3 or 2026-07", text);
}
