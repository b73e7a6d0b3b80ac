/* plan.h - rows of sheets as commands, in an order in which they can be decided: units before what
 * lies below them, then posts, persons, what points back at them, then facts by their days.
 *
 * A plan knows the state only through core/state_look.h; whether a command is accepted, and what
 * follows from it, is decided by the core itself (cmd/import.c). */
#ifndef CMD_IMPORT_PLAN_H
#define CMD_IMPORT_PLAN_H

#include <jansson.h>

#include "cmd/import/findings.h"
#include "cmd/import/mapping.h"
#include "core/state.h"

#define PLAN_KEY_SIZE 32

enum item_kind {
    ITEM_REGISTER, /* of a subject, or a change where it is there already */
    ITEM_CHANGE,   /* of a subject of the run: a field that names one registered later */
    ITEM_FACT
};

struct plan_sheet {
    struct sheet sheet;
    struct fitted fitted;
};

struct plan_item {
    enum item_kind kind;
    const struct plan_sheet *from;
    const struct sheet_row *row;
    const char *json;    /* the command without its id; NULL: wrong */
    const char *subject; /* REGISTER, CHANGE */
    const char *above;   /* REGISTER: its unit; NULL */
    int32_t day;
    bool bad;            /* has no id: only its cells are looked at */
    unsigned rank, mark; /* for the order */
};

struct plan {
    const struct state *state; /* as it is before anything is imported */
    struct findings *findings;
    struct plan_sheet *sheets;
    unsigned sheet_count;
    int32_t day;                /* of rows without one */
    uint8_t key[PLAN_KEY_SIZE]; /* makes ids of citizen numbers */
    struct arena arena;
    struct plan_item *items;
    size_t count, capacity;
    json_t *subjects; /* id -> place of its item */
    json_t *names;    /* "kind\nname" -> id, or null where several have it */
    json_t *codes;    /* "kind\ncode" -> id */
};

void plan_init(struct plan *plan);
void plan_done(struct plan *plan);
/* Makes the items of all sheets, in order. */
void plan_make(struct plan *plan);

const char *id_of_citizen(struct plan *plan, const char *number); /* "person:h…" */

#endif
