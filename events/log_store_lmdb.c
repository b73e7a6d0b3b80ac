/* log_store_lmdb.c - the log in one LMDB environment: five tables, one transaction and one fsync a
 * batch.
 *
 *   entry    number, 8 bytes big-endian     -> the entry's bytes, appended at the end
 *   payload  number                         -> sealed free text
 *   command  command id, 16 bytes           -> number
 *   tile     level 4 bytes, index 8 bytes   -> 256 hashes
 *   meta     text                           -> head, frontier, checkpoint, form
 *
 * LMDB's default mode is durable when a commit returns; no cheaper flag is taken but on the
 * caller's explicit word. LMDB has no checksums: whoever reads entries checks them against their
 * hashes. */
#include <errno.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/check.h"
#include "events/disk_check.h"
#include "events/log_store.h"
#include "events/store_guard.h"
#include "events/tree.h"

#ifdef __SANITIZE_THREAD__ /* which leaves less room for addresses, by chance even less than this */
#define MAP_SIZE_DEFAULT ((uint64_t)1 << 34)
#else
#define MAP_SIZE_DEFAULT ((uint64_t)1 << 40)
#endif
#define READERS_MAX      1024
#define FORM             "jishi-log-1"
#define ROOM_BYTES_MIN   ((uint64_t)1 << 30)
#define ROOM_SHARE       20   /* 5 % */
#define CHECKED_AT_START 4096 /* entries whose pages are read from the disk again: a whole batch */

enum table { TABLE_ENTRY, TABLE_PAYLOAD, TABLE_COMMAND, TABLE_TILE, TABLE_META, TABLE_COUNT };

static const char *const table_names[TABLE_COUNT] = {"entry", "payload", "command", "tile", "meta"};

struct lmdb_store {
    struct log_store store;
    MDB_env *env;
    MDB_dbi tables[TABLE_COUNT];
    char directory[4096];
    struct store_guard *guard;
    pthread_mutex_t mutex; /* begin and end of reading transactions */
    unsigned views;        /* open ones: the map may be adopted anew only while there is none */
};

struct log_view {
    struct lmdb_store *lmdb;
    MDB_txn *txn;
};

/* An LMDB transaction whose first error sticks. Each table that much is put into has a cursor, which
 * finds the place beside the one before without a walk from the root. */
struct writing {
    struct lmdb_store *lmdb;
    MDB_txn *txn;
    MDB_cursor *cursors[TABLE_COUNT]; /* opened at the first put; LMDB's to close */
    int error;
};

static void number_key(uint64_t number, uint8_t out[8])
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static void tile_key(uint32_t level, uint64_t index, uint8_t out[12])
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(level >> (24 - 8 * i));
    number_key(index, out + 4);
}

