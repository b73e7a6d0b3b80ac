/* calendar.c - `jishi calendar DIR MEMBER`: makes, renews or revokes the secret address of a
 * member's calendar feed, which `jishi web` serves. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/calendar_tokens.h"
#include "cmd/client/client.h"
#include "cmd/commands.h"
#include "cmd/conf.h"
#include "cmd/options.h"
#include "cmd/plain.h"
#include "cmd/web.h"

#define ASK_MS 5000

static int say(const struct fault *fault, int code)
{
    fprintf(stderr, "jishi calendar: %s\n", fault->text);
    return code;
}

static int list(const char *directory)
{
    struct calendar_tokens tokens;
    struct fault fault;
    if (calendar_tokens_read(directory, &tokens, &fault) != STATUS_OK)
        return say(&fault, 2);
    for (unsigned i = 0; i < tokens.count; i++)
        plain_line(stdout, "%s  %s%s", tokens.items[i].member,
                   tokens.items[i].english ? "en" : "zh",
                   tokens.items[i].subjects ? "  names" : "");
    calendar_tokens_done(&tokens);
    return 0;
}

/* Is there such a member? Asked of the projector; 0 yes. */
static int member_ask(const char *directory, const char *member)
{
    char error[JISHI_ERROR_SIZE] = "";
    struct fault fault = {0};
    struct jishi_client *client = web_client_open(directory, &fault);
    if (!client)
        return say(&fault, 2);
    char *args = NULL, *text = NULL;
    json_t *json = json_pack("{s:s}", "member", member);
    if (json)
        args = json_dumps(json, JSON_COMPACT);
    if (args)
        text = jishi_query(client, "calendar", args, 0, ASK_MS, error);
    json_t *answer = text ? json_loads(text, 0, NULL) : NULL;
    const char *status = json_string_value(json_object_get(answer, "status"));
    int code = !status ? 2 : strcmp(status, "ok") == 0 ? 0 : strcmp(status, "invalid") == 0 ? 1 : 2;
    if (code)
        fprintf(stderr, "jishi calendar: %s\n",
                code == 1 ? in_words("没有这个成员，或其密钥已全部作废",
                                     "no such member, or all his keys are revoked")
                : status  ? status
                          : error);
    json_decref(answer);
    json_decref(json);
    free(args);
    free(text);
    jishi_close(client);
    return code;
}

static int print_address(const char *directory, const char *token)
{
    struct conf *conf;
    struct fault fault;
    char here[64];
    if (conf_open(directory, &conf, &fault) != STATUS_OK)
        return say(&fault, 2);
    snprintf(here, sizeof here, "http://127.0.0.1:%d",
             (int)conf_int(conf, "port_web", WEB_PORT_DEFAULT));
    printf("%s/calendar/%s.ics\n", conf_text(conf, "web_url", here), token);
    if (conf_int(conf, "port_web", 0) == 0)
        fprintf(stderr, "%s\n",
                in_words("提示：jishi.conf 尚未设 port_web，jishi up 不会启动 web",
                         "note: jishi.conf has no port_web, so jishi up does not start web"));
    conf_close(conf);
    fprintf(stderr, "%s\n",
            in_words("此地址即凭证，只显示这一次；泄露了就 --renew 或 --revoke",
                     "the address is the secret and is shown only now; if it gets out: --renew or "
                     "--revoke"));
    return 0;
}

static int make(const char *directory, const char *member, bool renew, bool subjects)
{
    struct calendar_tokens tokens;
    struct calendar_token wanted = {.english = strcmp(language(), "en") == 0, .subjects = subjects};
    struct fault fault;
    char text[TOKEN_TEXT_LENGTH + 1] = "";
    if (calendar_tokens_read(directory, &tokens, &fault) != STATUS_OK)
        return say(&fault, 2);
    bool there = calendar_token_of(&tokens, member) != NULL;
    calendar_tokens_done(&tokens);
    if (there && !renew) {
        fprintf(stderr, "jishi calendar: %s\n",
                in_words("该成员已有日历地址；换新地址用 --renew，旧的随即失效",
                         "this member has an address; --renew makes another and ends the old one"));
        return 1;
    }
    int code = member_ask(directory, member);
    if (code)
        return code;
    if (calendar_token_change(directory, member, &wanted, text, &fault) != STATUS_OK)
        return say(&fault, 2);
    return print_address(directory, text);
}

int cmd_calendar(int argc, char **argv)
{
    static bool renew, revoke, lists, subjects;
    static const struct option_spec specs[] = {
        {"renew", 0, OPTION_FLAG, &renew, NULL, "换一个新地址，旧地址失效",
         "another address; the old one ends"},
        {"revoke", 0, OPTION_FLAG, &revoke, NULL, "收回地址", "end the address"},
        {"names", 0, OPTION_FLAG, &subjects, NULL, "标题写明所涉对象编号（默认只写事项编号）",
         "titles say whom a duty is about, by its id (default: only the case's number)"},
        {"list", 0, OPTION_FLAG, &lists, NULL, "列出有日历地址的成员", "members with an address"},
        {0}};
    struct options options = {"calendar", "DIR MEMBER", specs};
    struct fault fault;
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (sodium_init() < 0)
        return 2;
    if (lists && argc == 1)
        return list(argv[0]);
    if (argc != 2 || lists || (renew && revoke))
        return options_wrong(&options, "DIR MEMBER [--renew | --revoke]");
    if (strpbrk(argv[1], "\r\n") || strlen(argv[1]) > NAME_SIZE_MAX || !*argv[1])
        return options_wrong(&options, "MEMBER");
    if (!revoke)
        return make(argv[0], argv[1], renew, subjects);
    if (calendar_token_change(argv[0], argv[1], NULL, NULL, &fault) != STATUS_OK)
        return say(&fault, 2);
    return 0;
}
