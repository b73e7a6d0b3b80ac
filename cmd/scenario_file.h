/* scenario_file.h - scenario files on disk: found in folders, run with the packs and calendars of the
 * data directory. */
#ifndef CMD_SCENARIO_FILE_H
#define CMD_SCENARIO_FILE_H

#include "core/scenario.h"

struct scenario_watch { /* see core/scenario.h; may be all NULL */
    void (*watch)(void *user, const struct command *command, const struct decision *decision);
    void *user;
    const char *const *more_packs;
};

/* Runs one file; what differed goes to `out`. Sentences are in Chinese, as scenarios expect them. A
 * pack whose name ends in .yaml is a file beside the scenario. */
enum status scenario_file_run(const char *path, const struct scenario_watch *watch,
                              struct scenario_result *result, struct buffer *out,
                              struct fault *fault);

/* Calls `each` with every .yaml file in a folder and those in it, in the order of names, or with the
 * file itself; names that begin with a dot are passed over. */
void yaml_files_each(const char *path, void (*each)(void *user, const char *path), void *user);

#endif
