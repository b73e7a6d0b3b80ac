/* pack_check.c - a pack looked over before it is put in force: names, reachability, ends, force.
 *
 * What can be decided from the text is decided here (core/PACKS.md says what cannot). Every finding
 * names its place and what would mend it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/limits.h"
#include "core/pack_check.h"
#include "core/value.h"

void find(struct checking *c, struct place place, bool warning, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding_note(c->findings, place, warning, format, arguments);
    va_end(arguments);
}

/* ---- what exists, here and in the packs beside ---- */

static const struct pack *pack_at(const struct checking *c, unsigned i)
{
    return i == 0 ? c->pack : c->others[i - 1];
}

#define FIND_NAMED(c, array, count_field, wanted)                                                  \
    for (unsigned p_ = 0; p_ <= (c)->other_count; p_++)                                            \
        for (unsigned i_ = 0; i_ < pack_at((c), p_)->count_field; i_++)                            \
            if (pack_at((c), p_)->array[i_].name == (wanted))                                      \
                return &pack_at((c), p_)->array[i_];                                               \
    return NULL

const struct fact_def *fact_named(const struct checking *c, symbol name)
{
    FIND_NAMED(c, facts, fact_count, name);
}

const struct procedure *procedure_named(const struct checking *c, symbol name)
{
    FIND_NAMED(c, procedures, procedure_count, name);
}

const struct role_def *role_named(const struct checking *c, symbol name)
{
    FIND_NAMED(c, roles, role_count, name);
}

static const struct ladder_def *ladder_named(const struct checking *c, symbol name)
{
    FIND_NAMED(c, ladders, ladder_count, name);
}

static const struct parameter *parameter_named(const struct checking *c, symbol name)
{
    FIND_NAMED(c, parameters, parameter_count, name);
}

const struct kind_def *kind_named(const struct checking *c, symbol name)
{
    FIND_NAMED(c, kinds, kind_count, name);
}

static bool rule_known(const struct checking *c, symbol id)
{
    for (unsigned p = 0; p <= c->other_count; p++)
        for (unsigned i = 0; i < pack_at(c, p)->rule_count; i++)
            if (pack_at(c, p)->rules[i].id == id)
                return true;
    return false;
}

bool may_be_missing(const struct checking *c)
{
    for (unsigned i = 0; i < c->pack->may_use.count; i++) {
        bool there = false;
        for (unsigned k = 0; k < c->other_count; k++)
            there = there || c->others[k]->id == c->pack->may_use.items[i];
        if (!there)
            return true;
    }
    return false;
}

void need_role(struct checking *c, symbol role, struct place place)
{
    if (role && !role_named(c, role))
        find(c, place, may_be_missing(c), "no role \"%s\" is declared here or in the used packs",
             text_of(c, role));
}

static void need_roles(struct checking *c, const struct symbols *roles, struct place place)
{
    for (unsigned i = 0; i < roles->count; i++)
        need_role(c, roles->items[i], place);
}

static void need_ladder(struct checking *c, symbol ladder, struct place place)
{
    if (ladder && !ladder_named(c, ladder))
        find(c, place, false,
             "no ladder \"%s\"; known are those of the common pack and of this one",
             text_of(c, ladder));
}

void need_rules(struct checking *c, const struct symbols *rules, struct place place)
{
    for (unsigned i = 0; i < rules->count; i++)
        if (!rule_known(c, rules->items[i]))
            find(c, place, may_be_missing(c),
                 "the cited rule %s is not among `rules` here or in the used packs",
                 text_of(c, rules->items[i]));
}

/* ---- operands, predicates ---- */

static void check_operand(struct checking *c, const struct operand *operand)
{
    if (operand->kind == OPERAND_PARAMETER && operand->names[0] < c->known_size)
        c->used[operand->names[0]] = 1;
    if (operand->kind == OPERAND_PARAMETER && !parameter_named(c, operand->names[0]))
        find(c, operand->place, false, "no parameter $%s is declared here or in the used packs",
             text_of(c, operand->names[0]));
    if (operand->kind == OPERAND_PATH)
        check_path(c, operand); /* one bare word may be a member of a list */
    for (unsigned i = 0; operand->kind == OPERAND_LIST && i < operand->count; i++)
        check_operand(c, &operand->items[i]);
}

