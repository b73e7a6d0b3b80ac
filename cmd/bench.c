/* bench.c - `jishi bench load|replay|state`: figures, with the work described; its options and what
 * the parts share. */
#include "cmd/bench.h"

#include <string.h>
#include <time.h>

#include "cmd/bench_fanout.h"
#include "cmd/commands.h"
#include "cmd/options.h"

int64_t bench_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
    int shift = ns < 64 ? 0 : 58 - __builtin_clzll(ns);
    histogram->buckets[(uint64_t)shift * 64 + (ns >> shift)]++;
    histogram->count++;
}

double histogram_us(const struct histogram *histogram, double quantile)
{
    uint64_t want = (uint64_t)(quantile * (double)histogram->count), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > want)
            return (double)((uint64_t)(i % 64) << (i / 64)) / 1e3;
    }
    return 0;
}

int cmd_bench(int argc, char **argv)
{
    static struct load_options load = {.connections = 16,
                                       .in_flight = 64,
                                       .cases = 10000,
                                       .seconds = 3,
                                       .step = "BENCH-NOTE.noted"};
    static int64_t threads;
    static const struct option_spec specs[] = {
        {"connections", 'c', OPTION_INT, &load.connections, "C", "连接数（16）",
         "connections (16)"},
        {"in-flight", 'p', OPTION_INT, &load.in_flight, "P", "每个连接在途命令数（64）",
         "commands in flight on each (64)"},
        {"seconds", 't', OPTION_INT, &load.seconds, "S", "时长（3）", "how long (3)"},
        {"entries", 'n', OPTION_INT, &load.entries, "N", "改为写满 N 条",
         "instead: until N are acknowledged"},
        {"cases", 0, OPTION_INT, &load.cases, "N", "事项数（10000）", "cases (10,000)"},
        {"single", 0, OPTION_FLAG, &load.single, NULL, "每条命令单独签名",
         "a signature for each command"},
        {"subscribers", 0, OPTION_INT, &load.subscribers, "N",
         "同时有 N 个订阅者实时跟随日志，量它们收到的速度和时延（0）",
         "N subscribers follow the log meanwhile: their rate and latency (0)"},
        {"remote", 0, OPTION_FLAG, &load.remote, NULL,
         "订阅者如在别的机器上：记录由订阅通道送来，不就地读日志",
         "they follow as on another machine: entries come through the feed"},
        {"pack", 0, OPTION_TEXT, &load.pack, "FILE", "先启用这个规则包",
         "activate this pack first"},
        {"step", 0, OPTION_TEXT, &load.step, "PROCEDURE.step",
         "做哪一步：可反复做，填 number，对象 unit",
         "the step to do: optional, field number, slot unit"},
        {"threads", 0, OPTION_INT, &threads, "N", "重放的线程数（核数）",
         "threads of the replay (cores)"},
        {0}};
    struct options options = {"bench", "load DIR | replay DIR", specs};
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc == 2 && strcmp(argv[0], "replay") == 0)
        return bench_replay(argv[1], threads);
    if (argc != 2 || strcmp(argv[0], "load") != 0)
        return options_wrong(&options,
                             in_words("要写 load DIR 或 replay DIR", "say load DIR or replay DIR"));
    if (load.connections < 1 || load.connections > CONNECTIONS_MAX || load.in_flight < 1 ||
        load.in_flight > IN_FLIGHT_MAX || load.subscribers < 0 ||
        load.subscribers > SUBSCRIBERS_MAX || load.cases < 1 || load.cases > CASES_MAX ||
        load.connections * load.in_flight > load.cases / 2)
        return options_wrong(
            &options,
            in_words("连接 1–256，在途 1–256，总数不超过事项数的一半，订阅者至多 64 个",
                     "1 to 256 connections, 1 to 256 in flight, together at most half the cases, "
                     "64 subscribers at most"));
    return bench_load(argv[1], &load);
}
