/* webhook.c - a reminder as a CloudEvents 1.0 event (structured JSON), signed as Standard Webhooks
 * has it: cmd/README.md says what a receiver checks. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/clock.h"
#include "cmd/notify/http.h"
#include "cmd/notify/sign.h"
#include "core/check.h"
#include "core/command.h"

#define HEADER_SIZE (3 * (NAME_SIZE_MAX + TARGET_WHO_MAX) + 64)
#define EVENT_TYPE  "jishi.reminder." /* and the kind; jishi.digest for several */

/* For headers and URI-references: everything but letters, digits and -._~/ as %XX. */
static void add_encoded(const char *text, struct buffer *out)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~/", c))
            buffer_add_char(out, (char)c);
        else
            buffer_addf(out, "%%%02X", c);
    }
}

/* One event for each reminder and recipient, however often it is sent. */
static void event_id(const struct notice *notices, unsigned count, const char *who,
                     struct buffer *out)
{
    struct buffer key;
    buffer_init(&key);
    notices_key(notices, count, &key);
    add_encoded(buffer_text(&key), out);
    if (*who) {
        buffer_add_text(out, "/to/");
        add_encoded(who, out);
    }
    buffer_done(&key);
}

static void set_text(json_t *json, const char *name, const char *text)
{
    if (text && *text)
        json_object_set_new(json, name, json_string(text));
}

static json_t *rules_json(const char *rules)
{
    json_t *list = json_array();
    while (rules && *rules) {
        size_t length = strcspn(rules, " ");
        json_array_append_new(list, json_stringn(rules, length));
        rules += length + strspn(rules + length, " ");
    }
    return list;
}

static json_t *reminder_json(const struct notice *notice)
{
    struct buffer subject, text;
    buffer_init(&subject);
    buffer_init(&text);
    notices_subject(notice, 1, &subject);
    notices_text(notice, 1, &text);
    bool told = strcmp(notice->kind, "told") == 0;
    int64_t case_number = told ? notice->about : notice->case_number;
    json_t *json =
        json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:s}", "key", notice->key, "kind", notice->kind, "day",
                  notice->day, "late_days", (json_int_t)notice->late_days, "language",
                  strcmp(notice->language, "en") == 0 ? "en" : "zh", "subject",
                  buffer_text(&subject), "text", buffer_text(&text));
    CHECK(json != NULL);
    set_text(json, "name", notice->name);
    set_text(json, "title", notice->title);
    set_text(json, "due", notice->due);
    set_text(json, "pack", notice->pack);
    set_text(json, "unit", notice->unit);
    if (!told)
        json_object_set_new(json, "duty", json_integer(notice->about));
    if (case_number)
        json_object_set_new(json, "case", json_integer(case_number));
    json_object_set_new(json, "rules", rules_json(notice->rules));
    if (notice->subjects && *notice->subjects)
        json_object_set_new(json, "subjects", rules_json(notice->subjects));
    buffer_done(&subject);
    buffer_done(&text);
    return json;
}

static json_t *data_json(const struct notice *notices, unsigned count, const char *who)
{
    json_t *data, *list;
    if (count == 1) {
        data = reminder_json(notices);
    } else {
        list = json_array();
        for (unsigned i = 0; i < count; i++)
            json_array_append_new(list, reminder_json(&notices[i]));
        data = json_pack("{s:o}", "reminders", list);
    }
    set_text(data, "recipient", who);
    return data;
}

static void body_write(const struct notice *notices, unsigned count, const char *who,
                       const char *origin, int64_t now_s, const char *id, struct buffer *out)
{
    char time_text[32];
    struct tm tm;
    time_t now = (time_t)now_s;
    struct buffer source, type;
    buffer_init(&source);
    buffer_init(&type);
    gmtime_r(&now, &tm);
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    buffer_add_text(&source, "//");
    add_encoded(origin, &source);
    buffer_addf(&type, "%s%s", count == 1 ? EVENT_TYPE : "jishi.digest",
                count == 1 ? notices->kind : "");
    json_t *event =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "specversion", "1.0", "id", id, "source",
                  buffer_text(&source), "type", buffer_text(&type), "time", time_text,
                  "datacontenttype", "application/json", "data", data_json(notices, count, who));
    char *text = json_dumps(event, JSON_COMPACT);
    CHECK(text != NULL);
    buffer_add_text(out, text);
    free(text);
    json_decref(event);
    buffer_done(&source);
    buffer_done(&type);
}

static enum status post(const struct channel_options *options, const struct target *target,
                        const char *secret, const char *id, const struct buffer *body,
                        struct channel_outcome *ret_outcome, struct fault *fault)
{
    char idempotency[HEADER_SIZE], key[HEADER_SIZE], stamp[64], signature[128];
    char sign[SIGNATURE_TEXT_SIZE];
    const char *headers[] = {"Content-Type: application/cloudevents+json; charset=UTF-8",
                             idempotency,
                             key,
                             stamp,
                             signature,
                             NULL};
    int64_t now_s = clock_now_us() / 1000000;
    struct http_answer answer;
    snprintf(idempotency, sizeof idempotency, "Idempotency-Key: \"%s\"", id);
    snprintf(key, sizeof key, "webhook-id: %s", id);
    snprintf(stamp, sizeof stamp, "webhook-timestamp: %lld", (long long)now_s);
    webhook_sign(secret, id, now_s, body, sign);
    snprintf(signature, sizeof signature, "webhook-signature: v1,%s", sign);
    struct http_request request = {target_setting(options, target, "url", ""), headers, body->data,
                                   body->size};
    enum status status = http_post(options, target, &request, &answer, ret_outcome, fault);
    if (status == STATUS_OK)
        status = http_outcome(target, &answer, ret_outcome, fault);
    buffer_done(&answer.body);
    return status;
}

enum status webhook_send(const struct channel_options *options, const struct notice *notices,
                         unsigned count, const char *address, struct channel_outcome *ret_outcome,
                         struct fault *fault)
{
    struct target target;
    struct buffer secret, id, body;
    *ret_outcome = (struct channel_outcome){0};
    buffer_init(&secret);
    buffer_init(&id);
    buffer_init(&body);
    enum status status = target_read("webhook", address, &target, fault);
    if (status == STATUS_OK && !*target_setting(options, &target, "url", ""))
        status =
            fault_set(fault, STATUS_NOT_FOUND, "jishi.conf names no webhook.%s.url", target.name);
    if (status == STATUS_OK && !*target_setting(options, &target, "secret_file", ""))
        status = fault_set(fault, STATUS_NOT_FOUND, "jishi.conf names no webhook.%s.secret_file",
                           target.name);
    if (status == STATUS_OK)
        status = target_secret(options, &target, "secret_file", &secret, fault);
    ret_outcome->permanent = status != STATUS_OK;
    if (status == STATUS_OK) {
        event_id(notices, count, target.who, &id);
        body_write(notices, count, target.who, options->origin, clock_now_us() / 1000000,
                   buffer_text(&id), &body);
        status = post(options, &target, buffer_text(&secret), buffer_text(&id), &body, ret_outcome,
                      fault);
    }
    secret_done(&secret);
    buffer_done(&id);
    buffer_done(&body);
    return status;
}
