/* keyfile.c - key files, see keyfile.h. One table of lines a kind of file serves reading and
 * writing. */
#include "cmd/wire/keyfile.h"

#include <errno.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "core/buffer.h"
#include "events/whole_file.h"

#define HEAD_SECRET "jishi-key"
#define HEAD_PUBLIC "jishi-server"

enum line_form { LINE_TEXT, LINE_HEX, LINE_Z85 };

struct line_spec {
    const char *name;
    enum line_form form;
    size_t offset, size; /* of a text: with its NUL */
    bool required;
};

#define LINE(type, field, form, required)                                                          \
    {                                                                                              \
#field, form, offsetof(struct type, field), sizeof(((struct type *)0)->field), required    \
    }

static const struct line_spec member_lines[] = {
    LINE(member_key, member, LINE_TEXT, false),
    {"ed25519_seed", LINE_HEX, offsetof(struct member_key, seed), 32, true},
    {"ed25519_public", LINE_HEX, offsetof(struct member_key, public_key), 32, false},
    LINE(member_key, curve_public, LINE_Z85, false),
    LINE(member_key, curve_secret, LINE_Z85, false),
    {0},
};

static const struct line_spec server_lines[] = {
    LINE(server_key, curve_public, LINE_Z85, true),
    LINE(server_key, curve_secret, LINE_Z85, true),
    {0},
};

static const struct line_spec info_lines[] = {
    LINE(server_info, origin, LINE_TEXT, true),
    LINE(server_info, curve_public, LINE_Z85, true),
    LINE(server_info, log_public, LINE_HEX, false),
    LINE(server_info, commands, LINE_TEXT, true),
    LINE(server_info, feed, LINE_TEXT, false),
    LINE(server_info, ranges, LINE_TEXT, false),
    LINE(server_info, queries, LINE_TEXT, false),
    LINE(server_info, jobs, LINE_TEXT, false),
    {0},
};

static bool line_read(const struct line_spec *spec, const char *text, uint8_t *record)
{
    uint8_t *at = record + spec->offset;
    size_t length = strlen(text);
    size_t made = 0;
    switch (spec->form) {
    case LINE_TEXT:
        if (length >= spec->size)
            return false;
        memcpy(at, text, length + 1);
        return true;
    case LINE_HEX:
        return length == 2 * spec->size &&
               sodium_hex2bin(at, spec->size, text, length, NULL, &made, NULL) == 0 &&
               made == spec->size;
    case LINE_Z85: return length == 40 && zmq_z85_decode(at, text) != NULL;
    }
    return false;
}

static enum status lines_parse(FILE *file, const char *path, const char *head,
                               const struct line_spec *specs, void *record, uint32_t *ret_seen,
                               struct fault *fault)
{
    char line[1024];
    unsigned number = 0;
    bool headed = false;
    *ret_seen = 0;
    while (fgets(line, sizeof line, file)) {
        number++;
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        char *value = strchr(line, ' ');
        if (value)
            *value++ = '\0';
        if (!headed) {
            if (strcmp(line, head) != 0 || !value || strcmp(value, "1") != 0)
                return fault_set(fault, STATUS_INVALID, "%s: its first line is not `%s 1`", path,
                                 head);
            headed = true;
            continue;
        }
        unsigned i = 0;
        while (specs[i].name && strcmp(specs[i].name, line) != 0)
            i++;
        if (!specs[i].name || !value || !line_read(&specs[i], value, record))
            return fault_set(fault, STATUS_INVALID, "%s:%u: not a line of such a file", path,
                             number);
        *ret_seen |= 1u << i;
    }
    for (unsigned i = 0; specs[i].name; i++)
        if (specs[i].required && !(*ret_seen >> i & 1))
            return fault_set(fault, STATUS_INVALID, "%s: the line %s is missing", path,
                             specs[i].name);
    return STATUS_OK;
}

static enum status lines_read(const char *path, const char *head, const struct line_spec *specs,
                              void *record, uint32_t *ret_seen, struct fault *fault)
{
    struct stat about;
    FILE *file = fopen(path, "re");
    if (!file)
        return fault_set(fault, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                         "cannot open %s: %s", path, strerror(errno));
    bool secret = strcmp(head, HEAD_SECRET) == 0;
    enum status status =
        secret && fstat(fileno(file), &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO))
            ? fault_set(fault, STATUS_DENIED, "%s: others than its owner may read it; chmod 600",
                        path)
            : lines_parse(file, path, head, specs, record, ret_seen, fault);
    fclose(file);
    return status;
}

