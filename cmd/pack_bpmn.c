/* pack_bpmn.c - `jishi pack show --bpmn PROCEDURE`: a procedure as BPMN 2.0 XML with its layout.
 *
 * bpmn_graph.c says which shapes and flows there are. Here each gets a cell of a grid: the column by
 * how much comes before, the row of what leads there or the next that is free. Flows run in the
 * channels between rows and columns, so none crosses a shape. Guards and what a step writes have no
 * shape; `jishi pack show` tells them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bpmn_graph.h"
#include "cmd/pack.h"
#include "core/check.h"

enum {
    CELL_WIDE = 180,
    CELL_HIGH = 140,
    MARGIN = 60,
    TASK_WIDE = 100,
    TASK_HIGH = 80,
    GATEWAY = 50,
    EVENT = 36,
    ASIDE_WIDE = 340,
    ASIDE_HIGH = 140,
    ASIDES_IN_ROW = 3,
    POINTS_MAX = 8
};

struct cell {
    unsigned column, row;
    int x, y, wide, high;
};

struct point {
    int x, y;
};

struct drawing {
    struct bpmn_graph graph;
    struct cell *cells; /* of the shapes */
    unsigned rows;
    struct buffer *out, shapes;
};

/* ---- places ---- */

static bool is_timer(const struct bpmn_shape *shape)
{
    return shape->kind == BPMN_TIMEOUT || shape->kind == BPMN_DUE;
}

static bool is_in_grid(const struct bpmn_shape *shape)
{
    return !is_timer(shape) && shape->kind != BPMN_OPTIONAL;
}

/* What a flow leaves from, seen from the grid: a timer stands at its host. */
static unsigned seat(const struct drawing *d, unsigned shape)
{
    return is_timer(&d->graph.shapes[shape]) ? d->graph.shapes[shape].host : shape;
}

static void columns_make(struct drawing *d)
{
    bool moved = true;
    for (unsigned turn = 0; moved && turn < d->graph.shape_count; turn++) {
        moved = false;
        for (unsigned i = 0; i < d->graph.flow_count; i++) {
            const struct bpmn_flow *flow = &d->graph.flows[i];
            unsigned least = d->cells[seat(d, flow->from)].column + 1;
            if (flow->back || d->cells[flow->to].column >= least)
                continue;
            d->cells[flow->to].column = least;
            moved = true;
        }
    }
}

static bool is_taken(const struct drawing *d, unsigned column, unsigned row, const bool placed[])
{
    for (unsigned i = 0; i < d->graph.shape_count; i++)
        if (placed[i] && d->cells[i].column == column && d->cells[i].row == row)
            return true;
    return false;
}

/* The row of the first that leads there; below its host's row for what a timer leads to. */
static unsigned wanted_row(const struct drawing *d, unsigned shape, const bool placed[])
{
    for (unsigned i = 0; i < d->graph.flow_count; i++) {
        const struct bpmn_flow *flow = &d->graph.flows[i];
        unsigned from = seat(d, flow->from);
        if (flow->to == shape && !flow->back && placed[from])
            return d->cells[from].row + (from != flow->from);
    }
    return 0;
}

static void rows_make(struct drawing *d)
{
    bool *placed = calloc(d->graph.shape_count, sizeof *placed);
    CHECK(placed != NULL);
    for (unsigned column = 0; column <= d->graph.shape_count; column++)
        for (unsigned i = 0; i < d->graph.shape_count; i++) {
            if (d->cells[i].column != column || !is_in_grid(&d->graph.shapes[i]))
                continue;
            unsigned row = wanted_row(d, i, placed);
            while (is_taken(d, column, row, placed))
                row++;
            d->cells[i].row = row;
            placed[i] = true;
            d->rows = row + 1 > d->rows ? row + 1 : d->rows;
        }
    free(placed);
}

static void size_make(const struct bpmn_shape *shape, struct cell *cell)
{
    bool task = shape->kind == BPMN_USER_TASK || shape->kind == BPMN_CALL;
    bool gateway = shape->kind == BPMN_CHOICE || shape->kind == BPMN_PARALLEL;
    cell->wide = task ? TASK_WIDE : gateway ? GATEWAY : EVENT;
    cell->high = task ? TASK_HIGH : gateway ? GATEWAY : EVENT;
    cell->x = MARGIN + (int)cell->column * CELL_WIDE + (CELL_WIDE - cell->wide) / 2;
    cell->y = MARGIN + (int)cell->row * CELL_HIGH + (CELL_HIGH - cell->high) / 2;
}

