/* notice_text.c - placeholders are filled from the facts of one notice, see notice_text.h. */
#include "core/notice_text.h"

#include <string.h>

#include "core/date.h"
#include "core/eval.h"

static const char *const kind_names[] = {
#define K(name) #name,
    NOTICE_KINDS(K)
#undef K
};

enum notice_word {
#define W(name, dated) WORD_##name,
    NOTICE_WORDS(W)
#undef W
        WORD_COUNT
};

static const struct {
    const char *name;
    bool dated;
} words[] = {
#define W(name, dated) {#name, dated},
    NOTICE_WORDS(W)
#undef W
};

/* ---- the program's own texts ---- */

static const struct notice_text due_text = {
    .subject = {.zh = "【纪实】{kind}：{title}（{name}），{due}到期",
                .en = "[Jishi] {kind}: {title} ({name}), due {due}"},
    .body = {.zh = "期限编号：{number}\n"
                   "事项编号：{case}\n"
                   "单位：{unit}\n"
                   "对象：{subjects}\n"
                   "到期日：{due}（当日24时止）\n"
                   "距到期：{left} 天\n"
                   "已逾期：{past} 天\n"
                   "依据：{rules}\n"
                   "提醒日：{day}\n"
                   "本提醒迟发 {late} 天\n"
                   "\n"
                   "提醒编号：{key}\n",
             .en = "duty: {number}\n"
                   "case: {case}\n"
                   "unit: {unit}\n"
                   "about: {subjects}\n"
                   "due: {due} (to the end of that day)\n"
                   "days left: {left}\n"
                   "days overdue: {past}\n"
                   "rules: {rules}\n"
                   "day of this notice: {day}\n"
                   "this notice goes out {late} days late\n"
                   "\n"
                   "key: {key}\n"}};

static const struct notice_text told_text = {
    .subject = {.zh = "【纪实】{kind}：{title}（事项 {case}）",
                .en = "[Jishi] {kind}: {title} (case {case})"},
    .body = {.zh = "事项编号：{case}\n"
                   "单位：{unit}\n"
                   "对象：{subjects}\n"
                   "日期：{day}\n"
                   "\n"
                   "提醒编号：{key}\n",
             .en = "case: {case}\n"
                   "unit: {unit}\n"
                   "about: {subjects}\n"
                   "day: {day}\n"
                   "\n"
                   "key: {key}\n"}};

static const struct notice_text plain_text = {
    .subject = {.zh = "【纪实】{kind}", .en = "[Jishi] {kind}"},
    .body = {.zh = "日期：{day}\n\n提醒编号：{key}\n", .en = "day: {day}\n\nkey: {key}\n"}};

/* ---- placeholders ---- */

enum notice_kind notice_kind_of(const char *name)
{
    for (unsigned i = 0; i < NOTICE_KIND_COUNT; i++)
        if (strcmp(kind_names[i], name) == 0)
            return (enum notice_kind)i;
    return NOTICE_KIND_COUNT;
}

const char *notice_kind_name(enum notice_kind kind)
{
    return kind_names[kind];
}

const char *notice_words_known(void)
{
#define W(name, dated) " " #name
    static const char known[] = NOTICE_WORDS(W);
#undef W
    return known + 1;
}

static enum notice_word word_of(const char *text, size_t length)
{
    for (unsigned i = 0; i < WORD_COUNT; i++)
        if (strlen(words[i].name) == length && memcmp(words[i].name, text, length) == 0)
            return (enum notice_word)i;
    return WORD_COUNT;
}

/* Length of the word after an opening brace; 0 if none begins or it does not end. */
static size_t word_length(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    return text[length] == '}' ? length : 0;
}

enum notice_wrong notice_text_check(const char *text, enum notice_kind kind, unsigned *ret_brace,
                                    struct buffer *word)
{
    *ret_brace = 0;
    while ((text = strchr(text, '{'))) {
        if (text[1] == '{') {
            text += 2;
            *ret_brace += 2;
            continue;
        }
        size_t length = word_length(text + 1);
        if (!length)
            return NOTICE_NO_WORD;
        enum notice_word found = word_of(text + 1, length);
        if (found == WORD_COUNT || (kind == NOTICE_told && words[found].dated)) {
            buffer_add(word, text + 1, length);
            return found == WORD_COUNT ? NOTICE_UNKNOWN_WORD : NOTICE_SILENT_WORD;
        }
        text += length + 2;
        ++*ret_brace;
    }
    return NOTICE_SOUND;
}

