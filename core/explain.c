/* explain.c - how a due day came about, for people (zh, en) and for programs (JSON).
 *
 * Both forms are made from one list of steps, so that they cannot say different things. */
#include <string.h>

#include "core/calendar.h"
#include "core/check.h"

#define STEPS_MAX_SHOWN   400
#define OVERDUE_SHOWN_MAX 52

enum step_sort {
    SHOWN_START,
    SHOWN_MONTHS,
    SHOWN_DAYS,
    SHOWN_DAY_COUNTED,
    SHOWN_DAY_LEFT_OUT,
    SHOWN_ROLLED
};

struct shown_step {
    enum step_sort sort;
    int32_t date;
    int number; /* months, days, the workday's running number; of the start: does it count */
    bool clamped;
    bool provisional;
};

struct explanation {
    struct shown_step steps[STEPS_MAX_SHOWN];
    unsigned count;
    bool cut; /* more days were counted than are shown */
    struct deadline deadline;
    int32_t overdue[OVERDUE_SHOWN_MAX];
    unsigned overdue_count;
};

static void show(struct explanation *e, struct shown_step step)
{
    if (e->count < STEPS_MAX_SHOWN)
        e->steps[e->count++] = step;
    else
        e->cut = true;
}

static int32_t count_shown(const struct calendar *calendar, const struct explain_request *request,
                           int32_t date, struct explanation *e)
{
    int counted = 0;
    if (request->first_day == FIRST_DAY_COUNTS)
        date--;
    while (counted < request->period.workdays) {
        struct provisional lean = {0};
        date++;
        bool workday = calendar_is_workday(calendar, date, &lean);
        counted += workday;
        show(e, (struct shown_step){workday ? SHOWN_DAY_COUNTED : SHOWN_DAY_LEFT_OUT, date, counted,
                                    false, lean.count > 0});
        provisional_merge(&e->deadline.lean, &lean);
    }
    return date;
}

/* A workday period walks at most this far; longer ones are refused by whoever reads the request. */
static void explanation_make(const struct calendar *calendar, const struct explain_request *request,
                             struct explanation *e)
{
    struct period period = request->period;
    int32_t date = request->from;
    memset(e, 0, sizeof *e);
    bool counts = request->first_day == FIRST_DAY_COUNTS && !period.months;
    show(e, (struct shown_step){.sort = SHOWN_START, .date = date, .number = counts});
    if (period.months) {
        int32_t to = date_add_months(date, period.months);
        bool clamped = to != DATE_NONE && date_civil(to).day != date_civil(date).day;
        date = to;
        show(e, (struct shown_step){SHOWN_MONTHS, date, period.months, clamped, false});
    }
    if (period.days && date != DATE_NONE) {
        date += period.days -
                (request->first_day == FIRST_DAY_COUNTS && !period.months && !period.workdays);
        show(e, (struct shown_step){SHOWN_DAYS, date, period.days, false, false});
    }
    if (period.workdays && date != DATE_NONE)
        date = count_shown(calendar, request, date, e);
    if (date == DATE_NONE) {
        e->deadline.due = DATE_NONE;
        return;
    }
    static const struct ladder none;
    struct provisional lean = e->deadline.lean;
    deadline_make(calendar, request->ladder ? request->ladder : &none, request->from, date,
                  request->roll, request->shift, &e->deadline);
    if (e->deadline.due != date)
        show(e, (struct shown_step){.sort = SHOWN_ROLLED, .date = e->deadline.due});
    provisional_merge(&e->deadline.lean, &lean);
    for (unsigned n = 0; request->ladder && n < request->overdue_notices && n < OVERDUE_SHOWN_MAX;
         n++) {
        int32_t notice = deadline_overdue_notice(calendar, request->ladder, &e->deadline,
                                                 request->shift, n, &e->deadline.lean);
        if (notice == DATE_NONE)
            break;
        e->overdue[e->overdue_count++] = notice;
    }
}

