/* do.c - `jishi do`: one command, from the command line to its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/access.h"
#include "cmd/answer_print.h"
#include "cmd/client/json.h"
#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/options.h"
#include "events/tree.h"

struct wanted {
    struct access access;
    int64_t case_number, expect;
    const char *on, *outcome, *behalf, *id, *json;
    struct option_list subjects, fields, texts, evidence;
};

/* An argument NAME=VALUE cut in two; false where there is no `=`. */
static bool cut(const char *text, char **ret_name, const char **ret_value)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return false;
    *ret_name = strndup(text, (size_t)(equals - text));
    *ret_value = equals + 1;
    return true;
}

/* 3, true, null and JSON lists and records are read as such; anything else is text. */
static json_t *value_of(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (json && !json_is_string(json) && !json_is_real(json))
        return json;
    json_decref(json);
    return json_string(text);
}

static bool add_pairs(json_t *object, const struct option_list *list,
                      json_t *(*make)(const char *text))
{
    for (unsigned i = 0; i < list->count; i++) {
        char *name = NULL;
        const char *value = NULL;
        if (!cut(list->items[i], &name, &value))
            return false;
        json_object_set_new(object, name, make(value));
        free(name);
    }
    return true;
}

static json_t *free_text(const char *text)
{
    return json_pack("{s:s}", "$text", text);
}

static json_t *subject_value(const char *text)
{
    char *end = NULL;
    long long number = strtoll(text, &end, 10); /* cases are numbers, subjects have a colon */
    return *text && *end == '\0' ? json_integer(number) : json_string(text);
}

static bool add_subjects(json_t *list, const struct option_list *subjects)
{
    for (unsigned i = 0; i < subjects->count; i++) {
        char *name = NULL;
        const char *value = NULL;
        if (!cut(subjects->items[i], &name, &value))
            return false;
        json_array_append_new(list, json_pack("[s,o]", name, subject_value(value)));
        free(name);
    }
    return true;
}

/* KIND:TITLE:FILE; the file's SHA-256 is what is signed. */
static bool add_evidence(json_t *list, const struct option_list *evidence)
{
    for (unsigned i = 0; i < evidence->count; i++) {
        const char *title = strchr(evidence->items[i], ':');
        const char *path = title ? strchr(title + 1, ':') : NULL;
        struct buffer bytes;
        struct fault fault;
        uint8_t digest[DIGEST_SIZE];
        char hex[2 * DIGEST_SIZE + 1];
        if (!path)
            return false;
        buffer_init(&bytes);
        if (file_read(path + 1, &bytes, &fault) != STATUS_OK) {
            fprintf(stderr, "jishi do: %s\n", fault.text);
            buffer_done(&bytes);
            return false;
        }
        sha256(bytes.data ? bytes.data : "", bytes.size, digest);
        buffer_done(&bytes);
        for (int b = 0; b < DIGEST_SIZE; b++)
            snprintf(hex + 2 * b, 3, "%02x", digest[b]);
        json_array_append_new(list,
                              json_pack("{s:s%,s:s%,s:s}", "kind", evidence->items[i],
                                        (size_t)(title - evidence->items[i]), "title", title + 1,
                                        (size_t)(path - title - 1), "digest", hex));
    }
    return true;
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text)
        json_object_set_new(object, name, json_string(text));
}

/* NULL if an option is not of its form. */
static json_t *command_of(const struct wanted *wanted, const char *verb, const char *what)
{
    json_t *command =
        wanted->json ? json_loads(wanted->json, JSON_REJECT_DUPLICATES, NULL) : json_object();
    if (!json_is_object(command))
        return NULL;
    set_text(command, "verb", verb);
    set_text(command, "what", what);
    set_text(command, "on", wanted->on);
    set_text(command, "outcome", wanted->outcome);
    set_text(command, "behalf", wanted->behalf);
    set_text(command, "id", wanted->id);
    if (wanted->case_number)
        json_object_set_new(command, "case", json_integer(wanted->case_number));
    if (wanted->expect >= 0)
        json_object_set_new(command, "expected_version", json_integer(wanted->expect));
    if (!json_object_get(command, "args"))
        json_object_set_new(command, "args", json_object());
    if (!json_object_get(command, "subjects"))
        json_object_set_new(command, "subjects", json_array());
    if (!json_object_get(command, "evidence"))
        json_object_set_new(command, "evidence", json_array());
    bool good = add_pairs(json_object_get(command, "args"), &wanted->fields, value_of) &&
                add_pairs(json_object_get(command, "args"), &wanted->texts, free_text) &&
                (wanted->subjects.count == 0 ||
                 add_subjects(json_object_get(command, "subjects"), &wanted->subjects)) &&
                add_evidence(json_object_get(command, "evidence"), &wanted->evidence);
    if (good)
        return command;
    json_decref(command);
    return NULL;
}

