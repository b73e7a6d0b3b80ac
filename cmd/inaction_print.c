/* inaction_print.c - the proof of non-action for people, for programs and for a table. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/csv.h"
#include "cmd/inaction.h"
#include "cmd/options.h"
#include "cmd/plain.h"
#include "core/date.h"

#define HEX_SIZE  (2 * DIGEST_SIZE + 1)
#define TIME_SIZE 32

static const char *hex_text(const uint8_t digest[DIGEST_SIZE], char out[HEX_SIZE])
{
    for (unsigned i = 0; i < DIGEST_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return out;
}

/* In Asia/Shanghai, to the second. */
static const char *time_text(int64_t recorded_at_us, char out[TIME_SIZE])
{
    char date[DATE_TEXT_SIZE];
    int64_t second = (recorded_at_us / 1000000 + 8 * 3600) % 86400;
    snprintf(out, TIME_SIZE, "%s %02d:%02d:%02d", date_text(moment_day(recorded_at_us), date),
             (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    return out;
}

static const char *day_text(int32_t day, char out[DATE_TEXT_SIZE])
{
    return day == DATE_NONE ? "" : date_text(day, out);
}

/* ---- words ---- */

struct word {
    const char *name, *zh, *en;
};

static const struct word words[] = {
    {"before", "到期前提醒", "reminder"},
    {"overdue", "逾期通知", "overdue notice"},
    {"superior", "报上级", "to the superior"},
    {"supervisor", "报督办机关", "to the supervisor"},
    {"sent", "已送出", "sent"},
    {"failed", "未送出", "failed"},
    {"dead", "放弃", "given up"},
    {"late", "逾期后履行", "met late"},
    {"in time", "按期履行", "met in time"},
    {"exempt", "免除", "exempted"},
    {"condition", "条件不再成立", "its condition holds no more"},
    {"fact corrected", "事实更正", "its fact was corrected"},
    {"fact taken back", "事实撤回", "its fact was taken back"},
    {"calendar", "放假安排公布", "a calendar was published"},
    {"resumed", "恢复计算", "its clock was resumed"},
    {"date moved", "所依日期变动", "its date moved"},
    {"no date", "所依日期不再存在", "there is no date any more"},
};

static const char *word_text(const char *name)
{
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].name, name) == 0)
            return in_words(words[i].zh, words[i].en);
    return name;
}

static const struct word kinds[HAPPENING_KINDS] = {
    [HAPPENED_OVERDUE] = {"overdue", "逾期", "overdue"},
    [HAPPENED_REMINDED] = {"reminded", "提醒", "reminded"},
    [HAPPENED_DELIVERED] = {"delivered", "送达", "delivery"},
    [HAPPENED_ACKNOWLEDGED] = {"acknowledged", "签收", "acknowledged"},
    [HAPPENED_MOVED] = {"moved", "改期", "moved"},
    [HAPPENED_MET] = {"met", "履行", "met"},
    [HAPPENED_CANCELLED] = {"cancelled", "取消", "cancelled"},
};

static const char *kind_text(const struct happening *happening)
{
    return in_words(kinds[happening->kind].zh, kinds[happening->kind].en);
}

/* ---- for people ---- */

static void who_add(struct buffer *out, const struct happening *happening)
{
    for (unsigned i = 0; i < happening->who_count; i++)
        buffer_addf(out, "%s%s", i ? in_words("、", ", ") : " ", happening->who[i]);
    if (!happening->who_count)
        buffer_addf(out, " %s", in_words("（无人）", "(nobody)"));
}

static void detail_add(struct buffer *out, const struct happening *happening)
{
    if (happening->kind == HAPPENED_OVERDUE && happening->vacant)
        buffer_addf(out, "%s",
                    in_words("（职责空缺，由上一级负责）",
                             " (the role was vacant: the next level answers)"));
    if (happening->kind == HAPPENED_REMINDED) {
        buffer_addf(out, " %s", happening->key);
        if (happening->late_days > 0)
            buffer_addf(out, in_words("，迟发 %lld 天", ", %lld days late"),
                        (long long)happening->late_days);
    }
    if (happening->kind == HAPPENED_DELIVERED)
        buffer_addf(out, in_words(" %s，第 %lld 次 %s", " %s, attempt %lld %s"), happening->channel,
                    (long long)happening->attempt, happening->key);
    if (happening->kind == HAPPENED_ACKNOWLEDGED)
        buffer_addf(out, " %s", happening->key);
    if (*happening->detail)
        buffer_addf(out, " %s", happening->detail);
}

