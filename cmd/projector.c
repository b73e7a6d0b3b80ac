/* projector.c - `jishi projector DIR`: folds the log into read models and answers queries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/station.h"
#include "cmd/trace.h"
#include "core/check.h"
#include "core/date.h"
#include "core/state_query.h"
#include "events/codec.h"
#include "projections/models.h"

#define PARKED_MAX     1024 /* questions that wait for a position: more are told to come again */
#define PARKED_MS      2000
#define COMMIT_ENTRIES 4096 /* entries between two commits while catching up */
#define INBOX_ROWS_MAX 200

struct parked {
    struct envelope envelope;
    struct buffer bytes; /* the question, to be read again */
    int64_t until_ms;
};

struct projector {
    struct station station;
    struct view_store *store;
    struct models models;
    int64_t since_commit;
    struct parked parked[PARKED_MAX];
    unsigned parked_count;
};

static enum status on_entry(void *user, const struct followed *followed, struct fault *fault)
{
    struct projector *projector = user;
    if (followed->entry->number < projector->models.next)
        return STATUS_OK; /* the state is folded from one, the rows are further */
    enum status status = models_fold(&projector->models, followed, fault);
    if (status == STATUS_OK && ++projector->since_commit >= COMMIT_ENTRIES) {
        projector->since_commit = 0;
        status = models_commit(&projector->models, fault);
    }
    return status;
}

/* ---- answers ---- */

static void inbox_row(const struct inbox_item *item, struct buffer *out)
{
    char due[DATE_TEXT_SIZE];
    pack_array(out, 8);
    pack_int(out, item->case_number);
    pack_text(out, item->procedure);
    pack_text(out, item->procedure_title);
    pack_text(out, item->step);
    pack_text(out, item->step_title);
    if (item->due == DATE_NONE)
        pack_nil(out);
    else
        pack_text(out, date_text(item->due, due));
    pack_bool(out, item->overdue);
    pack_bool(out, item->waits_for_others);
}

static void answer_inbox(struct projector *projector, const struct question *question,
                         struct buffer *out)
{
    const struct datum *member = datum_field(&question->args, "member"),
                       *after = datum_field(&question->args, "after");
    struct inbox_item items[INBOX_ROWS_MAX];
    struct buffer rows;
    char name[NAME_SIZE_MAX + 1] = "";
    if (!member || member->kind != DATUM_TEXT || member->count > NAME_SIZE_MAX) {
        reply_text(question->id, "invalid", projector->models.next, "inbox: member is a text", out);
        return;
    }
    memcpy(name, member->text, member->count);
    int64_t from = 0;
    if (after && after->kind == DATUM_BYTES && after->count == 8)
        memcpy(&from, after->bytes, 8);
    buffer_init(&rows);
    unsigned count =
        state_inbox(projector->station.state, name, clock_today(), from, items, INBOX_ROWS_MAX);
    for (unsigned i = 0; i < count; i++)
        inbox_row(&items[i], &rows);
    struct reply reply = {.id = question->id,
                          .status = "ok",
                          .position = projector->models.next,
                          .rows = rows.data,
                          .rows_size = rows.size,
                          .row_count = count};
    if (count == INBOX_ROWS_MAX) { /* a case whose steps straddle the page is shown again, whole */
        from = items[count - 1].case_number - 1;
        reply.next = &from;
        reply.next_size = 8;
    }
    reply_write(&reply, out);
    buffer_done(&rows);
}

static bool name_is(const struct question *question, const char *name)
{
    return question->name.size == strlen(name) &&
           memcmp(question->name.data, name, question->name.size) == 0;
}

static void answer(struct projector *projector, const struct question *question, struct buffer *out)
{
    struct query query = {question->name, question->args};
    struct query_answer found;
    struct fault fault;
    if (projector->models.stopped[0] || projector->station.halted) {
        reply_text(question->id, "stopped", projector->models.next,
                   projector->models.stopped[0] ? projector->models.stopped
                                                : projector->station.halted_why,
                   out);
        return;
    }
    if (name_is(question, "inbox")) {
        answer_inbox(projector, question, out);
        return;
    }
    enum status status = models_query(&projector->models, &query, &found, &fault);
    if (status != STATUS_OK) {
        reply_text(question->id, "invalid", projector->models.next, fault.text, out);
    } else {
        struct reply reply = {.id = question->id,
                              .status = "ok",
                              .position = projector->models.next,
                              .rows = found.rows.data,
                              .rows_size = found.rows.size,
                              .row_count = found.count};
        if (found.next.size) {
            reply.next = found.next.bytes;
            reply.next_size = found.next.size;
        }
        reply_write(&reply, out);
    }
    buffer_done(&found.rows);
}

