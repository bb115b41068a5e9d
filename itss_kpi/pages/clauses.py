"""条款矩阵: clause of the standard -> indicators, activities and checks -> what proves them -> in place or not.

Source: the clauses that the catalogue lists or names. Convention: they stand in the standard's order, as an
auditor reads them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.results import Export
from itss_kpi.pages.making import columns, joined, lines
from itss_kpi.pages.page import GAP, Cell, Column, Note, On, Page, Part, Table, Text, Tone
from itss_kpi.plan.clauses import Clause, Item, Matrix, State
from itss_kpi.plan.operation import WANTED, Month, Operation
from itss_kpi.plan.records import shown_rows

LEGEND = (
    "指标:各部门的台账交齐即到位(已结束的考核期中有待核实、口径待确认的,存疑),与是否达成无关。质量活动:到期的各期都已完成、"
    "有记录编号,并且有关台账交齐即到位。监督检查:应查的都已查即到位。“已有/应有”是其中的份数、期数与项数。有一部分没有交来的,"
    "整条为数据缺失。空白:没有指标、质量活动、监督检查和台账来落实它。"
)
EMPTY = "没有指标、质量活动、监督检查和台账来落实这一条。"
PARTIAL = "本次没有计算全部指标,不能说各条款是否到位。"
UNDECLARED = (
    "指标目录没有写标准条款;请在指标的 clause、质量活动的 clauses、监督检查要求的 clause 中写明"
    "(写法见 itss-kpi help 标准条款)"
)
_SIGNS = {
    State.EMPTY: ("✗", Tone.BAD),
    State.MISSING: ("!", Tone.MISSING),
    State.LACKING: ("✗", Tone.BAD),
    State.PARTLY: ("◐", Tone.UNDEFINED),
    State.DOUBTFUL: ("?", Tone.DOUBTFUL),
    State.IN_PLACE: ("✓", Tone.GOOD),
    State.COMING: ("…", Tone.OPEN),
}
_KINDS = {"ledger": "台账", "indicator": "指标", "activity": "质量活动", "check": "监督检查"}
_MOST = 8
"""Reasons that a cell lists, but for programs."""
_CLAUSE = "条款"
_COUNTS = "缺失 未到位 部分 存疑 到位 未到期"
"""The states in their order, in short."""
_CLAUSES = (
    *columns(f"{_CLAUSE} 到位情况 项数 {_COUNTS}", right=f"项数 {_COUNTS}"),
    Column("要求的记录", on=On.MARKDOWN | On.WIDE, rest=True),
)
_MONTHS = (*columns("月份 应交 已交", right="应交 已交"), Column("没有交的", rest=True))
_ITEMS = (
    *columns(_CLAUSE, on=On.WIDE),
    *columns("类别 序号 名称 到位情况"),
    *columns("已有/应有", on=On.SCREEN | On.SHEET),
    *columns("已有 应有", on=On.DATA),
    Column("没有到位的原因", rest=True),
    *columns("证据文件与行数 记录编号 出处", on=On.MARKDOWN | On.WIDE),
)


def clauses_page(catalogue: Catalogue, matrix: Matrix) -> Page:
    """What `clauses` and the sheet 条款矩阵 show."""
    title = matrix.title(catalogue.plan.organization, "条款矩阵")
    counts = [_state(state, matrix.counts[state]) for state in State if matrix.counts[state]]
    summary = [joined(f"条款 {len(matrix.clauses)} 条", *counts), _operation(matrix.operation)]
    return Page(title, summary, list(_parts(matrix)), LEGEND)


def _operation(operation: Operation) -> Cell:
    """For how long there are records without a gap, in a sentence."""
    there, run = [one for one in operation.months if not one.lacking], operation.longest
    if not run:
        return Cell(f"运行记录:没有一个月各部门的台账全部交齐,不足 {WANTED} 个月", Tone.BAD)
    months = f"{run[0].month} 至 {run[-1].month}" if len(run) > 1 else str(run[0].month)
    longest = f"最长连续 {len(run)} 个月({months})"
    enough, tone = (f"不少于 {WANTED} 个月", Tone.GOOD) if operation.enough else (f"不足 {WANTED} 个月", Tone.BAD)
    return Cell(
        f"运行记录:{operation.months[0].month} 以来 {len(operation.months)} 个月中,{len(there)} 个月各部门的台账"
        f"全部交齐;{longest},{enough}",
        tone,
    )


def _parts(matrix: Matrix) -> Iterator[Part]:
    yield Table("各条款", _CLAUSES, list(map(_clause, matrix.clauses)), kind=_CLAUSE)
    gaps = [_month(one) for one in matrix.operation.months if one.lacking]
    yield Table("台账没有交齐的月份", _MONTHS, gaps, empty="没有。")
    everything: list[list[Text]] = []
    for clause in matrix.clauses:
        state, rows = _state(clause.state), [_item(clause, item) for item in clause.items]
        yield Table(f"{clause.text}  {state.text}", _ITEMS, rows, state.tone, empty=EMPTY, on=On.SCREEN)
        if clause.records:
            yield Note(f"要求的记录:{clause.records}", Tone.QUIET, On.SCREEN)
        everything += rows
    yield Table("由什么落实,凭什么证明", _ITEMS, everything, kind="", on=On.WIDE, printed=False)
    yield GAP
    yield Note("证据文件、记录编号与出处见其他输出形式(--format)。", Tone.QUIET, On.TERMINAL)
    yield Note(LEGEND, Tone.QUIET, On.SCREEN)


def _state(state: State, count: int | None = None) -> Cell:
    sign, tone = _SIGNS[state]
    return Cell(f"{sign} {state.label}{'' if count is None else f' {count}'}", tone, value=state.label)


def _clause(clause: Clause) -> list[Text]:
    states = [item.state for item in clause.items]
    counts = (str(states.count(state)) for state in State if state is not State.EMPTY)
    return [clause.text, _state(clause.state), str(len(states)), *counts, clause.records]


def _item(clause: Clause, item: Item) -> list[Text]:
    there, due = (str(item.there), str(item.due)) if item.due else ("", "")
    return [
        clause.text,
        _KINDS[item.kind],
        item.number,
        Cell(item.name, leads_to=item.indicator),
        _state(item.state),
        f"{there}/{due}" if due else "—",
        there,
        due,
        replace(lines(*_first(item.reasons)), value=";".join(item.reasons)),
        lines(*map(_file_text, item.exports), tone=Tone.QUIET),
        "、".join(item.numbers),
        lines(*shown_rows(item.rows), tone=Tone.QUIET),
    ]


def _month(one: Month) -> list[Text]:
    return [str(one.month), str(one.wanted), str(one.wanted - len(one.lacking)), lines(*_first(one.lacking))]


def _first(reasons: Sequence[str]) -> Sequence[str]:
    more = [f"等 {len(reasons)} 处"] if len(reasons) > _MOST else []
    return [*reasons[:_MOST], *more]


def _file_text(one: Export) -> str:
    return f"{'!'.join(filter(None, (one.path, one.sheet)))}({one.rows.kept} 行)"