static uint64_t number_of(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* The greatest command id, zeroes where there is none. */
static int newest_of(MDB_txn *txn, struct lmdb_store *lmdb, uint8_t ret_id[COMMAND_ID_SIZE])
{
    MDB_cursor *cursor = NULL;
    MDB_val key = {0, NULL};
    MDB_val value;
    int error = mdb_cursor_open(txn, lmdb->tables[TABLE_COMMAND], &cursor);
    if (!error)
        error = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    memset(ret_id, 0, COMMAND_ID_SIZE);
    if (!error && key.mv_size == COMMAND_ID_SIZE)
        memcpy(ret_id, key.mv_data, COMMAND_ID_SIZE);
    if (cursor)
        mdb_cursor_close(cursor);
    return error == MDB_NOTFOUND ? 0 : error;
}

static void put(struct writing *writing, enum table table, const void *key, size_t key_size,
                const void *bytes, size_t size, unsigned flags)
{
    if (writing->error)
        return;
    MDB_val k = {key_size, (void *)(uintptr_t)key};
    MDB_val v = {size, (void *)(uintptr_t)bytes};
    if (!writing->cursors[table])
        writing->error =
            mdb_cursor_open(writing->txn, writing->lmdb->tables[table], &writing->cursors[table]);
    if (!writing->error)
        writing->error = mdb_cursor_put(writing->cursors[table], &k, &v, flags);
}

/* An id behind all others is appended, which leaves full pages behind; one between them is put. */
static void put_commands(struct writing *writing, const struct store_batch *batch, uint64_t first)
{
    uint8_t newest[COMMAND_ID_SIZE];
    uint8_t number[8];
    if (!writing->error)
        writing->error = newest_of(writing->txn, writing->lmdb, newest);
    if (writing->error)
        return;
    for (size_t i = 0; i < batch->entry_count; i++) {
        const uint8_t *id = batch->command_ids[i];
        bool last = memcmp(id, newest, COMMAND_ID_SIZE) > 0;
        number_key(first + i, number);
        put(writing, TABLE_COMMAND, id, COMMAND_ID_SIZE, number, 8,
            last ? MDB_APPEND : MDB_NOOVERWRITE);
        if (last)
            memcpy(newest, id, COMMAND_ID_SIZE);
    }
}

/* head: size 8, last 32, root 32, recorded_at 8, then the frontier's hashes. */
static void put_head(struct writing *writing, const struct store_batch *batch)
{
    uint8_t bytes[80 + TREE_FRONTIER_MAX * DIGEST_SIZE];
    number_key((uint64_t)batch->head.size, bytes);
    memcpy(bytes + 8, batch->head.last, DIGEST_SIZE);
    memcpy(bytes + 40, batch->head.root, DIGEST_SIZE);
    number_key((uint64_t)batch->head.recorded_at_us, bytes + 72);
    memcpy(bytes + 80, batch->frontier, batch->frontier_count * DIGEST_SIZE);
    put(writing, TABLE_META, "head", 4, bytes, 80 + batch->frontier_count * DIGEST_SIZE, 0);
}

static enum status lmdb_fault(int error, const char *what, struct fault *fault)
{
    return fault_set(fault, STATUS_IO, "log: %s: %s", what, mdb_strerror(error));
}

static enum status lmdb_append(struct log_store *store, const struct store_batch *batch,
                               struct fault *fault)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    struct writing writing = {.lmdb = lmdb};
    uint8_t key[12];
    writing.error = mdb_txn_begin(lmdb->env, NULL, 0, &writing.txn);
    if (writing.error)
        return lmdb_fault(writing.error, "cannot begin a commit", fault);
    uint64_t first = (uint64_t)batch->head.size - batch->entry_count;
    for (size_t i = 0; i < batch->entry_count; i++) {
        number_key(first + i, key);
        put(&writing, TABLE_ENTRY, key, 8, batch->entries[i].data, batch->entries[i].size,
            MDB_APPEND);
    }
    put_commands(&writing, batch, first);
    for (size_t i = 0; i < batch->payload_count; i++) {
        number_key((uint64_t)batch->payloads[i].number, key);
        put(&writing, TABLE_PAYLOAD, key, 8, batch->payloads[i].sealed.data,
            batch->payloads[i].sealed.size, MDB_APPEND);
    }
    for (size_t i = 0; i < batch->tile_count; i++) {
        tile_key(batch->tiles[i].level, batch->tiles[i].index, key);
        put(&writing, TABLE_TILE, key, 12, batch->tiles[i].bytes, (size_t)TILE_WIDTH * DIGEST_SIZE,
            0);
    }
    put_head(&writing, batch);
    if (writing.error) {
        mdb_txn_abort(writing.txn);
        return lmdb_fault(writing.error, "a write failed", fault);
    }
    int error = mdb_txn_commit(writing.txn);
    return error ? lmdb_fault(error, "the commit failed", fault) : STATUS_OK;
}

/* Slots of readers that died are cleared when none is free; a map that the writer has outgrown is
 * taken over as it is now. */
static int read_begin(struct lmdb_store *lmdb, MDB_txn **ret_txn)
{
    int dead = 0;
    pthread_mutex_lock(&lmdb->mutex);
    int error = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, ret_txn);
    if (error == MDB_READERS_FULL && mdb_reader_check(lmdb->env, &dead) == 0)
        error = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, ret_txn);
    if (error == MDB_MAP_RESIZED && lmdb->views == 0 && mdb_env_set_mapsize(lmdb->env, 0) == 0)
        error = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, ret_txn);
    lmdb->views += error == 0;
    pthread_mutex_unlock(&lmdb->mutex);
    return error;
}

