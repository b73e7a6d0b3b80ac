/* apply.c - what each event does to the state: one small function an event, by table.
 *
 * Apply is total: an event that does not fit (a reference out of range, an unknown name) is a fault
 * of the log, reported, never a crash. It asks nothing that is not in the event or in the state. */
#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"

struct applying {
    struct state *state;
    const struct moment *when;
    const struct event *event;
    struct fault *fault;
};

#define FIELD(a, index) (&(a)->event->fields[index])

static enum status wrong(struct applying *a, const char *what)
{
    return fault_set(a->fault, STATUS_CORRUPT, "event %s: %s", event_spec(a->event->type)->name,
                     what);
}

/* ---- reading fields ---- */

static int64_t int_at(const struct applying *a, unsigned index)
{
    return FIELD(a, index)->kind == DATUM_INT ? FIELD(a, index)->integer : 0;
}

static symbol name_at(const struct applying *a, unsigned index)
{
    const struct datum *datum = FIELD(a, index);
    return datum->kind == DATUM_TEXT ? symbol_add_n(a->state->symbols, datum->text, datum->count)
                                     : SYMBOL_NONE;
}

static int32_t date_datum_read(const struct datum *datum)
{
    return datum->kind == DATUM_TEXT ? date_parse_n(datum->text, datum->count) : DATE_NONE;
}

static int32_t date_at(const struct applying *a, unsigned index)
{
    return date_datum_read(FIELD(a, index));
}

static struct span span_at(const struct applying *a, unsigned index)
{
    char text[SPAN_TEXT_SIZE];
    struct span span = {SPAN_NONE, DATE_NONE, DATE_NONE};
    const struct datum *datum = FIELD(a, index);
    if (datum->kind != DATUM_TEXT || !datum->count || datum->count >= sizeof text)
        return span;
    memcpy(text, datum->text, datum->count);
    text[datum->count] = '\0';
    span_parse(text, &span, NULL);
    return span;
}

static uint32_t subject_at(const struct applying *a, unsigned index)
{
    return state_subject(a->state, name_at(a, index));
}

static uint32_t member_at(const struct applying *a, unsigned index)
{
    return state_member(a->state, name_at(a, index));
}

static symbol list_name(const struct applying *a, const struct datum *list, uint32_t index)
{
    const struct datum *item = &list->items[index];
    return item->kind == DATUM_TEXT ? symbol_add_n(a->state->symbols, item->text, item->count)
                                    : SYMBOL_NONE;
}

static struct case_row *case_at(const struct applying *a, unsigned index)
{
    int64_t number = int_at(a, index);
    if (number < 1 || number >= (int64_t)a->state->cases.count)
        return NULL;
    a->state->cases.items[number].version = a->when->number + 1;
    return &a->state->cases.items[number];
}

static int step_by_name(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return (int)i;
    return -1;
}

/* ---- values kept for ever ---- */

static const struct type *slot_type(const struct slots *slots, symbol name)
{
    for (unsigned i = 0; i < slots->count; i++)
        if (slots->items[i].name == name)
            return &slots->items[i].type;
    return NULL;
}

static const struct type *field_type(const struct fields *fields, symbol name)
{
    for (unsigned i = 0; i < fields->count; i++)
        if (fields->items[i].name == name)
            return &fields->items[i].type;
    return NULL;
}

static const struct type plain_int = {.kind = TYPE_INT};
static const struct type series_number = {.kind = TYPE_INT};

/* Reads [[name, datum], ...] by the types that `slots` or `fields` give; unknown names are votes'
 * numbers. */
static bool named_read(struct applying *a, const struct datum *list, const struct slots *slots,
                       const struct fields *fields, struct named_value **ret_items,
                       uint16_t *ret_count)
{
    struct named_value *items =
        list->count ? ARENA_ARRAY(&a->state->heap, struct named_value, list->count) : NULL;
    char why[100];
    for (uint32_t i = 0; i < list->count; i++) {
        const struct datum *pair = &list->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return false;
        symbol name = symbol_add_n(a->state->symbols, pair->items[0].text, pair->items[0].count);
        const struct type *type = slots ? slot_type(slots, name) : field_type(fields, name);
        if (!type && !slots)
            type = &plain_int;
        if (type && type->kind == TYPE_SERIES)
            type = &series_number;
        items[i].name = name;
        if (!type || !value_read(a->state, &a->state->heap, type, &pair->items[1], &items[i].value,
                                 why, sizeof why))
            return false;
    }
    *ret_items = items;
    *ret_count = (uint16_t)list->count;
    return true;
}

/* ---- members, keys, roles ---- */

static enum status apply_member_enrolled(struct applying *a)
{
    struct state *state = a->state;
    symbol id = name_at(a, 0);
    if (state_member(state, id))
        return wrong(a, "the member exists");
    struct member *member = TABLE_ADD(state->members);
    *member = (struct member){.id = id, .person = subject_at(a, 1)};
    map_put(&state->member_by_id, id, state->members.count - 1);
    state_member_note(state, state->members.count - 1);
    return STATUS_OK;
}

static enum status apply_key_enrolled(struct applying *a)
{
    struct state *state = a->state;
    uint32_t member = member_at(a, 0);
    if (!member || FIELD(a, 1)->count != KEY_SIZE)
        return wrong(a, "no such member, or no key");
    struct key *key = TABLE_ADD(state->keys);
    memcpy(key->key, FIELD(a, 1)->bytes, KEY_SIZE);
    key->member = member;
    key->revoked = false;
    bytes_map_put(&state->key_by_bytes, key->key, state->keys.count - 1);
    return STATUS_OK;
}

static enum status apply_key_revoked(struct applying *a)
{
    uint64_t key;
    if (FIELD(a, 0)->count != KEY_SIZE ||
        !bytes_map_get(&a->state->key_by_bytes, FIELD(a, 0)->bytes, &key))
        return wrong(a, "no such key");
    a->state->keys.items[key].revoked = true;
    return STATUS_OK;
}

static enum status assignment_add(struct applying *a, struct assignment_row row)
{
    struct state *state = a->state;
    if (!row.member || int_at(a, 0) != (int64_t)state->assignments.count)
        return wrong(a, "no such member, or a number out of order");
    struct assignment_row *place = TABLE_ADD(state->assignments);
    *place = row;
    numbers_add(&state->members.items[row.member].assignments, state->assignments.count - 1);
    numbers_add(state_numbers_make(&state->assignments_by_unit, row.unit + 1),
                state->assignments.count - 1);
    return STATUS_OK;
}

static enum status apply_role_assigned(struct applying *a)
{
    return assignment_add(a, (struct assignment_row){.member = member_at(a, 1),
                                                     .role = name_at(a, 2),
                                                     .unit = subject_at(a, 3),
                                                     .from = date_at(a, 4),
                                                     .to = date_at(a, 5)});
}

