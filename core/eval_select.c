/* eval_select.c - selections: which elements, and what the selector makes of them.
 *
 * Elements are gathered through the narrowest index there is (a subject's facts before all facts of
 * a type), in order of recording, filtered by time, window and `where`. */
#include <stdlib.h>

#include "core/check.h"
#include "core/eval.h"

struct gathered {
    struct value *items;
    uint32_t count, capacity;
};

struct gathering {
    const struct scope *scope;
    const struct selection *selection;
    struct scope inner; /* for where and having: at and known of the selection */
    struct value of[4];
    unsigned of_count;
    bool missing;     /* what is asked about is itself missing */
    uint32_t within;  /* unit; 0: no matter */
    int32_t from, to; /* window on the day of the fact; DATE_NONE: open */
    int32_t recorded_from, recorded_to;
    struct gathered found;
};

static struct value ref_value(enum value_kind kind, int64_t ref)
{
    struct value value = {.kind = kind};
    value.ref = ref;
    return value;
}

static struct value bool_value(bool boolean)
{
    struct value value = {.kind = VALUE_BOOL};
    value.boolean = boolean;
    return value;
}

static struct value count_value(int64_t count)
{
    struct value value = {.kind = VALUE_NUMBER};
    value.number = (struct number){count, 1};
    return value;
}

/* ---- what it goes over ---- */

static enum source source_of(const struct scope *scope, const struct operand *what)
{
    const struct core_words *words = &scope->state->words;
    const struct rulebook *rules = &scope->state->rules;
    if (what->kind != OPERAND_WORD)
        return what->kind == OPERAND_PATH ? SOURCE_PATH : SOURCE_NONE;
    symbol name = what->names[0];
    for (unsigned i = 0; scope->procedure && i < scope->procedure->step_count; i++)
        if (scope->procedure->steps[i].name == name)
            return SOURCE_ACTS;
    if (rulebook_fact(rules, name))
        return SOURCE_FACTS;
    if (rulebook_known_procedure(rules, name))
        return SOURCE_CASES;
    if (name == words->duty)
        return SOURCE_DUTIES;
    if (name == words->fact)
        return SOURCE_ANY_FACT;
    if (name == words->step || name == words->any)
        return SOURCE_ANY_ACT;
    if (rulebook_kind(rules, name))
        return SOURCE_SUBJECTS;
    return SOURCE_PATH;
}

/* ---- windows ---- */

static void window_days(const struct scope *scope, const struct window *window, int32_t *ret_from,
                        int32_t *ret_to)
{
    struct value a = eval_operand(scope, &window->a), b = eval_operand(scope, &window->b);
    struct span span = {SPAN_NONE, DATE_NONE, DATE_NONE};
    *ret_from = *ret_to = DATE_NONE;
    switch (window->kind) {
    case WINDOW_ALL: return;
    case WINDOW_SPAN:
    case WINDOW_PREVIOUS:
        span = span_around(window->span, scope->at);
        eval_until(scope, span.to + 1);
        span = window->kind == WINDOW_SPAN ? span : span_previous(span);
        break;
    case WINDOW_BOOKED:
    case WINDOW_PERIOD: span = scope->period; break;
    case WINDOW_NAMED: span = a.kind == VALUE_SPAN ? a.span : span; break;
    case WINDOW_LAST:
        /* holds a fact whose day + length has not passed */
        if (a.kind == VALUE_PERIOD)
            *ret_from = calendar_subtract(scope->state->calendar, scope->at, a.period, scope->lean);
        *ret_to = scope->at;
        eval_until(scope, scope->at + 1);
        return;
    case WINDOW_RANGE:
        *ret_from = a.kind == VALUE_DATE ? a.date : DATE_NONE;
        *ret_to = b.kind == VALUE_DATE ? b.date : DATE_NONE;
        return;
    }
    *ret_from = span.from;
    *ret_to = span.to;
}

