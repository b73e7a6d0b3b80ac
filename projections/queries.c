/* queries.c - a question finds who answers it: a list, a function of a projection, or the runtime
 * itself, which is asked for `columns` and `projections`. */
#include <stdio.h>
#include <string.h>

#include "projections/instance.h"

/* clang-format off */
#define PROJECTIONS_COLUMNS(C)                                                                     \
    C(name, text, "投影", "Projection")                                                            \
    C(version, int, "版本", "Version")                                                             \
    C(state, text, "状态", "State")                                                                \
    C(answers, bool, "应答", "Answers")                                                            \
    C(position, int, "位置", "Position")                                                           \
    C(head, int, "日志条数", "Head")                                                               \
    C(lag, int, "落后条数", "Entries behind")                                                      \
    C(lag_seconds, int, "落后秒数", "Seconds behind")                                              \
    C(incident, list, "事故", "Incident")
#define COLUMNS_COLUMNS(C)                                                                         \
    C(list, text, "清单", "List")                                                                  \
    C(column, text, "列", "Column")                                                                \
    C(kind, text, "类型", "Kind")                                                                  \
    C(zh, text, "中文列名", "Chinese heading")                                                     \
    C(en, text, "英文列名", "English heading")
/* clang-format on */

static const struct column projections_columns[] = {PROJECTIONS_COLUMNS(COLUMN)};
static const struct column columns_columns[] = {COLUMNS_COLUMNS(COLUMN)};

static const struct list_spec own_lists[] = {
    {.name = "projections",
     .zh = "投影",
     .en = "Projections",
     .columns = projections_columns,
     .column_count = sizeof projections_columns / sizeof projections_columns[0]},
    {.name = "columns",
     .zh = "列",
     .en = "Columns",
     .columns = columns_columns,
     .column_count = sizeof columns_columns / sizeof columns_columns[0]}};

struct source { /* one of the three */
    const struct instance *instance;
    unsigned list;
    const struct query_spec *query;
    enum status (*own)(struct runtime *runtime, const struct datum *args,
                       const struct question_context *context, struct query_answer *answer,
                       struct fault *fault);
};

static bool is(struct text_view name, const char *word)
{
    return strlen(word) == name.size && memcmp(word, name.data, name.size) == 0;
}

/* ---- what the runtime answers itself ---- */

static void incident_pack(const struct incident *incident, struct buffer *out)
{
    if (!incident) {
        pack_nil(out);
        return;
    }
    pack_array(out, 3);
    pack_int(out, incident->entry);
    pack_text(out, incident->event);
    pack_text(out, incident->reason);
}

static enum status own_projections(struct runtime *runtime, const struct datum *args,
                                   const struct question_context *context,
                                   struct query_answer *answer, struct fault *fault)
{
    struct figures figures;
    (void)args;
    (void)fault;
    for (unsigned i = 0; runtime_figures(runtime, i, &figures); i++) {
        struct buffer *out = &answer->rows;
        int64_t lag = context->size > figures.next ? context->size - figures.next : 0;
        int64_t late_us =
            lag && figures.next ? context->recorded_at_us - figures.recorded_at_us : 0;
        pack_array(out, sizeof projections_columns / sizeof projections_columns[0]);
        pack_text(out, figures.name);
        pack_int(out, figures.version);
        pack_text(out, figures.state);
        pack_bool(out, figures.answers);
        pack_int(out, figures.next);
        pack_int(out, context->size);
        pack_int(out, lag);
        pack_int(out, late_us > 0 ? late_us / 1000000 : 0);
        incident_pack(figures.incident, out);
        answer->count++;
    }
    return STATUS_OK;
}

static void columns_add(const struct list_spec *list, struct query_answer *answer)
{
    for (unsigned i = 0; i < list->column_count; i++) {
        pack_array(&answer->rows, 5);
        pack_text(&answer->rows, list->name);
        pack_text(&answer->rows, list->columns[i].name);
        pack_text(&answer->rows, column_kind_name(list->columns[i].kind));
        pack_text(&answer->rows, list->columns[i].zh);
        pack_text(&answer->rows, list->columns[i].en);
        answer->count++;
    }
}

/* Whose queries say themselves how their rows are headed; NULL: there is no such query of that name. */
static const struct projection *query_headed(const struct runtime *runtime,
                                             const struct datum *name)
{
    for (unsigned i = 0; name && i < runtime->count; i++) {
        const struct instance *instance = &runtime->instances[i];
        const struct query_spec *query = instance->spec ? instance->spec->queries : NULL;
        for (; instance->answers && query && query->name; query++)
            if (instance->spec->columns && datum_is_text(name, query->name))
                return instance->spec;
    }
    return NULL;
}

