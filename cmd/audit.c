/* audit.c - `jishi audit verify|replay DIR`: does the log prove itself, and was each entry decided
 * as it says?
 *
 * verify: hashes, chain, numbers, every signature, and the root of the tree. replay: every command
 * is decided again from the log alone, and the entry that comes out is compared with the one on
 * record, byte by byte. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "core/check.h"
#include "events/tree.h"

struct auditing {
    struct tree tree;
    struct state *state; /* replay */
    struct arena arena;
    int64_t entries, refusals;
};

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
    return STATUS_OK;
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

static enum status origin_of(struct log_store *store, char out[ORIGIN_SIZE], struct fault *fault)
{
    struct log_view *view = NULL;
    struct text_view note = {0};
    enum status status = store->functions->view_open(store, &view, fault);
    if (status != STATUS_OK)
        return status;
    out[0] = '\0';
    if (store->functions->meta_get(view, "checkpoint", &note, NULL) == STATUS_OK) {
        size_t length = 0;
        while (length < note.size && length < ORIGIN_SIZE - 1 && note.data[length] != '\n')
            length++;
        memcpy(out, note.data, length);
        out[length] = '\0';
    }
    store->functions->view_close(view);
    return STATUS_OK;
}

static enum status root_check(struct log_store *store, const struct auditing *auditing,
                              uint8_t ret_root[DIGEST_SIZE], struct fault *fault)
{
    struct log_view *view = NULL;
    struct log_head head;
    enum status status = store->functions->view_open(store, &view, fault);
    if (status != STATUS_OK)
        return status;
    status = store->functions->head(view, &head, NULL, NULL, fault);
    store->functions->view_close(view);
    tree_root(&auditing->tree, ret_root);
    if (status == STATUS_OK && head.size == auditing->tree.size && head.size > 0 &&
        memcmp(head.root, ret_root, DIGEST_SIZE) != 0)
        return fault_set(fault, STATUS_CORRUPT, "the entries do not lead to the root on record");
    return status;
}

/* The log's name: of its configuration, else of its last checkpoint. */
static enum status audit(const char *directory, bool replay, struct auditing *auditing,
                         uint8_t ret_root[DIGEST_SIZE], struct fault *fault)
{
    char path[4096];
    char origin[ORIGIN_SIZE];
    struct log_store_options options = {.read_only = true};
    struct log_store *store = NULL;
    struct conf *conf = NULL;
    snprintf(path, sizeof path, "%s/log", directory);
    enum status status = log_store_lmdb_open(path, &options, &store, fault);
    if (status != STATUS_OK)
        return status;
    status = origin_of(store, origin, fault);
    if (conf_open(directory, &conf, NULL) == STATUS_OK)
        snprintf(origin, sizeof origin, "%s", conf_text(conf, "origin", origin));
    conf_close(conf);
    tree_init(&auditing->tree);
    if (replay)
        auditing->state = state_open(origin);
    if (status == STATUS_OK)
        status = office_walk(store, 0, replay ? replay_each : verify_each, auditing, fault);
    if (status == STATUS_OK)
        status = root_check(store, auditing, ret_root, fault);
    state_close(auditing->state);
    store->functions->close(store);
    return status;
}

int cmd_audit(int argc, char **argv)
{
    static const struct option_spec specs[] = {{0}};
    struct options options = {"audit", "verify|replay DIR", specs};
    struct auditing auditing = {0};
    struct fault fault = {0};
    uint8_t root[DIGEST_SIZE] = {0};
    char hex[2 * DIGEST_SIZE + 1];
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    bool replay = argc > 0 && strcmp(argv[0], "replay") == 0;
    if (argc != 2 || (!replay && strcmp(argv[0], "verify") != 0))
        return options_wrong(&options, "verify|replay DIR");
    if (sodium_init() < 0)
        return 2;
    arena_init(&auditing.arena, 0);
    enum status status = audit(argv[1], replay, &auditing, root, &fault);
    arena_done(&auditing.arena);
    sodium_bin2hex(hex, sizeof hex, root, DIGEST_SIZE);
    if (wants_json())
        printf("{\"verified\":%s,\"entries\":%lld,\"refusals\":%lld,\"root\":\"%s\",\"text\":\"%"
               "s\"}\n",
               status == STATUS_OK ? "true" : "false", (long long)auditing.entries,
               (long long)auditing.refusals, hex, status == STATUS_OK ? "" : fault.text);
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
