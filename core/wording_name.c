/* wording_name.c - names of a pack as people call them, and where a path leads. */
#include "core/wording.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"

#define WORDING_DEPTH_MAX 4 /* of values behind values, when asked where a path leads */

void wording_init(struct wording *w, const struct rulebook *book, const struct pack *pack,
                  const char *language, struct buffer *out)
{
    *w =
        (struct wording){.book = book, .pack = pack, .zh = strcmp(language, "en") != 0, .out = out};
    arena_init(&w->arena, 0);
}

void wording_done(struct wording *w)
{
    arena_done(&w->arena);
}

void wording_about(struct wording *w, const struct procedure *procedure)
{
    w->procedure = procedure;
    w->it = (struct spot){.kind = SPOT_SUBJECT};
    w->start = (struct spot){.kind = SPOT_FACT};
    w->value_count = w->parameter_count = w->ladder_count = 0;
    if (procedure && procedure->when.kind == OCCASION_FACT)
        w->start.fact = rulebook_fact(w->book, procedure->when.fact);
    if (procedure && procedure->about.count)
        w->it = wording_type_spot(w, &procedure->about.items[0].type);
}

void say(struct wording *w, const char *zh, const char *en)
{
    buffer_add_text(w->out, w->zh ? zh : en);
}

/* ---- titles ---- */

const char *wording_name(const struct wording *w, symbol name)
{
    return symbol_text(w->book->symbols, name);
}

static const char *named_by(const struct wording *w, const struct pack *pack, symbol name)
{
    for (unsigned i = 0; i < pack->name_count; i++)
        if (pack->names[i].name == name)
            return w->zh ? pack->names[i].title.zh : pack->names[i].title.en;
    return NULL;
}

const char *wording_named(const struct wording *w, symbol name)
{
    const char *text = named_by(w, w->pack, name);
    for (unsigned i = 0; i < w->book->pack_count && !text; i++)
        text = named_by(w, w->book->packs[i], name);
    return text ? text : wording_name(w, name);
}

const char *wording_title(const struct wording *w, const struct title *title, symbol name)
{
    const char *text = w->zh ? title->zh : title->en;
    if (text)
        return text;
    return title->zh ? title->zh : title->en ? title->en : wording_named(w, name);
}

const char *wording_role(const struct wording *w, symbol role)
{
    const struct role_def *def = rulebook_role(w->book, role);
    return def ? wording_title(w, &def->title, role) : wording_name(w, role);
}

const char *wording_fact(const struct wording *w, symbol fact)
{
    const struct fact_def *def = rulebook_fact(w->book, fact);
    return def ? wording_title(w, &def->title, fact) : wording_name(w, fact);
}

const char *wording_procedure(const struct wording *w, symbol procedure)
{
    const struct procedure *def = rulebook_known_procedure(w->book, procedure);
    return def ? wording_title(w, &def->title, procedure) : wording_name(w, procedure);
}

const char *wording_duty(struct wording *w, symbol duty)
{
    const struct duty_def *def = rulebook_known_duty(w->book, duty);
    const char *text = wording_name(w, duty), *dot = strrchr(text, '.');
    if (def)
        return wording_title(w, &def->title, duty);
    if (!dot)
        return text;
    symbol name = symbol_find_n(w->book->symbols, text, (size_t)(dot - text));
    symbol wanted = symbol_find(w->book->symbols, dot + 1);
    const struct procedure *procedure = rulebook_known_procedure(w->book, name);
    for (unsigned i = 0; procedure && i < procedure->step_count; i++)
        if (procedure->steps[i].name == wanted)
            return arena_format(&w->arena, w->zh ? "%s：%s" : "%s: %s",
                                wording_title(w, &procedure->title, name),
                                wording_step(w, &procedure->steps[i]));
    return text;
}

const char *wording_step(const struct wording *w, const struct step *step)
{
    return wording_title(w, &step->title, step->name);
}

/* The outcomes that come with a kind, and what the language itself calls states. */
static const char *const outcome_words[][3] = {
    {"done", "完成", "done"},
    {"agreed", "同意", "agreed"},
    {"approved", "批准", "approved"},
    {"refused", "不同意", "refused"},
    {"passed", "通过", "passed"},
    {"failed", "未通过", "failed"},
    {"no_quorum", "未达法定人数", "no quorum"},
    {"running", "办理中", "running"},
    {"suspended", "中止", "suspended"},
    {"ended", "已办结", "ended"},
    {"cancelled", "已取消", "cancelled"},
    {"open", "未完成", "open"},
    {"met", "已完成", "met"},
    {"overdue", "逾期", "overdue"},
};

