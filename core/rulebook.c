/* rulebook.c - the tables are rebuilt whole whenever a pack is added: that is rare, and asking is
 * not. */
#include "core/rulebook.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"

void rulebook_init(struct rulebook *book, struct symbol_table *symbols)
{
    *book = (struct rulebook){.symbols = symbols};
}

static void tables_clear(struct rulebook *book)
{
    struct map *tables[] = {&book->facts,          &book->procedures,     &book->duties,
                            &book->lists,          &book->kinds,          &book->roles,
                            &book->parameters,     &book->ladders,        &book->guard_sets,
                            &book->subject_values, &book->subject_fields, &book->known_procedures,
                            &book->known_duties,   &book->endings};
    for (unsigned i = 0; i < sizeof tables / sizeof tables[0]; i++)
        map_done(tables[i]);
    free(book->all_duties);
    free(book->all_procedures);
    free(book->watched);
    arena_done(&book->arena);
    book->duty_reads = book->procedure_reads = book->watched_reads = NULL;
    book->all_duties = NULL;
    book->all_procedures = NULL;
    book->watched = NULL;
    book->all_duty_count = book->all_procedure_count = book->watched_count = 0;
}

void rulebook_done(struct rulebook *book)
{
    tables_clear(book);
    for (unsigned i = 0; i < book->pack_count; i++)
        pack_free((struct pack *)(uintptr_t)book->packs[i]);
    free(book->packs);
    *book = (struct rulebook){0};
}

static bool pack_is_newest(const struct rulebook *book, unsigned index)
{
    for (unsigned i = index + 1; i < book->pack_count; i++)
        if (book->packs[i]->id == book->packs[index]->id)
            return false;
    return true;
}

