/* decide_migrate.c - a running case goes over to another version of its pack.
 *
 * What has been done stays done, by step name; a step that has been acted on must exist in the
 * other version, with the outcomes that were chosen. What is open stays open unless the other
 * version has something to be done before it. Due days are asked again from the days they already
 * count from: elapsed time is kept, reminders sent stay sent. All that stands against it is told
 * at once, so that a dry run shows the whole list. */
#include "core/decide.h"

struct migrating {
    struct deciding *d;
    int64_t number;
    const struct procedure *from, *to;
    int32_t day;
};

static const char *text_of(const struct migrating *m, symbol name)
{
    return symbol_text(m->d->state->symbols, name);
}

static const struct step *step_named(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return &procedure->steps[i];
    return NULL;
}

/* ---- what stands against it ---- */

static bool has_outcome(const struct step *step, symbol outcome)
{
    for (unsigned i = 0; i < step->outcome_count; i++)
        if (step->outcomes[i].name == outcome)
            return true;
    return !outcome;
}

static void act_check(struct migrating *m, const struct act *act)
{
    struct deciding *d = m->d;
    symbol name = m->from->steps[act->step].name;
    const struct step *step = step_named(m->to, name);
    if (act->state == ACT_SIGNING)
        refuse(d, REFUSAL_migration, text_of(m, name), "",
               is_zh(d) ? "步骤 %s 正在会签，请等会签完毕或撤回"
                        : "the step %s is being signed: let it be completed or withdrawn",
               text_of(m, name));
    if (step && act->state == ACT_DONE && !has_outcome(step, act->outcome))
        refuse(d, REFUSAL_migration, text_of(m, name), "",
               is_zh(d) ? "步骤 %s 的结果“%s”在新版本中没有"
                        : "of the step %s the outcome %s is not in that version",
               text_of(m, name), text_of(m, act->outcome));
}

/* Steps that left something behind: an act, a case they run, or their being done. */
static uint64_t steps_used(const struct migrating *m, const struct case_row *row)
{
    uint64_t used = row->done & ~row->skipped;
    for (uint32_t i = 0; i < row->acts.count; i++)
        used |= (uint64_t)1 << m->d->state->acts.items[row->acts.items[i]].step;
    for (unsigned i = 0; i < m->from->step_count; i++)
        if (m->from->steps[i].run_count && row->children.count)
            used |= row->open & (uint64_t)1 << i;
    return used;
}

static void steps_check(struct migrating *m, const struct case_row *row)
{
    uint64_t used = steps_used(m, row);
    for (unsigned i = 0; i < m->from->step_count; i++)
        if ((used >> i & 1) && !step_named(m->to, m->from->steps[i].name))
            refuse(m->d, REFUSAL_migration, text_of(m, m->from->steps[i].name), "",
                   is_zh(m->d) ? "步骤 %s 已经办过，而新版本中没有这一步"
                               : "the step %s has been acted on and is not in that version",
                   text_of(m, m->from->steps[i].name));
    for (uint32_t i = 0; i < row->acts.count; i++)
        act_check(m, &m->d->state->acts.items[row->acts.items[i]]);
}

static const struct slot *slot_named(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->about.count; i++)
        if (procedure->about.items[i].name == name)
            return &procedure->about.items[i];
    return NULL;
}

/* A slot that a step not yet done will fill need not be filled now. */
static bool is_named_later(const struct migrating *m, const struct case_row *row, symbol slot)
{
    for (unsigned i = 0; i < m->to->step_count; i++) {
        const struct step *step = &m->to->steps[i];
        bool done = false;
        for (unsigned k = 0; k < m->from->step_count; k++)
            done = done || (m->from->steps[k].name == step->name && (row->done >> k & 1));
        if (step->names == slot && !done)
            return true;
    }
    return false;
}

static void slots_check(struct migrating *m, const struct case_row *row)
{
    struct deciding *d = m->d;
    for (unsigned i = 0; i < row->slot_count; i++) {
        symbol name = row->slots[i].name;
        const struct slot *before = slot_named(m->from, name), *slot = slot_named(m->to, name);
        if (!slot || (before && (slot->type.kind != before->type.kind ||
                                 slot->type.name != before->type.name)))
            refuse(d, REFUSAL_migration, text_of(m, name), "",
                   is_zh(d) ? "对象 %s 在新版本中没有，或种类不同"
                            : "the subject %s is not in that version, or of another kind",
                   text_of(m, name));
    }
    for (unsigned i = 0; i < m->to->about.count; i++) {
        const struct slot *slot = &m->to->about.items[i];
        if (!slot->optional && !named_find(row->slots, row->slot_count, slot->name) &&
            !is_named_later(m, row, slot->name))
            refuse(d, REFUSAL_migration, text_of(m, slot->name), "",
                   is_zh(d) ? "新版本需要对象 %s，该事项没有"
                            : "that version needs the subject %s, which the case does not have",
                   text_of(m, slot->name));
    }
}

