/* pack_read_procedure.c - guards, effects, steps, outcomes, procedures and duties.
 *
 * Defaults that the manual promises are filled in here, so that the core never has to know them:
 * what a step comes after, the outcomes that a kind brings along, the strength under the cap. */
#include <string.h>

#include "core/pack_read.h"

/* ---- effects ---- */

static struct assignment *read_assignments(struct pack_reader *reader, const struct yaml_node *map,
                                           const char *except, unsigned *ret_count)
{
    struct assignment *assignments = ARENA_ARRAY(reader->arena, struct assignment, map->count);
    *ret_count = 0;
    for (const struct yaml_node *item = map->first; item; item = item->next)
        if (!word_in(except, item->key->text))
            assignments[(*ret_count)++] = (struct assignment){
                symbol_add(reader->symbols, item->key->text), read_operand(reader, item)};
    return assignments;
}

static struct write read_write(struct pack_reader *reader, symbol fact, const struct yaml_node *map)
{
    struct write write = {.fact = fact, .place = read_place(map)};
    if (map->kind == YAML_TEXT && map->length == 0)
        return write;
    if (!read_is_map(reader, map, "what is written"))
        return write;
    write.each = read_each(reader, map);
    write.date = read_operand(reader, yaml_get(map, "date"));
    write.assignments = read_assignments(
        reader, map, write.each ? "date each of where within" : "date", &write.count);
    return write;
}

static void read_writes(struct pack_reader *reader, const struct yaml_node *map,
                        struct effects *effects)
{
    unsigned count = 0;
    if (!map || !read_is_map(reader, map, "writes"))
        return;
    for (const struct yaml_node *item = map->first; item; item = item->next)
        count += item->kind == YAML_SEQUENCE ? item->count : 1;
    effects->writes = ARENA_ARRAY(reader->arena, struct write, count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        symbol fact = symbol_add(reader->symbols, item->key->text);
        if (item->kind != YAML_SEQUENCE)
            effects->writes[effects->write_count++] = read_write(reader, fact, item);
        else
            for (const struct yaml_node *one = item->first; one; one = one->next)
                effects->writes[effects->write_count++] = read_write(reader, fact, one);
    }
}

static struct opening *read_openings(struct pack_reader *reader, const struct yaml_node *map,
                                     unsigned *ret_count)
{
    *ret_count = 0;
    if (!map || !read_is_map(reader, map, "opens"))
        return NULL;
    struct opening *openings = ARENA_ARRAY(reader->arena, struct opening, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        struct opening *opening = &openings[(*ret_count)++];
        opening->procedure = symbol_add(reader->symbols, item->key->text);
        opening->place = read_place(item->key);
        if (!read_is_map(reader, item, "the slots of an opened case"))
            continue;
        opening->each = read_each(reader, item);
        opening->assignments = read_assignments(
            reader, item, opening->each ? "each of where within" : "", &opening->count);
    }
    return openings;
}

struct effects read_effects(struct pack_reader *reader, const struct yaml_node *map)
{
    struct effects effects = {0};
    if (!map || map->kind != YAML_MAP)
        return effects;
    effects.when = read_predicate(reader, yaml_get(map, "if"));
    read_writes(reader, yaml_get(map, "writes"), &effects);
    effects.opens = read_openings(reader, yaml_get(map, "opens"), &effects.open_count);
    struct operand tell = read_operand(reader, yaml_get(map, "tell"));
    if (tell.kind != OPERAND_NONE) {
        effects.tell_count = tell.kind == OPERAND_LIST ? tell.count : 1;
        effects.tell = ARENA_ARRAY(reader->arena, struct operand, effects.tell_count);
        for (unsigned i = 0; i < effects.tell_count; i++)
            effects.tell[i] = tell.kind == OPERAND_LIST ? tell.items[i] : tell;
    }
    return effects;
}

/* ---- guards ---- */

