/* command.c - a program of the deployment's own brings the message: an SMS gateway, a printer, a
 * pager. No shell: its path and nothing else is run.
 *
 *   stdin        subject, an empty line, body, in UTF-8; a digest numbered
 *   environment  PATH, LANG, JISHI_KEY, JISHI_KIND, JISHI_COUNT, JISHI_SUBJECT, JISHI_TO
 *   exit         0 it is sent; 75 (EX_TEMPFAIL) try again later; any other: it will not be
 *
 * What it prints is read, so that it never blocks, and dropped; more than COMMAND_OUTPUT_MAX bytes, or
 * more time than it has, and it is killed: by its own process id, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/clock.h"
#include "cmd/notify/settings.h"

#define COMMAND_OUTPUT_MAX    65536
#define COMMAND_TIMEOUT_S     30 /* default of command.NAME.timeout_s */
#define COMMAND_TIMEOUT_S_MAX 50 /* below a worker's lease */
#define COMMAND_POLL_MS       10 /* how often it is asked whether it has ended */
#define EXIT_TRY_LATER        75
#define ENVIRONMENT_MAX       8

struct child {
    pid_t pid;
    int in, out; /* our ends; -1: closed */
    const char *text;
    size_t left; /* of the text */
    size_t printed;
    int64_t until_ms;
};

enum child_end { CHILD_EXITED, CHILD_TOO_SLOW, CHILD_TOO_LOUD };

