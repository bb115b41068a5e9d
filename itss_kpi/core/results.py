"""Results: targets, verdicts, assessments and the report, as frozen values, and their JSON (docs/design.md, 4 and 8).

Convention: every number that decides is an exact `Fraction` (a duration in microseconds, a rate as a plain ratio, so
that 95% is 19/20); it becomes a text only in `show` and `exact`. None stands for a number that is not known.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

from itss_kpi.core.jsonable import as_json, published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period, parse_assessed
from itss_kpi.core.problems import Problem
from itss_kpi.core.rulings import Ruling
from itss_kpi.core.targets import Target, Unit, parse_target, show

SCORE, GRADE = "得分", "等级"
"""What stands beside a value that has them."""


class Verdict(Labelled):
    """The conclusion of an assessment (docs/design.md, 4), with a sign, so that it reads without colour."""

    ATTAINED = "attained", "达成", "✓"
    MISSED = "missed", "未达成", "✗"
    UNVERIFIED = "unverified", "待核实", "?"
    NOT_APPLICABLE = "not_applicable", "不适用", "-"
    MISSING_DATA = "missing_data", "数据缺失", "!"
    UNDEFINED = "undefined", "口径待确认", "~"
    MONITORED = "monitored", "仅监测", "·"
    IN_PROGRESS = "in_progress", "未到期", "…"


@dataclass(frozen=True, slots=True)
class Accounting:
    """What became of a measure's kept rows in one window: their sum is the number of kept rows. Those `elsewhere` are
    outside the window, and outside of the time of their own file."""

    measure: str
    source: str
    kept: int
    counted: int
    outside: int
    excluded: int
    doubtful: int
    elsewhere: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every kept row is accounted for exactly once."""
        parts = (self.counted, self.outside, self.elsewhere, self.excluded, self.doubtful)
        return min(parts) >= 0 and sum(parts) == self.kept


@dataclass(frozen=True, slots=True)
class MissingExport:
    """A department's export of a source that should cover `months` and isn't there."""

    source: str
    department: str
    months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorBudget:
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
class WhatIf:
    """A what-if of a running period: of the `next` units to come the target holds where at least `least` and at most
    `most` are successes (of a count: occur); both None where it doesn't, whatever of them are."""

    next: int
    least: int | None = None
    most: int | None = None


@published(
    "indicator number name domain group period due window numerator denominator value lowest highest display unit",
    "target verdict shortfall doubtful_rows sources missing=absent rulings room beside=labelled rows=accounting",
    "part_unit base_unit score??",
)
@dataclass(frozen=True, slots=True)
class Assessment:
    """One indicator, as listed under `number`, in one period (考核); `steps` are the places of the bands into which its
    value may fall, `score` the least and the most that they give."""

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
    absent: tuple[MissingExport, ...] = ()
    rulings: tuple[str, ...] = ()
    room: ErrorBudget | None = None
    beside: tuple[tuple[str, str], ...] = ()
    part_unit: Unit = Unit.BARE
    base_unit: Unit = Unit.BARE
    steps: tuple[int, ...] = ()
    score: tuple[Fraction | None, Fraction | None] | None = None

    @property
    def labelled(self) -> dict[str, str]:
        """What is shown beside the value, by its label."""
        return dict(self.beside)

    @property
    def display(self) -> str:
        """The value as shown, never contradicting the verdict; the interval where it is one, as far as it is known."""
        match self.lowest, self.highest:
            case Fraction() as low, Fraction() as high:
                return "~".join(dict.fromkeys((self._shown(low), self._shown(high))))
            case Fraction() as low, None:
                return f"≥{self._shown(low)}"
            case None, Fraction() as high:
                return f"≤{self._shown(high)}"
            case None, None if self.value is not None:
                return f"{self._shown(self.value)}?"
            case _:
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


