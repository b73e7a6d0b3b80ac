"""The general read models over a real deployment, and lists as people and spreadsheets get them."""
import csv
import io
import json

import client as jishi
from conftest import run
from test_midterm import appoint
from test_projector import caught_up, rows


def named(auditor, query, **args):
    names = [row[1] for row in rows(auditor, "columns", list=query)]
    return [dict(zip(names, row)) for row in rows(auditor, query, **args)]


def test_the_general_models_show_an_office_at_work(office):
    appoint(office)
    office.deployment.start("projector")
    auditor = office.deployment.client("auditor")
    found = caught_up(auditor)
    assert {"facts", "members", "deliveries", "statistics", "values"} <= set(found)
    assert all(row["state"] == "running" and row["incident"] is None for row in found.values())
    starts = named(auditor, "facts", type="office_start")
    assert starts and starts[-1]["state"] == "in_force" and starts[-1]["case"] > 0
    mine = named(auditor, "facts", subject="person:li")
    assert mine and all(dict(row["slots"])[row["slots"][0][0]] == "person:li" for row in mine)
    holders = named(auditor, "roles", role="registrar")
    assert holders and holders[0]["last_day"] is None
    keys = named(auditor, "keys", member=holders[0]["member"])
    assert keys and len(keys[0]["key"]) == 64 and keys[0]["state"] == "in_force"
    sums = named(auditor, "statistics_sum", per="all", measure="fact")
    assert sum(row["count"] for row in sums) == len([row for row in named(auditor, "facts") if row["state"] in ("in_force", "ended")])
    opened = named(auditor, "statistics_sum", per="year", measure="case_opened", within="unit:prov")
    assert sum(row["count"] for row in opened) == len(named(auditor, "cases"))
    member = next(row["member"] for row in named(auditor, "members") if named(auditor, "inbox", member=row["member"]))
    assert all(isinstance(row["would_refuse"], list) for row in named(auditor, "inbox", member=member))


def test_a_writer_reads_his_own_write_and_the_past_from_the_command_line(office):
    directory = office.deployment.directory
    office.deployment.start("projector")
    written = office.registrar.must("fact", "work", subjects=[("person", "person:wang"), ("unit", "unit:dept")], args={"nature": "业务管理"}, on="2015-03-02")
    facts = run("list", directory, "facts", "subject=person:wang", "--at-least", str(written[1] + 1), "--json").stdout.splitlines()
    assert len(facts) == 1
    shown = run("show", directory, "person:wang", "--at-least", str(written[1] + 1)).stdout
    assert "fact_written" in shown
    before = run("show", directory, "person:wang", "--known-at", str(written[1] - 1)).stdout
    assert "fact_written" not in before and "subject_registered" in before
    assert "fact_written" in run("show", directory, "person:wang", "--as-of", "2015-03-02").stdout
    nothing = run("show", directory, "person:wang", "--as-of", "2015-03-01", check=False)
    assert nothing.returncode == 1 and nothing.stdout == ""  # nothing had occurred


def test_what_is_recorded_moves_no_cursor_and_json_and_csv_have_it_as_it_is(office):
    directory, rank = office.deployment.directory, "\x1b[2J=业务\n\u009b31m\x7f"
    office.deployment.start("projector")
    written = office.registrar.must("register", "post", subjects=[("it", "post:odd")], args={"unit": "unit:dept", "kind": "其他", "rank": rank})
    seen = ("--at-least", str(written[1] + 1))
    for words in (("list", directory, "dossier", "subject=post:odd", *seen), ("show", directory, "post:odd", *seen)):
        shown = run(*words).stdout
        assert "业务" in shown and not {"\x1b", "\x7f", "\u009b"} & set(shown)
        assert "\\x7f" in shown and "\\u009b31m" in shown
    lines = run("list", directory, "dossier", "subject=post:odd", *seen).stdout.splitlines()
    assert len(lines) == 2 and "\\x1b[2J=业务\\x0a" in lines[1]
    data = run("list", directory, "dossier", "subject=post:odd", "--json", *seen).stdout
    assert len(data.splitlines()) == 1 and "\x1b" not in data and json.loads(data)[5]["fields"]["rank"] == rank
    csv_rows = table("list", directory, "dossier", "subject=post:odd", "--csv", *seen)
    assert len(csv_rows) == 2 and any(rank in cell for cell in csv_rows[1])


def table(*words):
    """Rows of a CSV as a spreadsheet reads it: BOM, CRLF."""
    text = run(*words).stdout
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_a_spreadsheet_gets_words_for_people_and_no_formulas(office):
    appoint(office)
    directory = office.deployment.directory
    office.deployment.start("projector")
    caught_up(office.deployment.client("auditor"))
    due = table("due", directory, "--csv", "--lang", "zh")
    assert due[0][:2] == ["期限编号", "期限"] and len(due) > 1
    assert {row[due[0].index("状态")] for row in due[1:]} <= {"未完成", "逾期", "已中止"}
    english = table("due", directory, "--csv", "--lang", "en")
    assert "State" in english[0] and {row[english[0].index("State")] for row in english[1:]} <= {"open", "overdue", "suspended"}
    facts = table("list", directory, "facts", "--csv", "--lang", "zh")
    assert "有效" in {row[facts[0].index("状态")] for row in facts[1:]}
    key = jishi.Key.new()
    office.secadmin.must("enrol", args={"member": "=1+1", "key": key.public, "person": ""})
    office.secadmin.must("enrol", args={"member": "-2,\"x\"", "key": jishi.Key.new().public, "person": ""})
    caught_up(office.deployment.client("auditor"))
    members = [row[0] for row in table("list", directory, "members", "--csv", "--lang", "zh")]
    assert "'=1+1" in members and "'-2,\"x\"" in members
    assert "=1+1" in run("list", directory, "members", "--json").stdout
    inbox = table("list", directory, "inbox", "member=feng", "--csv", "--lang", "zh")
    assert inbox[0][0] == "案件"
