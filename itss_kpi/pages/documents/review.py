"""Review: the management review's input of a year (管理评审输入), from what the other commands work out.

Source: section 3.2 of the plan; GB/T 28827.1 chapter 5: results of audits, customer feedback, attainment of the
indicators, nonconformities and corrective actions, follow-up of the last review, proposals for improvement.
Convention: as in `parts`: the document and the JSON are made from these parts and from nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.plan import ManagementReview
from itss_kpi.catalogue.wording import RULED, name_text
from itss_kpi.core.problems import Problem
from itss_kpi.core.problems import count as counted
from itss_kpi.core.results import Assessment, Report
from itss_kpi.pages.decisions import TO_DECIDE
from itss_kpi.pages.documents.material import Material
from itss_kpi.pages.documents.parts import Ledgers, Part, count, exports_table, merged_absences, row, section, table
from itss_kpi.pages.documents.review_followup import (
    activity_section,
    audit_sections,
    correction_sections,
    improvement_section,
    last_review_section,
)
from itss_kpi.pages.documents.review_indicators import indicator_sections
from itss_kpi.pages.documents.review_results import customer_section, supervision_section
from itss_kpi.pages.making import together
from itss_kpi.pages.page import Note, Table
from itss_kpi.pages.rulings import ruling_text
from itss_kpi.plan import supervision_words
from itss_kpi.plan.actions import ActionsStatus
from itss_kpi.plan.actions import State as ActionState
from itss_kpi.plan.activities import State as ActivityState
from itss_kpi.plan.activities import YearPlan
from itss_kpi.plan.effects import Effect, Entry
from itss_kpi.plan.nonconformities import Findings, Progress
from itss_kpi.plan.nonconformities import State as FindingState
from itss_kpi.plan.satisfaction import Standing
from itss_kpi.plan.supervision import Coverage, Supervision
from itss_kpi.plan.year import PlanYear

SCHEMA = "itss-kpi/review/1"
UNDECLARED = (
    "指标目录没有声明管理评审;请加上 review,写明管理评审是哪项质量活动、哪些活动是审核(写法见 itss-kpi help 管理评审)"
)


@dataclass(frozen=True, slots=True)
class Review(Material):
    """The input of a management review."""

    schema: ClassVar[str] = SCHEMA
    with_revisions: ClassVar[bool] = True


def review_of(year: PlanYear) -> Review | None:
    """The review's input; None where the catalogue doesn't declare the review."""
    catalogue, report = year.catalogue, year.report
    review = catalogue.review
    if review is None:
        return None
    ledgers = Ledgers(catalogue, year.exports)
    plan = year.activities
    parts = [
        *section("概述", _overview(catalogue, review, year)),
        *audit_sections(ledgers, review, report, plan, year.nonconformities),
        *supervision_section(ledgers, year.checks),
        *customer_section(ledgers, review, year.survey, year.nonconformities),
        *indicator_sections(ledgers, report, year.series),
        *correction_sections(ledgers, review, year.nonconformities, year.actions),
        *last_review_section(ledgers, review, plan, year.nonconformities),
        *improvement_section(ledgers, year.nonconformities),
        *activity_section(ledgers, plan),
        *section("所用的台账", _used(ledgers, report, year.problems)),
    ]
    title = f"{report.period} 年度管理评审输入材料"
    return Review.of(year, title, parts, document=review.document or "")


# ---- overview


def _overview(catalogue: Catalogue, review: ManagementReview, year: PlanYear) -> Iterator[Part]:
    report, plan = year.report, catalogue.plan
    partial = ",年度尚未结束" if report.partial else ""
    yield Note(
        f"本材料汇总 {report.period} 年度的数据(截至 {report.as_of}{partial}),供管理评审评价运维服务能力体系的"
        f"符合性、有效性和适应性(GB/T 28827.1 第5章 管理)。依据《{plan.title}》({plan.document} {plan.version})。"
    )
    yield from _when(catalogue, review, report)
    yield Note(
        "各表最后一列写明每行数字的出处:台账的文件、工作表和行;“见”某节的,在本材料中。标 ! 的是没有交来台账而不知道的,"
        "不当作没有问题;标 ? 的是存疑的数据可能改变的。"
    )
    yield _absent(catalogue, year)
    yield _decisions(year)


def _when(catalogue: Catalogue, review: ManagementReview, report: Report) -> Iterator[Note]:
    """When the plan has the review done, at what it looks back then (in the plan's own words), and what that means."""
    activity = next(one for one in catalogue.activities if one.number == review.activity)
    section = f",计划第{activity.section}节" if activity.section else ""
    yield Note(
        f"计划的安排:{activity.name},{activity.when}{section}。" + (f"说明:{activity.note}" if activity.note else "")
    )
    spans = catalogue.planned(activity) if catalogue.plan.year == report.period.year else ()
    if spans and spans[-1].last_day < report.period.last_day:
        yield Note(
            f"{spans[-1]} 的评审早于 {report.period} 年度结束,那时还没有本材料所列的全年数据;"
            f"回顾 {report.period} 年度的,是该年度结束以后的评审。"
        )


def _absent(catalogue: Catalogue, year: PlanYear) -> Table:
    """The ledgers that weren't handed in, from whichever section."""
    found = [absent for item in year.report.assessments for absent in item.absent]
    others = (year.actions, year.nonconformities, year.checks, year.survey, year.activities)
    found += [absent for one in others if one is not None for absent in one.absent]
    rows = [
        row((catalogue.sources[one.source].name, one.department, "、".join(one.months)), ["没有文件"])
        for one in merged_absences(found)
    ]
    return table("没有交来的台账", ("台账", "部门", "缺的月份"), rows, "应交的台账都已交来。")


def _used(ledgers: Ledgers, report: Report, problems: Sequence[Problem]) -> Iterator[Part]:
    """The files that the figures come from, sheet by sheet, how much was wrong with them, and what was ruled."""
    year = report.period
    listed = "、".join(f"{severity.label} {number}" for severity, number in counted(problems).items() if number)
    yield Note(f"读取时的数据问题:{listed or '无'}。")
    yield from (Note(f"{RULED} 裁定 {ruling_text(one)}") for one in report.rulings)
    yield exports_table(ledgers, ledgers.of_days(year.start, year.end))


# ---- what is to be decided


Point = tuple[str, int, Sequence[str], str]
"""What has to be decided or cleared up, how many there are, which, and the section that says more."""


def _decisions(year: PlanYear) -> Table:
    rows = [
        row((what, count(number), ";".join(names)), [f"见“{where}”"])
        for what, number, names, where in _points(year)
        if number
    ]
    return table("提请评审关注和决定的事项", ("事项", "项数", "内容"), rows, "没有。")


def _points(year: PlanYear) -> Iterator[Point]:
    for verdict in TO_DECIDE:
        items = [item for item in year.report.due if item.verdict is verdict]
        yield f"{verdict.label}的指标", len(items), _short(items), "指标达成情况"
    yield from _points_of_actions(year.actions)
    yield from _points_of_findings(year.nonconformities)
    yield from _points_of_activities(year.activities)
    yield from _points_of_checks(year.checks)
    customers = year.survey.customers if year.survey else ()
    for standing in (Standing.UNANSWERED, Standing.MISSING, Standing.DOUBTFUL):
        mine = [one.name for one in customers if one.standing is standing]
        yield f"客户{standing.label}", len(mine), mine, "客户反馈"


def _short(items: Iterable[Assessment]) -> list[str]:
    """Assessments in few words."""
    named = ((f"{item.number} {name_text(item.name, item.group)}", item) for item in items)
    return _listed(
        (name, f"{item.period}({item.display})" if item.value is not None else str(item.period)) for name, item in named
    )


def _listed(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """What belongs to one name: `18 事件及时响应率 2022-10、2022-11`."""
    return [f"{name} {'、'.join(own)}" for name, own in together(pairs).items()]


def _numbers(where: str, what: str, entries: Iterable[Entry[Any, Any]]) -> Point:
    mine = [one.record.id or one.record.shown_place for one in entries]
    return what, len(mine), mine, where


def _standing(where: str, what: str, entries: Sequence[Entry[Any, Any]], states: Iterable[Any]) -> Iterator[Point]:
    """The entries in each of these states."""
    for state in states:
        yield _numbers(where, f"{what}{state.label}", [one for one in entries if one.state is state])


def _points_of_actions(found: ActionsStatus | None) -> Iterator[Point]:
    if found is None:
        return
    where = "纠正措施"
    yield "未达成而没有原因分析", len(found.unanalysed), _short(found.unanalysed), where
    states = (ActionState.OVERDUE, ActionState.DOUBTFUL, ActionState.INCOMPLETE, ActionState.DONE)
    yield from _standing(where, "纠正措施", found.actions, states)
    bad = [one for one in found.actions if one.tried.effect is Effect.INEFFECTIVE]
    yield _numbers(where, "纠正措施无效", bad)
    yield _numbers(where, "纠正措施的验证与数据相反", [one for one in found.actions if one.contradicted])


def _points_of_findings(found: Findings | None) -> Iterator[Point]:
    faults = (found.nonconformities if found else None) or ()
    states = (FindingState.OVERDUE, FindingState.UNKNOWN, FindingState.OPEN)
    yield from _standing("不符合项与纠正措施", "不符合项", faults, states)
    plans, where = (found.improvements if found else None) or (), "改进建议与改进计划"
    yield from _standing(where, "改进", plans, (Progress.OVERDUE, Progress.UNKNOWN))
    yield _numbers(where, "改进完成而没有效果评价", [one for one in plans if one.unevaluated])
    yield _numbers(where, "改进的进度与完成日期矛盾", [one for one in plans if one.contradictory])


def _points_of_activities(plan: YearPlan | None) -> Iterator[Point]:
    for state in (ActivityState.OVERDUE, ActivityState.UNKNOWN, ActivityState.MISSING):
        pairs = [
            (f"{planned.activity.number} {planned.activity.name}", str(one.span))
            for planned in (plan.activities if plan else ())
            for one in planned.occurrences
            if one.state is state
        ]
        yield f"质量活动{state.label}", len(pairs), _listed(pairs), "质量活动的完成情况"


def _points_of_checks(found: Supervision | None) -> Iterator[Point]:
    if found is None:
        return
    where = "监督检查结果"
    for coverage in (Coverage.UNCHECKED, Coverage.MISSING_DATA, Coverage.DOUBTFUL):
        pairs = [(one.name, str(one.period)) for one in found.required if one.coverage is coverage]
        yield f"监督检查{coverage.label}", len(pairs), _listed(pairs), where
    still = [supervision_words.subject_text(one) for one in found.open()]
    yield "监督检查发现而未关闭", len(still), still, where
