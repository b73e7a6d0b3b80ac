/* feishu.c - a group's robot of Feishu (飞书): key in the path, signature in the body; a body of at
 * most 20 kB; 100 messages a minute, 5 a second. */
#include <stdio.h>
#include <string.h>

#include "cmd/notify/robot.h"
#include "cmd/notify/sign.h"

#define MINUTE_MS INT64_C(60000)

static void address(const struct robot_message *message, struct buffer *out)
{
    size_t length = strlen(message->url);
    buffer_addf(out, "%s%s%s", message->url, length && message->url[length - 1] == '/' ? "" : "/",
                message->token);
}

static json_t *text(const struct robot_message *message)
{
    struct buffer whole;
    buffer_init(&whole);
    buffer_add_text(&whole, message->text);
    if (*message->who)
        buffer_addf(&whole, "\n<at user_id=\"%s\"></at>", message->who);
    json_t *json = json_pack("{s:s}", "text", buffer_text(&whole));
    buffer_done(&whole);
    return json;
}

/* Its rich text: a title and paragraphs; the first line of the text is the title already. */
static json_t *post(const struct robot_message *message)
{
    const char *rest = message->text + strcspn(message->text, "\n");
    json_t *line = json_pack("[{s:s,s:s}]", "tag", "text", "text", rest + strspn(rest, "\n"));
    if (*message->who)
        json_array_append_new(line, json_pack("{s:s,s:s}", "tag", "at", "user_id", message->who));
    return json_pack("{s:{s:{s:s,s:[o]}}}", "post", "zh_cn", "title", message->title, "content",
                     line);
}

static json_t *body(const struct robot_message *message)
{
    json_t *json = json_pack("{s:s}", "msg_type", message->markdown ? "post" : "text");
    json_object_set_new(json, "content", message->markdown ? post(message) : text(message));
    if (*message->secret) {
        char sign[SIGNATURE_TEXT_SIZE], timestamp[24];
        int64_t seconds = message->now_ms / 1000;
        snprintf(timestamp, sizeof timestamp, "%lld", (long long)seconds);
        feishu_sign(message->secret, seconds, sign);
        json_object_set_new(json, "timestamp", json_string(timestamp));
        json_object_set_new(json, "sign", json_string(sign));
    }
    return json;
}

static const struct robot_code codes[] = {
    {11232, MINUTE_MS, NULL}, /* too many; worst at full and half hours */
    {11233, MINUTE_MS, NULL},
    {230020, MINUTE_MS, NULL},
    {9499, MINUTE_MS, "too many"},
    {9499, ROBOT_PERMANENT, NULL},  /* malformed */
    {19001, ROBOT_PERMANENT, NULL}, /* no such key */
    {19002, ROBOT_PERMANENT, NULL},
    {19021, ROBOT_PERMANENT, NULL}, /* signature, or the clock is an hour off */
    {19022, ROBOT_PERMANENT, NULL}, /* IP */
    {19024, ROBOT_PERMANENT, NULL}, /* keyword */
    {0, 0, NULL},
};

const struct robot feishu_robot = {.channel = "feishu",
                                   .url = "https://open.feishu.cn/open-apis/bot/v2/hook",
                                   .code_field = "code",
                                   .text_field = "msg",
                                   .text_max = 18000,
                                   .markdown_max = 18000,
                                   .body_max = 20000,
                                   .mobiles_in_markdown = false,
                                   .mobiles = false,
                                   .address = address,
                                   .body = body,
                                   .codes = codes};
