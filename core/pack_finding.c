/* pack_finding.c - what is wrong with a pack, noted in English and in Chinese.
 *
 * Who finds it writes the English words; the Chinese ones stand here, beside the English format that they
 * stand for and with the same arguments in the same order. Names of words of the language are not
 * translated: they are what has to be written. */
#include "core/pack.h"

#include <stdio.h>
#include <string.h>

struct wording {
    const char *english;
    const char *chinese;
};

static const struct wording wordings[] = {
    /* reading */
    {"unknown word \"%.40s\" in %s; known: %s", "“%.40s”不是 %s 里的词；可用的词：%s"},
    {"expected a map for %s", "%s 应当是“词: 值”的形式"},
    {"expected a name of 1 to %d bytes", "应当是 1 至 %d 个字节的名字"},
    {"expected a name or a list of names", "应当是一个名字，或者一列名字"},
    {"a range of rules is written SD-2.4..2.7", "连续的规则写作 SD-2.4..2.7"},
    {"expected true or false", "应当是 true 或 false"},
    {"expected a type", "应当是一种类型"},
    {"expected a type: a word, [a, b], {list: T}, {table: list, ...}, {series: [...]} or {type: "
     "int, min: 1}",
     "应当是一种类型：一个词、[a, b]、{list: T}、{table: list, ...}、{series: [...]} 或 {type: "
     "int, "
     "min: 1}"},
    {"expected a date such as 2019-01-01", "应当是日期，例如 2019-01-01"},
    {"this program knows version 1 of the words: words: 1", "本程序认得的词汇是第 1 版：words: 1"},
    {"authority is issued, issued-on-trial, practice, programme or proposal",
     "authority 是 issued、issued-on-trial、practice、programme 或 proposal"},
    {"a pack has an id", "规则包要有 id"},
    {"a list has members, low to high", "清单要有成员，由低到高排列"},
    {"a parameter has a value, and `rule` (fixed by the text) or `open` (left open by it)",
     "参数要有 value，并写明 rule（原文所定）或 open（原文未定）"},
    {"%sexpected a period such as P7D", "%s应当是一段时间，例如 P7D"},
    {"a ladder has at most %d reminders", "提醒梯级最多 %d 次"},
    {"after: [first notice, then every]", "after 写作 [第一次, 以后每隔]"},
    {"a fact says in whose dossier it stands: about: [person]",
     "事实要写明记在谁的档案里：about: [person]"},
    {"a pack begins with pack: {id: ..., words: 1, ...}",
     "规则包以 pack: {id: ..., words: 1, ...} 开头"},
    {"a pack is one YAML document, a map", "规则包是一份 YAML，由“词: 值”组成"},
    {"too many nodes", "内容太多"},
    {"a name must be plain text", "名字应当是普通文字"},
    {"nested too deeply", "层次太深"},
    {"anchors and tags are not used here", "这里不用锚点和标签"},
    {"anchors and aliases are not used here", "这里不用锚点和别名"},
    {"a zero byte in a text", "文字里有零字节"},
    {"this name stands twice in one map", "这个名字在同一处出现了两次"},
    {"unknown type \"%.60s\": no list, kind of subject or procedure of that name here or in the "
     "used "
     "packs",
     "不认识的类型“%.60s”：这里和所用的规则包里没有这个名字的清单、对象种类或程序"},
    {"\"%s\": a parameter is written $name or $name.key", "“%s”：参数写作 $名字 或 $名字.键"},
    {"\"%s\": expected a value, a name or a path", "“%s”：应当是值、名字或路径"},
    {"expected a value, a path or a list, no map", "应当是值、路径或一列，不能是“词: 值”"},
    {"expected a bound such as min, max, is, in", "应当是界限，例如 min、max、is、in"},
    {"expected year, half, quarter, month, period or a map such as {last: P12M}",
     "应当是 year、half、quarter、month、period，或者例如 {last: P12M}"},
    {"expected days, months or years", "应当是 days、months 或 years"},
    {"expected a list of conditions", "应当是一列条件"},
    {"expected a condition: {path: bound}, a selection, or a list of them",
     "应当是条件：{路径: 界限}、一项选取，或者一列条件"},
    {"strength is refuse, waive, warn or record", "strength 是 refuse、waive、warn 或 record"},
    {"a guard needs a rule (or id) and `require`", "条件要有 rule（或 id）和 require"},
    {"expected a list of guards", "应当是一列条件"},
    {"there is no set of guards named \"%s\" in this pack", "本规则包没有名为“%s”的一组条件"},
    {"due needs a period (plus) or a date", "due 要有一段时间（plus）或日期（date）"},
    {"count is a number from 1 to 32", "count 是 1 至 32 的数"},
    {"a step says who does it: by: role", "步骤要写明由谁办：by: 职责"},
    {"a vote says what passes: pass: {above: 1/2, of: entitled}",
     "表决要写明怎样算通过：pass: {above: 1/2, of: entitled}"},
    {"an outcome goes to a step or ends the case, not both",
     "结果或转到某一步，或结束事项，不能两样都写"},
    {"unknown kind of step; known: record report publish inspect rate nominate consent approve "
     "vote "
     "certify penalize",
     "不认识的步骤种类；可用的：record report publish inspect rate nominate consent approve vote "
     "certify penalize"},
    {"after names other steps of the procedure, or step.outcome, or start",
     "after 写本程序的其他步骤、步骤.结果，或者 start"},
    {"a step of kind vote has `vote: {...}`, and only such a step",
     "vote: {...} 只用于表决步骤，表决步骤必须有"},
    {"a step of kind nominate says which slot it fills: names: candidate",
     "提名步骤要写明填哪个对象：names: candidate"},
    {"a procedure has 1 to %d steps", "一个程序有 1 至 %d 步"},
    {"every is year, half, quarter or month", "every 是 year、half、quarter 或 month"},
    {"when is a fact, a period (every) or a date", "when 是一种事实、一段周期（every）或一个日期"},
    {"say for whom: for: person", "要写明对谁：for: person"},
    {"due_on_rest_day is none or next_workday", "due_on_rest_day 是 none 或 next_workday"},
    {"remind_on_rest_day is previous_workday or none",
     "remind_on_rest_day 是 previous_workday 或 none"},
    {"apart is a list of groups of steps: [[proposed, decided]]",
     "apart 是一列步骤的组：[[proposed, decided]]"},
    {"a procedure has `about` (its slots) and `steps`", "程序要有 about（对象）和 steps（步骤）"},
    {"a duty says when it arises, what meets it and who owns it: when, met, owner",
     "期限要写明何时产生、怎样算完成、由谁负责：when、met、owner"},
    {"owner and copy of a duty stand beside due, not within it",
     "期限的 owner 和 copy 写在 due 之外，不写在 due 里面"},
    {"a duty opened by a fact says by when: due: P6M", "由事实产生的期限要写明多久：due: P6M"},
    {"expected a list of operands", "应当是一列运算的项"},
    {"a weight is a number above 0, or a parameter", "权重是大于零的数，或者参数"},
    {"expected lines {is: value, if: condition}", "应当是一行行 {is: 值, if: 条件}"},
    {"a lookup needs a parameter table and `by`: {lookup: $table, by: [path]}",
     "查表要有参数表和 by：{lookup: $表, by: [路径]}"},
    {"first_day knows only: counts", "first_day 只能是 counts"},
    {"a rank needs among: {each: ...}", "排名要有 among: {each: ...}"},
    {"round is up, down or a step such as 0.1", "round 是 up、down，或者例如 0.1"},
    {"a date has plus or minus, not both", "日期或用 plus，或用 minus，不能两样都用"},
    {"expected one operation: a selector, from with plus or minus, first, total, less, times, "
     "ratio, "
     "mean, lookup, pick or rank",
     "应当是一种运算：选取、from 加 plus 或 "
     "minus、first、total、less、times、ratio、mean、lookup、pick "
     "或 rank"},
    {"a value of a pack says whose it is: for: person", "规则包的值要写明是谁的：for: person"},
    {"daily stands beside changed, of a value without per",
     "daily 与 changed 同用，只用于没有 per 的值"},
    {"expected a text, or {zh: text, en: text}", "应当是文字，或者 {zh: 文字, en: 文字}"},
    {"a text of reminders has a subject or a body: {subject: text, body: text}",
     "提醒文字要有 subject 或 body：{subject: 文字, body: 文字}"},
    {"a subject is one line of at most %d bytes", "subject 只有一行，最多 %d 个字节"},
    {"a body has at most %d bytes", "body 最多 %d 个字节"},
    {"no placeholder begins here: it is written {word}, a brace of its own {{",
     "这里不是占位词：占位词写作 {词}，单独的花括号写作 {{"},
    {"no placeholder is named {%.40s}; known: %s", "没有占位词 {%.40s}；可用的：%s"},
    {"{%.40s} has nothing to say in a text of kind %s", "{%.40s} 在 %s 类文字里没有内容"},
    {"whoever is told something has no due day: told stands under a procedure or any",
     "告知没有到期日：told 只写在程序或 any 之下"},
    /* names */
    {"no duty, procedure or step with a due day of this pack is named \"%s\"",
     "本规则包没有名为“%s”的期限、程序或有期限的步骤"},
    {"no role \"%s\" is declared here or in the used packs", "这里和所用的规则包没有职责“%s”"},
    {"no ladder \"%s\"; known are those of the common pack and of this one",
     "没有提醒梯级“%s”；可用公共部分和本规则包的"},
    {"the cited rule %s is not among `rules` here or in the used packs",
     "所引的规则 %s 不在这里和所用规则包的 rules 里"},
    {"no parameter $%s is declared here or in the used packs", "这里和所用的规则包没有参数 $%s"},
    {"\"%s\" is no fact, procedure, kind of subject or step", "“%s”不是事实、程序、对象种类或步骤"},
    {"the path %s leads nowhere: nothing here or in the used packs has a slot, step, field or "
     "value "
     "\"%s\"",
     "路径 %s 无处可通：这里和所用的规则包都没有叫“%s”的对象、步骤、填报项或值"},
    {"no fact \"%s\" is declared here or in the used packs", "这里和所用的规则包没有事实“%s”"},
    {"the fact %s has no slot or field \"%s\"", "事实 %s 没有对象或填报项“%s”"},
    {"the field \"%s\" of the fact %s is not given, and no default fills it",
     "没有给出填报项“%s”（事实 %s），也没有缺省值"},
    {"no procedure \"%s\" here or in the used packs", "这里和所用的规则包没有程序“%s”"},
    {"%s has no slot \"%s\"", "%s 没有对象“%s”"},
    {"no kind of subject \"%s\"", "没有对象种类“%s”"},
    {"the outcome leads to \"%s\", which is no step", "结果转到“%s”，而没有这一步"},
    {"the nomination fills \"%s\", which is no slot of `about`",
     "提名要填“%s”，而 about 里没有这个对象"},
    {"apart names \"%s\", which is no step", "apart 里的“%s”不是步骤"},
    {"kin names \"%s\", which is no slot", "kin 里的“%s”不是对象"},
    {"kin names \"%s\", which is no step", "kin 里的“%s”不是步骤"},
    {"the fact %s, which ends this one, is declared nowhere", "结束它的事实 %s 没有声明"},
    {"the pack %s, which this one uses, is not here", "所用的规则包 %s 不在这里"},
    {"the %s %s is declared by the pack %s already", "%s %s 已由规则包 %s 声明"},
    /* sense */
    {"every says what each element must have: have: {...}",
     "every 要写明每一项须有什么：have: {...}"},
    {"the bounds contradict each other: nothing is between %s and %s",
     "界限互相矛盾：没有什么在 %s 和 %s 之间"},
    {"the lines below can never be picked: this one holds always",
     "这一行总成立，下面几行永远选不到"},
    {"a guard can be waived, but the pack says not by whom: waiver: role",
     "有可以豁免的条件，而规则包没有写明由谁豁免：waiver: 职责"},
    {"an outcome by time-out cites the rule that allows it: rule: ...",
     "到期自行产生的结果要引用允许它的规则：rule: ..."},
    {"this outcome can never come: one above it holds always",
     "这个结果永远不会产生：上面有一个总成立"},
    {"a step has at most %d signers", "一个步骤最多 %d 人签字"},
    {"a step that certifies writes a numbered fact or one that can end",
     "发证步骤要写入有编号的事实，或者可以终止的事实"},
    {"a step that penalizes writes a fact that ends: lasts or ended_by",
     "处理步骤要写入会终止的事实：lasts 或 ended_by"},
    {"the step %s can never open: nothing leads to it", "步骤 %s 永远轮不到：没有哪一步通向它"},
    {"this outcome goes back: what the step itself writes, opens and tells does not happen with it",
     "这个结果退回前面：步骤本身的写入、启动和告知这时都不发生"},
    {"the optional step %s can never be done: the case ends when it opens",
     "可选的步骤 %s 永远办不到：轮到它时事项已经办结"},
    {"from the step %s the case can never end", "走到步骤 %s，事项就永远办不结"},
    {"nothing here writes %s: the duty can be met only by facts from outside",
     "这里没有步骤写入 %s：期限只能由外面登记的事实来完成"},
    {"the rule %s is carried by no line; carry it, or say why not under record_only",
     "规则 %s 没有哪一行承担；请写出来，或在 record_only 里说明为什么不写"},
    {"record_only says why: %s: reason", "record_only 要说明原因：%s: 原因"},
    {"the guards %s and %s contradict each other: no %s passes both",
     "条件 %s 和 %s 互相矛盾：没有哪个 %s 能都满足"},
    {"the superiors of %s go in a circle: nobody is at the top", "%s 的上级绕成一圈：没有最上一级"},
    {"min and max are numbers, of a parameter that is one", "min 和 max 是数，只用于值为数的参数"},
    {"the value of %s is outside of its min and max", "%s 的值在它的 min 和 max 之外"},
    {"no line here reads the parameter %s: to change it changes nothing",
     "这里没有哪一行用到参数 %s：改了也不起作用"},
    {"the value %s goes in a circle: it is computed from itself", "值 %s 绕成一圈：由它自己算出"},
    {"rows of a board are made by one thing: fact, duty, case, or for: a kind of subject",
     "台账的行由一种东西产生：fact、duty、case，或者 for: 对象种类"},
    {"until stands beside fact: the last day in force", "until 写在 fact 旁边：有效的最后一天"},
    {"%s is for some eyes only (seen_by); a board is for all who may ask",
     "%s 只有一部分人可以看（seen_by）；台账是所有可以查询的人都看得到的"},
    {"per stands beside for: a kind of subject", "per 写在 for: 对象种类 旁边"},
    {"a board says what makes its rows: rows: {name: {fact: ...}}",
     "台账要写明它的行从哪里来：rows: {名字: {fact: ...}}"},
    {"rows of %s have no \"%s\": it is no slot, field, step or value",
     "%s 的行里没有“%s”：它不是对象、填报项、步骤或值"},
    {"%s is free text, which is sealed: a board cannot show it",
     "%s 是文字内容，已密封，台账不能显示"},
    {"no duty \"%s\" is declared here or in the used packs", "这里和所用的规则包没有声明期限“%s”"},
    {"the column %s has no heading: name it under columns", "列 %s 没有列名：请写在 columns 里"},
    {"every board has %s already, or it is a word of questions: take another name",
     "每份台账都已有 %s，或者它是查询用的词：请换一个名字"},
    {"the column %s has no Chinese heading", "列 %s 没有中文列名"},
    {"no rows here fill the column %s", "这里没有哪一类行填写列 %s"},
    {"the pack %s heads the column %s of this board otherwise",
     "规则包 %s 给这份台账的列 %s 起了另一个列名"},
    {"the name %s has no Chinese title", "名字 %s 没有中文名称"},
    {"the board %s has no Chinese title", "台账 %s 没有中文名称"},
    {"a board has at most %d columns of its own", "一份台账自己的列最多 %d 个"},
    {"the board comes in the order of a column of its own, of due or of date; \"%s\" is none",
     "台账按自己的一列、due 或 date 排列；“%s”不是"},
};

/* What other readers (YAML, periods) have said stays as they said it. */
static const char *chinese_of(const char *english) __attribute__((format_arg(1)));

static const char *chinese_of(const char *english)
{
    for (unsigned i = 0; i < sizeof wordings / sizeof wordings[0]; i++)
        if (strcmp(wordings[i].english, english) == 0)
            return wordings[i].chinese;
    return english;
}

void finding_note(struct pack_findings *findings, struct place place, bool warning,
                  const char *format, va_list arguments)
{
    findings->error_count += !warning;
    if (findings->count == PACK_FINDINGS_MAX)
        return;
    struct pack_finding *finding = &findings->items[findings->count++];
    va_list again;
    va_copy(again, arguments);
    finding->place = place;
    finding->warning = warning;
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    if (strcmp(format, "%s") == 0) /* the words of another reader */
        snprintf(finding->chinese, sizeof finding->chinese, "%s", chinese_of(finding->text));
    else
        vsnprintf(finding->chinese, sizeof finding->chinese, chinese_of(format), again);
    va_end(again);
}
