/* key_store.c - subject keys in a directory, see key_store.h. */
#include "events/key_store.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "events/tree.h"
#include "events/whole_file.h"

#define NONCE_SIZE   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define WRAPPED_SIZE (NONCE_SIZE + KEY_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES)
#define PATH_SIZE    4096

struct key_store {
    char directory[PATH_SIZE / 2];
    uint8_t wrap[KEY_SIZE];
};

static enum status file_read(const char *path, uint8_t *out, size_t size, struct fault *fault)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return fault_set(fault, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                         "cannot open %s: %s", path, strerror(errno));
    ssize_t got = read(file, out, size);
    close(file);
    if (got != (ssize_t)size)
        return fault_set(fault, STATUS_CORRUPT, "%s has not its %zu bytes", path, size);
    return STATUS_OK;
}

static enum status file_write(const struct key_store *store, const char *path, const uint8_t *bytes,
                              size_t size, struct fault *fault)
{
    char aside[PATH_SIZE];
    snprintf(aside, sizeof aside, "%s/new.%ld", store->directory, (long)getpid());
    struct whole_file file = {.path = path, .mode = 0600, .aside = aside};
    return whole_file_write(&file, bytes, size, fault);
}

enum status key_store_open(const char *directory, struct key_store **ret_store, struct fault *fault)
{
    if (strlen(directory) >= PATH_SIZE / 2)
        return fault_set(fault, STATUS_INVALID, "the path of the subject keys is too long");
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_IO, "cannot make %s: %s", directory, strerror(errno));
    struct key_store *store = calloc(1, sizeof *store);
    CHECK(store);
    snprintf(store->directory, sizeof store->directory, "%s", directory);
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/wrap", directory);
    enum status status = file_read(path, store->wrap, KEY_SIZE, fault);
    if (status == STATUS_NOT_FOUND) {
        randombytes_buf(store->wrap, KEY_SIZE);
        status = file_write(store, path, store->wrap, KEY_SIZE, fault);
    }
    if (status != STATUS_OK) {
        key_store_close(store);
        return status;
    }
    *ret_store = store;
    return STATUS_OK;
}

void key_store_close(struct key_store *store)
{
    if (!store)
        return;
    sodium_memzero(store->wrap, sizeof store->wrap);
    free(store);
}

static void key_path(const struct key_store *store, struct text_view subject, char out[PATH_SIZE])
{
    uint8_t digest[DIGEST_SIZE];
    char hex[DIGEST_SIZE + 1];
    sha256(subject.data, subject.size, digest);
    sodium_bin2hex(hex, sizeof hex, digest, DIGEST_SIZE / 2);
    snprintf(out, PATH_SIZE, "%s/%s.key", store->directory, hex);
}

enum status key_store_find(struct key_store *store, struct text_view subject,
                           uint8_t ret_key[KEY_SIZE], struct fault *fault)
{
    char path[PATH_SIZE];
    uint8_t wrapped[WRAPPED_SIZE];
    key_path(store, subject, path);
    enum status status = file_read(path, wrapped, sizeof wrapped, fault);
    if (status != STATUS_OK)
        return status;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            ret_key, NULL, NULL, wrapped + NONCE_SIZE, WRAPPED_SIZE - NONCE_SIZE,
            (const uint8_t *)subject.data, subject.size, wrapped, store->wrap) != 0)
        return fault_set(fault, STATUS_CORRUPT, "%s does not prove itself", path);
    return STATUS_OK;
}

enum status key_store_make(struct key_store *store, struct text_view subject,
                           uint8_t ret_key[KEY_SIZE], struct fault *fault)
{
    enum status status = key_store_find(store, subject, ret_key, fault);
    if (status != STATUS_NOT_FOUND)
        return status;
    char path[PATH_SIZE];
    uint8_t wrapped[WRAPPED_SIZE];
    key_path(store, subject, path);
    randombytes_buf(ret_key, KEY_SIZE);
    randombytes_buf(wrapped, NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped + NONCE_SIZE, NULL, ret_key, KEY_SIZE,
                                               (const uint8_t *)subject.data, subject.size, NULL,
                                               wrapped, store->wrap);
    return file_write(store, path, wrapped, sizeof wrapped, fault);
}
