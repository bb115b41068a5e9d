"""The compliance workbook: a report and what was found over its year -> a workbook for 管理评审, 内审 and the auditor.

Convention: `SHEETS` says once which sheets there are, in the reader's order. They are written from the last to the
first, as the first ones refer to those behind them; what several refer to is written when it is first needed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from itss_kpi.analysis.evidence import Evidence
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.pages.actions import actions_page, analysis_key
from itss_kpi.pages.activities import activities_page
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
from itss_kpi.render.sheet import write_page
from itss_kpi.render.xlsx import Book, place
from itss_kpi.workbook import front, results, unmet
from itss_kpi.workbook.about import Input, problems_page, readings_page, revisions_page, run_page
from itss_kpi.workbook.accounts import Accounts, write_accounts
from itss_kpi.workbook.comparison import write_groups, write_trends
from itss_kpi.workbook.evidence import EvidenceRange, write_evidence
from itss_kpi.workbook.recount import Absences

_BLANK_BLOCKS = 4


@dataclass(frozen=True)
class Contents:
    """What the workbook shows: the `year` and its report, when it is `closed`, the `inputs`, what is `kept` of an
    earlier one, and how many rows of evidence an indicator's sheet lists at most."""

    year: PlanYear
    closed: str
    inputs: Sequence[Input]
    kept: unmet.FilledIn
    evidence_rows: int


def compliance_workbook(contents: Contents) -> bytes:
    """The workbook's bytes."""
    return _written(contents, {sheet.name: sheet.write for sheet in SHEETS})


def blank_workbook(contents: Contents) -> bytes:
    """The form without data: what is to be filled in by hand."""
    return _written(contents, {sheet.name: sheet.blank for sheet in SHEETS if sheet.blank})


def filled_in(content: bytes) -> unmet.Earlier | None:
    """What was filled in in an earlier workbook with these bytes; None where it is not one of ours."""
    ours = [sheet.name for sheet in SHEETS if sheet.blank]
    return unmet.filled_in(content, ours, [sheet.name for sheet in SHEETS if sheet.shown])


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
        period, plan = self.year.report.period, self.catalogue.plan
        stamp = datetime(period.last_day.year, period.last_day.month, period.last_day.day)
        return Book(stamp, f"{period} 运维服务指标达成情况", f"{plan.document} {plan.version}")

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
        """The sheets' names in the reader's order, evidence by number."""
        order = [sheet.name for sheet in SHEETS]

        def rank(title: str) -> tuple[int, str]:
            return next(at for at, name in enumerate(order) if title.startswith(name)), title

        return sorted(self.book.made.sheetnames, key=rank)

    @cached_property
    def accounts(self) -> Accounts:
        return write_accounts(self.book, self.year)

    @cached_property
    def evidences(self) -> dict[str, Evidence]:
        return self.year.evidence(self.contents.evidence_rows)

    @cached_property
    def ranges(self) -> dict[str, EvidenceRange]:
        """Where the evidence of each indicator stands."""
        back = place(results.SHEET, "A1")
        return {
            name: write_evidence(self.book, self.catalogue, self.year.tables, evidence, back)
            for name, evidence in self.evidences.items()
        }

    @cached_property
    def results(self) -> results.Results:
        absences = Absences(self.accounts.missing_range("A"), self.accounts.missing_range("B"))
        return results.write_results(self.book, self.year, self.ranges, absences)

    @cached_property
    def followed(self) -> unmet.Followed:
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


def _of_year(name: str, made: Callable[[PlanYear], Page | None]) -> Sheet:
    """A sheet that is a page about the year, with links to the evidence; there is none where there is no page."""

    def write(draft: _Draft) -> None:
        if page := made(draft.year):
            links = {name: place(one.sheet, "A1") for name, one in draft.ranges.items()}
            write_page(draft.book, name, page, draft.when, links)

    return Sheet(name, write, shown=True)


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
    facts = front.Front(draft.contents.closed, len(draft.contents.inputs), draft.titles)
    front.write_front(draft.book, draft.year, draft.results, draft.followed, facts)


def _actions(draft: _Draft) -> None:
    found, catalogue = draft.year.actions, draft.catalogue
    links = {analysis_key(item): where for item in draft.year.report.due if (where := draft.followed.link(item))}
    page = actions_page(catalogue, found, links) if found else said(action_words.UNDECLARED)
    write_page(draft.book, "纠正措施跟踪", page, draft.when, links)


def _problems(draft: _Draft) -> None:
    links = {str(one.place): draft.accounts.link(one.place.path, one.place.sheet) for one in draft.year.problems}
    write_page(draft.book, "数据问题", problems_page(draft.year), "", links)


def _readings(draft: _Draft) -> None:
    write_page(draft.book, "口径说明", readings_page(draft.year), "", {})


def _revisions(draft: _Draft) -> None:
    write_page(draft.book, "变更履历", revisions_page(draft.year), "", {})


def _run(draft: _Draft) -> None:
    page = run_page(draft.year, draft.contents.inputs, draft.contents.evidence_rows)
    write_page(draft.book, "运行信息", page, "", {})


SHEETS = (
    Sheet(front.SHEET, _front, lambda draft: front.write_blank_front(draft.book, draft.year, draft.titles)),
    Sheet(
        results.SHEET,
        lambda draft: draft.results,
        lambda draft: results.write_blank_results(draft.book, draft.catalogue, draft.year.report.period),
    ),
    Sheet("纵向对比", lambda draft: write_trends(draft.book, draft.year)),
    Sheet("横向对比", lambda draft: write_groups(draft.book, draft.year)),
    Sheet(
        unmet.SHEET,
        lambda draft: draft.followed,
        lambda draft: unmet.write_blank_followup(draft.book, draft.catalogue, _BLANK_BLOCKS),
    ),
    Sheet("纠正措施跟踪", _actions, shown=True),
    _of_year("质量活动", _activities),
    _of_year("监督检查", _checks),
    _of_year("不符合项与改进", _nonconformities),
    _of_year("满意度分析", _survey),
    _of_year("条款矩阵", _clauses),
    Sheet("证据-", lambda draft: draft.ranges, shown=True),
    Sheet("数据核对", lambda draft: draft.accounts),
    Sheet("数据问题", _problems),
    Sheet("口径说明", _readings, _readings),
    Sheet("变更履历", _revisions, _revisions),
    Sheet("运行信息", _run),
)
"""The sheets in the reader's order."""
