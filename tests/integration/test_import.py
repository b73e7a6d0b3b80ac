"""Import: other people's tables and forms into a real deployment, dry run first, resumed after a cut."""
import base64
import json
import os
import random
import signal
import subprocess
import time

import pytest

from client import entries_of, unpack
from conftest import ENVIRONMENT, PROGRAM, Deployment, run, wait

UNITS = """省直单位基本情况表,,,,,,
填报单位：人事处,,,2026年1月,,,
序号,编号,单位名称,上级单位编号,类别,编制数,统一社会信用代码,
1,dept,办公厅,prov,部门,４５,91350100M000100Y43,
2,prov,某省,,省,,,
3,bur,业务局,dept,部门,"1,200",91350211M0000XUF46,
,,,,,,,
"""
PERSONS = """序号,工号,姓　名,性别,出生年月,身份证号,所在单位,入党时间,参加工作时间
1,li,张　三,女,1949年12月,11010519491231002X,dept,民盟,1970.01.05
2,="0012",李四,女,1980/1/1,44052418800101001X,办公厅,2005.06；民盟,200007
3,,王五,男,1990-02-28,34052419800101001X,91350211M0000XUF46,2026.10,1998.7
4,wang,"赵
六",女,,,dept,,
"""
POSTS = "职位,所在单位,职位类别,职级\n专职副书记,dept,专职副书记,内设机构正职\n"
OFFICES = "姓名,单位,职务,任职时间,免职时间,任职方式,离任原因\n张三,dept,专职副书记,2003.05,2010年6月30日,委任,任期届满\n李四,办公厅,专职副书记,2010.07,至今,任命,\n"
CERTIFICATES = "持证人,发证单位,证书等级,证书类别,证书编号,发证日期\nwang,prov,中级,选聘,17,2024-03-01\nli,prov,初级,,3,2024-03-05\n"


@pytest.fixture
def office(tmp_path):
    deployment = Deployment(tmp_path / "d", "--pack", "common", "--pack", "SD", "--pack", "JS")
    deployment.start()
    deployment.tables = tmp_path
    yield deployment
    deployment.close()


def tables(office, **texts):
    paths = []
    for name, text in texts.items():
        path = office.tables / f"{name}.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return paths


def whole(office):
    return tables(office, units=UNITS.encode("gb18030"), persons=b"\xef\xbb\xbf" + PERSONS.encode(), posts=POSTS.encode("utf-16"),
                  offices=OFFICES, certificates=CERTIFICATES)


def take(office, paths, *options, check=True):
    return run("import", office.directory, *paths, "--on", "2000-01-01", "--lang", "zh", *options, check=check)


def size(office):
    return office.client("auditor").range(0)[6]


def entries(office, start=0):
    client, found = office.client("auditor"), []
    while True:
        answer = client.range(start)
        found += [unpack(entry) for entry in entries_of(answer[5])]
        start += answer[4]
        if answer[4] == 0 or start >= answer[6]:
            return found


def commands(office, start):
    return [unpack(entry[4]) for entry in entries(office, start)]


def events(office, start):
    return [event for entry in entries(office, start) for event in entry[8]]


