/* ticks.c - the clock of duties, see ticks.h. */
#include "cmd/ticks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "cmd/client/client.h"
#include "cmd/clock.h"
#include "cmd/loop.h"
#include "cmd/trace.h"
#include "core/check.h"
#include "core/date.h"
#include "events/tree.h"

struct ticks {
    struct jishi_client *client;
    int32_t remind_minute;
    struct station *station; /* lent, from the first turn on */
    void *socket;
    struct zmq_watch *watch;
    uv_timer_t timer; /* wakes for what is to be sent again */
    bool caught_up;   /* the log as it was at the start is folded */
    int64_t wait_for; /* entry that our last ticks became: look again when it is folded */
    int64_t look_ms;  /* not before */
    int64_t rest_ms;
    /* on their way; none while `count` is 0 */
    struct jishi_command *commands[TICKS_MAX];
    unsigned count;
    struct buffer request;
    int64_t request_id;
    int64_t sent_ms, again_ms, patience_ms;
};

struct ticks *ticks_open(const struct ticks_options *options, struct fault *fault)
{
    struct ticks *ticks = calloc(1, sizeof *ticks);
    CHECK(ticks);
    ticks->client = client_open(options->server, options->key, "en", fault);
    ticks->remind_minute = options->remind_minute;
    ticks->rest_ms = TICK_REST_FIRST_MS;
    buffer_init(&ticks->request);
    if (ticks->client)
        return ticks;
    ticks_close(ticks);
    return NULL;
}

static void flight_end(struct ticks *ticks)
{
    for (unsigned i = 0; i < ticks->count; i++)
        jishi_command_free(ticks->commands[i]);
    ticks->count = 0;
    buffer_clear(&ticks->request);
}

/* ---- what to say ---- */

static int32_t minute_of_day(int64_t now_us)
{
    return (int32_t)((now_us / 1000000 + 8 * 3600) % 86400 / 60);
}

/* The id comes from what is said and from how much of the log was known: after a crash in between
 * the same is said with the same bytes, and what comes a second time (a period or value that takes
 * several ticks, a duty that was moved to and fro) is another command. */
static const char *tick_json(const struct tick *tick, int64_t known, struct arena *arena)
{
    char day[DATE_TEXT_SIZE];
    uint8_t digest[DIGEST_SIZE];
    date_text(tick->day, day);
    const char *body = arena_format(arena, "%s|%s|%s|%lld|%lld", tick_name(tick->kind), day,
                                    tick->what, (long long)tick->number, (long long)known);
    sha256(body, strlen(body), digest);
    uint64_t ms = (uint64_t)tick->day * 86400000u;
    return arena_format(
        arena,
        "{\"verb\":\"tick\",\"id\":\"%08x-%04x-7%03x-8%03x-%02x%02x%02x%02x%02x%02x\",\"issued_at_"
        "us\":%lld,\"on\":\"%s\","
        "\"args\":{\"kind\":\"%s\",\"day\":\"%s\",\"what\":\"%s\",\"number\":%lld}}",
        (unsigned)(ms >> 16 & 0xffffffff), (unsigned)(ms & 0xffff),
        (unsigned)(digest[0] << 4 | digest[1] >> 4), (unsigned)(digest[2] << 4 | digest[3] >> 4),
        digest[4], digest[5], digest[6], digest[7], digest[8], digest[9], (long long)ms * 1000, day,
        tick_name(tick->kind), day, tick->what, (long long)tick->number);
}

/* Reminders of today wait for their hour; what happens by itself, and what is late already, does
 * not. */
static unsigned ticks_list(struct ticks *ticks, struct arena *arena)
{
    struct tick due[TICKS_MAX];
    char error[JISHI_ERROR_SIZE];
    struct state *state = ticks->station->state;
    int64_t now_us = clock_now_us();
    int32_t today = moment_day(now_us);
    unsigned count = minute_of_day(now_us) >= ticks->remind_minute
                         ? state_due(state, today, arena, due, TICKS_MAX)
                         : state_due_before_hour(state, today, due, TICKS_MAX);
    for (unsigned i = 0; i < count; i++) {
        struct jishi_command *command = jishi_command(
            ticks->client, tick_json(&due[i], state_next_number(state), arena), error);
        if (command)
            ticks->commands[ticks->count++] = command;
        else
            trace("tick", "reason=\"%s\"", error);
    }
    return ticks->count;
}

/* ---- saying it ---- */

static void timer_set(struct ticks *ticks, int64_t at_ms);
static void on_answer(void *user);

static bool connection_open(struct ticks *ticks, struct fault *fault)
{
    if (ticks->watch)
        return true;
    if (client_socket(ticks->client, PORT_COMMANDS, &ticks->socket, fault) != STATUS_OK)
        return false;
    ticks->watch = zmq_watch_start(&ticks->station->loop, ticks->socket, on_answer, ticks);
    return true;
}

