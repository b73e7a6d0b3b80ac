/* payload.c - free text beside the entries: committed to, checked, sealed and opened; see
 * payload.h.
 *
 * Sealed form: ["jp1", [[field, subject, nonce 24, ciphertext], ...]]; the ciphertext is
 * XChaCha20-Poly1305 of salt and text under the subject's key, additional data leaf hash and field.
 */
#include "events/payload.h"

#include <sodium.h>

#include "core/check.h"
#include "events/codec.h"
#include "events/key_store.h"

#define FIELD_SIZE_MAX 512
#define NONCE_SIZE     crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define SEAL_TAG_SIZE  crypto_aead_xchacha20poly1305_ietf_ABYTES

static const struct codec_limits payload_limits = {1 << 20, 4, 1024};

void payload_commit(const uint8_t salt[SALT_SIZE], struct text_view text, uint8_t out[DIGEST_SIZE])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, salt, SALT_SIZE);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)text.data, text.size);
    crypto_auth_hmacsha256_final(&state, out);
}

enum status payload_encode(const struct payload_item *items, size_t count, struct buffer *out,
                           struct fault *fault)
{
    if (count > PAYLOAD_ITEMS_MAX)
        return fault_set(fault, STATUS_FULL, "more than %d free texts in one command",
                         PAYLOAD_ITEMS_MAX);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        if (items[i].text.size > PAYLOAD_TEXT_MAX)
            return fault_set(fault, STATUS_FULL, "the text of %.*s is longer than %d bytes",
                             (int)items[i].field.size, items[i].field.data, PAYLOAD_TEXT_MAX);
        pack_array(out, 4);
        pack_text_n(out, items[i].field.data, items[i].field.size);
        pack_text_n(out, items[i].subject.data, items[i].subject.size);
        pack_bytes(out, items[i].salt, SALT_SIZE);
        pack_text_n(out, items[i].text.data, items[i].text.size);
    }
    return STATUS_OK;
}

enum status payload_decode(const void *bytes, size_t size, struct arena *arena,
                           struct payload_item **ret_items, size_t *ret_count, struct fault *fault)
{
    struct datum list;
    if (datum_unpack(bytes, size, &payload_limits, arena, &list, fault) != STATUS_OK)
        return fault_add(fault, "payload");
    if (list.kind != DATUM_LIST || list.count > PAYLOAD_ITEMS_MAX)
        return fault_set(fault, STATUS_INVALID, "payload: not a list of at most %d items",
                         PAYLOAD_ITEMS_MAX);
    struct payload_item *items = ARENA_ARRAY(arena, struct payload_item, list.count + 1);
    for (uint32_t i = 0; i < list.count; i++) {
        struct fields_reader reader;
        fields_open(&reader, &list.items[i]);
        items[i].field = fields_text(&reader, "field", FIELD_SIZE_MAX);
        items[i].subject = fields_text(&reader, "subject", NAME_SIZE_MAX);
        struct text_view salt = fields_bytes(&reader, "salt", SALT_SIZE, SALT_SIZE);
        items[i].text = fields_text(&reader, "text", PAYLOAD_TEXT_MAX);
        if (!fields_done(&reader) || items[i].subject.size == 0)
            return fault_set(fault, STATUS_INVALID,
                             "payload: %s of item %u is missing or of the wrong kind", reader.what,
                             i);
        memcpy(items[i].salt, salt.data, SALT_SIZE);
    }
    *ret_items = items;
    *ret_count = list.count;
    return STATUS_OK;
}

/* --- commitments of a command --- */

struct commitments {
    const struct payload_item *items;
    size_t count;
    uint64_t used; /* bit an item */
    struct fault *fault;
};

static bool is_pair(const struct datum *datum)
{
    return datum->kind == DATUM_LIST && datum->count == 2 && datum->items[0].kind == DATUM_TEXT;
}

static bool is_record(const struct datum *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (!is_pair(&list->items[i]))
            return false;
    return list->count > 0;
}

