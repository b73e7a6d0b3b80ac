/* submit.c - `jishi submit`: commands as NDJSON on standard input, answers as NDJSON on standard
 * output, in order.
 *
 * Commands travel in bundles, one signature each. A line that carries its own `id` may be sent
 * again without harm: what is on record already is answered as it was, so an interrupted file is
 * resumed by submitting it again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/access.h"
#include "cmd/commands.h"
#include "cmd/limits.h"
#include "cmd/options.h"
#include "core/command.h"

#define BUNDLE_BYTES_MAX                                                                           \
    45000 /* of JSON; the same in msgpack is shorter, with room for signatures and salts */

struct submitting {
    struct jishi_client *client;
    int timeout_ms;
    int64_t bundle_max;
    struct jishi_command *commands[BUNDLE_MAX];
    size_t count, bytes;
    int64_t accepted, others, unknown;
};

static void send_bundle(struct submitting *submitting)
{
    struct jishi_answer answers[BUNDLE_MAX];
    if (submitting->count == 0)
        return;
    jishi_do_bundle(submitting->client, submitting->commands, submitting->count,
                    submitting->timeout_ms, answers);
    for (size_t i = 0; i < submitting->count; i++) {
        printf("%s\n", answers[i].json);
        submitting->accepted += answers[i].status == JISHI_ACCEPTED;
        submitting->unknown +=
            answers[i].status == JISHI_UNKNOWN || answers[i].status == JISHI_ERROR;
        submitting->others += answers[i].status == JISHI_REFUSED ||
                              answers[i].status == JISHI_CONFLICT ||
                              answers[i].status == JISHI_INVALID;
        jishi_answer_done(&answers[i]);
        jishi_command_free(submitting->commands[i]);
    }
    fflush(stdout);
    submitting->count = submitting->bytes = 0;
}

static bool take_line(struct submitting *submitting, const char *line, long number)
{
    char error[JISHI_ERROR_SIZE] = "";
    size_t size = strlen(line);
    if (submitting->bytes + size > BUNDLE_BYTES_MAX)
        send_bundle(submitting);
    struct jishi_command *command = jishi_command(submitting->client, line, error);
    if (!command) {
        send_bundle(submitting);
        fprintf(stderr,
                in_words("jishi submit：第 %ld 行：%s；从这一行起都没有发出\n",
                         "jishi submit: line %ld: %s; this line and what follows were not sent\n"),
                number, error);
        return false;
    }
    submitting->commands[submitting->count++] = command;
    submitting->bytes += size + 200;
    if (submitting->count == (size_t)submitting->bundle_max)
        send_bundle(submitting);
    return submitting->unknown == 0;
}

int cmd_submit(int argc, char **argv)
{
    static struct access access = {.timeout_ms = 60000};
    static int64_t bundle = 64;
    static const struct option_spec specs[] = {
        ACCESS_OPTIONS(access),
        {"bundle", 0, OPTION_INT, &bundle, "N", "一次签名带几条命令，1–256（默认 64）",
         "commands under one signature, 1 to 256 (64)"},
        {0},
    };
    struct options options = {"submit", "DIR < COMMANDS.ndjson", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (bundle < 1 || bundle > BUNDLE_MAX)
        return options_wrong(&options, "--bundle");
    static struct submitting submitting;
    submitting = (struct submitting){.client = access_open(&access, "registrar", &argc, &argv),
                                     .timeout_ms = (int)access.timeout_ms,
                                     .bundle_max = bundle};
    if (!submitting.client)
        return 2;
    char *line = NULL;
    size_t capacity = 0;
    bool good = true;
    for (long number = 1; good && getline(&line, &capacity, stdin) > 0; number++)
        if (line[strspn(line, " \t\r\n")] != '\0')
            good = take_line(&submitting, line, number);
    send_bundle(&submitting);
    free(line);
    jishi_close(submitting.client);
    fprintf(stderr, "%s %lld, %s %lld, %s %lld\n", in_words("受理", "accepted"),
            (long long)submitting.accepted, in_words("未受理", "not accepted"),
            (long long)submitting.others, in_words("不知", "unknown"),
            (long long)submitting.unknown);
    return !good || submitting.unknown ? 2 : submitting.others ? 1 : 0;
}
