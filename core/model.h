/* model.h - the state's inside: what the core keeps of members, subjects, facts, cases and duties.
 *
 * Private to core/. Everything is numbered densely from 1 in order of arrival (0: none) and never
 * moves or goes away, so that a number is a reference for ever; pointers into the tables are valid
 * until the next insertion. Byte order and struct layout never leave the process: state_save walks
 * the tables field by field (core/snapshot.c). */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "core/calendar.h"
#include "core/map.h"
#include "core/rulebook.h"
#include "core/state.h"
#include "core/table.h"
#include "core/value.h"

struct numbers { /* a growing list of references */
    int64_t *items;
    uint32_t count, capacity;
};

struct dated_field {
    symbol name;
    int32_t from;       /* first day it holds; DATE_NONE: always */
    int64_t entry;      /* entry that said so */
    struct value value; /* owned: lists and commitments are copied to the state's heap */
};

struct subject {
    symbol id; /* "person:li" */
    symbol kind;
    struct dated_field *fields;
    uint32_t field_count, field_capacity;
    struct numbers facts; /* that stand in its dossier, in order of recording */
    struct numbers cases;
    struct numbers duties;
    struct numbers children; /* subjects whose `unit` field is (or was) this one */
};

struct key {
    uint8_t key[KEY_SIZE];
    uint32_t member;
    bool revoked;
};

struct member {
    symbol id;
    uint32_t person; /* subject, 0: none */
    struct numbers assignments;
};

struct assignment_row {
    uint32_t member;
    symbol role;
    uint32_t unit;        /* subject; 0: everywhere */
    int32_t from, to;     /* inclusive; to DATE_NONE: open */
    int64_t delegated_of; /* assignment it stands for; 0: own */
};

struct fact {
    symbol type;
    struct named_value *slots;
    struct named_value *fields;
    uint16_t slot_count, field_count;
    int32_t day;
    int32_t until;    /* last day in force by its own `lasts`; DATE_NONE */
    int32_t ended_on; /* day of the fact that ended it (that day not included); DATE_NONE */
    int64_t ended_by;
    int64_t entry;    /* entry number of its recording */
    int32_t recorded; /* civil day of recording */
    int64_t case_number, act;
    int64_t superseded_by; /* fact; -1: taken back without another; 0: effective */
    int64_t superseded_at; /* entry */
};

struct signature_row {
    uint32_t member;
    uint32_t behalf; /* member, 0 */
    symbol role;     /* under which he signed */
    int32_t day;
};

struct evidence_row {
    symbol kind;
    uint8_t digest[DIGEST_SIZE];
};

enum act_state {
    ACT_SIGNING,
    ACT_DONE,
    ACT_UNDONE,
    ACT_WITHDRAWN
}; /* UNDONE: an earlier pass; still counted */

struct act {
    int64_t case_number;
    uint8_t step; /* index in its procedure */
    enum act_state state;
    symbol outcome; /* 0 while signing */
    int32_t day;
    int32_t recorded;
    int64_t entry; /* of the entry that made it done (of the first signature while signing) */
    struct signature_row *signatures;
    uint16_t signature_count;
    struct named_value *fields;
    uint16_t field_count;
    struct evidence_row *evidence;
    uint16_t evidence_count;
    symbol *waived; /* guards passed by a waiver */
    uint16_t waived_count;
};

struct waiver {
    symbol pack_step_procedure, step;
    symbol *guards;
    uint16_t guard_count;
    uint32_t member;
    int64_t case_number; /* 0: for a case not yet opened, matched by slots */
    struct named_value *slots;
    uint16_t slot_count;
    int32_t day;
};

enum case_status { CASE_RUNNING, CASE_SUSPENDED, CASE_ENDED };

