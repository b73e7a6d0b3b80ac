/* jishi_client.h - the client library: speak to a Jishi server in C. Stands alone.
 *
 * A client belongs to one thread. Commands are written as JSON (cmd/README.md "a command as JSON"),
 * signed with the key file's key and sent; answers come back as JSON texts of the form of
 * cmd/wire/PROTOCOL.md section 4.2. Link with -ljishi-client (pkg-config jishi-client). */
#ifndef JISHI_CLIENT_H
#define JISHI_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct jishi_client;
struct jishi_command;

enum jishi_status {
    JISHI_ACCEPTED,
    JISHI_REFUSED,
    JISHI_CONFLICT, /* the command id was used for something else */
    JISHI_INVALID,  /* bytes, signature or payload break the protocol */
    JISHI_UNKNOWN,  /* no answer in time: ask again with the same command */
    JISHI_ERROR,    /* it could not be asked; the error text says why */
};

struct jishi_answer {
    enum jishi_status status;
    int64_t number; /* -1: not on record */
    int64_t case_number;
    int64_t case_version;
    char code[32];       /* of a refusal */
    char *json;          /* the whole answer; jishi_answer_done() frees it */
    char command_id[33]; /* hex */
};

#define JISHI_ERROR_SIZE 512

/* `server_file` is DIR/keys/server.pub, `key_file` a member's key. `language` "zh" or "en". NULL on
 * failure, with the reason in `error` (JISHI_ERROR_SIZE bytes). */
struct jishi_client *jishi_connect(const char *server_file, const char *key_file,
                                   const char *language, char *error);
void jishi_close(struct jishi_client *client);

/* Builds and signs nothing yet; its id is fixed now, so that sending it again is the same command.
 * NULL with `error`. */
struct jishi_command *jishi_command(struct jishi_client *client, const char *json, char *error);
void jishi_command_free(struct jishi_command *command);
const char *jishi_command_id(const struct jishi_command *command); /* hex, lent */

/* Sends and waits; asks again with the same id on silence, `unknown` and `busy` until `timeout_ms`
 * have passed. */
void jishi_do(struct jishi_client *client, struct jishi_command *command, int timeout_ms,
              struct jishi_answer *ret_answer);
/* Up to 256 commands under one signature; they must fit one message (65 000 bytes). `answers` has
 * `count` places. */
void jishi_do_bundle(struct jishi_client *client, struct jishi_command *const *commands,
                     size_t count, int timeout_ms, struct jishi_answer *answers);
void jishi_answer_done(struct jishi_answer *answer);

/* Pipelined: send without waiting, take answers as they come (each says which command it is of). */
int jishi_send(struct jishi_client *client,
               struct jishi_command *command); /* 1 sent, 0 try later */
int jishi_receive(struct jishi_client *client, int timeout_ms,
                  struct jishi_answer *ret_answer); /* 1 an answer, 0 none in time */

/* Health and queries as JSON texts; NULL with `error`. The caller frees. */
char *jishi_health(struct jishi_client *client, int timeout_ms, char *error);
char *jishi_query(struct jishi_client *client, const char *name, const char *args_json,
                  int64_t at_least, int timeout_ms, char *error);
/* A word to the queue of reminders, likewise: cmd/wire/PROTOCOL.md section 8. */
char *jishi_jobs(struct jishi_client *client, const char *name, const char *args_json,
                 int timeout_ms, char *error);

#ifdef __cplusplus
}
#endif

#endif
