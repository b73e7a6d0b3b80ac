/* desk.h - a state with a clock and a hand full of members, for tests that decide.
 *
 * Commands are written as JSON with ' for ". Every entry is kept, so that desk_folds() can ask
 * whether the log alone makes the same state, and a snapshot again the same. */
#ifndef TESTS_DESK_H
#define TESTS_DESK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/client/json.h"
#include "core/decide.h"

#define DESK_ORIGIN "desk.test/log"

struct desk_entry {
    struct moment when;
    struct event *events;
    unsigned event_count;
};

struct desk {
    struct state *state;
    struct arena arena;
    int32_t today;
    struct desk_entry *entries;
    unsigned entry_count, entry_capacity;
    struct decision last;
};

/* One pack that has each thing once: order, several signers, separation, waiver, warning, a new
 * pass, a time-out, a duty in working days, a suspension. */
static const char desk_pack[] =
    "pack: {id: T, words: 1, title: {zh: 试办, en: Trial}, authority: issued, waiver: chief,\n"
    "  supervisor: chief}\n"
    "subjects: {unit: {size: (int)}, person: {birth: (date)}}\n"
    "roles:\n"
    "  clerk: {title: {zh: 经办人, en: Clerk}, superior: chief}\n"
    "  inspector: {title: {zh: 核查人, en: Inspector}}\n"
    "  chief: {title: {zh: 负责人, en: Chief}}\n"
    "facts:\n"
    "  started: {title: {zh: 开始, en: Started}, about: [person], fields: {grade: (int)}}\n"
    "  held: {title: {zh: 谈话, en: Talk}, about: [person]}\n"
    "  frozen: {title: {zh: 冻结, en: Frozen}, about: [person], ended_by: thawed}\n"
    "  thawed: {title: {zh: 解冻, en: Thawed}, about: [person]}\n"
    "  kinship: {title: {zh: 亲属, en: Kinship}, about: {person: person, relative: person}}\n"
    "procedures:\n"
    "  T-CASE:\n"
    "    title: {zh: 事项, en: Matter}\n"
    "    about: {person: person, unit: unit}\n"
    "    apart: [[proposed, decided]]\n"
    "    kin: {person: [inspected, decided]}\n"
    "    suspend: {has: frozen, of: person, in_force: true}\n"
    "    steps:\n"
    "      proposed:\n"
    "        title: 提出\n"
    "        by: clerk\n"
    "        fields: {score: {type: int, min: 0, max: 100}}\n"
    "        guards:\n"
    "          - {id: enough, rule: T-1, strength: waive, require: {proposed.score: {min: 60}}}\n"
    "          - {id: modest, rule: T-2, strength: warn, require: {proposed.score: {max: 90}}}\n"
    "      inspected:\n"
    "        title: 核查\n"
    "        kind: inspect\n"
    "        by: {role: inspector, count: 2}\n"
    "        fields: {finding: int}\n"
    "        due: P10D\n"
    "      decided:\n"
    "        title: 决定\n"
    "        by: chief\n"
    "        outcomes: {agreed: {writes: {started: {}}}, back: {to: proposed}}\n"
    "      stated:\n"
    "        title: 陈述\n"
    "        by: {person: person}\n"
    "        evidence: [statement]\n"
    "        outcomes: {stated: {}, silent: {timeout: P5D, rule: T-3}}\n"
    "  T-TALK:\n"
    "    title: {zh: 谈话, en: Talk}\n"
    "    about: {person: person}\n"
    "    when: {fact: started}\n"
    "    steps:\n"
    "      talked: {title: 谈话, by: clerk, due: {from: start.date, plus: P1M}, writes: {held: "
    "{}}}\n"
    "duties:\n"
    "  T-HOLD: {title: 谈话, rules: [T-4], when: {fact: started, for: person}, due: P10WD,\n"
    "    met: {has: held}, owner: clerk}\n"
    "  T-YEAR: {title: 每年谈话, rules: [T-5], when: {every: year, for: person}, met: {has: "
    "held},\n"
    "    owner: chief}\n"
    "rules: {T-1: 分数不足, T-2: 分数过高, T-3: 逾期视为无意见, T-4: 应当谈话, T-5: 每年谈话}\n"
    "ladders:\n"
    "  S: {before: [P1D, P0D], after: [P1WD, P1WD], escalate: {superior: P1D}}\n"
    "  M: {before: [P7D, P1D], after: [P7D, P7D], escalate: {superior: P7D}}\n"
    "  L: {before: [P1M, P7D], after: [P7D, P7D], escalate: {superior: P0D, supervisor: P30D}}\n";

