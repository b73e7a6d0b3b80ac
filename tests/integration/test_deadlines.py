"""Time limits with real processes: clocks that jump, outages, crashes, roles that change hands; each rung once, whatever happens."""
import datetime
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

import client as jishi
from conftest import PROGRAM, ROOT, Deployment, run, wait
from fake_clock import FakeClock
from test_reminders import all_events, set_conf

PACK = """
pack: {id: DL, words: 1, title: {zh: 时限, en: Limits}, authority: issued, waiver: dl.board, supervisor: dl.board}
roles:
  dl.handler: {title: {zh: 承办人, en: Handler}, superior: dl.head}
  dl.head: {title: {zh: 科长, en: Head}}
  dl.board: {title: {zh: 督办, en: Board}}
facts:
  dl_asked: {title: {zh: 询问, en: Asked}, about: [unit]}
  dl_answered: {title: {zh: 答复, en: Answered}, about: [unit]}
duties:
  DL-ANSWER: {title: {zh: 答复, en: Answer}, rules: [DL-1], when: {fact: dl_asked, for: unit}, due: P30D, met: {has: dl_answered}, ladder: Q,
    owner: dl.handler}
rules: {DL-1: 应当在三十日内答复}
ladders:
  Q: {before: [P10D, P3D, P1D], after: [P1WD, P7D], escalate: {superior: P2D, supervisor: P9D}}
"""


def date(text):
    return datetime.date.fromisoformat(text)


def days_ago(days):
    return (date(jishi.today()) - datetime.timedelta(days=days)).isoformat()


class Bureau:
    """Some units that are asked and owe an answer, and three who are reminded of it; each process has a clock of its own."""

    def __init__(self, directory, units=1):
        self.deployment = Deployment(directory)
        set_conf(self.deployment.directory, remind_hour="00:00")
        self.clocks = {name: FakeClock(directory / f"{name}.clock") for name in ("serve", "reminder", "notifier")}
        self.start("serve")
        pack = directory / "DL.yaml"
        pack.write_text(PACK)
        run("activate", self.deployment.directory, pack)
        self.registrar, self.secadmin = self.deployment.client("registrar"), self.deployment.client("secadmin")
        self.auditor = self.deployment.client("auditor")
        self.registrar.must("register", "unit", subjects=[("it", "unit:top")], args={})
        for number in range(units):
            self.registrar.must("register", "unit", subjects=[("it", f"unit:{number}")], args={"unit": "unit:top"})
        self.members = {}
        for name, role in (("eve", "dl.handler"), ("ann", "dl.head"), ("dan", "dl.board")):
            self.enrol(name)
            self.assign(name, role)

    def enrol(self, name):
        key = jishi.Key.new()
        self.secadmin.must("enrol", args={"member": name, "key": key.public, "person": ""})
        self.members[name] = self.deployment.client(name, key)

    def assign(self, name, role, since="2020-01-01"):
        return self.secadmin.must("assign", args={"member": name, "role": role, "unit": "unit:top", "from": since, "to": None})

    def start(self, name, days=None):
        if days is not None:
            self.clocks[name].set(days)
        self.deployment.start(name, environment=self.clocks[name].environment)

    def end(self, name, how=signal.SIGTERM):
        self.deployment.end(name, how)

    def ask(self, days, count=1, units=1):
        """`count` questions, each `days` ago: due in thirty days from then."""
        commands = [self.registrar.command("fact", "dl_asked", subjects=[("unit", f"unit:{number % units}")], on=days_ago(days)) for number in range(count)]
        for at in range(0, count, 100):
            answer = self.registrar.ask("commands", self.registrar.bundle(commands[at:at + 100]), 20.0)
            assert all(one[0] == "accepted" for one in answer[3]), answer[3]

    def health(self):
        return wait(lambda: self.auditor.health(2.0) or self.auditor.close())

    def events(self):
        return all_events(self.auditor)

    def days(self, *names, days):
        """So many days later, as far as anybody can tell: the processes start anew."""
        for name in names:
            if name in self.deployment.processes:
                self.end(name)
        for name in names:
            self.start(name, days)

    def close(self):
        self.deployment.close()


@pytest.fixture
def bureau(tmp_path):
    bureau = Bureau(tmp_path / "d")
    yield bureau
    bureau.close()


def named(events, name):
    return [event for event in events if event[1] == name]


def is_quiet(bureau, seconds=1.5):
    """Nothing has come for a while."""
    head = bureau.health()["head"]
    time.sleep(seconds)
    return bureau.health()["head"] == head


def recorded(bureau):
    """When each entry was recorded, UTC."""
    start, found = 0, {}
    while True:
        answer = bureau.auditor.range(start)
        for entry in jishi.entries_of(answer[5]):
            fields = jishi.unpack(entry)
            found[fields[1]] = fields[3]
        start += answer[4]
        if answer[4] == 0 or start >= answer[6]:
            return found


