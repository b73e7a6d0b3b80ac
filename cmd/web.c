/* web.c - `jishi web DIR`: HTTP for calendar programs. It holds no state: it asks the projector.
 *
 *     GET /calendar/TOKEN.ics   a member's due days; the token is all that tells who asks
 *     GET /health               does the projector answer
 *
 * Anything else, a wrong token included, is one and the same 404. A connection serves one request
 * and is cut after CONNECTION_LIFE_MS whatever its peer does. It listens on the loopback: a
 * reverse proxy in front of it does TLS. */
#include "cmd/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "cmd/calendar_tokens.h"
#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/conf.h"
#include "cmd/due_calendar.h"
#include "cmd/options.h"
#include "cmd/send_conf.h"
#include "cmd/trace.h"
#include "core/check.h"
#include "events/tree.h"

#define WEB_THREADS        4
#define CONNECTIONS_MAX    256 /* more are not taken until one ends */
#define CONNECTIONS_PER_IP 64
#define IDLE_S             10         /* a silent connection is cut */
#define CONNECTION_LIFE_MS 30000      /* ... and so is one that is never done */
#define HEADERS_SIZE_MAX   (16 << 10) /* a longer request is answered 431 */
#define ASK_MS             3000       /* for the projector's answer, then 503 */
#define CALENDAR_MAX_AGE   "private, max-age=300"
#define ETAG_SIZE          (2 + 32 + 1)

struct connection_row { /* one open connection */
    int socket;
    int64_t since_ms;
    bool used;
};

struct web {
    const char *directory;
    struct conf *conf;
    int32_t alarm_minute;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of what stands below */
    struct jishi_client *clients[WEB_THREADS];
    bool client_taken[WEB_THREADS];
    struct calendar_tokens tokens;
    struct stat tokens_stat; /* of the file they were read from */
    struct connection_row connections[CONNECTIONS_MAX];
};

/* ---- the projector ---- */

struct jishi_client *web_client_open(const char *directory, struct fault *fault)
{
    struct server_info info;
    struct server_key server;
    struct member_key key = {.member = ""};
    char path[4096];
    snprintf(path, sizeof path, "%s/keys/server.pub", directory);
    if (server_info_read(path, &info, fault) != STATUS_OK)
        return NULL;
    snprintf(path, sizeof path, "%s/keys/server.curve", directory);
    if (server_key_read(path, &server, fault) != STATUS_OK)
        return NULL;
    memcpy(key.curve_public, server.curve_public, KEY_SIZE);
    memcpy(key.curve_secret, server.curve_secret, KEY_SIZE);
    struct jishi_client *client = client_open(&info, &key, language(), fault);
    sodium_memzero(&server, sizeof server);
    member_key_forget(&key);
    return client;
}

/* A client for this request alone: as many as threads, so there is always one. */
static struct jishi_client *client_take(struct web *web, unsigned *ret_index)
{
    struct fault fault;
    pthread_mutex_lock(&web->lock);
    unsigned index = 0;
    while (index < WEB_THREADS && web->client_taken[index])
        index++;
    CHECK(index < WEB_THREADS);
    web->client_taken[index] = true;
    pthread_mutex_unlock(&web->lock);
    if (!web->clients[index])
        web->clients[index] = web_client_open(web->directory, &fault);
    if (!web->clients[index])
        trace("no_client", "reason=\"%s\"", fault.text);
    *ret_index = index;
    return web->clients[index];
}

static void client_give_back(struct web *web, unsigned index)
{
    pthread_mutex_lock(&web->lock);
    web->client_taken[index] = false;
    pthread_mutex_unlock(&web->lock);
}

/* ---- answers ---- */

struct response {
    unsigned status;
    const char *type;
    struct buffer body;
    char etag[ETAG_SIZE]; /* "": none */
};

static void respond_text(struct response *response, unsigned status, const char *text)
{
    response->status = status;
    response->type = "text/plain; charset=utf-8";
    response->etag[0] = '\0';
    buffer_clear(&response->body);
    buffer_add_text(&response->body, text);
}

/* If-None-Match: a list of tags, weak ones compared by their text, or `*`. */
static bool tag_matches(const char *list, const char *etag)
{
    for (const char *at = list; at && *at;) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        size_t size = strcspn(at, ",");
        while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t'))
            size--;
        if (size == strlen(etag) && strncmp(at, etag, size) == 0)
            return true;
        at += strcspn(at, ",");
    }
    return false;
}

