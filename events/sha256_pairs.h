/* sha256_pairs.h - SHA-256 of several messages, two at a time.
 *
 * The SHA instructions of x86-64 wait for one another: within one message a round needs the one
 * before. Two messages fill each other's waits. OpenSSL offers no call for that, and whoever
 * follows the log does little else than hashing. FIPS 180-4; tried against OpenSSL's before it is
 * used, and by tests/unit/test_events.c for every length. */
#ifndef EVENTS_SHA256_PAIRS_H
#define EVENTS_SHA256_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/command.h"

/* Whether this processor has the instructions, and does right with them. */
bool sha256_pairs_here(void);
/* ret[i] = SHA-256(prefix | messages[i]). Only where sha256_pairs_here(). */
void sha256_pairs(uint8_t prefix, const struct text_view *messages, size_t count,
                  uint8_t (*ret)[DIGEST_SIZE]);

#endif
