/* pack_show.c - a procedure, a duty, a board in words: everything that decides a case of it. */
#include "core/pack_show.h"

#include <limits.h>
#include <string.h>

void show_open(struct show *s, const struct rulebook *book, const struct pack *pack, bool markdown,
               const char *language, struct buffer *out)
{
    wording_init(&s->w, book, pack, language, out);
    s->markdown = s->w.code = markdown;
}

void show_close(struct show *s)
{
    wording_done(&s->w);
}

/* ---- lines ---- */

/* A line `label: ...` of the whole (0), of a step (1) or below a line (2, 3). */
static void line(struct show *s, unsigned level, const char *zh, const char *en)
{
    static const char *const plain[] = {"  ", "      ", "          ", "              "};
    static const char *const bullets[] = {"- ", "- ", "    - ", "        - "};
    const char *label = s->w.zh ? zh : en;
    buffer_add_text(s->w.out, s->markdown ? bullets[level] : plain[level]);
    if (*label)
        buffer_addf(s->w.out, s->markdown ? "**%s** " : "%s%s", label, s->w.zh ? "：" : ": ");
}

static void end(struct show *s)
{
    buffer_add_char(s->w.out, '\n');
}

static void heading(struct show *s, const char *zh, const char *en)
{
    const char *label = s->w.zh ? zh : en;
    buffer_addf(s->w.out, s->markdown ? "\n**%s**\n\n" : "  %s\n", label);
}

static void add_name(struct show *s, symbol name)
{
    buffer_addf(s->w.out, s->markdown ? "`%s`" : "%s", wording_name(&s->w, name));
}

static void list_of(struct show *s, unsigned level, const char *zh, const char *en,
                    const struct symbols *list,
                    const char *(*word)(const struct wording *wording, symbol name))
{
    if (!list->count)
        return;
    line(s, level, zh, en);
    for (unsigned i = 0; i < list->count; i++) {
        if (i)
            say(&s->w, "、", ", ");
        buffer_add_text(s->w.out, word(&s->w, list->items[i]));
    }
    end(s);
}

static void names(struct show *s, unsigned level, const char *zh, const char *en,
                  const struct symbols *list)
{
    list_of(s, level, zh, en, list, wording_named);
}

static void roles(struct show *s, unsigned level, const char *zh, const char *en,
                  const struct symbols *list)
{
    list_of(s, level, zh, en, list, wording_role);
}

static void condition(struct show *s, unsigned level, const char *zh, const char *en,
                      const struct predicate *predicate)
{
    if (!predicate)
        return;
    line(s, level, zh, en);
    wording_predicate(&s->w, predicate);
    end(s);
}

/* ---- what follows from a fact ---- */

static void follow(struct show *s, unsigned level, bool *any, const char *zh, const char *en,
                   const char *title, symbol name)
{
    struct wording *w = &s->w;
    if (*any)
        say(w, "；", "; ");
    else
        line(s, level, "由此", "so it");
    *any = true;
    say(w, zh, en);
    buffer_addf(w->out, w->zh ? "「%s」" : "%s ", title);
    if (name && strcmp(title, wording_name(w, name)) != 0) {
        say(w, " ", "");
        add_name(s, name);
    }
}

static bool reads_fact(struct show *s, const struct predicate *predicate, symbol fact)
{
    struct reads reads = {0};
    if (predicate)
        reads_predicate(&reads, s->w.book, &s->w.arena, predicate);
    for (unsigned i = 0; i < reads.types.count; i++)
        if (reads.types.items[i] == fact)
            return true;
    return false;
}

static bool moves(struct show *s, const struct duty_def *duty, symbol fact)
{
    struct reads reads = {0};
    if (duty->when.kind != OCCASION_DATE)
        return false;
    reads_operand(&reads, s->w.book, &s->w.arena, &duty->when.date);
    for (unsigned i = 0; i < reads.types.count; i++)
        if (reads.types.items[i] == fact)
            return true;
    return false;
}

/* Cases and duties that the fact opens, duties that it meets or moves, facts that it ends. */
static void follows(struct show *s, unsigned level, symbol fact)
{
    const struct rulebook *book = s->w.book;
    bool any = false;
    for (unsigned i = 0; i < book->all_procedure_count; i++) {
        const struct procedure *procedure = book->all_procedures[i];
        const char *title = wording_title(&s->w, &procedure->title, procedure->name);
        if (procedure->when.kind == OCCASION_FACT && procedure->when.fact == fact)
            follow(s, level, &any, "启动", "opens ", title, procedure->name);
        if (reads_fact(s, procedure->suspend, fact))
            follow(s, level, &any, "可中止", "can suspend ", title, procedure->name);
        if (reads_fact(s, procedure->cancel, fact))
            follow(s, level, &any, "可取消", "can cancel ", title, procedure->name);
    }
    for (unsigned i = 0; i < book->all_duty_count; i++) {
        const struct duty_def *duty = book->all_duties[i];
        const char *title = wording_title(&s->w, &duty->title, duty->name);
        if (duty->when.kind == OCCASION_FACT && duty->when.fact == fact)
            follow(s, level, &any, "产生期限", "opens the duty ", title, duty->name);
        if (reads_fact(s, duty->met, fact))
            follow(s, level, &any, "可履行期限", "can meet the duty ", title, duty->name);
        if (reads_fact(s, duty->cancel, fact))
            follow(s, level, &any, "可取消期限", "can cancel the duty ", title, duty->name);
        if (moves(s, duty, fact))
            follow(s, level, &any, "重算期限", "moves the duty ", title, duty->name);
    }
    for (unsigned p = 0; p < book->pack_count; p++)
        for (unsigned i = 0; i < book->packs[p]->fact_count; i++)
            if (book->packs[p]->facts[i].ended_by == fact) {
                symbol name = book->packs[p]->facts[i].name;
                follow(s, level, &any, "结束事实", "ends the fact ", wording_fact(&s->w, name),
                       name);
            }
    if (any)
        end(s);
}

