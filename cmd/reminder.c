/* reminder.c - `jishi reminder DIR`: the clock of duties, and the queue of reminders for workers.
 *
 * It follows the log, asks its own fold of the core's state what is due, and says so by tick
 * commands signed with the clock's key; the server decides. What then became due is in the log, and
 * from the log it comes into the queue, which workers lease from on port 7705. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/client/client.h"
#include "cmd/client/json.h"
#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/station.h"
#include "cmd/trace.h"
#include "core/check.h"
#include "core/date.h"
#include "core/state_query.h"
#include "events/codec.h"
#include "events/tree.h"
#include "projections/queue.h"

#define TICKS_MAX       64 /* tick commands under one signature */
#define TICK_TIMEOUT_MS 10000

struct reminder {
    struct station station;
    struct queue *queue;
    struct jishi_client *client;
    struct member_key key;
    int64_t wait_for;      /* entry that our last ticks became: look again when it is folded */
    int32_t remind_minute; /* of the day: reminders go out from then on */
    bool ticking;
};

static enum status on_entry(void *user, const struct followed *followed, struct fault *fault)
{
    struct reminder *reminder = user;
    (void)fault;
    for (unsigned i = 0; i < followed->entry->event_count; i++)
        queue_fold(reminder->queue, followed->entry->number, &followed->entry->events[i],
                   clock_mono_ms(), randombytes_random());
    return STATUS_OK;
}

/* ---- ticks ---- */

static int32_t minute_of_day(void)
{
    return (int32_t)((clock_now_us() / 1000000 + 8 * 3600) % 86400 / 60);
}

/* Reminders of today wait for their hour; what happens by itself, and what is late already, does
 * not. */
static bool is_time(const struct reminder *reminder, const struct tick *tick)
{
    bool reminds =
        tick->kind == TICK_rung || tick->kind == TICK_notice || tick->kind == TICK_escalate;
    return !reminds || tick->day < clock_today() || minute_of_day() >= reminder->remind_minute;
}

/* The same tick makes the same command, bytes and id, so that a crash in between says nothing
 * twice. */
static const char *tick_json(const struct reminder *reminder, const struct tick *tick,
                             struct arena *arena)
{
    char day[DATE_TEXT_SIZE];
    uint8_t digest[DIGEST_SIZE];
    date_text(tick->day, day);
    int64_t turn = tick->kind == TICK_period ? state_next_number(reminder->station.state)
                                             : 0; /* a period takes several */
    const char *body = arena_format(arena, "%s|%s|%s|%lld|%lld", tick_name(tick->kind), day,
                                    tick->what, (long long)tick->number, (long long)turn);
    sha256(body, strlen(body), digest);
    uint64_t ms = (uint64_t)tick->day * 86400000u;
    return arena_format(
        arena,
        "{\"verb\":\"tick\",\"id\":\"%08x-%04x-7%03x-8%03x-%02x%02x%02x%02x%02x%02x\",\"issued_at_"
        "us\":%lld,\"on\":\"%s\","
        "\"args\":{\"kind\":\"%s\",\"day\":\"%s\",\"what\":\"%s\",\"number\":%lld}}",
        (unsigned)(ms >> 16 & 0xffffffff), (unsigned)(ms & 0xffff),
        (unsigned)(digest[0] << 4 | digest[1] >> 4), (unsigned)(digest[2] << 4 | digest[3] >> 4),
        digest[4], digest[5], digest[6], digest[7], digest[8], digest[9], (long long)ms * 1000, day,
        tick_name(tick->kind), day, tick->what, (long long)tick->number);
}

static void ticks_send(struct reminder *reminder, const struct tick *ticks, unsigned count,
                       struct arena *arena)
{
    struct jishi_command *commands[TICKS_MAX];
    struct jishi_answer answers[TICKS_MAX];
    char error[JISHI_ERROR_SIZE];
    unsigned made = 0;
    for (unsigned i = 0; i < count; i++)
        if (is_time(reminder, &ticks[i]) &&
            (commands[made] =
                 jishi_command(reminder->client, tick_json(reminder, &ticks[i], arena), error)))
            made++;
    if (!made)
        return;
    jishi_do_bundle(reminder->client, commands, made, TICK_TIMEOUT_MS, answers);
    for (unsigned i = 0; i < made; i++) {
        if (answers[i].number >= reminder->wait_for)
            reminder->wait_for = answers[i].number + 1;
        if (answers[i].status != JISHI_ACCEPTED && strcmp(answers[i].code, "not_due") != 0)
            trace("tick", "status=%d code=%s", (int)answers[i].status, answers[i].code);
        jishi_answer_done(&answers[i]);
        jishi_command_free(commands[i]);
    }
}

