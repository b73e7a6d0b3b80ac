/* keyfile.h - key files of members, server and log, and what a client has to know of a server.
 * PROTOCOL.md section 1.2 is the contract of the files. */
#ifndef CMD_WIRE_KEYFILE_H
#define CMD_WIRE_KEYFILE_H

#include <stdint.h>

#include "core/command.h"
#include "core/fault.h"

#define ADDRESS_SIZE 160
#define ORIGIN_SIZE  256

struct member_key {
    char member[NAME_SIZE_MAX + 1]; /* "" for the log's own key */
    uint8_t seed[32];
    uint8_t public_key[KEY_SIZE];
    uint8_t secret_key[64]; /* libsodium's form: seed, public key */
    uint8_t curve_public[KEY_SIZE];
    uint8_t curve_secret[KEY_SIZE];
};

struct server_key {
    uint8_t curve_public[KEY_SIZE];
    uint8_t curve_secret[KEY_SIZE];
};

struct server_info {
    char origin[ORIGIN_SIZE];
    uint8_t curve_public[KEY_SIZE];
    uint8_t log_public[KEY_SIZE];
    char commands[ADDRESS_SIZE], feed[ADDRESS_SIZE], ranges[ADDRESS_SIZE], queries[ADDRESS_SIZE],
        jobs[ADDRESS_SIZE];
};

void member_key_make(const char *member, struct member_key *ret_key); /* by chance */
enum status member_key_from_seed(const char *member, const uint8_t seed[32],
                                 struct member_key *ret_key, struct fault *fault);
enum status member_key_read(const char *path, struct member_key *ret_key, struct fault *fault);
enum status member_key_write(const char *path, const struct member_key *key,
                             struct fault *fault); /* a new file, 0600 */
void member_key_forget(struct member_key *key);

void server_key_make(struct server_key *ret_key);
enum status server_key_read(const char *path, struct server_key *ret_key, struct fault *fault);
enum status server_key_write(const char *path, const struct server_key *key, struct fault *fault);

enum status server_info_read(const char *path, struct server_info *ret_info, struct fault *fault);
enum status server_info_write(const char *path, const struct server_info *info,
                              struct fault *fault);

/* The CURVE key that belongs to an Ed25519 key; false if it is none. */
bool curve_key_of(const uint8_t public_key[KEY_SIZE], uint8_t ret_curve[KEY_SIZE]);

#endif
