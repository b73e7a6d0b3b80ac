/* trial.h - the dry run: each command of a plan is compared with what is on record and decided by
 * the core itself, in memory, one after the other as they would be. What is left is what has to be
 * sent.
 *
 * A command's id is made from its content alone, so that the same row sent twice, by whoever and
 * after whatever break, is one command. */
#ifndef CMD_IMPORT_TRIAL_H
#define CMD_IMPORT_TRIAL_H

#include "cmd/import/plan.h"

enum row_outcome { ROW_WRONG, ROW_NEW, ROW_CHANGED, ROW_SAME, ROW_OUTCOMES };

struct ready { /* a command to be sent */
    const char *json;
    const struct plan_item *item;
};

struct trial {
    struct plan *plan;
    struct state *state; /* changed: as it would be */
    struct signer signer;
    int64_t recorded_at_us; /* of the last entry */
    bool lists;             /* print what becomes of each row */
    struct arena arena;
    struct ready *ready;
    size_t ready_count;
    size_t outcomes[ROW_OUTCOMES]; /* of items */
    size_t duties_opened, cases_opened;
    size_t duties_overdue; /* of those opened, due before today */
};

void trial_run(struct trial *trial); /* after plan_make */
void trial_done(struct trial *trial);

#endif
