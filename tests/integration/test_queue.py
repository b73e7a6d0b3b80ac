"""The queue of reminders as workers and operators see it: who gets what, in which order, and what an operator can do."""
import email
import email.policy
import json
import signal
import time

import pytest
import zmq
from aiosmtpd.controller import Controller

from client import Key, pack, unpack
from conftest import run, wait
from drill import Drill, events_of, set_conf, write_book
from test_reminders import free_port


@pytest.fixture
def drill(served):
    set_conf(served.directory, remind_hour="00:00", language="zh")
    return Drill(served, 3)


def jobs_of(client, **args):
    answer = client.job("list", args)
    return answer[4] if answer and answer[2] == "ok" else None


def waiting(client, count, **args):
    """Jobs, once there are so many."""
    def found():
        rows = jobs_of(client, **args)
        return rows if rows is not None and len(rows) >= count else None
    return wait(found)


def record(client, job, outcome="sent", attempt=None):
    client.must("deliver", args={"key": job[0], "channel": job[13], "recipient": job[9], "outcome": outcome,
                                 "attempt": job[10] + 1 if attempt is None else attempt, "detail": ""})


def named(job):
    return [job[0], job[9], job[1]]


def jobs_command(directory, *words, check=True):
    done = run("jobs", directory, *words, "--json", "--lang", "en", check=check)
    return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else done


def test_a_worker_of_one_channel_leaves_the_others_alone_and_the_book_is_read_again_when_it_changes(drill):
    directory = drill.deployment.directory
    write_book(directory, "m0 = pager:12345\n")
    drill.deployment.start("reminder")
    drill.ask(3)
    notifier = drill.deployment.client("notifier")
    waiting(notifier, 3)
    leased = notifier.job("lease", {"count": 10, "channels": ["pager"]})[4]
    assert [(job[9], job[13], job[14]) for job in leased] == [("m0", "pager", "12345")]
    write_book(directory, "m1 = pager:777\nm2: what?\n")
    again = wait(lambda: notifier.job("lease", {"count": 10, "channels": ["pager"]})[4])
    assert [(job[9], job[14]) for job in again] == [("m1", "777")]
    assert "recipients.conf:2" in wait(lambda: (directory / "reminder.trace").read_text() if "setting_not_used" in (directory / "reminder.trace").read_text() else "")
    write_book(directory, "m2 = pager:9\n")
    drill.deployment.processes["reminder"].send_signal(signal.SIGHUP)
    assert wait(lambda: notifier.job("lease", {"count": 10, "channels": ["pager"]})[4])[0][9] == "m2"


def test_a_book_that_cannot_be_read_leaves_the_old_one_in_force_and_none_at_all_is_no_start(drill):
    directory = drill.deployment.directory
    write_book(directory, "m0 = pager:12345\n")
    drill.deployment.start("reminder")
    drill.ask(3)
    notifier = drill.deployment.client("notifier")
    waiting(notifier, 1, channel="pager")
    (directory / "recipients.conf").unlink()
    (directory / "recipients.conf").mkdir()
    drill.deployment.processes["reminder"].send_signal(signal.SIGHUP)
    assert wait(lambda: "recipients.conf: cannot be read" in (directory / "reminder.trace").read_text())
    assert wait(lambda: " settings " in (directory / "reminder.trace").read_text())
    assert [job[14] for job in jobs_of(notifier, recipient="m0")] == ["12345"]
    drill.deployment.end("reminder")
    assert drill.deployment.start("reminder").wait(30) == 2


def test_a_recipient_gets_his_reminders_in_order_and_several_are_acknowledged_at_once(drill):
    drill.deployment.start("reminder")
    drill.ask(6)
    notifier = drill.deployment.client("notifier")
    waiting(notifier, 6)
    first = notifier.job("lease", {"count": 64})[4]
    assert sorted(job[9] for job in first) == ["m0", "m1", "m2"]
    assert notifier.job("lease", {"count": 64})[4] == []
    for job in first:
        record(notifier, job)
    wrong = [[first[0][0], first[0][9], first[0][1] - 1]] if jobs_of(notifier, recipient=first[0][9], state="leased") else []
    answer = notifier.job("ack", {"jobs": [named(job) for job in first] + wrong})
    assert answer[2] == "ok"
    second = wait(lambda: notifier.job("lease", {"count": 64})[4])
    assert sorted(job[9] for job in second) == ["m0", "m1", "m2"]
    assert {job[0] for job in first}.isdisjoint(job[0] for job in second)
    stale = notifier.job("ack", {"jobs": [[second[0][0], second[0][9], second[0][1] - 1], named(second[1])]})
    assert stale[2] == "stale" and stale[4] == [[second[0][0], second[0][9]]]
    assert notifier.job("nack", {"key": second[1][0], "recipient": second[1][9], "token": second[1][1]})[2] == "stale"


