/* jobs_command.c - `jishi jobs DIR`: the queue of reminders for its operator. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "cmd/access.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/plain.h"

#define PAGES_MAX 100000

static struct access jobs_access = {.timeout_ms = 5000};
static const char *state_wanted, *channel_wanted, *recipient_wanted, *key_wanted;
static bool all_wanted;

static const char *text_at(const json_t *row, size_t index)
{
    const char *text = json_string_value(json_array_get(row, index));
    return text ? text : "";
}

static long long int_at(const json_t *row, size_t index)
{
    return (long long)json_integer_value(json_array_get(row, index));
}

/* The answer if it is good; else says on stderr what is wrong, and *ret_code what that means. */
static json_t *ask(struct jishi_client *client, const char *name, const json_t *args, int *ret_code)
{
    char error[JISHI_ERROR_SIZE] = "";
    char *asked = json_dumps(args, JSON_COMPACT);
    char *text = jishi_jobs(client, name, asked, (int)jobs_access.timeout_ms, error);
    json_t *answer = text ? json_loads(text, 0, NULL) : NULL;
    const char *status = json_string_value(json_object_get(answer, "status"));
    free(asked);
    free(text);
    if (status && strcmp(status, "ok") == 0)
        return answer;
    const char *why =
        json_string_value(json_array_get(json_array_get(json_object_get(answer, "rows"), 0), 0));
    if (status && strcmp(status, "stale") == 0)
        why = in_words("没有符合条件的死信", "there is no dead job of this kind");
    plain_line(stderr, "jishi: %s", why ? why : status ? status : error);
    *ret_code = status && strcmp(status, "invalid") != 0 ? 1 : 2;
    json_decref(answer);
    return NULL;
}

static json_t *filters(void)
{
    const struct {
        const char *name, *value;
    } given[] = {{"state", state_wanted},
                 {"channel", channel_wanted},
                 {"recipient", recipient_wanted},
                 {"key", key_wanted}};
    json_t *args = json_object();
    for (unsigned i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value)
            json_object_set_new(args, given[i].name, json_string(given[i].value));
    return args;
}

static void print_json(const json_t *json)
{
    char *line = json_dumps(json, JSON_COMPACT);
    puts(line ? line : "");
    free(line);
}

/* ---- figures ---- */

/* [channel, name, value] rows as {channel: {name: value}}. */
static json_t *by_channel(const json_t *rows)
{
    json_t *channels = json_object(), *row;
    size_t index;
    json_array_foreach(rows, index, row)
    {
        json_t *channel = json_object_get(channels, text_at(row, 0));
        if (!channel) {
            channel = json_object();
            json_object_set_new(channels, text_at(row, 0), channel);
        }
        json_object_set(channel, text_at(row, 1), json_array_get(row, 2));
    }
    return channels;
}

static long long figure(const json_t *channel, const char *name)
{
    return (long long)json_integer_value(json_object_get(channel, name));
}

static void print_figures(json_t *channels)
{
    const char *name;
    json_t *channel;
    printf(
        in_words("通道          待送    最久(秒)  已租出     死信  租出/分  完成/分  退回/分\n",
                 "channel    pending  oldest(s)  leased     dead  leased/m   acked/m  nacked/m\n"));
    json_object_foreach(channels, name, channel)
    {
        plain_line(stdout, "%-10s %8lld %9lld %8lld %8lld %8lld %8lld %8lld%s%s", name,
                   figure(channel, "pending"), figure(channel, "oldest_pending_ms") / 1000,
                   figure(channel, "leased"), figure(channel, "dead"),
                   figure(channel, "leased_per_minute"), figure(channel, "acked_per_minute"),
                   figure(channel, "nacked_per_minute"),
                   figure(channel, "stopped") ? in_words("  已停用", "  stopped") : "",
                   figure(channel, "addresses_waiting")
                       ? in_words("  限速等待", "  waits for its rate")
                       : "");
    }
}

static int show_figures(struct jishi_client *client)
{
    int code = 0;
    json_t *args = json_object(), *answer = ask(client, "figures", args, &code);
    if (answer) {
        json_t *channels = by_channel(json_object_get(answer, "rows"));
        if (wants_json())
            print_json(channels);
        else
            print_figures(channels);
        json_decref(channels);
    }
    json_decref(answer);
    json_decref(args);
    return code;
}

/* ---- list ---- */

