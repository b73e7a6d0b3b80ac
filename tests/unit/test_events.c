/* test_events.c - codecs, signatures, payloads, the log over both stores. */
#include "test.h"

#include <sodium.h>
#include <unistd.h>

#include "core/check.h"
#include "events/codec.h"
#include "events/entry.h"
#include "events/log.h"
#include "events/payload.h"
#include "events/sha256_pairs.h"
#include "events/tree.h"

static struct arena arena;
static uint8_t public_key[32], secret_key[64];

static int setup(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    arena_init(&arena, 0);
    uint8_t seed[32] = {7};
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct text_view view_of(const char *text)
{
    return (struct text_view){text, (uint32_t)strlen(text)};
}

static struct command sample_command(uint8_t id)
{
    struct command command = {.origin = view_of("jishi.test/log"),
                              .verb = VERB_ACT,
                              .what = view_of("SD-MIDTERM.proposed"),
                              .expected_version = -1,
                              .outcome = view_of(""),
                              .behalf = view_of(""),
                              .occurred_on = 20000,
                              .issued_at_us = 1764000000000000};
    memset(command.id, id, sizeof command.id);
    command.args = datum_list(NULL, 0);
    command.subjects = datum_list(NULL, 0);
    command.evidence = datum_list(NULL, 0);
    return command;
}

static void canonical_data_come_back_as_they_were(void **state)
{
    (void)state;
    static const int64_t numbers[] = {
        0,         1,  127, 128, 255,  256,  65535,  65536,  4294967295, 4294967296,
        INT64_MAX, -1, -32, -33, -128, -129, -32768, -32769, INT32_MIN,  (int64_t)INT32_MIN - 1,
        INT64_MIN};
    struct codec_limits limits = {4096, 8, 100};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct buffer out;
        buffer_init(&out);
        pack_int(&out, numbers[i]);
        struct datum datum;
        assert_int_equal(datum_unpack(out.data, out.size, &limits, &arena, &datum, NULL),
                         STATUS_OK);
        assert_true(datum.integer == numbers[i]);
        buffer_done(&out);
    }
}

static void what_is_not_canonical_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {{"\xcc\x7f", 2},
               {"\xcd\x00\xff", 3},
               {"\xd0\xe0", 2},
               {"\xd1\xff\x80", 3},
               {"\xd9\x01"
                "a",
                3},
               {"\xc5\x00\x01"
                "a",
                4},
               {"\xdc\x00\x01\xc0", 4},
               {"\x80", 1},
               {"\xca\x00\x00\x00\x00", 5},
               {"\xc1", 1},
               {"\xdd\x02\xff\xff\xff", 5},
               {"\x92\xc0", 2},
               {"\xc0\xc0", 2},
               {"\xa1\xff", 2},
               {"\xa2\xc0\x80", 3},
               {"\xa3\xed\xa0\x80", 4},
               {"", 0},
               {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9},
               {"\x91\x91\x91\x91\x91\x91\x91\x91\x91\xc0", 10}};
    struct codec_limits limits = {4096, 8, 100};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct datum datum;
        assert_int_equal(datum_unpack(bad[i].bytes, bad[i].size, &limits, &arena, &datum, NULL),
                         STATUS_INVALID);
    }
}

