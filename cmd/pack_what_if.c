/* pack_what_if.c - `jishi pack what-if DIR DRAFT...`: what the recorded commands would have come to
 * under other packs. Nothing is written.
 *
 * Two states are led through the log. The first folds what is on record. The second decides every
 * command again, at the same moment, with the drafts in the place of the packs of their names; its
 * clock ticks when the recorded one did. Cases, acts, facts, duties get other numbers there: what
 * one command made on both sides is paired, and numbers in later commands are translated. A command
 * that stands on something that the second state has not is passed over: it follows from an earlier
 * difference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cmd/client/json.h"
#include "cmd/data_dir.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "cmd/pack.h"
#include "core/check.h"
#include "core/date.h"
#include "core/pack_read.h"
#include "core/state_query.h"
#include "events/tree.h"

#define DRAFTS_MAX     16
#define PROGRESS_EVERY 200000
#define TICKS_AT_ONCE  64
#define OPEN_STEPS_MAX 64

/* ---- things with numbers ---- */

enum thing { THING_case, THING_act, THING_duty, THING_fact, THING_assignment, THING_COUNT };

static const struct making {
    enum event_type event;
    enum thing thing;
    const char *number, *name, *about;
} makings[] = {
    {EVENT_case_opened, THING_case, "case", "procedure", "slots"},
    {EVENT_step_signed, THING_act, "act", "step", "member"},
    {EVENT_duty_opened, THING_duty, "duty", "name", "of"},
    {EVENT_fact_written, THING_fact, "fact", "type", "slots"},
    {EVENT_role_assigned, THING_assignment, "assignment", "role", "member"},
    {EVENT_role_delegated, THING_assignment, "assignment", "member", "member"},
};

struct made { /* by the commands of the present group */
    enum thing thing;
    int64_t number;
    const char *key;
};

struct line { /* a case or a duty of one side */
    const char *name, *about;
    const char *end; /* of a case; state of a duty */
    int64_t case_number;
    int32_t due;
    int64_t entry; /* of the first command that came to something else; 0 */
    const char *why;
    int64_t following;
};

struct lines {
    struct line *items;
    int64_t count, capacity;
};

struct pairing {
    int64_t *other;
    int64_t count;
};

struct side {
    struct state *state;
    struct lines cases, duties;
    struct made *made;
    size_t made_count, made_capacity;
    struct pairing pairs[THING_COUNT]; /* number here -> number on the other side; 0: none */
};

struct draft {
    const char *path;
    char id[NAME_SIZE_MAX + 1];
    struct buffer text;
    bool used;
};

struct what_if {
    struct side now, then; /* as recorded; under the drafts */
    struct draft drafts[DRAFTS_MAX];
    unsigned draft_count;
    int64_t since; /* version of a pack from which on the draft stands for it */
    struct arena keep, group, turn;
    bool ticking;
    struct moment tick_moment;
    struct signer clock;
    int64_t entries;
    json_t *others; /* differences outside of cases */
};

static struct line *line_at(struct lines *lines, int64_t number)
{
    while (number >= lines->capacity) {
        int64_t capacity = lines->capacity ? lines->capacity * 2 : 1024;
        lines->items = realloc(lines->items, (size_t)capacity * sizeof *lines->items);
        CHECK(lines->items != NULL);
        memset(lines->items + lines->capacity, 0,
               (size_t)(capacity - lines->capacity) * sizeof *lines->items);
        lines->capacity = capacity;
    }
    if (number >= lines->count)
        lines->count = number + 1;
    return &lines->items[number];
}

static int64_t other_of(const struct side *side, enum thing thing, int64_t number)
{
    const struct pairing *pairing = &side->pairs[thing];
    return number > 0 && number < pairing->count ? pairing->other[number] : 0;
}

static void pair_put(struct side *side, enum thing thing, int64_t number, int64_t other)
{
    struct pairing *pairing = &side->pairs[thing];
    if (number >= pairing->count) {
        int64_t count = number + number / 2 + 256;
        pairing->other = realloc(pairing->other, (size_t)count * sizeof *pairing->other);
        CHECK(pairing->other != NULL);
        memset(pairing->other + pairing->count, 0,
               (size_t)(count - pairing->count) * sizeof *pairing->other);
        pairing->count = count;
    }
    pairing->other[number] = other;
}

/* ---- what happened on one side ---- */

