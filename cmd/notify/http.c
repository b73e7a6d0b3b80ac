/* http.c - libcurl with all that could lead elsewhere turned off. */
#include "cmd/notify/http.h"

#include <curl/curl.h>
#include <string.h>

static size_t on_answer(char *bytes, size_t size, size_t count, void *user)
{
    struct http_answer *answer = user;
    size_t room = HTTP_ANSWER_SIZE_MAX - answer->body.size;
    size_t taken = size * count < room ? size * count : room;
    buffer_add(&answer->body, bytes, taken);
    answer->cut = taken < size * count;
    return taken; /* less than it got: libcurl ends the transfer */
}

/* https everywhere; http only to this machine, or where the settings say so. */
static enum status url_check(const struct target *target, const char *text, bool plain,
                             struct fault *fault)
{
    struct url_parts parts;
    if (!url_read(text, &parts))
        return fault_set(fault, STATUS_INVALID, "%s.%s.url is no address of a web server",
                         target->channel, target->name);
    bool clear = strcmp(parts.scheme, "http") == 0 && (plain || parts.is_here);
    if (clear || strcmp(parts.scheme, "https") == 0)
        return STATUS_OK;
    return fault_set(fault, STATUS_INVALID,
                     "%s.%s.url is not https; %s.%s.plain = yes if it shall go in the clear",
                     target->channel, target->name, target->channel, target->name);
}

static void set_up(CURL *curl, const struct http_request *request, struct curl_slist *headers,
                   struct http_answer *answer)
{
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "jishi");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
}

static struct curl_slist *headers_of(const struct http_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* no waiting for 100 */
    for (const char *const *header = request->headers; *header; header++)
        list = curl_slist_append(list, *header);
    return list;
}

static void answer_read(CURL *curl, struct http_answer *answer)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->code);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds); /* of both forms, a date too */
    answer->retry_after_ms = seconds <= 0                          ? 0
                             : seconds > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS
                                                                   : (int64_t)seconds * 1000;
}

enum status http_post(const struct channel_options *options, const struct target *target,
                      const struct http_request *request, struct http_answer *ret_answer,
                      struct channel_outcome *ret_outcome, struct fault *fault)
{
    bool plain = strcmp(target_setting(options, target, "plain", "no"), "yes") == 0;
    const char *authority = target_setting(options, target, "ca_file", "");
    int64_t seconds = target_int(options, target, "timeout_s", HTTP_TOTAL_S);
    *ret_answer = (struct http_answer){.code = 0};
    buffer_init(&ret_answer->body);
    ret_outcome->permanent = url_check(target, request->url, plain, fault) != STATUS_OK;
    if (ret_outcome->permanent)
        return STATUS_INVALID;
    CURL *curl = curl_easy_init();
    if (!curl)
        return fault_set(fault, STATUS_IO, "libcurl cannot start");
    struct curl_slist *headers = headers_of(request);
    set_up(curl, request, headers, ret_answer);
    if (seconds < 1 || seconds > HTTP_TIMEOUT_S_MAX)
        seconds = HTTP_TOTAL_S;
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)seconds * 1000);
    if (*authority)
        curl_easy_setopt(curl, CURLOPT_CAINFO, authority);
    CURLcode code = curl_easy_perform(curl);
    answer_read(curl, ret_answer);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK || (ret_answer->cut && ret_answer->code))
        return STATUS_OK;
    return fault_set(fault, STATUS_IO, "%s %s: %s", target->channel, target->name,
                     curl_easy_strerror(code));
}

enum status http_outcome(const struct target *target, const struct http_answer *answer,
                         struct channel_outcome *ret_outcome, struct fault *fault)
{
    long code = answer->code;
    if (code >= 200 && code < 300)
        return STATUS_OK;
    bool later = code == 408 || code == 425 || code == 429 || code >= 500;
    ret_outcome->permanent = !later;
    ret_outcome->retry_after_ms = later ? answer->retry_after_ms : 0;
    return fault_set(fault, later ? STATUS_IO : STATUS_INVALID, "%s %s: HTTP %ld%s",
                     target->channel, target->name, code,
                     code >= 300 && code < 400 ? ", and redirections are not followed" : "");
}
