/* reminder.c - `jishi reminder DIR`: the clock of duties, and the queue of reminders for workers.
 *
 * It follows the log, asks its own fold of the core's state what is due, and says so by tick
 * commands signed with the clock's key (ticks.c); the server decides. What then became due is in
 * the log, and from the log it comes into the queue (jobs.c), which workers lease from on port 7705. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/jobs.h"
#include "cmd/options.h"
#include "cmd/send_conf.h"
#include "cmd/station.h"
#include "cmd/ticks.h"
#include "cmd/trace.h"
#include "core/check.h"

struct reminder {
    struct station station;
    struct jobs *jobs;
    struct ticks *ticks;
};

static enum status on_entry(void *user, const struct followed *followed, struct fault *fault)
{
    struct reminder *reminder = user;
    return jobs_entry(reminder->jobs, followed, fault);
}

/* What cannot be kept ends the process: at its next start it folds again. */
static void jobs_keep(struct reminder *reminder)
{
    struct fault fault;
    if (jobs_batch(reminder->jobs, &fault) == STATUS_OK)
        return;
    trace("cannot_commit", "reason=\"%s\"", fault.text);
    reminder->station.failed = true;
    uv_stop(&reminder->station.loop);
}

static void on_batch(void *user)
{
    struct reminder *reminder = user;
    jobs_keep(reminder);
    ticks_turn(reminder->ticks, &reminder->station);
}

static void on_second(void *user)
{
    struct reminder *reminder = user;
    jobs_second(reminder->jobs);
    jobs_keep(reminder);
    ticks_turn(reminder->ticks, &reminder->station);
}

/* ---- jobs ---- */

static void on_question(void *user, const struct envelope *envelope,
                        const struct question *question)
{
    struct reminder *reminder = user;
    struct jobs_asked asked = {reminder->station.state, reminder->station.roster, envelope,
                               station_today(&reminder->station)};
    struct buffer out;
    buffer_init(&out);
    jobs_answer(reminder->jobs, &asked, question, &out);
    station_answer(&reminder->station, envelope, &out);
    buffer_done(&out);
}

/* ---- life ---- */

static bool reminder_open(struct reminder *reminder, const char *directory, struct fault *fault)
{
    char path[4096];
    struct server_info info;
    struct member_key key;
    struct conf *conf;
    struct fault wrong;
    int32_t minute;
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    if (server_info_read(path, &info, fault) != STATUS_OK)
        return false;
    snprintf(path, sizeof path, "%s/keys/clock.key", directory);
    if (member_key_read(path, &key, fault) != STATUS_OK ||
        conf_open(directory, &conf, fault) != STATUS_OK)
        return false;
    if (send_conf_remind_minute(conf, &minute, &wrong) != STATUS_OK)
        trace("setting_not_used", "reason=\"%s\"", wrong.text);
    conf_close(conf);
    struct ticks_options options = {&info, &key, minute};
    reminder->ticks = ticks_open(&options, fault);
    member_key_forget(&key);
    return reminder->ticks != NULL && jobs_open(directory, &reminder->jobs, fault) == STATUS_OK;
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
        ticks_close(reminder->ticks);
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
                                         .begins = true,
                                         .begin_at = jobs_next(reminder->jobs),
                                         .user = reminder};
    code = station_run(&reminder->station);
    ticks_stop(reminder->ticks);
    station_close(&reminder->station);
    jobs_close(reminder->jobs);
    ticks_close(reminder->ticks);
    free(reminder);
    return code;
}
