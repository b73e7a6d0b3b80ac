/* jobs.h - the queue of reminders as the reminder process keeps and serves it: its rows, its settings,
 * and the answers to workers and operators on port 7705 (PROTOCOL.md section 8). */
#ifndef CMD_JOBS_H
#define CMD_JOBS_H

#include "cmd/roster.h"
#include "cmd/socket.h"
#include "cmd/wire/question.h"
#include "events/follower.h"
#include "projections/queue.h"

struct jobs;

/* Opens DIR/projections/queue, reads jishi.conf, recipients.conf and which channels are stopped. From
 * then on SIGHUP means: read the settings again. */
enum status jobs_open(const char *directory, struct jobs **ret_jobs, struct fault *fault);
void jobs_close(struct jobs *jobs); /* commits first */

int64_t jobs_next(const struct jobs *jobs);  /* the entry wanted: what lies before is not needed */
struct queue *jobs_queue(struct jobs *jobs); /* lent */

/* STATUS_CONFLICT: the log is not the one that the rows were folded from. */
enum status jobs_entry(struct jobs *jobs, const struct followed *followed, struct fault *fault);
/* After a batch, and once a second: commits when there is something, and not too often. */
enum status jobs_batch(struct jobs *jobs, struct fault *fault);
/* Once a second: settings that have changed are read. */
void jobs_second(struct jobs *jobs);

/* Who asks, and what is known. */
struct jobs_asked {
    const struct state *state;
    struct roster *roster;
    const struct envelope *envelope;
    int32_t today; /* roles are held from day to day */
};

/* Answers one question: writes the whole reply. */
void jobs_answer(struct jobs *jobs, const struct jobs_asked *asked, const struct question *question,
                 struct buffer *out);

#endif
