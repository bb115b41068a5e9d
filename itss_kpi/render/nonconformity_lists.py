"""Finding lists: nonconformities and improvements -> terminal, CSV and Markdown.

Convention: as in `terminal`, a renderer decides nothing and text from users' files goes through `clean`. An entry is a
line and a few rows below it, so that it is as wide as the terminal; what needs somebody comes first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.problems import Problem
from itss_kpi.core.targets import plain_number
from itss_kpi.core.text import clean, csv_table, markdown_table
from itss_kpi.plan.effects import NUMBER, Effect
from itss_kpi.plan.nonconformities import (
    IMPROVEMENTS,
    NONCONFORMITIES,
    Findings,
    Improvement,
    Nonconformity,
    Progress,
    State,
    groups,
    improved_groups,
    to_json,
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
    dates_text,
    effect_text,
    following_text,
    found_cells,
    improved_cells,
    state_text,
    subject_text,
    title_text,
)

Entry = Nonconformity | Improvement
_STYLES = {
    State.OVERDUE: "bold red",
    State.UNKNOWN: "bold yellow",
    State.OPEN: "blue",
    State.CLOSED: "green",
    Progress.OVERDUE: "bold red",
    Progress.UNKNOWN: "bold yellow",
    Progress.COMING: "blue",
    Progress.LATE: "yellow",
    Progress.DONE: "green",
}
_EFFECTS = {Effect.EFFECTIVE: "green", Effect.INEFFECTIVE: "bold red", Effect.TOO_EARLY: "dim"}


@dataclass(frozen=True, slots=True)
class FindingLists:
    """What `findings` shows: the findings, under which catalogue, and what is wrong with the ledgers."""

    catalogue: Catalogue
    identity: Mapping[str, str]
    found: Findings
    problems: Sequence[Problem] = ()

    def missing(self, source: str) -> str:
        """What is missing of a ledger; '' where nothing is."""
        declared = self.catalogue.sources.get(source)
        return absence_text(declared.name, self.found.lacking(source)) if declared else ""

    @property
    def title(self) -> str:
        """The heading."""
        return title_text(self.identity.get("organization", ""), self.found)


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def findings_json(lists: FindingLists) -> dict[str, Any]:
    """The whole as an object."""
    return to_json(lists.found, lists.identity, lists.problems)


# ---- rows of the tables, for the terminal and Markdown


def _found_rows(found: Findings) -> list[list[str]]:
    """By origin, then by department, then all."""
    rows = [[one.origin or one.department, *found_cells(one)] for one in groups(found) if not _is_both(one)]
    return [*rows, ["合计", *found_cells(found.of())]]


def _improved_rows(found: Findings) -> list[list[str]]:
    single = [one for one in improved_groups(found) if not (one.category and one.department)]
    rows = [[one.category or one.department, *improved_cells(one)] for one in single]
    return [*rows, ["合计", *improved_cells(found.improved())]]


def _is_both(one: Any) -> bool:
    return bool(one.origin and one.department)


# ---- in the terminal


def render_findings(lists: FindingLists) -> RenderableType:
    """The nonconformities, then the improvements: how many, and each by its state, those that need somebody first."""
    found = lists.found
    parts: list[RenderableType] = [_text(lists.title, "bold"), Text(), Text("不符合项", style="bold")]
    if found.nonconformities is None:
        parts += [Text(NO_NONCONFORMITIES, style="dim")]
    else:
        parts += [*_missing(lists, NONCONFORMITIES), _table(("来源与部门", *FOUND_HEAD), _found_rows(found))]
        for state, sign in STATE_SIGNS.items():
            parts += _entries(sign, state, [one for one in found.nonconformities if one.state is state])
    parts += [Text(), Text("改进计划", style="bold")]
    if found.improvements is None:
        parts += [Text(NO_IMPROVEMENTS, style="dim")]
    else:
        parts += [*_missing(lists, IMPROVEMENTS), _table(("类别与部门", *IMPROVED_HEAD), _improved_rows(found))]
        for progress, sign in PROGRESS_SIGNS.items():
            parts += _entries(sign, progress, [one for one in found.improvements if one.state is progress])
    entries: list[Entry] = [*(found.nonconformities or ()), *(found.improvements or ())]
    if any(one.tried.following for one in entries):
        parts += [Text(), Text(LEGEND, style="dim")]
    return Group(*parts)


def _missing(lists: FindingLists, source: str) -> Iterator[Text]:
    if missing := lists.missing(source):
        yield _text(f"! 数据缺失:{missing}", "bold magenta")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    for at, name in enumerate(head):
        table.add_column(name, justify="right" if at else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _entries(sign: str, state: State | Progress, entries: Sequence[Entry]) -> Iterator[RenderableType]:
    if entries:
        yield from (Text(), Text(f"{sign} {state.label}({len(entries)})", style=_STYLES[state]))
    for one in entries:
        head = _text(_head(one), "bold")
        if one.overdue:
            head.append(f"  {state_text(one)}", style=_STYLES[state])
        yield head
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for label, text, style in _details(one):
            table.add_row(f"  {label}", _text(text, style))
        yield table


def _head(one: Entry) -> str:
    name, kind = _names(one)
    return "  ".join(filter(None, (name or "(无编号)", kind, one.department)))


def _names(one: Entry) -> tuple[str, str]:
    if isinstance(one, Nonconformity):
        return one.record.text("编号"), one.origin
    return one.record.text("改进编号"), one.category


def _details(one: Entry) -> Iterator[tuple[str, str, str]]:
    row, effect = one.record, one.tried.effect
    texts = (
        (("依据", "依据条款"), ("事实", "事实描述"), ("原因", "原因"), ("措施", "纠正措施"))
        if isinstance(one, Nonconformity)
        else (("改进", "改进项"), ("目标", "改进目标"), ("评价", "效果评价"))
    )
    listed = (
        *((label, row.text(column), "") for label, column in texts),
        ("日期", dates_text(one), ""),
        ("指标", subject_text(one), ""),
        ("后续", following_text(one), ""),
        ("效果", effect_text(one), _EFFECTS[effect] if effect else ""),
        ("说明", ";".join(one.remarks), ""),
        ("出处", row.shown_place, "dim"),
    )
    return (line for line in listed if line[1])


# ---- for other programs


_FIELDS = (
    "类别",
    "编号",
    "来源或类别",
    "责任部门",
    "内容",
    "依据条款",
    "原因",
    "措施或目标",
    "发现日期",
    "期限",
    "完成日期",
    "状态",
    "逾期天数",
    "用时天数",
    "超期",
    "进度",
    "效果评价",
    "指标序号",
    "指标与考核期",
    "后续各期",
    "决定的一期",
    "效果",
    "矛盾",
    "说明",
    "出处",
)


def findings_csv(lists: FindingLists) -> str:
    """First of all where a ledger is missing; then a row each nonconformity and each improvement."""
    return csv_table(_FIELDS, ([row.get(name, "") for name in _FIELDS] for row in _plain_rows(lists)))


def _plain_rows(lists: FindingLists) -> Iterator[dict[str, str]]:
    for source in (NONCONFORMITIES, IMPROVEMENTS):
        if missing := lists.missing(source):
            yield {"类别": "数据缺失", "说明": missing}
    yield from map(_plain_nonconformity, lists.found.nonconformities or ())
    yield from map(_plain_improvement, lists.found.improvements or ())


def _plain_nonconformity(one: Nonconformity) -> dict[str, str]:
    row = one.record
    return {
        **_plain(one),
        "类别": "不符合项",
        "内容": row.text("事实描述"),
        "依据条款": row.text("依据条款"),
        "原因": row.text("原因"),
        "措施或目标": row.text("纠正措施"),
        "发现日期": str(one.found or ""),
        "完成日期": str(one.closed or ""),
        "用时天数": "" if one.days is None else str(one.days),
        "超期": "是" if one.late else "",
    }


def _plain_improvement(one: Improvement) -> dict[str, str]:
    row = one.record
    return {
        **_plain(one),
        "类别": "改进计划",
        "内容": row.text("改进项"),
        "措施或目标": row.text("改进目标"),
        "完成日期": str(one.done or ""),
        "超期": "是" if one.state is Progress.LATE else "",
        "进度": plain_number(one.progress),
        "效果评价": row.text("效果评价"),
        "矛盾": "是" if one.contradictory else "",
    }


def _plain(one: Entry) -> dict[str, str]:
    (name, kind), number, tried = _names(one), one.record.cells.get(NUMBER), one.tried
    return {
        "编号": name,
        "来源或类别": kind,
        "责任部门": one.department,
        "期限": str(one.due or ""),
        "状态": one.state.label,
        "逾期天数": str(one.overdue or ""),
        "指标序号": "" if number is None else str(number),
        "指标与考核期": subject_text(one),
        "后续各期": following_text(one),
        "决定的一期": str(tried.decisive or ""),
        "效果": tried.effect.label if tried.effect else "",
        "说明": ";".join(one.remarks),
        "出处": one.record.shown_place,
    }


def findings_markdown(lists: FindingLists) -> str:
    """The counts and the entries of both ledgers."""
    found = lists.found
    lines = [f"# {clean(lists.title)}", "", "## 不符合项", ""]
    if found.nonconformities is None:
        lines += [NO_NONCONFORMITIES]
    else:
        lines += [f"**数据缺失:{clean(lists.missing(NONCONFORMITIES))}**", ""] if lists.missing(NONCONFORMITIES) else []
        lines += markdown_table(("来源与部门", *FOUND_HEAD), _found_rows(found))
        lines += ["", *_markdown_entries(found.nonconformities)]
    lines += ["", "## 改进计划", ""]
    if found.improvements is None:
        lines += [NO_IMPROVEMENTS]
    else:
        lines += [f"**数据缺失:{clean(lists.missing(IMPROVEMENTS))}**", ""] if lists.missing(IMPROVEMENTS) else []
        lines += markdown_table(("类别与部门", *IMPROVED_HEAD), _improved_rows(found))
        lines += ["", *_markdown_entries(found.improvements)]
    return "\n".join(lines)


def _markdown_entries(entries: Sequence[Entry]) -> Iterator[str]:
    head = ["编号", "来源或类别", "责任部门", "内容", "日期", "状态", "指标", "后续各期", "效果", "说明", "出处"]
    return markdown_table(head, map(_markdown_entry, entries))


def _markdown_entry(one: Entry) -> list[str]:
    row = one.record
    name, kind = _names(one)
    text = row.text("事实描述" if isinstance(one, Nonconformity) else "改进项")
    return [
        name,
        kind,
        one.department,
        text,
        dates_text(one),
        state_text(one),
        subject_text(one),
        following_text(one),
        effect_text(one),
        ";".join(one.remarks),
        row.shown_place,
    ]
