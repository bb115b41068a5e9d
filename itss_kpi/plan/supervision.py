"""Supervision: what the plan requires to be checked, what was checked, and what was found.

Source: sections 3.3 to 3.6 of the plan; GB/T 28827.1 5.4. Convention: a record of the ledger (`supervision`) is a
check of a category, department, project and item on a day. Nothing dated after `as_of` is seen; what can't be read is
never guessed. A period that ends on `as_of` has ended. The ledger has no day of closing: a finding is closed by a later
check of the same four that says 符合, and comes again where the same four had one before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.plan import RequiredCheck
from itss_kpi.core.period import Period, PeriodKind, periods_due
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Absence, problem_json
from itss_kpi.core.targets import exact
from itss_kpi.core.text import fold
from itss_kpi.plan.records import Record, absence_json, absences, merged, place_json, records
from itss_kpi.tables.table import Table

SCHEMA = "itss-kpi/supervision/1"
SOURCE = "supervision"
CONFORMS, FAILS, NOT_APPLICABLE = "符合", "不符合", "不适用"
"""The words of the column 结果; a catalogue names other spellings of them."""
GATES = ("unchecked", "open", "repeated", "doubtful", "missing_data")
"""What `--fail-on` may name."""

_DECIDING = ("检查类别", "检查日期", "被检查部门", "项目名称", "检查项", "结果")
"""The columns without which nobody knows what was checked, or what came of it."""


class Coverage(StrEnum):
    """Whether what had to be checked was."""

    COVERED = "covered"
    UNCHECKED = "unchecked"
    DOUBTFUL = "doubtful"
    MISSING_DATA = "missing_data"

    @property
    def label(self) -> str:
        """The word the user sees."""
        return {"covered": "已查", "unchecked": "应查未查", "doubtful": "存疑", "missing_data": "数据缺失"}[self.value]


@dataclass(frozen=True, slots=True)
class Check:
    """A record of the ledger, in the catalogue's words; None is what can't be read. `result` is '' where nobody knows
    it; `doubts` say why, and what else can't be read. `versions`: rows of one number with different contents,
    each as it stands."""

    record: Record
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
    absent: tuple[Absence, ...] = ()

    @property
    def name(self) -> str:
        """What is to be checked: the project, the item, both, or the category itself."""
        return " ".join(filter(None, (self.project, self.item))) or self.rule.category


@dataclass(frozen=True, slots=True)
class Tally:
    """The dated checks of a category ('' is all) in the period. `absent`: whose records are missing among them."""

    category: str
    checks: tuple[Check, ...]
    absent: tuple[Absence, ...]

    def count(self, result: str) -> int:
        """How many have that result; '' is one that nobody knows."""
        return sum(one.result == result for one in self.checks)

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
class Supervision:
    """The checks of a period as of a day. `findings`: those that are open or came again in the period; `doubtful`:
    records of which something can't be read. `departments`: those that were checked up to the day, in the catalogue's
    order; `absent`: where the ledger wasn't handed in since the year began, so that nobody knows what was found."""

    period: Period
    as_of: date
    rules: tuple[RequiredCheck, ...]
    required: tuple[Required, ...]
    tallies: tuple[Tally, ...]
    undated: tuple[Check, ...]
    doubtful: tuple[Check, ...]
    findings: tuple[Finding, ...]
    departments: tuple[str, ...]
    absent: tuple[Absence, ...]

    @property
    def total(self) -> Tally:
        """All dated checks of the period."""
        return self.tallies[-1]

    @property
    def partial(self) -> bool:
        """Whether the period hasn't ended."""
        return self.as_of < self.period.last_day

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


Ledgers = Mapping[str, Table]
"""The ledgers of what was done and decided, as read."""


