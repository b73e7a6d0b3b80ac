/* wording_condition.c - operands, bounds, selections and predicates in words. */
#include "core/wording.h"

#include <stdlib.h>
#include <string.h>

/* ---- literals ---- */

void wording_number(struct wording *w, struct number number)
{
    long long num = number.num, den = number.den;
    if (den == 1)
        buffer_addf(w->out, "%lld", num);
    else if (10 % den == 0)
        buffer_addf(w->out, "%s%lld.%lld", num < 0 ? "-" : "", llabs(num / den),
                    llabs(num % den) * (10 / den));
    else if (100 % den == 0)
        buffer_addf(w->out, "%lld%%", num * (100 / den));
    else
        buffer_addf(w->out, "%lld/%lld", num, den);
}

static void length_part(struct wording *w, int32_t count, const char *zh, const char *en,
                        bool *said)
{
    if (!count)
        return;
    if (w->zh)
        buffer_addf(w->out, "%d%s", count, zh);
    else
        buffer_addf(w->out, "%s%d %s%s", *said ? " " : "", count, en, count == 1 ? "" : "s");
    *said = true;
}

void wording_period(struct wording *w, struct period period)
{
    bool said = false;
    length_part(w, period.months / 12, "年", "year", &said);
    length_part(w, period.months % 12, "个月", "month", &said);
    length_part(w, period.days, "天", "day", &said);
    length_part(w, period.workdays, "个工作日", "workday", &said);
    if (!said)
        say(w, "0天", "0 days");
}

/* ---- parameters ---- */

static void parameter_note(struct wording *w, const struct parameter *parameter)
{
    for (unsigned i = 0; i < w->parameter_count; i++)
        if (w->parameters[i] == parameter)
            return;
    const struct parameter **parameters =
        ARENA_ARRAY(&w->arena, const struct parameter *, w->parameter_count + 1);
    for (unsigned i = 0; i < w->parameter_count; i++)
        parameters[i] = w->parameters[i];
    parameters[w->parameter_count++] = parameter;
    w->parameters = parameters;
}

static const struct parameter_node *entry_named(const struct parameter_node *node, symbol name)
{
    for (unsigned i = 0; i < node->entry_count; i++)
        if (node->entries[i].key.text == name)
            return &node->entries[i];
    return NULL;
}

/* Its value, and its name behind it; of a table its title. */
static void parameter_say(struct wording *w, const struct operand *operand,
                          const struct spot *beside)
{
    const struct parameter *parameter = rulebook_parameter(w->book, w->pack, operand->names[0]);
    const struct parameter_node *node = parameter ? &parameter->value : NULL;
    for (unsigned i = 1; node && i < operand->count; i++)
        node = entry_named(node, operand->names[i]);
    if (parameter)
        parameter_note(w, parameter);
    if (node && node->value.kind != OPERAND_NONE)
        wording_operand(w, &node->value, beside);
    else if (parameter)
        buffer_addf(w->out, w->zh ? "《%s》" : "%s",
                    wording_title(w, &parameter->title, parameter->name));
    say(w, "〔", " [");
    buffer_add_text(w->out, w->code ? "`" : "");
    buffer_add_text(w->out, wording_name(w, operand->text));
    buffer_add_text(w->out, w->code ? "`" : "");
    say(w, "〕", "]");
}

/* ---- operands ---- */

/* Does a bare word begin a path here, or is it a member of a list? */
static bool is_member(struct wording *w, symbol name, const struct spot *beside)
{
    static const char *const words[] = {"it", "today", "actor", "case", "period", "start"};
    const char *text = wording_name(w, name);
    const struct procedure *procedure = w->procedure;
    if (beside->kind == SPOT_OUTCOME)
        return true;
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i]) == 0)
            return false;
    for (unsigned i = 0; procedure && i < procedure->about.count; i++)
        if (procedure->about.items[i].name == name)
            return false;
    for (unsigned i = 0; procedure && i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return false;
    for (unsigned i = 0; procedure && i < procedure->value_count; i++)
        if (procedure->values[i].name == name)
            return false;
    return !(w->it.subject && (rulebook_value(w->book, w->it.subject, name) ||
                               rulebook_field(w->book, w->it.subject, name)));
}

