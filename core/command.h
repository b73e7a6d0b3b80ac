/* command.h - what somebody asks, as its author signed it.
 *
 * The signed bytes are a canonical msgpack array of fixed arity (events/FORMAT.md, "command");
 * this is the decoded form. Everything is lent from the message it was decoded from. */
#ifndef CORE_COMMAND_H
#define CORE_COMMAND_H

#include <stdint.h>

#include "core/datum.h"

#define COMMAND_ID_SIZE  16
#define DIGEST_SIZE      32
#define KEY_SIZE         32
#define NAME_SIZE_MAX    128   /* bytes of any name: subject, member, step, slot, field */
#define COMMAND_SIZE_MAX 12288 /* signed bytes */
#define COMMAND_LIST_MAX 64    /* elements of any list field; slots; fields; evidence items */
#define BUNDLE_MAX       256   /* commands under one signature */
#define BLOB_PART_MAX    8192  /* bytes of a pack or calendar carried by one command */

enum verb {
    VERB_ACT,   /* do a step: what = "PROCEDURE.step" */
    VERB_WAIVE, /* sign a reason so that a guard of a step may be passed: what = step, args guards,
                   reason */
    VERB_WITHDRAW, /* take back one's own act until the next step began: args act */
    VERB_CORRECT,  /* supersede a fact: args fact, to (fields, date), reason */
    VERB_FACT,     /* a fact that comes from outside or from old files: what = fact type, subjects =
                      slots */
    VERB_REGISTER, /* a subject: what = kind, subjects = [["it", id]], args = fields */
    VERB_CHANGE,   /* fields of a subject from a day on: same form */
    VERB_ENROL,    /* a member and a first or further key: args member, key, person */
    VERB_REVOKE,   /* a key: args key, reason */
    VERB_ASSIGN,   /* a role: args member, role, unit, from, to */
    VERB_RELIEVE,  /* end a role: args assignment, to */
    VERB_DELEGATE, /* one's own role to another for a time: args assignment, member, from, to */
    VERB_EXEMPT,   /* free a duty: args duty, reason */
    VERB_SUSPEND,  /* stop a duty's clock: args duty, reason */
    VERB_RESUME,   /* let it run on, used days kept: args duty, reason */
    VERB_BLOB,     /* a part of a pack or calendar text: args digest, index, count, bytes */
    VERB_ACTIVATE, /* what = "pack" or "calendar": args digest (and version) */
    VERB_TICK,     /* time: args day, what, number (see tick_kind in core/decide.h) */
    VERB_DELIVER,  /* one attempt to bring a reminder to somebody: args key, channel, recipient,
                      outcome, detail */
    VERB_ACKNOWLEDGE, /* a reminder, by whom it was addressed to: args key */
    VERB_MIGRATE, /* a running case to another version of its pack: case, args to (0: the newest),
                      reason */
    VERB_COUNT
};

const char *verb_text(enum verb verb);
enum verb verb_find(const char *text, size_t length); /* VERB_COUNT if unknown */

struct text_view { /* lent, not NUL-terminated */
    const char *data;
    uint32_t size;
};

struct command {
    struct text_view origin;     /* which log it is for */
    uint8_t id[COMMAND_ID_SIZE]; /* UUIDv7; the same id again gets the same answer, for ever */
    enum verb verb;
    struct text_view what;    /* step, subject kind, fact type; see enum verb */
    int64_t pack_version;     /* the version the author saw; 0: the case's or the newest */
    int64_t case_number;      /* 0: none, or a new one */
    int64_t expected_version; /* of the case: number of the last entry that touched it, plus one;
                                 -1: any */
    struct datum subjects;    /* [[slot, subject id or case number], ...] */
    struct datum args;        /* [[name, datum], ...] fields of the step, see enum verb */
    struct text_view outcome; /* chosen by the signer where the step has choices, else "" */
    struct datum evidence;    /* [[kind, title, digest], ...] */
    struct datum shown;       /* digest of what the signer was shown, or nil */
    int32_t occurred_on;      /* civil date, Asia/Shanghai */
    int64_t issued_at_us;     /* UTC */
    int64_t not_after_us;     /* 0: no end; else refused when recorded later */
    struct text_view behalf;  /* member who is represented, or "" */
};

/* Who signed it, after the signature was checked (or trusted from the log). */
struct signer {
    uint8_t key[KEY_SIZE];
};

/* When the entry is recorded. decide has no other clock. */
struct moment {
    int64_t recorded_at_us; /* UTC, never backwards */
    int64_t number;         /* entry number the decision will have */
};

/* Asia/Shanghai has no daylight saving since 1991: the civil day of an instant. */
int32_t moment_day(int64_t recorded_at_us);

#endif
