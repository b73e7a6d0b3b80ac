/* channels.h - ways to bring a reminder to somebody: a table of functions, a file each way. */
#ifndef CMD_NOTIFY_CHANNELS_H
#define CMD_NOTIFY_CHANNELS_H

#include "cmd/conf.h"
#include "cmd/notify/mail.h"
#include "core/fault.h"

struct channel_options {
    const char *directory; /* of the deployment */
    const char *origin;
    const struct conf *conf;
};

/* Brings one notice to one address; STATUS_BUSY or STATUS_IO: try again later; others: it cannot
 * work. */
typedef enum status channel_send(const struct channel_options *options, const struct notice *notice,
                                 const char *address, struct fault *fault);

struct channel {
    const char *name;
    channel_send *send;
};

channel_send file_send; /* DIR/outbox/KEY.ADDRESS.eml; the same reminder twice is one file */
channel_send smtp_send; /* jishi.conf: smtp, smtp_from, smtp_user, smtp_password_file, smtp_tls */

const struct channel *channel_find(const char *name, size_t length); /* NULL */

#endif
