/* log_store_memory.c - the log in memory: the twin of the LMDB store for tests and dry runs. */
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include "core/buffer.h"
#include "core/check.h"
#include "core/map.h"
#include "events/log_store.h"
#include "events/tree.h"

struct kept {
    uint8_t *bytes;
    size_t size;
};

struct kept_tile {
    uint32_t level;
    uint64_t index;
    uint8_t bytes[TILE_WIDTH * DIGEST_SIZE];
};

struct kept_meta {
    char *key;
    struct kept value;
};

struct memory_store {
    struct log_store store;
    pthread_mutex_t
        mutex; /* readers copy nothing; nothing kept is ever moved or freed before close */
    struct kept *entries[4096]; /* blocks of 4096, so that entries stay where they are */
    struct kept *payloads[4096];
    struct kept_tile **tiles;
    size_t tile_count;
    struct kept_meta *metas;
    size_t meta_count;
    struct bytes_map commands;
    uint8_t newest[COMMAND_ID_SIZE];
    struct log_head head;
    uint8_t frontier[TREE_FRONTIER_MAX][DIGEST_SIZE];
    size_t frontier_count;
    unsigned fail_in;
    enum status fail_with;
};

struct log_view {
    struct memory_store *memory;
};

#define BLOCK 4096

static struct kept *slot_of(struct kept **blocks, int64_t number, bool make)
{
    CHECK(number >= 0 && number < (int64_t)BLOCK * BLOCK);
    struct kept **block = &blocks[number / BLOCK];
    if (!*block && make) {
        *block = calloc(BLOCK, sizeof **block);
        CHECK(*block);
    }
    return *block ? &(*block)[number % BLOCK] : NULL;
}

static void keep(struct kept *slot, const void *bytes, size_t size)
{
    free(slot->bytes);
    slot->bytes = malloc(size + 1);
    CHECK(slot->bytes);
    memcpy(slot->bytes, bytes, size);
    slot->size = size;
}

static void *grown(void *items, size_t count, size_t size)
{
    void *more = realloc(items, count * size);
    CHECK(more);
    return more;
}

static enum status memory_append(struct log_store *store, const struct store_batch *batch,
                                 struct fault *fault)
{
    struct memory_store *memory = (struct memory_store *)store;
    if (memory->fail_in > 0 && --memory->fail_in == 0)
        return fault_set(fault, memory->fail_with, "the store was told to fail");
    pthread_mutex_lock(&memory->mutex);
    for (size_t i = 0; i < batch->entry_count; i++) {
        int64_t number = memory->head.size + (int64_t)i;
        keep(slot_of(memory->entries, number, true), batch->entries[i].data,
             batch->entries[i].size);
        bytes_map_put(&memory->commands, batch->command_ids[i], (uint64_t)number);
        if (memcmp(batch->command_ids[i], memory->newest, COMMAND_ID_SIZE) > 0)
            memcpy(memory->newest, batch->command_ids[i], COMMAND_ID_SIZE);
    }
    for (size_t i = 0; i < batch->payload_count; i++)
        keep(slot_of(memory->payloads, batch->payloads[i].number, true),
             batch->payloads[i].sealed.data, batch->payloads[i].sealed.size);
    for (size_t i = 0; i < batch->tile_count; i++) {
        struct kept_tile *tile = malloc(sizeof *tile);
        CHECK(tile);
        tile->level = batch->tiles[i].level;
        tile->index = batch->tiles[i].index;
        memcpy(tile->bytes, batch->tiles[i].bytes, sizeof tile->bytes);
        memory->tiles = grown(memory->tiles, memory->tile_count + 1, sizeof *memory->tiles);
        memory->tiles[memory->tile_count++] = tile;
    }
    memory->head = batch->head;
    memory->frontier_count = batch->frontier_count;
    memcpy(memory->frontier, batch->frontier, batch->frontier_count * DIGEST_SIZE);
    pthread_mutex_unlock(&memory->mutex);
    return STATUS_OK;
}

static enum status memory_view_open(struct log_store *store, struct log_view **ret_view,
                                    struct fault *fault)
{
    (void)fault;
    struct log_view *view = malloc(sizeof *view);
    CHECK(view);
    view->memory = (struct memory_store *)store;
    *ret_view = view;
    return STATUS_OK;
}

static void memory_view_close(struct log_view *view)
{
    free(view);
}

static enum status memory_head(struct log_view *view, struct log_head *ret_head,
                               uint8_t (*ret_frontier)[DIGEST_SIZE], size_t *ret_frontier_count,
                               struct fault *fault)
{
    (void)fault;
    struct memory_store *memory = view->memory;
    pthread_mutex_lock(&memory->mutex);
    *ret_head = memory->head;
    if (ret_frontier) {
        memcpy(ret_frontier, memory->frontier, memory->frontier_count * DIGEST_SIZE);
        *ret_frontier_count = memory->frontier_count;
    }
    pthread_mutex_unlock(&memory->mutex);
    return STATUS_OK;
}

static enum status memory_scan(struct log_view *view, int64_t from, int64_t count,
                               bool (*each)(void *user, int64_t number, const void *bytes,
                                            size_t size),
                               void *user, struct fault *fault)
{
    struct memory_store *memory = view->memory;
    struct log_head head;
    memory_head(view, &head, NULL, NULL, fault);
    for (int64_t i = 0; i < count && from + i < head.size; i++) {
        struct kept *slot = slot_of(memory->entries, from + i, false);
        if (!each(user, from + i, slot->bytes, slot->size))
            break;
    }
    return STATUS_OK;
}

