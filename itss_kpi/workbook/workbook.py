"""The compliance workbook: a finished report and its tables -> one workbook for 管理评审, 内审 and the auditor.

Convention: sheets are written in the order in which they refer to each other, and then put in the reader's order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from itss_kpi.analysis.comparison import Breakdown, Point, Series, across_all, change_text, series
from itss_kpi.analysis.evidence import Evidence, gather, ledgers_of
from itss_kpi.catalogue.catalogue import Catalogue, Indicator, dimensions_of, sources_of
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment, Report
from itss_kpi.engine.evaluate import evaluate
from itss_kpi.pages.page import said
from itss_kpi.pages.supervision import supervision_page
from itss_kpi.plan import supervision_words
from itss_kpi.plan.actions import follow_up
from itss_kpi.plan.activities import year_plan
from itss_kpi.plan.clauses import clause_matrix
from itss_kpi.plan.nonconformities import look_into
from itss_kpi.plan.satisfaction import Satisfaction, survey_of
from itss_kpi.plan.supervision import SOURCE as SUPERVISION
from itss_kpi.plan.supervision import supervise
from itss_kpi.render.sheet import write_page
from itss_kpi.render.xlsx import Book, place
from itss_kpi.tables.build import Table
from itss_kpi.workbook import activities as workbook_activities
from itss_kpi.workbook import clauses as workbook_clauses
from itss_kpi.workbook import satisfaction as workbook_satisfaction
from itss_kpi.workbook.actions import write_actions
from itss_kpi.workbook.comparison import Trend, write_groups, write_trends
from itss_kpi.workbook.evidence import Proof, write_evidence
from itss_kpi.workbook.front import Front, write_blank_front, write_front
from itss_kpi.workbook.nonconformities import write_findings
from itss_kpi.workbook.records import Input, write_accounts, write_problems, write_readings, write_revisions, write_run
from itss_kpi.workbook.recount import Absences
from itss_kpi.workbook.results import SHEET, write_blank_results, write_results
from itss_kpi.workbook.unmet import FilledIn, write_blank_followup, write_followup

_ORDER = (
    "总览",
    "指标达成情况",
    "纵向对比",
    "横向对比",
    "未达成分析",
    "纠正措施跟踪",
    "质量活动",
    "监督检查",
    "不符合项与改进",
    "满意度分析",
    "条款矩阵",
    "证据-",
    "数据核对",
    "数据问题",
    "口径说明",
    "变更履历",
    "运行信息",
)
_DIMENSIONS = ("部门", "项目")
_BLANK_BLOCKS = 4


@dataclass(frozen=True)
class Contents:
    """What the workbook shows: the report of the `indicators` with what it was worked out from, the `records` of what
    was done about it (and what is wrong with those), the time it was `made`, the `inputs`, what is `kept` of an earlier
    one, and how many rows of evidence an indicator's sheet lists at most. `ended`: the assessments of the report's year
    that have ended by its day, or nothing where they aren't known; `archived`: what was found when periods of the year
    before were closed."""

    catalogue: Catalogue
    indicators: Sequence[Indicator]
    tables: Mapping[str, Table]
    records: Mapping[str, Table]
    record_problems: Sequence[Problem]
    report: Report
    made: datetime
    inputs: Sequence[Input]
    kept: FilledIn
    evidence_rows: int
    ended: Sequence[Assessment] = ()
    archived: Sequence[Assessment] = ()

    @property
    def ledgers(self) -> Mapping[str, Table]:
        """Every table, by its source: an indicator may read a ledger of what was done too."""
        return {**self.tables, **self.records}


def compliance_workbook(contents: Contents) -> bytes:
    """The workbook's bytes."""
    catalogue, report = contents.catalogue, contents.report
    document = _document(catalogue)
    book = _book(report)
    accounts = write_accounts(book, catalogue, report, document)
    evidences = _evidences(contents)
    back = place(SHEET, "A1")
    proofs: dict[str, Proof] = {}
    for indicator in contents.indicators:
        if indicator.id in evidences:
            evidence = evidences[indicator.id]
            proofs[indicator.id] = write_evidence(book, catalogue, contents.tables, evidence, back, document)
    absences = Absences(accounts.missing_range("A"), accounts.missing_range("B"))
    year = Period(PeriodKind.YEAR, report.period.year)
    known = report.assessments if report.period == year else _known(contents)
    found = series(
        catalogue,
        contents.tables,
        contents.indicators,
        year,
        report.period,
        report.as_of,
        known=known,
        archived=contents.archived,
    )
    points = {_place(point.item): point for one in found for point in one.points}

    def changes(item: Assessment) -> tuple[str, str]:
        return _changes(points.get(_place(item)))

    results = write_results(book, catalogue, contents.tables, report, proofs, absences, changes, document)
    write_trends(book, _trends(contents, found), report.period, document)
    write_groups(book, _breakdowns(contents), report.period, document)
    followed = write_followup(book, catalogue, report, evidences, proofs, results, contents.kept, document)
    ended = _ended(contents, found)
    followup = follow_up(catalogue, contents.ledgers, ended, year, report.as_of, contents.indicators)
    write_actions(book, catalogue, followup, followed, report.as_of, document)
    _write_year(book, contents, found, ended, proofs, document)
    whole = replace(report, problems=(*report.problems, *contents.record_problems))
    problems = write_problems(book, catalogue, whole, accounts, document)
    _write_readings(book, contents, document)
    exports = [*report.exports, *(one for table in contents.records.values() for one in table.exports)]
    write_run(book, catalogue, report, exports, contents.inputs, contents.evidence_rows, document)
    front = Front(
        contents.made, len(contents.inputs), len({export.department for export in exports}), problems, _in_order(book)
    )
    write_front(book, catalogue, report, results, followed, front, document)
    return _content(book)


