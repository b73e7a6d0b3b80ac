/* bench_queue.c - what a job of the queue of reminders costs: in memory, and over ZeroMQ.
 *
 *     build/bench/bench_queue [JOBS [CONNECTIONS [COUNT]]]        1,000,000, 4 and 64
 *
 * First the queue alone: adding, and lease and acknowledgement with a thousand and with JOBS jobs
 * waiting; a restart. Then the whole way that a worker goes: CURVE, a ROUTER, the reminder process's own
 * answers (cmd/jobs_answer.c), CONNECTIONS workers of a thread each that lease COUNT jobs at a time
 * and acknowledge them in one request, until JOBS jobs are gone or ten seconds. No log: what is
 * sent is not recorded. */
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <zmq.h>

#include "cmd/clock.h"
#include "cmd/jobs.h"
#include "cmd/worker.h"
#include "cmd/zap.h"
#include "core/check.h"
#include "projections/queue_model.h"

#define RECIPIENTS  10000
#define SECONDS_MAX 10
#define PORT        27715

static long jobs_wanted = 1000000, connections = 4, lease_count = 64;
static atomic_long acked;
static atomic_bool over;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident_bytes(void)
{
    long long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lld %lld", &all, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return (double)resident * 4096;
}

static void fill(struct queue *queue, long count)
{
    char key[40], recipient[20];
    for (long i = 0; i < count; i++) {
        snprintf(key, sizeof key, "duty/%ld/before/0", i);
        snprintf(recipient, sizeof recipient, "member%ld", i % RECIPIENTS);
        struct new_job job = {.key = key,
                              .recipient = recipient,
                              .number = i,
                              .about = i,
                              .kind = (enum job_kind)(i % KIND_COUNT),
                              .made_us = 1};
        CHECK(queue_add(queue, &job, 0) == QUEUE_ADDED);
    }
}

/* ---- the queue alone ---- */

static long drain(struct queue *queue, long most)
{
    const struct job *leased[LEASE_COUNT_MAX];
    struct wall wall = {.day = 20000, .minute = 601, .workday = true};
    struct lease_request request = {.lease_ms = 600000, .count = LEASE_COUNT_MAX};
    long done = 0;
    for (unsigned found;
         done < most && (found = queue_lease(queue, &request, 1, &wall, leased)) > 0; done += found)
        for (unsigned i = 0; i < found; i++) {
            struct job_view view;
            job_view(leased[i], &view);
            CHECK(queue_ack(queue, view.key, view.recipient, view.token, 1));
        }
    return done;
}

static void alone(long count)
{
    struct queue_options options = {.route = NULL};
    struct queue *queue = queue_open(&options);
    double bytes = resident_bytes(), start = now_s();
    fill(queue, count);
    double filled = now_s();
    bytes = (resident_bytes() - bytes) / (double)count;
    long part = count < 100000 ? count : 100000;
    double begun = now_s();
    long done = drain(queue, part);
    double ended = now_s();
    printf(
        "%8ld jobs: added in %.2f us each, %.0f bytes each; lease and ack of %ld: %.2f us each\n",
        count, (filled - start) * 1e6 / (double)count, bytes, done,
        (ended - begun) * 1e6 / (double)done);
    queue_close(queue);
}

/* ---- a restart ---- */

static void set(struct event *event, const char *field, struct datum value)
{
    event->fields[event_field_index(event->type, field)] = value;
}