static int send_one(struct jishi_client *client, json_t *json, int timeout_ms)
{
    char error[JISHI_ERROR_SIZE] = "";
    struct jishi_answer answer;
    char *text = json_dumps(json, JSON_COMPACT);
    struct jishi_command *command = jishi_command(client, text, error);
    free(text);
    if (!command) {
        fprintf(stderr, "jishi do: %s\n", error);
        return 2;
    }
    jishi_do(client, command, timeout_ms, &answer);
    int code = answer_print(&answer);
    jishi_answer_done(&answer);
    jishi_command_free(command);
    return code;
}

/* clang-format off */
static const char note_zh[] =
    "动词和所需内容：\n"
    "  act 程序.步骤       办一步：--case N；开新事项用 --subject 栏位=对象；另有 --field --text\n"
    "                      --evidence --outcome，提名用 --names 栏位=对象\n"
    "  waive 程序.步骤     豁免条款：--case N 或 --subject，--field 'guards=[\"条款\"]' --text reason=理由\n"
    "  withdraw            撤回：--case N --field act=办理编号\n"
    "  correct             更正：--field fact=事实编号 --field day=日期 或 --field 'fields={…}'，--text reason=理由\n"
    "  fact 种类           登记事实：--subject 栏位=对象 --field 名=值 --on 日期\n"
    "  register 种类       登记对象：--subject it=person:li --field 名=值 --text 名=文字\n"
    "  change 种类         变更对象：--subject it=person:li --field 名=值 --on 自哪一天起\n"
    "  enrol               登记成员：--field member=名 --field 'key={\"$hex\":\"…\"}' --field person=person:li（见 jishi keygen）\n"
    "  revoke              吊销密钥：--field 'key={\"$hex\":\"…\"}' --text reason=理由\n"
    "  assign              授予职责：--field member=名 role=、unit=、from=、to=（各一个 --field；to=null 为无期限）\n"
    "  relieve             免去职责：--field assignment=N --field to=日期\n"
    "  delegate            委托：--field assignment=N --field member=名 --field from=日期 --field to=日期\n"
    "  exempt, suspend, resume   免除、中止、恢复一个期限：--field duty=N --text reason=理由\n"
    "  migrate             转版：--case N --field to=版本 --text reason=理由（见 jishi migrate）\n"
    "activate、blob 由 jishi activate 发出，tick 由 reminder、deliver 由 notifier 发出。\n"
    "例：\n"
    "  jishi do DIR --key wang act 程序.步骤 --subject post=post:d --names candidate=person:li -e 名单:名单:list.pdf\n"
    "  jishi do DIR --key gao suspend --field duty=12 --text reason=本人住院\n";
