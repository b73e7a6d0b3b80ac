/* fuzz_conf.c - bytes as a deployment's jishi.conf, and what is asked of it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[] = "/tmp/jishi-fuzz-conf-XXXXXX";
static char path[sizeof directory + 16];

static void clear(void)
{
    unlink(path);
    rmdir(directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf *conf = NULL;
    struct fault fault;
    if (!path[0]) {
        if (!mkdtemp(directory))
            abort();
        snprintf(path, sizeof path, "%s/jishi.conf", directory);
        atexit(clear);
    }
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    close(file);
    if (conf_open(directory, &conf, &fault) != STATUS_OK)
        return 0;
    if (!conf_text(conf, "bind", "127.0.0.1") || strlen(conf_text(conf, "origin", "")) > size)
        abort();
    conf_int(conf, "port_commands", 7701);
    conf_close(conf);
    return 0;
}
