/* reads.h - which facts a predicate or value can depend on: so that a fact asks only what reads it.
 *
 * The answer errs to one side: `all` where cases, acts, duties or roles are read, or where the names
 * do not tell; `days` where it may be another tomorrow, which any fact is an occasion to notice. A
 * change of a subject's own fields asks everything about it. */
#ifndef CORE_READS_H
#define CORE_READS_H

#include "core/pack.h"

struct rulebook;

struct reads {
    bool all;
    bool days;
    struct symbols types; /* of facts; in the arena */
};

void reads_predicate(struct reads *reads, const struct rulebook *book, struct arena *arena,
                     const struct predicate *predicate); /* NULL reads nothing */
void reads_operand(struct reads *reads, const struct rulebook *book, struct arena *arena,
                   const struct operand *operand);
void reads_value(struct reads *reads, const struct rulebook *book, struct arena *arena,
                 const struct value_def *value);
bool reads_type(const struct reads *reads, symbol type); /* SYMBOL_NONE, any fact: true */

#endif
