/* log.c - numbers, chains, hashes, stages; a thread commits; see log.h.
 *
 * Batches live in a list from the oldest to the one that is being filled:
 *
 *     writing (the thread's) -> handed over, waiting -> ... -> filling (the owner's)
 *
 * The mutex guards the list's links and the answer of the thread (durable, failed); what is inside
 * a batch belongs to the owner until log_flush() and is not changed after. Batches are freed by the
 * owner, so that entries on their way can still be read and their command ids found. */
#include "events/log.h"

#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/map.h"
#include "events/checkpoint.h"
#include "events/log_scan.h"
#include "events/tree.h"

#define BATCH_ENTRIES_DEFAULT 4096
#define BATCH_BYTES_DEFAULT   ((size_t)8 << 20)
#define STAGED_DEFAULT        65536
#define TILE_LEVELS           8

struct batch {
    struct batch *next;
    int64_t first;
    struct buffer bytes; /* entries, one after the other */
    struct buffer sealed;
    size_t *ends; /* of each entry in `bytes` */
    uint8_t (*leaves)[DIGEST_SIZE];
    uint8_t (*ids)[COMMAND_ID_SIZE];
    size_t count, capacity;
    struct store_payload
        *payloads; /* sealed.data holds the offset until the batch is handed over */
    size_t payload_count, payload_capacity;
    struct store_tile *tiles; /* own their bytes */
    size_t tile_count;
    struct log_head head; /* after it */
    uint8_t frontier[TREE_FRONTIER_MAX][DIGEST_SIZE];
    size_t frontier_count;
};

/* Hashes of a level that do not yet fill a tile. */
struct open_tile {
    uint8_t hashes[TILE_WIDTH][DIGEST_SIZE];
    size_t count;
    uint64_t index;
};

struct log {
    struct log_store *store;
    struct log_options options;
    char *origin;
    uint8_t sign_key[64];
    bool signs;
    /* the owner's */
    struct tree tree;
    uint8_t last[DIGEST_SIZE];
    _Atomic int64_t seen_at_us; /* anybody may read it */
    struct open_tile tiles[TILE_LEVELS];
    struct bytes_map staged_ids;
    uint8_t newest_id[COMMAND_ID_SIZE]; /* the greatest command id recorded or staged */
    struct batch *filling;
    struct batch *spare; /* one that was written: its room is used again */
    int64_t reaped;      /* entries on disk when batches were last looked through */
    /* the mutex's */
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct batch *oldest, *newest; /* handed over */
    struct batch *to_write;        /* next for the thread */
    bool stopping;
    _Atomic enum status failed; /* set once, after `fault` */
    struct fault fault;
    _Atomic int64_t durable;
    pthread_t thread;
    bool started;
};

/* --- batches --- */

static void tiles_free(struct batch *batch)
{
    for (size_t i = 0; i < batch->tile_count; i++)
        free((void *)(uintptr_t)batch->tiles[i].bytes);
    batch->tile_count = 0;
}

static void batch_close(struct batch *batch)
{
    if (!batch)
        return;
    buffer_done(&batch->bytes);
    buffer_done(&batch->sealed);
    tiles_free(batch);
    free(batch->tiles);
    free(batch->ends);
    free(batch->leaves);
    free(batch->ids);
    free(batch->payloads);
    free(batch);
}

static void *resized(void *items, size_t count, size_t size)
{
    void *more = realloc(items, count * size);
    CHECK(more);
    return more;
}

static struct batch *batch_open(struct batch *spare, int64_t first)
{
    struct batch *batch = spare ? spare : calloc(1, sizeof *batch);
    CHECK(batch);
    batch->first = first;
    if (!spare) {
        buffer_init(&batch->bytes);
        buffer_init(&batch->sealed);
    }
    return batch;
}

/* Empty, and with the room it had. */
static void batch_clear(struct batch *batch)
{
    tiles_free(batch);
    buffer_clear(&batch->bytes);
    buffer_clear(&batch->sealed);
    batch->next = NULL;
    batch->count = batch->payload_count = batch->frontier_count = 0;
}

