/* fuzz_follower.c - bytes as a message of the feed or an answer of the ranges, and as the entries in
 * it, taken by whoever follows the log. */
#include <stdlib.h>

#include "cmd/limits.h"
#include "events/codec.h"
#include "events/follower.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    int64_t next;
};

static enum status each(void *user, const struct followed *followed, struct fault *fault)
{
    struct seen *seen = user;
    (void)fault;
    if (followed->entry->number != seen->next++)
        abort(); /* nobody sees N+1 before N */
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct codec_limits limits = {ANSWER_SIZE_MAX, REQUEST_DEPTH_MAX,
                                               REQUEST_NODES_MAX};
    static const uint8_t zeroes[DIGEST_SIZE];
    struct arena arena;
    struct datum message;
    struct follower follower;
    struct fault fault;
    struct seen seen = {0};
    arena_init(&arena, 0);
    follower_init(&follower, 0, zeroes);
    if (datum_unpack(data, size, &limits, &arena, &message, &fault) == STATUS_OK &&
        message.kind == DATUM_LIST && message.count == 5 && message.items[4].kind == DATUM_BYTES &&
        message.items[2].kind == DATUM_INT)
        follower_take(&follower, message.items[2].integer, message.items[4].bytes,
                      message.items[4].count, each, &seen, &fault);
    follower_take(&follower, seen.next, data, size, each, &seen, &fault);
    if (follower.next != seen.next)
        abort();
    follower_done(&follower);
    arena_done(&arena);
    return 0;
}