static void print_happening(const struct happening *happening)
{
    char date[DATE_TEXT_SIZE], when[TIME_SIZE], leaf[HEX_SIZE];
    struct buffer line;
    bool has_who = happening->kind <= HAPPENED_ACKNOWLEDGED;
    buffer_init(&line);
    buffer_addf(&line, "  %s %s", time_text(happening->evidence.recorded_at_us, when),
                kind_text(happening));
    if (*happening->word)
        buffer_addf(&line, " %s", word_text(happening->word));
    if (happening->day != DATE_NONE)
        buffer_addf(&line, " %s", day_text(happening->day, date));
    if (has_who)
        who_add(&line, happening);
    detail_add(&line, happening);
    plain_line(stdout, "%s", buffer_text(&line));
    buffer_done(&line);
    plain_line(stdout, "      %s %lld  %s %s", in_words("第", "entry"),
               (long long)happening->evidence.number, in_words("条  叶", "leaf"),
               hex_text(happening->evidence.leaf, leaf));
}

static void print_root(const struct inaction *inaction)
{
    uint8_t root[DIGEST_SIZE];
    char hex[HEX_SIZE];
    tree_root(&inaction->tree, root);
    printf(in_words("逾期 %u 项；日志 %lld 条，根 %s\n",
                    "%u overdue; a log of %lld entries, root %s\n"),
           inaction->count, (long long)inaction->tree.size, hex_text(root, hex));
}

void inaction_print_text(const struct inaction *inaction)
{
    char date[DATE_TEXT_SIZE], leaf[HEX_SIZE];
    for (unsigned i = 0; i < inaction->count; i++) {
        const struct overdue_duty *duty = &inaction->duties[i];
        plain_line(
            stdout,
            in_words("期限 %lld %s（%s）对象 %s 单位 %s", "duty %lld %s (%s) of %s, unit %s"),
            (long long)duty->number, duty->title, duty->name, duty->of, duty->unit);
        plain_line(stdout, in_words("  到期日 %s，责任职责 %s", "  due %s, owner %s"),
                   day_text(duty->due, date), duty->owner);
        printf(in_words("      第 %lld 条  叶 %s\n", "      entry %lld  leaf %s\n"),
               (long long)duty->opened.number, hex_text(duty->opened.leaf, leaf));
        for (const struct happening *one = duty->first; one; one = one->next)
            print_happening(one);
        printf("\n");
    }
    print_root(inaction);
}

/* ---- for programs ---- */

static void json_set_day(json_t *object, const char *name, int32_t day)
{
    char date[DATE_TEXT_SIZE];
    json_object_set_new(object, name,
                        day == DATE_NONE ? json_null() : json_string(date_text(day, date)));
}

static json_t *json_of_evidence(const struct evidence *evidence)
{
    char hex[HEX_SIZE];
    return json_pack("{s:I,s:s,s:I}", "number", (json_int_t)evidence->number, "leaf",
                     hex_text(evidence->leaf, hex), "recorded_at_us",
                     (json_int_t)evidence->recorded_at_us);
}

