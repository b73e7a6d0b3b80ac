/* bench_load.c - `jishi bench load DIR`: a load generator over the wire.
 *
 * C connections, each keeping P commands in flight, closed loop: a command is sent as soon as
 * one is answered. Each command does a step in one of the cases, drawn at random among those
 * without a command in flight, and carries the case's version it expects; so every one is checked
 * and every one passes. It counts when its answer arrives, which means that it is on disk. Bundled:
 * what a connection has to send at once goes under one signature (more than BUNDLE_COMMANDS: two of
 * half as many). Half a second of warm-up is left out. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "cmd/activation.h"
#include "cmd/bench.h"
#include "cmd/bench_fanout.h"
#include "cmd/client/client.h"
#include "cmd/client/json.h"
#include "cmd/clock.h"
#include "cmd/data_dir.h"
#include "cmd/limits.h"
#include "cmd/options.h"
#include "cmd/socket.h"
#include "core/check.h"
#include "core/date.h"
#include "events/codec.h"

#define WARM_UP_MS 500
#define STALL_MS   10000 /* no answer for so long: the run is given up */

#define BUNDLES_FLYING 4 /* of one connection, and more than there ever are */

struct flying {
    int64_t sent_ns;
    int64_t case_index;
};

struct connection {
    void *socket;
    /* Singles: IN_FLIGHT_MAX, by request id. Bundles: BUNDLES_FLYING times as many, by request id
     * and place. */
    struct flying *ring;
    int64_t next_id;
    unsigned waiting; /* commands to be sent */
};

struct load {
    struct server_info info;
    struct member_key key;
    struct connection connections[CONNECTIONS_MAX];
    const struct load_options *options;
    void *context;
    double seconds;    /* measured */
    int64_t *versions; /* expected, by case index */
    int64_t *numbers;  /* case numbers */
    uint8_t *busy;
    uint64_t seed;
    int32_t today;
    int64_t newest_us; /* in the last id */
    struct histogram latencies;
    struct fanout *fanout; /* NULL: nobody follows */
    int64_t last_number;   /* highest entry acknowledged */
    uint64_t answered, counted, refused;
    int64_t start_ns, end_ns;
    struct arena arena;
};

static uint64_t chance(struct load *load)
{
    load->seed ^= load->seed << 13;
    load->seed ^= load->seed >> 7;
    return load->seed ^= load->seed << 17;
}

static int64_t case_take(struct load *load)
{
    for (;;) {
        int64_t index = (int64_t)(chance(load) % (uint64_t)load->options->cases);
        if (!load->busy[index]) {
            load->busy[index] = 1;
            return index;
        }
    }
}

static struct text_view view(const char *text)
{
    return (struct text_view){text, (uint32_t)strlen(text)};
}

/* A note with a number and one piece of evidence: about as many bytes as an act on paper has. */
static struct text_view command_make(struct load *load, int64_t index,
                                     const uint8_t random[UUID7_RANDOM_SIZE], struct buffer *out)
{
    static const uint8_t digest[DIGEST_SIZE] = {7};
    const struct datum evidence[] = {datum_text("记录"), datum_text("负载测试记录"),
                                     datum_bytes(digest, DIGEST_SIZE)};
    const struct datum evidence_list = datum_list(evidence, 3);
    const struct datum field[] = {datum_text("number"),
                                  datum_int((int64_t)(load->answered % 1000000))};
    const struct datum field_pair = datum_list(field, 2);
    size_t from = out->size;
    struct command command = {.origin = view(load->info.origin),
                              .verb = VERB_ACT,
                              .what = view(load->options->step),
                              .case_number = load->numbers[index],
                              .expected_version = load->versions[index],
                              .subjects = datum_list(NULL, 0),
                              .args = datum_list(&field_pair, 1),
                              .evidence = datum_list(&evidence_list, 1),
                              .occurred_on = load->today,
                              .issued_at_us = clock_now_us()};
    if (command.issued_at_us > load->newest_us)
        load->newest_us = command.issued_at_us;
    else
        load->newest_us++; /* several in one microsecond: their ids grow all the same */
    uuid7_make_with(command.id, load->newest_us, random);
    CHECK(command_encode(&command, out, NULL) == STATUS_OK);
    return (struct text_view){out->data + from, (uint32_t)(out->size - from)};
}

