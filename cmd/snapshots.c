/* snapshots.c - snapshot files: written whole and renamed, read whole and checked; see snapshots.h.
 */
#include "cmd/snapshots.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/trace.h"
#include "core/check.h"
#include "events/whole_file.h"

#define FORM        "jishi-snapshot-1\n"
#define FORM_SIZE   (sizeof FORM - 1)
#define MAC_SIZE    crypto_auth_BYTES
#define HEADER_SIZE (FORM_SIZE + 8 + DIGEST_SIZE + MAC_SIZE)
#define NAMES_MAX   64

_Static_assert(MAC_SIZE == 32, "the header's form");

/* --- the form --- */

static void mac_of(const struct server_key *key, const uint8_t *file, size_t size,
                   uint8_t ret_mac[MAC_SIZE])
{
    static const uint8_t purpose[] = "jishi-snapshot";
    uint8_t mac_key[crypto_auth_KEYBYTES];
    crypto_auth_hmacsha512256_state mac;
    crypto_generichash(mac_key, sizeof mac_key, purpose, sizeof purpose - 1, key->curve_secret,
                       KEY_SIZE);
    crypto_auth_hmacsha512256_init(&mac, mac_key, sizeof mac_key);
    crypto_auth_hmacsha512256_update(&mac, file, HEADER_SIZE - MAC_SIZE);
    crypto_auth_hmacsha512256_update(&mac, file + HEADER_SIZE, size - HEADER_SIZE);
    crypto_auth_hmacsha512256_final(&mac, ret_mac);
    sodium_memzero(mac_key, sizeof mac_key);
}

static void header_write(const struct server_key *key, int64_t next,
                         const uint8_t leaf[DIGEST_SIZE], struct buffer *file)
{
    uint8_t *at = (uint8_t *)file->data;
    memcpy(at, FORM, FORM_SIZE);
    for (unsigned i = 0; i < 8; i++)
        at[FORM_SIZE + i] = (uint8_t)((uint64_t)next >> (56 - 8 * i));
    memcpy(at + FORM_SIZE + 8, leaf, DIGEST_SIZE);
    mac_of(key, at, file->size, at + HEADER_SIZE - MAC_SIZE);
}

/* --- writing --- */

static void path_of(const char *directory, const char *name, char out[4096])
{
    snprintf(out, 4096, "%s/snapshots/%s", directory, name);
}

static enum status file_put(const char *directory, const char *name, const struct buffer *bytes,
                            struct fault *fault)
{
    char path[4096], fresh[4096];
    path_of(directory, name, path);
    path_of(directory, "writing", fresh);
    struct whole_file file = {.path = path, .mode = 0600, .aside = fresh};
    return whole_file_write(&file, bytes->data, bytes->size, fault);
}

static int newest_first(const void *a, const void *b)
{
    return strcmp(b, a);
}

/* Names have 16 digits, so their order is that of their numbers. */
static unsigned names_read(const char *directory, char names[NAMES_MAX][32])
{
    char folder[4096];
    unsigned count = 0;
    path_of(directory, "", folder);
    DIR *list = opendir(folder);
    for (struct dirent *entry; list && (entry = readdir(list)) && count < NAMES_MAX;)
        if (strlen(entry->d_name) == 21 && strcmp(entry->d_name + 16, ".snap") == 0)
            memcpy(names[count++], entry->d_name, 22);
    if (list)
        closedir(list);
    qsort(names, count, 32, newest_first);
    return count;
}

enum status snapshot_write(const char *directory, const struct server_key *key,
                           const struct state *state, const uint8_t leaf[DIGEST_SIZE],
                           struct fault *fault)
{
    static const char zeroes[HEADER_SIZE];
    char name[32], names[NAMES_MAX][32], path[4096];
    struct buffer file;
    buffer_init(&file);
    buffer_add(&file, zeroes, HEADER_SIZE);
    state_save(state, &file);
    header_write(key, state_next_number(state), leaf, &file);
    snprintf(name, sizeof name, "%016lld.snap", (long long)state_next_number(state));
    enum status status = file_put(directory, name, &file, fault);
    buffer_done(&file);
    if (status != STATUS_OK)
        return status;
    unsigned count = names_read(directory, names);
    for (unsigned i = SNAPSHOTS_KEPT; i < count; i++) {
        path_of(directory, names[i], path);
        unlink(path);
    }
    return STATUS_OK;
}

