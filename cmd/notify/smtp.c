/* smtp.c - mail through libcurl: plain on loopback, STARTTLS and authentication where jishi.conf
 * says so. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "cmd/clock.h"
#include "cmd/data_dir.h"
#include "cmd/notify/channels.h"

#define SMTP_CONNECT_MS 10000L
#define SMTP_TOTAL_MS   60000L

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
static enum status outcome(CURLcode code, CURL *curl, const char *url, struct fault *fault)
{
    long answer = 0;
    if (code == CURLE_OK)
        return STATUS_OK;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    enum status status = answer >= 500 && answer < 600 ? STATUS_INVALID : STATUS_IO;
    return fault_set(fault, status, "%s: %s (answer %ld)", url, curl_easy_strerror(code), answer);
}

static void authenticate(CURL *curl, const struct conf *conf, struct buffer *password)
{
    const char *user = conf_text(conf, "smtp_user", ""),
               *file = conf_text(conf, "smtp_password_file", "");
    struct fault fault;
    if (!*user || file_read(file, password, &fault) != STATUS_OK)
        return;
    while (password->size && (password->data[password->size - 1] == '\n' ||
                              password->data[password->size - 1] == '\r'))
        password->data[--password->size] = '\0';
    curl_easy_setopt(curl, CURLOPT_USERNAME, user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, buffer_text(password));
}

enum status smtp_send(const struct channel_options *options, const struct notice *notice,
                      const char *address, struct fault *fault)
{
    const char *url = conf_text(options->conf, "smtp", ""),
               *from = conf_text(options->conf, "smtp_from", "jishi@localhost");
    const char *tls = conf_text(options->conf, "smtp_tls", "none");
    struct buffer mail, password;
    if (!*url)
        return fault_set(fault, STATUS_NOT_FOUND,
                         "jishi.conf names no mail server: smtp = smtp://host:25");
    CURL *curl = curl_easy_init();
    if (!curl)
        return fault_set(fault, STATUS_IO, "libcurl cannot start");
    buffer_init(&mail);
    buffer_init(&password);
    mail_write(notice, options->origin, from, address, clock_now_us(), &mail);
    struct upload upload = {&mail, 0};
    struct curl_slist *to = curl_slist_append(NULL, address);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, SMTP_CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, SMTP_TOTAL_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     strcmp(tls, "required") == 0 ? (long)CURLUSESSL_ALL
                     : strcmp(tls, "try") == 0    ? (long)CURLUSESSL_TRY
                                                  : (long)CURLUSESSL_NONE);
    authenticate(curl, options->conf, &password);
    enum status status = outcome(curl_easy_perform(curl), curl, url, fault);
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    buffer_done(&mail);
    buffer_done(&password);
    return status;
}
