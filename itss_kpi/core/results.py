"""Results: targets, verdicts, assessments and the report, as frozen values, and their JSON (docs/design.md, 4 and 8).

Convention: every number that decides is an exact `Fraction` (a duration in microseconds, a rate as a plain ratio, so
that 95% is 19/20); it becomes a text only in `show` and `exact`. None stands for a number that is not known.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any

from itss_kpi.core.period import Period, parse_period
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import plain

SCHEMA = "itss-kpi/report/1"


class Verdict(StrEnum):
    """The conclusion of an assessment (docs/design.md, 4)."""

    ATTAINED = "attained"
    MISSED = "missed"
    UNVERIFIED = "unverified"
    NOT_APPLICABLE = "not_applicable"
    MISSING_DATA = "missing_data"
    UNDEFINED = "undefined"
    MONITORED = "monitored"
    IN_PROGRESS = "in_progress"

    @property
    def label(self) -> str:
        """The plan's word for it."""
        return _LABELS[self]


_LABELS = {
    Verdict.ATTAINED: "达成",
    Verdict.MISSED: "未达成",
    Verdict.UNVERIFIED: "待核实",
    Verdict.NOT_APPLICABLE: "不适用",
    Verdict.MISSING_DATA: "数据缺失",
    Verdict.UNDEFINED: "口径待确认",
    Verdict.MONITORED: "仅监测",
    Verdict.IN_PROGRESS: "未到期",
}


class Unit(StrEnum):
    """How a value is written. The factor turns the written number into the exact one that is compared."""

    PERCENT = "%"
    BARE = ""
    COUNT = "次"
    PIECE = "个"
    ITEM = "项"
    PERSON = "人"
    SCORE = "分"
    MONEY = "万元"
    MINUTE = "分钟"
    HOUR = "小时"
    DAY = "天"

    @property
    def factor(self) -> Fraction:
        """One written unit in exact terms: 1/100 for percent, microseconds for durations."""
        micros = {Unit.MINUTE: 60_000_000, Unit.HOUR: 3_600_000_000, Unit.DAY: 86_400_000_000}
        return Fraction(1, 100) if self is Unit.PERCENT else Fraction(micros.get(self, 1))

    @property
    def is_duration(self) -> bool:
        """Whether values of this unit are durations."""
        return self in (Unit.MINUTE, Unit.HOUR, Unit.DAY)


