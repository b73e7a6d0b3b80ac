/* scenario.c - the runner: the file's tree, the cast, the clock; acts become commands, expectations
 * questions.
 *
 * A member stands for each person of the cast; one more, `admin`, registers, assigns, activates and
 * ticks. Keys are no keys here: the runner stands where the signature check would be. */
#include "core/scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/decide.h"
#include "core/scenario_expect.h"
#include "core/yaml_tree.h"

/* ---- reports ---- */

void scenario_differs(struct scenario *s, const struct yaml_node *node, const char *format, ...)
{
    va_list arguments;
    char text[1200];
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buffer_addf(s->out, "%s:%u: %s\n", s->name, node ? node->line : 0, text);
    s->differences++;
}

/* ---- the cast's names ---- */

/* "dept" is unit:dept, post:dept or person:dept, whichever the type says; "unit:dept" stays. */
uint32_t scenario_subject(struct scenario *s, const char *name, symbol kind)
{
    static const char *const kinds[] = {"person", "post", "unit"};
    char id[200];
    if (strchr(name, ':'))
        return state_subject(s->state, symbol_find(s->state->symbols, name));
    if (kind) {
        snprintf(id, sizeof id, "%s:%s", symbol_text(s->state->symbols, kind), name);
        return state_subject(s->state, symbol_find(s->state->symbols, id));
    }
    for (unsigned i = 0; i < 3; i++) {
        snprintf(id, sizeof id, "%s:%s", kinds[i], name);
        uint32_t subject = state_subject(s->state, symbol_find(s->state->symbols, id));
        if (subject)
            return subject;
    }
    return 0;
}

int64_t scenario_case(const struct scenario *s, const char *label)
{
    for (unsigned i = 0; i < s->label_count; i++)
        if (strcmp(s->labels[i].name, label) == 0)
            return s->labels[i].number;
    return 0;
}

static void label_set(struct scenario *s, const char *label, int64_t number)
{
    for (unsigned i = 0; i < s->label_count; i++)
        if (strcmp(s->labels[i].name, label) == 0) {
            s->labels[i].number = number;
            return;
        }
    if (s->label_count < LABELS_MAX)
        s->labels[s->label_count++] = (struct label){label, number};
}

/* ---- YAML to data, by type ---- */

static struct datum commitment(struct scenario *s, const char *text)
{
    uint8_t *bytes = arena_take(&s->arena, DIGEST_SIZE);
    uint64_t hash = 14695981039346656037u;
    for (unsigned i = 0; i < DIGEST_SIZE; i++) {
        for (const char *at = text; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 1099511628211u;
        hash = (hash ^ i) * 1099511628211u;
        bytes[i] = (uint8_t)(hash >> 32);
    }
    return datum_bytes(bytes, DIGEST_SIZE);
}

static struct datum subject_datum(struct scenario *s, const struct type *type,
                                  const struct yaml_node *node)
{
    uint32_t subject = scenario_subject(s, node->text, type->name);
    for (unsigned i = 0; !subject && i < type->choices.count; i++)
        subject = scenario_subject(s, node->text, type->choices.items[i]);
    return datum_text(subject ? symbol_text(s->state->symbols, s->state->subjects.items[subject].id)
                              : node->text);
}

static struct datum record_datum(struct scenario *s, const struct type *type,
                                 const struct yaml_node *map)
{
    struct datum *pairs = ARENA_ARRAY(&s->arena, struct datum, type->column_count + 1);
    unsigned count = 0;
    for (unsigned i = 0; i < type->column_count; i++) {
        const char *name = symbol_text(s->state->symbols, type->columns[i].name);
        const struct yaml_node *cell = map->kind == YAML_MAP ? yaml_get(map, name)
                                       : i == 0              ? map
                                                : NULL; /* a lone value fills the first column */
        if (cell)
            pairs[count++] = datum_pair(&s->arena, datum_text(name),
                                        scenario_datum(s, &type->columns[i].type, cell));
    }
    return datum_list(pairs, count);
}

static struct datum list_datum(struct scenario *s, const struct type *type,
                               const struct yaml_node *node)
{
    struct datum *items = ARENA_ARRAY(&s->arena, struct datum, node->count + 1);
    unsigned count = 0;
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        if (type->kind == TYPE_TABLE)
            items[count++] =
                datum_pair(&s->arena, datum_text(item->key->text), record_datum(s, type, item));
        else
            items[count++] =
                type->item ? scenario_datum(s, type->item, item) : record_datum(s, type, item);
    }
    return datum_list(items, count);
}

#define DECIMALS_MAX 9 /* of a number in a scenario */

/* People write 66.7; on record it is exact: 667/10. */
static struct datum number_datum(struct scenario *s, const char *text)
{
    const char *point = strchr(text, '.'), *slash = strchr(text, '/');
    size_t decimals = point ? strlen(point + 1) : 0;
    if (slash)
        return datum_text(text);
    if (!point)
        return datum_int(strtoll(text, NULL, 10));
    if (!decimals || decimals > DECIMALS_MAX)
        return datum_text(text); /* refused where it is read, with what is expected */
    int64_t den = 1;
    for (size_t i = 0; i < decimals; i++)
        den *= 10;
    return datum_text(arena_format(&s->arena, "%.*s%s/%lld", (int)(point - text), text, point + 1,
                                   (long long)den));
}

