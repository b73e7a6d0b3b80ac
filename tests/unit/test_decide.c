/* test_decide.c - what is decided: who may sign, separation, waiver, withdrawal, correction,
 * suspension, time; and that the log alone makes the same state. */
#include "test.h"

#include "tests/desk/desk.h"

static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, date_from_civil(2026, 3, 2));
    return 0;
}

/* Every test ends with the question whether the entries alone make the same state. */
static int close_desk(void **state)
{
    (void)state;
    return desk_folds_and_closes(&desk);
}

static int32_t day(int month, int day_of_month)
{
    return date_from_civil(2026, month, day_of_month);
}

#define asks(member, ...) desk_ask(&desk, member, DESK_FORMAT(&desk, __VA_ARGS__))
#define must(member, ...) desk_must(&desk, member, DESK_FORMAT(&desk, __VA_ARGS__))
#define assert_accepted(member, ...)                                                               \
    assert_string_equal(refusal_name(asks(member, __VA_ARGS__)), "")
#define assert_refused(code, member, ...)                                                          \
    assert_string_equal(refusal_name(asks(member, __VA_ARGS__)), #code)

#define REASON "{'$hex':'0000000000000000000000000000000000000000000000000000000000000001'}"
#define STATEMENT                                                                                  \
    "[{'kind':'statement','title':'s','digest':"                                                   \
    "'0000000000000000000000000000000000000000000000000000000000000002'}]"
#define PROPOSE(person)                                                                            \
    "{'what':'T-CASE.proposed','subjects':{'person':'person:" person                               \
    "','unit':'unit:dept'},'args':{'score':80}}"

static bool has_event(enum event_type type)
{
    for (unsigned i = 0; i < desk.last.event_count; i++)
        if (desk.last.events[i].type == type)
            return true;
    return false;
}

static bool has_clause(const char *guard)
{
    for (unsigned i = 0; i < desk.last.clause_count; i++)
        if (strcmp(desk.last.clauses[i].guard, guard) == 0)
            return true;
    return false;
}

static const struct duty_row *duty_named(const char *name)
{
    symbol id = symbol_find(desk.state->symbols, name);
    for (uint32_t i = desk.state->duties.count; i-- > 1;)
        if (desk.state->duties.items[i].name == id)
            return &desk.state->duties.items[i];
    return NULL;
}

static long long duty_number(const char *name)
{
    return duty_named(name) - desk.state->duties.items;
}

static long long propose(void)
{
    must("ann", PROPOSE("li"));
    return desk.last.case_number;
}

static long long inspected(void)
{
    long long number = propose();
    must("bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}", number);
    must("cai", "{'what':'T-CASE.inspected','case':%lld}", number);
    return number;
}

/* ---- who ---- */

static void a_key_nobody_enrolled_may_ask_nothing(void **state)
{
    (void)state;
    int64_t before = state_next_number(desk.state);
    assert_refused(unknown_key, "stranger", PROPOSE("li"));
    assert_int_equal(state_next_number(desk.state), before);
}

static void a_revoked_key_signs_no_more(void **state)
{
    (void)state;
    must("admin", "{'verb':'revoke','args':{'key':" DESK_KEY ",'reason':null}}",
         desk_key(&desk, "ann"));
    assert_refused(unknown_key, "ann", PROPOSE("li"));
}

static void a_role_over_a_unit_holds_below_it_and_not_above(void **state)
{
    (void)state;
    assert_accepted("ann", PROPOSE("li"));
    assert_refused(signer, "ann",
                   "{'what':'T-CASE.proposed','subjects':{'person':'person:li','unit':'unit:top'},"
                   "'args':{'score':80}}");
    assert_refused(signer, "bo", PROPOSE("li"));
}

static void a_role_that_ended_holds_for_acts_of_its_days(void **state)
{
    (void)state;
    must("admin", "{'verb':'relieve','args':{'assignment':%d,'to':'2026-02-27'}}", 6);
    assert_refused(signer, "ann", PROPOSE("li"));
    assert_accepted("ann", "{'what':'T-CASE.proposed','on':'2026-02-27','subjects':{'person':"
                           "'person:li','unit':'unit:dept'},'args':{'score':80}}");
}

static void an_act_of_tomorrow_is_refused(void **state)
{
    (void)state;
    assert_refused(future, "ann",
                   "{'what':'T-CASE.proposed','on':'2026-03-03','subjects':{'person':'person:li',"
                   "'unit':'unit:dept'},'args':{'score':80}}");
}

static void a_delegate_signs_with_both_names_while_the_delegation_lasts(void **state)
{
    (void)state;
    must("ann", "{'verb':'delegate','args':{'assignment':6,'member':'eve','from':'2026-03-02',"
                "'to':'2026-03-03'}}");
    must("eve", PROPOSE("li"));
    const struct act *act = &desk.state->acts.items[desk.state->acts.count - 1];
    assert_int_equal(act->signatures[0].member,
                     state_member(desk.state, symbol_find(desk.state->symbols, "eve")));
    assert_int_equal(act->signatures[0].behalf,
                     state_member(desk.state, symbol_find(desk.state->symbols, "ann")));
    desk_until(&desk, day(3, 4));
    assert_refused(signer, "eve", PROPOSE("li"));
}

static void a_delegation_is_not_delegated_again_and_only_ones_own(void **state)
{
    (void)state;
    must("ann", "{'verb':'delegate','args':{'assignment':6,'member':'eve','from':'2026-03-02',"
                "'to':'2026-03-30'}}");
    assert_refused(not_entitled, "eve",
                   "{'verb':'delegate','args':{'assignment':%u,'member':'bo','from':'2026-03-02',"
                   "'to':'2026-03-30'}}",
                   desk.state->assignments.count - 1);
    assert_refused(not_entitled, "eve",
                   "{'verb':'delegate','args':{'assignment':7,'member':'bo','from':'2026-03-02',"
                   "'to':'2026-03-30'}}");
}

/* ---- separation of duties ---- */

static void who_proposed_does_not_decide(void **state)
{
    (void)state;
    desk_assign(&desk, "ann", "chief", "unit:top");
    long long number = inspected();
    assert_refused(separation, "ann", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}",
                   number);
    assert_string_equal(desk.last.clauses[0].rule, "SOD-1");
    assert_accepted("dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}", number);
}