static void batch_make_room(struct batch *batch)
{
    if (batch->count < batch->capacity)
        return;
    batch->capacity = batch->capacity ? batch->capacity * 2 : 64;
    batch->ends = resized(batch->ends, batch->capacity, sizeof *batch->ends);
    batch->leaves = resized(batch->leaves, batch->capacity, sizeof *batch->leaves);
    batch->ids = resized(batch->ids, batch->capacity, sizeof *batch->ids);
}

static struct text_view batch_entry(const struct batch *batch, size_t i)
{
    size_t start = i ? batch->ends[i - 1] : 0;
    return (struct text_view){batch->bytes.data + start, (uint32_t)(batch->ends[i] - start)};
}

static enum status batch_write(struct log_store *store, struct batch *batch, struct fault *fault)
{
    struct text_view *entries = malloc((batch->count + 1) * sizeof *entries);
    CHECK(entries);
    for (size_t i = 0; i < batch->count; i++)
        entries[i] = batch_entry(batch, i);
    for (size_t i = 0; i < batch->payload_count; i++)
        batch->payloads[i].sealed.data =
            batch->sealed.data + (uintptr_t)batch->payloads[i].sealed.data;
    struct store_batch writing = {
        .entries = entries,
        .leaf_hashes = (const uint8_t(*)[DIGEST_SIZE])batch->leaves,
        .command_ids = (const uint8_t(*)[COMMAND_ID_SIZE])batch->ids,
        .entry_count = batch->count,
        .payloads = batch->payloads,
        .payload_count = batch->payload_count,
        .tiles = batch->tiles,
        .tile_count = batch->tile_count,
        .frontier = (const uint8_t(*)[DIGEST_SIZE])batch->frontier,
        .frontier_count = batch->frontier_count,
        .head = batch->head,
    };
    enum status status = store->functions->append(store, &writing, fault);
    free(entries);
    return status;
}

/* --- the thread --- */

/* What became of a batch; under the mutex. */
static void batch_written(struct log *log, const struct batch *batch, enum status status,
                          const struct fault *fault)
{
    log->to_write = batch->next;
    if (status == STATUS_OK) {
        atomic_store(&log->durable, batch->head.size);
    } else {
        log->fault = *fault;
        log->failed = status;
    }
}

static void *log_thread(void *user)
{
    struct log *log = user;
    pthread_mutex_lock(&log->mutex);
    while (log->failed == STATUS_OK) {
        struct batch *batch = log->to_write;
        if (!batch) {
            if (log->stopping)
                break;
            pthread_cond_wait(&log->wake, &log->mutex);
            continue;
        }
        pthread_mutex_unlock(&log->mutex);
        struct fault fault = {0};
        enum status status = batch_write(log->store, batch, &fault);
        pthread_mutex_lock(&log->mutex);
        batch_written(log, batch, status, &fault);
        pthread_mutex_unlock(&log->mutex);
        if (log->options.committed)
            log->options.committed(log->options.user);
        pthread_mutex_lock(&log->mutex);
    }
    pthread_mutex_unlock(&log->mutex);
    return NULL;
}

static enum status thread_start(struct log *log, struct fault *fault)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&log->thread, NULL, log_thread, log);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    log->started = error == 0;
    return error ? fault_set(fault, STATUS_IO, "log: cannot start its thread") : STATUS_OK;
}

/* --- tiles --- */

/* A full tile goes with the batch that is being filled. */
static void tile_hand_over(struct log *log, unsigned level)
{
    struct open_tile *tile = &log->tiles[level];
    struct batch *batch = log->filling;
    batch->tiles = resized(batch->tiles, batch->tile_count + 1, sizeof *batch->tiles);
    uint8_t *bytes = malloc(sizeof tile->hashes);
    CHECK(bytes);
    memcpy(bytes, tile->hashes, sizeof tile->hashes);
    batch->tiles[batch->tile_count++] = (struct store_tile){level, tile->index, bytes};
    tile->count = 0;
    tile->index++;
}

