/* pack_read_predicate.c - operands, bounds, selections and predicates of the pack language.
 *
 * Words are typed by their place: a scalar is read as literal, parameter, word or path by its look
 * alone; whether a word is a list's member is decided where it is compared. */
#include <stdlib.h>
#include <string.h>

#include "core/pack_read.h"

static const char *const selector_words[] = {
    [SELECT_HAS] = "has",       [SELECT_LACKS] = "lacks",       [SELECT_COUNT] = "count",
    [SELECT_SUM] = "sum",       [SELECT_MEAN] = "mean",         [SELECT_LATEST] = "latest",
    [SELECT_SHARE] = "share",   [SELECT_EVERY] = "every",       [SELECT_TIME] = "time",
    [SELECT_SINCE] = "since",   [SELECT_RATIO] = "ratio",       [SELECT_HOLDS] = "holds",
    [SELECT_SIGNED] = "signed", [SELECT_UNSIGNED] = "unsigned",
};

#define OPTION_WORDS                                                                               \
    "of where having have newest in recorded in_force at known within as take who over"
#define BOUND_WORDS "is min max above below other_than inside filled empty"

/* ---- operands ---- */

static bool number_read(const char *text, struct number *ret_number)
{
    char *end;
    long long whole = strtoll(text, &end, 10);
    if (end == text || whole > 1000000000000 || whole < -1000000000000)
        return false;
    int64_t num = whole, den = 1;
    if (*end == '.') {
        const char *digit = end + 1;
        if (!*digit)
            return false;
        for (; *digit >= '0' && *digit <= '9' && den < 1000000; digit++, den *= 10)
            num = num * 10 + (text[0] == '-' ? -(*digit - '0') : *digit - '0');
        end = (char *)(uintptr_t)digit;
    } else if (*end == '/') {
        const char *below = end + 1;
        den = strtoll(below, &end, 10);
        if (end == below || den <= 0)
            return false;
    }
    if (*end == '%') {
        den *= 100;
        end++;
    }
    *ret_number = (struct number){num, den};
    for (int64_t a = num < 0 ? -num : num, b = den; a;) { /* reduce */
        int64_t rest = b % a;
        b = a;
        a = rest;
        if (!a)
            *ret_number = (struct number){num / b, den / b};
    }
    if (num == 0)
        *ret_number = (struct number){0, 1};
    return *end == '\0';
}

static bool path_read(struct pack_reader *reader, const char *text, struct operand *operand)
{
    operand->count = 0;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, ".");
        if (length == 0 || operand->count == PATH_NAMES_MAX)
            return false;
        operand->names[operand->count++] = symbol_add_n(reader->symbols, at, length);
        at += length;
        if (*at == '.' && !*++at)
            return false;
    }
    return operand->count > 0;
}

struct operand read_operand_text(struct pack_reader *reader, const struct yaml_node *place,
                                 const char *text)
{
    struct operand operand = {.place = read_place(place),
                              .text = symbol_add(reader->symbols, text)};
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        operand.kind = OPERAND_BOOL;
        operand.boolean = text[0] == 't';
    } else if (number_read(text, &operand.number)) {
        operand.kind = OPERAND_NUMBER;
    } else if ((operand.date = date_parse(text)) != DATE_NONE) {
        operand.kind = OPERAND_DATE;
    } else if (text[0] == 'P' && text[1] >= '0' && text[1] <= '9') {
        operand.kind = OPERAND_PERIOD;
        struct fault fault;
        if (period_parse(text, &operand.period, &fault) != STATUS_OK)
            read_error(reader, place, "%s", fault.text);
    } else if (text[0] == '$') {
        operand.kind = OPERAND_PARAMETER;
        if (!path_read(reader, text + 1, &operand))
            read_error(reader, place, "\"%s\": a parameter is written $name or $name.key", text);
    } else if (path_read(reader, text, &operand)) {
        operand.kind = operand.count > 1 ? OPERAND_PATH : OPERAND_WORD;
    } else {
        operand.kind = OPERAND_NONE;
        read_error(reader, place, "\"%s\": expected a value, a name or a path", text);
    }
    return operand;
}

