/* models.c - folding entries into rows. Each event is shown to the models in a fixed order; a row
 * is read, changed and written whole. */
#include "projections/models.h"

#include <stdio.h>
#include <string.h>

#include "core/date.h"
#include "events/codec.h"
#include "events/tree.h"

static const struct codec_limits row_limits = {ENTRY_SIZE_MAX * 2, 8, 65536};

struct folding {
    struct models *models;
    struct view_store *store;
    struct arena *arena;
    const struct entry *entry;
    const struct command *command;
    const struct event *event;
    unsigned index;
};

/* ---- rows ---- */

/* Reads a row into an array that may be changed; false if there is none. */
static bool row_read(struct folding *f, enum view_table table, const struct view_key *key,
                     struct datum **ret_items, uint32_t count)
{
    struct text_view bytes;
    struct datum row;
    if (!view_get(f->store, table, key, &bytes) ||
        datum_unpack(arena_copy(f->arena, bytes.data, bytes.size), bytes.size, &row_limits,
                     f->arena, &row, NULL) != STATUS_OK ||
        row.kind != DATUM_LIST || row.count != count)
        return false;
    *ret_items = arena_copy(f->arena, row.items, count * sizeof *row.items);
    return true;
}

static void row_write(struct folding *f, enum view_table table, const struct view_key *key,
                      const struct datum *items, uint32_t count)
{
    struct buffer out;
    struct datum row = datum_list(items, count);
    buffer_init(&out);
    datum_pack(&row, &out);
    view_put(f->store, table, key, out.data, out.size);
    buffer_done(&out);
}

static struct view_key number_key(int64_t number)
{
    struct view_key key = view_key();
    key_number(&key, number);
    return key;
}

static struct view_key text_key(struct text_view text)
{
    struct view_key key = view_key();
    key_text(&key, text.data, text.size);
    return key;
}

static struct datum day_datum(struct folding *f, int32_t day)
{
    return day == DATE_NONE ? datum_nil()
                            : datum_text(date_text(day, arena_take(f->arena, DATE_TEXT_SIZE)));
}

static const struct datum *field(const struct folding *f, const char *name)
{
    return event_datum(f->event, name);
}

/* ---- whose dossier an event stands in ---- */

static void subjects_of_slots(struct folding *f, const struct datum *slots, struct datum *items,
                              uint32_t *count)
{
    (void)f;
    for (uint32_t i = 0; slots->kind == DATUM_LIST && i < slots->count && *count < COMMAND_LIST_MAX;
         i++) {
        const struct datum *pair = &slots->items[i];
        if (pair->kind == DATUM_LIST && pair->count == 2 && pair->items[1].kind == DATUM_TEXT &&
            memchr(pair->items[1].text, ':', pair->items[1].count))
            items[(*count)++] = pair->items[1];
    }
}

static void subjects_keep(struct folding *f, enum view_table table, int64_t number,
                          const struct datum *items, uint32_t count)
{
    struct view_key key = number_key(number);
    row_write(f, table, &key, items, count);
}

static void subjects_kept(struct folding *f, enum view_table table, int64_t number,
                          struct datum *items, uint32_t *count)
{
    struct view_key key = number_key(number);
    struct text_view bytes;
    struct datum row;
    if (!view_get(f->store, table, &key, &bytes) ||
        datum_unpack(arena_copy(f->arena, bytes.data, bytes.size), bytes.size, &row_limits,
                     f->arena, &row, NULL) != STATUS_OK)
        return;
    for (uint32_t i = 0; i < row.count && *count < COMMAND_LIST_MAX; i++)
        items[(*count)++] = row.items[i];
}

