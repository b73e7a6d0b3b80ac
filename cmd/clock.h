/* clock.h - the one place that asks the clock. */
#ifndef CMD_CLOCK_H
#define CMD_CLOCK_H

#include <stdint.h>

int64_t clock_now_us(void);  /* UTC, for the record */
int64_t clock_mono_ms(void); /* never jumps, for time-outs and leases */
int32_t clock_today(void);   /* civil day in Asia/Shanghai */

#endif
