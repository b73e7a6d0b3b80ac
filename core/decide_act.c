/* decide_act.c - doing a step: is it open, may he sign, is it complete, what do the guards say.
 *
 * The order of the checks is the order of the questions people ask: which case, which step, who,
 * with what, and does any rule forbid it. Guards are all asked, so that one answer names them all.
 */
#include <stdio.h>

#include "core/check.h"
#include "core/decide.h"
#include "core/state_query.h"

struct acting {
    struct deciding *d;
    const struct procedure *procedure;
    const struct step *step;
    unsigned index;
    int64_t number;      /* case; 0: to be opened */
    struct case_row row; /* the case as it would be: slots filled */
    struct named_value slots[COMMAND_LIST_MAX];
    struct named_value named; /* the slot a nominate step fills */
    bool names_slot;
    int64_t signing; /* act that waits for further signatures; 0 */
    struct act draft;
    struct signature_row signatures[SIGNATURES_MAX];
    struct named_value fields[COMMAND_LIST_MAX];
    struct evidence_row *evidence;
    symbol waived[CLAUSES_MAX];
    struct scope scope;
    uint32_t unit;
    int32_t day;
};

/* An empty list may have no address. */
static void items_copy(void *to, const void *from, size_t size)
{
    if (size)
        memcpy(to, from, size);
}

static const char *text_of(const struct acting *a, symbol name)
{
    return symbol_text(a->d->state->symbols, name);
}

/* ---- which case, which step ---- */

/* The author may say which version of the pack he saw: it is the case's, or for a new case the
 * newest, or he has to look again. */
static bool need_version(struct acting *a)
{
    struct deciding *d = a->d;
    int64_t version = a->procedure->pack->version, seen = d->command->pack_version;
    if (!seen || seen == version)
        return true;
    return refuse(d, REFUSAL_version, "pack_version", "",
                  a->number  ? is_zh(d) ? "该事项按规则包第 %lld 版办理"
                                        : "the case runs under version %lld of its pack"
                  : is_zh(d) ? "现行规则包是第 %lld 版"
                             : "version %lld of the pack is in force",
                  (long long)version);
}

static bool find_step(struct acting *a)
{
    struct deciding *d = a->d;
    struct text_view what = d->command->what;
    const char *dot = what.size ? memchr(what.data, '.', what.size) : NULL;
    if (!dot)
        return refuse(d, REFUSAL_unknown_what, "what", "",
                      is_zh(d) ? "步骤写作 程序.步骤" : "a step is written PROCEDURE.step");
    symbol procedure = symbol_find_n(d->state->symbols, what.data, (size_t)(dot - what.data));
    symbol step =
        symbol_find_n(d->state->symbols, dot + 1, what.size - (size_t)(dot + 1 - what.data));
    a->number = d->command->case_number;
    if (a->number < 0 || a->number >= (int64_t)d->state->cases.count)
        return refuse(d, REFUSAL_unknown_case, "case", "", "%s",
                      refusal_text(REFUSAL_unknown_case, d->language));
    a->procedure = a->number ? d->state->cases.items[a->number].procedure
                             : rulebook_procedure(&d->state->rules, procedure, 0);
    if (!a->procedure || a->procedure->name != procedure)
        return refuse(d, REFUSAL_unknown_what, "procedure", "",
                      is_zh(d) ? "没有这个程序，或事项属于另一程序"
                               : "no such procedure, or the case is of another one");
    if (!need_version(a))
        return false;
    for (unsigned i = 0; i < a->procedure->step_count; i++)
        if (a->procedure->steps[i].name == step) {
            a->index = i;
            a->step = &a->procedure->steps[i];
            return true;
        }
    return refuse(d, REFUSAL_unknown_what, "step", "",
                  is_zh(d) ? "程序中没有这一步" : "the procedure has no such step");
}

static const struct slot *slot_of(const struct acting *a, symbol name)
{
    for (unsigned i = 0; i < a->procedure->about.count; i++)
        if (a->procedure->about.items[i].name == name)
            return &a->procedure->about.items[i];
    return NULL;
}

/* Subjects given with the command: slots of a new case, and the one that a nomination names. */
static bool read_slots(struct acting *a)
{
    struct deciding *d = a->d;
    char why[100];
    for (uint32_t i = 0; i < d->command->subjects.count; i++) {
        const struct datum *pair = &d->command->subjects.items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return refuse(d, REFUSAL_slot, "subjects", "", "a slot is a pair [name, subject]");
        symbol name = symbol_find_n(d->state->symbols, pair->items[0].text, pair->items[0].count);
        const struct slot *slot = name ? slot_of(a, name) : NULL;
        struct named_value value = {.name = name};
        bool nominated = slot && a->step->names == name;
        if (!slot || (a->number && !nominated))
            return refuse(
                d, REFUSAL_slot, arena_text_n(d->arena, pair->items[0].text, pair->items[0].count),
                "", is_zh(d) ? "此处不能填写这个对象" : "no such slot, or it cannot be given here");
        if (!value_read(d->state, d->arena, &slot->type, &pair->items[1], &value.value, why,
                        sizeof why))
            return refuse(d, REFUSAL_slot, text_of(a, name), "", "%s", why);
        if (nominated) {
            a->named = value;
            a->names_slot = true;
        }
        if (a->row.slot_count < COMMAND_LIST_MAX)
            a->slots[a->row.slot_count++] = value;
    }
    return true;
}

static bool slots_complete(struct acting *a)
{
    for (unsigned i = 0; i < a->procedure->about.count; i++) {
        const struct slot *slot = &a->procedure->about.items[i];
        bool later = false;
        for (unsigned k = 0; k < a->procedure->step_count; k++)
            later = later || (a->procedure->steps[k].names == slot->name && k != a->index);
        if (!slot->optional && !later && !named_find(a->slots, a->row.slot_count, slot->name))
            return refuse(a->d, REFUSAL_slot, text_of(a, slot->name), "",
                          is_zh(a->d) ? "缺少对象 %s" : "the subject %s is missing",
                          text_of(a, slot->name));
    }
    return true;
}

