/* activation.c - texts in parts of BLOB_PART_MAX bytes, see activation.h. */
#include "cmd/activation.h"

#include <sodium.h>
#include <stdlib.h>

#include "cmd/data_dir.h"
#include "core/check.h"
#include "core/command.h"
#include "events/tree.h"

#define TIMEOUT_MS 15000

json_t *json_of_bytes(const void *bytes, size_t size)
{
    char *hex = malloc(2 * size + 1);
    CHECK(hex);
    sodium_bin2hex(hex, 2 * size + 1, bytes, size);
    json_t *json = json_pack("{s:s}", "$hex", hex);
    free(hex);
    return json;
}

enum status activation_make(const char *what, const struct buffer *text, activation_send *send,
                            void *user, struct fault *fault)
{
    uint8_t digest[DIGEST_SIZE];
    enum status status = STATUS_OK;
    json_int_t count = (json_int_t)((text->size + BLOB_PART_MAX - 1) / BLOB_PART_MAX);
    sha256(text->data, text->size, digest);
    for (json_int_t i = 0; i < count && status == STATUS_OK; i++) {
        size_t at = (size_t)i * BLOB_PART_MAX;
        size_t size = text->size - at < BLOB_PART_MAX ? text->size - at : BLOB_PART_MAX;
        status = send(user,
                      json_pack("{s:s, s:{s:o, s:I, s:I, s:o}}", "verb", "blob", "args", "digest",
                                json_of_bytes(digest, DIGEST_SIZE), "index", i, "count", count,
                                "bytes", json_of_bytes(text->data + at, size)),
                      fault);
    }
    if (status == STATUS_OK)
        status = send(user,
                      json_pack("{s:s, s:s, s:{s:o}}", "verb", "activate", "what", what, "args",
                                "digest", json_of_bytes(digest, DIGEST_SIZE)),
                      fault);
    return status;
}

static const char *why(const char *answer, char *out, size_t size)
{
    json_t *json = answer ? json_loads(answer, 0, NULL) : NULL;
    json_t *clause = json_array_get(json_object_get(json, "clauses"), 0);
    const char *text = json_string_value(json_object_get(clause, "text"));
    snprintf(out, size, "%s", text ? text : answer ? answer : "no answer");
    json_decref(json);
    return out;
}

static enum status send_over(void *user, json_t *json, struct fault *fault)
{
    struct jishi_client *client = user;
    char error[JISHI_ERROR_SIZE] = "", reason[500];
    struct jishi_answer answer;
    char *text = json_dumps(json, JSON_COMPACT);
    struct jishi_command *command = jishi_command(client, text, error);
    enum status status = STATUS_OK;
    json_decref(json);
    free(text);
    if (!command)
        return fault_set(fault, STATUS_INVALID, "%s", error);
    jishi_do(client, command, TIMEOUT_MS, &answer);
    if (answer.status != JISHI_ACCEPTED)
        status = fault_set(fault, STATUS_DENIED, "%s", why(answer.json, reason, sizeof reason));
    jishi_answer_done(&answer);
    jishi_command_free(command);
    return status;
}

enum status activation_over(struct jishi_client *client, const char *what, const char *path,
                            struct fault *fault)
{
    struct buffer text;
    buffer_init(&text);
    enum status status = file_read(path, &text, fault);
    if (status == STATUS_OK)
        status = activation_make(what, &text, send_over, client, fault);
    buffer_done(&text);
    return status == STATUS_OK ? status : fault_add(fault, "%s", path);
}
