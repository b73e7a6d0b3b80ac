/* log.c - `jishi log`: entries as NDJSON, from a directory or over the range socket. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/access.h"
#include "cmd/client/json.h"
#include "cmd/commands.h"
#include "cmd/limits.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "events/codec.h"
#include "events/tree.h"

#define FOLLOW_EVERY_US 500000

struct reading {
    int64_t next;
    bool refused_too;
};

static enum status print_entry(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct reading *reading = user;
    (void)fault;
    json_t *json = json_of_entry(shown->entry, shown->command, shown->leaf);
    char *text = json_dumps(json, JSON_COMPACT);
    printf("%s\n", text);
    free(text);
    json_decref(json);
    reading->next = shown->entry->number + 1;
    return STATUS_OK;
}

static int read_directory(const char *directory, struct reading *reading, bool follow)
{
    char path[4096];
    struct log_store_options options = {.read_only = true};
    struct log_store *store = NULL;
    struct fault fault = {0};
    snprintf(path, sizeof path, "%s/log", directory);
    struct log_head head = {0};
    enum status status = log_store_lmdb_open(path, &options, &store, &fault);
    if (status == STATUS_OK)
        status = office_head(store, &head, &fault);
    if (status == STATUS_OK && !follow && reading->next > head.size)
        status = fault_set(&fault, STATUS_NOT_FOUND, "entry %lld is not there; the log has %lld",
                           (long long)reading->next, (long long)head.size);
    while (status == STATUS_OK) {
        status = office_walk(store, reading->next, print_entry, reading, &fault);
        fflush(stdout);
        if (!follow || status != STATUS_OK)
            break;
        usleep(FOLLOW_EVERY_US);
    }
    if (store)
        store->functions->close(store);
    if (status != STATUS_OK)
        fprintf(stderr, "jishi log: %s\n", fault.text);
    return status == STATUS_OK ? 0 : status == STATUS_CORRUPT ? 1 : 2;
}

/* One range; prints its entries. */
static enum status read_range(struct jishi_client *client, struct reading *reading, int timeout_ms,
                              struct arena *arena, int64_t *ret_count, struct fault *fault)
{
    struct buffer request;
    struct datum answer;
    int64_t id = client_next_id(client);
    buffer_init(&request);
    pack_array(&request, 6);
    pack_text(&request, "jr1");
    pack_int(&request, id);
    pack_text(&request, "range");
    pack_int(&request, reading->next);
    pack_int(&request, RANGE_COUNT_MAX);
    pack_int(&request, 0);
    enum status status =
        client_ask(client, PORT_RANGES, id, &request, timeout_ms, arena, &answer, fault);
    buffer_done(&request);
    if (status != STATUS_OK)
        return status;
    if (answer.count != 8 || !datum_is_text(&answer.items[2], "range") ||
        answer.items[5].kind != DATUM_BYTES || answer.items[4].kind != DATUM_INT)
        return fault_set(fault, STATUS_INVALID, "the server did not give the range");
    const uint8_t *bytes = answer.items[5].bytes;
    size_t size = answer.items[5].count;
    for (size_t at = 0; at + 4 <= size && status == STATUS_OK;) {
        size_t length = entry_framed_size(bytes + at);
        struct entry entry;
        struct command command;
        uint8_t leaf[DIGEST_SIZE];
        if (length > size - at - 4)
            return fault_set(fault, STATUS_INVALID, "the range ends in the middle of an entry");
        status = entry_decode(bytes + at + 4, length, arena, &entry, fault);
        if (status == STATUS_OK)
            status = command_decode(entry.command_bytes.data, entry.command_bytes.size, arena,
                                    &command, fault);
        leaf_hash(bytes + at + 4, length, leaf);
        struct shown_entry shown = {bytes + at + 4, length, leaf, &entry, &command};
        if (status == STATUS_OK)
            status = print_entry(reading, &shown, fault);
        at += 4 + length;
    }
    *ret_count = answer.items[4].integer;
    return status;
}

static int read_server(struct jishi_client *client, struct reading *reading, bool follow,
                       int timeout_ms)
{
    struct arena arena;
    struct fault fault = {0};
    int64_t count = 0;
    enum status status = STATUS_OK;
    arena_init(&arena, 0);
    do {
        status = read_range(client, reading, timeout_ms, &arena, &count, &fault);
        arena_reset(&arena);
        fflush(stdout);
        if (status == STATUS_OK && count == 0 && follow)
            usleep(FOLLOW_EVERY_US);
    } while (status == STATUS_OK && (count > 0 || follow));
    arena_done(&arena);
    if (status != STATUS_OK)
        fprintf(stderr, "jishi log: %s\n", fault.text);
    return status == STATUS_OK ? 0 : 2;
}

int cmd_log(int argc, char **argv)
{
    static struct access access = {.timeout_ms = ACCESS_TIMEOUT_MS};
    static struct reading reading;
    static bool follow;
    static const struct option_spec specs[] = {
        ACCESS_OPTIONS(access),
        {"from", 0, OPTION_INT, &reading.next, "N", "从第几条起（默认 0）", "first entry (0)"},
        {"follow", 'f', OPTION_FLAG, &follow, NULL, "读完后继续等新的", "go on with what comes"},
        {0},
    };
    struct options options = {"log", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (reading.next < 0)
        return options_wrong(&options, "--from");
    if (!access.connect)
        return argc == 1 ? read_directory(argv[0], &reading, follow)
                         : options_wrong(&options, "DIR");
    struct jishi_client *client = access_open(&access, "auditor", &argc, &argv);
    if (!client)
        return 2;
    code = read_server(client, &reading, follow, (int)access.timeout_ms);
    jishi_close(client);
    return code;
}