/* A case to be opened by hand begins with a step that waits for nothing. */
static bool new_case(struct acting *a)
{
    struct deciding *d = a->d;
    if (a->procedure->when.kind != OCCASION_NONE)
        return refuse(
            d, REFUSAL_order, "case", "",
            is_zh(d) ? "该程序由事实或日期启动，请写明事项编号"
                     : "cases of this procedure are opened by a fact or a date: name the case");
    if (a->step->after_count)
        return refuse(d, REFUSAL_order, text_of(a, a->step->name), "",
                      is_zh(d) ? "这不是第一步，请写明事项编号"
                               : "this is not a first step: name the case");
    a->row = (struct case_row){
        .procedure = a->procedure, .slots = a->slots, .opened = a->day, .ended = DATE_NONE};
    return read_slots(a) && slots_complete(a);
}

static bool order_refuse(struct acting *a)
{
    struct deciding *d = a->d;
    const struct case_row *row = &d->state->cases.items[a->number];
    char steps[300] = "";
    for (unsigned i = 0; i < a->procedure->step_count; i++)
        if (row->open >> i & 1)
            snprintf(steps + strlen(steps), sizeof steps - strlen(steps), " %s",
                     text_of(a, a->procedure->steps[i].name));
    return refuse(d, REFUSAL_order, "order", "",
                  is_zh(d) ? "还没有轮到这一步；现在可办：%s" : "the step is not open; open are:%s",
                  steps);
}

/* The day on which all was done that the step waits for; which of it was recorded last is no matter. */
static int32_t open_from(const struct acting *a, const struct case_row *row)
{
    int32_t day = row->opened_on[a->index];
    for (uint32_t i = 0; i < row->acts.count; i++) {
        const struct act *act = &a->d->state->acts.items[row->acts.items[i]];
        for (unsigned k = 0; k < a->step->after_count; k++)
            if (act->state == ACT_DONE && act->step == a->step->after[k].step &&
                (day == DATE_NONE || act->day > day))
                day = act->day;
    }
    return day;
}

/* What follows a step cannot have been done before it, whenever both are recorded. */
static bool in_time(struct acting *a, const struct case_row *row)
{
    char text[DATE_TEXT_SIZE];
    int32_t day = a->step->after_count ? open_from(a, row) : DATE_NONE;
    if (day == DATE_NONE || a->day >= day)
        return true;
    return refuse(a->d, REFUSAL_order, "day", "",
                  is_zh(a->d) ? "这一步到 %s 才轮到，不能在那以前办理"
                              : "the step opened on %s: it cannot have been done before",
                  date_text(day, text));
}

static bool running_case(struct acting *a)
{
    struct deciding *d = a->d;
    const struct case_row *row = &d->state->cases.items[a->number];
    a->row = *row;
    __builtin_prefetch(row->slots);
    __builtin_prefetch(row->acts.items + row->acts.count, 1); /* where accept() adds to it */
    if (row->status == CASE_ENDED)
        return refuse(d, REFUSAL_closed, "case", "", "%s",
                      refusal_text(REFUSAL_closed, d->language));
    if (row->status == CASE_SUSPENDED)
        return refuse(d, REFUSAL_suspended, "case", "", "%s",
                      refusal_text(REFUSAL_suspended, d->language));
    if (d->command->expected_version >= 0 && d->command->expected_version != row->version)
        return refuse(d, REFUSAL_version, "case", "",
                      is_zh(d) ? "现在的版本是 %lld" : "its version is %lld now",
                      (long long)row->version);
    if (!(row->open >> a->index & 1))
        return order_refuse(a);
    if (!in_time(a, row))
        return false;
    items_copy(a->slots, row->slots, row->slot_count * sizeof *row->slots);
    a->row.slots = a->slots;
    return read_slots(a);
}

/* ---- who ---- */

static uint32_t person_of(const struct acting *a)
{
    return a->d->state->members.items[a->d->member].person;
}

static unsigned signatures_needed(const struct acting *a)
{
    return a->step->by.kind == BY_ALL || a->step->by.kind == BY_ROLE ? a->step->by.count : 1;
}

/* The act that waits for further signatures; only a step with several signers has one. */
static int64_t waiting_act(const struct acting *a)
{
    if (signatures_needed(a) < 2)
        return 0;
    for (uint32_t i = a->number ? a->row.acts.count : 0; i-- > 0;) {
        const struct act *act = &a->d->state->acts.items[a->row.acts.items[i]];
        if (act->step == a->index && act->state == ACT_SIGNING)
            return a->row.acts.items[i];
    }
    return 0;
}

/* The role under which he signs, and for whom if it is delegated to him. His own role goes first,
 * unless the command says on whose behalf he signs. */
static bool role_found(struct acting *a, symbol role, struct signature_row *signature)
{
    const struct state *state = a->d->state;
    const struct member *member = &state->members.items[a->d->member];
    symbol wanted = view_symbol(a->d, a->d->command->behalf);
    bool found = false;
    for (uint32_t i = 0; i < member->assignments.count; i++) {
        const struct assignment_row *row = &state->assignments.items[member->assignments.items[i]];
        uint32_t behalf =
            row->delegated_of ? state->assignments.items[row->delegated_of].member : 0;
        if (!assignment_holds(state, row, a->day) ||
            !rulebook_role_covers(&state->rules, row->role, role) ||
            (row->unit && !state_unit_inside(state, a->unit, row->unit, a->day)) ||
            (a->d->command->behalf.size && (!behalf || state->members.items[behalf].id != wanted)))
            continue;
        if (!found || !behalf)
            *signature = (struct signature_row){a->d->member, behalf, role, a->day};
        found = true;
    }
    return found;
}

static bool signed_role(const struct act *act, symbol role)
{
    for (unsigned i = 0; i < act->signature_count; i++)
        if (act->signatures[i].role == role)
            return true;
    return false;
}

static bool holds_one(struct acting *a, struct signature_row *signature)
{
    const struct by *by = &a->step->by;
    const struct act *waiting = a->signing ? &a->d->state->acts.items[a->signing] : NULL;
    for (unsigned i = 0; i < by->roles.count; i++)
        if (!(by->kind == BY_ALL && waiting && signed_role(waiting, by->roles.items[i])) &&
            role_found(a, by->roles.items[i], signature))
            return true;
    return false;
}

