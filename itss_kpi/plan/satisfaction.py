"""Satisfaction: the customer survey of a year: who answered, how they scored what, what changed, what they wrote.

Source: section 3.7 of the plan (all customers are asked, the projects are scored, the results analysed); GB/T 28827.1
chapter 5. Convention: the total is the declared indicator's own assessment, a group's score the same indicator over the
group's rows alone, worked out by `comparison`; of questionnaires see `questionnaires`. Nothing dated after `as_of` is
seen, and a customer of whom nobody can tell is never said not to have answered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import narwhals as nw

from itss_kpi.analysis.breakdown import Breakdown, Tables, across_all, extremes
from itss_kpi.analysis.series import change
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.plan import CustomerSurvey
from itss_kpi.core.jsonable import as_json, picked, published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.results import Assessment
from itss_kpi.core.targets import parse_target
from itss_kpi.core.text import BLANK_GROUP, fold, pseudonym
from itss_kpi.engine.evaluate import evaluate
from itss_kpi.plan.questionnaires import (
    Count,
    Distribution,
    Doubt,
    Questionnaire,
    Remark,
    Sheet,
    counted,
    counts_by,
    distribution,
    doubts_of,
    listed,
    remarks_of,
    sheets_of,
    survey_rows,
)
from itss_kpi.plan.status import PlanStatus, counts_of
from itss_kpi.tables.table import Table

GATES = ("uncovered", "missing_data")
"""What `--fail-on` may name."""


class Standing(Labelled):
    """Whether a customer has answered; who didn't comes first."""

    UNANSWERED = "unanswered", "未答复", "✗"
    MISSING = "missing_data", "数据缺失", "!"
    DOUBTFUL = "doubtful", "存疑", "?"
    ANSWERED = "answered", "已答复", "✓"
    UNDECLARED = "undeclared", "未声明", "+"


@published("name? *returned assessment=item before archived change reason")
@dataclass(frozen=True, slots=True)
class Score:
    """The total (without a `name`) or a group of the survey: its assessment, that of the year before (`archived`: what
    was found when that year was closed) and by how much they differ, else the `reason` why nobody can say."""

    name: str
    item: Assessment
    returned: Count
    before: Assessment | None = None
    change: Fraction | None = None
    reason: str = ""
    archived: bool = False


@published("column reason scores=ranked")
@dataclass(frozen=True, slots=True)
class Split:
    """The scores by a column, the lowest first; `lowest`: those of which it is certain, whatever the doubtful rows turn
    out to be. `reason`: why there are none."""

    column: str
    scores: tuple[Score, ...]
    lowest: frozenset[str]
    reason: str = ""

    @property
    def ranked(self) -> list[dict[str, Any]]:
        """The scores as JSON, and which are the lowest."""
        return [as_json(one) | {"lowest": one.name in self.lowest} for one in self.scores]


@published("name standing *asked assessment=score")
@dataclass(frozen=True, slots=True)
class Customer:
    """A customer who has to be asked, or answered without being declared. `sent`: None where the catalogue doesn't
    say; `score`: None where nothing can be said."""

    name: str
    standing: Standing
    sent: int | None
    returned: Count
    score: Assessment | None

    @property
    def response(self) -> tuple[Fraction, Fraction] | None:
        """Returned of sent, at least and at most; None where it isn't known."""
        known = self.sent and self.standing is not Standing.MISSING
        return self.returned.share(self.sent or 0) if known else None

    @property
    def asked(self) -> dict[str, Any]:
        """How many were sent and came back, as JSON."""
        return _asked(self)


