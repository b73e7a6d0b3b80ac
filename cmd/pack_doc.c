/* pack_doc.c - `jishi pack doc PACK`: a pack as a handbook (Markdown, Chinese), for people who carry
 * out the document and do not read YAML.
 *
 * Each procedure: the original words of the rules that it cites, who it is about, what opens it,
 * its steps as a table, the conditions of each step with their rule and strength. Then the duties, the
 * computed values, the facts, the parameters with where each figure comes from, and the rules that
 * are only kept on record. Conditions stand as the pack writes them, taken from its text. */
#include <stdio.h>
#include <string.h>

#include "cmd/pack.h"
#include "core/notice_text.h"
#include "core/pack.h"
#include "core/rulebook.h"

struct writing {
    const struct pack *pack;
    const struct rulebook *book; /* the packs it uses */
    const struct symbol_table *symbols;
    const char *text; /* of the pack */
    struct buffer *out;
    struct arena arena;
};

static const char *name_of(const struct writing *w, symbol name)
{
    return name ? symbol_text(w->symbols, name) : "";
}

static const char *title_or(const struct writing *w, const struct title *title, symbol name)
{
    return title && title->zh ? title->zh : title && title->en ? title->en : name_of(w, name);
}

/* ---- titles of what this pack or a used one declares ---- */

static const char *role_title(const struct writing *w, symbol role)
{
    const struct role_def *def = rulebook_role(w->book, role);
    for (unsigned i = 0; i < w->pack->role_count && !def; i++)
        def = w->pack->roles[i].name == role ? &w->pack->roles[i] : NULL;
    return title_or(w, def ? &def->title : NULL, role);
}

static const char *fact_title(const struct writing *w, symbol fact)
{
    const struct fact_def *def = rulebook_fact(w->book, fact);
    for (unsigned i = 0; i < w->pack->fact_count && !def; i++)
        def = w->pack->facts[i].name == fact ? &w->pack->facts[i] : NULL;
    return title_or(w, def ? &def->title : NULL, fact);
}

static const char *procedure_title(const struct writing *w, symbol procedure)
{
    const struct procedure *def = rulebook_known_procedure(w->book, procedure);
    for (unsigned i = 0; i < w->pack->procedure_count && !def; i++)
        def = w->pack->procedures[i].name == procedure ? &w->pack->procedures[i] : NULL;
    return title_or(w, def ? &def->title : NULL, procedure);
}

/* ---- the pack's own text ---- */

static const char *text_at(const struct writing *w, struct place place)
{
    const char *at = w->text;
    for (uint32_t line = 1; line < place.line && at; line++) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return at ? at + strcspn(at, "\n") < at + place.column ? at : at + place.column - 1 : "";
}

/* As far as its brackets reach; a bare word to the next comma, bracket or line. */
static size_t value_length(const char *at)
{
    int depth = 0;
    char quote = '\0';
    for (size_t i = 0; at[i]; i++) {
        if (quote)
            quote = at[i] == quote ? '\0' : quote;
        else if (at[i] == '\'' || at[i] == '"')
            quote = at[i];
        else if (at[i] == '{' || at[i] == '[')
            depth++;
        else if (at[i] == '}' || at[i] == ']') {
            if (--depth <= 0)
                return depth < 0 ? i : i + 1;
        } else if (depth == 0 && (at[i] == ',' || at[i] == '\n'))
            return i;
    }
    return strlen(at);
}

/* What stands behind `key:` at or after a place, in one line. */
static const char *written(struct writing *w, struct place place, const char *key)
{
    const char *at = strstr(text_at(w, place), key);
    if (!at)
        return "";
    at += strlen(key);
    at += strspn(at, " ");
    char *text = arena_text_n(&w->arena, at, value_length(at));
    for (char *c = text; *c; c++)
        *c = *c == '\n' || *c == '|' ? ' ' : *c;
    return text;
}

/* ---- small parts ---- */

static void add_rules(struct writing *w, const struct symbols *rules)
{
    for (unsigned i = 0; i < rules->count; i++)
        buffer_addf(w->out, "%s%s", i ? "、" : "", name_of(w, rules->items[i]));
}

