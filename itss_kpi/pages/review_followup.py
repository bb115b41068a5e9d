"""Review follow-up: the sections of the review's input that say what became of what was found: nonconformities and
corrective actions, the last review, improvements, the plan's activities.

Source: section 3.2 of the plan, its sections 1, 3.3 and 3.8; GB/T 28827.1 chapter 5. Convention: as in `review_parts`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from itss_kpi.catalogue.plan import ManagementReview
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.targets import exact
from itss_kpi.pages.review_parts import (
    INDICATOR_HEAD,
    SOURCE,
    Cell,
    Ledgers,
    Paragraph,
    Part,
    Row,
    Section,
    Table,
    absent_texts,
    assessment_row,
    count,
    dated,
    labelled,
    texts,
)
from itss_kpi.pages.review_results import (
    NONCONFORMITY_HEAD,
    activity_parts,
    nonconformity_counts,
    nonconformity_row,
    occurrence_source,
    said_missing,
)
from itss_kpi.plan import action_words, activity_words
from itss_kpi.plan import nonconformity_words as finding_words
from itss_kpi.plan.actions import SOURCE as ACTIONS
from itss_kpi.plan.actions import Action, Followup
from itss_kpi.plan.actions import State as ActionState
from itss_kpi.plan.activities import SOURCE as LOG
from itss_kpi.plan.activities import Planned, Unplanned, YearPlan
from itss_kpi.plan.activities import State as ActivityState
from itss_kpi.plan.nonconformities import IMPROVEMENTS, NONCONFORMITIES, Findings, Improvement, Progress

_MISSING = Verdict.MISSING_DATA
_ACTIONS = {
    ActionState.OVERDUE: Verdict.MISSED,
    ActionState.DOUBTFUL: Verdict.UNVERIFIED,
    ActionState.INCOMPLETE: Verdict.UNDEFINED,
    ActionState.DONE: Verdict.UNDEFINED,
    ActionState.OPEN: Verdict.IN_PROGRESS,
    ActionState.VERIFIED: Verdict.ATTAINED,
}
_IMPROVEMENTS = {
    Progress.OVERDUE: Verdict.MISSED,
    Progress.UNKNOWN: Verdict.UNVERIFIED,
    Progress.COMING: Verdict.IN_PROGRESS,
    Progress.LATE: Verdict.UNDEFINED,
    Progress.DONE: Verdict.ATTAINED,
}
_ROOM = 3
"""Rows that are left to be filled in by hand."""


# ---- nonconformities and corrective actions


def correction_sections(
    ledgers: Ledgers, review: ManagementReview, found: Findings | None, actions: Followup | None
) -> list[Section]:
    """All nonconformities, those of audits and complaints among them, and what is done about missed indicators."""
    return [
        Section("不符合项与纠正措施", tuple(_nonconformities(ledgers, review, found))),
        Section("纠正措施", tuple(_actions(ledgers, actions)), 2),
    ]


def _nonconformities(ledgers: Ledgers, review: ManagementReview, found: Findings | None) -> Iterator[Part]:
    if found is None or found.nonconformities is None:
        yield Paragraph(f"{finding_words.NO_NONCONFORMITIES}。", _MISSING)
        return
    yield from said_missing(finding_words.absence_text(ledgers.name(NONCONFORMITIES), found.lacking(NONCONFORMITIES)))
    origins = [found.of(origin) for origin in found.origins]
    yield nonconformity_counts(ledgers, found, [*origins, found.of()], "不符合项:按来源")
    departments = [found.of("", name) for name in found.departments]
    yield nonconformity_counts(ledgers, found, departments, "不符合项:按责任部门")
    listed = {*review.origins, *review.complaints}
    rows = tuple(nonconformity_row(one) for one in found.nonconformities if one.origin not in listed)
    yield Table("其他来源的不符合项", NONCONFORMITY_HEAD, rows, "台账中没有。")


def _actions(ledgers: Ledgers, found: Followup | None) -> Iterator[Part]:
    if found is None:
        yield Paragraph(f"{action_words.UNDECLARED}。", _MISSING)
        return
    yield from said_missing(action_words.absence_text(ledgers.name(ACTIONS), found.absent))
    places = tuple(ledgers.of_year(ACTIONS, found.period) or absent_texts(found.absent))
    states = tuple(action_words.STATE_SIGNS)
    head = ("措施", *(state.label for state in states), SOURCE)
    counts = (count(len(found.actions)), *(count(found.count(state)) for state in states))
    yield Table("纠正措施:项数", head, (Row(counts, places),))
    yield _assessments(ledgers, "未达成而没有原因分析", found.unanalysed)
    yield _assessments(ledgers, "待核实的考核(先改正存疑的数据)", found.unverified)
    rows = tuple(_action_row(one) for one in found.actions)
    yield Table("纠正措施", ("编号", "指标与考核期", "原因与措施", "状态", "日期与效果", SOURCE), rows, "台账中没有。")


def _assessments(ledgers: Ledgers, title: str, items: Sequence[Assessment]) -> Table:
    return Table(title, INDICATOR_HEAD, tuple(assessment_row(ledgers, item) for item in items), "没有。")


def _action_row(one: Action) -> Row:
    row = one.record
    said = labelled(
        原因=row.text("原因分析"),
        措施=row.text("纠正措施"),
        责任=action_words.responsible_text(one),
        说明=";".join(one.remarks),
    )
    cells = (
        Cell(row.text("编号")),
        Cell(action_words.subject_text(one)),
        said,
        Cell(action_words.state_text(one), one.state.value, _ACTIONS[one.state]),
        dated(action_words.dates_text(one), action_words.effect_text(one)),
    )
    return Row(cells, (row.shown_place,))


# ---- the last review


def last_review_section(
    ledgers: Ledgers, review: ManagementReview, plan: YearPlan | None, found: Findings | None
) -> Section:
    """The review that the plan's year had, and what is to be said of what it decided."""
    parts: list[Part] = [*activity_parts(ledgers, plan, (review.activity,), "上次管理评审")]
    parts.append(Paragraph(_NOT_TOLD))
    if found is not None and found.improvements is not None:
        parts.append(_improvement_counts(ledgers, found, "改进计划的进展"))
    head = ("上次评审的决定", "责任部门", "完成情况", SOURCE)
    parts.append(Table("上次评审各项决定的完成情况(请填写)", head, blank=_ROOM))
    return Section("上次管理评审的跟踪", tuple(parts))


