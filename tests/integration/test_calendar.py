"""Calendar feeds: due days as iCalendar, on standard output and over HTTP, read by another implementation."""
import datetime
import http.client
import re
import signal
import socket
import stat
import time

import pytest
from icalendar import Calendar

from conftest import PROGRAM, ENVIRONMENT, run, wait
from test_midterm import appoint
from test_reminders import free_port, long_ago, set_conf


@pytest.fixture
def calendar(office):
    """The office with an appointment of 20 days ago, its projector and its web server."""
    deployment = office.deployment
    office.port = free_port()
    set_conf(deployment.directory, port_web=office.port)
    office.case = appoint(office, long_ago(20))
    deployment.start("projector")
    deployment.start("web")
    wait(lambda: get(office, "/health")[0] == 200)
    return office


def get(office, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", office.port, timeout=30)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    except OSError:
        return 0, {}, b""
    finally:
        connection.close()


def address(office, member, *options):
    out = run("calendar", office.deployment.directory, member, "--lang", "zh", *options).stdout.strip()
    found = re.fullmatch(rf"http://127\.0\.0\.1:{office.port}(/calendar/([A-Za-z0-9_-]{{43}})\.ics)", out)
    assert found, out
    return found[1]


def agenda(office, **args):
    return wait(lambda: office.deployment.client("auditor").query("agenda", args, timeout=5))[4]


def read(data):
    """What the second implementation makes of it, by duty; and the letter of RFC 5545 section 3.1."""
    assert data.endswith(b"\r\n") and b"\n" not in data.replace(b"\r\n", b"")
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut
    whole = Calendar.from_ical(data)
    assert whole["VERSION"] == "2.0" and whole["PRODID"]
    events = {}
    for event in whole.walk("VEVENT"):
        assert event["UID"] not in events and event["DTSTAMP"].dt.tzinfo is not None
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        assert type(start) is datetime.date and end - start == datetime.timedelta(days=1)
        events[str(event["UID"])] = event
    return whole, events


def uid(office, duty):
    return f"duty-{duty}@{office.deployment.server['origin']}"


def test_due_days_are_written_as_a_calendar_that_another_program_reads(calendar):
    rows = {uid(calendar, row[0]): row for row in agenda(calendar)}
    whole, events = read(run("due", calendar.deployment.directory, "--ics", "--lang", "zh").stdout.encode().replace(b"\n", b"\r\n").replace(b"\r\r", b"\r"))
    assert events and set(events) <= set(rows)
    assert {name for name, row in rows.items() if row[7] in ("open", "overdue")} <= set(events)
    for name, event in events.items():
        row = rows[name]
        assert event["DTSTART"].dt.isoformat() == row[6]
        assert event["STATUS"] == ("CANCELLED" if row[7] == "cancelled" else "CONFIRMED")
        alarms = event.walk("VALARM")
        assert len(alarms) == (len(row[11]) if row[7] == "open" else 0)
        days = sorted((event["DTSTART"].dt + (alarm["TRIGGER"].dt - datetime.timedelta(hours=8, minutes=50))).isoformat() for alarm in alarms)
        assert not alarms or days == sorted(row[11])
    assert "person:" not in str(whole.to_ical().decode())
    talk = next(event for name, event in events.items() if rows[name][1] == "SD-TALK.held")
    assert "号）" in talk["SUMMARY"] and "谈话" in talk["SUMMARY"]
    named = run("due", calendar.deployment.directory, "--ics", "--names", "--lang", "en").stdout
    assert named.count("BEGIN:VEVENT") == len(events)


def test_alarms_ring_at_the_hour_of_reminders_also_where_it_cannot_be_read(calendar):
    directory = calendar.deployment.directory
    path = address(calendar, "feng")
    for text, hour in (("07:05", "07:05"), ("07:05h", "08:50")):
        set_conf(directory, remind_hour=text)
        calendar.deployment.end("web")
        calendar.deployment.start("web")
        wait(lambda: get(calendar, "/health")[0] == 200)
        shown = run("due", directory, "--ics", "--lang", "zh")
        assert ("remind_hour" in shown.stderr) == (text != hour)
        for data in (get(calendar, path)[2], shown.stdout.encode()):
            events = Calendar.from_ical(data).walk("VEVENT")
            alarms = [(event["DTSTART"].dt, alarm["TRIGGER"].dt) for event in events for alarm in event.walk("VALARM")]
            midnight = datetime.datetime.min
            assert alarms and {(midnight.replace(year=2000) + ahead).strftime("%H:%M") for _, ahead in alarms} == {hour}


def test_a_member_sees_what_concerns_him_under_a_secret_address(calendar):
    paths = {member: address(calendar, member) for member in ("feng", "wang", "li")}
    rows = {row[0]: row for row in agenda(calendar)}
    seen = {}
    for member, path in paths.items():
        status, headers, body = get(calendar, path)
        assert status == 200 and headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert headers["Cache-Control"].startswith("private") and headers["ETag"]
        whole, events = read(body)
        assert whole["X-WR-CALNAME"] == f"纪实期限：{member}" and whole["REFRESH-INTERVAL"]
        seen[member] = {rows[int(re.match(r"duty-(\d+)@", name)[1])][9] for name in events}
    assert seen["feng"] and seen["feng"] <= {"gw", "gw.leader"}
    assert not seen["wang"] & seen["feng"] and not seen["li"]
    other = address(calendar, "feng", "--renew")
    assert get(calendar, paths["feng"])[0] == 404 and get(calendar, other)[0] == 200
    run("calendar", calendar.deployment.directory, "feng", "--revoke")
    assert get(calendar, other)[0] == 404 and get(calendar, paths["wang"])[0] == 200
    again = run("calendar", calendar.deployment.directory, "wang", check=False)
    assert again.returncode == 1 and "--renew" in again.stderr
    nobody = run("calendar", calendar.deployment.directory, "nobody", check=False)
    assert nobody.returncode == 1


def test_tokens_are_kept_as_hashes_in_a_file_for_the_owner_alone(calendar):
    path = address(calendar, "feng")
    file = calendar.deployment.directory / "calendar.tokens"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = path.split("/")[-1][:-4]
    for found in calendar.deployment.directory.rglob("*"):
        if found.is_file():
            assert token.encode() not in found.read_bytes(), found


def test_what_has_not_changed_is_not_sent_again_and_what_has_counts_up(calendar):
    path = address(calendar, "feng")
    status, headers, body = get(calendar, path)
    assert get(calendar, path)[2] == body
    status, again, nothing = get(calendar, path, If_None_Match=f'"other", W/{headers["ETag"]}')
    assert status == 304 and nothing == b"" and again["ETag"] == headers["ETag"]
    _, before = read(body)
    open_ones = [row for row in agenda(calendar, state="open") if uid(calendar, row[0]) in before]
    duty = open_ones[0][0]
    from client import Text
    calendar["feng"].must("exempt", args={"duty": duty, "reason": Text("已另行安排", "person:li")})
    changed = wait(lambda: (lambda answer: answer if answer[0] == 200 else None)(get(calendar, path, If_None_Match=headers["ETag"])))
    _, after = read(changed[2])
    assert after[uid(calendar, duty)]["STATUS"] == "CANCELLED"
    assert after[uid(calendar, duty)]["SEQUENCE"] > before[uid(calendar, duty)]["SEQUENCE"]
    assert changed[1]["ETag"] != headers["ETag"]


def test_everything_else_is_not_found_and_nothing_is_changed_by_http(calendar):
    path = address(calendar, "feng")
    wrong = path[:-5] + ("A" if path[-5] != "A" else "B") + ".ics"
    answers = [get(calendar, found) for found in (wrong, "/", "/calendar/", "/calendar/../jishi.conf", path + "/", path.upper(), "/calendar.tokens")]
    assert {answer[0] for answer in answers} == {404} and len({answer[2] for answer in answers}) == 1
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        status, headers, _ = get(calendar, path, method)
        assert status == 405 and headers["Allow"] == "GET, HEAD"
    status, headers, body = get(calendar, path, "HEAD")
    assert status == 200 and body == b"" and int(headers["Content-Length"]) > 100
    assert get(calendar, path, X_Long="x" * 40000)[0] in (0, 400, 413, 431)
    trace = (calendar.deployment.directory / "web.trace").read_text()
    assert path not in trace and path.split("/")[-1][:-4] not in trace


def test_whose_keys_are_revoked_has_no_calendar(calendar):
    path = address(calendar, "feng")
    assert get(calendar, path)[0] == 200
    calendar.secadmin.must("revoke", args={"key": calendar["feng"].key.public})
    wait(lambda: get(calendar, path)[0] == 410)


def test_without_the_projector_a_reader_is_told_to_come_again(calendar):
    path = address(calendar, "feng")
    calendar.deployment.end("projector", signal.SIGKILL)
    status, headers, _ = get(calendar, path)
    assert status == 503 and headers["Retry-After"] == "60"
    assert get(calendar, "/health")[0] == 503
    calendar.deployment.start("projector")
    wait(lambda: get(calendar, path)[0] == 200)


def test_silent_connections_are_cut_and_hold_nobody_up(calendar):
    path = address(calendar, "feng")
    silent = [socket.create_connection(("127.0.0.1", calendar.port)) for _ in range(30)]
    for index, connection in enumerate(silent):
        connection.sendall(b"GET / HTTP/1.1\r\n"[:index % 16])
    assert get(calendar, path)[0] == 200
    for connection in silent:
        connection.settimeout(40)
        while connection.recv(4096):
            pass  # until it is cut; a time-out fails the test
        connection.close()


def test_up_starts_it_where_the_configuration_names_a_port(deployment):
    import subprocess

    class Place:
        port = free_port()
    set_conf(deployment.directory, port_web=Place.port)
    process = subprocess.Popen([PROGRAM, "up", str(deployment.directory)], env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: get(Place, "/health")[0] == 200)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
