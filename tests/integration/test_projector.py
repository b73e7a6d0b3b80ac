"""The projector: lists by their columns, what was known earlier, several processes, incidents."""
import csv
import io
import json
import shutil
import signal
import subprocess

import client as jishi
from client import paper
from conftest import ENVIRONMENT, PROGRAM, free_ports, run, wait
from test_midterm import appoint


def projections_of(client):
    """name -> row of `projections`, by column name."""
    answer = client.query("projections")
    if not answer or answer[2] != "ok":
        return {}
    names = [row[1] for row in client.query("columns", {"list": "projections"})[4]]
    rows = [dict(zip(names, row)) for row in answer[4]]
    return {row["name"]: row for row in rows}


def caught_up(client, *names):
    head = client.health()["durable"]

    def reached():
        found = projections_of(client)
        return found and all(found[name]["position"] >= head for name in names or found) and found
    return wait(reached)


def rows(client, query, **args):
    answer = client.query(query, args)
    assert answer[2] == "ok", answer
    return answer[4]


def refused(client, query, **args):
    answer = client.query(query, args)
    assert answer[2] == "invalid", answer
    return answer[4][0][0]


def test_a_list_is_filtered_by_its_columns_and_by_the_tree_of_units(office):
    case = appoint(office)
    office.deployment.start("projector")
    auditor = office.deployment.client("auditor")
    caught_up(auditor)
    columns = [row[1] for row in rows(auditor, "columns", list="agenda")]
    state, unit, owner = (columns.index(name) for name in ("state", "unit", "owner"))
    every = rows(auditor, "agenda")
    assert len({row[unit] for row in every}) > 1
    inside = rows(auditor, "agenda", within="unit:prov")
    assert len(inside) == len(every)  # every unit lies in the province
    department = rows(auditor, "agenda", within="unit:dept")
    assert 0 < len(department) < len(every) and {row[unit] for row in department} == {"unit:dept"}
    some = rows(auditor, "agenda", owner=every[0][owner], state=["open", "overdue"])
    assert some and all(row[owner] == every[0][owner] and row[state] in ("open", "overdue") for row in some)
    assert rows(auditor, "agenda", within="unit:nowhere") == []
    cases = [row[1] for row in rows(auditor, "columns", list="cases")]
    mine = rows(auditor, "cases", slots="person:li")
    assert case in [row[0] for row in mine]
    assert mine[0][cases.index("unit")] == "unit:dept"
    assert rows(auditor, "cases", within="unit:dept", case=case)
    assert "no column or argument colour" in refused(auditor, "cases", colour="red")
    assert "known here" in refused(auditor, "weather")


def test_a_dossier_as_it_was_known_before_a_correction(office):
    registrar = office.registrar
    written = registrar.must("fact", "work", subjects=[("person", "person:wang"), ("unit", "unit:dept")], args={"nature": "业务管理"}, on="2015-03-02")
    before = registrar.health()["head"] - 1
    fact = next(field for field in fact_numbers(office, "person:wang"))
    registrar.must("correct", args={"fact": fact, "day": None, "fields": [["nature", "行政管理"]], "reason": jishi.Text("抄录有误", "person:wang")}, on="2026-01-05")
    auditor = office.deployment.client("auditor")
    caught_up(auditor)
    natures = lambda **args: [dict(dict(row[5])["fields"])["nature"] for row in rows(auditor, "dossier", subject="person:wang", **args) if row[4] == "fact_written"]
    assert natures() == ["业务管理", "行政管理"]
    assert natures(known_at=before) == ["业务管理"]
    assert natures(known_at="2020-01-01") == []  # nothing had been recorded
    assert natures(as_of="2020-01-01") == ["业务管理"]  # but it had occurred
    assert written[3] <= before


def fact_numbers(office, subject):
    office.deployment.start("projector")
    auditor = office.deployment.client("auditor")
    caught_up(auditor)
    return [dict(row[5])["fact"] for row in rows(auditor, "dossier", subject=subject) if row[4] == "fact_written"]


def test_any_list_is_a_table_for_a_spreadsheet(office):
    appoint(office)
    office.deployment.start("projector")
    caught_up(office.deployment.client("auditor"))
    directory = office.deployment.directory
    made = subprocess.run([PROGRAM, "list", directory, "agenda", "--csv", "--lang", "zh", "--within", "unit:dept"], env=ENVIRONMENT, capture_output=True, check=True).stdout
    assert made.startswith(b"\xef\xbb\xbf") and made.endswith(b"\r\n")
    assert made.count(b"\n") == made.count(b"\r\n")
    table = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert table[0][:3] == ["期限编号", "期限", "对象"]
    assert len(table) > 2 and all(len(row) == len(table[0]) for row in table)
    data = [json.loads(line) for line in run("list", directory, "agenda", "--json", "--within", "unit:dept").stdout.splitlines()]
    assert [row[0] for row in table[1:]] == [str(row[0]) for row in data]
    english = run("list", directory, "dossier", "subject=person:li", "--csv", "--lang", "en").stdout
    assert english.splitlines()[0].endswith("Entry,Recorded at,Occurred on,Verb,Event,Record")
    assert "person:li" in english
    wrong = run("list", directory, "agenda", "from", check=False)
    assert wrong.returncode == 2 and "COLUMN=VALUE" in wrong.stderr
    wrong = run("list", directory, "agenda", "--from", "soon", check=False)
    assert wrong.returncode == 2 and "date" in wrong.stderr


