/* test_models.c - what the general read models show of a small office at work. */
#include "test.h"

#include "tests/desk/shown.h"

#define REASON "{'$hex':'0000000000000000000000000000000000000000000000000000000000000000'}"

static struct desk desk;
static struct shown shown;

static int open_office(void **state)
{
    (void)state;
    desk_open(&desk, date_parse("2026-01-05"));
    shown_open(&shown, &desk);
    return 0;
}

static int close_office(void **state)
{
    (void)state;
    shown_close(&shown);
    desk_close(&desk);
    return 0;
}

static void must(const char *member, const char *json)
{
    desk_must(&desk, member, json);
}

static void assert_column(const char *list, const char *column, const char *args,
                          const char *wanted)
{
    assert_string_equal(shown_column(&shown, list, column, args), wanted);
}

/* ---- facts ---- */

static void fact(const char *type, const char *person, const char *on)
{
    must("admin", DESK_FORMAT(&desk,
                              "{'verb':'fact','what':'%s','on':'%s','subjects':{'person':"
                              "'person:%s'}}",
                              type, on, person));
}

static void a_fact_is_in_force_until_another_ends_or_replaces_it(void **state)
{
    (void)state;
    fact("frozen", "li", "2026-01-02");
    fact("frozen", "ma", "2026-01-03");
    shown_fold(&shown);
    int64_t before = state_next_number(shown.state) - 1;
    assert_column("facts", "state", "{}", "in_force | in_force");
    assert_column("facts", "unit", "{}", "unit:dept | unit:dept");
    assert_column("facts", "title", "{'subject':'person:li'}", "冻结");
    fact("thawed", "li", "2026-01-04");
    shown_fold(&shown);
    assert_column("facts", "state", "{'type':'frozen'}", "ended | in_force");
    assert_column("facts", "ended_on", "{'type':'frozen'}", "2026-01-04 | -");
    assert_column("facts", "last_day", "{'type':'frozen'}", "2026-01-03 | -");
    assert_column("facts", "fact", "{'type':'frozen','on':'2026-01-03'}", "1 | 2");
    assert_column("facts", "fact", "{'type':'frozen','on':'2026-01-04'}", "2");
    assert_column("facts", "by", "{'fact':1}", "3");
    assert_column("facts", "state",
                  DESK_FORMAT(&desk, "{'fact':1,'known_at':%lld}", (long long)before), "in_force");
    /* The end is put on another day: fact 4 stands for it, and ends fact 1 in its place. */
    must("admin", "{'verb':'correct','args':{'fact':3,'day':'2026-01-05','reason':" REASON "}}");
    shown_fold(&shown);
    assert_column("facts", "state", "{'order':'key'}", "ended | in_force | superseded | in_force");
    assert_column("facts", "ended_on", "{'fact':1}", "2026-01-05");
    assert_column("facts", "by", "{'order':'key'}", "4 | 0 | 4 | 0");
    /* Put before the fact's own day it ends nothing. */
    must("admin", "{'verb':'correct','args':{'fact':4,'day':'2026-01-01','reason':" REASON "}}");
    shown_fold(&shown);
    assert_column("facts", "state", "{'fact':1}", "in_force");
    assert_column("facts", "ended_on", "{'fact':1}", "-");
}

static void an_end_recorded_before_its_beginning_is_found(void **state)
{
    (void)state;
    fact("thawed", "li", "2026-01-04");
    fact("frozen", "li", "2026-01-02");
    shown_fold(&shown);
    assert_column("facts", "state", "{'type':'frozen'}", "ended");
    must("admin", "{'verb':'correct','args':{'fact':1,'day':'2026-01-01','reason':" REASON "}}");
    shown_fold(&shown);
    assert_column("facts", "state", "{'type':'frozen'}", "in_force");
}

static void facts_are_found_by_day_type_and_subject(void **state)
{
    (void)state;
    fact("held", "ma", "2026-01-04");
    fact("frozen", "li", "2026-01-03");
    fact("held", "li", "2026-01-02");
    shown_fold(&shown);
    assert_column("facts", "fact", "{}", "3 | 2 | 1"); /* by day */
    assert_column("facts", "fact", "{'order':'type'}", "2 | 1 | 3");
    assert_column("facts", "fact", "{'subject':'person:li'}", "2 | 3");
    assert_column("facts", "fact", "{'subject':'person:li','order':'day'}", "3 | 2");
    assert_column("facts", "fact", "{'slots':'person:ma'}", "1");
    assert_column("facts", "fact", "{'from':'2026-01-03','within':'unit:top'}", "2 | 1");
    assert_column("facts", "fact", "{'within':'unit:top','type':'held','limit':1}", "1");
}

