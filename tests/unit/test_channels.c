/* test_channels.c - signatures against fixed vectors, messages cut to size, what an answer means,
 * secrets, and programs that are run. What passes over a network: tests/integration/test_channels.py.
 *
 * The vectors were computed with Python's hmac and with openssl; that of the webhook is the one of
 * the Standard Webhooks specification. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/clock.h"
#include "cmd/notify/robot.h"
#include "cmd/notify/sign.h"
#include "events/codec.h"

static const struct notice talk = {.key = "duty/15/before/0",
                                   .kind = "before",
                                   .name = "LEAVE.answered",
                                   .title = "答复",
                                   .due = "2026-12-24",
                                   .day = "2026-12-10",
                                   .about = 15,
                                   .language = "zh"};

/* ---- signatures ---- */

static void dingtalk_signs_time_and_secret_with_the_secret(void **state)
{
    (void)state;
    char sign[SIGNATURE_TEXT_SIZE];
    dingtalk_sign("SEC-jishi-test-secret", 1767600000000, sign);
    assert_string_equal(sign, "vKTHqWo+G1IIcqcwujjAj+zCUKQKFyiAk3dTrLiMpQ8=");
}

static void feishu_signs_nothing_with_time_and_secret(void **state)
{
    (void)state;
    char sign[SIGNATURE_TEXT_SIZE];
    feishu_sign("SEC-jishi-test-secret", 1767600000, sign);
    assert_string_equal(sign, "1QhycTob7dSCptXDWew3Fqb9wcFecpVzaEPAj4g85A8=");
}

static void a_webhook_is_signed_as_the_specification_shows(void **state)
{
    (void)state;
    char sign[SIGNATURE_TEXT_SIZE];
    struct buffer body;
    buffer_init(&body);
    buffer_add_text(&body, "{\"test\": 2432232314}");
    webhook_sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                 1614265330, &body, sign);
    assert_string_equal(sign, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    buffer_clear(&body);
    buffer_add_text(&body, "{}");
    webhook_sign("plain secret", "duty/15/before/0", 1767600000, &body, sign);
    assert_string_equal(sign, "YUAYVnm9lZT0jYDZQk92x4L+bGYd8wUnzCz1s993brs=");
    buffer_done(&body);
}

/* ---- messages ---- */

static void a_text_is_cut_between_characters_wherever_the_limit_falls(void **state)
{
    (void)state;
    static const char text[] = "a谈é𠀀话谈话谈话";
    for (size_t max = 4; max < sizeof text + 3; max++) {
        struct buffer out;
        buffer_init(&out);
        text_cut(text, max, &out);
        assert_true(out.size <= max);
        assert_true(text_is_utf8(out.data, out.size));
        if (max >= sizeof text - 1)
            assert_string_equal(out.data, text);
        else
            assert_string_equal(out.data + out.size - 3, "…");
        buffer_done(&out);
    }
}

static char *long_text(size_t size)
{
    char *text = malloc(size + 8);
    size_t at = 0;
    at += (size_t)sprintf(text, "x\n");
    while (at + 4 < size)
        at += (size_t)sprintf(text + at, at % 5 ? "谈" : "\"\n");
    return text;
}

static json_t *body_of(const struct robot *robot, const struct robot_message *message,
                       size_t *ret_size)
{
    char *body = robot_body(robot, message);
    json_t *json = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    *ret_size = strlen(body);
    assert_non_null(json);
    free(body);
    return json;
}

