/* ticks.h - the clock of duties: asks the folded state what is due and says so by tick commands.
 *
 * The server decides: a tick of what is not due is refused and leaves no trace. So ticks may be said
 * twice, late, or by two reminders at once, and each effect stands once in the log.
 *
 *     idle --something is due--> asked --answer--> idle; looks again when it has folded what came
 *                                 |  ^
 *                                 +--+ busy: after the server's hint; unknown, silence: the same
 *                                      bytes again, less and less often
 *
 * At most TICKS_MAX commands are on their way at a time, under one signature, and behind them comes a
 * pause, longer where the server has more to do: the commands of people keep their time however much
 * falls due at once. Nothing waits: the process answers its workers in between. */
#ifndef CMD_TICKS_H
#define CMD_TICKS_H

#include "cmd/station.h"

#define TICKS_MAX         24    /* tick commands under one signature, and on their way */
#define TICK_PAUSE        3     /* so many times as long as they took the next ones wait */
#define TICK_TRY_FIRST_MS 1000  /* silence before the same is sent again, doubling ... */
#define TICK_TRY_LAST_MS  10000 /* ... to this; then the connection is made anew as well */
#define TICK_REST_FIRST_MS                                                                         \
    1000                        /* after ticks of which none was due there (its clock is behind   \
                                    ours): doubling ... */
#define TICK_REST_LAST_MS 60000 /* ... to this */

struct ticks;

struct ticks_options {
    const struct server_info *server;
    const struct member_key *key; /* of a member with the role clock */
    int32_t remind_minute;        /* of the day: reminders of a day go out from then on */
};

/* Copies what the options name. NULL with a fault. */
struct ticks *ticks_open(const struct ticks_options *options, struct fault *fault);
/* After each batch that was folded, and once a second. */
void ticks_turn(struct ticks *ticks, struct station *station);
/* Before the station's loop is closed, and after. */
void ticks_stop(struct ticks *ticks);
void ticks_close(struct ticks *ticks);

#endif
