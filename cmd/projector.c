/* projector.c - `jishi projector DIR`: folds the log into read models and answers queries. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/behind.h"
#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/snapshots.h"
#include "cmd/station.h"
#include "cmd/trace.h"
#include "core/check.h"
#include "core/state_query.h"
#include "events/codec.h"
#include "projections/runtime.h"

#define PARKED_MAX     1024 /* questions that wait for a position: more are told to come again */
#define PARKED_MS      2000
#define COMMIT_ENTRIES 16384 /* entries between two commits while catching up */
#define COMMIT_MS      1000  /* and at most so long */
#define NAME_DEFAULT   "main"
#define RESUME         "resume." /* and the name of a projection: a file that asks for it */

struct parked {
    struct envelope envelope;
    struct buffer bytes; /* the question, to be read again */
    int64_t until_ms;
};

struct projector {
    struct station station;
    struct runtime *runtime;
    struct behind *behind; /* NULL: nobody is */
    const char *name;      /* of the rows' folder */
    int64_t since_commit, committed_ms;
    bool snapshots_here;
    struct snapshot_writer snapshots;
    struct parked parked[PARKED_MAX];
    unsigned parked_count;
};

static enum status on_entry(void *user, const struct followed *followed, struct fault *fault)
{
    struct projector *projector = user;
    projector->since_commit++;
    return runtime_fold(projector->runtime, LINE_MAIN, followed, projector->station.state, fault);
}

static int64_t state_position(const struct projector *projector)
{
    return projector->station.follow.follower.next;
}

/* ---- answers ---- */

static struct question_context context_of(const struct projector *projector)
{
    const struct follow *follow = &projector->station.follow;
    return (struct question_context){
        .state = projector->station.state,
        .state_next = follow->follower.next,
        .size = follow->size > follow->follower.next ? follow->size : follow->follower.next,
        .recorded_at_us = station_recorded_us(&projector->station),
        .today = station_today(&projector->station)};
}

static void answer_rows(struct projector *projector, const struct question *question,
                        struct buffer *out)
{
    struct question_context context = context_of(projector);
    struct query_answer found;
    struct fault fault;
    int64_t position = runtime_position(projector->runtime, question->name, context.state_next);
    if (runtime_query(projector->runtime, question->name, &question->args, &context, &found,
                      &fault) != STATUS_OK) {
        reply_text(question->id, "invalid", position, fault.text, out);
        return;
    }
    struct reply reply = {.id = question->id,
                          .status = "ok",
                          .position = position,
                          .rows = found.rows.data,
                          .rows_size = found.rows.size,
                          .row_count = found.count};
    if (found.next.size) {
        reply.next = found.next.bytes;
        reply.next_size = found.next.size;
    }
    reply_write(&reply, out);
    buffer_done(&found.rows);
}

static int64_t position_for(const struct projector *projector, const struct question *question)
{
    return runtime_position(projector->runtime, question->name, state_position(projector));
}

