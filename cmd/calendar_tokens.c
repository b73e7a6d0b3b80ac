/* calendar_tokens.c - the file of calendar tokens, see calendar_tokens.h. */
#include "cmd/calendar_tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cmd/data_dir.h"
#include "core/check.h"
#include "events/tree.h"
#include "events/whole_file.h"

#define HEAD                                                                                       \
    "# calendar.tokens - who may read a calendar feed; made by jishi calendar\n"                   \
    "# SHA-256 of the token, language, titles, member\n"

static void token_hash(const char *text, uint8_t ret_hash[DIGEST_SIZE])
{
    sha256(text, strlen(text), ret_hash);
}

static void path_of(const char *directory, const char *suffix, char out[4096])
{
    snprintf(out, 4096, "%s/calendar.tokens%s", directory, suffix);
}

static bool line_read(const char *line, struct calendar_token *token)
{
    char hex[2 * DIGEST_SIZE + 1], language[3], titles[6];
    int at = 0;
    size_t size = 0;
    if (sscanf(line, "%64s %2s %5s %n", hex, language, titles, &at) != 3 || at == 0 ||
        sodium_hex2bin(token->hash, DIGEST_SIZE, hex, strlen(hex), NULL, &size, NULL) != 0 ||
        size != DIGEST_SIZE || !line[at] || strlen(line + at) > NAME_SIZE_MAX)
        return false;
    token->english = strcmp(language, "en") == 0;
    token->subjects = strcmp(titles, "names") == 0;
    snprintf(token->member, sizeof token->member, "%s", line + at);
    return true;
}

static enum status lines_read(char *text, const char *path, struct calendar_tokens *tokens,
                              struct fault *fault)
{
    char *rest = text;
    for (unsigned number = 1; rest; number++) {
        char *line = strsep(&rest, "\n");
        if (*line == '\0' || *line == '#')
            continue;
        if (tokens->count == CALENDAR_TOKENS_MAX)
            return fault_set(fault, STATUS_FULL, "%s: more than %d tokens", path,
                             CALENDAR_TOKENS_MAX);
        if (!line_read(line, &tokens->items[tokens->count]))
            return fault_set(fault, STATUS_INVALID,
                             "%s:%u: not of the form HASH zh|en plain|names MEMBER", path, number);
        tokens->count++;
    }
    return STATUS_OK;
}

enum status calendar_tokens_read(const char *directory, struct calendar_tokens *ret_tokens,
                                 struct fault *fault)
{
    char path[4096];
    struct buffer text;
    struct calendar_tokens tokens = {calloc(CALENDAR_TOKENS_MAX, sizeof *tokens.items), 0};
    CHECK(tokens.items != NULL);
    path_of(directory, "", path);
    buffer_init(&text);
    enum status status =
        access(path, F_OK) != 0 && errno == ENOENT ? STATUS_OK : file_read(path, &text, fault);
    if (status == STATUS_OK && text.size > 0)
        status = lines_read((char *)text.data, path, &tokens, fault);
    buffer_done(&text);
    if (status == STATUS_OK)
        *ret_tokens = tokens;
    else
        calendar_tokens_done(&tokens);
    return status;
}

void calendar_tokens_done(struct calendar_tokens *tokens)
{
    free(tokens->items);
    *tokens = (struct calendar_tokens){0};
}

const struct calendar_token *calendar_token_find(const struct calendar_tokens *tokens,
                                                 const char *text)
{
    uint8_t hash[DIGEST_SIZE];
    const struct calendar_token *found = NULL;
    token_hash(text, hash);
    for (unsigned i = 0; i < tokens->count; i++) /* all of them, found or not */
        if (sodium_memcmp(tokens->items[i].hash, hash, DIGEST_SIZE) == 0)
            found = &tokens->items[i];
    return found;
}

const struct calendar_token *calendar_token_of(const struct calendar_tokens *tokens,
                                               const char *member)
{
    for (unsigned i = 0; i < tokens->count; i++)
        if (strcmp(tokens->items[i].member, member) == 0)
            return &tokens->items[i];
    return NULL;
}

/* ---- changing ---- */

static void tokens_print(const struct calendar_tokens *tokens, struct buffer *out)
{
    buffer_add_text(out, HEAD);
    for (unsigned i = 0; i < tokens->count; i++) {
        const struct calendar_token *token = &tokens->items[i];
        char hex[2 * DIGEST_SIZE + 1];
        sodium_bin2hex(hex, sizeof hex, token->hash, DIGEST_SIZE);
        buffer_addf(out, "%s %s %s %s\n", hex, token->english ? "en" : "zh",
                    token->subjects ? "names" : "plain", token->member);
    }
}

static enum status file_replace(const char *directory, const struct buffer *text,
                                struct fault *fault)
{
    char path[4096];
    path_of(directory, "", path);
    struct whole_file file = {.path = path, .mode = 0600};
    return whole_file_write(&file, text->data, text->size, fault);
}

static enum status tokens_change(const char *directory, const char *member,
                                 const struct calendar_token *wanted, struct fault *fault)
{
    struct calendar_tokens tokens;
    struct buffer text;
    enum status status = calendar_tokens_read(directory, &tokens, fault);
    if (status != STATUS_OK)
        return status;
    unsigned kept = 0;
    for (unsigned i = 0; i < tokens.count; i++)
        if (strcmp(tokens.items[i].member, member) != 0)
            tokens.items[kept++] = tokens.items[i];
    tokens.count = kept;
    if (wanted && tokens.count == CALENDAR_TOKENS_MAX)
        status = fault_set(fault, STATUS_FULL, "there are %d feeds; revoke one first",
                           CALENDAR_TOKENS_MAX);
    else if (wanted)
        tokens.items[tokens.count++] = *wanted;
    buffer_init(&text);
    tokens_print(&tokens, &text);
    if (status == STATUS_OK)
        status = file_replace(directory, &text, fault);
    buffer_done(&text);
    calendar_tokens_done(&tokens);
    return status;
}

enum status calendar_token_change(const char *directory, const char *member,
                                  const struct calendar_token *wanted,
                                  char ret_text[TOKEN_TEXT_LENGTH + 1], struct fault *fault)
{
    char path[4096];
    struct calendar_token token = {0};
    path_of(directory, ".lock", path);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        enum status status =
            fault_set(fault, STATUS_IO, "cannot lock %s: %s", path, strerror(errno));
        if (lock >= 0)
            close(lock);
        return status;
    }
    if (wanted) {
        uint8_t chance[32];
        token = *wanted;
        randombytes_buf(chance, sizeof chance);
        sodium_bin2base64(ret_text, TOKEN_TEXT_LENGTH + 1, chance, sizeof chance,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        sodium_memzero(chance, sizeof chance);
        token_hash(ret_text, token.hash);
        snprintf(token.member, sizeof token.member, "%s", member);
    }
    enum status status = tokens_change(directory, member, wanted ? &token : NULL, fault);
    close(lock);
    return status;
}
