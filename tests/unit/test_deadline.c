/* test_deadline.c - the worked examples of the rules in dates: due days, reminders, overdue
 * notices. */
#include "test.h"

#include "core/calendar.h"

static struct calendar *calendar;
static struct ladder ladders[3];
enum { L, M, S };

static struct period p(const char *text)
{
    struct period period;
    assert_int_equal(period_parse(text, &period, NULL), STATUS_OK);
    return period;
}

static int32_t d(const char *text)
{
    int32_t date = date_parse(text);
    assert_int_not_equal(date, DATE_NONE);
    return date;
}

static struct ladder ladder_of(const char *const *before, const char *every, const char *superior,
                               const char *supervisor)
{
    struct ladder ladder = {.repeats = true, .after_first = p("P1WD"), .after_every = p(every)};
    for (; *before; before++)
        ladder.before[ladder.before_count++] = p(*before);
    ladder.escalates[0] = superior != NULL;
    ladder.escalate[0] = superior ? p(superior) : p("P0D");
    ladder.escalates[1] = supervisor != NULL;
    ladder.escalate[1] = supervisor ? p(supervisor) : p("P0D");
    return ladder;
}

static int setup(void **state)
{
    (void)state;
    static const char *const files[] = {"core/calendars/2024.yaml", "core/calendars/2025.yaml",
                                        "core/calendars/2026.yaml"};
    calendar = calendar_open();
    for (unsigned i = 0; i < 3; i++) {
        size_t size;
        int year;
        char *text = test_file(files[i], &size);
        assert_int_equal(calendar_load(calendar, text, size, &year, NULL), STATUS_OK);
        free(text);
    }
    ladders[L] = ladder_of((const char *[]){"P6M", "P3M", "P1M", "P14D", "P7D", "P1WD", NULL},
                           "P7D", "P0D", "P30D");
    ladders[M] =
        ladder_of((const char *[]){"P14D", "P7D", "P3D", "P1WD", NULL}, "P7D", "P7D", NULL);
    ladders[S] = ladder_of((const char *[]){"P1D", "P0D", NULL}, "P1WD", "P1D", NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    calendar_close(calendar);
    return 0;
}

/* `rungs` are the expected reminder days, one text with spaces between. */
static struct deadline expect(const char *start, int32_t due, int ladder, const char *due_text,
                              const char *rungs)
{
    struct deadline deadline;
    char text[DATE_TEXT_SIZE], all[RUNGS_MAX * 12] = "";
    deadline_make(calendar, &ladders[ladder], start ? d(start) : DATE_NONE, due, ROLL_NONE,
                  SHIFT_PREVIOUS_WORKDAY, &deadline);
    assert_string_equal(date_text(deadline.due, text), due_text);
    for (unsigned i = 0; i < deadline.rung_count; i++) {
        strcat(all, i ? " " : "");
        strcat(all, date_text(deadline.rungs[i], text));
    }
    assert_string_equal(all, rungs);
    return deadline;
}

static int32_t after(const char *start, const char *period)
{
    return calendar_add(calendar, d(start), p(period), FIRST_DAY_NOT_COUNTED, NULL);
}

static void day_is(int32_t date, const char *expected)
{
    char text[DATE_TEXT_SIZE];
    assert_string_equal(date_text(date, text), expected);
}

static void a_vacancy_is_reminded_around_spring_festival(void **state)
{
    (void)state;
    struct deadline deadline = expect("2025-08-31", after("2025-08-31", "P6M"), L, "2026-02-28",
                                      "2025-11-28 2026-01-28 2026-02-14 2026-02-27");
    day_is(deadline.first_overdue, "2026-03-02");
    assert_int_equal(deadline.lean.count, 0);
}

static void a_due_day_inside_a_holiday_stays_and_its_last_reminder_comes_before(void **state)
{
    (void)state;
    struct deadline deadline;
    deadline_make(calendar, &ladders[L], d("2026-04-01"), after("2026-04-01", "P6M"), ROLL_NONE,
                  SHIFT_PREVIOUS_WORKDAY, &deadline);
    day_is(deadline.due, "2026-10-01");
    day_is(deadline.rungs[deadline.rung_count - 1], "2026-09-30");
    deadline_make(calendar, &ladders[L], d("2026-04-01"), after("2026-04-01", "P6M"),
                  ROLL_NEXT_WORKDAY, SHIFT_PREVIOUS_WORKDAY, &deadline);
    day_is(deadline.due, "2026-10-08");
}

static void an_appointment_talk_is_due_within_a_month_clamped_to_its_end(void **state)
{
    (void)state;
    day_is(after("2024-01-31", "P1M"), "2024-02-29");
    day_is(after("2025-01-31", "P1M"), "2025-02-28");
    static const char *const replies[] = {"2026-01-28", "2026-01-29", "2026-01-30", "2026-01-31"};
    for (unsigned i = 0; i < 4; i++)
        day_is(after(replies[i], "P1M"), "2026-02-28");
    struct deadline deadline =
        expect("2026-01-30", d("2026-02-28"), M, "2026-02-28", "2026-02-14 2026-02-25 2026-02-27");
    day_is(deadline.first_overdue, "2026-03-02");
    day_is(deadline.escalations[0], "2026-03-06"); /* due + 7 is Saturday 03-07, shifted */
}

static void a_term_end_election_is_reminded_for_half_a_year(void **state)
{
    (void)state;
    struct deadline deadline =
        expect("2021-06-18", d("2026-06-18"), L, "2026-06-18",
               "2025-12-18 2026-03-18 2026-05-18 2026-06-04 2026-06-11 2026-06-17");
    day_is(deadline.first_overdue, "2026-06-22"); /* 19 to 21 June are the Dragon-Boat holiday */
}

static void a_removal_on_retirement_has_no_start_and_loses_no_rung(void **state)
{
    (void)state;
    struct deadline deadline =
        expect(NULL, d("2027-01-15"), L, "2027-01-15",
               "2026-07-15 2026-10-15 2026-12-15 2027-01-01 2027-01-08 2027-01-14");
    assert_true(provisional_has(&deadline.lean, 2027));
}

static void rotation_training_is_reminded_before_three_years_are_over(void **state)
{
    (void)state;
    expect("2023-09-15", after("2023-09-15", "P3Y"), L, "2026-09-15",
           "2026-03-13 2026-06-15 2026-08-14 2026-09-01 2026-09-08 2026-09-14");
    day_is(after("2024-02-29", "P3Y"), "2027-02-28");
}

static void yearly_supervision_starts_on_new_years_day(void **state)
{
    (void)state;
    struct deadline deadline =
        expect("2026-01-01", d("2026-12-31"), L, "2026-12-31",
               "2026-06-30 2026-09-30 2026-11-30 2026-12-17 2026-12-24 2026-12-30");
    day_is(deadline.first_overdue,
           "2027-01-01"); /* 2027 is not published: a plain Friday, provisional */
    assert_true(provisional_has(&deadline.lean, 2027));
}

static void a_commendation_round_returns_after_two_years(void **state)
{
    (void)state;
    expect("2024-07-01", after("2024-07-01", "P2Y"), L, "2026-07-01",
           "2025-12-31 2026-04-01 2026-06-01 2026-06-17 2026-06-24 2026-06-30");
}

static void annual_plans_are_due_at_the_end_of_february(void **state)
{
    (void)state;
    expect("2026-01-01", d("2026-02-28"), M, "2026-02-28", "2026-02-14 2026-02-25 2026-02-27");
}

static void workdays_jump_over_holidays_and_count_make_up_saturdays(void **state)
{
    (void)state;
    day_is(after("2026-04-30", "P5WD"), "2026-05-11");
    day_is(after("2026-09-30", "P5WD"), "2026-10-13");
    day_is(after("2026-01-30", "P5WD"), "2026-02-06");
    day_is(after("2026-01-30", "P10WD"), "2026-02-13");
    day_is(after("2026-04-20", "P5WD"), "2026-04-27");
}

static void a_publication_counts_its_first_day_if_it_is_a_workday(void **state)
{
    (void)state;
    day_is(calendar_add(calendar, d("2026-03-02"), p("P5WD"), FIRST_DAY_COUNTS, NULL),
           "2026-03-06");
    day_is(calendar_add(calendar, d("2026-03-01"), p("P5WD"), FIRST_DAY_COUNTS, NULL),
           "2026-03-06");
}

static void repeats_run_on_unshifted_days_past_spring_festival(void **state)
{
    (void)state;
    struct deadline deadline;
    deadline_make(calendar, &ladders[M], d("2026-01-05"), d("2026-02-06"), ROLL_NONE,
                  SHIFT_PREVIOUS_WORKDAY, &deadline);
    day_is(deadline.first_overdue, "2026-02-09");
    static const char *const expected[] = {"2026-02-09", "2026-02-14", "2026-03-02", "2026-03-09"};
    for (unsigned n = 0; n < 4; n++)
        day_is(deadline_overdue_notice(calendar, &ladders[M], &deadline, SHIFT_PREVIOUS_WORKDAY, n,
                                       NULL),
               expected[n]);
}

static void the_ladder_follows_the_length_of_the_period(void **state)
{
    (void)state;
    assert_int_equal(ladder_for_period(p("P6M")), 'L');
    assert_int_equal(ladder_for_period(p("P3M")), 'L');
    assert_int_equal(ladder_for_period(p("P90D")), 'L');
    assert_int_equal(ladder_for_period(p("P89D")), 'M');
    assert_int_equal(ladder_for_period(p("P1M")), 'M');
    assert_int_equal(ladder_for_period(p("P10WD")), 'M');
    assert_int_equal(ladder_for_period(p("P9WD")), 'S');
    assert_int_equal(ladder_for_period(p("P5WD")), 'S');
}

static void an_explanation_shows_each_day_that_was_counted(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out);
    struct explain_request request = {.from = d("2026-02-12"),
                                      .period = p("P5WD"),
                                      .ladder = &ladders[S],
                                      .ladder_name = "S",
                                      .overdue_notices = 2,
                                      .language = "zh"};
    deadline_explain_text(calendar, &request, &out);
    assert_non_null(strstr(buffer_text(&out), "到期日 2026-02-26"));
    assert_non_null(strstr(buffer_text(&out), "2026-02-14 计第 2 个工作日（周六，调休上班）"));
    assert_non_null(strstr(buffer_text(&out), "2026-02-18 不计（节假日）"));
    buffer_clear(&out);
    request.language = "en";
    request.from = d("2026-12-30");
    deadline_explain_json(calendar, &request, &out);
    assert_non_null(strstr(buffer_text(&out), "\"due\":\"2027-01-06\""));
    assert_non_null(strstr(buffer_text(&out), "\"provisional_years\":[2027]"));
    buffer_done(&out);
}

