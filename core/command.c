/* command.c - the verbs' names, and the civil day of an instant. */
#include "core/command.h"

#include <string.h>

static const char *const verb_names[VERB_COUNT] = {
    [VERB_ACT] = "act",         [VERB_WAIVE] = "waive",       [VERB_WITHDRAW] = "withdraw",
    [VERB_CORRECT] = "correct", [VERB_FACT] = "fact",         [VERB_REGISTER] = "register",
    [VERB_CHANGE] = "change",   [VERB_ENROL] = "enrol",       [VERB_REVOKE] = "revoke",
    [VERB_ASSIGN] = "assign",   [VERB_RELIEVE] = "relieve",   [VERB_DELEGATE] = "delegate",
    [VERB_EXEMPT] = "exempt",   [VERB_SUSPEND] = "suspend",   [VERB_RESUME] = "resume",
    [VERB_BLOB] = "blob",       [VERB_ACTIVATE] = "activate", [VERB_TICK] = "tick",
    [VERB_DELIVER] = "deliver", [VERB_MIGRATE] = "migrate",   [VERB_ACKNOWLEDGE] = "acknowledge",
};

const char *verb_text(enum verb verb)
{
    return verb < VERB_COUNT ? verb_names[verb] : "?";
}

enum verb verb_find(const char *text, size_t length)
{
    for (unsigned i = 0; i < VERB_COUNT; i++)
        if (strlen(verb_names[i]) == length && memcmp(verb_names[i], text, length) == 0)
            return (enum verb)i;
    return VERB_COUNT;
}

int32_t moment_day(int64_t recorded_at_us)
{
    const int64_t day_us = (int64_t)86400 * 1000000;
    int64_t local = recorded_at_us + (int64_t)8 * 3600 * 1000000;
    int64_t day = local / day_us - (local % day_us < 0);
    return (int32_t)day;
}