static enum strength read_strength(struct pack_reader *reader, const struct yaml_node *node)
{
    static const char *const words[] = {[STRENGTH_RECORD] = "record",
                                        [STRENGTH_WARN] = "warn",
                                        [STRENGTH_WAIVE] = "waive",
                                        [STRENGTH_REFUSE] = "refuse"};
    for (int i = STRENGTH_RECORD; node && i <= STRENGTH_REFUSE; i++)
        if (yaml_is(node, words[i]))
            return (enum strength)i;
    if (node)
        read_error(reader, node, "strength is refuse, waive, warn or record");
    return STRENGTH_REFUSE;
}

static void read_guard(struct pack_reader *reader, const struct yaml_node *map, struct guard *guard)
{
    const struct yaml_node *id = yaml_get(map, "id"), *rule = yaml_get(map, "rule"), *text;
    read_known(reader, map, "a guard",
               "id rule plain if require strength raised at opens tell writes");
    guard->place = read_place(map);
    guard->id = read_name(reader, id ? id : rule);
    guard->rule = read_name(reader, rule);
    guard->plain = (text = yaml_get(map, "plain")) ? text->text : NULL;
    guard->raised = (text = yaml_get(map, "raised")) ? text->text : NULL;
    guard->strength = read_strength(reader, yaml_get(map, "strength"));
    if (guard->strength > reader->pack->cap && !guard->raised)
        guard->strength = reader->pack->cap;
    guard->when = read_predicate(reader, yaml_get(map, "if"));
    guard->require = read_predicate(reader, yaml_get(map, "require"));
    guard->at = read_operand(reader, yaml_get(map, "at"));
    guard->effects = read_effects(reader, map);
    guard->effects.when = NULL; /* `if` is the guard's own */
    if (!guard->id || !guard->require)
        read_error(reader, map, "a guard needs a rule (or id) and `require`");
}

static const struct guard_set *guard_set_find(const struct pack *pack, symbol name)
{
    for (unsigned i = 0; i < pack->guard_set_count; i++)
        if (pack->guard_sets[i].name == name)
            return &pack->guard_sets[i];
    return NULL;
}

/* A list of guards; a name stands for all guards of a set. */
static struct guards read_guards(struct pack_reader *reader, const struct yaml_node *node)
{
    struct guards guards = {0};
    unsigned room = 0;
    if (!node)
        return guards;
    if (node->kind != YAML_SEQUENCE) {
        read_error(reader, node, "expected a list of guards");
        return guards;
    }
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        const struct guard_set *set =
            item->kind == YAML_TEXT
                ? guard_set_find(reader->pack, symbol_find(reader->symbols, item->text))
                : NULL;
        room += set ? set->guards.count : 1;
    }
    guards.items = ARENA_ARRAY(reader->arena, struct guard, room);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        if (item->kind == YAML_TEXT) {
            const struct guard_set *set =
                guard_set_find(reader->pack, symbol_find(reader->symbols, item->text));
            if (!set)
                read_error(reader, item, "there is no set of guards named \"%s\" in this pack",
                           item->text);
            for (unsigned i = 0; set && i < set->guards.count; i++)
                guards.items[guards.count++] = set->guards.items[i];
        } else if (read_is_map(reader, item, "a guard")) {
            read_guard(reader, item, &guards.items[guards.count++]);
        }
    }
    return guards;
}

void read_guard_sets(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "guards"))
        return;
    reader->pack->guard_sets = ARENA_ARRAY(reader->arena, struct guard_set, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        if (!read_is_map(reader, item, "a set of guards"))
            continue;
        read_known(reader, item, "a set of guards", "about list");
        struct guard_set set = {.name = symbol_add(reader->symbols, item->key->text),
                                .about = read_slots(reader, yaml_get(item, "about")),
                                .guards = read_guards(reader, yaml_get(item, "list"))};
        reader->pack->guard_sets[reader->pack->guard_set_count++] = set;
    }
}

