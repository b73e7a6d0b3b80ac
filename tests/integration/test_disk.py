"""What the disk does to the server, and the server to it: the order of its writes, an error that is final, one writer,
entries that change under a running server, readers that stay."""
import signal
import subprocess
import sys

import pytest

from client import unpack, entries_of
from conftest import ENVIRONMENT, PROGRAM, run, wait


class Traced:
    """The server under strace, which runs beside it (-D): the process is the server's own."""

    def __init__(self, deployment, *options):
        self.calls = deployment.directory / "calls"
        log = open(deployment.directory / "serve.trace", "ab")
        deployment.processes["serve"] = subprocess.Popen(
            ["strace", "-D", "-f", "-qq", "-o", str(self.calls), *options, PROGRAM, "serve", str(deployment.directory)], env=ENVIRONMENT, stdout=log, stderr=log)
        log.close()
        deployment.wait_ready()

    def lines(self):
        return self.calls.read_text(errors="replace").splitlines()


def register(client, name):
    return client.command("register", "unit", subjects=[("it", f"unit:{name}")], args={"class": "部门"})


def test_an_answer_comes_after_pages_sync_and_head_in_this_order(deployment):
    """LMDB's default mode: pages are written, fdatasync, then the head by a descriptor that writes through."""
    traced = Traced(deployment, "-y", "-e", "trace=openat,pwrite64,writev,pwritev,fdatasync,fsync,msync,sendto,mmap")
    client = deployment.client("registrar")
    before = len(traced.lines())
    assert client.do_once(register(client, "a"))[0] == "accepted"
    wait(lambda: any("fdatasync(" in line for line in traced.lines()[before:]))
    deployment.end("serve")
    lines = traced.lines()
    data = [line for line in lines[before:] if "/log/data.mdb>" in line and ("write" in line or "sync" in line)]
    synced = next(i for i, line in enumerate(data) if "fdatasync(" in line)
    assert synced >= 1 and all("write" in line for line in data[:synced]), data[:6]
    head = data[synced + 1]
    assert "pwrite64(" in head and ", 120, " in head, head
    assert any("openat(" in line and "/log/data.mdb" in line and "O_DSYNC" in line for line in lines)
    shared = [line for line in lines if "mmap(" in line and "data.mdb" in line and "MAP_SHARED" in line]
    assert shared and all("PROT_WRITE" not in line for line in shared), shared


@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_an_io_error_is_final_says_unknown_and_the_same_command_is_answered_after_the_restart(deployment, call):
    deployment.start()
    deployment.end("serve")
    Traced(deployment, "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when=12+")
    client = deployment.client("registrar")
    command, acknowledged = None, {}
    for number in range(60):
        command = register(client, f"n{number}")
        answer = client.do_once(command, 10)
        if answer is None or answer[0] != "accepted":
            break
        acknowledged[command.id] = answer[1]
    assert answer == ["unknown"], answer
    assert deployment.processes.pop("serve").wait(30) == 2
    assert " fatal " in (deployment.directory / "serve.trace").read_text()
    deployment.start()
    client.close()
    final = client.do_once(command)
    assert final[0] == "accepted" and client.do_once(command) == final
    acknowledged[command.id] = final[1]
    start, seen = 0, {}
    auditor = deployment.client("auditor")
    size = auditor.health()["durable"]
    while start < size:
        answer = auditor.range(start)
        for entry in entries_of(answer[5]):
            fields = unpack(entry)
            assert unpack(fields[4])[2] not in seen, "a command stands twice"
            seen[unpack(fields[4])[2]] = fields[1]
        start += answer[4]
    assert all(seen[id] == number for id, number in acknowledged.items())
    deployment.end("serve")
    run("audit", "verify", deployment.directory)


def test_a_second_server_on_the_same_log_is_turned_away_and_told_by_whom(served):
    conf = served.directory / "jishi.conf"
    text = conf.read_text()
    conf.write_text("".join(line if not line.startswith("port_") else line.split("=")[0] + f"= {int(line.split('=')[1]) + 5000}\n"
                            for line in text.splitlines(keepends=True)))
    second = run("serve", served.directory, check=False)
    assert second.returncode == 2
    assert f"process {served.processes['serve'].pid} writes" in second.stderr
    assert served.client("registrar").health()["intake"] == "open"


