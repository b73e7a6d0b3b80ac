/* test_duties.c - one effect for each rung of a duty, whatever happens in between: ticks said twice
 * or too early, duties that are moved or corrected, calendars that arrive, roles that change hands.
 */
#include "test.h"

#include "tests/desk/desk.h"

static const char pack[] =
    "pack: {id: U, words: 1, title: {zh: 答复, en: Answers}, authority: issued, uses: [T],\n"
    "  waiver: board, supervisor: board}\n"
    "roles:\n"
    "  handler: {title: {zh: 承办人, en: Handler}, superior: head}\n"
    "  head: {title: {zh: 科长, en: Head}}\n"
    "  board: {title: {zh: 督办, en: Board}}\n"
    "facts:\n"
    "  asked: {title: {zh: 询问, en: Asked}, about: [person]}\n"
    "  answered: {title: {zh: 答复, en: Answered}, about: [person]}\n"
    "duties:\n"
    "  U-ANSWER: {title: 答复, rules: [U-1], when: {fact: asked, for: person}, due: P30D,\n"
    "    met: {has: answered}, ladder: Q, owner: handler}\n"
    "  U-START: {title: 开年, rules: [U-1], when: {every: year, for: unit}, due: P10WD,\n"
    "    met: {has: answered}, ladder: Q, owner: handler}\n"
    "rules: {U-1: 应当答复}\n"
    "ladders:\n"
    "  Q: {before: [P10D, P5D, P1D], after: [P1WD, P7D], escalate: {superior: P2D, supervisor: "
    "P2D}}\n";

#define REASON "{'$hex':'0000000000000000000000000000000000000000000000000000000000000001'}"

static struct desk desk;
static long long assignment; /* the last that was made */

#define asks(member, ...) desk_ask(&desk, member, DESK_FORMAT(&desk, __VA_ARGS__))
#define must(member, ...) desk_must(&desk, member, DESK_FORMAT(&desk, __VA_ARGS__))

static int32_t day(int month, int day_of_month)
{
    return date_from_civil(2026, month, day_of_month);
}

static void assign(const char *member, const char *role, const char *from, const char *to)
{
    must("admin",
         "{'verb':'assign','args':{'member':'%s','role':'%s','unit':'unit:dept','from':'%s',"
         "'to':%s}}",
         member, role, from, to);
    assignment = (long long)desk.state->assignments.count - 1;
}

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, day(3, 2));
    desk_text(&desk, "pack", pack, sizeof pack - 1);
    assign("eve", "handler", "2020-01-01", "null");
    assign("ann", "head", "2020-01-01", "null");
    assign("dan", "board", "2020-01-01", "null");
    desk_until(&desk, desk.today);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    return desk_folds_and_closes(&desk);
}

static long long ask_person(const char *person)
{
    must("admin", "{'verb':'fact','what':'asked','subjects':{'person':'person:%s'}}", person);
    return (long long)desk.state->duties.count - 1;
}

static const struct duty_row *duty(long long number)
{
    return &desk.state->duties.items[number];
}

/* ---- what is on record ---- */

static unsigned count_events(enum event_type type, long long number)
{
    unsigned count = 0;
    for (unsigned i = 0; i < desk.entry_count; i++)
        for (unsigned k = 0; k < desk.entries[i].event_count; k++)
            count += desk.entries[i].events[k].type == type &&
                     event_int(&desk.entries[i].events[k], "duty") == number;
    return count;
}

/* The newest rung of a kind; NULL: none. */
static const struct event *rung_of(long long number, const char *kind)
{
    for (unsigned i = desk.entry_count; i-- > 0;)
        for (unsigned k = desk.entries[i].event_count; k-- > 0;) {
            const struct event *event = &desk.entries[i].events[k];
            if (event->type == EVENT_rung_due && event_int(event, "duty") == number &&
                datum_is_text(event_datum(event, "kind"), kind))
                return event;
        }
    return NULL;
}

static bool goes_to(const struct event *event, const char *member)
{
    const struct datum *to =
        event_datum(event, event->type == EVENT_rung_due ? "to" : "responsible");
    return to->count == 1 && datum_is_text(&to->items[0], member);
}

static const struct event *overdue_of(long long number)
{
    for (unsigned i = 0; i < desk.entry_count; i++)
        for (unsigned k = 0; k < desk.entries[i].event_count; k++)
            if (desk.entries[i].events[k].type == EVENT_duty_overdue &&
                event_int(&desk.entries[i].events[k], "duty") == number)
                return &desk.entries[i].events[k];
    return NULL;
}

