/* question.c - the two shapes of queries and jobs. */
#include "cmd/wire/question.h"

#include "cmd/limits.h"
#include "events/codec.h"

enum status question_read(const void *bytes, size_t size, struct arena *arena, struct question *ret,
                          struct fault *fault)
{
    static const struct codec_limits limits = {REQUEST_SIZE_MAX, REQUEST_DEPTH_MAX,
                                               REQUEST_NODES_MAX};
    struct datum message;
    struct fields_reader fields;
    ret->id = -1;
    enum status status = datum_unpack(bytes, size, &limits, arena, &message, fault);
    if (status != STATUS_OK)
        return status;
    fields_open(&fields, &message);
    struct text_view form = fields_text(&fields, "form", 8);
    int64_t id = fields_int(&fields, "request id");
    if (!fields.ok || form.size != 3 || memcmp(form.data, "jq1", 3) != 0 || id < 0)
        return fault_set(fault, STATUS_INVALID, "no question: [\"jq1\", id, name, args, at_least]");
    ret->id = id;
    ret->name = fields_text(&fields, "name", NAME_SIZE_MAX);
    const struct datum *args = fields_list(&fields, "args", COMMAND_LIST_MAX);
    ret->at_least = fields_int(&fields, "at_least");
    if (!fields_done(&fields))
        return fault_set(fault, STATUS_INVALID, "the question breaks its form at %s",
                         fields.what ? fields.what : "its end");
    ret->args = *args;
    return STATUS_OK;
}

void reply_write(const struct reply *reply, struct buffer *out)
{
    pack_array(out, 6);
    pack_text(out, "jb1");
    pack_int(out, reply->id);
    pack_text(out, reply->status);
    pack_int(out, reply->position);
    pack_array(out, reply->row_count);
    if (reply->rows_size)
        buffer_add(out, reply->rows, reply->rows_size);
    if (reply->next)
        pack_bytes(out, reply->next, reply->next_size);
    else
        pack_nil(out);
}

void reply_text(int64_t id, const char *status, int64_t position, const char *text,
                struct buffer *out)
{
    struct buffer row;
    buffer_init(&row);
    pack_array(&row, 1);
    pack_text(&row, text);
    struct reply reply = {.id = id,
                          .status = status,
                          .position = position,
                          .rows = row.data,
                          .rows_size = row.size,
                          .row_count = 1};
    reply_write(&reply, out);
    buffer_done(&row);
}
