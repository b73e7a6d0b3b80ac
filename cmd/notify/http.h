/* http.h - one POST to a gateway or robot: bounded in time and size, never redirected.
 *
 * Addresses hold secrets (a robot's key is in its URL), so no fault names one: it names the target
 * as jishi.conf does. */
#ifndef CMD_NOTIFY_HTTP_H
#define CMD_NOTIFY_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/notify/settings.h"

#define HTTP_ANSWER_SIZE_MAX 65536 /* bytes of an answer: what goes beyond is not read */
#define HTTP_CONNECT_MS      10000
#define HTTP_TOTAL_S         20       /* default of NAME.timeout_s */
#define HTTP_TIMEOUT_S_MAX   50       /* below a worker's lease */
#define RETRY_AFTER_MAX_MS   86400000 /* an answer that asks for more waits a day */

struct http_request {
    const char *url;
    const char *const *headers; /* "Name: value"; NULL at the end */
    const char *body;
    size_t size;
};

struct http_answer {
    long code;
    int64_t retry_after_ms; /* of the header Retry-After; 0 if there was none */
    struct buffer body;     /* at most HTTP_ANSWER_SIZE_MAX of it */
    bool cut;               /* there was more */
};

/* STATUS_OK: there is an answer, whatever it says. Settings of the target: ca_file, timeout_s,
 * plain (yes: http:// to another machine than this). The caller ends ret_answer->body. */
enum status http_post(const struct channel_options *options, const struct target *target,
                      const struct http_request *request, struct http_answer *ret_answer,
                      struct channel_outcome *ret_outcome, struct fault *fault);

/* What a code means when the body has nothing to add: 2xx arrived; 408, 425, 429 and 5xx later;
 * all others, redirections too, never. */
enum status http_outcome(const struct target *target, const struct http_answer *answer,
                         struct channel_outcome *ret_outcome, struct fault *fault);

#endif
