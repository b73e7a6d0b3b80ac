/* plan_value.c - a cell as the value that a registered field takes. */
#include <stdio.h>
#include <string.h>

#include "cmd/import/cell.h"
#include "cmd/import/plan_row.h"
#include "cmd/options.h"
#include "core/date.h"
#include "events/payload.h"

static const char *day_problem(enum cell_date found)
{
    switch (found) {
    case CELL_DATE_AMBIGUOUS:
        return in_words("可能是1月，也可能是丢了0的10月",
                        "January, or an October that lost its zero");
    case CELL_DATE_SERIAL:
        return in_words("像是 Excel 的日期序号", "looks like Excel's number of a day");
    case CELL_DATE_YEAR: return in_words("只有年份", "only a year");
    case CELL_DATE_IMPOSSIBLE: return in_words("没有这一天", "there is no such day");
    case CELL_DATE_NONE:
    case CELL_DATE_DAY:
    case CELL_DATE_MONTH:
    case CELL_DATE_OPEN: break;
    }
    return in_words("不是日期", "no date");
}

static void day_wrong(struct row_context *context, const char *column, enum cell_date found)
{
    row_wrong(context, column, day_problem(found),
              in_words("写成 2026-01-31，只知道月份时写 2026.01",
                       "write 2026-01-31, or 2026.01 where only the month is known"));
}

static bool note_month(struct row_context *context, const char *column, enum cell_date found)
{
    if (found == CELL_DATE_MONTH)
        buffer_addf(context->notes, "；%s %s 日不详", row_heading(context, column),
                    row_cell(context, column));
    return found == CELL_DATE_DAY || found == CELL_DATE_MONTH;
}

int row_day(struct row_context *context, const char *column, int32_t *ret_day)
{
    const char *text = cell_narrow(&context->plan->arena, row_cell(context, column));
    if (!*text)
        return 0;
    enum cell_date found = cell_date_read(text, ret_day);
    if (note_month(context, column, found))
        return 1;
    if (found == CELL_DATE_OPEN)
        return 0;
    day_wrong(context, column, found);
    return -1;
}

/* "2005.06；民盟": what is no date goes to another column. */
static void split_otherwise(struct row_context *context, const struct mapping_column *column,
                            const char *text, json_t *args)
{
    char copy[256], *rest = copy, date[DATE_TEXT_SIZE];
    struct buffer others;
    buffer_init(&others);
    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = copy; (at = strpbrk(at, ",;/ ")); at++)
        *at = '\n';
    for (char *at; (at = strstr(copy, "、"));)
        memcpy(at, "\n\n\n", 3);
    for (char *piece; (piece = strsep(&rest, "\n"));) {
        int32_t day;
        enum cell_date found = *piece ? cell_date_read(piece, &day) : CELL_DATE_OPEN;
        if (note_month(context, column->name, found))
            json_object_set_new(args, column->name, json_string(date_text(day, date)));
        else if (*piece && strpbrk(piece, "0123456789"))
            day_wrong(context, column->name, found);
        else if (*piece && found != CELL_DATE_OPEN)
            buffer_addf(&others, "%s%s", others.size ? "、" : "", piece);
    }
    if (others.size && others.size <= NAME_SIZE_MAX)
        json_object_set_new(args, column->otherwise, json_string(buffer_text(&others)));
    else if (others.size)
        day_wrong(context, column->name, CELL_DATE_NONE);
    buffer_done(&others);
}

static json_t *date_of(struct row_context *context, const char *column)
{
    char date[DATE_TEXT_SIZE];
    int32_t day;
    return row_day(context, column, &day) == 1 ? json_string(date_text(day, date)) : NULL;
}

static json_t *number_of(struct row_context *context, const char *column, const char *text,
                         enum look_type type)
{
    int64_t number;
    if (cell_int_read(text, &number))
        return json_integer(number);
    const char *fraction =
        type == LOOK_NUMBER ? cell_number_text(&context->plan->arena, text) : NULL;
    if (fraction && cell_int_read(fraction, &number))
        return json_integer(number);
    if (fraction)
        return json_string(fraction);
    row_wrong(context, column,
              type == LOOK_INT ? in_words("不是整数", "no whole number")
                               : in_words("不是数", "no number"),
              "");
    return NULL;
}

