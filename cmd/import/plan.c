/* plan.c - see plan.h. Two passes: first every row that registers somebody gets its id, so that
 * rows can name each other in any order; then all cells are read. */
#include "cmd/import/plan.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/import/cell.h"
#include "cmd/import/plan_row.h"
#include "cmd/options.h"
#include "core/check.h"
#include "core/date.h"
#include "core/idcode.h"
#include "core/limits.h"
#include "events/codec.h"

#define RANK_CHANGE 10
#define RANK_FACT   11

#define FILE_NAME_SHOWN_MAX 60 /* bytes of it in the evidence */

void plan_init(struct plan *plan)
{
    arena_init(&plan->arena, 0);
    plan->subjects = json_object();
    plan->names = json_object();
    plan->codes = json_object();
    CHECK(plan->subjects && plan->names && plan->codes);
}

void plan_done(struct plan *plan)
{
    json_decref(plan->subjects);
    json_decref(plan->names);
    json_decref(plan->codes);
    free(plan->items);
    arena_done(&plan->arena);
}

/* ---- a row's cells ---- */

static unsigned column_index(const struct row_context *context, const char *column)
{
    const struct fitted *fitted = &context->from->fitted;
    for (unsigned i = 0; i < fitted->count; i++)
        if (fitted->columns[i] && strcmp(fitted->columns[i]->name, column) == 0)
            return i;
    return SHEET_COLUMNS_MAX;
}

const char *row_cell(const struct row_context *context, const char *column)
{
    unsigned index = column_index(context, column);
    return index < context->row->count ? context->row->cells[index] : "";
}

const char *row_heading(const struct row_context *context, const char *column)
{
    unsigned index = column_index(context, column);
    const struct sheet *sheet = &context->from->sheet;
    return index < context->from->fitted.count
               ? cell_clean(&context->plan->arena,
                            sheet->rows[context->from->fitted.header].cells[index])
               : column;
}

static struct place_of place_in(const struct row_context *context, const char *column)
{
    return (struct place_of){context->from->sheet.path, context->row->line,
                             column ? row_heading(context, column) : NULL,
                             column ? row_cell(context, column) : NULL};
}

void row_wrong(struct row_context *context, const char *column, const char *reason,
               const char *remedy)
{
    struct place_of place = place_in(context, column);
    find_wrong(context->plan->findings, &place, reason, remedy);
    context->wrong = true;
}

void row_warning(struct row_context *context, const char *column, const char *reason,
                 const char *remedy)
{
    struct place_of place = place_in(context, column);
    find_warning(context->plan->findings, &place, reason, remedy);
}

/* ---- items ---- */

static struct plan_item *item_add(struct plan *plan, enum item_kind kind,
                                  const struct row_context *context)
{
    if (plan->count == plan->capacity) {
        plan->capacity = plan->capacity ? 2 * plan->capacity : 1024;
        plan->items = realloc(plan->items, plan->capacity * sizeof *plan->items);
        CHECK(plan->items != NULL);
    }
    struct plan_item *item = &plan->items[plan->count++];
    *item = (struct plan_item){.kind = kind, .from = context->from, .row = context->row};
    return item;
}

static unsigned rank_of(const char *kind)
{
    static const char *const order[] = {"unit", "post", "person"};
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(order[i], kind) == 0)
            return i;
    return 3;
}

/* ---- the first pass: who is who ---- */

static void index_put(json_t *index, const char *kind, const char *text, const char *id)
{
    char key[1024];
    if (!*text || snprintf(key, sizeof key, "%s\n%s", kind, text) >= (int)sizeof key)
        return;
    json_t *there = json_object_get(index, key);
    bool same = there && json_is_string(there) && strcmp(json_string_value(there), id) == 0;
    if (!same)
        json_object_set_new(index, key, there ? json_null() : json_string(id));
}

static bool rows_equal(const struct sheet_row *one, const struct sheet_row *other)
{
    if (one->count != other->count)
        return false;
    for (unsigned i = 0; i < one->count; i++)
        if (strcmp(one->cells[i], other->cells[i]) != 0)
            return false;
    return true;
}

