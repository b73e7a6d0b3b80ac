/* turn.c - one command's way through the office, see turn.h.
 *
 *     bytes -> command -> payload fits? -> seen before? -> old answer, or conflict
 *                                       -> room? -> decide -> entry staged -> answer
 *
 * What is said of an entry is derived from the entry alone wherever it is said again, so that a
 * repeated answer is equal to the byte; only the sentences for people come from `decide` and are
 * remembered for a while. */
#include "cmd/turn.h"

#include <stdlib.h>

#include "cmd/limits.h"
#include "core/check.h"
#include "core/date.h"
#include "core/idcode.h"
#include "core/map.h"
#include "events/codec.h"
#include "events/tree.h"

#define ID_NUMBER "id_number"

/* --- sentences remembered --- */

struct remembered {
    uint8_t id[COMMAND_ID_SIZE];
    bool used;
    char language[4];
    struct buffer clauses;
};

struct answer_memory {
    struct remembered ring[ANSWERS_REMEMBERED];
    unsigned next;
    struct bytes_map by_id;
};

struct answer_memory *answer_memory_open(void)
{
    struct answer_memory *memory = calloc(1, sizeof *memory);
    CHECK(memory);
    bytes_map_init(&memory->by_id, COMMAND_ID_SIZE);
    return memory;
}

void answer_memory_close(struct answer_memory *memory)
{
    if (!memory)
        return;
    for (unsigned i = 0; i < ANSWERS_REMEMBERED; i++)
        buffer_done(&memory->ring[i].clauses);
    bytes_map_done(&memory->by_id);
    free(memory);
}

static void pack_clauses(const struct answer *answer, struct buffer *out)
{
    pack_array(out, answer->clause_count);
    for (unsigned i = 0; i < answer->clause_count; i++) {
        const struct clause *clause = &answer->clauses[i];
        pack_array(out, 3);
        pack_text(out, clause->guard ? clause->guard : "");
        pack_text(out, clause->rule ? clause->rule : "");
        pack_text(out, clause->text ? clause->text : "");
    }
}

static void remember(struct answer_memory *memory, const uint8_t id[COMMAND_ID_SIZE],
                     const char *language, const struct answer *answer)
{
    if (answer->clause_count == 0)
        return;
    unsigned place = memory->next++ % ANSWERS_REMEMBERED;
    struct remembered *slot = &memory->ring[place];
    if (slot->used)
        bytes_map_remove(&memory->by_id, slot->id);
    slot->used = true;
    memcpy(slot->id, id, COMMAND_ID_SIZE);
    strncpy(slot->language, language, sizeof slot->language - 1);
    buffer_clear(&slot->clauses);
    pack_clauses(answer, &slot->clauses);
    bytes_map_put(&memory->by_id, id, place);
}

static void recall(const struct answer_memory *memory, const uint8_t id[COMMAND_ID_SIZE],
                   const char *language, struct answer *answer)
{
    uint64_t place = 0;
    if (!bytes_map_get(&memory->by_id, id, &place))
        return;
    const struct remembered *slot = &memory->ring[place];
    if (strncmp(slot->language, language, sizeof slot->language - 1) == 0)
        answer->packed_clauses =
            (struct text_view){slot->clauses.data, (uint32_t)slot->clauses.size};
}

/* --- answers from entries --- */

/* The case a decision is about: the command's, or the one it opened. */
static int64_t case_of(const struct command *command, const struct event *events, unsigned count)
{
    if (command->case_number > 0)
        return command->case_number;
    for (unsigned i = 0; command->verb == VERB_ACT && i < count; i++)
        if (events[i].type == EVENT_case_opened)
            return event_int(&events[i], "case");
    return 0;
}

static void answer_from(const struct command *command, const struct entry *entry,
                        const uint8_t leaf[DIGEST_SIZE], struct answer *answer)
{
    *answer =
        (struct answer){.kind = entry->refusal == REFUSAL_none ? ANSWER_ACCEPTED : ANSWER_REFUSED,
                        .number = entry->number,
                        .code = entry->refusal,
                        .clauses = entry->clauses,
                        .clause_count = entry->clause_count};
    memcpy(answer->leaf, leaf, DIGEST_SIZE);
    answer->case_number = case_of(command, entry->events, entry->event_count);
    answer->case_version = answer->case_number ? entry->number + 1 : 0;
}

