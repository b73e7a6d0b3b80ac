/* decide_subjects.c - subjects with dated fields, facts that come from outside, corrections, packs
 * and calendars. */
#include <stdio.h>

#include "core/check.h"
#include "core/decide.h"
#include "core/idcode.h"

static bool need_registrar(struct deciding *d)
{
    if (holds_built_in(d, d->state->words.registrar))
        return true;
    return refuse(d, REFUSAL_not_entitled, "registrar", "",
                  is_zh(d) ? "需要职责 registrar（登记员）" : "this needs the role registrar");
}

/* ---- subjects ---- */

/* "person:li": the kind, a colon, and 1 to 100 bytes. */
static bool subject_id(struct deciding *d, const struct datum **ret_id)
{
    const struct datum *pair =
        d->command->subjects.count == 1 ? &d->command->subjects.items[0] : NULL;
    const struct datum *id =
        pair && pair->kind == DATUM_LIST && pair->count == 2 ? &pair->items[1] : NULL;
    struct text_view kind = d->command->what;
    *ret_id = id;
    if (id && id->kind == DATUM_TEXT && id->count > kind.size + 1 && id->count <= 100 &&
        memcmp(id->text, kind.data, kind.size) == 0 && id->text[kind.size] == ':')
        return true;
    return refuse(d, REFUSAL_slot, "it", "",
                  is_zh(d) ? "对象编号形如 %.*s:编号" : "a subject id looks like %.*s:ID",
                  (int)kind.size, kind.data);
}

static void credit_code_warn(struct deciding *d, symbol name, const struct datum *value)
{
    char text[32];
    if (strcmp(symbol_text(d->state->symbols, name), "credit_code") != 0 ||
        value->kind != DATUM_TEXT || value->count >= sizeof text)
        return;
    memcpy(text, value->text, value->count);
    text[value->count] = '\0';
    enum idcode_finding finding = credit_code_check(text);
    if (finding == IDCODE_OK)
        return;
    refuse(d, REFUSAL_none, "credit_code", "GB 32100-2015", "%s",
           idcode_finding_text(finding, d->language)); /* a warning */
}

static bool fields_fit(struct deciding *d, symbol kind)
{
    static const struct type text = {.kind = TYPE_TEXT};
    const struct type unit = {.kind = TYPE_SUBJECT, .name = d->state->words.unit};
    char why[100];
    for (uint32_t i = 0; i < d->command->args.count; i++) {
        const struct datum *pair = &d->command->args.items[i];
        struct value value;
        if (pair->kind != DATUM_LIST || pair->count != 2 || pair->items[0].kind != DATUM_TEXT)
            return refuse(d, REFUSAL_field, "args", "", "a field is a pair [name, value]");
        symbol name = symbol_find_n(d->state->symbols, pair->items[0].text, pair->items[0].count);
        const struct field *field = rulebook_field(&d->state->rules, kind, name);
        const struct type *type = field                          ? &field->type
                                  : name == d->state->words.unit ? &unit
                                  : name == d->state->words.name ? &text
                                                                 : NULL;
        if (!type)
            return refuse(d, REFUSAL_field,
                          arena_text_n(d->arena, pair->items[0].text, pair->items[0].count), "",
                          is_zh(d) ? "没有这个填报项" : "no such field");
        if (!value_read(d->state, d->arena, type, &pair->items[1], &value, why, sizeof why))
            return refuse(d, REFUSAL_field, symbol_text(d->state->symbols, name), "", "%s", why);
        credit_code_warn(d, name, &pair->items[1]);
    }
    return true;
}

static bool known_kind(struct deciding *d, symbol *ret_kind)
{
    *ret_kind = view_symbol(d, d->command->what);
    if (*ret_kind && rulebook_kind(&d->state->rules, *ret_kind))
        return true;
    return refuse(d, REFUSAL_unknown_what, "kind", "",
                  is_zh(d) ? "没有这个种类；先启用声明它的规则包"
                           : "no such kind; activate the pack that declares it");
}

void decide_register(struct deciding *d)
{
    const struct datum *id;
    symbol kind;
    if (!need_registrar(d) || !known_kind(d, &kind) || !subject_id(d, &id) || !fields_fit(d, kind))
        return;
    if (state_subject(d->state, symbol_find_n(d->state->symbols, id->text, id->count)))
        refuse(d, REFUSAL_conflict, "it", "",
               is_zh(d) ? "该对象已经登记" : "the subject is registered already");
    else if (d->state->subjects.count > STATE_SUBJECTS_MAX)
        refuse(d, REFUSAL_limit, "subjects", "", "at most %d subjects", STATE_SUBJECTS_MAX);
    else
        EMIT(d, subject_registered, *id, view_datum(d->command->what), d->command->args,
             date_datum(d, d->command->occurred_on));
}

