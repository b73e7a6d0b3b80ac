/* test_words.c - single words of the pack language, each on a pack that has little else: watched
 * values, missing signatures, the element of a selection, need to know, what was known when. */
#include "test.h"

#include "tests/desk/desk.h"

static struct desk desk;

static const char words_pack[] =
    "pack: {id: W, words: 1, title: 词, authority: issued, uses: [T]}\n"
    "rules: {W-1: 原文}\n"
    "facts:\n"
    "  warned_of: {title: 提醒, about: {person: person, by: (person)}}\n"
    "  graded: {title: 评定, about: [person], fields: {year: year}}\n"
    "  secret: {title: 密, about: [person], ended_by: secret_end, seen_by: [chief]}\n"
    "  secret_end: {title: 解密, about: [person]}\n"
    "values:\n"
    "  warnings:\n"
    "    for: person\n"
    "    per: year\n"
    "    count: warned_of\n"
    "    in: period\n"
    "    changed: {any: {if: {has: graded, where: {year: period}},\n"
    "              opens: {W-REVIEW: {person: it, year: period}}}}\n"
    "  allowed: {for: person, per: year, pick: [{is: [1, 2], if: {warnings: {min: 1}}}, {is: [1, "
    "2, "
    "3]}]}\n"
    "procedures:\n"
    "  W-REVIEW:\n"
    "    about: {person: person, year: year}\n"
    "    steps:\n"
    "      reviewed: {by: chief, fields: {mark: int},\n"
    "        guards: [{id: allowed, rule: W-1, at: year.to, require: {reviewed.mark: {in: "
    "person.allowed}}}]}\n"
    "  W-MEET:\n"
    "    about: {person: person, unit: unit}\n"
    "    values:\n"
    "      then: {count: secret, of: person, in_force: true, known: called}\n"
    "      now: {count: secret, of: person, in_force: true}\n"
    "    steps:\n"
    "      called: {by: clerk, fields: {present: {list: person}},\n"
    "        guards: [{id: kin, rule: SOD-3, require: {every: called.present, have: {lacks: "
    "kinship, "
    "of: [it, person]}}}]}\n"
    "      spoke: {by: {each: called.present}}\n"
    "      noted: {by: {role: inspector, count: 2}}\n"
    "  W-FILE:\n"
    "    about: {meeting: W-MEET}\n"
    "    unit: meeting.unit\n"
    "    steps:\n"
    "      filed: {by: chief, guards: [{id: signed, rule: W-1, require: {unsigned: any, of: "
    "meeting, max: 0}}]}\n"
    "  W-LIST:\n"
    "    about: {person: person, guide: (person)}\n"
    "    steps:\n"
    "      listed: {by: {any: [clerk, chief]}, writes: {warned_of: {}},\n"
    "        guards: [{id: shield, rule: W-1, plain: not now, require: {lacks: secret, of: person, "
    "in_force: true}}]}\n"
    "      closed: {by: clerk}\n";

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, date_from_civil(2026, 3, 2));
    desk_text(&desk, "pack", words_pack, sizeof words_pack - 1);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    return desk_folds_and_closes(&desk);
}

