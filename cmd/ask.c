/* ask.c - `jishi show`, `jishi due`, `jishi inbox`: questions to the projector, printed for people
 * or as JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/access.h"
#include "cmd/commands.h"
#include "cmd/options.h"

#define PAGES_MAX 1000

static struct access access_options = {.timeout_ms = 5000};

/* Asks page after page; `print` gets each row. Exit code. */
static int ask_all(int argc, char **argv, const char *query, json_t *args,
                   void (*print)(const json_t *row))
{
    char error[JISHI_ERROR_SIZE] = "";
    struct jishi_client *client = access_open(&access_options, "auditor", &argc, &argv);
    int code = client ? 0 : 2;
    for (int page = 0; client && page < PAGES_MAX; page++) {
        char *asked = json_dumps(args, JSON_COMPACT);
        char *text = jishi_query(client, query, asked, 0, (int)access_options.timeout_ms, error);
        json_t *answer = text ? json_loads(text, 0, NULL) : NULL;
        const char *status = json_string_value(json_object_get(answer, "status"));
        json_t *rows = json_object_get(answer, "rows"), *next = json_object_get(answer, "next");
        bool good = status && strcmp(status, "ok") == 0;
        if (!good) {
            const char *why = json_string_value(json_array_get(json_array_get(rows, 0), 0));
            fprintf(stderr, "jishi: %s\n", text ? (why ? why : status ? status : "?") : error);
            code = 2;
        }
        size_t index;
        json_t *row;
        json_array_foreach(rows, index, row)
        {
            char *line = wants_json() && good ? json_dumps(row, JSON_COMPACT) : NULL;
            if (line)
                puts(line);
            else if (good)
                print(row);
            free(line);
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
    printf("%s  %-9s %5lld  %-24s %s%s%s%s\n", text_at(row, 6), text_at(row, 7), int_at(row, 0),
           text_at(row, 1), about ? about : "", *text_at(row, 9) ? "  " : "", text_at(row, 9),
           json_array_size(json_array_get(row, 14)) ? in_words("  （暂定）", "  (provisional)")
                                                    : "");
}

int cmd_due(int argc, char **argv)
{
    static const char *until, *from, *unit, *owner, *state = "open";
    static const struct option_spec specs[] = {
        ACCESS_OPTIONS(access_options),
        {"until", 0, OPTION_TEXT, &until, "DATE", "到期日不晚于", "due on this day or before"},
        {"from", 0, OPTION_TEXT, &from, "DATE", "到期日不早于", "due on this day or later"},
        {"unit", 0, OPTION_TEXT, &unit, "UNIT", "责任单位", "of this unit"},
        {"owner", 0, OPTION_TEXT, &owner, "ROLE", "责任职责", "of this role"},
        {"state", 0, OPTION_TEXT, &state, "WORD", "open overdue met cancelled suspended all",
         "open (default), overdue, met, cancelled, suspended, all"},
        {0}};
    struct options options = {"due", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    json_t *args = json_object();
    const struct {
        const char *name, *value;
    } given[] = {{"until", until},
                 {"from", from},
                 {"unit", unit},
                 {"owner", owner},
                 {"state", strcmp(state, "all") == 0 ? NULL : state}};
    for (unsigned i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value)
            json_object_set_new(args, given[i].name, json_string(given[i].value));
    return ask_all(argc, argv, "agenda", args, print_due);
}

/* ---- inbox ---- */

static void print_inbox(const json_t *row)
{
    printf("%5lld  %-24s %-16s %s%s%s\n", int_at(row, 0), text_at(row, 2), text_at(row, 4),
           text_at(row, 5),
           json_is_true(json_array_get(row, 6)) ? in_words("  逾期", "  overdue") : "",
           json_is_true(json_array_get(row, 7))
               ? in_words("  已签，待他人会签", "  signed, waits for others")
               : "");
}

int cmd_inbox(int argc, char **argv)
{
    static const struct option_spec specs[] = {ACCESS_OPTIONS(access_options), {0}};
    struct options options = {"inbox", "DIR MEMBER", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc < 1)
        return options_wrong(&options, "MEMBER");
    const char *member = argv[argc - 1];
    return ask_all(argc - 1, argv, "inbox", json_pack("{s:s}", "member", member), print_inbox);
}

/* ---- show ---- */

static void print_dossier(const json_t *row)
{
    char *record = json_dumps(json_array_get(row, 5), JSON_COMPACT | JSON_ENCODE_ANY);
    printf("%6lld  %s  %-10s %-18s %s\n", int_at(row, 0), text_at(row, 2), text_at(row, 3),
           text_at(row, 4), record ? record : "");
    free(record);
}

static void print_case(const json_t *row)
{
    char *slots = json_dumps(json_array_get(row, 5), JSON_COMPACT | JSON_ENCODE_ANY),
         *open = json_dumps(json_array_get(row, 6), JSON_COMPACT | JSON_ENCODE_ANY);
    printf("%5lld  %-16s %-10s %s  %s  %s\n", int_at(row, 0), text_at(row, 1), text_at(row, 2),
           text_at(row, 3), slots ? slots : "", open ? open : "");
    free(slots);
    free(open);
}

int cmd_show(int argc, char **argv)
{
    static const struct option_spec specs[] = {ACCESS_OPTIONS(access_options), {0}};
    struct options options = {"show", "DIR person:ID | unit:ID | post:ID | case:N | duty:N | cases",
                              specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc < 1)
        return options_wrong(&options, in_words("要看什么", "say what to show"));
    const char *what = argv[argc - 1];
    if (strcmp(what, "cases") == 0)
        return ask_all(argc - 1, argv, "cases", json_object(), print_case);
    if (strncmp(what, "case:", 5) == 0)
        return ask_all(argc - 1, argv, "cases",
                       json_pack("{s:I}", "case", (json_int_t)atoll(what + 5)), print_case);
    if (strncmp(what, "duty:", 5) == 0)
        return ask_all(argc - 1, argv, "agenda",
                       json_pack("{s:I}", "duty", (json_int_t)atoll(what + 5)), print_due);
    return ask_all(argc - 1, argv, "dossier", json_pack("{s:s}", "subject", what), print_dossier);
}
