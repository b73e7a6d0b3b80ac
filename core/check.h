/* check.h - what must hold holds, in every build.
 *
 * A failed CHECK is a bug of ours and ends the process; it is never reached by bytes from outside
 * (those meet a fault or a refusal first). */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__, __func__))

_Noreturn void check_failed(const char *condition, const char *file, int line,
                            const char *function);

#endif
