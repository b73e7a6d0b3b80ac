/* invitation.h - due days as an iCalendar object to be attached to a mail (RFC 5545, METHOD:PUBLISH
 * of RFC 5546). */
#ifndef CMD_NOTIFY_INVITATION_H
#define CMD_NOTIFY_INVITATION_H

#include <stdbool.h>

#include "cmd/notify/notice.h"

/* One all-day event for each reminder before a due day; the UID is the duty's, duty-NUMBER@ORIGIN,
 * as in the calendar feed. False, and nothing written: none of the notices has one. */
bool invitation_write(const struct notice *notices, unsigned count, const char *origin,
                      int64_t now_us, struct buffer *out);

#endif
