/* test_state_calendar.c - which duties a calendar shows whom, in which order. */
#include "tests/unit/test.h"

#include "core/state_calendar.h"
#include "tests/desk/desk.h"

static struct desk desk;

/* Each `started` opens a talk within a month and one within ten workdays, both the clerk's. */
static void start(const char *person, const char *on)
{
    desk_must(&desk, "admin",
              DESK_FORMAT(&desk,
                          "{'verb':'fact','what':'started','subjects':{'person':'person:%s'},"
                          "'on':'%s'}",
                          person, on));
}

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, date_from_civil(2026, 3, 30));
    start("li", "2026-03-20");
    start("ma", "2026-03-02");
    start("li", "2026-03-25");
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    bool same = desk_folds(&desk);
    desk_close(&desk);
    return same ? 0 : -1;
}

static struct calendar_ask ask_of(const char *member)
{
    return (struct calendar_ask){.member = member,
                                 .from = DATE_NONE,
                                 .until = DATE_NONE,
                                 .settled_from = desk.today - 60,
                                 .after_due = DATE_NONE};
}

static unsigned ask(const struct calendar_ask *asked, struct calendar_item *items, unsigned max)
{
    return state_calendar(desk.state, asked, desk.today, "zh", items, max);
}

static unsigned count_of(const char *member)
{
    struct calendar_item items[CALENDAR_PAGE_MAX];
    struct calendar_ask asked = ask_of(member);
    return ask(&asked, items, CALENDAR_PAGE_MAX);
}

static void a_member_sees_the_duties_of_the_roles_that_he_holds(void **state)
{
    struct calendar_item items[CALENDAR_PAGE_MAX];
    struct calendar_ask asked = ask_of("ann");
    (void)state;
    unsigned count = ask(&asked, items, CALENDAR_PAGE_MAX);
    assert_true(count >= 6);
    for (unsigned i = 0; i < count; i++) {
        assert_string_equal(items[i].owner, "clerk");
        assert_string_equal(items[i].owner_title, "经办人");
    }
    assert_int_equal(count_of("bo"), 0);
    assert_int_equal(count_of("nobody"), 0);
    assert_true(count_of("dan") + count <= count_of(NULL));
}

static void a_role_over_another_unit_or_over_another_time_shows_nothing(void **state)
{
    (void)state;
    desk_register(&desk, "unit:aside", "{'unit':'unit:top'}");
    desk_assign(&desk, "eve", "clerk", "unit:aside");
    assert_int_equal(count_of("eve"), 0);
    desk_assign(&desk, "eve", "clerk", "unit:top"); /* above the unit of the duties */
    assert_int_equal(count_of("eve"), count_of("ann"));
}

static void duties_come_by_their_due_days_and_pages_join_without_a_gap(void **state)
{
    struct calendar_item all[CALENDAR_PAGE_MAX], page[2];
    struct calendar_ask asked = ask_of(NULL);
    (void)state;
    unsigned count = ask(&asked, all, CALENDAR_PAGE_MAX), seen = 0;
    for (unsigned i = 1; i < count; i++)
        assert_true(
            all[i - 1].deadline->due < all[i].deadline->due ||
            (all[i - 1].deadline->due == all[i].deadline->due && all[i - 1].duty < all[i].duty));
    for (unsigned got; (got = ask(&asked, page, 2)) > 0; seen += got)
        for (unsigned i = 0; i < got; i++) {
            assert_int_equal(page[i].duty, all[seen + i].duty);
            asked.after_due = page[i].deadline->due;
            asked.after_duty = page[i].duty;
        }
    assert_int_equal(seen, count);
}

static void days_role_and_unit_filter(void **state)
{
    struct calendar_item items[CALENDAR_PAGE_MAX];
    struct calendar_ask asked = ask_of(NULL);
    (void)state;
    asked.from = date_parse("2026-04-02");
    asked.until = date_parse("2026-04-20");
    asked.owner = "clerk";
    asked.unit = "unit:dept";
    unsigned count = ask(&asked, items, CALENDAR_PAGE_MAX);
    assert_true(count > 0);
    for (unsigned i = 0; i < count; i++) {
        assert_true(items[i].deadline->due >= asked.from && items[i].deadline->due <= asked.until);
        assert_string_equal(items[i].unit, "unit:dept");
    }
    asked.owner = "no such role";
    assert_int_equal(ask(&asked, items, CALENDAR_PAGE_MAX), 0);
}

static void a_change_counts_up_and_what_is_settled_goes_after_its_time(void **state)
{
    struct calendar_item before[CALENDAR_PAGE_MAX], after[CALENDAR_PAGE_MAX];
    struct calendar_ask asked = ask_of("ann");
    (void)state;
    unsigned count = ask(&asked, before, CALENDAR_PAGE_MAX), met = 0;
    assert_string_equal(before[0].state, "open");
    desk_must(&desk, "admin",
              "{'verb':'fact','what':'held','subjects':{'person':'person:ma'},'on':'2026-03-10'}");
    assert_int_equal(ask(&asked, after, CALENDAR_PAGE_MAX), count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(after[i].duty, before[i].duty);
        bool is_met = strcmp(after[i].state, "met") == 0;
        assert_true(is_met ? after[i].changed_entry > before[i].changed_entry
                           : after[i].changed_entry == before[i].changed_entry);
        met += is_met;
    }
    assert_true(met > 0);
    asked.settled_from = desk.today + 60;
    assert_int_equal(ask(&asked, after, CALENDAR_PAGE_MAX), count - met);
}

static void a_reminder_sent_does_not_change_a_duty_and_being_overdue_does(void **state)
{
    struct calendar_item before[CALENDAR_PAGE_MAX], after[CALENDAR_PAGE_MAX];
    struct calendar_ask asked = ask_of("ann");
    (void)state;
    asked.from = desk.today + 1;
    unsigned count = ask(&asked, before, CALENDAR_PAGE_MAX), reminded = 0, overdue = 0;
    desk_until(&desk, before[1].deadline->due);
    assert_int_equal(ask(&asked, after, CALENDAR_PAGE_MAX), count);
    for (unsigned i = 0; i < count; i++) {
        bool moved = after[i].changed_entry != before[i].changed_entry;
        assert_int_equal(moved, strcmp(after[i].state, before[i].state) != 0);
        overdue += strcmp(after[i].state, "overdue") == 0;
        reminded += !moved;
    }
    assert_true(overdue > 0 && reminded > 0);
}

static void a_member_whose_keys_are_revoked_is_not_active(void **state)
{
    (void)state;
    assert_true(state_member_active(desk.state, "bo"));
    assert_false(state_member_active(desk.state, "nobody"));
    desk_must(
        &desk, "admin",
        DESK_FORMAT(&desk, "{'verb':'revoke','args':{'key':" DESK_KEY "}}", desk_key(&desk, "bo")));
    assert_false(state_member_active(desk.state, "bo"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        TEST(a_member_sees_the_duties_of_the_roles_that_he_holds),
        TEST(a_role_over_another_unit_or_over_another_time_shows_nothing),
        TEST(duties_come_by_their_due_days_and_pages_join_without_a_gap),
        TEST(days_role_and_unit_filter),
        TEST(a_change_counts_up_and_what_is_settled_goes_after_its_time),
        TEST(a_reminder_sent_does_not_change_a_duty_and_being_overdue_does),
        TEST(a_member_whose_keys_are_revoked_is_not_active),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
