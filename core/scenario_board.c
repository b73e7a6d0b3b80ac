/* scenario_board.c - what a scenario expects of boards: rows with these values in these columns, on the
 * day of the expectation or as of another one. */
#include "core/board.h"
#include "core/scenario_expect.h"

static bool text_is(const struct datum *cell, const struct yaml_node *wanted)
{
    if (datum_is_text(cell, wanted->text))
        return true;
    const char *colon = memchr(cell->text, ':', cell->count); /* person:wang is also wang */
    size_t skip = colon ? (size_t)(colon - cell->text) + 1 : 0;
    return colon && cell->count - skip == wanted->length &&
           memcmp(colon + 1, wanted->text, wanted->length) == 0;
}

static bool cell_is(struct scenario *s, const struct datum *cell, const struct yaml_node *wanted)
{
    int64_t label = scenario_case(s, wanted->text ? wanted->text : "");
    const struct yaml_node *item = wanted->first;
    switch (cell->kind) {
    case DATUM_NIL: return yaml_is(wanted, "missing");
    case DATUM_BOOL: return yaml_is(wanted, cell->boolean ? "true" : "false");
    case DATUM_INT:
        return yaml_is(wanted, arena_format(&s->arena, "%lld", (long long)cell->integer)) ||
               (label && label == cell->integer);
    case DATUM_TEXT: return wanted->kind == YAML_TEXT && text_is(cell, wanted);
    case DATUM_LIST: break;
    case DATUM_BYTES: return false;
    }
    if (wanted->kind == YAML_TEXT)
        return cell->count == 1 && cell_is(s, &cell->items[0], wanted);
    for (uint32_t i = 0; i < cell->count; i++, item = item ? item->next : NULL)
        if (!item || !cell_is(s, &cell->items[i], item))
            return false;
    return item == NULL;
}

static int column_of(const struct board *board, const char *name)
{
    for (unsigned i = 0; i < board->column_count; i++)
        if (strcmp(board->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool is_option(const struct yaml_node *node)
{
    return yaml_is(node->key, "board") || yaml_is(node->key, "as_of") ||
           yaml_is(node->key, "count") || yaml_is(node->key, "absent");
}

static bool row_is(struct scenario *s, const struct board *board, const struct datum *row,
                   const struct yaml_node *wanted)
{
    for (const struct yaml_node *node = wanted->first; node; node = node->next) {
        int column = is_option(node) ? -1 : column_of(board, node->key->text);
        if (!is_option(node) && (column < 0 || !cell_is(s, &row->items[column], node)))
            return false;
    }
    return true;
}

static bool columns_known(struct scenario *s, const struct board *board,
                          const struct yaml_node *wanted)
{
    bool known = true;
    for (const struct yaml_node *node = wanted->first; node; node = node->next)
        if (!is_option(node) && column_of(board, node->key->text) < 0) {
            scenario_differs(s, node, "the board %s has no column %s", board->name,
                             node->key->text);
            known = false;
        }
    return known;
}

void scenario_expect_board(struct scenario *s, const struct yaml_node *wanted)
{
    const struct yaml_node *name = yaml_get(wanted, "board"), *as_of = yaml_get(wanted, "as_of"),
                           *count = yaml_get(wanted, "count");
    struct board board;
    struct board_asking asking = {.state = s->state,
                                  .board = &board,
                                  .at = as_of ? date_parse(as_of->text) : s->today,
                                  .known = INT64_MAX,
                                  .past = as_of != NULL};
    struct board_place place = {0, 0};
    struct datum row;
    unsigned steps = UINT32_MAX, found = 0, all = 0;
    s->result->expectations++;
    if (!name || !state_board(s->state, (struct text_view){name->text, (uint32_t)name->length},
                              (struct text_view){"", 0}, &board)) {
        scenario_differs(s, wanted, "there is no board %s", name ? name->text : "?");
        return;
    }
    if (!columns_known(s, &board, wanted))
        return;
    for (; board_row(&asking, &s->arena, &place, &steps, &row); place.index++, all++)
        found += row_is(s, &board, &row, wanted);
    if (count && !yaml_is(count, arena_format(&s->arena, "%u", found)))
        scenario_differs(s, wanted, "the board %s has %u such rows, expected %s", board.name, found,
                         count->text);
    else if (!count && (found > 0) == yaml_is(yaml_get(wanted, "absent"), "true"))
        scenario_differs(s, wanted, "the board %s has %u such rows of %u", board.name, found, all);
}
