/* pack_read.c - a pack's text becomes a struct pack: the frame, and the parts without steps.
 *
 * Every map is read by its known words; an unknown word is an error that lists the known ones.
 * Reading goes on after an error so that a writer sees them all, and yields no pack if there was
 * any. */
#include "core/pack_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"

/* ---- shared helpers ---- */

static void finding_add(struct pack_findings *findings, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void finding_add(struct pack_findings *findings, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding_note(findings, place, false, format, arguments);
    va_end(arguments);
}

void read_error(struct pack_reader *reader, const struct yaml_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding_note(reader->findings, read_place(node), false, format, arguments);
    va_end(arguments);
}

struct place read_place(const struct yaml_node *node)
{
    return (struct place){node->line, node->column};
}

bool word_in(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += length)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return length > 0;
    return false;
}

void read_known(struct pack_reader *reader, const struct yaml_node *map, const char *what,
                const char *words)
{
    for (const struct yaml_node *node = map->first; node; node = node->next)
        if (!word_in(words, node->key->text))
            read_error(reader, node->key, "unknown word \"%.40s\" in %s; known: %s",
                       node->key->text, what, words);
}

bool read_is_map(struct pack_reader *reader, const struct yaml_node *node, const char *what)
{
    if (node->kind != YAML_MAP)
        read_error(reader, node, "expected a map for %s", what);
    return node->kind == YAML_MAP;
}

symbol read_name(struct pack_reader *reader, const struct yaml_node *node)
{
    if (!node)
        return SYMBOL_NONE;
    if (node->kind != YAML_TEXT || !node->length || node->length > NAME_SIZE_MAX) {
        read_error(reader, node, "expected a name of 1 to %d bytes", NAME_SIZE_MAX);
        return SYMBOL_NONE;
    }
    return symbol_add(reader->symbols, node->text);
}

struct title read_title(struct pack_reader *reader, const struct yaml_node *node)
{
    struct title title = {NULL, NULL};
    if (!node)
        return title;
    if (node->kind == YAML_TEXT) {
        title.zh = node->text;
        return title;
    }
    if (read_is_map(reader, node, "a title")) {
        const struct yaml_node *zh = yaml_get(node, "zh"), *en = yaml_get(node, "en");
        read_known(reader, node, "a title", "zh en");
        title.zh = zh ? zh->text : NULL;
        title.en = en ? en->text : NULL;
    }
    return title;
}

struct symbols read_names(struct pack_reader *reader, const struct yaml_node *node)
{
    struct symbols names = {0};
    if (!node)
        return names;
    if (node->kind == YAML_TEXT) {
        names.items = ARENA_ARRAY(reader->arena, symbol, 1);
        names.items[names.count++] = read_name(reader, node);
        return names;
    }
    if (node->kind != YAML_SEQUENCE) {
        read_error(reader, node, "expected a name or a list of names");
        return names;
    }
    names.items = ARENA_ARRAY(reader->arena, symbol, node->count);
    for (const struct yaml_node *item = node->first; item; item = item->next)
        names.items[names.count++] = read_name(reader, item);
    return names;
}

#define RULES_MAX 400

/* "SD-2.4..2.7" is SD-2.4, SD-2.5, SD-2.6, SD-2.7. */
static unsigned rule_range(struct pack_reader *reader, const struct yaml_node *node, symbol *out,
                           unsigned room)
{
    const char *dots = strstr(node->text, ".."),
               *point = dots ? memchr(node->text, '.', (size_t)(dots - node->text)) : NULL;
    if (!dots) {
        out[0] = read_name(reader, node);
        return 1;
    }
    const char *last_point = strrchr(dots + 2, '.');
    int from = point ? atoi(point + 1) : 0, to = last_point ? atoi(last_point + 1) : 0;
    if (!point || !last_point || from < 1 || to < from || (unsigned)(to - from) >= room) {
        read_error(reader, node, "a range of rules is written SD-2.4..2.7");
        return 0;
    }
    for (int i = from; i <= to; i++)
        out[i - from] =
            symbol_add(reader->symbols, arena_format(reader->arena, "%.*s.%d",
                                                     (int)(point - node->text), node->text, i));
    return (unsigned)(to - from + 1);
}