static enum status apply_role_ended(struct applying *a)
{
    int64_t number = int_at(a, 0);
    if (number < 1 || number >= (int64_t)a->state->assignments.count)
        return wrong(a, "no such assignment");
    a->state->assignments.items[number].to = date_at(a, 1);
    return STATUS_OK;
}

static enum status apply_role_delegated(struct applying *a)
{
    int64_t of = int_at(a, 1);
    if (of < 1 || of >= (int64_t)a->state->assignments.count)
        return wrong(a, "no such assignment");
    const struct assignment_row *own = &a->state->assignments.items[of];
    return assignment_add(a, (struct assignment_row){.member = member_at(a, 2),
                                                     .role = own->role,
                                                     .unit = own->unit,
                                                     .from = date_at(a, 3),
                                                     .to = date_at(a, 4),
                                                     .delegated_of = of});
}

/* ---- packs and calendars ---- */

static enum status apply_blob_part(struct applying *a)
{
    const struct datum *digest = FIELD(a, 0), *bytes = FIELD(a, 3);
    if (digest->count != DIGEST_SIZE || !blob_put(a->state->blobs, digest->bytes, int_at(a, 1),
                                                  int_at(a, 2), bytes->bytes, bytes->count))
        return wrong(a, "the part does not fit");
    return STATUS_OK;
}

static void every_schedule(struct state *state, const struct occasion *when, symbol name,
                           int32_t day)
{
    struct span span = span_around(when->every, day);
    if (when->at_end)
        span = span_previous(span);
    schedule_add(state, day, TICK_period, span.from, name);
}

/* What a pack opens by the calendar falls due for the span running now, and from then on by itself.
 */
static void pack_schedule(struct state *state, const struct pack *pack, int32_t day)
{
    for (unsigned i = 0; i < pack->duty_count; i++)
        if (pack->duties[i].when.kind == OCCASION_EVERY)
            every_schedule(state, &pack->duties[i].when, pack->duties[i].name, day);
    for (unsigned i = 0; i < pack->procedure_count; i++)
        if (pack->procedures[i].when.kind == OCCASION_EVERY)
            every_schedule(state, &pack->procedures[i].when, pack->procedures[i].name, day);
    for (unsigned i = 0; i < pack->value_count; i++)
        if (pack->values[i].daily)
            schedule_add(state, day, TICK_value, 0, pack->values[i].name);
}

static enum status apply_pack_activated(struct applying *a)
{
    static struct pack_findings findings; /* too large for a stack; read by nobody else */
    struct state *state = a->state;
    size_t size;
    const char *text = FIELD(a, 2)->count == DIGEST_SIZE
                           ? blob_text(state->blobs, FIELD(a, 2)->bytes, &size)
                           : NULL;
    findings.count = findings.error_count = 0;
    struct pack *pack = text ? pack_read(text, size, state->symbols, &findings) : NULL;
    if (pack)
        rulebook_link(&state->rules, pack, &findings);
    if (!pack || findings.error_count) {
        pack_free(pack);
        return wrong(a, "the pack's text is missing or not valid");
    }
    pack->version = int_at(a, 1);
    rulebook_add(&state->rules, pack);
    struct activation *activation = TABLE_ADD(state->activations);
    memcpy(activation->digest, FIELD(a, 2)->bytes, DIGEST_SIZE);
    activation->version = pack->version;
    pack_schedule(state, pack, state->today);
    return STATUS_OK;
}

static enum status apply_calendar_activated(struct applying *a)
{
    struct state *state = a->state;
    size_t size;
    int year;
    const char *text = FIELD(a, 1)->count == DIGEST_SIZE
                           ? blob_text(state->blobs, FIELD(a, 1)->bytes, &size)
                           : NULL;
    if (!text || calendar_load(state->calendar, text, size, &year, a->fault) != STATUS_OK)
        return wrong(a, "the calendar's text is missing or not valid");
    struct activation *activation = TABLE_ADD(state->activations);
    memcpy(activation->digest, FIELD(a, 1)->bytes, DIGEST_SIZE);
    activation->version = 0;
    lean_resolve(state, year);
    return STATUS_OK;
}

/* ---- subjects ---- */

static struct type unit_type(const struct state *state)
{
    return (struct type){.kind = TYPE_SUBJECT, .name = state->words.unit};
}

static void field_add(struct subject *subject, struct dated_field field)
{
    if (subject->field_count == subject->field_capacity) {
        subject->field_capacity = subject->field_capacity ? subject->field_capacity * 2 : 4;
        subject->fields =
            realloc(subject->fields, subject->field_capacity * sizeof *subject->fields);
        CHECK(subject->fields != NULL);
    }
    subject->fields[subject->field_count++] = field;
}

static enum status fields_apply(struct applying *a, uint32_t number, unsigned index, int32_t from)
{
    struct state *state = a->state;
    const struct datum *list = FIELD(a, index);
    static const struct type text = {.kind = TYPE_TEXT};
    char why[100];
    for (uint32_t i = 0; i < list->count; i++) {
        const struct datum *pair = &list->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return wrong(a, "a field is no pair");
        struct dated_field field = {
            .name = symbol_add_n(state->symbols, pair->items[0].text, pair->items[0].count),
            .from = from,
            .entry = a->when->number};
        const struct field *def =
            rulebook_field(&state->rules, state->subjects.items[number].kind, field.name);
        struct type unit = unit_type(state);
        const struct type *type = def                               ? &def->type
                                  : field.name == state->words.unit ? &unit
                                                                    : &text;
        if (!value_read(state, &state->heap, type, &pair->items[1], &field.value, why, sizeof why))
            return wrong(a, why);
        field_add(&state->subjects.items[number], field);
        if (field.name == state->words.unit && field.value.kind == VALUE_SUBJECT)
            numbers_add(&state->subjects.items[field.value.subject].children, number);
    }
    return STATUS_OK;
}

static enum status apply_subject_registered(struct applying *a)
{
    struct state *state = a->state;
    symbol id = name_at(a, 0);
    if (!id || state_subject(state, id))
        return wrong(a, "the subject exists");
    struct subject *subject = TABLE_ADD(state->subjects);
    *subject = (struct subject){.id = id, .kind = name_at(a, 1)};
    uint32_t number = state->subjects.count - 1;
    map_put(&state->subject_by_id, id, number);
    numbers_add(state_numbers_make(&state->subjects_by_kind, subject->kind), number);
    return fields_apply(a, number, 2, DATE_NONE);
}

static enum status apply_subject_changed(struct applying *a)
{
    uint32_t number = subject_at(a, 0);
    return number ? fields_apply(a, number, 1, date_at(a, 2)) : wrong(a, "no such subject");
}

