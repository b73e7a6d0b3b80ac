/* rulebook.h - all packs in force, put together: names to definitions, and who reads which fact.
 *
 * The newest active version of each pack is what new cases, duties and watched values follow;
 * running cases keep pointers into the version they began under. Packs are never freed while the
 * rulebook lives. */
#ifndef CORE_RULEBOOK_H
#define CORE_RULEBOOK_H

#include "core/map.h"
#include "core/pack.h"
#include "core/reads.h"

struct rulebook {
    struct symbol_table *symbols; /* lent: the state's */
    const struct pack **packs;    /* every version ever activated, in order of activation; owned */
    unsigned pack_count;
    struct map procedures, duties; /* symbol -> pointer, newest versions only */
    /* Of the newest version that has the name: what is on record stays readable when a later
     * version drops its type. */
    struct map known_procedures, known_duties;
    struct map facts, lists, kinds, roles, parameters, ladders, guard_sets;
    struct map endings; /* symbols of facts that end others, by any version */
    struct map
        subject_values; /* (kind symbol << 32 | name symbol) -> value_def; kind 0: any kind */
    struct map subject_fields; /* (kind << 32 | name) -> field */
    /* in order of packs and text, for walking */
    const struct duty_def **all_duties;
    unsigned all_duty_count;
    const struct procedure **all_procedures;
    unsigned all_procedure_count;
    const struct value_def **watched;
    unsigned watched_count; /* values with `changed` */
    /* What each of the above reads: a duty's and procedure's occasion, a watched value. */
    struct reads *duty_reads, *procedure_reads, *watched_reads;
    struct arena arena; /* of the reads */
};

struct pack_findings;

void rulebook_init(struct rulebook *book, struct symbol_table *symbols);
void rulebook_done(struct rulebook *book);

/* Adds a pack (takes it) as the newest version of its id and rebuilds the tables. */
void rulebook_add(struct rulebook *book, struct pack *pack);

const struct pack *rulebook_pack(const struct rulebook *book, symbol id,
                                 int64_t version); /* 0: newest; NULL */
/* Looks up in the other packs' newest versions what a pack just read names (pack_link). */
void rulebook_link(const struct rulebook *book, struct pack *pack, struct pack_findings *findings);
const struct fact_def *rulebook_fact(const struct rulebook *book, symbol name);
/* False: a fact of this type ends no other. */
bool rulebook_fact_ends(const struct rulebook *book, symbol name);
/* version 0: of the newest version of its pack; NULL if that has it no more */
const struct procedure *rulebook_procedure(const struct rulebook *book, symbol name,
                                           int64_t version);
/* likewise */
const struct duty_def *rulebook_duty(const struct rulebook *book, symbol name, int64_t version);
/* Of the newest version that has or had it: for titles, and for what is on record. */
const struct procedure *rulebook_known_procedure(const struct rulebook *book, symbol name);
const struct duty_def *rulebook_known_duty(const struct rulebook *book, symbol name);
const struct list_def *rulebook_list(const struct rulebook *book, symbol name);
const struct kind_def *rulebook_kind(const struct rulebook *book, symbol name);
const struct role_def *rulebook_role(const struct rulebook *book, symbol name);
/* The one of `pack`, which may be an older version, else of the newest version that has it. */
const struct parameter *rulebook_parameter(const struct rulebook *book, const struct pack *pack,
                                           symbol name);
const struct ladder *rulebook_ladder(const struct rulebook *book, const struct pack *pack,
                                     symbol name);
const struct guard_set *rulebook_guard_set(const struct rulebook *book, symbol name);
const struct value_def *rulebook_value(const struct rulebook *book, symbol kind, symbol name);
const struct field *rulebook_field(const struct rulebook *book, symbol kind, symbol name);
/* "gw.leader" is also "gw": true if `role` is `asked` or below it by name. */
bool rulebook_role_covers(const struct rulebook *book, symbol role, symbol asked);
int rulebook_member_rank(const struct list_def *list, symbol member); /* place in the list, -1 */
const char *rulebook_rule_words(const struct rulebook *book,
                                symbol rule); /* original words, NULL */

#endif
