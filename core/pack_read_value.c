/* pack_read_value.c - computed values: one operation each, recognized by its word. */
#include <string.h>

#include "core/pack_read.h"

#define COMMON_WORDS "for per at title rules changed daily seen_by round least "

static void read_operands(struct pack_reader *reader, const struct yaml_node *node,
                          struct value_def *value)
{
    struct operand list = read_operand(reader, node);
    if (list.kind != OPERAND_LIST || list.count == 0) {
        read_error(reader, node, "expected a list of operands");
        return;
    }
    struct operand *operands = ARENA_ARRAY(reader->arena, struct operand, list.count);
    memcpy(operands, list.items, list.count * sizeof *operands);
    value->operands = operands;
    value->operand_count = list.count;
}

static void read_weights(struct pack_reader *reader, const struct yaml_node *map,
                         struct value_def *value)
{
    value->form = FORM_WEIGHTED;
    value->operands = ARENA_ARRAY(reader->arena, struct operand, map->count);
    value->weights = ARENA_ARRAY(reader->arena, struct operand, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        struct operand weight = read_operand(reader, item);
        bool fixed = weight.kind == OPERAND_NUMBER && weight.number.num > 0;
        if (!fixed && weight.kind != OPERAND_PARAMETER)
            read_error(reader, item, "a weight is a number above 0, or a parameter");
        value->operands[value->operand_count] =
            read_operand_text(reader, item->key, item->key->text);
        value->weights[value->operand_count++] = weight;
    }
}

static void read_picks(struct pack_reader *reader, const struct yaml_node *node,
                       struct value_def *value)
{
    value->form = FORM_PICK;
    if (node->kind != YAML_SEQUENCE) {
        read_error(reader, node, "expected lines {is: value, if: condition}");
        return;
    }
    value->picks = ARENA_ARRAY(reader->arena, struct pick_line, node->count);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        if (!read_is_map(reader, item, "a pick line"))
            continue;
        read_known(reader, item, "a pick line", "is if");
        value->picks[value->pick_count++] =
            (struct pick_line){read_operand(reader, yaml_get(item, "is")),
                               read_predicate(reader, yaml_get(item, "if"))};
    }
}

static void read_lookup(struct pack_reader *reader, const struct yaml_node *map,
                        struct value_def *value)
{
    struct operand by = read_operand(reader, yaml_get(map, "by"));
    value->form = FORM_LOOKUP;
    value->table = read_operand(reader, yaml_get(map, "lookup"));
    value->by_count = by.kind == OPERAND_LIST ? by.count : by.kind == OPERAND_NONE ? 0 : 1;
    value->by = ARENA_ARRAY(reader->arena, struct operand, value->by_count);
    for (unsigned i = 0; i < value->by_count; i++)
        value->by[i] = by.kind == OPERAND_LIST ? by.items[i] : by;
    if (value->table.kind != OPERAND_PARAMETER || !value->by_count)
        read_error(reader, map,
                   "a lookup needs a parameter table and `by`: {lookup: $table, by: [path]}");
}

static void read_date(struct pack_reader *reader, const struct yaml_node *map,
                      struct value_def *value)
{
    const struct yaml_node *first_day = yaml_get(map, "first_day");
    value->form = FORM_DATE;
    value->from = read_operand(reader, yaml_get(map, "from"));
    value->plus = read_operand(reader, yaml_get(map, "plus"));
    value->minus = read_operand(reader, yaml_get(map, "minus"));
    if (first_day && !yaml_is(first_day, "counts"))
        read_error(reader, first_day, "first_day knows only: counts");
    value->first_day = first_day ? FIRST_DAY_COUNTS : FIRST_DAY_NOT_COUNTED;
}

static void read_rank(struct pack_reader *reader, const struct yaml_node *map,
                      struct value_def *value)
{
    const struct yaml_node *among = yaml_get(map, "among"), *best = yaml_get(map, "best"),
                           *ties = yaml_get(map, "ties");
    value->form = FORM_RANK;
    value->rank = read_operand(reader, yaml_get(map, "rank"));
    if (among && read_is_map(reader, among, "among"))
        value->among = read_each(reader, among);
    if (!value->among)
        read_error(reader, map, "a rank needs among: {each: ...}");
    value->best_low = best && yaml_is(best, "low");
    value->ties_dense = ties && yaml_is(ties, "dense");
}

static void read_round(struct pack_reader *reader, const struct yaml_node *map,
                       struct value_def *value)
{
    const struct yaml_node *node = yaml_get(map, "round");
    value->least = read_operand(reader, yaml_get(map, "least"));
    if (!node)
        return;
    struct operand to = read_operand(reader, node);
    value->round = yaml_is(node, "up") ? ROUND_UP : yaml_is(node, "down") ? ROUND_DOWN : ROUND_TO;
    if (value->round == ROUND_TO && (to.kind != OPERAND_NUMBER || to.number.num <= 0))
        read_error(reader, node, "round is up, down or a step such as 0.1");
    value->round_to = to.kind == OPERAND_NUMBER ? to.number : (struct number){1, 1};
}