static bool is_named(struct acting *a, struct signature_row *signature)
{
    struct value people = eval_operand(&a->scope, &a->step->by.path);
    uint32_t person = person_of(a);
    bool named = person && people.kind == VALUE_SUBJECT && people.subject == person;
    for (uint32_t i = 0; people.kind == VALUE_LIST && i < people.list.count; i++)
        named = named || (person && people.list.items[i].kind == VALUE_SUBJECT &&
                          people.list.items[i].subject == person);
    if (!named && a->step->by.proxy && people.kind == VALUE_SUBJECT) {
        signature->behalf = state_member_of_person(a->d->state, people.subject);
        return true;
    }
    return named;
}

static void expected_signers(const struct acting *a, char *out, size_t size)
{
    const struct by *by = &a->step->by;
    snprintf(out, size, "%s",
             by->kind == BY_PERSON || by->kind == BY_EACH
                 ? (is_zh(a->d) ? "指定的人" : "the person named")
                 : "");
    for (unsigned i = 0; i < by->roles.count; i++) {
        const struct role_def *role = rulebook_role(&a->d->state->rules, by->roles.items[i]);
        const char *title = role && role->title.zh && is_zh(a->d) ? role->title.zh
                            : role && role->title.en              ? role->title.en
                                                                  : text_of(a, by->roles.items[i]);
        snprintf(out + strlen(out), size - strlen(out), "%s%s", i ? "、" : "", title);
    }
}

/* Neither the same hand twice, nor somebody beside him for whom he signs. */
static bool signatures_meet(const struct state *state, const struct signature_row *one,
                            const struct signature_row *other)
{
    return same_hand(state, one->member, other->member) ||
           same_hand(state, one->member, other->behalf) ||
           same_hand(state, one->behalf, other->member) ||
           same_hand(state, one->behalf, other->behalf);
}

static bool signer_refuse(struct acting *a)
{
    char expected[300];
    expected_signers(a, expected, sizeof expected);
    return refuse(a->d, REFUSAL_signer, text_of(a, a->step->name), "",
                  is_zh(a->d) ? "应由%s在当日履职者签字"
                              : "to be signed by whoever is %s on that day",
                  expected);
}

static bool check_signer(struct acting *a, struct signature_row *signature)
{
    struct deciding *d = a->d;
    bool by_name = a->step->by.kind == BY_PERSON || a->step->by.kind == BY_EACH;
    *signature = (struct signature_row){.member = d->member, .day = a->day};
    if (a->step->by.kind == BY_CLOCK ||
        !(by_name ? is_named(a, signature) : holds_one(a, signature)))
        return signer_refuse(a);
    const struct act *waiting = a->signing ? &d->state->acts.items[a->signing] : NULL;
    for (unsigned i = 0; waiting && i < waiting->signature_count; i++)
        if (signatures_meet(d->state, &waiting->signatures[i], signature))
            return refuse(d, REFUSAL_signed_already, text_of(a, a->step->name), "", "%s",
                          refusal_text(REFUSAL_signed_already, d->language));
    for (uint32_t i = 0; a->step->by.kind == BY_EACH && i < a->row.acts.count; i++) {
        const struct act *act = &d->state->acts.items[a->row.acts.items[i]];
        if (act->step == a->index && act->state == ACT_DONE &&
            same_hand(d->state, act->signatures[0].member, d->member))
            return refuse(d, REFUSAL_signed_already, text_of(a, a->step->name), "", "%s",
                          refusal_text(REFUSAL_signed_already, d->language));
    }
    return true;
}

/* ---- separation of duties ---- */

static bool signed_step(const struct acting *a, symbol step, const struct signature_row *signature)
{
    for (uint32_t i = 0; i < a->row.acts.count; i++) {
        const struct act *act = &a->d->state->acts.items[a->row.acts.items[i]];
        if (act->state == ACT_WITHDRAWN || a->procedure->steps[act->step].name != step)
            continue;
        for (unsigned k = 0; k < act->signature_count; k++)
            if (signatures_meet(a->d->state, &act->signatures[k], signature))
                return true;
    }
    return false;
}

/* A step by its title, where it has one in the language of the answer. */
static const char *step_title(const struct acting *a, symbol step)
{
    for (unsigned i = 0; i < a->procedure->step_count; i++) {
        const struct title *title = &a->procedure->steps[i].title;
        const char *text = is_zh(a->d) ? title->zh : title->en ? title->en : title->zh;
        if (a->procedure->steps[i].name == step && text)
            return text;
    }
    return text_of(a, step);
}

static bool check_apart(struct acting *a, const struct signature_row *signature)
{
    for (unsigned g = 0; g < a->procedure->apart_count; g++) {
        const struct symbols *group = &a->procedure->apart[g].steps;
        if (!symbols_have(group, a->step->name))
            continue;
        for (unsigned i = 0; i < group->count; i++)
            if (group->items[i] != a->step->name && signed_step(a, group->items[i], signature))
                return refuse(a->d, REFUSAL_separation, "apart",
                              text_of(a, a->procedure->apart[g].rule),
                              is_zh(a->d) ? "已在本事项签过“%s”，不得再签这一步"
                                          : "who signed %s does not sign this step",
                              step_title(a, group->items[i]));
    }
    return true;
}

static bool is_relative(const struct acting *a, uint32_t one, uint32_t other)
{
    const struct core_words *words = &a->d->state->words;
    const struct numbers *facts = &a->d->state->subjects.items[one].facts;
    for (uint32_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &a->d->state->facts.items[facts->items[i]];
        if (fact->type != words->kinship || fact->superseded_by || !fact_in_force(fact, a->day))
            continue;
        for (unsigned k = 0; k < fact->slot_count; k++)
            if (fact->slots[k].value.kind == VALUE_SUBJECT &&
                fact->slots[k].value.subject == other && other != one)
                return true;
    }
    return false;
}

static bool check_kin(struct acting *a, uint32_t person)
{
    for (unsigned i = 0; person && i < a->procedure->kin_count; i++) {
        const struct named_value *slot =
            named_find(a->slots, a->row.slot_count, a->procedure->kin[i].slot);
        if (slot && slot->value.kind == VALUE_SUBJECT &&
            symbols_have(&a->procedure->kin[i].steps, a->step->name) &&
            is_relative(a, person, slot->value.subject))
            return refuse(a->d, REFUSAL_separation, "kin", "SOD-3",
                          is_zh(a->d) ? "与当事人有亲属关系，应当回避"
                                      : "a relative of the person concerned withdraws");
    }
    return true;
}

