"""Collection: what each department had to hand in for a period, what of it is there, and what to ask of whom.

Convention: an `Entry` is one ledger of one department; only the months that some indicator of the period reads are
wanted, and only files that answer for such a month (or don't say for which) count. Days are those on which a file was
last saved; where that or the plan's `hand_in_days` is not known, nothing is late.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.jsonable import as_json, picked, published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period, PeriodKind, period_of
from itss_kpi.core.problems import Problem, count, errors
from itss_kpi.core.results import Export, Report, advice_json
from itss_kpi.core.stated import stated
from itss_kpi.engine.coverage import lacking_months, wanted_months
from itss_kpi.reading.exports import Found

Days = tuple[date, date]


class State(Labelled):
    """How a ledger of a department stands; a missing one is only pending before the day on which it is due. What lacks
    a month may be there, and can't be read, or is of other months."""

    HANDED_IN = "handed_in", "已交"
    LATE = "late", "迟交"
    UNREAD = "unread", "没读出来"
    ELSEWHERE = "elsewhere", "月份不对"
    MISSING = "missing", "缺"
    PENDING = "pending", "未到交期"


@dataclass(frozen=True, slots=True)
class Late:
    """A file that was saved after the day on which it was due."""

    path: str
    saved: date
    due: date


@dataclass(frozen=True, slots=True)
class Asked:
    """A file to hand in: a name that the source claims, and the months it has to answer for."""

    file: str
    months: tuple[Period, ...]


@published("department source name state wanted missing=lacking files unread elsewhere late rows problems=counts")
@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger of one department: the months wanted and lacking, its files, those of them that can't be read or are
    of other months, their kept rows and their problems."""

    source: str
    name: str
    department: str
    state: State
    wanted: tuple[Period, ...]
    lacking: tuple[Period, ...]
    asked: tuple[Asked, ...]
    files: tuple[str, ...]
    unread: tuple[str, ...]
    elsewhere: tuple[str, ...]
    late: tuple[Late, ...]
    rows: int
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many problems of each severity."""
        return {severity.value: number for severity, number in count(self.problems).items()}


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask of one department: ledgers to hand in, and problems to mend."""

    department: str
    hand_in: tuple[Entry, ...]
    mend: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """The collection matrix of a period. `due`: the day by which everything is to be there; `stray`: problems of
    folders that are no department's."""

    schema: ClassVar[str] = "itss-kpi/status/1"
    organization: str
    departments: tuple[str, ...]
    period: Period
    as_of: date
    due: date | None
    entries: tuple[Entry, ...]
    requests: tuple[Request, ...]
    stray: tuple[Problem, ...]

    @property
    def summary(self) -> dict[str, int]:
        """How many entries there are of each state."""
        states = [entry.state for entry in self.entries]
        return {state.value: states.count(state) for state in State}

    def conditions(self) -> set[str]:
        """What a gate can ask for: `missing`, `late`, `problems` (an error in a file that counts)."""
        late = {"late"} if any(entry.late for entry in self.entries) else set()
        mends = [problem for request in self.requests for problem in request.mend]
        missing = {"missing"} if any(one.lacking and one.state is not State.PENDING for one in self.entries) else set()
        return missing | late | ({"problems"} if errors([*mends, *self.stray]) else set())


def collection_of(catalogue: Catalogue, report: Report, files: Iterable[Found]) -> Collection:
    """The matrix of the report's period as of its day, from the files that were found for its sources, read or not."""
    days = catalogue.plan.hand_in_days
    due = None if days is None else report.period.last_day + timedelta(days=days)
    departments = catalogue.plan.departments
    wanted = wanted_months(catalogue, catalogue.indicators, report.period, report.as_of)
    claimed = list(files)
    entries = tuple(
        _entry(catalogue, report, claimed, (name, department), wanted[name], due)
        for department in departments
        for name, source in catalogue.sources.items()
        if name in wanted and department in source.departments
    )
    known = {file.shown for file in claimed}
    unclaimed = [one for one in report.problems if not one.of_catalogue and one.place.path not in known]
    requests = (_request(department, entries, unclaimed, departments) for department in departments)
    stray = (one for one in unclaimed if one.place.path and one.department(departments) is None)
    return Collection(
        catalogue.plan.organization,
        departments,
        report.period,
        report.as_of,
        due,
        entries,
        tuple(request for request in requests if request.hand_in or request.mend),
        tuple(stray),
    )


