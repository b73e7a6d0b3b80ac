/* audit.c - `jishi audit verify|replay DIR`: does the log prove itself, and was each entry decided
 * as it says?
 *
 * verify: hashes, chain, numbers, every signature, the tree's tiles of every level and its root,
 * the last signed checkpoint. replay: every command is decided again from the log alone, and the
 * entry that comes out is compared with the one on record, byte by byte.
 *
 * Both go up to the head as it is when they begin: a running server may append meanwhile. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/inaction.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "core/check.h"
#include "events/checkpoint.h"
#include "events/tree.h"

#define TILE_LEVELS 8

/* Hashes of a level that do not yet fill a tile. */
struct open_tile {
    uint8_t hashes[TILE_WIDTH][DIGEST_SIZE];
    unsigned count;
    uint64_t index;
};

struct auditing {
    struct tree tree;
    struct state *state; /* replay */
    struct arena arena;
    struct log_store *store;
    struct log_head head;
    int64_t entries, refusals;
    struct open_tile tiles[TILE_LEVELS];
    struct checkpoint checkpoint; /* the last one that was kept; its origin is empty: none was */
};

static enum status tile_check(struct auditing *auditing, uint32_t level, struct fault *fault)
{
    static uint8_t kept[TILE_WIDTH][DIGEST_SIZE];
    const struct log_store_functions *f = auditing->store->functions;
    const struct open_tile *tile = &auditing->tiles[level];
    struct log_view *view = NULL;
    enum status status = f->view_open(auditing->store, &view, fault);
    if (status != STATUS_OK)
        return status;
    status = f->tile(view, level, tile->index, kept[0], fault);
    f->view_close(view);
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && memcmp(kept, tile->hashes, sizeof kept) != 0))
        return fault_set(fault, STATUS_CORRUPT, "tile %u/%llu does not hold the tree's hashes",
                         level, (unsigned long long)tile->index);
    return status;
}

/* Full tiles, as served to monitors: of the leaf hashes, then of each 256 below. */
static enum status tile_add(struct auditing *auditing, uint32_t level,
                            const uint8_t hash[DIGEST_SIZE], struct fault *fault)
{
    struct open_tile *tile = &auditing->tiles[level];
    uint8_t root[DIGEST_SIZE];
    memcpy(tile->hashes[tile->count++], hash, DIGEST_SIZE);
    if (tile->count < TILE_WIDTH)
        return STATUS_OK;
    enum status status = tile_check(auditing, level, fault);
    if (status != STATUS_OK)
        return status;
    tree_root_of((const uint8_t(*)[DIGEST_SIZE])tile->hashes, TILE_WIDTH, root);
    tile->count = 0;
    tile->index++;
    return level + 1 < TILE_LEVELS ? tile_add(auditing, level + 1, root, fault) : STATUS_OK;
}

/* The tree as it was when the last checkpoint was signed. */
static enum status checkpoint_check(const struct auditing *auditing, struct fault *fault)
{
    uint8_t root[DIGEST_SIZE];
    if (!auditing->checkpoint.origin[0] || auditing->checkpoint.size != auditing->tree.size)
        return STATUS_OK;
    tree_root(&auditing->tree, root);
    return memcmp(root, auditing->checkpoint.root, DIGEST_SIZE) == 0
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT,
                           "the entries do not lead to the root of the signed checkpoint");
}

static enum status audit_entry(struct auditing *auditing, const struct shown_entry *shown,
                               struct fault *fault)
{
    const struct entry *entry = shown->entry;
    if (signature_check(&entry->signature, entry->command_bytes.data, entry->command_bytes.size,
                        fault) != STATUS_OK)
        return fault_add(fault, "entry %lld", (long long)entry->number);
    tree_append(&auditing->tree, shown->leaf);
    auditing->entries++;
    auditing->refusals += entry->refusal != REFUSAL_none;
    enum status status = tile_add(auditing, 0, shown->leaf, fault);
    return status == STATUS_OK ? checkpoint_check(auditing, fault) : status;
}

