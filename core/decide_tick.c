/* decide_tick.c - time as a command: each tick names one thing that is due, and it is verified
 * here. Also what people do to a duty: exempt, suspend, resume; and the record of deliveries. */
#include <stdio.h>

#include "core/check.h"
#include "core/decide.h"

struct ticking {
    struct deciding *d;
    struct tick tick;
    symbol what;
};

static void done(struct ticking *t)
{
    struct deciding *d = t->d;
    EMIT(d, ticked, datum_text(tick_name(t->tick.kind)), date_datum(d, t->tick.day),
         name_datum(d, t->what), datum_int(t->tick.number));
}

/* ---- rungs of a duty ---- */

static void rung_emit(struct ticking *t, const char *kind, int64_t index, unsigned level)
{
    struct deciding *d = t->d;
    const struct duty_row *duty = &d->state->duties.items[t->tick.number];
    uint32_t members[RECIPIENTS_MAX];
    unsigned count = duty_recipients(d->state, duty, d->today, level, members);
    if (level == 0)
        count = duty_copies(d->state, duty, d->today, members, count);
    const char *key = arena_format(d->arena, "duty/%lld/%s/%lld", (long long)t->tick.number, kind,
                                   (long long)index);
    if (duty->moves) /* the first reminder before another due day is another reminder */
        key = arena_format(d->arena, "%s.%u", key, duty->moves);
    EMIT(d, rung_due, datum_int(t->tick.number), datum_text(kind), datum_int(index),
         date_datum(d, t->tick.day), datum_int(d->today - t->tick.day),
         members_datum(d, members, count), datum_text(key));
}

static void tick_rung(struct ticking *t)
{
    rung_emit(t, "before", t->d->state->duties.items[t->tick.number].rungs_fired, 0);
}

static void tick_notice(struct ticking *t)
{
    rung_emit(t, "overdue", t->d->state->duties.items[t->tick.number].notices_fired, 0);
}

static void tick_escalate(struct ticking *t)
{
    bool superior = datum_is_text(arg(t->d, "what"), "superior");
    rung_emit(t, superior ? "superior" : "supervisor", 0, superior ? 1 : 2);
}

/* One entry names who was responsible on the due day; then what the step says of being overdue. */
static void tick_overdue(struct ticking *t)
{
    struct deciding *d = t->d;
    int64_t number = t->tick.number;
    struct duty_row duty = d->state->duties.items[number];
    uint32_t members[RECIPIENTS_MAX];
    unsigned count = duty_recipients(d->state, &duty, duty.deadline.due, 0, members);
    EMIT(d, duty_overdue, datum_int(number), date_datum(d, t->tick.day),
         members_datum(d, members, count));
    if (duty.procedure && duty.case_number) {
        struct scope scope = scope_of_case(d->state, d->arena, duty.case_number,
                                           &d->state->cases.items[duty.case_number], t->tick.day);
        effects_do(d, &scope, &duty.procedure->steps[duty.step].overdue, duty.case_number, 0,
                   t->tick.day);
    }
}

static void tick_calendar(struct ticking *t)
{
    struct deciding *d = t->d;
    const struct duty_row *duty = &d->state->duties.items[t->tick.number];
    done(t);
    if (!duty_is_open(duty))
        return;
    if (duty->procedure && duty->case_number)
        duty_of_step_recompute(d, t->tick.number, "calendar");
    else
        duty_of_def_recompute(d, t->tick.number, "calendar");
}

/* ---- cases ---- */

/* The step that time acts on now; an item of an earlier pass finds the day moved. */
static int open_step(const struct ticking *t)
{
    struct state *state = t->d->state;
    const struct case_row *row = &state->cases.items[t->tick.number];
    for (unsigned i = 0; i < row->procedure->step_count; i++) {
        if (row->procedure->steps[i].name != t->what || !(row->open >> i & 1) ||
            row->status != CASE_RUNNING)
            continue;
        int32_t day = step_clock_day(state, t->tick.number, i, t->tick.kind);
        return day != DATE_NONE && day <= t->tick.day ? (int)i : -1;
    }
    return -1;
}

static void step_by_clock(struct ticking *t, int step, symbol outcome)
{
    struct deciding *d = t->d;
    int64_t act = d->state->acts.count;
    symbol name = d->state->cases.items[t->tick.number].procedure->steps[step].name;
    EMIT(d, step_signed, datum_int(t->tick.number), name_datum(d, name), datum_int(act),
         name_datum(d, d->state->members.items[d->member].id), datum_text(""),
         name_datum(d, d->state->words.clock), date_datum(d, t->tick.day), name_datum(d, outcome),
         datum_list(NULL, 0), datum_list(NULL, 0), datum_list(NULL, 0));
    step_complete(d, t->tick.number, act, outcome, t->tick.day);
    d->decision->case_number = t->tick.number;
}

static void tick_timeout(struct ticking *t)
{
    int step = open_step(t);
    done(t);
    if (step < 0)
        return;
    const struct step *def = &t->d->state->cases.items[t->tick.number].procedure->steps[step];
    for (unsigned i = 0; i < def->outcome_count; i++)
        if (def->outcomes[i].timeout.present) {
            step_by_clock(t, step, def->outcomes[i].name);
            return;
        }
}

