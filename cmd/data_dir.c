/* data_dir.c - reading files whole, bounded. */
#include "cmd/data_dir.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef JISHI_DATA_DIR
#define JISHI_DATA_DIR "/usr/share/jishi"
#endif
#ifndef JISHI_SOURCE_DIR
#define JISHI_SOURCE_DIR "core"
#endif

enum status file_read(const char *path, struct buffer *out, struct fault *fault)
{
    FILE *file = fopen(path, "rb");
    char chunk[65536];
    size_t size;
    if (!file)
        return fault_set(fault, STATUS_NOT_FOUND, "%s: %s", path, strerror(errno));
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0 && out->size <= FILE_SIZE_MAX)
        buffer_add(out, chunk, size);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return fault_set(fault, STATUS_IO, "%s: cannot be read", path);
    if (out->size > FILE_SIZE_MAX)
        return fault_set(fault, STATUS_FULL, "%s: larger than %zu bytes", path, FILE_SIZE_MAX);
    return STATUS_OK;
}

enum status data_read(const char *path, struct buffer *out, struct fault *fault)
{
    const char *folders[] = {getenv("JISHI_DATA_DIR"), JISHI_DATA_DIR, JISHI_SOURCE_DIR};
    char whole[1024];
    for (unsigned i = 0; i < 3; i++) {
        if (!folders[i])
            continue;
        snprintf(whole, sizeof whole, "%s/%s", folders[i], path);
        if (access(whole, R_OK) == 0)
            return file_read(whole, out, fault);
    }
    return fault_set(fault, STATUS_NOT_FOUND, "%s is in none of $JISHI_DATA_DIR, %s, %s", path,
                     JISHI_DATA_DIR, JISHI_SOURCE_DIR);
}