/* ---- effects ---- */

static struct spot slot_spot(const struct show *s, const struct slots *slots,
                             const struct fields *fields, symbol name)
{
    for (unsigned i = 0; slots && i < slots->count; i++)
        if (slots->items[i].name == name)
            return wording_type_spot(&s->w, &slots->items[i].type);
    for (unsigned i = 0; fields && i < fields->count; i++)
        if (fields->items[i].name == name)
            return wording_type_spot(&s->w, &fields->items[i].type);
    return (struct spot){.kind = SPOT_ANY};
}

static const char *slot_title(const struct show *s, const struct fields *fields, symbol name)
{
    for (unsigned i = 0; fields && i < fields->count; i++)
        if (fields->items[i].name == name && s->w.zh)
            return wording_title(&s->w, &fields->items[i].title, name);
    return wording_named(&s->w, name);
}

static void assignments(struct show *s, const struct assignment *items, unsigned count,
                        const struct slots *slots, const struct fields *fields)
{
    struct wording *w = &s->w;
    for (unsigned i = 0; i < count; i++) {
        struct spot spot = slot_spot(s, slots, fields, items[i].name);
        say(w, i ? "，" : "：", i ? ", " : ": ");
        buffer_add_text(w->out, slot_title(s, fields, items[i].name));
        say(w, "＝", " = ");
        wording_operand(w, &items[i].value, &spot);
    }
}

/* Enters what `each` goes over; NULL: nothing. */
static void each_begin(struct show *s, const struct selection *each, struct element *element)
{
    if (!each)
        return;
    say(&s->w, "对", "for each of ");
    wording_elements(&s->w, each);
    say(&s->w, "逐项，", ": ");
    *element = (struct element){wording_source(&s->w, each), s->w.element};
    s->w.element = element;
}

static void each_end(struct show *s, const struct selection *each, const struct element *element)
{
    if (each)
        s->w.element = element->outer;
}

static void show_write(struct show *s, unsigned level, const struct write *write)
{
    const struct fact_def *fact = rulebook_fact(s->w.book, write->fact);
    struct element element;
    line(s, level, "记入", "writes");
    each_begin(s, write->each, &element);
    buffer_addf(s->w.out, s->w.zh ? "「%s」" : "%s ", wording_fact(&s->w, write->fact));
    add_name(s, write->fact);
    assignments(s, write->assignments, write->count, fact ? &fact->about : NULL,
                fact ? &fact->fields : NULL);
    if (write->date.kind != OPERAND_NONE) {
        say(&s->w, "，日期＝", ", date = ");
        wording_operand(&s->w, &write->date, NULL);
    }
    each_end(s, write->each, &element);
    end(s);
    follows(s, level + 1, write->fact);
}

static void show_opening(struct show *s, const struct opening *opening)
{
    const struct procedure *procedure = rulebook_known_procedure(s->w.book, opening->procedure);
    struct element element;
    each_begin(s, opening->each, &element);
    buffer_addf(s->w.out, s->w.zh ? "「%s」" : "%s ", wording_procedure(&s->w, opening->procedure));
    add_name(s, opening->procedure);
    assignments(s, opening->assignments, opening->count, procedure ? &procedure->about : NULL,
                NULL);
    each_end(s, opening->each, &element);
}

static bool has_effects(const struct effects *effects)
{
    return effects->write_count || effects->open_count || effects->tell_count;
}

static void told_say(struct show *s, const struct operand *whom)
{
    symbol role =
        whom->kind == OPERAND_WORD || whom->kind == OPERAND_PATH ? whom->text : SYMBOL_NONE;
    if (role && rulebook_role(s->w.book, role))
        buffer_add_text(s->w.out, wording_role(&s->w, role));
    else
        wording_operand(&s->w, whom, NULL);
}

static void show_effects(struct show *s, unsigned level, const struct effects *effects)
{
    condition(s, level, "只在", "only if", effects->when);
    for (unsigned i = 0; i < effects->write_count; i++)
        show_write(s, level, &effects->writes[i]);
    for (unsigned i = 0; i < effects->open_count; i++) {
        line(s, level, "启动", "opens");
        show_opening(s, &effects->opens[i]);
        end(s);
    }
    if (!effects->tell_count)
        return;
    line(s, level, "告知", "tells");
    for (unsigned i = 0; i < effects->tell_count; i++) {
        if (i)
            say(&s->w, "、", ", ");
        told_say(s, &effects->tell[i]);
    }
    end(s);
}

/* ---- guards ---- */

