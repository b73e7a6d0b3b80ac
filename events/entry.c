/* entry.c - commands and entries as bytes, see entry.h and FORMAT.md.
 *
 * Both are arrays of fixed arity. Decoding goes through one tree of data in the caller's arena and
 * then checks every field's kind and bound, so that no later code meets a form it does not know. */
#include "events/entry.h"

#include "core/check.h"
#include "core/date.h"
#include "events/codec.h"

#define COMMAND_ARITY  17
#define ENTRY_ARITY    12
#define TRACE_SIZE_MAX 128

static const struct codec_limits command_limits = {COMMAND_SIZE_MAX, DATUM_DEPTH_MAX + 2,
                                                   DATUM_NODES_MAX};
static const struct codec_limits entry_limits = {ENTRY_SIZE_MAX, DATUM_DEPTH_MAX + 4,
                                                 16 * DATUM_NODES_MAX};

static void pack_view(struct buffer *out, struct text_view text)
{
    pack_text_n(out, text.data ? text.data : "", text.size);
}

static void pack_list(struct buffer *out, const struct datum *list)
{
    if (list->kind == DATUM_LIST)
        datum_pack(list, out);
    else
        pack_array(out, 0);
}

static bool is_name(const struct datum *datum)
{
    return datum->kind == DATUM_TEXT && datum->count > 0 && datum->count <= NAME_SIZE_MAX;
}

/* Every list within is bounded; depth and nodes were by the reader. */
static bool lists_bounded(const struct datum *datum)
{
    if (datum->kind != DATUM_LIST)
        return true;
    if (datum->count > COMMAND_LIST_MAX)
        return false;
    for (uint32_t i = 0; i < datum->count; i++)
        if (!lists_bounded(&datum->items[i]))
            return false;
    return true;
}

/* [[name, datum], ...], no name twice. */
static bool is_record(const struct datum *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct datum *pair = &list->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || !is_name(&pair->items[0]) ||
            !lists_bounded(&pair->items[1]))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (datum_equal(&list->items[j].items[0], &pair->items[0]))
                return false;
    }
    return true;
}

/* Slots come with a subject's id or a case's number; one slot may come several times. */
static bool are_subjects(const struct datum *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct datum *pair = &list->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || !is_name(&pair->items[0]) ||
            !lists_bounded(&pair->items[1]))
            return false;
    }
    return true;
}

static bool is_evidence(const struct datum *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct datum *item = &list->items[i];
        if (item->kind != DATUM_LIST || item->count != 3 || !is_name(&item->items[0]) ||
            item->items[1].kind != DATUM_TEXT || item->items[1].count > 4 * NAME_SIZE_MAX ||
            item->items[2].kind != DATUM_BYTES || item->items[2].count != DIGEST_SIZE)
            return false;
    }
    return true;
}

static bool is_digest_or_nil(const struct datum *datum)
{
    return datum->kind == DATUM_NIL || (datum->kind == DATUM_BYTES && datum->count == DIGEST_SIZE);
}

/* The same bounds that the reader keeps: lists within lists, and parts all told. */
static bool is_bounded(const struct datum *datum, unsigned depth, unsigned *nodes)
{
    if (++*nodes > DATUM_NODES_MAX - COMMAND_ARITY)
        return false;
    if (datum->kind != DATUM_LIST)
        return true;
    for (uint32_t i = 0; i < datum->count; i++)
        if (depth == 0 || !is_bounded(&datum->items[i], depth - 1, nodes))
            return false;
    return depth > 0;
}

static bool lists_are_bounded(const struct command *command)
{
    unsigned nodes = 0;
    return is_bounded(&command->subjects, DATUM_DEPTH_MAX + 1, &nodes) &&
           is_bounded(&command->args, DATUM_DEPTH_MAX + 1, &nodes) &&
           is_bounded(&command->evidence, DATUM_DEPTH_MAX + 1, &nodes);
}