static bool day_inside(int32_t day, int32_t from, int32_t to)
{
    return (from == DATE_NONE || day >= from) && (to == DATE_NONE || day <= to);
}

/* The first span, not before the fact's own, whose closing day had not passed when it was recorded.
 */
static bool booked_inside(const struct gathering *g, int32_t day, int32_t recorded)
{
    struct span period = g->scope->period;
    struct value close = eval_operand(g->scope, &g->selection->in.a);
    if (period.kind == SPAN_NONE || close.kind != VALUE_PERIOD)
        return false;
    struct span span = span_around(period.kind, day);
    while (span.from < period.from &&
           recorded > calendar_add(g->scope->state->calendar, span.to, close.period,
                                   FIRST_DAY_NOT_COUNTED, g->scope->lean))
        span = span_next(span);
    return span.from == period.from &&
           recorded <= calendar_add(g->scope->state->calendar, span.to, close.period,
                                    FIRST_DAY_NOT_COUNTED, g->scope->lean);
}

/* ---- gathering ---- */

static void keep(struct gathering *g, struct value value)
{
    struct gathered *found = &g->found;
    if (found->count == found->capacity) {
        uint32_t capacity = found->capacity ? found->capacity * 2 : 8;
        struct value *items = ARENA_ARRAY(g->scope->arena, struct value, capacity);
        if (found->count)
            memcpy(items, found->items, found->count * sizeof *items);
        found->items = items;
        found->capacity = capacity;
    }
    found->items[found->count++] = value;
}

static bool slots_hold(const struct named_value *slots, unsigned count, const struct value *wanted)
{
    for (unsigned i = 0; i < count; i++)
        if (value_equal(&slots[i].value, wanted))
            return true;
    return false;
}

static bool slots_inside(const struct gathering *g, const struct named_value *slots, unsigned count)
{
    if (!g->within)
        return true;
    for (unsigned i = 0; i < count; i++) {
        if (slots[i].value.kind != VALUE_SUBJECT)
            continue;
        uint32_t subject = slots[i].value.subject;
        bool is_unit = g->scope->state->subjects.items[subject].kind == g->scope->state->words.unit;
        eval_unit_until(&g->inner, subject);
        uint32_t unit = is_unit ? subject : state_unit_of(g->scope->state, subject, g->inner.at);
        if (unit && state_unit_inside(g->scope->state, unit, g->within, g->inner.at))
            return true;
    }
    return false;
}

/* In force as far as was known: an end recorded later had not been heard of. */
static bool in_force_as_known(const struct gathering *g, const struct fact *fact)
{
    struct fact seen = *fact;
    if (fact->ended_by && g->scope->state->facts.items[fact->ended_by].entry > g->inner.known)
        seen.ended_on = DATE_NONE;
    const int32_t days[] = {seen.day, seen.until, seen.ended_on};
    for (unsigned i = 0; g->inner.until && i < 3; i++)
        if (days[i] != DATE_NONE) {
            eval_until(&g->inner, days[i]);
            eval_until(&g->inner, days[i] + 1);
        }
    return fact_in_force(&seen, g->inner.at);
}

static void fact_try(struct gathering *g, int64_t number, symbol type)
{
    const struct fact *fact = &g->scope->state->facts.items[number];
    const struct selection *selection = g->selection;
    if ((type && fact->type != type) || !fact_effective(fact, g->inner.known))
        return;
    for (unsigned i = 0; i < g->of_count; i++)
        if (!slots_hold(fact->slots, fact->slot_count, &g->of[i]))
            return;
    if (!slots_inside(g, fact->slots, fact->slot_count))
        return;
    if (selection->in_force && !in_force_as_known(g, fact))
        return;
    if (selection->in.kind == WINDOW_ALL && fact->day > g->inner.at) {
        eval_until(&g->inner, fact->day);
        return;
    }
    /* A spell that began before the window counts with the days that lie in it. */
    int32_t from = selection->selector == SELECT_TIME ? DATE_NONE : g->from;
    if (selection->in.kind == WINDOW_BOOKED ? !booked_inside(g, fact->day, fact->recorded)
                                            : !day_inside(fact->day, from, g->to))
        return;
    if (!day_inside(fact->recorded, g->recorded_from, g->recorded_to))
        return;
    keep(g, ref_value(VALUE_FACT, number));
}

