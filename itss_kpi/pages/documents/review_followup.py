"""Review follow-up: the sections of the review's input that say what audits found and what became of what was found:
nonconformities and corrective actions, the last review, improvements, the plan's activities.

Source: section 3.2 of the plan, its sections 1, 3.1, 3.3 and 3.8; GB/T 28827.1 chapter 5. Convention: as in `parts`.
"""

from collections.abc import Container, Iterable, Iterator, Sequence

from itss_kpi.catalogue.plan import ManagementReview
from itss_kpi.core.results import Report
from itss_kpi.core.targets import exact
from itss_kpi.pages.documents import parts as doc
from itss_kpi.pages.documents.parts import Ledgers, Part, Row
from itss_kpi.pages.page import Cell, Note, Table, Text, Tone, tone_of
from itss_kpi.plan import action_words, activity_words, entry_words
from itss_kpi.plan import nonconformity_words as finding_words
from itss_kpi.plan.actions import SOURCE as ACTIONS
from itss_kpi.plan.actions import Action, ActionsStatus
from itss_kpi.plan.activities import SOURCE as LOG
from itss_kpi.plan.activities import Occurrence, Planned, State, Unplanned, YearPlan
from itss_kpi.plan.nonconformities import (
    IMPROVEMENTS,
    NONCONFORMITIES,
    Findings,
    Improvement,
    Nonconformities,
    Nonconformity,
)

# ---- audits


def audit_sections(
    ledgers: Ledgers, review: ManagementReview, report: Report, plan: YearPlan | None, found: Findings | None
) -> list[Part]:
    """What the audits found: the audits themselves, the indicators that they serve, and their nonconformities."""
    mine = [one for one in ledgers.catalogue.activities if one.number in review.audits]
    serves = {number for one in mine for number in one.serves}
    parts: list[Part] = [*_activity_parts(ledgers, plan, review.audits, "审核活动")]
    if serves:
        served = [item for item in report.assessments if item.number in serves]
        parts.append(doc.assessments_table(ledgers, "审核的指标", served, "没有到期或进行中的考核。"))
    faults = nonconformity_parts(ledgers, found, review.origins, "审核")
    return [*doc.section("审核结果", parts), *doc.section("审核发现的不符合项", faults, 2)]


def _activity_parts(ledgers: Ledgers, plan: YearPlan | None, numbers: Container[int], title: str) -> Iterator[Part]:
    if plan is None:
        yield _no_activities(ledgers)
        return
    yield from doc.said_missing(activity_words.absence_text(ledgers.name(LOG), plan.absent))
    mine = [planned for planned in plan.activities if planned.activity.number in numbers]
    yield _occurrences_table(ledgers, plan, [(planned, one) for planned in mine for one in planned.occurrences], title)


def _no_activities(ledgers: Ledgers) -> Note:
    another = f"指标目录是 {ledgers.catalogue.plan.year} 年度的计划,没有本材料所在年度的质量活动"
    return doc.not_there(activity_words.undeclared_text(ledgers.catalogue) or another)


def _occurrences_table(
    ledgers: Ledgers, plan: YearPlan, listed: Iterable[tuple[Planned, Occurrence]], title: str
) -> Table:
    head = ("序号", "活动", "计划时间", "状态", "完成日期", "记录编号", "结论与说明")
    rows = [_occurrence_row(ledgers, plan, planned, one) for planned, one in listed]
    return doc.table(title, head, rows, "计划中没有这样的活动。")


def _occurrence_row(ledgers: Ledgers, plan: YearPlan, planned: Planned, one: Occurrence) -> Row:
    said = ";".join(filter(None, (one.conclusion, *one.remarks)))
    cells = (
        doc.count(planned.activity.number),
        planned.activity.name,
        str(one.span),
        Cell(activity_words.state_text(one), tone_of(one.state), one.state.value),
        doc.number_cell(str(one.done or "")),
        one.evidence,
        said,
    )
    return doc.row(cells, _occurrence_source(ledgers, plan, [one]))


def _occurrence_source(ledgers: Ledgers, plan: YearPlan, listed: Sequence[Occurrence]) -> tuple[str, ...]:
    """Where occurrences are recorded; where none is, the ledger in which they would be."""
    rows = activity_words.places_text([record for one in listed for record in one.records])
    return tuple(rows or ledgers.of_year(LOG, plan.period) or doc.absent_texts(plan.absent))


def nonconformity_parts(ledgers: Ledgers, found: Findings | None, origins: Sequence[str], whose: str) -> Iterator[Part]:
    """The nonconformities of these origins: how many of each, and each of them."""
    if found is None or found.nonconformities is None:
        yield doc.not_there(finding_words.NO_NONCONFORMITIES)
        return
    yield from _missing(ledgers, found, NONCONFORMITIES)
    yield _nonconformity_counts(ledgers, found, [found.of(origin) for origin in origins], f"{whose}的不符合项:项数")
    yield _nonconformities_table(f"{whose}的不符合项", [one for one in found.nonconformities if one.kind in origins])


