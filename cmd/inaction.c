/* inaction.c - the proof of non-action, computed from the log: see inaction.h.
 *
 * The first walk finds the duties that became overdue, the second takes down what the log says of
 * them, so that a log of millions of reminders costs the memory of what was overdue. Both check the
 * chain of hashes; signatures and tiles are checked by `jishi audit verify`. */
#include "cmd/inaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "core/check.h"
#include "core/date.h"
#include "core/state_query.h"

/* ---- the first walk ---- */

static bool is_wanted(const struct inaction_options *options, const struct event *event)
{
    int32_t day = event_date(event, "day");
    return (!options->duty || options->duty == event_int(event, "duty")) &&
           (options->from == DATE_NONE || day >= options->from) &&
           (options->until == DATE_NONE || day <= options->until);
}

static void duty_add(struct inaction *inaction, int64_t number)
{
    uint64_t place;
    if (map_get(&inaction->by_number, (uint64_t)number, &place))
        return; /* overdue once more after it was moved */
    if (inaction->count == inaction->capacity) {
        inaction->capacity = inaction->capacity ? inaction->capacity * 2 : 64;
        inaction->duties = realloc(inaction->duties, inaction->capacity * sizeof *inaction->duties);
        CHECK(inaction->duties);
    }
    map_put(&inaction->by_number, (uint64_t)number, inaction->count);
    inaction->duties[inaction->count++] = (struct overdue_duty){.number = number, .due = DATE_NONE};
}

static enum status find_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct inaction *inaction = user;
    (void)fault;
    for (unsigned i = 0; i < shown->entry->event_count; i++) {
        const struct event *event = &shown->entry->events[i];
        if (event->type == EVENT_duty_overdue && is_wanted(inaction->options, event))
            duty_add(inaction, event_int(event, "duty"));
    }
    return STATUS_OK;
}

/* ---- the second walk ---- */

static struct overdue_duty *duty_find(const struct inaction *inaction, int64_t number)
{
    uint64_t place;
    return map_get(&inaction->by_number, (uint64_t)number, &place) ? &inaction->duties[place]
                                                                   : NULL;
}

/* "duty/15/before/0" */
static struct overdue_duty *duty_of_key(const struct inaction *inaction, struct text_view key)
{
    int64_t number = 0;
    if (key.size < 6 || memcmp(key.data, "duty/", 5) != 0)
        return NULL;
    for (uint32_t i = 5; i < key.size && key.data[i] >= '0' && key.data[i] <= '9' && i < 20; i++)
        number = number * 10 + (key.data[i] - '0');
    return duty_find(inaction, number);
}

static const char *kept(struct inaction *inaction, struct text_view text)
{
    return arena_text_n(&inaction->arena, text.data, text.size);
}

static struct evidence evidence_of(const struct shown_entry *shown)
{
    struct evidence evidence = {.number = shown->entry->number,
                                .recorded_at_us = shown->entry->recorded_at_us};
    memcpy(evidence.leaf, shown->leaf, DIGEST_SIZE);
    return evidence;
}

static void who_keep(struct inaction *inaction, const struct datum *list,
                     struct happening *happening)
{
    happening->who = ARENA_ARRAY(&inaction->arena, const char *, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].kind == DATUM_TEXT)
            happening->who[happening->who_count++] =
                arena_text_n(&inaction->arena, list->items[i].text, list->items[i].count);
}

static void one_keep(struct inaction *inaction, struct text_view name, struct happening *happening)
{
    happening->who = ARENA_ARRAY(&inaction->arena, const char *, 1);
    happening->who[0] = kept(inaction, name);
    happening->who_count = 1;
}

