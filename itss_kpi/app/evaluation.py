"""The evaluation behind a command: a catalogue, its exports, the typed tables and the report made from them.

Convention: a mistake in what the user wrote is refused at once (`Refusal`), an invalid catalogue or data that can't be
read raise `KpiError` with the exit code of docs/design.md, 8. The engine, which takes its time to load, is imported
while the worker reads.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss_kpi.app.choices import chosen_indicators, read_day, read_period
from itss_kpi.app.inputs import CATALOGUE, PASSWORD, Inputs
from itss_kpi.app.readings import Ledgers, Readings, read
from itss_kpi.app.whole_files import reason_of
from itss_kpi.archive.store import REPORT, head, latest, sound
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, sources_of
from itss_kpi.catalogue.ledgers import RulingRow
from itss_kpi.catalogue.load import load
from itss_kpi.core.period import Period, PeriodKind, parse_period
from itss_kpi.core.problems import KpiError, Place, Problem, Refusal
from itss_kpi.core.results import Assessment, Export, Report, assessment_of
from itss_kpi.reading.exports import Found, concerning
from itss_kpi.reading.reader import Reader
from itss_kpi.reading.worker.cache import cache_folder
from itss_kpi.reading.worker.file_types import Reading
from itss_kpi.reading.worker.spared import spared

if TYPE_CHECKING:
    from itss_kpi.plan.year import PlanYear
    from itss_kpi.tables.table import Table

BAD_CATALOGUE, BAD_DATA = 3, 4
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How workbooks begin, .xlsx and the older .xls."""
_FEW = 3


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a command worked out, and what it was worked out from: the catalogue in the file `source`, the exports in
    `files` below `folder`; `said` is what is to be said of the catalogue, `readings` are what was read. `records` are
    the tables of ledgers that no indicator reads, `record_files` their exports, `record_problems` what is wrong with
    those, apart from the report's. `ended` are the assessments of the report's year that have ended by its day, where
    they were worked out before. `options`: what was asked for beside the period, as written."""

    catalogue: Catalogue
    indicators: list[Indicator]
    tables: "dict[str, Table]"
    report: Report
    folder: Path
    files: list[Found]
    source: Path
    said: tuple[Problem, ...] = ()
    readings: Readings | None = None
    records: "Mapping[str, Table]" = field(default_factory=dict)
    record_files: Sequence[Found] = ()
    record_problems: Sequence[Problem] = ()
    ended: Sequence[Assessment] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exports(self) -> list[Export]:
        """Every export that was read, those of ledgers that no indicator reads too."""
        return [*self.report.exports, *(one for table in self.records.values() for one in table.exports)]

    @property
    def ledgers(self) -> "Mapping[str, Table]":
        """Every table that was read, by its source: an indicator may read a ledger of records too."""
        return {**self.tables, **self.records}

    def problems_of(self, *sources: str) -> list[Problem]:
        """What is wrong with the exports of these sources."""
        files = [one for one in (*self.files, *self.record_files) if one.source in sources]
        return concerning(files, [*self.report.problems, *self.record_problems])

    def at(self, period: Period, as_of: date) -> "Evaluation":
        """The same for another period and day, from what was read."""
        assert self.readings
        there, beside = self.readings.until(as_of).apart(self.records)
        report = _report(self.catalogue, there, period, as_of, self.indicators, self.report.catalogue, self.said)
        whole = self.report.period
        known = self.report.due if (whole.kind, whole.year) == (PeriodKind.YEAR, period.year) else []
        ended = [one for one in known if one.period.last_day <= as_of]
        return replace(self, report=report, ended=ended, **_fields(there, beside))

    @cached_property
    def year(self) -> "PlanYear":
        """The year of the report."""
        from itss_kpi.plan.year import PlanYear

        archived, damage = self.archived(range(self.report.period.year))
        return PlanYear(
            self.catalogue,
            self.indicators,
            self.tables,
            self.records,
            self.report,
            self.record_problems,
            self.ended,
            archived,
            damage,
            head(self.archive),
        )

    @property
    def archive(self) -> Path:
        """The folder of the archive."""
        return self.folder / self.catalogue.archive

    def archived(self, years: Iterable[int]) -> tuple[list[Assessment], list[Problem]]:
        """What was due in these years by the closings that hold, the later ones first; and what is wrong with them."""
        wanted = {str(year) for year in years}
        if not any(period[:4] in wanted for period in latest(self.archive)):
            return [], []
        closings, problems = sound(self.archive)
        found: list[Assessment] = []
        for closing in reversed(closings):
            closed = parse_period(closing.period)
            if closed is None or str(closed.year) not in wanted:
                continue
            try:
                report = json.loads(closing.read(REPORT))
                found += [assessment_of(one) for one in report["assessments"] if one["due"]]
            except (OSError, KeyError, TypeError, ValueError):
                problems.append(Problem("A101", "读不出其中的结果", Place(f"{closing.folder.name}/{REPORT}")))
        return found, problems


def evaluate_files(
    inputs: Inputs,
    period: str | None = None,
    *,
    indicators: Sequence[str] = (),
    domains: Sequence[str] = (),
    by: str | None = None,
    after_hand_in: bool = False,
    records: bool = False,
) -> Evaluation:
    """Read everything and evaluate `period`, by default the plan's year.

    `by`: a dimension that is to be one of the indicators'; where none was named, those that have it. `after_hand_in`:
    of a past period, as of the day after its hand-in was due. `records`: read the ledgers of `ledgers.RECORDS` too.
    """
    path = find_catalogue(inputs.catalogue)
    with Reader() as reader:
        catalogue, problems, identity = load_catalogue(path)
        assessed = read_period(str(catalogue.plan.year) if period is None else period)
        grace = catalogue.plan.hand_in_days if after_hand_in else None
        seen = read_day(inputs.as_of, assessed, 0 if grace is None else grace + 1)
        chosen = chosen_indicators(catalogue, indicators, domains, by)
        folder = _data_folder(catalogue, path, inputs.data)
        evaluated = sources_of(catalogue.with_parts(chosen)) | ({RulingRow.source} & catalogue.sources.keys())
        wanted = evaluated | set(catalogue.records if records else ())
        readings = read(catalogue, sorted(wanted), folder, reader, inputs, _how(catalogue, inputs))
        own, beside = readings.until(seen).apart(wanted - evaluated)
        # while the reader is still there: it keeps what it has read for the next time
        report = _report(catalogue, own, assessed, seen, chosen, identity, problems)
    if domains:
        shown = tuple(item for item in report.assessments if item.domain in domains)
        report = replace(report, assessments=shown)
    return Evaluation(
        catalogue, chosen, report=report, folder=folder, source=path, said=tuple(problems), readings=readings,
        options={"as_of": inputs.as_of, "reading": list(inputs.reading)}, **_fields(own, beside),
    )  # fmt: skip


def _report(
    catalogue: Catalogue,
    own: Ledgers,
    period: Period,
    as_of: date,
    indicators: Sequence[Indicator],
    identity: Mapping[str, str],
    said: Sequence[Problem],
) -> Report:
    from itss_kpi.engine.evaluate import evaluate

    told = [*said, *own.problems]
    with spared("pandas"):  # of kept tables nothing needs it
        return evaluate(
            catalogue, own.tables, period, as_of=as_of, indicators=indicators, identity=identity, problems=told
        )


def _fields(own: Ledgers, beside: Ledgers) -> dict[str, Any]:
    return {
        "tables": own.tables,
        "files": own.files,
        "records": beside.tables,
        "record_files": beside.files,
        "record_problems": tuple(beside.problems),
    }


def evaluate_span(
    inputs: Inputs, first: str | None, last: str | None, indicators: Sequence[str], by: str | None
) -> tuple[Evaluation, Period, Period]:
    """As `evaluate_files`, of the year in which `last` ends, up to its last day; with the periods from and to. What
    isn't written is the first or last month of the other's year; where neither is, both are the plan's year."""
    start, end = (read_period(text) if text is not None else None for text in (first, last))
    start = start or (end and Period(PeriodKind.MONTH, end.year))
    end = end or (start and Period(PeriodKind.MONTH, start.year, 12))
    if start and end and start.start >= end.end:
        raise Refusal(f"--from {start} 在 --to {end} 之后")
    if end:
        inputs = replace(inputs, as_of=str(min(read_day(inputs.as_of, end), end.last_day)))
    evaluation = evaluate_files(inputs, str(end.year) if end else None, indicators=indicators, by=by)
    return evaluation, start or evaluation.report.period, end or evaluation.report.period


