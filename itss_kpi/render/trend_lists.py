"""Trend lists: series along the periods -> terminal, JSON, CSV and Markdown.

Convention: as in `terminal`, a renderer decides nothing and text from users' files goes through `clean`. A bar of a
sparkline stands in the upper half where the value is above the target and in the lower half where it is below; the
verdict's sign stands under it, so that it reads without colour.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.analysis.series import Point, Series, change_text
from itss_kpi.catalogue.wording import (
    SIGNS,
    STYLES,
    gap_text,
    name_text,
    outlook_text,
    plain_cells,
    room_text,
    share_text,
    target_text,
)
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment, Verdict, assessment_json, outlook_json, problem_json
from itss_kpi.core.targets import exact, plain_number
from itss_kpi.core.text import clean, csv_table, markdown_table

SCHEMA = "itss-kpi/trend/1"
BARS = "▁▂▃▄▅▆▇█"
_TOP, _HALF = len(BARS) - 1, len(BARS) // 2
_ARCHIVED = "归档"
_ON_A_LINE = 24
"""Bars on one line of a sparkline: two years of months."""


@dataclass(frozen=True, slots=True)
class Trends:
    """What `trend` shows: the series from `first` to `last` as of a day, by a `dimension` where one was asked for."""

    catalogue: Mapping[str, str]
    first: Period
    last: Period
    as_of: date
    dimension: str | None
    further: int | None
    series: Sequence[Series]
    problems: Sequence[Problem] = ()

    @property
    def span(self) -> str:
        """The periods as written."""
        return str(self.first) if self.first == self.last else f"{self.first}~{self.last}"


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def _verdict(item: Assessment) -> Text:
    return Text(f"{SIGNS[item.verdict]} {item.verdict.label}", style=STYLES[item.verdict])


# ---- in the terminal


def render_trends(trends: Trends) -> RenderableType:
    """An overview where there are several series, then one table a series."""
    parts: list[RenderableType] = [_text(_title(trends), "bold")]
    if not any(one.points for one in trends.series):
        return Group(*parts, Text("这段时间的考核期还没有开始", style="dim"))
    if len(trends.series) > 1:
        parts += [_overview(trends.series)]
    for one in trends.series:
        parts += [Text(), *_one_series(one)]
    if any(point.on_before is not None or point.on_year_before is not None for point in _points(trends)):
        parts += [Text(), Text("环比:比上一考核期;同比:比上年同期。", style="dim")]
    if any(point.archived for point in _points(trends)):
        parts += [Text("归档:台账已不在或不全,数值取自关账时的归档。", style="dim")]
    return Group(*parts)


def _title(trends: Trends) -> str:
    by = f":按{trends.dimension}" if trends.dimension else ""
    organization = trends.catalogue.get("organization", "")
    return f"{organization} {trends.span} 纵向对比{by}(截至 {trends.as_of})".strip()


def _points(trends: Trends) -> Iterator[Point]:
    return (point for one in trends.series for point in one.points)


def _name(one: Series) -> str:
    return name_text(one.indicator.name, one.group)


def _overview(series: Sequence[Series]) -> Table:
    table = _grid("序号", "指标名称", "要求", "走势", "最近一期", "本年至今", right=("序号", "最近一期", "本年至今"))
    table.columns[3].no_wrap = True
    for one in series:
        latest = next((point.item for point in reversed(one.points) if point.item.value is not None), None)
        table.add_row(
            str(one.number),
            _text(_name(one)),
            _requirement(one),
            sparkline(one.points),
            latest.display if latest else "—",
            one.to_date.display if one.to_date else "—",
        )
    return table


def _requirement(one: Series) -> str:
    return "、".join(dict.fromkeys(target_text(point.item.target) for point in one.points))


def _one_series(one: Series) -> Iterator[RenderableType]:
    head = _text(f"{one.number} {_name(one)}", "bold cyan")
    yield head.append(f"  要求 {_requirement(one) or '—'}  {one.indicator.period.label}", style="not bold default")
    if one.points:
        yield _spark_line(one.points)
        yield _series_table(one)
    else:
        yield Text("这段时间的考核期还没有开始", style="dim")
    yield from map(_text, _ahead(one))
    if one.reason:
        yield _text(f"说明:{one.reason}", "dim")


def _ahead(one: Series) -> Iterator[str]:
    for point in one.points:
        if point.outlook:
            yield f"{point.item.period} 推算:{outlook_text(point.item, point.outlook)}"


def _spark_line(points: Sequence[Point]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for _ in range(3):
        table.add_column(no_wrap=True)
    first, last = points[0].item.period, points[-1].item.period
    table.add_row("走势", sparkline(points), f"{first}" if first == last else f"{first} 至 {last}")
    return table


def sparkline(points: Sequence[Point]) -> Text:
    """A bar a point and, below it, the sign of a verdict other than attained; a blank where there is no value. More
    than a line holds are continued below."""
    levels = _levels([point.item for point in points])
    lines: list[Text] = []
    for at in range(0, len(points), _ON_A_LINE):
        bars, signs = Text(), Text()
        for point, level in zip(points[at : at + _ON_A_LINE], levels[at : at + _ON_A_LINE], strict=True):
            verdict = point.item.verdict
            sign = " " if verdict in (Verdict.ATTAINED, Verdict.MONITORED) else SIGNS[verdict]
            bars.append(" " if level is None else BARS[level], style=STYLES[verdict])
            signs.append(sign, style=STYLES[verdict])
        lines += [bars, signs] if signs.plain.strip() else [bars]
    return Text("\n").join(lines)


def _levels(items: Sequence[Assessment]) -> list[int | None]:
    """How high each bar is, 0 to 7; None where there is no value. Without any target from the least to the greatest."""
    if any(item.target for item in items):
        return _around_targets(items)
    values = [item.value for item in items if item.value is not None]
    low, high = min(values, default=Fraction(0)), max(values, default=Fraction(0))
    if low == high:
        return [None if item.value is None else _HALF - 1 for item in items]
    return [None if item.value is None else math.floor((item.value - low) / (high - low) * _TOP) for item in items]


def _around_targets(items: Sequence[Assessment]) -> list[int | None]:
    """From 4 on above the target, to 3 below it, in steps of a quarter of the farthest; what is right on it stands
    where it belongs."""
    above = [_above(item) for item in items]
    farthest = max(abs(one) for one in [*above, Fraction(0)] if one is not None)
    levels: list[int | None] = []
    for item, one in zip(items, above, strict=True):
        if one is None:
            levels.append(None)
        elif not one:
            upper = item.target is not None and item.target.bounds[0].op in (">=", "<")
            levels.append(_HALF if upper else _HALF - 1)
        else:
            steps = min(_HALF - 1, math.floor(abs(one) / farthest * _HALF))
            levels.append(_HALF + steps if one > 0 else _HALF - 1 - steps)
    return levels


def _above(item: Assessment) -> Fraction | None:
    """By how much the value is above the target's limit; 0 where there is no target."""
    if item.value is None:
        return None
    return item.value - item.target.bounds[0].limit if item.target else Fraction(0)


