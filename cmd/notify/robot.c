/* robot.c - from notices to one message of a robot, and from its answer to an outcome. */
#include "cmd/notify/robot.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/notify/http.h"
#include "core/check.h"
#include "events/codec.h"

#define ELLIPSIS      "…"
#define TEXT_SIZE_MIN 64 /* of a text this fits whatever is in it */
#define CUT_PRECISION 64 /* bytes that may be cut for nothing */

/* ---- texts ---- */

void text_cut(const char *text, size_t max, struct buffer *out)
{
    size_t size = strlen(text), length = max - strlen(ELLIPSIS);
    if (size <= max) {
        buffer_add(out, text, size);
        return;
    }
    while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    buffer_add(out, text, length);
    buffer_add_text(out, ELLIPSIS);
}

void text_disarm(const char *text, struct buffer *out)
{
    for (; *text; text++)
        if (*text == '<')
            buffer_add_text(out, "＜");
        else
            buffer_add_char(out, *text);
}

bool is_mobile(const char *who)
{
    size_t sign = *who == '+', digits = strspn(who + sign, "0123456789-");
    return who[sign + digits] == '\0' && (sign ? digits >= 7 : digits == 11);
}

/* The title once, as the first line; a keyword that the robot asks for is there. */
static void message_text(const struct notice *notices, unsigned count, const char *keyword,
                         struct buffer *out)
{
    struct buffer text;
    buffer_init(&text);
    notices_brief(notices, count, &text);
    if (*keyword && !strstr(buffer_text(&text), keyword))
        buffer_addf(out, "【%s】", keyword);
    text_disarm(buffer_text(&text), out);
    buffer_done(&text);
}

static char *body_with(const struct robot *robot, const struct robot_message *message, size_t most)
{
    struct robot_message fitting = *message;
    struct buffer text;
    buffer_init(&text);
    text_cut(message->text, most, &text);
    fitting.text = buffer_text(&text);
    json_t *json = robot->body(&fitting);
    char *body = json_dumps(json, JSON_COMPACT);
    CHECK(body != NULL);
    json_decref(json);
    buffer_done(&text);
    return body;
}

/* How much longer a text gets as JSON depends on what is in it, so the cut is searched for. */
char *robot_body(const struct robot *robot, const struct robot_message *message)
{
    size_t most = message->markdown ? robot->markdown_max : robot->text_max;
    char *body = body_with(robot, message, most);
    if (strlen(body) <= robot->body_max)
        return body;
    size_t fits = TEXT_SIZE_MIN, too_long = most;
    while (too_long - fits > CUT_PRECISION) {
        size_t between = fits + (too_long - fits) / 2;
        free(body);
        body = body_with(robot, message, between);
        *(strlen(body) <= robot->body_max ? &fits : &too_long) = between;
    }
    free(body);
    return body_with(robot, message, fits);
}

/* ---- answers ---- */

/* A vendor's text goes into the record: ASCII of it, and not more than says what is wrong. */
static enum status refused(const struct robot *robot, const struct target *target, int64_t code,
                           const char *text, struct channel_outcome *ret_outcome,
                           struct fault *fault)
{
    const struct robot_code *line = robot->codes;
    while (line->code && (line->code != code || (line->words && !strstr(text, line->words))))
        line++;
    ret_outcome->permanent = line->code && line->retry_after_ms == ROBOT_PERMANENT;
    ret_outcome->retry_after_ms = line->code && !ret_outcome->permanent ? line->retry_after_ms : 0;
    return fault_set(fault, ret_outcome->permanent ? STATUS_INVALID : STATUS_BUSY, "%s %s: %s %lld",
                     target->channel, target->name, robot->code_field, (long long)code);
}

enum status robot_outcome(const struct robot *robot, const struct target *target, long http_code,
                          const char *body, size_t size, struct channel_outcome *ret_outcome,
                          struct fault *fault)
{
    struct http_answer plain = {.code = http_code};
    json_error_t error;
    json_t *json = json_loadb(body ? body : "", size, JSON_REJECT_DUPLICATES, &error);
    json_t *code = json_object_get(json, robot->code_field);
    const char *text = json_string_value(json_object_get(json, robot->text_field));
    enum status status = STATUS_OK;
    if (json_is_integer(code) && json_integer_value(code) != 0)
        status =
            refused(robot, target, json_integer_value(code), text ? text : "", ret_outcome, fault);
    else if (http_code < 200 || http_code >= 300)
        status = http_outcome(target, &plain, ret_outcome, fault);
    else if (!json_is_integer(code)) /* a proxy's page, a login: nothing arrived */
        status = fault_set(fault, STATUS_IO, "%s %s: the answer has no %s", target->channel,
                           target->name, robot->code_field);
    json_decref(json);
    return status;
}

/* ---- sending ---- */