def test_an_entry_that_changes_on_disk_under_a_running_server_ends_it_and_is_named(deployment):
    conf = deployment.directory / "jishi.conf"
    conf.write_text(conf.read_text() + "\nscrub_every_s = 1\n")
    deployment.start()
    client = deployment.client("registrar")
    number = client.must("register", "unit", subjects=[("it", "unit:marked")], args={"class": "部门"})[1]
    client.must("register", "unit", subjects=[("it", "unit:after")], args={"class": "部门"})
    trace = deployment.directory / "serve.trace"
    wait(lambda: " scrubbed " in trace.read_text())
    path = deployment.directory / "log" / "data.mdb"
    data, at = path.read_bytes(), -1
    with open(path, "r+b") as file:
        while (at := data.find(b"unit:marked", at + 1)) >= 0:  # old copies of the page, too
            file.seek(at)
            file.write(b"unit:Marked")
    assert deployment.processes.pop("serve").wait(30) == 2
    fatal = next(line for line in trace.read_text().splitlines() if " fatal " in line)
    assert f"entry {number + 1}:" in fatal, fatal


def test_a_log_is_verified_while_it_grows(served):
    """Whoever audits looks at the log as it was when he began, in short reads, and finds all tiles of it."""
    client = served.client("registrar")
    results = []
    for round_number in range(6):
        commands = [register(client, f"r{round_number}-{number}") for number in range(200)]
        verify = subprocess.Popen([PROGRAM, "audit", "replay" if round_number % 2 else "verify", str(served.directory)], env=ENVIRONMENT,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        answer = client.ask("commands", client.bundle(commands), 20)
        assert all(one[0] == "accepted" for one in answer[3])
        out, _ = verify.communicate(timeout=120)
        results.append((verify.returncode, out))
    assert all(code == 0 for code, _ in results), results


def test_a_reader_that_was_stopped_does_not_hold_the_pages_of_the_log(served):
    """`jishi log` piped to somebody who does not read closes its view all the same."""
    client = served.client("registrar")
    commands = [register(client, f"s{number}") for number in range(250)]
    for first in range(0, 4):
        commands = [register(client, f"s{first}-{number}") for number in range(250)]
        client.ask("commands", client.bundle(commands), 20)
    reader = subprocess.Popen([PROGRAM, "log", str(served.directory)], env=ENVIRONMENT, stdout=subprocess.PIPE)
    try:
        assert reader.stdout.read(1000)
        for number in range(50):
            client.must("register", "unit", subjects=[("it", f"unit:t{number}")])
        assert reader.poll() is None, "the pipe took all of it: nothing is shown"
        wait(lambda: client.health()["uptime_ms"] > 11000)
        assert client.health()["reader_behind"] == 0
    finally:
        reader.kill()
        reader.wait()


STUCK = """
import ctypes, sys, time
lmdb = ctypes.CDLL("liblmdb.so.0")
env, txn = ctypes.c_void_p(), ctypes.c_void_p()
assert lmdb.mdb_env_create(ctypes.byref(env)) == 0
assert lmdb.mdb_env_set_mapsize(env, ctypes.c_size_t(1 << 40)) == 0
assert lmdb.mdb_env_set_maxreaders(env, 1024) == 0
assert lmdb.mdb_env_open(env, sys.argv[1].encode(), 0x20000, 0o600) == 0  # read only
assert lmdb.mdb_txn_begin(env, None, 0x20000, ctypes.byref(txn)) == 0
print("reading", flush=True)
time.sleep(600)
"""


def test_a_reader_that_stays_on_an_old_commit_is_ended_before_it_fills_the_disk(served):
    stuck = subprocess.Popen([sys.executable, "-c", STUCK, str(served.directory / "log")], stdout=subprocess.PIPE, text=True)
    try:
        assert stuck.stdout.readline() == "reading\n"
        client = served.client("registrar")
        for number in range(1100):
            client.must("register", "unit", subjects=[("it", f"unit:t{number}")])
        assert stuck.wait(60) == -signal.SIGKILL
        trace = (served.directory / "serve.trace").read_text()
        assert f" slow_reader pid={stuck.pid} " in trace
        wait(lambda: client.health()["reader_behind"] == 0)
    finally:
        stuck.kill()
        stuck.wait()
