/* pack_check_board.c - boards: what makes rows is there, what is shown is headed, can be read, and is
 * something that a row of that kind has. */
#include <string.h>

#include "core/board.h"
#include "core/pack_check.h"

static const struct pack *pack_beside(const struct checking *c, unsigned i)
{
    return i == 0 ? c->pack : c->others[i - 1];
}

static const struct duty_def *duty_named(const struct checking *c, symbol name)
{
    for (unsigned p = 0; p <= c->other_count; p++)
        for (unsigned i = 0; i < pack_beside(c, p)->duty_count; i++)
            if (pack_beside(c, p)->duties[i].name == name)
                return &pack_beside(c, p)->duties[i];
    return NULL;
}

static const struct step *step_of(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return &procedure->steps[i];
    return NULL;
}

/* The procedure whose step "PROCEDURE.step" has a due day; NULL: there is none. */
static const struct procedure *procedure_of_duty(const struct checking *c, symbol name)
{
    const char *text = text_of(c, name), *dot = strrchr(text, '.');
    if (!dot)
        return NULL;
    for (unsigned p = 0; p <= c->other_count; p++)
        for (unsigned i = 0; i < pack_beside(c, p)->procedure_count; i++) {
            const struct procedure *procedure = &pack_beside(c, p)->procedures[i];
            const char *own = text_of(c, procedure->name);
            const struct step *step = step_of(procedure, symbol_find(c->symbols, dot + 1));
            if (strlen(own) == (size_t)(dot - text) && memcmp(own, text, strlen(own)) == 0 &&
                step && step->due.present)
                return procedure;
        }
    return NULL;
}

/* ---- what a row has ---- */

struct having {                        /* of one line: what its paths may begin with */
    const struct fact_def *fact;       /* the row, or what opened its duty */
    const struct procedure *procedure; /* of its case */
};

static bool is_word(const struct checking *c, symbol name, const char *words)
{
    const char *text = text_of(c, name);
    size_t length = strlen(text);
    for (const char *at = words; (at = strstr(at, text)); at += length)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static bool procedure_has(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->about.count; i++)
        if (procedure->about.items[i].name == name)
            return true;
    for (unsigned i = 0; i < procedure->value_count; i++)
        if (procedure->values[i].name == name)
            return true;
    return step_of(procedure, name) != NULL;
}

/* A field or value of subjects of some kind: of the subject of a row. */
static bool subjects_have(const struct checking *c, symbol name)
{
    if (is_word(c, name, "unit name"))
        return true;
    for (unsigned p = 0; p <= c->other_count; p++) {
        const struct pack *pack = pack_beside(c, p);
        for (unsigned k = 0; k < pack->kind_count; k++)
            for (unsigned i = 0; i < pack->kinds[k].fields.count; i++)
                if (pack->kinds[k].fields.items[i].name == name)
                    return true;
        for (unsigned i = 0; i < pack->value_count; i++)
            if (pack->values[i].name == name)
                return true;
    }
    return false;
}

#define SCOPE_WORDS "it today period start case calendar"

static bool line_has(const struct checking *c, const struct board_line *line,
                     const struct having *having, symbol name)
{
    if (is_word(c, name, SCOPE_WORDS))
        return true;
    if ((having->procedure && procedure_has(having->procedure, name)) || subjects_have(c, name))
        return true;
    switch (line->source) {
    case BOARD_FACT:
        return !having->fact || fact_has(having->fact, name) ||
               is_word(c, name, "date recorded lag");
    case BOARD_CASE: return !having->procedure || is_word(c, name, "state started ended");
    case BOARD_DUTY: return is_word(c, name, "name due state late overdue_for");
    case BOARD_SUBJECT:
    case BOARD_NONE: break;
    }
    return true; /* fields and values of subjects: check_path knows them */
}

static const struct type *field_type(const struct fields *fields, symbol name)
{
    for (unsigned i = 0; i < fields->count; i++)
        if (fields->items[i].name == name)
            return &fields->items[i].type;
    return NULL;
}