static void read_end(struct lmdb_store *lmdb, MDB_txn *txn)
{
    pthread_mutex_lock(&lmdb->mutex);
    mdb_txn_abort(txn);
    lmdb->views--;
    pthread_mutex_unlock(&lmdb->mutex);
}

static enum status lmdb_view_open(struct log_store *store, struct log_view **ret_view,
                                  struct fault *fault)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    struct log_view *view = malloc(sizeof *view);
    CHECK(view);
    view->lmdb = lmdb;
    int error = read_begin(lmdb, &view->txn);
    if (error) {
        free(view);
        return lmdb_fault(error, "cannot begin to read", fault);
    }
    *ret_view = view;
    return STATUS_OK;
}

static void lmdb_view_close(struct log_view *view)
{
    if (!view)
        return;
    read_end(view->lmdb, view->txn);
    free(view);
}

static enum status get(struct log_view *view, enum table table, const void *key, size_t key_size,
                       MDB_val *ret, struct fault *fault)
{
    MDB_val k = {key_size, (void *)(uintptr_t)key};
    int error = mdb_get(view->txn, view->lmdb->tables[table], &k, ret);
    if (error == MDB_NOTFOUND)
        return fault_set(fault, STATUS_NOT_FOUND, "log: nothing under that key in table %s",
                         table_names[table]);
    return error ? lmdb_fault(error, "a read failed", fault) : STATUS_OK;
}

static enum status lmdb_head(struct log_view *view, struct log_head *ret_head,
                             uint8_t (*ret_frontier)[DIGEST_SIZE], size_t *ret_frontier_count,
                             struct fault *fault)
{
    MDB_val value;
    enum status status = get(view, TABLE_META, "head", 4, &value, fault);
    memset(ret_head, 0, sizeof *ret_head);
    if (ret_frontier_count)
        *ret_frontier_count = 0;
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (status != STATUS_OK)
        return status;
    const uint8_t *bytes = value.mv_data;
    size_t more = value.mv_size < 80 ? 1 : (value.mv_size - 80) % DIGEST_SIZE;
    if (more || value.mv_size > 80 + TREE_FRONTIER_MAX * DIGEST_SIZE)
        return fault_set(fault, STATUS_CORRUPT, "log: its head is not of its form");
    ret_head->size = (int64_t)number_of(bytes);
    memcpy(ret_head->last, bytes + 8, DIGEST_SIZE);
    memcpy(ret_head->root, bytes + 40, DIGEST_SIZE);
    ret_head->recorded_at_us = (int64_t)number_of(bytes + 72);
    if (ret_frontier) {
        *ret_frontier_count = (value.mv_size - 80) / DIGEST_SIZE;
        memcpy(ret_frontier, bytes + 80, value.mv_size - 80);
    }
    return STATUS_OK;
}

static enum status lmdb_scan(struct log_view *view, int64_t from, int64_t count,
                             bool (*each)(void *user, int64_t number, const void *bytes,
                                          size_t size),
                             void *user, struct fault *fault)
{
    MDB_cursor *cursor = NULL;
    uint8_t key[8];
    int error = mdb_cursor_open(view->txn, view->lmdb->tables[TABLE_ENTRY], &cursor);
    if (error)
        return lmdb_fault(error, "cannot read entries", fault);
    number_key((uint64_t)from, key);
    MDB_val k = {sizeof key, key};
    MDB_val v;
    enum status status = STATUS_OK;
    for (int64_t i = 0; i < count; i++) {
        error = mdb_cursor_get(cursor, &k, &v, i == 0 ? MDB_SET_RANGE : MDB_NEXT);
        if (error == MDB_NOTFOUND)
            break;
        if (error) {
            status = lmdb_fault(error, "a read failed", fault);
            break;
        }
        if (k.mv_size != 8 || number_of(k.mv_data) != (uint64_t)(from + i)) {
            status = fault_set(fault, STATUS_CORRUPT, "log: entry %lld is missing",
                               (long long)(from + i));
            break;
        }
        if (!each(user, from + i, v.mv_data, v.mv_size))
            break;
    }
    mdb_cursor_close(cursor);
    return status;
}

