/* pack_read.h - what the readers of the parts of a pack share. Private to pack_read*.c. */
#ifndef CORE_PACK_READ_H
#define CORE_PACK_READ_H

#include "core/pack.h"
#include "core/command.h"
#include "core/yaml_tree.h"

#define NAMED_TYPES_MAX 4096

struct pack_reader {
    struct pack *pack;
    struct arena *arena;
    struct symbol_table *symbols;
    struct pack_findings *findings;
    const char *text; /* as it was written, for places inside a scalar; lent while reading */
    size_t size;
    struct type *named_types[NAMED_TYPES_MAX];
    unsigned named_type_count;
};

/* pack_read.c */
void read_error(struct pack_reader *reader, const struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Every name of the map is one of `words` (a list with spaces between); what says where we are. */
void read_known(struct pack_reader *reader, const struct yaml_node *map, const char *what,
                const char *words);
bool read_is_map(struct pack_reader *reader, const struct yaml_node *node, const char *what);
bool word_in(const char *words, const char *word);
struct place read_place(const struct yaml_node *node);
symbol read_name(struct pack_reader *reader, const struct yaml_node *node); /* 0 for NULL */
struct title read_title(struct pack_reader *reader, const struct yaml_node *node);
struct symbols read_names(struct pack_reader *reader,
                          const struct yaml_node *node); /* one or a list */
struct symbols read_rules(struct pack_reader *reader,
                          const struct yaml_node *node); /* ranges expanded */
bool read_bool(struct pack_reader *reader, const struct yaml_node *node);
void read_type(struct pack_reader *reader, const struct yaml_node *node, struct type *type);
struct fields read_fields(struct pack_reader *reader, const struct yaml_node *map);
struct slots read_slots(struct pack_reader *reader, const struct yaml_node *node);

/* pack_read_predicate.c */
struct operand read_operand(struct pack_reader *reader, const struct yaml_node *node);
struct operand read_operand_text(struct pack_reader *reader, const struct yaml_node *place,
                                 const char *text);
const struct predicate *read_predicate(struct pack_reader *reader,
                                       const struct yaml_node *node); /* NULL for NULL */
struct bounds read_bounds(struct pack_reader *reader, const struct yaml_node *node);
const struct selection *read_selection(struct pack_reader *reader, const struct yaml_node *map);
const struct selection *read_each(struct pack_reader *reader,
                                  const struct yaml_node *map); /* NULL without `each` */
bool has_selector(const struct yaml_node *map);
enum span_kind read_span_kind(const struct yaml_node *node); /* SPAN_NONE */

/* pack_read_value.c */
void read_values(struct pack_reader *reader, const struct yaml_node *map,
                 const struct procedure *procedure, struct value_def **ret_values,
                 unsigned *ret_count);

/* One form alone, of nobody in particular: its words are the form's. */
const struct value_def *read_value_form(struct pack_reader *reader, const struct yaml_node *map);

/* pack_read_board.c */
void read_boards(struct pack_reader *reader, const struct yaml_node *map);

/* pack_read_procedure.c */
void read_guard_sets(struct pack_reader *reader, const struct yaml_node *map);
void read_procedures(struct pack_reader *reader, const struct yaml_node *map);
void read_duties(struct pack_reader *reader, const struct yaml_node *map);
struct effects read_effects(struct pack_reader *reader, const struct yaml_node *map);

/* pack_read_text.c */
void read_texts(struct pack_reader *reader, const struct yaml_node *map);

#endif