static inline struct decision *desk_decide(struct desk *desk, const char *member,
                                           const struct command *command)
{
    struct signer signer = {{0}};
    struct moment now = {((int64_t)desk->today * 86400 + 4 * 3600) * 1000000,
                         state_next_number(desk->state)};
    struct decide_options options = {"en"};
    snprintf((char *)signer.key, KEY_SIZE, "%s", member);
    if (now.recorded_at_us < desk->state->recorded_at_us)
        now.recorded_at_us = desk->state->recorded_at_us;
    decide(desk->state, command, &signer, &now, &options, &desk->arena, &desk->last);
    if (state_next_number(desk->state) == now.number)
        return &desk->last;
    if (desk->entry_count == desk->entry_capacity) {
        desk->entry_capacity = desk->entry_capacity ? desk->entry_capacity * 2 : 64;
        desk->entries = realloc(desk->entries, desk->entry_capacity * sizeof *desk->entries);
    }
    bool kept = desk->last.refusal == REFUSAL_none;
    desk->entries[desk->entry_count++] =
        (struct desk_entry){now, desk->last.events, kept ? desk->last.event_count : 0};
    return &desk->last;
}

/* Asks as `member`; the day is today unless the command has `on`. */
static inline enum refusal_code desk_ask(struct desk *desk, const char *member, const char *json)
{
    struct json_command *read = ARENA_NEW(&desk->arena, struct json_command);
    struct fault fault = {0};
    char *text = arena_text(&desk->arena, json);
    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    if (json_command_read(text, DESK_ORIGIN, &desk->arena, read, &fault) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", json, fault.text);
        abort();
    }
    if (!strstr(json, "'on'"))
        read->command.occurred_on = desk->today;
    return desk_decide(desk, member, &read->command)->refusal;
}

#define DESK_FORMAT(desk, ...) arena_format(&(desk)->arena, __VA_ARGS__)
#define DESK_KEY                                                                                   \
    "{'$hex':'%s'}" /* of desk_key: a member's name, padded; nobody checks signatures here */

