"""The work behind the commands: a catalogue, its exports, the typed tables and the report made from them.

Convention: what the user wrote on the command line comes in as text and is read here; a mistake in it is refused at
once (exit code 2), an invalid catalogue or data that can't be read raise `KpiError` with its code (docs/design.md, 8).
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss_kpi.app.console import progress, refuse
from itss_kpi.core.text import clean, row_place

if TYPE_CHECKING:
    from itss_kpi.analysis.collection import HandedIn
    from itss_kpi.catalogue.catalogue import Catalogue
    from itss_kpi.catalogue.indicators import Indicator
    from itss_kpi.core.period import Period
    from itss_kpi.core.problems import Problem
    from itss_kpi.core.results import Assessment, Export, Report
    from itss_kpi.plan.year import PlanYear
    from itss_kpi.reading.exports import Found
    from itss_kpi.reading.grid import RawExport
    from itss_kpi.reading.reader import Reader
    from itss_kpi.reading.worker.file_types import Reading
    from itss_kpi.tables.table import Table

CATALOGUE = "kpi_definitions.yaml"
PASSWORD = "ITSS_KPI_PASSWORD"
"""The environment variable with the password of encrypted workbooks."""
BAD_CATALOGUE, BAD_DATA = 3, 4


@dataclass(frozen=True)
class Work:
    """What a command worked out, and what it was worked out from: the catalogue in the file `source`, the exports in
    `files` below `folder`; `problems` are those of reading. `records` are the tables of ledgers that no indicator
    reads, `record_files` their exports, `record_problems` what is wrong with those, apart from the report's. `ended`
    are the assessments of the report's year that have ended by its day, where they were worked out before."""

    catalogue: "Catalogue"
    indicators: "list[Indicator]"
    tables: "dict[str, Table]"
    report: "Report"
    folder: Path
    files: "list[Found]"
    source: Path
    problems: "tuple[Problem, ...]" = ()
    records: "Mapping[str, Table]" = field(default_factory=dict)
    record_files: "Sequence[Found]" = ()
    record_problems: "Sequence[Problem]" = ()
    ended: "Sequence[Assessment]" = ()

    @property
    def exports(self) -> "list[Export]":
        """Every export that was read, those of ledgers that no indicator reads too."""
        return [*self.report.exports, *(one for table in self.records.values() for one in table.exports)]

    @property
    def ledgers(self) -> "Mapping[str, Table]":
        """Every table that was read, by its source: an indicator may read a ledger of records too."""
        return {**self.tables, **self.records}

    def problems_of(self, *sources: str) -> "list[Problem]":
        """What is wrong with the exports of these sources."""
        shown = {one.shown for one in (*self.files, *self.record_files) if one.source in sources}
        return [one for one in (*self.report.problems, *self.record_problems) if one.place.path in shown]

    def at(self, period: "Period", as_of: date) -> "Work":
        """The same for another period and day, from what was read."""
        from itss_kpi.core.period import PeriodKind
        from itss_kpi.engine.evaluate import evaluate

        report = evaluate(
            self.catalogue,
            self.tables,
            period,
            as_of=as_of,
            indicators=self.indicators,
            identity=self.report.catalogue,
            problems=self.problems,
        )
        whole = self.report.period
        known = self.report.due if (whole.kind, whole.year) == (PeriodKind.YEAR, period.year) else []
        return replace(self, report=report, ended=[one for one in known if one.period.last_day <= as_of])

    def year(self) -> "tuple[PlanYear, list[Problem]]":
        """The year of the report, and what is wrong with the archive."""
        from itss_kpi.plan.year import PlanYear

        archived, damage = self.archived([self.report.period.year - 1])
        return PlanYear(
            self.catalogue,
            self.indicators,
            self.tables,
            self.records,
            self.report,
            self.record_problems,
            self.ended,
            archived,
        ), damage

    @property
    def archive(self) -> Path:
        """The folder of the archive."""
        return self.folder / self.catalogue.archive

    def archived(self, years: Iterable[int]) -> "tuple[list[Assessment], list[Problem]]":
        """What was due in these years by the closings that hold, the later ones first; and what is wrong with them."""
        import json

        from itss_kpi.archive.store import REPORT, latest, sound
        from itss_kpi.core.period import parse_period
        from itss_kpi.core.problems import Place, Problem
        from itss_kpi.core.results import assessment_of

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

    def row_texts(self, row: Any, indicator: "Indicator") -> dict[str, str]:
        """A traced row's place, key, dates and the columns that the indicator reads, as the department wrote them."""
        from itss_kpi.tables.table import row_texts

        source = self.catalogue.sources[row.source]
        read = [name for measure in indicator.all_measures.values() for name in self.catalogue.columns_read(measure)]
        wanted = dict.fromkeys([*source.key, *([source.date] if source.date else []), *read])
        table = self.tables[row.source]
        export = table.exports[row.export]
        place = {"位置": row_place(export.path, export.sheet, row.row)}
        return place | row_texts(table, source, row.export, row.row, list(wanted))

    def handed_in(self) -> "list[HandedIn]":
        """The files that were found for the sources, whether or not they could be read."""
        from itss_kpi.analysis.collection import HandedIn

        return [HandedIn(found.source, found.department, found.shown, found.covers) for found in self.files]


