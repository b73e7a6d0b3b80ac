/* dossier.c - 全程纪实: what was recorded about a subject, in order. An event stands in the dossier of
 * every subject of its fact, case or duty; whom those are about is noted when they begin. */
#include "projections/fold.h"

/* clang-format off */
#define DOSSIER(C)                                                                                 \
    C(number, int, "条目", "Entry")                                                                \
    C(recorded_at, time, "记录时间", "Recorded at")                                                \
    C(occurred_on, date, "发生日期", "Occurred on")                                                \
    C(verb, text, "动作", "Verb")                                                                  \
    C(event, text, "事件", "Event")                                                                \
    C(record, record, "内容", "Record")
/* clang-format on */

static const struct column columns[] = {DOSSIER(COLUMN)};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

enum { DOSSIER_LIST };
enum { CASE_SUBJECTS, FACT_SUBJECTS, DUTY_SUBJECTS };

static void subjects_of_slots(const struct datum *slots, struct datum *items, uint32_t *count)
{
    for (uint32_t i = 0; slots->kind == DATUM_LIST && i < slots->count && *count < COMMAND_LIST_MAX;
         i++) {
        const struct datum *pair = &slots->items[i];
        if (pair->kind == DATUM_LIST && pair->count == 2 && pair->items[1].kind == DATUM_TEXT &&
            memchr(pair->items[1].text, ':', pair->items[1].count))
            items[(*count)++] = pair->items[1];
    }
}

static void subjects_keep(struct fold *f, unsigned note, int64_t number, const struct datum *items,
                          uint32_t count)
{
    struct view_key key = number_key(number);
    struct datum list = datum_list(items, count);
    note_write(f, note, &key, &list);
}

static void subjects_kept(struct fold *f, unsigned note, int64_t number, struct datum *items,
                          uint32_t *count)
{
    struct view_key key = number_key(number);
    struct datum list;
    if (!note_read(f, note, &key, &list) || list.kind != DATUM_LIST)
        return;
    for (uint32_t i = 0; i < list.count && *count < COMMAND_LIST_MAX; i++)
        items[(*count)++] = list.items[i];
}

static void subjects_of_event(struct fold *f, struct datum *items, uint32_t *count)
{
    switch ((int)f->event->type) {
    case EVENT_subject_registered:
    case EVENT_subject_changed: items[(*count)++] = *field(f, "subject"); return;
    case EVENT_fact_written:
        subjects_of_slots(field(f, "slots"), items, count);
        subjects_keep(f, FACT_SUBJECTS, event_int(f->event, "fact"), items, *count);
        return;
    case EVENT_fact_superseded:
        subjects_kept(f, FACT_SUBJECTS, event_int(f->event, "fact"), items, count);
        return;
    case EVENT_case_opened:
        subjects_of_slots(field(f, "slots"), items, count);
        subjects_keep(f, CASE_SUBJECTS, event_int(f->event, "case"), items, *count);
        return;
    case EVENT_slot_filled:
        subjects_kept(f, CASE_SUBJECTS, event_int(f->event, "case"), items, count);
        if (field(f, "value")->kind == DATUM_TEXT && *count < COMMAND_LIST_MAX)
            items[(*count)++] = *field(f, "value");
        subjects_keep(f, CASE_SUBJECTS, event_int(f->event, "case"), items, *count);
        return;
    case EVENT_duty_opened:
        if (field(f, "of")->kind == DATUM_TEXT)
            items[(*count)++] = *field(f, "of");
        else
            subjects_kept(f, CASE_SUBJECTS, event_int(f->event, "case"), items, count);
        subjects_keep(f, DUTY_SUBJECTS, event_int(f->event, "duty"), items, *count);
        return;
    default: break;
    }
    if (event_field_index(f->event->type, "duty") >= 0)
        subjects_kept(f, DUTY_SUBJECTS, event_int(f->event, "duty"), items, count);
    else if (event_field_index(f->event->type, "case") >= 0)
        subjects_kept(f, CASE_SUBJECTS, event_int(f->event, "case"), items, count);
}

static struct datum event_record(struct fold *f)
{
    const struct event_spec *spec = event_spec(f->event->type);
    struct datum *pairs = ARENA_ARRAY(f->arena, struct datum, spec->field_count);
    for (unsigned i = 0; i < spec->field_count; i++)
        pairs[i] = datum_pair(f->arena, datum_text(spec->field_names[i]), f->event->fields[i]);
    return datum_list(pairs, spec->field_count);
}

static void dossier_apply(struct fold *f)
{
    struct datum subjects[COMMAND_LIST_MAX];
    uint32_t count = 0;
    subjects_of_event(f, subjects, &count);
    if (!count)
        return;
    const struct datum row[COLUMN_COUNT] = {datum_int(f->entry->number),
                                            datum_int(f->entry->recorded_at_us),
                                            day_datum(f, f->command->occurred_on),
                                            datum_text(verb_text(f->command->verb)),
                                            datum_text(event_spec(f->event->type)->name),
                                            event_record(f)};
    for (uint32_t i = 0; i < count; i++) {
        struct view_key key = view_key();
        key_text(&key, subjects[i].text, subjects[i].count);
        key_number(&key, f->entry->number);
        key_number(&key, f->index);
        row_write(f, DOSSIER_LIST, &key, row);
    }
}

#define CASE_AND_DUTY_EVENTS                                                                       \
    (EVENT_BIT(case_opened) | EVENT_BIT(step_signed) | EVENT_BIT(step_done) |                      \
     EVENT_BIT(nominated) | EVENT_BIT(approved) | EVENT_BIT(certified) | EVENT_BIT(penalized) |    \
     EVENT_BIT(steps_opened) | EVENT_BIT(step_withdrawn) | EVENT_BIT(slot_filled) |                \
     EVENT_BIT(case_suspended) | EVENT_BIT(case_resumed) | EVENT_BIT(case_ended) |                 \
     EVENT_BIT(duty_opened) | EVENT_BIT(duty_moved) | EVENT_BIT(duty_met) |                        \
     EVENT_BIT(duty_overdue) | EVENT_BIT(duty_cancelled) | EVENT_BIT(duty_suspended) |             \
     EVENT_BIT(duty_resumed) | EVENT_BIT(rung_due) | EVENT_BIT(waived) | EVENT_BIT(warned) |       \
     EVENT_BIT(told) | EVENT_BIT(case_migrated))

const struct projection projection_dossier = {
    .name = "dossier",
    .version = 1,
    .events = EVENT_BIT(subject_registered) | EVENT_BIT(subject_changed) | EVENT_BIT(fact_written) |
              EVENT_BIT(fact_superseded) | CASE_AND_DUTY_EVENTS,
    .lists = {{.name = "dossier",
               .zh = "全程纪实",
               .en = "Dossier",
               .columns = columns,
               .column_count = COLUMN_COUNT,
               .key = {{"subject", COLUMN_subject, "对象", "Subject"},
                       {"number", COLUMN_int, "条目", "Entry"}},
               .key_needed = true,
               .date = "occurred_on",
               .history = true}},
    .notes = {"case_subjects", "fact_subjects", "duty_subjects"},
    .apply = dossier_apply,
    .without_state = true,
};
