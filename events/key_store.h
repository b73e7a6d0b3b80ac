/* key_store.h - the subject keys that seal free text, each in a file of its own, wrapped.
 *
 * directory/wrap is the wrapping key (32 bytes, 0600); directory/XX...XX.key is one subject's key,
 * named by half the SHA-256 of the subject's id: nonce 24, then XChaCha20-Poly1305 of the key,
 * additional data the id. Removing a subject's file, then the wrapping key under which copies of it
 * may lie about, is erasure. */
#ifndef EVENTS_KEY_STORE_H
#define EVENTS_KEY_STORE_H

#include "events/payload.h"

/* The key of a subject; made and brought to disk if it is new. */
enum status key_store_make(struct key_store *store, struct text_view subject,
                           uint8_t ret_key[KEY_SIZE], struct fault *fault);
enum status key_store_find(struct key_store *store, struct text_view subject,
                           uint8_t ret_key[KEY_SIZE], struct fault *fault); /* STATUS_NOT_FOUND */

#endif