def test_several_projectors_each_with_a_part(office):
    appoint(office)
    deployment = office.deployment
    first, second = free_ports(), free_ports() + 1
    elsewhere = deployment.directory.parent / "elsewhere"  # all that a projector on another machine needs
    (elsewhere / "keys").mkdir(parents=True)
    for name in ("jishi.conf", "keys/server.pub", "keys/server.curve"):
        shutil.copy(deployment.directory / name, elsewhere / name)  # with its mode: a secret that others may read is not used
    for name, only, port, folder in (("a", "dossier", first, deployment.directory), ("b", "agenda,inbox", second, elsewhere)):
        log = open(deployment.directory / f"{name}.trace", "ab")
        deployment.processes[name] = subprocess.Popen([PROGRAM, "projector", folder, "--name", name, "--only", only, "--port", str(port)], env=ENVIRONMENT, stdout=log, stderr=log)
        log.close()
    found = {}
    for name, port in (("a", first), ("b", second)):
        server = {**deployment.server, "queries": f"tcp://127.0.0.1:{port}"}
        client = jishi.Client(deployment.context, server, jishi.Key.read(deployment.directory / "keys" / "auditor.key"))
        deployment.clients.append(client)
        found[name] = (client, set(wait(lambda: projections_of(client))))
    assert found["a"][1] == {"dossier"} and found["b"][1] == {"agenda", "inbox"}
    assert rows(found["a"][0], "dossier", subject="person:li")
    assert rows(found["b"][0], "agenda")
    assert "known here" in refused(found["a"][0], "agenda")
    again = run("projector", deployment.directory, "--name", "a", check=False)
    assert again.returncode == 2 and "--name" in again.stderr
    wrong = run("projector", deployment.directory, "--name", "c", "--only", "dossier,weather", check=False)
    assert wrong.returncode == 2 and "weather" in wrong.stderr


def test_a_projection_whose_row_is_damaged_stops_alone_and_is_resumed(office):
    case = office["wang"].must("act", "SD-MIDTERM.proposed", subjects=[("post", "post:deputy"), ("candidate", "person:li")], evidence=[paper("建议人选"), paper("资格审查表")])[3]
    deployment = office.deployment
    deployment.start("projector")
    auditor = deployment.client("auditor")
    before = caught_up(auditor)
    row = rows(auditor, "cases", case=case)[0]
    assert deployment.end("projector", signal.SIGTERM) == 0
    data = deployment.directory / "projections" / "main" / "data.mdb"
    whole = data.read_bytes()
    mark = jishi.pack([row[1], row[2], row[3]])[1:]  # procedure, state, opened, as they stand in the row
    assert mark in whole
    data.write_bytes(whole.replace(mark, b"\xc1" + mark[1:]))
    deployment.start("projector")
    office.registrar.must("register", "unit", subjects=[("it", "unit:later")], args={"class": "部门", "unit": "unit:prov", "type": "委员会"})
    office["chen"].must("act", "SD-MIDTERM.consented", case=case, outcome="agreed", evidence=[paper("会议纪要")])
    found = caught_up(auditor, "dossier", "agenda", "reminders")
    assert found["cases"]["state"] == "stopped" and found["cases"]["position"] < found["dossier"]["position"]
    entry, event, reason = found["cases"]["incident"]
    assert entry == found["cases"]["position"] and event and "cannot be read" in reason
    answer = auditor.query("cases")
    assert answer[2] == "stopped" and "--resume cases" in answer[4][0][0]
    assert rows(auditor, "dossier", subject="unit:later")
    assert deployment.end("projector", signal.SIGTERM) == 0
    data.write_bytes(data.read_bytes().replace(b"\xc1" + mark[1:], mark))
    deployment.start("projector")
    assert wait(lambda: projections_of(auditor))["cases"]["state"] == "stopped"  # until somebody says so
    assert run("projector", deployment.directory, "--resume", "cases").returncode == 0
    caught_up(auditor)
    assert wait(lambda: projections_of(auditor)["cases"]["state"] == "running")
    assert rows(auditor, "cases", case=case)[0][7] > row[7]
    assert before["cases"]["position"] < projections_of(auditor)["cases"]["position"]
