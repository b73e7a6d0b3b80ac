/* bpmn_graph.c - a procedure as a graph of BPMN shapes, see bpmn_graph.h. */
#include "cmd/bpmn_graph.h"

#include <string.h>

#include "core/check.h"

#define SHAPES_MAX (STEPS_MAX * 16)
#define FLOWS_MAX  (STEPS_MAX * 64)
#define NONE       UINT32_MAX

struct making {
    const struct procedure *procedure;
    const struct symbol_table *symbols;
    struct arena *arena;
    struct bpmn_graph *graph;
    unsigned task[STEPS_MAX];
    unsigned entry[STEPS_MAX];  /* where what goes before leads to */
    unsigned back[STEPS_MAX];   /* where a new pass leads to */
    unsigned choice[STEPS_MAX]; /* the gateway between outcomes, or the task */
    unsigned leave[STEPS_MAX];  /* where what goes on leaves */
    unsigned finals[STEPS_MAX]; /* shapes behind which nothing follows */
    unsigned final_count;
};

static const char *text_of(const struct making *m, symbol name)
{
    return symbol_text(m->symbols, name);
}

static const char *title_of(const struct making *m, const struct title *title, symbol name)
{
    return title->zh ? title->zh : title->en ? title->en : text_of(m, name);
}

/* A due day as the pack writes it: "start.date + P1M". */
static const char *operand_text(const struct making *m, const struct operand *operand)
{
    return operand->kind == OPERAND_PARAMETER
               ? arena_format(m->arena, "$%s", text_of(m, operand->text))
               : text_of(m, operand->text);
}

static const char *due_text(const struct making *m, const struct due *due)
{
    if (due->date.kind != OPERAND_NONE)
        return operand_text(m, &due->date);
    const char *plus = due->plus.kind != OPERAND_NONE ? operand_text(m, &due->plus) : "";
    if (due->from.kind == OPERAND_NONE)
        return plus;
    return arena_format(m->arena, "%s + %s", operand_text(m, &due->from), plus);
}

/* Outcomes that come with a kind of step have no title of their own. */
static const char *outcome_name(const struct making *m, const struct outcome *outcome)
{
    static const char *const words[][2] = {{"done", "完成"},
                                           {"agreed", "同意"},
                                           {"approved", "批准"},
                                           {"refused", "不同意"},
                                           {"passed", "通过"},
                                           {"failed", "未通过"},
                                           {"no_quorum", "未达法定人数"}};
    const char *name = title_of(m, &outcome->title, outcome->name);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i][0]) == 0)
            return words[i][1];
    return name;
}

static unsigned shape_add(struct making *m, enum bpmn_kind kind, const char *name)
{
    struct bpmn_graph *graph = m->graph;
    CHECK(graph->shape_count < SHAPES_MAX);
    graph->shapes[graph->shape_count] = (struct bpmn_shape){.kind = kind, .name = name};
    return graph->shape_count++;
}

static void time_set(struct making *m, unsigned shape, const struct due *due)
{
    m->graph->shapes[shape].time = due_text(m, due);
    m->graph->shapes[shape].dated = due->date.kind != OPERAND_NONE;
}

static void flow_add(struct making *m, unsigned from, unsigned to, const char *name)
{
    struct bpmn_graph *graph = m->graph;
    CHECK(graph->flow_count < FLOWS_MAX);
    graph->flows[graph->flow_count++] = (struct bpmn_flow){from, to, name, false};
}

static void flow_back(struct making *m, unsigned from, unsigned to, const char *name)
{
    flow_add(m, from, to, name);
    m->graph->flows[m->graph->flow_count - 1].back = true;
}

/* ---- what a step is to the others ---- */

static bool goes_on(const struct outcome *outcome)
{
    return !outcome->to && !outcome->end;
}

/* An optional step that another waits for is a step like any other. */
static bool is_aside(const struct procedure *procedure, unsigned index)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        for (unsigned k = 0; k < procedure->steps[i].after_count; k++)
            if (procedure->steps[i].after[k].step == index)
                return false;
    return procedure->steps[index].optional;
}

static bool is_new_pass_from(const struct procedure *procedure, unsigned index)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        for (unsigned k = 0; k < procedure->steps[i].outcome_count; k++)
            if (procedure->steps[i].outcomes[k].to == procedure->steps[index].name)
                return true;
    return false;
}

static bool has_goes_on_timeout(const struct step *step)
{
    for (unsigned i = 0; i < step->outcome_count; i++)
        if (step->outcomes[i].timeout.present && goes_on(&step->outcomes[i]))
            return true;
    return false;
}

static bool is_followed_by_outcome(const struct procedure *procedure, unsigned index,
                                   symbol outcome)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        for (unsigned k = 0; k < procedure->steps[i].after_count; k++)
            if (procedure->steps[i].after[k].step == index &&
                procedure->steps[i].after[k].outcome == outcome && !is_aside(procedure, i))
                return true;
    return false;
}

/* ---- before a step ---- */

