"""Comparison lists: breakdowns across groups -> terminal, JSON, CSV and Markdown.

Convention: as in `terminal`, a renderer decides nothing and text from users' files goes through `clean`. There is one
column a group; where they are too many for the terminal the table is continued below.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from itss_kpi.analysis.breakdown import Breakdown, extremes, shares
from itss_kpi.catalogue.wording import SIGNS, STYLES, name_text, plain_cells, share_text, target_text
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment, Verdict, assessment_json, problem_json
from itss_kpi.core.targets import Unit, exact, plain_number, show_part
from itss_kpi.core.text import clean, csv_table, markdown_table

SCHEMA = "itss-kpi/compare/1"
BEST, WORST = "▲", "▼"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare` shows: the breakdowns of a period by a dimension."""

    catalogue: Mapping[str, str]
    period: Period
    as_of: date
    dimension: str
    breakdowns: Sequence[Breakdown]
    problems: Sequence[Problem] = ()


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


# ---- in the terminal


def render_comparison(comparison: Comparison) -> RenderableType:
    """Tables of the breakdowns with the same groups, as wide as the terminal, then what has no groups."""
    parts: list[RenderableType] = [_text(_title(comparison), "bold")]
    if not comparison.breakdowns:
        return Group(*parts, Text(f"{comparison.period} 没有到期或未到期的指标", style="dim"))
    for names, listed in _alike(comparison.breakdowns).items():
        parts += [Text(), _Across(names, listed) if names else _ungrouped(listed)]
        if names:
            parts += [_text(f"说明 {line}", "dim") for line in _reasons(listed)]
    return Group(*parts, Text(), *_legend(comparison))


def _title(comparison: Comparison) -> str:
    organization = comparison.catalogue.get("organization", "")
    what = f"{comparison.period} 横向对比:按{comparison.dimension}(截至 {comparison.as_of})"
    return f"{organization} {what}".strip()


def _alike(breakdowns: Iterable[Breakdown]) -> dict[tuple[str, ...], list[Breakdown]]:
    """The breakdowns by the names of their groups; those without any come last."""
    found: dict[tuple[str, ...], list[Breakdown]] = {}
    for one in breakdowns:
        found.setdefault(tuple(item.group or "" for item in one.groups), []).append(one)
    return dict(sorted(found.items(), key=lambda pair: not pair[0]))


def _reasons(breakdowns: Iterable[Breakdown]) -> list[str]:
    """Why groups don't add up, once for periods of an indicator that have the same reason in turn."""
    found: dict[tuple[int, str, str], list[str]] = {}
    for one in breakdowns:
        if one.reason:
            named = (one.whole.number, name_text(one.whole.name, one.whole.group), one.reason)
            found.setdefault(named, []).append(str(one.whole.period))
    return [f"{number} {name} {'、'.join(periods)}:{reason}" for (number, name, reason), periods in found.items()]


def _ungrouped(breakdowns: Sequence[Breakdown]) -> RenderableType:
    return Group(Text("没有分组的", style="bold"), *(_text(line) for line in _reasons(breakdowns)))


def _legend(comparison: Comparison) -> list[Text]:
    lines = []
    if any(any(extremes(one)) for one in comparison.breakdowns):
        lines.append(f"{BEST} 各组中最好,{WORST} 最差(存疑的行无论怎样都是如此才标)。")
    if any(shares(one) for one in comparison.breakdowns):
        lines.append("缺口:分子离要求还差多少,或富余多少;各组相加等于总值的缺口。")
    return [_text(line, "dim") for line in lines]


@dataclass(frozen=True, slots=True)
class _Across:
    """A table with one column a group, continued in further tables where they are too many for the width."""

    names: Sequence[str]
    breakdowns: Sequence[Breakdown]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = [_group_column(name, self.breakdowns) for name in self.names]
        first = [_name_column(self.breakdowns), _label_column(self.breakdowns)]
        whole = _whole_column(self.breakdowns)
        free = options.max_width - sum(_width(column) + 1 for column in first)
        for at, some in enumerate(_fitting([whole, *columns], free)):
            yield from [Text("(接上表)", style="dim")] if at else []
            yield _table([*first, *some], len(self.breakdowns))


