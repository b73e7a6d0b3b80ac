/* commands.h - the subcommands of `jishi`, a file each. Each gets its own name as argv[0] and
 * returns the exit code: 0 yes, 1 no (refused, not verified), 2 could not tell. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

typedef int command_function(int argc, char **argv);

command_function cmd_ack, cmd_activate, cmd_audit, cmd_bench, cmd_calendar, cmd_do, cmd_due,
    cmd_explain, cmd_health, cmd_import, cmd_inbox, cmd_init, cmd_jobs, cmd_keygen, cmd_list,
    cmd_log, cmd_migrate, cmd_notifier, cmd_notify, cmd_show, cmd_pack, cmd_projector, cmd_reminder,
    cmd_scenario, cmd_serve, cmd_submit, cmd_up, cmd_web;

/* The one-line help of a subcommand in the chosen language; main.c's table. */
const char *command_help(const char *name);

#endif
