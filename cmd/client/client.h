/* client.h - the inside of the client library, for the subcommands: the same connection, with data
 * instead of JSON. */
#ifndef CMD_CLIENT_CLIENT_H
#define CMD_CLIENT_CLIENT_H

#include "cmd/client/jishi_client.h"
#include "cmd/wire/keyfile.h"
#include "core/arena.h"
#include "core/buffer.h"
#include "core/datum.h"
#include "events/entry.h"

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

/* --- for a caller with a loop of its own, who must not wait --- */

/* The connection to watch; it stays until client_disconnect(), after which the next use opens it
 * anew. */
enum status client_socket(struct jishi_client *client, enum client_port port, void **ret_socket,
                          struct fault *fault);
void client_disconnect(struct jishi_client *client, enum client_port port);
/* A signature as requests carry it: PROTOCOL.md section 4. */
void client_signature_pack(const struct signature *signature, struct buffer *out);
/* A signed bundle as one request; the same bytes are sent again until they are answered. */
enum status client_bundle_pack(struct jishi_client *client, struct jishi_command *const *commands,
                               size_t count, int64_t id, struct buffer *out, struct fault *fault);
/* True: `bytes` answer request `id`. Then either `ret_wait_ms` says after what time the same bytes
 * are to be sent again (busy, unknown), or it is 0 and `answers` has the answer to each command. */
bool client_bundle_answer(const struct buffer *bytes, int64_t id,
                          struct jishi_command *const *commands, size_t count, int64_t *ret_wait_ms,
                          struct jishi_answer *answers);

#endif
