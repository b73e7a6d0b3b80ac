/* options.c - command lines by table, see options.h. */
#include "cmd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/version.h"

#define SPECS_MAX 40

static const char *chosen_language;
static bool chosen_json;

const char *language(void)
{
    if (!chosen_language) {
        const char *environment = getenv("LC_ALL");
        if (!environment || !*environment)
            environment = getenv("LANG");
        chosen_language = environment && strncmp(environment, "zh", 2) == 0 ? "zh" : "en";
    }
    return chosen_language;
}

bool wants_json(void)
{
    return chosen_json;
}

const char *in_words(const char *zh, const char *en)
{
    return strcmp(language(), "zh") == 0 ? zh : en;
}

static bool set_language(const char *text)
{
    if (strcmp(text, "zh") != 0 && strcmp(text, "en") != 0)
        return false;
    chosen_language = strcmp(text, "zh") == 0 ? "zh" : "en";
    return true;
}

static const struct option_spec common[] = {
    {"lang", 0, OPTION_TEXT, NULL, "zh|en", "文字语言（默认取自 LANG）",
     "language of texts (default: from LANG)"},
    {"json", 0, OPTION_FLAG, &chosen_json, NULL, "以 JSON 输出", "print JSON"},
    {"help", 'h', OPTION_FLAG, NULL, NULL, "显示本帮助", "show this help"},
    {"man", 0, OPTION_FLAG, NULL, NULL, NULL, NULL}, /* the manual page; not shown */
    {0},
};

static const char *note_zh, *note_en;

void options_note(const char *zh, const char *en)
{
    note_zh = zh;
    note_en = en;
}

static void print_specs(const struct option_spec *specs)
{
    for (; specs->name && specs->en; specs++) {
        char left[80];
        char letter[8] = "";
        if (specs->letter)
            snprintf(letter, sizeof letter, "-%c, ", specs->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, specs->name, specs->value ? " " : "",
                 specs->value ? specs->value : "");
        printf("  %-28s %s\n", left, in_words(specs->zh, specs->en));
    }
}

static void print_help(const struct options *options)
{
    printf("%s: jishi %s [%s] %s\n%s\n\n", in_words("用法", "usage"), options->command,
           in_words("选项", "options"), options->arguments, command_help(options->command));
    print_specs(options->specs);
    print_specs(common);
    if (note_en)
        printf("\n%s", in_words(note_zh, note_en));
    printf("\n%s\n", in_words("退出码：0 是，1 否（被拒绝、未通过），2 无法判断",
                              "exit codes: 0 yes, 1 no (refused, not verified), 2 could not tell"));
}

/* ---- the manual page: the same tables in troff ---- */

void man_print(const char *text)
{
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        start = *text == '\n';
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void man_specs(const struct option_spec *specs)
{
    for (; specs->name && specs->en; specs++) {
        fputs(".TP\n", stdout);
        if (specs->letter)
            printf("\\fB\\-%c\\fR, ", specs->letter);
        fputs("\\fB\\-\\-", stdout);
        man_print(specs->name);
        fputs("\\fR", stdout);
        if (specs->value) {
            fputs(" \\fI", stdout);
            man_print(specs->value);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        man_print(in_words(specs->zh, specs->en));
        putchar('\n');
    }
}

static void print_man(const struct options *options)
{
    printf(".TH JISHI\\-%s 1 \"\" \"jishi %s\" \"Jishi\"\n.SH NAME\njishi\\-%s \\- ",
           options->command, JISHI_VERSION, options->command);
    man_print(command_help(options->command));
    printf("\n.SH SYNOPSIS\n\\fBjishi %s\\fR [\\fI%s\\fR] ", options->command,
           in_words("选项", "options"));
    man_print(options->arguments);
    fputs("\n.SH OPTIONS\n", stdout);
    man_specs(options->specs);
    man_specs(common);
    if (note_en) {
        fputs(".SH NOTES\n.nf\n", stdout);
        man_print(in_words(note_zh, note_en));
        fputs(".fi\n", stdout);
    }
    fputs(".SH \"EXIT STATUS\"\n", stdout);
    man_print(in_words("0 是，1 否（被拒绝、未通过），2 无法判断",
                       "0 yes, 1 no (refused, not verified), 2 could not tell"));
    fputs("\n.SH \"SEE ALSO\"\n\\fBjishi\\fR(1)\n", stdout);
}

int options_wrong(const struct options *options, const char *what)
{
    fprintf(stderr,
            in_words("jishi %s：缺少或有误：%s；见 jishi %s --help\n",
                     "jishi %s: missing or wrong: %s; see jishi %s --help\n"),
            options->command, what, options->command);
    return 2;
}

static bool set_value(const struct option_spec *spec, const char *text)
{
    switch (spec->kind) {
    case OPTION_FLAG: *(bool *)spec->target = true; return true;
    case OPTION_TEXT: *(const char **)spec->target = text; return true;
    case OPTION_INT: {
        char *end = NULL;
        *(int64_t *)spec->target = strtoll(text, &end, 10);
        return *text && *end == '\0';
    }
    case OPTION_LIST: {
        struct option_list *list = spec->target;
        if (list->count == OPTION_LIST_MAX)
            return false;
        list->items[list->count++] = text;
        return true;
    }
    }
    return false;
}

static unsigned long_options(const struct option_spec *specs, const struct option_spec **by_index,
                             struct option *out, unsigned count, char *letters)
{
    for (; specs->name && count < SPECS_MAX; specs++) {
        by_index[count] = specs;
        out[count] = (struct option){specs->name, specs->value ? required_argument : no_argument,
                                     NULL, 256 + (int)count};
        if (specs->letter) {
            size_t used = strlen(letters);
            snprintf(letters + used, 4, "%c%s", specs->letter, specs->value ? ":" : "");
        }
        count++;
    }
    return count;
}

int options_read(const struct options *options, int *argc, char ***argv)
{
    const struct option_spec *by_index[SPECS_MAX + 1] = {0};
    struct option longs[SPECS_MAX + 1] = {0};
    char letters[4 * SPECS_MAX] = "";
    unsigned count = long_options(common, by_index, longs, 0, letters);
    count = long_options(options->specs, by_index, longs, count, letters);
    optind = 0; /* glibc: start anew */
    for (;;) {
        int found = getopt_long(*argc, *argv, letters, longs, NULL);
        if (found == -1)
            break;
        const struct option_spec *spec = NULL;
        if (found >= 256)
            spec = by_index[found - 256];
        for (unsigned i = 0; !spec && i < count; i++)
            if (by_index[i]->letter == found)
                spec = by_index[i];
        if (!spec)
            return options_wrong(options, "option");
        if (strcmp(spec->name, "help") == 0) {
            print_help(options);
            return 0;
        }
        if (strcmp(spec->name, "man") == 0) {
            print_man(options);
            return 0;
        }
        bool good =
            strcmp(spec->name, "lang") == 0 ? set_language(optarg) : set_value(spec, optarg);
        if (!good)
            return options_wrong(options, spec->name);
    }
    *argc -= optind;
    *argv += optind;
    return -1;
}
