/* init.c - `jishi init DIR`: a deployment with its keys, configuration and first entries.
 *
 * The first entries go the ordinary way: each is a signed command that is decided and recorded like
 * any other. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/activation.h"
#include "cmd/client/json.h"
#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "cmd/turn.h"
#include "core/check.h"
#include "core/date.h"
#include "events/tree.h"

enum { SECADMIN, SYSADMIN, REGISTRAR, CLOCK, NOTIFIER, AUDITOR, MEMBER_COUNT };

static const char *const members[MEMBER_COUNT] = {"secadmin", "sysadmin", "registrar",
                                                  "clock",    "notifier", "auditor"};
static const char *const roles[MEMBER_COUNT] = {NULL,    "system",   "registrar",
                                                "clock", "notifier", "auditor"};

struct founding {
    const char *directory;
    char origin[ORIGIN_SIZE];
    struct member_key keys[MEMBER_COUNT];
    struct member_key log_key;
    struct server_key server;
    struct office *office;
    int64_t port;
    const char *bind;
    unsigned commands;
};

/* --- directory and files --- */

static enum status directory_make(const char *path, struct fault *fault)
{
    if (mkdir(path, 0700) == 0)
        return STATUS_OK;
    DIR *directory = errno == EEXIST ? opendir(path) : NULL;
    if (!directory)
        return fault_set(fault, STATUS_IO, "cannot make %s: %s", path, strerror(errno));
    bool empty = true;
    for (struct dirent *entry; (entry = readdir(directory));)
        empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    closedir(directory);
    return empty ? STATUS_OK
                 : fault_set(fault, STATUS_CONFLICT,
                             "%s is not empty; a deployment is made in a new directory", path);
}

static enum status folders_make(const char *directory, struct fault *fault)
{
    static const char *const names[] = {"keys",   "log", "subject-keys", "projections",
                                        "outbox", "run", "snapshots"};
    char path[4096];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        if (mkdir(path, 0700) != 0)
            return fault_set(fault, STATUS_IO, "cannot make %s: %s", path, strerror(errno));
    }
    return STATUS_OK;
}

static enum status conf_write(const struct founding *founding, struct fault *fault)
{
    static const char *const names[] = {"commands", "feed", "ranges", "queries", "jobs"};
    char path[4096];
    snprintf(path, sizeof path, "%s/jishi.conf", founding->directory);
    FILE *file = fopen(path, "wx");
    if (!file)
        return fault_set(fault, STATUS_IO, "cannot write %s: %s", path, strerror(errno));
    fprintf(file,
            "# jishi.conf - one deployment; read at start\n\n# name of the log, for ever: it is in "
            "every signature\norigin = %s\n",
            founding->origin);
    fprintf(file, "\n# where the processes listen\nbind = %s\n", founding->bind);
    for (int i = 0; i < 5; i++)
        fprintf(file, "port_%s = %d\n", names[i], (int)founding->port + i);
    fprintf(file,
            "\n# language of reminders: zh or en\nlanguage = %s\n\n# hour of "
            "reminders\nremind_hour = 08:50\n",
            language());
    fprintf(
        file,
        "\n# mail (channel smtp); other channels and all their settings: cmd/README.md\n#smtp = "
        "smtp://mail.example:25\n#smtp_from = jishi@example\n"
        "\n# when reminders are sent, and how fast\n#send_hours = 08:30-18:00\n"
        "#send_days = workdays\n#rate.smtp = 60/min\n#digest = smtp\n"
        "\n# calendar feeds over HTTP (jishi web), on 127.0.0.1 unless web_bind says otherwise; "
        "web_url is\n# the address by which readers come in, a proxy that does TLS\n#port_web = "
        "8080\n#web_url = https://calendar.example\n");
    return fclose(file) == 0 ? STATUS_OK : fault_set(fault, STATUS_IO, "cannot write %s", path);
}

static enum status info_write(const struct founding *founding, struct fault *fault)
{
    struct server_info info = {0};
    char *addresses[] = {info.commands, info.feed, info.ranges, info.queries, info.jobs};
    char path[4096];
    const char *host = strcmp(founding->bind, "*") == 0 || strcmp(founding->bind, "0.0.0.0") == 0
                           ? "127.0.0.1"
                           : founding->bind;
    snprintf(info.origin, sizeof info.origin, "%s", founding->origin);
    memcpy(info.curve_public, founding->server.curve_public, KEY_SIZE);
    memcpy(info.log_public, founding->log_key.public_key, KEY_SIZE);
    for (int i = 0; i < 5; i++)
        snprintf(addresses[i], ADDRESS_SIZE, "tcp://%s:%d", host, (int)founding->port + i);
    snprintf(path, sizeof path, "%s/keys/server.pub", founding->directory);
    return server_info_write(path, &info, fault);
}

