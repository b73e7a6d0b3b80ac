/* jobs_answer.c - what workers and operators ask of the queue; PROTOCOL.md section 8.
 *
 * Each request is a row of the table at the end: its name, what one must be to ask it, its answer. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/jobs_inside.h"
#include "cmd/notice_row.h"
#include "cmd/trace.h"
#include "core/date.h"
#include "core/state_query.h"
#include "events/codec.h"

#define LIST_ROWS_MAX  500
#define NAMED_JOBS_MAX 256 /* jobs named in one request */
#define ROLES_MS       1000
#define LEASE_AGAIN_MS 10000
#define MINUTE_US      INT64_C(60000000)
#define SHANGHAI_MIN   480 /* Asia/Shanghai is ahead of UTC by so many minutes */

enum { MAY_WORK = 1, MAY_RUN = 2, MAY_READ = 4, MAY_ASK = 8 };

struct answering {
    struct jobs *jobs;
    const struct jobs_asked *asked;
    const struct question *question;
    int64_t now_ms;
    char member[NAME_SIZE_MAX + 1];
    const char *status; /* NULL: `invalid` or `refused` was written */
    struct buffer rows;
    size_t count;
    int64_t next; /* 0: the last page */
    struct buffer *out;
};

/* ---- who may ---- */

struct finding {
    const char *member;
    int32_t today;
    unsigned may;
};

static void note_role(void *user, const struct assignment_view *assignment)
{
    static const struct {
        const char *role;
        unsigned may;
    } roles[] = {{"notifier", MAY_WORK}, {"system", MAY_RUN}, {"auditor", MAY_READ}};
    struct finding *finding = user;
    if (strcmp(assignment->member, finding->member) != 0 ||
        (assignment->from != DATE_NONE && assignment->from > finding->today) ||
        (assignment->to != DATE_NONE && assignment->to < finding->today))
        return;
    for (unsigned i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(assignment->role, roles[i].role) == 0)
            finding->may |= roles[i].may;
}

/* A worker asks hundreds of times a second: what his roles are is looked up once in one. */
static unsigned may_of(struct answering *a)
{
    struct jobs *jobs = a->jobs;
    roster_member(a->asked->roster, a->asked->envelope->user, a->member);
    for (unsigned i = 0; i < ASKERS_MAX; i++)
        if (jobs->askers[i].until_ms > a->now_ms && strcmp(jobs->askers[i].member, a->member) == 0)
            return jobs->askers[i].may;
    struct finding finding = {a->member, a->asked->today, MAY_ASK};
    state_each_assignment(a->asked->state, note_role, &finding);
    struct asker *place = &jobs->askers[jobs->asker_next++ % ASKERS_MAX];
    snprintf(place->member, sizeof place->member, "%s", a->member);
    place->may = finding.may;
    place->until_ms = a->now_ms + ROLES_MS;
    return finding.may;
}

/* ---- arguments ---- */

static const struct datum *arg(const struct answering *a, const char *name)
{
    return datum_field(&a->question->args, name);
}

static int64_t int_arg(const struct answering *a, const char *name)
{
    const struct datum *datum = arg(a, name);
    return datum && datum->kind == DATUM_INT ? datum->integer : 0;
}

static bool text_copy(const struct datum *datum, char out[NAME_SIZE_MAX + 1])
{
    out[0] = '\0';
    if (!datum || datum->kind != DATUM_TEXT || datum->count > NAME_SIZE_MAX)
        return false;
    memcpy(out, datum->text, datum->count);
    out[datum->count] = '\0';
    return true;
}

/* NULL if it is left out. */
static const char *text_arg(const struct answering *a, const char *name,
                            char out[NAME_SIZE_MAX + 1])
{
    return text_copy(arg(a, name), out) ? out : NULL;
}

static void say(struct answering *a, const char *status, const char *sentence)
{
    a->status = NULL;
    reply_text(a->question->id, status, 0, sentence, a->out);
}

/* ---- rows ---- */

/* What it says: only to whoever brings it, for a list of jobs shall stay small. */
static void job_words(struct answering *a, const struct job_view *view, struct buffer *out)
{
    const char *const to[] = {view->recipient};
    struct notice_asked asked = {.key = view->key,
                                 .kind = job_kind_name(view->kind),
                                 .about = view->about,
                                 .day = view->day,
                                 .late_days = view->late_days,
                                 .to = to,
                                 .to_count = 1,
                                 .names = conf_yes(a->jobs->conf, "names", false)};
    if (view->state == JOB_LEASED)
        notice_row_write(a->asked->state, &asked, out);
    else
        pack_nil(out);
}

