/* statistics_sum.c - sums of what was counted: over a range of months, by quarter, half or year, over a
 * unit and those below it. */
#include <stdio.h>
#include <string.h>

#include "core/date.h"
#include "core/state_query.h"
#include "events/codec.h"
#include "projections/instance.h"
#include "projections/statistics.h"

#define SUM_SCAN_MAX 500000 /* rows of months looked at for one question: some seconds of work */
#define SUM_ROWS_MAX 4000   /* sums of one answer, which has no further pages */
#define PERIOD_SIZE  40

/* clang-format off */
#define SUMS(C)                                                                                    \
    C(period, text, "期间", "Period")                                                              \
    C(unit, unit, "单位", "Unit")                                                                  \
    C(measure, text, "指标", "Measure")                                                            \
    C(what, text, "事项", "What")                                                                  \
    C(count, int, "次数", "Count")
/* clang-format on */

static const struct column sum_columns[] = {SUMS(COLUMN)};

const struct list_spec statistics_sum_rows = {.name = "statistics_sum",
                                              .zh = "统计汇总",
                                              .en = "Sums of statistics",
                                              .columns = sum_columns,
                                              .column_count =
                                                  sizeof sum_columns / sizeof sum_columns[0]};

enum span_of_sum {
    PERIOD_month,
    PERIOD_quarter,
    PERIOD_half,
    PERIOD_year,
    PERIOD_all,
    PERIOD_COUNT
};

static const char *const period_names[] = {"month", "quarter", "half", "year", "all"};

struct sum {
    const char *group; /* period, unit, measure, what with zero bytes between and behind */
    size_t group_size;
    int64_t count;
};

struct summing {
    const struct asking *asking;
    int32_t from, until; /* first days of months; DATE_NONE: open */
    struct text_view within;
    enum span_of_sum per;
    bool each_unit;
    const struct datum *measure, *what; /* NULL: all */
    struct text_view unit;              /* looked at last, and whether it lies within */
    bool inside;
    struct arena arena, turn;
    struct sum *sums; /* in order of their groups */
    unsigned count;
    int64_t scanned;
    bool too_much;
};

/* ---- the question ---- */

static const struct datum *given(const struct summing *s, const char *name)
{
    const struct datum *found = datum_field(s->asking->args, name);
    return found && found->kind != DATUM_NIL ? found : NULL;
}

static enum status month_read(const struct summing *s, const char *name, int32_t *ret_month,
                              struct fault *fault)
{
    const struct datum *text = given(s, name);
    if (!text)
        return STATUS_OK;
    int32_t day = text->kind == DATUM_TEXT ? date_parse_n(text->text, text->count) : DATE_NONE;
    if (day == DATE_NONE)
        return fault_set(
            fault, STATUS_INVALID,
            "statistics_sum: %s is a date such as 2026-01-30, which stands for its month", name);
    *ret_month = date_from_civil(date_civil(day).year, date_civil(day).month, 1);
    return STATUS_OK;
}

static enum status texts_read(struct summing *s, struct fault *fault)
{
    const struct datum *within = given(s, "within"), *per = given(s, "per"),
                       *each = given(s, "each_unit");
    s->measure = given(s, "measure");
    s->what = given(s, "what");
    if (within && (within->kind != DATUM_TEXT || !s->asking->state))
        return fault_set(fault, STATUS_INVALID, "statistics_sum: within is a unit");
    if (within)
        s->within = (struct text_view){within->text, within->count};
    if (each && each->kind != DATUM_BOOL)
        return fault_set(fault, STATUS_INVALID, "statistics_sum: each_unit is true or false");
    s->each_unit = each && each->boolean;
    s->per = PERIOD_month;
    while (per && s->per < PERIOD_COUNT && !datum_is_text(per, period_names[s->per]))
        s->per++;
    return s->per < PERIOD_COUNT
               ? STATUS_OK
               : fault_set(fault, STATUS_INVALID,
                           "statistics_sum: per is month, quarter, half, year or all");
}

/* A word nobody knows is a mistake, not an empty filter. */
static enum status names_check(const struct summing *s, struct fault *fault)
{
    static const char *const known[] = {"from",    "until", "within", "per",
                                        "measure", "what",  "limit",  "each_unit"};
    for (uint32_t i = 0; i < s->asking->args->count; i++) {
        const struct datum *pair = &s->asking->args->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return fault_set(fault, STATUS_INVALID, "arguments are [name, value]");
        const struct datum *name = &pair->items[0];
        bool found = false;
        for (unsigned k = 0; k < sizeof known / sizeof known[0]; k++)
            found = found || datum_is_text(name, known[k]);
        if (!found)
            return fault_set(fault, STATUS_INVALID,
                             "statistics_sum: no argument %.*s; from until within per measure what "
                             "each_unit are",
                             (int)name->count, name->text);
    }
    return STATUS_OK;
}

/* ---- sums ---- */

static void text_add(struct view_key *key, const char *text)
{
    key_text(key, text, strlen(text));
}

static bool is_inside(struct summing *s, const struct datum *unit)
{
    if (!s->within.size)
        return true;
    if (!s->unit.data || s->unit.size != unit->count ||
        memcmp(s->unit.data, unit->text, unit->count) != 0) {
        s->unit = (struct text_view){arena_text_n(&s->arena, unit->text, unit->count), unit->count};
        s->inside = state_unit_within(s->asking->state, s->unit, s->within, s->asking->today);
    }
    return s->inside;
}

