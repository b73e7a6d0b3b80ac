/* test_eval.c - what selections, windows and values come to, with true dates.
 *
 * One person's dossier, one table: the name of a value, the day on which it is asked, what it comes
 * to. The pack's text beside it is the specification under test (core/PACKS.md section 4). */
#include "test.h"

#include "tests/desk/desk.h"

static struct desk desk;

static const char eval_pack[] =
    "pack: {id: E, words: 1, title: {zh: 试算}, authority: issued, uses: [T]}\n"
    "lists: {grade: {title: 等次, members: [poor, fair, good]}}\n"
    "parameters:\n"
    "  table: {value: {poor: 1, fair: 2, good: 3}, open: true}\n"
    "  ages: {value: {0: young, 35: middle, 55: old}, open: true}\n"
    "facts:\n"
    "  scored: {title: {zh: 得分}, about: [person], fields: {points: int, grade: (grade)}}\n"
    "  posted: {title: {zh: 任职}, about: [person], ended_by: left}\n"
    "  left: {title: {zh: 离任}, about: [person]}\n"
    "  licence: {title: {zh: 许可}, about: [person], lasts: P1Y}\n"
    "values:\n"
    "  e_count: {for: person, count: scored}\n"
    "  e_has: {for: person, has: scored, where: {points: {min: 90}}}\n"
    "  e_lacks: {for: person, lacks: scored, where: {points: {min: 90}}}\n"
    "  e_year: {for: person, count: scored, in: year}\n"
    "  e_half: {for: person, count: scored, in: half}\n"
    "  e_quarter: {for: person, count: scored, in: quarter}\n"
    "  e_month: {for: person, count: scored, in: month}\n"
    "  e_before: {for: person, count: scored, in: {previous: quarter}}\n"
    "  e_last: {for: person, count: scored, in: {last: P1M}}\n"
    "  e_recorded: {for: person, count: scored, recorded: year}\n"
    "  e_sum: {for: person, sum: scored, take: points}\n"
    "  e_mean: {for: person, mean: scored, take: points}\n"
    "  e_latest: {for: person, latest: scored}\n"
    "  e_latest_points: {for: person, latest: scored, take: points}\n"
    "  e_newest: {for: person, sum: scored, take: points, newest: 2}\n"
    "  e_share: {for: person, share: scored, having: {points: {min: 60}}}\n"
    "  e_every: {for: person, every: scored, have: {points: {min: 50}}}\n"
    "  e_every_not: {for: person, every: scored, have: {points: {min: 60}}}\n"
    "  e_better: {for: person, count: scored, where: {grade: {min: fair}}}\n"
    "  e_held: {for: person, has: posted, in_force: true}\n"
    "  e_licence: {for: person, has: licence, in_force: true}\n"
    "  e_served: {for: person, time: posted, as: days}\n"
    "  e_served_in: {for: person, time: posted, in: year, as: days}\n"
    "  e_months: {for: person, time: posted, as: months}\n"
    "  e_age: {for: person, since: birth, as: years}\n"
    "  e_retires: {for: person, from: birth, plus: P60Y}\n"
    "  e_earlier: {for: person, from: birth, minus: P6M}\n"
    "  e_first: {for: person, first: [nothing, birth]}\n"
    "  e_total: {for: person, total: [e_sum, 5]}\n"
    "  e_less: {for: person, less: [e_sum, 5]}\n"
    "  e_times: {for: person, times: [e_count, 1/3]}\n"
    "  e_round: {for: person, ratio: [e_sum, e_count], round: up}\n"
    "  e_ratio: {for: person, ratio: [e_sum, e_count]}\n"
    "  e_weighted: {for: person, mean: {e_sum: 3, e_count: 1}}\n"
    "  e_lookup: {for: person, lookup: $table, by: [e_grade]}\n"
    "  e_grade: {for: person, latest: scored, take: grade}\n"
    "  e_pick: {for: person, pick: [{is: high, if: {e_sum: {min: 300}}}, {is: low}]}\n"
    "  nothing: {for: person, latest: left}\n"
    "  e_expires: {for: person, from: licence_from, plus: P1Y}\n"
    "  licence_from: {for: person, latest: licence}\n"
    "  e_expired: {for: person, pick: [{is: after, if: {e_expires: {below: today}}},\n"
    "    {is: on, if: {e_expires: {max: today}}}, {is: before, if: {e_expires: filled}}]}\n"
    "  e_own: {for: person, pick: [{is: here, if: {has: posted, within: unit, in_force: true}}]}\n"
    "  e_staff: {for: unit, count: person, within: it}\n"
    "  e_posted: {for: unit, count: posted, within: it, in_force: true}\n";

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, date_from_civil(2026, 3, 2));
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    return desk_folds_and_closes(&desk);
}

