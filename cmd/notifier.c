/* notifier.c - `jishi notifier DIR`: a worker of the reminder queue. Leases, sends, records,
 * acknowledges.
 *
 *   lease -> send each message -> a command `deliver` for each reminder in it -> ack, or nack
 *            (a digest is one)    (all of a piece under one signature)
 *
 * A crash between sending and recording sends once more, under the same key and Message-ID. What was
 * sent is told to the log until it takes it: nothing new is sent meanwhile. Several may run, on
 * several machines; --channel gives one a part of the channels. */
#include <curl/curl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/trace.h"
#include "cmd/worker.h"
#include "core/check.h"
#include "events/codec.h"
#include "events/tree.h"

#define IDLE_MS        500
#define LEASE_MS       60000
#define ASK_TIMEOUT_MS 5000
#define PIECE_MS       250 /* what was sent is recorded after so long, or when the lease is worked off */
#define NOBODYS        "none" /* channel of reminders that nobody is entitled to get */

struct attempt {
    struct worker_job *job;
    const char *outcome; /* sent failed dead */
    bool recorded;
    int64_t retry_after_ms;
    char detail[FAULT_TEXT_MAX];
    struct jishi_command *command;
};

struct notifier {
    struct worker worker;
    struct conf *conf;
    struct server_info info;
    struct channel_options options;
    /* of one lease */
    struct worker_job jobs[WORKER_JOBS_MAX];
    struct attempt attempts[WORKER_JOBS_MAX];
    unsigned job_count, sent, settled; /* jobs before `sent` were tried, before `settled` told */
    int64_t leased_ms;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

/* ---- the record ---- */

/* The detail goes to the log: it says what the channel answered, in plain ASCII. */
static void detail_write(const char *text, char out[NAME_SIZE_MAX])
{
    size_t at = 0;
    for (; *text && at < 120; text++)
        out[at++] = (unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e ? ' ' : *text;
    out[at] = '\0';
}

/* One attempt has one command: told again it is the same one. An answer "not so fast" was none. */
static char *attempt_json(const struct attempt *attempt)
{
    const struct worker_job *job = attempt->job;
    char id[40], detail[NAME_SIZE_MAX];
    uint8_t digest[DIGEST_SIZE];
    struct buffer body;
    uint64_t ms = (uint64_t)clock_now_us() / 1000;
    buffer_init(&body);
    buffer_addf(&body, "%s|%s|%s|%lld|%lld", job->notice.key, job->recipient, attempt->outcome,
                (long long)job->attempts, (long long)job->token);
    sha256(body.data, body.size, digest);
    buffer_done(&body);
    snprintf(id, sizeof id, "%08x-%04x-7%03x-8%03x-%02x%02x%02x%02x%02x%02x",
             (unsigned)(ms >> 16 & 0xffffffff), (unsigned)(ms & 0xffff),
             (unsigned)(digest[0] << 4 | digest[1] >> 4),
             (unsigned)(digest[2] << 4 | digest[3] >> 4), digest[4], digest[5], digest[6],
             digest[7], digest[8], digest[9]);
    detail_write(attempt->detail, detail);
    json_t *json = json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:I, s:s}}", "verb", "deliver",
                             "id", id, "args", "key", job->notice.key, "channel", job->channel,
                             "recipient", job->recipient, "outcome", attempt->outcome, "attempt",
                             (json_int_t)(job->attempts + (attempt->retry_after_ms ? 0 : 1)),
                             "detail", detail);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static bool command_make(struct notifier *notifier, struct attempt *attempt)
{
    char error[JISHI_ERROR_SIZE] = "it is no JSON";
    char *json = attempt_json(attempt);
    attempt->command = json ? jishi_command(notifier->worker.client, json, error) : NULL;
    if (!attempt->command)
        trace("cannot_record", "reason=\"%s\"", error);
    free(json);
    return attempt->command != NULL;
}

static void leases_hold(struct notifier *notifier, unsigned from)
{
    struct worker_job *left[WORKER_JOBS_MAX];
    if (clock_mono_ms() - notifier->leased_ms < notifier->worker.lease_ms / 3)
        return;
    notifier->leased_ms = clock_mono_ms();
    for (unsigned i = from; i < notifier->job_count; i++)
        left[i - from] = &notifier->jobs[i];
    worker_extend(&notifier->worker, left, notifier->job_count - from);
}

