/* board.c - boards put together from the packs in force, their rows one after the other, and what
 * those show. */
#include "core/board_row.h"

#include <string.h>

#include "core/state_query.h"

/* ---- which boards ---- */

static bool in_force(const struct rulebook *book, const struct pack *pack)
{
    return rulebook_pack(book, pack->id, 0) == pack;
}

unsigned state_boards(const struct state *state, const char **ret_names, unsigned max)
{
    unsigned count = 0;
    for (unsigned p = 0; p < state->rules.pack_count; p++) {
        const struct pack *pack = state->rules.packs[p];
        for (unsigned i = 0; i < pack->board_count && in_force(&state->rules, pack); i++) {
            const char *name = symbol_text(state->symbols, pack->boards[i].name);
            bool seen = false;
            for (unsigned k = 0; k < count; k++)
                seen = seen || ret_names[k] == name;
            if (!seen && count < max)
                ret_names[count++] = name;
        }
    }
    return count;
}

static void heading_add(struct board *board, const char *name, const char *zh, const char *en)
{
    for (unsigned i = 0; i < board->column_count; i++)
        if (strcmp(board->columns[i].name, name) == 0)
            return;
    if (board->column_count < BOARD_COLUMNS_MAX)
        board->columns[board->column_count++] = (struct board_heading){name, zh, en ? en : name};
}

static void part_add(const struct state *state, struct board *board, const struct board_def *part)
{
    if (board->part_count == BOARD_PARTS_MAX)
        return;
    if (!board->part_count) {
        board->name = symbol_text(state->symbols, part->name);
        board->zh = part->title.zh ? part->title.zh : board->name;
        board->en = part->title.en ? part->title.en : board->name;
    }
    if (part->order && !board->order) {
        board->order = symbol_text(state->symbols, part->order);
        board->descending = part->descending;
    }
    board->parts[board->part_count++] = part;
    for (unsigned i = 0; i < part->column_count; i++) {
        const struct board_column *column = &part->columns[i];
        heading_add(board, symbol_text(state->symbols, column->name), column->title.zh,
                    column->title.en);
    }
}

static bool is_named(const struct state *state, symbol name, struct text_view wanted)
{
    const char *text = symbol_text(state->symbols, name);
    return strlen(text) == wanted.size && memcmp(text, wanted.data, wanted.size) == 0;
}

bool state_board(const struct state *state, struct text_view name, struct text_view pack,
                 struct board *ret_board)
{
    *ret_board = (struct board){.part_count = 0};
#define C(column, kind, zh, en) heading_add(ret_board, #column, zh, en);
    BOARD_COLUMNS(C)
#undef C
    for (unsigned p = 0; p < state->rules.pack_count; p++) {
        const struct pack *each = state->rules.packs[p];
        if (!in_force(&state->rules, each) || (pack.size && !is_named(state, each->id, pack)))
            continue;
        for (unsigned i = 0; i < each->board_count; i++)
            if (is_named(state, each->boards[i].name, name))
                part_add(state, ret_board, &each->boards[i]);
    }
    return ret_board->part_count > 0;
}

/* ---- what it shows ---- */

static const struct act *act_of_fact(const struct row *row, int64_t fact)
{
    int64_t act = row->state->facts.items[fact].act;
    return act > 0 ? &row->state->acts.items[act] : NULL;
}

static const struct act *closing_act(const struct row *row)
{
    if (row->closing.kind == VALUE_FACT)
        return act_of_fact(row, row->closing.ref);
    if (row->closing.kind == VALUE_ACT)
        return &row->state->acts.items[row->closing.ref];
    return NULL;
}

static struct datum subject_datum(const struct row *row, const struct value *value)
{
    return value->kind == VALUE_SUBJECT ? value_write(row->state, row->scope.arena, value)
                                        : datum_nil();
}

static struct value row_subject(const struct row *row)
{
    return row->line->subject.kind == OPERAND_NONE ? row->scope.it
                                                   : eval_left(&row->scope, &row->line->subject);
}