static const char *kept_text(struct what_if *w, struct text_view text)
{
    return arena_text_n(&w->keep, text.data, text.size);
}

/* Subjects as text; numbers of cases are left out, they differ between the sides. */
static void about_add(const struct datum *datum, struct buffer *out)
{
    if (datum->kind == DATUM_TEXT)
        buffer_addf(out, "%s%.*s", out->size ? " " : "", (int)datum->count, datum->text);
    for (uint32_t i = 0; datum->kind == DATUM_LIST && i < datum->count; i++) {
        const struct datum *item = &datum->items[i];
        bool pair = item->kind == DATUM_LIST && item->count == 2;
        about_add(pair ? &item->items[1] : item, out);
    }
}

static const char *about_text(struct arena *arena, const struct datum *datum)
{
    struct buffer out;
    buffer_init(&out);
    about_add(datum, &out);
    const char *text = arena_text(arena, buffer_text(&out));
    buffer_done(&out);
    return text;
}

static void made_add(struct what_if *w, struct side *side, const struct making *making,
                     const struct event *event)
{
    struct text_view name = event_text(event, making->name);
    if (side->made_count == side->made_capacity) {
        side->made_capacity = side->made_capacity ? side->made_capacity * 2 : 64;
        side->made = realloc(side->made, side->made_capacity * sizeof *side->made);
        CHECK(side->made != NULL);
    }
    side->made[side->made_count++] =
        (struct made){making->thing, event_int(event, making->number),
                      arena_format(&w->group, "%.*s|%s", (int)name.size, name.data,
                                   about_text(&w->group, event_datum(event, making->about)))};
}

static void case_take(struct what_if *w, struct side *side, const struct event *event)
{
    if (event->type != EVENT_case_opened && event->type != EVENT_case_ended)
        return;
    struct line *line = line_at(&side->cases, event_int(event, "case"));
    if (event->type == EVENT_case_ended) {
        line->end = kept_text(w, event_text(event, "end"));
        return;
    }
    line->name = kept_text(w, event_text(event, "procedure"));
    line->about = about_text(&w->keep, event_datum(event, "slots"));
}

static void duty_take(struct what_if *w, struct side *side, const struct event *event)
{
    if (event_field_index(event->type, "duty") != 0)
        return;
    struct line *line = line_at(&side->duties, event_int(event, "duty"));
    switch ((int)event->type) {
    case EVENT_duty_opened:
        line->name = kept_text(w, event_text(event, "name"));
        line->about = about_text(&w->keep, event_datum(event, "of"));
        line->case_number = event_int(event, "case");
        line->due = event_date(event, "due");
        line->end = "open";
        break;
    case EVENT_duty_moved: line->due = event_date(event, "due"); break;
    case EVENT_duty_overdue: line->end = "overdue"; break;
    case EVENT_duty_met: line->end = event_bool(event, "late") ? "met late" : "met"; break;
    case EVENT_duty_cancelled: line->end = "cancelled"; break;
    default: break;
    }
}

static void side_take(struct what_if *w, struct side *side, const struct event *events,
                      unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < sizeof makings / sizeof makings[0]; k++)
            if (makings[k].event == events[i].type)
                made_add(w, side, &makings[k], &events[i]);
        case_take(w, side, &events[i]);
        duty_take(w, side, &events[i]);
    }
}

static int made_compare(const struct made *a, const struct made *b)
{
    return a->thing != b->thing ? (int)a->thing - (int)b->thing : strcmp(a->key, b->key);
}

static int by_key(const void *a, const void *b)
{
    const struct made *left = a, *right = b;
    int order = made_compare(left, right);
    return order ? order : (left->number > right->number) - (left->number < right->number);
}

static void made_sort(struct side *side)
{
    if (side->made_count > 1)
        qsort(side->made, side->made_count, sizeof *side->made, by_key);
}

/* The k-th thing of a kind, name and subject on one side is the k-th on the other. */
static void group_pair(struct what_if *w)
{
    size_t i = 0, k = 0;
    made_sort(&w->now);
    made_sort(&w->then);
    while (i < w->now.made_count && k < w->then.made_count) {
        const struct made *one = &w->now.made[i], *other = &w->then.made[k];
        int order = made_compare(one, other);
        if (order == 0) {
            pair_put(&w->now, one->thing, one->number, other->number);
            pair_put(&w->then, one->thing, other->number, one->number);
        }
        i += order <= 0;
        k += order >= 0;
    }
    w->now.made_count = w->then.made_count = 0;
    arena_reset(&w->group);
}

