/* answer_print.c - an answer for people, see answer_print.h. */
#include "cmd/answer_print.h"

#include <jansson.h>
#include <stdio.h>

#include "cmd/options.h"
#include "cmd/plain.h"

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

static void print_clauses(FILE *out, const json_t *clauses)
{
    size_t i;
    json_t *clause;
    json_array_foreach(clauses, i, clause)
    {
        const char *rule = text_of(clause, "rule");
        plain_line(out, "  %s%s%s  %s", text_of(clause, "guard"), *rule ? " · " : "", rule,
                   text_of(clause, "text"));
    }
}

static void print_words(const struct jishi_answer *answer, const json_t *json)
{
    long long number = (long long)answer->number;
    switch (answer->status) {
    case JISHI_ACCEPTED:
        printf("%s %lld", in_words("已受理，条目", "accepted, entry"), number);
        if (answer->case_number)
            printf("%s%lld (%s %lld)", in_words("，案件 ", ", case "),
                   (long long)answer->case_number, in_words("版本", "version"),
                   (long long)answer->case_version);
        printf("\n");
        print_clauses(stdout, json_object_get(json, "warnings"));
        return;
    case JISHI_REFUSED:
        fprintf(stderr, "%s: %s\n", in_words("不予办理", "refused"), answer->code);
        print_clauses(stderr, json_object_get(json, "clauses"));
        return;
    case JISHI_CONFLICT:
        fprintf(stderr, "%s %lld\n",
                in_words("该命令编号已用于别的内容，条目",
                         "this command id was used for something else, entry"),
                number);
        return;
    case JISHI_INVALID:
        plain_line(stderr, "%s: %s", in_words("格式不对", "invalid"), text_of(json, "text"));
        return;
    case JISHI_UNKNOWN:
        plain_line(stderr, "%s %s: %s",
                   in_words("不知结果；用同一编号再问 --id", "no answer; ask again with --id"),
                   answer->command_id, text_of(json, "text"));
        return;
    case JISHI_ERROR: plain_line(stderr, "jishi: %s", text_of(json, "text")); return;
    }
}

int answer_print(const struct jishi_answer *answer)
{
    if (wants_json()) {
        printf("%s\n", answer->json);
    } else {
        json_t *json = json_loads(answer->json, 0, NULL);
        print_words(answer, json);
        json_decref(json);
    }
    if (answer->status == JISHI_ACCEPTED)
        return 0;
    return answer->status == JISHI_UNKNOWN || answer->status == JISHI_ERROR ? 2 : 1;
}
