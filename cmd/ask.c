/* ask.c - `jishi show`, `jishi due`, `jishi inbox`: questions to the projector, printed for people
 * or as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ask.h"
#include "cmd/commands.h"
#include "cmd/due_ics.h"
#include "cmd/options.h"
#include "cmd/plain.h"

#define PAGES_MAX 100000 /* a page may hold few rows: QUERY_SCAN_MAX ends it too */

struct access ask_access = {.timeout_ms = 5000};
int64_t ask_at_least;

static void row_print(const json_t *row, void (*print)(const json_t *row))
{
    char *line = print && wants_json() ? json_dumps(row, JSON_COMPACT) : NULL;
    if (line)
        puts(line);
    else if (print)
        print(row);
    else if (wants_json())
        fputs(json_string_value(json_array_get(row, 0)), stdout);
    else
        plain_text(stdout, json_string_value(json_array_get(row, 0)));
    free(line);
}

static unsigned rows_shown; /* of the last question */

static int ask_rows(int argc, char **argv, const char *query, json_t *args,
                    void (*each)(const json_t *row, void (*print)(const json_t *row)),
                    void (*print)(const json_t *row))
{
    char error[JISHI_ERROR_SIZE] = "";
    struct jishi_client *client = access_open(&ask_access, "auditor", &argc, &argv);
    int code = client ? 0 : 2;
    for (int page = 0; client && page < PAGES_MAX; page++) {
        char *asked = json_dumps(args, JSON_COMPACT);
        char *text =
            jishi_query(client, query, asked, ask_at_least, (int)ask_access.timeout_ms, error);
        json_t *answer = text ? json_loads(text, 0, NULL) : NULL;
        const char *status = json_string_value(json_object_get(answer, "status"));
        json_t *rows = json_object_get(answer, "rows"), *next = json_object_get(answer, "next");
        bool good = status && strcmp(status, "ok") == 0;
        if (!good) {
            const char *why = json_string_value(json_array_get(json_array_get(rows, 0), 0));
            plain_line(stderr, "jishi: %s", text ? (why ? why : status ? status : "?") : error);
            code = 2;
        }
        size_t index;
        json_t *row;
        json_array_foreach(rows, index, row)
        {
            if (!good)
                continue;
            each(row, print);
            rows_shown++;
        }
        bool more = good && next && !json_is_null(next);
        if (more)
            json_object_set(args, "after", next);
        free(text);
        free(asked);
        json_decref(answer);
        if (!more)
            break;
    }
    if (client)
        jishi_close(client);
    json_decref(args);
    return code;
}

int ask_all(int argc, char **argv, const char *query, json_t *args,
            void (*print)(const json_t *row))
{
    return ask_rows(argc, argv, query, args, row_print, print);
}

static void row_keep(const json_t *row, void (*keep)(const json_t *row))
{
    keep(row);
}

int ask_columns(int argc, char **argv, json_t *args, void (*keep)(const json_t *row))
{
    return ask_rows(argc, argv, "columns", args, row_keep, keep);
}

static const char *text_at(const json_t *row, size_t index)
{
    const char *text = json_string_value(json_array_get(row, index));
    return text ? text : "";
}

static long long int_at(const json_t *row, size_t index)
{
    return (long long)json_integer_value(json_array_get(row, index));
}

/* ---- due ---- */

static void print_due(const json_t *row)
{
    const json_t *of = json_array_get(row, 2);
    const char *about = json_string_value(of);
    plain_line(
        stdout, "%s  %-9s %5lld  %-24s %s%s%s%s", text_at(row, 6), text_at(row, 7), int_at(row, 0),
        text_at(row, 1), about ? about : "", *text_at(row, 9) ? "  " : "", text_at(row, 9),
        json_array_size(json_array_get(row, 14)) ? in_words("  （暂定）", "  (provisional)") : "");
}

