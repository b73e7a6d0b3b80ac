/* follower.h - whoever follows the log: which entry comes next, and the proof that it follows the
 * last.
 *
 * A pure state machine. Batches come from the feed or from ranges, in any order and more than once;
 * what is old is skipped, what is too new is a gap to be fetched. */
#ifndef EVENTS_FOLLOWER_H
#define EVENTS_FOLLOWER_H

#include "core/arena.h"
#include "events/entry.h"

struct follower {
    int64_t next;              /* number of the entry wanted */
    uint8_t leaf[DIGEST_SIZE]; /* leaf hash of the one before it */
    /* Types of events (bits 1 << type) that `each` looks at. An entry without any of them is shown by
     * its number, time and leaf alone, its events left out. follower_init(): all, every entry whole. */
    uint64_t wanted;
    struct arena arena; /* of one entry */
};

enum follower_result {
    FOLLOWER_TOOK, /* nothing is missing before the end of this batch */
    FOLLOWER_GAP,  /* it begins after `next`: fetch what lies between */
    FOLLOWER_BAD,  /* it does not prove itself; the fault says where */
    FOLLOWER_STOP, /* `each` refused an entry; the fault says why */
};

struct followed {
    const struct entry *entry;
    const struct command *command;
    const uint8_t *leaf;
};

typedef enum status follower_each(void *user, const struct followed *followed, struct fault *fault);

void follower_init(struct follower *follower, int64_t next, const uint8_t leaf[DIGEST_SIZE]);
void follower_done(struct follower *follower);

/* The entry wanted and those that come after it. Never FOLLOWER_GAP. Several at once are hashed
 * faster than one by one. */
enum follower_result follower_take_entries(struct follower *follower,
                                           const struct text_view *entries, size_t count,
                                           follower_each *each, void *user, struct fault *fault);
/* Entries from number `from` on, each as 4 bytes of length (big-endian) and its bytes. */
enum follower_result follower_take(struct follower *follower, int64_t from, const void *bytes,
                                   size_t size, follower_each *each, void *user,
                                   struct fault *fault);

#endif
