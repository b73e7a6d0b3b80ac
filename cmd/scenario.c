/* scenario.c - `jishi scenario FILE|DIR...`: runs scenarios in memory and prints what differed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "core/scenario.h"

static bool source_text(void *user, const char *what, const char *name, const char **ret_text,
                        size_t *ret_size)
{
    struct buffer *text = user;
    char path[512];
    struct fault fault;
    snprintf(path, sizeof path, "%ss/%s.yaml", what, name);
    buffer_clear(text);
    if (data_read(path, text, &fault) != STATUS_OK)
        return false;
    *ret_text = buffer_text(text);
    *ret_size = text->size;
    return true;
}

struct running {
    struct scenario_source source;
    struct scenario_result result;
    unsigned files_failed;
};

static void run_file(struct running *running, const char *path)
{
    struct buffer text, out;
    struct fault fault;
    buffer_init(&text);
    buffer_init(&out);
    if (file_read(path, &text, &fault) != STATUS_OK ||
        scenario_run(path, buffer_text(&text), text.size, &running->source, &running->result, &out,
                     &fault) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", path, fault.text);
        running->files_failed++;
    }
    fputs(buffer_text(&out), stdout);
    buffer_done(&text);
    buffer_done(&out);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Folders are walked in the order of names, so that two runs print the same. */
static void run_path(struct running *running, const char *path)
{
    struct stat status;
    char *names[1000];
    size_t count = 0;
    DIR *directory = stat(path, &status) == 0 && S_ISDIR(status.st_mode) ? opendir(path) : NULL;
    if (!directory) {
        run_file(running, path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) && count < 1000;)
        if (entry->d_name[0] != '.')
            names[count++] = strdup(entry->d_name);
    closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        char inner[1024];
        size_t length = strlen(names[i]);
        snprintf(inner, sizeof inner, "%s/%s", path, names[i]);
        bool folder = stat(inner, &status) == 0 && S_ISDIR(status.st_mode);
        if (folder || (length > 5 && strcmp(names[i] + length - 5, ".yaml") == 0))
            run_path(running, inner);
        free(names[i]);
    }
}

int cmd_scenario(int argc, char **argv)
{
    struct buffer text;
    buffer_init(&text);
    struct running running = {.source = {source_text, &text, "zh"}};
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        printf("usage: jishi scenario FILE|DIR...\n"
               "Runs scenarios in memory with a simulated clock and prints what differed.\n"
               "Packs and calendars come from the data directory (JISHI_DATA_DIR).\n"
               "Exit code: 0 all passed, 1 something differed, 2 a file could not be read.\n");
        return argc < 2 ? 2 : 0;
    }
    for (int i = 1; i < argc; i++)
        run_path(&running, argv[i]);
    buffer_done(&text);
    printf("%u scenarios, %u expectations, %u entries\n", running.result.scenarios,
           running.result.expectations, running.result.entries);
    printf("%u passed, %u failed\n", running.result.passed,
           running.result.scenarios - running.result.passed + running.files_failed);
    if (running.files_failed)
        return 2;
    return running.result.passed == running.result.scenarios ? 0 : 1;
}