static void nor_does_his_delegate(void **state)
{
    (void)state;
    desk_assign(&desk, "ann", "chief", "unit:top");
    must("ann",
         "{'verb':'delegate','args':{'assignment':%u,'member':'eve','from':'2026-03-02',"
         "'to':'2026-03-30'}}",
         desk.state->assignments.count - 1);
    long long number = inspected();
    assert_refused(separation, "eve", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}",
                   number);
}

static void the_person_concerned_signs_only_where_he_is_named(void **state)
{
    (void)state;
    desk_assign(&desk, "li", "clerk", "unit:dept");
    assert_refused(separation, "li", PROPOSE("li"));
    assert_string_equal(desk.last.clauses[0].rule, "SOD-2");
    long long number = inspected();
    must("dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}", number);
    assert_refused(signer, "ann", "{'what':'T-CASE.stated','case':%lld,'evidence':" STATEMENT "}",
                   number);
    assert_accepted("li", "{'what':'T-CASE.stated','case':%lld,'evidence':" STATEMENT "}", number);
}

static void his_delegate_signs_in_his_case_no_more_than_he(void **state)
{
    (void)state;
    desk_assign(&desk, "li", "clerk", "unit:dept");
    must("li",
         "{'verb':'delegate','args':{'assignment':%u,'member':'eve','from':'2026-03-02',"
         "'to':'2026-03-30'}}",
         desk.state->assignments.count - 1);
    assert_refused(separation, "eve", PROPOSE("li"));
    assert_accepted("eve", PROPOSE("ma"));
}

static void a_relative_withdraws(void **state)
{
    (void)state;
    must("admin", "{'verb':'fact','what':'kinship','on':'2020-01-01','subjects':{'person':"
                  "'person:bo','relative':'person:li'}}");
    long long number = propose();
    assert_refused(separation, "bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}",
                   number);
    assert_string_equal(desk.last.clauses[0].rule, "SOD-3");
}

static void two_inspectors_are_two_people(void **state)
{
    (void)state;
    long long number = propose();
    must("bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}", number);
    assert_true(has_event(EVENT_step_signed));
    assert_false(has_event(EVENT_step_done));
    assert_refused(signed_already, "bo", "{'what':'T-CASE.inspected','case':%lld}", number);
    desk_enrol(&desk, "bo2", "person:bo");
    desk_assign(&desk, "bo2", "inspector", "unit:dept");
    assert_refused(signed_already, "bo2", "{'what':'T-CASE.inspected','case':%lld}", number);
    assert_accepted("cai", "{'what':'T-CASE.inspected','case':%lld}", number);
    assert_true(has_event(EVENT_step_done));
}

