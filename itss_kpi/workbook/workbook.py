"""The compliance workbook: a report and what was found over its year -> a workbook for 管理评审, and one beside it with
the evidence and every number's recount, for 内审 and the auditor.

Convention: `SHEETS` says once which sheets the workbook has, in the reader's order. They are written from the last to
the first, as the first ones refer to those behind them; what several refer to is written when it is first needed.
`BESIDE` are those of the workbook beside it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from itss_kpi.analysis.evidence import Evidence
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.pages.actions import actions_page, analysis_key
from itss_kpi.pages.activities import activities_page
from itss_kpi.pages.baselines import baselines_page
from itss_kpi.pages.clauses import PARTIAL, clauses_page
from itss_kpi.pages.making import said
from itss_kpi.pages.nonconformities import nonconformities_page
from itss_kpi.pages.page import Page
from itss_kpi.pages.satisfaction import satisfaction_page
from itss_kpi.pages.supervision import supervision_page
from itss_kpi.plan import action_words, activity_words, satisfaction_words, supervision_words
from itss_kpi.plan import activities as plan_activities
from itss_kpi.plan import supervision as plan_supervision
from itss_kpi.plan.clauses import names_clauses
from itss_kpi.plan.year import PlanYear
from itss_kpi.render.additions import mark
from itss_kpi.render.sheet import write_page
from itss_kpi.render.xlsx import Book, place, seal
from itss_kpi.workbook import front, results, unmet
from itss_kpi.workbook.about import Input, problems_page, readings_page, revisions_page, run_page
from itss_kpi.workbook.accounts import Accounts, write_accounts
from itss_kpi.workbook.comparison import write_groups, write_trends
from itss_kpi.workbook.evidence import EvidenceRange, write_evidence

_BLANK_BLOCKS = 4


@dataclass(frozen=True)
class Contents:
    """What the workbook shows: the `year` and its report, when it is `closed`, the `inputs`, what is `kept` of an
    earlier one, how many rows of evidence an indicator's sheet lists at most, and what the file beside it is called."""

    year: PlanYear
    closed: str
    inputs: Sequence[Input]
    kept: unmet.FilledIn
    evidence_rows: int
    evidence_name: str = "证据.xlsx"


class Written(NamedTuple):
    """The bytes of a workbook, and of that with its evidence."""

    workbook: bytes
    evidence: bytes


def compliance_workbook(contents: Contents) -> Written:
    """The workbook and its evidence."""
    draft = _Draft(contents)
    return Written(_written(draft, draft.book, {sheet.name: sheet.write for sheet in SHEETS}), draft.proof)


def blank_workbook(contents: Contents) -> bytes:
    """The form without data: what is to be filled in by hand."""
    draft = _Draft(contents)
    return _written(draft, draft.book, {sheet.name: sheet.blank for sheet in SHEETS if sheet.blank})


def filled_in(content: bytes) -> unmet.Earlier | None:
    """What was filled in in an earlier workbook with these bytes; None where it is not one of ours."""
    ours = [sheet.name for sheet in SHEETS if sheet.blank]
    return unmet.filled_in(content, ours, [sheet.name for sheet in (*SHEETS, *BESIDE) if sheet.shown])


def _written(draft: "_Draft", book: Book, writers: "Mapping[str, Write]") -> bytes:
    for name in reversed(list(writers)):
        writers[name](draft)
    book.arrange(_ordered(book, list(writers)))
    if book is draft.book:
        mark(book.made, unmet.SHEET)
    else:
        seal(book.made)
    return book.content()


def _ordered(book: Book, names: Sequence[str]) -> list[str]:
    """The sheets' titles in the reader's order, evidence by number."""

    def rank(title: str) -> tuple[int, str]:
        return next(at for at, name in enumerate(names) if title.startswith(name)), title

    return sorted(book.made.sheetnames, key=rank)


