/* main.c - the program `jishi`: one binary, a subcommand a process. */
#include <signal.h>

#include "cmd/dispatch.h"

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, not an end */
    return dispatch(argc, argv);
}
