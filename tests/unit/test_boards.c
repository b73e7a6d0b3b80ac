/* test_boards.c - boards of packs: which there are, what stands on them on a day, and what was known. */
#include "test.h"

#include "core/board.h"
#include "tests/desk/desk.h"

static struct desk desk;

static const char facts_pack[] =
    "pack: {id: F, words: 1, title: {zh: 许可}, authority: issued, uses: [T]}\n"
    "facts:\n"
    "  licence: {title: {zh: 许可证, en: Licence}, about: [person], fields: {number: int}, lasts: "
    "P1Y,\n    ended_by: withdrawn}\n"
    "  withdrawn: {title: {zh: 吊销}, about: [person]}\n"
    "  flaw: {title: {zh: 问题}, about: [person], fields: {number: int}}\n"
    "  mended: {title: {zh: 整改}, about: [person], fields: {number: int}}\n";

static const char board_pack[] =
    "pack: {id: B, words: 1, title: {zh: 台账}, authority: issued, uses: [F]}\n"
    "boards:\n"
    "  licences:\n"
    "    title: {zh: 许可台账, en: Licences}\n"
    "    columns: {number: {zh: 编号, en: Number}, others: 其他许可}\n"
    "    rows:\n"
    "      licence: {fact: licence, soon: P1M, words: {lifted: 已吊销}, show: {number: number,\n"
    "        others: {count: licence, where: {number: {other_than: [start.number]}}}}}\n"
    "  flaws:\n"
    "    title: {zh: 问题台账, en: Flaws}\n"
    "    columns: {number: 序号}\n"
    "    order: -number\n"
    "    rows:\n"
    "      flaw: {fact: flaw, due: {from: start.date, plus: P10D}, closed: {has: mended, where: "
    "{number: start.number}},\n"
    "        words: {closed: 已销号}, show: {number: number}}\n"
    "  duties:\n"
    "    title: {zh: 期限台账, en: Duties}\n"
    "    columns: {grade: 等次}\n"
    "    rows:\n"
    "      hold: {duty: T-HOLD, show: {grade: start.grade}}\n"
    "      people: {for: person, where: {birth: filled}}\n";

static const char other_pack[] = "pack: {id: C, words: 1, title: {zh: 另}, authority: issued}\n"
                                 "boards:\n"
                                 "  flaws:\n"
                                 "    title: {zh: 问题台账, en: Flaws}\n"
                                 "    columns: {number: 序号, born: 出生}\n"
                                 "    rows: {people: {for: person, where: {birth: filled}, show: "
                                 "{number: 7, born: it.birth}}}\n";

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, date_from_civil(2026, 3, 2));
    desk_text(&desk, "pack", facts_pack, sizeof facts_pack - 1);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    return desk_folds_and_closes(&desk);
}

#define REASON "{'$hex':'0000000000000000000000000000000000000000000000000000000000000001'}"

#define NO_PACK ((struct text_view){"", 0})

#define must(...) desk_must(&desk, "admin", DESK_FORMAT(&desk, __VA_ARGS__))

static void fact(const char *type, const char *day, int number)
{
    must("{'verb':'fact','what':'%s','subjects':{'person':'person:li'},'on':'%s','args':{'number':"
         "%d}}",
         type, day, number);
}

static int64_t next_entry(void)
{
    return state_next_number(desk.state);
}

