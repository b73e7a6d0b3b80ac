/* pack_check_sense.c - words that are all known and still make no sense together: guards of one step
 * that no act can pass, superiors in a circle, figures outside their own range. */
#include "core/pack_check.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/value.h"

#define COMPARED_MAX 64

/* ---- guards that contradict each other ---- */

struct compared { /* what the guards ask of one path, all of them always */
    symbol path;
    struct number low, high;
    bool has_low, has_high;
    const struct guard *low_by, *high_by;
};

struct gathering {
    struct compared items[COMPARED_MAX];
    unsigned count;
};

static bool is_less(struct number one, struct number other)
{
    return number_compare(one, other) < 0;
}

static struct compared *compared_of(struct gathering *gathering, symbol path)
{
    for (unsigned i = 0; i < gathering->count; i++)
        if (gathering->items[i].path == path)
            return &gathering->items[i];
    if (gathering->count == COMPARED_MAX)
        return NULL;
    gathering->items[gathering->count] = (struct compared){.path = path};
    return &gathering->items[gathering->count++];
}

static void gather_bound(struct compared *compared, const struct bound *bound,
                         const struct guard *guard)
{
    struct number number = bound->operand.number;
    bool is = bound->kind == BOUND_IS;
    if (bound->operand.kind != OPERAND_NUMBER)
        return;
    if ((is || bound->kind == BOUND_MIN || bound->kind == BOUND_ABOVE) &&
        (!compared->has_low || is_less(compared->low, number))) {
        compared->low = number;
        compared->low_by = guard;
        compared->has_low = true;
    }
    if ((is || bound->kind == BOUND_MAX || bound->kind == BOUND_BELOW) &&
        (!compared->has_high || is_less(number, compared->high))) {
        compared->high = number;
        compared->high_by = guard;
        compared->has_high = true;
    }
}

/* Only what holds always counts: comparisons joined by "all". */
static void gather(struct gathering *gathering, const struct predicate *predicate,
                   const struct guard *guard)
{
    if (predicate->kind == PREDICATE_ALL)
        for (unsigned i = 0; i < predicate->child_count; i++)
            gather(gathering, &predicate->children[i], guard);
    struct compared *compared =
        predicate->kind == PREDICATE_COMPARE ? compared_of(gathering, predicate->left.text) : NULL;
    for (unsigned i = 0; compared && i < predicate->bounds.count; i++)
        gather_bound(compared, &predicate->bounds.items[i], guard);
}

static void gather_guards(struct gathering *gathering, const struct guards *guards)
{
    for (unsigned i = 0; i < guards->count; i++) {
        const struct guard *guard = &guards->items[i];
        if (guard->strength >= STRENGTH_WAIVE && !guard->when && guard->require &&
            guard->at.kind == OPERAND_NONE)
            gather(gathering, guard->require, guard);
    }
}

void check_contradictions(struct checking *c, const struct step *step)
{
    struct gathering gathering = {.count = 0};
    gather_guards(&gathering, &c->procedure->guards);
    gather_guards(&gathering, &step->guards);
    for (unsigned i = 0; i < gathering.count; i++) {
        const struct compared *compared = &gathering.items[i];
        if (compared->has_low && compared->has_high && compared->low_by != compared->high_by &&
            is_less(compared->high, compared->low))
            find(c, compared->high_by->place, false,
                 "the guards %s and %s contradict each other: no %s passes both",
                 text_of(c, compared->low_by->id), text_of(c, compared->high_by->id),
                 text_of(c, compared->path));
    }
}

/* ---- superiors ---- */

void check_superiors(struct checking *c)
{
    for (unsigned i = 0; i < c->pack->role_count; i++) {
        const struct role_def *role = &c->pack->roles[i];
        unsigned steps = 0;
        for (symbol at = role->superior; at && steps < STEPS_MAX; steps++) {
            const struct role_def *above = role_named(c, at);
            at = above ? above->superior : SYMBOL_NONE;
        }
        if (steps == STEPS_MAX)
            find(c, role->place, false, "the superiors of %s go in a circle: nobody is at the top",
                 text_of(c, role->name));
    }
}

/* ---- parameters ---- */

void check_parameters(struct checking *c)
{
    for (unsigned i = 0; i < c->pack->parameter_count; i++) {
        const struct parameter *parameter = &c->pack->parameters[i];
        const struct operand *value = &parameter->value.value, *min = &parameter->min,
                             *max = &parameter->max;
        if (min->kind == OPERAND_NONE && max->kind == OPERAND_NONE)
            continue;
        if (value->kind != OPERAND_NUMBER ||
            (min->kind != OPERAND_NONE && min->kind != OPERAND_NUMBER) ||
            (max->kind != OPERAND_NONE && max->kind != OPERAND_NUMBER))
            find(c, parameter->place, false, "min and max are numbers, of a parameter that is one");
        else if ((min->kind == OPERAND_NUMBER && is_less(value->number, min->number)) ||
                 (max->kind == OPERAND_NUMBER && is_less(max->number, value->number)))
            find(c, parameter->place, false, "the value of %s is outside of its min and max",
                 text_of(c, parameter->name));
    }
}

/* A figure that nothing reads changes nothing, whatever a local pack sets. A pack that others use, or
 * that has no procedures, declares it for them. */
