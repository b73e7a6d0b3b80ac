"""What the server promises whoever talks to it: keys, repeats, versions, bundles, the feed, kill -9."""

import os
import random
import re
import signal
import threading
import time

import zmq
from zmq.utils import z85

import client as jishi
from conftest import Deployment, run
from client import Follower, leaf_hash, pack, unpack


def register(client, number):
    return client.command("register", "unit", subjects=[("it", f"unit:u{number}")], args={"class": "部门"})


def test_an_unknown_key_gets_no_answer_at_all(served):
    stranger = served.client("nobody", jishi.Key.new())
    assert stranger.health(1.5) is None


def test_a_known_key_with_a_wrong_signature_is_told_so(served):
    client = served.client("registrar")
    command = register(client, 1)
    request = client.request(command)
    request[3] = [1, request[3][1], bytes(64)]
    assert client.ask("commands", request)[2] == "invalid"


def test_the_same_command_gets_the_same_answer_and_another_body_a_conflict(served):
    client = served.client("registrar")
    command = register(client, 1)
    first, again = client.do_once(command), client.do_once(command)
    assert first == again and first[0] == "accepted"
    other = client.command("register", "unit", subjects=[("it", "unit:other")], args={"class": "部门"}, id=command.id)
    assert client.do_once(other) == ["conflict", first[1]]
    assert client.ask("commands", ["jr1", "lookup", command.id, "zh"])[2:] == first


def test_a_bundle_is_signed_once_and_each_command_stands_alone(served):
    client = served.client("registrar")
    commands = [register(client, number) for number in (1, 2, 1, 3, 4)]
    answers = client.ask("commands", client.bundle(commands))
    assert answers[2] == "bundle"
    assert [answer[0] for answer in answers[3]] == ["accepted", "accepted", "refused", "accepted", "accepted"]
    assert answers[3][2][3] == "conflict"


def test_hostile_bytes_do_not_stop_it(served):
    client = served.client("registrar")
    socket = client.socket("commands")
    rng = random.Random(7)
    good = pack(["jr1", 1, "health"])
    for size in range(0, 400):
        socket.send(bytes(rng.randrange(256) for _ in range(size)))
        damaged = bytearray(good)
        damaged[rng.randrange(len(good))] = rng.randrange(256)
        socket.send(bytes(damaged))
    socket.send(b"\xdd\x02\xff\xff\xff")
    socket.send_multipart([b"a"] * 50)
    client.close()
    assert served.client("registrar").health()["intake"] == "open"


def test_a_receipt_is_the_hash_of_the_entry(served):
    client, auditor = served.client("registrar"), served.client("auditor")
    answer = client.do_once(register(client, 1))
    entry = next(jishi.entries_of(auditor.range(answer[1], 1)[5]))
    assert leaf_hash(entry) == answer[2] and unpack(entry)[1] == answer[1]


def small_subscriber(auditor):
    """A subscriber with next to no buffers, so that what it does not read is lost to it."""
    feed = auditor.context.socket(zmq.SUB)
    feed.curve_serverkey = auditor.server["curve_public"].encode()
    feed.curve_publickey = z85.encode(auditor.key.curve_public)
    feed.curve_secretkey = z85.encode(auditor.key.curve_secret)
    feed.setsockopt(zmq.RCVHWM, 2)
    feed.setsockopt(zmq.RCVBUF, 8192)
    feed.setsockopt(zmq.LINGER, 0)
    feed.setsockopt(zmq.SUBSCRIBE, b"")
    feed.connect(auditor.server["feed"])
    auditor.sockets["feed"] = feed
    return feed


def read_to(follower, feed, head, seconds=60):
    end = time.time() + seconds
    while follower.next < head and time.time() < end:
        if feed.poll(1500):
            follower.message(unpack(feed.recv()))
    assert follower.next == head
    assert [entry[1] for entry in follower.entries] == list(range(head))


def test_a_subscriber_that_sleeps_or_comes_late_ends_with_exactly_the_log(served):
    """The feed drops what a sleeper does not read: it did so here, and the ranges made up for it."""
    auditor, late, writer = served.client("auditor"), served.client("auditor"), served.client("registrar")
    follower = Follower(auditor)
    feed = small_subscriber(auditor)
    while follower.next == 0:
        assert feed.poll(10000)
        follower.message(unpack(feed.recv()))
    awake_from, fetched = follower.next, follower.fetched
    for round_number in range(300):
        commands = [register(writer, round_number * 200 + number) for number in range(200)]
        assert all(answer[0] == "accepted" for answer in writer.ask("commands", writer.bundle(commands), 20)[3])
    head = served.client("registrar").health()["durable"]
    assert head > awake_from + 60000 - 1
    read_to(follower, feed, head)
    assert follower.fetched > fetched, "nothing was lost: the subscriber was not slow enough to show anything"
    latecomer = Follower(late)
    read_to(latecomer, late.socket("feed", zmq.SUB), head)
    assert latecomer.leaf == follower.leaf


