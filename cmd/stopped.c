/* stopped.c - which channels are stopped, see stopped.h. */
#include "cmd/stopped.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/data_dir.h"
#include "core/buffer.h"
#include "events/whole_file.h"

enum status stopped_open(const char *directory, struct stopped *ret_stopped, struct fault *fault)
{
    struct buffer text;
    enum status status = STATUS_OK;
    *ret_stopped = (struct stopped){.count = 0};
    snprintf(ret_stopped->path, sizeof ret_stopped->path, "%s/run/stopped", directory);
    if (access(ret_stopped->path, F_OK) != 0)
        return STATUS_OK;
    buffer_init(&text);
    status = file_read(ret_stopped->path, &text, fault);
    for (const char *line = buffer_text(&text); status == STATUS_OK && *line;) {
        struct stopped_channel *channel = &ret_stopped->channels[ret_stopped->count];
        if (ret_stopped->count == QUEUE_CHANNELS_MAX ||
            sscanf(line, "%31s %128s %31s", channel->channel, channel->member, channel->since) != 3)
            status = fault_set(fault, STATUS_INVALID,
                               "%s: a line is CHANNEL MEMBER TIME, and there are at most %d",
                               ret_stopped->path, QUEUE_CHANNELS_MAX);
        else
            ret_stopped->count++;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    buffer_done(&text);
    return status;
}

const struct stopped_channel *stopped_find(const struct stopped *stopped, const char *channel)
{
    for (unsigned i = 0; i < stopped->count; i++)
        if (strcmp(stopped->channels[i].channel, channel) == 0)
            return &stopped->channels[i];
    return NULL;
}

static enum status stopped_write(const struct stopped *stopped, struct fault *fault)
{
    struct buffer text;
    struct whole_file file = {.path = stopped->path, .mode = 0644};
    buffer_init(&text);
    for (unsigned i = 0; i < stopped->count; i++)
        buffer_addf(&text, "%s %s %s\n", stopped->channels[i].channel, stopped->channels[i].member,
                    stopped->channels[i].since);
    enum status status = whole_file_write(&file, text.data, text.size, fault);
    buffer_done(&text);
    return status;
}

/* One word, so that a line stays one of three words. */
static void member_write(const char *member, char out[NAME_SIZE_MAX + 1])
{
    snprintf(out, NAME_SIZE_MAX + 1, "%s", *member ? member : "-");
    for (; *out; out++)
        if ((unsigned char)*out <= ' ' || *out == 0x7f)
            *out = '_';
}

enum status stopped_set(struct stopped *stopped, const char *channel, const char *member, bool stop,
                        int64_t now_us, struct fault *fault)
{
    struct stopped changed = *stopped;
    const struct stopped_channel *old = stopped_find(stopped, channel);
    if (stop == (old != NULL))
        return STATUS_OK;
    if (stop && changed.count == QUEUE_CHANNELS_MAX)
        return fault_set(fault, STATUS_FULL, "at most %d channels can be stopped",
                         QUEUE_CHANNELS_MAX);
    if (stop) {
        struct stopped_channel *row = &changed.channels[changed.count++];
        time_t seconds = (time_t)(now_us / 1000000);
        struct tm utc;
        snprintf(row->channel, sizeof row->channel, "%s", channel);
        member_write(member, row->member);
        gmtime_r(&seconds, &utc);
        strftime(row->since, sizeof row->since, "%Y-%m-%dT%H:%M:%SZ", &utc);
    } else {
        changed.channels[old - stopped->channels] = changed.channels[--changed.count];
    }
    enum status status = stopped_write(&changed, fault);
    if (status == STATUS_OK)
        *stopped = changed;
    return status;
}
