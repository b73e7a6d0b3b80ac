/* signature.c - who said it: Ed25519 over one command, or over the Merkle root of a bundle of them.
 *
 * A bundle is signed once and checked once; what the log keeps of it is, beside each command, the
 * audit path to the bundle's root, so that each entry still proves by itself who asked for it. */
#include <sodium.h>

#include "core/check.h"
#include "events/entry.h"
#include "events/tree.h"

#define COMMAND_PREFIX      "jishi-command-v1\n"
#define BUNDLE_PREFIX       "jishi-bundle-v1\n"
#define BUNDLE_MESSAGE_SIZE (sizeof BUNDLE_PREFIX - 1 + 4 + DIGEST_SIZE)

static size_t command_message(const void *bytes, size_t size, uint8_t out[COMMAND_SIZE_MAX + 64])
{
    size_t prefix = sizeof COMMAND_PREFIX - 1;
    CHECK(size <= COMMAND_SIZE_MAX);
    memcpy(out, COMMAND_PREFIX, prefix);
    memcpy(out + prefix, bytes, size);
    return prefix + size;
}

static void bundle_message(uint32_t count, const uint8_t root[DIGEST_SIZE],
                           uint8_t out[BUNDLE_MESSAGE_SIZE])
{
    size_t prefix = sizeof BUNDLE_PREFIX - 1;
    memcpy(out, BUNDLE_PREFIX, prefix);
    for (unsigned i = 0; i < 4; i++)
        out[prefix + i] = (uint8_t)(count >> (24 - 8 * i));
    memcpy(out + prefix + 4, root, DIGEST_SIZE);
}

enum status command_sign(const void *bytes, size_t size, const uint8_t secret_key[64],
                         struct signature *ret_signature, struct fault *fault)
{
    uint8_t message[COMMAND_SIZE_MAX + 64];
    if (size > COMMAND_SIZE_MAX)
        return fault_set(fault, STATUS_FULL, "a command is larger than %d bytes", COMMAND_SIZE_MAX);
    size_t length = command_message(bytes, size, message);
    *ret_signature = (struct signature){.algorithm = SIGNATURE_ED25519, .bundle_count = 1};
    memcpy(ret_signature->key, secret_key + 32, KEY_SIZE);
    crypto_sign_detached(ret_signature->bytes, NULL, message, length, secret_key);
    return STATUS_OK;
}

/* All levels of the RFC 6962 tree over a bundle: level 0 the leaves, an unpaired end is carried up.
 */
struct bundle_tree {
    uint8_t hashes[2 * BUNDLE_MAX + BUNDLE_PATH_MAX][DIGEST_SIZE];
    size_t start[BUNDLE_PATH_MAX + 2];
    size_t count[BUNDLE_PATH_MAX + 2];
    unsigned levels;
};

static void bundle_tree_make(const struct text_view *commands, size_t count,
                             struct bundle_tree *tree)
{
    leaf_hashes(commands, count, tree->hashes);
    tree->start[0] = 0;
    tree->count[0] = count;
    tree->levels = 1;
    while (tree->count[tree->levels - 1] > 1) {
        unsigned level = tree->levels++;
        size_t below = tree->start[level - 1];
        size_t n = tree->count[level - 1];
        tree->start[level] = below + n;
        tree->count[level] = (n + 1) / 2;
        node_hashes((const uint8_t(*)[DIGEST_SIZE])tree->hashes + below, n / 2,
                    tree->hashes + tree->start[level]);
        if (n % 2)
            memcpy(tree->hashes[tree->start[level] + n / 2], tree->hashes[below + n - 1],
                   DIGEST_SIZE);
    }
}

static void bundle_signatures(const struct bundle_tree *tree, const struct signature *head,
                              struct signature *ret)
{
    for (size_t i = 0; i < tree->count[0]; i++) {
        ret[i] = *head;
        ret[i].bundle_count = (uint32_t)tree->count[0];
        ret[i].bundle_index = (uint32_t)i;
        size_t at = i;
        for (unsigned level = 0; level + 1 < tree->levels; level++, at /= 2)
            if ((at ^ 1) < tree->count[level])
                memcpy(ret[i].path[ret[i].path_count++],
                       tree->hashes[tree->start[level] + (at ^ 1)], DIGEST_SIZE);
    }
}

