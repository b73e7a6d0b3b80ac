/* queue_order.c - whose turn it is: channels, their lanes, and the lines of recipients.
 *
 * What is not its turn is moved aside once, to where the reason for waiting is watched: a moment, a
 * rate, a minute of the day. So choosing looks at the tops of heaps only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "projections/queue_inside.h"

#define NEVER_MS      (INT64_MIN / 4)
#define MOVES_MAX     4096 /* lines moved aside or back in one lease; the rest in the next */
#define GROWTH_FACTOR 2

/* ---- channels ---- */

static void rule_ask(const struct queue *queue, const char *channel, struct send_rule *ret_rule)
{
    if (queue->options.rule)
        queue->options.rule(queue->options.user, channel, ret_rule);
    else
        send_rule_default(channel, ret_rule);
}

struct channel_row *channel_row_find(struct queue *queue, const char *name)
{
    for (unsigned i = 0; i < queue->channel_count; i++)
        if (strcmp(queue->channels[i].name, name) == 0)
            return &queue->channels[i];
    return NULL;
}

struct channel_row *channel_row_of(struct queue *queue, const char *name)
{
    struct channel_row *row = channel_row_find(queue, name);
    if (row || queue->channel_count == QUEUE_CHANNELS_MAX)
        return row;
    row = &queue->channels[queue->channel_count++];
    snprintf(row->name, sizeof row->name, "%s", name);
    rule_ask(queue, row->name, &row->rule);
    return row;
}

/* ---- lanes ---- */

static unsigned sends_wanted(const struct send_rule *rule)
{
    unsigned most = 0;
    for (unsigned i = 0; i < rule->limit_count; i++)
        if (rule->limits[i].count > most)
            most = rule->limits[i].count;
    return most;
}

/* What was sent before is not known, after a restart above all: it is taken that something was, just
 * now. */
static void sends_begin(struct lane *lane, int64_t now_ms)
{
    lane->sends_size = sends_wanted(&lane->channel->rule);
    lane->sends_next = 0;
    free(lane->sends);
    lane->sends = NULL;
    if (!lane->sends_size)
        return;
    lane->sends = malloc(lane->sends_size * sizeof *lane->sends);
    CHECK(lane->sends != NULL);
    for (unsigned i = 0; i < lane->sends_size; i++)
        lane->sends[i] = NEVER_MS;
    lane->sends[lane->sends_size - 1] = now_ms;
}

static int64_t lane_free_at(const struct lane *lane)
{
    const struct send_rule *rule = &lane->channel->rule;
    int64_t at = lane->blocked_until_ms;
    for (unsigned i = 0; i < rule->limit_count; i++) {
        unsigned back = lane->sends_next + lane->sends_size - rule->limits[i].count;
        int64_t then = lane->sends[back % lane->sends_size] + rule->limits[i].period_ms;
        if (then > at)
            at = then;
    }
    return at;
}

static void lane_place(struct queue *queue, struct lane *lane, int64_t now_ms)
{
    const struct heap_node *first = heap_top(&lane->ready);
    int64_t at = lane_free_at(lane);
    struct heap *where = !first        ? NULL
                         : at > now_ms ? &queue->lanes_waiting
                                       : &lane->channel->ready;
    if (lane->in && lane->in != where) {
        lane->channel->lanes_waiting -= lane->in == &queue->lanes_waiting;
        heap_remove(lane->in, &lane->node);
        lane->in = NULL;
    }
    if (!where)
        return;
    lane->channel->lanes_waiting += where == &queue->lanes_waiting && !lane->in;
    lane->in = where;
    if (where == &queue->lanes_waiting)
        heap_put(where, &lane->node, at, 0);
    else
        heap_put(where, &lane->node, first->first, first->second);
}

/* An array of pointers with room for the place `at`; what is new is NULL. */
static void *pointers_grown(void *items, size_t *count, size_t at)
{
    if (at < *count)
        return items;
    size_t size = at + 1 > *count * GROWTH_FACTOR ? at + 1 : *count * GROWTH_FACTOR;
    void **grown = realloc(items, size * sizeof *grown);
    CHECK(grown != NULL);
    memset(grown + *count, 0, (size - *count) * sizeof *grown);
    *count = size;
    return grown;
}

static struct lane *lane_of(struct queue *queue, struct channel_row *channel, const char *address,
                            int64_t now_ms)
{
    char name[CHANNEL_NAME_MAX + ADDRESS_MAX + 2];
    size_t counts = channel->rule.rate_by == RATE_BY_CHANNEL ? 0
                    : channel->rule.rate_by == RATE_BY_ROBOT ? strcspn(address, "@")
                                                             : strlen(address);
    snprintf(name, sizeof name, "%s:%.*s", channel->name, (int)counts, address);
    symbol at = symbol_add(queue->addresses, name);
    queue->lanes = pointers_grown(queue->lanes, &queue->lane_count, at);
    if (!queue->lanes[at]) {
        struct lane *lane = calloc(1, sizeof *lane);
        CHECK(lane != NULL);
        lane->channel = channel;
        lane->blocked_until_ms = NEVER_MS;
        sends_begin(lane, now_ms);
        queue->lanes[at] = lane;
    }
    return queue->lanes[at];
}

