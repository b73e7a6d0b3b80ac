/* statistics.h - the columns of what is counted, and their sums. Private to statistics*.c. */
#ifndef PROJECTIONS_STATISTICS_H
#define PROJECTIONS_STATISTICS_H

#include "projections/projection.h"

/* clang-format off */
#define STATISTICS(C)                                                                              \
    C(month, date, "月份", "Month")                                                                \
    C(unit, unit, "单位", "Unit")                                                                  \
    C(measure, text, "指标", "Measure")                                                            \
    C(what, text, "事项", "What")                                                                  \
    C(count, int, "次数", "Count")
/* clang-format on */

enum statistic_column {
#define C(name, kind, zh, en) STATISTIC_##name,
    STATISTICS(C)
#undef C
        STATISTIC_COLUMNS
};

extern const struct list_spec statistics_sum_rows;

enum status statistics_sum(const struct asking *asking, struct query_answer *answer,
                           struct fault *fault);

#endif
