/* scrub.h - the log read through behind the server's back.
 *
 * A start with a snapshot folds and checks only the entries behind it. The chain of the entries
 * before it is walked by a thread of its own, in stretches, so that a log that does not hold ends
 * the server within the time it takes to read it, and says where. Once a day the whole chain is
 * walked so again: LMDB has no checksums, and disks forget. */
#ifndef CMD_SCRUB_H
#define CMD_SCRUB_H

#include "core/fault.h"
#include "events/log_store.h"

struct scrub;

/* Walks entries 0 .. next-1, which have to lead to `leaf`. `done` is called once, on the thread. */
struct scrub *scrub_start(struct log_store *store, int64_t next, const uint8_t leaf[DIGEST_SIZE],
                          void (*done)(void *user), void *user);
/* STATUS_OK while nothing is known against the log; `ret_next`: checked up to here. */
enum status scrub_result(struct scrub *scrub, int64_t *ret_next, struct fault *fault);
void scrub_stop(struct scrub *scrub); /* ends the thread early; NULL is fine */

#endif