static enum MHD_Result response_send(struct MHD_Connection *connection,
                                     const struct response *response)
{
    const char *known =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    bool same = response->etag[0] && tag_matches(known, response->etag);
    struct MHD_Response *made = MHD_create_response_from_buffer(
        same ? 0 : response->body.size, same ? NULL : response->body.data, MHD_RESPMEM_MUST_COPY);
    if (!made)
        return MHD_NO;
    MHD_add_response_header(made, MHD_HTTP_HEADER_CONNECTION, "close");
    MHD_add_response_header(made, MHD_HTTP_HEADER_X_CONTENT_TYPE_OPTIONS, "nosniff");
    MHD_add_response_header(made, MHD_HTTP_HEADER_CACHE_CONTROL,
                            response->etag[0] ? CALENDAR_MAX_AGE : "no-store");
    if (response->etag[0])
        MHD_add_response_header(made, MHD_HTTP_HEADER_ETAG, response->etag);
    if (!same)
        MHD_add_response_header(made, MHD_HTTP_HEADER_CONTENT_TYPE, response->type);
    if (response->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(made, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (response->status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(made, MHD_HTTP_HEADER_RETRY_AFTER, "60");
    enum MHD_Result queued =
        MHD_queue_response(connection, same ? MHD_HTTP_NOT_MODIFIED : response->status, made);
    MHD_destroy_response(made);
    return queued;
}

/* ---- the calendar ---- */

static bool is_same_file(const struct stat *one, const struct stat *other)
{
    return one->st_ino == other->st_ino && one->st_size == other->st_size &&
           one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* The tokens as the file has them now, so that a revoked one ends at once. A file that cannot be
 * read lets nobody in. */
static void tokens_refresh(struct web *web)
{
    char path[4096];
    struct stat now = {0};
    struct fault fault;
    snprintf(path, sizeof path, "%s/calendar.tokens", web->directory);
    if (stat(path, &now) != 0)
        now = (struct stat){0};
    if (is_same_file(&now, &web->tokens_stat))
        return;
    calendar_tokens_done(&web->tokens);
    web->tokens_stat = now;
    if (calendar_tokens_read(web->directory, &web->tokens, &fault) == STATUS_OK)
        return;
    trace("no_tokens", "reason=\"%s\"", fault.text);
    web->tokens_stat = (struct stat){0}; /* read again with the next request */
}

static bool token_admits(struct web *web, const char *text, struct calendar_token *ret_token)
{
    pthread_mutex_lock(&web->lock);
    tokens_refresh(web);
    const struct calendar_token *found = calendar_token_find(&web->tokens, text);
    if (found)
        *ret_token = *found;
    pthread_mutex_unlock(&web->lock);
    return found != NULL;
}

static void etag_make(struct response *response)
{
    uint8_t digest[DIGEST_SIZE];
    char hex[33];
    sha256(response->body.data, response->body.size, digest);
    sodium_bin2hex(hex, sizeof hex, digest, 16);
    snprintf(response->etag, sizeof response->etag, "\"%s\"", hex);
}

static void calendar_respond(struct web *web, const char *text, struct response *response)
{
    struct calendar_token token;
    struct fault fault = {0};
    unsigned index;
    if (!token_admits(web, text, &token)) {
        respond_text(response, MHD_HTTP_NOT_FOUND, "not found\n");
        return;
    }
    struct due_calendar asked = {.member = token.member,
                                 .language = token.english ? "en" : "zh",
                                 .subjects = token.subjects,
                                 .alarm_minute = web->alarm_minute};
    struct jishi_client *client = client_take(web, &index);
    json_t *args = json_object();
    enum status status =
        client ? due_calendar_write(client, &asked, args, ASK_MS, &response->body, &fault)
               : STATUS_BUSY;
    json_decref(args);
    client_give_back(web, index);
    if (status == STATUS_OK) {
        response->type = "text/calendar; charset=utf-8";
        etag_make(response);
    } else if (status == STATUS_NOT_FOUND) {
        respond_text(response, MHD_HTTP_GONE, "this member has no calendar any more\n");
    } else {
        trace("unavailable", "reason=\"%s\"", fault.text);
        respond_text(response, MHD_HTTP_SERVICE_UNAVAILABLE, "the projector does not answer\n");
    }
}

static void health_respond(struct web *web, struct response *response)
{
    char error[JISHI_ERROR_SIZE] = "";
    unsigned index;
    struct jishi_client *client = client_take(web, &index);
    char *text = client ? jishi_query(client, "agenda", "{\"limit\":1}", 0, ASK_MS, error) : NULL;
    client_give_back(web, index);
    json_t *answer = text ? json_loads(text, 0, NULL) : NULL;
    const char *status = json_string_value(json_object_get(answer, "status"));
    bool well = status && strcmp(status, "ok") == 0;
    respond_text(response, well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, "");
    response->type = "application/json";
    buffer_addf(&response->body, "{\"status\":\"%s\",\"position\":%lld}\n",
                well     ? "ok"
                : status ? "stopped"
                         : "silent",
                (long long)json_integer_value(json_object_get(answer, "position")));
    json_decref(answer);
    free(text);
}

/* "/calendar/TOKEN.ics" -> TOKEN */
static bool token_of_path(const char *path, char ret_token[TOKEN_TEXT_LENGTH + 1])
{
    static const char before[] = "/calendar/", after[] = ".ics";
    size_t head = sizeof before - 1;
    if (strlen(path) != head + TOKEN_TEXT_LENGTH + sizeof after - 1 ||
        strncmp(path, before, head) != 0 || strcmp(path + head + TOKEN_TEXT_LENGTH, after) != 0)
        return false;
    memcpy(ret_token, path + head, TOKEN_TEXT_LENGTH);
    ret_token[TOKEN_TEXT_LENGTH] = '\0';
    return true;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **context)
{
    struct web *web = user;
    struct response response = {.status = MHD_HTTP_OK};
    char token[TOKEN_TEXT_LENGTH + 1];
    int64_t began_ms = clock_mono_ms();
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)context;
    buffer_init(&response.body);
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        respond_text(&response, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    else if (strcmp(path, "/health") == 0)
        health_respond(web, &response);
    else if (token_of_path(path, token))
        calendar_respond(web, token, &response);
    else
        respond_text(&response, MHD_HTTP_NOT_FOUND, "not found\n");
    enum MHD_Result sent = response_send(connection, &response);
    trace("request", "status=%u bytes=%zu ms=%lld", response.status, response.body.size,
          (long long)(clock_mono_ms() - began_ms));
    sodium_memzero(token, sizeof token);
    buffer_done(&response.body);
    return sent;
}

/* ---- connections ---- */

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* Called before the socket is closed, so that a row never names somebody else's socket. */
static void on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct web *web = user;
    pthread_mutex_lock(&web->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = NULL;
        for (unsigned i = 0; i < CONNECTIONS_MAX && !*context; i++)
            if (!web->connections[i].used)
                *context = &web->connections[i];
        struct connection_row *row = *context;
        if (row)
            *row = (struct connection_row){socket_of(connection), clock_mono_ms(), true};
    } else if (*context) {
        ((struct connection_row *)*context)->used = false;
    }
    pthread_mutex_unlock(&web->lock);
}

static void connections_cut(struct web *web)
{
    int64_t before_ms = clock_mono_ms() - CONNECTION_LIFE_MS;
    pthread_mutex_lock(&web->lock);
    for (unsigned i = 0; i < CONNECTIONS_MAX; i++)
        if (web->connections[i].used && web->connections[i].since_ms < before_ms)
            shutdown(web->connections[i].socket, SHUT_RDWR);
    pthread_mutex_unlock(&web->lock);
}

/* ---- life ---- */

static void on_library_text(void *user, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void on_library_text(void *user, const char *format, va_list args)
{
    char text[256];
    (void)user;
    vsnprintf(text, sizeof text, format, args);
    trace("http", "text=\"%s\"", text);
}

static bool listen_on(struct web *web, int64_t port, struct fault *fault)
{
    const char *bind = conf_text(web->conf, "web_bind", "127.0.0.1");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, bind, &address.sin_addr) != 1 || port < 1 || port > 65535) {
        fault_set(fault, STATUS_INVALID,
                  "web_bind is an IPv4 address and port_web a port from 1 to 65535");
        return false;
    }
    web->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, (uint16_t)port, NULL, NULL, on_request,
        web, MHD_OPTION_EXTERNAL_LOGGER, on_library_text, NULL, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)WEB_THREADS, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_PER_IP,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADERS_SIZE_MAX, MHD_OPTION_NOTIFY_CONNECTION, on_connection, web, MHD_OPTION_END);
    if (!web->daemon)
        fault_set(fault, STATUS_IO, "cannot listen on %s:%d: %s", bind, (int)port, strerror(errno));
    return web->daemon != NULL;
}