def _known(contents: Contents) -> list[Assessment]:
    """What needs no other evaluation for the year's series: what has ended and, beside it, what runs on the day."""
    report = contents.report
    sees_all = report.as_of <= report.period.last_day
    return [*contents.ended, *report.running] if contents.ended and sees_all else []


def blank_workbook(contents: Contents) -> bytes:
    """The form without data: what is to be filled in by hand."""
    catalogue, report = contents.catalogue, contents.report
    document = _document(catalogue)
    book = _book(report)
    write_blank_results(book, catalogue, report.period, document)
    write_blank_followup(book, catalogue, _BLANK_BLOCKS, document)
    _write_readings(book, contents, document)
    write_blank_front(book, catalogue, report, _in_order(book), document)
    return _content(book)


def _document(catalogue: Catalogue) -> str:
    return f"{catalogue.plan.document} {catalogue.plan.version}"


def _book(report: Report) -> Book:
    last = report.period.last_day
    return Book(datetime(last.year, last.month, last.day), f"{report.period} 运维服务指标达成情况")


def _write_readings(book: Book, contents: Contents, document: str) -> None:
    write_readings(book, contents.catalogue, contents.indicators, document)
    write_revisions(book, contents.catalogue, document)


def _in_order(book: Book) -> list[str]:
    """The sheets' names in the reader's order, evidence by number."""

    def rank(title: str) -> tuple[int, str]:
        found = [at for at, start in enumerate(_ORDER) if title.startswith(start)]
        return found[0] if found else len(_ORDER), title

    return sorted(book.made.sheetnames, key=rank)


def _content(book: Book) -> bytes:
    book.arrange(_in_order(book))
    return book.content()


def _ended(contents: Contents, found: Sequence[Series]) -> list[Assessment]:
    """The assessments of the year by the report's day, at which nothing later is known."""
    report = contents.report
    if report.as_of <= report.period.last_day:
        return [point.item for one in found for point in one.points]
    # what has ended since the period did may say whether an action helped
    year = Period(PeriodKind.YEAR, report.period.year)
    later = evaluate(contents.catalogue, contents.tables, year, as_of=report.as_of, indicators=contents.indicators)
    return list(later.assessments)


