/* wording_part.c - fields, signers, due days, votes, occasions, parameters and values in words. */
#include "core/wording.h"

#include <string.h>

const char *wording_step_kind(const struct wording *w, enum step_kind kind)
{
    static const char *const words[][2] = {
        [STEP_RECORD] = {"登记", "record"},       [STEP_REPORT] = {"报告", "report"},
        [STEP_PUBLISH] = {"公布", "publish"},     [STEP_INSPECT] = {"检查考察", "inspect"},
        [STEP_RATE] = {"评定", "rate"},           [STEP_NOMINATE] = {"提名", "nominate"},
        [STEP_CONSENT] = {"征求同意", "consent"}, [STEP_APPROVE] = {"审批", "approve"},
        [STEP_VOTE] = {"表决", "vote"},           [STEP_CERTIFY] = {"发证", "certify"},
        [STEP_PENALIZE] = {"处理", "penalize"}};
    return words[kind][w->zh ? 0 : 1];
}

const char *wording_strength(const struct wording *w, enum strength strength)
{
    static const char *const words[][2] = {
        [STRENGTH_RECORD] = {"不符的只记录", "otherwise recorded"},
        [STRENGTH_WARN] = {"不符的提示", "otherwise warned"},
        [STRENGTH_WAIVE] = {"不符的不予办理，可豁免", "otherwise refused, can be waived"},
        [STRENGTH_REFUSE] = {"不符的不予办理", "otherwise refused"}};
    return words[strength][w->zh ? 0 : 1];
}

/* ---- types ---- */

static void names_say(struct wording *w, const struct symbols *names)
{
    for (unsigned i = 0; i < names->count; i++) {
        if (i)
            say(w, "、", ", ");
        buffer_add_text(w->out, wording_named(w, names->items[i]));
    }
}

static void columns_say(struct wording *w, const struct type *type)
{
    for (unsigned i = 0; i < type->column_count; i++) {
        if (i)
            say(w, "，", ", ");
        wording_field(w, &type->columns[i]);
    }
}

static void list_type(struct wording *w, const struct type *type)
{
    say(w, type->column_count ? "若干行：" : "若干个",
        type->column_count ? "rows of " : "list of ");
    if (type->column_count)
        columns_say(w, type);
    else if (type->item)
        wording_type(w, type->item);
}

static void table_type(struct wording *w, const struct type *type)
{
    const struct list_def *list = rulebook_list(w->book, type->name);
    say(w, "逐项填：", "for each of ");
    if (list)
        names_say(w, &list->members);
    else
        buffer_add_text(w->out, wording_name(w, type->name));
    say(w, "；每项：", ": ");
    columns_say(w, type);
}

static void member_type(struct wording *w, const struct type *type)
{
    const struct list_def *list = rulebook_list(w->book, type->name);
    if (list)
        names_say(w, &list->members);
    else
        buffer_add_text(w->out, wording_named(w, type->name));
    say(w, "之一", "");
}

static void range_say(struct wording *w, const struct type *type)
{
    if (type->has_min) {
        say(w, "，不少于", " from ");
        wording_number(w, type->min);
    }
    if (type->has_max) {
        say(w, "，不超过", " up to ");
        wording_number(w, type->max);
    }
}

void wording_type(struct wording *w, const struct type *type)
{
    static const char *const words[][2] = {
        [TYPE_BOOL] = {"是或否", "yes or no"},  [TYPE_INT] = {"整数", "int"},
        [TYPE_NUMBER] = {"数", "number"},       [TYPE_DATE] = {"日期", "date"},
        [TYPE_PERIOD] = {"一段时间", "period"}, [TYPE_TEXT] = {"文字", "text"},
        [TYPE_CODE] = {"短文字", "code"}};
    static const char *const spans[][2] = {[SPAN_NONE] = {"", ""},
                                           [SPAN_YEAR] = {"年度", "year"},
                                           [SPAN_HALF] = {"半年", "half"},
                                           [SPAN_QUARTER] = {"季度", "quarter"},
                                           [SPAN_MONTH] = {"月份", "month"}};
    switch (type->kind) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_NUMBER:
    case TYPE_DATE:
    case TYPE_PERIOD:
    case TYPE_TEXT:
    case TYPE_CODE: say(w, words[type->kind][0], words[type->kind][1]); break;
    case TYPE_SPAN: say(w, spans[type->span][0], spans[type->span][1]); break;
    case TYPE_MEMBER: member_type(w, type); break;
    case TYPE_ONE_OF:
        names_say(w, &type->choices);
        say(w, "之一", "");
        break;
    case TYPE_SUBJECT:
        if (type->choices.count)
            names_say(w, &type->choices);
        else
            buffer_add_text(w->out, wording_named(w, type->name));
        break;
    case TYPE_CASE:
        buffer_addf(w->out, w->zh ? "「%s」事项" : "case of %s", wording_procedure(w, type->name));
        break;
    case TYPE_LIST: list_type(w, type); break;
    case TYPE_TABLE: table_type(w, type); break;
    case TYPE_SERIES:
        say(w, "自动编号，按", "running number by ");
        names_say(w, &type->series);
        break;
    case TYPE_NAME: buffer_add_text(w->out, wording_name(w, type->name)); break;
    }
    range_say(w, type);
}

