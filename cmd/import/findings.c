/* findings.c - see findings.h. */
#include "cmd/import/findings.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/import/cell.h"
#include "cmd/options.h"
#include "cmd/plain.h"

#define VALUE_SHOWN_MAX 60 /* bytes of a cell that are shown */

void findings_init(struct findings *findings)
{
    findings->kept = 0;
    findings->wrong = findings->warnings = 0;
    arena_init(&findings->arena, 0);
}

void findings_done(struct findings *findings)
{
    arena_done(&findings->arena);
}

/* One line, not too long, cut at a character, numbers of people masked. */
static const char *shown(struct arena *arena, const char *value)
{
    char *text = arena_text(arena, cell_mask(arena, value));
    size_t size = 0;
    for (; text[size]; size++) {
        if ((unsigned char)text[size] < ' ')
            text[size] = ' ';
        if (size >= VALUE_SHOWN_MAX && ((unsigned char)text[size] & 0xc0) != 0x80) {
            text[size] = '\0';
            return arena_format(arena, "%s…", text);
        }
    }
    return text;
}

static void find(struct findings *findings, bool wrong, const struct place_of *place,
                 const char *reason, const char *remedy)
{
    struct arena *arena = &findings->arena;
    findings->wrong += wrong;
    findings->warnings += !wrong;
    if (findings->kept == FINDINGS_MAX)
        return;
    findings->items[findings->kept++] =
        (struct finding){wrong,
                         arena_text(arena, place->file),
                         place->line,
                         place->heading ? arena_text(arena, place->heading) : "",
                         place->value ? shown(arena, place->value) : "",
                         arena_text(arena, reason),
                         arena_text(arena, remedy)};
}

void find_wrong(struct findings *findings, const struct place_of *place, const char *reason,
                const char *remedy)
{
    find(findings, true, place, reason, remedy);
}

void find_warning(struct findings *findings, const struct place_of *place, const char *reason,
                  const char *remedy)
{
    find(findings, false, place, reason, remedy);
}

/* The name of a file need not be UTF-8, and JSON holds nothing else. */
static void set_text(json_t *json, const char *name, const char *text)
{
    struct buffer shown;
    buffer_init(&shown);
    utf8_add(&shown, text);
    json_object_set_new(json, name, json_string(buffer_text(&shown)));
    buffer_done(&shown);
}

static void print_json(const struct finding *finding)
{
    json_t *json = json_object();
    set_text(json, "finding", finding->wrong ? "wrong" : "warning");
    set_text(json, "file", finding->file);
    json_object_set_new(json, "line", json_integer((json_int_t)finding->line));
    set_text(json, "column", finding->heading);
    set_text(json, "value", finding->value);
    set_text(json, "reason", finding->reason);
    set_text(json, "remedy", finding->remedy);
    char *text = json_dumps(json, JSON_COMPACT);
    if (text)
        puts(text);
    free(text);
    json_decref(json);
}

static void print_words(const struct finding *finding)
{
    const char *mark = finding->wrong ? in_words("错", "wrong") : in_words("注意", "note");
    struct buffer line;
    buffer_init(&line);
    buffer_add_text(&line, finding->file);
    if (finding->line)
        buffer_addf(&line, ":%u", finding->line);
    buffer_addf(&line, ": %s", mark);
    if (*finding->heading)
        buffer_addf(&line, "  [%s]", finding->heading);
    if (*finding->value)
        buffer_addf(&line, "  %s", finding->value);
    buffer_addf(&line, "  %s", finding->reason);
    if (*finding->remedy)
        buffer_addf(&line, "%s%s", in_words("；", "; "), finding->remedy);
    plain_line(stdout, "%s", buffer_text(&line));
    buffer_done(&line);
}

void findings_print(const struct findings *findings)
{
    for (unsigned i = 0; i < findings->kept; i++) {
        if (wants_json())
            print_json(&findings->items[i]);
        else
            print_words(&findings->items[i]);
    }
    if (findings->wrong + findings->warnings > findings->kept)
        fprintf(stderr, in_words("另有 %zu 处未列出\n", "%zu more are not listed\n"),
                findings->wrong + findings->warnings - findings->kept);
}
