/* mail.h - a reminder as a mail: headers and body in UTF-8, encoded as RFC 2045 and 2047 ask. */
#ifndef CMD_NOTIFY_MAIL_H
#define CMD_NOTIFY_MAIL_H

#include <stdint.h>

#include "core/buffer.h"

struct notice {        /* what is said, no personal names: duty and case by name and number */
    const char *key;   /* stable: the same reminder, however often it is sent */
    const char *kind;  /* before overdue superior supervisor told */
    const char *name;  /* SD-TALK.held */
    const char *title; /* 任职谈话 */
    const char *due;   /* "" for a notice without a day */
    const char *day;   /* of the reminder */
    int64_t about;     /* number of the duty, or of the case */
    int64_t late_days;
    const char *language;
};

void notice_subject(const struct notice *notice, struct buffer *out);
void notice_body(const struct notice *notice, struct buffer *out);

/* A whole message with CRLF line ends. Message-ID is made from key and origin, so that a mail that
 * went out twice can be recognized. */
void mail_write(const struct notice *notice, const char *origin, const char *from, const char *to,
                int64_t now_us, struct buffer *out);

/* RFC 2047 encoded words of at most 75 characters, never cut inside a UTF-8 character; plain ASCII
 * stays. */
void mail_header_text(const char *text, struct buffer *out);

#endif
