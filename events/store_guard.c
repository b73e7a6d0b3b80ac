/* store_guard.c - a list of the directories this process has open, by device and inode, and a
 * locked file of its own for the writer (writer.lock): LMDB's files are never opened beside LMDB,
 * whose locks would go with the first descriptor that is closed. The kernel gives the lock back
 * when its holder dies, however it dies. */
#include "events/store_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"

struct store_guard {
    struct store_guard *next;
    dev_t device;
    ino_t inode;
    int lock; /* -1: reads only */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct store_guard *guards; /* the mutex's */

static bool is_taken(const struct store_guard *wanted)
{
    for (const struct store_guard *guard = guards; guard; guard = guard->next)
        if (guard->device == wanted->device && guard->inode == wanted->inode)
            return true;
    return false;
}

/* Who holds the lock, as it wrote itself. */
static long holder_of(int lock)
{
    char text[32] = "";
    ssize_t size = pread(lock, text, sizeof text - 1, 0);
    return size > 0 ? strtol(text, NULL, 10) : 0;
}

static enum status lock_take(const char *directory, int *ret_lock, struct fault *fault)
{
    char path[4200];
    char pid[32];
    snprintf(path, sizeof path, "%s/writer.lock", directory);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return fault_set(fault, STATUS_IO, "log: cannot open %s: %s", path, strerror(errno));
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        enum status status =
            fault_set(fault, STATUS_CONFLICT,
                      "log: process %ld writes %s already; end it before you start another",
                      holder_of(lock), directory);
        close(lock);
        return status;
    }
    int length = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(lock, 0) != 0 || pwrite(lock, pid, (size_t)length, 0) != length) {
        enum status status =
            fault_set(fault, STATUS_IO, "log: cannot write %s: %s", path, strerror(errno));
        close(lock);
        return status;
    }
    *ret_lock = lock;
    return STATUS_OK;
}

enum status store_guard_take(const char *directory, bool writes, struct store_guard **ret_guard,
                             struct fault *fault)
{
    struct stat about;
    if (stat(directory, &about) != 0)
        return fault_set(fault, STATUS_IO, "log: cannot open %s: %s", directory, strerror(errno));
    struct store_guard *guard = calloc(1, sizeof *guard);
    CHECK(guard);
    *guard = (struct store_guard){.device = about.st_dev, .inode = about.st_ino, .lock = -1};
    pthread_mutex_lock(&mutex);
    enum status status =
        is_taken(guard)
            ? fault_set(fault, STATUS_CONFLICT, "log: this process has %s open already", directory)
        : writes ? lock_take(directory, &guard->lock, fault)
                 : STATUS_OK;
    if (status == STATUS_OK) {
        guard->next = guards;
        guards = guard;
    }
    pthread_mutex_unlock(&mutex);
    if (status != STATUS_OK)
        free(guard);
    else
        *ret_guard = guard;
    return status;
}

void store_guard_release(struct store_guard *guard)
{
    if (!guard)
        return;
    pthread_mutex_lock(&mutex);
    struct store_guard **at = &guards;
    while (*at != guard)
        at = &(*at)->next;
    *at = guard->next;
    pthread_mutex_unlock(&mutex);
    if (guard->lock >= 0)
        close(guard->lock);
    free(guard);
}
