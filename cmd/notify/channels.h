/* channels.h - ways to bring a reminder to somebody: a table of functions, a file each way. */
#ifndef CMD_NOTIFY_CHANNELS_H
#define CMD_NOTIFY_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/conf.h"
#include "cmd/notify/notice.h"
#include "core/fault.h"

struct channel_options {
    const char *directory; /* of the deployment */
    const char *origin;
    const struct conf *conf;
};

struct channel_outcome {
    int64_t
        retry_after_ms; /* the channel asks not to be tried sooner; 0: the sender's own back-off */
    bool permanent;     /* another try would meet the same answer: wrong address, refused key */
};

/* Brings notices to one address: one is a reminder, several are one message, a digest of them; at
 * least one. Not STATUS_OK: nothing arrived as far as is known, ret_outcome says what a next try is
 * worth. ret_outcome is written in every case. */
typedef enum status channel_send(const struct channel_options *options,
                                 const struct notice *notices, unsigned count, const char *address,
                                 struct channel_outcome *ret_outcome, struct fault *fault);

struct channel {
    const char *name;
    channel_send *send;
    unsigned digest_max; /* notices of one message: more would be cut, so send them in several */
};

/* Settings and files of each: cmd/README.md. */
channel_send file_send;     /* DIR/outbox/KEY.ADDRESS.eml; the same reminder twice is one file */
channel_send smtp_send;     /* ADDRESS */
channel_send webhook_send;  /* NAME or NAME@WHO, as those below */
channel_send dingtalk_send; /* 钉钉 */
channel_send wecom_send;    /* 企业微信 */
channel_send feishu_send;   /* 飞书 */
channel_send command_send;  /* a program of the deployment's own */

const struct channel *channel_find(const char *name, size_t length); /* NULL */
const char *channel_names(void);                                     /* with commas between */

#endif
