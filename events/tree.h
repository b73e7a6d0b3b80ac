/* tree.h - the Merkle tree over the log, RFC 6962 with SHA-256, as a compact range that grows at
 * the end. */
#ifndef EVENTS_TREE_H
#define EVENTS_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "core/command.h"
#include "core/fault.h"

#define TREE_FRONTIER_MAX 63
#define TILE_WIDTH        256
#define HASHED_TOGETHER   16 /* entries that are hashed at once: they stay in the nearest cache */

struct tree {
    int64_t size;
    uint8_t frontier[TREE_FRONTIER_MAX]
                    [DIGEST_SIZE]; /* roots of the perfect subtrees, largest first */
    size_t frontier_count;
};

void sha256(const void *bytes, size_t size, uint8_t out[DIGEST_SIZE]);
void leaf_hash(const void *bytes, size_t size, uint8_t out[DIGEST_SIZE]); /* SHA-256(0x00 | leaf) */
/* The same of several, faster than one after the other: sha256_pairs.h. */
void leaf_hashes(const struct text_view *leaves, size_t count, uint8_t (*ret)[DIGEST_SIZE]);
void node_hash(const uint8_t left[DIGEST_SIZE], const uint8_t right[DIGEST_SIZE],
               uint8_t out[DIGEST_SIZE]);
/* Of hashes[0] and [1], of [2] and [3], ... */
void node_hashes(const uint8_t (*hashes)[DIGEST_SIZE], size_t pairs, uint8_t (*ret)[DIGEST_SIZE]);

void tree_init(struct tree *tree);
void tree_append(struct tree *tree, const uint8_t leaf[DIGEST_SIZE]);
/* The same; true where it completed a tile, whose root goes to `ret_root`. */
bool tree_append_tile(struct tree *tree, const uint8_t leaf[DIGEST_SIZE],
                      uint8_t ret_root[DIGEST_SIZE]);
void tree_root(const struct tree *tree, uint8_t out[DIGEST_SIZE]); /* SHA-256("") while empty */

/* Root and audit paths of a small list of leaves (a bundle). */
void tree_root_of(const uint8_t (*leaves)[DIGEST_SIZE], size_t count, uint8_t out[DIGEST_SIZE]);
size_t tree_path_of(const uint8_t (*leaves)[DIGEST_SIZE], size_t count, size_t index,
                    uint8_t (*ret_path)[DIGEST_SIZE]);

/* RFC 6962 2.1.1 and 2.1.2 */
enum status tree_inclusion_check(const uint8_t leaf[DIGEST_SIZE], int64_t index, int64_t size,
                                 const uint8_t (*path)[DIGEST_SIZE], size_t path_count,
                                 const uint8_t root[DIGEST_SIZE], struct fault *fault);
enum status tree_consistency_check(int64_t old_size, const uint8_t old_root[DIGEST_SIZE],
                                   int64_t size, const uint8_t root[DIGEST_SIZE],
                                   const uint8_t (*proof)[DIGEST_SIZE], size_t proof_count,
                                   struct fault *fault);

#endif
