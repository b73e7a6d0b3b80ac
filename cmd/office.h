/* office.h - a deployment's directory, opened: its configuration, keys, log, and the state folded
 * from it. */
#ifndef CMD_OFFICE_H
#define CMD_OFFICE_H

#include "cmd/conf.h"
#include "cmd/roster.h"
#include "cmd/wire/keyfile.h"
#include "core/state.h"
#include "events/log.h"
#include "events/payload.h"

struct answer_memory;

struct office {
    char directory[3072];
    char origin[ORIGIN_SIZE];
    struct conf *conf;
    struct server_key server;
    struct log *log;
    struct key_store *keys;
    struct state *state;
    struct roster *roster;
    struct answer_memory *memory; /* sentences of answers given lately */
    bool unsafe;
    int64_t snapshot; /* entries that came with a snapshot; their chain is checked by scrub.h */
    uint8_t snapshot_leaf[DIGEST_SIZE];
    bool somebody_lost; /* a key or role that lets read: subscriptions have to be cut */
};

struct office_options {
    const char *directory;
    bool unsafe;                                 /* no fsync */
    void (*progress)(int64_t done, int64_t all); /* while folding; may be NULL */
    void (*committed)(void *user);
    void *user;
};

/* Opens everything and folds the log. STATUS_CORRUPT names the entry where the chain does not hold.
 */
enum status office_open(const struct office_options *options, struct office **ret_office,
                        struct fault *fault);
void office_close(struct office *office); /* commits what is staged */
/* The day that an entry would be recorded on now: roles are held from day to day. From any thread. */
int32_t office_today(const struct office *office);

/* Shows every entry of a store in order, its hash chain checked; stops at the first fault. */
struct shown_entry {
    const void *bytes;
    size_t size;
    const uint8_t *leaf;
    const struct entry *entry;
    const struct command *command;
};

typedef enum status office_each(void *user, const struct shown_entry *shown, struct fault *fault);
enum status office_walk(struct log_store *store, int64_t from, office_each *each, void *user,
                        struct fault *fault);
/* The same up to a head that was read before, whatever came since. */
enum status office_walk_to(struct log_store *store, int64_t from, const struct log_head *head,
                           office_each *each, void *user, struct fault *fault);
enum status office_head(struct log_store *store, struct log_head *ret_head, struct fault *fault);
/* The same over the log of a deployment's directory, read beside a running server. */
enum status office_read(const char *directory, office_each *each, void *user, struct fault *fault);
/* A new state for what was recorded there: its origin is the configured one. NULL with `fault`. */
struct state *office_state(const char *directory, struct fault *fault);
/* The same from `from` on, behind an entry whose leaf hash is `previous`. */
enum status office_walk_from(struct log_store *store, int64_t from,
                             const uint8_t previous[DIGEST_SIZE], office_each *each, void *user,
                             struct fault *fault);

#endif