static void a_delegate_and_his_principal_are_one_signature(void **state)
{
    (void)state;
    must("bo", "{'verb':'delegate','args':{'assignment':7,'member':'eve','from':'2026-03-02',"
               "'to':'2026-03-30'}}");
    long long number = propose();
    must("eve", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}", number);
    assert_refused(signed_already, "bo", "{'what':'T-CASE.inspected','case':%lld}", number);
}

static void who_signs_second_signs_the_content_of_the_first(void **state)
{
    (void)state;
    long long number = propose();
    must("bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}", number);
    assert_refused(conflict, "cai", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':2}}",
                   number);
    assert_accepted("cai", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}", number);
}

/* ---- order, version, guards ---- */

static void a_step_waits_for_the_one_before(void **state)
{
    (void)state;
    long long number = propose();
    assert_refused(order, "dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}",
                   number);
    assert_refused(version, "bo",
                   "{'what':'T-CASE.inspected','case':%lld,'expected_version':1,'args':"
                   "{'finding':1}}",
                   number);
    assert_refused(version, "bo",
                   "{'what':'T-CASE.inspected','case':%lld,'pack_version':2,'args':{'finding':1}}",
                   number);
    assert_refused(version, "ann",
                   "{'what':'T-CASE.proposed','pack_version':2,'subjects':{'person':'person:li',"
                   "'unit':'unit:dept'},'args':{'score':80}}");
    assert_accepted("bo",
                    "{'what':'T-CASE.inspected','case':%lld,'pack_version':1,'args':{'finding':1}}",
                    number);
}

static void a_decision_sent_back_begins_a_new_pass(void **state)
{
    (void)state;
    long long number = inspected();
    must("dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'back'}", number);
    assert_refused(order, "bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}",
                   number);
    assert_accepted("ann", "{'what':'T-CASE.proposed','case':%lld,'args':{'score':81}}", number);
}

static void a_guard_that_may_be_waived_is_passed_by_reason_and_signature_once(void **state)
{
    (void)state;
    static const char low[] = "{'what':'T-CASE.proposed','subjects':{'person':'person:li','unit':"
                              "'unit:dept'},'args':{'score':50}}";
    assert_refused(guard, "ann", "%s", low);
    assert_true(has_clause("enough"));
    assert_refused(signer, "ann",
                   "{'verb':'waive','what':'T-CASE.proposed','subjects':{'person':'person:li',"
                   "'unit':'unit:dept'},'args':{'guards':['enough'],'reason':" REASON "}}");
    assert_refused(field, "dan",
                   "{'verb':'waive','what':'T-CASE.proposed','subjects':{'person':'person:li',"
                   "'unit':'unit:dept'},'args':{'guards':['enough']}}");
    must("dan", "{'verb':'waive','what':'T-CASE.proposed','subjects':{'person':'person:li','unit':"
                "'unit:dept'},'args':{'guards':['enough'],'reason':" REASON "}}");
    assert_accepted("ann", "%s", low);
    assert_int_equal(desk.state->acts.items[desk.state->acts.count - 1].waived_count, 1);
    assert_refused(guard, "ann", "%s", low);
}

static void a_warning_lets_the_act_pass_and_is_recorded(void **state)
{
    (void)state;
    assert_accepted("ann", "{'what':'T-CASE.proposed','subjects':{'person':'person:li','unit':"
                           "'unit:dept'},'args':{'score':95}}");
    assert_true(has_clause("modest") && has_event(EVENT_warned));
}

/* ---- withdrawal, correction ---- */

