/* bench_replay.c - `jishi bench replay DIR`: every entry read in order, its leaf hashed, its chain
 * checked; then folded, with the memory that the state takes and the time a snapshot takes. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/bench.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "core/check.h"
#include "events/log_scan.h"

struct scanning {
    struct log_store *store;
    int64_t from, count;
    uint8_t previous[DIGEST_SIZE]; /* of the first entry; leaf of the last */
    uint8_t leaf[DIGEST_SIZE];
    int64_t seen, bytes;
    bool broken;
};

static bool scan_each(void *user, int64_t number, struct text_view bytes,
                      const uint8_t leaf[DIGEST_SIZE])
{
    struct scanning *scanning = user;
    struct entry_head head;
    if (entry_peek(bytes.data, bytes.size, &head, NULL) != STATUS_OK || head.number != number ||
        (scanning->seen && memcmp(head.previous, scanning->leaf, DIGEST_SIZE) != 0)) {
        scanning->broken = true;
        return false;
    }
    if (!scanning->seen)
        memcpy(scanning->previous, head.previous, DIGEST_SIZE);
    memcpy(scanning->leaf, leaf, DIGEST_SIZE);
    scanning->seen++;
    scanning->bytes += bytes.size;
    return true;
}

static void *scan_part(void *user)
{
    struct scanning *scanning = user;
    struct log_view *log_view;
    if (scanning->store->functions->view_open(scanning->store, &log_view, NULL) != STATUS_OK) {
        scanning->broken = true;
        return NULL;
    }
    log_scan(scanning->store, log_view, scanning->from, scanning->count, scan_each, scanning, NULL);
    scanning->store->functions->view_close(log_view);
    return NULL;
}

/* Each thread takes a stretch; the stretches' ends are compared after. */
static bool scan_all(struct log_store *store, int64_t size, int64_t threads, int64_t *ret_bytes)
{
    struct scanning parts[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    bool good = true;
    *ret_bytes = 0;
    for (int64_t i = 0; i < threads; i++) {
        int64_t from = size * i / threads;
        parts[i] = (struct scanning){
            .store = store, .from = from, .count = size * (i + 1) / threads - from};
        CHECK(pthread_create(&ids[i], NULL, scan_part, &parts[i]) == 0);
    }
    for (int64_t i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        good = good && !parts[i].broken && parts[i].seen == parts[i].count;
        good = good && (i == 0 || memcmp(parts[i].previous, parts[i - 1].leaf, DIGEST_SIZE) == 0);
        *ret_bytes += parts[i].bytes;
    }
    return good;
}

static enum status fold_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct moment when = {shown->entry->recorded_at_us, shown->entry->number};
    return state_fold(user, &when, shown->command, shown->entry->events, shown->entry->event_count,
                      fault);
}

static void print_fold(struct log_store *store, const char *origin, int64_t size)
{
    struct state *state = state_open(origin);
    struct state_figures figures;
    struct fault fault;
    struct buffer snapshot;
    int64_t start = bench_now_ns();
    if (office_walk(store, 0, fold_each, state, &fault) != STATUS_OK) {
        fprintf(stderr, "jishi bench: %s\n", fault.text);
        state_close(state);
        return;
    }
    double seconds = (double)(bench_now_ns() - start) / 1e9;
    state_figures(state, &figures);
    printf("fold: %lld entries in %.2f s = %.0f/s; state %.1f MiB: %zu cases, %zu acts, %zu facts, "
           "%zu duties\n",
           (long long)size, seconds, (double)size / seconds, (double)figures.bytes / 1048576,
           figures.cases, figures.acts, figures.facts, figures.duties);
    buffer_init(&snapshot);
    start = bench_now_ns();
    state_save(state, &snapshot);
    double save = (double)(bench_now_ns() - start) / 1e9;
    struct state *loaded = NULL;
    start = bench_now_ns();
    if (state_load(snapshot.data, snapshot.size, &loaded, &fault) == STATUS_OK)
        printf("snapshot: %.1f MiB, saved in %.2f s, loaded in %.2f s\n",
               (double)snapshot.size / 1048576, save, (double)(bench_now_ns() - start) / 1e9);
    state_close(loaded);
    buffer_done(&snapshot);
    state_close(state);
}

int bench_replay(const char *directory, int64_t threads)
{
    char path[4096];
    struct log_store_options options = {.read_only = true};
    struct log_store *store;
    struct log_view *log_view;
    struct log_head head;
    struct server_info info;
    struct fault fault;
    int64_t bytes;
    snprintf(path, sizeof path, "%s/log", directory);
    if (log_store_lmdb_open(path, &options, &store, &fault) != STATUS_OK ||
        store->functions->view_open(store, &log_view, &fault) != STATUS_OK ||
        store->functions->head(log_view, &head, NULL, NULL, &fault) != STATUS_OK) {
        fprintf(stderr, "jishi bench: %s\n", fault.text);
        return 2;
    }
    store->functions->view_close(log_view);
    if (threads < 1 || threads > THREADS_MAX)
        threads = sysconf(_SC_NPROCESSORS_ONLN) > 0 && sysconf(_SC_NPROCESSORS_ONLN) < THREADS_MAX
                      ? sysconf(_SC_NPROCESSORS_ONLN)
                      : 1;
    scan_all(store, head.size, threads, &bytes); /* warm */
    int64_t start = bench_now_ns();
    bool good = scan_all(store, head.size, threads, &bytes);
    double seconds = (double)(bench_now_ns() - start) / 1e9;
    if (wants_json())
        printf("{\"work\":\"replay\",\"threads\":%lld,\"entries\":%lld,\"bytes\":%lld,\"seconds\":%"
               ".3f,\"per_second\":%.0f}\n",
               (long long)threads, (long long)head.size, (long long)bytes, seconds,
               (double)head.size / seconds);
    else
        printf("replay: %lld entries of %lld bytes on average, hashed and chained, %lld threads: "
               "%.3f s = %.0f/s\n",
               (long long)head.size, head.size ? (long long)(bytes / head.size) : 0,
               (long long)threads, seconds, (double)head.size / seconds);
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    if (good && !wants_json() && server_info_read(path, &info, &fault) == STATUS_OK)
        print_fold(store, info.origin, head.size);
    if (!good)
        fprintf(stderr, "jishi bench: the chain does not hold\n");
    store->functions->close(store);
    return good ? 0 : 1;
}