static void gather_facts(struct gathering *g, symbol type)
{
    const struct state *state = g->scope->state;
    const struct numbers *numbers = NULL;
    for (unsigned i = 0; i < g->of_count && !numbers; i++)
        if (g->of[i].kind == VALUE_SUBJECT)
            numbers = &state->subjects.items[g->of[i].subject].facts;
    if (!numbers && type)
        numbers = state_numbers(&state->facts_by_type, type);
    for (uint32_t i = 0; numbers && i < numbers->count; i++)
        fact_try(g, numbers->items[i], type);
}

static void gather_subjects(struct gathering *g, symbol kind)
{
    const struct state *state = g->scope->state;
    const struct numbers *numbers = state_numbers(&state->subjects_by_kind, kind);
    for (uint32_t i = 0; numbers && i < numbers->count; i++) {
        struct named_value slot = {.value = {.kind = VALUE_SUBJECT}};
        slot.value.subject = (uint32_t)numbers->items[i];
        if (slots_inside(g, &slot, 1))
            keep(g, slot.value);
    }
}

static void gather_cases(struct gathering *g, symbol name)
{
    const struct state *state = g->scope->state;
    const struct numbers *numbers = state_numbers(&state->cases_by_procedure, name);
    for (uint32_t i = 0; numbers && i < numbers->count; i++) {
        const struct case_row *row = &state->cases.items[numbers->items[i]];
        bool fits = slots_inside(g, row->slots, row->slot_count);
        for (unsigned k = 0; k < g->of_count && fits; k++)
            fits = slots_hold(row->slots, row->slot_count, &g->of[k]) ||
                   (g->of[k].kind == VALUE_CASE && g->of[k].ref && row->parent == g->of[k].ref);
        fits = fits && row->opened_entry <= g->inner.known &&
               (!g->inner.as_of || row->opened <= g->inner.at);
        if (fits && day_inside(row->opened, g->from, g->to))
            keep(g, ref_value(VALUE_CASE, numbers->items[i]));
    }
}

/* Acts of this case (or of the case asked about), earlier passes included, and the draft. */
static void gather_acts(struct gathering *g, symbol step_name)
{
    const struct scope *scope = g->scope;
    const struct state *state = scope->state;
    const struct case_row *row = scope->case_row;
    bool own = true;
    if (g->of_count && g->of[0].kind == VALUE_CASE && g->of[0].ref != scope->case_number) {
        row = &state->cases.items[g->of[0].ref];
        own = false;
    }
    for (uint32_t i = 0; row && i < row->acts.count; i++) {
        const struct act *act = &state->acts.items[row->acts.items[i]];
        bool done = act->state == ACT_DONE || act->state == ACT_UNDONE;
        if (done && (!step_name || row->procedure->steps[act->step].name == step_name) &&
            act->entry <= g->inner.known && (!g->inner.as_of || act->day <= g->inner.at) &&
            day_inside(act->day, g->from, g->to))
            keep(g, ref_value(VALUE_ACT, row->acts.items[i]));
    }
    if (own && scope->draft && scope->procedure &&
        (!step_name || scope->procedure->steps[scope->draft->step].name == step_name)) {
        if (scope->reads_draft)
            *scope->reads_draft = true;
        keep(g, ref_value(VALUE_ACT, ACT_DRAFT));
    }
}

