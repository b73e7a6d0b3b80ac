/* feed.h - how the messages of the feed begin. PROTOCOL.md section 5. */
#ifndef CMD_WIRE_FEED_H
#define CMD_WIRE_FEED_H

/* What `["jf1", "head", ...` begins with: the topic of those who want to know no more than how long
 * the log is. */
#define FEED_HEADS "\x94\xa3jf1\xa4head"

#endif