/* The subject of a case signs nothing in it but where he is named. */
static bool check_subject(struct acting *a, uint32_t person)
{
    if (a->step->by.kind == BY_PERSON || a->step->by.kind == BY_EACH)
        return true;
    for (unsigned i = 0; person && i < a->row.slot_count; i++)
        if (a->slots[i].value.kind == VALUE_SUBJECT && a->slots[i].value.subject == person)
            return refuse(a->d, REFUSAL_separation, "subject", "SOD-2",
                          is_zh(a->d) ? "当事人不得在本人事项中签字"
                                      : "the person concerned does not sign in his own case");
    return true;
}

/* Who signs for another is bound by what binds him, too. */
static bool check_separation(struct acting *a, const struct signature_row *signature)
{
    const struct member *members = a->d->state->members.items;
    uint32_t person = members[signature->member].person, behalf = members[signature->behalf].person;
    return check_apart(a, signature) && check_kin(a, person) && check_kin(a, behalf) &&
           check_subject(a, person) && check_subject(a, behalf);
}

/* ---- with what ---- */

static bool read_evidence(struct acting *a)
{
    struct deciding *d = a->d;
    for (uint32_t i = 0; i < d->command->evidence.count; i++) {
        const struct datum *item = &d->command->evidence.items[i];
        if (item->kind != DATUM_LIST || item->count != 3 || item->items[0].kind != DATUM_TEXT ||
            item->items[1].kind != DATUM_TEXT || item->items[2].kind != DATUM_BYTES ||
            item->items[2].count != DIGEST_SIZE || !item->items[0].count ||
            item->items[0].count > NAME_SIZE_MAX)
            return refuse(d, REFUSAL_evidence, "evidence", "",
                          is_zh(d) ? "材料写作 [种类, 标题, 32 字节摘要]"
                                   : "evidence is [kind, title, digest of 32 bytes]");
        struct evidence_row *row = &a->evidence[a->draft.evidence_count++];
        row->kind = symbol_add_n(d->state->symbols, item->items[0].text, item->items[0].count);
        memcpy(row->digest, item->items[2].bytes, DIGEST_SIZE);
    }
    for (unsigned i = 0; i < a->step->evidence.count; i++) {
        bool there = false;
        for (unsigned k = 0; k < a->draft.evidence_count; k++)
            there = there || a->evidence[k].kind == a->step->evidence.items[i];
        if (!there)
            refuse(d, REFUSAL_evidence, text_of(a, a->step->evidence.items[i]), "",
                   is_zh(d) ? "缺少材料：%s" : "evidence is missing: %s",
                   text_of(a, a->step->evidence.items[i]));
    }
    return d->decision->refusal == REFUSAL_none;
}

static bool field_take(struct acting *a, symbol name, const struct type *type, bool optional)
{
    struct deciding *d = a->d;
    const struct datum *datum = datum_field(&d->command->args, text_of(a, name));
    char why[100];
    if (!datum || datum->kind == DATUM_NIL) {
        if (!optional)
            refuse(d, REFUSAL_field, text_of(a, name), "",
                   is_zh(d) ? "缺少填报项：%s" : "a field is missing: %s", text_of(a, name));
        return false;
    }
    struct named_value *field = &a->fields[a->draft.field_count];
    field->name = name;
    if (!value_read(d->state, d->arena, type, datum, &field->value, why, sizeof why))
        return refuse(d, REFUSAL_field, text_of(a, name), "", "%s", why);
    a->draft.field_count++;
    return true;
}

static bool field_known(const struct acting *a, symbol name)
{
    const struct core_words *w = &a->d->state->words;
    const symbol votes[] = {w->entitled, w->present,   w->valid,  w->for_,
                            w->against,  w->abstained, w->issued, w->returned};
    for (unsigned i = 0; i < a->step->fields.count; i++)
        if (a->step->fields.items[i].name == name)
            return true;
    for (unsigned i = 0; a->step->vote.present && i < sizeof votes / sizeof votes[0]; i++)
        if (votes[i] == name)
            return true;
    return false;
}

static bool fields_known(struct acting *a)
{
    const struct datum *args = &a->d->command->args;
    for (uint32_t i = 0; i < args->count; i++) {
        const struct datum *pair = &args->items[i];
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return refuse(a->d, REFUSAL_field, "args", "", "a field is a pair [name, value]");
        symbol name =
            symbol_find_n(a->d->state->symbols, pair->items[0].text, pair->items[0].count);
        if (!name || !field_known(a, name))
            return refuse(a->d, REFUSAL_field,
                          arena_text_n(a->d->arena, pair->items[0].text,
                                       pair->items[0].count > 60 ? 60 : pair->items[0].count),
                          "", is_zh(a->d) ? "这一步没有这个填报项" : "the step has no such field");
    }
    return true;
}

/* ---- votes ---- */

static int64_t vote_number(const struct acting *a, symbol name, int64_t otherwise)
{
    const struct named_value *field = named_find(a->fields, a->draft.field_count, name);
    return field && field->value.kind == VALUE_NUMBER ? field->value.number.num : otherwise;
}

static void vote_number_set(struct acting *a, symbol name, int64_t number)
{
    if (named_find(a->fields, a->draft.field_count, name) ||
        a->draft.field_count == COMMAND_LIST_MAX)
        return;
    struct named_value *field = &a->fields[a->draft.field_count++];
    *field = (struct named_value){.name = name, .value = {.kind = VALUE_NUMBER}};
    field->value.number = (struct number){number, 1};
}

