/* station.c - the loop, the sockets and the fold of a process that follows the log. */
#include "cmd/station.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "cmd/beside.h"
#include "cmd/clock.h"
#include "cmd/limits.h"
#include "cmd/snapshots.h"
#include "cmd/trace.h"
#include "core/check.h"

#define TURN_QUESTIONS_MAX 64

static enum status on_entry(void *user, const struct followed *followed, struct fault *fault)
{
    struct station *station = user;
    struct moment when = {followed->entry->recorded_at_us, followed->entry->number};
    enum status status = STATUS_OK;
    station->recorded_at_us = when.recorded_at_us;
    if (station->state && when.number < state_next_number(station->state))
        return station->each(station->user, followed, fault); /* came with the snapshot */
    if (station->state)
        status = state_fold(station->state, &when, followed->command, followed->entry->events,
                            followed->entry->event_count, fault);
    for (unsigned i = 0; i < followed->entry->event_count; i++)
        roster_fold(station->roster, &followed->entry->events[i]);
    return status == STATUS_OK ? station->each(station->user, followed, fault) : status;
}

int64_t station_recorded_us(const struct station *station)
{
    int64_t heard = station->follow.head_recorded_us;
    return heard > station->recorded_at_us ? heard : station->recorded_at_us;
}

int32_t station_today(const struct station *station)
{
    int64_t now = clock_now_us();
    int64_t recorded = station_recorded_us(station);
    return moment_day(now > recorded ? now : recorded);
}

static enum status station_listen(struct station *station, struct fault *fault);

/* Nobody is let in before the roster is folded: a key refused once is not tried again by its
 * owner's ZeroMQ. */
static void listen_when_ready(struct station *station)
{
    struct fault fault;
    if (station->socket || station->follow.follower.next == 0 || follow_lag(&station->follow) > 0)
        return;
    if (station_listen(station, &fault) != STATUS_OK) {
        trace("cannot_listen", "reason=\"%s\"", fault.text);
        station->failed = true;
        uv_stop(&station->loop);
        return;
    }
    trace("ready", "next=%lld in_place=%s", (long long)station->follow.follower.next,
          station->follow.store ? "yes" : "no");
}

static void on_batch(void *user)
{
    struct station *station = user;
    if (station->batch)
        station->batch(station->user);
    listen_when_ready(station);
}

/* An entry that cannot be folded stops the following, not the answering: what is known stays
 * readable. */
static void on_stopped(void *user, const struct fault *fault)
{
    struct station *station = user;
    station->halted = true;
    snprintf(station->halted_why, sizeof station->halted_why, "%s", fault->text);
    trace("incident", "reason=\"%s\"", fault->text);
}

static void on_question(void *user)
{
    struct station *station = user;
    struct buffer message, out;
    buffer_init(&message);
    for (int i = 0; i < TURN_QUESTIONS_MAX; i++) {
        struct envelope envelope;
        struct question question;
        struct fault fault;
        int taken = socket_take(station->socket, &envelope, &message);
        if (taken == 0)
            break;
        if (taken < 0 || !roster_admits(station->roster, envelope.user))
            continue;
        if (question_read(message.data, message.size, &station->arena, &question, &fault) ==
            STATUS_OK) {
            station->question(station->user, &envelope, &question);
        } else if (question.id >= 0) {
            buffer_init(&out);
            reply_text(question.id, "invalid", station->follow.follower.next, fault.text, &out);
            station_answer(station, &envelope, &out);
            buffer_done(&out);
        }
        arena_reset(&station->arena);
    }
    buffer_done(&message);
}

void station_answer(struct station *station, const struct envelope *envelope,
                    const struct buffer *message)
{
    socket_answer(station->socket, envelope, message->data, message->size);
}

static bool look_beside(struct station *station)
{
    struct fault fault;
    if (station->apart)
        return false;
    enum status status = beside_open(station->directory, &station->beside, &fault);
    station->apart = status != STATUS_OK && status != STATUS_NOT_FOUND;
    if (station->apart)
        trace("not_in_place", "reason=\"%s\"", fault.text);
    return status == STATUS_OK;
}

static void on_second(uv_timer_t *timer)
{
    struct station *station = timer->data;
    if (!station->beside && look_beside(station)) { /* serve came up later */
        follow_beside(&station->follow, station->beside);
        trace("in_place", "next=%lld", (long long)station->follow.follower.next);
    }
    listen_when_ready(station);
    if (station->second)
        station->second(station->user);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct station *station = handle->data;
    trace("stopping", "signal=%d", number);
    station->stopping = true;
    uv_stop(&station->loop);
}