static struct datum row_unit(const struct row *row, const struct value *subject)
{
    const struct state *state = row->state;
    struct value unit = {.kind = VALUE_SUBJECT};
    if (row->line->unit.kind != OPERAND_NONE)
        unit = eval_left(&row->scope, &row->line->unit);
    else if (row->line->source == BOARD_DUTY && state->duties.items[row->ref].unit)
        unit.subject = state->duties.items[row->ref].unit;
    else if (row->line->source == BOARD_CASE)
        unit.subject = eval_case_unit(&row->scope);
    else if (subject->kind == VALUE_SUBJECT)
        unit.subject = state->subjects.items[subject->subject].kind == state->words.unit
                           ? subject->subject
                           : state_unit_of(state, subject->subject, row->asking->at);
    return unit.kind == VALUE_SUBJECT && unit.subject ? subject_datum(row, &unit) : datum_nil();
}

static struct datum symbol_or_nil(const struct row *row, symbol name)
{
    return name ? datum_text(symbol_text(row->state->symbols, name)) : datum_nil();
}

static struct datum date_or_nil(const struct row *row, int32_t day)
{
    return day == DATE_NONE
               ? datum_nil()
               : datum_text(date_text(day, arena_take(row->scope.arena, DATE_TEXT_SIZE)));
}

static const char *in_language(const struct row *row, const struct title *title,
                               const char *otherwise)
{
    const char *first = row->asking->english ? title->en : title->zh;
    return first ? first : otherwise;
}

static struct datum row_word(const struct row *row)
{
    static const struct title words[] = {
#define S(name, zh, en) {zh, en},
        ROW_STATES(S)
#undef S
    };
    const struct title *own = &row->line->words[row->as];
    return datum_text(in_language(row, own, in_language(row, &words[row->as], "")));
}

static struct datum row_title(const struct row *row)
{
    const struct state *state = row->state;
    const char *name = symbol_text(state->symbols, row->line->what);
    const struct title *title = &row->line->title;
    if (!title->zh && row->line->source == BOARD_FACT) {
        const struct fact_def *fact = rulebook_fact(&state->rules, row->line->what);
        title = fact ? &fact->title : title;
    } else if (!title->zh && row->line->source == BOARD_CASE) {
        const struct procedure *known = rulebook_known_procedure(&state->rules, row->line->what);
        title = known ? &known->title : title;
    } else if (!title->zh && row->line->source == BOARD_DUTY) {
        return datum_text(state_duty_title(state, name, row->asking->english ? "en" : "zh"));
    }
    return datum_text(in_language(row, title, title->zh ? title->zh : name));
}

static struct datum row_key(const struct row *row)
{
    static const char *const kinds[] = {[BOARD_NONE] = "",
                                        [BOARD_FACT] = "fact",
                                        [BOARD_DUTY] = "duty",
                                        [BOARD_CASE] = "case",
                                        [BOARD_SUBJECT] = ""};
    if (row->line->source == BOARD_SUBJECT)
        return value_write(row->state, row->scope.arena, &row->thing);
    return datum_text(
        arena_format(row->scope.arena, "%s:%lld", kinds[row->line->source], (long long)row->ref));
}

static struct datum row_closed_by(const struct row *row)
{
    const struct act *act = closing_act(row);
    unsigned count = act ? act->signature_count : 0;
    struct datum *items = ARENA_ARRAY(row->scope.arena, struct datum, count);
    for (unsigned i = 0; i < count; i++)
        items[i] = symbol_or_nil(row, row->state->members.items[act->signatures[i].member].id);
    return datum_list(items, count);
}

static struct datum row_case(const struct row *row)
{
    int64_t number = row->scope.case_number;
    if (row->line->source == BOARD_FACT)
        number = row->state->facts.items[row->ref].case_number;
    return number ? datum_int(number) : datum_nil();
}

static struct datum row_rules(const struct row *row)
{
    const struct symbols *rules = &row->line->rules;
    struct datum *items = ARENA_ARRAY(row->scope.arena, struct datum, rules->count);
    for (unsigned i = 0; i < rules->count; i++)
        items[i] = symbol_or_nil(row, rules->items[i]);
    return datum_list(items, rules->count);
}

static struct datum row_owner(const struct row *row)
{
    symbol owner = row->line->owner;
    if (!owner && row->duty)
        owner = row->state->duties.items[row->duty].owner;
    return symbol_or_nil(row, owner);
}

static bool is_over(enum row_state state)
{
    return state == ROW_closed || state == ROW_expired || state == ROW_lifted ||
           state == ROW_cancelled;
}