static void gather_duties(struct gathering *g)
{
    const struct state *state = g->scope->state;
    if (g->of_count && g->of[0].kind == VALUE_SUBJECT) {
        const struct subject *subject = &state->subjects.items[g->of[0].subject];
        bool is_unit = subject->kind == state->words.unit;
        for (uint32_t i = 0; i < subject->duties.count; i++) {
            const struct duty_row *duty = &state->duties.items[subject->duties.items[i]];
            bool own = is_unit
                           ? duty->unit == g->of[0].subject
                           : duty->of.kind == VALUE_SUBJECT && duty->of.subject == g->of[0].subject;
            own = own && duty->opened_entry <= g->inner.known &&
                  (!g->inner.as_of || duty->opened <= g->inner.at);
            if (own && day_inside(duty->deadline.due, g->from, g->to))
                keep(g, ref_value(VALUE_DUTY, subject->duties.items[i]));
        }
    }
}

/* A name that leads nowhere stands for itself: a type of a pack that may be missing, and is. There
 * is none of it. */
static void gather_path(struct gathering *g)
{
    const struct operand *what = &g->selection->what;
    struct value value = eval_operand(g->scope, what);
    if (value.kind == VALUE_SYMBOL && value.member.symbol == what->text)
        return;
    if (value.kind == VALUE_MISSING)
        g->missing = true;
    else if (value.kind != VALUE_LIST)
        keep(g, value);
    else
        for (uint32_t i = 0; i < value.list.count; i++)
            keep(g, value.list.items[i]);
}

static void of_add(struct gathering *g, struct value value)
{
    if (value.kind == VALUE_MISSING || value.kind == VALUE_SYMBOL)
        g->missing = true;
    else if (g->of_count < sizeof g->of / sizeof g->of[0])
        g->of[g->of_count++] = value;
}

/* `it` is the element of the `where` or `have` that a selection stands in; other names are outside.
 */
static struct value of_value(const struct scope *scope, const struct operand *of)
{
    bool it = of->kind == OPERAND_WORD && of->names[0] == scope->state->words.it;
    return it ? eval_left(scope, of) : eval_operand(scope, of);
}

static void of_read(struct gathering *g, enum source source)
{
    const struct operand *of = &g->selection->of;
    if (of->kind == OPERAND_LIST) {
        for (unsigned i = 0; i < of->count; i++)
            of_add(g, of_value(g->scope, &of->items[i]));
    } else if (of->kind != OPERAND_NONE) {
        of_add(g, of_value(g->scope, of));
    } else if (source == SOURCE_DUTIES || (source == SOURCE_FACTS && !g->within) ||
               source == SOURCE_ANY_FACT) {
        /* inside a where the element is what is asked about, else `it`; `within` says it itself */
        const struct value *it =
            g->scope->element.kind == VALUE_SUBJECT ? &g->scope->element : &g->scope->it;
        if (it->kind != VALUE_MISSING)
            of_add(g, *it);
    }
}

static void gathering_begin(struct gathering *g, const struct scope *scope,
                            const struct selection *selection, enum source source)
{
    *g = (struct gathering){.scope = scope, .selection = selection, .inner = *scope};
    if (selection->at.kind != OPERAND_NONE) {
        struct value at = eval_left(scope, &selection->at);
        g->missing = at.kind != VALUE_DATE;
        g->inner.at = at.kind == VALUE_DATE ? at.date : scope->at;
    }
    if (selection->known.kind != OPERAND_NONE) {
        struct value known = eval_left(scope, &selection->known);
        if (known.kind == VALUE_ACT && known.ref != ACT_DRAFT)
            g->inner.known = scope->state->acts.items[known.ref].entry;
    }
    if (selection->within.kind != OPERAND_NONE) {
        struct value within = eval_operand(scope, &selection->within);
        g->within = within.kind == VALUE_SUBJECT ? within.subject : 0;
        g->missing = g->missing || !g->within;
    }
    of_read(g, source);
    window_days(&g->inner, &selection->in, &g->from, &g->to);
    window_days(&g->inner, &selection->recorded, &g->recorded_from, &g->recorded_to);
}