static const char *outcome_named(const struct wording *w, symbol name)
{
    const char *text = wording_name(w, name), *named = wording_named(w, name);
    if (strcmp(text, named) != 0)
        return named;
    for (unsigned i = 0; i < sizeof outcome_words / sizeof outcome_words[0]; i++)
        if (strcmp(text, outcome_words[i][0]) == 0)
            return outcome_words[i][w->zh ? 1 : 2];
    return text;
}

const char *wording_outcome(const struct wording *w, const struct outcome *outcome)
{
    return outcome->title.zh || outcome->title.en ? wording_title(w, &outcome->title, outcome->name)
                                                  : outcome_named(w, outcome->name);
}

const char *wording_outcome_of(const struct wording *w, const struct spot *spot, symbol name)
{
    for (unsigned i = 0; spot->step && i < spot->step->outcome_count; i++)
        if (spot->step->outcomes[i].name == name)
            return wording_outcome(w, &spot->step->outcomes[i]);
    return outcome_named(w, name);
}

/* ---- what a name means where it stands ---- */

struct reading {
    const char *text; /* NULL: it means nothing here */
    struct spot next;
};

struct spot wording_type_spot(const struct wording *w, const struct type *type)
{
    struct spot spot = {.kind = SPOT_ANY};
    switch (type->kind) {
    case TYPE_SUBJECT: spot = (struct spot){.kind = SPOT_SUBJECT, .subject = type->name}; break;
    case TYPE_CASE:
        spot = (struct spot){.kind = SPOT_CASE,
                             .procedure = rulebook_known_procedure(w->book, type->name)};
        break;
    case TYPE_LIST:
        if (!type->column_count)
            return type->item ? wording_type_spot(w, type->item) : spot;
        spot = (struct spot){.kind = SPOT_RECORD, .record = type};
        break;
    case TYPE_TABLE: spot = (struct spot){.kind = SPOT_RECORD, .record = type}; break;
    case TYPE_DATE: spot.kind = SPOT_DATE; break;
    case TYPE_MEMBER: spot.kind = SPOT_MEMBER; break;
    case TYPE_SPAN: spot.kind = SPOT_PERIOD; break;
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_NUMBER:
    case TYPE_PERIOD:
    case TYPE_TEXT:
    case TYPE_CODE:
    case TYPE_ONE_OF:
    case TYPE_SERIES:
    case TYPE_NAME: break;
    }
    return spot;
}

static struct reading field_reading(const struct wording *w, const struct field *fields,
                                    unsigned count, symbol name)
{
    for (unsigned i = 0; i < count; i++)
        if (fields[i].name == name)
            return (struct reading){wording_title(w, &fields[i].title, name),
                                    wording_type_spot(w, &fields[i].type)};
    return (struct reading){0};
}

static struct reading slot_reading(const struct wording *w, const struct slots *slots, symbol name)
{
    for (unsigned i = 0; i < slots->count; i++)
        if (slots->items[i].name == name)
            return (struct reading){wording_named(w, name),
                                    wording_type_spot(w, &slots->items[i].type)};
    return (struct reading){0};
}

void wording_note_value(struct wording *w, const struct value_def *value)
{
    for (unsigned i = 0; i < w->value_count; i++)
        if (w->values[i] == value)
            return;
    if (w->quiet)
        return;
    const struct value_def **values =
        ARENA_ARRAY(&w->arena, const struct value_def *, w->value_count + 1);
    for (unsigned i = 0; i < w->value_count; i++)
        values[i] = w->values[i];
    values[w->value_count++] = value;
    w->values = values;
}

/* What a value is, so far as names can follow it. */
static struct spot value_spot(struct wording *w, const struct value_def *value)
{
    struct spot spot = {.kind = SPOT_ANY}, it = w->it;
    const struct procedure *procedure = w->procedure;
    if (w->depth >= WORDING_DEPTH_MAX)
        return spot;
    w->depth++;
    w->quiet++;
    w->procedure = value->procedure;
    if (value->subject_kind)
        w->it = (struct spot){.kind = SPOT_SUBJECT, .subject = value->subject_kind};
    if (value->form == FORM_DATE) {
        spot.kind = SPOT_DATE;
    } else if (value->form == FORM_FIRST) {
        spot = wording_path(w, &value->operands[0]);
    } else if (value->form == FORM_PICK) {
        spot = wording_path(w, &value->picks[0].is);
    } else if (value->form == FORM_SELECTION && value->selection->selector == SELECT_LATEST) {
        struct element element = {wording_source(w, value->selection), w->element};
        w->element = &element;
        spot = (struct spot){.kind = SPOT_DATE};
        if (value->selection->take.kind != OPERAND_NONE)
            spot = wording_path(w, &value->selection->take);
        w->element = element.outer;
    }
    w->procedure = procedure;
    w->it = it;
    w->quiet--;
    w->depth--;
    return spot;
}

static struct reading value_reading(struct wording *w, const struct value_def *value)
{
    wording_note_value(w, value);
    return (struct reading){wording_title(w, &value->title, value->name), value_spot(w, value)};
}