/* Rows of a board in one text: "KEY STATE DUE COLUMN ...; ...", with `columns` of its own. */
static const char *stands(const char *name, const char *day, int64_t known)
{
    static struct board board;
    struct buffer out;
    buffer_init(&out);
    assert_true(
        state_board(desk.state, (struct text_view){name, (uint32_t)strlen(name)}, NO_PACK, &board));
    struct board_asking asking = {.state = desk.state,
                                  .board = &board,
                                  .at = *day ? date_parse(day) : desk.today,
                                  .known = known,
                                  .past = *day != '\0'};
    struct board_place place = {0, 0};
    unsigned steps = 1000;
    struct datum row;
    for (; board_row(&asking, &desk.arena, &place, &steps, &row); place.index++) {
        static const unsigned shown[] = {BOARD_COLUMN_key, BOARD_COLUMN_state, BOARD_COLUMN_due};
        assert_int_equal(row.count, board.column_count);
        buffer_add_text(&out, out.size ? "; " : "");
        for (unsigned i = 0; i < 3; i++)
            buffer_addf(&out, "%.*s ", (int)row.items[shown[i]].count,
                        row.items[shown[i]].kind == DATUM_TEXT ? row.items[shown[i]].text : "");
        for (unsigned i = BOARD_OWN_COLUMNS; i < row.count; i++)
            if (row.items[i].kind == DATUM_INT)
                buffer_addf(&out, "%lld ", (long long)row.items[i].integer);
    }
    char *text = arena_text_n(&desk.arena, buffer_text(&out), out.size);
    buffer_done(&out);
    return text;
}

static void a_board_shows_what_was_recorded_before_its_pack_came(void **state)
{
    (void)state;
    struct board board;
    fact("licence", "2025-06-01", 1);
    assert_false(state_board(desk.state, (struct text_view){"licences", 8}, NO_PACK, &board));
    desk_text(&desk, "pack", board_pack, sizeof board_pack - 1);
    assert_string_equal(stands("licences", "", INT64_MAX), "fact:1 in_force 2026-06-01 1 0 ");
}

static void what_lasts_expires_on_its_day_without_an_event(void **state)
{
    (void)state;
    desk_text(&desk, "pack", board_pack, sizeof board_pack - 1);
    fact("licence", "2025-06-01", 1);
    assert_string_equal(stands("licences", "2025-05-31", INT64_MAX), "");
    assert_string_equal(stands("licences", "2026-04-30", INT64_MAX),
                        "fact:1 in_force 2026-06-01 1 0 ");
    assert_string_equal(stands("licences", "2026-05-01", INT64_MAX), "fact:1 soon 2026-06-01 1 0 ");
    assert_string_equal(stands("licences", "2026-06-01", INT64_MAX), "fact:1 soon 2026-06-01 1 0 ");
    assert_string_equal(stands("licences", "2026-06-02", INT64_MAX),
                        "fact:1 expired 2026-06-01 1 0 ");
}

static void what_was_not_known_then_is_not_seen(void **state)
{
    (void)state;
    desk_text(&desk, "pack", board_pack, sizeof board_pack - 1);
    int64_t first = next_entry();
    fact("licence", "2025-06-01", 1);
    int64_t ended = next_entry();
    must("{'verb':'fact','what':'withdrawn','subjects':{'person':'person:li'},'on':'2025-09-01'}");
    assert_string_equal(stands("licences", "", first - 1), "");
    assert_string_equal(stands("licences", "", first), "fact:1 in_force 2026-06-01 1 0 ");
    assert_string_equal(stands("licences", "", ended), "fact:1 lifted 2026-06-01 1 0 ");
    assert_string_equal(stands("licences", "2025-08-31", ended), "fact:1 in_force 2026-06-01 1 0 ");
    must("{'verb':'correct','args':{'fact':1,'day':'2025-07-01','reason':" REASON "}}");
    assert_string_equal(stands("licences", "", ended), "fact:1 lifted 2026-06-01 1 0 ");
}

static void an_entry_is_closed_by_the_fact_that_is_about_it(void **state)
{
    (void)state;
    desk_text(&desk, "pack", board_pack, sizeof board_pack - 1);
    fact("flaw", "2026-02-20", 1);
    fact("flaw", "2026-02-25", 2);
    assert_string_equal(stands("flaws", "2026-03-02", INT64_MAX),
                        "fact:1 open 2026-03-02 1 ; fact:2 open 2026-03-07 2 ");
    fact("mended", "2026-03-02", 2);
    assert_string_equal(stands("flaws", "2026-03-03", INT64_MAX),
                        "fact:1 overdue 2026-03-02 1 ; fact:2 closed 2026-03-07 2 ");
    assert_string_equal(stands("flaws", "2026-03-01", INT64_MAX),
                        "fact:1 open 2026-03-02 1 ; fact:2 open 2026-03-07 2 ");
}

