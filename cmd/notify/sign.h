/* sign.h - signatures of robots and webhooks: HMAC-SHA256 in base64. */
#ifndef CMD_NOTIFY_SIGN_H
#define CMD_NOTIFY_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

#define SIGNATURE_TEXT_SIZE 45 /* base64 of 32 bytes, and NUL */

void sign_base64(const void *key, size_t key_size, const void *message, size_t message_size,
                 char ret_text[SIGNATURE_TEXT_SIZE]);

/* DingTalk: key is the secret, message is timestamp (ms), a line break, the secret. */
void dingtalk_sign(const char *secret, int64_t now_ms, char ret_text[SIGNATURE_TEXT_SIZE]);
/* Feishu: key is timestamp (s), a line break, the secret; the message is empty. */
void feishu_sign(const char *secret, int64_t now_s, char ret_text[SIGNATURE_TEXT_SIZE]);
/* Webhooks, as Standard Webhooks 1.0 has it: message is ID.TIMESTAMP.BODY; a secret "whsec_..." is
 * base64, any other its own bytes. */
void webhook_sign(const char *secret, const char *id, int64_t now_s, const struct buffer *body,
                  char ret_text[SIGNATURE_TEXT_SIZE]);

#endif
