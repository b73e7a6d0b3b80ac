/* mapping.c - see mapping.h. */
#include "cmd/import/mapping.h"

#include <ctype.h>
#include <string.h>

#include "cmd/import/cell.h"
#include "core/yaml_tree.h"

#define HEADER_ROWS_MAX 10 /* a title, who filled it in, then the headings */

void mappings_init(struct mappings *mappings)
{
    *mappings = (struct mappings){.count = 0};
    arena_init(&mappings->arena, 0);
}

void mappings_done(struct mappings *mappings)
{
    arena_done(&mappings->arena);
}

/* ---- headings ---- */

static void brackets_cut(char *text)
{
    static const char *const opening[] = {"(", "（", "[", "【"};
    for (unsigned i = 0; i < sizeof opening / sizeof *opening; i++) {
        char *at = strstr(text, opening[i]);
        if (at && at > text)
            *at = '\0';
    }
}

const char *heading_of(struct arena *arena, const char *cell)
{
    char *text = arena_text(arena, cell_narrow(arena, cell)), *to = text;
    brackets_cut(text);
    for (const char *at = text; *at; at++) {
        if (strncmp(at, "\xe3\x80\x80", 3) == 0)
            at += 2;
        else if (!strchr(" \t\r\n*:_", *at))
            *to++ = (char)tolower((unsigned char)*at);
    }
    *to = '\0';
    return text;
}

/* ---- reading ---- */

struct mapping_reading {
    struct mappings *mappings;
    struct mapping *mapping;
    struct fault *fault;
};

static enum status wrong(struct mapping_reading *r, const struct yaml_node *node, const char *what)
{
    return fault_set(r->fault, STATUS_INVALID, "%u:%u: %s", node ? node->line : 1,
                     node ? node->column : 1, what);
}

static const char *text_of(struct mapping_reading *r, const struct yaml_node *node)
{
    return node && node->kind == YAML_TEXT
               ? arena_text_n(&r->mappings->arena, node->text, node->length)
               : NULL;
}

static enum status words_read(struct mapping_reading *r, const struct yaml_node *node,
                              bool headings, struct mapping_words *words)
{
    struct arena *arena = &r->mappings->arena;
    if (!node)
        return STATUS_OK;
    if (node->kind != YAML_SEQUENCE || node->count > MAPPING_WORDS_MAX)
        return wrong(r, node, "a list of at most 256 words is expected");
    words->items = ARENA_ARRAY(arena, const char *, node->count + 1);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        const char *text = text_of(r, item);
        if (!text)
            return wrong(r, item, "a word is expected");
        words->items[words->count++] = headings ? heading_of(arena, text) : text;
    }
    return STATUS_OK;
}

static enum status pairs_read(struct mapping_reading *r, const struct yaml_node *node,
                              struct mapping_pairs *pairs)
{
    if (!node)
        return STATUS_OK;
    if (node->kind != YAML_MAP || node->count > MAPPING_WORDS_MAX)
        return wrong(r, node, "a map of at most 256 words is expected");
    pairs->items = ARENA_ARRAY(&r->mappings->arena, struct mapping_pair, node->count + 1);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        const char *name = text_of(r, item->key), *value = text_of(r, item);
        if (!name || !value)
            return wrong(r, item, "a word is expected");
        pairs->items[pairs->count++] = (struct mapping_pair){name, value};
    }
    return STATUS_OK;
}

static struct mapping_column *column_named(struct mapping *mapping, const char *name)
{
    for (unsigned i = 0; i < mapping->column_count; i++)
        if (strcmp(mapping->columns[i].name, name) == 0)
            return &mapping->columns[i];
    return NULL;
}

static enum status columns_read(struct mapping_reading *r, const struct yaml_node *node)
{
    struct mapping *mapping = r->mapping;
    if (!node || node->kind != YAML_MAP || node->count > MAPPING_COLUMNS_MAX)
        return wrong(r, node, "columns: a map of at most 64 columns with their headings");
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        struct mapping_column *column = &mapping->columns[mapping->column_count];
        column->name = text_of(r, item->key);
        enum status status = words_read(r, item, true, &column->headings);
        if (status != STATUS_OK)
            return status;
        mapping->column_count++;
    }
    return STATUS_OK;
}

