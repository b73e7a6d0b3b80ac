/* test_mail.c - a reminder as a mail: headers of RFC 5322 and 2047, a body that is UTF-8, nothing
 * that a title could smuggle in. */
#include "test.h"

#include "cmd/notify/invitation.h"
#include "cmd/notify/mail.h"

static const struct notice talk = {.key = "duty/15/before/2026-12-10",
                                   .kind = "before",
                                   .name = "SD-TALK.held",
                                   .title = "任职谈话",
                                   .due = "2026-12-24",
                                   .day = "2026-12-10",
                                   .about = 15,
                                   .language = "zh"};

static struct buffer mail_of(const struct notice *notice, const char *to)
{
    struct buffer out;
    buffer_init(&out);
    mail_write(notice, 1,
               &(struct mail){.origin = "jishi.test/log",
                              .from = "jishi@example.org",
                              .from_name = "纪实系统",
                              .to = to,
                              .now_us = 1764000000000000,
                              .invitation = true},
               &out);
    return out;
}

static void every_line_ends_with_crlf_and_is_at_most_998_bytes(void **state)
{
    (void)state;
    struct buffer mail = mail_of(&talk, "feng@example.org");
    size_t line = 0;
    for (size_t i = 0; i < mail.size; i++) {
        if (mail.data[i] == '\n') {
            assert_true(i > 0 && mail.data[i - 1] == '\r');
            line = 0;
        } else if (mail.data[i] == '\r') {
            assert_true(i + 1 < mail.size && mail.data[i + 1] == '\n');
        } else {
            assert_true(++line <= 998);
        }
    }
    buffer_done(&mail);
}

static void headers_are_ascii_and_say_which_reminder_it_is(void **state)
{
    (void)state;
    struct buffer mail = mail_of(&talk, "feng@example.org");
    const char *end = strstr(buffer_text(&mail), "\r\n\r\n");
    assert_non_null(end);
    for (const char *at = mail.data; at < end; at++)
        assert_true((unsigned char)*at < 0x80);
    assert_non_null(strstr(mail.data, "X-Jishi-Key: duty/15/before/2026-12-10\r\n"));
    assert_non_null(strstr(mail.data, "To: <feng@example.org>\r\n") ? mail.data
                    : strstr(mail.data, "To: feng@example.org\r\n") ? mail.data
                                                                    : NULL);
    assert_non_null(strstr(mail.data, "Subject: =?UTF-8?B?"));
    assert_non_null(strstr(mail.data, "MIME-Version: 1.0\r\n"));
    buffer_done(&mail);
}

static void the_same_reminder_has_the_same_message_id(void **state)
{
    (void)state;
    struct buffer one = mail_of(&talk, "feng@example.org"),
                  two = mail_of(&talk, "feng@example.org");
    char *a = strstr(buffer_text(&one), "Message-ID:"),
         *b = strstr(buffer_text(&two), "Message-ID:");
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(strcspn(a, "\r"), strcspn(b, "\r"));
    assert_memory_equal(a, b, strcspn(a, "\r"));
    struct notice other = talk;
    other.key = "duty/15/overdue/2026-12-25";
    struct buffer three = mail_of(&other, "feng@example.org");
    char *c = strstr(buffer_text(&three), "Message-ID:");
    assert_true(strncmp(a, c, strcspn(a, "\r")) != 0);
    buffer_done(&one);
    buffer_done(&two);
    buffer_done(&three);
}

static void a_line_break_in_a_title_or_address_makes_no_header(void **state)
{
    (void)state;
    struct notice hostile = talk;
    hostile.title = "x\r\nBcc: all@example.org\r\n\r\nhello";
    hostile.name = "y\nBcc: all@example.org";
    hostile.key = "k\r\nBcc: all@example.org";
    struct buffer mail = mail_of(&hostile, "feng@example.org\r\nBcc: all@example.org");
    assert_null(strstr(buffer_text(&mail), "\nBcc:"));
    buffer_done(&mail);
}

