/* behind.h - the log read a second time, with a state of its own, for projections that are far behind
 * the others: a new version of one, or one that stood still. Those that are up to date do not wait. */
#ifndef CMD_BEHIND_H
#define CMD_BEHIND_H

#include "cmd/station.h"
#include "projections/runtime.h"

struct behind;

/* Shares the station's loop, context and keys; `batch` is called after each batch. */
enum status behind_start(struct station *station, struct runtime *runtime,
                         void (*batch)(void *user, int64_t entries), void *user,
                         struct behind **ret_behind, struct fault *fault);
void behind_stop(struct behind *behind); /* it is freed when the loop has closed its handles */
int64_t behind_next(const struct behind *behind);

#endif
