"""A pack's next version on a running server: running cases keep theirs, until they are migrated."""
import json

from client import Text, today
from conftest import ROOT, run

VERSIONS = ROOT / "tests" / "packs" / "versions"


def leave_office(office):
    """Two clerks' cases under version 1: one asked, one granted."""
    directory = office.deployment.directory
    run("activate", directory, VERSIONS / "leave-1.yaml")
    for name, role in (("clerk", "clerk"), ("chief", "chief"), ("checker", "checker")):
        office.enrol(name, "unit:dept", {}, [(role, "unit:dept")])
    asked = office["clerk"].must("act", "LEAVE.asked", subjects=[("person", "person:li")])[3]
    granted = office["clerk"].must("act", "LEAVE.asked", subjects=[("person", "person:wang")])[3]
    office["chief"].must("act", "LEAVE.answered", case=granted, outcome="granted")
    return directory, asked, granted


def test_a_dry_run_writes_nothing_and_says_what_would_be(office):
    directory, asked, granted = leave_office(office)
    run("activate", directory, VERSIONS / "leave-3.yaml")
    head = json.loads(run("health", directory, "--json").stdout)["head"]
    dry = run("migrate", directory, "--json", check=False)
    assert dry.returncode == 1
    cases = {one["case"]: one for one in json.loads(dry.stdout)}
    assert {"asked", "substitute"} == {reason["what"] for reason in cases[asked]["reasons"]}
    assert {"asked", "answered", "substitute"} == {reason["what"] for reason in cases[granted]["reasons"]}
    assert all(one["from"] == 1 and one["to"] == 2 and not one["can"] for one in cases.values())
    assert json.loads(run("health", directory, "--json").stdout)["head"] == head
    words = run("migrate", directory, "--lang", "zh", check=False).stdout
    assert "不能转" in words and "试算" in words


def test_cases_are_migrated_with_their_days_and_once(office):
    directory, asked, granted = leave_office(office)
    run("activate", directory, VERSIONS / "leave-1-short.yaml")
    dry = json.loads(run("migrate", directory, "--json").stdout)
    dues = {one["case"]: one["dues"] for one in dry}
    assert [due["duty"] for due in dues[asked]] == ["LEAVE.answered"] and dues[asked][0]["before"] > dues[asked][0]["after"] > today()
    assert dues[granted] == []
    without_reason = run("migrate", directory, "--apply", check=False)
    assert without_reason.returncode == 2 and "--reason" in without_reason.stderr
    one = run("migrate", directory, "--case", asked, "--apply", "--reason", "期限缩短", "--lang", "en")
    assert "1 migrated, 0 failed" in one.stdout
    rest = run("migrate", directory, "--apply", "--reason", "期限缩短", "--lang", "en")
    assert "1 can, 0 cannot; 1 migrated, 0 failed" in rest.stdout
    assert "0 can, 0 cannot" in run("migrate", directory, "--lang", "en").stdout
    refused = office["chief"].do("act", "LEAVE.answered", case=asked, outcome="granted", expected=1)
    assert refused[3] == "version"
    office["chief"].must("act", "LEAVE.answered", case=asked, outcome="granted")
    run("audit", "replay", directory)


def test_who_administers_nothing_cannot_migrate(office):
    directory, asked, _ = leave_office(office)
    run("activate", directory, VERSIONS / "leave-1-short.yaml")
    refused = office["chief"].do("migrate", case=asked, args={"to": 2, "reason": Text("理由", "person:li")})
    assert refused[0] == "refused" and refused[3] == "not_entitled"
