"""Supervision: what the plan requires to be checked, what was checked, and what was found.

Source: sections 3.3 to 3.6 of the plan; GB/T 28827.1 5.4. Convention: a record of the ledger (`supervision`) is a
check of a category, department, project and item on a day. Nothing dated after `as_of` is seen; what can't be read is
never guessed. A period that ends on `as_of` has ended. The ledger has no day of closing: a finding is closed by a later
check of the same four that says 符合, and comes again where the same four had one before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.ledgers import CheckRow
from itss_kpi.catalogue.plan import RequiredCheck
from itss_kpi.core.jsonable import as_json, picked, published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period, PeriodKind, periods_due
from itss_kpi.core.results import MissingExport
from itss_kpi.core.text import fold
from itss_kpi.plan.records import Ledgers, absences, absent_until, merged, rows_of
from itss_kpi.plan.status import PlanStatus, absences_json, counts_of

SOURCE = CheckRow.source
CONFORMS, FAILS, NOT_APPLICABLE = "符合", "不符合", "不适用"
"""The words of the column 结果; a catalogue names other spellings of them."""
GATES = ("unchecked", "open", "repeated", "doubtful", "missing_data")
"""What `--fail-on` may name."""

_DECIDING = ("检查类别", "检查日期", "被检查部门", "项目名称", "检查项", "结果")
"""The columns without which nobody knows what was checked, or what came of it."""


class Coverage(Labelled):
    """Whether what had to be checked was."""

    COVERED = "covered", "已查", "✓"
    UNCHECKED = "unchecked", "应查未查", "✗"
    DOUBTFUL = "doubtful", "存疑", "?"
    MISSING_DATA = "missing_data", "数据缺失", "!"


@published(
    "id=record.id category department project? item day result? remark=record.remark doubts *record",
)
@dataclass(frozen=True, slots=True)
class Check:
    """A record of the ledger, in the catalogue's words; None is what can't be read. `result` is '' where nobody knows
    it; `doubts` say why, and what else can't be read. `versions`: rows of one number with different contents,
    each as it stands."""

    record: CheckRow
    category: str | None
    department: str | None
    project: str | None
    item: str | None
    day: date | None
    result: str
    doubts: tuple[str, ...]
    versions: tuple["Check", ...] = ()

    @property
    def subject(self) -> tuple[str | None, str | None, str | None, str | None]:
        """What one finding is about."""
        return self.category, self.department, self.project, self.item


@published("category=rule.category departments=rule.departments project? item? period coverage rows missing")
@dataclass(frozen=True, slots=True)
class Required:
    """What is to be checked in a period that has ended: a project or an item ('' is whichever) under a `rule` of the
    catalogue. `checks`: those that cover it, or may; `absent`: whose ledger is missing."""

    rule: RequiredCheck
    project: str
    item: str
    period: Period
    coverage: Coverage
    checks: tuple[Check, ...] = ()
    absent: tuple[MissingExport, ...] = ()

    @property
    def rows(self) -> list[CheckRow]:
        """The rows of its checks."""
        return [check.record for check in self.checks]

    @property
    def missing(self) -> list[dict[str, Any]]:
        """Whose ledger is missing, as JSON."""
        return absences_json(self.absent)

    @property
    def name(self) -> str:
        """What is to be checked: the project, the item, both, or the category itself."""
        return " ".join(filter(None, (self.project, self.item))) or self.rule.category


@dataclass(frozen=True, slots=True)
class Tally:
    """The dated checks of a category ('' is all) in the period. `absent`: whose records are missing among them."""

    category: str
    checks: tuple[Check, ...]
    absent: tuple[MissingExport, ...]

    def count(self, result: str) -> int:
        """How many have that result; '' is one that nobody knows."""
        return sum(one.result == result for one in self.checks)

    @property
    def counts(self) -> dict[str, Any]:
        """How many there are of each result, as JSON."""
        return {
            "checked": len(self.checks),
            "conform": self.count(CONFORMS),
            "not_conform": self.count(FAILS),
            "not_applicable": self.count(NOT_APPLICABLE),
            "unknown": self.count(""),
            "rate": as_json(self.rate),
            "complete": not self.absent,
        }

    @property
    def rate(self) -> Fraction | None:
        """符合 / (符合 + 不符合): 不适用 is no answer. None where neither was found."""
        good, bad = self.count(CONFORMS), self.count(FAILS)
        return Fraction(good, good + bad) if good + bad else None


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found not to conform: all `failures` up to the day, those of the period that came again, and since when
    it is open, None where it isn't. `remarks`: what else is to be known."""

    category: str | None
    department: str | None
    project: str | None
    item: str | None
    failures: tuple[Check, ...]
    repeated: tuple[Check, ...]
    since: date | None
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Supervision(PlanStatus):
    """The checks of a period. `findings`: those that are open or came again in the period; `doubtful`: records of which
    something can't be read. `departments`: those that were checked up to the day, in the catalogue's order; `absent` is
    since the year began."""

    schema = "itss-kpi/supervision/1"
    source = SOURCE
    rules: tuple[RequiredCheck, ...]
    required: tuple[Required, ...]
    tallies: tuple[Tally, ...]
    undated: tuple[Check, ...]
    doubtful: tuple[Check, ...]
    findings: tuple[Finding, ...]
    departments: tuple[str, ...]

    @property
    def total(self) -> Tally:
        """All dated checks of the period."""
        return self.tallies[-1]

    def count(self, coverage: Coverage, rule: RequiredCheck | None = None) -> int:
        """How much of what had to be checked (under a rule) is covered, unchecked …"""
        return sum(one.coverage is coverage for one in self.required_by(rule))

    def required_by(self, rule: RequiredCheck | None) -> list[Required]:
        """What had to be checked under a rule; without one, everything."""
        return [one for one in self.required if rule is None or one.rule is rule]

    def share(self, rule: RequiredCheck | None = None) -> Fraction | None:
        """Covered / required; None where nothing was required yet."""
        wanted = len(self.required_by(rule))
        return Fraction(self.count(Coverage.COVERED, rule), wanted) if wanted else None

    def coverage(self, rule: RequiredCheck | None = None) -> dict[str, Any]:
        """How much was required (under a rule), how much of it is covered, unchecked …, and the share, as JSON."""
        required = self.required_by(rule)
        counts = counts_of(Coverage, (one.coverage for one in required))
        return {"expected": len(required), **counts, "coverage": as_json(self.share(rule))}

    @property
    def summary(self) -> dict[str, Any]:
        """How much of each there is, over all categories, as JSON."""
        found = {"undated": len(self.undated), "open": len(self.open()), "repeated": self.repeated()}
        return self.coverage() | self.total.counts | found

    def open(self, department: str | None = None) -> list[Finding]:
        """The open findings, of a department where one is given."""
        return [one for one in self.findings if one.since and department in (None, one.department)]

    def repeated(self, department: str | None = None) -> int:
        """How many findings of the period came again, in a department where one is given."""
        return sum(len(one.repeated) for one in self.findings if department in (None, one.department))

    def conditions(self) -> set[str]:
        """The gates that don't hold; what isn't known holds none."""
        lost, missing = bool(self.absent), self.count(Coverage.MISSING_DATA) > 0
        found = {
            "unchecked": missing or self.count(Coverage.UNCHECKED) > 0,
            "open": lost or bool(self.open()),
            "repeated": lost or self.repeated() > 0,
            "doubtful": lost or bool(self.doubtful) or self.count(Coverage.DOUBTFUL) > 0,
            "missing_data": lost or missing,
        }
        return {name for name, there in found.items() if there}