def test_tables_are_tried_then_recorded_with_their_original_dates_and_once(office):
    paths, before = whole(office), size(office)
    tried = take(office, paths)
    assert tried.returncode == 0 and size(office) == before
    assert "新 13，改 0，同 0；错 0 处" in tried.stdout
    assert "units.csv: GB18030, 单位, 3 行" in tried.stderr and "persons.csv: UTF-8 BOM" in tried.stderr and "posts.csv: UTF-16LE" in tried.stderr
    assert "units.csv:6" in tried.stdout and "校验码不符" in tried.stdout
    assert "44052418800101001X" not in tried.stdout and "440524**********1X" in tried.stdout
    take(office, paths, "--apply")
    assert size(office) == before + 13
    made = commands(office, before)
    assert [(command[3], command[4], command[8][0][1]) for command in made[:3]] == [
        ("register", "unit", "unit:prov"), ("register", "unit", "unit:dept"), ("register", "unit", "unit:bur")]
    starts = {command[13]: command for command in made if command[4] == "office_start"}
    assert set(starts) == {"2003-05-01", "2010-07-01"}
    evidence = starts["2003-05-01"][11][0]
    assert evidence[0] == "导入" and evidence[1] == "offices.csv 第2行；任职时间 2003.05 日不详"
    assert any(command[4] == "office_end" and command[13] == "2010-06-30" and ["reason", "届满"] in command[9] for command in made)
    certificates = [event for event in events(office, before) if event[0] == "fact_written" and event[2] == "js_certificate"]
    assert sorted(dict(map(tuple, event[4]))["number"] for event in certificates) == [3, 17]
    people = {command[8][0][1]: dict(map(tuple, command[9])) for command in made if command[4] == "person"}
    assert people["person:li"]["party"] == "民盟" and "joined_party" not in people["person:li"]
    assert people["person:0012"]["joined_party"] == "2005-06-01" and people["person:0012"]["party"] == "民盟"
    hashed = [name for name in people if name.startswith("person:h")]
    assert len(hashed) == 1 and people[hashed[0]]["unit"] == "unit:bur"
    raw = (office.directory / "log" / "data.mdb").read_bytes()
    assert "张三".encode() not in raw and b"34052419800101001X" not in raw and "民盟".encode() in raw
    again = take(office, paths, "--apply")
    assert "新 0，改 0，同 13" in again.stdout and size(office) == before + 13
    assert run("audit", "verify", office.directory).returncode == 0
    assert run("audit", "replay", office.directory).returncode == 0


@pytest.mark.parametrize("name, kept", [(("a" + "单位基本情况登记表" * 3).encode(), "a" + ("单位基本情况登记表" * 3)[:19]),
                                        ("单位".encode("gb18030") + b"-2026", "????-2026.csv")])
def test_whatever_a_file_is_called_its_rows_keep_their_evidence(office, name, kept):
    path, before = os.path.join(os.fsencode(office.tables), name + b".csv"), size(office)
    with open(path, "wb") as file:
        file.write(UNITS.encode())
    subprocess.run([PROGRAM, "import", office.directory, path, "--on", "2000-01-01", "--apply"], env=ENVIRONMENT, capture_output=True,
                   check=True, timeout=60)
    for command in commands(office, before):
        kind, title, *_ = command[11][0]
        assert kind == "导入" and title.startswith(kept + " 第")


def test_what_is_wrong_is_said_with_row_column_reason_and_nothing_is_recorded(office):
    before = size(office)
    persons = """工号,姓名,性别,出生年月,身份证号,所在单位,入党时间,退休类别
a,甲,男,1990-02-30,,prov,,
b,乙,不明,1990.1,,没有的,45688,
,丙,女,,1.10105E+17,prov,,
c,丁,,,,prov,,男士
c,戊,,,,prov,,
d,己,,,,prov,,
d,己,,,,prov,,
"""
    units = "编号,名称,上级\nprov,某省,\nx,甲,y\ny,乙,x\n"
    offices = "人员编号,单位,职务,任职时间\na,prov,没有的职务,2001.01\nghost,prov,没有的职务,2001.01\n"
    tried = take(office, tables(office, units=units, persons=persons, offices=offices), "--apply", check=False)
    assert tried.returncode == 1 and size(office) == before
    for line, column, reason in [("persons.csv:2", "出生年月", "没有这一天"), ("persons.csv:3", "性别", "不是整数"), ("persons.csv:3", "出生年月", "丢了0的10月"),
                                 ("persons.csv:3", "所在单位", "登记和这些文件里都没有它"), ("persons.csv:3", "入党时间", "Excel 的日期序号"),
                                 ("persons.csv:4", "身份证号", "科学计数"), ("persons.csv:5", "退休类别", ""), ("persons.csv:6", "工号", "内容不同"),
                                 ("persons.csv:8", "", "完全相同"), ("units.csv:3", "上级", "互为上级"), ("offices.csv:2", "职务", "没有它"), ("offices.csv:3", "人员编号", "没有它")]:
        assert any(f"/{line}:" in found and f"[{column}]" * bool(column) in found and reason in found for found in tried.stdout.splitlines()), (line, column, tried.stdout)
    lines = [json.loads(line) for line in take(office, [office.tables / "persons.csv"], "--json", check=False).stdout.splitlines()]
    assert {"finding", "file", "line", "column", "value", "reason", "remedy"} <= set(lines[0]) and lines[-1]["wrong"] > 0


