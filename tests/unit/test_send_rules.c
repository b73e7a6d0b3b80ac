/* test_send_rules.c - when a channel may be used: rates, hours, the spread of the day's first minutes. */
#include "test.h"

#include "projections/send_rules.h"

static struct send_rule rule;
static struct fault fault;

static int make_rule(void **state)
{
    (void)state;
    send_rule_default("smtp", &rule);
    return 0;
}

static struct wall at(const char *clock, bool workday)
{
    int hour, minute;
    assert_int_equal(sscanf(clock, "%d:%d", &hour, &minute), 2);
    return (struct wall){.day = 20000, .minute = hour * 60 + minute, .workday = workday};
}

static int32_t gate(const char *clock, bool workday)
{
    struct wall wall = at(clock, workday);
    return send_rule_gate(&rule, &wall);
}

static void a_channel_of_which_nothing_is_said_is_always_open_and_has_no_rate(void **state)
{
    (void)state;
    assert_int_equal(rule.limit_count, 0);
    assert_int_equal(gate("00:00", false), INT32_MAX);
    assert_int_equal(gate("23:59", true), INT32_MAX);
}

static void robots_have_the_published_rates_and_the_pace_that_is_advised(void **state)
{
    (void)state;
    send_rule_default("feishu", &rule);
    assert_int_equal(rule.limit_count, 3);
    assert_int_equal(rule.limits[0].count, 1);
    assert_int_equal(rule.limits[0].period_ms, 3000);
    assert_int_equal(rule.limits[2].count, 100);
    assert_int_equal(rule.limits[2].period_ms, 60000);
    assert_int_equal(rule.rate_by, RATE_BY_ROBOT);
    send_rule_default("dingtalk", &rule);
    assert_int_equal(rule.limits[1].count, 20);
}

static void a_rate_that_cannot_be_read_is_named_and_leaves_the_old_one(void **state)
{
    (void)state;
    static const char *const bad[] = {"20",  "0/min", "20/day",
                                      "x/s", "20/0s", "1/s 1/s 1/s 1/s 1/s"};
    assert_int_equal(send_rule_rate(&rule, "20/min 1/3s", &fault), STATUS_OK);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(send_rule_rate(&rule, bad[i], &fault), STATUS_INVALID);
        assert_non_null(strstr(fault.text, bad[i]));
        assert_int_equal(rule.limit_count, 2);
    }
    assert_int_equal(send_rule_rate(&rule, "none", &fault), STATUS_OK);
    assert_int_equal(rule.limit_count, 0);
}

static void hours_begin_with_their_first_minute_and_end_before_their_last(void **state)
{
    (void)state;
    assert_int_equal(send_rule_hours(&rule, "08:30-18:00", &fault), STATUS_OK);
    assert_int_equal(gate("08:29", true), GATE_HOURS);
    assert_int_equal(gate("08:30", true), INT32_MAX);
    assert_int_equal(gate("17:59", true), INT32_MAX);
    assert_int_equal(gate("18:00", true), GATE_HOURS);
    assert_int_equal(send_rule_hours(&rule, "18:00-08:30", &fault), STATUS_INVALID);
    assert_int_equal(send_rule_hours(&rule, "8-18", &fault), STATUS_INVALID);
    assert_int_equal(send_rule_hours(&rule, "08:30-18:00 or so", &fault), STATUS_INVALID);
    assert_int_equal(send_rule_hours(&rule, "always", &fault), STATUS_OK);
    assert_int_equal(gate("03:00", true), INT32_MAX);
}

