/* disk_check.h - does the disk hold what the map of a file shows?
 *
 * After an fsync that failed the kernel may call pages clean that never reached the disk: they look
 * right until they are dropped. A start therefore reads the pages of the last batch once more past
 * the page cache (O_DIRECT) and compares. Where the file system has no O_DIRECT nothing is
 * compared. */
#ifndef EVENTS_DISK_CHECK_H
#define EVENTS_DISK_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "core/fault.h"

struct disk_check {
    int file; /* -1: no O_DIRECT here */
    const uint8_t *base;
    uint8_t *page;
    uint64_t done_from, done_to; /* the stretch of the file compared last */
};

/* What the last process left in the page cache goes to the disk now; no such file is fine. */
enum status disk_sync(const char *path, struct fault *fault);

/* `inside` is any byte of the file's map. */
enum status disk_check_open(const char *path, const void *inside, struct disk_check *ret_check,
                            struct fault *fault);
/* Compares the pages that hold `size` mapped bytes; STATUS_CORRUPT if the disk has others. */
enum status disk_check_bytes(struct disk_check *check, const void *bytes, size_t size,
                             struct fault *fault);
void disk_check_close(struct disk_check *check);

#endif
