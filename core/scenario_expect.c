/* scenario_expect.c - what a scenario expects: duties, reminders, facts, values, cases,
 * events; boards are in scenario_board.c. */
#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/scenario_expect.h"

/* ---- finding ---- */

static bool value_is(struct scenario *s, const struct type *type, const struct value *value,
                     const struct yaml_node *wanted)
{
    struct datum datum = scenario_datum(s, type, wanted);
    struct value expected;
    char why[100];
    return value_read(s->state, &s->arena, type, &datum, &expected, why, sizeof why) &&
           value_equal(&expected, value);
}

static bool fact_fits(struct scenario *s, const struct fact *fact, const struct yaml_node *wanted)
{
    const struct fact_def *def = rulebook_fact(&s->state->rules, fact->type);
    const struct yaml_node *day = yaml_get(wanted, "day");
    if (day && date_parse(day->text) != fact->day)
        return false;
    for (unsigned i = 0; i < def->about.count; i++) {
        const struct yaml_node *node =
            yaml_get(wanted, symbol_text(s->state->symbols, def->about.items[i].name));
        const struct named_value *slot =
            named_find(fact->slots, fact->slot_count, def->about.items[i].name);
        if (node && (!slot || !value_is(s, &def->about.items[i].type, &slot->value, node)))
            return false;
    }
    for (unsigned i = 0; i < def->fields.count; i++) {
        const struct yaml_node *node =
            yaml_get(wanted, symbol_text(s->state->symbols, def->fields.items[i].name));
        const struct named_value *field =
            named_find(fact->fields, fact->field_count, def->fields.items[i].name);
        static const struct type number = {.kind = TYPE_INT};
        const struct type *type =
            def->fields.items[i].type.kind == TYPE_SERIES ? &number : &def->fields.items[i].type;
        if (node && (!field || !value_is(s, type, &field->value, node)))
            return false;
    }
    return true;
}

int64_t scenario_find_fact(struct scenario *s, const struct yaml_node *wanted)
{
    const struct yaml_node *type = yaml_get(wanted, "fact");
    const struct numbers *facts =
        type ? state_numbers(&s->state->facts_by_type, symbol_find(s->state->symbols, type->text))
             : NULL;
    for (uint32_t i = facts ? facts->count : 0; i-- > 0;) {
        const struct fact *fact = &s->state->facts.items[facts->items[i]];
        if (fact_effective(fact, INT64_MAX) && fact_fits(s, fact, wanted))
            return facts->items[i];
    }
    return 0;
}

static bool duty_is_of(struct scenario *s, const struct duty_row *duty, const char *of)
{
    uint32_t subject = scenario_subject(s, of, SYMBOL_NONE);
    int64_t number = scenario_case(s, of);
    if (duty->of.kind == VALUE_SUBJECT && subject && duty->of.subject == subject)
        return true;
    return number && duty->case_number == number;
}

int64_t scenario_find_duty(struct scenario *s, const struct yaml_node *wanted)
{
    const struct yaml_node *name = wanted->kind == YAML_TEXT ? wanted : yaml_get(wanted, "duty"),
                           *of = yaml_get(wanted, "of"), *due = yaml_get(wanted, "due");
    const struct numbers *duties =
        name ? state_numbers(&s->state->duties_by_name, symbol_find(s->state->symbols, name->text))
             : NULL;
    int64_t found = 0;
    for (uint32_t i = duties ? duties->count : 0; i-- > 0;) {
        const struct duty_row *duty = &s->state->duties.items[duties->items[i]];
        if (of && !duty_is_of(s, duty, of->text))
            continue;
        if (due && duty->deadline.due == date_parse(due->text))
            return duties->items[i];
        found = found ? found : duties->items[i];
    }
    return found;
}

