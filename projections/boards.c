/* boards.c - the boards that the packs in force declare (core/board.h): asked of the core's state, so
 * it has no rows. A row is computed when it is asked for; what a board is can change with a pack, and
 * what stands on it with the day.
 *
 * By key a page is a stretch of what makes rows. In another order all rows are gone through to find
 * which come next, and those alone are kept: of each its place and the piece it is ordered by. */
#include <stdlib.h>
#include <string.h>

#include "core/board.h"
#include "core/check.h"
#include "core/date.h"
#include "core/state_query.h"
#include "events/codec.h"
#include "projections/fold.h"

#define BOARD_FILTERS_MAX 16
#define BOARD_SORT_MAX    50000 /* rows that one question puts in order; more has to be narrowed */
#define BOARD_PIECE_SIZE  40    /* bytes of a text that count in an order */

struct filter {
    unsigned column;
    const struct datum *wanted;
};

struct place_key { /* where a row comes, and what makes it: as it stands in `next` */
    uint8_t piece[BOARD_PIECE_SIZE];
    struct board_place place;
};

struct question {
    const struct asking *asking;
    struct board board;
    struct board_asking rows;
    struct filter filters[BOARD_FILTERS_MAX];
    unsigned filter_count;
    int32_t from, until, due_from, due_until;
    struct text_view within;
    int order; /* column; -1: by key */
    bool descending;
    int64_t limit;
    bool after;
    struct place_key last; /* of the page before */
    struct arena arena;    /* of one row */
};

/* ---- the question ---- */

static const struct datum *given(const struct question *q, const char *name)
{
    const struct datum *found = datum_field(q->asking->args, name);
    return found && found->kind != DATUM_NIL ? found : NULL;
}

static enum status read_date(const struct question *q, const char *name, int32_t *ret_date,
                             struct fault *fault)
{
    const struct datum *arg = given(q, name);
    if (!arg)
        return STATUS_OK;
    *ret_date = arg->kind == DATUM_TEXT ? date_parse_n(arg->text, arg->count) : DATE_NONE;
    return *ret_date != DATE_NONE
               ? STATUS_OK
               : fault_set(fault, STATUS_INVALID, "board: %s is a date such as 2026-01-30", name);
}

static enum status read_dates(struct question *q, struct fault *fault)
{
    const struct {
        const char *name;
        int32_t *date;
    } dates[] = {{"from", &q->from},
                 {"until", &q->until},
                 {"due_from", &q->due_from},
                 {"due_until", &q->due_until}};
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < sizeof dates / sizeof dates[0] && status == STATUS_OK; i++) {
        *dates[i].date = DATE_NONE;
        status = read_date(q, dates[i].name, dates[i].date, fault);
    }
    return status;
}

static enum status read_past(struct question *q, struct fault *fault)
{
    const struct datum *known = given(q, "known_at"), *as_of = given(q, "as_of");
    int32_t day = DATE_NONE;
    q->rows.at = q->asking->today;
    q->rows.known = INT64_MAX;
    if (known && known->kind == DATUM_INT) {
        q->rows.known = known->integer;
    } else if (known) {
        if (read_date(q, "known_at", &day, fault) != STATUS_OK)
            return STATUS_INVALID;
        q->rows.known = asking_entry_by(q->asking, day);
    }
    if (as_of && as_of->kind == DATUM_INT)
        q->rows.at = asking_day_of(q->asking, as_of->integer);
    else if (as_of && read_date(q, "as_of", &q->rows.at, fault) != STATUS_OK)
        return STATUS_INVALID;
    if (q->rows.at == DATE_NONE)
        return fault_set(fault, STATUS_INVALID, "board: nothing is recorded under that number");
    q->rows.past = as_of != NULL;
    return STATUS_OK;
}

