/* fuzz_entry.c - bytes as a command, an entry and a payload; what decodes is encoded again to the
 * same bytes. */
#include <stdlib.h>

#include "events/entry.h"
#include "events/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct buffer *again, const uint8_t *data, size_t size)
{
    if (again->size != size || memcmp(again->data, data, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct fault fault;
    struct buffer again;
    struct command command;
    struct entry entry;
    struct payload_item *items;
    size_t count;
    arena_init(&arena, 0);
    buffer_init(&again);
    if (command_decode(data, size, &arena, &command, &fault) == STATUS_OK &&
        command_encode(&command, &again, &fault) == STATUS_OK)
        same(&again, data, size);
    buffer_clear(&again);
    entry_decode(data, size, &arena, &entry, &fault);
    if (payload_decode(data, size, &arena, &items, &count, &fault) == STATUS_OK &&
        payload_encode(items, count, &again, &fault) == STATUS_OK)
        same(&again, data, size);
    buffer_done(&again);
    arena_done(&arena);
    return 0;
}
