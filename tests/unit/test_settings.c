/* test_settings.c - who is reached how, the rules of channels as jishi.conf writes them, and which
 * channels are stopped. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "cmd/book.h"
#include "cmd/conf_names.h"
#include "cmd/send_conf.h"
#include "cmd/stopped.h"

static char folder[64];
static struct fault fault;

static int make_folder(void **state)
{
    (void)state;
    char run[100];
    snprintf(folder, sizeof folder, "/tmp/jishi-settings-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(run, sizeof run, "%s/run", folder);
    return mkdir(run, 0700);
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *write_file(const char *name, const char *text)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* ---- the book ---- */

static void a_book_says_channel_address_and_whether_it_is_a_digest(void **state)
{
    (void)state;
    struct book *book;
    struct route route = {.channel = "file"};
    const char *path = write_file("recipients.conf", "# who\n\n"
                                                     "wang = smtp:wang@example.org\r\n"
                                                     "  li=feishu:https://h/1?a=b  digest \n"
                                                     "wang = smtp:later@example.org");
    assert_int_equal(book_open(path, &book, &fault), STATUS_OK);
    assert_true(book_route(book, "li", &route));
    assert_string_equal(route.channel, "feishu");
    assert_string_equal(route.address, "https://h/1?a=b");
    assert_true(route.digest);
    assert_true(book_route(book, "wang", &route)); /* the last line of a member holds */
    assert_string_equal(route.address, "later@example.org");
    assert_false(route.digest);
    assert_false(book_route(book, "chen", &route));
    book_close(book);
}

static void a_line_that_cannot_be_read_is_named_and_the_others_hold(void **state)
{
    (void)state;
    static const char *const bad[] = {"wang smtp:x",    "a b = smtp:x", "wang = smtp",
                                      "wang = SM TP:x", "wang = smtp:", "wang = smtp:x daily",
                                      "= smtp:x",       "wang = :x"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct book *book;
        struct route route;
        char text[200];
        snprintf(text, sizeof text, "li = pager:1\n%s\nchen = pager:2\n", bad[i]);
        assert_int_equal(book_open(write_file("recipients.conf", text), &book, &fault),
                         STATUS_INVALID);
        assert_non_null(strstr(fault.text, "recipients.conf:2: "));
        assert_int_equal(book_count(book), 2);
        assert_true(book_route(book, "chen", &route));
        book_close(book);
    }
}

static void without_a_book_nobody_is_in_it(void **state)
{
    (void)state;
    struct book *book;
    struct route route;
    char path[100];
    snprintf(path, sizeof path, "%s/recipients.conf", folder);
    assert_int_equal(book_open(path, &book, &fault), STATUS_OK);
    assert_false(book_route(book, "wang", &route));
    book_close(book);
}

/* ---- rules ---- */

static enum status rule_of(const char *text, const char *channel, struct send_rule *ret_rule)
{
    struct conf *conf;
    write_file("jishi.conf", text);
    assert_int_equal(conf_open(folder, &conf, &fault), STATUS_OK);
    enum status status = send_conf_rule(conf, channel, ret_rule, &fault);
    conf_close(conf);
    return status;
}

static void what_is_said_of_one_channel_goes_before_what_is_said_of_all(void **state)
{
    (void)state;
    static const char text[] = "remind_hour = 08:40\nsend_hours = 08:30-18:00\n"
                               "send_hours.smtp = always\nsend_days = workdays\n"
                               "send_exempt = overdue\nrate.smtp = 30/min\nrate_by.smtp = channel\n"
                               "send_spread.smtp = 5\ndigest = feishu, smtp\ndigest_wait = 90\n";
    struct send_rule rule;
    assert_int_equal(rule_of(text, "smtp", &rule), STATUS_OK);
    assert_int_equal(rule.until_minute, DAY_MINUTES);
    assert_int_equal(rule.limit_count, 1);
    assert_int_equal(rule.limits[0].count, 30);
    assert_int_equal(rule.rate_by, RATE_BY_CHANNEL);
    assert_int_equal(rule.spread, 5);
    assert_int_equal(rule.spread_from_minute, 8 * 60 + 40);
    assert_int_equal(rule.digest_wait_ms, 90000);
    assert_true(rule.workdays_only && rule.digest);
    assert_int_equal(rule.exempt, 1u << KIND_overdue);
    assert_int_equal(rule_of(text, "sm", &rule), STATUS_OK);
    assert_int_equal(rule.from_minute, 8 * 60 + 30);
    assert_false(rule.digest);
    assert_int_equal(rule.limit_count, 0);
}