/* ---- the second state ---- */

static void side_decide(struct what_if *w, struct side *side, const struct command *command,
                        const struct signer *signer, int64_t recorded_at_us,
                        struct decision *ret_decision)
{
    struct moment now = {recorded_at_us, state_next_number(side->state)};
    struct decide_options options = {language()};
    decide(side->state, command, signer, &now, &options, &w->turn, ret_decision);
    if (ret_decision->refusal == REFUSAL_none)
        side_take(w, side, ret_decision->events, ret_decision->event_count);
}

static void side_tick(struct what_if *w, struct side *side, const struct tick *tick)
{
    char day[DATE_TEXT_SIZE];
    struct decision decision;
    const char *origin = state_origin(side->state);
    struct command command = {.verb = VERB_TICK,
                              .expected_version = -1,
                              .occurred_on = moment_day(w->tick_moment.recorded_at_us)};
    command.origin = (struct text_view){origin, (uint32_t)strlen(origin)};
    command.subjects = command.evidence = datum_list(NULL, 0);
    const struct datum args[] = {
        datum_pair(&w->turn, datum_text("kind"), datum_text(tick_name(tick->kind))),
        datum_pair(&w->turn, datum_text("day"), datum_text(date_text(tick->day, day))),
        datum_pair(&w->turn, datum_text("what"), datum_text(arena_text(&w->turn, tick->what))),
        datum_pair(&w->turn, datum_text("number"), datum_int(tick->number))};
    command.args = datum_list(args, 4);
    side_decide(w, side, &command, &w->clock, w->tick_moment.recorded_at_us, &decision);
}

static void side_ticks(struct what_if *w, struct side *side)
{
    struct tick ticks[TICKS_AT_ONCE];
    int32_t day = moment_day(w->tick_moment.recorded_at_us);
    int64_t before = -1;
    while (state_next_number(side->state) != before) { /* until a round leaves no entry */
        before = state_next_number(side->state);
        unsigned count = state_due(side->state, day, &w->turn, ticks, TICKS_AT_ONCE);
        for (unsigned i = 0; i < count; i++)
            side_tick(w, side, &ticks[i]);
        arena_reset(&w->turn);
    }
}

/* Its own clock, at the moment at which the recorded one ticked. */
static void ticks_then(struct what_if *w)
{
    if (!w->ticking)
        return;
    w->ticking = false;
    side_ticks(w, &w->then);
    group_pair(w);
}

/* The recorded clock may not have said all that was due when the log ends here: both sides are compared
 * with all of it said. */
static void ticks_last(struct what_if *w)
{
    if (!w->tick_moment.recorded_at_us)
        return;
    side_ticks(w, &w->now);
    w->ticking = true;
    ticks_then(w);
}

/* ---- drafts in the place of packs ---- */

static struct draft *draft_of(struct what_if *w, const struct shown_entry *shown)
{
    for (unsigned i = 0; i < shown->entry->event_count; i++) {
        const struct event *event = &shown->entry->events[i];
        if (event->type != EVENT_pack_activated || event_int(event, "version") < w->since)
            continue;
        struct text_view pack = event_text(event, "pack");
        for (unsigned k = 0; k < w->draft_count; k++)
            if (strlen(w->drafts[k].id) == pack.size &&
                memcmp(w->drafts[k].id, pack.data, pack.size) == 0)
                return &w->drafts[k];
    }
    return NULL;
}