struct symbols read_rules(struct pack_reader *reader, const struct yaml_node *node)
{
    struct symbols rules = {0};
    if (!node)
        return rules;
    symbol all[RULES_MAX];
    if (node->kind == YAML_TEXT)
        rules.count = rule_range(reader, node, all, RULES_MAX);
    for (const struct yaml_node *item = node->kind == YAML_SEQUENCE ? node->first : NULL;
         item && rules.count < RULES_MAX; item = item->next)
        rules.count += rule_range(reader, item, all + rules.count, RULES_MAX - rules.count);
    rules.items = arena_copy(reader->arena, all, rules.count * sizeof *all);
    return rules;
}

bool read_bool(struct pack_reader *reader, const struct yaml_node *node)
{
    if (node && !yaml_is(node, "true") && !yaml_is(node, "false"))
        read_error(reader, node, "expected true or false");
    return yaml_is(node, "true");
}

/* ---- types, fields, slots ---- */

static void type_named(struct pack_reader *reader, const struct yaml_node *node, struct type *type,
                       enum type_kind kind)
{
    type->kind = kind;
    type->place = read_place(node);
    if (reader->named_type_count < NAMED_TYPES_MAX)
        reader->named_types[reader->named_type_count++] = type;
}

static void type_word(struct pack_reader *reader, const struct yaml_node *node, const char *word,
                      struct type *type)
{
    static const struct {
        const char *word;
        enum type_kind kind;
    } words[] = {{"bool", TYPE_BOOL}, {"int", TYPE_INT},       {"number", TYPE_NUMBER},
                 {"date", TYPE_DATE}, {"period", TYPE_PERIOD}, {"text", TYPE_TEXT},
                 {"code", TYPE_CODE}};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i].word) == 0) {
            type->kind = words[i].kind;
            return;
        }
    struct yaml_node span = {.kind = YAML_TEXT, .text = word};
    type->span = read_span_kind(&span);
    type->kind = TYPE_SPAN;
    if (type->span != SPAN_NONE)
        return;
    if (!*word)
        read_error(reader, node, "expected a type");
    type->name = symbol_add(reader->symbols, word);
    type_named(reader, node, type, TYPE_NAME);
}

static struct fields columns_except(struct pack_reader *reader, const struct yaml_node *map,
                                    const char *except);

static void type_list(struct pack_reader *reader, const struct yaml_node *item, struct type *type)
{
    struct type *element = ARENA_NEW(reader->arena, struct type);
    type->kind = TYPE_LIST;
    if (item->kind == YAML_MAP) {
        struct fields columns = columns_except(reader, item, "");
        type->columns = columns.items;
        type->column_count = columns.count;
        return;
    }
    read_type(reader, item, element);
    type->item = element;
}

static void type_map(struct pack_reader *reader, const struct yaml_node *map, struct type *type)
{
    const struct yaml_node *node;
    if ((node = yaml_get(map, "list"))) {
        read_known(reader, map, "a list type", "list");
        type_list(reader, node, type);
    } else if ((node = yaml_get(map, "table"))) {
        struct fields columns = columns_except(reader, map, "table");
        type->columns = columns.items;
        type->column_count = columns.count;
        type->name = read_name(reader, node);
        type_named(reader, node, type, TYPE_TABLE);
    } else if ((node = yaml_get(map, "series"))) {
        read_known(reader, map, "a series", "series");
        type->kind = TYPE_SERIES;
        type->series = read_names(reader, node);
    } else if ((node = yaml_get(map, "type"))) {
        struct operand min = read_operand(reader, yaml_get(map, "min")),
                       max = read_operand(reader, yaml_get(map, "max"));
        read_known(reader, map, "a type", "type min max title");
        read_type(reader, node, type);
        type->has_min = min.kind == OPERAND_NUMBER;
        type->has_max = max.kind == OPERAND_NUMBER;
        type->min = type->has_min ? min.number : (struct number){0, 1};
        type->max = type->has_max ? max.number : (struct number){0, 1};
    } else {
        read_error(reader, map,
                   "expected a type: a word, [a, b], {list: T}, {table: list, ...}, {series: "
                   "[...]} or {type: int, min: 1}");
    }
}