/* Every second, until somebody ends us, connections that live too long are cut. */
static void serve_until_told(struct web *web, const sigset_t *ends)
{
    const struct timespec second = {.tv_sec = 1};
    int number;
    while ((number = sigtimedwait(ends, NULL, &second)) < 0)
        connections_cut(web);
    trace("stopping", "signal=%d", number);
}

static int serve(struct web *web, int64_t port)
{
    struct fault fault = {0};
    sigset_t ends;
    if (conf_open(web->directory, &web->conf, &fault) != STATUS_OK) {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        return 2;
    }
    conf_report(web->conf);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!port)
        port = conf_int(web->conf, "port_web", WEB_PORT_DEFAULT);
    if (send_conf_remind_minute(web->conf, &web->alarm_minute, &fault) != STATUS_OK)
        trace("setting_not_used", "reason=\"%s\"", fault.text);
    bool listens = listen_on(web, port, &fault);
    if (listens) {
        trace("ready", "port=%lld", (long long)port);
        serve_until_told(web, &ends);
        MHD_stop_daemon(web->daemon);
    } else {
        trace("cannot_start", "reason=\"%s\"", fault.text);
    }
    for (unsigned i = 0; i < WEB_THREADS; i++)
        jishi_close(web->clients[i]);
    calendar_tokens_done(&web->tokens);
    conf_close(web->conf);
    return listens ? 0 : 2;
}

int cmd_web(int argc, char **argv)
{
    static struct web web = {.lock = PTHREAD_MUTEX_INITIALIZER};
    static int64_t port;
    static const struct option_spec specs[] = {
        {"port", 0, OPTION_INT, &port, "N", "监听端口（默认取 jishi.conf 的 port_web，否则 8080）",
         "port to listen on (jishi.conf's port_web, else 8080)"},
        {0}};
    struct options options = {"web", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    if (sodium_init() < 0)
        return 2;
    trace_as("web");
    web.directory = argv[0];
    return serve(&web, port);
}