def test_a_finding_in_a_file_whose_name_is_not_utf8_is_listed(office):
    path = os.path.join(os.fsencode(office.tables), "人".encode("gb18030") + b".csv")
    with open(path, "wb") as file:
        file.write("工号,姓名,出生年月,所在单位\na,甲,1990-02-30,prov\n".encode())

    def answer(*options):
        made = subprocess.run([PROGRAM, "import", office.directory, path, "--lang", "zh", *options], env=ENVIRONMENT, capture_output=True, timeout=60)
        assert made.returncode == 1
        return made.stdout.decode()

    *found, sums = [json.loads(line) for line in answer("--json").splitlines()]
    assert len(found) == sums["wrong"] + sums["warnings"] > 0
    assert {one["file"] for one in found} == {f"{office.tables}/\\xc8\\xcb.csv"}
    assert any(one["line"] == 2 and one["column"] == "出生年月" for one in found)
    assert f"{office.tables}/\\xc8\\xcb.csv:2: 错  [出生年月]" in answer()


def test_files_that_are_no_tables_are_refused_in_words(office):
    for name, data, word in [("a.xlsx", b"PK", "CSV"), ("a.lrm", b'"x"', ".lrmx"), ("a.csv", b"\x00\x01\x02", "NUL"), ("b.csv", b'a,"b', "quotation"), ("c.lrmx", b"<Person>", "XML")]:
        (office.tables / name).write_bytes(data)
        answer = take(office, [office.tables / name], check=False)
        assert answer.returncode == 2 and word in answer.stderr, answer.stderr
    (office.tables / "d.csv").write_text("甲,乙\n1,2\n")
    answer = take(office, [office.tables / "d.csv"], check=False)
    assert answer.returncode == 1 and "看不出是哪一种表" in answer.stdout
    answer = take(office, [office.tables / "d.csv"], "--kind", "units", check=False)
    assert answer.returncode == 1 and "缺少必要的列；name: 名称 单位名称" in answer.stdout
    assert take(office, [office.tables / "d.csv"], "--kind", "ships", check=False).returncode == 2


def test_what_a_later_table_changes_is_changed_and_comes_back_as_another_command(office):
    take(office, tables(office, units="编号,名称,类别,编制\nprov,某省,省,10\n"), "--apply")
    before = size(office)
    for staff in (12, 10, 12):
        changed = take(office, tables(office, units=f"编号,名称,类别,编制\nprov,某省,省,{staff}\n"), "--apply")
        assert "新 0，改 1，同 0" in changed.stdout
    made = commands(office, before)
    assert [(command[3], command[9]) for command in made] == [("change", [["staff", 12]]), ("change", [["staff", 10]]), ("change", [["staff", 12]])]
    assert len({command[2] for command in made}) == 3


def test_units_whose_heads_are_registered_later_get_them_in_the_end(office):
    before = size(office)
    take(office, tables(office, units="编号,名称,负责人\nprov,某省,li\n", persons="编号,姓名,单位\nli,李,prov\n"), "--apply")
    assert [(command[3], command[4]) for command in commands(office, before)] == [("register", "unit"), ("register", "person"), ("change", "unit")]
    assert "同 2" in take(office, [office.tables / "units.csv", office.tables / "persons.csv"]).stdout


def test_a_map_of_ones_own_imports_any_fact(office):
    take(office, whole(office), "--apply")
    (office.tables / "talks.yaml").write_text("import: {kind: talks, title: {zh: 谈话, en: Talks}}\nneeds: [who, day]\ncolumns: {who: [谈话对象], day: [谈话日期], kind: [谈话类别]}\n"
                                              "facts: [{fact: talk, day: day, about: {person: who}}]\nvalues: {kind: {谈心: 谈心谈话}}\ndefaults: {kind: 任职谈话}\n")
    before = size(office)
    talks = tables(office, talks="谈话对象,谈话日期,谈话类别\nwang,2024年3月1日,谈心\nli,2024.03.02,\n")
    take(office, talks, "--map", office.tables / "talks.yaml", "--apply")
    assert [command[9] for command in commands(office, before)] == [[["kind", "谈心谈话"]], [["kind", "任职谈话"]]]


