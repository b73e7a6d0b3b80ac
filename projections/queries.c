/* queries.c - pages of rows by key, filtered. An argument that is not given filters nothing. */
#include <string.h>

#include "core/date.h"
#include "events/codec.h"
#include "projections/models.h"

static const struct codec_limits row_limits = {ENTRY_SIZE_MAX * 2, 8, 65536};

struct asking {
    struct models *models;
    const struct query *query;
    struct query_answer *answer;
    struct view_key from;
    int64_t limit;
    int column[3]; /* columns that have to equal an argument; -1 ends */
    const struct datum *wanted[3];
    const struct datum *until; /* agenda: due day at most */
};

static const struct datum *arg(const struct query *query, const char *name)
{
    const struct datum *found = datum_field(&query->args, name);
    return found && found->kind != DATUM_NIL ? found : NULL;
}

static bool row_fits(struct asking *a, struct text_view value)
{
    struct arena arena;
    struct datum row;
    bool fits = true;
    if (!a->wanted[0] && !a->wanted[1] && !a->wanted[2])
        return true;
    arena_init(&arena, 0);
    fits = datum_unpack(value.data, value.size, &row_limits, &arena, &row, NULL) == STATUS_OK &&
           row.kind == DATUM_LIST;
    for (int i = 0; i < 3 && fits; i++)
        if (a->wanted[i])
            fits = (uint32_t)a->column[i] < row.count &&
                   datum_equal(&row.items[a->column[i]], a->wanted[i]);
    arena_done(&arena);
    return fits;
}

/* False when the page is full: the key of the row that did not fit begins the next one. */
static bool row_add(struct asking *a, struct text_view key, struct text_view value)
{
    struct query_answer *answer = a->answer;
    if (!row_fits(a, value))
        return true;
    if ((int64_t)answer->count == a->limit || answer->rows.size + value.size > QUERY_BYTES_MAX) {
        answer->next.size = key.size;
        memcpy(answer->next.bytes, key.data, key.size);
        return false;
    }
    buffer_add(&answer->rows, value.data, value.size);
    answer->count++;
    return true;
}

static bool each_row(void *user, struct text_view key, struct text_view value)
{
    return row_add(user, key, value);
}

/* Keys of the due index: day, zero byte, duty. */
static bool each_due(void *user, struct text_view key, struct text_view value)
{
    struct asking *a = user;
    struct view_key duty = view_key();
    struct text_view row;
    (void)value;
    if (key.size != 11 + 8)
        return true;
    if (a->until && (a->until->count != 10 || memcmp(key.data, a->until->text, 10) > 0))
        return false;
    memcpy(duty.bytes, key.data + 11, 8);
    duty.size = 8;
    return !view_get(a->models->store, VIEW_agenda, &duty, &row) || row_add(a, key, row);
}

static void filter(struct asking *a, int index, const char *name, int column)
{
    a->wanted[index] = arg(a->query, name);
    a->column[index] = column;
}

static enum status query_dossier(struct asking *a, struct fault *fault)
{
    const struct datum *subject = arg(a->query, "subject");
    struct view_key prefix = view_key();
    if (!subject || subject->kind != DATUM_TEXT || !subject->count)
        return fault_set(fault, STATUS_INVALID, "dossier: subject is a text such as person:li");
    key_text(&prefix, subject->text, subject->count);
    view_scan(a->models->store, VIEW_dossier, &prefix, a->from.size ? &a->from : NULL, each_row, a);
    return STATUS_OK;
}

static enum status query_cases(struct asking *a, struct fault *fault)
{
    const struct datum *number = arg(a->query, "case");
    struct view_key prefix = view_key();
    if (number && number->kind != DATUM_INT)
        return fault_set(fault, STATUS_INVALID, "cases: case is a number");
    if (number)
        key_number(&prefix, number->integer);
    filter(a, 0, "procedure", 1);
    filter(a, 1, "state", 2);
    view_scan(a->models->store, VIEW_cases, &prefix, a->from.size ? &a->from : NULL, each_row, a);
    return STATUS_OK;
}

static enum status query_agenda(struct asking *a, struct fault *fault)
{
    const struct datum *number = arg(a->query, "duty"), *from = arg(a->query, "from");
    struct view_key prefix = view_key(), first = view_key();
    filter(a, 0, "state", 7);
    filter(a, 1, "owner", 9);
    filter(a, 2, "unit", 10);
    a->until = arg(a->query, "until");
    if ((a->until && (a->until->kind != DATUM_TEXT ||
                      date_parse_n(a->until->text, a->until->count) == DATE_NONE)) ||
        (from &&
         (from->kind != DATUM_TEXT || date_parse_n(from->text, from->count) == DATE_NONE)) ||
        (number && number->kind != DATUM_INT))
        return fault_set(fault, STATUS_INVALID,
                         "agenda: from and until are dates, duty is a number");
    if (number) {
        key_number(&prefix, number->integer);
        view_scan(a->models->store, VIEW_agenda, &prefix, NULL, each_row, a);
        return STATUS_OK;
    }
    if (from)
        key_text(&first, from->text, from->count);
    view_scan(a->models->store, VIEW_agenda_by_due, &prefix,
              a->from.size ? &a->from
              : first.size ? &first
                           : NULL,
              each_due, a);
    return STATUS_OK;
}

static enum status query_reminders(struct asking *a, struct fault *fault)
{
    struct view_key prefix = view_key();
    (void)fault;
    filter(a, 0, "state", 7);
    filter(a, 1, "about", 2);
    view_scan(a->models->store, VIEW_reminders, &prefix, a->from.size ? &a->from : NULL, each_row,
              a);
    return STATUS_OK;
}

static const struct {
    const char *name;
    enum status (*ask)(struct asking *a, struct fault *fault);
} queries[] = {{"dossier", query_dossier},
               {"cases", query_cases},
               {"agenda", query_agenda},
               {"reminders", query_reminders}};

enum status models_query(struct models *models, const struct query *query,
                         struct query_answer *ret_answer, struct fault *fault)
{
    struct asking asking = {
        .models = models, .query = query, .answer = ret_answer, .limit = QUERY_ROWS_MAX};
    const struct datum *after = arg(query, "after"), *limit = arg(query, "limit");
    *ret_answer = (struct query_answer){.count = 0};
    if (after && (after->kind != DATUM_BYTES || after->count > VIEW_KEY_MAX))
        return fault_set(fault, STATUS_INVALID, "after is the `next` of the page before");
    if (limit &&
        (limit->kind != DATUM_INT || limit->integer < 1 || limit->integer > QUERY_ROWS_MAX))
        return fault_set(fault, STATUS_INVALID, "limit is a number from 1 to %d", QUERY_ROWS_MAX);
    if (limit)
        asking.limit = limit->integer;
    if (after) {
        memcpy(asking.from.bytes, after->bytes, after->count);
        asking.from.size = after->count;
    }
    for (unsigned i = 0; i < sizeof queries / sizeof queries[0]; i++)
        if (strlen(queries[i].name) == query->name.size &&
            memcmp(queries[i].name, query->name.data, query->name.size) == 0)
            return queries[i].ask(&asking, fault);
    return fault_set(fault, STATUS_NOT_FOUND,
                     "no query %.*s; known: dossier cases agenda reminders inbox",
                     (int)query->name.size, query->name.data);
}