/* Timers of one host: bottom left, bottom right, top left, top right. */
static void timer_place(struct drawing *d, unsigned shape)
{
    const struct cell *host = &d->cells[d->graph.shapes[shape].host];
    struct cell *cell = &d->cells[shape];
    unsigned slot = 0;
    for (unsigned i = 0; i < shape; i++)
        slot +=
            is_timer(&d->graph.shapes[i]) && d->graph.shapes[i].host == d->graph.shapes[shape].host;
    cell->column = host->column;
    cell->row = host->row;
    cell->wide = cell->high = EVENT;
    cell->x = host->x + (slot % 2 ? host->wide - EVENT - 4 : 4);
    cell->y = host->y + (slot / 2 % 2 ? 0 : host->high) - EVENT / 2;
}

static void aside_place(const struct drawing *d, struct cell *cell, unsigned number)
{
    int column = (int)(number % ASIDES_IN_ROW), row = (int)(number / ASIDES_IN_ROW);
    cell->x = MARGIN + column * (ASIDE_WIDE + 40);
    cell->y = MARGIN + (int)d->rows * CELL_HIGH + 40 + row * (ASIDE_HIGH + 40);
    cell->wide = ASIDE_WIDE;
    cell->high = ASIDE_HIGH;
}

static void places_make(struct drawing *d)
{
    unsigned asides = 0;
    columns_make(d);
    rows_make(d);
    for (unsigned i = 0; i < d->graph.shape_count; i++)
        if (is_in_grid(&d->graph.shapes[i]))
            size_make(&d->graph.shapes[i], &d->cells[i]);
    for (unsigned i = 0; i < d->graph.shape_count; i++) {
        if (is_timer(&d->graph.shapes[i]))
            timer_place(d, i);
        else if (d->graph.shapes[i].kind == BPMN_OPTIONAL)
            aside_place(d, &d->cells[i], asides++);
    }
}

/* ---- flows: right of a cell, along a row's upper edge, left of a cell ---- */

static int beside(const struct cell *cell, bool right, unsigned number)
{
    int edge = MARGIN + ((int)cell->column + right) * CELL_WIDE;
    int step = 6 + (int)(number % 6) * 5;
    return right ? edge - step : edge + step;
}

struct line {
    struct point points[POINTS_MAX];
    unsigned count;
};

static void line_to(struct line *line, int x, int y)
{
    line->points[line->count++] = (struct point){x, y};
}

/* Out of a timer, down (or up) to the edge of its row, and right of its column. */
static void line_from_timer(const struct drawing *d, struct line *line, unsigned number)
{
    const struct bpmn_flow *flow = &d->graph.flows[number];
    const struct cell *timer = &d->cells[flow->from];
    bool upper = timer->y < d->cells[seat(d, flow->from)].y;
    int edge = MARGIN + ((int)timer->row + !upper) * CELL_HIGH + (upper ? 6 : -6);
    line_to(line, timer->x + EVENT / 2, upper ? timer->y : timer->y + EVENT);
    line_to(line, timer->x + EVENT / 2, edge);
    line_to(line, beside(timer, true, number), edge);
}

static void line_make(const struct drawing *d, struct line *line, unsigned number)
{
    const struct bpmn_flow *flow = &d->graph.flows[number];
    const struct cell *from = &d->cells[flow->from], *to = &d->cells[flow->to];
    bool timer = is_timer(&d->graph.shapes[flow->from]);
    bool next = !flow->back && to->column == from->column + 1;
    int y = from->y + from->high / 2, end = to->y + to->high / 2;
    line->count = 0;
    if (timer) {
        line_from_timer(d, line, number);
    } else {
        line_to(line, from->x + from->wide, y);
        if (next && from->row == to->row) {
            line_to(line, to->x, end);
            return;
        }
        line_to(line, beside(from, true, number), y);
    }
    if (!next) {
        int lane = MARGIN + (int)to->row * CELL_HIGH - 6 + (int)(number % 5) * 3;
        line_to(line, beside(from, true, number), lane);
        line_to(line, beside(to, false, number), lane);
        line_to(line, beside(to, false, number), end);
    } else {
        line_to(line, beside(from, true, number), end);
    }
    line_to(line, to->x, end);
}

/* ---- XML ---- */

static void add_escaped(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        const char *entity = *text == '<'   ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '&' ? "&amp;"
                             : *text == '"' ? "&quot;"
                                            : NULL;
        if (entity)
            buffer_add_text(out, entity);
        else
            buffer_add_char(out, *text);
    }
}

static void add_attribute(struct buffer *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buffer_addf(out, " %s=\"", name);
    add_escaped(out, value);
    buffer_add_char(out, '"');
}

static const char *element_of(enum bpmn_kind kind)
{
    static const char *const elements[] = {[BPMN_START] = "startEvent",
                                           [BPMN_END] = "endEvent",
                                           [BPMN_USER_TASK] = "userTask",
                                           [BPMN_CALL] = "callActivity",
                                           [BPMN_WAIT] = "intermediateCatchEvent",
                                           [BPMN_CHOICE] = "exclusiveGateway",
                                           [BPMN_PARALLEL] = "parallelGateway",
                                           [BPMN_TIMEOUT] = "boundaryEvent",
                                           [BPMN_DUE] = "boundaryEvent",
                                           [BPMN_OPTIONAL] = "subProcess"};
    return elements[kind];
}