#define must(member, ...) desk_must(&desk, member, DESK_FORMAT(&desk, __VA_ARGS__))

static void scored(const char *day, int points, const char *grade)
{
    must("admin",
         "{'verb':'fact','what':'scored','subjects':{'person':'person:li'},'on':'%s','args':{"
         "'points':%d%s%s%s}}",
         day, points, *grade ? ",'grade':'" : "", grade, *grade ? "'" : "");
}

static void plain_fact(const char *what, const char *day)
{
    must("admin", "{'verb':'fact','what':'%s','subjects':{'person':'person:li'},'on':'%s'}", what,
         day);
}

/* The value as the log would write it, in one line of text. */
static const char *comes_to(const char *name, int32_t day)
{
    const struct state *state = desk.state;
    uint32_t li = state_subject(state, symbol_find(state->symbols, "person:li"));
    const struct value_def *def = rulebook_value(
        &state->rules, symbol_find(state->symbols, "person"), symbol_find(state->symbols, name));
    if (!def)
        fail_msg("no value %s", name);
    struct value it = {.kind = VALUE_SUBJECT, .subject = li};
    struct scope scope = scope_of(state, &desk.arena, it, day);
    struct value value = eval_value(&scope, def, &it);
    struct datum datum = value_write(state, &desk.arena, &value);
    switch (datum.kind) {
    case DATUM_BOOL: return datum.boolean ? "yes" : "no";
    case DATUM_INT: return arena_format(&desk.arena, "%lld", (long long)datum.integer);
    case DATUM_TEXT: return arena_text_n(&desk.arena, datum.text, datum.count);
    case DATUM_NIL: return "";
    case DATUM_BYTES:
    case DATUM_LIST: break;
    }
    return "?";
}

struct line {
    const char *name;
    int year, month, day;
    const char *expected;
};

static void ask(const struct line *lines, size_t count)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const struct line *line = &lines[i];
        const char *found =
            comes_to(line->name, date_from_civil(line->year, line->month, line->day));
        if (strcmp(found, line->expected) == 0)
            continue;
        print_error("%s on %d-%02d-%02d: %s, expected %s\n", line->name, line->year, line->month,
                    line->day, found, line->expected);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

#define ASK(...)                                                                                   \
    do {                                                                                           \
        static const struct line lines_[] = {__VA_ARGS__};                                         \
        ask(lines_, sizeof lines_ / sizeof *lines_);                                               \
    } while (0)

/* Four scores: 2025-06-30, 2025-12-31, 2026-01-01, 2026-02-28; born 1970-02-28. */
static void dossier(void)
{
    desk_text(&desk, "pack", eval_pack, sizeof eval_pack - 1);
    must("admin", "{'verb':'change','what':'person','subjects':{'it':'person:li'},'args':{'birth':"
                  "'1970-02-28'},'on':'2020-01-01'}");
    scored("2025-06-30", 50, "poor");
    scored("2025-12-31", 80, "fair");
    scored("2026-01-01", 90, "good");
    scored("2026-02-28", 61, "");
}

static void selections_come_to_what_the_manual_says(void **state)
{
    (void)state;
    dossier();
    ASK({"e_count", 2026, 3, 2, "4"}, {"e_has", 2026, 3, 2, "yes"}, {"e_lacks", 2026, 3, 2, "no"},
        {"e_sum", 2026, 3, 2, "281"}, {"e_mean", 2026, 3, 2, "281/4"},
        {"e_latest", 2026, 3, 2, "2026-02-28"}, {"e_latest_points", 2026, 3, 2, "61"},
        {"e_newest", 2026, 3, 2, "151"}, {"e_share", 2026, 3, 2, "3/4"},
        {"e_every", 2026, 3, 2, "yes"}, {"e_every_not", 2026, 3, 2, "no"},
        {"e_better", 2026, 3, 2, "2"});
}

static void a_question_of_an_earlier_day_does_not_see_what_came_after(void **state)
{
    (void)state;
    dossier();
    ASK({"e_count", 2025, 6, 29, "0"}, {"e_count", 2025, 6, 30, "1"},
        {"e_count", 2025, 12, 31, "2"}, {"e_has", 2025, 12, 31, "no"},
        {"e_lacks", 2025, 12, 31, "yes"}, {"e_latest", 2025, 6, 29, ""},
        {"e_sum", 2026, 1, 31, "220"});
}

