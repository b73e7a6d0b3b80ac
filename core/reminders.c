/* reminders.c - to whom each reminder was addressed, and who has acknowledged it (收到).
 *
 * A reminder is known by its key, the text that goes with it wherever it goes: "duty/15/before/0"
 * (of a duty that was moved twice "duty/15/before/0.2"), "told/1234/3". Of all that were ever
 * addressed to anybody the state keeps the members and a bit for each; the key as one number, and no
 * table of hashes that would have to be made anew as it grows. A million reminders are some thirty
 * megabytes.
 *
 * An acknowledgement says that its author received the reminder. It meets no duty and stops no
 * further reminder. */
#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"

static const char *const kinds[] = {"before", "overdue", "superior", "supervisor"};

#define KEY_TEXT_MAX 80

/* told: 1, entry, event; duty: 0, duty (29 bits), kind (2), index (16), moves (16). */
static uint64_t duty_key(uint64_t duty, unsigned kind, uint64_t index, uint64_t moves)
{
    return duty << 34 | (uint64_t)kind << 32 | index << 16 | moves;
}

static uint64_t told_key(uint64_t entry, uint64_t event)
{
    return UINT64_C(1) << 63 | entry << 10 | event;
}

static uint64_t digits(const char **at)
{
    uint64_t number = 0;
    while (**at >= '0' && **at <= '9' && number < UINT64_C(1) << 48)
        number = number * 10 + (uint64_t)(*(*at)++ - '0');
    return number;
}

static uint64_t duty_key_read(const char *at, char again[KEY_TEXT_MAX])
{
    uint64_t duty = digits(&at), index, moves = 0;
    if (*at++ != '/')
        return 0;
    for (unsigned kind = 0; kind < 4; kind++) {
        size_t length = strlen(kinds[kind]);
        if (strncmp(at, kinds[kind], length) != 0 || at[length] != '/')
            continue;
        at += length + 1;
        index = digits(&at);
        if (*at == '.') {
            at++;
            moves = digits(&at);
        }
        if (duty >= UINT64_C(1) << 29 || index > UINT16_MAX || moves > UINT16_MAX)
            return 0;
        int size = snprintf(again, KEY_TEXT_MAX, "duty/%llu/%s/%llu", (unsigned long long)duty,
                            kinds[kind], (unsigned long long)index);
        if (moves)
            snprintf(again + size, KEY_TEXT_MAX - (size_t)size, ".%llu", (unsigned long long)moves);
        return duty_key(duty, kind, index, moves);
    }
    return 0;
}

static uint64_t told_key_read(const char *at, char again[KEY_TEXT_MAX])
{
    uint64_t entry = digits(&at), event;
    if (*at++ != '/')
        return 0;
    event = digits(&at);
    if (event >= UINT64_C(1) << 10)
        return 0;
    snprintf(again, KEY_TEXT_MAX, "told/%llu/%llu", (unsigned long long)entry,
             (unsigned long long)event);
    return told_key(entry, event);
}

/* 0: no reminder of ours has that key. Written again it has to be the same text: one reminder, one
 * key. */
static uint64_t key_read(const struct datum *datum)
{
    char text[KEY_TEXT_MAX], again[KEY_TEXT_MAX] = "";
    uint64_t key = 0;
    if (datum->kind != DATUM_TEXT || datum->count >= sizeof text)
        return 0;
    memcpy(text, datum->text, datum->count);
    text[datum->count] = '\0';
    if (strncmp(text, "duty/", 5) == 0)
        key = duty_key_read(text + 5, again);
    else if (strncmp(text, "told/", 5) == 0)
        key = told_key_read(text + 5, again);
    return strcmp(text, again) == 0 ? key : 0;
}

/* ---- what is kept ---- */

static bool is_told(uint64_t key)
{
    return key >> 63;
}

/* The duty's newest one is looked at first; those that were told stand in the order of their keys,
 * which is that of the log. */
static struct reminder_row *reminder_find(const struct state *state, uint64_t key)
{
    struct reminder_row *rows = state->reminders.items;
    uint64_t duty = key >> 34;
    if (key && !is_told(key)) {
        uint32_t at = duty < state->duties.count ? state->duties.items[duty].reminders : 0;
        while (at && rows[at].key != key)
            at = rows[at].before;
        return at ? &rows[at] : NULL;
    }
    uint32_t from = 1, to = state->told.count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (rows[state->told.items[middle]].key < key)
            from = middle + 1;
        else
            to = middle;
    }
    bool found = key && from < state->told.count && rows[state->told.items[from]].key == key;
    return found ? &rows[state->told.items[from]] : NULL;
}

