"""A notification worker, written from cmd/wire/PROTOCOL.md sections 4 and 8 alone."""
import sys

from client import Client, Key, key_lines


def turn(client, bring, channels=None, lease_ms=30000):
    """Leases what is ready, brings it, records it, acknowledges; how many jobs there were."""
    args = {"count": 16, "lease_ms": lease_ms, **({"channels": channels} if channels else {})}
    answer = client.job("lease", args)
    jobs = answer[4] if answer and answer[2] == "ok" else []
    for job in jobs:
        key, token, recipient, attempts, channel = job[0], job[1], job[9], job[10], job[13]
        outcome, detail = "sent", ""
        try:
            if channel == "none":
                outcome, detail = "dead", "nobody holds the role"
            else:
                bring(job, recipient)
        except OSError as error:
            outcome, detail = "failed", str(error)
        client.must("deliver", args={"key": key, "channel": channel, "recipient": recipient, "outcome": outcome,
                                     "attempt": attempts + 1, "detail": detail})
        client.job("nack" if outcome == "failed" else "ack",
                   {"key": key, "recipient": recipient, "token": token, "detail": detail})
    return len(jobs)


if __name__ == "__main__":
    import zmq
    folder, channels = sys.argv[1], sys.argv[2:]
    worker = Client(zmq.Context(), key_lines(f"{folder}/keys/server.pub"), Key.read(f"{folder}/keys/notifier.key"))
    while turn(worker, lambda job, member: print(member, job[5] or job[0], job[6], flush=True), channels):
        pass