/* ---- cases ---- */

static void case_enter_dossiers(struct state *state, int64_t number,
                                const struct named_value *slots, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (slots[i].value.kind == VALUE_SUBJECT)
            numbers_add(&state->subjects.items[slots[i].value.subject].cases, number);
}

static enum status apply_case_opened(struct applying *a)
{
    struct state *state = a->state;
    const struct procedure *procedure =
        rulebook_procedure(&state->rules, name_at(a, 1), int_at(a, 2));
    int64_t number = int_at(a, 0), parent = int_at(a, 4);
    if (!procedure || number != (int64_t)state->cases.count || parent < 0 || parent >= number ||
        int_at(a, 5) < 0 || int_at(a, 5) >= (int64_t)state->facts.count)
        return wrong(a, "no such procedure, or a number out of order");
    struct case_row row = {.procedure = procedure,
                           .parent = parent,
                           .start_fact = int_at(a, 5),
                           .period = span_at(a, 6),
                           .opened = date_at(a, 7),
                           .ended = DATE_NONE,
                           .version = a->when->number + 1,
                           .opened_entry = a->when->number};
    if (!named_read(a, FIELD(a, 3), &procedure->about, NULL, &row.slots, &row.slot_count))
        return wrong(a, "a slot does not fit");
    row.opened_on = ARENA_ARRAY(&state->heap, int32_t, procedure->step_count);
    for (unsigned i = 0; i < procedure->step_count; i++)
        row.opened_on[i] = DATE_NONE;
    struct case_row *place = TABLE_ADD(state->cases);
    *place = row;
    numbers_add(state_numbers_make(&state->cases_by_procedure, procedure->name), number);
    case_enter_dossiers(state, number, row.slots, row.slot_count);
    if (parent)
        numbers_add(&state->cases.items[parent].children, number);
    return STATUS_OK;
}

static enum status apply_slot_filled(struct applying *a)
{
    struct case_row *row = case_at(a, 0);
    if (!row)
        return wrong(a, "no such case");
    symbol name = name_at(a, 1);
    const struct type *type = slot_type(&row->procedure->about, name);
    struct named_value slot = {.name = name};
    char why[100];
    if (!type ||
        !value_read(a->state, &a->state->heap, type, FIELD(a, 2), &slot.value, why, sizeof why))
        return wrong(a, "the slot does not fit");
    struct named_value *slots =
        ARENA_ARRAY(&a->state->heap, struct named_value, row->slot_count + 1u);
    uint16_t count = 0;
    for (unsigned i = 0; i < row->slot_count; i++)
        if (row->slots[i].name != name)
            slots[count++] = row->slots[i];
    slots[count++] = slot;
    row->slots = slots;
    row->slot_count = count;
    case_enter_dossiers(a->state, int_at(a, 0), &slot, 1);
    return STATUS_OK;
}

static void signature_add(struct act *act, struct signature_row signature)
{
    act->signatures =
        realloc(act->signatures, (act->signature_count + 1u) * sizeof *act->signatures);
    CHECK(act->signatures != NULL);
    act->signatures[act->signature_count++] = signature;
}

static bool evidence_read(struct applying *a, const struct datum *list, struct act *act)
{
    act->evidence =
        list->count ? ARENA_ARRAY(&a->state->heap, struct evidence_row, list->count) : NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct datum *item = &list->items[i];
        if (item->kind != DATUM_LIST || item->count != 3 || item->items[0].kind != DATUM_TEXT ||
            item->items[2].kind != DATUM_BYTES || item->items[2].count != DIGEST_SIZE)
            return false;
        act->evidence[i].kind =
            symbol_add_n(a->state->symbols, item->items[0].text, item->items[0].count);
        memcpy(act->evidence[i].digest, item->items[2].bytes, DIGEST_SIZE);
    }
    act->evidence_count = (uint16_t)list->count;
    return true;
}

/* The first signature of an act brings its content; a later one may repeat it and adds a name. */
static bool act_fill(struct applying *a, struct act *act, const struct step *step)
{
    const struct datum *waived = FIELD(a, 10);
    act->outcome = name_at(a, 7);
    act->waived = waived->count ? ARENA_ARRAY(&a->state->heap, symbol, waived->count) : NULL;
    for (uint32_t i = 0; i < waived->count; i++)
        act->waived[act->waived_count++] = list_name(a, waived, i);
    return named_read(a, FIELD(a, 8), NULL, &step->fields, &act->fields, &act->field_count) &&
           evidence_read(a, FIELD(a, 9), act);
}

static bool waiver_served(const struct waiver *waiver, const struct case_row *row, symbol step,
                          const struct act *act)
{
    bool named = false;
    if (waiver->case_number || waiver->pack_step_procedure != row->procedure->name ||
        waiver->step != step || waiver->day > act->day)
        return false;
    for (unsigned i = 0; i < waiver->slot_count; i++) {
        const struct named_value *slot =
            named_find(row->slots, row->slot_count, waiver->slots[i].name);
        if (!slot || !value_equal(&slot->value, &waiver->slots[i].value))
            return false;
    }
    for (unsigned i = 0; i < waiver->guard_count; i++)
        for (unsigned k = 0; k < act->waived_count; k++)
            named = named || waiver->guards[i] == act->waived[k];
    return named;
}

/* A waiver signed before its case was opened belongs to the case that it served, and to no other.
 */
static void waivers_bind(struct state *state, const struct case_row *row, symbol step,
                         const struct act *act)
{
    for (uint32_t i = 1; act->waived_count && i < state->waivers.count; i++)
        if (waiver_served(&state->waivers.items[i], row, step, act))
            state->waivers.items[i].case_number = act->case_number;
}

static enum status apply_step_signed(struct applying *a)
{
    struct state *state = a->state;
    struct case_row *row = case_at(a, 0);
    int64_t number = int_at(a, 2);
    int step = row ? step_by_name(row->procedure, name_at(a, 1)) : -1;
    if (step < 0 || number < 1 || number > (int64_t)state->acts.count)
        return wrong(a, "no such case or step");
    if (number == (int64_t)state->acts.count) {
        struct act *act = TABLE_ADD(state->acts);
        *act = (struct act){.case_number = int_at(a, 0),
                            .step = (uint8_t)step,
                            .day = date_at(a, 6),
                            .recorded = state->today,
                            .entry = a->when->number};
        if (!act_fill(a, act, &row->procedure->steps[step]))
            return wrong(a, "a field does not fit");
        numbers_add(&row->acts, number);
        row->first_act = row->first_act ? row->first_act : number;
        waivers_bind(state, row, name_at(a, 1), &state->acts.items[number]);
    }
    struct signature_row signature = {member_at(a, 3), member_at(a, 4), name_at(a, 5),
                                      date_at(a, 6)};
    signature_add(&state->acts.items[number], signature);
    return STATUS_OK;
}

