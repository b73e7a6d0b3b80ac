/* bench_fanout.h - live subscribers beside a load: each follows the log on connections of its own, as
 * a projector does that wants few kinds of events: it checks the chain of every entry and decodes the
 * first of each batch, to note how long after its command was made it came. */
#ifndef CMD_BENCH_FANOUT_H
#define CMD_BENCH_FANOUT_H

#include "cmd/bench.h"
#include "core/fault.h"

#define SUBSCRIBERS_MAX 64

struct fanout;

/* Returns when all have the whole log; NULL with the reason in `fault`. They follow with the
 * server's own key, as projectors do; `remote`: as on another machine, by the feed. */
struct fanout *fanout_start(const char *directory, int64_t subscribers, bool remote,
                            struct fault *fault);
/* Of bench_now_ns(): what arrives in between is counted. */
void fanout_window(struct fanout *fanout, int64_t start_ns, int64_t end_ns);

struct fanout_figures {
    uint64_t deliveries; /* in the window, of all subscribers together */
    struct histogram
        latencies;    /* of the first entry of each batch, the longest on its way: from the
                                   making of its command to its receipt */
    uint64_t entries; /* that every subscriber took, in and out of the window */
    bool equal;       /* all stand at the same entry, with the same leaf hash */
};

/* Waits until all have `size` entries (FANOUT_WAIT_MS at most), ends them, frees. */
void fanout_stop(struct fanout *fanout, int64_t size, struct fanout_figures *ret_figures);

#endif