/* True once the log has answered for all of them; false only when the process is told to stop. */
static bool record(struct notifier *notifier, struct attempt *const *attempts, unsigned count)
{
    struct jishi_command *commands[WORKER_JOBS_MAX] = {NULL};
    struct jishi_answer answers[WORKER_JOBS_MAX];
    for (unsigned i = 0; i < count; i++)
        commands[i] = attempts[i]->command;
    bool known = count == 0;
    for (bool first = true; !known && (first || !stopping); first = false) {
        jishi_do_bundle(notifier->worker.client, commands, count, ASK_TIMEOUT_MS, answers);
        known = true;
        for (unsigned i = 0; i < count; i++) {
            attempts[i]->recorded = answers[i].status == JISHI_ACCEPTED;
            if (!attempts[i]->recorded)
                trace("not_recorded", "status=%d code=%s", (int)answers[i].status, answers[i].code);
            known = known && answers[i].status != JISHI_UNKNOWN && answers[i].status != JISHI_ERROR;
            jishi_answer_done(&answers[i]);
        }
        if (!known)
            leases_hold(notifier, notifier->settled);
    }
    return known;
}

/* What is on record and will not be tried again is acknowledged, the rest given back. */
static void piece_settle(struct notifier *notifier, unsigned from, unsigned end)
{
    struct worker_job *done[WORKER_JOBS_MAX] = {NULL};
    unsigned count = 0;
    for (unsigned i = from; i < end; i++) {
        struct attempt *attempt = &notifier->attempts[i];
        if (!attempt->recorded)
            worker_nack(&notifier->worker, &attempt->job, 1, 0, "the log did not take it");
        else if (strcmp(attempt->outcome, "failed") == 0)
            worker_nack(&notifier->worker, &attempt->job, 1, attempt->retry_after_ms,
                        attempt->detail);
        else
            done[count++] = attempt->job;
    }
    worker_ack(&notifier->worker, done, count);
}

static void piece_tell(struct notifier *notifier)
{
    struct attempt *made[WORKER_JOBS_MAX] = {NULL};
    unsigned from = notifier->settled, end = notifier->sent, count = 0;
    for (unsigned i = from; i < end; i++)
        if (command_make(notifier, &notifier->attempts[i]))
            made[count++] = &notifier->attempts[i];
    if (record(notifier, made, count))
        piece_settle(notifier, from, end);
    for (unsigned i = 0; i < count; i++)
        jishi_command_free(made[i]->command);
    notifier->settled = end;
}

/* ---- sending ---- */

static void attempts_note(struct notifier *notifier, unsigned count, const struct attempt *outcome)
{
    for (unsigned i = 0; i < count; i++) {
        struct attempt *attempt = &notifier->attempts[notifier->sent + i];
        *attempt = *outcome;
        attempt->job = &notifier->jobs[notifier->sent + i];
    }
    notifier->sent += count;
}

/* One message: a job alone, or the jobs of one group. */
static void message_send(struct notifier *notifier, unsigned count)
{
    const struct worker_job *first = &notifier->jobs[notifier->sent];
    const struct channel *channel = channel_find(first->channel, strlen(first->channel));
    struct notice notices[WORKER_JOBS_MAX];
    struct attempt outcome = {.outcome = "sent"};
    struct channel_outcome answer = {0};
    struct fault fault = {.text = ""};
    for (unsigned i = 0; i < count; i++)
        notices[i] = first[i].notice;
    enum status status = STATUS_OK;
    if (channel) {
        status = channel->send(&notifier->options, notices, count, first->address, &answer, &fault);
    } else {
        status = fault_set(&fault, STATUS_NOT_FOUND, "nobody holds the role");
        answer.permanent = true;
    }
    if (status != STATUS_OK) {
        outcome.outcome = answer.permanent ? "dead" : "failed";
        outcome.retry_after_ms = answer.permanent ? 0 : answer.retry_after_ms;
        snprintf(outcome.detail, sizeof outcome.detail, "%s", fault.text);
    }
    trace(outcome.outcome, "key=%s channel=%s reminders=%u attempt=%lld", first->notice.key,
          first->channel, count, (long long)first->attempts + 1);
    attempts_note(notifier, count, &outcome);
}

