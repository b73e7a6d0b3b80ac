/* channels.c - the table, and the channel that writes files. */
#include "cmd/notify/channels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/clock.h"

static const struct channel channels[] = {{"file", file_send}, {"smtp", smtp_send}};

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

static enum status file_write(const char *path, const struct buffer *bytes, struct fault *fault)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return fault_set(fault, STATUS_IO, "%s: %s", path, strerror(errno));
    bool good = write(file, bytes->data, bytes->size) == (ssize_t)bytes->size && fsync(file) == 0;
    int error = errno;
    close(file);
    return good ? STATUS_OK : fault_set(fault, STATUS_IO, "%s: %s", path, strerror(error));
}

/* Written aside and renamed: a reader never sees half a message. */
enum status file_send(const struct channel_options *options, const struct notice *notice,
                      const char *address, struct fault *fault)
{
    char key[160], person[160], path[4096], aside[4200];
    struct buffer mail;
    safe_name(notice->key, key, sizeof key);
    safe_name(address, person, sizeof person);
    snprintf(path, sizeof path, "%s/outbox", options->directory);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_IO, "%s: %s", path, strerror(errno));
    snprintf(path, sizeof path, "%s/outbox/%s.%s.eml", options->directory, key, person);
    snprintf(aside, sizeof aside, "%s.part", path);
    buffer_init(&mail);
    mail_write(notice, options->origin, conf_text(options->conf, "smtp_from", "jishi@localhost"),
               address, clock_now_us(), &mail);
    enum status status = file_write(aside, &mail, fault);
    buffer_done(&mail);
    if (status == STATUS_OK && rename(aside, path) != 0)
        status = fault_set(fault, STATUS_IO, "%s: %s", path, strerror(errno));
    return status;
}