struct datum scenario_datum(struct scenario *s, const struct type *type,
                            const struct yaml_node *node)
{
    if (type->kind == TYPE_LIST || type->kind == TYPE_TABLE)
        return list_datum(s, type, node);
    if (node->kind != YAML_TEXT)
        return datum_nil();
    switch ((int)type->kind) {
    case TYPE_BOOL: return datum_bool(yaml_is(node, "true"));
    case TYPE_INT: return datum_int(strtoll(node->text, NULL, 10));
    case TYPE_NUMBER: return number_datum(s, node->text);
    case TYPE_TEXT: return commitment(s, node->text);
    case TYPE_SUBJECT: return subject_datum(s, type, node);
    case TYPE_CASE: {
        int64_t number = scenario_case(s, node->text);
        return datum_int(number ? number : strtoll(node->text, NULL, 10));
    }
    default: return datum_text(node->text);
    }
}

static struct datum pairs_by(struct scenario *s, const struct yaml_node *map,
                             const struct type *(*type_of)(void *user, symbol name), void *user,
                             const char *except)
{
    struct datum *pairs = ARENA_ARRAY(&s->arena, struct datum, (map ? map->count : 0) + 1);
    unsigned count = 0;
    static const struct type code = {.kind = TYPE_CODE};
    for (const struct yaml_node *node = map && map->kind == YAML_MAP ? map->first : NULL; node;
         node = node->next) {
        const struct type *type = type_of(user, symbol_find(s->state->symbols, node->key->text));
        if (strstr(except, node->key->text) && !type)
            continue;
        pairs[count++] = datum_pair(&s->arena, datum_text(node->key->text),
                                    scenario_datum(s, type ? type : &code, node));
    }
    return datum_list(pairs, count);
}

static const struct type *slot_type_of(void *user, symbol name)
{
    const struct slots *slots = user;
    for (unsigned i = 0; i < slots->count; i++)
        if (slots->items[i].name == name)
            return &slots->items[i].type;
    return NULL;
}

static const struct type *field_type_of(void *user, symbol name)
{
    static const struct type number = {.kind = TYPE_INT}; /* a vote's numbers */
    const struct fields *fields = user;
    for (unsigned i = 0; i < fields->count; i++)
        if (fields->items[i].name == name)
            return &fields->items[i].type;
    return &number;
}

/* Only what belongs to slots (or to fields) of a map that holds both. */
static struct yaml_node *part_of(struct scenario *s, const struct yaml_node *map,
                                 const struct slots *slots, const struct fields *fields)
{
    struct yaml_node *part = ARENA_NEW(&s->arena, struct yaml_node), *last = NULL;
    part->kind = YAML_MAP;
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        symbol name = symbol_find(s->state->symbols, node->key->text);
        bool wanted = false;
        for (unsigned i = 0; slots && i < slots->count; i++)
            wanted = wanted || slots->items[i].name == name;
        for (unsigned i = 0; fields && i < fields->count; i++)
            wanted = wanted || fields->items[i].name == name;
        if (!wanted)
            continue;
        struct yaml_node *copy = arena_copy(&s->arena, node, sizeof *node);
        copy->next = NULL;
        if (last)
            last->next = copy;
        else
            part->first = copy;
        last = copy;
        part->count++;
    }
    return part;
}

/* ---- commands ---- */

static void entry_keep(struct scenario *s, const struct moment *now,
                       const struct decision *decision)
{
    struct kept_entry *entry = ARENA_NEW(&s->arena, struct kept_entry);
    entry->when = *now;
    entry->event_count = decision->event_count;
    entry->events = ARENA_ARRAY(&s->arena, struct event, decision->event_count);
    for (unsigned i = 0; i < decision->event_count; i++) {
        entry->events[i].type = decision->events[i].type;
        for (unsigned k = 0; k < event_spec(decision->events[i].type)->field_count; k++)
            entry->events[i].fields[k] = datum_copy(&s->arena, &decision->events[i].fields[k]);
    }
    if (s->last_entry)
        s->last_entry->next = entry;
    else
        s->first_entry = entry;
    s->last_entry = entry;
}

static struct command command_new(const struct scenario *s, enum verb verb, const char *what,
                                  int32_t day)
{
    struct command command = {.verb = verb, .expected_version = -1, .occurred_on = day};
    command.origin = (struct text_view){s->state->origin, (uint32_t)strlen(s->state->origin)};
    command.what = (struct text_view){what, (uint32_t)strlen(what)};
    command.subjects = command.args = command.evidence = datum_list(NULL, 0);
    return command;
}

void scenario_decide(struct scenario *s, const struct command *command, const char *member,
                     struct decision *ret_decision)
{
    struct signer signer = {{0}};
    struct moment now = {.number = s->state->next_entry};
    struct decide_options options = {s->language};
    snprintf((char *)signer.key, KEY_SIZE, "%s", member);
    now.recorded_at_us =
        ((int64_t)s->today * 86400 + 4 * 3600) * 1000000 + s->state->next_entry % 1000000;
    if (now.recorded_at_us < s->state->recorded_at_us)
        now.recorded_at_us = s->state->recorded_at_us;
    if (s->source->watch)
        s->source->watch(s->source->user, command, NULL);
    decide(s->state, command, &signer, &now, &options, &s->arena, ret_decision);
    if (s->source->watch)
        s->source->watch(s->source->user, command, ret_decision);
    s->result->entries++;
    if (s->state->next_entry > now.number)
        entry_keep(s, &now, ret_decision);
}

static const char *refusal_words(struct scenario *s, const struct decision *decision)
{
    struct buffer words;
    buffer_init(&words);
    buffer_addf(&words, "%s", refusal_name(decision->refusal));
    for (unsigned i = 0; i < decision->clause_count; i++)
        buffer_addf(&words, " | %s %s %s", decision->clauses[i].guard, decision->clauses[i].rule,
                    decision->clauses[i].text);
    const char *text = arena_text(&s->arena, buffer_text(&words));
    buffer_done(&words);
    return text;
}

