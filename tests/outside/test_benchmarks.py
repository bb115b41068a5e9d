"""The benchmarks at toy size: both sides of each comparison find the same, and no time is asked for.

Both run in this process, but for what starts processes itself.
"""

import contextlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from kit.ledgers import CATALOGUE, Project, page, xlsx
from kit.sample import ROOT

from itss_kpi.cli.main import run as run_program

sys.path.insert(0, str(ROOT / "benchmarks"))

import data
import run
import sides

# two indicators of the small project: every workbook of a year in a second
INDICATORS = CATALOGUE.index("indicators:")
SMALL = (
    CATALOGUE[:INDICATORS]
    + """\
indicators:
  - {id: items, number: 5, domain: 过程管理, name: 数量, formula: 数量之和, target: '>= 100个', period: half,
     value: {measure: sum, source: tickets, of: 数量}}
  - {id: courses, number: 20, domain: 人员管理, name: 培训, formula: 培训次数, target: '>= 2次', period: quarter,
     value: {measure: count, source: courses}}
"""
)


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data and cache of this test's own."""
    monkeypatch.setattr(data, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(run, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("ITSS_KPI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(run, "OTHER_CACHE", tmp_path / "other")


@pytest.fixture
def toy(tmp_path: Path) -> run.Size:
    """A few rows of everything, and a small project."""
    project = Project(tmp_path, SMALL)
    project.put(xlsx(page()))
    return run.Size(58, 400, (30, 60), ("-c", str(project.catalogue)), "year")


def found(side: run.Side) -> Any:
    """What the side finds, in this process: what it returns, or else writes."""
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
        if side.root is None:
            return getattr(sides, side.words[0])(*side.words[1:]) or printed.getvalue()
        with contextlib.chdir(side.root):
            assert run_program(side.words) == 0
    return printed.getvalue()


def test_both_sides_of_every_comparison_find_the_same(tmp_path: Path, toy: run.Size) -> None:
    compared, answers = [], {}
    for one in run.comparisons(toy, tmp_path):
        one.before()
        mine, theirs = found(one.ours), found(one.theirs)
        assert one.same(mine, theirs), one.what
        if isinstance(mine, str):  # the same command says the same, whether warm or cold
            assert answers.setdefault(one.ours, mine) == mine, one.what
        compared.append(one.what)
    assert len(compared) == len(set(compared)) == 19


def test_this_checkout_beside_another_one_does_the_same(tmp_path: Path, toy: run.Size) -> None:
    for one in run.beside(ROOT, toy, tmp_path):
        one.before()
        assert one.same(found(one.ours), found(one.theirs)), one.what


def test_a_measurement_runs_processes_and_makes_a_line_of_the_table(tmp_path: Path) -> None:
    bare = run.Side(("bare_help",))
    short = run.Comparison("a", "b", 0, bare, bare, 1, run._both_help)
    ratio = short.measured()
    assert [len(times) for times in ratio.times] == [1, 1]
    assert not ratio.held
    known = run.Ratio(run.Comparison("a", "b", 2, bare, bare, 3, run._both_help, faster=True), ([1.0, 9.0, 2.0], [5.0]))
    assert known.held
    assert run.table([known]).splitlines()[2] == "| a | b | 2.00 s | 5.00 s | 2.5× faster | at least 2× |"


def test_what_is_not_the_same_is_noticed() -> None:
    source = {"path": "甲/a.xlsx", "header_row": 3, "rows": {"read": 4}}
    assert run._same_rows(json.dumps({"sources": [source]}), {"甲/a.xlsx": 7})
    assert not run._same_rows(json.dumps({"sources": [source]}), {"甲/a.xlsx": 8})
    assert not run._same_rows(json.dumps({"sources": []}), {"甲/a.xlsx": 7})
    assert not run._same_cells(pa.table({"a": ["1", "2"]}), pa.table({"b": ["1", None]}))
    assert not run._both_help("--help", "")
    assert not run._printed("", None)


def test_the_largest_process_is_told() -> None:
    assert re.fullmatch(r"The largest process over 30 rows, cold, took \d+\.\d\d GiB .*", run.peak(30))


def test_the_table_goes_between_the_marks_of_a_readme_that_has_them() -> None:
    start, end = run.MARKS
    assert run.filled(f"x\n{start}\nold\nlines\n{end}\ny\n", "new") == f"x\n{start}\nnew\n{end}\ny\n"
    assert run.filled("no marks\n", "new") == "no marks\n"
