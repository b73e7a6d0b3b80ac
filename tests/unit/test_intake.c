/* test_intake.c - requests from hostile and honest hands, the turn of a command, options. */
#include "test.h"

#include <sodium.h>
#include <unistd.h>
#include <zmq.h>

#include "cmd/client/json.h"
#include "cmd/intake.h"
#include "cmd/limits.h"
#include "cmd/options.h"
#include "cmd/roster.h"
#include "cmd/turn.h"
#include "cmd/wire/keyfile.h"
#include "events/codec.h"

static struct arena arena;
static struct office *office;
static struct member_key security;
static char directory[] = "/tmp/jishi-intake-XXXXXX";

static int open_office(void **state)
{
    (void)state;
    struct fault fault = {0};
    struct member_key log_key;
    struct server_key server;
    char path[256];
    assert_true(sodium_init() >= 0);
    arena_init(&arena, 0);
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "mkdir %s/keys && echo 'origin = jishi.test/log' > %s/jishi.conf",
             directory, directory);
    assert_int_equal(system(path), 0);
    member_key_make("", &log_key);
    server_key_make(&server);
    snprintf(path, sizeof path, "%s/keys/log.sign", directory);
    assert_int_equal(member_key_write(path, &log_key, &fault), STATUS_OK);
    snprintf(path, sizeof path, "%s/keys/server.curve", directory);
    assert_int_equal(server_key_write(path, &server, &fault), STATUS_OK);
    struct office_options options = {.directory = directory};
    enum status status = office_open(&options, &office, &fault);
    if (status != STATUS_OK)
        print_error("%s\n", fault.text);
    assert_int_equal(status, STATUS_OK);
    member_key_make("secadmin", &security);
    return 0;
}