static void short_sentences(struct answer *answer, const char *language, struct arena *arena)
{
    struct clause *clauses =
        answer->clause_count ? ARENA_ARRAY(arena, struct clause, answer->clause_count) : NULL;
    bool zh = strcmp(language, "zh") == 0;
    for (unsigned i = 0; i < answer->clause_count; i++) {
        clauses[i] = answer->clauses[i];
        clauses[i].text = answer->kind == ANSWER_REFUSED ? refusal_text(answer->code, language)
                          : zh                           ? "已提示，照准"
                                                         : "it was warned of and accepted";
    }
    answer->clauses = clauses;
}

static enum status answer_old(struct office *office, int64_t number,
                              const struct text_view *command_bytes, const char *language,
                              struct arena *arena, struct answer *ret_answer, struct fault *fault)
{
    struct buffer bytes;
    struct entry entry;
    struct command command;
    uint8_t leaf[DIGEST_SIZE];
    buffer_init(&bytes);
    enum status status = log_read(office->log, number, &bytes, fault);
    const void *kept = status == STATUS_OK ? arena_copy(arena, bytes.data, bytes.size) : NULL;
    if (status == STATUS_OK)
        status = entry_decode(kept, bytes.size, arena, &entry, fault);
    if (status == STATUS_OK)
        status = command_decode(entry.command_bytes.data, entry.command_bytes.size, arena, &command,
                                fault);
    if (status == STATUS_OK) {
        leaf_hash(kept, bytes.size, leaf);
        bool same = !command_bytes || (command_bytes->size == entry.command_bytes.size &&
                                       memcmp(command_bytes->data, entry.command_bytes.data,
                                              command_bytes->size) == 0);
        if (same) {
            answer_from(&command, &entry, leaf, ret_answer);
            short_sentences(ret_answer, language, arena);
            recall(office->memory, command.id, language, ret_answer);
        } else {
            *ret_answer = (struct answer){.kind = ANSWER_CONFLICT, .number = number};
        }
        ret_answer->repeated = true;
    }
    buffer_done(&bytes);
    return status;
}

enum status turn_lookup(struct office *office, const uint8_t id[COMMAND_ID_SIZE],
                        const char *language, struct arena *arena, struct answer *ret_answer,
                        struct fault *fault)
{
    int64_t number = 0;
    enum status status = log_find_command(office->log, id, &number, fault);
    if (status == STATUS_NOT_FOUND) {
        *ret_answer = (struct answer){.kind = ANSWER_NONE};
        return STATUS_OK;
    }
    if (status != STATUS_OK)
        return status;
    return answer_old(office, number, NULL, language, arena, ret_answer, fault);
}

/* --- taking a command --- */

struct taking {
    struct office *office;
    const struct asked *asked;
    struct arena *arena;
    struct command command;
    struct payload_item *items;
    size_t item_count;
    struct moment now;
};

static enum status invalid(struct arena *arena, const struct fault *fault, struct answer *answer)
{
    *answer = (struct answer){.kind = ANSWER_INVALID, .text = arena_text(arena, fault->text)};
    return STATUS_OK;
}

static enum status payload_take(struct taking *taking, struct fault *fault)
{
    const struct asked *asked = taking->asked;
    enum status status = STATUS_OK;
    if (asked->payload.data)
        status = payload_decode(asked->payload.data, asked->payload.size, taking->arena,
                                &taking->items, &taking->item_count, fault);
    if (status == STATUS_OK)
        status = payload_check(&taking->command, taking->items, taking->item_count, fault);
    return status;
}

/* A citizen number that fails its check is warned of at the door, where its text is still to be
 * seen. */
