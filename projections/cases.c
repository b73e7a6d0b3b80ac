/* cases.c - every run of a procedure: where it stands and which steps may be done now. */
#include "core/limits.h"
#include "core/pack.h"
#include "core/state_query.h"
#include "projections/fold.h"

/* clang-format off */
#define CASES(C)                                                                                   \
    C(case, case, "案件", "Case")                                                                  \
    C(procedure, text, "程序", "Procedure")                                                        \
    C(state, text, "状态", "State")                                                                \
    C(opened, date, "开始日期", "Opened")                                                          \
    C(ended, date, "结束日期", "Ended")                                                            \
    C(slots, record, "对象", "Subjects")                                                           \
    C(open_steps, list, "可办步骤", "Open steps")                                                  \
    C(version, int, "版本", "Version")                                                             \
    C(unit, unit, "单位", "Unit")
/* clang-format on */

static const struct column columns[] = {CASES(COLUMN)};

enum case_column {
#define C(name, kind, zh, en) CASE_##name,
    CASES(C)
#undef C
        CASE_COLUMNS
};

enum { CASES_LIST };

static struct datum open_steps(struct fold *f, int64_t case_number)
{
    const char *names[STEPS_MAX];
    unsigned count = state_open_steps(f->state, case_number, names, STEPS_MAX);
    struct datum *items = ARENA_ARRAY(f->arena, struct datum, count);
    for (unsigned i = 0; i < count; i++)
        items[i] = datum_text(names[i]);
    return datum_list(items, count);
}

static void case_opened(struct fold *f)
{
    struct view_key key = number_key(event_int(f->event, "case"));
    const struct datum row[CASE_COLUMNS] = {
        [CASE_case] = *field(f, "case"),
        [CASE_procedure] = *field(f, "procedure"),
        [CASE_state] = datum_text("running"),
        [CASE_opened] = *field(f, "day"),
        [CASE_ended] = datum_nil(),
        [CASE_slots] = *field(f, "slots"),
        [CASE_open_steps] = datum_list(NULL, 0),
        [CASE_version] = datum_int(f->entry->number + 1),
        [CASE_unit] = datum_text(state_case_unit(f->state, event_int(f->event, "case")))};
    row_write(f, CASES_LIST, &key, row);
}

static void case_event(struct fold *f, struct datum *row)
{
    switch ((int)f->event->type) {
    case EVENT_slot_filled: {
        struct datum pair = datum_pair(f->arena, *field(f, "slot"), *field(f, "value"));
        row[CASE_slots] = list_with(f, &row[CASE_slots], &pair);
        row[CASE_unit] = datum_text(state_case_unit(f->state, row[CASE_case].integer));
        break;
    }
    case EVENT_case_suspended: row[CASE_state] = datum_text("suspended"); break;
    case EVENT_case_resumed: row[CASE_state] = datum_text("running"); break;
    case EVENT_case_ended:
        row[CASE_state] = *field(f, "end");
        row[CASE_ended] = *field(f, "day");
        break;
    default: break;
    }
}

static void cases_apply(struct fold *f)
{
    int64_t number = event_int(f->event, "case");
    struct view_key key = number_key(number);
    struct datum *row;
    if (f->event->type == EVENT_case_opened) {
        case_opened(f);
        return;
    }
    if (number < 1 || !row_read(f, CASES_LIST, &key, &row))
        return;
    case_event(f, row);
    row[CASE_open_steps] = open_steps(f, number);
    row[CASE_version] = datum_int(f->entry->number + 1);
    row_write(f, CASES_LIST, &key, row);
}

const struct projection projection_cases = {
    .name = "cases",
    .version = 1,
    .events = EVENT_BIT(case_opened) | EVENT_BIT(step_signed) | EVENT_BIT(step_done) |
              EVENT_BIT(nominated) | EVENT_BIT(approved) | EVENT_BIT(certified) |
              EVENT_BIT(penalized) | EVENT_BIT(steps_opened) | EVENT_BIT(step_withdrawn) |
              EVENT_BIT(slot_filled) | EVENT_BIT(case_suspended) | EVENT_BIT(case_resumed) |
              EVENT_BIT(case_ended) | EVENT_BIT(waived) | EVENT_BIT(warned) | EVENT_BIT(told) |
              EVENT_BIT(case_migrated),
    .lists = {{.name = "cases",
               .zh = "案件",
               .en = "Cases",
               .columns = columns,
               .column_count = CASE_COLUMNS,
               .key = {{"case", COLUMN_case, "案件", "Case"}},
               .date = "opened",
               .unit = "unit",
               .history = true}},
    .apply = cases_apply,
};