static int32_t element_day(const struct state *state, const struct value *value)
{
    if (value->kind == VALUE_FACT)
        return state->facts.items[value->ref].day;
    if (value->kind == VALUE_ACT && value->ref != ACT_DRAFT)
        return state->acts.items[value->ref].day;
    if (value->kind == VALUE_CASE)
        return state->cases.items[value->ref].opened;
    return INT32_MAX;
}

/* Leaves the n latest, in order of recording. */
static void keep_newest(struct gathering *g, int64_t n)
{
    while (g->found.count > (n > 0 ? (uint64_t)n : 0)) {
        uint32_t oldest = 0;
        for (uint32_t i = 1; i < g->found.count; i++)
            if (element_day(g->scope->state, &g->found.items[i]) <
                element_day(g->scope->state, &g->found.items[oldest]))
                oldest = i;
        memmove(&g->found.items[oldest], &g->found.items[oldest + 1],
                (g->found.count - oldest - 1) * sizeof *g->found.items);
        g->found.count--;
    }
}

static bool element_satisfies(const struct gathering *g, const struct value *element,
                              const struct predicate *predicate)
{
    struct scope inner = g->inner;
    inner.element = *element;
    inner.depth++;
    return eval_predicate(&inner, predicate);
}

static void gather(struct gathering *g, const struct scope *scope,
                   const struct selection *selection)
{
    enum source source = source_of(scope, &selection->what);
    gathering_begin(g, scope, selection, source);
    if (g->missing || scope->depth > EVAL_DEPTH_MAX)
        return;
    symbol name = selection->what.names[0];
    switch (source) {
    case SOURCE_FACTS: gather_facts(g, name); break;
    case SOURCE_ANY_FACT: gather_facts(g, SYMBOL_NONE); break;
    case SOURCE_SUBJECTS: gather_subjects(g, name); break;
    case SOURCE_CASES: gather_cases(g, name); break;
    case SOURCE_ACTS: gather_acts(g, name); break;
    case SOURCE_ANY_ACT: gather_acts(g, SYMBOL_NONE); break;
    case SOURCE_DUTIES: gather_duties(g); break;
    case SOURCE_PATH:
    case SOURCE_NONE: gather_path(g); break;
    }
    struct value newest = eval_operand(scope, &selection->newest);
    if (newest.kind == VALUE_NUMBER)
        keep_newest(g, newest.number.num);
    uint32_t kept = 0;
    for (uint32_t i = 0; selection->where && i < g->found.count; i++)
        if (element_satisfies(g, &g->found.items[i], selection->where))
            g->found.items[kept++] = g->found.items[i];
    if (selection->where)
        g->found.count = kept;
}

/* ---- selectors ---- */

static struct value taken(const struct gathering *g, const struct value *element)
{
    if (g->selection->take.kind == OPERAND_NONE)
        return *element;
    struct scope inner = g->inner;
    inner.element = *element;
    return eval_left(&inner, &g->selection->take);
}

static bool sum_add(struct number *sum, struct number more)
{
    int64_t a, b, num, den;
    return !__builtin_mul_overflow(sum->num, more.den, &a) &&
           !__builtin_mul_overflow(more.num, sum->den, &b) && !__builtin_add_overflow(a, b, &num) &&
           !__builtin_mul_overflow(sum->den, more.den, &den) && number_make(num, den, sum);
}

static bool numbers_sum(const struct value *value, struct number *sum, int64_t *count)
{
    if (value->kind == VALUE_NUMBER) {
        ++*count;
        return sum_add(sum, value->number);
    }
    for (uint32_t i = 0; value->kind == VALUE_LIST && i < value->list.count; i++)
        if (!numbers_sum(&value->list.items[i], sum, count))
            return false;
    return true;
}

