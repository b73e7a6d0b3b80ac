/* state_look.h - questions of who prepares commands from other people's data: of what type is a
 * field, is a subject there, is a fact on record already? They change nothing. */
#ifndef CORE_STATE_LOOK_H
#define CORE_STATE_LOOK_H

#include "core/state.h"

enum look_type {
    LOOK_BOOL,
    LOOK_INT, /* a running number too */
    LOOK_NUMBER,
    LOOK_DATE,
    LOOK_SPAN, /* year, half-year, quarter, month */
    LOOK_TEXT, /* free text: a commitment */
    LOOK_CODE,
    LOOK_WORD, /* a member of a list */
    LOOK_SUBJECT,
    LOOK_OTHER /* lists, tables, periods, cases */
};

struct look_field {
    enum look_type type;
    const char *kind; /* SUBJECT: of this kind, or of one of several (""); lent */
    bool optional;
};

/* False: no such field (or kind, or type of fact). */
bool state_look_field(const struct state *state, const char *kind, const char *field,
                      struct look_field *ret_field);
bool state_look_fact(const struct state *state, const char *fact);
bool state_look_fact_field(const struct state *state, const char *fact, const char *field,
                           struct look_field *ret_field);
bool state_look_slot(const struct state *state, const char *fact, const char *slot,
                     struct look_field *ret_field);

bool state_has_subject(const struct state *state, const char *id);
/* The first subject of a kind whose field of type code is this; lent, NULL. */
const char *state_subject_by_code(const struct state *state, const char *kind, const char *field,
                                  const char *code, int32_t day);

/* Does the field hold this value on that day? `ret_entry` is the entry that set what it holds now,
 * -1 if nothing. Free texts cannot be compared: what is there is taken as equal. */
bool state_says(const struct state *state, const char *id, const char *field,
                const struct datum *value, int32_t day, int64_t *ret_entry);

/* A fact of the same type, day, slots and fields as the command writes (free texts left out), also
 * one that was corrected since; 0. */
int64_t state_fact_like(const struct state *state, const struct command *command);

#endif
