/* list.c - `jishi list DIR NAME`: any list of the read models or board of the packs, for people, as JSON, or as CSV that a
 * spreadsheet opens: UTF-8 with BOM, CRLF, RFC 4180 quoting, Chinese headings (--lang en: English).
 * The list's own declaration, asked for first, says how an argument is typed and a column headed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/ask.h"
#include "cmd/commands.h"
#include "cmd/csv.h"
#include "cmd/list_words.h"
#include "cmd/options.h"
#include "cmd/plain.h"
#include "core/buffer.h"

#define LIST_COLUMNS_MAX 64
#define SHANGHAI_SECONDS (8 * 3600) /* no daylight saving since 1991 */

struct list_column {
    char *name, *kind, *heading;
};

static struct {
    struct list_column columns[LIST_COLUMNS_MAX];
    unsigned count;
    bool csv, is_board;
} list;

/* ---- the declaration ---- */

static void keep_column(const json_t *row)
{
    if (list.count == LIST_COLUMNS_MAX)
        return;
    list.is_board = strcmp(json_string_value(json_array_get(row, 0)), "board") == 0;
    size_t heading = strcmp(language(), "en") == 0 ? 4 : 3;
    struct list_column *column = &list.columns[list.count++];
    column->name = strdup(json_string_value(json_array_get(row, 1)));
    column->kind = strdup(json_string_value(json_array_get(row, 2)));
    column->heading = strdup(json_string_value(json_array_get(row, heading)));
}

static const char *kind_of(const char *name, size_t size)
{
    for (unsigned i = 0; i < list.count; i++)
        if (strlen(list.columns[i].name) == size && memcmp(list.columns[i].name, name, size) == 0)
            return list.columns[i].kind;
    return "text";
}

static bool is_number(const char *kind)
{
    return strcmp(kind, "int") == 0 || strcmp(kind, "time") == 0 || strcmp(kind, "case") == 0 ||
           strcmp(kind, "duty") == 0;
}

/* A whole number where it is one, else text. */
static json_t *json_typed(const char *text, bool number)
{
    char *end = NULL;
    long long value = number ? strtoll(text, &end, 10) : 0;
    return number && *text && *end == '\0' ? json_integer(value) : json_string(text);
}

/* "state=open" as the list types that column; false: not of the form. */
static bool filter_add(json_t *args, const char *word)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word)
        return false;
    const char *kind = kind_of(word, (size_t)(equals - word));
    json_t *value = strcmp(kind, "bool") == 0 ? json_boolean(strcmp(equals + 1, "true") == 0)
                                              : json_typed(equals + 1, is_number(kind));
    char *name = strndup(word, (size_t)(equals - word));
    json_object_set_new(args, name, value);
    free(name);
    return true;
}

/* ---- a cell ---- */

static void time_add(struct buffer *out, json_int_t recorded_at_us)
{
    time_t seconds = (time_t)(recorded_at_us / 1000000) + SHANGHAI_SECONDS;
    struct tm civil;
    char text[40];
    gmtime_r(&seconds, &civil);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &civil);
    buffer_add_text(out, text);
}

static void cell_add(struct buffer *out, const json_t *value, const char *kind);

static void list_add(struct buffer *out, const json_t *items)
{
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item)
    {
        if (index)
            buffer_add_text(out, in_words("；", "; "));
        cell_add(out, item, "");
    }
}

static void record_add(struct buffer *out, json_t *record)
{
    const char *name;
    json_t *value;
    bool more = false;
    json_object_foreach(record, name, value)
    {
        if (more)
            buffer_add_text(out, in_words("；", "; "));
        more = true;
        buffer_add_text(out, name);
        buffer_add_char(out, '=');
        cell_add(out, value, "");
    }
}

static void cell_add(struct buffer *out, const json_t *value, const char *kind)
{
    if (json_is_integer(value) && strcmp(kind, "time") == 0)
        time_add(out, json_integer_value(value));
    else if (json_is_integer(value))
        buffer_addf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_string(value))
        buffer_add_text(out, json_string_value(value));
    else if (json_is_boolean(value))
        buffer_add_text(out, json_is_true(value) ? in_words("是", "yes") : in_words("否", "no"));
    else if (json_is_array(value))
        list_add(out, value);
    else if (json_is_object(value))
        record_add(out, (json_t *)(uintptr_t)value);
}

/* ---- rows ---- */

static void csv_begin(void)
{
    fputs("\xef\xbb\xbf", stdout);
    for (unsigned i = 0; i < list.count; i++)
        csv_cell(list.columns[i].heading, true, i + 1 == list.count);
}

static void print_cells(const json_t *row)
{
    struct buffer cell, line;
    buffer_init(&cell);
    buffer_init(&line);
    for (unsigned i = 0; i < list.count; i++) {
        buffer_clear(&cell);
        const json_t *value = json_array_get(row, i);
        if (json_is_string(value) && column_has_words(list.columns[i].name))
            buffer_add_text(&cell, list_word(json_string_value(value)));
        else
            cell_add(&cell, value, list.columns[i].kind);
        if (list.csv)
            csv_cell(buffer_text(&cell), !json_is_integer(value), i + 1 == list.count);
        else
            buffer_addf(&line, "%s%s", i ? "  " : "", buffer_text(&cell));
    }
    if (!list.csv)
        plain_line(stdout, "%s", buffer_text(&line));
    buffer_done(&cell);
    buffer_done(&line);
}

