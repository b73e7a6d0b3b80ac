/* calendar.c - published years as a table of exceptions to Monday-to-Friday, and counting over
 * them. */
#include "core/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/yaml_tree.h"

#define NAMED_DAYS_MAX 32
#define NAMED_TEXT_MAX 32
#define COUNT_DAYS_MAX 40000 /* no count of workdays walks further */

enum day_mark { DAY_PLAIN, DAY_OFF, DAY_WORK };

struct named_day {
    char name[NAMED_TEXT_MAX];
    int32_t date;
};

struct year {
    int number;
    int32_t first; /* 1 January */
    uint8_t marks[366];
    struct named_day named[NAMED_DAYS_MAX];
    unsigned named_count;
};

struct calendar {
    struct year *years[CALENDAR_YEARS_MAX]; /* ascending */
    size_t count;
};

struct calendar *calendar_open(void)
{
    struct calendar *calendar = calloc(1, sizeof *calendar);
    CHECK(calendar != NULL);
    return calendar;
}

void calendar_close(struct calendar *calendar)
{
    if (!calendar)
        return;
    for (size_t i = 0; i < calendar->count; i++)
        free(calendar->years[i]);
    free(calendar);
}

/* ---- reading a year ---- */

static enum status mark_day(struct year *year, int32_t date, enum day_mark mark,
                            const struct yaml_node *node, struct fault *fault)
{
    if (date == DATE_NONE || date_civil(date).year != year->number)
        return fault_set(fault, STATUS_INVALID, "%u:%u: \"%s\" is no date of %d", node->line,
                         node->column, node->text, year->number);
    uint8_t *slot = &year->marks[date - year->first];
    if (*slot != DAY_PLAIN)
        return fault_set(fault, STATUS_INVALID, "%u:%u: this day is named twice", node->line,
                         node->column);
    *slot = (uint8_t)mark;
    return STATUS_OK;
}

