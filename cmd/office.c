/* office.c - a deployment's directory, opened; see office.h. */
#include "cmd/office.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/limits.h"
#include "cmd/snapshots.h"
#include "cmd/trace.h"
#include "cmd/turn.h"
#include "core/check.h"
#include "events/tree.h"

#define PROGRESS_EVERY 100000
#define WALK_STRETCH   1000 /* entries of one view */

/* --- walking a store --- */

struct walk {
    office_each *each;
    void *user;
    struct arena arena;
    uint8_t previous[DIGEST_SIZE];
    bool has_previous;
    struct fault *fault;
};

static enum status walk_entry(struct walk *walk, int64_t number, struct text_view bytes,
                              const uint8_t leaf[DIGEST_SIZE])
{
    struct entry entry;
    struct command command;
    enum status status = entry_decode(bytes.data, bytes.size, &walk->arena, &entry, walk->fault);
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
    struct shown_entry shown = {bytes.data, bytes.size, leaf, &entry, &command};
    status = walk->each(walk->user, &shown, walk->fault);
    memcpy(walk->previous, leaf, DIGEST_SIZE);
    walk->has_previous = true;
    return status;
}

/* Entries are copied and the view is closed before anybody looks at them: whoever looks may wait
 * for a slow terminal, and a view that stays open keeps every page alive that is freed meanwhile. */
struct stretch {
    struct buffer bytes;
    size_t ends[WALK_STRETCH];
    int64_t count;
};

static bool stretch_add(void *user, int64_t number, const void *bytes, size_t size)
{
    struct stretch *stretch = user;
    (void)number;
    buffer_add(&stretch->bytes, bytes, size);
    stretch->ends[stretch->count++] = stretch->bytes.size;
    return stretch->count < WALK_STRETCH;
}

static enum status stretch_read(struct log_store *store, int64_t from, int64_t to,
                                struct stretch *stretch, struct fault *fault)
{
    struct log_view *view = NULL;
    enum status status = store->functions->view_open(store, &view, fault);
    if (status != STATUS_OK)
        return status;
    buffer_clear(&stretch->bytes);
    stretch->count = 0;
    status = store->functions->scan(view, from, to - from < WALK_STRETCH ? to - from : WALK_STRETCH,
                                    stretch_add, stretch, fault);
    store->functions->view_close(view);
    if (status == STATUS_OK && stretch->count == 0)
        return fault_set(fault, STATUS_CORRUPT, "entry %lld is missing", (long long)from);
    return status;
}

static struct text_view stretch_entry(const struct stretch *stretch, int64_t i)
{
    size_t start = i ? stretch->ends[i - 1] : 0;
    return (struct text_view){stretch->bytes.data + start, (uint32_t)(stretch->ends[i] - start)};
}

static enum status stretch_walk(struct walk *walk, int64_t from, const struct stretch *stretch)
{
    uint8_t leaves[HASHED_TOGETHER][DIGEST_SIZE];
    struct text_view entries[HASHED_TOGETHER];
    enum status status = STATUS_OK;
    for (int64_t done = 0; status == STATUS_OK && done < stretch->count;) {
        size_t count = 0;
        for (; count < HASHED_TOGETHER && done + (int64_t)count < stretch->count; count++)
            entries[count] = stretch_entry(stretch, done + (int64_t)count);
        leaf_hashes(entries, count, leaves);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            status = walk_entry(walk, from + done + (int64_t)i, entries[i], leaves[i]);
            arena_reset(&walk->arena);
        }
        done += (int64_t)count;
    }
    return status;
}

static enum status walk_store(struct log_store *store, int64_t from, const struct log_head *head,
                              struct walk *walk, struct fault *fault)
{
    static struct stretch stretch;
    int64_t next = from;
    enum status status = STATUS_OK;
    arena_init(&walk->arena, 0);
    buffer_init(&stretch.bytes);
    while (status == STATUS_OK && next < head->size) {
        status = stretch_read(store, next, head->size, &stretch, fault);
        if (status == STATUS_OK)
            status = stretch_walk(walk, next, &stretch);
        next += stretch.count;
    }
    if (status == STATUS_OK && head->size > from &&
        memcmp(walk->previous, head->last, DIGEST_SIZE) != 0)
        status = fault_set(fault, STATUS_CORRUPT, "the last entry does not hash to the log's head");
    arena_done(&walk->arena);
    buffer_done(&stretch.bytes);
    return status;
}

enum status office_head(struct log_store *store, struct log_head *ret_head, struct fault *fault)
{
    struct log_view *view = NULL;
    enum status status = store->functions->view_open(store, &view, fault);
    if (status != STATUS_OK)
        return status;
    status = store->functions->head(view, ret_head, NULL, NULL, fault);
    store->functions->view_close(view);
    return status;
}