static void show_guard(struct show *s, unsigned level, const struct guard *guard)
{
    struct wording *w = &s->w;
    line(s, level, "条件", "guard");
    buffer_addf(w->out, w->zh ? "〔%s〕" : "[%s] ", wording_name(w, guard->id));
    if (guard->when) {
        say(w, "如果", "if ");
        wording_predicate(w, guard->when);
        say(w, "，则须", ", then ");
    } else {
        say(w, "须", "");
    }
    wording_predicate(w, guard->require);
    if (guard->at.kind != OPERAND_NONE) {
        say(w, "，以", ", on ");
        wording_operand(w, &guard->at, NULL);
        say(w, "当天计", "");
    }
    buffer_addf(w->out, w->zh ? "。%s" : "; %s", wording_strength(w, guard->strength));
    if (guard->strength == STRENGTH_WAIVE && w->pack->waiver)
        buffer_addf(w->out, w->zh ? "（由%s说明理由并签字）" : " (by %s with a signed reason)",
                    wording_role(w, w->pack->waiver));
    if (guard->rule)
        buffer_addf(w->out, w->zh ? "〔%s〕" : " [%s]", wording_name(w, guard->rule));
    if (guard->plain)
        buffer_addf(w->out,
                    w->zh ? "；对无权查看的人只说“%s”" : "; whoever may not see it reads \"%s\"",
                    guard->plain);
    if (guard->raised)
        buffer_addf(w->out, w->zh ? "；高于本包限度，因为%s" : "; above the pack's cap: %s",
                    guard->raised);
    if (has_effects(&guard->effects))
        say(w, "；提示后仍办的：", "; when it only warned:");
    end(s);
    show_effects(s, 2, &guard->effects);
}

/* ---- outcomes ---- */

static void show_way(struct show *s, const struct procedure *procedure,
                     const struct outcome *outcome)
{
    struct wording *w = &s->w;
    for (unsigned i = 0; outcome->to && i < procedure->step_count; i++)
        if (procedure->steps[i].name == outcome->to)
            buffer_addf(w->out, w->zh ? "，回到第%u步「%s」" : ", back to step %u %s", i + 1,
                        w->zh ? wording_step(w, &procedure->steps[i])
                              : wording_name(w, outcome->to));
    if (outcome->end)
        buffer_addf(w->out, w->zh ? "，办结（%s）" : ", ends the case (%s)",
                    wording_outcome_of(w, &(struct spot){0}, outcome->end));
}

static void show_choice(struct show *s, const struct step *step, const struct outcome *outcome)
{
    struct wording *w = &s->w;
    if (outcome->when) {
        say(w, "，如果", ", if ");
        wording_predicate(w, outcome->when);
    } else if (outcome->timeout.present) {
        say(w, "，到期未办的自动如此：", ", by itself when nothing was done: ");
        wording_due(w, &outcome->timeout, "自轮到起", "");
    } else if (step->kind != STEP_VOTE && !step->run_count && step->outcome_count > 1) {
        for (unsigned i = 0; i < step->outcome_count; i++)
            if (step->outcomes[i].when) {
                say(w, "，其余情形", ", else");
                return;
            }
        say(w, "，由办理人选定", ", chosen by the signer");
    }
}

static void show_outcome(struct show *s, const struct procedure *procedure, const struct step *step,
                         const struct outcome *outcome)
{
    struct wording *w = &s->w;
    const char *title = wording_outcome(w, outcome);
    line(s, 1, "结果", "outcome");
    buffer_add_text(w->out, title);
    if (w->zh && strcmp(title, wording_name(w, outcome->name)) != 0) {
        buffer_add_text(w->out, " ");
        add_name(s, outcome->name);
    }
    show_choice(s, step, outcome);
    show_way(s, procedure, outcome);
    if (outcome->rule)
        buffer_addf(w->out, w->zh ? "〔%s〕" : " [%s]", wording_name(w, outcome->rule));
    end(s);
    show_effects(s, 2, &outcome->effects);
}

static void show_outcomes(struct show *s, const struct procedure *procedure,
                          const struct step *step)
{
    const struct outcome *only = step->outcome_count == 1 ? &step->outcomes[0] : NULL;
    if (has_effects(&step->effects)) {
        line(s, 1, "办成后", "once done");
        if (!only)
            say(&s->w, "不论哪个结果（退回、不同意的除外）",
                "whatever the outcome, but not where it leads back or refuses");
        end(s);
        show_effects(s, 2, &step->effects);
    }
    if (only && only->by_default && !only->to && !only->end && !has_effects(&only->effects))
        return;
    for (unsigned i = 0; i < step->outcome_count; i++)
        show_outcome(s, procedure, step, &step->outcomes[i]);
}

/* ---- steps ---- */

static void show_after(struct show *s, const struct procedure *procedure, const struct step *step)
{
    struct wording *w = &s->w;
    line(s, 1, "何时", "when");
    if (!step->after_count)
        say(w, "一开始就可以办", "from the start");
    for (unsigned i = 0; i < step->after_count; i++) {
        const struct step *before = &procedure->steps[step->after[i].step];
        if (i)
            say(w, "、", ", ");
        buffer_addf(w->out, w->zh ? "第%u步「%s」" : "%u %s", step->after[i].step + 1,
                    w->zh ? wording_step(w, before) : wording_name(w, before->name));
        if (step->after[i].outcome)
            buffer_addf(
                w->out, w->zh ? "为“%s”" : " as \"%s\"",
                wording_outcome_of(w, &(struct spot){.step = before}, step->after[i].outcome));
    }
    say(w,
        step->after_count > 1 ? "都办完后"
        : step->after_count   ? "办完后"
                              : "",
        step->after_count ? " done" : "");
    if (step->optional)
        say(w, "；可以不办，也可以办多次，别的步骤不等它",
            "; optional, any number of times, waited for by nobody");
    end(s);
    condition(s, 1, "适用（否则跳过）", "applies if (else skipped)", step->applies);
}

