"""jishi pack show --bpmn: every procedure of every pack is BPMN 2.0 that others' programs read, lint and can draw.

The readers are npm packages: `npm install` in tests/bpmn brings them (deploy/test does).
"""

import json
import os
import pathlib
import subprocess
import xml.etree.ElementTree as xml

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
JISHI = os.environ.get("JISHI", str(ROOT / "build" / "jishi"))
CHECK = ROOT / "tests" / "bpmn"
SCHEMA = CHECK / "node_modules" / "bpmn-moddle" / "resources" / "bpmn" / "xsd" / "BPMN20.xsd"
MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
PACKS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "core" / "packs").glob("*.yaml"))}
PROCEDURES = {name: procedure for pack in PACKS.values() for name, procedure in (pack.get("procedures") or {}).items()}


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bpmn")
    for name in PROCEDURES:
        drawn = subprocess.run([JISHI, "pack", "show", "--bpmn", name], capture_output=True, timeout=60,
                               env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
        assert drawn.returncode == 0, drawn.stderr
        (folder / f"{name}.bpmn").write_bytes(drawn.stdout)
    return folder


def process_of(drawings, name):
    return xml.parse(drawings / f"{name}.bpmn").getroot().find(MODEL + "process")


def test_there_is_a_drawing_for_each_system(drawings):
    assert len(PROCEDURES) > 100 and len(list(drawings.iterdir())) == len(PROCEDURES)


def test_every_drawing_is_valid_by_the_schema(drawings):
    checked = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, *sorted(drawings.glob("*.bpmn"))], capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stderr[:3000]


def test_every_drawing_is_read_without_a_warning_and_linted(drawings):
    """Among the lint rules: no two shapes overlap, nothing is disconnected, no join or split but by a gateway."""
    checked = subprocess.run(["node", "check.mjs", *sorted(drawings.glob("*.bpmn"))], cwd=CHECK, capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stderr[:3000]
    lines = [json.loads(line) for line in checked.stdout.splitlines()]
    assert len(lines) == len(PROCEDURES)
    assert [line for line in lines if line["warnings"] or line["lint"]] == []


def test_every_step_is_a_task_and_every_end_an_end_event(drawings):
    for name, procedure in PROCEDURES.items():
        process = process_of(drawings, name)
        tasks = [node.get("name") for kind in ("userTask", "callActivity", "intermediateCatchEvent") for node in process.iter(MODEL + kind)]
        assert len(tasks) == len(procedure["steps"]), name
        ends = {node.get("name") for node in process.iter(MODEL + "endEvent")}
        named = {outcome["end"] for step in procedure["steps"].values() for outcome in (step.get("outcomes") or {}).values() if outcome and "end" in outcome}
        assert named <= ends, name


def test_limits_are_timers_at_the_border_of_their_step(drawings):
    for name, procedure in PROCEDURES.items():
        timers = [node for node in process_of(drawings, name).iter(MODEL + "boundaryEvent")]
        due = [step for step in procedure["steps"].values() if "due" in step and step.get("by") != "clock" and not step.get("optional")]
        assert sum(timer.get("cancelActivity") == "false" for timer in timers) == len(due), name
        assert all(timer.find(MODEL + "timerEventDefinition") is not None for timer in timers)


def test_no_flow_crosses_a_shape(drawings):
    """Each stretch of a flow against each shape that it neither leaves nor enters."""
    crossings = []
    for path in drawings.glob("*.bpmn"):
        root = xml.parse(path).getroot()
        flows = {flow.get("id"): (flow.get("sourceRef"), flow.get("targetRef")) for flow in root.iter(MODEL + "sequenceFlow")}
        hosts = {node.get("id"): node.get("attachedToRef") for node in root.iter(MODEL + "boundaryEvent")}
        inside = {node.get("id") for part in root.iter(MODEL + "subProcess") for node in part.iter()} | {part.get("id") for part in root.iter(MODEL + "subProcess")}
        shapes = {}
        for shape in root.iter(DI + "BPMNShape"):
            bounds = shape.find(DC + "Bounds")
            shapes[shape.get("bpmnElement")] = [int(bounds.get(side)) for side in ("x", "y", "width", "height")]
        for edge in root.iter(DI + "BPMNEdge"):
            ends = flows[edge.get("bpmnElement")]
            if ends[0] in inside:
                continue
            points = [(int(point.get("x")), int(point.get("y"))) for point in edge.iter(WAYPOINT)]
            assert len(points) >= 2
            for (x1, y1), (x2, y2) in zip(points, points[1:]):
                assert x1 == x2 or y1 == y2, (path.stem, edge.get("bpmnElement"), "is slanted")
                for id, (x, y, wide, high) in shapes.items():
                    if id in ends or id in inside or hosts.get(ends[0]) == id or hosts.get(id) in ends:
                        continue
                    if max(x1, x2) > x and min(x1, x2) < x + wide and max(y1, y2) > y and min(y1, y2) < y + high:
                        crossings.append((path.stem, edge.get("bpmnElement"), id))
    assert crossings == []


def test_what_is_no_procedure_is_not_drawn():
    drawn = subprocess.run([JISHI, "pack", "show", "--bpmn", "SD-NOTHING"], capture_output=True, text=True, timeout=60,
                           env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
    assert drawn.returncode == 2 and "no procedure SD-NOTHING" in drawn.stderr
