/* sheet.c - files as sheets: what kind, how large, and the rows of a CSV text by libcsv. */
#include "cmd/import/sheet.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd/data_dir.h"
#include "core/check.h"
#include "events/tree.h"

/* ---- rows ---- */

static bool has_text(const char *cell)
{
    for (; *cell; cell++) {
        if (strncmp(cell, "\xe3\x80\x80", 3) == 0) /* U+3000 */
            cell += 2;
        else if (strncmp(cell, "\xc2\xa0", 2) == 0) /* U+00A0 */
            cell += 1;
        else if (!strchr(" \t\r\n\f\v", *cell))
            return true;
    }
    return false;
}

enum status sheet_add(struct sheet *sheet, uint32_t line, const char *const *cells, unsigned count,
                      struct fault *fault)
{
    while (count > 0 && !has_text(cells[count - 1]))
        count--;
    if (count == 0)
        return STATUS_OK;
    if (sheet->count == SHEET_ROWS_MAX)
        return fault_set(fault, STATUS_FULL, "more than %d rows; split the file", SHEET_ROWS_MAX);
    if (sheet->count == sheet->capacity) {
        sheet->capacity = sheet->capacity ? 2 * sheet->capacity : 256;
        sheet->rows = realloc(sheet->rows, sheet->capacity * sizeof *sheet->rows);
        CHECK(sheet->rows != NULL);
    }
    struct sheet_row *row = &sheet->rows[sheet->count++];
    *row = (struct sheet_row){line, count, ARENA_ARRAY(&sheet->arena, const char *, count)};
    for (unsigned i = 0; i < count; i++)
        row->cells[i] = arena_text(&sheet->arena, cells[i]);
    return STATUS_OK;
}

void sheet_done(struct sheet *sheet)
{
    free(sheet->rows);
    arena_done(&sheet->arena);
    *sheet = (struct sheet){0};
}

/* ---- CSV ---- */

/* libcsv's state between a quotation mark and its end. It says of itself that a text ends there
 * only in its strict mode, which does not take ="007". */
#define CSV_INSIDE_FIELD 2

struct csv_reading {
    struct sheet *sheet;
    const char *cells[SHEET_COLUMNS_MAX];
    struct arena arena; /* of the row that is being read */
    unsigned count;
    bool too_wide;
    uint32_t line, row_line;
    enum status status;
    struct fault *fault;
};

static void on_cell(void *text, size_t size, void *user)
{
    struct csv_reading *reading = user;
    if (reading->count == SHEET_COLUMNS_MAX) {
        reading->too_wide = reading->too_wide || size > 0;
        return;
    }
    reading->cells[reading->count++] = arena_text_n(&reading->arena, text ? text : "", size);
}

static void on_row(int end, void *user)
{
    struct csv_reading *reading = user;
    (void)end;
    if (reading->status == STATUS_OK && reading->too_wide)
        reading->status = fault_set(reading->fault, STATUS_FULL, "line %u: more than %d columns",
                                    reading->row_line, SHEET_COLUMNS_MAX);
    if (reading->status == STATUS_OK)
        reading->status = sheet_add(reading->sheet, reading->row_line, reading->cells,
                                    reading->count, reading->fault);
    reading->count = 0;
    arena_reset(&reading->arena);
}

/* Excel writes commas, its "Unicode text" tabs, some of its languages semicolons: what the first
 * line has most of. */
static char delimiter_of(const char *text)
{
    static const char known[] = ",\t;";
    unsigned counts[3] = {0};
    for (const char *at = text; *at && *at != '\n'; at++)
        for (unsigned i = 0; i < 3; i++)
            counts[i] += *at == known[i];
    unsigned most = 0;
    for (unsigned i = 1; i < 3; i++)
        if (counts[i] > counts[most])
            most = i;
    return known[most];
}

/* The first line may be a title; the line with most delimiters among the first ten tells. */
static char delimiter_of_text(const char *text)
{
    char found = ',';
    unsigned most = 0;
    for (int line = 0; line < 10 && *text; line++) {
        char delimiter = delimiter_of(text);
        unsigned count = 0;
        for (; *text && *text != '\n'; text++)
            count += *text == delimiter;
        if (count > most) {
            most = count;
            found = delimiter;
        }
        text += *text == '\n';
    }
    return found;
}