/* ---- steps ---- */

static struct due read_due(struct pack_reader *reader, const struct yaml_node *node)
{
    struct due due = {.present = node != NULL};
    if (!node)
        return due;
    due.place = read_place(node);
    if (node->kind != YAML_MAP) {
        due.plus = read_operand(reader, node);
        return due;
    }
    read_known(reader, node, "due", "from plus date ladder owner copy");
    due.from = read_operand(reader, yaml_get(node, "from"));
    due.plus = read_operand(reader, yaml_get(node, "plus"));
    due.date = read_operand(reader, yaml_get(node, "date"));
    due.ladder = read_name(reader, yaml_get(node, "ladder"));
    due.owner = read_name(reader, yaml_get(node, "owner"));
    due.copy = read_names(reader, yaml_get(node, "copy"));
    if (due.plus.kind == OPERAND_NONE && due.date.kind == OPERAND_NONE)
        read_error(reader, node, "due needs a period (plus) or a date");
    return due;
}

static void read_by_map(struct pack_reader *reader, const struct yaml_node *map, struct by *by)
{
    const struct yaml_node *count = yaml_get(map, "count");
    read_known(reader, map, "by", "any role count person proxy each");
    if (yaml_get(map, "any")) {
        by->kind = BY_ANY;
        by->roles = read_names(reader, yaml_get(map, "any"));
    } else if (yaml_get(map, "person")) {
        by->kind = BY_PERSON;
        by->path = read_operand(reader, yaml_get(map, "person"));
        by->proxy = read_bool(reader, yaml_get(map, "proxy"));
    } else if (yaml_get(map, "each")) {
        by->kind = BY_EACH;
        by->path = read_operand(reader, yaml_get(map, "each"));
    } else {
        by->roles = read_names(reader, yaml_get(map, "role"));
    }
    struct operand number = read_operand(reader, count);
    if (number.kind == OPERAND_NUMBER && number.number.den == 1 && number.number.num >= 1 &&
        number.number.num <= 32)
        by->count = (unsigned)number.number.num;
    else if (count)
        read_error(reader, count, "count is a number from 1 to 32");
}

static struct by read_by(struct pack_reader *reader, const struct yaml_node *step,
                         const struct yaml_node *node)
{
    struct by by = {.kind = BY_ROLE, .count = 1};
    if (!node) {
        read_error(reader, step, "a step says who does it: by: role");
    } else if (yaml_is(node, "clock")) {
        by.kind = BY_CLOCK;
    } else if (node->kind == YAML_MAP) {
        read_by_map(reader, node, &by);
    } else {
        by.roles = read_names(reader, node);
        if (node->kind == YAML_SEQUENCE) {
            by.kind = BY_ALL;
            by.count = by.roles.count;
        }
    }
    return by;
}

static struct vote read_vote(struct pack_reader *reader, const struct yaml_node *map)
{
    struct vote vote = {.present = map != NULL};
    if (!map || !read_is_map(reader, map, "vote"))
        return vote;
    read_known(reader, map, "vote", "body acts quorum pass");
    vote.body = read_name(reader, yaml_get(map, "body"));
    vote.acts = read_name(reader, yaml_get(map, "acts"));
    if (yaml_get(map, "quorum"))
        vote.quorum = read_bounds(reader, yaml_get(map, "quorum"));
    if (yaml_get(map, "pass"))
        vote.pass = read_bounds(reader, yaml_get(map, "pass"));
    else
        read_error(reader, map, "a vote says what passes: pass: {above: 1/2, of: entitled}");
    return vote;
}