/* An `each` step is done when everybody named has acted; others when their one act is complete. */
static bool step_is_complete(struct state *state, const struct case_row *row, int64_t case_number,
                             unsigned step, int32_t day)
{
    const struct step *def = &row->procedure->steps[step];
    struct arena arena;
    uint32_t acted = 0;
    if (def->by.kind != BY_EACH)
        return true;
    arena_init(&arena, 0);
    struct scope scope = scope_of_case(state, &arena, case_number, row, day);
    struct value people = eval_operand(&scope, &def->by.path);
    for (uint32_t i = 0; i < row->acts.count; i++)
        acted += state->acts.items[row->acts.items[i]].step == step &&
                 state->acts.items[row->acts.items[i]].state == ACT_DONE;
    bool complete = people.kind != VALUE_LIST || acted >= people.list.count;
    arena_done(&arena);
    return complete;
}

static void pass_begin(struct state *state, struct case_row *row, unsigned step)
{
    uint64_t undone = steps_following(row->procedure, step);
    row->done &= ~undone;
    row->open &= ~undone;
    row->skipped &= ~undone;
    for (uint32_t i = 0; i < row->acts.count; i++) {
        struct act *act = &state->acts.items[row->acts.items[i]];
        if ((undone >> act->step & 1) && (act->state == ACT_DONE || act->state == ACT_SIGNING))
            act->state = ACT_UNDONE;
    }
}

static enum status apply_step_done(struct applying *a)
{
    struct state *state = a->state;
    struct case_row *row = case_at(a, 0);
    int64_t number = int_at(a, 2);
    int step = row ? step_by_name(row->procedure, name_at(a, 1)) : -1;
    if (step < 0 || number < 0 || number >= (int64_t)state->acts.count)
        return wrong(a, "no such case, step or act");
    uint64_t bit = (uint64_t)1 << step;
    if (number) {
        struct act *act = &state->acts.items[number];
        act->state = ACT_DONE;
        act->outcome = name_at(a, 3);
        act->entry = a->when->number;
        act->day = date_at(a, 4);
    }
    if (!row->procedure->steps[step].optional &&
        step_is_complete(state, row, int_at(a, 0), (unsigned)step, date_at(a, 4))) {
        row->done |= bit;
        row->open &= ~bit;
    }
    return STATUS_OK;
}

static int32_t clock_day(struct state *state, int64_t number, const struct case_row *row,
                         const struct due *due, int32_t opened)
{
    struct arena arena;
    int32_t start, day = opened;
    arena_init(&arena, 0);
    struct scope scope = scope_of_case(state, &arena, number, row, opened);
    if (due->present) {
        struct value at = eval_due(&scope, due, opened, &start);
        day = at.kind == VALUE_DATE ? at.date : DATE_NONE;
    }
    arena_done(&arena);
    return day;
}

/* Steps done by the clock, and outcomes by time-out, go to the schedule when their step opens. */
static void step_schedule(struct state *state, int64_t number, const struct case_row *row,
                          unsigned step, int32_t opened)
{
    const struct step *def = &row->procedure->steps[step];
    if (def->by.kind == BY_CLOCK && !def->run_count) {
        int32_t day = clock_day(state, number, row, &def->at, opened);
        if (day != DATE_NONE)
            schedule_add(state, day < state->today ? state->today : day, TICK_clock, number,
                         def->name);
    }
    for (unsigned i = 0; i < def->outcome_count; i++)
        if (def->outcomes[i].timeout.present) {
            int32_t day = clock_day(state, number, row, &def->outcomes[i].timeout, opened);
            if (day != DATE_NONE)
                schedule_add(state, day + 1, TICK_timeout, number, def->name);
        }
}

int32_t step_clock_day(struct state *state, int64_t number, unsigned step, enum tick_kind kind)
{
    const struct case_row *row = &state->cases.items[number];
    const struct step *def = &row->procedure->steps[step];
    int32_t day = DATE_NONE;
    if (kind == TICK_clock)
        return clock_day(state, number, row, &def->at, row->opened_on[step]);
    for (unsigned i = 0; i < def->outcome_count && day == DATE_NONE; i++)
        if (def->outcomes[i].timeout.present)
            day = clock_day(state, number, row, &def->outcomes[i].timeout, row->opened_on[step]);
    return day == DATE_NONE ? DATE_NONE : day + 1;
}

static enum status apply_steps_opened(struct applying *a)
{
    struct case_row *row = case_at(a, 0);
    const struct datum *opened = FIELD(a, 1), *skipped = FIELD(a, 2);
    if (!row)
        return wrong(a, "no such case");
    if (FIELD(a, 3)->boolean &&
        opened->count + skipped->count > 0) { /* a new pass from this step */
        int step = step_by_name(row->procedure, list_name(a, opened->count ? opened : skipped, 0));
        if (step < 0)
            return wrong(a, "no such step");
        pass_begin(a->state, row, (unsigned)step);
    }
    for (uint32_t i = 0; i < opened->count; i++) {
        int step = step_by_name(row->procedure, list_name(a, opened, i));
        if (step < 0)
            return wrong(a, "no such step");
        row->open |= (uint64_t)1 << step;
        row->opened_on[step] = date_at(a, 4);
        step_schedule(a->state, int_at(a, 0), row, (unsigned)step, date_at(a, 4));
    }
    for (uint32_t i = 0; i < skipped->count; i++) {
        int step = step_by_name(row->procedure, list_name(a, skipped, i));
        if (step < 0)
            return wrong(a, "no such step");
        row->done |= (uint64_t)1 << step;
        row->skipped |= (uint64_t)1 << step;
    }
    return STATUS_OK;
}

static enum status apply_step_withdrawn(struct applying *a)
{
    struct case_row *row = case_at(a, 0);
    int64_t number = int_at(a, 1);
    if (!row || number < 1 || number >= (int64_t)a->state->acts.count)
        return wrong(a, "no such case or act");
    struct act *act = &a->state->acts.items[number];
    uint64_t following = steps_following(row->procedure, act->step), own = (uint64_t)1 << act->step;
    act->state = ACT_WITHDRAWN;
    row->done &= ~following;
    row->skipped &= ~following;
    row->open = (row->open & ~following) | own;
    return STATUS_OK;
}

static enum status apply_case_suspended(struct applying *a)
{
    struct case_row *row = case_at(a, 0);
    if (!row)
        return wrong(a, "no such case");
    row->status = CASE_SUSPENDED;
    return STATUS_OK;
}

