/* tree.c - RFC 6962 Merkle tree with SHA-256, see tree.h. Hashing is OpenSSL's, the fastest here.
 */
#include "events/tree.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <string.h>

#include "core/check.h"
#include "events/sha256_pairs.h"

/* The low-level calls: the one-shot SHA256() looks its algorithm up by name each time, which costs
 * more than hashing a node does. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void hash_with_prefix(const uint8_t *prefix, size_t prefix_size, const void *bytes,
                             size_t size, uint8_t out[DIGEST_SIZE])
{
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, prefix, prefix_size);
    SHA256_Update(&context, bytes, size);
    SHA256_Final(out, &context);
}
#pragma GCC diagnostic pop

void sha256(const void *bytes, size_t size, uint8_t out[DIGEST_SIZE])
{
    hash_with_prefix((const uint8_t *)"", 0, bytes, size, out);
}

void leaf_hash(const void *bytes, size_t size, uint8_t out[DIGEST_SIZE])
{
    const uint8_t prefix = 0x00;
    hash_with_prefix(&prefix, 1, bytes, size, out);
}

void leaf_hashes(const struct text_view *leaves, size_t count, uint8_t (*ret)[DIGEST_SIZE])
{
    if (count > 1 && sha256_pairs_here()) {
        sha256_pairs(0x00, leaves, count, ret);
        return;
    }
    for (size_t i = 0; i < count; i++)
        leaf_hash(leaves[i].data, leaves[i].size, ret[i]);
}

void node_hash(const uint8_t left[DIGEST_SIZE], const uint8_t right[DIGEST_SIZE],
               uint8_t out[DIGEST_SIZE])
{
    uint8_t both[1 + 2 * DIGEST_SIZE];
    both[0] = 0x01;
    memcpy(both + 1, left, DIGEST_SIZE);
    memcpy(both + 1 + DIGEST_SIZE, right, DIGEST_SIZE);
    hash_with_prefix(both, sizeof both, "", 0, out);
}

void node_hashes(const uint8_t (*hashes)[DIGEST_SIZE], size_t pairs, uint8_t (*ret)[DIGEST_SIZE])
{
    struct text_view both[64]; /* the two lie side by side */
    size_t together = sha256_pairs_here() ? sizeof both / sizeof both[0] : 0;
    size_t done = 0;
    while (together && pairs - done > 1) {
        size_t count = pairs - done < together ? pairs - done : together;
        for (size_t i = 0; i < count; i++)
            both[i] = (struct text_view){(const char *)hashes[2 * (done + i)], 2 * DIGEST_SIZE};
        sha256_pairs(0x01, both, count, ret + done);
        done += count;
    }
    for (; done < pairs; done++)
        node_hash(hashes[2 * done], hashes[2 * done + 1], ret[done]);
}

void tree_init(struct tree *tree)
{
    memset(tree, 0, sizeof *tree);
}

/* The frontier is the binary form of the size: a carry joins the two smallest subtrees. */
bool tree_append_tile(struct tree *tree, const uint8_t leaf[DIGEST_SIZE],
                      uint8_t ret_root[DIGEST_SIZE])
{
    bool completed = false;
    size_t width = 1;
    CHECK(tree->frontier_count < TREE_FRONTIER_MAX);
    memcpy(tree->frontier[tree->frontier_count++], leaf, DIGEST_SIZE);
    for (uint64_t carry = (uint64_t)tree->size; carry & 1; carry >>= 1) {
        size_t n = --tree->frontier_count;
        node_hash(tree->frontier[n - 1], tree->frontier[n], tree->frontier[n - 1]);
        width *= 2;
        if (width == TILE_WIDTH) {
            memcpy(ret_root, tree->frontier[n - 1], DIGEST_SIZE);
            completed = true;
        }
    }
    tree->size++;
    return completed;
}

void tree_append(struct tree *tree, const uint8_t leaf[DIGEST_SIZE])
{
    uint8_t root[DIGEST_SIZE];
    tree_append_tile(tree, leaf, root);
}

void tree_root(const struct tree *tree, uint8_t out[DIGEST_SIZE])
{
    if (tree->frontier_count == 0) {
        sha256("", 0, out);
        return;
    }
    size_t n = tree->frontier_count - 1;
    memcpy(out, tree->frontier[n], DIGEST_SIZE);
    while (n-- > 0)
        node_hash(tree->frontier[n], out, out);
}