def work_out(
    catalogue_path: Path | None,
    data: Path | None,
    period: str | None,
    as_of: str | None,
    indicators: Sequence[str] | None,
    domains: Sequence[str] | None,
    reading: Sequence[str] | None = None,
    *,
    cached: bool = True,
    after_hand_in: bool = False,
    by: str | None = None,
    records: bool = False,
) -> Work:
    """Read everything and evaluate, from what the user wrote; `reading` are limits such as `memory=4096`.

    `after_hand_in`: of a past period, as of the day after its hand-in was due. `by`: a dimension that is to be one of
    the indicators'; where none was named, those that have it. `records`: read the ledgers of `catalogue.RECORDS` too.
    """
    from itss_kpi.reading.reader import Reader

    path = find_catalogue(catalogue_path)
    with Reader() as reader:
        catalogue, problems, identity = load_catalogue(path)
        assessed = read_period(period) if period is not None else read_period(str(catalogue.plan.year))
        grace = catalogue.plan.hand_in_days if after_hand_in else None
        seen = _as_of(as_of, assessed, 0 if grace is None else grace + 1)
        chosen = _chosen(catalogue, indicators, domains)
        if by is not None:
            chosen = _having(catalogue, chosen, by, named=bool(indicators))
        from itss_kpi.catalogue.indicators import sources_of

        folder = _data_folder(catalogue, path, data)
        evaluated = sources_of(chosen)
        wanted = evaluated | set(catalogue.records if records else ())
        files, tables, found = _read(catalogue, sorted(wanted), folder, reader, _reading(catalogue, reading, cached))
        others = {name: tables.pop(name) for name in wanted - evaluated}
        other_files = [one for one in files if one.source in others]
        beside = {one.shown for one in other_files}
        other_problems = [problem for problem in found if problem.place.path in beside]
        # so that a report is the same whether or not such ledgers were read
        problems = [*problems, *(problem for problem in found if problem.place.path not in beside)]
        from itss_kpi.engine.evaluate import evaluate

        # while the reader is still there: it keeps what it has read for the next time
        report = evaluate(
            catalogue, tables, assessed, as_of=seen, indicators=chosen, identity=identity, problems=problems
        )
    if domains:
        shown = tuple(item for item in report.assessments if item.domain in domains)
        report = replace(report, assessments=shown)
    evaluated_files = [found for found in files if found.source in tables]
    return Work(
        catalogue,
        chosen,
        tables,
        report,
        folder,
        evaluated_files,
        path,
        tuple(problems),
        others,
        other_files,
        other_problems,
    )


def _read(
    catalogue: "Catalogue", wanted: Sequence[str], folder: Path, reader: "Reader", how: "Reading"
) -> "tuple[list[Found], dict[str, Table], list[Problem]]":
    """The files of the wanted sources and their typed tables."""
    from itss_kpi.reading.exports import find_exports, read_exports

    files, problems = find_exports(catalogue, folder, set(wanted))
    reader.ask([found.path for found in files], how)
    # imported while the worker reads
    import itss_kpi.engine.evaluate  # noqa: F401

    with progress(len(files)) as tick:
        reader.answers(tick)
    raws, found = read_exports(catalogue, files, reader, unlock=_ask_password)
    tables, more = _tables(catalogue, wanted, raws)
    return files, tables, [*problems, *found, *more]


