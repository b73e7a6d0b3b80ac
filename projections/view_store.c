/* view_store.c - LMDB with one write transaction that stays open between commits and serves reads
 * too. */
#include "projections/view_store.h"

#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/check.h"

#define VIEW_MAP_SIZE ((size_t)1 << 38) /* address space, not disk */
#define VIEW_FORM     "1"               /* of the rows; another one on disk is built anew */

struct view_store {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi tables[VIEW_COUNT];
    int failed; /* first error since the last commit */
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

static int tables_open(struct view_store *store)
{
    static const char *const names[] = {
#define T(name) #name,
        VIEW_TABLES(T)
#undef T
    };
    int code = begin(store);
    for (int i = 0; i < VIEW_COUNT && code == 0; i++)
        code = mdb_dbi_open(store->txn, names[i], MDB_CREATE, &store->tables[i]);
    return code;
}

static struct view_key form_key(void)
{
    struct view_key key = view_key();
    key_text(&key, "form", 4);
    return key;
}

static enum status form_check(struct view_store *store, struct fault *fault)
{
    struct view_key key = form_key();
    struct text_view form;
    if (view_get(store, VIEW_meta, &key, &form) && form.size == strlen(VIEW_FORM) &&
        memcmp(form.data, VIEW_FORM, form.size) == 0)
        return STATUS_OK;
    return view_clear(store, fault);
}

enum status view_store_open(const char *directory, struct view_store **ret_store,
                            struct fault *fault)
{
    struct view_store *store = calloc(1, sizeof *store);
    CHECK(store != NULL);
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        free(store);
        return fault_set(fault, STATUS_IO, "%s: %s", directory, strerror(errno));
    }
    int code = mdb_env_create(&store->env);
    if (code == 0)
        code = mdb_env_set_maxdbs(store->env, VIEW_COUNT);
    if (code == 0)
        code = mdb_env_set_mapsize(store->env, VIEW_MAP_SIZE);
    if (code == 0)
        code = mdb_env_open(store->env, directory, 0, 0600);
    if (code == 0)
        code = tables_open(store);
    enum status status = code == 0 ? form_check(store, fault) : lmdb_fault(fault, directory, code);
    if (status == STATUS_OK)
        status = view_commit(store, fault);
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
    free(store);
}

static MDB_val key_val(const struct view_key *key)
{
    return (MDB_val){key->size, (void *)(uintptr_t)key->bytes};
}

static bool ready(struct view_store *store)
{
    if (!store->failed)
        store->failed = begin(store);
    return store->failed == 0;
}

void view_put(struct view_store *store, enum view_table table, const struct view_key *key,
              const void *value, size_t size)
{
    MDB_val k = key_val(key), v = {size, (void *)(uintptr_t)value};
    if (!ready(store))
        return;
    store->failed =
        key->size ? mdb_put(store->txn, store->tables[table], &k, &v, 0) : MDB_BAD_VALSIZE;
}

void view_remove(struct view_store *store, enum view_table table, const struct view_key *key)
{
    MDB_val k = key_val(key);
    if (!ready(store))
        return;
    int code = mdb_del(store->txn, store->tables[table], &k, NULL);
    if (code != MDB_NOTFOUND)
        store->failed = code;
}

bool view_get(struct view_store *store, enum view_table table, const struct view_key *key,
              struct text_view *ret_value)
{
    MDB_val k = key_val(key), v;
    if (!ready(store) || !key->size || mdb_get(store->txn, store->tables[table], &k, &v) != 0)
        return false;
    *ret_value = (struct text_view){v.mv_data, (uint32_t)v.mv_size};
    return true;
}

void view_scan(struct view_store *store, enum view_table table, const struct view_key *prefix,
               const struct view_key *from,
               bool (*each)(void *user, struct text_view key, struct text_view value), void *user)
{
    MDB_cursor *cursor;
    const struct view_key *start = from ? from : prefix;
    MDB_val key = key_val(start), value;
    if (!ready(store) || mdb_cursor_open(store->txn, store->tables[table], &cursor) != 0)
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

enum status view_commit(struct view_store *store, struct fault *fault)
{
    int code = store->failed;
    if (store->txn && code == 0)
        code = mdb_txn_commit(store->txn);
    else if (store->txn)
        mdb_txn_abort(store->txn);
    store->txn = NULL;
    store->failed = 0;
    return code == 0 ? STATUS_OK : lmdb_fault(fault, "commit", code);
}

enum status view_clear(struct view_store *store, struct fault *fault)
{
    struct view_key key = form_key();
    int code = begin(store);
    for (int i = 0; i < VIEW_COUNT && code == 0; i++)
        code = mdb_drop(store->txn, store->tables[i], 0);
    if (code != 0)
        return lmdb_fault(fault, "clear", code);
    view_put(store, VIEW_meta, &key, VIEW_FORM, strlen(VIEW_FORM));
    return view_commit(store, fault);
}

/* ---- keys ---- */

struct view_key view_key(void)
{
    return (struct view_key){.size = 0};
}

static void key_add(struct view_key *key, const void *bytes, size_t size)
{
    if (size > VIEW_KEY_MAX - key->size) {
        key->size = 0;
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
    key_add(key, bytes, sizeof bytes);
}

void key_text(struct view_key *key, const char *text, size_t size)
{
    if (size)
        key_add(key, text, size);
    key_add(key, "", 1);
}