static void word_say(struct wording *w, const struct operand *operand, const struct spot *beside)
{
    symbol name = operand->names[0];
    if (!beside || !is_member(w, name, beside))
        wording_path(w, operand);
    else if (beside->kind == SPOT_OUTCOME)
        buffer_addf(w->out, w->zh ? "“%s”" : "\"%s\"", wording_outcome_of(w, beside, name));
    else
        buffer_addf(w->out, w->zh ? "“%s”" : "\"%s\"", wording_named(w, name));
}

static void list_say(struct wording *w, const struct operand *list, const struct spot *beside)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (i)
            say(w, "、", ", ");
        wording_operand(w, &list->items[i], beside);
    }
}

void wording_operand(struct wording *w, const struct operand *operand, const struct spot *beside)
{
    char date[DATE_TEXT_SIZE];
    if (beside && beside->kind == SPOT_DUTY_NAME && operand->kind != OPERAND_LIST) {
        buffer_addf(w->out, w->zh ? "「%s」" : "%s", wording_duty(w, operand->text));
        return;
    }
    switch (operand->kind) {
    case OPERAND_NONE: break;
    case OPERAND_BOOL:
        say(w, operand->boolean ? "“是”" : "“否”", operand->boolean ? "true" : "false");
        break;
    case OPERAND_NUMBER: buffer_add_text(w->out, wording_name(w, operand->text)); break;
    case OPERAND_DATE: buffer_add_text(w->out, date_text(operand->date, date)); break;
    case OPERAND_PERIOD: wording_period(w, operand->period); break;
    case OPERAND_WORD: word_say(w, operand, beside); break;
    case OPERAND_PATH: wording_path(w, operand); break;
    case OPERAND_PARAMETER: parameter_say(w, operand, beside); break;
    case OPERAND_LIST: list_say(w, operand, beside); break;
    }
}

/* ---- bounds ---- */

static struct spot quiet_path(struct wording *w, const struct operand *operand)
{
    w->quiet++;
    struct spot spot = wording_path(w, operand);
    w->quiet--;
    return spot;
}

static bool is_date(struct wording *w, const struct bound *bound, const struct spot *left)
{
    return left->kind == SPOT_DATE || bound->operand.kind == OPERAND_DATE ||
           quiet_path(w, &bound->operand).kind == SPOT_DATE;
}

static void bound_say(struct wording *w, const struct bound *bound, const struct spot *left)
{
    static const char *const zh[3][5] = {{"为", "不少于", "不超过", "超过", "少于"},
                                         {"为", "不早于", "不晚于", "晚于", "早于"},
                                         {"为", "不低于", "不高于", "高于", "低于"}};
    static const char *const en[2][5] = {
        {"is ", "is at least ", "is at most ", "is above ", "is below "},
        {"is ", "is not before ", "is not after ", "is after ", "is before "}};
    bool date = is_date(w, bound, left);
    switch (bound->kind) {
    case BOUND_IS:
    case BOUND_MIN:
    case BOUND_MAX:
    case BOUND_ABOVE:
    case BOUND_BELOW:
        say(w,
            zh[date                        ? 1
               : left->kind == SPOT_MEMBER ? 2
                                           : 0][bound->kind],
            en[date][bound->kind]);
        break;
    case BOUND_IN:
        say(w, bound->operand.kind == OPERAND_LIST ? "为" : "在",
            bound->operand.kind == OPERAND_LIST ? "is one of " : "is among ");
        break;
    case BOUND_OTHER_THAN: say(w, "不是", "is other than "); break;
    case BOUND_INSIDE: say(w, "属于", "is or lies below "); break;
    case BOUND_FILLED: say(w, "不为空", "is filled in"); return;
    case BOUND_EMPTY: say(w, "为空", "is empty"); return;
    }
    if (bound->of)
        buffer_addf(w->out, w->zh ? "%s的" : "%s × ",
                    w->zh ? wording_named(w, bound->of) : wording_name(w, bound->of));
    wording_operand(w, &bound->operand, left);
    if (bound->kind == BOUND_IN)
        say(w, bound->operand.kind == OPERAND_LIST ? "之一" : "之中", "");
}

