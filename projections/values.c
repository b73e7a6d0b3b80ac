/* values.c - computed values that are watched: what a colour, grade or score is now, was before, and
 * since when. A value that is computed for each period has a row for each. */
#include "core/state_query.h"
#include "projections/fold.h"

/* clang-format off */
#define VALUES(C)                                                                                  \
    C(subject, subject, "对象", "Subject")                                                         \
    C(value, text, "指标", "Value")                                                                \
    C(title, text, "名称", "Title")                                                                \
    C(period, text, "期间", "Period")                                                              \
    C(present, any, "现值", "Present")                                                             \
    C(previous, any, "原值", "Previous")                                                           \
    C(since, date, "自", "Since")                                                                  \
    C(unit, unit, "单位", "Unit")                                                                  \
    C(number, int, "条目", "Entry")
/* clang-format on */

static const struct column columns[] = {VALUES(COLUMN)};

enum value_column {
#define C(name, kind, zh, en) VALUE_##name,
    VALUES(C)
#undef C
        VALUE_COLUMNS
};

enum { VALUES_LIST };

static void values_apply(struct fold *f)
{
    struct view_key key = view_key();
    struct text_view of = event_text(f->event, "of"), value = event_text(f->event, "value"),
                     period = event_text(f->event, "period");
    key_text(&key, of.data, of.size);
    key_text(&key, value.data, value.size);
    key_text(&key, period.data, period.size);
    const struct datum row[VALUE_COLUMNS] = {
        [VALUE_subject] = datum_text_n(of.data, of.size),
        [VALUE_value] = *field(f, "value"),
        [VALUE_title] = datum_text(state_value_title(f->state, of, value)),
        [VALUE_period] = *field(f, "period"),
        [VALUE_present] = *field(f, "new"),
        [VALUE_previous] = *field(f, "old"),
        [VALUE_since] = *field(f, "day"),
        [VALUE_unit] = datum_text(state_subject_unit(f->state, of, event_date(f->event, "day"))),
        [VALUE_number] = datum_int(f->entry->number)};
    row_write(f, VALUES_LIST, &key, row);
}

const struct projection projection_values = {
    .name = "values",
    .version = 1,
    .events = EVENT_BIT(value_changed),
    .lists = {{.name = "values",
               .zh = "计算值",
               .en = "Values",
               .columns = columns,
               .column_count = VALUE_COLUMNS,
               .key = {{"subject", COLUMN_subject, "对象", "Subject"},
                       {"value", COLUMN_text, "指标", "Value"},
                       {"period", COLUMN_text, "期间", "Period"}},
               .orders = {"value", "since"},
               .date = "since",
               .unit = "unit",
               .history = true}},
    .apply = values_apply,
};
