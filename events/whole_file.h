/* whole_file.h - files that are on the disk whole or not at all: what was written is there after a
 * power cut, under its name, or the old file is. */
#ifndef EVENTS_WHOLE_FILE_H
#define EVENTS_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/fault.h"

struct whole_file {
    const char *path;
    mode_t mode;
    bool is_new;       /* nothing may be there yet; else what is there is replaced */
    const char *aside; /* where it is written first, in the same folder; NULL: PATH.part. Two who
                          write one file at once need two */
};

enum status whole_file_write(const struct whole_file *file, const void *bytes, size_t size,
                             struct fault *fault);
/* Brings to the disk that a file was made, named, or taken away in the folder of `path`. */
enum status folder_sync(const char *path, struct fault *fault);

#endif
