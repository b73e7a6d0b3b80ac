/* roster.c - whose connections are let in, see roster.h. */
#include "cmd/roster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/wire/keyfile.h"
#include "core/check.h"
#include "core/date.h"
#include "core/map.h"
#include "core/state_query.h"
#include "core/symbol.h"

struct admitted {
    uint8_t curve[KEY_SIZE];
    symbol member; /* SYMBOL_NONE: the server's own */
    bool revoked;
};

struct held_role { /* a role that lets its holder read the whole log */
    int64_t assignment;
    symbol member;
    int32_t from, to;
};

struct roster {
    pthread_mutex_t mutex;
    struct symbol_table *names;
    struct bytes_map by_curve; /* -> index of keys */
    struct admitted *keys;
    size_t key_count, revoked_count;
    struct held_role *roles;
    size_t role_count;
};

static const char *const reading_roles[] = {"auditor", "system", "security", "clock", "notifier"};

struct roster *roster_open(void)
{
    struct roster *roster = calloc(1, sizeof *roster);
    CHECK(roster);
    pthread_mutex_init(&roster->mutex, NULL);
    roster->names = symbol_table_open();
    bytes_map_init(&roster->by_curve, KEY_SIZE);
    return roster;
}

void roster_close(struct roster *roster)
{
    if (!roster)
        return;
    symbol_table_close(roster->names);
    bytes_map_done(&roster->by_curve);
    pthread_mutex_destroy(&roster->mutex);
    free(roster->keys);
    free(roster->roles);
    free(roster);
}

static void key_add(struct roster *roster, const uint8_t curve[KEY_SIZE], symbol member)
{
    uint64_t index = 0;
    if (!bytes_map_get(&roster->by_curve, curve, &index)) {
        index = roster->key_count++;
        roster->keys = realloc(roster->keys, roster->key_count * sizeof *roster->keys);
        CHECK(roster->keys);
        bytes_map_put(&roster->by_curve, curve, index);
    }
    roster->keys[index] = (struct admitted){.member = member};
    memcpy(roster->keys[index].curve, curve, KEY_SIZE);
}

static const struct admitted *key_find(struct roster *roster, const uint8_t curve[KEY_SIZE])
{
    uint64_t index = 0;
    if (!bytes_map_get(&roster->by_curve, curve, &index) || roster->keys[index].revoked)
        return NULL;
    return &roster->keys[index];
}

static bool key_bytes(const struct event *event, uint8_t ret_curve[KEY_SIZE])
{
    const struct datum *key = event_datum(event, "key");
    return key->kind == DATUM_BYTES && key->count == KEY_SIZE &&
           curve_key_of(key->bytes, ret_curve);
}

static bool key_revoke(struct roster *roster, const uint8_t curve[KEY_SIZE])
{
    uint64_t index = 0;
    if (!bytes_map_get(&roster->by_curve, curve, &index) || roster->keys[index].revoked)
        return false;
    roster->keys[index].revoked = true;
    roster->revoked_count++;
    return true;
}

static symbol name_of(struct roster *roster, struct text_view text)
{
    return symbol_add_n(roster->names, text.data, text.size);
}

static bool reads_log(struct text_view role)
{
    for (size_t i = 0; i < sizeof reading_roles / sizeof *reading_roles; i++)
        if (role.size == strlen(reading_roles[i]) &&
            memcmp(role.data, reading_roles[i], role.size) == 0)
            return true;
    return false;
}

static void role_add(struct roster *roster, const struct held_role *role)
{
    roster->roles = realloc(roster->roles, (roster->role_count + 1) * sizeof *roster->roles);
    CHECK(roster->roles);
    roster->roles[roster->role_count++] = *role;
}

static void role_assigned(struct roster *roster, const struct event *event)
{
    struct held_role role = {event_int(event, "assignment"),
                             name_of(roster, event_text(event, "member")),
                             event_date(event, "from"), event_date(event, "to")};
    if (reads_log(event_text(event, "role")))
        role_add(roster, &role);
}