struct case_row {
    const struct procedure *procedure; /* of the version it runs under */
    struct named_value *slots;
    uint16_t slot_count;
    enum case_status status;
    symbol end;     /* name of the end */
    int64_t parent; /* case that runs it; 0 */
    uint8_t parent_step;
    int64_t start_fact; /* of its occasion; 0 */
    struct span period; /* of its occasion; SPAN_NONE */
    int32_t opened, ended;
    int64_t version;                   /* number of the last entry that touched it, plus one */
    int64_t opened_entry, ended_entry; /* ended_entry 0: it has not ended */
    uint64_t done;                     /* steps done or skipped in this pass */
    uint64_t open;                     /* steps that may be acted on now */
    uint64_t skipped;
    int32_t *opened_on; /* per step: day of the act that opened it; DATE_NONE; step_count long */
    int64_t first_act;  /* 0 while nobody has acted */
    struct numbers acts;
    struct numbers duties;
    struct numbers children;
};

enum duty_state { DUTY_OPEN, DUTY_OVERDUE, DUTY_MET, DUTY_CANCELLED };

struct duty_row {
    symbol name;                       /* "LEAVE-RETURN", "LEAVE.answered" */
    const struct duty_def *def;        /* NULL for a step's due */
    const struct procedure *procedure; /* for a step's due */
    uint8_t step;
    struct value of; /* SUBJECT or CASE */
    int64_t case_number;
    int64_t fact; /* that opened it */
    struct span period;
    struct deadline deadline;
    symbol ladder;
    symbol owner;       /* role */
    uint32_t unit;      /* whose role holders answer for it */
    uint32_t reminders; /* the newest that was addressed to anybody; 0 */
    enum duty_state state;
    bool late;
    bool overdue_noted;
    bool suspended;
    int32_t suspended_on; /* last */
    int32_t resumed_on;   /* last; DATE_NONE: its clock has never stood still and gone on */
    int32_t used_days;    /* of its clock when it was last suspended; workdays if it counts these */
    int32_t stood_days;   /* in which its clock stood, all suspensions that have ended */
    uint8_t rungs_fired;  /* so many of deadline.rungs */
    uint16_t notices_fired;
    uint16_t moves;               /* so often its days were others than before */
    uint8_t escalations_fired;    /* bit 0 superior, bit 1 supervisor */
    int32_t next_day;             /* of what time brings next; DATE_NONE: nothing */
    uint8_t next_kind;            /* enum tick_kind */
    struct provisional next_lean; /* unpublished years that day was asked of */
    int32_t met_on;
    int32_t opened;        /* civil day on which it was opened */
    int64_t opened_entry;  /* a date duty is met by what is recorded after it */
    int64_t changed_entry; /* of the last entry that changed what people see of it */
    int64_t changed_at_us; /* when that was recorded */
    int32_t closed_on;     /* when it was met or cancelled; DATE_NONE */
    int64_t closed_entry;  /* likewise; 0 */
};

struct reminder_row { /* that was addressed to somebody, core/reminders.c */
    uint64_t key;
    uint32_t before; /* of the same duty; 0: none */
    uint32_t first;  /* of its members in reminder_members */
    uint16_t count;
    uint16_t acknowledged; /* a bit a member */
};

struct activation { /* a pack or calendar put in force, in order */
    uint8_t digest[DIGEST_SIZE];
    int64_t version; /* of a pack; 0: a calendar */
};

/* Names of the pack language that the code asks for by name. */
/* clang-format off */
#define CORE_WORDS(W) \
    W(unit, "unit") W(name, "name") W(date, "date") W(recorded, "recorded") W(lag, "lag") \
    W(outcome, "outcome") W(signers, "signers") W(evidence, "evidence") W(waivers, "waivers") \
    W(state, "state") W(started, "started") W(ended, "ended") W(due, "due") W(late, "late") \
    W(overdue_for, "overdue_for") W(from, "from") W(to, "to") W(before, "before") W(year, "year") \
    W(it, "it") W(today, "today") W(actor, "actor") W(case_, "case") W(period, "period") \
    W(start, "start") W(calendar, "calendar") W(end, "end") W(running, "running") \
    W(suspended, "suspended") W(open, "open") W(overdue, "overdue") W(met, "met") \
    W(cancelled, "cancelled") W(duty, "duty") W(fact, "fact") W(step, "step") W(any, "any") \
    W(number, "number") W(done, "done") W(passed, "passed") W(failed, "failed") \
    W(no_quorum, "no_quorum") W(entitled, "entitled") W(present, "present") W(valid, "valid") \
    W(for_, "for") W(against, "against") W(returned, "returned") W(issued, "issued") \
    W(abstained, "abstained") W(relative, "relative") W(person, "person") W(kinship, "kinship") \
    W(security, "security") W(system, "system") W(registrar, "registrar") W(clock, "clock") \
    W(notifier, "notifier") W(auditor, "auditor")