struct operand read_operand(struct pack_reader *reader, const struct yaml_node *node)
{
    struct operand operand = {.kind = OPERAND_NONE};
    if (!node)
        return operand;
    if (node->kind == YAML_TEXT)
        return read_operand_text(reader, node, node->text);
    operand.place = read_place(node);
    if (node->kind != YAML_SEQUENCE) {
        read_error(reader, node, "expected a value, a path or a list, no map");
        return operand;
    }
    struct operand *items = ARENA_ARRAY(reader->arena, struct operand, node->count);
    operand.kind = OPERAND_LIST;
    for (const struct yaml_node *item = node->first; item; item = item->next)
        items[operand.count++] = read_operand(reader, item);
    operand.items = items;
    return operand;
}

/* ---- bounds ---- */

static const char *const bound_words[] = {
    [BOUND_IS] = "is",
    [BOUND_MIN] = "min",
    [BOUND_MAX] = "max",
    [BOUND_ABOVE] = "above",
    [BOUND_BELOW] = "below",
    [BOUND_IN] = "in",
    [BOUND_OTHER_THAN] = "other_than",
    [BOUND_INSIDE] = "inside",
    [BOUND_FILLED] = "filled",
    [BOUND_EMPTY] = "empty",
};

/* A bare right side: a value (is), a list (one of), or one of the two words about presence. */
static struct bound bare_bound(struct pack_reader *reader, const struct yaml_node *node)
{
    struct bound bound = {.kind = BOUND_IS};
    if (yaml_is(node, "filled") || yaml_is(node, "empty")) {
        bound.kind = node->text[0] == 'f' ? BOUND_FILLED : BOUND_EMPTY;
        return bound;
    }
    bound.operand = read_operand(reader, node);
    if (bound.operand.kind == OPERAND_LIST)
        bound.kind = BOUND_IN;
    return bound;
}

static bool bound_read(struct pack_reader *reader, const struct yaml_node *node,
                       struct bound *bound)
{
    for (unsigned i = 0; i < sizeof bound_words / sizeof bound_words[0]; i++) {
        if (strcmp(node->key->text, bound_words[i]) != 0)
            continue;
        *bound = (struct bound){.kind = (enum bound_kind)i, .operand = read_operand(reader, node)};
        if (bound->kind == BOUND_IS && bound->operand.kind == OPERAND_LIST)
            bound->kind = BOUND_IN;
        return true;
    }
    return false;
}

struct bounds read_bounds(struct pack_reader *reader, const struct yaml_node *node)
{
    struct bounds bounds = {0};
    bounds.items =
        ARENA_ARRAY(reader->arena, struct bound, node->kind == YAML_MAP ? node->count : 1);
    if (node->kind != YAML_MAP) {
        bounds.items[bounds.count++] = bare_bound(reader, node);
        return bounds;
    }
    read_known(reader, node, "a bound", BOUND_WORDS " in of");
    symbol of = read_name(reader, yaml_get(node, "of"));
    for (const struct yaml_node *item = node->first; item; item = item->next)
        if (bound_read(reader, item, &bounds.items[bounds.count]))
            bounds.items[bounds.count++].of = of;
    if (!bounds.count)
        read_error(reader, node, "expected a bound such as min, max, is, in");
    return bounds;
}

/* ---- selections ---- */

enum span_kind read_span_kind(const struct yaml_node *node)
{
    static const char *const words[] = {[SPAN_NONE] = "",
                                        [SPAN_YEAR] = "year",
                                        [SPAN_HALF] = "half",
                                        [SPAN_QUARTER] = "quarter",
                                        [SPAN_MONTH] = "month"};
    for (int kind = SPAN_YEAR; kind <= SPAN_MONTH; kind++)
        if (yaml_is(node, words[kind]))
            return (enum span_kind)kind;
    return SPAN_NONE;
}