static void a_command_and_its_entry_come_back_as_they_were(void **state)
{
    (void)state;
    struct command command = sample_command(3);
    struct datum pair[2] = {datum_text("k"), datum_int(5)};
    struct datum args = datum_list(pair, 2);
    command.args = datum_list(&args, 1);
    struct buffer bytes, again;
    buffer_init(&bytes);
    buffer_init(&again);
    struct fault fault;
    assert_int_equal(command_encode(&command, &bytes, &fault), STATUS_OK);
    struct command back;
    assert_int_equal(command_decode(bytes.data, bytes.size, &arena, &back, &fault), STATUS_OK);
    assert_int_equal(command_encode(&back, &again, &fault), STATUS_OK);
    assert_int_equal(bytes.size, again.size);
    assert_memory_equal(bytes.data, again.data, bytes.size);
    struct event event = {
        .type = EVENT_ticked,
        .fields = {datum_text("rung"), datum_text("2026-01-30"), datum_text(""), datum_int(3)}};
    struct entry entry = {.number = 70000,
                          .recorded_at_us = 1764000000000001,
                          .command_bytes = {bytes.data, (uint32_t)bytes.size},
                          .events = &event,
                          .event_count = 1,
                          .trace = view_of("")};
    assert_int_equal(command_sign(bytes.data, bytes.size, secret_key, &entry.signature, &fault),
                     STATUS_OK);
    memset(entry.previous, 9, sizeof entry.previous);
    struct buffer stored;
    buffer_init(&stored);
    assert_int_equal(entry_encode(&entry, &stored, &fault), STATUS_OK);
    struct entry read;
    assert_int_equal(entry_decode(stored.data, stored.size, &arena, &read, &fault), STATUS_OK);
    assert_int_equal(read.number, 70000);
    assert_int_equal(read.event_count, 1);
    assert_int_equal(event_int(&read.events[0], "number"), 3);
    assert_int_equal(
        signature_check(&read.signature, read.command_bytes.data, read.command_bytes.size, &fault),
        STATUS_OK);
    struct entry_head head;
    assert_int_equal(entry_peek(stored.data, stored.size, &head, &fault), STATUS_OK);
    assert_int_equal(head.number, 70000);
    assert_true(head.recorded_at_us == 1764000000000001);
    assert_memory_equal(head.previous, entry.previous, 32);
    for (size_t i = 0; i < bytes.size; i++) { /* no flipped byte passes the signature */
        bytes.data[i] = (char)(bytes.data[i] ^ 1);
        assert_int_not_equal(signature_check(&entry.signature, bytes.data, bytes.size, NULL),
                             STATUS_OK);
        bytes.data[i] = (char)(bytes.data[i] ^ 1);
    }
    buffer_done(&bytes);
    buffer_done(&again);
    buffer_done(&stored);
}

static void one_signature_covers_a_bundle_and_each_command_stands_alone(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 9; count++) {
        static const char *texts[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
        struct text_view commands[9];
        struct signature sent, checked[9];
        for (size_t i = 0; i < count; i++)
            commands[i] = view_of(texts[i]);
        assert_int_equal(bundle_sign(commands, count, secret_key, &sent, NULL), STATUS_OK);
        assert_int_equal(bundle_check(commands, count, public_key, sent.bytes, checked, NULL),
                         STATUS_OK);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(signature_check(&checked[i], commands[i].data, commands[i].size, NULL),
                             STATUS_OK);
            assert_int_not_equal(signature_check(&checked[i], "x", 1, NULL), STATUS_OK);
            uint8_t leaves[9][32], root[32], from_path[32];
            for (size_t j = 0; j < count; j++)
                leaf_hash(commands[j].data, commands[j].size, leaves[j]);
            tree_root_of((const uint8_t(*)[32])leaves, count, root);
            memcpy(from_path, leaves[i], 32);
            assert_int_equal(tree_inclusion_check(from_path, (int64_t)i, (int64_t)count,
                                                  (const uint8_t(*)[32])checked[i].path,
                                                  checked[i].path_count, root, NULL),
                             STATUS_OK);
        }
    }
}

static void free_text_is_sealed_and_opened_and_lost_with_its_key(void **state)
{
    (void)state;
    char directory[] = "/tmp/jishi-keys-XXXXXX";
    assert_non_null(mkdtemp(directory));
    struct key_store *keys;
    struct fault fault;
    assert_int_equal(key_store_open(directory, &keys, &fault), STATUS_OK);
    struct payload_item item = {
        .field = view_of("reason"), .subject = view_of("person:li"), .text = view_of("短处")};
    uint8_t leaf[32] = {1}, other[32] = {2};
    struct buffer sealed;
    buffer_init(&sealed);
    assert_int_equal(payload_seal(keys, leaf, &item, 1, &sealed, &fault), STATUS_OK);
    struct text_view bytes = {sealed.data, (uint32_t)sealed.size};
    struct payload_item *items;
    size_t count;
    assert_int_equal(payload_open(keys, leaf, bytes, &arena, &items, &count, &fault), STATUS_OK);
    assert_int_equal(items[0].text.size, item.text.size);
    assert_int_equal(payload_open(keys, other, bytes, &arena, &items, &count, &fault),
                     STATUS_CORRUPT);
    char shell[200];
    snprintf(shell, sizeof shell, "rm %s/*.key", directory);
    assert_int_equal(system(shell), 0);
    assert_int_equal(payload_open(keys, leaf, bytes, &arena, &items, &count, &fault), STATUS_OK);
    assert_null(items[0].text.data);
    key_store_close(keys);
    buffer_done(&sealed);
    snprintf(shell, sizeof shell, "rm -r %s", directory);
    assert_int_equal(system(shell), 0);
}

