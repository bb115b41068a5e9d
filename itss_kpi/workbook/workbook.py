"""The compliance workbook: a report and what was found over its year -> a workbook for 管理评审, 内审 and the auditor.

Convention: `SHEETS` says once which sheets there are, in the reader's order. They are written from the last to the
first, as the first ones refer to those behind them; what several refer to is written when it is first needed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from itss_kpi.analysis.breakdown import Breakdown, across_all
from itss_kpi.analysis.evidence import Evidence, gather, ledgers_of
from itss_kpi.analysis.series import Point, change_text
from itss_kpi.catalogue.catalogue import Catalogue, dimensions_of
from itss_kpi.core.results import Assessment, Report
from itss_kpi.pages.actions import actions_page, analysis_key
from itss_kpi.pages.activities import activities_page
from itss_kpi.pages.clauses import PARTIAL, clauses_page
from itss_kpi.pages.nonconformities import nonconformities_page
from itss_kpi.pages.page import Page, said
from itss_kpi.pages.satisfaction import satisfaction_page
from itss_kpi.pages.supervision import supervision_page
from itss_kpi.plan import action_words, activity_words, satisfaction_words, supervision_words
from itss_kpi.plan import activities as plan_activities
from itss_kpi.plan import supervision as plan_supervision
from itss_kpi.plan.clauses import names_clauses
from itss_kpi.plan.year import PlanYear
from itss_kpi.render.sheet import write_page
from itss_kpi.render.xlsx import Book, place
from itss_kpi.workbook import front, results, unmet
from itss_kpi.workbook.comparison import Trend, write_groups, write_trends
from itss_kpi.workbook.evidence import Proof, write_evidence
from itss_kpi.workbook.records import (
    Accounts,
    Input,
    write_accounts,
    write_problems,
    write_readings,
    write_revisions,
    write_run,
)
from itss_kpi.workbook.recount import Absences

_DIMENSIONS = ("部门", "项目")
_BLANK_BLOCKS = 4


@dataclass(frozen=True)
class Contents:
    """What the workbook shows: the `year` and its report, the time it was `made`, the `inputs`, what is `kept` of an
    earlier one, and how many rows of evidence an indicator's sheet lists at most."""

    year: PlanYear
    made: datetime
    inputs: Sequence[Input]
    kept: unmet.FilledIn
    evidence_rows: int


def compliance_workbook(contents: Contents) -> bytes:
    """The workbook's bytes."""
    return _written(contents, {sheet.name: sheet.write for sheet in SHEETS})


def blank_workbook(contents: Contents) -> bytes:
    """The form without data: what is to be filled in by hand."""
    return _written(contents, {sheet.name: sheet.blank for sheet in SHEETS if sheet.blank})


def _written(contents: Contents, writers: "Mapping[str, Write]") -> bytes:
    draft = _Draft(contents)
    for name in reversed(list(writers)):
        writers[name](draft)
    draft.book.arrange(draft.titles)
    return draft.book.content()