/* The right side looks outside of the element. */
void wording_bounds(struct wording *w, const struct bounds *bounds, const struct spot *left)
{
    const struct element *element = w->element;
    w->element = element ? element->outer : NULL;
    for (unsigned i = 0; i < bounds->count; i++) {
        if (i)
            say(w, "、", " and ");
        bound_say(w, &bounds->items[i], left);
    }
    w->element = element;
}

/* ---- what a selection goes over ---- */

static const struct step *step_here(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; procedure && i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return &procedure->steps[i];
    return NULL;
}

/* The procedure whose steps it asks for: that of the case `of`, else this. */
static const struct procedure *procedure_of(struct wording *w, const struct selection *selection)
{
    struct spot spot = quiet_path(w, &selection->of);
    return spot.kind == SPOT_CASE && spot.procedure ? spot.procedure : w->procedure;
}

static bool is_word(const struct wording *w, symbol name, const char *word)
{
    return strcmp(wording_name(w, name), word) == 0;
}

struct spot wording_source(struct wording *w, const struct selection *selection)
{
    symbol name = selection->what.kind == OPERAND_WORD ? selection->what.names[0] : SYMBOL_NONE;
    const struct procedure *procedure = procedure_of(w, selection);
    const struct step *step = name ? step_here(procedure, name) : NULL;
    if (step)
        return (struct spot){.kind = SPOT_ACT, .procedure = procedure, .step = step};
    if (name && rulebook_fact(w->book, name))
        return (struct spot){.kind = SPOT_FACT, .fact = rulebook_fact(w->book, name)};
    if (name && rulebook_known_procedure(w->book, name))
        return (struct spot){.kind = SPOT_CASE,
                             .procedure = rulebook_known_procedure(w->book, name)};
    if (name && is_word(w, name, "duty"))
        return (struct spot){.kind = SPOT_DUTY};
    if (name && is_word(w, name, "fact"))
        return (struct spot){.kind = SPOT_FACT};
    if (name && (is_word(w, name, "step") || is_word(w, name, "any")))
        return (struct spot){.kind = SPOT_ACT};
    if (name && rulebook_kind(w->book, name))
        return (struct spot){.kind = SPOT_SUBJECT, .subject = name};
    return quiet_path(w, &selection->what);
}

static void source_say(struct wording *w, const struct selection *selection,
                       const struct spot *source)
{
    symbol name = selection->what.kind == OPERAND_WORD ? selection->what.names[0] : SYMBOL_NONE;
    if (name && source->kind == SPOT_FACT && source->fact)
        buffer_addf(w->out, w->zh ? "「%s」" : "%s", wording_fact(w, name));
    else if (name && source->kind == SPOT_CASE && rulebook_known_procedure(w->book, name))
        buffer_addf(w->out, w->zh ? "「%s」事项" : "case of %s", wording_procedure(w, name));
    else if (name && source->kind == SPOT_ACT && source->step)
        buffer_addf(w->out, w->zh ? "「%s」这一步" : "step %s",
                    w->zh ? wording_step(w, source->step) : wording_name(w, name));
    else if (name && is_word(w, name, "duty"))
        say(w, "期限", "duty");
    else if (name && is_word(w, name, "fact"))
        say(w, "事实", "fact");
    else if (name && source->kind == SPOT_ACT)
        say(w, "任何一步", "any step");
    else if (name && source->kind == SPOT_SUBJECT && source->subject == name)
        buffer_add_text(w->out, wording_named(w, name));
    else
        wording_path(w, &selection->what);
}

/* ---- options ---- */