void read_type(struct pack_reader *reader, const struct yaml_node *node, struct type *type)
{
    if (node->kind == YAML_MAP) {
        type_map(reader, node, type);
    } else if (node->kind == YAML_SEQUENCE) {
        type->choices = read_names(reader, node);
        type_named(reader, node, type, TYPE_ONE_OF);
    } else {
        type_word(reader, node, node->text, type);
    }
}

static void read_field(struct pack_reader *reader, const struct yaml_node *node,
                       struct field *field)
{
    field->name = symbol_add(reader->symbols, node->key->text);
    field->place = read_place(node->key);
    if (node->kind == YAML_MAP)
        field->title = read_title(reader, yaml_get(node, "title"));
    size_t length = node->length;
    if (node->kind == YAML_TEXT && length > 2 && node->text[0] == '(' &&
        node->text[length - 1] == ')') {
        field->optional = true;
        type_word(reader, node, arena_text_n(reader->arena, node->text + 1, length - 2),
                  &field->type);
    } else {
        read_type(reader, node, &field->type);
    }
}

static struct fields columns_except(struct pack_reader *reader, const struct yaml_node *map,
                                    const char *except)
{
    struct fields fields = {ARENA_ARRAY(reader->arena, struct field, map->count), 0};
    for (const struct yaml_node *node = map->first; node; node = node->next)
        if (!word_in(except, node->key->text))
            read_field(reader, node, &fields.items[fields.count++]);
    return fields;
}

struct fields read_fields(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "fields"))
        return (struct fields){0};
    return columns_except(reader, map, "");
}

/* about: {post: post, candidate: person}, or [person, unit] where slots are named like their kinds.
 */
struct slots read_slots(struct pack_reader *reader, const struct yaml_node *node)
{
    struct slots slots = {0};
    if (!node)
        return slots;
    slots.items = ARENA_ARRAY(reader->arena, struct slot, node->count);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        struct slot *slot = &slots.items[slots.count++];
        slot->name =
            symbol_add(reader->symbols, node->kind == YAML_MAP ? item->key->text : item->text);
        size_t length = item->length;
        if (item->kind == YAML_TEXT && length > 2 && item->text[0] == '(' &&
            item->text[length - 1] == ')') {
            slot->optional = true;
            type_word(reader, item, arena_text_n(reader->arena, item->text + 1, length - 2),
                      &slot->type);
        } else {
            read_type(reader, item, &slot->type);
        }
    }
    return slots;
}

/* ---- parts without steps ---- */

/* The documents give no extension where a due day is a rest day, and reminders come before it. */
static void read_rest_days(struct pack_reader *reader, const struct yaml_node *map,
                           struct pack *pack)
{
    const struct yaml_node *due = yaml_get(map, "due_on_rest_day");
    const struct yaml_node *remind = yaml_get(map, "remind_on_rest_day");
    pack->roll = yaml_is(due, "next_workday") ? ROLL_NEXT_WORKDAY : ROLL_NONE;
    pack->shift = yaml_is(remind, "none") ? SHIFT_NONE : SHIFT_PREVIOUS_WORKDAY;
    if (due && !yaml_is(due, "next_workday") && !yaml_is(due, "none"))
        read_error(reader, due, "due_on_rest_day is none or next_workday");
    if (remind && !yaml_is(remind, "previous_workday") && !yaml_is(remind, "none"))
        read_error(reader, remind, "remind_on_rest_day is previous_workday or none");
}