static enum status apply_case_resumed(struct applying *a)
{
    struct case_row *row = case_at(a, 0);
    if (!row)
        return wrong(a, "no such case");
    row->status = CASE_RUNNING;
    for (unsigned i = 0; i < row->procedure->step_count; i++)
        if (row->open >> i & 1) /* what time would have done meanwhile, it does now */
            step_schedule(a->state, int_at(a, 0), row, i, row->opened_on[i]);
    return STATUS_OK;
}

/* Bits of steps moved to where the same steps stand in another version. */
static uint64_t steps_moved(uint64_t steps, const int *places, unsigned count)
{
    uint64_t moved = 0;
    for (unsigned i = 0; i < count; i++)
        if ((steps >> i & 1) && places[i] >= 0)
            moved |= (uint64_t)1 << places[i];
    return moved;
}

/* Due days of steps that are in the new version follow it; others stay of the old one. */
static void duties_migrate(struct state *state, const struct case_row *row, const int *places,
                           const struct procedure *to)
{
    for (uint32_t i = 0; i < row->duties.count; i++) {
        struct duty_row *duty = &state->duties.items[row->duties.items[i]];
        if (duty->procedure != row->procedure || places[duty->step] < 0)
            continue;
        const struct step *step = &to->steps[places[duty->step]];
        duty->procedure = to;
        duty->step = (uint8_t)places[duty->step];
        duty->owner = step_duty_owner(step);
        duty->ladder = step->due.ladder ? step->due.ladder : duty->ladder;
    }
}

static enum status apply_case_migrated(struct applying *a)
{
    struct state *state = a->state;
    struct case_row *row = case_at(a, 0);
    const struct procedure *from = row ? row->procedure : NULL;
    const struct procedure *to =
        from ? rulebook_procedure(&state->rules, from->name, int_at(a, 1)) : NULL;
    int places[STEPS_MAX];
    if (!to)
        return wrong(a, "no such case, or no such version of its procedure");
    int32_t *opened_on = ARENA_ARRAY(&state->heap, int32_t, to->step_count);
    for (unsigned i = 0; i < to->step_count; i++)
        opened_on[i] = DATE_NONE;
    for (unsigned i = 0; i < from->step_count; i++) {
        places[i] = step_by_name(to, from->steps[i].name);
        if (places[i] >= 0)
            opened_on[places[i]] = row->opened_on[i];
    }
    for (uint32_t i = 0; i < row->acts.count; i++) {
        struct act *act = &state->acts.items[row->acts.items[i]];
        if (places[act->step] < 0)
            return wrong(a, "a step that was acted on is not in that version");
        act->step = (uint8_t)places[act->step];
    }
    duties_migrate(state, row, places, to);
    uint64_t open = steps_moved(row->open, places, from->step_count);
    row->done = steps_moved(row->done, places, from->step_count);
    row->skipped = steps_moved(row->skipped, places, from->step_count);
    row->open = 0;
    row->procedure = to;
    row->opened_on = opened_on;
    row->open = open & steps_ready(row, state);
    for (unsigned i = 0; i < to->step_count; i++)
        if (row->open >> i & 1) /* time acts on it by the new version's days */
            step_schedule(state, int_at(a, 0), row, i, opened_on[i]);
    return STATUS_OK;
}

static enum status apply_case_ended(struct applying *a)
{
    struct case_row *row = case_at(a, 0);
    if (!row)
        return wrong(a, "no such case");
    row->status = CASE_ENDED;
    row->end = name_at(a, 1);
    row->ended = date_at(a, 2);
    row->ended_entry = a->when->number;
    row->open = 0;
    return STATUS_OK;
}

/* ---- facts ---- */

/* The same subjects in the same slots; an ending fact may name fewer. */
static bool slots_match(const struct fact *fact, const struct fact *ending)
{
    for (unsigned i = 0; i < ending->slot_count; i++) {
        const struct named_value *own =
            named_find(fact->slots, fact->slot_count, ending->slots[i].name);
        if (own && !value_equal(&own->value, &ending->slots[i].value))
            return false;
    }
    return true;
}

static const struct fact_def *fact_ended_by(const struct state *state, symbol ending, symbol type)
{
    const struct fact_def *def = rulebook_fact(&state->rules, type);
    return def && def->ended_by == ending ? def : NULL;
}

/* An ending fact ends what is in force of the types that name it; taking it back revives them. Few
 * types end others: all other facts cost the same however many their subjects have. */
static void facts_end(struct state *state, int64_t number)
{
    const struct fact *ending = &state->facts.items[number];
    bool ends = rulebook_fact_ends(&state->rules, ending->type);
    for (unsigned s = 0; ends && s < ending->slot_count; s++) {
        if (ending->slots[s].value.kind != VALUE_SUBJECT)
            continue;
        const struct numbers *facts = &state->subjects.items[ending->slots[s].value.subject].facts;
        for (uint32_t i = 0; i < facts->count; i++) {
            struct fact *fact = &state->facts.items[facts->items[i]];
            if (fact->superseded_by == 0 && fact->ended_by == 0 && fact->day <= ending->day &&
                fact_ended_by(state, ending->type, fact->type) && slots_match(fact, ending)) {
                fact->ended_on = ending->day;
                fact->ended_by = number;
            }
        }
    }
}

/* A fact whose start is recorded after its end, as old files may have it, finds the end that fits.
 */
static void fact_find_end(struct state *state, int64_t number)
{
    struct fact *fact = &state->facts.items[number];
    const struct fact_def *def = rulebook_fact(&state->rules, fact->type);
    if (!def || !def->ended_by || !fact->slot_count || fact->slots[0].value.kind != VALUE_SUBJECT)
        return;
    const struct numbers *facts = &state->subjects.items[fact->slots[0].value.subject].facts,
                         *endings = state_numbers(&state->facts_by_type, def->ended_by);
    for (uint32_t i = 0; endings && i < facts->count; i++) {
        const struct fact *ending = &state->facts.items[facts->items[i]];
        if (ending->type == def->ended_by && ending->superseded_by == 0 &&
            ending->day >= fact->day && slots_match(fact, ending) &&
            (fact->ended_on == DATE_NONE || ending->day < fact->ended_on)) {
            fact->ended_on = ending->day;
            fact->ended_by = facts->items[i];
        }
    }
}

static uint64_t series_key(const struct type *type, const struct fact *fact)
{
    uint64_t key = fact->type;
    for (unsigned i = 0; i < type->series.count; i++) {
        const struct named_value *slot =
            named_find(fact->slots, fact->slot_count, type->series.items[i]);
        uint64_t part = slot ? slot->value.subject : (uint64_t)date_civil(fact->day).year << 32;
        key = (key ^ part) * 0x9e3779b97f4a7c15u;
    }
    return key;
}