static struct window window_map(struct pack_reader *reader, const struct yaml_node *node)
{
    struct window window = {.kind = WINDOW_ALL};
    read_known(reader, node, "a window", "period previous last from to booked");
    const struct yaml_node *item = node->first;
    if (!item)
        return window;
    if (yaml_get(node, "from") || yaml_get(node, "to")) {
        window.kind = WINDOW_RANGE;
        window.a = read_operand(reader, yaml_get(node, "from"));
        window.b = read_operand(reader, yaml_get(node, "to"));
    } else if (yaml_is(item->key, "previous")) {
        window.kind = WINDOW_PREVIOUS;
        window.span = read_span_kind(item);
    } else {
        window.kind = yaml_is(item->key, "period") ? WINDOW_NAMED
                      : yaml_is(item->key, "last") ? WINDOW_LAST
                                                   : WINDOW_BOOKED;
        window.a = read_operand(reader, item);
    }
    return window;
}

static struct window read_window(struct pack_reader *reader, const struct yaml_node *node)
{
    struct window window = {.kind = WINDOW_ALL};
    if (!node)
        return window;
    if (node->kind == YAML_MAP)
        return window_map(reader, node);
    window.span = read_span_kind(node);
    if (window.span != SPAN_NONE)
        window.kind = WINDOW_SPAN;
    else if (yaml_is(node, "period"))
        window.kind = WINDOW_PERIOD;
    else
        read_error(reader, node,
                   "expected year, half, quarter, month, period or a map such as {last: P12M}");
    return window;
}

static const struct yaml_node *selector_node(const struct yaml_node *map,
                                             enum selector *ret_selector)
{
    for (int i = SELECT_HAS; i <= SELECT_UNSIGNED; i++) {
        const struct yaml_node *node = yaml_get(map, selector_words[i]);
        if (node) {
            *ret_selector = (enum selector)i;
            return node;
        }
    }
    return NULL;
}

bool has_selector(const struct yaml_node *map)
{
    enum selector selector = SELECT_HAS;
    return map && map->kind == YAML_MAP && selector_node(map, &selector);
}

static enum as_unit read_as(struct pack_reader *reader, const struct yaml_node *node)
{
    if (!node)
        return AS_NONE;
    if (yaml_is(node, "days"))
        return AS_DAYS;
    if (yaml_is(node, "months"))
        return AS_MONTHS;
    if (!yaml_is(node, "years"))
        read_error(reader, node, "expected days, months or years");
    return AS_YEARS;
}

static void read_options(struct pack_reader *reader, const struct yaml_node *map,
                         struct selection *selection)
{
    const struct yaml_node *having = yaml_get(map, "having");
    selection->of = read_operand(reader, yaml_get(map, "of"));
    selection->take = read_operand(reader, yaml_get(map, "take"));
    selection->where = read_predicate(reader, yaml_get(map, "where"));
    selection->having = read_predicate(reader, having ? having : yaml_get(map, "have"));
    selection->newest = read_operand(reader, yaml_get(map, "newest"));
    selection->recorded = read_window(reader, yaml_get(map, "recorded"));
    selection->in_force = read_bool(reader, yaml_get(map, "in_force"));
    selection->at = read_operand(reader, yaml_get(map, "at"));
    selection->known = read_operand(reader, yaml_get(map, "known"));
    selection->within = read_operand(reader, yaml_get(map, "within"));
    selection->as = read_as(reader, yaml_get(map, "as"));
    selection->who = read_operand(reader, yaml_get(map, "who"));
    selection->over = read_operand(reader, yaml_get(map, "over"));
}

