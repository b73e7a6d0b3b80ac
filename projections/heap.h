/* heap.h - what comes next: a binary heap of nodes that lie inside what they stand for.
 *
 * Each node knows its place, so that one can be moved or taken out where it is; nothing stale stays
 * behind. The order is by `first`, then by `second`. */
#ifndef PROJECTIONS_HEAP_H
#define PROJECTIONS_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    int64_t first, second;
    size_t place; /* in its heap, from 1; 0: in none */
};

struct heap {
    struct heap_node **nodes; /* owns the array, lends the nodes */
    size_t count, capacity;
};

#define HEAP_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

void heap_done(struct heap *heap);
/* Puts a node in, or moves it when it is in this heap already. A node is in one heap at a time. */
void heap_put(struct heap *heap, struct heap_node *node, int64_t first, int64_t second);
void heap_remove(struct heap *heap, struct heap_node *node); /* nothing happens if it is in none */

static inline struct heap_node *heap_top(const struct heap *heap) /* NULL while empty */
{
    return heap->count ? heap->nodes[0] : NULL;
}

#endif
