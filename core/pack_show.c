/* pack_show.c - a pack in words: who does which step, after what, with what, by when, and what
 * follows. */
#include <stdio.h>
#include <string.h>

#include "core/pack.h"

struct showing {
    const struct symbol_table *symbols;
    bool zh;
    struct buffer *out;
};

static const char *name(const struct showing *s, symbol n)
{
    return symbol_text(s->symbols, n);
}

static const char *title(const struct showing *s, const struct title *t)
{
    const char *text = s->zh ? t->zh : t->en;
    return text ? text : t->zh ? t->zh : t->en ? t->en : "";
}

static void names(struct showing *s, const char *zh, const char *en, const struct symbols *list)
{
    if (!list->count)
        return;
    buffer_addf(s->out, "      %s", s->zh ? zh : en);
    for (unsigned i = 0; i < list->count; i++)
        buffer_addf(s->out, "%s%s", i ? ", " : " ", name(s, list->items[i]));
    buffer_add_char(s->out, '\n');
}

static void show_by(struct showing *s, const struct step *step)
{
    static const char *const zh[] = {"由", "会签", "或签", "由指定的人", "由每个人", "由时钟"};
    static const char *const en[] = {
        "by", "by each of", "by any of", "by the person", "by everybody in", "by the clock"};
    buffer_addf(s->out, "      %s", s->zh ? zh[step->by.kind] : en[step->by.kind]);
    for (unsigned i = 0; i < step->by.roles.count; i++)
        buffer_addf(s->out, "%s%s", i ? ", " : " ", name(s, step->by.roles.items[i]));
    if (step->by.kind == BY_PERSON || step->by.kind == BY_EACH)
        buffer_addf(s->out, " %s", name(s, step->by.path.text));
    if (step->by.kind == BY_ROLE && step->by.count > 1)
        buffer_addf(s->out, s->zh ? "（%u 人）" : " (%u people)", step->by.count);
    buffer_add_char(s->out, '\n');
}

static void show_due(struct showing *s, const struct due *due)
{
    char period[PERIOD_TEXT_SIZE];
    if (!due->present)
        return;
    buffer_add_text(s->out, s->zh ? "      期限" : "      due");
    if (due->date.kind != OPERAND_NONE)
        buffer_addf(s->out, " %s", name(s, due->date.text));
    if (due->from.kind != OPERAND_NONE)
        buffer_addf(s->out, s->zh ? " 自 %s 起" : " from %s", name(s, due->from.text));
    if (due->plus.kind == OPERAND_PERIOD)
        buffer_addf(s->out, " %s", period_text(due->plus.period, period));
    else if (due->plus.kind != OPERAND_NONE)
        buffer_addf(s->out, " %s", name(s, due->plus.text));
    buffer_add_char(s->out, '\n');
}

static void show_guard(struct showing *s, const struct guard *guard)
{
    static const char *const zh[] = {"记录", "提示", "不许（可豁免）", "不许"};
    static const char *const en[] = {"recorded", "warned", "refused (can be waived)", "refused"};
    buffer_addf(s->out, "      〔%s〕%s %s\n", name(s, guard->id), name(s, guard->rule),
                s->zh ? zh[guard->strength] : en[guard->strength]);
}

static void show_effects(struct showing *s, const struct effects *effects)
{
    for (unsigned i = 0; i < effects->write_count; i++)
        buffer_addf(s->out, s->zh ? "，写入 %s" : ", writes %s", name(s, effects->writes[i].fact));
    for (unsigned i = 0; i < effects->open_count; i++)
        buffer_addf(s->out, s->zh ? "，启动 %s" : ", opens %s",
                    name(s, effects->opens[i].procedure));
}

static void show_outcomes(struct showing *s, const struct step *step)
{
    for (unsigned i = 0; i < step->outcome_count; i++) {
        const struct outcome *outcome = &step->outcomes[i];
        buffer_addf(s->out, "      → %s", name(s, outcome->name));
        if (outcome->to)
            buffer_addf(s->out, s->zh ? "，回到 %s" : ", back to %s", name(s, outcome->to));
        if (outcome->end)
            buffer_addf(s->out, s->zh ? "，终结（%s）" : ", ends (%s)", name(s, outcome->end));
        if (!outcome->to && !outcome->end)
            show_effects(s, &step->effects);
        show_effects(s, &outcome->effects);
        buffer_add_char(s->out, '\n');
    }
}

static void show_step(struct showing *s, const struct procedure *procedure, const struct step *step)
{
    buffer_addf(s->out, "  %s %s\n", name(s, step->name), title(s, &step->title));
    names(s, "依据", "rules", &step->rules);
    if (step->after_count) {
        buffer_add_text(s->out, s->zh ? "      在此之后" : "      after");
        for (unsigned i = 0; i < step->after_count; i++)
            buffer_addf(s->out, "%s%s%s%s", i ? ", " : " ",
                        name(s, procedure->steps[step->after[i].step].name),
                        step->after[i].outcome ? "." : "", name(s, step->after[i].outcome));
        buffer_add_char(s->out, '\n');
    }
    show_by(s, step);
    names(s, "材料", "evidence", &step->evidence);
    for (unsigned i = 0; i < step->fields.count; i++)
        buffer_addf(s->out, "%s%s%s",
                    i       ? ", "
                    : s->zh ? "      填报 "
                            : "      fields ",
                    name(s, step->fields.items[i].name), i + 1 == step->fields.count ? "\n" : "");
    show_due(s, &step->due);
    for (unsigned i = 0; i < step->guards.count; i++)
        show_guard(s, &step->guards.items[i]);
    show_outcomes(s, step);
}

