/* calendar_tokens.h - who may read a calendar feed: DIR/calendar.tokens, mode 0600, a line a member:
 * SHA-256 of his token in hex, zh or en, `plain` or `names`, the member.
 *
 * A token is 32 bytes by chance, written in 43 characters of URL-safe Base64. It is shown once and
 * kept nowhere; being drawn from 256 bits it needs no slow hash. */
#ifndef CMD_CALENDAR_TOKENS_H
#define CMD_CALENDAR_TOKENS_H

#include <stdbool.h>

#include "core/command.h"
#include "core/fault.h"

#define CALENDAR_TOKENS_MAX 4096 /* members with a feed: one more is refused */
#define TOKEN_TEXT_LENGTH   43

struct calendar_token {
    uint8_t hash[DIGEST_SIZE];
    bool english, subjects;
    char member[NAME_SIZE_MAX + 1];
};

struct calendar_tokens {
    struct calendar_token *items;
    unsigned count;
};

/* No file: no tokens. */
enum status calendar_tokens_read(const char *directory, struct calendar_tokens *ret_tokens,
                                 struct fault *fault);
void calendar_tokens_done(struct calendar_tokens *tokens);

/* The one with this text, compared in time that does not depend on it; NULL. Lent. */
const struct calendar_token *calendar_token_find(const struct calendar_tokens *tokens,
                                                 const char *text);
const struct calendar_token *calendar_token_of(const struct calendar_tokens *tokens,
                                               const char *member);

/* Puts `wanted` (its hash is made here) in the place of the member's token, or only removes that
 * (`wanted` without a language of its own: NULL). Readers see the old file or the new one. */
enum status calendar_token_change(const char *directory, const char *member,
                                  const struct calendar_token *wanted,
                                  char ret_text[TOKEN_TEXT_LENGTH + 1], struct fault *fault);

#endif