static void an_act_is_withdrawn_until_the_next_step_began(void **state)
{
    (void)state;
    long long number = inspected();
    must("dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}", number);
    long long act = desk.state->acts.count - 1;
    assert_int_equal(duty_named("T-HOLD")->state, DUTY_OPEN);
    uint32_t talk = desk.state->cases.count - 1;
    assert_refused(signer, "ann", "{'verb':'withdraw','case':%lld,'args':{'act':%lld}}", number,
                   act);
    must("dan", "{'verb':'withdraw','case':%lld,'args':{'act':%lld}}", number, act);
    assert_int_equal(desk.state->facts.items[1].superseded_by, -1);
    assert_int_equal(duty_named("T-HOLD")->state, DUTY_CANCELLED);
    assert_int_equal(desk.state->cases.items[talk].status, CASE_ENDED);
    assert_refused(order, "li", "{'what':'T-CASE.stated','case':%lld,'evidence':" STATEMENT "}",
                   number);
    must("dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}", number);
    act = desk.state->acts.count - 1;
    must("li", "{'what':'T-CASE.stated','case':%lld,'evidence':" STATEMENT "}", number);
    assert_refused(withdraw, "dan", "{'verb':'withdraw','case':%lld,'args':{'act':%lld}}", number,
                   act);
}

static void withdrawing_what_met_a_duty_opens_it_again(void **state)
{
    (void)state;
    long long number = inspected();
    assert_int_equal(duty_named("T-CASE.inspected")->state, DUTY_MET);
    must("bo", "{'verb':'withdraw','case':%lld,'args':{'act':%u}}", number,
         desk.state->acts.count - 1);
    assert_int_equal(duty_named("T-CASE.inspected")->state, DUTY_OPEN);
}

static void a_corrected_fact_moves_what_follows_from_it_and_opens_nothing_twice(void **state)
{
    (void)state;
    must("admin", "{'verb':'fact','what':'started','on':'2026-02-02','subjects':{'person':"
                  "'person:li'}}");
    uint32_t cases = desk.state->cases.count;
    assert_int_equal(duty_named("T-TALK.talked")->deadline.due, day(3, 2));
    assert_refused(field, "admin", "{'verb':'correct','args':{'fact':1,'day':'2026-02-20'}}");
    assert_refused(not_entitled, "ann",
                   "{'verb':'correct','args':{'fact':1,'day':'2026-02-20','reason':" REASON "}}");
    assert_refused(future, "admin",
                   "{'verb':'correct','args':{'fact':1,'day':'2026-03-20','reason':" REASON "}}");
    must("admin", "{'verb':'correct','args':{'fact':1,'day':'2026-02-20','reason':" REASON "}}");
    assert_int_equal(desk.state->facts.items[1].superseded_by, 2);
    assert_int_equal(desk.state->cases.count, cases);
    assert_int_equal(duty_named("T-TALK.talked")->deadline.due, day(3, 20));
    assert_refused(conflict, "admin",
                   "{'verb':'correct','args':{'fact':1,'day':'2026-02-21','reason':" REASON "}}");
}

static void a_correction_of_one_leaves_the_duties_of_others_alone(void **state)
{
    (void)state;
    must("admin", "{'verb':'fact','what':'held','subjects':{'person':'person:li'}}");
    must("admin", "{'verb':'fact','what':'held','subjects':{'person':'person:ma'}}");
    must("admin", "{'verb':'correct','args':{'fact':1,'day':'2026-03-01','reason':" REASON "}}");
    for (unsigned i = 0; i < desk.last.event_count; i++) {
        if (desk.last.events[i].type != EVENT_duty_moved)
            continue;
        const struct duty_row *duty =
            &desk.state->duties.items[event_int(&desk.last.events[i], "duty")];
        assert_string_equal(
            symbol_text(desk.state->symbols, desk.state->subjects.items[duty->of.subject].id),
            "person:li");
    }
}

/* ---- suspension ---- */

static void a_case_stands_while_its_suspension_holds(void **state)
{
    (void)state;
    long long number = propose();
    must("admin", "{'verb':'fact','what':'frozen','subjects':{'person':'person:li'}}");
    assert_true(has_event(EVENT_case_suspended));
    assert_refused(suspended, "bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}",
                   number);
    must("admin", "{'verb':'fact','what':'thawed','subjects':{'person':'person:li'}}");
    assert_accepted("bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}", number);
}

static void a_time_out_that_fell_in_a_suspension_comes_after_it(void **state)
{
    (void)state;
    long long number = inspected();
    must("dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}", number);
    must("admin", "{'verb':'fact','what':'frozen','subjects':{'person':'person:li'}}");
    desk_until(&desk, day(3, 12));
    assert_int_equal(desk.state->cases.items[number].status, CASE_SUSPENDED);
    must("admin", "{'verb':'fact','what':'thawed','subjects':{'person':'person:li'}}");
    desk_until(&desk, day(3, 13));
    assert_int_equal(desk.state->cases.items[number].status, CASE_ENDED);
}

