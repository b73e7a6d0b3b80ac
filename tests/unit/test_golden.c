/* test_golden.c - logs of earlier releases: every entry decodes, is encoded again to the same bytes,
 * proves itself, folds; and all of them lead to the root that was signed then. */
#include "test.h"

#include <sodium.h>

#include "core/state.h"
#include "events/checkpoint.h"
#include "events/follower.h"
#include "events/tree.h"

struct golden {
    char *entries, *note;
    size_t entries_size, note_size;
    uint8_t key[KEY_SIZE];
    struct tree tree;
    struct state *state;
    unsigned refusals, bundled;
};

static void open_golden(struct golden *golden, const char *number)
{
    char path[100];
    size_t size, made;
    memset(golden, 0, sizeof *golden);
    snprintf(path, sizeof path, "tests/golden/log-%s.bin", number);
    golden->entries = test_file(path, &golden->entries_size);
    snprintf(path, sizeof path, "tests/golden/log-%s.note", number);
    golden->note = test_file(path, &golden->note_size);
    snprintf(path, sizeof path, "tests/golden/log-%s.key", number);
    char *key = test_file(path, &size);
    assert_int_equal(sodium_hex2bin(golden->key, KEY_SIZE, key, 2 * KEY_SIZE, NULL, &made, NULL),
                     0);
    assert_int_equal(made, KEY_SIZE);
    free(key);
    tree_init(&golden->tree);
}

static void close_golden(struct golden *golden)
{
    free(golden->entries);
    free(golden->note);
    state_close(golden->state);
}

static void encodes_again(const struct followed *followed)
{
    struct buffer command, entry;
    struct fault fault = {0};
    uint8_t leaf[DIGEST_SIZE];
    buffer_init(&command);
    buffer_init(&entry);
    assert_int_equal(command_encode(followed->command, &command, &fault), STATUS_OK);
    assert_int_equal(command.size, followed->entry->command_bytes.size);
    assert_memory_equal(command.data, followed->entry->command_bytes.data, command.size);
    assert_int_equal(entry_encode(followed->entry, &entry, &fault), STATUS_OK);
    leaf_hash(entry.data, entry.size, leaf);
    assert_memory_equal(leaf, followed->leaf, DIGEST_SIZE); /* so its bytes are the same */
    buffer_done(&command);
    buffer_done(&entry);
}

static enum status each(void *user, const struct followed *followed, struct fault *fault)
{
    struct golden *golden = user;
    const struct entry *entry = followed->entry;
    struct moment when = {entry->recorded_at_us, entry->number};
    encodes_again(followed);
    assert_int_equal(signature_check(&entry->signature, entry->command_bytes.data,
                                     entry->command_bytes.size, fault),
                     STATUS_OK);
    tree_append(&golden->tree, followed->leaf);
    golden->refusals += entry->refusal != REFUSAL_none;
    golden->bundled += entry->signature.bundle_count > 1;
    return state_fold(golden->state, &when, followed->command, entry->events, entry->event_count,
                      fault);
}

static void the_log_of_release_1_stays_readable(void **state)
{
    (void)state;
    struct golden golden;
    struct follower follower;
    struct checkpoint checkpoint;
    struct fault fault = {0};
    uint8_t root[DIGEST_SIZE], zeroes[DIGEST_SIZE] = {0};
    open_golden(&golden, "1");
    assert_int_equal(
        checkpoint_read(golden.note, golden.note_size, golden.key, &checkpoint, &fault), STATUS_OK);
    golden.state = state_open(checkpoint.origin);
    follower_init(&follower, 0, zeroes);
    if (follower_take(&follower, 0, golden.entries, golden.entries_size, each, &golden, &fault) !=
        FOLLOWER_TOOK)
        fail_msg("%s", fault.text);
    assert_int_equal(follower.next, checkpoint.size);
    tree_root(&golden.tree, root);
    assert_memory_equal(root, checkpoint.root, DIGEST_SIZE);
    assert_true(golden.refusals > 0 && golden.bundled > 0); /* each kind is there */
    follower_done(&follower);
    close_golden(&golden);
}

static void a_checkpoint_changed_in_any_byte_is_refused(void **state)
{
    (void)state;
    struct golden golden;
    struct checkpoint checkpoint;
    struct fault fault;
    open_golden(&golden, "1");
    for (size_t i = 0; i < golden.note_size; i++) {
        golden.note[i] ^= 1;
        assert_int_not_equal(
            checkpoint_read(golden.note, golden.note_size, golden.key, &checkpoint, &fault),
            STATUS_OK);
        golden.note[i] ^= 1;
    }
    for (size_t size = 0; size < golden.note_size; size++)
        assert_int_not_equal(checkpoint_read(golden.note, size, golden.key, &checkpoint, &fault),
                             STATUS_OK);
    golden.key[0] ^= 1;
    assert_int_equal(
        checkpoint_read(golden.note, golden.note_size, golden.key, &checkpoint, &fault),
        STATUS_DENIED);
    close_golden(&golden);
}