static void long_chinese_headers_are_cut_between_characters(void **state)
{
    (void)state;
    struct buffer out;
    char title[1000] = "";
    for (int i = 0; i < 100; i++)
        strcat(title, "谈");
    buffer_init(&out);
    mail_header_text(title, &out);
    for (const char *at = strstr(buffer_text(&out), "=?"); at; at = strstr(at + 2, "=?UTF-8?B?")) {
        const char *end = strstr(at, "?=");
        assert_non_null(end);
        assert_true(end + 2 - at <= 75);
        assert_int_equal((end - at - 10) % 4, 0); /* whole groups of base64 */
    }
    buffer_done(&out);
}

/* A name from jishi.conf in another encoding looks wrong, and that is all. */
static void a_header_that_is_no_utf_8_ends_all_the_same(void **state)
{
    (void)state;
    struct buffer out;
    char bytes[101];
    memset(bytes, 0x9f, 100);
    bytes[0] = '\xc3';
    bytes[100] = '\0';
    buffer_init(&out);
    mail_header_text(bytes, &out);
    assert_true(out.size > 100 && out.size < 10000);
    buffer_done(&out);
}

static void plain_ascii_stays_as_it_is(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out);
    mail_header_text("Reminder 15", &out);
    assert_string_equal(buffer_text(&out), "Reminder 15");
    buffer_done(&out);
}

static void a_digest_is_one_mail_that_names_every_reminder(void **state)
{
    (void)state;
    struct notice both[] = {talk, talk};
    struct buffer out;
    both[1].key = "duty/16/overdue/2026-12-25";
    buffer_init(&out);
    struct mail mail = {.origin = "jishi.test/log",
                        .from = "jishi@example.org",
                        .from_name = "",
                        .to = "feng@example.org"};
    mail_write(both, 2, &mail, &out);
    assert_non_null(strstr(buffer_text(&out), "X-Jishi-Key: duty/15/before/2026-12-10\r\n"));
    assert_non_null(strstr(buffer_text(&out), "X-Jishi-Key: duty/16/overdue/2026-12-25\r\n"));
    buffer_clear(&out);
    notices_text(both, 2, &out);
    assert_non_null(strstr(buffer_text(&out), "1. "));
    assert_non_null(strstr(buffer_text(&out), "2. "));
    assert_non_null(strstr(buffer_text(&out), both[1].key));
    buffer_done(&out);
}

static void the_address_of_the_sender_stands_behind_his_name(void **state)
{
    (void)state;
    struct buffer mail = mail_of(&talk, "feng@example.org");
    assert_non_null(strstr(buffer_text(&mail), "From: =?UTF-8?B?57qq5a6e57O757uf?=\r\n "
                                               "<jishi@example.org>\r\n"));
    buffer_done(&mail);
}

