/* words.c - a refusal in words: which clause, what was found, what would help; and values for
 * people.
 *
 * One phrase an atom, made from the structure of the predicate and the titles in the packs, in
 * Chinese and English. A path whose value is computed is explained one level down. */
#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/eval.h"

struct speaking {
    const struct scope *scope;
    bool zh;
    struct buffer *out;
    unsigned depth;
};

static const char *text_of(const struct speaking *s, symbol name)
{
    return symbol_text(s->scope->state->symbols, name);
}

static void say(struct speaking *s, const char *zh, const char *en)
{
    buffer_add_text(s->out, s->zh ? zh : en);
}

static const char *title_text(const struct speaking *s, const struct title *title,
                              const char *otherwise)
{
    const char *text = s->zh ? title->zh : title->en;
    return text ? text : title->zh ? title->zh : title->en ? title->en : otherwise;
}

/* ---- names by their titles ---- */

static const char *thing_title(const struct speaking *s, symbol name)
{
    const struct rulebook *rules = &s->scope->state->rules;
    const struct fact_def *fact = rulebook_fact(rules, name);
    if (fact)
        return title_text(s, &fact->title, text_of(s, name));
    const struct role_def *role = rulebook_role(rules, name);
    if (role)
        return title_text(s, &role->title, text_of(s, name));
    const struct procedure *procedure = rulebook_known_procedure(rules, name);
    if (procedure)
        return title_text(s, &procedure->title, text_of(s, name));
    for (unsigned i = 0; s->scope->procedure && i < s->scope->procedure->step_count; i++)
        if (s->scope->procedure->steps[i].name == name)
            return title_text(s, &s->scope->procedure->steps[i].title, text_of(s, name));
    return text_of(s, name);
}

/* ---- values ---- */

static void number_words(struct speaking *s, struct number number)
{
    if (number.den == 1)
        buffer_addf(s->out, "%lld", (long long)number.num);
    else if (100 % number.den == 0 && llabs(number.num) < number.den)
        buffer_addf(s->out, "%lld%%", (long long)(number.num * (100 / number.den)));
    else if (10 % number.den == 0)
        buffer_addf(s->out, "%s%lld.%lld", number.num < 0 ? "-" : "",
                    llabs(number.num / number.den),
                    llabs(number.num % number.den) * (10 / number.den));
    else
        buffer_addf(s->out, "%lld/%lld", (long long)number.num, (long long)number.den);
}

static void fact_words(struct speaking *s, int64_t number)
{
    const struct fact *fact = &s->scope->state->facts.items[number];
    char date[DATE_TEXT_SIZE];
    buffer_addf(s->out, "%s %s", thing_title(s, fact->type), date_text(fact->day, date));
}

/* An act by the title of its step. */
static void act_words(struct speaking *s, int64_t number)
{
    const struct act *act =
        number == ACT_DRAFT ? s->scope->draft : &s->scope->state->acts.items[number];
    const struct procedure *procedure =
        number == ACT_DRAFT || !act ? s->scope->procedure
                                    : s->scope->state->cases.items[act->case_number].procedure;
    if (!act || !procedure)
        return;
    const struct step *step = &procedure->steps[act->step];
    buffer_add_text(s->out, title_text(s, &step->title, text_of(s, step->name)));
}

