/* test_pack_check.c - broken packs, each found at its place for its reason: tests/packs/broken.
 *
 * The first line of each says what is expected: "# expect: LINE:COLUMN: words", with "note: " before
 * the words of what is only remarked. */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/rulebook.h"

#define FOLDER SOURCE_DIR "/tests/packs/broken"

struct expected {
    struct place place;
    bool note;
    char words[500];
};

static void read_file(const char *name, struct buffer *out)
{
    char path[1000], chunk[4096];
    size_t size;
    snprintf(path, sizeof path, FOLDER "/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0)
        buffer_add(out, chunk, size);
    fclose(file);
}

static struct expected expected_of(const char *name, const struct buffer *text)
{
    struct expected expected = {.note = false};
    const char *line = buffer_text(text);
    int read = 0;
    if (sscanf(line, "# expect: %u:%u: %n", &expected.place.line, &expected.place.column, &read) <
            2 ||
        read == 0)
        fail_msg("%s does not begin with # expect: LINE:COLUMN: words", name);
    line += read;
    expected.note = strncmp(line, "note: ", 6) == 0;
    line += expected.note ? 6 : 0;
    snprintf(expected.words, sizeof expected.words, "%.*s", (int)strcspn(line, "\n"), line);
    return expected;
}

/* What libyaml and the reader of periods have said is English only. */
static bool is_in_both_languages(const struct pack_findings *findings)
{
    for (unsigned i = 0; i < findings->count; i++)
        if (strcmp(findings->items[i].text, findings->items[i].chinese) == 0 &&
            !strstr(findings->items[i].text, "did not find expected") &&
            !strstr(findings->items[i].text, "period"))
            return false;
    return true;
}

static bool is_found(const struct pack_findings *findings, const struct expected *expected)
{
    for (unsigned i = 0; i < findings->count; i++) {
        const struct pack_finding *finding = &findings->items[i];
        if (finding->place.line == expected->place.line &&
            finding->place.column == expected->place.column && finding->warning == expected->note &&
            strstr(finding->text, expected->words))
            return true;
    }
    return false;
}

static void check_all(const struct buffer *text, struct pack_findings *findings)
{
    struct symbol_table *symbols = symbol_table_open();
    struct pack *pack = pack_read(buffer_text(text), text->size, symbols, findings);
    if (pack)
        pack_link(pack, NULL, 0, symbols, findings);
    if (pack && !findings->error_count)
        pack_check(pack, NULL, 0, symbols, findings);
    pack_free(pack);
    symbol_table_close(symbols);
}

static void every_broken_pack_is_refused_at_its_place_for_its_reason(void **state)
{
    (void)state;
    unsigned seen = 0, wrong = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        struct pack_findings *findings = calloc(1, sizeof *findings);
        struct buffer text;
        buffer_init(&text);
        read_file(entry->d_name, &text);
        struct expected expected = expected_of(entry->d_name, &text);
        check_all(&text, findings);
        bool good = is_found(findings, &expected) && (expected.note || findings->error_count > 0);
        if (!good)
            print_error("%s: not found: %u:%u: %s\n", entry->d_name, expected.place.line,
                        expected.place.column, expected.words);
        if (!is_in_both_languages(findings))
            print_error("%s: the words are not in Chinese: %s\n", entry->d_name,
                        findings->items[0].text);
        wrong += !good || !is_in_both_languages(findings);
        seen++;
        buffer_done(&text);
        free(findings);
    }
    closedir(folder);
    assert_int_equal(wrong, 0);
    assert_true(seen >= 120); /* the corpus is there */
}

static void a_sound_pack_has_nothing_to_be_found(void **state)
{
    (void)state;
    static const char sound[] =
        "pack: {id: X, words: 1, title: {zh: 试}, authority: issued}\n"
        "subjects: {person: {}}\n"
        "roles: {clerk: {title: {zh: 经办}}}\n"
        "facts: {asked: {title: {zh: 询问}, about: [person]}}\n"
        "procedures:\n"
        "  X-CASE: {title: {zh: 事}, about: {person: person}, steps: {one: {title: 一, by: clerk, "
        "rules: [X-1], writes: {asked: {}}}}}\n"
        "rules: {X-1: 应当询问}\n";
    struct pack_findings *findings = calloc(1, sizeof *findings);
    struct buffer text;
    buffer_init(&text);
    buffer_add(&text, sound, sizeof sound - 1);
    check_all(&text, findings);
    for (unsigned i = 0; i < findings->count; i++)
        print_error("%u:%u: %s\n", findings->items[i].place.line, findings->items[i].place.column,
                    findings->items[i].text);
    assert_int_equal(findings->count, 0);
    buffer_done(&text);
    free(findings);
}

static struct pack *read_pack(const char *text, struct symbol_table *symbols,
                              struct pack_findings *findings)
{
    struct pack *pack = pack_read(text, strlen(text), symbols, findings);
    assert_non_null(pack);
    pack_link(pack, NULL, 0, symbols, findings);
    return pack;
}

static void two_packs_do_not_declare_one_name(void **state)
{
    (void)state;
    static const char first[] = "pack: {id: A, words: 1, title: {zh: 甲}, authority: issued}\n"
                                "lists: {colour: [red, green]}\n"
                                "parameters: {days: {value: P1M, open: 原文}}\n"
                                "values: {size: {for: person, count: held}}\n"
                                "subjects: {person: {}, unit: {}}\n"
                                "facts: {held: {title: 谈话, about: [person]}}\n";
    static const char second[] = "pack: {id: B, words: 1, title: {zh: 乙}, authority: issued}\n"
                                 "lists: {colour: [blue], shape: [round]}\n"
                                 "parameters: {days: {value: P2M, open: 原文}}\n"
                                 "values: {size: {for: unit, count: held}}\n"
                                 "facts: {held: {title: 谈话, about: [person]}}\n";
    struct symbol_table *symbols = symbol_table_open();
    struct pack_findings *findings = calloc(1, sizeof *findings);
    const struct pack *packs[1];
    packs[0] = read_pack(first, symbols, findings);
    struct pack *pack = read_pack(second, symbols, findings);
    pack_check(pack, packs, 1, symbols, findings);
    unsigned taken = 0;
    for (unsigned i = 0; i < findings->count; i++)
        taken += strstr(findings->items[i].text, "by the pack A already") != NULL;
    assert_int_equal(taken, 3); /* not the value: it is one of units */
    pack_free((struct pack *)packs[0]);
    pack_free(pack);
    symbol_table_close(symbols);
    free(findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_pack_is_refused_at_its_place_for_its_reason),
        cmocka_unit_test(a_sound_pack_has_nothing_to_be_found),
        cmocka_unit_test(two_packs_do_not_declare_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
