/* decision.h - what the core says to a command: events, or a refusal with its clauses.
 *
 * What the log keeps of a refusal is `code` and the clauses (guard and rule ids); the sentences for
 * people are made anew from them for whoever asks, in the asker's language and within his rights.
 */
#ifndef CORE_DECISION_H
#define CORE_DECISION_H

#include "core/arena.h"
#include "core/event.h"

#define DECISION_EVENTS_MAX 512         /* events of one entry */
#define DECISION_BYTES_MAX  (40 * 1024) /* about; an entry is 64 KiB, the command up to 12 KiB */
#define CLAUSES_MAX         24          /* failing guards reported at once */

/* Why a command was refused. A code is for programs, the clauses for people.
 * not_entitled, unknown_* and malformed ones are answered and not kept (nobody may fill the log
 * with them), nor is not_due, which a clock that runs ahead would hear all day and has to ask again
 * when the day has come; all others are kept. */
#define REFUSALS(R)                                                                                \
    R(guard, "a rule forbids it")                                                                  \
    R(order, "the step is not open")                                                               \
    R(closed, "the case has ended")                                                                \
    R(suspended, "the case is suspended")                                                          \
    R(version, "the case moved on since you looked")                                               \
    R(signer, "somebody else has to sign")                                                         \
    R(separation, "separation of duties")                                                          \
    R(signed_already, "you signed this already")                                                   \
    R(evidence, "evidence is missing")                                                             \
    R(field, "a field is missing or out of bounds")                                                \
    R(outcome, "the outcome is missing or unknown")                                                \
    R(slot, "a subject is missing or of the wrong kind")                                           \
    R(conflict, "it exists already with another content")                                          \
    R(late, "not_after has passed")                                                                \
    R(future, "the day lies in the future")                                                        \
    R(not_due, "nothing of that kind is due")                                                      \
    R(withdraw, "the next step has begun")                                                         \
    R(limit, "a limit is reached")                                                                 \
    R(pack, "the pack text is not valid")                                                          \
    R(migration, "the case does not fit that version of its procedure")                            \
    R(not_entitled, "the key holds no role that may ask this")                                     \
    R(unknown_key, "the key is not enrolled")                                                      \
    R(unknown_origin, "the command is for another log")                                            \
    R(unknown_subject, "no such subject")                                                          \
    R(unknown_case, "no such case")                                                                \
    R(unknown_what, "no such step, fact or kind")                                                  \
    R(unknown_number, "no such duty, act, fact, assignment or key")

#define R(name, text) REFUSAL_##name,
enum refusal_code { REFUSAL_none, REFUSALS(R) REFUSAL_COUNT };
#undef R

const char *refusal_name(enum refusal_code code);
const char *refusal_text(enum refusal_code code, const char *language);
enum refusal_code refusal_find(const char *name, size_t length);
bool refusal_is_kept(enum refusal_code code);

struct clause {
    const char *guard; /* id of the guard, field, evidence kind or step that is missing */
    const char *rule;  /* rule id, "" if none */
    const char *text; /* the sentence for the asker, language of the request; not kept in the log */
};

struct decision {
    enum refusal_code refusal; /* REFUSAL_none: accepted */
    struct clause *clauses;    /* of a refusal; for an accepted act: its warnings */
    unsigned clause_count;
    const char **held; /* guards that applied and held; not kept in the log */
    unsigned held_count;
    struct event *events; /* in order; already applied to the state */
    unsigned event_count;
    int64_t case_number;  /* the case acted on or opened; 0 if none */
    int64_t case_version; /* after it */
};

#endif
