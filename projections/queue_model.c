/* queue_model.c - rows of unsettled jobs, see queue_model.h.
 *
 * Key: reminder, recipient. Row: [number, place among the entry's jobs, about, kind, day, late days,
 * made_us, attempts, dead, detail]. */
#include "projections/queue_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/date.h"
#include "events/codec.h"

/* Tables carry the form of their rows in the name: another form is another table, built anew. */
#define TABLE_JOBS   "jobs-1"
#define TABLE_META   "meta-1"
#define TABLE_LIFE   "life"
#define ROW_MAX      2048
#define REFILL_SHARE 2 /* jobs are read again when no more than jobs_max / REFILL_SHARE are there */

enum job_column {
    COLUMN_NUMBER,
    COLUMN_PLACE,
    COLUMN_ABOUT,
    COLUMN_KIND,
    COLUMN_DAY,
    COLUMN_LATE,
    COLUMN_MADE,
    COLUMN_ATTEMPTS,
    COLUMN_DEAD,
    COLUMN_DETAIL,
    COLUMN_COUNT
};

static struct view_key meta_key(const char *name)
{
    struct view_key key = view_key();
    key_text(&key, name, strlen(name));
    return key;
}

static struct view_key job_key(const char *reminder, const char *recipient)
{
    struct view_key key = view_key();
    key_text(&key, reminder, strlen(reminder));
    key_text(&key, recipient, strlen(recipient));
    return key;
}

/* ---- rows ---- */

static void row_put(struct queue_model *model, const struct view_key *key,
                    const struct datum row[COLUMN_COUNT])
{
    struct buffer out;
    buffer_init(&out);
    struct datum list = datum_list(row, COLUMN_COUNT);
    datum_pack(&list, &out);
    view_put(model->store, model->jobs, key, out.data, out.size, NULL);
    view_mark(model->store); /* nothing is ever taken back */
    buffer_done(&out);
    model->is_dirty = true;
}

static bool row_read(struct text_view value, struct arena *arena, const struct datum **ret_row)
{
    static const struct codec_limits limits = {ROW_MAX, 2, COLUMN_COUNT + 1};
    struct datum *row = ARENA_NEW(arena, struct datum);
    struct fault fault;
    if (datum_unpack(value.data, value.size, &limits, arena, row, &fault) != STATUS_OK ||
        row->kind != DATUM_LIST || row->count != COLUMN_COUNT)
        return false;
    *ret_row = row->items;
    return true;
}

struct row_news {
    int64_t attempts;
    bool dead, on_record; /* on record: what is known already is not taken back */
    const char *detail;
};

/* Attempts, death and detail of a row that is there. */
static void row_change(struct queue_model *model, const char *reminder, const char *recipient,
                       const struct row_news *news)
{
    struct view_key key = job_key(reminder, recipient);
    struct text_view value;
    const struct datum *old;
    struct arena arena;
    if (!view_get(model->store, model->jobs, &key, &value))
        return;
    arena_init(&arena, 0);
    struct text_view copy = {arena_copy(&arena, value.data, value.size), value.size};
    if (row_read(copy, &arena, &old)) {
        struct datum row[COLUMN_COUNT];
        memcpy(row, old, sizeof row);
        if (!news->on_record || news->attempts > row[COLUMN_ATTEMPTS].integer)
            row[COLUMN_ATTEMPTS] = datum_int(news->attempts);
        row[COLUMN_DEAD] = datum_bool(news->dead || (news->on_record && row[COLUMN_DEAD].boolean));
        row[COLUMN_DETAIL] = datum_text(news->detail);
        row_put(model, &key, row);
    }
    arena_done(&arena);
}

void queue_model_changed(struct queue_model *model, const struct job_view *job)
{
    struct row_news news = {job->attempts, job->state == JOB_DEAD, false, job->detail};
    row_change(model, job->key, job->recipient, &news);
}

/* ---- life ---- */

static int64_t number_of(struct queue_model *model, unsigned table, const char *name)
{
    struct view_key key = meta_key(name);
    struct text_view bytes;
    int64_t value = 0;
    if (view_get(model->store, table, &key, &bytes) && bytes.size == sizeof value)
        memcpy(&value, bytes.data, sizeof value);
    return value;
}

static void meta_put(struct queue_model *model, unsigned table, const char *name, const void *bytes,
                     size_t size)
{
    struct view_key key = meta_key(name);
    view_put(model->store, table, &key, bytes, size, NULL);
}

