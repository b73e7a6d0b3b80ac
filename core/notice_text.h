/* notice_text.h - what a reminder says: a subject line and a body, from a text with placeholders.
 *
 * A pack gives texts under `texts` (core/PACKS.md section 5), by duty or procedure, kind and
 * language; what it does not give, the program has. A placeholder is written {word}, a brace of its
 * own {{. A line of a body in which a placeholder has nothing to say is left out.
 *
 * No personal names: duties, cases and units by their numbers and ids. Ids of the subjects come in
 * only where the deployment says so, and only if everybody it goes to may see them. */
#ifndef CORE_NOTICE_TEXT_H
#define CORE_NOTICE_TEXT_H

#include "core/pack.h"
#include "core/state.h"

#define NOTICE_SUBJECT_MAX 200  /* bytes of a pack's subject line: pack check refuses more */
#define NOTICE_BODY_MAX    1600 /* bytes of a pack's body: likewise */

/* With its placeholders filled; what is longer, for a title may be, is cut between characters. */
#define NOTICE_SUBJECT_FILLED_MAX 600
#define NOTICE_BODY_FILLED_MAX    6000
#define NOTICE_IDS_MAX            1000 /* bytes of a list of rules or subjects: the rest is left out */

/* Placeholders: name, and whether only a notice with a due day has it. */
#define NOTICE_WORDS(W)                                                                            \
    W(title, false)    /* of the duty, or of the case's procedure */                               \
    W(name, false)     /* its name in the pack */                                                  \
    W(kind, false)     /* reminder, overdue ... in words */                                        \
    W(due, true)       /* due day */                                                               \
    W(day, false)      /* of this notice */                                                        \
    W(left, true)      /* days from its going out to the due day */                                \
    W(past, true)      /* days from the due day to its going out */                                \
    W(late, false)     /* days that this notice goes out late */                                   \
    W(number, true)    /* of the duty */                                                           \
    W(case, false)     /* number of the case */                                                    \
    W(unit, false)     /* id of the unit whose role holders answer */                              \
    W(rules, false)    /* ids of the rules carried out */                                          \
    W(subjects, false) /* ids of the subjects: only with names = yes */                            \
    W(key, false)      /* of the reminder */

struct notice_facts { /* texts are never NULL; "" and 0 have nothing to say */
    enum notice_kind kind;
    const char *key, *name, *title_zh, *title_en, *unit, *pack, *rules, *subjects;
    int32_t due, day; /* DATE_NONE: none */
    int64_t number;   /* of the duty */
    int64_t case_number;
    int64_t late_days;
    bool suspended; /* nobody may act in the case for now; its due day stands */
};

struct notice_asked {
    const char *key;  /* of the reminder */
    const char *kind; /* before overdue superior supervisor told */
    int64_t about;    /* number of the duty; of `told`: of the case, or 0 */
    int32_t day;
    int64_t late_days;
    const char *const *to; /* members it goes to */
    unsigned to_count;
    bool names; /* ids of subjects may be shown to those who may see them */
};

/* NOTICE_KIND_COUNT: there is no such kind. */
enum notice_kind notice_kind_of(const char *name);
const char *notice_kind_name(enum notice_kind kind);

/* What a state knows of a reminder. Texts are taken from the arena or lent from the state. */
void notice_facts_of(const struct state *state, const struct notice_asked *asked,
                     struct arena *arena, struct notice_facts *ret_facts);

/* Subject and body in a language: the pack's text, else the program's. `state` NULL: the program's.
 * Of a suspended case both begin by saying so, whoever's text it is. */
void notice_render(const struct state *state, const struct notice_facts *facts,
                   const char *language, struct buffer *subject, struct buffer *body);

/* Looks a text of a pack over for a kind. False: `ret_brace` is which of its opening braces is
 * wrong, counted from 0; `word` is the placeholder there, "" if none begins. */
enum notice_wrong { NOTICE_SOUND, NOTICE_NO_WORD, NOTICE_UNKNOWN_WORD, NOTICE_SILENT_WORD };
enum notice_wrong notice_text_check(const char *text, enum notice_kind kind, unsigned *ret_brace,
                                    struct buffer *word);
const char *notice_words_known(void); /* with spaces between */

#endif
