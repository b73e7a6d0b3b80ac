"""Boards: a vacancy and a problem through their lives, as they are, as they stood, as they were known."""
import csv
import datetime
import io
import subprocess

from client import Text, paper, today
from conftest import ENVIRONMENT, PROGRAM, ROOT, run, wait
from test_midterm import appoint
from test_projector import refused, rows


def days_from_today(days):
    return (datetime.date.fromisoformat(today()) + datetime.timedelta(days=days)).isoformat()


def reader(office):
    """Asks a board for rows by column name, once the projector knows all that was answered so far."""
    office.deployment.start("projector")
    auditor = office.deployment.client("auditor")

    def ask(board, **args):
        head = auditor.health()["durable"]
        answer = wait(lambda: (got := auditor.query("board", {"board": board, **args}, at_least=head)) and got[2] != "behind" and got)
        assert answer[2] == "ok", answer
        names = [row[1] for row in rows(auditor, "columns", list="board", board=board, **{key: args[key] for key in ("pack",) if key in args})]
        return [dict(zip(names, row)) for row in answer[4]]
    return auditor, ask


def vacate(office, on):
    person = [("person", "person:wang"), ("post", "post:deputy"), ("unit", "unit:dept")]
    office.registrar.must("fact", "office_start", subjects=person, args={"mode": "批复"}, on="2020-01-06")
    return office.registrar.must("fact", "office_end", subjects=person, args={"reason": "调离"}, on=on)


def test_a_vacancy_is_open_then_overdue_then_filled_and_each_can_be_looked_up_again(office):
    left = days_from_today(-220)
    auditor, ask = reader(office)
    before = office.registrar.health()["head"]
    vacate(office, left)
    vacant = office.registrar.health()["head"] - 1
    row, = ask("vacancies", line="vacancy")
    assert (row["state"], row["word"], row["subject"], row["unit"], row["owner"]) == ("overdue", "逾期未补齐", "post:deputy", "unit:dept", "dept.pc")
    assert (row["reason"], row["last"], row["filled_by"], row["rules"]) == ("调离", "person:wang", None, ["SD-2.3"])
    assert row["date"] == left and row["days"] < 0 and row["closed_on"] is None
    assert ask("vacancies", line="vacancy", known_at=before - 1) == []  # nobody had said so
    assert ask("vacancies", line="vacancy", as_of=days_from_today(-221)) == []
    appoint(office)
    row, = ask("vacancies", line="vacancy")
    assert (row["state"], row["word"], row["closed_on"], row["filled_by"], row["days"]) == ("closed", "已补齐", today(), "person:li", None)
    assert row["closed_by"] == ["feng"]
    was, = ask("vacancies", line="vacancy", known_at=vacant)
    assert was["state"] == "overdue" and was["filled_by"] is None
    assert ask("vacancies", state="overdue", within="unit:dept") == []
    assert len(ask("vacancies", state="closed", within="unit:prov", subject="post:deputy")) == 1
    assert ask("vacancies", within="unit:nowhere") == []
    assert len(ask("talks", line="appointment", state=["open", "soon"], due_from=today())) == 1
    assert ask("talks", line="appointment", due_until=days_from_today(5)) == []


def activate(office, *packs):
    for pack in packs:
        run("activate", office.deployment.directory, ROOT / "core" / "packs" / f"{pack}.yaml")


def enter(office, number, until):
    args = {"problem": Text(f"问题{number}", "unit:dept"), "measure": Text("整改", "unit:dept"), "person": "person:chen", "until": until}
    return office["feng"].must("act", "NY-ITEM.entered", subjects=[("unit", "unit:dept")], args=args, evidence=[])[3]