/* 意见（advice：文字，可空） */
static void called_say(struct wording *w, const char *title, symbol name)
{
    buffer_add_text(w->out, title);
    say(w, "（", " (");
    if (strcmp(title, wording_name(w, name)) != 0) {
        buffer_add_text(w->out, wording_name(w, name));
        say(w, "：", ": ");
    }
}

void wording_field(struct wording *w, const struct field *field)
{
    called_say(w, wording_title(w, &field->title, field->name), field->name);
    wording_type(w, &field->type);
    say(w, field->optional ? "，可空）" : "）", field->optional ? ", may stay empty)" : ")");
}

void wording_slot(struct wording *w, const struct slot *slot)
{
    const char *title = wording_named(w, slot->name);
    bool plain = slot->type.kind == TYPE_SUBJECT && slot->type.name == slot->name;
    if (plain && strcmp(title, wording_name(w, slot->name)) == 0) {
        buffer_add_text(w->out, title);
        return;
    }
    if (plain) {
        buffer_addf(w->out, w->zh ? "%s（%s" : "%s (%s", title, wording_name(w, slot->name));
    } else {
        called_say(w, title, slot->name);
        wording_type(w, &slot->type);
    }
    say(w, slot->optional ? "，可空）" : "）", slot->optional ? ", may stay empty)" : ")");
}

/* ---- who ---- */

static void roles_say(struct wording *w, const struct symbols *roles, const char *zh,
                      const char *en)
{
    for (unsigned i = 0; i < roles->count; i++) {
        if (i)
            say(w, zh, en);
        buffer_addf(w->out, w->zh ? "%s（%s）" : "%s (%s)", wording_role(w, roles->items[i]),
                    wording_name(w, roles->items[i]));
    }
}

void wording_by(struct wording *w, const struct by *by)
{
    switch (by->kind) {
    case BY_ROLE:
        roles_say(w, &by->roles, "、", ", ");
        if (by->count > 1)
            buffer_addf(w->out, w->zh ? "%u人" : ", %u people", by->count);
        return;
    case BY_ALL:
        roles_say(w, &by->roles, "和", " and ");
        say(w, "，各一人签", ", one of each");
        return;
    case BY_ANY:
        roles_say(w, &by->roles, "或者", " or ");
        say(w, "，一人即可", "");
        return;
    case BY_PERSON:
        wording_operand(w, &by->path, NULL);
        say(w, by->proxy ? "本人，或者由他人代办" : "本人",
            by->proxy ? ", or somebody for him" : " in person");
        return;
    case BY_EACH:
        wording_operand(w, &by->path, NULL);
        say(w, "，每人各办一次", ", each his own act");
        return;
    case BY_CLOCK: say(w, "到日子自动", "the clock"); return;
    }
}

/* ---- due days ---- */

void wording_ladder(struct wording *w, const struct ladder *ladder)
{
    for (unsigned i = 0; i < ladder->before_count; i++) {
        if (i)
            say(w, "、", ", ");
        if (period_is_zero(ladder->before[i]))
            say(w, "当天", "the day itself");
        else
            wording_period(w, ladder->before[i]);
    }
    say(w, "（到期前）", " before the due day");
    if (ladder->repeats) {
        say(w, "；逾期后", "; overdue, after ");
        wording_period(w, ladder->after_first);
        say(w, "催办，以后每", " and then every ");
        wording_period(w, ladder->after_every);
        say(w, "一次", "");
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!ladder->escalates[i])
            continue;
        say(w, "；逾期", "; overdue");
        if (!period_is_zero(ladder->escalate[i])) {
            say(w, "", " by ");
            wording_period(w, ladder->escalate[i]);
        } else {
            say(w, "即", "");
        }
        say(w, i ? "报监督者" : "报上级", i ? " to the supervisor" : " to the superior");
    }
}