static void with_nothing_said_the_published_rates_hold_and_reminders_begin_at_ten_to_nine(
    void **state)
{
    (void)state;
    struct send_rule rule;
    assert_int_equal(rule_of("", "dingtalk", &rule), STATUS_OK);
    assert_int_equal(rule.limit_count, 2);
    assert_int_equal(rule.spread, 9);
    assert_int_equal(rule.spread_from_minute, 8 * 60 + 50);
}

static void a_setting_that_cannot_be_read_is_named_and_the_default_holds(void **state)
{
    (void)state;
    static const char *const bad[] = {"rate.feishu = often",    "send_hours = late",
                                      "send_days = sundays",    "send_exempt.feishu = me",
                                      "send_spread = 60",       "rate_by.feishu = person",
                                      "digest_wait = a minute", "remind_hour = 25:00"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct send_rule rule;
        char name[40];
        assert_int_equal(rule_of(bad[i], "feishu", &rule), STATUS_INVALID);
        assert_int_equal(sscanf(bad[i], "%39s", name), 1);
        assert_non_null(strstr(fault.text, name));
        assert_int_equal(rule.limit_count, 3);
        assert_int_equal(rule.spread, 9);
        assert_int_equal(rule.until_minute, DAY_MINUTES);
    }
}

static void an_hour_that_no_day_has_leaves_reminders_at_ten_to_nine(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t minute;
        enum status status;
    } hours[] = {{"", 530, STATUS_OK},
                 {"remind_hour = 07:05\n", 425, STATUS_OK},
                 {"remind_hour = 24:00\n", 530, STATUS_INVALID},
                 {"remind_hour = 9\n", 530, STATUS_INVALID}};
    for (unsigned i = 0; i < sizeof hours / sizeof hours[0]; i++) {
        struct conf *conf;
        int32_t minute = 0;
        write_file("jishi.conf", hours[i].text);
        assert_int_equal(conf_open(folder, &conf, &fault), STATUS_OK);
        assert_int_equal(send_conf_remind_minute(conf, &minute, &fault), hours[i].status);
        assert_int_equal(minute, hours[i].minute);
        conf_close(conf);
    }
}

/* ---- names ---- */