/* Twice in one run: a row repeated is passed over, two rows that differ are wrong. */
static bool is_repeated(struct row_context *context, const char *id)
{
    struct plan *plan = context->plan;
    json_t *there = json_object_get(plan->subjects, id);
    if (!there)
        return false;
    const struct plan_item *first = &plan->items[json_integer_value(there)];
    const char *where =
        arena_format(&plan->arena, "%s:%u", first->from->sheet.path, first->row->line);
    if (rows_equal(first->row, context->row))
        row_warning(context, NULL,
                    arena_format(&plan->arena, in_words("与 %s 完全相同", "the same as %s"), where),
                    in_words("只取一次", "taken once"));
    else
        row_wrong(context, "id",
                  arena_format(&plan->arena,
                               in_words("与 %s 是同一编号，内容不同",
                                        "has the number of %s and another content"),
                               where),
                  in_words("留一行，或改编号", "keep one of them, or give another number"));
    return true;
}

static void subject_index(struct row_context *context, const char *kind, const char *id)
{
    struct plan *plan = context->plan;
    const char *name = cell_name(&plan->arena, row_cell(context, "name")),
               *code = cell_narrow(&plan->arena, row_cell(context, "credit_code"));
    const char *citizen = cell_narrow(&plan->arena, row_cell(context, "id_number"));
    json_object_set_new(plan->subjects, id, json_integer((json_int_t)plan->count - 1));
    index_put(plan->names, kind, name, id);
    if (context->unit)
        index_put(plan->names, kind, arena_format(&plan->arena, "%s\n%s", context->unit, name), id);
    index_put(plan->codes, kind, code, id);
    index_put(plan->codes, kind, citizen, id);
}

static void subject_take(struct row_context *context, const char *kind)
{
    if (strcmp(kind, "post") == 0 && *row_cell(context, "unit"))
        context->unit = reference_of(context, "unit", "unit");
    bool lost = context->wrong;
    const char *id = lost ? NULL : row_subject(context, kind);
    if (id && is_repeated(context, id))
        return;
    struct plan_item *item = item_add(context->plan, ITEM_REGISTER, context);
    item->subject = id;
    item->above = context->unit;
    item->rank = rank_of(kind);
    item->bad = !id;
    if (id)
        subject_index(context, kind, id);
}

static void sheet_each(struct plan *plan, const struct plan_sheet *from,
                       void (*each)(struct row_context *context))
{
    for (size_t i = from->fitted.header + 1; i < from->sheet.count; i++) {
        struct buffer notes;
        struct row_context context = {
            .plan = plan, .from = from, .row = &from->sheet.rows[i], .notes = &notes};
        buffer_init(&notes);
        each(&context);
        buffer_done(&notes);
    }
}

static void subject_row(struct row_context *context)
{
    subject_take(context, context->from->fitted.mapping->registers);
}

static void subjects_take(struct plan *plan)
{
    for (unsigned rank = 0; rank <= 3; rank++)
        for (unsigned i = 0; i < plan->sheet_count; i++) {
            const struct mapping *mapping = plan->sheets[i].fitted.mapping;
            if (mapping->registers && rank_of(mapping->registers) == rank)
                sheet_each(plan, &plan->sheets[i], subject_row);
        }
}

/* ---- evidence: which row of which file ---- */

static void hex_of(const uint8_t digest[DIGEST_SIZE], char out[2 * DIGEST_SIZE + 1])
{
    sodium_bin2hex(out, 2 * DIGEST_SIZE + 1, digest, DIGEST_SIZE);
}

/* At a character. */
static void text_shorten(char *text, size_t max)
{
    size_t size = strlen(text);
    if (size <= max)
        return;
    size = max;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    text[size] = '\0';
}