static void own_columns(const struct row *row, struct datum *cells)
{
    static const char *const states[] = {
#define S(name, zh, en) #name,
        ROW_STATES(S)
#undef S
    };
    struct value subject = row_subject(row);
    bool counted = row->due != DATE_NONE && !is_over(row->as);
    cells[BOARD_COLUMN_board] = datum_text(row->asking->board->name);
    cells[BOARD_COLUMN_key] = row_key(row);
    cells[BOARD_COLUMN_pack] = symbol_or_nil(row, row->part->pack->id);
    cells[BOARD_COLUMN_line] = symbol_or_nil(row, row->line->name);
    cells[BOARD_COLUMN_title] = row_title(row);
    cells[BOARD_COLUMN_subject] = subject_datum(row, &subject);
    cells[BOARD_COLUMN_unit] = row_unit(row, &subject);
    cells[BOARD_COLUMN_owner] = row_owner(row);
    cells[BOARD_COLUMN_date] = date_or_nil(row, row->date);
    cells[BOARD_COLUMN_due] = date_or_nil(row, row->due);
    cells[BOARD_COLUMN_days] = counted ? datum_int(row->due - row->asking->at) : datum_nil();
    cells[BOARD_COLUMN_state] = datum_text(states[row->as]);
    cells[BOARD_COLUMN_word] = row_word(row);
    cells[BOARD_COLUMN_closed_on] = date_or_nil(row, is_over(row->as) ? row->closed_on : DATE_NONE);
    cells[BOARD_COLUMN_closed_by] = row_closed_by(row);
    cells[BOARD_COLUMN_case] = row_case(row);
    cells[BOARD_COLUMN_rules] = row_rules(row);
}

/* A text is sealed: its commitment says nothing to people. */
static struct datum cell_datum(const struct row *row, const struct board_value *cell)
{
    struct value value = board_value(row, cell);
    return value.kind == VALUE_TEXT ? datum_nil()
                                    : value_write(row->state, row->scope.arena, &value);
}

static struct datum row_datum(const struct row *row)
{
    const struct board *board = row->asking->board;
    struct datum *cells = ARENA_ARRAY(row->scope.arena, struct datum, board->column_count);
    own_columns(row, cells);
    for (unsigned c = BOARD_OWN_COLUMNS; c < board->column_count; c++) {
        cells[c] = datum_nil();
        for (unsigned i = 0; i < row->line->cell_count; i++)
            if (symbol_text(row->state->symbols, row->line->cells[i].name) ==
                board->columns[c].name)
                cells[c] = cell_datum(row, &row->line->cells[i]);
    }
    return datum_list(cells, board->column_count);
}

/* ---- one after the other ---- */

static const struct board_line *line_at(const struct board *board, uint32_t index,
                                        const struct board_def **ret_part)
{
    for (unsigned p = 0; p < board->part_count; p++) {
        if (index < board->parts[p]->line_count) {
            *ret_part = board->parts[p];
            return &board->parts[p]->lines[index];
        }
        index -= board->parts[p]->line_count;
    }
    return NULL;
}

static const struct numbers *things(const struct state *state, const struct board_line *line)
{
    const struct map *const maps[] = {[BOARD_NONE] = NULL,
                                      [BOARD_FACT] = &state->facts_by_type,
                                      [BOARD_DUTY] = &state->duties_by_name,
                                      [BOARD_CASE] = &state->cases_by_procedure,
                                      [BOARD_SUBJECT] = &state->subjects_by_kind};
    return maps[line->source] ? state_numbers(maps[line->source], line->what) : NULL;
}

bool board_row(const struct board_asking *asking, struct arena *arena, struct board_place *place,
               unsigned *steps, struct datum *ret_row)
{
    struct row row = {.asking = asking, .state = asking->state};
    while ((row.line = line_at(asking->board, place->line, &row.part))) {
        const struct numbers *numbers = things(asking->state, row.line);
        for (; numbers && place->index < numbers->count; place->index++) {
            if (*steps == 0)
                return false;
            --*steps;
            row.ref = numbers->items[place->index];
            row.closing = value_missing();
            row.duty = 0;
            if (!row_begin(&row, arena))
                continue;
            row_stands(&row);
            *ret_row = row_datum(&row);
            return true;
        }
        *place = (struct board_place){place->line + 1, 0};
    }
    return false;
}
