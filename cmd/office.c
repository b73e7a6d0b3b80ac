/* office.c - a deployment's directory, opened; see office.h. */
#include "cmd/office.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/turn.h"
#include "core/check.h"
#include "events/tree.h"

#define PROGRESS_EVERY 100000

/* --- walking a store --- */

struct walk {
    office_each *each;
    void *user;
    struct arena arena;
    uint8_t previous[DIGEST_SIZE];
    bool has_previous;
    enum status status;
    struct fault *fault;
};

static enum status walk_entry(struct walk *walk, int64_t number, const void *bytes, size_t size)
{
    struct entry entry;
    struct command command;
    uint8_t leaf[DIGEST_SIZE];
    enum status status = entry_decode(bytes, size, &walk->arena, &entry, walk->fault);
    if (status == STATUS_OK)
        status = command_decode(entry.command_bytes.data, entry.command_bytes.size, &walk->arena,
                                &command, walk->fault);
    if (status != STATUS_OK)
        return fault_add(walk->fault, "entry %lld", (long long)number);
    if (entry.number != number)
        return fault_set(walk->fault, STATUS_CORRUPT, "entry %lld says it is entry %lld",
                         (long long)number, (long long)entry.number);
    if (walk->has_previous && memcmp(entry.previous, walk->previous, DIGEST_SIZE) != 0)
        return fault_set(walk->fault, STATUS_CORRUPT,
                         "the chain breaks at entry %lld: it does not follow the one before it",
                         (long long)number);
    leaf_hash(bytes, size, leaf);
    struct shown_entry shown = {bytes, size, leaf, &entry, &command};
    status = walk->each(walk->user, &shown, walk->fault);
    memcpy(walk->previous, leaf, DIGEST_SIZE);
    walk->has_previous = true;
    return status;
}

static bool walk_each(void *user, int64_t number, const void *bytes, size_t size)
{
    struct walk *walk = user;
    walk->status = walk_entry(walk, number, bytes, size);
    arena_reset(&walk->arena);
    return walk->status == STATUS_OK;
}

enum status office_walk(struct log_store *store, int64_t from, office_each *each, void *user,
                        struct fault *fault)
{
    struct walk walk = {.each = each, .user = user, .has_previous = from == 0, .fault = fault};
    struct log_view *view = NULL;
    struct log_head head;
    enum status status = store->functions->view_open(store, &view, fault);
    if (status != STATUS_OK)
        return status;
    arena_init(&walk.arena, 0);
    status = store->functions->head(view, &head, NULL, NULL, fault);
    if (status == STATUS_OK)
        status = store->functions->scan(view, from, INT64_MAX, walk_each, &walk, fault);
    if (status == STATUS_OK)
        status = walk.status;
    if (status == STATUS_OK && head.size > from &&
        memcmp(walk.previous, head.last, DIGEST_SIZE) != 0)
        status = fault_set(fault, STATUS_CORRUPT, "the last entry does not hash to the log's head");
    arena_done(&walk.arena);
    store->functions->view_close(view);
    return status;
}

/* --- opening --- */

struct folding {
    struct office *office;
    const struct office_options *options;
    int64_t all;
};

static enum status fold_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct folding *folding = user;
    const struct entry *entry = shown->entry;
    struct moment when = {entry->recorded_at_us, entry->number};
    enum status status = state_fold(folding->office->state, &when, shown->command, entry->events,
                                    entry->event_count, fault);
    if (status != STATUS_OK)
        return fault_add(fault, "entry %lld does not fold", (long long)entry->number);
    for (unsigned i = 0; i < entry->event_count; i++)
        roster_fold(folding->office->roster, &entry->events[i]);
    if (folding->options->progress && entry->number % PROGRESS_EVERY == 0 && entry->number > 0)
        folding->options->progress(entry->number, folding->all);
    return STATUS_OK;
}

static enum status keys_read(struct office *office, struct member_key *ret_log_key,
                             struct fault *fault)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/keys/server.curve", office->directory);
    enum status status = server_key_read(path, &office->server, fault);
    if (status != STATUS_OK)
        return status;
    snprintf(path, sizeof path, "%s/keys/log.sign", office->directory);
    return member_key_read(path, ret_log_key, fault);
}

static enum status log_start(struct office *office, const struct office_options *options,
                             const struct member_key *log_key, struct fault *fault)
{
    char path[4096];
    struct log_store_options store_options = {.unsafe_no_sync = options->unsafe};
    struct log_store *store = NULL;
    snprintf(path, sizeof path, "%s/log", office->directory);
    enum status status = log_store_lmdb_open(path, &store_options, &store, fault);
    if (status != STATUS_OK)
        return status;
    struct log_options log_options = {.origin = office->origin,
                                      .sign_key = log_key->secret_key,
                                      .committed = options->committed,
                                      .user = options->user};
    return log_open(store, &log_options, &office->log, fault);
}

enum status office_open(const struct office_options *options, struct office **ret_office,
                        struct fault *fault)
{
    struct office *office = calloc(1, sizeof *office);
    struct member_key log_key = {0};
    char path[4096];
    CHECK(office);
    snprintf(office->directory, sizeof office->directory, "%s", options->directory);
    office->unsafe = options->unsafe;
    office->roster = roster_open();
    office->memory = answer_memory_open();
    enum status status = conf_open(options->directory, &office->conf, fault);
    if (status == STATUS_OK)
        status = keys_read(office, &log_key, fault);
    if (status == STATUS_OK) {
        snprintf(office->origin, sizeof office->origin, "%s",
                 conf_text(office->conf, "origin", "jishi.local/log"));
        snprintf(path, sizeof path, "%s/subject-keys", options->directory);
        status = key_store_open(path, &office->keys, fault);
    }
    if (status == STATUS_OK)
        status = log_start(office, options, &log_key, fault);
    if (status == STATUS_OK) {
        struct folding folding = {office, options, log_next_number(office->log)};
        office->state = state_open(office->origin);
        roster_add_own(office->roster, office->server.curve_public);
        status = office_walk(log_store_of(office->log), 0, fold_each, &folding, fault);
    }
    member_key_forget(&log_key);
    if (status != STATUS_OK) {
        office_close(office);
        return status;
    }
    *ret_office = office;
    return STATUS_OK;
}

void office_close(struct office *office)
{
    if (!office)
        return;
    log_close(office->log);
    state_close(office->state);
    key_store_close(office->keys);
    roster_close(office->roster);
    answer_memory_close(office->memory);
    conf_close(office->conf);
    sodium_memzero(&office->server, sizeof office->server);
    free(office);
}