static enum status count_each(void *user, const struct followed *followed, struct fault *fault)
{
    (void)followed;
    (void)fault;
    ++*(int64_t *)user;
    return STATUS_OK;
}

/* Any byte, but those that no hash covers yet: the last entry has nobody behind it. */
static void an_entry_changed_in_any_byte_is_noticed(void **state)
{
    (void)state;
    struct golden golden;
    uint8_t zeroes[DIGEST_SIZE] = {0};
    open_golden(&golden, "1");
    size_t last = 0;
    for (size_t at = 0; at < golden.entries_size;) {
        const uint8_t *size = (const uint8_t *)golden.entries + at;
        last = at;
        at += 4 + ((size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3]);
    }
    for (size_t i = 0; i < last; i += 97) {
        struct follower follower;
        struct fault fault;
        int64_t taken = 0;
        golden.entries[i] ^= 1;
        follower_init(&follower, 0, zeroes);
        assert_int_equal(follower_take(&follower, 0, golden.entries, golden.entries_size,
                                       count_each, &taken, &fault),
                         FOLLOWER_BAD);
        follower_done(&follower);
        golden.entries[i] ^= 1;
    }
    close_golden(&golden);
}

/* Each cut lies in memory of its own, so that AddressSanitizer sees a byte read behind its end. */
static void a_batch_cut_anywhere_is_refused_but_between_entries(void **state)
{
    (void)state;
    struct golden golden;
    uint8_t zeroes[DIGEST_SIZE] = {0};
    open_golden(&golden, "1");
    size_t ends = 0, whole = 0;
    for (size_t size = 0; size < golden.entries_size && size < 4000; size++) {
        struct follower follower;
        struct fault fault;
        int64_t taken = 0;
        uint8_t *cut = malloc(size ? size : 1);
        assert_non_null(cut);
        memcpy(cut, golden.entries, size);
        follower_init(&follower, 0, zeroes);
        enum follower_result result =
            follower_take(&follower, 0, cut, size, count_each, &taken, &fault);
        assert_int_equal(result, size == whole ? FOLLOWER_TOOK : FOLLOWER_BAD);
        if (size == whole) {
            const uint8_t *next = (const uint8_t *)golden.entries + whole;
            whole += 4 + ((size_t)next[0] << 24 | (size_t)next[1] << 16 | (size_t)next[2] << 8 |
                          next[3]);
            assert_int_equal(taken, ends++);
        }
        follower_done(&follower);
        free(cut);
    }
    assert_true(ends > 2);
    close_golden(&golden);
}

struct expecting {
    int64_t next;
};

static enum status expect_each(void *user, const struct followed *followed, struct fault *fault)
{
    struct expecting *expecting = user;
    if (followed->entry->number != expecting->next++)
        return fault_set(fault, STATUS_CORRUPT, "out of order");
    return STATUS_OK;
}

/* Batches of random length from random places: old ones are passed over, gaps asked for. */
static void a_follower_takes_batches_in_any_order_and_each_entry_once(void **state)
{
    (void)state;
    struct golden golden;
    struct follower follower;
    struct expecting expecting = {0};
    uint8_t zeroes[DIGEST_SIZE] = {0};
    size_t starts[1000], count = 0;
    unsigned seed = 20261124;
    open_golden(&golden, "1");
    for (size_t at = 0; at < golden.entries_size;) {
        const uint8_t *size = (const uint8_t *)golden.entries + at;
        starts[count++] = at;
        at += 4 + ((size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3]);
    }
    starts[count] = golden.entries_size;
    follower_init(&follower, 0, zeroes);
    print_message("seed %u\n", seed);
    unsigned gaps = 0;
    while ((size_t)follower.next < count) {
        struct fault fault = {0};
        seed = seed * 1103515245 + 12345;
        size_t from = seed / 65536 % count;
        seed = seed * 1103515245 + 12345;
        size_t to = from + seed / 65536 % 7 + 1;
        to = to > count ? count : to;
        int64_t before = follower.next;
        enum follower_result result =
            follower_take(&follower, (int64_t)from, golden.entries + starts[from],
                          starts[to] - starts[from], expect_each, &expecting, &fault);
        assert_int_equal(result, (int64_t)from > before ? FOLLOWER_GAP : FOLLOWER_TOOK);
        gaps += result == FOLLOWER_GAP;
        assert_int_equal(expecting.next, follower.next);
    }
    assert_true(gaps > 0);
    follower_done(&follower);
    close_golden(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_of_release_1_stays_readable),
        cmocka_unit_test(a_checkpoint_changed_in_any_byte_is_refused),
        cmocka_unit_test(an_entry_changed_in_any_byte_is_noticed),
        cmocka_unit_test(a_batch_cut_anywhere_is_refused_but_between_entries),
        cmocka_unit_test(a_follower_takes_batches_in_any_order_and_each_entry_once),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