/* values, otherwise, defaults: what is said of columns that are there. */
static enum status remarks_read(struct mapping_reading *r, const struct yaml_node *root)
{
    static const char *const names[] = {"values", "otherwise", "defaults"};
    for (unsigned i = 0; i < 3; i++) {
        const struct yaml_node *map = yaml_get(root, names[i]);
        for (const struct yaml_node *item = map ? map->first : NULL; item; item = item->next) {
            struct mapping_column *column =
                item->key ? column_named(r->mapping, text_of(r, item->key)) : NULL;
            if (!column)
                return wrong(r, item, "there is no such column");
            if (i == 0) {
                enum status status = pairs_read(r, item, &column->values);
                if (status != STATUS_OK)
                    return status;
            } else if (i == 1) {
                column->otherwise = text_of(r, item);
                if (!column->otherwise || !column_named(r->mapping, column->otherwise))
                    return wrong(r, item, "there is no such column");
            } else if (!(column->fallback = text_of(r, item))) {
                return wrong(r, item, "a word is expected");
            }
        }
    }
    return STATUS_OK;
}

static enum status facts_read(struct mapping_reading *r, const struct yaml_node *node)
{
    struct mapping *mapping = r->mapping;
    if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > MAPPING_FACTS_MAX)
        return wrong(r, node, "facts: 1 to 8 of {fact, day, about, fields}");
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        struct mapping_fact *fact = &mapping->facts[mapping->fact_count++];
        fact->fact = item->kind == YAML_MAP ? text_of(r, yaml_get(item, "fact")) : NULL;
        fact->day = fact->fact ? text_of(r, yaml_get(item, "day")) : NULL;
        if (!fact->day || !column_named(mapping, fact->day))
            return wrong(r, item, "a fact has a type and a column of its day");
        enum status status = pairs_read(r, yaml_get(item, "about"), &fact->about);
        if (status == STATUS_OK)
            status = words_read(r, yaml_get(item, "fields"), false, &fact->fields);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status head_read(struct mapping_reading *r, const struct yaml_node *root)
{
    const struct yaml_node *head = yaml_get(root, "import");
    const struct yaml_node *title = head && head->kind == YAML_MAP ? yaml_get(head, "title") : NULL;
    const struct yaml_node *facts = yaml_get(root, "facts");
    r->mapping->kind = head && head->kind == YAML_MAP ? text_of(r, yaml_get(head, "kind")) : NULL;
    if (!r->mapping->kind)
        return wrong(r, head ? head : root, "import: {kind: NAME, title: {zh, en}} is expected");
    bool both = title && title->kind == YAML_MAP;
    r->mapping->zh = both ? text_of(r, yaml_get(title, "zh")) : text_of(r, title);
    r->mapping->en = both ? text_of(r, yaml_get(title, "en")) : NULL;
    r->mapping->zh = r->mapping->zh ? r->mapping->zh : r->mapping->kind;
    r->mapping->en = r->mapping->en ? r->mapping->en : r->mapping->kind;
    r->mapping->registers = text_of(r, yaml_get(root, "register"));
    if (!r->mapping->registers == !facts)
        return wrong(r, root, "either register: KIND or facts: [...]");
    return STATUS_OK;
}

static enum status root_read(struct mapping_reading *r, const struct yaml_node *root)
{
    if (root->kind != YAML_MAP)
        return wrong(r, root, "a map is expected");
    const struct yaml_node *facts = yaml_get(root, "facts");
    enum status status = head_read(r, root);
    if (status == STATUS_OK)
        status = columns_read(r, yaml_get(root, "columns"));
    if (status == STATUS_OK)
        status = remarks_read(r, root);
    if (status == STATUS_OK && facts)
        status = facts_read(r, facts);
    if (status == STATUS_OK)
        status = words_read(r, yaml_get(root, "needs"), false, &r->mapping->needs);
    if (status == STATUS_OK)
        status = words_read(r, yaml_get(root, "ignore"), true, &r->mapping->ignored);
    for (unsigned i = 0; status == STATUS_OK && i < r->mapping->needs.count; i++)
        if (!column_named(r->mapping, r->mapping->needs.items[i]))
            status = wrong(r, yaml_get(root, "needs"), "there is no such column");
    return status;
}