static enum status draft_activate(struct what_if *w, struct draft *draft,
                                  const struct shown_entry *shown, struct fault *fault)
{
    size_t size = draft->text.size, parts = (size + BLOB_PART_MAX - 1) / BLOB_PART_MAX;
    struct event *events = ARENA_ARRAY(&w->turn, struct event, parts + 1);
    uint8_t digest[DIGEST_SIZE];
    sha256(draft->text.data, size, digest);
    for (size_t i = 0; i < parts; i++) {
        size_t at = i * BLOB_PART_MAX,
               length = size - at < BLOB_PART_MAX ? size - at : BLOB_PART_MAX;
        events[i] =
            (struct event){EVENT_blob_part,
                           {datum_bytes(digest, DIGEST_SIZE), datum_int((int64_t)i),
                            datum_int((int64_t)parts), datum_bytes(draft->text.data + at, length)}};
    }
    for (unsigned i = 0; i < shown->entry->event_count; i++)
        if (shown->entry->events[i].type == EVENT_pack_activated) {
            events[parts] = shown->entry->events[i];
            events[parts].fields[event_field_index(EVENT_pack_activated, "digest")] =
                datum_bytes(digest, DIGEST_SIZE);
        }
    struct moment when = {shown->entry->recorded_at_us, state_next_number(w->then.state)};
    draft->used = true;
    if (state_fold(w->then.state, &when, shown->command, events, (unsigned)parts + 1, fault) ==
        STATUS_OK)
        return STATUS_OK;
    return fault_set(fault, STATUS_INVALID,
                     "%s does not fit the packs that were in force at entry %lld: see jishi pack "
                     "check",
                     draft->path, (long long)shown->entry->number);
}

/* ---- commands in the second state's numbers ---- */

static bool number_translate(const struct what_if *w, enum thing thing, struct datum *datum)
{
    if (datum->kind != DATUM_INT || datum->integer <= 0)
        return true;
    datum->integer = other_of(&w->now, thing, datum->integer);
    return datum->integer != 0;
}

static bool pairs_translate(struct what_if *w, enum thing thing, const char *name,
                            struct datum *pairs)
{
    struct datum *items = ARENA_ARRAY(&w->turn, struct datum, pairs->count);
    bool good = true;
    for (uint32_t i = 0; i < pairs->count; i++) {
        const struct datum *pair = &pairs->items[i];
        items[i] = *pair;
        if (pair->kind != DATUM_LIST || pair->count != 2 ||
            (name && !datum_is_text(&pair->items[0], name)))
            continue;
        struct datum value = pair->items[1];
        good = number_translate(w, thing, &value) && good;
        items[i] = datum_pair(&w->turn, pair->items[0], value);
    }
    *pairs = datum_list(items, pairs->count);
    return good;
}

/* False: it stands on something that is not there. */
static bool command_translate(struct what_if *w, struct command *command)
{
    static const struct {
        enum verb verb;
        const char *name;
        enum thing thing;
    } args[] = {{VERB_CORRECT, "fact", THING_fact},
                {VERB_WITHDRAW, "act", THING_act},
                {VERB_EXEMPT, "duty", THING_duty},
                {VERB_SUSPEND, "duty", THING_duty},
                {VERB_RESUME, "duty", THING_duty},
                {VERB_RELIEVE, "assignment", THING_assignment},
                {VERB_DELEGATE, "assignment", THING_assignment}};
    bool good = true;
    if (command->case_number > 0)
        command->case_number = other_of(&w->now, THING_case, command->case_number),
        good = command->case_number != 0;
    good = pairs_translate(w, THING_case, NULL, &command->subjects) && good;
    for (unsigned i = 0; i < sizeof args / sizeof args[0]; i++)
        if (args[i].verb == command->verb)
            good = pairs_translate(w, args[i].thing, args[i].name, &command->args) && good;
    command->expected_version = -1;
    return good;
}

/* ---- differences ---- */

static const char *decision_words(struct arena *arena, const char *before,
                                  const struct clause *clauses, unsigned count)
{
    struct buffer out;
    buffer_init(&out);
    buffer_add_text(&out, before);
    for (unsigned i = 0; i < count; i++)
        buffer_addf(&out, "%s %s%s%s%s%s", i ? ";" : ":", clauses[i].guard,
                    *clauses[i].rule ? " " : "", clauses[i].rule,
                    clauses[i].text && *clauses[i].text ? " " : "",
                    clauses[i].text ? clauses[i].text : "");
    const char *text = arena_text(arena, buffer_text(&out));
    buffer_done(&out);
    return text;
}

/* The case that a recorded entry is about: named by its command, or opened by it. */
static int64_t case_of(const struct shown_entry *shown)
{
    for (unsigned i = 0; i < shown->entry->event_count; i++)
        if (!shown->command->case_number && shown->command->verb == VERB_ACT &&
            shown->entry->events[i].type == EVENT_case_opened)
            return event_int(&shown->entry->events[i], "case");
    return shown->command->case_number;
}

