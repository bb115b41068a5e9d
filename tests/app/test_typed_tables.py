"""Kept tables: what is found again is what would be made, whatever has changed, and whatever became of the files."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kit.console import Capture, as_json, call
from kit.projects import DOUBTFUL, GOOD, HEADER, MISSED, project, save

from itss_kpi.app import typed_tables
from itss_kpi.reading.reader import Reader
from itss_kpi.reading.worker import cache as grid_cache


@pytest.fixture
def kept(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current folder with a file of doubts beside a good one; the folder of its own cache."""
    monkeypatch.setenv(grid_cache.VARIABLE, str(here / "cache"))
    project(here, MISSED)
    save(here / "台账" / "甲部" / "工单_2022-09.xlsx", HEADER, [["T1", *DOUBTFUL[0][1:]]], "工单")
    return here / "cache" / "grids"


def evaluated(capsys: Capture, *more: str) -> Any:
    return as_json(capsys, "evaluate", "-p", "2022", *more)


def entries(kept: Path) -> set[str]:
    """The entries that hold a typed table."""
    return {path.parent.name for path in kept.glob("*/rows.arrow")}


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when on no file may be read any more."""

    def forbid() -> None:
        monkeypatch.setattr(Reader, "ask", lambda *_: pytest.fail("a file was read again"))

    return forbid


def test_what_has_not_changed_is_not_read_again(kept: Path, capsys: Capture, unread: Callable[[], None]) -> None:
    first = evaluated(capsys)
    codes = {one["code"] for one in first["problems"]}
    assert codes >= {"D203"}
    assert entries(kept)
    unread()
    assert evaluated(capsys) == first
    assert evaluated(capsys, "--as-of", "2022-12-31") == first


def test_other_commands_find_it_too(kept: Path, capsys: Capture) -> None:
    shown = [
        ("explain", "1", "-p", "2022-07", "--rows", "counted"),
        ("explain", "1", "-p", "2022-07", "--rows", "doubtful"),
        ("check",),
        ("status", "-p", "2022"),
        ("compare", "-p", "2022", "--by", "提交部门"),
    ]
    before = [call(capsys, *words, "--no-cache") for words in shown]
    evaluated(capsys)
    assert [call(capsys, *words) for words in shown] == before
    call(capsys, "report", "-p", "2022", "-o", "a/r.xlsx")
    call(capsys, "report", "-p", "2022", "-o", "b/r.xlsx", "--no-cache")
    made = {path.name: path.read_bytes() for path in Path("a").iterdir()}
    assert made == {path.name: path.read_bytes() for path in Path("b").iterdir()}


def changed_row() -> None:
    save(Path("台账/甲部/工单_2022.xlsx"), HEADER, GOOD, "工单")


def another_name() -> None:
    Path("台账/甲部/工单_2022-09.xlsx").rename("台账/甲部/工单_2022-08.xlsx")


def one_less() -> None:
    Path("台账/甲部/工单_2022-09.xlsx").unlink()


def in_catalogue(old: str, new: str) -> Callable[[], None]:
    def change() -> None:
        path = Path("kpi_definitions.yaml")
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


CHANGES = {
    "a row": changed_row,
    "a file's name": another_name,
    "a file less": one_less,
    "a type": in_catalogue("日期: {type: date", "日期: {type: datetime"),
    "a synonym": in_catalogue("取消: []", "取消: [待补]"),
    "a condition": in_catalogue("结果 != '取消' and 标题 != '无'", "标题 != '停电'"),
    "a key": in_catalogue("key: [编号]", "key: [标题]"),
    "the year": in_catalogue("year: 2022", "year: 2023"),
    "a check": in_catalogue("    columns:\n", "    checks: [{rule: 编号 != 'T2', says: 不对}]\n    columns:\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_changed_is_made_anew(kept: Path, capsys: Capture, change: Callable[[], None]) -> None:
    evaluated(capsys)
    change()
    shown = ("check", "-f", "json"), ("evaluate", "-p", "2022", "-f", "json")
    expected = [call(capsys, *words, "--no-cache") for words in shown]
    for _ in range(2):
        assert [call(capsys, *words) for words in shown] == expected


def test_another_day_is_another_table_only_where_a_file_begins(kept: Path, capsys: Capture) -> None:
    evaluated(capsys)
    one = entries(kept)
    evaluated(capsys, "--as-of", "2022-12-30")
    assert entries(kept) == one
    earlier = evaluated(capsys, "--as-of", "2022-08-20")
    assert len(entries(kept)) == len(one) + 1
    assert (
        earlier
        == evaluated(capsys, "--as-of", "2022-08-20")
        == evaluated(capsys, "--as-of", "2022-08-20", "--no-cache")
    )


def spots(path: Path) -> Iterator[int]:
    """Places of a file, one in each stretch of it."""
    size = path.stat().st_size
    yield from range(0, size, max(1, size // 5))
    yield size - 1


def test_a_changed_byte_anywhere_never_makes_a_wrong_table(kept: Path, capsys: Capture, here: Path) -> None:
    expected = evaluated(capsys), call(capsys, "explain", "1", "-p", "2022-07", "--rows", "counted")
    whole = here / "whole"
    shutil.copytree(kept, whole)
    typed = [entry for entry in kept.iterdir() if not list(entry.glob("*-*.arrow"))]  # grids have a test of their own
    names = [path.relative_to(kept) for entry in typed for path in entry.iterdir()]
    assert {name.name for name in names} == {"rows.arrow", "texts.arrow", "answer.json"}
    for name in names:
        for at in spots(whole / name):
            content = bytearray((whole / name).read_bytes())
            content[at] ^= 0x20
            (kept / name).parent.mkdir(exist_ok=True)
            (kept / name).write_bytes(content)
            found = evaluated(capsys), call(capsys, "explain", "1", "-p", "2022-07", "--rows", "counted")
            assert found == expected, (name, at)
            shutil.rmtree(kept)
            shutil.copytree(whole, kept)


def test_a_full_disk_keeps_nothing_and_costs_nothing(
    kept: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = evaluated(capsys, "--no-cache")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(typed_tables, "_write", full)
        assert evaluated(capsys) == expected
    assert entries(kept) == set()
    assert evaluated(capsys) == expected
    assert entries(kept) != set()


def test_two_at_once_and_one_that_is_killed(kept: Path, capsys: Capture) -> None:
    expected = evaluated(capsys, "--no-cache")
    command = [sys.executable, "-m", "itss_kpi", "evaluate", "-p", "2022", "-f", "json"]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    killed.kill()
    killed.wait()
    assert [json.loads(one.communicate(timeout=120)[0]) for one in running] == [expected, expected]
    assert evaluated(capsys) == expected


def test_what_could_not_be_read_is_said_each_time(kept: Path, capsys: Capture) -> None:
    Path("台账/甲部/工单_2022-10.xlsx").write_bytes(b"PK\x03\x04 cut off")
    first = evaluated(capsys)
    assert "D111" in {one["code"] for one in first["problems"]}
    assert evaluated(capsys) == first
    assert entries(kept) == set()


def test_what_is_kept_is_worked_out_without_pandas(kept: Path, capsys: Capture) -> None:
    evaluated(capsys)
    script = """\
import sys
from itss_kpi.cli import main
code = main.run(["evaluate", "-p", "2022", "-f", "json"])
assert "pandas" not in sys.modules
code = code or main.run(["explain", "1", "-p", "2022-07", "--rows", "counted"])
sys.exit(code)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"T1" in done.stdout
