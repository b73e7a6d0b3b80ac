/* migrate.c - `jishi migrate DIR`: running cases to another version of their pack.
 *
 * Without --apply it is a dry run: the log is folded in memory, every case is migrated there, and a
 * table says which can, what their due days would be, and why others cannot. With --apply the cases
 * that can are migrated by signed commands, each only if nobody has touched it since. What was
 * migrated is not listed again, so an interrupted run is taken up by running it again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cmd/access.h"
#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/office.h"
#include "cmd/options.h"
#include "cmd/plain.h"
#include "core/check.h"
#include "core/date.h"
#include "core/state_query.h"

#define PROGRESS_EVERY 500000

struct migrating {
    struct access access;
    int64_t case_number, to;
    const char *procedure, *reason;
    bool apply;
    struct state *state;    /* as recorded, then as it would be */
    int64_t recorded_at_us; /* of the last entry; time never runs backwards */
    struct signer signer;
    struct duty_dues {
        int32_t *days;
        int64_t count;
    } before; /* due days by number of the duty, before anything is migrated */
    struct arena arena;
    json_t *cases;
    int64_t can, cannot, done, failed;
};

/* ---- the state as recorded ---- */

static enum status fold_each(void *user, const struct shown_entry *shown, struct fault *fault)
{
    struct migrating *m = user;
    const struct entry *entry = shown->entry;
    struct moment when = {entry->recorded_at_us, entry->number};
    if (entry->number && entry->number % PROGRESS_EVERY == 0)
        fprintf(stderr, in_words("已读 %lld 条\n", "%lld entries read\n"),
                (long long)entry->number);
    m->recorded_at_us = entry->recorded_at_us;
    return state_fold(m->state, &when, shown->command, entry->events, entry->event_count, fault);
}

struct system_member {
    const char *member;
    const uint8_t *key;
};

static void note_system(void *user, const struct assignment_view *assignment)
{
    struct system_member *found = user;
    int32_t today = clock_today();
    if (strcmp(assignment->role, "system") == 0 && assignment->from <= today &&
        (assignment->to == DATE_NONE || assignment->to >= today))
        found->member = assignment->member;
}

static void note_key(void *user, const struct key_view *key)
{
    struct system_member *found = user;
    if (found->member && !key->revoked && strcmp(key->member, found->member) == 0)
        found->key = key->key;
}

/* The dry run is asked in the name of whoever administers the system. */
static bool signer_find(struct migrating *m)
{
    struct system_member found = {NULL, NULL};
    state_each_assignment(m->state, note_system, &found);
    state_each_key(m->state, note_key, &found);
    if (found.key)
        memcpy(m->signer.key, found.key, KEY_SIZE);
    else
        fprintf(stderr, "%s\n",
                in_words("jishi migrate：没有人担任 system（系统管理员）",
                         "jishi migrate: nobody holds the role system"));
    return found.key != NULL;
}

static void dues_note(struct migrating *m)
{
    struct duty_view duty;
    while (state_duty(m->state, m->before.count + 1, &duty))
        m->before.count++;
    m->before.days = calloc((size_t)m->before.count + 1, sizeof *m->before.days);
    CHECK(m->before.days != NULL);
    for (int64_t i = 1; i <= m->before.count && state_duty(m->state, i, &duty); i++)
        m->before.days[i] = duty.due;
}

/* ---- one case, tried ---- */

static void try_case(struct migrating *m, int64_t number, const struct case_view *view,
                     struct decision *ret_decision)
{
    struct command command = {.verb = VERB_MIGRATE,
                              .case_number = number,
                              .expected_version = view->version,
                              .occurred_on = clock_today()};
    int64_t now_us = clock_now_us();
    struct moment now = {now_us > m->recorded_at_us ? now_us : m->recorded_at_us,
                         state_next_number(m->state)};
    struct decide_options options = {language()};
    static const uint8_t reason[DIGEST_SIZE];
    char origin[ORIGIN_SIZE];
    snprintf(origin, sizeof origin, "%s", state_origin(m->state));
    command.origin = (struct text_view){origin, (uint32_t)strlen(origin)};
    command.subjects = command.evidence = datum_list(NULL, 0);
    struct datum args[] = {
        datum_pair(&m->arena, datum_text("to"), datum_int(m->to)),
        datum_pair(&m->arena, datum_text("reason"), datum_bytes(reason, sizeof reason))};
    command.args = datum_list(args, 2);
    decide(m->state, &command, &m->signer, &now, &options, &m->arena, ret_decision);
}

