"""The proof of non-action: who was responsible for what was overdue, who was reminded of it how, told from the log and provable by it."""
import csv
import io
import json
import time

import pytest

import client as jishi
from conftest import run, wait
from test_deadlines import Bureau, days_ago, named
from test_reminders import all_events


def all_said(bureau, overdue):
    """Nothing comes any more: so many duties are overdue, and what was said of them has been delivered."""
    before = len(bureau.events())
    time.sleep(1.5)
    events = bureau.events()
    reminders, delivered = ({event[at] for event in named(events, what)} for what, at in (("rung_due", 8), ("delivered", 2)))
    notices = {event[2] for event in named(events, "rung_due") if event[3] == "overdue"}
    return len(events) == before and reminders == delivered and len(notices) == len(named(events, "duty_overdue")) == overdue


def days_since_asked():
    """Of a question whose first overdue notice has come: that is the first workday after the due day, which is thirty days after the question."""
    for days in range(31, 60):
        said = run("explain", "--from", days_ago(days - 30), "--period", "P1WD", "--lang", "en").stdout
        if said.split()[1] <= jishi.today():
            return days


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """One duty overdue, delivered, acknowledged and met late; one that nobody was responsible for; one that is not overdue."""
    directory = tmp_path_factory.mktemp("inaction")
    bureau = Bureau(directory / "d", units=3)
    bureau.asked = days_since_asked()
    bureau.ask(bureau.asked)  # of unit:0, due on the last workday or before it
    bureau.ask(0)  # due in thirty days
    bureau.start("reminder")
    bureau.start("notifier")
    wait(lambda: all_said(bureau, 1))
    key = named(bureau.events(), "rung_due")[0][8]
    seed = bytes(bureau.members["eve"].key.signing)
    (directory / "eve.key").write_text(f"jishi-key 1\nmember eve\ned25519_seed {seed.hex()}\n")
    (directory / "eve.key").chmod(0o600)
    stranger = run("ack", bureau.deployment.directory, "--key", "registrar", key, "--lang", "en", check=False)
    assert stranger.returncode == 1 and "not addressed to you" in stranger.stdout + stranger.stderr
    unknown = run("ack", bureau.deployment.directory, "--key", directory / "eve.key", "duty/1/before/00", "--lang", "zh", check=False)
    assert unknown.returncode == 1 and "没有这个提醒" in unknown.stdout + unknown.stderr
    for _ in range(2):  # a second time is no error
        run("ack", bureau.deployment.directory, "--key", directory / "eve.key", key)
    assignment = next(event for event in named(bureau.events(), "role_assigned") if event[3] == "eve")[2]
    bureau.registrar.must("fact", "dl_answered", subjects=[("unit", "unit:0")])
    bureau.secadmin.must("relieve", args={"assignment": assignment, "to": days_ago(60)})
    bureau.registrar.must("fact", "dl_asked", subjects=[("unit", "unit:1")], on=days_ago(bureau.asked + 9))
    wait(lambda: all_said(bureau, 2))
    for name in ("reminder", "notifier"):
        bureau.end(name)
    bureau.events_told = all_events(bureau.auditor)
    yield bureau
    bureau.close()


def leaves(bureau):
    start, found = 0, []
    while True:
        answer = bureau.auditor.range(start)
        found += [jishi.leaf_hash(entry) for entry in jishi.entries_of(answer[5])]
        start += answer[4]
        if answer[4] == 0 or start >= answer[6]:
            return found


def report(bureau, *options):
    return json.loads(run("audit", "inaction", bureau.deployment.directory, "--json", *options).stdout)


