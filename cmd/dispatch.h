/* dispatch.h - from the command line to a subcommand. */
#ifndef CMD_DISPATCH_H
#define CMD_DISPATCH_H

#include <stdbool.h>

int dispatch(int argc, char **argv); /* the program's exit code */
bool has_command(const char *name);

#endif
