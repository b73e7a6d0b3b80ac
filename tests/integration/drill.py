"""A drill of reminders: units with an owner each, and questions to them whose one reminder falls on the day they are due."""
import datetime
import time

import client as jishi
from conftest import ROOT, run

PACK = ROOT / "tests" / "packs" / "drill" / "DRILL.yaml"
BUNDLE = 200
READ_SECONDS = 60  # a server that starts anew answers in that time


def day(offset=0):
    return (datetime.date.fromisoformat(jishi.today()) + datetime.timedelta(days=offset)).isoformat()


def set_conf(directory, **values):
    """Settings of jishi.conf; a dot in a name is written as two underlines."""
    values = {name.replace("__", "."): value for name, value in values.items()}
    path = directory / "jishi.conf"
    lines = [line for line in path.read_text().splitlines() if line.split("=")[0].strip() not in values]
    path.with_suffix(".part").write_text("\n".join(lines + [f"{name} = {value}" for name, value in values.items()]) + "\n")
    path.with_suffix(".part").rename(path)


def write_book(directory, text):
    """recipients.conf, never seen half written."""
    path = directory / "recipients.conf"
    path.with_suffix(".part").write_text(text)
    path.with_suffix(".part").rename(path)


def submit(client, commands):
    """Signs and sends them in bundles; each has to be accepted."""
    for start in range(0, len(commands), BUNDLE):
        request = client.bundle(commands[start:start + BUNDLE])
        answer = client.ask("commands", request, 30)
        assert answer and answer[2] == "bundle", answer
        assert all(one[0] == "accepted" for one in answer[3]), [one for one in answer[3] if one[0] != "accepted"][:1]


class Drill:
    """`owners` members m0, m1, ... each answering for a unit of his own."""

    def __init__(self, deployment, owners):
        self.deployment, self.owners = deployment, owners
        run("activate", deployment.directory, PACK)
        registrar, secadmin = deployment.client("registrar"), deployment.client("secadmin")
        submit(registrar, [registrar.command("register", "unit", subjects=[("it", f"unit:{i}")]) for i in range(owners)])
        submit(secadmin, [secadmin.command("enrol", args={"member": f"m{i}", "key": jishi.Key.new().public, "person": ""}) for i in range(owners)])
        submit(secadmin, [secadmin.command("assign", args={"member": f"m{i}", "role": "drill.owner", "unit": f"unit:{i}", "from": "2020-01-01", "to": None})
                          for i in range(owners)])
        self.registrar = registrar

    def ask(self, count, due=0, first=0):
        """`count` questions, one after the other to each owner, due in `due` days from today."""
        asked = [self.registrar.command("fact", "drill_asked", subjects=[("unit", f"unit:{(first + i) % self.owners}")], on=day(due - 30))
                 for i in range(count)]
        submit(self.registrar, asked)


class Watch:
    """Events with these names as [entry, name, field, ...], each read once."""

    def __init__(self, client, *names):
        self.client, self.names, self.next, self.events = client, names, 0, []

    def read(self):
        """All until now."""
        end = time.monotonic() + READ_SECONDS
        while True:
            answer = self.client.range(self.next)
            if not answer or answer[2] != "range":
                assert time.monotonic() < end, f"no entries come from {self.next} on: {answer}"
                self.client.close()
                continue
            end = time.monotonic() + READ_SECONDS
            for entry in jishi.entries_of(answer[5]):
                fields = jishi.unpack(entry)
                self.events += [[fields[1], *event] for event in fields[8] if event[0] in self.names]
            self.next += answer[4]
            if answer[4] == 0 or self.next >= answer[6]:
                return self.events


def events_of(client, *names):
    return Watch(client, *names).read()
