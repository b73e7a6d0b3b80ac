/* scenario.c - `jishi scenario FILE|DIR...`: runs scenarios in memory and prints what differed. */
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/scenario_file.h"

struct running {
    struct scenario_result result;
    unsigned files_failed;
};

static void run_file(void *user, const char *path)
{
    struct running *running = user;
    struct buffer out;
    struct fault fault;
    buffer_init(&out);
    if (scenario_file_run(path, NULL, &running->result, &out, &fault) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", path, fault.text);
        running->files_failed++;
    }
    fputs(buffer_text(&out), stdout);
    buffer_done(&out);
}

int cmd_scenario(int argc, char **argv)
{
    static const struct option_spec specs[] = {{0}};
    struct options options = {"scenario", "FILE|DIR...", specs};
    struct running running = {0};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc < 1)
        return options_wrong(&options, "FILE|DIR...");
    for (int i = 0; i < argc; i++)
        yaml_files_each(argv[i], run_file, &running);
    printf("%u scenarios, %u expectations, %u entries\n", running.result.scenarios,
           running.result.expectations, running.result.entries);
    printf("%u passed, %u failed\n", running.result.passed,
           running.result.scenarios - running.result.passed + running.files_failed);
    if (running.files_failed)
        return 2;
    return running.result.passed == running.result.scenarios ? 0 : 1;
}
