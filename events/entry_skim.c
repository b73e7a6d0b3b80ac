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

/* Bytes of an item with its head, where the head says it all; 0 where it does not (FORMAT.md: the
 * msgpack forms that entries are made of). */
#define TIMES_16(n) n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n
/* clang-format off */
static const uint8_t fixed_size[256] = {
    TIMES_16(1), TIMES_16(1), TIMES_16(1), TIMES_16(1), /* 00: small numbers */
    TIMES_16(1), TIMES_16(1), TIMES_16(1), TIMES_16(1),
    TIMES_16(0),                                        /* 80: none of ours */
    TIMES_16(0),                                        /* 90: lists */
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* a0: short texts */
    17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
    1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 5, 9,     /* c0: nil, truth; cc: numbers */
    2, 3, 5, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     /* d0: numbers below zero */
    TIMES_16(1), TIMES_16(1),                           /* e0: small ones below zero */
};
/* clang-format on */

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

/* Reads the head of a list, or of bytes or text: how many items or bytes follow. False: not of ours,
 * or it claims more than there is; an item takes a byte or more. */
static bool head_read(struct skim *skim, bool *ret_is_list, size_t *ret_content)
{
    if (skim->at == skim->end)
        return false;
    uint8_t head = *skim->at++;
    *ret_is_list = (head & 0xf0) == 0x90 || head == 0xdc || head == 0xdd;
    if ((head & 0xf0) == 0x90) {
        *ret_content = head & 15;
    } else if ((head & 0xe0) == 0xa0) {
        *ret_content = head & 31;
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
    for (; left; left--) {
        if (skim->at == skim->end)
            return false;
        size_t size = fixed_size[*skim->at];
        bool is_list = false;
        if (!size && !head_read(skim, &is_list, &size))
            return false;
        if (is_list)
            left += size;
        else if (size <= (size_t)(skim->end - skim->at))
            skim->at += size;
        else
            return false;
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