static void assert_keys_are_different(void)
{
    const struct datum *keys[1000];
    unsigned count = 0;
    for (unsigned i = 0; i < desk.entry_count; i++)
        for (unsigned k = 0; k < desk.entries[i].event_count; k++) {
            const struct event *event = &desk.entries[i].events[k];
            if (event->type != EVENT_rung_due)
                continue;
            for (unsigned n = 0; n < count; n++)
                assert_false(datum_equal(keys[n], event_datum(event, "key")));
            assert_true(count < 1000);
            keys[count++] = event_datum(event, "key");
        }
    assert_true(count > 0);
}

/* ---- ticks ---- */

#define TICK "{'verb':'tick','args':{'kind':'%s','day':'%s','what':'%s','number':%lld}}"

static void two_escalations_of_one_day_are_two_and_neither_is_given_twice(void **state)
{
    (void)state;
    long long number = ask_person("li"); /* due on 04-01, a Wednesday; escalations on 04-03 */
    desk_until(&desk, day(4, 2));
    desk.today = day(4, 3);
    assert_string_equal(
        refusal_name(asks("admin", TICK, "escalate", "2026-04-03", "supervisor", number)),
        "not_due");
    assert_string_equal(
        refusal_name(asks("admin", TICK, "escalate", "2026-04-03", "superior", number)), "");
    assert_string_equal(
        refusal_name(asks("admin", TICK, "escalate", "2026-04-03", "superior", number)), "not_due");
    assert_string_equal(
        refusal_name(asks("admin", TICK, "escalate", "2026-04-03", "anybody", number)), "not_due");
    assert_string_equal(
        refusal_name(asks("admin", TICK, "escalate", "2026-04-03", "supervisor", number)), "");
    assert_true(goes_to(rung_of(number, "superior"), "ann"));
    assert_true(goes_to(rung_of(number, "supervisor"), "dan"));
    assert_keys_are_different();
}

static void a_tick_before_its_day_is_refused_without_a_trace_and_taken_on_its_day(void **state)
{
    (void)state;
    long long number = ask_person("li");
    int64_t before = state_next_number(desk.state);
    assert_string_equal(refusal_name(asks("admin", TICK, "rung", "2026-03-20", "", number)),
                        "not_due");
    const char *on_its_day = "{'verb':'tick','on':'2026-03-20','args':{'kind':'rung',"
                             "'day':'2026-03-20','what':'','number':1}}";
    struct json_command *read = ARENA_NEW(&desk.arena, struct json_command);
    char *text = arena_text(&desk.arena, on_its_day);
    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    assert_int_equal(json_command_read(text, DESK_ORIGIN, &desk.arena, read, NULL), STATUS_OK);
    assert_int_equal(desk_decide(&desk, "admin", &read->command)->refusal, REFUSAL_not_due);
    assert_int_equal(state_next_number(desk.state), before);
    desk.today = duty(number)->deadline.rungs[0];
    char date[DATE_TEXT_SIZE];
    assert_string_equal(
        refusal_name(asks("admin", TICK, "rung", date_text(desk.today, date), "", number)), "");
}

static void what_waits_for_no_hour_is_listed_before_the_hour(void **state)
{
    (void)state;
    long long last = 0;
    struct tick ticks[8];
    for (int i = 0; i < 20; i++)
        last = ask_person("li");
    must("admin", "{'verb':'fact','what':'asked','subjects':{'person':'person:ma'},"
                  "'on':'2026-02-17'}"); /* overdue on 03-20, the day of the others' first rungs */
    long long early = (long long)desk.state->duties.count - 1;
    assert_int_equal(duty(last)->deadline.rungs[0], day(3, 20));
    desk_until(&desk, day(3, 19));
    desk.today = day(3, 20);
    assert_int_equal(state_due(desk.state, desk.today, &desk.arena, ticks, 8), 8);
    assert_int_equal(state_due_before_hour(desk.state, desk.today, ticks, 8), 1);
    assert_int_equal(ticks[0].kind, TICK_overdue);
    assert_int_equal(ticks[0].number, early);
    desk.today = day(3, 21); /* what was not said yesterday is late, and waits no longer */
    assert_int_equal(state_due_before_hour(desk.state, desk.today, ticks, 8), 8);
}

