/* pack_coverage.c - `jishi pack coverage PACK... SCENARIO...`: which line of a pack carries a rule
 * of its document, and which scenario shows it.
 *
 * What rules a document has, and of what kind, is data: packs/rules/ID.yaml. A rule is carried by
 * every line that cites it. It is shown by a scenario in which that line came to something, and
 * that is found by running it: the step was done or had the outcome, the guard refused or warned,
 * the case or duty was opened, the value changed or is expected. A scenario that does not pass shows
 * nothing, and what its text mentions shows nothing. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/coverage_systems.h"
#include "cmd/coverage_words.h"
#include "cmd/data_dir.h"
#include "cmd/options.h"
#include "cmd/pack.h"
#include "cmd/scenario_file.h"
#include "core/check.h"
#include "core/pack.h"
#include "core/yaml_tree.h"

#define SCENARIOS_MAX 1000
#define PACKS_MAX     100

struct shown_words { /* a scenario file as the set of what it used */
    char *path;
    struct symbol_table *words;
};

struct covering {
    struct symbol_table *symbols;
    struct pack *packs[PACKS_MAX];
    char *pack_paths[PACKS_MAX];
    unsigned pack_count;
    struct shown_words scenarios[SCENARIOS_MAX];
    unsigned scenario_count;
    unsigned unreadable;
    json_t *rules;
};

/* One rule while its lines are looked for. */
struct tracing {
    const struct covering *covering;
    const char *path; /* of the pack that is looked through */
    symbol rule;
    json_t *lines;
    bool shown[SCENARIOS_MAX];
};

struct figure {
    unsigned rules, checkable, reminders, carried, shown;
};

static bool has_word(const struct shown_words *scenario, const char *word)
{
    return symbol_find(scenario->words, word) != SYMBOL_NONE;
}

static void take_pack(struct covering *c, const char *path, const struct buffer *text)
{
    struct pack_findings *findings = calloc(1, sizeof *findings);
    CHECK(findings != NULL);
    struct pack *pack = c->pack_count < PACKS_MAX
                            ? pack_read(buffer_text(text), text->size, c->symbols, findings)
                            : NULL;
    if (pack) {
        c->pack_paths[c->pack_count] = strdup(path);
        c->packs[c->pack_count++] = pack;
    } else {
        fprintf(stderr,
                in_words("%s：读不出规则包，先用 jishi pack check\n",
                         "%s: no pack can be read; try jishi pack check\n"),
                path);
        c->unreadable++;
    }
    free(findings);
}

static void take_scenario(struct covering *c, const char *path, const struct yaml_node *tree)
{
    struct symbol_table *words =
        c->scenario_count < SCENARIOS_MAX ? scenario_words(path, tree) : NULL;
    if (words) {
        c->scenarios[c->scenario_count++] = (struct shown_words){strdup(path), words};
        return;
    }
    fprintf(stderr,
            in_words("%s：情景没有通过（或多于 %d 个文件），不作数\n",
                     "%s: did not pass (or more than %d files), shows nothing\n"),
            path, SCENARIOS_MAX);
    c->unreadable++;
}

static void take_file(void *user, const char *path)
{
    struct covering *c = user;
    struct arena arena;
    struct buffer text;
    struct yaml_node *documents = NULL;
    struct fault fault;
    arena_init(&arena, 0);
    buffer_init(&text);
    if (file_read(path, &text, &fault) != STATUS_OK ||
        yaml_read(buffer_text(&text), text.size, &arena, &documents, &fault) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", path, fault.text);
        c->unreadable++;
    } else if (documents->first && yaml_get(documents->first, "pack")) {
        take_pack(c, path, &text);
    } else {
        take_scenario(c, path, documents);
    }
    buffer_done(&text);
    arena_done(&arena);
}

/* ---- one rule ---- */

static void carried_at(struct tracing *t, struct place place)
{
    const char *slash = strrchr(t->path, '/');
    const char *name = slash ? slash + 1 : t->path;
    json_t *line = json_sprintf("%s:%u", name, place.line), *item;
    size_t at;
    CHECK(line != NULL);
    json_array_foreach(t->lines, at, item) if (json_equal(item, line))
    { /* two guards of one set stand on one line */
        json_decref(line);
        return;
    }
    json_array_append_new(t->lines, line);
}

static void shown_by_word(struct tracing *t, const char *word)
{
    for (unsigned i = 0; i < t->covering->scenario_count; i++)
        t->shown[i] = t->shown[i] || has_word(&t->covering->scenarios[i], word);
}

static const char *text_of(const struct tracing *t, symbol name)
{
    return symbol_text(t->covering->symbols, name);
}