def checks_of(catalogue: Catalogue, ledgers: Ledgers, period: Period, as_of: date) -> Supervision | None:
    """What had to be checked in the period, what was, and what was found, as of a day; None where the catalogue
    declares no ledger of checks, or not what has to be checked."""
    if SOURCE not in catalogue.sources or not catalogue.supervision:
        return None
    read = _Words.of(catalogue)
    checks = [read.check(row) for row in merged(rows_of(CheckRow, catalogue, ledgers))]
    seen = [one for one in checks if one.day is None or one.day <= as_of]
    mine = [one for one in seen if one.day is not None and period.holds(one.day)]
    undated = [one for one in seen if one.day is None]
    year = Period(PeriodKind.YEAR, period.year)
    subjects = list(dict.fromkeys(one.department for one in seen if one.department is not None))
    order = [name for name in read.departments if name in subjects]
    return Supervision(
        period,
        as_of,
        absent_until(SOURCE, catalogue, ledgers, year, as_of),
        catalogue.supervision,
        tuple(_required(catalogue, ledgers, seen, period, as_of)),
        tuple(_tallies(catalogue, ledgers, mine, period, as_of)),
        tuple(undated),
        tuple(one for one in (*mine, *undated) if one.doubts),
        tuple(_findings(seen, period, read.departments)),
        (*order, *(name for name in subjects if name not in order)),
    )