#define must(member, ...) desk_must(&desk, member, DESK_FORMAT(&desk, __VA_ARGS__))
#define assert_refused(code, member, ...)                                                          \
    assert_string_equal(refusal_name(desk_ask(&desk, member, DESK_FORMAT(&desk, __VA_ARGS__))),    \
                        #code)
#define REASON "{'$hex':'0000000000000000000000000000000000000000000000000000000000000001'}"
#define FACT(type, person, day)                                                                    \
    "{'verb':'fact','what':'" type "','on':'" day "','subjects':{'person':'person:" person "'}}"
#define GRADED(year)                                                                               \
    "{'verb':'fact','what':'graded','on':'2026-03-01','subjects':{'person':'person:li'},"          \
    "'args':{'year':'" year "'}}"

static unsigned events_of(enum event_type type)
{
    unsigned count = 0;
    for (unsigned i = 0; i < desk.last.event_count; i++)
        count += desk.last.events[i].type == type;
    return count;
}

static const struct event *event_of(enum event_type type)
{
    for (unsigned i = 0; i < desk.last.event_count; i++)
        if (desk.last.events[i].type == type)
            return &desk.last.events[i];
    return NULL;
}

static bool clause_says(const char *text)
{
    for (unsigned i = 0; i < desk.last.clause_count; i++)
        if (strstr(desk.last.clauses[i].text, text))
            return true;
    return false;
}

/* ---- changed ---- */

static void a_watched_value_that_a_fact_changes_is_told_and_has_its_effects(void **state)
{
    (void)state;
    must("admin", FACT("warned_of", "li", "2025-06-01"));
    const struct event *changed = event_of(EVENT_value_changed);
    assert_non_null(changed);
    assert_int_equal(event_int(changed, "old"), 0);
    assert_int_equal(event_int(changed, "new"), 1);
    assert_memory_equal(event_text(changed, "period").data, "2025", 4);
    assert_int_equal(events_of(EVENT_case_opened), 0); /* nothing was graded yet */
    must("admin", GRADED("2025"));
    assert_int_equal(events_of(EVENT_value_changed), 0);
    must("admin", FACT("warned_of", "li", "2025-07-01"));
    assert_int_equal(events_of(EVENT_case_opened), 1);
    must("admin", FACT("warned_of", "li", "2026-01-05"));
    assert_int_equal(events_of(EVENT_case_opened), 0); /* another year */
}

static void a_correction_is_asked_in_both_periods_and_told_once_in_each(void **state)
{
    (void)state;
    must("admin", FACT("warned_of", "li", "2025-12-30"));
    must("admin", GRADED("2025"));
    must("admin", "{'verb':'correct','args':{'fact':1,'day':'2025-12-29','reason':" REASON "}}");
    assert_int_equal(events_of(EVENT_value_changed), 0); /* the count stays what it was */
    must("admin", "{'verb':'correct','args':{'fact':3,'day':'2026-01-04','reason':" REASON "}}");
    assert_int_equal(events_of(EVENT_value_changed), 2);
    assert_int_equal(events_of(EVENT_case_opened), 1);
}

static void a_refusal_names_the_facts_behind_a_picked_value(void **state)
{
    (void)state;
    must("admin", FACT("warned_of", "li", "2025-06-01"));
    assert_refused(guard, "dan",
                   "{'what':'W-REVIEW.reviewed','subjects':{'person':'person:li','year':'2025'},"
                   "'args':{'mark':3}}");
    assert_true(clause_says("because warnings = 1"));
    assert_true(clause_says("2025-06-01"));
    must("dan", "{'what':'W-REVIEW.reviewed','subjects':{'person':'person:li','year':'2025'},"
                "'args':{'mark':2}}");
}

/* ---- selections ---- */

#define MEET                                                                                       \
    "{'what':'W-MEET.called','subjects':{'person':'person:li','unit':'unit:dept'},"                \
    "'args':{'present':['person:bo','person:cai']}}"

static void it_is_the_element_of_the_selection_that_a_selector_stands_in(void **state)
{
    (void)state;
    must("admin", "{'verb':'fact','what':'kinship','on':'2020-01-01','subjects':{'person':"
                  "'person:dan','relative':'person:li'}}");
    must("ann", MEET);
    must("admin", "{'verb':'fact','what':'kinship','on':'2020-01-01','subjects':{'person':"
                  "'person:cai','relative':'person:li'}}");
    assert_refused(guard, "ann", MEET);
    assert_true(clause_says("person:cai"));
    assert_false(clause_says("person:bo"));
}

static void signatures_missing_in_another_case_are_counted_and_named(void **state)
{
    (void)state;
    must("ann", MEET);
    long long meeting = desk.last.case_number;
    const char *file =
        DESK_FORMAT(&desk, "{'what':'W-FILE.filed','subjects':{'meeting':%lld}}", meeting);
    must("cai", "{'what':'W-MEET.spoke','case':%lld}", meeting);
    assert_refused(guard, "dan", "%s", file);
    assert_true(clause_says("person:bo"));
    assert_false(clause_says("person:cai"));
    must("bo", "{'what':'W-MEET.spoke','case':%lld}", meeting);
    must("bo", "{'what':'W-MEET.noted','case':%lld}", meeting);
    assert_refused(guard, "dan", "%s", file);
    assert_true(clause_says("noted"));
    must("cai", "{'what':'W-MEET.noted','case':%lld}", meeting);
    must("dan", "%s", file);
}

#define LIST "{'what':'W-LIST.listed','subjects':{'person':'person:li'}}"

static void plain_words_are_for_those_who_may_not_see_the_fact(void **state)
{
    (void)state;
    must("admin", FACT("secret", "li", "2026-03-01"));
    assert_refused(guard, "ann", LIST);
    assert_true(clause_says("not now"));
    assert_false(clause_says("2026-03-01"));
    assert_refused(guard, "dan", LIST);
    assert_true(clause_says("2026-03-01"));
}

static struct value value_of_case(long long number, const char *name)
{
    struct value of = {.kind = VALUE_CASE}, value;
    struct scope scope = scope_of(desk.state, &desk.arena, value_missing(), desk.today);
    of.ref = number;
    assert_true(eval_property(&scope, &of, symbol_find(desk.state->symbols, name), &value));
    return value;
}

static void an_end_recorded_later_was_not_known_at_the_time(void **state)
{
    (void)state;
    must("admin", FACT("secret", "li", "2026-02-01"));
    must("ann", MEET);
    long long meeting = desk.last.case_number;
    must("admin", FACT("secret_end", "li", "2026-02-10"));
    assert_int_equal(value_of_case(meeting, "then").number.num, 1);
    assert_int_equal(value_of_case(meeting, "now").number.num, 0);
    must("admin", FACT("secret", "li", "2026-02-20")); /* recorded after the meeting was called */
    assert_int_equal(value_of_case(meeting, "then").number.num, 1);
    assert_int_equal(value_of_case(meeting, "now").number.num, 1);
}

static void a_slot_that_may_stay_empty_is_filled_by_name_only(void **state)
{
    (void)state;
    must("ann", LIST);
    const struct fact *fact = &desk.state->facts.items[desk.state->facts.count - 1];
    assert_int_equal(fact->slot_count, 1);
    assert_string_equal(symbol_text(desk.state->symbols, fact->slots[0].name), "person");
}

/* A term that ends on 2026-12-31: blue six months before, red the day after its end. */
static const char daily_pack[] =
    "pack: {id: D, words: 1, title: 日, authority: issued, uses: [T]}\n"
    "facts:\n"
    "  term: {title: 任期, about: [person], fields: {end: date}}\n"
    "  alarm: {title: 红, about: [person]}\n"
    "values:\n"
    "  term_end: {for: person, latest: term, take: end}\n"
    "  blue_from: {for: person, from: term_end, minus: P6M}\n"
    "  colour:\n"
    "    for: person\n"
    "    daily: true\n"
    "    pick:\n"
    "      - {is: red, if: {term_end: {below: today}}}\n"
    "      - {is: blue, if: {blue_from: {max: today}}}\n"
    "      - {is: plain, if: {term_end: filled}}\n"
    "    changed: {red: {writes: {alarm: {}}}}\n"
    "lists: {colours: {title: 色, members: [plain, blue, red]}}\n";

static const char *last_colour(void)
{
    const char *colour = "";
    for (unsigned i = 0; i < desk.entry_count; i++)
        for (unsigned k = 0; k < desk.entries[i].event_count; k++) {
            const struct event *event = &desk.entries[i].events[k];
            if (event->type == EVENT_value_changed &&
                datum_is_text(event_datum(event, "value"), "colour"))
                colour = event_datum(event, "new")->kind == DATUM_TEXT
                             ? event_datum(event, "new")->text
                             : "none";
        }
    return colour;
}

static unsigned entries_until(int month, int day)
{
    unsigned before = desk.entry_count;
    desk_until(&desk, date_from_civil(2026, month, day));
    return desk.entry_count - before;
}

static void a_daily_value_changes_on_its_day_and_only_then(void **state)
{
    (void)state;
    desk_text(&desk, "pack", daily_pack, sizeof daily_pack - 1);
    desk_must(&desk, "admin",
              "{'verb':'fact','what':'term','subjects':{'person':'person:li'},'args':{'end':'2026-"
              "12-31'}}");
    assert_string_equal(last_colour(), "plain");
    entries_until(6, 29);
    assert_string_equal(last_colour(), "plain");
    entries_until(6, 30); /* 2026-12-31 less six months: June has no 31st */
    assert_string_equal(last_colour(), "blue");
    entries_until(12, 31);
    assert_string_equal(last_colour(), "blue");
    desk_until(&desk, date_from_civil(2027, 1, 1));
    assert_string_equal(last_colour(), "red");
    assert_int_equal(
        state_numbers(&desk.state->facts_by_type, symbol_find(desk.state->symbols, "alarm"))->count,
        1);
}

static void a_daily_value_follows_the_facts_and_an_old_day_comes_to_nothing(void **state)
{
    (void)state;
    desk_text(&desk, "pack", daily_pack, sizeof daily_pack - 1);
    desk_must(&desk, "admin",
              "{'verb':'fact','what':'term','subjects':{'person':'person:li'},'args':{'end':'2026-"
              "09-30'}}");
    entries_until(4, 1);
    assert_string_equal(last_colour(), "blue");
    desk_must(&desk, "admin",
              "{'verb':'fact','what':'term','subjects':{'person':'person:li'},'args':{'end':'2027-"
              "06-30'}}");
    assert_string_equal(last_colour(), "plain");
    entries_until(12, 29);
    assert_string_equal(last_colour(), "plain");
    entries_until(12, 30);
    assert_string_equal(last_colour(), "blue");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        CASE(a_watched_value_that_a_fact_changes_is_told_and_has_its_effects),
        CASE(a_correction_is_asked_in_both_periods_and_told_once_in_each),
        CASE(a_refusal_names_the_facts_behind_a_picked_value),
        CASE(it_is_the_element_of_the_selection_that_a_selector_stands_in),
        CASE(signatures_missing_in_another_case_are_counted_and_named),
        CASE(plain_words_are_for_those_who_may_not_see_the_fact),
        CASE(an_end_recorded_later_was_not_known_at_the_time),
        CASE(a_slot_that_may_stay_empty_is_filled_by_name_only),
        CASE(a_daily_value_changes_on_its_day_and_only_then),
        CASE(a_daily_value_follows_the_facts_and_an_old_day_comes_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