def _write_year(
    book: Book,
    contents: Contents,
    found: Sequence[Series],
    ended: Sequence[Assessment],
    proofs: Mapping[str, Proof],
    document: str,
) -> None:
    """The sheets of what else the plan has done in the year, up to the report's day: those of which the catalogue
    declares anything."""
    catalogue, as_of = contents.catalogue, contents.report.as_of
    year = Period(PeriodKind.YEAR, contents.report.period.year)
    when = f"{year} 年度,截至 {as_of}"
    plan = year_plan(catalogue, contents.ledgers, as_of) if catalogue.plan.year == year.year else None
    checks = supervise(catalogue, contents.ledgers, year, as_of)
    if workbook_activities.is_declared(catalogue):
        workbook_activities.write_activities(book, catalogue, plan, proofs, when, document)
    links = {name: place(proof.sheet, "A1") for name, proof in proofs.items()}
    if catalogue.supervision or SUPERVISION in catalogue.sources:
        page = supervision_page(catalogue, checks) if checks else said(supervision_words.UNDECLARED)
        write_page(book, "监督检查", page, when, document, links)
    if findings := look_into(catalogue, contents.ledgers, ended, year, as_of, contents.indicators):
        write_findings(book, catalogue, findings, proofs, when, document)
    if workbook_satisfaction.is_declared(catalogue):
        survey = _survey(contents, found, year)
        workbook_satisfaction.write_satisfaction(book, catalogue, survey, proofs, when, document)
    if workbook_clauses.is_declared(catalogue):
        all_known = len(contents.indicators) == len(catalogue.indicators)
        matrix = clause_matrix(catalogue, contents.ledgers, ended, year, as_of, plan, checks) if all_known else None
        workbook_clauses.write_clauses(book, matrix, proofs, when, document)


def _survey(contents: Contents, found: Sequence[Series], year: Period) -> Satisfaction | None:
    """The customer survey; None where it isn't declared, or nothing that was evaluated reads its ledger."""
    declared, report = contents.catalogue.satisfaction, contents.report
    if declared is None or declared.source not in {*sources_of(contents.indicators), *contents.records}:
        return None
    known = [one.to_date for one in found if one.to_date] if report.as_of <= report.period.last_day else []
    return survey_of(contents.catalogue, contents.ledgers, year, report.as_of, known=known, archived=contents.archived)


def _evidences(contents: Contents) -> dict[str, Evidence]:
    ledgers = ledgers_of(contents.catalogue, contents.tables)
    found: dict[str, Evidence] = {}
    for indicator in contents.indicators:
        mine = [item for item in contents.report.assessments if item.indicator == indicator.id]
        evidence = gather(contents.catalogue, ledgers, indicator, mine, contents.evidence_rows)
        if evidence.blocks:
            found[indicator.id] = evidence
    return found


def _place(item: Assessment) -> tuple[int, str | None, Period]:
    return item.number, item.group, item.period


def _changes(point: Point | None) -> tuple[str, str]:
    """环比 and 同比, of assessments that have ended."""
    if point is None or not point.item.due:
        return "", ""
    unit = point.item.unit
    return change_text(point.on_before, unit), change_text(point.on_year_before, unit)


def _trends(contents: Contents, found: Sequence[Series]) -> list[Trend]:
    listed = chain.from_iterable(
        [(number, domain, indicator) for number, domain in indicator.listings] for indicator in contents.indicators
    )
    return [
        Trend(
            number,
            domain,
            indicator,
            [point.item for one in found if one.number == number for point in one.points if point.item.due],
            [one.to_date for one in found if one.number == number and one.to_date],
        )
        for number, domain, indicator in sorted(listed, key=lambda one: one[0])
    ]


def _breakdowns(contents: Contents) -> dict[str, list[Breakdown]]:
    """The breakdowns of what is due by departments and projects, in the plan's order."""
    found: dict[str, list[Breakdown]] = {}
    report = contents.report
    due_ones = {item.indicator for item in report.due}
    for dimension in _DIMENSIONS:
        # by department every indicator is listed, with the reason where it has no groups
        cut = [
            indicator
            for indicator in contents.indicators
            if indicator.id in due_ones
            and (dimension == _DIMENSIONS[0] or dimension in dimensions_of(contents.catalogue, indicator))
        ]
        by_number = across_all(
            contents.catalogue, contents.tables, cut, report.period, report.as_of, dimension, report.assessments
        )
        due = [one for breakdowns in by_number.values() for one in breakdowns if one.whole.due]
        if due:
            found[dimension] = due
    return found
