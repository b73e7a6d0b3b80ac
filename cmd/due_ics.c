/* due_ics.c - `jishi due --ics`: due days as an iCalendar file on standard output. */
#include "cmd/due_ics.h"

#include <stdio.h>

#include "cmd/ask.h"
#include "cmd/due_calendar.h"
#include "cmd/options.h"
#include "cmd/send_conf.h"

/* The deployment's hour of reminders, where the deployment is on this machine. */
static int alarm_minute(const char *directory)
{
    struct conf *conf;
    struct fault fault;
    int32_t minute = REMIND_MINUTE;
    if (!directory || conf_open(directory, &conf, &fault) != STATUS_OK)
        return minute;
    if (send_conf_remind_minute(conf, &minute, &fault) != STATUS_OK)
        fprintf(stderr, "jishi due: %s\n", fault.text);
    conf_close(conf);
    return minute;
}

int due_ics(int argc, char **argv, const struct due_ics *wanted, json_t *args)
{
    struct due_calendar asked = {.member = wanted->member,
                                 .state = wanted->state,
                                 .language = language(),
                                 .subjects = wanted->subjects,
                                 .alarm_minute =
                                     alarm_minute(ask_access.connect || argc < 1 ? NULL : argv[0])};
    struct buffer out;
    struct fault fault = {0};
    struct jishi_client *client = access_open(&ask_access, "auditor", &argc, &argv);
    enum status status = STATUS_IO;
    buffer_init(&out);
    if (client) {
        status = due_calendar_write(client, &asked, args, (int)ask_access.timeout_ms, &out, &fault);
        if (status == STATUS_OK)
            fwrite(out.data, 1, out.size, stdout);
        else
            fprintf(stderr, "jishi due: %s\n", fault.text);
        jishi_close(client);
    }
    json_decref(args);
    buffer_done(&out);
    return status == STATUS_OK ? 0 : 2;
}
