/* pack.h - a pack as the core works with it: what the YAML of one issued document says, name by
 * name, nothing evaluated. core/PACKS.md is the reference manual of the words.
 *
 * A pack is read from text (pack_read), looked over on its own and beside the packs it uses
 * (pack_check), and never changed after. All memory is the pack's arena. Names are symbols of the
 * table given to pack_read. Every part knows its place in the text, for messages. */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/calendar.h"
#include "core/date.h"
#include "core/fault.h"
#include "core/symbol.h"

#define STEPS_MAX      64 /* steps of a procedure: a marking is one word of bits */
#define PATH_NAMES_MAX 6
#define PACK_SIZE_MAX  (1 << 20) /* bytes of a pack's text */
#define PACK_DEPTH_MAX 32        /* nesting of its YAML */

struct place {
    uint32_t line; /* 1-based */
    uint32_t column;
};

struct title {
    const char *zh; /* NULL if none */
    const char *en;
};

struct symbols { /* a list of names */
    symbol *items;
    unsigned count;
};

/* ---- operands: what stands on one side of a comparison ---- */

struct number { /* an exact fraction, den > 0, reduced */
    int64_t num;
    int64_t den;
};

enum operand_kind {
    OPERAND_NONE,
    OPERAND_BOOL,
    OPERAND_NUMBER, /* 3, 2/3, 30% */
    OPERAND_DATE,
    OPERAND_PERIOD,
    OPERAND_WORD, /* one bare word: a member of the left side's list, else a path of one name */
    OPERAND_PATH, /* names with dots */
    OPERAND_PARAMETER, /* $name or $name.key */
    OPERAND_LIST,      /* [operands] */
};

struct operand {
    enum operand_kind kind;
    struct place place;
    symbol text;    /* as written, dots and all */
    unsigned count; /* names of a word, path or parameter; items of a list */
    union {
        bool boolean;
        struct number number;
        int32_t date;
        struct period period;
        symbol names[PATH_NAMES_MAX];
        const struct operand *items;
    };
};

/* ---- predicates ---- */

enum bound_kind {
    BOUND_IS, /* also: a bare right side; a list there is BOUND_IN */
    BOUND_MIN,
    BOUND_MAX,
    BOUND_ABOVE,
    BOUND_BELOW,
    BOUND_IN, /* operand is a list or a path to one */
    BOUND_OTHER_THAN,
    BOUND_INSIDE, /* unit tree */
    BOUND_FILLED,
    BOUND_EMPTY,
};

struct bound {
    enum bound_kind kind;
    struct operand operand;
    symbol of; /* in `vote`: entitled, present or valid */
};

struct bounds {
    struct bound *items;
    unsigned count;
};

struct predicate;

enum selector {
    SELECT_EACH, /* no test: the elements themselves (each: of writes, opens, run, rank among) */
    SELECT_HAS,
    SELECT_LACKS,
    SELECT_COUNT,
    SELECT_SUM,
    SELECT_MEAN,
    SELECT_LATEST,
    SELECT_SHARE,
    SELECT_EVERY,
    SELECT_TIME,
    SELECT_SINCE,
    SELECT_RATIO,
    SELECT_HOLDS,
    SELECT_SIGNED,
    SELECT_UNSIGNED,
};

enum source { /* what a selection goes over; its name says which */
              SOURCE_NONE,
              SOURCE_FACTS,    /* name is a fact type */
              SOURCE_SUBJECTS, /* name is a subject kind */
              SOURCE_CASES,    /* name is a procedure */
              SOURCE_ACTS,     /* name is a step of this case */
              SOURCE_DUTIES,   /* `duty` */
              SOURCE_ANY_FACT, /* `fact` */
              SOURCE_ANY_ACT,  /* `step`, `any` */
              SOURCE_PATH,     /* elements of a list or table */
};

enum window_kind {
    WINDOW_ALL,
    WINDOW_SPAN,     /* in: year quarter half month (of `at`) */
    WINDOW_PERIOD,   /* in: period */
    WINDOW_NAMED,    /* in: {period: path} */
    WINDOW_PREVIOUS, /* in: {previous: quarter} */
    WINDOW_LAST,     /* in: {last: P12M} */
    WINDOW_RANGE,    /* in: {from, to} */
    WINDOW_BOOKED,   /* in: {booked: P15WD} */
};

struct window {
    enum window_kind kind;
    enum span_kind span;
    struct operand a; /* period path, length, from */
    struct operand b; /* to */
};

