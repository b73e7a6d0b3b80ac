/* follower.c - skips what is old, checks the chain, shows what is new. */
#include "events/follower.h"

#include <string.h>

#include "events/tree.h"

void follower_init(struct follower *follower, int64_t next, const uint8_t leaf[DIGEST_SIZE])
{
    *follower = (struct follower){.next = next, .wanted = UINT64_MAX};
    memcpy(follower->leaf, leaf, DIGEST_SIZE);
    arena_init(&follower->arena, 0);
}

void follower_done(struct follower *follower)
{
    arena_done(&follower->arena);
}

/* Decodes an entry, or its head where nothing in it is wanted. */
static enum status entry_take(struct follower *follower, const uint8_t *bytes, size_t size,
                              struct entry *entry, struct command *command, struct fault *fault)
{
    struct entry_head head;
    uint64_t events = 0;
    if (follower->wanted != UINT64_MAX) {
        enum status status = follower->wanted == 0 ? entry_peek(bytes, size, &head, fault)
                                                   : entry_skim(bytes, size, &head, &events, fault);
        if (status != STATUS_OK)
            return status;
        if (!(events & follower->wanted)) {
            *command = (struct command){.expected_version = -1};
            *entry = (struct entry){.number = head.number, .recorded_at_us = head.recorded_at_us};
            memcpy(entry->previous, head.previous, DIGEST_SIZE);
            return STATUS_OK;
        }
    }
    enum status status = entry_decode(bytes, size, &follower->arena, entry, fault);
    return status == STATUS_OK
               ? command_decode(entry->command_bytes.data, entry->command_bytes.size,
                                &follower->arena, command, fault)
               : status;
}

static enum follower_result take_one(struct follower *follower, struct text_view bytes,
                                     const uint8_t leaf[DIGEST_SIZE], follower_each *each,
                                     void *user, struct fault *fault)
{
    struct entry entry;
    struct command command;
    arena_reset(&follower->arena);
    if (entry_take(follower, (const uint8_t *)bytes.data, bytes.size, &entry, &command, fault) !=
        STATUS_OK) {
        fault_add(fault, "entry %lld", (long long)follower->next);
        return FOLLOWER_BAD;
    }
    if (entry.number != follower->next ||
        memcmp(entry.previous, follower->leaf, DIGEST_SIZE) != 0) {
        fault_set(fault, STATUS_CORRUPT, "entry %lld does not follow the one before it",
                  (long long)follower->next);
        return FOLLOWER_BAD;
    }
    struct followed followed = {&entry, &command, leaf};
    if (each(user, &followed, fault) != STATUS_OK)
        return FOLLOWER_STOP;
    memcpy(follower->leaf, leaf, DIGEST_SIZE);
    follower->next++;
    return FOLLOWER_TOOK;
}

/* Hashed first: that reads straight on, and the decoder finds the bytes near. */
enum follower_result follower_take_entries(struct follower *follower,
                                           const struct text_view *entries, size_t count,
                                           follower_each *each, void *user, struct fault *fault)
{
    uint8_t leaves[HASHED_TOGETHER][DIGEST_SIZE];
    enum follower_result result = FOLLOWER_TOOK;
    for (size_t i = 0; i < count && result == FOLLOWER_TOOK; i++) {
        size_t place = i % HASHED_TOGETHER, left = count - i;
        if (place == 0)
            leaf_hashes(entries + i, left < HASHED_TOGETHER ? left : HASHED_TOGETHER, leaves);
        result = take_one(follower, entries[i], leaves[place], each, user, fault);
    }
    return result;
}

enum follower_result follower_take(struct follower *follower, int64_t from, const void *bytes,
                                   size_t size, follower_each *each, void *user,
                                   struct fault *fault)
{
    const uint8_t *at = bytes, *end = at + size;
    struct text_view entries[HASHED_TOGETHER];
    if (from > follower->next)
        return FOLLOWER_GAP;
    for (int64_t number = from; at < end;) {
        size_t count = 0;
        bool whole = true;
        for (; at < end && count < HASHED_TOGETHER; number++) {
            size_t left = (size_t)(end - at);
            size_t length = left < 4 ? 0 : entry_framed_size(at);
            whole = left >= 4 && length <= left - 4;
            if (!whole)
                break;
            if (number >= follower->next + (int64_t)count)
                entries[count++] = (struct text_view){(const char *)at + 4, (uint32_t)length};
            at += 4 + length;
        }
        enum follower_result result =
            follower_take_entries(follower, entries, count, each, user, fault);
        if (result != FOLLOWER_TOOK)
            return result;
        if (!whole) {
            fault_set(fault, STATUS_CORRUPT, "the batch ends inside entry %lld", (long long)number);
            return FOLLOWER_BAD;
        }
    }
    return FOLLOWER_TOOK;
}
