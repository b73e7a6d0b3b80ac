/* plan_reference.c - which subject a cell means. People are not named in the log: who has no number
 * of his own gets one made from his citizen number with a key that only this deployment has. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd/import/cell.h"
#include "cmd/import/plan_row.h"
#include "cmd/options.h"
#include "core/check.h"
#include "core/idcode.h"

#define SUBJECT_ID_MAX 100 /* bytes, as the core has it */

static bool is_citizen_number(const char *text)
{
    struct citizen_number read;
    enum idcode_finding finding = citizen_number_check(text, INT32_MIN, 0, &read);
    return finding != IDCODE_LENGTH && finding != IDCODE_CHARACTER;
}

const char *id_of_citizen(struct plan *plan, const char *number)
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    char hex[41], upper[32];
    crypto_auth_hmacsha256_state state;
    snprintf(upper, sizeof upper, "%s", number);
    size_t size = strlen(upper);
    if (size && upper[size - 1] == 'x')
        upper[size - 1] = 'X';
    crypto_auth_hmacsha256_init(&state, plan->key, PLAN_KEY_SIZE);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)upper, size);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2hex(hex, sizeof hex, mac, 12);
    return arena_format(&plan->arena, "person:h%s", hex);
}

static bool is_known(const struct plan *plan, const char *id)
{
    return json_object_get(plan->subjects, id) || state_has_subject(plan->state, id);
}

static const char *with_kind(struct plan *plan, const char *kind, const char *text)
{
    size_t size = strlen(kind);
    if (strncmp(text, kind, size) == 0 && text[size] == ':')
        return arena_text(&plan->arena, text);
    return arena_format(&plan->arena, "%s:%s", kind, text);
}

static const char *indexed(const json_t *index, const char *kind, const char *text,
                           bool *ret_several)
{
    char key[1024];
    snprintf(key, sizeof key, "%s\n%s", kind, text);
    json_t *found = json_object_get(index, key);
    *ret_several = json_is_null(found);
    return json_string_value(found);
}

static const char *by_code(struct plan *plan, const char *kind, const char *text)
{
    bool several;
    const char *found = indexed(plan->codes, kind, text, &several);
    return found ? found : state_subject_by_code(plan->state, kind, "credit_code", text, plan->day);
}

/* A name means a row of this run; of posts first those of the row's unit. */
static const char *by_name(struct row_context *context, const char *kind, const char *text,
                           bool *ret_several)
{
    struct plan *plan = context->plan;
    const char *name = cell_name(&plan->arena, text);
    if (context->unit) {
        const char *inside = arena_format(&plan->arena, "%s\n%s", context->unit, name);
        const char *found = indexed(plan->names, kind, inside, ret_several);
        if (found || *ret_several)
            return found;
        const char *tail = strchr(context->unit, ':');
        const char *id = arena_format(&plan->arena, "%s:%s/%s", kind, tail ? tail + 1 : "", name);
        if (is_known(plan, id))
            return id;
    }
    return indexed(plan->names, kind, name, ret_several);
}

const char *reference_of(struct row_context *context, const char *column, const char *kind)
{
    struct plan *plan = context->plan;
    const char *text = cell_narrow(&plan->arena, row_cell(context, column));
    const char *id = *kind ? with_kind(plan, kind, text) : text, *found = NULL;
    bool several = false;
    if (is_known(plan, id))
        return id;
    if (strcmp(kind, "person") == 0 && is_citizen_number(text)) {
        found = id_of_citizen(plan, text);
        found = is_known(plan, found) ? found : NULL;
    }
    if (!found)
        found = by_code(plan, kind, text);
    if (!found)
        found = by_name(context, kind, text, &several);
    if (found)
        return found;
    row_wrong(context, column,
              several
                  ? in_words("有好几个叫这个名字的", "several have this name")
                  : in_words("登记和这些文件里都没有它", "neither on record nor in these files"),
              in_words("写编号，或把登记它的文件一起导入",
                       "write its number, or import the file that registers it too"));
    return NULL;
}

/* ---- of the row itself ---- */

static const char *id_checked(struct row_context *context, const char *column, const char *id)
{
    if (strlen(id) <= SUBJECT_ID_MAX && !strpbrk(id, "\n\r\t"))
        return id;
    row_wrong(context, column, in_words("太长，不能作编号", "too long to be an id"),
              in_words("加一列 编号", "add a column of numbers"));
    return NULL;
}

static const char *id_of_name(struct row_context *context, const char *kind)
{
    struct plan *plan = context->plan;
    const char *name = cell_name(&plan->arena, row_cell(context, "name"));
    bool is_post = strcmp(kind, "post") == 0;
    if (strcmp(kind, "person") == 0 || !*name) {
        row_wrong(context, strcmp(kind, "person") == 0 ? "id_number" : "name",
                  in_words("没有编号，也没有可代替编号的", "no number, and nothing to make one of"),
                  strcmp(kind, "person") == 0
                      ? in_words("填编号（工号）或身份证号",
                                 "fill in a number of his own or the citizen number")
                      : in_words("填编号或名称", "fill in a number or a name"));
        return NULL;
    }
    if (is_post && !context->unit)
        return NULL; /* its unit is wrong, and said so */
    const char *tail = is_post ? strchr(context->unit, ':') : NULL;
    return id_checked(context, "name",
                      tail ? arena_format(&plan->arena, "%s:%s/%s", kind, tail + 1, name)
                           : arena_format(&plan->arena, "%s:%s", kind, name));
}

/* What is a registered field too is said to be spoilt where that is read. */
static bool is_usable(struct row_context *context, const char *kind, const char *column,
                      const char *text)
{
    struct look_field look;
    if (!cell_is_scientific(text))
        return true;
    if (!state_look_field(context->plan->state, kind, column, &look))
        row_readable(context, column, text);
    context->wrong = true;
    return false;
}

const char *row_subject(struct row_context *context, const char *kind)
{
    struct plan *plan = context->plan;
    const char *id = cell_narrow(&plan->arena, row_cell(context, "id")),
               *code = cell_narrow(&plan->arena, row_cell(context, "credit_code")),
               *citizen = cell_narrow(&plan->arena, row_cell(context, "id_number"));
    if (!is_usable(context, kind, "id", id) || !is_usable(context, kind, "credit_code", code) ||
        !is_usable(context, kind, "id_number", citizen))
        return NULL;
    if (*id)
        return id_checked(context, "id", with_kind(plan, kind, id));
    if (*code)
        return id_checked(context, "credit_code", with_kind(plan, kind, code));
    if (*citizen && is_citizen_number(citizen))
        return id_of_citizen(plan, citizen);
    return id_of_name(context, kind);
}