/* What holds of every command, read or about to be written. */
static enum status command_check(const struct command *command, struct fault *fault)
{
    if (command->verb >= VERB_COUNT)
        return fault_set(fault, STATUS_INVALID, "command: unknown verb");
    if (command->occurred_on == DATE_NONE)
        return fault_set(fault, STATUS_INVALID,
                         "command: occurred_on is no date of the form 2026-01-30");
    if (command->case_number < 0 || command->pack_version < 0 || command->expected_version < -1 ||
        command->issued_at_us < 0 || command->not_after_us < 0)
        return fault_set(fault, STATUS_INVALID, "command: a number is below zero");
    if (command->origin.size > 4 * NAME_SIZE_MAX || command->what.size > NAME_SIZE_MAX ||
        command->outcome.size > NAME_SIZE_MAX || command->behalf.size > NAME_SIZE_MAX ||
        command->subjects.count > COMMAND_LIST_MAX || command->args.count > COMMAND_LIST_MAX ||
        command->evidence.count > COMMAND_LIST_MAX)
        return fault_set(fault, STATUS_INVALID, "command: a name or a list is too long");
    if (!lists_are_bounded(command))
        return fault_set(fault, STATUS_INVALID,
                         "command: lists are nested deeper than %d or too many", DATUM_DEPTH_MAX);
    if (!are_subjects(&command->subjects) || !is_record(&command->args) ||
        !is_evidence(&command->evidence) || !is_digest_or_nil(&command->shown))
        return fault_set(fault, STATUS_INVALID,
                         "command: subjects, args, evidence or shown are not of their form");
    return STATUS_OK;
}

enum status command_encode(const struct command *command, struct buffer *out, struct fault *fault)
{
    char day[DATE_TEXT_SIZE];
    size_t before = out->size;
    enum status status = command_check(command, fault);
    if (status != STATUS_OK)
        return status;
    pack_array(out, COMMAND_ARITY);
    pack_text(out, "jc1");
    pack_view(out, command->origin);
    pack_bytes(out, command->id, COMMAND_ID_SIZE);
    pack_text(out, verb_text(command->verb));
    pack_view(out, command->what);
    pack_int(out, command->pack_version);
    pack_int(out, command->case_number);
    pack_int(out, command->expected_version);
    pack_list(out, &command->subjects);
    pack_list(out, &command->args);
    pack_view(out, command->outcome);
    pack_list(out, &command->evidence);
    datum_pack(&command->shown, out);
    pack_text(out, date_text(command->occurred_on, day));
    pack_int(out, command->issued_at_us);
    pack_int(out, command->not_after_us);
    pack_view(out, command->behalf);
    size_t size = out->size - before;
    if (size > COMMAND_SIZE_MAX) {
        out->size = before;
        return fault_set(fault, STATUS_FULL,
                         "a command of %zu bytes is larger than %d; shorten its lists", size,
                         COMMAND_SIZE_MAX);
    }
    return STATUS_OK;
}

enum status command_decode(const void *bytes, size_t size, struct arena *arena,
                           struct command *ret_command, struct fault *fault)
{
    struct datum datum;
    if (datum_unpack(bytes, size, &command_limits, arena, &datum, fault) != STATUS_OK)
        return fault_add(fault, "command");
    struct fields_reader reader;
    fields_open(&reader, &datum);
    struct command command = {0};
    struct text_view form = fields_text(&reader, "form", 3);
    command.origin = fields_text(&reader, "origin", 4 * NAME_SIZE_MAX);
    struct text_view id = fields_bytes(&reader, "command id", COMMAND_ID_SIZE, COMMAND_ID_SIZE);
    struct text_view verb = fields_text(&reader, "verb", NAME_SIZE_MAX);
    command.what = fields_text(&reader, "what", NAME_SIZE_MAX);
    command.pack_version = fields_int(&reader, "pack version");
    command.case_number = fields_int(&reader, "case");
    command.expected_version = fields_int(&reader, "expected version");
    command.subjects = *fields_list(&reader, "subjects", COMMAND_LIST_MAX);
    command.args = *fields_list(&reader, "args", COMMAND_LIST_MAX);
    command.outcome = fields_text(&reader, "outcome", NAME_SIZE_MAX);
    command.evidence = *fields_list(&reader, "evidence", COMMAND_LIST_MAX);
    command.shown = *fields_take(&reader, "shown");
    struct text_view day = fields_text(&reader, "occurred on", 10);
    command.issued_at_us = fields_int(&reader, "issued at");
    command.not_after_us = fields_int(&reader, "not after");
    command.behalf = fields_text(&reader, "behalf", NAME_SIZE_MAX);
    if (!fields_done(&reader))
        return fault_set(fault, STATUS_INVALID, "command: %s is missing or of the wrong kind",
                         reader.ok ? "its end" : reader.what);
    command.verb = verb_find(verb.data, verb.size);
    command.occurred_on = date_parse_n(day.data, day.size);
    memcpy(command.id, id.data, COMMAND_ID_SIZE);
    if (form.size != 3 || memcmp(form.data, "jc1", 3) != 0)
        return fault_set(fault, STATUS_INVALID, "command: its form is not jc1");
    enum status status = command_check(&command, fault);
    if (status != STATUS_OK)
        return status;
    *ret_command = command;
    return STATUS_OK;
}