def find_catalogue(given: Path | None) -> Path:
    """The catalogue's file: the one that is written, or that of this folder or the nearest above."""
    if given is not None:
        if given.is_dir():
            raise Refusal(f"{given} 是文件夹,指标目录是其中的文件,如 {given / CATALOGUE}")
        if not given.is_file():
            near = sorted(one.name for one in given.parent.glob("*.y*ml"))[:_FEW]
            raise Refusal(f"没有这个指标目录文件:{given}" + (f";那里有 {'、'.join(near)}" if near else ""))
        return given
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CATALOGUE).is_file():
            return folder / CATALOGUE
    raise Refusal(f"当前及上级文件夹中没有 {CATALOGUE};请用 --catalogue 指明指标目录")


def load_catalogue(path: Path) -> tuple[Catalogue, list[Problem], dict[str, str]]:
    """The catalogue in the file, what is to be said of it, and what identifies it."""
    shown = os.path.relpath(path) if path.is_absolute() else str(path)
    try:
        content = path.read_bytes()
        if content.startswith(_BOOKS):
            what = f"这是工作簿,不是指标目录;指标目录是文本文件,如 {CATALOGUE}"
            raise KpiError([Problem("C101", what, Place(shown))], BAD_CATALOGUE)
        catalogue, problems = load(content.decode("utf-8-sig"), shown)
    except UnicodeDecodeError:
        what = "指标目录不是 UTF-8 文本;用记事本打开,另存为,编码选 UTF-8"
        raise KpiError([Problem("C101", what, Place(shown))], BAD_CATALOGUE) from None
    except OSError as error:
        raise KpiError([Problem("C101", f"指标目录打不开:{reason_of(error)}", Place(shown))], BAD_CATALOGUE) from None
    if catalogue is None:
        raise KpiError(problems, BAD_CATALOGUE)
    identity = {
        "path": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "document": catalogue.plan.document,
        "version": catalogue.plan.version,
        "organization": catalogue.plan.organization,
    }
    return catalogue, problems, identity


def _data_folder(catalogue: Catalogue, path: Path, given: Path | None) -> Path:
    folder = given if given is not None else path.parent / catalogue.data
    if not folder.is_dir():
        what = "这是一个文件,不是文件夹" if folder.is_file() else "没有这个台账文件夹"
        raise KpiError([Problem("D109", what, Place(str(folder)))], BAD_DATA)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise KpiError([Problem("D109", "台账文件夹打不开,没有权限", Place(str(folder)))], BAD_DATA)
    return folder


def _how(catalogue: Catalogue, inputs: Inputs) -> Reading:
    """How files are read: the catalogue's limits, those of the command line before them, the cache, a password."""
    limits: dict[str, Any] = catalogue.reading.model_dump()
    for text in inputs.reading:
        name, _, value = text.partition("=")
        try:
            limits = type(catalogue.reading).model_validate({**limits, name: value}).model_dump()
        except ValueError:
            known = "、".join(limits)
            raise Refusal(f"不能用的 --reading “{text}”;写作 名称=整数,如 memory=4096;名称可用 {known}") from None
    most = limits.pop("cache")
    folder = cache_folder() if inputs.cached and most else None
    return Reading(**limits, cache=folder, cache_size=most, password=os.environ.get(PASSWORD))
