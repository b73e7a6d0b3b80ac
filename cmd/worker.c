/* worker.c - requests to the queue of reminders, see worker.h. */
#include "cmd/worker.h"

#include <stdio.h>
#include <string.h>

#include "cmd/notice_row.h"
#include "core/command.h"
#include "events/codec.h"

#define TITLE_MAX  1000
#define DETAIL_MAX 120

static enum status ask(struct worker *worker, struct buffer *request, int64_t id,
                       struct arena *arena, struct datum *ret_answer)
{
    struct fault fault;
    enum status status = client_ask(worker->client, PORT_JOBS, id, request, worker->timeout_ms,
                                    arena, ret_answer, &fault);
    if (status == STATUS_OK && (ret_answer->kind != DATUM_LIST || ret_answer->count != 6 ||
                                ret_answer->items[4].kind != DATUM_LIST))
        status = STATUS_INVALID;
    return status;
}

static int64_t begin(struct worker *worker, const char *name, size_t args, struct buffer *out)
{
    int64_t id = client_next_id(worker->client);
    buffer_init(out);
    pack_array(out, 5);
    pack_text(out, "jq1");
    pack_int(out, id);
    pack_text(out, name);
    pack_array(out, args);
    return id;
}

static void arg_name(struct buffer *out, const char *name)
{
    pack_array(out, 2);
    pack_text(out, name);
}

static void arg_int(struct buffer *out, const char *name, int64_t value)
{
    arg_name(out, name);
    pack_int(out, value);
}

/* ---- lease ---- */

static const char *text_of(struct fields_reader *fields, const char *what, size_t size_max,
                           struct arena *arena)
{
    struct text_view view = fields_text(fields, what, size_max);
    return fields->ok ? arena_text_n(arena, view.data, view.size) : "";
}

static bool row_read(struct worker *worker, const struct datum *row, struct arena *arena,
                     struct worker_job *ret_job)
{
    struct fields_reader fields;
    struct worker_job job = {.token = 0};
    fields_open(&fields, row);
    job.notice.key = text_of(&fields, "key", NAME_SIZE_MAX, arena);
    job.token = fields_int(&fields, "token");
    job.notice.kind = text_of(&fields, "kind", 16, arena);
    job.notice.about = fields_int(&fields, "about");
    job.notice.name = text_of(&fields, "name", TITLE_MAX, arena);
    job.notice.title = text_of(&fields, "title", TITLE_MAX, arena);
    job.notice.due = text_of(&fields, "due", 10, arena);
    job.notice.day = text_of(&fields, "day", 10, arena);
    job.notice.late_days = fields_int(&fields, "late_days");
    job.recipient = text_of(&fields, "recipient", NAME_SIZE_MAX, arena);
    job.attempts = fields_int(&fields, "attempts");
    fields_int(&fields, "number");
    fields_text(&fields, "detail", NAME_SIZE_MAX);
    job.channel = text_of(&fields, "channel", NAME_SIZE_MAX, arena);
    job.address = text_of(&fields, "address", TITLE_MAX, arena);
    job.group = fields_int(&fields, "group");
    fields_text(&fields, "state", 16);
    fields_int(&fields, "until");
    fields_int(&fields, "made");
    const struct datum *words = fields_take(&fields, "words");
    job.notice.language = worker->language;
    if (!fields.ok || !notice_row_read(words, arena, &job.notice))
        return false;
    *ret_job = job;
    return true;
}

unsigned worker_lease(struct worker *worker, struct arena *arena,
                      struct worker_job ret_jobs[WORKER_JOBS_MAX])
{
    struct buffer request;
    struct datum answer;
    unsigned count = 0;
    int64_t id = begin(worker, "lease", 3, &request);
    arg_int(&request, "count", worker->count ? worker->count : WORKER_JOBS_MAX);
    arg_int(&request, "lease_ms", worker->lease_ms);
    arg_name(&request, "channels");
    pack_array(&request, worker->channel_count);
    for (unsigned i = 0; i < worker->channel_count; i++)
        pack_text(&request, worker->channels[i]);
    pack_int(&request, 0);
    if (ask(worker, &request, id, arena, &answer) == STATUS_OK)
        for (uint32_t i = 0; i < answer.items[4].count && count < WORKER_JOBS_MAX; i++)
            count += row_read(worker, &answer.items[4].items[i], arena, &ret_jobs[count]);
    buffer_done(&request);
    return count;
}

/* ---- what became of it ---- */

static void jobs_name(struct buffer *out, struct worker_job *const *jobs, unsigned count)
{
    arg_name(out, "jobs");
    pack_array(out, count);
    for (unsigned i = 0; i < count; i++) {
        pack_array(out, 3);
        pack_text(out, jobs[i]->notice.key);
        pack_text(out, jobs[i]->recipient);
        pack_int(out, jobs[i]->token);
    }
}

static void tell(struct worker *worker, struct buffer *request, int64_t id)
{
    struct arena arena;
    struct datum answer;
    arena_init(&arena, 0);
    pack_int(request, 0);
    ask(worker, request, id, &arena, &answer); /* unheard: the lease runs out by itself */
    buffer_done(request);
    arena_done(&arena);
}

void worker_extend(struct worker *worker, struct worker_job *const *jobs, unsigned count)
{
    struct buffer request;
    if (!count)
        return;
    int64_t id = begin(worker, "extend", 2, &request);
    jobs_name(&request, jobs, count);
    arg_int(&request, "lease_ms", worker->lease_ms);
    tell(worker, &request, id);
}

void worker_ack(struct worker *worker, struct worker_job *const *jobs, unsigned count)
{
    struct buffer request;
    if (!count)
        return;
    int64_t id = begin(worker, "ack", 1, &request);
    jobs_name(&request, jobs, count);
    tell(worker, &request, id);
}

void worker_nack(struct worker *worker, struct worker_job *const *jobs, unsigned count,
                 int64_t block_ms, const char *detail)
{
    struct buffer request;
    char text[DETAIL_MAX + 1];
    if (!count)
        return;
    size_t size = strlen(detail);
    size = size < DETAIL_MAX ? size : DETAIL_MAX;
    while (size > 0 && size < strlen(detail) && ((unsigned char)detail[size] & 0xc0) == 0x80)
        size--; /* never inside a character */
    snprintf(text, sizeof text, "%.*s", (int)size, detail);
    int64_t id = begin(worker, "nack", 3, &request);
    jobs_name(&request, jobs, count);
    arg_int(&request, "block_ms", block_ms);
    arg_name(&request, "detail");
    pack_text(&request, text_is_utf8(text, strlen(text)) ? text : "an error in no known encoding");
    tell(worker, &request, id);
}
