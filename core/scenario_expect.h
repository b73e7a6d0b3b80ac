/* scenario_expect.h - what the runner and its expectations share. Private to scenario*.c. */
#ifndef CORE_SCENARIO_EXPECT_H
#define CORE_SCENARIO_EXPECT_H

#include "core/decide.h"
#include "core/scenario.h"
#include "core/yaml_tree.h"

#define LABELS_MAX 256 /* case labels of one scenario; further ones are not remembered */

struct label {
    const char *name;
    int64_t number;
};

struct kept_entry {
    struct kept_entry *next;
    struct moment when;
    struct event *events;
    unsigned event_count;
};

struct scenario {
    const char *name;
    struct state *state;
    struct arena arena;
    struct buffer *out;
    const struct scenario_source *source;
    struct scenario_result *result;
    const char *language;
    int32_t today;
    const struct yaml_node *parameters; /* values other than the packs' */
    unsigned parameters_set;
    unsigned differences;
    struct label labels[LABELS_MAX];
    unsigned label_count;
    int64_t last_case;
    struct kept_entry *first_entry, *last_entry;
};

void scenario_differs(struct scenario *s, const struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
uint32_t scenario_subject(struct scenario *s, const char *name, symbol kind);
int64_t scenario_case(const struct scenario *s, const char *label);
struct datum scenario_datum(struct scenario *s, const struct type *type,
                            const struct yaml_node *node);
void scenario_decide(struct scenario *s, const struct command *command, const char *member,
                     struct decision *ret_decision);

/* scenario_expect.c */
void scenario_expect(struct scenario *s, const struct yaml_node *expect);
int64_t scenario_find_fact(struct scenario *s,
                           const struct yaml_node *wanted); /* newest effective that fits; 0 */
int64_t scenario_find_duty(struct scenario *s, const struct yaml_node *wanted);
int64_t scenario_find_act(struct scenario *s, const struct yaml_node *step,
                          const struct yaml_node *label);

/* scenario_board.c */
void scenario_expect_board(struct scenario *s, const struct yaml_node *wanted);

#endif