def _nonconformities_table(title: str, items: Iterable[Nonconformity]) -> Table:
    head = ("编号", "来源", "责任部门", "事实、原因与措施", "状态", "日期与效果")
    return doc.table(title, head, list(map(_nonconformity_row, items)), "台账中没有。")


def _nonconformity_row(one: Nonconformity) -> Row:
    record = one.record
    said = doc.labelled(
        依据=record.clause,
        事实=record.fact,
        原因=record.cause,
        措施=record.measure,
        指标=finding_words.subject_text(one),
        说明=";".join(one.remarks),
    )
    return doc.row((record.id, one.kind, one.department, said, *_standing_cells(one)), [record.shown_place])


def _standing_cells(one: Nonconformity | Improvement) -> tuple[Text, Text]:
    state = Cell(entry_words.state_text(one), tone_of(one.state), one.state.value)
    return state, doc.dated(finding_words.dates_text(one), entry_words.effect_text(one))


def _nonconformity_counts(ledgers: Ledgers, found: Findings, groups: Sequence[Nonconformities], title: str) -> Table:
    places = _places_of(ledgers, found, NONCONFORMITIES)
    rows = [doc.row((one.kind or one.department or "合计", *_found_cells(one)), places) for one in groups]
    return doc.table(title, ("来源或部门", *finding_words.FOUND_HEAD), rows, "没有声明来源。")


def _found_cells(group: Nonconformities) -> list[Cell]:
    *counts, mean, median = finding_words.found_cells(group)
    return [*map(doc.number_cell, counts), Cell(mean, value=exact(group.mean)), Cell(median, value=exact(group.median))]


def _missing(ledgers: Ledgers, found: Findings, source: str) -> list[Part]:
    return doc.said_missing(finding_words.absence_text(ledgers.name(source), found.lacking(source)))


def _places_of(ledgers: Ledgers, found: Findings, source: str) -> Sequence[str]:
    """The ledger's files, or who hasn't handed one in."""
    return ledgers.of_year(source, found.period) or doc.absent_texts(found.lacking(source))


# ---- nonconformities and corrective actions


def correction_sections(
    ledgers: Ledgers, review: ManagementReview, found: Findings | None, actions: ActionsStatus | None
) -> list[Part]:
    """All nonconformities, those of audits and complaints among them, and what is done about missed indicators."""
    return [
        *doc.section("不符合项与纠正措施", _nonconformities(ledgers, review, found)),
        *doc.section("纠正措施", _actions(ledgers, actions), 2),
    ]


def _nonconformities(ledgers: Ledgers, review: ManagementReview, found: Findings | None) -> Iterator[Part]:
    if found is None or found.nonconformities is None:
        yield doc.not_there(finding_words.NO_NONCONFORMITIES)
        return
    yield from _missing(ledgers, found, NONCONFORMITIES)
    origins = [found.of(origin) for origin in found.origins]
    yield _nonconformity_counts(ledgers, found, [*origins, found.of()], "不符合项:按来源")
    departments = [found.of("", name) for name in found.departments]
    yield _nonconformity_counts(ledgers, found, departments, "不符合项:按责任部门")
    listed = {*review.origins, *review.complaints}
    yield _nonconformities_table("其他来源的不符合项", [one for one in found.nonconformities if one.kind not in listed])


def _actions(ledgers: Ledgers, found: ActionsStatus | None) -> Iterator[Part]:
    if found is None:
        yield doc.not_there(action_words.UNDECLARED)
        return
    yield from doc.said_missing(action_words.absence_text(ledgers.name(ACTIONS), found.absent))
    places = ledgers.of_year(ACTIONS, found.period) or doc.absent_texts(found.absent)
    states = action_words.STATES
    counts = (doc.count(len(found.actions)), *(doc.count(found.counts[state]) for state in states))
    yield doc.table("纠正措施:项数", ("措施", *(state.label for state in states)), [doc.row(counts, places)])
    yield doc.assessments_table(ledgers, "未达成而没有原因分析", found.unanalysed, "没有。")
    yield doc.assessments_table(ledgers, "待核实的考核(先改正存疑的数据)", found.unverified, "没有。")
    head = ("编号", "指标与考核期", "原因与措施", "状态", "日期与效果")
    yield doc.table("纠正措施", head, list(map(_action_row, found.actions)), "台账中没有。")


def _action_row(one: Action) -> Row:
    record = one.record
    said = doc.labelled(
        原因=record.cause,
        措施=record.measure,
        责任=action_words.responsible_text(one),
        说明=";".join(one.remarks),
    )
    cells = (
        record.id,
        entry_words.subject_text(one),
        said,
        Cell(entry_words.state_text(one), tone_of(one.state), one.state.value),
        doc.dated(action_words.dates_text(one), action_words.effect_text(one)),
    )
    return doc.row(cells, [record.shown_place])


