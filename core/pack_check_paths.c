/* pack_check_paths.c - paths made of names that nothing has.
 *
 * A path that leads nowhere is no error when it is asked: what is missing satisfies nothing. So a slip
 * of the pen would make a guard refuse for ever, or a duty never be met. Here every name of a path
 * must be one that something in the packs has: a slot, a step, a field, a value, or a word of the
 * language. Whether the thing before the dot has it is not decided: that depends on what is there. */
#include "core/pack_check.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"

static const char *const words[] = {
    "it",       "today",       "actor",     "case",     "period",  "start",    "calendar",
    "date",     "outcome",     "signers",   "evidence", "waivers", "name",     "state",
    "recorded", "started",     "ended",     "lag",      "due",     "late",     "from",
    "to",       "overdue_for", "before",    "year",     "unit",    "entitled", "present",
    "for",      "against",     "abstained", "issued",   "returned"};

static void note(struct checking *c, symbol name)
{
    if (name && name < c->known_size)
        c->known[name] = 1;
}

static void note_type(struct checking *c, const struct type *type)
{
    for (unsigned i = 0; i < type->column_count; i++)
        note(c, type->columns[i].name);
    if (type->item)
        note_type(c, type->item);
}

static void note_fields(struct checking *c, const struct fields *fields)
{
    for (unsigned i = 0; i < fields->count; i++) {
        note(c, fields->items[i].name);
        note_type(c, &fields->items[i].type);
    }
}

static void note_slots(struct checking *c, const struct slots *slots)
{
    for (unsigned i = 0; i < slots->count; i++)
        note(c, slots->items[i].name);
}

static void note_procedure(struct checking *c, const struct procedure *procedure)
{
    note_slots(c, &procedure->about);
    for (unsigned i = 0; i < procedure->step_count; i++) {
        note(c, procedure->steps[i].name);
        note_fields(c, &procedure->steps[i].fields);
    }
    for (unsigned i = 0; i < procedure->value_count; i++)
        note(c, procedure->values[i].name);
}

static void note_pack(struct checking *c, const struct pack *pack)
{
    for (unsigned i = 0; i < pack->kind_count; i++)
        note_fields(c, &pack->kinds[i].fields);
    for (unsigned i = 0; i < pack->value_count; i++)
        note(c, pack->values[i].name);
    for (unsigned i = 0; i < pack->fact_count; i++) {
        note_slots(c, &pack->facts[i].about);
        note_fields(c, &pack->facts[i].fields);
    }
    for (unsigned i = 0; i < pack->procedure_count; i++)
        note_procedure(c, &pack->procedures[i]);
}

void paths_begin(struct checking *c)
{
    c->known_size = symbol_count(c->symbols) + 1;
    c->known = calloc(c->known_size, 1);
    c->used = calloc(c->known_size, 1);
    CHECK(c->known != NULL && c->used != NULL);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        note(c, symbol_find(c->symbols, words[i]));
    note_pack(c, c->pack);
    for (unsigned i = 0; i < c->other_count; i++)
        note_pack(c, c->others[i]);
}

void paths_end(struct checking *c)
{
    free(c->known);
    free(c->used);
    c->known = c->used = NULL;
}

/* `PROCEDURE.step` on the right is the name of a duty, `dept.pc` that of a role. */
static bool is_dotted_name(const struct checking *c, const struct operand *operand)
{
    for (unsigned p = 0; p <= c->other_count; p++) {
        const struct pack *pack = p == 0 ? c->pack : c->others[p - 1];
        for (unsigned i = 0; i < pack->duty_count; i++)
            if (pack->duties[i].name == operand->text)
                return true;
        for (unsigned i = 0; i < pack->procedure_count; i++)
            if (pack->procedures[i].name == operand->names[0])
                return true;
    }
    return role_named(c, operand->text) != NULL;
}

void check_path(struct checking *c, const struct operand *operand)
{
    bool names = operand->kind == OPERAND_WORD || operand->kind == OPERAND_PATH;
    if (operand->kind == OPERAND_LIST)
        for (unsigned i = 0; i < operand->count; i++)
            check_path(c, &operand->items[i]);
    if (!names || is_dotted_name(c, operand))
        return;
    for (unsigned i = 0; i < operand->count; i++) {
        symbol name = operand->names[i];
        if (strcmp(text_of(c, name), "calendar") == 0)
            return; /* what comes after is the name of a day */
        if (name >= c->known_size || !c->known[name]) {
            find(c, operand->place, may_be_missing(c),
                 "the path %s leads nowhere: nothing here or in the used packs has a slot, step, "
                 "field or value \"%s\"",
                 text_of(c, operand->text), text_of(c, name));
            return;
        }
    }
}
