/* send_rules.c - rules of channels: their defaults, their texts, and what they say of a moment. */
#include "projections/send_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    unsigned urgency;
} kinds[KIND_COUNT] = {
#define K(name, urgency) {#name, urgency},
    JOB_KINDS(K)
#undef K
};

const char *job_kind_name(enum job_kind kind)
{
    return kind < KIND_COUNT ? kinds[kind].name : "";
}

enum job_kind job_kind_find(const char *name, size_t size)
{
    int kind = 0;
    while (kind < KIND_COUNT &&
           (strlen(kinds[kind].name) != size || memcmp(kinds[kind].name, name, size) != 0))
        kind++;
    return (enum job_kind)kind;
}

unsigned job_urgency(enum job_kind kind)
{
    return kind < KIND_COUNT ? kinds[kind].urgency : URGENCY_COUNT - 1;
}

/* What the robots' makers publish, and the pace that is usually advised: one message in three
 * seconds. */
static const struct {
    const char *channel, *rates;
    int32_t spread;
} published[] = {
    {"dingtalk", "1/3s 20/min", 9}, {"wecom", "1/3s 20/min", 9}, {"feishu", "1/3s 5/s 100/min", 9}};

void send_rule_default(const char *channel, struct send_rule *ret_rule)
{
    struct fault fault;
    *ret_rule = (struct send_rule){.until_minute = DAY_MINUTES, .digest_wait_ms = 60000};
    for (unsigned i = 0; i < sizeof published / sizeof published[0]; i++)
        if (strcmp(published[i].channel, channel) == 0) {
            send_rule_rate(ret_rule, published[i].rates, &fault);
            ret_rule->spread = published[i].spread;
            ret_rule->rate_by = RATE_BY_ROBOT;
        }
}

/* ---- texts ---- */

static bool period_read(const char *text, int64_t *ret_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"s", 1000}, {"min", 60000}, {"h", 3600000}};
    char *unit;
    long long number = *text >= '0' && *text <= '9' ? strtoll(text, &unit, 10) : 1;
    if (!(*text >= '0' && *text <= '9'))
        unit = (char *)(uintptr_t)text;
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(unit, units[i].name) == 0 && number >= 1 &&
            number <= RATE_PERIOD_MAX / units[i].ms) {
            *ret_ms = number * units[i].ms;
            return true;
        }
    return false;
}

static bool limit_read(const char *text, struct rate_limit *ret_limit)
{
    char *slash;
    long long count = strtoll(text, &slash, 10);
    if (slash == text || *slash != '/' || count < 1 || count > RATE_COUNT_MAX)
        return false;
    ret_limit->count = (unsigned)count;
    return period_read(slash + 1, &ret_limit->period_ms);
}

enum status send_rule_rate(struct send_rule *rule, const char *text, struct fault *fault)
{
    struct rate_limit limits[RATE_LIMITS_MAX];
    unsigned count = 0;
    char word[32];
    int taken;
    for (const char *at = text; sscanf(at, "%31s%n", word, &taken) == 1; at += taken) {
        if (strcmp(word, "none") == 0)
            continue;
        if (count == RATE_LIMITS_MAX || !limit_read(word, &limits[count]))
            return fault_set(fault, STATUS_INVALID,
                             "\"%s\" is no rate: up to %d of the form N/s, N/min, N/h, N/3s with N "
                             "up to %d, or none",
                             text, RATE_LIMITS_MAX, RATE_COUNT_MAX);
        count++;
    }
    memcpy(rule->limits, limits, count * sizeof *limits);
    rule->limit_count = count;
    return STATUS_OK;
}

enum status send_rule_hours(struct send_rule *rule, const char *text, struct fault *fault)
{
    int hours[2], minutes[2], taken = 0;
    if (strcmp(text, "always") == 0) {
        rule->from_minute = 0;
        rule->until_minute = DAY_MINUTES;
        return STATUS_OK;
    }
    if (sscanf(text, "%2d:%2d-%2d:%2d%n", &hours[0], &minutes[0], &hours[1], &minutes[1], &taken) !=
            4 ||
        text[taken])
        taken = 0;
    int32_t from = taken ? hours[0] * 60 + minutes[0] : 0;
    int32_t until = taken ? hours[1] * 60 + minutes[1] : 0;
    if (!taken || minutes[0] < 0 || minutes[0] > 59 || minutes[1] < 0 || minutes[1] > 59 ||
        from < 0 || from >= until || until > DAY_MINUTES)
        return fault_set(fault, STATUS_INVALID,
                         "\"%s\" are no hours: write 08:30-18:00, the end after the beginning, or "
                         "always",
                         text);
    rule->from_minute = from;
    rule->until_minute = until;
    return STATUS_OK;
}

enum status send_rule_exempt(struct send_rule *rule, const char *text, struct fault *fault)
{
    uint32_t exempt = 0;
    char word[32];
    int taken;
    for (const char *at = text; sscanf(at, "%31s%n", word, &taken) == 1; at += taken) {
        enum job_kind kind = job_kind_find(word, strlen(word));
        if (kind == KIND_COUNT)
            return fault_set(
                fault, STATUS_INVALID,
                "\"%s\" is no kind of reminder: before, overdue, superior, supervisor, told", word);
        exempt |= 1u << kind;
    }
    rule->exempt = exempt;
    return STATUS_OK;
}

enum status send_rule_spread(struct send_rule *rule, const char *text, struct fault *fault)
{
    char *end;
    long minutes = strtol(text, &end, 10);
    if (end == text || *end || minutes < 0 || minutes > SPREAD_MAX)
        return fault_set(fault, STATUS_INVALID, "\"%s\" is no spread: 0 to %d minutes", text,
                         SPREAD_MAX);
    rule->spread = (int32_t)minutes;
    return STATUS_OK;
}

/* ---- moments ---- */

int32_t send_rule_gate(const struct send_rule *rule, const struct wall *wall)
{
    if (rule->spread && wall->minute % 30 == 0)
        return GATE_SHUT;
    if ((rule->workdays_only && !wall->workday) || wall->minute < rule->from_minute ||
        wall->minute >= rule->until_minute)
        return GATE_HOURS;
    const int32_t begins[] = {rule->from_minute, rule->spread_from_minute};
    for (unsigned i = 0; i < 2; i++)
        if (wall->minute >= begins[i] && wall->minute - begins[i] < rule->spread)
            return wall->minute - begins[i];
    return INT32_MAX;
}

/* FNV-1a: any even spreading would do, but it must stay the same for ever. */
int32_t send_rule_minute(const struct send_rule *rule, const char *key)
{
    uint32_t hash = 2166136261u;
    if (rule->spread <= 0)
        return 0;
    for (; *key; key++)
        hash = (hash ^ (uint8_t)*key) * 16777619u;
    return (int32_t)((hash ^ hash >> 16) % (uint32_t)rule->spread);
}

bool send_rule_admits(const struct send_rule *rule, int32_t gate, enum job_kind kind,
                      int32_t minute)
{
    if (gate == GATE_SHUT)
        return false;
    if (rule->exempt >> kind & 1)
        return true;
    return gate >= minute;
}
