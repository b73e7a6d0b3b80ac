/* entry_skim.c - which events an entry holds, without decoding it: for who looks at few of them.
 *
 * Nothing is taken out of the entry but its head and the names of its events, so nothing else is
 * checked; the chain of leaf hashes says that the bytes are the log's. */
#include <string.h>

#include "events/entry.h"

#define ITEMS_BEFORE_EVENTS 8 /* form to clauses, FORMAT.md */

struct skim {
    const uint8_t *at, *end;
};

static size_t big_endian(const uint8_t *bytes, unsigned count)
{
    size_t number = 0;
    for (unsigned i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* Heads whose length stands in the bytes behind them: how many those are; 0: not of ours. */
static unsigned length_bytes(uint8_t head)
{
    switch (head) {
    case 0xc4:
    case 0xd9: return 1;
    case 0xc5:
    case 0xda:
    case 0xdc: return 2;
    case 0xc6:
    case 0xdb:
    case 0xdd: return 4;
    default: return 0;
    }
}

/* Reads a head: bytes of content that follow, or items of a list. False: not of ours, or it claims
 * more than there is; an item takes a byte or more. */
static inline bool head_read(struct skim *skim, bool *ret_is_list, size_t *ret_content)
{
    if (skim->at == skim->end)
        return false;
    uint8_t head = *skim->at++;
    *ret_is_list = (head & 0xf0) == 0x90 || head == 0xdc || head == 0xdd;
    *ret_content = 0;
    if (head < 0x80 || head >= 0xe0 || head == 0xc0 || head == 0xc2 || head == 0xc3)
        return true;
    if ((head & 0xe0) == 0xa0) {
        *ret_content = head & 31;
    } else if ((head & 0xf0) == 0x90) {
        *ret_content = head & 15;
    } else if (head >= 0xcc && head <= 0xd3) {
        *ret_content = (size_t)1 << (head & 3);
    } else {
        unsigned length = length_bytes(head);
        if (!length || (size_t)(skim->end - skim->at) < length)
            return false;
        *ret_content = big_endian(skim->at, length);
        skim->at += length;
    }
    return *ret_content <= (size_t)(skim->end - skim->at);
}

static bool items_skip(struct skim *skim, size_t left)
{
    while (left) {
        bool is_list;
        size_t content;
        if (!head_read(skim, &is_list, &content))
            return false;
        left--;
        if (is_list)
            left += content;
        else
            skim->at += content;
    }
    return true;
}

static bool event_skip(struct skim *skim, uint64_t *events)
{
    bool is_list;
    size_t items, name;
    if (!head_read(skim, &is_list, &items) || !is_list || !items ||
        !head_read(skim, &is_list, &name) || is_list)
        return false;
    enum event_type type = event_find((const char *)skim->at, name);
    if (type == EVENT_COUNT)
        return false;
    *events |= (uint64_t)1 << type;
    skim->at += name;
    return items_skip(skim, items - 1);
}

enum status entry_skim(const void *bytes, size_t size, struct entry_head *ret_head,
                       uint64_t *ret_events, struct fault *fault)
{
    struct skim skim = {bytes, (const uint8_t *)bytes + size};
    bool is_list;
    size_t items, count = 0;
    uint64_t found = 0;
    if (entry_peek(bytes, size, ret_head, fault) != STATUS_OK)
        return fault ? fault->status : STATUS_CORRUPT;
    bool good = head_read(&skim, &is_list, &items) && is_list &&
                items_skip(&skim, ITEMS_BEFORE_EVENTS) && head_read(&skim, &is_list, &count) &&
                is_list;
    for (size_t i = 0; i < count && good; i++)
        good = event_skip(&skim, &found);
    if (!good)
        return fault_set(fault, STATUS_CORRUPT, "entry %lld: its events cannot be read",
                         (long long)ret_head->number);
    *ret_events = found;
    return STATUS_OK;
}
