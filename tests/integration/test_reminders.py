"""Reminders: from a duty to a mailbox through a real SMTP server, recorded, once, whoever dies on the way."""
import datetime
import email
import email.policy
import random
import signal
import socket
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from client import entries_of, unpack
from conftest import run, wait
from test_midterm import appoint


class Mailbox:
    """What arrived; answers as it is told to."""

    def __init__(self):
        self.mails = []
        self.answers = []

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return answer


@pytest.fixture
def mailbox():
    box = Mailbox()
    box.port = free_port()
    box.controller = Controller(box, hostname="127.0.0.1", port=box.port)
    box.controller.start()
    yield box
    box.controller.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def set_conf(directory, **values):
    """Other settings than init's; no waiting for 08:50."""
    path = directory / "jishi.conf"
    lines = [line for line in path.read_text().splitlines() if line.split("=")[0].strip() not in values]
    path.write_text("\n".join(lines + [f"{name} = {value}" for name, value in values.items()]) + "\n")


def by_mail(office, mailbox, **more):
    directory = office.deployment.directory
    set_conf(directory, remind_hour="00:00", language="zh", smtp=f"smtp://127.0.0.1:{mailbox.port}", smtp_from="jishi@localhost", **more)
    (directory / "recipients.conf").write_text("feng = smtp:feng@localhost\nwu = smtp:wu@localhost\n")


def all_events(client):
    start, events = 0, []
    while True:
        answer = client.range(start)
        for entry in entries_of(answer[5]):
            events += [[unpack(entry)[1], *event] for event in unpack(entry)[8]]
        start += answer[4]
        if answer[4] == 0 or start >= answer[6]:
            return events


def rungs(events):
    return [event for event in events if event[1] == "rung_due"]


def deliveries(events):
    return [event for event in events if event[1] == "delivered"]


def long_ago(days):
    return (datetime.date.today() - datetime.timedelta(days=days)).isoformat()


def test_an_overdue_talk_is_reminded_of_by_mail_and_each_delivery_is_on_record(office, mailbox):
    by_mail(office, mailbox)
    appoint(office, long_ago(45))
    office.deployment.start("reminder")
    office.deployment.start("notifier")
    auditor = office.deployment.client("auditor")
    wait(lambda: any("SD-TALK" in str(mail["Subject"]) or "谈话" in str(mail["Subject"]) for _, mail in mailbox.mails))
    wait(lambda: {event[2] for event in deliveries(all_events(auditor))} >= {event[-1] for event in rungs(all_events(auditor))})
    events = all_events(auditor)
    keys = [event[-1] for event in rungs(events)]
    assert len(keys) == len(set(keys)), "a rung stands twice in the record"
    sent = [event for event in deliveries(events) if event[5] == "sent"]
    to, mail = next((to, mail) for to, mail in mailbox.mails if "谈话" in str(mail["Subject"]))
    assert to == ["feng@localhost"] or to == ["wu@localhost"]
    assert mail["X-Jishi-Key"] in {event[2] for event in sent}
    assert "提醒编号" in mail.get_body(("plain",)).get_content()
    assert all("李" not in str(mail) for _, mail in mailbox.mails)


def test_a_server_that_refuses_for_now_gets_the_mail_later_and_both_tries_are_on_record(office, mailbox):
    by_mail(office, mailbox)
    mailbox.answers = ["451 try again later"] * 2
    appoint(office, long_ago(45))
    office.deployment.start("reminder")
    office.deployment.start("notifier")
    auditor = office.deployment.client("auditor")

    def both():
        outcomes = {}
        for event in deliveries(all_events(auditor)):
            outcomes.setdefault(event[2], []).append(event[5])
        return [key for key, found in outcomes.items() if "failed" in found and "sent" in found]

    assert wait(both)


def test_whoever_is_not_in_the_book_gets_a_file(office):
    set_conf(office.deployment.directory, remind_hour="00:00", language="zh")
    appoint(office, long_ago(45))
    office.deployment.start("reminder")
    office.deployment.start("notifier")
    outbox = office.deployment.directory / "outbox"
    files = wait(lambda: list(outbox.rglob("*.eml")))
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
    assert all("提醒编号" in mail.get_body(("plain",)).get_content() for mail in mails)


def test_a_member_authenticates_over_tls_where_the_settings_say_so(office, tmp_path):
    import ssl
    import subprocess
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    box, seen = Mailbox(), []

    def authenticate(server, session, envelope, mechanism, data):
        seen.append((data.login, data.password))
        return AuthResult(success=data.login == b"jishi" and data.password == b"secret")

    controller = Controller(box, hostname="localhost", port=free_port(), tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True)
    controller.start()
    try:
        box.port = controller.port
        (tmp_path / "password").write_text("secret\n")
        (tmp_path / "password").chmod(0o600)
        directory = office.deployment.directory
        by_mail(office, box, smtp_tls="required", smtp_user="jishi", smtp_password_file=tmp_path / "password", smtp_ca_file=tmp_path / "cert.pem")
        set_conf(directory, smtp=f"smtp://localhost:{box.port}")
        appoint(office, long_ago(45))
        office.deployment.start("reminder")
        office.deployment.start("notifier")
        wait(lambda: box.mails)
        assert (b"jishi", b"secret") in seen
    finally:
        controller.stop()


def test_a_worker_in_forty_lines_of_python_takes_part(office):
    set_conf(office.deployment.directory, remind_hour="00:00", language="zh")
    appoint(office, long_ago(45))
    office.deployment.start("reminder")
    import worker
    told = []
    notifier = office.deployment.client("notifier")
    wait(lambda: worker.turn(notifier, lambda job, member: told.append((job[0], member))) or told)
    for _ in range(50):
        if not worker.turn(notifier, lambda job, member: told.append((job[0], member))):
            break
    events = all_events(office.deployment.client("auditor"))
    assert {key for key, _ in told} == {event[-1] for event in rungs(events) if event[-2]}
    assert len(told) == len(set(told))
    assert {(event[2], event[4]) for event in deliveries(events)} == set(told)


def test_whoever_is_killed_every_reminder_is_once_in_the_record_and_at_least_once_outside(office, mailbox):
    by_mail(office, mailbox)
    seed = int(time.time())
    print("seed", seed)
    rng = random.Random(seed)
    deployment = office.deployment
    for name in ("reminder", "notifier", "projector"):
        deployment.start(name)
    for round_ in range(12):
        appoint(office, long_ago(rng.randrange(32, 80)))
        time.sleep(rng.random() * 0.5)
        for name in rng.sample(["reminder", "notifier", "projector"], rng.randrange(1, 4)):
            deployment.end(name, signal.SIGKILL)
            deployment.start(name)
    auditor = deployment.client("auditor")

    def settled():
        events = all_events(auditor)
        done = {event[2] for event in deliveries(events) if event[5] in ("sent", "dead")}
        due = {event[-1] for event in rungs(events)}
        return events if due and due <= done else None

    events = wait(settled, 120)
    keys = [event[-1] for event in rungs(events)]
    assert len(keys) == len(set(keys)) and len(keys) >= 12
    arrived = {mail["X-Jishi-Key"] for _, mail in mailbox.mails}
    sent = {event[2] for event in deliveries(events) if event[5] == "sent" and event[3] == "smtp"}
    assert sent <= arrived
    run("audit", "replay", deployment.directory)