@dataclass(frozen=True, eq=False)
class _Draft:
    """The workbooks in the making, and what sheets refer to of others, each of them written when it is first needed."""

    contents: Contents

    @cached_property
    def book(self) -> Book:
        return self._book("达成情况")

    @cached_property
    def beside(self) -> Book:
        return self._book("的证据与复算")

    def _book(self, what: str) -> Book:
        period, plan = self.year.report.period, self.catalogue.plan
        stamp = datetime(period.last_day.year, period.last_day.month, period.last_day.day)
        document = f"{plan.document} {plan.version}"
        return Book(stamp, f"{period} 运维服务指标{what}", document, kept=bool(self.contents.closed))

    @cached_property
    def proof(self) -> bytes:
        """The workbook with the evidence, whose hash the other one names."""
        return _written(self, self.beside, {sheet.name: sheet.write for sheet in BESIDE})

    @cached_property
    def evidence(self) -> front.File:
        sha256 = hashlib.sha256(self.proof).hexdigest()
        sheets = [sheet.name for sheet in BESIDE if sheet.name in self.beside.made.sheetnames]
        return front.File(self.contents.evidence_name, sha256, self.recount, sheets)

    @property
    def year(self) -> PlanYear:
        return self.contents.year

    @property
    def catalogue(self) -> Catalogue:
        return self.year.catalogue

    @property
    def when(self) -> str:
        return f"{self.year.year} 年度,截至 {self.year.report.as_of}"

    @property
    def titles(self) -> list[str]:
        """The workbook's sheets in the reader's order."""
        return _ordered(self.book, [sheet.name for sheet in SHEETS])

    @cached_property
    def accounts(self) -> Accounts:
        return write_accounts(self.beside, self.year)

    @cached_property
    def evidences(self) -> dict[str, Evidence]:
        return self.year.evidence(self.contents.evidence_rows)

    @cached_property
    def ranges(self) -> dict[str, EvidenceRange]:
        """Where the evidence of each indicator stands."""
        back, book = place(results.RECOUNT, "A1"), self.contents.evidence_name
        return {
            name: write_evidence(self.beside, book, self.catalogue, self.year.tables, evidence, back)
            for name, evidence in self.evidences.items()
        }

    @cached_property
    def recount(self) -> results.Results:
        return results.write_results(self.beside, self.year, self.ranges, self.accounts)

    @cached_property
    def results(self) -> results.Results:
        return results.write_results(self.book, self.year, self.ranges)

    @cached_property
    def followed(self) -> dict[unmet.Block, str]:
        kept = self.contents.kept
        return unmet.write_followup(self.book, self.year, self.evidences, self.ranges, self.results, kept)


