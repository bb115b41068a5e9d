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

from itss_kpi.actions import GROUP, SOURCE, Action, Effect, Followup, State, to_json
from itss_kpi.catalogue import Catalogue, listed_numbers
from itss_kpi.problems import Problem
from itss_kpi.results import Absence, Assessment
from itss_kpi.text import clean, csv_table, markdown_table
from itss_kpi.wording import SIGNS, STYLES, gap_text, name_text, plain_cells, target_text

LOOKS: dict[State, tuple[str, str]] = {
    State.OVERDUE: ("✗", "bold red"),
    State.DOUBTFUL: ("?", "bold yellow"),
    State.INCOMPLETE: ("~", "cyan"),
    State.DONE: ("▲", "yellow"),
    State.OPEN: ("…", "blue"),
    State.VERIFIED: ("✓", "green"),
}
"""A sign and a colour for each state, in the order in which they are listed."""
_EFFECTS = {Effect.EFFECTIVE: "green", Effect.INEFFECTIVE: "bold red", Effect.TOO_EARLY: "dim"}


@dataclass(frozen=True, slots=True)
class Actions:
    """What `actions` shows: the follow-up, under which catalogue, and what is wrong with the ledger."""

    catalogue: Catalogue
    identity: Mapping[str, str]
    found: Followup
    problems: Sequence[Problem] = ()

    def numbers(self, item: Assessment) -> str:
        """The numbers under which the plan lists the assessment's indicator: `1、16`."""
        return "、".join(str(number) for number in listed_numbers(self.catalogue.find(item.indicator)[0]))


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def actions_json(actions: Actions) -> dict[str, Any]:
    """The follow-up as an object."""
    return to_json(actions.found, actions.identity, actions.problems)


# ---- in words


def absence_text(name: str, absent: Sequence[Absence]) -> str:
    """What is missing of the ledger; '' where nothing is."""
    if not absent:
        return ""
    lacking = ";".join(f"{one.department} {'、'.join(one.months)}" for one in absent)
    return f"“{name}”没有交齐({lacking}):不能说哪些已经分析、哪些已经完成"


def state_text(one: Action) -> str:
    """The state with its sign: `✗ 逾期 12 天`."""
    days = f" {one.days} 天" if one.days else ""
    return f"{LOOKS[one.state][0]} {one.state.label}{days}"


def subject_text(one: Action) -> str:
    """What an action is about, as the row says it: `18 事件及时响应率 2022-07`."""
    number = one.record.cells["指标序号"]
    name = name_text(one.indicator.name if one.indicator else "", one.record.text(GROUP))
    period = str(one.period) if one.period else one.record.text("考核期")
    return " ".join(filter(None, ("—" if number is None else str(number), name, period)))


def following_text(one: Action) -> str:
    """The indicator's later periods; in brackets those that end or begin before the action can have helped in full."""
    return "  ".join(_next_text(one, item) for item in one.following)


def _next_text(one: Action, item: Assessment) -> str:
    shown = f"{item.period} {SIGNS[item.verdict]}" + ("" if item.value is None else f" {item.display}")
    return shown if one.decisive and item.period.start >= one.decisive.start else f"({shown})"


def effect_text(one: Action) -> str:
    """The effect and the period that decides on it: `有效(看 2022-09)`; what the ledger says otherwise."""
    if one.effect is None:
        return ""
    return f"{one.effect.label}(看 {one.decisive})" + (f",与台账的“{one.result}”相反" if one.contradicted else "")


# ---- in the terminal


def render_actions(actions: Actions) -> RenderableType:
    """What lacks an analysis, then the actions by state, those that need somebody first."""
    found = actions.found
    parts: list[RenderableType] = [_text(_title(actions), "bold"), _summary(found)]
    missing = absence_text(actions.catalogue.sources[SOURCE].name, found.absent)
    if missing:
        parts += [_text(f"! 数据缺失:{missing}", "bold magenta")]
    if found.unanalysed:
        parts += [Text(), Text("未达成而没有原因分析", style="bold red"), _assessments(actions, found.unanalysed)]
    if found.unverified:
        parts += [Text(), Text("待核实(先改正存疑的数据)", style="bold yellow")]
        parts += [_assessments(actions, found.unverified)]
    for state, (sign, style) in LOOKS.items():
        mine = [one for one in found.actions if one.state is state]
        if mine:
            parts += [Text(), Text(f"{sign} {state.label}({len(mine)})", style=style)]
            parts += [part for one in mine for part in _one_action(one)]
    if any(one.following for one in found.actions):
        parts += [Text(), Text(_LEGEND, style="dim")]
    return Group(*parts)


_LEGEND = "后续:同一指标其后各考核期;完成之后的第一个完整考核期决定效果,括号中的在此以前,不作证明。"


def _title(actions: Actions) -> str:
    organization = actions.identity.get("organization", "")
    return f"{organization} {actions.found.period} 纠正措施跟踪(截至 {actions.found.as_of})".strip()


def _summary(found: Followup) -> Text:
    line = Text(f"未分析 {len(found.unanalysed)}", style="bold red" if found.unanalysed else "")
    line.append(f"  措施 {len(found.actions)} 项", style="not bold default")
    for state, (sign, style) in LOOKS.items():
        if number := found.count(state):
            line.append("  ").append(f"{sign} {state.label} {number}", style=style)
    opposite = sum(one.contradicted for one in found.actions)
    return line.append(f"  验证与数据相反 {opposite}", style="bold red") if opposite else line