/* The tree has hashed the tiles of leaves; those above, one in 65,536 entries, are hashed here. */
static void tiles_add(struct log *log, const uint8_t leaf[DIGEST_SIZE])
{
    uint8_t root[DIGEST_SIZE];
    bool full = tree_append_tile(&log->tree, leaf, root);
    memcpy(log->tiles[0].hashes[log->tiles[0].count++], leaf, DIGEST_SIZE);
    CHECK(full == (log->tiles[0].count == TILE_WIDTH));
    for (unsigned level = 0; full; level++) {
        tile_hand_over(log, level);
        if (level + 1 == TILE_LEVELS)
            return;
        struct open_tile *above = &log->tiles[level + 1];
        memcpy(above->hashes[above->count++], root, DIGEST_SIZE);
        full = above->count == TILE_WIDTH;
        if (full)
            tree_root_of((const uint8_t(*)[DIGEST_SIZE])above->hashes, TILE_WIDTH, root);
    }
}

/* --- opening --- */

struct chain { /* entries seen one after the other */
    uint8_t last[DIGEST_SIZE];
    bool has_last;
    int64_t next;
    int64_t recorded_at_us;
    struct open_tile *tile; /* gathers leaf hashes, or NULL */
    struct fault *fault;
    enum status status;
};

static bool chain_each(void *user, int64_t number, struct text_view bytes,
                       const uint8_t leaf[DIGEST_SIZE])
{
    struct chain *chain = user;
    struct entry_head head;
    chain->status = entry_peek(bytes.data, bytes.size, &head, chain->fault);
    if (chain->status == STATUS_OK && head.number != number)
        chain->status = fault_set(chain->fault, STATUS_CORRUPT, "it says it is entry %lld",
                                  (long long)head.number);
    if (chain->status == STATUS_OK && chain->has_last &&
        memcmp(head.previous, chain->last, DIGEST_SIZE) != 0)
        chain->status =
            fault_set(chain->fault, STATUS_CORRUPT, "it does not follow the entry before it");
    if (chain->status != STATUS_OK) {
        fault_add(chain->fault, "log: entry %lld", (long long)number);
        return false;
    }
    memcpy(chain->last, leaf, DIGEST_SIZE);
    chain->has_last = true;
    chain->next = number + 1;
    chain->recorded_at_us = head.recorded_at_us;
    if (chain->tile)
        memcpy(chain->tile->hashes[chain->tile->count++], chain->last, DIGEST_SIZE);
    return true;
}

/* Hashes of the open tiles, from the tiles below; level 0 from the entries, whose chain is checked.
 */
static enum status tiles_load(struct log *log, struct log_view *view, const struct log_head *head,
                              struct fault *fault)
{
    const struct log_store_functions *f = log->store->functions;
    int64_t from = head->size - head->size % TILE_WIDTH;
    log->tiles[0].index = (uint64_t)head->size / TILE_WIDTH;
    struct chain chain = {.tile = &log->tiles[0], .fault = fault, .next = from};
    enum status status =
        log_scan(log->store, view, from, head->size - from, chain_each, &chain, fault);
    if (status == STATUS_OK)
        status = chain.status;
    if (status == STATUS_OK && chain.next != head->size)
        status =
            fault_set(fault, STATUS_CORRUPT, "log: entry %lld is missing", (long long)chain.next);
    if (status == STATUS_OK && chain.has_last && memcmp(chain.last, head->last, DIGEST_SIZE) != 0)
        status = fault_set(fault, STATUS_CORRUPT, "log: entry %lld does not hash to the log's head",
                           (long long)head->size - 1);
    for (unsigned level = 1; level < TILE_LEVELS && status == STATUS_OK; level++) {
        uint64_t below = log->tiles[level - 1].index; /* full tiles of the level below */
        log->tiles[level].index = below / TILE_WIDTH;
        for (uint64_t i = below - below % TILE_WIDTH; i < below && status == STATUS_OK; i++) {
            uint8_t bytes[TILE_WIDTH][DIGEST_SIZE];
            status = f->tile(view, level - 1, i, bytes[0], fault);
            struct open_tile *tile = &log->tiles[level];
            if (status == STATUS_OK)
                tree_root_of((const uint8_t(*)[DIGEST_SIZE])bytes, TILE_WIDTH,
                             tile->hashes[tile->count++]);
        }
    }
    return status;
}

