/* log_scan.c - gathers some entries, hashes them together, shows them one by one; see log_scan.h. */
#include "events/log_scan.h"

#include "events/tree.h"

struct scan {
    struct text_view entries[HASHED_TOGETHER];
    size_t count;
    int64_t first; /* number of entries[0] */
    bool over;     /* `each` wants no more */
    bool (*each)(void *user, int64_t number, struct text_view bytes,
                 const uint8_t leaf[DIGEST_SIZE]);
    void *user;
};

static void show(struct scan *scan)
{
    uint8_t leaves[HASHED_TOGETHER][DIGEST_SIZE];
    leaf_hashes(scan->entries, scan->count, leaves);
    for (size_t i = 0; i < scan->count && !scan->over; i++)
        scan->over = !scan->each(scan->user, scan->first + (int64_t)i, scan->entries[i], leaves[i]);
    scan->first += (int64_t)scan->count;
    scan->count = 0;
}

static bool gather(void *user, int64_t number, const void *bytes, size_t size)
{
    struct scan *scan = user;
    (void)number;
    scan->entries[scan->count++] = (struct text_view){bytes, (uint32_t)size};
    if (scan->count == HASHED_TOGETHER)
        show(scan);
    return !scan->over;
}

enum status log_scan(const struct log_store *store, struct log_view *view, int64_t from,
                     int64_t count,
                     bool (*each)(void *user, int64_t number, struct text_view bytes,
                                  const uint8_t leaf[DIGEST_SIZE]),
                     void *user, struct fault *fault)
{
    struct scan scan = {.first = from, .each = each, .user = user};
    enum status status = store->functions->scan(view, from, count, gather, &scan, fault);
    if (!scan.over)
        show(&scan); /* the last ones; before a fault, too */
    return status;
}