static void read_outcome(struct pack_reader *reader, const struct yaml_node *node,
                         struct outcome *outcome)
{
    outcome->name = symbol_add(reader->symbols, node->key->text);
    outcome->place = read_place(node->key);
    if (node->kind == YAML_TEXT && node->length == 0)
        return;
    if (!read_is_map(reader, node, "an outcome"))
        return;
    read_known(reader, node, "an outcome", "title if to end timeout rule writes opens tell");
    outcome->title = read_title(reader, yaml_get(node, "title"));
    outcome->when = read_predicate(reader, yaml_get(node, "if"));
    outcome->to = read_name(reader, yaml_get(node, "to"));
    outcome->end = read_name(reader, yaml_get(node, "end"));
    outcome->rule = read_name(reader, yaml_get(node, "rule"));
    const struct yaml_node *timeout = yaml_get(node, "timeout");
    if (timeout)
        outcome->timeout = read_due(reader, timeout);
    outcome->effects = read_effects(reader, node);
    outcome->effects.when = NULL; /* `if` chose the outcome */
    if (outcome->to && outcome->end)
        read_error(reader, node, "an outcome goes to a step or ends the case, not both");
}

/* The outcomes a kind brings along, unless the step says otherwise. */
static const struct {
    enum step_kind kind;
    const char *name, *to, *end;
} kind_outcomes[] = {
    {STEP_CONSENT, "agreed", NULL, NULL},   {STEP_CONSENT, "refused", NULL, "refused"},
    {STEP_APPROVE, "approved", NULL, NULL}, {STEP_APPROVE, "refused", NULL, "refused"},
    {STEP_VOTE, "no_quorum", "", NULL},     {STEP_VOTE, "failed", NULL, "failed"},
    {STEP_VOTE, "passed", NULL, NULL},
};

static struct outcome *outcome_find(struct step *step, symbol name)
{
    for (unsigned i = 0; i < step->outcome_count; i++)
        if (step->outcomes[i].name == name)
            return &step->outcomes[i];
    return NULL;
}

static void outcomes_add_defaults(struct pack_reader *reader, struct step *step)
{
    for (unsigned i = 0; i < sizeof kind_outcomes / sizeof kind_outcomes[0]; i++) {
        symbol name = symbol_add(reader->symbols, kind_outcomes[i].name);
        if (kind_outcomes[i].kind != step->kind || outcome_find(step, name))
            continue;
        const char *to = kind_outcomes[i].to, *end = kind_outcomes[i].end;
        step->outcomes[step->outcome_count++] =
            (struct outcome){.name = name,
                             .place = step->place,
                             .by_default = true,
                             .to = to ? step->name : SYMBOL_NONE, /* "" is the step itself */
                             .end = end ? symbol_add(reader->symbols, end) : SYMBOL_NONE};
    }
    if (!step->outcome_count)
        step->outcomes[step->outcome_count++] = (struct outcome){
            .name = symbol_add(reader->symbols, "done"), .place = step->place, .by_default = true};
}

static void read_outcomes(struct pack_reader *reader, const struct yaml_node *map,
                          struct step *step)
{
    step->outcomes = ARENA_ARRAY(reader->arena, struct outcome, (map ? map->count : 0) + 4);
    if (map && read_is_map(reader, map, "outcomes"))
        for (const struct yaml_node *item = map->first; item; item = item->next)
            read_outcome(reader, item, &step->outcomes[step->outcome_count++]);
    outcomes_add_defaults(reader, step);
}

static enum step_kind read_step_kind(struct pack_reader *reader, const struct yaml_node *node)
{
    static const char *const words[] = {
        [STEP_RECORD] = "record",   [STEP_REPORT] = "report",    [STEP_PUBLISH] = "publish",
        [STEP_INSPECT] = "inspect", [STEP_RATE] = "rate",        [STEP_NOMINATE] = "nominate",
        [STEP_CONSENT] = "consent", [STEP_APPROVE] = "approve",  [STEP_VOTE] = "vote",
        [STEP_CERTIFY] = "certify", [STEP_PENALIZE] = "penalize"};
    for (unsigned i = 0; node && i < sizeof words / sizeof words[0]; i++)
        if (yaml_is(node, words[i]))
            return (enum step_kind)i;
    if (node)
        read_error(
            reader, node,
            "unknown kind of step; known: record report publish inspect rate nominate consent "
            "approve vote certify penalize");
    return STEP_RECORD;
}