static enum status read_board(struct question *q, struct fault *fault)
{
    const struct datum *name = given(q, "board"), *pack = given(q, "pack");
    struct text_view of = {"", 0};
    struct buffer names;
    if (pack && pack->kind == DATUM_TEXT) /* one pack's rows have its columns only */
        of = (struct text_view){pack->text, pack->count};
    if (name && name->kind == DATUM_TEXT && q->asking->state &&
        state_board(q->asking->state, (struct text_view){name->text, name->count}, of, &q->board))
        return STATUS_OK;
    const char *known[BOARDS_MAX];
    unsigned count = q->asking->state ? state_boards(q->asking->state, known, BOARDS_MAX) : 0;
    buffer_init(&names);
    for (unsigned i = 0; i < count; i++)
        buffer_addf(&names, " %s", known[i]);
    enum status status = fault_set(fault, STATUS_INVALID, "board: say which board; there are:%s",
                                   count ? buffer_text(&names) : " none");
    buffer_done(&names);
    return status;
}

static int column_named(const struct board *board, const struct datum *name)
{
    for (unsigned i = 0; i < board->column_count; i++)
        if (datum_is_text(name, board->columns[i].name))
            return (int)i;
    return -1;
}

static bool is_argument(const struct datum *name)
{
    static const char *const words[] = {"board", "language",
#define A(word) #word,
                                        LIST_ARGS(A)
#undef A
                                            "due_from",
                                        "due_until"};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (datum_is_text(name, words[i]))
            return true;
    return false;
}

static enum status read_filters(struct question *q, struct fault *fault)
{
    const struct datum *args = q->asking->args;
    for (uint32_t i = 0; i < args->count; i++) {
        const struct datum *pair = &args->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return fault_set(fault, STATUS_INVALID, "arguments are [name, value]");
        if (is_argument(&pair->items[0]) || pair->items[1].kind == DATUM_NIL)
            continue;
        int column = column_named(&q->board, &pair->items[0]);
        if (column < 0)
            return fault_set(fault, STATUS_INVALID, "%s: no column or argument %.*s", q->board.name,
                             (int)pair->items[0].count, pair->items[0].text);
        if (q->filter_count == BOARD_FILTERS_MAX)
            return fault_set(fault, STATUS_INVALID, "more than %d filters", BOARD_FILTERS_MAX);
        q->filters[q->filter_count++] = (struct filter){(unsigned)column, &pair->items[1]};
    }
    return STATUS_OK;
}

/* A column, with "-" before it the highest first; else the board's own; `key`: as recorded. */
static enum status read_order(struct question *q, struct fault *fault)
{
    const struct datum *order = given(q, "order");
    struct datum name = datum_text(q->board.order ? q->board.order : "key");
    q->descending = q->board.descending;
    if (order) {
        q->descending = order->kind == DATUM_TEXT && order->count && order->text[0] == '-';
        name = *order;
        name.text += q->descending;
        name.count -= q->descending;
    }
    bool key = datum_is_text(&name, "key");
    q->order = key ? -1 : column_named(&q->board, &name);
    if (q->order < 0 && !key)
        return fault_set(fault, STATUS_INVALID, "%s: no such column to order by", q->board.name);
    return STATUS_OK;
}

static enum status read_page(struct question *q, struct fault *fault)
{
    const struct datum *limit = given(q, "limit"), *after = given(q, "after"),
                       *within = given(q, "within"), *language = given(q, "language");
    if (limit &&
        (limit->kind != DATUM_INT || limit->integer < 1 || limit->integer > QUERY_ROWS_MAX))
        return fault_set(fault, STATUS_INVALID, "limit is a number from 1 to %d", QUERY_ROWS_MAX);
    if (after && (after->kind != DATUM_BYTES || after->count != sizeof q->last))
        return fault_set(fault, STATUS_INVALID, "after is the `next` of the page before");
    if (within && (within->kind != DATUM_TEXT || !within->count))
        return fault_set(fault, STATUS_INVALID, "board: within is a unit such as unit:dept");
    q->limit = limit ? limit->integer : QUERY_ROWS_MAX;
    q->after = after != NULL;
    if (after)
        memcpy(&q->last, after->bytes, sizeof q->last);
    if (within)
        q->within = (struct text_view){within->text, within->count};
    q->rows.english = language && datum_is_text(language, "en");
    return STATUS_OK;
}

