/* send.c - see send.h. */
#include "cmd/import/send.h"

#include <stdio.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/options.h"
#include "cmd/plain.h"

#define BUNDLE_JSON_MAX                                                                            \
    45000 /* bytes; the same in msgpack is shorter, with room for signature and salts */
#define PROGRESS_MS 1000

struct sending {
    struct jishi_client *client;
    const struct trial *trial;
    int timeout_ms;
    struct sent *sent;
    struct jishi_command *commands[BUNDLE_MAX];
    size_t count, bytes, first; /* of the bundle; place of its first command */
    int64_t began_ms, said_ms;
};

static void progress(struct sending *sending, bool last)
{
    int64_t now_ms = clock_mono_ms(), passed = now_ms - sending->began_ms;
    size_t done = sending->sent->accepted + sending->sent->known;
    if (!last && now_ms - sending->said_ms < PROGRESS_MS)
        return;
    sending->said_ms = now_ms;
    fprintf(stderr,
            in_words("已入库 %zu/%zu，每秒 %lld 条\n", "%zu of %zu recorded, %lld a second\n"),
            done, sending->trial->ready_count,
            passed > 0 ? (long long)done * 1000 / (long long)passed : 0LL);
}

static void answer_note(struct sending *sending, size_t index, const struct jishi_answer *answer)
{
    const struct plan_item *item = sending->trial->ready[index].item;
    struct sent *sent = sending->sent;
    switch (answer->status) {
    case JISHI_ACCEPTED: sent->accepted++; return;
    case JISHI_CONFLICT: sent->known++; return;
    case JISHI_UNKNOWN:
    case JISHI_ERROR: sent->unknown = true; break;
    case JISHI_REFUSED:
    case JISHI_INVALID: sent->refused++; break;
    }
    plain_line(stderr, "%s:%u: %s", item->from->sheet.path, item->row->line, answer->json);
}

static bool bundle_send(struct sending *sending)
{
    struct jishi_answer answers[BUNDLE_MAX];
    if (sending->count == 0)
        return true;
    jishi_do_bundle(sending->client, sending->commands, sending->count, sending->timeout_ms,
                    answers);
    for (size_t i = 0; i < sending->count; i++) {
        answer_note(sending, sending->first + i, &answers[i]);
        jishi_answer_done(&answers[i]);
        jishi_command_free(sending->commands[i]);
    }
    sending->first += sending->count;
    sending->count = sending->bytes = 0;
    progress(sending, false);
    return !sending->sent->unknown && !sending->sent->refused;
}

void send_all(struct jishi_client *client, const struct trial *trial, int timeout_ms,
              struct sent *ret_sent)
{
    static struct sending sending;
    char error[JISHI_ERROR_SIZE] = "";
    *ret_sent = (struct sent){0};
    sending = (struct sending){.client = client,
                               .trial = trial,
                               .timeout_ms = timeout_ms,
                               .sent = ret_sent,
                               .began_ms = clock_mono_ms()};
    sending.said_ms = sending.began_ms;
    bool good = true;
    for (size_t i = 0; good && i < trial->ready_count; i++) {
        size_t size = strlen(trial->ready[i].json);
        if (sending.count == BUNDLE_MAX || sending.bytes + size > BUNDLE_JSON_MAX)
            good = bundle_send(&sending);
        struct jishi_command *command =
            good ? jishi_command(client, trial->ready[i].json, error) : NULL;
        if (good && !command) {
            plain_line(stderr, "%s:%u: %s", trial->ready[i].item->from->sheet.path,
                       trial->ready[i].item->row->line, error);
            ret_sent->refused++;
            good = false;
        }
        if (command) {
            sending.commands[sending.count++] = command;
            sending.bytes += size + 200;
        }
    }
    bundle_send(&sending);
    progress(&sending, true);
}