static void after_a_week_without_a_clock_each_rung_comes_once_with_its_lateness(void **state)
{
    (void)state;
    long long number = ask_person("li");
    int32_t first = duty(number)->deadline.rungs[0];
    desk_until(&desk, first - 1);
    desk.today =
        duty(number)->deadline.due + 3; /* all three rungs, overdue, a notice, escalations */
    struct tick ticks[64];
    unsigned count;
    while ((count = state_due(desk.state, desk.today, &desk.arena, ticks, 64)) > 0)
        for (unsigned i = 0; i < count; i++) {
            char date[DATE_TEXT_SIZE];
            asks("admin", TICK, tick_name(ticks[i].kind), date_text(ticks[i].day, date),
                 ticks[i].what, (long long)ticks[i].number);
        }
    assert_int_equal(count_events(EVENT_rung_due, number), 6);
    assert_int_equal(count_events(EVENT_duty_overdue, number), 1);
    const struct event *last = rung_of(number, "before");
    assert_int_equal(event_int(last, "late_days"), desk.today - event_date(last, "day"));
    assert_true(event_int(last, "late_days") > 0);
    assert_keys_are_different();
}

/* ---- moved, met and open again ---- */

static void a_reminder_before_another_due_day_is_another_reminder(void **state)
{
    (void)state;
    long long number = ask_person("li");
    desk_until(&desk, duty(number)->deadline.rungs[1]); /* two of three */
    must("dan", "{'verb':'suspend','args':{'duty':%lld,'reason':" REASON "}}", number);
    desk_until(&desk, desk.today + 20);
    must("dan", "{'verb':'resume','args':{'duty':%lld,'reason':" REASON "}}", number);
    unsigned before = count_events(EVENT_rung_due, number);
    desk_until(&desk, duty(number)->deadline.due);
    assert_int_equal(before, 2);
    assert_true(count_events(EVENT_rung_due, number) > before);
    assert_keys_are_different();
}

static void a_duty_met_late_and_open_again_is_overdue_by_the_entry_it_has(void **state)
{
    (void)state;
    long long number = ask_person("li");
    desk_until(&desk, duty(number)->deadline.due + 30);
    assert_int_equal(count_events(EVENT_duty_overdue, number), 1);
    must("admin", "{'verb':'fact','what':'answered','subjects':{'person':'person:li'}}");
    assert_int_equal(duty(number)->state, DUTY_MET);
    long long answer = (long long)desk.state->facts.count - 1;
    unsigned before = count_events(EVENT_rung_due, number);
    desk_until(&desk, desk.today + 30);
    must("admin",
         "{'verb':'correct','args':{'fact':%lld,'day':'2026-01-05','fields':null,'reason':" REASON
         "}}",
         answer); /* it was long before anybody asked */
    assert_int_equal(duty(number)->state, DUTY_OVERDUE);
    desk_until(&desk, desk.today);
    assert_int_equal(count_events(EVENT_duty_overdue, number), 1);
    assert_int_equal(count_events(EVENT_rung_due, number), before + 1); /* the last notice behind */
    assert_keys_are_different();
}

static void a_correction_cancels_what_was_not_sent_and_sends_nothing_again(void **state)
{
    (void)state;
    long long number = ask_person("li");
    long long fact = (long long)desk.state->facts.count - 1;
    desk_until(&desk, duty(number)->deadline.rungs[1]);
    assert_int_equal(count_events(EVENT_rung_due, number), 2);
    must("admin",
         "{'verb':'correct','args':{'fact':%lld,'day':'2026-03-01','fields':null,'reason':" REASON
         "}}",
         fact);
    long long second = (long long)desk.state->duties.count - 1;
    assert_int_not_equal(second, number);
    assert_int_equal(duty(number)->state, DUTY_CANCELLED);
    assert_int_equal(duty(second)->deadline.due, day(3, 31));
    desk_until(&desk, day(3, 31));
    assert_int_equal(count_events(EVENT_rung_due, number), 2); /* its third is cancelled */
    assert_int_equal(count_events(EVENT_rung_due, second), 1); /* only that of the day before */
    assert_int_equal(event_int(rung_of(second, "before"), "late_days"), 0);
}

