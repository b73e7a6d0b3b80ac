/* notice.c - the words come with the notice, or from the program's texts (core/notice_text.h). */
#include "cmd/notify/notice.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "core/date.h"
#include "core/notice_text.h"
#include "events/tree.h"

static bool is_zh(const struct notice *notice)
{
    return strcmp(notice->language, "en") != 0;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void worded_here(const struct notice *notice, struct buffer *subject, struct buffer *body)
{
    enum notice_kind kind = notice_kind_of(notice->kind);
    bool told = kind == NOTICE_told;
    struct notice_facts facts = {.kind = kind == NOTICE_KIND_COUNT ? NOTICE_any : kind,
                                 .key = notice->key,
                                 .name = notice->name,
                                 .title_zh = notice->title,
                                 .title_en = notice->title,
                                 .unit = or_empty(notice->unit),
                                 .pack = or_empty(notice->pack),
                                 .rules = or_empty(notice->rules),
                                 .subjects = or_empty(notice->subjects),
                                 .due = date_parse(notice->due),
                                 .day = date_parse(notice->day),
                                 .number = told ? 0 : notice->about,
                                 .case_number = told ? notice->about : notice->case_number,
                                 .late_days = notice->late_days};
    notice_render(NULL, &facts, notice->language, subject, body);
}

static void words_of(const struct notice *notice, struct buffer *subject, struct buffer *body)
{
    if (!notice->subject || !notice->body) {
        worded_here(notice, subject, body);
        return;
    }
    buffer_add_text(subject, notice->subject);
    buffer_add_text(body, notice->body);
}

void notices_subject(const struct notice *notices, unsigned count, struct buffer *out)
{
    struct buffer body;
    buffer_init(&body);
    if (count == 1)
        words_of(notices, out, &body);
    else
        buffer_addf(out, is_zh(notices) ? "【纪实】%u 项提醒" : "[Jishi] %u reminders", count);
    buffer_done(&body);
}

void notices_text(const struct notice *notices, unsigned count, struct buffer *out)
{
    struct buffer body;
    buffer_init(&body);
    for (unsigned i = 0; i < count; i++) {
        if (count > 1)
            buffer_addf(out, "%s%u. ", i ? "\n" : "", i + 1);
        buffer_clear(&body);
        words_of(&notices[i], out, &body);
        buffer_addf(out, "\n\n%s", buffer_text(&body));
    }
    buffer_done(&body);
}

void notices_brief(const struct notice *notices, unsigned count, struct buffer *out)
{
    if (count == 1) {
        notices_text(notices, 1, out);
        return;
    }
    notices_subject(notices, count, out);
    for (unsigned i = 0; i < count; i++) {
        buffer_addf(out, "\n%u. ", i + 1);
        notices_subject(&notices[i], 1, out);
    }
}

static void add_escaped(const char *text, size_t length, struct buffer *out)
{
    for (size_t i = 0; i < length; i++)
        switch (text[i]) {
        case '&': buffer_add_text(out, "&amp;"); break;
        case '<': buffer_add_text(out, "&lt;"); break;
        case '>': buffer_add_text(out, "&gt;"); break;
        case '"': buffer_add_text(out, "&quot;"); break;
        default: buffer_add_char(out, text[i]);
        }
}

/* Empty lines part paragraphs. */
static void add_paragraphs(const char *text, struct buffer *out)
{
    bool open = false;
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (length) {
            buffer_add_text(out, open ? "<br>\n" : "<p>");
            add_escaped(text, length, out);
        } else if (open) {
            buffer_add_text(out, "</p>\n");
        }
        open = length > 0;
        text += length + (text[length] == '\n');
    }
    buffer_add_text(out, open ? "</p>\n" : "");
}

void notices_html(const struct notice *notices, unsigned count, struct buffer *out)
{
    struct buffer subject, body;
    buffer_init(&subject);
    buffer_init(&body);
    notices_subject(notices, count, &subject);
    buffer_addf(out, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>",
                is_zh(notices) ? "zh-CN" : "en");
    add_escaped(buffer_text(&subject), subject.size, out);
    buffer_add_text(out, "</title></head>\n<body>\n");
    for (unsigned i = 0; i < count; i++) {
        buffer_clear(&subject);
        buffer_clear(&body);
        words_of(&notices[i], &subject, &body);
        buffer_add_text(out, "<h2>");
        add_escaped(buffer_text(&subject), subject.size, out);
        buffer_add_text(out, "</h2>\n");
        add_paragraphs(buffer_text(&body), out);
    }
    buffer_add_text(out, "</body></html>\n");
    buffer_done(&subject);
    buffer_done(&body);
}

void notices_key(const struct notice *notices, unsigned count, struct buffer *out)
{
    struct buffer keys;
    uint8_t digest[DIGEST_SIZE];
    char hex[33];
    if (count == 1) {
        buffer_add_text(out, notices->key);
        return;
    }
    buffer_init(&keys);
    for (unsigned i = 0; i < count; i++)
        buffer_addf(&keys, "%s\n", notices[i].key);
    sha256(keys.data, keys.size, digest);
    sodium_bin2hex(hex, sizeof hex, digest, 16);
    buffer_addf(out, "digest/%s", hex);
    buffer_done(&keys);
}
