/* state_query.c - the inbox: open steps against the roles a member holds. */
#include "core/state_query.h"

#include "core/check.h"
#include "core/decide.h"

static bool may_sign(const struct state *state, const struct scope *scope, const struct step *step,
                     uint32_t member, int32_t day)
{
    uint32_t unit = eval_case_unit(scope);
    uint32_t person = state->members.items[member].person;
    if (step->by.kind == BY_CLOCK)
        return false;
    if (step->by.kind == BY_PERSON || step->by.kind == BY_EACH) {
        struct value people = eval_operand(scope, &step->by.path);
        bool named = person && people.kind == VALUE_SUBJECT && people.subject == person;
        for (uint32_t i = 0; people.kind == VALUE_LIST && i < people.list.count; i++)
            named = named || (person && people.list.items[i].kind == VALUE_SUBJECT &&
                              people.list.items[i].subject == person);
        return named;
    }
    for (unsigned i = 0; i < step->by.roles.count; i++)
        if (state_holds(state, member, step->by.roles.items[i], unit, day))
            return true;
    return false;
}

static bool has_signed(const struct state *state, const struct case_row *row, unsigned step,
                       uint32_t member)
{
    for (uint32_t i = 0; i < row->acts.count; i++) {
        const struct act *act = &state->acts.items[row->acts.items[i]];
        bool counts = act->state == ACT_SIGNING ||
                      (act->state == ACT_DONE && row->procedure->steps[step].by.kind == BY_EACH);
        if (act->step != step || !counts)
            continue;
        for (unsigned k = 0; k < act->signature_count; k++)
            if (act->signatures[k].member == member)
                return true;
    }
    return false;
}

static void due_of(const struct state *state, const struct case_row *row, unsigned step,
                   struct inbox_item *item)
{
    item->due = DATE_NONE;
    for (uint32_t i = 0; i < row->duties.count; i++) {
        const struct duty_row *duty = &state->duties.items[row->duties.items[i]];
        if (duty->procedure && duty->step == step && duty_is_open(duty)) {
            item->due = duty->deadline.due;
            item->overdue = duty->state == DUTY_OVERDUE;
        }
    }
}

static const char *title_of(const struct title *title, const char *otherwise)
{
    return title->zh ? title->zh : title->en ? title->en : otherwise;
}

unsigned state_inbox(const struct state *state, const char *member_id, int32_t day, int64_t after,
                     struct inbox_item *ret_items, unsigned max)
{
    uint32_t member = state_member(state, symbol_find(state->symbols, member_id));
    struct arena arena;
    unsigned count = 0;
    arena_init(&arena, 0);
    for (int64_t number = after + 1; member && number < (int64_t)state->cases.count && count < max;
         number++) {
        const struct case_row *row = &state->cases.items[number];
        if (row->status != CASE_RUNNING || !row->open)
            continue;
        struct scope scope = scope_of_case(state, &arena, number, row, day);
        for (unsigned i = 0; i < row->procedure->step_count && count < max; i++) {
            const struct step *step = &row->procedure->steps[i];
            if (!(row->open >> i & 1) || !may_sign(state, &scope, step, member, day))
                continue;
            struct inbox_item *item = &ret_items[count++];
            *item =
                (struct inbox_item){.case_number = number,
                                    .procedure = symbol_text(state->symbols, row->procedure->name),
                                    .step = symbol_text(state->symbols, step->name),
                                    .waits_for_others = has_signed(state, row, i, member)};
            item->procedure_title = title_of(&row->procedure->title, item->procedure);
            item->step_title = title_of(&step->title, item->step);
            due_of(state, row, i, item);
        }
        arena_reset(&arena);
    }
    arena_done(&arena);
    return count;
}

unsigned state_open_steps(const struct state *state, int64_t case_number, const char **ret_steps,
                          unsigned max)
{
    unsigned count = 0;
    if (case_number < 1 || case_number >= (int64_t)state->cases.count)
        return 0;
    const struct case_row *row = &state->cases.items[case_number];
    for (unsigned i = 0; i < row->procedure->step_count && count < max; i++)
        if (row->status != CASE_ENDED && row->open >> i & 1)
            ret_steps[count++] = symbol_text(state->symbols, row->procedure->steps[i].name);
    return count;
}

const char *state_case_unit(const struct state *state, int64_t case_number)
{
    if (case_number < 1 || case_number >= (int64_t)state->cases.count)
        return "";
    struct arena arena;
    arena_init(&arena, 0);
    struct scope scope =
        scope_of_case(state, &arena, case_number, &state->cases.items[case_number], state->today);
    uint32_t unit = eval_case_unit(&scope);
    arena_done(&arena);
    return unit ? symbol_text(state->symbols, state->subjects.items[unit].id) : "";
}

