/* decide.h - what the parts of a decision share. Private to decide*.c and its helpers.
 *
 * A decision has two phases. First everything is checked, and nothing changes: the first refusal
 * ends it (failing guards are gathered, all of them). Then events are emitted, each applied at
 * once, and what follows from them is drawn until nothing moves. */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include "core/eval.h"
#include "core/limits.h"

struct deciding {
    struct state *state;
    const struct command *command;
    const struct moment *now;
    int32_t today;   /* civil day of recording */
    uint32_t member; /* who signed; 0 while unknown */
    const char *language;
    struct arena *arena;
    struct decision *decision;
    unsigned event_capacity;
    bool full;          /* nothing more goes into this entry */
    size_t event_bytes; /* about what the events take in the entry */
    unsigned drawn;     /* events whose consequences were drawn */
};

/* ---- emit.c ---- */
/* Records and applies one event; fields in the table's order. */
void emit(struct deciding *d, enum event_type type, const struct datum *fields);
#define EMIT(d, event, ...) emit((d), EVENT_##event, (const struct datum[]){__VA_ARGS__})
struct datum date_datum(struct deciding *d, int32_t date);      /* nil for DATE_NONE */
struct datum name_datum(const struct deciding *d, symbol name); /* "" for none */
struct datum view_datum(struct text_view view);
struct datum values_datum(struct deciding *d, const struct named_value *items,
                          unsigned count); /* [[name, datum], ...] */
struct datum days_datum(struct deciding *d, const int32_t *days, unsigned count);
struct datum members_datum(struct deciding *d, const uint32_t *members, unsigned count);
symbol view_symbol(const struct deciding *d, struct text_view view); /* 0 if nobody ever used it */
symbol arg_symbol(const struct deciding *d, const char *name);
const struct datum *arg(const struct deciding *d, const char *name); /* nil datum if absent */
int64_t arg_int(const struct deciding *d, const char *name);         /* -1 if absent */
int32_t arg_date(const struct deciding *d, const char *name);        /* DATE_NONE if absent */
/* Refuses what is there and is no date: an unreadable end must not become "without end". */
bool need_date_or_none(struct deciding *d, const char *name, int32_t *ret_date);
/* Refuses a pair of `list` that is none, or whose name `known` does not know. */
bool need_known_names(struct deciding *d, const struct datum *list, enum refusal_code code,
                      bool (*known)(const void *user, symbol name), const void *user);
/* Room for so many more events in this entry, and for their bytes. */
bool room_for(const struct deciding *d, unsigned events);
bool is_half_full(const struct deciding *d);

/* Refuses; always returns false, so that `return refuse(...)` reads well. A clause may be added. */
bool refuse(struct deciding *d, enum refusal_code code, const char *guard, const char *rule,
            const char *format, ...) __attribute__((format(printf, 5, 6)));
bool is_zh(const struct deciding *d);
bool holds_built_in(const struct deciding *d, symbol role);

/* ---- the verbs; each refuses or emits ---- */
void decide_enrol(struct deciding *d);
void decide_revoke(struct deciding *d);
void decide_assign(struct deciding *d);
void decide_relieve(struct deciding *d);
void decide_delegate(struct deciding *d);
void decide_register(struct deciding *d);
void decide_change(struct deciding *d);
void decide_fact(struct deciding *d);
void decide_correct(struct deciding *d);
void decide_blob(struct deciding *d);
void decide_activate(struct deciding *d);
void decide_act(struct deciding *d);
void decide_waive(struct deciding *d);
void decide_withdraw(struct deciding *d);
void decide_exempt(struct deciding *d);
void decide_suspend(struct deciding *d);
void decide_resume(struct deciding *d);
void decide_tick(struct deciding *d);
void decide_deliver(struct deciding *d);

/* ---- case_flow.c: how a case moves on ---- */
/* Opens a case of `procedure`; 0 when a limit is reached. */
int64_t case_open(struct deciding *d, const struct procedure *procedure,
                  const struct named_value *slots, unsigned slot_count, int64_t parent,
                  unsigned parent_step, int64_t start_fact, struct span period, int32_t day);
/* Opens what may be opened, starts what runs by itself, ends the case when nothing is left to do.
 */
void case_advance(struct deciding *d, int64_t case_number, int32_t day);
/* A step's act is complete: outcome, effects, where it leads. */
void step_complete(struct deciding *d, int64_t case_number, int64_t act, symbol outcome,
                   int32_t day);
void case_end(struct deciding *d, int64_t case_number, symbol end, int32_t day);
void effects_do(struct deciding *d, struct scope *scope, const struct effects *effects,
                int64_t case_number, int64_t act, int32_t day);