static int step_index(const struct procedure *procedure, symbol name)
{
    for (unsigned i = 0; i < procedure->step_count; i++)
        if (procedure->steps[i].name == name)
            return (int)i;
    return -1;
}

/* `after: [informed, held.cadre]`; without it the nearest step above that is not optional. */
static void read_after(struct pack_reader *reader, const struct yaml_node *node,
                       struct procedure *procedure, unsigned index)
{
    struct step *step = &procedure->steps[index];
    struct operand names = read_operand(reader, node);
    unsigned count = names.kind == OPERAND_LIST ? names.count : 1;
    step->after = ARENA_ARRAY(reader->arena, struct after, count);
    for (unsigned i = 0; node && i < count; i++) {
        const struct operand *name = names.kind == OPERAND_LIST ? &names.items[i] : &names;
        int before = name->count ? step_index(procedure, name->names[0]) : -1;
        if (name->kind == OPERAND_WORD && yaml_is(node, "start"))
            return;
        if (before < 0 || (unsigned)before == index || name->count > 2) {
            read_error(reader, node,
                       "after names other steps of the procedure, or step.outcome, or start");
            continue;
        }
        step->after[step->after_count++] =
            (struct after){(unsigned)before, name->count == 2 ? name->names[1] : SYMBOL_NONE};
    }
    for (unsigned above = index; !node && above-- > 0;)
        if (!procedure->steps[above].optional) {
            step->after[step->after_count++] = (struct after){above, SYMBOL_NONE};
            return;
        }
}

#define STEP_WORDS                                                                                 \
    "title rules seen_by kind names by after if optional evidence fields vote run at due overdue " \
    "outcomes writes opens tell guards"

static void read_step(struct pack_reader *reader, const struct yaml_node *map, struct step *step)
{
    read_known(reader, map, "a step", STEP_WORDS);
    step->title = read_title(reader, yaml_get(map, "title"));
    step->rules = read_rules(reader, yaml_get(map, "rules"));
    step->seen_by = read_names(reader, yaml_get(map, "seen_by"));
    step->kind = read_step_kind(reader, yaml_get(map, "kind"));
    step->names = read_name(reader, yaml_get(map, "names"));
    step->run = read_openings(reader, yaml_get(map, "run"), &step->run_count);
    step->by = step->run_count && !yaml_get(map, "by") ? (struct by){.kind = BY_CLOCK}
                                                       : read_by(reader, map, yaml_get(map, "by"));
    step->applies = read_predicate(reader, yaml_get(map, "if"));
    step->optional = read_bool(reader, yaml_get(map, "optional"));
    step->evidence = read_names(reader, yaml_get(map, "evidence"));
    step->fields = read_fields(reader, yaml_get(map, "fields"));
    step->vote = read_vote(reader, yaml_get(map, "vote"));
    step->at = read_due(reader, yaml_get(map, "at"));
    step->due = read_due(reader, yaml_get(map, "due"));
    step->overdue = read_effects(reader, yaml_get(map, "overdue"));
    read_outcomes(reader, yaml_get(map, "outcomes"), step);
    step->effects = read_effects(reader, map);
    step->effects.when = NULL; /* `if` says whether the step applies */
    step->guards = read_guards(reader, yaml_get(map, "guards"));
    if ((step->kind == STEP_VOTE) != step->vote.present)
        read_error(reader, map, "a step of kind vote has `vote: {...}`, and only such a step");
    if ((step->kind == STEP_NOMINATE) != (step->names != SYMBOL_NONE))
        read_error(reader, map,
                   "a step of kind nominate says which slot it fills: names: candidate");
}

