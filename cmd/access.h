/* access.h - how a subcommand finds its server and key: `DIR` on the same machine, or --connect
 * FILE and --key FILE. */
#ifndef CMD_ACCESS_H
#define CMD_ACCESS_H

#include <stdint.h>

#include "cmd/client/client.h"

struct access {
    const char *connect; /* server.pub of a server elsewhere */
    const char *key;     /* file, or in DIR the name of a member */
    int64_t timeout_ms;
};

#define ACCESS_TIMEOUT_MS 15000
#define ACCESS_OPTIONS(access)                                                                     \
    {"connect",                                                                                    \
     0,                                                                                            \
     OPTION_TEXT,                                                                                  \
     &(access).connect,                                                                            \
     "FILE",                                                                                       \
     "别处服务器的 server.pub",                                                                    \
     "server.pub of a server elsewhere"},                                                          \
        {"key",                                                                                    \
         'k',                                                                                      \
         OPTION_TEXT,                                                                              \
         &(access).key,                                                                            \
         "FILE",                                                                                   \
         "成员密钥文件，或 DIR 内的成员名",                                                        \
         "a member's key file, or in DIR a member's name"},                                        \
    {                                                                                              \
        "timeout", 0, OPTION_INT, &(access).timeout_ms, "MS", "等多久（毫秒，默认 15000）",        \
            "how long to wait, in ms (15000)"                                                      \
    }

/* Takes DIR from the arguments unless --connect is given. NULL after saying what is wrong on
 * stderr. */
struct jishi_client *access_open(const struct access *access, const char *default_key, int *argc,
                                 char ***argv);

#endif
