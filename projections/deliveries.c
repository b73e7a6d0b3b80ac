/* deliveries.c - what went out: each attempt to bring a reminder to somebody, and for each reminder and
 * recipient where that stands. */
#include "projections/fold.h"

/* clang-format off */
#define DELIVERIES(C)                                                                              \
    C(reminder, text, "提醒编号", "Reminder")                                                      \
    C(number, int, "条目", "Entry")                                                                \
    C(recorded_at, time, "记录时间", "Recorded at")                                                \
    C(day, date, "日期", "Day")                                                                    \
    C(recipient, member, "收件人", "Recipient")                                                    \
    C(channel, text, "渠道", "Channel")                                                            \
    C(outcome, text, "结果", "Outcome")                                                            \
    C(attempt, int, "第几次", "Attempt")                                                           \
    C(detail, text, "说明", "Detail")                                                              \
    C(about, int, "期限或案件", "About")                                                           \
    C(kind, text, "种类", "Kind")
#define OUTBOX(C)                                                                                  \
    C(reminder, text, "提醒编号", "Reminder")                                                      \
    C(recipient, member, "收件人", "Recipient")                                                    \
    C(number, int, "条目", "Entry")                                                                \
    C(about, int, "期限或案件", "About")                                                           \
    C(kind, text, "种类", "Kind")                                                                  \
    C(day, date, "日期", "Day")                                                                    \
    C(state, text, "状态", "State")                                                                \
    C(channel, text, "渠道", "Channel")                                                            \
    C(attempts, int, "次数", "Attempts")                                                           \
    C(detail, text, "说明", "Detail")                                                              \
    C(last_at, time, "最近一次", "Last attempt at")                                                \
    C(acknowledged, date, "收到日期", "Acknowledged")
/* clang-format on */

static const struct column delivery_columns[] = {DELIVERIES(COLUMN)},
                           outbox_columns[] = {OUTBOX(COLUMN)};

#define C(name, kind, zh, en) DELIVERY_##name,
enum delivery_column { DELIVERIES(C) DELIVERY_COLUMNS };
#undef C
#define C(name, kind, zh, en) OUTBOX_##name,
enum outbox_column { OUTBOX(C) OUTBOX_COLUMNS };
#undef C

enum { DELIVERIES_LIST, OUTBOX_LIST };
enum { REMINDERS_ABOUT }; /* reminder -> [about, kind] */

static struct view_key place_of(const struct datum *reminder, const struct datum *recipient)
{
    struct view_key key = view_key();
    key_text(&key, reminder->text, reminder->count);
    key_text(&key, recipient->text, recipient->count);
    return key;
}

/* ---- a reminder is to go out ---- */

static void reminder_made(struct fold *f, const struct datum *about, const struct datum *kind)
{
    struct view_key note = text_key(event_text(f->event, "key"));
    struct datum pair = datum_pair(f->arena, *about, *kind);
    const struct datum *to = field(f, "to");
    note_write(f, REMINDERS_ABOUT, &note, &pair);
    for (uint32_t i = 0; i < to->count; i++) {
        if (to->items[i].kind != DATUM_TEXT)
            continue;
        struct view_key key = place_of(field(f, "key"), &to->items[i]);
        const struct datum row[OUTBOX_COLUMNS] = {[OUTBOX_reminder] = *field(f, "key"),
                                                  [OUTBOX_recipient] = to->items[i],
                                                  [OUTBOX_number] = datum_int(f->entry->number),
                                                  [OUTBOX_about] = *about,
                                                  [OUTBOX_kind] = *kind,
                                                  [OUTBOX_day] = *field(f, "day"),
                                                  [OUTBOX_state] = datum_text("pending"),
                                                  [OUTBOX_channel] = datum_text(""),
                                                  [OUTBOX_attempts] = datum_int(0),
                                                  [OUTBOX_detail] = datum_text(""),
                                                  [OUTBOX_last_at] = datum_nil(),
                                                  [OUTBOX_acknowledged] = datum_nil()};
        row_write(f, OUTBOX_LIST, &key, row);
    }
}

/* ---- an attempt ---- */