static int close_office(void **state)
{
    (void)state;
    char command[256];
    office_close(office);
    arena_done(&arena);
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

/* Takes a command given as JSON; the bytes stay in the arena for a second try. */
static struct answer take(const char *json, const struct member_key *key, int64_t now_us,
                          struct text_view *ret_bytes)
{
    static const struct request_context context = {.trace = {"", 0}};
    struct fault fault = {0};
    struct json_command *read = ARENA_NEW(&arena, struct json_command);
    struct buffer bytes, payload;
    struct signature signature;
    struct answer answer;
    buffer_init(&bytes);
    buffer_init(&payload);
    assert_int_equal(json_command_read(json, "jishi.test/log", &arena, read, &fault), STATUS_OK);
    assert_int_equal(command_encode(&read->command, &bytes, &fault), STATUS_OK);
    if (read->item_count)
        assert_int_equal(payload_encode(read->items, read->item_count, &payload, &fault),
                         STATUS_OK);
    assert_int_equal(command_sign(bytes.data, bytes.size, key->secret_key, &signature, &fault),
                     STATUS_OK);
    struct text_view kept = {arena_copy(&arena, bytes.data, bytes.size), (uint32_t)bytes.size};
    struct asked asked = {kept, {payload.data, (uint32_t)payload.size}, &signature, "en", &context};
    assert_int_equal(turn_take(office, &asked, now_us, &arena, &answer, &fault), STATUS_OK);
    buffer_done(&bytes);
    buffer_done(&payload);
    if (ret_bytes)
        *ret_bytes = kept;
    return answer;
}

static char *enrol_json(const char *id, const char *member, const struct member_key *key)
{
    char hex[65];
    sodium_bin2hex(hex, sizeof hex, key->public_key, 32);
    return arena_format(&arena,
                        "{\"verb\":\"enrol\",\"id\":\"%s\",\"on\":\"2026-01-05\",\"issued_at_us\":"
                        "1,\"args\":{\"member\":\"%s\",\"key\":{\"$hex\":\"%s\"},\"person\":\"\"}}",
                        id, member, hex);
}

#define EXAMPLE_REQUEST                                                                            \
    "98a36a723101a7636f6d6d616e64c46adc0011a36a6331b46a697368692e6c6f63616c2f64656d6f"             \
    "2f6c6f67c4100199999999997000800000000000000aa87265676973746572a4756e69740000ff91"             \
    "92a26974ab756e69743a6f666669636590a090c0aa323032362d30312d3035cf0006479f721ae000"             \
    "00a09301c42003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8c440"             \
    "d39d21c703a5328d4a54ecf16cae8ca37fbf0bc35fe305fb685bf21f9d94611842850d75b9c8b9ef"             \
    "649adfa67eaac3a3cd9cc87af326f957351a1454ce39ca00c0a2656ec0"
#define EXAMPLE_BUNDLE                                                                             \
    "cd084a90bcd4537e89eebb5fc78b4d99fc8148bb240d130d13f9d3f688f44b876a9601c6f0b596ef"             \
    "0c9576710a94e7fa7ad136e3a846778fdfad30ed62ae4d0d"

#define NOW  1767600000000000 /* 2026-01-05 */
#define ID_A "0199999999997000800000000000000a"
#define ID_B "0199999999997000800000000000000b"

static void packed(const struct answer *answer, struct buffer *out)
{
    buffer_clear(out);
    answer_pack(answer, out);
}

static void the_same_command_gets_the_same_answer_and_another_body_a_conflict(void **state)
{
    (void)state;
    struct buffer first, second;
    buffer_init(&first);
    buffer_init(&second);
    struct answer answer = take(enrol_json(ID_A, "secadmin", &security), &security, NOW, NULL);
    assert_int_equal(answer.kind, ANSWER_ACCEPTED);
    assert_int_equal(answer.number, 0);
    packed(&answer, &first);
    answer = take(enrol_json(ID_A, "secadmin", &security), &security, NOW + 5, NULL);
    packed(&answer, &second);
    assert_true(answer.repeated);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    answer = take(enrol_json(ID_A, "another", &security), &security, NOW, NULL);
    assert_int_equal(answer.kind, ANSWER_CONFLICT);
    assert_int_equal(answer.number, 0);
    assert_int_equal(log_next_number(office->log), 1);
    buffer_done(&first);
    buffer_done(&second);
}

static void a_kept_refusal_is_repeated_and_one_not_kept_leaves_no_entry(void **state)
{
    (void)state;
    struct member_key stranger;
    member_key_make("stranger", &stranger);
    int64_t before = log_next_number(office->log);
    struct answer answer = take(enrol_json(ID_B, "stranger", &stranger), &stranger, NOW, NULL);
    assert_int_equal(answer.kind, ANSWER_REFUSED);
    assert_int_equal(answer.code, REFUSAL_unknown_key);
    assert_int_equal(answer.number, -1);
    assert_int_equal(log_next_number(office->log), before);
    answer =
        take(enrol_json(ID_B, "secadmin", &security), &security, NOW, NULL); /* enrolled already */
    assert_int_equal(answer.code, REFUSAL_conflict);
    assert_int_equal(answer.number, before);
    struct buffer first, second;
    buffer_init(&first);
    buffer_init(&second);
    packed(&answer, &first);
    answer = take(enrol_json(ID_B, "secadmin", &security), &security, NOW, NULL);
    packed(&answer, &second);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    buffer_done(&first);
    buffer_done(&second);
}

static void recorded_time_never_goes_back(void **state)
{
    (void)state;
    int64_t seen = log_seen_at_us(office->log);
    struct member_key key;
    member_key_make("late", &key);
    struct answer answer = take(enrol_json("0199999999997000800000000000000c", "late", &key),
                                &security, seen - 1000000, NULL);
    assert_int_equal(answer.kind, ANSWER_ACCEPTED);
    assert_true(log_seen_at_us(office->log) == seen);
    assert_true(roster_admits(office->roster, key.curve_public));
    assert_false(roster_may_read_log(office->roster, key.curve_public, 20458));
}

static void a_request_cut_anywhere_or_flipped_is_never_taken_for_another(void **state)
{
    (void)state;
    struct buffer out;
    struct request request;
    buffer_init(&out);
    pack_array(&out, 8);
    pack_text(&out, "jr1");
    pack_int(&out, 77);
    pack_text(&out, "command");
    pack_bytes(&out, "0123456789", 10);
    uint8_t zero[64] = {0};
    pack_array(&out, 3);
    pack_int(&out, 1);
    pack_bytes(&out, zero, 32);
    pack_bytes(&out, zero, 64);
    pack_nil(&out);
    pack_text(&out, "zh");
    pack_nil(&out);
    assert_int_equal(request_read(out.data, out.size, &arena, &request, NULL), STATUS_OK);
    assert_int_equal(request.id, 77);
    assert_int_equal(request.count, 1);
    for (size_t size = 0; size < out.size; size++)
        assert_int_not_equal(request_read(out.data, size, &arena, &request, NULL), STATUS_OK);
    for (size_t i = 0; i < out.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            out.data[i] = (char)(out.data[i] ^ (1 << bit));
            request_read(out.data, out.size, &arena, &request, NULL); /* ends, whatever it says */
            out.data[i] = (char)(out.data[i] ^ (1 << bit));
        }
    buffer_done(&out);
}

static void a_key_file_whose_keys_do_not_fit_its_seed_is_refused(void **state)
{
    (void)state;
    char path[300];
    struct member_key key, back;
    struct fault fault;
    member_key_make("wang", &key);
    snprintf(path, sizeof path, "%s/wang.key", directory);
    assert_int_equal(member_key_write(path, &key, &fault), STATUS_OK);
    assert_int_equal(member_key_read(path, &back, &fault), STATUS_OK);
    assert_memory_equal(&key, &back, sizeof key);
    assert_int_equal(member_key_write(path, &key, &fault), STATUS_IO); /* never overwritten */
    key.public_key[3] ^= 1;
    unlink(path);
    assert_int_equal(member_key_write(path, &key, &fault), STATUS_OK);
    assert_int_equal(member_key_read(path, &back, &fault), STATUS_INVALID);
}

/* PROTOCOL.md section 9, made by another implementation. */
static void the_worked_example_of_the_protocol_holds(void **state)
{
    (void)state;
    uint8_t seed[32], signature[64], request_bytes[1024];
    size_t size = 0;
    struct member_key key;
    struct request request;
    struct signature made;
    struct command command;
    char curve[41];
    for (int i = 0; i < 32; i++)
        seed[i] = (uint8_t)i;
    assert_int_equal(member_key_from_seed("demo", seed, &key, NULL), STATUS_OK);
    assert_string_equal(zmq_z85_encode(curve, key.curve_public, 32),
                        "m/*$&H^-y+t0OZ/ISr/LFYZlVkyTnmN9xTcTAhI+");
    sodium_hex2bin(request_bytes, sizeof request_bytes, EXAMPLE_REQUEST, strlen(EXAMPLE_REQUEST),
                   NULL, &size, NULL);
    assert_int_equal(request_read(request_bytes, size, &arena, &request, NULL), STATUS_OK);
    assert_int_equal(
        command_decode(request.commands[0].data, request.commands[0].size, &arena, &command, NULL),
        STATUS_OK);
    assert_int_equal(command.verb, VERB_REGISTER);
    assert_memory_equal(request.key, key.public_key, 32);
    command_sign(request.commands[0].data, request.commands[0].size, key.secret_key, &made, NULL);
    assert_memory_equal(made.bytes, request.signature, 64);
    sodium_hex2bin(signature, sizeof signature, EXAMPLE_BUNDLE, 128, NULL, &size, NULL);
    assert_int_equal(bundle_check(request.commands, 1, key.public_key, signature, &made, NULL),
                     STATUS_OK);
}

static void options_are_read_by_table(void **state)
{
    (void)state;
    bool flag = false;
    const char *text = NULL;
    int64_t number = 0;
    struct option_list list = {0};
    struct option_spec specs[] = {{"flag", 'x', OPTION_FLAG, &flag, NULL, "", ""},
                                  {"text", 0, OPTION_TEXT, &text, "T", "", ""},
                                  {"number", 'n', OPTION_INT, &number, "N", "", ""},
                                  {"item", 0, OPTION_LIST, &list, "I", "", ""},
                                  {0}};
    struct options options = {"health", "DIR", specs};
    char *arguments[] = {"health", "-x",  "--text",   "a",      "-n", "12", "--item",
                         "i",      "DIR", "--item=j", "--lang", "zh", NULL};
    char **argv = arguments;
    int argc = 12;
    assert_int_equal(options_read(&options, &argc, &argv), -1);
    assert_true(flag);
    assert_string_equal(text, "a");
    assert_int_equal(number, 12);
    assert_int_equal(list.count, 2);
    assert_int_equal(argc, 1);
    assert_string_equal(argv[0], "DIR");
    assert_string_equal(language(), "zh");
    char *wrong[] = {"health", "-n", "12x", NULL};
    argv = wrong;
    argc = 3;
    assert_int_equal(options_read(&options, &argc, &argv), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_command_gets_the_same_answer_and_another_body_a_conflict),
        cmocka_unit_test(a_kept_refusal_is_repeated_and_one_not_kept_leaves_no_entry),
        cmocka_unit_test(recorded_time_never_goes_back),
        cmocka_unit_test(a_request_cut_anywhere_or_flipped_is_never_taken_for_another),
        cmocka_unit_test(a_key_file_whose_keys_do_not_fit_its_seed_is_refused),
        cmocka_unit_test(the_worked_example_of_the_protocol_holds),
        cmocka_unit_test(options_are_read_by_table),
    };
    return cmocka_run_group_tests(tests, open_office, close_office);
}
