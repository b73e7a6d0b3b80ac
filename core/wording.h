/* wording.h - what a pack says, in words: names by their titles, conditions, values, effects.
 *
 * One printer for all who read a pack: `pack show`, the handbook, the difference of two packs. Chinese
 * is spoken in titles (人选的退休日期不早于……); English in the pack's own names, which are English
 * words, with the titles of facts, roles and procedures. A parameter stands as its value with its
 * name behind it: 4/5〔$quorum〕. Nothing is evaluated. */
#ifndef CORE_WORDING_H
#define CORE_WORDING_H

#include "core/rulebook.h"

enum spot_kind {
    SPOT_ANY, /* nobody knows: any name may follow */
    SPOT_SUBJECT,
    SPOT_CASE,
    SPOT_ACT,
    SPOT_FACT,
    SPOT_RECORD, /* a record or line with columns */
    SPOT_DATE,
    SPOT_MEMBER, /* of an ordered list */
    SPOT_PERIOD, /* year, half, quarter, month */
    SPOT_OUTCOME,
    SPOT_DUTY,
    SPOT_DUTY_NAME,
};

struct spot { /* what a path has led to: it says what the next name means */
    enum spot_kind kind;
    symbol subject; /* its kind; 0 unknown */
    const struct procedure *procedure;
    const struct step *step;
    const struct fact_def *fact;
    const struct type *record;
};

struct element { /* what a `where`, `have` or `each` looks at */
    struct spot spot;
    const struct element *outer;
};

struct wording {
    const struct rulebook *book; /* the pack and those it uses */
    const struct pack *pack;
    const struct procedure *procedure; /* whose slots, steps and values come first; NULL */
    const struct element *element;     /* NULL outside */
    struct spot it, start;
    bool zh;
    bool code; /* Markdown: names with a $ stand in backticks */
    struct buffer *out;
    /* What was mentioned, in order, each once: what explains it can follow. */
    const struct value_def **values;
    unsigned value_count;
    const struct parameter **parameters;
    unsigned parameter_count;
    const struct ladder_def **ladders;
    unsigned ladder_count;
    struct arena arena;
    unsigned depth; /* of values behind values */
    unsigned quiet; /* above 0: paths are followed, not written */
};

void wording_init(struct wording *w, const struct rulebook *book, const struct pack *pack,
                  const char *language, struct buffer *out);
void wording_done(struct wording *w);
/* What follows is said of this procedure; NULL: of the pack. Forgets what was mentioned. */
void wording_about(struct wording *w, const struct procedure *procedure);

/* ---- names (wording_name.c) ---- */
void say(struct wording *w, const char *zh, const char *en);
const char *wording_name(const struct wording *w, symbol name); /* as the pack writes it */
const char *wording_title(const struct wording *w, const struct title *title, symbol name);
/* The title that a list of names gives a slot, field, value or outcome without one of its own. */
const char *wording_named(const struct wording *w, symbol name);
const char *wording_role(const struct wording *w, symbol role);
const char *wording_fact(const struct wording *w, symbol fact);
const char *wording_procedure(const struct wording *w, symbol procedure);
/* Also of a step's due day, which is named PROCEDURE.step. */
const char *wording_duty(struct wording *w, symbol duty);
const char *wording_step(const struct wording *w, const struct step *step);
const char *wording_outcome(const struct wording *w, const struct outcome *outcome);
/* An outcome, end or state by its name; `spot` may know the step. */
const char *wording_outcome_of(const struct wording *w, const struct spot *spot, symbol name);
struct spot wording_type_spot(const struct wording *w, const struct type *type);
/* Says where a path leads, and returns it. */
struct spot wording_path(struct wording *w, const struct operand *operand);
void wording_note_value(struct wording *w, const struct value_def *value);

/* ---- conditions (wording_condition.c) ---- */
void wording_number(struct wording *w, struct number number);
void wording_period(struct wording *w, struct period period);
/* `beside`: what it is compared with, or NULL. */
void wording_operand(struct wording *w, const struct operand *operand, const struct spot *beside);
void wording_bounds(struct wording *w, const struct bounds *bounds, const struct spot *left);
void wording_predicate(struct wording *w, const struct predicate *predicate);
void wording_selection(struct wording *w, const struct selection *selection);
/* The elements that `each` goes over. */
void wording_elements(struct wording *w, const struct selection *selection);
struct spot wording_source(struct wording *w, const struct selection *selection);

/* ---- parts (wording_part.c) ---- */
void wording_type(struct wording *w, const struct type *type);
void wording_field(struct wording *w, const struct field *field);
void wording_slot(struct wording *w, const struct slot *slot);
void wording_by(struct wording *w, const struct by *by);
/* `from_zh`, `from_en`: from when a period runs that does not say so. */
void wording_due(struct wording *w, const struct due *due, const char *from_zh,
                 const char *from_en);
void wording_reminders(struct wording *w, const struct due *due);
void wording_ladder(struct wording *w, const struct ladder *ladder);
void wording_occasion(struct wording *w, const struct occasion *occasion);
void wording_parameter_value(struct wording *w, const struct parameter_node *node,
                             unsigned entries_max);
void wording_value(struct wording *w, const struct value_def *value);
void wording_entitled(struct wording *w, const struct vote *vote);
void wording_votes(struct wording *w, const struct vote *vote); /* how they come in */
void wording_share(struct wording *w, const struct bounds *bounds);
const char *wording_step_kind(const struct wording *w, enum step_kind kind);
const char *wording_strength(const struct wording *w, enum strength strength);

#endif
