/* bench_state.c - what the state costs: memory of an idle case, a fact, an open duty; the time a
 * decision takes; and what a day costs on which many duties fall due.
 *
 *     build/bench/bench_state [CASES [DUTIES]]        100,000 and 100,000
 *
 * In process, without a log: the decision core alone. */
#include <time.h>

#include "core/state_calendar.h"
#include "tests/desk/desk.h"

#define BATCH 64 /* ticks listed at once, as the reminder process does */

static struct desk desk;
static long units; /* ten of each a unit */

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double resident_bytes(void)
{
    long long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lld %lld", &all, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return (double)resident * 4096;
}

static int by_size(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return one < other ? -1 : one > other;
}

static void print_times(const char *what, double *times, long count)
{
    qsort(times, (size_t)count, sizeof *times, by_size);
    if (count > 0)
        printf("%-40s %9ld times  p50 %8.1f us  p99 %8.1f us  p999 %8.1f us  most %8.1f us\n", what,
               count, times[count / 2], times[count * 99 / 100], times[count * 999 / 1000],
               times[count - 1]);
}

/* The entries are not kept: this is about the state. */
static void forget(void)
{
    desk.entry_count = 0;
    arena_reset(&desk.arena);
}

struct measured {
    struct state_figures figures;
    double resident;
};

static struct measured measure(void)
{
    struct measured measured = {.resident = resident_bytes()};
    state_figures(desk.state, &measured.figures);
    return measured;
}

static void print_memory(const char *what, long count, const struct measured *before)
{
    struct measured after = measure();
    printf("%-40s %9ld rows   %6.0f bytes of tables each, %6.0f bytes of the process each\n", what,
           count, (double)(after.figures.bytes - before->figures.bytes) / (double)count,
           (after.resident - before->resident) / (double)count);
}

/* `head` and `tail` are what stands before and behind the unit's number. */
static void many(const char *what, long count, const char *member, const char *head,
                 const char *tail)
{
    struct measured before = measure();
    double *times = malloc((size_t)count * sizeof *times);
    for (long i = 0; i < count; i++) {
        const char *json = DESK_FORMAT(&desk, "%sunit:%ld%s", head, i % units, tail);
        struct json_command *read = ARENA_NEW(&desk.arena, struct json_command);
        char *text = arena_text(&desk.arena, json);
        for (char *at = text; *at; at++)
            *at = *at == '\'' ? '"' : *at;
        if (json_command_read(text, DESK_ORIGIN, &desk.arena, read, NULL) != STATUS_OK)
            abort();
        read->command.occurred_on = desk.today;
        double start = now_us();
        if (desk_decide(&desk, member, &read->command)->refusal != REFUSAL_none) {
            fprintf(stderr, "%s: %s\n", json, refusal_name(desk.last.refusal));
            abort();
        }
        times[i] = now_us() - start;
        forget();
    }
    print_memory(what, count, &before);
    print_times(what, times, count);
    free(times);
}

static unsigned tick_all(const struct tick *ticks, unsigned count, double *times, long *ret_done)
{
    char date[DATE_TEXT_SIZE];
    unsigned moved = 0;
    for (unsigned i = 0; i < count; i++) {
        const char *json = DESK_FORMAT(
            &desk, "{'verb':'tick','args':{'kind':'%s','day':'%s','what':'%s','number':%lld}}",
            tick_name(ticks[i].kind), date_text(ticks[i].day, date), ticks[i].what,
            (long long)ticks[i].number);
        double start = now_us();
        moved += desk_ask(&desk, "admin", json) == REFUSAL_none;
        times[(*ret_done)++] = now_us() - start;
    }
    return moved;
}