static bool source_known(const struct checking *c, symbol name)
{
    static const char *const words[] = {"duty", "fact", "step", "any", "it"};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text_of(c, name), words[i]) == 0)
            return true;
    for (unsigned i = 0; c->procedure && i < c->procedure->step_count; i++)
        if (c->procedure->steps[i].name == name)
            return true;
    return fact_named(c, name) || procedure_named(c, name) || kind_named(c, name);
}

static void check_selection(struct checking *c, const struct selection *selection)
{
    const struct operand *what = &selection->what;
    bool plain = selection->selector != SELECT_SINCE && selection->selector != SELECT_RATIO &&
                 selection->selector != SELECT_EACH;
    const struct operand *operands[] = {what,
                                        &selection->of,
                                        &selection->take,
                                        &selection->newest,
                                        &selection->in.a,
                                        &selection->in.b,
                                        &selection->recorded.a,
                                        &selection->recorded.b,
                                        &selection->at,
                                        &selection->within,
                                        &selection->who,
                                        &selection->over};
    if (selection->selector == SELECT_HOLDS)
        need_role(c, what->text, selection->place);
    else if (!plain || what->kind != OPERAND_WORD)
        check_path(c, what);
    else if (plain && what->kind == OPERAND_WORD && !source_known(c, what->names[0]))
        find(c, what->place, may_be_missing(c),
             "\"%s\" is no fact, procedure, kind of subject or step", text_of(c, what->names[0]));
    for (unsigned i = 1; i < sizeof operands / sizeof operands[0]; i++) {
        check_operand(c, operands[i]);
        if (operands[i]->kind == OPERAND_WORD || operands[i]->kind == OPERAND_LIST)
            check_path(c, operands[i]);
    }
    check_predicate(c, selection->where);
    check_predicate(c, selection->having);
    if (selection->selector == SELECT_EVERY && !selection->having)
        find(c, selection->place, false, "every says what each element must have: have: {...}");
}

/* Bounds of one comparison that leave nothing: numbers or dates, the lower above the higher, or both
 * the same and one of them excluded. */
static struct number number_of_bound(const struct operand *operand)
{
    return operand->kind == OPERAND_DATE ? (struct number){operand->date, 1} : operand->number;
}

static void check_contradiction(struct checking *c, const struct bounds *bounds, struct place place)
{
    const struct bound *low = NULL, *high = NULL;
    for (unsigned i = 0; i < bounds->count; i++) {
        const struct bound *bound = &bounds->items[i];
        if (bound->operand.kind != OPERAND_NUMBER && bound->operand.kind != OPERAND_DATE)
            continue;
        if (bound->kind == BOUND_MIN || bound->kind == BOUND_ABOVE || bound->kind == BOUND_IS)
            low = bound;
        if (bound->kind == BOUND_MAX || bound->kind == BOUND_BELOW ||
            (bound->kind == BOUND_IS && !high))
            high = bound;
    }
    if (!low || !high || low == high || low->operand.kind != high->operand.kind)
        return;
    int order = number_compare(number_of_bound(&low->operand), number_of_bound(&high->operand));
    bool excluded = low->kind == BOUND_ABOVE || high->kind == BOUND_BELOW;
    if (order > 0 || (order == 0 && excluded))
        find(c, place, false, "the bounds contradict each other: nothing is between %s and %s",
             text_of(c, low->operand.text), text_of(c, high->operand.text));
}