static void shown_by_named(struct tracing *t, const char *what, symbol name)
{
    char word[300];
    snprintf(word, sizeof word, "%s %s", what, text_of(t, name));
    shown_by_word(t, word);
}

/* A guard is shown where it refused or warned. */
static void trace_guards(struct tracing *t, const struct procedure *procedure,
                         const struct step *step, const struct guards *guards)
{
    char word[400];
    for (unsigned i = 0; i < guards->count; i++)
        if (guards->items[i].rule == t->rule) {
            carried_at(t, guards->items[i].place);
            snprintf(word, sizeof word, "guard %s%s%s %s", text_of(t, procedure->name),
                     step ? "." : "", step ? text_of(t, step->name) : "",
                     text_of(t, guards->items[i].id));
            shown_by_word(t, word);
        }
}

static void trace_step(struct tracing *t, const struct procedure *procedure,
                       const struct step *step)
{
    char word[400];
    if (symbols_have(&step->rules, t->rule)) {
        carried_at(t, step->place);
        snprintf(word, sizeof word, "step %s.%s", text_of(t, procedure->name),
                 text_of(t, step->name));
        shown_by_word(t, word);
    }
    for (unsigned i = 0; i < step->outcome_count; i++)
        if (step->outcomes[i].rule == t->rule) {
            carried_at(t, step->outcomes[i].place);
            snprintf(word, sizeof word, "outcome %s.%s %s", text_of(t, procedure->name),
                     text_of(t, step->name), text_of(t, step->outcomes[i].name));
            shown_by_word(t, word);
        }
    trace_guards(t, procedure, step, &step->guards);
}

static void trace_values(struct tracing *t, const struct value_def *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (symbols_have(&values[i].rules, t->rule)) {
            carried_at(t, values[i].place);
            shown_by_named(t, "value", values[i].name);
        }
}

static void trace_pack(struct tracing *t, const struct pack *pack)
{
    for (unsigned i = 0; i < pack->procedure_count; i++) {
        const struct procedure *procedure = &pack->procedures[i];
        if (symbols_have(&procedure->rules, t->rule)) {
            carried_at(t, procedure->place);
            shown_by_named(t, "case", procedure->name);
        }
        for (unsigned s = 0; s < procedure->step_count; s++)
            trace_step(t, procedure, &procedure->steps[s]);
        trace_guards(t, procedure, NULL, &procedure->guards);
        trace_values(t, procedure->values, procedure->value_count);
    }
    for (unsigned i = 0; i < pack->duty_count; i++)
        if (symbols_have(&pack->duties[i].rules, t->rule)) {
            carried_at(t, pack->duties[i].place);
            shown_by_named(t, "duty", pack->duties[i].name);
        }
    trace_values(t, pack->values, pack->value_count);
    for (unsigned i = 0; i < pack->parameter_count; i++)
        if (pack->parameters[i].rule == t->rule ||
            (pack->parameters[i].open &&
             strcmp(pack->parameters[i].open, text_of(t, t->rule)) == 0))
            carried_at(t, pack->parameters[i].place);
}

static const struct cited_rule *declared(const struct pack *pack, symbol rule)
{
    for (unsigned i = 0; i < pack->rule_count; i++)
        if (pack->rules[i].id == rule)
            return &pack->rules[i];
    return NULL;
}

static json_t *scenarios_showing(const struct tracing *t)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < t->covering->scenario_count; i++)
        if (t->shown[i])
            json_array_append_new(list, json_string(t->covering->scenarios[i].path));
    return list;
}

static void rule_print(const json_t *rule, bool wanting)
{
    size_t at;
    json_t *item;
    const char *reason = json_string_value(json_object_get(rule, "reason"));
    printf("  %s%s [%s]", wanting ? "! " : "  ", json_string_value(json_object_get(rule, "rule")),
           json_string_value(json_object_get(rule, "kind")));
    json_array_foreach(json_object_get(rule, "lines"), at, item)
        printf(" %s", json_string_value(item));
    printf(" |");
    json_array_foreach(json_object_get(rule, "scenarios"), at, item)
        printf(" %s", json_string_value(item));
    printf("%s%s\n", reason ? " " : "", reason ? reason : "");
}

