"""jishi pack doc: the handbook holds every procedure and the original words of every rule."""

import os
import pathlib
import re
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKS = sorted(path.stem for path in (ROOT / "core" / "packs").glob("*.yaml") if path.stem != "common")
JISHI = os.environ.get("JISHI", str(ROOT / "build" / "jishi"))


@pytest.mark.parametrize("name", PACKS)
def test_a_handbook_holds_all_procedures_and_duties(name):
    run = subprocess.run([JISHI, "pack", "doc", name], capture_output=True, text=True, timeout=60,
                         env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
    assert run.returncode == 0, run.stderr
    pack = yaml.safe_load((ROOT / "core" / "packs" / f"{name}.yaml").read_text())
    lines = run.stdout.splitlines()
    for name, procedure in pack["procedures"].items():
        heading = next(at for at, line in enumerate(lines) if line.startswith(f"### {name} "))
        section = lines[heading + 1:next((at for at in range(heading + 1, len(lines)) if lines[at].startswith("##")), len(lines))]
        rows = [line for line in section if line.startswith("| ") and line.split("|")[1].strip().isdigit()]
        assert len(rows) == len(procedure["steps"])
        assert all(row.count("|") == 8 for row in rows)
    for duty in pack.get("duties") or {}:
        assert any(line.startswith(f"### {duty} ") for line in lines), duty
    for rule in pack.get("record_only") or {}:
        assert f"> {rule}：{pack['rules'][rule]}" in run.stdout
    parameters = lines[lines.index("## 参数"):] if pack.get("parameters") else []
    for parameter, said in (pack.get("parameters") or {}).items():
        row = next(line for line in parameters if line.startswith(f"- `${parameter}` "))
        assert (f"原文所定〔{said['rule']}〕" if "rule" in said else "默认值") in row


def test_a_pack_that_is_not_there_is_said_so():
    assert subprocess.run([JISHI, "pack", "doc", "NONE"], capture_output=True).returncode == 2


@pytest.mark.parametrize("name", PACKS)
def test_a_handbook_and_show_hold_every_board_with_its_columns_and_rows(name):
    environment = {**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")}
    boards = yaml.safe_load((ROOT / "core" / "packs" / f"{name}.yaml").read_text())["boards"]
    lines = subprocess.run([JISHI, "pack", "doc", name], capture_output=True, text=True, timeout=60, env=environment).stdout.splitlines()
    shown = subprocess.run([JISHI, "pack", "show", name, "--lang", "zh"], capture_output=True, text=True, timeout=60, env=environment).stdout
    for board, said in boards.items():
        heading = lines.index(f"### `{board}` {said['title']['zh']}")
        section = lines[heading:next((at for at in range(heading + 1, len(lines)) if lines[at].startswith("#")), len(lines))]
        assert f"台账 {board} {said['title']['zh']}" in shown
        for column, title in said["columns"].items():
            assert any(f"{title['zh']}（`{column}`）" in line for line in section), column
        for rows in said["rows"].values():
            at = next(at for at, line in enumerate(section) if line.startswith(f"- {rows['title']}：每个"))
            assert all(f"〔{rule}〕" in section[at] for rule in rows["rules"])
            below = section[at + 1:next((end for end in range(at + 1, len(section)) if section[end].startswith("- ")), len(section))]
            for column in rows.get("show") or {}:
                heading = next(one["columns"][column]["zh"] for one in [said] if column in one["columns"])
                assert any(f"{heading}＝" in line for line in below), column
            for condition, label in (("closed", "何时销号"), ("where", "只要")):
                assert (condition in rows) == any(f"**{label}**" in line for line in below)


def test_a_handbook_says_who_gets_copies_of_reminders():
    run = subprocess.run([JISHI, "pack", "doc", "SD"], capture_output=True, text=True, timeout=60,
                         env={**os.environ, "JISHI_DATA_DIR": str(ROOT / "core")})
    parts = {part.split(" ")[0]: part for part in run.stdout.split("\n### ")}
    assert "- **提醒抄送** 机关工委、党组(党委)\n" in parts["SD-REMOVE.retirement"]
    assert "- **提醒抄送** 党组(党委)\n" in parts["SD-TALK"]
    assert "提醒抄送" not in parts["SD-VACANCY"]
