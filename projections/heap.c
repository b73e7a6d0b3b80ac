/* heap.c - a binary heap of nodes that know their place, see heap.h. */
#include "projections/heap.h"

#include <stdlib.h>

#include "core/check.h"

void heap_done(struct heap *heap)
{
    free(heap->nodes);
    *heap = (struct heap){0};
}

static bool is_before(const struct heap_node *one, const struct heap_node *other)
{
    return one->first < other->first || (one->first == other->first && one->second < other->second);
}

static void settle_at(struct heap *heap, size_t at, struct heap_node *node)
{
    heap->nodes[at] = node;
    node->place = at + 1;
}

static void rise(struct heap *heap, size_t at)
{
    struct heap_node *node = heap->nodes[at];
    for (; at > 0 && is_before(node, heap->nodes[(at - 1) / 2]); at = (at - 1) / 2)
        settle_at(heap, at, heap->nodes[(at - 1) / 2]);
    settle_at(heap, at, node);
}

static void sink(struct heap *heap, size_t at)
{
    struct heap_node *node = heap->nodes[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < heap->count && is_before(heap->nodes[child + 1], heap->nodes[child]))
            child++;
        if (child >= heap->count || !is_before(heap->nodes[child], node))
            break;
        settle_at(heap, at, heap->nodes[child]);
        at = child;
    }
    settle_at(heap, at, node);
}

void heap_put(struct heap *heap, struct heap_node *node, int64_t first, int64_t second)
{
    node->first = first;
    node->second = second;
    if (!node->place) {
        if (heap->count == heap->capacity) {
            heap->capacity = heap->capacity ? heap->capacity * 2 : 8;
            heap->nodes = realloc(heap->nodes, heap->capacity * sizeof *heap->nodes);
            CHECK(heap->nodes != NULL);
        }
        settle_at(heap, heap->count++, node);
    }
    CHECK(node->place <= heap->count && heap->nodes[node->place - 1] == node);
    rise(heap, node->place - 1);
    sink(heap, node->place - 1);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (!node->place)
        return;
    size_t at = node->place - 1;
    CHECK(at < heap->count && heap->nodes[at] == node);
    node->place = 0;
    struct heap_node *last = heap->nodes[--heap->count];
    if (last == node)
        return;
    settle_at(heap, at, last);
    rise(heap, at);
    sink(heap, last->place - 1);
}
