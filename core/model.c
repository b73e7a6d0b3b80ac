/* model.c - asking the state's tables: who, what, where, since when. Changes nothing but lists of
 * numbers. */
#include "core/model.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/limits.h"

void numbers_add(struct numbers *numbers, int64_t number)
{
    if (numbers->count == numbers->capacity) {
        numbers->capacity = numbers->capacity ? numbers->capacity * 2 : 2;
        numbers->items = realloc(numbers->items, numbers->capacity * sizeof *numbers->items);
        CHECK(numbers->items != NULL);
    }
    numbers->items[numbers->count++] = number;
}

const struct numbers *state_numbers(const struct map *map, symbol name)
{
    uint64_t value;
    return map_get(map, name, &value) ? (const struct numbers *)(uintptr_t)value : NULL;
}

static uint32_t find(const struct map *map, symbol id)
{
    uint64_t value;
    return id && map_get(map, id, &value) ? (uint32_t)value : 0;
}

uint32_t state_subject(const struct state *state, symbol id)
{
    return find(&state->subject_by_id, id);
}

uint32_t state_member(const struct state *state, symbol id)
{
    return find(&state->member_by_id, id);
}

uint32_t state_member_of_person(const struct state *state, uint32_t person)
{
    return find(&state->member_by_person, person);
}

/* Of several members of one person the first enrolled stands for him. */
void state_member_note(struct state *state, uint32_t member)
{
    uint32_t person = state->members.items[member].person;
    if (person && !state_member_of_person(state, person))
        map_put(&state->member_by_person, person, member);
}

/* Of several statements about one field the one with the latest first day holds; of one day, the
 * latest recorded. */
struct value state_field(const struct state *state, uint32_t subject, symbol name, int32_t at,
                         int64_t known)
{
    const struct subject *row = &state->subjects.items[subject];
    const struct dated_field *best = NULL;
    for (uint32_t i = 0; i < row->field_count; i++) {
        const struct dated_field *field = &row->fields[i];
        if (field->name == name && field->entry <= known &&
            (field->from == DATE_NONE || field->from <= at) && (!best || field->from >= best->from))
            best = field;
    }
    return best ? best->value : value_missing();
}

uint32_t state_unit_of(const struct state *state, uint32_t subject, int32_t at)
{
    struct value unit = state_field(state, subject, state->words.unit, at, INT64_MAX);
    return unit.kind == VALUE_SUBJECT ? unit.subject : 0;
}

bool state_unit_inside(const struct state *state, uint32_t unit, uint32_t above, int32_t at)
{
    for (int depth = 0; unit && depth < UNIT_DEPTH_MAX; depth++) {
        if (unit == above)
            return true;
        unit = state_unit_of(state, unit, at);
    }
    return above == 0;
}

bool same_hand(const struct state *state, uint32_t member, uint32_t other)
{
    uint32_t person = state->members.items[member].person;
    return member && other &&
           (member == other || (person && person == state->members.items[other].person));
}

bool assignment_holds(const struct state *state, const struct assignment_row *row, int32_t day)
{
    if (row->from > day || (row->to != DATE_NONE && row->to < day))
        return false;
    if (!row->delegated_of)
        return true;
    const struct assignment_row *own = &state->assignments.items[row->delegated_of];
    return own->from <= day && (own->to == DATE_NONE || own->to >= day);
}

bool state_holds(const struct state *state, uint32_t member, symbol role, uint32_t unit,
                 int32_t day)
{
    const struct member *row = &state->members.items[member];
    for (uint32_t i = 0; i < row->assignments.count; i++) {
        const struct assignment_row *assignment =
            &state->assignments.items[row->assignments.items[i]];
        if (rulebook_role_covers(&state->rules, assignment->role, role) &&
            assignment_holds(state, assignment, day) &&
            (!assignment->unit || state_unit_inside(state, unit, assignment->unit, day)))
            return true;
    }
    return false;
}

static void member_insert(uint32_t *members, unsigned *count, unsigned max, uint32_t member)
{
    unsigned at = 0;
    while (at < *count && members[at] < member)
        at++;
    if ((at < *count && members[at] == member) || *count == max)
        return;
    memmove(&members[at + 1], &members[at], (*count - at) * sizeof *members);
    members[at] = member;
    ++*count;
}

unsigned state_holders(const struct state *state, symbol role, uint32_t unit, int32_t day,
                       uint32_t *ret_members, unsigned max)
{
    unsigned count = 0;
    for (int depth = 0; depth < UNIT_DEPTH_MAX; depth++) {
        const struct numbers *here = state_numbers(&state->assignments_by_unit, unit + 1);
        for (uint32_t i = 0; here && i < here->count; i++) {
            const struct assignment_row *row = &state->assignments.items[here->items[i]];
            if (rulebook_role_covers(&state->rules, row->role, role) &&
                assignment_holds(state, row, day))
                member_insert(ret_members, &count, max, row->member);
        }
        if (count || !unit)
            break;
        unit = state_unit_of(state, unit, day);
    }
    return count;
}

bool fact_in_force(const struct fact *fact, int32_t day)
{
    return fact->day <= day && (fact->until == DATE_NONE || day <= fact->until) &&
           (fact->ended_on == DATE_NONE || day < fact->ended_on);
}

bool fact_effective(const struct fact *fact, int64_t known)
{
    return fact->entry <= known && (fact->superseded_by == 0 || fact->superseded_at > known);
}

const struct named_value *named_find(const struct named_value *items, unsigned count, symbol name)
{
    for (unsigned i = 0; i < count; i++)
        if (items[i].name == name)
            return &items[i];
    return NULL;
}