void check_predicate(struct checking *c, const struct predicate *predicate)
{
    if (!predicate)
        return;
    check_contradiction(c, &predicate->bounds, predicate->place);
    for (unsigned i = 0; i < predicate->child_count; i++)
        check_predicate(c, &predicate->children[i]);
    for (unsigned i = 0; i < predicate->bounds.count; i++)
        check_operand(c, &predicate->bounds.items[i].operand);
    if (predicate->kind == PREDICATE_COMPARE) {
        check_operand(c, &predicate->left);
        if (predicate->left.kind == OPERAND_WORD)
            check_path(c, &predicate->left);
    }
    if (predicate->kind == PREDICATE_SELECT)
        check_selection(c, predicate->selection);
}

/* Where only a path makes sense, one bare word is one too. */
void check_value_operands(struct checking *c, const struct operand *operands, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        check_operand(c, &operands[i]);
        if (operands[i].kind == OPERAND_WORD)
            check_path(c, &operands[i]);
    }
}

static void check_due(struct checking *c, const struct due *due)
{
    const struct operand operands[] = {due->from, due->plus, due->date};
    check_value_operands(c, operands, sizeof operands / sizeof operands[0]);
}

/* ---- effects, guards ---- */

bool fact_has(const struct fact_def *fact, symbol name)
{
    for (unsigned i = 0; i < fact->about.count; i++)
        if (fact->about.items[i].name == name)
            return true;
    for (unsigned i = 0; i < fact->fields.count; i++)
        if (fact->fields.items[i].name == name)
            return true;
    return false;
}

static void check_write(struct checking *c, const struct write *write)
{
    const struct fact_def *fact = fact_named(c, write->fact);
    if (!fact) {
        find(c, write->place, may_be_missing(c),
             "no fact \"%s\" is declared here or in the used packs", text_of(c, write->fact));
        return;
    }
    for (unsigned i = 0; i < write->count; i++) {
        check_operand(c, &write->assignments[i].value);
        if (!fact_has(fact, write->assignments[i].name))
            find(c, write->place, false, "the fact %s has no slot or field \"%s\"",
                 text_of(c, write->fact), text_of(c, write->assignments[i].name));
    }
    for (unsigned i = 0; i < fact->fields.count; i++) {
        bool given =
            fact->fields.items[i].optional || fact->fields.items[i].type.kind == TYPE_SERIES;
        for (unsigned k = 0; k < write->count; k++)
            given = given || write->assignments[k].name == fact->fields.items[i].name;
        if (!given)
            find(c, write->place, false,
                 "the field \"%s\" of the fact %s is not given, and no default fills it",
                 text_of(c, fact->fields.items[i].name), text_of(c, write->fact));
    }
    check_value_operands(c, &write->date, 1);
    if (write->each)
        check_selection(c, write->each);
}

static void check_opening(struct checking *c, const struct opening *opening)
{
    const struct procedure *procedure = procedure_named(c, opening->procedure);
    if (!procedure) {
        find(c, opening->place, may_be_missing(c), "no procedure \"%s\" here or in the used packs",
             text_of(c, opening->procedure));
        return;
    }
    if (opening->each)
        check_selection(c, opening->each);
    for (unsigned i = 0; i < opening->count; i++) {
        bool known = false;
        check_operand(c, &opening->assignments[i].value);
        for (unsigned k = 0; k < procedure->about.count; k++)
            known = known || procedure->about.items[k].name == opening->assignments[i].name;
        if (!known)
            find(c, opening->place, false, "%s has no slot \"%s\"", text_of(c, opening->procedure),
                 text_of(c, opening->assignments[i].name));
    }
}

static void check_effects(struct checking *c, const struct effects *effects)
{
    check_predicate(c, effects->when);
    for (unsigned i = 0; i < effects->write_count; i++)
        check_write(c, &effects->writes[i]);
    for (unsigned i = 0; i < effects->open_count; i++)
        check_opening(c, &effects->opens[i]);
}

