"""jishi pack coverage: what is carried, what is shown, and what is missed."""

import json
import os
import pathlib
import re
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
JISHI = os.environ.get("JISHI", str(ROOT / "build" / "jishi"))
PACK = ROOT / "core" / "packs" / "QY.yaml"
SCENARIOS = ROOT / "tests" / "scenarios" / "QY"


def coverage(*arguments):
    run = subprocess.run(
        [JISHI, "pack", "coverage", "--json", *map(str, arguments)],
        capture_output=True, text=True, timeout=60,
        env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core"), "LANG": "en_US.UTF-8"})
    rules = {rule["rule"]: rule for rule in json.loads(run.stdout)} if run.stdout else {}
    return run.returncode, rules, run.stderr


def test_every_rule_of_the_catalogue_is_listed_with_its_lines_and_scenarios():
    code, rules, _ = coverage(PACK, SCENARIOS)
    assert code == 0
    assert len(rules) == 18
    for rule in rules.values():
        if rule["kind"] != "record-only":
            assert rule["lines"] and rule["scenarios"], rule
    assert rules["QY-S"]["kind"] == "record-only" and rules["QY-S"]["reason"]


def test_a_line_that_is_named_is_the_line_that_cites():
    _, rules, _ = coverage(PACK, SCENARIOS)
    text = PACK.read_text().splitlines()
    for rule in rules.values():
        for line in rule["lines"]:
            name, number = line.split(":")
            assert name == "QY.yaml" and 0 < int(number) <= len(text)


def test_without_scenarios_nothing_is_shown():
    code, rules, _ = coverage(PACK)
    assert code == 1
    assert not any(rule["scenarios"] for rule in rules.values())


def test_what_a_scenario_merely_mentions_shows_nothing(tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text("scenario: 空（QY-0.1）\npacks: [common, QY]  # QY-1.1\nfrom: 2026-01-05\ncast: {units: {a: {class: 县区}}}\n")
    code, rules, trace = coverage(PACK, file)
    assert code == 1 and not any(rule["scenarios"] for rule in rules.values()) and "did not pass" not in trace


def test_a_scenario_that_does_not_pass_shows_nothing(tmp_path):
    file = tmp_path / "QY-ORDER.yaml"
    text = (SCENARIOS / "QY-ORDER.yaml").read_text()
    file.write_text(text)
    assert any(rule["scenarios"] for rule in coverage(PACK, file)[1].values())
    file.write_text(text.replace("values: {wall.qy_waiting@2026-Q3: 1}", "values: {wall.qy_waiting@2026-Q3: 99}", 1))
    code, rules, trace = coverage(PACK, file)
    assert code == 2 and "did not pass" in trace
    assert not any(rule["scenarios"] for rule in rules.values())


def test_a_guard_that_never_refused_is_missed(tmp_path):
    for file in SCENARIOS.glob("*.yaml"):
        lines = file.read_text().splitlines(keepends=True)
        (tmp_path / file.name).write_text("".join(line for line in lines if "clause: 特长和岗位" not in line))
    run = subprocess.run([JISHI, "pack", "coverage", PACK, tmp_path], capture_output=True, text=True, timeout=60,
                         env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core"), "LANG": "en_US.UTF-8"})
    assert run.returncode == 1
    assert "guard QY-ORDER.dispatched 特长和岗位 neither refused nor warned" in run.stdout
    assert "step QY-ORDER.dispatched" not in run.stdout  # the step itself was done


def test_a_guard_that_never_let_anything_pass_is_missed(tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text("""scenario: 一组一墙（QY-0.1）
packs: [common, QY]
from: 2026-01-05
cast:
  units: {county: {class: 县区}, wall: {class: 墙, unit: county}}
  people: {tian: {unit: county, roles: {branch: county}}}
given: [{fact: qy_wall, day: 2026-01-05, unit: wall, number: 1}]
course:
  - {day: 2026-01-05, who: tian, does: QY-WALL.opened, case: w, about: {unit: wall}, with: {number: 2}, refused: {clause: 一组一墙}}
""")
    run = subprocess.run([JISHI, "pack", "coverage", "--lang", "en", PACK, file], capture_output=True, text=True, timeout=60,
                         env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
    assert run.returncode == 1 and "did not pass" not in run.stderr
    assert "guard QY-WALL.opened 一组一墙 applied and held in no scenario" in run.stdout
    assert "guard QY-WALL.opened 一组一墙 neither refused" not in run.stdout
    assert "step QY-WALL.opened was done in no scenario" in run.stdout


def test_an_outcome_that_never_came_about_is_missed(tmp_path):
    text = PACK.read_text()
    file = tmp_path / "QY.yaml"
    file.write_text(text.replace("outcomes: {declined: {title: 不派, end: declined}}", "outcomes: {declined: {title: 不派, end: declined}, lost: {title: 丢失, if: {declined.reason: empty}, end: lost}}", 1))
    assert file.read_text() != text
    run = subprocess.run([JISHI, "pack", "coverage", "--lang", "en", file, SCENARIOS], capture_output=True, text=True, timeout=60,
                         env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
    assert run.returncode == 1
    assert "outcome QY-ORDER.declined lost came about in no scenario" in run.stdout


def test_a_rule_whose_citations_are_gone_is_not_carried(tmp_path):
    text = PACK.read_text()
    head, body = text.split("\nroles:", 1)
    file = tmp_path / "QY.yaml"
    file.write_text(head + "\nroles:" + body.replace("QY-0.1", "QY-S"))
    code, rules, _ = coverage(file, SCENARIOS)
    assert code == 1
    assert rules["QY-0.1"]["lines"] == []


def test_a_document_without_a_pack_counts_only_with_all():
    code, _, trace = coverage(PACK, SCENARIOS)
    assert code == 0 and "NY: no pack given" in trace
    assert coverage("--all", PACK, SCENARIOS)[0] == 1


def test_what_cannot_be_read_is_neither_yes_nor_no(tmp_path):
    assert coverage(PACK, tmp_path / "absent.yaml")[0] == 2


def test_every_system_of_the_documents_is_counted_by_its_rules(tmp_path):
    packs = sorted((ROOT / "core" / "packs").glob("*.yaml"))
    run = subprocess.run([JISHI, "pack", "coverage", "--lang", "en", "--all", *packs, ROOT / "tests" / "scenarios"], capture_output=True, text=True,
                         timeout=120, env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
    assert run.returncode == 0
    assert run.stdout.endswith("76 systems, 76 carried and shown\n")
    run = subprocess.run([JISHI, "pack", "coverage", "--lang", "en", PACK], capture_output=True, text=True, timeout=60,
                         env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
    assert "1 systems, 0 carried and shown" in run.stdout


def scenarios():
    for file in sorted((ROOT / "tests" / "scenarios").rglob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text()):
            if document and "scenario" in document:
                yield file, document


def test_every_title_is_a_chinese_sentence_that_ends_with_its_rules():
    wrong = [f"{file.name}: {document['scenario']}" for file, document in scenarios()
             if not re.fullmatch(r"[^（）]*[\u4e00-\u9fff]{4}[^（）]*（[^（）]*[A-Z]+-[0-9S][^（）]*）", document["scenario"])]
    assert wrong == []


def test_every_pack_has_a_year_with_all_its_reminders_listed():
    for pack in sorted((ROOT / "core" / "packs" / "rules").glob("*.yaml")):
        file = ROOT / "tests" / "scenarios" / pack.stem / "year.yaml"
        year = yaml.safe_load(file.read_text())
        days = [act["day"] for act in year["course"]]
        expected = [act["expect"] for act in year["course"] if "reminders" in act.get("expect", {})]
        assert year["packs"] == ["common", pack.stem]
        assert (max(days) - year["from"]).days >= 364, file
        assert any(expect["reminders"].get("no_others") for expect in expected), file
