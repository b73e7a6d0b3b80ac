/* intake.c - bytes from outside become a request, see intake.h. One reader a kind, by table. */
#include "cmd/intake.h"

#include "cmd/limits.h"
#include "events/codec.h"

static const struct codec_limits message_limits = {REQUEST_SIZE_MAX, REQUEST_DEPTH_MAX,
                                                   REQUEST_NODES_MAX};

static bool is_text(struct text_view text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static void read_signature(struct fields_reader *reader, struct request *request)
{
    struct fields_reader parts;
    fields_open(&parts, fields_list(reader, "signature", 3));
    request->algorithm = fields_int(&parts, "algorithm");
    request->key = (const uint8_t *)fields_bytes(&parts, "key", KEY_SIZE, KEY_SIZE).data;
    request->signature =
        (const uint8_t *)fields_bytes(&parts, "signature", SIGNATURE_SIZE, SIGNATURE_SIZE).data;
    if (!fields_done(&parts) && reader->ok) {
        reader->ok = false;
        reader->what = "signature";
    }
}

static void read_language(struct fields_reader *reader, struct request *request)
{
    request->language = is_text(fields_text(reader, "language", 8), "zh") ? "zh" : "en";
}

static void read_id(struct fields_reader *reader, const char *what, uint8_t ret_id[COMMAND_ID_SIZE])
{
    const struct datum *item = fields_take(reader, what);
    if (item->kind == DATUM_BYTES && item->count == COMMAND_ID_SIZE)
        memcpy(ret_id, item->bytes, COMMAND_ID_SIZE);
    else if (item->kind != DATUM_NIL)
        reader->ok = false;
}

static void read_context(struct fields_reader *reader, struct request *request)
{
    request->context.trace = (struct text_view){"", 0};
    const struct datum *item = fields_take(reader, "context");
    if (item->kind == DATUM_NIL)
        return;
    struct fields_reader parts;
    fields_open(&parts, item);
    read_id(&parts, "causation", request->context.causation);
    read_id(&parts, "correlation", request->context.correlation);
    const struct datum *trace = fields_take(&parts, "traceparent");
    if (trace->kind == DATUM_TEXT && trace->count <= TRACE_CONTEXT_SIZE_MAX)
        request->context.trace = (struct text_view){trace->text, trace->count};
    else if (trace->kind != DATUM_NIL)
        parts.ok = false;
    if (!fields_done(&parts) && reader->ok) {
        reader->ok = false;
        reader->what = "context";
    }
}

static struct text_view read_payload(struct fields_reader *reader)
{
    const struct datum *item = fields_take(reader, "payload");
    if (item->kind == DATUM_BYTES && item->count > 0)
        return (struct text_view){(const char *)item->bytes, item->count};
    if (item->kind != DATUM_NIL)
        reader->ok = false;
    return (struct text_view){NULL, 0};
}

static void read_command(struct fields_reader *reader, struct arena *arena, struct request *request)
{
    request->count = 1;
    request->commands = ARENA_ARRAY(arena, struct text_view, 1);
    request->payloads = ARENA_ARRAY(arena, struct text_view, 1);
    request->commands[0] = fields_bytes(reader, "command", 1, COMMAND_SIZE_MAX);
    read_signature(reader, request);
    request->payloads[0] = read_payload(reader);
    read_language(reader, request);
    read_context(reader, request);
}

static void read_bundle(struct fields_reader *reader, struct arena *arena, struct request *request)
{
    struct fields_reader items;
    const struct datum *commands = fields_list(reader, "commands", BUNDLE_MAX);
    request->count = commands->count;
    request->commands = ARENA_ARRAY(arena, struct text_view, request->count + 1);
    request->payloads = ARENA_ARRAY(arena, struct text_view, request->count + 1);
    fields_open(&items, commands);
    for (uint32_t i = 0; i < request->count; i++)
        request->commands[i] = fields_bytes(&items, "command", 1, COMMAND_SIZE_MAX);
    bool good = fields_done(&items) && request->count > 0;
    read_signature(reader, request);
    const struct datum *payloads = fields_list(reader, "payloads", BUNDLE_MAX);
    fields_open(&items, payloads);
    for (uint32_t i = 0; i < request->count && i < payloads->count; i++)
        request->payloads[i] = read_payload(&items);
    good = good && fields_done(&items) && payloads->count == request->count;
    read_language(reader, request);
    read_context(reader, request);
    if (!good && reader->ok) {
        reader->ok = false;
        reader->what = "commands or payloads of the bundle";
    }
}

static void read_lookup(struct fields_reader *reader, struct arena *arena, struct request *request)
{
    (void)arena;
    request->command_id =
        (const uint8_t *)fields_bytes(reader, "command id", COMMAND_ID_SIZE, COMMAND_ID_SIZE).data;
    read_language(reader, request);
}

static void read_nothing(struct fields_reader *reader, struct arena *arena, struct request *request)
{
    (void)reader;
    (void)arena;
    (void)request;
}

static void read_range(struct fields_reader *reader, struct arena *arena, struct request *request)
{
    (void)arena;
    request->from = fields_int(reader, "from");
    request->count_max = fields_int(reader, "count");
    request->bytes_max = fields_int(reader, "bytes");
}

static const struct {
    const char *word;
    void (*read)(struct fields_reader *reader, struct arena *arena, struct request *request);
} kinds[REQUEST_KIND_COUNT] = {
    [REQUEST_COMMAND] = {"command", read_command},
    [REQUEST_BUNDLE] = {"bundle", read_bundle},
    [REQUEST_LOOKUP] = {"lookup", read_lookup},
    [REQUEST_HEALTH] = {"health", read_nothing},
    [REQUEST_CHECKPOINT] = {"checkpoint", read_nothing},
    [REQUEST_RANGE] = {"range", read_range},
};

enum status request_read(const void *bytes, size_t size, struct arena *arena,
                         struct request *ret_request, struct fault *fault)
{
    struct datum message;
    memset(ret_request, 0, sizeof *ret_request);
    ret_request->id = -1;
    enum status status = datum_unpack(bytes, size, &message_limits, arena, &message, fault);
    if (status != STATUS_OK)
        return status;
    struct fields_reader reader;
    fields_open(&reader, &message);
    struct text_view form = fields_text(&reader, "form", 3);
    int64_t id = fields_int(&reader, "request id");
    if (!reader.ok || !is_text(form, "jr1") || id < 0)
        return fault_set(fault, STATUS_INVALID, "not a request of form jr1");
    ret_request->id = id;
    struct text_view word = fields_text(&reader, "kind", 16);
    unsigned kind = 0;
    while (kind < REQUEST_KIND_COUNT && !is_text(word, kinds[kind].word))
        kind++;
    if (kind == REQUEST_KIND_COUNT)
        return fault_set(fault, STATUS_INVALID, "unknown kind of request");
    ret_request->kind = (enum request_kind)kind;
    kinds[kind].read(&reader, arena, ret_request);
    if (!fields_done(&reader))
        return fault_set(fault, STATUS_INVALID, "%s: %s is missing, too long or of the wrong kind",
                         kinds[kind].word, reader.ok ? "its end" : reader.what);
    return STATUS_OK;
}