_NOT_TOLD = (
    "上次评审的决定见上表记录编号所指的记录;台账没有写明哪些改进出自评审的决定,所以这里只列改进计划的总体进展,"
    "各项决定的完成情况由质量组对照记录填写。"
)


# ---- improvements


def improvement_section(ledgers: Ledgers, found: Findings | None) -> Section:
    """The improvement plan, and room for what is proposed."""
    proposals = Table("提请评审讨论的改进建议(请填写)", ("建议", "提出部门", "说明", SOURCE), blank=_ROOM)
    return Section("改进建议与改进计划", (*_improvements(ledgers, found), proposals))


def _improvements(ledgers: Ledgers, found: Findings | None) -> Iterator[Part]:
    if found is None or found.improvements is None:
        yield Paragraph(f"{finding_words.NO_IMPROVEMENTS}。", _MISSING)
        return
    yield from said_missing(finding_words.absence_text(ledgers.name(IMPROVEMENTS), found.lacking(IMPROVEMENTS)))
    yield _improvement_counts(ledgers, found, "改进计划:项数")
    head = ("编号", "类别", "责任部门", "改进项与目标", "状态", "日期与效果", SOURCE)
    yield Table("改进计划", head, tuple(_improvement_row(one) for one in found.improvements), "台账中没有。")


def _improvement_counts(ledgers: Ledgers, found: Findings, title: str) -> Table:
    places = tuple(ledgers.of_year(IMPROVEMENTS, found.period) or absent_texts(found.lacking(IMPROVEMENTS)))
    rows = []
    for group in (*(found.improved(kind) for kind in found.categories), found.improved()):
        *numbers, progress = finding_words.improved_cells(group)
        cells = (
            Cell(group.category or "合计"),
            *(Cell(one, one) for one in numbers),
            Cell(progress, exact(group.progress)),
        )
        rows.append(Row(cells, places))
    return Table(title, ("类别", *finding_words.IMPROVED_HEAD, SOURCE), tuple(rows))


def _improvement_row(one: Improvement) -> Row:
    row = one.record
    said = labelled(
        改进=row.text("改进项"),
        目标=row.text("改进目标"),
        指标=finding_words.subject_text(one),
        评价=row.text("效果评价"),
        说明=";".join(one.remarks),
    )
    cells = (
        Cell(row.text("改进编号")),
        Cell(one.category),
        Cell(one.department),
        said,
        Cell(finding_words.state_text(one), one.state.value, _IMPROVEMENTS[one.state]),
        dated(finding_words.dates_text(one), finding_words.effect_text(one)),
    )
    return Row(cells, (row.shown_place,))


# ---- the plan's activities


def activity_section(ledgers: Ledgers, plan: YearPlan | None) -> Section:
    """What has become of the plan's activities: how many of each, and which were not done as planned."""
    heading = "质量活动的完成情况"
    if plan is None:
        return Section(heading, tuple(activity_parts(ledgers, None, (), "")))
    states = tuple(activity_words.STATE_SIGNS)
    head = ("序号", "活动", "计划时间", *(state.label for state in states), SOURCE)
    rows = [_activity_row(ledgers, plan, one, states) for one in plan.activities]
    total = (*texts("", "合计", ""), *(count(plan.count(state)) for state in states))
    parts: list[Part] = [
        *said_missing(activity_words.absence_text(ledgers.name(LOG), plan.absent)),
        Table("各项活动:期数", head, (*rows, Row(total, ("以上各行",)))),
        *_unplanned(plan),
    ]
    late = [*activity_parts(ledgers, _apart(plan), [one.activity.number for one in plan.activities], "未按计划完成的")]
    return Section(heading, (*parts, *(part for part in late if isinstance(part, Table))))


def _activity_row(ledgers: Ledgers, plan: YearPlan, planned: Planned, states: Sequence[ActivityState]) -> Row:
    counts = [sum(one.state is state for one in planned.occurrences) for state in states]
    cells = (
        count(planned.activity.number),
        Cell(planned.activity.name),
        Cell(planned.activity.when),
        *map(count, counts),
    )
    return Row(cells, occurrence_source(ledgers, plan, planned.occurrences))


def _apart(plan: YearPlan) -> YearPlan:
    """The plan with nothing but the occurrences that were not done as planned."""
    fine = (ActivityState.DONE, ActivityState.COMING)
    activities = tuple(
        replace(one, occurrences=tuple(item for item in one.occurrences if item.state not in fine))
        for one in plan.activities
    )
    return replace(plan, activities=activities)


def _unplanned(plan: YearPlan) -> Iterator[Part]:
    if plan.unplanned:
        yield Table("不属于任何一期的记录", ("记录", "为什么", SOURCE), tuple(map(_unplanned_row, plan.unplanned)))


def _unplanned_row(one: Unplanned) -> Row:
    reason = f"存疑:{one.reason}" if one.doubtful else one.reason
    like = Verdict.UNVERIFIED if one.doubtful else None
    return Row((Cell(activity_words.row_text(one)), Cell(reason, like=like)), (one.record.shown_place,))
