/* bpmn_graph.h - a procedure as a graph of BPMN 2.0 shapes and sequence flows, without a layout.
 *
 *   J (+) -> M (x) -> if (x) -> step -> outcome (x) -> S (x) -> split (+) -> ...
 *   waits    new      applies?           which one      back      all that follow
 *   for all  pass                                       together
 *
 * A gateway stands only where two flows meet or part. An outcome that ends the case leads to an end
 * event of its name; one with `to` leads back to the merge before that step. A time-out is an
 * interrupting timer at the step's border, a due day a non-interrupting one. A step that is optional
 * is an event sub-process: it may be done any number of times and nobody waits for it. */
#ifndef CMD_BPMN_GRAPH_H
#define CMD_BPMN_GRAPH_H

#include "core/arena.h"
#include "core/pack.h"

enum bpmn_kind {
    BPMN_START,
    BPMN_END,
    BPMN_USER_TASK,
    BPMN_CALL,     /* runs cases of another procedure */
    BPMN_WAIT,     /* a step of the clock */
    BPMN_CHOICE,   /* exclusive gateway */
    BPMN_PARALLEL, /* parallel gateway */
    BPMN_TIMEOUT,  /* interrupting timer at the border of `host` */
    BPMN_DUE,      /* non-interrupting timer at the border of `host` */
    BPMN_OPTIONAL, /* event sub-process around one task */
};

struct bpmn_shape {
    enum bpmn_kind kind;
    const char *name;   /* for people; "" if none */
    const char *time;   /* of a timer: the due day as the pack writes it; NULL */
    bool dated;         /* `time` is a day, not a length */
    const char *ends;   /* of an optional step that ends the case: the end; NULL */
    const char *called; /* of a call: the procedure; NULL */
    bool each;          /* once for each of many */
    unsigned host;      /* of a timer: the shape it stands at */
};

struct bpmn_flow {
    unsigned from, to; /* shapes */
    const char *name;  /* NULL: none */
    bool back;         /* a new pass */
};

struct bpmn_graph {
    struct bpmn_shape *shapes;
    struct bpmn_flow *flows;
    unsigned shape_count, flow_count;
};

/* Everything in the arena. */
void bpmn_graph_make(const struct procedure *procedure, const struct symbol_table *symbols,
                     struct arena *arena, struct bpmn_graph *ret_graph);

#endif