static void task_make(struct making *m, unsigned i)
{
    const struct step *step = &m->procedure->steps[i];
    const char *title = title_of(m, &step->title, step->name);
    enum bpmn_kind kind = step->run_count             ? BPMN_CALL
                          : step->by.kind == BY_CLOCK ? BPMN_WAIT
                          : is_aside(m->procedure, i) ? BPMN_OPTIONAL
                                                      : BPMN_USER_TASK;
    m->task[i] = shape_add(m, kind, title);
    struct bpmn_shape *shape = &m->graph->shapes[m->task[i]];
    shape->each = step->by.kind == BY_EACH || (step->run_count && step->run[0].each);
    if (step->run_count)
        shape->called = text_of(m, step->run[0].procedure);
    for (unsigned k = 0; k < step->outcome_count; k++)
        if (step->outcomes[k].end)
            shape->ends = text_of(m, step->outcomes[k].end);
    shape->time = "PT0S"; /* of a clock without a day: at once */
    if (kind == BPMN_WAIT && step->at.present)
        time_set(m, m->task[i], &step->at);
}

static unsigned before_task(struct making *m, unsigned i, unsigned next, bool applies_behind)
{
    const struct step *step = &m->procedure->steps[i];
    if (applies_behind) {
        unsigned question = shape_add(m, BPMN_CHOICE, "适用？");
        flow_add(m, question, next, "是");
        m->leave[i] = question; /* its other flow is drawn with what follows */
        next = question;
    }
    m->back[i] = next;
    if (is_new_pass_from(m->procedure, i)) {
        unsigned merge = shape_add(m, BPMN_CHOICE, "");
        flow_add(m, merge, next, NULL);
        m->back[i] = next = merge;
    }
    if (step->after_count > 1) {
        unsigned join = shape_add(m, BPMN_PARALLEL, "");
        flow_add(m, join, next, NULL);
        next = join;
    }
    return next;
}

/* ---- behind a step ---- */

struct ways { /* the different places that outcomes lead to */
    unsigned count;
    bool on; /* some go on together */
    const char *on_name;
};

static struct ways ways_of(struct making *m, unsigned i)
{
    const struct step *step = &m->procedure->steps[i];
    struct ways ways = {0, false, NULL};
    for (unsigned k = 0; k < step->outcome_count; k++) {
        const struct outcome *outcome = &step->outcomes[k];
        const char *name = outcome_name(m, outcome);
        if (outcome->timeout.present)
            continue; /* leaves by its timer */
        if (!goes_on(outcome) || is_followed_by_outcome(m->procedure, i, outcome->name)) {
            ways.count++;
            continue;
        }
        ways.count += !ways.on;
        ways.on = true;
        ways.on_name = ways.on_name ? arena_format(m->arena, "%s、%s", ways.on_name, name) : name;
    }
    return ways;
}

/* All steps that wait for this one, or for this outcome of it. */
static unsigned followers_of(const struct making *m, unsigned i, symbol outcome,
                             unsigned ret_steps[STEPS_MAX])
{
    unsigned count = 0;
    for (unsigned s = 0; s < m->procedure->step_count; s++)
        for (unsigned k = 0; k < m->procedure->steps[s].after_count; k++)
            if (m->procedure->steps[s].after[k].step == i &&
                m->procedure->steps[s].after[k].outcome == outcome && !is_aside(m->procedure, s) &&
                (!count || ret_steps[count - 1] != s))
                ret_steps[count++] = s;
    return count;
}

static void lead_on(struct making *m, unsigned from, const unsigned *steps, unsigned count,
                    const char *name)
{
    if (count > 1) {
        unsigned split = shape_add(m, BPMN_PARALLEL, "");
        flow_add(m, from, split, name);
        from = split;
        name = NULL;
    }
    for (unsigned i = 0; i < count; i++)
        flow_add(m, from, m->entry[steps[i]], name);
}

static void lead_to_end(struct making *m, unsigned from, const char *end, const char *name)
{
    flow_add(m, from, shape_add(m, BPMN_END, end), name);
}

static const struct step *step_named(const struct making *m, symbol name, unsigned *ret_index)
{
    for (unsigned i = 0; i < m->procedure->step_count; i++)
        if (m->procedure->steps[i].name == name) {
            *ret_index = i;
            return &m->procedure->steps[i];
        }
    return NULL;
}

/* Where one outcome leads from a shape; `on` is where those go that go on. */
static void lead_outcome(struct making *m, unsigned i, const struct outcome *outcome, unsigned from,
                         unsigned on, const char *name)
{
    unsigned target = 0, steps[STEPS_MAX] = {0};
    if (outcome->end)
        lead_to_end(m, from, text_of(m, outcome->end), name);
    else if (outcome->to && step_named(m, outcome->to, &target))
        flow_back(m, from, m->back[target], name);
    else if (is_followed_by_outcome(m->procedure, i, outcome->name))
        lead_on(m, from, steps, followers_of(m, i, outcome->name, steps), name);
    else
        flow_add(m, from, on, name);
}

