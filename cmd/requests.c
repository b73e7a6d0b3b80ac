/* requests.c - what waits on the commands socket: each request is read, its signature checked, its
 * commands taken in turn, and the answer parked until the disk has what it speaks of. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/clock.h"
#include "cmd/limits.h"
#include "cmd/serve.h"
#include "cmd/trace.h"
#include "cmd/version.h"
#include "core/check.h"
#include "core/map.h"
#include "events/codec.h"

#define KEEP_GOING_EVERY 32 /* commands of a bundle: some 0.2 ms */

/* --- answers that wait --- */

static uint64_t in_flight_of(const struct server *server, const uint8_t user[KEY_SIZE])
{
    uint64_t count = 0;
    bytes_map_get(&server->in_flight, user, &count);
    return count;
}

static void in_flight_add(struct server *server, const uint8_t user[KEY_SIZE], int64_t more)
{
    uint64_t count = (uint64_t)((int64_t)in_flight_of(server, user) + more);
    if (count == 0)
        bytes_map_remove(&server->in_flight, user);
    else
        bytes_map_put(&server->in_flight, user, count);
}

static void park(struct server *server, const struct envelope *envelope, uint32_t commands,
                 struct buffer *answer)
{
    struct parked *parked = malloc(sizeof *parked);
    CHECK(parked);
    *parked = (struct parked){.ready_at = log_next_number(server->office->log),
                              .commands = commands,
                              .envelope = *envelope,
                              .answer = *answer};
    buffer_init(answer); /* taken */
    in_flight_add(server, envelope->user, commands);
    if (server->newest)
        server->newest->next = parked;
    else
        server->oldest = parked;
    server->newest = parked;
}

/* Answers leave in the order they were made: nobody sees N+1 before N. */
void server_release(struct server *server)
{
    int64_t durable = log_durable(server->office->log);
    while (server->oldest && server->oldest->ready_at <= durable) {
        struct parked *parked = server->oldest;
        server->oldest = parked->next;
        if (!server->oldest)
            server->newest = NULL;
        socket_answer(server->commands, &parked->envelope, parked->answer.data,
                      parked->answer.size);
        in_flight_add(server, parked->envelope.user, -(int64_t)parked->commands);
        buffer_done(&parked->answer);
        free(parked);
    }
    if (durable > server->released) {
        server->released = durable;
        feed_out_publish(&server->feed);
    }
}

/* Between two requests of a turn, and within a long one: neither the disk nor those who wait for it
 * wait for the others. */
static void keep_going(struct server *server)
{
    struct log *log = server->office->log;
    if (log_next_number(log) - server->flushed >= HAND_OVER_ENTRIES)
        server_hand_over(server);
    if (log_durable(log) > server->released)
        server_release(server);
}

static int64_t answer_request_id(const struct buffer *answer)
{
    struct arena arena;
    struct datum datum;
    struct codec_limits limits = {answer->size, REQUEST_DEPTH_MAX, 1 << 20};
    arena_init(&arena, 0);
    bool good =
        datum_unpack(answer->data, answer->size, &limits, &arena, &datum, NULL) == STATUS_OK &&
        datum.kind == DATUM_LIST && datum.count > 1;
    int64_t id = good ? datum.items[1].integer : 0;
    arena_done(&arena);
    return id;
}

static void pack_head(struct buffer *out, int64_t id, unsigned more)
{
    pack_array(out, 2 + more);
    pack_text(out, "ja1");
    pack_int(out, id);
}

void server_fail(struct server *server, const struct fault *fault)
{
    if (server->finished)
        return;
    trace("fatal", "reason=\"%s\" durable=%lld", fault->text,
          (long long)log_durable(server->office->log));
    server_release(server);
    for (struct parked *parked = server->oldest; parked; parked = parked->next) {
        struct buffer out;
        buffer_init(&out);
        pack_head(&out, answer_request_id(&parked->answer), 1);
        pack_text(&out, "unknown");
        socket_answer(server->commands, &parked->envelope, out.data, out.size);
        buffer_done(&out);
    }
    server->exit_code = 2;
    server->finished = true;
    uv_stop(&server->loop);
}

/* --- health --- */

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long all = 0;
    long long resident = 0;
    if (file) {
        if (fscanf(file, "%lld %lld", &all, &resident) != 2)
            resident = 0;
        fclose(file);
    }
    return resident * sysconf(_SC_PAGESIZE);
}