void lane_block(struct queue *queue, struct lane *lane, int64_t until_ms, int64_t now_ms)
{
    if (until_ms > lane->blocked_until_ms)
        lane->blocked_until_ms = until_ms;
    lane_place(queue, lane, now_ms);
}

void lane_sent(struct queue *queue, struct lane *lane, int64_t now_ms)
{
    if (!lane->sends_size)
        return;
    lane->sends[lane->sends_next] = now_ms;
    lane->sends_next = (lane->sends_next + 1) % lane->sends_size;
    lane_place(queue, lane, now_ms);
}

/* ---- lines ---- */

static void line_take_out(struct queue *queue, struct line *line, int64_t now_ms)
{
    struct heap *was = line->in;
    if (!was)
        return;
    heap_remove(was, &line->node);
    line->in = NULL;
    if (was == &line->lane->ready)
        lane_place(queue, line->lane, now_ms);
}

static void line_put(struct line *line, struct heap *where, int64_t first, int64_t second)
{
    line->in = where;
    heap_put(where, &line->node, first, second);
}

static int64_t line_urgency(const struct line *line)
{
    int64_t urgency = 0;
    while (urgency < URGENCY_COUNT - 1 && !line->waiting[urgency])
        urgency++;
    return urgency;
}

void line_place(struct queue *queue, struct line *line, int64_t now_ms)
{
    const struct job *first = line_first(line);
    line_take_out(queue, line, now_ms);
    if (!first || line->leased)
        return;
    int64_t at = first->until_ms;
    if (line->digest && line->gather_until_ms > at)
        at = line->gather_until_ms;
    if (at > now_ms) {
        line_put(line, &queue->waiting, at, first->arrival);
        return;
    }
    line_put(line, &line->lane->ready, line_urgency(line), first->arrival);
    lane_place(queue, line->lane, now_ms);
}

static void route_ask(const struct queue *queue, const char *member, struct route *ret_route)
{
    *ret_route = (struct route){.channel = "file"};
    snprintf(ret_route->address, sizeof ret_route->address, "%s", member);
    if (queue->options.route)
        queue->options.route(queue->options.user, member, ret_route);
}

void line_route(struct queue *queue, struct line *line, int64_t now_ms)
{
    struct route route;
    route_ask(queue, line->member, &route);
    struct channel_row *channel = channel_row_of(queue, route.channel);
    if (!channel) {
        channel = &queue->channels[0];
        snprintf(route.address, sizeof route.address, "%.*s", ADDRESS_MAX, line->member);
    }
    if (line->lane)
        line_take_out(queue, line, now_ms);
    line->lane = lane_of(queue, channel, route.address, now_ms);
    line->digest = route.digest || channel->rule.digest;
    free(line->address);
    line->address = strdup(route.address);
    CHECK(line->address != NULL);
    for (size_t i = 0; i < line->pending.count; i++) {
        struct job *job = job_of_node(line->pending.nodes[i]);
        job_count_out(job);
        job_count_in(job, channel, JOB_PENDING);
    }
    line_place(queue, line, now_ms);
}

struct line *line_of(struct queue *queue, const char *member, int64_t now_ms)
{
    symbol at = symbol_add(queue->members, member);
    queue->lines = pointers_grown(queue->lines, &queue->line_count, at);
    if (!queue->lines[at]) {
        struct line *line = calloc(1, sizeof *line);
        CHECK(line != NULL);
        line->member = strdup(member);
        CHECK(line->member != NULL);
        queue->lines[at] = line;
        line_route(queue, line, now_ms);
    }
    return queue->lines[at];
}

void rules_reload(struct queue *queue, int64_t now_ms)
{
    for (unsigned i = 0; i < queue->channel_count; i++)
        rule_ask(queue, queue->channels[i].name, &queue->channels[i].rule);
    for (size_t i = 1; i < queue->lane_count; i++)
        if (queue->lanes[i] &&
            queue->lanes[i]->sends_size != sends_wanted(&queue->lanes[i]->channel->rule)) {
            sends_begin(queue->lanes[i], now_ms);
            lane_place(queue, queue->lanes[i], now_ms);
        }
    for (size_t i = 1; i < queue->line_count; i++)
        if (queue->lines[i])
            line_route(queue, queue->lines[i], now_ms);
}

/* ---- whose turn ---- */