def day_of(recorded_at_us):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=recorded_at_us, hours=8)).date()


def reads_the_log(bureau):
    """The auditor, whose role began on the day of init, on a new connection."""
    client = bureau.deployment.client("auditor")
    answer = client.range(0, count=1)
    client.close()
    return answer and answer[2] == "range"


# ---- clocks ----


def test_a_leap_of_the_servers_clock_is_not_followed_and_shows(bureau):
    bureau.start("reminder")
    bureau.ask(30)  # due today
    wait(lambda: named(bureau.events(), "rung_due"))
    for name in ("serve", "reminder"):
        bureau.clocks[name].set(1)
    assert wait(lambda: abs(bureau.health()["clock_leap_s"] - 86400) < 60)
    bureau.ask(0)
    assert wait(lambda: is_quiet(bureau))
    assert not named(bureau.events(), "duty_overdue"), "nobody is late because a clock was set"
    assert abs(bureau.health()["recorded_at_us"] / 1e6 - time.time()) < 600
    for name in ("serve", "reminder"):
        bureau.clocks[name].set(-1)
    assert wait(lambda: abs(bureau.health()["clock_leap_s"] + 86400) < 60)
    assert reads_the_log(bureau), "an auditor since today is one, whatever the machine takes for today"
    bureau.ask(0)
    for name in ("serve", "reminder"):
        bureau.clocks[name].set(0)
    assert wait(lambda: bureau.health()["clock_leap_s"] == 0)
    bureau.ask(0)
    times = list(recorded(bureau).values())
    assert times == sorted(times)
    assert abs(times[-1] / 1e6 - time.time()) < 600


def test_a_server_started_with_a_clock_a_day_behind_records_nothing_earlier_than_before(bureau):
    before = bureau.health()["recorded_at_us"]
    bureau.days("serve", days=-1)
    bureau.ask(0)
    assert bureau.health()["recorded_at_us"] == before, "time stands until it has come there again"
    assert reads_the_log(bureau), "roles are asked for by the time that entries are recorded at"
    bureau.days("serve", days=0)
    bureau.ask(0)
    times = list(recorded(bureau).values())
    assert times == sorted(times) and times[-1] > before


def test_a_reminder_whose_clock_is_a_day_ahead_spoils_nothing_and_the_day_comes_once(bureau):
    bureau.ask(30)  # due today, overdue tomorrow
    bureau.start("reminder", 0)
    wait(lambda: named(bureau.events(), "rung_due"))
    bureau.days("reminder", days=1)
    refused = bureau.health()["refused"]
    wait(lambda: bureau.health()["refused"] > refused)
    assert wait(lambda: is_quiet(bureau)), "what is refused as not due leaves no entries"
    assert not named(bureau.events(), "duty_overdue")
    bureau.days("serve", "reminder", days=1)  # the day comes
    wait(lambda: named(bureau.events(), "duty_overdue"))
    assert wait(lambda: is_quiet(bureau))
    overdue = named(bureau.events(), "duty_overdue")
    assert len(overdue) == 1 and overdue[0][4] == ["eve"]
    assert overdue[0][3] == (date(jishi.today()) + datetime.timedelta(days=1)).isoformat()


# ---- outages ----


def expected_effects(events, upto):
    """What has to be on record by a day, from what the duties say of themselves: (duty, kind, day)."""
    effects = set()
    for event in named(events, "duty_opened"):
        if event[3] != "DL-ANSWER":
            continue
        number, due, rungs, first, escalations = event[2], event[10], event[11], event[12], event[13]
        effects |= {(number, "before", day) for day in rungs if date(day) <= upto}
        effects |= {(number, kind, day) for kind, day in zip(("superior", "supervisor"), escalations) if date(day) <= upto}
        effects |= {(number, "overdue", first)} if date(first) <= upto else set()
        effects |= {(number, "duty_overdue", "")} if date(due) < upto else set()
    return effects


def effects_on_record(events):
    return [(event[2], event[3], event[5]) for event in named(events, "rung_due")] + [(event[2], "duty_overdue", "") for event in named(events, "duty_overdue")]


def repeated_notices(events):
    """Weekly ones after the first: how many there are follows from the calendar, so only their keys are looked at."""
    first = {event[2]: event[12] for event in named(events, "duty_opened")}
    return {(event[2], event[3], event[5]) for event in named(events, "rung_due") if event[3] == "overdue" and event[5] != first[event[2]]}


def assert_each_effect_once(events, upto):
    found = effects_on_record(events)
    assert len(found) == len(set(found)), "an effect stands twice in the record"
    assert set(found) - repeated_notices(events) == expected_effects(events, upto)
    keys = [event[8] for event in named(events, "rung_due")]
    assert len(keys) == len(set(keys))


