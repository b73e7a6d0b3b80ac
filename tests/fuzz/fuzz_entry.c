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
    uint64_t events = 0;
    struct entry_head head;
    bool skimmed = entry_skim(data, size, &head, &events, &fault) == STATUS_OK;
    if (entry_decode(data, size, &arena, &entry, &fault) == STATUS_OK) {
        uint64_t held = 0;
        for (unsigned i = 0; i < entry.event_count; i++)
            held |= (uint64_t)1 << entry.events[i].type;
        if (!skimmed || events != held || head.number != entry.number)
            abort();
    }
    if (payload_decode(data, size, &arena, &items, &count, &fault) == STATUS_OK &&
        payload_encode(items, count, &again, &fault) == STATUS_OK)
        same(&again, data, size);
    buffer_done(&again);
    arena_done(&arena);
    return 0;
}