static void moments_come(struct queue *queue, int64_t now_ms)
{
    for (struct heap_node *top;
         (top = heap_top(&queue->lanes_waiting)) != NULL && top->first <= now_ms;)
        lane_place(queue, HEAP_OWNER(top, struct lane, node), now_ms);
    for (struct heap_node *top; (top = heap_top(&queue->waiting)) != NULL && top->first <= now_ms;)
        line_place(queue, HEAP_OWNER(top, struct line, node), now_ms);
}

static bool is_asked_for(const struct lease_request *request, const char *channel)
{
    for (unsigned i = 0; i < request->channel_count; i++)
        if (strcmp(request->channels[i], channel) == 0)
            return true;
    return request->channels == NULL;
}

static void held_come(struct queue *queue, struct channel_row *channel, int32_t gate,
                      int64_t now_ms)
{
    for (unsigned moves = 0; moves < MOVES_MAX && channel->held.count; moves++) {
        struct heap_node *top = heap_top(&channel->held);
        if (top->first > gate)
            break;
        line_place(queue, HEAP_OWNER(top, struct line, node), now_ms);
    }
}

static int32_t line_minute(const struct line *line)
{
    return send_rule_minute(&line->lane->channel->rule,
                            line->digest ? line->member : line_first(line)->key);
}

/* The first line of a channel; those whose minute has not come, or that the hours hold back, are laid
 * aside on the way. */
static struct line *channel_next(struct queue *queue, struct channel_row *channel, int32_t gate,
                                 int64_t now_ms)
{
    for (unsigned moves = 0; moves < MOVES_MAX && channel->ready.count; moves++) {
        struct lane *lane = HEAP_OWNER(heap_top(&channel->ready), struct lane, node);
        struct line *line = HEAP_OWNER(heap_top(&lane->ready), struct line, node);
        int32_t minute = line_minute(line);
        if (send_rule_admits(&channel->rule, gate, (enum job_kind)line_first(line)->kind, minute))
            return line;
        line_take_out(queue, line, now_ms);
        line_put(line, &channel->held, minute, line_first(line)->arrival);
    }
    return NULL;
}

struct line *line_next(struct queue *queue, const struct lease_request *request, int64_t now_ms,
                       const struct wall *wall)
{
    struct line *best = NULL;
    moments_come(queue, now_ms);
    for (unsigned i = 0; i < queue->channel_count; i++) {
        struct channel_row *channel = &queue->channels[i];
        int32_t gate = send_rule_gate(&channel->rule, wall);
        if (channel->stopped || gate == GATE_SHUT ||
            (gate == GATE_HOURS && !channel->rule.exempt) || !is_asked_for(request, channel->name))
            continue;
        held_come(queue, channel, gate, now_ms);
        struct line *line = channel_next(queue, channel, gate, now_ms);
        if (line &&
            (!best || line->node.first < best->node.first ||
             (line->node.first == best->node.first && line->node.second < best->node.second)))
            best = line;
    }
    return best;
}

void order_done(struct queue *queue)
{
    for (size_t i = 1; i < queue->line_count; i++)
        if (queue->lines[i]) {
            heap_done(&queue->lines[i]->pending);
            free(queue->lines[i]->member);
            free(queue->lines[i]->address);
            free(queue->lines[i]);
        }
    for (size_t i = 1; i < queue->lane_count; i++)
        if (queue->lanes[i]) {
            heap_done(&queue->lanes[i]->ready);
            free(queue->lanes[i]->sends);
            free(queue->lanes[i]);
        }
    for (unsigned i = 0; i < queue->channel_count; i++) {
        heap_done(&queue->channels[i].ready);
        heap_done(&queue->channels[i].held);
        for (int state = 0; state < JOB_STATE_COUNT; state++)
            heap_done(&queue->channels[i].ages[state]);
    }
    free(queue->lines);
    free(queue->lanes);
}

/* ---- figures ---- */

void job_count_in(struct job *job, struct channel_row *channel, enum job_state state)
{
    job->channel = channel;
    job->state = (uint8_t)state;
    heap_put(&channel->ages[state], &job->age_node, job->arrival, 0);
}

void job_count_out(struct job *job)
{
    if (job->channel)
        heap_remove(&job->channel->ages[job->state], &job->age_node);
}

/* Seconds that have passed since the last count are emptied. */
void meter_turn(struct rate_meter *meter, int64_t now_ms)
{
    int64_t second = now_ms / 1000;
    int64_t passed = second - meter->second;
    for (int64_t i = 1; i <= passed && i <= RATE_SECONDS; i++) {
        uint32_t *place = &meter->seconds[(meter->second + i) % RATE_SECONDS];
        meter->minute -= *place;
        *place = 0;
    }
    if (passed > 0)
        meter->second = second;
}

void meter_count(struct channel_row *channel, enum queue_rate rate, int64_t now_ms)
{
    struct rate_meter *meter = &channel->meters[rate];
    meter_turn(meter, now_ms);
    meter->total++;
    meter->minute++;
    meter->seconds[meter->second % RATE_SECONDS]++;
}
