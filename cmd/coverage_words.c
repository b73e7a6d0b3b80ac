/* coverage_words.c - a scenario is watched while it runs: what its events and decisions were. */
#include "cmd/coverage_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/scenario_file.h"
#include "core/check.h"

#define WATCHED_CASES_MAX 20000 /* of one scenario */

static void word_add(struct symbol_table *words, const char *what, struct text_view name,
                     const char *more)
{
    char word[400];
    snprintf(word, sizeof word, "%s %.*s%s%s", what, (int)name.size, name.data, *more ? " " : "",
             more);
    symbol_add(words, word);
}

static struct text_view procedure_of(struct text_view what)
{
    const char *dot = what.size ? memchr(what.data, '.', what.size) : NULL;
    return (struct text_view){what.data, dot ? (uint32_t)(dot - what.data) : what.size};
}

/* Steps are named by their procedure, which only the case knows. */
struct watching {
    struct symbol_table *words;
    struct symbol_table *procedures; /* of cases: "CASE PROCEDURE" is looked up by `cases` */
    symbol cases[WATCHED_CASES_MAX];
};

static void watch_step(struct watching *w, const struct event *event)
{
    char word[300];
    int64_t number = event_int(event, "case");
    struct text_view step = event_text(event, "step"), outcome = event_text(event, "outcome");
    if (number < 1 || number >= WATCHED_CASES_MAX || !w->cases[number])
        return;
    snprintf(word, sizeof word, "step %s.%.*s", symbol_text(w->procedures, w->cases[number]),
             (int)step.size, step.data);
    symbol_add(w->words, word);
    snprintf(word, sizeof word, "outcome %s.%.*s %.*s",
             symbol_text(w->procedures, w->cases[number]), (int)step.size, step.data,
             (int)outcome.size, outcome.data);
    symbol_add(w->words, word);
}

static void watch_event(struct watching *w, const struct event *event)
{
    struct text_view name;
    if (event->type == EVENT_case_opened) {
        int64_t number = event_int(event, "case");
        name = event_text(event, "procedure");
        if (number < WATCHED_CASES_MAX)
            w->cases[number] = symbol_add_n(w->procedures, name.data, name.size);
        word_add(w->words, "case", name, "");
    } else if (event_is_step(event->type)) {
        watch_step(w, event);
    } else if (event->type == EVENT_duty_opened) {
        word_add(w->words, "duty", event_text(event, "name"), "");
    } else if (event->type == EVENT_value_changed) {
        word_add(w->words, "value", event_text(event, "value"), "");
    }
}

/* What was accepted, the guards that refused or warned, and those that applied and held. */
static void watch(void *user, const struct command *command, const struct decision *decision)
{
    struct watching *w = user;
    if (!decision)
        return;
    for (unsigned i = 0; i < decision->clause_count && command->verb == VERB_ACT; i++) {
        word_add(w->words, "guard", procedure_of(command->what), decision->clauses[i].guard);
        word_add(w->words, "guard", command->what, decision->clauses[i].guard);
    }
    for (unsigned i = 0; i < decision->held_count && decision->refusal == REFUSAL_none; i++) {
        word_add(w->words, "held", procedure_of(command->what), decision->held[i]);
        word_add(w->words, "held", command->what, decision->held[i]);
    }
    if (command->verb == VERB_ENROL && decision->event_count &&
        event_text(&decision->events[0], "person").size == 0)
        memset(w->cases, 0, sizeof w->cases); /* the first command of the next scenario */
    for (unsigned i = 0; i < decision->event_count && decision->refusal == REFUSAL_none; i++)
        watch_event(w, &decision->events[i]);
}

/* A value is expected as `subject.value` or `subject.value@period`. */
static void values_of(const struct yaml_node *map, struct symbol_table *words)
{
    for (const struct yaml_node *item = map->first; item && item->key; item = item->next) {
        const char *dot = strchr(item->key->text, '.');
        if (dot)
            word_add(words, "value", (struct text_view){dot + 1, (uint32_t)strcspn(dot + 1, "@")},
                     "");
    }
}

/* Values have no events of their own: those that are expected, and come to it, are shown. */
static void expected_values(const struct yaml_node *node, struct symbol_table *words)
{
    if (node->kind == YAML_TEXT)
        return;
    if (node->key && node->kind == YAML_MAP && yaml_is(node->key, "values"))
        values_of(node, words);
    for (const struct yaml_node *item = node->first; item; item = item->next)
        expected_values(item, words);
}

struct symbol_table *scenario_words(const char *path, const struct yaml_node *tree)
{
    struct watching *w = calloc(1, sizeof *w);
    struct scenario_watch how = {.watch = watch, .user = w};
    struct scenario_result result = {0};
    struct buffer out;
    struct fault fault;
    CHECK(w != NULL);
    struct symbol_table *words = symbol_table_open();
    w->words = words;
    w->procedures = symbol_table_open();
    buffer_init(&out);
    if (scenario_file_run(path, &how, &result, &out, &fault) == STATUS_OK &&
        result.passed == result.scenarios) {
        expected_values(tree, words);
    } else {
        symbol_table_close(words);
        words = NULL;
    }
    symbol_table_close(w->procedures);
    buffer_done(&out);
    free(w);
    return words;
}