void check_value(struct checking *c, const struct value_def *value)
{
    const struct operand single[] = {value->at,   value->from,  value->plus, value->minus,
                                     value->rank, value->table, value->least};
    need_rules(c, &value->rules, value->place);
    if (value->subject_kind && !kind_named(c, value->subject_kind))
        find(c, value->place, false, "no kind of subject \"%s\"", text_of(c, value->subject_kind));
    if (value->selection)
        check_selection(c, value->selection);
    if (value->among)
        check_selection(c, value->among);
    check_value_operands(c, single, sizeof single / sizeof single[0]);
    check_value_operands(c, value->operands, value->operand_count);
    check_value_operands(c, value->by, value->by_count);
    for (unsigned k = 0; value->form == FORM_WEIGHTED && k < value->operand_count; k++)
        check_operand(c, &value->weights[k]);
    for (unsigned k = 0; k < value->pick_count; k++) {
        check_operand(c, &value->picks[k].is);
        check_predicate(c, value->picks[k].when);
        if (!value->picks[k].when && k + 1 < value->pick_count)
            find(c, value->picks[k].is.place, false,
                 "the lines below can never be picked: this one holds always");
    }
    for (unsigned k = 0; k < value->change_count; k++)
        check_effects(c, &value->changes[k].effects);
}

static void check_values(struct checking *c, const struct value_def *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        check_value(c, &values[i]);
}

/* Separation of duties, and rules above the document that it refers to. */
static bool is_common_rule(const struct checking *c, symbol rule)
{
    return strncmp(text_of(c, rule), "SOD-", 4) == 0 || strcmp(text_of(c, rule), "base") == 0;
}

static void check_guards(struct checking *c, const struct guards *guards)
{
    for (unsigned i = 0; i < guards->count; i++) {
        const struct guard *guard = &guards->items[i];
        if (guard->rule && !is_common_rule(c, guard->rule) && !rule_known(c, guard->rule))
            find(c, guard->place, false,
                 "the cited rule %s is not among `rules` here or in the used packs",
                 text_of(c, guard->rule));
        if (guard->strength == STRENGTH_WAIVE && !c->pack->waiver)
            find(c, guard->place, false,
                 "a guard can be waived, but the pack says not by whom: waiver: role");
        check_value_operands(c, &guard->at, 1);
        check_predicate(c, guard->when);
        check_predicate(c, guard->require);
        check_effects(c, &guard->effects);
    }
}

/* ---- steps ---- */

static bool writes_series(const struct checking *c, const struct effects *effects)
{
    for (unsigned i = 0; i < effects->write_count; i++) {
        const struct fact_def *fact = fact_named(c, effects->writes[i].fact);
        for (unsigned k = 0; fact && k < fact->fields.count; k++)
            if (fact->fields.items[k].type.kind == TYPE_SERIES)
                return true;
    }
    return false;
}

static bool writes_what_ends(const struct checking *c, const struct effects *effects)
{
    for (unsigned i = 0; i < effects->write_count; i++) {
        const struct fact_def *fact = fact_named(c, effects->writes[i].fact);
        if (fact && (fact->lasts.kind != OPERAND_NONE || fact->ended_by))
            return true;
    }
    return false;
}

static bool any_effect(const struct checking *c, const struct step *step,
                       bool (*test)(const struct checking *, const struct effects *))
{
    if (test(c, &step->effects))
        return true;
    for (unsigned i = 0; i < step->outcome_count; i++)
        if (test(c, &step->outcomes[i].effects))
            return true;
    return false;
}

static bool step_exists(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return true;
    return false;
}

static bool slot_exists(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->about.count; i++)
        if (procedure->about.items[i].name == name)
            return true;
    return false;
}