int cmd_due(int argc, char **argv)
{
    static const char *until, *from, *unit, *owner, *state;
    static struct due_ics ics;
    static bool as_ics, csv;
    static const struct option_spec specs[] = {
        ASK_OPTIONS,
        {"until", 0, OPTION_TEXT, &until, "DATE", "到期日不晚于", "due on this day or before"},
        {"from", 0, OPTION_TEXT, &from, "DATE", "到期日不早于", "due on this day or later"},
        {"unit", 0, OPTION_TEXT, &unit, "UNIT", "责任单位", "of this unit"},
        {"owner", 0, OPTION_TEXT, &owner, "ROLE", "责任职责", "of this role"},
        {"state", 0, OPTION_TEXT, &state, "WORD",
         "running（默认：open、overdue、suspended） open overdue met cancelled suspended all",
         "running (default: open, overdue, suspended), open, overdue, met, cancelled, suspended, "
         "all"},
        {"ics", 0, OPTION_FLAG, &as_ics, NULL, "写成日历文件（iCalendar），默认含各种状态",
         "as a calendar file (iCalendar); all states unless one is given"},
        {"member", 0, OPTION_TEXT, &ics.member, "MEMBER", "日历只含与此成员有关的",
         "calendar: only what concerns this member"},
        {"names", 0, OPTION_FLAG, &ics.subjects, NULL, "日历标题写明所涉对象编号",
         "calendar: titles say whom a duty is about, by its id"},
        {"csv", 0, OPTION_FLAG, &csv, NULL, "CSV，供电子表格打开", "CSV for a spreadsheet"},
        {0}};
    struct options options = {"due", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    static const char *const words[] = {"running",   "open",      "overdue", "met",
                                        "cancelled", "suspended", "all"};
    const char *chosen = state ? state : words[0];
    unsigned word = 0;
    while (word < sizeof words / sizeof words[0] && strcmp(chosen, words[word]) != 0)
        word++;
    if (word == sizeof words / sizeof words[0])
        return options_wrong(&options, "--state");
    bool narrowed = word != 0 && strcmp(chosen, "all") != 0;
    if (ics.member && !as_ics)
        return options_wrong(&options, "--member MEMBER --ics");
    json_t *args = json_object();
    if (word == 0 &&
        !as_ics) /* what somebody still has to do: to come, overdue, or standing still */
        json_object_set_new(args, "state", json_pack("[s,s,s]", "open", "overdue", "suspended"));
    const struct {
        const char *name, *value;
    } given[] = {{"until", until},
                 {"from", from},
                 {"unit", unit},
                 {"owner", owner},
                 {"state", narrowed && !as_ics ? state : NULL}};
    for (unsigned i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value)
            json_object_set_new(args, given[i].name, json_string(given[i].value));
    ics.state = state && strcmp(state, "all") != 0 ? state : NULL;
    if (as_ics)
        return due_ics(argc, argv, &ics, args);
    return csv ? list_show(argc, argv, "agenda", args, true)
               : ask_all(argc, argv, "agenda", args, print_due);
}

/* ---- inbox ---- */

static void print_inbox(const json_t *row)
{
    plain_line(stdout, "%5lld  %-24s %-16s %s%s%s", int_at(row, 0), text_at(row, 2),
               text_at(row, 4), text_at(row, 5),
               json_is_true(json_array_get(row, 6)) ? in_words("  逾期", "  overdue") : "",
               json_is_true(json_array_get(row, 7))
                   ? in_words("  已签，待他人会签", "  signed, waits for others")
                   : "");
    size_t index;
    json_t *clause;
    json_array_foreach(json_array_get(row, 8), index, clause)
    {
        plain_line(stdout, "       %s %s: %s", text_at(clause, 0), text_at(clause, 1),
                   text_at(clause, 2));
    }
}

int cmd_inbox(int argc, char **argv)
{
    static const struct option_spec specs[] = {ASK_OPTIONS, {0}};
    struct options options = {"inbox", "DIR MEMBER", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc < 1)
        return options_wrong(&options, "MEMBER");
    const char *member = argv[argc - 1];
    return ask_all(argc - 1, argv, "inbox",
                   json_pack("{s:s, s:s}", "member", member, "language", language()), print_inbox);
}

/* ---- show ---- */

static void print_dossier(const json_t *row)
{
    char *record = json_dumps(json_array_get(row, 5), JSON_COMPACT | JSON_ENCODE_ANY);
    plain_line(stdout, "%6lld  %s  %-10s %-18s %s", int_at(row, 0), text_at(row, 2),
               text_at(row, 3), text_at(row, 4), record ? record : "");
    free(record);
}

static void print_case(const json_t *row)
{
    char *slots = json_dumps(json_array_get(row, 5), JSON_COMPACT | JSON_ENCODE_ANY),
         *open = json_dumps(json_array_get(row, 6), JSON_COMPACT | JSON_ENCODE_ANY);
    plain_line(stdout, "%5lld  %-16s %-10s %s  %s  %s", int_at(row, 0), text_at(row, 1),
               text_at(row, 2), text_at(row, 3), slots ? slots : "", open ? open : "");
    free(slots);
    free(open);
}

/* A date, or an entry's number. */
static void past_add(json_t *args, const char *name, const char *value)
{
    char *end = NULL;
    long long number = value ? strtoll(value, &end, 10) : 0;
    if (value)
        json_object_set_new(args, name,
                            *value && *end == '\0' ? json_integer(number) : json_string(value));
}

/* "case:12" and the like; false if it is of another form. */
static bool number_after(const char *what, const char *prefix, json_int_t *ret_number)
{
    char *end = NULL;
    size_t length = strlen(prefix);
    if (strncmp(what, prefix, length) != 0)
        return false;
    *ret_number = strtoll(what + length, &end, 10);
    return what[length] && *end == '\0' && *ret_number > 0;
}

/* Takes `args`. */
static int show(int argc, char **argv, const struct options *options, const char *what,
                json_t *args)
{
    json_int_t number = 0;
    if (strcmp(what, "cases") == 0)
        return ask_all(argc, argv, "cases", args, print_case);
    int code;
    const char *colon = strchr(what, ':');
    if (number_after(what, "case:", &number)) {
        json_object_set_new(args, "case", json_integer(number));
        code = ask_all(argc, argv, "cases", args, print_case);
    } else if (number_after(what, "duty:", &number)) {
        json_object_set_new(args, "duty", json_integer(number));
        code = ask_all(argc, argv, "agenda", args, print_due);
    } else if (colon && colon > what && colon[1] && strncmp(what, "case:", 5) != 0 &&
               strncmp(what, "duty:", 5) != 0) {
        json_object_set_new(args, "subject", json_string(what));
        code = ask_all(argc, argv, "dossier", args, print_dossier);
    } else {
        json_decref(args);
        return options_wrong(options, options->arguments);
    }
    if (code == 0 && rows_shown == 0) {
        plain_line(stderr, "jishi show: %s: %s", what,
                   in_words("没有记录", "nothing is on record"));
        return 1;
    }
    return code;
}

int cmd_show(int argc, char **argv)
{
    static const char *as_of, *known_at;
    static const struct option_spec specs[] = {
        ASK_OPTIONS,
        {"as-of", 0, OPTION_TEXT, &as_of, "DATE|N", "那一天已发生的样子",
         "as it had occurred by that day"},
        {"known-at", 0, OPTION_TEXT, &known_at, "DATE|N", "当时已知的样子",
         "as it was known by the end of that day, or at entry N"},
        {0}};
    struct options options = {"show", "DIR person:ID | unit:ID | post:ID | case:N | duty:N | cases",
                              specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc < 1)
        return options_wrong(&options, in_words("要看什么", "say what to show"));
    json_t *args = json_object();
    past_add(args, "as_of", as_of);
    past_add(args, "known_at", known_at);
    return show(argc - 1, argv, &options, argv[argc - 1], args);
}