static void value_say(struct speaking *s, const struct value *value)
{
    char text[PERIOD_TEXT_SIZE];
    switch (value->kind) {
    case VALUE_MISSING: say(s, "（缺）", "(missing)"); break;
    case VALUE_BOOL: say(s, value->boolean ? "是" : "否", value->boolean ? "true" : "false"); break;
    case VALUE_NUMBER: number_words(s, value->number); break;
    case VALUE_DATE: buffer_add_text(s->out, date_text(value->date, text)); break;
    case VALUE_PERIOD: buffer_add_text(s->out, period_text(value->period, text)); break;
    case VALUE_LENGTH: buffer_addf(s->out, s->zh ? "%d 天" : "%d days", value->length.days); break;
    case VALUE_SPAN: buffer_add_text(s->out, span_text(value->span, text)); break;
    case VALUE_MEMBER:
    case VALUE_CODE:
    case VALUE_SYMBOL: buffer_add_text(s->out, thing_title(s, value->member.symbol)); break;
    case VALUE_TEXT: say(s, "（文字）", "(text)"); break;
    case VALUE_SUBJECT:
        buffer_add_text(s->out, text_of(s, s->scope->state->subjects.items[value->subject].id));
        break;
    case VALUE_CASE:
        buffer_addf(s->out, s->zh ? "事项 %lld" : "case %lld", (long long)value->ref);
        break;
    case VALUE_FACT: fact_words(s, value->ref); break;
    case VALUE_ACT: act_words(s, value->ref); break;
    case VALUE_DUTY:
        buffer_addf(s->out, s->zh ? "期限 %lld" : "duty %lld", (long long)value->ref);
        break;
    case VALUE_LIST:
        for (uint32_t i = 0; i < value->list.count && i < 12; i++) {
            if (i)
                say(s, "、", ", ");
            value_say(s, &value->list.items[i]);
        }
        break;
    case VALUE_RECORD:
        if (value->record.count)
            value_say(s, &value->record.items[0].value);
        break;
    }
}

void value_words(const struct scope *scope, const struct value *value, const char *language,
                 struct buffer *out)
{
    struct speaking s = {scope, strcmp(language, "en") != 0, out, 0};
    value_say(&s, value);
}

/* ---- bounds ---- */

static void bound_say(struct speaking *s, const struct bound *bound, const struct value *left)
{
    static const char *const zh[] = {"应为 ",      "不少于 ", "不超过 ",    "须超过 ", "须低于 ",
                                     "应为其一：", "不得为 ", "须在其内：", "须填写",  "须为空"};
    static const char *const en[] = {"must be ",     "at least ",        "at most ",
                                     "above ",       "below ",           "must be one of ",
                                     "must not be ", "must lie inside ", "must be filled in",
                                     "must be empty"};
    struct value right = eval_right(s->scope, &bound->operand, left);
    say(s, zh[bound->kind], en[bound->kind]);
    if (bound->kind != BOUND_FILLED && bound->kind != BOUND_EMPTY)
        value_say(s, &right);
}

static void bounds_say(struct speaking *s, const struct bounds *bounds, const struct value *left)
{
    for (unsigned i = 0; i < bounds->count; i++) {
        if (i)
            say(s, "，", ", ");
        bound_say(s, &bounds->items[i], left);
    }
}

/* ---- computed values, one level down ---- */

static void selection_found(struct speaking *s, const struct selection *selection)
{
    struct value found = eval_elements(s->scope, selection);
    for (uint32_t i = 0; i < found.list.count && i < 6; i++) {
        say(s, i ? "、" : "：", i ? ", " : ": ");
        value_say(s, &found.list.items[i]);
    }
    if (found.list.count > 6)
        buffer_addf(s->out, s->zh ? "……共 %u 项" : " ... %u in all", found.list.count);
}

static const struct value_def *computed(const struct speaking *s, const struct operand *operand)
{
    const struct state *state = s->scope->state;
    if (operand->kind != OPERAND_PATH && operand->kind != OPERAND_WORD)
        return NULL;
    symbol last = operand->names[operand->count - 1];
    for (unsigned i = 0;
         operand->count == 1 && s->scope->procedure && i < s->scope->procedure->value_count; i++)
        if (s->scope->procedure->values[i].name == last)
            return &s->scope->procedure->values[i];
    struct operand base = *operand;
    base.count--;
    struct value of = operand->count > 1 ? eval_left(s->scope, &base) : s->scope->it;
    return of.kind == VALUE_SUBJECT
               ? rulebook_value(&state->rules, state->subjects.items[of.subject].kind, last)
               : NULL;
}