static void answer(struct projector *projector, const struct question *question, struct buffer *out)
{
    const char *stopped = projector->station.halted
                              ? projector->station.halted_why
                              : runtime_stopped(projector->runtime, question->name);
    if (stopped)
        reply_text(question->id, "stopped", position_for(projector, question), stopped, out);
    else
        answer_rows(projector, question, out);
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
    bool behind = question->at_least > position_for(projector, question) &&
                  !runtime_stopped(projector->runtime, question->name);
    if (behind && projector->parked_count < PARKED_MAX) {
        park(projector, envelope, question);
        return;
    }
    buffer_init(&out);
    if (behind)
        reply_text(question->id, "busy", position_for(projector, question),
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
        bool here = read && (question.at_least <= position_for(projector, &question) ||
                             runtime_stopped(projector->runtime, question.name));
        if (read && !here && clock_mono_ms() < parked->until_ms) {
            projector->parked[kept++] = *parked;
            continue;
        }
        buffer_init(&out);
        if (here)
            answer(projector, &question, &out);
        else if (read) {
            struct reply reply = {.id = question.id,
                                  .status = "behind",
                                  .position = position_for(projector, &question)};
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

/* The state as it stands behind the last entry taken. */
static void snapshot_when(struct projector *projector, int64_t entries)
{
    struct station *station = &projector->station;
    int64_t last = projector->snapshots.written > station->began ? projector->snapshots.written
                                                                 : station->began;
    if (!projector->snapshots_here || !station->state || station->halted ||
        state_next_number(station->state) != station->follow.follower.next ||
        state_next_number(station->state) - last < entries)
        return;
    snapshot_begin(&projector->snapshots, station->directory, &station->key, station->state,
                   station->follow.follower.leaf);
}

/* What cannot be kept ends the process: at its next start it folds again. */
static void commit_failed(struct projector *projector, const struct fault *fault)
{
    trace("cannot_commit", "reason=\"%s\"", fault->text);
    projector->station.failed = true;
    uv_stop(&projector->station.loop);
}

/* What was folded becomes durable and visible together; on the way to the log's end not too often. */
static void commit_when(struct projector *projector, bool now)
{
    struct fault fault;
    int64_t time = clock_mono_ms();
    if (projector->since_commit == 0 || (!now && projector->since_commit < COMMIT_ENTRIES &&
                                         time - projector->committed_ms < COMMIT_MS))
        return;
    if (runtime_commit(projector->runtime, &fault) != STATUS_OK)
        commit_failed(projector, &fault);
    projector->since_commit = 0;
    projector->committed_ms = time;
}

static void on_batch(void *user)
{
    struct projector *projector = user;
    commit_when(projector, follow_lag(&projector->station.follow) == 0);
    parked_settle(projector);
}

/* ---- those behind ---- */

static void on_behind_batch(void *user, int64_t entries)
{
    struct projector *projector = user;
    projector->since_commit += entries;
    commit_when(projector, false);
}

/* A second line is drawn when somebody is behind, and ends when all have joined the first. */
static void behind_tend(struct projector *projector)
{
    struct fault fault;
    bool none = runtime_join(projector->runtime, state_position(projector));
    if (none && projector->behind) {
        trace("caught_up", "position=%lld", (long long)behind_next(projector->behind));
        behind_stop(projector->behind);
        projector->behind = NULL;
        projector->since_commit++;
        commit_when(projector, true);
    } else if (!none && projector->behind &&
               behind_next(projector->behind) > runtime_next(projector->runtime, LINE_BEHIND)) {
        behind_stop(projector->behind); /* somebody further back has joined it */
        projector->behind = NULL;
    }
    if (none || projector->behind || projector->station.halted)
        return;
    trace("building", "from=%lld", (long long)runtime_next(projector->runtime, LINE_BEHIND));
    if (behind_start(&projector->station, projector->runtime, on_behind_batch, projector,
                     &projector->behind, &fault) != STATUS_OK)
        trace("cannot_build", "reason=\"%s\"", fault.text);
}

/* ---- incidents ---- */

static void on_incident(void *user, const struct figures *figures)
{
    (void)user;
    trace("incident", "projection=%s version=%lld entry=%lld event=%s reason=\"%s\"", figures->name,
          (long long)figures->version, (long long)figures->incident->entry,
          figures->incident->event, figures->incident->reason);
}

static void on_stalled(void *user, const struct figures *figures)
{
    struct projector *projector = user;
    trace("stalled", "projection=%s version=%lld position=%lld lag=%lld ms=%d", figures->name,
          (long long)figures->version, (long long)figures->next,
          (long long)(context_of(projector).size - figures->next), STALL_MS);
}

static void folder_path(const char *directory, const char *name, const char *more, char path[4200])
{
    snprintf(path, 4200, "%s/projections/%s%s", directory, name, more);
}

static void resume(struct projector *projector, const char *projection)
{
    struct fault fault;
    enum status status =
        runtime_resume(projector->runtime, projection, state_position(projector), &fault);
    if (status == STATUS_OK)
        trace("resumed", "projection=%s", projection);
    else if (status == STATUS_NOT_FOUND)
        trace("cannot_resume", "projection=%s reason=\"%s\"", projection, fault.text);
    else
        commit_failed(projector, &fault);
}

/* `jishi projector --resume` leaves an empty file with the projection's name: whoever may write there
 * may resume. */
static void resume_look(struct projector *projector)
{
    char path[4200];
    folder_path(projector->station.directory, projector->name, "", path);
    DIR *folder = opendir(path);
    for (struct dirent *file; folder && (file = readdir(folder));) {
        char wish[4600];
        if (strncmp(file->d_name, RESUME, sizeof RESUME - 1) != 0)
            continue;
        snprintf(wish, sizeof wish, "%s/%s", path, file->d_name);
        if (unlink(wish) == 0)
            resume(projector, file->d_name + sizeof RESUME - 1);
    }
    if (folder)
        closedir(folder);
}

static void on_second(void *user)
{
    struct projector *projector = user;
    resume_look(projector);
    commit_when(projector, false);
    behind_tend(projector);
    parked_settle(projector);
    snapshot_poll(&projector->snapshots);
    snapshot_when(projector, SNAPSHOT_ENTRIES);
    runtime_watch(projector->runtime, context_of(projector).size, clock_mono_ms());
    if (follow_lag(&projector->station.follow) > COMMIT_ENTRIES)
        trace("behind", "position=%lld lag=%lld", (long long)state_position(projector),
              (long long)follow_lag(&projector->station.follow));
}

/* ---- life ---- */

struct projector_options {
    const char *directory, *only, *name;
    int64_t port; /* 0: as jishi.conf says */
    bool rebuild;
};

static void station_describe(struct projector *projector, const struct projector_options *options)
{
    projector->station = (struct station){.name = "projector",
                                          .directory = options->directory,
                                          .domain = "queries",
                                          .port_option = options->port ? NULL : "port_queries",
                                          .port = options->port ? (int)options->port : 7704,
                                          .each = on_entry,
                                          .batch = on_batch,
                                          .question = on_question,
                                          .second = on_second,
                                          .begins = true,
                                          .begin_at = runtime_next(projector->runtime, LINE_MAIN),
                                          .without_state = !runtime_needs_state(projector->runtime),
                                          .events = runtime_events(projector->runtime),
                                          .user = projector};
}

static enum status projector_open(struct projector *projector,
                                  const struct projector_options *options, struct fault *fault)
{
    char folder[4200];
    folder_path(options->directory, "", "", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_IO, "%s: %s", folder, strerror(errno));
    folder_path(options->directory, options->name, "", folder);
    projector->name = options->name;
    struct runtime_options runtime = {.directory = folder,
                                      .projections = projections,
                                      .count = projection_count,
                                      .only = options->only,
                                      .rebuild = options->rebuild,
                                      .incident = on_incident,
                                      .stalled = on_stalled,
                                      .user = projector};
    projector->snapshots_here = strcmp(options->name, NAME_DEFAULT) == 0;
    return runtime_open(&runtime, &projector->runtime, fault);
}

static int project(const struct projector_options *options)
{
    struct projector *projector = calloc(1, sizeof *projector);
    struct fault fault;
    CHECK(projector != NULL);
    if (projector_open(projector, options, &fault) != STATUS_OK) {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        free(projector);
        return 2;
    }
    station_describe(projector, options);
    int code = station_run(&projector->station);
    snapshot_when(projector, SNAPSHOT_ENTRIES_MIN);
    snapshot_wait(&projector->snapshots);
    if (runtime_commit(projector->runtime, &fault) != STATUS_OK)
        code = 2;
    for (unsigned i = 0; i < projector->parked_count; i++)
        buffer_done(&projector->parked[i].bytes);
    behind_stop(projector->behind);
    station_close(&projector->station);
    runtime_close(projector->runtime);
    free(projector);
    return code;
}

/* A projector that runs sees the file within a second, one that does not when it starts. */
static int resume_ask(const struct projector_options *options, const char *projection)
{
    char path[4200];
    char name[NAME_SIZE_MAX + sizeof RESUME + 1];
    if (strchr(projection, '/') || strlen(projection) > NAME_SIZE_MAX) {
        fprintf(stderr, "jishi: %s: %.200s\n",
                in_words("这不是投影的名字", "that is no projection's name"), projection);
        return 2;
    }
    snprintf(name, sizeof name, "/" RESUME "%s", projection);
    folder_path(options->directory, options->name, name, path);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || close(file) != 0) {
        fprintf(stderr, "jishi: %s: %s\n", path, strerror(errno));
        return 2;
    }
    printf(in_words("已请投影程序重试 %s；结果见 jishi list DIR projections\n",
                    "the projector is asked to try %s again; see jishi list DIR projections\n"),
           projection);
    return 0;
}

int cmd_projector(int argc, char **argv)
{
    static struct projector_options given = {.name = NAME_DEFAULT};
    static const char *resume;
    static const struct option_spec specs[] = {
        {"only", 0, OPTION_TEXT, &given.only, "NAMES", "只做这些投影，逗号分隔",
         "these projections only, commas between"},
        {"name", 0, OPTION_TEXT, &given.name, "NAME", "本进程在 DIR/projections 下的目录（main）",
         "folder of this process under DIR/projections (main)"},
        {"port", 0, OPTION_INT, &given.port, "PORT", "回答查询的端口（按 jishi.conf）",
         "port on which it answers (jishi.conf)"},
        {"resume", 0, OPTION_TEXT, &resume, "NAME", "让停下的投影从出事的条目重试",
         "let a projection that stopped try again from its entry"},
        {"rebuild", 0, OPTION_FLAG, &given.rebuild, NULL, "丢弃已有读模型，从头重建",
         "drop the read models and build them from the first entry"},
        {0}};
    struct options options = {"projector", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    if (strchr(given.name, '/') || given.name[0] == '.' || !given.name[0])
        return options_wrong(&options,
                             in_words("--name 是一个目录名", "--name is a folder's name"));
    given.directory = argv[0];
    if (resume)
        return resume_ask(&given, resume);
    trace_as("projector");
    return project(&given);
}