def test_an_entry_of_the_ledger_is_rectified_and_written_off_by_somebody_else(office):
    activate(office, "NY")
    auditor, ask = reader(office)
    first, second = enter(office, 1, days_from_today(-3)), enter(office, 2, days_from_today(30))
    late, early = ask("ledger", line="item", pack="NY")
    assert (late["case"], late["state"], late["word"], late["days"]) == (first, "overdue", "逾期未整改", -3)  # by due day
    assert (early["case"], early["state"], early["responsible"]) == (second, "open", "person:chen")
    office["chen"].must("act", "NY-ITEM.done", case=first, evidence=[paper("佐证")])
    row, = ask("ledger", case=first)
    assert row["state"] == "open" and row["rectified_by"] == ["person:chen"] and row["verified_by"] is None
    own = office["chen"].do("act", "NY-ITEM.verified", case=first, outcome="settled", evidence=[paper("核查表")])
    assert own[0] == "refused" and ask("ledger", case=first)[0]["state"] == "open"
    office["feng"].must("act", "NY-ITEM.verified", case=first, outcome="settled", evidence=[paper("核查表")])
    row, = ask("ledger", case=first)
    assert (row["state"], row["word"], row["closed_by"], row["verified_by"]) == ("closed", "已销号", ["feng"], ["person:feng"])
    assert [found["case"] for found in ask("ledger", state=["open", "soon", "overdue"])] == [second]


def test_a_board_is_a_table_for_a_spreadsheet_by_its_name(office):
    activate(office, "NY", "FP", "HZ", "JS", "NR", "QY", "SX", "TC", "XU", "XY")
    auditor, ask = reader(office)
    for number in range(7):
        enter(office, number, days_from_today(40 - number))
    due = [row["due"] for row in ask("ledger")]
    assert due == sorted(due) and len(due) == 7
    directory = office.deployment.directory
    made = subprocess.run([PROGRAM, "list", directory, "ledger", "--csv", "--lang", "zh", "unit=unit:dept"], env=ENVIRONMENT, capture_output=True, check=True).stdout
    assert made.startswith(b"\xef\xbb\xbf") and made.count(b"\n") == made.count(b"\r\n")
    table = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert [row["整改时限"] for row in table] == due
    assert {(row["状态"], row["台账"], row["责任人"], row["依据"]) for row in table} == {("待整改", "ledger", "person:chen", "NY-2.6")}
    english = run("list", directory, "ledger", "--csv", "--lang", "en").stdout
    assert "To be rectified by" in english.splitlines()[0] and "open" in english
    boards = run("list", directory, "boards", "--csv", "--lang", "zh").stdout
    for title in ("岗位空缺台账", "谈话台账", "检查督查台账", "证书台账", "措施和处分台账", "预警台账", "问题整改和事项台账", "名额分配台账", "排名"):
        assert title in boards
    narrow = run("list", directory, "ledger", "pack=NY", "--csv", "--lang", "zh").stdout.splitlines()
    assert narrow[0].endswith("依据,整改时限,整改日期,整改人,核查人,责任人") and len(narrow) == 8
    backwards = [row["due"] for row in ask("ledger", order="-due")]
    assert backwards == due[::-1]
    wrong = run("list", directory, "weather", check=False)
    assert wrong.returncode == 2 and "ledger" in wrong.stderr


def test_pages_follow_one_another_without_gap_in_every_order(office):
    activate(office, "NY")
    auditor, ask = reader(office)
    for number in range(7):
        enter(office, number, days_from_today(40 - number // 2))
    ask("ledger")
    for order in ("key", "due", "-due", "case"):
        seen, after = [], None
        while True:
            page = auditor.query("board", {"board": "ledger", "order": order, "limit": 3, "after": after})
            assert page[2] == "ok" and len(page[4]) <= 3
            seen += [row[1] for row in page[4]]
            after = page[5]
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 7, order


def test_a_question_that_makes_no_sense_says_why(office):
    activate(office, "NY")
    auditor, ask = reader(office)
    ask("ledger")
    assert "say which board; there are:" in refused(auditor, "board")
    assert "no column or argument colour" in refused(auditor, "board", board="ledger", colour="red")
    assert "no such column to order by" in refused(auditor, "board", board="ledger", order="colour")
    assert "is a date" in refused(auditor, "board", board="ledger", due_from="soon")
    assert "limit is a number" in refused(auditor, "board", board="ledger", limit=0)