static void connection_close(struct ticks *ticks)
{
    zmq_watch_stop(ticks->watch);
    ticks->watch = NULL;
    client_disconnect(ticks->client, PORT_COMMANDS);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* While nobody is there, or nobody reads, the bytes are dropped here and sent again later. */
static void request_send(struct ticks *ticks)
{
    struct fault fault;
    int64_t now = clock_mono_ms();
    if (ticks->patience_ms > TICK_TRY_LAST_MS) /* ZeroMQ gives up on a key that was refused once */
        connection_close(ticks);
    if (connection_open(ticks, &fault))
        zmq_send(ticks->socket, ticks->request.data, ticks->request.size, ZMQ_DONTWAIT);
    ticks->again_ms = now + earlier(ticks->patience_ms, TICK_TRY_LAST_MS);
    ticks->patience_ms = earlier(2 * ticks->patience_ms, 2 * TICK_TRY_LAST_MS);
    timer_set(ticks, ticks->again_ms);
}

static void ask(struct ticks *ticks)
{
    struct arena arena;
    struct fault fault;
    arena_init(&arena, 0);
    if (ticks_list(ticks, &arena)) {
        ticks->request_id = client_next_id(ticks->client);
        ticks->patience_ms = TICK_TRY_FIRST_MS;
        ticks->sent_ms = clock_mono_ms();
        if (client_bundle_pack(ticks->client, ticks->commands, ticks->count, ticks->request_id,
                               &ticks->request, &fault) == STATUS_OK) {
            request_send(ticks);
        } else {
            trace("tick", "reason=\"%s\"", fault.text);
            ticks->look_ms = clock_mono_ms() + TICK_REST_LAST_MS;
            flight_end(ticks);
        }
    } else { /* a day is looked through once a second, not with every batch of the log */
        ticks->look_ms = clock_mono_ms() + TICK_REST_FIRST_MS;
    }
    arena_done(&arena);
}

/* ---- the answer ---- */

static void answers_take(struct ticks *ticks, struct jishi_answer *answers)
{
    bool any = false;
    for (unsigned i = 0; i < ticks->count; i++) {
        any = any || answers[i].number >= 0;
        if (answers[i].number >= ticks->wait_for)
            ticks->wait_for = answers[i].number + 1;
        if (answers[i].status != JISHI_ACCEPTED && strcmp(answers[i].code, "not_due") != 0)
            trace("tick", "status=%d code=%s", (int)answers[i].status, answers[i].code);
        jishi_answer_done(&answers[i]);
    }
    flight_end(ticks);
    int64_t now = clock_mono_ms();
    if (any) { /* in between the server belongs to others */
        ticks->rest_ms = TICK_REST_FIRST_MS;
        ticks->look_ms = now + TICK_PAUSE * (now - ticks->sent_ms);
        timer_set(ticks, ticks->look_ms);
        return;
    }
    ticks->look_ms = now + ticks->rest_ms;
    ticks->rest_ms = earlier(2 * ticks->rest_ms, TICK_REST_LAST_MS);
}

/* A bounded piece a turn: one message. */
static void on_answer(void *user)
{
    struct ticks *ticks = user;
    struct jishi_answer answers[TICKS_MAX];
    struct buffer bytes;
    zmq_msg_t message;
    int64_t wait_ms = 0;
    buffer_init(&bytes);
    zmq_msg_init(&message);
    if (zmq_msg_recv(&message, ticks->socket, ZMQ_DONTWAIT) >= 0)
        buffer_add(&bytes, zmq_msg_data(&message), zmq_msg_size(&message));
    zmq_msg_close(&message);
    if (bytes.size && ticks->count &&
        client_bundle_answer(&bytes, ticks->request_id, ticks->commands, ticks->count, &wait_ms,
                             answers)) {
        if (wait_ms) {
            ticks->patience_ms = TICK_TRY_FIRST_MS; /* somebody is there */
            ticks->again_ms = clock_mono_ms() + wait_ms;
            timer_set(ticks, ticks->again_ms);
        } else {
            answers_take(ticks, answers);
            ticks_turn(ticks, ticks->station);
        }
    }
    buffer_done(&bytes);
}

/* ---- turns ---- */

static void on_timer(uv_timer_t *timer)
{
    struct ticks *ticks = timer->data;
    ticks_turn(ticks, ticks->station);
}

static void timer_set(struct ticks *ticks, int64_t at_ms)
{
    int64_t wait = at_ms - clock_mono_ms();
    uv_timer_start(&ticks->timer, on_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}

void ticks_turn(struct ticks *ticks, struct station *station)
{
    int64_t now = clock_mono_ms(), next = state_next_number(station->state);
    if (!ticks->station) {
        ticks->station = station;
        uv_timer_init(&station->loop, &ticks->timer);
        ticks->timer.data = ticks;
    }
    if (ticks->count) {
        if (now >= ticks->again_ms)
            request_send(ticks);
        return;
    }
    if (!ticks->caught_up)
        ticks->caught_up = next > 0 && follow_lag(&station->follow) == 0;
    if (!ticks->caught_up || station->halted || station->stopping || next < ticks->wait_for)
        return;
    if (now >= ticks->look_ms)
        ask(ticks);
    else
        timer_set(ticks, ticks->look_ms);
}

/* ---- the end ---- */

void ticks_stop(struct ticks *ticks)
{
    if (!ticks->station)
        return;
    connection_close(ticks);
    uv_close((uv_handle_t *)&ticks->timer, NULL);
}

void ticks_close(struct ticks *ticks)
{
    if (!ticks)
        return;
    flight_end(ticks);
    buffer_done(&ticks->request);
    jishi_close(ticks->client);
    free(ticks);
}