static enum status log_load(struct log *log, struct fault *fault)
{
    const struct log_store_functions *f = log->store->functions;
    struct log_view *view = NULL;
    struct log_head head;
    enum status status = f->view_open(log->store, &view, fault);
    if (status != STATUS_OK)
        return status;
    status = f->head(view, &head, log->tree.frontier, &log->tree.frontier_count, fault);
    if (status == STATUS_OK) {
        log->tree.size = head.size;
        uint8_t root[DIGEST_SIZE];
        tree_root(&log->tree, root);
        if (head.size > 0 && memcmp(root, head.root, DIGEST_SIZE) != 0)
            status = fault_set(fault, STATUS_CORRUPT, "log: its tree does not lead to its root");
    }
    if (status == STATUS_OK)
        status = tiles_load(log, view, &head, fault);
    if (status == STATUS_OK)
        status = f->newest_command(view, log->newest_id, fault);
    memcpy(log->last, head.last, DIGEST_SIZE);
    log->seen_at_us = head.recorded_at_us;
    atomic_store(&log->durable, head.size);
    f->view_close(view);
    return status;
}

enum status log_open(struct log_store *store, const struct log_options *options,
                     struct log **ret_log, struct fault *fault)
{
    struct log *log = calloc(1, sizeof *log);
    CHECK(log);
    log->store = store;
    log->options = *options;
    log->options.batch_entries_max =
        options->batch_entries_max ? options->batch_entries_max : BATCH_ENTRIES_DEFAULT;
    log->options.batch_bytes_max =
        options->batch_bytes_max ? options->batch_bytes_max : BATCH_BYTES_DEFAULT;
    log->options.staged_entries_max =
        options->staged_entries_max ? options->staged_entries_max : STAGED_DEFAULT;
    log->origin = strdup(options->origin ? options->origin : "");
    CHECK(log->origin);
    log->signs = options->sign_key != NULL;
    if (log->signs)
        memcpy(log->sign_key, options->sign_key, sizeof log->sign_key);
    sodium_mlock(log->sign_key, sizeof log->sign_key); /* not to the swap, where that is allowed */
    pthread_mutex_init(&log->mutex, NULL);
    pthread_cond_init(&log->wake, NULL);
    bytes_map_init(&log->staged_ids, COMMAND_ID_SIZE);
    enum status status = log_load(log, fault);
    if (status == STATUS_OK) {
        log->filling = batch_open(NULL, log->tree.size);
        status = thread_start(log, fault);
    }
    if (status != STATUS_OK) {
        log_close(log);
        return status;
    }
    *ret_log = log;
    return STATUS_OK;
}

/* --- staging --- */

int64_t log_next_number(const struct log *log)
{
    return log->tree.size;
}

int64_t log_durable(const struct log *log)
{
    return atomic_load(&((struct log *)(uintptr_t)log)->durable);
}

int64_t log_seen_at_us(const struct log *log)
{
    return log->seen_at_us;
}

struct log_store *log_store_of(struct log *log)
{
    return log->store;
}

enum status log_failed(const struct log *log, struct fault *ret_fault)
{
    struct log *shared = (struct log *)(uintptr_t)log;
    enum status status = shared->failed;
    if (status != STATUS_OK && ret_fault)
        *ret_fault = shared->fault;
    return status;
}

