/* decide_members.c - who may sign: members, keys, roles, delegation. */
#include "core/check.h"
#include "core/decide.h"

static bool need_role(struct deciding *d, symbol role)
{
    if (holds_built_in(d, role))
        return true;
    return refuse(d, REFUSAL_not_entitled, symbol_text(d->state->symbols, role), "",
                  is_zh(d) ? "需要职责 %s" : "this needs the role %s",
                  symbol_text(d->state->symbols, role));
}

static bool need_name(struct deciding *d, const char *name, const struct datum **ret_datum)
{
    const struct datum *datum = arg(d, name);
    *ret_datum = datum;
    if (datum->kind == DATUM_TEXT && datum->count > 0 && datum->count <= NAME_SIZE_MAX)
        return true;
    return refuse(d, REFUSAL_field, name, "",
                  is_zh(d) ? "缺少 %s（1 至 %d 字节）" : "%s is missing (1 to %d bytes)", name,
                  NAME_SIZE_MAX);
}

/* The first member of a log becomes its security administrator. */
static void first_role(struct deciding *d, struct datum member)
{
    EMIT(d, role_assigned, datum_int(d->state->assignments.count), member,
         name_datum(d, d->state->words.security), datum_text(""), date_datum(d, d->today),
         datum_nil());
}

void decide_enrol(struct deciding *d)
{
    const struct datum *member, *key = arg(d, "key"), *person = arg(d, "person");
    bool first = d->state->members.count == 1;
    if ((!first && !need_role(d, d->state->words.security)) || !need_name(d, "member", &member))
        return;
    if (key->kind != DATUM_BYTES || key->count != KEY_SIZE) {
        refuse(d, REFUSAL_field, "key", "",
               is_zh(d) ? "公钥应为 32 字节" : "a public key of 32 bytes is expected");
        return;
    }
    if (bytes_map_get(&d->state->key_by_bytes, key->bytes, NULL)) {
        refuse(d, REFUSAL_conflict, "key", "",
               is_zh(d) ? "该公钥已经登记" : "this key is enrolled already");
        return;
    }
    if (person->kind == DATUM_TEXT && person->count &&
        !state_subject(d->state, arg_symbol(d, "person"))) {
        refuse(d, REFUSAL_unknown_subject, "person", "",
               is_zh(d) ? "请先登记该人员" : "register the person first");
        return;
    }
    if (d->state->members.count > STATE_MEMBERS_MAX || d->state->keys.count > STATE_KEYS_MAX) {
        refuse(d, REFUSAL_limit, "members", "", "at most %d members", STATE_MEMBERS_MAX);
        return;
    }
    if (!state_member(d->state, arg_symbol(d, "member")))
        EMIT(d, member_enrolled, *member, person->kind == DATUM_TEXT ? *person : datum_text(""));
    EMIT(d, key_enrolled, *member, *key);
    if (first)
        first_role(d, *member);
}

void decide_revoke(struct deciding *d)
{
    const struct datum *key = arg(d, "key");
    uint64_t index;
    bool known = key->kind == DATUM_BYTES && key->count == KEY_SIZE &&
                 bytes_map_get(&d->state->key_by_bytes, key->bytes, &index);
    bool own = known && d->state->keys.items[index].member == d->member;
    if (!own && !need_role(d, d->state->words.security))
        return;
    if (!known || d->state->keys.items[index].revoked)
        refuse(d, REFUSAL_unknown_number, "key", "",
               is_zh(d) ? "没有这把有效的密钥" : "no such key in force");
    else
        EMIT(d, key_revoked, *key);
}

static bool need_member(struct deciding *d, const char *name)
{
    if (state_member(d->state, arg_symbol(d, name)))
        return true;
    return refuse(d, REFUSAL_unknown_subject, name, "",
                  is_zh(d) ? "没有这个成员" : "no such member");
}

static bool known_role(const struct deciding *d, symbol role)
{
    const struct core_words *words = &d->state->words;
    const symbol built_in[] = {words->security, words->system,   words->registrar,
                               words->clock,    words->notifier, words->auditor};
    for (unsigned i = 0; i < sizeof built_in / sizeof built_in[0]; i++)
        if (role == built_in[i])
            return true;
    return role && rulebook_role(&d->state->rules, role);
}