static void check_outcomes(struct checking *c, const struct step *step)
{
    bool open_end = false;
    for (unsigned i = 0; i < step->outcome_count; i++) {
        const struct outcome *outcome = &step->outcomes[i];
        if (outcome->to && !step_exists(c->procedure, outcome->to))
            find(c, outcome->place, false, "the outcome leads to \"%s\", which is no step",
                 text_of(c, outcome->to));
        if (outcome->to && !outcome->by_default &&
            (step->effects.write_count || step->effects.open_count || step->effects.tell_count))
            find(c, outcome->place, true,
                 "this outcome goes back: what the step itself writes, opens and tells does not "
                 "happen with it");
        if (outcome->timeout.present && !outcome->rule)
            find(c, outcome->place, false,
                 "an outcome by time-out cites the rule that allows it: rule: ...");
        if (open_end && outcome->when)
            find(c, outcome->place, false,
                 "this outcome can never come: one above it holds always");
        open_end = open_end ||
                   (!outcome->when && !outcome->timeout.present && i + 1 < step->outcome_count &&
                    step->outcomes[i + 1].when && !outcome->by_default && step->kind != STEP_VOTE);
        check_due(c, &outcome->timeout);
        check_predicate(c, outcome->when);
        check_effects(c, &outcome->effects);
    }
}

static void check_step(struct checking *c, const struct step *step)
{
    need_rules(c, &step->rules, step->place);
    need_roles(c, &step->by.roles, step->place);
    need_ladder(c, step->due.ladder, step->place);
    need_role(c, step->due.owner, step->place);
    need_roles(c, &step->due.copy, step->place);
    need_role(c, step->vote.body, step->place);
    for (unsigned i = 0; i < step->vote.quorum.count; i++)
        check_operand(c, &step->vote.quorum.items[i].operand);
    for (unsigned i = 0; i < step->vote.pass.count; i++)
        check_operand(c, &step->vote.pass.items[i].operand);
    check_due(c, &step->due);
    check_due(c, &step->at);
    check_value_operands(c, &step->by.path, 1);
    for (unsigned i = 0; i < step->run_count; i++)
        check_opening(c, &step->run[i]);
    check_predicate(c, step->applies);
    check_effects(c, &step->effects);
    check_effects(c, &step->overdue);
    check_guards(c, &step->guards);
    check_contradictions(c, step);
    check_outcomes(c, step);
    if (step->by.count > SIGNATURES_MAX)
        find(c, step->place, false, "a step has at most %d signers", SIGNATURES_MAX);
    if (step->names && !slot_exists(c->procedure, step->names))
        find(c, step->place, false, "the nomination fills \"%s\", which is no slot of `about`",
             text_of(c, step->names));
    if (step->kind == STEP_CERTIFY && !any_effect(c, step, writes_series) &&
        !any_effect(c, step, writes_what_ends))
        find(c, step->place, false,
             "a step that certifies writes a numbered fact or one that can end");
    if (step->kind == STEP_PENALIZE && !any_effect(c, step, writes_what_ends))
        find(c, step->place, false,
             "a step that penalizes writes a fact that ends: lasts or ended_by");
}

/* ---- the graph ---- */

static uint64_t reachable(const struct procedure *procedure)
{
    uint64_t seen = 0;
    for (bool grown = true; grown;) {
        grown = false;
        for (unsigned i = 0; i < procedure->step_count; i++) {
            bool all = true;
            for (unsigned k = 0; k < procedure->steps[i].after_count; k++)
                all = all && (seen >> procedure->steps[i].after[k].step & 1);
            for (unsigned s = 0; s < procedure->step_count && !all; s++)
                for (unsigned o = 0; o < procedure->steps[s].outcome_count; o++)
                    all = all || ((seen >> s & 1) &&
                                  procedure->steps[s].outcomes[o].to == procedure->steps[i].name);
            if (all && !(seen >> i & 1)) {
                seen |= (uint64_t)1 << i;
                grown = true;
            }
        }
    }
    return seen;
}

/* From a step an end can be reached if an outcome ends, or goes on to steps that can all end, or is
 * the last. */