int64_t scenario_find_act(struct scenario *s, const struct yaml_node *step,
                          const struct yaml_node *label)
{
    const char *dot = strchr(step->text, '.');
    symbol name = symbol_find(s->state->symbols, dot ? dot + 1 : step->text);
    int64_t number = label ? scenario_case(s, label->text) : 0;
    for (uint32_t i = s->state->acts.count; i-- > 1;) {
        const struct act *act = &s->state->acts.items[i];
        if ((!number || act->case_number == number) && act->state != ACT_WITHDRAWN &&
            s->state->cases.items[act->case_number].procedure->steps[act->step].name == name)
            return i;
    }
    return 0;
}

/* ---- expectations ---- */

static void expect_duty(struct scenario *s, const struct yaml_node *wanted)
{
    static const char *const states[] = {"open", "overdue", "met", "cancelled"};
    const struct yaml_node *name = yaml_get(wanted, "duty"), *due = yaml_get(wanted, "due"),
                           *state = yaml_get(wanted, "state"), *late = yaml_get(wanted, "late");
    int64_t number = scenario_find_duty(s, wanted);
    char date[DATE_TEXT_SIZE];
    s->result->expectations++;
    if (yaml_is(state, "none")) {
        if (number)
            scenario_differs(s, wanted, "the duty %s should not be there", name->text);
        return;
    }
    if (!number) {
        scenario_differs(s, wanted, "there is no duty %s", name ? name->text : "?");
        return;
    }
    const struct duty_row *duty = &s->state->duties.items[number];
    if (due && duty->deadline.due != date_parse(due->text))
        scenario_differs(s, wanted, "%s is due %s, expected %s", name->text,
                         date_text(duty->deadline.due, date), due->text);
    if (state && strcmp(states[duty->state], state->text) != 0)
        scenario_differs(s, wanted, "%s is %s, expected %s", name->text, states[duty->state],
                         state->text);
    if (late && duty->late != yaml_is(late, "true"))
        scenario_differs(s, wanted, "%s is %s", name->text, duty->late ? "late" : "not late");
    const struct yaml_node *provisional = yaml_get(wanted, "provisional");
    if (provisional && (duty->deadline.lean.count > 0) != !yaml_is(provisional, "false"))
        scenario_differs(s, wanted, "%s is %sprovisional", name->text,
                         duty->deadline.lean.count ? "" : "not ");
}

/* All days so far on which reminders (or escalations) of duties of a name went out. */
static void expect_days(struct scenario *s, const struct yaml_node *wanted, bool escalations)
{
    const char *at = strchr(wanted->key->text, '@');
    const char *name =
        at ? arena_text_n(&s->arena, wanted->key->text, (size_t)(at - wanted->key->text))
           : wanted->key->text;
    char have[2000] = "", want[2000] = "";
    for (const struct kept_entry *entry = s->first_entry; entry; entry = entry->next)
        for (unsigned i = 0; i < entry->event_count; i++) {
            const struct event *event = &entry->events[i];
            if (event->type != EVENT_rung_due)
                continue;
            const struct duty_row *duty = &s->state->duties.items[event_int(event, "duty")];
            bool escalation = !datum_is_text(&event->fields[1], "before") &&
                              !datum_is_text(&event->fields[1], "overdue");
            char date[DATE_TEXT_SIZE];
            if (escalation != escalations ||
                strcmp(symbol_text(s->state->symbols, duty->name), name) != 0 ||
                (at && !duty_is_of(s, duty, at + 1)))
                continue;
            snprintf(have + strlen(have), sizeof have - strlen(have), " %s",
                     date_text(event_date(event, "day"), date));
        }
    for (const struct yaml_node *day = wanted->first; day; day = day->next)
        snprintf(want + strlen(want), sizeof want - strlen(want), " %s", day->text);
    s->result->expectations++;
    if (strcmp(have, want) != 0)
        scenario_differs(s, wanted, "reminders of %s were on%s; expected%s", wanted->key->text,
                         have, want);
}