/* "" or nothing: over everything. */
static bool need_unit(struct deciding *d)
{
    const struct datum *unit = arg(d, "unit");
    if (unit->kind == DATUM_NIL || (unit->kind == DATUM_TEXT && !unit->count))
        return true;
    if (unit->kind != DATUM_TEXT)
        return refuse(d, REFUSAL_field, "unit", "",
                      is_zh(d) ? "单位应为编号，如 unit:dept" : "a unit's id is expected");
    uint32_t subject = state_subject(d->state, arg_symbol(d, "unit"));
    if (subject && d->state->subjects.items[subject].kind == d->state->words.unit)
        return true;
    return refuse(d, REFUSAL_unknown_subject, "unit", "",
                  is_zh(d) ? "没有这个单位" : "no such unit");
}

void decide_assign(struct deciding *d)
{
    const struct datum *role, *member, *unit = arg(d, "unit");
    int32_t from, to;
    if (!need_role(d, d->state->words.security) || !need_name(d, "member", &member) ||
        !need_member(d, "member") || !need_name(d, "role", &role) || !need_unit(d) ||
        !need_date_or_none(d, "from", &from) || !need_date_or_none(d, "to", &to))
        return;
    if (!known_role(d, arg_symbol(d, "role")))
        refuse(d, REFUSAL_unknown_what, "role", "",
               is_zh(d) ? "没有这个职责；先启用声明它的规则包"
                        : "no such role; activate the pack that declares it");
    else if (to != DATE_NONE && from != DATE_NONE && to < from)
        refuse(d, REFUSAL_field, "to", "", is_zh(d) ? "止期早于起期" : "it ends before it begins");
    else
        EMIT(d, role_assigned, datum_int(d->state->assignments.count), *member, *role,
             unit->kind == DATUM_TEXT ? *unit : datum_text(""),
             date_datum(d, from == DATE_NONE ? d->command->occurred_on : from), date_datum(d, to));
}

static bool need_assignment(struct deciding *d, int64_t *ret_number)
{
    *ret_number = arg_int(d, "assignment");
    if (*ret_number >= 1 && *ret_number < (int64_t)d->state->assignments.count)
        return true;
    return refuse(d, REFUSAL_unknown_number, "assignment", "",
                  is_zh(d) ? "没有这个任命" : "no such assignment");
}

void decide_relieve(struct deciding *d)
{
    int64_t number;
    int32_t to;
    if (!need_role(d, d->state->words.security) || !need_assignment(d, &number) ||
        !need_date_or_none(d, "to", &to))
        return;
    int32_t before = d->state->assignments.items[number].to;
    to = to == DATE_NONE ? d->command->occurred_on : to;
    if (before != DATE_NONE && before < to)
        refuse(d, REFUSAL_conflict, "to", "",
               is_zh(d) ? "该任命此前已经结束" : "the assignment ends before that day");
    else
        EMIT(d, role_ended, datum_int(number), date_datum(d, to));
}

void decide_delegate(struct deciding *d)
{
    int64_t number;
    const struct datum *member;
    int32_t from = arg_date(d, "from"), to = arg_date(d, "to");
    if (!need_assignment(d, &number) || !need_name(d, "member", &member) ||
        !need_member(d, "member"))
        return;
    const struct assignment_row *own = &d->state->assignments.items[number];
    if (own->member != d->member || own->delegated_of)
        refuse(d, REFUSAL_not_entitled, "assignment", "",
               is_zh(d) ? "只能委托自己的职责，受托的不得再委托"
                        : "only one's own role can be delegated, and not once more");
    else if (from == DATE_NONE || to == DATE_NONE || to < from)
        refuse(d, REFUSAL_field, "to", "",
               is_zh(d) ? "委托须写明起止日期" : "a delegation has a first and a last day");
    else
        EMIT(d, role_delegated, datum_int(d->state->assignments.count), datum_int(number), *member,
             date_datum(d, from), date_datum(d, to));
}