/* clang-format on */

struct core_words {
#define W(name, text) symbol name;
    CORE_WORDS(W)
#undef W
};

/* Things that become due, by day: see core/schedule.c. */
struct schedule;

struct state {
    char *origin;
    struct symbol_table *symbols;
    struct rulebook rules;
    struct calendar *calendar;
    struct arena heap; /* what never goes away: names' arrays, small lists */
    int64_t next_entry;
    int64_t recorded_at_us;
    int32_t today; /* civil day of the last entry */
    TABLE(struct member) members;
    TABLE(struct key) keys;
    TABLE(struct assignment_row) assignments;
    TABLE(struct subject) subjects;
    TABLE(struct fact) facts;
    TABLE(struct act) acts;
    TABLE(struct case_row) cases;
    TABLE(struct duty_row) duties;
    TABLE(struct waiver) waivers;
    TABLE(struct activation) activations;
    TABLE(struct reminder_row) reminders;
    TABLE(uint32_t) reminder_members;
    TABLE(uint32_t) told;           /* reminders that are no duty's, by key */
    struct map member_by_id;        /* symbol -> member */
    struct map subject_by_id;       /* symbol -> subject */
    struct map facts_by_type;       /* symbol -> struct numbers * */
    struct map cases_by_procedure;  /* symbol -> struct numbers * */
    struct map subjects_by_kind;    /* symbol -> struct numbers * */
    struct map duties_by_name;      /* symbol -> struct numbers * */
    struct map assignments_by_unit; /* subject + 1 -> struct numbers * */
    struct map member_by_person;    /* subject -> first member that is this person */
    struct map leaning;             /* year -> struct numbers *, see core/leaning.c */
    struct map
        watched; /* (value << 32 | subject) -> day on which it is looked at again, core/watch.c */
    struct map occasions; /* periods, dates, facts that opened something already */
    struct map series;    /* (fact type, slots, year) hash -> last running number */
    struct bytes_map key_by_bytes;
    struct schedule *schedule;
    struct blob_store *blobs; /* parts of packs and calendars, by digest */
    struct core_words words;  /* names the code itself knows */
};

/* --- model.c: lookups --- */
uint32_t state_subject(const struct state *state, symbol id); /* 0 */
uint32_t state_member(const struct state *state, symbol id);  /* 0 */
struct value state_field(const struct state *state, uint32_t subject, symbol name, int32_t at,
                         int64_t known); /* MISSING */
uint32_t state_unit_of(const struct state *state, uint32_t subject,
                       int32_t at); /* field `unit`; a unit's is its parent */
bool state_unit_inside(const struct state *state, uint32_t unit, uint32_t above,
                       int32_t at); /* equal counts */
bool state_holds(const struct state *state, uint32_t member, symbol role, uint32_t unit,
                 int32_t day); /* incl. delegation, roles below by name, units above */
unsigned state_holders(const struct state *state, symbol role, uint32_t unit, int32_t day,
                       uint32_t *ret_members,
                       unsigned max); /* nearest unit upwards that has any; ascending */
bool assignment_holds(const struct state *state, const struct assignment_row *row,
                      int32_t day); /* a delegated one only while the role it stands for holds */
bool same_hand(const struct state *state, uint32_t member,
               uint32_t other); /* one member, or two members of one person */
uint32_t state_member_of_person(const struct state *state, uint32_t person); /* 0 */
void state_member_note(struct state *state, uint32_t member);                /* he is enrolled */
bool fact_in_force(const struct fact *fact, int32_t day);
bool fact_effective(
    const struct fact *fact,
    int64_t known); /* recorded at or before entry `known` and not superseded by then */
const struct numbers *state_numbers(const struct map *map, symbol name); /* NULL if none */
void numbers_add(struct numbers *numbers, int64_t number);
const struct named_value *named_find(const struct named_value *items, unsigned count, symbol name);

#endif
