/* trial.c - see trial.h. */
#include "cmd/import/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/client/json.h"
#include "cmd/clock.h"
#include "cmd/options.h"
#include "cmd/plain.h"
#include "core/check.h"
#include "core/date.h"
#include "core/state_look.h"
#include "events/tree.h"

/* ---- ids ---- */

/* UUIDv7: its time is that of the day the row speaks of, the rest is the content's hash. */
static void id_make(const struct trial *trial, const json_t *command, int64_t base, int32_t day,
                    char ret_id[37])
{
    uint8_t digest[DIGEST_SIZE];
    struct buffer content;
    json_t *bare = json_copy((json_t *)(uintptr_t)command);
    json_object_del(bare, "evidence");
    char *text = json_dumps(bare, JSON_COMPACT | JSON_SORT_KEYS);
    CHECK(text != NULL);
    buffer_init(&content);
    buffer_addf(&content, "jishi-import-1\n%s\n%lld\n%s", state_origin(trial->state),
                (long long)base, text);
    sha256(content.data, content.size, digest);
    uint64_t ms = day > 0 ? (uint64_t)day * 86400000 : 0;
    snprintf(ret_id, 37, "%08x-%04x-7%03x-%04x-%02x%02x%02x%02x%02x%02x", (unsigned)(ms >> 16),
             (unsigned)(ms & 0xffff), (unsigned)(digest[0] << 8 | digest[1]) & 0xfff,
             ((unsigned)(digest[2] << 8 | digest[3]) & 0x3fff) | 0x8000, digest[4], digest[5],
             digest[6], digest[7], digest[8], digest[9]);
    buffer_done(&content);
    json_decref(bare);
    free(text);
}

/* ---- what is on record already ---- */

static struct json_command *read_command(struct trial *trial, json_t *command, struct arena *arena,
                                         struct fault *fault)
{
    struct json_command *read = ARENA_NEW(arena, struct json_command);
    char *text = json_dumps(command, JSON_COMPACT);
    CHECK(text != NULL);
    enum status status = json_command_read(text, state_origin(trial->state), arena, read, fault);
    free(text);
    return status == STATUS_OK ? read : NULL;
}

/* Of a subject that is there: only what it does not say yet. `ret_base`: the last entry that set
 * one of these fields, so that a value that comes back later is another command. */
static void keep_changes(struct trial *trial, const struct plan_item *item, json_t *command,
                         const struct command *read, int64_t *ret_base)
{
    json_t *args = json_object_get(command, "args");
    *ret_base = -1;
    for (uint32_t i = 0; i < read->args.count; i++) {
        const struct datum *pair = &read->args.items[i];
        int64_t entry;
        if (state_says(trial->state, item->subject, pair->items[0].text, &pair->items[1], item->day,
                       &entry))
            json_object_del(args, pair->items[0].text);
        else if (entry > *ret_base)
            *ret_base = entry;
    }
    json_object_set_new(command, "verb", json_string("change"));
}

static enum row_outcome compare(struct trial *trial, const struct plan_item *item, json_t *command,
                                const struct command *read, int64_t *ret_base)
{
    *ret_base = -1;
    if (item->kind == ITEM_FACT)
        return state_fact_like(trial->state, read) ? ROW_SAME : ROW_NEW;
    if (!state_has_subject(trial->state, item->subject))
        return item->kind == ITEM_REGISTER ? ROW_NEW : ROW_WRONG;
    keep_changes(trial, item, command, read, ret_base);
    return json_object_size(json_object_get(command, "args")) ? ROW_CHANGED : ROW_SAME;
}

/* ---- deciding ---- */

static const char *heading_of_clause(const struct plan_item *item, const char *guard)
{
    const struct fitted *fitted = &item->from->fitted;
    for (unsigned i = 0; i < fitted->count; i++)
        if (fitted->columns[i] && strcmp(fitted->columns[i]->name, guard) == 0)
            return item->from->sheet.rows[fitted->header].cells[i];
    return NULL;
}

static void clauses_say(struct trial *trial, const struct plan_item *item,
                        const struct decision *decision)
{
    bool wrong = decision->refusal != REFUSAL_none;
    for (unsigned i = 0; i < decision->clause_count; i++) {
        const struct clause *clause = &decision->clauses[i];
        const char *heading = heading_of_clause(item, clause->guard);
        struct place_of place = {item->from->sheet.path, item->row->line,
                                 heading ? heading : clause->guard, NULL};
        if (wrong)
            find_wrong(trial->plan->findings, &place, clause->text, clause->rule);
        else
            find_warning(trial->plan->findings, &place, clause->text, clause->rule);
    }
    if (wrong && decision->clause_count == 0) {
        struct place_of place = {item->from->sheet.path, item->row->line, NULL, NULL};
        find_wrong(trial->plan->findings, &place, refusal_text(decision->refusal, language()), "");
    }
}

