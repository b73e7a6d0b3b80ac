/* reminders.c - every reminder that became due and every word that was to be said, with what became
 * of it outside. */
#include "projections/fold.h"

/* clang-format off */
#define REMINDERS(C)                                                                               \
    C(key, text, "提醒编号", "Key")                                                                \
    C(number, int, "条目", "Entry")                                                                \
    C(about, int, "期限或案件", "About")                                                           \
    C(kind, text, "种类", "Kind")                                                                  \
    C(day, date, "日期", "Day")                                                                    \
    C(late_days, int, "迟发天数", "Days late")                                                     \
    C(to, list, "收件人", "To")                                                                    \
    C(state, text, "状态", "State")                                                                \
    C(attempts, int, "次数", "Attempts")                                                           \
    C(detail, text, "说明", "Detail")
/* clang-format on */

static const struct column columns[] = {REMINDERS(COLUMN)};

enum reminder_column {
#define C(name, kind, zh, en) REMINDER_##name,
    REMINDERS(C)
#undef C
        REMINDER_COLUMNS
};

enum { REMINDERS_LIST };

static void reminder_made(struct fold *f, const struct datum *about, const struct datum *kind,
                          const struct datum *late)
{
    struct view_key key = text_key(event_text(f->event, "key"));
    const struct datum row[REMINDER_COLUMNS] = {
        [REMINDER_key] = *field(f, "key"),  [REMINDER_number] = datum_int(f->entry->number),
        [REMINDER_about] = *about,          [REMINDER_kind] = *kind,
        [REMINDER_day] = *field(f, "day"),  [REMINDER_late_days] = *late,
        [REMINDER_to] = *field(f, "to"),    [REMINDER_state] = datum_text("pending"),
        [REMINDER_attempts] = datum_int(0), [REMINDER_detail] = datum_text("")};
    row_write(f, REMINDERS_LIST, &key, row);
}

static void reminder_delivered(struct fold *f)
{
    struct view_key key = text_key(event_text(f->event, "key"));
    struct datum *row;
    if (!row_read(f, REMINDERS_LIST, &key, &row))
        return;
    bool failed = datum_is_text(field(f, "outcome"), "failed");
    if (!datum_is_text(&row[REMINDER_state], "sent"))
        row[REMINDER_state] = failed ? datum_text("pending") : *field(f, "outcome");
    row[REMINDER_attempts] = datum_int(row[REMINDER_attempts].integer + 1);
    row[REMINDER_detail] = *field(f, "detail");
    row_write(f, REMINDERS_LIST, &key, row);
}

static void reminders_apply(struct fold *f)
{
    const struct datum zero = datum_int(0), told = datum_text("told");
    if (f->event->type == EVENT_rung_due)
        reminder_made(f, field(f, "duty"), field(f, "kind"), field(f, "late_days"));
    else if (f->event->type == EVENT_told)
        reminder_made(f, field(f, "case"), &told, &zero);
    else
        reminder_delivered(f);
}

const struct projection projection_reminders = {
    .name = "reminders",
    .version = 1,
    .events = EVENT_BIT(rung_due) | EVENT_BIT(told) | EVENT_BIT(delivered),
    .lists = {{.name = "reminders",
               .zh = "提醒",
               .en = "Reminders",
               .columns = columns,
               .column_count = REMINDER_COLUMNS,
               .key = {{"key", COLUMN_text, "提醒编号", "Key"}},
               .date = "day"}},
    .apply = reminders_apply,
    .without_state = true,
};