static enum status memory_find_command(struct log_view *view, const uint8_t id[COMMAND_ID_SIZE],
                                       int64_t *ret_number, struct fault *fault)
{
    uint64_t number = 0;
    pthread_mutex_lock(&view->memory->mutex);
    bool found = bytes_map_get(&view->memory->commands, id, &number);
    pthread_mutex_unlock(&view->memory->mutex);
    if (!found)
        return fault_set(fault, STATUS_NOT_FOUND, "no such command");
    *ret_number = (int64_t)number;
    return STATUS_OK;
}

static enum status memory_newest_command(struct log_view *view, uint8_t ret_id[COMMAND_ID_SIZE],
                                         struct fault *fault)
{
    (void)fault;
    pthread_mutex_lock(&view->memory->mutex);
    memcpy(ret_id, view->memory->newest, COMMAND_ID_SIZE);
    pthread_mutex_unlock(&view->memory->mutex);
    return STATUS_OK;
}

static enum status memory_payload(struct log_view *view, int64_t number,
                                  struct text_view *ret_sealed, struct fault *fault)
{
    struct kept *slot = number >= 0 && number < view->memory->head.size
                            ? slot_of(view->memory->payloads, number, false)
                            : NULL;
    if (!slot || !slot->bytes)
        return fault_set(fault, STATUS_NOT_FOUND, "no payload beside entry %lld",
                         (long long)number);
    *ret_sealed = (struct text_view){(const char *)slot->bytes, (uint32_t)slot->size};
    return STATUS_OK;
}

static enum status memory_tile(struct log_view *view, uint32_t level, uint64_t index,
                               uint8_t ret_bytes[8192], struct fault *fault)
{
    for (size_t i = 0; i < view->memory->tile_count; i++) {
        struct kept_tile *tile = view->memory->tiles[i];
        if (tile->level == level && tile->index == index) {
            memcpy(ret_bytes, tile->bytes, sizeof tile->bytes);
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_NOT_FOUND, "no tile %u/%llu", level, (unsigned long long)index);
}

static struct kept_meta *meta_find(struct memory_store *memory, const char *key)
{
    for (size_t i = 0; i < memory->meta_count; i++)
        if (strcmp(memory->metas[i].key, key) == 0)
            return &memory->metas[i];
    return NULL;
}

static enum status memory_meta_get(struct log_view *view, const char *key,
                                   struct text_view *ret_value, struct fault *fault)
{
    struct kept_meta *meta = meta_find(view->memory, key);
    if (!meta)
        return fault_set(fault, STATUS_NOT_FOUND, "nothing kept under %s", key);
    *ret_value = (struct text_view){(const char *)meta->value.bytes, (uint32_t)meta->value.size};
    return STATUS_OK;
}

static enum status memory_meta_put(struct log_store *store, const char *key, const void *bytes,
                                   size_t size, struct fault *fault)
{
    (void)fault;
    struct memory_store *memory = (struct memory_store *)store;
    struct kept_meta *meta = meta_find(memory, key);
    if (!meta) {
        memory->metas = grown(memory->metas, memory->meta_count + 1, sizeof *memory->metas);
        meta = &memory->metas[memory->meta_count++];
        *meta = (struct kept_meta){.key = strdup(key)};
    }
    keep(&meta->value, bytes, size);
    return STATUS_OK;
}

static bool memory_has_room(struct log_store *store, uint64_t *ret_free_bytes)
{
    (void)store;
    *ret_free_bytes = UINT64_MAX / 2;
    return true;
}

static void memory_maintain(struct log_store *store, struct store_readers *ret_slowest)
{
    (void)store;
    *ret_slowest = (struct store_readers){0, 0};
}

static void blocks_free(struct kept **blocks)
{
    for (size_t b = 0; b < BLOCK; b++) {
        for (size_t i = 0; blocks[b] && i < BLOCK; i++)
            free(blocks[b][i].bytes);
        free(blocks[b]);
    }
}

static void memory_close(struct log_store *store)
{
    struct memory_store *memory = (struct memory_store *)store;
    blocks_free(memory->entries);
    blocks_free(memory->payloads);
    for (size_t i = 0; i < memory->tile_count; i++)
        free(memory->tiles[i]);
    for (size_t i = 0; i < memory->meta_count; i++) {
        free(memory->metas[i].key);
        free(memory->metas[i].value.bytes);
    }
    free(memory->tiles);
    free(memory->metas);
    bytes_map_done(&memory->commands);
    pthread_mutex_destroy(&memory->mutex);
    free(memory);
}

struct log_store *log_store_memory_open(void)
{
    static const struct log_store_functions functions = {
        .append = memory_append,
        .view_open = memory_view_open,
        .view_close = memory_view_close,
        .head = memory_head,
        .scan = memory_scan,
        .find_command = memory_find_command,
        .newest_command = memory_newest_command,
        .payload = memory_payload,
        .tile = memory_tile,
        .meta_get = memory_meta_get,
        .meta_put = memory_meta_put,
        .has_room = memory_has_room,
        .maintain = memory_maintain,
        .close = memory_close,
    };
    struct memory_store *memory = calloc(1, sizeof *memory);
    CHECK(memory);
    memory->store.functions = &functions;
    pthread_mutex_init(&memory->mutex, NULL);
    bytes_map_init(&memory->commands, COMMAND_ID_SIZE);
    return &memory->store;
}

void log_store_memory_fail(struct log_store *store, unsigned n, enum status status)
{
    struct memory_store *memory = (struct memory_store *)store;
    memory->fail_in = n;
    memory->fail_with = status;
}