/* Frees what is on disk; the store answers for it from now on. */
static void log_reap(struct log *log)
{
    int64_t durable = log_durable(log);
    if (durable == log->reaped)
        return;
    log->reaped = durable;
    for (;;) {
        pthread_mutex_lock(&log->mutex);
        struct batch *batch = log->oldest;
        bool done = batch && batch->head.size <= durable && log->to_write != batch;
        if (done) {
            log->oldest = batch->next;
            if (!log->oldest)
                log->newest = NULL;
        }
        pthread_mutex_unlock(&log->mutex);
        if (!done)
            return;
        for (size_t i = 0; i < batch->count; i++)
            bytes_map_remove(&log->staged_ids, batch->ids[i]);
        if (log->spare) {
            batch_close(batch);
        } else {
            batch_clear(batch);
            log->spare = batch;
        }
    }
}

static void stage_payload(struct batch *batch, int64_t number, struct text_view sealed)
{
    if (batch->payload_count == batch->payload_capacity) {
        batch->payload_capacity = batch->payload_capacity ? batch->payload_capacity * 2 : 16;
        batch->payloads =
            resized(batch->payloads, batch->payload_capacity, sizeof *batch->payloads);
    }
    const char *offset = (const char *)(uintptr_t)batch->sealed.size;
    batch->payloads[batch->payload_count++] = (struct store_payload){number, {offset, sealed.size}};
    buffer_add(&batch->sealed, sealed.data, sealed.size);
}

static enum status stage_bytes(struct log *log, struct entry *entry, struct buffer *out,
                               uint8_t ret_leaf[DIGEST_SIZE], struct fault *fault)
{
    entry->number = log->tree.size;
    memcpy(entry->previous, log->last, DIGEST_SIZE);
    CHECK(entry->recorded_at_us >= log->seen_at_us);
    size_t before = out->size;
    enum status status = entry_encode(entry, out, fault);
    if (status == STATUS_OK)
        leaf_hash(out->data + before, out->size - before, ret_leaf);
    return status;
}

enum status log_leaf(struct log *log, struct entry *entry, uint8_t ret_leaf[DIGEST_SIZE],
                     struct fault *fault)
{
    struct buffer bytes;
    buffer_init(&bytes);
    enum status status = stage_bytes(log, entry, &bytes, ret_leaf, fault);
    buffer_done(&bytes);
    return status;
}

enum status log_stage(struct log *log, struct entry *entry,
                      const uint8_t command_id[COMMAND_ID_SIZE], struct text_view sealed,
                      uint8_t ret_leaf[DIGEST_SIZE], struct fault *fault)
{
    if (log_failed(log, fault) != STATUS_OK)
        return STATUS_IO;
    log_reap(log);
    if (log->tree.size - log_durable(log) >= (int64_t)log->options.staged_entries_max)
        return fault_set(fault, STATUS_BUSY, "too many entries wait for the disk");
    struct batch *batch = log->filling;
    enum status status = stage_bytes(log, entry, &batch->bytes, ret_leaf, fault);
    if (status != STATUS_OK)
        return status;
    batch_make_room(batch);
    size_t i = batch->count++;
    batch->ends[i] = batch->bytes.size;
    memcpy(batch->leaves[i], ret_leaf, DIGEST_SIZE);
    memcpy(batch->ids[i], command_id, COMMAND_ID_SIZE);
    bytes_map_put(&log->staged_ids, command_id, (uint64_t)entry->number);
    if (memcmp(command_id, log->newest_id, COMMAND_ID_SIZE) > 0)
        memcpy(log->newest_id, command_id, COMMAND_ID_SIZE);
    if (sealed.size > 0)
        stage_payload(batch, entry->number, sealed);
    tiles_add(log, ret_leaf);
    memcpy(log->last, ret_leaf, DIGEST_SIZE);
    log->seen_at_us = entry->recorded_at_us;
    if (batch->count >= log->options.batch_entries_max ||
        batch->bytes.size + batch->sealed.size >= log->options.batch_bytes_max)
        log_flush(log);
    return STATUS_OK;
}