struct built_in { /* a word of the language itself */
    const char *word, *zh;
    enum spot_kind next;
};

static struct reading built_in(const struct wording *w, const struct built_in *words,
                               unsigned count, symbol name)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(wording_name(w, name), words[i].word) == 0)
            return (struct reading){words[i].zh, {.kind = words[i].next}};
    return (struct reading){0};
}

#define BUILT_IN(w, words, name) built_in(w, words, sizeof(words) / sizeof(words)[0], name)

static struct reading in_subject(struct wording *w, const struct spot *spot, symbol name)
{
    static const struct built_in words[] = {{"name", "名称", SPOT_ANY}};
    const struct value_def *value = rulebook_value(w->book, spot->subject, name);
    const struct field *field = rulebook_field(w->book, spot->subject, name);
    if (value)
        return value_reading(w, value);
    if (field)
        return field_reading(w, field, 1, name);
    if (strcmp(wording_name(w, name), "unit") == 0)
        return (struct reading){wording_named(w, name), {.kind = SPOT_SUBJECT, .subject = name}};
    return BUILT_IN(w, words, name);
}

static struct reading in_case(struct wording *w, const struct procedure *procedure, symbol name)
{
    static const struct built_in words[] = {{"state", "状态", SPOT_OUTCOME},
                                            {"started", "开始日期", SPOT_DATE},
                                            {"ended", "办结日期", SPOT_DATE}};
    struct reading reading = {0};
    for (unsigned i = 0; procedure && i < procedure->step_count; i++)
        if (procedure->steps[i].name == name) {
            const char *title = wording_step(w, &procedure->steps[i]);
            return (struct reading){
                arena_format(&w->arena, "「%s」", title),
                {.kind = SPOT_ACT, .procedure = procedure, .step = &procedure->steps[i]}};
        }
    if (procedure)
        reading = slot_reading(w, &procedure->about, name);
    for (unsigned i = 0; procedure && !reading.text && i < procedure->value_count; i++)
        if (procedure->values[i].name == name)
            reading = value_reading(w, &procedure->values[i]);
    return reading.text ? reading : BUILT_IN(w, words, name);
}

static struct reading in_act(struct wording *w, const struct step *step, symbol name)
{
    static const struct built_in words[] = {
        {"date", "日期", SPOT_DATE},       {"recorded", "登记日期", SPOT_DATE},
        {"outcome", "结果", SPOT_OUTCOME}, {"signers", "签字人", SPOT_SUBJECT},
        {"evidence", "材料", SPOT_ANY},    {"waivers", "豁免", SPOT_ANY},
        {"entitled", "应到", SPOT_ANY},    {"present", "实到", SPOT_ANY},
        {"for", "赞成", SPOT_ANY},         {"against", "反对", SPOT_ANY},
        {"abstained", "弃权", SPOT_ANY},   {"valid", "有效", SPOT_ANY},
        {"issued", "发出", SPOT_ANY},      {"returned", "收回", SPOT_ANY}};
    struct reading reading = {0};
    if (step)
        reading = field_reading(w, step->fields.items, step->fields.count, name);
    if (!reading.text) {
        reading = BUILT_IN(w, words, name);
        reading.next.step = step;
    }
    return reading;
}

static struct reading in_fact(struct wording *w, const struct fact_def *fact, symbol name)
{
    static const struct built_in words[] = {{"date", "日期", SPOT_DATE},
                                            {"recorded", "登记日期", SPOT_DATE},
                                            {"lag", "迟登时间", SPOT_ANY}};
    struct reading reading = {0};
    if (fact)
        reading = slot_reading(w, &fact->about, name);
    if (fact && !reading.text)
        reading = field_reading(w, fact->fields.items, fact->fields.count, name);
    return reading.text ? reading : BUILT_IN(w, words, name);
}

static struct reading in_record(struct wording *w, const struct type *record, symbol name)
{
    static const struct built_in words[] = {{"name", "名目", SPOT_ANY}};
    struct reading reading = {0};
    if (record)
        reading = field_reading(w, record->columns, record->column_count, name);
    return reading.text ? reading : BUILT_IN(w, words, name);
}