# ---- the records in the catalogue's words


@dataclass(frozen=True, slots=True)
class _Words:
    """What the catalogue calls the projects, the items of each category, and the departments."""

    projects: Mapping[str, str]
    items: Mapping[str, Mapping[str, str]]
    departments: tuple[str, ...]

    @classmethod
    def of(cls, catalogue: Catalogue) -> "_Words":
        items: dict[str, dict[str, str]] = {}
        for rule in catalogue.supervision:
            items.setdefault(rule.category, {}).update(rule.spellings)
        projects = {fold(name): name for rule in catalogue.supervision for name in rule.projects}
        column = catalogue.sources[SOURCE].columns["被检查部门"]
        return cls(projects, items, tuple(column.values or catalogue.plan.departments))

    def check(self, row: CheckRow) -> Check:
        category, department, project, item = (
            None if name in row.unread else row.text(name) for name in ("检查类别", "被检查部门", "项目名称", "检查项")
        )
        if project is not None:
            project = self.projects.get(fold(project), project.strip())
        if item is not None:
            item = self.items.get(category or "", {}).get(fold(item), item.strip())
        result = "" if row.uncertain else row.result
        known = result in (CONFORMS, FAILS, NOT_APPLICABLE)
        return Check(
            row,
            category,
            department,
            project,
            item,
            row.checked,
            result if known else "",
            tuple(_doubts(row)),
            tuple(self.check(one) for one in row.versions),
        )


def _doubts(row: CheckRow) -> Iterator[str]:
    if row.uncertain:
        yield "所在的工作表不知是否计入" if row.id else "没有编号"
    for name in _DECIDING:
        if name in row.unread:
            yield f"同一编号的几行,“{name}”不同或读不出来" if row.conflict else f"“{name}”读不出来"
    if row.conflict and not row.unread & {*_DECIDING}:
        yield "同一编号的几行内容不同,不影响统计"
    result = row.result
    if "结果" not in row.unread and result not in (CONFORMS, FAILS, NOT_APPLICABLE):
        yield f"结果“{result}”不是符合、不符合或不适用"


# ---- what had to be checked


def _required(
    catalogue: Catalogue, ledgers: Ledgers, seen: Sequence[Check], period: Period, as_of: date
) -> Iterator[Required]:
    for rule in catalogue.supervision:
        for its in periods_due(rule.each, period):
            if its.last_day > as_of:
                continue
            lacking = absences(catalogue, SOURCE, ledgers, its.start, its.last_day)
            absent = tuple(one for one in lacking if one.department in rule.departments)
            near = [one for one in seen if one.day is None or its.holds(one.day)]
            for project, item in rule.subjects:
                wanted = Required(rule, project, item, its, Coverage.UNCHECKED, (), absent)
                yield _covered(wanted, near)


def _covered(wanted: Required, near: Iterable[Check]) -> Required:
    fits = [(one, _fits(wanted, one)) for one in near]
    if sure := tuple(one for one, fit in fits if fit):
        return replace(wanted, coverage=Coverage.COVERED, checks=sure, absent=())
    maybe = tuple(one for one, fit in fits if fit is None)
    unknown = Coverage.MISSING_DATA if wanted.absent else Coverage.DOUBTFUL if maybe else Coverage.UNCHECKED
    return replace(wanted, coverage=unknown, checks=maybe)


def _fits(wanted: Required, one: Check) -> bool | None:
    """Whether a check covers it; None where nobody can tell, as one of several versions does, or it may not count."""
    found = {_is_of(wanted, version) for version in one.versions or (one,)}
    if found == {False}:
        return False
    return True if found == {True} and not one.record.uncertain else None