static void a_time_out_of_an_earlier_pass_does_not_end_a_later_one(void **state)
{
    (void)state;
    long long number = inspected();
    must("dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}", number);
    desk_until(&desk, day(3, 6));
    must("dan", "{'verb':'withdraw','case':%lld,'args':{'act':%u}}", number,
         desk.state->acts.count - 1);
    must("dan", "{'what':'T-CASE.decided','case':%lld,'outcome':'agreed'}", number);
    desk_until(&desk, day(3, 11));
    assert_int_equal(desk.state->cases.items[number].status, CASE_RUNNING);
    desk_until(&desk, day(3, 12));
    assert_int_equal(desk.state->cases.items[number].status, CASE_ENDED);
}

static void a_suspended_clock_keeps_the_days_that_were_used(void **state)
{
    (void)state;
    long long number = propose();
    assert_int_equal(duty_named("T-CASE.inspected")->deadline.due, day(3, 12));
    long long duty = duty_number("T-CASE.inspected");
    desk_until(&desk, day(3, 5));
    assert_refused(signer, "ann", "{'verb':'suspend','args':{'duty':%lld,'reason':" REASON "}}",
                   duty);
    must("dan", "{'verb':'suspend','args':{'duty':%lld,'reason':" REASON "}}", duty);
    assert_refused(conflict, "dan", "{'verb':'suspend','args':{'duty':%lld,'reason':" REASON "}}",
                   duty);
    desk_until(&desk, day(3, 20));
    assert_int_equal(duty_named("T-CASE.inspected")->state, DUTY_OPEN);
    must("dan", "{'verb':'resume','args':{'duty':%lld,'reason':" REASON "}}", duty);
    assert_int_equal(duty_named("T-CASE.inspected")->deadline.due, day(3, 27));
    must("bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}", number);
}

static void an_exempted_duty_is_cancelled_with_a_reason(void **state)
{
    (void)state;
    propose();
    long long duty = duty_number("T-CASE.inspected");
    assert_refused(field, "dan", "{'verb':'exempt','args':{'duty':%lld}}", duty);
    must("dan", "{'verb':'exempt','args':{'duty':%lld,'reason':" REASON "}}", duty);
    assert_refused(unknown_number, "dan",
                   "{'verb':'exempt','args':{'duty':%lld,'reason':" REASON "}}", duty);
}

/* ---- time ---- */

static void a_duty_is_overdue_the_day_after_its_limit_and_stays_late(void **state)
{
    (void)state;
    long long number = propose();
    desk_until(&desk, day(3, 12));
    assert_int_equal(duty_named("T-CASE.inspected")->state, DUTY_OPEN);
    desk_until(&desk, day(3, 13));
    assert_int_equal(duty_named("T-CASE.inspected")->state, DUTY_OVERDUE);
    must("bo", "{'what':'T-CASE.inspected','case':%lld,'args':{'finding':1}}", number);
    must("cai", "{'what':'T-CASE.inspected','case':%lld}", number);
    assert_int_equal(duty_named("T-CASE.inspected")->state, DUTY_MET);
    assert_true(duty_named("T-CASE.inspected")->late);
}

static void a_tick_is_taken_once_and_only_when_due(void **state)
{
    (void)state;
    propose();
    static const char overdue[] = "{'verb':'tick','args':{'kind':'overdue','day':'2026-03-13',"
                                  "'what':'','number':%lld}}";
    long long duty = duty_number("T-CASE.inspected");
    assert_refused(not_due, "admin", overdue, duty);
    assert_refused(not_entitled, "ann", overdue, duty);
    desk_until(&desk, day(3, 13));
    assert_refused(not_due, "admin", overdue, duty);
}

static void after_an_outage_each_reminder_comes_once_and_says_how_late(void **state)
{
    (void)state;
    propose();
    struct tick ticks[64];
    desk.today = day(3, 12);
    unsigned count = state_due(desk.state, desk.today, &desk.arena, ticks, 64), rungs = 0;
    for (unsigned i = 0; i < count; i++)
        rungs += ticks[i].kind == TICK_rung;
    assert_int_equal(rungs, 1); /* one at a time a duty */
    desk_until(&desk, day(3, 12));
    assert_int_equal(duty_named("T-CASE.inspected")->rungs_fired, 2);
    assert_int_equal(state_due(desk.state, desk.today, &desk.arena, ticks, 64), 0);
}

