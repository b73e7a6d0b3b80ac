/* test_runtime.c - read models: rebuilt they equal the live ones, wherever those were interrupted; who
 * meets an entry that cannot be folded stops alone; a new version takes over when it has caught up;
 * what was known and had occurred earlier can be asked. */
#include "test.h"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/date.h"
#include "events/codec.h"
#include "projections/fold.h"
#include "projections/runtime.h"

#define CUTS 50

static char folder[] = "/tmp/jishi-runtime-XXXXXX";
static char *entries;
static size_t starts[1000], entry_count;

static int open_log(void **state)
{
    (void)state;
    size_t size;
    entries = test_file("tests/golden/log-1.bin", &size);
    for (size_t at = 0; at < size;) {
        const uint8_t *head = (const uint8_t *)entries + at;
        starts[entry_count++] = at;
        at += 4 + ((size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3]);
    }
    starts[entry_count] = size;
    return mkdtemp(folder) ? 0 : -1;
}

static int close_log(void **state)
{
    (void)state;
    char command[100];
    free(entries);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

struct running {
    struct runtime *runtime;
    struct state *state;
    struct incident incident; /* the last one told */
    unsigned incidents, stalls;
};

static void on_incident(void *user, const struct figures *figures)
{
    struct running *running = user;
    running->incident = *figures->incident;
    running->incidents++;
}

static void on_stalled(void *user, const struct figures *figures)
{
    struct running *running = user;
    (void)figures;
    running->stalls++;
}

static enum status state_each(void *user, const struct followed *followed, struct fault *fault)
{
    struct running *running = user;
    const struct entry *entry = followed->entry;
    struct moment when = {entry->recorded_at_us, entry->number};
    return state_fold(running->state, &when, followed->command, entry->events, entry->event_count,
                      fault);
}

/* As a process does that finds its rows further than an empty state. */
static void state_until(struct running *running, size_t end)
{
    struct follower follower;
    struct fault fault = {0};
    uint8_t zeroes[DIGEST_SIZE] = {0};
    follower_init(&follower, 0, zeroes);
    if (end && follower_take(&follower, 0, entries, starts[end], state_each, running, &fault) !=
                   FOLLOWER_TOOK)
        fail_msg("%s", fault.text);
    follower_done(&follower);
}

static void running_open_with(struct running *running, const char *name,
                              const struct runtime_options *options)
{
    char path[100];
    struct fault fault = {0};
    struct runtime_options whole = *options;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    *running = (struct running){.incidents = 0};
    whole.directory = path;
    whole.incident = on_incident;
    whole.stalled = on_stalled;
    whole.user = running;
    if (runtime_open(&whole, &running->runtime, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
    running->state = state_open("jishi.local/d/log");
}

/* All read models, and the state as far as they are. */
static void running_open(struct running *running, const char *name)
{
    struct runtime_options options = {.projections = projections, .count = projection_count};
    running_open_with(running, name, &options);
    state_until(running, (size_t)runtime_next(running->runtime, LINE_MAIN));
}

static void running_close(struct running *running)
{
    state_close(running->state);
    runtime_close(running->runtime);
}

static enum status fold_each(void *user, const struct followed *followed, struct fault *fault)
{
    struct running *running = user;
    enum status status = followed->entry->number < state_next_number(running->state)
                             ? STATUS_OK
                             : state_each(user, followed, fault);
    return status == STATUS_OK
               ? runtime_fold(running->runtime, LINE_MAIN, followed, running->state, fault)
               : status;
}

/* Folds what the main line wants, up to `end`; the chain is proved from the first entry. */
static void fold_until(struct running *running, size_t end)
{
    struct follower follower;
    struct fault fault = {0};
    uint8_t zeroes[DIGEST_SIZE] = {0};
    follower_init(&follower, 0, zeroes);
    if (end && follower_take(&follower, 0, entries, starts[end], fold_each, running, &fault) !=
                   FOLLOWER_TOOK)
        fail_msg("%s", fault.text);
    follower_done(&follower);
}

static void commit(struct running *running)
{
    struct fault fault = {0};
    if (runtime_commit(running->runtime, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
}

static struct figures figures_of(const struct running *running, const char *name, int64_t version)
{
    struct figures figures;
    for (unsigned i = 0; runtime_figures(running->runtime, i, &figures); i++)
        if (strcmp(figures.name, name) == 0 && figures.version == version)
            return figures;
    return (struct figures){.name = NULL};
}

/* One digest of all that have rows. */
static void digest_of(struct running *running, uint8_t ret_digest[PROJECTIONS_MAX][DIGEST_SIZE])
{
    struct fault fault;
    for (unsigned i = 0; i < projection_count; i++)
        assert_int_equal(
            runtime_digest(running->runtime, projections[i]->name, ret_digest[i], &fault),
            STATUS_OK);
}

static void digest_at(size_t end, uint8_t ret_digest[PROJECTIONS_MAX][DIGEST_SIZE])
{
    static unsigned number;
    struct running running;
    char name[30];
    snprintf(name, sizeof name, "rebuilt-%u", number++);
    running_open(&running, name);
    fold_until(&running, end);
    commit(&running);
    digest_of(&running, ret_digest);
    running_close(&running);
}

/* At each cut the live models have committed some of what they folded, and end without a word. */
static void rebuilt_models_equal_the_live_ones_at_fifty_random_cuts(void **state)
{
    (void)state;
    struct running live;
    unsigned seed = 20261124, compared = 0;
    uint8_t live_digest[PROJECTIONS_MAX][DIGEST_SIZE] = {0},
            rebuilt[PROJECTIONS_MAX][DIGEST_SIZE] = {0};
    print_message("seed %u\n", seed);
    for (unsigned cut = 0; cut < CUTS; cut++) {
        char name[30];
        snprintf(name, sizeof name, "live-%u", cut % 5);
        running_open(&live, name);
        size_t next = (size_t)runtime_next(live.runtime, LINE_MAIN);
        if (next == entry_count) {
            struct runtime_options anew = {
                .projections = projections, .count = projection_count, .rebuild = true};
            running_close(&live);
            running_open_with(&live, name, &anew);
            next = 0;
        }
        seed = seed * 1103515245 + 12345;
        size_t committed = next + 1 + seed / 65536 % (entry_count - next);
        fold_until(&live, committed);
        commit(&live);
        digest_of(&live, live_digest);
        fold_until(&live, entry_count); /* not committed: lost with the process */
        running_close(&live);
        running_open(&live, name);
        assert_int_equal(runtime_next(live.runtime, LINE_MAIN), committed);
        digest_of(&live, rebuilt);
        assert_memory_equal(live_digest, rebuilt, sizeof rebuilt);
        digest_at(committed, rebuilt);
        assert_memory_equal(live_digest, rebuilt, sizeof rebuilt);
        compared++;
        running_close(&live);
    }
    assert_int_equal(compared, CUTS);
}

static void an_entry_that_is_not_the_next_is_refused(void **state)
{
    (void)state;
    struct running running;
    struct fault fault = {0};
    running_open(&running, "gap");
    fold_until(&running, 10);
    struct entry entry = {.number = 12};
    struct command command = {.verb = VERB_TICK};
    uint8_t leaf[DIGEST_SIZE] = {0};
    struct followed followed = {&entry, &command, leaf};
    assert_int_not_equal(runtime_fold(running.runtime, LINE_MAIN, &followed, running.state, &fault),
                         STATUS_OK);
    assert_int_equal(runtime_next(running.runtime, LINE_MAIN), 10);
    running_close(&running);
}

/* ---- entries that nobody wants ---- */

static void an_entry_is_skimmed_to_the_events_that_it_holds(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < entry_count; i++) {
        const char *bytes = entries + starts[i] + 4;
        size_t size = starts[i + 1] - starts[i] - 4;
        struct entry entry;
        struct entry_head head;
        struct fault fault = {0};
        uint64_t events = 0, wanted = 0;
        assert_int_equal(entry_decode(bytes, size, &arena, &entry, &fault), STATUS_OK);
        for (unsigned k = 0; k < entry.event_count; k++)
            wanted |= (uint64_t)1 << entry.events[k].type;
        assert_int_equal(entry_skim(bytes, size, &head, &events, &fault), STATUS_OK);
        assert_true(events == wanted);
        assert_int_equal(head.number, entry.number);
        assert_int_equal(head.recorded_at_us, entry.recorded_at_us);
        assert_memory_equal(head.previous, entry.previous, DIGEST_SIZE);
        char *half = arena_copy(&arena, bytes, size / 2); /* the events are behind it */
        assert_int_not_equal(entry_skim(half, size / 2, &head, &events, &fault), STATUS_OK);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static enum status fold_without_state(void *user, const struct followed *followed,
                                      struct fault *fault)
{
    struct running *running = user;
    return runtime_fold(running->runtime, LINE_MAIN, followed, NULL, fault);
}

static void models_that_need_no_state_are_the_same_without_it(void **state)
{
    (void)state;
    struct runtime_options light = {.projections = projections,
                                    .count = projection_count,
                                    .only = "dossier,reminders,deliveries"};
    struct running running;
    struct follower follower;
    struct fault fault = {0};
    uint8_t zeroes[DIGEST_SIZE] = {0}, without[DIGEST_SIZE];
    static const char *const names[] = {"dossier", "reminders", "deliveries"};
    uint8_t with[3][DIGEST_SIZE];
    running_open(&running, "heavy");
    assert_true(runtime_needs_state(running.runtime));
    fold_until(&running, entry_count);
    for (unsigned i = 0; i < 3; i++)
        runtime_digest(running.runtime, names[i], with[i], &fault);
    running_close(&running);
    running_open_with(&running, "light", &light);
    assert_false(runtime_needs_state(running.runtime));
    follower_init(&follower, 0, zeroes);
    follower.wanted = runtime_events(running.runtime);
    assert_int_equal(follower_take(&follower, 0, entries, starts[entry_count], fold_without_state,
                                   &running, &fault),
                     FOLLOWER_TOOK);
    assert_int_equal(runtime_next(running.runtime, LINE_MAIN), entry_count);
    for (unsigned i = 0; i < 3; i++) {
        runtime_digest(running.runtime, names[i], without, &fault);
        assert_memory_equal(with[i], without, DIGEST_SIZE);
    }
    follower_done(&follower);
    running_close(&running);
}

/* ---- questions ---- */

static enum status ask(struct running *running, const char *name, const struct datum *args,
                       struct query_answer *ret_answer, struct fault *fault)
{
    struct question_context context = {.state = running->state,
                                       .state_next = state_next_number(running->state),
                                       .size = state_next_number(running->state),
                                       .today = date_parse("2026-11-27")};
    return runtime_query(running->runtime, (struct text_view){name, (uint32_t)strlen(name)}, args,
                         &context, ret_answer, fault);
}

/* Rows of an answer with these arguments, at most the arena's. */
static struct datum rows_of(struct running *running, struct arena *arena, const char *name,
                            const struct datum *pairs, unsigned count)
{
    static const struct codec_limits limits = {1 << 20, 8, 65536};
    struct fault fault = {0};
    struct query_answer answer;
    struct datum args = datum_list(pairs, count), rows;
    struct buffer all;
    if (ask(running, name, &args, &answer, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
    buffer_init(&all);
    pack_array(&all, answer.count);
    if (answer.rows.size)
        buffer_add(&all, answer.rows.data, answer.rows.size);
    assert_int_equal(datum_unpack(arena_copy(arena, all.data, all.size), all.size, &limits, arena,
                                  &rows, &fault),
                     STATUS_OK);
    buffer_done(&all);
    buffer_done(&answer.rows);
    return rows;
}

static void questions_are_answered_page_by_page(void **state)
{
    (void)state;
    struct running running;
    struct fault fault = {0};
    struct arena arena;
    arena_init(&arena, 0);
    running_open(&running, "pages");
    fold_until(&running, entry_count);
    commit(&running);
    struct datum pairs[2] = {datum_pair(&arena, datum_text("limit"), datum_int(2))};
    struct datum args = datum_list(pairs, 1);
    size_t rows = 0, pages = 0;
    for (;;) {
        struct query_answer answer;
        assert_int_equal(ask(&running, "agenda", &args, &answer, &fault), STATUS_OK);
        assert_true(answer.count <= 2);
        rows += answer.count;
        pages++;
        buffer_done(&answer.rows);
        if (!answer.next.size)
            break;
        pairs[1] = datum_pair(&arena, datum_text("after"),
                              datum_bytes(arena_copy(&arena, answer.next.bytes, answer.next.size),
                                          (uint32_t)answer.next.size));
        args = datum_list(pairs, 2);
    }
    assert_true(rows > 4);
    assert_true(pages >= rows / 2);
    assert_int_equal(rows_of(&running, &arena, "agenda", NULL, 0).count, rows);
    running_close(&running);
    arena_done(&arena);
}

static void what_nobody_can_mean_is_refused_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *query, *argument, *value, *says;
    } wrong[] = {{"weather", NULL, NULL, "known here"},
                 {"agenda", "stat", "open", "no column or argument stat"},
                 {"agenda", "from", "31.1.2026", "is a date"},
                 {"agenda", "duty", "seven", "is a number"},
                 {"agenda", "order", "owner", "no such order"},
                 {"agenda", "late", "yes", "true or false"},
                 {"agenda", "known_at", "monday", "entry's number"},
                 {"reminders", "known_at", "2026-01-01", "not kept"},
                 {"reminders", "within", "unit:dept", "no unit"},
                 {"dossier", NULL, NULL, "say which subject"},
                 {"columns", "list", "weather", "no such list"}};
    struct running running;
    struct arena arena;
    arena_init(&arena, 0);
    running_open(&running, "wrong");
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct fault fault = {0};
        struct query_answer answer;
        struct datum pair[1], args = datum_list(pair, wrong[i].argument ? 1 : 0);
        if (wrong[i].argument)
            pair[0] = datum_pair(&arena, datum_text(wrong[i].argument), datum_text(wrong[i].value));
        assert_int_not_equal(ask(&running, wrong[i].query, &args, &answer, &fault), STATUS_OK);
        if (!strstr(fault.text, wrong[i].says))
            fail_msg("\"%s\" does not say \"%s\"", fault.text, wrong[i].says);
    }
    running_close(&running);
    arena_done(&arena);
}

static void arguments_of_a_form_that_no_client_makes_are_turned_away(void **state)
{
    (void)state;
    static const char *const queries[] = {"statistics_sum", "agenda",  "inbox",   "board",
                                          "boards",         "columns", "explain", "calendar"};
    struct running running;
    struct arena arena;
    arena_init(&arena, 0);
    running_open(&running, "forms");
    fold_until(&running, entry_count);
    const struct datum forms[] = {datum_int(1), datum_nil(), datum_list(NULL, 0),
                                  datum_text("limit"), datum_bytes("12345678", 8)};
    for (unsigned i = 0; i < sizeof queries / sizeof queries[0]; i++)
        for (unsigned form = 0; form < sizeof forms / sizeof forms[0]; form++) {
            struct fault fault = {0};
            struct query_answer answer;
            struct datum args = datum_list(&forms[form], 1);
            if (ask(&running, queries[i], &args, &answer, &fault) == STATUS_OK)
                buffer_done(&answer.rows);
        }
    running_close(&running);
    arena_done(&arena);
}

static void a_page_of_the_inbox_begins_behind_a_case_that_there_may_be(void **state)
{
    (void)state;
    static const int64_t places[] = {-1000000000, -1, INT64_MIN, INT64_MAX};
    struct running running;
    struct arena arena;
    arena_init(&arena, 0);
    running_open(&running, "behind");
    fold_until(&running, entry_count);
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct fault fault = {0};
        struct query_answer answer;
        struct datum pairs[] = {
            datum_pair(&arena, datum_text("member"), datum_text("secadmin")),
            datum_pair(&arena, datum_text("after"), datum_bytes(&places[i], sizeof places[i]))};
        struct datum args = datum_list(pairs, 2);
        assert_int_not_equal(ask(&running, "inbox", &args, &answer, &fault), STATUS_OK);
        assert_non_null(strstr(fault.text, "after"));
    }
    running_close(&running);
    arena_done(&arena);
}

/* ---- projections of the test's own, fed by hand ---- */

enum { THINGS_LIST };
static int64_t poison = -1; /* entry that version 1 cannot fold */

/* clang-format off */
#define THINGS(C) \
    C(duty, duty, "编号", "Thing") C(due, date, "到期", "Due") C(owner, role, "谁", "Owner") \
    C(rules, list, "依据", "Rules") C(moves, int, "次数", "Moves")
/* clang-format on */
static const struct column thing_columns[] = {THINGS(COLUMN)};

static void things_apply(struct fold *f)
{
    struct view_key key = number_key(event_int(f->event, "duty"));
    struct datum *row;
    if (f->event->type == EVENT_duty_opened) {
        const struct datum made[] = {*field(f, "duty"), *field(f, "due"), *field(f, "owner"),
                                     *field(f, "rules"), datum_int(0)};
        row_write(f, THINGS_LIST, &key, made);
    } else if (f->event->type == EVENT_duty_cancelled) {
        row_remove(f, THINGS_LIST, &key);
    } else if (row_read(f, THINGS_LIST, &key, &row)) {
        row[1] = *field(f, "due");
        row[4] = datum_int(row[4].integer + f->projection->version);
        row_write(f, THINGS_LIST, &key, row);
    }
    if (f->entry->number == poison && f->projection->version == 1 &&
        f->event->type == EVENT_duty_moved)
        fold_fail(f, "it cannot be");
}

#define THINGS_LISTS                                                                               \
    {                                                                                              \
        {                                                                                          \
            .name = "things", .zh = "事", .en = "Things", .columns = thing_columns,                \
            .column_count = 5, .key = {{"duty", COLUMN_duty, "编号", "Thing"}},                    \
            .orders = {"due", "owner"}, .date = "due", .history = true                             \
        }                                                                                          \
    }
#define THINGS_EVENTS (EVENT_BIT(duty_opened) | EVENT_BIT(duty_moved) | EVENT_BIT(duty_cancelled))

static const struct projection things_1 = {.name = "things",
                                           .version = 1,
                                           .events = THINGS_EVENTS,
                                           .lists = THINGS_LISTS,
                                           .apply = things_apply};
static const struct projection things_2 = {.name = "things",
                                           .version = 2,
                                           .events = THINGS_EVENTS,
                                           .lists = THINGS_LISTS,
                                           .apply = things_apply};
static const struct projection *const only_1[] = {&things_1}, *const only_2[] = {&things_2},
                                      *const both[] = {&things_1, &things_2};
/* Another name with the same rows. */
static const struct projection others_1 = {.name = "others",
                                           .version = 1,
                                           .events = THINGS_EVENTS,
                                           .lists = THINGS_LISTS,
                                           .apply = things_apply};
static const struct projection others_2 = {.name = "others",
                                           .version = 2,
                                           .events = THINGS_EVENTS,
                                           .lists = THINGS_LISTS,
                                           .apply = things_apply};
static const struct projection *const names_1[] = {&things_1, &others_1}, *const names_2[] = {
                                                                              &things_2, &others_2};
static const struct runtime_options with_1 = {.projections = only_1, .count = 1},
                                    with_2 = {.projections = only_2, .count = 1},
                                    with_both = {.projections = both, .count = 2};

static void event_set(struct event *event, const char *name, struct datum value)
{
    event->fields[event_field_index(event->type, name)] = value;
}

/* An event with every field as the table wants it. */
static struct event event_made(enum event_type type, int64_t duty, const char *due)
{
    const struct event_spec *spec = event_spec(type);
    struct event event = {.type = type};
    for (unsigned i = 0; i < spec->field_count; i++)
        event.fields[i] = spec->field_kinds[i] == 'I'   ? datum_int(0)
                          : spec->field_kinds[i] == 'T' ? datum_text("")
                          : spec->field_kinds[i] == 'L' ? datum_list(NULL, 0)
                          : spec->field_kinds[i] == 'O' ? datum_bool(false)
                                                        : datum_nil();
    event_set(&event, "duty", datum_int(duty));
    if (due)
        event_set(&event, "due", datum_text(due));
    return event;
}

/* Entry `number`, recorded at noon of a day and said to have occurred on another. */
static void feed(struct running *running, enum runtime_line line, int64_t number, const char *day,
                 const char *occurred, const struct event *events, unsigned count)
{
    struct fault fault = {0};
    struct entry entry = {.number = number,
                          .recorded_at_us = ((int64_t)date_parse(day) * 86400 + 4 * 3600) * 1000000,
                          .events = events,
                          .event_count = count};
    struct command command = {.verb = VERB_ACT, .occurred_on = date_parse(occurred)};
    uint8_t leaf[DIGEST_SIZE] = {0};
    struct followed followed = {&entry, &command, leaf};
    if (runtime_fold(running->runtime, line, &followed, running->state, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
}

/* Six entries: two things; the first is moved twice, the second time with a day long past; the
 * second goes away. */
static void feed_things(struct running *running, enum runtime_line line, int64_t from, int64_t end)
{
    struct event opened[2] = {event_made(EVENT_duty_opened, 1, "2026-05-01"),
                              event_made(EVENT_duty_opened, 2, "2026-04-01")},
                 moved = event_made(EVENT_duty_moved, 1, "2026-03-01"),
                 again = event_made(EVENT_duty_moved, 1, "2026-06-01"),
                 gone = event_made(EVENT_duty_cancelled, 2, NULL);
    struct datum rules[] = {datum_text("SD-1"), datum_text("SD-2")};
    event_set(&opened[0], "owner", datum_text("hr"));
    event_set(&opened[0], "rules", datum_list(rules, 2));
    event_set(&opened[1], "owner", datum_text("boss"));
    struct event two[] = {moved, moved};
    const struct {
        const char *day, *occurred;
        const struct event *events;
        unsigned count;
    } all[] = {{"2026-01-05", "2026-01-05", NULL, 0},  {"2026-01-05", "2026-01-04", opened, 2},
               {"2026-01-10", "2026-01-10", two, 2},   {"2026-01-20", "2026-01-07", &again, 1},
               {"2026-01-25", "2026-01-25", &gone, 1}, {"2026-01-26", "2026-01-26", NULL, 0}};
    for (int64_t i = from; i < end; i++)
        feed(running, line, i, all[i].day, all[i].occurred, all[i].events, all[i].count);
}

static const char *due_of(struct running *running, struct arena *arena, int64_t duty,
                          const char *argument, struct datum value, const char *more,
                          struct datum more_value)
{
    struct datum pairs[3] = {datum_pair(arena, datum_text("duty"), datum_int(duty))};
    unsigned count = 1;
    if (argument)
        pairs[count++] = datum_pair(arena, datum_text(argument), value);
    if (more)
        pairs[count++] = datum_pair(arena, datum_text(more), more_value);
    struct datum rows = rows_of(running, arena, "things", pairs, count);
    return rows.count == 0
               ? "none"
               : arena_text_n(arena, rows.items[0].items[1].text, rows.items[0].items[1].count);
}

static void what_was_known_and_what_had_occurred_may_differ(void **state)
{
    (void)state;
    struct running running;
    struct arena arena;
    arena_init(&arena, 0);
    running_open_with(&running, "past", &with_1);
    feed_things(&running, LINE_MAIN, 0, 6);
    commit(&running);
    const struct {
        int64_t duty;
        const char *argument, *value, *more, *more_value, *due;
    } cases[] = {
        {1, NULL, NULL, NULL, NULL, "2026-06-01"},
        {1, "known_at", "2026-01-04", NULL, NULL, "none"},
        {1, "known_at", "2026-01-05", NULL, NULL, "2026-05-01"},
        {1, "known_at", "2026-01-19", NULL, NULL, "2026-03-01"},
        {1, "known_at", "2026-01-20", NULL, NULL, "2026-06-01"},
        {1, "known_at", "2026-12-31", NULL, NULL, "2026-06-01"},
        {1, "as_of", "2026-01-03", NULL, NULL, "none"},
        {1, "as_of", "2026-01-06", NULL, NULL, "2026-05-01"},
        {1, "as_of", "2026-01-08", NULL, NULL, "2026-06-01"}, /* corrected later */
        {1, "as_of", "2026-01-08", "known_at", "2026-01-19", "2026-05-01"},
        {1, "as_of", "2026-01-10", "known_at", "2026-01-19", "2026-03-01"},
        {2, NULL, NULL, NULL, NULL, "none"},
        {2, "known_at", "2026-01-24", NULL, NULL, "2026-04-01"},
        {2, "as_of", "2026-01-24", NULL, NULL, "2026-04-01"},
        {2, "as_of", "2026-01-25", NULL, NULL, "none"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *due =
            due_of(&running, &arena, cases[i].duty, cases[i].argument,
                   cases[i].value ? datum_text(cases[i].value) : datum_nil(), cases[i].more,
                   cases[i].more ? datum_text(cases[i].more_value) : datum_nil());
        if (strcmp(due, cases[i].due) != 0)
            fail_msg("case %u: %s instead of %s", i, due, cases[i].due);
    }
    assert_string_equal(due_of(&running, &arena, 1, "known_at", datum_int(1), NULL, datum_nil()),
                        "2026-05-01");
    assert_string_equal(due_of(&running, &arena, 1, "known_at", datum_int(2), NULL, datum_nil()),
                        "2026-03-01");
    running_close(&running);
    arena_done(&arena);
}

static unsigned count_of(struct running *running, struct arena *arena, const char *name,
                         struct datum value)
{
    struct datum pair = datum_pair(arena, datum_text(name), value);
    return rows_of(running, arena, "things", &pair, 1).count;
}

static void what_a_row_was_before_counts_as_looked_at(void **state)
{
    (void)state;
    struct running running;
    struct query_answer answer;
    struct fault fault = {0};
    struct arena arena;
    struct event opened[2] = {event_made(EVENT_duty_opened, 1, "2026-05-01"),
                              event_made(EVENT_duty_opened, 2, "2026-04-01")},
                 moved = event_made(EVENT_duty_moved, 1, "2026-03-01");
    arena_init(&arena, 0);
    running_open_with(&running, "chains", &with_1);
    feed(&running, LINE_MAIN, 0, "2026-01-05", "2026-01-05", opened, 2);
    for (int64_t i = 1; i <= QUERY_SCAN_MAX; i++)
        feed(&running, LINE_MAIN, i, "2026-01-06", "2026-01-06", &moved, 1);
    struct datum pairs[2] = {datum_pair(&arena, datum_text("known_at"), datum_int(0))};
    struct datum args = datum_list(pairs, 1);
    assert_int_equal(ask(&running, "things", &args, &answer, &fault), STATUS_OK);
    assert_int_equal(answer.count, 1); /* and goes on behind it */
    buffer_done(&answer.rows);
    assert_true(answer.next.size > 0);
    pairs[1] = datum_pair(&arena, datum_text("after"),
                          datum_bytes(answer.next.bytes, (uint32_t)answer.next.size));
    assert_int_equal(rows_of(&running, &arena, "things", pairs, 2).count, 1);
    running_close(&running);
    arena_done(&arena);
}

static void filters_and_orders_come_from_the_columns(void **state)
{
    (void)state;
    struct running running;
    struct arena arena;
    arena_init(&arena, 0);
    running_open_with(&running, "filters", &with_1);
    feed_things(&running, LINE_MAIN, 0, 4);
    const struct datum either[] = {datum_text("hr"), datum_text("boss")};
    assert_int_equal(count_of(&running, &arena, "owner", datum_text("hr")), 1);
    assert_int_equal(count_of(&running, &arena, "owner", datum_text("nobody")), 0);
    assert_int_equal(count_of(&running, &arena, "owner", datum_list(either, 2)), 2);
    assert_int_equal(count_of(&running, &arena, "rules", datum_text("SD-2")), 1);
    assert_int_equal(count_of(&running, &arena, "rules", datum_text("SD-3")), 0);
    assert_int_equal(count_of(&running, &arena, "moves", datum_int(3)), 1);
    assert_int_equal(count_of(&running, &arena, "until", datum_text("2026-04-01")), 1);
    assert_int_equal(count_of(&running, &arena, "from", datum_text("2026-04-02")), 1);
    struct datum rows = rows_of(&running, &arena, "things", NULL, 0);
    assert_int_equal(rows.items[0].items[0].integer, 2); /* due first */
    struct datum pair = datum_pair(&arena, datum_text("order"), datum_text("key"));
    rows = rows_of(&running, &arena, "things", &pair, 1);
    assert_int_equal(rows.items[0].items[0].integer, 1);
    struct datum pairs[] = {datum_pair(&arena, datum_text("order"), datum_text("owner")),
                            datum_pair(&arena, datum_text("from"), datum_text("2026-05-01"))};
    rows = rows_of(&running, &arena, "things", pairs, 2);
    assert_int_equal(rows.count, 1);
    running_close(&running);
    arena_done(&arena);
}

/* ---- incidents ---- */

static void who_cannot_fold_an_entry_stops_alone_and_nothing_of_it_stays(void **state)
{
    (void)state;
    const struct projection *pair[2] = {&things_1, NULL};
    struct runtime_options options = {.projections = pair, .count = 2};
    struct running running, clean;
    struct fault fault;
    struct arena arena;
    uint8_t before[DIGEST_SIZE], after[DIGEST_SIZE];
    arena_init(&arena, 0);
    for (unsigned i = 0; i < projection_count; i++)
        if (strcmp(projections[i]->name, "agenda") == 0)
            pair[1] = projections[i];
    assert_non_null(pair[1]);
    running_open_with(&running, "poison", &options);
    feed_things(&running, LINE_MAIN, 0, 2);
    runtime_digest(running.runtime, "things", before, &fault);
    poison = 2;
    feed_things(&running, LINE_MAIN, 2, 4);
    runtime_digest(running.runtime, "things", after, &fault);
    assert_memory_equal(before, after, DIGEST_SIZE);
    assert_int_equal(running.incidents, 1);
    assert_int_equal(running.incident.entry, 2);
    assert_string_equal(running.incident.event, "duty_moved");
    assert_string_equal(running.incident.reason, "it cannot be");
    assert_int_equal(figures_of(&running, "agenda", 1).next, 4);
    assert_string_equal(figures_of(&running, "things", 1).state, "stopped");
    assert_non_null(strstr(runtime_stopped(running.runtime, (struct text_view){"things", 6}),
                           "--resume things"));
    assert_null(runtime_stopped(running.runtime, (struct text_view){"agenda", 6}));
    commit(&running);
    running_close(&running);

    running_open_with(&running, "poison", &options); /* it stays stopped */
    assert_string_equal(figures_of(&running, "things", 1).state, "stopped");
    assert_int_equal(figures_of(&running, "things", 1).next, 2);
    assert_int_equal(runtime_next(running.runtime, LINE_MAIN), 4);
    assert_int_equal(runtime_resume(running.runtime, "things", 4, &fault), STATUS_OK);
    assert_int_equal(runtime_next(running.runtime, LINE_BEHIND), 2);
    feed_things(&running, LINE_BEHIND, 2, 3); /* and stops again: nothing has changed */
    assert_string_equal(figures_of(&running, "things", 1).state, "stopped");
    poison = -1;
    assert_int_equal(runtime_resume(running.runtime, "things", 4, &fault), STATUS_OK);
    feed_things(&running, LINE_BEHIND, 2, 4);
    assert_true(runtime_join(running.runtime, 4));
    feed_things(&running, LINE_MAIN, 4, 6);
    commit(&running);
    assert_string_equal(figures_of(&running, "things", 1).state, "running");
    running_open_with(&clean, "clean", &options);
    feed_things(&clean, LINE_MAIN, 0, 6);
    runtime_digest(running.runtime, "things", before, &fault);
    runtime_digest(clean.runtime, "things", after, &fault);
    assert_memory_equal(before, after, DIGEST_SIZE);
    running_close(&clean);
    running_close(&running);
    arena_done(&arena);
}

static void who_does_not_move_while_entries_wait_is_told_once(void **state)
{
    (void)state;
    struct running running;
    running_open_with(&running, "stalled", &with_1);
    feed_things(&running, LINE_MAIN, 0, 2);
    runtime_watch(running.runtime, 6, 1000);
    runtime_watch(running.runtime, 6, 1000 + STALL_MS - 1);
    assert_int_equal(running.stalls, 0);
    runtime_watch(running.runtime, 6, 1000 + STALL_MS);
    runtime_watch(running.runtime, 6, 2000 + STALL_MS);
    assert_int_equal(running.stalls, 1);
    assert_string_equal(figures_of(&running, "things", 1).state, "stalled");
    feed_things(&running, LINE_MAIN, 2, 3);
    runtime_watch(running.runtime, 6, 3000 + STALL_MS);
    assert_string_equal(figures_of(&running, "things", 1).state, "running");
    running_close(&running);
}

/* ---- versions ---- */

static int64_t moves_of(struct running *running, struct arena *arena)
{
    struct datum pair = datum_pair(arena, datum_text("duty"), datum_int(1));
    struct datum rows = rows_of(running, arena, "things", &pair, 1);
    return rows.count ? rows.items[0].items[4].integer : -1;
}

static void a_new_version_is_built_beside_the_old_one_and_takes_over(void **state)
{
    (void)state;
    struct running running;
    struct arena arena;
    arena_init(&arena, 0);
    running_open_with(&running, "versions", &with_1);
    feed_things(&running, LINE_MAIN, 0, 3);
    commit(&running);
    running_close(&running);
    running_open_with(&running, "versions", &with_both); /* the old one is still folded */
    assert_string_equal(figures_of(&running, "things", 2).state, "building");
    assert_int_equal(runtime_next(running.runtime, LINE_MAIN), 0);
    feed_things(&running, LINE_MAIN, 0, 2);
    commit(&running);
    assert_int_equal(moves_of(&running, &arena), 2); /* of the old one, at its place */
    assert_true(figures_of(&running, "things", 1).answers);
    feed_things(&running, LINE_MAIN, 2, 4);
    commit(&running);
    assert_null(figures_of(&running, "things", 1).name);
    assert_string_equal(figures_of(&running, "things", 2).state, "running");
    assert_int_equal(moves_of(&running, &arena), 6);
    running_close(&running);
    running_open_with(&running, "versions", &with_both); /* the old one does not come back */
    assert_null(figures_of(&running, "things", 1).name);
    running_close(&running);
    arena_done(&arena);
}

static void two_new_versions_that_take_over_at_once_leave_each_other_alone(void **state)
{
    (void)state;
    struct running running;
    const struct runtime_options older = {.projections = names_1, .count = 2},
                                 newer = {.projections = names_2, .count = 2};
    running_open_with(&running, "names", &older);
    feed_things(&running, LINE_MAIN, 0, 3);
    commit(&running);
    running_close(&running);
    running_open_with(&running, "names", &newer);
    feed_things(&running, LINE_MAIN, 0, 3);
    commit(&running);
    assert_null(figures_of(&running, "things", 1).name);
    assert_null(figures_of(&running, "others", 1).name);
    assert_string_equal(figures_of(&running, "things", 2).state, "running");
    assert_string_equal(figures_of(&running, "others", 2).state, "running");
    running_close(&running);
}

static void rows_of_a_version_nobody_folds_any_more_answer_until_then(void **state)
{
    (void)state;
    struct running running;
    struct arena arena;
    arena_init(&arena, 0);
    running_open_with(&running, "frozen", &with_1);
    feed_things(&running, LINE_MAIN, 0, 3);
    commit(&running);
    running_close(&running);
    running_open_with(&running, "frozen", &with_2);
    assert_string_equal(figures_of(&running, "things", 1).state, "frozen");
    assert_int_equal(runtime_position(running.runtime, (struct text_view){"things", 6}, 0), 3);
    assert_int_equal(count_of(&running, &arena, "owner", datum_text("boss")), 1);
    assert_string_equal(due_of(&running, &arena, 1, "known_at", datum_int(1), NULL, datum_nil()),
                        "2026-05-01");
    feed_things(&running, LINE_MAIN, 0, 2);
    commit(&running);
    assert_int_equal(moves_of(&running, &arena), 2);
    running_close(&running);
    running_open_with(&running, "frozen", &with_2); /* goes on where it was */
    assert_int_equal(runtime_next(running.runtime, LINE_MAIN), 2);
    feed_things(&running, LINE_MAIN, 2, 3);
    commit(&running);
    assert_null(figures_of(&running, "things", 1).name);
    assert_int_equal(moves_of(&running, &arena), 4);
    running_close(&running);
    arena_done(&arena);
}

static void one_directory_is_one_process_and_a_subset_leaves_the_rest_alone(void **state)
{
    (void)state;
    struct running running;
    struct runtime_options subset = {
        .projections = projections, .count = projection_count, .only = "cases,agenda"};
    struct runtime *second;
    struct fault fault = {0};
    char path[100];
    running_open(&running, "subset");
    fold_until(&running, 20);
    commit(&running);
    snprintf(path, sizeof path, "%s/subset", folder);
    struct runtime_options same = {
        .directory = path, .projections = projections, .count = projection_count};
    assert_int_equal(runtime_open(&same, &second, &fault), STATUS_BUSY);
    running_close(&running);
    running_open_with(&running, "subset", &subset);
    state_until(&running, 20);
    fold_until(&running, 30);
    commit(&running);
    assert_null(figures_of(&running, "dossier", 1).name);
    running_close(&running);
    running_open(&running, "subset");
    assert_int_equal(figures_of(&running, "dossier", 1).next, 20);
    assert_int_equal(figures_of(&running, "cases", 1).next, 30);
    running_close(&running);
    same.only = "cases,weather";
    assert_int_equal(runtime_open(&same, &second, &fault), STATUS_INVALID);
    assert_non_null(strstr(fault.text, "weather"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuilt_models_equal_the_live_ones_at_fifty_random_cuts),
        cmocka_unit_test(an_entry_that_is_not_the_next_is_refused),
        cmocka_unit_test(an_entry_is_skimmed_to_the_events_that_it_holds),
        cmocka_unit_test(models_that_need_no_state_are_the_same_without_it),
        cmocka_unit_test(questions_are_answered_page_by_page),
        cmocka_unit_test(what_nobody_can_mean_is_refused_and_named),
        cmocka_unit_test(arguments_of_a_form_that_no_client_makes_are_turned_away),
        cmocka_unit_test(a_page_of_the_inbox_begins_behind_a_case_that_there_may_be),
        cmocka_unit_test(what_was_known_and_what_had_occurred_may_differ),
        cmocka_unit_test(what_a_row_was_before_counts_as_looked_at),
        cmocka_unit_test(filters_and_orders_come_from_the_columns),
        cmocka_unit_test(who_cannot_fold_an_entry_stops_alone_and_nothing_of_it_stays),
        cmocka_unit_test(who_does_not_move_while_entries_wait_is_told_once),
        cmocka_unit_test(a_new_version_is_built_beside_the_old_one_and_takes_over),
        cmocka_unit_test(two_new_versions_that_take_over_at_once_leave_each_other_alone),
        cmocka_unit_test(rows_of_a_version_nobody_folds_any_more_answer_until_then),
        cmocka_unit_test(one_directory_is_one_process_and_a_subset_leaves_the_rest_alone),
    };
    return cmocka_run_group_tests(tests, open_log, close_log);
}