static void difference_note(struct what_if *w, const struct shown_entry *shown, const char *why)
{
    int64_t number = case_of(shown), entry = shown->entry->number;
    const struct command *command = shown->command;
    if (number > 0 && number < w->now.cases.count) {
        struct line *line = &w->now.cases.items[number];
        if (line->entry) {
            line->following++;
            return;
        }
        line->entry = entry;
        line->why =
            arena_format(&w->keep, "%.*s %s", (int)command->what.size, command->what.data, why);
        return;
    }
    json_array_append_new(w->others,
                          json_pack("{s:I, s:o, s:s}", "entry", (json_int_t)entry, "command",
                                    json_sprintf("%s %.*s", verb_text(command->verb),
                                                 (int)command->what.size, command->what.data),
                                    "why", why));
}

static void decision_compare(struct what_if *w, const struct shown_entry *shown,
                             const struct decision *decision)
{
    const struct entry *entry = shown->entry;
    if (entry->refusal == decision->refusal)
        return;
    if (decision->refusal != REFUSAL_none)
        difference_note(w, shown,
                        decision_words(&w->turn, refusal_name(decision->refusal), decision->clauses,
                                       decision->clause_count));
    else
        difference_note(
            w, shown,
            decision_words(&w->turn,
                           in_words("会受理，当时不予办理", "would be accepted; was refused"),
                           entry->clauses, entry->clause_count));
}

/* Somebody was faster, or it came too late: that is not the pack's doing. */
static bool says_nothing(const struct entry *entry)
{
    return entry->refusal == REFUSAL_version || entry->refusal == REFUSAL_late ||
           entry->refusal == REFUSAL_not_due;
}

static void command_then(struct what_if *w, const struct shown_entry *shown)
{
    struct command command = *shown->command;
    struct decision decision = {0};
    struct signer signer;
    if (says_nothing(shown->entry))
        return;
    if (!command_translate(w, &command)) {
        if (shown->entry->refusal == REFUSAL_none)
            difference_note(
                w, shown,
                in_words("所依据的事项或记录在草案下不存在", "what it stands on is not there"));
        return;
    }
    memcpy(signer.key, shown->entry->signature.key, KEY_SIZE);
    side_decide(w, &w->then, &command, &signer, shown->entry->recorded_at_us, &decision);
    decision_compare(w, shown, &decision);
}

static enum status entry_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct what_if *w = user;
    const struct entry *entry = shown->entry;
    struct moment when = {entry->recorded_at_us, entry->number};
    bool tick = shown->command->verb == VERB_TICK;
    if (!tick)
        ticks_then(w);
    enum status status =
        state_fold(w->now.state, &when, shown->command, entry->events, entry->event_count, fault);
    if (status != STATUS_OK)
        return fault_add(fault, "entry %lld", (long long)entry->number);
    side_take(w, &w->now, entry->events, entry->event_count);
    if (++w->entries % PROGRESS_EVERY == 0)
        fprintf(stderr, in_words("已读 %lld 条\n", "%lld entries read\n"), (long long)w->entries);
    if (tick) {
        w->ticking = true;
        w->tick_moment = when;
        memcpy(w->clock.key, entry->signature.key, KEY_SIZE);
        return STATUS_OK;
    }
    struct draft *draft = draft_of(w, shown);
    if (draft)
        status = draft_activate(w, draft, shown, fault);
    else
        command_then(w, shown);
    group_pair(w);
    arena_reset(&w->turn);
    return status;
}

/* ---- telling ---- */

static const char *case_state(struct what_if *w, const struct side *side, int64_t number)
{
    const char *steps[OPEN_STEPS_MAX];
    struct buffer out;
    if (!number)
        return "-";
    if (side->cases.items[number].end)
        return side->cases.items[number].end;
    unsigned count = state_open_steps(side->state, number, steps, OPEN_STEPS_MAX);
    buffer_init(&out);
    buffer_add_text(&out, "running");
    for (unsigned i = 0; i < count && i < OPEN_STEPS_MAX; i++)
        buffer_addf(&out, "%s%s", i ? ", " : ": ", steps[i]);
    const char *text = arena_text(&w->turn, buffer_text(&out));
    buffer_done(&out);
    return text;
}