@published(
    "summary missing=absent total response=asked customers projects items distribution questionnaires remarks",
    "doubtful=doubts",
)
@dataclass(frozen=True, slots=True)
class Satisfaction(PlanStatus):
    """The survey of a year as of a day. `declared`: whether the catalogue says who has to be asked. `projects` and
    `items` are None where it names no such column."""

    schema = "itss-kpi/satisfaction/1"
    survey: CustomerSurvey
    total: Score
    customers: tuple[Customer, ...]
    declared: bool
    projects: Split | None
    items: Split | None
    distribution: Distribution
    questionnaires: tuple[Questionnaire, ...]
    remarks: tuple[Remark, ...]
    doubts: tuple[Doubt, ...]

    @property
    def to_ask(self) -> list[Customer]:
        """The customers who have to be asked."""
        return [one for one in self.customers if one.standing is not Standing.UNDECLARED]

    @property
    def sent(self) -> int | None:
        """How many questionnaires were sent; None where the catalogue doesn't say of any."""
        return sum(one.sent or 0 for one in self.customers) or None

    @property
    def returned(self) -> Count:
        """How many of those that were sent came back."""
        own = [one.returned for one in self.customers if one.sent]
        return Count(sum(one.sure for one in own), min(sum(one.most for one in own), self.total.returned.most))

    @property
    def response(self) -> tuple[Fraction, Fraction] | None:
        """Returned of sent, at least and at most; None where it isn't known."""
        return self.returned.share(self.sent) if self.sent and not self.absent else None

    @property
    def asked(self) -> dict[str, Any]:
        """How many were sent and came back, as JSON."""
        return _asked(self)

    @property
    def summary(self) -> dict[str, int]:
        """How much of each there is."""
        return {
            "customers": len(self.to_ask),
            **self.counts,
            "questionnaires": self.total.returned.sure,
            "questionnaires_at_most": self.total.returned.most,
            "remarks": len(self.remarks),
            "doubtful_rows": len(self.doubts),
        }

    @property
    def counts(self) -> dict[str, int]:
        """How many customers stand how."""
        return counts_of(Standing, (one.standing for one in self.customers))

    def conditions(self) -> set[str]:
        """The gates that don't hold: a customer is covered only where an answer is certain."""
        covered = self.declared and all(one.standing is Standing.ANSWERED for one in self.to_ask)
        return {name for name, there in (("uncovered", not covered), ("missing_data", bool(self.absent))) if there}


def _asked(one: Customer | Satisfaction) -> dict[str, Any]:
    lowest, highest = one.response or (None, None)
    return {**picked(one, "sent *returned"), "lowest": as_json(lowest), "highest": as_json(highest)}


def survey_of(
    catalogue: Catalogue,
    tables: Tables,
    year: Period,
    as_of: date,
    *,
    known: Iterable[Assessment] = (),
    archived: Iterable[Assessment] = (),
) -> Satisfaction | None:
    """The survey of the `year` up to `as_of`; None where the catalogue doesn't say where it stands.

    `known`: assessments of the same year and day, which are then not worked out again. `archived`: what was found when
    periods were closed; it stands for the total of the year before where its ledger is missing today.
    """
    survey = catalogue.satisfaction
    if survey is None:
        return None
    reader = _reader(catalogue, survey, tables, year, as_of, known)
    begun = reader.whole.window[0] < reader.whole.window[1]
    table = reader.tables.get(survey.source)
    rows = survey_rows(reader.catalogue, table, reader.indicator, year, as_of) if begun and table else []
    sheets = sheets_of(survey, reader.customer, rows)
    before = reader.whole_before()
    if not rows and before.absent:
        # nobody has answered yet: no need to ask what each group of later rows makes
        emptied = {name: replace(one, frame=one.frame[:0]) for name, one in reader.tables.items()}
        reader = replace(reader, tables=emptied)
    customers = reader.across(reader.customer, year)
    projects, items = (
        reader.split(column, sheets, before) if column else None for column in (survey.project, survey.item)
    )
    return Satisfaction(
        year,
        as_of,
        customers.whole.absent,
        survey,
        _total(reader, customers.whole, before, archived, counted(sheets)),
        tuple(_customers(reader, sheets, customers)),
        bool(catalogue.customers),
        projects,
        items,
        distribution(survey, rows, sheets),
        tuple(listed(survey, reader.customer, sheets)),
        tuple(remarks_of(survey, reader.customer, rows)),
        tuple(doubts_of(survey, catalogue.sources[survey.source].columns, sheets)),
    )