static void read_head(struct pack_reader *reader, const struct yaml_node *map)
{
    struct pack *pack = reader->pack;
    static const struct {
        const char *word;
        enum strength cap;
    } caps[] = {{"issued", STRENGTH_REFUSE},   {"issued-on-trial", STRENGTH_REFUSE},
                {"practice", STRENGTH_REFUSE}, {"programme", STRENGTH_WARN},
                {"proposal", STRENGTH_WARN},   {"refuse", STRENGTH_REFUSE},
                {"warn", STRENGTH_WARN},       {"record", STRENGTH_RECORD}};
    read_known(reader, map, "pack",
               "id words title issuer effective authority enforcement uses may_use extends within "
               "waiver supervisor due_on_rest_day remind_on_rest_day");
    pack->place = read_place(map);
    pack->id = read_name(reader, yaml_get(map, "id"));
    pack->title = read_title(reader, yaml_get(map, "title"));
    const struct yaml_node *node = yaml_get(map, "issuer");
    pack->issuer = node ? node->text : NULL;
    node = yaml_get(map, "effective");
    pack->effective = node && node->kind == YAML_TEXT ? date_parse(node->text) : DATE_NONE;
    if (node && pack->effective == DATE_NONE)
        read_error(reader, node, "expected a date such as 2019-01-01");
    struct operand words = read_operand(reader, yaml_get(map, "words"));
    pack->words = words.kind == OPERAND_NUMBER ? words.number.num : 0;
    if (pack->words != 1)
        read_error(reader, map, "this program knows version 1 of the words: words: 1");
    pack->authority = read_name(reader, yaml_get(map, "authority"));
    node = yaml_get(map, "enforcement") ? yaml_get(map, "enforcement") : yaml_get(map, "authority");
    bool known = false;
    for (unsigned i = 0; i < sizeof caps / sizeof caps[0]; i++)
        if (yaml_is(node, caps[i].word)) {
            pack->cap = caps[i].cap;
            known = true;
        }
    if (!known)
        read_error(reader, node ? node : map,
                   "authority is issued, issued-on-trial, practice, programme or proposal");
    pack->uses = read_names(reader, yaml_get(map, "uses"));
    pack->may_use = read_names(reader, yaml_get(map, "may_use"));
    pack->extends = read_name(reader, yaml_get(map, "extends"));
    pack->within = read_name(reader, yaml_get(map, "within"));
    pack->waiver = read_name(reader, yaml_get(map, "waiver"));
    pack->supervisor = read_name(reader, yaml_get(map, "supervisor"));
    read_rest_days(reader, map, pack);
    if (!pack->id)
        read_error(reader, map, "a pack has an id");
}

static void read_cited(struct pack_reader *reader, const struct yaml_node *rules,
                       const struct yaml_node *record_only)
{
    struct pack *pack = reader->pack;
    unsigned room = (rules ? rules->count : 0) + (record_only ? record_only->count : 0);
    pack->rules = ARENA_ARRAY(reader->arena, struct cited_rule, room);
    if (rules && read_is_map(reader, rules, "rules"))
        for (const struct yaml_node *node = rules->first; node; node = node->next)
            pack->rules[pack->rule_count++] =
                (struct cited_rule){.id = symbol_add(reader->symbols, node->key->text),
                                    .words = node->text,
                                    .place = read_place(node->key)};
    if (record_only && read_is_map(reader, record_only, "record_only"))
        for (const struct yaml_node *node = record_only->first; node; node = node->next) {
            symbol id = symbol_add(reader->symbols, node->key->text);
            unsigned at = 0;
            while (at < pack->rule_count && pack->rules[at].id != id)
                at++;
            if (at == pack->rule_count)
                pack->rules[pack->rule_count++] =
                    (struct cited_rule){.id = id, .place = read_place(node->key)};
            pack->rules[at].record_only = true;
            pack->rules[at].reason = node->text;
        }
}

static void read_titles(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "names"))
        return;
    reader->pack->names = ARENA_ARRAY(reader->arena, struct name_def, map->count);
    for (const struct yaml_node *node = map->first; node; node = node->next)
        reader->pack->names[reader->pack->name_count++] =
            (struct name_def){symbol_add(reader->symbols, node->key->text),
                              read_title(reader, node), read_place(node->key)};
}

static void read_lists(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "lists"))
        return;
    reader->pack->lists = ARENA_ARRAY(reader->arena, struct list_def, map->count);
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        struct list_def *list = &reader->pack->lists[reader->pack->list_count++];
        list->name = symbol_add(reader->symbols, node->key->text);
        list->place = read_place(node->key);
        if (node->kind == YAML_MAP) {
            read_known(reader, node, "a list", "title members open");
            list->title = read_title(reader, yaml_get(node, "title"));
            list->open = read_bool(reader, yaml_get(node, "open"));
            list->members = read_names(reader, yaml_get(node, "members"));
        } else {
            list->members = read_names(reader, node);
        }
        if (!list->members.count)
            read_error(reader, node, "a list has members, low to high");
    }
}

