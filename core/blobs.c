/* blobs.c - texts of packs and calendars, gathered from their parts; kept, so that a snapshot can
 * hold them. */
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"

struct blob {
    uint8_t digest[DIGEST_SIZE];
    int64_t count; /* parts */
    int64_t arrived;
    struct {
        char *bytes;
        size_t size;
    } parts[BLOB_PARTS_MAX];
    struct buffer whole;
};

struct blob_store {
    struct blob **items;
    unsigned count;
};

struct blob_store *blob_store_open(void)
{
    struct blob_store *store = calloc(1, sizeof *store);
    CHECK(store != NULL);
    return store;
}

void blob_store_close(struct blob_store *store)
{
    for (unsigned i = 0; i < store->count; i++) {
        for (unsigned k = 0; k < BLOB_PARTS_MAX; k++)
            free(store->items[i]->parts[k].bytes);
        buffer_done(&store->items[i]->whole);
        free(store->items[i]);
    }
    free(store->items);
    free(store);
}

static struct blob *blob_find(struct blob_store *store, const uint8_t digest[DIGEST_SIZE])
{
    for (unsigned i = 0; i < store->count; i++)
        if (memcmp(store->items[i]->digest, digest, DIGEST_SIZE) == 0)
            return store->items[i];
    return NULL;
}

static struct blob *blob_make(struct blob_store *store, const uint8_t digest[DIGEST_SIZE],
                              int64_t count)
{
    struct blob *blob = calloc(1, sizeof *blob);
    store->items = realloc(store->items, (store->count + 1) * sizeof *store->items);
    CHECK(blob != NULL && store->items != NULL);
    memcpy(blob->digest, digest, DIGEST_SIZE);
    blob->count = count;
    buffer_init(&blob->whole);
    store->items[store->count++] = blob;
    return blob;
}

bool blob_put(struct blob_store *store, const uint8_t digest[DIGEST_SIZE], int64_t index,
              int64_t count, const void *bytes, size_t size)
{
    if (count < 1 || count > BLOB_PARTS_MAX || index < 0 || index >= count)
        return false;
    struct blob *blob = blob_find(store, digest);
    if (!blob)
        blob = blob_make(store, digest, count);
    if (blob->count != count)
        return false;
    if (blob->parts[index].bytes)
        return true;
    blob->parts[index].bytes = malloc(size + 1);
    CHECK(blob->parts[index].bytes != NULL);
    memcpy(blob->parts[index].bytes, bytes, size);
    blob->parts[index].size = size;
    blob->arrived++;
    return true;
}

const char *blob_text(struct blob_store *store, const uint8_t digest[DIGEST_SIZE], size_t *ret_size)
{
    struct blob *blob = blob_find(store, digest);
    if (!blob || blob->arrived < blob->count)
        return NULL;
    bool whole = blob->whole.size > 0;
    for (int64_t i = 0; !whole && i < blob->count; i++)
        buffer_add(&blob->whole, blob->parts[i].bytes, blob->parts[i].size);
    *ret_size = blob->whole.size;
    return buffer_text(&blob->whole);
}

size_t blob_count(const struct blob_store *store)
{
    return store->count;
}

void blob_part_at(const struct blob_store *store, size_t at, int64_t index,
                  uint8_t ret_digest[DIGEST_SIZE], int64_t *ret_count, const char **ret_bytes,
                  size_t *ret_size)
{
    const struct blob *blob = store->items[at];
    memcpy(ret_digest, blob->digest, DIGEST_SIZE);
    *ret_count = blob->count;
    *ret_bytes = blob->parts[index].bytes;
    *ret_size = blob->parts[index].size;
}
