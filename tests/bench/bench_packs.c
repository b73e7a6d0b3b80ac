/* bench_packs.c - what a decision costs with every pack in force, against one pack alone.
 *
 *     build/bench/bench_packs [SCENARIOS [ROUNDS]]        tests/scenarios/SD, 5
 *
 * The scenarios of one folder are run as they are, and again with all packs of core/packs besides;
 * the same commands are decided. Printed is the time inside decide, by kind of command, the best of
 * the rounds of each, and the ratio. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/scenario_file.h"
#include "core/check.h"

#define PACKS_MAX 64

enum sort { SORT_act, SORT_fact, SORT_tick, SORT_subject, SORT_COUNT };

static const char *const sorts[SORT_COUNT] = {"an act", "a fact", "a tick", "a subject"};

struct figures {
    double us[SORT_COUNT];
    long count[SORT_COUNT];
};

static struct figures run_figures;
static double began;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static enum sort sort_of(enum verb verb)
{
    switch ((int)verb) {
    case VERB_ACT: return SORT_act;
    case VERB_FACT:
    case VERB_CORRECT: return SORT_fact;
    case VERB_TICK: return SORT_tick;
    case VERB_REGISTER:
    case VERB_CHANGE: return SORT_subject;
    default: return SORT_COUNT;
    }
}

static void watch(void *user, const struct command *command, const struct decision *decision)
{
    enum sort sort = sort_of(command->verb);
    double now = now_us();
    (void)user;
    if (!decision) {
        began = now;
    } else if (sort < SORT_COUNT) {
        run_figures.us[sort] += now - began;
        run_figures.count[sort]++;
    }
}

static unsigned names_in(const char *folder, char **names, unsigned max)
{
    DIR *directory = opendir(folder);
    unsigned count = 0;
    for (struct dirent *entry = directory ? readdir(directory) : NULL; entry && count < max;
         entry = readdir(directory)) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0)
            names[count++] = strndup(entry->d_name, length - 5);
    }
    if (directory)
        closedir(directory);
    return count;
}

static void run(const char *folder, char **files, unsigned count, const char *const *more)
{
    struct scenario_watch how = {.watch = watch, .more_packs = more};
    struct scenario_result result = {0};
    memset(&run_figures, 0, sizeof run_figures);
    for (unsigned i = 0; i < count; i++) {
        char path[1024];
        struct buffer out;
        struct fault fault;
        buffer_init(&out);
        snprintf(path, sizeof path, "%s/%s.yaml", folder, files[i]);
        CHECK(scenario_file_run(path, &how, &result, &out, &fault) == STATUS_OK);
        buffer_done(&out);
    }
}

static void best_take(struct figures *best)
{
    for (unsigned i = 0; i < SORT_COUNT; i++)
        if (best->count[i] == 0 || run_figures.us[i] < best->us[i]) {
            best->us[i] = run_figures.us[i];
            best->count[i] = run_figures.count[i];
        }
}

static double mean(const struct figures *figures, unsigned sort)
{
    return figures->count[sort] ? figures->us[sort] / (double)figures->count[sort] : 0;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : SOURCE_DIR "/tests/scenarios/SD";
    int rounds = argc > 2 ? atoi(argv[2]) : 5;
    char *files[1000], *packs[PACKS_MAX + 1] = {NULL};
    struct figures alone = {{0}, {0}}, all = {{0}, {0}};
    setenv("JISHI_DATA_DIR", SOURCE_DIR "/core", 0);
    unsigned count = names_in(folder, files, 1000),
             pack_count = names_in(SOURCE_DIR "/core/packs", packs, PACKS_MAX);
    for (int i = 0; i < rounds; i++) {
        run(folder, files, count, NULL);
        best_take(&alone);
        run(folder, files, count, (const char *const *)packs);
        best_take(&all);
    }
    printf("%u files of %s; %u packs\n", count, folder, pack_count);
    double total_alone = 0, total_all = 0;
    for (unsigned i = 0; i < SORT_COUNT; i++) {
        printf("%-10s alone %7ld times %8.2f us   all packs %7ld times %8.2f us   ratio %.2f\n",
               sorts[i], alone.count[i], mean(&alone, i), all.count[i], mean(&all, i),
               mean(&alone, i) > 0 ? mean(&all, i) / mean(&alone, i) : 0);
        if (i == SORT_act || i == SORT_fact) {
            total_alone += alone.us[i];
            total_all += all.us[i];
        }
    }
    printf("acts and facts together: ratio %.2f\n", total_all / total_alone);
    for (unsigned i = 0; i < count; i++)
        free(files[i]);
    for (unsigned i = 0; i < pack_count; i++)
        free(packs[i]);
    return 0;
}
