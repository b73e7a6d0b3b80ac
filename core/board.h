/* board.h - boards: the lists that people keep (台账), computed from the state by the packs in force.
 *
 * A board is all that the packs in force declare under its name (core/PACKS.md section 6). Its rows are
 * not stored: they are asked of the state, as of a day and as known at an entry, so that a pack that
 * brings a board shows what was recorded before it, and a row that expires does so on its day.
 *
 * Every board has the columns below, then those the packs declare, in order of packs and text. */
#ifndef CORE_BOARD_H
#define CORE_BOARD_H

#include "core/state.h"

/* Kinds are words of projections/projection.h. */
/* clang-format off */
#define BOARD_COLUMNS(C)                                                                           \
    C(board,     text,    "台账",     "Board")                                                     \
    C(key,       text,    "行号",     "Row")       /* fact:12, duty:3, case:4, person:li */        \
    C(pack,      text,    "规则包",   "Pack")                                                      \
    C(line,      text,    "行类",     "Line")      /* name of the rows in the pack */              \
    C(title,     text,    "事项",     "What")                                                      \
    C(subject,   subject, "对象",     "Subject")                                                   \
    C(unit,      unit,    "单位",     "Unit")                                                      \
    C(owner,     role,    "责任职责", "Owner")                                                     \
    C(date,      date,    "起始日",   "Since")                                                     \
    C(due,       date,    "到期日",   "Due")       /* or the last day in force */                  \
    C(days,      int,     "剩余天数", "Days left") /* below 0: overdue; nil once closed */         \
    C(state,     text,    "状态代码", "State code")                                                \
    C(word,      text,    "状态",     "State")                                                     \
    C(closed_on, date,    "办结日期", "Closed on")                                                 \
    C(closed_by, list,    "办结人",   "Closed by") /* members */                                   \
    C(case,      case,    "案件",     "Case")                                                      \
    C(rules,     list,    "依据",     "Rules")
/* clang-format on */

enum board_column_place {
#define C(name, kind, zh, en) BOARD_COLUMN_##name,
    BOARD_COLUMNS(C)
#undef C
        BOARD_OWN_COLUMNS
};

#define BOARD_COLUMNS_MAX 64  /* own ones included; those beyond are not shown */
#define BOARD_PARTS_MAX   100 /* packs that have a part of one board */
#define BOARDS_MAX        200

struct board_heading {
    const char *name, *zh, *en; /* lent from the state */
};

struct board { /* lent from the state: until a pack is put in force */
    const char *name, *zh, *en;
    const char *order; /* column; NULL: in order of recording */
    bool descending;
    const struct board_def *parts[BOARD_PARTS_MAX];
    unsigned part_count;
    struct board_heading columns[BOARD_COLUMNS_MAX];
    unsigned column_count;
};

/* Names of the boards there are, in order of packs; lent. */
unsigned state_boards(const struct state *state, const char **ret_names, unsigned max);
/* `pack`: of this one alone, with its columns alone; "" of all. False: no pack in force has such a
 * board. */
bool state_board(const struct state *state, struct text_view name, struct text_view pack,
                 struct board *ret_board);

struct board_asking {
    const struct state *state;
    const struct board *board;
    int32_t at;    /* the day asked about */
    int64_t known; /* last entry that may be seen; INT64_MAX: all */
    bool past;     /* what lies behind `at` is not seen */
    bool english;  /* words of states and lines */
};

/* Rows come by line, then in order of recording. */
struct board_place {
    uint32_t line;  /* counted through all parts */
    uint32_t index; /* of what makes rows: place in its list */
};

/* Moves `place` to the first row at or behind it; false: there is none. The row is as many data as the
 * board has columns, the arena's. At most `*steps` things are looked at: where they do not suffice
 * false is returned with *steps 0, and `place` is where to go on. */
bool board_row(const struct board_asking *asking, struct arena *arena, struct board_place *place,
               unsigned *steps, struct datum *ret_row);

#endif
