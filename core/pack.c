/* pack.c - questions that many ask of a pack, see pack.h. */
#include "core/pack.h"

bool symbols_have(const struct symbols *list, symbol name)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->items[i] == name)
            return true;
    return false;
}

static bool guards_cite(const struct guards *guards, symbol rule)
{
    for (unsigned i = 0; i < guards->count; i++)
        if (guards->items[i].rule == rule)
            return true;
    return false;
}

bool procedure_cites(const struct procedure *procedure, symbol rule)
{
    if (symbols_have(&procedure->rules, rule) || guards_cite(&procedure->guards, rule))
        return true;
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (symbols_have(&procedure->steps[i].rules, rule) ||
            guards_cite(&procedure->steps[i].guards, rule))
            return true;
    return false;
}
