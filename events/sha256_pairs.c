/* sha256_pairs.c - two lanes, each with a message; a lane that is done takes the next. See
 * sha256_pairs.h.
 *
 * A message is cut in three: the first block, which has the prefix before it and is put together;
 * the blocks that are hashed where they lie; and the last one or two, with the padding. */
#include "events/sha256_pairs.h"

#include <string.h>

#include "core/check.h"
#include "events/tree.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>

#define BLOCK_SIZE  64
#define LENGTH_SIZE 8
#define USES_SHA    __attribute__((target("sha,sse4.1")))
#define INLINE      static inline __attribute__((always_inline, target("sha,sse4.1")))

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* As the instructions want the eight words of the state: a b e f, c d g h, the last one lowest. */
struct state {
    __m128i abef, cdgh;
};

struct lane {
    struct state state;
    const uint8_t *at; /* blocks that lie one after the other */
    size_t blocks;
    const uint8_t *middle; /* what comes after them */
    size_t middle_blocks, tail_blocks;
    uint8_t head[BLOCK_SIZE], tail[2 * BLOCK_SIZE];
    uint8_t *digest; /* NULL: no message */
};

/* One block under way. */
struct work {
    struct state state;
    __m128i words[4]; /* the next sixteen of the schedule */
};

INLINE void work_begin(struct work *work, const struct state *state, const uint8_t *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    work->state = *state;
    for (int i = 0; i < 4; i++)
        work->words[i] =
            _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * i)), big_endian);
}

INLINE void work_end(const struct work *work, struct state *state)
{
    state->abef = _mm_add_epi32(state->abef, work->state.abef);
    state->cdgh = _mm_add_epi32(state->cdgh, work->state.cdgh);
}

/* Four rounds, and four more words. */
INLINE void four_rounds(struct work *work, int i)
{
    __m128i *words = work->words;
    __m128i sum =
        _mm_add_epi32(words[i & 3], _mm_loadu_si128((const __m128i *)(round_constants + 4 * i)));
    work->state.cdgh = _mm_sha256rnds2_epu32(work->state.cdgh, work->state.abef, sum);
    work->state.abef =
        _mm_sha256rnds2_epu32(work->state.abef, work->state.cdgh, _mm_shuffle_epi32(sum, 0x0e));
    if (i >= 12)
        return;
    __m128i last = words[(i + 3) & 3];
    __m128i more = _mm_sha256msg1_epu32(words[i & 3], words[(i + 1) & 3]);
    more = _mm_add_epi32(more, _mm_alignr_epi8(last, words[(i + 2) & 3], 4));
    words[i & 3] = _mm_sha256msg2_epu32(more, last);
}

INLINE void rounds(struct work *one, struct work *other, int i)
{
    four_rounds(one, i);
    if (other)
        four_rounds(other, i);
}

INLINE void all_rounds(struct work *one, struct work *other)
{
    rounds(one, other, 0);
    rounds(one, other, 1);
    rounds(one, other, 2);
    rounds(one, other, 3);
    rounds(one, other, 4);
    rounds(one, other, 5);
    rounds(one, other, 6);
    rounds(one, other, 7);
    rounds(one, other, 8);
    rounds(one, other, 9);
    rounds(one, other, 10);
    rounds(one, other, 11);
    rounds(one, other, 12);
    rounds(one, other, 13);
    rounds(one, other, 14);
    rounds(one, other, 15);
}

USES_SHA static void compress_two(struct lane *one, struct lane *other, size_t blocks)
{
    struct state one_state = one->state, other_state = other->state;
    for (size_t i = 0; i < blocks; i++) {
        struct work one_work, other_work;
        work_begin(&one_work, &one_state, one->at + i * BLOCK_SIZE);
        work_begin(&other_work, &other_state, other->at + i * BLOCK_SIZE);
        all_rounds(&one_work, &other_work);
        work_end(&one_work, &one_state);
        work_end(&other_work, &other_state);
    }
    one->state = one_state;
    other->state = other_state;
}

USES_SHA static void compress_one(struct lane *lane, size_t blocks)
{
    struct state state = lane->state;
    for (size_t i = 0; i < blocks; i++) {
        struct work work;
        work_begin(&work, &state, lane->at + i * BLOCK_SIZE);
        all_rounds(&work, NULL);
        work_end(&work, &state);
    }
    lane->state = state;
}

static void big_endian_put(uint64_t number, size_t size, uint8_t *out)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
}

