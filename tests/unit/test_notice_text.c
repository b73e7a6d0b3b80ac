/* test_notice_text.c - what a reminder says: the pack's text or the program's, in two languages,
 * without names unless the deployment asks and the recipients may see. */
#include "test.h"

#include "core/notice_text.h"
#include "events/codec.h"
#include "tests/desk/desk.h"

static struct desk desk;
static struct buffer subject, body;

static const char texts[] =
    "texts:\n"
    "  T-CASE.inspected:\n"
    "    before:\n"
    "      subject: {zh: '请核查：{title}，{due}前，还有{left}天', en: 'Inspect by {due}'}\n"
    "      body:\n"
    "        zh: |\n"
    "          事项 {case}，期限 {number}，{unit}\n"
    "          迟发 {late} 天\n"
    "          {{不是占位词} {subjects}\n"
    "          {rules}\n"
    "  T-CASE:\n"
    "    overdue: {subject: '已逾期{past}天：{title}'}\n"
    "    told: {subject: '告知事项{case}'}\n"
    "  any: {any: {subject: '本包：{kind} {title}'}}\n";

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, date_from_civil(2026, 3, 2));
    buffer_init(&subject);
    buffer_init(&body);
    desk_must(&desk, "ann",
              "{'what':'T-CASE.proposed','subjects':{'person':'person:li','unit':'unit:dept'},"
              "'args':{'score':80}}");
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    buffer_done(&subject);
    buffer_done(&body);
    desk_close(&desk);
    return 0;
}

static void put_texts_in_force(void)
{
    char *whole = arena_format(&desk.arena, "%s%s", desk_pack, texts);
    desk_text(&desk, "pack", whole, strlen(whole));
}

static int64_t duty_of(const char *name)
{
    symbol id = symbol_find(desk.state->symbols, name);
    for (int64_t i = desk.state->duties.count - 1; i > 0; i--)
        if (desk.state->duties.items[i].name == id)
            return i;
    fail_msg("no duty %s", name);
    return 0;
}

static const char *const inspectors[] = {"bo", "cai"};

/* The notice of the inspection's due day, on 2026-03-10; it is due on 2026-03-12. */
static struct notice_asked inspection(const char *kind)
{
    return (struct notice_asked){.key = "duty/1/before/0",
                                 .kind = kind,
                                 .about = duty_of("T-CASE.inspected"),
                                 .day = date_from_civil(2026, 3, 10),
                                 .to = inspectors,
                                 .to_count = 2};
}

static void render(const struct notice_asked *asked, const char *language)
{
    struct notice_facts facts;
    buffer_clear(&subject);
    buffer_clear(&body);
    notice_facts_of(desk.state, asked, &desk.arena, &facts);
    notice_render(desk.state, &facts, language, &subject, &body);
}

static void without_texts_of_the_pack_the_program_has_its_own(void **state)
{
    (void)state;
    struct notice_asked asked = inspection("before");
    render(&asked, "zh");
    assert_string_equal(buffer_text(&subject),
                        "【纪实】提醒：事项（T-CASE.inspected），2026年3月12日到期");
    assert_non_null(strstr(body.data, "距到期：2 天\n"));
    assert_non_null(strstr(body.data, "单位：unit:dept\n"));
    assert_null(strstr(body.data, "迟发"));
    assert_null(strstr(body.data, "已逾期"));
    render(&asked, "en");
    assert_string_equal(buffer_text(&subject),
                        "[Jishi] Reminder: Matter (T-CASE.inspected), due 2026-03-12");
    assert_non_null(strstr(body.data, "days left: 2\n"));
}

static void a_pack_says_it_in_its_own_words(void **state)
{
    (void)state;
    put_texts_in_force();
    struct notice_asked asked = inspection("before");
    render(&asked, "zh");
    assert_string_equal(buffer_text(&subject), "请核查：事项，2026年3月12日前，还有2天");
    assert_string_equal(
        body.data, DESK_FORMAT(&desk, "事项 1，期限 %lld，unit:dept\n", (long long)asked.about));
    render(&asked, "en");
    assert_string_equal(buffer_text(&subject), "Inspect by 2026-03-12");
    assert_non_null(strstr(body.data, "days left: 2\n")); /* no body of its own in English */
}

static void a_subject_with_a_gap_gives_way_to_the_programs_own(void **state)
{
    (void)state;
    put_texts_in_force();
    struct notice_asked asked = inspection("before");
    asked.late_days = 2; /* it goes out on the due day: no day is left */
    render(&asked, "zh");
    assert_null(strstr(subject.data, "还有"));
    assert_non_null(strstr(subject.data, "【纪实】提醒：事项"));
}

static void the_nearest_text_is_taken(void **state)
{
    (void)state;
    put_texts_in_force();
    struct notice_asked asked = inspection("overdue");
    asked.day = date_from_civil(2026, 3, 13);
    render(&asked, "zh");
    assert_string_equal(buffer_text(&subject), "已逾期1天：事项"); /* of the procedure */
    asked.kind = "superior";
    render(&asked, "zh");
    assert_string_equal(buffer_text(&subject), "本包：逾期报上级 事项"); /* of the pack */
}

static void a_line_whose_placeholder_is_silent_is_left_out(void **state)
{
    (void)state;
    put_texts_in_force();
    struct notice_asked asked = inspection("before");
    asked.late_days = 3;
    asked.names = true;
    render(&asked, "zh");
    assert_non_null(strstr(body.data, "迟发 3 天\n"));
    assert_non_null(strstr(body.data, "{不是占位词} person:li unit:dept\n"));
    assert_null(strstr(body.data, "\n\n")); /* the step cites no rule */
}