static void subjects_of_event(struct folding *f, struct datum *items, uint32_t *count)
{
    switch ((int)f->event->type) {
    case EVENT_subject_registered:
    case EVENT_subject_changed: items[(*count)++] = *field(f, "subject"); return;
    case EVENT_fact_written:
        subjects_of_slots(f, field(f, "slots"), items, count);
        subjects_keep(f, VIEW_fact_subjects, event_int(f->event, "fact"), items, *count);
        return;
    case EVENT_fact_superseded:
        subjects_kept(f, VIEW_fact_subjects, event_int(f->event, "fact"), items, count);
        return;
    case EVENT_case_opened:
        subjects_of_slots(f, field(f, "slots"), items, count);
        subjects_keep(f, VIEW_case_subjects, event_int(f->event, "case"), items, *count);
        return;
    case EVENT_slot_filled:
        subjects_kept(f, VIEW_case_subjects, event_int(f->event, "case"), items, count);
        if (field(f, "value")->kind == DATUM_TEXT && *count < COMMAND_LIST_MAX)
            items[(*count)++] = *field(f, "value");
        subjects_keep(f, VIEW_case_subjects, event_int(f->event, "case"), items, *count);
        return;
    case EVENT_duty_opened:
        if (field(f, "of")->kind == DATUM_TEXT)
            items[(*count)++] = *field(f, "of");
        else
            subjects_kept(f, VIEW_case_subjects, event_int(f->event, "case"), items, count);
        subjects_keep(f, VIEW_duty_subject, event_int(f->event, "duty"), items, *count);
        return;
    default: break;
    }
    if (event_field_index(f->event->type, "duty") >= 0)
        subjects_kept(f, VIEW_duty_subject, event_int(f->event, "duty"), items, count);
    else if (event_field_index(f->event->type, "case") >= 0)
        subjects_kept(f, VIEW_case_subjects, event_int(f->event, "case"), items, count);
}

static struct datum event_record(struct folding *f)
{
    const struct event_spec *spec = event_spec(f->event->type);
    struct datum *pairs = ARENA_ARRAY(f->arena, struct datum, spec->field_count);
    for (unsigned i = 0; i < spec->field_count; i++)
        pairs[i] = datum_pair(f->arena, datum_text(spec->field_names[i]), f->event->fields[i]);
    return datum_list(pairs, spec->field_count);
}

static void fold_dossier(struct folding *f)
{
    struct datum subjects[COMMAND_LIST_MAX];
    uint32_t count = 0;
    subjects_of_event(f, subjects, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct view_key key = view_key();
        const struct datum row[] = {datum_int(f->entry->number),
                                    datum_int(f->entry->recorded_at_us),
                                    day_datum(f, f->command->occurred_on),
                                    datum_text(verb_text(f->command->verb)),
                                    datum_text(event_spec(f->event->type)->name),
                                    event_record(f)};
        key_text(&key, subjects[i].text, subjects[i].count);
        key_number(&key, f->entry->number);
        key_number(&key, f->index);
        row_write(f, VIEW_dossier, &key, row, 6);
    }
}

/* ---- cases ---- */

enum case_column {
    CASE_NUMBER,
    CASE_PROCEDURE,
    CASE_STATE,
    CASE_OPENED,
    CASE_ENDED_ON,
    CASE_SLOTS,
    CASE_OPEN,
    CASE_VERSION,
    CASE_COLUMNS
};

/* Steps named in `take` leave the list, those in `add` come to its end. */
static struct datum steps_change(struct folding *f, const struct datum *open,
                                 const struct datum *take, const struct datum *add)
{
    struct datum *items = ARENA_ARRAY(f->arena, struct datum, open->count + (add ? add->count : 0));
    uint32_t count = 0;
    for (uint32_t i = 0; i < open->count; i++) {
        bool taken = false;
        for (uint32_t k = 0; take && k < take->count; k++)
            taken = taken || datum_equal(&open->items[i], &take->items[k]);
        if (!taken)
            items[count++] = open->items[i];
    }
    for (uint32_t i = 0; add && i < add->count; i++)
        items[count++] = add->items[i];
    return datum_list(items, count);
}

static void case_opened(struct folding *f)
{
    struct view_key key = number_key(event_int(f->event, "case"));
    const struct datum row[CASE_COLUMNS] = {*field(f, "case"),     *field(f, "procedure"),
                                            datum_text("running"), *field(f, "day"),
                                            datum_nil(),           *field(f, "slots"),
                                            datum_list(NULL, 0),   datum_int(f->entry->number + 1)};
    row_write(f, VIEW_cases, &key, row, CASE_COLUMNS);
}

