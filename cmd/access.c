/* access.c - how a subcommand finds its server and key, see access.h. */
#include "cmd/access.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/options.h"

struct jishi_client *access_open(const struct access *how, const char *default_key, int *argc,
                                 char ***argv)
{
    char server[4096];
    char key[4096];
    char error[JISHI_ERROR_SIZE] = "";
    const char *name = how->key ? how->key : default_key;
    if (how->connect) {
        snprintf(server, sizeof server, "%s", how->connect);
        snprintf(key, sizeof key, "%s", name);
    } else if (*argc > 0) {
        snprintf(server, sizeof server, "%s/keys/server.pub", (*argv)[0]);
        if (how->key && access(how->key, R_OK) == 0)
            snprintf(key, sizeof key, "%s", how->key);
        else
            snprintf(key, sizeof key, "%s/keys/%s.key", (*argv)[0], name);
        --*argc;
        ++*argv;
    } else {
        fprintf(stderr, "jishi: %s\n",
                in_words("请给出部署目录 DIR，或 --connect FILE 与 --key FILE",
                         "give the deployment's DIR, or --connect FILE and --key FILE"));
        return NULL;
    }
    struct jishi_client *client = jishi_connect(server, key, language(), error);
    if (!client)
        fprintf(stderr, "jishi: %s\n", error);
    return client;
}