static enum status lmdb_find_command(struct log_view *view, const uint8_t id[COMMAND_ID_SIZE],
                                     int64_t *ret_number, struct fault *fault)
{
    MDB_val value;
    enum status status = get(view, TABLE_COMMAND, id, COMMAND_ID_SIZE, &value, fault);
    if (status == STATUS_OK && value.mv_size != 8)
        return fault_set(fault, STATUS_CORRUPT, "log: a command id leads to no number");
    if (status == STATUS_OK)
        *ret_number = (int64_t)number_of(value.mv_data);
    return status;
}

static enum status lmdb_newest_command(struct log_view *view, uint8_t ret_id[COMMAND_ID_SIZE],
                                       struct fault *fault)
{
    int error = newest_of(view->txn, view->lmdb, ret_id);
    return error ? lmdb_fault(error, "cannot read command ids", fault) : STATUS_OK;
}

static enum status lmdb_payload(struct log_view *view, int64_t number, struct text_view *ret_sealed,
                                struct fault *fault)
{
    MDB_val value;
    uint8_t key[8];
    number_key((uint64_t)number, key);
    enum status status = get(view, TABLE_PAYLOAD, key, 8, &value, fault);
    if (status == STATUS_OK)
        *ret_sealed = (struct text_view){value.mv_data, (uint32_t)value.mv_size};
    return status;
}

static enum status lmdb_tile(struct log_view *view, uint32_t level, uint64_t index,
                             uint8_t ret_bytes[8192], struct fault *fault)
{
    MDB_val value;
    uint8_t key[12];
    tile_key(level, index, key);
    enum status status = get(view, TABLE_TILE, key, 12, &value, fault);
    if (status == STATUS_OK && value.mv_size != (size_t)TILE_WIDTH * DIGEST_SIZE)
        return fault_set(fault, STATUS_CORRUPT, "log: tile %u/%llu has not 256 hashes", level,
                         (unsigned long long)index);
    if (status == STATUS_OK)
        memcpy(ret_bytes, value.mv_data, value.mv_size);
    return status;
}

static enum status lmdb_meta_get(struct log_view *view, const char *key,
                                 struct text_view *ret_value, struct fault *fault)
{
    MDB_val value;
    enum status status = get(view, TABLE_META, key, strlen(key), &value, fault);
    if (status == STATUS_OK)
        *ret_value = (struct text_view){value.mv_data, (uint32_t)value.mv_size};
    return status;
}

static enum status lmdb_meta_put(struct log_store *store, const char *key, const void *bytes,
                                 size_t size, struct fault *fault)
{
    struct writing writing = {.lmdb = (struct lmdb_store *)store};
    writing.error = mdb_txn_begin(writing.lmdb->env, NULL, 0, &writing.txn);
    if (writing.error)
        return lmdb_fault(writing.error, "cannot begin a commit", fault);
    put(&writing, TABLE_META, key, strlen(key), bytes, size, 0);
    if (writing.error) {
        mdb_txn_abort(writing.txn);
        return lmdb_fault(writing.error, "a write failed", fault);
    }
    int error = mdb_txn_commit(writing.txn);
    return error ? lmdb_fault(error, "the commit failed", fault) : STATUS_OK;
}

/* Room in the map counts as room on the disk does: a full map would fail a commit, too. */
static bool lmdb_has_room(struct log_store *store, uint64_t *ret_free_bytes)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    struct statvfs disk;
    MDB_envinfo map;
    MDB_stat pages;
    *ret_free_bytes = 0;
    if (statvfs(lmdb->directory, &disk) != 0 || mdb_env_info(lmdb->env, &map) != 0 ||
        mdb_env_stat(lmdb->env, &pages) != 0)
        return false;
    uint64_t unit = disk.f_frsize;
    uint64_t share = unit * disk.f_blocks / ROOM_SHARE;
    uint64_t used = (map.me_last_pgno + 1) * pages.ms_psize;
    *ret_free_bytes = unit * disk.f_bavail;
    return *ret_free_bytes >= (share > ROOM_BYTES_MIN ? share : ROOM_BYTES_MIN) &&
           map.me_mapsize - used >= map.me_mapsize / ROOM_SHARE;
}

