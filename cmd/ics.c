/* ics.c - due days as an iCalendar text, see ics.h. Properties and escaping are libical's; folding
 * is ours: libical 3.0 cuts between CR and LF where a text fills its last line. */
#include "cmd/ics.h"

#include <libical/ical.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/version.h"
#include "core/check.h"
#include "core/date.h"

#define REFRESH     "P1D" /* how often a reader should ask again, where it lets itself be told */
#define LINE_OCTETS 75    /* of a line without its break, RFC 5545 section 3.1 */

static const char *words(const struct ics_options *options, const char *zh, const char *en)
{
    return strcmp(options->language, "en") == 0 ? en : zh;
}

static struct icaltimetype day_time(int32_t day)
{
    struct civil civil = date_civil(day);
    struct icaltimetype time = icaltime_null_date();
    time.year = civil.year;
    time.month = civil.month;
    time.day = civil.day;
    return time;
}

static struct icaltimetype moment_time(int64_t at_us)
{
    return icaltime_from_timet_with_zone((time_t)(at_us / 1000000), 0,
                                         icaltimezone_get_utc_timezone());
}

static void add_x(icalcomponent *component, const char *name, const char *value)
{
    icalproperty *property = icalproperty_new_x(value);
    icalproperty_set_x_name(property, name);
    icalcomponent_add_property(component, property);
}

/* libical leaves commas and semicolons of extension properties as they are, where TEXT would have
 * them escaped: the name does without them. */
static void add_x_name(icalcomponent *component, const char *name, const char *value)
{
    struct buffer plain;
    buffer_init(&plain);
    for (const char *at = value; *at; at++)
        buffer_add_char(&plain, *at == ',' || *at == ';' ? ' ' : *at);
    add_x(component, name, buffer_text(&plain));
    buffer_done(&plain);
}

/* ---- words ---- */

static const char *state_mark(const struct ics_options *options, const char *state)
{
    static const struct {
        const char *state, *zh, *en;
    } marks[] = {{"overdue", "【逾期】", "[overdue] "},
                 {"met", "【已办】", "[done] "},
                 {"cancelled", "【取消】", "[cancelled] "},
                 {"suspended", "【中止】", "[suspended] "}};
    for (unsigned i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strcmp(marks[i].state, state) == 0)
            return words(options, marks[i].zh, marks[i].en);
    return "";
}

static void summary_write(const struct ics_options *options, const struct ics_event *event,
                          struct buffer *out)
{
    bool of_case = event->case_number > 0;
    buffer_addf(out, "%s%s", state_mark(options, event->state), event->title);
    if (options->subjects && *event->of)
        buffer_addf(out, "%s%s", words(options, "：", ": "), event->of);
    buffer_addf(out, "%s%s%lld%s", words(options, "（", " ("),
                of_case ? words(options, "事项", "case ") : words(options, "期限", "duty "),
                (long long)(of_case ? event->case_number : event->duty),
                words(options, "号）", ")"));
}

static void description_write(const struct ics_options *options, const struct ics_event *event,
                              struct buffer *out)
{
    buffer_addf(out, "%s%lld%s", words(options, "期限", "duty "), (long long)event->duty,
                words(options, "号", ""));
    if (event->case_number > 0)
        buffer_addf(out, "\n%s%lld%s", words(options, "事项", "case "),
                    (long long)event->case_number, words(options, "号", ""));
    if (*event->owner)
        buffer_addf(out, "\n%s%s", words(options, "责任：", "owner: "), event->owner);
    if (event->provisional)
        buffer_addf(
            out, "\n%s",
            words(options, "暂定：有年度的放假安排尚未公布，公布后可能变动",
                  "provisional: a year's holidays are not published yet; the day may move"));
}

/* ---- components ---- */

/* An alarm rings at the hour of reminders on its day; the trigger counts from the midnight with
 * which the due day begins. */
static void alarm_add(icalcomponent *component, const struct ics_options *options,
                      const struct ics_event *event, int32_t day, const char *summary)
{
    int seconds = (day - event->due) * 86400 + options->alarm_minute * 60;
    struct icaltriggertype trigger = {.time = icaltime_null_time(),
                                      .duration = icaldurationtype_from_int(seconds)};
    icalcomponent *alarm = icalcomponent_new_valarm();
    icalcomponent_add_property(alarm, icalproperty_new_action(ICAL_ACTION_DISPLAY));
    icalcomponent_add_property(alarm, icalproperty_new_trigger(trigger));
    icalcomponent_add_property(alarm, icalproperty_new_description(summary));
    icalcomponent_add_component(component, alarm);
}