static void messages_of_every_robot_keep_its_limits(void **state)
{
    (void)state;
    static const struct robot *const robots[] = {&dingtalk_robot, &wecom_robot, &feishu_robot};
    char *text = long_text(60000);
    for (unsigned i = 0; i < 3; i++)
        for (int markdown = 0; markdown < 2; markdown++) {
            struct robot_message message = {.title = "标题",
                                            .text = text,
                                            .who = i == 2 ? "ou_x" : "zhang",
                                            .secret = "s",
                                            .markdown = markdown,
                                            .now_ms = 1767600000000};
            size_t size;
            json_t *json = body_of(robots[i], &message, &size);
            assert_true(size <= 20000);
            assert_true(i == 1 || size > 17000); /* and no more is cut than need be */
            if (i == 1) {
                json_t *part = json_object_get(json, markdown ? "markdown" : "text");
                size_t length = json_string_length(json_object_get(part, "content"));
                assert_true(length <= (markdown ? 4096u : 2048u));
                assert_true(length > (markdown ? 4080u : 2032u));
            }
            json_decref(json);
        }
    free(text);
}

static const char *text_at(json_t *json, const char *one, const char *two)
{
    json_t *at = json_object_get(json, one);
    return json_string_value(two ? json_object_get(at, two) : at);
}

static void each_robot_mentions_in_its_own_way(void **state)
{
    (void)state;
    struct robot_message message = {
        .title = "标题", .text = "正文", .who = "13800001111", .secret = "", .now_ms = 1};
    size_t size;
    json_t *json = body_of(&dingtalk_robot, &message, &size);
    json_t *at = json_object_get(json_object_get(json, "at"), "atMobiles");
    assert_string_equal(json_string_value(json_array_get(at, 0)), "13800001111");
    json_decref(json);
    json = body_of(&wecom_robot, &message, &size);
    at = json_object_get(json_object_get(json, "text"), "mentioned_mobile_list");
    assert_string_equal(json_string_value(json_array_get(at, 0)), "13800001111");
    json_decref(json);
    message.who = "ou_abc";
    json = body_of(&feishu_robot, &message, &size);
    assert_string_equal(text_at(json, "content", "text"), "正文\n<at user_id=\"ou_abc\"></at>");
    assert_null(json_object_get(json, "sign")); /* without a secret */
    json_decref(json);
    message.markdown = true;
    json = body_of(&wecom_robot, &message, &size);
    assert_string_equal(text_at(json, "markdown", "content"), "<@ou_abc>\n正文");
    json_decref(json);
    json = body_of(&dingtalk_robot, &message, &size);
    assert_string_equal(text_at(json, "markdown", "text"), "正文\n\n@ou_abc");
    json_decref(json);
}

static void a_title_mentions_nobody(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out);
    text_disarm("<at user_id=\"all\"></at> <@all>", &out);
    assert_null(strchr(buffer_text(&out), '<'));
    buffer_done(&out);
}

/* ---- answers ---- */

