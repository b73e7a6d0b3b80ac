/* value_data.c - typed values from plain data and back: the border between commands, events and
 * rules.
 *
 * Reading checks: kind, bounds, membership, that subjects and cases exist. Everything that fails
 * says why in a few words, for the refusal. */
#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/eval.h"

struct value_reader {
    const struct state *state;
    struct arena *arena;
    char *why;
    size_t why_size;
};

static bool read_any(struct value_reader *reader, const struct type *type,
                     const struct datum *datum, struct value *ret);

static bool no(struct value_reader *reader, const char *why)
{
    snprintf(reader->why, reader->why_size, "%s", why);
    return false;
}

static symbol datum_symbol(struct value_reader *reader, const struct datum *datum)
{
    return datum->kind == DATUM_TEXT
               ? symbol_find_n(reader->state->symbols, datum->text, datum->count)
               : SYMBOL_NONE;
}

static bool read_number(struct value_reader *reader, const struct type *type,
                        const struct datum *datum, struct value *ret)
{
    ret->kind = VALUE_NUMBER;
    if (datum->kind == DATUM_INT) {
        ret->number = (struct number){datum->integer, 1};
    } else if (datum->kind == DATUM_TEXT && type->kind == TYPE_NUMBER && datum->count < 40) {
        char text[40];
        long long num, den = 1;
        int used = 0;
        memcpy(text, datum->text, datum->count);
        text[datum->count] = '\0';
        if (sscanf(text, "%lld/%lld%n", &num, &den, &used) != 2 || (size_t)used != datum->count ||
            den <= 0 || !number_make(num, den, &ret->number))
            return no(reader, "expected a number such as 12 or 25/2");
    } else {
        return no(reader, "expected a number");
    }
    if ((type->has_min && number_compare(ret->number, type->min) < 0) ||
        (type->has_max && number_compare(ret->number, type->max) > 0))
        return no(reader, "the number is out of bounds");
    return true;
}

static bool read_member(struct value_reader *reader, const struct type *type,
                        const struct datum *datum, struct value *ret)
{
    symbol name = datum_symbol(reader, datum);
    const struct list_def *list =
        type->kind == TYPE_MEMBER ? rulebook_list(&reader->state->rules, type->name) : NULL;
    bool found = list && rulebook_member_rank(list, name) >= 0;
    for (unsigned i = 0; !list && i < type->choices.count; i++)
        found = found || type->choices.items[i] == name;
    if (!name || !found)
        return no(reader, "not a member of the list");
    ret->kind = VALUE_MEMBER;
    ret->member.symbol = name;
    ret->member.list = list ? type->name : SYMBOL_NONE;
    return true;
}

static bool read_subject(struct value_reader *reader, const struct type *type,
                         const struct datum *datum, struct value *ret)
{
    uint32_t subject = state_subject(reader->state, datum_symbol(reader, datum));
    if (!subject)
        return no(reader, "no such subject");
    symbol kind = reader->state->subjects.items[subject].kind;
    bool fits = type->name ? kind == type->name : false;
    for (unsigned i = 0; i < type->choices.count; i++)
        fits = fits || type->choices.items[i] == kind;
    if (!fits)
        return no(reader, "a subject of another kind is expected");
    ret->kind = VALUE_SUBJECT;
    ret->subject = subject;
    return true;
}

static bool read_case(struct value_reader *reader, const struct type *type,
                      const struct datum *datum, struct value *ret)
{
    if (datum->kind != DATUM_INT || datum->integer < 1 ||
        datum->integer >= (int64_t)reader->state->cases.count ||
        reader->state->cases.items[datum->integer].procedure->name != type->name)
        return no(reader, "no such case of that procedure");
    ret->kind = VALUE_CASE;
    ret->ref = datum->integer;
    return true;
}

static bool read_span(struct value_reader *reader, const struct type *type,
                      const struct datum *datum, struct value *ret)
{
    char text[SPAN_TEXT_SIZE];
    if (datum->kind != DATUM_TEXT || datum->count >= sizeof text)
        return no(reader, "expected a year, half-year, quarter or month such as 2026-Q1");
    memcpy(text, datum->text, datum->count);
    text[datum->count] = '\0';
    ret->kind = VALUE_SPAN;
    if (span_parse(text, &ret->span, NULL) != STATUS_OK || ret->span.kind != type->span)
        return no(reader, "expected a year, half-year, quarter or month such as 2026-Q1");
    return true;
}

