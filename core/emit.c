/* emit.c - recording an event and applying it at once; reading a command's arguments; refusing. */
#include <stdarg.h>
#include <stdio.h>

#include "core/check.h"
#include "core/decide.h"

static const char *const no_text = "";

/* About the bytes a datum takes in the log. */
static size_t datum_size(const struct datum *datum)
{
    size_t size = 5;
    if (datum->kind == DATUM_INT)
        return 9;
    if (datum->kind == DATUM_TEXT || datum->kind == DATUM_BYTES)
        return size + datum->count;
    for (uint32_t i = 0; datum->kind == DATUM_LIST && i < datum->count; i++)
        size += datum_size(&datum->items[i]);
    return size;
}

static size_t event_size(enum event_type type, const struct datum *fields)
{
    size_t size = 8;
    for (unsigned i = 0; i < event_spec(type)->field_count; i++)
        size += datum_size(&fields[i]);
    return size;
}

bool room_for(const struct deciding *d, unsigned events)
{
    return d->decision->event_count + events < DECISION_EVENTS_MAX &&
           d->event_bytes + events * (size_t)256 < DECISION_BYTES_MAX;
}

bool is_half_full(const struct deciding *d)
{
    return d->decision->event_count > DECISION_EVENTS_MAX / 2 ||
           d->event_bytes > DECISION_BYTES_MAX / 2;
}

/* The last place is kept for a note that something was left out: nothing is lost in silence. */
void emit(struct deciding *d, enum event_type type, const struct datum *fields)
{
    struct decision *decision = d->decision;
    struct fault fault = {.status = STATUS_OK};
    struct event event = {.type = type};
    size_t size = event_size(type, fields);
    if (d->full)
        return;
    d->full = decision->event_count == DECISION_EVENTS_MAX - 1 ||
              (decision->event_count && d->event_bytes + size > DECISION_BYTES_MAX);
    d->event_bytes += d->full ? 0 : size;
    if (d->full) {
        const struct datum note[] = {datum_text("consequences"), datum_nil(),
                                     datum_text("limit of events in one entry")};
        event.type = EVENT_not_written;
        memcpy(event.fields, note, sizeof note);
    } else {
        memcpy(event.fields, fields, event_spec(type)->field_count * sizeof *fields);
    }
    if (decision->event_count == d->event_capacity) {
        unsigned capacity = d->event_capacity ? d->event_capacity * 2 : 4;
        struct event *events = ARENA_ARRAY(d->arena, struct event, capacity);
        if (decision->event_count)
            memcpy(events, decision->events, decision->event_count * sizeof *events);
        decision->events = events;
        d->event_capacity = capacity;
    }
    decision->events[decision->event_count++] = event;
    if (apply(d->state, d->now, &event, &fault) != STATUS_OK)
        fprintf(stderr, "event %s: %s\n", event_spec(event.type)->name, fault.text);
    CHECK(fault.status == STATUS_OK); /* what we make fits what we apply */
}

struct datum date_datum(struct deciding *d, int32_t date)
{
    return date == DATE_NONE ? datum_nil()
                             : datum_text(date_text(date, arena_take(d->arena, DATE_TEXT_SIZE)));
}

struct datum name_datum(const struct deciding *d, symbol name)
{
    return datum_text(symbol_text(d->state->symbols, name));
}

struct datum view_datum(struct text_view view)
{
    return datum_text_n(view.size ? view.data : no_text, view.size);
}

struct datum values_datum(struct deciding *d, const struct named_value *items, unsigned count)
{
    struct datum *pairs = ARENA_ARRAY(d->arena, struct datum, count);
    for (unsigned i = 0; i < count; i++)
        pairs[i] = datum_pair(d->arena, name_datum(d, items[i].name),
                              value_write(d->state, d->arena, &items[i].value));
    return datum_list(pairs, count);
}

struct datum days_datum(struct deciding *d, const int32_t *days, unsigned count)
{
    struct datum *items = ARENA_ARRAY(d->arena, struct datum, count);
    for (unsigned i = 0; i < count; i++)
        items[i] = date_datum(d, days[i]);
    return datum_list(items, count);
}

struct datum members_datum(struct deciding *d, const uint32_t *members, unsigned count)
{
    struct datum *items = ARENA_ARRAY(d->arena, struct datum, count);
    for (unsigned i = 0; i < count; i++)
        items[i] = name_datum(d, d->state->members.items[members[i]].id);
    return datum_list(items, count);
}

symbol view_symbol(const struct deciding *d, struct text_view view)
{
    return view.size ? symbol_find_n(d->state->symbols, view.data, view.size) : SYMBOL_NONE;
}

const struct datum *arg(const struct deciding *d, const char *name)
{
    static const struct datum nil = {.kind = DATUM_NIL};
    const struct datum *found = datum_field(&d->command->args, name);
    return found ? found : &nil;
}

symbol arg_symbol(const struct deciding *d, const char *name)
{
    const struct datum *datum = arg(d, name);
    return datum->kind == DATUM_TEXT ? symbol_find_n(d->state->symbols, datum->text, datum->count)
                                     : SYMBOL_NONE;
}

int64_t arg_int(const struct deciding *d, const char *name)
{
    const struct datum *datum = arg(d, name);
    return datum->kind == DATUM_INT ? datum->integer : -1;
}

int32_t arg_date(const struct deciding *d, const char *name)
{
    const struct datum *datum = arg(d, name);
    return datum->kind == DATUM_TEXT ? date_parse_n(datum->text, datum->count) : DATE_NONE;
}

bool need_date_or_none(struct deciding *d, const char *name, int32_t *ret_date)
{
    *ret_date = arg_date(d, name);
    if (*ret_date != DATE_NONE || arg(d, name)->kind == DATUM_NIL)
        return true;
    return refuse(d, REFUSAL_field, name, "",
                  is_zh(d) ? "%s 应为日期，如 2026-01-30"
                           : "%s: a date such as 2026-01-30 is expected",
                  name);
}

bool need_known_names(struct deciding *d, const struct datum *list, enum refusal_code code,
                      bool (*known)(const void *user, symbol name), const void *user)
{
    for (uint32_t i = 0; list->kind == DATUM_LIST && i < list->count; i++) {
        const struct datum *pair = &list->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return refuse(d, code, "args", "", "a list of pairs [name, value] is expected");
        symbol name = symbol_find_n(d->state->symbols, pair->items[0].text, pair->items[0].count);
        if (!name || !known(user, name))
            return refuse(d, code,
                          arena_text_n(d->arena, pair->items[0].text,
                                       pair->items[0].count > 60 ? 60 : pair->items[0].count),
                          "", is_zh(d) ? "没有这个填报项" : "there is no such field");
    }
    return true;
}

bool is_zh(const struct deciding *d)
{
    return strcmp(d->language, "en") != 0;
}

bool refuse(struct deciding *d, enum refusal_code code, const char *guard, const char *rule,
            const char *format, ...)
{
    struct decision *decision = d->decision;
    if (decision->refusal == REFUSAL_none)
        decision->refusal = code;
    if (!decision->clauses)
        decision->clauses = ARENA_ARRAY(d->arena, struct clause, CLAUSES_MAX);
    if (decision->clause_count == CLAUSES_MAX)
        return false;
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    decision->clauses[decision->clause_count++] =
        (struct clause){guard, rule, arena_text(d->arena, text)};
    return false;
}

bool holds_built_in(const struct deciding *d, symbol role)
{
    return d->member && state_holds(d->state, d->member, role, 0, d->today);
}