/* --- entries --- */

static void pack_id(struct buffer *out, const uint8_t id[COMMAND_ID_SIZE])
{
    static const uint8_t none[COMMAND_ID_SIZE];
    if (memcmp(id, none, COMMAND_ID_SIZE) == 0)
        pack_nil(out);
    else
        pack_bytes(out, id, COMMAND_ID_SIZE);
}

static void pack_signature(struct buffer *out, const struct signature *signature)
{
    pack_array(out, 6);
    pack_int(out, signature->algorithm);
    pack_bytes(out, signature->key, KEY_SIZE);
    pack_bytes(out, signature->bytes, SIGNATURE_SIZE);
    pack_int(out, signature->bundle_count);
    pack_int(out, signature->bundle_index);
    pack_array(out, signature->path_count);
    for (uint32_t i = 0; i < signature->path_count; i++)
        pack_bytes(out, signature->path[i], DIGEST_SIZE);
}

static void pack_events(struct buffer *out, const struct event *events, unsigned count)
{
    pack_array(out, count);
    for (unsigned i = 0; i < count; i++) {
        const struct event_spec *spec = event_spec(events[i].type);
        pack_array(out, spec->field_count + 1);
        pack_text(out, spec->name);
        for (unsigned f = 0; f < spec->field_count; f++)
            datum_pack(&events[i].fields[f], out);
    }
}

enum status entry_encode(const struct entry *entry, struct buffer *out, struct fault *fault)
{
    size_t before = out->size;
    pack_array(out, ENTRY_ARITY);
    pack_text(out, "je1");
    pack_int(out, entry->number);
    pack_bytes(out, entry->previous, DIGEST_SIZE);
    pack_int(out, entry->recorded_at_us);
    pack_bytes(out, entry->command_bytes.data, entry->command_bytes.size);
    pack_signature(out, &entry->signature);
    pack_text(out, entry->refusal == REFUSAL_none ? "" : refusal_name(entry->refusal));
    pack_array(out, entry->clause_count);
    for (unsigned i = 0; i < entry->clause_count; i++) {
        pack_array(out, 2);
        pack_text(out, entry->clauses[i].guard ? entry->clauses[i].guard : "");
        pack_text(out, entry->clauses[i].rule ? entry->clauses[i].rule : "");
    }
    pack_events(out, entry->events, entry->event_count);
    pack_id(out, entry->causation);
    pack_id(out, entry->correlation);
    pack_text_n(out, entry->trace.data ? entry->trace.data : "", entry->trace.size);
    size_t size = out->size - before;
    if (size > ENTRY_SIZE_MAX) {
        out->size = before;
        return fault_set(fault, STATUS_FULL, "an entry of %zu bytes is larger than %d", size,
                         ENTRY_SIZE_MAX);
    }
    return STATUS_OK;
}

