/* serve.c - the server's life: opens the office, binds, turns the loop, stops in order. See serve.h
 * and README.md.
 *
 * One thread decides. A turn: requests are read and decided until the socket is empty or
 * TURN_REQUESTS_MAX are done; then, if the log's thread is idle, all that is staged is handed to it
 * as one batch. In a long turn it gets HAND_OVER_ENTRIES as soon as there are so many, and what is
 * durable meanwhile is answered: neither the disk nor a client waits for the turn to end. While that batch is on its way to the disk the next one is decided; its commit
 * wakes the loop, which releases answers, publishes, and hands over the next. */
#include "cmd/serve.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "cmd/beside.h"
#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/limits.h"
#include "cmd/options.h"
#include "cmd/trace.h"
#include "cmd/zap.h"
#include "core/check.h"
#include "core/map.h"

void server_hand_over(struct server *server)
{
    struct log *log = server->office->log;
    if (log_durable(log) < server->flushed)
        return; /* the thread is busy: the next commit calls again */
    server->flushed = log_next_number(log);
    log_flush(log);
}

static void on_turn(void *user)
{
    struct server *server = user;
    server_take(server);
    server_hand_over(server);
    server_release(server);
}

static void on_committed_thread(void *user)
{
    struct server *server = user;
    loop_word_say(&server->committed);
}

static void finish_when_quiet(struct server *server)
{
    if (server->stopping &&
        log_durable(server->office->log) == log_next_number(server->office->log)) {
        server->finished = true;
        uv_stop(&server->loop);
    }
}

static void on_committed(void *user)
{
    struct server *server = user;
    struct fault fault;
    if (log_failed(server->office->log, &fault) != STATUS_OK) {
        server_fail(server, &fault);
        return;
    }
    server_hand_over(server); /* first: the disk does not wait for answers to be sent */
    server_release(server);
    finish_when_quiet(server);
}

static void on_scrubbed_thread(void *user)
{
    struct server *server = user;
    loop_word_say(&server->scrubbed);
}

static void scrub_done(struct server *server)
{
    scrub_stop(server->scrub);
    server->scrub = NULL;
    server->scrubbed_ms = clock_mono_ms();
}

static void on_scrubbed(void *user)
{
    struct server *server = user;
    struct fault fault;
    int64_t next;
    if (!server->scrub)
        return;
    if (scrub_result(server->scrub, &next, &fault) != STATUS_OK)
        server_fail(server, &fault);
    else
        trace("scrubbed", "entries=%lld", (long long)next);
    scrub_done(server);
}

/* The disk forgets: once a day the whole chain is read again. */
static void scrub_when_due(struct server *server)
{
    struct log_store *store = log_store_of(server->office->log);
    struct log_head head;
    int64_t every_ms = conf_int(server->office->conf, "scrub_every_s", SCRUB_EVERY_S) * 1000;
    if (server->scrub || clock_mono_ms() - server->scrubbed_ms < every_ms)
        return;
    if (office_head(store, &head, NULL) == STATUS_OK && head.size > 0)
        server->scrub = scrub_start(store, head.size, head.last, on_scrubbed_thread, server);
}

static void trace_leap(struct server *server)
{
    int64_t leap_us = clock_leap_us();
    if (server->leapt == (leap_us != 0))
        return;
    server->leapt = leap_us != 0;
    trace(server->leapt ? "clock_leapt" : "clock_agrees", "seconds=%lld",
          (long long)(leap_us / 1000000));
}

static void on_heartbeat(uv_timer_t *timer)
{
    struct server *server = timer->data;
    struct log_store *store = log_store_of(server->office->log);
    uint64_t free_bytes = 0;
    bool full = !store->functions->has_room(store, &free_bytes);
    if (full != server->full)
        trace(full ? "disk_full" : "disk_again", "free_bytes=%llu", (unsigned long long)free_bytes);
    server->full = full;
    if (server->office->somebody_lost) {
        server->office->somebody_lost = false;
        feed_out_cut(&server->feed);
    }
    feed_out_heartbeat(&server->feed);
    scrub_when_due(server);
    trace_leap(server);
}

/* A reader that stays on an old commit keeps every page alive that is freed meanwhile, and the file
 * grows without end. Ours leave after a stretch; one of another process that is still there at the
 * next round (stopped, or stuck) is ended before it fills the disk. */
static void on_maintain(uv_timer_t *timer)
{
    struct server *server = timer->data;
    struct log_store *store = log_store_of(server->office->log);
    struct store_readers slowest;
    store->functions->maintain(store, &slowest);
    bool stuck = slowest.behind > READER_BEHIND_MAX && slowest.pid != getpid();
    server->reader_behind = slowest.behind;
    if (stuck) {
        trace("slow_reader", "pid=%d commits_behind=%lld", (int)slowest.pid,
              (long long)slowest.behind);
        if (slowest.pid == server->stuck_reader)
            kill(slowest.pid, SIGKILL);
    }
    server->stuck_reader = stuck ? slowest.pid : 0;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;
    trace("stopping", "signal=%d staged=%lld", number,
          (long long)(log_next_number(server->office->log) - log_durable(server->office->log)));
    server->stopping = true;
    server_hand_over(server);
    finish_when_quiet(server);
}

static bool admits(void *user, const char *domain, const uint8_t curve[KEY_SIZE])
{
    struct server *server = user;
    if (strcmp(domain, "commands") == 0)
        return roster_admits(server->office->roster, curve);
    return roster_may_read_log(server->office->roster, curve, office_today(server->office));
}

