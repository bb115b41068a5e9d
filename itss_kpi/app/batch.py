"""Batch before the management review: a workbook for each period of a year that fell due, from one reading.

Convention: what was done stands in `summary.json` with a fingerprint of everything that a workbook rests on, so that a
second run does only what is missing or rests on something else. One period's failure is said and doesn't stop the rest.
"""

import hashlib
import json
import os
import signal
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from itss_kpi import __version__
from itss_kpi.app.evaluation import Evaluation, evaluate_files
from itss_kpi.app.inputs import EVIDENCE_ROWS, Inputs, Tick
from itss_kpi.app.program import code
from itss_kpi.app.reports import check_apart, check_folder, evidence_path, replace_file, workbook_path, write_workbook
from itss_kpi.app.whole_files import reason_of
from itss_kpi.archive.store import head
from itss_kpi.core.period import Period, PeriodKind, periods_due
from itss_kpi.core.problems import KpiError, Problem, Refusal
from itss_kpi.core.text import escape_controls, is_file_name

SCHEMA = "itss-kpi/batch/1"
SUMMARY = "summary.json"
_EACH = 4
"""How many workbooks make another process worth its start, and how many processes there are unless told otherwise."""
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


def tasks(evaluation: Evaluation, year: int, kinds: Sequence[PeriodKind], folder: Path, as_of: date) -> list[Task]:
    """The workbooks of all periods of the year that have ended by `as_of`, in order of their last days."""
    known = {one["period"]: one for one in _recorded(folder)}
    found = []
    whole = Period(PeriodKind.YEAR, year)
    ended = [one for kind in kinds for one in periods_due(kind, whole) if one.last_day <= as_of]
    for period in sorted(ended, key=lambda one: (one.last_day, one.kind.months)):
        path = folder / workbook_path(period)
        mark = _fingerprint(evaluation, period)
        before = known.get(str(period))
        state = _PLANNED
        if before and path.is_file() and evidence_path(path).is_file():
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


def _fingerprint(evaluation: Evaluation, period: Period) -> str:
    inputs = sorted((export.path, export.sheet, export.sha256) for export in evaluation.exports)
    program, archive = (__version__, code()), head(evaluation.archive)
    rests_on = [program, evaluation.report.catalogue["sha256"], archive, str(period), inputs, EVIDENCE_ROWS]
    return hashlib.sha256(json.dumps(rests_on, ensure_ascii=False).encode()).hexdigest()


def run(evaluation: Evaluation, todo: Sequence[Task], folder: Path, jobs: int, tick: Tick) -> list[Outcome]:
    """Write what is pending, with `jobs` processes; what became of all tasks. `summary.json` is up to date after each;
    raises `Refusal` where it can't be written."""
    known = {one["period"]: one for one in _recorded(folder)}
    entries = {str(task.period): known[str(task.period)] for task in todo if str(task.period) in known}
    found = {task.period: Outcome(task, entries[str(task.period)]["summary"]) for task in todo if not task.pending}
    tick(len(found), "")
    for outcome in _written_all(evaluation, [task for task in todo if task.pending], jobs):
        found[outcome.task.period] = outcome
        entries[str(outcome.task.period)] = _entry(outcome)
        _record(evaluation, list(entries.values()), folder)
        tick(1, outcome.task.path.name)
    return [found[task.period] for task in todo]