Write = Callable[[_Draft], object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, or sheets whose names begin so; `blank` writes what is left to be filled in of the form without data. In
    one that is only `shown` nothing is filled in."""

    name: str
    write: Write
    blank: Write | None = None
    shown: bool = False


def _page(
    name: str,
    made: Callable[[_Draft], Page | None],
    links: Callable[[_Draft], Mapping[str, str]] = lambda draft: {},
    *,
    beside: bool = False,
    dated: bool = True,
    blank: bool = False,
) -> Sheet:
    """A sheet that is a page; there is none where there is no page. It says as of when where it is `dated`; one that is
    `blank` is the same in the form without data."""

    def write(draft: _Draft) -> None:
        if page := made(draft):
            book = draft.beside if beside else draft.book
            write_page(book, name, page, draft.when if dated else "", links(draft))

    return Sheet(name, write, write if blank else None, shown=not blank)


def _of_year(name: str, made: Callable[[PlanYear], Page | None]) -> Sheet:
    """A sheet that is a page about the year, with links to the evidence."""
    return _page(
        name,
        lambda draft: made(draft.year),
        lambda draft: {indicator: one.link() for indicator, one in draft.ranges.items()},
    )


def _activities(year: PlanYear) -> Page | None:
    if not year.catalogue.activities and plan_activities.SOURCE not in year.catalogue.sources:
        return None
    another = f"指标目录是 {year.catalogue.plan.year} 年度的计划,没有这一年的质量活动。"
    undeclared = said(activity_words.undeclared_text(year.catalogue) or another)
    return activities_page(year.catalogue, year.activities) if year.activities else undeclared


def _checks(year: PlanYear) -> Page | None:
    if not year.catalogue.supervision and plan_supervision.SOURCE not in year.catalogue.sources:
        return None
    return supervision_page(year.catalogue, year.checks) if year.checks else said(supervision_words.UNDECLARED)


def _nonconformities(year: PlanYear) -> Page | None:
    return nonconformities_page(year.catalogue, year.nonconformities) if year.nonconformities else None


def _survey(year: PlanYear) -> Page | None:
    if year.catalogue.satisfaction is None and not year.catalogue.customers:
        return None
    unread = "本次没有计算读这份台账的指标,没有满意度分析。"
    undeclared = said(unread if year.catalogue.satisfaction else satisfaction_words.UNDECLARED)
    return satisfaction_page(year.catalogue, year.survey) if year.survey else undeclared


def _clauses(year: PlanYear) -> Page | None:
    if not names_clauses(year.catalogue):
        return None
    return clauses_page(year.catalogue, year.clauses) if year.clauses else said(PARTIAL)


def _front(draft: _Draft) -> None:
    contents = draft.contents
    facts = front.Front(contents.closed, len(contents.inputs), draft.titles, draft.evidence)
    front.write_front(draft.book, draft.year, draft.results, draft.followed, facts)


def _actions(draft: _Draft) -> Page:
    found = draft.year.actions
    return actions_page(draft.catalogue, found, _analyses(draft)) if found else said(action_words.UNDECLARED)


def _analyses(draft: _Draft) -> dict[str, str]:
    listed = ((item, draft.followed.get(unmet.block_of(item))) for item in draft.year.report.due)
    return {analysis_key(item): where for item, where in listed if where}


def _exports(draft: _Draft) -> dict[str, str]:
    return {str(one.place): draft.accounts.link(one.place.path, one.place.sheet) for one in draft.year.problems}


SHEETS = (
    Sheet(front.SHEET, _front, lambda draft: front.write_blank_front(draft.book, draft.year, draft.titles)),
    Sheet(
        results.SHEET,
        lambda draft: draft.results,
        lambda draft: results.write_blank_results(draft.book, draft.catalogue, draft.year.report.period),
    ),
    Sheet("纵向对比", lambda draft: write_trends(draft.book, draft.year)),
    Sheet(
        unmet.SHEET,
        lambda draft: draft.followed,
        lambda draft: unmet.write_blank_followup(draft.book, draft.catalogue, _BLANK_BLOCKS),
    ),
    _page("纠正措施跟踪", _actions, _analyses),
    _of_year("质量活动", _activities),
    _of_year("监督检查", _checks),
    _of_year("不符合项与改进", _nonconformities),
    _of_year("满意度分析", _survey),
    _of_year("条款矩阵", _clauses),
    _page("口径说明", lambda draft: readings_page(draft.catalogue, draft.year.indicators), dated=False, blank=True),
    _page("变更履历", lambda draft: revisions_page(draft.catalogue), dated=False, blank=True),
)
"""The sheets in the reader's order."""
BESIDE = (
    Sheet(results.RECOUNT, lambda draft: draft.recount, shown=True),
    Sheet("横向对比", lambda draft: write_groups(draft.beside, draft.year), shown=True),
    _page("统计与基线", lambda draft: baselines_page(draft.year.baselines), beside=True),
    Sheet("证据-", lambda draft: draft.ranges, shown=True),
    Sheet("数据核对", lambda draft: draft.accounts, shown=True),
    _page("数据问题", lambda draft: problems_page(draft.year), _exports, beside=True, dated=False),
    _page(
        "运行信息",
        lambda draft: run_page(draft.year, draft.contents.inputs, draft.contents.evidence_rows),
        beside=True,
        dated=False,
    ),
)
"""Those of the workbook with the evidence."""
