/* fault.c - filling a fault with one sentence. */
#include "core/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum status fault_set(struct fault *fault, enum status status, const char *format, ...)
{
    if (!fault)
        return status;
    va_list arguments;
    va_start(arguments, format);
    fault->status = status;
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return status;
}

enum status fault_add(struct fault *fault, const char *format, ...)
{
    if (!fault)
        return STATUS_INVALID;
    char where[FAULT_TEXT_MAX], whole[2 * FAULT_TEXT_MAX + 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(where, sizeof where, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "%s: %s", where, fault->text);
    memcpy(fault->text, whole, sizeof fault->text);
    fault->text[sizeof fault->text - 1] = '\0';
    return fault->status;
}

const char *status_name(enum status status)
{
    static const char *const names[] = {
        [STATUS_OK] = "ok",
        [STATUS_INVALID] = "invalid",
        [STATUS_NOT_FOUND] = "not_found",
        [STATUS_CONFLICT] = "conflict",
        [STATUS_FULL] = "full",
        [STATUS_BUSY] = "busy",
        [STATUS_IO] = "io",
        [STATUS_CORRUPT] = "corrupt",
        [STATUS_DENIED] = "denied",
    };
    return names[status];
}
