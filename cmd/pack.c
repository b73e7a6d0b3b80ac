/* pack.c - `jishi pack check FILE...`, `jishi pack show NAME` and the way to the others:
 * packs before they are put in force. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/options.h"
#include "cmd/pack.h"
#include "core/check.h"
#include "core/pack_show.h"

struct packs *packs_open(void)
{
    struct packs *packs = calloc(1, sizeof *packs);
    CHECK(packs != NULL);
    packs->symbols = symbol_table_open();
    rulebook_init(&packs->book, packs->symbols);
    return packs;
}

void packs_close(struct packs *packs)
{
    rulebook_done(&packs->book);
    symbol_table_close(packs->symbols);
    free(packs);
}

static void findings_print(const struct packs *packs, const char *path)
{
    for (unsigned i = 0; i < packs->findings.count; i++) {
        const struct pack_finding *finding = &packs->findings.items[i];
        fprintf(finding->warning ? stdout : stderr, "%s:%u:%u: %s%s\n", path, finding->place.line,
                finding->place.column, finding->warning ? in_words("提示：", "note: ") : "",
                in_words(finding->chinese, finding->text));
    }
}

static struct pack *read_one(struct packs *packs, const struct buffer *text)
{
    packs->findings.count = packs->findings.error_count = 0;
    struct pack *pack = pack_read(buffer_text(text), text->size, packs->symbols, &packs->findings);
    if (pack)
        rulebook_link(&packs->book, pack, &packs->findings);
    return pack;
}

/* The packs that a pack uses come from the data directory; `common` always. */
static void use(struct packs *packs, const char *name)
{
    char path[300];
    struct buffer text;
    struct fault fault;
    if (rulebook_pack(&packs->book, symbol_add(packs->symbols, name), 0))
        return;
    buffer_init(&text);
    snprintf(path, sizeof path, "packs/%s.yaml", name);
    if (data_read(path, &text, &fault) == STATUS_OK) {
        struct pack *pack = read_one(packs, &text);
        if (pack && !packs->findings.error_count)
            rulebook_add(&packs->book, pack);
        else
            pack_free(pack);
    }
    buffer_done(&text);
}

/* `uses` is found by reading once without linking. */
static void use_all(struct packs *packs, const struct buffer *text)
{
    packs->findings.count = packs->findings.error_count = 0;
    struct pack *pack = pack_read(buffer_text(text), text->size, packs->symbols, &packs->findings);
    bool is_common = pack && strcmp(symbol_text(packs->symbols, pack->id), "common") == 0;
    if (pack && !is_common)
        use(packs, "common");
    for (unsigned i = 0; pack && i < pack->uses.count; i++)
        use(packs, symbol_text(packs->symbols, pack->uses.items[i]));
    for (unsigned i = 0; pack && i < pack->may_use.count; i++)
        use(packs, symbol_text(packs->symbols, pack->may_use.items[i]));
    pack_free(pack);
}

struct pack *packs_read(struct packs *packs, const struct buffer *text)
{
    use_all(packs, text);
    return read_one(packs, text);
}

bool pack_check_file(const char *path)
{
    struct packs *packs = packs_open();
    struct buffer text;
    struct fault fault;
    buffer_init(&text);
    bool good = file_read(path, &text, &fault) == STATUS_OK;
    if (!good) {
        fprintf(stderr, "%s\n", fault.text);
    } else {
        struct pack *pack = packs_read(packs, &text);
        if (pack && !packs->findings.error_count)
            pack_check(pack, packs->book.packs, packs->book.pack_count, packs->symbols,
                       &packs->findings);
        findings_print(packs, path);
        good = packs->findings.error_count == 0;
        if (good)
            printf(in_words("%s：%u 个程序，%u 项期限，%u 条规则\n",
                            "%s: %u procedures, %u duties, %u rules\n"),
                   path, pack->procedure_count, pack->duty_count, pack->rule_count);
        pack_free(pack);
    }
    buffer_done(&text);
    packs_close(packs);
    return good;
}

enum showing { SHOW_WORDS, SHOW_HANDBOOK, SHOW_BPMN };

struct others {
    struct packs *packs;
    const char *but;
};

static void use_other(void *user, const char *name)
{
    struct others *others = user;
    if (strcmp(name, others->but) != 0)
        use(others->packs, name);
}

