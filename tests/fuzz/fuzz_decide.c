/* fuzz_decide.c - bytes as a course of commands: whatever members ask, nothing ends the process,
 * and the entries alone make the same state. */
#include "tests/desk/desk.h"

#define COMMANDS_MAX 60

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *at;
    size_t left;
};

static uint8_t byte(struct bytes *bytes)
{
    if (!bytes->left)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

static const char *const members[] = {"admin", "ann", "bo", "cai", "dan", "eve", "li", "nobody"};

/* What a command may name, so that most commands get past the first check. */
static const char *const texts[] = {
    "person:li",  "person:ma",  "person:bo",  "unit:dept",  "unit:top",   "ann",
    "bo",         "eve",        "clerk",      "chief",      "inspector",  "security",
    "2026-03-01", "2026-03-02", "2026-12-31", "2026-02-30", "9999-12-31", "0001-01-01",
    "rung",       "overdue",    "timeout",    "notice",     "escalate",   "period",
    "superior",   "T-YEAR",     "stated",     "agreed",     "back",       "enough",
    "sent",       "",           "statement",  "person:new", "1/0",        "2026-Q1",
};
static const char *const arg_names[] = {
    "score",  "finding", "act",  "fact",   "duty",  "day",        "fields",  "reason",    "guards",
    "member", "key",     "role", "person", "unit",  "from",       "to",      "kind",      "number",
    "what",   "outcome", "size", "birth",  "grade", "assignment", "channel", "recipient",
};
static const char *const slot_names[] = {"person", "unit", "it", "relative", "other"};
static const char *const whats[] = {
    "T-CASE.proposed",
    "T-CASE.inspected",
    "T-CASE.decided",
    "T-CASE.stated",
    "T-TALK.talked",
    "started",
    "held",
    "frozen",
    "thawed",
    "kinship",
    "person",
    "unit",
    "pack",
    "calendar",
    "T-CASE.",
    "",
};

#define PICK(list, bytes) ((list)[byte(bytes) % (sizeof(list) / sizeof *(list))])

static struct datum value(struct desk *desk, struct bytes *bytes, unsigned depth)
{
    uint8_t *digest = arena_take(&desk->arena, DIGEST_SIZE);
    int64_t number = 0;
    switch (byte(bytes) % 12) {
    case 0: return datum_nil();
    case 1: return datum_bool(byte(bytes) & 1);
    case 2:
        for (unsigned i = 0; i < 8; i++)
            number = (int64_t)((uint64_t)number << 8 | byte(bytes));
        return datum_int(number);
    case 3:
    case 4:
    case 5: return datum_int(byte(bytes));
    case 6: return datum_bytes(memset(digest, byte(bytes), DIGEST_SIZE), DIGEST_SIZE);
    case 7: {
        uint32_t count = depth < 3 ? byte(bytes) % 4 : 0;
        struct datum *items = ARENA_ARRAY(&desk->arena, struct datum, count + 1);
        for (uint32_t i = 0; i < count; i++)
            items[i] = value(desk, bytes, depth + 1);
        return datum_list(items, count);
    }
    default: return datum_text(PICK(texts, bytes));
    }
}

static struct datum pairs(struct desk *desk, struct bytes *bytes, const char *const *names,
                          size_t name_count)
{
    uint32_t count = byte(bytes) % 6;
    struct datum *items = ARENA_ARRAY(&desk->arena, struct datum, count + 1);
    for (uint32_t i = 0; i < count; i++)
        items[i] = byte(bytes) == 255
                       ? value(desk, bytes, 0)
                       : datum_pair(&desk->arena, datum_text(names[byte(bytes) % name_count]),
                                    value(desk, bytes, 1));
    return datum_list(items, count);
}

static struct datum evidence(struct desk *desk, struct bytes *bytes)
{
    struct datum *item = ARENA_ARRAY(&desk->arena, struct datum, 4);
    item[0] = datum_text("statement");
    item[1] = datum_text("s");
    item[2] = value(desk, bytes, 1);
    item[3] = datum_list(item, 3);
    return datum_list(&item[3], byte(bytes) & 1);
}

static struct text_view view(const char *text)
{
    return (struct text_view){text, (uint32_t)strlen(text)};
}

static void ask(struct desk *desk, struct bytes *bytes)
{
    struct command command = {.origin = view(DESK_ORIGIN)};
    const char *member = PICK(members, bytes);
    command.verb = (enum verb)(byte(bytes) % VERB_COUNT);
    if (byte(bytes) % 3 == 0)
        command.verb = VERB_ACT;
    command.what = view(PICK(whats, bytes));
    command.case_number = byte(bytes) % 8;
    command.expected_version = byte(bytes) % 16 == 0 ? byte(bytes) : -1;
    command.subjects = pairs(desk, bytes, slot_names, sizeof slot_names / sizeof slot_names[0]);
    command.args = pairs(desk, bytes, arg_names, sizeof arg_names / sizeof arg_names[0]);
    command.evidence = evidence(desk, bytes);
    command.outcome = view(byte(bytes) & 1 ? PICK(texts, bytes) : "");
    command.behalf = view(byte(bytes) % 8 == 0 ? PICK(members, bytes) : "");
    command.occurred_on = desk->today + 2 - byte(bytes) % 32;
    struct decision *decision = desk_decide(desk, member, &command);
    if (decision->refusal != REFUSAL_none && decision->event_count)
        abort(); /* nothing happens on a refusal */
    if (decision->event_count > DECISION_EVENTS_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = {data, size};
    struct desk desk;
    desk_open(&desk, date_from_civil(2026, 3, 2));
    desk_must(&desk, "ann",
              "{'what':'T-CASE.proposed','subjects':{'person':'person:li','unit':'unit:dept'},"
              "'args':{'score':80}}");
    for (unsigned i = 0; i < COMMANDS_MAX && bytes.left; i++)
        if (byte(&bytes) % 8 == 0)
            desk_until(&desk, desk.today + byte(&bytes) % 40);
        else
            ask(&desk, &bytes);
    if (!desk_folds(&desk))
        abort();
    desk_close(&desk);
    return 0;
}
