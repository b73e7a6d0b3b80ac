/* beside.c - see beside.h. */
#include "cmd/beside.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/whole_file.h"

#define PLACE_SIZE_MAX 256
#define NICE           5 /* a third of the share of a thread that is not */

/* The boot of the machine, and the namespace of process numbers in it; empty where /proc does not tell. */
static void place_here(char out[PLACE_SIZE_MAX])
{
    char boot[64] = "";
    char space[64] = "";
    out[0] = 0;
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    bool known = file && fgets(boot, sizeof boot, file);
    if (file)
        fclose(file);
    boot[strcspn(boot, "\n")] = 0;
    known = known && readlink("/proc/self/ns/pid", space, sizeof space - 1) > 0;
    if (known)
        snprintf(out, PLACE_SIZE_MAX, "%s %s\n", boot, space);
}

enum status beside_mark(const char *directory, struct fault *fault)
{
    char path[4200];
    char place[PLACE_SIZE_MAX];
    place_here(place);
    snprintf(path, sizeof path, "%s/run", directory);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_IO, "cannot make %s: %s", path, strerror(errno));
    snprintf(path, sizeof path, "%s/run/place", directory);
    struct whole_file file = {.path = path, .mode = 0644};
    return whole_file_write(&file, place, strlen(place), fault);
}

void beside_give_way(void)
{
    static const struct sched_param none;
    if (getpriority(PRIO_PROCESS, 0) < NICE) /* on Linux of this thread alone */
        setpriority(PRIO_PROCESS, 0, NICE);
    sched_setscheduler(0, SCHED_BATCH, &none); /* and does not take a core from whoever runs */
}

static bool marked_here(const char *directory)
{
    char path[4200];
    char place[PLACE_SIZE_MAX];
    char marked[PLACE_SIZE_MAX] = "";
    place_here(place);
    snprintf(path, sizeof path, "%s/run/place", directory);
    FILE *file = fopen(path, "re");
    bool here =
        file && fgets(marked, sizeof marked, file) && place[0] && strcmp(marked, place) == 0;
    if (file)
        fclose(file);
    return here;
}

enum status beside_open(const char *directory, struct log_store **ret_store, struct fault *fault)
{
    static const struct log_store_options options = {.read_only = true};
    char path[4200];
    if (!marked_here(directory))
        return fault_set(fault, STATUS_NOT_FOUND, "the log does not lie on this machine");
    snprintf(path, sizeof path, "%s/log", directory);
    return log_store_lmdb_open(path, &options, ret_store, fault);
}
