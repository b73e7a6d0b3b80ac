/* registry.c - all read models of this program: a file of its own each, a line here each. */
#include "projections/projection.h"

/* clang-format off */
#define PROJECTIONS(P)                                                                             \
    P(facts) P(dossier) P(cases) P(agenda) P(reminders) P(deliveries) P(statistics) P(values)      \
    P(members) P(inbox) P(calendar) P(boards)
/* clang-format on */

#define P(name) extern const struct projection projection_##name;
PROJECTIONS(P)
#undef P

const struct projection *const projections[] = {
#define P(name) &projection_##name,
    PROJECTIONS(P)
#undef P
};

const unsigned projection_count = sizeof projections / sizeof projections[0];
