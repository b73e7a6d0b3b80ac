/* settings.c - names of settings, and files that only their owner may read. */
#include "cmd/notify/settings.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTING_NAME_SIZE 128

enum status target_read(const char *channel, const char *address, struct target *ret_target,
                        struct fault *fault)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t length = strspn(address, plain), who = 0;
    const char *after = address + length;
    if (*after == '@')
        who = strspn(++after, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+");
    if (length == 0 || length > TARGET_NAME_MAX || after[who] || who > TARGET_WHO_MAX ||
        (!who && after > address + length))
        return fault_set(
            fault, STATUS_INVALID,
            "recipients.conf: an address of %s is NAME or NAME@WHO, of letters, digits, "
            "- and _",
            channel);
    *ret_target = (struct target){.channel = channel};
    memcpy(ret_target->name, address, length);
    memcpy(ret_target->who, after, who);
    return STATUS_OK;
}

static const char *setting_name(const struct target *target, const char *key,
                                char out[SETTING_NAME_SIZE])
{
    snprintf(out, SETTING_NAME_SIZE, "%s.%s.%s", target->channel, target->name, key);
    return out;
}

const char *target_setting(const struct channel_options *options, const struct target *target,
                           const char *key, const char *otherwise)
{
    char name[SETTING_NAME_SIZE];
    return conf_text(options->conf, setting_name(target, key, name), otherwise);
}

int64_t target_int(const struct channel_options *options, const struct target *target,
                   const char *key, int64_t otherwise)
{
    char name[SETTING_NAME_SIZE];
    return conf_int(options->conf, setting_name(target, key, name), otherwise);
}

static enum status secret_take(int file, const char *path, struct buffer *ret_secret,
                               struct fault *fault)
{
    struct stat stat;
    char bytes[SECRET_SIZE_MAX + 1];
    if (fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode))
        return fault_set(fault, STATUS_INVALID, "%s: no plain file", path);
    if (stat.st_mode & (S_IRWXG | S_IRWXO))
        return fault_set(fault, STATUS_DENIED, "%s: others may read this secret; chmod 600 it",
                         path);
    ssize_t size = read(file, bytes, sizeof bytes);
    if (size < 0)
        return fault_set(fault, STATUS_IO, "%s: %s", path, strerror(errno));
    if (size > SECRET_SIZE_MAX)
        return fault_set(fault, STATUS_FULL, "%s: a secret has at most %d bytes", path,
                         SECRET_SIZE_MAX);
    while (size && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
        size--;
    if (size == 0 || memchr(bytes, 0, (size_t)size))
        return fault_set(fault, STATUS_INVALID, "%s: holds no secret", path);
    buffer_add(ret_secret, bytes, (size_t)size);
    sodium_memzero(bytes, sizeof bytes);
    return STATUS_OK;
}

enum status secret_read(const struct channel_options *options, const char *path,
                        struct buffer *ret_secret, struct fault *fault)
{
    char whole[4096];
    snprintf(whole, sizeof whole, "%s%s%s", *path == '/' ? "" : options->directory,
             *path == '/' ? "" : "/", path);
    int file = open(whole, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0)
        return fault_set(fault, STATUS_NOT_FOUND, "%s: %s", path, strerror(errno));
    enum status status = secret_take(file, path, ret_secret, fault);
    close(file);
    return status;
}

enum status target_secret(const struct channel_options *options, const struct target *target,
                          const char *key, struct buffer *ret_secret, struct fault *fault)
{
    const char *path = target_setting(options, target, key, "");
    return *path ? secret_read(options, path, ret_secret, fault) : STATUS_OK;
}

static bool host_is_here(const char *host)
{
    struct in_addr address;
    if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool url_read(const char *text, struct url_parts *ret_parts)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL;
    bool good = url &&
                curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    if (good) {
        snprintf(ret_parts->scheme, sizeof ret_parts->scheme, "%s", scheme);
        ret_parts->is_here = host_is_here(host);
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return good;
}

void secret_done(struct buffer *secret)
{
    if (secret->data)
        sodium_memzero(secret->data, secret->capacity);
    buffer_done(secret);
}