static bool decode_signature(const struct datum *datum, struct signature *ret_signature)
{
    struct fields_reader reader;
    fields_open(&reader, datum);
    *ret_signature = (struct signature){.algorithm = fields_int(&reader, "algorithm")};
    struct text_view key = fields_bytes(&reader, "key", KEY_SIZE, KEY_SIZE);
    struct text_view bytes = fields_bytes(&reader, "signature", SIGNATURE_SIZE, SIGNATURE_SIZE);
    int64_t count = fields_int(&reader, "bundle count");
    int64_t index = fields_int(&reader, "bundle index");
    const struct datum *path = fields_list(&reader, "path", BUNDLE_PATH_MAX);
    if (!fields_done(&reader) || count < 1 || count > BUNDLE_MAX || index < 0 || index >= count)
        return false;
    memcpy(ret_signature->key, key.data, KEY_SIZE);
    memcpy(ret_signature->bytes, bytes.data, SIGNATURE_SIZE);
    ret_signature->bundle_count = (uint32_t)count;
    ret_signature->bundle_index = (uint32_t)index;
    for (uint32_t i = 0; i < path->count; i++) {
        if (path->items[i].kind != DATUM_BYTES || path->items[i].count != DIGEST_SIZE)
            return false;
        memcpy(ret_signature->path[ret_signature->path_count++], path->items[i].bytes, DIGEST_SIZE);
    }
    return true;
}

static bool decode_event(const struct datum *datum, struct event *ret_event)
{
    if (datum->kind != DATUM_LIST || datum->count == 0 || datum->items[0].kind != DATUM_TEXT)
        return false;
    ret_event->type = event_find(datum->items[0].text, datum->items[0].count);
    if (ret_event->type == EVENT_COUNT)
        return false;
    /* Fields added to the table after this entry was written are nil in it. */
    unsigned known = event_spec(ret_event->type)->field_count;
    if (datum->count - 1 > known)
        return false;
    for (unsigned f = 0; f < known; f++)
        ret_event->fields[f] = f + 1 < datum->count ? datum->items[f + 1] : datum_nil();
    return event_check(ret_event, NULL) == STATUS_OK;
}

static bool decode_clauses(const struct datum *list, struct arena *arena, struct entry *entry)
{
    struct clause *clauses = list->count ? ARENA_ARRAY(arena, struct clause, list->count) : NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        struct fields_reader reader;
        fields_open(&reader, &list->items[i]);
        struct text_view guard = fields_text(&reader, "guard", 4 * NAME_SIZE_MAX);
        struct text_view rule = fields_text(&reader, "rule", NAME_SIZE_MAX);
        if (!fields_done(&reader))
            return false;
        clauses[i] = (struct clause){.guard = arena_text_n(arena, guard.data, guard.size),
                                     .rule = arena_text_n(arena, rule.data, rule.size),
                                     .text = ""};
    }
    entry->clauses = clauses;
    entry->clause_count = list->count;
    return true;
}

static bool decode_events(const struct datum *list, struct arena *arena, struct entry *entry)
{
    struct event *events = list->count ? ARENA_ARRAY(arena, struct event, list->count) : NULL;
    for (uint32_t i = 0; i < list->count; i++)
        if (!decode_event(&list->items[i], &events[i]))
            return false;
    entry->events = events;
    entry->event_count = list->count;
    return true;
}

static void decode_id(struct fields_reader *reader, const char *what,
                      uint8_t ret_id[COMMAND_ID_SIZE])
{
    const struct datum *item = fields_take(reader, what);
    if (item->kind == DATUM_BYTES && item->count == COMMAND_ID_SIZE)
        memcpy(ret_id, item->bytes, COMMAND_ID_SIZE);
    else if (item->kind != DATUM_NIL)
        reader->ok = false;
}

