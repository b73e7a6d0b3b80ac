/* robot.h - what the robots of DingTalk, WeCom and Feishu have in common: a message cut to size,
 * posted as JSON, and an answer that says in its body whether it arrived, under HTTP 200 too.
 *
 * Settings, in jishi.conf as CHANNEL.NAME.KEY: url (default: the vendor's), token_file (needed: the
 * robot's key), secret_file (its signing secret, where it has one), format (text or markdown),
 * keyword (put in front where the text has it not), ca_file, timeout_s, plain. */
#ifndef CMD_NOTIFY_ROBOT_H
#define CMD_NOTIFY_ROBOT_H

#include <jansson.h>
#include <stdbool.h>

#include "cmd/notify/settings.h"

struct robot_message {
    const char *title;
    const char *text; /* the title is its first line */
    const char *who;  /* to be mentioned: "", a mobile number, a user id, or "all" */
    const char *url, *token, *secret;
    bool markdown;
    int64_t now_ms;
};

#define ROBOT_PERMANENT (-1) /* another try would meet the same answer */

struct robot_code {
    int64_t code;
    int64_t retry_after_ms; /* or ROBOT_PERMANENT */
    const char
        *words; /* NULL: any; else this stands in the answer's text, or the line is no match */
};

struct robot {
    const char *channel;
    const char *url; /* the vendor's, without the robot's key */
    const char *code_field, *text_field;
    size_t text_max, markdown_max; /* bytes of a message's text */
    size_t body_max;               /* bytes of the whole JSON */
    bool mobiles_in_markdown;      /* can mention a mobile number there */
    bool mobiles;                  /* can at all */
    void (*address)(const struct robot_message *message, struct buffer *out);
    json_t *(*body)(const struct robot_message *message);
    const struct robot_code *codes; /* ends with code 0 */
};

extern const struct robot dingtalk_robot, wecom_robot, feishu_robot;

/* The JSON, its text cut until it fits. The caller frees it. */
char *robot_body(const struct robot *robot, const struct robot_message *message);
/* What an answer says. */
enum status robot_outcome(const struct robot *robot, const struct target *target, long http_code,
                          const char *body, size_t size, struct channel_outcome *ret_outcome,
                          struct fault *fault);

/* At most `max` bytes of UTF-8, cut between characters; what was cut ends in an ellipsis. */
void text_cut(const char *text, size_t max, struct buffer *out);
/* A robot's own marks begin with "<": a title shall not mention everybody. */
void text_disarm(const char *text, struct buffer *out);
bool is_mobile(const char *who);

#endif