static enum status question_read(struct question *q, struct fault *fault)
{
    static enum status (*const parts[])(struct question *, struct fault *) = {
        read_board, read_dates, read_past, read_filters, read_order, read_page};
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0] && status == STATUS_OK; i++)
        status = parts[i](q, fault);
    q->rows.state = q->asking->state;
    q->rows.board = &q->board;
    return status;
}

/* ---- rows ---- */

static bool has(const struct datum *list, const struct datum *wanted)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (datum_equal(&list->items[i], wanted) ||
            (list->items[i].kind == DATUM_LIST && has(&list->items[i], wanted)))
            return true;
    return false;
}

static bool fits(const struct datum *value, const struct datum *wanted)
{
    if (value->kind == DATUM_LIST)
        return has(value, wanted);
    return wanted->kind == DATUM_LIST ? has(wanted, value) : datum_equal(value, wanted);
}

static bool day_fits(const struct datum *value, int32_t from, int32_t until)
{
    if (from == DATE_NONE && until == DATE_NONE)
        return true;
    int32_t day = value->kind == DATUM_TEXT ? date_parse_n(value->text, value->count) : DATE_NONE;
    return day != DATE_NONE && (from == DATE_NONE || day >= from) &&
           (until == DATE_NONE || day <= until);
}

static bool row_fits(const struct question *q, const struct datum *cells)
{
    const struct datum *unit = &cells[BOARD_COLUMN_unit];
    for (unsigned i = 0; i < q->filter_count; i++)
        if (!fits(&cells[q->filters[i].column], q->filters[i].wanted))
            return false;
    if (q->within.size &&
        (unit->kind != DATUM_TEXT ||
         !state_unit_within(q->asking->state, (struct text_view){unit->text, unit->count},
                            q->within, q->rows.at)))
        return false;
    return day_fits(&cells[BOARD_COLUMN_date], q->from, q->until) &&
           day_fits(&cells[BOARD_COLUMN_due], q->due_from, q->due_until);
}

static void piece_number(uint8_t piece[BOARD_PIECE_SIZE], int64_t numerator, int64_t denominator)
{
    int64_t whole = numerator / denominator, rest = numerator % denominator;
    whole -= rest < 0;
    rest += rest < 0 ? denominator : 0;
    const uint64_t parts[] = {(uint64_t)whole ^ (uint64_t)1 << 63,
                              (uint64_t)((double)rest / (double)denominator * 0x1p52)};
    for (unsigned p = 0; p < 2; p++)
        for (unsigned i = 0; i < 8; i++)
            piece[1 + 8 * p + i] = (uint8_t)(parts[p] >> (56 - 8 * i));
}

/* Numbers before texts before nothing; "2/3" is a number. */
static void piece_of(const struct datum *value, uint8_t piece[BOARD_PIECE_SIZE])
{
    char text[BOARD_PIECE_SIZE] = "", *end = text;
    memset(piece, 0, BOARD_PIECE_SIZE);
    if (value->kind == DATUM_TEXT)
        memcpy(text, value->text, value->count < sizeof text - 1 ? value->count : sizeof text - 1);
    int64_t numerator = value->kind == DATUM_INT ? value->integer : strtoll(text, &end, 10);
    int64_t denominator = value->kind == DATUM_INT    ? 1
                          : end > text && *end == '/' ? strtoll(end + 1, &end, 10)
                                                      : 0;
    bool number = denominator > 0 && *end == '\0';
    piece[0] = number ? 1 : value->kind == DATUM_TEXT ? 2 : 3;
    if (number)
        piece_number(piece, numerator, denominator);
    else
        memcpy(piece + 1, text, BOARD_PIECE_SIZE - 1);
}