/* A record [[name, datum], ...] against columns; a missing one that is not optional is an error. */
static bool read_record(struct value_reader *reader, const struct type *type,
                        const struct datum *datum, symbol row, struct value *ret)
{
    struct named_value *items =
        ARENA_ARRAY(reader->arena, struct named_value, type->column_count + 1);
    uint32_t count = 0;
    if (row) {
        items[count].name = SYMBOL_NONE;
        items[count].value.kind = VALUE_MEMBER;
        items[count].value.member.symbol = row;
        items[count++].value.member.list = type->name;
    }
    if (datum->kind != DATUM_LIST || datum->count > type->column_count)
        return no(reader, "expected a record [[name, value], ...] of the columns");
    for (unsigned i = 0; i < type->column_count; i++) {
        const struct field *column = &type->columns[i];
        const struct datum *cell =
            datum_field(datum, symbol_text(reader->state->symbols, column->name));
        if ((!cell || cell->kind == DATUM_NIL) && column->optional)
            continue;
        if (!cell)
            return no(reader, "a column is missing");
        items[count].name = column->name;
        if (!read_any(reader, &column->type, cell, &items[count].value))
            return false;
        count++;
    }
    ret->kind = VALUE_RECORD;
    ret->record.items = items;
    ret->record.count = count;
    return true;
}

static bool read_table(struct value_reader *reader, const struct type *type,
                       const struct datum *datum, struct value *ret)
{
    const struct list_def *list = rulebook_list(&reader->state->rules, type->name);
    if (!list || datum->kind != DATUM_LIST || datum->count != list->members.count)
        return no(reader, "one line for each member of the list is expected");
    struct value *rows = ARENA_ARRAY(reader->arena, struct value, datum->count);
    for (uint32_t i = 0; i < datum->count; i++) {
        const struct datum *line = NULL;
        for (uint32_t k = 0; k < datum->count && !line; k++) {
            const struct datum *pair = &datum->items[k];
            if (pair->kind == DATUM_LIST && pair->count == 2 &&
                datum_symbol(reader, &pair->items[0]) == list->members.items[i])
                line = &pair->items[1];
        }
        if (!line)
            return no(reader, "a line of the table is missing");
        if (!read_record(reader, type, line, list->members.items[i], &rows[i]))
            return false;
    }
    ret->kind = VALUE_LIST;
    ret->list.items = rows;
    ret->list.count = datum->count;
    return true;
}

static bool read_list(struct value_reader *reader, const struct type *type,
                      const struct datum *datum, struct value *ret)
{
    if (datum->kind != DATUM_LIST || datum->count > COMMAND_LIST_MAX)
        return no(reader, "expected a list of at most 64 elements");
    struct value *items = ARENA_ARRAY(reader->arena, struct value, datum->count);
    for (uint32_t i = 0; i < datum->count; i++) {
        bool fits = type->item
                        ? read_any(reader, type->item, &datum->items[i], &items[i])
                        : read_record(reader, type, &datum->items[i], SYMBOL_NONE, &items[i]);
        if (!fits)
            return false;
    }
    ret->kind = VALUE_LIST;
    ret->list.items = items;
    ret->list.count = datum->count;
    return true;
}

static bool read_plain(struct value_reader *reader, const struct type *type,
                       const struct datum *datum, struct value *ret)
{
    char text[PERIOD_TEXT_SIZE];
    switch ((int)type->kind) {
    case TYPE_BOOL:
        ret->kind = VALUE_BOOL;
        ret->boolean = datum->boolean;
        return datum->kind == DATUM_BOOL || no(reader, "expected true or false");
    case TYPE_DATE:
        ret->kind = VALUE_DATE;
        ret->date = datum->kind == DATUM_TEXT ? date_parse_n(datum->text, datum->count) : DATE_NONE;
        return ret->date != DATE_NONE || no(reader, "expected a date such as 2026-01-30");
    case TYPE_PERIOD:
        if (datum->kind != DATUM_TEXT || datum->count >= sizeof text)
            return no(reader, "expected a period such as P1M");
        memcpy(text, datum->text, datum->count);
        text[datum->count] = '\0';
        ret->kind = VALUE_PERIOD;
        return period_parse(text, &ret->period, NULL) == STATUS_OK ||
               no(reader, "expected a period such as P1M");
    case TYPE_TEXT:
        if (datum->kind != DATUM_BYTES || datum->count != DIGEST_SIZE)
            return no(reader, "expected the commitment to a free text (32 bytes)");
        ret->kind = VALUE_TEXT;
        ret->commitment = arena_copy(reader->arena, datum->bytes, DIGEST_SIZE);
        return true;
    case TYPE_CODE:
        if (datum->kind != DATUM_TEXT || !datum->count || datum->count > NAME_SIZE_MAX)
            return no(reader, "expected a short text of at most 128 bytes");
        ret->kind = VALUE_CODE;
        ret->member.symbol = symbol_add_n(reader->state->symbols, datum->text, datum->count);
        ret->member.list = SYMBOL_NONE;
        return true;
    default: return no(reader, "this field is filled in by the system");
    }
}