/* Only with the whole log folded, or it would say again what was said. */
static void tick(struct reminder *reminder)
{
    struct tick ticks[TICKS_MAX];
    struct arena arena;
    int64_t next = state_next_number(reminder->station.state);
    if (reminder->ticking || reminder->station.halted ||
        follow_lag(&reminder->station.follow) > 0 || next < reminder->wait_for || next == 0)
        return;
    arena_init(&arena, 0);
    reminder->ticking = true;
    unsigned count = state_due(reminder->station.state, clock_today(), &arena, ticks, TICKS_MAX);
    for (unsigned i = 0; i < count; i++)
        ticks[i].what = arena_text(&arena, ticks[i].what);
    ticks_send(reminder, ticks, count, &arena);
    reminder->ticking = false;
    arena_done(&arena);
}

static void on_batch(void *user)
{
    tick(user);
}

static void on_second(void *user)
{
    tick(user);
}

/* ---- jobs ---- */

static void job_row(const struct reminder *reminder, const struct job *job, struct buffer *out)
{
    char day[DATE_TEXT_SIZE];
    const char *name = "";
    const char *title = "";
    const char *due = "";
    char due_text[DATE_TEXT_SIZE] = "";
    struct duty_view duty;
    if (strcmp(job->kind, "told") != 0 && state_duty(reminder->station.state, job->about, &duty)) {
        name = duty.name;
        title = state_duty_title(reminder->station.state, duty.name,
                                 conf_text(reminder->station.conf, "language", "zh"));
        due = date_text(duty.due, due_text);
    }
    pack_array(out, 13);
    pack_text(out, job->key);
    pack_int(out, job->token);
    pack_text(out, job->kind);
    pack_int(out, job->about);
    pack_text(out, name);
    pack_text(out, title);
    pack_text(out, due);
    pack_text(out, date_text(job->day, day));
    pack_int(out, job->late_days);
    pack_array(out, job->to_count);
    for (unsigned i = 0; i < job->to_count; i++)
        pack_text(out, job->to[i]);
    pack_int(out, job->attempts);
    pack_int(out, job->number);
    pack_text(out, job->detail);
}

static int64_t int_arg(const struct question *question, const char *name)
{
    const struct datum *datum = datum_field(&question->args, name);
    return datum && datum->kind == DATUM_INT ? datum->integer : 0;
}

static const char *text_arg(const struct question *question, const char *name,
                            char out[NAME_SIZE_MAX + 1])
{
    const struct datum *datum = datum_field(&question->args, name);
    out[0] = '\0';
    if (datum && datum->kind == DATUM_TEXT)
        snprintf(out, NAME_SIZE_MAX + 1, "%.*s", (int)datum->count, datum->text);
    return out;
}

struct job_reply {
    const char *status;
    struct buffer rows;
    size_t count;
};

static void job_lease(struct reminder *reminder, const struct question *question,
                      struct job_reply *reply)
{
    int64_t want = int_arg(question, "count");
    for (int64_t i = 0; i < (want > 0 && want <= 64 ? want : 1); i++) {
        const struct job *job =
            queue_lease(reminder->queue, int_arg(question, "lease_ms"), clock_mono_ms());
        if (!job)
            break;
        job_row(reminder, job, &reply->rows);
        reply->count++;
    }
}

static void job_extend(struct reminder *reminder, const struct question *question,
                       struct job_reply *reply)
{
    char key[NAME_SIZE_MAX + 1];
    bool held =
        queue_extend(reminder->queue, text_arg(question, "key", key), int_arg(question, "token"),
                     int_arg(question, "lease_ms"), clock_mono_ms());
    reply->status = held ? "ok" : "stale";
}

static void job_ack(struct reminder *reminder, const struct question *question,
                    struct job_reply *reply)
{
    char key[NAME_SIZE_MAX + 1];
    reply->status =
        queue_ack(reminder->queue, text_arg(question, "key", key), int_arg(question, "token"))
            ? "ok"
            : "stale";
}

static void job_nack(struct reminder *reminder, const struct question *question,
                     struct job_reply *reply)
{
    char key[NAME_SIZE_MAX + 1], detail[NAME_SIZE_MAX + 1];
    bool held =
        queue_nack(reminder->queue, text_arg(question, "key", key), int_arg(question, "token"),
                   int_arg(question, "delay_ms"), text_arg(question, "detail", detail),
                   clock_mono_ms(), randombytes_random());
    reply->status = held ? "ok" : "stale";
}