static void add_roles(struct writing *w, const struct symbols *roles, const char *between)
{
    for (unsigned i = 0; i < roles->count; i++)
        buffer_addf(w->out, "%s%s", i ? between : "", role_title(w, roles->items[i]));
}

static void add_by(struct writing *w, const struct by *by)
{
    switch (by->kind) {
    case BY_ROLE:
        add_roles(w, &by->roles, "、");
        if (by->count > 1)
            buffer_addf(w->out, "（%u 人）", by->count);
        return;
    case BY_ALL: add_roles(w, &by->roles, "和"); return;
    case BY_ANY: add_roles(w, &by->roles, "或"); return;
    case BY_PERSON: buffer_addf(w->out, "`%s` 本人", name_of(w, by->path.text)); return;
    case BY_EACH: buffer_addf(w->out, "`%s` 每人", name_of(w, by->path.text)); return;
    case BY_CLOCK: buffer_add_text(w->out, "到日子自动"); return;
    }
}

static const char *operand_text(struct writing *w, const struct operand *operand)
{
    char period[PERIOD_TEXT_SIZE];
    if (operand->kind == OPERAND_PERIOD)
        return arena_text(&w->arena, period_text(operand->period, period));
    if (operand->kind == OPERAND_PARAMETER)
        return arena_format(&w->arena, "$%s", name_of(w, operand->text));
    return name_of(w, operand->text);
}

static void add_due(struct writing *w, const struct due *due)
{
    if (!due->present)
        return;
    if (due->date.kind != OPERAND_NONE)
        buffer_addf(w->out, "`%s`", operand_text(w, &due->date));
    if (due->plus.kind != OPERAND_NONE)
        buffer_addf(w->out, "`%s`", operand_text(w, &due->plus));
    if (due->from.kind != OPERAND_NONE)
        buffer_addf(w->out, "，自 `%s` 起", operand_text(w, &due->from));
}

static void add_effects(struct writing *w, const struct effects *effects)
{
    for (unsigned i = 0; i < effects->write_count; i++)
        buffer_addf(w->out, "，记入「%s」", fact_title(w, effects->writes[i].fact));
    for (unsigned i = 0; i < effects->open_count; i++)
        buffer_addf(w->out, "，启动「%s」", procedure_title(w, effects->opens[i].procedure));
}

/* ---- steps ---- */

static const char *outcome_word(const struct writing *w, const struct outcome *outcome)
{
    static const char *const words[][2] = {{"done", "完成"},
                                           {"agreed", "同意"},
                                           {"approved", "批准"},
                                           {"refused", "不同意"},
                                           {"passed", "通过"},
                                           {"failed", "未通过"},
                                           {"no_quorum", "未达法定人数"}};
    const char *name = title_or(w, &outcome->title, outcome->name);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i][0]) == 0)
            return words[i][1];
    return name;
}

static const struct step *step_named(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return &procedure->steps[i];
    return NULL;
}

static void add_outcomes(struct writing *w, const struct procedure *procedure,
                         const struct step *step)
{
    for (unsigned i = 0; i < step->outcome_count; i++) {
        const struct outcome *outcome = &step->outcomes[i];
        const struct step *to = outcome->to ? step_named(procedure, outcome->to) : NULL;
        buffer_addf(w->out, "%s%s", i ? "<br>" : "", outcome_word(w, outcome));
        if (outcome->timeout.present)
            buffer_add_text(w->out, "（逾期自动）");
        if (to)
            buffer_addf(w->out, "，回到「%s」", title_or(w, &to->title, to->name));
        if (outcome->end)
            buffer_add_text(w->out, "，终结");
        if (!outcome->to && !outcome->end)
            add_effects(w, &step->effects);
        add_effects(w, &outcome->effects);
    }
}

static void add_content(struct writing *w, const struct step *step)
{
    for (unsigned i = 0; i < step->evidence.count; i++)
        buffer_addf(w->out, "%s%s", i ? "、" : "", name_of(w, step->evidence.items[i]));
    for (unsigned i = 0; i < step->fields.count; i++) {
        const struct field *field = &step->fields.items[i];
        buffer_addf(w->out, "%s%s%s",
                    i                      ? "、"
                    : step->evidence.count ? "<br>填："
                                           : "填：",
                    title_or(w, &field->title, field->name), field->optional ? "（可空）" : "");
    }
}