static bool may_migrate(struct migrating *m, int64_t version)
{
    struct deciding *d = m->d;
    const struct case_row *row = &d->state->cases.items[m->number];
    m->from = row->procedure;
    m->to = rulebook_procedure(&d->state->rules, m->from->name, version);
    if (row->status == CASE_ENDED)
        return refuse(d, REFUSAL_closed, "case", "", "%s",
                      refusal_text(REFUSAL_closed, d->language));
    if (d->command->expected_version >= 0 && d->command->expected_version != row->version)
        return refuse(d, REFUSAL_version, "case", "",
                      is_zh(d) ? "现在的版本是 %lld" : "its version is %lld now",
                      (long long)row->version);
    if (!m->to)
        return refuse(d, REFUSAL_migration, text_of(m, m->from->name), "",
                      is_zh(d) ? "那个版本没有程序 %s" : "no version of that number has %s",
                      text_of(m, m->from->name));
    if (m->to == m->from)
        return refuse(d, REFUSAL_migration, "to", "",
                      is_zh(d) ? "该事项已按第 %lld 版办理"
                               : "the case runs under version %lld already",
                      (long long)m->to->pack->version);
    steps_check(m, row);
    slots_check(m, row);
    return d->decision->refusal == REFUSAL_none;
}

/* ---- what follows from it ---- */

/* Does a due day of that step run now? One that names its own start runs before its step opens. */
static bool runs_due(const struct case_row *row, unsigned index)
{
    const struct step *step = &row->procedure->steps[index];
    bool own_start = step->due.from.kind != OPERAND_NONE || step->due.date.kind != OPERAND_NONE;
    return step->due.present && ((row->open >> index & 1) || own_start);
}

static void duties_follow(struct migrating *m)
{
    struct deciding *d = m->d;
    for (uint32_t i = 0; i < d->state->cases.items[m->number].duties.count; i++) {
        const struct case_row *row = &d->state->cases.items[m->number];
        int64_t number = row->duties.items[i];
        const struct duty_row *duty = &d->state->duties.items[number];
        if (!duty->procedure || !duty_is_open(duty))
            continue;
        if (duty->procedure != m->to || !runs_due(row, duty->step))
            EMIT(d, duty_cancelled, datum_int(number), date_datum(d, m->day),
                 datum_text("migrated"));
        else if (duty->suspended || duty->resumed_on != DATE_NONE) /* its clock stood: days counted
                                                                      then stay counted */
            duty_recompute(d, number, duty->deadline.start, duty->deadline.due, "migrated");
        else
            duty_of_step_recompute(d, number, "migrated");
    }
}

/* A step that was open already and has a due day only in the new version: from the day it was
 * opened. */
static void duties_begin(struct migrating *m)
{
    for (unsigned i = 0; i < m->to->step_count; i++) {
        const struct case_row *row = &m->d->state->cases.items[m->number];
        const struct step *before = step_named(m->from, m->to->steps[i].name);
        if ((row->open >> i & 1) && m->to->steps[i].due.present && before && !before->due.present &&
            !step_has_open_duty(m->d->state, row, i))
            step_duty_open(m->d, m->number, i, row->opened_on[i]);
    }
}

void decide_migrate(struct deciding *d)
{
    struct migrating m = {
        .d = d, .number = d->command->case_number, .day = d->command->occurred_on};
    int64_t version = arg_int(d, "to");
    if (!need_system(d))
        return;
    if (m.number < 1 || m.number >= (int64_t)d->state->cases.count) {
        refuse(d, REFUSAL_unknown_case, "case", "", "%s",
               refusal_text(REFUSAL_unknown_case, d->language));
        return;
    }
    if (arg(d, "reason")->kind != DATUM_BYTES) {
        refuse(d, REFUSAL_field, "reason", "", is_zh(d) ? "须写明理由" : "give a reason");
        return;
    }
    if (!may_migrate(&m, version < 0 ? 0 : version))
        return;
    EMIT(d, case_migrated, datum_int(m.number), datum_int(m.to->pack->version),
         datum_int(m.from->pack->version), date_datum(d, m.day));
    duties_follow(&m);
    duties_begin(&m);
    case_advance(d, m.number, m.day);
    d->decision->case_number = m.number;
}