/* JOBS reminders are folded from the log, kept, and read again as a start does. */
static void restart(const char *directory)
{
    char path[200], key[40], recipient[20];
    struct view_store *store;
    struct queue_model model;
    struct queue_options options = {.route = NULL};
    struct fault fault = {.text = ""};
    uint8_t leaf[DIGEST_SIZE] = {0};
    snprintf(path, sizeof path, "%s/rows", directory);
    CHECK(view_store_open(path, &store, &fault) == STATUS_OK &&
          queue_model_open(store, &model, &fault) == STATUS_OK);
    model.queue = queue_open(&options);
    double begun = now_s();
    for (long i = 0; i < jobs_wanted; i++) {
        struct event event = {.type = EVENT_rung_due};
        snprintf(key, sizeof key, "duty/%ld/before/0", i);
        snprintf(recipient, sizeof recipient, "member%ld", i % RECIPIENTS);
        const struct datum to = datum_text(recipient);
        set(&event, "duty", datum_int(i));
        set(&event, "kind", datum_text("before"));
        set(&event, "day", datum_text("2026-03-02"));
        set(&event, "late_days", datum_int(0));
        set(&event, "to", datum_list(&to, 1));
        set(&event, "key", datum_text(key));
        queue_model_event(&model, i, 1, &event, 1, 0);
        queue_model_position(&model, i, leaf);
        if (model.folded == 4096)
            CHECK(queue_model_commit(&model, &fault) == STATUS_OK);
    }
    CHECK(queue_model_commit(&model, &fault) == STATUS_OK);
    double folded = now_s();
    queue_close(model.queue);
    view_store_close(store);
    double reopened = now_s();
    CHECK(view_store_open(path, &store, &fault) == STATUS_OK &&
          queue_model_open(store, &model, &fault) == STATUS_OK);
    model.queue = queue_open(&options);
    queue_model_load(&model, 1);
    double ended = now_s();
    printf("%8zu jobs: folded and kept in %.2f us each; a start reads them in %.2f s\n",
           queue_count(model.queue), (folded - begun) * 1e6 / (double)jobs_wanted,
           ended - reopened);
    queue_close(model.queue);
    view_store_close(store);
}

/* ---- the whole way ---- */

struct service {
    struct jobs *jobs;
    struct roster *roster;
    struct state *state;
    struct server_key key;
    struct member_key member;
    void *context, *socket;
};

static bool admits(void *user, const char *domain, const uint8_t curve[KEY_SIZE])
{
    (void)domain;
    return roster_admits(user, curve);
}

/* One entry: the worker's member, key and role. */
static void enrol(struct service *service)
{
    struct event events[3] = {{.type = EVENT_member_enrolled},
                              {.type = EVENT_key_enrolled},
                              {.type = EVENT_role_assigned}};
    struct moment when = {.recorded_at_us = INT64_C(1767600000000000), .number = 0};
    struct fault fault = {.text = ""};
    for (int i = 0; i < 3; i++)
        set(&events[i], "member", datum_text("notifier"));
    set(&events[0], "person", datum_text(""));
    set(&events[1], "key", datum_bytes(service->member.public_key, KEY_SIZE));
    set(&events[2], "assignment", datum_int(1));
    set(&events[2], "role", datum_text("notifier"));
    set(&events[2], "unit", datum_text(""));
    set(&events[2], "from", datum_text("2020-01-01"));
    service->state = state_open("bench/log");
    if (state_fold(service->state, &when, NULL, events, 3, &fault) != STATUS_OK) {
        fprintf(stderr, "bench_queue: %s\n", fault.text);
        exit(2);
    }
    for (int i = 0; i < 3; i++)
        roster_fold(service->roster, &events[i]);
}

static void *serve(void *user)
{
    struct service *service = user;
    struct buffer message, out;
    struct arena arena;
    arena_init(&arena, 0);
    buffer_init(&message);
    buffer_init(&out);
    while (!atomic_load(&over)) {
        zmq_pollitem_t item = {.socket = service->socket, .events = ZMQ_POLLIN};
        struct envelope envelope;
        struct question question;
        struct fault fault;
        zmq_poll(&item, 1, 100);
        while (socket_take(service->socket, &envelope, &message) > 0) {
            struct jobs_asked asked = {service->state, service->roster, &envelope, clock_today()};
            buffer_clear(&out);
            if (question_read(message.data, message.size, &arena, &question, &fault) == STATUS_OK) {
                jobs_answer(service->jobs, &asked, &question, &out);
                socket_answer(service->socket, &envelope, out.data, out.size);
            }
            arena_reset(&arena);
        }
    }
    buffer_done(&message);
    buffer_done(&out);
    arena_done(&arena);
    return NULL;
}