static uint64_t pointer(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

static uint64_t pair_key(symbol a, symbol b)
{
    return (uint64_t)a << 32 | b;
}

static void pack_enter_names(struct rulebook *book, const struct pack *pack)
{
    for (unsigned i = 0; i < pack->list_count; i++)
        map_put(&book->lists, pack->lists[i].name, pointer(&pack->lists[i]));
    for (unsigned i = 0; i < pack->role_count; i++)
        map_put(&book->roles, pack->roles[i].name, pointer(&pack->roles[i]));
    for (unsigned i = 0; i < pack->parameter_count; i++)
        map_put(&book->parameters, pack->parameters[i].name, pointer(&pack->parameters[i]));
    for (unsigned i = 0; i < pack->ladder_count; i++)
        map_put(&book->ladders, pack->ladders[i].name, pointer(&pack->ladders[i].ladder));
    for (unsigned i = 0; i < pack->fact_count; i++) {
        map_put(&book->facts, pack->facts[i].name, pointer(&pack->facts[i]));
        if (pack->facts[i].ended_by)
            map_put(&book->endings, pack->facts[i].ended_by, 1);
    }
    for (unsigned i = 0; i < pack->guard_set_count; i++)
        map_put(&book->guard_sets, pack->guard_sets[i].name, pointer(&pack->guard_sets[i]));
    for (unsigned i = 0; i < pack->kind_count; i++) {
        const struct kind_def *kind = &pack->kinds[i];
        for (unsigned k = 0; k < kind->fields.count; k++)
            map_put(&book->subject_fields, pair_key(kind->name, kind->fields.items[k].name),
                    pointer(&kind->fields.items[k]));
    }
    for (unsigned i = 0; i < pack->procedure_count; i++)
        map_put(&book->known_procedures, pack->procedures[i].name, pointer(&pack->procedures[i]));
    for (unsigned i = 0; i < pack->duty_count; i++)
        map_put(&book->known_duties, pack->duties[i].name, pointer(&pack->duties[i]));
    for (unsigned i = 0; i < pack->value_count; i++)
        map_put(&book->subject_values, pair_key(pack->values[i].subject_kind, pack->values[i].name),
                pointer(&pack->values[i]));
}

/* A kind is of the pack that names it first; others add fields to it. */
static void pack_enter_kinds(struct rulebook *book, const struct pack *pack)
{
    for (unsigned i = 0; i < pack->kind_count; i++)
        if (!map_get(&book->kinds, pack->kinds[i].name, NULL))
            map_put(&book->kinds, pack->kinds[i].name, pointer(&pack->kinds[i]));
}

static void pack_enter_rules(struct rulebook *book, const struct pack *pack)
{
    for (unsigned i = 0; i < pack->value_count; i++) {
        const struct value_def *value = &pack->values[i];
        if (value->change_count)
            book->watched[book->watched_count++] = value;
    }
    for (unsigned i = 0; i < pack->procedure_count; i++) {
        map_put(&book->procedures, pack->procedures[i].name, pointer(&pack->procedures[i]));
        book->all_procedures[book->all_procedure_count++] = &pack->procedures[i];
    }
    for (unsigned i = 0; i < pack->duty_count; i++) {
        map_put(&book->duties, pack->duties[i].name, pointer(&pack->duties[i]));
        book->all_duties[book->all_duty_count++] = &pack->duties[i];
    }
}

static struct reads reads_of_occasion(struct rulebook *book, const struct occasion *when)
{
    struct reads reads = {0};
    reads_predicate(&reads, book, &book->arena, when->where);
    reads_operand(&reads, book, &book->arena, &when->date);
    return reads;
}

static void reads_build(struct rulebook *book)
{
    arena_init(&book->arena, 0);
    book->duty_reads = ARENA_ARRAY(&book->arena, struct reads, book->all_duty_count);
    book->procedure_reads = ARENA_ARRAY(&book->arena, struct reads, book->all_procedure_count);
    book->watched_reads = ARENA_ARRAY(&book->arena, struct reads, book->watched_count);
    for (unsigned i = 0; i < book->all_duty_count; i++)
        book->duty_reads[i] = reads_of_occasion(book, &book->all_duties[i]->when);
    for (unsigned i = 0; i < book->all_procedure_count; i++)
        book->procedure_reads[i] = reads_of_occasion(book, &book->all_procedures[i]->when);
    for (unsigned i = 0; i < book->watched_count; i++) {
        struct reads *reads = &book->watched_reads[i];
        reads_value(reads, book, &book->arena, book->watched[i]);
        reads->days =
            reads->days && !book->watched[i]->daily; /* its days have ticks of their own */
    }
}

static void tables_build(struct rulebook *book)
{
    unsigned values = 1, procedures = 1, duties = 1;
    tables_clear(book);
    for (unsigned i = 0; i < book->pack_count; i++) {
        values += book->packs[i]->value_count;
        procedures += book->packs[i]->procedure_count;
        duties += book->packs[i]->duty_count;
    }
    book->watched = calloc(values, sizeof *book->watched);
    book->all_procedures = calloc(procedures, sizeof *book->all_procedures);
    book->all_duties = calloc(duties, sizeof *book->all_duties);
    CHECK(book->watched && book->all_procedures && book->all_duties);
    for (unsigned i = 0; i < book->pack_count; i++)
        if (!pack_is_newest(book, i))
            pack_enter_names(book, book->packs[i]);
    for (unsigned i = 0; i < book->pack_count; i++)
        if (pack_is_newest(book, i)) {
            pack_enter_names(book, book->packs[i]); /* in place of what older versions say */
            pack_enter_kinds(book, book->packs[i]);
            pack_enter_rules(book, book->packs[i]);
        }
    for (unsigned i = 0; i < book->pack_count; i++)
        if (!pack_is_newest(book, i))
            pack_enter_kinds(book, book->packs[i]); /* those dropped since */
    reads_build(book);
}

void rulebook_add(struct rulebook *book, struct pack *pack)
{
    book->packs = realloc(book->packs, (book->pack_count + 1) * sizeof *book->packs);
    CHECK(book->packs != NULL);
    book->packs[book->pack_count++] = pack;
    tables_build(book);
}

const struct pack *rulebook_pack(const struct rulebook *book, symbol id, int64_t version)
{
    for (unsigned i = book->pack_count; i-- > 0;)
        if (book->packs[i]->id == id && (!version || book->packs[i]->version == version))
            return book->packs[i];
    return NULL;
}

void rulebook_link(const struct rulebook *book, struct pack *pack, struct pack_findings *findings)
{
    const struct pack **others = calloc(book->pack_count + 1, sizeof *others);
    unsigned count = 0;
    CHECK(others != NULL);
    for (unsigned i = 0; i < book->pack_count; i++)
        if (book->packs[i]->id != pack->id && pack_is_newest(book, i))
            others[count++] = book->packs[i];
    pack_link(pack, others, count, book->symbols, findings);
    free(others);
}

static const void *find(const struct map *map, uint64_t key)
{
    uint64_t value;
    return map_get(map, key, &value) ? (const void *)(uintptr_t)value : NULL;
}

const struct fact_def *rulebook_fact(const struct rulebook *book, symbol name)
{
    return find(&book->facts, name);
}

bool rulebook_fact_ends(const struct rulebook *book, symbol name)
{
    return map_get(&book->endings, name, NULL);
}

const struct procedure *rulebook_procedure(const struct rulebook *book, symbol name,
                                           int64_t version)
{
    const struct procedure *newest = find(&book->procedures, name);
    if (!version || (newest && newest->pack->version == version))
        return newest;
    for (unsigned i = book->pack_count; i-- > 0;)
        for (unsigned k = 0;
             book->packs[i]->version == version && k < book->packs[i]->procedure_count; k++)
            if (book->packs[i]->procedures[k].name == name)
                return &book->packs[i]->procedures[k];
    return NULL;
}

const struct duty_def *rulebook_duty(const struct rulebook *book, symbol name, int64_t version)
{
    const struct duty_def *newest = find(&book->duties, name);
    if (!version || (newest && newest->pack->version == version))
        return newest;
    for (unsigned i = book->pack_count; i-- > 0;)
        for (unsigned k = 0; book->packs[i]->version == version && k < book->packs[i]->duty_count;
             k++)
            if (book->packs[i]->duties[k].name == name)
                return &book->packs[i]->duties[k];
    return NULL;
}

const struct procedure *rulebook_known_procedure(const struct rulebook *book, symbol name)
{
    return find(&book->known_procedures, name);
}

const struct duty_def *rulebook_known_duty(const struct rulebook *book, symbol name)
{
    return find(&book->known_duties, name);
}

const struct list_def *rulebook_list(const struct rulebook *book, symbol name)
{
    return find(&book->lists, name);
}

const struct kind_def *rulebook_kind(const struct rulebook *book, symbol name)
{
    return find(&book->kinds, name);
}

const struct role_def *rulebook_role(const struct rulebook *book, symbol name)
{
    return find(&book->roles, name);
}

const struct parameter *rulebook_parameter(const struct rulebook *book, const struct pack *pack,
                                           symbol name)
{
    for (unsigned i = 0; pack && i < pack->parameter_count; i++)
        if (pack->parameters[i].name == name)
            return &pack->parameters[i];
    return find(&book->parameters, name);
}

const struct ladder *rulebook_ladder(const struct rulebook *book, const struct pack *pack,
                                     symbol name)
{
    for (unsigned i = 0; pack && i < pack->ladder_count; i++)
        if (pack->ladders[i].name == name)
            return &pack->ladders[i].ladder;
    return find(&book->ladders, name);
}

const struct guard_set *rulebook_guard_set(const struct rulebook *book, symbol name)
{
    return find(&book->guard_sets, name);
}

const struct value_def *rulebook_value(const struct rulebook *book, symbol kind, symbol name)
{
    return find(&book->subject_values, pair_key(kind, name));
}

const struct field *rulebook_field(const struct rulebook *book, symbol kind, symbol name)
{
    return find(&book->subject_fields, pair_key(kind, name));
}

bool rulebook_role_covers(const struct rulebook *book, symbol role, symbol asked)
{
    if (role == asked)
        return true;
    const char *held = symbol_text(book->symbols, role),
               *wanted = symbol_text(book->symbols, asked);
    size_t length = strlen(wanted);
    return length > 0 && strncmp(held, wanted, length) == 0 && held[length] == '.';
}

int rulebook_member_rank(const struct list_def *list, symbol member)
{
    for (unsigned i = 0; i < list->members.count; i++)
        if (list->members.items[i] == member)
            return (int)i;
    return -1;
}

const char *rulebook_rule_words(const struct rulebook *book, symbol rule)
{
    for (unsigned i = 0; i < book->pack_count; i++)
        for (unsigned k = 0; k < book->packs[i]->rule_count; k++)
            if (book->packs[i]->rules[k].id == rule && book->packs[i]->rules[k].words)
                return book->packs[i]->rules[k].words;
    return NULL;
}
