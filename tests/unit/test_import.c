/* test_import.c - what people and their office programs write: encodings, cells, headings, forms. */
#include "tests/unit/test.h"

#include "cmd/import/cell.h"
#include "cmd/import/mapping.h"
#include "core/date.h"

static struct arena arena;

static int arena_set(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int arena_end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* ---- dates ---- */

static void is_date(const char *text, enum cell_date wanted, const char *day)
{
    int32_t found = DATE_NONE;
    enum cell_date kind = cell_date_read(cell_narrow(&arena, text), &found);
    if (kind != wanted || (day && found != date_parse(day)))
        fail_msg("%s: kind %d, day %d", text, (int)kind, (int)found);
}

static void days_are_read_in_every_form_that_files_have(void **state)
{
    static const char *const forms[] = {
        "2026-01-31",           "20260131",      "2026.01.31",          "2026/1/31",
        "2026/01/31",           "2026年1月31日", "2026年01月31日",      "2026.1.31",
        "２０２６年１月３１日", " 2026-01-31 ",  "2026-01-31 00:00:00", "2026年1月31号",
        "=\"2026-01-31\"",      "'2026-01-31",   "2026。01。31"};
    (void)state;
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++)
        is_date(forms[i], CELL_DATE_DAY, "2026-01-31");
    is_date("2024.02.29", CELL_DATE_DAY, "2024-02-29");
}

static void a_month_is_its_first_day_and_known_to_be_a_month(void **state)
{
    static const char *const forms[] = {"2026.03",   "2026-03",    "2026/3", "202603",
                                        "2026年3月", "2026年03月", "2026.3"};
    (void)state;
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++)
        is_date(forms[i], CELL_DATE_MONTH, "2026-03-01");
    is_date("2026.10", CELL_DATE_MONTH, "2026-10-01");
}

static void what_may_be_two_days_or_none_is_not_guessed(void **state)
{
    (void)state;
    is_date("2026.1", CELL_DATE_AMBIGUOUS, NULL); /* Excel drops the zero of 2026.10 */
    is_date("45688", CELL_DATE_SERIAL, NULL);
    is_date("1998", CELL_DATE_YEAR, NULL);
    is_date("1998年", CELL_DATE_YEAR, NULL);
    is_date("2026-02-30", CELL_DATE_IMPOSSIBLE, NULL);
    is_date("20261301", CELL_DATE_IMPOSSIBLE, NULL);
    is_date("2026.13", CELL_DATE_IMPOSSIBLE, NULL);
    is_date("民盟", CELL_DATE_NONE, NULL);
    is_date("1/31/2026", CELL_DATE_NONE, NULL);
    is_date("2026-01/31", CELL_DATE_NONE, NULL);
    is_date("2026年1.31", CELL_DATE_NONE, NULL);
    is_date("2026-01-31-01", CELL_DATE_NONE, NULL);
    is_date("999999999999", CELL_DATE_NONE, NULL);
    is_date("至今", CELL_DATE_OPEN, NULL);
}

/* ---- cells ---- */

static void spaces_quotes_and_full_width_forms_of_excel_go(void **state)
{
    (void)state;
    assert_string_equal(cell_clean(&arena, "\xe3\x80\x80 甲 乙\xc2\xa0\xef\xbb\xbf"), "甲 乙");
    assert_string_equal(cell_clean(&arena, "=\"0012\""), "0012");
    assert_string_equal(cell_narrow(&arena, "１２３４Ａｂ－／"), "1234Ab-/");
    assert_string_equal(cell_name(&arena, "张　三"), "张三");
    assert_string_equal(cell_name(&arena, "赵\n六"), "赵六");
    assert_string_equal(cell_name(&arena, "𠮷 田"), "𠮷田");
    assert_string_equal(cell_name(&arena, "买买提·艾力"), "买买提·艾力");
    assert_string_equal(cell_name(&arena, "Li San"), "Li San");
    assert_string_equal(cell_clean(&arena, "\xff\xc3"), "\xff\xc3"); /* no UTF-8, no crash */
}

static void numbers_that_excel_has_spoilt_are_known(void **state)
{
    (void)state;
    assert_true(cell_is_scientific("1.10105E+17"));
    assert_true(cell_is_scientific("1E5"));
    assert_false(cell_is_scientific("11010519491231002X"));
    assert_false(cell_is_scientific("E12"));
    assert_false(cell_is_scientific("1E"));
}

