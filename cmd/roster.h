/* roster.h - whose connections are let in: the keys the log enrolled, as CURVE keys.
 *
 * Folded from events by whoever follows the log (serve, projector, reminder); asked by the thread
 * that answers ZAP, so it locks itself. */
#ifndef CMD_ROSTER_H
#define CMD_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

struct roster;

/* What roster_fold() looks at. */
#define ROSTER_EVENTS                                                                              \
    ((uint64_t)1 << EVENT_key_enrolled | (uint64_t)1 << EVENT_key_revoked |                        \
     (uint64_t)1 << EVENT_role_assigned | (uint64_t)1 << EVENT_role_ended)

struct roster *roster_open(void);
void roster_close(struct roster *roster);
/* True if somebody lost something by it, so that his open subscriptions have to be cut. */
bool roster_fold(struct roster *roster, const struct event *event);
void roster_add_own(struct roster *roster,
                    const uint8_t curve[KEY_SIZE]); /* the server's other processes */

/* All that a state knows, as if its log had been folded. */
void roster_fill(struct roster *roster, const struct state *state);

bool roster_admits(struct roster *roster, const uint8_t curve[KEY_SIZE]);
bool roster_may_read_log(struct roster *roster, const uint8_t curve[KEY_SIZE], int32_t today);
/* The member a CURVE key belongs to; "" if none. Copies. */
void roster_member(struct roster *roster, const uint8_t curve[KEY_SIZE],
                   char out[NAME_SIZE_MAX + 1]);
size_t roster_count(struct roster *roster); /* keys admitted */

#endif
