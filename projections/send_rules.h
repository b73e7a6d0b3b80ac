/* send_rules.h - when a channel may be used, and how fast: one rule a channel, as plain data.
 *
 * | key of jishi.conf          | value                         | otherwise |
 * |----------------------------|-------------------------------|-----------|
 * | rate.CHANNEL               | N/PERIOD …, or `none`         | dingtalk, wecom: 1/3s 20/min; feishu: 1/3s 5/s 100/min |
 * | rate_by.CHANNEL            | `address`, `robot` (the address up to its @) or `channel` | robot for the three, else address |
 * | send_hours[.CHANNEL]       | HH:MM-HH:MM, or `always`      | always |
 * | send_days[.CHANNEL]        | `workdays` or `all`           | all |
 * | send_exempt[.CHANNEL]      | kinds that hours and days do not hold back | none |
 * | send_spread[.CHANNEL]      | minutes, 0 ... SPREAD_MAX     | 9 for the three robots, 0 for others |
 * | digest                     | channels, each recipient's reminders as one message | none |
 * | digest_wait                | seconds that the first waits for the others | 60 |
 *
 * A rate N/PERIOD holds in every window of that length, not on average: a robot that hears a
 * twenty-first message within a minute is dumb for ten. PERIOD is s, min, h, or a number of them (3s).
 *
 * The spread: the day's reminders become due in one minute for every deployment in the country. With a
 * spread of S a job goes no earlier than minute 0 ... S-1 after the hours begin, and likewise after
 * remind_hour, which one being told by its key; and nothing at all goes in the first minute of a full
 * or half hour, when the robots' own servers are busiest. Later on the same day jobs go as they come.
 *
 * Nothing here remembers anything: whether a job may go now is a function of rule, wall clock and key,
 * so that a clock put right, forwards or back, needs no repair. */
#ifndef PROJECTIONS_SEND_RULES_H
#define PROJECTIONS_SEND_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fault.h"

#define RATE_LIMITS_MAX 4
#define RATE_COUNT_MAX  1000 /* N of a rate */
#define RATE_PERIOD_MAX 3600000
#define SPREAD_MAX      25 /* minutes: from 08:31 it ends before 09:00 */
#define DAY_MINUTES     1440
#define KIND_SIZE       16

struct rate_limit {
    unsigned count;
    int64_t period_ms;
};

/* What a job is about, and how urgent that is; the names are those of the log's events. */
#define JOB_KINDS(K)                                                                               \
    K(overdue, 0)                                                                                  \
    K(superior, 0)                                                                                 \
    K(supervisor, 0) /* overdue, and told further up */                                            \
    K(before, 1)     /* a reminder of what falls due */                                            \
    K(told, 2)       /* a notice */

#define K(name, urgency) KIND_##name,
enum job_kind { JOB_KINDS(K) KIND_COUNT };
#undef K

/* What one rate counts, and one rate answer blocks. */
enum rate_scope { RATE_BY_ADDRESS, RATE_BY_ROBOT, RATE_BY_CHANNEL };

#define URGENCY_COUNT 3 /* 0 goes first */

const char *job_kind_name(enum job_kind kind);
enum job_kind job_kind_find(const char *name, size_t size); /* KIND_COUNT if unknown */
unsigned job_urgency(enum job_kind kind);

struct send_rule {
    struct rate_limit limits[RATE_LIMITS_MAX];
    unsigned limit_count;
    enum rate_scope rate_by;
    bool digest;
    unsigned digest_max; /* reminders of one message; 0: as many as a lease */
    int64_t digest_wait_ms;
    int32_t from_minute, until_minute; /* of the day: from <= now < until */
    int32_t spread_from_minute;        /* remind_hour */
    bool workdays_only;
    int32_t spread;  /* minutes; 0: none, and no minute is avoided */
    uint32_t exempt; /* bit 1 << enum job_kind */
};

/* The rule of a channel of which nothing is said. */
void send_rule_default(const char *channel, struct send_rule *ret_rule);

/* Texts of jishi.conf into a rule. STATUS_INVALID with a sentence; the rule is then as before. */
enum status send_rule_rate(struct send_rule *rule, const char *text, struct fault *fault);
enum status send_rule_hours(struct send_rule *rule, const char *text, struct fault *fault);
enum status send_rule_exempt(struct send_rule *rule, const char *text, struct fault *fault);
enum status send_rule_spread(struct send_rule *rule, const char *text, struct fault *fault);

/* The wall clock, as a day of the calendar and a minute of it. */
struct wall {
    int32_t day;
    int32_t minute; /* 0 ... 1439 */
    bool workday;
};

#define GATE_SHUT  (-2) /* nothing goes in this minute */
#define GATE_HOURS (-1) /* only kinds that are exempt */

/* Which minute of the spread it is: jobs of a minute up to it may go. GATE_* if none, INT32_MAX if
 * all. */
int32_t send_rule_gate(const struct send_rule *rule, const struct wall *wall);
/* A job's minute of the spread, by its key. */
int32_t send_rule_minute(const struct send_rule *rule, const char *key);
bool send_rule_admits(const struct send_rule *rule, int32_t gate, enum job_kind kind,
                      int32_t minute);

#endif