static void read_steps(struct pack_reader *reader, const struct yaml_node *node,
                       const struct yaml_node *map, struct procedure *procedure)
{
    if (!map || !read_is_map(reader, map, "steps"))
        return;
    if (map->count == 0 || map->count > STEPS_MAX) {
        read_error(reader, node, "a procedure has 1 to %d steps", STEPS_MAX);
        return;
    }
    procedure->steps = ARENA_ARRAY(reader->arena, struct step, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        struct step *step = &procedure->steps[procedure->step_count++];
        step->name = symbol_add(reader->symbols, item->key->text);
        step->place = read_place(item->key);
    }
    unsigned index = 0;
    for (const struct yaml_node *item = map->first; item; item = item->next, index++)
        if (read_is_map(reader, item, "a step"))
            read_step(reader, item, &procedure->steps[index]);
    index = 0;
    for (const struct yaml_node *item = map->first; item; item = item->next, index++)
        read_after(reader, yaml_get(item, "after"), procedure, index);
}

/* ---- procedures ---- */

static struct occasion read_occasion(struct pack_reader *reader, const struct yaml_node *map)
{
    struct occasion occasion = {0};
    if (!map || !read_is_map(reader, map, "when"))
        return occasion;
    read_known(reader, map, "when", "fact every date for where at");
    occasion.place = read_place(map);
    occasion.subject_kind = read_name(reader, yaml_get(map, "for"));
    occasion.where = read_predicate(reader, yaml_get(map, "where"));
    occasion.at_end = yaml_is(yaml_get(map, "at"), "end");
    if (yaml_get(map, "fact")) {
        occasion.kind = OCCASION_FACT;
        occasion.fact = read_name(reader, yaml_get(map, "fact"));
    } else if (yaml_get(map, "every")) {
        occasion.kind = OCCASION_EVERY;
        occasion.every = read_span_kind(yaml_get(map, "every"));
        if (occasion.every == SPAN_NONE)
            read_error(reader, map, "every is year, half, quarter or month");
    } else if (yaml_get(map, "date")) {
        occasion.kind = OCCASION_DATE;
        occasion.date = read_operand(reader, yaml_get(map, "date"));
    } else {
        read_error(reader, map, "when is a fact, a period (every) or a date");
    }
    if (occasion.kind != OCCASION_FACT && !occasion.subject_kind)
        read_error(reader, map, "say for whom: for: person");
    return occasion;
}

static void read_apart_groups(struct pack_reader *reader, const struct yaml_node *node,
                              const char *rule, struct procedure *procedure)
{
    if (node->kind != YAML_SEQUENCE || !node->first || node->first->kind != YAML_SEQUENCE) {
        read_error(reader, node, "apart is a list of groups of steps: [[proposed, decided]]");
        return;
    }
    struct apart *groups =
        ARENA_ARRAY(reader->arena, struct apart, procedure->apart_count + node->count);
    if (procedure->apart_count)
        memcpy(groups, procedure->apart, procedure->apart_count * sizeof *groups);
    procedure->apart = groups;
    for (const struct yaml_node *item = node->first; item; item = item->next)
        groups[procedure->apart_count++] =
            (struct apart){read_names(reader, item), symbol_add(reader->symbols, rule)};
}

/* Groups alone are SOD-1's; a map says of which rule the groups are. */
static void read_apart(struct pack_reader *reader, const struct yaml_node *node,
                       struct procedure *procedure)
{
    if (node && node->kind == YAML_MAP)
        for (const struct yaml_node *item = node->first; item; item = item->next)
            read_apart_groups(reader, item, item->key->text, procedure);
    else if (node)
        read_apart_groups(reader, node, "SOD-1", procedure);
}