static bool must(struct scenario *s, const struct yaml_node *node, const struct command *command,
                 const char *member)
{
    struct decision decision;
    scenario_decide(s, command, member, &decision);
    if (decision.refusal == REFUSAL_none)
        return true;
    scenario_differs(s, node, "%s was refused: %s", verb_text(command->verb),
                     refusal_words(s, &decision));
    return false;
}

static struct datum pairs(struct scenario *s, unsigned count, ...)
{
    struct datum *items = ARENA_ARRAY(&s->arena, struct datum, count);
    va_list arguments;
    va_start(arguments, count);
    for (unsigned i = 0; i < count; i++) {
        const char *name = va_arg(arguments, const char *);
        items[i] = datum_pair(&s->arena, datum_text(name), *va_arg(arguments, struct datum *));
    }
    va_end(arguments);
    return datum_list(items, count);
}

#define DATUM(value) (&(struct datum[]){value}[0])

static struct datum key_datum(struct scenario *s, const char *member)
{
    char *key = arena_take(&s->arena, KEY_SIZE);
    snprintf(key, KEY_SIZE, "%s", member);
    return datum_bytes(key, KEY_SIZE);
}

static void enrol(struct scenario *s, const struct yaml_node *node, const char *member,
                  const char *person)
{
    struct command command = command_new(s, VERB_ENROL, "", s->today);
    command.args = pairs(s, 3, "member", DATUM(datum_text(member)), "key",
                         DATUM(key_datum(s, member)), "person", DATUM(datum_text(person)));
    must(s, node, &command, "admin");
}

static void assign(struct scenario *s, const struct yaml_node *node, const char *member,
                   const char *role, const char *unit, const char *from, const char *to)
{
    uint32_t subject = *unit ? scenario_subject(s, unit, s->state->words.unit) : 0;
    struct command command = command_new(s, VERB_ASSIGN, "", s->today);
    const char *id =
        subject ? symbol_text(s->state->symbols, s->state->subjects.items[subject].id) : unit;
    command.args = pairs(s, 5, "member", DATUM(datum_text(member)), "role", DATUM(datum_text(role)),
                         "unit", DATUM(datum_text(id)), "from", DATUM(datum_text(from)), "to",
                         DATUM(*to ? datum_text(to) : datum_nil()));
    must(s, node, &command, "admin");
}

/* ---- setting the stage ---- */

/* The pack's text with one parameter's value replaced; NULL: it declares no such parameter. */
static const char *with_parameter(struct scenario *s, const char *text, const char *name,
                                  const char *value)
{
    const char *line = strstr(text, arena_format(&s->arena, "\n  %s: {", name));
    const char *at = line ? strstr(line, "value: ") : NULL;
    const char *end = line ? strchr(line + 1, '\n') : NULL;
    if (!at || !end || at > end)
        return NULL;
    at += strlen("value: ");
    return arena_format(&s->arena, "%.*s%s%s", (int)(at - text), text, value,
                        at + strcspn(at, ",}"));
}

/* What the scenario says of parameters that a document leaves open. */
static const char *with_parameters(struct scenario *s, const char *text)
{
    for (const struct yaml_node *node = s->parameters ? s->parameters->first : NULL; node;
         node = node->next) {
        const char *changed = with_parameter(s, text, node->key->text, node->text);
        s->parameters_set += changed != NULL;
        text = changed ? changed : text;
    }
    return text;
}

static bool activate(struct scenario *s, const struct yaml_node *node, const char *what,
                     const char *name)
{
    const char *text;
    size_t size;
    if (!s->source->text(s->source->user, what, name, &text, &size)) {
        scenario_differs(s, node, "there is no %s %s", what, name);
        return false;
    }
    text = with_parameters(s, arena_text_n(&s->arena, text, size));
    size = strlen(text);
    struct datum digest = commitment(s, arena_format(&s->arena, "%s %s", what, name));
    int64_t count = (int64_t)((size + BLOB_PART_MAX - 1) / BLOB_PART_MAX);
    for (int64_t i = 0; i < count; i++) {
        size_t from = (size_t)i * BLOB_PART_MAX,
               length = size - from < BLOB_PART_MAX ? size - from : BLOB_PART_MAX;
        struct command command = command_new(s, VERB_BLOB, "", s->today);
        struct datum bytes = datum_bytes(arena_copy(&s->arena, text + from, length), length);
        command.args = pairs(s, 4, "digest", &digest, "index", DATUM(datum_int(i)), "count",
                             DATUM(datum_int(count)), "bytes", &bytes);
        if (!must(s, node, &command, "admin"))
            return false;
    }
    struct command command = command_new(s, VERB_ACTIVATE, what, s->today);
    command.args = pairs(s, 1, "digest", &digest);
    return must(s, node, &command, "admin");
}

static bool activate_list(struct scenario *s, const struct yaml_node *list, const char *what)
{
    for (const struct yaml_node *node = list ? list->first : NULL; node; node = node->next)
        if (!activate(s, node, what, node->text))
            return false;
    return true;
}

static const struct type *subject_field_type(const struct scenario *s, symbol kind,
                                             const char *name, struct type *unit)
{
    symbol field_name = symbol_find(s->state->symbols, name);
    const struct field *field = rulebook_field(&s->state->rules, kind, field_name);
    *unit = (struct type){.kind = TYPE_SUBJECT, .name = s->state->words.unit};
    return field ? &field->type : field_name == s->state->words.unit ? unit : NULL;
}

