/* due_calendar.h - asks the projector for due days and writes them as one iCalendar text; what
 * `jishi due --ics` prints and `jishi web` serves. */
#ifndef CMD_DUE_CALENDAR_H
#define CMD_DUE_CALENDAR_H

#include <jansson.h>

#include "cmd/client/client.h"
#include "core/buffer.h"

/* Duties in one calendar, those due first; of the others it says how many they are, up to one page
 * more. */
#define CALENDAR_EVENTS_MAX 2000

struct due_calendar {
    const char *member; /* NULL: everybody's duties */
    const char *state;  /* only of this state; NULL: all that the query gives */
    const char *language;
    const char *name; /* of the calendar; NULL: made from the member's */
    bool subjects;    /* titles say whom a duty is about */
    int alarm_minute; /* of the day, by send_conf_remind_minute() */
};

/* `args` are further arguments of the query, changed here. STATUS_NOT_FOUND: no such member, or
 * all his keys are revoked; STATUS_BUSY: the projector does not answer. */
enum status due_calendar_write(struct jishi_client *client, const struct due_calendar *asked,
                               json_t *args, int timeout_ms, struct buffer *out,
                               struct fault *fault);

#endif
