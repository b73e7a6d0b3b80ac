/* sign.c - libsodium's HMAC with keys of any length. */
#include "cmd/notify/sign.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define WEBHOOK_PREFIX "whsec_"

void sign_base64(const void *key, size_t key_size, const void *message, size_t message_size,
                 char ret_text[SIGNATURE_TEXT_SIZE])
{
    crypto_auth_hmacsha256_state state;
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_init(&state, key, key_size);
    crypto_auth_hmacsha256_update(&state, message, message_size);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(ret_text, SIGNATURE_TEXT_SIZE, mac, sizeof mac,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(&state, sizeof state);
}

static void time_and_secret(const char *secret, int64_t now, struct buffer *out)
{
    buffer_init(out);
    buffer_addf(out, "%lld\n%s", (long long)now, secret);
}

static void forget(struct buffer *buffer)
{
    sodium_memzero(buffer->data, buffer->capacity);
    buffer_done(buffer);
}

void dingtalk_sign(const char *secret, int64_t now_ms, char ret_text[SIGNATURE_TEXT_SIZE])
{
    struct buffer message;
    time_and_secret(secret, now_ms, &message);
    sign_base64(secret, strlen(secret), message.data, message.size, ret_text);
    forget(&message);
}

void feishu_sign(const char *secret, int64_t now_s, char ret_text[SIGNATURE_TEXT_SIZE])
{
    struct buffer key;
    time_and_secret(secret, now_s, &key);
    sign_base64(key.data, key.size, "", 0, ret_text);
    forget(&key);
}

void webhook_sign(const char *secret, const char *id, int64_t now_s, const struct buffer *body,
                  char ret_text[SIGNATURE_TEXT_SIZE])
{
    struct buffer message;
    uint8_t key[4096];
    size_t size = 0, prefix = strlen(WEBHOOK_PREFIX);
    bool coded = strncmp(secret, WEBHOOK_PREFIX, prefix) == 0 &&
                 sodium_base642bin(key, sizeof key, secret + prefix, strlen(secret + prefix), NULL,
                                   &size, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
    buffer_init(&message);
    buffer_addf(&message, "%s.%lld.", id, (long long)now_s);
    buffer_add(&message, body->data, body->size);
    sign_base64(coded ? key : (const uint8_t *)secret, coded ? size : strlen(secret), message.data,
                message.size, ret_text);
    sodium_memzero(key, sizeof key);
    buffer_done(&message);
}