static void step_row(struct writing *w, const struct procedure *procedure, unsigned index)
{
    const struct step *step = &procedure->steps[index];
    buffer_addf(w->out, "| %u | %s%s | ", index + 1, title_or(w, &step->title, step->name),
                step->optional ? "（可多次，不必等）" : "");
    for (unsigned i = 0; i < step->after_count; i++)
        buffer_addf(w->out, "%s%u", i ? "、" : "", step->after[i].step + 1);
    buffer_add_text(w->out, " | ");
    if (step->run_count)
        buffer_addf(w->out, "由「%s」办", procedure_title(w, step->run[0].procedure));
    else
        add_by(w, &step->by);
    buffer_add_text(w->out, " | ");
    add_content(w, step);
    buffer_add_text(w->out, " | ");
    add_due(w, &step->due);
    buffer_add_text(w->out, " | ");
    add_outcomes(w, procedure, step);
    buffer_add_text(w->out, " |\n");
}

static void guards_list(struct writing *w, const char *step, const struct guards *guards)
{
    static const char *const strengths[] = {"记录", "提示", "不许，可豁免", "不许"};
    for (unsigned i = 0; i < guards->count; i++) {
        const struct guard *guard = &guards->items[i];
        buffer_addf(w->out, "- %s「%s」（%s，%s）：`%s`", step, name_of(w, guard->id),
                    name_of(w, guard->rule), strengths[guard->strength],
                    written(w, guard->place, "require:"));
        if (guard->when)
            buffer_addf(w->out, "，只在 `%s` 时", written(w, guard->place, "if:"));
        buffer_add_char(w->out, '\n');
    }
}

/* ---- original words ---- */

static bool cites(const struct symbols *rules, symbol id)
{
    for (unsigned i = 0; i < rules->count; i++)
        if (rules->items[i] == id)
            return true;
    return false;
}

static bool guards_cite(const struct guards *guards, symbol id)
{
    for (unsigned i = 0; i < guards->count; i++)
        if (guards->items[i].rule == id)
            return true;
    return false;
}

static bool procedure_cites(const struct procedure *procedure, symbol id)
{
    bool found = cites(&procedure->rules, id) || guards_cite(&procedure->guards, id);
    for (unsigned i = 0; i < procedure->step_count && !found; i++)
        found =
            cites(&procedure->steps[i].rules, id) || guards_cite(&procedure->steps[i].guards, id);
    return found;
}

static void quote(struct writing *w, const struct cited_rule *rule)
{
    buffer_addf(w->out, "> %s：%s\n>\n", name_of(w, rule->id), rule->words ? rule->words : "");
}

/* ---- procedures ---- */

static void procedure_opening(struct writing *w, const struct procedure *procedure)
{
    static const char *const spans[] = {[SPAN_YEAR] = "每年",
                                        [SPAN_HALF] = "每半年",
                                        [SPAN_QUARTER] = "每季度",
                                        [SPAN_MONTH] = "每月"};
    const struct occasion *when = &procedure->when;
    if (when->kind == OCCASION_FACT)
        buffer_addf(w->out, "由「%s」启动", fact_title(w, when->fact));
    else if (when->kind == OCCASION_EVERY)
        buffer_addf(w->out, "%s启动，对象是每个 %s", spans[when->every],
                    name_of(w, when->subject_kind));
    else
        buffer_add_text(w->out, "由第一步的人启动");
    if (when->where)
        buffer_addf(w->out, "，条件 `%s`", written(w, procedure->place, "where:"));
    buffer_add_text(w->out, "。");
    for (unsigned i = 0; i < procedure->about.count; i++) {
        const struct slot *slot = &procedure->about.items[i];
        buffer_addf(w->out, "%s%s", i ? "、" : "涉及：", name_of(w, slot->name));
        if (slot->type.name && slot->type.name != slot->name)
            buffer_addf(w->out, "（%s）", name_of(w, slot->type.name));
    }
    buffer_add_text(w->out, "\n\n");
}