static void numbers_are_exact(void **state)
{
    int64_t number;
    (void)state;
    assert_true(cell_int_read("1,200", &number) && number == 1200);
    assert_true(cell_int_read("-3", &number) && number == -3);
    assert_false(cell_int_read("12a", &number));
    assert_false(cell_int_read("", &number));
    assert_false(cell_int_read("1234567890123456789012", &number));
    assert_string_equal(cell_number_text(&arena, "12.50"), "25/2");
    assert_string_equal(cell_number_text(&arena, "30%"), "3/10");
    assert_string_equal(cell_number_text(&arena, "2.5%"), "1/40");
    assert_string_equal(cell_number_text(&arena, "0.0"), "0");
    assert_null(cell_number_text(&arena, "1.2.3"));
    assert_null(cell_number_text(&arena, "12."));
    assert_null(cell_number_text(&arena, "%"));
}

static void a_number_of_a_person_is_masked_in_reports(void **state)
{
    (void)state;
    assert_string_equal(cell_mask(&arena, "11010519491231002X"), "110105**********2X");
    assert_string_equal(cell_mask(&arena, "电话 13812345678"), "电话 138****5678");
    assert_string_equal(cell_mask(&arena, "2026-01-31"), "2026-01-31");
}

/* ---- sheets ---- */

static enum status csv(const char *bytes, size_t size, struct sheet *sheet)
{
    struct fault fault = {0};
    return sheet_of_csv(bytes, size, sheet, &fault);
}

static void the_encoding_is_found_out_and_said(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *encoding;
    } texts[] = {{"姓名\n", 7, "UTF-8"},
                 {"\xef\xbb\xbf姓名\n", 10, "UTF-8 BOM"},
                 {"\xd0\xd5\xc3\xfb\n", 5, "GB18030"},
                 {"\xff\xfe\xd3\x59\x0d\x54\x0a\x00", 8, "UTF-16LE"},
                 {"\xfe\xff\x59\xd3\x54\x0d\x00\x0a", 8, "UTF-16BE"}};
    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sheet sheet;
        assert_int_equal(csv(texts[i].bytes, texts[i].size, &sheet), STATUS_OK);
        assert_string_equal(sheet.encoding, texts[i].encoding);
        assert_int_equal(sheet.count, 1);
        assert_string_equal(sheet.rows[0].cells[0], "姓名");
        sheet_done(&sheet);
    }
}

static void bytes_of_no_encoding_are_refused_with_their_place(void **state)
{
    struct sheet sheet;
    struct fault fault = {0};
    (void)state;
    assert_int_equal(sheet_of_csv("abc\xff\xff\xff", 6, &sheet, &fault), STATUS_INVALID);
    assert_non_null(strstr(fault.text, "byte 4"));
    assert_int_equal(csv("a\0b\n", 4, &sheet), STATUS_INVALID);
    assert_int_equal(csv("\xef\xbb\xbf\xff", 4, &sheet), STATUS_INVALID);
}

