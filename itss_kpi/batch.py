"""Batch before the management review: a workbook for each period of a year that fell due, from one reading.

Convention: what was done stands in `summary.json` with a fingerprint of everything that a workbook rests on, so that a
second run does only what is missing or rests on something else. One period's failure is said and doesn't stop the rest.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from itss_kpi import __version__
from itss_kpi.console import UsageError, in_chinese, progress
from itss_kpi.period import Period, PeriodKind, periods_due
from itss_kpi.problems import KpiError
from itss_kpi.reporting import EVIDENCE_ROWS, reason_of, write_workbook
from itss_kpi.text import clean, is_file_name
from itss_kpi.work import Work, work_out

SCHEMA = "itss-kpi/batch/1"
SUMMARY = "summary.json"
_PLANNED, _CHANGED, _DONE = "待生成", "有变化,重新生成", "已有,未变"


@dataclass(frozen=True, slots=True)
class Task:
    """A period's workbook: its file, the fingerprint of what it rests on, and what is to be done."""

    period: Period
    path: Path
    fingerprint: str
    state: str

    @property
    def pending(self) -> bool:
        """Whether it is to be written."""
        return self.state != _DONE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the counts of its verdicts, or why it failed."""

    task: Task
    summary: Mapping[str, int]
    error: str = ""


def tasks(work: Work, year: int, kinds: Sequence[PeriodKind], folder: Path, as_of: date) -> list[Task]:
    """The workbooks of all periods of the year that have ended by `as_of`, in order of their last days."""
    known = {one["period"]: one for one in _recorded(folder)}
    found = []
    whole = Period(PeriodKind.YEAR, year)
    ended = [one for kind in kinds for one in periods_due(kind, whole) if one.last_day <= as_of]
    for period in sorted(ended, key=lambda one: (one.last_day, one.kind.months)):
        path = folder / f"{period}运维服务指标达成情况.xlsx"
        mark = _fingerprint(work, period)
        before = known.get(str(period))
        state = _PLANNED
        if before and path.is_file():
            state = _DONE if before["fingerprint"] == mark and not before["error"] else _CHANGED
        found.append(Task(period, path, mark, state))
    return found


def _recorded(folder: Path) -> list[Mapping[str, Any]]:
    try:
        found = json.loads((folder / SUMMARY).read_bytes())
    except (OSError, ValueError):
        return []
    fits = isinstance(found, dict) and found.get("schema") == SCHEMA
    return list(found["periods"]) if fits else []


def _fingerprint(work: Work, period: Period) -> str:
    inputs = sorted((export.path, export.sheet, export.sha256) for export in work.exports)
    rests_on = [__version__, work.report.catalogue["sha256"], str(period), inputs, EVIDENCE_ROWS]
    return hashlib.sha256(json.dumps(rests_on, ensure_ascii=False).encode()).hexdigest()


def run(work: Work, todo: Sequence[Task], folder: Path, tick: Callable[[], None]) -> list[Outcome]:
    """Write what is pending; what became of all tasks. `summary.json` is up to date after each."""
    known = {one["period"]: one for one in _recorded(folder)}
    found: list[Outcome] = []
    for task in todo:
        if task.pending:
            found.append(_written(work, task))
        else:
            found.append(Outcome(task, known[str(task.period)]["summary"]))
        _record(work, found, [known[str(one.period)] for one in todo[len(found) :] if str(one.period) in known], folder)
        tick()
    return found


def _written(work: Work, task: Task) -> Outcome:
    try:
        mine = work.at(task.period, task.period.last_day)
        write_workbook(mine, task.path)
        return Outcome(task, mine.report.summary())
    except KpiError as error:
        return Outcome(task, {}, str(error))
    except UsageError as error:
        return Outcome(task, {}, in_chinese(error))
    except OSError as error:
        return Outcome(task, {}, reason_of(error))


def _record(work: Work, done: Sequence[Outcome], left: Sequence[Mapping[str, Any]], folder: Path) -> None:
    from itss_kpi.whole_files import write_over

    listed = [*map(_entry, done), *left]
    content = {
        "schema": SCHEMA,
        "program": __version__,
        "catalogue": dict(work.report.catalogue),
        "periods": sorted(listed, key=lambda one: str(one["period"])),
    }
    write_over(folder / SUMMARY, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "period": str(outcome.task.period),
        "file": outcome.task.path.name,
        "fingerprint": outcome.task.fingerprint,
        "summary": dict(outcome.summary),
        "error": outcome.error,
    }


# ---- the command


@dataclass(frozen=True, slots=True)
class Batch:
    """A company's year: its tasks, and what became of them."""

    organization: str
    folder: Path
    tasks: tuple[Task, ...]
    outcomes: tuple[Outcome, ...]


def batch_year(
    catalogues: Sequence[Path] | None,
    year: int | None,
    kinds: Sequence[PeriodKind],
    output: Path,
    as_of: str | None,
    reading: Sequence[str] | None,
    *,
    cached: bool,
    only_plan: bool,
) -> list[Batch]:
    """The workbooks of a year for each catalogue (a folder each, where there are several), and their index."""
    found: list[Batch] = []
    for path in catalogues or (None,):
        named_year = str(year) if year else None
        work = work_out(path, None, named_year, as_of, None, None, reading, cached=cached, records=True)
        folder = output / _folder_name(work) if len(catalogues or ()) > 1 else output
        seen = min(work.report.as_of, work.report.period.last_day)
        todo = tasks(work, work.report.period.year, kinds, folder, seen)
        outcomes: list[Outcome] = []
        if not only_plan:
            folder.mkdir(parents=True, exist_ok=True)
            with progress(len(todo), "写工作簿") as tick:
                outcomes = run(work, todo, folder, tick)
        found.append(Batch(work.catalogue.plan.organization, folder, tuple(todo), tuple(outcomes)))
        named = work.report.period.year
    if not only_plan:
        _write_index(found, output, named)
    return found


def _folder_name(work: Work) -> str:
    name = work.catalogue.plan.organization
    return name if is_file_name(name) else work.source.stem


def _write_index(found: Sequence[Batch], output: Path, year: int) -> None:
    from itss_kpi.whole_files import write_over
    from itss_kpi.workbook_index import Line, index_workbook

    listed = [
        Line(
            one.organization, str(outcome.task.period), outcome.task.path.relative_to(output).as_posix(),
            outcome.summary, outcome.error,
        )
        for one in found
        for outcome in one.outcomes
    ]  # fmt: skip
    content = index_workbook(f"{year}年 运维服务指标达成情况 索引", listed, datetime(year, 12, 31))
    write_over(output / f"{year}索引.xlsx", content)


def lines(found: Sequence[Batch], *, planned: bool) -> Iterator[str]:
    """What is to be done, or was done, a line a workbook."""
    for one in found:
        for task in one.tasks:
            yield f"{task.period}  {task.state if planned else _became(one, task)}  {clean(str(task.path))}"


def _became(one: Batch, task: Task) -> str:
    outcome = next(outcome for outcome in one.outcomes if outcome.task is task)
    if outcome.error:
        return "失败"
    counts = outcome.summary
    return f"{'写出' if task.pending else '未变'}(到期 {counts['due']},达成 {counts['attained']})"
