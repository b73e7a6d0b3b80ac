/* conf_names.c - the one table of settings, see conf_names.h. What they mean: cmd/README.md. */
#include "cmd/conf_names.h"

#include <stdio.h>
#include <string.h>

#include "projections/queue.h"

#define PART_MAX 64 /* bytes of NAME, as in an address of recipients.conf */

/* Of all channels, or of one with its name behind. */
#define BY_CHANNEL(name) name, name ".CHANNEL"
/* Of webhooks and robots. */
#define BY_HTTP(channel)                                                                           \
    channel ".NAME.url", channel ".NAME.secret_file", channel ".NAME.ca_file",                     \
        channel ".NAME.timeout_s", channel ".NAME.plain"
#define BY_ROBOT(channel)                                                                          \
    BY_HTTP(channel), channel ".NAME.token_file", channel ".NAME.format", channel ".NAME.keyword"

/* Parts stand between dots; CHANNEL and NAME are any channel and any target of one. */
static const char *const names[] = {
    "origin",
    "bind",
    "port_commands",
    "port_feed",
    "port_ranges",
    "port_queries",
    "port_jobs",
    "port_web",
    "web_bind",
    "web_url",
    "scrub_every_s",
    "in_place",
    "language",
    "names",
    "lease_ms",
    "smtp",
    "smtp_from",
    "smtp_from_name",
    "smtp_tls",
    "smtp_ca_file",
    "smtp_user",
    "smtp_password_file",
    "smtp_invitation",
    "smtp_timeout_s",
    BY_HTTP("webhook"),
    BY_ROBOT("dingtalk"),
    BY_ROBOT("wecom"),
    BY_ROBOT("feishu"),
    "command.NAME.program",
    "command.NAME.timeout_s",
    "digest",
    BY_CHANNEL("remind_hour"),
    BY_CHANNEL("send_hours"),
    BY_CHANNEL("send_days"),
    BY_CHANNEL("send_exempt"),
    BY_CHANNEL("send_spread"),
    BY_CHANNEL("rate"),
    BY_CHANNEL("rate_by"),
    BY_CHANNEL("digest_wait"),
};

#define NAMES_COUNT (sizeof names / sizeof names[0])

static bool part_is(const char *part, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(part, word, size) == 0;
}

static bool part_fits(const char *wanted, size_t wanted_size, const char *part, size_t size)
{
    static const char small[] = "abcdefghijklmnopqrstuvwxyz0123456789-_",
                      all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (part_is(wanted, wanted_size, "CHANNEL"))
        return size > 0 && size <= CHANNEL_NAME_MAX && strspn(part, small) >= size;
    if (part_is(wanted, wanted_size, "NAME"))
        return size > 0 && size <= PART_MAX && strspn(part, all) >= size;
    return wanted_size == size && memcmp(wanted, part, size) == 0;
}

static bool fits(const char *wanted, const char *name)
{
    for (;; wanted++, name++) {
        size_t wanted_size = strcspn(wanted, "."), size = strcspn(name, ".");
        if (!part_fits(wanted, wanted_size, name, size))
            return false;
        wanted += wanted_size;
        name += size;
        if (*wanted != *name || !*wanted)
            return *wanted == *name;
    }
}

bool conf_name_known(const char *name)
{
    for (size_t i = 0; i < NAMES_COUNT; i++)
        if (fits(names[i], name))
            return true;
    return false;
}

/* ---- the nearest ---- */

static unsigned dots(const char *text)
{
    unsigned count = 0;
    for (; *text; text++)
        count += *text == '.';
    return count;
}

/* The known name with the parts of the given one where any may stand, if it has as many. */
static void filled(const char *known, const char *name, char out[CONF_NAME_SIZE])
{
    size_t used = 0;
    bool has_as_many = dots(known) == dots(name);
    for (;; known++) {
        size_t known_size = strcspn(known, "."), size = strcspn(name, ".");
        bool taken = has_as_many && part_fits(known, known_size, name, size);
        used += (size_t)snprintf(out + used, CONF_NAME_SIZE - used, "%.*s",
                                 (int)(taken ? size : known_size), taken ? name : known);
        known += known_size;
        name += size;
        name += *name == '.';
        if (!*known || used + 1 >= CONF_NAME_SIZE)
            return;
        used += (size_t)snprintf(out + used, CONF_NAME_SIZE - used, ".");
    }
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many bytes have to be put in, taken out or changed; both are shorter than CONF_NAME_SIZE. */
static unsigned distance(const char *from, const char *to)
{
    unsigned row[CONF_NAME_SIZE], size = (unsigned)strlen(to);
    for (unsigned j = 0; j <= size; j++)
        row[j] = j;
    for (unsigned i = 0; from[i]; i++) {
        unsigned before = row[0]++;
        for (unsigned j = 1; j <= size; j++) {
            unsigned changed = before + (from[i] != to[j - 1]);
            before = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[size];
}

const char *conf_name_nearest(const char *name, char out[CONF_NAME_SIZE])
{
    unsigned best = CONF_NAME_SIZE;
    out[0] = '\0';
    if (strlen(name) >= CONF_NAME_SIZE)
        return out;
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        char known[CONF_NAME_SIZE];
        filled(names[i], name, known);
        size_t longer = strlen(known) > strlen(name) ? strlen(known) : strlen(name);
        unsigned far = distance(name, known);
        if (far >= best || far > longer / 3) /* more than a third is another word */
            continue;
        best = far;
        snprintf(out, CONF_NAME_SIZE, "%s", known);
    }
    return out;
}
