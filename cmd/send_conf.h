/* send_conf.h - the rules of channels out of jishi.conf; the keys stand in projections/send_rules.h. */
#ifndef CMD_SEND_CONF_H
#define CMD_SEND_CONF_H

#include "cmd/conf.h"
#include "projections/send_rules.h"

/* A value that cannot be read leaves the default in force, and the fault names the first one. */
enum status send_conf_rule(const struct conf *conf, const char *channel, struct send_rule *ret_rule,
                           struct fault *fault);

#define REMIND_MINUTE (8 * 60 + 50) /* what remind_hour is when nothing is said */

/* From which minute of the day on the day's reminders go out, and at which the alarms of calendars
 * ring. */
enum status send_conf_remind_minute(const struct conf *conf, int32_t *ret_minute,
                                    struct fault *fault);

#endif