static bool is_between_rows(const struct csv_reading *reading, const struct csv_parser *parser)
{
    return reading->count == 0 && parser->entry_pos == 0 && !parser->quoted;
}

/* A physical line at a time, so that each row knows where it begins. */
static void lines_feed(struct csv_reading *reading, struct csv_parser *parser, const char *text,
                       size_t size)
{
    for (size_t at = 0; at < size && reading->status == STATUS_OK; reading->line++) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) + 1 - at : size - at;
        if (is_between_rows(reading, parser))
            reading->row_line = reading->line;
        if (csv_parse(parser, text + at, length, on_cell, on_row, reading) != length)
            reading->status = fault_set(reading->fault, STATUS_INVALID, "line %u: %s",
                                        reading->line, csv_strerror(csv_error(parser)));
        at += length;
    }
}

static enum status rows_read(struct sheet *sheet, const char *text, size_t size,
                             struct fault *fault)
{
    struct csv_reading reading = {.sheet = sheet, .line = 1, .row_line = 1, .fault = fault};
    struct csv_parser parser;
    CHECK(csv_init(&parser, CSV_APPEND_NULL) == 0);
    csv_set_delim(&parser, (unsigned char)delimiter_of_text(text));
    arena_init(&reading.arena, 0);
    lines_feed(&reading, &parser, text, size);
    if (reading.status == STATUS_OK && parser.quoted && parser.pstate == CSV_INSIDE_FIELD)
        reading.status =
            fault_set(fault, STATUS_INVALID, "line %u: a quotation mark is opened and never closed",
                      reading.row_line);
    if (reading.status == STATUS_OK)
        csv_fini(&parser, on_cell, on_row, &reading);
    csv_free(&parser);
    arena_done(&reading.arena);
    return reading.status;
}

enum status sheet_of_csv(const void *bytes, size_t size, struct sheet *ret_sheet,
                         struct fault *fault)
{
    struct buffer text;
    *ret_sheet = (struct sheet){.path = "", .name = ""};
    arena_init(&ret_sheet->arena, 0);
    sha256(bytes, size, ret_sheet->digest);
    buffer_init(&text);
    enum status status = encoding_to_utf8(bytes, size, &text, &ret_sheet->encoding, fault);
    if (status == STATUS_OK && text.size > 0)
        status = rows_read(ret_sheet, buffer_text(&text), text.size, fault);
    buffer_done(&text);
    if (status != STATUS_OK)
        sheet_done(ret_sheet);
    return status;
}

/* ---- files ---- */

static bool ends_with(const char *path, const char *ending)
{
    size_t size = strlen(path), length = strlen(ending);
    return size > length && strcasecmp(path + size - length, ending) == 0;
}

enum status sheet_read(const char *path, struct sheet *ret_sheet, struct fault *fault)
{
    struct buffer bytes;
    const char *slash = strrchr(path, '/');
    if (ends_with(path, ".xlsx") || ends_with(path, ".xls") || ends_with(path, ".et"))
        return fault_set(fault, STATUS_INVALID,
                         "%s: a workbook; save it as CSV (comma separated) first", path);
    if (ends_with(path, ".lrm"))
        return fault_set(fault, STATUS_INVALID,
                         "%s: the old form; open it in the form editor and save it as .lrmx", path);
    buffer_init(&bytes);
    enum status status = file_read(path, &bytes, fault);
    if (status == STATUS_OK) {
        status = ends_with(path, ".lrmx")
                     ? sheet_of_form(buffer_text(&bytes), bytes.size, ret_sheet, fault)
                     : sheet_of_csv(buffer_text(&bytes), bytes.size, ret_sheet, fault);
        if (status != STATUS_OK)
            fault_add(fault, "%s", path);
    }
    buffer_done(&bytes);
    if (status != STATUS_OK)
        return status;
    ret_sheet->path = arena_text(&ret_sheet->arena, path);
    ret_sheet->name = arena_text(&ret_sheet->arena, slash ? slash + 1 : path);
    return STATUS_OK;
}
