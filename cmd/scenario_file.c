/* scenario_file.c - scenario files on disk, see scenario_file.h. */
#include "cmd/scenario_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/data_dir.h"

struct reading {
    const char *path; /* of the scenario */
    const struct scenario_watch *watch;
    struct buffer text;
};

static bool is_yaml(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static enum status source_read(struct reading *reading, const char *what, const char *name)
{
    char path[1024];
    struct fault fault;
    const char *slash = strrchr(reading->path, '/');
    int folder = slash ? (int)(slash - reading->path) + 1 : 0;
    if (is_yaml(name)) {
        snprintf(path, sizeof path, "%.*s%s", folder, reading->path, name);
        return file_read(path, &reading->text, &fault);
    }
    snprintf(path, sizeof path, "%ss/%s.yaml", what, name);
    return data_read(path, &reading->text, &fault);
}

static bool source_text(void *user, const char *what, const char *name, const char **ret_text,
                        size_t *ret_size)
{
    struct reading *reading = user;
    buffer_clear(&reading->text);
    if (source_read(reading, what, name) != STATUS_OK)
        return false;
    *ret_text = buffer_text(&reading->text);
    *ret_size = reading->text.size;
    return true;
}

static void source_watch(void *user, const struct command *command, const struct decision *decision)
{
    const struct reading *reading = user;
    reading->watch->watch(reading->watch->user, command, decision);
}

enum status scenario_file_run(const char *path, const struct scenario_watch *watch,
                              struct scenario_result *result, struct buffer *out,
                              struct fault *fault)
{
    struct reading reading = {.path = path, .watch = watch};
    struct scenario_source source = {.text = source_text,
                                     .user = &reading,
                                     .language = "zh",
                                     .more_packs = watch ? watch->more_packs : NULL,
                                     .watch = watch && watch->watch ? source_watch : NULL};
    struct buffer text;
    buffer_init(&text);
    buffer_init(&reading.text);
    enum status status = file_read(path, &text, fault);
    if (status == STATUS_OK)
        status = scenario_run(path, buffer_text(&text), text.size, &source, result, out, fault);
    buffer_done(&text);
    buffer_done(&reading.text);
    return status;
}

void yaml_files_each(const char *path, void (*each)(void *user, const char *path), void *user)
{
    struct stat status;
    struct dirent **entries;
    int count = stat(path, &status) == 0 && S_ISDIR(status.st_mode)
                    ? scandir(path, &entries, NULL, alphasort)
                    : -1;
    if (count < 0) {
        each(user, path);
        return;
    }
    for (int i = 0; i < count; i++) {
        char inner[1024];
        const char *name = entries[i]->d_name;
        snprintf(inner, sizeof inner, "%s/%s", path, name);
        bool folder = stat(inner, &status) == 0 && S_ISDIR(status.st_mode);
        if (name[0] != '.' && (folder || is_yaml(name)))
            yaml_files_each(inner, each, user);
        free(entries[i]);
    }
    free(entries);
}