static void case_event(struct folding *f, struct datum *row)
{
    struct datum step;
    switch ((int)f->event->type) {
    case EVENT_steps_opened:
        row[CASE_OPEN] = steps_change(
            f,
            event_bool(f->event, "undone") ? &(struct datum){.kind = DATUM_LIST} : &row[CASE_OPEN],
            field(f, "steps"), field(f, "steps"));
        break;
    case EVENT_step_done:
    case EVENT_nominated:
    case EVENT_approved:
    case EVENT_certified:
    case EVENT_penalized:
        step = datum_list(field(f, "step"), 1);
        row[CASE_OPEN] = steps_change(f, &row[CASE_OPEN], &step, NULL);
        break;
    case EVENT_slot_filled: {
        struct datum pair = datum_pair(f->arena, *field(f, "slot"), *field(f, "value"));
        struct datum more = datum_list(&pair, 1);
        row[CASE_SLOTS] = steps_change(f, &row[CASE_SLOTS], NULL, &more);
        break;
    }
    case EVENT_case_suspended: row[CASE_STATE] = datum_text("suspended"); break;
    case EVENT_case_resumed: row[CASE_STATE] = datum_text("running"); break;
    case EVENT_case_ended:
        row[CASE_STATE] = *field(f, "end");
        row[CASE_ENDED_ON] = *field(f, "day");
        row[CASE_OPEN] = datum_list(NULL, 0);
        break;
    default: break;
    }
}

static void fold_cases(struct folding *f)
{
    if (f->event->type == EVENT_case_opened) {
        case_opened(f);
        return;
    }
    if (event_field_index(f->event->type, "case") != 0 || event_int(f->event, "case") < 1)
        return;
    struct view_key key = number_key(event_int(f->event, "case"));
    struct datum *row;
    if (!row_read(f, VIEW_cases, &key, &row, CASE_COLUMNS))
        return;
    case_event(f, row);
    row[CASE_VERSION] = datum_int(f->entry->number + 1);
    row_write(f, VIEW_cases, &key, row, CASE_COLUMNS);
}

/* ---- agenda ---- */

enum agenda_column {
    AGENDA_DUTY,
    AGENDA_NAME,
    AGENDA_OF,
    AGENDA_CASE,
    AGENDA_STEP,
    AGENDA_START,
    AGENDA_DUE,
    AGENDA_STATE,
    AGENDA_LATE,
    AGENDA_OWNER,
    AGENDA_UNIT,
    AGENDA_RUNGS,
    AGENDA_FIRST_OVERDUE,
    AGENDA_ESCALATIONS,
    AGENDA_LEAN,
    AGENDA_RULES,
    AGENDA_MET_ON,
    AGENDA_RESPONSIBLE,
    AGENDA_COLUMNS
};

static struct view_key due_key(const struct datum *row)
{
    struct view_key key = view_key();
    key_text(&key, row[AGENDA_DUE].text, row[AGENDA_DUE].count);
    key_number(&key, row[AGENDA_DUTY].integer);
    return key;
}

static void agenda_write(struct folding *f, const struct datum *row)
{
    struct view_key key = number_key(row[AGENDA_DUTY].integer), due = due_key(row);
    row_write(f, VIEW_agenda, &key, row, AGENDA_COLUMNS);
    view_put(f->store, VIEW_agenda_by_due, &due, "", 0);
}

static void agenda_opened(struct folding *f)
{
    const struct datum row[AGENDA_COLUMNS] = {*field(f, "duty"),
                                              *field(f, "name"),
                                              *field(f, "of"),
                                              *field(f, "case"),
                                              *field(f, "step"),
                                              *field(f, "start"),
                                              *field(f, "due"),
                                              datum_text("open"),
                                              datum_bool(false),
                                              *field(f, "owner"),
                                              *field(f, "unit"),
                                              *field(f, "rungs"),
                                              *field(f, "first_overdue"),
                                              *field(f, "escalations"),
                                              *field(f, "lean"),
                                              *field(f, "rules"),
                                              datum_nil(),
                                              datum_list(NULL, 0)};
    agenda_write(f, row);
}