# ---- the last review


def last_review_section(
    ledgers: Ledgers, review: ManagementReview, plan: YearPlan | None, found: Findings | None
) -> list[Part]:
    """The review that the plan's year had, and what is to be said of what it decided."""
    parts: list[Part] = [*_activity_parts(ledgers, plan, (review.activity,), "上次管理评审")]
    parts.append(Note(_NOT_TOLD))
    if found is not None and found.improvements is not None:
        parts.append(_improvement_counts(ledgers, found, "改进计划的进展"))
    parts.append(doc.to_fill_in("上次评审各项决定的完成情况(请填写)", ("上次评审的决定", "责任部门", "完成情况")))
    return doc.section("上次管理评审的跟踪", parts)


_NOT_TOLD = (
    "上次评审的决定见上表记录编号所指的记录;台账没有写明哪些改进出自评审的决定,所以这里只列改进计划的总体进展,"
    "各项决定的完成情况由质量组对照记录填写。"
)


# ---- improvements


def improvement_section(ledgers: Ledgers, found: Findings | None) -> list[Part]:
    """The improvement plan, and room for what is proposed."""
    proposals = doc.to_fill_in("提请评审讨论的改进建议(请填写)", ("建议", "提出部门", "说明"))
    return doc.section("改进建议与改进计划", [*_improvements(ledgers, found), proposals])


def _improvements(ledgers: Ledgers, found: Findings | None) -> Iterator[Part]:
    if found is None or found.improvements is None:
        yield doc.not_there(finding_words.NO_IMPROVEMENTS)
        return
    yield from _missing(ledgers, found, IMPROVEMENTS)
    yield _improvement_counts(ledgers, found, "改进计划:项数")
    head = ("编号", "类别", "责任部门", "改进项与目标", "状态", "日期与效果")
    yield doc.table("改进计划", head, list(map(_improvement_row, found.improvements)), "台账中没有。")


def _improvement_counts(ledgers: Ledgers, found: Findings, title: str) -> Table:
    places = _places_of(ledgers, found, IMPROVEMENTS)
    rows = []
    for group in (*(found.improved(kind) for kind in found.categories), found.improved()):
        *numbers, progress = finding_words.improved_cells(group)
        shown = Cell(progress, value=exact(group.progress))
        rows.append(doc.row((group.kind or "合计", *map(doc.number_cell, numbers), shown), places))
    return doc.table(title, ("类别", *finding_words.IMPROVED_HEAD), rows)


def _improvement_row(one: Improvement) -> Row:
    record = one.record
    said = doc.labelled(
        改进=record.topic,
        目标=record.goal,
        指标=finding_words.subject_text(one),
        评价=record.evaluation,
        说明=";".join(one.remarks),
    )
    return doc.row((record.id, one.kind, one.department, said, *_standing_cells(one)), [record.shown_place])


# ---- the plan's activities


def activity_section(ledgers: Ledgers, plan: YearPlan | None) -> list[Part]:
    """What has become of the plan's activities: how many of each, and which were not done as planned."""
    return doc.section("质量活动的完成情况", _activities(ledgers, plan))


def _activities(ledgers: Ledgers, plan: YearPlan | None) -> Iterator[Part]:
    if plan is None:
        yield _no_activities(ledgers)
        return
    states = tuple(State)
    head = ("序号", "活动", "计划时间", *(state.label for state in states))
    rows = [_activity_row(ledgers, plan, one, states) for one in plan.activities]
    total = doc.row(["", "合计", "", *(doc.count(plan.counts[state]) for state in states)], ["以上各行"])
    yield from doc.said_missing(activity_words.absence_text(ledgers.name(LOG), plan.absent))
    yield doc.table("各项活动:期数", head, [*rows, total])
    if plan.unplanned:
        yield doc.table("不属于任何一期的记录", ("记录", "为什么"), list(map(_unplanned_row, plan.unplanned)))
    fine = (State.DONE, State.COMING)
    late = [(planned, one) for planned in plan.activities for one in planned.occurrences if one.state not in fine]
    yield _occurrences_table(ledgers, plan, late, "未按计划完成的")


def _activity_row(ledgers: Ledgers, plan: YearPlan, planned: Planned, states: Sequence[State]) -> Row:
    counts = [doc.count(sum(one.state is state for one in planned.occurrences)) for state in states]
    activity = planned.activity
    places = _occurrence_source(ledgers, plan, planned.occurrences)
    return doc.row([doc.count(activity.number), activity.name, activity.when, *counts], places)


def _unplanned_row(one: Unplanned) -> Row:
    reason = Cell(f"存疑:{one.reason}", Tone.DOUBTFUL) if one.doubtful else one.reason
    return doc.row((activity_words.row_text(one), reason), [one.record.shown_place])
