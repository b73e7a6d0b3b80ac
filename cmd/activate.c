/* activate.c - `jishi activate DIR FILE...`: puts packs and calendars in force, by commands signed by
 * a system administrator. What a file is, it says itself; packs are checked here first, so that what
 * is wrong is shown with line and column. */
#include <stdio.h>
#include <string.h>

#include "cmd/access.h"
#include "cmd/activation.h"
#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/options.h"
#include "cmd/pack.h"
#include "core/yaml_tree.h"

/* "pack" or "calendar", by the words at its top; NULL: neither, or no YAML. */
static const char *kind_of(const char *path, struct fault *fault)
{
    struct buffer text;
    struct arena arena;
    struct yaml_node *documents;
    const char *kind = NULL;
    buffer_init(&text);
    arena_init(&arena, 0);
    if (file_read(path, &text, fault) == STATUS_OK &&
        yaml_read(buffer_text(&text), text.size, &arena, &documents, fault) == STATUS_OK) {
        const struct yaml_node *top = documents->first;
        bool map = top && top->kind == YAML_MAP;
        kind = map && yaml_get(top, "pack")   ? "pack"
               : map && yaml_get(top, "year") ? "calendar"
                                              : NULL;
        if (!kind)
            fault_set(fault, STATUS_INVALID,
                      "neither a pack (pack: ...) nor a calendar (year: ...)");
    }
    if (!kind)
        fault_add(fault, "%s", path);
    arena_done(&arena);
    buffer_done(&text);
    return kind;
}

static int activate(struct jishi_client *client, const char *path)
{
    struct fault fault;
    const char *kind = kind_of(path, &fault);
    if (kind && strcmp(kind, "pack") == 0 && !pack_check_file(path))
        return 1;
    if (!kind || activation_over(client, kind, path, &fault) != STATUS_OK) {
        fprintf(stderr, "jishi activate: %s\n", fault.text);
        return kind ? 1 : 2;
    }
    printf(in_words("%s：已生效\n", "%s: in force\n"), path);
    return 0;
}

int cmd_activate(int argc, char **argv)
{
    static struct access access = {.timeout_ms = ACCESS_TIMEOUT_MS};
    static const struct option_spec specs[] = {ACCESS_OPTIONS(access), {0}};
    struct options options = {"activate", "DIR FILE...", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    struct jishi_client *client = access_open(&access, "sysadmin", &argc, &argv);
    if (!client)
        return 2;
    code = argc > 0 ? 0 : options_wrong(&options, "FILE...");
    for (int i = 0; i < argc && code == 0; i++)
        code = activate(client, argv[i]);
    jishi_close(client);
    return code;
}