def _series_table(one: Series) -> Table:
    several = len({target_text(point.item.target) for point in one.points}) > 1
    running = any(not point.item.due for point in one.points)
    last = "差距、余量" if running else "差距"
    names = ["考核期", "分子/分母", "实际值", *(["要求"] if several else []), "结论", "环比", "同比", last]
    table = _grid(*names, right=("分子/分母", "实际值", "环比", "同比"))
    for column in table.columns[:-1]:
        column.no_wrap = True
    for point in one.points:
        item = point.item
        table.add_row(
            str(item.period),
            share_text(item),
            item.display,
            *([target_text(item.target)] if several else []),
            _verdict(item),
            change_text(point.on_before, item.unit) if item.due else "",
            change_text(point.on_year_before, item.unit) if item.due else "",
            _remark(point),
        )
    now = _so_far(one)
    if now:
        table.add_row(_text("本年至今", "bold"), share_text(now), _text(now.display, "bold"))
    return table


def _so_far(one: Series) -> Assessment | None:
    """The year to date, where it is not one of the periods itself."""
    now = one.to_date
    return None if now is None or any(point.item.period == now.period for point in one.points) else now


def _remark(point: Point) -> Text:
    text = gap_text(point.item) if point.item.due else room_text(point.item)
    found = _text(text, {"已失守": "bold red", "已稳达": "green"}.get(text, ""))
    return found.append(f"{' ' if text else ''}{_ARCHIVED}", style="dim") if point.archived else found


