/* jishi_client.c - the client library, see jishi_client.h and client.h.
 *
 * A request keeps its bytes until it is answered: asking again is sending the same bytes, so the
 * same command id. */
#include "cmd/client/client.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "cmd/client/json.h"
#include "cmd/clock.h"
#include "cmd/limits.h"
#include "cmd/socket.h"
#include "core/check.h"
#include "events/codec.h"

#define TRY_FIRST_MS    1000 /* silence before the first repetition, doubling */
#define TRY_LAST_MS     5000
#define UNKNOWN_WAIT_MS 200

static const struct codec_limits answer_limits = {ANSWER_SIZE_MAX, 16, 1 << 20};

struct pending { /* pipelined: sent, not yet answered */
    int64_t id;
    char command_id[2 * COMMAND_ID_SIZE + 1];
    struct pending *next;
};

struct jishi_client {
    void *context;
    void *sockets[PORT_COUNT]; /* opened at first use */
    struct server_info info;
    struct member_key key;
    char language[4];
    int64_t next_id;
    struct pending *pending;
};

struct jishi_command {
    struct buffer bytes, payload;
    char id[2 * COMMAND_ID_SIZE + 1];
};

/* --- the connection --- */

struct jishi_client *client_open(const struct server_info *info, const struct member_key *key,
                                 const char *language, struct fault *fault)
{
    if (sodium_init() < 0) {
        fault_set(fault, STATUS_IO, "libsodium cannot start");
        return NULL;
    }
    struct jishi_client *client = calloc(1, sizeof *client);
    CHECK(client);
    client->info = *info;
    client->key = *key;
    snprintf(client->language, sizeof client->language, "%s",
             strcmp(language, "zh") == 0 ? "zh" : "en");
    client->next_id =
        clock_now_us(); /* answers to an earlier process's requests are not taken for ours */
    client->context = zmq_ctx_new();
    CHECK(client->context);
    return client;
}

const struct server_info *client_info(const struct jishi_client *client)
{
    return &client->info;
}

struct jishi_client *jishi_connect(const char *server_file, const char *key_file,
                                   const char *language, char *error)
{
    struct server_info info;
    struct member_key key;
    struct fault fault = {0};
    struct jishi_client *client = NULL;
    if (sodium_init() >= 0 && server_info_read(server_file, &info, &fault) == STATUS_OK &&
        member_key_read(key_file, &key, &fault) == STATUS_OK) {
        client = client_open(&info, &key, language, &fault);
        member_key_forget(&key);
    }
    if (!client)
        snprintf(error, JISHI_ERROR_SIZE, "%s", fault.text);
    return client;
}

void jishi_close(struct jishi_client *client)
{
    if (!client)
        return;
    for (int i = 0; i < PORT_COUNT; i++)
        if (client->sockets[i])
            zmq_close(client->sockets[i]);
    zmq_ctx_term(client->context);
    while (client->pending) {
        struct pending *first = client->pending;
        client->pending = first->next;
        free(first);
    }
    member_key_forget(&client->key);
    free(client);
}

enum status client_socket(struct jishi_client *client, enum client_port port, void **ret_socket,
                          struct fault *fault)
{
    const char *addresses[PORT_COUNT] = {client->info.commands, client->info.ranges,
                                         client->info.queries, client->info.jobs};
    if (!client->sockets[port] && !addresses[port][0])
        return fault_set(fault, STATUS_NOT_FOUND, "the server's file names no address for that");
    if (!client->sockets[port]) {
        enum status status = socket_connect(client->context, ZMQ_DEALER, client->key.curve_public,
                                            client->key.curve_secret, client->info.curve_public,
                                            addresses[port], &client->sockets[port], fault);
        if (status != STATUS_OK)
            return status;
    }
    *ret_socket = client->sockets[port];
    return STATUS_OK;
}

void client_disconnect(struct jishi_client *client, enum client_port port)
{
    if (client->sockets[port])
        zmq_close(client->sockets[port]);
    client->sockets[port] = NULL;
}

int64_t client_next_id(struct jishi_client *client)
{
    return client->next_id++;
}

