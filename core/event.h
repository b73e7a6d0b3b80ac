/* event.h - what happened: the table of all events, their fields, and how they are read.
 *
 * An event is its type and a fixed list of data. The table below is the one place that knows the
 * fields: it names them for `jishi log`, checks them when an entry is read, and numbers them for
 * the code (EVENT_FIELD_case_opened_case ...). An event, once released, never changes; a new field
 * goes to the end and may be nil in old entries.
 *
 * Kinds: I int · T text · D date text or nil · B bytes · L list · O bool · A any. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "core/arena.h"
#include "core/command.h"
#include "core/datum.h"
#include "core/fault.h"

/* Recipient in `delivered` of a reminder that nobody is entitled to get. */
#define RECIPIENT_NOBODY "-"

/* clang-format off */
#define EVENTS(E)                                                                                  \
    E(member_enrolled,     F(member,T) F(person,T))                                                \
    E(key_enrolled,        F(member,T) F(key,B))                                                   \
    E(key_revoked,         F(key,B))                                                               \
    E(role_assigned,       F(assignment,I) F(member,T) F(role,T) F(unit,T) F(from,D) F(to,D))      \
    E(role_ended,          F(assignment,I) F(to,D))                                                \
    E(role_delegated,      F(assignment,I) F(of,I) F(member,T) F(from,D) F(to,D))                  \
    E(blob_part,           F(digest,B) F(index,I) F(count,I) F(bytes,B))                           \
    E(pack_activated,      F(pack,T) F(version,I) F(digest,B))                                     \
    E(calendar_activated,  F(year,I) F(digest,B))                                                  \
    E(subject_registered,  F(subject,T) F(kind,T) F(fields,L) F(from,D))                           \
    E(subject_changed,     F(subject,T) F(fields,L) F(from,D))                                     \
    E(case_opened,         F(case,I) F(procedure,T) F(pack_version,I) F(slots,L) F(parent,I)       \
                           F(start_fact,I) F(period,T) F(day,D))                                   \
    E(step_signed,         F(case,I) F(step,T) F(act,I) F(member,T) F(behalf,T) F(role,T) F(day,D) \
                           F(outcome,T) F(fields,L) F(evidence,L) F(waived,L))                     \
    E(step_done,           F(case,I) F(step,T) F(act,I) F(outcome,T) F(day,D))             \
    E(nominated,           F(case,I) F(step,T) F(act,I) F(outcome,T) F(day,D))             \
    E(approved,            F(case,I) F(step,T) F(act,I) F(outcome,T) F(day,D))             \
    E(certified,           F(case,I) F(step,T) F(act,I) F(outcome,T) F(day,D))             \
    E(penalized,           F(case,I) F(step,T) F(act,I) F(outcome,T) F(day,D))             \
    E(steps_opened,        F(case,I) F(steps,L) F(skipped,L) F(undone,O) F(day,D))                 \
    E(step_withdrawn,      F(case,I) F(act,I))                                                     \
    E(slot_filled,         F(case,I) F(slot,T) F(value,A))                                         \
    E(fact_written,        F(fact,I) F(type,T) F(slots,L) F(fields,L) F(day,D) F(until,D)          \
                           F(case,I) F(act,I))                                                     \
    E(fact_superseded,     F(fact,I) F(by,I))                                                      \
    E(case_suspended,      F(case,I) F(day,D))                                                     \
    E(case_resumed,        F(case,I) F(day,D))                                                     \
    E(case_ended,          F(case,I) F(end,T) F(day,D))                                            \
    E(duty_opened,         F(duty,I) F(name,T) F(of,A) F(case,I) F(step,T) F(fact,I) F(period,T)   \
                           F(start,D) F(due,D) F(rungs,L) F(first_overdue,D) F(escalations,L)      \
                           F(ladder,T) F(owner,T) F(unit,T) F(lean,L) F(rules,L))                  \
    E(duty_moved,          F(duty,I) F(start,D) F(due,D) F(rungs,L) F(first_overdue,D)             \
                           F(escalations,L) F(lean,L) F(reason,T))                                 \
    E(duty_met,            F(duty,I) F(day,D) F(late,O) F(fact,I) F(act,I))                        \
    E(duty_overdue,        F(duty,I) F(day,D) F(responsible,L))                                    \
    E(duty_cancelled,      F(duty,I) F(day,D) F(reason,T))                                         \
    E(duty_suspended,      F(duty,I) F(day,D) F(used_days,I))                                      \
    E(duty_resumed,        F(duty,I) F(day,D) F(used_days,I))                                      \
    E(rung_due,            F(duty,I) F(kind,T) F(index,I) F(day,D) F(late_days,I) F(to,L) F(key,T)) \
    E(value_changed,       F(value,T) F(of,A) F(old,A) F(new,A) F(day,D) F(period,T))              \
    E(value_due,           F(value,T) F(of,A) F(day,D))                                            \
    E(waived,              F(case,I) F(step,T) F(guards,L) F(member,T) F(role,T) F(slots,L)        \
                           F(day,D) F(pack,T))                                                     \
    E(warned,              F(case,I) F(step,T) F(guard,T) F(rule,T) F(act,I))                      \
    E(not_written,         F(what,T) F(of,A) F(reason,T))                                          \
    E(told,                F(case,I) F(what,T) F(to,L) F(day,D) F(key,T))                          \
    E(ticked,              F(kind,T) F(day,D) F(what,T) F(number,I))                               \
    E(delivered,           F(key,T) F(channel,T) F(recipient,T) F(outcome,T) F(attempt,I) F(detail,T)) \
    E(case_migrated,       F(case,I) F(to,I) F(from,I) F(day,D))                                   \
    E(acknowledged,        F(key,T) F(member,T) F(day,D))
/* clang-format on */

#define E(name, fields) EVENT_##name,
#define F(name, kind)
enum event_type { EVENTS(E) EVENT_COUNT };
#undef E
#undef F

#define EVENT_FIELDS_MAX 18

struct event {
    enum event_type type;
    struct datum fields[EVENT_FIELDS_MAX]; /* as many as the table says */
};

struct event_spec {
    const char *name;
    size_t name_size;
    unsigned field_count;
    const char *field_names[EVENT_FIELDS_MAX];
    char field_kinds[EVENT_FIELDS_MAX];
};

const struct event_spec *event_spec(enum event_type type);
enum event_type event_find(const char *name, size_t length);   /* EVENT_COUNT if unknown */
int event_field_index(enum event_type type, const char *name); /* -1 if unknown */

/* Number and kinds of fields fit the table. */
enum status event_check(const struct event *event, struct fault *fault);

/* The step events (step_done, nominated, approved, certified, penalized) share one layout. */
bool event_is_step(enum event_type type);

/* Readers by field name, for projections and tests; a CHECK guards the name. */
int64_t event_int(const struct event *event, const char *field);           /* 0 for nil */
struct text_view event_text(const struct event *event, const char *field); /* "" for nil */
int32_t event_date(const struct event *event, const char *field);          /* DATE_NONE for nil */
bool event_bool(const struct event *event, const char *field);
const struct datum *event_datum(const struct event *event, const char *field);

#endif
