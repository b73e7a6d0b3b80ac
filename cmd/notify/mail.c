/* mail.c - base64 for everything that is not ASCII; lines of at most 76 characters. */
#include "cmd/notify/mail.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "events/tree.h"

#define WORD_BYTES_MAX 42 /* of UTF-8 in one encoded word: 12 + 56 characters */

static bool is_zh(const struct notice *notice)
{
    return strcmp(notice->language, "en") != 0;
}

static const char *kind_words(const struct notice *notice)
{
    static const struct {
        const char *kind, *zh, *en;
    } words[] = {{"before", "提醒", "Reminder"},
                 {"overdue", "逾期", "Overdue"},
                 {"superior", "逾期报上级", "Overdue, to the superior"},
                 {"supervisor", "逾期报督办机关", "Overdue, to the supervisor"},
                 {"told", "告知", "Notice"}};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].kind, notice->kind) == 0)
            return is_zh(notice) ? words[i].zh : words[i].en;
    return notice->kind;
}

void notice_subject(const struct notice *notice, struct buffer *out)
{
    bool zh = is_zh(notice);
    buffer_addf(out, zh ? "【纪实】%s：" : "[Jishi] %s: ", kind_words(notice));
    if (*notice->name)
        buffer_addf(out, zh ? "%s（%s），%s 到期" : "%s (%s), due %s", notice->title, notice->name,
                    notice->due);
    else
        buffer_addf(out, zh ? "事项 %lld" : "case %lld", (long long)notice->about);
}

void notice_body(const struct notice *notice, struct buffer *out)
{
    bool zh = is_zh(notice);
    notice_subject(notice, out);
    buffer_add_text(out, "\n\n");
    if (*notice->name) {
        buffer_addf(out, zh ? "期限编号：%lld\n" : "duty: %lld\n", (long long)notice->about);
        buffer_addf(out, zh ? "到期日：%s（当日24时止）\n" : "due: %s (to the end of that day)\n",
                    notice->due);
    }
    buffer_addf(out, zh ? "提醒日：%s\n" : "day of this notice: %s\n", notice->day);
    if (notice->late_days > 0)
        buffer_addf(out, zh ? "本提醒迟发 %lld 天\n" : "this notice goes out %lld days late\n",
                    (long long)notice->late_days);
    buffer_addf(out, zh ? "\n提醒编号：%s\n" : "\nkey: %s\n", notice->key);
}

static void base64(const void *bytes, size_t size, struct buffer *out)
{
    char text[200];
    sodium_bin2base64(text, sizeof text, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    buffer_add_text(out, text);
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e || *text == '=')
            return false;
    return true;
}

void mail_header_text(const char *text, struct buffer *out)
{
    size_t size = strlen(text);
    if (is_plain(text)) {
        buffer_add_text(out, text);
        return;
    }
    for (size_t at = 0; at < size;) {
        size_t length = size - at < WORD_BYTES_MAX ? size - at : WORD_BYTES_MAX;
        while (length < size - at && ((unsigned char)text[at + length] & 0xc0) == 0x80)
            length--; /* not inside a character */
        buffer_add_text(out, at ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
        base64(text + at, length, out);
        buffer_add_text(out, "?=");
        at += length;
    }
}

static void body_base64(const char *text, struct buffer *out)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size; at += 57) {
        base64(text + at, size - at < 57 ? size - at : 57, out);
        buffer_add_text(out, "\r\n");
    }
}

void mail_write(const struct notice *notice, const char *origin, const char *from, const char *to,
                int64_t now_us, struct buffer *out)
{
    struct buffer text;
    struct tm tm;
    time_t now = (time_t)(now_us / 1000000);
    char date[64], hex[33];
    uint8_t digest[DIGEST_SIZE];
    buffer_init(&text);
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm);
    sha256(notice->key, strlen(notice->key), digest);
    sodium_bin2hex(hex, sizeof hex, digest, 16);
    buffer_addf(out, "From: %s\r\nTo: %s\r\nSubject: ", from, to);
    notice_subject(notice, &text);
    mail_header_text(buffer_text(&text), out);
    buffer_addf(out, "\r\nDate: %s\r\nMessage-ID: <%s.%zu@jishi>\r\nX-Jishi-Key: %s\r\n", date, hex,
                strlen(origin), notice->key);
    buffer_add_text(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: "
                         "text/plain; charset=UTF-8\r\n"
                         "Content-Transfer-Encoding: base64\r\n\r\n");
    buffer_clear(&text);
    notice_body(notice, &text);
    body_base64(buffer_text(&text), out);
    buffer_done(&text);
}
