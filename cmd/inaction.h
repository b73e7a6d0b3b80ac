/* inaction.h - what was not done in time: each overdue duty with who was responsible, who was
 * reminded of it, and what came of that; told from the log itself. */
#ifndef CMD_INACTION_H
#define CMD_INACTION_H

#include "core/arena.h"
#include "core/map.h"
#include "core/state.h"
#include "events/tree.h"

struct evidence { /* where it stands in the log: proved by the entry's leaf in the tree */
    int64_t number;
    int64_t recorded_at_us;
    uint8_t leaf[DIGEST_SIZE];
};

enum happening_kind {
    HAPPENED_OVERDUE,      /* who: the responsible */
    HAPPENED_REMINDED,     /* who: to whom; word: before, overdue, superior, supervisor */
    HAPPENED_DELIVERED,    /* who: the recipient; word: sent, failed, dead */
    HAPPENED_ACKNOWLEDGED, /* who: the recipient */
    HAPPENED_MOVED,        /* word: the reason */
    HAPPENED_MET,          /* word: late or in time */
    HAPPENED_CANCELLED,    /* word: the reason */
    HAPPENING_KINDS
};

struct happening {
    enum happening_kind kind;
    struct evidence evidence;
    int32_t day; /* it is of; DATE_NONE */
    bool vacant; /* overdue: nobody held the role, so the next level answers */
    const char *word, *key, *channel, *detail;
    const char **who;
    unsigned who_count;
    int64_t attempt, late_days;
    struct happening *next;
};

struct overdue_duty {
    int64_t number;
    const char *name, *title, *of, *unit, *owner; /* as they were when it was opened */
    int32_t due;                                  /* as it is now */
    struct evidence opened;
    struct happening *first, *last; /* in the order of the log */
};

struct inaction_options {
    int64_t duty;        /* 0: all */
    int32_t from, until; /* days on which duties became overdue; DATE_NONE: no bound */
    const char *language;
};

struct inaction {
    const struct inaction_options *options;
    struct overdue_duty *duties; /* in the order in which they became overdue */
    unsigned count, capacity;
    struct map by_number; /* duty -> place in `duties` */
    struct state *state;
    struct tree tree;
    struct arena arena;
};

/* Reads the log of a deployment's directory, twice: which duties were overdue, then all of them. */
enum status inaction_read(const char *directory, const struct inaction_options *options,
                          struct inaction *ret_inaction, struct fault *fault);
void inaction_done(struct inaction *inaction);

/* On standard output: for people, as one JSON object, as CSV with a BOM. */
void inaction_print_text(const struct inaction *inaction);
void inaction_print_json(const struct inaction *inaction);
void inaction_print_csv(const struct inaction *inaction);

/* `jishi audit inaction DIR`. */
int audit_inaction(int argc, char **argv);

#endif