void series_note(struct state *state, const struct fact_def *def, const struct fact *fact)
{
    for (unsigned i = 0; i < def->fields.count; i++) {
        const struct field *field = &def->fields.items[i];
        const struct named_value *value = named_find(fact->fields, fact->field_count, field->name);
        uint64_t last = 0, key;
        if (field->type.kind != TYPE_SERIES || !value)
            continue;
        key = series_key(&field->type, fact);
        map_get(&state->series, key, &last);
        if (value->value.number.num > (int64_t)last)
            map_put(&state->series, key, (uint64_t)value->value.number.num);
    }
}

int64_t series_fact(const struct state *state, const struct field *field, const struct fact *like,
                    int64_t number)
{
    uint64_t key = series_key(&field->type, like), last = 0;
    const struct numbers *facts = state_numbers(&state->facts_by_type, like->type);
    map_get(&state->series, key, &last);
    for (uint32_t i = 0; facts && number <= (int64_t)last && i < facts->count; i++) {
        const struct fact *fact = &state->facts.items[facts->items[i]];
        const struct named_value *value = named_find(fact->fields, fact->field_count, field->name);
        if (value && value->value.number.num == number && !fact->superseded_by &&
            series_key(&field->type, fact) == key)
            return facts->items[i];
    }
    return 0;
}

static enum status apply_fact_written(struct applying *a)
{
    struct state *state = a->state;
    symbol type = name_at(a, 1);
    const struct fact_def *def = rulebook_fact(&state->rules, type);
    int64_t number = int_at(a, 0);
    if (!def || number != (int64_t)state->facts.count || int_at(a, 6) < 0 ||
        int_at(a, 6) >= (int64_t)state->cases.count || int_at(a, 7) < 0 ||
        int_at(a, 7) >= (int64_t)state->acts.count)
        return wrong(a, "no such type of fact, or a number out of order");
    struct fact fact = {.type = type,
                        .day = date_at(a, 4),
                        .until = date_at(a, 5),
                        .ended_on = DATE_NONE,
                        .entry = a->when->number,
                        .recorded = state->today,
                        .case_number = int_at(a, 6),
                        .act = int_at(a, 7)};
    if (!named_read(a, FIELD(a, 2), &def->about, NULL, &fact.slots, &fact.slot_count) ||
        !named_read(a, FIELD(a, 3), NULL, &def->fields, &fact.fields, &fact.field_count))
        return wrong(a, "a slot or field does not fit");
    struct fact *place = TABLE_ADD(state->facts);
    *place = fact;
    numbers_add(state_numbers_make(&state->facts_by_type, type), number);
    for (unsigned i = 0; i < fact.slot_count; i++)
        if (fact.slots[i].value.kind == VALUE_SUBJECT)
            numbers_add(&state->subjects.items[fact.slots[i].value.subject].facts, number);
    series_note(state, def, &fact);
    fact_find_end(state, number);
    facts_end(state, number);
    return STATUS_OK;
}

/* A running case stands on the fact that now stands for the one it was opened by; an ended one
 * stays as it was. */
static void cases_follow(struct state *state, const struct fact *fact, int64_t number)
{
    for (unsigned s = 0; s < fact->slot_count; s++) {
        if (fact->slots[s].value.kind != VALUE_SUBJECT)
            continue;
        const struct numbers *cases = &state->subjects.items[fact->slots[s].value.subject].cases;
        for (uint32_t i = 0; i < cases->count; i++) {
            struct case_row *row = &state->cases.items[cases->items[i]];
            if (row->start_fact == number && row->status != CASE_ENDED)
                row->start_fact = fact->superseded_by;
        }
    }
}

static enum status apply_fact_superseded(struct applying *a)
{
    struct state *state = a->state;
    int64_t number = int_at(a, 0);
    if (number < 1 || number >= (int64_t)state->facts.count)
        return wrong(a, "no such fact");
    struct fact *fact = &state->facts.items[number];
    fact->superseded_by = int_at(a, 1) ? int_at(a, 1) : -1;
    fact->superseded_at = a->when->number;
    if (fact->superseded_by > 0)
        cases_follow(state, fact, number);
    bool ends = rulebook_fact_ends(&state->rules, fact->type);
    for (unsigned s = 0; ends && s < fact->slot_count; s++) { /* what it ended is in force again */
        if (fact->slots[s].value.kind != VALUE_SUBJECT)
            continue;
        const struct numbers *facts = &state->subjects.items[fact->slots[s].value.subject].facts;
        for (uint32_t i = 0; i < facts->count; i++) {
            struct fact *other = &state->facts.items[facts->items[i]];
            if (other->ended_by == number) {
                other->ended_by = 0;
                other->ended_on = DATE_NONE;
                fact_find_end(state, facts->items[i]);
            }
        }
    }
    return STATUS_OK;
}

/* ---- duties ---- */

static void deadline_read(const struct applying *a, unsigned start, unsigned lean,
                          struct deadline *deadline)
{
    const struct datum *rungs = FIELD(a, start + 2), *escalations = FIELD(a, start + 4),
                       *years = FIELD(a, lean);
    *deadline = (struct deadline){.start = date_at(a, start),
                                  .due = date_at(a, start + 1),
                                  .first_overdue = date_at(a, start + 3),
                                  .escalations = {DATE_NONE, DATE_NONE}};
    for (uint32_t i = 0; i < rungs->count && i < RUNGS_MAX; i++)
        deadline->rungs[deadline->rung_count++] = date_datum_read(&rungs->items[i]);
    for (uint32_t i = 0; i < escalations->count && i < 2; i++)
        deadline->escalations[i] = date_datum_read(&escalations->items[i]);
    for (uint32_t i = 0; i < years->count; i++)
        if (years->items[i].kind == DATUM_INT)
            provisional_add(&deadline->lean, (int)years->items[i].integer);
}

static struct value duty_of(const struct applying *a, unsigned index)
{
    struct value of = {.kind = VALUE_MISSING};
    const struct datum *datum = FIELD(a, index);
    if (datum->kind == DATUM_INT && datum->integer > 0 &&
        datum->integer < (int64_t)a->state->cases.count) {
        of.kind = VALUE_CASE;
        of.ref = datum->integer;
    } else if (datum->kind == DATUM_TEXT) {
        of.subject = subject_at(a, index);
        of.kind = of.subject ? VALUE_SUBJECT : VALUE_MISSING;
    }
    return of;
}