static bool is_english(const char *language)
{
    return strcmp(language, "en") == 0;
}

static void add_date(int32_t date, bool english, struct buffer *out)
{
    char text[DATE_TEXT_SIZE];
    if (date == DATE_NONE)
        return;
    date_text(date, text);
    if (english)
        buffer_add_text(out, text);
    else /* GB/T 9704: no leading zeros */
        buffer_addf(out, "%.4s年%d月%d日", text, (text[5] - '0') * 10 + text[6] - '0',
                    (text[8] - '0') * 10 + text[9] - '0');
}

static void add_number(int64_t number, struct buffer *out)
{
    if (number > 0)
        buffer_addf(out, "%lld", (long long)number);
}

static const char *kind_words(enum notice_kind kind, bool english)
{
    static const struct title titles[] = {
        [NOTICE_before] = {"提醒", "Reminder"},
        [NOTICE_overdue] = {"逾期", "Overdue"},
        [NOTICE_superior] = {"逾期报上级", "Overdue, to the superior"},
        [NOTICE_supervisor] = {"逾期报督办机关", "Overdue, to the supervisor"},
        [NOTICE_told] = {"告知", "Notice"},
        [NOTICE_any] = {"提醒", "Reminder"}};
    return english ? titles[kind].en : titles[kind].zh;
}

static const char *title_words(const struct notice_facts *facts, bool english)
{
    const char *first = english ? facts->title_en : facts->title_zh,
               *other = english ? facts->title_zh : facts->title_en;
    return *first ? first : *other ? other : facts->name;
}

static void add_word(enum notice_word word, const struct notice_facts *facts, bool english,
                     struct buffer *out)
{
    bool counted = facts->due != DATE_NONE && facts->day != DATE_NONE;
    int64_t left = counted ? (int64_t)facts->due - facts->day - facts->late_days : 0;
    switch (word) {
    case WORD_title: buffer_add_text(out, title_words(facts, english)); break;
    case WORD_name: buffer_add_text(out, facts->name); break;
    case WORD_kind: buffer_add_text(out, kind_words(facts->kind, english)); break;
    case WORD_due: add_date(facts->due, english, out); break;
    case WORD_day: add_date(facts->day, english, out); break;
    case WORD_left: add_number(left, out); break;
    case WORD_past: add_number(-left, out); break;
    case WORD_late: add_number(facts->late_days, out); break;
    case WORD_number: add_number(facts->number, out); break;
    case WORD_case: add_number(facts->case_number, out); break;
    case WORD_unit: buffer_add_text(out, facts->unit); break;
    case WORD_rules: buffer_add_text(out, facts->rules); break;
    case WORD_subjects: buffer_add_text(out, facts->subjects); break;
    case WORD_key: buffer_add_text(out, facts->key); break;
    case WORD_COUNT: break;
    }
}

/* One line up to `end`; false if a placeholder had nothing to say. */
static bool fill_line(const char *text, const char *end, const struct notice_facts *facts,
                      bool english, struct buffer *out)
{
    bool said = true;
    while (text < end) {
        size_t length = *text == '{' ? word_length(text + 1) : 0;
        if (length) {
            size_t before = out->size;
            add_word(word_of(text + 1, length), facts, english, out);
            said = said && out->size > before;
            text += length + 2;
        } else {
            text += *text == '{' && text + 1 < end && text[1] == '{';
            buffer_add_char(out, *text++);
        }
    }
    return said;
}

static void take_back(struct buffer *out, size_t size)
{
    out->size = size;
    if (out->data)
        out->data[size] = '\0';
}

static void fill_body(const char *text, const struct notice_facts *facts, bool english,
                      struct buffer *out)
{
    while (*text) {
        size_t length = strcspn(text, "\n"), before = out->size;
        if (!fill_line(text, text + length, facts, english, out))
            take_back(out, before);
        else if (text[length])
            buffer_add_char(out, '\n');
        text += length + (text[length] == '\n');
    }
}

/* A pack's subject that would leave a gap gives way to the program's own, which has none. */
static void fill_subject(const char *text, const char *own, const struct notice_facts *facts,
                         bool english, struct buffer *out)
{
    size_t before = out->size;
    if (text && fill_line(text, text + strlen(text), facts, english, out))
        return;
    take_back(out, before);
    fill_line(own, own + strlen(own), facts, english, out);
}