enum status queue_model_open(struct view_store *store, struct queue_model *ret_model,
                             struct fault *fault)
{
    struct queue_model model = {.store = store, .jobs_max = QUEUE_JOBS_MAX};
    struct view_key position = meta_key("position");
    struct text_view bytes;
    unsigned life;
    enum status status = view_table_open(store, TABLE_LIFE, &life, fault);
    if (status == STATUS_OK)
        status = view_table_open(store, TABLE_META, &model.meta, fault);
    if (status == STATUS_OK)
        status = view_table_open(store, TABLE_JOBS, &model.jobs, fault);
    if (status != STATUS_OK)
        return status;
    if (view_get(store, model.meta, &position, &bytes) && bytes.size == 8 + DIGEST_SIZE) {
        memcpy(&model.next, bytes.data, 8);
        memcpy(model.leaf, bytes.data + 8, DIGEST_SIZE);
    }
    model.life = number_of(&model, life, "life") + 1;
    model.spilled = number_of(&model, model.meta, "spilled") != 0;
    meta_put(&model, life, "life", &model.life, sizeof model.life);
    status = view_commit(store, fault);
    if (status == STATUS_OK)
        *ret_model = model;
    return status;
}

void queue_model_position(struct queue_model *model, int64_t number,
                          const uint8_t leaf[DIGEST_SIZE])
{
    model->next = number + 1;
    model->places = 0;
    model->folded++;
    memcpy(model->leaf, leaf, DIGEST_SIZE);
}

enum status queue_model_commit(struct queue_model *model, struct fault *fault)
{
    uint8_t position[8 + DIGEST_SIZE];
    int64_t spilled = model->spilled;
    memcpy(position, &model->next, 8);
    memcpy(position + 8, model->leaf, DIGEST_SIZE);
    meta_put(model, model->meta, "position", position, sizeof position);
    meta_put(model, model->meta, "spilled", &spilled, sizeof spilled);
    model->is_dirty = false;
    model->folded = 0;
    return view_commit(model->store, fault);
}

/* ---- reading the rows ---- */

struct loaded {
    const char *key, *recipient;
    const struct datum *row;
};

struct loading {
    struct arena arena;
    struct loaded *jobs;
    size_t count, capacity;
};

static bool load_each(void *user, struct text_view key, struct text_view value)
{
    struct loading *loading = user;
    const char *middle = memchr(key.data, '\0', key.size);
    if (!middle || (size_t)(middle - key.data) + 2 > key.size)
        return true;
    if (loading->count == loading->capacity) {
        loading->capacity = loading->capacity ? loading->capacity * 2 : 1024;
        loading->jobs = realloc(loading->jobs, loading->capacity * sizeof *loading->jobs);
        CHECK(loading->jobs != NULL);
    }
    struct loaded *job = &loading->jobs[loading->count];
    struct text_view copy = {arena_copy(&loading->arena, value.data, value.size), value.size};
    job->key = arena_text_n(&loading->arena, key.data, key.size);
    job->recipient = job->key + (middle - key.data) + 1;
    loading->count += row_read(copy, &loading->arena, &job->row);
    return true;
}

static int by_arrival(const void *one, const void *other)
{
    const struct datum *a = ((const struct loaded *)one)->row,
                       *b = ((const struct loaded *)other)->row;
    for (int column = COLUMN_NUMBER; column <= COLUMN_PLACE; column++)
        if (a[column].integer != b[column].integer)
            return a[column].integer < b[column].integer ? -1 : 1;
    return strcmp(((const struct loaded *)one)->key, ((const struct loaded *)other)->key);
}

static enum queue_add_result job_load(struct queue_model *model, const struct loaded *job,
                                      struct arena *arena, int64_t now_ms)
{
    const struct datum *row = job->row;
    struct new_job new = {
        .key = job->key,
        .recipient = job->recipient,
        .number = row[COLUMN_NUMBER].integer,
        .place = row[COLUMN_PLACE].integer,
        .about = row[COLUMN_ABOUT].integer,
        .kind = job_kind_find(row[COLUMN_KIND].text, row[COLUMN_KIND].count),
        .day = (int32_t)row[COLUMN_DAY].integer,
        .late_days = row[COLUMN_LATE].integer,
        .made_us = row[COLUMN_MADE].integer,
        .attempts = (unsigned)row[COLUMN_ATTEMPTS].integer,
        .dead = row[COLUMN_DEAD].boolean,
        .detail = arena_text_n(arena, row[COLUMN_DETAIL].text, row[COLUMN_DETAIL].count),
    };
    return queue_add(model->queue, &new, now_ms);
}

void queue_model_load(struct queue_model *model, int64_t now_ms)
{
    struct loading loading = {.count = 0};
    struct view_key all = view_key();
    arena_init(&loading.arena, (size_t)64 << 30);
    view_scan(model->store, model->jobs, &all, NULL, load_each, &loading);
    if (loading.count)
        qsort(loading.jobs, loading.count, sizeof *loading.jobs, by_arrival);
    model->spilled = false;
    for (size_t i = 0; i < loading.count && !model->spilled; i++)
        model->spilled = job_load(model, &loading.jobs[i], &loading.arena, now_ms) == QUEUE_FULL;
    free(loading.jobs);
    arena_done(&loading.arena);
}

