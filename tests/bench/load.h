/* load.h - what the load generators of the peers share: options, clock, histogram, result line.
 *
 * The same work for everybody: C connections, each keeping P requests in flight; a request counts
 * when its acknowledgement arrives; half a second of warm-up is left out; 10,000 streams, one of
 * those without a request in flight drawn at random, so that every expected version fits. */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVENT_SIZE   256
#define STREAM_COUNT 10000

struct load_options {
    const char *work; /* append or scan */
    int connections;
    int in_flight;
    double seconds;
    long events;
    int port;
    const char *path;
};

static inline struct load_options load_options_read(int argc, char **argv)
{
    struct load_options options = {"append", 1, 1, 3, 1000000, 17401, "."};
    for (int c; (c = getopt(argc, argv, "w:c:p:t:n:o:d:")) != -1;) {
        switch (c) {
        case 'w': options.work = optarg; break;
        case 'c': options.connections = atoi(optarg); break;
        case 'p': options.in_flight = atoi(optarg); break;
        case 't': options.seconds = atof(optarg); break;
        case 'n': options.events = atol(optarg); break;
        case 'o': options.port = atoi(optarg); break;
        case 'd': options.path = optarg; break;
        default: exit(2);
        }
    }
    return options;
}

static inline uint64_t load_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t load_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

/* Latencies: 64 linear steps in each power of two, so that a figure is off by 1.6 % at most. */
struct load_histogram {
    uint64_t count;
    uint64_t buckets[64 * 64];
};

static inline void load_histogram_add(struct load_histogram *histogram, uint64_t ns)
{
    int shift = ns < 64 ? 0 : 58 - __builtin_clzll(ns);
    histogram->buckets[shift * 64 + (int)(ns >> shift)]++;
    histogram->count++;
}

static inline double load_histogram_us(const struct load_histogram *histogram, double quantile)
{
    uint64_t want = (uint64_t)(quantile * (double)histogram->count), seen = 0;
    for (int i = 0; i < 64 * 64; i++) {
        seen += histogram->buckets[i];
        if (seen > want)
            return (double)((uint64_t)(i % 64) << (i / 64)) / 1e3;
    }
    return 0;
}

/* label, work, C, P, events, seconds, events/s, p50, p99, p999 in microseconds; tabs between. */
static inline void load_report(const char *label, const char *work, int connections, int in_flight,
                               uint64_t events, double seconds,
                               const struct load_histogram *histogram)
{
    printf("%s\t%s\t%d\t%d\t%llu\t%.3f\t%.0f", label, work, connections, in_flight,
           (unsigned long long)events, seconds, (double)events / seconds);
    if (histogram)
        printf("\t%.0f\t%.0f\t%.0f", load_histogram_us(histogram, .5),
               load_histogram_us(histogram, .99), load_histogram_us(histogram, .999));
    printf("\n");
    fflush(stdout);
}

static inline void load_fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why ? why : "failed");
    exit(1);
}

#endif