static void cut(struct buffer *text, size_t max)
{
    static const char ellipsis[] = "…";
    if (text->size <= max)
        return;
    size_t size = max - strlen(ellipsis);
    while (size && ((unsigned char)text->data[size] & 0xc0) == 0x80)
        size--;
    text->size = size;
    buffer_add_text(text, ellipsis);
}

/* ---- which text ---- */

static const char *in_language(const struct title *title, bool english)
{
    return english ? title->en : title->zh;
}

static const char *pack_text(const struct pack *pack, symbol name, enum notice_kind kind,
                             bool english, bool body)
{
    for (unsigned i = 0; pack && name && i < pack->text_count; i++) {
        if (pack->texts[i].name != name)
            continue;
        const struct notice_text *text = &pack->texts[i].texts[kind];
        return in_language(body ? &text->body : &text->subject, english);
    }
    return NULL;
}

/* The nearest: of the duty (or procedure), of the duty's procedure, of the pack; of this kind, of
 * any. */
static const char *text_for(const struct state *state, const struct notice_facts *facts,
                            bool english, bool body)
{
    const struct symbol_table *symbols = state->symbols;
    const struct pack *pack = rulebook_pack(&state->rules, symbol_find(symbols, facts->pack), 0);
    size_t procedure = strcspn(facts->name, ".");
    const symbol names[] = {symbol_find(symbols, facts->name),
                            facts->name[procedure] ? symbol_find_n(symbols, facts->name, procedure)
                                                   : SYMBOL_NONE,
                            symbol_find(symbols, "any")};
    for (unsigned i = 0; i < 3; i++) {
        const char *text = pack_text(pack, names[i], facts->kind, english, body);
        if (!text)
            text = pack_text(pack, names[i], NOTICE_any, english, body);
        if (text)
            return text;
    }
    return NULL;
}

static const struct notice_text *own_text(const struct notice_facts *facts)
{
    if (facts->kind != NOTICE_told)
        return &due_text;
    return facts->case_number ? &told_text : &plain_text;
}

void notice_render(const struct state *state, const struct notice_facts *facts,
                   const char *language, struct buffer *subject, struct buffer *body)
{
    bool english = is_english(language);
    const char *above = state ? text_for(state, facts, english, false) : NULL,
               *below = state ? text_for(state, facts, english, true) : NULL;
    const struct notice_text *own = own_text(facts);
    size_t subject_from = subject->size, body_from = body->size;
    if (facts->suspended) {
        buffer_add_text(subject, english ? "[suspended] " : "【中止】");
        buffer_add_text(body, english ? "the case is suspended; its due day stands\n"
                                      : "该事项已中止，到期日不变\n");
    }
    fill_subject(above, in_language(&own->subject, english), facts, english, subject);
    fill_body(below ? below : in_language(&own->body, english), facts, english, body);
    cut(subject, subject_from + NOTICE_SUBJECT_FILLED_MAX);
    cut(body, body_from + NOTICE_BODY_FILLED_MAX);
}

/* ---- what a state knows of it ---- */

static const char *rules_text(const struct state *state, const struct symbols *rules,
                              struct arena *arena)
{
    const char *text = "";
    for (unsigned i = 0; i < rules->count && strlen(text) < NOTICE_IDS_MAX; i++)
        text = arena_format(arena, "%s%s%s", text, i ? " " : "",
                            symbol_text(state->symbols, rules->items[i]));
    return text;
}

static const char *subject_id(const struct state *state, uint32_t subject)
{
    return subject ? symbol_text(state->symbols, state->subjects.items[subject].id) : "";
}

static bool holds_one_of(const struct state *state, const char *member, const struct symbols *roles,
                         uint32_t unit, int32_t day)
{
    uint32_t found = state_member(state, symbol_find(state->symbols, member));
    for (unsigned i = 0; found && i < roles->count; i++)
        if (state_holds(state, found, roles->items[i], unit, day))
            return true;
    return roles->count == 0;
}

