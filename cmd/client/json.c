/* json.c - commands and entries as JSON, see json.h.
 *
 * Values: text, int, true, false, null as they are; [..] a list; {..} a record, in the order
 * written;
 * {"$text": "...", "$subject": "person:li"} free text, sealed for that subject; {"$hex": "..."}
 * bytes. */
#include "cmd/client/json.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd/clock.h"
#include "core/date.h"
#include "events/tree.h"

struct reading {
    struct arena *arena;
    struct json_command *into; /* NULL: free text is not allowed */
    const char *subject;       /* whose key seals free text that names none */
    struct fault *fault;
};

static struct text_view view_of(struct arena *arena, const char *text)
{
    return (struct text_view){arena_text(arena, text), (uint32_t)strlen(text)};
}

static enum status read_hex(struct reading *reading, const char *text, struct datum *ret)
{
    size_t length = strlen(text);
    size_t made = 0;
    uint8_t *bytes = arena_take(reading->arena, length / 2 + 1);
    if (sodium_hex2bin(bytes, length / 2 + 1, text, length, NULL, &made, NULL) != 0 ||
        made * 2 != length)
        return fault_set(reading->fault, STATUS_INVALID, "$hex: not hexadecimal");
    *ret = datum_bytes(bytes, made);
    return STATUS_OK;
}

static enum status read_text(struct reading *reading, const char *path, const json_t *json,
                             struct datum *ret)
{
    struct json_command *into = reading->into;
    const char *text = json_string_value(json_object_get(json, "$text"));
    const char *subject = json_string_value(json_object_get(json, "$subject"));
    if (!into || !text)
        return fault_set(reading->fault, STATUS_INVALID, "%s: no free text here", path);
    if (into->item_count == PAYLOAD_ITEMS_MAX)
        return fault_set(reading->fault, STATUS_FULL, "more than %d free texts", PAYLOAD_ITEMS_MAX);
    struct payload_item *item = &into->items[into->item_count++];
    item->field = view_of(reading->arena, path);
    item->subject = view_of(reading->arena, subject ? subject : reading->subject);
    item->text = view_of(reading->arena, text);
    const char *salt = json_string_value(json_object_get(json, "$salt"));
    size_t made = 0;
    if (!salt)
        randombytes_buf(item->salt, SALT_SIZE);
    else if (sodium_hex2bin(item->salt, SALT_SIZE, salt, strlen(salt), NULL, &made, NULL) != 0 ||
             made != SALT_SIZE)
        return fault_set(reading->fault, STATUS_INVALID, "%s: $salt is 64 hexadecimal digits",
                         path);
    uint8_t *digest = arena_take(reading->arena, DIGEST_SIZE);
    payload_commit(item->salt, item->text, digest);
    *ret = datum_bytes(digest, DIGEST_SIZE);
    return STATUS_OK;
}

static enum status read_value(struct reading *reading, const char *path, const json_t *json,
                              unsigned depth, struct datum *ret);

static enum status read_record(struct reading *reading, const char *path, json_t *json,
                               unsigned depth, struct datum *ret)
{
    size_t count = json_object_size(json);
    struct datum *pairs = ARENA_ARRAY(reading->arena, struct datum, count + 1);
    const char *name;
    json_t *value;
    size_t i = 0;
    json_object_foreach(json, name, value)
    {
        struct datum inner;
        char *longer = arena_format(reading->arena, "%s%s%s", path, *path ? "." : "", name);
        enum status status = read_value(reading, longer, value, depth + 1, &inner);
        if (status != STATUS_OK)
            return status;
        pairs[i++] =
            datum_pair(reading->arena, datum_text(arena_text(reading->arena, name)), inner);
    }
    *ret = datum_list(pairs, count);
    return STATUS_OK;
}