static int place_order(const void *a, const void *b)
{
    const struct place_key *left = a, *right = b;
    int order = memcmp(left->piece, right->piece, sizeof left->piece);
    if (order != 0)
        return order;
    if (left->place.line != right->place.line)
        return left->place.line < right->place.line ? -1 : 1;
    return left->place.index < right->place.index   ? -1
           : left->place.index > right->place.index ? 1
                                                    : 0;
}

static void next_set(struct query_answer *answer, const struct place_key *last)
{
    answer->next = view_key();
    key_bytes(&answer->next, last, sizeof *last);
}

static bool row_pack(const struct question *q, const struct datum *row, struct query_answer *answer)
{
    if ((int64_t)answer->count == q->limit || answer->rows.size > QUERY_BYTES_MAX)
        return false;
    datum_pack(row, &answer->rows);
    answer->count++;
    return true;
}

/* ---- by key ---- */

static void answer_by_key(struct question *q, struct query_answer *answer)
{
    struct board_place place = {0, 0};
    unsigned steps = QUERY_SCAN_MAX;
    struct datum row;
    if (q->after)
        place = q->last.place;
    arena_reset(&q->arena);
    while (board_row(&q->rows, &q->arena, &place, &steps, &row)) {
        if (row_fits(q, row.items) && !row_pack(q, &row, answer)) {
            next_set(answer, &(struct place_key){.place = place});
            return;
        }
        place.index++;
        arena_reset(&q->arena);
    }
    if (steps == 0)
        next_set(answer, &(struct place_key){.place = place});
}

/* ---- in an order ---- */

static enum status places_gather(struct question *q, struct place_key *places, size_t *ret_count,
                                 struct fault *fault)
{
    struct board_place place = {0, 0};
    unsigned steps = UINT32_MAX;
    struct datum row;
    arena_reset(&q->arena);
    for (; board_row(&q->rows, &q->arena, &place, &steps, &row); place.index++) {
        struct place_key key = {.place = place};
        piece_of(&row.items[q->order], key.piece);
        for (unsigned i = 1; q->descending && key.piece[0] != 3 && i < BOARD_PIECE_SIZE; i++)
            key.piece[i] = (uint8_t)~key.piece[i];
        if (row_fits(q, row.items) && (!q->after || place_order(&key, &q->last) > 0)) {
            if (*ret_count == BOARD_SORT_MAX)
                return fault_set(fault, STATUS_INVALID,
                                 "%s: more than %d rows to put in order: ask for fewer, or order "
                                 "key",
                                 q->board.name, BOARD_SORT_MAX);
            places[(*ret_count)++] = key;
        }
        arena_reset(&q->arena);
    }
    return STATUS_OK;
}

static enum status answer_in_order(struct question *q, struct query_answer *answer,
                                   struct fault *fault)
{
    struct place_key *places = malloc(BOARD_SORT_MAX * sizeof *places);
    size_t count = 0;
    CHECK(places != NULL);
    enum status status = places_gather(q, places, &count, fault);
    if (status == STATUS_OK)
        qsort(places, count, sizeof *places, place_order);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct board_place place = places[i].place;
        unsigned steps = 1;
        struct datum row;
        arena_reset(&q->arena);
        if (!board_row(&q->rows, &q->arena, &place, &steps, &row))
            continue;
        if (row_pack(q, &row, answer))
            continue;
        next_set(answer, &places[i - 1]);
        break;
    }
    free(places);
    return status;
}

