/* reads.c - a walk over everything a predicate or value names; see reads.h. */
#include "core/reads.h"

#include "core/rulebook.h"

#define READS_DEPTH_MAX 32 /* values behind values; deeper reads all */

struct walk {
    struct reads *reads;
    const struct rulebook *book;
    struct arena *arena;
    unsigned depth;
};

static void walk_value(struct walk *w, const struct value_def *value);
static void walk_predicate(struct walk *w, const struct predicate *predicate);

static void add_type(struct walk *w, symbol type)
{
    struct symbols *types = &w->reads->types;
    for (unsigned i = 0; i < types->count; i++)
        if (types->items[i] == type)
            return;
    if (!type)
        return;
    symbol *items = ARENA_ARRAY(w->arena, symbol, types->count + 1);
    for (unsigned i = 0; i < types->count; i++)
        items[i] = types->items[i];
    items[types->count] = type;
    types->items = items;
    types->count++;
}

static bool is_word(const struct walk *w, symbol name, const char *word)
{
    return name == symbol_find(w->book->symbols, word);
}

/* A name of a path may be a value of any kind of subject: all of that name are read. */
static void walk_name(struct walk *w, symbol name)
{
    w->reads->all = w->reads->all || is_word(w, name, "actor") || is_word(w, name, "case");
    w->reads->days = w->reads->days || is_word(w, name, "today") || is_word(w, name, "calendar") ||
                     is_word(w, name, "overdue_for");
    for (unsigned p = 0; p < w->book->pack_count; p++)
        for (unsigned i = 0; i < w->book->packs[p]->value_count && !w->reads->all; i++)
            if (w->book->packs[p]->values[i].name == name)
                walk_value(w, &w->book->packs[p]->values[i]);
}

static void walk_operand(struct walk *w, const struct operand *operand)
{
    if (operand->kind == OPERAND_LIST)
        for (unsigned i = 0; i < operand->count; i++)
            walk_operand(w, &operand->items[i]);
    else if (operand->kind == OPERAND_WORD || operand->kind == OPERAND_PATH)
        for (unsigned i = 0; i < operand->count && !w->reads->all; i++)
            walk_name(w, operand->names[i]);
}

/* A window that lies around today moves with it. */
static void walk_window(struct walk *w, const struct window *window)
{
    if (window->kind == WINDOW_SPAN || window->kind == WINDOW_PREVIOUS ||
        window->kind == WINDOW_LAST)
        w->reads->days = true;
    walk_operand(w, &window->a);
    walk_operand(w, &window->b);
}

static void walk_source(struct walk *w, const struct selection *selection)
{
    static const char *const others[] = {"duty", "fact", "step", "any"};
    symbol name = selection->what.names[0];
    const struct fact_def *fact;
    if (selection->what.kind != OPERAND_WORD) {
        walk_operand(w, &selection->what);
        return;
    }
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++)
        w->reads->all = w->reads->all || is_word(w, name, others[i]);
    fact = rulebook_fact(w->book, name);
    if (fact) {
        add_type(w, name);
        add_type(w, fact->ended_by);
        /* what lasts for a time is out of force one day, without a fact that says so */
        w->reads->days =
            w->reads->days || (selection->in_force && fact->lasts.kind != OPERAND_NONE);
    } else if (rulebook_known_procedure(w->book, name)) {
        w->reads->all = true;
    } else if (!rulebook_kind(w->book, name)) {
        walk_operand(w, &selection->what);
    }
}

static void walk_selection(struct walk *w, const struct selection *selection)
{
    const struct operand *operands[] = {&selection->of,  &selection->take,  &selection->newest,
                                        &selection->at,  &selection->known, &selection->within,
                                        &selection->who, &selection->over};
    if (w->reads->all)
        return;
    if (selection->selector == SELECT_HOLDS || selection->selector == SELECT_SIGNED ||
        selection->selector == SELECT_UNSIGNED) {
        w->reads->all = true;
        return;
    }
    if (selection->selector == SELECT_TIME ||
        (selection->selector == SELECT_SINCE && selection->at.kind == OPERAND_NONE))
        w->reads->days = true;
    walk_source(w, selection);
    for (unsigned i = 0; i < sizeof operands / sizeof operands[0]; i++)
        walk_operand(w, operands[i]);
    walk_predicate(w, selection->where);
    walk_predicate(w, selection->having);
    walk_window(w, &selection->in);
    walk_window(w, &selection->recorded);
}

static void walk_bounds(struct walk *w, const struct bounds *bounds)
{
    for (unsigned i = 0; i < bounds->count; i++)
        walk_operand(w, &bounds->items[i].operand);
}

static void walk_predicate(struct walk *w, const struct predicate *predicate)
{
    if (!predicate || w->reads->all)
        return;
    for (unsigned i = 0; i < predicate->child_count; i++)
        walk_predicate(w, &predicate->children[i]);
    if (predicate->kind == PREDICATE_COMPARE)
        walk_operand(w, &predicate->left);
    if (predicate->kind == PREDICATE_SELECT)
        walk_selection(w, predicate->selection);
    walk_bounds(w, &predicate->bounds);
}

static void walk_value(struct walk *w, const struct value_def *value)
{
    const struct operand *operands[] = {&value->at,    &value->from,  &value->plus,
                                        &value->minus, &value->least, &value->rank};
    if (++w->depth > READS_DEPTH_MAX)
        w->reads->all = true;
    for (unsigned i = 0; i < sizeof operands / sizeof operands[0] && !w->reads->all; i++)
        walk_operand(w, operands[i]);
    for (unsigned i = 0; i < value->operand_count; i++)
        walk_operand(w, &value->operands[i]);
    for (unsigned i = 0; i < value->by_count; i++)
        walk_operand(w, &value->by[i]);
    for (unsigned i = 0; i < value->pick_count; i++) {
        walk_operand(w, &value->picks[i].is);
        walk_predicate(w, value->picks[i].when);
    }
    if (value->selection)
        walk_selection(w, value->selection);
    if (value->among)
        walk_selection(w, value->among);
    w->depth--;
}

void reads_predicate(struct reads *reads, const struct rulebook *book, struct arena *arena,
                     const struct predicate *predicate)
{
    struct walk walk = {reads, book, arena, 0};
    walk_predicate(&walk, predicate);
}

void reads_operand(struct reads *reads, const struct rulebook *book, struct arena *arena,
                   const struct operand *operand)
{
    struct walk walk = {reads, book, arena, 0};
    walk_operand(&walk, operand);
}

void reads_value(struct reads *reads, const struct rulebook *book, struct arena *arena,
                 const struct value_def *value)
{
    struct walk walk = {reads, book, arena, 0};
    walk_value(&walk, value);
}

bool reads_type(const struct reads *reads, symbol type)
{
    if (reads->all || reads->days || !type)
        return true;
    for (unsigned i = 0; i < reads->types.count; i++)
        if (reads->types.items[i] == type)
            return true;
    return false;
}
