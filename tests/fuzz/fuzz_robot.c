/* fuzz_robot.c - what a robot answers, and what it is sent: any bytes as an answer come to an outcome;
 * any text as a message to JSON within the robot's limits. */
#include <stdlib.h>
#include <string.h>

#include "cmd/notify/robot.h"
#include "core/check.h"
#include "events/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer_read(const struct robot *robot, const uint8_t *data, size_t size)
{
    struct target target = {.channel = robot->channel, .name = "office"};
    struct channel_outcome outcome = {0};
    struct fault fault = {0};
    enum status status =
        robot_outcome(robot, &target, 200, (const char *)data, size, &outcome, &fault);
    CHECK(!outcome.permanent || outcome.retry_after_ms == 0);
    CHECK(status != STATUS_OK || !outcome.permanent);
}

static void message_write(const struct robot *robot, const char *text, bool markdown)
{
    struct robot_message message = {.title = "x",
                                    .text = text,
                                    .who = "zhang",
                                    .secret = "s",
                                    .markdown = markdown,
                                    .now_ms = 1};
    char *body = robot_body(robot, &message);
    CHECK(strlen(body) <= robot->body_max);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct robot *const robots[] = {&dingtalk_robot, &wecom_robot, &feishu_robot};
    char *text = malloc(size + 1);
    CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    bool is_text = text_is_utf8(text, strlen(text));
    for (unsigned i = 0; i < 3; i++) {
        answer_read(robots[i], data, size);
        for (unsigned markdown = 0; is_text && markdown < 2; markdown++)
            message_write(robots[i], text, markdown != 0);
    }
    free(text);
    return 0;
}