static void job_row(struct answering *a, const struct job *job)
{
    char day[DATE_TEXT_SIZE], due_text[DATE_TEXT_SIZE] = "";
    const char *name = "", *title = "", *due = "";
    struct job_view view;
    struct duty_view duty;
    struct buffer *out = &a->rows;
    job_view(job, &view);
    if (view.kind != KIND_told && state_duty(a->asked->state, view.about, &duty)) {
        name = duty.name;
        title = state_duty_title(a->asked->state, duty.name,
                                 conf_text(a->jobs->conf, "language", "zh"));
        due = date_text(duty.due, due_text);
    }
    pack_array(out, 20);
    pack_text(out, view.key);
    pack_int(out, view.token);
    pack_text(out, job_kind_name(view.kind));
    pack_int(out, view.about);
    pack_text(out, name);
    pack_text(out, title);
    pack_text(out, due);
    pack_text(out, date_text(view.day, day));
    pack_int(out, view.late_days);
    pack_text(out, view.recipient);
    pack_int(out, view.attempts);
    pack_int(out, view.number);
    pack_text(out, view.detail);
    pack_text(out, view.channel);
    pack_text(out, view.address);
    pack_int(out, view.group);
    pack_text(out, job_state_name(view.state));
    pack_int(out, view.until_ms > a->now_ms ? view.until_ms - a->now_ms : 0);
    pack_int(out, view.made_us);
    job_words(a, &view, out);
    a->count++;
}

/* ---- workers ---- */

static struct wall wall_now(const struct state *state)
{
    int64_t minutes = clock_now_us() / MINUTE_US + SHANGHAI_MIN;
    struct wall wall = {.day = clock_today(), .minute = (int32_t)(minutes % DAY_MINUTES)};
    wall.workday = state_is_workday(state, wall.day);
    return wall;
}

static bool channels_arg(struct answering *a, struct lease_request *request,
                         char names[QUEUE_CHANNELS_MAX][NAME_SIZE_MAX + 1],
                         const char *list[QUEUE_CHANNELS_MAX])
{
    const struct datum *channels = arg(a, "channels");
    if (!channels)
        return true;
    bool good = channels->kind == DATUM_LIST && channels->count <= QUEUE_CHANNELS_MAX;
    for (uint32_t i = 0; good && i < channels->count; i++) {
        good = text_copy(&channels->items[i], names[i]);
        list[i] = names[i];
    }
    if (!good) {
        say(a, "invalid", "lease: channels is a list of at most 32 names");
        return false;
    }
    request->channels = list;
    request->channel_count = channels->count;
    return true;
}

static void answer_lease(struct answering *a)
{
    const struct job *leased[LEASE_COUNT_MAX];
    char names[QUEUE_CHANNELS_MAX][NAME_SIZE_MAX + 1];
    const char *list[QUEUE_CHANNELS_MAX];
    int64_t count = int_arg(a, "count");
    struct lease_request request = {.lease_ms = int_arg(a, "lease_ms"), .count = 1};
    if (count > 0)
        request.count = count < LEASE_COUNT_MAX ? (unsigned)count : LEASE_COUNT_MAX;
    if (!channels_arg(a, &request, names, list))
        return;
    struct wall wall = wall_now(a->asked->state);
    unsigned found = queue_lease(a->jobs->model.queue, &request, a->now_ms, &wall, leased);
    for (unsigned i = 0; i < found; i++)
        job_row(a, leased[i]);
}

static struct lease_answer *lease_answered(struct answering *a)
{
    const struct envelope *envelope = a->asked->envelope;
    for (unsigned i = 0; i < LEASES_MAX; i++) {
        struct lease_answer *known = &a->jobs->leases[i];
        if (known->until_ms > a->now_ms && known->question == a->question->id &&
            known->route_size == envelope->route_size &&
            memcmp(known->route, envelope->route, envelope->route_size) == 0)
            return known;
    }
    return NULL;
}

static void lease_remember(struct answering *a)
{
    struct lease_answer *place = &a->jobs->leases[a->jobs->lease_next++ % LEASES_MAX];
    memcpy(place->route, a->asked->envelope->route, a->asked->envelope->route_size);
    place->route_size = a->asked->envelope->route_size;
    place->question = a->question->id;
    place->until_ms = a->now_ms + LEASE_AGAIN_MS;
    buffer_clear(&place->reply);
    buffer_add(&place->reply, a->out->data, a->out->size);
}

typedef bool each_named(struct answering *a, const char *key, const char *recipient, int64_t token);

static bool named_read(const struct datum *named, char key[NAME_SIZE_MAX + 1],
                       char recipient[NAME_SIZE_MAX + 1], int64_t *ret_token)
{
    if (named->kind != DATUM_LIST || named->count != 3 || !text_copy(&named->items[0], key) ||
        !text_copy(&named->items[1], recipient) || named->items[2].kind != DATUM_INT)
        return false;
    *ret_token = named->items[2].integer;
    return true;
}

/* One job by the args key, recipient, token, or several by `jobs`. Those that are refused are named
 * in the answer. */