static void consequences_count(struct trial *trial, const struct decision *decision)
{
    int32_t today = clock_today();
    for (unsigned i = 0; i < decision->event_count; i++) {
        const struct event *event = &decision->events[i];
        trial->cases_opened += event->type == EVENT_case_opened;
        if (event->type != EVENT_duty_opened)
            continue;
        trial->duties_opened++;
        trial->duties_overdue += event_date(event, "due") < today;
    }
}

static bool decide_one(struct trial *trial, const struct plan_item *item, json_t *command,
                       struct arena *arena)
{
    struct fault fault = {0};
    struct decision decision;
    struct decide_options options = {language()};
    int64_t now_us = clock_now_us();
    struct moment now = {now_us > trial->recorded_at_us ? now_us : trial->recorded_at_us,
                         state_next_number(trial->state)};
    struct json_command *read = read_command(trial, command, arena, &fault);
    struct buffer bytes;
    buffer_init(&bytes);
    bool good = read && command_encode(&read->command, &bytes, &fault) == STATUS_OK;
    buffer_done(&bytes);
    if (!good) {
        struct place_of place = {item->from->sheet.path, item->row->line, NULL, NULL};
        find_wrong(trial->plan->findings, &place, fault.text, "");
        return false;
    }
    decide(trial->state, &read->command, &trial->signer, &now, &options, arena, &decision);
    trial->recorded_at_us = now.recorded_at_us;
    clauses_say(trial, item, &decision);
    if (decision.refusal == REFUSAL_none)
        consequences_count(trial, &decision);
    return decision.refusal == REFUSAL_none;
}

static void ready_add(struct trial *trial, const struct plan_item *item, json_t *command,
                      int64_t base)
{
    char id[37];
    id_make(trial, command, base, item->day, id);
    json_object_set_new(command, "id", json_string(id));
    char *text = json_dumps(command, JSON_COMPACT);
    CHECK(text != NULL);
    trial->ready[trial->ready_count++] = (struct ready){arena_text(&trial->arena, text), item};
    free(text);
}

static enum row_outcome try_item(struct trial *trial, const struct plan_item *item,
                                 struct arena *arena)
{
    struct fault fault = {0};
    json_t *command = item->json ? json_loads(item->json, 0, NULL) : NULL;
    struct json_command *read = command ? read_command(trial, command, arena, &fault) : NULL;
    enum row_outcome outcome = ROW_WRONG;
    int64_t base = -1;
    if (command && !read) {
        struct place_of place = {item->from->sheet.path, item->row->line, NULL, NULL};
        find_wrong(trial->plan->findings, &place, fault.text, "");
    } else if (read) {
        outcome = compare(trial, item, command, &read->command, &base);
    }
    if (outcome == ROW_NEW || outcome == ROW_CHANGED) {
        if (decide_one(trial, item, command, arena))
            ready_add(trial, item, command, base);
        else
            outcome = ROW_WRONG;
    }
    json_decref(command);
    return outcome;
}

static void list_item(const struct plan_item *item, enum row_outcome outcome)
{
    static const char *const zh[ROW_OUTCOMES] = {"错", "新", "改", "同"};
    static const char *const en[ROW_OUTCOMES] = {"wrong", "new", "changed", "same"};
    const char *kind = item->from->fitted.mapping->kind;
    if (wants_json())
        printf("{\"row\":\"%s\",\"kind\":\"%s\",\"line\":%u}\n", en[outcome], kind,
               item->row->line);
    else
        plain_line(stdout, "%s:%u: %s  %s", item->from->sheet.path, item->row->line,
                   in_words(zh[outcome], en[outcome]), item->subject ? item->subject : kind);
}

void trial_run(struct trial *trial)
{
    struct arena arena;
    arena_init(&trial->arena, 0);
    arena_init(&arena, 0);
    trial->ready = calloc(trial->plan->count + 1, sizeof *trial->ready);
    CHECK(trial->ready != NULL);
    for (size_t i = 0; i < trial->plan->count; i++) {
        enum row_outcome outcome = try_item(trial, &trial->plan->items[i], &arena);
        trial->outcomes[outcome]++;
        if (trial->lists)
            list_item(&trial->plan->items[i], outcome);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

void trial_done(struct trial *trial)
{
    free(trial->ready);
    arena_done(&trial->arena);
}