static void show_who(struct show *s, const struct step *step)
{
    line(s, 1, "谁办", "by");
    if (step->run_count && step->by.kind == BY_CLOCK)
        say(&s->w, "由下列事项办", "these cases");
    else
        wording_by(&s->w, &step->by);
    if (step->at.present) {
        say(&s->w, "：", ": ");
        wording_due(&s->w, &step->at, "自轮到起", "");
    }
    end(s);
    for (unsigned i = 0; i < step->run_count; i++) {
        line(s, 1, "另办事项", "runs");
        show_opening(s, &step->run[i]);
        if (step->run[i].each)
            say(&s->w, "；都办结后这一步才算完", "; the step is done when all have ended");
        else
            say(&s->w, "；它怎样办结，这一步就是什么结果", "; its end is the outcome of the step");
        end(s);
    }
}

static void show_given(struct show *s, const struct step *step)
{
    names(s, 1, "材料", "evidence", &step->evidence);
    if (!step->fields.count)
        return;
    line(s, 1, "填报", "fields");
    for (unsigned i = 0; i < step->fields.count; i++) {
        if (i)
            say(&s->w, "、", ", ");
        wording_field(&s->w, &step->fields.items[i]);
    }
    end(s);
}

static void show_times(struct show *s, const struct step *step)
{
    if (step->due.present) {
        line(s, 1, "期限", "due");
        wording_due(&s->w, &step->due, "自轮到这一步起", "from its opening ");
        say(&s->w, "，", ", ");
        wording_reminders(&s->w, &step->due);
        end(s);
        roles(s, 1, "提醒抄送", "reminders copied to", &step->due.copy);
    }
    if (has_effects(&step->overdue)) {
        line(s, 1, "逾期第一天", "first day overdue");
        end(s);
        show_effects(s, 2, &step->overdue);
    }
}

static void show_vote(struct show *s, const struct vote *vote)
{
    line(s, 1, "表决", "vote");
    end(s);
    line(s, 2, "应到", "entitled");
    wording_entitled(&s->w, vote);
    end(s);
    line(s, 2, "票数", "votes");
    wording_votes(&s->w, vote);
    end(s);
    line(s, 2, "到会", "quorum");
    wording_share(&s->w, &vote->quorum);
    if (!vote->quorum.count)
        say(&s->w, "没有规定", "none");
    end(s);
    line(s, 2, "通过", "passes");
    say(&s->w, "赞成票", "votes for ");
    wording_share(&s->w, &vote->pass);
    end(s);
}

static void show_step(struct show *s, const struct procedure *procedure, unsigned index)
{
    const struct step *step = &procedure->steps[index];
    struct wording *w = &s->w;
    buffer_addf(w->out,
                s->markdown ? "\n**%u %s**（`%s`，%s）\n\n"
                : w->zh     ? "  %u %s（%s，%s）\n"
                            : "  %u %s (%s, %s)\n",
                index + 1, wording_step(w, step), wording_name(w, step->name),
                wording_step_kind(w, step->kind));
    names(s, 1, "依据", "rules", &step->rules);
    show_after(s, procedure, step);
    show_who(s, step);
    if (step->kind == STEP_NOMINATE) {
        line(s, 1, "确定", "names");
        buffer_add_text(w->out, wording_named(w, step->names));
        end(s);
    }
    show_given(s, step);
    show_times(s, step);
    if (step->vote.present)
        show_vote(s, &step->vote);
    for (unsigned i = 0; i < step->guards.count; i++)
        show_guard(s, 1, &step->guards.items[i]);
    show_outcomes(s, procedure, step);
    roles(s, 1, "只给看", "seen by", &step->seen_by);
}

/* ---- procedures ---- */

static void steps_named(struct show *s, const struct procedure *procedure,
                        const struct symbols *steps)
{
    for (unsigned i = 0; i < steps->count; i++) {
        const char *title = wording_name(&s->w, steps->items[i]);
        for (unsigned k = 0; s->w.zh && k < procedure->step_count; k++)
            if (procedure->steps[k].name == steps->items[i])
                title = wording_step(&s->w, &procedure->steps[k]);
        if (i)
            say(&s->w, "", ", ");
        buffer_addf(s->w.out, s->w.zh ? "「%s」" : "%s", title);
    }
}

static void show_apart(struct show *s, const struct procedure *procedure)
{
    for (unsigned i = 0; i < procedure->apart_count; i++) {
        line(s, 0, "分离", "apart");
        say(&s->w, "同一人不得签其中两步：", "nobody signs two of ");
        steps_named(s, procedure, &procedure->apart[i].steps);
        buffer_addf(s->w.out, s->w.zh ? "〔%s〕" : " [%s]",
                    wording_name(&s->w, procedure->apart[i].rule));
        end(s);
    }
    for (unsigned i = 0; i < procedure->kin_count; i++) {
        line(s, 0, "回避", "kin");
        buffer_addf(s->w.out, s->w.zh ? "%s的亲属不得签：" : "relatives of %s do not sign ",
                    s->w.zh ? wording_named(&s->w, procedure->kin[i].slot)
                            : wording_name(&s->w, procedure->kin[i].slot));
        steps_named(s, procedure, &procedure->kin[i].steps);
        say(&s->w, "〔SOD-3〕", " [SOD-3]");
        end(s);
    }
}