static void answer_named(struct answering *a, each_named *each)
{
    const struct datum one[] = {arg(a, "key") ? *arg(a, "key") : datum_nil(),
                                arg(a, "recipient") ? *arg(a, "recipient") : datum_nil(),
                                datum_int(int_arg(a, "token"))};
    const struct datum single = datum_list(one, 3);
    const struct datum singles = datum_list(&single, 1);
    const struct datum *named = arg(a, "jobs") ? arg(a, "jobs") : &singles;
    char key[NAME_SIZE_MAX + 1], recipient[NAME_SIZE_MAX + 1];
    int64_t token;
    bool good = named->kind == DATUM_LIST && named->count <= NAMED_JOBS_MAX;
    for (uint32_t i = 0; good && i < named->count; i++)
        good = named_read(&named->items[i], key, recipient, &token);
    if (!good) {
        say(a, "invalid",
            "a job is named by key, recipient and token; up to 256 of them by jobs = [[key, "
            "recipient, token], ...]");
        return;
    }
    for (uint32_t i = 0; i < named->count; i++) {
        named_read(&named->items[i], key, recipient, &token);
        if (each(a, key, recipient, token))
            continue;
        a->status = "stale";
        pack_array(&a->rows, 2);
        pack_text(&a->rows, key);
        pack_text(&a->rows, recipient);
        a->count++;
    }
}

static bool each_extend(struct answering *a, const char *key, const char *recipient, int64_t token)
{
    return queue_extend(a->jobs->model.queue, key, recipient, token, int_arg(a, "lease_ms"),
                        a->now_ms);
}

static bool each_ack(struct answering *a, const char *key, const char *recipient, int64_t token)
{
    return queue_ack(a->jobs->model.queue, key, recipient, token, a->now_ms);
}

static bool each_nack(struct answering *a, const char *key, const char *recipient, int64_t token)
{
    char detail[NAME_SIZE_MAX + 1];
    text_copy(arg(a, "detail"), detail);
    struct nack nack = {
        .delay_ms = int_arg(a, "delay_ms"), .block_ms = int_arg(a, "block_ms"), .detail = detail};
    return queue_nack(a->jobs->model.queue, key, recipient, token, &nack, a->now_ms,
                      randombytes_random());
}

static void answer_extend(struct answering *a)
{
    answer_named(a, each_extend);
}

static void answer_ack(struct answering *a)
{
    answer_named(a, each_ack);
}

static void answer_nack(struct answering *a)
{
    answer_named(a, each_nack);
}

/* ---- operators ---- */

static void answer_redrive(struct answering *a)
{
    char key[NAME_SIZE_MAX + 1], recipient[NAME_SIZE_MAX + 1], channel[NAME_SIZE_MAX + 1];
    unsigned count = queue_redrive(a->jobs->model.queue, text_arg(a, "key", key),
                                   text_arg(a, "recipient", recipient),
                                   text_arg(a, "channel", channel), a->now_ms);
    trace("redrive", "jobs=%u", count);
    a->status = count ? "ok" : "stale";
    pack_array(&a->rows, 1);
    pack_int(&a->rows, count);
    a->count = 1;
}

static void channel_stop(struct answering *a, bool stop)
{
    char channel[NAME_SIZE_MAX + 1];
    struct fault fault;
    struct queue *queue = a->jobs->model.queue;
    if (!text_arg(a, "channel", channel) || !is_channel_name(channel)) {
        say(a, "invalid", "a channel's name has up to 31 letters a-z, digits, - and _");
        return;
    }
    if (!queue_stop(queue, channel, stop)) {
        say(a, "invalid", "there are 32 channels already");
        return;
    }
    if (stopped_set(&a->jobs->stopped, channel, a->member, stop, clock_now_us(), &fault) !=
        STATUS_OK) {
        queue_stop(queue, channel, !stop); /* what is not kept does not hold */
        say(a, "invalid", fault.text);
        return;
    }
    trace(stop ? "channel_stopped" : "channel_resumed", "channel=%s", channel);
}

static void answer_stop(struct answering *a)
{
    channel_stop(a, true);
}

static void answer_resume(struct answering *a)
{
    channel_stop(a, false);
}

static bool state_arg(struct answering *a, int *ret_state)
{
    char wanted[NAME_SIZE_MAX + 1];
    *ret_state = -1;
    if (!text_arg(a, "state", wanted) || !*wanted)
        return true;
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        if (strcmp(job_state_name((enum job_state)state), wanted) == 0)
            *ret_state = state;
    if (*ret_state < 0)
        say(a, "invalid", "list: state is pending, leased or dead");
    return *ret_state >= 0;
}