static void every_commitment_needs_its_text_and_every_text_its_commitment(void **state)
{
    (void)state;
    struct payload_item item = {
        .field = view_of("why.甲"), .subject = view_of("person:li"), .text = view_of("x")};
    uint8_t digest[32];
    payload_commit(item.salt, item.text, digest);
    struct datum inner[2] = {datum_text("甲"), datum_bytes(digest, 32)};
    struct datum inner_pair = datum_list(inner, 2);
    struct datum outer[2] = {datum_text("why"), datum_list(&inner_pair, 1)};
    struct datum outer_pair = datum_list(outer, 2);
    struct command command = sample_command(1);
    command.args = datum_list(&outer_pair, 1);
    assert_int_equal(payload_check(&command, &item, 1, NULL), STATUS_OK);
    assert_int_equal(payload_check(&command, &item, 0, NULL), STATUS_INVALID);
    item.text = view_of("y");
    assert_int_equal(payload_check(&command, &item, 1, NULL), STATUS_INVALID);
    command.args = datum_list(NULL, 0);
    assert_int_equal(payload_check(&command, &item, 1, NULL), STATUS_INVALID);
}

/* Of every length up to some blocks, beside a longer and a shorter one. */
static void hashes_of_many_are_the_hashes_of_each(void **state)
{
    (void)state;
    static char bytes[700];
    enum { MANY = 37 };
    struct text_view leaves[MANY];
    uint8_t together[MANY][DIGEST_SIZE], alone[DIGEST_SIZE];
    randombytes_buf(bytes, sizeof bytes);
    for (uint32_t size = 0; size < 300; size++)
        for (size_t count = 0; count <= MANY; count += 1 + count / 3) {
            for (size_t i = 0; i < count; i++)
                leaves[i] = (struct text_view){bytes + i, i % 3 ? size : size * 2 % 331};
            leaf_hashes(leaves, count, together);
            for (size_t i = 0; i < count; i++) {
                leaf_hash(leaves[i].data, leaves[i].size, alone);
                assert_memory_equal(together[i], alone, DIGEST_SIZE);
            }
        }
    uint8_t hashes[2 * 150][DIGEST_SIZE], nodes[150][DIGEST_SIZE];
    randombytes_buf(hashes, sizeof hashes);
    for (size_t pairs = 0; pairs <= 150; pairs += 1 + pairs / 2) {
        node_hashes((const uint8_t(*)[DIGEST_SIZE])hashes, pairs, nodes);
        for (size_t i = 0; i < pairs; i++) {
            node_hash(hashes[2 * i], hashes[2 * i + 1], alone);
            assert_memory_equal(nodes[i], alone, DIGEST_SIZE);
        }
    }
}

