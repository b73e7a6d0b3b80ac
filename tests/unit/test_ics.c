/* test_ics.c - due days as iCalendar texts. */
#include "tests/unit/test.h"

#include "cmd/ics.h"
#include "core/date.h"

static const struct ics_options zh = {.origin = "jishi.local/test/log",
                                      .name = "纪实：期限, 全部; a\\b",
                                      .language = "zh",
                                      .alarm_minute = 8 * 60 + 50};

static struct ics_event event_on(const char *due)
{
    return (struct ics_event){.duty = 15,
                              .case_number = 3,
                              .title = "任职谈话",
                              .of = "person:li",
                              .state = "open",
                              .owner = "机关党委",
                              .unit = "unit:dept",
                              .due = date_parse(due),
                              .changed_entry = 42,
                              .changed_at_us = 1767600000000000};
}

static char *written(const struct ics_options *options, const struct ics_event *events,
                     size_t count)
{
    struct buffer out;
    struct fault fault;
    buffer_init(&out);
    assert_int_equal(ics_write(options, events, count, &out, &fault), STATUS_OK);
    char *text = strdup(buffer_text(&out));
    buffer_done(&out);
    return text;
}

/* Continuations joined again: what the lines mean. */
static char *unfolded(const char *text)
{
    char *out = malloc(strlen(text) + 1), *to = out;
    for (const char *at = text; *at;) {
        if (strncmp(at, "\r\n ", 3) == 0)
            at += 3;
        else
            *to++ = *at++;
    }
    *to = '\0';
    return out;
}

static void has_line(const char *text, const char *line)
{
    char *whole = unfolded(text), wanted[512];
    snprintf(wanted, sizeof wanted, "\r\n%s\r\n", line);
    if (!strstr(whole, wanted))
        fail_msg("no line %s in\n%s", line, whole);
    free(whole);
}

static void a_duty_is_an_all_day_event_that_ends_before_the_next_day(void **state)
{
    (void)state;
    struct ics_event event = event_on("2026-02-28");
    char *text = written(&zh, &event, 1);
    assert_memory_equal(text, "BEGIN:VCALENDAR\r\n", 17);
    has_line(text, "VERSION:2.0");
    has_line(text, "DTSTART;VALUE=DATE:20260228");
    has_line(text, "DTEND;VALUE=DATE:20260301");
    has_line(text, "UID:duty-15@jishi.local/test/log");
    has_line(text, "DTSTAMP:20260105T080000Z");
    has_line(text, "SEQUENCE:42");
    has_line(text, "STATUS:CONFIRMED");
    has_line(text, "TRANSP:TRANSPARENT");
    has_line(text, "SUMMARY:任职谈话（事项3号）");
    free(text);
}

static void a_feed_names_itself_and_says_how_often_to_ask(void **state)
{
    (void)state;
    struct ics_event event = event_on("2026-02-28");
    char *text = written(&zh, &event, 1);
    has_line(text, "NAME:纪实：期限\\, 全部\\; a\\\\b");
    has_line(text, "X-WR-CALNAME:纪实：期限  全部  a\\\\b");
    has_line(text, "REFRESH-INTERVAL;VALUE=DURATION:P1D");
    free(text);
}

static void persons_are_named_only_when_asked_for(void **state)
{
    (void)state;
    struct ics_event event = event_on("2026-02-28");
    struct ics_options options = zh;
    char *text = written(&options, &event, 1);
    assert_null(strstr(text, "person:li"));
    free(text);
    options.subjects = true;
    text = written(&options, &event, 1);
    has_line(text, "SUMMARY:任职谈话：person:li（事项3号）");
    free(text);
}

static void a_cancelled_duty_is_cancelled_and_rings_no_more(void **state)
{
    (void)state;
    struct ics_event event = event_on("2026-02-28");
    event.alarms[0] = event.due - 7;
    event.alarm_count = 1;
    event.state = "cancelled";
    char *text = written(&zh, &event, 1);
    has_line(text, "STATUS:CANCELLED");
    has_line(text, "SUMMARY:【取消】任职谈话（事项3号）");
    assert_null(strstr(text, "VALARM"));
    free(text);
}

static void alarms_ring_at_the_hour_of_reminders(void **state)
{
    (void)state;
    struct ics_event event = event_on("2026-02-28");
    event.alarms[0] = event.due - 7;
    event.alarms[1] = event.due;
    event.alarm_count = 2;
    char *text = written(&zh, &event, 1);
    has_line(text, "TRIGGER:-P6DT15H10M");
    has_line(text, "TRIGGER:PT8H50M");
    has_line(text, "ACTION:DISPLAY");
    free(text);
}

static void texts_are_escaped(void **state)
{
    (void)state;
    struct ics_event event = event_on("2026-02-28");
    event.title = "a,b;c\\d\ne";
    char *text = written(&zh, &event, 1);
    has_line(text, "SUMMARY:a\\,b\\;c\\\\d\\ne（事项3号）");
    free(text);
}

static void no_line_is_longer_than_75_octets_or_cut_inside_a_character(void **state)
{
    (void)state;
    char title[400];
    for (size_t length = 0; length < 80; length++) { /* the fold falls on each place in turn */
        struct ics_event event = event_on("2026-02-28");
        memset(title, 'x', length);
        title[length] = '\0';
        for (int i = 0; i < 60; i++)
            strcat(title, i % 7 == 3 ? "𠮷" : i % 5 == 2 ? "é" : "谈");
        event.title = title;
        char *text = written(&zh, &event, 1);
        const char *line = text;
        for (const char *end; (end = strstr(line, "\r\n")); line = end + 2) {
            size_t size = (size_t)(end - line);
            assert_true(size > 0 && size <= 75);
            assert_false(line[0] == ' ' && size == 1); /* an empty continuation */
            unsigned char first = (unsigned char)(line[0] == ' ' ? line[1] : line[0]);
            assert_true((first & 0xc0) != 0x80);
            if (memchr(line, '\n', size))
                fail_msg("a bare line feed at length %zu: %s", length, text);
        }
        assert_int_equal(*line, '\0');
        char *whole = unfolded(text);
        assert_non_null(strstr(whole, title));
        free(whole);
        free(text);
    }
}

static void what_found_no_place_is_said(void **state)
{
    (void)state;
    struct ics_event event = event_on("2026-02-28");
    struct ics_options options = zh;
    options.left_out = 7;
    char *text = written(&options, &event, 1);
    has_line(text, "SUMMARY:另有7项更晚的期限未列入本日历，见 jishi due");
    free(text);
}

static void the_same_duties_give_the_same_bytes(void **state)
{
    (void)state;
    struct ics_event events[] = {event_on("2026-02-28"), event_on("2026-03-31")};
    char *one = written(&zh, events, 2), *other = written(&zh, events, 2);
    assert_string_equal(one, other);
    free(one);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duty_is_an_all_day_event_that_ends_before_the_next_day),
        cmocka_unit_test(a_feed_names_itself_and_says_how_often_to_ask),
        cmocka_unit_test(persons_are_named_only_when_asked_for),
        cmocka_unit_test(a_cancelled_duty_is_cancelled_and_rings_no_more),
        cmocka_unit_test(alarms_ring_at_the_hour_of_reminders),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(no_line_is_longer_than_75_octets_or_cut_inside_a_character),
        cmocka_unit_test(what_found_no_place_is_said),
        cmocka_unit_test(the_same_duties_give_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
