/* duty_explain.c - how a duty of a running case came by its due day: the duty, then the arithmetic
 * in the words of explain.c, then what happened to its clock. */
#include <stdio.h>

#include "core/decide.h"
#include "core/state_query.h"

#define NOTICES_SHOWN 3

struct telling {
    const struct state *state;
    const struct duty_row *duty;
    int64_t number;
    struct arena arena;
    bool zh;
    struct explain_request request;
    bool counted; /* the due day comes from a period: `request` says which */
    struct buffer *out;
};

static const char *text_of(const struct telling *t, symbol name)
{
    return name ? symbol_text(t->state->symbols, name) : "";
}

static const struct due *due_of(const struct duty_row *duty)
{
    return duty->def ? &duty->def->due : &duty->procedure->steps[duty->step].due;
}

/* The period behind the due day, asked again with what is known now. */
static void request_make(struct telling *t)
{
    const struct duty_row *duty = t->duty;
    const struct due *due = due_of(duty);
    struct scope scope = duty_scope(t->state, &t->arena, duty, t->state->today);
    if (due->date.kind != OPERAND_NONE || due->plus.kind == OPERAND_NONE ||
        duty->deadline.start == DATE_NONE)
        return;
    struct value period = eval_operand(&scope, &due->plus),
                 from = eval_operand(&scope, &due->from); /* of a period: not its first day */
    t->counted = period.kind == VALUE_PERIOD;
    t->request =
        (struct explain_request){.from = from.kind == VALUE_DATE ? from.date : duty->deadline.start,
                                 .period = period.period,
                                 .ladder = duty_ladder(t->state, duty),
                                 .ladder_name = text_of(t, duty->ladder),
                                 .roll = duty_pack(duty)->roll,
                                 .shift = duty_pack(duty)->shift,
                                 .overdue_notices = NOTICES_SHOWN,
                                 .language = t->zh ? "zh" : "en"};
}

static bool stands_still(const struct duty_row *duty)
{
    return duty->suspended && duty_is_open(duty);
}

/* A clock that counts workdays has used workdays. */
static bool counts_workdays(const struct telling *t)
{
    const struct period *period = &t->request.period;
    return t->counted && period->workdays && !period->months && !period->days;
}

static const char *days_word(const struct telling *t)
{
    return counts_workdays(t) ? (t->zh ? "个工作日" : " workdays") : t->zh ? "天" : " days";
}

static const char *state_word(const struct telling *t)
{
    static const char *const words[][2] = {[DUTY_OPEN] = {"open", "未到期"},
                                           [DUTY_OVERDUE] = {"overdue", "已逾期"},
                                           [DUTY_MET] = {"met", "已履行"},
                                           [DUTY_CANCELLED] = {"cancelled", "已取消"}};
    if (stands_still(t->duty))
        return t->zh ? "中止计时" : "suspended";
    return words[t->duty->state][t->zh];
}

static void of_text(const struct telling *t, struct buffer *out)
{
    const struct duty_row *duty = t->duty;
    if (duty->case_number)
        buffer_addf(out, t->zh ? "事项 %lld" : "case %lld", (long long)duty->case_number);
    else if (duty->of.kind == VALUE_SUBJECT)
        buffer_add_text(out, text_of(t, t->state->subjects.items[duty->of.subject].id));
}

/* ---- for people ---- */

static void rules_text(const struct telling *t)
{
    const struct symbols *rules =
        t->duty->def ? &t->duty->def->rules : &t->duty->procedure->steps[t->duty->step].rules;
    for (unsigned i = 0; i < rules->count; i++) {
        const char *words = rulebook_rule_words(&t->state->rules, rules->items[i]);
        buffer_addf(t->out, t->zh ? "依据 %s%s%s\n" : "rule %s%s%s\n", text_of(t, rules->items[i]),
                    words ? (t->zh ? "：" : ": ") : "", words ? words : "");
    }
}

