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
    {"notifier", cmd_notifier, "送出提醒：邮件、网关、机器人、文件", "bring reminders to people: mail, gateways, robots, files"},
    {"notify", cmd_notify, "用一个渠道试发一条消息", "a trial message by one channel"},
    {"web", cmd_web, "用 HTTP 提供日历订阅", "serve calendar feeds over HTTP"},
    {"calendar", cmd_calendar, "发放、更换、收回成员的日历订阅地址", "make, renew or revoke the address of a member's calendar feed"},
    {"show",   cmd_show,   "查看档案、事项、期限", "show a dossier, cases, a duty"},
    {"due",    cmd_due,    "什么时候什么到期", "what falls due when"},
    {"inbox",  cmd_inbox,  "某成员现在可办的事", "what a member may do now"},
    {"list",   cmd_list,   "任何一份清单，可出 CSV", "any list of the read models, also as CSV"},
    {"jobs",   cmd_jobs,   "提醒队列：深度、清单、重投、停用与恢复通道", "the queue of reminders: figures, list, redrive, stop and resume a channel"},
    {"keygen", cmd_keygen, "生成成员密钥", "make a member's key"},
    {"do",     cmd_do,     "发出一条命令", "send one command"},
    {"ack",    cmd_ack,    "签收提醒（收到）", "acknowledge a reminder"},
    {"submit", cmd_submit, "批量发命令：NDJSON 进，答复出", "send many commands: NDJSON in, answers out"},
    {"import", cmd_import, "把表格、任免审批表导入为签名命令，先试算", "tables and appointment forms as signed commands; a dry run first"},
    {"log",    cmd_log,    "读日志（NDJSON）", "read the log (NDJSON)"},
    {"audit",  cmd_audit,  "核验、重放、未履行证明：verify、replay、inaction", "verify and replay the log; prove what was not done"},
    {"pack",   cmd_pack,   "检查、展示规则包", "check and show packs"},
    {"activate", cmd_activate, "使规则包、日历生效", "put packs and calendars in force"},
    {"migrate", cmd_migrate, "把在办事项转到规则包的另一版，先试算", "take running cases to another version of their pack; a dry run first"},
    {"explain", cmd_explain, "说明一个期限怎样算出", "say how a due day comes about"},
    {"scenario", cmd_scenario, "在内存中跑案例", "run scenarios in memory"},
    {"bench",  cmd_bench,  "负载与重放的数字", "figures of load and replay"},
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

static void man_all(void)
{
    printf(".TH JISHI 1 \"\" \"jishi %s\" \"Jishi\"\n.SH NAME\njishi \\- ", JISHI_VERSION);
    man_print(in_words("把该办的事办在期限内，并留下可证明的记录",
                       "procedures carried out in time, and on record"));
    printf("\n.SH SYNOPSIS\n\\fBjishi\\fR \\fI%s\\fR [\\fI%s\\fR]\n.SH %s\n",
           in_words("子命令", "command"), in_words("选项", "options"),
           in_words("子命令", "COMMANDS"));
    for (size_t i = 0; i < ROW_COUNT; i++) {
        printf(".TP\n\\fBjishi\\-%s\\fR(1)\n", rows[i].name);
        man_print(in_words(rows[i].zh, rows[i].en));
        putchar('\n');
    }
    fputs(".SH \"EXIT STATUS\"\n", stdout);
    man_print(in_words("0 是，1 否，2 无法判断", "0 yes, 1 no, 2 could not tell"));
    putchar('\n');
}

/* What the build asks to make the manual pages from. */
static bool print_for_build(const char *word)
{
    if (strcmp(word, "--man") == 0)
        man_all();
    else if (strcmp(word, "--commands") == 0)
        for (size_t i = 0; i < ROW_COUNT; i++)
            puts(rows[i].name);
    else
        return false;
    return true;
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
    if (print_for_build(argv[1]))
        return 0;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, argv[1]) == 0)
            return rows[i].function(argc - 1, argv + 1);
    fprintf(stderr,
            in_words("jishi：没有子命令 %s；见 jishi --help\n",
                     "jishi: no command %s; see jishi --help\n"),
            argv[1]);
    return 2;
}