enum status mapping_read(struct mappings *mappings, const char *text, size_t size,
                         struct fault *fault)
{
    struct yaml_node *documents = NULL;
    struct mapping_reading r = {mappings, ARENA_NEW(&mappings->arena, struct mapping), fault};
    enum status status = yaml_read(text, size, &mappings->arena, &documents, fault);
    if (status == STATUS_OK && documents->count != 1)
        status = fault_set(fault, STATUS_INVALID, "one YAML document is expected");
    if (status == STATUS_OK)
        status = root_read(&r, documents->first);
    if (status != STATUS_OK)
        return status;
    for (unsigned i = 0; i < mappings->count; i++)
        if (strcmp(mappings->items[i]->kind, r.mapping->kind) == 0) {
            mappings->items[i] = r.mapping;
            return STATUS_OK;
        }
    if (mappings->count == MAPPINGS_MAX)
        return fault_set(fault, STATUS_FULL, "more than %d kinds of tables", MAPPINGS_MAX);
    mappings->items[mappings->count++] = r.mapping;
    return STATUS_OK;
}

const struct mapping *mapping_of_kind(const struct mappings *mappings, const char *kind)
{
    for (unsigned i = 0; i < mappings->count; i++)
        if (strcmp(mappings->items[i]->kind, kind) == 0)
            return mappings->items[i];
    return NULL;
}

const struct mapping_column *mapping_column(const struct mapping *mapping, const char *name)
{
    return column_named((struct mapping *)(uintptr_t)mapping, name);
}

/* ---- fitting ---- */

static bool words_have(const struct mapping_words *words, const char *word)
{
    for (unsigned i = 0; i < words->count; i++)
        if (strcmp(words->items[i], word) == 0)
            return true;
    return false;
}

static bool fitted_has(const struct fitted *fitted, const struct mapping_column *column)
{
    for (unsigned i = 0; i < fitted->count; i++)
        if (fitted->columns[i] == column)
            return true;
    return false;
}

/* Where a sheet has several headings that mean one column, the one that the mapping names first. */
static void column_place(const struct mapping_column *column, const char *const *headings,
                         struct fitted *fitted)
{
    for (unsigned i = 0; i < column->headings.count; i++)
        for (unsigned k = 0; k < fitted->count; k++)
            if (!fitted->columns[k] && strcmp(headings[k], column->headings.items[i]) == 0) {
                fitted->columns[k] = column;
                return;
            }
}

/* How many headings of a row a mapping knows; what it needs counts double. */
static unsigned row_fit(const struct mapping *mapping, struct sheet *sheet, size_t row,
                        struct fitted *fitted)
{
    const char *headings[SHEET_COLUMNS_MAX];
    unsigned points = 0;
    *fitted = (struct fitted){.mapping = mapping, .header = row, .count = sheet->rows[row].count};
    for (unsigned i = 0; i < fitted->count; i++) {
        headings[i] = heading_of(&sheet->arena, sheet->rows[row].cells[i]);
        fitted->ignored[i] = !*headings[i] || words_have(&mapping->ignored, headings[i]);
    }
    for (unsigned i = 0; i < mapping->column_count; i++) {
        column_place(&mapping->columns[i], headings, fitted);
        points += fitted_has(fitted, &mapping->columns[i]);
    }
    for (unsigned i = 0; i < mapping->needs.count; i++) {
        if (fitted_has(fitted, mapping_column(mapping, mapping->needs.items[i])))
            points += 2;
        else if (!fitted->missing)
            fitted->missing = mapping->needs.items[i];
    }
    return points;
}

void mapping_fit(const struct mappings *mappings, const char *kind, struct sheet *sheet,
                 struct fitted *ret_fitted)
{
    unsigned best = 0;
    bool several = false;
    *ret_fitted = (struct fitted){.mapping = NULL};
    for (unsigned i = 0; i < mappings->count; i++) {
        if (kind && strcmp(mappings->items[i]->kind, kind) != 0)
            continue;
        for (size_t row = 0; row < sheet->count && row < HEADER_ROWS_MAX; row++) {
            struct fitted fitted;
            unsigned points = row_fit(mappings->items[i], sheet, row, &fitted);
            bool whole = points && (!fitted.missing || kind);
            if (whole && points > best) {
                best = points;
                *ret_fitted = fitted;
                several = false;
            } else if (whole && points == best && ret_fitted->mapping != fitted.mapping) {
                several = true;
            }
        }
    }
    if (several)
        ret_fitted->mapping = NULL;
}