static void head_pack(struct buffer *out, int64_t id, const char *kind)
{
    pack_array(out, 8);
    pack_text(out, "jr1");
    pack_int(out, id);
    pack_text(out, kind);
}

static void tail_pack(struct buffer *out)
{
    pack_text(out, "en");
    pack_nil(out);
}

static void send_single(struct load *load, struct connection *connection)
{
    struct buffer body, out;
    struct signature signature;
    uint8_t random[UUID7_RANDOM_SIZE];
    int64_t id = connection->next_id++, index = case_take(load);
    buffer_init(&body);
    buffer_init(&out);
    randombytes_buf(random, sizeof random);
    struct text_view command = command_make(load, index, random, &body);
    command_sign(command.data, command.size, load->key.secret_key, &signature, NULL);
    head_pack(&out, id, "command");
    pack_bytes(&out, command.data, command.size);
    client_signature_pack(&signature, &out);
    pack_nil(&out);
    tail_pack(&out);
    connection->ring[id % IN_FLIGHT_MAX] = (struct flying){bench_now_ns(), index};
    zmq_send(connection->socket, out.data, out.size, 0);
    buffer_done(&body);
    buffer_done(&out);
}

static struct flying *bundle_ring(const struct connection *connection, int64_t id)
{
    return &connection->ring[id % BUNDLES_FLYING * IN_FLIGHT_MAX];
}

static void send_bundle(struct load *load, struct connection *connection, unsigned count)
{
    struct text_view commands[IN_FLIGHT_MAX];
    struct signature signature;
    uint8_t random[IN_FLIGHT_MAX][UUID7_RANDOM_SIZE]; /* a system call for all */
    struct buffer body, out;
    int64_t id = connection->next_id++, sent = bench_now_ns();
    buffer_init(&body);
    buffer_init(&out);
    buffer_reserve(&body, count * 512u);
    randombytes_buf(random, count * sizeof random[0]);
    for (unsigned i = 0; i < count; i++) {
        int64_t index = case_take(load);
        bundle_ring(connection, id)[i] = (struct flying){sent, index};
        commands[i] = command_make(load, index, random[i], &body);
    }
    CHECK(bundle_sign(commands, count, load->key.secret_key, &signature, NULL) == STATUS_OK);
    head_pack(&out, id, "bundle");
    pack_array(&out, count);
    for (unsigned i = 0; i < count; i++)
        pack_bytes(&out, commands[i].data, commands[i].size);
    client_signature_pack(&signature, &out);
    pack_array(&out, count);
    for (unsigned i = 0; i < count; i++)
        pack_nil(&out);
    tail_pack(&out);
    zmq_send(connection->socket, out.data, out.size, 0);
    buffer_done(&body);
    buffer_done(&out);
}

static void send_waiting(struct load *load, struct connection *connection)
{
    unsigned piece = (unsigned)load->options->in_flight;
    if (piece > BUNDLE_COMMANDS)
        piece = (piece + 1) / 2;
    for (; load->options->single && connection->waiting; connection->waiting--)
        send_single(load, connection);
    while (connection->waiting) {
        unsigned count = connection->waiting < piece ? connection->waiting : piece;
        send_bundle(load, connection, count);
        connection->waiting -= count;
    }
}

static void answer_count(struct load *load, const struct flying *flying, const struct datum *answer,
                         uint32_t from, int64_t now)
{
    load->answered++;
    load->busy[flying->case_index] = 0;
    if (answer->count < from + 5 || !datum_is_text(&answer->items[from], "accepted")) {
        load->refused++;
        return;
    }
    load->versions[flying->case_index] = answer->items[from + 4].integer;
    if (answer->items[from + 1].integer > load->last_number)
        load->last_number = answer->items[from + 1].integer;
    if (now < load->start_ns || (load->end_ns && now >= load->end_ns))
        return;
    load->counted++;
    histogram_add(&load->latencies, (uint64_t)(now - flying->sent_ns));
}