static void case_tell(struct what_if *w, json_t *cases, int64_t now, int64_t then)
{
    const struct line *line = now ? &w->now.cases.items[now] : &w->then.cases.items[then];
    const char *before = case_state(w, &w->now, now), *after = case_state(w, &w->then, then);
    if (strcmp(before, after) != 0 || line->entry)
        json_array_append_new(
            cases, json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:I}", "case", (json_int_t)now,
                             "procedure", line->name, "about", line->about, "now", before, "draft",
                             after, "entry", (json_int_t)line->entry, "why",
                             line->why ? line->why : "", "following", (json_int_t)line->following));
}

static json_t *cases_tell(struct what_if *w)
{
    json_t *cases = json_array();
    for (int64_t i = 1; i < w->now.cases.count; i++)
        case_tell(w, cases, i, other_of(&w->now, THING_case, i));
    for (int64_t i = 1; i < w->then.cases.count; i++)
        if (!other_of(&w->then, THING_case, i))
            case_tell(w, cases, 0, i);
    return cases;
}

static bool case_differs(const struct what_if *w, int64_t now)
{
    return now > 0 && (w->now.cases.items[now].entry || !other_of(&w->now, THING_case, now));
}

static void duty_tell(const struct what_if *w, json_t *duties, int64_t now, int64_t then)
{
    const struct line *before = now ? &w->now.duties.items[now] : NULL;
    const struct line *after = then ? &w->then.duties.items[then] : NULL;
    const struct line *line = before ? before : after;
    char a[DATE_TEXT_SIZE], b[DATE_TEXT_SIZE];
    int64_t case_number =
        before ? before->case_number : other_of(&w->then, THING_case, after->case_number);
    if (before && after && before->due == after->due && strcmp(before->end, after->end) == 0)
        return;
    if (case_differs(w, case_number) || (!before && after->case_number && !case_number))
        return; /* follows from the case */
    json_array_append_new(
        duties,
        json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "duty", line->name, "about", line->about,
                  "case", (json_int_t)case_number, "now", before ? date_text(before->due, a) : "-",
                  "draft", after ? date_text(after->due, b) : "-", "now_state",
                  before ? before->end : "-", "draft_state", after ? after->end : "-"));
}

static json_t *duties_tell(const struct what_if *w)
{
    json_t *duties = json_array();
    for (int64_t i = 1; i < w->now.duties.count; i++)
        duty_tell(w, duties, i, other_of(&w->now, THING_duty, i));
    for (int64_t i = 1; i < w->then.duties.count; i++)
        if (!other_of(&w->then, THING_duty, i))
            duty_tell(w, duties, 0, i);
    return duties;
}