static void park(struct projector *projector, const struct envelope *envelope,
                 const struct question *question)
{
    struct parked *parked = &projector->parked[projector->parked_count++];
    parked->envelope = *envelope;
    parked->until_ms = clock_mono_ms() + PARKED_MS;
    buffer_init(&parked->bytes);
    pack_array(&parked->bytes, 5);
    pack_text(&parked->bytes, "jq1");
    pack_int(&parked->bytes, question->id);
    pack_text_n(&parked->bytes, question->name.data, question->name.size);
    datum_pack(&question->args, &parked->bytes);
    pack_int(&parked->bytes, question->at_least);
}

static void on_question(void *user, const struct envelope *envelope,
                        const struct question *question)
{
    struct projector *projector = user;
    struct buffer out;
    bool behind = question->at_least > projector->models.next;
    if (behind && projector->parked_count < PARKED_MAX) {
        park(projector, envelope, question);
        return;
    }
    buffer_init(&out);
    if (behind)
        reply_text(question->id, "busy", projector->models.next,
                   "too many questions wait; ask again in 100 ms", &out);
    else
        answer(projector, question, &out);
    station_answer(&projector->station, envelope, &out);
    buffer_done(&out);
}

/* Questions whose position has come, or whose time is up. */
static void parked_settle(struct projector *projector)
{
    unsigned kept = 0;
    struct arena arena;
    arena_init(&arena, 0);
    for (unsigned i = 0; i < projector->parked_count; i++) {
        struct parked *parked = &projector->parked[i];
        struct question question;
        struct buffer out;
        bool read = question_read(parked->bytes.data, parked->bytes.size, &arena, &question,
                                  NULL) == STATUS_OK;
        bool here = read && question.at_least <= projector->models.next;
        if (read && !here && clock_mono_ms() < parked->until_ms) {
            projector->parked[kept++] = *parked;
            continue;
        }
        buffer_init(&out);
        if (here)
            answer(projector, &question, &out);
        else if (read) {
            struct reply reply = {
                .id = question.id, .status = "behind", .position = projector->models.next};
            reply_write(&reply, &out);
        }
        station_answer(&projector->station, &parked->envelope, &out);
        buffer_done(&out);
        buffer_done(&parked->bytes);
        arena_reset(&arena);
    }
    projector->parked_count = kept;
    arena_done(&arena);
}

/* What was folded becomes durable and visible together. */
static void on_batch(void *user)
{
    struct projector *projector = user;
    struct fault fault;
    if (projector->since_commit && models_commit(&projector->models, &fault) != STATUS_OK) {
        trace("cannot_commit", "reason=\"%s\"", fault.text);
        uv_stop(&projector->station.loop);
    }
    projector->since_commit = 0;
    parked_settle(projector);
}

static void on_second(void *user)
{
    struct projector *projector = user;
    parked_settle(projector);
    if (follow_lag(&projector->station.follow) > COMMIT_ENTRIES)
        trace("behind", "position=%lld lag=%lld", (long long)projector->models.next,
              (long long)follow_lag(&projector->station.follow));
}

static int project(const char *directory, bool rebuild)
{
    struct projector *projector = calloc(1, sizeof *projector);
    struct fault fault;
    char path[4096];
    CHECK(projector != NULL);
    snprintf(path, sizeof path, "%s/projections/main", directory);
    enum status status = view_store_open(path, &projector->store, &fault);
    if (status == STATUS_OK && rebuild)
        status = view_clear(projector->store, &fault);
    if (status == STATUS_OK)
        status = models_open(projector->store, &projector->models, &fault);
    if (status != STATUS_OK) {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        free(projector);
        return 2;
    }
    projector->station = (struct station){.name = "projector",
                                          .directory = directory,
                                          .domain = "queries",
                                          .port_option = "port_queries",
                                          .port = 7704,
                                          .each = on_entry,
                                          .batch = on_batch,
                                          .question = on_question,
                                          .second = on_second,
                                          .user = projector};
    int code = station_run(&projector->station, NULL, NULL);
    if (models_commit(&projector->models, &fault) != STATUS_OK)
        code = 2;
    for (unsigned i = 0; i < projector->parked_count; i++)
        buffer_done(&projector->parked[i].bytes);
    station_close(&projector->station);
    models_done(&projector->models);
    view_store_close(projector->store);
    free(projector);
    return code;
}

int cmd_projector(int argc, char **argv)
{
    static bool rebuild;
    static const struct option_spec specs[] = {
        {"rebuild", 0, OPTION_FLAG, &rebuild, NULL, "丢弃已有读模型，从头重建",
         "drop the read models and build them from the first entry"},
        {0}};
    struct options options = {"projector", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    trace_as("projector");
    return project(argv[0], rebuild);
}