/* Why a day counts or not: 周六, 调休上班 ... */
static const char *day_reason(const struct calendar *calendar, const struct shown_step *step,
                              bool zh)
{
    static const char *const weekdays[2][8] = {
        {"", "周一", "周二", "周三", "周四", "周五", "周六", "周日"},
        {"", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}};
    int weekday = date_weekday(step->date);
    bool counted = step->sort == SHOWN_DAY_COUNTED;
    if (!calendar_has_year(calendar, date_civil(step->date).year) || counted == (weekday <= 5))
        return weekdays[!zh][weekday];
    if (counted)
        return weekday == 6 ? (zh ? "周六，调休上班" : "Saturday, a make-up workday")
                            : (zh ? "周日，调休上班" : "Sunday, a make-up workday");
    return zh ? "节假日" : "public holiday";
}

static void step_text(const struct calendar *calendar, const struct shown_step *step, bool zh,
                      struct buffer *out)
{
    char date[DATE_TEXT_SIZE];
    date_text(step->date, date);
    switch (step->sort) {
    case SHOWN_START:
        buffer_addf(out,
                    step->number
                        ? (zh ? "起算日 %s，当日计入\n" : "start %s, the day itself counts\n")
                    : zh ? "起算日 %s，当日不计\n"
                         : "start %s, the day itself is not counted\n",
                    date);
        break;
    case SHOWN_MONTHS:
        buffer_addf(out,
                    zh                  ? "加 %d 个月：%s%s\n"
                    : step->number == 1 ? "plus %d month: %s%s\n"
                                        : "plus %d months: %s%s\n",
                    step->number, date,
                    !step->clamped ? ""
                    : zh           ? "（该月没有对应日，取月末）"
                                   : " (no such day in that month: its last day)");
        break;
    case SHOWN_DAYS:
        buffer_addf(out,
                    zh                  ? "加 %d 天：%s\n"
                    : step->number == 1 ? "plus %d day: %s\n"
                                        : "plus %d days: %s\n",
                    step->number, date);
        break;
    case SHOWN_DAY_COUNTED:
        buffer_addf(out, zh ? "  %s 计第 %d 个工作日（%s）%s\n" : "  %s workday %d (%s)%s\n", date,
                    step->number, day_reason(calendar, step, zh),
                    !step->provisional ? ""
                    : zh               ? "，暂定"
                                       : ", provisional");
        break;
    case SHOWN_DAY_LEFT_OUT:
        buffer_addf(out, zh ? "  %s 不计（%s）%s\n" : "  %s not counted (%s)%s\n", date,
                    day_reason(calendar, step, zh),
                    !step->provisional ? ""
                    : zh               ? "，暂定"
                                       : ", provisional");
        break;
    case SHOWN_ROLLED:
        buffer_addf(out, zh ? "遇休息日顺延：%s\n" : "moved off a rest day: %s\n", date);
        break;
    }
}

static void dates_text(const char *label, const int32_t *dates, unsigned count, struct buffer *out)
{
    char date[DATE_TEXT_SIZE];
    if (!count)
        return;
    buffer_add_text(out, label);
    for (unsigned i = 0; i < count; i++)
        buffer_addf(out, "%s%s", i ? ", " : "", date_text(dates[i], date));
    buffer_add_char(out, '\n');
}

void deadline_explain_text(const struct calendar *calendar, const struct explain_request *request,
                           struct buffer *out)
{
    struct explanation e;
    char date[DATE_TEXT_SIZE], period[PERIOD_TEXT_SIZE];
    bool zh = strcmp(request->language, "en") != 0;
    explanation_make(calendar, request, &e);
    if (e.deadline.due == DATE_NONE) {
        buffer_add_text(out, zh ? "超出 1900 至 2999 年，无法计算\n"
                                : "outside the years 1900 to 2999: cannot be computed\n");
        return;
    }
    buffer_addf(out, zh ? "到期日 %s（%s，当日24时止）\n" : "due %s (%s, to the end of that day)\n",
                date_text(e.deadline.due, date), period_text(request->period, period));
    for (unsigned i = 0; i < e.count; i++)
        step_text(calendar, &e.steps[i], zh, out);
    if (e.cut)
        buffer_add_text(out, zh ? "  ……（其余各日从略）\n" : "  ... (further days are left out)\n");
    if (request->ladder)
        buffer_addf(out, zh ? "提醒阶梯 %s\n" : "ladder %s\n", request->ladder_name);
    dates_text(zh ? "提醒 " : "reminders ", e.deadline.rungs, e.deadline.rung_count, out);
    dates_text(zh ? "逾期通知 " : "overdue notices ", e.overdue, e.overdue_count, out);
    if (e.deadline.escalations[0] != DATE_NONE)
        dates_text(zh ? "报上级 " : "to the superior ", &e.deadline.escalations[0], 1, out);
    if (e.deadline.escalations[1] != DATE_NONE)
        dates_text(zh ? "报督办机关 " : "to the supervisor ", &e.deadline.escalations[1], 1, out);
    for (unsigned i = 0; i < e.deadline.lean.count; i++)
        buffer_addf(out,
                    zh ? "暂定：%d 年的放假安排尚未载入，按周一至周五推算，载入后重算\n"
                       : "provisional: the calendar of %d is not loaded; Monday to Friday are "
                         "assumed and it will be recomputed\n",
                    e.deadline.lean.years[i]);
}

