"""Plan lists: the year's activities and its check calendar -> terminal, JSON, CSV and a calendar file (iCalendar).

Convention: as in `terminal`, a renderer decides nothing and text from users' files goes through `clean`. The calendar
file is of the plan's date, so the same plan on the same day gives the same bytes; a later day has a higher SEQUENCE.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.analysis.collection import month_ranges
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import listed_numbers
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import clean, csv_table
from itss_kpi.plan.activities import (
    EVIDENCE,
    NUMBER,
    SOURCE,
    WHEN,
    Check,
    Occurrence,
    Planned,
    State,
    Unplanned,
    YearPlan,
    to_json,
)
from itss_kpi.plan.activity_words import (
    NO_DEADLINE,
    STATE_SIGNS,
    absence_text,
    basis_text,
    collect_texts,
    due_texts,
    indicator_text,
    places_text,
    ranges_text,
    row_text,
    serves_text,
    state_text,
    when_text,
    who_text,
)

PRODUCT = "-//itss-kpi//plan//ZH"
"""Who made a calendar file, as it says itself."""

_STYLES = {
    State.OVERDUE: "bold red",
    State.UNKNOWN: "bold yellow",
    State.MISSING: "bold magenta",
    State.LATE: "yellow",
    State.COMING: "blue",
    State.DONE: "green",
}
_URGENT = (State.OVERDUE, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Plan:
    """What `plan` shows: the year, under which catalogue, and what is wrong with the log."""

    catalogue: Catalogue
    identity: Mapping[str, str]
    found: YearPlan
    problems: Sequence[Problem] = ()

    @property
    def missing(self) -> str:
        """What is missing of the log; '' where nothing is."""
        return absence_text(self.catalogue.sources[SOURCE].name, self.found.absent)


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def plan_json(plan: Plan) -> dict[str, Any]:
    """The year as an object."""
    return to_json(plan.found, plan.identity, plan.problems)


# ---- in the terminal


def render_plan(plan: Plan) -> RenderableType:
    """What needs somebody, then every activity with its occurrences, the other rows, and the check calendar."""
    found = plan.found
    parts: list[RenderableType] = [_text(_title(plan), "bold"), *_summary(found)]
    if missing := plan.missing:
        parts += [_text(f"! 数据缺失:{missing}", "bold magenta")]
    urgent = [(one, item) for one in found.activities for item in one.occurrences if item.state in _URGENT]
    if urgent:
        parts += [Text(), Text("要办的", style="bold"), *(_one_urgent(*pair) for pair in urgent)]
    for planned in found.activities:
        parts += [Text(), *_one_activity(planned)]
    if found.unplanned:
        parts += [Text(), Text(f"不属于计划哪一期的记录({len(found.unplanned)})", style="bold yellow")]
        parts += [part for one in found.unplanned for part in _one_unplanned(one)]
    parts += [Text(), Text("检查日历:哪些指标到期,向谁收哪些台账", style="bold")]
    if plan.catalogue.plan.hand_in_days is None:
        parts += [Text(NO_DEADLINE, style="dim")]
    return Group(*parts, *(part for one in found.calendar for part in _one_check(one)))


def _title(plan: Plan) -> str:
    found = plan.found
    state = ",尚未开始" if found.as_of < found.year.start else ",尚未结束" if found.as_of < found.year.last_day else ""
    return f"{plan.catalogue.plan.organization} {found.year} 质量活动(截至 {found.as_of}{state})"


def _summary(found: YearPlan) -> Iterator[Text]:
    parts = [
        Text(f"{sign} {state.label} {count}", style=_STYLES[state])
        for state, sign in STATE_SIGNS.items()
        if (count := found.count(state))
    ]
    yield Text("  ").join(parts)
    for count, words in ((found.unrecorded, "做了而没有记录编号"), (len(found.unplanned), "不属于计划哪一期的记录")):
        if count:
            yield Text(f"{words} {count}", style="yellow")


def _one_urgent(planned: Planned, one: Occurrence) -> Text:
    line = _text(f"{planned.activity.number} {planned.activity.name} {one.span}  ")
    line.append(state_text(one), style=_STYLES[one.state])
    return line.append(clean(f"  {'、'.join(planned.activity.lead)}") if planned.activity.lead else "")


def _one_activity(planned: Planned) -> Iterator[RenderableType]:
    activity = planned.activity
    yield _text(f"{activity.number} {activity.name}  {when_text(planned)}", "bold cyan")
    yield _pairs(
        ("组织", who_text(planned)),
        ("服务", serves_text(planned)),
        ("依据", basis_text(planned)),
        ("证据", "、".join(activity.evidence)),
        ("提示", activity.note or ""),
    )
    yield _occurrences(planned.occurrences)
    remarks = ((f"{one.span} {';'.join(one.remarks)}") for one in planned.occurrences if one.remarks)
    places = places_text(row for one in planned.occurrences for row in one.records)
    if len(places) > 1:  # a row's number alone would not say where it stands
        places = [f"{one.span} {text}" for one in planned.occurrences for text in places_text(one.records)]
    yield _pairs(*(("说明", text) for text in remarks), *(("出处", text) for text in places))


def _pairs(*pairs: tuple[str, str]) -> Table:
    """Labels with texts; what is empty is left out."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in pairs:
        if text:
            table.add_row(_text(f"  {label}"), _text(text, "dim" if label == "出处" else ""))
    return table