static const char *day_or(int32_t day, char text[DATE_TEXT_SIZE])
{
    return day == DATE_NONE ? "-" : date_text(day, text);
}

/* Due days that would be others, new or gone. */
static json_t *dues_of(const struct migrating *m, const struct decision *decision)
{
    json_t *dues = json_array();
    for (unsigned i = 0; i < decision->event_count; i++) {
        const struct event *event = &decision->events[i];
        char before[DATE_TEXT_SIZE], after[DATE_TEXT_SIZE];
        if (event->type != EVENT_duty_moved && event->type != EVENT_duty_opened &&
            event->type != EVENT_duty_cancelled)
            continue;
        int64_t number = event_int(event, "duty");
        struct duty_view duty;
        state_duty(m->state, number, &duty);
        int32_t was = number <= m->before.count ? m->before.days[number] : DATE_NONE;
        int32_t is = event->type == EVENT_duty_cancelled ? DATE_NONE : duty.due;
        if (was != is)
            json_array_append_new(dues, json_pack("{s:s, s:s, s:s}", "duty", duty.name, "before",
                                                  day_or(was, before), "after", day_or(is, after)));
    }
    return dues;
}

static json_t *clauses_of(const struct decision *decision)
{
    json_t *clauses = json_array();
    for (unsigned i = 0; i < decision->clause_count; i++)
        json_array_append_new(clauses, json_pack("{s:s, s:s}", "what", decision->clauses[i].guard,
                                                 "text", decision->clauses[i].text));
    return clauses;
}

static bool is_wanted(const struct migrating *m, int64_t number, const struct case_view *view)
{
    int64_t to = m->to ? m->to : view->newest_version;
    return !view->ended && view->pack_version != to &&
           (!m->case_number || m->case_number == number) &&
           (!m->procedure || strcmp(m->procedure, view->procedure) == 0);
}

static void case_try(struct migrating *m, int64_t number, const struct case_view *view)
{
    struct decision decision;
    try_case(m, number, view, &decision);
    bool can = decision.refusal == REFUSAL_none;
    m->can += can;
    m->cannot += !can;
    json_array_append_new(m->cases,
                          json_pack("{s:I, s:s, s:s, s:I, s:I, s:I, s:b, s:o, s:o}", "case",
                                    (json_int_t)number, "procedure", view->procedure, "pack",
                                    view->pack, "from", (json_int_t)view->pack_version, "to",
                                    (json_int_t)(m->to ? m->to : view->newest_version), "version",
                                    (json_int_t)view->version, "can", can, "dues",
                                    dues_of(m, &decision), "reasons", clauses_of(&decision)));
    arena_reset(&m->arena);
}

/* ---- telling ---- */