static void ladder_note(struct wording *w, symbol name)
{
    for (unsigned i = 0; i < w->ladder_count; i++)
        if (w->ladders[i]->name == name)
            return;
    const struct ladder_def *found = NULL;
    for (unsigned p = 0; p < w->book->pack_count; p++)
        for (unsigned i = 0; i < w->book->packs[p]->ladder_count; i++)
            if (w->book->packs[p]->ladders[i].name == name)
                found = &w->book->packs[p]->ladders[i];
    if (!found)
        return;
    const struct ladder_def **ladders =
        ARENA_ARRAY(&w->arena, const struct ladder_def *, w->ladder_count + 1);
    for (unsigned i = 0; i < w->ladder_count; i++)
        ladders[i] = w->ladders[i];
    ladders[w->ladder_count++] = found;
    w->ladders = ladders;
}

/* Named, or by the length of the period where that is a figure; else it is known with the day. */
void wording_reminders(struct wording *w, const struct due *due)
{
    const struct operand *plus = &due->plus;
    char letter[2] = "";
    if (plus->kind == OPERAND_PARAMETER && plus->count == 1) {
        const struct parameter *parameter = rulebook_parameter(w->book, w->pack, plus->names[0]);
        plus = parameter ? &parameter->value.value : plus;
    }
    if (!due->ladder && plus->kind == OPERAND_PERIOD)
        letter[0] = ladder_for_period(plus->period);
    symbol name = due->ladder ? due->ladder : symbol_find(w->book->symbols, letter);
    if (name) {
        buffer_addf(w->out, w->zh ? "按%s梯级提醒" : "reminders of ladder %s",
                    wording_name(w, name));
        ladder_note(w, name);
    } else {
        say(w, "按期限长短定提醒梯级", "reminders of the ladder that its length takes");
    }
}

void wording_due(struct wording *w, const struct due *due, const char *from_zh, const char *from_en)
{
    struct spot date = {.kind = SPOT_DATE};
    bool both = due->date.kind != OPERAND_NONE && due->plus.kind != OPERAND_NONE;
    wording_operand(w, &due->date, &date);
    say(w, both ? "，" : "", both ? ", " : "");
    if (due->from.kind != OPERAND_NONE) {
        say(w, "自", "from ");
        wording_operand(w, &due->from, NULL);
        say(w, "起", " ");
    } else if (due->plus.kind != OPERAND_NONE) {
        say(w, from_zh, from_en);
    }
    wording_operand(w, &due->plus, NULL);
    if (due->owner)
        buffer_addf(w->out, w->zh ? "，%s负责" : ", owner %s", wording_role(w, due->owner));
}

/* ---- votes ---- */

void wording_share(struct wording *w, const struct bounds *bounds)
{
    static const char *const of_words[][2] = {
        {"entitled", "应到人数"}, {"present", "实到人数"}, {"valid", "有效票数"}};
    static const char *const zh[] = {[BOUND_IS] = "为",
                                     [BOUND_MIN] = "不少于",
                                     [BOUND_MAX] = "不超过",
                                     [BOUND_ABOVE] = "超过",
                                     [BOUND_BELOW] = "少于"};
    static const char *const en[] = {[BOUND_IS] = "exactly ",
                                     [BOUND_MIN] = "at least ",
                                     [BOUND_MAX] = "at most ",
                                     [BOUND_ABOVE] = "above ",
                                     [BOUND_BELOW] = "below "};
    for (unsigned i = 0; i < bounds->count; i++) {
        const struct bound *bound = &bounds->items[i];
        const char *of = bound->of ? wording_name(w, bound->of) : "entitled";
        if (i)
            say(w, "、", " and ");
        bool known = bound->kind <= BOUND_BELOW;
        say(w, known ? zh[bound->kind] : "为", known ? en[bound->kind] : "");
        for (unsigned k = 0; w->zh && k < 3; k++)
            if (strcmp(of, of_words[k][0]) == 0)
                buffer_addf(w->out, "%s的", of_words[k][1]);
        wording_operand(w, &bound->operand, NULL);
        if (!w->zh)
            buffer_addf(w->out, " of %s", of);
    }
}

static const char *acts_title(const struct wording *w, symbol step)
{
    for (unsigned i = 0; w->zh && w->procedure && i < w->procedure->step_count; i++)
        if (w->procedure->steps[i].name == step)
            return wording_step(w, &w->procedure->steps[i]);
    return wording_name(w, step);
}

