/* disk_check.c - pages read past the page cache, see disk_check.h. */
#include "events/disk_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"

#define PAGE ((size_t)4096) /* O_DIRECT wants offsets and memory aligned to this on any disk */

enum status disk_sync(const char *path, struct fault *fault)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT
                   ? STATUS_OK
                   : fault_set(fault, STATUS_IO, "log: cannot open %s: %s", path, strerror(errno));
    int failed = fsync(file) != 0 ? errno : 0;
    close(file);
    return failed ? fault_set(fault, STATUS_IO, "log: %s cannot be brought to the disk: %s", path,
                              strerror(failed))
                  : STATUS_OK;
}

/* Where the map that holds `inside` begins; NULL if the kernel does not say. */
static const uint8_t *map_base(const void *inside)
{
    char line[4200];
    uintptr_t at = (uintptr_t)inside;
    const uint8_t *base = NULL;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !base && fgets(line, sizeof line, maps)) {
        unsigned long long from, to, offset;
        if (sscanf(line, "%llx-%llx %*s %llx", &from, &to, &offset) == 3 && at >= from && at < to)
            base = (const uint8_t *)(uintptr_t)(from - offset);
    }
    if (maps)
        fclose(maps);
    return base;
}

enum status disk_check_open(const char *path, const void *inside, struct disk_check *ret_check,
                            struct fault *fault)
{
    *ret_check = (struct disk_check){.file = -1, .base = map_base(inside)};
    if (!ret_check->base)
        return STATUS_OK;
    ret_check->file = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (ret_check->file < 0)
        return errno == EINVAL
                   ? STATUS_OK
                   : fault_set(fault, STATUS_IO, "log: cannot open %s: %s", path, strerror(errno));
    ret_check->page = aligned_alloc(PAGE, PAGE);
    CHECK(ret_check->page);
    return STATUS_OK;
}

static bool page_agrees(const struct disk_check *check, uint64_t at)
{
    ssize_t size;
    do
        size = pread(check->file, check->page, PAGE, (off_t)at);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)PAGE && memcmp(check->page, check->base + at, PAGE) == 0;
}

enum status disk_check_bytes(struct disk_check *check, const void *bytes, size_t size,
                             struct fault *fault)
{
    if (check->file < 0 || size == 0)
        return STATUS_OK;
    uint64_t from = (uint64_t)((const uint8_t *)bytes - check->base) / PAGE * PAGE;
    uint64_t to = (uint64_t)((const uint8_t *)bytes - check->base) + size;
    if (from >= check->done_from && to <= check->done_to)
        return STATUS_OK;
    for (uint64_t at = from; at < to; at += PAGE)
        if (!page_agrees(check, at))
            return fault_set(fault, STATUS_CORRUPT,
                             "the disk does not hold page %llu as memory shows it (a write failed "
                             "before); restart the machine, then start again",
                             (unsigned long long)(at / PAGE));
    check->done_from = from;
    check->done_to = (to + PAGE - 1) / PAGE * PAGE;
    return STATUS_OK;
}

void disk_check_close(struct disk_check *check)
{
    if (check->file >= 0)
        close(check->file);
    free(check->page);
    *check = (struct disk_check){.file = -1};
}