/* Which outcome a computed step comes to; 0 if none fits. */
symbol outcome_computed(const struct scope *scope, const struct step *step);

/* ---- marking.c ---- */
uint64_t steps_ready(const struct case_row *row,
                     const struct state *state); /* may open now: everything before is done */
uint64_t steps_following(const struct procedure *procedure,
                         unsigned step);       /* it and all after it */
bool case_is_idle(const struct case_row *row); /* nothing open that anybody waits for */

/* ---- duty.c ---- */
struct duty_opening {
    symbol name;
    const struct duty_def *def; /* or a step's due */
    const struct procedure *procedure;
    unsigned step;
    struct value of;
    int64_t case_number, fact;
    struct span period;
    int32_t start, due;
    symbol ladder, owner;
    uint32_t unit;
    struct provisional lean;
    struct symbols rules;
};
void duty_open(struct deciding *d, const struct duty_opening *opening);
void duty_check(struct deciding *d, int64_t duty, int64_t fact,
                int32_t day); /* met or cancelled now? */
void duty_recompute(struct deciding *d, int64_t duty, int32_t start, int32_t due,
                    const char *reason);
/* Asks again when a step's due day is, from what is known now. */
void duty_of_step_recompute(struct deciding *d, int64_t duty, const char *reason);
unsigned duty_recipients(const struct state *state, const struct duty_row *duty, int32_t day,
                         unsigned level, uint32_t *ret_members);
bool duty_is_open(const struct duty_row *duty);
const struct ladder *ladder_of_name(const struct state *state, symbol name);

/* ---- consequences.c ---- */
void consequences_draw(struct deciding *d);
void occasions_of_subject(struct deciding *d, uint32_t subject, int32_t day);
/* Opens what a calendar period opens for one subject; true if it did. */
bool period_open(struct deciding *d, const struct duty_def *duty, const struct procedure *procedure,
                 uint32_t subject, struct span span);
bool fact_write(struct deciding *d, const struct fact_def *def, const struct named_value *slots,
                unsigned slot_count, const struct named_value *fields, unsigned field_count,
                int32_t day, int64_t case_number, int64_t act);

/* ---- schedule.c ---- */
struct schedule *schedule_open(void);
void schedule_close(struct schedule *schedule);
void schedule_duty(struct state *state, int64_t duty); /* after any change of it */
void schedule_add(struct state *state, int32_t day, enum tick_kind kind, int64_t number,
                  symbol what);
bool schedule_is_due(struct state *state, const struct tick *tick, symbol what);
void schedule_forget(struct state *state, int32_t day, enum tick_kind kind, int64_t number,
                     symbol what);
bool duty_next(const struct state *state, const struct duty_row *duty, int32_t *ret_day,
               enum tick_kind *ret_kind);
size_t schedule_bytes(const struct schedule *schedule);
/* Everything in it but duties, day after day; for snapshots. */
void schedule_each(const struct schedule *schedule,
                   void (*each)(void *user, int32_t day, enum tick_kind kind, int64_t number,
                                symbol what),
                   void *user);

/* ---- apply.c ---- */
/* The day on which time acts on an open step (kind TICK_timeout or TICK_clock); DATE_NONE: never.
 */
int32_t step_clock_day(struct state *state, int64_t number, unsigned step, enum tick_kind kind);
void series_note(struct state *state, const struct fact_def *def,
                 const struct fact *fact); /* running numbers used */
enum status apply(struct state *state, const struct moment *when, const struct event *event,
                  struct fault *fault);

/* ---- state.c ---- */
void *table_grow(void *items, uint32_t *capacity, uint32_t count, size_t size);
#define TABLE_ADD(table)                                                                           \
    ((table).items =                                                                               \
         table_grow((table).items, &(table).capacity, (table).count, sizeof *(table).items),       \
     &(table).items[(table).count++])
struct numbers *state_numbers_make(struct map *map, symbol name);

/* ---- blobs.c: texts of packs and calendars that arrive in parts ---- */
struct blob_store *blob_store_open(void);
void blob_store_close(struct blob_store *store);
bool blob_put(struct blob_store *store, const uint8_t digest[DIGEST_SIZE], int64_t index,
              int64_t count, const void *bytes, size_t size);
size_t blob_count(const struct blob_store *store);
/* Part `index` of blob `at`; size 0 while it has not arrived. Lent. */
void blob_part_at(const struct blob_store *store, size_t at, int64_t index,
                  uint8_t ret_digest[DIGEST_SIZE], int64_t *ret_count, const char **ret_bytes,
                  size_t *ret_size);
/* The whole text once all parts are there, else NULL. Lent. */
const char *blob_text(struct blob_store *store, const uint8_t digest[DIGEST_SIZE],
                      size_t *ret_size);

#endif
