/* scrub.c - a thread that hashes stretches of entries, each in a short read of its own; see
 * scrub.h. */
#include "cmd/scrub.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "events/entry.h"
#include "events/log_scan.h"

#define STRETCH 4096 /* entries of one read: a reader that stays long keeps old pages alive */

struct scrub {
    struct log_store *store;
    int64_t end;
    uint8_t end_leaf[DIGEST_SIZE];
    void (*done)(void *user);
    void *user;
    pthread_t thread;
    atomic_bool stopping;
    _Atomic int64_t next;
    atomic_int status; /* written after `fault` */
    struct fault fault;
    uint8_t leaf[DIGEST_SIZE];
};

static bool check_each(void *user, int64_t number, struct text_view bytes,
                       const uint8_t leaf[DIGEST_SIZE])
{
    struct scrub *scrub = user;
    struct entry_head head;
    struct fault fault;
    const char *why = NULL;
    if (entry_peek(bytes.data, bytes.size, &head, &fault) != STATUS_OK)
        why = fault.text;
    else if (head.number != number)
        why = "it bears another number";
    else if (memcmp(head.previous, scrub->leaf, DIGEST_SIZE) != 0)
        why = "it does not follow the entry before it";
    if (why) {
        atomic_store(&scrub->status, fault_set(&scrub->fault, STATUS_CORRUPT, "log: entry %lld: %s",
                                               (long long)number, why));
        return false;
    }
    memcpy(scrub->leaf, leaf, DIGEST_SIZE);
    atomic_store(&scrub->next, number + 1);
    return true;
}

static enum status stretch_check(struct scrub *scrub, struct fault *fault)
{
    struct log_view *view;
    const struct log_store_functions *f = scrub->store->functions;
    enum status status = f->view_open(scrub->store, &view, fault);
    int64_t from = atomic_load(&scrub->next);
    if (status != STATUS_OK)
        return status;
    int64_t count = scrub->end - from < STRETCH ? scrub->end - from : STRETCH;
    status = log_scan(scrub->store, view, from, count, check_each, scrub, fault);
    f->view_close(view);
    if (status == STATUS_OK && atomic_load(&scrub->status) == STATUS_OK &&
        atomic_load(&scrub->next) != from + count)
        status = fault_set(fault, STATUS_CORRUPT, "log: entry %lld is missing",
                           (long long)atomic_load(&scrub->next));
    return status;
}

static void *scrub_thread(void *user)
{
    struct scrub *scrub = user;
    struct fault fault;
    while (!atomic_load(&scrub->stopping) && atomic_load(&scrub->status) == STATUS_OK &&
           atomic_load(&scrub->next) < scrub->end) {
        enum status status = stretch_check(scrub, &fault);
        if (status != STATUS_OK) {
            scrub->fault = fault;
            atomic_store(&scrub->status, (int)status);
        }
    }
    if (atomic_load(&scrub->status) == STATUS_OK && atomic_load(&scrub->next) == scrub->end &&
        memcmp(scrub->leaf, scrub->end_leaf, DIGEST_SIZE) != 0)
        atomic_store(&scrub->status,
                     fault_set(&scrub->fault, STATUS_CORRUPT,
                               "log: entry %lld does not hash to what it did when it was recorded",
                               (long long)scrub->end - 1));
    if (!atomic_load(&scrub->stopping))
        scrub->done(scrub->user);
    return NULL;
}

struct scrub *scrub_start(struct log_store *store, int64_t next, const uint8_t leaf[DIGEST_SIZE],
                          void (*done)(void *user), void *user)
{
    sigset_t all, before;
    struct scrub *scrub = calloc(1, sizeof *scrub);
    CHECK(scrub != NULL);
    scrub->store = store;
    scrub->end = next;
    memcpy(scrub->end_leaf, leaf, DIGEST_SIZE);
    scrub->done = done;
    scrub->user = user;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    CHECK(pthread_create(&scrub->thread, NULL, scrub_thread, scrub) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return scrub;
}

enum status scrub_result(struct scrub *scrub, int64_t *ret_next, struct fault *fault)
{
    enum status status = (enum status)atomic_load(&scrub->status);
    *ret_next = atomic_load(&scrub->next);
    if (status != STATUS_OK)
        *fault = scrub->fault;
    return status;
}

void scrub_stop(struct scrub *scrub)
{
    if (!scrub)
        return;
    atomic_store(&scrub->stopping, true);
    pthread_join(scrub->thread, NULL);
    free(scrub);
}