/* The name of a file may be in any encoding, or none: what is not ASCII then is not kept. */
static const char *file_name(const struct row_context *context)
{
    char *name = arena_text(&context->plan->arena, context->from->sheet.name);
    bool readable = text_is_utf8(name, strlen(name));
    for (char *at = name; *at && !readable; at++)
        *at = (unsigned char)*at < 0x80 ? *at : '?';
    text_shorten(name, FILE_NAME_SHOWN_MAX);
    return name;
}

static json_t *evidence_of(const struct row_context *context)
{
    const struct sheet *sheet = &context->from->sheet;
    char hex[2 * DIGEST_SIZE + 1];
    char *title = arena_format(&context->plan->arena, "%s 第%u行%s", file_name(context),
                               context->row->line, buffer_text(context->notes));
    text_shorten(title, NAME_SIZE_MAX);
    hex_of(sheet->digest, hex);
    json_t *list = json_array();
    json_array_append_new(
        list, json_pack("{s:s,s:s,s:s}", "kind", "导入", "title", title, "digest", hex));
    if (sheet->has_photo) {
        hex_of(sheet->photo, hex);
        json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "kind", "照片", "title",
                                              in_words("照片", "photo"), "digest", hex));
    }
    return list;
}

static const char *command_text(const struct row_context *context, json_t *command, int32_t day)
{
    char date[DATE_TEXT_SIZE];
    json_object_set_new(command, "on", json_string(date_text(day, date)));
    json_object_set_new(command, "evidence", evidence_of(context));
    char *text = json_dumps(command, JSON_COMPACT);
    CHECK(text != NULL);
    const char *kept = arena_text(&context->plan->arena, text);
    free(text);
    json_decref(command);
    return kept;
}

/* ---- the second pass: subjects ---- */

static void citizen_check(struct row_context *context, const json_t *args)
{
    struct citizen_number read;
    const char *number = cell_narrow(&context->plan->arena, row_cell(context, "id_number"));
    const char *birth = json_string_value(json_object_get(args, "birth"));
    int32_t day = DATE_NONE;
    if (!*number)
        return;
    cell_date_read(cell_narrow(&context->plan->arena, row_cell(context, "birth")), &day);
    bool whole = birth && day != DATE_NONE && !strstr(buffer_text(context->notes), "日不详");
    int sex = (int)json_integer_value(json_object_get(args, "sex"));
    enum idcode_finding finding = citizen_number_check(number, whole ? day : DATE_NONE,
                                                       sex == 1 || sex == 2 ? sex : 0, &read);
    if (finding != IDCODE_OK)
        row_warning(context, "id_number", idcode_finding_text(finding, language()),
                    in_words("核对后仍可导入：以档案为准", "check it; the file's data stand"));
}

/* Fields that name somebody who is registered later in this run go into a command of their own. */
static json_t *later_split(struct plan *plan, const char *kind, json_t *args)
{
    json_t *later = json_object(), *value;
    const char *name;
    void *next;
    json_object_foreach_safe(args, next, name, value)
    {
        struct look_field look;
        const char *id = json_string_value(value);
        if (strcmp(name, "unit") == 0 || !id || !state_look_field(plan->state, kind, name, &look) ||
            look.type != LOOK_SUBJECT || !json_object_get(plan->subjects, id) ||
            state_has_subject(plan->state, id))
            continue;
        json_object_set(later, name, value);
        json_object_del(args, name);
    }
    return later;
}

static void fields_read(struct row_context *context, const char *kind, const char *id, json_t *args)
{
    const struct fitted *fitted = &context->from->fitted;
    for (unsigned i = 0; i < fitted->count; i++) {
        const struct mapping_column *column = fitted->columns[i];
        struct look_field look;
        if (column && strcmp(column->name, "id") != 0 && strcmp(column->name, "from") != 0 &&
            state_look_field(context->plan->state, kind, column->name, &look))
            row_value(context, column, &look, id, args);
    }
}

static json_t *register_of(const char *kind, const char *id, json_t *args)
{
    return json_pack("{s:s,s:s,s:{s:s},s:o}", "verb", "register", "what", kind, "subjects", "it",
                     id, "args", args);
}

