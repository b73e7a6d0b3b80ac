/* watch.c - watched values: what `changed` says when a fact makes a value another than it was.
 *
 * Nothing is stored. The value before is the value as known up to the entry before this one, so the
 * question can be asked of any state that was folded from the same entries. Asked are the values
 * of the subjects that stand in the fact, in the period of its day: a correction that moves a fact
 * from one year to another is asked in both, one that leaves the value as it was changes nothing.
 *
 * A `daily` value changes by the passing of days as well (a colour as a term runs out). Whenever it
 * was asked, the days ahead on which it may be another are tried for the first on which it is (the
 * evaluation tells them: eval_until), and that day is put on record (`value_due`); a tick brings it about. So a day costs what changes on it and nothing else.
 */
#include "core/check.h"
#include "core/decide.h"
#include "core/limits.h"

struct watching {
    struct deciding *d;
    const struct value_def *def;
    struct scope scope;
    struct value before, after;
};

static struct value watched_value(const struct watching *w, int64_t known)
{
    struct scope scope = w->scope;
    scope.known = known;
    return eval_value(&scope, w->def, &w->scope.it);
}

static struct datum period_datum(const struct watching *w)
{
    char text[SPAN_TEXT_SIZE];
    if (w->scope.period.kind == SPAN_NONE)
        return datum_text("");
    return datum_text(arena_format(w->d->arena, "%s", span_text(w->scope.period, text)));
}

/* A correction shows the same change twice, once for each of its two facts. */
static bool was_told(const struct watching *w, struct datum of, struct datum period)
{
    const struct decision *decision = w->d->decision;
    struct datum value = name_datum(w->d, w->def->name);
    for (unsigned i = 0; i < decision->event_count; i++) {
        const struct event *event = &decision->events[i];
        if (event->type == EVENT_value_changed &&
            datum_equal(event_datum(event, "value"), &value) &&
            datum_equal(event_datum(event, "of"), &of) &&
            datum_equal(event_datum(event, "period"), &period))
            return true;
    }
    return false;
}

static bool change_fits(const struct change *change, const struct value *value)
{
    bool named = value->kind == VALUE_MEMBER || value->kind == VALUE_SYMBOL;
    return !change->to || (named && value->member.symbol == change->to);
}

static void change_tell(struct watching *w)
{
    struct deciding *d = w->d;
    bool both_missing = w->before.kind == VALUE_MISSING && w->after.kind == VALUE_MISSING;
    struct datum of = value_write(d->state, d->arena, &w->scope.it), period = period_datum(w);
    if (both_missing || value_equal(&w->before, &w->after) || was_told(w, of, period))
        return;
    EMIT(d, value_changed, name_datum(d, w->def->name), of,
         value_write(d->state, d->arena, &w->before), value_write(d->state, d->arena, &w->after),
         date_datum(d, d->today), period);
    for (unsigned i = 0; i < w->def->change_count; i++)
        if (change_fits(&w->def->changes[i], &w->after))
            effects_do(d, &w->scope, &w->def->changes[i].effects, 0, 0, d->today);
}

/* As it is on a day, and the first later day on which it may be another. */
static struct value value_on(const struct watching *w, int32_t day, int32_t *ret_until)
{
    struct scope scope = w->scope;
    scope.at = day;
    scope.until = ret_until;
    *ret_until = INT32_MAX;
    struct value value = eval_value(&scope, w->def, &w->scope.it);
    if (*ret_until <= day)
        *ret_until = day + 1;
    return value;
}

/* The first day ahead on which it is another; where there is none, the day to look again. A value
 * that is missing on all of them waits for a fact. */
static int32_t next_day(const struct watching *w)
{
    int32_t last = w->d->today + WATCH_DAYS_MAX, day;
    struct value now = value_on(w, w->d->today, &day);
    while (day <= last) {
        int32_t until;
        struct value then = value_on(w, day, &until);
        bool missing = now.kind == VALUE_MISSING && then.kind == VALUE_MISSING;
        if (!missing && !value_equal(&now, &then))
            return day;
        day = until;
    }
    return now.kind == VALUE_MISSING ? DATE_NONE : last;
}

static uint64_t watch_key(symbol value, uint32_t subject)
{
    return (uint64_t)value << 32 | subject;
}

static int32_t noted_day(const struct state *state, symbol value, uint32_t subject)
{
    uint64_t day;
    return map_get(&state->watched, watch_key(value, subject), &day) ? (int32_t)(uint32_t)day
                                                                     : DATE_NONE;
}