static inline const char *desk_key(struct desk *desk, const char *member)
{
    char *hex = arena_take(&desk->arena, 2 * KEY_SIZE + 1);
    uint8_t key[KEY_SIZE] = {0};
    snprintf((char *)key, KEY_SIZE, "%s", member);
    for (unsigned i = 0; i < KEY_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", key[i]);
    return hex;
}

static inline void desk_must(struct desk *desk, const char *member, const char *json)
{
    if (desk_ask(desk, member, json) == REFUSAL_none)
        return;
    fprintf(stderr, "%s: %s was refused: %s", member, json, refusal_name(desk->last.refusal));
    for (unsigned i = 0; i < desk->last.clause_count; i++)
        fprintf(stderr, " | %s %s", desk->last.clauses[i].guard, desk->last.clauses[i].text);
    fprintf(stderr, "\n");
    abort();
}

static inline void desk_enrol(struct desk *desk, const char *member, const char *person)
{
    desk_must(desk, "admin",
              DESK_FORMAT(
                  desk, "{'verb':'enrol','args':{'member':'%s','key':" DESK_KEY ",'person':'%s'}}",
                  member, desk_key(desk, member), person));
}

static inline void desk_assign(struct desk *desk, const char *member, const char *role,
                               const char *unit)
{
    desk_must(desk, "admin",
              DESK_FORMAT(desk,
                          "{'verb':'assign','args':{'member':'%s','role':'%s','unit':'%s',"
                          "'from':'2020-01-01','to':null}}",
                          member, role, unit));
}

static inline void desk_register(struct desk *desk, const char *id, const char *fields)
{
    int kind = (int)strcspn(id, ":");
    desk_must(desk, "admin",
              DESK_FORMAT(desk,
                          "{'verb':'register','what':'%.*s','subjects':{'it':'%s'},'args':%s}",
                          kind, id, id, fields));
}

static inline void desk_text(struct desk *desk, const char *what, const char *text, size_t size)
{
    static uint8_t seal;
    struct command command = {.verb = VERB_BLOB, .expected_version = -1};
    uint8_t *digest = arena_take(&desk->arena, DIGEST_SIZE);
    memset(digest, ++seal, DIGEST_SIZE);
    command.origin = (struct text_view){DESK_ORIGIN, (uint32_t)strlen(DESK_ORIGIN)};
    command.subjects = command.evidence = datum_list(NULL, 0);
    command.occurred_on = desk->today;
    size_t parts = (size + BLOB_PART_MAX - 1) / BLOB_PART_MAX;
    for (size_t i = 0; i <= parts; i++) {
        size_t length = size - i * BLOB_PART_MAX;
        struct datum pairs[4];
        pairs[0] = datum_pair(&desk->arena, datum_text("digest"), datum_bytes(digest, DIGEST_SIZE));
        if (i == parts) {
            command.verb = VERB_ACTIVATE;
            command.what = (struct text_view){what, (uint32_t)strlen(what)};
            command.args = datum_list(pairs, 1);
        } else {
            length = length > BLOB_PART_MAX ? BLOB_PART_MAX : length;
            pairs[1] = datum_pair(&desk->arena, datum_text("index"), datum_int((int64_t)i));
            pairs[2] = datum_pair(&desk->arena, datum_text("count"), datum_int((int64_t)parts));
            pairs[3] = datum_pair(
                &desk->arena, datum_text("bytes"),
                datum_bytes(arena_copy(&desk->arena, text + i * BLOB_PART_MAX, length), length));
            command.args = datum_list(pairs, 4);
        }
        if (desk_decide(desk, "admin", &command)->refusal != REFUSAL_none) {
            fprintf(stderr, "%s: %s\n", what, desk->last.clauses[0].text);
            abort();
        }
    }
}

/* unit:top over unit:dept; li and ma are concerned, the others sign. */
static inline void desk_open(struct desk *desk, int32_t today)
{
    static const char *const roles[] = {"system", "registrar", "clock", "notifier"};
    static const char *const people[] = {"li", "ma", "ann", "bo", "cai", "dan", "eve"};
    memset(desk, 0, sizeof *desk);
    desk->today = today;
    desk->state = state_open(DESK_ORIGIN);
    arena_init(&desk->arena, 0);
    desk_enrol(desk, "admin", "");
    for (unsigned i = 0; i < 4; i++)
        desk_assign(desk, "admin", roles[i], "");
    desk_text(desk, "pack", desk_pack, sizeof desk_pack - 1);
    desk_register(desk, "unit:top", "{}");
    desk_register(desk, "unit:dept", "{'unit':'unit:top'}");
    for (unsigned i = 0; i < sizeof people / sizeof people[0]; i++) {
        desk_register(desk, DESK_FORMAT(desk, "person:%s", people[i]), "{'unit':'unit:dept'}");
        desk_enrol(desk, people[i], DESK_FORMAT(desk, "person:%s", people[i]));
    }
    desk_assign(desk, "ann", "clerk", "unit:dept");
    desk_assign(desk, "bo", "inspector", "unit:dept");
    desk_assign(desk, "cai", "inspector", "unit:top");
    desk_assign(desk, "dan", "chief", "unit:top");
}

static inline void desk_close(struct desk *desk)
{
    state_close(desk->state);
    arena_done(&desk->arena);
    free(desk->entries);
}

/* Does everything that is due, day by day, up to `day`; that is today then. */
static inline void desk_until(struct desk *desk, int32_t day)
{
    struct tick ticks[64];
    for (; desk->today <= day; desk->today++)
        for (unsigned round = 0; round < 100; round++) {
            unsigned count = state_due(desk->state, desk->today, &desk->arena, ticks, 64);
            for (unsigned i = 0; i < count; i++) {
                char date[DATE_TEXT_SIZE];
                desk_ask(desk, "admin",
                         DESK_FORMAT(desk,
                                     "{'verb':'tick','args':{'kind':'%s','day':'%s','what':'%s',"
                                     "'number':%lld}}",
                                     tick_name(ticks[i].kind), date_text(ticks[i].day, date),
                                     ticks[i].what, (long long)ticks[i].number));
            }
            if (!count)
                break;
        }
    desk->today = day;
}

static inline bool desk_equal(const struct state *one, const struct state *other)
{
    uint64_t a[2], b[2];
    state_digest(one, a);
    state_digest(other, b);
    return a[0] == b[0] && a[1] == b[1];
}

/* The entries alone make the same state, and so does its snapshot. */
static inline bool desk_folds(const struct desk *desk)
{
    struct state *again = state_open(DESK_ORIGIN), *loaded = NULL;
    struct fault fault = {0};
    struct buffer snapshot;
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < desk->entry_count && status == STATUS_OK; i++)
        status = state_fold(again, &desk->entries[i].when, NULL, desk->entries[i].events,
                            desk->entries[i].event_count, &fault);
    buffer_init(&snapshot);
    state_save(desk->state, &snapshot);
    bool same = status == STATUS_OK && desk_equal(desk->state, again) &&
                state_load(snapshot.data, snapshot.size, &loaded, &fault) == STATUS_OK &&
                desk_equal(desk->state, loaded);
    if (!same)
        fprintf(stderr, "the fold differs: %s\n", fault.text);
    buffer_done(&snapshot);
    state_close(loaded);
    state_close(again);
    return same;
}

/* What every test of a desk ends with: whether the entries alone make the same state. A teardown's
 * result. */
static inline int desk_folds_and_closes(struct desk *desk)
{
    bool folds = desk_folds(desk);
    desk_close(desk);
    return folds ? 0 : -1;
}

#endif