static void pack_figure(struct buffer *out, const char *name, int64_t figure)
{
    pack_array(out, 2);
    pack_text(out, name);
    pack_int(out, figure);
}

static void pack_word(struct buffer *out, const char *name, const char *word)
{
    pack_array(out, 2);
    pack_text(out, name);
    pack_text(out, word);
}

void server_pack_health(struct server *server, struct buffer *out)
{
    struct log *log = server->office->log;
    uint64_t free_bytes = 0;
    struct log_store *store = log_store_of(log);
    store->functions->has_room(store, &free_bytes);
    int64_t head = log_next_number(log);
    int64_t durable = log_durable(log);
    pack_array(out, 20);
    pack_word(out, "origin", server->office->origin);
    pack_word(out, "mode", server->office->unsafe ? "unsafe" : "durable");
    pack_word(out, "intake", server->stopping ? "stopping" : server->full ? "full" : "open");
    pack_figure(out, "head", head);
    pack_figure(out, "durable", durable);
    pack_figure(out, "staged", head - durable);
    pack_figure(out, "recorded_at_us", log_seen_at_us(log));
    pack_figure(out, "now_us", clock_now_us());
    pack_figure(out, "uptime_ms", clock_mono_ms() - server->started_ms);
    pack_figure(out, "rss_bytes", resident_bytes());
    pack_figure(out, "disk_free_bytes", (int64_t)free_bytes);
    pack_figure(out, "accepted", server->counts.accepted);
    pack_figure(out, "refused", server->counts.refused);
    pack_figure(out, "repeated", server->counts.repeated);
    pack_figure(out, "invalid", server->counts.invalid);
    pack_figure(out, "busy", server->counts.busy);
    pack_figure(out, "peers", (int64_t)roster_count(server->office->roster));
    pack_word(out, "version", JISHI_VERSION);
    pack_figure(out, "reader_behind", server->reader_behind);
    pack_figure(out, "clock_leap_s", clock_leap_us() / 1000000);
}

/* --- requests --- */

static void count_answer(struct server *server, const struct answer *answer)
{
    struct counts *counts = &server->counts;
    counts->accepted += answer->kind == ANSWER_ACCEPTED && !answer->repeated;
    counts->refused += answer->kind == ANSWER_REFUSED && !answer->repeated;
    counts->repeated += answer->repeated;
    counts->invalid += answer->kind == ANSWER_INVALID;
    counts->busy += answer->kind == ANSWER_BUSY;
}

static void pack_answer(struct server *server, int64_t id, const struct answer *answer,
                        struct buffer *out)
{
    count_answer(server, answer);
    pack_head(out, id, answer_arity(answer));
    answer_pack(answer, out);
}

static enum status signatures_check(const struct request *request, struct signature *ret_signatures,
                                    struct fault *fault)
{
    if (request->algorithm != SIGNATURE_ED25519)
        return fault_set(fault, STATUS_DENIED, "signature algorithm %lld is not known here",
                         (long long)request->algorithm);
    if (request->kind == REQUEST_BUNDLE)
        return bundle_check(request->commands, request->count, request->key, request->signature,
                            ret_signatures, fault);
    *ret_signatures = (struct signature){.algorithm = request->algorithm, .bundle_count = 1};
    memcpy(ret_signatures->key, request->key, KEY_SIZE);
    memcpy(ret_signatures->bytes, request->signature, SIGNATURE_SIZE);
    return signature_check(ret_signatures, request->commands[0].data, request->commands[0].size,
                           fault);
}

/* Busy, or the reason why nothing is taken now; false if all is well. */
static bool is_turned_away(struct server *server, const struct envelope *envelope,
                           const struct request *request, struct answer *answer)
{
    bool crowded =
        in_flight_of(server, envelope->user) + request->count > IN_FLIGHT_PER_KEY_MAX ||
        log_next_number(server->office->log) - log_durable(server->office->log) + request->count >
            STAGED_MAX;
    if (!crowded && !server->full && !server->stopping)
        return false;
    *answer =
        (struct answer){.kind = ANSWER_BUSY, .retry_ms = crowded ? BUSY_RETRY_MS : FULL_RETRY_MS};
    return true;
}

