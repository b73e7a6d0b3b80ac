/* invitation.c - libical escapes and writes it; folding is ics_fold()'s. */
#include "cmd/notify/invitation.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ics.h"
#include "core/check.h"
#include "core/date.h"

static struct icaltimetype day_of(int32_t date)
{
    char text[DATE_TEXT_SIZE], digits[9];
    date_text(date, text);
    snprintf(digits, sizeof digits, "%.4s%.2s%.2s", text, text + 5, text + 8);
    return icaltime_from_string(digits);
}

static icalcomponent *event_new(const struct notice *notice, int32_t due, const char *origin,
                                int64_t now_us)
{
    char uid[400];
    struct buffer subject, text;
    buffer_init(&subject);
    buffer_init(&text);
    notices_subject(notice, 1, &subject);
    notices_text(notice, 1, &text);
    snprintf(uid, sizeof uid, "duty-%lld@%.300s", (long long)notice->about, origin);
    icalcomponent *event =
        icalcomponent_vanew(ICAL_VEVENT_COMPONENT, icalproperty_new_uid(uid),
                            icalproperty_new_dtstamp(icaltime_from_timet_with_zone(
                                (time_t)(now_us / 1000000), 0, icaltimezone_get_utc_timezone())),
                            icalproperty_new_dtstart(day_of(due)),
                            icalproperty_new_dtend(day_of(due + 1)), /* exclusive */
                            icalproperty_new_summary(buffer_text(&subject)),
                            icalproperty_new_description(buffer_text(&text)),
                            icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT), NULL);
    CHECK(event != NULL);
    buffer_done(&subject);
    buffer_done(&text);
    return event;
}

static bool is_repeated(const struct notice *notices, unsigned at)
{
    for (unsigned i = 0; i < at; i++)
        if (notices[i].about == notices[at].about && strcmp(notices[i].kind, "before") == 0)
            return true;
    return false;
}

bool invitation_write(const struct notice *notices, unsigned count, const char *origin,
                      int64_t now_us, struct buffer *out)
{
    icalcomponent *calendar =
        icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                            icalproperty_new_prodid("-//Jishi//reminders//EN"),
                            icalproperty_new_method(ICAL_METHOD_PUBLISH), NULL);
    bool any = false;
    CHECK(calendar != NULL);
    for (unsigned i = 0; i < count; i++) {
        int32_t due = date_parse(notices[i].due);
        if (strcmp(notices[i].kind, "before") != 0 || due == DATE_NONE || is_repeated(notices, i))
            continue;
        icalcomponent_add_component(calendar, event_new(&notices[i], due, origin, now_us));
        any = true;
    }
    char *text = any ? icalcomponent_as_ical_string_r(calendar) : NULL;
    if (any) {
        CHECK(text != NULL);
        ics_fold(text, out);
    }
    icalmemory_free_buffer(text);
    icalcomponent_free(calendar);
    return any;
}
