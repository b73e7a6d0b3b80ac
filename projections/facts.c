/* facts.c - every fact on record: whom it concerns, from when to when, and whether it stands.
 *
 * That a fact was ended by another is in no event: the state behind the entry says it. Which facts an
 * ending fact ended is noted, so that taking it back is shown in the rows of those. */
#include "core/date.h"
#include "core/state_query.h"
#include "projections/fold.h"

/* clang-format off */
#define FACTS(C)                                                                                   \
    C(fact, int, "事实编号", "Fact")                                                               \
    C(type, text, "类型", "Type")                                                                  \
    C(title, text, "名称", "Title")                                                                \
    C(subject, subject, "对象", "Subject")                                                         \
    C(slots, record, "各方", "Subjects")                                                           \
    C(unit, unit, "单位", "Unit")                                                                  \
    C(day, date, "日期", "Day")                                                                    \
    C(last_day, date, "有效至", "Last day")                                                            \
    C(fields, record, "内容", "Fields")                                                            \
    C(state, text, "状态", "State")                                                                \
    C(ended_on, date, "终止日期", "Ended on")                                                      \
    C(by, int, "替代或终止它的事实", "Superseded or ended by")                                     \
    C(case, case, "案件", "Case")                                                                  \
    C(act, int, "办理编号", "Act")                                                                 \
    C(number, int, "条目", "Entry")
/* clang-format on */

static const struct column columns[] = {FACTS(COLUMN)};

enum fact_column {
#define C(name, kind, zh, en) FACT_##name,
    FACTS(C)
#undef C
        FACT_COLUMNS
};

enum { FACTS_LIST };
enum { FACTS_ENDED };

/* ---- what stands in the way of a fact ---- */

/* "in_force" says that nothing ended or replaced it; whether a day lies in its period, day to
 * last_day, is asked by `on`. */
static void standing_set(struct fold *f, struct datum *row, const struct fact_view *view)
{
    bool ended =
        view->ended_on != DATE_NONE && (view->until == DATE_NONE || view->ended_on <= view->until);
    const char *state = view->superseded_by > 0   ? "superseded"
                        : view->superseded_by < 0 ? "taken_back"
                        : view->ended_by          ? "ended"
                                                  : "in_force";
    row[FACT_state] = datum_text(state);
    row[FACT_last_day] = day_datum(f, ended ? view->ended_on - 1 : view->until);
    row[FACT_ended_on] = day_datum(f, view->ended_on);
    row[FACT_by] = datum_int(view->superseded_by > 0 ? view->superseded_by : view->ended_by);
}

static bool list_holds(const struct datum *list, int64_t number)
{
    for (uint32_t i = 0; list->kind == DATUM_LIST && i < list->count; i++)
        if (list->items[i].integer == number)
            return true;
    return false;
}

/* Notes that `ending` ended `fact`; 0 ended nothing. */
static void ended_keep(struct fold *f, int64_t ending, int64_t fact)
{
    struct view_key key = number_key(ending);
    struct datum list = datum_nil(), number = datum_int(fact);
    if (!ending)
        return;
    if (note_read(f, FACTS_ENDED, &key, &list) && list_holds(&list, fact))
        return;
    list = list_with(f, &list, &number);
    note_write(f, FACTS_ENDED, &key, &list);
}

/* The row of a fact that another one concerns, as the state has it now. */
static void fact_again(void *user, int64_t number)
{
    struct fold *f = user;
    struct view_key key = number_key(number);
    struct fact_view view;
    struct datum *row;
    if (!state_fact(f->state, number, &view) || !row_read(f, FACTS_LIST, &key, &row))
        return; /* written later in this entry: it will look itself */
    standing_set(f, row, &view);
    ended_keep(f, view.ended_by, number);
    row_write(f, FACTS_LIST, &key, row);
}

/* ---- events ---- */

static struct datum first_subject(const struct datum *slots)
{
    for (uint32_t i = 0; slots->kind == DATUM_LIST && i < slots->count; i++) {
        const struct datum *pair = &slots->items[i];
        if (pair->kind == DATUM_LIST && pair->count == 2 && pair->items[1].kind == DATUM_TEXT)
            return pair->items[1];
    }
    return datum_text("");
}

static void fact_written(struct fold *f)
{
    int64_t number = event_int(f->event, "fact");
    struct view_key key = number_key(number);
    struct fact_view view;
    if (!state_fact(f->state, number, &view)) {
        fold_fail(f, "facts: fact %lld is not in the state", (long long)number);
        return;
    }
    struct datum row[FACT_COLUMNS] = {[FACT_fact] = *field(f, "fact"),
                                      [FACT_type] = *field(f, "type"),
                                      [FACT_title] = datum_text(view.title),
                                      [FACT_subject] = first_subject(field(f, "slots")),
                                      [FACT_slots] = *field(f, "slots"),
                                      [FACT_unit] = datum_text(view.unit),
                                      [FACT_day] = *field(f, "day"),
                                      [FACT_fields] = *field(f, "fields"),
                                      [FACT_case] = *field(f, "case"),
                                      [FACT_act] = *field(f, "act"),
                                      [FACT_number] = datum_int(f->entry->number)};
    standing_set(f, row, &view);
    ended_keep(f, view.ended_by, number);
    row_write(f, FACTS_LIST, &key, row);
    state_each_fact_ended_by(f->state, number, fact_again, f);
}

static void facts_apply(struct fold *f)
{
    int64_t number = event_int(f->event, "fact");
    struct view_key key = number_key(number);
    struct datum ended;
    if (f->event->type == EVENT_fact_written) {
        fact_written(f);
        return;
    }
    fact_again(f, number);
    if (note_read(f, FACTS_ENDED, &key, &ended))
        for (uint32_t i = 0; ended.kind == DATUM_LIST && i < ended.count; i++)
            fact_again(f, ended.items[i].integer);
}

const struct projection projection_facts = {
    .name = "facts",
    .version = 1,
    .events = EVENT_BIT(fact_written) | EVENT_BIT(fact_superseded),
    .lists = {{.name = "facts",
               .zh = "事实",
               .en = "Facts",
               .columns = columns,
               .column_count = FACT_COLUMNS,
               .key = {{"fact", COLUMN_int, "事实编号", "Fact"}},
               .orders = {"day", "type", "subject"},
               .date = "day",
               .last = "last_day",
               .unit = "unit",
               .history = true}},
    .notes = {"ended"},
    .apply = facts_apply,
};
