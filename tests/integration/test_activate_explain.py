"""Packs and calendars put in force on a running server; a running duty explained."""
import datetime
import json

from conftest import ROOT, run, wait
from test_midterm import appoint


def wait_for_duty(office):
    office.deployment.start("projector")
    for _ in range(100):
        listed = run("due", office.deployment.directory, "--json", check=False)
        duties = [json.loads(line) for line in listed.stdout.splitlines()]
        for duty in duties:
            if duty[1] == "SD-TALK.held":
                return duty
    raise AssertionError(listed.stdout + listed.stderr)


def test_a_running_duty_is_explained_in_the_words_of_explain(office):
    appoint(office)
    duty = wait_for_duty(office)
    directory = office.deployment.directory
    words = run("explain", directory, "--duty", duty[0], "--lang", "zh").stdout
    alone = run("explain", "--from", duty[5], "--period", "P1M", "--ladder", "M", "--lang", "zh").stdout
    assert "SD-TALK" in words and "任职谈话" in words and "原文" not in words
    for line in alone.splitlines():
        assert line in words, f"{line!r} is missing in\n{words}"
    data = json.loads(run("explain", directory, "--duty", duty[0], "--json").stdout)
    assert data["name"] == "SD-TALK.held" and data["due"] == duty[6] and data["explained"]["due"] == duty[6]
    assert data["state"] == "open" and data["moved"] is False
    assert datetime.date.fromisoformat(data["start"]) < datetime.date.fromisoformat(data["due"])
    missing = run("explain", directory, "--duty", 99999, check=False)
    assert missing.returncode == 2 and "number of a duty" in missing.stderr


def test_what_explains_a_due_day_comes_to_that_day(office):
    directory = office.deployment.directory
    office.deployment.start("projector")
    duties = wait(lambda: office.deployment.client("auditor").query("agenda", {}, timeout=10))[4]
    explained = 0
    for duty in duties:
        data = json.loads(run("explain", directory, "--duty", duty[0], "--json").stdout)
        assert data["due"] == duty[6] and not data["moved"], data
        explained += data["explained"] is not None
        assert data["explained"] is None or data["explained"]["due"] == duty[6], data
    assert len(duties) > explained >= 2  # also of duties that count from a day before their period


def test_a_pack_is_put_in_force_while_the_server_runs(served):
    directory = served.directory
    done = run("activate", directory, ROOT / "tests" / "bench" / "BENCH.yaml")
    assert "BENCH.yaml" in done.stdout
    again = run("activate", directory, ROOT / "tests" / "bench" / "BENCH.yaml", check=False)
    assert again.returncode in (0, 1)
    run("audit", "replay", directory)


def test_a_broken_pack_is_shown_its_place_and_changes_nothing(served, tmp_path):
    broken = tmp_path / "B.yaml"
    broken.write_text("pack: {id: B, words: 1, title: {zh: 坏}, authority: issued}\nprocedures:\n  B-X:\n    title: 坏\n    stepz: {}\n")
    before = run("health", served.directory, "--json").stdout
    refused = run("activate", served.directory, broken, check=False)
    assert refused.returncode == 1 and "B.yaml:5:5" in refused.stderr
    assert json.loads(before)["head"] == json.loads(run("health", served.directory, "--json").stdout)["head"]


def test_a_file_that_is_neither_pack_nor_calendar_is_said_to_be_so(served, tmp_path):
    other = tmp_path / "o.yaml"
    other.write_text("hello: 1\n")
    refused = run("activate", served.directory, other, check=False)
    assert refused.returncode == 2 and "neither a pack" in refused.stderr


def test_next_years_calendar_is_put_in_force(served, tmp_path):
    calendar = tmp_path / "2027.yaml"
    calendar.write_text("year: 2027\nnotice: 试验用\nissued: 2026-11-05\noff: [2027-01-01..2027-01-03]\nwork: []\nnamed: {元旦: 2027-01-01}\n")
    assert "2027.yaml" in run("activate", served.directory, calendar).stdout
    run("audit", "replay", served.directory)
