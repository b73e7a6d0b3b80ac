"""jishi pack show and jishi pack doc say everything that decides a case: each condition, vote, separation, time limit and effect of every pack.

What has to be said is read from the YAML here, not by the program's own reader. In English a path stands as the pack
writes it, so every scalar of a condition must be found in its line.
"""

import os
import pathlib
import re
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = {path.stem: path for path in sorted((ROOT / "core" / "packs").glob("*.yaml"))}
NAMES = [name for name in FILES if name != "common"]
JISHI = os.environ.get("JISHI", str(ROOT / "build" / "jishi"))
STRENGTH = {"refuse": "otherwise refused", "waive": "otherwise refused, can be waived", "warn": "otherwise warned", "record": "otherwise recorded"}
SPANS = {"year", "half", "quarter", "month"}


class Plain(yaml.SafeLoader):
    """Every scalar as it is written."""


Plain.yaml_implicit_resolvers = {}
PACKS = {name: yaml.load(path.read_text(), Plain) for name, path in FILES.items()}
PARAMETERS = {key: said for pack in PACKS.values() for key, said in (pack.get("parameters") or {}).items()}
PROCEDURES = {key: said for pack in PACKS.values() for key, said in (pack.get("procedures") or {}).items()}
OUTCOMES = {}  # name: its titles
for _procedure in PROCEDURES.values():
    for _step in _procedure["steps"].values():
        for _outcome, _said in (_step.get("outcomes") or {}).items():
            OUTCOMES.setdefault(_outcome, set()).add((_said or {}).get("title", _outcome))
TITLED = {key: said for pack in PACKS.values() for section in ("facts", "procedures", "duties", "roles") for key, said in (pack.get(section) or {}).items()}