static void procedure_write(struct writing *w, const struct procedure *procedure)
{
    buffer_addf(w->out, "### %s %s\n\n", name_of(w, procedure->name),
                title_or(w, &procedure->title, procedure->name));
    for (unsigned r = 0; r < w->pack->rule_count; r++)
        if (procedure_cites(procedure, w->pack->rules[r].id))
            quote(w, &w->pack->rules[r]);
    buffer_add_char(w->out, '\n');
    procedure_opening(w, procedure);
    buffer_add_text(w->out, "| 序 | 步骤 | 在此之后 | 谁办 | 材料和填报 | 期限 | 结果 |\n"
                            "|---|---|---|---|---|---|---|\n");
    for (unsigned i = 0; i < procedure->step_count; i++)
        step_row(w, procedure, i);
    buffer_add_char(w->out, '\n');
    guards_list(w, "各步：", &procedure->guards);
    for (unsigned i = 0; i < procedure->step_count; i++)
        guards_list(w, title_or(w, &procedure->steps[i].title, procedure->steps[i].name),
                    &procedure->steps[i].guards);
    buffer_add_char(w->out, '\n');
}

/* ---- the rest ---- */

static void duty_row(struct writing *w, const struct duty_def *duty)
{
    buffer_addf(w->out, "| %s %s | ", name_of(w, duty->name),
                title_or(w, &duty->title, duty->name));
    add_rules(w, &duty->rules);
    buffer_addf(w->out, " | `%s` | ", written(w, duty->place, "when:"));
    if (duty->due.present)
        add_due(w, &duty->due);
    else
        buffer_add_text(w->out, duty->when.kind == OCCASION_DATE ? "当日" : "期末");
    buffer_addf(w->out, " | `%s` | %s |\n", written(w, duty->place, "met:"),
                role_title(w, duty->owner));
}

static void duties_write(struct writing *w)
{
    if (!w->pack->duty_count)
        return;
    buffer_add_text(w->out, "## 期限\n\n| 期限 | 依据 | 何时产生 | 到期 | 怎样算履行 | 责任 |\n"
                            "|---|---|---|---|---|---|\n");
    for (unsigned i = 0; i < w->pack->duty_count; i++)
        duty_row(w, &w->pack->duties[i]);
    buffer_add_char(w->out, '\n');
    for (unsigned r = 0; r < w->pack->rule_count; r++)
        for (unsigned i = 0; i < w->pack->duty_count; i++)
            if (cites(&w->pack->duties[i].rules, w->pack->rules[r].id)) {
                quote(w, &w->pack->rules[r]);
                break;
            }
    buffer_add_char(w->out, '\n');
}

/* Every further line as far in as the first. */
static const char *indented(struct writing *w, const char *text)
{
    char *out = arena_take(&w->arena, 3 * strlen(text) + 1), *at = out;
    for (; *text; text++) {
        *at++ = *text;
        if (*text == '\n' && text[1])
            at = stpcpy(at, "  ");
    }
    while (at > out && at[-1] == '\n')
        *--at = '\0';
    return out;
}

static void text_row(struct writing *w, symbol name, enum notice_kind kind,
                     const struct notice_text *text)
{
    const struct title *parts[] = {&text->subject, &text->body};
    for (unsigned i = 0; i < 2; i++)
        if (parts[i]->zh)
            buffer_addf(w->out, "- %s（`%s`）%s：\n\n  ```\n  %s\n  ```\n", name_of(w, name),
                        notice_kind_name(kind), i ? "正文" : "标题", indented(w, parts[i]->zh));
}

static void texts_write(struct writing *w)
{
    if (w->pack->text_count)
        buffer_add_text(w->out, "## 提醒文字\n\n");
    for (unsigned i = 0; i < w->pack->text_count; i++)
        for (unsigned kind = 0; kind < NOTICE_KIND_COUNT; kind++)
            text_row(w, w->pack->texts[i].name, (enum notice_kind)kind,
                     &w->pack->texts[i].texts[kind]);
    buffer_add_text(w->out, w->pack->text_count ? "\n" : "");
}

