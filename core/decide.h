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
bool need_system(struct deciding *d); /* refuses who has not the role system */
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
void decide_migrate(struct deciding *d);
void decide_acknowledge(struct deciding *d);

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
/* The due day of a step that was opened on `day`; nothing while what it counts from is missing. */
void step_duty_open(struct deciding *d, int64_t case_number, unsigned step, int32_t day);
bool step_has_open_duty(const struct state *state, const struct case_row *row, unsigned step);
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
/* The same for a due day that leans on unpublished years. */
struct duty_move {
    int32_t start, due;
    struct provisional lean;
    const char *reason;
};
void duty_move(struct deciding *d, int64_t duty, const struct duty_move *move);
/* A due day as the pack has it where it falls on a rest day. */
int32_t duty_due_rolled(const struct deciding *d, const struct pack *pack, int32_t due);
/* Asks again when a step's due day, or that of a pack's duty, is, from what is known now. */
void duty_of_step_recompute(struct deciding *d, int64_t duty, const char *reason);
void duty_of_def_recompute(struct deciding *d, int64_t duty, const char *reason);
/* A duty's clock: since when it runs; what it has used on a day; the due day when it goes on on a
 * day; the due day that its period gives, with what the clock stood still. */
int32_t duty_clock_runs_since(const struct duty_row *duty);
int32_t duty_clock_used(const struct deciding *d, const struct duty_row *duty, int32_t day);
int32_t duty_clock_resumed_due(const struct deciding *d, const struct duty_row *duty, int32_t day,
                               struct provisional *lean);
int32_t duty_clock_due(const struct deciding *d, const struct duty_row *duty, int32_t due,
                       struct provisional *lean);
/* Who holds, on that day, the role of a level (0 the owner's, 1 his superior's, 2 the supervisor's);
 * where nobody does, of the next level. */
unsigned duty_recipients(const struct state *state, const struct duty_row *duty, int32_t day,
                         unsigned level, uint32_t *ret_members);
/* Puts behind them whom its reminders and overdue notices go to besides; the number of all. */
unsigned duty_copies(const struct state *state, const struct duty_row *duty, int32_t day,
                     uint32_t *members, unsigned count);
bool duty_is_vacant(const struct state *state, const struct duty_row *duty, int32_t day);
/* Overdue notices that lie behind today, but for the last one. */
uint16_t duty_notices_behind(const struct state *state, const struct duty_row *duty);
/* A duty that stands in for one whose fact was corrected: what was sent for that one up to a day is
 * not sent again for this one. */
void duty_inherit(const struct state *state, struct duty_row *duty);
/* Its dates are others: see duty.c. */
void duty_has_moved(const struct state *state, struct duty_row *duty,
                    const struct deadline *deadline, bool by_calendar);
bool duty_is_open(const struct duty_row *duty);
symbol step_duty_owner(const struct step *step); /* the role that answers for a step's due day */
const struct pack *duty_pack(const struct duty_row *duty); /* under whose version it was opened */
const struct ladder *duty_ladder(const struct state *state,
                                 const struct duty_row *duty); /* NULL: no reminders */
/* Its subject, period and fact in the case it belongs to, if any. */
struct scope duty_scope(const struct state *state, struct arena *arena, const struct duty_row *duty,
                        int32_t day);

/* ---- consequences.c ---- */
void consequences_draw(struct deciding *d);
/* Opens what a calendar period opens for one subject; true if it did. */
bool period_open(struct deciding *d, const struct duty_def *duty, const struct procedure *procedure,
                 uint32_t subject, struct span span);
bool fact_write(struct deciding *d, const struct fact_def *def, const struct named_value *slots,
                unsigned slot_count, const struct named_value *fields, unsigned field_count,
                int32_t day, int64_t case_number, int64_t act);

/* ---- watch.c ---- */
/* Values with `changed`, asked again after a fact about its subjects, or about one subject. */
void watch_fact(struct deciding *d, int64_t number);
void watch_subject(struct deciding *d, uint32_t subject);
/* A day has come on which a daily value may be another: subject 0 begins with all its subjects. False:
 * there are more of them. */
bool watch_day(struct deciding *d, symbol value, uint32_t subject, int32_t day);
/* The day on which time brings the value about; DATE_NONE: none. */
void watch_note(struct state *state, symbol value, uint32_t subject, int32_t day);
void watch_forget(struct state *state, symbol value, uint32_t subject);

/* ---- schedule.c ---- */
struct schedule *schedule_open(void);
void schedule_close(struct schedule *schedule);
void schedule_duty(struct state *state, int64_t duty); /* after any change of it */
void schedule_add(struct state *state, int32_t day, enum tick_kind kind, int64_t number,
                  symbol what);
bool schedule_is_due(struct state *state, const struct tick *tick, symbol what);
void schedule_forget(struct state *state, int32_t day, enum tick_kind kind, int64_t number,
                     symbol what);
/* What time brings next; `lean` gathers the unpublished years that the day of a notice asks about. */
bool duty_next(const struct state *state, const struct duty_row *duty, int32_t *ret_day,
               enum tick_kind *ret_kind, struct provisional *lean);
/* After loading: at the day that was noted. */
void schedule_restore(struct state *state, int64_t duty);
size_t schedule_bytes(const struct schedule *schedule);
/* Everything in it but duties, day after day; for snapshots. */
void schedule_each(const struct schedule *schedule,
                   void (*each)(void *user, int32_t day, enum tick_kind kind, int64_t number,
                                symbol what),
                   void *user);

/* ---- reminders.c ---- */
/* It was addressed to these members. */
void reminder_note(struct state *state, const struct datum *key, const struct datum *to);
void reminder_restore(struct state *state, uint32_t row); /* after loading */
enum addressed { ADDRESSED_TO_NONE, ADDRESSED_TO_OTHERS, ADDRESSED_TO_HIM };
/* NONE: there is no such reminder. `to`: a text, the member's id or RECIPIENT_NOBODY. Of reminders to
 * nobody only this is known: whether there can be one of that key. */
enum addressed reminder_addressed(const struct state *state, const struct datum *key,
                                  const struct datum *to);
/* False: there is no such reminder, or it was not addressed to him. */
bool reminder_acknowledge(struct state *state, const struct datum *key, uint32_t member);

/* ---- leaning.c ---- */
/* The years that are in `now` and were not in `before`. */
void lean_note(struct state *state, int64_t duty, const struct provisional *before,
               const struct provisional *now);
void lean_resolve(struct state *state, int year); /* its calendar is known now */

/* ---- apply.c ---- */
/* The day on which time acts on an open step (kind TICK_timeout or TICK_clock); DATE_NONE: never.
 */
int32_t step_clock_day(struct state *state, int64_t number, unsigned step, enum tick_kind kind);
void series_note(struct state *state, const struct fact_def *def, const struct fact *fact);
/* The fact that has this number in the series of `like` (type, slots, day); 0. */
int64_t series_fact(const struct state *state, const struct field *field, const struct fact *like,
                    int64_t number); /* running numbers used */
enum status apply(struct state *state, const struct moment *when, const struct event *event,
                  struct fault *fault);

/* ---- state.c ---- */
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