static void html_shows_what_a_title_holds_and_does_not_obey_it(void **state)
{
    (void)state;
    struct notice hostile = talk;
    struct buffer out;
    hostile.title = "<script>alert(\"x\")</script>&";
    buffer_init(&out);
    notices_html(&hostile, 1, &out);
    assert_null(strstr(buffer_text(&out), "<script"));
    assert_non_null(strstr(out.data, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;"));
    buffer_done(&out);
}

static void an_invitation_is_for_reminders_before_a_due_day_only(void **state)
{
    (void)state;
    static const char *const kinds[] = {"overdue", "superior", "supervisor", "told"};
    struct buffer out;
    buffer_init(&out);
    for (unsigned i = 0; i < 4; i++) {
        struct notice notice = talk;
        notice.kind = kinds[i];
        assert_false(invitation_write(&notice, 1, "jishi.test/log", 0, &out));
    }
    struct notice undated = talk;
    undated.due = "";
    assert_false(invitation_write(&undated, 1, "jishi.test/log", 0, &out));
    assert_int_equal(out.size, 0);
    buffer_done(&out);
}

static void an_invitation_has_one_event_a_duty_in_lines_of_75_octets(void **state)
{
    (void)state;
    struct notice all[] = {talk, talk, talk};
    struct buffer out;
    all[1].about = 16;
    all[1].title = "谈话、谈话、谈话、谈话、谈话、谈话、谈话、谈话、谈话、谈话、谈话、谈话；a,b";
    all[2].key = "duty/15/before/1";
    buffer_init(&out);
    assert_true(invitation_write(all, 3, "jishi.test/log", 1764000000000000, &out));
    unsigned events = 0;
    for (const char *at = out.data; (at = strstr(at, "BEGIN:VEVENT\r\n")); at++)
        events++;
    assert_int_equal(events, 2);
    assert_non_null(strstr(out.data, "UID:duty-15@jishi.test/log\r\n"));
    assert_non_null(strstr(out.data, "DTSTART;VALUE=DATE:20261224\r\n"));
    assert_non_null(strstr(out.data, "DTEND;VALUE=DATE:20261225\r\n"));
    assert_non_null(strstr(out.data, "METHOD:PUBLISH\r\n"));
    assert_non_null(strstr(out.data, "DTSTAMP:20251124T160000Z\r\n"));
    for (const char *line = out.data; *line; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\r");
        assert_true(length > 0 && length <= 75 && line[length + 1] == '\n');
        assert_true(((unsigned char)line[0] & 0xc0) != 0x80); /* not inside a character */
        assert_true(line[0] != ' ' || ((unsigned char)line[1] & 0xc0) != 0x80);
    }
    buffer_done(&out);
}

static void an_invitation_s_lines_end_whole_wherever_a_title_fills_them(void **state)
{
    char title[400];
    (void)state;
    for (size_t length = 0; length < 90; length++) {
        struct notice notice = talk;
        struct buffer out;
        memset(title, 'x', length);
        title[length] = '\0';
        for (int i = 0; i < 60; i++)
            strcat(title, i % 7 == 3 ? "𠮷" : "谈");
        notice.title = title;
        buffer_init(&out);
        assert_true(invitation_write(&notice, 1, "jishi.test/log", 1764000000000000, &out));
        for (const char *at = buffer_text(&out); *at; at++)
            assert_true((*at == '\r') == (at[1] == '\n') || *at == '\n');
        for (const char *at = buffer_text(&out); (at = strchr(at, '\n')); at++)
            assert_true(at[-1] == '\r' && at[1] != '\r' && at[1] != '\n');
        buffer_done(&out);
    }
}

static void a_digest_has_one_key_that_its_members_make(void **state)
{
    (void)state;
    struct notice both[] = {talk, talk};
    struct buffer one, two;
    buffer_init(&one);
    buffer_init(&two);
    both[1].key = "duty/16/overdue/0";
    notices_key(both, 2, &one);
    notices_key(both, 2, &two);
    assert_string_equal(buffer_text(&one), buffer_text(&two));
    buffer_clear(&two);
    both[1].key = "duty/16/overdue/1";
    notices_key(both, 2, &two);
    assert_string_not_equal(buffer_text(&one), buffer_text(&two));
    buffer_clear(&two);
    notices_key(both, 1, &two);
    assert_string_equal(buffer_text(&two), talk.key);
    buffer_done(&one);
    buffer_done(&two);
}

static void words_that_come_with_a_notice_are_taken_as_they_are(void **state)
{
    (void)state;
    struct notice worded = talk;
    struct buffer out;
    worded.subject = "请谈话";
    worded.body = "正文\n";
    buffer_init(&out);
    notices_text(&worded, 1, &out);
    assert_string_equal(buffer_text(&out), "请谈话\n\n正文\n");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_ends_with_crlf_and_is_at_most_998_bytes),
        cmocka_unit_test(headers_are_ascii_and_say_which_reminder_it_is),
        cmocka_unit_test(the_same_reminder_has_the_same_message_id),
        cmocka_unit_test(a_line_break_in_a_title_or_address_makes_no_header),
        cmocka_unit_test(long_chinese_headers_are_cut_between_characters),
        cmocka_unit_test(a_header_that_is_no_utf_8_ends_all_the_same),
        cmocka_unit_test(plain_ascii_stays_as_it_is),
        cmocka_unit_test(a_digest_is_one_mail_that_names_every_reminder),
        cmocka_unit_test(the_address_of_the_sender_stands_behind_his_name),
        cmocka_unit_test(html_shows_what_a_title_holds_and_does_not_obey_it),
        cmocka_unit_test(an_invitation_is_for_reminders_before_a_due_day_only),
        cmocka_unit_test(an_invitation_has_one_event_a_duty_in_lines_of_75_octets),
        cmocka_unit_test(an_invitation_s_lines_end_whole_wherever_a_title_fills_them),
        cmocka_unit_test(a_digest_has_one_key_that_its_members_make),
        cmocka_unit_test(words_that_come_with_a_notice_are_taken_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
