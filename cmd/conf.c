/* conf.c - the configuration of a deployment, see conf.h. */
#include "cmd/conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/conf_names.h"
#include "cmd/limits.h"
#include "cmd/trace.h"
#include "core/check.h"

struct conf {
    struct {
        char *name, *value;
        unsigned number;
    } lines[CONF_LINES_MAX];
    unsigned count;
};

static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

static enum status conf_line(struct conf *conf, char *line, const char *path, unsigned number,
                             struct fault *fault)
{
    char *text = trimmed(line);
    if (*text == '\0' || *text == '#')
        return STATUS_OK;
    char *equals = strchr(text, '=');
    if (!equals)
        return fault_set(fault, STATUS_INVALID,
                         "%s:%u: not of the form name = value; # begins a comment line", path,
                         number);
    if (conf->count == CONF_LINES_MAX)
        return fault_set(fault, STATUS_FULL, "%s: more than %d lines", path, CONF_LINES_MAX);
    *equals = '\0';
    conf->lines[conf->count].number = number;
    conf->lines[conf->count].name = strdup(trimmed(text));
    conf->lines[conf->count++].value = strdup(trimmed(equals + 1));
    return STATUS_OK;
}

enum status conf_open(const char *directory, struct conf **ret_conf, struct fault *fault)
{
    char path[4096];
    char line[4096];
    snprintf(path, sizeof path, "%s/jishi.conf", directory);
    FILE *file = fopen(path, "r");
    if (!file)
        return fault_set(fault, STATUS_NOT_FOUND, "cannot open %s: %s; jishi init makes one", path,
                         strerror(errno));
    struct conf *conf = calloc(1, sizeof *conf);
    CHECK(conf);
    enum status status = STATUS_OK;
    for (unsigned number = 1; status == STATUS_OK && fgets(line, sizeof line, file); number++)
        status = strlen(line) + 1 == sizeof line
                     ? fault_set(fault, STATUS_FULL, "%s:%u: longer than %zu bytes", path, number,
                                 sizeof line - 3)
                     : conf_line(conf, line, path, number, fault);
    fclose(file);
    if (status != STATUS_OK) {
        conf_close(conf);
        return status;
    }
    *ret_conf = conf;
    return STATUS_OK;
}

void conf_close(struct conf *conf)
{
    if (!conf)
        return;
    for (unsigned i = 0; i < conf->count; i++) {
        free(conf->lines[i].name);
        free(conf->lines[i].value);
    }
    free(conf);
}

void conf_report(const struct conf *conf)
{
    char nearest[CONF_NAME_SIZE];
    for (unsigned i = 0; i < conf->count; i++) {
        const char *name = conf->lines[i].name;
        if (conf_name_known(name))
            continue;
        conf_name_nearest(name, nearest);
        trace("setting_unknown", "place=jishi.conf:%u name=\"%.*s\"%s%s%s", conf->lines[i].number,
              CONF_NAME_SIZE, name, *nearest ? " nearest=\"" : "", nearest, *nearest ? "\"" : "");
    }
}

const char *conf_text(const struct conf *conf, const char *name, const char *otherwise)
{
    CHECK(conf_name_known(name));
    for (unsigned i = conf->count; i-- > 0;)
        if (strcmp(conf->lines[i].name, name) == 0)
            return conf->lines[i].value;
    return otherwise;
}

int64_t conf_int(const struct conf *conf, const char *name, int64_t otherwise)
{
    const char *text = conf_text(conf, name, NULL);
    char *end = NULL;
    long long number = text ? strtoll(text, &end, 10) : 0;
    bool good = text && *text && *end == '\0';
    if (text && !good)
        trace("conf", "name=%s fault=\"not a number; %lld is taken\"", name, (long long)otherwise);
    return good ? number : otherwise;
}

bool conf_yes(const struct conf *conf, const char *name, bool otherwise)
{
    const char *text = conf_text(conf, name, "");
    return strcmp(text, "yes") == 0 || (otherwise && strcmp(text, "no") != 0);
}