static enum status verify_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    return audit_entry(user, shown, fault);
}

/* A warning given at the door, of a text the log does not hold: on record, but not the core's. */
static unsigned clauses_of_core(const struct entry *entry)
{
    unsigned count = entry->clause_count;
    return count > 0 && entry->refusal == REFUSAL_none &&
                   strcmp(entry->clauses[count - 1].guard, "id_number") == 0
               ? count - 1
               : count;
}

static enum status replay_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct auditing *auditing = user;
    const struct entry *entry = shown->entry;
    enum status status = audit_entry(auditing, shown, fault);
    if (status != STATUS_OK)
        return status;
    struct moment now = {entry->recorded_at_us, entry->number};
    struct signer signer;
    struct decision decision = {0};
    struct decide_options options = {"en"};
    if (state_next_number(auditing->state) != entry->number)
        return fault_set(fault, STATUS_CORRUPT,
                         "entry %lld: the one before it would not have been recorded",
                         (long long)entry->number);
    memcpy(signer.key, entry->signature.key, KEY_SIZE);
    decide(auditing->state, shown->command, &signer, &now, &options, &auditing->arena, &decision);
    struct entry again = *entry;
    again.refusal = decision.refusal;
    again.clauses = decision.clauses;
    again.clause_count = decision.clause_count;
    again.events = decision.refusal == REFUSAL_none ? decision.events : NULL;
    again.event_count = decision.refusal == REFUSAL_none ? decision.event_count : 0;
    struct entry recorded = *entry;
    recorded.clause_count = clauses_of_core(entry);
    struct buffer a;
    struct buffer b;
    buffer_init(&a);
    buffer_init(&b);
    status = entry_encode(&again, &a, fault);
    if (status == STATUS_OK)
        status = entry_encode(&recorded, &b, fault);
    if (status == STATUS_OK && (a.size != b.size || memcmp(a.data, b.data, a.size) != 0))
        status = fault_set(
            fault, STATUS_CORRUPT,
            "entry %lld was not decided like that: deciding it again gives %s with %u events, on "
            "record are %s and %u",
            (long long)entry->number,
            decision.refusal == REFUSAL_none ? "acceptance" : refusal_name(decision.refusal),
            again.event_count,
            entry->refusal == REFUSAL_none ? "acceptance" : refusal_name(entry->refusal),
            entry->event_count);
    buffer_done(&a);
    buffer_done(&b);
    arena_reset(&auditing->arena);
    return status;
}

/* The checkpoint that was kept, if any, with its signature checked against the log's key. */
static enum status checkpoint_take(const char *directory, struct auditing *auditing,
                                   struct fault *fault)
{
    char path[4096];
    struct server_info info;
    struct text_view note = {0};
    struct log_view *view = NULL;
    const struct log_store_functions *f = auditing->store->functions;
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    enum status status = f->view_open(auditing->store, &view, fault);
    if (status != STATUS_OK)
        return status;
    status = f->meta_get(view, "checkpoint", &note, fault);
    if (status == STATUS_OK)
        status = server_info_read(path, &info, fault);
    if (status == STATUS_OK)
        status =
            checkpoint_read(note.data, note.size, info.log_public, &auditing->checkpoint, fault);
    f->view_close(view);
    return status == STATUS_NOT_FOUND && !note.data ? STATUS_OK : status;
}

static enum status root_check(const struct auditing *auditing, uint8_t ret_root[DIGEST_SIZE],
                              struct fault *fault)
{
    tree_root(&auditing->tree, ret_root);
    if (auditing->head.size > 0 && memcmp(auditing->head.root, ret_root, DIGEST_SIZE) != 0)
        return fault_set(fault, STATUS_CORRUPT, "the entries do not lead to the root on record");
    return STATUS_OK;
}