static bool read_any(struct value_reader *reader, const struct type *type,
                     const struct datum *datum, struct value *ret)
{
    memset(ret, 0, sizeof *ret);
    switch (type->kind) {
    case TYPE_INT:
    case TYPE_NUMBER: return read_number(reader, type, datum, ret);
    case TYPE_MEMBER:
    case TYPE_ONE_OF: return read_member(reader, type, datum, ret);
    case TYPE_SUBJECT: return read_subject(reader, type, datum, ret);
    case TYPE_CASE: return read_case(reader, type, datum, ret);
    case TYPE_SPAN: return read_span(reader, type, datum, ret);
    case TYPE_TABLE: return read_table(reader, type, datum, ret);
    case TYPE_LIST: return read_list(reader, type, datum, ret);
    case TYPE_BOOL:
    case TYPE_DATE:
    case TYPE_PERIOD:
    case TYPE_TEXT:
    case TYPE_CODE:
    case TYPE_SERIES:
    case TYPE_NAME: return read_plain(reader, type, datum, ret);
    }
    return false;
}

bool value_read(const struct state *state, struct arena *arena, const struct type *type,
                const struct datum *datum, struct value *ret_value, char *why, size_t why_size)
{
    struct value_reader reader = {state, arena, why, why_size};
    return read_any(&reader, type, datum, ret_value);
}

/* ---- and back ---- */

static struct datum symbol_datum(const struct state *state, symbol name)
{
    return datum_text(symbol_text(state->symbols, name));
}

static struct datum list_write(const struct state *state, struct arena *arena,
                               const struct value *value)
{
    struct datum *items = ARENA_ARRAY(arena, struct datum, value->list.count);
    for (uint32_t i = 0; i < value->list.count; i++)
        items[i] = value_write(state, arena, &value->list.items[i]);
    return datum_list(items, value->list.count);
}

/* A table's row is [member, record]; a plain record just [[name, datum], ...]. */
static struct datum record_write(const struct state *state, struct arena *arena,
                                 const struct value *value)
{
    struct datum *items = ARENA_ARRAY(arena, struct datum, value->record.count);
    bool row = value->record.count && value->record.items[0].name == SYMBOL_NONE;
    uint32_t count = 0;
    for (uint32_t i = row; i < value->record.count; i++)
        items[count++] = datum_pair(arena, symbol_datum(state, value->record.items[i].name),
                                    value_write(state, arena, &value->record.items[i].value));
    struct datum record = datum_list(items, count);
    return row ? datum_pair(arena, symbol_datum(state, value->record.items[0].value.member.symbol),
                            record)
               : record;
}

static struct datum number_write(struct arena *arena, struct number number)
{
    return number.den == 1 ? datum_int(number.num)
                           : datum_text(arena_format(arena, "%lld/%lld", (long long)number.num,
                                                     (long long)number.den));
}

struct datum value_write(const struct state *state, struct arena *arena, const struct value *value)
{
    switch (value->kind) {
    case VALUE_MISSING: return datum_nil();
    case VALUE_BOOL: return datum_bool(value->boolean);
    case VALUE_NUMBER: return number_write(arena, value->number);
    case VALUE_DATE: return datum_text(date_text(value->date, arena_take(arena, DATE_TEXT_SIZE)));
    case VALUE_PERIOD:
        return datum_text(period_text(value->period, arena_take(arena, PERIOD_TEXT_SIZE)));
    case VALUE_LENGTH: return datum_int(value->length.days);
    case VALUE_SPAN: return datum_text(span_text(value->span, arena_take(arena, SPAN_TEXT_SIZE)));
    case VALUE_MEMBER:
    case VALUE_SYMBOL:
    case VALUE_CODE: return symbol_datum(state, value->member.symbol);
    case VALUE_TEXT: return datum_bytes(value->commitment, DIGEST_SIZE);
    case VALUE_SUBJECT: return symbol_datum(state, state->subjects.items[value->subject].id);
    case VALUE_CASE:
    case VALUE_FACT:
    case VALUE_ACT:
    case VALUE_DUTY: return datum_int(value->ref);
    case VALUE_LIST: return list_write(state, arena, value);
    case VALUE_RECORD: return record_write(state, arena, value);
    }
    return datum_nil();
}