def supervise(catalogue: Catalogue, ledgers: Ledgers, period: Period, as_of: date) -> Supervision | None:
    """What had to be checked in the period, what was, and what was found, as of a day; None where the catalogue
    declares no ledger of checks, or not what has to be checked."""
    if SOURCE not in catalogue.sources or not catalogue.supervision:
        return None
    rows = merged(records(catalogue.sources[SOURCE], ledgers[SOURCE])) if SOURCE in ledgers else []
    read = _Words.of(catalogue)
    checks = [read.check(row) for row in rows]
    seen = [one for one in checks if one.day is None or one.day <= as_of]
    mine = [one for one in seen if one.day is not None and period.holds(one.day)]
    undated = [one for one in seen if one.day is None]
    year = Period(PeriodKind.YEAR, period.year)
    subjects = list(dict.fromkeys(one.department for one in seen if one.department is not None))
    order = [name for name in read.departments if name in subjects]
    return Supervision(
        period,
        as_of,
        catalogue.supervision,
        tuple(_required(catalogue, ledgers, seen, period, as_of)),
        tuple(_tallies(catalogue, ledgers, mine, period, as_of)),
        tuple(undated),
        tuple(one for one in (*mine, *undated) if one.doubts),
        tuple(_findings(seen, period, read.departments)),
        (*order, *(name for name in subjects if name not in order)),
        tuple(absences(catalogue, SOURCE, ledgers, year.start, min(as_of, year.last_day))),
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

    def check(self, row: Record) -> Check:
        category, department, project, item = (
            None if name in row.unread else row.text(name) for name in ("检查类别", "被检查部门", "项目名称", "检查项")
        )
        if project is not None:
            project = self.projects.get(fold(project), project.strip())
        if item is not None:
            item = self.items.get(category or "", {}).get(fold(item), item.strip())
        result = "" if row.uncertain else row.text("结果")
        known = result in (CONFORMS, FAILS, NOT_APPLICABLE)
        return Check(
            row,
            category,
            department,
            project,
            item,
            row.day("检查日期"),
            result if known else "",
            tuple(_doubts(row)),
            tuple(map(self.check, row.versions)),
        )


def _doubts(row: Record) -> Iterator[str]:
    if row.uncertain:
        yield "所在的工作表不知是否计入" if row.text("检查编号") else "没有编号"
    for name in _DECIDING:
        if name in row.unread:
            yield f"同一编号的几行,“{name}”不同或读不出来" if row.conflict else f"“{name}”读不出来"
    if row.conflict and not row.unread & {*_DECIDING}:
        yield "同一编号的几行内容不同,不影响统计"
    result = row.text("结果")
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
    lacking = absences(catalogue, SOURCE, ledgers, period.start, min(as_of, period.last_day))
    categories = dict.fromkeys(rule.category for rule in catalogue.supervision)
    categories |= dict.fromkeys(one.category for one in mine if one.category)
    for category in categories:
        makers = {name for rule in catalogue.supervision if rule.category == category for name in rule.departments}
        absent = tuple(one for one in lacking if not makers or one.department in makers)
        yield Tally(category, tuple(one for one in mine if one.category == category), absent)
    yield Tally("", tuple(mine), tuple(lacking))


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
            yield f"{one.record.text('检查编号') or '没有编号的一行'} 的日期或结果不明,可能已经关闭"


# ---- for other programs


def summary(found: Supervision) -> dict[str, Any]:
    """How much of each there is, over all categories."""
    return {
        "expected": len(found.required),
        **{state.value: found.count(state) for state in Coverage},
        "coverage": exact(found.share()),
        **_tally_json(found.total),
        "undated": len(found.undated),
        "open": len(found.open()),
        "repeated": found.repeated(),
    }


def to_json(found: Supervision, identity: Mapping[str, str], problems: Sequence[Problem]) -> dict[str, Any]:
    """The whole as an object: shares are exact, days are ISO dates, each record has its place. `identity` is that of
    the catalogue, `problems` are the ledger's."""
    return {
        "schema": SCHEMA,
        "period": str(found.period),
        "as_of": found.as_of.isoformat(),
        "partial": found.partial,
        "catalogue": dict(identity),
        "ledger": {
            "source": SOURCE,
            "complete": not found.absent,
            "missing": [absence_json(one) for one in found.absent],
        },
        "summary": summary(found),
        "requirements": [_rule_json(found, rule) for rule in found.rules],
        "required": [_required_json(one) for one in found.required],
        "categories": [{"category": one.category, **_tally_json(one)} for one in found.tallies[:-1]],
        "departments": [
            {"department": name, "open": len(found.open(name)), "repeated": found.repeated(name)}
            for name in found.departments
        ],
        "findings": [_finding_json(one) for one in found.findings],
        "checks": [check_json(one) for one in (*found.total.checks, *found.undated)],
        "problems": [problem_json(problem) for problem in problems],
    }


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {
        "checked": len(tally.checks),
        "conform": tally.count(CONFORMS),
        "not_conform": tally.count(FAILS),
        "not_applicable": tally.count(NOT_APPLICABLE),
        "unknown": tally.count(""),
        "rate": exact(tally.rate),
        "complete": not tally.absent,
    }


def _rule_json(found: Supervision, rule: RequiredCheck) -> dict[str, Any]:
    return {
        "category": rule.category,
        "each": rule.each.value,
        "departments": list(rule.departments),
        "activity": rule.activity,
        "section": rule.section,
        "clause": rule.clause,
        "expected": len(found.required_by(rule)),
        **{state.value: found.count(state, rule) for state in Coverage},
        "coverage": exact(found.share(rule)),
    }


def _required_json(one: Required) -> dict[str, Any]:
    return {
        "category": one.rule.category,
        "departments": list(one.rule.departments),
        "project": one.project or None,
        "item": one.item or None,
        "period": str(one.period),
        "coverage": one.coverage.value,
        "rows": [place_json(check.record) for check in one.checks],
        "missing": [absence_json(lacking) for lacking in one.absent],
    }


def _finding_json(one: Finding) -> dict[str, Any]:
    return {
        "category": one.category,
        "department": one.department,
        "project": one.project or None,
        "item": one.item,
        "open_since": one.since.isoformat() if one.since else None,
        "repeated": len(one.repeated),
        "failures": [check_json(check) for check in one.failures],
        "remarks": list(one.remarks),
    }


def check_json(one: Check) -> dict[str, Any]:
    """A record of the ledger; what can't be read is null."""
    return {
        "id": one.record.text("检查编号"),
        "category": one.category,
        "department": one.department,
        "project": one.project or None,
        "item": one.item,
        "day": one.day.isoformat() if one.day else None,
        "result": one.result or None,
        "remark": one.record.text("说明"),
        "doubts": list(one.doubts),
        **place_json(one.record),
    }
