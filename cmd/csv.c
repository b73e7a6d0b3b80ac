/* csv.c - see csv.h. */
#include "cmd/csv.h"

#include <stdio.h>
#include <string.h>

/* A spreadsheet takes what begins like this for a formula, and carries it out. */
static bool begins_formula(const char *text)
{
    static const char *const signs[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};
    for (unsigned i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (strncmp(text, signs[i], strlen(signs[i])) == 0)
            return true;
    return false;
}

void csv_cell(const char *text, bool is_text, bool last)
{
    const char *mark = is_text && begins_formula(text) ? "'" : "";
    if (!text[strcspn(text, ",\"\r\n")]) {
        printf("%s%s", mark, text);
    } else {
        printf("\"%s", mark);
        for (; *text; text++) {
            if (*text == '"')
                putchar('"');
            putchar(*text);
        }
        putchar('"');
    }
    fputs(last ? "\r\n" : ",", stdout);
}
