/* pack_check.h - what the parts of the check of a pack share. Private to pack_check*.c. */
#ifndef CORE_PACK_CHECK_H
#define CORE_PACK_CHECK_H

#include "core/rulebook.h"

struct checking {
    const struct pack *pack;
    const struct pack *const *others;
    unsigned other_count;
    const struct symbol_table *symbols;
    struct pack_findings *findings;
    const struct procedure *procedure; /* while inside one */
    uint8_t *known; /* by symbol: something has a slot, step, field or value of that name */
    uint8_t *used;  /* by symbol: a line reads the parameter of that name */
    size_t known_size;
};

void find(struct checking *c, struct place place, bool warning, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static inline const char *text_of(const struct checking *c, symbol name)
{
    return symbol_text(c->symbols, name);
}

/* pack_check.c: what is declared here or in the packs beside; NULL: nothing of that name */
const struct role_def *role_named(const struct checking *c, symbol name);
const struct fact_def *fact_named(const struct checking *c, symbol name);
const struct procedure *procedure_named(const struct checking *c, symbol name);
const struct kind_def *kind_named(const struct checking *c, symbol name);
bool fact_has(const struct fact_def *fact, symbol name); /* a slot or field */
void need_role(struct checking *c, symbol role, struct place place);
void need_rules(struct checking *c, const struct symbols *rules, struct place place);
void check_predicate(struct checking *c, const struct predicate *predicate); /* NULL is fine */
void check_value(struct checking *c, const struct value_def *value);
/* Where only a path makes sense, one bare word is one too. */
void check_value_operands(struct checking *c, const struct operand *operands, unsigned count);

/* A name of a pack that may be missing, and is, cannot be told from an error. */
bool may_be_missing(const struct checking *c);

/* pack_check_paths.c */
void paths_begin(struct checking *c);
void paths_end(struct checking *c);
void check_path(struct checking *c, const struct operand *operand); /* or a list of them */

/* pack_check_board.c */
void check_boards(struct checking *c);

/* pack_check_sense.c: words that are all known and still make no sense together */
void check_contradictions(struct checking *c, const struct step *step);
void check_superiors(struct checking *c);
void check_parameters(struct checking *c);
void check_unused(struct checking *c);  /* parameters; after all lines were looked at */
void check_circles(struct checking *c); /* values computed from themselves */
void check_names(struct checking *c);
void check_titles(struct checking *c); /* of `names` */

#endif