static void a_correction_of_an_overdue_duty_repeats_neither_notice_nor_escalation(void **state)
{
    (void)state;
    long long number = ask_person("li");
    long long fact = (long long)desk.state->facts.count - 1;
    desk_until(&desk, duty(number)->deadline.due + 10);
    must("admin",
         "{'verb':'correct','args':{'fact':%lld,'day':'2026-03-01','fields':null,'reason':" REASON
         "}}",
         fact);
    long long second = (long long)desk.state->duties.count - 1;
    desk_until(&desk, desk.today);
    assert_int_equal(duty(second)->state, DUTY_OVERDUE);
    assert_int_equal(count_events(EVENT_duty_overdue, second), 1);
    assert_int_equal(count_events(EVENT_rung_due, second), 0);
    desk_until(&desk, desk.today + 7);
    assert_int_equal(count_events(EVENT_rung_due, second), 1); /* the next week's notice */
}

/* ---- who ---- */

static void an_escalation_goes_to_who_holds_the_superior_role_that_day(void **state)
{
    (void)state;
    long long head = assignment - 1, first = ask_person("li");
    desk_until(&desk, day(4, 2));
    must("admin", "{'verb':'relieve','args':{'assignment':%lld,'to':'2026-04-02'}}", head);
    assign("bo", "head", "2026-04-03", "null");
    desk_until(&desk, day(4, 3));
    assert_true(goes_to(rung_of(first, "superior"), "bo"));
}

static void a_delegate_is_reminded_while_the_delegation_holds(void **state)
{
    (void)state;
    must("ann",
         "{'verb':'delegate','args':{'assignment':%lld,'member':'cai','from':'2026-04-03',"
         "'to':'2026-04-03'}}",
         assignment - 1);
    long long number = ask_person("li");
    desk_until(&desk, day(4, 3));
    const struct datum *to = event_datum(rung_of(number, "superior"), "to");
    assert_int_equal(to->count, 2); /* who delegated stays answerable */
    assert_true(datum_is_text(&to->items[0], "ann") && datum_is_text(&to->items[1], "cai"));
}

static void where_a_role_is_vacant_the_next_level_hears_of_it_and_answers(void **state)
{
    (void)state;
    long long number = ask_person("li"), eve = assignment - 2, head = assignment - 1;
    must("admin", "{'verb':'relieve','args':{'assignment':%lld,'to':'2026-03-02'}}", eve);
    desk_until(&desk, day(4, 2));
    assert_true(goes_to(rung_of(number, "before"), "ann"));
    assert_true(goes_to(overdue_of(number), "ann"));
    must("admin", "{'verb':'relieve','args':{'assignment':%lld,'to':'2026-04-02'}}", head);
    desk_until(&desk, day(4, 3));
    assert_true(goes_to(rung_of(number, "superior"), "dan"));
    assert_int_equal(count_events(EVENT_duty_overdue, number), 1);
}

/* ---- calendars ---- */

static const char calendar_2027[] = "year: 2027\n"
                                    "off: [2027-01-01..2027-01-03]\n"
                                    "work: []\n";

static void calendar_load_2026(void)
{
    size_t size;
    char *text = test_file("core/calendars/2026.yaml", &size);
    desk_text(&desk, "calendar", text, size);
    free(text);
    desk_until(&desk, desk.today);
}

/* Duties opened in March lean on no other year, those opened in December on 2027. */
static void a_calendar_recomputes_the_duties_that_leaned_on_its_year_and_no_others(void **state)
{
    (void)state;
    struct tick ticks[64];
    calendar_load_2026();
    for (int i = 0; i < 40; i++)
        ask_person("li");
    desk_until(&desk, day(12, 10));
    must("admin", "{'verb':'fact','what':'answered','subjects':{'person':'person:li'}}");
    for (int i = 0; i < 20; i++) {
        desk.today = day(3, 2) + 300; /* 12-27 */
        ask_person(i < 3 ? "ma" : "li");
    }
    long long last = (long long)desk.state->duties.count - 1;
    must("admin", "{'verb':'fact','what':'answered','subjects':{'person':'person:li'}}");
    desk_until(&desk, desk.today);
    unsigned leaning = 0, asked = 0, moved = 0;
    for (long long i = 1; i <= last; i++)
        leaning += duty_is_open(duty(i)) && provisional_has(&duty(i)->deadline.lean, 2027);
    assert_true(leaning >= 3 && leaning < (unsigned)last / 2);
    desk_text(&desk, "calendar", calendar_2027, sizeof calendar_2027 - 1);
    unsigned from = desk.entry_count,
             count = state_due(desk.state, desk.today, &desk.arena, ticks, 64);
    for (unsigned i = 0; i < count; i++)
        asked += ticks[i].kind == TICK_calendar;
    assert_int_equal(asked, leaning);
    desk_until(&desk, desk.today);
    for (unsigned i = from; i < desk.entry_count; i++)
        for (unsigned k = 0; k < desk.entries[i].event_count; k++) {
            const struct event *event = &desk.entries[i].events[k];
            if (event->type != EVENT_duty_moved)
                continue;
            moved++;
            assert_true(datum_is_text(event_datum(event, "reason"), "calendar"));
            assert_false(provisional_has(&duty(event_int(event, "duty"))->deadline.lean, 2027));
        }
    assert_int_equal(moved, leaning);
}

