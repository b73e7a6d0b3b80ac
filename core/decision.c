/* decision.c - the refusals: names for programs, words for people, and which of them the log keeps.
 */
#include "core/decision.h"

#include <string.h>

#define R(name, text) [REFUSAL_##name] = #name,
static const char *const names[REFUSAL_COUNT] = {[REFUSAL_none] = "", REFUSALS(R)};
#undef R

#define R(name, text) [REFUSAL_##name] = text,
static const char *const texts_en[REFUSAL_COUNT] = {[REFUSAL_none] = "accepted", REFUSALS(R)};
#undef R

static const char *const texts_zh[REFUSAL_COUNT] = {
    [REFUSAL_none] = "已受理",
    [REFUSAL_guard] = "规则不允许",
    [REFUSAL_order] = "还没有轮到这一步",
    [REFUSAL_closed] = "该事项已经办结",
    [REFUSAL_suspended] = "该事项已中止",
    [REFUSAL_version] = "该事项在您查看之后已有变动",
    [REFUSAL_signer] = "应由他人签字",
    [REFUSAL_separation] = "职责分离",
    [REFUSAL_signed_already] = "您已经签过字",
    [REFUSAL_evidence] = "缺少材料",
    [REFUSAL_field] = "缺少填报项或填报项超出范围",
    [REFUSAL_outcome] = "没有选择结果或结果不存在",
    [REFUSAL_slot] = "缺少对象或对象种类不符",
    [REFUSAL_conflict] = "已存在而内容不同",
    [REFUSAL_late] = "已过有效时间",
    [REFUSAL_future] = "日期在将来",
    [REFUSAL_not_due] = "没有到期的事项",
    [REFUSAL_withdraw] = "下一步已经开始",
    [REFUSAL_limit] = "达到上限",
    [REFUSAL_pack] = "规则包文本有误",
    [REFUSAL_migration] = "该事项与程序的那个版本不合",
    [REFUSAL_not_entitled] = "该密钥没有相应职责",
    [REFUSAL_unknown_key] = "该密钥没有登记",
    [REFUSAL_unknown_origin] = "命令属于另一个日志",
    [REFUSAL_unknown_subject] = "没有这个对象",
    [REFUSAL_unknown_case] = "没有这个事项",
    [REFUSAL_unknown_what] = "没有这个步骤、事实或种类",
    [REFUSAL_unknown_number] = "没有这个期限、行为、事实、任命或密钥",
};

const char *refusal_name(enum refusal_code code)
{
    return code < REFUSAL_COUNT ? names[code] : "?";
}

const char *refusal_text(enum refusal_code code, const char *language)
{
    if (code >= REFUSAL_COUNT)
        return "?";
    return strcmp(language, "en") == 0 ? texts_en[code] : texts_zh[code];
}

enum refusal_code refusal_find(const char *name, size_t length)
{
    for (unsigned i = 0; i < REFUSAL_COUNT; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return (enum refusal_code)i;
    return REFUSAL_COUNT;
}

bool refusal_is_kept(enum refusal_code code)
{
    return code > REFUSAL_none && code < REFUSAL_not_entitled && code != REFUSAL_not_due;
}
