/* marking.c - order as a graph: which steps of a case may be acted on.
 *
 *   waiting --(all before it done)--> open --(signed by all)--> done --(outcome goes on)--> what
 * follows ^            \--(its `if` does not hold)--> skipped = done            | | |
 *      +------- an outcome `to: X` undoes X and all that follows, and opens X anew
 *
 * A marking is three words of bits: done, open, skipped (skipped ones are done too). */
#include "core/decide.h"

static uint64_t bit(unsigned step)
{
    return (uint64_t)1 << step;
}

/* The outcome of the step's last act in this pass. */
static symbol step_outcome(const struct case_row *row, const struct state *state, unsigned step)
{
    for (uint32_t i = row->acts.count; i-- > 0;) {
        const struct act *act = &state->acts.items[row->acts.items[i]];
        if (act->step == step && act->state == ACT_DONE)
            return act->outcome;
    }
    return SYMBOL_NONE;
}

uint64_t steps_ready(const struct case_row *row, const struct state *state)
{
    const struct procedure *procedure = row->procedure;
    uint64_t ready = 0;
    for (unsigned i = 0; i < procedure->step_count; i++) {
        const struct step *step = &procedure->steps[i];
        if ((row->done | row->open) & bit(i))
            continue;
        bool all = true;
        for (unsigned k = 0; k < step->after_count && all; k++) {
            const struct after *after = &step->after[k];
            all = (row->done & bit(after->step)) &&
                  (!after->outcome || step_outcome(row, state, after->step) == after->outcome);
        }
        if (all)
            ready |= bit(i);
    }
    return ready;
}

uint64_t steps_following(const struct procedure *procedure, unsigned step)
{
    uint64_t set = bit(step);
    for (bool grown = true; grown;) {
        grown = false;
        for (unsigned i = 0; i < procedure->step_count; i++)
            for (unsigned k = 0; k < procedure->steps[i].after_count && !(set & bit(i)); k++)
                if (set & bit(procedure->steps[i].after[k].step)) {
                    set |= bit(i);
                    grown = true;
                }
    }
    return set;
}

bool case_is_idle(const struct case_row *row)
{
    for (unsigned i = 0; i < row->procedure->step_count; i++)
        if ((row->open & bit(i)) && !row->procedure->steps[i].optional)
            return false;
    return true;
}