static const char *text_in(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static long long int_in(const json_t *json, const char *name)
{
    return (long long)json_integer_value(json_object_get(json, name));
}

static void print_cases(const json_t *cases)
{
    const json_t *one;
    size_t i;
    json_array_foreach(cases, i, one)
    {
        printf(in_words("事项 %lld  %s  %s：现行 %s → 草案 %s\n",
                        "case %lld  %s  %s: now %s -> draft %s\n"),
               int_in(one, "case"), text_in(one, "procedure"), text_in(one, "about"),
               text_in(one, "now"), text_in(one, "draft"));
        if (int_in(one, "entry"))
            printf(in_words("    第 %lld 条：%s\n", "    entry %lld: %s\n"), int_in(one, "entry"),
                   text_in(one, "why"));
        if (int_in(one, "following"))
            printf(in_words("    其后 %lld 条命令因此不同\n", "    %lld further commands differ\n"),
                   int_in(one, "following"));
    }
}

static void print_words(const struct what_if *w, const json_t *cases, const json_t *duties)
{
    const json_t *one;
    size_t i;
    print_cases(cases);
    json_array_foreach(duties, i, one)
        printf(in_words("期限 %s  %s：现行 %s（%s）→ 草案 %s（%s）\n",
                        "duty %s  %s: now %s (%s) -> draft %s (%s)\n"),
               text_in(one, "duty"), text_in(one, "about"), text_in(one, "now"),
               text_in(one, "now_state"), text_in(one, "draft"), text_in(one, "draft_state"));
    json_array_foreach(w->others, i, one)
        printf(in_words("第 %lld 条  %s：%s\n", "entry %lld  %s: %s\n"), int_in(one, "entry"),
               text_in(one, "command"), text_in(one, "why"));
    printf(
        in_words("共 %lld 条记录：%zu 件事项、%zu 个期限、%zu 条其他命令会不同；什么也没有写入\n",
                 "%lld entries: %zu cases, %zu duties, %zu other commands would differ; nothing "
                 "was written\n"),
        (long long)w->entries, json_array_size(cases), json_array_size(duties),
        json_array_size(w->others));
}

static int tell(struct what_if *w)
{
    json_t *cases = cases_tell(w), *duties = duties_tell(w);
    size_t count = json_array_size(cases) + json_array_size(duties) + json_array_size(w->others);
    if (wants_json()) {
        json_t *all = json_pack("{s:I, s:O, s:O, s:O}", "entries", (json_int_t)w->entries, "cases",
                                cases, "duties", duties, "others", w->others);
        json_dumpf(all, stdout, JSON_INDENT(1));
        json_decref(all);
    } else {
        print_words(w, cases, duties);
    }
    json_decref(cases);
    json_decref(duties);
    return count ? 1 : 0;
}

/* ---- the whole ---- */

static enum status draft_read(struct draft *draft, const char *path, struct fault *fault)
{
    struct pack_findings *findings = calloc(1, sizeof *findings);
    struct symbol_table *symbols = symbol_table_open();
    CHECK(findings != NULL);
    draft->path = path;
    buffer_init(&draft->text);
    enum status status = file_read(path, &draft->text, fault);
    struct pack *pack = status == STATUS_OK ? pack_read(buffer_text(&draft->text), draft->text.size,
                                                        symbols, findings)
                                            : NULL;
    if (pack)
        snprintf(draft->id, sizeof draft->id, "%s", symbol_text(symbols, pack->id));
    else if (status == STATUS_OK)
        status = fault_set(fault, STATUS_INVALID, "%s:%u:%u: %s", path,
                           findings->items[0].place.line, findings->items[0].place.column,
                           in_words(findings->items[0].chinese, findings->items[0].text));
    pack_free(pack);
    symbol_table_close(symbols);
    free(findings);
    return status;
}

static enum status run(struct what_if *w, const char *directory, struct fault *fault)
{
    w->now.state = office_state(directory, fault);
    w->then.state = w->now.state ? state_open(state_origin(w->now.state)) : NULL;
    if (!w->then.state)
        return STATUS_IO;
    enum status status = office_read(directory, entry_each, w, fault);
    if (status == STATUS_OK)
        ticks_last(w);
    for (unsigned i = 0; i < w->draft_count && status == STATUS_OK; i++)
        if (!w->drafts[i].used)
            status =
                fault_set(fault, STATUS_NOT_FOUND,
                          "%s: the pack %s was never in force in this log, or not in a version "
                          "from %lld on",
                          w->drafts[i].path, w->drafts[i].id, (long long)w->since);
    return status;
}

static void side_close(struct side *side)
{
    state_close(side->state);
    free(side->cases.items);
    free(side->duties.items);
    free(side->made);
    for (unsigned i = 0; i < THING_COUNT; i++)
        free(side->pairs[i].other);
}

int pack_what_if(const char *directory, int count, char **paths, int64_t since)
{
    struct what_if *w = calloc(1, sizeof *w);
    struct fault fault = {0};
    enum status status = STATUS_OK;
    CHECK(w != NULL);
    w->since = since;
    w->others = json_array();
    arena_init(&w->keep, SIZE_MAX);
    arena_init(&w->group, 0);
    arena_init(&w->turn, 0);
    for (int i = 0; i < count && status == STATUS_OK && i < DRAFTS_MAX; i++)
        status = draft_read(&w->drafts[w->draft_count++], paths[i], &fault);
    if (status == STATUS_OK && count > DRAFTS_MAX)
        status = fault_set(&fault, STATUS_INVALID, "at most %d drafts at once", DRAFTS_MAX);
    if (status == STATUS_OK)
        status = run(w, directory, &fault);
    if (status != STATUS_OK)
        fprintf(stderr, "jishi pack what-if: %s\n", fault.text);
    int code = status == STATUS_OK ? tell(w) : 2;
    side_close(&w->now);
    side_close(&w->then);
    for (unsigned i = 0; i < w->draft_count; i++)
        buffer_done(&w->drafts[i].text);
    json_decref(w->others);
    arena_done(&w->keep);
    arena_done(&w->group);
    arena_done(&w->turn);
    free(w);
    return code;
}
