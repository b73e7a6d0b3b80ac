/* notice.h - what a channel brings: one reminder, or several as a digest, in words. */
#ifndef CMD_NOTIFY_NOTICE_H
#define CMD_NOTIFY_NOTICE_H

#include <stdint.h>

#include "core/buffer.h"

struct notice {        /* no personal names: duty and case by name and number */
    const char *key;   /* stable: the same reminder, however often it is sent */
    const char *kind;  /* before overdue superior supervisor told */
    const char *name;  /* LEAVE.answered */
    const char *title; /* 答复 */
    const char *due;   /* 2026-12-24; "" for a notice without a day */
    const char *day;   /* of the reminder */
    int64_t about;     /* number of the duty, or of the case */
    int64_t late_days;
    const char *language;
    /* What follows may be left zero. */
    int64_t case_number;
    const char *pack, *unit;
    const char *rules;    /* ids with spaces between */
    const char *subjects; /* ids with spaces between; only where the deployment shows them */
    const char *subject;  /* as the pack or the program words it; NULL: worded here */
    const char *body;
};

/* A line: of one notice its subject, of several how many there are. */
void notices_subject(const struct notice *notices, unsigned count, struct buffer *out);
/* All of it: subject and body of each, numbered when there are several. */
void notices_text(const struct notice *notices, unsigned count, struct buffer *out);
/* For channels of small messages: one notice whole, of several the subject lines, numbered. */
void notices_brief(const struct notice *notices, unsigned count, struct buffer *out);
/* All of it as an HTML document in UTF-8. */
void notices_html(const struct notice *notices, unsigned count, struct buffer *out);
/* Stable over all of them: the key of one; of several a digest of their keys. */
void notices_key(const struct notice *notices, unsigned count, struct buffer *out);

#endif