USES_SHA static void lane_load(struct lane *lane, uint8_t prefix, struct text_view message,
                               uint8_t *digest)
{
    const uint8_t *rest = (const uint8_t *)message.data;
    size_t left = message.size, begun = 0;
    lane->state =
        (struct state){_mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
                       _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19)};
    if (left >= BLOCK_SIZE - 1) {
        lane->head[0] = prefix;
        memcpy(lane->head + 1, rest, BLOCK_SIZE - 1);
        rest += BLOCK_SIZE - 1;
        left -= BLOCK_SIZE - 1;
    } else {
        lane->tail[begun++] = prefix;
    }
    lane->at = lane->head;
    lane->blocks = begun == 0;
    lane->middle = rest;
    lane->middle_blocks = left / BLOCK_SIZE;
    rest += lane->middle_blocks * BLOCK_SIZE;
    left %= BLOCK_SIZE;
    if (left)
        memcpy(lane->tail + begun, rest, left);
    left += begun;
    lane->tail[left++] = 0x80;
    lane->tail_blocks = left + LENGTH_SIZE <= BLOCK_SIZE ? 1 : 2;
    size_t end = lane->tail_blocks * BLOCK_SIZE - LENGTH_SIZE;
    memset(lane->tail + left, 0, end - left);
    big_endian_put(((uint64_t)message.size + 1) * 8, LENGTH_SIZE, lane->tail + end);
    lane->digest = digest;
}

/* The next blocks that lie together; false where there are no more. */
static bool lane_goes_on(struct lane *lane)
{
    if (lane->blocks)
        return true;
    if (lane->middle_blocks) {
        lane->at = lane->middle;
        lane->blocks = lane->middle_blocks;
        lane->middle_blocks = 0;
    } else {
        lane->at = lane->tail;
        lane->blocks = lane->tail_blocks;
        lane->tail_blocks = 0;
    }
    return lane->blocks > 0;
}

USES_SHA static void lane_finish(struct lane *lane)
{
    uint32_t abef[4], cdgh[4];
    _mm_storeu_si128((__m128i *)abef, lane->state.abef);
    _mm_storeu_si128((__m128i *)cdgh, lane->state.cdgh);
    const uint32_t words[8] = {abef[3], abef[2], cdgh[3], cdgh[2],
                               abef[1], abef[0], cdgh[1], cdgh[0]};
    for (size_t i = 0; i < 8; i++)
        big_endian_put(words[i], 4, lane->digest + 4 * i);
    lane->digest = NULL;
}

static void lane_went(struct lane *lane, size_t blocks)
{
    lane->at += blocks * BLOCK_SIZE;
    lane->blocks -= blocks;
}

void sha256_pairs(uint8_t prefix, const struct text_view *messages, size_t count,
                  uint8_t (*ret)[DIGEST_SIZE])
{
    struct lane lanes[2];
    lanes[0].digest = lanes[1].digest = NULL;
    for (size_t next = 0;;) {
        for (int i = 0; i < 2; i++) {
            struct lane *lane = &lanes[i];
            if (lane->digest && !lane_goes_on(lane))
                lane_finish(lane);
            if (!lane->digest && next < count) {
                lane_load(lane, prefix, messages[next], ret[next]);
                lane_goes_on(lane);
                next++;
            }
        }
        struct lane *one = &lanes[lanes[0].digest ? 0 : 1];
        struct lane *other = &lanes[1];
        if (!one->digest)
            return;
        bool both = one != other && other->digest;
        size_t blocks = both && other->blocks < one->blocks ? other->blocks : one->blocks;
        if (both)
            compress_two(one, other, blocks);
        else
            compress_one(one, blocks);
        lane_went(one, blocks);
        if (both)
            lane_went(other, blocks);
    }
}

/* ---- whether it can be used here ---- */

static bool usable;

static bool has_instructions(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

/* Two messages of three blocks, and one that ends in the middle of theirs. */
static void try_it(void)
{
    static const char text[] = "jishi: twice the same text, and a shorter one, hashed by both. "
                               "jishi: twice the same text, and a shorter one, hashed by both.";
    const struct text_view messages[] = {{text, sizeof text}, {text, sizeof text}, {text, 71}};
    uint8_t ours[3][DIGEST_SIZE], theirs[DIGEST_SIZE];
    if (!has_instructions())
        return;
    sha256_pairs(0x00, messages, 3, ours);
    usable = true;
    for (size_t i = 0; i < 3; i++) {
        leaf_hash(messages[i].data, messages[i].size, theirs);
        usable = usable && memcmp(ours[i], theirs, DIGEST_SIZE) == 0;
    }
}

bool sha256_pairs_here(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, try_it);
    return usable;
}

#else

bool sha256_pairs_here(void)
{
    return false;
}

void sha256_pairs(uint8_t prefix, const struct text_view *messages, size_t count,
                  uint8_t (*ret)[DIGEST_SIZE])
{
    (void)prefix, (void)messages, (void)count, (void)ret;
    CHECK(!"sha256_pairs is not for this processor");
}

#endif