void log_flush(struct log *log)
{
    struct batch *batch = log->filling;
    if (batch->count == 0)
        return;
    batch->head.size = log->tree.size;
    memcpy(batch->head.last, log->last, DIGEST_SIZE);
    tree_root(&log->tree, batch->head.root);
    batch->head.recorded_at_us = log->seen_at_us;
    batch->frontier_count = log->tree.frontier_count;
    memcpy(batch->frontier, log->tree.frontier, sizeof batch->frontier);
    log->filling = batch_open(log->spare, log->tree.size);
    log->spare = NULL;
    pthread_mutex_lock(&log->mutex);
    if (log->newest)
        log->newest->next = batch;
    else
        log->oldest = batch;
    log->newest = batch;
    bool idle = !log->to_write && log->failed == STATUS_OK;
    bool here = idle && batch->count <= log->options.batch_here_max;
    if (!log->to_write)
        log->to_write = batch;
    if (here) {
        struct fault fault = {0};
        batch_written(log, batch, batch_write(log->store, batch, &fault), &fault);
    } else {
        pthread_cond_signal(&log->wake);
    }
    pthread_mutex_unlock(&log->mutex);
    if (here && log->options.committed)
        log->options.committed(log->options.user);
    log_reap(log);
}

/* --- reading --- */

enum status log_find_command(struct log *log, const uint8_t id[COMMAND_ID_SIZE],
                             int64_t *ret_number, struct fault *fault)
{
    uint64_t number = 0;
    if (memcmp(id, log->newest_id, COMMAND_ID_SIZE) > 0)
        return STATUS_NOT_FOUND; /* ids grow with time: nearly every new one is known by this */
    if (bytes_map_get(&log->staged_ids, id, &number)) {
        *ret_number = (int64_t)number;
        return STATUS_OK;
    }
    struct log_view *view = NULL;
    enum status status = log->store->functions->view_open(log->store, &view, fault);
    if (status != STATUS_OK)
        return status;
    status = log->store->functions->find_command(view, id, ret_number, fault);
    log->store->functions->view_close(view);
    return status;
}

static bool staged_entry(struct log *log, int64_t number, struct text_view *ret_bytes)
{
    const struct batch *batch = log->filling;
    if (number < batch->first) {
        pthread_mutex_lock(&log->mutex);
        batch = log->oldest;
        while (batch && number >= batch->head.size)
            batch = batch->next;
        pthread_mutex_unlock(&log->mutex);
    }
    if (!batch || number < batch->first || number - batch->first >= (int64_t)batch->count)
        return false;
    *ret_bytes = batch_entry(batch, (size_t)(number - batch->first));
    return true;
}

struct range {
    struct chain chain;
    struct buffer *out;
    bool framed;
    size_t start, bytes_max;
    size_t good; /* size of `out` up to which entries are proved by their successor */
    int64_t good_count;
    int64_t seen;
    int64_t count_max;
    bool full;
};

static void length_add(struct buffer *out, size_t size)
{
    uint8_t length[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                         (uint8_t)size};
    buffer_add(out, length, sizeof length);
}

static bool range_each(void *user, int64_t number, struct text_view bytes,
                       const uint8_t leaf[DIGEST_SIZE])
{
    struct range *range = user;
    if (!chain_each(&range->chain, number, bytes, leaf))
        return false;
    range->good = range->out->size; /* this one's `previous` proves those before it */
    range->good_count = range->seen;
    bool over =
        range->seen > 0 && range->out->size - range->start + bytes.size + 4 > range->bytes_max;
    if (over || range->seen == range->count_max) {
        range->full = true;
        return false;
    }
    if (range->framed)
        length_add(range->out, bytes.size);
    buffer_add(range->out, bytes.data, bytes.size);
    range->seen++;
    return true;
}

