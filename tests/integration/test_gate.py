"""Who is let in, who may read what, and what the command line answers."""
import zmq

import client as jishi
from client import Text, pack
from conftest import run
from test_disk import Traced


def test_a_client_without_curve_gets_nothing(served):
    plain = served.context.socket(zmq.DEALER)
    plain.linger = 0
    plain.connect(served.server["commands"])
    plain.send(pack(["jr1", 1, "health"]))
    assert not plain.poll(1500)
    plain.close()


def test_only_who_may_read_the_whole_log_gets_ranges(served):
    assert served.client("registrar").ask("ranges", ["jr1", "range", 0, 10, 0], timeout=1.5) is None
    answer = served.client("auditor").range(0)
    assert answer[2] == "range" and answer[4] == answer[6] > 20


def test_a_revoked_key_is_out_at_once(served):
    registrar = served.client("registrar")
    assert registrar.health()
    served.client("secadmin").must("revoke", args={"key": registrar.key.public})
    assert registrar.health(1.5) is None


def test_a_signer_nobody_enrolled_is_refused_off_the_record(served):
    registrar = served.client("registrar")
    head = registrar.health()["head"]
    command = registrar.command("register", "unit", subjects=[("it", "unit:a")])
    request = registrar.request(command)
    request[3] = jishi.Key.new().sign(b"jishi-command-v1\n" + command.body)
    answer = registrar.ask("commands", request)
    assert answer[2:6] == ["refused", None, None, "unknown_key"]
    assert registrar.health()["head"] == head


def test_free_text_needs_its_commitment_and_lies_nowhere_in_the_clear(served):
    registrar = served.client("registrar")
    name = Text("李某某的名字", "person:li")
    command = registrar.command("register", "person", subjects=[("it", "person:li")], args={"name": name})
    request = registrar.request(command)
    without = request[:4] + [None] + request[5:]
    assert registrar.ask("commands", without)[2] == "invalid"
    other = registrar.command("register", "person", subjects=[("it", "person:li")], args={"name": Text("另一个", "person:li")})
    assert registrar.ask("commands", request[:4] + [other.payload()] + request[5:])[2] == "invalid"
    assert registrar.ask("commands", request)[2] == "accepted"
    served.end("serve")
    for path in served.directory.rglob("*"):
        if path.is_file():
            assert "李某某的名字".encode() not in path.read_bytes(), path


def test_too_many_in_flight_are_told_to_wait_and_get_through(deployment):
    """20,000 at once from one key, on a slow disk: some are busy, some answers get lost on the way; asked again, each is recorded once."""
    Traced(deployment, "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_exit=1000000")
    registrar = deployment.client("registrar")
    bundles = {}
    for number in range(1, 101):
        commands = [registrar.command("register", "unit", subjects=[("it", f"unit:b{number}-{i}")]) for i in range(200)]
        bundles[number] = (registrar.bundle(commands), commands)
    socket = registrar.socket("commands")
    entries, hints = {}, []
    for _ in range(60):
        for number, (request, _) in bundles.items():
            socket.send(pack([request[0], number, *request[1:]]))
        while answer := registrar.receive("commands", 1):
            if answer[2] == "bundle":
                for command, one in zip(bundles.get(answer[1], ((), ()))[1], answer[3]):
                    assert one[0] == "accepted"
                    entries[command.id] = one[1]
                bundles.pop(answer[1], None)
            else:
                assert answer[2] == "busy"
                hints.append(answer[3])
        if not bundles:
            break
    assert not bundles and len(set(entries.values())) == 20000
    assert hints and all(hint > 0 for hint in hints)


def test_the_command_line_says_yes_no_and_could_not_tell(served):
    directory = served.directory
    run("health", directory)
    run("do", directory, "register", "unit", "--subject", "it=unit:a")
    refused = run("do", directory, "register", "unit", "--subject", "it=unit:a", "--lang", "zh", check=False)
    assert refused.returncode == 1 and "不予办理" in refused.stderr
    lines = "".join('{"verb":"register","what":"unit","subjects":{"it":"unit:s%d"}}\n' % i for i in range(150))
    submitted = run("submit", directory, input=lines)
    assert submitted.stdout.count('"accepted"') == 150
    run("log", directory, "--from", "5")
    assert run("init", directory, check=False).returncode == 1
    served.end("serve")
    assert run("health", directory, "--timeout", "500", check=False).returncode == 2
