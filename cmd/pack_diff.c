/* pack_diff.c - `jishi pack diff OLD NEW`: what one pack says otherwise than another, in words.
 *
 * Rules are compared by their original words, parameters by the line that declares them, procedures,
 * duties and boards by the words in which `jishi pack show` prints them, line by line, and then by their
 * source, which names the place. Comments, order and layout of the YAML make no difference. */
#include <stdio.h>
#include <string.h>

#include "cmd/data_dir.h"
#include "cmd/options.h"
#include "cmd/pack.h"
#include "core/pack_show.h"
#include "core/yaml_tree.h"

struct side {
    struct packs *packs;
    struct arena arena;
    struct pack *pack; /* the book's */
    const struct yaml_node *tree;
    struct buffer text;
};

static bool side_open(struct side *side, const char *path)
{
    struct yaml_node *documents = NULL;
    struct fault fault;
    side->packs = packs_open();
    arena_init(&side->arena, 0);
    buffer_init(&side->text);
    enum status status = file_read(path, &side->text, &fault);
    if (status == STATUS_OK)
        status =
            yaml_read(buffer_text(&side->text), side->text.size, &side->arena, &documents, &fault);
    if (status == STATUS_OK) {
        side->tree = documents->first;
        side->pack = packs_read(side->packs, &side->text);
        const struct pack_finding *first = &side->packs->findings.items[0];
        if (!side->pack)
            fault_set(&fault, STATUS_INVALID, "%u:%u: %s", first->place.line, first->place.column,
                      in_words(first->chinese, first->text));
        else
            rulebook_add(&side->packs->book, side->pack);
    }
    if (!side->pack)
        fprintf(stderr, "%s: %s\n", path, fault.text);
    return side->pack != NULL;
}

static void side_close(struct side *side)
{
    buffer_done(&side->text);
    arena_done(&side->arena);
    packs_close(side->packs);
}

#define PATH_SIZE 500 /* of a place in words; a longer one is cut */

/* ---- trees ---- */

/* A map is the same whatever the order of its names. */
static bool same(const struct yaml_node *a, const struct yaml_node *b)
{
    if (!a || !b || a->kind != b->kind || a->count != b->count)
        return a == b;
    if (a->kind == YAML_TEXT)
        return a->quoted == b->quoted && strcmp(a->text, b->text) == 0;
    const struct yaml_node *other = b->first;
    for (const struct yaml_node *item = a->first; item; item = item->next) {
        if (!same(item, a->kind == YAML_MAP ? yaml_get(b, item->key->text) : other))
            return false;
        other = other->next;
    }
    return true;
}

static void flat(const struct yaml_node *node, struct buffer *out)
{
    if (node->kind == YAML_TEXT) {
        buffer_add_text(out, node->text);
        return;
    }
    buffer_add_char(out, node->kind == YAML_MAP ? '{' : '[');
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        if (node->kind == YAML_MAP)
            buffer_addf(out, "%s: ", item->key->text);
        flat(item, out);
        buffer_add_text(out, item->next ? ", " : "");
    }
    buffer_add_char(out, node->kind == YAML_MAP ? '}' : ']');
}

static void print_flat(char sign, const struct yaml_node *node)
{
    struct buffer out;
    buffer_init(&out);
    flat(node, &out);
    printf("    %c %s\n", sign, buffer_text(&out));
    buffer_done(&out);
}

/* ---- words ---- */

static bool has_line(const char *text, const char *line, size_t length)
{
    while (*text) {
        size_t here = strcspn(text, "\n");
        if (here == length && memcmp(text, line, length) == 0)
            return true;
        text += here + (text[here] == '\n');
    }
    return false;
}