static void windows_end_and_begin_on_their_days(void **state)
{
    (void)state;
    dossier();
    ASK({"e_year", 2025, 12, 31, "2"}, {"e_year", 2026, 1, 1, "2"}, {"e_year", 2026, 3, 2, "2"},
        {"e_half", 2025, 6, 30, "1"}, {"e_half", 2025, 7, 1, "1"}, {"e_half", 2025, 12, 31, "1"},
        {"e_quarter", 2026, 3, 2, "2"}, {"e_quarter", 2025, 12, 31, "1"},
        {"e_month", 2026, 2, 28, "1"}, {"e_month", 2026, 3, 1, "0"}, {"e_before", 2026, 3, 2, "1"},
        {"e_before", 2025, 12, 31, "0"}, {"e_last", 2026, 1, 31, "2"}, {"e_last", 2026, 3, 2, "1"},
        {"e_recorded", 2026, 3, 2, "4"});
}

static void spells_in_force_are_joined_and_count_both_their_days(void **state)
{
    (void)state;
    dossier();
    plain_fact("posted", "2025-01-01");
    ASK({"e_held", 2025, 1, 1, "yes"}, {"e_held", 2024, 12, 31, "no"},
        {"e_served", 2025, 1, 31, "31"}, {"e_months", 2025, 12, 31, "12"});
    plain_fact("left", "2025-02-01");
    ASK({"e_held", 2025, 1, 31, "yes"}, {"e_held", 2025, 2, 1, "no"},
        {"e_served", 2025, 6, 30, "31"});
    plain_fact("posted", "2025-03-01");
    ASK({"e_served", 2025, 3, 10, "41"}, {"e_served_in", 2026, 1, 31, "31"},
        {"e_served_in", 2024, 12, 31, "0"});
}

static void what_lasts_a_year_is_in_force_to_the_end_of_its_last_day(void **state)
{
    (void)state;
    dossier();
    plain_fact("licence", "2025-01-31");
    ASK({"e_licence", 2025, 1, 31, "yes"}, {"e_licence", 2026, 1, 31, "yes"},
        {"e_licence", 2026, 2, 1, "no"}, {"e_licence", 2025, 1, 30, "no"});
}

static void ages_and_dates_follow_the_calendar(void **state)
{
    (void)state;
    dossier();
    ASK({"e_age", 2026, 2, 27, "55"}, {"e_age", 2026, 2, 28, "56"},
        {"e_retires", 2026, 3, 2, "2030-02-28"}, {"e_earlier", 2026, 3, 2, "1969-08-28"},
        {"e_first", 2026, 3, 2, "1970-02-28"});
}

static void arithmetic_is_exact_and_rounds_where_it_is_told_to(void **state)
{
    (void)state;
    dossier();
    ASK({"e_total", 2026, 3, 2, "286"}, {"e_less", 2026, 3, 2, "276"},
        {"e_times", 2026, 3, 2, "4/3"}, {"e_ratio", 2026, 3, 2, "281/4"},
        {"e_round", 2026, 3, 2, "71"}, {"e_weighted", 2026, 3, 2, "847/4"});
}

static void tables_and_lines_are_looked_up(void **state)
{
    (void)state;
    dossier();
    ASK({"e_grade", 2026, 1, 1, "good"}, {"e_lookup", 2026, 1, 1, "3"},
        {"e_lookup", 2025, 12, 31, "2"}, {"e_pick", 2026, 3, 2, "low"});
    scored("2026-03-01", 40, "poor");
    ASK({"e_pick", 2026, 3, 2, "high"}, {"e_lookup", 2026, 3, 2, "1"});
}

static void a_superseded_fact_is_seen_no_more(void **state)
{
    (void)state;
    dossier();
    must("admin",
         "{'verb':'correct','args':{'fact':4,'day':'2026-02-27','fields':[['points',99]],"
         "'reason':{'$hex':'%064d'}}}",
         1);
    ASK({"e_count", 2026, 3, 2, "4"}, {"e_latest", 2026, 3, 2, "2026-02-27"},
        {"e_latest_points", 2026, 3, 2, "99"}, {"e_sum", 2026, 3, 2, "319"});
}

/* ---- until when ---- */

/* What is read on a day holds until the day that the evaluation names: asked on every day between,
 * the value is the same. Returns on how many days it named a later one than tomorrow. */
static unsigned holds_until_named(const struct value_def *def, const char *subject)
{
    const struct state *state = desk.state;
    struct value it = {.kind = VALUE_SUBJECT};
    struct value held = {.kind = VALUE_MISSING};
    int32_t first = date_from_civil(2024, 6, 1), last = date_from_civil(2027, 12, 31);
    int32_t held_until = first;
    unsigned far = 0;
    it.subject = state_subject(state, symbol_find(state->symbols, subject));
    for (int32_t day = first; day <= last; day++) {
        struct scope scope = scope_of(state, &desk.arena, it, day);
        int32_t until = INT32_MAX;
        scope.until = &until;
        struct value value = eval_value(&scope, def, &it);
        bool both_missing = value.kind == VALUE_MISSING && held.kind == VALUE_MISSING;
        if (day < held_until && !both_missing && !value_equal(&value, &held)) {
            char text[DATE_TEXT_SIZE];
            fail_msg("%s was said to hold until later than %s",
                     symbol_text(state->symbols, def->name), date_text(day, text));
        }
        assert_true(until > day);
        far += until > day + 1;
        if (day >= held_until) {
            held = value;
            held_until = until;
        }
    }
    return far;
}