enum as_unit { AS_NONE, AS_DAYS, AS_MONTHS, AS_YEARS };

struct selection {
    enum selector selector;
    struct place place;
    struct operand what; /* the operand of the selector; several paths of `ratio` are a list */
    struct operand of;   /* subject, subjects (a list), case; NONE: `it`, else the case's subject */
    struct operand take;
    const struct predicate *where;
    const struct predicate *having; /* `having` of share, `have` of every */
    struct operand newest;
    struct window in;
    struct window recorded;
    bool in_force;
    struct operand at;
    struct operand known;
    struct operand within;
    enum as_unit as;
    struct operand who;
    struct operand over;
};

enum predicate_kind { PREDICATE_ALL, PREDICATE_ANY, PREDICATE_COMPARE, PREDICATE_SELECT };

struct predicate {
    enum predicate_kind kind;
    struct place place;
    const struct predicate *children; /* ALL, ANY; ALL of none holds */
    unsigned child_count;
    struct operand left; /* COMPARE */
    const struct selection *selection;
    struct bounds bounds; /* SELECT may have none: then it must be true */
};

/* ---- types and fields ---- */

enum type_kind {
    TYPE_BOOL,
    TYPE_INT,
    TYPE_NUMBER,
    TYPE_DATE,
    TYPE_PERIOD,
    TYPE_TEXT,    /* free text: committed, sealed, decides nothing */
    TYPE_CODE,    /* short text that is no secret: document numbers, credit codes */
    TYPE_SPAN,    /* year half quarter month: see span */
    TYPE_MEMBER,  /* of a list: name is the list */
    TYPE_ONE_OF,  /* of an inline list: choices */
    TYPE_SUBJECT, /* name is the kind; several kinds: choices */
    TYPE_CASE,    /* name is the procedure */
    TYPE_LIST,    /* of item, or of records with columns */
    TYPE_TABLE,   /* name is the list whose members are the rows; columns */
    TYPE_SERIES,  /* running number by slots and year, given by the core */
    TYPE_NAME, /* a name not yet looked up: a list, a kind or a procedure; gone after pack_link */
};

struct field;

struct type {
    enum type_kind kind;
    struct place place;
    symbol name;
    struct symbols choices;
    enum span_kind span;
    bool has_min, has_max;
    struct number min, max;
    const struct type *item;
    struct field *columns;
    unsigned column_count;
    struct symbols series; /* slots, and `year` */
};

struct field {
    symbol name;
    struct title title;
    struct type type;
    bool optional; /* (T) */
    struct place place;
};

struct fields {
    struct field *items;
    unsigned count;
};

/* ---- effects ---- */

struct assignment {
    symbol name;
    struct operand value;
};

struct write {
    symbol fact;
    struct place place;
    struct assignment *assignments;
    unsigned count;
    struct operand date;
    const struct selection *each; /* NULL: once */
};

struct opening {
    symbol procedure;
    struct place place;
    struct assignment *assignments;
    unsigned count;
    const struct selection *each;
};

struct effects {
    const struct predicate *when; /* `if` */
    struct write *writes;
    unsigned write_count;
    struct opening *opens;
    unsigned open_count;
    struct operand *tell; /* roles (word or path of names) or paths to persons */
    unsigned tell_count;
};

/* ---- guards ---- */

enum strength { STRENGTH_RECORD, STRENGTH_WARN, STRENGTH_WAIVE, STRENGTH_REFUSE };

struct guard {
    symbol id; /* default: the rule */
    symbol rule;
    struct place place;
    const char *plain;            /* words for those who may not see the facts; NULL if none */
    enum strength strength;       /* after the pack's cap */
    const char *raised;           /* reason for standing above the cap */
    const struct predicate *when; /* `if`; NULL: always */
    const struct predicate *require;
    struct operand at;
    struct effects effects; /* when it only warned */
};

struct guards {
    struct guard *items;
    unsigned count;
};

struct slot {
    symbol name;
    struct type type; /* SUBJECT, CASE, or a value type such as a list member or SPAN */
    bool optional;
};

struct slots {
    struct slot *items;
    unsigned count;
};

struct guard_set {
    symbol name;
    struct slots about;
    struct guards guards;
};

/* ---- time ---- */

struct due {
    bool present;
    struct place place;
    struct operand from; /* NONE: the day of the act that opened the step */
    struct operand plus; /* a period: literal, parameter or path */
    struct operand date; /* instead of from + plus */
    symbol ladder;       /* 0: by length */
    symbol owner;        /* role; 0: by */
    struct symbols copy; /* roles that get its reminders besides */
};

