/* commands.c - the table of subcommands and the choice among them. A new subcommand is a file
 * cmd/NAME.c with cmd_NAME(), a declaration in commands.h and a row here. */
#include "cmd/commands.h"

#include <stdio.h>
#include <string.h>

#include "cmd/dispatch.h"
#include "cmd/options.h"
#include "cmd/version.h"

struct row {
    const char *name;
    command_function *function;
    const char *zh, *en;
};

/* clang-format off */
static const struct row rows[] = {
    {"init",   cmd_init,   "建立一套部署：密钥、配置、首批条目", "make a deployment: keys, configuration, first entries"},
    {"up",     cmd_up,     "在一台机器上运行全部进程，死了就重启", "run all processes on one machine, restart what dies"},
    {"serve",  cmd_serve,  "受理命令、裁决、记录、发布", "take commands, decide, record, publish"},
    {"projector", cmd_projector, "把日志折叠成读模型，回答查询", "fold the log into read models, answer queries"},
    {"reminder", cmd_reminder, "期限的时钟和提醒队列", "the clock of duties and the queue of reminders"},
    {"notifier", cmd_notifier, "送出提醒：文件、邮件", "bring reminders to people: files, mail"},
    {"show",   cmd_show,   "查看档案、事项、期限", "show a dossier, cases, a duty"},
    {"due",    cmd_due,    "什么时候什么到期", "what falls due when"},
    {"inbox",  cmd_inbox,  "某成员现在可办的事", "what a member may do now"},
    {"keygen", cmd_keygen, "生成成员密钥", "make a member's key"},
    {"do",     cmd_do,     "发出一条命令", "send one command"},
    {"submit", cmd_submit, "批量发命令：NDJSON 进，答复出", "send many commands: NDJSON in, answers out"},
    {"log",    cmd_log,    "读日志（NDJSON）", "read the log (NDJSON)"},
    {"audit",  cmd_audit,  "核验与重放：verify、replay", "verify and replay the log"},
    {"pack",   cmd_pack,   "检查、展示规则包", "check and show packs"},
    {"explain", cmd_explain, "说明一个期限怎样算出", "say how a due day comes about"},
    {"scenario", cmd_scenario, "在内存中跑案例", "run scenarios in memory"},
    {"health", cmd_health, "服务器是否健康", "is the server well"},
};
/* clang-format on */

#define ROW_COUNT (sizeof rows / sizeof *rows)

const char *command_help(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return in_words(rows[i].zh, rows[i].en);
    return "";
}

bool has_command(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return true;
    return false;
}

static void print_all(FILE *out)
{
    fprintf(
        out, "%s\n\n",
        in_words(
            "用法：jishi 子命令 [选项] …　　纪实：把该办的事办在期限内，并留下可证明的记录",
            "usage: jishi COMMAND [options] …   procedures carried out in time, and on record"));
    for (size_t i = 0; i < ROW_COUNT; i++)
        fprintf(out, "  %-10s %s\n", rows[i].name, in_words(rows[i].zh, rows[i].en));
    fprintf(out, "\n%s\n",
            in_words("各子命令都有 --help、--lang zh|en；退出码 0 是，1 否，2 无法判断",
                     "each has --help and --lang zh|en; exit codes 0 yes, 1 no, 2 could not tell"));
}

int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_all(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_all(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("jishi %s\n", JISHI_VERSION);
        return 0;
    }
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, argv[1]) == 0)
            return rows[i].function(argc - 1, argv + 1);
    fprintf(stderr,
            in_words("jishi：没有子命令 %s；见 jishi --help\n",
                     "jishi: no command %s; see jishi --help\n"),
            argv[1]);
    return 2;
}
