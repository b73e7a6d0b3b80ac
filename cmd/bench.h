/* bench.h - the parts of `jishi bench`: what is measured, and the figures they share. */
#ifndef CMD_BENCH_H
#define CMD_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define CONNECTIONS_MAX 256
#define IN_FLIGHT_MAX   256 /* of one connection */
#define BUNDLE_COMMANDS 200 /* under one signature: a request of 65,000 bytes holds them */
#define CASES_MAX       1000000
#define THREADS_MAX     16

int64_t bench_now_ns(void); /* monotonic */

/* 64 linear steps in each power of two: a figure is off by 1.6 % at most. */
#define HISTOGRAM_BUCKETS (64 * 64)

struct histogram {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);
double histogram_us(const struct histogram *histogram, double quantile);

struct load_options {
    int64_t connections, in_flight, cases, entries,
        seconds;         /* entries: 0, else instead of seconds */
    int64_t subscribers; /* that follow the log meanwhile (bench_fanout.h) */
    bool remote;         /* they do so as on another machine */
    bool single;         /* a signature for each command */
    const char *pack;    /* to be activated first; NULL */
    const char *step;    /* "PROCEDURE.step": optional, field number, slot unit */
};

/* Each prints its figures; exit codes. */
int bench_load(const char *directory, const struct load_options *options);
int bench_replay(const char *directory, int64_t threads);

#endif