/* What no log of ours holds (a duty that is not there, an older telling after a newer one) is not
 * found again. */
static void reminder_link(struct state *state, uint32_t number)
{
    struct reminder_row *row = &state->reminders.items[number];
    uint64_t duty = row->key >> 34;
    if (!is_told(row->key)) {
        if (duty >= state->duties.count)
            return;
        row->before = state->duties.items[duty].reminders;
        state->duties.items[duty].reminders = number;
        return;
    }
    uint32_t last = state->told.count > 1 ? state->told.items[state->told.count - 1] : 0;
    if (!last || state->reminders.items[last].key < row->key)
        *TABLE_ADD(state->told) = number;
}

void reminder_note(struct state *state, const struct datum *key_text, const struct datum *to)
{
    uint64_t key = key_read(key_text);
    if (!key || reminder_find(state, key) || !to->count)
        return;
    struct reminder_row row = {.key = key, .first = state->reminder_members.count};
    for (uint32_t i = 0; i < to->count && row.count < RECIPIENTS_MAX; i++) {
        symbol id = to->items[i].kind == DATUM_TEXT
                        ? symbol_find_n(state->symbols, to->items[i].text, to->items[i].count)
                        : SYMBOL_NONE;
        uint32_t member = state_member(state, id);
        if (!member)
            continue;
        *TABLE_ADD(state->reminder_members) = member;
        row.count++;
    }
    *TABLE_ADD(state->reminders) = row;
    reminder_link(state, state->reminders.count - 1);
}

void reminder_restore(struct state *state, uint32_t row)
{
    reminder_link(state, row);
}

/* Bit of the member, or of one who is the same person; -1: it was not addressed to him. */
static int recipient(const struct state *state, const struct reminder_row *row, uint32_t member)
{
    for (unsigned i = 0; i < row->count; i++)
        if (same_hand(state, member, state->reminder_members.items[row->first + i]))
            return (int)i;
    return -1;
}

bool reminder_acknowledge(struct state *state, const struct datum *key_text, uint32_t member)
{
    struct reminder_row *row = reminder_find(state, key_read(key_text));
    int bit = row ? recipient(state, row, member) : -1;
    if (bit >= 0)
        row->acknowledged |= (uint16_t)(1u << bit);
    return bit >= 0;
}

/* Is it a key that a reminder to nobody may have? Of those no row is kept. */
static bool may_be_nobodys(const struct state *state, uint64_t key)
{
    uint64_t number = is_told(key) ? key << 1 >> 11 : key >> 34;
    uint64_t end = is_told(key) ? (uint64_t)state_next_number(state) : state->duties.count;
    return number > 0 && number < end;
}

enum addressed reminder_addressed(const struct state *state, const struct datum *key_text,
                                  const struct datum *to)
{
    uint64_t key = key_read(key_text);
    const struct reminder_row *row = reminder_find(state, key);
    if (!row)
        return datum_is_text(to, RECIPIENT_NOBODY) && key && may_be_nobodys(state, key)
                   ? ADDRESSED_TO_HIM
                   : ADDRESSED_TO_NONE;
    uint32_t member = state_member(state, symbol_find_n(state->symbols, to->text, to->count));
    for (unsigned i = 0; member && i < row->count; i++)
        if (state->reminder_members.items[row->first + i] == member)
            return ADDRESSED_TO_HIM;
    return ADDRESSED_TO_OTHERS;
}

/* ---- the verb ---- */

/* A second time nothing is added, and nothing is wrong. */
void decide_acknowledge(struct deciding *d)
{
    const struct datum *key = arg(d, "key");
    const struct reminder_row *row = reminder_find(d->state, key_read(key));
    if (!row) {
        refuse(d, REFUSAL_unknown_number, "key", "",
               is_zh(d) ? "没有这个提醒；编号见提醒本身，如 duty/15/before/0"
                        : "there is no such reminder; its key stands in it, like duty/15/before/0");
        return;
    }
    int bit = recipient(d->state, row, d->member);
    if (bit < 0) {
        refuse(d, REFUSAL_not_entitled, "key", "",
               is_zh(d) ? "这个提醒不是发给您的，须由收件人本人签收"
                        : "this reminder was not addressed to you; its recipient acknowledges it");
        return;
    }
    if (!(row->acknowledged >> bit & 1))
        EMIT(d, acknowledged, *key, name_datum(d, d->state->members.items[d->member].id),
             date_datum(d, d->command->occurred_on));
}
