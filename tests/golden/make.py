#!/usr/bin/python3
"""Makes the golden log of a release: tests/golden/make.py 1   (by hand, once a release; never again for that number)

log-N.bin: entries one after the other, each as 4 bytes of length (big-endian) and its bytes.
log-N.note: the signed checkpoint over them. log-N.key: the log's public key, hex.
"""
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

import client as jishi  # noqa: E402
from conftest import Deployment, Office  # noqa: E402
from test_midterm import appoint, paper  # noqa: E402


def course(office):
    """Each verb, refusals of several kinds, a bundle, free text."""
    case = appoint(office)
    wang, registrar, secadmin = office["wang"], office.registrar, office.secadmin
    subjects = [("post", "post:deputy"), ("candidate", "person:li")]
    wang.do("act", "SD-MIDTERM.proposed", subjects=subjects)  # refused: evidence
    office["hr"].do("act", "SD-MIDTERM.proposed", subjects=subjects, evidence=[paper("建议人选"), paper("资格审查表")])  # refused: signer
    wang.do("act", "SD-MIDTERM.consented", case=case)  # refused: closed
    registrar.must("change", "person", subjects=[("it", "person:hr")], args={"rank": "内设机构正职"})
    registrar.must("fact", "work", subjects=[("person", "person:hr"), ("unit", "unit:dept")], args={"nature": "党务"}, on="2012-01-04")
    registrar.do("correct", args={"fact": 1, "day": "2010-01-05", "reason": jishi.Text("日期有误", "person:li")})
    second = wang.must("act", "SD-MIDTERM.proposed", subjects=subjects, evidence=[paper("建议人选"), paper("资格审查表")])[3]
    feng = office["feng"]
    feng.must("waive", "SD-MIDTERM.investigated", case=second, args={"guards": ["听取意见"], "reason": jishi.Text("因故", "person:li")})
    office["chen"].must("act", "SD-MIDTERM.consented", case=second, outcome="agreed", evidence=[paper("会议纪要")])
    origin = wang.server["origin"]
    wang.ask("commands", wang.bundle([jishi.Command(origin, "act", "SD-MIDTERM.requested", case=second, evidence=[paper("请示")]) for _ in range(3)]))
    third = wang.must("act", "SD-MIDTERM.proposed", subjects=subjects, evidence=[paper("建议人选"), paper("资格审查表")])
    acts = [event for entry in jishi.entries_of(office.deployment.client("auditor").range(third[1])[5]) for event in jishi.unpack(entry)[8] if event[0] == "step_signed"]
    wang.must("withdraw", args={"act": acts[0][3]})
    for word in ("suspend", "resume", "exempt"):
        feng.do(word, args={"duty": 1, "reason": jishi.Text("依规", "person:li")})
    secadmin.must("assign", args={"member": "wu", "role": "gw.leader", "unit": "unit:prov", "from": "2020-01-01", "to": None})
    wu = office["wu"]
    for assignment in range(1, 30):
        if wu.do("delegate", args={"member": "feng", "assignment": assignment, "from": "2026-01-01", "to": "2026-12-31"})[0] == "accepted":
            break
    secadmin.do("relieve", args={"assignment": 4, "to": jishi.today()})
    secadmin.must("revoke", args={"key": office["hr"].key.public})


def main(number):
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(Path(folder) / "d")
        try:
            deployment.start()
            office = Office(deployment)
            course(office)
            auditor = deployment.client("auditor")
            size = auditor.health()["durable"]
            entries = b""
            taken = 0
            while taken < size:
                answer = auditor.range(taken)
                entries += answer[5]
                taken += answer[4]
            note = auditor.ask("commands", ["jr1", "checkpoint"])[3]
        finally:
            deployment.close()
        (HERE / f"log-{number}.bin").write_bytes(entries)
        (HERE / f"log-{number}.note").write_text(note)
        (HERE / f"log-{number}.key").write_text(deployment.server["log_public"] + "\n")
        print(f"{size} entries, {len(entries)} bytes")


if __name__ == "__main__":
    main(int(sys.argv[1]))
