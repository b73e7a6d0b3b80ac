/* import.c - `jishi import DIR FILE...`: other people's tables as signed commands with their
 * original dates.
 *
 * Without --apply it is a dry run: the log is folded in memory, every row becomes a command
 * (import/plan.h), is compared and decided there (import/trial.h), and a table says what is wrong
 * in which row and column. With --apply, and nothing wrong, the commands are sent. What is on record
 * already is not sent again, so a broken run is taken up by running it again. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/access.h"
#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/import/send.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "cmd/plain.h"
#include "core/check.h"
#include "core/date.h"
#include "core/state_look.h"
#include "events/whole_file.h"

#define IMPORT_FILES_MAX 256

struct importing {
    struct access access;
    const char *directory, *kind, *on;
    struct option_list maps;
    bool apply, dry_run, lists;
    char key_path[4096];
    struct mappings mappings;
    struct findings findings;
    struct plan plan;
    struct trial trial;
    int64_t recorded_at_us;
};

/* ---- what it needs ---- */

static void map_read(void *user, const char *name)
{
    struct importing *importing = user;
    char path[512];
    struct buffer text;
    struct fault fault = {0};
    snprintf(path, sizeof path, "imports/%s.yaml", name);
    buffer_init(&text);
    if (data_read(path, &text, &fault) != STATUS_OK ||
        mapping_read(&importing->mappings, buffer_text(&text), text.size, &fault) != STATUS_OK)
        fprintf(stderr, "jishi import: %s: %s\n", path, fault.text);
    buffer_done(&text);
}

static void kinds_known(const struct importing *importing, struct buffer *out)
{
    for (unsigned i = 0; i < importing->mappings.count; i++)
        buffer_addf(out, "%s%s", i ? " " : "", importing->mappings.items[i]->kind);
}

static bool kind_check(const struct importing *importing)
{
    if (!importing->kind || mapping_of_kind(&importing->mappings, importing->kind))
        return true;
    struct buffer kinds;
    buffer_init(&kinds);
    kinds_known(importing, &kinds);
    fprintf(stderr,
            in_words("jishi import：没有 %s 这种表；有 %s\n",
                     "jishi import: no kind %s; there are %s\n"),
            importing->kind, buffer_text(&kinds));
    buffer_done(&kinds);
    return false;
}

static bool maps_read(struct importing *importing)
{
    struct fault fault = {0};
    mappings_init(&importing->mappings);
    data_names("imports", map_read, importing);
    for (unsigned i = 0; i < importing->maps.count; i++) {
        struct buffer text;
        buffer_init(&text);
        enum status status = file_read(importing->maps.items[i], &text, &fault);
        if (status == STATUS_OK)
            status = mapping_read(&importing->mappings, buffer_text(&text), text.size, &fault);
        buffer_done(&text);
        if (status != STATUS_OK) {
            fprintf(stderr, "jishi import: %s: %s\n", importing->maps.items[i], fault.text);
            return false;
        }
    }
    if (importing->mappings.count == 0)
        fprintf(stderr, "jishi import: %s\n",
                in_words("找不到 imports/*.yaml；请设 JISHI_DATA_DIR 或用 --map",
                         "no imports/*.yaml; set JISHI_DATA_DIR or give --map"));
    return importing->mappings.count > 0 && kind_check(importing);
}

static enum status fold_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct importing *importing = user;
    const struct entry *entry = shown->entry;
    struct moment when = {entry->recorded_at_us, entry->number};
    importing->recorded_at_us = entry->recorded_at_us;
    return state_fold(importing->trial.state, &when, shown->command, entry->events,
                      entry->event_count, fault);
}

static bool state_read(struct importing *importing)
{
    struct fault fault = {0};
    importing->trial.state = office_state(importing->directory, &fault);
    if (importing->trial.state &&
        office_read(importing->directory, fold_each, importing, &fault) == STATUS_OK)
        return true;
    fprintf(stderr, "jishi import: %s\n", fault.text);
    return false;
}

/* Makes the file whole under another name and then links it, so that of two who make it at once
 * one wins and both read the same. */
