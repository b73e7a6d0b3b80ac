/* ask.h - questions to the projector from the command line: pages are fetched one after the other
 * and each row is printed, for people or as JSON. */
#ifndef CMD_ASK_H
#define CMD_ASK_H

#include <jansson.h>

#include "cmd/access.h"

/* For ACCESS_OPTIONS of a subcommand that asks. */
extern struct access ask_access;
extern int64_t ask_at_least; /* entries that the answer has to hold */

/* --at-least for those subcommands: a writer reads what he wrote. */
#define ASK_OPTIONS                                                                                \
    ACCESS_OPTIONS(ask_access),                                                                    \
    {                                                                                              \
        "at-least", 0, OPTION_INT, &ask_at_least, "N", "至少已包含 N 条（编号 N-1 及以前）",       \
            "wait until N entries are in the answer"                                               \
    }

/* `print` gets each row unless --json is given; NULL: rows are texts, to be printed as they are.
 * Takes `args`. Exit code. */
int ask_all(int argc, char **argv, const char *query, json_t *args,
            void (*print)(const json_t *row));

/* Rows of a list as a table for people or, with `csv`, for a spreadsheet; cmd/list.c. Takes `args`. */
int list_show(int argc, char **argv, const char *name, json_t *args, bool csv);

/* The columns of args.list, or of args.board (and args.pack) where there is no such list, each a row of
 * the query `columns`; those of a board say that they are of the list `board`. Takes `args`. */
int ask_columns(int argc, char **argv, json_t *args, void (*keep)(const json_t *row));

#endif
