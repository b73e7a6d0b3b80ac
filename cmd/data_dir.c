/* data_dir.c - reading files whole, bounded. */
#include "cmd/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef JISHI_DATA_DIR
#define JISHI_DATA_DIR "/usr/share/jishi"
#endif
#define FOLDERS_MAX 4
#define FOLDER_SIZE 1024

/* Where data may lie, the likeliest first: $JISHI_DATA_DIR; beside the program, as installed
 * (PREFIX/bin, PREFIX/share/jishi) or as built (build, core); where the build was to be installed.
 */
static unsigned folders_list(char out[FOLDERS_MAX][FOLDER_SIZE])
{
    unsigned count = 0;
    const char *given = getenv("JISHI_DATA_DIR");
    char self[FOLDER_SIZE - 32];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (given && *given)
        snprintf(out[count++], FOLDER_SIZE, "%s", given);
    if (size > 0) {
        self[size] = '\0';
        char *slash = strrchr(self, '/');
        *(slash ? slash : self) = '\0';
        snprintf(out[count++], FOLDER_SIZE, "%s/../share/jishi", self);
        snprintf(out[count++], FOLDER_SIZE, "%s/../core", self);
    }
    snprintf(out[count++], FOLDER_SIZE, "%s", JISHI_DATA_DIR);
    return count;
}

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
    char folders[FOLDERS_MAX][FOLDER_SIZE], whole[FOLDERS_MAX * FOLDER_SIZE + FOLDER_SIZE];
    unsigned count = folders_list(folders);
    for (unsigned i = 0; i < count; i++) {
        snprintf(whole, sizeof whole, "%s/%s", folders[i], path);
        if (access(whole, R_OK) == 0)
            return file_read(whole, out, fault);
    }
    return fault_set(fault, STATUS_NOT_FOUND,
                     "%s is neither in %s nor beside the program; set JISHI_DATA_DIR to the folder "
                     "that holds packs and calendars",
                     path, folders[0]);
}

static void names_each(const char *path, void (*each)(void *user, const char *name), void *user)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        size_t length = strlen(entries[i]->d_name);
        if (length > 5 && strcmp(entries[i]->d_name + length - 5, ".yaml") == 0) {
            entries[i]->d_name[length - 5] = '\0';
            each(user, entries[i]->d_name);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

void data_names(const char *folder, void (*each)(void *user, const char *name), void *user)
{
    char folders[FOLDERS_MAX][FOLDER_SIZE], whole[FOLDERS_MAX * FOLDER_SIZE + FOLDER_SIZE];
    unsigned count = folders_list(folders);
    for (unsigned i = 0; i < count; i++) {
        snprintf(whole, sizeof whole, "%s/%s", folders[i], folder);
        if (access(whole, R_OK) == 0) {
            names_each(whole, each, user);
            return;
        }
    }
}
