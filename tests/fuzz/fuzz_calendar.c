/* fuzz_calendar.c - bytes as a year's calendar, then as a period to count with it. */
#include "core/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct calendar *calendar = calendar_open();
    struct fault fault;
    struct period period;
    struct provisional lean = {0};
    char text[64];
    int year;
    calendar_load(calendar, (const char *)data, size, &year, &fault);
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    for (size_t i = 0; i < length; i++)
        text[i] = (char)data[i];
    text[length] = '\0';
    if (period_parse(text, &period, &fault) == STATUS_OK && period.workdays < 1000)
        calendar_add(calendar, date_from_civil(2026, 1, 31), period, FIRST_DAY_NOT_COUNTED, &lean);
    date_parse(text);
    calendar_close(calendar);
    return 0;
}
