/* answer_print.h - an answer for people, or as JSON with --json. */
#ifndef CMD_ANSWER_PRINT_H
#define CMD_ANSWER_PRINT_H

#include "cmd/client/jishi_client.h"

int answer_print(const struct jishi_answer
                     *answer); /* 0 accepted, 1 refused, conflict or invalid, 2 unknown or error */

#endif
