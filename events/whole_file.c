/* whole_file.c - see whole_file.h. */
#include "events/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 4200

static enum status cannot(const char *path, int error, struct fault *fault)
{
    return fault_set(fault, STATUS_IO, "cannot write %s: %s", path, strerror(error));
}

/* 0, or errno. */
static int write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno != EINTR)
            return errno;
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return 0;
}

/* Makes the file, with its bytes on the disk; 0, or errno and nothing is left of it. */
static int make(const char *path, int flags, mode_t mode, const void *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
    if (file < 0)
        return errno;
    int error = write_all(file, bytes, size);
    if (!error && fsync(file) != 0)
        error = errno;
    if (close(file) != 0 && !error)
        error = errno;
    if (error)
        unlink(path);
    return error;
}

enum status folder_sync(const char *path, struct fault *fault)
{
    char folder[PATH_SIZE] = ".";
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return cannot(path, errno, fault);
    int error = fsync(file) != 0 ? errno : 0;
    close(file);
    if (error == EINVAL) /* a file system that does not know this */
        error = 0;
    return error ? cannot(path, error, fault) : STATUS_OK;
}

enum status whole_file_write(const struct whole_file *file, const void *bytes, size_t size,
                             struct fault *fault)
{
    char part[PATH_SIZE];
    snprintf(part, sizeof part, "%s.part", file->path);
    const char *aside = file->is_new ? file->path : file->aside ? file->aside : part;
    int error = make(aside, file->is_new ? O_EXCL : O_TRUNC, file->mode, bytes, size);
    if (!error && !file->is_new && rename(aside, file->path) != 0) {
        error = errno;
        unlink(aside);
    }
    return error ? cannot(file->path, error, fault) : folder_sync(file->path, fault);
}
