"""jishi pack diff: what a draft says otherwise, and nothing where it says the same."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
JISHI = os.environ.get("JISHI", str(ROOT / "build" / "jishi"))
PACK = ROOT / "core" / "packs" / "TC.yaml"


def diff(old, new):
    run = subprocess.run([JISHI, "pack", "diff", "--lang", "en", str(old), str(new)],
                         capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout


def draft(tmp_path, old, new):
    text = PACK.read_text()
    assert old in text
    file = tmp_path / "draft.yaml"
    file.write_text(text.replace(old, new, 1))
    return file


def test_a_pack_does_not_differ_from_itself():
    assert diff(PACK, PACK) == (0, "0 differences\n")


def test_a_comment_makes_no_difference(tmp_path):
    assert diff(PACK, draft(tmp_path, "\nduties:", "\n# other words\nduties:"))[0] == 0


def test_a_parameter_is_shown_old_and_new(tmp_path):
    code, out = diff(PACK, draft(tmp_path, "value: P12M", "value: P6M"))
    assert code == 1
    assert "parameters: changed tc_exam" in out and "- P12M" in out and "+ P6M" in out


def test_a_step_is_shown_in_words(tmp_path):
    code, out = diff(PACK, draft(tmp_path, "evidence: [体检报告]", "evidence: [体检单]"))
    assert code == 1
    assert "procedures: changed TC-EXAM" in out
    assert "evidence: 体检报告" in out and "evidence: 体检单" in out
    assert "1 differences" in out


def test_what_the_printed_pack_does_not_show_is_found_too(tmp_path):
    code, out = diff(PACK, draft(tmp_path, "{recruit: recruit, mentor: paired.mentor}",
                                 "{recruit: recruit, mentor: recruit}"))
    assert code == 1 and "changed TC-MENTOR" in out


def test_a_removed_duty_is_removed_and_an_added_one_added(tmp_path):
    text = PACK.read_text()
    file = tmp_path / "draft.yaml"
    file.write_text("\n".join(line for line in text.split("\n") if "TC-LEAVE.year:" not in line))
    assert "duties: removed TC-LEAVE.year" in diff(PACK, file)[1]
    assert "duties: added TC-LEAVE.year" in diff(file, PACK)[1]


def test_what_cannot_be_read_is_neither_yes_nor_no(tmp_path):
    assert diff(PACK, tmp_path / "absent.yaml")[0] == 2


def test_a_condition_is_shown_at_its_place_also_beside_lines_that_read_otherwise(tmp_path):
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    text = """pack: {id: X, words: 1, title: {zh: 试, en: Trial}, authority: issued}
subjects: {person: {}}
roles: {clerk: {title: {zh: 经办}}}
facts: {asked: {title: {zh: 询问, en: Asked}, about: [person]}}
procedures:
  X-CASE:
    title: {zh: 询问, en: Asking}
    about: {person: person}
    steps:
      one:
        title: 一
        by: clerk
        evidence: [记录]
        fields: {n: int}
        guards: [{id: few, rule: X-1, require: {one.n: {max: 5}}}, {id: some, rule: X-1, require: {one.n: {min: 1}}}]
        writes: {asked: {}}
rules: {X-1: 应当询问}
"""
    old.write_text(text)
    new.write_text(text.replace("max: 5", "max: 6").replace("[记录]", "[笔录]"))
    code, out = diff(old, new)
    assert code == 1 and "procedures: changed X-CASE (Asking)" in out
    assert "    steps.one.guards.few.require.one.n.max\n    - 5\n    + 6\n" in out
    assert "steps.one.evidence\n    - [记录]\n    + [笔录]\n" in out
    assert "guards.some" not in out


def test_a_board_is_shown_in_words(tmp_path):
    code, out = diff(PACK, draft(tmp_path, "      pair: {title: 一对一帮带, rules: [TC-4.1], fact: tc_pair", "      pair: {title: 帮带, rules: [TC-4.1], fact: tc_pair_end"))
    assert code == 1
    assert "boards: changed ledger" in out and "    +       帮带: facts " in out and " tc_pair_end " in out