static void draw_shape(struct drawing *d, const char *id, struct cell cell, const char *more)
{
    buffer_addf(&d->shapes,
                "      <bpmndi:BPMNShape id=\"%s_shape\" bpmnElement=\"%s\"%s>\n"
                "        <dc:Bounds x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n"
                "      </bpmndi:BPMNShape>\n",
                id, id, more, cell.x, cell.y, cell.wide, cell.high);
}

static void draw_edge(struct drawing *d, const char *id, const struct line *line)
{
    buffer_addf(&d->shapes, "      <bpmndi:BPMNEdge id=\"%s_edge\" bpmnElement=\"%s\">\n", id, id);
    for (unsigned i = 0; i < line->count; i++)
        buffer_addf(&d->shapes, "        <di:waypoint x=\"%d\" y=\"%d\"/>\n", line->points[i].x,
                    line->points[i].y);
    buffer_add_text(&d->shapes, "      </bpmndi:BPMNEdge>\n");
}

static void add_timer(struct buffer *out, unsigned number, const struct bpmn_shape *shape)
{
    const char *element = shape->dated ? "timeDate" : "timeDuration";
    buffer_addf(out,
                "      <bpmn:timerEventDefinition id=\"timer_%u\">\n"
                "        <bpmn:%s xsi:type=\"bpmn:tFormalExpression\">",
                number, element);
    add_escaped(out, shape->time);
    buffer_addf(out, "</bpmn:%s>\n      </bpmn:timerEventDefinition>\n", element);
}

/* The three shapes in an optional step's sub-process, and the flows between them. */
static void draw_aside_layout(struct drawing *d, unsigned number)
{
    const struct cell *at = &d->cells[number];
    int middle = at->y + at->high / 2;
    char id[40];
    snprintf(id, sizeof id, "node_%u", number);
    draw_shape(d, id, *at, " isExpanded=\"true\"");
    snprintf(id, sizeof id, "node_%u_begin", number);
    draw_shape(d, id, (struct cell){0, 0, at->x + 30, middle - EVENT / 2, EVENT, EVENT}, "");
    snprintf(id, sizeof id, "node_%u_task", number);
    draw_shape(d, id,
               (struct cell){0, 0, at->x + 120, middle - TASK_HIGH / 2, TASK_WIDE, TASK_HIGH}, "");
    snprintf(id, sizeof id, "node_%u_end", number);
    draw_shape(d, id, (struct cell){0, 0, at->x + 274, middle - EVENT / 2, EVENT, EVENT}, "");
    snprintf(id, sizeof id, "flow_%u_begin", number);
    draw_edge(d, id, &(struct line){{{at->x + 30 + EVENT, middle}, {at->x + 120, middle}}, 2});
    snprintf(id, sizeof id, "flow_%u_end", number);
    draw_edge(d, id, &(struct line){{{at->x + 120 + TASK_WIDE, middle}, {at->x + 274, middle}}, 2});
}

/* An optional step: asked for by a message, done, over; the case goes on meanwhile, unless the step
 * ends it. */
static void draw_aside(struct drawing *d, unsigned number)
{
    const char *name = d->graph.shapes[number].name, *ends = d->graph.shapes[number].ends;
    buffer_addf(d->out, "    <bpmn:subProcess id=\"node_%u\"", number);
    add_attribute(d->out, "name", name);
    buffer_addf(d->out,
                " triggeredByEvent=\"true\">\n"
                "      <bpmn:startEvent id=\"node_%u_begin\" name=\"%s\" "
                "isInterrupting=\"%s\">\n"
                "        <bpmn:outgoing>flow_%u_begin</bpmn:outgoing>\n"
                "        <bpmn:messageEventDefinition id=\"message_%u\"/>\n"
                "      </bpmn:startEvent>\n"
                "      <bpmn:userTask id=\"node_%u_task\"",
                number, ends ? "由此了结" : "可多次", ends ? "true" : "false", number, number,
                number);
    add_attribute(d->out, "name", name);
    buffer_addf(d->out,
                ">\n        <bpmn:incoming>flow_%u_begin</bpmn:incoming>\n"
                "        <bpmn:outgoing>flow_%u_end</bpmn:outgoing>\n      </bpmn:userTask>\n"
                "      <bpmn:endEvent id=\"node_%u_end\" name=\"%s\">\n"
                "        <bpmn:incoming>flow_%u_end</bpmn:incoming>\n      </bpmn:endEvent>\n",
                number, number, number, ends ? ends : "已记录", number);
    buffer_addf(d->out,
                "      <bpmn:sequenceFlow id=\"flow_%u_begin\" sourceRef=\"node_%u_begin\" "
                "targetRef=\"node_%u_task\"/>\n"
                "      <bpmn:sequenceFlow id=\"flow_%u_end\" sourceRef=\"node_%u_task\" "
                "targetRef=\"node_%u_end\"/>\n    </bpmn:subProcess>\n",
                number, number, number, number, number, number);
    draw_aside_layout(d, number);
}