/* Receives one message within the time: 1 got, 0 not. */
static int receive(void *socket, int64_t until_ms, struct buffer *out)
{
    int64_t left = until_ms - clock_mono_ms();
    zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, left > 0 ? (long)left : 0) <= 0)
        return 0;
    zmq_msg_t message;
    zmq_msg_init(&message);
    int got = zmq_msg_recv(&message, socket, ZMQ_DONTWAIT);
    if (got >= 0) {
        buffer_clear(out);
        buffer_add(out, zmq_msg_data(&message), zmq_msg_size(&message));
    }
    zmq_msg_close(&message);
    return got >= 0;
}

static bool answer_read(const struct buffer *bytes, struct arena *arena, struct datum *ret_answer,
                        int64_t *ret_id)
{
    const void *kept = arena_copy(arena, bytes->data, bytes->size);
    if (datum_unpack(kept, bytes->size, &answer_limits, arena, ret_answer, NULL) != STATUS_OK ||
        ret_answer->kind != DATUM_LIST || ret_answer->count < 3 ||
        ret_answer->items[1].kind != DATUM_INT || ret_answer->items[2].kind != DATUM_TEXT)
        return false;
    *ret_id = ret_answer->items[1].integer;
    return true;
}

static bool send_within(void *socket, const struct buffer *request, int64_t until_ms)
{
    do {
        if (zmq_send(socket, request->data, request->size, ZMQ_DONTWAIT) >= 0)
            return true;
        zmq_pollitem_t item = {socket, 0, ZMQ_POLLOUT, 0};
        zmq_poll(&item, 1, 100);
    } while (clock_mono_ms() < until_ms);
    return false;
}