void decide_change(struct deciding *d)
{
    const struct datum *id;
    symbol kind;
    if (!need_registrar(d) || !known_kind(d, &kind) || !subject_id(d, &id) || !fields_fit(d, kind))
        return;
    if (!state_subject(d->state, symbol_find_n(d->state->symbols, id->text, id->count)))
        refuse(d, REFUSAL_unknown_subject, "it", "", "%s",
               refusal_text(REFUSAL_unknown_subject, d->language));
    else
        EMIT(d, subject_changed, *id, d->command->args, date_datum(d, d->command->occurred_on));
}

/* ---- facts from outside ---- */

static bool slots_read(struct deciding *d, const struct slots *about, const struct datum *list,
                       struct named_value *items, unsigned *ret_count)
{
    char why[100];
    *ret_count = 0;
    for (unsigned i = 0; i < about->count; i++) {
        const struct datum *datum =
            datum_field(list, symbol_text(d->state->symbols, about->items[i].name));
        if (!datum && about->items[i].optional)
            continue;
        items[*ret_count].name = about->items[i].name;
        if (!datum || !value_read(d->state, d->arena, &about->items[i].type, datum,
                                  &items[*ret_count].value, why, sizeof why))
            return refuse(d, REFUSAL_slot, symbol_text(d->state->symbols, about->items[i].name), "",
                          "%s",
                          datum      ? why
                          : is_zh(d) ? "缺少对象"
                                     : "a subject is missing");
        ++*ret_count;
    }
    return true;
}

static bool fact_fields_read(struct deciding *d, const struct fact_def *def,
                             const struct datum *list, struct named_value *items,
                             unsigned *ret_count)
{
    static const struct type old_number = {
        .kind = TYPE_INT, .has_min = true, .min = {1, 1}, .has_max = true, .max = {SERIES_MAX, 1}};
    char why[100];
    *ret_count = 0;
    for (unsigned i = 0; i < def->fields.count; i++) {
        const struct field *field = &def->fields.items[i];
        const struct datum *datum = datum_field(list, symbol_text(d->state->symbols, field->name));
        bool series = field->type.kind == TYPE_SERIES;
        if (!datum && (field->optional || series))
            continue;
        items[*ret_count].name = field->name;
        if (!datum || !value_read(d->state, d->arena, series ? &old_number : &field->type, datum,
                                  &items[*ret_count].value, why, sizeof why))
            return refuse(d, REFUSAL_field, symbol_text(d->state->symbols, field->name), "", "%s",
                          datum      ? why
                          : is_zh(d) ? "缺少填报项"
                                     : "a field is missing");
        ++*ret_count;
    }
    return true;
}

/* A number that somebody was given before there was this log is kept, once; the next number of the
 * series comes after the highest. */
static bool old_numbers_free(struct deciding *d, const struct fact_def *def,
                             const struct named_value *slots, unsigned slot_count,
                             const struct named_value *fields, unsigned field_count)
{
    for (unsigned i = 0; i < def->fields.count; i++) {
        const struct field *field = &def->fields.items[i];
        const struct named_value *number = named_find(fields, field_count, field->name);
        struct fact fact = {.type = def->name,
                            .slots = (struct named_value *)(uintptr_t)slots,
                            .slot_count = (uint16_t)slot_count,
                            .day = d->command->occurred_on};
        if (field->type.kind != TYPE_SERIES || !number)
            continue;
        int64_t taken = series_fact(d->state, field, &fact, number->value.number.num);
        if (taken)
            return refuse(d, REFUSAL_conflict, symbol_text(d->state->symbols, field->name), "",
                          is_zh(d) ? "这个号已用于第 %lld 条事实" : "fact %lld has this number",
                          (long long)taken);
    }
    return true;
}

static bool slot_known(const void *user, symbol name)
{
    const struct slots *about = user;
    for (unsigned i = 0; i < about->count; i++)
        if (about->items[i].name == name)
            return true;
    return false;
}

static bool fact_field_known(const void *user, symbol name)
{
    const struct fields *fields = user;
    for (unsigned i = 0; i < fields->count; i++)
        if (fields->items[i].name == name)
            return true;
    return false;
}

