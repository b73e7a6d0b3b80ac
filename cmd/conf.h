/* conf.h - DIR/jishi.conf: lines `name = value`, `#` begins a comment line. */
#ifndef CMD_CONF_H
#define CMD_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fault.h"

struct conf;

enum status conf_open(const char *directory, struct conf **ret_conf,
                      struct fault *fault); /* reads DIRECTORY/jishi.conf */
void conf_close(struct conf *conf);
/* A trace line for each name that is no setting; its line is ignored. Processes call it when they
 * start. */
void conf_report(const struct conf *conf);
/* `name` is one of cmd/conf_names.h. */
const char *conf_text(const struct conf *conf, const char *name, const char *otherwise); /* lent */
int64_t conf_int(const struct conf *conf, const char *name, int64_t otherwise);
bool conf_yes(const struct conf *conf, const char *name, bool otherwise); /* yes, no */

#endif
