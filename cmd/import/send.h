/* send.h - sends what a trial left to be sent, many commands under one signature. */
#ifndef CMD_IMPORT_SEND_H
#define CMD_IMPORT_SEND_H

#include "cmd/client/client.h"
#include "cmd/import/trial.h"

struct sent {
    size_t accepted, known; /* known: its id is on record already */
    size_t refused;
    bool unknown; /* no answer: run it again */
};

/* Stops at the first bundle in which something is refused or unanswered. */
void send_all(struct jishi_client *client, const struct trial *trial, int timeout_ms,
              struct sent *ret_sent);

#endif
