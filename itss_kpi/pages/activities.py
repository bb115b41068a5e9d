"""质量活动: what has become of the plan's activities in its year, and the check calendar.

Source: sections 1 to 3 of the plan. Convention: what needs somebody comes first; a workbook has no check calendar.
"""

from collections.abc import Iterable, Iterator

from itss_kpi.analysis.collection import month_ranges
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.text import ranges_text
from itss_kpi.pages.making import columns, joined, missing
from itss_kpi.pages.page import Card, Cards, Cell, Heading, Note, On, Page, Part, Table, Text, Tone, tone_of
from itss_kpi.plan import activity_words as words
from itss_kpi.plan.activities import EVIDENCE, SOURCE, Check, Occurrence, Planned, State, Unplanned, YearPlan

LEGEND = (
    "计划的各项质量活动,逐期列出。到期日当天还不算逾期;“超期完成”是到期日以后才完成的。完成而没有记录编号的,说明中写明。"
    "台账没有交齐的期写数据缺失,不能说没有做。"
)
_URGENT = (State.OVERDUE, State.UNKNOWN)
_SHOWN = columns(f"期 到期日 状态 完成日期 {EVIDENCE} 结论 行", right="行", whole="期 到期日 状态 完成日期 行")
_OF_ACTIVITY = "牵头部门 参加部门 证据 服务指标 条款 计划章节 提示"
_OCCURRENCES = columns(
    f"序号 名称 期 开始 到期日 状态 天数 完成日期 {EVIDENCE} 结论 责任部门 {_OF_ACTIVITY} 说明 出处",
    data=f"开始 天数 {_OF_ACTIVITY}",
)
_UNPLANNED = columns(f"序号 名称 期 状态 完成日期 {EVIDENCE} 结论 责任部门 说明 出处")
_FACTS = "组织 服务 依据 证据 提示"
_ACTIVITIES = columns(f"序号 名称 计划时间 {_FACTS}")
_SERVED = columns("指标 活动")
_CALENDAR = columns("到期或向谁收 考核期或月份 指标或台账", whole="到期或向谁收 考核期或月份")
_DUE = columns("序号 名称 期 开始 到期日", on=On.DATA)
_COLLECTED = columns("期 到期日 责任部门 台账 说明", on=On.DATA)


def activities_page(catalogue: Catalogue, found: YearPlan) -> Page:
    """What `plan` and the sheet 质量活动 show."""
    absent = words.absence_text(catalogue.sources[SOURCE].name, found.absent)
    return Page(
        found.title(catalogue.plan.organization, "质量活动", begins=True),
        list(_summary(found)),
        [*missing(absent), *_parts(catalogue, found)],
        LEGEND,
    )


def _summary(found: YearPlan) -> Iterator[Cell]:
    counts = ((state, found.counts[state]) for state in State)
    yield joined(*(Cell(f"{state.signed} {count}", tone_of(state)) for state, count in counts if count))
    for count, what in ((found.unrecorded, f"做了而没有{EVIDENCE}"), (len(found.unplanned), "不属于计划哪一期的记录")):
        if count:
            yield Cell(f"{what} {count}", Tone.LATE)


def _parts(catalogue: Catalogue, found: YearPlan) -> Iterator[Part]:
    listed = [(planned, one) for planned in found.activities for one in planned.occurrences]
    urgent = [pair for pair in listed if pair[1].state in _URGENT]
    if urgent:
        yield Cards("要办的", [_urgent(*pair) for pair in urgent])
        yield Table("要办的", _OCCURRENCES, [_occurrence(*pair) for pair in urgent], on=On.SHEET)
    for planned in found.activities:
        yield from _activity(planned)
    yield Table("各项活动", _ACTIVITIES, list(map(_planned, found.activities)), on=On.SHEET)
    yield Table("服务于各指标的活动", _SERVED, list(_served(found)), on=On.SHEET, printed=False)
    title = f"各项活动逐期(共 {len(listed)} 期)"
    every = [_occurrence(*pair) for pair in listed]
    yield Table(title, _OCCURRENCES, every, kind="质量活动", on=On.WIDE, printed=False)
    yield from _others(found)
    yield from _calendar(catalogue, found.calendar)


# ---- activities and their occurrences


def _urgent(planned: Planned, one: Occurrence) -> Card:
    name = f"{planned.activity.number} {planned.activity.name} {one.span}"
    return Card(joined(name, Cell(words.state_text(one), tone_of(one.state)), "、".join(planned.activity.lead)))


def _activity(planned: Planned) -> Iterator[Part]:
    """An activity as the screen shows it."""
    activity, occurrences = planned.activity, planned.occurrences
    yield Heading(f"{activity.number} {activity.name}  {words.when_text(planned)}", Tone.HEAD, on=On.SCREEN)
    yield Cards("", [Card(Cell(), tuple(zip(_FACTS.split(), _facts(planned), strict=True)))])
    yield Table("", _SHOWN, list(map(_shown, occurrences)), Tone.QUIET, on=On.SCREEN, indented=True)
    places = words.places_text(row for one in occurrences for row in one.records)
    if len(places) > 1:  # a row's number alone would not say where it stands
        places = [f"{one.span} {text}" for one in occurrences for text in words.places_text(one.records)]
    remarks = [("说明", f"{one.span} {';'.join(one.remarks)}") for one in occurrences if one.remarks]
    yield Cards("", [Card(Cell(), (*remarks, *(("出处", Cell(text, Tone.QUIET)) for text in places)))])


