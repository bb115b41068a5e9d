"""条款矩阵: clause of the standard -> indicators, activities and checks -> what proves them -> in place or not.

Source: the clauses that the catalogue names. Convention: the sheet shows what `clauses` works out and decides nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.results import Export, Verdict
from itss_kpi.plan.clauses import Clause, Item, Matrix, State
from itss_kpi.plan.records import shown_rows
from itss_kpi.render.sheet_style import (
    CENTRED,
    LINK,
    PLACE,
    SECTION,
    SMALL,
    SMALL_CENTRED,
    Page,
    page,
    tone,
)
from itss_kpi.render.xlsx import Book, Cell, Look, place
from itss_kpi.workbook.evidence import Proof

SHEET = "条款矩阵"
LEGEND = (
    "指标:各部门的台账交齐即到位(已结束的考核期中有待核实、口径待确认的,存疑),与是否达成无关。质量活动:到期的各期都已完成、"
    "有记录编号,并且有关台账交齐即到位。监督检查:应查的都已查即到位。“已有/应有”是其中的份数、期数与项数。有一部分没有交来的,"
    "整条为数据缺失。"
)
PARTIAL = "本次没有计算全部指标,不能说各条款是否到位。"
_COLUMNS: Mapping[str, float] = {
    "类别": 10,
    "序号": 7,
    "名称": 26,
    "到位情况": 12,
    "已有/应有": 10,
    "证据文件与行数": 46,
    "记录编号与出处": 44,
    "没有到位的原因": 34,
}
_SIGNS = {
    State.MISSING: "!",
    State.LACKING: "✗",
    State.PARTLY: "◐",
    State.DOUBTFUL: "?",
    State.IN_PLACE: "✓",
    State.COMING: "…",
}
_TONES = {
    State.MISSING: Verdict.MISSING_DATA,
    State.LACKING: Verdict.MISSED,
    State.PARTLY: Verdict.UNDEFINED,
    State.DOUBTFUL: Verdict.UNVERIFIED,
    State.IN_PLACE: Verdict.ATTAINED,
    State.COMING: Verdict.IN_PROGRESS,
}
_MOST = 8
"""Reasons and places that a cell lists."""


def is_declared(catalogue: Catalogue) -> bool:
    """Whether the catalogue names any clause."""
    named = [one.clause for one in catalogue.indicators] + [one.clause for one in catalogue.supervision]
    return any(named) or any(one.clauses for one in catalogue.activities)


def write_clauses(book: Book, matrix: Matrix | None, proofs: Mapping[str, Proof], when: str, document: str) -> None:
    """条款矩阵; `matrix` is None where not all indicators were evaluated."""
    made = page(book, SHEET, list(_COLUMNS.values()), document=document)
    made.heading(f"{SHEET}({when})", LEGEND)
    if matrix is None:
        made.say(PARTIAL)
        return
    counts = "  ".join(f"{_label(state)} {matrix.count(state)}" for state in State if matrix.count(state))
    made.say(f"条款 {len(matrix.clauses)} 条:{counts}", replace(CENTRED, bold=True, across="left"))
    made.table_head(list(_COLUMNS), freeze=4)
    for clause in matrix.clauses:
        _write_clause(made, clause, proofs)


def _label(state: State) -> str:
    return f"{_SIGNS[state]} {state.label}"


def _write_clause(made: Page, clause: Clause, proofs: Mapping[str, Proof]) -> None:
    made.span(1, 3, clause.text, replace(SECTION, wrap=True))
    made.put(4, _label(clause.state), replace(tone(_TONES[clause.state]), size=10))
    made.span(5, len(_COLUMNS), _counts(clause), replace(SECTION, bold=False))
    made.fit(21)
    made.next()
    for item in clause.items:
        made.cells(_cells(item, proofs))


def _counts(clause: Clause) -> str:
    states = [item.state for item in clause.items]
    return "  ".join(f"{_label(state)} {states.count(state)} 项" for state in State if state in states)


def _cells(item: Item, proofs: Mapping[str, Proof]) -> Iterator[tuple[Cell, Look, str]]:
    proof = proofs.get(item.about.id) if isinstance(item.about, Indicator) else None
    link = place(proof.sheet, "A1") if proof else ""
    yield item.kind, SMALL_CENTRED, ""
    yield item.number or "—", SMALL_CENTRED, ""
    yield item.name, replace(LINK if link else SMALL, size=9), link
    yield _label(item.state), tone(_TONES[item.state]), ""
    yield f"{item.there}/{item.due}" if item.due else "—", SMALL_CENTRED, ""
    yield "\n".join(map(_file_text, item.exports)) or "—", PLACE, ""
    yield "\n".join(filter(None, ("、".join(item.numbers), *shown_rows(item.rows)))) or "—", PLACE, ""
    yield _first(item.reasons) or "—", SMALL, ""


def _file_text(one: Export) -> str:
    return f"{'!'.join(filter(None, (one.path, one.sheet)))}({one.rows.kept} 行)"


def _first(reasons: Sequence[str]) -> str:
    more = [f"等 {len(reasons)} 处"] if len(reasons) > _MOST else []
    return "\n".join([*reasons[:_MOST], *more])