def _grid(*names: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    for name in names:
        table.add_column(_text(name), justify="right" if name in right else "left", overflow="fold")
    return table


# ---- for other programs


def trends_json(trends: Trends) -> dict[str, Any]:
    """The series as an object; numbers that decide are exact strings, as in report/1."""
    return {
        "schema": SCHEMA,
        "from": str(trends.first),
        "to": str(trends.last),
        "as_of": trends.as_of.isoformat(),
        "by": trends.dimension,
        "next": trends.further,
        "catalogue": dict(trends.catalogue),
        "series": [_series_json(one) for one in trends.series],
        "problems": [problem_json(problem) for problem in trends.problems],
    }


def _series_json(one: Series) -> dict[str, Any]:
    return {
        "indicator": one.indicator.id,
        "number": one.number,
        "name": one.indicator.name,
        "group": one.group,
        "reason": one.reason,
        "points": [_point_json(point) for point in one.points],
        "to_date": assessment_json(one.to_date) if one.to_date else None,
    }


def _point_json(point: Point) -> dict[str, Any]:
    return assessment_json(point.item) | {
        "on_before": exact(point.on_before),
        "on_year_before": exact(point.on_year_before),
        "outlook": outlook_json(point.outlook),
        "archived": point.archived,
    }


_FIELDS = (
    "序号",
    "指标域",
    "指标名称",
    "组",
    "类别",
    "考核期",
    "分子",
    "分母",
    "实际值",
    "显示",
    "最低",
    "最高",
    "考核要求",
    "结论",
    "环比",
    "同比",
    "差距",
    "存疑行数",
    "余量",
    "接下来",
    "说明",
)


def trends_csv(trends: Trends) -> str:
    """One row a period, then one for the year to date: plain decimals, and nothing that Excel would run."""
    return csv_table(_FIELDS, (row for one in trends.series for row in _series_rows(one)))


def _series_rows(one: Series) -> Iterator[list[str]]:
    for point in one.points:
        item = point.item
        yield [
            *_head_cells(one.number, item, one.group),
            "考核期",
            str(item.period),
            *plain_cells(item),
            item.verdict.label,
            plain_number(point.on_before),
            plain_number(point.on_year_before),
            plain_number(item.shortfall),
            str(item.doubtful_rows),
            "" if item.due else room_text(item),
            outlook_text(item, point.outlook) if point.outlook else "",
            "；".join(filter(None, (_ARCHIVED if point.archived else "", one.reason))),
        ]
    if now := _so_far(one):
        window = f"{now.window[0]} 至 {now.window[1]}(不含)"
        yield [
            *_head_cells(one.number, now, one.group),
            "本年至今",
            window,
            *plain_cells(now),
            "",
            "",
            "",
            "",
            str(now.doubtful_rows),
            "",
            "",
            one.reason,
        ]


def _head_cells(number: int, item: Assessment, group: str | None) -> list[str]:
    return [str(number), item.domain, item.name, group or ""]


def trends_markdown(trends: Trends) -> str:
    """One table a series."""
    lines = [f"# {clean(_title(trends))}"]
    head = ["考核期", "分子/分母", "实际值", "要求", "结论", "环比", "同比", "差距、余量"]
    for one in trends.series:
        rows = [_markdown_point(point) for point in one.points]
        if now := _so_far(one):
            rows.append(["本年至今", share_text(now), now.display, "", "", "", "", ""])
        lines += ["", f"## {one.number} {clean(_name(one))}", "", *markdown_table(head, rows)]
        for remark in [*_ahead(one), *([one.reason] if one.reason else [])]:
            lines += ["", clean(remark)]
    return "\n".join(lines)


def _markdown_point(point: Point) -> list[str]:
    item = point.item
    changes = (point.on_before, point.on_year_before)
    return [
        str(item.period),
        share_text(item),
        item.display,
        target_text(item.target),
        _verdict(item).plain,
        *(change_text(one, item.unit) if item.due else "" for one in changes),
        _remark(point).plain,
    ]
