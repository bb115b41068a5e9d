"""Action lists: what is done about what fell short -> terminal, JSON's neighbours CSV and Markdown.

Convention: as in `terminal`, a renderer decides nothing and text from users' files goes through `clean`. An action is
a line and a few rows below it, so that it is as wide as the terminal; what needs somebody comes first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import SIGNS, STYLES, gap_text, name_text, plain_cells, target_text
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment
from itss_kpi.core.text import clean, csv_table, markdown_table
from itss_kpi.plan.action_words import (
    LEGEND,
    STATE_SIGNS,
    absence_text,
    dates_text,
    effect_text,
    following_text,
    numbers_text,
    responsible_text,
    state_text,
    subject_text,
)
from itss_kpi.plan.actions import GROUP, SOURCE, Action, Effect, Followup, State, to_json

_STATES = {
    State.OVERDUE: "bold red",
    State.DOUBTFUL: "bold yellow",
    State.INCOMPLETE: "cyan",
    State.DONE: "yellow",
    State.OPEN: "blue",
    State.VERIFIED: "green",
}
_EFFECTS = {Effect.EFFECTIVE: "green", Effect.INEFFECTIVE: "bold red", Effect.TOO_EARLY: "dim"}


@dataclass(frozen=True, slots=True)
class Actions:
    """What `actions` shows: the follow-up, under which catalogue, and what is wrong with the ledger."""

    catalogue: Catalogue
    identity: Mapping[str, str]
    found: Followup
    problems: Sequence[Problem] = ()

    @property
    def missing(self) -> str:
        """What is missing of the ledger; '' where nothing is."""
        return absence_text(self.catalogue.sources[SOURCE].name, self.found.absent)


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def actions_json(actions: Actions) -> dict[str, Any]:
    """The follow-up as an object."""
    return to_json(actions.found, actions.identity, actions.problems)


# ---- in the terminal


def render_actions(actions: Actions) -> RenderableType:
    """What lacks an analysis, then the actions by state, those that need somebody first."""
    found = actions.found
    parts: list[RenderableType] = [_text(_title(actions), "bold"), *_summary(found)]
    if missing := actions.missing:
        parts += [_text(f"! 数据缺失:{missing}", "bold magenta")]
    if found.unanalysed:
        parts += [Text(), Text("未达成而没有原因分析", style="bold red"), _assessments(actions, found.unanalysed)]
    if found.unverified:
        parts += [Text(), Text("待核实(先改正存疑的数据)", style="bold yellow")]
        parts += [_assessments(actions, found.unverified)]
    for state, sign in STATE_SIGNS.items():
        mine = [one for one in found.actions if one.state is state]
        if mine:
            parts += [Text(), Text(f"{sign} {state.label}({len(mine)})", style=_STATES[state])]
            parts += [part for one in mine for part in _one_action(one)]
    if any(one.following for one in found.actions):
        parts += [Text(), Text(LEGEND, style="dim")]
    return Group(*parts)


def _title(actions: Actions) -> str:
    organization = actions.identity.get("organization", "")
    return f"{organization} {actions.found.period} 纠正措施跟踪(截至 {actions.found.as_of})".strip()


def _summary(found: Followup) -> Iterator[Text]:
    line = Text().append(f"未分析 {len(found.unanalysed)}", style="bold red" if found.unanalysed else "")
    line.append(f"  待核实 {len(found.unverified)}  措施 {len(found.actions)} 项")
    opposite = sum(one.contradicted for one in found.actions)
    yield line.append(f"  验证与数据相反 {opposite}", style="bold red") if opposite else line
    parts = [
        Text(f"{sign} {state.label} {count}", style=_STATES[state])
        for state, sign in STATE_SIGNS.items()
        if (count := found.count(state))
    ]
    if parts:
        yield Text("  ").join(parts)


def _assessments(actions: Actions, items: Sequence[Assessment]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    for name in ("序号", "指标名称", "考核期", "实际值", "要求", "结论", "差距"):
        table.add_column(name, justify="right" if name in ("序号", "实际值") else "left", overflow="fold")
    for item in items:
        verdict = Text(f"{SIGNS[item.verdict]} {item.verdict.label}", style=STYLES[item.verdict])
        table.add_row(
            numbers_text(actions.catalogue, item),
            _text(name_text(item.name, item.group)),
            str(item.period),
            item.display,
            target_text(item.target),
            verdict,
            gap_text(item),
        )
    return table


def _one_action(one: Action) -> Iterator[RenderableType]:
    head = _text(f"{one.record.text('编号') or '(无编号)'}  {subject_text(one)}", "bold")
    if one.about:
        verdict = one.about.verdict
        head.append(f"  {SIGNS[verdict]} {verdict.label}", style=STYLES[verdict])
    if one.days:
        head.append(f"  {state_text(one)}", style=_STATES[one.state])
    yield head
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text, style in _details(one):
        table.add_row(f"  {label}", _text(text, style))
    yield table


def _details(one: Action) -> Iterator[tuple[str, str, str]]:
    row = one.record
    listed = (
        ("原因", row.text("原因分析"), ""),
        ("措施", row.text("纠正措施"), ""),
        ("责任", responsible_text(one), ""),
        ("日期", dates_text(one), ""),
        ("后续", following_text(one), ""),
        ("效果", effect_text(one), _EFFECTS[one.effect] if one.effect else ""),
        ("说明", ";".join(one.remarks), ""),
        ("出处", row.shown_place, "dim"),
    )
    return (line for line in listed if line[1])


# ---- for other programs


_FIELDS = (
    "类别",
    "编号",
    "序号",
    "指标名称",
    "组",
    "考核期",
    "结论",
    "分子",
    "分母",
    "实际值",
    "显示",
    "最低",
    "最高",
    "考核要求",
    "原因分析",
    "纠正措施",
    "责任部门",
    "责任人",
    "完成期限",
    "实际完成日期",
    "验证结果",
    "状态",
    "逾期天数",
    "后续各期",
    "决定的一期",
    "效果",
    "与台账相反",
    "说明",
    "出处",
)


def actions_csv(actions: Actions) -> str:
    """One row an action, then one an assessment without an analysis; first of all, where the ledger is missing."""
    return csv_table(_FIELDS, _plain_rows(actions))


def _plain_rows(actions: Actions) -> Iterator[list[str]]:
    found = actions.found
    if missing := actions.missing:
        yield ["数据缺失", *[""] * (len(_FIELDS) - 3), missing, ""]
    for one in found.actions:
        yield _plain_action(one)
    for kind, items in (("未分析", found.unanalysed), ("待核实", found.unverified)):
        for item in items:
            head = [kind, "", numbers_text(actions.catalogue, item), item.name, item.group or "", str(item.period)]
            cells = [*head, item.verdict.label, *plain_cells(item)]
            yield [*cells, *[""] * (len(_FIELDS) - len(cells))]


def _plain_action(one: Action) -> list[str]:
    row, number = one.record, one.record.cells["指标序号"]
    days = (row.day("完成期限"), one.done)
    return [
        "纠正措施",
        row.text("编号"),
        "" if number is None else str(number),
        one.indicator.name if one.indicator else "",
        row.text(GROUP),
        str(one.period) if one.period else row.text("考核期"),
        one.about.verdict.label if one.about else "",
        *(plain_cells(one.about) if one.about else [""] * 7),
        *(row.text(name) for name in ("原因分析", "纠正措施", "责任部门", "责任人")),
        *("" if day is None else day.isoformat() for day in days),
        one.result,
        one.state.label,
        str(one.days) if one.days else "",
        following_text(one),
        str(one.decisive or ""),
        one.effect.label if one.effect else "",
        "是" if one.contradicted else "",
        ";".join(one.remarks),
        row.shown_place,
    ]


def actions_markdown(actions: Actions) -> str:
    """A table of what lacks an analysis and one of the actions."""
    found = actions.found
    lines = [f"# {clean(_title(actions))}"]
    if missing := actions.missing:
        lines += ["", f"**数据缺失:{clean(missing)}**"]
    for title, items in (("未达成而没有原因分析", found.unanalysed), ("待核实", found.unverified)):
        rows = [
            [
                numbers_text(actions.catalogue, one),
                name_text(one.name, one.group),
                str(one.period),
                one.display,
                gap_text(one),
            ]
            for one in items
        ]
        if rows:
            lines += ["", f"## {title}", ""]
            lines += markdown_table(["序号", "指标名称", "考核期", "实际值", "差距"], rows)
    if found.actions:
        head = ["编号", "对象", "措施", "责任", "日期", "状态", "后续各期", "效果", "说明"]
        lines += ["", "## 纠正措施", "", *markdown_table(head, map(_markdown_action, found.actions))]
    return "\n".join(lines)


def _markdown_assessment(actions: Actions, item: Assessment) -> list[str]:
    numbers, name = numbers_text(actions.catalogue, item), name_text(item.name, item.group)
    return [numbers, name, str(item.period), item.display, gap_text(item)]


def _markdown_action(one: Action) -> list[str]:
    row = one.record
    return [
        row.text("编号"),
        subject_text(one),
        row.text("纠正措施"),
        responsible_text(one),
        dates_text(one),
        state_text(one),
        following_text(one),
        effect_text(one),
        ";".join(one.remarks),
    ]
