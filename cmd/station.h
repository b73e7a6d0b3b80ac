/* station.h - what the projector and the reminder share: a process that follows the log, keeps the
 * core's state and the roster folded, and answers questions on a ROUTER of its own. */
#ifndef CMD_STATION_H
#define CMD_STATION_H

#include "cmd/conf.h"
#include "cmd/follow.h"
#include "cmd/roster.h"
#include "cmd/socket.h"
#include "cmd/wire/question.h"
#include "cmd/zap.h"
#include "core/state.h"

struct station {
    /* set by the process */
    const char *name; /* of its trace */
    const char *directory;
    const char *domain;      /* of ZAP */
    const char *port_option; /* jishi.conf; NULL: `port` it is */
    int port;
    enum status (*each)(void *user, const struct followed *followed,
                        struct fault *fault); /* after the state folded it */
    void (*batch)(void *user);
    void (*question)(void *user, const struct envelope *envelope, const struct question *question);
    void (*second)(void *user); /* once a second */
    /* The process keeps data of its own up to here, so the state may begin with a snapshot of no
     * more entries than that; otherwise everything is followed from the first entry. */
    bool begins;
    int64_t begin_at;
    /* No state is kept: `each` wants these events only (bits 1 << type), other entries come to it without
     * theirs. Behind the start `state` is NULL. */
    bool without_state;
    uint64_t events;
    void *user;
    /* for it to use */
    uv_loop_t loop;
    int64_t began; /* entries that came with a snapshot */
    void *context;
    struct conf *conf;
    struct server_info server;
    struct server_key key;
    struct state *state;
    struct roster *roster;
    struct log_store *beside; /* the log, where it lies; NULL: not on this machine, or not wanted */
    bool apart;               /* and it will not be */
    struct follow follow;
    int64_t recorded_at_us; /* of the last entry taken */
    bool stopping, halted, failed;
    char halted_why[FAULT_TEXT_MAX];
    /* inside */
    struct zap *zap;
    void *socket;
    struct zmq_watch *watch;
    struct arena arena;
    uv_timer_t timer;
    uv_signal_t signals[2];
};

/* Runs until SIGTERM or SIGINT; the exit code. */
int station_run(struct station *station);
void station_close(
    struct station *station); /* after station_run() and what the process still has to save */
void station_answer(struct station *station, const struct envelope *envelope,
                    const struct buffer *message);
/* When the newest entry was recorded that was taken or heard of. */
int64_t station_recorded_us(const struct station *station);
/* The day that the server would record an entry on now: roles are held from day to day. */
int32_t station_today(const struct station *station);

#endif