static enum status keys_make(struct founding *founding, struct fault *fault)
{
    char path[4096];
    enum status status = STATUS_OK;
    for (int i = 0; i < MEMBER_COUNT && status == STATUS_OK; i++) {
        member_key_make(members[i], &founding->keys[i]);
        snprintf(path, sizeof path, "%s/keys/%s.key", founding->directory, members[i]);
        status = member_key_write(path, &founding->keys[i], fault);
    }
    if (status != STATUS_OK)
        return status;
    member_key_make("", &founding->log_key);
    snprintf(path, sizeof path, "%s/keys/log.sign", founding->directory);
    status = member_key_write(path, &founding->log_key, fault);
    server_key_make(&founding->server);
    snprintf(path, sizeof path, "%s/keys/server.curve", founding->directory);
    return status == STATUS_OK ? server_key_write(path, &founding->server, fault) : status;
}

/* --- first entries --- */

/* Decides one command, given as JSON (taken), signed by a member. */
static enum status found(struct founding *founding, int member, json_t *json, struct fault *fault)
{
    static const struct request_context context = {.trace = {"", 0}};
    struct arena arena;
    struct buffer bytes;
    struct signature signature;
    struct answer answer = {0};
    arena_init(&arena, 0);
    buffer_init(&bytes);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    CHECK(text);
    struct json_command *read = ARENA_NEW(&arena, struct json_command);
    enum status status = json_command_read(text, founding->origin, &arena, read, fault);
    if (status == STATUS_OK)
        status = command_encode(&read->command, &bytes, fault);
    if (status == STATUS_OK)
        status = command_sign(bytes.data, bytes.size, founding->keys[member].secret_key, &signature,
                              fault);
    if (status == STATUS_OK) {
        struct asked asked = {
            {bytes.data, (uint32_t)bytes.size}, {NULL, 0}, &signature, language(), &context};
        status = turn_take(founding->office, &asked, clock_now_us(), &arena, &answer, fault);
    }
    if (status == STATUS_OK && answer.kind != ANSWER_ACCEPTED)
        status = fault_set(fault, STATUS_INVALID, "%s was not accepted: %s: %s",
                           verb_text(read->command.verb),
                           answer.kind == ANSWER_REFUSED ? refusal_name(answer.code) : "invalid",
                           answer.clause_count ? answer.clauses[0].text
                           : answer.text       ? answer.text
                                               : "");
    founding->commands++;
    free(text);
    buffer_done(&bytes);
    arena_done(&arena);
    return status;
}

static enum status members_enrol(struct founding *founding, struct fault *fault)
{
    char today[DATE_TEXT_SIZE];
    date_text(clock_today(), today);
    enum status status = STATUS_OK;
    for (int i = 0; i < MEMBER_COUNT && status == STATUS_OK; i++) {
        status = found(
            founding, SECADMIN,
            json_pack("{s:s, s:{s:s, s:o, s:s}}", "verb", "enrol", "args", "member", members[i],
                      "key", json_of_bytes(founding->keys[i].public_key, KEY_SIZE), "person", ""),
            fault);
        if (status == STATUS_OK && roles[i])
            status = found(founding, SECADMIN,
                           json_pack("{s:s, s:{s:s, s:s, s:s, s:s, s:n}}", "verb", "assign", "args",
                                     "member", members[i], "role", roles[i], "unit", "", "from",
                                     today, "to"),
                           fault);
    }
    return status;
}

static enum status found_by_sysadmin(void *user, json_t *command, struct fault *fault)
{
    return found(user, SYSADMIN, command, fault);
}

static enum status activate(struct founding *founding, const char *what, const char *path,
                            struct fault *fault)
{
    struct buffer text;
    buffer_init(&text);
    enum status status = data_read(path, &text, fault);
    if (status == STATUS_OK)
        status = activation_make(what, &text, found_by_sysadmin, founding, fault);
    buffer_done(&text);
    return status == STATUS_OK ? status : fault_add(fault, "%s", path);
}