# ---- what is asked of the engine


@dataclass(frozen=True, slots=True)
class _Reader:
    """The survey's ledger with a column of the customers' declared names, and the indicator, assessed by the year.

    The names have a column of their own, so that a condition of the indicator sees what was written.
    """

    catalogue: Catalogue
    survey: CustomerSurvey
    tables: Tables
    indicator: Indicator
    year: Period
    as_of: date
    whole: Assessment

    @property
    def customer(self) -> str:
        """The column of the customers' declared names; no declared column can be called so."""
        return f"{self.survey.customer}="

    def across(self, column: str, year: Period) -> Breakdown:
        """The indicator in a year by the texts of a column."""
        known = [self.whole] if year == self.year else []
        seen = min(self.as_of, year.last_day)
        found = across_all(self.catalogue, self.tables, [self.indicator], year, seen, column, known)
        return found[self.indicator.number][0]

    def whole_before(self) -> Assessment:
        """The total of the year before, by the rows that are there."""
        year = Period(PeriodKind.YEAR, self.year.year - 1)
        return _whole(self.catalogue, self.tables, self.indicator, year, self.as_of)

    def split(self, column: str, sheets: Sequence[Sheet], before: Assessment) -> Split:
        """The scores by a column, with those of the year before."""
        now = self.across(column, self.year)
        then = () if before.absent else self.across(column, before.period).groups
        earlier = {one.group: one for one in then if one.value is not None}
        names = [one.group or "" for one in now.groups]
        returned = counts_by(sheets, lambda sheet: sheet.names(column), names)
        scores = [
            _score(name, one, returned[name], earlier.get(name), before)
            for name, one in zip(names, now.groups, strict=True)
            if returned[name].most or name in earlier
        ]
        # which is the lowest can be told without a target too
        judged = now if now.whole.target else replace(now, whole=replace(now.whole, target=_ANY))
        # without any questionnaire there is nothing to be explained
        reason = now.reason if sheets and not now.groups else ""
        return Split(column, tuple(sorted(scores, key=_lowest_first)), extremes(judged)[1], reason)


_ANY = parse_target(">= 0")


def _reader(
    catalogue: Catalogue,
    survey: CustomerSurvey,
    tables: Tables,
    year: Period,
    as_of: date,
    known: Iterable[Assessment],
) -> _Reader:
    indicator = next(one for one in catalogue.indicators if survey.indicator in one.numbers)
    if indicator.period is not year.kind:
        indicator = indicator.model_copy(update={"period": year.kind})
    wanted = (indicator.id, indicator.number, year)
    mine = [one for one in known if (one.indicator, one.number, one.period) == wanted]
    seen, changed = _under_declared_names(catalogue, survey, tables.get(survey.source))
    whole = mine[0] if mine else _whole(seen, changed, indicator, year, as_of)
    return _Reader(seen, survey, changed, indicator, year, as_of, whole)


def _whole(catalogue: Catalogue, tables: Tables, indicator: Indicator, year: Period, as_of: date) -> Assessment:
    report = evaluate(catalogue, tables, year, as_of=min(as_of, year.last_day), indicators=[indicator])
    return report.assessments[0]


def _under_declared_names(
    catalogue: Catalogue, survey: CustomerSurvey, table: Table | None
) -> tuple[Catalogue, dict[str, Table]]:
    column, named = survey.customer, f"{survey.customer}="
    source = catalogue.sources[survey.source]
    changed = source.model_copy(
        update={
            "columns": {**source.columns, named: source.columns[column]},
            "dimensions": {name: name for name in (named, survey.project, survey.item) if name},
        }
    )
    seen = catalogue.model_copy(update={"sources": {**catalogue.sources, survey.source: changed}})
    if table is None:
        return seen, {}
    spelt = {fold(text): one.name for one in catalogue.customers for text in (one.name, *one.aliases)}
    rows = table.rows
    names = [spelt.get(fold(text), text) for text in rows[column].to_list()]
    states = [state for state in ("?blank", "?bad") if f"{column}{state}" in rows.columns]
    copies = [nw.col(f"{column}{state}").alias(f"{named}{state}") for state in states]
    written = nw.new_series(named, names, rows.schema[column], backend=rows.implementation)
    wider = rows.with_columns(written, *copies).to_native()
    return seen, {survey.source: replace(table, frame=wider, columns={**table.columns, named: table.columns[column]})}