static void print_job(const json_t *row)
{
    static const char *const names[] = {"key",      "token",  "kind",    "about",     "name",
                                        "title",    "due",    "day",     "late_days", "recipient",
                                        "attempts", "number", "detail",  "channel",   "address",
                                        "group",    "state",  "wait_ms", "made_us"};
    if (wants_json()) {
        json_t *object = json_object();
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            json_object_set(object, names[i], json_array_get(row, i));
        print_json(object);
        json_decref(object);
        return;
    }
    plain_line(stdout, "%-8s %-28s %-12s %-10s %-10s %s %2lld  %s", text_at(row, 16),
               text_at(row, 0), text_at(row, 9), text_at(row, 13), text_at(row, 2), text_at(row, 7),
               int_at(row, 10), text_at(row, 12));
}

static int show_list(struct jishi_client *client)
{
    int code = 0;
    json_t *args = filters();
    for (int page = 0; page < PAGES_MAX; page++) {
        json_t *answer = ask(client, "list", args, &code), *row;
        json_t *next = json_object_get(answer, "next");
        bool more = next && !json_is_null(next);
        size_t index;
        json_array_foreach(json_object_get(answer, "rows"), index, row)
        {
            print_job(row);
        }
        if (more)
            json_object_set(args, "after", next);
        json_decref(answer);
        if (!more)
            break;
    }
    json_decref(args);
    return code;
}

/* ---- redrive, stop, resume ---- */

static int redrive(struct jishi_client *client)
{
    int code = 0;
    json_t *args = filters();
    json_t *answer = ask(client, "redrive", args, &code);
    if (answer) {
        long long count = int_at(json_array_get(json_object_get(answer, "rows"), 0), 0);
        if (wants_json())
            printf("{\"redriven\":%lld}\n", count);
        else
            printf(in_words("重投 %lld 件\n", "%lld try again\n"), count);
    }
    json_decref(answer);
    json_decref(args);
    return code;
}

static int switch_channel(struct jishi_client *client, const char *action, const char *channel)
{
    int code = 0;
    bool stop = strcmp(action, "stop") == 0;
    json_t *args = json_pack("{s:s}", "channel", channel);
    json_t *answer = args ? ask(client, action, args, &code) : NULL;
    if (answer && wants_json())
        printf("{\"channel\":\"%s\",\"stopped\":%s}\n", channel, stop ? "true" : "false");
    else if (answer)
        plain_line(stdout, "%s: %s", channel,
                   stop ? in_words("已停用", "stopped") : in_words("已恢复", "resumed"));
    json_decref(answer);
    json_decref(args);
    return code;
}

/* What to do, from the words behind DIR; -1: that is no action. */
static int act(struct jishi_client *client, int argc, char **argv)
{
    if (argc == 0 || strcmp(argv[0], "figures") == 0)
        return show_figures(client);
    if (strcmp(argv[0], "list") == 0)
        return show_list(client);
    if (strcmp(argv[0], "redrive") == 0)
        return redrive(client);
    return switch_channel(client, argv[0], argv[1]);
}

static bool is_action(int argc, char **argv)
{
    const char *word = argc > 0 ? argv[0] : "figures";
    bool alone = strcmp(word, "figures") == 0 || strcmp(word, "list") == 0;
    bool chosen = strcmp(word, "redrive") == 0 &&
                  (all_wanted || channel_wanted || recipient_wanted || key_wanted);
    bool named = (strcmp(word, "stop") == 0 || strcmp(word, "resume") == 0) && argc == 2;
    return named || ((alone || chosen) && argc <= 1);
}

int cmd_jobs(int argc, char **argv)
{
    static const struct option_spec specs[] = {
        ACCESS_OPTIONS(jobs_access),
        {"state", 0, OPTION_TEXT, &state_wanted, "WORD", "list：pending leased dead",
         "list: pending, leased, dead"},
        {"channel", 0, OPTION_TEXT, &channel_wanted, "NAME", "list、redrive：该通道的",
         "list, redrive: of this channel"},
        {"recipient", 0, OPTION_TEXT, &recipient_wanted, "MEMBER", "list、redrive：该收件人的",
         "list, redrive: of this recipient"},
        {"reminder", 0, OPTION_TEXT, &key_wanted, "KEY", "redrive：该提醒",
         "redrive: of this reminder"},
        {"all", 0, OPTION_FLAG, &all_wanted, NULL, "redrive：全部死信", "redrive: all dead jobs"},
        {0}};
    struct options options = {
        "jobs", "DIR [figures | list | redrive | stop CHANNEL | resume CHANNEL]", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    int skipped = jobs_access.connect ? 0 : 1;
    if (argc < skipped || !is_action(argc - skipped, argv + skipped))
        return options_wrong(
            &options,
            in_words("要做什么；redrive 须给出 --channel、--recipient、--reminder 或 --all",
                     "what to do; redrive wants --channel, --recipient, --reminder or --all"));
    struct jishi_client *client = access_open(&jobs_access, "sysadmin", &argc, &argv);
    if (!client)
        return 2;
    code = act(client, argc, argv);
    jishi_close(client);
    return code;
}