static void show_apart(struct showing *s, const struct procedure *procedure)
{
    for (unsigned g = 0; g < procedure->apart_count; g++) {
        const struct apart *apart = &procedure->apart[g];
        buffer_add_text(s->out, s->zh ? "      不得由同一人签 " : "      nobody signs two of ");
        for (unsigned i = 0; i < apart->steps.count; i++)
            buffer_addf(s->out, "%s%s", i ? ", " : "", name(s, apart->steps.items[i]));
        buffer_addf(s->out, " %s\n", name(s, apart->rule));
    }
    for (unsigned i = 0; i < procedure->kin_count; i++) {
        const struct kin *kin = &procedure->kin[i];
        buffer_addf(s->out, s->zh ? "      %s 的亲属不签 " : "      relatives of %s do not sign ",
                    name(s, kin->slot));
        for (unsigned k = 0; k < kin->steps.count; k++)
            buffer_addf(s->out, "%s%s", k ? ", " : "", name(s, kin->steps.items[k]));
        buffer_add_text(s->out, " SOD-3\n");
    }
}

static void show_procedure(struct showing *s, const struct procedure *procedure)
{
    buffer_addf(s->out, "%s %s\n", name(s, procedure->name), title(s, &procedure->title));
    names(s, "依据", "rules", &procedure->rules);
    for (unsigned i = 0; i < procedure->about.count; i++)
        buffer_addf(s->out, "%s%s%s",
                    i       ? ", "
                    : s->zh ? "      对象 "
                            : "      about ",
                    name(s, procedure->about.items[i].name),
                    i + 1 == procedure->about.count ? "\n" : "");
    if (procedure->when.kind == OCCASION_FACT)
        buffer_addf(s->out, s->zh ? "      由事实 %s 启动\n" : "      opened by the fact %s\n",
                    name(s, procedure->when.fact));
    show_apart(s, procedure);
    for (unsigned i = 0; i < procedure->step_count; i++)
        show_step(s, procedure, &procedure->steps[i]);
}

static void show_duty(struct showing *s, const struct duty_def *duty)
{
    buffer_addf(s->out, s->zh ? "期限 %s %s\n" : "duty %s %s\n", name(s, duty->name),
                title(s, &duty->title));
    names(s, "依据", "rules", &duty->rules);
    buffer_addf(s->out, s->zh ? "      责任 %s\n" : "      owner %s\n", name(s, duty->owner));
    show_due(s, &duty->due);
}

static void show_line(struct showing *s, const struct board_line *line)
{
    static const char *const zh[] = {"", "事实", "期限", "案件", "对象"};
    static const char *const en[] = {"", "facts", "duties", "cases", "subjects"};
    buffer_addf(s->out, "  %s %s：%s %s\n", name(s, line->name), title(s, &line->title),
                s->zh ? zh[line->source] : en[line->source], name(s, line->what));
    names(s, "依据", "rules", &line->rules);
    for (unsigned i = 0; i < line->cell_count; i++)
        buffer_addf(s->out, "%s%s%s",
                    i       ? ", "
                    : s->zh ? "      填写 "
                            : "      shows ",
                    name(s, line->cells[i].name), i + 1 == line->cell_count ? "\n" : "");
    if (line->closed)
        buffer_add_text(s->out, s->zh ? "      符合条件即销号\n" : "      closed by a condition\n");
}

static void show_board(struct showing *s, const struct board_def *board)
{
    buffer_addf(s->out, s->zh ? "台账 %s %s\n" : "board %s %s\n", name(s, board->name),
                title(s, &board->title));
    for (unsigned i = 0; i < board->column_count; i++)
        buffer_addf(s->out, "%s%s %s%s",
                    i       ? ", "
                    : s->zh ? "      列 "
                            : "      columns ",
                    name(s, board->columns[i].name), title(s, &board->columns[i].title),
                    i + 1 == board->column_count ? "\n" : "");
    for (unsigned i = 0; i < board->line_count; i++)
        show_line(s, &board->lines[i]);
}

enum status pack_show(const struct pack *pack, const char *wanted,
                      const struct symbol_table *symbols, const char *language, struct buffer *out,
                      struct fault *fault)
{
    struct showing s = {symbols, strcmp(language, "en") != 0, out};
    symbol found = wanted ? symbol_find(symbols, wanted) : SYMBOL_NONE;
    bool any = false;
    if (!wanted)
        buffer_addf(out, "%s %s%s%s\n\n", name(&s, pack->id), title(&s, &pack->title),
                    pack->issuer ? " · " : "", pack->issuer ? pack->issuer : "");
    for (unsigned i = 0; i < pack->procedure_count; i++)
        if (!wanted || pack->procedures[i].name == found) {
            show_procedure(&s, &pack->procedures[i]);
            any = true;
        }
    for (unsigned i = 0; i < pack->duty_count; i++)
        if (!wanted || pack->duties[i].name == found) {
            show_duty(&s, &pack->duties[i]);
            any = true;
        }
    for (unsigned i = 0; i < pack->board_count; i++)
        if (!wanted || pack->boards[i].name == found) {
            show_board(&s, &pack->boards[i]);
            any = true;
        }
    return any || !wanted ? STATUS_OK
                          : fault_set(fault, STATUS_NOT_FOUND,
                                      "the pack %s has no procedure, duty or board %s",
                                      name(&s, pack->id), wanted);
}