/* All packs of the data directory: they may open cases by the facts of this one. Twice: one can be
 * linked only after those that it uses. */
static void use_others(struct packs *packs, const char *but)
{
    struct others others = {packs, but};
    for (unsigned i = 0; i < 2; i++)
        data_names("packs", use_other, &others);
}

static enum status show_in(struct packs *packs, struct pack *pack, const char *wanted,
                           enum showing how, struct buffer *out, struct fault *fault)
{
    const char *name = symbol_text(packs->symbols, pack->id);
    bool whole = strcmp(name, wanted) == 0;
    use_others(packs, name);
    rulebook_add(&packs->book, pack);
    if (how == SHOW_BPMN)
        return pack_bpmn(pack, wanted, packs->symbols, out, fault);
    if (how == SHOW_WORDS)
        return pack_show(&packs->book, pack, whole ? NULL : wanted, language(), out, fault);
    pack_doc(pack, &packs->book, out);
    return STATUS_OK;
}

/* NAME is a pack (SD) or a procedure or duty (SD-...): its pack is the part before the first
 * hyphen. */
static int show(const char *wanted, enum showing how)
{
    struct packs *packs = packs_open();
    char path[200];
    struct buffer text, out;
    struct fault fault;
    buffer_init(&text);
    buffer_init(&out);
    snprintf(path, sizeof path, "packs/%.*s.yaml", (int)strcspn(wanted, "-"), wanted);
    enum status status = data_read(path, &text, &fault);
    if (status == STATUS_OK) {
        struct pack *pack = packs_read(packs, &text);
        findings_print(packs, path);
        if (!pack)
            status = fault_set(&fault, STATUS_INVALID, "%s cannot be read", path);
        else
            status = show_in(packs, pack, wanted, how, &out, &fault);
    }
    if (status == STATUS_OK)
        fputs(buffer_text(&out), stdout);
    else
        fprintf(stderr, "jishi pack show: %s\n", fault.text);
    buffer_done(&text);
    buffer_done(&out);
    packs_close(packs);
    return status == STATUS_OK ? 0 : 2;
}

int cmd_pack(int argc, char **argv)
{
    bool good = true, all = false, bpmn = false;
    int64_t since = 1;
    const struct option_spec specs[] = {
        {"since", 0, OPTION_INT, &since, "VERSION", "what-if：从规则包的哪一版起换成草案（默认 1）",
         "what-if: from which version of its pack on a draft stands for it (1)"},
        {"all", 0, OPTION_FLAG, &all, NULL, "coverage：没有规则包的文件也算未落实",
         "coverage: a document without a pack counts as not carried"},
        {"bpmn", 0, OPTION_FLAG, &bpmn, NULL, "show：把一个程序画成 BPMN 2.0 XML",
         "show: a procedure as BPMN 2.0 XML"},
        {0}};
    struct options options = {
        "pack",
        "check FILE... | show PACK|PROCEDURE|DUTY | coverage PACK... SCENARIO... "
        "| diff OLD NEW | doc PACK | what-if DIR DRAFT...",
        specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc == 2 && strcmp(argv[0], "show") == 0)
        return show(argv[1], bpmn ? SHOW_BPMN : SHOW_WORDS);
    if (argc == 2 && strcmp(argv[0], "doc") == 0)
        return show(argv[1], SHOW_HANDBOOK);
    if (argc == 3 && strcmp(argv[0], "diff") == 0)
        return pack_diff(argv[1], argv[2]);
    if (argc >= 3 && strcmp(argv[0], "what-if") == 0)
        return pack_what_if(argv[1], argc - 2, argv + 2, since);
    if (argc >= 2 && strcmp(argv[0], "coverage") == 0)
        return pack_coverage(argc - 1, argv + 1, all);
    if (argc < 2 || strcmp(argv[0], "check") != 0)
        return options_wrong(
            &options,
            in_words("要写 check 文件…、show 名称、coverage 规则包… 情景…、diff 旧 新、doc 名称或 "
                     "what-if DIR 草案…",
                     "say check FILE..., show NAME, coverage PACK... SCENARIO..., diff "
                     "OLD NEW, doc PACK or what-if DIR DRAFT..."));
    for (int i = 1; i < argc; i++)
        good = pack_check_file(argv[i]) && good;
    return good ? 0 : 1;
}