def _state(one: Occurrence) -> Cell:
    return Cell(words.state_text(one), tone_of(one.state), one.state.label)


def _shown(one: Occurrence) -> list[Text]:
    rows = ranges_text(row.place[2] for row in one.records)
    done = str(one.done or "")
    return [str(one.span), str(one.span.last_day), _state(one), done, one.evidence, one.conclusion, rows]


def _occurrence(planned: Planned, one: Occurrence) -> list[Text]:
    activity = planned.activity
    evidence = Cell("—", Tone.LATE, "") if one.unrecorded else one.evidence
    return [
        *(str(activity.number), activity.name, str(one.span), str(one.span.start), str(one.span.last_day)),
        *(_state(one), str(one.days or ""), str(one.done or ""), evidence, one.conclusion, one.department),
        *map("、".join, (activity.lead, activity.participants, activity.evidence)),
        *(ranges_text(activity.serves), "、".join(activity.clauses), activity.section or "", activity.note or ""),
        *(";".join(one.remarks), Cell(";".join(words.places_text(one.records)), Tone.QUIET)),
    ]


def _planned(planned: Planned) -> list[Text]:
    return [str(planned.activity.number), planned.activity.name, words.when_text(planned), *_facts(planned)]


def _facts(planned: Planned) -> list[str]:
    said = [words.who_text(planned), words.serves_text(planned), words.basis_text(planned)]
    return [*said, "、".join(planned.activity.evidence), planned.activity.note or ""]


def _served(found: YearPlan) -> Iterator[list[Text]]:
    served = {one.id: one for planned in found.activities for one in planned.serves}
    for one in sorted(served.values(), key=lambda one: one.number):
        serving = [planned.activity for planned in found.activities if one in planned.serves]
        names = "、".join(f"{activity.number} {activity.name}" for activity in serving)
        yield [Cell(words.indicator_text(one), leads_to=one.id), names]


# ---- rows that belong to no occurrence


def _others(found: YearPlan) -> Iterator[Part]:
    others = found.unplanned
    title = f"不属于计划哪一期的记录({len(others)})"
    if others:
        yield Cards(title, list(map(_unplanned_card, others)), Tone.DOUBTFUL)
    none = "台账没有交齐,不能说没有。" if found.absent else "没有。"
    yield Table(title, _UNPLANNED, list(map(_unplanned, others)), kind="计划外记录", empty=none, on=On.WIDE)


def _unplanned_card(one: Unplanned) -> Card:
    head = joined(words.row_text(one), f"完成 {one.done}" if one.done else "")
    place = Cell(one.record.shown_place, Tone.QUIET)
    return Card(head, (("记录", one.record.evidence), ("原因", one.reason), ("出处", place)))


def _unplanned(one: Unplanned) -> list[Text]:
    row = one.record
    number = "" if row.number is None else str(row.number)
    state = Cell("? 存疑", Tone.DOUBTFUL, State.UNKNOWN.label) if one.doubtful else Cell("计划外", value="")
    done, place = str(one.done or ""), Cell(row.shown_place, Tone.QUIET)
    said = (row.evidence, row.conclusion, row.department, one.reason)
    return [number, row.name, row.when, state, done, *said, place]


# ---- the check calendar


def _calendar(catalogue: Catalogue, calendar: Iterable[Check]) -> Iterator[Part]:
    yield Heading("检查日历:哪些指标到期,向谁收哪些台账", on=On.SCREEN)
    if catalogue.plan.hand_in_days is None:
        yield Note(words.NO_DEADLINE, Tone.QUIET, On.SCREEN)
    for check in calendar:
        by = f"  台账应于 {check.hand_in} 交齐" if check.hand_in and check.ledgers else ""
        yield Heading(f"{check.month}{by}", Tone.HEAD, 2, On.SCREEN)
        if check.due:
            rows = [*(("到期", *due) for due in words.due_texts(check)), *words.collect_texts(check)]
            yield Table("", _CALENDAR, rows, on=On.SCREEN, indented=True, headless=True)
        else:
            yield Note("  没有到期的指标", Tone.QUIET, On.SCREEN)
        yield Table("指标到期", _DUE, list(_due(check)), on=On.DATA)
        yield Table("收集台账", _COLLECTED, list(_collected(check)), on=On.DATA)


def _due(check: Check) -> Iterator[list[Text]]:
    for due in check.due:
        numbers = "、".join(map(str, due.indicator.numbers))
        days = (str(day) for day in (due.period, due.period.start, due.period.last_day))
        yield [numbers, due.indicator.name, *days]


def _collected(check: Check) -> Iterator[list[Text]]:
    for one in check.ledgers:
        yield [str(check.month), str(check.hand_in or ""), one.department, one.name, month_ranges(one.months)]