static void rows_know_their_lines_across_line_breaks_in_cells(void **state)
{
    static const char text[] = "标题,,\r\n\r\n姓名,备注\r\n张三,\"一\r\n二\r\n\"\r\n,,\r\n"
                               "\"李\n四\",\"说\"\"好\"\"\",,,\r\n王五,=\"007\"";
    struct sheet sheet;
    (void)state;
    assert_int_equal(csv(text, sizeof text - 1, &sheet), STATUS_OK);
    static const unsigned lines[] = {1, 3, 4, 8, 10};
    assert_int_equal(sheet.count, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(sheet.rows[i].line, lines[i]);
    assert_string_equal(sheet.rows[3].cells[0], "李\n四");
    assert_string_equal(sheet.rows[3].cells[1], "说\"好\"");
    assert_int_equal(sheet.rows[3].count, 2);
    assert_string_equal(sheet.rows[4].cells[1], "=\"007\"");
    sheet_done(&sheet);
}

static void an_open_quotation_and_too_many_columns_are_refused(void **state)
{
    struct sheet sheet;
    char wide[1200];
    (void)state;
    assert_int_equal(csv("a,\"b\nc\n", 7, &sheet), STATUS_INVALID);
    for (unsigned i = 0; i < 1198; i += 2)
        memcpy(wide + i, "x,", 2);
    assert_int_equal(csv(wide, 1198, &sheet), STATUS_FULL);
}

static void tabs_and_semicolons_separate_too(void **state)
{
    static const char tabs[] = "一,览\n姓名\t单位\t日期\n张三\t甲\t2026.01\n";
    struct sheet sheet;
    (void)state;
    assert_int_equal(csv(tabs, sizeof tabs - 1, &sheet), STATUS_OK);
    assert_int_equal(sheet.rows[1].count, 3);
    sheet_done(&sheet);
}

/* ---- headings ---- */

static const char persons[] = "import: {kind: persons}\nregister: person\nneeds: [name]\n"
                              "columns:\n  id: [工号, 编号]\n  name: [姓名]\n  birth: [出生年月]\n"
                              "ignore: [序号]\n";
static const char offices[] =
    "import: {kind: offices}\nfacts: [{fact: f, day: start}]\n"
    "needs: [person, start]\ncolumns: {person: [姓名], start: [任职时间]}\n";

static void headings_are_found_below_titles_and_name_the_kind_of_table(void **state)
{
    static const char text[] =
        "某单位干部名册,,,\n,,2026年1月制,\n序号,编 号,姓　名*,工号,出生年月（年.月）,"
        "爱好\n1,a,张三,b,1980.01,棋\n";
    struct mappings mappings;
    struct sheet sheet;
    struct fitted fitted;
    struct fault fault = {0};
    (void)state;
    mappings_init(&mappings);
    assert_int_equal(mapping_read(&mappings, persons, sizeof persons - 1, &fault), STATUS_OK);
    assert_int_equal(mapping_read(&mappings, offices, sizeof offices - 1, &fault), STATUS_OK);
    assert_int_equal(csv(text, sizeof text - 1, &sheet), STATUS_OK);
    mapping_fit(&mappings, NULL, &sheet, &fitted);
    assert_non_null(fitted.mapping);
    assert_string_equal(fitted.mapping->kind, "persons");
    assert_int_equal(fitted.header, 2);
    assert_true(fitted.ignored[0]);
    assert_null(fitted.columns[1]); /* 工号 is named first for the same column */
    assert_string_equal(fitted.columns[2]->name, "name");
    assert_string_equal(fitted.columns[3]->name, "id");
    assert_string_equal(fitted.columns[4]->name, "birth");
    assert_null(fitted.columns[5]);
    mapping_fit(&mappings, "offices", &sheet, &fitted);
    assert_string_equal(fitted.missing, "start");
    sheet_done(&sheet);
    mappings_done(&mappings);
}

static void a_map_says_where_it_is_wrong(void **state)
{
    static const struct {
        const char *text, *place;
    } maps[] = {{"import: {kind: x}\ncolumns: {a: [b]}\n", "either register"},
                {"import: {kind: x}\nregister: person\nneeds: [z]\ncolumns: {a: [b]}\n", "3:"},
                {"import: {kind: x}\nfacts: [{fact: f, day: z}]\ncolumns: {a: [b]}\n", "2:"},
                {"import: {kind: x}\nregister: p\ncolumns: {a: b}\n", "3:"},
                {"register: p\ncolumns: {a: [b]}\n", "kind"},
                {"- 1\n", "a map"}};
    (void)state;
    for (unsigned i = 0; i < sizeof maps / sizeof *maps; i++) {
        struct mappings mappings;
        struct fault fault = {0};
        mappings_init(&mappings);
        assert_int_equal(mapping_read(&mappings, maps[i].text, strlen(maps[i].text), &fault),
                         STATUS_INVALID);
        if (!strstr(fault.text, maps[i].place))
            fail_msg("%s: %s", maps[i].text, fault.text);
        mappings_done(&mappings);
    }
}

static void the_maps_of_the_source_tree_are_read(void **state)
{
    static const char *const kinds[] = {"units", "posts", "persons", "offices", "certificates"};
    struct mappings mappings;
    (void)state;
    mappings_init(&mappings);
    for (unsigned i = 0; i < 5; i++) {
        char path[64];
        size_t size;
        struct fault fault = {0};
        snprintf(path, sizeof path, "core/imports/%s.yaml", kinds[i]);
        char *text = test_file(path, &size);
        if (mapping_read(&mappings, text, size, &fault) != STATUS_OK)
            fail_msg("%s: %s", path, fault.text);
        assert_non_null(mapping_of_kind(&mappings, kinds[i]));
        free(text);
    }
    mappings_done(&mappings);
}

/* ---- forms ---- */

static const char form[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Person>\n"
    "  <XingMing>张　三</XingMing><XingBie>男</XingBie><RuDangShiJian>民盟</RuDangShiJian>\n"
    "  <JianLi>1998.07--2003.05  某县科员\n2003.05--        某县科长</JianLi>\n"
    "  <ZhaoPian>aGVsbG8=</ZhaoPian><NiMianZhiWu></NiMianZhiWu>\n"
    "  <JiaTingChengYuan><Item><ChengWei>妻</ChengWei></Item><Item><ChengWei>子</ChengWei></Item>"
    "</JiaTingChengYuan>\n</Person>\n";

static void a_form_is_a_sheet_of_one_row_and_its_photo_a_digest(void **state)
{
    struct sheet sheet;
    struct fault fault = {0};
    static const uint8_t hello[] = {0x2c, 0xf2, 0x4d, 0xba}; /* SHA-256 of "hello" begins so */
    (void)state;
    assert_int_equal(sheet_of_form(form, sizeof form - 1, &sheet, &fault), STATUS_OK);
    assert_int_equal(sheet.count, 2);
    assert_string_equal(sheet.rows[0].cells[0], "XingMing");
    assert_string_equal(sheet.rows[1].cells[0], "张　三");
    assert_int_equal(sheet.rows[0].count, 4);
    assert_non_null(strstr(sheet.rows[1].cells[3], "\n2003.05"));
    assert_true(sheet.has_photo);
    assert_memory_equal(sheet.photo, hello, sizeof hello);
    assert_int_equal(sheet.relatives, 2);
    sheet_done(&sheet);
}

static void a_form_that_loads_or_multiplies_anything_is_refused(void **state)
{
    static const char *const hostile[] = {
        "<!DOCTYPE Person [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
        "\"&a;&a;&a;&a;\">]><Person><XingMing>"
        "&b;</XingMing></Person>",
        "<!DOCTYPE Person SYSTEM "
        "\"http://127.0.0.1:9/x.dtd\"><Person><XingMing>a</XingMing></Person>",
        "<!DOCTYPE Person [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Person><XingMing>&x;"
        "</XingMing></Person>",
        "<Person><XingMing>&x;</XingMing></Person>",
        "<Person><XingMing>",
        "<Other/>",
        "<Person/>",
        ""};
    (void)state;
    for (unsigned i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct sheet sheet;
        struct fault fault = {0};
        if (sheet_of_form(hostile[i], strlen(hostile[i]), &sheet, &fault) == STATUS_OK)
            fail_msg("taken: %s", hostile[i]);
        assert_true(*fault.text);
    }
}

static void an_entity_hidden_in_utf_16_is_refused_too(void **state)
{
    static const char text[] = "<!DOCTYPE Person [<!ENTITY a \"b\">]><Person><XingMing>&a;"
                               "</XingMing></Person>";
    char wide[2 * sizeof text + 2] = "\xff\xfe";
    struct sheet sheet;
    struct fault fault = {0};
    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        wide[2 + 2 * i] = text[i];
        wide[3 + 2 * i] = '\0';
    }
    assert_int_not_equal(sheet_of_form(wide, 2 * sizeof text, &sheet, &fault), STATUS_OK);
    assert_non_null(strstr(fault.text, "entities"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_set, arena_end)
    const struct CMUnitTest tests[] = {
        TEST(days_are_read_in_every_form_that_files_have),
        TEST(a_month_is_its_first_day_and_known_to_be_a_month),
        TEST(what_may_be_two_days_or_none_is_not_guessed),
        TEST(spaces_quotes_and_full_width_forms_of_excel_go),
        TEST(numbers_that_excel_has_spoilt_are_known),
        TEST(numbers_are_exact),
        TEST(a_number_of_a_person_is_masked_in_reports),
        TEST(the_encoding_is_found_out_and_said),
        TEST(bytes_of_no_encoding_are_refused_with_their_place),
        TEST(rows_know_their_lines_across_line_breaks_in_cells),
        TEST(an_open_quotation_and_too_many_columns_are_refused),
        TEST(tabs_and_semicolons_separate_too),
        TEST(headings_are_found_below_titles_and_name_the_kind_of_table),
        TEST(a_map_says_where_it_is_wrong),
        TEST(the_maps_of_the_source_tree_are_read),
        TEST(a_form_is_a_sheet_of_one_row_and_its_photo_a_digest),
        TEST(a_form_that_loads_or_multiplies_anything_is_refused),
        TEST(an_entity_hidden_in_utf_16_is_refused_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
