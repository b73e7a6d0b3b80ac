/* client.h - the inside of the client library, for the subcommands: the same connection, with data
 * instead of JSON. */
#ifndef CMD_CLIENT_CLIENT_H
#define CMD_CLIENT_CLIENT_H

#include "cmd/client/jishi_client.h"
#include "cmd/wire/keyfile.h"
#include "core/arena.h"
#include "core/buffer.h"
#include "core/datum.h"

/* What a client speaks with: a member's key, or the server's own key (its other processes). */
struct jishi_client *client_open(const struct server_info *info, const struct member_key *key,
                                 const char *language, struct fault *fault);
const struct server_info *client_info(const struct jishi_client *client);

enum client_port { PORT_COMMANDS, PORT_RANGES, PORT_QUERIES, PORT_JOBS, PORT_COUNT };

int64_t client_next_id(struct jishi_client *client);
/* Sends a request and waits for the answer with its id, asking again on silence; the answer's datum
 * lives in the arena. */
enum status client_ask(struct jishi_client *client, enum client_port port, int64_t id,
                       const struct buffer *request, int timeout_ms, struct arena *arena,
                       struct datum *ret_answer, struct fault *fault);

#endif