static bool salt_make(const char *path)
{
    char fresh[4200], hex[2 * PLAN_KEY_SIZE + 1];
    uint8_t chance[PLAN_KEY_SIZE];
    struct fault fault;
    snprintf(fresh, sizeof fresh, "%s.%d", path, (int)getpid());
    randombytes_buf(chance, sizeof chance);
    sodium_bin2hex(hex, sizeof hex, chance, sizeof chance);
    int file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = file >= 0 && write(file, hex, strlen(hex)) == (ssize_t)strlen(hex) &&
                fsync(file) == 0 && (link(fresh, path) == 0 || errno == EEXIST);
    if (!good)
        fprintf(stderr, "jishi import: %s: %s\n", path, strerror(errno));
    if (file >= 0) {
        close(file);
        unlink(fresh);
    }
    sodium_memzero(chance, sizeof chance);
    if (good && folder_sync(path, &fault) != STATUS_OK) {
        fprintf(stderr, "jishi import: %s\n", fault.text);
        return false;
    }
    return good;
}

/* The key with which ids of citizen numbers are made: DIR/keys/import.salt, made by the first run
 * that applies. A dry run before it uses one of the moment: nobody was imported under another. */
static bool salt_read(struct importing *importing)
{
    char path[4096], hex[2 * PLAN_KEY_SIZE + 2] = "";
    size_t size = 0;
    snprintf(path, sizeof path, "%s/keys/import.salt", importing->directory);
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        randombytes_buf(importing->plan.key, PLAN_KEY_SIZE);
        if (!importing->apply)
            return true;
        if (!salt_make(path))
            return false;
    }
    FILE *file = fopen(path, "r");
    bool good = file && fgets(hex, sizeof hex, file) &&
                sodium_hex2bin(importing->plan.key, PLAN_KEY_SIZE, hex, strcspn(hex, "\n"), NULL,
                               &size, NULL) == 0 &&
                size == PLAN_KEY_SIZE;
    if (file)
        fclose(file);
    if (!good)
        fprintf(stderr, "jishi import: %s: 64 hexadecimal digits are expected\n", path);
    return good;
}

static bool signer_read(struct importing *importing)
{
    struct member_key key;
    struct fault fault = {0};
    const char *name = importing->access.key ? importing->access.key : "registrar";
    if (access(name, R_OK) == 0)
        snprintf(importing->key_path, sizeof importing->key_path, "%s", name);
    else
        snprintf(importing->key_path, sizeof importing->key_path, "%s/keys/%s.key",
                 importing->directory, name);
    if (member_key_read(importing->key_path, &key, &fault) != STATUS_OK) {
        fprintf(stderr, "jishi import: %s\n", fault.text);
        return false;
    }
    memcpy(importing->trial.signer.key, key.public_key, KEY_SIZE);
    member_key_forget(&key);
    return true;
}

/* ---- sheets ---- */

/* A column and the headings by which it is known. */
static void column_describe(const struct mapping *mapping, const char *name, struct buffer *out)
{
    const struct mapping_column *column = mapping_column(mapping, name);
    buffer_addf(out, "%s:", name);
    for (unsigned i = 0; column && i < column->headings.count; i++)
        buffer_addf(out, " %s", column->headings.items[i]);
}

static void sheet_misfit(struct importing *importing, const struct plan_sheet *sheet)
{
    const struct fitted *fitted = &sheet->fitted;
    const struct mapping *mapping =
        importing->kind ? mapping_of_kind(&importing->mappings, importing->kind) : fitted->mapping;
    const char *missing = fitted->mapping                   ? fitted->missing
                          : mapping && mapping->needs.count ? mapping->needs.items[0]
                                                            : NULL;
    struct place_of place = {sheet->sheet.path, 0, NULL, NULL};
    struct buffer remedy;
    buffer_init(&remedy);
    if (sheet->sheet.count > 0 && missing)
        column_describe(mapping, missing, &remedy);
    else if (sheet->sheet.count > 0)
        kinds_known(importing, &remedy);
    find_wrong(&importing->findings, &place,
               sheet->sheet.count == 0 ? in_words("没有内容", "is empty")
               : missing ? in_words("缺少必要的列", "a needed column is missing")
                         : in_words("看不出是哪一种表，请用 --kind 指明",
                                    "it cannot be told what kind of table this is; say --kind"),
               buffer_text(&remedy));
    buffer_done(&remedy);
}