static struct value select_sum(const struct gathering *g, bool mean)
{
    struct value result = count_value(0);
    int64_t count = 0;
    for (uint32_t i = 0; i < g->found.count; i++) {
        struct value value = taken(g, &g->found.items[i]);
        if (!numbers_sum(&value, &result.number, &count))
            return value_missing();
    }
    if (!mean)
        return result;
    if (!count || !number_make(result.number.num, result.number.den * count, &result.number))
        return value_missing();
    return result;
}

static struct value select_latest(const struct gathering *g)
{
    const struct value *latest = NULL;
    for (uint32_t i = 0; i < g->found.count; i++)
        if (!latest || element_day(g->scope->state, &g->found.items[i]) >=
                           element_day(g->scope->state, latest))
            latest = &g->found.items[i];
    if (!latest)
        return value_missing();
    if (g->selection->take.kind != OPERAND_NONE)
        return taken(g, latest);
    struct value date;
    return eval_property(&g->inner, latest, g->scope->state->words.date, &date) ? date
                                                                                : value_missing();
}

static struct value select_share(const struct gathering *g)
{
    struct value result = count_value(0);
    int64_t having = 0;
    for (uint32_t i = 0; i < g->found.count; i++)
        having += element_satisfies(g, &g->found.items[i], g->selection->having);
    return g->found.count && number_make(having, g->found.count, &result.number) ? result
                                                                                 : value_missing();
}

static struct value select_every(const struct gathering *g)
{
    for (uint32_t i = 0; i < g->found.count; i++)
        if (!element_satisfies(g, &g->found.items[i], g->selection->having))
            return bool_value(false);
    return bool_value(true);
}

static int spell_order(const void *a, const void *b)
{
    int32_t left = ((const int32_t *)a)[0], right = ((const int32_t *)b)[0];
    return left < right ? -1 : left > right;
}

static struct value length_as(int32_t days, int32_t from, enum as_unit as)
{
    struct value value = {.kind = VALUE_LENGTH};
    value.length.days = days;
    value.length.from = from;
    if (as == AS_NONE)
        return value;
    if (as == AS_DAYS)
        return count_value(days);
    int64_t months = 0;
    int32_t step = as == AS_YEARS ? 12 : 1;
    while (months < 12000 && date_add_months(from, (int)(months + 1) * step) != DATE_NONE &&
           date_add_months(from, (int)(months + 1) * step) - from <= days)
        months++;
    return count_value(months);
}

/* In-force spells joined end to end; overlapping days count once; first and last day count. */
static struct value select_time(const struct gathering *g)
{
    const struct state *state = g->scope->state;
    int32_t(*spells)[2] = arena_take(g->scope->arena, (g->found.count + 1) * sizeof *spells);
    int32_t total = 0, reached = INT32_MIN, first = DATE_NONE;
    eval_until(&g->inner, g->inner.at + 1);
    for (uint32_t i = 0; i < g->found.count; i++) {
        const struct fact *fact = &state->facts.items[g->found.items[i].ref];
        int32_t to = g->inner.at;
        if (fact->until != DATE_NONE && fact->until < to)
            to = fact->until;
        if (fact->ended_on != DATE_NONE && fact->ended_on <= to)
            to = fact->ended_on - 1; /* on the day that ends it, it is in force no more */
        spells[i][0] = fact->day;
        spells[i][1] = to;
    }
    qsort(spells, g->found.count, sizeof *spells, spell_order);
    for (uint32_t i = 0; i < g->found.count; i++) {
        int32_t from = spells[i][0] > reached ? spells[i][0] : reached + 1;
        if (g->from != DATE_NONE && from < g->from)
            from = g->from;
        int32_t to = g->to != DATE_NONE && spells[i][1] > g->to ? g->to : spells[i][1];
        if (to < from)
            continue;
        first = first == DATE_NONE ? from : first;
        total += to - from + 1;
        reached = to;
    }
    return length_as(total, first == DATE_NONE ? g->inner.at : first, g->selection->as);
}

