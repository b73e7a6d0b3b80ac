/* clock.c - the one place that asks the clock, see clock.h. */
#include "cmd/clock.h"

#include <time.h>

#include "core/command.h"

int64_t clock_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int32_t clock_today(void)
{
    return moment_day(clock_now_us());
}

void steady_clock_start(struct steady_clock *clock)
{
    *clock = (struct steady_clock){.wall_us = clock_now_us(), .mono_ms = clock_mono_ms()};
}

int64_t steady_now_us(struct steady_clock *clock)
{
    int64_t wall = clock_now_us(), mono = clock_mono_ms();
    int64_t expected = clock->wall_us + (mono - clock->mono_ms) * 1000;
    int64_t leap = wall - expected;
    if (leap > CLOCK_LEAP_MAX_US || leap < -CLOCK_LEAP_MAX_US) {
        clock->leap_us = leap;
        return expected;
    }
    *clock = (struct steady_clock){.wall_us = wall, .mono_ms = mono};
    return wall;
}