static void draw_node(struct drawing *d, unsigned number)
{
    const struct bpmn_shape *shape = &d->graph.shapes[number];
    char id[40];
    if (shape->kind == BPMN_OPTIONAL) {
        draw_aside(d, number);
        return;
    }
    snprintf(id, sizeof id, "node_%u", number);
    buffer_addf(d->out, "    <bpmn:%s id=\"%s\"", element_of(shape->kind), id);
    add_attribute(d->out, "name", shape->name);
    if (is_timer(shape))
        buffer_addf(d->out, " cancelActivity=\"%s\" attachedToRef=\"node_%u\"",
                    shape->kind == BPMN_TIMEOUT ? "true" : "false", shape->host);
    add_attribute(d->out, "calledElement", shape->called);
    buffer_add_text(d->out, ">\n");
    for (unsigned i = 0; i < d->graph.flow_count; i++)
        if (d->graph.flows[i].to == number)
            buffer_addf(d->out, "      <bpmn:incoming>flow_%u</bpmn:incoming>\n", i);
    for (unsigned i = 0; i < d->graph.flow_count; i++)
        if (d->graph.flows[i].from == number)
            buffer_addf(d->out, "      <bpmn:outgoing>flow_%u</bpmn:outgoing>\n", i);
    if (shape->each)
        buffer_add_text(d->out, "      <bpmn:multiInstanceLoopCharacteristics/>\n");
    if (is_timer(shape) || shape->kind == BPMN_WAIT)
        add_timer(d->out, number, shape);
    buffer_addf(d->out, "    </bpmn:%s>\n", element_of(shape->kind));
    draw_shape(d, id, d->cells[number], "");
}

static void draw_flow(struct drawing *d, unsigned number)
{
    const struct bpmn_flow *flow = &d->graph.flows[number];
    struct line line;
    char id[40];
    snprintf(id, sizeof id, "flow_%u", number);
    buffer_addf(d->out, "    <bpmn:sequenceFlow id=\"%s\"", id);
    add_attribute(d->out, "name", flow->name);
    buffer_addf(d->out, " sourceRef=\"node_%u\" targetRef=\"node_%u\"/>\n", flow->from, flow->to);
    line_make(d, &line, number);
    draw_edge(d, id, &line);
}

static void draw(struct drawing *d, const char *name, const char *title)
{
    buffer_add_text(d->out,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<bpmn:definitions id=\"definitions\" targetNamespace=\"urn:jishi:pack\"\n"
                    "    xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"\n"
                    "    xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\"\n"
                    "    xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\"\n"
                    "    xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\"\n"
                    "    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
                    "  <bpmn:process");
    add_attribute(d->out, "id", name);
    add_attribute(d->out, "name", title);
    buffer_add_text(d->out, " isExecutable=\"false\">\n");
    for (unsigned i = 0; i < d->graph.shape_count; i++)
        draw_node(d, i);
    for (unsigned i = 0; i < d->graph.flow_count; i++)
        draw_flow(d, i);
    buffer_addf(d->out,
                "  </bpmn:process>\n  <bpmndi:BPMNDiagram id=\"diagram\">\n"
                "    <bpmndi:BPMNPlane id=\"plane\" bpmnElement=\"%s\">\n%s"
                "    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n</bpmn:definitions>\n",
                name, buffer_text(&d->shapes));
}

enum status pack_bpmn(const struct pack *pack, const char *wanted,
                      const struct symbol_table *symbols, struct buffer *out, struct fault *fault)
{
    const struct procedure *procedure = NULL;
    struct drawing d = {.out = out};
    struct arena arena;
    for (unsigned i = 0; i < pack->procedure_count; i++)
        if (pack->procedures[i].name == symbol_find(symbols, wanted))
            procedure = &pack->procedures[i];
    if (!procedure)
        return fault_set(fault, STATUS_NOT_FOUND, "no procedure %s", wanted);
    arena_init(&arena, 0);
    buffer_init(&d.shapes);
    bpmn_graph_make(procedure, symbols, &arena, &d.graph);
    d.cells = ARENA_ARRAY(&arena, struct cell, d.graph.shape_count + 1);
    places_make(&d);
    draw(&d, wanted, procedure->title.zh ? procedure->title.zh : procedure->title.en);
    buffer_done(&d.shapes);
    arena_done(&arena);
    return STATUS_OK;
}