static struct value select_since(const struct scope *scope, const struct selection *selection)
{
    struct value date = eval_left(scope, &selection->what);
    int32_t at = scope->at;
    if (selection->at.kind != OPERAND_NONE) {
        struct value other = eval_left(scope, &selection->at);
        if (other.kind != VALUE_DATE)
            return value_missing();
        at = other.date;
    } else {
        eval_until(scope, at + 1);
    }
    return date.kind == VALUE_DATE ? length_as(at - date.date, date.date, selection->as)
                                   : value_missing();
}

static struct value select_ratio(const struct scope *scope, const struct selection *selection)
{
    struct value result = {.kind = VALUE_NUMBER};
    int64_t num, den;
    if (selection->what.kind != OPERAND_LIST || selection->what.count != 2)
        return value_missing();
    struct value a = eval_left(scope, &selection->what.items[0]),
                 b = eval_left(scope, &selection->what.items[1]);
    if (a.kind != VALUE_NUMBER || b.kind != VALUE_NUMBER ||
        __builtin_mul_overflow(a.number.num, b.number.den, &num) ||
        __builtin_mul_overflow(a.number.den, b.number.num, &den) ||
        !number_make(num, den, &result.number))
        return value_missing();
    return result;
}

static uint32_t member_of(const struct state *state, const struct value *who)
{
    if (who->kind == VALUE_SUBJECT)
        return state_member_of_person(state, who->subject);
    return who->kind == VALUE_SYMBOL ? state_member(state, who->member.symbol) : 0;
}

static struct value select_holds_role(const struct scope *scope, const struct selection *selection)
{
    struct value who =
        selection->who.kind != OPERAND_NONE ? eval_left(scope, &selection->who) : value_missing();
    uint32_t member =
        selection->who.kind == OPERAND_NONE ? scope->actor : member_of(scope->state, &who);
    uint32_t unit = eval_case_unit(scope);
    if (selection->over.kind != OPERAND_NONE) {
        struct value over = eval_operand(scope, &selection->over);
        if (over.kind != VALUE_SUBJECT)
            return value_missing();
        unit = over.subject;
    }
    if (!member)
        return bool_value(false);
    eval_until(scope, scope->at + 1);
    return bool_value(state_holds(scope->state, member, selection->what.text, unit, scope->at));
}

static bool act_signed_by(const struct act *act, uint32_t member)
{
    for (unsigned i = 0; i < act->signature_count; i++)
        if (act->signatures[i].member == member)
            return true;
    return false;
}

static struct value select_signed(const struct gathering *g)
{
    const struct scope *scope = g->scope;
    struct value who = g->selection->who.kind != OPERAND_NONE ? eval_left(scope, &g->selection->who)
                                                              : value_missing();
    uint32_t member =
        g->selection->who.kind == OPERAND_NONE ? scope->actor : member_of(scope->state, &who);
    for (uint32_t i = 0; member && i < g->found.count; i++) {
        const struct act *act = g->found.items[i].ref == ACT_DRAFT
                                    ? scope->draft
                                    : &scope->state->acts.items[g->found.items[i].ref];
        if (act_signed_by(act, member))
            return bool_value(true);
    }
    return bool_value(false);
}

/* ---- signatures that are missing ---- */

struct missing {
    const struct gathering *g;
    struct scope scope; /* of the case asked about */
    struct gathered found;
};

static void missing_add(struct missing *missing, struct value value)
{
    struct gathering list = {.scope = missing->g->scope, .found = missing->found};
    keep(&list, value);
    missing->found = list.found;
}

static const struct act *element_act(const struct gathering *g, uint32_t i)
{
    return g->found.items[i].ref == ACT_DRAFT ? g->scope->draft
                                              : &g->scope->state->acts.items[g->found.items[i].ref];
}