static enum status range_read(struct log *log, int64_t from, struct range *range,
                              struct fault *fault)
{
    const struct log_store_functions *f = log->store->functions;
    struct log_view *view = NULL;
    struct log_head head;
    range->chain.fault = fault;
    range->start = range->good = range->out->size;
    enum status status = f->view_open(log->store, &view, fault);
    if (status != STATUS_OK)
        return status;
    status = f->head(view, &head, NULL, NULL, fault);
    if (status == STATUS_OK && (from < 0 || from > head.size))
        status = fault_set(fault, STATUS_NOT_FOUND, "entry %lld is not there; the log has %lld",
                           (long long)from, (long long)head.size);
    if (status == STATUS_OK && from < head.size)
        status = log_scan(log->store, view, from, range->count_max + 1, range_each, range, fault);
    if (status == STATUS_OK)
        status = range->chain.status;
    if (status == STATUS_OK && !range->full && from < head.size) {
        /* Ended at the head: the head's hash proves the last entry. */
        if (range->chain.next != head.size ||
            memcmp(range->chain.last, head.last, DIGEST_SIZE) != 0)
            status =
                fault_set(fault, STATUS_CORRUPT, "log: entry %lld does not hash to the log's head",
                          (long long)range->chain.next - 1);
        range->good = range->out->size;
        range->good_count = range->seen;
    }
    f->view_close(view);
    range->out->size = status == STATUS_OK ? range->good : range->start;
    return status;
}

enum status log_read_range(struct log *log, int64_t from, int64_t count_max, size_t bytes_max,
                           struct buffer *out, int64_t *ret_count, struct fault *fault)
{
    struct range range = {
        .out = out, .framed = true, .bytes_max = bytes_max, .count_max = count_max};
    enum status status = range_read(log, from, &range, fault);
    if (status == STATUS_OK)
        *ret_count = range.good_count;
    return status;
}

enum status log_read(struct log *log, int64_t number, struct buffer *out, struct fault *fault)
{
    struct text_view bytes;
    if (staged_entry(log, number, &bytes)) {
        buffer_add(out, bytes.data, bytes.size);
        return STATUS_OK;
    }
    struct range range = {.out = out, .bytes_max = ENTRY_SIZE_MAX + 4, .count_max = 1};
    enum status status = range_read(log, number, &range, fault);
    if (status == STATUS_OK && range.good_count != 1)
        return fault_set(fault, STATUS_NOT_FOUND, "entry %lld is not there", (long long)number);
    return status;
}

/* --- checkpoints --- */

enum status log_checkpoint(struct log *log, struct buffer *out, struct fault *fault)
{
    const struct log_store_functions *f = log->store->functions;
    struct log_view *view = NULL;
    struct log_head head;
    if (!log->signs)
        return fault_set(fault, STATUS_NOT_FOUND, "this log has no key for checkpoints");
    enum status status = f->view_open(log->store, &view, fault);
    if (status != STATUS_OK)
        return status;
    status = f->head(view, &head, NULL, NULL, fault);
    f->view_close(view);
    if (status != STATUS_OK)
        return status;
    struct checkpoint checkpoint = {.size = head.size};
    snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", log->origin);
    memcpy(checkpoint.root, head.root, DIGEST_SIZE);
    if (head.size == 0)
        sha256("", 0, checkpoint.root);
    checkpoint_write(&checkpoint, log->sign_key, out);
    return STATUS_OK;
}

/* --- closing --- */

static void checkpoint_keep(struct log *log)
{
    struct buffer note;
    buffer_init(&note);
    if (log->signs && log->failed == STATUS_OK && log_checkpoint(log, &note, NULL) == STATUS_OK)
        log->store->functions->meta_put(log->store, "checkpoint", note.data, note.size, NULL);
    buffer_done(&note);
}

void log_close(struct log *log)
{
    if (!log)
        return;
    if (log->started) {
        log_flush(log);
        pthread_mutex_lock(&log->mutex);
        log->stopping = true;
        pthread_cond_signal(&log->wake);
        pthread_mutex_unlock(&log->mutex);
        pthread_join(log->thread, NULL);
        checkpoint_keep(log);
    }
    while (log->oldest) {
        struct batch *batch = log->oldest;
        log->oldest = batch->next;
        batch_close(batch);
    }
    batch_close(log->spare);
    batch_close(log->filling);
    bytes_map_done(&log->staged_ids);
    log->store->functions->close(log->store);
    sodium_munlock(log->sign_key, sizeof log->sign_key); /* and zeroes it */
    pthread_mutex_destroy(&log->mutex);
    pthread_cond_destroy(&log->wake);
    free(log->origin);
    free(log);
}
