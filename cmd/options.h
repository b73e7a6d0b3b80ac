/* options.h - command lines: one table of options a subcommand, help and errors made from it, zh
 * and en. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTION_LIST_MAX 64

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_INT, OPTION_LIST };

struct option_list { /* of an option that may come several times */
    const char *items[OPTION_LIST_MAX];
    unsigned count;
};

struct option_spec {
    const char *name; /* long name; NULL ends the table */
    char letter;      /* or 0 */
    enum option_kind kind;
    void *target;        /* bool *, const char **, int64_t *, struct option_list * */
    const char *value;   /* its word in the help: FILE; NULL for a flag */
    const char *zh, *en; /* what it does */
};

struct options {
    const char *command;
    const char *arguments; /* "DIR" */
    const struct option_spec *specs;
};

/* Reads --help, --lang, --json and the table's options; leaves the other arguments. -1: go on, else
 * the exit code. */
int options_read(const struct options *options, int *argc, char ***argv);
/* Lines that help and manual page show behind the options; call before options_read(). */
void options_note(const char *zh, const char *en);
/* A line of a manual page: what troff would read as its own is escaped. */
void man_print(const char *text);
int options_wrong(const struct options *options, const char *what); /* says what is missing; 2 */

const char *language(void); /* "zh" or "en": --lang, else LANG */
bool wants_json(void);      /* --json */
/* The one of the two that fits. */
const char *in_words(const char *zh, const char *en) __attribute__((format_arg(1), format_arg(2)));

#endif