static icalcomponent *event_new(const struct ics_options *options, const char *uid, int32_t day,
                                int64_t changed_at_us, int64_t sequence)
{
    icalcomponent *component = icalcomponent_new_vevent();
    struct buffer whole;
    buffer_init(&whole);
    buffer_addf(&whole, "%s@%s", uid, options->origin);
    icalcomponent_add_property(component, icalproperty_new_uid(buffer_text(&whole)));
    icalcomponent_add_property(component, icalproperty_new_dtstamp(moment_time(changed_at_us)));
    icalcomponent_add_property(component,
                               icalproperty_new_lastmodified(moment_time(changed_at_us)));
    icalcomponent_add_property(
        component, icalproperty_new_sequence((int)(sequence > INT_MAX ? INT_MAX : sequence)));
    icalcomponent_add_property(component, icalproperty_new_dtstart(day_time(day)));
    icalcomponent_add_property(component, icalproperty_new_dtend(day_time(day + 1)));
    icalcomponent_add_property(component, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
    buffer_done(&whole);
    return component;
}

static icalcomponent *event_of(const struct ics_options *options, const struct ics_event *event)
{
    bool cancelled = strcmp(event->state, "cancelled") == 0;
    bool rings = strcmp(event->state, "open") == 0;
    struct buffer summary, description;
    char uid[32];
    snprintf(uid, sizeof uid, "duty-%lld", (long long)event->duty);
    icalcomponent *component =
        event_new(options, uid, event->due, event->changed_at_us, event->changed_entry);
    buffer_init(&summary);
    buffer_init(&description);
    summary_write(options, event, &summary);
    description_write(options, event, &description);
    icalcomponent_add_property(component, icalproperty_new_summary(buffer_text(&summary)));
    icalcomponent_add_property(component, icalproperty_new_description(buffer_text(&description)));
    icalcomponent_add_property(
        component,
        icalproperty_new_status(cancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
    for (unsigned i = 0; rings && i < event->alarm_count; i++)
        alarm_add(component, options, event, event->alarms[i], buffer_text(&summary));
    buffer_done(&summary);
    buffer_done(&description);
    return component;
}

/* A calendar that does not hold everything says so on the day of its last entry. */
static icalcomponent *event_of_rest(const struct ics_options *options, const struct ics_event *last)
{
    struct buffer summary;
    icalcomponent *component =
        event_new(options, "left-out", last->due, last->changed_at_us, last->changed_entry);
    buffer_init(&summary);
    buffer_addf(&summary, "%s%zu%s", words(options, "另有", ""), options->left_out,
                words(options, "项更晚的期限未列入本日历，见 jishi due",
                      " later duties are not in this calendar, see jishi due"));
    icalcomponent_add_property(component, icalproperty_new_summary(buffer_text(&summary)));
    icalcomponent_add_property(component, icalproperty_new_status(ICAL_STATUS_CONFIRMED));
    buffer_done(&summary);
    return component;
}

static icalcomponent *calendar_new(const struct ics_options *options)
{
    icalcomponent *calendar = icalcomponent_new_vcalendar();
    struct icaldurationtype refresh = icaldurationtype_from_string(REFRESH);
    icalcomponent_add_property(calendar, icalproperty_new_version("2.0"));
    icalcomponent_add_property(
        calendar, icalproperty_new_prodid(words(options, "-//Jishi//Jishi " JISHI_VERSION "//ZH",
                                                "-//Jishi//Jishi " JISHI_VERSION "//EN")));
    icalcomponent_add_property(calendar, icalproperty_new_calscale("GREGORIAN"));
    icalcomponent_add_property(calendar, icalproperty_new_name(options->name));
    icalcomponent_add_property(calendar, icalproperty_new_refreshinterval(refresh));
    add_x_name(calendar, "X-WR-CALNAME", options->name);
    add_x(calendar, "X-PUBLISHED-TTL", REFRESH);
    return calendar;
}

/* ---- lines ---- */

static bool continues_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static void line_fold(const char *line, size_t size, struct buffer *out)
{
    size_t room = LINE_OCTETS;
    while (size > room) {
        size_t cut = room;
        while (cut > 1 && continues_character(line[cut]))
            cut--;
        buffer_add(out, line, cut);
        buffer_add(out, "\r\n ", 3);
        line += cut;
        size -= cut;
        room = LINE_OCTETS - 1; /* the space counts */
    }
    buffer_add(out, line, size);
    buffer_add(out, "\r\n", 2);
}

/* No CR stands inside a value: line breaks of texts are escaped. */
void ics_fold(const char *text, struct buffer *out)
{
    struct buffer line;
    buffer_init(&line);
    for (const char *at = text; *at; at++) {
        if (at[0] == '\n' && at[1] == ' ') {
            at++;
        } else if (*at == '\n') {
            line_fold(buffer_text(&line), line.size, out);
            buffer_clear(&line);
        } else if (*at != '\r') {
            buffer_add_char(&line, *at);
        }
    }
    buffer_done(&line);
}

enum status ics_write(const struct ics_options *options, const struct ics_event *events,
                      size_t count, struct buffer *out, struct fault *fault)
{
    icalcomponent *calendar = calendar_new(options);
    for (size_t i = 0; i < count; i++)
        icalcomponent_add_component(calendar, event_of(options, &events[i]));
    if (options->left_out > 0 && count > 0)
        icalcomponent_add_component(calendar, event_of_rest(options, &events[count - 1]));
    char *text = icalcomponent_as_ical_string_r(calendar);
    icalcomponent_free(calendar);
    if (!text)
        return fault_set(fault, STATUS_IO, "libical did not write the calendar");
    ics_fold(text, out);
    icalmemory_free_buffer(text);
    return STATUS_OK;
}