def test_a_lease_asked_for_twice_is_one_lease(drill):
    drill.deployment.start("reminder")
    drill.ask(3)
    notifier = drill.deployment.client("notifier")
    waiting(notifier, 3)
    question = ["jq1", 4711, "lease", [["count", 1]], 0]
    notifier.send("jobs", question)
    notifier.send("jobs", question)
    assert notifier.receive("jobs") == notifier.receive("jobs")
    assert len(jobs_of(notifier, state="leased")) == 1


def test_the_answer_to_a_lease_is_not_given_to_who_takes_its_connection_over_without_the_role(drill):
    drill.deployment.start("reminder")
    drill.ask(3)
    notifier, registrar = drill.deployment.client("notifier"), drill.deployment.client("registrar")
    waiting(notifier, 3)
    first = notifier.new_socket("jobs", name=b"worker-1")
    question = pack(["jq1", 4711, "lease", [["count", 1]], 0])
    assert first.poll(5000, zmq.POLLOUT)
    first.send(question)
    assert first.poll(5000) and unpack(first.recv())[2] == "ok"
    first.close(linger=0)

    def taken_over():
        again = registrar.new_socket("jobs", name=b"worker-1")
        try:
            if not again.poll(500, zmq.POLLOUT):
                return None
            again.send(question)
            return unpack(again.recv()) if again.poll(500) else None
        finally:
            again.close(linger=0)
    assert wait(taken_over)[2] == "refused"


def test_a_restart_reads_the_jobs_and_not_the_log_and_voids_all_leases(drill):
    deployment = drill.deployment
    deployment.start("reminder")
    drill.ask(6)
    notifier = deployment.client("notifier")
    before = waiting(notifier, 6)
    leased = notifier.job("lease", {"count": 1})[4][0]
    record(notifier, leased)
    wait(lambda: len(jobs_of(notifier)) == 5)
    deployment.end("reminder")
    notifier.close()
    deployment.start("reminder")
    after = waiting(notifier, 5)
    assert [job[0] for job in after] == [job[0] for job in before if job[0] != leased[0]]
    starts = [line for line in (deployment.directory / "reminder.trace").read_text().splitlines() if " queue " in line]
    assert "jobs=0 next=0 life=1" in starts[0] and "jobs=5" in starts[1] and "next=0" not in starts[1] and "life=2" in starts[1]
    fresh = notifier.job("lease", {"count": 1})[4][0]
    assert fresh[1] > leased[1]
    assert notifier.job("nack", {"key": fresh[0], "recipient": fresh[9], "token": leased[1]})[2] == "stale"


def test_a_stopped_channel_waits_over_a_restart_and_only_the_system_administrator_may_stop_it(drill):
    deployment = drill.deployment
    deployment.start("reminder")
    drill.ask(3)
    notifier, registrar = deployment.client("notifier"), deployment.client("registrar")
    waiting(notifier, 3)
    for client, request in [(notifier, "stop"), (registrar, "stop"), (registrar, "lease"), (registrar, "list"), (registrar, "ack")]:
        assert client.job(request, {"channel": "file"})[2] == "refused"
    assert registrar.job("figures")[2] == "ok"
    assert run("jobs", deployment.directory, "stop", "file", "--key", "auditor", check=False).returncode == 1
    assert jobs_command(deployment.directory, "stop", "file") == [{"channel": "file", "stopped": True}]
    assert notifier.job("lease", {"count": 9})[4] == []
    deployment.end("reminder", signal.SIGKILL)
    notifier.close()
    deployment.start("reminder")
    waiting(notifier, 3)
    assert notifier.job("lease", {"count": 9})[4] == []
    figures = jobs_command(deployment.directory)[0]["file"]
    assert figures["stopped"] == 1 and figures["pending"] == 3 and figures["oldest_pending_ms"] > 0
    assert (deployment.directory / "run" / "stopped").read_text().startswith("file sysadmin 20")
    jobs_command(deployment.directory, "resume", "file")
    assert len(notifier.job("lease", {"count": 9})[4]) == 3
    assert "stopped" not in run("jobs", deployment.directory, "--lang", "en").stdout


def test_dead_letters_are_listed_with_their_reason_and_redriven(drill):
    deployment = drill.deployment
    deployment.start("reminder")
    drill.ask(6)
    notifier = deployment.client("notifier")
    waiting(notifier, 6)
    for job in notifier.job("lease", {"count": 64})[4]:
        record(notifier, job, "dead")
        notifier.job("ack", {"key": job[0], "recipient": job[9], "token": job[1]})
    dead = waiting(notifier, 3, state="dead")
    assert len(jobs_command(deployment.directory, "list", "--state", "dead")) == 3
    assert [job["key"] for job in jobs_command(deployment.directory, "list", "--state", "dead", "--recipient", "m1")] == [job[0] for job in dead if job[9] == "m1"]
    pages, after = [], None
    while True:
        answer = notifier.job("list", {"limit": 4, **({"after": after} if after else {})})
        pages.append(len(answer[4]))
        after = answer[5]
        if not after:
            break
    assert sum(pages) == 6 and max(pages) <= 4
    assert jobs_command(deployment.directory, "redrive", "--reminder", dead[0][0]) == [{"redriven": 1}]
    again = notifier.job("lease", {"count": 64})[4]  # the redriven one goes before those of its recipient that came later
    assert dead[0][0] in {job[0] for job in again} and {job[9] for job in again} == {"m0", "m1", "m2"}
    assert jobs_command(deployment.directory, "redrive", "--channel", "smtp", check=False).returncode == 1
    assert jobs_command(deployment.directory, "redrive", "--all") == [{"redriven": 2}]
    assert run("jobs", deployment.directory, "redrive", check=False).returncode == 2