def _is_of(wanted: Required, one: Check) -> bool | None:
    """Whether a check is of the category, the project and item, and the period; None where it can't be read."""
    if one.day is not None and not wanted.period.holds(one.day):
        return False
    parts = [(one.category, wanted.rule.category)]
    parts += [(one.project, wanted.project)] if wanted.project else []
    if wanted.item:
        own = one.item if one.item is None else wanted.rule.spellings.get(fold(one.item), one.item)
        parts += [(own, wanted.item)]
    if any(its is not None and its != name for its, name in parts):
        return False
    return True if one.day is not None and all(its is not None for its, _ in parts) else None


# ---- what came of the checks


def _tallies(
    catalogue: Catalogue, ledgers: Ledgers, mine: Sequence[Check], period: Period, as_of: date
) -> Iterator[Tally]:
    """Of each category, in the catalogue's order, and of all."""
    lacking = absent_until(SOURCE, catalogue, ledgers, period, as_of)
    categories = dict.fromkeys(rule.category for rule in catalogue.supervision)
    categories |= dict.fromkeys(one.category for one in mine if one.category)
    for category in categories:
        makers = {name for rule in catalogue.supervision if rule.category == category for name in rule.departments}
        absent = tuple(one for one in lacking if not makers or one.department in makers)
        yield Tally(category, tuple(one for one in mine if one.category == category), absent)
    yield Tally("", tuple(mine), lacking)


def _findings(seen: Iterable[Check], period: Period, departments: Sequence[str]) -> list[Finding]:
    """What is open or came again in the period, by department."""
    subjects: dict[Any, list[Check]] = {}
    for one in seen:
        # nobody knows which others belong to a check of which something can't be read
        subjects.setdefault(one.record.place if None in one.subject else one.subject, []).append(one)
    found = [_finding(own, period) for own in subjects.values()]

    def rank(one: Finding) -> tuple[Any, ...]:
        place = departments.index(one.department) if one.department in departments else len(departments)
        return place, one.department or "", one.failures[0].day, one.failures[0].record.place

    return sorted((one for one in found if one.since or one.repeated), key=rank)


def _finding(own: Sequence[Check], period: Period) -> Finding:
    # of two checks on one day nobody knows which was the later: what was found stays open
    dated = sorted(
        (one for one in own if one.day and one.result in (CONFORMS, FAILS)),
        key=lambda one: (one.day, one.result == FAILS, one.record.place),
    )
    failures = tuple(one for one in dated if one.result == FAILS)
    since: date | None = None
    for one in dated:
        since = None if one.result == CONFORMS else since or one.day
    repeated = tuple(one for one in failures[1:] if one.day and period.holds(one.day))
    remarks = tuple(_remarks(own, since)) if since else ()
    return Finding(*own[0].subject, failures, repeated, since, remarks)


def _remarks(own: Iterable[Check], since: date) -> Iterator[str]:
    for one in own:
        if one.result == FAILS and one.day and None in one.subject:
            yield f"{'、'.join(one.doubts)},不能与其他检查对应"
        elif one.result == CONFORMS and one.day and one.day >= since:
            yield f"{one.day} 同一天另有符合的检查,先后不明"
        elif one.day is None or (one.day >= since and not one.result):
            yield f"{one.record.id or '没有编号的一行'} 的日期或结果不明,可能已经关闭"


# ---- for other programs


@as_json.register
def _(found: Supervision) -> Any:
    """What had to be checked, was, and what was found."""
    body = {
        "ledger": found.ledger,
        "summary": found.summary,
        "requirements": [
            picked(rule, "category each departments activity section clause") | found.coverage(rule)
            for rule in found.rules
        ],
        "required": found.required,
        "categories": [{"category": one.category, **one.counts} for one in found.tallies[:-1]],
        "departments": [
            {"department": name, "open": len(found.open(name)), "repeated": found.repeated(name)}
            for name in found.departments
        ],
        "findings": found.findings,
        "checks": (*found.total.checks, *found.undated),
    }
    return as_json(body)


@as_json.register
def _(one: Finding) -> dict[str, Any]:
    found = picked(one, "category department project? item open_since=since repeated failures remarks")
    return found | {"repeated": len(one.repeated)}
