/* wecom.c - a group's robot of WeCom (企业微信): key in the address, no signature; text up to 2048
 * bytes, markdown up to 4096; at most 20 messages a minute. */
#include <curl/curl.h>
#include <string.h>

#include "cmd/notify/robot.h"

#define MINUTE_MS INT64_C(60000)

static void address(const struct robot_message *message, struct buffer *out)
{
    char *token = curl_easy_escape(NULL, message->token, 0);
    buffer_addf(out, "%s%skey=%s", message->url, strchr(message->url, '?') ? "&" : "?", token);
    curl_free(token);
}

static json_t *text(const struct robot_message *message)
{
    json_t *json = json_pack("{s:s}", "content", message->text);
    if (!*message->who)
        return json;
    const char *list = is_mobile(message->who) ? "mentioned_mobile_list" : "mentioned_list";
    const char *who = strcmp(message->who, "all") == 0 ? "@all" : message->who;
    json_object_set_new(json, list, json_pack("[s]", who));
    return json;
}

/* The mention counts towards the limit; it stands in front, where cutting does not reach. */
static json_t *markdown(const struct robot_message *message)
{
    struct buffer whole, fitting;
    buffer_init(&whole);
    buffer_init(&fitting);
    if (*message->who)
        buffer_addf(&whole, "<@%s>\n", message->who);
    buffer_add_text(&whole, message->text);
    text_cut(buffer_text(&whole), wecom_robot.markdown_max, &fitting);
    json_t *json = json_pack("{s:s}", "content", buffer_text(&fitting));
    buffer_done(&whole);
    buffer_done(&fitting);
    return json;
}

static json_t *body(const struct robot_message *message)
{
    const char *type = message->markdown ? "markdown" : "text";
    json_t *json = json_pack("{s:s}", "msgtype", type);
    json_object_set_new(json, type, message->markdown ? markdown(message) : text(message));
    return json;
}

static const struct robot_code codes[] = {
    {45009, MINUTE_MS, NULL},       /* more than 20 a minute */
    {45033, MINUTE_MS, NULL},       /* too many at once */
    {93000, ROBOT_PERMANENT, NULL}, /* no such key */
    {93004, ROBOT_PERMANENT, NULL}, /* robot stopped */
    {93008, ROBOT_PERMANENT, NULL}, /* not in the group */
    {60020, ROBOT_PERMANENT, NULL}, /* IP */
    {40008, ROBOT_PERMANENT, NULL}, /* kind of message */
    {40058, ROBOT_PERMANENT, NULL}, /* parameters, size */
    {44004, ROBOT_PERMANENT, NULL}, /* empty */
    {0, 0, NULL},
};

const struct robot wecom_robot = {.channel = "wecom",
                                  .url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
                                  .code_field = "errcode",
                                  .text_field = "errmsg",
                                  .text_max = 2048,
                                  .markdown_max = 4096,
                                  .body_max = 20000,
                                  .mobiles_in_markdown = false,
                                  .mobiles = true,
                                  .address = address,
                                  .body = body,
                                  .codes = codes};