static void answers_take(struct load *load, struct connection *connection)
{
    static const struct codec_limits limits = {ANSWER_SIZE_MAX, REQUEST_DEPTH_MAX, 65536};
    zmq_msg_t message;
    for (;;) {
        struct datum answer;
        zmq_msg_init(&message);
        if (zmq_msg_recv(&message, connection->socket, ZMQ_DONTWAIT) < 0)
            break;
        int64_t now = bench_now_ns();
        if (datum_unpack(zmq_msg_data(&message), zmq_msg_size(&message), &limits, &load->arena,
                         &answer, NULL) == STATUS_OK &&
            answer.kind == DATUM_LIST && answer.count > 3) {
            bool bundle = datum_is_text(&answer.items[2], "bundle");
            for (uint32_t i = 0; bundle && i < answer.items[3].count; i++, connection->waiting++)
                answer_count(load, &bundle_ring(connection, answer.items[1].integer)[i],
                             &answer.items[3].items[i], 0, now);
            if (!bundle) {
                answer_count(load, &connection->ring[answer.items[1].integer % IN_FLIGHT_MAX],
                             &answer, 2, now);
                connection->waiting++;
            }
        }
        zmq_msg_close(&message);
        arena_reset(&load->arena);
    }
    zmq_msg_close(&message);
}

static bool all_answered(const struct load *load)
{
    for (int64_t i = 0; i < load->options->connections; i++)
        if (load->connections[i].waiting < load->options->in_flight)
            return false;
    return true;
}

/* Until the time is over, or so many entries were acknowledged, and what is on its way is answered. */
static bool run_load(struct load *load)
{
    zmq_pollitem_t polls[CONNECTIONS_MAX];
    int64_t heard = bench_now_ns();
    bool over = false;
    load->start_ns = heard + (load->options->entries ? 0 : (int64_t)WARM_UP_MS * 1000000);
    load->end_ns =
        load->options->entries ? 0 : load->start_ns + load->options->seconds * 1000000000;
    if (load->fanout)
        fanout_window(load->fanout, load->start_ns, load->end_ns ? load->end_ns : INT64_MAX);
    for (int64_t i = 0; i < load->options->connections; i++) {
        polls[i] = (zmq_pollitem_t){.socket = load->connections[i].socket, .events = ZMQ_POLLIN};
        load->connections[i].waiting = (unsigned)load->options->in_flight;
        send_waiting(load, &load->connections[i]);
    }
    for (;;) {
        zmq_poll(polls, (int)load->options->connections, 100);
        int64_t now = bench_now_ns();
        uint64_t before = load->answered;
        for (int64_t i = 0; i < load->options->connections; i++)
            if (polls[i].revents & ZMQ_POLLIN)
                answers_take(load, &load->connections[i]);
        if (load->answered > before)
            heard = now;
        if (now - heard > (int64_t)STALL_MS * 1000000)
            return false;
        over = over || (load->options->entries ? load->answered >= (uint64_t)load->options->entries
                                               : now >= load->end_ns);
        if (over && all_answered(load))
            break;
        for (int64_t i = 0; !over && i < load->options->connections; i++)
            send_waiting(load, &load->connections[i]);
    }
    load->seconds = (double)load->options->seconds;
    if (load->options->entries) {
        load->end_ns = bench_now_ns();
        load->seconds = (double)(load->end_ns - load->start_ns) / 1e9;
    }
    return true;
}

/* ---- setting the stage ---- */

static bool ask(struct jishi_client *client, const char *json)
{
    char error[JISHI_ERROR_SIZE] = "";
    struct jishi_answer answer;
    struct jishi_command *command = jishi_command(client, json, error);
    if (!command) {
        fprintf(stderr, "jishi bench: %s\n", error);
        return false;
    }
    jishi_do(client, command, 15000, &answer);
    bool good = answer.status == JISHI_ACCEPTED;
    if (!good)
        fprintf(stderr, "jishi bench: %.200s: %s\n", json, answer.json ? answer.json : "");
    jishi_answer_done(&answer);
    jishi_command_free(command);
    return good;
}

static struct jishi_client *client_of(const char *directory, const char *member)
{
    char server[4096], key[4096], error[JISHI_ERROR_SIZE] = "";
    snprintf(server, sizeof server, "%s/keys/server.pub", directory);
    snprintf(key, sizeof key, "%s/keys/%s.key", directory, member);
    struct jishi_client *client = jishi_connect(server, key, "en", error);
    if (!client)
        fprintf(stderr, "jishi bench: %s\n", error);
    return client;
}