static void a_duty_of_a_period_is_counted_anew_when_its_calendar_comes(void **state)
{
    (void)state;
    calendar_load_2026();
    desk_until(&desk, date_from_civil(2027, 1, 1));
    symbol name = symbol_find(desk.state->symbols, "U-START");
    const struct numbers *duties = state_numbers(&desk.state->duties_by_name, name);
    long long number = duties->items[duties->count - 1];
    assert_int_equal(duty(number)->period.from, date_from_civil(2027, 1, 1));
    assert_int_equal(duty(number)->deadline.due, date_from_civil(2027, 1, 15));
    static const char published[] = "year: 2027\noff: [2027-01-01..2027-01-08]\nwork: []\n";
    desk_text(&desk, "calendar", published, sizeof published - 1);
    desk_until(&desk, desk.today);
    assert_int_equal(duty(number)->deadline.due, date_from_civil(2027, 1, 22));
}

static void a_calendar_that_comes_while_a_clock_stands_again_takes_no_day_from_it(void **state)
{
    (void)state;
    calendar_load_2026();
    desk_until(&desk, date_from_civil(2027, 1, 5));
    symbol name = symbol_find(desk.state->symbols, "U-START");
    const struct numbers *duties = state_numbers(&desk.state->duties_by_name, name);
    long long number = duties->items[duties->count - 1];
    must("dan", "{'verb':'suspend','args':{'duty':%lld,'reason':" REASON "}}", number);
    desk_until(&desk, date_from_civil(2027, 1, 6));
    must("dan", "{'verb':'resume','args':{'duty':%lld,'reason':" REASON "}}", number);
    int32_t due = duty(number)->deadline.due;
    desk_until(&desk, date_from_civil(2027, 1, 11));
    must("dan", "{'verb':'suspend','args':{'duty':%lld,'reason':" REASON "}}", number);
    assert_int_equal(duty(number)->used_days, 5); /* two, then three */
    desk_text(&desk, "calendar", calendar_2027, sizeof calendar_2027 - 1);
    desk_until(&desk, desk.today);
    assert_false(provisional_has(&duty(number)->deadline.lean, 2027));
    assert_int_equal(duty(number)->deadline.due, due);
}

/* A server that began with a snapshot and one that folded everything agree on what is due. */
static void the_day_of_a_notice_survives_a_snapshot_and_follows_a_calendar(void **state)
{
    (void)state;
    struct buffer snapshot;
    struct state *loaded;
    struct fault fault;
    struct tick live[64], again[64];
    calendar_load_2026();
    desk_until(&desk, day(11, 20));
    long long number = ask_person("li");            /* due on 12-20, overdue since */
    desk_until(&desk, date_from_civil(2027, 1, 1)); /* its next notice: some day of 2027 */
    static const char published[] = "year: 2027\noff: [2027-01-01..2027-01-12]\nwork: []\n";
    desk_text(&desk, "calendar", published, sizeof published - 1);
    buffer_init(&snapshot);
    state_save(desk.state, &snapshot);
    assert_int_equal(state_load(snapshot.data, snapshot.size, &loaded, &fault), STATUS_OK);
    int32_t until = date_from_civil(2027, 3, 1);
    unsigned count = state_due(desk.state, until, &desk.arena, live, 64);
    assert_int_equal(state_due(loaded, until, &desk.arena, again, 64), count);
    assert_true(count > 0);
    for (unsigned i = 0; i < count; i++) { /* in any order within a day */
        bool found = false;
        for (unsigned k = 0; k < count; k++)
            found = found || (live[i].kind == again[k].kind && live[i].day == again[k].day &&
                              live[i].number == again[k].number);
        assert_true(found);
        if (live[i].number == number)
            assert_int_equal(live[i].day, day(12, 31)); /* not on 01-04 */
    }
    state_close(loaded);
    buffer_done(&snapshot);
}

