/* coverage_systems.c - packs/rules/ID.yaml names the systems of a document by their rules; a system is
 * carried and shown when each of its rules is, or is only kept on record. */
#include "cmd/coverage_systems.h"

#include <stdio.h>
#include <string.h>

#include "cmd/data_dir.h"
#include "cmd/options.h"
#include "core/yaml_tree.h"

struct counting {
    const json_t *rules;
    unsigned systems, good;
};

static const json_t *rule_found(const json_t *rules, const char *id)
{
    size_t at;
    json_t *rule;
    json_array_foreach(rules, at, rule) if (strcmp(json_string_value(json_object_get(rule, "rule")),
                                                   id) == 0) return rule;
    return NULL;
}

/* A rule of a document without a pack here is nobody's fault. */
static bool rule_is_shown(const json_t *rules, const char *id)
{
    const json_t *rule = rule_found(rules, id);
    return !rule || strcmp(json_string_value(json_object_get(rule, "kind")), "record-only") == 0 ||
           (json_array_size(json_object_get(rule, "lines")) > 0 &&
            json_array_size(json_object_get(rule, "scenarios")) > 0);
}

static void count_system(struct counting *c, const struct yaml_node *system)
{
    const struct yaml_node *rules = yaml_get(system, "rules"), *title = yaml_get(system, "title");
    bool good = rules && rules->kind == YAML_SEQUENCE && rules->first;
    for (const struct yaml_node *rule = good ? rules->first : NULL; rule; rule = rule->next)
        if (!rule_is_shown(c->rules, rule->text)) {
            good = false;
            if (!wants_json())
                printf(in_words("  ! %s（%s）：%s 没有落实或没有情景演示\n",
                                "  ! %s (%s): %s is not carried or not shown\n"),
                       system->key->text, title ? title->text : "", rule->text);
        }
    c->systems++;
    c->good += good;
}

static bool is_covered(const json_t *rules, const struct yaml_node *document)
{
    const struct yaml_node *known = yaml_get(document, "rules");
    return known && known->kind == YAML_MAP && known->first &&
           rule_found(rules, known->first->key->text);
}

static void count_document(void *user, const char *id)
{
    struct counting *c = user;
    struct arena arena;
    struct buffer text;
    struct fault fault;
    struct yaml_node *documents = NULL;
    char path[300];
    snprintf(path, sizeof path, "packs/rules/%s.yaml", id);
    arena_init(&arena, 0);
    buffer_init(&text);
    if (data_read(path, &text, &fault) == STATUS_OK &&
        yaml_read(buffer_text(&text), text.size, &arena, &documents, &fault) == STATUS_OK &&
        documents->first && is_covered(c->rules, documents->first)) {
        const struct yaml_node *systems = yaml_get(documents->first, "systems");
        for (const struct yaml_node *node = systems && systems->kind == YAML_MAP ? systems->first
                                                                                 : NULL;
             node; node = node->next)
            count_system(c, node);
    }
    buffer_done(&text);
    arena_done(&arena);
}

bool systems_cover(const json_t *rules)
{
    struct counting c = {.rules = rules};
    data_names("packs/rules", count_document, &c);
    if (!wants_json())
        printf(
            in_words("制度 %u 项，落实并有情景演示 %u 项\n", "%u systems, %u carried and shown\n"),
            c.systems, c.good);
    return c.good == c.systems;
}
