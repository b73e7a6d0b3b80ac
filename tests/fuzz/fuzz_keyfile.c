/* fuzz_keyfile.c - bytes as each kind of key file. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/wire/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct member_key member;
    struct server_key server;
    struct server_info info;
    struct fault fault;
    char path[64];
    int file = memfd_create("key", 0);
    if (file < 0 || fchmod(file, 0600) != 0 || write(file, data, size) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    member_key_read(path, &member, &fault);
    server_key_read(path, &server, &fault);
    server_info_read(path, &info, &fault);
    close(file);
    return 0;
}