/* Where the value itself is asked: about the subject that the path leads to, in its period. */
static struct scope scope_inside(const struct speaking *s, const struct operand *operand,
                                 const struct value_def *def)
{
    struct scope inner = *s->scope;
    struct operand base = *operand;
    base.count--;
    struct value of = operand->count > 1 ? eval_left(s->scope, &base) : value_missing();
    if (of.kind == VALUE_SUBJECT) {
        inner = scope_of(s->scope->state, s->scope->arena, of, s->scope->at);
        inner.known = s->scope->known;
        inner.period = s->scope->period;
    }
    inner.element = value_missing();
    inner.depth = s->scope->depth + 1;
    if (def->per != SPAN_NONE && inner.period.kind != def->per)
        inner.period = span_around(def->per, inner.at);
    return inner;
}

static void date_say(struct speaking *s, const struct value_def *def)
{
    bool plus = def->plus.kind != OPERAND_NONE;
    struct value from = eval_left(s->scope, &def->from),
                 period = eval_left(s->scope, plus ? &def->plus : &def->minus);
    if (from.kind != VALUE_DATE || period.kind != VALUE_PERIOD)
        return;
    say(s, "（", " (");
    value_say(s, &from);
    buffer_add_text(s->out, plus ? " + " : " - ");
    value_say(s, &period);
    say(s, "）", ")");
}

static void computed_say(struct speaking *s, const struct operand *operand);

/* The atoms of a line that was picked, with what they were found to be. */
static void reasons_say(struct speaking *s, const struct predicate *predicate)
{
    unsigned said = 0;
    struct value value;
    switch (predicate->kind) {
    case PREDICATE_ALL:
    case PREDICATE_ANY:
        for (unsigned i = 0; i < predicate->child_count; i++) {
            if (!eval_predicate(s->scope, &predicate->children[i]))
                continue;
            if (said++)
                say(s, "，", ", ");
            reasons_say(s, &predicate->children[i]);
        }
        return;
    case PREDICATE_COMPARE:
        value = eval_left(s->scope, &predicate->left);
        const struct value_def *def = computed(s, &predicate->left);
        const char *name = text_of(s, predicate->left.text);
        buffer_addf(s->out, "%s = ", def ? title_text(s, &def->title, name) : name);
        value_say(s, &value);
        computed_say(s, &predicate->left);
        return;
    case PREDICATE_SELECT:
        buffer_add_text(s->out, thing_title(s, predicate->selection->what.text));
        selection_found(s, predicate->selection);
        return;
    }
}

static void pick_say(struct speaking *s, const struct value_def *def)
{
    for (unsigned i = 0; i < def->pick_count; i++) {
        if (!eval_predicate(s->scope, def->picks[i].when))
            continue;
        if (!def->picks[i].when)
            return;
        say(s, "（因为 ", " (because ");
        reasons_say(s, def->picks[i].when);
        say(s, "）", ")");
        return;
    }
}

static void computed_say(struct speaking *s, const struct operand *operand)
{
    const struct value_def *def = computed(s, operand);
    if (!def || s->depth > 3)
        return;
    struct scope inner = scope_inside(s, operand, def);
    struct speaking deeper = {&inner, s->zh, s->out, s->depth + 1};
    if (def->form == FORM_DATE)
        date_say(&deeper, def);
    else if (def->form == FORM_SELECTION)
        selection_found(&deeper, def->selection);
    else if (def->form == FORM_PICK)
        pick_say(&deeper, def);
}

/* ---- what would help ---- */

/* The day on which a waiting time is over. */
static void help_since(struct speaking *s, const struct predicate *predicate)
{
    struct value date = eval_left(s->scope, &predicate->selection->what);
    char text[DATE_TEXT_SIZE];
    for (unsigned i = 0; date.kind == VALUE_DATE && i < predicate->bounds.count; i++) {
        struct value length = {.kind = VALUE_LENGTH};
        struct value period = eval_right(s->scope, &predicate->bounds.items[i].operand, &length);
        if (predicate->bounds.items[i].kind != BOUND_MIN || period.kind != VALUE_PERIOD)
            continue;
        int32_t day = calendar_add(s->scope->state->calendar, date.date, period.period,
                                   FIRST_DAY_NOT_COUNTED, NULL);
        buffer_addf(s->out, s->zh ? " → %s 起可办" : " -> possible from %s", date_text(day, text));
    }
}