static void answer_list(struct answering *a)
{
    const struct job *found[LIST_ROWS_MAX];
    char recipient[NAME_SIZE_MAX + 1], channel[NAME_SIZE_MAX + 1];
    struct job_filter filter = {.channel = text_arg(a, "channel", channel),
                                .recipient = text_arg(a, "recipient", recipient)};
    const struct datum *after = arg(a, "after");
    int64_t limit = int_arg(a, "limit"), from = 0;
    if (!state_arg(a, &filter.state))
        return;
    if (after && after->kind == DATUM_BYTES && after->count == sizeof from)
        memcpy(&from, after->bytes, sizeof from);
    unsigned count = queue_list(
        a->jobs->model.queue, &filter, from,
        limit > 0 && limit < LIST_ROWS_MAX ? (unsigned)limit : LIST_ROWS_MAX, found, &a->next);
    for (unsigned i = 0; i < count; i++)
        job_row(a, found[i]);
}

static void figure(struct answering *a, const char *channel, const char *prefix, const char *name,
                   const char *suffix, int64_t value)
{
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s%s", prefix, name, suffix);
    pack_array(&a->rows, 3);
    pack_text(&a->rows, channel);
    pack_text(&a->rows, whole);
    pack_int(&a->rows, value);
    a->count++;
}

static void answer_figures(struct answering *a)
{
    struct channel_figures figures[QUEUE_CHANNELS_MAX];
    int64_t now_us = clock_now_us();
    unsigned count = queue_figures(a->jobs->model.queue, a->now_ms, figures);
    for (unsigned i = 0; i < count; i++) {
        const struct channel_figures *row = &figures[i];
        for (int state = 0; state < JOB_STATE_COUNT; state++) {
            const char *name = job_state_name((enum job_state)state);
            int64_t age_us = now_us - row->oldest_us[state];
            figure(a, row->channel, "", name, "", row->count[state]);
            figure(a, row->channel, "oldest_", name, "_ms",
                   row->oldest_us[state] && age_us > 0 ? age_us / 1000 : 0);
        }
        for (int rate = 0; rate < QUEUE_RATE_COUNT; rate++) {
            const char *name = queue_rate_name((enum queue_rate)rate);
            figure(a, row->channel, "", name, "_total", row->total[rate]);
            figure(a, row->channel, "", name, "_per_minute", row->minute[rate]);
        }
        figure(a, row->channel, "", "addresses_waiting", "", row->lanes_waiting);
        figure(a, row->channel, "", "stopped", "", row->stopped);
    }
}

/* ---- the table ---- */

static const struct {
    const char *name;
    unsigned may; /* one of these is needed */
    void (*answer)(struct answering *);
} requests[] = {{"lease", MAY_WORK, answer_lease},
                {"extend", MAY_WORK, answer_extend},
                {"ack", MAY_WORK, answer_ack},
                {"nack", MAY_WORK, answer_nack},
                {"redrive", MAY_WORK | MAY_RUN, answer_redrive},
                {"list", MAY_WORK | MAY_RUN | MAY_READ, answer_list},
                {"figures", MAY_ASK, answer_figures},
                {"stop", MAY_RUN, answer_stop},
                {"resume", MAY_RUN, answer_resume}};

static int request_find(const struct question *question)
{
    for (int i = 0; i < (int)(sizeof requests / sizeof requests[0]); i++)
        if (strlen(requests[i].name) == question->name.size &&
            memcmp(requests[i].name, question->name.data, question->name.size) == 0)
            return i;
    return -1;
}

void jobs_answer(struct jobs *jobs, const struct jobs_asked *asked, const struct question *question,
                 struct buffer *out)
{
    struct answering a = {.jobs = jobs,
                          .asked = asked,
                          .question = question,
                          .now_ms = clock_mono_ms(),
                          .status = "ok",
                          .out = out};
    int request = request_find(question);
    bool may = request >= 0 && requests[request].may & may_of(&a);
    bool lease = may && requests[request].answer == answer_lease;
    const struct lease_answer *again = lease ? lease_answered(&a) : NULL;
    if (again) {
        buffer_add(out, again->reply.data, again->reply.size);
        return;
    }
    buffer_init(&a.rows);
    if (request < 0)
        say(&a, "invalid", "known: lease extend ack nack redrive list figures stop resume");
    else if (!may)
        say(&a, "refused",
            "lease, extend, ack and nack need the role notifier, stop and resume the role system, "
            "redrive one of these, list one of these or auditor");
    else
        requests[request].answer(&a);
    if (a.status) {
        struct reply reply = {.id = question->id,
                              .status = a.status,
                              .rows = a.rows.data,
                              .rows_size = a.rows.size,
                              .row_count = a.count,
                              .next = a.next ? &a.next : NULL,
                              .next_size = sizeof a.next};
        reply_write(&reply, out);
    }
    if (lease && a.count)
        lease_remember(&a);
    buffer_done(&a.rows);
}
