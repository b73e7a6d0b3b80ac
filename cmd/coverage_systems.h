/* coverage_systems.h - which of the systems that a document sets up are carried and shown. */
#ifndef CMD_COVERAGE_SYSTEMS_H
#define CMD_COVERAGE_SYSTEMS_H

#include <jansson.h>
#include <stdbool.h>

/* `rules`: what was found of each rule ({rule, kind, lines, scenarios}). Prints the systems of these
 * documents that want something, and the figure; true if none does. */
bool systems_cover(const json_t *rules);

#endif