void decide_fact(struct deciding *d)
{
    const struct fact_def *def = rulebook_fact(&d->state->rules, view_symbol(d, d->command->what));
    struct named_value slots[COMMAND_LIST_MAX], fields[COMMAND_LIST_MAX];
    unsigned slot_count, field_count;
    if (!need_registrar(d))
        return;
    if (!def || def->about.count > COMMAND_LIST_MAX || def->fields.count > COMMAND_LIST_MAX) {
        refuse(d, REFUSAL_unknown_what, "fact", "", "%s",
               refusal_text(REFUSAL_unknown_what, d->language));
        return;
    }
    if (!need_known_names(d, &d->command->subjects, REFUSAL_slot, slot_known, &def->about) ||
        !need_known_names(d, &d->command->args, REFUSAL_field, fact_field_known, &def->fields) ||
        !slots_read(d, &def->about, &d->command->subjects, slots, &slot_count) ||
        !fact_fields_read(d, def, &d->command->args, fields, &field_count) ||
        !old_numbers_free(d, def, slots, slot_count, fields, field_count))
        return;
    if (d->state->facts.count > STATE_FACTS_MAX)
        refuse(d, REFUSAL_limit, "facts", "", "at most %d facts", STATE_FACTS_MAX);
    else
        fact_write(d, def, slots, slot_count, fields, field_count, d->command->occurred_on, 0, 0);
}

/* ---- corrections ---- */

/* New fields stand in for the old of the same name. */
static bool fields_merge(struct deciding *d, const struct fact *old, const struct fact_def *def,
                         struct named_value *items, unsigned *ret_count)
{
    const struct datum *changes = arg(d, "fields");
    char why[100];
    *ret_count = 0;
    for (unsigned i = 0; i < def->fields.count; i++) {
        const struct field *field = &def->fields.items[i];
        const struct named_value *before = named_find(old->fields, old->field_count, field->name);
        const struct datum *datum =
            datum_field(changes, symbol_text(d->state->symbols, field->name));
        if (!datum && !before)
            continue;
        items[*ret_count].name = field->name;
        if (!datum)
            items[*ret_count].value = before->value;
        else if (!value_read(d->state, d->arena, &field->type, datum, &items[*ret_count].value, why,
                             sizeof why))
            return refuse(d, REFUSAL_field, symbol_text(d->state->symbols, field->name), "", "%s",
                          why);
        ++*ret_count;
    }
    return true;
}

static bool may_correct(struct deciding *d, const struct fact *fact)
{
    const struct act *act = &d->state->acts.items[fact->act];
    for (unsigned i = 0; fact->act && i < act->signature_count; i++)
        if (act->signatures[i].member == d->member)
            return true; /* who signed it may correct it */
    return need_registrar(d);
}

void decide_correct(struct deciding *d)
{
    int64_t number = arg_int(d, "fact");
    int32_t day;
    struct named_value fields[COMMAND_LIST_MAX];
    unsigned field_count;
    if (number < 1 || number >= (int64_t)d->state->facts.count) {
        refuse(d, REFUSAL_unknown_number, "fact", "", is_zh(d) ? "没有这条事实" : "no such fact");
        return;
    }
    const struct fact *old = &d->state->facts.items[number];
    const struct fact_def *def = rulebook_fact(&d->state->rules, old->type);
    if (!may_correct(d, old))
        return;
    if (old->superseded_by || !def || def->fields.count > COMMAND_LIST_MAX) {
        refuse(d, REFUSAL_conflict, "fact", "",
               is_zh(d) ? "该事实已被更正" : "this fact was corrected already");
        return;
    }
    if (arg(d, "reason")->kind != DATUM_BYTES) {
        refuse(d, REFUSAL_field, "reason", "",
               is_zh(d) ? "更正须写明理由" : "a correction needs a reason");
        return;
    }
    if (!need_date_or_none(d, "day", &day) ||
        !need_known_names(d, arg(d, "fields"), REFUSAL_field, fact_field_known, &def->fields))
        return;
    if (day > d->today) {
        refuse(d, REFUSAL_future, "day", "", "%s", refusal_text(REFUSAL_future, d->language));
        return;
    }
    if (!fields_merge(d, old, def, fields, &field_count))
        return;
    int64_t by = d->state->facts.count;
    struct fact before = *old;
    EMIT(d, fact_superseded, datum_int(number), datum_int(by));
    fact_write(d, def, before.slots, before.slot_count, fields, field_count,
               day == DATE_NONE ? before.day : day, before.case_number, before.act);
}