static void window_say(struct wording *w, const struct window *window)
{
    static const char *const zh[] = {"", "当年", "当前半年", "当季", "当月"};
    static const char *const en[] = {"", "year", "half-year", "quarter", "month"};
    static const char *const before[] = {"", "上一年", "上一个半年", "上一季度", "上一个月"};
    switch (window->kind) {
    case WINDOW_ALL: break;
    case WINDOW_SPAN:
        buffer_addf(w->out, w->zh ? "%s" : "in the %s",
                    w->zh ? zh[window->span] : en[window->span]);
        break;
    case WINDOW_PERIOD: say(w, "本期", "in the period"); break;
    case WINDOW_NAMED:
        say(w, "期间：", "in ");
        wording_operand(w, &window->a, NULL);
        break;
    case WINDOW_PREVIOUS:
        buffer_addf(w->out, w->zh ? "%s" : "in the previous %s",
                    w->zh ? before[window->span] : en[window->span]);
        break;
    case WINDOW_LAST:
        say(w, "此前", "in the last ");
        wording_operand(w, &window->a, NULL);
        say(w, "内", "");
        break;
    case WINDOW_RANGE:
        if (window->a.kind != OPERAND_NONE)
            say(w, "自", "from ");
        wording_operand(w, &window->a, NULL);
        if (window->b.kind != OPERAND_NONE)
            say(w, window->a.kind != OPERAND_NONE ? "至" : "到",
                window->a.kind != OPERAND_NONE ? " to " : "to ");
        else
            say(w, "起", " on");
        wording_operand(w, &window->b, NULL);
        break;
    case WINDOW_BOOKED:
        say(w, "计入本期：期末后", "booked to the period: recorded within ");
        wording_operand(w, &window->a, NULL);
        say(w, "内登记，再迟计入下期", " after its end, later ones go to the next");
        break;
    }
}

static void option_begin(struct wording *w, bool *open)
{
    if (*open)
        say(w, "，", ", ");
    else
        say(w, "（", " (");
    *open = true;
}

static void option_operand(struct wording *w, bool *open, const struct operand *operand,
                           const char *const zh[2], const char *const en[2])
{
    if (operand->kind == OPERAND_NONE)
        return;
    option_begin(w, open);
    say(w, zh[0], en[0]);
    wording_operand(w, operand, NULL);
    say(w, zh[1], en[1]);
}

static void inside_say(struct wording *w, const struct predicate *predicate,
                       const struct spot *source)
{
    struct element element = {*source, w->element};
    w->element = &element;
    wording_predicate(w, predicate);
    w->element = element.outer;
}

static void options_say(struct wording *w, const struct selection *selection,
                        const struct spot *source)
{
    bool open = false;
    if (selection->in_force) {
        option_begin(w, &open);
        say(w, "有效的", "in force");
    }
    if (selection->in.kind != WINDOW_ALL) {
        option_begin(w, &open);
        window_say(w, &selection->in);
    }
    if (selection->recorded.kind != WINDOW_ALL) {
        option_begin(w, &open);
        say(w, "登记时间：", "recorded ");
        window_say(w, &selection->recorded);
    }
    option_operand(w, &open, &selection->within, (const char *const[]){"", "及其下级范围内"},
                   (const char *const[]){"inside ", ""});
    option_operand(w, &open, &selection->newest, (const char *const[]){"只看最近", "次"},
                   (const char *const[]){"only the newest ", ""});
    option_operand(w, &open, &selection->at, (const char *const[]){"以", "当天计"},
                   (const char *const[]){"on ", ""});
    option_operand(w, &open, &selection->known, (const char *const[]){"按", "时已经登记的计"},
                   (const char *const[]){"as known at ", ""});
    if (selection->where) {
        option_begin(w, &open);
        say(w, "其中", "where ");
        inside_say(w, selection->where, source);
    }
    if (open)
        say(w, "）", ")");
}

/* All of several subjects stand in it. */
static void of_say(struct wording *w, const struct operand *of)
{
    if (of->kind != OPERAND_LIST) {
        wording_operand(w, of, NULL);
        return;
    }
    for (unsigned i = 0; i < of->count; i++) {
        if (i)
            say(w, "和", " and ");
        wording_operand(w, &of->items[i], NULL);
    }
}

