/* inbox.c - what a member may sign today, and what would refuse it: asked of the core's state, so it has
 * no rows. */
#include "core/date.h"
#include "core/state_query.h"
#include "events/codec.h"
#include "projections/fold.h"

#define INBOX_ROWS_MAX 200

/* clang-format off */
#define INBOX(C)                                                                                   \
    C(case, case, "案件", "Case")                                                                  \
    C(procedure, text, "程序", "Procedure")                                                        \
    C(procedure_title, text, "程序名称", "Procedure title")                                        \
    C(step, text, "步骤", "Step")                                                                  \
    C(step_title, text, "步骤名称", "Step title")                                                  \
    C(due, date, "到期日", "Due")                                                                  \
    C(overdue, bool, "逾期", "Overdue")                                                            \
    C(waits, bool, "待他人会签", "Waits for others")                                               \
    C(would_refuse, list, "不予通过", "Would refuse")
/* clang-format on */

static const struct column columns[] = {INBOX(COLUMN)};

static const struct list_spec inbox_rows = {.name = "inbox",
                                            .zh = "待办",
                                            .en = "Inbox",
                                            .columns = columns,
                                            .column_count = sizeof columns / sizeof columns[0]};

/* [guard, rule, words] of each clause that would refuse, whatever the content. */
static void refusals_pack(const struct asking *asking, const struct inbox_item *item,
                          const char *member, struct arena *arena, struct buffer *out)
{
    const struct datum *language = datum_field(asking->args, "language");
    struct foreseen foreseen = {.procedure = item->procedure,
                                .step = item->step,
                                .member = member,
                                .language = language && datum_is_text(language, "en") ? "en" : "zh",
                                .case_number = item->case_number,
                                .day = asking->today};
    struct decision decision;
    arena_reset(arena);
    state_would_refuse(asking->state, &foreseen, arena, &decision);
    pack_array(out, decision.refusal == REFUSAL_none ? 0 : decision.clause_count);
    for (unsigned i = 0; decision.refusal != REFUSAL_none && i < decision.clause_count; i++) {
        pack_array(out, 3);
        pack_text(out, decision.clauses[i].guard);
        pack_text(out, decision.clauses[i].rule);
        pack_text(out, decision.clauses[i].text);
    }
}

static void item_pack(const struct inbox_item *item, struct buffer *out)
{
    char due[DATE_TEXT_SIZE];
    pack_array(out, sizeof columns / sizeof columns[0]);
    pack_int(out, item->case_number);
    pack_text(out, item->procedure);
    pack_text(out, item->procedure_title);
    pack_text(out, item->step);
    pack_text(out, item->step_title);
    if (item->due == DATE_NONE)
        pack_nil(out);
    else
        pack_text(out, date_text(item->due, due));
    pack_bool(out, item->overdue);
    pack_bool(out, item->waits_for_others);
}

static enum status ask_inbox(const struct asking *asking, struct query_answer *answer,
                             struct fault *fault)
{
    const struct datum *member = datum_field(asking->args, "member"),
                       *after = datum_field(asking->args, "after");
    struct inbox_item items[INBOX_ROWS_MAX];
    char name[NAME_SIZE_MAX + 1] = "";
    int64_t from = 0;
    if (!member || member->kind != DATUM_TEXT || member->count > NAME_SIZE_MAX)
        return fault_set(fault, STATUS_INVALID, "inbox: member is a text");
    memcpy(name, member->text, member->count);
    if (after && after->kind == DATUM_BYTES && after->count == sizeof from)
        memcpy(&from, after->bytes, sizeof from);
    if (from < 0 || from == INT64_MAX)
        return fault_set(fault, STATUS_INVALID, "after is the `next` of the page before");
    unsigned count = state_inbox(asking->state, name, asking->today, from, items, INBOX_ROWS_MAX);
    struct arena arena;
    arena_init(&arena, 0);
    for (unsigned i = 0; i < count; i++) {
        item_pack(&items[i], &answer->rows);
        refusals_pack(asking, &items[i], name, &arena, &answer->rows);
    }
    arena_done(&arena);
    answer->count = count;
    if (count == INBOX_ROWS_MAX) { /* a case whose steps straddle the page is shown again, whole */
        from = items[count - 1].case_number - 1;
        key_bytes(&answer->next, &from, sizeof from);
    }
    return STATUS_OK;
}

static const struct query_spec queries[] = {
    {.name = "inbox", .ask = ask_inbox, .rows = &inbox_rows}, {.name = NULL}};

const struct projection projection_inbox = {.name = "inbox", .version = 1, .queries = queries};
