"""test_serve.py - the real server, driven by a foreign client over real sockets."""
import hashlib
import hmac
import os
import signal
import time

import nacl.signing
import pytest
import zmq

from jishi import Client, Deployment, pack, unpack

KILL_ROUNDS = int(os.environ.get("KILL_ROUNDS", "12"))


@pytest.fixture
def deployment(tmp_path):
    made = Deployment(tmp_path / "d").start()
    yield made
    if made.server:
        made.stop(signal.SIGKILL)


def test_an_accepted_command_is_on_record_and_its_repetition_is_equal_to_the_byte(deployment):
    client = Client(deployment, deployment.key("registrar"))
    message = pack(["jr1", 5, *client.request(client.unit("a"))])
    client.socket.send(message)
    first = client.socket.recv()
    client.socket.send(message)
    assert client.socket.recv() == first
    assert unpack(first)[2] == "accepted"


def test_the_same_id_with_another_body_is_a_conflict(deployment):
    client = Client(deployment, deployment.key("registrar"))
    same = bytes.fromhex("0199999999997000800000000000000a")
    number = client.ask(*client.request(client.unit("a", id=same)))[1]
    assert client.ask(*client.request(client.unit("b", id=same))) == ["conflict", number]


def test_a_signature_of_somebody_else_is_invalid_and_an_unknown_signer_is_refused_off_the_record(deployment):
    client = Client(deployment, deployment.key("registrar"))
    command = client.unit("a")
    wrong = Client(deployment, deployment.key("auditor")).sign(command + b"x")
    assert client.ask("command", command, wrong, None, "en", None)[0] == "invalid"
    stranger = nacl.signing.SigningKey.generate()
    signature = [1, bytes(stranger.verify_key), stranger.sign(b"jishi-command-v1\n" + command).signature]
    answer = client.ask("command", command, signature, None, "en", None)
    assert answer[:4] == ["refused", None, None, "unknown_key"]


def test_hostile_bytes_get_nothing_or_invalid_and_the_server_lives(deployment):
    client = Client(deployment, deployment.key("registrar"))
    honest = pack(["jr1", 9, *client.request(client.unit("a"))])
    for bad in [b"", b"\xc1", os.urandom(300), b"\xdd\xff\xff\xff\xff", b"\x91" * 60000, pack(["jr1", -1, "health"]), pack({"a": 1}), honest[:-1], honest + b"\xc0"]:
        client.socket.send(bad)
    client.socket.send_multipart([pack(["jr1", 9, "health"]), b"a second frame"])
    for _ in range(200):
        cut = bytearray(honest)
        cut[int.from_bytes(os.urandom(2), "big") % len(cut)] ^= 1 << (os.urandom(1)[0] % 8)
        client.socket.send(bytes(cut))
    while (answer := client.receive(500)) is not None:
        assert answer[2] in ("invalid", "refused", "accepted", "health")
    assert client.ask("health")[0] == "health"


def test_keys_that_are_not_enrolled_get_nothing(deployment):
    assert Client(deployment, nacl.signing.SigningKey.generate()).ask("health", timeout=1500) is None
    null = zmq.Context.instance().socket(zmq.DEALER)
    null.linger = 0
    null.connect(deployment.info["commands"])
    null.send(pack(["jr1", 1, "health"]))
    assert not null.poll(1500)


def test_only_who_may_read_the_whole_log_gets_ranges(deployment):
    assert Client(deployment, deployment.key("registrar"), "ranges").ask("range", 0, 10, 0, timeout=1500) is None
    kind, start, count, entries, size, recorded = Client(deployment, deployment.key("auditor"), "ranges").ask("range", 0, 1000, 0)
    assert (kind, start) == ("range", 0) and count == size > 20 and recorded > 0
    previous, at = bytes(32), 0
    for number in range(count):
        length = int.from_bytes(entries[at : at + 4], "big")
        leaf = entries[at + 4 : at + 4 + length]
        fields = unpack(leaf)
        assert fields[1] == number and fields[2] == previous
        previous, at = hashlib.sha256(b"\0" + leaf).digest(), at + 4 + length
    assert at == len(entries)