/* The queue makes no group larger than the channel shows in one message. */
static unsigned group_size(const struct notifier *notifier)
{
    const struct worker_job *first = &notifier->jobs[notifier->sent];
    unsigned count = 1;
    while (first->group && notifier->sent + count < notifier->job_count &&
           first[count].group == first->group)
        count++;
    return count;
}

/* True if there was work. What is left when the process is told to stop comes back by itself. */
static bool turn(struct notifier *notifier)
{
    struct arena arena;
    arena_init(&arena, 0);
    notifier->sent = notifier->settled = 0;
    notifier->leased_ms = clock_mono_ms();
    notifier->job_count = worker_lease(&notifier->worker, &arena, notifier->jobs);
    int64_t told_ms = clock_mono_ms();
    while (notifier->sent < notifier->job_count && !stopping) {
        leases_hold(notifier, notifier->settled);
        message_send(notifier, group_size(notifier));
        if (notifier->sent == notifier->job_count || clock_mono_ms() - told_ms > PIECE_MS) {
            piece_tell(notifier);
            told_ms = clock_mono_ms();
        }
    }
    if (notifier->settled < notifier->sent)
        piece_tell(notifier);
    arena_done(&arena);
    return notifier->job_count > 0;
}

/* ---- life ---- */

/* Those asked for; else all there are, and what has no channel. */
static bool channels_choose(struct worker *worker, const struct option_list *chosen)
{
    static char names[1024];
    for (unsigned i = 0; i < chosen->count && i < 32; i++) {
        if (!channel_find(chosen->items[i], strlen(chosen->items[i]))) {
            fprintf(stderr,
                    in_words("jishi notifier：没有通道 %s；有 %s\n",
                             "jishi notifier: no channel %s; there are %s\n"),
                    chosen->items[i], channel_names());
            return false;
        }
        worker->channels[worker->channel_count++] = chosen->items[i];
    }
    if (worker->channel_count)
        return true;
    snprintf(names, sizeof names, "%s," NOBODYS, channel_names());
    char *rest = names;
    for (char *name; (name = strsep(&rest, ",")) != NULL && worker->channel_count < 32;)
        worker->channels[worker->channel_count++] = name;
    return true;
}

static bool notifier_open(struct notifier *notifier, const char *directory, struct fault *fault)
{
    char path[4096];
    struct member_key key;
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    if (server_info_read(path, &notifier->info, fault) != STATUS_OK ||
        conf_open(directory, &notifier->conf, fault) != STATUS_OK)
        return false;
    conf_report(notifier->conf);
    snprintf(path, sizeof path, "%s/keys/notifier.key", directory);
    if (member_key_read(path, &key, fault) != STATUS_OK)
        return false;
    struct worker *worker = &notifier->worker;
    worker->language = conf_text(notifier->conf, "language", "zh");
    worker->timeout_ms = ASK_TIMEOUT_MS;
    worker->lease_ms = conf_int(notifier->conf, "lease_ms", LEASE_MS);
    notifier->options = (struct channel_options){
        .directory = directory, .origin = notifier->info.origin, .conf = notifier->conf};
    worker->client = client_open(&notifier->info, &key, worker->language, fault);
    member_key_forget(&key);
    return worker->client != NULL;
}

int cmd_notifier(int argc, char **argv)
{
    static struct option_list chosen;
    static const struct option_spec specs[] = {
        {"channel", 0, OPTION_LIST, &chosen, "NAME", "只送这些通道（可多次；默认全部）",
         "serve this channel only (may come several times; default: all)"},
        {0}};
    static struct notifier notifier;
    struct options options = {"notifier", "DIR", specs};
    struct fault fault = {0};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    if (!channels_choose(&notifier.worker, &chosen))
        return 2;
    trace_as("notifier");
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!notifier_open(&notifier, argv[0], &fault)) {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        return 2;
    }
    trace("ready", "channels=%s", channel_names());
    while (!stopping)
        if (!turn(&notifier) && !stopping)
            usleep(IDLE_MS * 1000);
    jishi_close(notifier.worker.client);
    conf_close(notifier.conf);
    curl_global_cleanup();
    trace("ended", "code=0");
    return 0;
}
