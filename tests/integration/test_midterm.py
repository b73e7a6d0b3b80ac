"""The main job over the wire: a mid-term appointment, what is refused on the way, and the duty it opens."""

import datetime

from client import Text, paper, today

SOURCES = ["机关党委书记", "副书记", "委员", "组织人事部门", "纪检监察部门", "综合部门", "所在党支部", "本人"]
STANDARDS = ["熟悉方针政策", "热爱党务工作", "掌握业务规律", "工作能力", "群众基础", "敬业奉献创新"]


def text(words):
    return Text(words, "person:li")


def report(heard=True):
    sources = [[source, [["heard", heard or source != "纪检监察部门"]]] for source in SOURCES]
    return {"sources": sources, "standards": [[standard, [["finding", text("好")]]] for standard in STANDARDS], "shortcomings": text("抓落实不够")}


INVESTIGATED = [paper("考察材料"), paper("走访记录"), paper("查档记录")]


def appoint(office, on=None):
    """From nomination to the reply, all on one day; returns the case."""
    on = on or today()
    case = office["wang"].must("act", "SD-MIDTERM.proposed", subjects=[("post", "post:deputy"), ("candidate", "person:li")], evidence=[paper("建议人选"), paper("资格审查表")], on=on)[3]
    office["chen"].must("act", "SD-MIDTERM.consented", case=case, outcome="agreed", evidence=[paper("会议纪要")], on=on)
    office["wang"].must("act", "SD-MIDTERM.requested", case=case, evidence=[paper("请示")], on=on)
    office["sun"].must("act", "SD-MIDTERM.investigated", case=case, outcome="favourable", args=report(), evidence=INVESTIGATED, on=on)
    office["zhou"].must("act", "SD-MIDTERM.investigated", case=case, on=on)
    office["wu"].must("act", "SD-MIDTERM.decided", case=case, args={"present": 1, "for": 1}, evidence=[paper("会议记录")], on=on)
    office["feng"].must("act", "SD-MIDTERM.replied", case=case, evidence=[paper("批复")], on=on)
    return case


def events_of(client, start=0):
    answer = client.range(start)
    from client import entries_of, unpack
    return [event for entry in entries_of(answer[5]) for event in unpack(entry)[8]]


def test_an_appointment_goes_from_nomination_to_the_reply_and_opens_the_talk(office):
    appoint(office)
    events = events_of(office.deployment.client("auditor"))
    kinds = [event[0] for event in events]
    assert "nominated" in kinds and "approved" in kinds
    duties = {event[2]: event for event in events if event[0] == "duty_opened"}
    talk = duties["SD-TALK.held"]
    day = datetime.date.fromisoformat(today())
    year, month = day.year + day.month // 12, day.month % 12 + 1
    last = (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)).day
    assert talk[9] == datetime.date(year, month, min(day.day, last)).isoformat()


def test_what_the_opinion_forbids_is_refused_with_its_clause(office):
    case = office["wang"].must("act", "SD-MIDTERM.proposed", subjects=[("post", "post:deputy"), ("candidate", "person:li")], evidence=[paper("建议人选"), paper("资格审查表")])[3]
    refused = office["wang"].do("act", "SD-MIDTERM.requested", case=case, evidence=[paper("请示")])
    assert refused[0] == "refused" and refused[3] == "order" and refused[1] is not None
    office["chen"].must("act", "SD-MIDTERM.consented", case=case, outcome="agreed", evidence=[paper("会议纪要")])
    office["wang"].must("act", "SD-MIDTERM.requested", case=case, evidence=[paper("请示")])
    refused = office["sun"].do("act", "SD-MIDTERM.investigated", case=case, outcome="favourable", args=report(heard=False), evidence=INVESTIGATED)
    assert refused[0] == "refused" and refused[3] == "guard"
    clause = refused[4][0]
    assert clause[0] == "听取意见" and clause[1] == "SD-2.11" and "纪检监察部门" in clause[2] and "原文" in clause[2]


def test_a_person_without_the_role_is_refused_and_nothing_is_lost(office):
    refused = office["hr"].do("act", "SD-MIDTERM.proposed", subjects=[("post", "post:deputy"), ("candidate", "person:li")], evidence=[paper("建议人选"), paper("资格审查表")])
    assert refused[0] == "refused" and refused[3] == "signer" and "机关党委" in refused[4][0][2]


def test_free_text_is_not_in_the_log(office):
    appoint(office)
    log = office.deployment.directory / "log" / "data.mdb"
    data = log.read_bytes()
    assert "抓落实不够".encode() not in data
    assert "SD-MIDTERM.proposed".encode() in data