def test_the_feed_and_the_ranges_together_lose_nothing(deployment):
    client = Client(deployment, deployment.key("registrar"))
    feed = Client(deployment, deployment.key("auditor"), "feed", zmq.SUB)
    assert feed.receive()[1] == "head"
    start = dict(client.ask("health")[1])["head"]
    for round_ in range(20):
        answers = client.ask(*client.bundle([client.unit(f"f{round_}-{i}") for i in range(100)]))[1]
        assert [answer[0] for answer in answers] == ["accepted"] * 100
    seen = start
    while seen < start + 2000:
        message = feed.receive()
        if message[1] == "batch":
            assert message[2] == seen
            seen += message[3]


def test_free_text_is_committed_to_and_never_in_the_entry(deployment):
    client = Client(deployment, deployment.key("registrar"))
    salt, text = os.urandom(32), "李某某的名字".encode()
    digest = hmac.new(salt, text, hashlib.sha256).digest()
    person = [["it", "person:li"]]
    item = [["name", "person:li", salt, text.decode()]]
    assert client.ask(*client.request(client.command("register", "person", person, [["name", digest]])))[0] == "invalid"
    other = [["name", "person:li", salt, "another"]]
    assert client.ask(*client.request(client.command("register", "person", person, [["name", digest]]), pack(other)))[0] == "invalid"
    assert client.ask(*client.request(client.command("register", "person", person, [["name", digest]]), pack(item)))[0] == "accepted"
    deployment.stop()
    for folder, _, files in os.walk(deployment.directory):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                assert text not in file.read()


def test_what_was_acknowledged_survives_kill_9_and_nothing_is_there_twice(deployment):
    client = Client(deployment, deployment.key("registrar"))
    for round_ in range(KILL_ROUNDS):
        requests = {}
        for i in range(100):
            request = client.request(client.unit(f"k{round_}-{i}"))
            requests[client.send(*request)] = request
        time.sleep(round_ % 6 * 0.004)
        deployment.stop(signal.SIGKILL)
        acknowledged = {}
        while (answer := client.receive(50)) is not None:
            acknowledged[answer[1]] = answer
        client.close()
        deployment.start()
        client = Client(deployment, deployment.key("registrar"))
        for number, request in requests.items():
            client.socket.send(pack(["jr1", number, *request]))
        again = {}
        while len(again) < len(requests):
            answer = client.receive(10000)
            assert answer is not None
            again[answer[1]] = answer
        assert all(answer[2] == "accepted" for answer in again.values())
        assert len({answer[3] for answer in again.values()}) == len(requests)
        for number, answer in acknowledged.items():
            assert again[number] == answer
        client.next_id = 1000000 * (round_ + 1)
    assert deployment.stop() == 0
    for way in ("verify", "replay"):
        assert deployment.run("audit", way, deployment.directory).returncode == 0


def test_a_revoked_key_is_out_at_once(deployment):
    registrar = Client(deployment, deployment.key("registrar"))
    assert registrar.ask("health")[0] == "health"
    security = Client(deployment, deployment.key("secadmin"))
    command = security.command("revoke", args=[["key", bytes(deployment.key("registrar").verify_key)], ["reason", None]])
    assert security.ask(*security.request(command))[0] == "accepted"
    assert registrar.ask("health", timeout=1500) is None


def test_a_byte_changed_on_disk_is_found(deployment):
    deployment.stop()
    path = deployment.directory + "/log/data.mdb"
    with open(path, "rb") as file:
        data = bytearray(file.read())
    at = data.rfind(b"secadmin")
    data[at] ^= 1
    with open(path, "wb") as file:
        file.write(data)
    assert deployment.run("audit", "verify", deployment.directory).returncode == 1
    assert deployment.run("serve", deployment.directory).returncode == 2


def test_the_command_line_says_yes_no_and_could_not_tell(deployment):
    directory = deployment.directory
    assert deployment.run("health", directory).returncode == 0
    assert deployment.run("do", directory, "register", "unit", "--subject", "it=unit:a").returncode == 0
    refused = deployment.run("do", directory, "register", "unit", "--subject", "it=unit:a", "--lang", "zh")
    assert refused.returncode == 1 and "不予办理" in refused.stderr
    lines = "".join('{"verb":"register","what":"unit","subjects":{"it":"unit:s%d"}}\n' % i for i in range(150))
    submitted = deployment.run("submit", directory, input=lines)
    assert submitted.returncode == 0 and submitted.stdout.count('"accepted"') == 150
    assert deployment.run("log", directory, "--from", "5").returncode == 0
    assert deployment.run("init", directory).returncode == 1
    deployment.stop()
    assert deployment.run("health", directory, "--timeout", "500").returncode == 2
