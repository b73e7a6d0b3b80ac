/* view_store.c - LMDB with one write transaction that stays open between commits and serves reads
 * too. Changes since the last mark are journalled in memory with what was there before, so that they
 * can be taken back without a nested transaction. */
#include "projections/view_store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/check.h"

#ifdef __SANITIZE_THREAD__ /* which leaves less room for addresses */
#define VIEW_MAP_SIZE ((size_t)1 << 33)
#else
#define VIEW_MAP_SIZE ((size_t)1 << 38) /* address space, not disk */
#endif

struct change { /* one key as it was before */
    struct change *before;
    unsigned table;
    bool existed;
    struct text_view key, value;
};

struct view_store {
    MDB_env *env;
    MDB_txn *txn;
    int lock;               /* of the directory: one process works in it */
    int failed;             /* first error; nothing is committed any more */
    struct change *changes; /* since the mark, the newest first */
    struct arena journal;
};

static enum status lmdb_fault(struct fault *fault, const char *what, int code)
{
    return fault_set(fault, code == MDB_MAP_FULL ? STATUS_FULL : STATUS_IO, "read models: %s: %s",
                     what, mdb_strerror(code));
}

static int begin(struct view_store *store)
{
    if (store->txn)
        return 0;
    return mdb_txn_begin(store->env, NULL, 0, &store->txn);
}

static enum status lock_take(struct view_store *store, const char *directory, struct fault *fault)
{
    char path[4096];
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_IO, "%s: %s", directory, strerror(errno));
    snprintf(path, sizeof path, "%s/projector.lock", directory);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0)
        return fault_set(fault, STATUS_IO, "%s: %s", path, strerror(errno));
    if (flock(store->lock, LOCK_EX | LOCK_NB) != 0)
        return fault_set(fault, STATUS_BUSY,
                         "%s: another projector works here; give this one a --name of its own",
                         directory);
    return STATUS_OK;
}

static enum status env_open(struct view_store *store, const char *directory, struct fault *fault)
{
    int code = mdb_env_create(&store->env);
    if (code == 0)
        code = mdb_env_set_maxdbs(store->env, VIEW_TABLES_MAX);
    if (code == 0)
        code = mdb_env_set_mapsize(store->env, VIEW_MAP_SIZE);
    if (code == 0)
        code = mdb_env_open(store->env, directory, 0, 0600);
    return code == 0 ? STATUS_OK : lmdb_fault(fault, directory, code);
}

enum status view_store_open(const char *directory, struct view_store **ret_store,
                            struct fault *fault)
{
    struct view_store *store = calloc(1, sizeof *store);
    CHECK(store != NULL);
    store->lock = -1;
    arena_init(&store->journal, 0);
    enum status status = lock_take(store, directory, fault);
    if (status == STATUS_OK)
        status = env_open(store, directory, fault);
    if (status != STATUS_OK) {
        view_store_close(store);
        return status;
    }
    *ret_store = store;
    return STATUS_OK;
}

void view_store_close(struct view_store *store)
{
    if (!store)
        return;
    if (store->txn)
        mdb_txn_abort(store->txn);
    if (store->env)
        mdb_env_close(store->env);
    if (store->lock >= 0)
        close(store->lock);
    arena_done(&store->journal);
    free(store);
}

enum status view_table_open(struct view_store *store, const char *name, unsigned *ret_table,
                            struct fault *fault)
{
    int code = begin(store);
    if (code == 0)
        code = mdb_dbi_open(store->txn, name, MDB_CREATE, ret_table);
    return code == 0 ? STATUS_OK : lmdb_fault(fault, name, code);
}

enum status view_table_drop(struct view_store *store, unsigned table, struct fault *fault)
{
    int code = begin(store);
    if (code == 0)
        code = mdb_drop(store->txn, table, 1);
    return code == 0 ? STATUS_OK : lmdb_fault(fault, "drop", code);
}

/* The names of tables are the keys of LMDB's unnamed one. */
enum status view_clear(struct view_store *store, struct fault *fault)
{
    char name[VIEW_KEY_MAX];
    MDB_dbi all, table;
    int code = begin(store);
    if (code == 0)
        code = mdb_dbi_open(store->txn, NULL, 0, &all);
    while (code == 0) {
        MDB_cursor *cursor;
        MDB_val key, value;
        code = mdb_cursor_open(store->txn, all, &cursor);
        if (code != 0)
            break;
        code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
        if (code == 0)
            snprintf(name, sizeof name, "%.*s", (int)key.mv_size, (const char *)key.mv_data);
        mdb_cursor_close(cursor);
        if (code == 0)
            code = mdb_dbi_open(store->txn, name, 0, &table);
        if (code == 0)
            code = mdb_drop(store->txn, table, 1);
    }
    return code == MDB_NOTFOUND ? view_commit(store, fault) : lmdb_fault(fault, "clear", code);
}

static MDB_val key_val(const struct view_key *key)
{
    CHECK(key_usable(key));
    return (MDB_val){key->size, (void *)(uintptr_t)key->bytes};
}