static bool is_listed(const struct yaml_node *reminders, const char *name)
{
    size_t length = strlen(name);
    for (const struct yaml_node *node = reminders->first; node; node = node->next)
        if (strncmp(node->key->text, name, length) == 0 &&
            (node->key->text[length] == '\0' || node->key->text[length] == '@'))
            return true;
    return false;
}

/* `no_others: true` among reminders: no duty but those listed has reminded anybody. */
static void expect_no_others(struct scenario *s, const struct yaml_node *reminders,
                             const struct yaml_node *place)
{
    s->result->expectations++;
    for (const struct kept_entry *entry = s->first_entry; entry; entry = entry->next)
        for (unsigned i = 0; i < entry->event_count; i++) {
            const struct event *event = &entry->events[i];
            char date[DATE_TEXT_SIZE];
            if (event->type != EVENT_rung_due)
                continue;
            const char *name = symbol_text(s->state->symbols,
                                           s->state->duties.items[event_int(event, "duty")].name);
            if (!is_listed(reminders, name))
                scenario_differs(s, place, "%s reminded on %s and is not listed", name,
                                 date_text(event_date(event, "day"), date));
        }
}

static void expect_fact(struct scenario *s, const struct yaml_node *wanted)
{
    const struct yaml_node *absent = yaml_get(wanted, "absent");
    int64_t found = scenario_find_fact(s, wanted);
    s->result->expectations++;
    if ((found != 0) == yaml_is(absent, "true"))
        scenario_differs(s, wanted, "the fact %s is %s",
                         yaml_get(wanted, "fact") ? yaml_get(wanted, "fact")->text : "?",
                         found ? "there" : "not there");
}

/* "li.talks@2025: 2", "lin.grades@2025: [a, b]", "c1.shown_until: 2026-04-14" of a case's label */
static void expect_value(struct scenario *s, const struct yaml_node *wanted)
{
    const char *text = wanted->key->text, *dot = strchr(text, '.'), *at = strchr(text, '@');
    const char *name_of = dot ? arena_text_n(&s->arena, text, (size_t)(dot - text)) : "";
    int64_t number = scenario_case(s, name_of);
    uint32_t subject = number ? 0 : scenario_subject(s, name_of, SYMBOL_NONE);
    struct value of = {.kind = VALUE_SUBJECT}, value;
    struct buffer have, want;
    s->result->expectations++;
    if (!subject && !number) {
        scenario_differs(s, wanted, "there is no subject in %s", text);
        return;
    }
    of.subject = subject;
    if (number) {
        of.kind = VALUE_CASE;
        of.ref = number;
    }
    struct scope scope = scope_of(s->state, &s->arena, of, s->today);
    if (at)
        span_parse(at + 1, &scope.period, NULL);
    symbol name =
        symbol_find_n(s->state->symbols, dot + 1, at ? (size_t)(at - dot - 1) : strlen(dot + 1));
    if (!eval_property(&scope, &of, name, &value))
        value = value_missing();
    buffer_init(&have);
    buffer_init(&want);
    value_words(&scope, &value, "zh", &have);
    for (const struct yaml_node *node = wanted->kind == YAML_SEQUENCE ? wanted->first : wanted;
         node; node = wanted->kind == YAML_SEQUENCE ? node->next : NULL)
        buffer_addf(&want, "%s%s", want.size ? "、" : "",
                    yaml_is(node, "true")      ? "是"
                    : yaml_is(node, "false")   ? "否"
                    : yaml_is(node, "missing") ? "（缺）"
                                               : node->text);
    if (strcmp(buffer_text(&have), buffer_text(&want)) != 0)
        scenario_differs(s, wanted, "%s is %s, expected %s", text, buffer_text(&have),
                         buffer_text(&want));
    buffer_done(&have);
    buffer_done(&want);
}

static const char *case_state(const struct scenario *s, int64_t number)
{
    const struct case_row *row = &s->state->cases.items[number];
    return row->status == CASE_ENDED       ? symbol_text(s->state->symbols, row->end)
           : row->status == CASE_SUSPENDED ? "suspended"
                                           : "running";
}