static const char *address_of(const struct server *server, const char *name, int port,
                              char out[ADDRESS_SIZE])
{
    char option[64];
    snprintf(option, sizeof option, "port_%s", name);
    snprintf(out, ADDRESS_SIZE, "tcp://%s:%d", conf_text(server->office->conf, "bind", "127.0.0.1"),
             (int)conf_int(server->office->conf, option, port));
    return out;
}

static enum status listen_all(struct server *server, struct fault *fault)
{
    char address[ADDRESS_SIZE];
    struct zap_options zap = {admits, server};
    enum status status = zap_start(server->context, &zap, &server->zap, fault);
    if (status != STATUS_OK)
        return status;
    struct serve_options options = {ZMQ_ROUTER, "commands", &server->office->server, 0,
                                    address_of(server, "commands", 7701, address)};
    status = socket_serve(server->context, &options, &server->commands, fault);
    if (status != STATUS_OK)
        return status;
    server->commands_watch = zmq_watch_start(&server->loop, server->commands, on_turn, server);
    status = feed_out_start(&server->feed, &server->loop, server->context, server->office,
                            address_of(server, "feed", 7702, address), fault);
    if (status == STATUS_OK)
        status = ranges_start(&server->ranges, &server->loop, server->context, server->office,
                              address_of(server, "ranges", 7703, address), fault);
    return status;
}

static void handles_start(struct server *server)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&server->loop, &server->heartbeat);
    uv_timer_init(&server->loop, &server->maintain);
    server->heartbeat.data = server->maintain.data = server;
    uv_timer_start(&server->heartbeat, on_heartbeat, 0, FEED_HEARTBEAT_MS);
    uv_timer_start(&server->maintain, on_maintain, MAINTAIN_MS, MAINTAIN_MS);
}

static void on_progress(int64_t done, int64_t all)
{
    trace("folding", "done=%lld all=%lld", (long long)done, (long long)all);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void server_close(struct server *server)
{
    if (server->commands) {
        zmq_watch_stop(server->commands_watch);
        zmq_close(server->commands); /* lingers for answers on their way */
    }
    feed_out_stop(&server->feed);
    ranges_stop(&server->ranges);
    zap_stop(server->zap);
    scrub_stop(server->scrub);
    uv_walk(&server->loop, close_handle, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    if (server->context)
        zmq_ctx_term(server->context);
    bool commit_failed = server->finished && server->exit_code;
    if (!commit_failed)
        office_close(server->office); /* after a failed commit nothing more is written: the process
                                         just ends */
    uv_loop_close(&server->loop);
    loop_word_close(&server->committed);
    loop_word_close(&server->scrubbed);
    bytes_map_done(&server->in_flight);
    arena_done(&server->arena);
    buffer_done(&server->request);
}

static int serve(const char *directory, bool unsafe)
{
    struct server *server = calloc(1, sizeof *server);
    struct fault fault = {0};
    CHECK(server);
    socket_allow_peers(PEERS_MAX);
    CHECK(uv_loop_init(&server->loop) == 0);
    loop_word_open(&server->loop, &server->committed, on_committed, server);
    loop_word_open(&server->loop, &server->scrubbed, on_scrubbed, server);
    arena_init(&server->arena, 0);
    buffer_init(&server->request);
    bytes_map_init(&server->in_flight, KEY_SIZE);
    server->started_ms = server->scrubbed_ms = clock_mono_ms();
    struct office_options options = {.directory = directory,
                                     .unsafe = unsafe,
                                     .progress = on_progress,
                                     .committed = on_committed_thread,
                                     .user = server};
    enum status status = office_open(&options, &server->office, &fault);
    if (status == STATUS_OK)
        status = beside_mark(directory, &fault);
    if (status == STATUS_OK) {
        conf_report(server->office->conf);
        server->flushed = server->released = log_durable(server->office->log);
        server->context = socket_context(PEERS_MAX);
        status = listen_all(server, &fault);
    }
    if (status == STATUS_OK) {
        handles_start(server);
        if (server->office->snapshot)
            server->scrub = scrub_start(log_store_of(server->office->log), server->office->snapshot,
                                        server->office->snapshot_leaf, on_scrubbed_thread, server);
        trace("ready", "origin=%s head=%lld snapshot=%lld mode=%s port=%d start_ms=%lld",
              server->office->origin, (long long)log_next_number(server->office->log),
              (long long)server->office->snapshot, unsafe ? "unsafe" : "durable",
              (int)conf_int(server->office->conf, "port_commands", 7701),
              (long long)(clock_mono_ms() - server->started_ms));
        uv_run(&server->loop, UV_RUN_DEFAULT);
    } else {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        server->exit_code = 2;
    }
    server_close(server);
    int code = server->exit_code;
    trace("ended", "code=%d", code);
    free(server);
    return code;
}

int cmd_serve(int argc, char **argv)
{
    static bool unsafe;
    static const struct option_spec specs[] = {
        {"unsafe", 0, OPTION_FLAG, &unsafe, NULL, "不等磁盘：断电可丢数据，健康检查如实显示",
         "do not wait for the disk: a power cut may lose data; every health answer says so"},
        {0},
    };
    struct options options = {"serve", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    trace_as("serve");
    return serve(argv[0], unsafe);
}
