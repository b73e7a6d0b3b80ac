/* fuzz_request.c - bytes as a request; what is a command in it is decoded, its payload too. */
#include "cmd/intake.h"
#include "events/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct request request;
    struct fault fault;
    arena_init(&arena, 0);
    if (request_read(data, size, &arena, &request, &fault) == STATUS_OK)
        for (uint32_t i = 0; i < request.count; i++) {
            struct command command;
            struct payload_item *items = NULL;
            size_t count = 0;
            if (command_decode(request.commands[i].data, request.commands[i].size, &arena, &command,
                               &fault) != STATUS_OK)
                continue;
            if (request.payloads[i].data)
                payload_decode(request.payloads[i].data, request.payloads[i].size, &arena, &items,
                               &count, &fault);
            payload_check(&command, items, count, &fault);
        }
    arena_done(&arena);
    return 0;
}