static void subject_read(struct plan *plan, size_t index)
{
    struct plan_item item = plan->items[index];
    const char *kind = item.from->fitted.mapping->registers;
    const char *id = item.bad ? "log" : item.subject;
    struct buffer notes;
    struct row_context context = {
        .plan = plan, .from = item.from, .row = item.row, .unit = item.above, .notes = &notes};
    json_t *args = json_object();
    int32_t day = plan->day;
    buffer_init(&notes);
    if (row_day(&context, "from", &day) == 0)
        day = plan->day;
    fields_read(&context, kind, id, args);
    citizen_check(&context, args);
    const char *unit = json_string_value(json_object_get(args, "unit"));
    const char *above = unit ? arena_text(&plan->arena, unit) : NULL;
    json_t *later = later_split(plan, kind, args);
    const char *text = command_text(&context, register_of(kind, id, args), day);
    if (!context.wrong && !item.bad) {
        plan->items[index].json = text;
        plan->items[index].above = above;
        plan->items[index].day = day;
    }
    if (plan->items[index].json && json_object_size(later) > 0) {
        text = command_text(&context, register_of(kind, id, json_incref(later)), day);
        struct plan_item *change = item_add(plan, ITEM_CHANGE, &context);
        change->subject = item.subject;
        change->json = text;
        change->day = day;
        change->rank = RANK_CHANGE;
    }
    json_decref(later);
    buffer_done(&notes);
}

/* ---- the second pass: facts ---- */

static bool slots_take(struct row_context *context, const struct mapping_fact *fact,
                       json_t *subjects, const char **ret_person)
{
    const struct mapping *mapping = context->from->fitted.mapping;
    for (unsigned i = 0; i < fact->about.count; i++) {
        const struct mapping_pair *pair = &fact->about.items[i];
        struct look_field look;
        if (!state_look_slot(context->plan->state, fact->fact, pair->name, &look) ||
            !mapping_column(mapping, pair->value))
            continue;
        if (!*cell_clean(&context->plan->arena, row_cell(context, pair->value))) {
            if (!look.optional)
                row_wrong(context, pair->value, in_words("没有填", "is empty"), "");
            continue;
        }
        const char *id = reference_of(context, pair->value, look.kind);
        if (!id)
            continue;
        json_object_set_new(subjects, pair->name, json_string(id));
        if (!*ret_person || strncmp(id, "person:", 7) == 0)
            *ret_person = id;
    }
    return !context->wrong;
}

static void fact_fields(struct row_context *context, const struct mapping_fact *fact,
                        const char *person, json_t *args)
{
    const struct mapping *mapping = context->from->fitted.mapping;
    struct look_field look;
    for (unsigned i = 0; i < mapping->column_count; i++) {
        const struct mapping_column *column = &mapping->columns[i];
        bool wanted = fact->fields.count == 0;
        for (unsigned k = 0; k < fact->fields.count; k++)
            wanted = wanted || strcmp(fact->fields.items[k], column->name) == 0;
        if (wanted && state_look_fact_field(context->plan->state, fact->fact, column->name, &look))
            row_value(context, column, &look, person, args);
    }
}

static void fact_read(struct row_context *context, const struct mapping_fact *fact)
{
    int32_t day;
    json_t *subjects = json_object(), *args = json_object();
    const char *person = NULL;
    bool good =
        row_day(context, fact->day, &day) == 1 && slots_take(context, fact, subjects, &person);
    if (good)
        fact_fields(context, fact, person, args);
    if (!good || context->wrong) {
        json_decref(subjects);
        json_decref(args);
        return;
    }
    json_t *command = json_pack("{s:s,s:s,s:o,s:o}", "verb", "fact", "what", fact->fact, "subjects",
                                subjects, "args", args);
    const char *text = command_text(context, command, day);
    struct plan_item *item = item_add(context->plan, ITEM_FACT, context);
    item->json = text;
    item->day = day;
    item->rank = RANK_FACT;
}