static int64_t wait_after(const struct datum *answer)
{
    if (datum_is_text(&answer->items[2], "unknown"))
        return UNKNOWN_WAIT_MS;
    if (!datum_is_text(&answer->items[2], "busy"))
        return 0;
    int64_t hint =
        answer->count > 3 && answer->items[3].kind == DATUM_INT ? answer->items[3].integer : 100;
    return hint + (int64_t)randombytes_uniform((uint32_t)(hint / 2 + 1));
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

enum status client_ask(struct jishi_client *client, enum client_port port, int64_t id,
                       const struct buffer *request, int timeout_ms, struct arena *arena,
                       struct datum *ret_answer, struct fault *fault)
{
    void *socket = NULL;
    struct buffer bytes;
    int64_t until = clock_mono_ms() + timeout_ms;
    int64_t patience = TRY_FIRST_MS;
    enum status status = client_socket(client, port, &socket, fault);
    if (status != STATUS_OK)
        return status;
    buffer_init(&bytes);
    status = STATUS_BUSY;
    while (status == STATUS_BUSY && clock_mono_ms() < until &&
           send_within(socket, request, until)) {
        int64_t got_id = -1;
        int64_t next_try = earlier(until, clock_mono_ms() + patience);
        patience = earlier(2 * patience, TRY_LAST_MS);
        while (status == STATUS_BUSY && receive(socket, next_try, &bytes)) {
            if (!answer_read(&bytes, arena, ret_answer, &got_id) || got_id != id)
                continue; /* late answer to something given up */
            int64_t wait = wait_after(ret_answer);
            if (wait == 0)
                status = STATUS_OK;
            else if (clock_mono_ms() + wait < until)
                zmq_poll(NULL, 0, (long)wait);
            if (wait)
                break;
        }
    }
    buffer_done(&bytes);
    if (status ==
        STATUS_BUSY) /* ZeroMQ does not try again where a key was refused: begin anew next time */
        client_disconnect(client, port);
    if (status == STATUS_BUSY)
        return fault_set(fault, STATUS_BUSY,
                         "no answer from the server within %d ms; the key may not be admitted, or "
                         "the server not running",
                         timeout_ms);
    return status;
}

/* --- commands --- */

struct jishi_command *jishi_command(struct jishi_client *client, const char *json, char *error)
{
    struct arena arena;
    struct fault fault = {0};
    arena_init(&arena, 0);
    struct json_command *read = ARENA_NEW(&arena, struct json_command);
    struct jishi_command *command = calloc(1, sizeof *command);
    CHECK(command);
    buffer_init(&command->bytes);
    buffer_init(&command->payload);
    enum status status = json_command_read(json, client->info.origin, &arena, read, &fault);
    if (status == STATUS_OK)
        status = command_encode(&read->command, &command->bytes, &fault);
    if (status == STATUS_OK && read->item_count > 0)
        status = payload_encode(read->items, read->item_count, &command->payload, &fault);
    sodium_bin2hex(command->id, sizeof command->id, read->command.id, COMMAND_ID_SIZE);
    arena_done(&arena);
    if (status == STATUS_OK)
        return command;
    snprintf(error, JISHI_ERROR_SIZE, "%s", fault.text);
    jishi_command_free(command);
    return NULL;
}

void jishi_command_free(struct jishi_command *command)
{
    if (!command)
        return;
    buffer_done(&command->bytes);
    buffer_done(&command->payload);
    free(command);
}

const char *jishi_command_id(const struct jishi_command *command)
{
    return command->id;
}

static void pack_payload(struct buffer *out, const struct jishi_command *command)
{
    if (command->payload.size > 0)
        pack_bytes(out, command->payload.data, command->payload.size);
    else
        pack_nil(out);
}

static void pack_request_head(struct buffer *out, unsigned arity, int64_t id, const char *kind)
{
    pack_array(out, arity);
    pack_text(out, "jr1");
    pack_int(out, id);
    pack_text(out, kind);
}

void client_signature_pack(const struct signature *signature, struct buffer *out)
{
    pack_array(out, 3);
    pack_int(out, signature->algorithm);
    pack_bytes(out, signature->key, KEY_SIZE);
    pack_bytes(out, signature->bytes, SIGNATURE_SIZE);
}

static void pack_command(struct jishi_client *client, const struct jishi_command *command,
                         int64_t id, struct buffer *out)
{
    struct signature signature;
    command_sign(command->bytes.data, command->bytes.size, client->key.secret_key, &signature,
                 NULL);
    pack_request_head(out, 8, id, "command");
    pack_bytes(out, command->bytes.data, command->bytes.size);
    client_signature_pack(&signature, out);
    pack_payload(out, command);
    pack_text(out, client->language);
    pack_nil(out);
}

static void pack_bundle(struct jishi_client *client, struct jishi_command *const *commands,
                        size_t count, int64_t id, struct buffer *out)
{
    struct text_view views[BUNDLE_MAX] = {{0}};
    struct signature signature;
    for (size_t i = 0; i < count; i++)
        views[i] = (struct text_view){commands[i]->bytes.data, (uint32_t)commands[i]->bytes.size};
    CHECK(bundle_sign(views, count, client->key.secret_key, &signature, NULL) == STATUS_OK);
    pack_request_head(out, 8, id, "bundle");
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        pack_bytes(out, views[i].data, views[i].size);
    client_signature_pack(&signature, out);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        pack_payload(out, commands[i]);
    pack_text(out, client->language);
    pack_nil(out);
}

/* --- answers --- */

static const char *const answer_names[] = {"accepted", "refused", "conflict", "invalid", "unknown"};

static json_t *json_of_clauses(const struct datum *clauses)
{
    json_t *list = json_array();
    for (uint32_t i = 0; clauses->kind == DATUM_LIST && i < clauses->count; i++) {
        const struct datum *clause = &clauses->items[i];
        if (clause->kind != DATUM_LIST || clause->count != 3)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "guard", json_of_datum(&clause->items[0]));
        json_object_set_new(object, "rule", json_of_datum(&clause->items[1]));
        json_object_set_new(object, "text", json_of_datum(&clause->items[2]));
        json_array_append_new(list, object);
    }
    return list;
}

static int64_t int_at(const struct datum *items, uint32_t count, uint32_t at, int64_t otherwise)
{
    return at < count && items[at].kind == DATUM_INT ? items[at].integer : otherwise;
}