/* A date, or "from..to", both ends included. */
static enum status mark_range(struct year *year, const struct yaml_node *node, enum day_mark mark,
                              struct fault *fault)
{
    int32_t from = DATE_NONE, to;
    if (node->kind == YAML_TEXT && node->length == 22 && memcmp(node->text + 10, "..", 2) == 0) {
        from = date_parse_n(node->text, 10);
        to = date_parse_n(node->text + 12, 10);
    } else if (node->kind == YAML_TEXT) {
        from = to = date_parse(node->text);
    }
    if (from == DATE_NONE || to == DATE_NONE || to < from || to - from > 60)
        return fault_set(fault, STATUS_INVALID,
                         "%u:%u: expected a date (2026-02-14) or a range (2026-02-15..2026-02-23)",
                         node->line, node->column);
    for (int32_t date = from; date <= to; date++) {
        enum status status = mark_day(year, date, mark, node, fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status mark_list(struct year *year, const struct yaml_node *list, enum day_mark mark,
                             struct fault *fault)
{
    if (!list)
        return STATUS_OK;
    if (list->kind != YAML_SEQUENCE)
        return fault_set(fault, STATUS_INVALID, "%u:%u: expected a list of dates", list->line,
                         list->column);
    for (const struct yaml_node *node = list->first; node; node = node->next) {
        enum status status = mark_range(year, node, mark, fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status read_named(struct year *year, const struct yaml_node *map, struct fault *fault)
{
    for (const struct yaml_node *node = map ? map->first : NULL; node; node = node->next) {
        int32_t date = node->kind == YAML_TEXT ? date_parse(node->text) : DATE_NONE;
        if (date == DATE_NONE || !node->key || node->key->length >= NAMED_TEXT_MAX ||
            year->named_count == NAMED_DAYS_MAX)
            return fault_set(fault, STATUS_INVALID, "%u:%u: expected a short name and its date",
                             node->line, node->column);
        struct named_day *day = &year->named[year->named_count++];
        memcpy(day->name, node->key->text, node->key->length + 1);
        day->date = date;
    }
    return STATUS_OK;
}

static enum status read_year(const struct yaml_node *root, struct year *year, struct fault *fault)
{
    const struct yaml_node *number = yaml_get(root, "year");
    if (!number || number->kind != YAML_TEXT || number->length != 4)
        return fault_set(fault, STATUS_INVALID, "1:1: a calendar names its year: \"year: 2026\"");
    for (const struct yaml_node *node = root->first; node; node = node->next)
        if (!yaml_is(node->key, "year") && !yaml_is(node->key, "notice") &&
            !yaml_is(node->key, "issued") && !yaml_is(node->key, "off") &&
            !yaml_is(node->key, "work") && !yaml_is(node->key, "named"))
            return fault_set(
                fault, STATUS_INVALID,
                "%u:%u: unknown word \"%.40s\"; known: year notice issued off work named",
                node->key->line, node->key->column, node->key->text);
    year->number = atoi(number->text);
    year->first = date_from_civil(year->number, 1, 1);
    if (year->first == DATE_NONE)
        return fault_set(fault, STATUS_INVALID, "%u:%u: no year from 1900 to 2999", number->line,
                         number->column);
    enum status status = mark_list(year, yaml_get(root, "off"), DAY_OFF, fault);
    if (status == STATUS_OK)
        status = mark_list(year, yaml_get(root, "work"), DAY_WORK, fault);
    if (status == STATUS_OK)
        status = read_named(year, yaml_get(root, "named"), fault);
    return status;
}

static void year_insert(struct calendar *calendar, struct year *year)
{
    size_t at = 0;
    while (at < calendar->count && calendar->years[at]->number < year->number)
        at++;
    if (at < calendar->count && calendar->years[at]->number == year->number) {
        free(calendar->years[at]);
        calendar->years[at] = year;
        return;
    }
    memmove(&calendar->years[at + 1], &calendar->years[at],
            (calendar->count - at) * sizeof *calendar->years);
    calendar->years[at] = year;
    calendar->count++;
}

enum status calendar_load(struct calendar *calendar, const char *yaml, size_t size, int *ret_year,
                          struct fault *fault)
{
    struct arena arena;
    struct yaml_node *documents;
    struct year *year = calloc(1, sizeof *year);
    CHECK(year != NULL);
    arena_init(&arena, 0);
    enum status status = yaml_read(yaml, size, &arena, &documents, fault);
    if (status == STATUS_OK && (documents->count != 1 || documents->first->kind != YAML_MAP))
        status = fault_set(fault, STATUS_INVALID,
                           "1:1: expected one map: year, notice, off, work, named");
    if (status == STATUS_OK)
        status = read_year(documents->first, year, fault);
    if (status == STATUS_OK && calendar->count == CALENDAR_YEARS_MAX &&
        !calendar_has_year(calendar, year->number))
        status =
            fault_set(fault, STATUS_FULL, "a calendar holds at most %d years", CALENDAR_YEARS_MAX);
    if (status == STATUS_OK) {
        *ret_year = year->number;
        year_insert(calendar, year);
    } else {
        free(year);
    }
    arena_done(&arena);
    return status;
}

/* ---- asking ---- */

static const struct year *year_find(const struct calendar *calendar, int number)
{
    for (size_t i = 0; i < calendar->count; i++)
        if (calendar->years[i]->number == number)
            return calendar->years[i];
    return NULL;
}

bool calendar_has_year(const struct calendar *calendar, int year)
{
    return year_find(calendar, year) != NULL;
}

size_t calendar_year_count(const struct calendar *calendar)
{
    return calendar->count;
}

int calendar_year_at(const struct calendar *calendar, size_t index)
{
    CHECK(index < calendar->count);
    return calendar->years[index]->number;
}

bool calendar_is_workday(const struct calendar *calendar, int32_t date, struct provisional *lean)
{
    int number = date_civil(date).year;
    const struct year *year = year_find(calendar, number);
    if (!year && lean)
        provisional_add(lean, number);
    enum day_mark mark = year ? (enum day_mark)year->marks[date - year->first] : DAY_PLAIN;
    return mark == DAY_PLAIN ? date_weekday(date) <= 5 : mark == DAY_WORK;
}

int32_t calendar_workday_before(const struct calendar *calendar, int32_t date,
                                struct provisional *lean)
{
    while (!calendar_is_workday(calendar, date, lean))
        date--;
    return date;
}

int32_t calendar_workday_after(const struct calendar *calendar, int32_t date,
                               struct provisional *lean)
{
    while (!calendar_is_workday(calendar, date, lean))
        date++;
    return date;
}

int32_t calendar_named(const struct calendar *calendar, int number, const char *name)
{
    const struct year *year = year_find(calendar, number);
    for (unsigned i = 0; year && i < year->named_count; i++)
        if (strcmp(year->named[i].name, name) == 0)
            return year->named[i].date;
    return DATE_NONE;
}

static int32_t count_workdays(const struct calendar *calendar, int32_t from, int32_t workdays,
                              int step, struct provisional *lean)
{
    int32_t date = from;
    for (int32_t walked = 0; workdays > 0 && walked < COUNT_DAYS_MAX; walked++) {
        date += step;
        if (calendar_is_workday(calendar, date, lean))
            workdays--;
    }
    return date;
}

int32_t calendar_add(const struct calendar *calendar, int32_t from, struct period period,
                     enum first_day first_day, struct provisional *lean)
{
    if (from == DATE_NONE)
        return DATE_NONE;
    int32_t date = period.months ? date_add_months(from, period.months) : from;
    if (date == DATE_NONE)
        return DATE_NONE;
    date += period.days;
    if (!period.workdays)
        return first_day == FIRST_DAY_COUNTS && !period.months && period.days > 0 ? date - 1 : date;
    if (first_day == FIRST_DAY_COUNTS)
        date--; /* the first day is counted like the others: only if it is a workday */
    return count_workdays(calendar, date, period.workdays, 1, lean);
}

int32_t calendar_subtract(const struct calendar *calendar, int32_t from, struct period period,
                          struct provisional *lean)
{
    if (from == DATE_NONE)
        return DATE_NONE;
    int32_t date = period.months ? date_add_months(from, -period.months) : from;
    if (date == DATE_NONE)
        return DATE_NONE;
    return count_workdays(calendar, date - period.days, period.workdays, -1, lean);
}

/* ---- provisional years ---- */

void provisional_add(struct provisional *set, int year)
{
    unsigned at = 0;
    while (at < set->count && set->years[at] < year)
        at++;
    if ((at < set->count && set->years[at] == year) || set->count == PROVISIONAL_YEARS_MAX)
        return;
    memmove(&set->years[at + 1], &set->years[at], (set->count - at) * sizeof set->years[0]);
    set->years[at] = (int16_t)year;
    set->count++;
}

void provisional_merge(struct provisional *set, const struct provisional *other)
{
    for (unsigned i = 0; i < other->count; i++)
        provisional_add(set, other->years[i]);
}

bool provisional_has(const struct provisional *set, int year)
{
    for (unsigned i = 0; i < set->count; i++)
        if (set->years[i] == year)
            return true;
    return false;
}
