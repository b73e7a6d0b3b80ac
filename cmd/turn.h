/* turn.h - one command's way through the office: seen before? decide, stage, answer.
 *
 * The answer is made at once and may go out only when the log is durable up to `ready_at`. */
#ifndef CMD_TURN_H
#define CMD_TURN_H

#include "cmd/intake.h"
#include "cmd/office.h"

enum answer_kind {
    ANSWER_ACCEPTED,
    ANSWER_REFUSED,
    ANSWER_CONFLICT,
    ANSWER_BUSY,
    ANSWER_UNKNOWN,
    ANSWER_INVALID,
    ANSWER_NONE
};

struct answer { /* lent from the turn's arena */
    enum answer_kind kind;
    int64_t number; /* -1: not on record */
    uint8_t leaf[DIGEST_SIZE];
    enum refusal_code code;
    int64_t case_number, case_version;
    const struct clause *clauses;
    unsigned clause_count;
    struct text_view packed_clauses; /* instead of `clauses`, as they were packed the first time */
    const char *text;                /* invalid */
    int64_t retry_ms;                /* busy */
    bool repeated;
};

struct asked {
    struct text_view command_bytes;
    struct text_view payload;          /* data NULL: none */
    const struct signature *signature; /* checked */
    const char *language;
    const struct request_context *context;
};

/* STATUS_OK with an answer of any kind. Another status is final: what is decided cannot be
 * recorded, and the process has to end. */
enum status turn_take(struct office *office, const struct asked *asked, int64_t now_us,
                      struct arena *arena, struct answer *ret_answer, struct fault *fault);
enum status turn_lookup(struct office *office, const uint8_t id[COMMAND_ID_SIZE],
                        const char *language, struct arena *arena, struct answer *ret_answer,
                        struct fault *fault);

/* How many elements an answer has from its status on, and those elements. */
unsigned answer_arity(const struct answer *answer);
void answer_pack(const struct answer *answer, struct buffer *out);

struct answer_memory *answer_memory_open(void);
void answer_memory_close(struct answer_memory *memory);

#endif
