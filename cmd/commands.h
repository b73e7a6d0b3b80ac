/* commands.h - the subcommands of `jishi`, a file each. Each gets its own name as argv[0] and
 * returns the exit code: 0 yes, 1 no (refused, not verified), 2 could not tell. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

typedef int command_function(int argc, char **argv);

command_function cmd_audit, cmd_do, cmd_due, cmd_explain, cmd_health, cmd_inbox, cmd_init,
    cmd_keygen, cmd_log, cmd_notifier, cmd_show, cmd_pack, cmd_projector, cmd_reminder,
    cmd_scenario, cmd_serve, cmd_submit, cmd_up;

/* The one-line help of a subcommand in the chosen language; main.c's table. */
const char *command_help(const char *name);

#endif