_Column = list[list[Text]]
"""A head, then for each breakdown the lines of its cell."""
_MOST_NAME, _MOST_HEAD = 22, 12
"""Columns that an indicator's name, and a group's name above its values, may take before they are folded."""


def _width(column: _Column) -> int:
    head, *cells = ([cell_len(line.plain) for line in cell] for cell in column)
    return max(min(_MOST_HEAD, *head), *(min(_MOST_NAME, line) for cell in cells for line in cell))


def _fitting(columns: Sequence[_Column], free: int) -> Iterator[list[_Column]]:
    """As many columns at a time as there is room for, at least one."""
    taken: list[_Column] = []
    for column in columns:
        if taken and sum(_width(one) + 1 for one in [*taken, column]) > free:
            yield taken
            taken = []
        taken.append(column)
    yield taken


def _table(columns: Sequence[_Column], count: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    for at, column in enumerate(columns):
        most = max(_width(column), 1)
        table.add_column(column[0][0], justify="right" if at > 1 else "left", overflow="fold", max_width=most)
    for row in range(1, count + 1):
        # the lines of a name may be folded, so each stands in a row of its own
        for line in range(max(len(column[row]) for column in columns)):
            table.add_row(*(column[row][line] if line < len(column[row]) else "" for column in columns))
    return table


def _name_column(breakdowns: Iterable[Breakdown]) -> _Column:
    found: _Column = [[Text("指标")]]
    for one in breakdowns:
        name = _text(f"{one.whole.number} {name_text(one.whole.name, one.whole.group)}", "cyan")
        found.append([name, Text(f"{one.whole.period} {target_text(one.whole.target)}")])
    return found


def _label_column(breakdowns: Iterable[Breakdown]) -> _Column:
    found: _Column = [[Text()]]
    for one in breakdowns:
        labels = ["实际值", *(["分子/分母"] if _has_parts(one) else []), *(["缺口"] if shares(one) else [])]
        found.append([Text(label, style="dim") for label in labels])
    return found


def _has_parts(one: Breakdown) -> bool:
    """Whether there is more to show than the value: a numerator that isn't it, a denominator."""
    return one.whole.unit is Unit.PERCENT or one.whole.denominator is not None


def _whole_column(breakdowns: Iterable[Breakdown]) -> _Column:
    found: _Column = [[Text("总值")]]
    for one in breakdowns:
        parts = shares(one)
        gap = [_gap(sum(parts.values(), Fraction(0)), one.whole)] if parts else []
        found.append([_value(one.whole), *_parts(one, one.whole), *gap])
    return found


def _group_column(name: str, breakdowns: Iterable[Breakdown]) -> _Column:
    found: _Column = [[_text(name)]]
    for one in breakdowns:
        item = next(item for item in one.groups if (item.group or "") == name)
        parts = shares(one)
        gap = [_gap(parts[name], item)] if name in parts else []
        found.append([_value(item, _mark(one, item)), *_parts(one, item), *gap])
    return found


def _mark(one: Breakdown, item: Assessment) -> str:
    best, worst = extremes(one)
    return BEST if item.group in best else WORST if item.group in worst else ""


def _value(item: Assessment, mark: str = "") -> Text:
    verdict = Verdict.MISSING_DATA if item.absent else item.verdict
    # that nothing happened yet is no conclusion
    shown = item.display if item.display != "—" or verdict is Verdict.IN_PROGRESS else verdict.label
    return Text(f"{SIGNS[verdict]} {shown}{mark}", style=STYLES[verdict])


def _parts(one: Breakdown, item: Assessment) -> list[Text]:
    return [Text(share_text(item))] if _has_parts(one) else []


def _gap(amount: Fraction, item: Assessment) -> Text:
    return Text(_gap_said(amount, item), style="red" if amount > 0 else "")


def _gap_said(amount: Fraction, item: Assessment) -> str:
    if not amount:
        return "0"
    return f"{'差' if amount > 0 else '余'} {show_part(abs(amount), item.part_unit)}"


# ---- for other programs


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The breakdowns as an object; numbers that decide are exact strings, as in report/1."""
    return {
        "schema": SCHEMA,
        "period": str(comparison.period),
        "as_of": comparison.as_of.isoformat(),
        "by": comparison.dimension,
        "catalogue": dict(comparison.catalogue),
        "comparisons": [_breakdown_json(one) for one in comparison.breakdowns],
        "problems": [problem_json(problem) for problem in comparison.problems],
    }


def _breakdown_json(one: Breakdown) -> dict[str, Any]:
    best, worst = extremes(one)
    parts = shares(one)
    return {
        "dimension": one.dimension,
        "adds_up": not one.reason,
        "reason": one.reason,
        "whole": assessment_json(one.whole),
        "groups": [
            assessment_json(item)
            | {
                "best": item.group in best,
                "worst": item.group in worst,
                "share": exact(parts.get(item.group or "")),
            }
            for item in one.groups
        ],
    }


_FIELDS = (
    "序号",
    "指标域",
    "指标名称",
    "考核期",
    "维度",
    "类别",
    "组",
    "分子",
    "分母",
    "实际值",
    "显示",
    "最低",
    "最高",
    "考核要求",
    "结论",
    "差距",
    "存疑行数",
    "最好最差",
    "缺口",
    "说明",
)


def comparison_csv(comparison: Comparison) -> str:
    """One row a whole, then one a group: plain decimals, and nothing that Excel would run."""
    return csv_table(_FIELDS, (row for one in comparison.breakdowns for row in _breakdown_rows(one)))


def _breakdown_rows(one: Breakdown) -> Iterator[list[str]]:
    best, worst = extremes(one)
    parts = shares(one)
    whole = sum(parts.values(), Fraction(0)) if parts else None
    for kind, item in (("总值", one.whole), *(("组", item) for item in one.groups)):
        name = item.group or ""
        marks = "" if kind == "总值" else "最好" if name in best else "最差" if name in worst else ""
        yield [
            str(item.number),
            item.domain,
            item.name,
            str(item.period),
            one.dimension,
            kind,
            name,
            *plain_cells(item),
            item.verdict.label,
            plain_number(item.shortfall),
            str(item.doubtful_rows),
            marks,
            plain_number(whole if kind == "总值" else parts.get(name)),
            one.reason if kind == "总值" else "",
        ]


def comparison_markdown(comparison: Comparison) -> str:
    """One table a set of groups, and why groups don't add up."""
    lines = [f"# {clean(_title(comparison))}"]
    for names, listed in _alike(comparison.breakdowns).items():
        if names:
            head = ["序号", "指标名称", "考核期", "要求", "", "总值", *names]
            lines += ["", *markdown_table(head, (row for one in listed for row in _markdown_rows(one)))]
        else:
            lines += ["", "## 没有分组的"]
        for reason in _reasons(listed):
            lines += ["", clean(reason)]
    return "\n".join(lines)


def _markdown_rows(one: Breakdown) -> Iterator[list[str]]:
    whole, parts = one.whole, shares(one)
    values = [_value(item, _mark(one, item)).plain for item in one.groups]
    head = [str(whole.number), name_text(whole.name, whole.group), str(whole.period), target_text(whole.target)]
    yield [*head, "实际值", _value(whole).plain, *values]
    if _has_parts(one):
        yield ["", "", "", "", "分子/分母", share_text(whole), *(share_text(item) for item in one.groups)]
    if parts:
        gaps = [_gap_said(parts[item.group or ""], item) for item in one.groups]
        yield ["", "", "", "", "缺口", _gap_said(sum(parts.values(), Fraction(0)), whole), *gaps]