static void agenda_moved(struct folding *f, struct datum *row)
{
    struct view_key old = due_key(row);
    view_remove(f->store, VIEW_agenda_by_due, &old);
    row[AGENDA_START] = *field(f, "start");
    row[AGENDA_DUE] = *field(f, "due");
    row[AGENDA_RUNGS] = *field(f, "rungs");
    row[AGENDA_FIRST_OVERDUE] = *field(f, "first_overdue");
    row[AGENDA_ESCALATIONS] = *field(f, "escalations");
    row[AGENDA_LEAN] = *field(f, "lean");
    row[AGENDA_STATE] = datum_text("open");
    row[AGENDA_LATE] = datum_bool(false);
    row[AGENDA_MET_ON] = datum_nil();
}

static void fold_agenda(struct folding *f)
{
    struct datum *row;
    if (f->event->type == EVENT_duty_opened) {
        agenda_opened(f);
        return;
    }
    if (event_field_index(f->event->type, "duty") != 0 || f->event->type == EVENT_rung_due)
        return;
    struct view_key key = number_key(event_int(f->event, "duty"));
    if (!row_read(f, VIEW_agenda, &key, &row, AGENDA_COLUMNS))
        return;
    switch ((int)f->event->type) {
    case EVENT_duty_moved: agenda_moved(f, row); break;
    case EVENT_duty_met:
        row[AGENDA_STATE] = datum_text("met");
        row[AGENDA_LATE] = *field(f, "late");
        row[AGENDA_MET_ON] = *field(f, "day");
        break;
    case EVENT_duty_overdue:
        row[AGENDA_STATE] = datum_text("overdue");
        row[AGENDA_LATE] = datum_bool(true);
        row[AGENDA_RESPONSIBLE] = *field(f, "responsible");
        break;
    case EVENT_duty_cancelled: row[AGENDA_STATE] = datum_text("cancelled"); break;
    case EVENT_duty_suspended: row[AGENDA_STATE] = datum_text("suspended"); break;
    case EVENT_duty_resumed: row[AGENDA_STATE] = datum_text("open"); break;
    default: break;
    }
    agenda_write(f, row);
}

/* ---- reminders ---- */

enum reminder_column {
    REMINDER_KEY,
    REMINDER_NUMBER,
    REMINDER_ABOUT,
    REMINDER_KIND,
    REMINDER_DAY,
    REMINDER_LATE,
    REMINDER_TO,
    REMINDER_STATE,
    REMINDER_ATTEMPTS,
    REMINDER_DETAIL,
    REMINDER_COLUMNS
};

static void reminder_made(struct folding *f, const struct datum *about, const struct datum *kind,
                          const struct datum *late)
{
    struct view_key key = text_key(event_text(f->event, "key"));
    const struct datum row[REMINDER_COLUMNS] = {*field(f, "key"), datum_int(f->entry->number),
                                                *about,           *kind,
                                                *field(f, "day"), *late,
                                                *field(f, "to"),  datum_text("pending"),
                                                datum_int(0),     datum_text("")};
    row_write(f, VIEW_reminders, &key, row, REMINDER_COLUMNS);
}

static void reminder_delivered(struct folding *f)
{
    struct view_key key = text_key(event_text(f->event, "key"));
    struct datum *row;
    if (!row_read(f, VIEW_reminders, &key, &row, REMINDER_COLUMNS))
        return;
    bool failed = datum_is_text(field(f, "outcome"), "failed");
    if (!datum_is_text(&row[REMINDER_STATE], "sent"))
        row[REMINDER_STATE] = failed ? datum_text("pending") : *field(f, "outcome");
    row[REMINDER_ATTEMPTS] = datum_int(row[REMINDER_ATTEMPTS].integer + 1);
    row[REMINDER_DETAIL] = *field(f, "detail");
    row_write(f, VIEW_reminders, &key, row, REMINDER_COLUMNS);
}

static void fold_reminders(struct folding *f)
{
    const struct datum zero = datum_int(0), told = datum_text("told");
    if (f->event->type == EVENT_rung_due)
        reminder_made(f, field(f, "duty"), field(f, "kind"), field(f, "late_days"));
    else if (f->event->type == EVENT_told)
        reminder_made(f, field(f, "case"), &told, &zero);
    else if (f->event->type == EVENT_delivered)
        reminder_delivered(f);
}

/* ---- the runtime ---- */