/* The day after the last of the facts found ceases to be in force, if it is known. */
static void help_lacks(struct speaking *s, const struct selection *selection)
{
    struct value found = eval_elements(s->scope, selection);
    int32_t free_day = DATE_NONE;
    char text[DATE_TEXT_SIZE];
    for (uint32_t i = 0; i < found.list.count; i++) {
        const struct fact *fact = found.list.items[i].kind == VALUE_FACT
                                      ? &s->scope->state->facts.items[found.list.items[i].ref]
                                      : NULL;
        if (!fact || fact->until == DATE_NONE)
            return;
        if (free_day == DATE_NONE || fact->until + 1 > free_day)
            free_day = fact->until + 1;
    }
    if (selection->in_force && free_day != DATE_NONE)
        buffer_addf(s->out, s->zh ? " → %s 起可办" : " -> possible from %s",
                    date_text(free_day, text));
}

/* Which steps write the fact that is missing. */
static void help_has(struct speaking *s, symbol fact)
{
    const struct rulebook *rules = &s->scope->state->rules;
    unsigned said = 0;
    for (unsigned p = 0; p < rules->all_procedure_count && said < 3; p++)
        for (unsigned i = 0; i < rules->all_procedures[p]->step_count && said < 3; i++) {
            const struct step *step = &rules->all_procedures[p]->steps[i];
            bool writes = false;
            for (unsigned k = 0; k < step->effects.write_count; k++)
                writes = writes || step->effects.writes[k].fact == fact;
            for (unsigned o = 0; o < step->outcome_count; o++)
                for (unsigned k = 0; k < step->outcomes[o].effects.write_count; k++)
                    writes = writes || step->outcomes[o].effects.writes[k].fact == fact;
            if (!writes)
                continue;
            buffer_addf(s->out, "%s%s.%s",
                        said++  ? "、"
                        : s->zh ? " → 先办 "
                                : " -> first ",
                        text_of(s, rules->all_procedures[p]->name), text_of(s, step->name));
        }
}

/* ---- atoms ---- */

static void explain(struct speaking *s, const struct predicate *predicate);

static void every_say(struct speaking *s, const struct selection *selection)
{
    struct value all = eval_elements(s->scope, selection);
    unsigned said = 0;
    say(s, "不符的：", "do not fit: ");
    for (uint32_t i = 0; i < all.list.count; i++) {
        struct scope inner = *s->scope;
        inner.element = all.list.items[i];
        if (eval_predicate(&inner, selection->having))
            continue;
        if (said++)
            say(s, "、", ", ");
        value_say(s, &all.list.items[i]);
    }
    if (said && selection->having) {
        struct scope inner = *s->scope;
        struct speaking deeper = {&inner, s->zh, s->out, s->depth + 1};
        for (uint32_t i = 0; i < all.list.count; i++) {
            inner.element = all.list.items[i];
            if (!eval_predicate(&inner, selection->having))
                break;
        }
        say(s, " → 每项须：", " -> each: ");
        explain(&deeper, selection->having);
    }
}

static void select_say(struct speaking *s, const struct predicate *predicate)
{
    const struct selection *selection = predicate->selection;
    struct value value = eval_selection(s->scope, selection);
    const char *what = thing_title(s, selection->what.text);
    switch (selection->selector) {
    case SELECT_HAS:
        buffer_addf(s->out, s->zh ? "没有：%s" : "there is no %s", what);
        help_has(s, selection->what.text);
        return;
    case SELECT_LACKS:
        buffer_addf(s->out, s->zh ? "有 %s" : "there is %s", what);
        selection_found(s, selection);
        help_lacks(s, selection);
        return;
    case SELECT_EVERY: every_say(s, selection); return;
    case SELECT_SINCE:
        say(s, "自 ", "since ");
        struct value from = eval_left(s->scope, &selection->what);
        value_say(s, &from);
        say(s, " 起", " ");
        break;
    case SELECT_HOLDS: buffer_addf(s->out, s->zh ? "须担任 %s" : "must hold %s", what); return;
    case SELECT_SIGNED: say(s, "签字情况", "signatures "); break;
    case SELECT_UNSIGNED: say(s, "尚缺签字 ", "signatures missing: "); break;
    case SELECT_TIME: buffer_addf(s->out, s->zh ? "%s累计 " : "%s, all told ", what); break;
    case SELECT_COUNT:
    case SELECT_SUM:
    case SELECT_MEAN:
    case SELECT_LATEST:
    case SELECT_SHARE:
    case SELECT_RATIO:
    case SELECT_EACH: buffer_addf(s->out, "%s = ", what); break;
    }
    if (selection->selector != SELECT_SINCE)
        value_say(s, &value);
    if (selection->selector == SELECT_UNSIGNED)
        selection_found(s, selection);
    say(s, "，", ", ");
    bounds_say(s, &predicate->bounds, &value);
    if (selection->selector == SELECT_SINCE)
        help_since(s, predicate);
}