_SIGNS = {"≥": ">=", "≧": ">=", "≤": "<=", "≦": "<=", "＝": "=", "==": "="}
_CLAUSE = re.compile(r"(?P<op>>=|<=|>|<|=)?\s*(?P<number>\d{1,12}(?:\.\d{1,9})?)\s*(?P<unit>\D*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bound:
    """One comparison of a target, such as ``>= 19/20``."""

    op: str
    limit: Fraction

    def side(self, value: Fraction | float) -> int:
        """0 where `value` passes, else on which side of the limit it fails: -1 below, 1 above."""
        if value == self.limit:
            return {">": -1, "<": 1}.get(self.op, 0)
        below = value < self.limit
        passes = self.op in ("<", "<=") if below else self.op in (">", ">=")
        return 0 if passes else (-1 if below else 1)


@dataclass(frozen=True, slots=True)
class Target:
    """A requirement (考核要求): all `bounds` hold. Written as in `text`, in `unit`; `signed` where it had a sign."""

    bounds: tuple[Bound, ...]
    unit: Unit
    text: str
    signed: bool = True

    def side(self, value: Fraction | float) -> int:
        """0 where `value` passes, -1 where it is too low, 1 where it is too high."""
        return next((side for bound in self.bounds if (side := bound.side(value))), 0)

    def passes(self, value: Fraction | float) -> bool:
        """Whether the target holds for `value`."""
        return self.side(value) == 0

    def describe(self) -> str:
        """The target as shown: `>= 90%`."""
        return self.text


def parse_target(text: str) -> Target | None:
    """The target written in `text` (`>= 95%`, `≥95％`, `= 0次`, `<= 4小时`, `>= 0.9 and <= 1.1`), or None."""
    folded = text.strip()
    for sign, ascii_sign in _SIGNS.items():
        folded = folded.replace(sign, ascii_sign)
    clauses = [_CLAUSE.fullmatch(part.strip()) for part in re.split(r"\band\b|且", plain(folded))]
    units = {clause["unit"].strip() for clause in clauses if clause}
    if not all(clauses) or len(units) != 1 or (unit_text := units.pop()) not in list(Unit):
        return None
    unit = Unit(unit_text)
    found = [clause for clause in clauses if clause]
    bounds = tuple(Bound(clause["op"] or "=", Fraction(clause["number"]) * unit.factor) for clause in found)
    shown = " 且 ".join(f"{clause['op'] or '='} {clause['number']}{unit}" for clause in found)
    limits = sorted(bound.limit for bound in bounds)
    between = [*limits, *(sum(pair, Fraction(0)) / 2 for pair in pairwise(limits)), limits[0] - 1, limits[-1] + 1]
    if not any(all(bound.side(value) == 0 for bound in bounds) for value in between):
        return None
    return Target(bounds, unit, shown, all(clause["op"] for clause in found))


@dataclass(frozen=True, slots=True)
class Accounting:
    """What became of a measure's kept rows in one window: their sum is the number of kept rows."""

    measure: str
    source: str
    kept: int
    counted: int
    outside: int
    excluded: int
    doubtful: int

    @property
    def adds_up(self) -> bool:
        """Whether every kept row is accounted for exactly once."""
        parts = (self.counted, self.outside, self.excluded, self.doubtful)
        return min(parts) >= 0 and sum(parts) == self.kept


@dataclass(frozen=True, slots=True)
class Absence:
    """A department's export of a source that should cover `months` and isn't there."""

    source: str
    department: str
    months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of a running period. Units of the numerator; None where it can't be known.

    `failures`: how many more failures the target bears now; `successes`: how many in a row it now needs;
    `settled`: 已失守 (lost) or 已稳达 (safe) whatever comes. `planned`: the whole period's denominator where a plan
    fixes it; `successes` are then the units that are still to come of it.
    """

    failures: int | None = None
    successes: int | None = None
    settled: str | None = None
    planned: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """A what-if of a running period: of the `next` units to come the target holds where at least `least` and at most
    `most` are successes (of a count: occur); both None where it doesn't, whatever of them are."""

    next: int
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One indicator, as listed under `number`, in one period (考核)."""

    indicator: str
    number: int
    name: str
    domain: str
    period: Period
    due: bool
    window: tuple[date, date]
    unit: Unit
    target: Target | None
    verdict: Verdict
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    value: Fraction | None = None
    lowest: Fraction | None = None
    highest: Fraction | None = None
    shortfall: Fraction | None = None
    doubtful_rows: int = 0
    sources: tuple[str, ...] = ()
    group: str | None = None
    accounting: tuple[Accounting, ...] = ()
    absent: tuple[Absence, ...] = ()
    room: Room | None = None
    beside: tuple[tuple[str, str], ...] = ()
    part_unit: Unit = Unit.BARE
    base_unit: Unit = Unit.BARE

    @property
    def display(self) -> str:
        """The value as shown, never contradicting the verdict; the interval where it is one."""
        if self.lowest is not None and self.highest is not None and self.lowest != self.highest:
            return f"{self._shown(self.lowest)}~{self._shown(self.highest)}"
        return "—" if self.value is None else self._shown(self.value)

    def _shown(self, value: Fraction) -> str:
        return show(value, self.unit, self.target)


@dataclass(frozen=True, slots=True)
class ExportRows:
    """What became of an export's rows: read = kept + blank + non_data + duplicate."""

    read: int = 0
    kept: int = 0
    blank: int = 0
    non_data: int = 0
    duplicate: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every row read is accounted for exactly once."""
        return self.read == self.kept + self.blank + self.non_data + self.duplicate


@dataclass(frozen=True, slots=True)
class Export:
    """One sheet of an export file as read; `path` relative to the data folder, `covers` the days it answers for,
    `saved` the day on which the file was last saved, where that is known. Of a file that is not `readable` nobody knows
    what it holds, so that nothing is known of the days that its name says (of any, where it says none)."""

    source: str
    department: str
    path: str
    sheet: str
    header_row: int
    sha256: str
    covers: tuple[date, date] | None = None
    rows: ExportRows = field(default_factory=ExportRows)
    format: str = "xlsx"
    saved: date | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """All assessments of one evaluation, due ones and running ones, with their inputs and problems."""

    period: Period
    as_of: date
    partial: bool
    catalogue: Mapping[str, str]
    assessments: tuple[Assessment, ...]
    exports: tuple[Export, ...]
    problems: tuple[Problem, ...]

    @property
    def due(self) -> list[Assessment]:
        """What falls due in the period."""
        return [item for item in self.assessments if item.due]

    @property
    def running(self) -> list[Assessment]:
        """What is listed apart as 未到期."""
        return [item for item in self.assessments if not item.due]

    def summary(self) -> dict[str, int]:
        """How many assessments are due, and how many of each verdict."""
        verdicts = [item.verdict for item in self.due]
        counted = {verdict.value: verdicts.count(verdict) for verdict in Verdict if verdict is not Verdict.IN_PROGRESS}
        return {"due": len(verdicts)} | counted


def exact(value: Fraction | None) -> str | None:
    """A number for the machine: `54`, `27/38`, None."""
    return None if value is None else str(value)


_MOST_DIGITS = 12


def show(value: Fraction, unit: Unit, target: Target | None = None) -> str:
    """`value` in `unit` with as many decimals as it needs not to contradict `target`: 94.96% is never 95.0%."""
    written = value / unit.factor
    limits = [bound.limit / unit.factor for bound in target.bounds] if target else []
    # nothing that is more than nothing is shown as 0, nor anything short of all as 100%
    limits += [Fraction(0), Fraction(100)] if unit is Unit.PERCENT else [Fraction(0)]
    digits = 2
    if unit is not Unit.PERCENT and not unit.is_duration:
        digits = 0 if written.denominator == 1 else 2
    while digits < _MOST_DIGITS and any(_misleads(written, rounded(written, digits), limit) for limit in limits):
        digits += 1
    shown = rounded(written, digits)
    if any(_misleads(written, shown, limit) for limit in limits):
        places = max([2, *(_places(limit) for limit in limits)])
        return f"{'<' if written < shown else '>'}{_decimal(shown, places)}{unit}"
    return f"{_decimal(shown, digits)}{unit}"


def _places(limit: Fraction) -> int:
    return next(digits for digits in range(_MOST_DIGITS + 1) if rounded(limit, digits) == rounded(limit, _MOST_DIGITS))


def _misleads(value: Fraction, shown: Fraction, limit: Fraction) -> bool:
    return (value < limit, value > limit) != (shown < limit, shown > limit)


def rounded(value: Fraction, digits: int) -> Fraction:
    """`value` rounded half away from zero to `digits` decimals, exactly."""
    scale = 10**digits
    return Fraction(math.floor(abs(value) * scale + Fraction(1, 2)), scale) * (-1 if value < 0 else 1)


def _decimal(value: Fraction, digits: int) -> str:
    scaled = abs(value.numerator) * 10**digits // value.denominator
    whole, part = divmod(scaled, 10**digits)
    return f"{'-' if value < 0 else ''}{whole}" + (f".{part:0{digits}}" if digits else "")


def plain_number(value: Fraction | None) -> str:
    """A number as a plain decimal of at most 12 places, for other programs to read; durations stay in microseconds."""
    if value is None:
        return ""
    shown = _decimal(rounded(value, _MOST_DIGITS), _MOST_DIGITS)
    return shown.rstrip("0").rstrip(".")


def show_part(value: Fraction | None, unit: Unit) -> str:
    """A numerator or denominator as shown: whole numbers plain, others with at most 4 decimals."""
    if value is None:
        return "—"
    written = value / unit.factor
    shown = rounded(written, 0 if written.denominator == 1 else 4)
    return (_decimal(shown, 4).rstrip("0").rstrip(".")) + (unit if unit.is_duration else "")


def to_json(report: Report) -> dict[str, Any]:
    """The report as the object of docs/design.md, 8; numbers that decide are exact strings."""
    return {
        "schema": SCHEMA,
        "period": str(report.period),
        "as_of": report.as_of.isoformat(),
        "partial": report.partial,
        "catalogue": dict(report.catalogue),
        "summary": report.summary(),
        "assessments": [assessment_json(item) for item in report.assessments],
        "sources": [_export_json(export) for export in report.exports],
        "problems": [problem_json(problem) for problem in report.problems],
    }


def assessment_json(item: Assessment) -> dict[str, Any]:
    """An assessment as in docs/design.md, 8."""
    return {
        "indicator": item.indicator,
        "number": item.number,
        "name": item.name,
        "domain": item.domain,
        "group": item.group,
        "period": str(item.period),
        "due": item.due,
        "window": [day.isoformat() for day in item.window],
        "numerator": exact(item.numerator),
        "denominator": exact(item.denominator),
        "value": exact(item.value),
        "lowest": exact(item.lowest),
        "highest": exact(item.highest),
        "display": item.display,
        "unit": item.unit.value,
        "target": item.target.describe() if item.target else None,
        "verdict": item.verdict.value,
        "shortfall": exact(item.shortfall),
        "doubtful_rows": item.doubtful_rows,
        "sources": list(item.sources),
        "missing": [_fields(absence) for absence in item.absent],
        "room": _fields(item.room) if item.room else None,
        "beside": dict(item.beside),
        "rows": [_fields(account) for account in item.accounting],
        "part_unit": item.part_unit.value,
        "base_unit": item.base_unit.value,
    }


def assessment_of(found: Mapping[str, Any]) -> Assessment:
    """The assessment that `assessment_json` made this of; raises `KeyError`, `TypeError` or `ValueError` where it is
    none. What earlier versions didn't write is left at its default."""
    period = parse_period(found["period"])
    if period is None:
        raise ValueError(found["period"])
    numbers = {name: number_of(found[name]) for name in _NUMBERS}
    start, end = map(date.fromisoformat, found["window"])
    return Assessment(
        found["indicator"],
        found["number"],
        found["name"],
        found["domain"],
        period,
        found["due"],
        (start, end),
        Unit(found["unit"]),
        parse_target(found["target"]) if found["target"] else None,
        Verdict(found["verdict"]),
        doubtful_rows=found["doubtful_rows"],
        sources=tuple(found["sources"]),
        group=found["group"],
        accounting=tuple(Accounting(**one) for one in found["rows"]),
        absent=tuple(Absence(one["source"], one["department"], tuple(one["months"])) for one in found["missing"]),
        room=Room(**found["room"]) if found["room"] else None,
        beside=tuple(found["beside"].items()),
        part_unit=Unit(found.get("part_unit", "")),
        base_unit=Unit(found.get("base_unit", "")),
        **numbers,
    )


_NUMBERS = ("numerator", "denominator", "value", "lowest", "highest", "shortfall")


def number_of(text: str | None) -> Fraction | None:
    """The number that `exact` wrote."""
    return None if text is None else Fraction(text)


def outlook_json(outlook: Outlook | None) -> dict[str, Any] | None:
    """A what-if as an object."""
    return _fields(outlook) if outlook else None


def _export_json(export: Export) -> dict[str, Any]:
    return {
        "source": export.source,
        "department": export.department,
        "path": export.path,
        "format": export.format,
        "sheet": export.sheet,
        "header_row": export.header_row,
        "sha256": export.sha256,
        "covers": [day.isoformat() for day in export.covers] if export.covers else None,
        "readable": export.readable,
        "rows": _fields(export.rows),
    } | ({"saved": export.saved.isoformat()} if export.saved else {})


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as in docs/design.md, 8, without the parts of its place that it doesn't have."""
    place = {key: value for key, value in _fields(problem.place).items() if value}
    return {"code": problem.code, "severity": problem.severity.value, "message": problem.message} | place


def advice_json(problem: Problem, departments: Collection[str]) -> dict[str, Any]:
    """A problem, as `problem_json`, with what its kind is called, how to mend it, and which department is to do so."""
    told = {"department": problem.department(departments), "title": problem.title, "remedy": problem.remedy}
    return problem_json(problem) | told


def _fields(value: object) -> dict[str, Any]:
    names: Sequence[str] = getattr(value, "__slots__", ())
    return {name: list(part) if isinstance(part := getattr(value, name), tuple) else part for name in names}