/* ---- the command ---- */

struct list_options {
    const char *from, *until, *on, *within, *order, *known_at, *as_of;
};

static void options_add(json_t *args, const struct list_options *given)
{
    const struct {
        const char *name, *value;
        bool number; /* or a date */
    } each[] = {{"from", given->from, false},   {"until", given->until, false},
                {"on", given->on, false},       {"within", given->within, false},
                {"order", given->order, false}, {"known_at", given->known_at, true},
                {"as_of", given->as_of, true}};
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++)
        if (each[i].value)
            json_object_set_new(args, each[i].name, json_typed(each[i].value, each[i].number));
}

/* What stands behind "NAME=" among the words; NULL: nothing. */
static const char *word_of(int argc, char **argv, const char *name)
{
    size_t size = strlen(name);
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], name, size) == 0 && argv[i][size] == '=')
            return argv[i] + size + 1;
    return NULL;
}

/* `board` itself is asked for by its argument, any other board by its name. */
static const char *board_named(int argc, char **argv, const char *name)
{
    const char *board = strcmp(name, "board") == 0 ? word_of(argc, argv, "board") : NULL;
    return board ? board : name;
}

static int columns_ask(int argc, char **argv, int own, const char *board)
{
    const char *pack = word_of(argc, argv, "pack");
    json_t *args = json_pack("{s:s, s:s}", "list", argv[own], "board", board);
    if (pack)
        json_object_set_new(args, "pack", json_string(pack));
    return ask_columns(own, argv, args, keep_column);
}

static void print_headings(void)
{
    struct buffer line;
    buffer_init(&line);
    for (unsigned i = 0; i < list.count; i++)
        buffer_addf(&line, "%s%s", i ? "  " : "", list.columns[i].heading);
    plain_line(stdout, "%s", buffer_text(&line));
    buffer_done(&line);
}

static int list_print(int argc, char **argv, const char *name, json_t *args)
{
    int code = 0;
    if (list.csv)
        csv_begin();
    else if (!wants_json() && list.count)
        print_headings();
    code = ask_all(argc, argv, name, args, print_cells);
    for (unsigned i = 0; i < list.count; i++) {
        free(list.columns[i].name);
        free(list.columns[i].kind);
        free(list.columns[i].heading);
    }
    return code;
}

int list_show(int argc, char **argv, const char *name, json_t *args, bool csv)
{
    int code = ask_columns(argc, argv, json_pack("{s:s}", "list", name), keep_column);
    list.csv = csv;
    if (code == 0)
        return list_print(argc, argv, name, args);
    json_decref(args);
    return code;
}

int cmd_list(int argc, char **argv)
{
    static struct list_options given;
    static const struct option_spec specs[] = {
        ASK_OPTIONS,
        {"from", 0, OPTION_TEXT, &given.from, "DATE", "日期列不早于",
         "its date on this day or later"},
        {"until", 0, OPTION_TEXT, &given.until, "DATE", "日期列不晚于",
         "its date on this day or before"},
        {"on", 0, OPTION_TEXT, &given.on, "DATE", "当日有效的", "what holds on this day"},
        {"within", 0, OPTION_TEXT, &given.within, "UNIT", "本单位及下级单位",
         "of this unit and those below"},
        {"order", 0, OPTION_TEXT, &given.order, "COLUMN", "按哪一列排", "ordered by"},
        {"known-at", 0, OPTION_TEXT, &given.known_at, "DATE|N", "当时已知的样子",
         "as it was known by the end of that day, or at entry N"},
        {"as-of", 0, OPTION_TEXT, &given.as_of, "DATE|N", "那一天已发生的样子",
         "as it had occurred by that day"},
        {"csv", 0, OPTION_FLAG, &list.csv, NULL, "CSV，供电子表格打开", "CSV for a spreadsheet"},
        {0}};
    struct options options = {"list", "DIR NAME [COLUMN=VALUE ...]", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    int own = ask_access.connect ? 0 : 1; /* DIR comes first unless --connect is given */
    if (argc <= own)
        return options_wrong(&options, in_words("要哪一份清单", "say which list"));
    const char *name = argv[own];
    const char *board = board_named(argc, argv, name);
    code = columns_ask(argc, argv, own, board);
    if (code != 0)
        return code;
    json_t *args = json_object();
    for (int i = own + 1; i < argc; i++)
        if (!filter_add(args, argv[i])) {
            json_decref(args);
            return options_wrong(&options, "COLUMN=VALUE");
        }
    options_add(args, &given);
    if (list.is_board) {
        json_object_set_new(args, "board", json_string(board));
        json_object_set_new(args, "language", json_string(language()));
    }
    return list_print(own, argv, list.is_board ? "board" : name, args);
}