def test_after_a_week_without_anybody_each_rung_comes_once_and_says_how_late(bureau):
    bureau.start("reminder")
    bureau.ask(15)  # its first reminder is five days ahead, or less where that is a rest day
    for days in (1, 22):  # and it is overdue by then
        bureau.days("serve", "reminder", days=days)
        upto = date(jishi.today()) + datetime.timedelta(days=days)
        wait(lambda: set(effects_on_record(bureau.events())) >= expected_effects(bureau.events(), upto))
    assert wait(lambda: is_quiet(bureau))
    events, times = bureau.events(), recorded(bureau)
    assert_each_effect_once(events, upto)
    late = [(event[6], (day_of(times[event[0]]) - date(event[5])).days) for event in named(events, "rung_due")]
    assert all(said == was for said, was in late), late
    assert max(said for said, _ in late) >= 5
    run("audit", "replay", bureau.deployment.directory)


def test_whoever_is_killed_and_whatever_the_clocks_say_each_effect_is_once_in_the_record(tmp_path):
    seed = int(os.environ.get("SEED", time.time()))
    count = int(os.environ.get("REMINDED_DUTIES", 400))
    print("seed", seed)
    rng = random.Random(seed)
    bureau = Bureau(tmp_path / "d", units=20)
    try:
        for days in range(10, 34):
            bureau.ask(days, count // 24 + 1, units=20)
        for days in range(0, 14):
            bureau.clocks["serve"].set(days + rng.choice([-1, 0, 0]))
            bureau.clocks["reminder"].set(days + rng.choice([-1, 0, 0, 1]))
            for name in ("reminder", "serve") if rng.random() < 0.7 else ("reminder",):
                if name in bureau.deployment.processes:
                    bureau.end(name, signal.SIGKILL)
            for name in ("serve", "reminder"):
                if name not in bureau.deployment.processes:
                    bureau.start(name)
            time.sleep(rng.random() * 0.6)
        bureau.days("serve", "reminder", days=14)
        upto = date(jishi.today()) + datetime.timedelta(days=14)
        wait(lambda: set(effects_on_record(bureau.events())) >= expected_effects(bureau.events(), upto), 240)
        assert wait(lambda: is_quiet(bureau))
        assert_each_effect_once(bureau.events(), upto)
        run("audit", "replay", bureau.deployment.directory)
    finally:
        bureau.close()


# ---- the reminder itself ----


def test_the_reminder_outlives_a_server_that_is_down_and_answers_its_workers_meanwhile(bureau):
    bureau.ask(30)
    bureau.start("reminder")
    wait(lambda: named(bureau.events(), "rung_due"))
    worker = bureau.deployment.client("notifier")
    wait(lambda: worker.job("figures"))
    bureau.ask(30)
    bureau.end("serve", signal.SIGKILL)
    until = time.time() + 5
    while time.time() < until:
        before = time.time()
        assert worker.job("figures") and time.time() - before < 1.0
        time.sleep(0.1)
    bureau.start("serve")
    bureau.ask(30)
    wait(lambda: len({event[2] for event in named(bureau.events(), "rung_due")}) == 3)
    assert bureau.deployment.processes["reminder"].poll() is None


def test_an_escalation_goes_to_who_holds_the_superior_role_on_that_day(bureau):
    bureau.ask(23)  # due in a week, its escalation some days after that
    bureau.start("reminder")
    wait(lambda: named(bureau.events(), "rung_due"))
    bureau.enrol("bo")
    assignment = next(event for event in named(bureau.events(), "role_assigned") if event[3] == "ann")[2]
    bureau.secadmin.must("relieve", args={"assignment": assignment, "to": jishi.today()})
    bureau.assign("bo", "dl.head", since=days_ago(-1))
    bureau.days("serve", "reminder", days=14)
    told = wait(lambda: [event for event in named(bureau.events(), "rung_due") if event[3] == "superior"])
    assert [event[7] for event in told] == [["bo"]]
    assert [event[4] for event in named(bureau.events(), "duty_overdue")] == [["eve"]]


def test_what_falls_due_at_once_is_drained_while_commands_and_workers_are_answered():
    """A small one of tests/bench/drain; the bounds only tell a standstill from a busy machine."""
    done = subprocess.run([sys.executable, ROOT / "tests" / "bench" / "drain", "--open", "6000", "--due", "2000", "--seconds", "2", "--json", "--program", PROGRAM],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["drained"] == 2000
    assert all(figures[when]["refused"] == 0 and figures[when]["commands"] > 0 for when in ("before", "during", "after"))
    assert figures["during"]["p99_us"] < 20 * figures["before"]["p99_us"] + 200000
    assert figures["answers"] > 10 and figures["answer_most_ms"] < 3000