static void a_value_holds_until_the_day_its_evaluation_names(void **state)
{
    (void)state;
    dossier();
    must("admin", "{'verb':'register','what':'unit','subjects':{'it':'unit:other'}}");
    must("admin", "{'verb':'change','what':'person','subjects':{'it':'person:li'},'args':{'birth':"
                  "'1971-05-05'},'on':'2025-05-05'}");
    must("admin", "{'verb':'change','what':'person','subjects':{'it':'person:li'},'args':{'unit':"
                  "'unit:other'},'on':'2025-10-10'}");
    plain_fact("posted", "2025-01-01");
    plain_fact("left", "2025-06-15");
    plain_fact("posted", "2025-09-01");
    plain_fact("licence", "2024-08-31");
    plain_fact("licence", "2025-11-30");
    const struct pack *pack =
        rulebook_pack(&desk.state->rules, symbol_find(desk.state->symbols, "E"), 0);
    symbol unit = symbol_find(desk.state->symbols, "unit");
    unsigned far = 0;
    for (unsigned i = 0; i < pack->value_count; i++)
        far += holds_until_named(&pack->values[i],
                                 pack->values[i].subject_kind == unit ? "unit:dept" : "person:li");
    assert_true(far > 20 * 1000); /* most values hold for long: the test is not about tomorrows */
    ASK({"e_expired", 2024, 8, 30, ""}, {"e_expired", 2024, 8, 31, "before"},
        {"e_expired", 2025, 8, 31, "on"}, {"e_expired", 2025, 9, 1, "after"},
        {"e_expired", 2025, 11, 30, "before"});
}

/* "posted left +days": the fact types read, and what else. */
static const char *reads_of(const char *name)
{
    const struct state *state = desk.state;
    const struct value_def *def = rulebook_value(
        &state->rules, symbol_find(state->symbols, "person"), symbol_find(state->symbols, name));
    struct reads reads = {0};
    char *text = arena_text(&desk.arena, "");
    assert_non_null(def);
    reads_value(&reads, &state->rules, &desk.arena, def);
    for (unsigned i = 0; i < reads.types.count; i++)
        text = arena_format(&desk.arena, "%s%s%s", text, *text ? " " : "",
                            symbol_text(state->symbols, reads.types.items[i]));
    return arena_format(&desk.arena, "%s%s%s", text, reads.days ? " +days" : "",
                        reads.all ? " +all" : "");
}

static void what_a_value_reads_is_known_through_other_values(void **state)
{
    (void)state;
    dossier();
    static const char *const expected[][2] = {{"e_count", "scored"},
                                              {"e_held", "posted left"},
                                              {"e_licence", "licence +days"},
                                              {"e_year", "scored +days"},
                                              {"e_age", " +days"},
                                              {"e_retires", ""},
                                              {"e_pick", "scored"},
                                              {"e_lookup", "scored"},
                                              {"e_expires", "licence"},
                                              {"e_expired", "licence +days"},
                                              {"e_served", "posted left +days"},
                                              {"nothing", "left"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_string_equal(reads_of(expected[i][0]), expected[i][1]);
    struct reads some = {.types = {(symbol[]){symbol_find(desk.state->symbols, "scored")}, 1}};
    assert_true(reads_type(&some, symbol_find(desk.state->symbols, "scored")));
    assert_false(reads_type(&some, symbol_find(desk.state->symbols, "posted")));
    assert_true(reads_type(&some, SYMBOL_NONE));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        CASE(selections_come_to_what_the_manual_says),
        CASE(a_question_of_an_earlier_day_does_not_see_what_came_after),
        CASE(windows_end_and_begin_on_their_days),
        CASE(spells_in_force_are_joined_and_count_both_their_days),
        CASE(what_lasts_a_year_is_in_force_to_the_end_of_its_last_day),
        CASE(ages_and_dates_follow_the_calendar),
        CASE(arithmetic_is_exact_and_rounds_where_it_is_told_to),
        CASE(tables_and_lines_are_looked_up),
        CASE(a_superseded_fact_is_seen_no_more),
        CASE(a_value_holds_until_the_day_its_evaluation_names),
        CASE(what_a_value_reads_is_known_through_other_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
