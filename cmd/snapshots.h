/* snapshots.h - the core's state as a file, so that a start folds the log's tail and not all of it.
 *
 * A snapshot is a projection like any other: it can be thrown away and made again. The projector
 * writes them (it has the state anyway), serve and projector begin with one. DIR/snapshots/N.snap
 * holds the state after entries 0..N-1:
 *
 *     "jishi-snapshot-1\n"   17 bytes
 *     N                       8 bytes, big-endian
 *     leaf                   32 bytes: leaf hash of entry N-1, which has to be the log's
 *     mac                    32 bytes: HMAC-SHA-512/256 (crypto_auth) of all else, under a key derived
 *                            from the server's secret, so that nobody else can make one
 *     state                  state_save()
 *
 * What does not fit (another version of the program, damage, another log) is passed over with a
 * line of trace; the log decides. */
#ifndef CMD_SNAPSHOTS_H
#define CMD_SNAPSHOTS_H

#include "cmd/wire/keyfile.h"
#include "core/state.h"

/* Entries after which the projector writes the next one; it also does when it stops, after
 * SNAPSHOT_ENTRIES_MIN. */
#define SNAPSHOT_ENTRIES     100000
#define SNAPSHOT_ENTRIES_MIN 10000
#define SNAPSHOTS_KEPT       2
#define SNAPSHOT_SIZE_MAX    ((size_t)64 << 30)

struct snapshot {
    struct state *state; /* the caller's; NULL: none was found */
    int64_t next;        /* entries it holds */
    uint8_t leaf[DIGEST_SIZE];
};

/* The newest one of at most `next_max` entries for which `fits` says yes (NULL: any). */
typedef bool snapshot_fits(void *user, int64_t next, const uint8_t leaf[DIGEST_SIZE]);
void snapshot_load(const char *directory, const struct server_key *key, int64_t next_max,
                   snapshot_fits *fits, void *user, struct snapshot *ret_snapshot);

/* Writes one durably under its own name and removes all but the newest SNAPSHOTS_KEPT. */
enum status snapshot_write(const char *directory, const struct server_key *key,
                           const struct state *state, const uint8_t leaf[DIGEST_SIZE],
                           struct fault *fault);

/* Writing in a child process, so that nobody waits: the child has the state as it was when it was
 * made. */
struct snapshot_writer {
    int pid;         /* 0: none is writing */
    int64_t written; /* `next` of the last one begun */
};
void snapshot_begin(struct snapshot_writer *writer, const char *directory,
                    const struct server_key *key, const struct state *state,
                    const uint8_t leaf[DIGEST_SIZE]);
void snapshot_poll(struct snapshot_writer *writer); /* once a second */
void snapshot_wait(struct snapshot_writer *writer);

#endif