def test_an_address_that_is_not_known_is_a_dead_letter_and_no_second_try(drill):
    deployment = drill.deployment

    class Refusing:
        async def handle_RCPT(self, server, session, envelope, address, options):
            return "550 no such mailbox"

    port = free_port()
    controller = Controller(Refusing(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        set_conf(deployment.directory, smtp=f"smtp://127.0.0.1:{port}")
        write_book(deployment.directory, "m0 = smtp:m0@example.org\n")
        deployment.start("reminder")
        deployment.start("notifier")
        drill.ask(1)
        auditor = deployment.client("auditor")
        dead = waiting(auditor, 1, state="dead")
        assert "550" in dead[0][12]
        assert [event[5] for event in events_of(auditor, "delivered")] == ["dead"]
    finally:
        controller.stop()


def test_a_digest_is_one_message_and_each_of_its_reminders_is_on_record(drill):
    deployment = drill.deployment
    set_conf(deployment.directory, digest_wait=2)
    write_book(deployment.directory, "m0 = file:m0 digest\n")
    deployment.start("reminder")
    deployment.start("notifier")
    drill.ask(12)
    auditor = deployment.client("auditor")
    delivered = wait(lambda: (lambda events: events if len(events) == 12 else None)(events_of(auditor, "delivered")))
    assert len({event[2] for event in delivered}) == 12 and {event[5] for event in delivered} == {"sent"}
    files = list((deployment.directory / "outbox").glob("*.eml"))
    mails = [path for path in files if path.name.endswith(".m0.eml")]
    assert len(mails) == 1 and len(files) == 9
    text = email.message_from_bytes(mails[0].read_bytes(), policy=email.policy.default).get_body(("plain",)).get_content()
    assert text.count("DRILL-ANSWER") + text.count("答复") >= 4


def test_reminders_wait_for_the_hours_of_their_channel(drill):
    deployment = drill.deployment
    now = time.gmtime(time.time() + 8 * 3600)
    minute = now.tm_hour * 60 + now.tm_min
    shut = "00:00-00:01" if minute > 30 else "23:58-23:59"
    set_conf(deployment.directory, send_hours__file=shut)
    deployment.start("reminder")
    drill.ask(3)
    notifier = deployment.client("notifier")
    waiting(notifier, 3)
    assert notifier.job("lease", {"count": 9})[4] == []
    set_conf(deployment.directory, send_hours__file=shut, send_exempt__file="before")
    assert len(wait(lambda: notifier.job("lease", {"count": 9})[4])) == 3


def test_several_notifiers_share_the_work_and_nothing_is_sent_twice(drill):
    deployment = drill.deployment
    deployment.start("reminder")
    deployment.start("notifier")
    first = deployment.processes.pop("notifier")
    try:
        deployment.start("notifier", "--channel", "file")
        drill.ask(60)
        auditor = deployment.client("auditor")
        delivered = wait(lambda: (lambda events: events if len(events) >= 60 else None)(events_of(auditor, "delivered")))
        assert len({(event[2], event[4]) for event in delivered}) == len(delivered) == 60
        figures = wait(lambda: (lambda row: row if row["acked_total"] == 60 else None)(jobs_command(deployment.directory)[0]["file"]))
        assert figures["leased_total"] == 60 and figures["nacked_total"] == figures["lost_total"] == 0
        assert run("notifier", deployment.directory, "--channel", "pigeon", check=False).returncode == 2
    finally:
        first.terminate()
        assert first.wait(30) == 0


def test_an_unknown_request_and_a_wrong_argument_are_answered_with_what_is_right(drill):
    deployment = drill.deployment
    deployment.start("reminder")
    notifier = deployment.client("notifier")
    assert wait(lambda: notifier.job("steal"))[2] == "invalid"
    for request, args in [("ack", {"jobs": [["only a key"]]}), ("lease", {"channels": "file"}), ("list", {"state": "lost"})]:
        answer = notifier.job(request, args)
        assert answer[2] == "invalid" and len(answer[4][0][0]) > 20
    system = deployment.client("sysadmin")
    for request in ["stop", "resume"]:
        for channel in ["", "\v", "SMTP", "a b", "x" * 32]:
            assert system.job(request, {"channel": channel})[2] == "invalid"
    known = notifier.job("figures")[4]
    assert system.job("resume", {"channel": "pager"})[2] == "ok"
    assert len(notifier.job("figures")[4]) == len(known)
    assert deployment.client("nobody", Key.new()).job("figures", timeout=1) is None
