"""What recorded commands would have come to under a draft of their pack."""
import datetime
import json

from conftest import ROOT, run, wait
from test_midterm import appoint
from test_migrate import VERSIONS, leave_office
from test_reminders import all_events, long_ago, rungs, set_conf

PACKS = ROOT / "core" / "packs"


def what_if(directory, *drafts, code):
    told = run("pack", "what-if", directory, *drafts, "--json", check=False)
    assert told.returncode == code, told.stdout + told.stderr
    return json.loads(told.stdout)


def test_the_same_pack_again_changes_nothing(office):
    set_conf(office.deployment.directory, remind_hour="00:00")
    appoint(office, long_ago(45))
    refused = office["wang"].do("act", "SD-MIDTERM.requested", case=1)
    assert refused[0] == "refused"
    directory, _, _ = leave_office(office)
    office.deployment.start("reminder")
    auditor = office.deployment.client("auditor")
    wait(lambda: rungs(all_events(auditor)))
    head = json.loads(run("health", directory, "--json").stdout)["head"]
    told = what_if(directory, PACKS / "SD.yaml", VERSIONS / "leave-1.yaml", code=0)
    assert told["cases"] == told["duties"] == told["others"] == [] and told["entries"] >= head
    assert "0 cases, 0 duties" in run("pack", "what-if", directory, PACKS / "SD.yaml", "--lang", "en").stdout


def test_a_step_more_stops_the_cases_that_were_granted_without_it(office):
    directory, asked, granted = leave_office(office)
    told = what_if(directory, VERSIONS / "leave-2.yaml", code=1)
    cases = {one["case"]: one for one in told["cases"]}
    assert set(cases) == {asked, granted}
    assert "answered" in cases[asked]["now"]
    assert cases[asked]["draft"].startswith("running: checked") and cases[asked]["entry"] == 0
    assert cases[granted]["draft"].startswith("running: checked") and "order" in cases[granted]["why"]
    assert told["duties"] and all(duty["case"] not in (granted,) for duty in told["duties"])
    words = run("pack", "what-if", directory, VERSIONS / "leave-2.yaml", "--lang", "zh", check=False)
    assert words.returncode == 1 and "LEAVE.answered" in words.stdout and "什么也没有写入" in words.stdout


def test_a_shorter_limit_moves_the_due_days_only(office):
    directory, asked, _ = leave_office(office)
    told = what_if(directory, VERSIONS / "leave-1-short.yaml", code=1)
    assert told["cases"] == [] and told["others"] == []
    moved = {(duty["duty"], duty["case"]): duty for duty in told["duties"]}
    duty = moved["LEAVE.answered", asked]
    assert datetime.date.fromisoformat(duty["now"]) - datetime.date.fromisoformat(duty["draft"]) > datetime.timedelta(days=7)


def test_what_happened_later_is_decided_in_the_drafts_numbers(office):
    """The first case is never opened under the draft; what came after stands on other numbers and is the same."""
    directory, asked, granted = leave_office(office)
    late = office["clerk"].must("act", "LEAVE.asked", subjects=[("person", "person:hr")])[3]
    office["chief"].must("act", "LEAVE.answered", case=late, outcome="granted")
    draft = directory / "draft.yaml"
    text = (VERSIONS / "leave-1.yaml").read_text()
    draft.write_text(text.replace("asked: {title: 申请, by: clerk}",
                                  "asked: {title: 申请, by: clerk, guards: [{id: 非本人, rule: L-1, require: {it.rank: {empty: true}}}]}"))
    told = what_if(directory, draft, code=1)
    assert [one["case"] for one in told["cases"]] == [asked] and told["duties"] == told["others"] == []
    assert "非本人" in told["cases"][0]["why"] and told["cases"][0]["draft"] == "-"


def test_a_pack_that_was_never_in_force_is_said_to_be_so(office):
    told = run("pack", "what-if", office.deployment.directory, VERSIONS / "leave-1.yaml", check=False)
    assert told.returncode == 2 and "never in force" in told.stderr