/* FIPS 180-4: "abc", and the message of two blocks. */
static void two_at_a_time_they_are_sha_256(void **state)
{
    (void)state;
    static const char *expected[] = {
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"};
    const struct text_view messages[] = {
        view_of("bc"), view_of("bcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")};
    uint8_t digests[2][DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    if (!sha256_pairs_here()) {
        print_message("this processor has no SHA instructions: nothing to be tried\n");
        return;
    }
    sha256_pairs('a', messages, 2, digests);
    for (int i = 0; i < 2; i++)
        assert_string_equal(sodium_bin2hex(hex, sizeof hex, digests[i], DIGEST_SIZE), expected[i]);
}

static void a_tile_is_complete_with_its_last_leaf(void **state)
{
    (void)state;
    static uint8_t leaves[4 * TILE_WIDTH][DIGEST_SIZE];
    uint8_t root[DIGEST_SIZE], expected[DIGEST_SIZE];
    struct tree tree;
    randombytes_buf(leaves, sizeof leaves);
    tree_init(&tree);
    for (size_t i = 0; i < 4 * TILE_WIDTH; i++) {
        bool completed = tree_append_tile(&tree, leaves[i], root);
        assert_int_equal(completed, (i + 1) % TILE_WIDTH == 0);
        if (!completed)
            continue;
        tree_root_of((const uint8_t(*)[DIGEST_SIZE])leaves + (i + 1 - TILE_WIDTH), TILE_WIDTH,
                     expected);
        assert_memory_equal(root, expected, DIGEST_SIZE);
    }
    tree_root(&tree, root);
    tree_root_of((const uint8_t(*)[DIGEST_SIZE])leaves, 4 * TILE_WIDTH, expected);
    assert_memory_equal(root, expected, DIGEST_SIZE);
}

static void stage(struct log *log, uint64_t i)
{
    struct command command = sample_command(0);
    memcpy(command.id, &i, sizeof i);
    struct buffer bytes;
    buffer_init(&bytes);
    assert_int_equal(command_encode(&command, &bytes, NULL), STATUS_OK);
    struct entry entry = {.recorded_at_us = 1000 + log_next_number(log),
                          .command_bytes = {bytes.data, (uint32_t)bytes.size},
                          .trace = view_of("")};
    entry.signature.algorithm = 1;
    entry.signature.bundle_count = 1;
    uint8_t leaf[32], before[32];
    struct fault fault;
    assert_int_equal(log_leaf(log, &entry, before, &fault), STATUS_OK);
    assert_int_equal(
        log_stage(log, &entry, command.id, i % 3 ? view_of("") : view_of("sealed"), leaf, &fault),
        STATUS_OK);
    assert_memory_equal(before, leaf, 32);
    buffer_done(&bytes);
}

static void wait_durable(struct log *log)
{
    log_flush(log);
    while (log_durable(log) < log_next_number(log))
        usleep(1000);
}

static void a_log_holds_its_chain_over_restarts(void **state)
{
    (void)state;
    char directory[] = "/tmp/jishi-log-XXXXXX";
    assert_non_null(mkdtemp(directory));
    struct fault fault;
    struct log_store_options store_options = {.map_size = (uint64_t)1 << 30};
    struct tree tree;
    tree_init(&tree);
    uint64_t n = 0;
    for (int round = 0; round < 3; round++) {
        struct log_store *store;
        assert_int_equal(log_store_lmdb_open(directory, &store_options, &store, &fault), STATUS_OK);
        struct log *log;
        struct log_options options = {
            .origin = "jishi.test/log", .sign_key = secret_key, .batch_entries_max = 100};
        assert_int_equal(log_open(store, &options, &log, &fault), STATUS_OK);
        assert_int_equal(log_next_number(log), (int64_t)n);
        for (int i = 0; i < 333; i++)
            stage(log, n++);
        int64_t number = -1;
        uint8_t id[16] = {0};
        uint64_t last = n - 1;
        memcpy(id, &last, sizeof last);
        assert_int_equal(log_find_command(log, id, &number, &fault), STATUS_OK);
        assert_int_equal(number, (int64_t)last);
        wait_durable(log);
        struct buffer out;
        buffer_init(&out);
        int64_t count = 0;
        assert_int_equal(log_read_range(log, 0, 100000, 100000000, &out, &count, &fault),
                         STATUS_OK);
        assert_int_equal(count, (int64_t)n);
        buffer_clear(&out);
        assert_int_equal(log_read_range(log, 10, 100000, 1000, &out, &count, &fault), STATUS_OK);
        assert_true(count >= 1 && out.size <= 1000);
        buffer_clear(&out);
        assert_int_equal(log_read(log, (int64_t)last, &out, &fault), STATUS_OK);
        buffer_clear(&out);
        assert_int_equal(log_checkpoint(log, &out, &fault), STATUS_OK);
        assert_non_null(strstr(buffer_text(&out), "jishi.test/log\n"));
        buffer_done(&out);
        log_close(log);
    }
    char shell[200];
    snprintf(shell, sizeof shell, "rm -r %s", directory);
    assert_int_equal(system(shell), 0);
}

/* Ids that come in any order; every other number is one. */
static void find_all(struct log *log, const uint8_t *order, size_t count)
{
    struct fault fault;
    for (size_t i = 0; i < count; i++) {
        uint64_t id_number = 2u * order[i] + 2, other = id_number + 1;
        uint8_t id[COMMAND_ID_SIZE] = {0};
        int64_t number = -1;
        memcpy(id, &id_number, sizeof id_number);
        assert_int_equal(log_find_command(log, id, &number, &fault), STATUS_OK);
        assert_int_equal(number, (int64_t)i);
        memcpy(id, &other, sizeof other);
        assert_int_equal(log_find_command(log, id, &number, &fault), STATUS_NOT_FOUND);
    }
    static const uint8_t none[COMMAND_ID_SIZE];
    uint8_t beyond[COMMAND_ID_SIZE];
    int64_t number;
    memset(beyond, 0xff, sizeof beyond);
    assert_int_equal(log_find_command(log, none, &number, &fault), STATUS_NOT_FOUND);
    assert_int_equal(log_find_command(log, beyond, &number, &fault), STATUS_NOT_FOUND);
}

static void a_command_is_found_whatever_the_order_of_ids(void **state)
{
    (void)state;
    static const uint8_t order[] = {3, 4, 5, 9, 7, 8, 1, 2, 30, 31, 20, 21, 6, 40, 0, 100, 99, 98};
    char directory[] = "/tmp/jishi-ids-XXXXXX";
    char shell[200];
    struct log_store_options store_options = {.map_size = (uint64_t)1 << 28};
    struct log_options options = {.origin = "jishi.test/log", .batch_entries_max = 5};
    struct fault fault;
    assert_non_null(mkdtemp(directory));
    for (size_t done = 0; done < sizeof order; done += 6) {
        struct log_store *store;
        struct log *log;
        assert_int_equal(log_store_lmdb_open(directory, &store_options, &store, &fault), STATUS_OK);
        assert_int_equal(log_open(store, &options, &log, &fault), STATUS_OK);
        find_all(log, order, done);
        for (size_t i = done; i < done + 6; i++) {
            stage(log, 2u * order[i] + 2);
            find_all(log, order, i + 1); /* some staged, some on disk */
        }
        wait_durable(log);
        find_all(log, order, done + 6);
        log_close(log);
    }
    snprintf(shell, sizeof shell, "rm -r %s", directory);
    assert_int_equal(system(shell), 0);
}

static void a_commit_that_fails_is_final(void **state)
{
    (void)state;
    struct log_store *store = log_store_memory_open();
    log_store_memory_fail(store, 2, STATUS_IO);
    struct log *log;
    struct log_options options = {.origin = "jishi.test/log"};
    assert_int_equal(log_open(store, &options, &log, NULL), STATUS_OK);
    stage(log, 1);
    wait_durable(log);
    stage(log, 2);
    log_flush(log);
    while (log_failed(log, NULL) == STATUS_OK)
        usleep(1000);
    assert_int_equal(log_durable(log), 1);
    struct entry entry = {
        .recorded_at_us = 5000, .command_bytes = view_of("x"), .trace = view_of("")};
    uint8_t id[16] = {9}, leaf[32];
    assert_int_equal(log_stage(log, &entry, id, view_of(""), leaf, NULL), STATUS_IO);
    log_close(log);
}

/* The table of FORMAT.md is what a foreign reader has. */
static void every_event_stands_in_the_format_with_its_fields(void **state)
{
    (void)state;
    size_t size = 0;
    char *format = test_file("events/FORMAT.md", &size);
    unsigned missing = 0;
    for (unsigned type = 0; type < EVENT_COUNT; type++) {
        const struct event_spec *spec = event_spec((enum event_type)type);
        struct buffer line;
        buffer_init(&line);
        buffer_addf(&line, "\n| `%s` |", spec->name);
        for (unsigned i = 0; i < spec->field_count; i++)
            buffer_addf(&line, " %s:%c", spec->field_names[i], spec->field_kinds[i]);
        buffer_add_text(&line, " |");
        if (!strstr(format, buffer_text(&line))) {
            print_message("events/FORMAT.md has no line:%s\n", buffer_text(&line));
            missing++;
        }
        buffer_done(&line);
    }
    free(format);
    assert_int_equal(missing, 0);
}

static void every_event_is_found_by_its_name_and_nothing_else_is(void **state)
{
    (void)state;
    for (unsigned type = 0; type < EVENT_COUNT; type++) {
        const char *name = event_spec((enum event_type)type)->name;
        size_t size = strlen(name);
        assert_int_equal(event_find(name, size), type);
        for (size_t less = 0; less < size; less++) /* the beginning of one may be another */
            if (event_find(name, less) != EVENT_COUNT)
                assert_int_equal(strlen(event_spec(event_find(name, less))->name), less);
    }
    assert_int_equal(event_find("step_donf", 9), EVENT_COUNT);
    assert_int_equal(event_find("", 0), EVENT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_stands_in_the_format_with_its_fields),
        cmocka_unit_test(every_event_is_found_by_its_name_and_nothing_else_is),
        cmocka_unit_test(canonical_data_come_back_as_they_were),
        cmocka_unit_test(what_is_not_canonical_is_refused),
        cmocka_unit_test(a_command_and_its_entry_come_back_as_they_were),
        cmocka_unit_test(one_signature_covers_a_bundle_and_each_command_stands_alone),
        cmocka_unit_test(free_text_is_sealed_and_opened_and_lost_with_its_key),
        cmocka_unit_test(every_commitment_needs_its_text_and_every_text_its_commitment),
        cmocka_unit_test(hashes_of_many_are_the_hashes_of_each),
        cmocka_unit_test(two_at_a_time_they_are_sha_256),
        cmocka_unit_test(a_tile_is_complete_with_its_last_leaf),
        cmocka_unit_test(a_log_holds_its_chain_over_restarts),
        cmocka_unit_test(a_command_is_found_whatever_the_order_of_ids),
        cmocka_unit_test(a_commit_that_fails_is_final),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