def test_two_who_saw_the_same_version_one_is_refused(served):
    from conftest import Office
    from client import paper
    office = Office(served)
    answer = office["wang"].must("act", "SD-MIDTERM.proposed", subjects=[("post", "post:deputy"), ("candidate", "person:li")], evidence=[paper("建议人选"), paper("资格审查表")])
    case, version = answer[3], answer[4]
    first = office["chen"].do("act", "SD-MIDTERM.consented", case=case, expected=version, outcome="agreed", evidence=[paper("会议纪要")])
    second = office["chen"].do("act", "SD-MIDTERM.consented", case=case, expected=version, outcome="agreed", evidence=[paper("会议纪要")])
    assert first[0] == "accepted" and second[0] == "refused" and second[3] == "version"


def test_a_graceful_stop_leaves_a_log_that_verifies_and_replays(served):
    client = served.client("registrar")
    for number in range(20):
        client.must("register", "unit", subjects=[("it", f"unit:u{number}")], args={"class": "部门"})
    assert served.end("serve") == 0
    assert run("audit", "verify", served.directory, check=False).returncode == 0
    assert run("audit", "replay", served.directory, check=False).returncode == 0


def test_a_damaged_log_is_refused_and_the_place_is_named(served):
    client = served.client("registrar")
    registered = [client.must("register", "unit", subjects=[("it", f"unit:marked{number:02d}")], args={"class": "部门"})[1] for number in range(50)]
    served.end("serve")
    path = served.directory / "log" / "data.mdb"
    data = bytearray(path.read_bytes())
    at = data.rindex(b"unit:marked25")
    data[at + 6] ^= 1
    path.write_bytes(data)
    verify = run("audit", "verify", served.directory, check=False)
    assert verify.returncode == 1 and "entry" in verify.stdout + verify.stderr
    start = run("serve", served.directory, check=False)
    assert start.returncode == 2
    place = re.search(r'cannot_start reason="[^"]*entry (\d+)', start.stderr)
    assert place and registered[25] <= int(place[1]) <= registered[25] + 1, (registered[25], start.stderr)


def writer_loop(deployment, name, journal, stop):
    """Commands with ids of their own, asked again after each silence; what was acknowledged goes to the journal."""
    client = deployment.client("registrar")
    number = 0
    while not stop.is_set():
        commands = [client.command("register", "unit", subjects=[("it", f"unit:{name}-{number + k}")], args={"class": "部门"}) for k in range(8)]
        number += 8
        while not stop.is_set():
            answer = client.ask("commands", client.bundle(commands), 1.0)
            if answer and answer[2] == "bundle" and all(one[0] == "accepted" for one in answer[3]):
                journal.extend((command.id, one[1], one[2]) for command, one in zip(commands, answer[3]))
                break
            client.close()


def test_kill_9_under_load_loses_and_doubles_nothing(tmp_path):
    rounds = int(os.environ.get("KILL_ROUNDS", "100"))
    deployment = Deployment(tmp_path / "d")
    rng = random.Random(int(os.environ.get("SEED", "11")))
    journals = [[] for _ in range(4)]
    stop = threading.Event()
    try:
        deployment.start()
        threads = [threading.Thread(target=writer_loop, args=(deployment, f"w{i}", journals[i], stop)) for i in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(rounds):
            time.sleep(rng.uniform(0.02, 0.25))
            deployment.end("serve", signal.SIGKILL)
            deployment.start()
        time.sleep(1)
        stop.set()
        for thread in threads:
            thread.join()
        auditor = deployment.client("auditor")
        follower = Follower(auditor)
        follower.catch_up(auditor.health()["durable"])
        ids = [unpack(entry[4])[2] for entry in follower.entries]
        assert len(ids) == len(set(ids)), "a command stands twice in the log"
        by_number = {entry[1]: entry for entry in follower.entries}
        acknowledged = [item for journal in journals for item in journal]
        assert len(acknowledged) > rounds, "the load was too small to show anything"
        for command_id, number, _ in acknowledged:
            assert unpack(by_number[number][4])[2] == command_id, "an acknowledged command is not where its receipt says"
        deployment.end("serve")
        assert run("audit", "verify", deployment.directory, check=False).returncode == 0
        print(f"{rounds} kills, {len(acknowledged)} acknowledged, {len(ids)} in the log")
    finally:
        stop.set()
        deployment.close()


def test_a_peer_that_reads_its_answers_gets_every_one(served):
    """Three questions on their way at any time: PROTOCOL.md section 6."""
    auditor = served.client("auditor")
    ahead, count = 3, 5000

    def ask(number):
        assert auditor.send("ranges", ["jr1", number, "range", number % 20, 1, 0])
    for number in range(ahead):
        ask(number)
    for number in range(count):
        answer = auditor.receive("ranges", 2.0)
        assert answer and answer[1] == number and answer[2] == "range"
        if number + ahead < count:
            ask(number + ahead)