static bool pack_activate(const char *directory, const char *path)
{
    struct jishi_client *client = client_of(directory, "sysadmin");
    struct fault fault;
    bool good = client && activation_over(client, "pack", path, &fault) == STATUS_OK;
    if (client && !good)
        fprintf(stderr, "jishi bench: %s\n", fault.text);
    if (client)
        jishi_close(client);
    return good;
}

static bool writer_enrol(struct load *load, const char *directory)
{
    struct jishi_client *client = client_of(directory, "secadmin");
    char json[1024], hex[2 * KEY_SIZE + 1];
    if (!client)
        return false;
    member_key_make("bench", &load->key);
    sodium_bin2hex(hex, sizeof hex, load->key.public_key, KEY_SIZE);
    snprintf(json, sizeof json,
             "{\"verb\":\"enrol\",\"args\":{\"member\":\"bench-%.8s\",\"key\":{\"$hex\":\"%s\"},"
             "\"person\":\"\"}}",
             hex, hex);
    bool good = ask(client, json);
    snprintf(json, sizeof json,
             "{\"verb\":\"assign\",\"args\":{\"member\":\"bench-%.8s\",\"role\":\"bench.writer\","
             "\"unit\":\"\",\"from\":\"2020-01-01\",\"to\":null}}",
             hex);
    good = good && ask(client, json);
    jishi_close(client);
    return good;
}

/* One unit; every case is about it. */
static bool cases_open(struct load *load, const char *directory)
{
    struct jishi_client *registrar = client_of(directory, "registrar");
    struct fault fault;
    struct jishi_client *writer = client_open(&load->info, &load->key, "en", &fault);
    char json[512], unit[64], error[JISHI_ERROR_SIZE];
    snprintf(unit, sizeof unit, "unit:bench-%llx", (unsigned long long)clock_now_us());
    snprintf(json, sizeof json,
             "{\"verb\":\"register\",\"what\":\"unit\",\"subjects\":{\"it\":\"%s\"},\"args\":{}}",
             unit);
    bool good = registrar && writer && ask(registrar, json);
    snprintf(json, sizeof json,
             "{\"what\":\"%s\",\"subjects\":{\"unit\":\"%s\"},\"args\":{\"number\":0}}",
             load->options->step, unit);
    for (int64_t i = 0; i < load->options->cases && good;) {
        struct jishi_command *commands[100];
        struct jishi_answer answers[100];
        size_t count = 0;
        while (count < 100 && i + (int64_t)count < load->options->cases)
            commands[count++] = jishi_command(writer, json, error);
        jishi_do_bundle(writer, commands, count, 15000, answers);
        for (size_t k = 0; k < count; k++, i++) {
            good = good && answers[k].status == JISHI_ACCEPTED;
            load->numbers[i] = answers[k].case_number;
            load->versions[i] = answers[k].case_version;
            jishi_answer_done(&answers[k]);
            jishi_command_free(commands[k]);
        }
    }
    if (!good)
        fprintf(stderr, "jishi bench: the cases could not be opened\n");
    if (registrar)
        jishi_close(registrar);
    if (writer)
        jishi_close(writer);
    return good;
}

static bool connections_open(struct load *load)
{
    for (int64_t i = 0; i < load->options->connections; i++) {
        struct fault fault;
        struct connection *connection = &load->connections[i];
        connection->ring = calloc(IN_FLIGHT_MAX * BUNDLES_FLYING, sizeof *connection->ring);
        CHECK(connection->ring != NULL);
        if (socket_connect(load->context, ZMQ_DEALER, load->key.curve_public,
                           load->key.curve_secret, load->info.curve_public, load->info.commands,
                           &connection->socket, &fault) != STATUS_OK) {
            fprintf(stderr, "jishi bench: %s\n", fault.text);
            return false;
        }
    }
    return true;
}

