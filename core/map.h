/* map.h - hash map from a 64-bit key or a byte string to a 64-bit value. Open addressing, linear
 * probing, keeps byte keys by copy. Iteration order is that of the table and means nothing: whoever
 * needs an order (decide does) keeps one elsewhere. */
#ifndef CORE_MAP_H
#define CORE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map { /* 64-bit key -> 64-bit value */
    struct map_slot *slots;
    size_t count;
    size_t capacity; /* power of two, or 0 */
};

void map_init(struct map *map);
void map_done(struct map *map);
bool map_get(const struct map *map, uint64_t key, uint64_t *ret_value);
void map_put(struct map *map, uint64_t key, uint64_t value);
bool map_remove(struct map *map, uint64_t key);
size_t map_bytes(const struct map *map);

/* Fixed-size byte keys (16: command ids, 32: key ids). */
struct bytes_map {
    uint8_t *slots;
    size_t key_size;
    size_t count;
    size_t capacity;
};

void bytes_map_init(struct bytes_map *map, size_t key_size);
void bytes_map_done(struct bytes_map *map);
bool bytes_map_get(const struct bytes_map *map, const void *key, uint64_t *ret_value);
void bytes_map_put(struct bytes_map *map, const void *key, uint64_t value);
bool bytes_map_remove(struct bytes_map *map, const void *key);
size_t bytes_map_bytes(const struct bytes_map *map);

#endif