static void timers_of(struct making *m, unsigned i, unsigned on)
{
    const struct step *step = &m->procedure->steps[i];
    for (unsigned k = 0; k < step->outcome_count; k++) {
        const struct outcome *outcome = &step->outcomes[k];
        if (!outcome->timeout.present)
            continue;
        unsigned timer = shape_add(m, BPMN_TIMEOUT, outcome_name(m, outcome));
        m->graph->shapes[timer].host = m->task[i];
        bool own = outcome->timeout.plus.kind != OPERAND_NONE ||
                   outcome->timeout.date.kind != OPERAND_NONE;
        time_set(m, timer, own ? &outcome->timeout : &step->due);
        lead_outcome(m, i, outcome, timer, on, NULL);
    }
    if (step->due.present && m->graph->shapes[m->task[i]].kind != BPMN_WAIT &&
        m->graph->shapes[m->task[i]].kind != BPMN_OPTIONAL) {
        unsigned timer =
            shape_add(m, BPMN_DUE, arena_format(m->arena, "期限 %s", due_text(m, &step->due)));
        m->graph->shapes[timer].host = m->task[i];
        time_set(m, timer, &step->due);
        lead_to_end(m, timer, "逾期", NULL);
    }
}

static void behind_task(struct making *m, unsigned i, bool applies)
{
    const struct step *step = &m->procedure->steps[i];
    struct ways ways = ways_of(m, i);
    unsigned steps[STEPS_MAX] = {0}, from = m->task[i];
    unsigned question = applies ? m->leave[i] : NONE, on = NONE;
    if (ways.count > 1) {
        from = shape_add(m, BPMN_CHOICE, "结果？");
        flow_add(m, m->task[i], from, NULL);
    }
    bool together = applies || has_goes_on_timeout(step);
    unsigned meet = (unsigned)(applies + ways.on + has_goes_on_timeout(step));
    if (together && meet > 1)
        on = shape_add(m, BPMN_CHOICE, "");
    if (on != NONE && ways.on)
        flow_add(m, from, on, ways.count > 1 ? ways.on_name : NULL);
    if (applies && on != NONE)
        flow_add(m, question, on, "否");
    for (unsigned k = 0; k < step->outcome_count; k++) {
        const struct outcome *outcome = &step->outcomes[k];
        bool own = !goes_on(outcome) || is_followed_by_outcome(m->procedure, i, outcome->name);
        if (own && !outcome->timeout.present)
            lead_outcome(m, i, outcome, from, on, ways.count > 1 ? outcome_name(m, outcome) : NULL);
    }
    timers_of(m, i, on);
    const char *name = on == NONE && ways.count > 1 ? ways.on_name : NULL;
    m->leave[i] = on != NONE ? on : ways.on ? from : applies ? question : NONE;
    if (m->leave[i] == NONE)
        return;
    name = m->leave[i] == question && applies && on == NONE && !ways.on ? "否" : name;
    unsigned count = followers_of(m, i, SYMBOL_NONE, steps);
    if (count)
        lead_on(m, m->leave[i], steps, count, name);
    else if (name)
        lead_to_end(m, m->leave[i], "办结", name); /* a gateway's flow has its own name */
    else
        m->finals[m->final_count++] = m->leave[i];
}

/* ---- the whole ---- */

static void start_make(struct making *m)
{
    unsigned steps[STEPS_MAX] = {0}, count = 0, start = shape_add(m, BPMN_START, "开始");
    for (unsigned i = 0; i < m->procedure->step_count; i++)
        if (!m->procedure->steps[i].after_count && !is_aside(m->procedure, i))
            steps[count++] = i;
    lead_on(m, start, steps, count, NULL);
    if (!count)
        lead_to_end(m, start, "办结", NULL);
}

static void end_make(struct making *m)
{
    unsigned last = m->final_count ? m->finals[0] : NONE;
    if (m->final_count > 1) {
        last = shape_add(m, BPMN_PARALLEL, "");
        for (unsigned i = 0; i < m->final_count; i++)
            flow_add(m, m->finals[i], last, NULL);
    }
    if (last != NONE)
        lead_to_end(m, last, "办结", NULL);
}

void bpmn_graph_make(const struct procedure *procedure, const struct symbol_table *symbols,
                     struct arena *arena, struct bpmn_graph *ret_graph)
{
    struct making *m = ARENA_NEW(arena, struct making);
    *m = (struct making){
        .procedure = procedure, .symbols = symbols, .arena = arena, .graph = ret_graph};
    *ret_graph = (struct bpmn_graph){.shapes = ARENA_ARRAY(arena, struct bpmn_shape, SHAPES_MAX),
                                     .flows = ARENA_ARRAY(arena, struct bpmn_flow, FLOWS_MAX)};
    for (unsigned i = 0; i < procedure->step_count; i++)
        task_make(m, i);
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (!is_aside(procedure, i))
            m->entry[i] = before_task(m, i, m->task[i], procedure->steps[i].applies != NULL);
    start_make(m);
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (!is_aside(procedure, i))
            behind_task(m, i, procedure->steps[i].applies != NULL);
    end_make(m);
}
