/* plan_row.h - inside of the plan: one row and its cells. */
#ifndef CMD_IMPORT_PLAN_ROW_H
#define CMD_IMPORT_PLAN_ROW_H

#include "cmd/import/plan.h"
#include "core/state_look.h"

struct row_context {
    struct plan *plan;
    const struct plan_sheet *from;
    const struct sheet_row *row;
    const char *unit;     /* id of the row's unit, where it is known already; NULL */
    struct buffer *notes; /* what is uncertain about the row, for its evidence */
    bool wrong;
};

const char *row_cell(const struct row_context *context, const char *column);    /* "" */
const char *row_heading(const struct row_context *context, const char *column); /* as written */
void row_wrong(struct row_context *context, const char *column, const char *reason,
               const char *remedy);
void row_warning(struct row_context *context, const char *column, const char *reason,
                 const char *remedy);

/* The id that a text in a column means, of this kind of subject; NULL after saying why. */
const char *reference_of(struct row_context *context, const char *column, const char *kind);
/* The id of the subject that a row registers; NULL after saying why. */
const char *row_subject(struct row_context *context, const char *kind);

/* A column's cell as a day. 1 a day, 0 none, -1 wrong (said). */
int row_day(struct row_context *context, const char *column, int32_t *ret_day);
/* False after saying that Excel has spoilt a number. */
bool row_readable(struct row_context *context, const char *column, const char *text);
/* Puts the value of a column's cell among the arguments; an empty cell is none. */
void row_value(struct row_context *context, const struct mapping_column *column,
               const struct look_field *look, const char *subject, json_t *args);

#endif