static bool ready(struct view_store *store)
{
    if (!store->failed)
        store->failed = begin(store);
    return store->failed == 0;
}

/* `old` NULL: nothing was there. */
static const struct change *change_note(struct view_store *store, unsigned table,
                                        const MDB_val *key, const MDB_val *old)
{
    struct change *change = ARENA_NEW(&store->journal, struct change);
    change->before = store->changes;
    change->table = table;
    change->existed = old != NULL;
    change->key = (struct text_view){arena_copy(&store->journal, key->mv_data, key->mv_size),
                                     (uint32_t)key->mv_size};
    if (old)
        change->value = (struct text_view){arena_copy(&store->journal, old->mv_data, old->mv_size),
                                           (uint32_t)old->mv_size};
    store->changes = change;
    return change;
}

bool view_put(struct view_store *store, unsigned table, const struct view_key *key,
              const void *value, size_t size, struct text_view *ret_old)
{
    MDB_val k = key_val(key), v = {size, (void *)(uintptr_t)value}, found = v;
    if (!ready(store))
        return false;
    int code = mdb_put(store->txn, table, &k, &found, MDB_NOOVERWRITE);
    bool existed = code == MDB_KEYEXIST;
    const struct change *change = change_note(store, table, &k, existed ? &found : NULL);
    if (existed)
        code = mdb_put(store->txn, table, &k, &v, 0);
    store->failed = code;
    if (existed && ret_old)
        *ret_old = change->value;
    return existed;
}

bool view_remove(struct view_store *store, unsigned table, const struct view_key *key,
                 struct text_view *ret_old)
{
    MDB_val k = key_val(key), found;
    if (!ready(store) || mdb_get(store->txn, table, &k, &found) != 0)
        return false;
    const struct change *change = change_note(store, table, &k, &found);
    store->failed = mdb_del(store->txn, table, &k, NULL);
    if (ret_old)
        *ret_old = change->value;
    return true;
}

void view_mark(struct view_store *store)
{
    if (!store->changes)
        return;
    store->changes = NULL;
    arena_reset(&store->journal);
}

void view_undo(struct view_store *store)
{
    for (const struct change *change = store->changes; change && ready(store);
         change = change->before) {
        MDB_val key = {change->key.size, (void *)(uintptr_t)change->key.data},
                value = {change->value.size, (void *)(uintptr_t)change->value.data};
        int code = change->existed ? mdb_put(store->txn, change->table, &key, &value, 0)
                                   : mdb_del(store->txn, change->table, &key, NULL);
        store->failed = code == MDB_NOTFOUND ? 0 : code;
    }
    view_mark(store);
}

bool view_get(struct view_store *store, unsigned table, const struct view_key *key,
              struct text_view *ret_value)
{
    MDB_val k = key_val(key), v;
    if (!ready(store) || mdb_get(store->txn, table, &k, &v) != 0)
        return false;
    *ret_value = (struct text_view){v.mv_data, (uint32_t)v.mv_size};
    return true;
}

void view_scan(struct view_store *store, unsigned table, const struct view_key *prefix,
               const struct view_key *from,
               bool (*each)(void *user, struct text_view key, struct text_view value), void *user)
{
    MDB_cursor *cursor;
    const struct view_key *start = from ? from : prefix;
    MDB_val key = {start->size, (void *)(uintptr_t)start->bytes}, value;
    if (!ready(store) || mdb_cursor_open(store->txn, table, &cursor) != 0)
        return;
    int code = mdb_cursor_get(cursor, &key, &value, start->size ? MDB_SET_RANGE : MDB_FIRST);
    while (code == 0 && key.mv_size >= prefix->size &&
           memcmp(key.mv_data, prefix->bytes, prefix->size) == 0) {
        if (!each(user, (struct text_view){key.mv_data, (uint32_t)key.mv_size},
                  (struct text_view){value.mv_data, (uint32_t)value.mv_size}))
            break;
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
}

/* What its owner folded is further than the rows then, and a later commit would skip the gap. */
enum status view_commit(struct view_store *store, struct fault *fault)
{
    view_mark(store);
    if (store->txn && store->failed == 0)
        store->failed = mdb_txn_commit(store->txn);
    else if (store->txn)
        mdb_txn_abort(store->txn);
    store->txn = NULL;
    return store->failed == 0 ? STATUS_OK : lmdb_fault(fault, "commit", store->failed);
}

/* ---- keys ---- */

struct view_key view_key(void)
{
    return (struct view_key){.size = 0};
}

bool key_usable(const struct view_key *key)
{
    return key->size > 0 && key->size <= VIEW_KEY_MAX;
}

void key_bytes(struct view_key *key, const void *bytes, size_t size)
{
    if (key->size > VIEW_KEY_MAX || size > VIEW_KEY_MAX - key->size) {
        key->size = VIEW_KEY_MAX + 1;
        return;
    }
    memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

void key_number(struct view_key *key, int64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
    key_bytes(key, bytes, sizeof bytes);
}

void key_text(struct view_key *key, const char *text, size_t size)
{
    if (size)
        key_bytes(key, text, size);
    key_bytes(key, "", 1);
}
