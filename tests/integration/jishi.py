"""jishi.py - a foreign client, written from cmd/wire/PROTOCOL.md and events/FORMAT.md alone."""
import hashlib
import os
import socket
import subprocess
import time

import msgpack
import nacl.bindings
import nacl.signing
import zmq
from zmq.utils import z85

PROGRAM = os.environ.get("JISHI", os.path.join(os.getcwd(), "build", "jishi"))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def pack(message):
    return msgpack.packb(message, use_bin_type=True)


def unpack(frame):
    return msgpack.unpackb(frame, raw=False)


def lines(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(" ", 1) for line in file if " " in line)


def uuid7():
    raw = bytearray(os.urandom(16))
    raw[:6] = int(time.time() * 1000).to_bytes(6, "big")
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def tree_root(items):
    level = [hashlib.sha256(b"\0" + item).digest() for item in items]
    while len(level) > 1:
        above = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(level[::2], level[1::2])]
        level = above + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def free_ports(count):
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        if first + count > 65535:
            continue
        try:
            held = [socket.create_server(("127.0.0.1", first + i)) for i in range(count)]
        except OSError:
            continue
        for one in held:
            one.close()
        return first


class Deployment:
    """A directory made by `jishi init`, and its server."""

    def __init__(self, directory):
        self.directory = str(directory)
        self.server = None
        env = dict(os.environ, JISHI_DATA_DIR=os.path.join(SOURCE, "core"))
        subprocess.run([PROGRAM, "init", self.directory, "--port", str(free_ports(5))], env=env, check=True, stdout=subprocess.DEVNULL)
        self.info = lines(self.directory + "/keys/server.pub")

    def key(self, member):
        return nacl.signing.SigningKey(bytes.fromhex(lines(f"{self.directory}/keys/{member}.key")["ed25519_seed"]))

    def start(self, *options):
        self.server = subprocess.Popen([PROGRAM, "serve", self.directory, *options], stderr=subprocess.DEVNULL)
        return self

    def stop(self, how=15):
        self.server.send_signal(how)
        code = self.server.wait(20)
        self.server = None
        return code

    def run(self, *arguments, **more):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, **more)


class Client:
    def __init__(self, deployment, key, port="commands", kind=zmq.DEALER):
        self.deployment, self.key = deployment, key
        self.context = zmq.Context.instance()
        pair = bytes(key) + bytes(key.verify_key)
        self.socket = self.context.socket(kind)
        self.socket.linger = 0
        self.socket.curve_publickey = z85.encode(nacl.bindings.crypto_sign_ed25519_pk_to_curve25519(bytes(key.verify_key)))
        self.socket.curve_secretkey = z85.encode(nacl.bindings.crypto_sign_ed25519_sk_to_curve25519(pair))
        self.socket.curve_serverkey = deployment.info["curve_public"].encode()
        if kind == zmq.SUB:
            self.socket.subscribe(b"")
        self.socket.connect(deployment.info[port])
        self.next_id = 1

    def close(self):
        self.socket.close(0)

    def send(self, *rest):
        self.next_id += 1
        self.socket.send(pack(["jr1", self.next_id, *rest]))
        return self.next_id

    def receive(self, timeout=5000):
        return unpack(self.socket.recv()) if self.socket.poll(timeout) else None

    def ask(self, *rest, timeout=5000):
        wanted = self.send(*rest)
        while (answer := self.receive(timeout)) is not None:
            if answer[1] == wanted:
                return answer[2:]
        return None

    def command(self, verb, what="", subjects=(), args=(), **more):
        return pack(["jc1", more.get("origin", self.deployment.info["origin"]), more.get("id", uuid7()), verb, what, 0, more.get("case", 0),
                     more.get("version", -1), list(subjects), list(args), more.get("outcome", ""), [], None, more.get("on", "2026-01-05"),
                     int(time.time() * 1e6), more.get("not_after", 0), ""])

    def sign(self, command):
        return [1, bytes(self.key.verify_key), self.key.sign(b"jishi-command-v1\n" + command).signature]

    def request(self, command, payload=None):
        return ["command", command, self.sign(command), payload, "en", None]

    def bundle(self, commands):
        signed = b"jishi-bundle-v1\n" + len(commands).to_bytes(4, "big") + tree_root(commands)
        return ["bundle", commands, [1, bytes(self.key.verify_key), self.key.sign(signed).signature], [None] * len(commands), "en", None]

    def unit(self, name, **more):
        return self.command("register", "unit", [["it", "unit:" + name]], **more)