/* ---- members, keys, roles ---- */

static void a_delegated_role_ends_with_the_one_it_stands_for(void **state)
{
    (void)state;
    const char *roles = "{'role':'clerk'}";
    must("admin", "{'verb':'assign','args':{'member':'ann','role':'clerk','unit':'unit:top','from':"
                  "'2026-01-01','to':'2026-06-30'}}");
    shown_fold(&shown);
    assert_column("roles", "member", roles, "ann | ann");
    const char *number = strrchr(shown_column(&shown, "roles", "assignment", roles), ' ') + 1;
    must("ann", DESK_FORMAT(&desk,
                            "{'verb':'delegate','args':{'assignment':%s,'member':'eve','from':"
                            "'2026-02-01','to':'2026-12-31'}}",
                            number));
    shown_fold(&shown);
    assert_column("roles", "behalf", "{'member':'eve'}", "ann");
    assert_column("roles", "last_day", "{'member':'eve'}", "2026-06-30");
    assert_column("roles", "of", "{'member':'eve'}", number);
    assert_column("roles", "member", "{'role':'clerk','on':'2026-01-31','unit':'unit:top'}", "ann");
    assert_column("roles", "member", "{'role':'clerk','on':'2026-06-30','unit':'unit:top'}",
                  "ann | eve");
    assert_column("roles", "member", "{'role':'clerk','on':'2026-07-01'}", "ann");
    desk.today = date_parse("2026-03-05");
    must("admin",
         DESK_FORMAT(&desk, "{'verb':'relieve','args':{'assignment':%s,'to':'2026-03-31'}}",
                     number));
    shown_fold(&shown);
    assert_column("roles", "last_day", "{'member':'eve'}", "2026-03-31");
    assert_column("roles", "last_day", "{'member':'eve','as_of':'2026-03-04'}", "2026-06-30");
}

static void a_revoked_key_stays_on_record(void **state)
{
    (void)state;
    desk.today = date_parse("2026-01-07");
    must("admin", DESK_FORMAT(&desk, "{'verb':'revoke','args':{'key':" DESK_KEY "}}",
                              desk_key(&desk, "eve")));
    shown_fold(&shown);
    assert_column("keys", "state", "{'member':'eve'}", "revoked");
    assert_column("keys", "revoked_on", "{'member':'eve'}", "2026-01-07");
    assert_column("keys", "state", "{'member':'ann'}", "in_force");
    assert_column("members", "keys", "{'member':'eve'}", "0");
    assert_column("members", "keys", "{'member':'eve','as_of':'2026-01-06'}", "1");
    assert_column("members", "person", "{'member':'eve'}", "person:eve");
}