/* Fields whose subjects are not registered yet wait for the second round. */
static struct datum subject_fields(struct scenario *s, symbol kind, const struct yaml_node *map,
                                   bool second)
{
    struct datum *items = ARENA_ARRAY(&s->arena, struct datum, map->count + 1);
    unsigned count = 0;
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        struct type unit;
        if (yaml_is(node->key, "roles"))
            continue;
        const struct type *type = subject_field_type(s, kind, node->key->text, &unit);
        static const struct type text = {.kind = TYPE_TEXT};
        bool later = type && type->kind == TYPE_SUBJECT && node->kind == YAML_TEXT &&
                     !yaml_is(node->key, "unit");
        if (later == second)
            items[count++] = datum_pair(&s->arena, datum_text(node->key->text),
                                        scenario_datum(s, type ? type : &text, node));
    }
    return datum_list(items, count);
}

static void register_kind(struct scenario *s, const struct yaml_node *map, const char *kind_name,
                          bool second)
{
    symbol kind = symbol_find(s->state->symbols, kind_name);
    for (const struct yaml_node *node = map ? map->first : NULL; node; node = node->next) {
        struct command command = command_new(s, second ? VERB_CHANGE : VERB_REGISTER, kind_name,
                                             second ? date_from_civil(1900, 1, 1) : s->today);
        const char *id = arena_format(&s->arena, "%s:%s", kind_name, node->key->text);
        command.subjects = pairs(s, 1, "it", DATUM(datum_text(id)));
        if (node->kind == YAML_MAP)
            command.args = subject_fields(s, kind, node, second);
        if (!second || command.args.count)
            must(s, node, &command, "admin");
    }
}

static void person_roles(struct scenario *s, const struct yaml_node *person)
{
    const struct yaml_node *roles = yaml_get(person, "roles");
    for (const struct yaml_node *role = roles ? roles->first : NULL; role; role = role->next) {
        if (role->kind == YAML_TEXT)
            assign(s, role, person->key->text, role->key->text, role->text, "1900-01-01", "");
        for (const struct yaml_node *unit = role->kind == YAML_SEQUENCE ? role->first : NULL; unit;
             unit = unit->next)
            assign(s, unit, person->key->text, role->key->text, unit->text, "1900-01-01", "");
    }
}

static void cast_enter(struct scenario *s, const struct yaml_node *cast)
{
    static const char *const groups[][2] = {
        {"units", "unit"}, {"posts", "post"}, {"people", "person"}};
    const struct yaml_node *people = yaml_get(cast, "people");
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 3; i++)
            register_kind(s, yaml_get(cast, groups[i][0]), groups[i][1], round == 1);
    for (const struct yaml_node *person = people ? people->first : NULL; person;
         person = person->next) {
        enrol(s, person, person->key->text,
              arena_format(&s->arena, "person:%s", person->key->text));
        person_roles(s, person);
    }
}

static void admin_enter(struct scenario *s)
{
    static const char *const roles[] = {"system", "registrar", "clock", "notifier"};
    enrol(s, NULL, "admin", "");
    for (unsigned i = 0; i < sizeof roles / sizeof roles[0]; i++)
        assign(s, NULL, "admin", roles[i], "", "1900-01-01", "");
}

/* ---- the clock ---- */

static void tick_all(struct scenario *s)
{
    struct tick *ticks = ARENA_ARRAY(&s->arena, struct tick, 64);
    for (unsigned turn = 0; turn < 1000; turn++) {
        unsigned count = state_due(s->state, s->today, &s->arena, ticks, 64);
        for (unsigned i = 0; i < count; i++) {
            char day[DATE_TEXT_SIZE];
            struct command command = command_new(s, VERB_TICK, "", s->today);
            struct decision decision;
            date_text(ticks[i].day, day);
            command.args = pairs(s, 4, "kind", DATUM(datum_text(tick_name(ticks[i].kind))), "day",
                                 DATUM(datum_text(day)), "what",
                                 DATUM(datum_text(arena_text(&s->arena, ticks[i].what))), "number",
                                 DATUM(datum_int(ticks[i].number)));
            scenario_decide(s, &command, "admin", &decision);
            if (decision.refusal != REFUSAL_none &&
                decision.refusal !=
                    REFUSAL_not_due) /* an earlier tick of the round may have settled it */
                scenario_differs(s, NULL, "tick %s %s: %s", tick_name(ticks[i].kind), day,
                                 refusal_words(s, &decision));
        }
        if (!count)
            return;
    }
    scenario_differs(s, NULL, "the clock does not come to rest");
}

static void clock_to(struct scenario *s, int32_t day)
{
    while (s->today < day) {
        s->today++;
        tick_all(s);
    }
}

/* ---- the course ---- */

/* Of the case, if it is known which: it may run under an older version. */
static const struct procedure *procedure_of(struct scenario *s, const struct yaml_node *does,
                                            int64_t case_number, const struct step **ret_step)
{
    const char *dot = strchr(does->text, '.');
    symbol name = dot ? symbol_find_n(s->state->symbols, does->text, (size_t)(dot - does->text))
                      : SYMBOL_NONE;
    const struct procedure *procedure = case_number
                                            ? s->state->cases.items[case_number].procedure
                                            : rulebook_known_procedure(&s->state->rules, name);
    *ret_step = NULL;
    for (unsigned i = 0; procedure && i < procedure->step_count; i++)
        if (strcmp(symbol_text(s->state->symbols, procedure->steps[i].name), dot + 1) == 0)
            *ret_step = &procedure->steps[i];
    return procedure;
}

static bool slots_are(const struct scenario *s, const struct case_row *row,
                      const struct named_value *wanted, unsigned count)
{
    (void)s;
    for (unsigned i = 0; i < count; i++) {
        const struct named_value *slot = named_find(row->slots, row->slot_count, wanted[i].name);
        if (!slot || !value_equal(&slot->value, &wanted[i].value))
            return false;
    }
    return true;
}

/* The running case of a procedure that `about` fits, with this step open if any; else the latest.
 */
