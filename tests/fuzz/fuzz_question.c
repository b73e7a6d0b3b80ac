/* fuzz_question.c - bytes as a query or a word about a job. */
#include "cmd/wire/question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct question question;
    struct fault fault;
    arena_init(&arena, 0);
    if (question_read(data, size, &arena, &question, &fault) == STATUS_OK) {
        datum_field(&question.args, "subject");
        datum_field(&question.args, "after");
    }
    arena_done(&arena);
    return 0;
}