static void head_text(const struct telling *t)
{
    const struct duty_row *duty = t->duty;
    const char *name = text_of(t, duty->name);
    struct buffer of;
    buffer_init(&of);
    of_text(t, &of);
    buffer_addf(t->out, t->zh ? "期限 %lld：%s %s（%s）\n" : "duty %lld: %s %s (%s)\n",
                (long long)t->number, name, state_duty_title(t->state, name, t->zh ? "zh" : "en"),
                buffer_text(&of));
    buffer_done(&of);
    rules_text(t);
    if (duty->fact)
        buffer_addf(t->out, t->zh ? "由事实 %lld（%s）引起\n" : "opened by the fact %lld (%s)\n",
                    (long long)duty->fact, text_of(t, t->state->facts.items[duty->fact].type));
    if (duty->period.kind != SPAN_NONE) {
        char span[SPAN_TEXT_SIZE];
        buffer_addf(t->out, t->zh ? "所属期间 %s\n" : "of the period %s\n",
                    span_text(duty->period, span));
    }
    const char *unit = duty->unit ? text_of(t, t->state->subjects.items[duty->unit].id) : "";
    buffer_addf(t->out, t->zh ? "责任人 %s %s\n" : "owner %s %s\n", text_of(t, duty->owner), unit);
}

/* Reminders as they stand, for a due day that no period explains, or that was moved since. */
static void standing_text(const struct telling *t)
{
    const struct deadline *deadline = &t->duty->deadline;
    char date[DATE_TEXT_SIZE];
    buffer_addf(t->out, t->zh ? "到期日 %s\n" : "due %s\n", date_text(deadline->due, date));
    buffer_add_text(t->out, deadline->rung_count ? (t->zh ? "提醒 " : "reminders ") : "");
    for (unsigned i = 0; i < deadline->rung_count; i++)
        buffer_addf(t->out, "%s%s", i ? ", " : "", date_text(deadline->rungs[i], date));
    buffer_add_text(t->out, deadline->rung_count ? "\n" : "");
}

/* The last time the clock stood, and all the days in which it did. */
static void stood_text(const struct telling *t)
{
    const struct duty_row *duty = t->duty;
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
    if (duty->resumed_on == DATE_NONE)
        return;
    if (!duty->suspended)
        buffer_addf(t->out,
                    t->zh
                        ? "中止计时 %s 至 %s，中止前已用 %d %s，其余自恢复之日起算\n"
                        : "its clock stood still from %s to %s; %d%s were used before, the others "
                          "run from then on\n",
                    date_text(duty->suspended_on, from), date_text(duty->resumed_on, to),
                    duty->used_days, days_word(t));
    buffer_addf(t->out,
                t->zh ? "历次中止共 %d 天（日历日）\n"
                      : "in all it stood still for %d calendar days\n",
                duty->stood_days);
}

static void state_text(const struct telling *t)
{
    const struct duty_row *duty = t->duty;
    char date[DATE_TEXT_SIZE];
    buffer_addf(t->out, t->zh ? "现状：%s" : "now: %s", state_word(t));
    if (stands_still(duty))
        buffer_addf(t->out,
                    t->zh ? "，自 %s 起，已用 %d %s" : " since %s, %d%s of its clock are used",
                    date_text(duty->suspended_on, date), duty->used_days, days_word(t));
    if (duty->state == DUTY_MET && duty->met_on != DATE_NONE)
        buffer_addf(t->out, t->zh ? "，%s" : " on %s", date_text(duty->met_on, date));
    if (duty->late)
        buffer_add_text(t->out, t->zh ? "，逾期履行" : ", late");
    buffer_addf(t->out,
                t->zh ? "；已发提醒 %u 次，逾期通知 %u 次\n"
                      : "; %u reminders and %u overdue notices given\n",
                duty->rungs_fired, duty->notices_fired);
}

