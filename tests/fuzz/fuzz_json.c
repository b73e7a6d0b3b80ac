/* fuzz_json.c - bytes as a command in JSON; what is one can be encoded, decoded, and is printed. */
#include <stdlib.h>

#include "cmd/client/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct json_command *read)
{
    struct buffer bytes;
    struct arena arena;
    struct command again;
    struct fault fault;
    buffer_init(&bytes);
    arena_init(&arena, 0);
    if (command_encode(&read->command, &bytes, &fault) == STATUS_OK &&
        command_decode(bytes.data, bytes.size, &arena, &again, &fault) != STATUS_OK)
        abort();
    arena_done(&arena);
    buffer_done(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct json_command *read;
    struct fault fault;
    arena_init(&arena, 0);
    read = ARENA_NEW(&arena, struct json_command);
    if (json_command_read(arena_text_n(&arena, (const char *)data, size), "fuzz.test/log", &arena,
                          read, &fault) == STATUS_OK) {
        round_trip(read);
        json_decref(json_of_datum(&read->command.args));
        json_decref(json_of_record(&read->command.args));
    }
    arena_done(&arena);
    return 0;
}