/* Votes that are acts of an `each` step: who acted was present, position 同意 is for. */
static void votes_count(struct acting *a)
{
    const struct core_words *w = &a->d->state->words;
    const struct state *state = a->d->state;
    symbol yes = symbol_find(state->symbols, "同意");
    int64_t present = 0, in_favour = 0;
    for (uint32_t i = 0; i < a->row.acts.count; i++) {
        const struct act *act = &state->acts.items[a->row.acts.items[i]];
        if (act->state != ACT_DONE || a->procedure->steps[act->step].name != a->step->vote.acts)
            continue;
        present++;
        for (unsigned k = 0; k < act->field_count; k++)
            in_favour += act->fields[k].value.kind == VALUE_MEMBER &&
                         act->fields[k].value.member.symbol == yes;
    }
    vote_number_set(a, w->present, present);
    vote_number_set(a, w->for_, in_favour);
}

static bool vote_fields(struct acting *a)
{
    static const struct type count = {
        .kind = TYPE_INT, .has_min = true, .min = {0, 1}, .has_max = true, .max = {1000000, 1}};
    const struct core_words *w = &a->d->state->words;
    const struct vote *vote = &a->step->vote;
    const symbol optional[] = {w->entitled,  w->present, w->for_,   w->against,
                               w->abstained, w->valid,   w->issued, w->returned};
    for (unsigned i = 0; i < sizeof optional / sizeof optional[0]; i++)
        field_take(a, optional[i], &count,
                   vote->acts || !(optional[i] == w->present || optional[i] == w->for_ ||
                                   (optional[i] == w->entitled && !vote->body)));
    if (vote->acts)
        votes_count(a);
    if (vote->body) {
        uint32_t holders[1024];
        vote_number_set(a, w->entitled,
                        state_holders(a->d->state, vote->body, a->unit, a->day, holders, 1024));
    }
    if (a->d->decision->refusal != REFUSAL_none)
        return false;
    int64_t entitled = vote_number(a, w->entitled, 0), present = vote_number(a, w->present, 0),
            in_favour = vote_number(a, w->for_, 0);
    int64_t cast = in_favour + vote_number(a, w->against, 0) + vote_number(a, w->abstained, 0);
    int64_t returned = vote_number(a, w->returned, cast),
            issued = vote_number(a, w->issued, returned);
    vote_number_set(a, w->valid, cast);
    if (present > entitled || cast > present || cast > returned || returned > issued)
        return refuse(a->d, REFUSAL_field, "vote", "",
                      is_zh(a->d) ? "票数不合：应到≥实到≥票数，发出≥收回≥赞成+反对+弃权"
                                  : "the numbers do not fit: entitled >= present >= cast, issued "
                                    ">= returned >= for + against + abstained");
    return true;
}

static bool vote_bounds_hold(const struct acting *a, const struct bounds *bounds, int64_t count)
{
    const struct core_words *w = &a->d->state->words;
    for (unsigned i = 0; i < bounds->count; i++) {
        symbol of = bounds->items[i].of ? bounds->items[i].of : w->entitled;
        int64_t base = vote_number(a, of, 0);
        struct value share = {.kind = VALUE_NUMBER};
        struct bounds one = {&bounds->items[i], 1};
        if (!base || !number_make(count, base, &share.number) ||
            !eval_bounds(&a->scope, &share, &one))
            return false;
    }
    return true;
}

static symbol vote_outcome(const struct acting *a)
{
    const struct core_words *w = &a->d->state->words;
    const struct vote *vote = &a->step->vote;
    if (!vote_bounds_hold(a, &vote->quorum, vote_number(a, w->present, 0)))
        return w->no_quorum;
    for (unsigned i = 0; i < a->step->outcome_count; i++)
        if (a->step->outcomes[i].when && eval_predicate(&a->scope, a->step->outcomes[i].when))
            return a->step->outcomes[i].name;
    return vote_bounds_hold(a, &vote->pass, vote_number(a, w->for_, 0)) ? w->passed : w->failed;
}

/* ---- outcome ---- */

/* Computed ones are found when the act is complete; a chosen one is named by the signer. */
static bool read_outcome(struct acting *a)
{
    struct deciding *d = a->d;
    const struct step *step = a->step;
    symbol chosen = view_symbol(d, d->command->outcome);
    if (step->vote.present) {
        a->draft.outcome = vote_outcome(a);
    } else {
        a->draft.outcome = outcome_computed(&a->scope, step);
        if (a->draft.outcome)
            return true;
        unsigned choices = 0;
        for (unsigned i = 0; i < step->outcome_count; i++) {
            choices += !step->outcomes[i].timeout.present;
            if (step->outcomes[i].name == chosen && !step->outcomes[i].timeout.present)
                a->draft.outcome = chosen;
        }
        if (!a->draft.outcome && choices == 1 && !d->command->outcome.size)
            for (unsigned i = 0; i < step->outcome_count; i++)
                if (!step->outcomes[i].timeout.present)
                    a->draft.outcome = step->outcomes[i].name;
    }
    if (a->draft.outcome)
        return true;
    char names[300] = "";
    for (unsigned i = 0; i < step->outcome_count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), " %s",
                 text_of(a, step->outcomes[i].name));
    return refuse(d, REFUSAL_outcome, "outcome", "",
                  is_zh(d) ? "请选择结果：%s" : "choose an outcome:%s", names);
}

/* ---- guards ---- */

static bool waiver_fits(const struct acting *a, const struct waiver *waiver, symbol guard)
{
    if (waiver->pack_step_procedure != a->procedure->name || waiver->step != a->step->name ||
        waiver->day > a->day)
        return false;
    if (waiver->case_number ? waiver->case_number != a->number : a->number != 0)
        return false;
    for (unsigned i = 0; !waiver->case_number && i < waiver->slot_count; i++) {
        const struct named_value *slot =
            named_find(a->slots, a->row.slot_count, waiver->slots[i].name);
        if (!slot || !value_equal(&slot->value, &waiver->slots[i].value))
            return false;
    }
    for (unsigned i = 0; i < waiver->guard_count; i++)
        if (waiver->guards[i] == guard)
            return true;
    return false;
}

static bool is_waived(const struct acting *a, symbol guard)
{
    for (uint32_t i = 1; i < a->d->state->waivers.count; i++)
        if (waiver_fits(a, &a->d->state->waivers.items[i], guard))
            return true;
    return false;
}

static bool may_see(const struct acting *a)
{
    for (unsigned i = 0; i < a->procedure->seen_by.count; i++)
        if (state_holds(a->d->state, a->d->member, a->procedure->seen_by.items[i], a->unit, a->day))
            return true;
    return a->procedure->seen_by.count == 0;
}

