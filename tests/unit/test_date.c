/* test_date.c - civil dates, periods and spans; check digits of identity numbers. */
#include "test.h"

#include <time.h>

#include "core/date.h"
#include "core/idcode.h"

static void every_day_of_three_centuries_comes_back(void **state)
{
    (void)state;
    char text[DATE_TEXT_SIZE];
    int32_t first = date_from_civil(1900, 1, 1), last = date_from_civil(2199, 12, 31);
    int weekday = date_weekday(first);
    assert_int_equal(weekday, 1); /* 1900-01-01 was a Monday */
    for (int32_t day = first; day <= last; day++) {
        struct civil civil = date_civil(day);
        assert_int_equal(date_from_civil(civil.year, civil.month, civil.day), day);
        assert_int_equal(date_parse(date_text(day, text)), day);
        assert_int_equal(date_weekday(day), weekday);
        weekday = weekday % 7 + 1;
    }
}

static void dates_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"2026-02-29", "2026-13-01", "2026-00-10",
                                        "2026-1-30",  "20260130",   "1899-12-31",
                                        "3000-01-01", "",           "2026-01-30 "};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(date_parse(wrong[i]), DATE_NONE);
    assert_int_not_equal(date_parse("2024-02-29"), DATE_NONE);
}

static void months_clamp_to_the_end_of_the_month(void **state)
{
    (void)state;
    char text[DATE_TEXT_SIZE];
    int32_t day = date_parse("2025-08-31");
    assert_string_equal(date_text(date_add_months(day, 6), text), "2026-02-28");
    assert_string_equal(date_text(date_add_months(day, 1), text), "2025-09-30");
    assert_string_equal(date_text(date_add_months(date_parse("2024-02-29"), 36), text),
                        "2027-02-28");
    assert_string_equal(date_text(date_add_months(date_parse("2026-03-31"), -1), text),
                        "2026-02-28");
    assert_int_equal(date_add_months(date_parse("2999-12-31"), 1), DATE_NONE);
}

static void periods_are_read_and_written(void **state)
{
    (void)state;
    static const char *const same[] = {"P1M",   "P3Y",   "P5D", "P5WD",
                                       "P1Y6M", "P6M1D", "P0D", "P1M2D3WD"};
    static const char *const wrong[] = {"",      "P",    "1M",   "P1",        "P1X",
                                        "P1D1M", "P-1D", "P1MM", "P99999999D"};
    struct period period;
    char text[PERIOD_TEXT_SIZE];
    for (unsigned i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_int_equal(period_parse(same[i], &period, NULL), STATUS_OK);
        assert_string_equal(period_text(period, text), same[i]);
    }
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(period_parse(wrong[i], &period, NULL), STATUS_INVALID);
    assert_int_equal(period_parse("P2W", &period, NULL), STATUS_OK);
    assert_int_equal(period.days, 14);
}

static void spans_are_read_and_follow_one_another(void **state)
{
    (void)state;
    static const char *const texts[] = {"2026", "2026-H1", "2026-Q3", "2026-07"};
    struct span span;
    char text[SPAN_TEXT_SIZE];
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(span_parse(texts[i], &span, NULL), STATUS_OK);
        assert_string_equal(span_text(span, text), texts[i]);
        struct span next = span_next(span), back = span_previous(next);
        assert_int_equal(next.from, span.to + 1);
        assert_int_equal(back.from, span.from);
    }
    assert_int_equal(span_parse("2026-Q5", &span, NULL), STATUS_INVALID);
    assert_int_equal(span_parse("2026-13", &span, NULL), STATUS_INVALID);
}

static void citizen_numbers_are_checked(void **state)
{
    (void)state;
    struct citizen_number read;
    assert_int_equal(citizen_number_check("11010519491231002X", DATE_NONE, 0, &read), IDCODE_OK);
    assert_int_equal(citizen_number_check("11010519491231002x", DATE_NONE, 0, &read), IDCODE_OK);
    assert_int_equal(citizen_number_check("440524188001010014", DATE_NONE, 0, &read),
                     IDCODE_DATE); /* born 1880: outside our dates */
    assert_int_equal(citizen_number_check("34052419800101001X", DATE_NONE, 0, &read), IDCODE_OK);
    assert_int_equal(read.birth, date_parse("1980-01-01"));
    assert_int_equal(read.sex, 1);
    assert_int_equal(citizen_number_check("340524198001010011", DATE_NONE, 0, &read), IDCODE_CHECK);
    assert_int_equal(citizen_number_check("34052419800101001X", date_parse("1980-01-02"), 0, &read),
                     IDCODE_BIRTH_DIFFERS);
    assert_int_equal(citizen_number_check("34052419800101001X", DATE_NONE, 2, &read),
                     IDCODE_SEX_DIFFERS);
    assert_int_equal(citizen_number_check("340524800101001", DATE_NONE, 1, &read), IDCODE_OK);
    assert_int_equal(citizen_number_check("3405", DATE_NONE, 0, &read), IDCODE_LENGTH);
    assert_int_equal(citizen_number_check("34052419800101A01X", DATE_NONE, 0, &read),
                     IDCODE_CHARACTER);
}

static void credit_codes_are_checked(void **state)
{
    (void)state;
    assert_int_equal(credit_code_check("91350100M000100Y43"), IDCODE_OK);
    assert_int_equal(credit_code_check("91110000101623741K"), IDCODE_OK);
    assert_int_equal(credit_code_check("911101066976941872"), IDCODE_OK);
    assert_int_equal(credit_code_check("91350211M0000XUF46"),
                     IDCODE_CHECK); /* real, and fails: a warning only */
    assert_int_equal(credit_code_check("9135021IM0000XUF46"), IDCODE_CHARACTER);
    assert_int_equal(credit_code_check("91"), IDCODE_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_three_centuries_comes_back),
        cmocka_unit_test(dates_that_do_not_exist_are_refused),
        cmocka_unit_test(months_clamp_to_the_end_of_the_month),
        cmocka_unit_test(periods_are_read_and_written),
        cmocka_unit_test(spans_are_read_and_follow_one_another),
        cmocka_unit_test(citizen_numbers_are_checked),
        cmocka_unit_test(credit_codes_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