static void print_lines_missing(char sign, const char *text, const char *other)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (!has_line(other, text, length))
            printf("    %c %.*s\n", sign, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* Prints the lines of a procedure, duty or board that read otherwise. */
static void print_reading(struct side *sides, const char *name)
{
    struct buffer words[2];
    struct fault fault;
    bool any = true;
    for (unsigned i = 0; i < 2; i++) {
        buffer_init(&words[i]);
        any = pack_show(&sides[i].packs->book, sides[i].pack, name, language(), &words[i],
                        &fault) == STATUS_OK &&
              any;
    }
    if (any) {
        print_lines_missing('-', buffer_text(&words[0]), buffer_text(&words[1]));
        print_lines_missing('+', buffer_text(&words[1]), buffer_text(&words[0]));
    }
    for (unsigned i = 0; i < 2; i++)
        buffer_done(&words[i]);
}

/* ---- sections ---- */

static const struct yaml_node *with_id(const struct yaml_node *list, const char *id)
{
    for (const struct yaml_node *item = list->first; item; item = item->next) {
        const struct yaml_node *own = item->kind == YAML_MAP ? yaml_get(item, "id") : NULL;
        if (own && own->kind == YAML_TEXT && strcmp(own->text, id) == 0)
            return item;
    }
    return NULL;
}

/* The name under which a part is found on the other side: its key, in a list its id; NULL: none. */
static const char *part_name(const struct yaml_node *whole, const struct yaml_node *part)
{
    if (whole->kind == YAML_MAP)
        return part->key->text;
    const struct yaml_node *id = part->kind == YAML_MAP ? yaml_get(part, "id") : NULL;
    return id && id->kind == YAML_TEXT ? id->text : NULL;
}

static const struct yaml_node *part_named(const struct yaml_node *whole, const char *name)
{
    return whole->kind == YAML_MAP ? yaml_get(whole, name) : with_id(whole, name);
}

static bool has_parts(const struct yaml_node *node)
{
    for (const struct yaml_node *item = node->first; item; item = item->next)
        if (!part_name(node, item))
            return false;
    return node->kind != YAML_TEXT && node->count > 0;
}

static void print_part(const char *path, const struct yaml_node *old, const struct yaml_node *new)
{
    printf("    %s\n", path);
    if (old)
        print_flat('-', old);
    if (new)
        print_flat('+', new);
}

/* What changed inside a thing that is in both, each difference at the innermost place that has a
 * name. */
static void print_parts(const char *path, const struct yaml_node *old, const struct yaml_node *new)
{
    char inner[PATH_SIZE];
    if (old->kind != new->kind || !has_parts(old) || !has_parts(new)) {
        print_part(path, old, new);
        return;
    }
    for (const struct yaml_node *item = old->first; item; item = item->next) {
        const char *name = part_name(old, item);
        const struct yaml_node *other = part_named(new, name);
        snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", name);
        if (!other)
            print_part(inner, item, NULL);
        else if (!same(item, other))
            print_parts(inner, item, other);
    }
    for (const struct yaml_node *item = new->first; item; item = item->next) {
        snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", part_name(new, item));
        if (!part_named(old, part_name(new, item)))
            print_part(inner, NULL, item);
    }
}

static const char *section_words(const char *section)
{
    static const char *const names[][2] = {
        {"pack", "规则包"},     {"rules", "规则"},      {"record_only", "只记录的规则"},
        {"names", "名称"},      {"lists", "清单"},      {"subjects", "对象"},
        {"roles", "职责"},      {"parameters", "参数"}, {"ladders", "提醒梯级"},
        {"facts", "事实"},      {"values", "值"},       {"guards", "条件"},
        {"procedures", "程序"}, {"duties", "期限"},     {"texts", "提醒文字"},
        {"boards", "台账"},
    };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], section) == 0)
            return in_words(names[i][1], section);
    return section;
}

/* `name`, and its title if it has one. */
static void print_head(const char *what, const char *section, const struct yaml_node *item)
{
    const struct yaml_node *title = item->kind == YAML_MAP ? yaml_get(item, "title") : NULL;
    if (title && title->kind == YAML_MAP)
        title = yaml_get(title, language());
    printf(in_words("%s：%s %s", "%s: %s %s"), section_words(section), what, item->key->text);
    if (title && title->kind == YAML_TEXT)
        printf(in_words("（%s）", " (%s)"), title->text);
    printf("\n");
}

static unsigned diff_section(struct side *sides, const char *section, const struct yaml_node *old,
                             const struct yaml_node *new)
{
    bool read_in_words = strcmp(section, "procedures") == 0 || strcmp(section, "duties") == 0 ||
                         strcmp(section, "boards") == 0;
    unsigned differences = 0;
    for (const struct yaml_node *item = old ? old->first : NULL; item; item = item->next) {
        const char *name = item->key->text;
        const struct yaml_node *other = new ? yaml_get(new, name) : NULL;
        if (same(item, other))
            continue;
        differences++;
        print_head(other ? in_words("改变", "changed") : in_words("删去", "removed"), section,
                   item);
        if (other && read_in_words)
            print_reading(sides, name);
        if (other)
            print_parts("", item, other);
    }
    for (const struct yaml_node *item = new ? new->first : NULL; item; item = item->next)
        if (!old || !yaml_get(old, item->key->text)) {
            differences++;
            print_head(in_words("新增", "added"), section, item);
        }
    return differences;
}

static const struct yaml_node *map_of(const struct side *side, const char *section)
{
    const struct yaml_node *node = yaml_get(side->tree, section);
    return node && node->kind == YAML_MAP ? node : NULL;
}

int pack_diff(const char *old_path, const char *new_path)
{
    struct side sides[2] = {0};
    unsigned differences = 0;
    bool good = side_open(&sides[0], old_path);
    good = side_open(&sides[1], new_path) && good;
    for (const struct yaml_node *item = good ? sides[0].tree->first : NULL; item; item = item->next)
        differences += diff_section(sides, item->key->text, map_of(&sides[0], item->key->text),
                                    map_of(&sides[1], item->key->text));
    for (const struct yaml_node *item = good ? sides[1].tree->first : NULL; item; item = item->next)
        if (!yaml_get(sides[0].tree, item->key->text))
            differences +=
                diff_section(sides, item->key->text, NULL, map_of(&sides[1], item->key->text));
    if (good)
        printf(in_words("%u 处不同\n", "%u differences\n"), differences);
    for (unsigned i = 0; i < 2; i++)
        side_close(&sides[i]);
    return !good ? 2 : differences ? 1 : 0;
}