static void a_calendar_with_a_wrong_word_or_day_names_the_place(void **state)
{
    (void)state;
    static const char *const broken[][2] = {
        {"year: 2026\nholidays: []\n", "2:1: unknown word"},
        {"year: 2026\noff: [2025-12-31]\n", "2:7: "},
        {"year: 2026\noff: [2026-02-30]\n", "2:7: "},
        {"year: 2026\noff: [2026-01-01]\nwork: [2026-01-01]\n", "3:8: this day is named twice"},
        {"off: []\n", "1:1: a calendar names its year"},
        {"year: 2026\nyear: 2026\n", "2:1: this name stands twice"},
        {"year: &a 2026\n", "1:7: anchors"},
    };
    for (unsigned i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct calendar *fresh = calendar_open();
        struct fault fault;
        int year;
        assert_int_not_equal(
            calendar_load(fresh, broken[i][0], strlen(broken[i][0]), &year, &fault), STATUS_OK);
        assert_non_null(strstr(fault.text, broken[i][1]));
        calendar_close(fresh);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vacancy_is_reminded_around_spring_festival),
        cmocka_unit_test(a_due_day_inside_a_holiday_stays_and_its_last_reminder_comes_before),
        cmocka_unit_test(an_appointment_talk_is_due_within_a_month_clamped_to_its_end),
        cmocka_unit_test(a_term_end_election_is_reminded_for_half_a_year),
        cmocka_unit_test(a_removal_on_retirement_has_no_start_and_loses_no_rung),
        cmocka_unit_test(rotation_training_is_reminded_before_three_years_are_over),
        cmocka_unit_test(yearly_supervision_starts_on_new_years_day),
        cmocka_unit_test(a_commendation_round_returns_after_two_years),
        cmocka_unit_test(annual_plans_are_due_at_the_end_of_february),
        cmocka_unit_test(workdays_jump_over_holidays_and_count_make_up_saturdays),
        cmocka_unit_test(a_publication_counts_its_first_day_if_it_is_a_workday),
        cmocka_unit_test(repeats_run_on_unshifted_days_past_spring_festival),
        cmocka_unit_test(the_ladder_follows_the_length_of_the_period),
        cmocka_unit_test(an_explanation_shows_each_day_that_was_counted),
        cmocka_unit_test(a_calendar_with_a_wrong_word_or_day_names_the_place),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