def run(*arguments):
    done = subprocess.run([JISHI, "pack", *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
    assert done.returncode == 0, done.stderr
    return done.stdout


def title(name):
    said = TITLED[name].get("title", name) if isinstance(TITLED[name], dict) else TITLED[name]
    return said.get("en", said.get("zh")) if isinstance(said, dict) else said


def period(text):
    parts = [f"{count} {word}{'' if count == '1' else 's'}"
             for count, word in ((number, {"Y": "year", "M": "month", "W": "week", "D": "day", "WD": "workday"}[unit]) for number, unit in re.findall(r"(\d+)(WD|[YMWD])", text))]
    months = re.fullmatch(r"P(\d+)M", text)
    if months and int(months[1]) >= 12:
        parts = [f"{int(months[1]) // 12} year"]
    return " ".join(parts) if text not in ("P0D", "P0Y") else "0 days"


def words(value):
    """What stands for a scalar in an English line; None: it is a word of the language, said by the sentence."""
    if value in ("true", "false") or value in SPANS:
        return None
    if value == "filled" or value == "empty":
        return {"filled": "filled in", "empty": "empty"}[value]
    if value in ("any", "step"):
        return "any step"
    if value in TITLED:
        return title(value)
    if value.startswith("$"):
        return f"[{value}]"
    if re.fullmatch(r"P\d.*", value):
        return period(value)
    step = value.split(".", 1)
    if len(step) == 2 and step[0] in PROCEDURES:
        return PROCEDURES[step[0]]["steps"][step[1]]["title"]
    return value


BOUNDS = {"is", "min", "max", "above", "below", "other_than", "inside", "in"}
OPTIONS = BOUNDS | {"has", "lacks", "count", "sum", "mean", "latest", "share", "every", "time", "since", "ratio", "holds", "signed", "unsigned", "of", "where",
                    "having", "have", "newest", "recorded", "in_force", "at", "known", "within", "as", "take", "who", "over", "any", "from", "to", "last",
                    "previous", "booked", "period", "if", "pick", "plus", "minus", "first", "total", "less", "times", "lookup", "by", "rank", "among", "each",
                    "round", "least", "best", "ties", "first_day", "per", "for"}


def scalars(node):
    """Every path, member and figure of a condition or value."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("title", "rules", "changed", "daily", "best", "ties", "first_day", "round", "per", "for", "in_force"):
                continue
            if key == "of" and value == "it":
                continue
            if key == "take" and value == "it":
                continue
            if key == "as":
                yield "in " + value
                continue
            if key not in OPTIONS:
                yield key
            yield from scalars(value)
    elif isinstance(node, list):
        for value in node:
            yield from scalars(value)
    elif node:
        yield node


def lines_with(lines, start):
    found = [line for line in lines if line.strip().startswith(start)]
    assert found, (start, lines)
    return found


def says(line, node):
    """A field may be called like a fact or a word of the language; an outcome is said by its title."""
    for value in scalars(node):
        expected = words(value)
        assert expected is None or expected in line or value in line or any(f'"{one}"' in line for one in OUTCOMES.get(value, ())), (value, expected, line)


def guards_of(pack, guards):
    for guard in guards or []:
        if isinstance(guard, str):
            yield from guards_of(pack, pack["guards"][guard]["list"])
        else:
            yield guard


def cap(pack):
    head = pack["pack"]
    return head.get("enforcement") or ("warn" if head["authority"] in ("programme", "proposal") else "refuse")


def strength_of(pack, guard):
    order = ["record", "warn", "waive", "refuse"]
    strength = guard.get("strength", "refuse")
    return strength if guard.get("raised") else order[min(order.index(strength), order.index(cap(pack)))]


def check_guards(pack, lines, guards):
    for guard in guards_of(pack, guards):
        line = lines_with(lines, f"guard: [{guard.get('id', guard.get('rule'))}]")[0]
        says(line, guard["require"])
        says(line, guard.get("if"))
        assert STRENGTH[strength_of(pack, guard)] in line
        assert f"[{guard.get('rule', guard.get('id'))}]" in line
        for key in ("plain", "raised"):
            assert guard.get(key, "") in line
        check_effects(lines, guard)


def check_effects(lines, node):
    text = "\n".join(lines)
    for fact, written in (node.get("writes") or {}).items():
        for one in written if isinstance(written, list) else [written]:
            found = lines_with(lines, "writes: ")
            assert any(fact in line.split() or f"{fact}:" in line or f"{fact}," in line for line in found), fact
            for slot, value in (one or {}).items():
                if slot not in ("where", "each", "within", "of"):
                    assert f"{slot} = " in text and (words(value) is None or words(value) in text or value in text), (fact, slot, value)
    for procedure, slots in (node.get("opens") or {}).items():
        assert any(f" {procedure}" in line for line in lines_with(lines, "opens: ")), procedure
        for slot, value in (slots or {}).items():
            if slot not in ("where", "each", "within", "of"):
                assert f"{slot} = " in text and (words(value) is None or words(value) in text or value in text), (procedure, slot, value)
    for whom in [node["tell"]] if isinstance(node.get("tell"), str) else node.get("tell") or []:
        assert any(words(whom) in line for line in lines_with(lines, "tells: ")), whom


def check_due(line, due):
    for value in [due] if isinstance(due, str) else [value for key, value in due.items() if key != "copy"]:
        assert words(value) in line, (value, line)


def check_copy(lines, said):
    copy = said.get("copy", []) if isinstance(said, dict) else []
    copied = [line for line in lines if line.strip().startswith("reminders copied to: ")]
    assert len(copied) == bool(copy)
    for role in [copy] if isinstance(copy, str) else copy:
        assert words(role) in copied[0]


def check_step(pack, name, step, lines):
    text = "\n".join(lines)
    assert f"({name}, {step.get('kind', 'record')})" in lines[0]
    for rule in step.get("rules", []):
        assert rule.split("..")[0] in text
    for one in [step.get("evidence")] if isinstance(step.get("evidence"), str) else step.get("evidence", []):
        assert one in lines_with(lines, "evidence: ")[0]
    for field in step.get("fields", {}):
        assert re.search(rf"\b{field}\b", lines_with(lines, "fields: ")[0])
    check_guards(pack, lines, step.get("guards"))
    for bound, label in (("quorum", "quorum: "), ("pass", "passes: ")):
        for key, value in step.get("vote", {}).get(bound, {}).items():
            assert words(value) in lines_with(lines, label)[0], (bound, key)
    for key, label in (("body", "entitled: "), ("acts", "votes: ")):
        if key in step.get("vote", {}):
            assert step["vote"][key] in lines_with(lines, label)[0]
    by = step.get("by")
    for who in ([by] if isinstance(by, str) else by if isinstance(by, list) else [] if by is None else
                by["any"] if "any" in by else [by[key] for key in ("role", "person", "each") if key in by]):
        assert ("the clock" if who == "clock" else who) in lines_with(lines, "by: ")[0]
    if isinstance(by, dict) and "count" in by:
        assert f"{by['count']} people" in lines_with(lines, "by: ")[0]
    if "if" in step:
        says(lines_with(lines, "applies if")[0], step["if"])
    for key, label in (("due", "due: "), ("at", "by: ")):
        if key in step:
            check_due(lines_with(lines, label)[0], step[key])
    check_copy(lines, step.get("due"))
    if "overdue" in step:
        assert lines_with(lines, "first day overdue")
        check_effects(lines, step["overdue"])
    for procedure in step.get("run", {}):
        assert procedure in lines_with(lines, "runs: ")[0]
    for outcome, said in (step.get("outcomes") or {}).items():
        said = said or {}
        shown = said.get("title", outcome.replace("no_quorum", "no quorum"))
        line = lines_with(lines, f"outcome: {shown}")[0]
        says(line, said.get("if"))
        for key in ("to", "end", "rule"):
            assert said.get(key, "") in line
        if "timeout" in said:
            assert "by itself" in line
            check_due(line, said["timeout"])
        check_effects(lines, said)
    check_effects(lines, step)


def steps_of(lines):
    """Lines of each step, behind those of the procedure itself; the last part is what was mentioned."""
    starts = [at for at, line in enumerate(lines) if re.match(r"  \d+ ", line)]
    tail = next((at for at, line in enumerate(lines) if line in ("  values used", "  parameters used", "  ladders used")), len(lines))
    return lines[:starts[0]], [lines[at:until] for at, until in zip(starts, starts[1:] + [tail])], lines[tail:]


def check_mentioned(text, tail):
    for parameter in set(re.findall(r"\[\$([^\].]+)", text)):
        line = lines_with(tail, f"${parameter} ")[0]
        said = PARAMETERS[parameter]
        assert "fixed by [" + said["rule"] in line if "rule" in said else "a default" in line, line
        if isinstance(said["value"], str):
            value = said["value"]
            assert (period(value) if re.match(r"P\d", value) else value) in line, line


@pytest.mark.parametrize("name", sorted(PROCEDURES))
def test_show_says_everything_that_decides_a_case(name):
    pack = next(said for said in PACKS.values() if name in (said.get("procedures") or {}))
    procedure = pack["procedures"][name]
    lines = run("show", name, "--lang", "en").splitlines()
    head, steps, tail = steps_of(lines)
    assert len(steps) == len(procedure["steps"])
    for slot in procedure["about"]:
        assert slot in lines_with(head, "about: ")[0]
    groups = procedure.get("apart") or {}
    for rule, group in groups.items() if isinstance(groups, dict) else [("SOD-1", groups)]:
        for steps_apart in group:
            assert any(all(step in line for step in steps_apart) and f"[{rule}]" in line for line in lines_with(head, "apart: ")), steps_apart
    for slot, kept in (procedure.get("kin") or {}).items():
        assert any(slot in line and all(step in line for step in kept) and "SOD-3" in line for line in lines_with(head, "kin: ")), slot
    for key, label in (("suspend", "suspended while: "), ("cancel", "cancelled once: ")):
        if key in procedure:
            says(lines_with(head, label)[0], procedure[key])
    if "when" in procedure:
        says(lines_with(head, "opened: ")[0], [procedure["when"].get(key) for key in ("fact", "where", "date")])
    check_guards(pack, head, procedure.get("guards"))
    for (step, said), part in zip(procedure["steps"].items(), steps):
        check_step(pack, step, said, part)
    for value, said in (procedure.get("values") or {}).items():
        line = next(line for line in tail if re.search(rf"(^| ){value}( \(of a [^=]*)? = ", line))
        says(line, said)
    check_mentioned("\n".join(lines), tail)


@pytest.mark.parametrize("name", NAMES)
def test_show_says_when_a_duty_arises_what_meets_it_and_who_owns_it(name):
    for duty, said in (PACKS[name].get("duties") or {}).items():
        lines = run("show", duty, "--lang", "en").splitlines()
        says(lines_with(lines, "arises: ")[0], [said["when"].get(key) for key in ("fact", "where", "date")])
        says(lines_with(lines, "met by: ")[0], said["met"])
        if "cancel" in said:
            says(lines_with(lines, "cancelled if: ")[0], said["cancel"])
        if "due" in said:
            check_due(lines_with(lines, "due: ")[0], {key: value for key, value in said["due"].items() if key != "ladder"} if isinstance(said["due"], dict) else said["due"])
        assert said["owner"] in lines_with(lines, "owner: ")[0]
        check_copy(lines, said)
        assert "ladder" in lines_with(lines, "reminded: ")[0]
        check_mentioned("\n".join(lines), lines)


def section(lines, heading):
    at = next(at for at, line in enumerate(lines) if line.startswith(heading))
    return "\n".join(lines[at:next((end for end in range(at + 1, len(lines)) if re.match(r"##+ ", lines[end])), len(lines))])


@pytest.mark.parametrize("name", NAMES)
def test_the_handbook_holds_all_of_it_by_id(name):
    pack, lines = PACKS[name], run("doc", name).splitlines()
    for procedure, said in pack["procedures"].items():
        text = section(lines, f"### {procedure} ")
        groups = said.get("apart") or {}
        for rule, group in groups.items() if isinstance(groups, dict) else [("SOD-1", groups)]:
            for steps in group:
                titles = "".join(f"「{said['steps'][step]['title']}」" for step in steps)
                assert f"{titles}〔{rule}〕" in text
        assert text.count("- **回避** ") == len(said.get("kin") or {})
        for key, label in (("suspend", "- **中止"), ("cancel", "- **取消")):
            assert (key in said) == (label in text)
        for guard in [guard for step in [said, *said["steps"].values()] for guard in guards_of(pack, step.get("guards"))]:
            assert re.search(rf"- \*\*条件\*\* 〔{re.escape(guard.get('id', guard.get('rule')))}〕[^\n]+〔{re.escape(guard.get('rule', ''))}", text), guard
            for parameter in {value for value in scalars([guard["require"], guard.get("if")]) if value.startswith("$")}:
                assert f"〔`{parameter}`〕" in text
        for step, one in said["steps"].items():
            assert f"（`{step}`，" in text
            for evidence in [one["evidence"]] if isinstance(one.get("evidence"), str) else one.get("evidence", []):
                assert re.search(rf"- \*\*材料\*\* [^\n]*{re.escape(evidence)}", text)
            for field in one.get("fields", {}):
                assert re.search(rf"- \*\*填报\*\* [^\n]*\b{field}：", text), field
            for fact in {**(one.get("writes") or {}), **{fact: 1 for said in (one.get("outcomes") or {}).values() for fact in ((said or {}).get("writes") or {})}}:
                assert re.search(rf"\*\*记入\*\* [^\n]*`{fact}`", text), fact
            if "vote" in one:
                assert "**表决**" in text and "**到会** " in text and "**通过** 赞成票" in text
        for parameter in set(re.findall(r"〔`\$([^`.]+)", text)):
            assert re.search(rf"\n- `\${parameter}` ", text), parameter
    for duty in pack.get("duties") or {}:
        text = section(lines, f"### {duty} ")
        for label in ("何时产生", "到期", "怎样算履行", "责任", "提醒"):
            assert f"- **{label}** " in text, (duty, label)


def test_names_are_those_of_the_pack_in_chinese():
    shown = "\n".join(run("show", name, "--lang", "zh") for name in NAMES)
    plain = [word for line in shown.splitlines() if "条件：" in line for word in re.findall(r"(?<![\w$.\-“])[a-z_]{3,}(?![\w.\-”])", line)]
    assert set(plain) <= {"base"}, set(plain)