static enum status post(const struct robot *robot, const struct channel_options *options,
                        const struct target *target, const struct robot_message *message,
                        struct channel_outcome *ret_outcome, struct fault *fault)
{
    static const char *const headers[] = {"Content-Type: application/json; charset=utf-8", NULL};
    struct http_answer answer;
    struct buffer url;
    buffer_init(&url);
    robot->address(message, &url);
    char *body = robot_body(robot, message);
    struct http_request request = {buffer_text(&url), headers, body, strlen(body)};
    enum status status = http_post(options, target, &request, &answer, ret_outcome, fault);
    if (status == STATUS_OK)
        status = robot_outcome(robot, target, answer.code, answer.body.data, answer.body.size,
                               ret_outcome, fault);
    if (status != STATUS_OK && !ret_outcome->permanent &&
        answer.retry_after_ms > ret_outcome->retry_after_ms)
        ret_outcome->retry_after_ms = answer.retry_after_ms;
    buffer_done(&answer.body);
    secret_done(&url);
    free(body);
    return status;
}

static enum status who_check(const struct robot *robot, const struct target *target, bool markdown,
                             struct fault *fault)
{
    if (!is_mobile(target->who) || (markdown ? robot->mobiles_in_markdown : robot->mobiles))
        return STATUS_OK;
    return fault_set(fault, STATUS_INVALID,
                     "recipients.conf: %s %s cannot mention a mobile number%s", target->channel,
                     target->name, robot->mobiles ? " in markdown" : "");
}

static enum status prepare(const struct robot *robot, const struct channel_options *options,
                           const char *address, struct target *target, struct buffer *token,
                           struct buffer *secret, struct fault *fault)
{
    enum status status = target_read(robot->channel, address, target, fault);
    if (status == STATUS_OK && !*target_setting(options, target, "token_file", ""))
        status = fault_set(fault, STATUS_NOT_FOUND, "jishi.conf names no %s.%s.token_file",
                           robot->channel, target->name);
    if (status == STATUS_OK)
        status = target_secret(options, target, "token_file", token, fault);
    if (status == STATUS_OK)
        status = target_secret(options, target, "secret_file", secret, fault);
    return status;
}

static enum status robot_send(const struct robot *robot, const struct channel_options *options,
                              const struct notice *notices, unsigned count, const char *address,
                              struct channel_outcome *ret_outcome, struct fault *fault)
{
    struct target target = {.channel = robot->channel};
    struct buffer token, secret, title, text;
    struct buffer *const all[] = {&token, &secret, &title, &text};
    *ret_outcome = (struct channel_outcome){0};
    for (unsigned i = 0; i < 4; i++)
        buffer_init(all[i]);
    enum status status = prepare(robot, options, address, &target, &token, &secret, fault);
    bool markdown = status == STATUS_OK &&
                    strcmp(target_setting(options, &target, "format", "text"), "markdown") == 0;
    if (status == STATUS_OK)
        status = who_check(robot, &target, markdown, fault);
    const char *keyword =
        status == STATUS_OK ? target_setting(options, &target, "keyword", "") : "";
    if (!text_is_utf8(keyword, strlen(keyword)))
        status = fault_set(fault, STATUS_INVALID, "%s.%s.keyword is not UTF-8", robot->channel,
                           target.name);
    ret_outcome->permanent = status != STATUS_OK;
    if (status == STATUS_OK) {
        notices_subject(notices, count, &title);
        message_text(notices, count, keyword, &text);
        struct robot_message message = {.title = buffer_text(&title),
                                        .text = buffer_text(&text),
                                        .who = target.who,
                                        .url = target_setting(options, &target, "url", robot->url),
                                        .token = buffer_text(&token),
                                        .secret = buffer_text(&secret),
                                        .markdown = markdown,
                                        .now_ms = clock_now_us() / 1000};
        status = post(robot, options, &target, &message, ret_outcome, fault);
    }
    for (unsigned i = 0; i < 4; i++)
        secret_done(all[i]);
    return status;
}

enum status dingtalk_send(const struct channel_options *options, const struct notice *notices,
                          unsigned count, const char *address, struct channel_outcome *ret_outcome,
                          struct fault *fault)
{
    return robot_send(&dingtalk_robot, options, notices, count, address, ret_outcome, fault);
}

enum status wecom_send(const struct channel_options *options, const struct notice *notices,
                       unsigned count, const char *address, struct channel_outcome *ret_outcome,
                       struct fault *fault)
{
    return robot_send(&wecom_robot, options, notices, count, address, ret_outcome, fault);
}

enum status feishu_send(const struct channel_options *options, const struct notice *notices,
                        unsigned count, const char *address, struct channel_outcome *ret_outcome,
                        struct fault *fault)
{
    return robot_send(&feishu_robot, options, notices, count, address, ret_outcome, fault);
}