void check_unused(struct checking *c)
{
    if (!c->pack->procedure_count)
        return;
    for (unsigned i = 0; i < c->other_count; i++)
        for (unsigned k = 0; k < c->others[i]->uses.count; k++)
            if (c->others[i]->uses.items[k] == c->pack->id)
                return;
    for (unsigned i = 0; i < c->pack->parameter_count; i++)
        if (!c->used[c->pack->parameters[i].name])
            find(c, c->pack->parameters[i].place, true,
                 "no line here reads the parameter %s: to change it changes nothing",
                 text_of(c, c->pack->parameters[i].name));
}

/* ---- values in a circle ---- */

struct circling {
    struct checking *c;
    const struct value_def *values; /* of the pack, or of one procedure */
    unsigned count;
    uint8_t *state; /* 0 not asked, 1 on the way, 2 good */
};

static void circle_value(struct circling *w, unsigned index);

/* `x`, or `it.x`: a value beside this one. What lies behind other paths is of another subject. */
static void circle_operand(struct circling *w, const struct value_def *from,
                           const struct operand *operand)
{
    if (operand->kind == OPERAND_LIST)
        for (unsigned i = 0; i < operand->count; i++)
            circle_operand(w, from, &operand->items[i]);
    if (operand->kind != OPERAND_WORD && operand->kind != OPERAND_PATH)
        return;
    bool own = operand->count > 1 && strcmp(text_of(w->c, operand->names[0]), "it") == 0;
    symbol name = operand->names[own ? 1 : 0];
    for (unsigned i = 0; i < w->count; i++)
        if (w->values[i].name == name && w->values[i].subject_kind == from->subject_kind)
            circle_value(w, i);
}

static void circle_predicate(struct circling *w, const struct value_def *from,
                             const struct predicate *predicate)
{
    if (!predicate)
        return;
    for (unsigned i = 0; i < predicate->child_count; i++)
        circle_predicate(w, from, &predicate->children[i]);
    if (predicate->kind == PREDICATE_COMPARE)
        circle_operand(w, from, &predicate->left);
    for (unsigned i = 0; i < predicate->bounds.count; i++)
        if (predicate->kind == PREDICATE_COMPARE)
            circle_operand(w, from, &predicate->bounds.items[i].operand);
}

static void circle_parts(struct circling *w, const struct value_def *value)
{
    const struct operand *parts[] = {&value->at, &value->from, &value->plus, &value->minus,
                                     &value->least};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++)
        circle_operand(w, value, parts[i]);
    for (unsigned i = 0; i < value->operand_count; i++)
        circle_operand(w, value, &value->operands[i]);
    for (unsigned i = 0; i < value->by_count; i++)
        circle_operand(w, value, &value->by[i]);
    for (unsigned i = 0; i < value->pick_count; i++) {
        circle_operand(w, value, &value->picks[i].is);
        circle_predicate(w, value, value->picks[i].when);
    }
}

static void circle_value(struct circling *w, unsigned index)
{
    const struct value_def *value = &w->values[index];
    if (w->state[index] == 1)
        find(w->c, value->place, false, "the value %s goes in a circle: it is computed from itself",
             text_of(w->c, value->name));
    if (w->state[index] != 0)
        return;
    w->state[index] = 1;
    circle_parts(w, value);
    w->state[index] = 2;
}

static void check_circles_of(struct checking *c, const struct value_def *values, unsigned count)
{
    struct circling w = {c, values, count, calloc(count + 1, 1)};
    CHECK(w.state != NULL);
    for (unsigned i = 0; i < count; i++)
        circle_value(&w, i);
    free(w.state);
}

void check_circles(struct checking *c)
{
    check_circles_of(c, c->pack->values, c->pack->value_count);
    for (unsigned i = 0; i < c->pack->procedure_count; i++)
        check_circles_of(c, c->pack->procedures[i].values, c->pack->procedures[i].value_count);
}

/* ---- names of several packs ---- */

/* All packs in force share one space of names; the one activated last would be read everywhere. */
static void name_taken(struct checking *c, const char *what, symbol name, struct place place,
                       const struct pack *other)
{
    find(c, place, false, "the %s %s is declared by the pack %s already", what, text_of(c, name),
         text_of(c, other->id));
}

#define CHECK_TAKEN(c, other, what, array, count_field, same)                                      \
    for (unsigned i = 0; i < (c)->pack->count_field; i++)                                          \
        for (unsigned k = 0; k < (other)->count_field; k++)                                        \
            if ((c)->pack->array[i].name == (other)->array[k].name && (same))                      \
    name_taken((c), what, (c)->pack->array[i].name, (c)->pack->array[i].place, other)

void check_titles(struct checking *c)
{
    for (unsigned i = 0; i < c->pack->name_count; i++)
        if (!c->pack->names[i].title.zh)
            find(c, c->pack->names[i].place, false, "the name %s has no Chinese title",
                 text_of(c, c->pack->names[i].name));
}

void check_names(struct checking *c)
{
    for (unsigned o = 0; o < c->other_count; o++) {
        const struct pack *other = c->others[o];
        if (other->id == c->pack->id)
            continue; /* an earlier version of it */
        CHECK_TAKEN(c, other, "list", lists, list_count, true);
        CHECK_TAKEN(c, other, "parameter", parameters, parameter_count, true);
        CHECK_TAKEN(c, other, "fact", facts, fact_count, true);
        CHECK_TAKEN(c, other, "procedure", procedures, procedure_count, true);
        CHECK_TAKEN(c, other, "duty", duties, duty_count, true);
        CHECK_TAKEN(c, other, "value", values, value_count,
                    c->pack->values[i].subject_kind == other->values[k].subject_kind);
    }
}