static enum status lines_write(const char *path, const char *head, const struct line_spec *specs,
                               const void *record, mode_t mode, struct fault *fault)
{
    struct buffer out;
    char text[128];
    buffer_init(&out);
    buffer_addf(&out, "%s 1\n", head);
    for (const struct line_spec *spec = specs; spec->name; spec++) {
        const uint8_t *at = (const uint8_t *)record + spec->offset;
        if (spec->form == LINE_TEXT) {
            if (*at)
                buffer_addf(&out, "%s %s\n", spec->name, (const char *)at);
            continue;
        }
        if (spec->form == LINE_HEX)
            sodium_bin2hex(text, sizeof text, at, spec->size);
        else
            zmq_z85_encode(text, at, spec->size);
        buffer_addf(&out, "%s %s\n", spec->name, text);
    }
    struct whole_file file = {.path = path, .mode = mode, .is_new = true};
    enum status status = whole_file_write(&file, out.data, out.size, fault);
    sodium_memzero(out.data, out.size);
    sodium_memzero(text, sizeof text);
    buffer_done(&out);
    return status;
}

/* --- members --- */

bool curve_key_of(const uint8_t public_key[KEY_SIZE], uint8_t ret_curve[KEY_SIZE])
{
    return crypto_sign_ed25519_pk_to_curve25519(ret_curve, public_key) == 0;
}

enum status member_key_from_seed(const char *member, const uint8_t seed[32],
                                 struct member_key *ret_key, struct fault *fault)
{
    struct member_key key = {0};
    if (strlen(member) >= sizeof key.member)
        return fault_set(fault, STATUS_INVALID, "the member's id is longer than %d bytes",
                         NAME_SIZE_MAX);
    strcpy(key.member, member);
    memcpy(key.seed, seed, sizeof key.seed);
    crypto_sign_seed_keypair(key.public_key, key.secret_key, seed);
    if (!curve_key_of(key.public_key, key.curve_public) ||
        crypto_sign_ed25519_sk_to_curve25519(key.curve_secret, key.secret_key) != 0)
        return fault_set(fault, STATUS_INVALID, "no CURVE key can be made of this seed");
    *ret_key = key;
    return STATUS_OK;
}

void member_key_make(const char *member, struct member_key *ret_key)
{
    uint8_t seed[32];
    do
        randombytes_buf(seed, sizeof seed);
    while (member_key_from_seed(member, seed, ret_key, NULL) != STATUS_OK &&
           strlen(member) <= NAME_SIZE_MAX);
    sodium_memzero(seed, sizeof seed);
}

enum status member_key_read(const char *path, struct member_key *ret_key, struct fault *fault)
{
    struct member_key read = {0};
    uint32_t seen = 0;
    enum status status = lines_read(path, HEAD_SECRET, member_lines, &read, &seen, fault);
    if (status != STATUS_OK)
        return status;
    struct member_key made;
    status = member_key_from_seed(read.member, read.seed, &made, fault);
    if (status != STATUS_OK)
        return status;
    bool fits = (!(seen & 4) || memcmp(read.public_key, made.public_key, KEY_SIZE) == 0) &&
                (!(seen & 8) || memcmp(read.curve_public, made.curve_public, KEY_SIZE) == 0) &&
                (!(seen & 16) || memcmp(read.curve_secret, made.curve_secret, KEY_SIZE) == 0);
    member_key_forget(&read);
    if (!fits)
        return fault_set(fault, STATUS_INVALID, "%s: its keys do not fit its seed", path);
    *ret_key = made;
    return STATUS_OK;
}

enum status member_key_write(const char *path, const struct member_key *key, struct fault *fault)
{
    return lines_write(path, HEAD_SECRET, member_lines, key, 0600, fault);
}

void member_key_forget(struct member_key *key)
{
    sodium_memzero(key, sizeof *key);
}

/* --- server --- */

void server_key_make(struct server_key *ret_key)
{
    crypto_box_keypair(ret_key->curve_public, ret_key->curve_secret);
}

enum status server_key_read(const char *path, struct server_key *ret_key, struct fault *fault)
{
    uint32_t seen = 0;
    return lines_read(path, HEAD_SECRET, server_lines, ret_key, &seen, fault);
}

enum status server_key_write(const char *path, const struct server_key *key, struct fault *fault)
{
    return lines_write(path, HEAD_SECRET, server_lines, key, 0600, fault);
}

enum status server_info_read(const char *path, struct server_info *ret_info, struct fault *fault)
{
    uint32_t seen = 0;
    memset(ret_info, 0, sizeof *ret_info);
    return lines_read(path, HEAD_PUBLIC, info_lines, ret_info, &seen, fault);
}

enum status server_info_write(const char *path, const struct server_info *info, struct fault *fault)
{
    return lines_write(path, HEAD_PUBLIC, info_lines, info, 0644, fault);
}