static enum status apply_duty_opened(struct applying *a)
{
    struct state *state = a->state;
    int64_t number = int_at(a, 0), case_number = int_at(a, 3);
    if (number != (int64_t)state->duties.count || case_number < 0 ||
        case_number >= (int64_t)state->cases.count)
        return wrong(a, "a number out of order");
    struct duty_row duty = {.name = name_at(a, 1),
                            .of = duty_of(a, 2),
                            .case_number = case_number,
                            .fact = int_at(a, 5),
                            .period = span_at(a, 6),
                            .ladder = name_at(a, 12),
                            .owner = name_at(a, 13),
                            .unit = subject_at(a, 14),
                            .suspended_on = DATE_NONE,
                            .resumed_on = DATE_NONE,
                            .met_on = DATE_NONE,
                            .closed_on = DATE_NONE,
                            .next_day = DATE_NONE,
                            .opened = state->today,
                            .opened_entry = a->when->number};
    symbol step = name_at(a, 4);
    if (step && case_number) {
        duty.procedure = state->cases.items[case_number].procedure;
        int index = step_by_name(duty.procedure, step);
        if (index < 0)
            return wrong(a, "no such step");
        duty.step = (uint8_t)index;
    } else {
        duty.def = rulebook_duty(&state->rules, duty.name, 0);
    }
    if ((!duty.def && !duty.procedure) || duty.of.kind == VALUE_MISSING)
        return wrong(a, "no such duty or subject");
    deadline_read(a, 7, 15, &duty.deadline);
    static const struct provisional none;
    duty.notices_fired = duty_notices_behind(state, &duty);
    duty_inherit(state, &duty);
    struct duty_row *place = TABLE_ADD(state->duties);
    *place = duty;
    numbers_add(state_numbers_make(&state->duties_by_name, duty.name), number);
    if (duty.of.kind == VALUE_SUBJECT)
        numbers_add(&state->subjects.items[duty.of.subject].duties, number);
    if (duty.unit && (duty.of.kind != VALUE_SUBJECT || duty.of.subject != duty.unit))
        numbers_add(&state->subjects.items[duty.unit].duties, number);
    if (case_number)
        numbers_add(&state->cases.items[case_number].duties, number);
    lean_note(state, number, &none, &duty.deadline.lean);
    schedule_duty(state, number);
    return STATUS_OK;
}

static struct duty_row *duty_at(const struct applying *a)
{
    int64_t number = int_at(a, 0);
    return number < 1 || number >= (int64_t)a->state->duties.count
               ? NULL
               : &a->state->duties.items[number];
}

static enum status apply_duty_moved(struct applying *a)
{
    struct duty_row *duty = duty_at(a);
    if (!duty)
        return wrong(a, "no such duty");
    struct provisional before = duty->deadline.lean;
    struct deadline deadline;
    deadline_read(a, 1, 6, &deadline);
    duty_has_moved(a->state, duty, &deadline, datum_is_text(FIELD(a, 7), "calendar"));
    lean_note(a->state, int_at(a, 0), &before, &deadline.lean);
    schedule_duty(a->state, int_at(a, 0));
    return STATUS_OK;
}

static void duty_close(struct applying *a, struct duty_row *duty, enum duty_state state)
{
    duty->state = state;
    duty->closed_on = date_at(a, 1);
    duty->closed_entry = a->when->number;
}

static enum status apply_duty_met(struct applying *a)
{
    struct duty_row *duty = duty_at(a);
    if (!duty)
        return wrong(a, "no such duty");
    duty_close(a, duty, DUTY_MET);
    duty->met_on = date_at(a, 1);
    duty->late = FIELD(a, 2)->boolean;
    schedule_duty(a->state, int_at(a, 0));
    return STATUS_OK;
}

static enum status apply_duty_overdue(struct applying *a)
{
    struct duty_row *duty = duty_at(a);
    if (!duty)
        return wrong(a, "no such duty");
    duty->state = DUTY_OVERDUE;
    duty->late = true;
    duty->overdue_noted = true;
    schedule_duty(a->state, int_at(a, 0));
    return STATUS_OK;
}

static enum status apply_duty_cancelled(struct applying *a)
{
    struct duty_row *duty = duty_at(a);
    if (!duty)
        return wrong(a, "no such duty");
    duty_close(a, duty, DUTY_CANCELLED);
    schedule_duty(a->state, int_at(a, 0));
    return STATUS_OK;
}

static enum status apply_duty_suspended(struct applying *a)
{
    struct duty_row *duty = duty_at(a);
    if (!duty)
        return wrong(a, "no such duty");
    duty->suspended = true;
    duty->suspended_on = date_at(a, 1);
    duty->used_days = (int32_t)int_at(a, 2);
    schedule_duty(a->state, int_at(a, 0));
    return STATUS_OK;
}

static enum status apply_duty_resumed(struct applying *a)
{
    struct duty_row *duty = duty_at(a);
    if (!duty)
        return wrong(a, "no such duty");
    duty->suspended = false;
    duty->resumed_on = date_at(a, 1);
    duty->stood_days += duty->resumed_on - duty->suspended_on;
    schedule_duty(a->state, int_at(a, 0));
    return STATUS_OK;
}

static enum status apply_rung_due(struct applying *a)
{
    struct duty_row *duty = duty_at(a);
    if (!duty)
        return wrong(a, "no such duty");
    const struct datum *kind = FIELD(a, 1);
    if (datum_is_text(kind, "before"))
        duty->rungs_fired++;
    else if (datum_is_text(kind, "overdue"))
        duty->notices_fired++;
    else
        duty->escalations_fired |= datum_is_text(kind, "superior") ? 1 : 2;
    reminder_note(a->state, FIELD(a, 6), FIELD(a, 5));
    schedule_duty(a->state, int_at(a, 0));
    return STATUS_OK;
}

/* ---- the rest ---- */

static enum status apply_waived(struct applying *a)
{
    struct state *state = a->state;
    const struct procedure *procedure;
    const struct datum *what = FIELD(a, 1), *guards = FIELD(a, 2);
    const char *dot = what->count ? memchr(what->text, '.', what->count) : NULL;
    if (!dot)
        return wrong(a, "no such step");
    struct waiver waiver = {
        .case_number = int_at(a, 0), .member = member_at(a, 3), .day = date_at(a, 6)};
    waiver.pack_step_procedure =
        symbol_add_n(state->symbols, what->text, (size_t)(dot - what->text));
    waiver.step =
        symbol_add_n(state->symbols, dot + 1, what->count - (size_t)(dot + 1 - what->text));
    procedure = waiver.case_number > 0 && waiver.case_number < (int64_t)state->cases.count
                    ? state->cases.items[waiver.case_number].procedure
                    : rulebook_procedure(&state->rules, waiver.pack_step_procedure, 0);
    if (!procedure ||
        !named_read(a, FIELD(a, 5), &procedure->about, NULL, &waiver.slots, &waiver.slot_count))
        return wrong(a, "no such procedure or slot");
    waiver.guards = guards->count ? ARENA_ARRAY(&state->heap, symbol, guards->count) : NULL;
    for (uint32_t i = 0; i < guards->count; i++)
        waiver.guards[waiver.guard_count++] = list_name(a, guards, i);
    struct waiver *place = TABLE_ADD(state->waivers);
    *place = waiver;
    if (waiver.case_number > 0)
        (void)case_at(a, 0);
    return STATUS_OK;
}