static void compare_say(struct speaking *s, const struct predicate *predicate)
{
    struct value left = eval_left(s->scope, &predicate->left);
    buffer_addf(s->out, s->zh ? "%s 是 " : "%s is ", text_of(s, predicate->left.text));
    value_say(s, &left);
    computed_say(s, &predicate->left);
    say(s, "，", ", ");
    bounds_say(s, &predicate->bounds, &left);
    for (unsigned i = 0; i < predicate->bounds.count; i++)
        if (predicate->bounds.items[i].operand.kind == OPERAND_PATH)
            computed_say(s, &predicate->bounds.items[i].operand);
}

/* Of "all" only what fails; of "any" every way that would do. */
static void explain(struct speaking *s, const struct predicate *predicate)
{
    unsigned said = 0;
    if (s->depth > 4)
        return;
    s->depth++;
    switch (predicate->kind) {
    case PREDICATE_ALL:
    case PREDICATE_ANY:
        for (unsigned i = 0; i < predicate->child_count; i++) {
            if (predicate->kind == PREDICATE_ALL &&
                eval_predicate(s->scope, &predicate->children[i]))
                continue;
            if (said++)
                say(s, predicate->kind == PREDICATE_ALL ? "；" : " 或 ",
                    predicate->kind == PREDICATE_ALL ? "; " : " or ");
            explain(s, &predicate->children[i]);
        }
        break;
    case PREDICATE_COMPARE: compare_say(s, predicate); break;
    case PREDICATE_SELECT: select_say(s, predicate); break;
    }
    s->depth--;
}

void explain_predicate(const struct scope *scope, const struct predicate *predicate,
                       const char *language, struct buffer *out)
{
    struct speaking s = {scope, strcmp(language, "en") != 0, out, 0};
    explain(&s, predicate);
}

void explain_guard(const struct scope *scope, const struct guard *guard, bool may_see,
                   const char *language, struct buffer *out)
{
    struct speaking s = {scope, strcmp(language, "en") != 0, out, 0};
    const char *words = rulebook_rule_words(&scope->state->rules, guard->rule);
    buffer_addf(out, "〔%s〕%s ", text_of(&s, guard->id),
                guard->rule == guard->id ? "" : text_of(&s, guard->rule));
    if (guard->strength == STRENGTH_REFUSE)
        say(&s, "不予办理：", "refused: ");
    else if (guard->strength == STRENGTH_WAIVE)
        say(&s, "不予办理（说明理由、经豁免人签字可行）：",
            "refused (possible with a reason signed by whoever may waive it): ");
    else
        say(&s, "提示：", "note: ");
    if (!may_see)
        buffer_add_text(out, guard->plain ? guard->plain : s.zh ? "暂不办理" : "not for now");
    else
        explain(&s, guard->require);
    if (words && may_see)
        buffer_addf(out, s.zh ? "。原文：“%s”" : ". Original words: \"%s\"", words);
}

void explain_value(const struct scope *scope, const struct value_def *def, const struct value *of,
                   const char *language, struct buffer *out)
{
    struct speaking s = {scope, strcmp(language, "en") != 0, out, 0};
    struct value value = eval_value(scope, def, of);
    buffer_addf(out, "%s = ", title_text(&s, &def->title, text_of(&s, def->name)));
    value_say(&s, &value);
    if (def->form == FORM_SELECTION)
        selection_found(&s, def->selection);
}
