/* log.h - the event log: numbers, chains and hashes entries, commits them in groups on a thread of
 * its own, and says from when on they are durable.
 *
 * The owner's thread stages; the log's thread writes one batch while the next one is staged.
 * Nothing is acknowledged before log_durable() covers it. A commit that fails is final: the log
 * says so once through `failed`, takes nothing more, and the process is expected to end. */
#ifndef EVENTS_LOG_H
#define EVENTS_LOG_H

#include "core/buffer.h"
#include "events/entry.h"
#include "events/log_store.h"

struct log;

struct log_options {
    const char *origin;       /* checkpoint origin, "jishi.example/dept/log" */
    const uint8_t *sign_key;  /* 64 bytes Ed25519 secret, or NULL: no checkpoints */
    size_t batch_entries_max; /* 0: 4096 */
    size_t batch_bytes_max;   /* 0: 8 MiB */
    /* A batch of so many entries or fewer is written by log_flush() itself when the thread is idle:
     * waking a thread and being woken by it costs more than such a batch takes to decide. 0: never.
     */
    size_t batch_here_max;
    size_t staged_entries_max; /* 0: 65536; log_stage() is STATUS_BUSY beyond */
    /* Called after each commit, on the thread that made it, and after a failure; wake your loop
     * here. */
    void (*committed)(void *user);
    void *user;
};

/* Opens over a store (takes it), checks that the chain of the last entries holds, starts the
 * thread. */
enum status log_open(struct log_store *store, const struct log_options *options,
                     struct log **ret_log, struct fault *fault);
void log_close(struct log *log); /* commits what is staged, writes a last checkpoint */

int64_t log_next_number(const struct log *log); /* of the entry to be staged next */

/* Numbers, chains, encodes and stages; copies all. `entry->number` and `previous` are filled in.
 * `sealed` may be empty. ret_leaf: its leaf hash (the receipt). */
enum status log_stage(struct log *log, struct entry *entry,
                      const uint8_t command_id[COMMAND_ID_SIZE], struct text_view sealed,
                      uint8_t ret_leaf[DIGEST_SIZE], struct fault *fault);
/* The leaf hash that log_stage() would give `entry` now: free text is sealed under it. */
enum status log_leaf(struct log *log, struct entry *entry, uint8_t ret_leaf[DIGEST_SIZE],
                     struct fault *fault);
void log_flush(struct log *log); /* end of the turn: hand what is staged to the thread */

int64_t log_durable(const struct log *log); /* entries on disk: numbers below it are durable */
enum status log_failed(const struct log *log,
                       struct fault *ret_fault); /* STATUS_OK while all is well */
/* recorded_at of the last staged entry: never go below. From any thread. */
int64_t log_seen_at_us(const struct log *log);

/* The old answer to a command id: its entry number; staged ones included. STATUS_NOT_FOUND if new.
 */
enum status log_find_command(struct log *log, const uint8_t id[COMMAND_ID_SIZE],
                             int64_t *ret_number, struct fault *fault);

/* Reads one entry's bytes (staged or durable) into `out`, its leaf hash checked. */
enum status log_read(struct log *log, int64_t number, struct buffer *out, struct fault *fault);

/* Writes entries [from, ...) one after the other, each as 4-byte big-endian length + bytes, until
 * bytes_max or the durable head; hashes chained and checked. For range requests, the feed, the
 * fold. */
enum status log_read_range(struct log *log, int64_t from, int64_t count_max, size_t bytes_max,
                           struct buffer *out, int64_t *ret_count, struct fault *fault);

/* The newest signed checkpoint (C2SP tlog-checkpoint note) over the durable head; signed on demand.
 */
enum status log_checkpoint(struct log *log, struct buffer *out, struct fault *fault);

struct log_store *log_store_of(struct log *log); /* lent; for views */

#endif
