/* map.c - open addressing with linear probing; removal shifts the following slots back, so that no
 * tombstones gather. Grows at three quarters. */
#include "core/map.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"

struct map_slot {
    uint64_t key;
    uint64_t value;
    uint64_t used; /* 0 or 1: any key is allowed */
};

static uint64_t mix(uint64_t key)
{
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdu;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53u;
    return key ^ key >> 33;
}

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_done(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

static struct map_slot *slot_find(const struct map *map, uint64_t key)
{
    for (size_t at = mix(key) & (map->capacity - 1);; at = (at + 1) & (map->capacity - 1)) {
        struct map_slot *slot = &map->slots[at];
        if (!slot->used || slot->key == key)
            return slot;
    }
}

bool map_get(const struct map *map, uint64_t key, uint64_t *ret_value)
{
    if (!map->capacity)
        return false;
    const struct map_slot *slot = slot_find(map, key);
    if (!slot->used)
        return false;
    if (ret_value)
        *ret_value = slot->value;
    return true;
}

static void map_grow(struct map *map)
{
    struct map old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : 16;
    map->slots = calloc(map->capacity, sizeof *map->slots);
    CHECK(map->slots != NULL);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].used)
            *slot_find(map, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

void map_put(struct map *map, uint64_t key, uint64_t value)
{
    if ((map->count + 1) * 4 > map->capacity * 3)
        map_grow(map);
    struct map_slot *slot = slot_find(map, key);
    map->count += slot->used ? 0 : 1;
    *slot = (struct map_slot){key, value, 1};
}

bool map_remove(struct map *map, uint64_t key)
{
    if (!map->capacity)
        return false;
    struct map_slot *slot = slot_find(map, key);
    if (!slot->used)
        return false;
    size_t mask = map->capacity - 1, hole = (size_t)(slot - map->slots);
    for (size_t at = (hole + 1) & mask; map->slots[at].used; at = (at + 1) & mask) {
        size_t home = mix(map->slots[at].key) & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole].used = 0;
    map->count--;
    return true;
}

size_t map_bytes(const struct map *map)
{
    return map->capacity * sizeof *map->slots;
}

/* ---- byte keys: slot = used byte, key, value ---- */

static size_t slot_size(const struct bytes_map *map)
{
    return 8 + map->key_size + 8;
}

/* Keys are digests, public keys or ids whose last bytes are random: those eight serve as hash. */
static uint64_t key_hash(const struct bytes_map *map, const void *key)
{
    uint64_t hash;
    memcpy(&hash, (const uint8_t *)key + map->key_size - 8, 8);
    return mix(hash);
}

static uint8_t *bytes_slot(const struct bytes_map *map, const void *key)
{
    for (size_t at = key_hash(map, key) & (map->capacity - 1);;
         at = (at + 1) & (map->capacity - 1)) {
        uint8_t *slot = map->slots + at * slot_size(map);
        if (!slot[0] || memcmp(slot + 8, key, map->key_size) == 0)
            return slot;
    }
}

void bytes_map_init(struct bytes_map *map, size_t key_size)
{
    CHECK(key_size >= 8);
    *map = (struct bytes_map){.key_size = key_size};
}

void bytes_map_done(struct bytes_map *map)
{
    free(map->slots);
    map->slots = NULL;
    map->count = map->capacity = 0;
}

bool bytes_map_get(const struct bytes_map *map, const void *key, uint64_t *ret_value)
{
    if (!map->capacity)
        return false;
    const uint8_t *slot = bytes_slot(map, key);
    if (!slot[0])
        return false;
    if (ret_value)
        memcpy(ret_value, slot + 8 + map->key_size, 8);
    return true;
}

static void bytes_map_grow(struct bytes_map *map)
{
    struct bytes_map old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : 16;
    map->slots = calloc(map->capacity, slot_size(map));
    CHECK(map->slots != NULL);
    for (size_t i = 0; i < old.capacity; i++) {
        const uint8_t *slot = old.slots + i * slot_size(map);
        if (slot[0])
            memcpy(bytes_slot(map, slot + 8), slot, slot_size(map));
    }
    free(old.slots);
}

void bytes_map_put(struct bytes_map *map, const void *key, uint64_t value)
{
    if ((map->count + 1) * 4 > map->capacity * 3)
        bytes_map_grow(map);
    uint8_t *slot = bytes_slot(map, key);
    map->count += slot[0] ? 0 : 1;
    slot[0] = 1;
    memcpy(slot + 8, key, map->key_size);
    memcpy(slot + 8 + map->key_size, &value, 8);
}

bool bytes_map_remove(struct bytes_map *map, const void *key)
{
    if (!map->capacity)
        return false;
    uint8_t *slot = bytes_slot(map, key);
    if (!slot[0])
        return false;
    size_t mask = map->capacity - 1, size = slot_size(map),
           hole = (size_t)(slot - map->slots) / size;
    for (size_t at = (hole + 1) & mask; map->slots[at * size]; at = (at + 1) & mask) {
        size_t home = key_hash(map, map->slots + at * size + 8) & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            memcpy(map->slots + hole * size, map->slots + at * size, size);
            hole = at;
        }
    }
    map->slots[hole * size] = 0;
    map->count--;
    return true;
}

size_t bytes_map_bytes(const struct bytes_map *map)
{
    return map->capacity * slot_size(map);
}