static void ladders_take(const char *after)
{
    char text[400];
    int size = snprintf(text, sizeof text,
                        "pack: {id: R, words: 1, title: {zh: 梯次, en: Ladders}, authority: "
                        "issued}\nladders:\n  R: {before: [P1D], after: %s}\n",
                        after);
    desk_text(&desk, "pack", text, (size_t)size);
}

/* What the desk wrote since, said again to another state. */
static void follow(struct state *other, unsigned from)
{
    struct fault fault;
    for (unsigned i = from; i < desk.entry_count; i++) {
        for (unsigned k = 0; k < desk.entries[i].event_count; k++)
            assert_int_equal(
                apply(other, &desk.entries[i].when, &desk.entries[i].events[k], &fault), STATUS_OK);
        other->next_entry = desk.state->next_entry;
    }
}

/* The day of the next notice was asked of a ladder that another pack has changed since. */
static void a_calendar_asks_after_a_snapshot_for_no_day_it_would_not_have_asked_for(void **state)
{
    static const char duties[] =
        "pack: {id: W, words: 1, title: {zh: 又, en: More}, authority: issued, uses: [T, U, R],\n"
        "  waiver: board, supervisor: board}\n"
        "duties:\n"
        "  W-ANSWER: {title: 答复, rules: [W-1], when: {fact: asked, for: person}, due: P14D,\n"
        "    met: {has: answered}, ladder: R, owner: handler}\n"
        "rules: {W-1: 应当答复}\n";
    (void)state;
    struct buffer snapshot;
    struct state *loaded;
    struct fault fault;
    calendar_load_2026();
    ladders_take("[P1WD, P7D]");
    desk_text(&desk, "pack", duties, sizeof duties - 1);
    desk_until(&desk, day(11, 20));
    ask_person("li");
    desk_until(&desk, day(12, 24));
    symbol name = symbol_find(desk.state->symbols, "W-ANSWER");
    const struct numbers *numbers = state_numbers(&desk.state->duties_by_name, name);
    long long number = numbers->items[numbers->count - 1];
    int32_t next = duty(number)->next_day;
    assert_true(next > day(12, 24) && next <= day(12, 31));
    ladders_take("[P1WD, P60D]");
    desk_until(&desk, desk.today);
    buffer_init(&snapshot);
    state_save(desk.state, &snapshot);
    assert_int_equal(state_load(snapshot.data, snapshot.size, &loaded, &fault), STATUS_OK);
    unsigned from = desk.entry_count;
    desk_text(&desk, "calendar", calendar_2027, sizeof calendar_2027 - 1);
    follow(loaded, from);
    assert_int_equal(duty(number)->next_day, next);
    assert_int_equal(loaded->duties.items[number].next_day, next);
    state_close(loaded);
    buffer_done(&snapshot);
}

/* ---- copied ---- */

static bool is_among(const struct datum *to, const char *member)
{
    for (uint32_t i = 0; i < to->count; i++)
        if (datum_is_text(&to->items[i], member))
            return true;
    return false;
}

/* A copy goes with what the owner hears, before and after the due day; it answers for nothing. */
static void who_gets_copies_hears_what_the_owner_hears_and_answers_for_nothing(void **state)
{
    static const char duties[] =
        "pack: {id: W, words: 1, title: {zh: 又, en: More}, authority: issued, uses: [T, U],\n"
        "  waiver: board, supervisor: board}\n"
        "duties:\n"
        "  W-ANSWER: {title: 答复, rules: [W-1], when: {fact: asked, for: person}, due: P14D,\n"
        "    met: {has: answered}, ladder: Q, owner: handler, copy: [board, handler]}\n"
        "rules: {W-1: 应当答复}\n";
    (void)state;
    desk_text(&desk, "pack", duties, sizeof duties - 1);
    ask_person("li");
    const struct numbers *numbers =
        state_numbers(&desk.state->duties_by_name, symbol_find(desk.state->symbols, "W-ANSWER"));
    long long number = numbers->items[numbers->count - 1];
    desk_until(&desk, duty(number)->deadline.due + 7);
    static const char *const kinds[] = {"before", "overdue"};
    for (unsigned i = 0; i < 2; i++) {
        const struct datum *to = event_datum(rung_of(number, kinds[i]), "to");
        assert_int_equal(to->count, 2);
        assert_true(is_among(to, "eve") && is_among(to, "dan"));
    }
    assert_true(goes_to(rung_of(number, "superior"), "ann"));
    assert_true(goes_to(overdue_of(number), "eve"));
}

/* ---- acknowledged ---- */

