/* health.c - `jishi health`: is the server well. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/access.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/plain.h"

static void print_health(const json_t *health)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)health, name, value)
    {
        if (json_is_string(value))
            plain_line(stdout, "%-18s %s", name, json_string_value(value));
        else
            plain_line(stdout, "%-18s %lld", name, (long long)json_integer_value(value));
    }
}

int cmd_health(int argc, char **argv)
{
    static struct access access = {.timeout_ms = 3000};
    static const struct option_spec specs[] = {ACCESS_OPTIONS(access), {0}};
    struct options options = {"health", "DIR", specs};
    char error[JISHI_ERROR_SIZE] = "";
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    struct jishi_client *client = access_open(&access, "auditor", &argc, &argv);
    if (!client)
        return 2;
    char *text = jishi_health(client, (int)access.timeout_ms, error);
    jishi_close(client);
    if (!text) {
        fprintf(stderr, "jishi health: %s\n", error);
        return 2;
    }
    json_t *health = json_loads(text, 0, NULL);
    const char *intake = json_string_value(json_object_get(health, "intake"));
    const char *mode = json_string_value(json_object_get(health, "mode"));
    bool well = intake && mode && strcmp(intake, "open") == 0 && strcmp(mode, "durable") == 0;
    if (wants_json())
        printf("%s\n", text);
    else
        print_health(health);
    json_decref(health);
    free(text);
    return well ? 0 : 1;
}