def form(name, party, number):
    photo = base64.b64encode(os.urandom(3000)).decode()
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Person><XingMing>{name}</XingMing><XingBie>女</XingBie><ChuShengNianYue>197503</ChuShengNianYue><MinZu>汉族</MinZu>
<RuDangShiJian>{party}</RuDangShiJian><CanJiaGongZuoShiJian>199807</CanJiaGongZuoShiJian><ShenFenZheng>{number}</ShenFenZheng>
<QuanRiZhiJiaoYu_XueLi>大学</QuanRiZhiJiaoYu_XueLi><JianLi>1998.07--2003.05  某县科员
2003.05--         某县科长</JianLi><NiRenZhiWu>某局副局长</NiRenZhiWu>
<JiaTingChengYuan><Item><ChengWei>父</ChengWei><XingMing>某</XingMing></Item></JiaTingChengYuan><ZhaoPian>{photo}</ZhaoPian></Person>
"""


def test_appointment_forms_are_persons_with_their_history_sealed_and_their_photo_by_digest(office):
    (office.tables / "a.lrmx").write_text(form("张　三", "民盟", "11010519491231002X"))
    (office.tables / "b.lrmx").write_bytes(form("李四", "200506；民盟", "34052419800101001X").replace("utf-8", "GB18030").encode("gb18030"))
    paths, before = [office.tables / "a.lrmx", office.tables / "b.lrmx"], size(office)
    done = take(office, paths, "--apply")
    assert "家庭成员不导入" in done.stdout and "NiRenZhiWu" in done.stdout and "新 2" in done.stdout
    first, second = [(dict(map(tuple, command[9])), command[11]) for command in commands(office, before)]
    assert first[0]["party"] == "民盟" and "joined_party" not in first[0] and second[0]["joined_party"] == "2005-06-01"
    assert len(first[0]["resume"]) == 32 and first[0]["birth"] == "1975-03-01"
    assert [paper[0] for paper in first[1]] == ["导入", "照片"] and first[1][1][2] != second[1][1][2]
    assert "同 2" in take(office, paths, "--apply").stdout


def many(office, count):
    rows = ["编号,姓名,性别,出生日期,单位,简历"]
    rows += [f"p{i},张{i},{'男女'[i % 2]},19{50 + i % 50}-0{1 + i % 9}-1{i % 9},prov,简历" for i in range(count)]
    return tables(office, units="编号,名称,类别\nprov,某省,省\n", persons="\n".join(rows) + "\n")


def test_a_run_that_is_cut_anywhere_is_taken_up_where_it_was(office):
    count, seed = 3000, int(time.time())
    print("seed", seed)
    rng = random.Random(seed)
    paths, before = many(office, count), size(office)
    for _ in range(6):
        process = subprocess.Popen([PROGRAM, "import", str(office.directory), *map(str, paths), "--on", "2000-01-01", "--apply"], env=ENVIRONMENT,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        start = size(office)
        aim = start + rng.randrange(1, 700)
        while process.poll() is None and size(office) < aim:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
    office.end("serve", signal.SIGKILL)
    office.start()
    take(office, paths, "--apply")
    assert size(office) == before + count + 1
    registered = [event[1] for event in events(office, before) if event[0] == "subject_registered"]
    assert len(registered) == len(set(registered)) == count + 1
    assert f"同 {count + 1}" in take(office, paths).stdout
    assert run("audit", "replay", office.directory).returncode == 0


def test_two_who_import_the_same_at_once_make_it_once(office):
    paths, before = many(office, 2000), size(office)
    both = [subprocess.Popen([PROGRAM, "import", str(office.directory), *map(str, paths), "--on", "2000-01-01", "--apply", "--lang", "zh"], env=ENVIRONMENT,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, words = process.communicate(timeout=120)
        assert process.returncode == 0, words
    assert size(office) == before + 2001


def test_whoever_may_not_register_is_told_so_before_anything_is_sent(office):
    before = size(office)
    answer = take(office, whole(office), "--key", "auditor", "--apply", check=False)
    assert answer.returncode == 1 and "registrar" in answer.stdout and size(office) == before
