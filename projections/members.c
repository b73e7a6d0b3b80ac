/* members.c - who may sign: members with their keys, and the roles they hold over which unit, from
 * when to when, on whose behalf.
 *
 * A delegated role ends with the one it stands for, so its last day is the earlier of both. */
#include "core/date.h"
#include "projections/fold.h"

/* clang-format off */
#define MEMBERS(C)                                                                                 \
    C(member, member, "成员", "Member")                                                            \
    C(person, subject, "人员", "Person")                                                           \
    C(enrolled_on, date, "登记日期", "Enrolled on")                                                \
    C(keys, int, "有效密钥数", "Keys in force")                                                    \
    C(number, int, "条目", "Entry")
#define KEYS(C)                                                                                    \
    C(key, text, "公钥", "Key")                                                                    \
    C(member, member, "成员", "Member")                                                            \
    C(state, text, "状态", "State")                                                                \
    C(enrolled_on, date, "登记日期", "Enrolled on")                                                \
    C(revoked_on, date, "注销日期", "Revoked on")                                                  \
    C(number, int, "条目", "Entry")
#define ROLES(C)                                                                                   \
    C(assignment, int, "任命编号", "Assignment")                                                   \
    C(member, member, "成员", "Member")                                                            \
    C(role, role, "职责", "Role")                                                                  \
    C(unit, unit, "单位", "Unit")                                                                  \
    C(first_day, date, "自", "First day")                                                          \
    C(last_day, date, "至", "Last day")                                                            \
    C(of, int, "受托的任命", "Stands for")                                                         \
    C(behalf, member, "委托人", "On behalf of")                                                    \
    C(number, int, "条目", "Entry")
/* clang-format on */

static const struct column member_columns[] = {MEMBERS(COLUMN)}, key_columns[] = {KEYS(COLUMN)},
                           role_columns[] = {ROLES(COLUMN)};

#define C(name, kind, zh, en) MEMBER_##name,
enum member_column { MEMBERS(C) MEMBER_COLUMNS };
#undef C
#define C(name, kind, zh, en) KEY_##name,
enum key_column { KEYS(C) KEY_COLUMNS };
#undef C
#define C(name, kind, zh, en) ROLE_##name,
enum role_column { ROLES(C) ROLE_COLUMNS };
#undef C

enum { MEMBERS_LIST, KEYS_LIST, ROLES_LIST };
enum { ROLES_DELEGATED }; /* assignment -> those that stand for it */

/* ---- members and keys ---- */

static void member_enrolled(struct fold *f)
{
    struct view_key key = text_key(event_text(f->event, "member"));
    const struct datum row[MEMBER_COLUMNS] = {[MEMBER_member] = *field(f, "member"),
                                              [MEMBER_person] = *field(f, "person"),
                                              [MEMBER_enrolled_on] =
                                                  day_datum(f, f->command->occurred_on),
                                              [MEMBER_keys] = datum_int(0),
                                              [MEMBER_number] = datum_int(f->entry->number)};
    row_write(f, MEMBERS_LIST, &key, row);
}

static void member_keys_add(struct fold *f, const struct datum *member, int64_t more)
{
    struct view_key key = text_key((struct text_view){member->text, member->count});
    struct datum *row;
    if (!row_read(f, MEMBERS_LIST, &key, &row))
        return;
    row[MEMBER_keys] = datum_int(row[MEMBER_keys].integer + more);
    row_write(f, MEMBERS_LIST, &key, row);
}

/* People compare keys by their hexadecimal digits. */
static struct datum key_text_datum(struct fold *f)
{
    static const char digits[] = "0123456789abcdef";
    const struct datum *bytes = field(f, "key");
    char *text = arena_take(f->arena, 2 * (size_t)bytes->count + 1);
    for (uint32_t i = 0; i < bytes->count; i++) {
        text[2 * i] = digits[bytes->bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes->bytes[i] & 15];
    }
    return datum_text_n(text, 2 * (size_t)bytes->count);
}

static void key_enrolled(struct fold *f)
{
    struct datum text = key_text_datum(f);
    struct view_key key = text_key((struct text_view){text.text, text.count});
    const struct datum row[KEY_COLUMNS] = {[KEY_key] = text,
                                           [KEY_member] = *field(f, "member"),
                                           [KEY_state] = datum_text("in_force"),
                                           [KEY_enrolled_on] =
                                               day_datum(f, f->command->occurred_on),
                                           [KEY_revoked_on] = datum_nil(),
                                           [KEY_number] = datum_int(f->entry->number)};
    row_write(f, KEYS_LIST, &key, row);
    member_keys_add(f, field(f, "member"), 1);
}

static void key_revoked(struct fold *f)
{
    struct datum text = key_text_datum(f), *row;
    struct view_key key = text_key((struct text_view){text.text, text.count});
    if (!row_read(f, KEYS_LIST, &key, &row))
        return;
    row[KEY_state] = datum_text("revoked");
    row[KEY_revoked_on] = day_datum(f, f->command->occurred_on);
    row_write(f, KEYS_LIST, &key, row);
    member_keys_add(f, &row[KEY_member], -1);
}