enum status office_walk_to(struct log_store *store, int64_t from, const struct log_head *head,
                           office_each *each, void *user, struct fault *fault)
{
    struct walk walk = {.each = each, .user = user, .has_previous = from == 0, .fault = fault};
    return walk_store(store, from, head, &walk, fault);
}

enum status office_walk(struct log_store *store, int64_t from, office_each *each, void *user,
                        struct fault *fault)
{
    struct log_head head;
    enum status status = office_head(store, &head, fault);
    return status == STATUS_OK ? office_walk_to(store, from, &head, each, user, fault) : status;
}

enum status office_read(const char *directory, office_each *each, void *user, struct fault *fault)
{
    char path[4096];
    struct log_store *store;
    struct log_store_options options = {.read_only = true};
    snprintf(path, sizeof path, "%s/log", directory);
    enum status status = log_store_lmdb_open(path, &options, &store, fault);
    if (status != STATUS_OK)
        return status;
    status = office_walk(store, 0, each, user, fault);
    store->functions->close(store);
    return status;
}

struct state *office_state(const char *directory, struct fault *fault)
{
    struct conf *conf;
    if (conf_open(directory, &conf, fault) != STATUS_OK)
        return NULL;
    struct state *state = state_open(conf_text(conf, "origin", ""));
    conf_close(conf);
    return state;
}

enum status office_walk_from(struct log_store *store, int64_t from,
                             const uint8_t previous[DIGEST_SIZE], office_each *each, void *user,
                             struct fault *fault)
{
    struct walk walk = {.each = each, .user = user, .has_previous = true, .fault = fault};
    struct log_head head;
    memcpy(walk.previous, previous, DIGEST_SIZE);
    enum status status = office_head(store, &head, fault);
    return status == STATUS_OK ? walk_store(store, from, &head, &walk, fault) : status;
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
                                      .batch_here_max = BATCH_HERE_MAX,
                                      .committed = options->committed,
                                      .user = options->user};
    return log_open(store, &log_options, &office->log, fault);
}

/* Is the entry before `next` the one the snapshot was made behind? */
static bool is_of_this_log(void *user, int64_t next, const uint8_t leaf[DIGEST_SIZE])
{
    struct office *office = user;
    struct buffer bytes;
    uint8_t there[DIGEST_SIZE];
    buffer_init(&bytes);
    bool good = log_read(office->log, next - 1, &bytes, NULL) == STATUS_OK;
    leaf_hash(bytes.data, bytes.size, there);
    buffer_done(&bytes);
    return good && memcmp(there, leaf, DIGEST_SIZE) == 0;
}

/* The state: a snapshot if there is one that fits, and the entries behind it. */
static enum status state_start(struct office *office, const struct office_options *options,
                               struct fault *fault)
{
    struct folding folding = {office, options, log_next_number(office->log)};
    struct snapshot snapshot;
    snapshot_load(office->directory, &office->server, log_next_number(office->log), is_of_this_log,
                  office, &snapshot);
    if (!snapshot.state) {
        office->state = state_open(office->origin);
        return office_walk(log_store_of(office->log), 0, fold_each, &folding, fault);
    }
    office->state = snapshot.state;
    office->snapshot = snapshot.next;
    memcpy(office->snapshot_leaf, snapshot.leaf, DIGEST_SIZE);
    roster_fill(office->roster, office->state);
    return office_walk_from(log_store_of(office->log), snapshot.next, snapshot.leaf, fold_each,
                            &folding, fault);
}

enum status office_open(const struct office_options *options, struct office **ret_office,
                        struct fault *fault)
{
    struct office *office = calloc(1, sizeof *office);
    struct member_key log_key = {0};
    char path[4096];
    CHECK(office);
    snprintf(office->directory, sizeof office->directory, "%s", options->directory);
    if (sodium_mlock(&office->server, sizeof office->server) != 0) /* not to the swap */
        trace("secrets_not_locked",
              "reason=\"the limit of locked memory (RLIMIT_MEMLOCK) is too low\"");
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
        roster_add_own(office->roster, office->server.curve_public);
        status = state_start(office, options, fault);
    }
    member_key_forget(&log_key);
    if (status != STATUS_OK) {
        office_close(office);
        return status;
    }
    *ret_office = office;
    return STATUS_OK;
}

int32_t office_today(const struct office *office)
{
    int64_t now = clock_now_us();
    int64_t seen = log_seen_at_us(office->log);
    return moment_day(now > seen ? now : seen);
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
    sodium_munlock(&office->server, sizeof office->server); /* and zeroes it */
    free(office);
}
