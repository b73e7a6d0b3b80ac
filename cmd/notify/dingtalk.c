/* dingtalk.c - a group's robot of DingTalk (钉钉): key and signature in the address, at most 20
 * messages a minute, then blocked for 10 minutes. */
#include <curl/curl.h>
#include <string.h>

#include "cmd/notify/robot.h"
#include "cmd/notify/sign.h"

#define BLOCKED_MS INT64_C(600000)

static void address(const struct robot_message *message, struct buffer *out)
{
    char sign[SIGNATURE_TEXT_SIZE];
    char *token = curl_easy_escape(NULL, message->token, 0);
    buffer_addf(out, "%s%saccess_token=%s", message->url, strchr(message->url, '?') ? "&" : "?",
                token);
    curl_free(token);
    if (!*message->secret)
        return;
    dingtalk_sign(message->secret, message->now_ms, sign);
    char *escaped = curl_easy_escape(NULL, sign, 0);
    buffer_addf(out, "&timestamp=%lld&sign=%s", (long long)message->now_ms, escaped);
    curl_free(escaped);
}

/* In its markdown only an empty line breaks a line, and only who stands in the text is mentioned. */
static json_t *markdown(const struct robot_message *message)
{
    struct buffer text;
    buffer_init(&text);
    for (const char *at = message->text; *at; at++) {
        buffer_add_char(&text, *at);
        if (*at == '\n' && at[1] && at[1] != '\n' && (at == message->text || at[-1] != '\n'))
            buffer_add_char(&text, '\n');
    }
    if (*message->who && strcmp(message->who, "all") != 0)
        buffer_addf(&text, "\n\n@%s", message->who);
    json_t *json = json_pack("{s:s,s:s}", "title", message->title, "text", buffer_text(&text));
    buffer_done(&text);
    return json;
}

static json_t *body(const struct robot_message *message)
{
    const char *type = message->markdown ? "markdown" : "text";
    json_t *json = json_pack("{s:s}", "msgtype", type);
    json_object_set_new(json, type,
                        message->markdown ? markdown(message)
                                          : json_pack("{s:s}", "content", message->text));
    if (!*message->who)
        return json;
    if (strcmp(message->who, "all") == 0)
        json_object_set_new(json, "at", json_pack("{s:b}", "isAtAll", 1));
    else
        json_object_set_new(json, "at",
                            json_pack("{s:[s]}",
                                      is_mobile(message->who) ? "atMobiles" : "atUserIds",
                                      message->who));
    return json;
}

static const struct robot_code codes[] = {
    {130101, BLOCKED_MS, NULL},      /* too many: blocked */
    {410100, BLOCKED_MS, NULL},      /* too fast */
    {90030, BLOCKED_MS, NULL},       /* webhook over limit */
    {310000, ROBOT_PERMANENT, NULL}, /* keyword, signature or IP does not fit */
    {300001, ROBOT_PERMANENT, NULL}, /* no such token */
    {300005, ROBOT_PERMANENT, NULL}, {400101, ROBOT_PERMANENT, NULL},
    {400102, ROBOT_PERMANENT, NULL}, /* robot stopped */
    {400106, ROBOT_PERMANENT, NULL}, /* no such robot */
    {400013, ROBOT_PERMANENT, NULL}, /* group dissolved */
    {400105, ROBOT_PERMANENT, NULL}, /* kind of message not supported */
    {40035, ROBOT_PERMANENT, NULL},  /* parameters */
    {43004, ROBOT_PERMANENT, NULL},  /* header */
    {430101, ROBOT_PERMANENT, NULL}, /* link, text, image, content not allowed */
    {430102, ROBOT_PERMANENT, NULL}, {430103, ROBOT_PERMANENT, NULL},
    {430104, ROBOT_PERMANENT, NULL}, {0, 0, NULL},
};

const struct robot dingtalk_robot = {.channel = "dingtalk",
                                     .url = "https://oapi.dingtalk.com/robot/send",
                                     .code_field = "errcode",
                                     .text_field = "errmsg",
                                     .text_max = 18000,
                                     .markdown_max = 18000,
                                     .body_max = 20000,
                                     .mobiles_in_markdown = true,
                                     .mobiles = true,
                                     .address = address,
                                     .body = body,
                                     .codes = codes};
