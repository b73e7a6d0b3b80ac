/* statistics.c - how often what happened, for each unit and month; longer periods and subtrees of units
 * are sums over those, made when somebody asks.
 *
 * A row counts one thing of one unit in one month, so that an event changes one row. What happened stays
 * counted where it happened: a duty that was overdue and met later counts in both months, under the unit
 * it had then. A fact that is superseded is taken off again. */
#include "projections/statistics.h"

#include "core/date.h"
#include "core/state_query.h"
#include "projections/fold.h"

static const struct column columns[] = {STATISTICS(COLUMN)};

enum { STATISTICS_LIST };
enum { REMINDER_UNITS };

static void count_add(struct fold *f, int32_t day, struct datum unit, const char *measure,
                      struct datum what, int64_t more)
{
    struct view_key key = view_key();
    struct datum *row;
    struct civil civil = date_civil(day == DATE_NONE ? moment_day(f->entry->recorded_at_us) : day);
    struct datum month = day_datum(f, date_from_civil(civil.year, civil.month, 1));
    unit = unit.kind == DATUM_TEXT ? unit : datum_text("");
    key_text(&key, month.text, month.count);
    key_text(&key, unit.text, unit.count);
    key_text(&key, measure, strlen(measure));
    key_text(&key, what.text, what.count);
    if (row_read(f, STATISTICS_LIST, &key, &row)) {
        row[STATISTIC_count] = datum_int(row[STATISTIC_count].integer + more);
        row_write(f, STATISTICS_LIST, &key, row);
        return;
    }
    const struct datum made[STATISTIC_COLUMNS] = {[STATISTIC_month] = month,
                                                  [STATISTIC_unit] = unit,
                                                  [STATISTIC_measure] = datum_text(measure),
                                                  [STATISTIC_what] = what,
                                                  [STATISTIC_count] = datum_int(more)};
    row_write(f, STATISTICS_LIST, &key, made);
}

/* ---- events ---- */

static void case_counted(struct fold *f, const char *measure)
{
    int64_t number = event_int(f->event, "case");
    struct case_view view;
    if (state_case(f->state, number, &view))
        count_add(f, event_date(f->event, "day"), datum_text(state_case_unit(f->state, number)),
                  measure, datum_text(view.procedure), 1);
}

static void duty_counted(struct fold *f, const char *measure)
{
    struct duty_view view;
    if (state_duty(f->state, event_int(f->event, "duty"), &view))
        count_add(f, event_date(f->event, "day"), datum_text(view.unit), measure,
                  datum_text(view.name), 1);
}

static void fact_counted(struct fold *f, int64_t more)
{
    struct fact_view view;
    if (state_fact(f->state, event_int(f->event, "fact"), &view))
        count_add(f, view.day, datum_text(view.unit), "fact", datum_text(view.type), more);
}

/* A delivery knows its reminder only: whose that was is noted. */
static void reminder_counted(struct fold *f, const char *unit, const char *measure,
                             struct datum what)
{
    struct view_key key = text_key(event_text(f->event, "key"));
    struct datum noted = datum_text(unit);
    note_write(f, REMINDER_UNITS, &key, &noted);
    count_add(f, event_date(f->event, "day"), noted, measure, what, 1);
}

static void rung_counted(struct fold *f)
{
    struct duty_view view;
    if (state_duty(f->state, event_int(f->event, "duty"), &view))
        reminder_counted(f, view.unit, "reminder", datum_text(view.name));
}

static void delivery_counted(struct fold *f)
{
    struct view_key key = text_key(event_text(f->event, "key"));
    const struct datum *outcome = field(f, "outcome");
    struct datum unit = datum_nil();
    note_read(f, REMINDER_UNITS, &key, &unit);
    count_add(f, DATE_NONE, unit,
              datum_is_text(outcome, "sent")   ? "delivery_sent"
              : datum_is_text(outcome, "dead") ? "delivery_dead"
                                               : "delivery_failed",
              *field(f, "channel"), 1);
}

static void statistics_apply(struct fold *f)
{
    switch ((int)f->event->type) {
    case EVENT_case_opened: case_counted(f, "case_opened"); break;
    case EVENT_case_ended: case_counted(f, "case_ended"); break;
    case EVENT_duty_opened:
        count_add(f, DATE_NONE, *field(f, "unit"), "duty_opened", *field(f, "name"), 1);
        break;
    case EVENT_duty_met:
        duty_counted(f, event_bool(f->event, "late") ? "duty_met_late" : "duty_met");
        break;
    case EVENT_duty_overdue: duty_counted(f, "duty_overdue"); break;
    case EVENT_duty_cancelled: duty_counted(f, "duty_cancelled"); break;
    case EVENT_rung_due: rung_counted(f); break;
    case EVENT_told:
        reminder_counted(f, state_case_unit(f->state, event_int(f->event, "case")), "told",
                         *field(f, "what"));
        break;
    case EVENT_delivered: delivery_counted(f); break;
    case EVENT_fact_written: fact_counted(f, 1); break;
    default: fact_counted(f, -1);
    }
}

static const struct query_spec queries[] = {{.name = "statistics_sum",
                                             .ask = statistics_sum,
                                             .rows = &statistics_sum_rows,
                                             .of_rows = true},
                                            {.name = NULL}};

const struct projection projection_statistics = {
    .name = "statistics",
    .version = 1,
    .events = EVENT_BIT(case_opened) | EVENT_BIT(case_ended) | EVENT_BIT(duty_opened) |
              EVENT_BIT(duty_met) | EVENT_BIT(duty_overdue) | EVENT_BIT(duty_cancelled) |
              EVENT_BIT(rung_due) | EVENT_BIT(told) | EVENT_BIT(delivered) |
              EVENT_BIT(fact_written) | EVENT_BIT(fact_superseded),
    .lists = {{.name = "statistics",
               .zh = "统计",
               .en = "Statistics",
               .columns = columns,
               .column_count = STATISTIC_COLUMNS,
               .key = {{"month", COLUMN_date, "月份", "Month"},
                       {"unit", COLUMN_unit, "单位", "Unit"},
                       {"measure", COLUMN_text, "指标", "Measure"},
                       {"what", COLUMN_text, "事项", "What"}},
               .date = "month",
               .unit = "unit"}},
    .notes = {"reminder_units"},
    .apply = statistics_apply,
    .queries = queries,
};