static void days_are_counted_from_the_day_on_which_it_goes_out(void **state)
{
    (void)state;
    struct notice_asked asked = inspection("before");
    asked.late_days = 1; /* planned for two days before */
    render(&asked, "zh");
    assert_non_null(strstr(body.data, "距到期：1 天\n"));
    asked.late_days = 5;
    render(&asked, "zh");
    assert_non_null(strstr(body.data, "已逾期：3 天\n"));
    assert_null(strstr(body.data, "距到期"));
}

static void nobody_is_named_unless_the_deployment_says_so(void **state)
{
    (void)state;
    static const char *const kinds[] = {"before", "overdue", "superior", "supervisor"};
    for (unsigned i = 0; i < 4; i++) {
        struct notice_asked asked = inspection(kinds[i]);
        render(&asked, "zh");
        assert_null(strstr(body.data, "person:"));
        asked.names = true;
        render(&asked, "zh");
        assert_non_null(strstr(body.data, "对象：person:li unit:dept\n"));
    }
}

static void nobody_is_named_to_whom_the_case_is_closed(void **state)
{
    (void)state;
    char *whole = arena_text(&desk.arena, desk_pack), *at = strstr(whole, "apart: [[");
    whole =
        arena_format(&desk.arena, "%.*sseen_by: [inspector]\n    %s", (int)(at - whole), whole, at);
    desk_text(&desk, "pack", whole, strlen(whole));
    desk_must(&desk, "ann",
              "{'what':'T-CASE.proposed','subjects':{'person':'person:ma','unit':'unit:dept'},"
              "'args':{'score':80}}");
    static const char *const with_chief[] = {"bo", "dan"};
    struct notice_asked asked = inspection("before");
    asked.names = true;
    render(&asked, "zh");
    assert_non_null(strstr(body.data, "person:ma")); /* both are inspectors */
    asked.to = with_chief;
    render(&asked, "zh");
    assert_null(strstr(body.data, "person:ma"));
}

/* Whoever's text it is: the pack that wrote it may not have thought of it. */
static void a_reminder_of_a_suspended_case_says_that_it_is_suspended(void **state)
{
    (void)state;
    struct notice_asked asked = inspection("before");
    desk_must(&desk, "admin", "{'verb':'fact','what':'frozen','subjects':{'person':'person:li'}}");
    render(&asked, "zh");
    assert_string_equal(buffer_text(&subject),
                        "【中止】【纪实】提醒：事项（T-CASE.inspected），2026年3月12日到期");
    assert_ptr_equal(strstr(body.data, "该事项已中止，到期日不变\n"), body.data);
    put_texts_in_force();
    render(&asked, "en");
    assert_string_equal(buffer_text(&subject), "[suspended] Inspect by 2026-03-12");
    assert_ptr_equal(strstr(body.data, "the case is suspended; its due day stands\n"), body.data);
    desk_must(&desk, "admin", "{'verb':'fact','what':'thawed','subjects':{'person':'person:li'}}");
    render(&asked, "en");
    assert_string_equal(buffer_text(&subject), "Inspect by 2026-03-12");
    assert_null(strstr(body.data, "suspended"));
}

static void who_is_told_hears_the_case_and_no_due_day(void **state)
{
    (void)state;
    put_texts_in_force();
    struct notice_asked asked = inspection("told");
    asked.about = 1;
    render(&asked, "zh");
    assert_string_equal(buffer_text(&subject), "告知事项1");
    assert_non_null(strstr(body.data, "事项编号：1\n"));
    assert_null(strstr(body.data, "到期"));
}

static void a_title_without_end_makes_no_message_without_end(void **state)
{
    (void)state;
    struct notice_asked asked = inspection("before");
    struct notice_facts facts;
    char title[30001];
    for (size_t i = 0; i + 3 < sizeof title; i += 3)
        memcpy(title + i, "谈", 4);
    notice_facts_of(desk.state, &asked, &desk.arena, &facts);
    facts.title_zh = title;
    buffer_clear(&subject);
    buffer_clear(&body);
    notice_render(desk.state, &facts, "zh", &subject, &body);
    assert_true(subject.size <= NOTICE_SUBJECT_FILLED_MAX);
    assert_true(subject.size > NOTICE_SUBJECT_FILLED_MAX - 6);
    assert_true(body.size <= NOTICE_BODY_FILLED_MAX);
    assert_true(text_is_utf8(subject.data, subject.size));
}

static void what_the_state_does_not_know_is_still_said(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, -1, INT64_MAX};
    static const char *const kinds[] = {"told", "before", "of-the-future"};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < 3; k++) {
            struct notice_asked asked = inspection("before");
            asked.about = numbers[i];
            asked.kind = kinds[k];
            render(&asked, i ? "zh" : "en");
            assert_true(subject.size > 0);
            assert_non_null(strstr(body.data, "duty/1/before/0"));
        }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        TEST(without_texts_of_the_pack_the_program_has_its_own),
        TEST(a_pack_says_it_in_its_own_words),
        TEST(a_subject_with_a_gap_gives_way_to_the_programs_own),
        TEST(the_nearest_text_is_taken),
        TEST(a_line_whose_placeholder_is_silent_is_left_out),
        TEST(days_are_counted_from_the_day_on_which_it_goes_out),
        TEST(nobody_is_named_unless_the_deployment_says_so),
        TEST(nobody_is_named_to_whom_the_case_is_closed),
        TEST(a_reminder_of_a_suspended_case_says_that_it_is_suspended),
        TEST(who_is_told_hears_the_case_and_no_due_day),
        TEST(a_title_without_end_makes_no_message_without_end),
        TEST(what_the_state_does_not_know_is_still_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
