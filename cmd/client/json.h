/* json.h - commands and entries as JSON, for people and scripts. */
#ifndef CMD_CLIENT_JSON_H
#define CMD_CLIENT_JSON_H

#include <jansson.h>

#include "core/buffer.h"
#include "core/datum.h"
#include "events/entry.h"
#include "events/payload.h"

/* A command read from JSON; everything in the arena. Free texts become commitments and payload
 * items. */
struct json_command {
    struct command command;
    struct payload_item items[PAYLOAD_ITEMS_MAX];
    size_t item_count;
};

enum status json_command_read(const char *json, const char *origin, struct arena *arena,
                              struct json_command *ret, struct fault *fault);

json_t *json_of_datum(const struct datum *datum);   /* bytes as {"$hex": "..."} */
json_t *json_of_record(const struct datum *record); /* [[name, value], ...] as an object */
enum status json_to_datum(const json_t *json, struct arena *arena, struct datum *ret,
                          struct fault *fault); /* no free texts */
json_t *json_of_entry(const struct entry *entry, const struct command *command,
                      const uint8_t leaf[DIGEST_SIZE]);
#define UUID7_RANDOM_SIZE 8

/* RFC 9562, 5.7, with the microseconds in rand_a (6.2, method 3): ids of one clock grow, so that
 * the log finds them at the end of its table, and the server knows a new one without a look. */
void uuid7_make(uint8_t ret_id[COMMAND_ID_SIZE], int64_t now_us);
/* The same with the caller's random bytes, for many at once. */
void uuid7_make_with(uint8_t ret_id[COMMAND_ID_SIZE], int64_t now_us,
                     const uint8_t random[UUID7_RANDOM_SIZE]);

#endif