void wording_entitled(struct wording *w, const struct vote *vote)
{
    if (vote->body)
        buffer_addf(w->out, w->zh ? "%s（%s）的全体成员" : "all who hold %s (%s)",
                    wording_role(w, vote->body), wording_name(w, vote->body));
    else
        say(w, "填报应到人数", "a figure given");
}

void wording_votes(struct wording *w, const struct vote *vote)
{
    if (vote->acts)
        buffer_addf(w->out,
                    w->zh ? "「%s」中每人的态度，办过的为到会，表“同意”的为赞成"
                          : "the acts of %s: who acted was present, 同意 is for",
                    acts_title(w, vote->acts));
    else
        say(w, "填报实到人数和赞成、反对、弃权票数",
            "figures given: present, for, against, abstained");
}

/* ---- occasions ---- */

void wording_occasion(struct wording *w, const struct occasion *when)
{
    static const char *const zh[] = {"", "每年", "每半年", "每季度", "每月"};
    static const char *const en[] = {"", "every year", "every half-year", "every quarter",
                                     "every month"};
    const char *kind = when->subject_kind ? wording_named(w, when->subject_kind) : "";
    struct spot spot = {.kind = SPOT_SUBJECT, .subject = when->subject_kind};
    if (when->kind == OCCASION_FACT) {
        buffer_addf(w->out, w->zh ? "记入「%s」时" : "on the fact %s", wording_fact(w, when->fact));
        if (when->subject_kind)
            buffer_addf(w->out, w->zh ? "，对其中的%s" : ", for its %s", kind);
        spot = (struct spot){.kind = SPOT_FACT, .fact = rulebook_fact(w->book, when->fact)};
    } else if (when->kind == OCCASION_EVERY) {
        buffer_addf(w->out, w->zh ? "%s%s，对每个%s" : "%s%s for each %s",
                    w->zh ? zh[when->every] : en[when->every],
                    !when->at_end ? ""
                    : w->zh       ? "期末"
                                  : ", at its end,",
                    kind);
    } else if (when->kind == OCCASION_DATE) {
        say(w, "到", "on ");
        wording_operand(w, &when->date, NULL);
        buffer_addf(w->out, w->zh ? "，对每个%s" : " for each %s", kind);
    }
    if (when->where) {
        struct element element = {spot, w->element};
        w->element = &element;
        say(w, "，条件是", ", where ");
        wording_predicate(w, when->where);
        w->element = element.outer;
    }
}

/* ---- parameters ---- */

void wording_parameter_value(struct wording *w, const struct parameter_node *node,
                             unsigned entries_max)
{
    struct spot plain = {.kind = SPOT_MEMBER};
    if (node->value.kind != OPERAND_NONE) {
        if (node->value.kind == OPERAND_WORD)
            buffer_add_text(w->out, wording_name(w, node->value.text));
        else
            wording_operand(w, &node->value, &plain);
        return;
    }
    for (unsigned i = 0; i < node->entry_count; i++) {
        const struct parameter_node *entry = &node->entries[i];
        if (i && node->entry_count > entries_max && i + 1 < node->entry_count) {
            if (i == 1)
                buffer_addf(w->out, w->zh ? "……共%u行……" : " ... %u lines ... ", node->entry_count);
            continue;
        }
        if (i)
            say(w, "；", "; ");
        if (entry->key.kind == OPERAND_WORD || entry->key.kind == OPERAND_PATH)
            buffer_add_text(w->out, wording_name(w, entry->key.text));
        else
            wording_operand(w, &entry->key, &plain);
        say(w, "＝", " = ");
        say(w, entry->entry_count ? "（" : "", entry->entry_count ? "(" : "");
        wording_parameter_value(w, entry, entries_max);
        say(w, entry->entry_count ? "）" : "", entry->entry_count ? ")" : "");
    }
}

/* ---- values ---- */

static void operands_say(struct wording *w, const struct value_def *value, const char *zh,
                         const char *en)
{
    for (unsigned i = 0; i < value->operand_count; i++) {
        if (i)
            say(w, zh, en);
        wording_operand(w, &value->operands[i], NULL);
    }
}

static void weighted_say(struct wording *w, const struct value_def *value)
{
    say(w, "加权平均（缺的不计）：", "weighted mean, leaving out what is missing: ");
    for (unsigned i = 0; i < value->operand_count; i++) {
        if (i)
            say(w, "、", ", ");
        wording_operand(w, &value->operands[i], NULL);
        say(w, "×", " × ");
        wording_operand(w, &value->weights[i], NULL);
    }
}