static void parameters_write(struct writing *w)
{
    if (!w->pack->parameter_count)
        return;
    buffer_add_text(
        w->out,
        "## 参数\n\n原文写明的，改它就是改文件；原文没有写明的，这里的值是建议，由各地确定。\n\n"
        "| 参数 | 值 | 从哪里来 |\n|---|---|---|\n");
    for (unsigned i = 0; i < w->pack->parameter_count; i++) {
        const struct parameter *parameter = &w->pack->parameters[i];
        buffer_addf(w->out, "| `%s` %s | `%s` | ", name_of(w, parameter->name),
                    title_or(w, &parameter->title, SYMBOL_NONE),
                    written(w, parameter->place, "value:"));
        if (parameter->rule)
            buffer_addf(w->out, "原文 %s |\n", name_of(w, parameter->rule));
        else
            buffer_addf(w->out, "建议值（%s）|\n", parameter->open ? parameter->open : "");
    }
    buffer_add_char(w->out, '\n');
}

static void values_write(struct writing *w)
{
    bool any = false;
    for (unsigned i = 0; i < w->pack->value_count; i++) {
        const struct value_def *value = &w->pack->values[i];
        if (!value->title.zh)
            continue; /* a step of the arithmetic, of no meaning by itself */
        if (!any)
            buffer_add_text(w->out, "## 计算出来的值\n\n| 值 | 对象 | 依据 |\n|---|---|---|\n");
        any = true;
        buffer_addf(w->out, "| `%s` %s | %s | ", name_of(w, value->name), value->title.zh,
                    name_of(w, value->subject_kind));
        add_rules(w, &value->rules);
        buffer_add_text(w->out, " |\n");
    }
    buffer_add_text(w->out, any ? "\n" : "");
}

static void facts_write(struct writing *w)
{
    if (!w->pack->fact_count)
        return;
    buffer_add_text(w->out,
                    "## 记入档案的事实\n\n| 事实 | 关于 | 内容 | 终于 |\n|---|---|---|---|\n");
    for (unsigned i = 0; i < w->pack->fact_count; i++) {
        const struct fact_def *fact = &w->pack->facts[i];
        buffer_addf(w->out, "| `%s` %s | ", name_of(w, fact->name),
                    title_or(w, &fact->title, SYMBOL_NONE));
        for (unsigned k = 0; k < fact->about.count; k++)
            buffer_addf(w->out, "%s%s", k ? "、" : "", name_of(w, fact->about.items[k].name));
        buffer_add_text(w->out, " | ");
        for (unsigned k = 0; k < fact->fields.count; k++)
            buffer_addf(w->out, "%s%s", k ? "、" : "",
                        title_or(w, &fact->fields.items[k].title, fact->fields.items[k].name));
        buffer_addf(w->out, " | %s%s |\n", fact->ended_by ? fact_title(w, fact->ended_by) : "",
                    fact->lasts.kind != OPERAND_NONE ? operand_text(w, &fact->lasts) : "");
    }
    buffer_add_char(w->out, '\n');
}

static void lists_write(struct writing *w)
{
    for (unsigned i = 0; i < w->pack->list_count; i++) {
        const struct list_def *list = &w->pack->lists[i];
        buffer_addf(w->out, "%s- `%s` %s：", i ? "" : "## 名单\n\n", name_of(w, list->name),
                    title_or(w, &list->title, SYMBOL_NONE));
        for (unsigned k = 0; k < list->members.count; k++)
            buffer_addf(w->out, "%s%s", k ? "、" : "", name_of(w, list->members.items[k]));
        buffer_add_char(w->out, '\n');
    }
    buffer_add_text(w->out, w->pack->list_count ? "\n" : "");
}

static const char *cell_text(struct writing *w, const struct board_value *cell)
{
    return cell->form ? written(w, cell->place, ":") : operand_text(w, &cell->path);
}

