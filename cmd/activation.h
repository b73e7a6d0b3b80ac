/* activation.h - how a pack or a calendar gets into the log: its text in parts, then the word that
 * puts it in force. */
#ifndef CMD_ACTIVATION_H
#define CMD_ACTIVATION_H

#include <jansson.h>
#include <stdbool.h>

#include "cmd/client/client.h"
#include "core/buffer.h"
#include "core/fault.h"

/* Sends one command; takes `command`. */
typedef enum status activation_send(void *user, json_t *command, struct fault *fault);

/* Sends what activates `text`; `what` is "pack" or "calendar". Stops at the first that fails. */
enum status activation_make(const char *what, const struct buffer *text, activation_send *send,
                            void *user, struct fault *fault);

/* The same over the wire, of a file; the fault says what was refused and why. */
enum status activation_over(struct jishi_client *client, const char *what, const char *path,
                            struct fault *fault);

json_t *json_of_bytes(const void *bytes, size_t size); /* {"$hex": ...} */

#endif
