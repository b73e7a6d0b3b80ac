/* test_state_look.c - facts from old files: numbers that were issued before, and what is on record
 * already. */
#include "tests/unit/test.h"

#include "core/state_look.h"
#include "tests/desk/desk.h"

static struct desk desk;

static const char numbered[] =
    "pack: {id: N, words: 1, title: {zh: 编号, en: Numbers}, authority: issued, uses: [T]}\n"
    "subjects: {unit: {code: code}, person: {rank: code, note: text, boss: person}}\n"
    "facts:\n"
    "  certificate: {title: {zh: 证书, en: Certificate}, about: [person, unit],\n"
    "    fields: {level: [low, high], number: {series: [unit, year]}, remark: (text)}}\n";

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, date_from_civil(2026, 3, 30));
    desk_text(&desk, "pack", numbered, sizeof numbered - 1);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    bool same = desk_folds(&desk);
    desk_close(&desk);
    return same ? 0 : -1;
}

static enum refusal_code certify(const char *person, const char *unit, const char *on,
                                 const char *number)
{
    return desk_ask(
        &desk, "admin",
        DESK_FORMAT(&desk,
                    "{'verb':'fact','what':'certificate','on':'%s','subjects':"
                    "{'person':'person:%s','unit':'unit:%s'},'args':{'level':'low'%s%s}}",
                    on, person, unit, number ? ",'number':" : "", number ? number : ""));
}

static int64_t number_of(int64_t fact)
{
    return desk.state->facts.items[fact].fields[1].value.number.num;
}

static void an_old_certificate_keeps_its_number_and_the_next_follows_the_highest(void **state)
{
    (void)state;
    assert_int_equal(certify("li", "dept", "2026-01-05", "17"), REFUSAL_none);
    assert_int_equal(certify("ma", "dept", "2026-01-06", "3"), REFUSAL_none);
    assert_int_equal(number_of(1), 17);
    assert_int_equal(number_of(2), 3);
    assert_int_equal(certify("ann", "dept", "2026-02-01", NULL), REFUSAL_none);
    assert_int_equal(number_of(3), 18);
    assert_int_equal(certify("bo", "dept", "2025-02-01", NULL), REFUSAL_none);
    assert_int_equal(number_of(4), 1); /* another year, another series */
}

static void a_number_is_given_once_in_its_series(void **state)
{
    (void)state;
    assert_int_equal(certify("li", "dept", "2026-01-05", "17"), REFUSAL_none);
    assert_int_equal(certify("ma", "dept", "2026-02-05", "17"), REFUSAL_conflict);
    assert_non_null(strstr(desk.last.clauses[0].text, "fact 1"));
    assert_int_equal(certify("ma", "top", "2026-02-05", "17"), REFUSAL_none);
    assert_int_equal(certify("ma", "dept", "2025-02-05", "17"), REFUSAL_none);
}

static void a_number_is_a_number_from_one_on(void **state)
{
    static const char *const wrong[] = {"0", "-1", "'x'", "1000000001", "'1/2'"};
    (void)state;
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(certify("li", "dept", "2026-01-05", wrong[i]), REFUSAL_field);
}

static void fields_say_of_which_type_they_are(void **state)
{
    struct look_field look;
    (void)state;
    assert_true(state_look_field(desk.state, "person", "boss", &look));
    assert_int_equal(look.type, LOOK_SUBJECT);
    assert_string_equal(look.kind, "person");
    assert_true(state_look_field(desk.state, "person", "name", &look));
    assert_int_equal(look.type, LOOK_TEXT);
    assert_true(state_look_field(desk.state, "unit", "unit", &look));
    assert_string_equal(look.kind, "unit");
    assert_false(state_look_field(desk.state, "person", "nothing", &look));
    assert_false(state_look_field(desk.state, "ghost", "name", &look));
    assert_true(state_look_fact_field(desk.state, "certificate", "number", &look));
    assert_int_equal(look.type, LOOK_INT);
    assert_true(look.optional);
    assert_true(state_look_fact_field(desk.state, "certificate", "level", &look));
    assert_int_equal(look.type, LOOK_WORD);
    assert_false(look.optional);
    assert_true(state_look_slot(desk.state, "certificate", "unit", &look));
    assert_string_equal(look.kind, "unit");
    assert_false(state_look_slot(desk.state, "ghost", "unit", &look));
}

static void what_is_on_record_is_found_by_day_subjects_and_fields(void **state)
{
    struct json_command *read = ARENA_NEW(&desk.arena, struct json_command);
    (void)state;
    certify("li", "dept", "2026-01-05", "17");
    const char *same = "{\"verb\":\"fact\",\"what\":\"certificate\",\"on\":\"2026-01-05\","
                       "\"subjects\":{\"person\":\"person:li\",\"unit\":\"unit:dept\"},"
                       "\"args\":{\"level\":\"low\",\"number\":17}}";
    assert_int_equal(json_command_read(same, DESK_ORIGIN, &desk.arena, read, NULL), STATUS_OK);
    assert_int_equal(state_fact_like(desk.state, &read->command), 1);
    read->command.occurred_on++;
    assert_int_equal(state_fact_like(desk.state, &read->command), 0);
    const char *other = "{\"verb\":\"fact\",\"what\":\"certificate\",\"on\":\"2026-01-05\","
                        "\"subjects\":{\"person\":\"person:li\",\"unit\":\"unit:dept\"},"
                        "\"args\":{\"level\":\"high\",\"number\":17}}";
    assert_int_equal(json_command_read(other, DESK_ORIGIN, &desk.arena, read, NULL), STATUS_OK);
    assert_int_equal(state_fact_like(desk.state, &read->command), 0);
}

static void a_subject_says_what_held_on_a_day(void **state)
{
    int64_t entry;
    struct datum one = datum_text("一级"), two = datum_text("二级");
    int32_t day = date_parse("2026-02-01");
    (void)state;
    assert_false(state_says(desk.state, "person:li", "rank", &one, day, &entry));
    assert_int_equal(entry, -1);
    desk_must(
        &desk, "admin",
        "{'verb':'change','what':'person','subjects':{'it':'person:li'},'args':{'rank':'一级'},"
        "'on':'2026-01-01'}");
    assert_true(state_says(desk.state, "person:li", "rank", &one, day, &entry));
    assert_int_equal(entry, state_next_number(desk.state) - 1);
    assert_false(state_says(desk.state, "person:li", "rank", &two, day, &entry));
    assert_false(
        state_says(desk.state, "person:li", "rank", &one, date_parse("2025-12-31"), &entry));
    desk_must(&desk, "admin",
              "{'verb':'change','what':'unit','subjects':{'it':'unit:dept'},'args':{'code':'C1'},"
              "'on':'2026-01-01'}");
    assert_string_equal(state_subject_by_code(desk.state, "unit", "code", "C1", day), "unit:dept");
    assert_null(state_subject_by_code(desk.state, "unit", "code", "C2", day));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        TEST(an_old_certificate_keeps_its_number_and_the_next_follows_the_highest),
        TEST(a_number_is_given_once_in_its_series),
        TEST(a_number_is_a_number_from_one_on),
        TEST(fields_say_of_which_type_they_are),
        TEST(what_is_on_record_is_found_by_day_subjects_and_fields),
        TEST(a_subject_says_what_held_on_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