static void answer_finish(struct jishi_answer *answer, json_t *object)
{
    json_object_set_new(object, "command", json_string(answer->command_id));
    answer->json = json_dumps(object, JSON_COMPACT);
    json_decref(object);
}

/* `items` from the status on. */
static void answer_fill(struct jishi_answer *answer, const struct datum *items, uint32_t count)
{
    json_t *object = json_object();
    answer->status = JISHI_UNKNOWN;
    for (int i = 0; i < 5; i++)
        if (count > 0 && datum_is_text(&items[0], answer_names[i]))
            answer->status = (enum jishi_status)i;
    json_object_set_new(object, "status",
                        count > 0 ? json_of_datum(&items[0]) : json_string("unknown"));
    answer->number = -1;
    if (answer->status == JISHI_ACCEPTED || answer->status == JISHI_REFUSED ||
        answer->status == JISHI_CONFLICT)
        answer->number = int_at(items, count, 1, -1);
    if (answer->number >= 0)
        json_object_set_new(object, "number", json_integer(answer->number));
    if (count > 2 && items[2].kind == DATUM_BYTES && items[2].count == DIGEST_SIZE) {
        char hex[2 * DIGEST_SIZE + 1];
        sodium_bin2hex(hex, sizeof hex, items[2].bytes, DIGEST_SIZE);
        json_object_set_new(object, "leaf", json_string(hex));
    }
    if (answer->status == JISHI_ACCEPTED && count == 6) {
        answer->case_number = int_at(items, count, 3, 0);
        answer->case_version = int_at(items, count, 4, 0);
        json_object_set_new(object, "case", json_integer(answer->case_number));
        json_object_set_new(object, "version", json_integer(answer->case_version));
        json_object_set_new(object, "warnings", json_of_clauses(&items[5]));
    } else if (answer->status == JISHI_REFUSED && count == 5 && items[3].kind == DATUM_TEXT) {
        snprintf(answer->code, sizeof answer->code, "%.*s", (int)items[3].count, items[3].text);
        json_object_set_new(object, "code", json_of_datum(&items[3]));
        json_object_set_new(object, "clauses", json_of_clauses(&items[4]));
    } else if (answer->status == JISHI_INVALID && count > 1) {
        json_object_set_new(object, "text", json_of_datum(&items[1]));
    }
    answer_finish(answer, object);
}

static void answer_fault(struct jishi_answer *answer, enum status status, const struct fault *fault)
{
    json_t *object = json_object();
    answer->status = status == STATUS_BUSY ? JISHI_UNKNOWN : JISHI_ERROR;
    answer->number = -1;
    json_object_set_new(object, "status",
                        json_string(answer->status == JISHI_UNKNOWN ? "unknown" : "error"));
    json_object_set_new(object, "text", json_string(fault->text));
    answer_finish(answer, object);
}

void jishi_answer_done(struct jishi_answer *answer)
{
    free(answer->json);
    answer->json = NULL;
}

static void answer_init(struct jishi_answer *answer, const struct jishi_command *command)
{
    memset(answer, 0, sizeof *answer);
    memcpy(answer->command_id, command->id, sizeof answer->command_id);
}

void jishi_do(struct jishi_client *client, struct jishi_command *command, int timeout_ms,
              struct jishi_answer *ret_answer)
{
    struct buffer request;
    struct arena arena;
    struct datum answer;
    struct fault fault = {0};
    int64_t id = client_next_id(client);
    buffer_init(&request);
    arena_init(&arena, 0);
    answer_init(ret_answer, command);
    pack_command(client, command, id, &request);
    enum status status =
        request.size > REQUEST_SIZE_MAX
            ? fault_set(&fault, STATUS_FULL, "a request is larger than %d bytes; shorten its texts",
                        REQUEST_SIZE_MAX)
            : client_ask(client, PORT_COMMANDS, id, &request, timeout_ms, &arena, &answer, &fault);
    if (status == STATUS_OK)
        answer_fill(ret_answer, answer.items + 2, answer.count - 2);
    else
        answer_fault(ret_answer, status, &fault);
    arena_done(&arena);
    buffer_done(&request);
}