static void tick_clock(struct ticking *t)
{
    int step = open_step(t);
    done(t);
    if (step < 0)
        return;
    const struct case_row *row = &t->d->state->cases.items[t->tick.number];
    struct scope scope = scope_of_case(t->d->state, t->d->arena, t->tick.number, row, t->tick.day);
    symbol outcome = outcome_computed(&scope, &row->procedure->steps[step]);
    step_by_clock(t, step, outcome ? outcome : row->procedure->steps[step].outcomes[0].name);
}

/* ---- calendar periods ---- */

/* A batch of subjects; the tick stays due until none is left. */
static void tick_period(struct ticking *t)
{
    struct deciding *d = t->d;
    const struct duty_def *duty = rulebook_duty(&d->state->rules, t->what, 0);
    const struct procedure *procedure =
        duty ? NULL : rulebook_procedure(&d->state->rules, t->what, 0);
    const struct occasion *when = duty ? &duty->when : procedure ? &procedure->when : NULL;
    unsigned opened = 0;
    if (!when || when->kind != OCCASION_EVERY) {
        done(t); /* the pack's new version has it no more */
        return;
    }
    struct span span = span_around(when->every, (int32_t)t->tick.number);
    const struct numbers *subjects = state_numbers(&d->state->subjects_by_kind, when->subject_kind);
    for (uint32_t i = 0; subjects && i < subjects->count && opened < TICK_BATCH_MAX; i++)
        opened += period_open(d, duty, procedure, (uint32_t)subjects->items[i], span);
    if (opened < TICK_BATCH_MAX)
        done(t);
}

/* ---- watched values ---- */

static void tick_value(struct ticking *t)
{
    int64_t subject = t->tick.number;
    if (subject) {
        done(t);
        watch_day(t->d, t->what, (uint32_t)subject, t->tick.day);
    } else if (watch_day(t->d, t->what, 0, t->tick.day)) {
        done(t);
    }
}

static void (*const tickers[TICK_COUNT])(struct ticking *t) = {
    [TICK_rung] = tick_rung,         [TICK_overdue] = tick_overdue,   [TICK_notice] = tick_notice,
    [TICK_escalate] = tick_escalate, [TICK_timeout] = tick_timeout,   [TICK_clock] = tick_clock,
    [TICK_period] = tick_period,     [TICK_calendar] = tick_calendar, [TICK_value] = tick_value,
};

static bool tick_read(struct ticking *t)
{
    struct deciding *d = t->d;
    const struct datum *kind = arg(d, "kind");
    t->tick.kind = TICK_COUNT;
    for (unsigned i = 0; i < TICK_COUNT; i++)
        if (datum_is_text(kind, tick_name((enum tick_kind)i)))
            t->tick.kind = (enum tick_kind)i;
    t->tick.day = arg_date(d, "day");
    t->tick.number = arg(d, "number")->kind == DATUM_INT ? arg(d, "number")->integer : 0;
    t->what = arg_symbol(d, "what");
    t->tick.what = arg(d, "what")->kind == DATUM_TEXT
                       ? arena_text_n(d->arena, arg(d, "what")->text, arg(d, "what")->count)
                       : "";
    return t->tick.kind < TICK_COUNT && tickers[t->tick.kind] && t->tick.day != DATE_NONE &&
           t->tick.day <= d->today;
}

void decide_tick(struct deciding *d)
{
    struct ticking t = {.d = d};
    if (!holds_built_in(d, d->state->words.clock)) {
        refuse(d, REFUSAL_not_entitled, "clock", "",
               is_zh(d) ? "需要职责 clock（时钟）" : "this needs the role clock");
        return;
    }
    if (!tick_read(&t) || !schedule_is_due(d->state, &t.tick, t.what)) {
        refuse(d, REFUSAL_not_due, "tick", "", "%s", refusal_text(REFUSAL_not_due, d->language));
        return;
    }
    tickers[t.tick.kind](&t);
}

/* ---- what people do to a duty ---- */

static struct duty_row *duty_asked(struct deciding *d, int64_t *ret_number)
{
    int64_t number = arg_int(d, "duty");
    *ret_number = number;
    if (number < 1 || number >= (int64_t)d->state->duties.count ||
        !duty_is_open(&d->state->duties.items[number])) {
        refuse(d, REFUSAL_unknown_number, "duty", "",
               is_zh(d) ? "没有这个未了的期限" : "no such open duty");
        return NULL;
    }
    struct duty_row *duty = &d->state->duties.items[number];
    const struct pack *pack = duty->def ? duty->def->pack : duty->procedure->pack;
    symbol role = pack->waiver ? pack->waiver : pack->supervisor;
    if (!role || !state_holds(d->state, d->member, role, duty->unit, d->command->occurred_on)) {
        refuse(d, REFUSAL_signer, "duty", "", is_zh(d) ? "须由 %s 签字" : "to be signed by %s",
               role ? symbol_text(d->state->symbols, role) : "-");
        return NULL;
    }
    if (arg(d, "reason")->kind == DATUM_BYTES)
        return duty;
    refuse(d, REFUSAL_field, "reason", "", is_zh(d) ? "须写明理由" : "give a reason");
    return NULL;
}

