"""不符合项与改进: how the year's nonconformities and improvements stand on the report's day, and whether they helped.

Source: sections 3.1, 3.3 and 3.8 of the plan; GB/T 28827.1 5.4 and 5.5. Convention: the sheet shows what `findings`
works out and decides nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.results import Verdict
from itss_kpi.core.targets import Unit, show
from itss_kpi.plan.effects import Effect
from itss_kpi.plan.nonconformities import (
    IMPROVEMENTS,
    NONCONFORMITIES,
    Findings,
    Improvement,
    Nonconformity,
    Progress,
    State,
)
from itss_kpi.plan.nonconformity_words import (
    FOUND_HEAD,
    IMPROVED_HEAD,
    LEGEND,
    NO_IMPROVEMENTS,
    NO_NONCONFORMITIES,
    PROGRESS_SIGNS,
    STATE_SIGNS,
    absence_text,
    following_text,
    found_cells,
    improved_cells,
    state_text,
    subject_text,
)
from itss_kpi.render.sheet_style import (
    CENTRED,
    DAY,
    LABEL,
    LATE,
    LINK,
    PLACE,
    RED,
    REMARK,
    SMALL,
    SMALL_CENTRED,
    Page,
    page,
    tone,
)
from itss_kpi.render.xlsx import Book, Cell, Look, place
from itss_kpi.workbook.evidence import Proof

SHEET = "不符合项与改进"
_WIDTHS = (13, 11, 12, 24, 20, 20, 11, 11, 11, 7, 15, 20, 18, 11, 40)
_HEAD = (
    "编号",
    "来源或类别",
    "责任部门",
    "事实或改进项",
    "原因或改进目标",
    "纠正措施或效果评价",
    "发现日期或进度",
    "期限",
    "关闭或完成",
    "天数",
    "状态",
    "指标",
    "后续各期",
    "效果",
    "出处",
)
_STATES = {
    State.OVERDUE: tone(Verdict.MISSED),
    State.UNKNOWN: tone(Verdict.UNVERIFIED),
    State.OPEN: tone(Verdict.IN_PROGRESS),
    State.CLOSED: tone(Verdict.ATTAINED),
}
_PROGRESS = {
    Progress.OVERDUE: tone(Verdict.MISSED),
    Progress.UNKNOWN: tone(Verdict.UNVERIFIED),
    Progress.COMING: tone(Verdict.IN_PROGRESS),
    Progress.LATE: LATE,
    Progress.DONE: tone(Verdict.ATTAINED),
}
_EFFECTS = {Effect.EFFECTIVE: "375623", Effect.INEFFECTIVE: RED, Effect.TOO_EARLY: "595959"}


def write_findings(
    book: Book, catalogue: Catalogue, found: Findings, proofs: Mapping[str, Proof], when: str, document: str
) -> None:
    """不符合项与改进."""
    made = page(book, SHEET, _WIDTHS, document=document)
    made.heading(f"{SHEET}({when})", LEGEND)
    made.table_head(_HEAD, freeze=2)
    for source, undeclared, write in (
        (NONCONFORMITIES, NO_NONCONFORMITIES, _write_faults),
        (IMPROVEMENTS, NO_IMPROVEMENTS, _write_plans),
    ):
        if source not in catalogue.sources:
            made.say(undeclared)
            continue
        made.section(catalogue.sources[source].name)
        made.missing(absence_text(catalogue.sources[source].name, found.lacking(source)))
        write(made, found, proofs)
    _write_counts(made, found)


def _none_text(found: Findings, source: str) -> str:
    return "台账没有交齐,不能说没有。" if found.lacking(source) else "没有。"


# ---- nonconformities


def _write_faults(made: Page, found: Findings, proofs: Mapping[str, Proof]) -> None:
    items = sorted(found.of().items, key=lambda one: list(STATE_SIGNS).index(one.state))
    for one in items:
        made.cells(_fault_cells(one, proofs))
        _write_remarks(made, one)
    if not items:
        made.say(_none_text(found, NONCONFORMITIES))


def _fault_cells(one: Nonconformity, proofs: Mapping[str, Proof]) -> Iterator[tuple[Cell, Look, str]]:
    row = one.record
    yield row.text("编号") or "—", SMALL_CENTRED, ""
    for text in (one.origin, one.department):
        yield text or "—", SMALL_CENTRED, ""
    for column in ("事实描述", "原因", "纠正措施"):
        yield row.text(column) or "—", SMALL, ""
    for day in (one.found, one.due, one.closed):
        yield day or "—", replace(DAY if day else CENTRED, size=9), ""
    yield "—" if one.days is None else one.days, SMALL_CENTRED, ""
    yield state_text(one), _STATES[one.state], ""
    yield from _effect_cells(one, proofs)


# ---- improvements


def _write_plans(made: Page, found: Findings, proofs: Mapping[str, Proof]) -> None:
    items = sorted(found.improved().items, key=lambda one: list(PROGRESS_SIGNS).index(one.state))
    for one in items:
        made.cells(_plan_cells(one, proofs))
        _write_remarks(made, one)
    if not items:
        made.say(_none_text(found, IMPROVEMENTS))


def _plan_cells(one: Improvement, proofs: Mapping[str, Proof]) -> Iterator[tuple[Cell, Look, str]]:
    row = one.record
    yield row.text("改进编号") or "—", SMALL_CENTRED, ""
    for text in (one.category, one.department):
        yield text or "—", SMALL_CENTRED, ""
    for column in ("改进项", "改进目标", "效果评价"):
        yield row.text(column) or "—", SMALL, ""
    yield "—" if one.progress is None else show(one.progress, Unit.PERCENT), SMALL_CENTRED, ""
    for day in (one.due, one.done):
        yield day or "—", replace(DAY if day else CENTRED, size=9), ""
    yield "", SMALL_CENTRED, ""
    yield state_text(one), _PROGRESS[one.state], ""
    yield from _effect_cells(one, proofs)


# ---- what both have


def _write_counts(made: Page, found: Findings) -> None:
    """How many there are, of each origin or category and of each department."""
    if found.nonconformities is not None:
        groups = [(name, found.of(name)) for name in found.origins]
        groups += [(name, found.of("", name)) for name in found.departments]
        rows = [[name, *found_cells(one)] for name, one in groups if one.items]
        _write_table(made, "不符合项按来源与部门", FOUND_HEAD, [*rows, ["合计", *found_cells(found.of())]])
    if found.improvements is not None:
        plans = [(name, found.improved(name)) for name in found.categories]
        plans += [(name, found.improved("", name)) for name in found.departments]
        rows = [[name, *improved_cells(one)] for name, one in plans if one.items]
        _write_table(made, "改进计划按类别与部门", IMPROVED_HEAD, [*rows, ["合计", *improved_cells(found.improved())]])


def _write_table(made: Page, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    made.gap()
    made.section(title)
    made.line(["", *head], replace(LABEL, size=9))
    for row in rows:
        made.line([_counted(text) for text in row], replace(SMALL_CENTRED, bold=row[0] == "合计"))


def _counted(text: str) -> Cell:
    """A count as a number; what is no whole number as it is shown."""
    return int(text) if text.isascii() and text.isdecimal() else text


def _effect_cells(one: Nonconformity | Improvement, proofs: Mapping[str, Proof]) -> Iterator[tuple[Cell, Look, str]]:
    indicator = one.tried.indicator
    proof = proofs.get(indicator.id) if indicator else None
    link = place(proof.sheet, "A1") if proof else ""
    yield subject_text(one) or "—", replace(LINK if link else SMALL, size=9), link
    yield following_text(one, values=False) or "—", SMALL, ""
    effect = one.tried.effect
    look = replace(SMALL_CENTRED, bold=bool(effect), color=_EFFECTS[effect] if effect else CENTRED.color)
    yield f"{effect.label}\n(看 {one.tried.decisive})" if effect else "—", look, ""
    yield one.record.shown_place, PLACE, ""


def _write_remarks(made: Page, one: Nonconformity | Improvement) -> None:
    if one.remarks:
        made.say(f"说明:{';'.join(one.remarks)}", replace(REMARK, color=RED if one.doubts else REMARK.color))
