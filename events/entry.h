/* entry.h - one entry of the log: the command as signed, when it was recorded, what was decided.
 *
 * FORMAT.md is the contract; this is its C form. Bytes from outside meet the bounded cursor reader
 * (cursor.h) first; decoding accepts exactly the canonical form and lends from the input. */
#ifndef EVENTS_ENTRY_H
#define EVENTS_ENTRY_H

#include "core/buffer.h"
#include "core/command.h"
#include "core/decision.h"
#include "core/fault.h"

#define ENTRY_SIZE_MAX  65535 /* C2SP tlog-tiles: 16-bit length prefix */
#define SIGNATURE_SIZE  64
#define BUNDLE_PATH_MAX 8 /* siblings from a command to its bundle's root: log2(BUNDLE_MAX) */

enum signature_algorithm {
    SIGNATURE_ED25519 = 1, /* 2: WebAuthn ES256, 3: SM2 with SM3 - reserved, refused today */
};

struct signature {
    int64_t algorithm;
    uint8_t key[KEY_SIZE]; /* Ed25519 public key; the key id is the key itself */
    uint8_t bytes[SIGNATURE_SIZE];
    uint32_t bundle_count; /* 1: over the command alone */
    uint32_t bundle_index;
    uint32_t path_count; /* audit path (RFC 6962 2.1.1) to the bundle's root */
    uint8_t path[BUNDLE_PATH_MAX][DIGEST_SIZE];
};

struct entry {
    int64_t number;                /* dense, from 0: the leaf's index in the tree */
    uint8_t previous[DIGEST_SIZE]; /* leaf hash of number - 1; zeroes for 0 */
    int64_t recorded_at_us;
    struct text_view command_bytes; /* as signed */
    struct signature signature;
    enum refusal_code refusal;
    const struct clause *clauses; /* guard and rule only */
    unsigned clause_count;
    const struct event *events;
    unsigned event_count;
    uint8_t causation[COMMAND_ID_SIZE]; /* command id that led to this one; zeroes: none */
    uint8_t correlation[COMMAND_ID_SIZE];
    struct text_view trace; /* W3C traceparent or "" */
};

/* Encodes the command a client is going to sign. Fails with STATUS_FULL over COMMAND_SIZE_MAX. */
enum status command_encode(const struct command *command, struct buffer *out, struct fault *fault);
/* Decodes; everything lent from `bytes`, lists built in `arena`. */
enum status command_decode(const void *bytes, size_t size, struct arena *arena,
                           struct command *ret_command, struct fault *fault);

enum status entry_encode(const struct entry *entry, struct buffer *out, struct fault *fault);
enum status entry_decode(const void *bytes, size_t size, struct arena *arena,
                         struct entry *ret_entry, struct fault *fault);

/* What chains an entry, read without decoding the rest. */
struct entry_head {
    int64_t number;
    int64_t recorded_at_us;
    uint8_t previous[DIGEST_SIZE];
};

/* In batches of the feed and in ranges each entry stands behind 4 bytes: its length, big-endian. */
size_t entry_framed_size(const uint8_t frame[4]);

enum status entry_peek(const void *bytes, size_t size, struct entry_head *ret_head,
                       struct fault *fault);

/* The head and which types of events there are (bits 1 << type), without decoding the rest. */
enum status entry_skim(const void *bytes, size_t size, struct entry_head *ret_head,
                       uint64_t *ret_events, struct fault *fault);

/* --- signatures --- */

/* What is signed: for one command "jishi-command-v1\n" then the command's bytes; for a bundle
 * "jishi-bundle-v1\n", count as 4 bytes big-endian, then the RFC 6962 root over the commands'
 * bytes. */
enum status command_sign(const void *bytes, size_t size, const uint8_t secret_key[64],
                         struct signature *ret_signature, struct fault *fault);
/* Signs `count` commands at once: the signature as it is sent, without any command's path. */
enum status bundle_sign(const struct text_view *commands, size_t count,
                        const uint8_t secret_key[64], struct signature *ret_signature,
                        struct fault *fault);
/* Checks one signature by itself, with its path where it is one of a bundle. */
enum status signature_check(const struct signature *signature, const void *bytes, size_t size,
                            struct fault *fault);
/* Intake of a bundle: one signature check for all; ret_signatures[i] has its path and stands alone
 * for command i. `key` and `bytes` as received. */
enum status bundle_check(const struct text_view *commands, size_t count,
                         const uint8_t key[KEY_SIZE], const uint8_t bytes[SIGNATURE_SIZE],
                         struct signature *ret_signatures, struct fault *fault);

#endif