enum status client_bundle_pack(struct jishi_client *client, struct jishi_command *const *commands,
                               size_t count, int64_t id, struct buffer *out, struct fault *fault)
{
    if (count < 1 || count > BUNDLE_MAX)
        return fault_set(fault, STATUS_INVALID, "a bundle has 1 to %d commands", BUNDLE_MAX);
    pack_bundle(client, commands, count, id, out);
    if (out->size > REQUEST_SIZE_MAX)
        return fault_set(fault, STATUS_FULL,
                         "the bundle is larger than %d bytes; send fewer commands at once",
                         REQUEST_SIZE_MAX);
    return STATUS_OK;
}

static void bundle_answers(const struct datum *answer, struct jishi_command *const *commands,
                           size_t count, struct jishi_answer *answers)
{
    bool each = answer->count == 4 && datum_is_text(&answer->items[2], "bundle") &&
                answer->items[3].kind == DATUM_LIST && answer->items[3].count == count;
    for (size_t i = 0; i < count; i++) {
        answer_init(&answers[i], commands[i]);
        if (each && answer->items[3].items[i].kind == DATUM_LIST)
            answer_fill(&answers[i], answer->items[3].items[i].items,
                        answer->items[3].items[i].count);
        else
            answer_fill(&answers[i], answer->items + 2, answer->count - 2);
    }
}

bool client_bundle_answer(const struct buffer *bytes, int64_t id,
                          struct jishi_command *const *commands, size_t count, int64_t *ret_wait_ms,
                          struct jishi_answer *answers)
{
    struct arena arena;
    struct datum answer;
    int64_t got_id = -1;
    arena_init(&arena, 0);
    bool ours = answer_read(bytes, &arena, &answer, &got_id) && got_id == id;
    if (ours)
        *ret_wait_ms = wait_after(&answer);
    if (ours && !*ret_wait_ms)
        bundle_answers(&answer, commands, count, answers);
    arena_done(&arena);
    return ours;
}

void jishi_do_bundle(struct jishi_client *client, struct jishi_command *const *commands,
                     size_t count, int timeout_ms, struct jishi_answer *answers)
{
    struct buffer request;
    struct arena arena;
    struct datum answer = {0};
    struct fault fault = {0};
    int64_t id = client_next_id(client);
    buffer_init(&request);
    arena_init(&arena, 0);
    enum status status = client_bundle_pack(client, commands, count, id, &request, &fault);
    if (status == STATUS_OK)
        status =
            client_ask(client, PORT_COMMANDS, id, &request, timeout_ms, &arena, &answer, &fault);
    if (status == STATUS_OK)
        bundle_answers(&answer, commands, count, answers);
    for (size_t i = 0; status != STATUS_OK && i < count; i++) {
        answer_init(&answers[i], commands[i]);
        answer_fault(&answers[i], status, &fault);
    }
    arena_done(&arena);
    buffer_done(&request);
}

/* --- pipelined --- */

int jishi_send(struct jishi_client *client, struct jishi_command *command)
{
    void *socket = NULL;
    struct buffer request;
    if (client_socket(client, PORT_COMMANDS, &socket, NULL) != STATUS_OK)
        return 0;
    int64_t id = client_next_id(client);
    buffer_init(&request);
    pack_command(client, command, id, &request);
    bool sent = request.size <= REQUEST_SIZE_MAX &&
                zmq_send(socket, request.data, request.size, ZMQ_DONTWAIT) >= 0;
    buffer_done(&request);
    if (!sent)
        return 0;
    struct pending *pending = calloc(1, sizeof *pending);
    CHECK(pending);
    pending->id = id;
    memcpy(pending->command_id, command->id, sizeof pending->command_id);
    struct pending **end = &client->pending;
    while (*end)
        end = &(*end)->next;
    *end = pending;
    return 1;
}

