"""The command line as people meet it: help that suffices, wrong input that is told so, exit codes that mean something."""
import datetime
import json
import subprocess

import pytest

from client import Text
from conftest import ENVIRONMENT, PROGRAM, run, wait
from test_activate_explain import wait_for_duty
from test_midterm import appoint

COMMANDS = subprocess.run([PROGRAM, "--commands"], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_in_two_languages_and_turns_away_a_wrong_option(command):
    for language, word in (("en", "usage: jishi"), ("zh", "用法: jishi")):
        shown = run(command, "--lang", language, "--help")
        assert shown.stdout.startswith(f"{word} {command} "), shown.stdout
        assert "--lang zh|en" in shown.stdout
    wrong = run(command, "--no-such-option", check=False)
    assert wrong.returncode == 2 and wrong.stderr


def test_the_help_of_do_names_every_verb_that_a_person_sends():
    shown = run("do", "--help", "--lang", "en").stdout
    for verb in ("act", "waive", "withdraw", "correct", "fact", "register", "change", "enrol", "revoke", "assign", "relieve", "delegate", "exempt", "suspend",
                 "resume", "migrate"):
        assert verb in shown


@pytest.mark.parametrize("options, says", [
    ("--from 2026-02-30 --period P1M", "--from DATE"), ("--from 2026-01-30 --period 1M", "ISO 8601"), ("--from 2026-01-30", "--period P"),
    ("--from 2026-01-30 --period P1M --ladder Q", "no such ladder"), ("--from 2026-01-30 --period P1M --roll maybe", "--roll none|next_workday"),
    ("--from 2026-01-30 --period P1M --shift maybe", "--shift previous_workday|none"), ("--from 2026-01-30 --period P1M --first-day x", "--first-day not|counts"),
    ("--from 2026-01-30 --period P100000WD", "too long"), ("--from 2026-01-30 --period P2000Y", "cannot be computed")])
def test_explain_turns_away_what_it_cannot_read(options, says):
    shown = run("explain", *options.split(), "--lang", "en", check=False)
    assert shown.returncode == 2 and says in shown.stdout + shown.stderr


@pytest.mark.parametrize("options, due, reminders", [
    ("--period P1M --ladder M", "2026-02-28", ["2026-02-14", "2026-02-25", "2026-02-27"]),
    ("--period P1M --ladder M --shift none", "2026-02-28", ["2026-02-14", "2026-02-21", "2026-02-25", "2026-02-27"]),
    ("--period P2D --roll next_workday", "2026-02-02", ["2026-02-02"]),
    ("--period P2D", "2026-02-01", []),
    ("--period P1M --ladder none", "2026-02-28", [])])
def test_explain_counts_from_30_january_2026_as_it_is_told(options, due, reminders):
    shown = json.loads(run("explain", "--from", "2026-01-30", *options.split(), "--json").stdout)
    assert shown["due"] == due and shown["provisional_years"] == []
    assert shown["reminders"] == reminders


def test_packs_and_calendars_are_found_from_any_folder(tmp_path):
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "JISHI_DATA_DIR"}
    shown = subprocess.run([PROGRAM, "explain", "--from", "2026-09-30", "--period", "P5WD", "--json"], env=environment, cwd=tmp_path, capture_output=True,
                           text=True, check=True)
    assert json.loads(shown.stdout)["due"] == "2026-10-13"


def test_a_key_s_member_has_a_name_that_needs_no_quoting(tmp_path):
    assert run("keygen", "two words", tmp_path / "k", check=False).returncode == 2
    assert not (tmp_path / "k").exists()
    assert "--field member=li" in run("keygen", "li", tmp_path / "k").stdout
    again = run("keygen", "li", tmp_path / "k", check=False)
    assert again.returncode == 2 and "exists" in again.stderr


def test_a_secret_that_others_may_read_is_not_used(served):
    key = served.directory / "keys" / "registrar.key"
    key.chmod(0o640)
    refused = run("do", served.directory, "register", "unit", "--subject", "it=unit:a", "--lang", "en", check=False)
    assert refused.returncode == 2 and "chmod 600" in refused.stderr
    key.chmod(0o600)
    run("do", served.directory, "register", "unit", "--subject", "it=unit:a")
    served.end("serve")
    (served.directory / "keys" / "log.sign").chmod(0o644)
    start = run("serve", served.directory, check=False)
    assert start.returncode == 2 and "chmod 600" in start.stderr


def test_what_is_not_there_is_said_not_to_be(served):
    directory = served.directory
    served.start("projector")
    wait(lambda: run("due", directory, check=False).returncode == 0)
    for what in ("person:nobody", "case:99", "duty:99"):
        shown = run("show", directory, what, "--lang", "en", check=False)
        assert shown.returncode == 1 and "nothing is on record" in shown.stderr
    for what in ("rubbish", "case:x", "duty:", ":x"):
        assert run("show", directory, what, check=False).returncode == 2
    assert run("due", directory, "--state", "sometimes", check=False).returncode == 2
    beyond = run("log", directory, "--from", "99999", check=False)
    assert beyond.returncode == 2 and "entry 99999 is not there" in beyond.stderr
    verified = json.loads(run("audit", "verify", directory, "--json").stdout)
    assert verified["verified"] is True and verified["entries"] > 20
    missing = run("audit", "verify", directory / "none\"quoted", "--json", check=False)
    assert missing.returncode == 2 and json.loads(missing.stdout)["verified"] is False


