"""Real processes on loopback ports of their own; ended by pid, always."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import zmq

import client as jishi

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("JISHI", str(ROOT / "build" / "jishi"))
ENVIRONMENT = {**os.environ, "JISHI_DATA_DIR": str(ROOT / "core"), "LANG": "C.UTF-8"}


def pytest_collection_modifyitems(items):
    """What takes minutes begins first, so that the workers end together."""
    items.sort(key=lambda item: not any(name in item.name for name in ("kill_9_under_load", "whoever_is_killed", "drained")))


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
PORTS_EACH = 2000  # of a worker, so that two do not find the same ones free


def free_ports():
    """First of five ports in a row that nobody listens on."""
    base, offset = 12000 + WORKER % 10 * PORTS_EACH, os.getpid() * 5
    for step in range(0, PORTS_EACH - 5, 5):
        first = base + (offset + step) % (PORTS_EACH - 5)
        try:
            for port in range(first, first + 5):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise RuntimeError("no free ports")


def run(*arguments, check=True, **rest):
    return subprocess.run([PROGRAM, *map(str, arguments)], env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=check, **rest)


def wait(what, seconds=60):
    """What `what` finds, as soon as it finds something."""
    end = time.time() + seconds
    while time.time() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError


class Deployment:
    def __init__(self, directory, *options):
        self.directory = Path(directory)
        self.context = zmq.Context()
        self.processes = {}
        self.clients = []
        made = run("init", self.directory, "--port", free_ports(), *options, check=False)
        assert made.returncode == 0, made.stderr
        self.server = jishi.key_lines(self.directory / "keys" / "server.pub")

    def start(self, name="serve", *options, environment=None):
        log = open(self.directory / f"{name}.trace", "ab")
        self.processes[name] = subprocess.Popen([PROGRAM, name, str(self.directory), *options], env={**ENVIRONMENT, **(environment or {})}, stdout=log, stderr=log)
        log.close()
        if name == "serve":
            self.wait_ready()
        return self.processes[name]

    def wait_ready(self, seconds=60):
        client = self.client("auditor")
        end = time.time() + seconds
        while time.time() < end:
            assert self.processes["serve"].poll() is None, (self.directory / "serve.trace").read_text()[-2000:]
            if client.health(1.0):
                return
            client.close()
        raise TimeoutError("the server does not answer")

    def end(self, name, how=signal.SIGTERM):
        process = self.processes.pop(name)
        process.send_signal(how)
        return process.wait(30)

    def client(self, member, key=None, language="zh"):
        client = jishi.Client(self.context, self.server, key or jishi.Key.read(self.directory / "keys" / f"{member}.key"), language)
        self.clients.append(client)
        return client

    def close_processes(self):
        for name in list(self.processes):
            self.processes[name].kill()
            self.processes.pop(name).wait()

    def close(self):
        self.close_processes()
        for client in self.clients:
            client.close()
        self.context.term()


@pytest.fixture
def deployment(tmp_path):
    deployment = Deployment(tmp_path / "d")
    yield deployment
    deployment.close()


@pytest.fixture
def served(deployment):
    deployment.start()
    return deployment


class Office:
    """A department and its people, registered and enrolled through the wire."""

    UNITS = [("unit:prov", {"class": "省"}), ("unit:dept", {"class": "部门", "unit": "unit:prov", "type": "委员会"})]
    PEOPLE = {
        "li": ("unit:dept", {"birth": "1975-03-02", "scheme": "男", "rank": "内设机构正职"}, []),
        "wang": ("unit:dept", {}, [("dept.pc", "unit:dept")]),
        "chen": ("unit:dept", {}, [("dept.group", "unit:dept")]),
        "sun": ("unit:prov", {}, [("gw.investigator", "unit:prov")]),
        "zhou": ("unit:prov", {}, [("gw.investigator", "unit:prov")]),
        "wu": ("unit:prov", {}, [("gw.committee", "unit:prov")]),
        "feng": ("unit:prov", {}, [("gw.leader", "unit:prov")]),
        "hr": ("unit:dept", {}, [("dept.hr", "unit:dept")]),
    }

    def __init__(self, deployment):
        self.deployment = deployment
        self.registrar = deployment.client("registrar")
        self.secadmin = deployment.client("secadmin")
        self.members = {}
        for id, fields in self.UNITS:
            self.registrar.must("register", "unit", subjects=[("it", id)], args=fields)
        self.registrar.must("register", "post", subjects=[("it", "post:deputy")], args={"unit": "unit:dept", "kind": "专职副书记", "rank": "内设机构正职"})
        for name, (unit, fields, roles) in self.PEOPLE.items():
            self.enrol(name, unit, fields, roles)
        self.registrar.must("fact", "work", subjects=[("person", "person:li"), ("unit", "unit:dept")], args={"nature": "业务管理"}, on="2010-01-04")

    def enrol(self, name, unit, fields, roles):
        person = f"person:{name}"
        self.registrar.must("register", "person", subjects=[("it", person)], args={"unit": unit, "name": jishi.Text(name, person), **fields})
        key = jishi.Key.new()
        self.secadmin.must("enrol", args={"member": name, "key": key.public, "person": person})
        for role, over in roles:
            self.secadmin.must("assign", args={"member": name, "role": role, "unit": over, "from": "2020-01-01", "to": None})
        self.members[name] = self.deployment.client(name, key)

    def __getitem__(self, name):
        return self.members[name]


@pytest.fixture
def office(served):
    return Office(served)
