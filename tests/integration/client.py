"""A foreign client, written from cmd/wire/PROTOCOL.md and events/FORMAT.md alone."""

import hashlib
import hmac
import os
import struct
import time
from pathlib import Path

import msgpack
import zmq
from nacl.signing import SigningKey
from zmq.utils import z85


def pack(data):
    return msgpack.packb(data, use_bin_type=True)


def unpack(data):
    return msgpack.unpackb(data, raw=False, strict_map_key=True, use_list=True)


def uuid7():
    ms = int(time.time() * 1000)
    rand = bytearray(os.urandom(10))
    rand[0] = 0x70 | rand[0] & 0x0F
    rand[2] = 0x80 | rand[2] & 0x3F
    return ms.to_bytes(6, "big") + bytes(rand)


def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def tree_root(leaves):
    """RFC 6962: the largest power of two below n goes left."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:])).digest()


def key_lines(path):
    lines = [line.split(" ", 1) for line in Path(path).read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for name, value in lines}


class Key:
    def __init__(self, seed):
        self.signing = SigningKey(seed)
        self.public = bytes(self.signing.verify_key)
        self.curve_secret = bytes(self.signing.to_curve25519_private_key())
        self.curve_public = bytes(self.signing.verify_key.to_curve25519_public_key())

    @classmethod
    def read(cls, path):
        return cls(bytes.fromhex(key_lines(path)["ed25519_seed"]))

    @classmethod
    def new(cls):
        return cls(os.urandom(32))

    def sign(self, data):
        return [1, self.public, bytes(self.signing.sign(data).signature)]


class Text:
    """Free text about a subject: committed to in the command, sent beside it."""

    def __init__(self, text, subject):
        self.text, self.subject, self.salt = text, subject, os.urandom(32)

    def commitment(self):
        return hmac.new(self.salt, self.text.encode(), hashlib.sha256).digest()


class Command:
    def __init__(self, origin, verb, what="", *, case=0, expected=-1, subjects=(), args=None, outcome="", evidence=(),
                 on=None, id=None, not_after=0):
        self.id = id or uuid7()
        self.items = []
        self.body = pack(["jc1", origin, self.id, verb, what, 0, case, expected, [list(pair) for pair in subjects],
                          [[name, self.commit(name, value)] for name, value in (args or {}).items()], outcome,
                          [[kind, title, digest] for kind, title, digest in evidence], None, on or today(),
                          int(time.time() * 1e6), not_after, ""])

    def commit(self, path, value):
        if isinstance(value, Text):
            self.items.append([path, value.subject, value.salt, value.text])
            return value.commitment()
        if isinstance(value, list):
            records = value and all(isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) for item in value)
            if records:
                return [[name, self.commit(f"{path}.{name}", item)] for name, item in value]
            return [self.commit(f"{path}.{index}", item) for index, item in enumerate(value)]
        return value

    def payload(self):
        return pack(self.items) if self.items else None


def today():
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))


def paper(kind):
    return (kind, kind, hashlib.sha256(kind.encode()).digest())


class Client:
    def __init__(self, context, server, key, language="zh"):
        self.context, self.server, self.key, self.language = context, server, key, language
        self.sockets = {}
        self.next_id = 1

    def new_socket(self, port, kind=zmq.DEALER, name=None):
        socket = self.context.socket(kind)
        socket.curve_serverkey = self.server["curve_public"].encode()
        socket.curve_publickey = z85.encode(self.key.curve_public)
        socket.curve_secretkey = z85.encode(self.key.curve_secret)
        socket.setsockopt(zmq.IMMEDIATE, 1)
        socket.setsockopt(zmq.LINGER, 0)
        if name:
            socket.setsockopt(zmq.ROUTING_ID, name)
        if kind == zmq.SUB:
            socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(self.server[port])
        return socket

    def socket(self, port, kind=zmq.DEALER):
        if port not in self.sockets:
            self.sockets[port] = self.new_socket(port, kind)
        return self.sockets[port]

    def close(self):
        for socket in self.sockets.values():
            socket.close()
        self.sockets = {}

    def send(self, port, message, timeout=5.0):
        socket = self.socket(port)
        if not socket.poll(int(timeout * 1000), zmq.POLLOUT):
            return False
        socket.send(pack(message))
        return True

    def receive(self, port, timeout=5.0):
        socket = self.socket(port)
        return unpack(socket.recv()) if socket.poll(int(timeout * 1000)) else None

    def ask(self, port, message, timeout=5.0):
        """Sends ["..", id, ..] and waits for the answer with that id; None if there is none."""
        number, self.next_id = self.next_id, self.next_id + 1
        message = [message[0], number, *message[1:]]
        end = time.monotonic() + timeout
        if not self.send(port, message, timeout):
            return None
        while time.monotonic() < end:
            answer = self.receive(port, end - time.monotonic())
            if answer and answer[1] == number:
                return answer
        return None

    def command(self, verb, what="", **rest):
        return Command(self.server["origin"], verb, what, **rest)

    def request(self, command):
        return ["jr1", "command", command.body, self.key.sign(b"jishi-command-v1\n" + command.body), command.payload(), self.language, None]

    def do_once(self, command, timeout=5.0):
        answer = self.ask("commands", self.request(command), timeout)
        return answer[2:] if answer else None

    def do(self, verb, what="", **rest):
        """Asks until there is a final answer: PROTOCOL.md section 4.4."""
        command = self.command(verb, what, **rest)
        for _ in range(20):
            answer = self.do_once(command)
            if answer and answer[0] == "busy":
                time.sleep(answer[1] / 1000)
            elif answer and answer[0] != "unknown":
                return answer
            else:
                self.close()
        raise TimeoutError(f"no answer to {verb} {what}")

    def must(self, verb, what="", **rest):
        answer = self.do(verb, what, **rest)
        assert answer[0] == "accepted", answer
        return answer

    def bundle(self, commands):
        root = tree_root([leaf_hash(command.body) for command in commands])
        signed = self.key.sign(b"jishi-bundle-v1\n" + struct.pack(">I", len(commands)) + root)
        return ["jr1", "bundle", [command.body for command in commands], signed, [command.payload() for command in commands], self.language, None]

    def health(self, timeout=5.0):
        answer = self.ask("commands", ["jr1", "health"], timeout)
        return {name: value for name, value in answer[3]} if answer else None

    def range(self, start, count=65536, bytes_max=0):
        return self.ask("ranges", ["jr1", "range", start, count, bytes_max])

    def query(self, name, args=None, at_least=0, timeout=5.0):
        return self.ask("queries", ["jq1", name, [[k, v] for k, v in (args or {}).items()], at_least], timeout)

    def job(self, name, args=None, timeout=5.0):
        return self.ask("jobs", ["jq1", name, [[k, v] for k, v in (args or {}).items()], 0], timeout)


def entries_of(data):
    """Entries one after the other, each as its length in 4 bytes and its bytes."""
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4:at + 4 + size]
        at += 4 + size


class Follower:
    """Section 5: applies batches in order, fetches what it missed, checks the chain."""

    def __init__(self, client):
        self.client, self.next, self.leaf, self.entries = client, 0, bytes(32), []
        self.fetched = 0  # entries that came by ranges, not by the feed

    def take(self, start, data):
        for index, entry in enumerate(entries_of(data)):
            if start + index < self.next:
                continue
            fields = unpack(entry)
            assert fields[0] == "je1" and fields[1] == self.next, (fields[1], self.next)
            assert fields[2] == self.leaf, "the chain does not hold"
            self.leaf = leaf_hash(entry)
            self.entries.append(fields)
            self.next += 1

    def catch_up(self, size):
        while self.next < size:
            answer = self.client.range(self.next)
            if answer and answer[2] == "range":
                before = self.next
                self.take(answer[3], answer[5])
                self.fetched += self.next - before

    def message(self, message):
        if message[1] == "batch":
            if message[2] > self.next:
                self.catch_up(message[2])
            self.take(message[2], message[4])
        elif message[1] == "head":
            self.catch_up(message[2])
