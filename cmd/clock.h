/* clock.h - the one place that asks the clock. */
#ifndef CMD_CLOCK_H
#define CMD_CLOCK_H

#include <stdint.h>

/* Two clocks that watch each other: the time of day, which anybody may set, and one that never
 * jumps. Where the time of day leaps away by more than CLOCK_LEAP_MAX_US, it is not followed: time
 * goes on from where both agreed last, until they agree again or the process is started anew by
 * somebody who has looked at the clock. Less than that, and what NTP slews, is followed. */
#define CLOCK_LEAP_MAX_US (600 * INT64_C(1000000)) /* ten minutes */

struct steady_clock {
    int64_t wall_us, mono_ms; /* when both agreed last */
    int64_t leap_us; /* by so much the time of day is ahead, or behind; 0: it is followed */
};

int64_t clock_now_us(void);  /* UTC, for the record */
int64_t clock_mono_ms(void); /* never jumps, for time-outs and leases */
int32_t clock_today(void);   /* civil day in Asia/Shanghai */

void steady_clock_start(struct steady_clock *clock);
int64_t steady_now_us(struct steady_clock *clock); /* UTC */

#endif