static json_t *json_of_happening(const struct happening *happening)
{
    json_t *object = json_of_evidence(&happening->evidence), *who = json_array();
    for (unsigned i = 0; i < happening->who_count; i++)
        json_array_append_new(who, json_string(happening->who[i]));
    json_object_set_new(object, "what", json_string(kinds[happening->kind].name));
    json_object_set_new(object, "who", who);
    json_set_day(object, "day", happening->day);
    json_object_set_new(object, "word", json_string(happening->word));
    if (*happening->key)
        json_object_set_new(object, "key", json_string(happening->key));
    if (happening->kind == HAPPENED_OVERDUE)
        json_object_set_new(object, "vacant", json_boolean(happening->vacant));
    if (happening->kind == HAPPENED_REMINDED)
        json_object_set_new(object, "late_days", json_integer(happening->late_days));
    if (happening->kind == HAPPENED_DELIVERED) {
        json_object_set_new(object, "channel", json_string(happening->channel));
        json_object_set_new(object, "attempt", json_integer(happening->attempt));
        json_object_set_new(object, "detail", json_string(happening->detail));
    }
    return object;
}

void inaction_print_json(const struct inaction *inaction)
{
    uint8_t root[DIGEST_SIZE];
    char hex[HEX_SIZE];
    json_t *duties = json_array();
    tree_root(&inaction->tree, root);
    for (unsigned i = 0; i < inaction->count; i++) {
        const struct overdue_duty *duty = &inaction->duties[i];
        json_t *course = json_array();
        json_t *object =
            json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:o}", "duty", (json_int_t)duty->number, "name",
                      duty->name, "title", duty->title, "of", duty->of, "unit", duty->unit, "owner",
                      duty->owner, "opened", json_of_evidence(&duty->opened));
        json_set_day(object, "due", duty->due);
        for (const struct happening *one = duty->first; one; one = one->next)
            json_array_append_new(course, json_of_happening(one));
        json_object_set_new(object, "course", course);
        json_array_append_new(duties, object);
    }
    json_t *all = json_pack("{s:I,s:s,s:o}", "entries", (json_int_t)inaction->tree.size, "root",
                            hex_text(root, hex), "duties", duties);
    char *text = json_dumps(all, JSON_COMPACT);
    printf("%s\n", text ? text : "{}");
    free(text);
    json_decref(all);
}

/* ---- for a table ---- */

static void print_int_cell(int64_t number)
{
    printf("%lld,", (long long)number);
}

static void print_happening_row(const struct overdue_duty *duty, const struct happening *happening)
{
    char date[DATE_TEXT_SIZE], when[TIME_SIZE], hex[HEX_SIZE], who[4000] = "";
    for (unsigned i = 0; i < happening->who_count; i++) {
        size_t used = strlen(who);
        snprintf(who + used, sizeof who - used, "%s%s", i ? " " : "", happening->who[i]);
    }
    print_int_cell(duty->number);
    csv_cell(duty->name, true, false);
    csv_cell(duty->title, true, false);
    csv_cell(duty->of, true, false);
    csv_cell(duty->unit, true, false);
    csv_cell(duty->owner, true, false);
    csv_cell(day_text(duty->due, date), true, false);
    csv_cell(kind_text(happening), true, false);
    csv_cell(word_text(happening->word), true, false);
    csv_cell(day_text(happening->day, date), true, false);
    csv_cell(who, true, false);
    csv_cell(happening->vacant ? in_words("是", "yes") : "", true, false);
    csv_cell(happening->channel, true, false);
    print_int_cell(happening->attempt);
    print_int_cell(happening->late_days);
    csv_cell(happening->key, true, false);
    csv_cell(happening->detail, true, false);
    csv_cell(time_text(happening->evidence.recorded_at_us, when), true, false);
    print_int_cell(happening->evidence.number);
    csv_cell(hex_text(happening->evidence.leaf, hex), true, true);
}

void inaction_print_csv(const struct inaction *inaction)
{
    printf("\xef\xbb\xbf%s\r\n",
           in_words(
               "期限,名称,标题,对象,单位,责任职责,到期日,事项,情况,日期,人员,职责空缺,渠道,第几次,"
               "迟发天数,提醒编号,说明,记录时间,记录号,叶哈希",
               "duty,name,title,of,unit,owner,due,what,how,day,who,vacant,channel,attempt,"
               "late days,reminder,detail,recorded at,entry,leaf"));
    for (unsigned i = 0; i < inaction->count; i++)
        for (const struct happening *one = inaction->duties[i].first; one; one = one->next)
            print_happening_row(&inaction->duties[i], one);
}
