/* settings.h - what jishi.conf says of one target of a channel: CHANNEL.NAME.KEY = value, and
 * secrets in files of their own. */
#ifndef CMD_NOTIFY_SETTINGS_H
#define CMD_NOTIFY_SETTINGS_H

#include "cmd/notify/channels.h"
#include "core/buffer.h"

#define SECRET_SIZE_MAX 4096 /* bytes of a file with a secret: more is refused */
#define TARGET_NAME_MAX 64
#define TARGET_WHO_MAX  128

/* "NAME" or "NAME@WHO": a robot, gateway or program that jishi.conf names, and whom it shall
 * mention or reach. */
struct target {
    const char *channel;
    char name[TARGET_NAME_MAX + 1];
    char who[TARGET_WHO_MAX + 1]; /* "": nobody in particular */
};

enum status target_read(const char *channel, const char *address, struct target *ret_target,
                        struct fault *fault);

/* Lent from the configuration. */
const char *target_setting(const struct channel_options *options, const struct target *target,
                           const char *key, const char *otherwise);
int64_t target_int(const struct channel_options *options, const struct target *target,
                   const char *key, int64_t otherwise);
/* The secret in the file that the setting `key` names; "" if there is no such setting. Relative to
 * the deployment's directory. Refused if others than its owner may read it. */
enum status target_secret(const struct channel_options *options, const struct target *target,
                          const char *key, struct buffer *ret_secret, struct fault *fault);
enum status secret_read(const struct channel_options *options, const char *path,
                        struct buffer *ret_secret, struct fault *fault);
/* Scheme and host of an address; false if it is none. */
struct url_parts {
    char scheme[16];
    bool is_here; /* localhost, 127.0.0.0/8 or ::1 */
};

bool url_read(const char *url, struct url_parts *ret_parts);

/* Overwritten before the memory goes. */
void secret_done(struct buffer *secret);

#endif