/* --- a child that writes --- */

void snapshot_begin(struct snapshot_writer *writer, const char *directory,
                    const struct server_key *key, const struct state *state,
                    const uint8_t leaf[DIGEST_SIZE])
{
    if (writer->pid)
        return; /* the last one is not done: the disk is slow, and the next will be newer */
    writer->written = state_next_number(state);
    pid_t pid = fork();
    if (pid == 0) {
        struct fault fault;
        _exit(snapshot_write(directory, key, state, leaf, &fault) == STATUS_OK ? 0 : 1);
    }
    if (pid < 0)
        trace("no_snapshot", "reason=\"%s\"", strerror(errno));
    else
        writer->pid = pid;
}

static void settle(struct snapshot_writer *writer, int options)
{
    int how = 0;
    if (!writer->pid || waitpid(writer->pid, &how, options) != writer->pid)
        return;
    writer->pid = 0;
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
        trace("snapshot", "entries=%lld", (long long)writer->written);
    else
        trace("no_snapshot", "reason=\"it could not be written; a start folds more of the log\"");
}

void snapshot_poll(struct snapshot_writer *writer)
{
    settle(writer, WNOHANG);
}

void snapshot_wait(struct snapshot_writer *writer)
{
    settle(writer, 0);
}

/* --- reading --- */

struct mapped {
    const uint8_t *bytes;
    size_t size;
};

static bool map_file(const char *path, struct mapped *ret)
{
    struct stat about;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool good = fstat(descriptor, &about) == 0 && about.st_size > (off_t)HEADER_SIZE &&
                (size_t)about.st_size <= SNAPSHOT_SIZE_MAX;
    void *bytes = good ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0)
                       : MAP_FAILED;
    close(descriptor);
    if (bytes == MAP_FAILED)
        return false;
    *ret = (struct mapped){bytes, (size_t)about.st_size};
    return true;
}

static const char *why_not(const struct mapped *file, const struct server_key *key,
                           int64_t next_max, snapshot_fits *fits, void *user,
                           struct snapshot *snapshot)
{
    uint8_t mac[MAC_SIZE];
    struct fault fault;
    if (memcmp(file->bytes, FORM, FORM_SIZE) != 0)
        return "it is of another form";
    snapshot->next = 0;
    for (unsigned i = 0; i < 8; i++)
        snapshot->next = (int64_t)((uint64_t)snapshot->next << 8 | file->bytes[FORM_SIZE + i]);
    memcpy(snapshot->leaf, file->bytes + FORM_SIZE + 8, DIGEST_SIZE);
    if (snapshot->next < 1 || snapshot->next > next_max)
        return "it is further than what it is for";
    if (fits && !fits(user, snapshot->next, snapshot->leaf))
        return "it is of another log";
    mac_of(key, file->bytes, file->size, mac);
    if (sodium_memcmp(mac, file->bytes + HEADER_SIZE - MAC_SIZE, MAC_SIZE) != 0)
        return "it is damaged, or not ours";
    if (state_load(file->bytes + HEADER_SIZE, file->size - HEADER_SIZE, &snapshot->state, &fault) !=
        STATUS_OK)
        return "it was made by another version";
    if (state_next_number(snapshot->state) == snapshot->next)
        return NULL;
    state_close(snapshot->state);
    snapshot->state = NULL;
    return "its number is not its state's";
}

void snapshot_load(const char *directory, const struct server_key *key, int64_t next_max,
                   snapshot_fits *fits, void *user, struct snapshot *ret_snapshot)
{
    char names[NAMES_MAX][32], path[4096];
    unsigned count = names_read(directory, names);
    *ret_snapshot = (struct snapshot){0};
    for (unsigned i = 0; i < count && !ret_snapshot->state; i++) {
        struct mapped file;
        path_of(directory, names[i], path);
        if (!map_file(path, &file))
            continue;
        const char *why = why_not(&file, key, next_max, fits, user, ret_snapshot);
        munmap((void *)(uintptr_t)file.bytes, file.size);
        if (why)
            trace("snapshot_passed_over", "name=%s reason=\"%s\"", names[i], why);
    }
    if (!ret_snapshot->state)
        *ret_snapshot = (struct snapshot){0};
}
