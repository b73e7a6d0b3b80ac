/* send_conf.c - rules of channels out of jishi.conf, see send_conf.h. */
#include "cmd/send_conf.h"

#include <stdio.h>
#include <string.h>

#include "cmd/book.h"

struct reading {
    const struct conf *conf;
    const char *channel;
    struct send_rule *rule;
    struct fault *fault;
    enum status status; /* the first that is not good */
};

/* "NAME.CHANNEL", else NAME; NULL if neither is there. */
static const char *value_of(const struct reading *r, const char *name, char key[64])
{
    snprintf(key, 64, "%s.%s", name, r->channel);
    const char *value = is_channel_name(r->channel) ? conf_text(r->conf, key, NULL) : NULL;
    if (value)
        return value;
    snprintf(key, 64, "%s", name);
    return conf_text(r->conf, key, NULL);
}

static void note(struct reading *r, const char *key, const struct fault *wrong)
{
    if (r->status != STATUS_OK)
        return;
    r->status = fault_set(r->fault, STATUS_INVALID, "jishi.conf: %s: %s", key, wrong->text);
}

static void take(struct reading *r, const char *name,
                 enum status (*into)(struct send_rule *, const char *, struct fault *))
{
    char key[64];
    struct fault wrong;
    const char *value = value_of(r, name, key);
    if (value && into(r->rule, value, &wrong) != STATUS_OK)
        note(r, key, &wrong);
}

static enum status days_into(struct send_rule *rule, const char *text, struct fault *fault)
{
    bool workdays = strcmp(text, "workdays") == 0;
    if (!workdays && strcmp(text, "all") != 0)
        return fault_set(fault, STATUS_INVALID, "\"%s\" is neither workdays nor all", text);
    rule->workdays_only = workdays;
    return STATUS_OK;
}

static enum status rate_by_into(struct send_rule *rule, const char *text, struct fault *fault)
{
    static const char *const scopes[] = {"address", "robot", "channel"};
    for (int scope = 0; scope < 3; scope++)
        if (strcmp(text, scopes[scope]) == 0) {
            rule->rate_by = (enum rate_scope)scope;
            return STATUS_OK;
        }
    return fault_set(fault, STATUS_INVALID, "\"%s\" is none of address, robot, channel", text);
}

static enum status remind_hour_into(struct send_rule *rule, const char *text, struct fault *fault)
{
    int hour, minute, taken = 0;
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &taken) != 2 || text[taken] || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59)
        return fault_set(fault, STATUS_INVALID, "\"%s\" is no hour such as 08:50", text);
    rule->spread_from_minute = hour * 60 + minute;
    return STATUS_OK;
}

static enum status wait_into(struct send_rule *rule, const char *text, struct fault *fault)
{
    int seconds, taken = 0;
    if (sscanf(text, "%5d%n", &seconds, &taken) != 1 || text[taken] || seconds < 0 ||
        seconds > 3600)
        return fault_set(fault, STATUS_INVALID, "\"%s\" is no number of seconds up to 3600", text);
    rule->digest_wait_ms = (int64_t)seconds * 1000;
    return STATUS_OK;
}

static bool has_word(const char *text, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = text + strspn(text, " \t,"); *at; at += strspn(at, " \t,")) {
        size_t length = strcspn(at, " \t,");
        if (length == size && memcmp(at, word, size) == 0)
            return true;
        at += length;
    }
    return false;
}

enum status send_conf_rule(const struct conf *conf, const char *channel, struct send_rule *ret_rule,
                           struct fault *fault)
{
    struct reading reading = {conf, channel, ret_rule, fault, STATUS_OK};
    send_rule_default(channel, ret_rule);
    ret_rule->spread_from_minute = REMIND_MINUTE;
    take(&reading, "remind_hour", remind_hour_into);
    take(&reading, "rate", send_rule_rate);
    take(&reading, "rate_by", rate_by_into);
    take(&reading, "send_hours", send_rule_hours);
    take(&reading, "send_days", days_into);
    take(&reading, "send_exempt", send_rule_exempt);
    take(&reading, "send_spread", send_rule_spread);
    take(&reading, "digest_wait", wait_into);
    ret_rule->digest = has_word(conf_text(conf, "digest", ""), channel);
    return reading.status;
}

enum status send_conf_remind_minute(const struct conf *conf, int32_t *ret_minute,
                                    struct fault *fault)
{
    struct send_rule rule = {.spread_from_minute = REMIND_MINUTE};
    struct reading reading = {conf, "", &rule, fault, STATUS_OK};
    take(&reading, "remind_hour", remind_hour_into);
    *ret_minute = rule.spread_from_minute;
    return reading.status;
}