static void end_close(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

static enum status spawn(const char *program, char *const environment[], struct child *child,
                         struct fault *fault)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    char *const arguments[] = {(char *)(uintptr_t)program, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        end_close(&in[0]);
        end_close(&in[1]);
        return fault_set(fault, STATUS_IO, "no pipe: %s", strerror(errno));
    }
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    int error = posix_spawn(&child->pid, program, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(in[0]);
    close(out[1]);
    child->in = in[1];
    child->out = out[0];
    fcntl(child->in, F_SETFL, O_NONBLOCK);
    fcntl(child->out, F_SETFL, O_NONBLOCK);
    if (error == 0)
        return STATUS_OK;
    end_close(&child->in);
    end_close(&child->out);
    return fault_set(fault, STATUS_NOT_FOUND, "%s: %s", program, strerror(error));
}

/* A program that does not want all of it closes its end: no reason to fail. */
static void feed(struct child *child)
{
    ssize_t size = write(child->in, child->text, child->left);
    if (size < 0 && errno != EAGAIN && errno != EINTR)
        child->left = 0;
    if (size > 0) {
        child->text += size;
        child->left -= (size_t)size;
    }
    if (!child->left)
        end_close(&child->in);
}

static void drain(struct child *child)
{
    char dropped[4096];
    ssize_t size = read(child->out, dropped, sizeof dropped);
    if (size > 0)
        child->printed += (size_t)size;
    else if (size == 0 || (errno != EAGAIN && errno != EINTR))
        end_close(&child->out);
}

static enum child_end attend(struct child *child, int *ret_status)
{
    for (;;) {
        struct pollfd ends[] = {{child->in, POLLOUT, 0}, {child->out, POLLIN, 0}};
        poll(ends, 2, COMMAND_POLL_MS);
        if (ends[0].revents)
            feed(child);
        if (ends[1].revents)
            drain(child);
        enum child_end end = child->printed > COMMAND_OUTPUT_MAX  ? CHILD_TOO_LOUD
                             : clock_mono_ms() >= child->until_ms ? CHILD_TOO_SLOW
                                                                  : CHILD_EXITED;
        if (end == CHILD_EXITED && waitpid(child->pid, ret_status, WNOHANG) == 0)
            continue;
        if (end != CHILD_EXITED) { /* not yet waited for, so the process id is still its own */
            kill(child->pid, SIGKILL);
            waitpid(child->pid, ret_status, 0);
        }
        end_close(&child->in);
        end_close(&child->out);
        return end;
    }
}

static enum status verdict(const struct target *target, enum child_end end, int status,
                           struct channel_outcome *ret_outcome, struct fault *fault)
{
    if (end == CHILD_TOO_SLOW)
        return fault_set(fault, STATUS_IO, "command %s: out of time, killed", target->name);
    if (end == CHILD_TOO_LOUD)
        return fault_set(fault, STATUS_IO, "command %s: printed more than %d bytes, killed",
                         target->name, COMMAND_OUTPUT_MAX);
    if (WIFSIGNALED(status))
        return fault_set(fault, STATUS_IO, "command %s: ended by signal %d", target->name,
                         WTERMSIG(status));
    if (WEXITSTATUS(status) == 0)
        return STATUS_OK;
    ret_outcome->permanent = WEXITSTATUS(status) != EXIT_TRY_LATER;
    return fault_set(fault, ret_outcome->permanent ? STATUS_INVALID : STATUS_BUSY,
                     "command %s: exit code %d", target->name, WEXITSTATUS(status));
}

static void add_variable(struct buffer *variable, char *environment[], unsigned *count,
                         const char *name, const char *value)
{
    buffer_init(variable);
    buffer_addf(variable, "%s=", name);
    for (; *value; value++)
        buffer_add_char(variable, (unsigned char)*value < 0x20 ? ' ' : *value);
    environment[(*count)++] = variable->data;
}

static enum status run(const struct channel_options *options, const struct target *target,
                       const struct notice *notices, unsigned count,
                       struct channel_outcome *ret_outcome, struct fault *fault)
{
    struct buffer text, key, subject, variables[ENVIRONMENT_MAX];
    char *environment[ENVIRONMENT_MAX + 1] = {NULL}, number[16];
    unsigned variable_count = 0;
    int64_t seconds = target_int(options, target, "timeout_s", COMMAND_TIMEOUT_S);
    if (seconds < 1 || seconds > COMMAND_TIMEOUT_S_MAX)
        seconds = COMMAND_TIMEOUT_S;
    buffer_init(&text);
    buffer_init(&key);
    buffer_init(&subject);
    notices_text(notices, count, &text);
    notices_key(notices, count, &key);
    notices_subject(notices, count, &subject);
    snprintf(number, sizeof number, "%u", count);
    const char *const values[][2] = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                     {"LANG", "C.UTF-8"},
                                     {"JISHI_KEY", buffer_text(&key)},
                                     {"JISHI_KIND", count == 1 ? notices->kind : "digest"},
                                     {"JISHI_COUNT", number},
                                     {"JISHI_SUBJECT", buffer_text(&subject)},
                                     {"JISHI_TO", target->who}};
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++)
        add_variable(&variables[i], environment, &variable_count, values[i][0], values[i][1]);
    struct child child = {.in = -1,
                          .out = -1,
                          .text = buffer_text(&text),
                          .left = text.size,
                          .until_ms = clock_mono_ms() + seconds * 1000};
    int exit_status = 0;
    enum status status =
        spawn(target_setting(options, target, "program", ""), environment, &child, fault);
    ret_outcome->permanent = status == STATUS_NOT_FOUND;
    if (status == STATUS_OK) {
        enum child_end end = attend(&child, &exit_status);
        status = verdict(target, end, exit_status, ret_outcome, fault);
    }
    for (unsigned i = 0; i < variable_count; i++)
        buffer_done(&variables[i]);
    buffer_done(&text);
    buffer_done(&key);
    buffer_done(&subject);
    return status;
}

enum status command_send(const struct channel_options *options, const struct notice *notices,
                         unsigned count, const char *address, struct channel_outcome *ret_outcome,
                         struct fault *fault)
{
    struct target target;
    struct sigaction ignored = {.sa_handler = SIG_IGN}, waited = {.sa_handler = SIG_DFL};
    struct sigaction before, child_before;
    *ret_outcome = (struct channel_outcome){0};
    enum status status = target_read("command", address, &target, fault);
    if (status == STATUS_OK && *target_setting(options, &target, "program", "") != '/')
        status = fault_set(fault, STATUS_NOT_FOUND,
                           "jishi.conf names no command.%s.program, a whole path", target.name);
    ret_outcome->permanent = status != STATUS_OK;
    if (status != STATUS_OK)
        return status;
    sigaction(SIGPIPE, &ignored, &before);      /* it may end before it has read all */
    sigaction(SIGCHLD, &waited, &child_before); /* ignored, its exit code would be lost */
    status = run(options, &target, notices, count, ret_outcome, fault);
    sigaction(SIGCHLD, &child_before, NULL);
    sigaction(SIGPIPE, &before, NULL);
    return status;
}