static void who_was_addressed_acknowledges_and_it_stops_nothing(void **state)
{
    (void)state;
    static const char ack[] = "{'verb':'acknowledge','args':{'key':'duty/%lld/before/0'}}";
    long long number = ask_person("li");
    assert_string_equal(refusal_name(asks("eve", ack, number)), "unknown_number");
    desk_until(&desk, duty(number)->deadline.rungs[0]);
    int64_t before = state_next_number(desk.state);
    assert_string_equal(refusal_name(asks("ann", ack, number)), "not_entitled");
    assert_non_null(strstr(desk.last.clauses[0].text, "not addressed to you"));
    assert_int_equal(state_next_number(desk.state), before);
    must("eve", ack, number);
    assert_int_equal(desk.last.event_count, 1);
    assert_int_equal(desk.last.events[0].type, EVENT_acknowledged);
    assert_true(datum_is_text(event_datum(&desk.last.events[0], "member"), "eve"));
    must("eve", ack, number); /* once more is no error, and adds nothing */
    assert_int_equal(desk.last.event_count, 0);
    desk_until(&desk, duty(number)->deadline.due + 1);
    assert_int_equal(duty(number)->rungs_fired, 3);
    assert_int_equal(duty(number)->state, DUTY_OVERDUE);
}

static void a_reminder_has_one_key_and_no_other_writing_of_it(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"duty/0", "/before/0"},  {"duty/", "/before/00"}, {"duty/", "/before/0.0"},
        {"duty/", "/before/0.1"}, {"duty/", "/before/0 "}, {"duty/", "/before/"},
        {"duty/", "/before"},     {"duty/", "/overdue/0"}, {"duty/", "/later/0"},
        {"duty/-", "/before/0"},  {"told/", "/0"},         {"", ""}};
    long long number = ask_person("li");
    desk_until(&desk, duty(number)->deadline.rungs[0]);
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_string_equal(
            refusal_name(asks("eve", "{'verb':'acknowledge','args':{'key':'%s%lld%s'}}",
                              wrong[i][0], number, wrong[i][1])),
            "unknown_number");
    }
    assert_string_equal(refusal_name(asks("eve", "{'verb':'acknowledge','args':{'key':7}}")),
                        "unknown_number");
}

/* "told/ENTRY/EVENT": what a step tells people is acknowledged alike. */
static void what_was_told_is_acknowledged_by_its_key(void **state)
{
    (void)state;
    static const char teller[] =
        "pack: {id: V, words: 1, title: {zh: 告知, en: Telling}, authority: issued, uses: [T]}\n"
        "procedures:\n"
        "  V-CASE:\n"
        "    title: {zh: 事项, en: Matter}\n"
        "    about: {person: person}\n"
        "    steps:\n"
        "      said: {title: 告知, by: clerk, tell: [chief]}\n"
        "rules: {}\n";
    const struct event *told[3];
    unsigned count = 0;
    desk_text(&desk, "pack", teller, sizeof teller - 1);
    for (int i = 0; i < 3; i++) {
        must("ann", "{'what':'V-CASE.said','subjects':{'person':'person:li'}}");
        for (unsigned k = 0; k < desk.last.event_count; k++)
            if (desk.last.events[k].type == EVENT_told && count < 3)
                told[count++] = &desk.last.events[k];
    }
    assert_int_equal(count, 3);
    for (unsigned i = 0; i < 3; i++) {
        struct text_view key = event_text(told[i], "key");
        assert_string_equal(refusal_name(asks("eve", "{'verb':'acknowledge','args':{'key':'%.*s'}}",
                                              (int)key.size, key.data)),
                            "not_entitled");
        must("dan", "{'verb':'acknowledge','args':{'key':'%.*s'}}", (int)key.size, key.data);
        assert_int_equal(desk.last.event_count, 1);
    }
}

static void two_recipients_acknowledge_each_for_himself(void **state)
{
    (void)state;
    assign("bo", "handler", "2020-01-01", "null");
    long long number = ask_person("li");
    desk_until(&desk, duty(number)->deadline.rungs[0]);
    must("eve", "{'verb':'acknowledge','args':{'key':'duty/%lld/before/0'}}", number);
    must("bo", "{'verb':'acknowledge','args':{'key':'duty/%lld/before/0'}}", number);
    assert_int_equal(desk.last.event_count, 1);
}

/* ---- delivered ---- */

