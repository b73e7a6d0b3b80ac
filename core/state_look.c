/* state_look.c - see state_look.h. */
#include "core/state_look.h"

#include "core/decide.h"

static symbol find(const struct state *state, const char *text)
{
    return symbol_find(state->symbols, text);
}

static enum look_type look_of(const struct type *type)
{
    switch (type->kind) {
    case TYPE_BOOL: return LOOK_BOOL;
    case TYPE_INT:
    case TYPE_SERIES: return LOOK_INT;
    case TYPE_NUMBER: return LOOK_NUMBER;
    case TYPE_DATE: return LOOK_DATE;
    case TYPE_SPAN: return LOOK_SPAN;
    case TYPE_TEXT: return LOOK_TEXT;
    case TYPE_CODE: return LOOK_CODE;
    case TYPE_MEMBER:
    case TYPE_ONE_OF: return LOOK_WORD;
    case TYPE_SUBJECT: return LOOK_SUBJECT;
    case TYPE_PERIOD:
    case TYPE_CASE:
    case TYPE_TABLE:
    case TYPE_LIST:
    case TYPE_NAME: break;
    }
    return LOOK_OTHER;
}

static void look_fill(const struct state *state, const struct type *type, bool optional,
                      struct look_field *ret)
{
    *ret = (struct look_field){look_of(type), symbol_text(state->symbols, type->name), optional};
}

bool state_look_field(const struct state *state, const char *kind, const char *field,
                      struct look_field *ret_field)
{
    symbol kind_name = find(state, kind), name = find(state, field);
    if (!kind_name || !rulebook_kind(&state->rules, kind_name))
        return false;
    const struct field *found = rulebook_field(&state->rules, kind_name, name);
    if (found)
        look_fill(state, &found->type, true, ret_field);
    else if (name && name == state->words.unit)
        *ret_field = (struct look_field){LOOK_SUBJECT, "unit", true};
    else if (name && name == state->words.name)
        *ret_field = (struct look_field){LOOK_TEXT, "", true};
    else
        return false;
    return true;
}

bool state_look_fact(const struct state *state, const char *fact)
{
    return rulebook_fact(&state->rules, find(state, fact)) != NULL;
}

bool state_look_fact_field(const struct state *state, const char *fact, const char *field,
                           struct look_field *ret_field)
{
    const struct fact_def *def = rulebook_fact(&state->rules, find(state, fact));
    symbol name = find(state, field);
    for (unsigned i = 0; def && i < def->fields.count; i++)
        if (def->fields.items[i].name == name) {
            const struct field *found = &def->fields.items[i];
            look_fill(state, &found->type, found->optional || found->type.kind == TYPE_SERIES,
                      ret_field);
            return true;
        }
    return false;
}

bool state_look_slot(const struct state *state, const char *fact, const char *slot,
                     struct look_field *ret_field)
{
    const struct fact_def *def = rulebook_fact(&state->rules, find(state, fact));
    symbol name = find(state, slot);
    for (unsigned i = 0; def && i < def->about.count; i++)
        if (def->about.items[i].name == name) {
            look_fill(state, &def->about.items[i].type, def->about.items[i].optional, ret_field);
            return true;
        }
    return false;
}

bool state_has_subject(const struct state *state, const char *id)
{
    return state_subject(state, find(state, id)) != 0;
}

const char *state_subject_by_code(const struct state *state, const char *kind, const char *field,
                                  const char *code, int32_t day)
{
    const struct numbers *subjects = state_numbers(&state->subjects_by_kind, find(state, kind));
    symbol name = find(state, field), wanted = find(state, code);
    for (uint32_t i = 0; name && wanted && subjects && i < subjects->count; i++) {
        uint32_t subject = (uint32_t)subjects->items[i];
        struct value value = state_field(state, subject, name, day, INT64_MAX);
        if (value.kind == VALUE_CODE && value.member.symbol == wanted)
            return symbol_text(state->symbols, state->subjects.items[subject].id);
    }
    return NULL;
}

static const struct dated_field *field_at(const struct state *state, uint32_t subject, symbol name,
                                          int32_t day)
{
    const struct subject *row = &state->subjects.items[subject];
    const struct dated_field *best = NULL;
    for (uint32_t i = 0; i < row->field_count; i++) {
        const struct dated_field *field = &row->fields[i];
        if (field->name == name && (field->from == DATE_NONE || field->from <= day) &&
            (!best || field->from >= best->from))
            best = field;
    }
    return best;
}

bool state_says(const struct state *state, const char *id, const char *field,
                const struct datum *value, int32_t day, int64_t *ret_entry)
{
    uint32_t subject = state_subject(state, find(state, id));
    symbol name = find(state, field);
    const struct dated_field *held = subject && name ? field_at(state, subject, name, day) : NULL;
    *ret_entry = held ? held->entry : -1;
    if (!held)
        return false;
    if (value->kind == DATUM_BYTES)
        return held->value.kind == VALUE_TEXT;
    struct arena arena;
    arena_init(&arena, 0);
    struct datum is = value_write(state, &arena, &held->value);
    bool equal = datum_equal(&is, value);
    arena_done(&arena);
    return equal;
}

/* What a fact has of a name is what the command would write. */
static bool named_like(const struct state *state, struct arena *arena,
                       const struct named_value *items, unsigned count, const struct datum *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct datum *pair = &list->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return false;
        symbol name = symbol_find_n(state->symbols, pair->items[0].text, pair->items[0].count);
        const struct named_value *held = named_find(items, count, name);
        struct datum is = held ? value_write(state, arena, &held->value) : datum_nil();
        if (pair->items[1].kind != DATUM_BYTES && !datum_equal(&is, &pair->items[1]))
            return false;
    }
    return true;
}

int64_t state_fact_like(const struct state *state, const struct command *command)
{
    symbol type = symbol_find_n(state->symbols, command->what.data, command->what.size);
    const struct datum *first = command->subjects.count ? &command->subjects.items[0] : NULL;
    int64_t found = 0;
    if (!type || !first || first->kind != DATUM_LIST || first->count != 2 ||
        first->items[1].kind != DATUM_TEXT)
        return 0;
    uint32_t subject = state_subject(
        state, symbol_find_n(state->symbols, first->items[1].text, first->items[1].count));
    const struct numbers *facts = subject ? &state->subjects.items[subject].facts : NULL;
    struct arena arena;
    arena_init(&arena, 0);
    for (uint32_t i = 0; facts && !found && i < facts->count; i++) {
        const struct fact *fact = &state->facts.items[facts->items[i]];
        if (fact->type == type && fact->day == command->occurred_on &&
            named_like(state, &arena, fact->slots, fact->slot_count, &command->subjects) &&
            named_like(state, &arena, fact->fields, fact->field_count, &command->args))
            found = facts->items[i];
    }
    arena_done(&arena);
    return found;
}