static bool was_moved(const struct telling *t)
{
    struct provisional lean = {0};
    int32_t due = calendar_add(t->state->calendar, t->request.from, t->request.period,
                               FIRST_DAY_NOT_COUNTED, &lean);
    if (t->request.roll == ROLL_NEXT_WORKDAY && due != DATE_NONE)
        due = calendar_workday_after(t->state->calendar, due, &lean);
    return due != t->duty->deadline.due;
}

static void duty_text(const struct telling *t)
{
    head_text(t);
    if (t->counted)
        deadline_explain_text(t->state->calendar, &t->request, t->out);
    if (t->counted && was_moved(t))
        buffer_add_text(t->out, t->zh ? "此后移动过（中止、恢复或更正）：\n"
                                      : "moved since (suspended, resumed or corrected):\n");
    if (!t->counted || was_moved(t))
        standing_text(t);
    stood_text(t);
    state_text(t);
}

/* ---- for programs ---- */

static void json_text(struct buffer *out, const char *name, const char *text)
{
    buffer_addf(out, ",\"%s\":\"", name);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buffer_add_char(out, '\\');
        buffer_add_char(out, (unsigned char)*text < 0x20 ? ' ' : *text);
    }
    buffer_add_char(out, '"');
}

static void json_day(struct buffer *out, const char *name, int32_t day)
{
    char date[DATE_TEXT_SIZE];
    if (day == DATE_NONE)
        buffer_addf(out, ",\"%s\":null", name);
    else
        json_text(out, name, date_text(day, date));
}

static void duty_json(const struct telling *t)
{
    static const char *const states[] = {"open", "overdue", "met", "cancelled"};
    const struct duty_row *duty = t->duty;
    const char *name = text_of(t, duty->name);
    char date[DATE_TEXT_SIZE];
    struct buffer of;
    buffer_init(&of);
    of_text(t, &of);
    buffer_addf(t->out, "{\"duty\":%lld", (long long)t->number);
    json_text(t->out, "name", name);
    json_text(t->out, "title", state_duty_title(t->state, name, t->zh ? "zh" : "en"));
    json_text(t->out, "of", buffer_text(&of));
    json_text(t->out, "state", stands_still(duty) ? "suspended" : states[duty->state]);
    json_text(t->out, "owner", text_of(t, duty->owner));
    json_day(t->out, "start", duty->deadline.start);
    json_day(t->out, "due", duty->deadline.due);
    json_day(t->out, "met_on", duty->met_on);
    json_day(t->out, "suspended_on", duty->suspended_on);
    json_day(t->out, "resumed_on", duty->resumed_on);
    buffer_addf(t->out, ",\"used_days\":%d,\"stood_days\":%d", duty->used_days, duty->stood_days);
    buffer_add_text(t->out, ",\"reminders\":[");
    for (unsigned i = 0; i < duty->deadline.rung_count; i++)
        buffer_addf(t->out, "%s\"%s\"", i ? "," : "", date_text(duty->deadline.rungs[i], date));
    buffer_addf(t->out, "],\"reminders_given\":%u,\"overdue_notices_given\":%u,\"late\":%s",
                duty->rungs_fired, duty->notices_fired, duty->late ? "true" : "false");
    buffer_addf(t->out,
                ",\"moved\":%s,\"explained\":", t->counted && was_moved(t) ? "true" : "false");
    if (t->counted)
        deadline_explain_json(t->state->calendar, &t->request, t->out);
    else
        buffer_add_text(t->out, "null");
    buffer_add_text(t->out, "}\n");
    buffer_done(&of);
}

bool state_explain_duty(const struct state *state, int64_t number, const char *language, bool json,
                        struct buffer *out)
{
    if (number < 1 || number >= (int64_t)state->duties.count)
        return false;
    struct telling t = {.state = state,
                        .duty = &state->duties.items[number],
                        .number = number,
                        .zh = strcmp(language, "en") != 0,
                        .out = out};
    arena_init(&t.arena, 0);
    request_make(&t);
    if (json)
        duty_json(&t);
    else
        duty_text(&t);
    arena_done(&t.arena);
    return true;
}