/* Facts that need-to-know protects are named to those who may see them; others read `plain`. */
static bool may_see_facts(const struct acting *a, const struct predicate *require)
{
    const struct fact_def *fact =
        require->kind == PREDICATE_SELECT
            ? rulebook_fact(&a->d->state->rules, require->selection->what.text)
            : NULL;
    for (unsigned i = 0; fact && i < fact->seen_by.count; i++)
        if (state_holds(a->d->state, a->d->member, fact->seen_by.items[i], a->unit, a->day))
            return true;
    return false;
}

static void guard_held(struct acting *a, const struct guard *guard)
{
    struct decision *decision = a->d->decision;
    if (!decision->held)
        decision->held = ARENA_ARRAY(a->d->arena, const char *, CLAUSES_MAX);
    if (decision->held_count < CLAUSES_MAX)
        decision->held[decision->held_count++] = text_of(a, guard->id);
}

static void guard_ask(struct acting *a, const struct guard *guard)
{
    struct deciding *d = a->d;
    struct scope scope = a->scope;
    struct buffer words;
    if (guard->at.kind != OPERAND_NONE) {
        struct value at = eval_operand(&scope, &guard->at);
        scope.at = at.kind == VALUE_DATE ? at.date : scope.at;
    }
    if (guard->when && !eval_predicate(&scope, guard->when))
        return;
    if (eval_predicate(&scope, guard->require)) {
        guard_held(a, guard);
        return;
    }
    if (guard->strength == STRENGTH_WAIVE && is_waived(a, guard->id)) {
        if (a->draft.waived_count < CLAUSES_MAX)
            a->waived[a->draft.waived_count++] = guard->id;
        return;
    }
    buffer_init(&words);
    bool sees = may_see(a) && (!guard->plain || may_see_facts(a, guard->require));
    explain_guard(&scope, guard, sees, d->language, &words);
    bool refuses = guard->strength >= STRENGTH_WAIVE;
    refuse(d, refuses ? REFUSAL_guard : REFUSAL_none, text_of(a, guard->id),
           text_of(a, guard->rule), "%s", buffer_text(&words));
    buffer_done(&words);
}

static bool check_guards(struct acting *a)
{
    for (unsigned i = 0; i < a->procedure->guards.count; i++)
        guard_ask(a, &a->procedure->guards.items[i]);
    for (unsigned i = 0; i < a->step->guards.count; i++)
        guard_ask(a, &a->step->guards.items[i]);
    return a->d->decision->refusal == REFUSAL_none;
}

/* ---- deciding ---- */

static void scope_make(struct acting *a)
{
    a->scope = scope_of_case(a->d->state, a->d->arena, a->number, &a->row, a->day);
    a->scope.actor = a->d->member;
    a->scope.draft = &a->draft;
    a->unit = eval_case_unit(&a->scope);
}

static void draft_begin(struct acting *a)
{
    a->draft = (struct act){.case_number = a->number,
                            .step = (uint8_t)a->index,
                            .state = ACT_SIGNING,
                            .day = a->day,
                            .recorded = a->d->today,
                            .entry = a->d->now->number,
                            .signatures = a->signatures,
                            .fields = a->fields,
                            .evidence = a->evidence,
                            .waived = a->waived};
    if (a->signing) {
        const struct act *waiting = &a->d->state->acts.items[a->signing];
        a->draft = *waiting;
        a->draft.day = a->day;
        items_copy(a->signatures, waiting->signatures,
                   waiting->signature_count * sizeof *waiting->signatures);
        items_copy(a->fields, waiting->fields, waiting->field_count * sizeof *waiting->fields);
        a->draft.signatures = a->signatures;
        a->draft.fields = a->fields;
    }
}

static bool field_repeats(struct acting *a, const struct field *field)
{
    const struct datum *datum = datum_field(&a->d->command->args, text_of(a, field->name));
    const struct named_value *first = named_find(a->fields, a->draft.field_count, field->name);
    struct value value;
    char why[100];
    return !datum ||
           (first &&
            value_read(a->d->state, a->d->arena, &field->type, datum, &value, why, sizeof why) &&
            value_equal(&value, &first->value));
}

/* The content comes with the first signature; who signs after it signs that content: he sends
 * none, or the same. */
static bool content_repeats(struct acting *a)
{
    const struct command *command = a->d->command;
    bool same = !command->outcome.size || view_symbol(a->d, command->outcome) == a->draft.outcome;
    if (!fields_known(a))
        return false;
    for (unsigned i = 0; i < a->step->fields.count; i++)
        same = same && field_repeats(a, &a->step->fields.items[i]);
    for (uint32_t i = 0; i < command->evidence.count; i++) {
        const struct datum *item = &command->evidence.items[i];
        bool there = false;
        for (unsigned k = 0; k < a->draft.evidence_count; k++)
            there = there ||
                    (item->kind == DATUM_LIST && item->count == 3 &&
                     item->items[2].kind == DATUM_BYTES && item->items[2].count == DIGEST_SIZE &&
                     memcmp(item->items[2].bytes, a->draft.evidence[k].digest, DIGEST_SIZE) == 0);
        same = same && there;
    }
    return same || refuse(a->d, REFUSAL_conflict, text_of(a, a->step->name), "",
                          is_zh(a->d) ? "会签的内容应与首签一致"
                                      : "it was signed with another content before");
}

static bool read_content(struct acting *a)
{
    if (a->signing)
        return content_repeats(a);
    if (!fields_known(a) || !read_evidence(a))
        return false;
    for (unsigned i = 0; i < a->step->fields.count && i < COMMAND_LIST_MAX; i++)
        field_take(a, a->step->fields.items[i].name, &a->step->fields.items[i].type,
                   a->step->fields.items[i].optional);
    if (a->step->vote.present && a->d->decision->refusal == REFUSAL_none && !vote_fields(a))
        return false;
    if (a->step->kind == STEP_NOMINATE && !a->names_slot &&
        !named_find(a->slots, a->row.slot_count, a->step->names))
        return refuse(a->d, REFUSAL_slot, text_of(a, a->step->names), "",
                      is_zh(a->d) ? "请提名人选" : "name a candidate");
    return a->d->decision->refusal == REFUSAL_none && read_outcome(a);
}