/* The duty an event is about, and what it says of it; NULL: nothing to be told. */
static struct overdue_duty *event_read(struct inaction *inaction, const struct event *event,
                                       struct happening *happening)
{
    bool by_key = event->type == EVENT_delivered || event->type == EVENT_acknowledged;
    bool by_number = event->type == EVENT_duty_overdue || event->type == EVENT_rung_due ||
                     event->type == EVENT_duty_moved || event->type == EVENT_duty_met ||
                     event->type == EVENT_duty_cancelled;
    struct overdue_duty *duty = by_key      ? duty_of_key(inaction, event_text(event, "key"))
                                : by_number ? duty_find(inaction, event_int(event, "duty"))
                                            : NULL;
    if (!duty)
        return NULL;
    happening->day = event->type == EVENT_duty_moved  ? event_date(event, "due")
                     : event->type == EVENT_delivered ? DATE_NONE
                                                      : event_date(event, "day");
    if (by_key || event->type == EVENT_rung_due)
        happening->key = kept(inaction, event_text(event, "key"));
    return duty;
}

static void event_tell(struct inaction *inaction, const struct overdue_duty *duty,
                       const struct event *event, struct happening *happening)
{
    if (event->type == EVENT_duty_overdue) {
        happening->kind = HAPPENED_OVERDUE;
        happening->vacant = state_duty_is_vacant(inaction->state, duty->number, duty->due);
        who_keep(inaction, event_datum(event, "responsible"), happening);
    } else if (event->type == EVENT_rung_due) {
        happening->kind = HAPPENED_REMINDED;
        happening->word = kept(inaction, event_text(event, "kind"));
        happening->late_days = event_int(event, "late_days");
        who_keep(inaction, event_datum(event, "to"), happening);
    } else if (event->type == EVENT_delivered) {
        happening->kind = HAPPENED_DELIVERED;
        happening->word = kept(inaction, event_text(event, "outcome"));
        happening->channel = kept(inaction, event_text(event, "channel"));
        happening->detail = kept(inaction, event_text(event, "detail"));
        happening->attempt = event_int(event, "attempt");
        one_keep(inaction, event_text(event, "recipient"), happening);
    } else if (event->type == EVENT_acknowledged) {
        happening->kind = HAPPENED_ACKNOWLEDGED;
        one_keep(inaction, event_text(event, "member"), happening);
    } else if (event->type == EVENT_duty_met) {
        happening->kind = HAPPENED_MET;
        happening->word = event_bool(event, "late") ? "late" : "in time";
    } else {
        happening->kind = event->type == EVENT_duty_moved ? HAPPENED_MOVED : HAPPENED_CANCELLED;
        happening->word = kept(inaction, event_text(event, "reason"));
    }
}

static void duty_describe(struct inaction *inaction, struct overdue_duty *duty,
                          const struct event *event, const struct shown_entry *shown)
{
    const struct datum *of = event_datum(event, "of");
    duty->opened = evidence_of(shown);
    duty->name = kept(inaction, event_text(event, "name"));
    duty->title = arena_text(&inaction->arena, state_duty_title(inaction->state, duty->name,
                                                                inaction->options->language));
    duty->of = of->kind == DATUM_TEXT
                   ? arena_text_n(&inaction->arena, of->text, of->count)
                   : arena_format(&inaction->arena, "case:%lld", (long long)of->integer);
    duty->unit = kept(inaction, event_text(event, "unit"));
    duty->owner = kept(inaction, event_text(event, "owner"));
    duty->due = event_date(event, "due");
}

static enum status tell_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct inaction *inaction = user;
    const struct entry *entry = shown->entry;
    struct moment when = {entry->recorded_at_us, entry->number};
    enum status status = state_fold(inaction->state, &when, shown->command, entry->events,
                                    entry->event_count, fault);
    if (status != STATUS_OK)
        return status;
    tree_append(&inaction->tree, shown->leaf);
    for (unsigned i = 0; i < entry->event_count; i++) {
        const struct event *event = &entry->events[i];
        struct happening happening = {
            .evidence = evidence_of(shown), .word = "", .key = "", .channel = "", .detail = ""};
        struct overdue_duty *duty = event->type == EVENT_duty_opened
                                        ? duty_find(inaction, event_int(event, "duty"))
                                        : event_read(inaction, event, &happening);
        if (!duty)
            continue;
        if (event->type == EVENT_duty_opened) {
            duty_describe(inaction, duty, event, shown);
            continue;
        }
        event_tell(inaction, duty, event, &happening);
        if (happening.kind == HAPPENED_MOVED)
            duty->due = happening.day;
        struct happening *copy = arena_copy(&inaction->arena, &happening, sizeof happening);
        if (duty->last)
            duty->last->next = copy;
        else
            duty->first = copy;
        duty->last = copy;
    }
    return STATUS_OK;
}

