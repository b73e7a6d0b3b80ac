/* notifier.c - `jishi notifier DIR`: a worker of the reminder queue. Leases, sends, records,
 * acknowledges.
 *
 *   lease -> send to each recipient -> command `deliver` for each attempt -> ack (all sent) or nack
 * (some not)
 *
 * A crash between sending and recording sends once more, under the same key and Message-ID. */
#include <curl/curl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/client/client.h"
#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/conf.h"
#include "cmd/data_dir.h"
#include "cmd/notify/channels.h"
#include "cmd/options.h"
#include "cmd/trace.h"
#include "core/check.h"
#include "events/codec.h"
#include "events/tree.h"

#define IDLE_MS        500
#define LEASE_MS       60000
#define ASK_TIMEOUT_MS 5000
#define LEASE_COUNT    8
#define BOOK_MAX       100000 /* lines of recipients.conf */

struct notifier {
    struct jishi_client *client;
    struct conf *conf;
    struct channel_options options;
    struct buffer book; /* recipients.conf: member = channel:address */
    const char *language;
};

struct leased {
    struct notice notice;
    int64_t token;
    int64_t attempts;
    const struct datum *to;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

/* ---- who is reached how ---- */

/* "wang = smtp:wang@example.org"; who is not in the book gets a file. */
static const struct channel *channel_of(const struct notifier *notifier, const char *member,
                                        char *address, size_t size)
{
    size_t length = strlen(member);
    snprintf(address, size, "%s", member);
    for (const char *line = buffer_text(&notifier->book); *line;
         line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        if (strncmp(line, member, length) != 0 ||
            strspn(line + length, " \t") + length != strcspn(line, "="))
            continue;
        const char *value = line + strcspn(line, "=") + 1;
        value += strspn(value, " \t");
        size_t name = strcspn(value, ":\n");
        const struct channel *channel = channel_find(value, name);
        if (!channel || value[name] != ':')
            continue;
        snprintf(address, size, "%.*s", (int)strcspn(value + name + 1, " \t\r\n"),
                 value + name + 1);
        return channel;
    }
    return channel_find("file", 4);
}

/* ---- the record ---- */

/* One attempt has one command, whoever tells it again: its id comes from key, recipient and
 * attempt. */
static bool record(struct notifier *notifier, const struct leased *leased, const char *member,
                   const char *channel, const char *outcome, const char *detail)
{
    char json[2048], error[JISHI_ERROR_SIZE], safe[121];
    uint8_t digest[DIGEST_SIZE];
    struct jishi_answer answer;
    size_t at = 0;
    for (; *detail && at < sizeof safe - 1; detail++)
        safe[at++] = (unsigned char)*detail < 0x20 || *detail == '"' || *detail == '\\' ||
                             (unsigned char)*detail > 0x7e
                         ? ' '
                         : *detail;
    safe[at] = '\0';
    snprintf(json, sizeof json, "%s|%s|%s|%lld|%lld", leased->notice.key, member, outcome,
             (long long)leased->attempts, (long long)leased->token);
    sha256(json, strlen(json), digest);
    uint64_t ms = (uint64_t)clock_now_us() / 1000;
    snprintf(json, sizeof json,
             "{\"verb\":\"deliver\",\"id\":\"%08x-%04x-7%03x-8%03x-%02x%02x%02x%02x%02x%02x\","
             "\"args\":{\"key\":\"%s\",\"channel\":\"%s\",\"recipient\":\"%s\","
             "\"outcome\":\"%s\",\"attempt\":%lld,\"detail\":\"%s\"}}",
             (unsigned)(ms >> 16 & 0xffffffff), (unsigned)(ms & 0xffff),
             (unsigned)(digest[0] << 4 | digest[1] >> 4),
             (unsigned)(digest[2] << 4 | digest[3] >> 4), digest[4], digest[5], digest[6],
             digest[7], digest[8], digest[9], leased->notice.key, channel, member, outcome,
             (long long)leased->attempts + 1, safe);
    struct jishi_command *command = jishi_command(notifier->client, json, error);
    if (!command) {
        trace("cannot_record", "reason=\"%s\"", error);
        return false;
    }
    jishi_do(notifier->client, command, ASK_TIMEOUT_MS, &answer);
    bool good = answer.status == JISHI_ACCEPTED;
    if (!good)
        trace("not_recorded", "key=%s status=%d code=%s", leased->notice.key, (int)answer.status,
              answer.code);
    jishi_answer_done(&answer);
    jishi_command_free(command);
    return good;
}

/* ---- jobs ---- */

static enum status ask(struct notifier *notifier, struct buffer *request, int64_t id,
                       struct arena *arena, const struct datum **ret_rows)
{
    struct datum answer;
    struct fault fault;
    enum status status = client_ask(notifier->client, PORT_JOBS, id, request, ASK_TIMEOUT_MS, arena,
                                    &answer, &fault);
    if (status == STATUS_OK &&
        (answer.kind != DATUM_LIST || answer.count != 6 || answer.items[4].kind != DATUM_LIST))
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        *ret_rows = &((struct datum *)arena_copy(arena, &answer, sizeof answer))->items[4];
    return status;
}

static void begin(struct notifier *notifier, const char *name, size_t args, struct buffer *out,
                  int64_t *ret_id)
{
    *ret_id = client_next_id(notifier->client);
    pack_array(out, 5);
    pack_text(out, "jq1");
    pack_int(out, *ret_id);
    pack_text(out, name);
    pack_array(out, args);
}

static void arg_text(struct buffer *out, const char *name, const char *value)
{
    pack_array(out, 2);
    pack_text(out, name);
    pack_text(out, value);
}

static void arg_int(struct buffer *out, const char *name, int64_t value)
{
    pack_array(out, 2);
    pack_text(out, name);
    pack_int(out, value);
}

static void settle(struct notifier *notifier, const struct leased *leased, const char *how,
                   const char *detail, struct arena *arena)
{
    struct buffer request;
    const struct datum *rows;
    int64_t id;
    bool nack = strcmp(how, "nack") == 0;
    buffer_init(&request);
    begin(notifier, how, nack ? 3 : 2, &request, &id);
    arg_text(&request, "key", leased->notice.key);
    arg_int(&request, "token", leased->token);
    if (nack)
        arg_text(&request, "detail", detail);
    pack_int(&request, 0);
    ask(notifier, &request, id, arena, &rows);
    buffer_done(&request);
}

static bool row_read(struct notifier *notifier, const struct datum *row, struct arena *arena,
                     struct leased *ret)
{
    struct fields_reader fields;
    const char *texts[6];
    fields_open(&fields, row);
    struct text_view key = fields_text(&fields, "key", NAME_SIZE_MAX);
    ret->token = fields_int(&fields, "token");
    struct text_view kind = fields_text(&fields, "kind", 16);
    int64_t about = fields_int(&fields, "about");
    struct text_view name = fields_text(&fields, "name", 1000),
                     title = fields_text(&fields, "title", 1000);
    struct text_view due = fields_text(&fields, "due", 10), day = fields_text(&fields, "day", 10);
    int64_t late = fields_int(&fields, "late_days");
    ret->to = fields_list(&fields, "to", 64);
    ret->attempts = fields_int(&fields, "attempts");
    const struct text_view views[] = {key, kind, name, title, due, day};
    for (unsigned i = 0; i < 6 && fields.ok; i++)
        texts[i] = arena_text_n(arena, views[i].data, views[i].size);
    if (fields.ok)
        ret->notice = (struct notice){texts[0], texts[1], texts[2], texts[3],          texts[4],
                                      texts[5], about,    late,     notifier->language};
    return fields.ok;
}

/* Nobody holds the role: the reminder is on record as having reached nobody. */
static void deliver(struct notifier *notifier, const struct leased *leased, struct arena *arena)
{
    bool all = true;
    struct fault fault = {.text = ""};
    for (uint32_t i = 0; i < leased->to->count; i++) {
        char address[400];
        const char *member =
            arena_text_n(arena, leased->to->items[i].text, leased->to->items[i].count);
        const struct channel *channel = channel_of(notifier, member, address, sizeof address);
        enum status status = channel->send(&notifier->options, &leased->notice, address, &fault);
        const char *outcome = status == STATUS_OK ? "sent" : "failed";
        trace(outcome, "key=%s channel=%s attempt=%lld", leased->notice.key, channel->name,
              (long long)leased->attempts + 1);
        all = record(notifier, leased, member, channel->name, outcome,
                     status == STATUS_OK ? "" : fault.text) &&
              status == STATUS_OK && all;
    }
    if (!leased->to->count)
        all = record(notifier, leased, "-", "none", "dead", "nobody holds the role");
    settle(notifier, leased, all ? "ack" : "nack", fault.text, arena);
}

/* True if there was work. */
static bool turn(struct notifier *notifier)
{
    struct arena arena;
    struct buffer request;
    const struct datum *rows;
    int64_t id;
    bool worked = false;
    arena_init(&arena, 0);
    buffer_init(&request);
    begin(notifier, "lease", 2, &request, &id);
    arg_int(&request, "count", LEASE_COUNT);
    arg_int(&request, "lease_ms", LEASE_MS);
    pack_int(&request, 0);
    if (ask(notifier, &request, id, &arena, &rows) == STATUS_OK)
        for (uint32_t i = 0; i < rows->count && !stopping; i++) {
            struct leased leased;
            if (!row_read(notifier, &rows->items[i], &arena, &leased))
                continue;
            worked = true;
            deliver(notifier, &leased, &arena);
        }
    buffer_done(&request);
    arena_done(&arena);
    return worked;
}

static bool notifier_open(struct notifier *notifier, const char *directory, struct fault *fault)
{
    char path[4096];
    static struct server_info info;
    struct member_key key;
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    if (server_info_read(path, &info, fault) != STATUS_OK ||
        conf_open(directory, &notifier->conf, fault) != STATUS_OK)
        return false;
    snprintf(path, sizeof path, "%s/keys/notifier.key", directory);
    if (member_key_read(path, &key, fault) != STATUS_OK)
        return false;
    snprintf(path, sizeof path, "%s/recipients.conf", directory);
    struct fault missing;
    file_read(path, &notifier->book, &missing); /* without a book everybody gets files */
    notifier->language = conf_text(notifier->conf, "language", "zh");
    notifier->options = (struct channel_options){directory, info.origin, notifier->conf};
    notifier->client = client_open(&info, &key, notifier->language, fault);
    member_key_forget(&key);
    return notifier->client != NULL;
}

int cmd_notifier(int argc, char **argv)
{
    static const struct option_spec specs[] = {{0}};
    struct options options = {"notifier", "DIR", specs};
    struct notifier notifier = {0};
    struct fault fault = {0};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    trace_as("notifier");
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!notifier_open(&notifier, argv[0], &fault)) {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        return 2;
    }
    trace("ready", "channels=file,smtp");
    while (!stopping)
        if (!turn(&notifier) && !stopping)
            usleep(IDLE_MS * 1000);
    jishi_close(notifier.client);
    conf_close(notifier.conf);
    buffer_done(&notifier.book);
    curl_global_cleanup();
    trace("ended", "code=0");
    return 0;
}