static void read_kinds(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "subjects"))
        return;
    reader->pack->kinds = ARENA_ARRAY(reader->arena, struct kind_def, map->count);
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        struct kind_def *kind = &reader->pack->kinds[reader->pack->kind_count++];
        kind->name = symbol_add(reader->symbols, node->key->text);
        kind->place = read_place(node->key);
        kind->fields = read_fields(reader, node);
    }
}

static void read_roles(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "roles"))
        return;
    reader->pack->roles = ARENA_ARRAY(reader->arena, struct role_def, map->count);
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        struct role_def *role = &reader->pack->roles[reader->pack->role_count++];
        role->name = symbol_add(reader->symbols, node->key->text);
        role->place = read_place(node->key);
        if (node->kind == YAML_MAP && (yaml_get(node, "title") || yaml_get(node, "superior"))) {
            read_known(reader, node, "a role", "title superior");
            role->title = read_title(reader, yaml_get(node, "title"));
            role->superior = read_name(reader, yaml_get(node, "superior"));
        } else {
            role->title = read_title(reader, node);
        }
    }
}

static struct parameter_node read_parameter_node(struct pack_reader *reader,
                                                 const struct yaml_node *node)
{
    struct parameter_node parameter = {0};
    if (node->key)
        parameter.key = read_operand_text(reader, node->key, node->key->text);
    if (node->kind != YAML_MAP) {
        parameter.value = read_operand(reader, node);
        return parameter;
    }
    parameter.entries = ARENA_ARRAY(reader->arena, struct parameter_node, node->count);
    for (const struct yaml_node *item = node->first; item; item = item->next)
        parameter.entries[parameter.entry_count++] = read_parameter_node(reader, item);
    return parameter;
}

static void read_parameters(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "parameters"))
        return;
    reader->pack->parameters = ARENA_ARRAY(reader->arena, struct parameter, map->count);
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        if (!read_is_map(reader, node, "a parameter"))
            continue;
        const struct yaml_node *value = yaml_get(node, "value"), *open = yaml_get(node, "open");
        struct parameter *parameter = &reader->pack->parameters[reader->pack->parameter_count++];
        read_known(reader, node, "a parameter", "title value rule open min max");
        parameter->name = symbol_add(reader->symbols, node->key->text);
        parameter->place = read_place(node->key);
        parameter->title = read_title(reader, yaml_get(node, "title"));
        parameter->rule = read_name(reader, yaml_get(node, "rule"));
        parameter->open = open ? open->text : NULL;
        if (yaml_get(node, "min"))
            parameter->min = read_operand(reader, yaml_get(node, "min"));
        if (yaml_get(node, "max"))
            parameter->max = read_operand(reader, yaml_get(node, "max"));
        if (!value || (!parameter->rule && !open))
            read_error(reader, node,
                       "a parameter has a value, and `rule` (fixed by the text) or `open` (left "
                       "open by it)");
        else
            parameter->value = read_parameter_node(reader, value);
    }
}

static struct period read_period(struct pack_reader *reader, const struct yaml_node *node)
{
    struct period period = {0};
    struct fault fault = {0};
    if (node->kind != YAML_TEXT || period_parse(node->text, &period, &fault) != STATUS_OK)
        read_error(reader, node, "%s",
                   fault.text[0] ? fault.text : "expected a period such as P7D");
    return period;
}

static void read_ladder(struct pack_reader *reader, const struct yaml_node *map,
                        struct ladder *ladder)
{
    const struct yaml_node *before = yaml_get(map, "before"), *after = yaml_get(map, "after"),
                           *escalate = yaml_get(map, "escalate");
    read_known(reader, map, "a ladder", "before after escalate");
    for (const struct yaml_node *node = before ? before->first : NULL; node; node = node->next) {
        if (ladder->before_count == LADDER_STEPS_MAX) {
            read_error(reader, node, "a ladder has at most %d reminders", LADDER_STEPS_MAX);
            break;
        }
        ladder->before[ladder->before_count++] = read_period(reader, node);
    }
    if (after && (after->kind != YAML_SEQUENCE || after->count != 2)) {
        read_error(reader, after, "after: [first notice, then every]");
    } else if (after) {
        ladder->repeats = true;
        ladder->after_first = read_period(reader, after->first);
        ladder->after_every = read_period(reader, after->first->next);
    }
    static const char *const names[] = {"superior", "supervisor"};
    for (unsigned i = 0; escalate && i < 2; i++) {
        const struct yaml_node *node = yaml_get(escalate, names[i]);
        ladder->escalates[i] = node != NULL;
        if (node)
            ladder->escalate[i] = read_period(reader, node);
    }
}