/* Need-to-know of the procedure and of the fact that the duty came from. */
static bool all_may_see(const struct state *state, const struct notice_asked *asked,
                        const struct procedure *procedure, int64_t fact, uint32_t unit)
{
    static const struct symbols nobody_in_particular = {.count = 0};
    const struct fact_def *def =
        fact ? rulebook_fact(&state->rules, state->facts.items[fact].type) : NULL;
    for (unsigned i = 0; i < asked->to_count; i++)
        if (!holds_one_of(state, asked->to[i],
                          procedure ? &procedure->seen_by : &nobody_in_particular, unit,
                          asked->day) ||
            !holds_one_of(state, asked->to[i], def ? &def->seen_by : &nobody_in_particular, unit,
                          asked->day))
            return false;
    return true;
}

static const char *subjects_text(const struct state *state, const struct case_row *row,
                                 const struct value *of, struct arena *arena)
{
    const char *text = "";
    if (!row && of && of->kind == VALUE_SUBJECT)
        return subject_id(state, of->subject);
    for (unsigned i = 0; row && i < row->slot_count && strlen(text) < NOTICE_IDS_MAX; i++)
        if (row->slots[i].value.kind == VALUE_SUBJECT)
            text = arena_format(arena, "%s%s%s", text, *text ? " " : "",
                                subject_id(state, row->slots[i].value.subject));
    return text;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static const struct case_row *case_at(const struct state *state, int64_t number)
{
    return number > 0 && number < (int64_t)state->cases.count ? &state->cases.items[number] : NULL;
}

static void facts_of_case(const struct state *state, const struct notice_asked *asked,
                          struct arena *arena, struct notice_facts *facts)
{
    const struct case_row *row = case_at(state, asked->about);
    if (!row)
        return;
    const struct procedure *procedure = row->procedure;
    facts->case_number = asked->about;
    facts->name = symbol_text(state->symbols, procedure->name);
    facts->pack = symbol_text(state->symbols, procedure->pack->id);
    facts->title_zh = or_empty(procedure->title.zh);
    facts->title_en = or_empty(procedure->title.en);
    facts->rules = rules_text(state, &procedure->rules, arena);
    struct scope scope = scope_of_case(state, arena, asked->about, row, asked->day);
    uint32_t unit = eval_case_unit(&scope);
    facts->unit = subject_id(state, unit);
    if (asked->names && all_may_see(state, asked, procedure, row->start_fact, unit))
        facts->subjects = subjects_text(state, row, NULL, arena);
}

static void facts_of_duty(const struct state *state, const struct notice_asked *asked,
                          struct arena *arena, struct notice_facts *facts)
{
    if (asked->about < 1 || asked->about >= (int64_t)state->duties.count)
        return;
    const struct duty_row *duty = &state->duties.items[asked->about];
    const struct procedure *procedure = duty->procedure;
    const struct title *title = procedure ? &procedure->title : &duty->def->title;
    const struct symbols *rules =
        procedure ? &procedure->steps[duty->step].rules : &duty->def->rules;
    facts->number = asked->about;
    facts->case_number = duty->case_number;
    facts->due = duty->deadline.due;
    const struct case_row *row = case_at(state, duty->case_number);
    facts->suspended = row && row->status == CASE_SUSPENDED;
    facts->name = symbol_text(state->symbols, duty->name);
    facts->pack = symbol_text(state->symbols, (procedure ? procedure->pack : duty->def->pack)->id);
    facts->title_zh = or_empty(title->zh);
    facts->title_en = or_empty(title->en);
    facts->rules = rules_text(state, rules->count || !procedure ? rules : &procedure->rules, arena);
    facts->unit = subject_id(state, duty->unit);
    if (asked->names && all_may_see(state, asked, procedure, duty->fact, duty->unit))
        facts->subjects = subjects_text(state, row, &duty->of, arena);
}

void notice_facts_of(const struct state *state, const struct notice_asked *asked,
                     struct arena *arena, struct notice_facts *ret_facts)
{
    enum notice_kind kind = notice_kind_of(asked->kind);
    *ret_facts = (struct notice_facts){.kind = kind == NOTICE_KIND_COUNT ? NOTICE_any : kind,
                                       .key = asked->key,
                                       .name = "",
                                       .title_zh = "",
                                       .title_en = "",
                                       .unit = "",
                                       .pack = "",
                                       .rules = "",
                                       .subjects = "",
                                       .due = DATE_NONE,
                                       .day = asked->day,
                                       .late_days = asked->late_days};
    if (ret_facts->kind == NOTICE_told)
        facts_of_case(state, asked, arena, ret_facts);
    else
        facts_of_duty(state, asked, arena, ret_facts);
}
