/* table.c - tables as anonymous mappings, see table.h. */
#include "core/table.h"

#include <sys/mman.h>

#include "core/check.h"

#define TABLE_BYTES_FIRST ((size_t)64 * 1024)

/* What was mapped for so many rows of that size: whole pages. */
static size_t bytes_of(uint32_t capacity, size_t size)
{
    const size_t page = 4096;
    return ((size_t)capacity * size + page - 1) / page * page;
}

void *table_grow(void *items, uint32_t *capacity, uint32_t count, size_t size)
{
    if (count < *capacity)
        return items;
    uint32_t more = *capacity ? *capacity * 2 : (uint32_t)(TABLE_BYTES_FIRST / size);
    CHECK(more > *capacity);
    void *grown =
        items ? mremap(items, bytes_of(*capacity, size), bytes_of(more, size), MREMAP_MAYMOVE)
              : mmap(NULL, bytes_of(more, size), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(grown != MAP_FAILED);
    *capacity = more;
    return grown;
}

void table_free(void *items, uint32_t capacity, size_t size)
{
    if (items)
        CHECK(munmap(items, bytes_of(capacity, size)) == 0);
}