static void read_kin(struct pack_reader *reader, const struct yaml_node *map,
                     struct procedure *procedure)
{
    if (!map || !read_is_map(reader, map, "kin"))
        return;
    procedure->kin = ARENA_ARRAY(reader->arena, struct kin, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next)
        procedure->kin[procedure->kin_count++] =
            (struct kin){symbol_add(reader->symbols, item->key->text), read_names(reader, item)};
}

static void read_procedure(struct pack_reader *reader, const struct yaml_node *map,
                           struct procedure *procedure)
{
    read_known(reader, map, "a procedure",
               "title rules about unit when steps values guards apart kin suspend cancel seen_by");
    procedure->title = read_title(reader, yaml_get(map, "title"));
    procedure->rules = read_rules(reader, yaml_get(map, "rules"));
    procedure->about = read_slots(reader, yaml_get(map, "about"));
    procedure->unit = read_operand(reader, yaml_get(map, "unit"));
    procedure->when = read_occasion(reader, yaml_get(map, "when"));
    read_values(reader, yaml_get(map, "values"), procedure, &procedure->values,
                &procedure->value_count);
    procedure->guards = read_guards(reader, yaml_get(map, "guards"));
    read_apart(reader, yaml_get(map, "apart"), procedure);
    read_kin(reader, yaml_get(map, "kin"), procedure);
    procedure->suspend = read_predicate(reader, yaml_get(map, "suspend"));
    procedure->cancel = read_predicate(reader, yaml_get(map, "cancel"));
    procedure->seen_by = read_names(reader, yaml_get(map, "seen_by"));
    if (!yaml_get(map, "steps") || !yaml_get(map, "about"))
        read_error(reader, map, "a procedure has `about` (its slots) and `steps`");
    read_steps(reader, map, yaml_get(map, "steps"), procedure);
}

void read_procedures(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "procedures"))
        return;
    reader->pack->procedures = ARENA_ARRAY(reader->arena, struct procedure, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        struct procedure *procedure = &reader->pack->procedures[reader->pack->procedure_count++];
        procedure->name = symbol_add(reader->symbols, item->key->text);
        procedure->place = read_place(item->key);
        procedure->pack = reader->pack;
        if (read_is_map(reader, item, "a procedure"))
            read_procedure(reader, item, procedure);
    }
}

void read_duties(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "duties"))
        return;
    reader->pack->duties = ARENA_ARRAY(reader->arena, struct duty_def, map->count);
    for (const struct yaml_node *item = map->first; item; item = item->next) {
        if (!read_is_map(reader, item, "a duty"))
            continue;
        read_known(reader, item, "a duty", "title rules when due met cancel owner copy ladder");
        struct duty_def duty = {.name = symbol_add(reader->symbols, item->key->text),
                                .place = read_place(item->key),
                                .pack = reader->pack,
                                .title = read_title(reader, yaml_get(item, "title")),
                                .rules = read_rules(reader, yaml_get(item, "rules")),
                                .when = read_occasion(reader, yaml_get(item, "when")),
                                .due = read_due(reader, yaml_get(item, "due")),
                                .met = read_predicate(reader, yaml_get(item, "met")),
                                .cancel = read_predicate(reader, yaml_get(item, "cancel")),
                                .owner = read_name(reader, yaml_get(item, "owner")),
                                .copy = read_names(reader, yaml_get(item, "copy")),
                                .ladder = read_name(reader, yaml_get(item, "ladder"))};
        if (duty.when.kind == OCCASION_NONE || !duty.met || !duty.owner)
            read_error(
                reader, item,
                "a duty says when it arises, what meets it and who owns it: when, met, owner");
        if (duty.due.owner || duty.due.copy.count)
            read_error(reader, item, "owner and copy of a duty stand beside due, not within it");
        if (duty.when.kind == OCCASION_FACT && !duty.due.present)
            read_error(reader, item, "a duty opened by a fact says by when: due: P6M");
        reader->pack->duties[reader->pack->duty_count++] = duty;
    }
}