static struct datum evidence_datum(struct acting *a)
{
    return a->d->command->evidence;
}

static void signed_emit(struct acting *a, int64_t act, const struct signature_row *signature)
{
    struct deciding *d = a->d;
    struct datum *waived = ARENA_ARRAY(d->arena, struct datum, a->draft.waived_count);
    for (unsigned i = 0; i < a->draft.waived_count; i++)
        waived[i] = name_datum(d, a->waived[i]);
    bool first = !a->signing;
    EMIT(d, step_signed, datum_int(a->number), name_datum(d, a->step->name), datum_int(act),
         name_datum(d, d->state->members.items[d->member].id),
         name_datum(d, signature->behalf ? d->state->members.items[signature->behalf].id
                                         : SYMBOL_NONE),
         name_datum(d, signature->role), date_datum(d, a->day),
         first ? name_datum(d, a->draft.outcome) : datum_text(""),
         first ? values_datum(d, a->fields, a->draft.field_count) : datum_list(NULL, 0),
         first ? evidence_datum(a) : datum_list(NULL, 0),
         first ? datum_list(waived, a->draft.waived_count) : datum_list(NULL, 0));
}

static void warnings_emit(struct acting *a, int64_t act)
{
    const struct decision *decision = a->d->decision;
    for (unsigned i = 0; i < decision->clause_count; i++)
        EMIT(a->d, warned, datum_int(a->number), name_datum(a->d, a->step->name),
             datum_text(decision->clauses[i].guard), datum_text(decision->clauses[i].rule),
             datum_int(act));
}

static void guard_effects(struct acting *a, int64_t act)
{
    const struct guards *lists[] = {&a->procedure->guards, &a->step->guards};
    for (unsigned l = 0; l < 2; l++)
        for (unsigned i = 0; i < lists[l]->count; i++) {
            const struct guard *guard = &lists[l]->items[i];
            bool warned = false;
            for (unsigned k = 0; k < a->d->decision->clause_count; k++)
                warned = warned || a->d->decision->clauses[k].guard == text_of(a, guard->id);
            if (!warned || guard->strength > STRENGTH_WARN)
                continue;
            struct scope scope = scope_of_case(a->d->state, a->d->arena, a->number,
                                               &a->d->state->cases.items[a->number], a->day);
            scope.actor = a->d->member;
            effects_do(a->d, &scope, &guard->effects, a->number, act, a->day);
        }
}

static void accept(struct acting *a, const struct signature_row *signature)
{
    struct deciding *d = a->d;
    if (!a->number) {
        a->number = case_open(d, a->procedure, a->slots, a->row.slot_count, 0, 0, 0,
                              (struct span){SPAN_NONE, DATE_NONE, DATE_NONE}, a->day);
        CHECK(a->number != 0);
    } else if (a->names_slot) {
        EMIT(d, slot_filled, datum_int(a->number), name_datum(d, a->named.name),
             value_write(d->state, d->arena, &a->named.value));
    }
    int64_t act = a->signing ? a->signing : (int64_t)d->state->acts.count;
    signed_emit(a, act, signature);
    warnings_emit(a, act);
    d->decision->case_number = a->number;
    if (a->draft.signature_count < signatures_needed(a))
        return; /* waits for the others */
    guard_effects(a, act);
    step_complete(d, a->number, act, a->draft.outcome, a->day);
}

void decide_act(struct deciding *d)
{
    struct acting *a = ARENA_NEW(d->arena, struct acting);
    struct signature_row signature;
    a->d = d;
    a->day = d->command->occurred_on;
    a->evidence = ARENA_ARRAY(d->arena, struct evidence_row, d->command->evidence.count);
    if (!find_step(a) || !(a->number ? running_case(a) : new_case(a)))
        return;
    a->signing = waiting_act(a);
    draft_begin(a);
    scope_make(a);
    if (!check_signer(a, &signature) || !check_separation(a, &signature))
        return;
    if (a->draft.signature_count < SIGNATURES_MAX)
        a->signatures[a->draft.signature_count++] = signature;
    if (!read_content(a) || !check_guards(a))
        return;
    if (!a->number && d->state->cases.count > STATE_CASES_MAX) {
        refuse(d, REFUSAL_limit, "cases", "", "at most %d cases", STATE_CASES_MAX);
        return;
    }
    accept(a, &signature);
}

/* ---- what would refuse an act that was not written yet ---- */

/* A guard that looks at the act itself cannot be asked before there is one. */
static void guard_foresee(struct acting *a, const struct guard *guard)
{
    bool reads_draft = false;
    if (guard->strength < STRENGTH_WAIVE)
        return;
    a->scope.reads_draft = &reads_draft;
    struct scope scope = a->scope;
    if (guard->at.kind != OPERAND_NONE) {
        struct value at = eval_operand(&scope, &guard->at);
        scope.at = at.kind == VALUE_DATE ? at.date : scope.at;
    }
    bool fails = (!guard->when || eval_predicate(&scope, guard->when)) &&
                 !eval_predicate(&scope, guard->require);
    a->scope.reads_draft = NULL;
    if (fails && !reads_draft)
        guard_ask(a, guard);
}

/* Whoever nominates says whom: guards about a candidate wait for the name. */
static bool is_complete(const struct acting *a)
{
    return a->step->kind != STEP_NOMINATE ||
           named_find(a->slots, a->row.slot_count, a->step->names);
}