static enum status ask_board(const struct asking *asking, struct query_answer *answer,
                             struct fault *fault)
{
    struct question *q = calloc(1, sizeof *q);
    CHECK(q != NULL);
    q->asking = asking;
    arena_init(&q->arena, 0);
    enum status status = question_read(q, fault);
    if (status == STATUS_OK && q->order < 0)
        answer_by_key(q, answer);
    else if (status == STATUS_OK)
        status = answer_in_order(q, answer, fault);
    arena_done(&q->arena);
    free(q);
    return status;
}

/* ---- what there is ---- */

static enum status ask_boards(const struct asking *asking, struct query_answer *answer,
                              struct fault *fault)
{
    const char *names[BOARDS_MAX];
    unsigned count = asking->state ? state_boards(asking->state, names, BOARDS_MAX) : 0;
    struct board *board = calloc(1, sizeof *board);
    CHECK(board != NULL);
    (void)fault;
    for (unsigned i = 0; i < count; i++) {
        state_board(asking->state, (struct text_view){names[i], (uint32_t)strlen(names[i])},
                    (struct text_view){"", 0}, board);
        pack_array(&answer->rows, 4);
        pack_text(&answer->rows, board->name);
        pack_text(&answer->rows, board->zh);
        pack_text(&answer->rows, board->en);
        pack_array(&answer->rows, board->column_count);
        for (unsigned k = 0; k < board->column_count; k++)
            pack_text(&answer->rows, board->columns[k].name);
        answer->count++;
    }
    free(board);
    return STATUS_OK;
}

static const struct column boards_columns[] = {{"board", COLUMN_text, "台账", "Board"},
                                               {"zh", COLUMN_text, "中文名称", "Chinese title"},
                                               {"en", COLUMN_text, "英文名称", "English title"},
                                               {"columns", COLUMN_list, "列", "Columns"}};

static const char *const own_kinds[] = {
#define C(name, kind, zh, en) #kind,
    BOARD_COLUMNS(C)
#undef C
};

static enum status columns_of_board(const struct asking *asking, struct query_answer *answer,
                                    struct fault *fault)
{
    struct question *q = calloc(1, sizeof *q);
    CHECK(q != NULL);
    q->asking = asking;
    enum status status = read_board(q, fault);
    for (unsigned i = 0; status == STATUS_OK && i < q->board.column_count; i++) {
        const struct board_heading *heading = &q->board.columns[i];
        pack_array(&answer->rows, 5);
        pack_text(&answer->rows, "board");
        pack_text(&answer->rows, heading->name);
        pack_text(&answer->rows, i < BOARD_OWN_COLUMNS ? own_kinds[i] : "any");
        pack_text(&answer->rows, heading->zh ? heading->zh : heading->name);
        pack_text(&answer->rows, heading->en);
        answer->count++;
    }
    free(q);
    return status;
}

static enum status columns_of_boards(const struct asking *asking, struct query_answer *answer,
                                     struct fault *fault)
{
    (void)asking;
    (void)fault;
    for (unsigned i = 0; i < sizeof boards_columns / sizeof boards_columns[0]; i++) {
        pack_array(&answer->rows, 5);
        pack_text(&answer->rows, "boards");
        pack_text(&answer->rows, boards_columns[i].name);
        pack_text(&answer->rows, column_kind_name(boards_columns[i].kind));
        pack_text(&answer->rows, boards_columns[i].zh);
        pack_text(&answer->rows, boards_columns[i].en);
        answer->count++;
    }
    return STATUS_OK;
}

static enum status headings(const struct asking *asking, struct query_answer *answer,
                            struct fault *fault)
{
    const struct datum *list = datum_field(asking->args, "list");
    return list && datum_is_text(list, "boards") ? columns_of_boards(asking, answer, fault)
                                                 : columns_of_board(asking, answer, fault);
}

static const struct query_spec queries[] = {
    {.name = "board", .ask = ask_board}, {.name = "boards", .ask = ask_boards}, {.name = NULL}};

const struct projection projection_boards = {
    .name = "boards", .version = 1, .queries = queries, .columns = headings};