const char *state_subject_unit(const struct state *state, struct text_view subject, int32_t day)
{
    uint32_t number =
        state_subject(state, symbol_find_n(state->symbols, subject.data, subject.size));
    if (number && state->subjects.items[number].kind != state->words.unit)
        number = state_unit_of(state, number, day);
    return number ? symbol_text(state->symbols, state->subjects.items[number].id) : "";
}

const char *state_value_title(const struct state *state, struct text_view subject,
                              struct text_view value)
{
    uint32_t number =
        state_subject(state, symbol_find_n(state->symbols, subject.data, subject.size));
    symbol name = symbol_find_n(state->symbols, value.data, value.size);
    symbol kind = number ? state->subjects.items[number].kind : SYMBOL_NONE;
    const struct value_def *def = name ? rulebook_value(&state->rules, kind, name) : NULL;
    if (!def && name) /* a value of subjects of any kind */
        def = rulebook_value(&state->rules, SYMBOL_NONE, name);
    return def ? title_of(&def->title, symbol_text(state->symbols, name))
               : symbol_text(state->symbols, name);
}

bool state_unit_within(const struct state *state, struct text_view unit, struct text_view above,
                       int32_t day)
{
    uint32_t inner = state_subject(state, symbol_find_n(state->symbols, unit.data, unit.size)),
             outer = state_subject(state, symbol_find_n(state->symbols, above.data, above.size));
    return inner && outer && state_unit_inside(state, inner, outer, day);
}

const char *state_duty_title(const struct state *state, const char *name, const char *language)
{
    bool en = strcmp(language, "en") == 0;
    const struct duty_def *duty =
        rulebook_known_duty(&state->rules, symbol_find(state->symbols, name));
    const char *dot = strchr(name, '.');
    const struct title *title = duty ? &duty->title : NULL;
    const struct procedure *procedure =
        dot && !duty ? rulebook_known_procedure(
                           &state->rules, symbol_find_n(state->symbols, name, (size_t)(dot - name)))
                     : NULL;
    if (procedure)
        title = &procedure->title;
    if (!title)
        return name;
    const char *text = en && title->en ? title->en : title->zh ? title->zh : title->en;
    return text ? text : name;
}

bool state_case(const struct state *state, int64_t number, struct case_view *ret_view)
{
    if (number < 1 || number >= (int64_t)state->cases.count)
        return false;
    const struct case_row *row = &state->cases.items[number];
    const struct pack *pack = row->procedure->pack;
    *ret_view =
        (struct case_view){.procedure = symbol_text(state->symbols, row->procedure->name),
                           .pack = symbol_text(state->symbols, pack->id),
                           .pack_version = pack->version,
                           .newest_version = rulebook_pack(&state->rules, pack->id, 0)->version,
                           .version = row->version,
                           .ended = row->status == CASE_ENDED,
                           .suspended = row->status == CASE_SUSPENDED};
    return true;
}

bool state_duty(const struct state *state, int64_t number, struct duty_view *ret_view)
{
    if (number < 1 || number >= (int64_t)state->duties.count)
        return false;
    const struct duty_row *duty = &state->duties.items[number];
    symbol unit = duty->unit ? state->subjects.items[duty->unit].id : SYMBOL_NONE;
    *ret_view = (struct duty_view){.name = symbol_text(state->symbols, duty->name),
                                   .owner = symbol_text(state->symbols, duty->owner),
                                   .unit = symbol_text(state->symbols, unit),
                                   .start = duty->deadline.start,
                                   .due = duty->deadline.due,
                                   .open = duty_is_open(duty),
                                   .overdue = duty->state == DUTY_OVERDUE,
                                   .late = duty->late};
    return true;
}

bool state_is_workday(const struct state *state, int32_t day)
{
    return calendar_is_workday(state->calendar, day, NULL);
}

bool state_duty_is_vacant(const struct state *state, int64_t number, int32_t day)
{
    return number >= 1 && number < (int64_t)state->duties.count &&
           duty_is_vacant(state, &state->duties.items[number], day);
}

void state_each_key(const struct state *state, void (*each)(void *user, const struct key_view *key),
                    void *user)
{
    for (uint32_t i = 1; i < state->keys.count; i++) {
        const struct key *key = &state->keys.items[i];
        struct key_view view = {key->key,
                                symbol_text(state->symbols, state->members.items[key->member].id),
                                key->revoked};
        each(user, &view);
    }
}

void state_each_assignment(const struct state *state,
                           void (*each)(void *user, const struct assignment_view *assignment),
                           void *user)
{
    for (uint32_t i = 1; i < state->assignments.count; i++) {
        const struct assignment_row *row = &state->assignments.items[i];
        struct assignment_view view = {
            i, symbol_text(state->symbols, state->members.items[row->member].id),
            symbol_text(state->symbols, row->role), row->from, row->to};
        if (!row->delegated_of)
            each(user, &view);
    }
}