def _written_all(evaluation: Evaluation, pending: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    """What became of each, as they are finished."""
    if jobs == 1:
        yield from (_written(evaluation, task) for task in pending)
        return
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    # the same on every system, and nothing is copied from a process that has threads
    with ProcessPoolExecutor(jobs, get_context("spawn"), _receive, (evaluation,)) as pool:
        try:
            with _interrupts_held():
                futures = {pool.submit(_written_here, task): task for task in pending}
            for future in as_completed(futures):
                try:
                    yield future.result()
                except BrokenExecutor:
                    yield Outcome(futures[future], {}, "写工作簿的进程意外结束(内存不足时用 --jobs 1 重试)")
        finally:
            # after Ctrl-C: what has begun is finished, nothing else is begun
            pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes that are started here don't hear Ctrl-C: whoever started them does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_received: list[Evaluation] = []


def _receive(evaluation: Evaluation) -> None:
    _received.append(evaluation)


def _written_here(task: Task) -> Outcome:
    return _written(_received[0], task)


def _written(evaluation: Evaluation, task: Task) -> Outcome:
    try:
        mine = evaluation.at(task.period, task.period.last_day)
        written = write_workbook(mine, task.path)
        return Outcome(task, mine.report.summary, written.said)
    except (KpiError, Refusal) as error:
        return Outcome(task, {}, str(error))
    except OSError as error:
        return Outcome(task, {}, reason_of(error))


def _record(evaluation: Evaluation, entries: Sequence[Mapping[str, Any]], folder: Path) -> None:
    content = {
        "schema": SCHEMA,
        "program": __version__,
        "catalogue": dict(evaluation.report.catalogue),
        "periods": sorted(entries, key=lambda one: str(one["period"])),
    }
    replace_file(folder / SUMMARY, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


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
    """A company's year: its tasks, what became of them, and what is wrong with its archive. `name` is that of its
    folder where there are several."""

    name: str
    year: int
    tasks: tuple[Task, ...]
    outcomes: tuple[Outcome, ...]
    damage: tuple[Problem, ...] = ()


def batch_year(
    inputs: Inputs,
    catalogues: Sequence[Path],
    year: int | None,
    kinds: Sequence[PeriodKind],
    output: Path,
    *,
    only_plan: bool,
    jobs: int | None = None,
) -> list[Batch]:
    """The workbooks of a year for each catalogue, in a folder each where there are several. `jobs`: how many processes
    write; by default as is worth it."""
    found: list[Batch] = []
    check_folder(output, "--output-dir")
    for path in catalogues or (None,):
        evaluation = evaluate_files(replace(inputs, catalogue=path), str(year) if year else None, records=True)
        report = evaluation.report
        check_apart(output, evaluation)
        name = _name(evaluation, {one.name for one in found})
        folder = output / name if len(catalogues) > 1 else output
        todo = tasks(evaluation, report.period.year, kinds, folder, min(report.as_of, report.period.last_day))
        outcomes: list[Outcome] = []
        damage: list[Problem] = []
        if not only_plan:
            _, damage = evaluation.archived(range(report.period.year))
            with inputs.progress(len(todo), "写工作簿") as tick:
                outcomes = run(evaluation, todo, folder, jobs or _worth(todo), tick)
        found.append(Batch(name, report.period.year, tuple(todo), tuple(outcomes), tuple(damage)))
    return found


def _worth(todo: Sequence[Task]) -> int:
    pending = sum(task.pending for task in todo)
    return max(1, min(os.cpu_count() or 1, _EACH, pending // _EACH))


def _name(evaluation: Evaluation, taken: Collection[str]) -> str:
    """The company's name; of several projects of one company the later ones have their catalogue's folder with it."""
    name = evaluation.catalogue.plan.organization
    name = name if is_file_name(name) else evaluation.source.stem
    where = evaluation.source.resolve().parent.name
    names = chain([name], (f"{name}-{where}{at}" for at in chain([""], count(2))))
    return next(one for one in names if one not in taken)


def write_index(found: Sequence[Batch], output: Path) -> None:
    """Write the year's index beside the workbooks; raises `Refusal` where that can't be done."""
    from itss_kpi.workbook.index import Line, index_workbook

    listed = [
        Line(
            one.name,
            str(outcome.task.period),
            outcome.task.path.relative_to(output).as_posix(),
            outcome.summary,
            outcome.error,
        )
        for one in found
        for outcome in one.outcomes
    ]
    year = found[-1].year
    content = index_workbook(f"{year}年 运维服务指标达成情况 索引", listed, datetime(year, 12, 31))
    replace_file(output / f"{year}索引.xlsx", content)


def lines(found: Sequence[Batch], *, planned: bool) -> Iterator[str]:
    """What is to be done, or was done, a line a workbook."""
    for one in found:
        for task in one.tasks:
            yield f"{task.period}  {task.state if planned else _became(one, task)}  {escape_controls(str(task.path))}"


def _became(one: Batch, task: Task) -> str:
    outcome = next(outcome for outcome in one.outcomes if outcome.task == task)
    if outcome.error:
        return "失败"
    counts = outcome.summary
    said = f"到期 {counts['due']},达成 {counts['attained']},未达成 {counts['missed']}"
    return f"{'写出' if task.pending else '未变'}({said})"