static const char note_en[] =
    "verbs, and what each needs:\n"
    "  act PROCEDURE.step  a step: --case N, or --subject SLOT=ID to open a case; --field --text\n"
    "                      --evidence --outcome, and --names SLOT=ID for who is nominated\n"
    "  waive PROCEDURE.step   --case N or --subject; --field 'guards=[\"ID\"]' --text reason=TEXT\n"
    "  withdraw            --case N --field act=N\n"
    "  correct             --field fact=N, --field day=DATE or --field 'fields={...}', --text reason=TEXT\n"
    "  fact TYPE           --subject SLOT=ID --field NAME=VALUE --on DATE\n"
    "  register KIND       --subject it=person:li --field NAME=VALUE --text NAME=TEXT\n"
    "  change KIND         --subject it=person:li --field NAME=VALUE --on DATE it holds from\n"
    "  enrol               --field member=ID --field 'key={\"$hex\":\"...\"}' --field person=person:li (see jishi keygen)\n"
    "  revoke              --field 'key={\"$hex\":\"...\"}' --text reason=TEXT\n"
    "  assign              --field member=ID, role=, unit=, from=DATE, to=DATE or to=null, a --field each\n"
    "  relieve             --field assignment=N --field to=DATE\n"
    "  delegate            --field assignment=N --field member=ID --field from=DATE --field to=DATE\n"
    "  exempt, suspend, resume   a duty: --field duty=N --text reason=TEXT\n"
    "  migrate             --case N --field to=VERSION --text reason=TEXT (see jishi migrate)\n"
    "activate and blob are sent by jishi activate, tick by the reminder, deliver by the notifier.\n"
    "examples:\n"
    "  jishi do DIR --key wang act PROCEDURE.step --subject post=post:d --names candidate=person:li -e 名单:list:list.pdf\n"
    "  jishi do DIR --key gao suspend --field duty=12 --text reason='in hospital'\n";
/* clang-format on */

int cmd_do(int argc, char **argv)
{
    static struct wanted wanted = {.access.timeout_ms = ACCESS_TIMEOUT_MS, .expect = -1};
    static const struct option_spec specs[] = {
        ACCESS_OPTIONS(wanted.access),
        {"case", 'c', OPTION_INT, &wanted.case_number, "N", "案件编号", "number of the case"},
        {"subject", 's', OPTION_LIST, &wanted.subjects, "SLOT=ID", "所涉对象，可多次",
         "what it is about; may come several times"},
        {"names", 0, OPTION_LIST, &wanted.subjects, "SLOT=ID", "提名的人选", "who is nominated"},
        {"field", 'f', OPTION_LIST, &wanted.fields, "NAME=VALUE",
         "填报项；数、true、JSON 照读，其余为文字",
         "a field; numbers, true and JSON are read as such, else text"},
        {"text", 0, OPTION_LIST, &wanted.texts, "NAME=TEXT", "自由文字：只签承诺值，原文加密另存",
         "free text: only its commitment is signed, the text is sealed"},
        {"evidence", 'e', OPTION_LIST, &wanted.evidence, "KIND:TITLE:FILE",
         "材料；签文件的 SHA-256", "evidence; the file's SHA-256 is signed"},
        {"outcome", 'o', OPTION_TEXT, &wanted.outcome, "WORD", "结果", "the outcome"},
        {"on", 0, OPTION_TEXT, &wanted.on, "DATE", "发生日期（默认今天）",
         "the day it happened (today)"},
        {"behalf", 0, OPTION_TEXT, &wanted.behalf, "MEMBER", "受谁委托", "on whose behalf"},
        {"expect", 0, OPTION_INT, &wanted.expect, "VERSION", "只在案件版本相符时办理",
         "only if the case still has this version"},
        {"id", 0, OPTION_TEXT, &wanted.id, "UUID", "命令编号（重发同一命令时用）",
         "the command's id, to send the same again"},
        {"command", 0, OPTION_TEXT, &wanted.json, "JSON", "整条命令的 JSON，其余选项补充它",
         "a whole command as JSON; other options add to it"},
        {0},
    };
    struct options options = {"do", "DIR VERB [WHAT]", specs};
    options_note(note_zh, note_en);
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    struct jishi_client *client = access_open(&wanted.access, "registrar", &argc, &argv);
    if (!client)
        return 2;
    if (argc > 2 || (argc == 0 && !wanted.json)) {
        jishi_close(client);
        return options_wrong(&options, "VERB [WHAT]");
    }
    json_t *json = command_of(&wanted, argc > 0 ? argv[0] : NULL, argc > 1 ? argv[1] : NULL);
    code = json ? send_one(client, json, (int)wanted.access.timeout_ms)
                : options_wrong(&options, "--field NAME=VALUE, --subject SLOT=ID, --evidence "
                                          "KIND:TITLE:FILE, --command JSON");
    json_decref(json);
    jishi_close(client);
    return code;
}