static int64_t case_search(struct scenario *s, const struct procedure *procedure,
                           const struct step *step, const struct yaml_node *about)
{
    const struct numbers *cases = state_numbers(&s->state->cases_by_procedure, procedure->name);
    struct named_value wanted[COMMAND_LIST_MAX];
    unsigned count = 0;
    int64_t found = 0;
    char why[100];
    for (unsigned i = 0; about && i < procedure->about.count && count < COMMAND_LIST_MAX; i++) {
        const struct yaml_node *node =
            yaml_get(about, symbol_text(s->state->symbols, procedure->about.items[i].name));
        struct datum datum =
            node ? scenario_datum(s, &procedure->about.items[i].type, node) : datum_nil();
        wanted[count].name = procedure->about.items[i].name;
        if (node && value_read(s->state, &s->arena, &procedure->about.items[i].type, &datum,
                               &wanted[count].value, why, sizeof why))
            count++;
    }
    for (uint32_t i = cases ? cases->count : 0; i-- > 0;) {
        const struct case_row *row = &s->state->cases.items[cases->items[i]];
        if (row->status == CASE_ENDED || !slots_are(s, row, wanted, count))
            continue;
        bool open = step && (row->open >> (unsigned)(step - procedure->steps) & 1);
        if (open)
            return cases->items[i];
        found = found ? found : cases->items[i];
    }
    return found;
}

static struct datum evidence_datum(struct scenario *s, const struct step *step,
                                   const struct yaml_node *list)
{
    unsigned room = (list ? list->count : 0) + (step ? step->evidence.count : 0) + 1, count = 0;
    struct datum *items = ARENA_ARRAY(&s->arena, struct datum, room);
    for (const struct yaml_node *node = list ? list->first : NULL;
         node || (!list && step && count < step->evidence.count); node = node ? node->next : NULL) {
        const char *kind =
            node ? node->text : symbol_text(s->state->symbols, step->evidence.items[count]);
        struct datum *item = ARENA_ARRAY(&s->arena, struct datum, 3);
        item[0] = item[1] = datum_text(kind);
        item[2] = commitment(s, kind);
        items[count++] = datum_list(item, 3);
    }
    return datum_list(items, count);
}

static bool clause_matches(const struct decision *decision, const char *clause, const char *says)
{
    bool named = !clause || strcmp(refusal_name(decision->refusal), clause) == 0;
    bool said = !says;
    for (unsigned i = 0; i < decision->clause_count; i++) {
        named = named || strcmp(decision->clauses[i].guard, clause) == 0 ||
                strcmp(decision->clauses[i].rule, clause) == 0;
        said = said || strstr(decision->clauses[i].text, says);
    }
    return named && said;
}

static void refusal_expect(struct scenario *s, const struct yaml_node *node,
                           const struct yaml_node *refused, const struct decision *decision)
{
    const struct yaml_node *clause = yaml_get(refused, "clause"), *says = yaml_get(refused, "says");
    s->result->expectations++;
    if (decision->refusal == REFUSAL_none)
        scenario_differs(s, node, "it was accepted, but should have been refused (%s)",
                         clause ? clause->text : refused->text);
    else if (!clause_matches(decision,
                             clause                       ? clause->text
                             : refused->kind == YAML_TEXT ? refused->text
                                                          : NULL,
                             says ? says->text : NULL))
        scenario_differs(s, node, "refused with another clause or text: %s",
                         refusal_words(s, decision));
}

static void warnings_expect(struct scenario *s, const struct yaml_node *node,
                            const struct yaml_node *warned, const struct decision *decision)
{
    if (warned->kind == YAML_SEQUENCE && warned->count == 0) {
        s->result->expectations++;
        if (decision->clause_count)
            scenario_differs(s, node, "the warning %s came, and none should have",
                             decision->clauses[0].guard);
    }
    for (const struct yaml_node *id = warned->first; id; id = id->next) {
        bool found = false;
        for (unsigned i = 0; i < decision->clause_count; i++)
            found = found || strcmp(decision->clauses[i].guard, id->text) == 0;
        s->result->expectations++;
        if (!found)
            scenario_differs(s, node, "the warning %s did not come", id->text);
    }
}

static void gives_expect(struct scenario *s, const struct yaml_node *node,
                         const struct yaml_node *gives, const struct decision *decision)
{
    const char *outcome = "nothing";
    for (unsigned i = 0; i < decision->event_count; i++)
        if (event_is_step(decision->events[i].type)) {
            struct text_view text = event_text(&decision->events[i], "outcome");
            outcome = arena_text_n(&s->arena, text.data, text.size);
            break;
        }
    s->result->expectations++;
    if (strcmp(outcome, gives->text) != 0)
        scenario_differs(s, node, "the outcome is %s, expected %s", outcome, gives->text);
}

static void waive(struct scenario *s, const struct yaml_node *node,
                  const struct procedure *procedure, const struct command *act)
{
    const struct yaml_node *list = yaml_get(node, "waive");
    struct datum *guards = ARENA_ARRAY(&s->arena, struct datum, list->count + 1);
    unsigned count = 0;
    struct command command = *act;
    for (const struct yaml_node *id = list->first; id; id = id->next)
        guards[count++] = datum_text(id->text);
    command.verb = VERB_WAIVE;
    command.outcome = (struct text_view){"", 0};
    command.evidence = datum_list(NULL, 0);
    command.args = pairs(s, 2, "guards", DATUM(datum_list(guards, count)), "reason",
                         DATUM(commitment(s, "reason")));
    for (uint32_t i = 1; i < s->state->members.count; i++) { /* the first of the cast who may */
        const struct member *member = &s->state->members.items[i];
        struct decision decision;
        bool may = false;
        for (uint32_t k = 0; k < member->assignments.count; k++)
            may = may || rulebook_role_covers(
                             &s->state->rules,
                             s->state->assignments.items[member->assignments.items[k]].role,
                             procedure->pack->waiver);
        if (!may)
            continue;
        scenario_decide(s, &command, symbol_text(s->state->symbols, member->id), &decision);
        if (decision.refusal == REFUSAL_none)
            return;
    }
    scenario_differs(s, node, "nobody of the cast may waive");
}