/* 人选的「处分」（有效的）; sanction of candidate (in force) */
static void things_say(struct wording *w, const struct selection *selection,
                       const struct spot *source)
{
    if (w->zh && selection->of.kind != OPERAND_NONE) {
        of_say(w, &selection->of);
        say(w, "的", "");
    }
    source_say(w, selection, source);
    if (!w->zh && selection->of.kind != OPERAND_NONE) {
        say(w, "", " of ");
        of_say(w, &selection->of);
    }
    options_say(w, selection, source);
}

void wording_elements(struct wording *w, const struct selection *selection)
{
    struct spot source = wording_source(w, selection);
    things_say(w, selection, &source);
}

/* ---- selectors ---- */

static void who_say(struct wording *w, const struct selection *selection)
{
    if (selection->who.kind == OPERAND_NONE)
        say(w, "办理人", "actor");
    else
        wording_operand(w, &selection->who, NULL);
}

static void take_say(struct wording *w, const struct selection *selection,
                     const struct spot *source)
{
    struct element element = {*source, w->element};
    if (selection->take.kind == OPERAND_NONE ||
        (selection->take.kind == OPERAND_WORD && is_word(w, selection->take.text, "it")))
        return;
    w->element = &element;
    say(w, "的", " → ");
    wording_operand(w, &selection->take, NULL);
    w->element = element.outer;
}

static void as_say(struct wording *w, enum as_unit as)
{
    static const char *const zh[] = {"", "（按天）", "（按月）", "（按年）"};
    static const char *const en[] = {"", " in days", " in months", " in years"};
    say(w, zh[as], en[as]);
}

static void ratio_say(struct wording *w, const struct operand *what)
{
    if (what->kind != OPERAND_LIST) {
        wording_operand(w, what, NULL);
        return;
    }
    for (unsigned i = 0; i < what->count; i++) {
        if (i)
            say(w, "÷", " / ");
        wording_operand(w, &what->items[i], NULL);
    }
}

static void holds_say(struct wording *w, const struct selection *selection, bool no)
{
    who_say(w, selection);
    say(w, no ? "不担任" : "担任", no ? " does not hold " : " holds ");
    buffer_add_text(w->out, wording_role(w, selection->what.text));
    if (selection->over.kind != OPERAND_NONE) {
        say(w, "（对", " over ");
        wording_operand(w, &selection->over, NULL);
        say(w, "）", "");
    }
}

static void signed_say(struct wording *w, const struct selection *selection,
                       const struct spot *source, bool no)
{
    who_say(w, selection);
    say(w, no ? "没有签" : "签了", no ? " has not signed " : " has signed ");
    things_say(w, selection, source);
}

static void measured_say(struct wording *w, const struct selection *selection,
                         const struct spot *source)
{
    static const char *const en[] = {[SELECT_COUNT] = "number of ",
                                     [SELECT_SUM] = "sum of ",
                                     [SELECT_MEAN] = "mean of ",
                                     [SELECT_LATEST] = "the latest ",
                                     [SELECT_SHARE] = "share of ",
                                     [SELECT_TIME] = "time of ",
                                     [SELECT_UNSIGNED] = "signatures missing on "};
    static const char *const zh[] = {[SELECT_COUNT] = "的数目",
                                     [SELECT_SUM] = "合计",
                                     [SELECT_MEAN] = "平均",
                                     [SELECT_LATEST] = "",
                                     [SELECT_SHARE] = "所占比例",
                                     [SELECT_TIME] = "累计时间",
                                     [SELECT_UNSIGNED] = "还缺的签字数"};
    say(w, selection->selector == SELECT_LATEST ? "最近一次" : "", en[selection->selector]);
    things_say(w, selection, source);
    take_say(w, selection, source);
    if (selection->selector == SELECT_LATEST && selection->take.kind == OPERAND_NONE)
        say(w, "的日期", " → date");
    if (selection->having) {
        say(w, "中", " that has: ");
        inside_say(w, selection->having, source);
        say(w, "的", "");
    }
    say(w, zh[selection->selector], "");
    as_say(w, selection->as);
}