static enum refusal_code delivers(const char *key, const char *recipient)
{
    return asks("admin",
                "{'verb':'deliver','args':{'key':'%s','channel':'smtp','recipient':'%s',"
                "'outcome':'sent','attempt':1,'detail':''}}",
                key, recipient);
}

static void only_a_reminder_that_was_made_is_delivered_and_to_whom_it_was_addressed(void **state)
{
    (void)state;
    char key[80], other[80];
    long long number = ask_person("li");
    snprintf(key, sizeof key, "duty/%lld/before/0", number);
    snprintf(other, sizeof other, "duty/%lld/before/1", number);
    assert_int_equal(delivers(key, "eve"), REFUSAL_unknown_number); /* not yet */
    desk_until(&desk, duty(number)->deadline.rungs[0]);
    assert_int_equal(delivers(key, "eve"), REFUSAL_none);
    assert_int_equal(desk.last.events[0].type, EVENT_delivered);
    assert_int_equal(delivers(key, "eve"), REFUSAL_none); /* another attempt */
    assert_int_equal(delivers(other, "eve"), REFUSAL_unknown_number);
    assert_int_equal(delivers("anything", "eve"), REFUSAL_unknown_number);
    assert_string_equal(desk.last.clauses[0].guard, "key");
    static const char *const others[] = {"ann", "nobody", "-"};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(delivers(key, others[i]), REFUSAL_field);
        assert_string_equal(desk.last.clauses[0].guard, "recipient");
    }
}

/* Nobody holds the role, nor those above it. */
static void a_reminder_to_nobody_is_delivered_to_nobody(void **state)
{
    (void)state;
    char key[80], beyond[80];
    for (long long held = assignment - 2; held <= assignment; held++)
        must("admin", "{'verb':'relieve','args':{'assignment':%lld,'to':'2026-03-02'}}", held);
    long long number = ask_person("li");
    snprintf(key, sizeof key, "duty/%lld/before/0", number);
    snprintf(beyond, sizeof beyond, "duty/%lld/before/0", number + 1000);
    desk_until(&desk, duty(number)->deadline.rungs[0]);
    assert_int_equal(delivers(key, "-"), REFUSAL_none);
    assert_int_equal(delivers(key, "eve"), REFUSAL_unknown_number);
    assert_int_equal(delivers(beyond, "-"), REFUSAL_unknown_number);
    assert_int_equal(delivers("told/1000000/0", "-"), REFUSAL_unknown_number);
    assert_int_equal(delivers("anything", "-"), REFUSAL_unknown_number);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        TEST(two_escalations_of_one_day_are_two_and_neither_is_given_twice),
        TEST(a_tick_before_its_day_is_refused_without_a_trace_and_taken_on_its_day),
        TEST(what_waits_for_no_hour_is_listed_before_the_hour),
        TEST(after_a_week_without_a_clock_each_rung_comes_once_with_its_lateness),
        TEST(a_reminder_before_another_due_day_is_another_reminder),
        TEST(a_duty_met_late_and_open_again_is_overdue_by_the_entry_it_has),
        TEST(a_correction_cancels_what_was_not_sent_and_sends_nothing_again),
        TEST(a_correction_of_an_overdue_duty_repeats_neither_notice_nor_escalation),
        TEST(an_escalation_goes_to_who_holds_the_superior_role_that_day),
        TEST(a_delegate_is_reminded_while_the_delegation_holds),
        TEST(where_a_role_is_vacant_the_next_level_hears_of_it_and_answers),
        TEST(a_calendar_recomputes_the_duties_that_leaned_on_its_year_and_no_others),
        TEST(a_duty_of_a_period_is_counted_anew_when_its_calendar_comes),
        TEST(who_gets_copies_hears_what_the_owner_hears_and_answers_for_nothing),
        TEST(who_was_addressed_acknowledges_and_it_stops_nothing),
        TEST(a_reminder_has_one_key_and_no_other_writing_of_it),
        TEST(what_was_told_is_acknowledged_by_its_key),
        TEST(two_recipients_acknowledge_each_for_himself),
        TEST(only_a_reminder_that_was_made_is_delivered_and_to_whom_it_was_addressed),
        TEST(a_reminder_to_nobody_is_delivered_to_nobody),
        TEST(a_calendar_that_comes_while_a_clock_stands_again_takes_no_day_from_it),
        TEST(the_day_of_a_notice_survives_a_snapshot_and_follows_a_calendar),
        TEST(a_calendar_asks_after_a_snapshot_for_no_day_it_would_not_have_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
