/* check.c - the last words of a process that met its own bug. */
#include "core/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *condition, const char *file, int line, const char *function)
{
    fprintf(stderr, "jishi: CHECK failed: %s at %s:%d in %s\n", condition, file, line, function);
    abort();
}