static void *work(void *user)
{
    struct service *service = user;
    struct server_info info = {.origin = "bench/log"};
    struct fault fault;
    struct arena arena;
    snprintf(info.jobs, sizeof info.jobs, "tcp://127.0.0.1:%d", PORT);
    memcpy(info.curve_public, service->key.curve_public, KEY_SIZE);
    struct worker worker = {.client = client_open(&info, &service->member, "en", &fault),
                            .language = "en",
                            .timeout_ms = 5000,
                            .lease_ms = 60000,
                            .channels = {"file"},
                            .channel_count = 1,
                            .count = (unsigned)lease_count};
    CHECK(worker.client != NULL);
    arena_init(&arena, 0);
    while (!atomic_load(&over)) {
        static _Thread_local struct worker_job leased[WORKER_JOBS_MAX];
        struct worker_job *named[WORKER_JOBS_MAX];
        unsigned count = worker_lease(&worker, &arena, leased);
        for (unsigned i = 0; i < count; i++)
            named[i] = &leased[i];
        worker_ack(&worker, named, count);
        atomic_fetch_add(&acked, count);
        arena_reset(&arena);
        if (!count)
            break;
    }
    jishi_close(worker.client);
    arena_done(&arena);
    return NULL;
}

static void service_open(struct service *service, const char *directory)
{
    char path[200];
    struct fault fault = {.text = ""};
    char address[80];
    snprintf(path, sizeof path, "%s/projections", directory);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/jishi.conf", directory);
    FILE *conf = fopen(path, "w");
    CHECK(conf != NULL && fputs("language = zh\n", conf) >= 0 && fclose(conf) == 0);
    server_key_make(&service->key);
    member_key_make("notifier", &service->member);
    service->roster = roster_open();
    enrol(service);
    service->context = socket_context(64);
    struct zap *zap;
    struct zap_options zap_options = {admits, service->roster};
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", PORT);
    struct serve_options options = {ZMQ_ROUTER, "jobs", &service->key, 0, address};
    if (jobs_open(directory, &service->jobs, &fault) != STATUS_OK ||
        zap_start(service->context, &zap_options, &zap, &fault) != STATUS_OK ||
        socket_serve(service->context, &options, &service->socket, &fault) != STATUS_OK) {
        fprintf(stderr, "bench_queue: %s\n", fault.text);
        exit(2);
    }
}

static void whole_way(const char *directory)
{
    static struct service service;
    pthread_t server, workers[64];
    service_open(&service, directory);
    fill(jobs_queue(service.jobs), jobs_wanted);
    pthread_create(&server, NULL, serve, &service);
    double begun = now_s();
    for (long i = 0; i < connections; i++)
        pthread_create(&workers[i], NULL, work, &service);
    while (now_s() - begun < SECONDS_MAX && atomic_load(&acked) < jobs_wanted)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    double ended = now_s();
    long done = atomic_load(&acked);
    atomic_store(&over, true);
    for (long i = 0; i < connections; i++)
        pthread_join(workers[i], NULL);
    pthread_join(server, NULL);
    printf("over ZeroMQ, %ld connections x %ld: %ld jobs leased and acknowledged in %.2f s: %.0f "
           "jobs/s, %ld waiting\n",
           connections, lease_count, done, ended - begun, (double)done / (ended - begun),
           jobs_wanted - done);
}

int main(int argc, char **argv)
{
    char directory[] = "/tmp/jishi-bench-XXXXXX", command[100];
    if (argc > 1)
        jobs_wanted = atol(argv[1]);
    if (argc > 2)
        connections = atol(argv[2]);
    if (argc > 3)
        lease_count = atol(argv[3]);
    if (jobs_wanted < 1000 || connections < 1 || connections > 64 || lease_count < 1 ||
        lease_count > LEASE_COUNT_MAX || sodium_init() < 0 || !mkdtemp(directory)) {
        fprintf(stderr, "bench_queue [JOBS >= 1000 [CONNECTIONS <= 64 [COUNT <= 64]]]\n");
        return 2;
    }
    alone(1000);
    alone(jobs_wanted);
    restart(directory);
    whole_way(directory);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) == 0 ? 0 : 2;
}