static void what_a_robot_answers_decides_about_the_next_try(void **state)
{
    (void)state;
    static const struct {
        const struct robot *robot;
        long http;
        const char *body;
        enum status status;
        int64_t after_ms;
        bool permanent;
    } cases[] = {
        {&dingtalk_robot, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", STATUS_OK, 0, false},
        {&dingtalk_robot, 200, "{\"errcode\":130101}", STATUS_BUSY, 600000, false},
        {&dingtalk_robot, 200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}", STATUS_INVALID,
         0, true},
        {&dingtalk_robot, 200, "{\"errcode\":-1}", STATUS_BUSY, 0, false},
        {&dingtalk_robot, 200, "{\"errcode\":\"0\"}", STATUS_IO, 0, false},
        {&wecom_robot, 200, "{\"errcode\":45009}", STATUS_BUSY, 60000, false},
        {&wecom_robot, 200, "{\"errcode\":93000}", STATUS_INVALID, 0, true},
        {&wecom_robot, 200, "{\"errcode\":40058}", STATUS_INVALID, 0, true},
        {&feishu_robot, 200, "{\"code\":0,\"StatusCode\":0}", STATUS_OK, 0, false},
        {&feishu_robot, 200, "{\"code\":11232}", STATUS_BUSY, 60000, false},
        {&feishu_robot, 400, "{\"code\":11232}", STATUS_BUSY, 60000, false},
        {&feishu_robot, 200, "{\"code\":9499,\"msg\":\"too many request\"}", STATUS_BUSY, 60000,
         false},
        {&feishu_robot, 200, "{\"code\":9499,\"msg\":\"Bad Request\"}", STATUS_INVALID, 0, true},
        {&feishu_robot, 200, "{\"code\":19021}", STATUS_INVALID, 0, true},
        {&feishu_robot, 200, "{\"code\":19022}", STATUS_INVALID, 0, true},
        {&feishu_robot, 200, "{\"code\":19024}", STATUS_INVALID, 0, true},
        {&feishu_robot, 200, "<html>log in</html>", STATUS_IO, 0, false},
        {&feishu_robot, 200, "", STATUS_IO, 0, false},
        {&feishu_robot, 200, NULL, STATUS_IO, 0, false},
        {&feishu_robot, 200, "[1,2]", STATUS_IO, 0, false},
        {&feishu_robot, 502, "bad gateway", STATUS_IO, 0, false},
        {&feishu_robot, 404, "{\"code\":0}", STATUS_INVALID, 0, true},
        {&feishu_robot, 302, "", STATUS_INVALID, 0, true},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct target target = {.channel = cases[i].robot->channel, .name = "office"};
        struct channel_outcome outcome = {0};
        struct fault fault = {0};
        const char *body = cases[i].body;
        enum status status = robot_outcome(cases[i].robot, &target, cases[i].http, body,
                                           body ? strlen(body) : 0, &outcome, &fault);
        if (status != cases[i].status || outcome.retry_after_ms != cases[i].after_ms ||
            outcome.permanent != cases[i].permanent)
            fail_msg("%s %s: %s, %lld, %d", target.channel, body, status_name(status),
                     (long long)outcome.retry_after_ms, outcome.permanent);
    }
}

/* ---- settings ---- */