/* The people of the case sign only where they are named. */
static void show_concerned(struct show *s, const struct slots *about)
{
    bool any = false;
    for (unsigned i = 0; i < about->count; i++) {
        const struct slot *slot = &about->items[i];
        if (slot->type.kind != TYPE_SUBJECT ||
            strcmp(wording_name(&s->w, slot->type.name), "person") != 0)
            continue;
        if (any)
            say(&s->w, "、", ", ");
        else
            line(s, 0, "当事人", "concerned");
        any = true;
        buffer_add_text(s->w.out, s->w.zh ? wording_named(&s->w, slot->name)
                                          : wording_name(&s->w, slot->name));
    }
    if (!any)
        return;
    say(&s->w, "，除写明由其本人办的步骤外不得签〔SOD-2〕",
        " sign only where they are named [SOD-2]");
    end(s);
}

/* Whose role holders act: the path, or what stands for it where there is none. */
static void show_unit(struct show *s, const struct procedure *procedure)
{
    const struct slot *first = NULL, *unit = NULL;
    struct wording *w = &s->w;
    for (unsigned i = 0; i < procedure->about.count; i++) {
        const struct slot *slot = &procedure->about.items[i];
        if (slot->type.kind != TYPE_SUBJECT)
            continue;
        first = first ? first : slot;
        if (!unit && strcmp(wording_name(w, slot->type.name), "unit") == 0)
            unit = slot;
    }
    if (procedure->unit.kind == OPERAND_NONE && !first)
        return;
    line(s, 0, "办理单位", "unit");
    if (procedure->unit.kind != OPERAND_NONE)
        wording_operand(w, &procedure->unit, NULL);
    else
        buffer_addf(w->out,
                    unit    ? "%s"
                    : w->zh ? "%s的单位"
                            : "unit of %s",
                    w->zh ? wording_named(w, unit ? unit->name : first->name)
                          : wording_name(w, unit ? unit->name : first->name));
    say(w, "（各步的职责指在这个单位或其上级担任的）",
        " (roles are those held over it or a unit above it)");
    end(s);
}

static void show_opens(struct show *s, const struct procedure *procedure)
{
    line(s, 0, "启动", "opened");
    if (procedure->when.kind == OCCASION_NONE)
        say(&s->w, "由第一步的人启动，或者由别的事项启动",
            "by whoever does the first step, or by another case");
    else
        wording_occasion(&s->w, &procedure->when);
    end(s);
}

static void value_head(struct show *s, const struct value_def *value)
{
    static const char *const zh[] = {"", "，按年", "，按半年", "，按季度", "，按月"};
    static const char *const en[] = {"", ", of a year", ", of a half-year", ", of a quarter",
                                     ", of a month"};
    struct wording *w = &s->w;
    const char *title = wording_title(w, &value->title, value->name);
    buffer_add_text(w->out, title);
    if (strcmp(title, wording_name(w, value->name)) != 0) {
        buffer_add_text(w->out, " ");
        add_name(s, value->name);
    }
    if (value->subject_kind)
        buffer_addf(w->out, w->zh ? "（每个%s%s）" : " (of a %s%s)",
                    wording_named(w, value->subject_kind), w->zh ? zh[value->per] : en[value->per]);
}

static void show_value(struct show *s, unsigned level, const struct value_def *value)
{
    struct wording *w = &s->w;
    line(s, level, "", "");
    value_head(s, value);
    say(w, "＝", " = ");
    wording_value(w, value);
    for (unsigned i = 0; i < value->rules.count; i++)
        buffer_addf(w->out, w->zh ? "〔%s〕" : " [%s]", wording_name(w, value->rules.items[i]));
    end(s);
    for (unsigned i = 0; i < value->change_count; i++) {
        line(s, 2, "变动时", "when it changes");
        if (value->changes[i].to)
            buffer_addf(w->out, w->zh ? "成为“%s”" : "to \"%s\"",
                        wording_name(w, value->changes[i].to));
        say(w, value->daily ? "（每天也查看）" : "",
            value->daily ? " (looked at every day too)" : "");
        end(s);
        w->it = (struct spot){.kind = SPOT_SUBJECT, .subject = value->subject_kind};
        show_effects(s, 3, &value->changes[i].effects);
    }
}

/* A value may mention further ones: they come behind it. */
static void mentioned_values(struct show *s)
{
    if (s->w.value_count)
        heading(s, "以上用到的计算", "values used");
    for (unsigned i = 0; i < s->w.value_count; i++)
        show_value(s, 1, s->w.values[i]);
}