@dataclass(frozen=True, eq=False)
class _Draft:
    """The workbook in the making, and what sheets refer to of others, each of them written when it is first needed."""

    contents: Contents

    @cached_property
    def book(self) -> Book:
        last = self.report.period.last_day
        return Book(datetime(last.year, last.month, last.day), f"{self.report.period} 运维服务指标达成情况")

    @property
    def year(self) -> PlanYear:
        return self.contents.year

    @property
    def catalogue(self) -> Catalogue:
        return self.year.catalogue

    @property
    def report(self) -> Report:
        return self.year.report

    @property
    def document(self) -> str:
        return f"{self.catalogue.plan.document} {self.catalogue.plan.version}"

    @property
    def when(self) -> str:
        return f"{self.year.year} 年度,截至 {self.report.as_of}"

    @property
    def titles(self) -> list[str]:
        """The sheets' names in the reader's order, evidence by number."""
        order = [sheet.name for sheet in SHEETS]

        def rank(title: str) -> tuple[int, str]:
            return next(at for at, name in enumerate(order) if title.startswith(name)), title

        return sorted(self.book.made.sheetnames, key=rank)

    @cached_property
    def accounts(self) -> Accounts:
        return write_accounts(self.book, self.catalogue, self.report, self.document)

    @cached_property
    def evidences(self) -> dict[str, Evidence]:
        year, ledgers = self.year, ledgers_of(self.catalogue, self.year.tables)
        found: dict[str, Evidence] = {}
        for indicator in year.indicators:
            mine = [item for item in self.report.assessments if item.indicator == indicator.id]
            evidence = gather(self.catalogue, ledgers, indicator, mine, self.contents.evidence_rows)
            if evidence.blocks:
                found[indicator.id] = evidence
        return found

    @cached_property
    def proofs(self) -> dict[str, Proof]:
        back = place(results.SHEET, "A1")
        return {
            name: write_evidence(self.book, self.catalogue, self.year.tables, evidence, back, self.document)
            for name, evidence in self.evidences.items()
        }

    @property
    def links(self) -> dict[str, str]:
        return {name: place(proof.sheet, "A1") for name, proof in self.proofs.items()}

    @cached_property
    def results(self) -> results.Results:
        absences = Absences(self.accounts.missing_range("A"), self.accounts.missing_range("B"))
        points = {_key(point.item): point for one in self.year.series for point in one.points}
        return results.write_results(
            self.book,
            self.catalogue,
            self.year.tables,
            self.report,
            self.proofs,
            absences,
            lambda item: _changes(points.get(_key(item))),
            self.document,
        )

    @cached_property
    def followed(self) -> unmet.Followed:
        return unmet.write_followup(
            self.book,
            self.catalogue,
            self.report,
            self.evidences,
            self.proofs,
            self.results,
            self.contents.kept,
            self.document,
        )

    @cached_property
    def problems(self) -> dict[str, int]:
        whole = replace(self.report, problems=self.year.problems)
        return write_problems(self.book, self.catalogue, whole, self.accounts, self.document)

    def page(self, name: str, page: Page, links: Mapping[str, str] | None = None) -> None:
        """Write a page as the sheet `name`; its `links` lead to evidence, unless said otherwise."""
        write_page(self.book, name, page, self.when, self.document, self.links if links is None else links)