static const uint8_t *bundle_root(const struct bundle_tree *tree)
{
    return tree->hashes[tree->start[tree->levels - 1]];
}

enum status bundle_sign(const struct text_view *commands, size_t count,
                        const uint8_t secret_key[64], struct signature *ret_signature,
                        struct fault *fault)
{
    if (count < 1 || count > BUNDLE_MAX)
        return fault_set(fault, STATUS_INVALID, "a bundle has 1 to %d commands", BUNDLE_MAX);
    struct bundle_tree tree;
    bundle_tree_make(commands, count, &tree);
    uint8_t message[BUNDLE_MESSAGE_SIZE];
    bundle_message((uint32_t)count, bundle_root(&tree), message);
    *ret_signature =
        (struct signature){.algorithm = SIGNATURE_ED25519, .bundle_count = (uint32_t)count};
    memcpy(ret_signature->key, secret_key + 32, KEY_SIZE);
    crypto_sign_detached(ret_signature->bytes, NULL, message, sizeof message, secret_key);
    return STATUS_OK;
}

enum status bundle_check(const struct text_view *commands, size_t count,
                         const uint8_t key[KEY_SIZE], const uint8_t bytes[SIGNATURE_SIZE],
                         struct signature *ret_signatures, struct fault *fault)
{
    if (count < 1 || count > BUNDLE_MAX)
        return fault_set(fault, STATUS_INVALID, "a bundle has 1 to %d commands", BUNDLE_MAX);
    struct bundle_tree tree;
    bundle_tree_make(commands, count, &tree);
    uint8_t message[BUNDLE_MESSAGE_SIZE];
    bundle_message((uint32_t)count, bundle_root(&tree), message);
    if (crypto_sign_verify_detached(bytes, message, sizeof message, key) != 0)
        return fault_set(fault, STATUS_DENIED,
                         "the bundle's signature does not fit its commands and key");
    struct signature head = {.algorithm = SIGNATURE_ED25519};
    memcpy(head.key, key, KEY_SIZE);
    memcpy(head.bytes, bytes, SIGNATURE_SIZE);
    bundle_signatures(&tree, &head, ret_signatures);
    return STATUS_OK;
}

/* The root that a command's path leads to; false where the path has not the length its place asks
 * for. */
static bool path_root(const struct signature *signature, const void *bytes, size_t size,
                      uint8_t root[DIGEST_SIZE])
{
    leaf_hash(bytes, size, root);
    size_t at = signature->bundle_index;
    size_t count = signature->bundle_count;
    uint32_t used = 0;
    for (; count > 1; at /= 2, count = (count + 1) / 2) {
        if ((at ^ 1) >= count)
            continue;
        if (used == signature->path_count)
            return false;
        if (at & 1)
            node_hash(signature->path[used++], root, root);
        else
            node_hash(root, signature->path[used++], root);
    }
    return used == signature->path_count;
}

/* A bundle of one is known from a single command by its marker: its count says 1 and it has no path
 * either, so both forms are tried there. */
enum status signature_check(const struct signature *signature, const void *bytes, size_t size,
                            struct fault *fault)
{
    uint8_t message[COMMAND_SIZE_MAX + 64];
    uint8_t root[DIGEST_SIZE];
    if (signature->algorithm != SIGNATURE_ED25519)
        return fault_set(fault, STATUS_DENIED, "signature algorithm %lld is not known here",
                         (long long)signature->algorithm);
    if (size > COMMAND_SIZE_MAX || !path_root(signature, bytes, size, root))
        return fault_set(fault, STATUS_INVALID, "the signature's path has the wrong length");
    if (signature->bundle_count == 1) {
        size_t length = command_message(bytes, size, message);
        if (crypto_sign_verify_detached(signature->bytes, message, length, signature->key) == 0)
            return STATUS_OK;
    }
    bundle_message(signature->bundle_count, root, message);
    if (crypto_sign_verify_detached(signature->bytes, message, BUNDLE_MESSAGE_SIZE,
                                    signature->key) != 0)
        return fault_set(fault, STATUS_DENIED, "the signature does not fit the command and key");
    return STATUS_OK;
}
