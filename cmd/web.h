/* web.h - `jishi web`: what its files share. */
#ifndef CMD_WEB_H
#define CMD_WEB_H

#include <jansson.h>

#include "cmd/client/client.h"

#define WEB_PORT_DEFAULT 8080

/* A client that speaks with the deployment's own key, as its other processes do. NULL with fault. */
struct jishi_client *web_client_open(const char *directory, struct fault *fault);

#endif
