/* smtp.c - mail through libcurl: plain on loopback, STARTTLS and authentication where jishi.conf
 * says so. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/notify/mail.h"
#include "cmd/notify/settings.h"

#define SMTP_CONNECT_MS    10000L
#define SMTP_TOTAL_S       30 /* default of smtp_timeout_s */
#define SMTP_TIMEOUT_S_MAX 50 /* below a worker's lease */

struct upload {
    const struct buffer *mail;
    size_t at;
};

static size_t on_read(char *out, size_t size, size_t count, void *user)
{
    struct upload *upload = user;
    size_t left = upload->mail->size - upload->at, room = size * count;
    size_t taken = left < room ? left : room;
    memcpy(out, upload->mail->data + upload->at, taken);
    upload->at += taken;
    return taken;
}

/* 4xx of the server and troubles on the way pass; 5xx does not. */
static enum status outcome(CURLcode code, CURL *curl, struct fault *fault)
{
    long answer = 0;
    if (code == CURLE_OK)
        return STATUS_OK;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    enum status status = answer >= 500 && answer < 600 ? STATUS_INVALID : STATUS_IO;
    return fault_set(fault, status, "mail: %s (answer %ld)", curl_easy_strerror(code), answer);
}

static enum status authenticate(CURL *curl, const struct channel_options *options,
                                struct buffer *password, struct fault *fault)
{
    const char *user = conf_text(options->conf, "smtp_user", ""),
               *file = conf_text(options->conf, "smtp_password_file", "");
    if (!*user)
        return STATUS_OK;
    if (!*file)
        return fault_set(fault, STATUS_NOT_FOUND,
                         "jishi.conf has smtp_user and no smtp_password_file");
    enum status status = secret_read(options, file, password, fault);
    if (status != STATUS_OK)
        return status;
    curl_easy_setopt(curl, CURLOPT_USERNAME, user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, buffer_text(password));
    return STATUS_OK;
}

/* none: nothing is hidden; try: where the server offers it; required: no mail without it. A
 * password never goes out in the clear to another machine. */
static enum status secure(CURL *curl, const struct conf *conf, const char *url, struct fault *fault)
{
    const char *tls = conf_text(conf, "smtp_tls", "none"),
               *authority = conf_text(conf, "smtp_ca_file", "");
    bool required = strcmp(tls, "required") == 0, tried = strcmp(tls, "try") == 0;
    if (!required && !tried && strcmp(tls, "none") != 0)
        return fault_set(fault, STATUS_INVALID, "smtp_tls is none, try or required");
    struct url_parts parts;
    if (!url_read(url, &parts) || strncmp(parts.scheme, "smtp", 4) != 0)
        return fault_set(fault, STATUS_INVALID, "smtp is no address such as smtp://host:25");
    bool is_hidden = required || strcmp(parts.scheme, "smtps") == 0;
    if (!is_hidden && !parts.is_here && *conf_text(conf, "smtp_user", ""))
        return fault_set(fault, STATUS_INVALID,
                         "smtp_user needs smtp_tls = required, or smtp = smtps://...");
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     required ? (long)CURLUSESSL_ALL
                     : tried  ? (long)CURLUSESSL_TRY
                              : (long)CURLUSESSL_NONE);
    if (*authority) /* a server whose certificate the system does not know */
        curl_easy_setopt(curl, CURLOPT_CAINFO, authority);
    return STATUS_OK;
}

static void set_up(CURL *curl, const struct conf *conf, const char *url, struct upload *upload)
{
    int64_t seconds = conf_int(conf, "smtp_timeout_s", SMTP_TOTAL_S);
    if (seconds < 1 || seconds > SMTP_TIMEOUT_S_MAX)
        seconds = SMTP_TOTAL_S;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, conf_text(conf, "smtp_from", "jishi@localhost"));
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, upload);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, SMTP_CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)seconds * 1000);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
}

static enum status bring(CURL *curl, const struct channel_options *options, const char *address,
                         struct upload *upload, struct channel_outcome *ret_outcome,
                         struct fault *fault)
{
    const char *url = conf_text(options->conf, "smtp", "");
    struct buffer password;
    buffer_init(&password);
    set_up(curl, options->conf, url, upload);
    enum status status = secure(curl, options->conf, url, fault);
    if (status == STATUS_OK)
        status = authenticate(curl, options, &password, fault);
    ret_outcome->permanent = status != STATUS_OK;
    if (status == STATUS_OK) {
        struct curl_slist *to = curl_slist_append(NULL, address);
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
        status = outcome(curl_easy_perform(curl), curl, fault);
        ret_outcome->permanent = status == STATUS_INVALID;
        curl_slist_free_all(to);
    }
    secret_done(&password);
    return status;
}

enum status smtp_send(const struct channel_options *options, const struct notice *notices,
                      unsigned count, const char *address, struct channel_outcome *ret_outcome,
                      struct fault *fault)
{
    *ret_outcome = (struct channel_outcome){0};
    struct mail mail = {.origin = options->origin,
                        .from = conf_text(options->conf, "smtp_from", "jishi@localhost"),
                        .from_name = conf_text(options->conf, "smtp_from_name", ""),
                        .to = address,
                        .now_us = clock_now_us(),
                        .invitation = conf_yes(options->conf, "smtp_invitation", true)};
    struct buffer bytes;
    if (!*conf_text(options->conf, "smtp", "")) {
        ret_outcome->permanent = true;
        return fault_set(fault, STATUS_NOT_FOUND,
                         "jishi.conf names no mail server: smtp = smtp://host:25");
    }
    CURL *curl = curl_easy_init();
    if (!curl)
        return fault_set(fault, STATUS_IO, "libcurl cannot start");
    buffer_init(&bytes);
    mail_write(notices, count, &mail, &bytes);
    struct upload upload = {&bytes, 0};
    enum status status = bring(curl, options, address, &upload, ret_outcome, fault);
    curl_easy_cleanup(curl);
    buffer_done(&bytes);
    return status;
}