/* Of an `each` step the people named who have not acted. */
static void missing_of_each(struct missing *missing, unsigned index)
{
    const struct step *step = &missing->scope.procedure->steps[index];
    struct value people = eval_operand(&missing->scope, &step->by.path);
    for (uint32_t i = 0; people.kind == VALUE_LIST && i < people.list.count; i++) {
        uint32_t member = member_of(missing->scope.state, &people.list.items[i]);
        bool found = false;
        for (uint32_t k = 0; k < missing->g->found.count && !found; k++) {
            const struct act *act = element_act(missing->g, k);
            found = act->step == index && act_signed_by(act, member);
        }
        if (!found)
            missing_add(missing, people.list.items[i]);
    }
}

/* An act begun, once for each signature that it waits for. */
static void missing_of_acts(struct missing *missing)
{
    const struct state *state = missing->scope.state;
    const struct case_row *row = missing->scope.case_row;
    for (uint32_t i = 0; row && i < row->acts.count; i++) {
        const struct act *act = &state->acts.items[row->acts.items[i]];
        if (act->state != ACT_SIGNING)
            continue;
        for (unsigned k = act->signature_count; k < row->procedure->steps[act->step].by.count; k++)
            missing_add(missing, ref_value(VALUE_ACT, row->acts.items[i]));
    }
}

/* Who still has to sign: people where they are named, else the acts that wait. */
static struct gathered select_unsigned(const struct gathering *g)
{
    struct missing missing = {.g = g, .scope = *g->scope};
    const struct state *state = g->scope->state;
    symbol asked = g->selection->what.names[0];
    if (g->of_count && g->of[0].kind == VALUE_CASE && g->of[0].ref != g->scope->case_number) {
        missing.scope = scope_of_case(state, g->scope->arena, g->of[0].ref,
                                      &state->cases.items[g->of[0].ref], g->scope->at);
        missing.scope.until = g->scope->until;
    }
    const struct procedure *procedure = missing.scope.procedure;
    for (unsigned s = 0; procedure && s < procedure->step_count; s++)
        if ((asked == procedure->steps[s].name || asked == state->words.any) &&
            procedure->steps[s].by.kind == BY_EACH)
            missing_of_each(&missing, s);
    missing_of_acts(&missing);
    return missing.found;
}

struct value eval_selection(const struct scope *scope, const struct selection *selection)
{
    struct gathering g;
    if (selection->selector == SELECT_SINCE)
        return select_since(scope, selection);
    if (selection->selector == SELECT_RATIO)
        return select_ratio(scope, selection);
    if (selection->selector == SELECT_HOLDS)
        return select_holds_role(scope, selection);
    gather(&g, scope, selection);
    if (g.missing)
        return value_missing();
    switch (selection->selector) {
    case SELECT_HAS: return bool_value(g.found.count > 0);
    case SELECT_LACKS: return bool_value(g.found.count == 0);
    case SELECT_COUNT: return count_value(g.found.count);
    case SELECT_SUM: return select_sum(&g, false);
    case SELECT_MEAN: return select_sum(&g, true);
    case SELECT_LATEST: return select_latest(&g);
    case SELECT_SHARE: return select_share(&g);
    case SELECT_EVERY: return select_every(&g);
    case SELECT_TIME: return select_time(&g);
    case SELECT_SIGNED: return select_signed(&g);
    case SELECT_UNSIGNED: return count_value(select_unsigned(&g).count);
    case SELECT_EACH:
    case SELECT_SINCE:
    case SELECT_RATIO:
    case SELECT_HOLDS: break;
    }
    return value_missing();
}

struct value eval_elements(const struct scope *scope, const struct selection *selection)
{
    struct gathering g;
    struct value value = {.kind = VALUE_LIST};
    gather(&g, scope, selection);
    if (selection->selector == SELECT_UNSIGNED && !g.missing)
        g.found = select_unsigned(&g);
    value.list.items = g.found.items;
    value.list.count = g.missing ? 0 : g.found.count;
    return value;
}
