/* list_words.c - see list_words.h. A word stands once, whichever list it comes from. */
#include "cmd/list_words.h"

#include <string.h>

#include "cmd/options.h"

/* clang-format off */
static const struct {
    const char *word, *zh, *en;
} words[] = {
    /* states */
    {"open", "未完成", "open"}, {"overdue", "逾期", "overdue"}, {"met", "已完成", "met"},
    {"cancelled", "已取消", "cancelled"}, {"suspended", "已中止", "suspended"},
    {"running", "进行中", "running"}, {"pending", "待送达", "pending"}, {"sent", "已送达", "sent"},
    {"failed", "未送达", "failed"}, {"dead", "无法送达", "undeliverable"},
    {"acknowledged", "已收到", "acknowledged"}, {"in_force", "有效", "in force"},
    {"superseded", "已更正", "superseded"}, {"taken_back", "已撤回", "taken back"},
    {"ended", "已终止", "ended"}, {"revoked", "已注销", "revoked"},
    {"building", "建立中", "building"}, {"stopped", "已停止", "stopped"},
    {"stalled", "停滞", "stalled"}, {"frozen", "旧版", "frozen"},
    /* kinds of reminders */
    {"before", "到期前提醒", "before it is due"}, {"superior", "报上级", "to the superior"},
    {"supervisor", "报主管部门", "to the supervisor"}, {"told", "告知", "told"},
    /* measures */
    {"case_opened", "案件开始", "cases opened"}, {"case_ended", "案件结束", "cases ended"},
    {"duty_opened", "期限开始", "duties opened"}, {"duty_met", "按期完成", "duties met in time"},
    {"duty_met_late", "逾期完成", "duties met late"}, {"duty_overdue", "期限逾期", "duties overdue"},
    {"duty_cancelled", "期限取消", "duties cancelled"}, {"reminder", "提醒", "reminders"},
    {"delivery_sent", "送达", "deliveries"}, {"delivery_failed", "送达失败", "failed deliveries"},
    {"delivery_dead", "无法送达", "undeliverable"}, {"fact", "事实", "facts"},
    /* verbs */
    {"act", "办理", "act"}, {"waive", "豁免", "waive"}, {"withdraw", "撤回", "withdraw"},
    {"correct", "更正", "correct"}, {"register", "登记", "register"}, {"change", "变更", "change"},
    {"enrol", "登记成员", "enrol"}, {"revoke", "注销密钥", "revoke"}, {"assign", "授予职责", "assign"},
    {"relieve", "免去职责", "relieve"}, {"delegate", "委托", "delegate"}, {"exempt", "免除", "exempt"},
    {"suspend", "中止", "suspend"}, {"resume", "恢复", "resume"}, {"activate", "启用", "activate"},
    {"tick", "到时", "tick"}, {"deliver", "送达", "deliver"}, {"migrate", "转版", "migrate"},
    /* events */
    {"subject_registered", "对象登记", "registered"}, {"subject_changed", "对象变更", "changed"},
    {"step_signed", "签字", "signed"}, {"step_done", "办结步骤", "step done"},
    {"nominated", "提名", "nominated"}, {"approved", "批准", "approved"},
    {"certified", "发证", "certified"}, {"penalized", "处理", "penalized"},
    {"steps_opened", "可办步骤", "steps opened"}, {"step_withdrawn", "撤回步骤", "step withdrawn"},
    {"slot_filled", "填入对象", "subject filled in"}, {"fact_written", "记录事实", "fact written"},
    {"fact_superseded", "更正事实", "fact superseded"}, {"case_suspended", "案件中止", "case suspended"},
    {"case_resumed", "案件恢复", "case resumed"}, {"case_migrated", "案件转版", "case migrated"},
    {"duty_moved", "期限变更", "duty moved"}, {"duty_suspended", "期限中止", "duty suspended"},
    {"duty_resumed", "期限恢复", "duty resumed"}, {"rung_due", "提醒", "reminder due"},
    {"value_changed", "指标变化", "value changed"}, {"waived", "已豁免", "waived"},
    {"warned", "警示", "warned"},
};
/* clang-format on */

bool column_has_words(const char *column)
{
    static const char *const columns[] = {"state", "kind", "outcome", "measure", "verb", "event"};
    for (unsigned i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(column, columns[i]) == 0)
            return true;
    return false;
}

const char *list_word(const char *word)
{
    bool english = strcmp(language(), "en") == 0;
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return english ? words[i].en : words[i].zh;
    return word;
}