static const char *id_number_warning(const struct taking *taking)
{
    if (taking->command.verb != VERB_REGISTER && taking->command.verb != VERB_CHANGE)
        return NULL;
    for (size_t i = 0; i < taking->item_count; i++) {
        const struct payload_item *item = &taking->items[i];
        if (item->field.size != sizeof ID_NUMBER - 1 ||
            memcmp(item->field.data, ID_NUMBER, item->field.size) != 0)
            continue;
        const struct datum *birth = datum_field(&taking->command.args, "birth");
        const struct datum *sex = datum_field(&taking->command.args, "sex");
        int32_t day = birth && birth->kind == DATUM_TEXT ? date_parse_n(birth->text, birth->count)
                                                         : DATE_NONE;
        struct citizen_number read;
        enum idcode_finding finding =
            citizen_number_check(arena_text_n(taking->arena, item->text.data, item->text.size), day,
                                 sex && sex->kind == DATUM_INT ? (int)sex->integer : 0, &read);
        return finding == IDCODE_OK ? NULL : idcode_finding_text(finding, taking->asked->language);
    }
    return NULL;
}

static void add_warning(struct taking *taking, struct decision *decision)
{
    const char *warning = decision->refusal == REFUSAL_none ? id_number_warning(taking) : NULL;
    if (!warning || decision->clause_count >= CLAUSES_MAX)
        return;
    struct clause *clauses = ARENA_ARRAY(taking->arena, struct clause, decision->clause_count + 1);
    if (decision->clause_count)
        memcpy(clauses, decision->clauses, decision->clause_count * sizeof *clauses);
    clauses[decision->clause_count++] = (struct clause){ID_NUMBER, "", warning};
    decision->clauses = clauses;
}

static enum status entry_stage(struct taking *taking, const struct decision *decision,
                               struct entry *entry, uint8_t ret_leaf[DIGEST_SIZE],
                               struct fault *fault)
{
    const struct asked *asked = taking->asked;
    *entry =
        (struct entry){.recorded_at_us = taking->now.recorded_at_us,
                       .command_bytes = asked->command_bytes,
                       .signature = *asked->signature,
                       .refusal = decision->refusal,
                       .clauses = decision->clauses,
                       .clause_count = decision->clause_count,
                       .events = decision->refusal == REFUSAL_none ? decision->events : NULL,
                       .event_count = decision->refusal == REFUSAL_none ? decision->event_count : 0,
                       .trace = asked->context->trace};
    memcpy(entry->causation, asked->context->causation, COMMAND_ID_SIZE);
    memcpy(entry->correlation, asked->context->correlation, COMMAND_ID_SIZE);
    struct buffer sealed;
    buffer_init(&sealed);
    enum status status = STATUS_OK;
    if (taking->item_count > 0 && decision->refusal == REFUSAL_none) {
        status = log_leaf(taking->office->log, entry, ret_leaf, fault);
        if (status == STATUS_OK)
            status = payload_seal(taking->office->keys, ret_leaf, taking->items, taking->item_count,
                                  &sealed, fault);
    }
    if (status == STATUS_OK)
        status = log_stage(taking->office->log, entry, taking->command.id,
                           (struct text_view){sealed.data, (uint32_t)sealed.size}, ret_leaf, fault);
    buffer_done(&sealed);
    return status;
}

static enum status decide_new(struct taking *taking, struct answer *ret_answer, struct fault *fault)
{
    struct office *office = taking->office;
    struct decision decision = {0};
    struct signer signer;
    struct decide_options options = {taking->asked->language};
    memcpy(signer.key, taking->asked->signature->key, KEY_SIZE);
    decide(office->state, &taking->command, &signer, &taking->now, &options, taking->arena,
           &decision);
    if (decision.refusal != REFUSAL_none && !refusal_is_kept(decision.refusal)) {
        *ret_answer = (struct answer){.kind = ANSWER_REFUSED,
                                      .number = -1,
                                      .code = decision.refusal,
                                      .clauses = decision.clauses,
                                      .clause_count = decision.clause_count};
        return STATUS_OK;
    }
    struct entry entry;
    uint8_t leaf[DIGEST_SIZE];
    add_warning(taking, &decision);
    enum status status = entry_stage(taking, &decision, &entry, leaf, fault);
    if (status != STATUS_OK)
        return fault_add(fault, "what was decided cannot be recorded");
    for (unsigned i = 0; i < entry.event_count; i++)
        if (roster_fold(office->roster, &entry.events[i]))
            office->somebody_lost = true;
    answer_from(&taking->command, &entry, leaf, ret_answer);
    remember(office->memory, taking->command.id, taking->asked->language, ret_answer);
    return STATUS_OK;
}