@published("source department path format sheet header_row sha256 covers readable rows saved??")
@dataclass(frozen=True, slots=True)
class Export:
    """One sheet of an export file as read; `path` relative to the data folder, `covers` the days it answers for,
    `saved` the day on which the file was last saved, where that is known; one that `carries` rows from before its year
    has what was open then. Of a file that is not `readable` nobody knows
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
    carries: bool = False


@published(
    "schema period as_of partial catalogue summary attainment_rate=rate indicators=by_indicator assessments",
    "sources=exports rulings problems",
)
@dataclass(frozen=True, slots=True)
class Report:
    """All assessments of one evaluation, due ones and running ones, with their inputs and problems; `annual` are the
    verdicts of those indicators that are worked out once more over the whole year."""

    schema: ClassVar[str] = "itss-kpi/report/1"
    period: Period
    as_of: date
    partial: bool
    catalogue: Mapping[str, str]
    assessments: tuple[Assessment, ...]
    exports: tuple[Export, ...]
    problems: tuple[Problem, ...]
    rulings: tuple[Ruling, ...] = ()
    annual: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def due(self) -> list[Assessment]:
        return [item for item in self.assessments if item.due]

    @property
    def running(self) -> list[Assessment]:
        """What is listed apart as 未到期."""
        return [item for item in self.assessments if not item.due]

    @property
    def summary(self) -> dict[str, int]:
        """How many assessments are due, of how many indicators, and how many of each verdict."""
        verdicts = [item.verdict for item in self.due]
        counted = {verdict.value: verdicts.count(verdict) for verdict in Verdict if verdict is not Verdict.IN_PROGRESS}
        return {"due": len(verdicts), "indicators": len({item.indicator for item in self.due})} | counted

    @property
    def by_indicator(self) -> dict[str, Verdict]:
        """For each indicator that is due the verdict over all that is due of it, or that of the whole year."""
        found: dict[str, list[Assessment]] = {}
        for item in self.due:
            found.setdefault(item.indicator, []).append(item)
        return {name: self.annual.get(name) or verdict_of_all(items) for name, items in found.items()}

    @property
    def rate(self) -> Fraction | None:
        """The 达成率 of what is due."""
        return attainment_rate(self.due)


def attainment_rate(items: Iterable[Assessment]) -> Fraction | None:
    """达成率, wherever it is said: attained / (attained + missed). What has no such verdict is counted beside it; None
    where nothing has one."""
    verdicts = Counter(item.verdict for item in items)
    attained, missed = verdicts[Verdict.ATTAINED], verdicts[Verdict.MISSED]
    return Fraction(attained, attained + missed) if attained + missed else None


_OF_SEVERAL = (
    Verdict.MISSED,
    Verdict.MISSING_DATA,
    Verdict.UNVERIFIED,
    Verdict.UNDEFINED,
    Verdict.ATTAINED,
    Verdict.NOT_APPLICABLE,
    Verdict.MONITORED,
)


def verdict_of_all(items: Iterable[Assessment]) -> Verdict:
    """The verdict of an indicator over several periods or groups: attained only where each is in which something
    happened, missed where one is, else what is open."""
    found = {item.verdict for item in items}
    return next(verdict for verdict in (*_OF_SEVERAL, Verdict.IN_PROGRESS) if verdict in found)


def assessment_of(found: Mapping[str, Any]) -> Assessment:
    """The assessment that this is the JSON of; raises `KeyError`, `TypeError` or `ValueError` where it is
    none. What earlier versions didn't write is left at its default."""
    period = parse_assessed(found["period"])
    if period is None:
        raise ValueError(found["period"])
    given: dict[str, Any] = {name: found[name] for name in _AS_WRITTEN}
    given |= {name: number_of(found[name]) for name in _NUMBERS}
    start, end = map(date.fromisoformat, found["window"])
    score = found.get("score")
    return Assessment(
        period=period,
        window=(start, end),
        unit=Unit(found["unit"]),
        target=parse_target(found["target"]) if found["target"] else None,
        verdict=Verdict(found["verdict"]),
        sources=tuple(found["sources"]),
        accounting=tuple(Accounting(**one) for one in found["rows"]),
        absent=tuple(MissingExport(one["source"], one["department"], tuple(one["months"])) for one in found["missing"]),
        room=ErrorBudget(**found["room"]) if found["room"] else None,
        beside=tuple(found["beside"].items()),
        rulings=tuple(found.get("rulings", ())),
        part_unit=Unit(found.get("part_unit", "")),
        base_unit=Unit(found.get("base_unit", "")),
        score=(number_of(score[0]), number_of(score[1])) if score else None,
        **given,
    )


_AS_WRITTEN = ("indicator", "number", "name", "domain", "due", "doubtful_rows", "group")
_NUMBERS = ("numerator", "denominator", "value", "lowest", "highest", "shortfall")


def number_of(text: str | None) -> Fraction | None:
    """The number that `exact` wrote."""
    return None if text is None else Fraction(text)


def advice_json(problem: Problem, departments: Collection[str]) -> dict[str, Any]:
    """A problem with what its kind is called, how to mend it, and which department is to do so."""
    told = {"department": problem.department(departments), "title": problem.title, "remedy": problem.remedy}
    return {**as_json(problem), **told}
