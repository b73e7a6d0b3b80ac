/* mail.c - base64 for everything that is not ASCII; lines of at most 76 characters. */
#include "cmd/notify/mail.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/notify/invitation.h"
#include "core/date.h"
#include "events/tree.h"

#define WORD_BYTES_MAX      42 /* of UTF-8 in one encoded word: 12 + 56 characters */
#define FILE_NAME_BYTES_MAX 60 /* of a title in a file name: the rest is left out */
#define HEX_SIZE            33

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

static void words_encode(const char *text, struct buffer *out)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        size_t length = size - at < WORD_BYTES_MAX ? size - at : WORD_BYTES_MAX;
        while (length > 1 && length < size - at &&
               ((unsigned char)text[at + length] & 0xc0) == 0x80)
            length--; /* not inside a character */
        buffer_add_text(out, at ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
        base64(text + at, length, out);
        buffer_add_text(out, "?=");
        at += length;
    }
}

void mail_header_text(const char *text, struct buffer *out)
{
    if (is_plain(text))
        buffer_add_text(out, text);
    else
        words_encode(text, out);
}

/* Of an address or key only what may stand in a header; a line break in one would make another
 * header. */
static void token_add(const char *text, struct buffer *out)
{
    for (; *text; text++)
        if ((unsigned char)*text > 0x20 && (unsigned char)*text < 0x7f)
            buffer_add_char(out, *text);
}

/* The same for a reminder however often it goes out, and another for another log's. */
static void digest_hex(const struct notice *notices, unsigned count, const char *origin,
                       char ret_hex[HEX_SIZE])
{
    struct buffer name;
    uint8_t digest[DIGEST_SIZE];
    buffer_init(&name);
    buffer_add_text(&name, origin);
    for (unsigned i = 0; i < count; i++)
        buffer_addf(&name, "\n%s", notices[i].key);
    sha256(name.data, name.size, digest);
    sodium_bin2hex(ret_hex, HEX_SIZE, digest, 16);
    buffer_done(&name);
}

static void body_base64(const char *text, struct buffer *out)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size; at += 57) {
        base64(text + at, size - at < 57 ? size - at : 57, out);
        buffer_add_text(out, "\r\n");
    }
}

/* RFC 2231: percent signs and hex digits for all but letters, digits, - and point. */
static void file_name(const struct notice *notice, struct buffer *out)
{
    size_t size = strlen(notice->title), length = size;
    if (length > FILE_NAME_BYTES_MAX) {
        length = FILE_NAME_BYTES_MAX;
        while (length && ((unsigned char)notice->title[length] & 0xc0) == 0x80)
            length--;
    }
    buffer_add_text(out, "UTF-8''");
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)notice->title[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            buffer_add_char(out, (char)c);
        else
            buffer_addf(out, "%%%02X", c < 0x20 || c == '/' || c == '\\' ? '_' : c);
    }
    if (date_parse(notice->due) != DATE_NONE)
        buffer_addf(out, "-%s", notice->due);
    buffer_add_text(out, ".ics");
}

static void headers_write(const struct notice *notices, unsigned count, const struct mail *mail,
                          const char *hex, struct buffer *out)
{
    struct buffer subject;
    struct tm tm;
    time_t now = (time_t)(mail->now_us / 1000000);
    char date[64];
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm);
    buffer_init(&subject);
    notices_subject(notices, count, &subject);
    buffer_add_text(out, "From: ");
    if (*mail->from_name) { /* encoded even if it is ASCII, so that nothing in it is syntax */
        words_encode(mail->from_name, out);
        buffer_add_text(out, "\r\n <");
    }
    token_add(mail->from, out);
    buffer_addf(out, "%s\r\nTo: ", *mail->from_name ? ">" : "");
    token_add(mail->to, out);
    buffer_add_text(out, "\r\nSubject: ");
    mail_header_text(buffer_text(&subject), out);
    buffer_addf(out, "\r\nDate: %s\r\nMessage-ID: <%s@jishi>", date, hex);
    for (unsigned i = 0; i < count; i++) {
        buffer_add_text(out, "\r\nX-Jishi-Key: ");
        token_add(notices[i].key, out);
    }
    buffer_add_text(out, "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    buffer_done(&subject);
}

static void part_write(const char *type, const struct buffer *text, const char *boundary,
                       struct buffer *out)
{
    buffer_addf(out, "--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                boundary, type);
    body_base64(buffer_text(text), out);
}

static void alternatives_write(const struct notice *notices, unsigned count, const char *boundary,
                               struct buffer *out)
{
    struct buffer text;
    buffer_init(&text);
    buffer_addf(out, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary);
    notices_text(notices, count, &text);
    part_write("text/plain; charset=UTF-8", &text, boundary, out);
    buffer_clear(&text);
    notices_html(notices, count, &text);
    part_write("text/html; charset=UTF-8", &text, boundary, out);
    buffer_addf(out, "--%s--\r\n", boundary);
    buffer_done(&text);
}

/* A boundary has "=_", which base64 never has at the beginning of a line. */
void mail_write(const struct notice *notices, unsigned count, const struct mail *mail,
                struct buffer *out)
{
    char hex[HEX_SIZE], inner[64], outer[64];
    struct buffer calendar, type;
    digest_hex(notices, count, mail->origin, hex);
    snprintf(inner, sizeof inner, "=_%s.a", hex);
    snprintf(outer, sizeof outer, "=_%s.m", hex);
    buffer_init(&calendar);
    buffer_init(&type);
    headers_write(notices, count, mail, hex, out);
    bool invites =
        mail->invitation && invitation_write(notices, count, mail->origin, mail->now_us, &calendar);
    if (invites)
        buffer_addf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n", outer,
                    outer);
    alternatives_write(notices, count, inner, out);
    if (invites) {
        buffer_add_text(&type, "text/calendar; charset=UTF-8; method=PUBLISH\r\n"
                               "Content-Disposition: attachment;\r\n filename*=");
        file_name(notices, &type);
        part_write(buffer_text(&type), &calendar, outer, out);
        buffer_addf(out, "--%s--\r\n", outer);
    }
    buffer_done(&calendar);
    buffer_done(&type);
}