static bool admits(void *user, const char *domain, const uint8_t curve[KEY_SIZE])
{
    struct station *station = user;
    (void)domain;
    return roster_admits(station->roster, curve);
}

static enum status station_open(struct station *station, struct fault *fault)
{
    char path[4096];
    enum status status = conf_open(station->directory, &station->conf, fault);
    if (status == STATUS_OK)
        conf_report(station->conf);
    snprintf(path, sizeof path, "%s/keys/server.pub", station->directory);
    if (status == STATUS_OK)
        status = server_info_read(path, &station->server, fault);
    snprintf(path, sizeof path, "%s/keys/server.curve", station->directory);
    if (status == STATUS_OK)
        status = server_key_read(path, &station->key, fault);
    return status;
}

static enum status station_listen(struct station *station, struct fault *fault)
{
    char address[ADDRESS_SIZE];
    snprintf(address, sizeof address, "tcp://%s:%d", conf_text(station->conf, "bind", "127.0.0.1"),
             station->port_option
                 ? (int)conf_int(station->conf, station->port_option, station->port)
                 : station->port);
    struct serve_options options = {ZMQ_ROUTER, station->domain, &station->key, 0, address};
    enum status status = socket_serve(station->context, &options, &station->socket, fault);
    if (status == STATUS_OK)
        station->watch = zmq_watch_start(&station->loop, station->socket, on_question, station);
    return status;
}

static void handles_start(struct station *station)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&station->loop, &station->signals[i]);
        station->signals[i].data = station;
        uv_signal_start(&station->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&station->loop, &station->timer);
    station->timer.data = station;
    uv_timer_start(&station->timer, on_second, 1000, 1000);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void station_close(struct station *station)
{
    follow_stop(&station->follow);
    if (station->socket) {
        zmq_watch_stop(station->watch);
        zmq_close(station->socket);
    }
    if (station->zap)
        zap_stop(station->zap);
    uv_walk(&station->loop, close_handle, NULL);
    uv_run(&station->loop, UV_RUN_DEFAULT);
    uv_loop_close(&station->loop);
    if (station->context)
        zmq_ctx_term(station->context);
    if (station->beside)
        station->beside->functions->close(station->beside);
    state_close(station->state);
    roster_close(station->roster);
    if (station->conf)
        conf_close(station->conf);
    arena_done(&station->arena);
}

/* Entries come from where both the state and the process's own data still want them. */
static enum status station_start(struct station *station, struct fault *fault)
{
    struct snapshot snapshot = {0};
    if (station->begins)
        snapshot_load(station->directory, &station->key, station->begin_at, NULL, NULL, &snapshot);
    station->state = snapshot.state ? snapshot.state : state_open(station->server.origin);
    station->began = snapshot.next;
    roster_add_own(station->roster, station->key.curve_public);
    roster_fill(station->roster, station->state);
    if (station->without_state) {
        state_close(station->state);
        station->state = NULL;
    }
    station->apart = strcmp(conf_text(station->conf, "in_place", "yes"), "yes") != 0;
    look_beside(station);
    station->follow = (struct follow){.loop = &station->loop,
                                      .context = station->context,
                                      .server = &station->server,
                                      .key = &station->key,
                                      .each = on_entry,
                                      .batch = on_batch,
                                      .stopped = on_stopped,
                                      .store = station->beside,
                                      .user = station};
    struct zap_options zap = {admits, station};
    enum status status = zap_start(station->context, &zap, &station->zap, fault);
    if (status == STATUS_OK)
        status = follow_start(&station->follow, snapshot.next, snapshot.leaf, fault);
    if (station->without_state)
        station->follow.follower.wanted = station->events | ROSTER_EVENTS;
    return status;
}

int station_run(struct station *station)
{
    struct fault fault = {0};
    CHECK(uv_loop_init(&station->loop) == 0);
    arena_init(&station->arena, 0);
    station->roster = roster_open();
    station->context = socket_context(PEERS_MAX);
    enum status status = station_open(station, &fault);
    if (status == STATUS_OK)
        status = station_start(station, &fault);
    int code = 0;
    if (status == STATUS_OK) {
        handles_start(station);
        uv_run(&station->loop, UV_RUN_DEFAULT);
    } else {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        code = 2;
    }
    return station->failed ? 2 : code;
}