/* ---- roles ---- */

static void role_assigned(struct fold *f)
{
    struct view_key key = number_key(event_int(f->event, "assignment"));
    const struct datum row[ROLE_COLUMNS] = {[ROLE_assignment] = *field(f, "assignment"),
                                            [ROLE_member] = *field(f, "member"),
                                            [ROLE_role] = *field(f, "role"),
                                            [ROLE_unit] = *field(f, "unit"),
                                            [ROLE_first_day] = *field(f, "from"),
                                            [ROLE_last_day] = *field(f, "to"),
                                            [ROLE_of] = datum_int(0),
                                            [ROLE_behalf] = datum_text(""),
                                            [ROLE_number] = datum_int(f->entry->number)};
    row_write(f, ROLES_LIST, &key, row);
}

static const struct datum *earlier(const struct datum *one, const struct datum *other)
{
    if (one->kind != DATUM_TEXT || other->kind != DATUM_TEXT)
        return one->kind == DATUM_TEXT ? one : other;
    return date_parse_n(one->text, one->count) <= date_parse_n(other->text, other->count) ? one
                                                                                          : other;
}

static void role_delegated(struct fold *f)
{
    struct view_key key = number_key(event_int(f->event, "assignment")),
                    of = number_key(event_int(f->event, "of"));
    struct datum *own, delegated = datum_nil();
    if (!row_read(f, ROLES_LIST, &of, &own)) {
        fold_fail(f, "roles: assignment %lld, which is delegated, has no row",
                  (long long)event_int(f->event, "of"));
        return;
    }
    const struct datum row[ROLE_COLUMNS] = {[ROLE_assignment] = *field(f, "assignment"),
                                            [ROLE_member] = *field(f, "member"),
                                            [ROLE_role] = own[ROLE_role],
                                            [ROLE_unit] = own[ROLE_unit],
                                            [ROLE_first_day] = *field(f, "from"),
                                            [ROLE_last_day] =
                                                *earlier(field(f, "to"), &own[ROLE_last_day]),
                                            [ROLE_of] = *field(f, "of"),
                                            [ROLE_behalf] = own[ROLE_member],
                                            [ROLE_number] = datum_int(f->entry->number)};
    row_write(f, ROLES_LIST, &key, row);
    note_read(f, ROLES_DELEGATED, &of, &delegated);
    delegated = list_with(f, &delegated, field(f, "assignment"));
    note_write(f, ROLES_DELEGATED, &of, &delegated);
}

static void role_end(struct fold *f, int64_t assignment)
{
    struct view_key key = number_key(assignment);
    struct datum *row;
    if (!row_read(f, ROLES_LIST, &key, &row))
        return;
    row[ROLE_last_day] = *earlier(field(f, "to"), &row[ROLE_last_day]);
    row_write(f, ROLES_LIST, &key, row);
}

static void role_ended(struct fold *f)
{
    int64_t assignment = event_int(f->event, "assignment");
    struct view_key key = number_key(assignment);
    struct datum delegated;
    role_end(f, assignment);
    if (note_read(f, ROLES_DELEGATED, &key, &delegated))
        for (uint32_t i = 0; delegated.kind == DATUM_LIST && i < delegated.count; i++)
            role_end(f, delegated.items[i].integer);
}

static void members_apply(struct fold *f)
{
    switch ((int)f->event->type) {
    case EVENT_member_enrolled: member_enrolled(f); break;
    case EVENT_key_enrolled: key_enrolled(f); break;
    case EVENT_key_revoked: key_revoked(f); break;
    case EVENT_role_assigned: role_assigned(f); break;
    case EVENT_role_delegated: role_delegated(f); break;
    default: role_ended(f);
    }
}

const struct projection projection_members = {
    .name = "members",
    .version = 1,
    .events = EVENT_BIT(member_enrolled) | EVENT_BIT(key_enrolled) | EVENT_BIT(key_revoked) |
              EVENT_BIT(role_assigned) | EVENT_BIT(role_delegated) | EVENT_BIT(role_ended),
    .lists = {{.name = "members",
               .zh = "成员",
               .en = "Members",
               .columns = member_columns,
               .column_count = MEMBER_COLUMNS,
               .key = {{"member", COLUMN_member, "成员", "Member"}},
               .orders = {"member"},
               .collated = {"member"},
               .date = "enrolled_on",
               .history = true},
              {.name = "keys",
               .zh = "密钥",
               .en = "Keys",
               .columns = key_columns,
               .column_count = KEY_COLUMNS,
               .key = {{"key", COLUMN_text, "公钥", "Key"}},
               .orders = {"member"},
               .collated = {"member"},
               .date = "enrolled_on",
               .history = true},
              {.name = "roles",
               .zh = "职责",
               .en = "Roles",
               .columns = role_columns,
               .column_count = ROLE_COLUMNS,
               .key = {{"assignment", COLUMN_int, "任命编号", "Assignment"}},
               .orders = {"member", "role", "unit"},
               .collated = {"member"},
               .date = "first_day",
               .last = "last_day",
               .unit = "unit",
               .history = true}},
    .notes = {"delegated"},
    .apply = members_apply,
};
