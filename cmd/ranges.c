/* ranges.c - pieces of the log, see ranges.h. A peer that does not read its answers loses them (the
 * send buffer of a peer is RANGE_OUTSTANDING messages), so a slow reader costs the server next to
 * nothing. */
#include "cmd/ranges.h"

#include <string.h>
#include <zmq.h>

#include "cmd/clock.h"
#include "cmd/intake.h"
#include "cmd/limits.h"
#include "cmd/socket.h"
#include "events/codec.h"

static void pack_invalid(struct buffer *out, int64_t id, const char *text)
{
    pack_array(out, 4);
    pack_text(out, "ja1");
    pack_int(out, id);
    pack_text(out, "invalid");
    pack_text(out, text);
}

/* When the last of `entries` was recorded; 0 for none. */
static int64_t last_recorded_at(const struct buffer *entries)
{
    int64_t recorded = 0;
    for (size_t at = 0; at + 4 <= entries->size;) {
        size_t size = entry_framed_size((const uint8_t *)entries->data + at);
        struct entry_head head;
        if (at + 4 + size >= entries->size &&
            entry_peek(entries->data + at + 4, size, &head, NULL) == STATUS_OK)
            recorded = head.recorded_at_us;
        at += 4 + size;
    }
    return recorded;
}

static void answer_range(struct ranges *ranges, const struct request *request)
{
    struct buffer *entries = &ranges->entries;
    struct buffer *out = &ranges->answer;
    struct fault fault;
    int64_t count = 0;
    int64_t count_max = request->count_max < 0 || request->count_max > RANGE_COUNT_MAX
                            ? RANGE_COUNT_MAX
                            : request->count_max;
    size_t bytes_max = request->bytes_max <= 0 || request->bytes_max > RANGE_BYTES_MAX
                           ? RANGE_BYTES_MAX
                           : (size_t)request->bytes_max;
    int64_t size = log_durable(ranges->office->log);
    buffer_clear(entries);
    enum status status = log_read_range(ranges->office->log, request->from, count_max, bytes_max,
                                        entries, &count, &fault);
    if (status != STATUS_OK) {
        pack_invalid(out, request->id, fault.text);
    } else {
        pack_array(out, 8);
        pack_text(out, "ja1");
        pack_int(out, request->id);
        pack_text(out, "range");
        pack_int(out, request->from);
        pack_int(out, count);
        pack_bytes(out, entries->data, entries->size);
        pack_int(out, size);
        pack_int(out, last_recorded_at(entries));
    }
}

static void on_range(void *user)
{
    struct ranges *ranges = user;
    struct buffer *message = &ranges->message;
    struct buffer *out = &ranges->answer;
    struct envelope envelope;
    int32_t today = office_today(ranges->office);
    for (int i = 0; i < TURN_RANGES_MAX; i++) {
        struct request request;
        struct fault fault;
        int taken = socket_take(ranges->socket, &envelope, message);
        if (taken == 0)
            break;
        if (taken < 0 || !roster_may_read_log(ranges->office->roster, envelope.user, today))
            continue;
        buffer_clear(out);
        enum status status =
            request_read(message->data, message->size, &ranges->arena, &request, &fault);
        if (status == STATUS_OK && request.kind == REQUEST_RANGE)
            answer_range(ranges, &request);
        else if (request.id >= 0)
            pack_invalid(out, request.id,
                         status == STATUS_OK ? "only ranges are served here" : fault.text);
        if (out->size > 0)
            socket_answer(ranges->socket, &envelope, out->data, out->size);
        arena_reset(&ranges->arena);
    }
}

enum status ranges_start(struct ranges *ranges, uv_loop_t *loop, void *context,
                         struct office *office, const char *address, struct fault *fault)
{
    *ranges = (struct ranges){.office = office};
    struct serve_options options = {ZMQ_ROUTER, "ranges", &office->server, RANGE_OUTSTANDING,
                                    address};
    enum status status = socket_serve(context, &options, &ranges->socket, fault);
    if (status != STATUS_OK)
        return status;
    arena_init(&ranges->arena, 0);
    buffer_init(&ranges->message);
    buffer_init(&ranges->entries);
    buffer_init(&ranges->answer);
    ranges->watch = zmq_watch_start(loop, ranges->socket, on_range, ranges);
    return STATUS_OK;
}

void ranges_stop(struct ranges *ranges)
{
    if (!ranges->socket)
        return;
    zmq_watch_stop(ranges->watch);
    zmq_close(ranges->socket);
    ranges->socket = NULL;
    arena_done(&ranges->arena);
    buffer_done(&ranges->message);
    buffer_done(&ranges->entries);
    buffer_done(&ranges->answer);
}