def _occurrences(occurrences: Sequence[Occurrence]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim", collapse_padding=True)
    for name in ("  期", "到期日", "状态", "完成日期"):
        table.add_column(name, no_wrap=True)
    for name in (EVIDENCE, "结论"):
        table.add_column(name, overflow="fold")
    table.add_column("行", no_wrap=True, justify="right")
    for one in occurrences:
        rows = ranges_text(row.place[2] for row in one.records)
        table.add_row(
            f"  {one.span}",
            str(one.span.last_day),
            Text(state_text(one), style=_STYLES[one.state]),
            str(one.done or ""),
            _text(one.evidence),
            _text(one.conclusion),
            rows,
        )
    return table


def _one_unplanned(one: Unplanned) -> Iterator[RenderableType]:
    done = f"  完成 {one.done}" if one.done else ""
    yield _text(f"{row_text(one)}{done}", "bold")
    evidence = one.record.text(EVIDENCE)
    yield _pairs(("记录", evidence), ("原因", one.reason), ("出处", one.record.shown_place))


def _one_check(check: Check) -> Iterator[RenderableType]:
    yield Text()
    yield Text(
        f"{check.month}" + (f"  台账应于 {check.hand_in} 交齐" if check.hand_in and check.ledgers else ""),
        style="bold cyan",
    )
    if not check.due:
        yield Text("  没有到期的指标", style="dim")
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, when, text in [*(("到期", *pair) for pair in due_texts(check)), *collect_texts(check)]:
        table.add_row(_text(f"  {label}"), _text(when), _text(text))
    yield table


# ---- for other programs


_FIELDS = (
    "类别",
    "序号",
    "名称",
    "期",
    "开始",
    "到期日",
    "状态",
    "天数",
    "完成日期",
    "记录编号",
    "结论",
    "责任部门",
    "牵头部门",
    "参加部门",
    "证据",
    "服务指标",
    "条款",
    "计划章节",
    "台账",
    "说明",
    "提示",
    "出处",
)


def plan_csv(plan: Plan) -> str:
    """One row an occurrence, then the rows that are none, then what falls due and what is to be collected each month;
    first of all, where the log is missing."""
    return csv_table(_FIELDS, ([row.get(name, "") for name in _FIELDS] for row in _plain_rows(plan)))


def _plain_rows(plan: Plan) -> Iterator[dict[str, str]]:
    if missing := plan.missing:
        yield {"类别": "数据缺失", "说明": missing}
    for planned in plan.found.activities:
        for one in planned.occurrences:
            yield _plain_activity(planned) | _plain_occurrence(one)
    for other in plan.found.unplanned:
        row = other.record
        yield {
            "类别": "计划外记录",
            "序号": "" if row.cells[NUMBER] is None else str(row.cells[NUMBER]),
            "名称": row.text("活动名称"),
            "期": row.text(WHEN),
            "完成日期": str(other.done or ""),
            **{name: row.text(name) for name in (EVIDENCE, "结论", "责任部门")},
            "状态": State.UNKNOWN.label if other.doubtful else "",
            "说明": other.reason,
            "出处": row.shown_place,
        }
    for check in plan.found.calendar:
        yield from _plain_check(check)


def _plain_activity(planned: Planned) -> dict[str, str]:
    activity = planned.activity
    return {
        "类别": "质量活动",
        "序号": str(activity.number),
        "名称": activity.name,
        "牵头部门": "、".join(activity.lead),
        "参加部门": "、".join(activity.participants),
        "证据": "、".join(activity.evidence),
        "服务指标": ranges_text(activity.serves),
        "条款": "、".join(activity.clauses),
        "计划章节": activity.section or "",
        "提示": activity.note or "",
    }


def _plain_occurrence(one: Occurrence) -> dict[str, str]:
    return {
        "期": str(one.span),
        "开始": str(one.span.start),
        "到期日": str(one.span.last_day),
        "状态": one.state.label,
        "天数": str(one.days) if one.days else "",
        "完成日期": str(one.done or ""),
        "记录编号": one.evidence,
        "结论": one.conclusion,
        "责任部门": one.department,
        "说明": ";".join(one.remarks),
        "出处": ";".join(places_text(one.records)),
    }


def _plain_check(check: Check) -> Iterator[dict[str, str]]:
    hand_in = str(check.hand_in or "")
    for due in check.due:
        numbers = "、".join(map(str, listed_numbers(due.indicator)))
        yield {
            "类别": "指标到期",
            "序号": numbers,
            "名称": due.indicator.name,
            "期": str(due.period),
            "开始": str(due.period.start),
            "到期日": str(due.period.last_day),
        }
    for one in check.ledgers:
        yield {
            "类别": "收集台账",
            "期": str(check.month),
            "到期日": hand_in,
            "责任部门": one.department,
            "台账": one.name,
            "说明": month_ranges(one.months),
        }


# ---- as a calendar


def plan_ics(plan: Plan) -> bytes:
    """A calendar (RFC 5545) of all-day events: every occurrence on the day on which it is due (on all days of its
    quarter it would bury all else), and the days by which ledgers are to be there, where the plan says them."""
    # here and not above: nothing else needs it, and it takes its time to load
    from icalendar import Calendar, vText

    calendar = Calendar()
    title = clean(f"{plan.catalogue.plan.organization} {plan.found.year} 质量活动")
    for name, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        calendar.add(name, value)
    calendar.add("x-wr-calname", vText(title))
    for planned in plan.found.activities:
        for one in planned.occurrences:
            calendar.add_component(_occurrence_event(plan, planned, one))
    for check in plan.found.calendar:
        if check.hand_in and check.ledgers:
            calendar.add_component(_check_event(plan, check, check.hand_in))
    content: bytes = calendar.to_ical()
    return content


def _occurrence_event(plan: Plan, planned: Planned, one: Occurrence) -> Any:
    activity = planned.activity
    # the days, since what a span is called may be said otherwise one day
    key = f"activity-{activity.number}-{one.span.start:%Y%m%d}-{one.span.last_day:%Y%m%d}"
    lines = (
        ("状态", f"{state_text(one)}(截至 {plan.found.as_of})"),
        ("完成日期", str(one.done or "")),
        ("记录编号", one.evidence),
        ("结论", one.conclusion),
        ("计划时间", f"{activity.when}({one.span})"),
        ("组织", who_text(planned)),
        ("证据", "、".join(activity.evidence)),
        ("服务", serves_text(planned)),
        ("依据", basis_text(planned)),
        ("提示", activity.note or ""),
        ("说明", ";".join(one.remarks)),
        ("出处", ";".join(places_text(one.records))),
    )
    title = f"{STATE_SIGNS[one.state]} {activity.number} {activity.name}({one.span})"
    return _event(plan, key, one.span.last_day, title, "质量活动", lines)


def _check_event(plan: Plan, check: Check, day: date) -> Any:
    due = "、".join(indicator_text(one.indicator) for one in check.due)
    ledgers = ((department, f"{names}({months})") for department, months, names in collect_texts(check))
    title = f"收齐 {check.month} 到期指标的台账"
    return _event(plan, f"collect-{check.month}", day, title, "数据收集", (("到期", due), *ledgers))


def _event(plan: Plan, key: str, day: date, title: str, category: str, lines: Sequence[tuple[str, str]]) -> Any:
    from icalendar import Event

    document, found = plan.catalogue.plan, plan.found
    whose = hashlib.sha256(f"{document.organization}|{document.document}|{document.year}".encode()).hexdigest()[:12]
    said = document.revisions[-1].approved.on if document.revisions else found.year.start
    event = Event()
    event.add("uid", f"{key}-{whose}@itss-kpi")
    event.add("dtstamp", datetime.combine(said, time(), UTC))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", clean(title))
    event.add("description", "\n".join(clean(f"{label}:{text}") for label, text in lines if text))
    event.add("categories", [category])
    event.add("sequence", max((found.as_of - said).days, 0))
    event.add("transp", "TRANSPARENT")  # nobody is busy all that day
    return event
