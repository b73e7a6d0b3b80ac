/* due_ics.h - the part of `jishi due` that writes a calendar. */
#ifndef CMD_DUE_ICS_H
#define CMD_DUE_ICS_H

#include <jansson.h>
#include <stdbool.h>

struct due_ics {
    const char *member, *state; /* NULL: all */
    bool subjects;
};

int due_ics(int argc, char **argv, const struct due_ics *wanted, json_t *args); /* takes args */

#endif