static void names_that_are_no_setting_are_told_from_those_that_are(void **state)
{
    (void)state;
    static const char *const known[] = {"origin",
                                        "remind_hour",
                                        "remind_hour.smtp",
                                        "rate.pager-2",
                                        "webhook.Gate_1.secret_file",
                                        "feishu.hr.keyword",
                                        "command.sms.program"};
    static const char *const unknown[] = {"",
                                          "remind_hours",
                                          "origin.smtp",
                                          "rate.",
                                          "rate.SMTP",
                                          "rate.smtp.more",
                                          "webhook.url",
                                          "webhook..url",
                                          "webhook.gate.keyword",
                                          "command.s ms.program",
                                          "CHANNEL",
                                          "Origin"};
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(conf_name_known(known[i]));
    for (unsigned i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_false(conf_name_known(unknown[i]));
}

static void the_nearest_setting_keeps_the_names_that_were_given(void **state)
{
    (void)state;
    static const struct {
        const char *name, *nearest;
    } cases[] = {{"remind_hours", "remind_hour"},
                 {"send_hour.smtp", "send_hours.smtp"},
                 {"webhook.gate.secretfile", "webhook.gate.secret_file"},
                 {"smtp_password", "smtp_password_file"},
                 {"dingding.hr.token_file", "dingtalk.hr.token_file"},
                 {"webhook.url", "webhook.NAME.url"},
                 {"colour", ""},
                 {"", ""}};
    char nearest[CONF_NAME_SIZE], lengthy[400];
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(conf_name_nearest(cases[i].name, nearest), cases[i].nearest);
    memset(lengthy, 'o', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    assert_string_equal(conf_name_nearest(lengthy, nearest), "");
    memcpy(lengthy, "rate.", 5);
    lengthy[CONF_NAME_SIZE - 1] = '\0';
    assert_true(strlen(conf_name_nearest(lengthy, nearest)) < CONF_NAME_SIZE);
}

/* ROBOT and ANY of the manual as one channel that has them all. */
static void setting_listed(const char *name, size_t size)
{
    static const char *const shorthand[] = {"ROBOT.", "ANY."};
    char whole[200];
    const char *channel = "";
    for (int i = 0; i < 2; i++)
        if (strncmp(name, shorthand[i], strlen(shorthand[i])) == 0) {
            channel = "feishu.";
            size -= strlen(shorthand[i]);
            name += strlen(shorthand[i]);
        }
    snprintf(whole, sizeof whole, "%s%.*s", channel, (int)size, name);
    char *any = strstr(whole, ".CHANNEL");
    if (any)
        memcpy(any, ".channel", 8);
    if (!conf_name_known(whole))
        fail_msg("cmd/README.md lists %s", whole);
}

static void every_setting_of_the_manual_is_known(void **state)
{
    (void)state;
    char line[2000];
    bool in_table = false;
    unsigned count = 0;
    FILE *file = fopen(SOURCE_DIR "/cmd/README.md", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        in_table = line[0] == '|' &&
                   (in_table || strncmp(line, "| setting in", strlen("| setting in")) == 0);
        char *end = in_table ? strchr(line + 1, '|') : NULL;
        if (end)
            *end = '\0';
        for (char *at = end ? strchr(line, '`') : NULL; at; count++) {
            char *close = strchr(at + 1, '`');
            assert_non_null(close);
            setting_listed(at + 1, (size_t)(close - at - 1));
            at = strchr(close + 1, '`');
        }
    }
    fclose(file);
    assert_true(count > 45);
}

static void a_line_that_is_no_setting_is_named_by_its_number(void **state)
{
    (void)state;
    struct conf *conf;
    char text[9000];
    write_file("jishi.conf", "# one\nbind = *\n\nsmtp_tls required\n");
    assert_int_equal(conf_open(folder, &conf, &fault), STATUS_INVALID);
    assert_non_null(strstr(fault.text, "/jishi.conf:4: "));
    memset(text, 'x', sizeof text);
    memcpy(text, "bind = *\n", 9);
    text[8990] = '\0';
    write_file("jishi.conf", text);
    assert_int_equal(conf_open(folder, &conf, &fault), STATUS_FULL);
    assert_non_null(strstr(fault.text, "/jishi.conf:2: "));
}

/* ---- stopped channels ---- */

static void a_stopped_channel_is_stopped_until_it_is_resumed_over_any_restart(void **state)
{
    (void)state;
    struct stopped stopped;
    assert_int_equal(stopped_open(folder, &stopped, &fault), STATUS_OK);
    assert_null(stopped_find(&stopped, "feishu"));
    assert_int_equal(stopped_set(&stopped, "feishu", "sysadmin", true, 0, &fault), STATUS_OK);
    assert_int_equal(stopped_set(&stopped, "smtp", "sysadmin", true, 0, &fault), STATUS_OK);
    assert_int_equal(stopped_set(&stopped, "smtp", "other", true, 9, &fault), STATUS_OK);
    assert_int_equal(stopped_open(folder, &stopped, &fault), STATUS_OK);
    assert_int_equal(stopped.count, 2);
    assert_string_equal(stopped_find(&stopped, "smtp")->member, "sysadmin");
    assert_string_equal(stopped_find(&stopped, "smtp")->since, "1970-01-01T00:00:00Z");
    assert_int_equal(stopped_set(&stopped, "feishu", "sysadmin", false, 0, &fault), STATUS_OK);
    assert_int_equal(stopped_open(folder, &stopped, &fault), STATUS_OK);
    assert_null(stopped_find(&stopped, "feishu"));
    assert_non_null(stopped_find(&stopped, "smtp"));
}

static void a_stop_that_cannot_be_kept_is_no_stop(void **state)
{
    (void)state;
    struct stopped stopped;
    char run[100];
    assert_int_equal(stopped_open(folder, &stopped, &fault), STATUS_OK);
    snprintf(run, sizeof run, "%s/run", folder);
    assert_int_equal(rmdir(run), 0);
    assert_int_equal(stopped_set(&stopped, "smtp", "sysadmin", true, 0, &fault), STATUS_IO);
    assert_null(stopped_find(&stopped, "smtp"));
    assert_int_equal(mkdir(run, 0700), 0);
    write_file("run/stopped", "smtp\n");
    assert_int_equal(stopped_open(folder, &stopped, &fault), STATUS_INVALID);
}

static void who_stopped_a_channel_is_one_word_whatever_his_name(void **state)
{
    (void)state;
    struct stopped stopped;
    assert_int_equal(stopped_open(folder, &stopped, &fault), STATUS_OK);
    assert_int_equal(stopped_set(&stopped, "smtp", "li wei\nand so", true, 0, &fault), STATUS_OK);
    assert_int_equal(stopped_set(&stopped, "file", "\v", true, 0, &fault), STATUS_OK);
    assert_int_equal(stopped_open(folder, &stopped, &fault), STATUS_OK);
    assert_int_equal(stopped.count, 2);
    assert_string_equal(stopped_find(&stopped, "smtp")->member, "li_wei_and_so");
    assert_string_equal(stopped_find(&stopped, "smtp")->since, "1970-01-01T00:00:00Z");
    assert_string_equal(stopped_find(&stopped, "file")->member, "_");
}

static void a_channel_is_called_as_a_book_may_call_it(void **state)
{
    (void)state;
    assert_true(is_channel_name("pager-2"));
    assert_false(is_channel_name(""));
    assert_false(is_channel_name("\v"));
    assert_false(is_channel_name("a b"));
    assert_false(is_channel_name("abcdefghijklmnopqrstuvwxyz-012345"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_book_says_channel_address_and_whether_it_is_a_digest),
        TEST(a_line_that_cannot_be_read_is_named_and_the_others_hold),
        TEST(without_a_book_nobody_is_in_it),
        TEST(what_is_said_of_one_channel_goes_before_what_is_said_of_all),
        TEST(with_nothing_said_the_published_rates_hold_and_reminders_begin_at_ten_to_nine),
        TEST(a_setting_that_cannot_be_read_is_named_and_the_default_holds),
        TEST(an_hour_that_no_day_has_leaves_reminders_at_ten_to_nine),
        TEST(names_that_are_no_setting_are_told_from_those_that_are),
        TEST(the_nearest_setting_keeps_the_names_that_were_given),
        TEST(every_setting_of_the_manual_is_known),
        TEST(a_line_that_is_no_setting_is_named_by_its_number),
        TEST(a_stopped_channel_is_stopped_until_it_is_resumed_over_any_restart),
        TEST(a_stop_that_cannot_be_kept_is_no_stop),
        TEST(who_stopped_a_channel_is_one_word_whatever_his_name),
        TEST(a_channel_is_called_as_a_book_may_call_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