static enum status read_value(struct reading *reading, const char *path, const json_t *json,
                              unsigned depth, struct datum *ret)
{
    if (depth > DATUM_DEPTH_MAX)
        return fault_set(reading->fault, STATUS_INVALID, "%s: nested too deeply", path);
    if (json_is_object(json)) {
        const char *hex = json_string_value(json_object_get(json, "$hex"));
        if (hex)
            return read_hex(reading, hex, ret);
        if (json_object_get(json, "$text"))
            return read_text(reading, path, json, ret);
        return read_record(reading, path, (json_t *)(uintptr_t)json, depth, ret);
    }
    if (json_is_array(json)) {
        size_t count = json_array_size(json);
        struct datum *items = ARENA_ARRAY(reading->arena, struct datum, count + 1);
        for (size_t i = 0; i < count; i++) {
            enum status status =
                read_value(reading, arena_format(reading->arena, "%s.%zu", path, i),
                           json_array_get(json, i), depth + 1, &items[i]);
            if (status != STATUS_OK)
                return status;
        }
        *ret = datum_list(items, count);
    } else if (json_is_string(json)) {
        *ret = datum_text_n(
            arena_copy(reading->arena, json_string_value(json), json_string_length(json)),
            json_string_length(json));
    } else if (json_is_integer(json)) {
        *ret = datum_int(json_integer_value(json));
    } else if (json_is_boolean(json)) {
        *ret = datum_bool(json_is_true(json));
    } else if (json_is_null(json)) {
        *ret = datum_nil();
    } else {
        return fault_set(reading->fault, STATUS_INVALID,
                         "%s: a number with a fraction is written as text, \"2/3\"", path);
    }
    return STATUS_OK;
}

enum status json_to_datum(const json_t *json, struct arena *arena, struct datum *ret,
                          struct fault *fault)
{
    struct reading reading = {.arena = arena, .subject = "", .fault = fault};
    return read_value(&reading, "", json, 0, ret);
}

/* --- a command --- */

static int64_t int_of(const json_t *json, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(json, name);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static const char *text_of(const json_t *json, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : otherwise;
}

void uuid7_make_with(uint8_t ret_id[COMMAND_ID_SIZE], int64_t now_us,
                     const uint8_t random[UUID7_RANDOM_SIZE])
{
    uint64_t ms = (uint64_t)now_us / 1000;
    uint64_t part = (uint64_t)now_us % 1000 * 4096 / 1000; /* of the millisecond, in 12 bits */
    for (unsigned i = 0; i < 6; i++)
        ret_id[i] = (uint8_t)(ms >> (40 - 8 * i));
    ret_id[6] = (uint8_t)(0x70 | part >> 8);
    ret_id[7] = (uint8_t)part;
    memcpy(ret_id + 8, random, UUID7_RANDOM_SIZE);
    ret_id[8] = (uint8_t)((ret_id[8] & 0x3f) | 0x80);
}

void uuid7_make(uint8_t ret_id[COMMAND_ID_SIZE], int64_t now_us)
{
    uint8_t random[UUID7_RANDOM_SIZE];
    randombytes_buf(random, sizeof random);
    uuid7_make_with(ret_id, now_us, random);
}

static bool read_id(const char *text, uint8_t ret_id[COMMAND_ID_SIZE])
{
    size_t made = 0;
    return sodium_hex2bin(ret_id, COMMAND_ID_SIZE, text, strlen(text), "-", &made, NULL) == 0 &&
           made == COMMAND_ID_SIZE;
}

/* [{"kind": ..., "title": ..., "digest": hex}] */
static enum status read_evidence(struct reading *reading, const json_t *list, struct datum *ret)
{
    size_t count = json_array_size(list);
    struct datum *items = ARENA_ARRAY(reading->arena, struct datum, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        struct datum *parts = ARENA_ARRAY(reading->arena, struct datum, 3);
        parts[0] = datum_text(arena_text(reading->arena, text_of(item, "kind", "")));
        parts[1] = datum_text(arena_text(reading->arena, text_of(item, "title", "")));
        enum status status = read_hex(reading, text_of(item, "digest", ""), &parts[2]);
        if (status != STATUS_OK || parts[2].count != DIGEST_SIZE)
            return fault_set(reading->fault, STATUS_INVALID,
                             "evidence %zu: its digest is 64 hexadecimal digits", i);
        items[i] = datum_list(parts, 3);
    }
    *ret = datum_list(items, count);
    return STATUS_OK;
}

/* {"post": "post:deputy"} or [["post", "post:deputy"], ...] */
static enum status read_subjects(struct reading *reading, json_t *json, struct datum *ret)
{
    struct reading plain = {.arena = reading->arena, .subject = "", .fault = reading->fault};
    *ret = datum_list(NULL, 0);
    if (!json)
        return STATUS_OK;
    return json_is_object(json) ? read_record(&plain, "subjects", json, 0, ret)
                                : read_value(&plain, "subjects", json, 0, ret);
}

static const char *default_subject(const struct datum *subjects)
{
    const char *first = NULL;
    for (uint32_t i = 0; subjects->kind == DATUM_LIST && i < subjects->count; i++) {
        const struct datum *pair = &subjects->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[1].kind != DATUM_TEXT)
            continue;
        const char *text = pair->items[1].text; /* ends in NUL: it comes from our arena */
        if (pair->items[1].count > 7 && memcmp(text, "person:", 7) == 0)
            return text;
        first = first ? first : text;
    }
    return first ? first : "log";
}

