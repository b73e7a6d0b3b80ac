/* checkpoint.c - signed notes of the C2SP form, see checkpoint.h. */
#include "events/checkpoint.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "events/tree.h"

#define SIGNED_SIZE (4 + SIGNATURE_SIZE) /* key id, signature */
#define DASH        "\xe2\x80\x94 "      /* em dash, space */

static void base64_add(struct buffer *out, const uint8_t *bytes, size_t size)
{
    char text[sodium_base64_ENCODED_LEN(SIGNED_SIZE, sodium_base64_VARIANT_ORIGINAL)];
    CHECK(size <= SIGNED_SIZE);
    sodium_bin2base64(text, sizeof text, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    buffer_add_text(out, text);
}

static void key_id(const char *origin, const uint8_t public_key[KEY_SIZE], uint8_t ret_id[4])
{
    struct buffer text;
    uint8_t digest[DIGEST_SIZE];
    buffer_init(&text);
    buffer_add_text(&text, origin);
    buffer_add(&text, "\n\x01", 2); /* 1: Ed25519 */
    buffer_add(&text, public_key, KEY_SIZE);
    sha256(text.data, text.size, digest);
    memcpy(ret_id, digest, 4);
    buffer_done(&text);
}

void checkpoint_write(const struct checkpoint *checkpoint, const uint8_t sign_key[64],
                      struct buffer *out)
{
    uint8_t line[SIGNED_SIZE];
    size_t from = out->size;
    buffer_addf(out, "%s\n%lld\n", checkpoint->origin, (long long)checkpoint->size);
    base64_add(out, checkpoint->root, DIGEST_SIZE);
    buffer_add_char(out, '\n');
    key_id(checkpoint->origin, sign_key + 32, line);
    crypto_sign_detached(line + 4, NULL, (const uint8_t *)out->data + from, out->size - from,
                         sign_key);
    buffer_addf(out, "\n" DASH "%s ", checkpoint->origin);
    base64_add(out, line, sizeof line);
    buffer_add_char(out, '\n');
}

/* --- reading --- */

struct lines {
    const char *at, *end;
};

/* The next line without its end; false at the end of the text or where a line is not ended. */
static bool line_next(struct lines *lines, struct text_view *ret_line)
{
    const char *end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    if (!end)
        return false;
    *ret_line = (struct text_view){lines->at, (uint32_t)(end - lines->at)};
    lines->at = end + 1;
    return true;
}

static bool base64_read(struct text_view text, uint8_t *out, size_t size)
{
    size_t made = 0;
    return sodium_base642bin(out, size, text.data, text.size, NULL, &made, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           made == size;
}

/* Decimal without sign or leading zeros. */
static bool size_read(struct text_view text, int64_t *ret_size)
{
    int64_t size = 0;
    if (!text.size || text.size > 18 || (text.size > 1 && text.data[0] == '0'))
        return false;
    for (uint32_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        size = size * 10 + (text.data[i] - '0');
    }
    *ret_size = size;
    return true;
}

static bool body_read(struct lines *lines, struct checkpoint *checkpoint)
{
    struct text_view origin, size, root, more;
    if (!line_next(lines, &origin) || !line_next(lines, &size) || !line_next(lines, &root) ||
        !origin.size || origin.size >= CHECKPOINT_ORIGIN_SIZE ||
        !size_read(size, &checkpoint->size) || !base64_read(root, checkpoint->root, DIGEST_SIZE))
        return false;
    memcpy(checkpoint->origin, origin.data, origin.size);
    checkpoint->origin[origin.size] = '\0';
    while (line_next(lines, &more))
        if (!more.size)
            return true; /* the empty line: signatures follow */
    return false;
}

/* "— origin base64": is it ours, by name and key id, and does it fit? */
static bool line_signs(struct text_view line, const struct checkpoint *checkpoint,
                       const uint8_t public_key[KEY_SIZE], struct text_view body)
{
    size_t dash = sizeof DASH - 1, name = strlen(checkpoint->origin);
    uint8_t bytes[SIGNED_SIZE], id[4];
    if (line.size <= dash + name + 1 || memcmp(line.data, DASH, dash) != 0 ||
        memcmp(line.data + dash, checkpoint->origin, name) != 0 || line.data[dash + name] != ' ')
        return false;
    struct text_view text = {line.data + dash + name + 1, line.size - (uint32_t)(dash + name + 1)};
    key_id(checkpoint->origin, public_key, id);
    return base64_read(text, bytes, sizeof bytes) && memcmp(bytes, id, sizeof id) == 0 &&
           crypto_sign_verify_detached(bytes + 4, (const uint8_t *)body.data, body.size,
                                       public_key) == 0;
}

enum status checkpoint_read(const char *note, size_t size, const uint8_t public_key[KEY_SIZE],
                            struct checkpoint *ret_checkpoint, struct fault *fault)
{
    struct lines lines = {note, note + size};
    struct checkpoint checkpoint;
    struct text_view line;
    if (size > CHECKPOINT_SIZE_MAX || !body_read(&lines, &checkpoint))
        return fault_set(fault, STATUS_INVALID, "not a checkpoint: origin, size, root, signatures");
    struct text_view body = {note, (uint32_t)(lines.at - note) - 1};
    while (line_next(&lines, &line))
        if (line_signs(line, &checkpoint, public_key, body)) {
            *ret_checkpoint = checkpoint;
            return STATUS_OK;
        }
    return fault_set(fault, STATUS_DENIED,
                     "the checkpoint bears no signature of this log's key that fits");
}