static const char *text_in(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void case_print(const json_t *one)
{
    const json_t *dues = json_object_get(one, "dues"), *reasons = json_object_get(one, "reasons");
    const json_t *item;
    size_t i;
    plain_line(stdout,
               in_words("事项 %lld  %s  %s 第 %lld 版 → 第 %lld 版  %s",
                        "case %lld  %s  %s version %lld -> %lld  %s"),
               (long long)json_integer_value(json_object_get(one, "case")),
               text_in(one, "procedure"), text_in(one, "pack"),
               (long long)json_integer_value(json_object_get(one, "from")),
               (long long)json_integer_value(json_object_get(one, "to")),
               json_is_true(json_object_get(one, "can")) ? in_words("可以转", "can")
                                                         : in_words("不能转", "cannot"));
    json_array_foreach(dues, i, item)
        plain_line(stdout, in_words("    %s 到期 %s → %s", "    %s due %s -> %s"),
                   text_in(item, "duty"), text_in(item, "before"), text_in(item, "after"));
    json_array_foreach(reasons, i, item)
        plain_line(stdout, "    %s: %s", text_in(item, "what"), text_in(item, "text"));
}

static void print_all(const struct migrating *m)
{
    const json_t *one;
    size_t i;
    json_array_foreach(m->cases, i, one) case_print(one);
    printf(in_words("可以转 %lld 件，不能转 %lld 件", "%lld can, %lld cannot"), (long long)m->can,
           (long long)m->cannot);
    if (m->apply)
        printf(in_words("；已转 %lld 件，未成 %lld 件\n", "; %lld migrated, %lld failed\n"),
               (long long)m->done, (long long)m->failed);
    else
        printf("%s\n", in_words("；这是试算，什么也没有写入（--apply 办理）",
                                "; a dry run, nothing was written (--apply does it)"));
}

/* ---- doing it ---- */

static bool case_do(struct jishi_client *client, const struct migrating *m, const json_t *one)
{
    char error[JISHI_ERROR_SIZE] = "";
    struct jishi_answer answer;
    json_t *json =
        json_pack("{s:s, s:O, s:O, s:{s:O, s:{s:s}}}", "verb", "migrate", "case",
                  json_object_get(one, "case"), "expected_version", json_object_get(one, "version"),
                  "args", "to", json_object_get(one, "to"), "reason", "$text", m->reason);
    char *text = json_dumps(json, JSON_COMPACT);
    struct jishi_command *command = jishi_command(client, text, error);
    json_decref(json);
    free(text);
    if (!command) {
        plain_line(stderr, "jishi migrate: %s", error);
        return false;
    }
    jishi_do(client, command, (int)m->access.timeout_ms, &answer);
    bool good = answer.status == JISHI_ACCEPTED;
    if (!good)
        plain_line(stderr, in_words("事项 %lld：%s", "case %lld: %s"),
                   (long long)json_integer_value(json_object_get(one, "case")),
                   answer.json ? answer.json : "");
    jishi_answer_done(&answer);
    jishi_command_free(command);
    return good;
}

static bool apply(struct migrating *m, const char *directory)
{
    char *argument = strdup(directory), *arguments[] = {argument};
    char **argv = arguments;
    int argc = 1;
    struct jishi_client *client = access_open(&m->access, "sysadmin", &argc, &argv);
    const json_t *one;
    size_t i;
    free(argument);
    if (!client)
        return false;
    json_array_foreach(m->cases, i, one)
    {
        if (!json_is_true(json_object_get(one, "can")))
            continue;
        bool good = case_do(client, m, one);
        m->done += good;
        m->failed += !good;
    }
    jishi_close(client);
    return true;
}

static int migrate(struct migrating *m, const char *directory)
{
    struct fault fault;
    struct case_view view;
    m->state = office_state(directory, &fault);
    if (!m->state || office_read(directory, fold_each, m, &fault) != STATUS_OK) {
        fprintf(stderr, "jishi migrate: %s\n", fault.text);
        return 2;
    }
    if (!signer_find(m))
        return 2;
    dues_note(m);
    for (int64_t number = 1; state_case(m->state, number, &view); number++)
        if (is_wanted(m, number, &view))
            case_try(m, number, &view);
    if (m->apply && !apply(m, directory))
        return 2;
    if (wants_json())
        json_dumpf(m->cases, stdout, JSON_INDENT(1));
    else
        print_all(m);
    return m->cannot || m->failed ? 1 : 0;
}

int cmd_migrate(int argc, char **argv)
{
    static struct migrating m = {.access.timeout_ms = ACCESS_TIMEOUT_MS};
    static const struct option_spec specs[] = {
        ACCESS_OPTIONS(m.access),
        {"case", 'c', OPTION_INT, &m.case_number, "N", "只转这一件（默认全部在办事项）",
         "this one only (all running cases)"},
        {"procedure", 0, OPTION_TEXT, &m.procedure, "NAME", "只转这个程序的事项",
         "cases of this procedure only"},
        {"to", 0, OPTION_INT, &m.to, "VERSION", "转到哪一版（默认最新）",
         "to which version (the newest)"},
        {"reason", 0, OPTION_TEXT, &m.reason, "TEXT", "理由，--apply 时必填",
         "the reason; --apply needs it"},
        {"apply", 0, OPTION_FLAG, &m.apply, NULL, "真的转；不写是试算",
         "do it; without, a dry run"},
        {0}};
    struct options options = {"migrate", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    if (m.apply && !m.reason)
        return options_wrong(&options, "--reason TEXT");
    arena_init(&m.arena, 0);
    m.cases = json_array();
    code = migrate(&m, argv[0]);
    json_decref(m.cases);
    free(m.before.days);
    state_close(m.state);
    arena_done(&m.arena);
    return code;
}
