/* trace.h - diagnostics for operators: one line an event on stderr, key=value, no secrets, no
 * personal data. */
#ifndef CMD_TRACE_H
#define CMD_TRACE_H

/* trace("listening", "port=%d", port) writes: 2026-01-30T00:50:00.123Z serve listening port=7701 */
void trace(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trace_as(const char *program); /* lends the name for ever */

#endif