static void job_load_one(struct queue_model *model, const char *reminder, const char *recipient,
                         int64_t now_ms)
{
    struct view_key key = job_key(reminder, recipient);
    struct loaded job = {.key = reminder, .recipient = recipient};
    struct text_view value;
    struct arena arena;
    if (model->spilled || !view_get(model->store, model->jobs, &key, &value))
        return;
    arena_init(&arena, 0);
    if (row_read(value, &arena, &job.row) && job_load(model, &job, &arena, now_ms) == QUEUE_FULL)
        model->spilled = true;
    arena_done(&arena);
}

/* ---- the fold ---- */

static const char *text_of(struct text_view text, char out[NAME_SIZE_MAX + 1])
{
    snprintf(out, NAME_SIZE_MAX + 1, "%.*s", (int)text.size, text.data);
    return out;
}

static void job_make(struct queue_model *model, struct new_job *new, int64_t now_ms)
{
    new->place = model->places++;
    struct view_key key = job_key(new->key, new->recipient);
    const struct datum row[COLUMN_COUNT] = {
        datum_int(new->number),  datum_int(new->place),
        datum_int(new->about),   datum_text(job_kind_name(new->kind)),
        datum_int(new->day),     datum_int(new->late_days),
        datum_int(new->made_us), datum_int(0),
        datum_bool(false),       datum_text("")};
    row_put(model, &key, row);
    /* While there are rows without a job, a new job would overtake them. */
    if (model->spilled || queue_add(model->queue, new, now_ms) == QUEUE_FULL)
        model->spilled = true;
}

static void reminder_made(struct queue_model *model, struct new_job *new, const struct event *event,
                          int64_t now_ms)
{
    const struct datum *to = event_datum(event, "to");
    char key[NAME_SIZE_MAX + 1], recipient[NAME_SIZE_MAX + 1];
    bool is_nobodys = true;
    new->key = text_of(event_text(event, "key"), key);
    new->day = event_date(event, "day");
    if (!*new->key)
        return;
    for (uint32_t i = 0; to->kind == DATUM_LIST && i < to->count; i++) {
        if (to->items[i].kind != DATUM_TEXT || !to->items[i].count)
            continue;
        new->recipient =
            text_of((struct text_view){to->items[i].text, to->items[i].count}, recipient);
        job_make(model, new, now_ms);
        is_nobodys = false;
    }
    if (is_nobodys) {
        new->recipient = NOBODY;
        job_make(model, new, now_ms);
    }
}

static void reminder_delivered(struct queue_model *model, const struct event *event, int64_t now_ms,
                               uint32_t chance)
{
    char key[NAME_SIZE_MAX + 1], recipient[NAME_SIZE_MAX + 1], detail[NAME_SIZE_MAX + 1];
    const struct datum *outcome = event_datum(event, "outcome");
    int64_t attempt = event_int(event, "attempt");
    enum delivery delivery = datum_is_text(outcome, "sent")   ? DELIVERY_SENT
                             : datum_is_text(outcome, "dead") ? DELIVERY_DEAD
                                                              : DELIVERY_FAILED;
    text_of(event_text(event, "key"), key);
    text_of(event_text(event, "recipient"), recipient);
    text_of(event_text(event, "detail"), detail);
    struct view_key row = job_key(key, recipient);
    if (delivery == DELIVERY_SENT) {
        view_remove(model->store, model->jobs, &row, NULL);
        view_mark(model->store);
        model->is_dirty = true;
    } else {
        struct row_news news = {delivery == DELIVERY_DEAD ? 0 : attempt,
                                delivery == DELIVERY_DEAD || attempt >= ATTEMPTS_MAX, true, detail};
        row_change(model, key, recipient, &news);
    }
    if (!queue_delivered(model->queue, key, recipient, delivery, attempt, detail, now_ms, chance) &&
        delivery == DELIVERY_DEAD)
        job_load_one(model, key, recipient, now_ms); /* acknowledged before the log was heard */
}

void queue_model_event(struct queue_model *model, int64_t number, int64_t recorded_at_us,
                       const struct event *event, int64_t now_ms, uint32_t chance)
{
    struct new_job new = {.number = number, .made_us = recorded_at_us, .detail = ""};
    if (event->type == EVENT_rung_due) {
        struct text_view kind = event_text(event, "kind");
        new.kind = job_kind_find(kind.data, kind.size);
        new.about = event_int(event, "duty");
        new.late_days = event_int(event, "late_days");
        reminder_made(model, &new, event, now_ms);
    } else if (event->type == EVENT_told) {
        new.kind = KIND_told;
        new.about = event_int(event, "case");
        reminder_made(model, &new, event, now_ms);
    } else if (event->type == EVENT_delivered) {
        reminder_delivered(model, event, now_ms, chance);
    }
    if (model->spilled && queue_count(model->queue) <= model->jobs_max / REFILL_SHARE)
        queue_model_load(model, now_ms);
}