static void print_load(const struct load *load)
{
    const char *how = load->options->single ? "single" : "bundled";
    double rate = (double)load->counted / load->seconds;
    if (wants_json())
        printf("{\"work\":\"load\",\"signatures\":\"%s\",\"connections\":%lld,\"in_flight\":%lld,"
               "\"commands\":%llu,\"refused\":%llu,\"seconds\":%.3f,"
               "\"per_second\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"p999_us\":%.0f}\n",
               how, (long long)load->options->connections, (long long)load->options->in_flight,
               (unsigned long long)load->counted, (unsigned long long)load->refused, load->seconds,
               rate, histogram_us(&load->latencies, .5), histogram_us(&load->latencies, .99),
               histogram_us(&load->latencies, .999));
    else
        printf("%s signatures, %lld connections x %lld in flight: %llu commands in %.2f s = "
               "%.0f/s, p50 %.0f us, p99 %.0f us, p999 %.0f us, %llu refused\n",
               how, (long long)load->options->connections, (long long)load->options->in_flight,
               (unsigned long long)load->counted, load->seconds, rate,
               histogram_us(&load->latencies, .5), histogram_us(&load->latencies, .99),
               histogram_us(&load->latencies, .999), (unsigned long long)load->refused);
}

/* Whether every subscriber ended with exactly the log as it was acknowledged. */
static bool print_fanout(const struct load *load, const struct fanout_figures *figures)
{
    double rate = (double)figures->deliveries / load->seconds;
    bool whole = figures->equal && (int64_t)figures->entries > load->last_number;
    if (wants_json())
        printf("{\"work\":\"fanout\",\"subscribers\":%lld,\"deliveries\":%llu,\"per_second\":%.0f,"
               "\"p50_us\":%.0f,\"p99_us\":%.0f,\"p999_us\":%.0f,\"whole\":%s}\n",
               (long long)load->options->subscribers, (unsigned long long)figures->deliveries, rate,
               histogram_us(&figures->latencies, .5), histogram_us(&figures->latencies, .99),
               histogram_us(&figures->latencies, .999), whole ? "true" : "false");
    else
        printf("%lld subscribers: %llu deliveries = %.0f/s, p50 %.0f us, p99 %.0f us, p999 %.0f "
               "us; %s\n",
               (long long)load->options->subscribers, (unsigned long long)figures->deliveries, rate,
               histogram_us(&figures->latencies, .5), histogram_us(&figures->latencies, .99),
               histogram_us(&figures->latencies, .999),
               whole ? "each has the whole log, chain checked" : "NOT all have the whole log");
    return whole;
}

static bool fanout_begin(struct load *load, const char *directory)
{
    struct fault fault;
    if (load->options->subscribers &&
        !(load->fanout =
              fanout_start(directory, load->options->subscribers, load->options->remote, &fault)))
        fprintf(stderr, "jishi bench: %s\n", fault.text);
    return !load->options->subscribers || load->fanout;
}

static bool fanout_end(struct load *load)
{
    struct fanout_figures figures;
    if (!load->fanout)
        return true;
    fanout_stop(load->fanout, load->last_number + 1, &figures);
    load->fanout = NULL;
    return print_fanout(load, &figures);
}

static void load_free(struct load *load)
{
    for (int64_t i = 0; i < load->options->connections; i++) {
        if (load->connections[i].socket)
            zmq_close(load->connections[i].socket);
        free(load->connections[i].ring);
    }
    if (load->context)
        zmq_ctx_term(load->context);
    arena_done(&load->arena);
    free(load->versions);
    free(load->numbers);
    free(load->busy);
    free(load);
}

int bench_load(const char *directory, const struct load_options *options)
{
    struct load *load = calloc(1, sizeof *load);
    char path[4096];
    struct fault fault;
    CHECK(load != NULL);
    load->options = options;
    load->seed = (uint64_t)bench_now_ns() | 1;
    load->versions = calloc((size_t)options->cases, sizeof *load->versions);
    load->numbers = calloc((size_t)options->cases, sizeof *load->numbers);
    load->busy = calloc((size_t)options->cases, 1);
    CHECK(load->versions && load->numbers && load->busy);
    arena_init(&load->arena, 0);
    load->today = clock_today();
    load->context = zmq_ctx_new();
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    bool good = server_info_read(path, &load->info, &fault) == STATUS_OK;
    if (!good)
        fprintf(stderr, "jishi bench: %s\n", fault.text);
    good = good && (!options->pack || pack_activate(directory, options->pack)) &&
           writer_enrol(load, directory) && cases_open(load, directory) && connections_open(load) &&
           fanout_begin(load, directory) && run_load(load);
    if (good)
        print_load(load);
    else
        fprintf(stderr, "jishi bench: given up\n");
    good = fanout_end(load) && good;
    int code = good && load->refused == 0 ? 0 : 1;
    load_free(load);
    return code;
}