static void sheet_say(const struct plan_sheet *sheet)
{
    const struct mapping *mapping = sheet->fitted.mapping;
    plain_line(stderr, "%s: %s, %s, %zu %s", sheet->sheet.path, sheet->sheet.encoding,
               in_words(mapping->zh, mapping->en), sheet->sheet.count - sheet->fitted.header - 1,
               in_words("行", "rows"));
}

/* False: a file cannot be read at all. */
static bool sheets_read(struct importing *importing, int count, char **paths)
{
    struct plan *plan = &importing->plan;
    plan->sheets = calloc((size_t)count, sizeof *plan->sheets);
    CHECK(plan->sheets != NULL);
    for (int i = 0; i < count; i++) {
        struct plan_sheet *sheet = &plan->sheets[plan->sheet_count];
        struct fault fault = {0};
        if (sheet_read(paths[i], &sheet->sheet, &fault) != STATUS_OK) {
            fprintf(stderr, "jishi import: %s\n", fault.text);
            return false;
        }
        mapping_fit(&importing->mappings, importing->kind, &sheet->sheet, &sheet->fitted);
        if (!sheet->fitted.mapping || sheet->fitted.missing) {
            sheet_misfit(importing, sheet);
            sheet_done(&sheet->sheet);
            continue;
        }
        sheet_say(sheet);
        plan->sheet_count++;
    }
    return true;
}

/* What a kind of table needs has to be declared by a pack in force. */
static void packs_check(struct importing *importing)
{
    for (unsigned i = 0; i < importing->plan.sheet_count; i++) {
        const struct plan_sheet *sheet = &importing->plan.sheets[i];
        const struct mapping *mapping = sheet->fitted.mapping;
        struct place_of place = {sheet->sheet.path, 0, NULL, NULL};
        for (unsigned k = 0; k < mapping->fact_count; k++)
            if (!state_look_fact(importing->trial.state, mapping->facts[k].fact))
                find_wrong(&importing->findings, &place,
                           in_words("启用的规则包没有这类事实", "no pack in force has this fact"),
                           mapping->facts[k].fact);
    }
}

/* ---- the report ---- */

static void summary_print(const struct importing *importing)
{
    const struct trial *trial = &importing->trial;
    const size_t *n = trial->outcomes;
    if (wants_json()) {
        printf("{\"new\":%zu,\"changed\":%zu,\"same\":%zu,\"wrong\":%zu,\"warnings\":%zu,"
               "\"cases\":%zu,\"duties\":%zu,\"overdue\":%zu}\n",
               n[ROW_NEW], n[ROW_CHANGED], n[ROW_SAME], importing->findings.wrong,
               importing->findings.warnings, trial->cases_opened, trial->duties_opened,
               trial->duties_overdue);
        return;
    }
    printf(in_words("新 %zu，改 %zu，同 %zu；错 %zu 处，注意 %zu 处\n",
                    "%zu new, %zu changed, %zu same; %zu wrong, %zu to note\n"),
           n[ROW_NEW], n[ROW_CHANGED], n[ROW_SAME], importing->findings.wrong,
           importing->findings.warnings);
    if (trial->duties_opened || trial->cases_opened)
        printf(in_words("由此开出事项 %zu 件、期限 %zu 项（其中 %zu 项已过期）\n",
                        "this would open %zu cases and %zu duties (%zu of them overdue)\n"),
               trial->cases_opened, trial->duties_opened, trial->duties_overdue);
}

static int apply(struct importing *importing)
{
    char error[JISHI_ERROR_SIZE] = "", server[4096];
    struct sent sent;
    snprintf(server, sizeof server, "%s/keys/server.pub", importing->directory);
    struct jishi_client *client = jishi_connect(server, importing->key_path, language(), error);
    if (!client) {
        fprintf(stderr, "jishi import: %s\n", error);
        return 2;
    }
    send_all(client, &importing->trial, (int)importing->access.timeout_ms, &sent);
    jishi_close(client);
    if (sent.unknown)
        fprintf(stderr, "%s\n",
                in_words("没有等到答复；再运行一次即从断处继续",
                         "no answer came; run it again to go on from there"));
    if (sent.refused)
        fprintf(stderr, "%s\n",
                in_words("有被拒绝的，已停下；改正后再运行",
                         "something was refused, it stopped there; correct it and run it again"));
    return sent.unknown ? 2 : sent.refused ? 1 : 0;
}

