"""质量活动: what has become of the plan's activities in the year, up to the report's day.

Source: section 1 of the plan. Convention: the sheet shows what `activities` works out and decides nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.results import Verdict
from itss_kpi.plan.activities import EVIDENCE, SOURCE, Occurrence, Planned, State, Unplanned, YearPlan
from itss_kpi.plan.activity_words import (
    STATE_SIGNS,
    absence_text,
    basis_text,
    indicator_text,
    row_text,
    state_text,
    undeclared_text,
    when_text,
    who_text,
)
from itss_kpi.plan.records import shown_rows
from itss_kpi.render.sheet_style import (
    CENTRED,
    DAY,
    FAINT,
    LABEL,
    LATE,
    LINK,
    PLACE,
    PLAIN,
    RED,
    SMALL,
    SMALL_CENTRED,
    Page,
    page,
    tone,
)
from itss_kpi.render.xlsx import Book, Cell, Look, place
from itss_kpi.workbook.evidence import Proof

SHEET = "质量活动"
LEGEND = (
    "计划的各项质量活动,逐期列出。到期日当天还不算逾期;“超期完成”是到期日以后才完成的。完成而没有记录编号的,说明中写明。"
    "台账没有交齐的期写数据缺失,不能说没有做。"
)
_COLUMNS: Mapping[str, float] = {
    "期": 10,
    "到期日": 11,
    "状态": 15,
    "完成日期": 11,
    EVIDENCE: 19,
    "结论": 16,
    "责任部门": 16,
    "说明": 32,
    "出处": 34,
}
_LOOKS = {
    State.OVERDUE: tone(Verdict.MISSED),
    State.UNKNOWN: tone(Verdict.UNVERIFIED),
    State.MISSING: tone(Verdict.MISSING_DATA),
    State.LATE: LATE,
    State.COMING: tone(Verdict.IN_PROGRESS),
    State.DONE: tone(Verdict.ATTAINED),
}
_SERVED = ((2, 3), (4, 5), (6, 7), (8, 8), (9, 9))
"""The columns of the indicators that an activity serves, over those above."""


def is_declared(catalogue: Catalogue) -> bool:
    """Whether the catalogue says anything of activities."""
    return bool(catalogue.activities) or SOURCE in catalogue.sources


def write_activities(
    book: Book,
    catalogue: Catalogue,
    found: YearPlan | None,
    proofs: Mapping[str, Proof],
    when: str,
    document: str,
) -> None:
    """质量活动; `found` is None where the catalogue doesn't declare all of it, or is another year's."""
    made = page(book, SHEET, list(_COLUMNS.values()), document=document)
    made.heading(f"{SHEET}({when})", LEGEND)
    if found is None:
        another = f"指标目录是 {catalogue.plan.year} 年度的计划,没有这一年的质量活动。"
        made.say(undeclared_text(catalogue) or another)
        return
    made.missing(absence_text(catalogue.sources[SOURCE].name, found.absent))
    made.say(_summary(found), replace(CENTRED, bold=True, across="left"))
    made.table_head(list(_COLUMNS), freeze=2)
    for planned in found.activities:
        _write_planned(made, planned, proofs)
    made.gap()
    made.section("台账中不属于计划哪一期的记录")
    for one in found.unplanned:
        made.cells(_unplanned_cells(one))
    if not found.unplanned:
        made.say("台账没有交齐,不能说没有。" if found.absent else "没有。")


def _summary(found: YearPlan) -> str:
    counts = [f"{sign} {state.label} {found.count(state)}" for state, sign in STATE_SIGNS.items()]
    return "  ".join([f"共 {len(found.occurrences)} 期:", *counts, f"做了而没有{EVIDENCE} {found.unrecorded}"])


def _write_planned(made: Page, planned: Planned, proofs: Mapping[str, Proof]) -> None:
    activity = planned.activity
    made.section(f"{activity.number} {activity.name}  {when_text(planned)}")
    evidence = f"证据:{'、'.join(activity.evidence)}" if activity.evidence else ""
    said = ";".join(filter(None, (who_text(planned), basis_text(planned), evidence)))
    for text, look in ((said, SMALL), (activity.note or "", replace(SMALL, italic=True, color=FAINT.color))):
        if text:
            made.say(text, look)
    for at in range(0, len(planned.serves), len(_SERVED)):
        made.put(1, "服务指标" if at == 0 else "", replace(LABEL, size=9))
        for (first, last), indicator in zip(_SERVED, planned.serves[at : at + len(_SERVED)], strict=False):
            proof = proofs.get(indicator.id)
            link = place(proof.sheet, "A1") if proof else ""
            made.span(first, last, indicator_text(indicator), replace(LINK if link else PLAIN, size=9), link)
        made.next()
    for one in planned.occurrences:
        made.cells(_cells(one))


def _cells(one: Occurrence) -> Iterator[tuple[Cell, Look, str]]:
    yield str(one.span), SMALL_CENTRED, ""
    yield one.span.last_day, replace(DAY, size=9), ""
    yield state_text(one), _LOOKS[one.state], ""
    yield one.done or "—", replace(DAY if one.done else CENTRED, size=9), ""
    yield one.evidence or "—", replace(SMALL_CENTRED, color=RED if one.unrecorded else CENTRED.color), ""
    for text in (one.conclusion, one.department):
        yield text or "—", SMALL, ""
    yield ";".join(one.remarks) or "—", SMALL, ""
    yield "\n".join(shown_rows(one.records)) or "—", PLACE, ""


def _unplanned_cells(one: Unplanned) -> Iterator[tuple[Cell, Look, str]]:
    row = one.record
    doubtful = tone(Verdict.UNVERIFIED) if one.doubtful else SMALL_CENTRED
    yield "?" if one.doubtful else "—", doubtful, ""
    yield "—", SMALL_CENTRED, ""
    yield "存疑" if one.doubtful else "计划外", doubtful, ""
    yield one.done or "—", replace(DAY if one.done else CENTRED, size=9), ""
    yield row.text(EVIDENCE) or "—", SMALL_CENTRED, ""
    yield row_text(one), SMALL, ""
    yield row.text("责任部门") or "—", SMALL, ""
    yield one.reason, SMALL, ""
    yield row.shown_place, PLACE, ""
