/* explain.c - `jishi explain --from DATE --period P`: how a due day and its reminders come about;
 * `jishi explain DIR --duty N`: how those of a running duty did, in the same words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ask.h"
#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/options.h"
#include "core/check.h"
#include "core/rulebook.h"

#define CALENDAR_FIRST 2000
#define CALENDAR_LAST  2100

/* Every calendar of the data directory is taken; what is not there is provisional. */
static struct calendar *calendars_load(void)
{
    struct calendar *calendar = calendar_open();
    for (int year = CALENDAR_FIRST; year <= CALENDAR_LAST; year++) {
        char path[60];
        struct buffer text;
        struct fault fault;
        int read;
        buffer_init(&text);
        snprintf(path, sizeof path, "calendars/%d.yaml", year);
        if (data_read(path, &text, &fault) == STATUS_OK &&
            calendar_load(calendar, buffer_text(&text), text.size, &read, &fault) != STATUS_OK)
            fprintf(stderr, "%s: %s\n", path, fault.text);
        buffer_done(&text);
    }
    return calendar;
}

/* Ladders stand in the common pack. */
static bool ladder_load(const char *name, struct ladder *ret_ladder)
{
    struct symbol_table *symbols = symbol_table_open();
    struct pack_findings *findings = calloc(1, sizeof *findings);
    struct buffer text;
    struct fault fault;
    bool found = false;
    CHECK(findings != NULL);
    buffer_init(&text);
    if (data_read("packs/common.yaml", &text, &fault) == STATUS_OK) {
        struct pack *pack = pack_read(buffer_text(&text), text.size, symbols, findings);
        for (unsigned i = 0; pack && i < pack->ladder_count; i++)
            if (strcmp(symbol_text(symbols, pack->ladders[i].name), name) == 0) {
                *ret_ladder = pack->ladders[i].ladder;
                found = true;
            }
        pack_free(pack);
    } else {
        fprintf(stderr, "jishi explain: %s\n", fault.text);
    }
    buffer_done(&text);
    free(findings);
    symbol_table_close(symbols);
    return found;
}

/* Which of two words an option says; false if neither. */
static bool is_second(const char *text, const char *first, const char *second, bool *ret_second)
{
    *ret_second = strcmp(text, second) == 0;
    return *ret_second || strcmp(text, first) == 0;
}

static int explain(const struct explain_request *request)
{
    struct calendar *calendar = calendars_load();
    struct buffer out;
    struct provisional lean = {0};
    bool can = calendar_add(calendar, request->from, request->period, request->first_day, &lean) !=
               DATE_NONE;
    buffer_init(&out);
    if (wants_json())
        deadline_explain_json(calendar, request, &out);
    else
        deadline_explain_text(calendar, request, &out);
    fputs(buffer_text(&out), stdout);
    buffer_done(&out);
    calendar_close(calendar);
    return can ? 0 : 2;
}

int cmd_explain(int argc, char **argv)
{
    static const char *from, *period, *ladder = "", *roll = "none", *shift = "previous_workday",
                                      *first_day = "not";
    static int64_t overdue = 3, duty;
    static const struct option_spec specs[] = {
        {"duty", 0, OPTION_INT, &duty, "N", "说明一项在办期限（需 DIR）",
         "explain a running duty (needs DIR)"},
        ACCESS_OPTIONS(ask_access),
        {"from", 0, OPTION_TEXT, &from, "DATE", "起算日", "start day, not counted"},
        {"period", 0, OPTION_TEXT, &period, "P", "期间，如 P1M、P10WD",
         "period such as P1M, P10WD"},
        {"ladder", 0, OPTION_TEXT, &ladder, "L|M|S", "提醒阶梯（默认按期间长短，none 为不提醒）",
         "ladder (by length of the period; none: no reminders)"},
        {"roll", 0, OPTION_TEXT, &roll, "none|next_workday", "到期日遇休息日",
         "a due day on a rest day"},
        {"shift", 0, OPTION_TEXT, &shift, "previous_workday|none", "提醒日遇休息日",
         "a reminder on a rest day"},
        {"first-day", 0, OPTION_TEXT, &first_day, "not|counts", "首日是否计入（公示）",
         "does the first day count (publication)"},
        {"overdue", 0, OPTION_INT, &overdue, "N", "列出多少次逾期通知", "overdue notices to show"},
        {0}};
    struct options options = {"explain", "[DIR --duty N]", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    struct explain_request request = {.from = from ? date_parse(from) : DATE_NONE,
                                      .overdue_notices = (unsigned)(overdue < 0 ? 0 : overdue),
                                      .language = language()};
    struct fault fault;
    struct ladder steps;
    if (duty)
        return ask_all(argc, argv, "explain",
                       json_pack("{s:I,s:s,s:s}", "duty", (json_int_t)duty, "language", language(),
                                 "form", wants_json() ? "json" : "text"),
                       NULL);
    char by_length[2] = "";
    if (request.from == DATE_NONE)
        return options_wrong(&options, in_words("要写 --from 日期，如 2026-01-30",
                                                "give --from DATE, such as 2026-01-30"));
    if (!period || period_parse(period, &request.period, &fault) != STATUS_OK)
        return options_wrong(&options, period ? fault.text
                                              : in_words("要写 --period 期间", "give --period P"));
    if (request.period.workdays > 10000 || request.period.days > 400000)
        return options_wrong(&options, in_words("期间过长", "the period is too long"));
    by_length[0] = ladder_for_period(request.period);
    request.ladder_name = *ladder ? ladder : by_length;
    bool rolls, stays, counts;
    if (!is_second(roll, "none", "next_workday", &rolls))
        return options_wrong(&options, "--roll none|next_workday");
    if (!is_second(shift, "previous_workday", "none", &stays))
        return options_wrong(&options, "--shift previous_workday|none");
    if (!is_second(first_day, "not", "counts", &counts))
        return options_wrong(&options, "--first-day not|counts");
    request.roll = rolls ? ROLL_NEXT_WORKDAY : ROLL_NONE;
    request.shift = stays ? SHIFT_NONE : SHIFT_PREVIOUS_WORKDAY;
    request.first_day = counts ? FIRST_DAY_COUNTS : FIRST_DAY_NOT_COUNTED;
    if (strcmp(request.ladder_name, "none") != 0) {
        if (!ladder_load(request.ladder_name, &steps))
            return options_wrong(&options, in_words("没有这个提醒阶梯", "there is no such ladder"));
        request.ladder = &steps;
    }
    return explain(&request);
}