static void names_come_by_pinyin(void **state)
{
    (void)state;
    static const char *const names[] = {"周明", "安然", "李丽", "张三", "白云", "李立"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        desk_enrol(&desk, names[i], "");
    shown_fold(&shown);
    assert_column(
        "members", "member", "{}",
        "安然 | 白云 | 李立 | 李丽 | 张三 | 周明 | admin | ann | bo | cai | dan | eve | li | "
        "ma");
    assert_column("members", "member", "{'order':'member','limit':2}", "安然 | 白云");
    assert_column("keys", "member", "{'member':'李立'}", "李立");
}

/* ---- reminders on their way ---- */

static void deliver(const char *reminder, const char *recipient, const char *outcome, int attempt)
{
    must("admin", DESK_FORMAT(&desk,
                              "{'verb':'deliver','args':{'key':'%s','channel':'smtp','recipient':"
                              "'%s','outcome':'%s','attempt':%d,'detail':'451'}}",
                              reminder, recipient, outcome, attempt));
}

static void an_outbox_shows_for_each_recipient_what_became_of_a_reminder(void **state)
{
    (void)state;
    fact("started", "li", "2026-01-05");
    desk_until(&desk, date_parse("2026-01-25")); /* the talk was due on the 19th, for the clerk */
    shown_fold(&shown);
    assert_column("outbox", "kind", "{}", "before | before");
    const char *reminder =
        shown_column(&shown, "outbox", "reminder", "{'recipient':'ann','limit':1}");
    deliver(reminder, "ann", "failed", 1);
    shown_fold(&shown);
    const char *mine = DESK_FORMAT(&desk, "{'reminder':'%s'}", reminder);
    assert_column("outbox", "state", mine, "pending");
    deliver(reminder, "ann", "sent", 2);
    deliver(reminder, "ann", "failed", 3); /* of a worker that came late */
    shown_fold(&shown);
    assert_column("outbox", "state", mine, "sent");
    assert_column("outbox", "attempts", mine, "3");
    assert_column("outbox", "channel", mine, "smtp");
    assert_column("deliveries", "outcome", mine, "failed | sent | failed");
    assert_column("deliveries", "attempt", mine, "1 | 2 | 3");
    assert_column("deliveries", "recipient", "{'outcome':'sent'}", "ann");
    assert_column("deliveries", "kind", "{'outcome':'sent'}", "before");
    must("ann", DESK_FORMAT(&desk, "{'verb':'acknowledge','args':{'key':'%s'}}", reminder));
    deliver(reminder, "ann", "failed", 4);
    shown_fold(&shown);
    assert_column("outbox", "state", mine, "acknowledged");
    assert_column("outbox", "acknowledged", mine, "2026-01-25");
    assert_column("deliveries", "day", "{'outcome':'sent'}", "2026-01-25");
}

/* ---- statistics ---- */

static const char *sums(const char *args)
{
    struct datum rows = shown_rows(&shown, "statistics_sum", args);
    struct buffer out;
    buffer_init(&out);
    for (uint32_t i = 0; i < rows.count; i++) {
        buffer_add_text(&out, i ? " | " : "");
        shown_write(&rows.items[i], &out);
    }
    const char *text = arena_text(&desk.arena, buffer_text(&out));
    buffer_done(&out);
    return text;
}

static void what_happened_is_counted_by_unit_and_month_and_summed_on_request(void **state)
{
    (void)state;
    must("admin", "{'verb':'change','what':'person','subjects':{'it':'person:ma'},'args':{'unit':"
                  "'unit:top'},'on':'2026-01-01'}");
    desk.today = date_parse("2026-07-20");
    fact("held", "li", "2026-01-05");
    fact("held", "li", "2026-01-06");
    fact("held", "ma", "2026-02-03");
    fact("held", "li", "2026-07-01");
    shown_fold(&shown);
    assert_column("statistics", "count", "{'measure':'fact'}", "2 | 1 | 1");
    assert_column("statistics", "unit", "{'measure':'fact'}", "unit:dept | unit:top | unit:dept");
    assert_column("statistics", "month", "{'measure':'fact','within':'unit:dept'}",
                  "2026-01-01 | 2026-07-01");
    assert_string_equal(sums("{'measure':'fact','per':'quarter'}"),
                        "[2026-Q1, , fact, held, 3] | [2026-Q3, , fact, held, 1]");
    assert_string_equal(sums("{'measure':'fact','per':'half','within':'unit:top'}"),
                        "[2026-H1, unit:top, fact, held, 3] | [2026-H2, unit:top, fact, held, 1]");
    assert_string_equal(sums("{'measure':'fact','per':'year','within':'unit:dept'}"),
                        "[2026, unit:dept, fact, held, 3]");
    assert_string_equal(sums("{'measure':'fact','per':'all','from':'2026-02-27','each_unit':true}"),
                        "[, unit:dept, fact, held, 1] | [, unit:top, fact, held, 1]");
    assert_string_equal(sums("{'measure':'fact','until':'2026-01-31'}"),
                        "[2026-01, , fact, held, 2]");
    must("admin", "{'verb':'correct','args':{'fact':1,'day':'2026-03-01','reason':" REASON "}}");
    shown_fold(&shown);
    assert_string_equal(
        sums("{'what':'held','until':'2026-03-31'}"),
        "[2026-01, , fact, held, 1] | [2026-02, , fact, held, 1] | [2026-03, , fact, "
        "held, 1]");
}

static void duties_are_counted_when_opened_met_and_overdue(void **state)
{
    (void)state;
    fact("started", "li", "2026-01-05"); /* T-HOLD within ten working days */
    desk_until(&desk, date_parse("2026-01-25"));
    fact("held", "li", "2026-01-25");
    shown_fold(&shown);
    assert_string_equal(sums("{'what':'T-HOLD','measure':'duty_opened','until':'2026-01-31'}"),
                        "[2026-01, , duty_opened, T-HOLD, 1]");
    assert_string_equal(sums("{'what':'T-HOLD','measure':'duty_overdue'}"),
                        "[2026-01, , duty_overdue, T-HOLD, 1]");
    assert_string_equal(sums("{'what':'T-HOLD','measure':'duty_met_late'}"),
                        "[2026-01, , duty_met_late, T-HOLD, 1]");
    assert_string_equal(sums("{'what':'T-HOLD','measure':'duty_met'}"), "");
    assert_string_equal(sums("{'measure':'case_opened'}"), "[2026-01, , case_opened, T-TALK, 1]");
    assert_true(strstr(sums("{'measure':'reminder'}"), "T-HOLD") != NULL);
}

/* ---- values ---- */

static void a_watched_value_is_shown_with_what_it_was_and_since_when(void **state)
{
    (void)state;
    static const char pack[] =
        "pack: {id: V, words: 1, title: {zh: 值, en: Values}, authority: issued}\n"
        "values:\n"
        "  mood:\n"
        "    for: person\n"
        "    title: {zh: 状态, en: Mood}\n"
        "    pick:\n"
        "      - {is: cold, if: {has: frozen, in_force: true}}\n"
        "      - {is: warm, if: {has: held}}\n"
        "    changed: {any: {}}\n";
    desk_text(&desk, "pack", pack, sizeof pack - 1);
    fact("held", "li", "2026-01-05");
    desk.today = date_parse("2026-01-06");
    fact("frozen", "li", "2026-01-06");
    shown_fold(&shown);
    const char *mine = "{'subject':'person:li'}";
    assert_column("values", "present", mine, "cold");
    assert_column("values", "previous", mine, "warm");
    assert_column("values", "since", mine, "2026-01-06");
    assert_column("values", "title", mine, "状态");
    assert_column("values", "unit", "{'value':'mood','within':'unit:top'}", "unit:dept");
    assert_column("values", "present", "{'subject':'person:li','as_of':'2026-01-05'}", "warm");
}

/* ---- inbox ---- */

static const char *refusals(const char *member)
{
    struct datum rows =
        shown_rows(&shown, "inbox", DESK_FORMAT(&desk, "{'member':'%s','language':'en'}", member));
    struct buffer out;
    buffer_init(&out);
    for (uint32_t i = 0; i < rows.count; i++) {
        const struct datum *clauses = &rows.items[i].items[8];
        buffer_addf(&out, "%s%.*s:", i ? " | " : "", (int)rows.items[i].items[3].count,
                    rows.items[i].items[3].text);
        for (uint32_t k = 0; k < clauses->count; k++)
            buffer_addf(&out, " %.*s", (int)clauses->items[k].items[0].count,
                        clauses->items[k].items[0].text);
    }
    const char *text = arena_text(&desk.arena, buffer_text(&out));
    buffer_done(&out);
    return text;
}

static void an_inbox_says_what_would_refuse_whatever_the_content(void **state)
{
    (void)state;
    static const char pack[] =
        "pack: {id: W, words: 1, title: {zh: 会, en: Would}, authority: issued, uses: [T]}\n"
        "procedures:\n"
        "  W-CASE:\n"
        "    title: {zh: 事项, en: Matter}\n"
        "    about: {person: person}\n"
        "    apart: [[one, two]]\n"
        "    steps:\n"
        "      one: {title: 一, by: clerk}\n"
        "      two:\n"
        "        title: 二\n"
        "        by: clerk\n"
        "        fields: {score: {type: int, min: 0, max: 100}}\n"
        "        guards:\n"
        "          - {id: talked, rule: W-1, require: {has: held, of: person}}\n"
        "          - {id: enough, rule: W-2, require: {two.score: {min: 60}}}\n"
        "rules: {W-1: 应当谈话, W-2: 分数不足}\n";
    desk_text(&desk, "pack", pack, sizeof pack - 1);
    desk_assign(&desk, "eve", "clerk", "unit:top");
    must("ann", "{'verb':'act','what':'W-CASE.one','subjects':{'person':'person:li'}}");
    shown_fold(&shown);
    assert_string_equal(refusals("ann"), "two: apart");  /* who signed one does not sign two */
    assert_string_equal(refusals("eve"), "two: talked"); /* the score is for her to say */
    fact("held", "li", "2026-01-05");
    shown_fold(&shown);
    assert_string_equal(refusals("eve"), "two:");
    assert_int_equal(desk_ask(&desk, "eve",
                              "{'verb':'act','what':'W-CASE.two','case':1,'args':{"
                              "'score':70}}"),
                     REFUSAL_none);
}

#define OFFICE(test) cmocka_unit_test_setup_teardown(test, open_office, close_office)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OFFICE(a_fact_is_in_force_until_another_ends_or_replaces_it),
        OFFICE(an_end_recorded_before_its_beginning_is_found),
        OFFICE(a_delegated_role_ends_with_the_one_it_stands_for),
        OFFICE(a_revoked_key_stays_on_record),
        OFFICE(an_outbox_shows_for_each_recipient_what_became_of_a_reminder),
        OFFICE(what_happened_is_counted_by_unit_and_month_and_summed_on_request),
        OFFICE(duties_are_counted_when_opened_met_and_overdue),
        OFFICE(a_watched_value_is_shown_with_what_it_was_and_since_when),
        OFFICE(an_inbox_says_what_would_refuse_whatever_the_content),
        OFFICE(names_come_by_pinyin),
        OFFICE(facts_are_found_by_day_type_and_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