enum status entry_decode(const void *bytes, size_t size, struct arena *arena,
                         struct entry *ret_entry, struct fault *fault)
{
    struct datum datum;
    if (datum_unpack(bytes, size, &entry_limits, arena, &datum, fault) != STATUS_OK)
        return fault_add(fault, "entry");
    struct fields_reader reader;
    fields_open(&reader, &datum);
    struct entry entry = {0};
    struct text_view form = fields_text(&reader, "form", 3);
    entry.number = fields_int(&reader, "number");
    struct text_view previous = fields_bytes(&reader, "previous", DIGEST_SIZE, DIGEST_SIZE);
    entry.recorded_at_us = fields_int(&reader, "recorded at");
    entry.command_bytes = fields_bytes(&reader, "command", 1, COMMAND_SIZE_MAX);
    const struct datum *signature = fields_take(&reader, "signature");
    struct text_view refusal = fields_text(&reader, "refusal", NAME_SIZE_MAX);
    const struct datum *clauses = fields_list(&reader, "clauses", CLAUSES_MAX);
    const struct datum *events = fields_list(&reader, "events", DECISION_EVENTS_MAX);
    decode_id(&reader, "causation", entry.causation);
    decode_id(&reader, "correlation", entry.correlation);
    entry.trace = fields_text(&reader, "trace", TRACE_SIZE_MAX);
    if (!fields_done(&reader) || form.size != 3 || memcmp(form.data, "je1", 3) != 0 ||
        entry.number < 0)
        return fault_set(fault, STATUS_INVALID, "entry: %s is missing or of the wrong kind",
                         reader.what);
    memcpy(entry.previous, previous.data, DIGEST_SIZE);
    if (refusal.size > 0) {
        entry.refusal = refusal_find(refusal.data, refusal.size);
        if (entry.refusal == REFUSAL_none || entry.refusal == REFUSAL_COUNT)
            return fault_set(fault, STATUS_INVALID, "entry %lld: unknown refusal",
                             (long long)entry.number);
    }
    if (!decode_signature(signature, &entry.signature) || !decode_clauses(clauses, arena, &entry) ||
        !decode_events(events, arena, &entry))
        return fault_set(fault, STATUS_INVALID,
                         "entry %lld: its signature, clauses or events are not of their form",
                         (long long)entry.number);
    *ret_entry = entry;
    return STATUS_OK;
}

size_t entry_framed_size(const uint8_t frame[4])
{
    return (size_t)frame[0] << 24 | (size_t)frame[1] << 16 | (size_t)frame[2] << 8 | frame[3];
}

enum status entry_peek(const void *bytes, size_t size, struct entry_head *ret_head,
                       struct fault *fault)
{
    /* array 12, "je1", then a number of at most nine bytes, then 32 bytes: all within the first 64.
     */
    const uint8_t *at = bytes;
    const uint8_t *end = at + size;
    static const uint8_t opening[] = {0x90 | ENTRY_ARITY, 0xa3, 'j', 'e', '1'};
    if (size < 64 || memcmp(at, opening, sizeof opening) != 0)
        return fault_set(fault, STATUS_CORRUPT, "these bytes are no entry");
    at += sizeof opening;
    int64_t numbers[2];
    for (int i = 0; i < 2; i++) {
        uint8_t head = *at++;
        size_t more = head < 0x80    ? 0
                      : head == 0xcc ? 1
                      : head == 0xcd ? 2
                      : head == 0xce ? 4
                      : head == 0xcf ? 8
                                     : 99;
        if (more == 99 || (size_t)(end - at) < more + 40)
            return fault_set(fault, STATUS_CORRUPT, "these bytes are no entry");
        uint64_t number = more ? 0 : head;
        for (size_t b = 0; b < more; b++)
            number = number << 8 | *at++;
        numbers[i] = (int64_t)number;
        if (i == 0) {
            if (at[0] != 0xc4 || at[1] != DIGEST_SIZE)
                return fault_set(fault, STATUS_CORRUPT, "these bytes are no entry");
            memcpy(ret_head->previous, at + 2, DIGEST_SIZE);
            at += 2 + DIGEST_SIZE;
            if (end - at < 12)
                return fault_set(fault, STATUS_CORRUPT, "these bytes are no entry");
        }
    }
    ret_head->number = numbers[0];
    ret_head->recorded_at_us = numbers[1];
    return STATUS_OK;
}