static enum status commitment_check(struct commitments *search, const char *path,
                                    const struct datum *digest)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct payload_item *item = &search->items[i];
        if (item->field.size != strlen(path) ||
            memcmp(item->field.data, path, item->field.size) != 0)
            continue;
        uint8_t commitment[DIGEST_SIZE];
        payload_commit(item->salt, item->text, commitment);
        if (memcmp(commitment, digest->bytes, DIGEST_SIZE) != 0)
            return fault_set(search->fault, STATUS_INVALID,
                             "payload: the text of %s is not the one committed to", path);
        search->used |= (uint64_t)1 << i;
        return STATUS_OK;
    }
    return fault_set(search->fault, STATUS_INVALID, "payload: the text of %s is missing", path);
}

/* Path of a part: names of records joined by dots, items of other lists by their place from 0. */
static enum status commitments_walk(struct commitments *search, const char *path,
                                    const struct datum *datum)
{
    if (datum->kind == DATUM_BYTES)
        return datum->count == DIGEST_SIZE ? commitment_check(search, path, datum)
                                           : fault_set(search->fault, STATUS_INVALID,
                                                       "%s: bytes that are no commitment", path);
    if (datum->kind != DATUM_LIST)
        return STATUS_OK;
    bool record = is_record(datum);
    for (uint32_t i = 0; i < datum->count; i++) {
        const struct datum *item = &datum->items[i];
        const struct datum *value = record ? &item->items[1] : item;
        char longer[FIELD_SIZE_MAX];
        if (value->kind != DATUM_BYTES && value->kind != DATUM_LIST)
            continue; /* commits to nothing */
        int length = record ? snprintf(longer, sizeof longer, "%s%s%.*s", path, path[0] ? "." : "",
                                       (int)item->items[0].count, item->items[0].text)
                            : snprintf(longer, sizeof longer, "%s.%u", path, i);
        if (length < 0 || (size_t)length >= sizeof longer)
            return fault_set(search->fault, STATUS_INVALID, "payload: a path is too long");
        enum status status = commitments_walk(search, longer, value);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* Bytes that are keys, digests or parts of packs, not commitments. */
static bool is_plain_bytes(enum verb verb, const struct datum *name)
{
    return ((verb == VERB_ENROL || verb == VERB_REVOKE) && datum_is_text(name, "key")) ||
           verb == VERB_BLOB || verb == VERB_ACTIVATE;
}

enum status payload_check(const struct command *command, const struct payload_item *items,
                          size_t count, struct fault *fault)
{
    struct commitments search = {.items = items, .count = count, .fault = fault};
    CHECK(count <= PAYLOAD_ITEMS_MAX);
    for (uint32_t i = 0; i < command->args.count; i++) {
        const struct datum *pair = &command->args.items[i];
        if (is_plain_bytes(command->verb, &pair->items[0]))
            continue;
        struct datum one = datum_list(pair, 1);
        enum status status = commitments_walk(&search, "", &one);
        if (status != STATUS_OK)
            return status;
    }
    for (size_t i = 0; i < count; i++)
        if (!(search.used >> i & 1))
            return fault_set(fault, STATUS_INVALID,
                             "payload: nothing in the command commits to %.*s",
                             (int)items[i].field.size, items[i].field.data);
    return STATUS_OK;
}

/* --- sealing --- */

static size_t additional_data(const uint8_t leaf[DIGEST_SIZE], struct text_view field,
                              uint8_t out[DIGEST_SIZE + FIELD_SIZE_MAX])
{
    memcpy(out, leaf, DIGEST_SIZE);
    memcpy(out + DIGEST_SIZE, field.data, field.size);
    return DIGEST_SIZE + field.size;
}

enum status payload_seal(struct key_store *keys, const uint8_t leaf[DIGEST_SIZE],
                         const struct payload_item *items, size_t count, struct buffer *out,
                         struct fault *fault)
{
    uint8_t plain[SALT_SIZE + PAYLOAD_TEXT_MAX];
    uint8_t cipher[sizeof plain + SEAL_TAG_SIZE];
    uint8_t extra[DIGEST_SIZE + FIELD_SIZE_MAX];
    pack_array(out, 2);
    pack_text(out, "jp1");
    pack_array(out, count);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct payload_item *item = &items[i];
        uint8_t key[KEY_SIZE];
        uint8_t nonce[NONCE_SIZE];
        status = key_store_make(keys, item->subject, key, fault);
        if (status != STATUS_OK)
            break;
        randombytes_buf(nonce, sizeof nonce);
        memcpy(plain, item->salt, SALT_SIZE);
        memcpy(plain + SALT_SIZE, item->text.data, item->text.size);
        unsigned long long size = 0;
        crypto_aead_xchacha20poly1305_ietf_encrypt(
            cipher, &size, plain, SALT_SIZE + item->text.size, extra,
            additional_data(leaf, item->field, extra), NULL, nonce, key);
        sodium_memzero(key, sizeof key);
        pack_array(out, 4);
        pack_text_n(out, item->field.data, item->field.size);
        pack_text_n(out, item->subject.data, item->subject.size);
        pack_bytes(out, nonce, sizeof nonce);
        pack_bytes(out, cipher, (size_t)size);
    }
    sodium_memzero(plain, sizeof plain);
    return status;
}

static enum status item_open(struct key_store *keys, const uint8_t leaf[DIGEST_SIZE],
                             const struct datum *sealed, struct arena *arena,
                             struct payload_item *item, struct fault *fault)
{
    struct fields_reader reader;
    fields_open(&reader, sealed);
    item->field = fields_text(&reader, "field", FIELD_SIZE_MAX);
    item->subject = fields_text(&reader, "subject", NAME_SIZE_MAX);
    struct text_view nonce = fields_bytes(&reader, "nonce", NONCE_SIZE, NONCE_SIZE);
    struct text_view cipher = fields_bytes(&reader, "ciphertext", SALT_SIZE + SEAL_TAG_SIZE,
                                           SALT_SIZE + PAYLOAD_TEXT_MAX + SEAL_TAG_SIZE);
    if (!fields_done(&reader))
        return fault_set(fault, STATUS_CORRUPT, "sealed payload: %s is not of its form",
                         reader.what);
    uint8_t key[KEY_SIZE];
    enum status status = key_store_find(keys, item->subject, key, fault);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK; /* destroyed: an empty text without data */
    if (status != STATUS_OK)
        return status;
    uint8_t extra[DIGEST_SIZE + FIELD_SIZE_MAX];
    uint8_t *plain = arena_take(arena, cipher.size);
    unsigned long long size = 0;
    int wrong = crypto_aead_xchacha20poly1305_ietf_decrypt(
        plain, &size, NULL, (const uint8_t *)cipher.data, cipher.size, extra,
        additional_data(leaf, item->field, extra), (const uint8_t *)nonce.data, key);
    sodium_memzero(key, sizeof key);
    if (wrong)
        return fault_set(fault, STATUS_CORRUPT, "sealed payload: a text does not prove itself");
    memcpy(item->salt, plain, SALT_SIZE);
    item->text = (struct text_view){(const char *)plain + SALT_SIZE, (uint32_t)(size - SALT_SIZE)};
    return STATUS_OK;
}

enum status payload_open(struct key_store *keys, const uint8_t leaf[DIGEST_SIZE],
                         struct text_view sealed, struct arena *arena,
                         struct payload_item **ret_items, size_t *ret_count, struct fault *fault)
{
    struct datum datum;
    if (datum_unpack(sealed.data, sealed.size, &payload_limits, arena, &datum, fault) != STATUS_OK)
        return fault_add(fault, "sealed payload");
    struct fields_reader reader;
    fields_open(&reader, &datum);
    struct text_view form = fields_text(&reader, "form", 3);
    const struct datum *list = fields_list(&reader, "items", PAYLOAD_ITEMS_MAX);
    if (!fields_done(&reader) || form.size != 3)
        return fault_set(fault, STATUS_CORRUPT, "sealed payload: not of its form");
    struct payload_item *items = ARENA_ARRAY(arena, struct payload_item, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        enum status status = item_open(keys, leaf, &list->items[i], arena, &items[i], fault);
        if (status != STATUS_OK)
            return status;
    }
    *ret_items = items;
    *ret_count = list->count;
    return STATUS_OK;
}
