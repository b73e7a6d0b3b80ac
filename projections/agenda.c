/* agenda.c - every duty: what is due when, whose it is, and what became of it. */
#include "core/state_query.h"
#include "events/codec.h"
#include "projections/fold.h"

/* clang-format off */
#define AGENDA(C)                                                                                  \
    C(duty, duty, "期限编号", "Duty")                                                              \
    C(name, text, "期限", "Name")                                                                  \
    C(of, any, "对象", "Of")                                                                       \
    C(case, case, "案件", "Case")                                                                  \
    C(step, text, "步骤", "Step")                                                                  \
    C(start, date, "起算日", "Start")                                                              \
    C(due, date, "到期日", "Due")                                                                  \
    C(state, text, "状态", "State")                                                                \
    C(late, bool, "逾期", "Late")                                                                  \
    C(owner, role, "责任职责", "Owner")                                                            \
    C(unit, unit, "责任单位", "Unit")                                                              \
    C(rungs, list, "提醒日", "Reminder days")                                                      \
    C(first_overdue, date, "首次逾期提醒", "First overdue notice")                                 \
    C(escalations, list, "上报日", "Escalations")                                                  \
    C(lean, list, "暂定年度", "Provisional years")                                                 \
    C(rules, list, "依据", "Rules")                                                                \
    C(met_on, date, "完成日", "Met on")                                                            \
    C(responsible, list, "责任人", "Responsible")
/* clang-format on */

static const struct column columns[] = {AGENDA(COLUMN)};

enum agenda_column {
#define C(name, kind, zh, en) AGENDA_##name,
    AGENDA(C)
#undef C
        AGENDA_COLUMNS
};

enum { AGENDA_LIST };

static void agenda_opened(struct fold *f)
{
    struct view_key key = number_key(event_int(f->event, "duty"));
    const struct datum row[AGENDA_COLUMNS] = {[AGENDA_duty] = *field(f, "duty"),
                                              [AGENDA_name] = *field(f, "name"),
                                              [AGENDA_of] = *field(f, "of"),
                                              [AGENDA_case] = *field(f, "case"),
                                              [AGENDA_step] = *field(f, "step"),
                                              [AGENDA_start] = *field(f, "start"),
                                              [AGENDA_due] = *field(f, "due"),
                                              [AGENDA_state] = datum_text("open"),
                                              [AGENDA_late] = datum_bool(false),
                                              [AGENDA_owner] = *field(f, "owner"),
                                              [AGENDA_unit] = *field(f, "unit"),
                                              [AGENDA_rungs] = *field(f, "rungs"),
                                              [AGENDA_first_overdue] = *field(f, "first_overdue"),
                                              [AGENDA_escalations] = *field(f, "escalations"),
                                              [AGENDA_lean] = *field(f, "lean"),
                                              [AGENDA_rules] = *field(f, "rules"),
                                              [AGENDA_met_on] = datum_nil(),
                                              [AGENDA_responsible] = datum_list(NULL, 0)};
    row_write(f, AGENDA_LIST, &key, row);
}

static void agenda_moved(struct fold *f, struct datum *row)
{
    row[AGENDA_start] = *field(f, "start");
    row[AGENDA_due] = *field(f, "due");
    row[AGENDA_rungs] = *field(f, "rungs");
    row[AGENDA_first_overdue] = *field(f, "first_overdue");
    row[AGENDA_escalations] = *field(f, "escalations");
    row[AGENDA_lean] = *field(f, "lean");
    bool stands = datum_is_text(&row[AGENDA_state], "suspended");
    bool overdue = datum_is_text(&row[AGENDA_state], "overdue") &&
                   event_date(f->event, "due") < moment_day(f->entry->recorded_at_us);
    if (stands || overdue)
        return; /* as before: only its days are others */
    row[AGENDA_state] = datum_text("open");
    row[AGENDA_late] = datum_bool(false);
    row[AGENDA_met_on] = datum_nil();
}

static void agenda_apply(struct fold *f)
{
    struct view_key key = number_key(event_int(f->event, "duty"));
    struct datum *row;
    if (f->event->type == EVENT_duty_opened) {
        agenda_opened(f);
        return;
    }
    if (!row_read(f, AGENDA_LIST, &key, &row))
        return;
    switch ((int)f->event->type) {
    case EVENT_duty_moved: agenda_moved(f, row); break;
    case EVENT_duty_met:
        row[AGENDA_state] = datum_text("met");
        row[AGENDA_late] = *field(f, "late");
        row[AGENDA_met_on] = *field(f, "day");
        break;
    case EVENT_duty_overdue:
        row[AGENDA_state] = datum_text("overdue");
        row[AGENDA_late] = datum_bool(true);
        row[AGENDA_responsible] = *field(f, "responsible");
        break;
    case EVENT_duty_cancelled: row[AGENDA_state] = datum_text("cancelled"); break;
    case EVENT_duty_suspended: row[AGENDA_state] = datum_text("suspended"); break;
    case EVENT_duty_resumed: row[AGENDA_state] = datum_text("open"); break;
    default: break;
    }
    row_write(f, AGENDA_LIST, &key, row);
}

/* One row with one text: how the duty came by its due day, in words or as a JSON object. */
static enum status ask_explain(const struct asking *asking, struct query_answer *answer,
                               struct fault *fault)
{
    const struct datum *duty = datum_field(asking->args, "duty"),
                       *language = datum_field(asking->args, "language"),
                       *form = datum_field(asking->args, "form");
    struct buffer text;
    buffer_init(&text);
    bool known = asking->state && duty && duty->kind == DATUM_INT &&
                 state_explain_duty(asking->state, duty->integer,
                                    language && datum_is_text(language, "en") ? "en" : "zh",
                                    form && datum_is_text(form, "json"), &text);
    if (known) {
        pack_array(&answer->rows, 1);
        pack_text_n(&answer->rows, text.data, text.size);
        answer->count = 1;
    }
    buffer_done(&text);
    return known ? STATUS_OK
                 : fault_set(fault, STATUS_INVALID, "explain: duty is the number of a duty");
}

static const struct query_spec queries[] = {{.name = "explain", .ask = ask_explain},
                                            {.name = NULL}};

const struct projection projection_agenda = {
    .name = "agenda",
    .version = 1,
    .events = EVENT_BIT(duty_opened) | EVENT_BIT(duty_moved) | EVENT_BIT(duty_met) |
              EVENT_BIT(duty_overdue) | EVENT_BIT(duty_cancelled) | EVENT_BIT(duty_suspended) |
              EVENT_BIT(duty_resumed),
    .lists = {{.name = "agenda",
               .zh = "期限",
               .en = "Agenda",
               .columns = columns,
               .column_count = AGENDA_COLUMNS,
               .key = {{"duty", COLUMN_duty, "期限编号", "Duty"}},
               .orders = {"due"},
               .date = "due",
               .unit = "unit",
               .history = true}},
    .apply = agenda_apply,
    .queries = queries,
};