static bool role_end(struct roster *roster, const struct event *event)
{
    bool found = false;
    for (size_t i = 0; i < roster->role_count; i++)
        if (roster->roles[i].assignment == event_int(event, "assignment")) {
            roster->roles[i].to = event_date(event, "to");
            found = true;
        }
    return found;
}

bool roster_fold(struct roster *roster, const struct event *event)
{
    uint8_t curve[KEY_SIZE];
    bool lost = false;
    pthread_mutex_lock(&roster->mutex);
    if (event->type == EVENT_key_enrolled && key_bytes(event, curve)) {
        key_add(roster, curve, name_of(roster, event_text(event, "member")));
    } else if (event->type == EVENT_key_revoked && key_bytes(event, curve)) {
        lost = key_revoke(roster, curve);
    } else if (event->type == EVENT_role_assigned) {
        role_assigned(roster, event);
    } else if (event->type == EVENT_role_ended) {
        lost = role_end(roster, event);
    }
    pthread_mutex_unlock(&roster->mutex);
    return lost;
}

static struct text_view view_of(const char *text)
{
    return (struct text_view){text, (uint32_t)strlen(text)};
}

static void fill_key(void *user, const struct key_view *key)
{
    struct roster *roster = user;
    uint8_t curve[KEY_SIZE];
    if (!curve_key_of(key->key, curve))
        return;
    key_add(roster, curve, name_of(roster, view_of(key->member)));
    if (key->revoked)
        key_revoke(roster, curve);
}

static void fill_role(void *user, const struct assignment_view *assignment)
{
    struct roster *roster = user;
    struct held_role role = {assignment->number, name_of(roster, view_of(assignment->member)),
                             assignment->from, assignment->to};
    if (reads_log(view_of(assignment->role)))
        role_add(roster, &role);
}

void roster_fill(struct roster *roster, const struct state *state)
{
    pthread_mutex_lock(&roster->mutex);
    state_each_key(state, fill_key, roster);
    state_each_assignment(state, fill_role, roster);
    pthread_mutex_unlock(&roster->mutex);
}

void roster_add_own(struct roster *roster, const uint8_t curve[KEY_SIZE])
{
    pthread_mutex_lock(&roster->mutex);
    key_add(roster, curve, SYMBOL_NONE);
    pthread_mutex_unlock(&roster->mutex);
}

bool roster_admits(struct roster *roster, const uint8_t curve[KEY_SIZE])
{
    pthread_mutex_lock(&roster->mutex);
    bool admits = key_find(roster, curve) != NULL;
    pthread_mutex_unlock(&roster->mutex);
    return admits;
}

bool roster_may_read_log(struct roster *roster, const uint8_t curve[KEY_SIZE], int32_t today)
{
    pthread_mutex_lock(&roster->mutex);
    const struct admitted *key = key_find(roster, curve);
    bool may = key && key->member == SYMBOL_NONE;
    for (size_t i = 0; key && !may && i < roster->role_count; i++) {
        const struct held_role *role = &roster->roles[i];
        may = role->member == key->member && (role->from == DATE_NONE || role->from <= today) &&
              (role->to == DATE_NONE || today <= role->to);
    }
    pthread_mutex_unlock(&roster->mutex);
    return may;
}

void roster_member(struct roster *roster, const uint8_t curve[KEY_SIZE],
                   char out[NAME_SIZE_MAX + 1])
{
    out[0] = '\0';
    pthread_mutex_lock(&roster->mutex);
    const struct admitted *key = key_find(roster, curve);
    if (key && key->member != SYMBOL_NONE) {
        strncpy(out, symbol_text(roster->names, key->member), NAME_SIZE_MAX);
        out[NAME_SIZE_MAX] = '\0';
    }
    pthread_mutex_unlock(&roster->mutex);
}

size_t roster_count(struct roster *roster)
{
    pthread_mutex_lock(&roster->mutex);
    size_t count = roster->key_count - roster->revoked_count;
    pthread_mutex_unlock(&roster->mutex);
    return count;
}