/* Some value of that name, where what it belongs to is not known. */
static struct reading anywhere(struct wording *w, symbol name)
{
    static const struct built_in words[] = {{"date", "日期", SPOT_DATE},
                                            {"recorded", "登记日期", SPOT_DATE},
                                            {"due", "到期日", SPOT_DATE},
                                            {"name", "名称", SPOT_ANY},
                                            {"state", "状态", SPOT_OUTCOME},
                                            {"outcome", "结果", SPOT_OUTCOME},
                                            {"from", "第一天", SPOT_DATE},
                                            {"to", "最后一天", SPOT_DATE},
                                            {"before", "第一天的前一天", SPOT_DATE},
                                            {"year", "年度", SPOT_PERIOD}};
    for (unsigned p = 0; p < w->book->pack_count; p++)
        for (unsigned i = 0; i < w->book->packs[p]->value_count; i++)
            if (w->book->packs[p]->values[i].name == name)
                return value_reading(w, &w->book->packs[p]->values[i]);
    struct reading reading = BUILT_IN(w, words, name);
    return reading.text ? reading : (struct reading){wording_named(w, name), {.kind = SPOT_ANY}};
}

static struct reading in_period(struct wording *w, symbol name)
{
    static const struct built_in words[] = {{"from", "第一天", SPOT_DATE},
                                            {"to", "最后一天", SPOT_DATE},
                                            {"before", "第一天的前一天", SPOT_DATE},
                                            {"year", "年度", SPOT_PERIOD}};
    return BUILT_IN(w, words, name);
}

static struct reading in_duty(struct wording *w, symbol name)
{
    static const struct built_in words[] = {{"name", "名称", SPOT_DUTY_NAME},
                                            {"due", "到期日", SPOT_DATE},
                                            {"state", "状态", SPOT_OUTCOME},
                                            {"late", "是否逾期", SPOT_ANY},
                                            {"overdue_for", "逾期时间", SPOT_ANY}};
    return BUILT_IN(w, words, name);
}

static struct reading in_spot(struct wording *w, const struct spot *spot, symbol name)
{
    switch (spot->kind) {
    case SPOT_SUBJECT: return in_subject(w, spot, name);
    case SPOT_CASE: return in_case(w, spot->procedure, name);
    case SPOT_ACT: return in_act(w, spot->step, name);
    case SPOT_FACT: return in_fact(w, spot->fact, name);
    case SPOT_RECORD: return in_record(w, spot->record, name);
    case SPOT_PERIOD: return in_period(w, name);
    case SPOT_DUTY: return in_duty(w, name);
    case SPOT_ANY:
    case SPOT_DATE:
    case SPOT_MEMBER:
    case SPOT_OUTCOME:
    case SPOT_DUTY_NAME: break;
    }
    return (struct reading){0};
}

/* ---- where paths begin ---- */

/* `it` by its kind. */
static struct reading it_reading(const struct wording *w)
{
    if (w->element)
        return (struct reading){"该项", w->element->spot};
    const char *kind =
        w->it.kind == SPOT_SUBJECT && w->it.subject ? wording_name(w, w->it.subject) : "";
    return (struct reading){strcmp(kind, "person") == 0 ? "本人"
                            : strcmp(kind, "unit") == 0 ? "本单位"
                            : strcmp(kind, "post") == 0 ? "本岗位"
                                                        : "本对象",
                            w->it};
}

static struct reading beginning(struct wording *w, symbol name)
{
    static const struct built_in words[] = {{"today", "当日", SPOT_DATE},
                                            {"actor", "办理人", SPOT_SUBJECT},
                                            {"period", "本期", SPOT_PERIOD},
                                            {"calendar", "日历上", SPOT_ANY}};
    const char *text = wording_name(w, name);
    struct reading reading = {0};
    for (const struct element *e = w->element; e && !reading.text; e = e->outer)
        reading = in_spot(w, &e->spot, name);
    if (strcmp(text, "it") == 0)
        return it_reading(w);
    if (!reading.text && w->procedure)
        reading = in_case(w, w->procedure, name);
    if (!reading.text && strcmp(text, "case") == 0)
        return (struct reading){"本事项", {.kind = SPOT_CASE, .procedure = w->procedure}};
    if (!reading.text && strcmp(text, "start") == 0)
        return (struct reading){"启动时的事实", w->start};
    if (!reading.text)
        reading = BUILT_IN(w, words, name);
    if (!reading.text)
        reading = in_spot(w, &w->it, name);
    return reading.text ? reading : anywhere(w, name);
}

struct spot wording_path(struct wording *w, const struct operand *operand)
{
    struct spot spot = {.kind = SPOT_ANY};
    if (operand->kind != OPERAND_WORD && operand->kind != OPERAND_PATH)
        return spot;
    for (unsigned i = 0; i < operand->count; i++) {
        struct reading reading =
            i ? in_spot(w, &spot, operand->names[i]) : beginning(w, operand->names[0]);
        if (!reading.text)
            reading = anywhere(w, operand->names[i]);
        if (w->zh && !w->quiet) {
            buffer_add_text(w->out, i && spot.kind != SPOT_PERIOD ? "的" : "");
            buffer_add_text(w->out, reading.text);
        }
        spot = reading.next;
    }
    if (!w->zh && !w->quiet)
        buffer_add_text(w->out, wording_name(w, operand->text));
    return spot;
}
