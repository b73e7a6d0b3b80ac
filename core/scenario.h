/* scenario.h - a pack tried in memory with a simulated clock: a cast, dated acts, and what is
 * expected.
 *
 * The form is described for domain people in tests/scenarios/README.md. Everything goes through the
 * same commands and decisions as in a server; at the end all entries are folded into a second
 * state, which must be equal to the one that decided. */
#ifndef CORE_SCENARIO_H
#define CORE_SCENARIO_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/command.h"
#include "core/decision.h"
#include "core/fault.h"

/* Brings the text of a pack ("pack", "SD") or calendar ("calendar", "2026"); a name that ends in
 * .yaml is a file beside the scenario. The text is lent until the next call. Returns false if there is none. */
struct scenario_source {
    bool (*text)(void *user, const char *what, const char *name, const char **ret_text,
                 size_t *ret_size);
    void *user;
    const char *language;
    const char *const
        *more_packs; /* put in force besides each scenario's own; NULL-ended; or NULL */
    /* Before (`decision` NULL) and after each command is decided; may be NULL. */
    void (*watch)(void *user, const struct command *command, const struct decision *decision);
};

struct scenario_result {
    unsigned scenarios; /* documents in the file */
    unsigned passed;
    unsigned expectations; /* single expectations asked */
    unsigned entries;      /* commands decided */
};

/* Runs all documents of one file; what differed is written to `out`, a line each: "name:line: ...".
 * STATUS_INVALID if the file cannot be read as scenarios at all. */
enum status scenario_run(const char *name, const char *text, size_t size,
                         const struct scenario_source *source, struct scenario_result *result,
                         struct buffer *out, struct fault *fault);

#endif
