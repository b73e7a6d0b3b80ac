/* ics.h - due days as an iCalendar text (RFC 5545, 7986), made by libical: an all-day VEVENT a
 * duty, with its reminders as alarms.
 *
 * Titles name the duty and the number of its case; whom it is about is shown only when asked for.
 * The same duties give the same bytes: DTSTAMP is when the duty was last changed, SEQUENCE the
 * number of the entry that did it. */
#ifndef CMD_ICS_H
#define CMD_ICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"

#define ICS_ALARMS_MAX 16

struct ics_event {
    int64_t duty, case_number;
    const char *title, *of, *state, *owner, *unit;
    int32_t due;
    int32_t alarms[ICS_ALARMS_MAX]; /* days, the due day or before */
    unsigned alarm_count;
    bool provisional; /* leans on a year whose calendar is not published */
    int64_t changed_entry, changed_at_us;
};

struct ics_options {
    const char *origin;   /* of the log: makes UIDs unique */
    const char *name;     /* of the calendar */
    const char *language; /* "zh" or "en" */
    bool subjects;        /* say whom a duty is about */
    int alarm_minute;     /* of the day */
    size_t left_out;      /* duties that found no place: said in an event of its own */
};

/* Unfolds what libical wrote and folds it anew (RFC 5545 section 3.1). libical 3.0 cuts between CR
 * and LF where a text fills its last line. */
void ics_fold(const char *text, struct buffer *out);

enum status ics_write(const struct ics_options *options, const struct ics_event *events,
                      size_t count, struct buffer *out, struct fault *fault);

#endif