static int report(struct importing *importing)
{
    findings_print(&importing->findings);
    summary_print(importing);
    if (importing->findings.wrong)
        return 1;
    if (importing->apply)
        return apply(importing);
    fprintf(stderr, "%s\n",
            in_words("以上是试算，没有写入；加 --apply 入库",
                     "this was a dry run, nothing was recorded; --apply records it"));
    return 0;
}

static int run(struct importing *importing, int count, char **paths)
{
    struct plan *plan = &importing->plan;
    plan->findings = &importing->findings;
    findings_init(&importing->findings);
    plan_init(plan);
    if (!maps_read(importing) || !salt_read(importing) || !signer_read(importing) ||
        !state_read(importing) || !sheets_read(importing, count, paths))
        return 2;
    plan->state = importing->trial.state;
    importing->trial.plan = plan;
    importing->trial.lists = importing->lists;
    importing->trial.recorded_at_us = importing->recorded_at_us;
    packs_check(importing);
    if (importing->findings.wrong == 0 || plan->sheet_count > 0) {
        plan_make(plan);
        trial_run(&importing->trial);
    }
    return report(importing);
}

static void done(struct importing *importing)
{
    for (unsigned i = 0; i < importing->plan.sheet_count; i++)
        sheet_done(&importing->plan.sheets[i].sheet);
    free(importing->plan.sheets);
    if (importing->trial.plan)
        trial_done(&importing->trial);
    plan_done(&importing->plan);
    findings_done(&importing->findings);
    mappings_done(&importing->mappings);
    state_close(importing->trial.state);
    sodium_memzero(importing->plan.key, PLAN_KEY_SIZE);
}

int cmd_import(int argc, char **argv)
{
    static struct importing importing = {.access.timeout_ms = 60000};
    static const struct option_spec specs[] = {
        {"key", 'k', OPTION_TEXT, &importing.access.key, "FILE",
         "登记员的密钥文件，或 DIR 内的成员名", "a registrar's key file, or in DIR his name"},
        {"kind", 0, OPTION_TEXT, &importing.kind, "WORD",
         "persons posts units offices certificates（默认从表头看出）",
         "persons posts units offices certificates (default: seen from the headings)"},
        {"dry-run", 0, OPTION_FLAG, &importing.dry_run, NULL, "只试算（默认）",
         "only try (default)"},
        {"apply", 0, OPTION_FLAG, &importing.apply, NULL, "没有错就入库",
         "record it if nothing is wrong"},
        {"map", 0, OPTION_LIST, &importing.maps, "FILE", "表头对应（见 core/imports/README.md）",
         "what headings mean (core/imports/README.md)"},
        {"on", 0, OPTION_TEXT, &importing.on, "DATE", "没有日期的行自何日起（默认今天）",
         "day from which rows without one hold (today)"},
        {"rows", 0, OPTION_FLAG, &importing.lists, NULL, "逐行列出新、改、同、错",
         "list each row: new, changed, same, wrong"},
        {"timeout", 0, OPTION_INT, &importing.access.timeout_ms, "MS",
         "等答复多久（毫秒，默认 60000）", "how long to wait for an answer, in ms (60000)"},
        {0}};
    struct options options = {"import", "DIR FILE...", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc < 2 || argc > IMPORT_FILES_MAX || (importing.apply && importing.dry_run))
        return options_wrong(&options, "DIR FILE... [--dry-run | --apply]");
    importing.directory = argv[0];
    importing.plan.day = importing.on ? date_parse(importing.on) : clock_today();
    if (importing.plan.day == DATE_NONE)
        return options_wrong(&options, "--on DATE");
    if (sodium_init() < 0)
        return 2;
    code = run(&importing, argc - 1, argv + 1);
    done(&importing);
    return code;
}
