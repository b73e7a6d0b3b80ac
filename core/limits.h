/* limits.h - every bound of the core: its name, its number, and what happens when it is reached.
 *
 * Bounds of other layers stand where those layers are: command.h (sizes of what is signed),
 * pack.h (texts), calendar.h (years, rungs), eval.h (nesting). */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

/* Numbers of rows that a state holds; a command that would add one more is refused with `limit`. */
#define STATE_MEMBERS_MAX  100000
#define STATE_KEYS_MAX     400000
#define STATE_SUBJECTS_MAX 4000000
#define STATE_CASES_MAX    20000000
#define STATE_FACTS_MAX    100000000
#define STATE_DUTIES_MAX   20000000
#define STATE_PACKS_MAX    1000

/* Signatures of one act; a step with more signers is refused by pack check. */
#define SIGNATURES_MAX 32
/* Recipients named in one event; further holders of the role see the duty in their inbox. */
#define RECIPIENTS_MAX 16
/* Subjects or duties that one tick handles; what is left stays due and takes the next tick. */
#define TICK_BATCH_MAX 64
/* Days ahead in which a daily value is asked when it changes; where it does not, it is looked at again
 * after so many. */
#define WATCH_DAYS_MAX 400
/* Levels of the tree of units; a loop ends there. */
#define UNIT_DEPTH_MAX 32
/* A running number that a fact from old files may bring with it: a higher one is refused. */
#define SERIES_MAX 1000000000
/* Parts of one pack or calendar text (BLOB_PART_MAX bytes each); more is refused with `limit`. */
#define BLOB_PARTS_MAX 128

#endif
