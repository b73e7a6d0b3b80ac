"""A start begins with a snapshot and still refuses a log that does not hold."""
import signal
import subprocess
import time

import pytest
import zmq

import client as jishi
from conftest import ENVIRONMENT, PROGRAM, ROOT, free_ports, run, wait

PACK = ROOT / "tests" / "bench" / "BENCH.yaml"


class Running:
    """One process of ours with its trace in a file."""

    started = []

    def __init__(self, trace, *arguments):
        self.started.append(self)
        self.trace = trace
        self.process = subprocess.Popen([PROGRAM, *map(str, arguments)], env=ENVIRONMENT, stderr=open(trace, "wb"))

    def wait_for(self, word, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.trace.read_text()
            for line in text.splitlines():
                if f" {word}" in line:
                    return line
            if self.process.poll() is not None and f" {word}" not in self.trace.read_text():
                pytest.fail(f"ended with {self.process.returncode}:\n{text}")
            time.sleep(0.05)
        pytest.fail(f"no {word} in:\n{self.trace.read_text()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture(autouse=True)
def none_left_behind():
    yield
    while Running.started:
        process = Running.started.pop().process
        process.kill()
        process.wait()


def caught_up(folder):
    """Returns once the projector has read all that is durable."""
    context = zmq.Context()
    auditor = jishi.Client(context, jishi.key_lines(folder / "keys" / "server.pub"), jishi.Key.read(folder / "keys" / "auditor.key"))
    try:
        head = auditor.health()["durable"]
        wait(lambda: (auditor.query("cases", at_least=head) or [None] * 3)[2] == "ok")
    finally:
        auditor.close()
        context.term()


@pytest.fixture
def recorded(tmp_path):
    """A deployment with some 12,000 entries and a snapshot of them."""
    folder = tmp_path / "d"
    run("init", folder, "--port", free_ports())
    serve = Running(tmp_path / "serve1.log", "serve", folder)
    serve.wait_for("ready")
    projector = Running(tmp_path / "projector1.log", "projector", folder)
    projector.wait_for("ready")
    run("bench", "load", folder, "--pack", PACK, "--entries", "12000", "--cases", "4000", "-c", "4")
    caught_up(folder)
    assert projector.stop() == 0
    assert serve.stop() == 0
    snapshots = sorted((folder / "snapshots").glob("*.snap"))
    assert len(snapshots) == 1
    return tmp_path, folder, snapshots[0]


def figure(line, name):
    return int(line.split(f"{name}=")[1].split()[0])


def test_a_start_folds_only_what_the_snapshot_does_not_hold(recorded):
    tmp_path, folder, snapshot = recorded
    serve = Running(tmp_path / "serve2.log", "serve", folder)
    ready = serve.wait_for("ready")
    assert figure(ready, "snapshot") == int(snapshot.stem) > 12000
    assert figure(serve.wait_for("scrubbed"), "entries") == int(snapshot.stem)
    projector = Running(tmp_path / "projector2.log", "projector", folder)
    projector.wait_for("ready")
    run("bench", "load", folder, "--entries", "500", "--cases", "1000", "-c", "1")
    assert projector.stop() == 0
    assert serve.stop() == 0
    run("audit", "replay", folder)


def test_a_damaged_snapshot_is_passed_over_and_the_log_decides(recorded):
    tmp_path, folder, snapshot = recorded
    bytes_ = bytearray(snapshot.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    snapshot.write_bytes(bytes_)
    serve = Running(tmp_path / "serve2.log", "serve", folder)
    assert figure(serve.wait_for("ready"), "snapshot") == 0
    assert "damaged" in serve.wait_for("snapshot_passed_over")
    assert serve.stop() == 0


def test_an_entry_changed_before_the_snapshot_ends_the_server_and_is_named(recorded):
    tmp_path, folder, snapshot = recorded
    log = folder / "log" / "data.mdb"
    bytes_ = log.read_bytes()
    early = PACK.read_bytes()[:40]  # stands in the entry that brought the pack
    assert early in bytes_
    log.write_bytes(bytes_.replace(early, early.swapcase()))
    serve = Running(tmp_path / "serve2.log", "serve", folder)
    fatal = serve.wait_for("fatal")
    assert "does not follow" in fatal and "entry " in fatal
    assert serve.process.wait(30) == 2


def test_a_snapshot_of_another_deployment_is_not_taken(recorded):
    tmp_path, folder, snapshot = recorded
    other = tmp_path / "other"
    run("init", other, "--port", free_ports())
    (other / "snapshots" / snapshot.name).write_bytes(snapshot.read_bytes())
    serve = Running(tmp_path / "serve2.log", "serve", other)
    assert figure(serve.wait_for("ready"), "snapshot") == 0
    assert serve.stop() == 0
