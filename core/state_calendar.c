/* state_calendar.c - duties in the order of their due days, see state_calendar.h. */
#include "core/state_calendar.h"

#include <string.h>

#include "core/check.h"
#include "core/decide.h"
#include "core/state_query.h"

struct calendar_walk {
    const struct state *state;
    const struct calendar_ask *ask;
    uint32_t member;
    symbol owner, unit;
    int32_t day;
    struct map holds; /* (role, unit) -> 1 no, 2 yes: a member's duties share few pairs */
    int64_t numbers[CALENDAR_PAGE_MAX];
    unsigned count, max;
};

static bool holds(struct calendar_walk *walk, symbol role, uint32_t unit)
{
    uint64_t key = (uint64_t)role << 32 | unit, known = 0;
    if (!map_get(&walk->holds, key, &known)) {
        known = state_holds(walk->state, walk->member, role, unit, walk->day) ? 2 : 1;
        map_put(&walk->holds, key, known);
    }
    return known == 2;
}

static bool concerns(struct calendar_walk *walk, const struct duty_row *duty)
{
    uint32_t members[RECIPIENTS_MAX];
    if (!walk->ask->member || (duty->owner && holds(walk, duty->owner, duty->unit)))
        return true;
    unsigned count = duty->owner ? 0 : duty_recipients(walk->state, duty, walk->day, 0, members);
    for (unsigned i = 0; i < count; i++)
        if (members[i] == walk->member)
            return true;
    return false;
}

static bool fits(struct calendar_walk *walk, int64_t number)
{
    const struct duty_row *duty = &walk->state->duties.items[number];
    const struct calendar_ask *ask = walk->ask;
    int32_t due = duty->deadline.due;
    if ((ask->from != DATE_NONE && due < ask->from) ||
        (ask->until != DATE_NONE && due > ask->until) ||
        (!duty_is_open(duty) && due < ask->settled_from &&
         moment_day(duty->changed_at_us) < ask->settled_from))
        return false;
    if (ask->after_due != DATE_NONE &&
        (due < ask->after_due || (due == ask->after_due && number <= ask->after_duty)))
        return false;
    if ((ask->owner && duty->owner != walk->owner) ||
        (ask->unit && (!duty->unit || walk->state->subjects.items[duty->unit].id != walk->unit)))
        return false;
    return concerns(walk, duty);
}

static bool comes_before(const struct calendar_walk *walk, int64_t one, int64_t other)
{
    int32_t a = walk->state->duties.items[one].deadline.due,
            b = walk->state->duties.items[other].deadline.due;
    return a < b || (a == b && one < other);
}

/* `numbers` is a heap whose first is the last in order, so that it is the one to go. */
static void sift_down(struct calendar_walk *walk)
{
    for (unsigned at = 0;;) {
        unsigned last = at;
        for (unsigned child = 2 * at + 1; child <= 2 * at + 2 && child < walk->count; child++)
            if (comes_before(walk, walk->numbers[last], walk->numbers[child]))
                last = child;
        if (last == at)
            return;
        int64_t number = walk->numbers[at];
        walk->numbers[at] = walk->numbers[last];
        walk->numbers[last] = number;
        at = last;
    }
}

static void sift_up(struct calendar_walk *walk)
{
    for (unsigned at = walk->count - 1; at > 0;) {
        unsigned parent = (at - 1) / 2;
        if (!comes_before(walk, walk->numbers[parent], walk->numbers[at]))
            return;
        int64_t number = walk->numbers[at];
        walk->numbers[at] = walk->numbers[parent];
        walk->numbers[parent] = number;
        at = parent;
    }
}

static void keep(struct calendar_walk *walk, int64_t number)
{
    if (walk->count < walk->max) {
        walk->numbers[walk->count++] = number;
        sift_up(walk);
    } else if (comes_before(walk, number, walk->numbers[0])) {
        walk->numbers[0] = number;
        sift_down(walk);
    }
}

static const char *state_word(const struct duty_row *duty)
{
    switch (duty->state) {
    case DUTY_OPEN: return duty->suspended ? "suspended" : "open";
    case DUTY_OVERDUE: return duty->suspended ? "suspended" : "overdue";
    case DUTY_MET: return "met";
    case DUTY_CANCELLED: break;
    }
    return "cancelled";
}

static void item_fill(const struct calendar_walk *walk, int64_t number, const char *language,
                      struct calendar_item *item)
{
    const struct state *state = walk->state;
    const struct duty_row *duty = &state->duties.items[number];
    symbol of = duty->of.kind == VALUE_SUBJECT ? state->subjects.items[duty->of.subject].id
                                               : SYMBOL_NONE,
           unit = duty->unit ? state->subjects.items[duty->unit].id : SYMBOL_NONE;
    *item = (struct calendar_item){.duty = number,
                                   .case_number = duty->case_number,
                                   .name = symbol_text(state->symbols, duty->name),
                                   .of = symbol_text(state->symbols, of),
                                   .state = state_word(duty),
                                   .owner = symbol_text(state->symbols, duty->owner),
                                   .unit = symbol_text(state->symbols, unit),
                                   .deadline = &duty->deadline,
                                   .late = duty->late,
                                   .met_on = duty->met_on,
                                   .changed_entry = duty->changed_entry,
                                   .changed_at_us = duty->changed_at_us};
    item->title = state_duty_title(state, item->name, language);
    const struct role_def *role = duty->owner ? rulebook_role(&state->rules, duty->owner) : NULL;
    const char *zh = role ? role->title.zh : NULL, *en = role ? role->title.en : NULL;
    const char *first = strcmp(language, "en") == 0 ? en : zh;
    item->owner_title = first ? first : zh ? zh : en ? en : item->owner;
}

unsigned state_calendar(const struct state *state, const struct calendar_ask *ask, int32_t day,
                        const char *language, struct calendar_item *ret_items, unsigned max)
{
    struct calendar_walk walk = {.state = state, .ask = ask, .day = day, .max = max};
    CHECK(max > 0 && max <= CALENDAR_PAGE_MAX);
    walk.member = ask->member ? state_member(state, symbol_find(state->symbols, ask->member)) : 0;
    walk.owner = ask->owner ? symbol_find(state->symbols, ask->owner) : SYMBOL_NONE;
    walk.unit = ask->unit ? symbol_find(state->symbols, ask->unit) : SYMBOL_NONE;
    if ((ask->member && !walk.member) || (ask->owner && !walk.owner))
        return 0;
    map_init(&walk.holds);
    for (int64_t number = 1; number < (int64_t)state->duties.count; number++)
        if (fits(&walk, number))
            keep(&walk, number);
    map_done(&walk.holds);
    unsigned count = walk.count;
    while (walk.count > 0) {
        int64_t last = walk.numbers[0];
        walk.numbers[0] = walk.numbers[--walk.count];
        sift_down(&walk);
        item_fill(&walk, last, language, &ret_items[walk.count]);
    }
    return count;
}

bool state_member_active(const struct state *state, const char *member)
{
    uint32_t number = state_member(state, symbol_find(state->symbols, member));
    for (uint32_t i = 1; number && i < state->keys.count; i++)
        if (state->keys.items[i].member == number && !state->keys.items[i].revoked)
            return true;
    return false;
}
