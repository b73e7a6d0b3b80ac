/* yaml_tree.c - libyaml's events, folded into a tree; the stack of open nodes is bounded. */
#include "core/yaml_tree.h"

#include <string.h>
#include <yaml.h>

#include "core/check.h"

struct reader {
    yaml_parser_t parser;
    struct arena *arena;
    struct fault *fault;
    struct yaml_node *open[YAML_DEPTH_MAX + 1]; /* [0]: the documents */
    struct yaml_node *last[YAML_DEPTH_MAX + 1]; /* last child of each */
    struct yaml_node *key[YAML_DEPTH_MAX + 1];  /* a map's name that waits for its value */
    unsigned depth;
    unsigned nodes;
};

static enum status place_fault(struct reader *reader, yaml_mark_t mark, const char *text)
{
    return fault_set(reader->fault, STATUS_INVALID, "%zu:%zu: %s", mark.line + 1, mark.column + 1,
                     text);
}

static struct yaml_node *node_new(struct reader *reader, enum yaml_kind kind, yaml_mark_t mark)
{
    struct yaml_node *node = ARENA_NEW(reader->arena, struct yaml_node);
    node->kind = kind;
    node->line = (uint32_t)mark.line + 1;
    node->column = (uint32_t)mark.column + 1;
    node->text = "";
    reader->nodes++;
    return node;
}

/* Hangs a node under the open one; in a map every first node is a name and waits. */
static enum status node_hang(struct reader *reader, struct yaml_node *node, yaml_mark_t mark)
{
    unsigned depth = reader->depth;
    struct yaml_node *parent = reader->open[depth];
    if (reader->nodes > YAML_NODES_MAX)
        return place_fault(reader, mark, "too many nodes");
    if (parent->kind == YAML_MAP && !reader->key[depth]) {
        if (node->kind != YAML_TEXT)
            return place_fault(reader, mark, "a name must be plain text");
        if (yaml_get(parent, node->text))
            return place_fault(reader, mark, "this name stands twice in one map");
        reader->key[depth] = node;
        return STATUS_OK;
    }
    node->key = reader->key[depth];
    reader->key[depth] = NULL;
    if (reader->last[depth])
        reader->last[depth]->next = node;
    else
        parent->first = node;
    reader->last[depth] = node;
    parent->count++;
    return STATUS_OK;
}

static enum status node_enter(struct reader *reader, struct yaml_node *node, yaml_mark_t mark)
{
    enum status status = node_hang(reader, node, mark);
    if (status != STATUS_OK)
        return status;
    if (reader->key[reader->depth] == node)
        return place_fault(reader, mark, "a name must be plain text");
    if (reader->depth == YAML_DEPTH_MAX)
        return place_fault(reader, mark, "nested too deeply");
    reader->depth++;
    reader->open[reader->depth] = node;
    reader->last[reader->depth] = NULL;
    reader->key[reader->depth] = NULL;
    return STATUS_OK;
}

static enum status scalar_take(struct reader *reader, const yaml_event_t *event)
{
    struct yaml_node *node = node_new(reader, YAML_TEXT, event->start_mark);
    if (event->data.scalar.anchor || event->data.scalar.tag)
        return place_fault(reader, event->start_mark, "anchors and tags are not used here");
    if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
        return place_fault(reader, event->start_mark, "a zero byte in a text");
    node->text = arena_text_n(reader->arena, (const char *)event->data.scalar.value,
                              event->data.scalar.length);
    node->length = (uint32_t)event->data.scalar.length;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return node_hang(reader, node, event->start_mark);
}

static enum status event_take(struct reader *reader, const yaml_event_t *event)
{
    switch ((int)event->type) {
    case YAML_SCALAR_EVENT: return scalar_take(reader, event);
    case YAML_SEQUENCE_START_EVENT:
        if (event->data.sequence_start.anchor || event->data.sequence_start.tag)
            return place_fault(reader, event->start_mark, "anchors and tags are not used here");
        return node_enter(reader, node_new(reader, YAML_SEQUENCE, event->start_mark),
                          event->start_mark);
    case YAML_MAPPING_START_EVENT:
        if (event->data.mapping_start.anchor || event->data.mapping_start.tag)
            return place_fault(reader, event->start_mark, "anchors and tags are not used here");
        return node_enter(reader, node_new(reader, YAML_MAP, event->start_mark), event->start_mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        CHECK(reader->depth > 0);
        reader->depth--;
        return STATUS_OK;
    case YAML_ALIAS_EVENT:
        return place_fault(reader, event->start_mark, "anchors and aliases are not used here");
    default: return STATUS_OK;
    }
}

static enum status parse_fault(struct reader *reader)
{
    return fault_set(reader->fault, STATUS_INVALID, "%zu:%zu: %s",
                     reader->parser.problem_mark.line + 1, reader->parser.problem_mark.column + 1,
                     reader->parser.problem ? reader->parser.problem : "not YAML");
}

enum status yaml_read(const char *text, size_t size, struct arena *arena,
                      struct yaml_node **ret_documents, struct fault *fault)
{
    struct reader reader = {.arena = arena, .fault = fault};
    enum status status = STATUS_OK;
    if (size > YAML_SIZE_MAX)
        return fault_set(fault, STATUS_FULL, "1:1: the text is larger than %zu bytes",
                         YAML_SIZE_MAX);
    CHECK(yaml_parser_initialize(&reader.parser));
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    reader.open[0] = node_new(&reader, YAML_SEQUENCE, (yaml_mark_t){0});
    for (bool done = false; !done && status == STATUS_OK;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader.parser, &event)) {
            status = parse_fault(&reader);
            break;
        }
        done = event.type == YAML_STREAM_END_EVENT;
        status = event_take(&reader, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&reader.parser);
    if (status == STATUS_OK)
        *ret_documents = reader.open[0];
    return status;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *name)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (const struct yaml_node *node = map->first; node; node = node->next)
        if (strcmp(node->key->text, name) == 0)
            return node;
    return NULL;
}

bool yaml_is(const struct yaml_node *node, const char *text)
{
    return node && node->kind == YAML_TEXT && strcmp(node->text, text) == 0;
}
