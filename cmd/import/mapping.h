/* mapping.h - how the columns of a kind of table become commands: core/imports/KIND.yaml or a
 * user's own file. core/imports/README.md is the language. */
#ifndef CMD_IMPORT_MAPPING_H
#define CMD_IMPORT_MAPPING_H

#include <stdbool.h>

#include "cmd/import/sheet.h"

#define MAPPINGS_MAX        32
#define MAPPING_COLUMNS_MAX 64
#define MAPPING_WORDS_MAX   256 /* headings or values of one column */
#define MAPPING_FACTS_MAX   8

struct mapping_words {
    const char **items;
    unsigned count;
};

struct mapping_pair {
    const char *name, *value;
};

struct mapping_pairs {
    struct mapping_pair *items;
    unsigned count;
};

struct mapping_column {
    const char *name;
    struct mapping_words headings; /* as heading_of() makes them */
    struct mapping_pairs values;   /* what is written otherwise */
    const char *otherwise;         /* column that takes what is no date; NULL */
    const char *fallback;          /* where the cell is empty; NULL */
};

struct mapping_fact {
    const char *fact, *day;      /* type; column */
    struct mapping_pairs about;  /* slot: column */
    struct mapping_words fields; /* columns; none named: all that the type has */
};

struct mapping {
    const char *kind, *zh, *en;
    const char *registers; /* kind of subject; NULL: facts */
    struct mapping_fact facts[MAPPING_FACTS_MAX];
    unsigned fact_count;
    struct mapping_words needs, ignored;
    struct mapping_column columns[MAPPING_COLUMNS_MAX];
    unsigned column_count;
};

struct mappings {
    struct arena arena;
    struct mapping *items[MAPPINGS_MAX];
    unsigned count;
};

void mappings_init(struct mappings *mappings);
void mappings_done(struct mappings *mappings);
/* Adds one; another of its kind is replaced. */
enum status mapping_read(struct mappings *mappings, const char *text, size_t size,
                         struct fault *fault);
const struct mapping *mapping_of_kind(const struct mappings *mappings, const char *kind);
const struct mapping_column *mapping_column(const struct mapping *mapping, const char *name);

/* A heading without spaces, line breaks, signs of need and what stands in brackets; narrow, lower
 * case. */
const char *heading_of(struct arena *arena, const char *cell);

/* Where a sheet's columns lead. */
struct fitted {
    const struct mapping *mapping; /* NULL: of no kind, or of several */
    size_t header;                 /* index of the row of headings */
    const struct mapping_column *columns[SHEET_COLUMNS_MAX];
    bool ignored[SHEET_COLUMNS_MAX]; /* known to mean nothing */
    unsigned count;
    const char *missing; /* a needed column that is not there; NULL */
};

/* Finds the row of headings, and among all mappings (or of `kind` alone) the one that knows most
 * of them. */
void mapping_fit(const struct mappings *mappings, const char *kind, struct sheet *sheet,
                 struct fitted *ret_fitted);

#endif