static void a_due_day_in_an_unpublished_year_is_provisional_until_its_calendar_comes(void **state)
{
    (void)state;
    size_t size;
    desk_until(&desk, day(3, 31));
    must("admin", "{'verb':'fact','what':'started','subjects':{'person':'person:li'}}");
    assert_int_equal(duty_named("T-HOLD")->deadline.due, day(4, 14));
    assert_true(provisional_has(&duty_named("T-HOLD")->deadline.lean, 2026));
    char *text = test_file("core/calendars/2026.yaml", &size);
    desk_text(&desk, "calendar", text, size);
    free(text);
    desk_until(&desk, desk.today);
    assert_false(provisional_has(&duty_named("T-HOLD")->deadline.lean, 2026));
    assert_int_equal(duty_named("T-HOLD")->deadline.due, day(4, 15)); /* 2026-04-06 is off */
}

/* ---- hostile commands ---- */

static void what_is_malformed_meets_a_refusal(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "{'what':'T-CASE'}",
        "{'what':'T-CASE.nothing'}",
        "{'what':'.'}",
        "{'what':'T-CASE.proposed','case':-1}",
        "{'what':'T-CASE.proposed','case':99999999}",
        "{'what':'T-CASE.proposed','subjects':[[1,2,3]]}",
        "{'what':'T-CASE.proposed','subjects':{'person':'unit:dept','unit':'unit:dept'}}",
        "{'what':'T-CASE.proposed','subjects':{'person':'person:li','unit':'unit:dept'},"
        "'args':{'score':101}}",
        "{'what':'T-CASE.proposed','subjects':{'person':'person:li','unit':'unit:dept'},"
        "'args':{'score':'80'}}",
        "{'what':'T-CASE.proposed','subjects':{'person':'person:li','unit':'unit:dept'},"
        "'args':{'score':80,'other':1}}",
        "{'what':'T-TALK.talked','subjects':{'person':'person:li'}}",
        "{'verb':'withdraw','args':{'act':9223372036854775807}}",
        "{'verb':'exempt','args':{'duty':-5}}",
        "{'verb':'waive','what':'T-CASE.proposed','args':{'guards':[[]]}}",
        "{'verb':'tick','args':{'kind':7}}",
        "{'verb':'blob','args':{'digest':1,'index':-1,'count':0,'bytes':null}}",
        "{'verb':'activate','what':'pack','args':{'digest':'x'}}",
        "{'verb':'correct','args':{'fact':0}}",
        "{'verb':'fact','what':'nothing'}",
        "{'verb':'register','what':'person','subjects':{'it':'person'}}",
        "{'verb':'register','what':'person','subjects':{'it':'person:new'},'args':{'unit':7}}",
        "{'verb':'change','what':'person','subjects':{'it':'person:new'},'args':{}}",
        "{'verb':'deliver','args':{'key':[],'channel':1}}",
        "{'verb':'enrol','args':{'member':'','key':null}}",
    };
    static const char *const members[] = {"admin", "ann", "dan"};
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        for (unsigned k = 0; k < 3; k++)
            if (asks(members[k], "%s", commands[i]) == REFUSAL_none)
                fail_msg("%s took %s", members[k], commands[i]);
}

static void an_unreadable_date_or_unit_is_never_taken_for_none(void **state)
{
    (void)state;
    assert_refused(field, "admin",
                   "{'verb':'assign','args':{'member':'eve','role':'clerk','unit':'unit:dept',"
                   "'from':'2026-01-01','to':'2026-13-01'}}");
    assert_refused(field, "admin",
                   "{'verb':'assign','args':{'member':'eve','role':'clerk','unit':5,"
                   "'from':'2026-01-01','to':null}}");
    assert_refused(unknown_subject, "admin",
                   "{'verb':'assign','args':{'member':'eve','role':'clerk','unit':'person:li',"
                   "'from':'2026-01-01','to':null}}");
    assert_refused(field, "admin", "{'verb':'relieve','args':{'assignment':6,'to':'soon'}}");
}

