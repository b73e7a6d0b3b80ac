"""Ten thousand reminders while everything dies and the clock jumps: once in the record, at least once outside.

DRILL_REMINDERS sets how many (10,000), DRILL_SECONDS for how long processes are killed (20), DRILL_SEED the course.
"""
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import client as jishi
from conftest import ENVIRONMENT, PROGRAM, ROOT, run, wait
from drill import Drill, Watch, set_conf, write_book

REMINDERS = int(os.environ.get("DRILL_REMINDERS", "10000"))
SECONDS = float(os.environ.get("DRILL_SECONDS", "20"))
OWNERS = 200
DAY = 86400
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


class Troupe:
    """Processes that may be killed at any moment; their wall clock is the real one plus what the file says."""

    def __init__(self, deployment, clock):
        self.deployment, self.processes = deployment, {}
        self.clock, self.environment = clock, {**ENVIRONMENT, "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock),
                                               "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        self.parts = {name: [PROGRAM, name, str(deployment.directory)] for name in ("serve", "projector", "reminder")}
        for name in ("notifier-0", "notifier-1"):
            self.parts[name] = [PROGRAM, "notifier", str(deployment.directory)]
        for name in ("python-0", "python-1"):
            self.parts[name] = [sys.executable, str(ROOT / "tests" / "integration" / "drill_worker.py"), str(deployment.directory),
                                str(deployment.directory / f"{name}.sent")]

    def set_clock(self, seconds):
        aside = self.clock.with_suffix(".part")
        aside.write_text(f"{seconds:+d}s\n")
        aside.rename(self.clock)

    def start(self, name):
        with open(self.deployment.directory / f"{name}.trace", "ab") as trace:
            self.processes[name] = subprocess.Popen(self.parts[name], env=self.environment, stdout=trace, stderr=trace)

    def kill(self, name):
        self.processes[name].kill()
        self.processes[name].wait()

    def revive(self):
        for name, process in self.processes.items():
            if process.poll() is not None:
                self.start(name)

    def end(self):
        for process in self.processes.values():
            process.kill()
            process.wait()


def outside(directory):
    """(key, recipient) as the workers brought them, how often each: files of the outbox, lines of the Python workers."""
    found = Counter(line for part in directory.glob("python-*.sent") for line in part.read_text().splitlines())
    for path in (directory / "outbox").glob("*.eml"):
        key, member = path.name[:-len(".eml")].rsplit(".", 1)
        found[f"{key.replace('.', '/')} {member}"] += 1
    return found


def test_whoever_is_killed_and_however_the_clock_jumps_every_reminder_is_once_in_the_record(deployment, tmp_path):
    assert FAKETIME, "libfaketime is missing: deploy/install-packages test"
    seed = int(os.environ.get("DRILL_SEED", time.time()))
    print("seed", seed)
    rng = random.Random(seed)
    directory = deployment.directory
    set_conf(directory, remind_hour="00:00", language="zh", lease_ms=3000, in_place=rng.choice(("yes", "no")))
    write_book(directory, "".join(f"m{i} = pager:m{i}\n" for i in range(1, OWNERS, 2)))
    troupe = Troupe(deployment, tmp_path / "clock")
    troupe.set_clock(0)
    try:
        troupe.start("serve")
        deployment.processes["serve"] = troupe.processes["serve"]
        deployment.wait_ready()
        deployment.processes.pop("serve")
        drill = Drill(deployment, OWNERS)
        for name in list(troupe.parts)[1:]:
            troupe.start(name)
        drill.ask(REMINDERS // 2)
        drill.ask(REMINDERS - REMINDERS // 2, due=1)  # tomorrow: no jump of a running server's clock makes these fall due
        end = time.time() + SECONDS
        kills = jumps = 0
        while time.time() < end:
            time.sleep(rng.random() * 0.6)
            for name in rng.sample(list(troupe.parts)[1:], rng.randrange(1, 4)):
                troupe.kill(name)
                kills += 1
            if rng.random() < 0.3:
                troupe.set_clock(rng.choice([-DAY, 0, DAY]))
                jumps += 1
            troupe.revive()
        watch = Watch(deployment.client("auditor"), "rung_due", "delivered")
        assert sum(event[1] == "rung_due" for event in watch.read()) <= REMINDERS // 2, "a reminder was given a day early"
        troupe.set_clock(DAY)
        for name in ("serve", "reminder"):  # the day has come: who starts now takes the time of day as it is
            troupe.kill(name)
            troupe.start(name)

        def done():
            troupe.revive()
            keys = [event[-1] for event in watch.read() if event[1] == "rung_due"]
            sent = {(event[2], event[4]) for event in watch.events if event[1] == "delivered" and event[5] == "sent"}
            return (keys, sent) if len(keys) >= REMINDERS and len(sent) >= REMINDERS else None

        keys, sent = wait(done, 240)
        print(f"{kills} kills, {jumps} jumps of the clock")
        assert len(keys) == len(set(keys)) == REMINDERS, "a reminder stands twice in the record, or is missing"
        assert {key for key, _ in sent} == set(keys)
        brought = outside(directory)
        missing = {f"{key} {member}" for key, member in sent} - set(brought)
        assert not missing, f"{len(missing)} are on record as sent and were not, {sorted(missing)[:3]}"
        assert set(brought) <= {f"{key} {member}" for key, member in sent}
        pagers = sum(len(path.read_text().splitlines()) for path in directory.glob("python-*.sent"))
        print(f"{sum(brought.values())} brought for {REMINDERS}, {pagers} of them by workers in Python")
        assert pagers >= REMINDERS // 2
        assert all(event[5] != "dead" for event in watch.events if event[1] == "delivered")
        assert kills > 0 and jumps > 0
    finally:
        troupe.end()
    run("audit", "verify", directory)