static void act_once(struct scenario *s, const struct yaml_node *node,
                     const struct command *command, const char *who, bool last, bool *ret_stop)
{
    const struct yaml_node *refused = yaml_get(node, "refused"), *warned = yaml_get(node, "warned"),
                           *gives = yaml_get(node, "gives");
    const struct yaml_node *label = yaml_get(node, "case");
    struct decision decision;
    scenario_decide(s, command, who, &decision);
    *ret_stop = decision.refusal != REFUSAL_none;
    if (decision.refusal == REFUSAL_none && label && decision.case_number)
        label_set(s, label->text, decision.case_number);
    s->last_case = decision.case_number;
    if (refused && (last || *ret_stop))
        refusal_expect(s, node, refused, &decision);
    else if (!refused && *ret_stop)
        scenario_differs(s, node, "it was refused: %s", refusal_words(s, &decision));
    if (warned && !*ret_stop && last)
        warnings_expect(s, node, warned, &decision);
    if (gives && !*ret_stop && last)
        gives_expect(s, node, gives, &decision);
}

static void course_act(struct scenario *s, const struct yaml_node *node, int32_t day)
{
    const struct yaml_node *does = yaml_get(node, "does"), *label = yaml_get(node, "case"),
                           *about = yaml_get(node, "about");
    const struct yaml_node *names = yaml_get(node, "names"), *who = yaml_get(node, "who"),
                           *outcome = yaml_get(node, "outcome");
    const struct step *step;
    int64_t labelled = label ? scenario_case(s, label->text) : 0;
    const struct procedure *procedure = procedure_of(s, does, labelled, &step);
    if (!procedure || !step || !who) {
        scenario_differs(s, node, "there is no step %s, or nobody does it", does->text);
        return;
    }
    struct command command = command_new(s, VERB_ACT, does->text, day);
    command.case_number = labelled;
    if (!command.case_number &&
        (procedure->when.kind != OCCASION_NONE || step->after_count || !label))
        command.case_number = case_search(s, procedure, step, about);
    else if (!command.case_number) { /* a case that another one runs is there already */
        int64_t child = case_search(s, procedure, step, about);
        command.case_number = child && s->state->cases.items[child].parent ? child : 0;
    }
    if (about && !command.case_number)
        command.subjects =
            pairs_by(s, about, slot_type_of, (void *)(uintptr_t)&procedure->about, "");
    if (names && step->names) {
        struct datum *items = ARENA_ARRAY(&s->arena, struct datum, command.subjects.count + 1);
        if (command.subjects.count)
            memcpy(items, command.subjects.items, command.subjects.count * sizeof *items);
        const struct type *type = slot_type_of((void *)(uintptr_t)&procedure->about, step->names);
        items[command.subjects.count] =
            datum_pair(&s->arena, datum_text(symbol_text(s->state->symbols, step->names)),
                       scenario_datum(s, type, names));
        command.subjects = datum_list(items, command.subjects.count + 1);
    }
    command.args =
        pairs_by(s, yaml_get(node, "with"), field_type_of, (void *)(uintptr_t)&step->fields, "");
    command.evidence = evidence_datum(s, step, yaml_get(node, "evidence"));
    if (outcome)
        command.outcome = (struct text_view){outcome->text, outcome->length};
    if (yaml_get(node, "waive"))
        waive(s, node, procedure, &command);
    bool stop = false;
    if (who->kind == YAML_TEXT)
        act_once(s, node, &command, who->text, true, &stop);
    for (const struct yaml_node *one = who->kind == YAML_SEQUENCE ? who->first : NULL; one && !stop;
         one = one->next) {
        act_once(s, node, &command, one->text, !one->next, &stop);
        command.case_number = s->last_case; /* who signs after the first signs that content */
        command.args = command.evidence = command.subjects = datum_list(NULL, 0);
        command.outcome = (struct text_view){"", 0};
    }
}

static void write_fact(struct scenario *s, const struct yaml_node *node, int32_t day)
{
    const struct yaml_node *type = yaml_get(node, "fact");
    if (!type || type->kind != YAML_TEXT) {
        scenario_differs(s, node, "a fact names its type: {fact: appointed, ...}");
        return;
    }
    const struct fact_def *def =
        rulebook_fact(&s->state->rules, symbol_find(s->state->symbols, type->text));
    if (!def) {
        scenario_differs(s, node, "there is no fact %s", type->text);
        return;
    }
    struct command command = command_new(s, VERB_FACT, type->text, day);
    command.subjects = pairs_by(s, part_of(s, node, &def->about, NULL), slot_type_of,
                                (void *)(uintptr_t)&def->about, "");
    command.args = pairs_by(s, part_of(s, node, NULL, &def->fields), field_type_of,
                            (void *)(uintptr_t)&def->fields, "");
    must(s, node, &command, "admin");
}