void watch_forget(struct state *state, symbol value, uint32_t subject)
{
    map_remove(&state->watched, watch_key(value, subject));
}

void watch_note(struct state *state, symbol value, uint32_t subject, int32_t day)
{
    int32_t before = noted_day(state, value, subject);
    if (before != DATE_NONE)
        schedule_forget(state, before, TICK_value, subject, value);
    watch_forget(state, value, subject);
    if (day == DATE_NONE)
        return;
    map_put(&state->watched, watch_key(value, subject), (uint32_t)day);
    schedule_add(state, day, TICK_value, subject, value);
}

static void days_ahead(struct watching *w)
{
    struct deciding *d = w->d;
    uint32_t subject = w->scope.it.subject;
    int32_t day = next_day(w);
    if (day != noted_day(d->state, w->def->name, subject))
        EMIT(d, value_due, name_datum(d, w->def->name),
             value_write(d->state, d->arena, &w->scope.it), date_datum(d, day));
}

static void watch_one(struct watching *w)
{
    w->before = watched_value(w, w->d->now->number - 1);
    w->after = watched_value(w, INT64_MAX);
    change_tell(w);
    if (w->def->daily)
        days_ahead(w);
}

static void watch(struct deciding *d, uint32_t subject, symbol type, int32_t day)
{
    const struct rulebook *rules = &d->state->rules;
    symbol kind = d->state->subjects.items[subject].kind;
    for (unsigned i = 0; i < rules->watched_count; i++) {
        struct watching w = {.d = d, .def = rules->watched[i]};
        struct value it = {.kind = VALUE_SUBJECT};
        if (w.def->subject_kind != kind || !reads_type(&rules->watched_reads[i], type))
            continue;
        it.subject = subject;
        w.scope = scope_of(d->state, d->arena, it, d->today);
        w.scope.actor = d->member;
        if (w.def->per != SPAN_NONE)
            w.scope.period = span_around(w.def->per, day);
        watch_one(&w);
    }
}

void watch_subject(struct deciding *d, uint32_t subject)
{
    watch(d, subject, SYMBOL_NONE, d->today);
}

void watch_fact(struct deciding *d, int64_t number)
{
    if (!d->state->rules.watched_count)
        return;
    for (unsigned i = 0; i < d->state->facts.items[number].slot_count; i++) {
        const struct fact *fact = &d->state->facts.items[number];
        if (fact->slots[i].value.kind == VALUE_SUBJECT)
            watch(d, fact->slots[i].value.subject, fact->type, fact->day);
    }
}

static struct watching watching_of(struct deciding *d, const struct value_def *def,
                                   uint32_t subject)
{
    struct watching w = {.d = d, .def = def};
    struct value it = {.kind = VALUE_SUBJECT};
    it.subject = subject;
    w.scope = scope_of(d->state, d->arena, it, d->today);
    w.scope.actor = d->member;
    return w;
}

/* All subjects of a value that came with a new pack, a batch at a time. */
static bool watch_all(struct deciding *d, const struct value_def *def)
{
    const struct numbers *subjects = state_numbers(&d->state->subjects_by_kind, def->subject_kind);
    unsigned begun = 0;
    for (uint32_t i = 0; subjects && i < subjects->count && begun < TICK_BATCH_MAX; i++) {
        uint32_t subject = (uint32_t)subjects->items[i];
        if (noted_day(d->state, def->name, subject) != DATE_NONE)
            continue;
        struct watching w = watching_of(d, def, subject);
        days_ahead(&w);
        begun += noted_day(d->state, def->name, subject) != DATE_NONE;
    }
    return begun < TICK_BATCH_MAX;
}

bool watch_day(struct deciding *d, symbol value, uint32_t subject, int32_t day)
{
    const struct rulebook *rules = &d->state->rules;
    const struct value_def *def = NULL;
    for (unsigned i = 0; i < rules->watched_count; i++)
        if (rules->watched[i]->name == value && rules->watched[i]->daily)
            def = rules->watched[i];
    if (!def)
        return true; /* the pack's new version has it no more */
    if (!subject)
        return watch_all(d, def);
    struct watching w = watching_of(d, def, subject);
    int32_t until;
    w.before = value_on(&w, day - 1, &until);
    w.after = value_on(&w, d->today, &until);
    change_tell(&w);
    days_ahead(&w);
    return true;
}
