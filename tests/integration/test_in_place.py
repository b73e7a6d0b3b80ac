"""Followers on the log's own machine read it where it lies; all others, and whoever finds another log there, over ZeroMQ."""
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest
import zmq

import client as jishi
from conftest import ENVIRONMENT, PROGRAM, free_ports, wait
from drill import set_conf
from test_midterm import appoint
from test_projector import caught_up, rows

LISTS = ("cases", "agenda", "facts")


def elsewhere(office, directory):
    """A folder from which a second projector follows the same server: what another machine would have of it."""
    source = office.deployment.directory
    for part in ("keys", "run"):
        (directory / part).mkdir(parents=True)
    for name in ("keys/server.pub", "keys/server.curve", "jishi.conf"):
        shutil.copy(source / name, directory / name)
    set_conf(directory, port_queries=free_ports())
    return directory


class Projector:
    def __init__(self, directory, office):
        self.trace = directory / "projector.trace"
        with open(self.trace, "ab") as trace:
            self.process = subprocess.Popen([PROGRAM, "projector", str(directory)], env=ENVIRONMENT, stdout=trace, stderr=trace)
        self.client = office.deployment.client("auditor")
        port = next(line.split("=")[1].strip() for line in (directory / "jishi.conf").read_text().splitlines() if line.startswith("port_queries"))
        self.client.server = {**self.client.server, "queries": f"tcp://127.0.0.1:{port}"}

    def says(self, what):
        return wait(lambda: what in self.trace.read_text())

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


@pytest.fixture
def second(office, tmp_path):
    """Starts a projector in a folder of its own."""
    started = []

    def start(directory):
        started.append(Projector(directory, office))
        return started[-1]
    yield start
    for projector in started:
        projector.end()


def lists(client):
    caught_up(client, *LISTS)
    return {name: rows(client, name) for name in LISTS}


def here(office):
    """The lists of the deployment's own projector, which reads in place."""
    auditor = office.deployment.client("auditor")
    found = lists(auditor)
    assert "in_place=yes" in (office.deployment.directory / "projector.trace").read_text()
    return found


def test_who_reads_in_place_and_who_follows_from_elsewhere_show_the_same(office, second, tmp_path):
    appoint(office)
    office.deployment.start("projector")
    remote = second(elsewhere(office, tmp_path / "elsewhere"))
    remote.says("in_place=no")
    assert lists(remote.client) == here(office)
    appoint(office)  # and what comes while both follow
    assert lists(remote.client) == here(office)
    assert "in_place=yes" not in remote.trace.read_text()


class Losing(threading.Thread):
    """Stands where the server's ranges are: loses every fifth answer, and cuts the others short; its feed says nothing."""

    def __init__(self, upstream, directory):
        super().__init__(daemon=True)
        self.upstream, self.asked, self.lost, self.stopping = upstream, [], 0, False
        public, secret = zmq.curve_keypair()
        self.context = zmq.Context()
        self.ranges, self.feed = (self.open(kind, public, secret) for kind in (zmq.ROUTER, zmq.XPUB))
        server = directory / "keys" / "server.pub"
        lines = dict(line.split(" ", 1) for line in server.read_text().splitlines())
        lines |= {"curve_public": public.decode(), "ranges": self.ranges.last_endpoint.decode(), "feed": self.feed.last_endpoint.decode()}
        server.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))

    def open(self, kind, public, secret):
        socket = self.context.socket(kind)
        socket.curve_server, socket.curve_publickey, socket.curve_secretkey, socket.linger = True, public, secret, 0
        socket.bind("tcp://127.0.0.1:*")
        return socket

    def run(self):
        while not self.stopping:
            if not self.ranges.poll(50):
                continue
            route, body = self.ranges.recv_multipart()
            _, number, _, start, count, _ = jishi.unpack(body)
            self.asked.append((start, count))
            if len(self.asked) % 5 == 3:
                self.lost += 1
                continue
            answer = self.upstream.range(start, min(count, 5 + len(self.asked) % 4))
            self.ranges.send_multipart([route, jishi.pack([answer[0], number, *answer[2:]])])

    def end(self):
        self.stopping = True
        self.join()
        self.ranges.close()
        self.feed.close()
        self.context.term()


def test_answers_that_are_lost_or_cut_short_are_asked_for_again(office, second, tmp_path):
    for _ in range(3):
        appoint(office)
    office.deployment.start("projector")
    directory = elsewhere(office, tmp_path / "elsewhere")
    losing = Losing(office.deployment.client("auditor"), directory)
    losing.start()
    try:
        remote = second(directory)
        remote.says("in_place=no")
        assert lists(remote.client) == here(office)
        size = office.deployment.client("auditor").health()["durable"]
        assert losing.lost >= 3 and size / 8 <= len(losing.asked) <= size
    finally:
        losing.end()


def test_in_place_can_be_switched_off(office):
    set_conf(office.deployment.directory, in_place="no")
    appoint(office)
    office.deployment.start("projector")
    assert lists(office.deployment.client("auditor"))
    assert "in_place=no" in (office.deployment.directory / "projector.trace").read_text()


def test_another_log_than_the_servers_is_left_for_the_feed(office, second, tmp_path):
    directory = elsewhere(office, tmp_path / "elsewhere")
    office.deployment.end("serve")
    shutil.copytree(office.deployment.directory / "log", directory / "log")
    office.deployment.start("serve")
    shutil.copy(office.deployment.directory / "run" / "place", directory / "run" / "place")
    stale = second(directory)
    stale.says("in_place=yes")
    office.deployment.start("projector")
    appoint(office)
    assert lists(stale.client) == here(office)
    stale.says("not_in_place")


def test_who_starts_before_the_server_reads_in_place_as_soon_as_it_is_there(office):
    appoint(office)
    office.deployment.end("serve")
    (office.deployment.directory / "run" / "place").write_text("another-boot pid:[1]\n")
    process = office.deployment.start("projector")
    wait(lambda: any("ZMQ" in name.read_text() for name in Path(f"/proc/{process.pid}/task").glob("*/comm")))  # it has looked
    trace = office.deployment.directory / "projector.trace"
    office.deployment.start("serve")
    wait(lambda: " in_place next=" in trace.read_text())
    appoint(office)
    assert lists(office.deployment.client("auditor"))["cases"]


def test_a_process_of_another_space_of_process_numbers_does_not_read_in_place(office):
    """Its reader's slot would be taken for that of a process that died."""
    if subprocess.run(["unshare", "--pid", "--fork", "true"], check=False).returncode:
        pytest.fail("no PID namespace can be made here: run as root")
    appoint(office)
    directory = office.deployment.directory
    with open(directory / "projector.trace", "ab") as trace:
        process = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", PROGRAM, "projector", str(directory)], env=ENVIRONMENT, stdout=trace, stderr=trace)
    try:
        assert lists(office.deployment.client("auditor"))["cases"]
        assert "in_place=no" in (directory / "projector.trace").read_text()
    finally:
        process.kill()
        process.wait()