def _lowest_first(score: Score) -> tuple[bool, Fraction, str]:
    lowest = score.item.value if score.item.lowest is None else score.item.lowest
    return lowest is None, lowest or Fraction(0), score.name


# ---- the year before


def _total(
    reader: _Reader, item: Assessment, before: Assessment, archived: Iterable[Assessment], returned: Count
) -> Score:
    wanted = (reader.indicator.id, reader.indicator.number, before.period)
    closed = [one for one in archived if (one.indicator, one.number, one.period) == wanted and not one.absent]
    if before.absent and closed:
        return replace(_score("", item, returned, closed[0], closed[0]), archived=True)
    return _score("", item, returned, None if before.value is None else before, before)


def _score(name: str, item: Assessment, returned: Count, before: Assessment | None, whole: Assessment) -> Score:
    """An assessment beside that of the year `before`, of which `whole` is the total."""
    found = change(item, before) if item.due else None
    reason = "" if found is not None else _reason(item, before, whole)
    return Score(name, item, returned, before, found, reason)


def _reason(item: Assessment, before: Assessment | None, whole: Assessment) -> str:
    """Why nobody can say by how much a score differs from that of the year before."""
    if not item.due:
        return f"{item.period} 年还没有结束,不与上一年比"
    if whole.absent:
        return _lacking(whole) + ("" if item.group else ",归档中也没有")
    if before is None:
        return f"{whole.period} 年没有得分"
    if item.value is None:
        return f"{item.period} 年没有得分"
    return "有存疑的行,变化不能确定"


def _lacking(whole: Assessment) -> str:
    if all(len(one.months) == PeriodKind.YEAR.months for one in whole.absent):
        return f"没有 {whole.period} 年的台账({'、'.join(one.department for one in whole.absent)})"
    lacking = ";".join(f"{one.department} {'、'.join(one.months)}" for one in whole.absent)
    return f"{whole.period} 年的台账没有交齐({lacking})"


# ---- customers


def _customers(reader: _Reader, sheets: Sequence[Sheet], found: Breakdown) -> list[Customer]:
    """The declared customers, those who didn't answer first, then others by name. How many questionnaires were to be
    sent is said of the plan's year alone."""
    hidden = reader.catalogue.sources[reader.survey.source].columns[reader.survey.customer].sensitive
    declared = {pseudonym(one.name) if hidden else one.name: one for one in reader.catalogue.customers}
    planned = reader.year.year == reader.catalogue.plan.year
    sent = {name: one.questionnaires if planned else None for name, one in declared.items()}
    named = {name for sheet in sheets for name in sheet.customers[1] if name is not None}
    others = sorted(named - declared.keys(), key=lambda name: (name == BLANK_GROUP, name))
    returned = counts_by(sheets, lambda sheet: sheet.customers, [*declared, *others])
    missing = bool(found.whole.absent)
    scores = {one.group: one for one in found.groups}
    customers = [
        Customer(
            name,
            _standing(name in declared, returned[name], missing=missing),
            sent.get(name),
            returned[name],
            scores.get(name) if returned[name].most else None,
        )
        for name in (*declared, *others)
    ]
    return sorted(customers, key=lambda one: [*Standing].index(one.standing))


def _standing(declared: bool, returned: Count, *, missing: bool) -> Standing:
    if not declared:
        return Standing.UNDECLARED
    if returned.sure:
        return Standing.ANSWERED
    if missing:
        return Standing.MISSING
    return Standing.DOUBTFUL if returned.most else Standing.UNANSWERED