Write = Callable[[_Draft], object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, or sheets whose names begin so; `blank` writes what is left to be filled in of the form without data."""

    name: str
    write: Write
    blank: Write | None = None


def _front(draft: _Draft) -> None:
    departments = {export.department for export in draft.year.exports}
    facts = front.Front(draft.contents.made, len(draft.contents.inputs), len(departments), draft.problems, draft.titles)
    front.write_front(draft.book, draft.catalogue, draft.report, draft.results, draft.followed, facts, draft.document)


def _blank_front(draft: _Draft) -> None:
    front.write_blank_front(draft.book, draft.catalogue, draft.report, draft.titles, draft.document)


def _trends(draft: _Draft) -> None:
    write_trends(draft.book, list(_listed_trends(draft.year)), draft.report.period, draft.document)


def _groups(draft: _Draft) -> None:
    write_groups(draft.book, _breakdowns(draft.year), draft.report.period, draft.document)


def _actions(draft: _Draft) -> None:
    found = draft.year.actions
    links = {analysis_key(item): where for item in draft.report.due if (where := draft.followed.link(item))}
    page = actions_page(draft.catalogue, found, links) if found else said(action_words.UNDECLARED)
    draft.page("纠正措施跟踪", page, links)


def _activities(draft: _Draft) -> None:
    if draft.catalogue.activities or plan_activities.SOURCE in draft.catalogue.sources:
        found = draft.year.activities
        another = f"指标目录是 {draft.catalogue.plan.year} 年度的计划,没有这一年的质量活动。"
        undeclared = activity_words.undeclared_text(draft.catalogue) or another
        draft.page("质量活动", activities_page(draft.catalogue, found) if found else said(undeclared))


def _checks(draft: _Draft) -> None:
    if draft.catalogue.supervision or plan_supervision.SOURCE in draft.catalogue.sources:
        checks = draft.year.checks
        draft.page(
            "监督检查", supervision_page(draft.catalogue, checks) if checks else said(supervision_words.UNDECLARED)
        )


def _nonconformities(draft: _Draft) -> None:
    if found := draft.year.nonconformities:
        draft.page("不符合项与改进", nonconformities_page(draft.catalogue, found))


def _survey(draft: _Draft) -> None:
    if draft.catalogue.satisfaction is not None or draft.catalogue.customers:
        found = draft.year.survey
        unread = "本次没有计算读这份台账的指标,没有满意度分析。"
        undeclared = unread if draft.catalogue.satisfaction else satisfaction_words.UNDECLARED
        draft.page("满意度分析", satisfaction_page(draft.catalogue, found) if found else said(undeclared))


def _clauses(draft: _Draft) -> None:
    if names_clauses(draft.catalogue):
        found = draft.year.clauses
        draft.page("条款矩阵", clauses_page(draft.catalogue, found) if found else said(PARTIAL))


def _readings(draft: _Draft) -> None:
    write_readings(draft.book, draft.catalogue, draft.year.indicators, draft.document)


def _revisions(draft: _Draft) -> None:
    write_revisions(draft.book, draft.catalogue, draft.document)


def _run(draft: _Draft) -> None:
    contents = draft.contents
    write_run(
        draft.book,
        draft.catalogue,
        draft.report,
        draft.year.exports,
        contents.inputs,
        contents.evidence_rows,
        draft.document,
    )


SHEETS = (
    Sheet(front.SHEET, _front, _blank_front),
    Sheet(
        results.SHEET,
        lambda draft: draft.results,
        lambda draft: results.write_blank_results(draft.book, draft.catalogue, draft.report.period, draft.document),
    ),
    Sheet("纵向对比", _trends),
    Sheet("横向对比", _groups),
    Sheet(
        unmet.SHEET,
        lambda draft: draft.followed,
        lambda draft: unmet.write_blank_followup(draft.book, draft.catalogue, _BLANK_BLOCKS, draft.document),
    ),
    Sheet("纠正措施跟踪", _actions),
    Sheet("质量活动", _activities),
    Sheet("监督检查", _checks),
    Sheet("不符合项与改进", _nonconformities),
    Sheet("满意度分析", _survey),
    Sheet("条款矩阵", _clauses),
    Sheet("证据-", lambda draft: draft.proofs),
    Sheet("数据核对", lambda draft: draft.accounts),
    Sheet("数据问题", lambda draft: draft.problems),
    Sheet("口径说明", _readings, _readings),
    Sheet("变更履历", _revisions, _revisions),
    Sheet("运行信息", _run),
)
"""The sheets in the reader's order."""


# ---- what is compared


def _key(item: Assessment) -> tuple[int, str | None, object]:
    return item.number, item.group, item.period


def _changes(point: Point | None) -> tuple[str, str]:
    """环比 and 同比, of assessments that have ended."""
    if point is None or not point.item.due:
        return "", ""
    unit = point.item.unit
    return change_text(point.on_before, unit), change_text(point.on_year_before, unit)


def _listed_trends(year: PlanYear) -> Iterator[Trend]:
    listed = [(number, domain, one) for one in year.indicators for number, domain in one.listings]
    for number, domain, indicator in sorted(listed, key=lambda one: one[0]):
        mine = [one for one in year.series if one.number == number]
        ended = [point.item for one in mine for point in one.points if point.item.due]
        yield Trend(number, domain, indicator, ended, [one.to_date for one in mine if one.to_date])


def _breakdowns(year: PlanYear) -> dict[str, list[Breakdown]]:
    """The breakdowns of what is due by departments and projects, in the plan's order."""
    found: dict[str, list[Breakdown]] = {}
    catalogue, report = year.catalogue, year.report
    due_ones = {item.indicator for item in report.due}
    for dimension in _DIMENSIONS:
        # by department every indicator is listed, with the reason where it has no groups
        cut = [
            indicator
            for indicator in year.indicators
            if indicator.id in due_ones
            and (dimension == _DIMENSIONS[0] or dimension in dimensions_of(catalogue, indicator))
        ]
        by_number = across_all(catalogue, year.tables, cut, report.period, report.as_of, dimension, report.assessments)
        due = [one for breakdowns in by_number.values() for one in breakdowns if one.whole.due]
        if due:
            found[dimension] = due
    return found
