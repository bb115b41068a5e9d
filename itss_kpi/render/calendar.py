"""Calendar: the year's activities and its check calendar -> a calendar file (iCalendar, RFC 5545).

Convention: text from users' files goes through `escape_controls`. The file is of the plan's date, so the same plan on
the same day gives the same bytes; a later day has a higher SEQUENCE.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.plan import Plan
from itss_kpi.core.text import escape_controls
from itss_kpi.plan import activity_words as words
from itss_kpi.plan.activities import Check, Occurrence, Planned, YearPlan

PRODUCT = "-//itss-kpi//plan//ZH"
"""Who made a calendar file, as it says itself."""


def plan_ics(catalogue: Catalogue, found: YearPlan) -> bytes:
    """All-day events: every occurrence on the day on which it is due (on all days of its quarter it would bury all
    else), and the days by which ledgers are to be there, where the plan says them."""
    # here and not above: nothing else needs it, and it takes its time to load
    from icalendar import Calendar, vText

    calendar = Calendar()
    title = escape_controls(f"{catalogue.plan.organization} {found.period} 质量活动")
    for name, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        calendar.add(name, value)
    calendar.add("x-wr-calname", vText(title))
    for planned in found.activities:
        for one in planned.occurrences:
            calendar.add_component(_occurrence_event(catalogue.plan, found, planned, one))
    for check in found.calendar:
        if check.hand_in and check.ledgers:
            calendar.add_component(_check_event(catalogue.plan, found, check, check.hand_in))
    content: bytes = calendar.to_ical()
    return content


def _occurrence_event(document: Plan, found: YearPlan, planned: Planned, one: Occurrence) -> Any:
    activity = planned.activity
    # the days, since what a span is called may be said otherwise one day
    key = f"activity-{activity.number}-{one.span.start:%Y%m%d}-{one.span.last_day:%Y%m%d}"
    lines = (
        ("状态", f"{words.state_text(one)}(截至 {found.as_of})"),
        ("完成日期", str(one.done or "")),
        ("记录编号", one.evidence),
        ("结论", one.conclusion),
        ("计划时间", f"{activity.when}({one.span})"),
        ("组织", words.who_text(planned)),
        ("证据", "、".join(activity.evidence)),
        ("服务", words.serves_text(planned)),
        ("依据", words.basis_text(planned)),
        ("提示", activity.note or ""),
        ("说明", ";".join(one.remarks)),
        ("出处", ";".join(words.places_text(one.records))),
    )
    title = f"{one.state.sign} {activity.number} {activity.name}({one.span})"
    return _event(document, found, key, one.span.last_day, title, "质量活动", lines)


def _check_event(document: Plan, found: YearPlan, check: Check, day: date) -> Any:
    due = "、".join(words.indicator_text(one.indicator) for one in check.due)
    ledgers = ((department, f"{names}({months})") for department, months, names in words.collect_texts(check))
    title = f"收齐 {check.month} 到期指标的台账"
    return _event(document, found, f"collect-{check.month}", day, title, "数据收集", (("到期", due), *ledgers))


def _event(
    document: Plan,
    found: YearPlan,
    key: str,
    day: date,
    title: str,
    category: str,
    lines: Sequence[tuple[str, str]],
) -> Any:
    from icalendar import Event

    whose = hashlib.sha256(f"{document.organization}|{document.document}|{document.year}".encode()).hexdigest()[:12]
    said = document.revisions[-1].approved.on if document.revisions else found.period.start
    event = Event()
    event.add("uid", f"{key}-{whose}@itss-kpi")
    event.add("dtstamp", datetime.combine(said, time(), UTC))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", escape_controls(title))
    event.add("description", "\n".join(escape_controls(f"{label}:{text}") for label, text in lines if text))
    event.add("categories", [category])
    event.add("sequence", max((found.as_of - said).days, 0))
    event.add("transp", "TRANSPARENT")  # nobody is busy all that day
    return event