struct slowest {
    struct store_readers *found;
    uint64_t last; /* the newest commit */
};

/* A line of LMDB's list of readers: process, thread, and the commit it looks at, if any. */
static int reader_each(const char *line, void *context)
{
    struct slowest *slowest = context;
    int pid;
    unsigned long long seen;
    if (sscanf(line, "%d %*s %llu", &pid, &seen) != 2 || seen > slowest->last)
        return 0;
    int64_t behind = (int64_t)(slowest->last - seen);
    if (behind > slowest->found->behind)
        *slowest->found = (struct store_readers){behind, pid};
    return 0;
}

static void lmdb_maintain(struct log_store *store, struct store_readers *ret_slowest)
{
    MDB_env *env = ((struct lmdb_store *)store)->env;
    MDB_envinfo info;
    int dead = 0;
    *ret_slowest = (struct store_readers){0, 0};
    mdb_reader_check(env, &dead);
    if (mdb_env_info(env, &info) != 0)
        return;
    struct slowest slowest = {ret_slowest, info.me_last_txnid};
    mdb_reader_list(env, reader_each, &slowest);
}

static void lmdb_close(struct log_store *store)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    if (lmdb->env)
        mdb_env_close(lmdb->env);
    store_guard_release(lmdb->guard);
    pthread_mutex_destroy(&lmdb->mutex);
    free(lmdb);
}

static enum status tables_open(struct lmdb_store *lmdb, bool read_only, struct fault *fault)
{
    struct writing writing = {.lmdb = lmdb};
    int error = mdb_txn_begin(lmdb->env, NULL, read_only ? MDB_RDONLY : 0, &writing.txn);
    if (error)
        return lmdb_fault(error, "cannot begin", fault);
    for (int i = 0; i < TABLE_COUNT && !error; i++)
        error =
            mdb_dbi_open(writing.txn, table_names[i], read_only ? 0 : MDB_CREATE, &lmdb->tables[i]);
    MDB_val key = {4, (void *)(uintptr_t) "form"};
    MDB_val form;
    if (!error) {
        error = mdb_get(writing.txn, lmdb->tables[TABLE_META], &key, &form);
        if (error == MDB_NOTFOUND && !read_only) {
            put(&writing, TABLE_META, "form", 4, FORM, sizeof FORM - 1, 0);
            error = writing.error;
        } else if (!error && (form.mv_size != sizeof FORM - 1 ||
                              memcmp(form.mv_data, FORM, form.mv_size) != 0)) {
            mdb_txn_abort(writing.txn);
            return fault_set(fault, STATUS_INVALID,
                             "log: its form is not " FORM "; it was made by another version");
        }
    }
    if (error) {
        mdb_txn_abort(writing.txn);
        return lmdb_fault(error, "cannot open its tables", fault);
    }
    error = mdb_txn_commit(writing.txn);
    return error ? lmdb_fault(error, "cannot make its tables", fault) : STATUS_OK;
}

/* The pages of the newest entries, of the head and of LMDB's own two heads. */
static enum status pages_check(struct lmdb_store *lmdb, struct log_view *view, const char *path,
                               struct fault *fault)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value, head;
    struct disk_check check;
    enum status status = get(view, TABLE_META, "head", 4, &head, fault);
    if (status != STATUS_OK)
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    status = disk_check_open(path, head.mv_data, &check, fault);
    int error = mdb_cursor_open(view->txn, lmdb->tables[TABLE_ENTRY], &cursor);
    if (status == STATUS_OK)
        status = disk_check_bytes(&check, check.base, 2 * 4096, fault);
    if (status == STATUS_OK)
        status = disk_check_bytes(&check, head.mv_data, head.mv_size, fault);
    for (int i = 0; status == STATUS_OK && !error && i < CHECKED_AT_START; i++) {
        error = mdb_cursor_get(cursor, &key, &value, i == 0 ? MDB_LAST : MDB_PREV);
        if (!error && disk_check_bytes(&check, value.mv_data, value.mv_size, fault) != STATUS_OK)
            status = fault_add(fault, "log: entry %lld", (long long)number_of(key.mv_data));
    }
    if (status == STATUS_OK && error && error != MDB_NOTFOUND)
        status = lmdb_fault(error, "cannot read its newest entries", fault);
    mdb_cursor_close(cursor);
    disk_check_close(&check);
    return status;
}