static enum status read_head(struct reading *reading, const json_t *json, const char *origin,
                             struct command *command)
{
    const char *verb = text_of(json, "verb", "act");
    const char *day = text_of(json, "on", NULL);
    const char *id = text_of(json, "id", NULL);
    int64_t now = clock_now_us();
    command->verb = verb_find(verb, strlen(verb));
    if (command->verb == VERB_COUNT)
        return fault_set(reading->fault, STATUS_INVALID, "unknown verb %s", verb);
    command->occurred_on = day ? date_parse(day) : clock_today();
    if (command->occurred_on == DATE_NONE)
        return fault_set(reading->fault, STATUS_INVALID, "on: a date is written 2026-01-30");
    if (!id)
        uuid7_make(command->id, now);
    else if (!read_id(id, command->id))
        return fault_set(reading->fault, STATUS_INVALID, "id: a UUID has 32 hexadecimal digits");
    command->origin = view_of(reading->arena, origin);
    command->what = view_of(reading->arena, text_of(json, "what", ""));
    command->outcome = view_of(reading->arena, text_of(json, "outcome", ""));
    command->behalf = view_of(reading->arena, text_of(json, "behalf", ""));
    command->pack_version = int_of(json, "pack_version", 0);
    command->case_number = int_of(json, "case", 0);
    command->expected_version = int_of(json, "expected_version", -1);
    command->issued_at_us = int_of(json, "issued_at_us", now);
    command->not_after_us = int_of(json, "not_after_us", 0);
    command->shown = datum_nil();
    return STATUS_OK;
}

static enum status read_command(struct reading *reading, json_t *json, const char *origin)
{
    static const char *const known[] = {
        "verb",     "what", "case",         "expected_version", "pack_version",
        "subjects", "args", "outcome",      "evidence",         "on",
        "behalf",   "id",   "issued_at_us", "not_after_us",     "shown"};
    struct command *command = &reading->into->command;
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], name) != 0)
            i++;
        if (i == sizeof known / sizeof *known)
            return fault_set(reading->fault, STATUS_INVALID, "a command has no %s", name);
    }
    enum status status = read_head(reading, json, origin, command);
    if (status == STATUS_OK)
        status = read_subjects(reading, json_object_get(json, "subjects"), &command->subjects);
    if (status != STATUS_OK)
        return status;
    reading->subject = default_subject(&command->subjects);
    json_t *args = json_object_get(json, "args");
    command->args = datum_list(NULL, 0);
    if (args)
        status = read_record(reading, "", args, 0, &command->args);
    const char *shown = text_of(json, "shown", NULL);
    if (status == STATUS_OK && shown)
        status = read_hex(reading, shown, &command->shown);
    if (status == STATUS_OK)
        status = read_evidence(reading, json_object_get(json, "evidence"), &command->evidence);
    return status;
}

enum status json_command_read(const char *json, const char *origin, struct arena *arena,
                              struct json_command *ret, struct fault *fault)
{
    json_error_t error;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        const char *why = root ? "another kind of value" : error.text;
        json_decref(root);
        return fault_set(fault, STATUS_INVALID, "not a JSON object: %s", why);
    }
    memset(ret, 0, sizeof *ret);
    struct reading reading = {.arena = arena, .into = ret, .subject = "log", .fault = fault};
    enum status status = read_command(&reading, root, origin);
    json_decref(root);
    return status;
}

/* --- to JSON --- */

static json_t *json_of_hex(const void *bytes, size_t size)
{
    char hex[2 * COMMAND_SIZE_MAX + 1];
    if (2 * size >= sizeof hex)
        return json_null();
    sodium_bin2hex(hex, sizeof hex, bytes, size);
    return json_string(hex);
}