static void fact_row(struct row_context *context)
{
    const struct mapping *mapping = context->from->fitted.mapping;
    if (mapping_column(mapping, "unit") && *row_cell(context, "unit"))
        context->unit = reference_of(context, "unit", "unit");
    if (context->wrong)
        return;
    if (!*cell_clean(&context->plan->arena, row_cell(context, mapping->facts[0].day))) {
        row_wrong(context, mapping->facts[0].day, in_words("没有填", "is empty"), "");
        return;
    }
    for (unsigned i = 0; i < mapping->fact_count && !context->wrong; i++) {
        buffer_clear(context->notes);
        fact_read(context, &mapping->facts[i]);
    }
}

/* ---- order ---- */

/* How far below the others of this run; a ring has no depth. */
static void depths_find(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_item *item = &plan->items[i];
        const char *above = item->kind == ITEM_REGISTER && item->rank == 0 ? item->above : NULL;
        while (above && item->mark <= UNIT_DEPTH_MAX) {
            json_t *place = json_object_get(plan->subjects, above);
            above = place ? plan->items[json_integer_value(place)].above : NULL;
            item->mark++;
        }
        if (item->mark <= UNIT_DEPTH_MAX)
            continue;
        struct row_context context = {.plan = plan, .from = item->from, .row = item->row};
        row_wrong(&context, "unit",
                  in_words("上级单位互为上级，或超过 32 层",
                           "its superior units form a ring, or more than 32 levels"),
                  in_words("改正上级单位", "correct the superior unit"));
        item->json = NULL;
    }
}

static int by_order(const void *a, const void *b)
{
    const struct plan_item *one = a, *other = b;
    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    if (one->rank == RANK_FACT && one->day != other->day)
        return one->day < other->day ? -1 : 1;
    if (one->mark != other->mark)
        return one->mark < other->mark ? -1 : 1;
    if (one->from != other->from)
        return one->from < other->from ? -1 : 1;
    return one->row->line < other->row->line ? -1 : one->row->line > other->row->line;
}

/* Columns that nothing is made of are said once. */
static void columns_warn(struct plan *plan, const struct plan_sheet *from)
{
    const struct fitted *fitted = &from->fitted;
    const struct sheet_row *header = &from->sheet.rows[fitted->header];
    for (unsigned i = 0; i < fitted->count; i++) {
        const struct mapping_column *column = fitted->columns[i];
        struct look_field look;
        struct place_of place = {from->sheet.path, header->line,
                                 cell_clean(&plan->arena, header->cells[i]), NULL};
        bool used = !column || !fitted->mapping->registers || strcmp(column->name, "id") == 0 ||
                    strcmp(column->name, "from") == 0 ||
                    state_look_field(plan->state, fitted->mapping->registers, column->name, &look);
        if (!column && !fitted->ignored[i])
            find_warning(plan->findings, &place,
                         in_words("这一列不导入", "this column is not imported"),
                         in_words("需要时用 --map 指明", "say where it goes by --map"));
        else if (!used)
            find_warning(plan->findings, &place,
                         in_words("启用的规则包没有这个登记项，只核对不入库",
                                  "the packs in force have no such field; it is checked only"),
                         "");
    }
    if (from->sheet.relatives > 0) {
        struct place_of place = {from->sheet.path, header->line, NULL, NULL};
        find_warning(plan->findings, &place,
                     in_words("家庭成员不导入", "relatives are not imported"), "");
    }
}

void plan_make(struct plan *plan)
{
    for (unsigned i = 0; i < plan->sheet_count; i++)
        columns_warn(plan, &plan->sheets[i]);
    subjects_take(plan);
    size_t subjects = plan->count;
    for (size_t i = 0; i < subjects; i++)
        subject_read(plan, i);
    depths_find(plan);
    for (unsigned i = 0; i < plan->sheet_count; i++)
        if (!plan->sheets[i].fitted.mapping->registers)
            sheet_each(plan, &plan->sheets[i], fact_row);
    if (plan->count > 0)
        qsort(plan->items, plan->count, sizeof *plan->items, by_order);
}