static uint64_t can_end(const struct procedure *procedure)
{
    uint64_t ends = 0;
    for (bool grown = true; grown;) {
        grown = false;
        for (unsigned i = 0; i < procedure->step_count; i++) {
            bool ok = false, followed = false, all = true;
            for (unsigned s = 0; s < procedure->step_count; s++)
                for (unsigned k = 0; k < procedure->steps[s].after_count; k++)
                    if (procedure->steps[s].after[k].step == i && !procedure->steps[s].optional) {
                        followed = true;
                        all = all && (ends >> s & 1);
                    }
            for (unsigned o = 0; o < procedure->steps[i].outcome_count; o++) {
                const struct outcome *outcome = &procedure->steps[i].outcomes[o];
                bool goes_on = !outcome->to && !outcome->end;
                ok =
                    ok || (outcome->end && !outcome->by_default) || (goes_on && (!followed || all));
                for (unsigned s = 0; s < procedure->step_count && outcome->to; s++)
                    ok = ok ||
                         (procedure->steps[s].name == outcome->to && s != i && (ends >> s & 1));
            }
            if (ok && !(ends >> i & 1)) {
                ends |= (uint64_t)1 << i;
                grown = true;
            }
        }
    }
    return ends;
}

/* An optional step is waited for by nobody: what opens only when nothing else is left to be done
 * opens in a case that ends in that moment. */
static bool opens_at_the_end(const struct procedure *procedure, unsigned step)
{
    uint64_t before = 0;
    for (bool grown = true; grown;) {
        grown = false;
        for (unsigned i = 0; i < procedure->step_count; i++)
            for (unsigned k = 0;
                 (i == step || before >> i & 1) && k < procedure->steps[i].after_count; k++) {
                uint64_t bit = (uint64_t)1 << procedure->steps[i].after[k].step;
                grown = grown || !(before & bit);
                before |= bit;
            }
    }
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (!procedure->steps[i].optional && !(before >> i & 1))
            return false;
    return true;
}

static void check_graph(struct checking *c, const struct procedure *procedure)
{
    uint64_t seen = reachable(procedure), ends = can_end(procedure);
    for (unsigned i = 0; i < procedure->step_count; i++) {
        if (!(seen >> i & 1))
            find(c, procedure->steps[i].place, false,
                 "the step %s can never open: nothing leads to it",
                 text_of(c, procedure->steps[i].name));
        else if (!procedure->steps[i].optional && !(ends >> i & 1))
            find(c, procedure->steps[i].place, false, "from the step %s the case can never end",
                 text_of(c, procedure->steps[i].name));
        else if (procedure->steps[i].optional && opens_at_the_end(procedure, i))
            find(c, procedure->steps[i].place, false,
                 "the optional step %s can never be done: the case ends when it opens",
                 text_of(c, procedure->steps[i].name));
    }
}

static void check_groups(struct checking *c, const struct procedure *procedure)
{
    for (unsigned g = 0; g < procedure->apart_count; g++) {
        const struct apart *apart = &procedure->apart[g];
        for (unsigned i = 0; i < apart->steps.count; i++)
            if (!step_exists(procedure, apart->steps.items[i]))
                find(c, procedure->place, false, "apart names \"%s\", which is no step",
                     text_of(c, apart->steps.items[i]));
        if (!is_common_rule(c, apart->rule) && !rule_known(c, apart->rule))
            find(c, procedure->place, false,
                 "the cited rule %s is not among `rules` here or in the used packs",
                 text_of(c, apart->rule));
    }
    for (unsigned g = 0; g < procedure->kin_count; g++) {
        if (!slot_exists(procedure, procedure->kin[g].slot))
            find(c, procedure->place, false, "kin names \"%s\", which is no slot",
                 text_of(c, procedure->kin[g].slot));
        for (unsigned i = 0; i < procedure->kin[g].steps.count; i++)
            if (!step_exists(procedure, procedure->kin[g].steps.items[i]))
                find(c, procedure->place, false, "kin names \"%s\", which is no step",
                     text_of(c, procedure->kin[g].steps.items[i]));
    }
}

static void check_occasion(struct checking *c, const struct occasion *when)
{
    if (when->kind == OCCASION_FACT && !fact_named(c, when->fact))
        find(c, when->place, may_be_missing(c),
             "no fact \"%s\" is declared here or in the used packs", text_of(c, when->fact));
    if (when->subject_kind && !kind_named(c, when->subject_kind))
        find(c, when->place, false, "no kind of subject \"%s\"", text_of(c, when->subject_kind));
    check_value_operands(c, &when->date, 1);
    check_predicate(c, when->where);
}

