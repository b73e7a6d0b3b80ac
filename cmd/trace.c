/* trace.c - diagnostics, see trace.h. */
#include "cmd/trace.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "cmd/clock.h"

static const char *trace_program = "jishi";

void trace_as(const char *program)
{
    trace_program = program;
}

void trace(const char *what, const char *format, ...)
{
    char line[1024];
    int64_t now = clock_wall_us();
    time_t seconds = (time_t)(now / 1000000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t used = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &utc);
    used += (size_t)snprintf(line + used, sizeof line - used, ".%03dZ %s %s ",
                             (int)(now / 1000 % 1000), trace_program, what);
    va_list args;
    va_start(args, format);
    vsnprintf(line + used, sizeof line - used, format, args);
    va_end(args);
    for (char *c = line; *c; c++) /* one event stays one line, whatever a text holds */
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    fprintf(stderr, "%s\n", line);
}