/* The largest power of two below `count`: where RFC 6962 splits a list. */
static size_t split_of(size_t count)
{
    size_t split = 1;
    while (split * 2 < count)
        split *= 2;
    return split;
}

void tree_root_of(const uint8_t (*leaves)[DIGEST_SIZE], size_t count, uint8_t out[DIGEST_SIZE])
{
    struct tree tree;
    tree_init(&tree);
    for (size_t i = 0; i < count; i++)
        tree_append(&tree, leaves[i]);
    tree_root(&tree, out);
}

size_t tree_path_of(const uint8_t (*leaves)[DIGEST_SIZE], size_t count, size_t index,
                    uint8_t (*ret_path)[DIGEST_SIZE])
{
    CHECK(index < count);
    if (count == 1)
        return 0;
    size_t split = split_of(count);
    size_t length;
    if (index < split) {
        length = tree_path_of(leaves, split, index, ret_path);
        tree_root_of(leaves + split, count - split, ret_path[length]);
    } else {
        length = tree_path_of(leaves + split, count - split, index - split, ret_path);
        tree_root_of(leaves, split, ret_path[length]);
    }
    return length + 1;
}

enum status tree_inclusion_check(const uint8_t leaf[DIGEST_SIZE], int64_t index, int64_t size,
                                 const uint8_t (*path)[DIGEST_SIZE], size_t path_count,
                                 const uint8_t root[DIGEST_SIZE], struct fault *fault)
{
    if (index < 0 || index >= size)
        return fault_set(fault, STATUS_INVALID, "the index lies outside the tree");
    uint8_t hash[DIGEST_SIZE];
    memcpy(hash, leaf, DIGEST_SIZE);
    uint64_t fn = (uint64_t)index;
    uint64_t sn = (uint64_t)size - 1;
    for (size_t i = 0; i < path_count; i++) {
        if (sn == 0)
            return fault_set(fault, STATUS_INVALID, "the path is too long");
        if ((fn & 1) || fn == sn) {
            node_hash(path[i], hash, hash);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            node_hash(hash, path[i], hash);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0 || memcmp(hash, root, DIGEST_SIZE) != 0)
        return fault_set(fault, STATUS_CORRUPT, "the path does not lead to the root");
    return STATUS_OK;
}

enum status tree_consistency_check(int64_t old_size, const uint8_t old_root[DIGEST_SIZE],
                                   int64_t size, const uint8_t root[DIGEST_SIZE],
                                   const uint8_t (*proof)[DIGEST_SIZE], size_t proof_count,
                                   struct fault *fault)
{
    if (old_size < 1 || old_size > size)
        return fault_set(fault, STATUS_INVALID, "the sizes do not follow one another");
    if (old_size == size) {
        if (proof_count != 0 || memcmp(old_root, root, DIGEST_SIZE) != 0)
            return fault_set(fault, STATUS_CORRUPT, "two roots of one size differ");
        return STATUS_OK;
    }
    uint64_t fn = (uint64_t)old_size - 1;
    uint64_t sn = (uint64_t)size - 1;
    bool whole =
        ((uint64_t)old_size & ((uint64_t)old_size - 1)) == 0; /* the old root is its first part */
    if (proof_count == 0 && !whole)
        return fault_set(fault, STATUS_INVALID, "the proof is empty");
    while (fn & 1) {
        fn >>= 1;
        sn >>= 1;
    }
    size_t next = 0;
    uint8_t fr[DIGEST_SIZE];
    uint8_t sr[DIGEST_SIZE];
    memcpy(fr, whole ? old_root : proof[next++], DIGEST_SIZE);
    memcpy(sr, fr, DIGEST_SIZE);
    for (; next < proof_count; next++) {
        if (sn == 0)
            return fault_set(fault, STATUS_INVALID, "the proof is too long");
        if ((fn & 1) || fn == sn) {
            node_hash(proof[next], fr, fr);
            node_hash(proof[next], sr, sr);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            node_hash(sr, proof[next], sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0 || memcmp(fr, old_root, DIGEST_SIZE) != 0 || memcmp(sr, root, DIGEST_SIZE) != 0)
        return fault_set(fault, STATUS_CORRUPT, "the newer tree does not contain the older one");
    return STATUS_OK;
}
