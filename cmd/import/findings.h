/* findings.h - what is wrong in which row and column, for people and as JSON. */
#ifndef CMD_IMPORT_FINDINGS_H
#define CMD_IMPORT_FINDINGS_H

#include "cmd/import/sheet.h"

#define FINDINGS_MAX 10000 /* kept; more are only counted */

struct finding {
    bool wrong; /* else a warning */
    const char *file;
    uint32_t line;       /* 0: the whole file */
    const char *heading; /* "" */
    const char *value;   /* masked; "" */
    const char *reason, *remedy;
};

struct findings {
    struct arena arena;
    struct finding items[FINDINGS_MAX];
    unsigned kept;
    size_t wrong, warnings;
};

/* Where: a file, a line, a heading, and what stands there. */
struct place_of {
    const char *file;
    uint32_t line;
    const char *heading, *value; /* NULL: none */
};

void findings_init(struct findings *findings);
void findings_done(struct findings *findings);
/* Copies. `remedy` may be "". */
void find_wrong(struct findings *findings, const struct place_of *place, const char *reason,
                const char *remedy);
void find_warning(struct findings *findings, const struct place_of *place, const char *reason,
                  const char *remedy);
void findings_print(const struct findings *findings); /* on standard output */

#endif