def _tables(
    catalogue: "Catalogue", wanted: Sequence[str], raws: "Mapping[str, Sequence[RawExport]]"
) -> "tuple[dict[str, Table], list[Problem]]":
    from itss_kpi.tables.build import build_table

    plan = catalogue.plan
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    for name in wanted:
        source = catalogue.sources[name]
        tables[name], found = build_table(name, source, raws.get(name, []), plan.departments, plan.year)
        problems += found
    return tables, problems


def _ask_password(shown: str) -> str | None:
    """The password of an encrypted file, from whoever sits at the terminal; nobody does where one is given already."""
    import getpass
    import importlib.util

    if PASSWORD in os.environ or not importlib.util.find_spec("msoffcrypto"):
        return None
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return getpass.getpass(f"{clean(shown)} 的打开密码(不读则直接回车):", sys.stderr) or None


def find_catalogue(given: Path | None) -> Path:
    if given is not None:
        if not given.is_file():
            refuse(f"没有这个指标目录文件:{given}")
        return given
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CATALOGUE).is_file():
            return folder / CATALOGUE
    refuse(f"当前及上级文件夹中没有 {CATALOGUE};请用 --catalogue 指明指标目录")


def load_catalogue(path: Path) -> "tuple[Catalogue, list[Problem], dict[str, str]]":
    import hashlib

    from itss_kpi.catalogue.load import load
    from itss_kpi.core.problems import KpiError, Place, Problem

    shown = os.path.relpath(path) if path.is_absolute() else str(path)
    try:
        content = path.read_bytes()
        catalogue, problems = load(content.decode("utf-8-sig"), shown)
    except UnicodeDecodeError:
        raise KpiError([Problem("C101", "指标目录不是 UTF-8 文本", Place(shown))], BAD_CATALOGUE) from None
    except OSError as error:
        raise KpiError([Problem("C101", f"指标目录打不开:{error.strerror}", Place(shown))], BAD_CATALOGUE) from None
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


def _data_folder(catalogue: "Catalogue", path: Path, given: Path | None) -> Path:
    from itss_kpi.core.problems import KpiError, Place, Problem

    folder = given if given is not None else path.parent / catalogue.data
    if not folder.is_dir():
        raise KpiError([Problem("D109", "没有这个台账文件夹", Place(str(folder)))], BAD_DATA)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise KpiError([Problem("D109", "台账文件夹打不开,没有权限", Place(str(folder)))], BAD_DATA)
    return folder


def _reading(catalogue: "Catalogue", given: Sequence[str] | None, cached: bool) -> "Reading":
    """How files are read: the catalogue's limits, those of the command line before them, the cache, a password."""
    from itss_kpi.reading.worker.cache import cache_folder
    from itss_kpi.reading.worker.file_types import Reading

    limits: dict[str, Any] = catalogue.reading.model_dump()
    for text in given or ():
        name, _, value = text.partition("=")
        try:
            limits = type(catalogue.reading).model_validate({**limits, name: value}).model_dump()
        except ValueError:
            refuse(f"不能用的 --reading “{text}”;写作 名称=整数,如 memory=4096;名称可用 {'、'.join(limits)}")
    most = limits.pop("cache")
    folder = cache_folder() if cached and most else None
    return Reading(**limits, cache=folder, cache_size=most, password=os.environ.get(PASSWORD))


def read_period(text: str) -> "Period":
    from itss_kpi.core.period import FORMS, parse_period

    period = parse_period(text)
    if period is None:
        refuse(f"看不懂的考核期“{text}”;可写作 {FORMS}")
    return period


