/* channels.c - the table, and the channel that writes files. */
#include "cmd/notify/channels.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/clock.h"
#include "cmd/notify/mail.h"
#include "events/whole_file.h"

/* A robot's digest has a line for each, of at most 200 bytes where the pack's placeholders are short. */
#define CHANNELS(C)                                                                                \
    C(file, 200)                                                                                   \
    C(smtp, 200) C(webhook, 100) C(dingtalk, 80) C(wecom, 9) C(feishu, 80) C(command, 20)

static const struct channel channels[] = {
#define C(name, most) {#name, name##_send, most},
    CHANNELS(C)
#undef C
};

const char *channel_names(void)
{
#define C(name, most) "," #name
    static const char names[] = CHANNELS(C);
#undef C
    return names + 1;
}

const struct channel *channel_find(const char *name, size_t length)
{
    for (unsigned i = 0; i < sizeof channels / sizeof channels[0]; i++)
        if (strlen(channels[i].name) == length && memcmp(channels[i].name, name, length) == 0)
            return &channels[i];
    return NULL;
}

/* Letters, digits, - and _ stay; what else there is becomes a dot. */
static void safe_name(const char *text, char *out, size_t size)
{
    size_t at = 0;
    for (; *text && at + 1 < size; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || *text == '-' || *text == '_';
        out[at++] = plain ? *text : '.';
    }
    out[at] = '\0';
}

static enum status outbox_make(const char *directory, struct fault *fault)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/outbox", directory);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_IO, "%s: %s", path, strerror(errno));
    return STATUS_OK;
}

/* A reader never sees half a message, and what was said to be sent is there after a power cut. */
enum status file_send(const struct channel_options *options, const struct notice *notices,
                      unsigned count, const char *address, struct channel_outcome *ret_outcome,
                      struct fault *fault)
{
    *ret_outcome = (struct channel_outcome){0};
    char name[160], person[160], path[4096];
    struct buffer bytes, key;
    struct mail mail = {.origin = options->origin,
                        .from = conf_text(options->conf, "smtp_from", "jishi@localhost"),
                        .from_name = conf_text(options->conf, "smtp_from_name", ""),
                        .to = address,
                        .now_us = clock_now_us(),
                        .invitation = conf_yes(options->conf, "smtp_invitation", true)};
    buffer_init(&bytes);
    buffer_init(&key);
    notices_key(notices, count, &key);
    safe_name(buffer_text(&key), name, sizeof name);
    safe_name(address, person, sizeof person);
    snprintf(path, sizeof path, "%s/outbox/%s.%s.eml", options->directory, name, person);
    mail_write(notices, count, &mail, &bytes);
    struct whole_file file = {.path = path, .mode = 0600};
    enum status status = outbox_make(options->directory, fault);
    if (status == STATUS_OK)
        status = whole_file_write(&file, bytes.data, bytes.size, fault);
    buffer_done(&bytes);
    buffer_done(&key);
    return status;
}
