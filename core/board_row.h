/* board_row.h - one row of a board while it is made. Private to board*.c. */
#ifndef CORE_BOARD_ROW_H
#define CORE_BOARD_ROW_H

#include "core/board.h"
#include "core/eval.h"

struct row {
    const struct board_asking *asking;
    const struct state *state;
    const struct board_line *line;
    const struct board_def *part;
    int64_t ref;
    struct scope scope;
    struct value thing; /* what makes the row */
    enum row_state as;
    int32_t date, due, closed_on;
    struct value closing; /* fact, act or case that closed it; MISSING */
    int64_t duty;         /* whose due day it is; 0 */
};

/* False: what makes the row was not there, not known, or is none of those asked for. */
bool row_begin(struct row *row, struct arena *arena);
/* How it stands: as, due, closed_on, closing. */
void row_stands(struct row *row);

static inline struct value board_value(const struct row *row, const struct board_value *value)
{
    return value->form ? eval_value(&row->scope, value->form, &row->scope.it)
                       : eval_left(&row->scope, &value->path);
}

#endif
