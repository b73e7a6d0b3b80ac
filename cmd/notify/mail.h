/* mail.h - reminders as a mail: headers and parts in UTF-8, encoded as RFC 2045, 2047, 2231 ask.
 *
 *   multipart/mixed           only with an invitation
 *     multipart/alternative
 *       text/plain
 *       text/html
 *     text/calendar           due days for the reader's calendar
 *
 * Written here and not by libcurl's mime API, which cannot write to a file, as the channel `file`
 * needs it, and (7.88) puts the names of files raw into the header. */
#ifndef CMD_NOTIFY_MAIL_H
#define CMD_NOTIFY_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/notify/notice.h"

struct mail {
    const char *origin;    /* of the log */
    const char *from;      /* address */
    const char *from_name; /* shown beside it; "" if none */
    const char *to;
    int64_t now_us;
    bool invitation; /* with the due days that reminders lie before */
};

/* A whole message with CRLF line ends. Message-ID is made from keys and origin, so that a mail that
 * went out twice can be recognized. */
void mail_write(const struct notice *notices, unsigned count, const struct mail *mail,
                struct buffer *out);

/* RFC 2047 encoded words of at most 75 characters, never cut inside a UTF-8 character; plain ASCII
 * stays. */
void mail_header_text(const char *text, struct buffer *out);

#endif