static void attempt_add(struct fold *f)
{
    struct view_key note = text_key(event_text(f->event, "key")), key = view_key();
    struct datum known = datum_nil();
    bool found = note_read(f, REMINDERS_ABOUT, &note, &known) && known.kind == DATUM_LIST &&
                 known.count == 2;
    key_bytes(&key, note.bytes, note.size);
    key_number(&key, f->entry->number);
    key_number(&key, f->index);
    const struct datum row[DELIVERY_COLUMNS] = {
        [DELIVERY_reminder] = *field(f, "key"),
        [DELIVERY_number] = datum_int(f->entry->number),
        [DELIVERY_recorded_at] = datum_int(f->entry->recorded_at_us),
        [DELIVERY_day] = day_datum(f, moment_day(f->entry->recorded_at_us)),
        [DELIVERY_recipient] = *field(f, "recipient"),
        [DELIVERY_channel] = *field(f, "channel"),
        [DELIVERY_outcome] = *field(f, "outcome"),
        [DELIVERY_attempt] = *field(f, "attempt"),
        [DELIVERY_detail] = *field(f, "detail"),
        [DELIVERY_about] = found ? known.items[0] : datum_int(0),
        [DELIVERY_kind] = found ? known.items[1] : datum_text("")};
    row_write(f, DELIVERIES_LIST, &key, row);
}

/* What has arrived stays so, whatever a second worker tells later. */
static void outbox_delivered(struct fold *f)
{
    struct view_key key = place_of(field(f, "key"), field(f, "recipient"));
    struct datum *row;
    if (!row_read(f, OUTBOX_LIST, &key, &row))
        return;
    if (datum_is_text(&row[OUTBOX_state], "pending") || datum_is_text(&row[OUTBOX_state], "dead"))
        row[OUTBOX_state] = datum_is_text(field(f, "outcome"), "failed") ? datum_text("pending")
                                                                         : *field(f, "outcome");
    row[OUTBOX_channel] = *field(f, "channel");
    row[OUTBOX_attempts] = datum_int(row[OUTBOX_attempts].integer + 1);
    row[OUTBOX_detail] = *field(f, "detail");
    row[OUTBOX_last_at] = datum_int(f->entry->recorded_at_us);
    row_write(f, OUTBOX_LIST, &key, row);
}

/* He says himself that he has it: that stands, also where no channel knows of it. */
static void outbox_acknowledged(struct fold *f)
{
    struct view_key key = place_of(field(f, "key"), field(f, "member"));
    struct datum *row;
    if (!row_read(f, OUTBOX_LIST, &key, &row))
        return;
    row[OUTBOX_state] = datum_text("acknowledged");
    row[OUTBOX_acknowledged] = *field(f, "day");
    row_write(f, OUTBOX_LIST, &key, row);
}

static void deliveries_apply(struct fold *f)
{
    const struct datum told = datum_text("told");
    if (f->event->type == EVENT_rung_due) {
        reminder_made(f, field(f, "duty"), field(f, "kind"));
    } else if (f->event->type == EVENT_told) {
        reminder_made(f, field(f, "case"), &told);
    } else if (f->event->type == EVENT_acknowledged) {
        outbox_acknowledged(f);
    } else {
        attempt_add(f);
        outbox_delivered(f);
    }
}

const struct projection projection_deliveries = {
    .name = "deliveries",
    .version = 1,
    .events =
        EVENT_BIT(rung_due) | EVENT_BIT(told) | EVENT_BIT(delivered) | EVENT_BIT(acknowledged),
    .lists = {{.name = "deliveries",
               .zh = "送达记录",
               .en = "Deliveries",
               .columns = delivery_columns,
               .column_count = DELIVERY_COLUMNS,
               .key = {{"reminder", COLUMN_text, "提醒编号", "Reminder"},
                       {"number", COLUMN_int, "条目", "Entry"}},
               .orders = {"number"},
               .date = "day"},
              {.name = "outbox",
               .zh = "发件箱",
               .en = "Outbox",
               .columns = outbox_columns,
               .column_count = OUTBOX_COLUMNS,
               .key = {{"reminder", COLUMN_text, "提醒编号", "Reminder"},
                       {"recipient", COLUMN_member, "收件人", "Recipient"}},
               .orders = {"number", "state", "recipient"},
               .date = "day",
               .history = true}},
    .notes = {"about"},
    .apply = deliveries_apply,
    .without_state = true,
};