/* Adds a rule to the figure; all but what is only kept on record must be carried and shown. */
static void cover_rule(struct covering *c, unsigned pack, const struct yaml_node *node,
                       struct figure *figure)
{
    const struct yaml_node *kind = yaml_get(node, "kind");
    struct tracing *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    t->covering = c;
    t->rule = symbol_add(c->symbols, node->key->text);
    t->lines = json_array();
    const struct cited_rule *rule = declared(c->packs[pack], t->rule);
    for (unsigned i = 0; i < c->pack_count; i++) { /* another pack may carry it as well */
        t->path = c->pack_paths[i];
        trace_pack(t, c->packs[i]);
    }
    json_t *found = scenarios_showing(t);
    bool is_reminder = yaml_is(kind, "reminder");
    bool is_due = is_reminder || yaml_is(kind, "machine-checkable");
    bool carried = json_array_size(t->lines) > 0, shown = json_array_size(found) > 0;
    figure->rules++;
    figure->reminders += is_reminder;
    figure->checkable += is_due && !is_reminder;
    figure->carried += is_due && carried;
    figure->shown += is_due && carried && shown;
    json_t *entry = json_pack("{s:s, s:s, s:o, s:o}", "rule", node->key->text, "kind",
                              kind ? kind->text : "", "lines", t->lines, "scenarios", found);
    CHECK(entry != NULL);
    if (rule && rule->reason)
        json_object_set_new(entry, "reason", json_string(rule->reason));
    if (!wants_json())
        rule_print(entry, is_due && !(carried && shown));
    json_array_append_new(c->rules, entry);
    free(t);
}

/* ---- guards ---- */

struct guards_figure {
    unsigned count, fired, held;
};

static bool is_shown(const struct covering *c, const char *word)
{
    for (unsigned i = 0; i < c->scenario_count; i++)
        if (has_word(&c->scenarios[i], word))
            return true;
    return false;
}

/* A guard is tried from both sides where a scenario made it refuse or warn, and another act went on
 * to which it applied and which it let pass. */
static void cover_guards(const struct covering *c, unsigned pack, const struct procedure *procedure,
                         const struct step *step, const struct guards *guards,
                         struct guards_figure *figure)
{
    const char *slash = strrchr(c->pack_paths[pack], '/');
    const char *name = slash ? slash + 1 : c->pack_paths[pack];
    for (unsigned i = 0; i < guards->count; i++) {
        const struct guard *guard = &guards->items[i];
        char word[400], fired_word[410], held_word[410];
        snprintf(word, sizeof word, "%s%s%s %s", symbol_text(c->symbols, procedure->name),
                 step ? "." : "", step ? symbol_text(c->symbols, step->name) : "",
                 symbol_text(c->symbols, guard->id));
        snprintf(fired_word, sizeof fired_word, "guard %s", word);
        snprintf(held_word, sizeof held_word, "held %s", word);
        bool fired = is_shown(c, fired_word), held = is_shown(c, held_word);
        figure->count++;
        figure->fired += fired;
        figure->held += held;
        if (!fired && !wants_json())
            printf(in_words("  ! 条件 %s 没有情景使它拒绝或提示：%s:%u\n",
                            "  ! guard %s neither refused nor warned in any scenario: %s:%u\n"),
                   word, name, guard->place.line);
        if (!held && !wants_json())
            printf(in_words("  ! 条件 %s 没有情景使它适用而通过：%s:%u\n",
                            "  ! guard %s applied and held in no scenario: %s:%u\n"),
                   word, name, guard->place.line);
    }
}

static bool cover_pack_guards(const struct covering *c, unsigned pack)
{
    struct guards_figure figure = {0};
    for (unsigned i = 0; i < c->packs[pack]->procedure_count; i++) {
        const struct procedure *procedure = &c->packs[pack]->procedures[i];
        cover_guards(c, pack, procedure, NULL, &procedure->guards, &figure);
        for (unsigned s = 0; s < procedure->step_count; s++)
            cover_guards(c, pack, procedure, &procedure->steps[s], &procedure->steps[s].guards,
                         &figure);
    }
    if (!wants_json())
        printf(in_words("%s：%u 个条件，情景使其拒绝或提示 %u 个，使其适用而通过 %u 个\n",
                        "%s: %u guards, %u refused or warned in a scenario, %u applied and held\n"),
               symbol_text(c->symbols, c->packs[pack]->id), figure.count, figure.fired,
               figure.held);
    return figure.fired == figure.count && figure.held == figure.count;
}

/* ---- steps ---- */

static bool cover_step(const struct covering *c, unsigned pack, const struct procedure *procedure,
                       const struct step *step)
{
    char word[400];
    const char *slash = strrchr(c->pack_paths[pack], '/');
    const char *name = slash ? slash + 1 : c->pack_paths[pack];
    snprintf(word, sizeof word, "step %s.%s", symbol_text(c->symbols, procedure->name),
             symbol_text(c->symbols, step->name));
    bool done = is_shown(c, word), all = done;
    if (!done && !wants_json())
        printf(in_words("  ! %s 没有情景办过：%s:%u\n", "  ! %s was done in no scenario: %s:%u\n"),
               word, name, step->place.line);
    for (unsigned o = 0; done && o < step->outcome_count; o++) {
        if (step->outcomes[o].by_default)
            continue;
        snprintf(word, sizeof word, "outcome %s.%s %s", symbol_text(c->symbols, procedure->name),
                 symbol_text(c->symbols, step->name),
                 symbol_text(c->symbols, step->outcomes[o].name));
        bool came = is_shown(c, word);
        all = all && came;
        if (!came && !wants_json())
            printf(in_words("  ! %s 没有情景出现过：%s:%u\n",
                            "  ! %s came about in no scenario: %s:%u\n"),
                   word, name, step->outcomes[o].place.line);
    }
    return all;
}

