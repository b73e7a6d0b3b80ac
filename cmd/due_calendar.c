/* due_calendar.c - due days as one iCalendar text, see due_calendar.h. */
#include "cmd/due_calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ics.h"
#include "core/check.h"
#include "core/date.h"

#define NO_MEMBER "calendar: no such member" /* how that answer begins */

enum { /* the row of the query `calendar` */
       ROW_DUTY,
       ROW_NAME,
       ROW_TITLE,
       ROW_OF,
       ROW_CASE,
       ROW_DUE,
       ROW_STATE,
       ROW_LATE,
       ROW_OWNER,
       ROW_OWNER_TITLE,
       ROW_UNIT,
       ROW_RUNGS,
       ROW_LEAN,
       ROW_MET_ON,
       ROW_CHANGED_ENTRY,
       ROW_CHANGED_AT,
       ROW_SIZE
};

struct collecting {
    const struct due_calendar *asked;
    json_t *pages; /* what the events' texts are lent from */
    struct ics_event *events;
    size_t count, left_out;
};

static const char *text_at(const json_t *row, size_t index)
{
    const char *text = json_string_value(json_array_get(row, index));
    return text ? text : "";
}

static int64_t int_at(const json_t *row, size_t index)
{
    return json_integer_value(json_array_get(row, index));
}

static void event_read(const json_t *row, struct ics_event *event)
{
    const json_t *rungs = json_array_get(row, ROW_RUNGS);
    *event = (struct ics_event){.duty = int_at(row, ROW_DUTY),
                                .case_number = int_at(row, ROW_CASE),
                                .title = text_at(row, ROW_TITLE),
                                .of = text_at(row, ROW_OF),
                                .state = text_at(row, ROW_STATE),
                                .owner = text_at(row, ROW_OWNER_TITLE),
                                .unit = text_at(row, ROW_UNIT),
                                .due = date_parse(text_at(row, ROW_DUE)),
                                .provisional = json_array_size(json_array_get(row, ROW_LEAN)) > 0,
                                .changed_entry = int_at(row, ROW_CHANGED_ENTRY),
                                .changed_at_us = int_at(row, ROW_CHANGED_AT)};
    for (size_t i = 0; i < json_array_size(rungs) && event->alarm_count < ICS_ALARMS_MAX; i++) {
        int32_t day = date_parse(text_at(rungs, i));
        if (day != DATE_NONE)
            event->alarms[event->alarm_count++] = day;
    }
}

static bool state_fits(const char *asked, const char *state)
{
    if (asked && strcmp(asked, "running") == 0)
        return strcmp(state, "met") != 0 && strcmp(state, "cancelled") != 0;
    return !asked || strcmp(asked, state) == 0;
}

static void rows_take(struct collecting *collecting, const json_t *rows)
{
    size_t index;
    const json_t *row;
    json_array_foreach(rows, index, row)
    {
        struct ics_event event;
        if (json_array_size(row) < ROW_SIZE)
            continue;
        event_read(row, &event);
        if (event.due == DATE_NONE || !state_fits(collecting->asked->state, event.state))
            continue;
        if (collecting->count == CALENDAR_EVENTS_MAX)
            collecting->left_out++;
        else
            collecting->events[collecting->count++] = event;
    }
}

static enum status answer_fault(const json_t *answer, const char *error, struct fault *fault)
{
    const char *status = json_string_value(json_object_get(answer, "status"));
    const char *why =
        json_string_value(json_array_get(json_array_get(json_object_get(answer, "rows"), 0), 0));
    if (!status)
        return fault_set(fault, STATUS_BUSY, "%s", error);
    /* A projector that does not fold this answers `invalid` too; nobody lost his calendar by it. */
    bool gone = why && strncmp(why, NO_MEMBER, strlen(NO_MEMBER)) == 0;
    return fault_set(fault, gone ? STATUS_NOT_FOUND : STATUS_BUSY, "%s", why ? why : status);
}

/* Page by page, the last one being that which finds no more room. */
static enum status collect(struct jishi_client *client, json_t *args, int timeout_ms,
                           struct collecting *collecting, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (bool more = true; more && status == STATUS_OK;) {
        char error[JISHI_ERROR_SIZE] = "";
        char *asked = json_dumps(args, JSON_COMPACT);
        char *text = jishi_query(client, "calendar", asked, 0, timeout_ms, error);
        json_t *answer = text ? json_loads(text, 0, NULL) : NULL;
        const char *word = json_string_value(json_object_get(answer, "status"));
        json_t *next = json_object_get(answer, "next");
        if (!word || strcmp(word, "ok") != 0)
            status = answer_fault(answer, error, fault);
        else
            rows_take(collecting, json_object_get(answer, "rows"));
        more = status == STATUS_OK && next && !json_is_null(next) && collecting->left_out == 0;
        if (more)
            json_object_set(args, "after", next);
        if (answer)
            json_array_append_new(collecting->pages, answer);
        free(asked);
        free(text);
    }
    return status;
}

enum status due_calendar_write(struct jishi_client *client, const struct due_calendar *asked,
                               json_t *args, int timeout_ms, struct buffer *out,
                               struct fault *fault)
{
    struct collecting collecting = {.asked = asked, .pages = json_array()};
    char name[2 * NAME_SIZE_MAX + 64];
    bool zh = strcmp(asked->language, "zh") == 0;
    collecting.events = calloc(CALENDAR_EVENTS_MAX, sizeof *collecting.events);
    CHECK(collecting.events != NULL);
    if (asked->member)
        json_object_set_new(args, "member", json_string(asked->member));
    json_object_set_new(args, "language", json_string(asked->language));
    enum status status = collect(client, args, timeout_ms, &collecting, fault);
    snprintf(name, sizeof name, "%s%s%s", zh ? "纪实期限" : "Jishi due dates",
             asked->member ? zh ? "：" : ": " : "", asked->member ? asked->member : "");
    struct ics_options options = {.origin = client_info(client)->origin,
                                  .name = asked->name ? asked->name : name,
                                  .language = asked->language,
                                  .subjects = asked->subjects,
                                  .alarm_minute = asked->alarm_minute,
                                  .left_out = collecting.left_out};
    if (status == STATUS_OK)
        status = ics_write(&options, collecting.events, collecting.count, out, fault);
    json_decref(collecting.pages);
    free(collecting.events);
    return status;
}
