"""纠正措施跟踪: what is done about what fell short this year, how it stands, and what the next periods say of it.

Source: GB/T 28827.1 5.5 c) and d). Convention: the sheet shows what `actions` works out and decides nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import gap_text, name_text, target_text
from itss_kpi.core.results import Assessment
from itss_kpi.plan.action_words import (
    LEGEND,
    UNDECLARED,
    absence_text,
    following_text,
    numbers_text,
    state_text,
)
from itss_kpi.plan.actions import SOURCE, Action, Effect, Followup, State
from itss_kpi.render.sheet_style import (
    CENTRED,
    DAY,
    LINK,
    PLACE,
    PLAIN,
    RED,
    REMARK,
    SMALL,
    SMALL_CENTRED,
    Page,
    page,
    value_cell,
    verdict_label,
    verdict_look,
)
from itss_kpi.render.xlsx import Book, Cell, Look
from itss_kpi.workbook.unmet import Followed

SHEET = "纠正措施跟踪"
_COLUMNS: Mapping[str, float] = {
    "编号": 12,
    "指标": 14,
    "考核期": 9,
    "原因分析": 20,
    "纠正措施": 21,
    "责任部门": 11,
    "责任人": 8,
    "完成期限": 11,
    "实际完成": 11,
    "验证结果": 9,
    "状态": 13,
    "后续各期": 18,
    "效果": 11,
    "出处": 22,
}
_SPANS = (
    (1, 1, "序号"),
    (2, 3, "指标名称"),
    (4, 4, "考核期"),
    (5, 5, "考核要求"),
    (6, 7, "实际值"),
    (8, 9, "结论"),
    (10, 11, "差距"),
    (12, 14, "填写"),
)
"""The columns of what lacks an analysis, over those above."""
_STATES = {
    State.OVERDUE: ("F4B6B6", "7B0000"),
    State.DOUBTFUL: ("FFE699", "7F6000"),
    State.INCOMPLETE: ("DDEBF7", "1F4E79"),
    State.DONE: ("FFF2CC", "7F6000"),
    State.OPEN: ("FFFFFF", "595959"),
    State.VERIFIED: ("E2F0D9", "375623"),
}
_EFFECTS = {Effect.EFFECTIVE: "375623", Effect.INEFFECTIVE: RED, Effect.TOO_EARLY: "595959"}


def write_actions(
    book: Book, catalogue: Catalogue, found: Followup | None, followed: Followed, as_of: date, document: str
) -> None:
    """纠正措施跟踪; `found` is None where the catalogue declares no ledger of corrective actions."""
    made = page(book, SHEET, list(_COLUMNS.values()), document=document)
    made.heading(f"{SHEET}(截至 {as_of})", LEGEND)
    if found is None:
        made.say(UNDECLARED)
        return
    made.missing(absence_text(catalogue.sources[SOURCE].name, found.absent))
    made.table_head(list(_COLUMNS), freeze=3)
    for one in found.actions:
        _write_action(made, one, followed)
    if not found.actions:
        made.say("台账中没有纠正措施。")
    made.gap()
    made.section("未达成而没有原因分析(本年度至截止日)")
    _write_unanalysed(made, catalogue, found, followed)


def _write_action(made: Page, one: Action, followed: Followed) -> None:
    made.cells(_cells(one, followed))
    if one.remarks:
        opposite = one.contradicted or one.state is State.DOUBTFUL
        made.say(f"说明:{';'.join(one.remarks)}", replace(REMARK, color=RED if opposite else REMARK.color))


def _cells(one: Action, followed: Followed) -> Iterator[tuple[Cell, Look, str]]:
    row = one.record
    block = followed.link(one.about) if one.about else ""
    number = row.cells["指标序号"]
    name = " ".join(filter(None, (str(number or ""), one.indicator.name if one.indicator else "")))
    yield row.text("编号") or "—", SMALL_CENTRED, ""
    yield name or "—", replace(LINK if block else PLAIN, size=9), block
    yield str(one.period) if one.period else row.text("考核期") or "—", CENTRED, ""
    for column in ("原因分析", "纠正措施"):
        yield row.text(column) or "—", SMALL, ""
    for column in ("责任部门", "责任人"):
        yield row.text(column) or "—", SMALL_CENTRED, ""
    for day in (row.day("完成期限"), one.done):
        yield day or "—", DAY if day else CENTRED, ""
    yield one.result or "—", CENTRED, ""
    fill, ink = _STATES[one.state]
    yield state_text(one), Look(bold=True, size=9, fill=fill, color=ink, across="center"), ""
    yield following_text(one, values=False) or "—", SMALL, ""
    yield _effect(one)
    path, sheet, line = row.place
    yield f"{path}!{sheet}!第 {line} 行", PLACE, ""


def _effect(one: Action) -> tuple[Cell, Look, str]:
    if one.effect is None:
        return "—", CENTRED, ""
    said = f"{one.effect.label}\n(与验证相反)" if one.contradicted else one.effect.label
    return said, replace(CENTRED, size=9, bold=True, color=_EFFECTS[one.effect]), ""


def _write_unanalysed(made: Page, catalogue: Catalogue, found: Followup, followed: Followed) -> None:
    if not found.unanalysed:
        nobody_knows = "台账没有交齐,不能说都已分析。" if found.absent else "没有。"
        made.say(nobody_knows)
        return
    for first, last, text in _SPANS:
        made.span(first, last, text, replace(CENTRED, bold=True))
    made.next()
    for item in found.unanalysed:
        values = _unanalysed_cells(catalogue, item, followed)
        for (first, last, _), (value, look, link) in zip(_SPANS, values, strict=True):
            made.span(first, last, value, look, link)
        made.next()


def _unanalysed_cells(catalogue: Catalogue, item: Assessment, followed: Followed) -> Iterator[tuple[Cell, Look, str]]:
    value, look = value_cell(item)
    block = followed.link(item)
    yield numbers_text(catalogue, item), CENTRED, ""
    yield name_text(item.name, item.group), PLAIN, ""
    yield str(item.period), CENTRED, ""
    yield target_text(item.target), CENTRED, ""
    yield value, replace(look, across="center"), ""
    yield verdict_label(item.verdict), verdict_look(item.verdict), ""
    yield gap_text(item) or "—", CENTRED, ""
    said = "未达成分析 →" if block else "在该期的工作簿中填写"
    yield said, replace(LINK if block else PLAIN, across="center"), block