static void read_ladders(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "ladders"))
        return;
    reader->pack->ladders = ARENA_ARRAY(reader->arena, struct ladder_def, map->count);
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        struct ladder_def *ladder = &reader->pack->ladders[reader->pack->ladder_count++];
        ladder->name = symbol_add(reader->symbols, node->key->text);
        ladder->place = read_place(node->key);
        if (read_is_map(reader, node, "a ladder"))
            read_ladder(reader, node, &ladder->ladder);
    }
}

static void read_facts(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "facts"))
        return;
    reader->pack->facts = ARENA_ARRAY(reader->arena, struct fact_def, map->count);
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        struct fact_def *fact = &reader->pack->facts[reader->pack->fact_count++];
        fact->name = symbol_add(reader->symbols, node->key->text);
        fact->place = read_place(node->key);
        fact->pack = reader->pack;
        if (!read_is_map(reader, node, "a fact"))
            continue;
        read_known(reader, node, "a fact", "title rules about fields lasts ended_by seen_by");
        fact->title = read_title(reader, yaml_get(node, "title"));
        fact->about = read_slots(reader, yaml_get(node, "about"));
        fact->fields = read_fields(reader, yaml_get(node, "fields"));
        fact->lasts = read_operand(reader, yaml_get(node, "lasts"));
        fact->ended_by = read_name(reader, yaml_get(node, "ended_by"));
        fact->seen_by = read_names(reader, yaml_get(node, "seen_by"));
        if (!fact->about.count)
            read_error(reader, node, "a fact says in whose dossier it stands: about: [person]");
    }
}

static void read_parts(struct pack_reader *reader, const struct yaml_node *root)
{
    struct pack *pack = reader->pack;
    read_known(reader, root, "a pack",
               "pack rules record_only names lists subjects roles facts parameters ladders "
               "values guards procedures duties texts boards");
    const struct yaml_node *head = yaml_get(root, "pack");
    if (!head || !read_is_map(reader, head, "pack")) {
        read_error(reader, root, "a pack begins with pack: {id: ..., words: 1, ...}");
        return;
    }
    read_head(reader, head);
    read_cited(reader, yaml_get(root, "rules"), yaml_get(root, "record_only"));
    read_titles(reader, yaml_get(root, "names"));
    read_lists(reader, yaml_get(root, "lists"));
    read_kinds(reader, yaml_get(root, "subjects"));
    read_roles(reader, yaml_get(root, "roles"));
    read_parameters(reader, yaml_get(root, "parameters"));
    read_ladders(reader, yaml_get(root, "ladders"));
    read_facts(reader, yaml_get(root, "facts"));
    read_values(reader, yaml_get(root, "values"), NULL, &pack->values, &pack->value_count);
    read_guard_sets(reader, yaml_get(root, "guards"));
    read_procedures(reader, yaml_get(root, "procedures"));
    read_duties(reader, yaml_get(root, "duties"));
    read_texts(reader, yaml_get(root, "texts"));
    read_boards(reader, yaml_get(root, "boards"));
    pack->named_types = arena_copy(reader->arena, reader->named_types,
                                   reader->named_type_count * sizeof(struct type *));
    pack->named_type_count = reader->named_type_count;
}

static void yaml_fault_add(struct pack_findings *findings, const struct fault *fault)
{
    struct place place = {1, 1};
    int skip = 0;
    sscanf(fault->text, "%u:%u: %n", &place.line, &place.column, &skip);
    finding_add(findings, place, "%s", fault->text + skip);
}

/* Names are the keys of maps: one that no command could carry would name what nobody can do. The
 * depth of the tree has its limit in core/yaml_tree.c. */