static enum status own_columns(struct runtime *runtime, const struct datum *args,
                               const struct question_context *context, struct query_answer *answer,
                               struct fault *fault)
{
    const struct datum *list = datum_field(args, "list");
    const struct projection *headed = query_headed(runtime, list);
    struct asking asking = {context->state, args, context->today, runtime};
    if (headed)
        return headed->columns(&asking, answer, fault);
    for (unsigned i = 0; i < runtime->count; i++) {
        const struct instance *instance = &runtime->instances[i];
        const struct query_spec *query = instance->spec ? instance->spec->queries : NULL;
        for (unsigned k = 0; instance->answers && k < instance->list_count; k++)
            if (!list || datum_is_text(list, instance->lists[k].name))
                columns_add(&instance->lists[k], answer);
        for (; instance->answers && query && query->name; query++)
            if (query->rows && (!list || datum_is_text(list, query->name)))
                columns_add(query->rows, answer);
    }
    for (unsigned i = 0; i < sizeof own_lists / sizeof own_lists[0]; i++)
        if (!list || datum_is_text(list, own_lists[i].name))
            columns_add(&own_lists[i], answer);
    const struct datum board = datum_text("board");
    headed = answer->count || !datum_field(args, "board") ? NULL : query_headed(runtime, &board);
    if (headed)
        return headed->columns(&asking, answer, fault);
    return answer->count ? STATUS_OK
                         : fault_set(fault, STATUS_INVALID, "columns: there is no such list here");
}

int64_t asking_entry_by(const struct asking *asking, int32_t day)
{
    return catalog_entry_by(asking->runtime, day);
}

int32_t asking_day_of(const struct asking *asking, int64_t number)
{
    return catalog_day_of(asking->runtime, number);
}

/* ---- who answers ---- */

static bool instance_source(const struct instance *instance, struct text_view name,
                            struct source *ret_source)
{
    for (unsigned k = 0; k < instance->list_count; k++)
        if (is(name, instance->lists[k].name)) {
            *ret_source = (struct source){.instance = instance, .list = k};
            return true;
        }
    const struct query_spec *query = instance->spec ? instance->spec->queries : NULL;
    for (; query && query->name; query++)
        if (is(name, query->name)) {
            *ret_source = (struct source){.instance = instance, .query = query};
            return true;
        }
    return false;
}

static bool source_find(const struct runtime *runtime, struct text_view name,
                        struct source *ret_source)
{
    if (is(name, "projections") || is(name, "columns")) {
        *ret_source = (struct source){.own = is(name, "columns") ? own_columns : own_projections};
        return true;
    }
    for (unsigned i = 0; i < runtime->count; i++)
        if (runtime->instances[i].answers &&
            instance_source(&runtime->instances[i], name, ret_source))
            return true;
    return false;
}

void asking_rows(const struct asking *asking, const char *list, const struct view_key *from,
                 bool (*each)(void *user, struct text_view key, struct text_view row), void *user)
{
    struct source source;
    struct view_key all = view_key();
    if (source_find(asking->runtime, (struct text_view){list, (uint32_t)strlen(list)}, &source) &&
        source.instance && !source.query && !source.instance->lists[source.list].history)
        view_scan(asking->runtime->store, source.instance->tables[source.list].rows, &all, from,
                  each, user);
}

/* The rows that it answers from; NULL: it answers from the state, or the runtime itself does. */
static const struct instance *rows_of(const struct source *source)
{
    return source->query && !source->query->of_rows ? NULL : source->instance;
}

int64_t runtime_position(const struct runtime *runtime, struct text_view name, int64_t state_next)
{
    struct source source;
    const struct instance *instance = source_find(runtime, name, &source) ? rows_of(&source) : NULL;
    return instance ? instance->next : state_next;
}

const char *runtime_stopped(const struct runtime *runtime, struct text_view name)
{
    static char text[700];
    struct source source;
    if (!source_find(runtime, name, &source) || !rows_of(&source) || !source.instance->stopped)
        return NULL;
    const struct incident *incident = &source.instance->incident;
    snprintf(text, sizeof text,
             "projection %s stopped at entry %lld%s%s: %s; to try again: jishi projector DIR "
             "--resume %s",
             source.instance->name, (long long)incident->entry, *incident->event ? ", " : "",
             incident->event, incident->reason, source.instance->name);
    return text;
}

static enum status unknown(const struct runtime *runtime, struct text_view name,
                           struct fault *fault)
{
    char names[300] = "columns projections";
    for (unsigned i = 0; i < runtime->count; i++) {
        const struct instance *instance = &runtime->instances[i];
        const struct query_spec *query = instance->spec ? instance->spec->queries : NULL;
        for (unsigned k = 0; instance->answers && k < instance->list_count; k++)
            snprintf(names + strlen(names), sizeof names - strlen(names), " %s",
                     instance->lists[k].name);
        for (; instance->answers && query && query->name; query++)
            snprintf(names + strlen(names), sizeof names - strlen(names), " %s", query->name);
    }
    return fault_set(fault, STATUS_NOT_FOUND, "no query %.*s; known here: %s", (int)name.size,
                     name.data, names);
}

enum status runtime_query(struct runtime *runtime, struct text_view name, const struct datum *args,
                          const struct question_context *context, struct query_answer *ret_answer,
                          struct fault *fault)
{
    struct source source;
    struct asking asking = {context->state, args, context->today, runtime};
    enum status status;
    *ret_answer = (struct query_answer){.count = 0};
    if (!source_find(runtime, name, &source))
        status = unknown(runtime, name, fault);
    else if (source.own)
        status = source.own(runtime, args, context, ret_answer, fault);
    else if (source.query)
        status = source.query->ask(&asking, ret_answer, fault);
    else
        status = listing_answer(runtime, source.instance, source.list, &asking, ret_answer, fault);
    if (status != STATUS_OK) {
        buffer_done(&ret_answer->rows);
        *ret_answer = (struct query_answer){.count = 0};
    }
    return status;
}
