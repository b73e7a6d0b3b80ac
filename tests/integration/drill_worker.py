"""A Python worker of channel `pager` for ever: each reminder is a line in a file."""
import select
import sys

import zmq

import worker
from client import Client, Key, key_lines

folder, path = sys.argv[1:]
client = Client(zmq.Context(), key_lines(f"{folder}/keys/server.pub"), Key.read(f"{folder}/keys/notifier.key"))
with open(path, "a", buffering=1, encoding="utf-8") as lines:
    while True:
        if not worker.turn(client, lambda job, member: lines.write(f"{job[0]} {member}\n"), ["pager"], lease_ms=3000):
            select.select([], [], [], 0.1)  # a jump of the clock under libfaketime breaks time.sleep