/* Type of `field`, `start.field` of a fact, or `step.field` of a case; NULL: not told from the text. */
static const struct type *path_type(const struct checking *c, const struct board_line *line,
                                    const struct having *having, const struct operand *path)
{
    symbol first = path->names[0];
    bool start = is_word(c, first, "start");
    if (having->fact && path->count == (start ? 2u : 1u) && (start || line->source == BOARD_FACT))
        return field_type(&having->fact->fields, path->names[start]);
    const struct step *step = having->procedure ? step_of(having->procedure, first) : NULL;
    return step && path->count == 2 ? field_type(&step->fields, path->names[1]) : NULL;
}

static void check_cell_path(struct checking *c, const struct board_line *line,
                            const struct having *having, const struct operand *path)
{
    if (path->kind != OPERAND_WORD && path->kind != OPERAND_PATH)
        return;
    const struct type *type = path_type(c, line, having, path);
    bool of_start = path->count > 1 && having->fact && is_word(c, path->names[0], "start") &&
                    !fact_has(having->fact, path->names[1]) &&
                    !is_word(c, path->names[1], "date recorded lag");
    if (of_start || !line_has(c, line, having, path->names[0]))
        find(c, path->place, false,
             "rows of %s have no \"%s\": it is no slot, field, step or value",
             text_of(c, line->what), text_of(c, path->names[of_start]));
    else if (type && type->kind == TYPE_TEXT)
        find(c, path->place, false, "%s is free text, which is sealed: a board cannot show it",
             text_of(c, path->text));
    else
        check_value_operands(c, path, 1);
}

static void check_board_value(struct checking *c, const struct board_line *line,
                              const struct having *having, const struct board_value *value)
{
    if (value->form)
        check_value(c, value->form);
    else
        check_cell_path(c, line, having, &value->path);
}

/* ---- lines ---- */

static struct having line_source(struct checking *c, const struct board_line *line)
{
    struct having having = {NULL, NULL};
    const struct duty_def *duty = NULL;
    bool missing = may_be_missing(c);
    switch (line->source) {
    case BOARD_FACT:
        having.fact = fact_named(c, line->what);
        if (!having.fact)
            find(c, line->place, missing, "no fact \"%s\" is declared here or in the used packs",
                 text_of(c, line->what));
        break;
    case BOARD_CASE:
        having.procedure = procedure_named(c, line->what);
        if (!having.procedure)
            find(c, line->place, missing, "no procedure \"%s\" here or in the used packs",
                 text_of(c, line->what));
        break;
    case BOARD_DUTY:
        duty = duty_named(c, line->what);
        having.procedure = procedure_of_duty(c, line->what);
        if (duty && duty->when.kind == OCCASION_FACT)
            having.fact = fact_named(c, duty->when.fact);
        if (!duty && !having.procedure)
            find(c, line->place, missing, "no duty \"%s\" is declared here or in the used packs",
                 text_of(c, line->what));
        break;
    case BOARD_SUBJECT:
        if (!kind_named(c, line->what))
            find(c, line->place, missing, "no kind of subject \"%s\"", text_of(c, line->what));
        break;
    case BOARD_NONE: break;
    }
    if ((having.fact && having.fact->seen_by.count) ||
        (having.procedure && having.procedure->seen_by.count))
        find(c, line->place, false,
             "%s is for some eyes only (seen_by); a board is for all who may ask",
             text_of(c, line->what));
    return having;
}

static bool is_headed(const struct board_def *board, symbol name)
{
    for (unsigned i = 0; i < board->column_count; i++)
        if (board->columns[i].name == name)
            return true;
    return false;
}

