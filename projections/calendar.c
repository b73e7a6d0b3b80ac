/* calendar.c - duties as a calendar shows them, for all or for one member: asked of the core's
 * state, so it has no rows. */
#include <stdio.h>
#include <string.h>

#include "core/date.h"
#include "core/state_calendar.h"
#include "events/codec.h"
#include "projections/fold.h"

/* Met and cancelled duties are shown so long after their due day and after they were settled, so
 * that whoever reads the calendar now and then sees them taken out. */
#define SETTLED_DAYS 60
#define NEXT_SIZE    12 /* due day, duty: where the next page goes on */

static void pack_day(struct buffer *out, int32_t day)
{
    char text[DATE_TEXT_SIZE];
    if (day == DATE_NONE)
        pack_nil(out);
    else
        pack_text(out, date_text(day, text));
}

static void item_pack(const struct calendar_item *item, struct buffer *out)
{
    const struct deadline *deadline = item->deadline;
    pack_array(out, 16);
    pack_int(out, item->duty);
    pack_text(out, item->name);
    pack_text(out, item->title);
    pack_text(out, item->of);
    pack_int(out, item->case_number);
    pack_day(out, deadline->due);
    pack_text(out, item->state);
    pack_bool(out, item->late);
    pack_text(out, item->owner);
    pack_text(out, item->owner_title);
    pack_text(out, item->unit);
    pack_array(out, deadline->rung_count);
    for (unsigned i = 0; i < deadline->rung_count; i++)
        pack_day(out, deadline->rungs[i]);
    pack_array(out, deadline->lean.count);
    for (unsigned i = 0; i < deadline->lean.count; i++)
        pack_int(out, deadline->lean.years[i]);
    pack_day(out, item->met_on);
    pack_int(out, item->changed_entry);
    pack_int(out, item->changed_at_us);
}

/* A text argument as a string of its own; false where it is no text. */
static bool text_arg(const struct datum *args, const char *name, char out[NAME_SIZE_MAX + 1],
                     const char **ret_text)
{
    const struct datum *datum = datum_field(args, name);
    *ret_text = NULL;
    if (!datum || datum->kind == DATUM_NIL)
        return true;
    if (datum->kind != DATUM_TEXT || datum->count > NAME_SIZE_MAX)
        return false;
    memcpy(out, datum->text, datum->count);
    out[datum->count] = '\0';
    *ret_text = out;
    return true;
}

static bool day_arg(const struct datum *args, const char *name, int32_t *ret_day)
{
    const struct datum *datum = datum_field(args, name);
    *ret_day = DATE_NONE;
    if (!datum || datum->kind == DATUM_NIL)
        return true;
    *ret_day = datum->kind == DATUM_TEXT ? date_parse_n(datum->text, datum->count) : DATE_NONE;
    return *ret_day != DATE_NONE;
}

static bool after_arg(const struct datum *args, struct calendar_ask *ask)
{
    const struct datum *after = datum_field(args, "after");
    ask->after_due = DATE_NONE;
    if (!after || after->kind == DATUM_NIL)
        return true;
    if (after->kind != DATUM_BYTES || after->count != NEXT_SIZE)
        return false;
    memcpy(&ask->after_due, after->bytes, sizeof ask->after_due);
    memcpy(&ask->after_duty, after->bytes + sizeof ask->after_due, sizeof ask->after_duty);
    return true;
}

static void page_answer(const struct asking *asking, const struct calendar_ask *ask,
                        struct query_answer *answer)
{
    const struct datum *language = datum_field(asking->args, "language");
    struct calendar_item items[CALENDAR_PAGE_MAX];
    unsigned count = state_calendar(asking->state, ask, asking->today,
                                    language && datum_is_text(language, "en") ? "en" : "zh", items,
                                    CALENDAR_PAGE_MAX);
    for (unsigned i = 0; i < count; i++)
        item_pack(&items[i], &answer->rows);
    answer->count = count;
    if (count == CALENDAR_PAGE_MAX) {
        const struct calendar_item *last = &items[count - 1];
        key_bytes(&answer->next, &last->deadline->due, sizeof last->deadline->due);
        key_bytes(&answer->next, &last->duty, sizeof last->duty);
    }
}

static enum status ask_calendar(const struct asking *asking, struct query_answer *answer,
                                struct fault *fault)
{
    struct calendar_ask ask = {.settled_from = asking->today - SETTLED_DAYS};
    char member[NAME_SIZE_MAX + 1], owner[NAME_SIZE_MAX + 1], unit[NAME_SIZE_MAX + 1];
    if (!text_arg(asking->args, "member", member, &ask.member) ||
        !text_arg(asking->args, "owner", owner, &ask.owner) ||
        !text_arg(asking->args, "unit", unit, &ask.unit) ||
        !day_arg(asking->args, "from", &ask.from) || !day_arg(asking->args, "until", &ask.until) ||
        !after_arg(asking->args, &ask))
        return fault_set(fault, STATUS_INVALID,
                         "calendar: member, owner, unit are texts, from and until dates");
    if (ask.member && !state_member_active(asking->state, ask.member))
        return fault_set(fault, STATUS_NOT_FOUND,
                         "calendar: no such member, or all his keys are revoked");
    page_answer(asking, &ask, answer);
    return STATUS_OK;
}

static const struct query_spec queries[] = {{.name = "calendar", .ask = ask_calendar},
                                            {.name = NULL}};

const struct projection projection_calendar = {
    .name = "calendar", .version = 1, .queries = queries};