static json_t *bool_of(struct row_context *context, const char *column, const char *text)
{
    int found = strcmp(text, "1") == 0 ? 1 : strcmp(text, "0") == 0 ? 0 : cell_bool(text);
    if (found < 0)
        row_wrong(context, column, in_words("不是“是”或“否”", "neither yes nor no"),
                  in_words("写 是 或 否", "write yes or no"));
    return found < 0 ? NULL : json_boolean(found);
}

static json_t *free_text_of(struct row_context *context, const char *column, const char *subject)
{
    struct arena *arena = &context->plan->arena;
    const char *cell = row_cell(context, column);
    const char *text =
        strcmp(column, "name") == 0 ? cell_name(arena, cell) : cell_clean(arena, cell);
    if (strlen(text) <= PAYLOAD_TEXT_MAX)
        return json_pack("{s:s,s:s}", "$text", text, "$subject", subject);
    row_wrong(context, column, in_words("文字超过 8192 字节", "a text of more than 8192 bytes"),
              in_words("缩短，全文作材料附上", "shorten it and keep the whole as evidence"));
    return NULL;
}

static json_t *word_of(struct row_context *context, const char *column, const char *text)
{
    if (strlen(text) <= NAME_SIZE_MAX)
        return json_string(text);
    row_wrong(context, column, in_words("超过 128 字节", "more than 128 bytes"), "");
    return NULL;
}

/* "2026年" for the year 2026. */
static json_t *span_of(struct row_context *context, const char *text)
{
    const char *year = strstr(text, "年");
    return json_string(year && year[strlen("年")] == '\0'
                           ? arena_text_n(&context->plan->arena, text, (size_t)(year - text))
                           : text);
}

static const char *said_otherwise(const struct mapping_column *column, const char *text)
{
    for (unsigned i = 0; i < column->values.count; i++)
        if (strcmp(column->values.items[i].name, text) == 0)
            return column->values.items[i].value;
    return text;
}

bool row_readable(struct row_context *context, const char *column, const char *text)
{
    if (cell_has_private_use(text))
        row_warning(context, column,
                    in_words("含私用区字符，别处显示不出", "has characters of a private use area"),
                    in_words("换成标准汉字", "put the standard character"));
    if (!cell_is_scientific(text))
        return true;
    row_wrong(context, column,
              in_words("Excel 已把长数字变成科学计数，后几位没有了",
                       "Excel has made it a number in scientific notation; its digits are gone"),
              in_words("在原表把该列设为“文本”重新填写、导出",
                       "make the column text in the workbook, fill it in again and export"));
    return false;
}

static json_t *value_of(struct row_context *context, const struct mapping_column *column,
                        const struct look_field *look, const char *text, const char *subject)
{
    switch (look->type) {
    case LOOK_BOOL: return bool_of(context, column->name, text);
    case LOOK_INT:
    case LOOK_NUMBER: return number_of(context, column->name, text, look->type);
    case LOOK_DATE: return date_of(context, column->name);
    case LOOK_SPAN: return span_of(context, text);
    case LOOK_TEXT: return free_text_of(context, column->name, subject);
    case LOOK_CODE:
    case LOOK_WORD: return word_of(context, column->name, text);
    case LOOK_SUBJECT: {
        const char *id = reference_of(context, column->name, look->kind);
        return id ? json_string(id) : NULL;
    }
    case LOOK_OTHER: break;
    }
    row_wrong(context, column->name,
              in_words("这一项不能从表格导入", "this field cannot come from a table"),
              in_words("用 jishi do 填写", "fill it in by jishi do"));
    return NULL;
}

void row_value(struct row_context *context, const struct mapping_column *column,
               const struct look_field *look, const char *subject, json_t *args)
{
    struct arena *arena = &context->plan->arena;
    const char *cell = row_cell(context, column->name);
    const char *text = said_otherwise(column, cell_narrow(arena, cell));
    if (!*text && column->fallback)
        text = column->fallback;
    if (!*text || !row_readable(context, column->name, text))
        return;
    if (look->type == LOOK_DATE && column->otherwise) {
        split_otherwise(context, column, text, args);
        return;
    }
    json_t *value = value_of(context, column, look, text, subject);
    if (value)
        json_object_set_new(args, column->name, value);
}