static enum status packs_activate(struct founding *founding, const struct option_list *packs,
                                  struct fault *fault)
{
    static const char *const calendars[] = {"calendars/2024.yaml", "calendars/2025.yaml",
                                            "calendars/2026.yaml"};
    enum status status = STATUS_OK;
    for (int i = 0; i < 3 && status == STATUS_OK; i++)
        status = activate(founding, "calendar", calendars[i], fault);
    for (unsigned i = 0; i < packs->count && status == STATUS_OK; i++) {
        char path[256];
        snprintf(path, sizeof path, "packs/%s.yaml", packs->items[i]);
        status = activate(founding, "pack", path, fault);
    }
    return status;
}

static enum status found_all(struct founding *founding, const struct option_list *packs,
                             struct fault *fault)
{
    enum status status = directory_make(founding->directory, fault);
    if (status == STATUS_OK)
        status = folders_make(founding->directory, fault);
    if (status == STATUS_OK)
        status = keys_make(founding, fault);
    if (status == STATUS_OK)
        status = conf_write(founding, fault);
    if (status == STATUS_OK)
        status = info_write(founding, fault);
    struct office_options options = {.directory = founding->directory};
    if (status == STATUS_OK)
        status = office_open(&options, &founding->office, fault);
    if (status == STATUS_OK)
        status = members_enrol(founding, fault);
    if (status == STATUS_OK)
        status = packs_activate(founding, packs, fault);
    office_close(founding->office);
    return status;
}

static void origin_of(const char *directory, char out[ORIGIN_SIZE])
{
    char *whole = realpath(directory, NULL);
    const char *slash = strrchr(whole ? whole : directory, '/');
    const char *name = slash && slash[1] ? slash + 1 : directory;
    snprintf(out, ORIGIN_SIZE, "jishi.local/%.100s/log", name);
    free(whole);
}

static void print_next(const struct founding *founding)
{
    const char *d = founding->directory;
    printf("%s %s (%s %s, %u %s)\n", in_words("已建立", "made"), d, in_words("日志", "log"),
           founding->origin, founding->commands, in_words("条首批条目", "first entries"));
    printf("%s\n", in_words("  密钥在 keys/：secadmin 管成员与职责，sysadmin 管规则包，registrar "
                            "登记，auditor 只读。请分别交给本人保管。",
                            "  keys/: secadmin enrols, sysadmin activates packs, registrar "
                            "registers, auditor reads. Hand each to its person."));
    printf("%s\n  jishi up %s\n  jishi health %s\n", in_words("下一步：", "next:"), d, d);
    printf("  jishi do %s --key registrar register unit --subject it=unit:office\n", d);
}

int cmd_init(int argc, char **argv)
{
    static struct founding founding = {.bind = "127.0.0.1", .port = 7701};
    static struct option_list packs;
    static const char *origin, *data;
    static const struct option_spec specs[] = {
        {"origin", 0, OPTION_TEXT, &origin, "NAME", "日志名，永不再改（默认取自目录名）",
         "name of the log, for ever (default: from the directory)"},
        {"bind", 0, OPTION_TEXT, &founding.bind, "ADDRESS", "监听地址（默认 127.0.0.1）",
         "address to listen on (127.0.0.1)"},
        {"port", 0, OPTION_INT, &founding.port, "N", "第一个端口，共五个（默认 7701）",
         "first of five ports (7701)"},
        {"pack", 0, OPTION_LIST, &packs, "NAME", "启用的规则包（默认 common、SD）",
         "packs to activate (common, SD)"},
        {"data", 0, OPTION_TEXT, &data, "DIR", "规则包与日历所在目录",
         "where packs and calendars lie"},
        {0},
    };
    struct options options = {"init", "DIR", specs};
    struct fault fault = {0};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    if (founding.port < 1 || founding.port > 65530)
        return options_wrong(&options, "--port");
    if (sodium_init() < 0)
        return 2;
    if (data)
        setenv("JISHI_DATA_DIR", data, 1);
    if (packs.count == 0)
        packs = (struct option_list){{"common", "SD"}, 2};
    founding.directory = argv[0];
    origin_of(argv[0], founding.origin);
    if (origin)
        snprintf(founding.origin, sizeof founding.origin, "%s", origin);
    enum status status = found_all(&founding, &packs, &fault);
    sodium_memzero(founding.keys, sizeof founding.keys);
    member_key_forget(&founding.log_key);
    if (status != STATUS_OK) {
        fprintf(stderr, "jishi init: %s\n", fault.text);
        return status == STATUS_CONFLICT ? 1 : 2;
    }
    print_next(&founding);
    return 0;
}