enum status turn_take(struct office *office, const struct asked *asked, int64_t now_us,
                      struct arena *arena, struct answer *ret_answer, struct fault *fault)
{
    struct taking taking = {.office = office, .asked = asked, .arena = arena};
    int64_t seen = log_seen_at_us(office->log);
    taking.now = (struct moment){now_us > seen ? now_us : seen, log_next_number(office->log)};
    if (command_decode(asked->command_bytes.data, asked->command_bytes.size, arena, &taking.command,
                       fault) != STATUS_OK)
        return invalid(arena, fault, ret_answer);
    state_expect_case(office->state, taking.command.case_number);
    int64_t number = 0;
    enum status status = log_find_command(office->log, taking.command.id, &number, fault);
    if (status == STATUS_OK)
        return answer_old(office, number, &asked->command_bytes, asked->language, arena, ret_answer,
                          fault);
    if (status != STATUS_NOT_FOUND)
        return status;
    if (payload_take(&taking, fault) != STATUS_OK)
        return invalid(arena, fault, ret_answer);
    if (log_next_number(office->log) - log_durable(office->log) >= STAGED_MAX) {
        *ret_answer = (struct answer){.kind = ANSWER_BUSY, .retry_ms = BUSY_RETRY_MS};
        return STATUS_OK;
    }
    return decide_new(&taking, ret_answer, fault);
}

/* --- on the wire --- */

static const char *const answer_words[] = {
    [ANSWER_ACCEPTED] = "accepted", [ANSWER_REFUSED] = "refused", [ANSWER_CONFLICT] = "conflict",
    [ANSWER_BUSY] = "busy",         [ANSWER_UNKNOWN] = "unknown", [ANSWER_INVALID] = "invalid",
    [ANSWER_NONE] = "none",
};

unsigned answer_arity(const struct answer *answer)
{
    static const unsigned arities[] = {
        [ANSWER_ACCEPTED] = 6, [ANSWER_REFUSED] = 5, [ANSWER_CONFLICT] = 2, [ANSWER_BUSY] = 2,
        [ANSWER_UNKNOWN] = 1,  [ANSWER_INVALID] = 2, [ANSWER_NONE] = 1,
    };
    return arities[answer->kind];
}

static void pack_all_clauses(const struct answer *answer, struct buffer *out)
{
    if (answer->packed_clauses.data)
        buffer_add(out, answer->packed_clauses.data, answer->packed_clauses.size);
    else
        pack_clauses(answer, out);
}

void answer_pack(const struct answer *answer, struct buffer *out)
{
    pack_text(out, answer_words[answer->kind]);
    switch (answer->kind) {
    case ANSWER_ACCEPTED:
        pack_int(out, answer->number);
        pack_bytes(out, answer->leaf, DIGEST_SIZE);
        pack_int(out, answer->case_number);
        pack_int(out, answer->case_version);
        pack_all_clauses(answer, out);
        return;
    case ANSWER_REFUSED:
        if (answer->number < 0) {
            pack_nil(out);
            pack_nil(out);
        } else {
            pack_int(out, answer->number);
            pack_bytes(out, answer->leaf, DIGEST_SIZE);
        }
        pack_text(out, refusal_name(answer->code));
        pack_all_clauses(answer, out);
        return;
    case ANSWER_CONFLICT: pack_int(out, answer->number); return;
    case ANSWER_BUSY: pack_int(out, answer->retry_ms); return;
    case ANSWER_INVALID: pack_text(out, answer->text); return;
    case ANSWER_UNKNOWN:
    case ANSWER_NONE: return;
    }
}
