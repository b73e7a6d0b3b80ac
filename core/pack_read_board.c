/* pack_read_board.c - the boards of a pack: what makes rows, what changes them, what is shown. */
#include "core/check.h"
#include "core/pack_read.h"

static const char *const state_words[] = {
#define S(name, zh, en) #name,
    ROW_STATES(S)
#undef S
};

static void read_board_value(struct pack_reader *reader, const struct yaml_node *node,
                             struct board_value *value)
{
    if (!node)
        return;
    value->place = read_place(node);
    if (node->kind == YAML_MAP)
        value->form = read_value_form(reader, node);
    else
        value->path = read_operand(reader, node);
}

static void read_cells(struct pack_reader *reader, const struct yaml_node *map,
                       struct board_line *line)
{
    if (!map || !read_is_map(reader, map, "show"))
        return;
    line->cells = ARENA_ARRAY(reader->arena, struct board_value, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        struct board_value *cell = &line->cells[line->cell_count++];
        read_board_value(reader, item, cell);
        cell->name = symbol_add(reader->symbols, item->key->text);
        cell->place = read_place(item->key);
    }
}

static void read_state_words(struct pack_reader *reader, const struct yaml_node *map,
                             struct board_line *line)
{
    if (!map || !read_is_map(reader, map, "words"))
        return;
    read_known(reader, map, "words",
               "open soon overdue suspended closed in_force expired lifted cancelled recorded");
    for (unsigned i = 0; i < ROW_STATE_COUNT; i++)
        line->words[i] = read_title(reader, yaml_get(map, state_words[i]));
}

static void read_source(struct pack_reader *reader, const struct yaml_node *map,
                        struct board_line *line)
{
    static const struct {
        const char *word;
        enum board_source source;
    } sources[] = {
        {"fact", BOARD_FACT}, {"duty", BOARD_DUTY}, {"case", BOARD_CASE}, {"for", BOARD_SUBJECT}};
    unsigned given = 0;
    for (unsigned i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        const struct yaml_node *node = yaml_get(map, sources[i].word);
        if (!node)
            continue;
        line->source = sources[i].source;
        line->what = read_name(reader, node);
        given++;
    }
    if (given != 1)
        read_error(reader, map,
                   "rows of a board are made by one thing: fact, duty, case, or for: a kind of "
                   "subject");
    if (yaml_get(map, "per") && line->source != BOARD_SUBJECT)
        read_error(reader, yaml_get(map, "per"), "per stands beside for: a kind of subject");
}

static void read_line(struct pack_reader *reader, const struct yaml_node *map,
                      struct board_line *line)
{
    line->name = symbol_add(reader->symbols, map->key->text);
    line->place = read_place(map->key);
    if (!read_is_map(reader, map, "rows of a board"))
        return;
    read_known(reader, map, "rows of a board",
               "title rules fact duty case for per where subject unit owner due until soon closed "
               "lifted overdue words show");
    read_source(reader, map, line);
    line->title = read_title(reader, yaml_get(map, "title"));
    line->rules = read_rules(reader, yaml_get(map, "rules"));
    line->per = read_span_kind(yaml_get(map, "per"));
    line->where = read_predicate(reader, yaml_get(map, "where"));
    line->subject = read_operand(reader, yaml_get(map, "subject"));
    line->unit = read_operand(reader, yaml_get(map, "unit"));
    line->owner = read_name(reader, yaml_get(map, "owner"));
    read_board_value(reader, yaml_get(map, "due"), &line->due);
    read_board_value(reader, yaml_get(map, "until"), &line->until);
    if (yaml_get(map, "until") && line->source != BOARD_FACT)
        read_error(reader, yaml_get(map, "until"),
                   "until stands beside fact: the last day in force");
    line->soon = read_operand(reader, yaml_get(map, "soon"));
    line->closed = read_predicate(reader, yaml_get(map, "closed"));
    line->lifted = read_predicate(reader, yaml_get(map, "lifted"));
    line->overdue = read_predicate(reader, yaml_get(map, "overdue"));
    read_state_words(reader, yaml_get(map, "words"), line);
    read_cells(reader, yaml_get(map, "show"), line);
}

static void read_columns(struct pack_reader *reader, const struct yaml_node *map,
                         struct board_def *board)
{
    if (!map || !read_is_map(reader, map, "columns"))
        return;
    board->columns = ARENA_ARRAY(reader->arena, struct board_column, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next)
        board->columns[board->column_count++] =
            (struct board_column){.name = symbol_add(reader->symbols, item->key->text),
                                  .title = read_title(reader, item),
                                  .place = read_place(item->key)};
}

static void read_board(struct pack_reader *reader, const struct yaml_node *map,
                       struct board_def *board)
{
    const struct yaml_node *rows = yaml_get(map, "rows"), *order = yaml_get(map, "order");
    read_known(reader, map, "a board", "title columns order rows");
    board->title = read_title(reader, yaml_get(map, "title"));
    if (order && read_name(reader, order)) {
        board->descending = order->text[0] == '-';
        board->order = symbol_add(reader->symbols, order->text + board->descending);
    }
    board->order_place = order ? read_place(order) : board->place;
    read_columns(reader, yaml_get(map, "columns"), board);
    if (!rows || rows->kind != YAML_MAP || !rows->count) {
        read_error(reader, map, "a board says what makes its rows: rows: {name: {fact: ...}}");
        return;
    }
    board->lines = ARENA_ARRAY(reader->arena, struct board_line, rows->count);
    for (const struct yaml_node *item = rows->first; item; item = item->next)
        read_line(reader, item, &board->lines[board->line_count++]);
}

void read_boards(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "boards"))
        return;
    reader->pack->boards = ARENA_ARRAY(reader->arena, struct board_def, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        struct board_def *board = &reader->pack->boards[reader->pack->board_count++];
        board->name = symbol_add(reader->symbols, item->key->text);
        board->place = read_place(item->key);
        board->pack = reader->pack;
        if (read_is_map(reader, item, "a board"))
            read_board(reader, item, board);
    }
}