enum occasion_kind { OCCASION_NONE, OCCASION_FACT, OCCASION_EVERY, OCCASION_DATE };

struct occasion {
    enum occasion_kind kind;
    struct place place;
    symbol fact;          /* FACT */
    enum span_kind every; /* EVERY */
    bool at_end;
    struct operand date; /* DATE */
    symbol subject_kind; /* `for` */
    const struct predicate *where;
};

/* ---- steps and procedures ---- */

enum step_kind {
    STEP_RECORD,
    STEP_REPORT,
    STEP_PUBLISH,
    STEP_INSPECT,
    STEP_RATE,
    STEP_NOMINATE,
    STEP_CONSENT,
    STEP_APPROVE,
    STEP_VOTE,
    STEP_CERTIFY,
    STEP_PENALIZE,
};

enum by_kind { BY_ROLE, BY_ALL, BY_ANY, BY_PERSON, BY_EACH, BY_CLOCK };

struct by {
    enum by_kind kind;
    struct symbols roles; /* ROLE: one, with count; ALL: one of each; ANY: one of them */
    unsigned count;
    struct operand path; /* PERSON, EACH */
    bool proxy;
};

struct after {
    unsigned step;  /* index in the procedure */
    symbol outcome; /* 0: any that goes on */
};

struct vote {
    bool present;
    symbol body; /* role whose holders are entitled; 0: the number is a field `entitled` */
    symbol acts; /* an `each` step whose acts are the votes; 0: numbers in fields */
    struct bounds quorum;
    struct bounds pass;
};

struct outcome {
    symbol name;
    struct title title;
    struct place place;
    const struct predicate *when; /* `if`: computed; NULL */
    symbol to;                    /* step where a new pass starts; 0 */
    symbol end;                   /* name of the end; 0 */
    bool by_default;              /* came by itself with the kind (agreed, refused, passed ...) */
    struct due timeout;
    symbol rule;
    struct effects effects;
};

struct step {
    symbol name;
    struct title title;
    struct place place;
    struct symbols rules;
    enum step_kind kind;
    symbol names; /* slot that a nominate step fills */
    struct by by;
    struct after *after; /* empty: open from the start */
    unsigned after_count;
    const struct predicate *applies; /* `if` */
    bool optional;
    struct symbols evidence;
    struct fields fields;
    struct vote vote;
    struct opening *run;
    unsigned run_count;
    struct due at; /* of `by: clock` */
    struct due due;
    struct effects overdue;
    struct outcome *outcomes; /* at least one: `done` where none is declared */
    unsigned outcome_count;
    struct effects effects;
    struct guards guards;
    struct symbols seen_by;
};

struct value_def;

struct apart { /* nobody signs two of these steps */
    struct symbols steps;
    symbol rule; /* that says so: SOD-1 where the pack names none */
};

struct kin { /* no relative of the slot signs these steps */
    symbol slot;
    struct symbols steps;
};

struct procedure {
    symbol name;
    struct title title;
    struct place place;
    struct symbols rules;
    const struct pack *pack;
    struct slots about;
    struct operand unit; /* path */
    struct occasion when;
    struct step *steps;
    unsigned step_count;
    struct value_def *values;
    unsigned value_count;
    struct guards guards; /* hold for every step */
    struct apart *apart;
    unsigned apart_count;
    struct kin *kin;
    unsigned kin_count;
    const struct predicate *suspend;
    const struct predicate *cancel;
    struct symbols seen_by;
};

/* ---- computed values ---- */

enum value_form {
    FORM_SELECTION,
    FORM_DATE,
    FORM_FIRST,
    FORM_TOTAL,
    FORM_LESS,
    FORM_TIMES,
    FORM_RATIO,
    FORM_MEAN,
    FORM_WEIGHTED,
    FORM_LOOKUP,
    FORM_PICK,
    FORM_RANK,
};

enum round_kind { ROUND_NONE, ROUND_UP, ROUND_DOWN, ROUND_TO };

struct pick_line {
    struct operand is;
    const struct predicate *when; /* NULL: always */
};

struct change { /* `changed` */
    symbol to;  /* new value; 0: any */
    struct effects effects;
};

