/* yaml_tree.h - YAML text as a small tree whose every node knows its line and column.
 *
 * The plain part of YAML only: maps, lists, scalars. Anchors, aliases, tags and a name twice in one
 * map are errors, so that a text has one meaning for every reader. Depth and size are bounded. */
#ifndef CORE_YAML_TREE_H
#define CORE_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/fault.h"

#define YAML_SIZE_MAX  ((size_t)1 << 20)
#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX 100000

enum yaml_kind { YAML_TEXT, YAML_SEQUENCE, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    uint32_t line, column; /* 1-based */
    bool quoted;           /* a scalar in quotes is text, whatever it looks like */
    const char *text;      /* TEXT; "" for an empty scalar */
    uint32_t length;
    const struct yaml_node *key; /* of a map's value: its name */
    struct yaml_node *first;     /* items of a sequence, values of a map, in order */
    struct yaml_node *next;      /* sibling */
    uint32_t count;
};

/* Reads all documents of a text (one sequence node of them). Memory is the arena's. */
enum status yaml_read(const char *text, size_t size, struct arena *arena,
                      struct yaml_node **ret_documents, struct fault *fault);

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *name); /* NULL */
bool yaml_is(const struct yaml_node *node, const char *text); /* an equal scalar */

#endif