void state_would_refuse(const struct state *state, const struct foreseen *asked,
                        struct arena *arena, struct decision *ret_decision)
{
    struct acting *a = ARENA_NEW(arena, struct acting);
    struct moment now = {state->recorded_at_us, state->next_entry};
    const char *what = arena_format(arena, "%s.%s", asked->procedure, asked->step);
    struct command command = {.verb = VERB_ACT,
                              .what = {what, (uint32_t)strlen(what)},
                              .case_number = asked->case_number,
                              .expected_version = -1,
                              .subjects = datum_list(NULL, 0),
                              .args = datum_list(NULL, 0),
                              .evidence = datum_list(NULL, 0),
                              .occurred_on = asked->day};
    struct deciding d = {.state = (struct state *)(uintptr_t)state, /* nothing is emitted */
                         .command = &command,
                         .now = &now,
                         .today = asked->day,
                         .member = state_member(state, symbol_find(state->symbols, asked->member)),
                         .language = asked->language,
                         .arena = arena,
                         .decision = ret_decision};
    struct signature_row signature;
    *ret_decision = (struct decision){0};
    a->d = &d;
    a->day = asked->day;
    if (!d.member || asked->case_number < 1 || !find_step(a) || !running_case(a))
        return;
    a->signing = waiting_act(a);
    draft_begin(a);
    scope_make(a);
    if (!check_signer(a, &signature) || !check_separation(a, &signature) || !is_complete(a))
        return;
    if (a->draft.signature_count < SIGNATURES_MAX)
        a->signatures[a->draft.signature_count++] = signature;
    for (unsigned i = 0; i < a->procedure->guards.count; i++)
        guard_foresee(a, &a->procedure->guards.items[i]);
    for (unsigned i = 0; i < a->step->guards.count; i++)
        guard_foresee(a, &a->step->guards.items[i]);
}

/* ---- waiver and withdrawal ---- */

void decide_waive(struct deciding *d)
{
    struct acting *a = ARENA_NEW(d->arena, struct acting);
    const struct datum *guards = arg(d, "guards");
    a->d = d;
    a->day = d->command->occurred_on;
    if (!find_step(a))
        return;
    if (a->number) {
        a->row = d->state->cases.items[a->number];
        items_copy(a->slots, a->row.slots, a->row.slot_count * sizeof *a->row.slots);
        a->row.slots = a->slots;
    } else {
        a->row = (struct case_row){
            .procedure = a->procedure, .slots = a->slots, .opened = a->day, .ended = DATE_NONE};
        if (!read_slots(a))
            return;
    }
    scope_make(a);
    symbol role = a->procedure->pack->waiver;
    if (!role || !state_holds(d->state, d->member, role, a->unit, a->day)) {
        refuse(d, REFUSAL_signer, "waiver", "",
               is_zh(d) ? "豁免须由 %s 签字" : "a waiver is signed by %s",
               role ? text_of(a, role) : "-");
        return;
    }
    if (guards->kind != DATUM_LIST || !guards->count || arg(d, "reason")->kind != DATUM_BYTES) {
        refuse(d, REFUSAL_field, "guards", "",
               is_zh(d) ? "写明所豁免的条款和理由" : "name the guards and give a reason");
        return;
    }
    for (uint32_t i = 0; i < guards->count; i++)
        if (guards->items[i].kind != DATUM_TEXT || guards->items[i].count > NAME_SIZE_MAX) {
            refuse(d, REFUSAL_field, "guards", "", "a guard is a text");
            return;
        }
    EMIT(d, waived, datum_int(a->number), view_datum(d->command->what), *guards,
         name_datum(d, d->state->members.items[d->member].id), name_datum(d, role),
         values_datum(d, a->slots, a->number ? 0 : a->row.slot_count), date_datum(d, a->day),
         name_datum(d, a->procedure->pack->id));
    d->decision->case_number = a->number;
}

static bool later_act(const struct state *state, const struct case_row *row, int64_t number)
{
    for (uint32_t i = 0; i < row->acts.count; i++)
        if (row->acts.items[i] > number &&
            state->acts.items[row->acts.items[i]].state != ACT_WITHDRAWN)
            return true;
    return false;
}

/* The first fact recorded with or after an entry; they stand in the order of recording. */
static int64_t fact_since(const struct state *state, int64_t entry)
{
    int64_t low = 1, high = state->facts.count;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (state->facts.items[middle].entry < entry)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void facts_of_act_take_back(struct deciding *d, int64_t act, int64_t from_fact)
{
    for (int64_t i = from_fact; i < (int64_t)d->state->facts.count; i++)
        if (d->state->facts.items[i].act == act && !d->state->facts.items[i].superseded_by)
            EMIT(d, fact_superseded, datum_int(i), datum_int(0));
}

void decide_withdraw(struct deciding *d)
{
    int64_t number = arg_int(d, "act");
    if (number < 1 || number >= (int64_t)d->state->acts.count) {
        refuse(d, REFUSAL_unknown_number, "act", "", is_zh(d) ? "没有这个行为" : "no such act");
        return;
    }
    const struct act *act = &d->state->acts.items[number];
    int64_t case_number = act->case_number;
    const struct case_row *row = &d->state->cases.items[case_number];
    bool own = false;
    for (unsigned i = 0; i < act->signature_count; i++)
        own = own || act->signatures[i].member == d->member;
    if (!own) {
        refuse(d, REFUSAL_signer, "act", "",
               is_zh(d) ? "只有签字人可以撤回" : "only who signed it can withdraw it");
        return;
    }
    if (row->status == CASE_ENDED || act->state == ACT_WITHDRAWN || act->state == ACT_UNDONE ||
        later_act(d->state, row, number)) {
        refuse(d, REFUSAL_withdraw, "act", "0.4", "%s",
               refusal_text(REFUSAL_withdraw, d->language));
        return;
    }
    unsigned step = act->step;
    int32_t day = d->command->occurred_on;
    uint64_t following = steps_following(row->procedure, step);
    for (uint32_t i = 0; i < d->state->cases.items[case_number].duties.count; i++) {
        int64_t duty = d->state->cases.items[case_number].duties.items[i];
        struct duty_row *duty_row = &d->state->duties.items[duty];
        if (duty_row->procedure && duty_is_open(duty_row) && duty_row->step != step &&
            (following >> duty_row->step & 1))
            EMIT(d, duty_cancelled, datum_int(duty), date_datum(d, day), datum_text("withdrawn"));
        else if (duty_row->procedure && duty_row->state == DUTY_MET && duty_row->step == step)
            duty_recompute(d, duty, duty_row->deadline.start, duty_row->deadline.due, "withdrawn");
    }
    EMIT(d, step_withdrawn, datum_int(case_number), datum_int(number));
    facts_of_act_take_back(d, number, fact_since(d->state, d->state->acts.items[number].entry));
    d->decision->case_number = case_number;
}