static void check_procedure(struct checking *c, const struct procedure *procedure)
{
    c->procedure = procedure;
    need_rules(c, &procedure->rules, procedure->place);
    check_occasion(c, &procedure->when);
    check_guards(c, &procedure->guards);
    check_predicate(c, procedure->suspend);
    check_predicate(c, procedure->cancel);
    check_groups(c, procedure);
    check_values(c, procedure->values, procedure->value_count);
    check_value_operands(c, &procedure->unit, 1);
    for (unsigned i = 0; i < procedure->step_count; i++)
        check_step(c, &procedure->steps[i]);
    check_graph(c, procedure);
    c->procedure = NULL;
}

/* ---- duties ---- */

static bool fact_has_writer(const struct checking *c, symbol fact)
{
    for (unsigned p = 0; p <= c->other_count; p++)
        for (unsigned i = 0; i < pack_at(c, p)->procedure_count; i++) {
            const struct procedure *procedure = &pack_at(c, p)->procedures[i];
            for (unsigned s = 0; s < procedure->step_count; s++) {
                for (unsigned w = 0; w < procedure->steps[s].effects.write_count; w++)
                    if (procedure->steps[s].effects.writes[w].fact == fact)
                        return true;
                for (unsigned o = 0; o < procedure->steps[s].outcome_count; o++)
                    for (unsigned w = 0; w < procedure->steps[s].outcomes[o].effects.write_count;
                         w++)
                        if (procedure->steps[s].outcomes[o].effects.writes[w].fact == fact)
                            return true;
            }
        }
    return false;
}

static void check_duty(struct checking *c, const struct duty_def *duty)
{
    need_rules(c, &duty->rules, duty->place);
    need_role(c, duty->owner, duty->place);
    need_roles(c, &duty->copy, duty->place);
    need_ladder(c, duty->ladder, duty->place);
    need_ladder(c, duty->due.ladder, duty->place);
    check_occasion(c, &duty->when);
    check_due(c, &duty->due);
    check_predicate(c, duty->met);
    check_predicate(c, duty->cancel);
    const struct predicate *met = duty->met;
    if (met && met->kind == PREDICATE_SELECT && met->selection->selector == SELECT_HAS &&
        fact_named(c, met->selection->what.text) && !fact_has_writer(c, met->selection->what.text))
        find(c, duty->place, true,
             "nothing here writes %s: the duty can be met only by facts from outside",
             text_of(c, met->selection->what.text));
}

/* ---- texts ---- */

/* A step's due day is named PROCEDURE.step; only steps that have one are meant. */
static bool step_has_due(const struct checking *c, const struct procedure *procedure,
                         const char *name)
{
    const char *whole = text_of(c, procedure->name);
    size_t length = strlen(whole);
    if (strncmp(name, whole, length) != 0 || name[length] != '.')
        return false;
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].due.present &&
            strcmp(name + length + 1, text_of(c, procedure->steps[i].name)) == 0)
            return true;
    return false;
}

static bool is_procedure(const struct checking *c, symbol name)
{
    for (unsigned i = 0; i < c->pack->procedure_count; i++)
        if (c->pack->procedures[i].name == name)
            return true;
    return false;
}

static bool text_has_owner(const struct checking *c, symbol name)
{
    for (unsigned i = 0; i < c->pack->duty_count; i++)
        if (c->pack->duties[i].name == name)
            return true;
    for (unsigned i = 0; i < c->pack->procedure_count; i++)
        if (step_has_due(c, &c->pack->procedures[i], text_of(c, name)))
            return true;
    return is_procedure(c, name);
}

