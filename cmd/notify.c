/* notify.c - `jishi notify DIR CHANNEL:ADDRESS`: a trial message by one channel, as a worker would
 * send it with the settings of this deployment. Nothing is recorded, no server need run. */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/conf.h"
#include "cmd/notify/channels.h"
#include "cmd/options.h"
#include "core/check.h"
#include "core/date.h"

#define TRIAL_COUNT_MAX 200
#define TRIAL_DAYS      7 /* from today to the due day of the trial */

struct trial {
    char keys[TRIAL_COUNT_MAX][64];
    char due[DATE_TEXT_SIZE], today[DATE_TEXT_SIZE];
    struct notice notices[TRIAL_COUNT_MAX];
};

static void trial_fill(struct trial *trial, const char *run, unsigned count)
{
    bool english = strcmp(language(), "en") == 0;
    date_text(clock_today(), trial->today);
    date_text(clock_today() + TRIAL_DAYS, trial->due);
    for (unsigned i = 0; i < count; i++) {
        snprintf(trial->keys[i], sizeof trial->keys[i], "trial/%.40s/%u", run, i + 1);
        trial->notices[i] =
            (struct notice){.key = trial->keys[i],
                            .kind = "before",
                            .name = "TRIAL",
                            .title = english ? "Trial message" : "试发消息",
                            .due = trial->due,
                            .day = trial->today,
                            .about = -(int64_t)i - 1, /* no number: no duty of the log is meant */
                            .language = language()};
    }
}

static int answer(enum status status, const struct channel_outcome *outcome,
                  const struct fault *fault)
{
    bool sent = status == STATUS_OK;
    if (wants_json()) {
        json_t *json =
            json_pack("{s:b,s:b,s:I,s:s}", "sent", sent, "permanent", !sent && outcome->permanent,
                      "retry_after_ms", (json_int_t)outcome->retry_after_ms, "reason",
                      sent ? "" : fault->text);
        char *text = json_dumps(json, JSON_COMPACT);
        printf("%s\n", text ? text : "{}");
        free(text);
        json_decref(json);
    } else if (sent) {
        printf("%s\n", in_words("已送出", "sent"));
    } else {
        printf("%s: %s\n",
               outcome->permanent
                   ? in_words("未送出，再试也一样", "not sent, and another try will not help")
                   : in_words("未送出，可以再试", "not sent, another try may help"),
               fault->text);
    }
    return sent ? 0 : 1;
}

static int trial_send(const char *directory, const char *address, const char *run, unsigned count)
{
    struct conf *conf = NULL;
    struct fault fault = {0};
    struct channel_outcome outcome = {0};
    size_t length = strcspn(address, ":");
    const struct channel *channel = address[length] ? channel_find(address, length) : NULL;
    if (!channel) {
        fprintf(
            stderr, "jishi: %s%s\n",
            in_words("地址写作 渠道:地址；渠道有 ", "an address is CHANNEL:ADDRESS; channels: "),
            channel_names());
        return 2;
    }
    if (conf_open(directory, &conf, &fault) != STATUS_OK) {
        fprintf(stderr, "jishi: %s\n", fault.text);
        return 2;
    }
    struct trial *trial = calloc(1, sizeof *trial);
    CHECK(trial != NULL);
    trial_fill(trial, run, count);
    struct channel_options options = {.directory = directory,
                                      .origin = conf_text(conf, "origin", "jishi.local/log"),
                                      .conf = conf};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    enum status status =
        channel->send(&options, trial->notices, count, address + length + 1, &outcome, &fault);
    curl_global_cleanup();
    free(trial);
    conf_close(conf);
    return answer(status, &outcome, &fault);
}

int cmd_notify(int argc, char **argv)
{
    int64_t count = 1;
    char now[32];
    const char *run = now;
    const struct option_spec specs[] = {
        {"count", 'n', OPTION_INT, &count, "N", "合并为一条的提醒数（1–200，默认 1）",
         "reminders in one message (1 to 200; default 1)"},
        {"id", 0, OPTION_TEXT, &run, "ID", "提醒编号中的标识（默认当前时间）",
         "what makes the key of the reminder (default: the time)"},
        {0}};
    struct options options = {"notify", "DIR CHANNEL:ADDRESS", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 2)
        return options_wrong(&options, "DIR CHANNEL:ADDRESS");
    if (count < 1 || count > TRIAL_COUNT_MAX)
        return options_wrong(&options, "--count 1..200");
    snprintf(now, sizeof now, "%lld", (long long)clock_now_us());
    return trial_send(argv[0], argv[1], run, (unsigned)count);
}