static void board_line_row(struct writing *w, const struct board_line *line)
{
    static const char *const sources[] = {"", "事实", "期限", "案件", "对象"};
    buffer_addf(w->out, "| %s | %s `%s` | ", title_or(w, &line->title, line->name),
                sources[line->source], name_of(w, line->what));
    add_rules(w, &line->rules);
    buffer_addf(w->out, " | `%s` | ", line->closed ? written(w, line->place, "closed:") : "");
    for (unsigned i = 0; i < line->cell_count; i++)
        buffer_addf(w->out, "%s%s=`%s`", i ? "、" : "", name_of(w, line->cells[i].name),
                    cell_text(w, &line->cells[i]));
    buffer_add_text(w->out, " |\n");
}

static void boards_write(struct writing *w)
{
    buffer_add_text(w->out, w->pack->board_count ? "## 台账\n\n" : "");
    for (unsigned b = 0; b < w->pack->board_count; b++) {
        const struct board_def *board = &w->pack->boards[b];
        buffer_addf(w->out, "### `%s` %s\n\n列：", name_of(w, board->name),
                    title_or(w, &board->title, board->name));
        for (unsigned i = 0; i < board->column_count; i++)
            buffer_addf(w->out, "%s%s（`%s`）", i ? "、" : "",
                        title_or(w, &board->columns[i].title, board->columns[i].name),
                        name_of(w, board->columns[i].name));
        buffer_add_text(w->out, "。\n\n| 行 | 从哪里来 | 依据 | 何时销号 | 填写 |\n"
                                "|---|---|---|---|---|\n");
        for (unsigned i = 0; i < board->line_count; i++)
            board_line_row(w, &board->lines[i]);
        buffer_add_char(w->out, '\n');
    }
}

static void record_only_write(struct writing *w)
{
    buffer_add_text(w->out, "## 只记录、机器不检查的条款\n\n");
    for (unsigned i = 0; i < w->pack->rule_count; i++)
        if (w->pack->rules[i].record_only) {
            quote(w, &w->pack->rules[i]);
            buffer_addf(w->out, "> （%s）\n\n",
                        w->pack->rules[i].reason ? w->pack->rules[i].reason : "");
        }
}

static void head_write(struct writing *w)
{
    const struct pack *pack = w->pack;
    buffer_addf(w->out, "# %s\n\n", title_or(w, &pack->title, pack->id));
    if (pack->issuer)
        buffer_addf(w->out, "发文：%s。", pack->issuer);
    buffer_addf(w->out, "规则包 %s，%s。\n\n", name_of(w, pack->id),
                pack->cap >= STRENGTH_WAIVE  ? "条件不符的不予办理"
                : pack->cap == STRENGTH_WARN ? "条件不符的只提示，不拒绝"
                                             : "条件不符的只记录");
    buffer_add_text(w->out, "## 目录\n\n");
    for (unsigned i = 0; i < pack->procedure_count; i++)
        buffer_addf(w->out, "- %s %s\n", name_of(w, pack->procedures[i].name),
                    title_or(w, &pack->procedures[i].title, SYMBOL_NONE));
    for (unsigned i = 0; i < pack->duty_count; i++)
        buffer_addf(w->out, "- %s %s（期限）\n", name_of(w, pack->duties[i].name),
                    title_or(w, &pack->duties[i].title, SYMBOL_NONE));
    if (pack->role_count)
        buffer_add_text(w->out, "\n## 职责\n\n");
    for (unsigned i = 0; i < pack->role_count; i++) {
        const struct role_def *role = &pack->roles[i];
        buffer_addf(w->out, "- %s（`%s`）%s%s\n", title_or(w, &role->title, role->name),
                    name_of(w, role->name), role->superior ? "，上级：" : "",
                    role->superior ? role_title(w, role->superior) : "");
    }
    buffer_add_text(w->out, "\n## 程序\n\n");
}

void pack_doc(const struct pack *pack, const struct rulebook *book, const char *text,
              struct buffer *out)
{
    struct writing w = {pack, book, book->symbols, text, out, {0}};
    arena_init(&w.arena, 0);
    head_write(&w);
    for (unsigned i = 0; i < pack->procedure_count; i++)
        procedure_write(&w, &pack->procedures[i]);
    duties_write(&w);
    texts_write(&w);
    values_write(&w);
    parameters_write(&w);
    lists_write(&w);
    facts_write(&w);
    boards_write(&w);
    record_only_write(&w);
    arena_done(&w.arena);
}