static void course_correct(struct scenario *s, const struct yaml_node *node, int32_t day)
{
    const struct yaml_node *to = yaml_get(node, "to"), *new_day = yaml_get(to, "day");
    int64_t fact = scenario_find_fact(s, yaml_get(node, "corrects"));
    if (!fact) {
        scenario_differs(s, node, "the fact to be corrected is not there");
        return;
    }
    const struct fact_def *def = rulebook_fact(&s->state->rules, s->state->facts.items[fact].type);
    struct command command = command_new(s, VERB_CORRECT, "", day);
    struct datum fields = pairs_by(s, part_of(s, to, NULL, &def->fields), field_type_of,
                                   (void *)(uintptr_t)&def->fields, "");
    command.args = pairs(s, 4, "fact", DATUM(datum_int(fact)), "day",
                         DATUM(new_day ? datum_text(new_day->text) : datum_nil()), "fields",
                         &fields, "reason", DATUM(commitment(s, "reason")));
    must(s, node, &command, "admin");
}

/* migrates: {case: LABEL, to: VERSION}; without `to` the newest. */
static void course_migrate(struct scenario *s, const struct yaml_node *node, int32_t day)
{
    const struct yaml_node *what = yaml_get(node, "migrates"), *label = yaml_get(what, "case"),
                           *to = yaml_get(what, "to"), *refused = yaml_get(node, "refused");
    struct command command = command_new(s, VERB_MIGRATE, "", day);
    struct decision decision;
    command.case_number = label ? scenario_case(s, label->text) : 0;
    command.args = pairs(s, 2, "to", DATUM(datum_int(to ? strtoll(to->text, NULL, 10) : 0)),
                         "reason", DATUM(commitment(s, "reason")));
    scenario_decide(s, &command, "admin", &decision);
    if (refused)
        refusal_expect(s, node, refused, &decision);
    else if (decision.refusal != REFUSAL_none)
        scenario_differs(s, node, "it was refused: %s", refusal_words(s, &decision));
}

/* acknowledges: a duty {duty, of}: its newest reminder, by `who`. */
static void course_acknowledge(struct scenario *s, const struct yaml_node *node, int32_t day)
{
    const struct yaml_node *who = yaml_get(node, "who"), *refused = yaml_get(node, "refused");
    int64_t number = scenario_find_duty(s, yaml_get(node, "acknowledges"));
    struct command command = command_new(s, VERB_ACKNOWLEDGE, "", day);
    struct decision decision;
    struct datum key = datum_text("");
    for (const struct kept_entry *entry = s->first_entry; entry; entry = entry->next)
        for (unsigned i = 0; i < entry->event_count; i++)
            if (entry->events[i].type == EVENT_rung_due &&
                event_int(&entry->events[i], "duty") == number)
                key = *event_datum(&entry->events[i], "key");
    command.args = pairs(s, 1, "key", &key);
    scenario_decide(s, &command, who ? who->text : "admin", &decision);
    if (refused)
        refusal_expect(s, node, refused, &decision);
    else if (decision.refusal != REFUSAL_none)
        scenario_differs(s, node, "it was refused: %s", refusal_words(s, &decision));
}

/* withdraws: PROC.step; exempts, suspends, resumes: a duty {duty, of}. */
static void course_other(struct scenario *s, const struct yaml_node *node, int32_t day)
{
    static const struct {
        const char *word;
        enum verb verb;
    } verbs[] = {{"withdraws", VERB_WITHDRAW},
                 {"exempts", VERB_EXEMPT},
                 {"suspends", VERB_SUSPEND},
                 {"resumes", VERB_RESUME}};
    for (unsigned i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct yaml_node *what = yaml_get(node, verbs[i].word), *who = yaml_get(node, "who"),
                               *refused = yaml_get(node, "refused");
        struct command command = command_new(s, verbs[i].verb, "", day);
        struct decision decision;
        if (!what)
            continue;
        int64_t number = verbs[i].verb == VERB_WITHDRAW
                             ? scenario_find_act(s, what, yaml_get(node, "case"))
                             : scenario_find_duty(s, what);
        command.args = pairs(s, 2, verbs[i].verb == VERB_WITHDRAW ? "act" : "duty",
                             DATUM(datum_int(number)), "reason", DATUM(commitment(s, "reason")));
        scenario_decide(s, &command, who ? who->text : "admin", &decision);
        if (refused)
            refusal_expect(s, node, refused, &decision);
        else if (decision.refusal != REFUSAL_none)
            scenario_differs(s, node, "it was refused: %s", refusal_words(s, &decision));
        return;
    }
    scenario_differs(
        s, node,
        "nothing is done here: expected does, fact, corrects, withdraws, exempts, "
        "suspends, resumes, acknowledges, migrates, calendar, pack, roles, change or expect");
}

static void course_roles(struct scenario *s, const struct yaml_node *roles,
                         const struct yaml_node *until, const char *from)
{
    for (const struct yaml_node *person = roles->first; person; person = person->next)
        for (const struct yaml_node *role = person->first; role; role = role->next)
            assign(s, role, person->key->text, role->key->text, role->text, from,
                   until ? until->text : "");
}

static void course_change(struct scenario *s, const struct yaml_node *change, int32_t day)
{
    for (const struct yaml_node *node = change->first; node; node = node->next) {
        uint32_t subject = scenario_subject(s, node->key->text, SYMBOL_NONE);
        symbol kind = s->state->subjects.items[subject].kind;
        struct command command =
            command_new(s, VERB_CHANGE, symbol_text(s->state->symbols, kind), day);
        struct datum first = subject_fields(s, kind, node, false),
                     second = subject_fields(s, kind, node, true);
        command.subjects = pairs(s, 1, "it",
                                 DATUM(datum_text(symbol_text(
                                     s->state->symbols, s->state->subjects.items[subject].id))));
        command.args = first.count ? first : second;
        must(s, node, &command, "admin");
    }
}

