/* clock.c - the one place that asks the clock, see clock.h. */
#include "cmd/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "core/command.h"

#define NEVER_ASKED INT64_MIN

static _Atomic int64_t ahead_us =
    NEVER_ASKED; /* time of day less the steady clock, when both agreed last */

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

/* Of two threads that set it, each has just found both clocks in agreement. */
static int64_t agreed_us(int64_t ahead)
{
    int64_t agreed = atomic_load(&ahead_us);
    int64_t leap = agreed == NEVER_ASKED ? 0 : ahead - agreed;
    if (leap > CLOCK_LEAP_MAX_US || leap < -CLOCK_LEAP_MAX_US)
        return agreed;
    atomic_store(&ahead_us, ahead);
    return ahead;
}

int64_t clock_now_us(void)
{
    int64_t steady = read_us(CLOCK_BOOTTIME);
    return steady + agreed_us(clock_wall_us() - steady);
}

int64_t clock_leap_us(void)
{
    int64_t ahead = clock_wall_us() - read_us(CLOCK_BOOTTIME);
    return ahead - agreed_us(ahead);
}

int64_t clock_mono_ms(void)
{
    return read_us(CLOCK_BOOTTIME) / 1000;
}

int32_t clock_today(void)
{
    return moment_day(clock_now_us());
}