static char folder[] = "/tmp/jishi-channels-XXXXXX";
static struct conf *conf;
static struct channel_options options;

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static int open_folder(void **state)
{
    (void)state;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void configure(const char *text)
{
    struct fault fault;
    write_file("jishi.conf", text, 0600);
    conf_close(conf);
    conf = NULL;
    assert_int_equal(conf_open(folder, &conf, &fault), STATUS_OK);
    options = (struct channel_options){folder, "jishi.test/log", conf};
}

static int close_folder(void **state)
{
    static const char *const names[] = {"jishi.conf", "secret", "program", "seen"};
    char path[300];
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    conf_close(conf);
    conf = NULL;
    return rmdir(folder);
}

static void an_address_is_a_name_and_perhaps_somebody(void **state)
{
    (void)state;
    struct target target;
    struct fault fault;
    assert_int_equal(target_read("dingtalk", "office@+8613800001111", &target, &fault), STATUS_OK);
    assert_string_equal(target.name, "office");
    assert_string_equal(target.who, "+8613800001111");
    assert_int_equal(target_read("dingtalk", "office", &target, &fault), STATUS_OK);
    assert_string_equal(target.who, "");
    static const char *const wrong[] = {"",           "@x",  "office@",       "of fice",
                                        "office@a b", "a/b", "office@\"><at", "部门"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(target_read("dingtalk", wrong[i], &target, &fault), STATUS_INVALID);
    char longest[TARGET_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(target_read("dingtalk", longest, &target, &fault), STATUS_INVALID);
}

static enum status secret_of(mode_t mode, const char *text)
{
    struct buffer secret;
    struct fault fault;
    write_file("secret", text, mode);
    buffer_init(&secret);
    enum status status = secret_read(&options, "secret", &secret, &fault);
    if (status == STATUS_OK)
        assert_string_equal(buffer_text(&secret), "abc");
    secret_done(&secret);
    return status;
}

static void a_secret_that_others_may_read_is_not_used(void **state)
{
    (void)state;
    struct buffer secret;
    struct fault fault;
    configure("");
    assert_int_equal(secret_of(0600, "abc\r\n"), STATUS_OK);
    assert_int_equal(secret_of(0400, "abc"), STATUS_OK);
    assert_int_equal(secret_of(0640, "abc"), STATUS_DENIED);
    assert_int_equal(secret_of(0604, "abc"), STATUS_DENIED);
    assert_int_equal(secret_of(0600, "\n"), STATUS_INVALID);
    char *much = long_text(SECRET_SIZE_MAX + 100);
    assert_int_equal(secret_of(0600, much), STATUS_FULL);
    free(much);
    buffer_init(&secret);
    assert_int_equal(secret_read(&options, "missing", &secret, &fault), STATUS_NOT_FOUND);
    assert_int_equal(secret_read(&options, folder, &secret, &fault), STATUS_INVALID);
    secret_done(&secret);
}

static void what_is_not_configured_is_said_and_not_tried_again(void **state)
{
    (void)state;
    static const struct {
        channel_send *send;
        const char *conf, *words;
    } cases[] = {
        {dingtalk_send, "", "dingtalk.office.token_file"},
        {wecom_send, "wecom.office.token_file = missing\n", "missing"},
        {feishu_send, "", "feishu.office.token_file"},
        {webhook_send, "", "webhook.office.url"},
        {webhook_send, "webhook.office.url = https://localhost/\n", "webhook.office.secret_file"},
        {webhook_send,
         "webhook.office.url = http://127.evil.example/\nwebhook.office.secret_file = secret\n",
         "not https"},
        {webhook_send,
         "webhook.office.url = ftp://127.0.0.1/\nwebhook.office.secret_file = secret\n",
         "not https"},
        {command_send, "", "command.office.program"},
        {command_send, "command.office.program = send-sms\n", "whole path"},
        {command_send, "command.office.program = /missing/program\n", "/missing/program"},
        {smtp_send, "", "smtp ="},
        {smtp_send, "smtp = smtp://mail.example\nsmtp_user = x\nsmtp_password_file = secret\n",
         "smtp_tls = required"},
        {smtp_send, "smtp = smtp://127.0.0.1\nsmtp_tls = yes\n", "none, try or required"},
        {smtp_send, "smtp = smtp://127.0.0.1\nsmtp_user = x\n", "smtp_password_file"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct channel_outcome outcome = {0};
        struct fault fault = {0};
        configure(cases[i].conf);
        write_file("secret", "abc", 0600);
        assert_int_not_equal(cases[i].send(&options, &talk, 1, "office", &outcome, &fault),
                             STATUS_OK);
        if (!outcome.permanent || !strstr(fault.text, cases[i].words))
            fail_msg("%s: %s", cases[i].conf, fault.text);
    }
}

/* ---- programs ---- */

static enum status run_program(const char *script, const struct notice *notices, unsigned count,
                               const char *more, struct channel_outcome *ret_outcome)
{
    struct fault fault;
    char text[1000];
    write_file("program", script, 0700);
    snprintf(text, sizeof text, "command.sms.program = %s/program\n%s", folder, more);
    configure(text);
    return command_send(&options, notices, count, "sms@13800001111", ret_outcome, &fault);
}

static void a_program_gets_the_words_and_says_how_it_went(void **state)
{
    (void)state;
    static const struct {
        int code;
        enum status status;
        bool permanent;
    } cases[] = {{0, STATUS_OK, false}, {75, STATUS_BUSY, false}, {1, STATUS_INVALID, true}};
    for (unsigned i = 0; i < 3; i++) {
        struct channel_outcome outcome;
        char script[600], path[300];
        size_t size;
        snprintf(script, sizeof script,
                 "#!/bin/sh\n"
                 "{ echo \"$JISHI_TO|$JISHI_KEY|$JISHI_KIND|$JISHI_COUNT|$HOME|$#\"; cat; } "
                 ">%s/seen\nexit %d\n",
                 folder, cases[i].code);
        assert_int_equal(run_program(script, &talk, 1, "", &outcome), cases[i].status);
        assert_int_equal(outcome.permanent, cases[i].permanent);
        snprintf(path, sizeof path, "%s/seen", folder);
        FILE *file = fopen(path, "r");
        char seen[2000];
        size = fread(seen, 1, sizeof seen - 1, file);
        fclose(file);
        seen[size] = '\0';
        static const char first[] = "13800001111|duty/15/before/0|before|1||0\n【纪实】提醒：答复";
        assert_memory_equal(seen, first, sizeof first - 1);
    }
}

static void a_program_that_does_not_end_is_killed_in_time(void **state)
{
    (void)state;
    struct channel_outcome outcome;
    int64_t start = clock_mono_ms();
    assert_int_equal(run_program("#!/bin/sh\nexec sleep 60\n", &talk, 1,
                                 "command.sms.timeout_s = 1\n", &outcome),
                     STATUS_IO);
    assert_false(outcome.permanent);
    int64_t took = clock_mono_ms() - start;
    assert_true(took >= 1000 && took < 20000);
}

static void a_program_that_prints_without_end_is_killed(void **state)
{
    (void)state;
    struct channel_outcome outcome;
    assert_int_equal(run_program("#!/bin/sh\nexec yes\n", &talk, 1, "", &outcome), STATUS_IO);
    assert_false(outcome.permanent);
    assert_int_equal(run_program("#!/bin/sh\nkill -TERM $$\n", &talk, 1, "", &outcome), STATUS_IO);
}

static void a_program_need_not_read_what_it_is_given(void **state)
{
    (void)state;
    struct channel_outcome outcome;
    struct notice long_one = talk;
    long_one.subject = "x";
    long_one.body = long_text(400000); /* more than a pipe holds */
    assert_int_equal(run_program("#!/bin/sh\nexit 0\n", &long_one, 1, "", &outcome), STATUS_OK);
    assert_int_equal(run_program("#!/bin/sh\nexec wc -c\n", &long_one, 1, "", &outcome), STATUS_OK);
    free((char *)(uintptr_t)long_one.body);
}

/* As a parent may have left it: children are then not waited for, and their codes are lost. */
static void a_program_that_failed_is_no_success_where_ends_of_children_are_ignored(void **state)
{
    (void)state;
    struct channel_outcome outcome;
    struct sigaction ignored = {.sa_handler = SIG_IGN}, before, after;
    sigaction(SIGCHLD, &ignored, &before);
    enum status failed = run_program("#!/bin/sh\nexit 1\n", &talk, 1, "", &outcome);
    sigaction(SIGCHLD, &before, &after);
    assert_int_equal(failed, STATUS_INVALID);
    assert_true(outcome.permanent);
    assert_true(after.sa_handler == SIG_IGN);
}

int main(void)
{
#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dingtalk_signs_time_and_secret_with_the_secret),
        cmocka_unit_test(feishu_signs_nothing_with_time_and_secret),
        cmocka_unit_test(a_webhook_is_signed_as_the_specification_shows),
        cmocka_unit_test(a_text_is_cut_between_characters_wherever_the_limit_falls),
        cmocka_unit_test(messages_of_every_robot_keep_its_limits),
        cmocka_unit_test(each_robot_mentions_in_its_own_way),
        cmocka_unit_test(a_title_mentions_nobody),
        cmocka_unit_test(what_a_robot_answers_decides_about_the_next_try),
        IN_FOLDER(an_address_is_a_name_and_perhaps_somebody),
        IN_FOLDER(a_secret_that_others_may_read_is_not_used),
        IN_FOLDER(what_is_not_configured_is_said_and_not_tried_again),
        IN_FOLDER(a_program_gets_the_words_and_says_how_it_went),
        IN_FOLDER(a_program_that_failed_is_no_success_where_ends_of_children_are_ignored),
        IN_FOLDER(a_program_that_does_not_end_is_killed_in_time),
        IN_FOLDER(a_program_that_prints_without_end_is_killed),
        IN_FOLDER(a_program_need_not_read_what_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