static void course_entry(struct scenario *s, const struct yaml_node *node)
{
    const struct yaml_node *day_node = yaml_get(node, "day"),
                           *recorded = yaml_get(node, "recorded");
    int32_t day = day_node ? date_parse(day_node->text) : s->today;
    int32_t clock = recorded ? date_parse(recorded->text) : day;
    if (day == DATE_NONE || clock == DATE_NONE) {
        scenario_differs(s, node, "expected a date");
        return;
    }
    clock_to(s, clock);
    if (yaml_get(node, "does"))
        course_act(s, node, day);
    else if (yaml_get(node, "fact"))
        write_fact(s, node, day);
    else if (yaml_get(node, "corrects"))
        course_correct(s, node, s->today);
    else if (yaml_get(node, "calendar"))
        activate(s, node, "calendar", yaml_get(node, "calendar")->text);
    else if (yaml_get(node, "pack"))
        activate(s, node, "pack", yaml_get(node, "pack")->text);
    else if (yaml_get(node, "migrates"))
        course_migrate(s, node, day);
    else if (yaml_get(node, "acknowledges"))
        course_acknowledge(s, node, day);
    else if (yaml_get(node, "roles"))
        course_roles(s, yaml_get(node, "roles"), yaml_get(node, "until"),
                     day_node ? day_node->text : "1900-01-01");
    else if (yaml_get(node, "change"))
        course_change(s, yaml_get(node, "change"), day);
    else if (!yaml_get(node, "expect"))
        course_other(s, node, day);
    tick_all(s); /* what the act made due today */
    if (yaml_get(node, "expect"))
        scenario_expect(s, yaml_get(node, "expect"));
}

/* ---- one document ---- */

/* Saved and loaded, it is the same state still. */
static void load_again(struct scenario *s, const uint64_t digest[2])
{
    struct buffer bytes;
    struct state *loaded;
    struct fault fault;
    uint64_t again[2];
    buffer_init(&bytes);
    state_save(s->state, &bytes);
    if (state_load(bytes.data, bytes.size, &loaded, &fault) != STATUS_OK) {
        scenario_differs(s, NULL, "loading the snapshot: %s", fault.text);
    } else {
        state_digest(loaded, again);
        if (again[0] != digest[0] || again[1] != digest[1])
            scenario_differs(s, NULL, "the loaded snapshot differs from the state");
        state_close(loaded);
    }
    buffer_done(&bytes);
}

/* All entries once more into a fresh state: deciding and folding agree. */
static void fold_again(struct scenario *s)
{
    struct state *second = state_open(s->state->origin);
    struct fault fault;
    uint64_t a[2], b[2];
    for (const struct kept_entry *entry = s->first_entry; entry; entry = entry->next)
        if (state_fold(second, &entry->when, NULL, entry->events, entry->event_count, &fault) !=
            STATUS_OK) {
            scenario_differs(s, NULL, "folding again: %s", fault.text);
            state_close(second);
            return;
        }
    state_digest(s->state, a);
    state_digest(second, b);
    if (a[0] != b[0] || a[1] != b[1])
        scenario_differs(s, NULL, "the folded state differs from the one that decided");
    state_close(second);
    load_again(s, a);
}

static void run_document(struct scenario *s, const struct yaml_node *root)
{
    const struct yaml_node *from = yaml_get(root, "from"), *given = yaml_get(root, "given"),
                           *course = yaml_get(root, "course");
    const struct yaml_node *cast = yaml_get(root, "cast"), *packs = yaml_get(root, "packs");
    s->today = from ? date_parse(from->text) : DATE_NONE;
    if (s->today == DATE_NONE || !packs || !cast) {
        scenario_differs(s, root, "a scenario has from (a date), packs and cast");
        return;
    }
    s->parameters = yaml_get(root, "parameters");
    admin_enter(s);
    if (!activate_list(s, yaml_get(root, "calendars"), "calendar") ||
        !activate_list(s, packs, "pack"))
        return;
    if (s->parameters && s->parameters_set != s->parameters->count) {
        scenario_differs(s, s->parameters, "a parameter is in none of the packs, each on one line");
        return;
    }
    for (const char *const *more = s->source->more_packs; more && *more; more++)
        if (!rulebook_pack(&s->state->rules, symbol_find(s->state->symbols, *more), 0) &&
            !activate(s, packs, "pack", *more))
            return;
    cast_enter(s, cast);
    for (const struct yaml_node *node = given ? given->first : NULL; node; node = node->next) {
        const struct yaml_node *day_node = yaml_get(node, "day");
        int32_t day = day_node ? date_parse(day_node->text) : s->today;
        clock_to(s, day); /* a later one waits for its day */
        write_fact(s, node, day);
    }
    tick_all(s);
    for (const struct yaml_node *node = course ? course->first : NULL; node; node = node->next)
        course_entry(s, node);
    fold_again(s);
}

enum status scenario_run(const char *name, const char *text, size_t size,
                         const struct scenario_source *source, struct scenario_result *result,
                         struct buffer *out, struct fault *fault)
{
    struct arena arena;
    struct yaml_node *documents;
    arena_init(&arena, 0);
    enum status status = yaml_read(text, size, &arena, &documents, fault);
    for (const struct yaml_node *root = status == STATUS_OK ? documents->first : NULL; root;
         root = root->next) {
        struct scenario *s = calloc(1, sizeof *s);
        CHECK(s != NULL);
        *s = (struct scenario){.name = name,
                               .out = out,
                               .source = source,
                               .result = result,
                               .language = source->language};
        arena_init(&s->arena, 0);
        s->state = state_open("scenario");
        run_document(s, root);
        result->scenarios++;
        result->passed += s->differences == 0;
        if (s->differences) {
            const struct yaml_node *title = yaml_get(root, "scenario");
            buffer_addf(out, "%s: 未通过 / failed: %s\n", name, title ? title->text : "?");
        }
        state_close(s->state);
        arena_done(&s->arena);
        free(s);
    }
    arena_done(&arena);
    return status;
}