static bool cover_pack_steps(const struct covering *c, unsigned pack)
{
    bool all = true;
    for (unsigned i = 0; i < c->packs[pack]->procedure_count; i++)
        for (unsigned s = 0; s < c->packs[pack]->procedures[i].step_count; s++)
            all = cover_step(c, pack, &c->packs[pack]->procedures[i],
                             &c->packs[pack]->procedures[i].steps[s]) &&
                  all;
    return all;
}

/* ---- documents ---- */

static bool cover_document(struct covering *c, unsigned pack)
{
    struct arena arena;
    struct buffer text;
    struct fault fault;
    struct yaml_node *documents = NULL;
    struct figure figure = {0};
    char path[300];
    const char *id = symbol_text(c->symbols, c->packs[pack]->id);
    snprintf(path, sizeof path, "packs/rules/%s.yaml", id);
    arena_init(&arena, 0);
    buffer_init(&text);
    enum status status = data_read(path, &text, &fault);
    if (status == STATUS_OK)
        status = yaml_read(buffer_text(&text), text.size, &arena, &documents, &fault);
    const struct yaml_node *rules =
        status == STATUS_OK && documents->first ? yaml_get(documents->first, "rules") : NULL;
    if (rules && rules->kind == YAML_MAP) {
        for (const struct yaml_node *node = rules->first; node; node = node->next)
            cover_rule(c, pack, node, &figure);
        if (!wants_json())
            printf(
                in_words(
                    "%s：%u 条规则，机器可查 %u 条，到期提醒 %u 条，已落实 %u 条，情景演示 %u 条\n",
                    "%s: %u rules, %u machine-checkable, %u reminders, %u carried, %u shown\n"),
                id, figure.rules, figure.checkable, figure.reminders, figure.carried, figure.shown);
    } else {
        fprintf(stderr, "%s: %s\n", path,
                status == STATUS_OK ? in_words("没有 rules", "no rules") : fault.text);
        c->unreadable++;
    }
    buffer_done(&text);
    arena_done(&arena);
    return figure.shown == figure.checkable + figure.reminders;
}

struct missing {
    const struct covering *covering;
    unsigned count;
};

static void document_seek(void *user, const char *id)
{
    struct missing *missing = user;
    const struct covering *c = missing->covering;
    bool given = false;
    for (unsigned k = 0; k < c->pack_count; k++)
        given = given || strcmp(symbol_text(c->symbols, c->packs[k]->id), id) == 0;
    if (!given)
        fprintf(stderr, in_words("%s：没有给出规则包\n", "%s: no pack given\n"), id);
    missing->count += !given;
}

/* Documents whose rules are known and which have no pack among those given. */
static unsigned missing_documents(const struct covering *c)
{
    struct missing missing = {c, 0};
    data_names("packs/rules", document_seek, &missing);
    return missing.count;
}

static void covering_done(struct covering *c)
{
    for (unsigned i = 0; i < c->pack_count; i++) {
        pack_free(c->packs[i]);
        free(c->pack_paths[i]);
    }
    for (unsigned i = 0; i < c->scenario_count; i++) {
        symbol_table_close(c->scenarios[i].words);
        free(c->scenarios[i].path);
    }
    json_decref(c->rules);
    symbol_table_close(c->symbols);
    free(c);
}

int pack_coverage(int count, char **paths, bool all)
{
    struct covering *c = calloc(1, sizeof *c);
    bool good = true;
    CHECK(c != NULL);
    c->symbols = symbol_table_open();
    c->rules = json_array();
    for (int i = 0; i < count; i++)
        yaml_files_each(paths[i], take_file, c);
    for (unsigned i = 0; i < c->pack_count; i++)
        if (strcmp(symbol_text(c->symbols, c->packs[i]->id), "common") != 0)
            good = (int)cover_document(c, i) & (int)cover_pack_guards(c, i) &
                   (int)cover_pack_steps(c, i) & (int)good;
    good = systems_cover(c->rules) && good;
    if (missing_documents(c) && all)
        good = false;
    if (wants_json()) {
        json_dumpf(c->rules, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    bool readable = c->unreadable == 0;
    covering_done(c);
    return !readable ? 2 : good ? 0 : 1;
}
