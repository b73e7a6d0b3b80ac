/* payload.h - personal free text, beside the entries and sealed.
 *
 * In the signed command a free text is 32 bytes: HMAC-SHA-256(salt, text). The text and its salt
 * lie beside the entry, encrypted (XChaCha20-Poly1305, additional data: the entry's leaf hash) with
 * the key of the subject it is about. Subject keys are wrapped by a key that lies outside LMDB
 * (directory keys/), so that destroying a key destroys the text everywhere while every proof still
 * holds. Format: FORMAT.md, "payload". */
#ifndef EVENTS_PAYLOAD_H
#define EVENTS_PAYLOAD_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/command.h"
#include "core/fault.h"

#define SALT_SIZE         32
#define PAYLOAD_TEXT_MAX  8192 /* bytes of one free text */
#define PAYLOAD_ITEMS_MAX 64

struct payload_item {
    struct text_view
        field; /* path of the argument: "shortcomings", "sources.纪检监察部门.because" */
    struct text_view subject; /* whose key seals it */
    uint8_t salt[SALT_SIZE];
    struct text_view text; /* UTF-8 */
};

void payload_commit(const uint8_t salt[SALT_SIZE], struct text_view text, uint8_t out[DIGEST_SIZE]);

/* Payload as a client sends it in the clear (inside CURVE): canonical msgpack list of items. */
enum status payload_encode(const struct payload_item *items, size_t count, struct buffer *out,
                           struct fault *fault);
enum status payload_decode(const void *bytes, size_t size, struct arena *arena,
                           struct payload_item **ret_items, size_t *ret_count, struct fault *fault);

/* Every 32-byte argument that is a commitment has its item, every item its commitment. */
enum status payload_check(const struct command *command, const struct payload_item *items,
                          size_t count, struct fault *fault);

struct key_store; /* subject keys, wrapped; a directory */

enum status key_store_open(const char *directory, struct key_store **ret_store,
                           struct fault *fault);
void key_store_close(struct key_store *store);

enum status payload_seal(struct key_store *keys, const uint8_t leaf[DIGEST_SIZE],
                         const struct payload_item *items, size_t count, struct buffer *out,
                         struct fault *fault);
/* An item whose key was destroyed comes back with an empty text and a NULL data pointer. */
enum status payload_open(struct key_store *keys, const uint8_t leaf[DIGEST_SIZE],
                         struct text_view sealed, struct arena *arena,
                         struct payload_item **ret_items, size_t *ret_count, struct fault *fault);

#endif