static void show_parameter(struct show *s, unsigned level, const struct parameter *parameter,
                           unsigned entries_max)
{
    struct wording *w = &s->w;
    struct spot plain = {.kind = SPOT_ANY};
    line(s, level, "", "");
    buffer_addf(w->out, s->markdown ? "`$%s` %s" : "$%s %s", wording_name(w, parameter->name),
                wording_title(w, &parameter->title, SYMBOL_NONE));
    say(w, parameter->value.entry_count ? "：" : "＝", parameter->value.entry_count ? ": " : " = ");
    wording_parameter_value(w, &parameter->value, entries_max);
    if (parameter->min.kind != OPERAND_NONE) {
        say(w, "，不得少于", ", at least ");
        wording_operand(w, &parameter->min, &plain);
    }
    if (parameter->max.kind != OPERAND_NONE) {
        say(w, "，不得超过", ", at most ");
        wording_operand(w, &parameter->max, &plain);
    }
    if (parameter->rule)
        buffer_addf(w->out, w->zh ? "（原文所定〔%s〕）" : " (fixed by [%s])",
                    wording_name(w, parameter->rule));
    else
        buffer_addf(w->out,
                    w->zh ? "（原文未定〔%s〕，默认值，各地可改）"
                          : " (left open by [%s]: a default)",
                    parameter->open ? parameter->open : "");
    end(s);
}

static void mentioned_parameters(struct show *s)
{
    if (s->w.parameter_count)
        heading(s, "以上用到的参数", "parameters used");
    for (unsigned i = 0; i < s->w.parameter_count; i++)
        show_parameter(s, 1, s->w.parameters[i], 8);
}

static void show_ladder(struct show *s, const struct ladder_def *ladder)
{
    line(s, 1, "", "");
    add_name(s, ladder->name);
    say(&s->w, "：", ": ");
    wording_ladder(&s->w, &ladder->ladder);
    end(s);
}

static void mentioned_ladders(struct show *s)
{
    if (s->w.ladder_count)
        heading(s, "以上用到的提醒梯级", "ladders used");
    for (unsigned i = 0; i < s->w.ladder_count; i++)
        show_ladder(s, s->w.ladders[i]);
}

static void show_slots(struct show *s, const struct slots *slots)
{
    line(s, 0, "对象", "about");
    for (unsigned i = 0; i < slots->count; i++) {
        if (i)
            say(&s->w, "、", ", ");
        wording_slot(&s->w, &slots->items[i]);
    }
    end(s);
}

void show_procedure(struct show *s, const struct procedure *procedure)
{
    wording_about(&s->w, procedure);
    if (!s->markdown)
        buffer_addf(s->w.out, "%s %s\n", wording_name(&s->w, procedure->name),
                    wording_title(&s->w, &procedure->title, procedure->name));
    names(s, 0, "依据", "rules", &procedure->rules);
    show_slots(s, &procedure->about);
    show_unit(s, procedure);
    show_opens(s, procedure);
    condition(s, 0, "中止（成立期间谁也不能办）", "suspended while", procedure->suspend);
    condition(s, 0, "取消（一成立即办结）", "cancelled once", procedure->cancel);
    show_apart(s, procedure);
    show_concerned(s, &procedure->about);
    roles(s, 0, "只给看", "seen by", &procedure->seen_by);
    for (unsigned i = 0; i < procedure->guards.count; i++)
        show_guard(s, 0, &procedure->guards.items[i]);
    for (unsigned i = 0; i < procedure->step_count; i++)
        show_step(s, procedure, i);
    for (unsigned i = 0; i < procedure->value_count; i++)
        wording_note_value(&s->w, &procedure->values[i]);
    mentioned_values(s);
    mentioned_parameters(s);
    mentioned_ladders(s);
    end(s);
}

/* ---- duties ---- */

/* Named; of a day computed from nothing and of the ends of years the long one, of the ends of other
 * periods the middle one; else by length. */
static symbol duty_ladder_name(const struct show *s, const struct duty_def *duty)
{
    symbol named = duty->ladder ? duty->ladder : duty->due.ladder;
    if (named || duty->when.kind == OCCASION_FACT)
        return named;
    if (duty->when.every == SPAN_YEAR && duty->due.present)
        return SYMBOL_NONE;
    bool lengthy = duty->when.kind == OCCASION_DATE || duty->when.every == SPAN_YEAR;
    return symbol_find(s->w.book->symbols, lengthy ? "L" : "M");
}

void show_duty(struct show *s, const struct duty_def *duty)
{
    struct wording *w = &s->w;
    wording_about(w, NULL);
    if (!s->markdown)
        buffer_addf(w->out, w->zh ? "期限 %s %s\n" : "duty %s %s\n", wording_name(w, duty->name),
                    wording_title(w, &duty->title, duty->name));
    w->it.subject = duty->when.subject_kind;
    w->start.fact =
        duty->when.kind == OCCASION_FACT ? rulebook_fact(w->book, duty->when.fact) : NULL;
    names(s, 0, "依据", "rules", &duty->rules);
    line(s, 0, "何时产生", "arises");
    wording_occasion(w, &duty->when);
    end(s);
    line(s, 0, "到期", "due");
    if (duty->due.present)
        wording_due(w, &duty->due, "自该日起", "");
    else
        say(w, duty->when.kind == OCCASION_DATE ? "当天" : "期末",
            duty->when.kind == OCCASION_DATE ? "that day" : "the end of the period");
    end(s);
    condition(s, 0, "怎样算履行", "met by", duty->met);
    condition(s, 0, "何时取消", "cancelled if", duty->cancel);
    line(s, 0, "责任", "owner");
    buffer_addf(w->out, w->zh ? "%s（%s）" : "%s (%s)", wording_role(w, duty->owner),
                wording_name(w, duty->owner));
    end(s);
    roles(s, 0, "提醒抄送", "reminders copied to", &duty->copy);
    line(s, 0, "提醒", "reminded");
    wording_reminders(w,
                      &(struct due){.ladder = duty_ladder_name(s, duty), .plus = duty->due.plus});
    end(s);
    mentioned_values(s);
    mentioned_parameters(s);
    mentioned_ladders(s);
    end(s);
}

