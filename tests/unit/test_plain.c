/* test_plain.c - texts of others as a terminal and a spreadsheet get them. */
#include "test.h"

#include <unistd.h>

#include "cmd/csv.h"
#include "cmd/plain.h"

static const struct {
    const char *text, *line;
} texts[] = {
    {"", ""},
    {"张三 is plain, \\x1b too", "张三 is plain, \\x1b too"},
    {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
    {"one\ntwo\ttabbed\rback\bspace\a", "one\\x0atwo\\x09tabbed\\x0dback\\x08space\\x07"},
    {"\x7f and \xc2\x9b"
     "31m",
     "\\x7f and \\u009b31m"},
    {"a\xe2\x80\xaeright to left\xe2\x81\xa9", "a\\u202eright to left\\u2069"},
    {"\xe2\x80\xa8line", "\\u2028line"},
    {"bad \xff, cut \xe5\xbc", "bad \\xff, cut \\xe5\\xbc"},
    {"overlong \xc0\x80", "overlong \\xc0\\x80"},
    {"\xf0\x9f\x98\x80 and \xe2\x80\x94 stay", "\xf0\x9f\x98\x80 and \xe2\x80\x94 stay"},
};

static char *printed(void (*print)(FILE *out, const char *text), const char *text)
{
    char *data = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&data, &size);
    print(out, text);
    assert_int_equal(fclose(out), 0);
    return data;
}

static void print_line(FILE *out, const char *text)
{
    plain_line(out, "%s", text);
}

static void a_line_shows_what_would_move_the_cursor_and_stays_one_line(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char wanted[200];
        snprintf(wanted, sizeof wanted, "%s\n", texts[i].line);
        char *line = printed(print_line, texts[i].text);
        assert_string_equal(line, wanted);
        free(line);
    }
}

static void a_text_keeps_its_newlines_and_nothing_else(void **state)
{
    (void)state;
    char *text = printed(plain_text, "one\n  two\x1b[2J\n\tthree\n");
    assert_string_equal(text, "one\n  two\\x1b[2J\n\\x09three\n");
    free(text);
}

static void only_what_is_not_utf8_is_shown_where_a_program_reads(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out);
    utf8_add(&out, "\x1b\n张\xff\xe5\xbc.csv");
    assert_string_equal(buffer_text(&out), "\x1b\n张\\xff\\xe5\\xbc.csv");
    buffer_done(&out);
}

static void a_cell_is_quoted_where_it_must_be_and_no_text_is_a_formula(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_text;
        const char *cell;
    } cells[] = {{"plain", true, "plain\r\n"},      {"a,\"b\"", true, "\"a,\"\"b\"\"\"\r\n"},
                 {"=1+1", true, "'=1+1\r\n"},       {"＝1", true, "'＝1\r\n"},
                 {"＠a,b", true, "\"'＠a,b\"\r\n"}, {"-5", false, "-5\r\n"},
                 {"\x1b[2J", true, "\x1b[2J\r\n"}};
    for (unsigned i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        char cell[100] = "";
        FILE *file = tmpfile();
        fflush(stdout);
        int kept = dup(STDOUT_FILENO);
        dup2(fileno(file), STDOUT_FILENO);
        csv_cell(cells[i].text, cells[i].is_text, true);
        fflush(stdout);
        dup2(kept, STDOUT_FILENO);
        close(kept);
        rewind(file);
        assert_true(fread(cell, 1, sizeof cell - 1, file) > 0);
        fclose(file);
        assert_string_equal(cell, cells[i].cell);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_shows_what_would_move_the_cursor_and_stays_one_line),
        cmocka_unit_test(a_text_keeps_its_newlines_and_nothing_else),
        cmocka_unit_test(only_what_is_not_utf8_is_shown_where_a_program_reads),
        cmocka_unit_test(a_cell_is_quoted_where_it_must_be_and_no_text_is_a_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
