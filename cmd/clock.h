/* clock.h - the one place that asks the clock. */
#ifndef CMD_CLOCK_H
#define CMD_CLOCK_H

#include <stdint.h>

/* Two clocks watch each other: the time of day, which anybody may set, and one that never jumps.
 * Where the time of day leaps away by more than CLOCK_LEAP_MAX_US, the process does not follow it:
 * time goes on from where both agreed last, until they agree again or the process is started anew
 * by somebody who has looked at the clock. Less than that, and what NTP slews, is followed. */
#define CLOCK_LEAP_MAX_US (600 * INT64_C(1000000)) /* ten minutes */

/* From any thread. */
int64_t clock_now_us(void);  /* UTC: what is recorded, due, allowed goes by it */
int64_t clock_wall_us(void); /* UTC: the machine's time of day, whatever became of it */
int64_t clock_leap_us(void); /* by so much that is ahead, or behind; 0: it is followed */
int64_t clock_mono_ms(void); /* never jumps, for time-outs and leases */
int32_t clock_today(void);   /* civil day in Asia/Shanghai of clock_now_us() */

#endif