/* `no`: it is said of what must not be. */
static void selection_say(struct wording *w, const struct selection *selection, bool no)
{
    struct spot source = wording_source(w, selection);
    switch (selection->selector) {
    case SELECT_EACH: things_say(w, selection, &source); return;
    case SELECT_HAS:
    case SELECT_LACKS:
        no = no != (selection->selector == SELECT_LACKS);
        say(w, no ? "没有" : "有", no ? "there is no " : "there is a ");
        things_say(w, selection, &source);
        return;
    case SELECT_EVERY:
        things_say(w, selection, &source);
        say(w, no ? "并非每一项都" : "每一项都", no ? " do not all have: " : " all have: ");
        if (selection->having)
            inside_say(w, selection->having, &source);
        return;
    case SELECT_SINCE:
        say(w, "自", "time since ");
        wording_operand(w, &selection->what, NULL);
        say(w, "起经过的时间", "");
        as_say(w, selection->as);
        options_say(w, selection, &source);
        return;
    case SELECT_RATIO: ratio_say(w, &selection->what); return;
    case SELECT_HOLDS: holds_say(w, selection, no); return;
    case SELECT_SIGNED: signed_say(w, selection, &source, no); return;
    case SELECT_COUNT:
    case SELECT_SUM:
    case SELECT_MEAN:
    case SELECT_LATEST:
    case SELECT_SHARE:
    case SELECT_TIME:
    case SELECT_UNSIGNED: measured_say(w, selection, &source); return;
    }
}

void wording_selection(struct wording *w, const struct selection *selection)
{
    selection_say(w, selection, false);
}

static bool is_yes_or_no(enum selector selector)
{
    return selector == SELECT_HAS || selector == SELECT_LACKS || selector == SELECT_EVERY ||
           selector == SELECT_HOLDS || selector == SELECT_SIGNED;
}

static void select_say(struct wording *w, const struct predicate *predicate)
{
    const struct selection *selection = predicate->selection;
    const struct bounds *bounds = &predicate->bounds;
    struct spot left = {.kind = SPOT_ANY};
    if (is_yes_or_no(selection->selector) && bounds->count == 1 &&
        bounds->items[0].kind == BOUND_IS && bounds->items[0].operand.kind == OPERAND_BOOL) {
        selection_say(w, selection, !bounds->items[0].operand.boolean);
        return;
    }
    selection_say(w, selection, false);
    if (selection->selector == SELECT_LATEST && selection->take.kind == OPERAND_NONE)
        left.kind = SPOT_DATE;
    if (bounds->count)
        say(w, "", " ");
    wording_bounds(w, bounds, &left);
}

/* ---- predicates ---- */

static void all_say(struct wording *w, const struct predicate *predicate)
{
    bool any = predicate->kind == PREDICATE_ANY;
    if (!predicate->child_count)
        say(w, any ? "（永不成立）" : "（总是成立）", any ? "never" : "always");
    for (unsigned i = 0; i < predicate->child_count; i++) {
        const struct predicate *child = &predicate->children[i];
        bool nested =
            child->kind != predicate->kind && child->child_count > 1 && predicate->child_count > 1;
        if (i)
            say(w, any ? "，或者" : "，并且", any ? ", or " : ", and ");
        say(w, nested ? "（" : "", nested ? "(" : "");
        wording_predicate(w, child);
        say(w, nested ? "）" : "", nested ? ")" : "");
    }
}

void wording_predicate(struct wording *w, const struct predicate *predicate)
{
    struct spot left;
    switch (predicate->kind) {
    case PREDICATE_ALL:
    case PREDICATE_ANY: all_say(w, predicate); return;
    case PREDICATE_COMPARE:
        left = wording_path(w, &predicate->left);
        if (predicate->left.kind == OPERAND_PARAMETER)
            wording_operand(w, &predicate->left, NULL);
        say(w, "", " ");
        wording_bounds(w, &predicate->bounds, &left);
        return;
    case PREDICATE_SELECT: select_say(w, predicate); return;
    }
}