static void check_line(struct checking *c, const struct board_def *board,
                       const struct board_line *line)
{
    c->procedure = NULL;
    struct having having = line_source(c, line);
    c->procedure = having.procedure; /* its steps may be asked about */
    need_rules(c, &line->rules, line->place);
    need_role(c, line->owner, line->place);
    check_predicate(c, line->where);
    check_predicate(c, line->closed);
    check_predicate(c, line->lifted);
    check_predicate(c, line->overdue);
    check_cell_path(c, line, &having, &line->subject);
    check_cell_path(c, line, &having, &line->unit);
    check_board_value(c, line, &having, &line->due);
    check_board_value(c, line, &having, &line->until);
    check_value_operands(c, &line->soon, 1);
    for (unsigned i = 0; i < line->cell_count; i++) {
        const struct board_value *cell = &line->cells[i];
        check_board_value(c, line, &having, cell);
        if (!is_headed(board, cell->name))
            find(c, cell->place, false, "the column %s has no heading: name it under columns",
                 text_of(c, cell->name));
    }
    c->procedure = NULL;
}

/* ---- columns ---- */

static const char *const own_names[] = {
#define C(name, kind, zh, en) #name,
    BOARD_COLUMNS(C)
#undef C
};

/* Words of every question to a list: projections/projection.h. */
#define QUESTION_WORDS "after limit order from until within known_at as_of language"

static bool is_taken(const struct checking *c, symbol name)
{
    for (unsigned i = 0; i < BOARD_OWN_COLUMNS; i++)
        if (strcmp(own_names[i], text_of(c, name)) == 0)
            return true;
    return is_word(c, name, QUESTION_WORDS);
}

static bool is_filled(const struct board_def *board, symbol name)
{
    for (unsigned l = 0; l < board->line_count; l++)
        for (unsigned i = 0; i < board->lines[l].cell_count; i++)
            if (board->lines[l].cells[i].name == name)
                return true;
    return false;
}

/* Another pack's part of the board, whose heading of the column reads otherwise; NULL: none. */
static const struct pack *heading_elsewhere(const struct checking *c, const struct board_def *board,
                                            const struct board_column *column)
{
    for (unsigned o = 0; o < c->other_count; o++)
        for (unsigned b = 0; b < c->others[o]->board_count && c->others[o]->id != c->pack->id;
             b++) {
            const struct board_def *other = &c->others[o]->boards[b];
            for (unsigned i = 0; other->name == board->name && i < other->column_count; i++)
                if (other->columns[i].name == column->name && other->columns[i].title.zh &&
                    strcmp(other->columns[i].title.zh, column->title.zh) != 0)
                    return c->others[o];
        }
    return NULL;
}

static void check_column(struct checking *c, const struct board_def *board,
                         const struct board_column *column)
{
    if (is_taken(c, column->name))
        find(c, column->place, false,
             "every board has %s already, or it is a word of questions: take another name",
             text_of(c, column->name));
    if (!column->title.zh || !*column->title.zh) {
        find(c, column->place, false, "the column %s has no Chinese heading",
             text_of(c, column->name));
        return;
    }
    if (!is_filled(board, column->name))
        find(c, column->place, false, "no rows here fill the column %s", text_of(c, column->name));
    const struct pack *other = heading_elsewhere(c, board, column);
    if (other)
        find(c, column->place, false, "the pack %s heads the column %s of this board otherwise",
             text_of(c, other->id), text_of(c, column->name));
}

void check_boards(struct checking *c)
{
    for (unsigned b = 0; b < c->pack->board_count; b++) {
        const struct board_def *board = &c->pack->boards[b];
        if (!board->title.zh)
            find(c, board->place, false, "the board %s has no Chinese title",
                 text_of(c, board->name));
        if (board->column_count > BOARD_COLUMNS_MAX - BOARD_OWN_COLUMNS)
            find(c, board->place, false, "a board has at most %d columns of its own",
                 BOARD_COLUMNS_MAX - BOARD_OWN_COLUMNS);
        if (board->order && !is_headed(board, board->order) &&
            strcmp(text_of(c, board->order), "due") != 0 &&
            strcmp(text_of(c, board->order), "date") != 0)
            find(c, board->order_place, false,
                 "the board comes in the order of a column of its own, of due or of date; \"%s\" "
                 "is none",
                 text_of(c, board->order));
        for (unsigned i = 0; i < board->column_count; i++)
            check_column(c, board, &board->columns[i]);
        for (unsigned i = 0; i < board->line_count; i++)
            check_line(c, board, &board->lines[i]);
    }
}