/* The day may have moved since the step was opened: a new pass, a correction. */
static void step_clock_again(struct state *state, enum tick_kind kind, int64_t number, symbol what,
                             int32_t day)
{
    if (number < 1 || number >= (int64_t)state->cases.count)
        return;
    const struct case_row *row = &state->cases.items[number];
    int step = step_by_name(row->procedure, what);
    if (step < 0 || !(row->open >> step & 1) || row->status != CASE_RUNNING)
        return;
    int32_t moved = step_clock_day(state, number, (unsigned)step, kind);
    if (moved != DATE_NONE && moved > day)
        schedule_add(state, moved, kind, number, what);
}

/* A tick that finished: its item leaves the schedule; a calendar period comes again with the next
 * span. */
static enum status apply_ticked(struct applying *a)
{
    struct state *state = a->state;
    symbol what = name_at(a, 2);
    int32_t day = date_at(a, 1);
    const struct datum *kind = FIELD(a, 0);
    enum tick_kind tick = TICK_COUNT;
    for (unsigned i = 0; i < TICK_COUNT; i++)
        if (datum_is_text(kind, tick_name((enum tick_kind)i)))
            tick = (enum tick_kind)i;
    if (tick == TICK_COUNT || day == DATE_NONE)
        return wrong(a, "no such tick");
    schedule_forget(state, day, tick, int_at(a, 3), what); /* duties leave by moving on */
    if (tick == TICK_value)
        watch_forget(state, what, (uint32_t)int_at(a, 3));
    if (tick == TICK_timeout || tick == TICK_clock)
        step_clock_again(state, tick, int_at(a, 3), what, day);
    if (tick == TICK_period) {
        const struct duty_def *duty = rulebook_duty(&state->rules, what, 0);
        const struct procedure *procedure = rulebook_procedure(&state->rules, what, 0);
        const struct occasion *when = duty ? &duty->when : procedure ? &procedure->when : NULL;
        if (when && when->kind == OCCASION_EVERY) {
            struct span next = span_next(span_around(when->every, (int32_t)int_at(a, 3)));
            schedule_add(state, when->at_end ? next.to + 1 : next.from, TICK_period, next.from,
                         what);
        }
    }
    return STATUS_OK;
}

static enum status apply_value_due(struct applying *a)
{
    uint32_t subject = state_subject(a->state, name_at(a, 1));
    if (!subject)
        return wrong(a, "no such subject");
    watch_note(a->state, name_at(a, 0), subject, date_at(a, 2));
    return STATUS_OK;
}

static enum status apply_told(struct applying *a)
{
    reminder_note(a->state, FIELD(a, 4), FIELD(a, 2));
    return STATUS_OK;
}

static enum status apply_acknowledged(struct applying *a)
{
    return reminder_acknowledge(a->state, FIELD(a, 0), member_at(a, 1))
               ? STATUS_OK
               : wrong(a, "no such reminder, or of somebody else");
}

static enum status apply_nothing(struct applying *a)
{
    (void)a;
    return STATUS_OK;
}

static enum status (*const appliers[EVENT_COUNT])(struct applying *a) = {
    [EVENT_member_enrolled] = apply_member_enrolled,
    [EVENT_key_enrolled] = apply_key_enrolled,
    [EVENT_key_revoked] = apply_key_revoked,
    [EVENT_role_assigned] = apply_role_assigned,
    [EVENT_role_ended] = apply_role_ended,
    [EVENT_role_delegated] = apply_role_delegated,
    [EVENT_blob_part] = apply_blob_part,
    [EVENT_pack_activated] = apply_pack_activated,
    [EVENT_calendar_activated] = apply_calendar_activated,
    [EVENT_subject_registered] = apply_subject_registered,
    [EVENT_subject_changed] = apply_subject_changed,
    [EVENT_case_opened] = apply_case_opened,
    [EVENT_step_signed] = apply_step_signed,
    [EVENT_step_done] = apply_step_done,
    [EVENT_nominated] = apply_step_done,
    [EVENT_approved] = apply_step_done,
    [EVENT_certified] = apply_step_done,
    [EVENT_penalized] = apply_step_done,
    [EVENT_steps_opened] = apply_steps_opened,
    [EVENT_step_withdrawn] = apply_step_withdrawn,
    [EVENT_slot_filled] = apply_slot_filled,
    [EVENT_fact_written] = apply_fact_written,
    [EVENT_fact_superseded] = apply_fact_superseded,
    [EVENT_case_suspended] = apply_case_suspended,
    [EVENT_case_resumed] = apply_case_resumed,
    [EVENT_case_ended] = apply_case_ended,
    [EVENT_duty_opened] = apply_duty_opened,
    [EVENT_duty_moved] = apply_duty_moved,
    [EVENT_duty_met] = apply_duty_met,
    [EVENT_duty_overdue] = apply_duty_overdue,
    [EVENT_duty_cancelled] = apply_duty_cancelled,
    [EVENT_duty_suspended] = apply_duty_suspended,
    [EVENT_duty_resumed] = apply_duty_resumed,
    [EVENT_rung_due] = apply_rung_due,
    [EVENT_value_changed] = apply_nothing,
    [EVENT_value_due] = apply_value_due,
    [EVENT_waived] = apply_waived,
    [EVENT_warned] = apply_nothing,
    [EVENT_not_written] = apply_nothing,
    [EVENT_told] = apply_told,
    [EVENT_acknowledged] = apply_acknowledged,
    [EVENT_ticked] = apply_ticked,
    [EVENT_delivered] = apply_nothing,
    [EVENT_case_migrated] = apply_case_migrated,
};

/* A reminder sent changes nothing about its duty. */
static bool changes_duty(enum event_type type)
{
    return type == EVENT_duty_opened || type == EVENT_duty_moved || type == EVENT_duty_met ||
           type == EVENT_duty_overdue || type == EVENT_duty_cancelled ||
           type == EVENT_duty_suspended || type == EVENT_duty_resumed;
}

static void duty_stamp(const struct applying *a)
{
    struct duty_row *duty = changes_duty(a->event->type) ? duty_at(a) : NULL;
    if (!duty)
        return;
    duty->changed_entry = a->when->number;
    duty->changed_at_us = a->when->recorded_at_us;
}

enum status apply(struct state *state, const struct moment *when, const struct event *event,
                  struct fault *fault)
{
    struct applying applying = {state, when, event, fault};
    if (event->type >= EVENT_COUNT || !appliers[event->type])
        return fault_set(fault, STATUS_CORRUPT, "unknown event %d", (int)event->type);
    enum status status = appliers[event->type](&applying);
    if (status == STATUS_OK)
        duty_stamp(&applying);
    return status;
}