/* The last entry has none behind it that names its hash; the root on record does. */
static enum status root_check(const char *directory, const struct tree *tree, struct fault *fault)
{
    char path[4096];
    uint8_t root[DIGEST_SIZE];
    struct log_store *store;
    struct log_view *view = NULL;
    struct log_head head = {0};
    struct log_store_options options = {.read_only = true};
    snprintf(path, sizeof path, "%s/log", directory);
    enum status status = log_store_lmdb_open(path, &options, &store, fault);
    if (status != STATUS_OK)
        return status;
    status = store->functions->view_open(store, &view, fault);
    if (status == STATUS_OK)
        status = store->functions->head(view, &head, NULL, NULL, fault);
    store->functions->view_close(view);
    store->functions->close(store);
    tree_root(tree, root);
    if (status == STATUS_OK && head.size == tree->size && head.size > 0 &&
        memcmp(head.root, root, DIGEST_SIZE) != 0)
        return fault_set(fault, STATUS_CORRUPT, "the entries do not lead to the root on record");
    return status;
}

enum status inaction_read(const char *directory, const struct inaction_options *options,
                          struct inaction *ret_inaction, struct fault *fault)
{
    *ret_inaction = (struct inaction){.options = options};
    map_init(&ret_inaction->by_number);
    arena_init(&ret_inaction->arena, 0);
    tree_init(&ret_inaction->tree);
    enum status status = office_read(directory, find_each, ret_inaction, fault);
    if (status != STATUS_OK)
        return status;
    ret_inaction->state = office_state(directory, fault);
    if (!ret_inaction->state)
        return STATUS_IO;
    status = office_read(directory, tell_each, ret_inaction, fault);
    return status == STATUS_OK ? root_check(directory, &ret_inaction->tree, fault) : status;
}

void inaction_done(struct inaction *inaction)
{
    free(inaction->duties);
    map_done(&inaction->by_number);
    state_close(inaction->state);
    arena_done(&inaction->arena);
}

/* ---- the subcommand ---- */

static bool day_read(const char *text, int32_t *ret_day)
{
    *ret_day = text ? date_parse(text) : DATE_NONE;
    return !text || *ret_day != DATE_NONE;
}

int audit_inaction(int argc, char **argv)
{
    static int64_t duty;
    static const char *from, *until;
    static bool csv;
    static const struct option_spec specs[] = {
        {"duty", 0, OPTION_INT, &duty, "N", "只看这个期限", "this duty only"},
        {"from", 0, OPTION_TEXT, &from, "DATE", "自哪天起逾期的",
         "overdue since that day or later"},
        {"until", 0, OPTION_TEXT, &until, "DATE", "到哪天为止逾期的", "overdue by that day"},
        {"csv", 0, OPTION_FLAG, &csv, NULL, "输出 CSV（UTF-8，带 BOM）",
         "print CSV (UTF-8 with a BOM)"},
        {0},
    };
    struct options options = {"audit inaction", "DIR", specs};
    struct inaction_options wanted = {.language = NULL};
    struct inaction inaction;
    struct fault fault = {0};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1 || !day_read(from, &wanted.from) || !day_read(until, &wanted.until))
        return options_wrong(&options, "DIR, --from 2026-01-30");
    wanted.duty = duty;
    wanted.language = language();
    enum status status = inaction_read(argv[0], &wanted, &inaction, &fault);
    if (status != STATUS_OK)
        fprintf(stderr, "jishi audit inaction: %s\n", fault.text);
    else if (csv)
        inaction_print_csv(&inaction);
    else if (wants_json())
        inaction_print_json(&inaction);
    else
        inaction_print_text(&inaction);
    inaction_done(&inaction);
    return status == STATUS_OK                                                               ? 0
           : status == STATUS_CORRUPT || status == STATUS_INVALID || status == STATUS_DENIED ? 1
                                                                                             : 2;
}