static void a_duty_stands_as_it_stood(void **state)
{
    (void)state;
    desk_text(&desk, "pack", board_pack, sizeof board_pack - 1);
    int64_t before = next_entry() - 1;
    must("{'verb':'fact','what':'started','subjects':{'person':'person:li'},'on':'2026-03-02',"
         "'args':{'grade':3}}");
    assert_string_equal(stands("duties", "", INT64_MAX), "duty:8 open 2026-03-16 3 ");
    assert_string_equal(stands("duties", "", before), "");
    desk_until(&desk, date_from_civil(2026, 3, 17));
    int64_t late = next_entry() - 1;
    must("{'verb':'fact','what':'held','subjects':{'person':'person:li'},'on':'2026-03-17'}");
    assert_string_equal(stands("duties", "", INT64_MAX), "duty:8 closed 2026-03-16 3 ");
    assert_string_equal(stands("duties", "", late), "duty:8 overdue 2026-03-16 3 ");
    assert_string_equal(stands("duties", "2026-03-16", INT64_MAX), "duty:8 open 2026-03-16 3 ");
    assert_string_equal(stands("duties", "2026-03-01", INT64_MAX), "");
}

static void packs_share_a_board_and_its_columns(void **state)
{
    (void)state;
    struct board board;
    const char *names[BOARDS_MAX];
    desk_text(&desk, "pack", board_pack, sizeof board_pack - 1);
    desk_text(&desk, "pack", other_pack, sizeof other_pack - 1);
    must("{'verb':'change','what':'person','subjects':{'it':'person:li'},'args':{'birth':"
         "'1970-02-28'},'on':'2020-01-01'}");
    fact("flaw", "2026-02-25", 2);
    assert_int_equal(state_boards(desk.state, names, BOARDS_MAX), 3);
    assert_true(state_board(desk.state, (struct text_view){"flaws", 5}, NO_PACK, &board));
    assert_int_equal(board.column_count, BOARD_OWN_COLUMNS + 2);
    assert_string_equal(board.columns[BOARD_OWN_COLUMNS + 1].zh, "出生");
    struct board own;
    assert_true(
        state_board(desk.state, (struct text_view){"flaws", 5}, (struct text_view){"B", 1}, &own));
    assert_int_equal(own.column_count, BOARD_OWN_COLUMNS + 1);
    assert_false(
        state_board(desk.state, (struct text_view){"duties", 6}, (struct text_view){"C", 1}, &own));
    assert_string_equal(board.order, "number");
    assert_true(board.descending);
    assert_string_equal(stands("flaws", "", INT64_MAX),
                        "fact:1 open 2026-03-07 2 ; person:li recorded  7 ");
}

static void a_page_of_a_long_board_goes_on_where_it_stopped(void **state)
{
    (void)state;
    desk_text(&desk, "pack", board_pack, sizeof board_pack - 1);
    struct board board;
    struct datum row;
    struct board_place place = {0, 0};
    unsigned seen = 0, pauses = 0;
    for (int i = 0; i < 50; i++)
        fact("flaw", "2026-02-25", i);
    assert_true(state_board(desk.state, (struct text_view){"flaws", 5}, NO_PACK, &board));
    struct board_asking asking = {
        .state = desk.state, .board = &board, .at = desk.today, .known = INT64_MAX};
    for (bool more = true; more; pauses++) {
        unsigned steps = 7;
        for (; board_row(&asking, &desk.arena, &place, &steps, &row); place.index++)
            seen++;
        more = steps == 0;
    }
    assert_int_equal(seen, 50);
    assert_int_equal(pauses, 8);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        CASE(a_board_shows_what_was_recorded_before_its_pack_came),
        CASE(what_lasts_expires_on_its_day_without_an_event),
        CASE(what_was_not_known_then_is_not_seen),
        CASE(an_entry_is_closed_by_the_fact_that_is_about_it),
        CASE(a_duty_stands_as_it_stood),
        CASE(packs_share_a_board_and_its_columns),
        CASE(a_page_of_a_long_board_goes_on_where_it_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