static void json_dates(const char *name, const int32_t *dates, unsigned count, struct buffer *out)
{
    char date[DATE_TEXT_SIZE];
    buffer_addf(out, ",\"%s\":[", name);
    for (unsigned i = 0; i < count; i++)
        buffer_addf(out, "%s\"%s\"", i ? "," : "", date_text(dates[i], date));
    buffer_add_char(out, ']');
}

static void json_date(const char *name, int32_t day, struct buffer *out)
{
    char date[DATE_TEXT_SIZE];
    if (day == DATE_NONE)
        buffer_addf(out, ",\"%s\":null", name);
    else
        buffer_addf(out, ",\"%s\":\"%s\"", name, date_text(day, date));
}

static void json_step(const struct calendar *calendar, const struct shown_step *step, bool zh,
                      struct buffer *out)
{
    static const char *const sorts[] = {[SHOWN_START] = "start",
                                        [SHOWN_MONTHS] = "months",
                                        [SHOWN_DAYS] = "days",
                                        [SHOWN_DAY_COUNTED] = "counted",
                                        [SHOWN_DAY_LEFT_OUT] = "not_counted",
                                        [SHOWN_ROLLED] = "rolled"};
    char date[DATE_TEXT_SIZE];
    buffer_addf(out, "{\"step\":\"%s\",\"date\":\"%s\"", sorts[step->sort],
                date_text(step->date, date));
    if (step->sort == SHOWN_MONTHS || step->sort == SHOWN_DAYS || step->sort == SHOWN_DAY_COUNTED)
        buffer_addf(out, ",\"number\":%d", step->number);
    if (step->sort == SHOWN_DAY_COUNTED || step->sort == SHOWN_DAY_LEFT_OUT)
        buffer_addf(out, ",\"why\":\"%s\"", day_reason(calendar, step, zh));
    if (step->clamped)
        buffer_add_text(out, ",\"clamped\":true");
    if (step->provisional)
        buffer_add_text(out, ",\"provisional\":true");
    buffer_add_char(out, '}');
}

void deadline_explain_json(const struct calendar *calendar, const struct explain_request *request,
                           struct buffer *out)
{
    struct explanation e;
    char from[DATE_TEXT_SIZE], period[PERIOD_TEXT_SIZE];
    bool zh = strcmp(request->language, "en") != 0;
    explanation_make(calendar, request, &e);
    buffer_addf(out, "{\"from\":\"%s\",\"period\":\"%s\"", date_text(request->from, from),
                period_text(request->period, period));
    json_date("due", e.deadline.due, out);
    buffer_add_text(out, ",\"counted\":[");
    for (unsigned i = 0; i < e.count; i++) {
        if (i)
            buffer_add_char(out, ',');
        json_step(calendar, &e.steps[i], zh, out);
    }
    buffer_addf(out, "],\"cut\":%s", e.cut ? "true" : "false");
    json_dates("reminders", e.deadline.rungs, e.deadline.rung_count, out);
    json_dates("overdue_notices", e.overdue, e.overdue_count, out);
    json_date("to_superior", e.deadline.escalations[0], out);
    json_date("to_supervisor", e.deadline.escalations[1], out);
    buffer_add_text(out, ",\"provisional_years\":[");
    for (unsigned i = 0; i < e.deadline.lean.count; i++)
        buffer_addf(out, "%s%d", i ? "," : "", e.deadline.lean.years[i]);
    buffer_add_text(out, "]}\n");
}
