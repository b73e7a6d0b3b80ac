"""Channels against servers that check what a real one checks: mail, webhooks, robots, programs."""
import base64
import datetime
import email
import email.policy
import hashlib
import hmac
import json
import os
import socket
import ssl
import threading
import time
from urllib.parse import parse_qs

import icalendar
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

import client as jishi
from conftest import run, wait
from gateway import Gateway, certificate
from test_midterm import appoint
from test_reminders import all_events, deliveries, long_ago, set_conf

TOKEN, SECRET = "f0123-secret-token", "SEC-of-the-robot"


@pytest.fixture
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.close()


class Desk:
    """A directory with a jishi.conf: enough for trial messages."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        self.conf("origin = jishi.test/渠道")

    def conf(self, *lines):
        with open(self.directory / "jishi.conf", "a") as file:
            file.write("".join(f"{line}\n" for line in lines))

    def secret(self, name, text):
        path = self.directory / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def send(self, address, *options, language="zh"):
        done = run("notify", self.directory, address, "--json", "--lang", language, *options, check=False)
        assert done.returncode in (0, 1), done.stderr
        answer = json.loads(done.stdout)
        assert answer["sent"] == (done.returncode == 0)
        return answer


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "desk")


def sha256(key, message):
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


# ---- webhook ----


def hook(desk, gateway, **more):
    desk.secret("hook.secret", "whsec_" + base64.b64encode(b"k" * 32).decode())
    desk.conf(f"webhook.oa.url = {gateway.url}/in", "webhook.oa.secret_file = hook.secret", *(f"webhook.oa.{key} = {value}" for key, value in more.items()))


def verified(asked, key=b"k" * 32):
    """What a receiver does before it believes anything."""
    id_, stamp = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
    assert abs(asked.at - int(stamp)) < 300
    assert "v1," + sha256(key, f"{id_}.{stamp}.".encode() + asked.body) in asked.headers["webhook-signature"].split(" ")
    assert asked.headers["Idempotency-Key"] == f'"{id_}"'
    return json.loads(asked.body)


def test_a_webhook_gets_a_cloud_event_that_it_can_verify(desk, gateway):
    hook(desk, gateway)
    assert desk.send("webhook:oa@zhang", "--id", "one")["sent"]
    (asked,) = gateway.asked
    event = verified(asked)
    assert asked.method == "POST" and asked.path == "/in"
    assert asked.headers["Content-Type"] == "application/cloudevents+json; charset=UTF-8"
    assert event["specversion"] == "1.0" and event["type"] == "jishi.reminder.before"
    assert event["source"] == "//jishi.test/%E6%B8%A0%E9%81%93"
    assert event["id"] == asked.headers["webhook-id"] == "trial/one/1/to/zhang"
    assert datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
    data = event["data"]
    assert data["key"] == "trial/one/1" and data["title"] == "试发消息" and data["recipient"] == "zhang"
    assert datetime.date.fromisoformat(data["due"]) > datetime.date.fromisoformat(data["day"])
    assert data["subject"].startswith("【纪实】提醒：试发消息") and data["subject"] in data["text"]


def test_a_digest_is_one_event_with_the_same_id_each_time(desk, gateway):
    hook(desk, gateway)
    for _ in range(2):
        assert desk.send("webhook:oa", "--id", "d", "--count", "20")["sent"]
    events = [verified(asked) for asked in gateway.asked]
    assert events[0]["id"] == events[1]["id"] and events[0]["type"] == "jishi.digest"
    assert [reminder["key"] for reminder in events[0]["data"]["reminders"]] == [f"trial/d/{i + 1}" for i in range(20)]


@pytest.mark.parametrize("code, headers, permanent, after_ms", [
    (429, {"Retry-After": "7"}, False, 7000), (503, {"Retry-After": "120"}, False, 120000), (503, {}, False, 0), (500, {}, False, 0), (408, {}, False, 0),
    (503, {"Retry-After": "99999999"}, False, 86400000), (400, {}, True, 0), (401, {}, True, 0), (404, {"Retry-After": "7"}, True, 0), (410, {}, True, 0)])
def test_what_a_webhook_answers_decides_about_the_next_try(desk, gateway, code, headers, permanent, after_ms):
    hook(desk, gateway)
    gateway.answers = [(code, headers, b"")]
    answer = desk.send("webhook:oa")
    assert (answer["sent"], answer["permanent"], answer["retry_after_ms"]) == (False, permanent, after_ms)
    assert str(code) in answer["reason"]


def test_a_date_in_retry_after_is_understood(desk, gateway):
    hook(desk, gateway)
    gateway.answers = lambda asked: (429, {"Retry-After": email.utils.format_datetime(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3600), usegmt=True)}, b"")
    assert 3500000 <= desk.send("webhook:oa")["retry_after_ms"] <= 3600000


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirection_is_refused_and_never_followed(desk, gateway, code):
    hook(desk, gateway)
    elsewhere = Gateway()
    try:
        gateway.answers = [(code, {"Location": elsewhere.url}, b"")]
        answer = desk.send("webhook:oa")
        assert not answer["sent"] and answer["permanent"]
        assert len(gateway.asked) == 1 and not elsewhere.asked
    finally:
        elsewhere.close()


def test_an_answer_without_end_is_not_read_to_its_end(desk, gateway):
    hook(desk, gateway)
    gateway.answers = [(200, {"Content-Length": str(1 << 40)}, b"x" * (1 << 20))]
    started = time.monotonic()
    assert desk.send("webhook:oa")["sent"]  # the code has said it
    assert time.monotonic() - started < 15


def test_a_gateway_that_does_not_answer_is_given_up_in_time(desk):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    desk.secret("hook.secret", "s")
    desk.conf(f"webhook.oa.url = http://127.0.0.1:{listener.getsockname()[1]}/", "webhook.oa.secret_file = hook.secret", "webhook.oa.timeout_s = 1")
    answer = desk.send("webhook:oa")
    listener.close()
    assert not answer["sent"] and not answer["permanent"]
    answer = desk.send("webhook:oa")  # nobody listens any more
    assert not answer["sent"] and not answer["permanent"]


def test_tls_is_checked_against_the_authority_that_the_settings_name(desk, tmp_path):
    pair = certificate(tmp_path)
    gateway = Gateway(pair)
    try:
        hook(desk, gateway)
        answer = desk.send("webhook:oa")
        assert not answer["sent"] and not gateway.asked
        desk.conf(f"webhook.oa.ca_file = {certificate(tmp_path, 'other')[0]}")
        assert not desk.send("webhook:oa")["sent"] and not gateway.asked
        desk.conf(f"webhook.oa.ca_file = {pair[0]}")
        assert desk.send("webhook:oa")["sent"]
        verified(gateway.asked[0])
    finally:
        gateway.close()


def test_http_to_another_machine_needs_a_word_in_the_settings(desk):
    desk.secret("hook.secret", "s")
    desk.conf("webhook.oa.url = http://gateway.invalid/", "webhook.oa.secret_file = hook.secret", "webhook.oa.timeout_s = 2")
    answer = desk.send("webhook:oa")
    assert answer["permanent"] and "not https" in answer["reason"]
    desk.conf("webhook.oa.plain = yes")
    answer = desk.send("webhook:oa")
    assert not answer["sent"] and not answer["permanent"]  # it was tried: there is no such machine


# ---- robots: each server checks what the vendor's does, and says so under HTTP 200 ----


def dingtalk(asked):
    query = {name: values[0] for name, values in parse_qs(asked.query).items()}
    if query.get("access_token") != TOKEN:
        return {"errcode": 300001, "errmsg": "token is not exist"}
    if abs(time.time() * 1000 - int(query.get("timestamp", 0))) > 3600000:
        return {"errcode": 310000, "errmsg": "invalid timestamp"}
    if query["sign"] != sha256(SECRET.encode(), f"{query['timestamp']}\n{SECRET}".encode()):
        return {"errcode": 310000, "errmsg": "sign not match"}
    message = json.loads(asked.body)
    text = message["text"]["content"] if message["msgtype"] == "text" else message["markdown"]["title"] and message["markdown"]["text"]
    if "纪实" not in text:
        return {"errcode": 310000, "errmsg": "keywords not in content"}
    return {"errcode": 0, "errmsg": "ok"} if len(asked.body) <= 20000 else {"errcode": 40035, "errmsg": "too large"}


def wecom(asked):
    if parse_qs(asked.query) != {"key": [TOKEN]}:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    message = json.loads(asked.body)
    content = message[message["msgtype"]]["content"]
    limit = {"text": 2048, "markdown": 4096}[message["msgtype"]]
    return {"errcode": 0, "errmsg": "ok"} if 0 < len(content.encode()) <= limit else {"errcode": 40058, "errmsg": "exceed max length"}


def feishu(asked):
    message = json.loads(asked.body)
    if not asked.path.endswith("/hook/" + TOKEN):
        return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
    if len(asked.body) > 20000:
        return {"code": 9499, "msg": "Bad Request"}
    if abs(time.time() - int(message["timestamp"])) > 3600 or message["sign"] != sha256(f"{message['timestamp']}\n{SECRET}".encode(), b""):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
    if message["msg_type"] == "post":
        post = message["content"]["post"]["zh_cn"]
        text = post["title"] + "".join(part.get("text", "") for line in post["content"] for part in line)
    else:
        text = message["content"]["text"]
    return {"code": 0, "msg": "success", "data": {}} if "纪实" in text else {"code": 19024, "msg": "Key Words Not Found"}


ROBOTS = {"dingtalk": (dingtalk, "/robot/send", "@13800001111"), "wecom": (wecom, "/cgi-bin/webhook/send", "@13800001111"), "feishu": (feishu, "/open-apis/bot/v2/hook", "@ou_18eac8")}


def robot(desk, gateway, kind, **more):
    check, path, _ = ROBOTS[kind]
    desk.secret("robot.token", TOKEN)
    desk.secret("robot.secret", SECRET)
    settings = {"url": gateway.url + path, "token_file": "robot.token", "secret_file": "robot.secret", **more}
    desk.conf(*(f"{kind}.office.{name} = {value}" for name, value in settings.items()))
    gateway.answers = lambda asked: (200, {"Content-Type": "application/json"}, json.dumps(check(asked)).encode())


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("format", ["text", "markdown"])
def test_a_robot_takes_one_message_and_a_digest_of_many(desk, gateway, kind, format):
    robot(desk, gateway, kind, format=format)
    assert desk.send(f"{kind}:office") == {"sent": True, "permanent": False, "retry_after_ms": 0, "reason": ""}
    for count in (2, 20, 200):
        assert desk.send(f"{kind}:office", "--count", count)["sent"]
    bodies = [asked.body.decode() for asked in gateway.asked]
    assert "试发消息" in bodies[0] and "20 项提醒" in bodies[2] and "\\n20. " in bodies[2].replace("\\n\\n", "\\n")
    assert kind != "wecom" or "…" in bodies[3]  # the others have room for 200 lines


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_mentions_whom_the_book_says(desk, gateway, kind):
    robot(desk, gateway, kind)
    who = ROBOTS[kind][2]
    assert desk.send(f"{kind}:office{who}")["sent"]
    message = json.loads(gateway.asked[0].body)
    assert {"dingtalk": lambda: message["at"]["atMobiles"] == ["13800001111"],
            "wecom": lambda: message["text"]["mentioned_mobile_list"] == ["13800001111"],
            "feishu": lambda: '<at user_id="ou_18eac8"></at>' in message["content"]["text"]}[kind]()


def test_a_mention_that_a_robot_cannot_make_is_refused_before_it_is_sent(desk, gateway):
    robot(desk, gateway, "feishu")
    robot(desk, gateway, "wecom", format="markdown")
    for address in ("feishu:office@13800001111", "wecom:office@13800001111"):
        answer = desk.send(address)
        assert answer["permanent"] and "mobile" in answer["reason"]
    assert not gateway.asked


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_wrong_key_or_signature_is_never_tried_again_and_never_told(desk, gateway, kind):
    robot(desk, gateway, kind)
    desk.secret("robot.token", "another-token")
    answer = desk.send(f"{kind}:office")
    assert not answer["sent"] and answer["permanent"]
    assert "another-token" not in answer["reason"] and str(gateway.port) not in answer["reason"]
    if kind != "wecom":
        desk.secret("robot.token", TOKEN)
        desk.secret("robot.secret", "another secret")
        answer = desk.send(f"{kind}:office")
        assert answer["permanent"] and ("310000" in answer["reason"] or "19021" in answer["reason"])


@pytest.mark.parametrize("kind, body, after_ms", [("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, 600000), ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, 60000),
                                                  ("feishu", {"code": 11232, "msg": "frequency limited"}, 60000), ("feishu", {"code": 9499, "msg": "too many request"}, 60000)])
def test_a_robot_that_has_had_too_much_is_left_alone_for_a_while(desk, gateway, kind, body, after_ms):
    robot(desk, gateway, kind)
    gateway.answers = [(200, {}, json.dumps(body).encode())]
    answer = desk.send(f"{kind}:office")
    assert (answer["sent"], answer["permanent"], answer["retry_after_ms"]) == (False, False, after_ms)


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_page_instead_of_an_answer_is_no_success(desk, gateway, kind):
    robot(desk, gateway, kind)
    for page in (b"<html>please log in</html>", b"", b"x" * 200000):
        gateway.answers = [(200, {}, page)]
        answer = desk.send(f"{kind}:office")
        assert not answer["sent"] and not answer["permanent"]


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_keyword_that_the_robot_asks_for_is_put_in(desk, gateway, kind):
    robot(desk, gateway, kind, keyword="督办")
    check = ROBOTS[kind][0]
    missing = {"errcode": 310000} if kind == "dingtalk" else {"code": 19024}
    gateway.answers = lambda asked: (200, {}, json.dumps(check(asked) if "督办" in asked.body.decode() else missing).encode())
    assert desk.send(f"{kind}:office")["sent"]


def test_a_secret_that_others_may_read_is_not_used(desk, gateway):
    robot(desk, gateway, "dingtalk")
    (desk.directory / "robot.secret").chmod(0o644)
    answer = desk.send("dingtalk:office")
    assert answer["permanent"] and "chmod 600" in answer["reason"] and not gateway.asked


# ---- mail ----


class Post:
    """A mail server: STARTTLS, authentication, and the answers it is told to give."""

    def __init__(self, tmp_path, **options):
        self.mails, self.logins, self.answers = [], [], []
        self.pair = certificate(tmp_path, "mail")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.pair)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.controller = Controller(self, hostname="localhost", port=self.port, tls_context=context, require_starttls=True, authenticator=self.authenticate,
                                     auth_required=True, **options)
        self.controller.start()

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((mechanism, data.login, data.password))
        return AuthResult(success=(data.login, data.password) == (b"jishi", "密码".encode()), handled=False)

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.mails.append((envelope, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return answer


@pytest.fixture
def post(tmp_path, desk):
    post = Post(tmp_path)
    desk.secret("mail.password", "密码")
    desk.conf(f"smtp = smtp://localhost:{post.port}", "smtp_from = jishi@localhost", "smtp_from_name = 纪实系统", "smtp_tls = required", f"smtp_ca_file = {post.pair[0]}",
              "smtp_user = jishi", "smtp_password_file = mail.password")
    yield post
    post.controller.stop()


def test_a_mail_is_read_by_others_as_it_was_meant(desk, post):
    assert desk.send("smtp:feng@localhost", "--id", "m") == {"sent": True, "permanent": False, "retry_after_ms": 0, "reason": ""}
    ((envelope, mail),) = post.mails
    assert envelope.mail_from == "jishi@localhost" and envelope.rcpt_tos == ["feng@localhost"]
    assert post.logins[0][1:] == (b"jishi", "密码".encode())
    assert not mail.defects and all(not part.defects for part in mail.walk())
    assert str(mail["Subject"]).startswith("【纪实】提醒：试发消息（TRIAL），")
    sender = mail["From"].addresses[0]
    assert sender.display_name == "纪实系统" and sender.addr_spec == "jishi@localhost"
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert "距到期：7 天" in text and "距到期：7 天" in html and "<h2>【纪实】提醒" in html
    assert mail["X-Jishi-Key"] == "trial/m/1" and mail["Auto-Submitted"] == "auto-generated"
    assert all(len(line) <= 998 for line in envelope.content.split(b"\r\n"))


def test_the_due_day_comes_as_an_invitation(desk, post):
    assert desk.send("smtp:feng@localhost", "--count", "3")["sent"]
    ((_, mail),) = post.mails
    (attached,) = mail.iter_attachments()
    due = datetime.date.fromisoformat(jishi.today()) + datetime.timedelta(days=7)  # by the clock of Asia/Shanghai
    assert attached.get_content_type() == "text/calendar" and attached["Content-Type"].params["method"] == "PUBLISH"
    assert attached.get_filename() == f"试发消息-{due.isoformat()}.ics"
    raw = attached.get_payload(decode=True)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")) and b"\n" not in raw.replace(b"\r\n", b"")
    calendar = icalendar.Calendar.from_ical(raw)
    events = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH" and calendar["VERSION"] == "2.0" and len({event["UID"] for event in events}) == 3
    event = events[0]
    day = event.decoded("DTSTART")
    assert day == due and event.decoded("DTEND") == day + datetime.timedelta(days=1)
    assert str(event["SUMMARY"]).startswith("【纪实】提醒：试发消息") and "距到期：7 天\n" in str(event["DESCRIPTION"])
    assert str(event["UID"]).endswith("@jishi.test/渠道")
    desk.conf("smtp_invitation = no")
    assert desk.send("smtp:feng@localhost")["sent"]
    assert not list(post.mails[1][1].iter_attachments())


@pytest.mark.parametrize("answer, permanent", [("451 try again later", False), ("421 shutting down", False), ("452 mailbox full", False),
                                               ("550 no such mailbox", True), ("554 refused", True)])
def test_what_a_mail_server_answers_decides_about_the_next_try(desk, post, answer, permanent):
    post.answers = [answer]
    found = desk.send("smtp:feng@localhost")
    assert not found["sent"] and found["permanent"] == permanent and answer[:3] in found["reason"]


def test_a_wrong_password_is_not_tried_again_and_a_wrong_certificate_gets_none(desk, post, tmp_path):
    desk.secret("mail.password", "wrong")
    found = desk.send("smtp:feng@localhost")
    assert not found["sent"] and found["permanent"] and "wrong" not in found["reason"], found
    seen = len(post.logins)
    desk.conf(f"smtp_ca_file = {certificate(tmp_path, 'other')[0]}")
    assert not desk.send("smtp:feng@localhost")["sent"]
    assert len(post.logins) == seen and not post.mails


def test_a_mail_server_that_says_nothing_is_given_up_in_time(desk):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    desk.conf(f"smtp = smtp://127.0.0.1:{listener.getsockname()[1]}", "smtp_timeout_s = 1")
    started = time.monotonic()
    found = desk.send("smtp:feng@localhost")
    listener.close()
    assert not found["sent"] and not found["permanent"] and time.monotonic() - started < 20


def test_a_server_without_tls_gets_no_mail_where_tls_is_required(desk, tmp_path):
    class Plain:
        mails = []

        async def handle_DATA(self, server, session, envelope):
            self.mails.append(envelope)
            return "250 OK"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Plain(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        desk.conf(f"smtp = smtp://127.0.0.1:{port}", "smtp_tls = required")
        assert not desk.send("smtp:feng@localhost")["sent"] and not Plain.mails
        desk.conf("smtp_tls = try")
        assert desk.send("smtp:feng@localhost")["sent"] and len(Plain.mails) == 1
    finally:
        controller.stop()


# ---- programs ----


def program(desk, script):
    path = desk.directory / "send-sms"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o700)
    desk.conf(f"command.sms.program = {path}")


def test_a_program_gets_text_key_and_number_and_nothing_of_ours(desk, tmp_path):
    program(desk, f'env >{tmp_path}/env; cat >{tmp_path}/text; ls -l /proc/self/fd | wc -l >{tmp_path}/files\n')
    os.environ["JISHI_TEST_LEAK"] = "x"
    try:
        assert desk.send("command:sms@13800001111", "--id", "c", "--count", "2")["sent"]
    finally:
        del os.environ["JISHI_TEST_LEAK"]
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert seen["JISHI_TO"] == "13800001111" and seen["JISHI_COUNT"] == "2" and seen["JISHI_KIND"] == "digest"
    assert seen["JISHI_KEY"].startswith("digest/") and seen["JISHI_SUBJECT"] == "【纪实】2 项提醒"
    assert set(seen) <= {"JISHI_TO", "JISHI_COUNT", "JISHI_KIND", "JISHI_KEY", "JISHI_SUBJECT", "PATH", "LANG", "PWD", "SHLVL", "_", "OLDPWD"}
    text = (tmp_path / "text").read_text()
    assert "1. 【纪实】提醒" in text and "2. 【纪实】提醒" in text


@pytest.mark.parametrize("script, sent, permanent", [("exit 0", True, False), ("exit 75", False, False), ("exit 64", False, True), ("kill -KILL $$", False, False)])
def test_how_a_program_ends_decides_about_the_next_try(desk, script, sent, permanent):
    program(desk, script + "\n")
    found = desk.send("command:sms@13800001111")
    assert (found["sent"], found["permanent"]) == (sent, permanent)


def test_only_the_program_itself_is_killed_when_its_time_is_up(desk, tmp_path):
    program(desk, f"sleep 30 & echo $! >{tmp_path}/grandchild; echo $$ >{tmp_path}/child; wait\n")
    desk.conf("command.sms.timeout_s = 1")
    found = desk.send("command:sms")
    grandchild = int((tmp_path / "grandchild").read_text())
    assert not found["sent"] and not found["permanent"]
    assert not os.path.exists(f"/proc/{(tmp_path / 'child').read_text().strip()}")
    os.kill(grandchild, 0)  # it lives: no group and no name is killed
    os.kill(grandchild, 9)


# ---- through the whole of it ----


def talk_of(gateway):
    events = [verified(asked) for asked in list(gateway.asked) if asked.path == "/in"]
    return next((event["data"] for event in events if event["data"]["name"] == "SD-TALK.held"), None)


def test_reminders_reach_a_robot_a_webhook_and_a_program_in_the_packs_words(office, gateway, tmp_path):
    directory = office.deployment.directory
    desk = Desk.__new__(Desk)
    desk.directory = directory
    set_conf(directory, remind_hour="00:00", language="zh")
    hook(desk, gateway)
    robot(desk, gateway, "dingtalk", keyword="纪实")  # the pack's words have it not
    program(desk, f"cat >>{tmp_path}/sms\n")
    check = gateway.answers
    gateway.answers = lambda asked: check(asked) if asked.path.startswith("/robot") else (204, {}, b"")
    (directory / "recipients.conf").write_text("feng = dingtalk:office@13800001111\nwu = webhook:oa@wu\nwang = command:sms@13800002222\n")
    appoint(office, long_ago(25))
    office.deployment.start("reminder")
    office.deployment.start("notifier")
    auditor = office.deployment.client("auditor")
    wait(lambda: {event[3] for event in deliveries(all_events(auditor)) if event[5] == "sent"} >= {"dingtalk", "webhook", "command"})
    talk = wait(lambda: talk_of(gateway))
    events = [verified(asked) for asked in list(gateway.asked) if asked.path == "/in"]
    assert talk["kind"] == "before" and talk["pack"] == "SD" and talk["case"] > 0 and "SD-3.1" in talk["rules"]
    assert talk["subject"].startswith("请于") and "subjects" not in talk
    assert "person:" not in json.dumps(events) and "李" not in json.dumps(events, ensure_ascii=False)
    assert {event[5] for event in deliveries(all_events(auditor))} == {"sent"}, [event for event in deliveries(all_events(auditor)) if event[5] != "sent"]


def test_ids_of_subjects_are_shown_where_the_deployment_says_so(office, gateway):
    directory = office.deployment.directory
    desk = Desk.__new__(Desk)
    desk.directory = directory
    set_conf(directory, remind_hour="00:00", language="zh", names="yes")
    hook(desk, gateway)
    (directory / "recipients.conf").write_text("feng = webhook:oa\nwu = webhook:oa\n")
    appoint(office, long_ago(25))
    office.deployment.start("reminder")
    office.deployment.start("notifier")
    talk = wait(lambda: talk_of(gateway))
    assert "person:li" in talk["subjects"]