struct value_def {
    symbol name;
    struct title title;
    struct place place;
    struct symbols rules;
    symbol subject_kind;               /* 0 in a procedure */
    const struct procedure *procedure; /* or the procedure it belongs to */
    const struct pack *pack;
    enum span_kind per;
    struct operand at;
    enum value_form form;
    const struct selection *selection;
    struct operand *operands; /* FIRST, TOTAL, LESS, TIMES, RATIO; WEIGHTED: the paths */
    struct operand *weights;  /* WEIGHTED: numbers or parameters */
    unsigned operand_count;
    struct operand from, plus, minus; /* DATE */
    enum first_day first_day;
    enum round_kind round;
    struct number round_to;
    struct operand least;
    struct operand table; /* LOOKUP: a parameter */
    struct operand *by;
    unsigned by_count;
    struct pick_line *picks;
    unsigned pick_count;
    struct operand rank; /* RANK: the value compared */
    const struct selection *among;
    bool best_low;
    bool ties_dense;
    struct change *changes;
    unsigned change_count;
    bool daily; /* the passing of days changes it too */
};

/* ---- the rest of a pack ---- */

struct list_def {
    symbol name;
    struct title title;
    struct symbols members; /* low to high */
    bool open;              /* a local pack may add members */
    struct place place;
};

struct kind_def {
    symbol name;
    struct title title;
    struct fields fields;
    struct place place;
};

struct role_def {
    symbol name;
    struct title title;
    symbol superior;
    struct place place;
};

/* A parameter's value: one operand, or a table key -> (operand | table). */
struct parameter_node {
    struct operand key;   /* of an entry; a literal or word */
    struct operand value; /* NONE if it has entries */
    struct parameter_node *entries;
    unsigned entry_count;
};

struct parameter {
    symbol name;
    struct title title;
    struct parameter_node value;
    symbol rule;             /* fixed by the text of this rule, or 0 */
    const char *open;        /* left open: by which rule or word; NULL if fixed */
    struct operand min, max; /* what it may be; NONE: anything */
    struct place place;
};

struct ladder_def {
    symbol name;
    struct ladder ladder;
    struct place place;
};

struct fact_def {
    symbol name;
    struct title title;
    struct place place;
    struct slots about;
    struct fields fields;
    struct operand lasts; /* period, or a path of one name: a date field */
    symbol ended_by;
    struct symbols seen_by;
    const struct pack *pack;
};

struct duty_def {
    symbol name;
    struct title title;
    struct place place;
    struct symbols rules;
    const struct pack *pack;
    struct occasion when;
    struct due due;
    const struct predicate *met;
    const struct predicate *cancel;
    symbol owner;
    struct symbols copy; /* roles that get its reminders besides */
    symbol ladder;
};

/* ---- texts of reminders ---- */

/* The kinds of `rung_due`, and `told`; `any` stands for whichever has no text of its own. */
#define NOTICE_KINDS(K) K(before) K(overdue) K(superior) K(supervisor) K(told) K(any)

#define K(name) NOTICE_##name,
enum notice_kind { NOTICE_KINDS(K) NOTICE_KIND_COUNT };
#undef K

struct notice_text { /* with placeholders: core/notice_text.h */
    struct title subject, body;
};

struct text_def {
    symbol name; /* of a duty, a procedure, a step's due day, or `any` */
    struct place place;
    struct notice_text texts[NOTICE_KIND_COUNT];
};

/* ---- boards: lists that people keep, by declaration ---- */

/* clang-format off */
#define ROW_STATES(S)                                                                              \
    S(open,      "待办",   "open")      /* waited for */                                           \
    S(soon,      "临近",   "due soon")  /* the same, or in force, within `soon` of its day */      \
    S(overdue,   "逾期",   "overdue")                                                              \
    S(suspended, "中止",   "suspended")                                                            \
    S(closed,    "已办结", "closed")    /* met, ended, written off */                              \
    S(in_force,  "有效",   "in force")                                                             \
    S(expired,   "已到期", "expired")   /* its last day has passed */                              \
    S(lifted,    "已解除", "lifted")    /* ended by another fact */                                \
    S(cancelled, "已取消", "cancelled")                                                            \
    S(recorded,  "在册",   "recorded")  /* a fact that neither ends nor is waited for */
/* clang-format on */

#define S(name, zh, en) ROW_##name,
enum row_state { ROW_STATES(S) ROW_STATE_COUNT };
#undef S

enum board_source { BOARD_NONE, BOARD_FACT, BOARD_DUTY, BOARD_CASE, BOARD_SUBJECT };

struct board_column {
    symbol name;
    struct title title; /* heading */
    struct place place;
};