static void relieving_does_not_make_a_role_last_longer(void **state)
{
    (void)state;
    must("admin", "{'verb':'relieve','args':{'assignment':6,'to':'2026-02-01'}}");
    assert_refused(conflict, "admin",
                   "{'verb':'relieve','args':{'assignment':6,'to':'2026-12-31'}}");
}

static void a_misspelt_field_or_slot_of_a_fact_is_refused(void **state)
{
    (void)state;
    assert_refused(field, "admin",
                   "{'verb':'fact','what':'started','subjects':{'person':'person:li'},"
                   "'args':{'grad':1}}");
    assert_refused(slot, "admin",
                   "{'verb':'fact','what':'started','subjects':{'person':'person:li','unit':"
                   "'unit:dept'}}");
}

static void a_loop_of_units_ends_every_question(void **state)
{
    (void)state;
    must("admin", "{'verb':'change','what':'unit','subjects':{'it':'unit:top'},"
                  "'args':{'unit':'unit:dept'}}");
    assert_accepted("ann", PROPOSE("li"));
}

/* Of the reminders that lie behind a duty when it is opened only the last one goes out. */
static void who_is_registered_at_the_year_s_end_gets_one_reminder_not_all(void **state)
{
    (void)state;
    desk_until(&desk, day(12, 28));
    must("admin", "{'verb':'register','what':'person','subjects':{'it':'person:late'},'args':{}}");
    const struct duty_row *year = duty_named("T-YEAR");
    assert_int_equal(desk.state->subjects.items[year->of.subject].id,
                     symbol_find(desk.state->symbols, "person:late"));
    assert_int_equal(year->deadline.rung_count, 1);
    assert_int_equal(year->deadline.rungs[0], day(12, 24));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        CASE(a_key_nobody_enrolled_may_ask_nothing),
        CASE(a_revoked_key_signs_no_more),
        CASE(a_role_over_a_unit_holds_below_it_and_not_above),
        CASE(a_role_that_ended_holds_for_acts_of_its_days),
        CASE(an_act_of_tomorrow_is_refused),
        CASE(a_delegate_signs_with_both_names_while_the_delegation_lasts),
        CASE(a_delegation_is_not_delegated_again_and_only_ones_own),
        CASE(who_proposed_does_not_decide),
        CASE(nor_does_his_delegate),
        CASE(the_person_concerned_signs_only_where_he_is_named),
        CASE(his_delegate_signs_in_his_case_no_more_than_he),
        CASE(a_relative_withdraws),
        CASE(two_inspectors_are_two_people),
        CASE(a_delegate_and_his_principal_are_one_signature),
        CASE(who_signs_second_signs_the_content_of_the_first),
        CASE(a_step_waits_for_the_one_before),
        CASE(a_decision_sent_back_begins_a_new_pass),
        CASE(a_guard_that_may_be_waived_is_passed_by_reason_and_signature_once),
        CASE(a_warning_lets_the_act_pass_and_is_recorded),
        CASE(an_act_is_withdrawn_until_the_next_step_began),
        CASE(withdrawing_what_met_a_duty_opens_it_again),
        CASE(a_corrected_fact_moves_what_follows_from_it_and_opens_nothing_twice),
        CASE(a_correction_of_one_leaves_the_duties_of_others_alone),
        CASE(a_case_stands_while_its_suspension_holds),
        CASE(a_time_out_that_fell_in_a_suspension_comes_after_it),
        CASE(a_time_out_of_an_earlier_pass_does_not_end_a_later_one),
        CASE(a_suspended_clock_keeps_the_days_that_were_used),
        CASE(an_exempted_duty_is_cancelled_with_a_reason),
        CASE(a_duty_is_overdue_the_day_after_its_limit_and_stays_late),
        CASE(a_tick_is_taken_once_and_only_when_due),
        CASE(after_an_outage_each_reminder_comes_once_and_says_how_late),
        CASE(a_due_day_in_an_unpublished_year_is_provisional_until_its_calendar_comes),
        CASE(what_is_malformed_meets_a_refusal),
        CASE(an_unreadable_date_or_unit_is_never_taken_for_none),
        CASE(relieving_does_not_make_a_role_last_longer),
        CASE(a_misspelt_field_or_slot_of_a_fact_is_refused),
        CASE(a_loop_of_units_ends_every_question),
        CASE(who_is_registered_at_the_year_s_end_gets_one_reminder_not_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