static void picks_say(struct wording *w, const struct value_def *value)
{
    struct spot plain = {.kind = SPOT_ANY};
    for (unsigned i = 0; i < value->pick_count; i++) {
        const struct pick_line *line = &value->picks[i];
        if (i)
            say(w, "；", "; ");
        if (line->when && w->zh) {
            say(w, "如果", "");
            wording_predicate(w, line->when);
            say(w, "，为", "");
        } else if (!line->when) {
            say(w, i ? "否则为" : "", i ? "else " : "");
        }
        wording_operand(w, &line->is, &plain);
        if (line->when && !w->zh) {
            say(w, "", " if ");
            wording_predicate(w, line->when);
        }
    }
}

static void rank_say(struct wording *w, const struct value_def *value)
{
    wording_operand(w, &value->rank, NULL);
    say(w, "在", ": place among ");
    wording_elements(w, value->among);
    say(w, value->best_low ? "中的名次，低的在前" : "中的名次，高的在前",
        value->best_low ? ", the lowest first" : ", the highest first");
    say(w, value->ties_dense ? "，同名次后不空名次" : "，同名次后空名次",
        value->ties_dense ? ", no gap after ties" : ", a gap after ties");
}

static void date_say(struct wording *w, const struct value_def *value)
{
    bool plus = value->plus.kind != OPERAND_NONE;
    wording_operand(w, &value->from, NULL);
    say(w, plus ? "加" : "减", plus ? " + " : " - ");
    wording_operand(w, plus ? &value->plus : &value->minus, NULL);
    if (value->first_day == FIRST_DAY_COUNTS)
        say(w, "（首日是工作日的计入）", " (its first day counts if it is a workday)");
}

static void lookup_say(struct wording *w, const struct value_def *value)
{
    say(w, "查", "look up ");
    wording_operand(w, &value->table, NULL);
    say(w, "，按", " by ");
    for (unsigned i = 0; i < value->by_count; i++) {
        if (i)
            say(w, "、", ", ");
        wording_operand(w, &value->by[i], NULL);
    }
}

static void form_say(struct wording *w, const struct value_def *value)
{
    switch (value->form) {
    case FORM_SELECTION: wording_selection(w, value->selection); return;
    case FORM_DATE: date_say(w, value); return;
    case FORM_FIRST:
        if (value->operand_count > 1)
            say(w, "依次取先有的：", "the first there is of ");
        operands_say(w, value, "、", ", ");
        return;
    case FORM_TOTAL: operands_say(w, value, "＋", " + "); return;
    case FORM_LESS: operands_say(w, value, "－", " - "); return;
    case FORM_TIMES: operands_say(w, value, "×", " × "); return;
    case FORM_RATIO: operands_say(w, value, "÷", " / "); return;
    case FORM_MEAN:
        say(w, "平均：", "mean of ");
        operands_say(w, value, "、", ", ");
        return;
    case FORM_WEIGHTED: weighted_say(w, value); return;
    case FORM_LOOKUP: lookup_say(w, value); return;
    case FORM_PICK: picks_say(w, value); return;
    case FORM_RANK: rank_say(w, value); return;
    }
}

/* Said where the value itself is asked: of its own subject, in its own procedure. */
void wording_value(struct wording *w, const struct value_def *value)
{
    const struct procedure *procedure = w->procedure;
    const struct pack *pack = w->pack;
    struct spot it = w->it;
    w->procedure = value->procedure;
    w->pack = value->pack ? value->pack : pack;
    if (value->subject_kind)
        w->it = (struct spot){.kind = SPOT_SUBJECT, .subject = value->subject_kind};
    form_say(w, value);
    if (value->round != ROUND_NONE)
        say(w,
            value->round == ROUND_UP     ? "，向上取整"
            : value->round == ROUND_DOWN ? "，向下取整"
                                         : "，四舍五入到",
            value->round == ROUND_UP     ? ", rounded up"
            : value->round == ROUND_DOWN ? ", rounded down"
                                         : ", rounded to ");
    if (value->round == ROUND_TO)
        wording_number(w, value->round_to);
    if (value->least.kind != OPERAND_NONE) {
        say(w, "，至少", ", at least ");
        wording_operand(w, &value->least, NULL);
    }
    if (value->at.kind != OPERAND_NONE && value->form != FORM_SELECTION) { /* there it is said */
        say(w, "，以", ", on ");
        wording_operand(w, &value->at, NULL);
        say(w, "当天计", "");
    }
    w->procedure = procedure;
    w->pack = pack;
    w->it = it;
}
