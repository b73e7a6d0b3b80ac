/* conf_names.h - every name that jishi.conf may hold. conf_text() and its kin are asked for no
 * other, so that a setting cannot be read that a deployment would be told is unknown. */
#ifndef CMD_CONF_NAMES_H
#define CMD_CONF_NAMES_H

#include <stdbool.h>

#define CONF_NAME_SIZE 128

bool conf_name_known(const char *name);
/* The known name that looks most like it, with its own parts where any may stand; "" if none does. */
const char *conf_name_nearest(const char *name, char out[CONF_NAME_SIZE]);

#endif