/* ---- boards ---- */

static void board_value(struct show *s, const struct board_value *value)
{
    if (value->form)
        wording_value(&s->w, value->form);
    else
        wording_operand(&s->w, &value->path, NULL);
}

static void board_dates(struct show *s, const struct board_line *row)
{
    const struct board_value *const dates[] = {&row->due, &row->until};
    static const char *const zh[] = {"到期", "有效至"}, *const en[] = {"due", "in force until"};
    for (unsigned i = 0; i < 2; i++) {
        if (!dates[i]->form && dates[i]->path.kind == OPERAND_NONE)
            continue;
        line(s, 2, zh[i], en[i]);
        board_value(s, dates[i]);
        end(s);
    }
    if (row->soon.kind == OPERAND_NONE)
        return;
    line(s, 2, "提前多久算临近", "soon");
    wording_operand(&s->w, &row->soon, NULL);
    end(s);
}

/* What the rows are made of decides what names mean in them. */
static void board_about(struct show *s, const struct board_line *row)
{
    struct wording *w = &s->w;
    const struct duty_def *duty = rulebook_known_duty(w->book, row->what);
    w->procedure = NULL;
    w->it = w->start = (struct spot){.kind = SPOT_SUBJECT};
    if (row->source == BOARD_FACT)
        w->it = w->start =
            (struct spot){.kind = SPOT_FACT, .fact = rulebook_fact(w->book, row->what)};
    else if (row->source == BOARD_CASE)
        w->procedure = rulebook_known_procedure(w->book, row->what);
    else if (row->source == BOARD_SUBJECT)
        w->it.subject = row->what;
    else if (duty && duty->when.kind == OCCASION_FACT)
        w->start =
            (struct spot){.kind = SPOT_FACT, .fact = rulebook_fact(w->book, duty->when.fact)};
    if (duty)
        w->it.subject = duty->when.subject_kind;
}

static void show_source(struct show *s, const struct board_line *row)
{
    static const char *const zh[] = {"", "事实", "期限", "案件", "对象"};
    static const char *const en[] = {"", "facts", "duties", "cases", "subjects"};
    struct wording *w = &s->w;
    const char *title = row->source == BOARD_FACT   ? wording_fact(w, row->what)
                        : row->source == BOARD_DUTY ? wording_duty(w, row->what)
                        : row->source == BOARD_CASE ? wording_procedure(w, row->what)
                                                    : wording_named(w, row->what);
    line(s, 1, "", "");
    buffer_addf(w->out, w->zh ? "%s：每个%s " : "%s: %s ", wording_title(w, &row->title, row->name),
                w->zh ? zh[row->source] : en[row->source]);
    if (strcmp(title, wording_name(w, row->what)) != 0)
        buffer_addf(w->out, w->zh ? "「%s」" : "%s ", title);
    add_name(s, row->what);
    for (unsigned i = 0; i < row->rules.count; i++)
        buffer_addf(w->out, w->zh ? "〔%s〕" : " [%s]", wording_name(w, row->rules.items[i]));
    end(s);
}

/* Of a column of this board, or of one that every board has. */
static const char *column_title(const struct show *s, const struct board_def *board, symbol name)
{
    for (unsigned i = 0; i < board->column_count; i++)
        if (board->columns[i].name == name)
            return wording_title(&s->w, &board->columns[i].title, name);
    const char *text = wording_name(&s->w, name);
    return !s->w.zh                    ? text
           : strcmp(text, "due") == 0  ? "到期日"
           : strcmp(text, "date") == 0 ? "日期"
                                       : text;
}

static void show_row(struct show *s, const struct board_def *board, const struct board_line *row)
{
    struct wording *w = &s->w;
    board_about(s, row);
    show_source(s, row);
    condition(s, 2, "只要", "where", row->where);
    if (row->owner) {
        line(s, 2, "责任", "owner");
        buffer_add_text(w->out, wording_role(w, row->owner));
        end(s);
    }
    board_dates(s, row);
    condition(s, 2, "何时销号", "closed when", row->closed);
    condition(s, 2, "何时解除", "lifted when", row->lifted);
    condition(s, 2, "何时算逾期", "overdue when", row->overdue);
    for (unsigned i = 0; i < row->cell_count; i++) {
        if (i)
            say(w, "；", "; ");
        else
            line(s, 2, "填写", "shows");
        buffer_addf(w->out, w->zh ? "%s＝" : "%s = ", column_title(s, board, row->cells[i].name));
        board_value(s, &row->cells[i]);
    }
    if (row->cell_count)
        end(s);
}