static void on_a_rest_day_a_channel_of_workdays_is_shut_but_for_what_is_exempt(void **state)
{
    (void)state;
    rule.workdays_only = true;
    int32_t rest = gate("10:10", false);
    assert_int_equal(rest, GATE_HOURS);
    assert_int_equal(gate("10:10", true), INT32_MAX);
    assert_false(send_rule_admits(&rule, rest, KIND_overdue, 0));
    assert_int_equal(send_rule_exempt(&rule, "overdue superior", &fault), STATUS_OK);
    assert_true(send_rule_admits(&rule, rest, KIND_overdue, 0));
    assert_true(send_rule_admits(&rule, rest, KIND_superior, 0));
    assert_false(send_rule_admits(&rule, rest, KIND_supervisor, 0));
    assert_false(send_rule_admits(&rule, rest, KIND_before, 0));
    assert_int_equal(send_rule_exempt(&rule, "urgent", &fault), STATUS_INVALID);
}

static void a_spread_lets_jobs_go_minute_by_minute_and_keeps_off_full_and_half_hours(void **state)
{
    (void)state;
    assert_int_equal(send_rule_spread(&rule, "9", &fault), STATUS_OK);
    rule.spread_from_minute = 8 * 60 + 50;
    rule.from_minute = 8 * 60 + 31;
    assert_int_equal(gate("08:30", true), GATE_SHUT);
    assert_int_equal(gate("08:31", true), 0);
    assert_int_equal(gate("08:39", true), 8);
    assert_int_equal(gate("08:45", true), INT32_MAX);
    assert_int_equal(gate("08:50", true), 0);
    assert_int_equal(gate("08:58", true), 8);
    assert_int_equal(gate("08:59", true), INT32_MAX);
    assert_int_equal(gate("09:00", true), GATE_SHUT);
    assert_int_equal(gate("17:30", true), GATE_SHUT);
    assert_int_equal(gate("17:31", true), INT32_MAX);
    rule.exempt = 1u << KIND_overdue;
    assert_false(send_rule_admits(&rule, GATE_SHUT, KIND_overdue, 0));
    assert_int_equal(send_rule_spread(&rule, "26", &fault), STATUS_INVALID);
}

static void the_minute_of_a_key_is_always_the_same_and_keys_fill_all_minutes_evenly(void **state)
{
    (void)state;
    enum { KEYS = 9000 };
    int counts[9] = {0};
    char key[40];
    rule.spread = 9;
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "duty/%d/overdue/0", i);
        int32_t minute = send_rule_minute(&rule, key);
        assert_in_range(minute, 0, 8);
        assert_int_equal(minute, send_rule_minute(&rule, key));
        counts[minute]++;
    }
    for (int i = 0; i < 9; i++)
        assert_in_range(counts[i], KEYS / 9 * 8 / 10, KEYS / 9 * 12 / 10);
}

static void overdue_and_what_goes_further_up_comes_first_notices_last(void **state)
{
    (void)state;
    assert_int_equal(job_urgency(KIND_overdue), 0);
    assert_int_equal(job_urgency(KIND_superior), 0);
    assert_int_equal(job_urgency(KIND_supervisor), 0);
    assert_int_equal(job_urgency(KIND_before), 1);
    assert_int_equal(job_urgency(KIND_told), 2);
    assert_int_equal(job_kind_find("supervisor", 10), KIND_supervisor);
    assert_int_equal(job_kind_find("super", 5), KIND_COUNT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, make_rule)
    const struct CMUnitTest tests[] = {
        TEST(a_channel_of_which_nothing_is_said_is_always_open_and_has_no_rate),
        TEST(robots_have_the_published_rates_and_the_pace_that_is_advised),
        TEST(a_rate_that_cannot_be_read_is_named_and_leaves_the_old_one),
        TEST(hours_begin_with_their_first_minute_and_end_before_their_last),
        TEST(on_a_rest_day_a_channel_of_workdays_is_shut_but_for_what_is_exempt),
        TEST(a_spread_lets_jobs_go_minute_by_minute_and_keeps_off_full_and_half_hours),
        TEST(the_minute_of_a_key_is_always_the_same_and_keys_fill_all_minutes_evenly),
        TEST(overdue_and_what_goes_further_up_comes_first_notices_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