static enum status entries_check(const char *directory, bool replay, struct auditing *auditing,
                                 uint8_t ret_root[DIGEST_SIZE], struct fault *fault)
{
    struct conf *conf = NULL;
    enum status status = checkpoint_take(directory, auditing, fault);
    if (status == STATUS_OK)
        status = office_head(auditing->store, &auditing->head, fault);
    if (status != STATUS_OK)
        return status;
    if (replay) {
        bool read = conf_open(directory, &conf, NULL) == STATUS_OK;
        auditing->state = state_open(read ? conf_text(conf, "origin", auditing->checkpoint.origin)
                                          : auditing->checkpoint.origin);
        conf_close(conf);
    }
    status = office_walk_to(auditing->store, 0, &auditing->head, replay ? replay_each : verify_each,
                            auditing, fault);
    if (status == STATUS_OK && auditing->checkpoint.size > auditing->entries)
        status = fault_set(fault, STATUS_CORRUPT,
                           "the log has %lld entries, and its signed checkpoint speaks of %lld",
                           (long long)auditing->entries, (long long)auditing->checkpoint.size);
    if (status == STATUS_OK)
        status = root_check(auditing, ret_root, fault);
    state_close(auditing->state);
    return status;
}

static enum status audit(const char *directory, bool replay, struct auditing *auditing,
                         uint8_t ret_root[DIGEST_SIZE], struct fault *fault)
{
    char path[4096];
    struct log_store_options options = {.read_only = true};
    snprintf(path, sizeof path, "%s/log", directory);
    enum status status = log_store_lmdb_open(path, &options, &auditing->store, fault);
    if (status != STATUS_OK)
        return status;
    tree_init(&auditing->tree);
    status = entries_check(directory, replay, auditing, ret_root, fault);
    auditing->store->functions->close(auditing->store);
    return status;
}

static void print_json(const struct auditing *auditing, bool verified, const char *root,
                       const char *text)
{
    json_t *json = json_pack("{s:b,s:I,s:I,s:s,s:s}", "verified", verified, "entries",
                             (json_int_t)auditing->entries, "refusals",
                             (json_int_t)auditing->refusals, "root", root, "text", text);
    char *line = json_dumps(json, JSON_COMPACT);
    printf("%s\n", line ? line : "{\"verified\":false}");
    free(line);
    json_decref(json);
}

int cmd_audit(int argc, char **argv)
{
    static const struct option_spec specs[] = {{0}};
    struct options options = {"audit", "verify|replay DIR | inaction [--help] DIR", specs};
    static struct auditing auditing;
    struct fault fault = {0};
    uint8_t root[DIGEST_SIZE] = {0};
    char hex[2 * DIGEST_SIZE + 1];
    if (argc > 1 && strcmp(argv[1], "inaction") == 0)
        return audit_inaction(argc - 1, argv + 1);
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    bool replay = argc > 0 && strcmp(argv[0], "replay") == 0;
    if (argc != 2 || (!replay && strcmp(argv[0], "verify") != 0))
        return options_wrong(&options, "verify|replay|inaction DIR");
    if (sodium_init() < 0)
        return 2;
    arena_init(&auditing.arena, 0);
    enum status status = audit(argv[1], replay, &auditing, root, &fault);
    arena_done(&auditing.arena);
    sodium_bin2hex(hex, sizeof hex, root, DIGEST_SIZE);
    if (wants_json())
        print_json(&auditing, status == STATUS_OK, hex, status == STATUS_OK ? "" : fault.text);
    else if (status == STATUS_OK)
        printf("%s: %lld %s, %lld %s, %s %s\n",
               replay ? in_words("重放一致", "replayed, equal to the byte")
                      : in_words("核验通过", "verified"),
               (long long)auditing.entries, in_words("条", "entries"), (long long)auditing.refusals,
               in_words("条不予办理", "refusals"), in_words("根", "root"), hex);
    else
        fprintf(stderr, "%s: %s\n", in_words("未通过", "not verified"), fault.text);
    return status == STATUS_OK                                                               ? 0
           : status == STATUS_CORRUPT || status == STATUS_INVALID || status == STATUS_DENIED ? 1
                                                                                             : 2;
}