/* A label, or the name of a procedure: its newest case. */
static void expect_case(struct scenario *s, const struct yaml_node *wanted)
{
    int64_t number = scenario_case(s, wanted->key->text);
    const struct numbers *cases = state_numbers(&s->state->cases_by_procedure,
                                                symbol_find(s->state->symbols, wanted->key->text));
    s->result->expectations++;
    if (!number && cases && cases->count)
        number = cases->items[cases->count - 1];
    if (!number && yaml_is(wanted, "none"))
        return;
    if (!number || strcmp(case_state(s, number), wanted->text) != 0)
        scenario_differs(s, wanted, "%s is %s, expected %s", wanted->key->text,
                         number ? case_state(s, number) : "not there", wanted->text);
}

/* The same texts, in any order. */
static bool list_fits(const struct datum *list, const struct yaml_node *wanted)
{
    if (wanted->kind != YAML_SEQUENCE || wanted->count != list->count)
        return false;
    for (const struct yaml_node *node = wanted->first; node; node = node->next) {
        bool found = false;
        for (uint32_t i = 0; i < list->count; i++)
            found = found || datum_is_text(&list->items[i], node->text);
        if (!found)
            return false;
    }
    return true;
}

static bool event_fits(const struct event *event, const struct yaml_node *wanted)
{
    for (const struct yaml_node *node = wanted->first; node; node = node->next) {
        char text[40];
        if (yaml_is(node->key, "event"))
            continue;
        int index = event_field_index(event->type, node->key->text);
        if (index < 0)
            return false;
        const struct datum *field = &event->fields[index];
        if (field->kind == DATUM_TEXT && !datum_is_text(field, node->text))
            return false;
        if (field->kind == DATUM_LIST && !list_fits(field, node))
            return false;
        snprintf(text, sizeof text, "%lld",
                 field->kind == DATUM_INT ? (long long)field->integer : 0);
        if (field->kind == DATUM_INT && strcmp(text, node->text) != 0)
            return false;
    }
    return true;
}

static void expect_event(struct scenario *s, const struct yaml_node *wanted)
{
    const struct yaml_node *name = yaml_get(wanted, "event");
    bool found = false;
    for (const struct kept_entry *entry = s->first_entry; entry && name; entry = entry->next)
        for (unsigned i = 0; i < entry->event_count; i++)
            found = found || (strcmp(event_spec(entry->events[i].type)->name, name->text) == 0 &&
                              event_fits(&entry->events[i], wanted));
    s->result->expectations++;
    if (!found)
        scenario_differs(s, wanted, "there is no such event %s", name ? name->text : "?");
}

void scenario_expect(struct scenario *s, const struct yaml_node *expect)
{
    static const char *const known =
        "duties reminders escalations facts values cases events boards";
    for (const struct yaml_node *group = expect->first; group; group = group->next) {
        if (!strstr(known, group->key->text))
            scenario_differs(s, group, "unknown expectation %s; known: %s", group->key->text,
                             known);
        for (const struct yaml_node *node = group->first; node; node = node->next) {
            if (yaml_is(group->key, "duties"))
                expect_duty(s, node);
            else if (yaml_is(group->key, "reminders") && yaml_is(node->key, "no_others"))
                expect_no_others(s, group, node);
            else if (yaml_is(group->key, "reminders") || yaml_is(group->key, "escalations"))
                expect_days(s, node, yaml_is(group->key, "escalations"));
            else if (yaml_is(group->key, "facts"))
                expect_fact(s, node);
            else if (yaml_is(group->key, "values"))
                expect_value(s, node);
            else if (yaml_is(group->key, "cases"))
                expect_case(s, node);
            else if (yaml_is(group->key, "boards"))
                scenario_expect_board(s, node);
            else
                expect_event(s, node);
        }
    }
}