static void read_changes(struct pack_reader *reader, const struct yaml_node *map,
                         struct value_def *value)
{
    if (!map || !read_is_map(reader, map, "changed"))
        return;
    value->changes = ARENA_ARRAY(reader->arena, struct change, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next)
        value->changes[value->change_count++] = (struct change){
            yaml_is(item->key, "any") ? SYMBOL_NONE : symbol_add(reader->symbols, item->key->text),
            read_effects(reader, item)};
}

/* word -> form, for the forms that are just a list of operands */
static const struct {
    const char *word;
    enum value_form form;
} list_forms[] = {
    {"first", FORM_FIRST}, {"total", FORM_TOTAL}, {"less", FORM_LESS}, {"times", FORM_TIMES}};

static bool read_list_form(struct pack_reader *reader, const struct yaml_node *map,
                           struct value_def *value)
{
    for (unsigned i = 0; i < sizeof list_forms / sizeof list_forms[0]; i++) {
        const struct yaml_node *node = yaml_get(map, list_forms[i].word);
        if (!node)
            continue;
        read_known(reader, map, "a value", COMMON_WORDS "first total less times");
        value->form = list_forms[i].form;
        read_operands(reader, node, value);
        return true;
    }
    return false;
}

static void read_form(struct pack_reader *reader, const struct yaml_node *map,
                      struct value_def *value)
{
    const struct yaml_node *mean = yaml_get(map, "mean");
    if (mean && mean->kind == YAML_MAP) {
        read_known(reader, map, "a value", COMMON_WORDS "mean");
        read_weights(reader, mean, value);
    } else if (yaml_get(map, "pick")) {
        read_known(reader, map, "a value", COMMON_WORDS "pick");
        read_picks(reader, yaml_get(map, "pick"), value);
    } else if (yaml_get(map, "lookup")) {
        read_known(reader, map, "a value", COMMON_WORDS "lookup by");
        read_lookup(reader, map, value);
    } else if (yaml_get(map, "rank")) {
        read_known(reader, map, "a value", COMMON_WORDS "rank among best ties");
        read_rank(reader, map, value);
    } else if (yaml_get(map, "plus") || yaml_get(map, "minus")) {
        read_known(reader, map, "a value", COMMON_WORDS "from plus minus first_day");
        if (yaml_get(map, "plus") && yaml_get(map, "minus"))
            read_error(reader, map, "a date has plus or minus, not both");
        read_date(reader, map, value);
    } else if (has_selector(map)) {
        read_known(
            reader, map, "a value",
            COMMON_WORDS
            "has lacks count sum mean latest share every time since ratio holds signed unsigned "
            "of where having have newest in recorded in_force known within as take who over");
        value->form = FORM_SELECTION;
        value->selection = read_selection(reader, map);
    } else if (!read_list_form(reader, map, value)) {
        read_error(
            reader, map,
            "expected one operation: a selector, from with plus or minus, first, total, less, "
            "times, ratio, mean, lookup, pick or rank");
    }
}

const struct value_def *read_value_form(struct pack_reader *reader, const struct yaml_node *map)
{
    struct value_def *value = ARENA_NEW(reader->arena, struct value_def);
    value->place = read_place(map);
    value->pack = reader->pack;
    value->per = read_span_kind(yaml_get(map, "per"));
    value->at = read_operand(reader, yaml_get(map, "at"));
    read_form(reader, map, value);
    read_round(reader, map, value);
    return value;
}

void read_values(struct pack_reader *reader, const struct yaml_node *map,
                 const struct procedure *procedure, struct value_def **ret_values,
                 unsigned *ret_count)
{
    *ret_values = NULL;
    *ret_count = 0;
    if (!map || !read_is_map(reader, map, "values"))
        return;
    struct value_def *values = ARENA_ARRAY(reader->arena, struct value_def, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        if (!read_is_map(reader, item, "a value"))
            continue;
        struct value_def *value = &values[(*ret_count)++];
        value->name = symbol_add(reader->symbols, item->key->text);
        value->place = read_place(item->key);
        value->title = read_title(reader, yaml_get(item, "title"));
        value->rules = read_rules(reader, yaml_get(item, "rules"));
        value->pack = reader->pack;
        value->procedure = procedure;
        value->subject_kind = read_name(reader, yaml_get(item, "for"));
        value->per = read_span_kind(yaml_get(item, "per"));
        value->at = read_operand(reader, yaml_get(item, "at"));
        if (!procedure && !value->subject_kind)
            read_error(reader, item, "a value of a pack says whose it is: for: person");
        read_form(reader, item, value);
        read_round(reader, item, value);
        read_changes(reader, yaml_get(item, "changed"), value);
        value->daily = yaml_get(item, "daily") && read_bool(reader, yaml_get(item, "daily"));
        if (value->daily && (!value->change_count || value->per != SPAN_NONE))
            read_error(reader, item, "daily stands beside changed, of a value without per");
    }
    *ret_values = values;
}