const struct selection *read_selection(struct pack_reader *reader, const struct yaml_node *map)
{
    struct selection *selection = ARENA_NEW(reader->arena, struct selection);
    const struct yaml_node *what = selector_node(map, &selection->selector);
    selection->place = read_place(map);
    selection->what = read_operand(reader, what);
    selection->in = read_window(reader, yaml_get(map, "in"));
    read_options(reader, map, selection);
    return selection;
}

const struct selection *read_each(struct pack_reader *reader, const struct yaml_node *map)
{
    const struct yaml_node *each = yaml_get(map, "each");
    if (!each)
        return NULL;
    struct selection *selection = ARENA_NEW(reader->arena, struct selection);
    selection->selector = SELECT_EACH;
    selection->place = read_place(each);
    selection->what = read_operand(reader, each);
    selection->of = read_operand(reader, yaml_get(map, "of"));
    selection->where = read_predicate(reader, yaml_get(map, "where"));
    selection->within = read_operand(reader, yaml_get(map, "within"));
    return selection;
}

/* ---- predicates ---- */

static void compare_read(struct pack_reader *reader, const struct yaml_node *node,
                         struct predicate *predicate)
{
    predicate->kind = PREDICATE_COMPARE;
    predicate->place = read_place(node->key);
    predicate->left = read_operand_text(reader, node->key, node->key->text);
    predicate->bounds = read_bounds(reader, node);
}

static void list_read(struct pack_reader *reader, const struct yaml_node *node,
                      enum predicate_kind kind, struct predicate *predicate)
{
    struct predicate *children = ARENA_ARRAY(reader->arena, struct predicate, node->count);
    predicate->kind = kind;
    if (node->kind != YAML_SEQUENCE) {
        read_error(reader, node, "expected a list of conditions");
        return;
    }
    for (const struct yaml_node *item = node->first; item; item = item->next)
        children[predicate->child_count++] = *read_predicate(reader, item);
    predicate->children = children;
}

static void selection_predicate(struct pack_reader *reader, const struct yaml_node *map,
                                struct predicate *predicate)
{
    char known[400] = OPTION_WORDS " " BOUND_WORDS " ";
    enum selector selector = SELECT_HAS;
    selector_node(map, &selector);
    strcat(known, selector_words[selector]);
    read_known(reader, map, "a selection", known);
    predicate->kind = PREDICATE_SELECT;
    predicate->selection = read_selection(reader, map);
    predicate->bounds.items = ARENA_ARRAY(reader->arena, struct bound, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next)
        if (!yaml_is(item->key, "in") &&
            bound_read(reader, item, &predicate->bounds.items[predicate->bounds.count]))
            predicate->bounds.count++;
}

static void map_read(struct pack_reader *reader, const struct yaml_node *map,
                     struct predicate *predicate)
{
    if (has_selector(map)) {
        selection_predicate(reader, map, predicate);
        return;
    }
    const struct yaml_node *any = yaml_get(map, "any");
    if (any && map->count == 1) {
        list_read(reader, any, PREDICATE_ANY, predicate);
        return;
    }
    if (map->count == 1) {
        compare_read(reader, map->first, predicate);
        return;
    }
    struct predicate *children = ARENA_ARRAY(reader->arena, struct predicate, map->count);
    predicate->kind = PREDICATE_ALL;
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        struct predicate *child = &children[predicate->child_count++];
        if (yaml_is(item->key, "any"))
            list_read(reader, item, PREDICATE_ANY, child);
        else
            compare_read(reader, item, child);
    }
    predicate->children = children;
}

const struct predicate *read_predicate(struct pack_reader *reader, const struct yaml_node *node)
{
    if (!node)
        return NULL;
    struct predicate *predicate = ARENA_NEW(reader->arena, struct predicate);
    predicate->place = read_place(node);
    if (node->kind == YAML_SEQUENCE)
        list_read(reader, node, PREDICATE_ALL, predicate);
    else if (node->kind == YAML_MAP)
        map_read(reader, node, predicate);
    else
        read_error(reader, node,
                   "expected a condition: {path: bound}, a selection, or a list of them");
    return predicate;
}