json_t *json_of_record(const struct datum *record)
{
    json_t *object = json_object();
    for (uint32_t i = 0; record->kind == DATUM_LIST && i < record->count; i++) {
        const struct datum *pair = &record->items[i];
        char name[NAME_SIZE_MAX + 1];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT ||
            pair->items[0].count > NAME_SIZE_MAX)
            continue;
        memcpy(name, pair->items[0].text, pair->items[0].count);
        name[pair->items[0].count] = '\0';
        json_object_set_new(object, name, json_of_datum(&pair->items[1]));
    }
    return object;
}

static bool is_record(const struct datum *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].kind != DATUM_LIST || list->items[i].count != 2 ||
            list->items[i].items[0].kind != DATUM_TEXT)
            return false;
    return list->count > 0;
}

json_t *json_of_datum(const struct datum *datum)
{
    switch (datum->kind) {
    case DATUM_NIL: return json_null();
    case DATUM_BOOL: return json_boolean(datum->boolean);
    case DATUM_INT: return json_integer(datum->integer);
    case DATUM_TEXT: return json_stringn(datum->text, datum->count);
    case DATUM_BYTES: {
        json_t *object = json_object();
        json_object_set_new(object, "$hex", json_of_hex(datum->bytes, datum->count));
        return object;
    }
    case DATUM_LIST: break;
    }
    if (is_record(datum))
        return json_of_record(datum);
    json_t *list = json_array();
    for (uint32_t i = 0; i < datum->count; i++)
        json_array_append_new(list, json_of_datum(&datum->items[i]));
    return list;
}

static json_t *json_of_view(struct text_view text)
{
    return json_stringn(text.data ? text.data : "", text.size);
}

static json_t *json_of_command(const struct command *command)
{
    char day[DATE_TEXT_SIZE];
    json_t *object = json_object();
    json_object_set_new(object, "id", json_of_hex(command->id, COMMAND_ID_SIZE));
    json_object_set_new(object, "verb", json_string(verb_text(command->verb)));
    json_object_set_new(object, "what", json_of_view(command->what));
    json_object_set_new(object, "case", json_integer(command->case_number));
    json_object_set_new(object, "subjects", json_of_datum(&command->subjects));
    json_object_set_new(object, "args", json_of_record(&command->args));
    json_object_set_new(object, "outcome", json_of_view(command->outcome));
    json_object_set_new(object, "evidence", json_of_datum(&command->evidence));
    json_object_set_new(object, "on", json_string(date_text(command->occurred_on, day)));
    json_object_set_new(object, "issued_at_us", json_integer(command->issued_at_us));
    json_object_set_new(object, "behalf", json_of_view(command->behalf));
    return object;
}

static json_t *json_of_event(const struct event *event)
{
    const struct event_spec *spec = event_spec(event->type);
    json_t *object = json_object();
    json_object_set_new(object, "event", json_string(spec->name));
    for (unsigned f = 0; f < spec->field_count; f++)
        json_object_set_new(object, spec->field_names[f], json_of_datum(&event->fields[f]));
    return object;
}

json_t *json_of_entry(const struct entry *entry, const struct command *command,
                      const uint8_t leaf[DIGEST_SIZE])
{
    json_t *object = json_object();
    json_object_set_new(object, "number", json_integer(entry->number));
    json_object_set_new(object, "recorded_at_us", json_integer(entry->recorded_at_us));
    json_object_set_new(object, "leaf", json_of_hex(leaf, DIGEST_SIZE));
    json_object_set_new(object, "key", json_of_hex(entry->signature.key, KEY_SIZE));
    json_object_set_new(object, "command", json_of_command(command));
    json_object_set_new(object, "refusal",
                        entry->refusal == REFUSAL_none ? json_null()
                                                       : json_string(refusal_name(entry->refusal)));
    json_t *clauses = json_array();
    for (unsigned i = 0; i < entry->clause_count; i++)
        json_array_append_new(clauses,
                              json_pack("[ss]", entry->clauses[i].guard, entry->clauses[i].rule));
    json_object_set_new(object, "clauses", clauses);
    json_t *events = json_array();
    for (unsigned i = 0; i < entry->event_count; i++)
        json_array_append_new(events, json_of_event(&entry->events[i]));
    json_object_set_new(object, "events", events);
    return object;
}
