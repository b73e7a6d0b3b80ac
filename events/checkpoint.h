/* checkpoint.h - what the server commits to: a size and a root, signed.
 *
 * C2SP tlog-checkpoint, a signed note: origin, size, base64 root, an empty line, then lines
 * "— name base64(key id | Ed25519 signature)". Extension lines and further signatures are
 * read over; ours writes none. */
#ifndef EVENTS_CHECKPOINT_H
#define EVENTS_CHECKPOINT_H

#include "core/buffer.h"
#include "core/command.h"
#include "events/entry.h"
#include "core/fault.h"

#define CHECKPOINT_ORIGIN_SIZE 256
#define CHECKPOINT_SIZE_MAX    4096 /* bytes of a note that is read */

struct checkpoint {
    char origin[CHECKPOINT_ORIGIN_SIZE];
    int64_t size;
    uint8_t root[DIGEST_SIZE];
};

/* Appends the signed note; `sign_key` is libsodium's 64 bytes. */
void checkpoint_write(const struct checkpoint *checkpoint, const uint8_t sign_key[64],
                      struct buffer *out);

/* Reads a note and checks the signature made in the origin's name by `public_key`. STATUS_INVALID:
 * not of that form; STATUS_DENIED: no such signature, or it does not fit. */
enum status checkpoint_read(const char *note, size_t size, const uint8_t public_key[KEY_SIZE],
                            struct checkpoint *ret_checkpoint, struct fault *fault);

#endif
