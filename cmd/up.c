/* up.c - `jishi up DIR`: all processes of a deployment on one machine; what dies is started again.
 *
 *     stopped -> running -> (dies) -> waiting, longer each time -> running ...
 *     SIGTERM: every child is told by its pid, then waited for; after STOP_MS it is killed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "cmd/clock.h"
#include "cmd/commands.h"
#include "cmd/conf.h"
#include "cmd/dispatch.h"
#include "cmd/limits.h"
#include "cmd/options.h"
#include "cmd/trace.h"
#include "core/check.h"

#define CHILDREN_MAX 6
#define STEADY_MS    30000 /* a child that lived so long starts anew with the short wait */

struct child {
    const char *name;
    uv_process_t process;
    uv_timer_t wait;
    bool running;
    int64_t started_ms;
    int64_t wait_ms;
};

struct household {
    uv_loop_t loop;
    const char *directory;
    struct child children[CHILDREN_MAX];
    unsigned count;
    bool stopping;
    uv_signal_t signals[2];
    uv_timer_t deadline;
};

static struct household household;

static void child_start(struct child *child);

static void on_wait(uv_timer_t *timer)
{
    child_start(timer->data);
}

static void end_when_all_gone(void)
{
    for (unsigned i = 0; i < household.count; i++)
        if (household.children[i].running)
            return;
    uv_stop(&household.loop);
}

static void on_exit_of(uv_process_t *process, int64_t code, int number)
{
    struct child *child = process->data;
    child->running = false;
    trace("ended", "process=%s code=%lld signal=%d", child->name, (long long)code, number);
    uv_close((uv_handle_t *)process, NULL);
    if (household.stopping) {
        end_when_all_gone();
        return;
    }
    if (clock_mono_ms() - child->started_ms > STEADY_MS)
        child->wait_ms = RESTART_FIRST_MS;
    uv_timer_start(&child->wait, on_wait, (uint64_t)child->wait_ms, 0);
    child->wait_ms = child->wait_ms * 2 < RESTART_LAST_MS ? child->wait_ms * 2 : RESTART_LAST_MS;
}

static void child_start(struct child *child)
{
    char self[4096];
    char *args[] = {self, (char *)(uintptr_t)child->name, (char *)(uintptr_t)household.directory,
                    NULL};
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE},
                                     {.flags = UV_INHERIT_FD, .data.fd = 1},
                                     {.flags = UV_INHERIT_FD, .data.fd = 2}};
    size_t size = sizeof self;
    if (uv_exepath(self, &size) != 0 || household.stopping)
        return;
    uv_process_options_t options = {
        .exit_cb = on_exit_of, .file = self, .args = args, .stdio = stdio, .stdio_count = 3};
    child->process.data = child;
    child->started_ms = clock_mono_ms();
    int error = uv_spawn(&household.loop, &child->process, &options);
    child->running = error == 0;
    if (error) {
        trace("cannot_start", "process=%s reason=\"%s\"", child->name, uv_strerror(error));
        uv_close((uv_handle_t *)&child->process, NULL);
        return;
    }
    trace("started", "process=%s pid=%d", child->name, (int)child->process.pid);
}

static void on_deadline(uv_timer_t *timer)
{
    (void)timer;
    for (unsigned i = 0; i < household.count; i++)
        if (household.children[i].running)
            uv_process_kill(&household.children[i].process, SIGKILL);
}

/* The server goes last, so that the others can still say what they have to say. */
static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle;
    if (household.stopping)
        return;
    trace("stopping", "signal=%d", number);
    household.stopping = true;
    for (unsigned i = household.count; i-- > 0;) {
        uv_timer_stop(&household.children[i].wait);
        if (household.children[i].running)
            uv_process_kill(&household.children[i].process, SIGTERM);
    }
    uv_timer_start(&household.deadline, on_deadline, STOP_MS, 0);
    end_when_all_gone();
}

/* Which processes there are: `web` runs only where jishi.conf names its port. False: no process
 * could start with this configuration. */
static bool children_choose(const char *directory)
{
    static const char *const names[CHILDREN_MAX] = {"serve", "projector", "reminder", "notifier",
                                                    "web"};
    struct conf *conf;
    struct fault fault;
    if (conf_open(directory, &conf, &fault) != STATUS_OK) {
        trace("cannot_start", "reason=\"%s\"", fault.text);
        return false;
    }
    conf_report(conf);
    bool has_web = conf_int(conf, "port_web", 0) > 0;
    conf_close(conf);
    for (int i = 0; i < CHILDREN_MAX && names[i]; i++)
        if (has_command(names[i]) && (has_web || strcmp(names[i], "web") != 0))
            household.children[household.count++] =
                (struct child){.name = names[i], .wait_ms = RESTART_FIRST_MS};
    return true;
}

int cmd_up(int argc, char **argv)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    static const struct option_spec specs[] = {{0}};
    struct options options = {"up", "DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 1)
        return options_wrong(&options, "DIR");
    trace_as("up");
    household.directory = argv[0];
    if (!children_choose(argv[0]))
        return 2;
    CHECK(uv_loop_init(&household.loop) == 0);
    for (unsigned i = 0; i < household.count; i++) {
        uv_timer_init(&household.loop, &household.children[i].wait);
        household.children[i].wait.data = &household.children[i];
    }
    uv_timer_init(&household.loop, &household.deadline);
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&household.loop, &household.signals[i]);
        uv_signal_start(&household.signals[i], on_signal, numbers[i]);
    }
    for (unsigned i = 0; i < household.count; i++)
        child_start(&household.children[i]);
    uv_run(&household.loop, UV_RUN_DEFAULT);
    trace("ended", "code=0");
    return 0;
}