void decide_exempt(struct deciding *d)
{
    int64_t number;
    if (duty_asked(d, &number))
        EMIT(d, duty_cancelled, datum_int(number), date_datum(d, d->command->occurred_on),
             datum_text("exempt"));
}

/* A due day that is computed (a birth date and an age) has no clock that could stand still. */
static bool has_clock(struct deciding *d, const struct duty_row *duty)
{
    if (!duty->def || duty->def->when.kind != OCCASION_DATE)
        return true;
    return refuse(d, REFUSAL_conflict, "duty", "",
                  is_zh(d)
                      ? "到期日由日期推算，没有计时可以中止；可以免除，或变更推算所依据的内容"
                      : "its due day is computed, no clock runs that could be stopped; exempt it, "
                        "or change what it is computed from");
}

void decide_suspend(struct deciding *d)
{
    int64_t number;
    int32_t day = d->command->occurred_on;
    const struct duty_row *duty = duty_asked(d, &number);
    if (!duty || !has_clock(d, duty))
        return;
    if (duty->suspended) {
        refuse(d, REFUSAL_conflict, "duty", "",
               is_zh(d) ? "期限已经中止" : "its clock stands already");
        return;
    }
    if (day < duty_clock_runs_since(duty)) {
        char date[DATE_TEXT_SIZE];
        refuse(d, REFUSAL_conflict, "duty", "",
               is_zh(d) ? "计时自 %s 起才进行，中止日不得更早"
                        : "its clock runs since %s and cannot be stopped before",
               date_text(duty_clock_runs_since(duty), date));
        return;
    }
    EMIT(d, duty_suspended, datum_int(number), date_datum(d, day),
         datum_int(duty_clock_used(d, duty, day)));
}

/* The days that were left are counted from the day of resumption; those used stay used. */
void decide_resume(struct deciding *d)
{
    int64_t number;
    int32_t day = d->command->occurred_on;
    const struct duty_row *duty = duty_asked(d, &number);
    if (!duty)
        return;
    if (!duty->suspended || day < duty->suspended_on) {
        refuse(d, REFUSAL_conflict, "duty", "",
               is_zh(d) ? "期限没有中止，或日期早于中止日"
                        : "its clock runs, or the day lies before the suspension");
        return;
    }
    struct duty_move move = {.start = duty->deadline.start, .reason = "resumed"};
    move.due = duty_clock_resumed_due(d, duty, day, &move.lean);
    EMIT(d, duty_resumed, datum_int(number), date_datum(d, day), datum_int(duty->used_days));
    duty_move(d, number, &move);
}

/* ---- deliveries ---- */

static bool short_text(struct deciding *d, const char *name, bool needed)
{
    const struct datum *datum = arg(d, name);
    if (datum->kind == DATUM_TEXT && datum->count <= NAME_SIZE_MAX && (datum->count || !needed))
        return true;
    return refuse(d, REFUSAL_field, name, "", "%s: a text of at most %d bytes is expected", name,
                  NAME_SIZE_MAX);
}

static bool is_addressed(struct deciding *d)
{
    switch (reminder_addressed(d->state, arg(d, "key"), arg(d, "recipient"))) {
    case ADDRESSED_TO_HIM: return true;
    case ADDRESSED_TO_OTHERS:
        return refuse(d, REFUSAL_field, "recipient", "",
                      is_zh(d) ? "这个提醒不是发给此人的"
                               : "the reminder was not addressed to him");
    case ADDRESSED_TO_NONE: break;
    }
    return refuse(d, REFUSAL_unknown_number, "key", "",
                  is_zh(d) ? "没有这个提醒" : "there is no such reminder");
}

void decide_deliver(struct deciding *d)
{
    const struct datum *outcome = arg(d, "outcome");
    if (!holds_built_in(d, d->state->words.notifier)) {
        refuse(d, REFUSAL_not_entitled, "notifier", "",
               is_zh(d) ? "需要职责 notifier（通知员）" : "this needs the role notifier");
        return;
    }
    if (!short_text(d, "key", true) || !short_text(d, "channel", true) ||
        !short_text(d, "recipient", true) || !short_text(d, "detail", false))
        return;
    if (!datum_is_text(outcome, "sent") && !datum_is_text(outcome, "failed") &&
        !datum_is_text(outcome, "dead")) {
        refuse(d, REFUSAL_outcome, "outcome", "", "sent, failed or dead");
        return;
    }
    if (!is_addressed(d))
        return;
    EMIT(d, delivered, *arg(d, "key"), *arg(d, "channel"), *arg(d, "recipient"), *outcome,
         datum_int(arg_int(d, "attempt") < 0 ? 0 : arg_int(d, "attempt")), *arg(d, "detail"));
}