def _entry(
    catalogue: Catalogue,
    report: Report,
    claimed: Iterable[Found],
    which: tuple[str, str],
    wanted: Sequence[Period],
    due: date | None,
) -> Entry:
    name, department = which
    source = catalogue.sources[name]
    own = [file for file in claimed if (file.source, file.department) == which and _concerns(file.covers, wanted)]
    files = [file.shown for file in own]
    exports = [export for export in report.exports if export.source == name]
    lacking = tuple(lacking_months(wanted, exports, department))
    mine = [export for export in exports if export.path in files]
    late = tuple(dict.fromkeys(_late(mine, catalogue.plan.hand_in_days, report.period)))
    readable = {export.path for export in mine if export.readable}
    answering = {export.path for export in mine if export.covers and _concerns(export.covers, wanted)}
    unread = tuple(path for path in files if path not in readable)
    elsewhere = tuple(path for path in files if path in readable - answering)
    state = State.LATE if late else State.HANDED_IN
    if lacking and (unread or elsewhere):
        state = State.UNREAD if unread else State.ELSEWHERE
    elif lacking:
        state = State.PENDING if due is not None and report.as_of <= due else State.MISSING
    return Entry(
        name,
        source.name,
        department,
        state,
        tuple(wanted),
        lacking,
        tuple(_asked(source, lacking)),
        tuple(files),
        unread,
        elsewhere,
        late,
        sum(export.rows.kept for export in mine),
        tuple(one for one in report.problems if any(file.concerns(one.place) for file in own)),
    )


def _concerns(covers: Days | None, months: Iterable[Period]) -> bool:
    # a file whose name says no period is looked at, though it answers for no month
    return covers is None or any(covers[0] < month.end and month.start < covers[1] for month in months)


def _late(exports: Iterable[Export], days: int | None, period: Period) -> Iterator[Late]:
    for export in exports:
        if export.saved and export.covers and days is not None and export.covers[1] > period.start:
            due = export.covers[1] + timedelta(days=days - 1)
            if export.saved > due:
                yield Late(export.path, export.saved, due)


def _request(
    department: str, entries: Iterable[Entry], unclaimed: Iterable[Problem], departments: Sequence[str]
) -> Request:
    mine = [entry for entry in entries if entry.department == department]
    # a file that nobody claims is likely the one that is missing; the folder's own problem is that it is missing
    astray = [one for one in unclaimed if one.department(departments) == department and one.place.path != department]
    mend = [*astray, *errors(dict.fromkeys(problem for entry in mine for problem in entry.problems))]
    return Request(department, tuple(entry for entry in mine if entry.lacking), tuple(mend))


# ---- file names to ask for


def _asked(source: Source, lacking: Sequence[Period]) -> Iterator[Asked]:
    """Names under which the lacking months can be handed in: as few files as can be, each for a whole period."""
    unnamed: list[Period] = []
    whole_year = source.covers == "year"
    for period, months in _wholes(lacking, whole_year=whole_year):
        name = source.files.replace("*", str(period), 1).replace("*", "")
        if fnmatch.fnmatch(name, source.pattern) and stated(name.rpartition(".")[0]).days == (period.start, period.end):
            yield Asked(name, months)
        else:
            unnamed += months
    if unnamed:
        yield Asked(source.place, tuple(unnamed))


def _wholes(months: Sequence[Period], *, whole_year: bool) -> list[tuple[Period, tuple[Period, ...]]]:
    found: list[tuple[Period, tuple[Period, ...]]] = []
    rest = list(months)
    for kind in (PeriodKind.YEAR, PeriodKind.HALF, PeriodKind.QUARTER, PeriodKind.MONTH):
        for period in dict.fromkeys(period_of(kind, month.start) for month in rest):
            inside = tuple(month for month in rest if period.holds(month.start))
            if len(inside) == kind.months or (whole_year and kind is PeriodKind.YEAR):
                found.append((period, inside))
                rest = [month for month in rest if month not in inside]
    return sorted(found, key=lambda pair: pair[0].start)


def month_ranges(months: Sequence[Period]) -> str:
    """Months in order as shown: `2022-01~2022-03、2022-08`."""
    runs: list[list[Period]] = []
    for month in months:
        if runs and runs[-1][-1].end == month.start:
            runs[-1].append(month)
        else:
            runs.append([month])
    return "、".join(str(run[0]) if len(run) == 1 else f"{run[0]}~{run[-1]}" for run in runs)


@as_json.register
def _(found: Collection) -> dict[str, Any]:
    """The matrix and the requests as one object."""
    told = found.departments
    requests = [
        {
            "department": request.department,
            "hand_in": [_asked_json(found, entry, one) for entry in request.hand_in for one in entry.asked],
            "mend": [advice_json(problem, told) for problem in request.mend],
        }
        for request in found.requests
    ]
    stray = [advice_json(problem, told) for problem in found.stray]
    return picked(found, "schema period as_of due summary entries") | {"requests": requests, "stray": stray}


def _asked_json(found: Collection, entry: Entry, asked: Asked) -> dict[str, Any]:
    overdue = found.due is not None and found.as_of > found.due
    return picked(entry, "source name") | picked(asked, "file months") | {"overdue": overdue}
