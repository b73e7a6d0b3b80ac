/* pack_doc.c - `jishi pack doc PACK`: a pack as a handbook (Markdown, Chinese), for people who carry
 * out the document and do not read YAML.
 *
 * Each procedure: the original words of the rules that it cites, its steps as a table, and then all
 * that decides a case, in the words of core/pack_show.h. Then the duties, the texts of reminders, the
 * computed values, the parameters with where each figure comes from, the lists, the facts, the boards,
 * and the rules that are only kept on record. */
#include <string.h>

#include "cmd/pack.h"
#include "core/notice_text.h"
#include "core/pack_show.h"

struct writing {
    const struct pack *pack;
    const struct symbol_table *symbols;
    struct buffer *out;
    struct show show; /* as Markdown, to the same buffer */
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

/* ---- steps ---- */

static const struct step *step_named(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return &procedure->steps[i];
    return NULL;
}

/* The ways on, in short: what happens with each stands below the table. */
static void add_outcomes(struct writing *w, const struct procedure *procedure,
                         const struct step *step)
{
    for (unsigned i = 0; i < step->outcome_count; i++) {
        const struct outcome *outcome = &step->outcomes[i];
        const struct step *to = outcome->to ? step_named(procedure, outcome->to) : NULL;
        buffer_addf(w->out, "%s%s", i ? "<br>" : "", wording_outcome(&w->show.w, outcome));
        if (outcome->timeout.present)
            buffer_add_text(w->out, "（逾期自动）");
        if (to)
            buffer_addf(w->out, "，回到「%s」", title_or(w, &to->title, to->name));
        if (outcome->end)
            buffer_add_text(w->out, "，终结");
    }
}

static void step_row(struct writing *w, const struct procedure *procedure, unsigned index)
{
    const struct step *step = &procedure->steps[index];
    buffer_addf(w->out, "| %u | %s%s | %s | ", index + 1, title_or(w, &step->title, step->name),
                step->optional ? "（可多次，不必等）" : "",
                wording_step_kind(&w->show.w, step->kind));
    for (unsigned i = 0; i < step->after_count; i++)
        buffer_addf(w->out, "%s%u", i ? "、" : "", step->after[i].step + 1);
    buffer_add_text(w->out, " | ");
    if (step->run_count)
        buffer_addf(w->out, "由「%s」办", wording_procedure(&w->show.w, step->run[0].procedure));
    else
        wording_by(&w->show.w, &step->by);
    buffer_add_text(w->out, " | ");
    if (step->due.present)
        wording_due(&w->show.w, &step->due, "", "");
    buffer_add_text(w->out, " | ");
    add_outcomes(w, procedure, step);
    buffer_add_text(w->out, " |\n");
}

/* ---- original words ---- */

static void quote(struct writing *w, const struct cited_rule *rule)
{
    buffer_addf(w->out, "> %s：%s\n>\n", name_of(w, rule->id), rule->words ? rule->words : "");
}

/* ---- procedures ---- */

static void procedure_write(struct writing *w, const struct procedure *procedure)
{
    buffer_addf(w->out, "### %s %s\n\n", name_of(w, procedure->name),
                title_or(w, &procedure->title, procedure->name));
    for (unsigned r = 0; r < w->pack->rule_count; r++)
        if (procedure_cites(procedure, w->pack->rules[r].id))
            quote(w, &w->pack->rules[r]);
    wording_about(&w->show.w, procedure);
    buffer_add_text(w->out, "\n| 序 | 步骤 | 种类 | 在此之后 | 谁办 | 期限 | 结果 |\n"
                            "|---|---|---|---|---|---|---|\n");
    for (unsigned i = 0; i < procedure->step_count; i++)
        step_row(w, procedure, i);
    buffer_add_char(w->out, '\n');
    show_procedure(&w->show, procedure);
    buffer_add_char(w->out, '\n');
}

/* ---- the rest ---- */

static void duties_write(struct writing *w)
{
    buffer_add_text(w->out, w->pack->duty_count ? "## 期限\n\n" : "");
    for (unsigned i = 0; i < w->pack->duty_count; i++) {
        const struct duty_def *duty = &w->pack->duties[i];
        buffer_addf(w->out, "### %s %s\n\n", name_of(w, duty->name),
                    title_or(w, &duty->title, duty->name));
        for (unsigned r = 0; r < w->pack->rule_count; r++)
            if (symbols_have(&duty->rules, w->pack->rules[r].id))
                quote(w, &w->pack->rules[r]);
        buffer_add_char(w->out, '\n');
        show_duty(&w->show, duty);
    }
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

static void part_write(struct writing *w, unsigned count, const char *head,
                       void (*print)(struct show *))
{
    if (!count)
        return;
    buffer_addf(w->out, "## %s\n\n", head);
    print(&w->show);
    buffer_add_char(w->out, '\n');
}

static void boards_write(struct writing *w)
{
    buffer_add_text(w->out, w->pack->board_count ? "## 台账\n\n" : "");
    for (unsigned b = 0; b < w->pack->board_count; b++) {
        const struct board_def *board = &w->pack->boards[b];
        buffer_addf(w->out, "### `%s` %s\n\n", name_of(w, board->name),
                    title_or(w, &board->title, board->name));
        show_board(&w->show, board);
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
                    role->superior ? wording_role(&w->show.w, role->superior) : "");
    }
    buffer_add_text(w->out, "\n## 程序\n\n");
}

void pack_doc(const struct pack *pack, const struct rulebook *book, struct buffer *out)
{
    struct writing w = {.pack = pack, .symbols = book->symbols, .out = out};
    arena_init(&w.arena, 0);
    show_open(&w.show, book, pack, true, "zh", out);
    head_write(&w);
    for (unsigned i = 0; i < pack->procedure_count; i++)
        procedure_write(&w, &pack->procedures[i]);
    duties_write(&w);
    texts_write(&w);
    part_write(&w, pack->value_count, "计算出来的值", show_values);
    part_write(&w, pack->parameter_count, "参数", show_parameters);
    part_write(&w, pack->ladder_count, "提醒梯级", show_ladders);
    part_write(&w, pack->list_count, "名单", show_lists);
    part_write(&w, pack->fact_count, "记入档案的事实", show_facts);
    boards_write(&w);
    record_only_write(&w);
    show_close(&w.show);
    arena_done(&w.arena);
}