/* ---- packs and calendars ---- */

bool need_system(struct deciding *d)
{
    if (holds_built_in(d, d->state->words.system))
        return true;
    return refuse(d, REFUSAL_not_entitled, "system", "",
                  is_zh(d) ? "需要职责 system（系统管理员）" : "this needs the role system");
}

void decide_blob(struct deciding *d)
{
    const struct datum *digest = arg(d, "digest"), *bytes = arg(d, "bytes");
    int64_t index = arg_int(d, "index"), count = arg_int(d, "count");
    if (!need_system(d))
        return;
    if (digest->kind != DATUM_BYTES || digest->count != DIGEST_SIZE || bytes->kind != DATUM_BYTES ||
        !bytes->count || bytes->count > BLOB_PART_MAX || count < 1 || count > BLOB_PARTS_MAX ||
        index < 0 || index >= count) {
        refuse(d, REFUSAL_field, "blob", "",
               "a part has digest (32), index, count (1..%d) and 1..%d bytes", BLOB_PARTS_MAX,
               BLOB_PART_MAX);
        return;
    }
    EMIT(d, blob_part, *digest, datum_int(index), datum_int(count), *bytes);
}

static void findings_refuse(struct deciding *d, const struct pack_findings *findings)
{
    for (unsigned i = 0; i < findings->count; i++)
        if (!findings->items[i].warning)
            refuse(d, REFUSAL_pack, "pack", "", "%u:%u: %s", findings->items[i].place.line,
                   findings->items[i].place.column, findings->items[i].text);
    if (d->decision->refusal == REFUSAL_none)
        refuse(d, REFUSAL_pack, "pack", "", "the pack cannot be read");
}

static void activate_pack(struct deciding *d, const char *text, size_t size,
                          const struct datum *digest)
{
    struct pack_findings *findings = ARENA_NEW(d->arena, struct pack_findings);
    struct rulebook *rules = &d->state->rules;
    struct pack *pack = pack_read(text, size, d->state->symbols, findings);
    if (pack)
        rulebook_link(rules, pack, findings);
    if (!pack || findings->error_count) {
        findings_refuse(d, findings);
        pack_free(pack);
        return;
    }
    const struct pack *before = rulebook_pack(rules, pack->id, 0);
    symbol id = pack->id;
    bool used = true;
    for (unsigned i = 0; i < pack->uses.count; i++)
        used = used && rulebook_pack(rules, pack->uses.items[i], 0);
    pack_free(pack);
    if (!used)
        refuse(d, REFUSAL_pack, "uses", "",
               is_zh(d) ? "先启用它所用的规则包" : "activate the packs that it uses first");
    else if (rules->pack_count >= STATE_PACKS_MAX)
        refuse(d, REFUSAL_limit, "packs", "", "at most %d packs", STATE_PACKS_MAX);
    else
        EMIT(d, pack_activated, name_datum(d, id), datum_int(before ? before->version + 1 : 1),
             *digest);
}

static void activate_calendar(struct deciding *d, const char *text, size_t size,
                              const struct datum *digest)
{
    struct calendar *trial = calendar_open();
    struct fault fault;
    int year;
    if (calendar_load(trial, text, size, &year, &fault) != STATUS_OK)
        refuse(d, REFUSAL_pack, "calendar", "", "%s", fault.text);
    else
        EMIT(d, calendar_activated, datum_int(year), *digest);
    calendar_close(trial);
}

void decide_activate(struct deciding *d)
{
    const struct datum *digest = arg(d, "digest");
    struct text_view what = d->command->what;
    size_t size;
    if (!need_system(d))
        return;
    const char *text = digest->kind == DATUM_BYTES && digest->count == DIGEST_SIZE
                           ? blob_text(d->state->blobs, digest->bytes, &size)
                           : NULL;
    if (!text)
        refuse(d, REFUSAL_unknown_number, "digest", "",
               is_zh(d) ? "文本的各部分尚未到齐" : "not all parts of the text are here");
    else if (what.size == 4 && memcmp(what.data, "pack", 4) == 0)
        activate_pack(d, text, size, digest);
    else if (what.size == 8 && memcmp(what.data, "calendar", 8) == 0)
        activate_calendar(d, text, size, digest);
    else
        refuse(d, REFUSAL_unknown_what, "what", "", "pack or calendar");
}