static enum status disk_agrees(struct lmdb_store *lmdb, const char *path, struct fault *fault)
{
    struct log_view *view = NULL;
    enum status status = lmdb_view_open(&lmdb->store, &view, fault);
    if (status == STATUS_OK)
        status = pages_check(lmdb, view, path, fault);
    lmdb_view_close(view);
    return status;
}

static enum status env_open(struct lmdb_store *lmdb, const struct log_store_options *options,
                            struct fault *fault)
{
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (options->read_only ? MDB_RDONLY : 0) |
                     (options->unsafe_no_sync ? MDB_NOSYNC : 0);
    int error = mdb_env_create(&lmdb->env);
    if (!error)
        error = mdb_env_set_maxdbs(lmdb->env, TABLE_COUNT);
    if (!error)
        error = mdb_env_set_maxreaders(lmdb->env, READERS_MAX);
    if (!error)
        error = mdb_env_set_mapsize(
            lmdb->env, (size_t)(options->map_size ? options->map_size : MAP_SIZE_DEFAULT));
    if (!error)
        error = mdb_env_open(lmdb->env, lmdb->directory, flags, 0600);
    return error ? fault_set(fault, STATUS_IO, "log: cannot open %s: %s", lmdb->directory,
                             mdb_strerror(error))
                 : tables_open(lmdb, options->read_only, fault);
}

/* A writer begins with what is on the disk, not with what the page cache says is. */
static enum status store_open(struct lmdb_store *lmdb, const struct log_store_options *options,
                              struct fault *fault)
{
    char path[4200];
    bool writes = !options->read_only;
    snprintf(path, sizeof path, "%s/data.mdb", lmdb->directory);
    if (writes && mkdir(lmdb->directory, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_IO, "log: cannot make %s: %s", lmdb->directory,
                         strerror(errno));
    enum status status = store_guard_take(lmdb->directory, writes, &lmdb->guard, fault);
    if (status == STATUS_OK && writes)
        status = disk_sync(path, fault);
    if (status == STATUS_OK)
        status = env_open(lmdb, options, fault);
    if (status == STATUS_OK && writes && !options->unsafe_no_sync)
        status = disk_agrees(lmdb, path, fault);
    return status;
}

enum status log_store_lmdb_open(const char *directory, const struct log_store_options *options,
                                struct log_store **ret_store, struct fault *fault)
{
    static const struct log_store_functions functions = {
        .append = lmdb_append,
        .view_open = lmdb_view_open,
        .view_close = lmdb_view_close,
        .head = lmdb_head,
        .scan = lmdb_scan,
        .find_command = lmdb_find_command,
        .newest_command = lmdb_newest_command,
        .payload = lmdb_payload,
        .tile = lmdb_tile,
        .meta_get = lmdb_meta_get,
        .meta_put = lmdb_meta_put,
        .has_room = lmdb_has_room,
        .maintain = lmdb_maintain,
        .close = lmdb_close,
    };
    static const struct log_store_options none;
    options = options ? options : &none;
    struct lmdb_store *lmdb = calloc(1, sizeof *lmdb);
    CHECK(lmdb);
    lmdb->store.functions = &functions;
    snprintf(lmdb->directory, sizeof lmdb->directory, "%s", directory);
    pthread_mutex_init(&lmdb->mutex, NULL);
    enum status status = store_open(lmdb, options, fault);
    if (status != STATUS_OK) {
        lmdb_close(&lmdb->store);
        return status;
    }
    *ret_store = &lmdb->store;
    return STATUS_OK;
}