int jishi_receive(struct jishi_client *client, int timeout_ms, struct jishi_answer *ret_answer)
{
    void *socket = NULL;
    struct buffer bytes;
    struct arena arena;
    int64_t until = clock_mono_ms() + timeout_ms;
    int got = 0;
    if (client_socket(client, PORT_COMMANDS, &socket, NULL) != STATUS_OK)
        return 0;
    buffer_init(&bytes);
    arena_init(&arena, 0);
    while (!got && receive(socket, until, &bytes)) {
        struct datum answer;
        int64_t id = -1;
        if (!answer_read(&bytes, &arena, &answer, &id))
            continue;
        struct pending **at = &client->pending;
        while (*at && (*at)->id != id)
            at = &(*at)->next;
        if (!*at)
            continue;
        struct pending *found = *at;
        memset(ret_answer, 0, sizeof *ret_answer);
        memcpy(ret_answer->command_id, found->command_id, sizeof ret_answer->command_id);
        *at = found->next;
        free(found);
        answer_fill(ret_answer, answer.items + 2, answer.count - 2);
        got = 1;
    }
    arena_done(&arena);
    buffer_done(&bytes);
    return got;
}

/* --- health and queries --- */

static char *ask_json(struct jishi_client *client, enum client_port port, int64_t id,
                      const struct buffer *request, int timeout_ms, char *error)
{
    struct arena arena;
    struct datum answer;
    struct fault fault = {0};
    char *text = NULL;
    arena_init(&arena, 0);
    enum status status = client_ask(client, port, id, request, timeout_ms, &arena, &answer, &fault);
    if (status != STATUS_OK) {
        snprintf(error, JISHI_ERROR_SIZE, "%s", fault.text);
    } else if (port == PORT_COMMANDS && answer.count > 3) {
        json_t *object = json_of_datum(&answer.items[3]);
        text = json_dumps(object, JSON_COMPACT);
        json_decref(object);
    } else if (answer.count == 6) {
        json_t *object = json_object();
        json_object_set_new(object, "status", json_of_datum(&answer.items[2]));
        json_object_set_new(object, "position", json_of_datum(&answer.items[3]));
        json_object_set_new(object, "rows", json_of_datum(&answer.items[4]));
        json_object_set_new(object, "next", json_of_datum(&answer.items[5]));
        text = json_dumps(object, JSON_COMPACT);
        json_decref(object);
    } else {
        snprintf(error, JISHI_ERROR_SIZE, "the answer is not of its form");
    }
    arena_done(&arena);
    return text;
}

char *jishi_health(struct jishi_client *client, int timeout_ms, char *error)
{
    struct buffer request;
    int64_t id = client_next_id(client);
    buffer_init(&request);
    pack_request_head(&request, 3, id, "health");
    char *text = ask_json(client, PORT_COMMANDS, id, &request, timeout_ms, error);
    buffer_done(&request);
    return text;
}

static char *question(struct jishi_client *client, enum client_port port, const char *name,
                      const char *args_json, int64_t at_least, int timeout_ms, char *error)
{
    struct arena arena;
    struct buffer request;
    struct fault fault = {0};
    struct datum args = datum_list(NULL, 0);
    char *text = NULL;
    arena_init(&arena, 0);
    buffer_init(&request);
    json_t *json = args_json ? json_loads(args_json, JSON_REJECT_DUPLICATES, NULL) : json_object();
    if (!json_is_object(json) || json_to_datum(json, &arena, &args, &fault) != STATUS_OK) {
        snprintf(error, JISHI_ERROR_SIZE, "the arguments are no JSON object");
    } else {
        int64_t id = client_next_id(client);
        pack_array(&request, 5);
        pack_text(&request, "jq1");
        pack_int(&request, id);
        pack_text(&request, name);
        datum_pack(&args, &request);
        pack_int(&request, at_least);
        text = ask_json(client, port, id, &request, timeout_ms, error);
    }
    json_decref(json);
    buffer_done(&request);
    arena_done(&arena);
    return text;
}

char *jishi_query(struct jishi_client *client, const char *name, const char *args_json,
                  int64_t at_least, int timeout_ms, char *error)
{
    return question(client, PORT_QUERIES, name, args_json, at_least, timeout_ms, error);
}

char *jishi_jobs(struct jishi_client *client, const char *name, const char *args_json,
                 int timeout_ms, char *error)
{
    return question(client, PORT_JOBS, name, args_json, 0, timeout_ms, error);
}
