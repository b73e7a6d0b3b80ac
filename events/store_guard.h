/* store_guard.h - who may open a store: one environment of a directory in a process, one writer of
 * it on the machine. LMDB checks neither: a second environment in a process loses its locks when
 * one is closed, and a second server would number entries twice. */
#ifndef EVENTS_STORE_GUARD_H
#define EVENTS_STORE_GUARD_H

#include <stdbool.h>

#include "core/fault.h"

struct store_guard;

/* STATUS_CONFLICT: this process has the directory open already, or, for a writer, another process
 * writes it; the fault names it. The directory has to exist. */
enum status store_guard_take(const char *directory, bool writes, struct store_guard **ret_guard,
                             struct fault *fault);
void store_guard_release(struct store_guard *guard); /* NULL is fine */

#endif