def _assessments(actions: Actions, items: Sequence[Assessment]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    for name in ("序号", "指标名称", "考核期", "实际值", "要求", "结论", "差距"):
        table.add_column(name, justify="right" if name in ("序号", "实际值") else "left", overflow="fold")
    for item in items:
        verdict = Text(f"{SIGNS[item.verdict]} {item.verdict.label}", style=STYLES[item.verdict])
        table.add_row(
            actions.numbers(item), _text(name_text(item.name, item.group)), str(item.period), item.display,
            target_text(item.target), verdict, gap_text(item),
        )  # fmt: skip
    return table


def _one_action(one: Action) -> Iterator[RenderableType]:
    head = _text(f"{one.record.text('编号') or '(无编号)'}  {subject_text(one)}", "bold")
    if one.about:
        verdict = one.about.verdict
        head.append(f"  {SIGNS[verdict]} {verdict.label}", style=STYLES[verdict])
    if one.days:
        head.append(f"  {state_text(one)}", style=LOOKS[one.state][1])
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


def responsible_text(one: Action) -> str:
    """Who is to do it: `信息部 W014`."""
    return " ".join(filter(None, (one.record.text("责任部门"), one.record.text("责任人"))))


def dates_text(one: Action) -> str:
    """The term, and what was done and verified as seen on the day."""
    due, verified = one.record.day("完成期限"), one.record.day("验证日期")
    on = f"({verified})" if verified else ""
    parts = (
        f"期限 {due}" if due else "",
        f"完成 {one.done}" if one.done else "",
        f"验证 {one.result}{on}" if one.result else "",
    )
    return "  ".join(filter(None, parts))


# ---- for other programs


_FIELDS = (
    "类别", "编号", "序号", "指标名称", "组", "考核期", "结论", "分子", "分母", "实际值", "显示", "最低", "最高",
    "考核要求", "原因分析", "纠正措施", "责任部门", "责任人", "完成期限", "实际完成日期", "验证结果", "状态",
    "逾期天数", "后续各期", "决定的一期", "效果", "与台账相反", "说明", "出处",
)  # fmt: skip


def actions_csv(actions: Actions) -> str:
    """One row an action, then one an assessment without an analysis; first of all, where the ledger is missing."""
    return csv_table(_FIELDS, _plain_rows(actions))


def _plain_rows(actions: Actions) -> Iterator[list[str]]:
    found = actions.found
    missing = absence_text(actions.catalogue.sources[SOURCE].name, found.absent)
    if missing:
        yield ["数据缺失", *[""] * (len(_FIELDS) - 3), missing, ""]
    for one in found.actions:
        yield _plain_action(one)
    for kind, items in (("未分析", found.unanalysed), ("待核实", found.unverified)):
        for item in items:
            head = [kind, "", actions.numbers(item), item.name, item.group or "", str(item.period)]
            cells = [*head, item.verdict.label, *plain_cells(item)]
            yield [*cells, *[""] * (len(_FIELDS) - len(cells))]


def _plain_action(one: Action) -> list[str]:
    row, number = one.record, one.record.cells["指标序号"]
    days = (row.day("完成期限"), one.done)
    return [
        "纠正措施", row.text("编号"), "" if number is None else str(number),
        one.indicator.name if one.indicator else "", row.text(GROUP), str(one.period) if one.period else row.text("考核期"),
        one.about.verdict.label if one.about else "", *(plain_cells(one.about) if one.about else [""] * 7),
        *(row.text(name) for name in ("原因分析", "纠正措施", "责任部门", "责任人")),
        *("" if day is None else day.isoformat() for day in days), one.result, one.state.label,
        str(one.days) if one.days else "", following_text(one), str(one.decisive or ""),
        one.effect.label if one.effect else "", "是" if one.contradicted else "", ";".join(one.remarks),
        row.shown_place,
    ]  # fmt: skip


def actions_markdown(actions: Actions) -> str:
    """A table of what lacks an analysis and one of the actions."""
    found = actions.found
    lines = [f"# {clean(_title(actions))}"]
    missing = absence_text(actions.catalogue.sources[SOURCE].name, found.absent)
    if missing:
        lines += ["", f"**数据缺失:{clean(missing)}**"]
    for title, items in (("未达成而没有原因分析", found.unanalysed), ("待核实", found.unverified)):
        rows = [
            [actions.numbers(one), name_text(one.name, one.group), str(one.period), one.display, gap_text(one)]
            for one in items
        ]
        if rows:
            lines += ["", f"## {title}", ""]
            lines += markdown_table(["序号", "指标名称", "考核期", "实际值", "差距"], rows)
    if found.actions:
        head = ["编号", "对象", "措施", "责任", "日期", "状态", "后续各期", "效果", "说明"]
        lines += ["", "## 纠正措施", "", *markdown_table(head, map(_markdown_action, found.actions))]
    return "\n".join(lines)


def _markdown_action(one: Action) -> list[str]:
    row = one.record
    return [
        row.text("编号"), subject_text(one), row.text("纠正措施"), responsible_text(one),
        dates_text(one), state_text(one), following_text(one), effect_text(one), ";".join(one.remarks),
    ]  # fmt: skip