static const char *period_word(const struct summing *s, int32_t month, char text[PERIOD_SIZE])
{
    struct civil civil = date_civil(month);
    switch (s->per) {
    case PERIOD_month: snprintf(text, PERIOD_SIZE, "%04d-%02d", civil.year, civil.month); break;
    case PERIOD_quarter:
        snprintf(text, PERIOD_SIZE, "%04d-Q%d", civil.year, (civil.month - 1) / 3 + 1);
        break;
    case PERIOD_half:
        snprintf(text, PERIOD_SIZE, "%04d-H%d", civil.year, (civil.month - 1) / 6 + 1);
        break;
    case PERIOD_year: snprintf(text, PERIOD_SIZE, "%04d", civil.year); break;
    case PERIOD_all:
    case PERIOD_COUNT: text[0] = '\0'; break;
    }
    return text;
}

static int group_compare(const struct sum *sum, const struct view_key *group)
{
    size_t least = sum->group_size < group->size ? sum->group_size : group->size;
    int order = memcmp(sum->group, group->bytes, least);
    return order ? order : (sum->group_size > group->size) - (sum->group_size < group->size);
}

static void sum_add(struct summing *s, const struct view_key *group, int64_t count)
{
    unsigned low = 0, high = s->count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (group_compare(&s->sums[middle], group) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < s->count && group_compare(&s->sums[low], group) == 0) {
        s->sums[low].count += count;
        return;
    }
    if (s->count == SUM_ROWS_MAX) {
        s->too_much = true;
        return;
    }
    memmove(&s->sums[low + 1], &s->sums[low], (s->count - low) * sizeof *s->sums);
    s->sums[low] =
        (struct sum){arena_copy(&s->arena, group->bytes, group->size), group->size, count};
    s->count++;
}

static bool row_each(void *user, struct text_view key, struct text_view bytes)
{
    struct summing *s = user;
    struct datum row;
    char period[PERIOD_SIZE];
    (void)key;
    arena_reset(&s->turn);
    if (s->scanned++ == SUM_SCAN_MAX)
        s->too_much = true;
    if (s->too_much)
        return false;
    if (!row_unpack(bytes, &s->turn, &row) || row.kind != DATUM_LIST ||
        row.count != STATISTIC_COLUMNS)
        return true;
    const struct datum *items = row.items;
    int32_t month = date_parse_n(items[STATISTIC_month].text, items[STATISTIC_month].count);
    if (s->until != DATE_NONE && month > s->until)
        return false;
    if ((s->measure && !datum_equal(s->measure, &items[STATISTIC_measure])) ||
        (s->what && !datum_equal(s->what, &items[STATISTIC_what])) ||
        !is_inside(s, &items[STATISTIC_unit]))
        return true;
    struct view_key group = view_key();
    struct datum unit = s->each_unit
                            ? items[STATISTIC_unit]
                            : datum_text_n(s->within.size ? s->within.data : "", s->within.size);
    period_word(s, month, period);
    text_add(&group, period);
    key_text(&group, unit.text, unit.count);
    key_text(&group, items[STATISTIC_measure].text, items[STATISTIC_measure].count);
    key_text(&group, items[STATISTIC_what].text, items[STATISTIC_what].count);
    if (key_usable(&group))
        sum_add(s, &group, items[STATISTIC_count].integer);
    return true;
}

static void sums_pack(const struct summing *s, struct query_answer *answer)
{
    for (unsigned i = 0; i < s->count; i++) {
        const char *at = s->sums[i].group;
        pack_array(&answer->rows, 5);
        for (unsigned piece = 0; piece < 4; piece++, at += strlen(at) + 1)
            pack_text(&answer->rows, at);
        pack_int(&answer->rows, s->sums[i].count);
        answer->count++;
    }
}

enum status statistics_sum(const struct asking *asking, struct query_answer *answer,
                           struct fault *fault)
{
    struct summing s = {.asking = asking, .from = DATE_NONE, .until = DATE_NONE};
    struct view_key first = view_key();
    char month[DATE_TEXT_SIZE];
    enum status status = names_check(&s, fault);
    if (status == STATUS_OK)
        status = month_read(&s, "from", &s.from, fault);
    if (status == STATUS_OK)
        status = month_read(&s, "until", &s.until, fault);
    if (status == STATUS_OK)
        status = texts_read(&s, fault);
    if (status != STATUS_OK)
        return status;
    arena_init(&s.arena, 0);
    arena_init(&s.turn, 0);
    s.sums = ARENA_ARRAY(&s.arena, struct sum, SUM_ROWS_MAX + 1);
    if (s.from != DATE_NONE)
        text_add(&first, date_text(s.from, month));
    asking_rows(asking, "statistics", s.from == DATE_NONE ? NULL : &first, row_each, &s);
    if (s.too_much)
        status = fault_set(fault, STATUS_INVALID,
                           "statistics_sum: more than %d sums or %d rows; ask for fewer months, or "
                           "for one measure",
                           SUM_ROWS_MAX, SUM_SCAN_MAX);
    else
        sums_pack(&s, answer);
    arena_done(&s.turn);
    arena_done(&s.arena);
    return status;
}
