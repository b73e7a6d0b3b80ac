/* beside.h - the log read where it lies, by the other processes of its machine.
 *
 * LMDB lets many processes read one environment without a copy and without a lock, as long as they
 * share the machine and its process numbers: not over a network's file system, and not from another
 * PID namespace, where a reader's slot would be taken for that of a process that died. So serve
 * marks in DIR/run/place where it runs, and only who runs there, too, reads in place. Who does not
 * is served over ZeroMQ. */
#ifndef CMD_BESIDE_H
#define CMD_BESIDE_H

#include "core/fault.h"
#include "events/log_store.h"

/* For serve, when it has the log. */
enum status beside_mark(const char *directory, struct fault *fault);
/* The log of a deployment's directory, to be read; one a process. STATUS_NOT_FOUND: not here, or not
 * yet; anything else will not change by itself. */
enum status beside_open(const char *directory, struct log_store **ret_store, struct fault *fault);
/* For the thread that reads: commands go first where the processor is short. What it then finds is
 * more at a time, and costs less. */
void beside_give_way(void);

#endif