void show_board(struct show *s, const struct board_def *board)
{
    struct wording *w = &s->w;
    wording_about(w, NULL);
    if (!s->markdown)
        buffer_addf(w->out, w->zh ? "台账 %s %s\n" : "board %s %s\n", wording_name(w, board->name),
                    wording_title(w, &board->title, board->name));
    line(s, 0, "列", "columns");
    for (unsigned i = 0; i < board->column_count; i++) {
        const struct board_column *column = &board->columns[i];
        if (i)
            say(w, "、", ", ");
        buffer_addf(w->out,
                    s->markdown ? "%s（`%s`）"
                    : w->zh     ? "%s（%s）"
                                : "%s (%s)",
                    wording_title(w, &column->title, column->name), wording_name(w, column->name));
    }
    end(s);
    if (board->order) {
        line(s, 0, "排列", "order");
        buffer_addf(w->out, "%s%s", column_title(s, board, board->order),
                    !board->descending ? ""
                    : w->zh            ? "，高的在前"
                                       : ", the highest first");
        end(s);
    }
    for (unsigned i = 0; i < board->line_count; i++)
        show_row(s, board, &board->lines[i]);
    end(s);
}

/* ---- the parts of a whole pack ---- */

void show_parameters(struct show *s)
{
    for (unsigned i = 0; i < s->w.pack->parameter_count; i++)
        show_parameter(s, 1, &s->w.pack->parameters[i], UINT_MAX);
}

void show_values(struct show *s)
{
    wording_about(&s->w, NULL);
    for (unsigned i = 0; i < s->w.pack->value_count; i++)
        show_value(s, 1, &s->w.pack->values[i]);
}

static void show_fact(struct show *s, const struct fact_def *fact)
{
    struct wording *w = &s->w;
    line(s, 1, "", "");
    buffer_addf(w->out, "%s ", wording_title(w, &fact->title, fact->name));
    add_name(s, fact->name);
    say(w, "：", ": ");
    for (unsigned i = 0; i < fact->about.count; i++) {
        if (i)
            say(w, "、", ", ");
        wording_slot(w, &fact->about.items[i]);
    }
    for (unsigned i = 0; i < fact->fields.count; i++) {
        say(w, i ? "、" : "；填", i ? ", " : "; fields ");
        wording_field(w, &fact->fields.items[i]);
    }
    if (fact->lasts.kind != OPERAND_NONE) {
        w->it = (struct spot){.kind = SPOT_FACT, .fact = fact};
        say(w, "；有效期：", "; lasts ");
        wording_operand(w, &fact->lasts, NULL);
    }
    if (fact->ended_by)
        buffer_addf(w->out, w->zh ? "；终于「%s」" : "; ended by %s",
                    wording_fact(w, fact->ended_by));
    end(s);
    roles(s, 2, "只给看", "seen by", &fact->seen_by);
}

void show_facts(struct show *s)
{
    for (unsigned i = 0; i < s->w.pack->fact_count; i++)
        show_fact(s, &s->w.pack->facts[i]);
}

void show_lists(struct show *s)
{
    for (unsigned i = 0; i < s->w.pack->list_count; i++) {
        const struct list_def *list = &s->w.pack->lists[i];
        const char *title = wording_title(&s->w, &list->title, list->name);
        line(s, 1, "", "");
        if (strcmp(title, wording_name(&s->w, list->name)) != 0)
            buffer_addf(s->w.out, "%s ", title);
        add_name(s, list->name);
        for (unsigned k = 0; k < list->members.count; k++) {
            say(&s->w, k ? "、" : "：", k ? ", " : ": ");
            buffer_add_text(s->w.out, wording_name(&s->w, list->members.items[k]));
        }
        end(s);
    }
}

void show_ladders(struct show *s)
{
    for (unsigned i = 0; i < s->w.pack->ladder_count; i++)
        show_ladder(s, &s->w.pack->ladders[i]);
}

static void part(struct show *s, unsigned count, const char *zh, const char *en,
                 void (*print)(struct show *))
{
    if (!count)
        return;
    buffer_addf(s->w.out, "%s\n", s->w.zh ? zh : en);
    print(s);
    end(s);
}

static void show_head(struct show *s)
{
    const struct pack *pack = s->w.pack;
    buffer_addf(s->w.out, "%s %s%s%s\n\n", wording_name(&s->w, pack->id),
                wording_title(&s->w, &pack->title, pack->id), pack->issuer ? " · " : "",
                pack->issuer ? pack->issuer : "");
}

enum status pack_show(const struct rulebook *book, const struct pack *pack, const char *wanted,
                      const char *language, struct buffer *out, struct fault *fault)
{
    struct show s;
    symbol found = wanted ? symbol_find(book->symbols, wanted) : SYMBOL_NONE;
    bool any = !wanted;
    show_open(&s, book, pack, false, language, out);
    if (!wanted)
        show_head(&s);
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
    if (!wanted) {
        part(&s, pack->value_count, "计算出来的值", "values", show_values);
        part(&s, pack->parameter_count, "参数", "parameters", show_parameters);
        part(&s, pack->ladder_count, "提醒梯级", "ladders", show_ladders);
        part(&s, pack->fact_count, "记入档案的事实", "facts", show_facts);
        part(&s, pack->list_count, "名单", "lists", show_lists);
    }
    show_close(&s);
    return any ? STATUS_OK
               : fault_set(fault, STATUS_NOT_FOUND,
                           "the pack %s has no procedure, duty or board %s",
                           symbol_text(book->symbols, pack->id), wanted);
}