static void read_keys(struct pack_reader *reader, const struct yaml_node *node)
{
    if (node->key && (!node->key->length || node->key->length > NAME_SIZE_MAX))
        read_error(reader, node->key, "expected a name of 1 to %d bytes", NAME_SIZE_MAX);
    for (const struct yaml_node *item = node->kind == YAML_TEXT ? NULL : node->first; item;
         item = item->next)
        read_keys(reader, item);
}

struct pack *pack_read(const char *text, size_t size, struct symbol_table *symbols,
                       struct pack_findings *findings)
{
    struct pack *pack = calloc(1, sizeof *pack);
    struct pack_reader *reader = calloc(1, sizeof *reader);
    struct yaml_node *documents;
    struct fault fault;
    CHECK(pack != NULL && reader != NULL);
    arena_init(&pack->arena, 0);
    *reader = (struct pack_reader){.pack = pack,
                                   .arena = &pack->arena,
                                   .symbols = symbols,
                                   .findings = findings,
                                   .text = text,
                                   .size = size};
    if (yaml_read(text, size, &pack->arena, &documents, &fault) != STATUS_OK)
        yaml_fault_add(findings, &fault);
    else if (documents->count != 1 || documents->first->kind != YAML_MAP)
        finding_add(findings, (struct place){1, 1}, "a pack is one YAML document, a map");
    else {
        read_keys(reader, documents->first);
        read_parts(reader, documents->first);
    }
    free(reader);
    if (findings->error_count == 0)
        return pack;
    pack_free(pack);
    return NULL;
}

void pack_free(struct pack *pack)
{
    if (!pack)
        return;
    arena_done(&pack->arena);
    free(pack);
}

/* ---- linking ---- */

struct packs { /* a pack and those it stands beside */
    const struct pack *own;
    const struct pack *const *others;
    unsigned count;
};

static bool pack_has(const struct pack *pack, symbol name, enum type_kind kind)
{
    if (kind == TYPE_MEMBER)
        for (unsigned i = 0; i < pack->list_count; i++)
            if (pack->lists[i].name == name)
                return true;
    if (kind == TYPE_SUBJECT)
        for (unsigned i = 0; i < pack->kind_count; i++)
            if (pack->kinds[i].name == name)
                return true;
    if (kind == TYPE_CASE)
        for (unsigned i = 0; i < pack->procedure_count; i++)
            if (pack->procedures[i].name == name)
                return true;
    return false;
}

static bool packs_have(const struct packs *packs, symbol name, enum type_kind kind)
{
    if (pack_has(packs->own, name, kind))
        return true;
    for (unsigned i = 0; i < packs->count; i++)
        if (pack_has(packs->others[i], name, kind))
            return true;
    return false;
}

static void type_link(const struct packs *packs, struct type *type,
                      const struct symbol_table *symbols, struct pack_findings *findings)
{
    static const enum type_kind kinds[] = {TYPE_MEMBER, TYPE_SUBJECT, TYPE_CASE};
    if (type->kind == TYPE_ONE_OF) {
        bool all_kinds = type->choices.count > 0;
        for (unsigned i = 0; i < type->choices.count; i++)
            all_kinds = all_kinds && packs_have(packs, type->choices.items[i], TYPE_SUBJECT);
        type->kind = all_kinds ? TYPE_SUBJECT : TYPE_ONE_OF;
        return;
    }
    if (type->kind == TYPE_TABLE && packs_have(packs, type->name, TYPE_MEMBER))
        return;
    for (unsigned i = 0; type->kind == TYPE_NAME && i < 3; i++)
        if (packs_have(packs, type->name, kinds[i]))
            type->kind = kinds[i];
    if (type->kind != TYPE_NAME && type->kind != TYPE_TABLE)
        return;
    finding_add(
        findings, type->place,
        "unknown type \"%.60s\": no list, kind of subject or procedure of that name here or "
        "in the used packs",
        symbol_text(symbols, type->name));
}

void pack_link(struct pack *pack, const struct pack *const *others, unsigned other_count,
               const struct symbol_table *symbols, struct pack_findings *findings)
{
    struct packs packs = {pack, others, other_count};
    for (unsigned i = 0; i < pack->named_type_count; i++)
        type_link(&packs, pack->named_types[i], symbols, findings);
}
