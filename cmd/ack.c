/* ack.c - `jishi ack DIR --key MEMBER KEY`: a recipient says that a reminder has reached him (收到).
 *
 * KEY is the text that the reminder carries, in a mail its X-Jishi-Key. Saying it again is no error. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/access.h"
#include "cmd/answer_print.h"
#include "cmd/commands.h"
#include "cmd/options.h"

static int acknowledge(struct jishi_client *client, const char *key, int timeout_ms)
{
    char error[JISHI_ERROR_SIZE] = "";
    struct jishi_answer answer;
    json_t *json = json_pack("{s:s,s:{s:s}}", "verb", "acknowledge", "args", "key", key);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    struct jishi_command *command = text ? jishi_command(client, text, error) : NULL;
    free(text);
    json_decref(json);
    if (!command) {
        fprintf(stderr, "jishi ack: %s\n", error[0] ? error : key);
        return 2;
    }
    jishi_do(client, command, timeout_ms, &answer);
    int code = answer_print(&answer);
    jishi_answer_done(&answer);
    jishi_command_free(command);
    return code;
}

int cmd_ack(int argc, char **argv)
{
    static struct access access = {.timeout_ms = ACCESS_TIMEOUT_MS};
    static const struct option_spec specs[] = {ACCESS_OPTIONS(access), {0}};
    struct options options = {"ack", "DIR --key MEMBER KEY", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (!access.key || argc != (access.connect ? 1 : 2))
        return options_wrong(&options, "DIR --key MEMBER KEY");
    struct jishi_client *client = access_open(&access, access.key, &argc, &argv);
    if (!client)
        return 2;
    code = acknowledge(client, argv[0], (int)access.timeout_ms);
    jishi_close(client);
    return code;
}
