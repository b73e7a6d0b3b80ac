/* shown.h - a desk whose entries are shown to read models, and rows as they answer, for tests.
 *
 * shown_fold() brings the models to where the desk is, entry by entry with a state of their own, as
 * a projector does. Values of a row are written as text: "2026-01-30", "7", "yes", "[a, b]", "-". */
#ifndef TESTS_DESK_SHOWN_H
#define TESTS_DESK_SHOWN_H

#include <unistd.h>

#include "core/date.h"
#include "projections/instance.h"
#include "tests/desk/desk.h"

struct shown {
    struct desk *desk;
    char folder[40];
    struct runtime *runtime;
    struct state *state;
    unsigned folded;
};

static inline void shown_must(enum status status, const struct fault *fault)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "read models: %s\n", fault->text);
    abort();
}

static inline void shown_incident(void *user, const struct figures *figures)
{
    (void)user;
    fprintf(stderr, "%s stopped: %s\n", figures->name, figures->incident->reason);
    abort();
}

static inline void shown_open(struct shown *shown, struct desk *desk)
{
    struct fault fault = {0};
    *shown = (struct shown){.desk = desk, .folder = "/tmp/jishi-shown-XXXXXX"};
    if (!mkdtemp(shown->folder))
        abort();
    struct runtime_options options = {.directory = shown->folder,
                                      .projections = projections,
                                      .count = projection_count,
                                      .incident = shown_incident};
    shown_must(runtime_open(&options, &shown->runtime, &fault), &fault);
    shown->state = state_open(DESK_ORIGIN);
}

static inline void shown_close(struct shown *shown)
{
    char command[100];
    runtime_close(shown->runtime);
    state_close(shown->state);
    snprintf(command, sizeof command, "rm -r %s", shown->folder);
    if (system(command) != 0)
        abort();
}

static inline void shown_fold(struct shown *shown)
{
    struct fault fault = {0};
    for (; shown->folded < shown->desk->entry_count; shown->folded++) {
        const struct desk_entry *kept = &shown->desk->entries[shown->folded];
        struct entry entry = {.number = kept->when.number,
                              .recorded_at_us = kept->when.recorded_at_us,
                              .events = kept->events,
                              .event_count = kept->event_count};
        struct command command = {.verb = VERB_ACT,
                                  .occurred_on = moment_day(kept->when.recorded_at_us)};
        uint8_t leaf[DIGEST_SIZE] = {0};
        struct followed followed = {&entry, &command, leaf};
        shown_must(
            state_fold(shown->state, &kept->when, NULL, kept->events, kept->event_count, &fault),
            &fault);
        shown_must(runtime_fold(shown->runtime, LINE_MAIN, &followed, shown->state, &fault),
                   &fault);
    }
    shown_must(runtime_commit(shown->runtime, &fault), &fault);
}

/* [[name, value], ...] of a JSON object. */
static inline struct datum shown_args(struct arena *arena, const char *json)
{
    struct fault fault = {0};
    const char *name;
    json_t *value;
    uint32_t count = 0;
    char *text = arena_text(arena, json);
    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    json_t *object = json_loads(text, 0, NULL);
    struct datum *pairs = ARENA_ARRAY(arena, struct datum, json_object_size(object) + 1);
    json_object_foreach(object, name, value)
    {
        struct datum datum;
        shown_must(json_to_datum(value, arena, &datum, &fault), &fault);
        pairs[count++] = datum_pair(arena, datum_text(arena_text(arena, name)), datum);
    }
    json_decref(object);
    return datum_list(pairs, count);
}

/* Rows of a query; `args` as JSON with ' for ". */
static inline struct datum shown_rows(struct shown *shown, const char *query, const char *args)
{
    static const struct codec_limits limits = {1 << 20, 8, 65536};
    struct arena *arena = &shown->desk->arena;
    struct question_context context = {.state = shown->state,
                                       .state_next = state_next_number(shown->state),
                                       .size = state_next_number(shown->state),
                                       .today = shown->desk->today};
    struct fault fault = {0};
    struct query_answer answer;
    struct datum asked = shown_args(arena, args), rows;
    struct buffer all;
    shown_must(runtime_query(shown->runtime, (struct text_view){query, (uint32_t)strlen(query)},
                             &asked, &context, &answer, &fault),
               &fault);
    buffer_init(&all);
    pack_array(&all, answer.count);
    if (answer.rows.size)
        buffer_add(&all, answer.rows.data, answer.rows.size);
    shown_must(datum_unpack(arena_copy(arena, all.data, all.size), all.size, &limits, arena, &rows,
                            &fault),
               &fault);
    buffer_done(&all);
    buffer_done(&answer.rows);
    return rows;
}

static inline const struct list_spec *shown_list(const char *name)
{
    for (unsigned i = 0; i < projection_count; i++)
        for (unsigned k = 0; k < LISTS_MAX && projections[i]->lists[k].name; k++)
            if (strcmp(projections[i]->lists[k].name, name) == 0)
                return &projections[i]->lists[k];
    fprintf(stderr, "no list %s\n", name);
    abort();
}

static inline void shown_write(const struct datum *value, struct buffer *out)
{
    switch (value->kind) {
    case DATUM_NIL: buffer_add_char(out, '-'); return;
    case DATUM_BOOL: buffer_add_text(out, value->boolean ? "yes" : "no"); return;
    case DATUM_INT: buffer_addf(out, "%lld", (long long)value->integer); return;
    case DATUM_TEXT: buffer_add(out, value->text, value->count); return;
    case DATUM_BYTES: buffer_add_text(out, "bytes"); return;
    case DATUM_LIST: break;
    }
    buffer_add_char(out, '[');
    for (uint32_t i = 0; i < value->count; i++) {
        buffer_add_text(out, i ? ", " : "");
        shown_write(&value->items[i], out);
    }
    buffer_add_char(out, ']');
}

/* A column of each row of a list, with " | " between. */
static inline const char *shown_column(struct shown *shown, const char *list, const char *column,
                                       const char *args)
{
    const struct list_spec *spec = shown_list(list);
    struct datum rows = shown_rows(shown, list, args);
    struct buffer out;
    unsigned place = 0;
    while (place < spec->column_count && strcmp(spec->columns[place].name, column) != 0)
        place++;
    buffer_init(&out);
    for (uint32_t i = 0; i < rows.count; i++) {
        buffer_add_text(&out, i ? " | " : "");
        shown_write(&rows.items[i].items[place], &out);
    }
    const char *text = arena_text(&shown->desk->arena, buffer_text(&out));
    buffer_done(&out);
    return text;
}

#endif
