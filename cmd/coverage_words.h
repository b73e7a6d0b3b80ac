/* coverage_words.h - what came about in the scenarios of a file, as a set of words. */
#ifndef CMD_COVERAGE_WORDS_H
#define CMD_COVERAGE_WORDS_H

#include "core/symbol.h"
#include "core/yaml_tree.h"

/* Runs the scenarios of a file; NULL if one of them does not pass. Words are such as
 * "step PROCEDURE.step", "outcome PROCEDURE.step name", "case PROCEDURE", "duty name", "value name",
 * "guard PROCEDURE.step id" (it refused or warned) and "held PROCEDURE.step id" (it applied, and the
 * act went on). `tree`: the file as read, for the values that it expects. */
struct symbol_table *scenario_words(const char *path, const struct yaml_node *tree);

#endif