static void check_texts(struct checking *c)
{
    for (unsigned i = 0; i < c->pack->text_count; i++) {
        const struct text_def *text = &c->pack->texts[i];
        const struct notice_text *told = &text->texts[NOTICE_told];
        bool is_any = strcmp(text_of(c, text->name), "any") == 0;
        if (!is_any && !text_has_owner(c, text->name))
            find(c, text->place, false,
                 "no duty, procedure or step with a due day of this pack is named \"%s\"",
                 text_of(c, text->name));
        else if (!is_any && !is_procedure(c, text->name) &&
                 (told->subject.zh || told->subject.en || told->body.zh || told->body.en))
            find(c, text->place, false,
                 "whoever is told something has no due day: told stands under a procedure or any");
    }
}

/* ---- the rest ---- */

static void check_facts(struct checking *c)
{
    for (unsigned i = 0; i < c->pack->fact_count; i++) {
        const struct fact_def *fact = &c->pack->facts[i];
        check_operand(c, &fact->lasts);
        if (fact->ended_by && !fact_named(c, fact->ended_by))
            find(c, fact->place, true, "the fact %s, which ends this one, is declared nowhere",
                 text_of(c, fact->ended_by));
    }
}

static void check_roles(struct checking *c)
{
    need_role(c, c->pack->waiver, c->pack->place);
    need_role(c, c->pack->supervisor, c->pack->place);
    for (unsigned i = 0; i < c->pack->role_count; i++)
        need_role(c, c->pack->roles[i].superior, c->pack->roles[i].place);
}

/* A rule that is neither cited nor declared record-only was forgotten. */
static bool rule_is_carried(const struct checking *c, symbol id)
{
    const struct pack *pack = c->pack;
    for (unsigned i = 0; i < pack->procedure_count; i++)
        if (procedure_cites(&pack->procedures[i], id))
            return true;
    for (unsigned i = 0; i < pack->duty_count; i++)
        if (symbols_have(&pack->duties[i].rules, id))
            return true;
    for (unsigned i = 0; i < pack->value_count; i++)
        if (symbols_have(&pack->values[i].rules, id))
            return true;
    for (unsigned i = 0; i < pack->parameter_count; i++)
        if (pack->parameters[i].rule == id ||
            (pack->parameters[i].open && strcmp(pack->parameters[i].open, text_of(c, id)) == 0))
            return true;
    return false;
}

static void check_coverage(struct checking *c)
{
    for (unsigned i = 0; i < c->pack->rule_count; i++) {
        const struct cited_rule *rule = &c->pack->rules[i];
        bool carried = rule_is_carried(c, rule->id);
        if (!carried && !rule->record_only)
            find(c, rule->place, false,
                 "the rule %s is carried by no line; carry it, or say why not under record_only",
                 text_of(c, rule->id));
        if (rule->record_only && (!rule->reason || !*rule->reason))
            find(c, rule->place, false, "record_only says why: %s: reason", text_of(c, rule->id));
    }
}

void pack_check(const struct pack *pack, const struct pack *const *others, unsigned other_count,
                struct symbol_table *symbols, struct pack_findings *findings)
{
    struct checking c = {.pack = pack,
                         .others = others,
                         .other_count = other_count,
                         .symbols = symbols,
                         .findings = findings};
    for (unsigned i = 0; i < pack->uses.count; i++) {
        bool there = false;
        for (unsigned k = 0; k < other_count; k++)
            there = there || others[k]->id == pack->uses.items[i];
        if (!there)
            find(&c, pack->place, false, "the pack %s, which this one uses, is not here",
                 text_of(&c, pack->uses.items[i]));
    }
    paths_begin(&c);
    check_roles(&c);
    check_superiors(&c);
    check_parameters(&c);
    check_names(&c);
    check_titles(&c);
    check_facts(&c);
    check_values(&c, pack->values, pack->value_count);
    check_circles(&c);
    for (unsigned i = 0; i < pack->procedure_count; i++)
        check_procedure(&c, &pack->procedures[i]);
    for (unsigned i = 0; i < pack->duty_count; i++)
        check_duty(&c, &pack->duties[i]);
    check_texts(&c);
    check_boards(&c);
    check_coverage(&c);
    check_unused(&c);
    paths_end(&c);
}