static void (*const folds[])(struct folding *f) = {fold_dossier, fold_cases, fold_agenda,
                                                   fold_reminders};

static struct view_key meta_key(const char *name)
{
    return text_key((struct text_view){name, (uint32_t)strlen(name)});
}

enum status models_open(struct view_store *store, struct models *models, struct fault *fault)
{
    struct view_key position = meta_key("position"), incident = meta_key("incident");
    struct text_view bytes;
    (void)fault;
    *models = (struct models){.store = store};
    arena_init(&models->arena, 0);
    if (view_get(store, VIEW_meta, &position, &bytes) && bytes.size == 8 + DIGEST_SIZE) {
        memcpy(&models->next, bytes.data, 8);
        memcpy(models->leaf, bytes.data + 8, DIGEST_SIZE);
    }
    if (view_get(store, VIEW_meta, &incident, &bytes))
        snprintf(models->stopped, sizeof models->stopped, "%.*s", (int)bytes.size, bytes.data);
    return STATUS_OK;
}

void models_done(struct models *models)
{
    arena_done(&models->arena);
}

enum status models_fold(struct models *models, const struct followed *followed, struct fault *fault)
{
    struct folding f = {.models = models,
                        .store = models->store,
                        .arena = &models->arena,
                        .entry = followed->entry,
                        .command = followed->command};
    if (models->stopped[0])
        return fault_set(fault, STATUS_CORRUPT, "%s", models->stopped);
    if (followed->entry->number != models->next)
        return fault_set(fault, STATUS_CORRUPT, "read models want entry %lld, not %lld",
                         (long long)models->next, (long long)followed->entry->number);
    arena_reset(&models->arena);
    for (unsigned i = 0; i < followed->entry->event_count; i++) {
        f.event = &followed->entry->events[i];
        f.index = i;
        if (event_check(f.event, fault) != STATUS_OK) {
            struct view_key incident = meta_key("incident");
            snprintf(models->stopped, sizeof models->stopped, "entry %lld: %s",
                     (long long)models->next, fault->text);
            view_put(models->store, VIEW_meta, &incident, models->stopped, strlen(models->stopped));
            return fault_set(fault, STATUS_CORRUPT, "%s", models->stopped);
        }
        for (unsigned m = 0; m < sizeof folds / sizeof folds[0]; m++)
            folds[m](&f);
    }
    models->next++;
    memcpy(models->leaf, followed->leaf, DIGEST_SIZE);
    return STATUS_OK;
}

enum status models_commit(struct models *models, struct fault *fault)
{
    struct view_key key = meta_key("position");
    uint8_t bytes[8 + DIGEST_SIZE];
    memcpy(bytes, &models->next, 8);
    memcpy(bytes + 8, models->leaf, DIGEST_SIZE);
    view_put(models->store, VIEW_meta, &key, bytes, sizeof bytes);
    return view_commit(models->store, fault);
}

enum status models_resume(struct models *models, struct fault *fault)
{
    struct view_key incident = meta_key("incident");
    models->stopped[0] = '\0';
    view_remove(models->store, VIEW_meta, &incident);
    return models_commit(models, fault);
}

struct digesting {
    uint8_t digest[DIGEST_SIZE];
    struct buffer row;
};

static bool digest_row(void *user, struct text_view key, struct text_view value)
{
    struct digesting *digesting = user;
    buffer_clear(&digesting->row);
    buffer_add(&digesting->row, digesting->digest, DIGEST_SIZE);
    buffer_addf(&digesting->row, "%u ", key.size);
    buffer_add(&digesting->row, key.data, key.size);
    buffer_add(&digesting->row, value.data, value.size);
    sha256(digesting->row.data, digesting->row.size, digesting->digest);
    return true;
}

void models_digest(struct models *models, uint8_t ret_digest[DIGEST_SIZE])
{
    struct digesting digesting = {.digest = {0}};
    struct view_key all = view_key();
    buffer_init(&digesting.row);
    for (int table = 0; table < VIEW_COUNT; table++)
        view_scan(models->store, (enum view_table)table, &all, NULL, digest_row, &digesting);
    memcpy(ret_digest, digesting.digest, DIGEST_SIZE);
    buffer_done(&digesting.row);
}