/* A date or a cell: a path, or a form of a value. */
struct board_value {
    symbol name; /* of the column; 0 for a date */
    struct operand path;
    const struct value_def *form; /* NULL: the path */
    struct place place;
};

struct board_line { /* one kind of rows */
    symbol name;
    struct title title;
    struct place place;
    struct symbols rules;
    enum board_source source;
    symbol what;        /* fact, duty, procedure, kind of subject */
    enum span_kind per; /* SUBJECT: its values are asked in the period around the day */
    const struct predicate *where;
    struct operand subject, unit; /* paths; NONE: the first subject, its unit */
    symbol owner;                 /* role; 0: the duty's */
    struct board_value due,
        until;           /* until: last day in force of a fact that does not say so itself */
    struct operand soon; /* period */
    const struct predicate *closed, *lifted, *overdue;
    struct title words[ROW_STATE_COUNT]; /* instead of those of ROW_STATES */
    struct board_value *cells;
    unsigned cell_count;
};

struct board_def {
    symbol name;
    struct title title;
    struct place place;
    const struct pack *pack;
    symbol order; /* column by which it comes; 0: in order of recording */
    bool descending;
    struct place order_place;
    struct board_column *columns;
    unsigned column_count;
    struct board_line *lines;
    unsigned line_count;
};

struct name_def { /* how people call a slot, field, value, outcome or end of that name */
    symbol name;
    struct title title;
    struct place place;
};

struct cited_rule {
    symbol id;
    const char *words; /* original words */
    bool record_only;
    const char *reason; /* why record-only */
    struct place place;
};

struct pack {
    symbol id;
    struct place place; /* of its head */
    int64_t words;      /* version of the vocabulary */
    struct title title;
    const char *issuer;
    int32_t effective;
    symbol authority;
    enum strength cap;
    struct symbols uses, may_use;
    symbol extends, within;
    symbol waiver, supervisor;
    enum roll roll;   /* of due days on a rest day */
    enum shift shift; /* of reminders on a rest day */
    struct cited_rule *rules;
    unsigned rule_count;
    struct name_def *names;
    unsigned name_count;
    struct list_def *lists;
    unsigned list_count;
    struct kind_def *kinds;
    unsigned kind_count;
    struct role_def *roles;
    unsigned role_count;
    struct parameter *parameters;
    unsigned parameter_count;
    struct ladder_def *ladders;
    unsigned ladder_count;
    struct fact_def *facts;
    unsigned fact_count;
    struct value_def *values;
    unsigned value_count;
    struct guard_set *guard_sets;
    unsigned guard_set_count;
    struct procedure *procedures;
    unsigned procedure_count;
    struct duty_def *duties;
    unsigned duty_count;
    struct text_def *texts;
    unsigned text_count;
    struct board_def *boards;
    unsigned board_count;
    struct type **named_types;
    unsigned named_type_count; /* to be looked up by pack_link */
    int64_t version;           /* given at activation; 0 while it is only text */
    struct arena arena;
};

/* Messages of reading and checking. */
struct pack_finding {
    struct place place;
    bool warning;   /* else an error: the pack is not accepted */
    char text[400]; /* English */
    char chinese[400];
};

#define PACK_FINDINGS_MAX 100

struct pack_findings {
    struct pack_finding items[PACK_FINDINGS_MAX];
    unsigned count; /* errors and warnings */
    unsigned error_count;
};

/* Notes one in both languages; the format is the English words. pack_finding.c has the Chinese. */
void finding_note(struct pack_findings *findings, struct place place, bool warning,
                  const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

/* Reads one pack. On errors returns NULL and `findings` says where and what; never partial. */
struct pack *pack_read(const char *text, size_t size, struct symbol_table *symbols,
                       struct pack_findings *findings);
void pack_free(struct pack *pack);

bool symbols_have(const struct symbols *list, symbol name);
/* By itself, or by a step or guard of it. */
bool procedure_cites(const struct procedure *procedure, symbol rule);

/* Looks up the lists, kinds and procedures that types name, here and in `others` (newest version of
 * each pack). Once, before the pack is checked or put in force. */
void pack_link(struct pack *pack, const struct pack *const *others, unsigned other_count,
               const struct symbol_table *symbols, struct pack_findings *findings);

/* Looks it over beside the packs it uses (newest version of each; `pack` itself not among them). */
void pack_check(const struct pack *pack, const struct pack *const *others, unsigned other_count,
                struct symbol_table *symbols, struct pack_findings *findings);

#endif