static enum status take_commands(struct server *server, const struct envelope *envelope,
                                 const struct request *request, struct buffer *out,
                                 struct fault *fault)
{
    struct answer answer;
    struct signature *signatures = ARENA_ARRAY(&server->arena, struct signature, request->count);
    if (is_turned_away(server, envelope, request, &answer)) {
        pack_answer(server, request->id, &answer, out);
        return STATUS_OK;
    }
    if (signatures_check(request, signatures, fault) != STATUS_OK) {
        answer = (struct answer){.kind = ANSWER_INVALID, .text = fault->text};
        pack_answer(server, request->id, &answer, out);
        return STATUS_OK;
    }
    bool bundle = request->kind == REQUEST_BUNDLE;
    if (bundle) {
        pack_head(out, request->id, 2);
        pack_text(out, "bundle");
        pack_array(out, request->count);
    }
    for (uint32_t i = 0; i < request->count; i++) {
        struct arena_mark mark = arena_mark(&server->arena);
        struct asked asked = {request->commands[i], request->payloads[i], &signatures[i],
                              request->language, &request->context};
        enum status status =
            turn_take(server->office, &asked, clock_now_us(), &server->arena, &answer, fault);
        if (status != STATUS_OK)
            return status;
        if (!bundle) {
            pack_answer(server, request->id, &answer, out);
            break;
        }
        count_answer(server, &answer);
        pack_array(out, answer_arity(&answer));
        answer_pack(&answer, out);
        arena_release(&server->arena, &mark); /* it serves the next, still in the cache */
        if (i % KEEP_GOING_EVERY == KEEP_GOING_EVERY - 1)
            keep_going(server);
    }
    return STATUS_OK;
}

static enum status take_lookup(struct server *server, const struct request *request,
                               struct buffer *out, struct fault *fault)
{
    struct answer answer;
    enum status status = turn_lookup(server->office, request->command_id, request->language,
                                     &server->arena, &answer, fault);
    if (status == STATUS_OK)
        pack_answer(server, request->id, &answer, out);
    return status;
}

static void take_checkpoint(struct server *server, const struct request *request,
                            struct buffer *out)
{
    struct buffer note;
    struct fault fault;
    buffer_init(&note);
    bool good = log_checkpoint(server->office->log, &note, &fault) == STATUS_OK;
    pack_head(out, request->id, 2);
    pack_text(out, good ? "checkpoint" : "invalid");
    pack_text(out, good ? buffer_text(&note) : fault.text);
    buffer_done(&note);
}

static enum status take_request(struct server *server, const struct envelope *envelope,
                                struct buffer *out, uint32_t *ret_commands, struct fault *fault)
{
    struct request request;
    *ret_commands = 0;
    enum status status =
        request_read(server->request.data, server->request.size, &server->arena, &request, fault);
    if (status != STATUS_OK || request.kind == REQUEST_RANGE) {
        struct answer answer = {.kind = ANSWER_INVALID,
                                .text = status == STATUS_OK ? "ranges are served at another port"
                                                            : fault->text};
        if (request.id >= 0)
            pack_answer(server, request.id, &answer, out);
        return STATUS_OK;
    }
    switch (request.kind) {
    case REQUEST_COMMAND:
    case REQUEST_BUNDLE:
        *ret_commands = request.count;
        return take_commands(server, envelope, &request, out, fault);
    case REQUEST_LOOKUP: return take_lookup(server, &request, out, fault);
    case REQUEST_CHECKPOINT: take_checkpoint(server, &request, out); return STATUS_OK;
    case REQUEST_HEALTH:
        pack_head(out, request.id, 2);
        pack_text(out, "health");
        server_pack_health(server, out);
        return STATUS_OK;
    case REQUEST_RANGE:
    case REQUEST_KIND_COUNT: break;
    }
    return STATUS_OK;
}

void server_take(void *user)
{
    struct server *server = user;
    struct envelope envelope;
    struct buffer out;
    struct fault fault = {0};
    buffer_init(&out);
    for (int i = 0; i < TURN_REQUESTS_MAX && !server->finished; i++) {
        int taken = socket_take(server->commands, &envelope, &server->request);
        if (taken == 0)
            break;
        if (taken < 0 || !roster_admits(server->office->roster, envelope.user))
            continue;
        uint32_t commands = 0;
        buffer_clear(&out);
        enum status status = take_request(server, &envelope, &out, &commands, &fault);
        if (status != STATUS_OK)
            server_fail(server, &fault);
        else if (out.size > 0)
            park(server, &envelope, commands, &out);
        arena_reset(&server->arena);
        keep_going(server);
    }
    buffer_done(&out);
}