def trend_work(
    catalogue_path: Path | None,
    data: Path | None,
    first: str | None,
    last: str | None,
    as_of: str | None,
    indicators: Sequence[str],
    reading: Sequence[str] | None = None,
    *,
    cached: bool = True,
    by: str | None = None,
) -> "tuple[Work, Period, Period]":
    """As `work_out`, of the year in which `last` ends, up to its last day; with the periods from and to. What isn't
    written is the first or last month of the other's year; where neither is, both are the plan's year."""
    from itss_kpi.core.period import Period, PeriodKind

    start, end = (read_period(text) if text is not None else None for text in (first, last))
    start = start or (end and Period(PeriodKind.MONTH, end.year))
    end = end or (start and Period(PeriodKind.MONTH, start.year, 12))
    if start and end and start.start >= end.end:
        refuse(f"--from {start} 在 --to {end} 之后")
    day = str(min(_as_of(as_of, end, 0), end.last_day)) if end else as_of
    year = str(end.year) if end else None
    work = work_out(catalogue_path, data, year, day, indicators, None, reading, cached=cached, by=by)
    return work, start or work.report.period, end or work.report.period


def _as_of(text: str | None, period: "Period", days_after: int) -> date:
    if text is None:
        return min(period.last_day + timedelta(days=days_after), date.today())
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(f"看不懂的日期“{text}”;写作 2022-09-30")


def _chosen(
    catalogue: "Catalogue", indicators: Sequence[str] | None, domains: Sequence[str] | None
) -> "list[Indicator]":
    from itss_kpi.catalogue.expression import suggestion

    found = list(catalogue.indicators)
    if indicators:
        for wanted in indicators:
            if not catalogue.find(wanted):
                known = [name for item in catalogue.indicators for name in (item.id, item.name)]
                refuse(f"没有这个指标:{wanted}{suggestion(wanted, known)}")
        found = [item for item in found if any(item in catalogue.find(wanted) for wanted in indicators)]
    if domains:
        known = list(dict.fromkeys(domain for item in found for domain in item.domains))
        for domain in domains:
            if domain not in known:
                refuse(f"没有这个指标域:{domain}{suggestion(domain, known)}")
        found = [item for item in found if set(item.domains) & set(domains)]
    return found


def _having(catalogue: "Catalogue", chosen: "list[Indicator]", by: str, *, named: bool) -> "list[Indicator]":
    """The indicators that have the dimension; where the user named them, all of them."""
    from itss_kpi.catalogue.catalogue import dimensions_of
    from itss_kpi.catalogue.expression import suggestion

    known = list(dict.fromkeys(name for item in chosen for name in dimensions_of(catalogue, item)))
    if by not in known:
        listed = f"可用 {'、'.join(known)}" if known else "没有可用的维度"
        refuse(f"没有这个维度:{by}{suggestion(by, known)};{'这些' if named else ''}指标{listed}")
    return chosen if named else [item for item in chosen if by in dimensions_of(catalogue, item)]


def shown_numbers(indicators: "Sequence[Indicator]", named: Sequence[str]) -> set[int]:
    """The numbers under which named indicators are shown: the one that was written, else their own; all where none
    was named."""
    from itss_kpi.catalogue.indicators import listed_numbers

    if not named:
        return {number for item in indicators for number in listed_numbers(item)}
    written = {
        item.id: [number for number in listed_numbers(item) if str(number) in named] or [item.number]
        for item in indicators
    }
    return {number for numbers in written.values() for number in numbers}


def chosen_handouts(
    catalogue: "Catalogue", sources: Sequence[str] | None, department: str | None
) -> list[tuple[str, str]]:
    """The (department, source) pairs that a template is asked for; sources are named by id or Chinese name."""
    from itss_kpi.catalogue.expression import suggestion

    for wanted in sources or []:
        known = [name for one, source in catalogue.sources.items() for name in (one, source.name)]
        if wanted not in known:
            refuse(f"没有这个台账:{wanted}{suggestion(wanted, known)}")
    if department is not None and department not in catalogue.plan.departments:
        refuse(f"没有这个部门:{department}{suggestion(department, catalogue.plan.departments)}")
    found = [
        (submitter, name)
        for submitter in catalogue.plan.departments
        for name, source in catalogue.sources.items()
        if submitter in source.departments and (not sources or {name, source.name} & set(sources))
    ]
    pairs = [pair for pair in found if department in (None, pair[0])]
    if not pairs:
        refuse(f"{department}不交{'、'.join(sources) if sources else '任何台账'}" if department else "没有声明任何台账")
    return pairs