static void job_redrive(struct reminder *reminder, const struct question *question,
                        struct job_reply *reply)
{
    char key[NAME_SIZE_MAX + 1];
    reply->status = queue_redrive(reminder->queue, text_arg(question, "key", key)) ? "ok" : "stale";
}

static void job_list(struct reminder *reminder, const struct question *question,
                     struct job_reply *reply)
{
    static const char *const states[] = {"pending", "leased", "dead", "settled"};
    char wanted[NAME_SIZE_MAX + 1];
    const struct job *job;
    text_arg(question, "state", wanted);
    for (int state = 0; state < 4; state++)
        for (int64_t at = 0;
             strcmp(states[state], wanted) == 0 && reply->count < 500 &&
             (at = queue_list(reminder->queue, (enum job_state)state, at, &job)) >= 0;
             reply->count++)
            job_row(reminder, job, &reply->rows);
}

static void job_figures(struct reminder *reminder, const struct question *question,
                        struct job_reply *reply)
{
    struct queue_figures figures;
    (void)question;
    queue_figures(reminder->queue, clock_mono_ms(), &figures);
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {{"pending", figures.pending},
                {"leased", figures.leased},
                {"dead", figures.dead},
                {"settled", figures.settled},
                {"oldest_ms", figures.oldest_ms}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++, reply->count++) {
        pack_array(&reply->rows, 2);
        pack_text(&reply->rows, rows[i].name);
        pack_int(&reply->rows, rows[i].value);
    }
}

static const struct {
    const char *name;
    void (*answer)(struct reminder *, const struct question *, struct job_reply *);
} jobs[] = {{"lease", job_lease},    {"extend", job_extend},   {"ack", job_ack},
            {"nack", job_nack},      {"redrive", job_redrive}, {"list", job_list},
            {"figures", job_figures}};

static void on_question(void *user, const struct envelope *envelope,
                        const struct question *question)
{
    struct reminder *reminder = user;
    struct job_reply found = {.status = NULL};
    struct buffer out;
    buffer_init(&out);
    buffer_init(&found.rows);
    for (unsigned i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
        if (strlen(jobs[i].name) == question->name.size &&
            memcmp(jobs[i].name, question->name.data, question->name.size) == 0) {
            found.status = "ok";
            jobs[i].answer(reminder, question, &found);
        }
    struct reply reply = {.id = question->id,
                          .status = found.status,
                          .rows = found.rows.data,
                          .rows_size = found.rows.size,
                          .row_count = found.count};
    if (found.status)
        reply_write(&reply, &out);
    else
        reply_text(question->id, "invalid", 0, "known: lease extend ack nack redrive list figures",
                   &out);
    station_answer(&reminder->station, envelope, &out);
    buffer_done(&found.rows);
    buffer_done(&out);
}

/* ---- life ---- */

static bool reminder_open(struct reminder *reminder, const char *directory, struct fault *fault)
{
    char path[4096];
    struct server_info info;
    struct conf *conf;
    int hour = 8, minute = 50;
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    if (server_info_read(path, &info, fault) != STATUS_OK)
        return false;
    snprintf(path, sizeof path, "%s/keys/clock.key", directory);
    if (member_key_read(path, &reminder->key, fault) != STATUS_OK ||
        conf_open(directory, &conf, fault) != STATUS_OK)
        return false;
    sscanf(conf_text(conf, "remind_hour", "08:50"), "%d:%d", &hour, &minute);
    reminder->remind_minute = hour * 60 + minute;
    conf_close(conf);
    reminder->client = client_open(&info, &reminder->key, "en", fault);
    reminder->queue = queue_open();
    return reminder->client != NULL;
}

int cmd_reminder(int argc, char **argv)
{
    static const struct option_spec specs[] = {{0}};
    struct options options = {"reminder", "DIR", specs};
    struct fault fault = {0};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    trace_as("reminder");
    struct reminder *reminder = calloc(1, sizeof *reminder);
    CHECK(reminder != NULL);
    if (!reminder_open(reminder, argv[0], &fault)) {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        free(reminder);
        return 2;
    }
    reminder->station = (struct station){.name = "reminder",
                                         .directory = argv[0],
                                         .domain = "jobs",
                                         .port_option = "port_jobs",
                                         .port = 7705,
                                         .each = on_entry,
                                         .batch = on_batch,
                                         .question = on_question,
                                         .second = on_second,
                                         .user = reminder};
    code = station_run(&reminder->station, NULL, NULL);
    station_close(&reminder->station);
    queue_close(reminder->queue);
    jishi_close(reminder->client);
    member_key_forget(&reminder->key);
    free(reminder);
    return code;
}
