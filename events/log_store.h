/* log_store.h - where entries are kept: a table of functions with an LMDB and a memory back end.
 *
 * One transaction a batch: entries, payloads, command ids, tiles and head together, or none of
 * them. Everything written grows at the end of its table. A store is used by one writing thread;
 * readers open their own short views. A replicated store fits the same table. */
#ifndef EVENTS_LOG_STORE_H
#define EVENTS_LOG_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"
#include "core/fault.h"

struct log_store;
struct log_view;

struct log_head {
    int64_t size;              /* entries */
    uint8_t last[DIGEST_SIZE]; /* leaf hash of the last entry, zeroes if empty */
    uint8_t root[DIGEST_SIZE]; /* RFC 6962 root */
    int64_t recorded_at_us;    /* of the last entry */
};

struct store_tile {
    uint32_t level;
    uint64_t index;
    const uint8_t *bytes; /* 256 hashes */
};

struct store_payload {
    int64_t number;          /* of its entry */
    struct text_view sealed; /* see payload.h */
};

struct store_batch {
    const struct text_view *entries; /* numbered head.size ... */
    const uint8_t (*leaf_hashes)[DIGEST_SIZE];
    const uint8_t (*command_ids)[COMMAND_ID_SIZE]; /* one an entry */
    size_t entry_count;
    const struct store_payload *payloads;
    size_t payload_count;
    const struct store_tile *tiles;
    size_t tile_count;
    const uint8_t (*frontier)[DIGEST_SIZE]; /* compact range of the tree after the batch */
    size_t frontier_count;
    struct log_head head; /* after the batch */
};

struct
    store_readers { /* the reader that looks at the oldest commit: pages freed since are kept for it */
    int64_t behind; /* commits since then */
    int32_t pid;    /* 0: nobody reads */
};

struct log_store_functions {
    enum status (*append)(struct log_store *store, const struct store_batch *batch,
                          struct fault *fault);
    enum status (*view_open)(struct log_store *store, struct log_view **ret_view,
                             struct fault *fault);
    void (*view_close)(struct log_view *view);
    enum status (*head)(struct log_view *view, struct log_head *ret_head,
                        uint8_t (*ret_frontier)[DIGEST_SIZE], size_t *ret_frontier_count,
                        struct fault *fault);
    /* Calls `each` for entries from `from` on, until it returns false or `count` were shown. */
    enum status (*scan)(struct log_view *view, int64_t from, int64_t count,
                        bool (*each)(void *user, int64_t number, const void *bytes, size_t size),
                        void *user, struct fault *fault);
    enum status (*find_command)(struct log_view *view, const uint8_t id[COMMAND_ID_SIZE],
                                int64_t *ret_number, struct fault *fault); /* STATUS_NOT_FOUND */
    /* The greatest command id there is; zeroes where there is none. */
    enum status (*newest_command)(struct log_view *view, uint8_t ret_id[COMMAND_ID_SIZE],
                                  struct fault *fault);
    enum status (*payload)(struct log_view *view, int64_t number, struct text_view *ret_sealed,
                           struct fault *fault);
    enum status (*tile)(struct log_view *view, uint32_t level, uint64_t index,
                        uint8_t ret_bytes[8192], struct fault *fault);
    enum status (*meta_get)(struct log_view *view, const char *key, struct text_view *ret_value,
                            struct fault *fault);
    enum status (*meta_put)(struct log_store *store, const char *key, const void *bytes,
                            size_t size, struct fault *fault);
    bool (*has_room)(struct log_store *store,
                     uint64_t *ret_free_bytes); /* disk watermark: max(1 GiB, 5 %) */
    void (*maintain)(struct log_store *store,   /* every 10 s: clears readers that died */
                     struct store_readers *ret_slowest);
    void (*close)(struct log_store *store);
};

struct log_store {
    const struct log_store_functions *functions;
};

struct log_store_options {
    bool read_only;
    bool unsafe_no_sync; /* --unsafe only; shows in every health answer */
    uint64_t map_size;   /* address space, 0: 1 TiB */
};

enum status log_store_lmdb_open(const char *directory, const struct log_store_options *options,
                                struct log_store **ret_store, struct fault *fault);
struct log_store *log_store_memory_open(void);
/* Fails the n-th append from now (0: never) with `status`; for tests of the callers. */
void log_store_memory_fail(struct log_store *store, unsigned n, enum status status);

#endif