def test_every_line_stands_in_the_log_and_every_line_of_the_log_stands_there(told):
    found, log = report(told), leaves(told)
    assert found["entries"] == len(log) and found["root"] == jishi.tree_root(log).hex()
    numbers = {event[2] for event in named(told.events_told, "duty_overdue")}
    assert {duty["duty"] for duty in found["duties"]} == numbers and len(numbers) == 2
    for duty in found["duties"]:
        for line in duty["course"] + [duty["opened"]]:
            assert log[line["number"]].hex() == line["leaf"]
    lines = [(line["what"], line["number"]) for duty in found["duties"] for line in duty["course"]]
    kinds = {"duty_overdue": "overdue", "rung_due": "reminded", "duty_met": "met"}
    expected = [(kinds[event[1]], event[0]) for event in told.events_told if event[1] in kinds and event[2] in numbers]
    keys = {event[8] for event in named(told.events_told, "rung_due") if event[2] in numbers}
    expected += [("delivered" if event[1] == "delivered" else "acknowledged", event[0]) for event in told.events_told if event[1] in ("delivered", "acknowledged") and event[2] in keys]
    assert sorted(lines) == sorted(expected)


def test_it_says_who_was_responsible_when_and_what_came_of_each_reminder(told):
    met = next(duty for duty in report(told)["duties"] if duty["of"] == "unit:0")
    assert met["owner"] == "dl.handler" and met["title"] in ("答复", "Answer")
    overdue = next(line for line in met["course"] if line["what"] == "overdue")
    assert overdue["who"] == ["eve"] and not overdue["vacant"] and overdue["day"] == days_ago(told.asked - 31)
    delivered = [line for line in met["course"] if line["what"] == "delivered"]
    assert {(line["who"][0], line["word"], line["channel"]) for line in delivered} >= {("eve", "sent", "file")}
    acknowledged = [line for line in met["course"] if line["what"] == "acknowledged"]
    assert [(line["who"], line["day"]) for line in acknowledged] == [(["eve"], jishi.today())]
    assert met["course"][-1]["what"] == "met" and met["course"][-1]["word"] == "late"


def test_a_vacant_role_is_told_and_the_next_level_named(told):
    vacant = next(duty for duty in report(told)["duties"] if duty["of"] == "unit:1")
    overdue = next(line for line in vacant["course"] if line["what"] == "overdue")
    assert overdue["vacant"] and overdue["who"] == ["ann"]
    text = run("audit", "inaction", told.deployment.directory, "--duty", vacant["duty"], "--lang", "zh").stdout
    assert "职责空缺" in text and "ann" in text and "eve" not in text


def test_it_is_chosen_by_duty_and_by_day(told):
    every = [duty["duty"] for duty in report(told)["duties"]]
    assert [duty["duty"] for duty in report(told, "--duty", every[0])["duties"]] == every[:1]
    assert report(told, "--until", days_ago(20))["duties"] == []
    assert len(report(told, "--from", days_ago(told.asked - 26), "--until", jishi.today())["duties"]) == 1
    wrong = run("audit", "inaction", told.deployment.directory, "--from", "yesterday", check=False)
    assert wrong.returncode == 2


def test_the_table_has_a_row_for_each_line_in_both_languages(told):
    lines = sum(len(duty["course"]) for duty in report(told)["duties"])
    for language, first in (("zh", "期限"), ("en", "duty")):
        text = run("audit", "inaction", told.deployment.directory, "--csv", "--lang", language).stdout
        assert text.startswith("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text[1:])))
        assert list(rows[0])[0] == first and len(rows) == lines
        leaf, number = list(rows[0])[-1], list(rows[0])[-2]
        log = leaves(told)
        assert all(log[int(row[number])].hex() == row[leaf] for row in rows)


def test_a_log_that_was_changed_proves_nothing(told, tmp_path):
    import shutil
    copy = tmp_path / "copy"
    shutil.copytree(told.deployment.directory, copy)
    path = copy / "log" / "data.mdb"
    data = path.read_bytes()
    assert b"overdue/0" in data
    path.write_bytes(data.replace(b"overdue/0", b"overdue/7"))
    changed = run("audit", "inaction", copy, "--json", check=False)
    assert changed.returncode == 1 and not changed.stdout
