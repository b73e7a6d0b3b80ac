/* state_facts.c - what the state knows of a fact that its event does not say: which unit it concerns,
 * which fact ended it, which stands in its place. */
#include "core/decide.h"
#include "core/state_query.h"

static const char *subject_text(const struct state *state, uint32_t subject)
{
    return subject ? symbol_text(state->symbols, state->subjects.items[subject].id) : "";
}

/* The first unit among its subjects, else the unit of the first of them that had one on its day. */
static uint32_t unit_of_fact(const struct state *state, const struct fact *fact)
{
    uint32_t unit = 0;
    for (unsigned i = 0; i < fact->slot_count; i++) {
        if (fact->slots[i].value.kind != VALUE_SUBJECT)
            continue;
        uint32_t subject = fact->slots[i].value.subject;
        if (state->subjects.items[subject].kind == state->words.unit)
            return subject;
        unit = unit ? unit : state_unit_of(state, subject, fact->day);
    }
    return unit;
}

static const char *title_of_fact(const struct state *state, symbol type)
{
    const struct fact_def *def = rulebook_fact(&state->rules, type);
    const char *title = def ? def->title.zh ? def->title.zh : def->title.en : NULL;
    return title ? title : symbol_text(state->symbols, type);
}

bool state_fact(const struct state *state, int64_t number, struct fact_view *ret_view)
{
    if (number < 1 || number >= (int64_t)state->facts.count)
        return false;
    const struct fact *fact = &state->facts.items[number];
    *ret_view = (struct fact_view){.type = symbol_text(state->symbols, fact->type),
                                   .day = fact->day,
                                   .title = title_of_fact(state, fact->type),
                                   .unit = subject_text(state, unit_of_fact(state, fact)),
                                   .until = fact->until,
                                   .ended_on = fact->ended_on,
                                   .ended_by = fact->ended_by,
                                   .superseded_by = fact->superseded_by};
    return true;
}

void state_each_fact_ended_by(const struct state *state, int64_t number,
                              void (*each)(void *user, int64_t fact), void *user)
{
    if (number < 1 || number >= (int64_t)state->facts.count)
        return;
    const struct fact *ending = &state->facts.items[number];
    bool ends = rulebook_fact_ends(&state->rules, ending->type);
    for (unsigned s = 0; ends && s < ending->slot_count; s++) {
        if (ending->slots[s].value.kind != VALUE_SUBJECT)
            continue;
        const struct numbers *facts = &state->subjects.items[ending->slots[s].value.subject].facts;
        for (uint32_t i = 0; i < facts->count; i++)
            if (state->facts.items[facts->items[i]].ended_by == number)
                each(user, facts->items[i]);
    }
}