/* All that falls due on one day. */
static void day(const char *what, int32_t on)
{
    long lists = 0, done = 0, room = 8 * 1000 * 1000;
    double *listing = malloc((size_t)room / BATCH * sizeof *listing);
    double *deciding = malloc((size_t)room * sizeof *deciding);
    desk.today = on;
    for (;;) {
        struct tick ticks[BATCH];
        double start = now_us();
        unsigned count = state_due(desk.state, on, &desk.arena, ticks, BATCH);
        if (!count || done + BATCH > room)
            break;
        listing[lists++] = now_us() - start;
        if (!tick_all(ticks, count, deciding, &done))
            break; /* nothing moves: the rest is refused */
        forget();
    }
    char title[100];
    snprintf(title, sizeof title, "%s: listing %d", what, BATCH);
    print_times(title, listing, lists);
    snprintf(title, sizeof title, "%s: deciding one", what);
    print_times(title, deciding, done);
    free(listing);
    free(deciding);
}

/* A page of a member's calendar feed: one pass over all duties. */
static void calendar_page(const char *member)
{
    enum { PAGES = 20 };
    static struct calendar_item items[CALENDAR_PAGE_MAX];
    struct calendar_ask ask = {.member = member,
                               .from = DATE_NONE,
                               .until = DATE_NONE,
                               .settled_from = desk.today - 60,
                               .after_due = DATE_NONE};
    double times[PAGES];
    for (int i = 0; i < PAGES; i++) {
        double start = now_us();
        unsigned count =
            state_calendar(desk.state, &ask, desk.today, "zh", items, CALENDAR_PAGE_MAX);
        times[i] = now_us() - start;
        if (count == CALENDAR_PAGE_MAX) {
            ask.after_due = items[count - 1].deadline->due;
            ask.after_duty = items[count - 1].duty;
        }
    }
    char title[100];
    snprintf(title, sizeof title, "a page of %s's calendar", member ? member : "everybody");
    print_times(title, times, PAGES);
}

static void calendar_arrives(const char *what, const char *text)
{
    double start = now_us();
    desk_text(&desk, "calendar", text, strlen(text));
    printf("%-40s %37.1f us\n", what, now_us() - start);
}

static void stage(const char *pack)
{
    FILE *file = fopen(pack, "rb");
    static char text[65536];
    size_t size = file ? fread(text, 1, sizeof text, file) : 0;
    if (!file || !size) {
        fprintf(stderr, "%s cannot be read\n", pack);
        exit(2);
    }
    fclose(file);
    desk_open(&desk, date_from_civil(2026, 3, 2));
    desk_text(&desk, "pack", text, size);
    desk_assign(&desk, "ann", "bench.writer", "");
    for (long i = 0; i < units; i++) {
        desk_register(&desk, DESK_FORMAT(&desk, "unit:%ld", i), "{'unit':'unit:top'}");
        forget();
    }
}

int main(int argc, char **argv)
{
    long cases = argc > 1 ? atol(argv[1]) : 100000, duties = argc > 2 ? atol(argv[2]) : 100000;
    units = (cases > duties ? cases : duties) / 10 + 1;
    stage(SOURCE_DIR "/tests/bench/BENCH.yaml");
    many("an idle case with one act", cases, "ann",
         "{'what':'BENCH-NOTE.noted','subjects':{'unit':'", "'},'args':{'number':1}}");
    many("a fact", duties, "admin", "{'verb':'fact','what':'bench_answered','subjects':{'unit':'",
         "'}}");
    desk.today++; /* an answer before the question answers nothing */
    many("a fact and the duty it opens", duties, "admin",
         "{'verb':'fact','what':'bench_asked','subjects':{'unit':'", "'}}");
    calendar_page(NULL);
    calendar_page("admin");
    calendar_page("ann");
    calendar_arrives("a calendar arrives, no duty leans on its year",
                     "year: 2029\noff: []\nwork: []\n");
    day("nothing due", date_from_civil(2026, 3, 4));
    day("the first reminder of all", date_from_civil(2026, 3, 26));
    day("the rest, until overdue", date_from_civil(2026, 4, 3));
    calendar_arrives("a calendar arrives, all overdue lean on it",
                     "year: 2026\noff: []\nwork: []\n");
    desk_close(&desk);
    return 0;
}
