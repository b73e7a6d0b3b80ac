/* event.c - the table of events as data: names for people, checks for readers. */
#include "core/event.h"

#include <assert.h>
#include <string.h>

#include "core/check.h"
#include "core/date.h"

#define F(name, kind)    #name,
#define E(event, fields) static const char *const names_##event[] = {fields};
EVENTS(E)
#undef E
#undef F

#define F(name, kind)    #kind
#define E(event, fields) static const char kinds_##event[] = fields;
EVENTS(E)
#undef E
#undef F

static struct event_spec specs[EVENT_COUNT];
static bool specs_ready;

/* Types by name, open addressing; 0: free, else 1 + type. Readers of the log look up each event. */
#define NAME_SLOTS 256
static uint8_t by_name[NAME_SLOTS];
static_assert(EVENT_COUNT < NAME_SLOTS / 2, "names of events want a larger table");

/* Length, ends and middle tell most of them apart. */
static unsigned name_slot(const char *name, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)name;
    return size ? (unsigned)size * 31 + bytes[0] * 7u + bytes[size - 1] * 13u + bytes[size / 2] : 0;
}

static void spec_fill(enum event_type type, const char *name, const char *const *names,
                      const char *kinds, size_t count)
{
    struct event_spec *spec = &specs[type];
    CHECK(count <= EVENT_FIELDS_MAX && strlen(kinds) == count);
    spec->name = name;
    spec->name_size = strlen(name);
    unsigned slot = name_slot(name, spec->name_size);
    while (by_name[slot % NAME_SLOTS])
        slot++;
    by_name[slot % NAME_SLOTS] = (uint8_t)(1 + type);
    spec->field_count = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        spec->field_names[i] = names[i];
        spec->field_kinds[i] = kinds[i];
    }
}

/* Filled once before main, so that threads only ever read. */
__attribute__((constructor)) static void specs_fill(void)
{
#define E(event, fields)                                                                           \
    spec_fill(EVENT_##event, #event, names_##event, kinds_##event,                                 \
              sizeof names_##event / sizeof names_##event[0]);
    EVENTS(E)
#undef E
    specs_ready = true;
}

const struct event_spec *event_spec(enum event_type type)
{
    CHECK(specs_ready && type < EVENT_COUNT);
    return &specs[type];
}

enum event_type event_find(const char *name, size_t length)
{
    for (unsigned slot = name_slot(name, length); by_name[slot % NAME_SLOTS]; slot++) {
        unsigned type = by_name[slot % NAME_SLOTS] - 1u;
        if (specs[type].name_size == length && memcmp(specs[type].name, name, length) == 0)
            return (enum event_type)type;
    }
    return EVENT_COUNT;
}

int event_field_index(enum event_type type, const char *name)
{
    const struct event_spec *spec = event_spec(type);
    for (unsigned i = 0; i < spec->field_count; i++)
        if (strcmp(spec->field_names[i], name) == 0)
            return (int)i;
    return -1;
}

static bool field_fits(char kind, const struct datum *field)
{
    switch (kind) {
    case 'I': return field->kind == DATUM_INT;
    case 'T': return field->kind == DATUM_TEXT;
    case 'D':
        return field->kind == DATUM_NIL ||
               (field->kind == DATUM_TEXT && date_parse_n(field->text, field->count) != DATE_NONE);
    case 'B': return field->kind == DATUM_BYTES;
    case 'L': return field->kind == DATUM_LIST;
    case 'O': return field->kind == DATUM_BOOL;
    default: return true;
    }
}

enum status event_check(const struct event *event, struct fault *fault)
{
    if (event->type >= EVENT_COUNT)
        return fault_set(fault, STATUS_CORRUPT, "unknown event type %d", (int)event->type);
    const struct event_spec *spec = event_spec(event->type);
    for (unsigned i = 0; i < spec->field_count; i++)
        if (!field_fits(spec->field_kinds[i], &event->fields[i]))
            return fault_set(fault, STATUS_CORRUPT, "event %s: field %s has the wrong kind",
                             spec->name, spec->field_names[i]);
    return STATUS_OK;
}

bool event_is_step(enum event_type type)
{
    return type == EVENT_step_done || type == EVENT_nominated || type == EVENT_approved ||
           type == EVENT_certified || type == EVENT_penalized;
}

const struct datum *event_datum(const struct event *event, const char *field)
{
    int index = event_field_index(event->type, field);
    CHECK(index >= 0);
    return &event->fields[index];
}

int64_t event_int(const struct event *event, const char *field)
{
    const struct datum *datum = event_datum(event, field);
    return datum->kind == DATUM_INT ? datum->integer : 0;
}

struct text_view event_text(const struct event *event, const char *field)
{
    const struct datum *datum = event_datum(event, field);
    return datum->kind == DATUM_TEXT ? (struct text_view){datum->text, datum->count}
                                     : (struct text_view){"", 0};
}

int32_t event_date(const struct event *event, const char *field)
{
    struct text_view text = event_text(event, field);
    return text.size ? date_parse_n(text.data, text.size) : DATE_NONE;
}

bool event_bool(const struct event *event, const char *field)
{
    const struct datum *datum = event_datum(event, field);
    return datum->kind == DATUM_BOOL && datum->boolean;
}