def test_due_shows_what_is_overdue_first_and_not_what_is_done(office):
    directory = office.deployment.directory
    day = (datetime.date.today() - datetime.timedelta(days=45)).isoformat()
    appoint(office, day)
    office.deployment.start("reminder")
    talk = wait_for_duty(office)
    wait(lambda: f" {talk[0]} " in run("due", directory, "--state", "overdue").stdout)
    listed = [json.loads(line) for line in run("due", directory, "--json").stdout.splitlines()]
    assert {row[7] for row in listed} == {"open", "overdue"}
    assert all(row[7] == "overdue" for row in [json.loads(line) for line in run("due", directory, "--state", "overdue", "--json").stdout.splitlines()])


def test_an_overdue_duty_whose_due_day_is_corrected_stays_overdue(office):
    directory = office.deployment.directory
    day = datetime.date.today() - datetime.timedelta(days=45)
    appoint(office, day.isoformat())
    office.deployment.start("reminder")
    talk = wait_for_duty(office)
    wait(lambda: f" {talk[0]} " in run("due", directory, "--state", "overdue").stdout)
    entries = [json.loads(line) for line in run("log", directory).stdout.splitlines()]
    fact = next(event["fact"] for entry in entries for event in entry["events"] if event["event"] == "fact_written" and event["type"] == "appointed")
    earlier = (day - datetime.timedelta(days=3)).isoformat()
    office["feng"].must("correct", args={"fact": fact, "day": earlier, "fields": None, "reason": Text("笔误", "person:li")})
    moved = wait(lambda: [row for row in map(json.loads, run("due", directory, "--state", "all", "--json").stdout.splitlines())
                          if row[0] == talk[0] and row[5] == earlier])
    assert moved[0][7] == "overdue" and moved[0][8] is True


def test_a_duty_is_suspended_explained_and_resumed_with_the_days_it_had_left(office):
    """By the command line, as an operator would; the used days are kept."""
    directory = office.deployment.directory
    today = datetime.date.today()
    appoint(office, (today - datetime.timedelta(days=10)).isoformat())
    duty = wait_for_duty(office)
    due = datetime.date.fromisoformat(duty[6])
    key = directory / "keys" / "feng.key"
    jishi_key = office["feng"].key
    key.write_text(f"jishi-key 1\nmember feng\ned25519_seed {bytes(jishi_key.signing).hex()}\n")
    key.chmod(0o600)
    since = (today - datetime.timedelta(days=6)).isoformat()
    run("do", directory, "--key", "feng", "suspend", "--field", f"duty={duty[0]}", "--text", "reason=住院", "--on", since)
    again = run("do", directory, "--key", "feng", "suspend", "--field", f"duty={duty[0]}", "--text", "reason=住院", "--on", since, check=False)
    assert again.returncode == 1
    standing = wait(lambda: (text := run("explain", directory, "--duty", duty[0], "--lang", "en").stdout) and "suspended" in text and text)
    assert f"suspended since {since}, 4 days of its clock are used" in standing
    assert json.loads(run("explain", directory, "--duty", duty[0], "--json").stdout)["state"] == "suspended"
    assert f" {duty[0]} " in run("due", directory, "--state", "suspended").stdout
    run("do", directory, "--key", "feng", "resume", "--field", f"duty={duty[0]}", "--text", "reason=出院", "--on", today.isoformat())
    moved = wait(lambda: (data := json.loads(run("explain", directory, "--duty", duty[0], "--json").stdout)) and data["state"] == "open" and data)
    assert moved["due"] == (due + datetime.timedelta(days=6)).isoformat() and moved["moved"] is True
    words = run("explain", directory, "--duty", duty[0], "--lang", "en").stdout
    assert f"stood still from {since} to {today.isoformat()}" in words and "4 days" in words, words
    run("audit", "replay", directory)


@pytest.mark.parametrize("number, birth, says", [
    ("11010519491231002X", "1949-12-31", ""), ("11010519491231002x", "1949-12-31", ""), ("110105491231002", "1949-12-31", ""),
    ("110105194912310021", "1949-12-31", "check"), ("11010519491231002X", "1949-12-30", "birth"), ("1101051949123100", "1949-12-31", "length"), ("11010519491231002X", "1949-12-31 --field sex=1", "sex")])
def test_an_id_number_that_does_not_fit_is_warned_of_and_taken(served, number, birth, says):
    """The file's birth date is the organisational truth: both are kept, nothing is turned away."""
    run("do", served.directory, "register", "unit", "--subject", "it=unit:a")
    done = run("do", served.directory, "register", "person", "--subject", "it=person:x", "--field", "unit=unit:a", "--field", *f"birth={birth}".split(),
               "--text", f"id_number={number}", "--lang", "en")
    assert done.stdout.startswith("accepted") and ("id_number" in done.stdout) == bool(says) and says in done.stdout, done.stdout
    assert number not in run("log", served.directory).stdout
    run("audit", "replay", served.directory)


def test_a_credit_code_that_does_not_fit_is_warned_of_and_taken(served):
    good = run("do", served.directory, "register", "unit", "--subject", "it=unit:a", "--field", "credit_code=91350100M000100Y43")
    assert "credit_code" not in good.stdout
    odd = run("do", served.directory, "register", "unit", "--subject", "it=unit:b", "--field", "credit_code=91350211M0000XUF46", "--lang", "en")
    assert odd.stdout.startswith("accepted") and "credit_code" in odd.stdout and "GB 32100-2015" in odd.stdout
