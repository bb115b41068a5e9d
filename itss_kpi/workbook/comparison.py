"""纵向对比 and 横向对比: every indicator along the year's periods, and across departments and projects.

Convention: the sheets show what `comparison` works out and count nothing themselves. Charts read the table of figures
beside the printed area.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties

from itss_kpi.analysis.breakdown import Breakdown
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.wording import SIGNS, target_text
from itss_kpi.core.period import Period
from itss_kpi.core.results import Assessment
from itss_kpi.core.targets import Target, Unit
from itss_kpi.engine.evaluate import BLANK_GROUP
from itss_kpi.render.sheet_style import (
    BAND,
    CENTRED,
    FAINT,
    GREY,
    PLAIN,
    Page,
    dress,
    fit_axis,
    number,
    page,
    part_cell,
    value_cell,
    verdict_look,
)
from itss_kpi.render.xlsx import Book, Cell, Formula, Look, column

_MONTHS = 12
_FIRST_MONTH = 4
_TO_DATE = _FIRST_MONTH + _MONTHS
_ROOM = 3
_CHARTS_ACROSS = 3
_CHARTS_DOWN = 2
_CHART_ROWS = 13
_FIGURES = _TO_DATE + _ROOM


@dataclass(frozen=True, slots=True)
class Trend:
    """An indicator as listed under a number: its assessments of the year that have ended, and the year to date."""

    number: int
    domain: str
    indicator: Indicator
    ended: Sequence[Assessment]
    to_date: Sequence[Assessment]


# ---- along the periods


def write_trends(book: Book, trends: Sequence[Trend], period: Period, document: str) -> None:
    """纵向对比."""
    made = page(book, "纵向对比", [5, 16, 8, *[8.2] * _MONTHS, 12], document=document, breaks=True)
    made.heading(
        f"{period.year}年 纵向对比(截至 {period})",
        "每格是一个考核期,跨月的考核期占其各月;颜色与符号是该期的结论。本年至今由各行重新计算,不是各期比率的平均。",
    )
    months = [f"{at}月" for at in range(1, _MONTHS + 1)]
    made.table_head(["序号", "指标名称", "要求", *months, "本年至今"], freeze=_FIRST_MONTH)
    for domain, listed in groupby(trends, key=lambda one: one.domain):
        made.section(domain)
        for trend in listed:
            _write_trend(made, trend)
    made.next()
    made.new_page()
    made.section("趋势图(实线为实际值,虚线为考核要求)")
    _write_charts(made, trends)
    made.sheet.print_area = f"A1:{column(_TO_DATE)}{made.row}"


def _write_trend(made: Page, trend: Trend) -> None:
    groups = sorted({one.group or "" for one in [*trend.ended, *trend.to_date]})
    for group in groups or [""]:
        name = f"{trend.indicator.name}[{group}]" if group else trend.indicator.name
        target = trend.indicator.targets[-1][1] if trend.indicator.targets else None
        made.put(1, trend.number, CENTRED)
        made.put(2, name, PLAIN)
        made.put(3, target_text(target), CENTRED)
        for month in range(_MONTHS):
            made.put(_FIRST_MONTH + month, None, CENTRED)
        for item in trend.ended:
            if (item.group or "") == group:
                _write_period(made, item)
        now = next((one for one in trend.to_date if (one.group or "") == group), None)
        value, look = value_cell(now) if now else ("—", CENTRED)
        made.put(_TO_DATE, value, replace(look, across="center", bold=True, fill=BAND))
        made.fit(24)
        made.next()


def _write_period(made: Page, item: Assessment) -> None:
    first = _FIRST_MONTH + item.period.start.month - 1
    value, look = value_cell(item)
    shown = verdict_look(item.verdict)
    if isinstance(value, str):
        cell: Cell = f"{SIGNS[item.verdict]} {value if value != '—' else item.verdict.label}"
        shown = replace(shown, size=8, wrap=True)
    else:
        cell = value
        shown = replace(shown, size=9, format=f'"{SIGNS[item.verdict]} "{look.format}')
    last = first + item.period.kind.months - 1
    if last > first:
        made.span(first, last, cell, shown)
    else:
        made.put(first, cell, shown)


# ---- charts


def _write_charts(made: Page, trends: Sequence[Trend]) -> None:
    start, at = made.row, 0
    figures = _Figures(made, 2)
    for _, listed in groupby(trends, key=lambda one: one.domain):
        domain = list(listed)
        several = [trend for trend in domain if len(_plotted(trend)) > 1]
        charts: list[Any] = [_line_chart(figures, trend) for trend in several] or [_bar_chart(figures, domain)]
        for chart in filter(None, charts):
            down, across = divmod(at, _CHARTS_ACROSS)
            made.row = start + down * (_CHART_ROWS + 1)
            if down and down % _CHARTS_DOWN == 0 and across == 0:
                made.new_page()
            made.sheet.add_chart(chart, f"{column((1, 6, 11)[across])}{made.row}")
            at += 1
    made.row = start + -(-at // _CHARTS_ACROSS) * (_CHART_ROWS + 1)


def _plotted(trend: Trend) -> list[Assessment]:
    """The assessments that a line can show: with one known value."""
    return [one for one in trend.ended if one.value is not None and not one.group]


@dataclass
class _Figures:
    """The figures of the charts, to the right of what is printed; `row` is the next one that is free."""

    made: Page
    row: int

    def write(self, rows: Sequence[Sequence[Cell]]) -> tuple[int, int]:
        """Write a table; its first and last row."""
        first = self.row
        for row in rows:
            for at, value in enumerate(row):
                look = replace(FAINT, edge="", size=8, wrap=False)
                self.made.book.put(self.made.sheet, self.row, _FIGURES + at, value, look)
            self.row += 1
        self.row += 1
        return first, self.row - 2


def _line_chart(figures: _Figures, trend: Trend) -> LineChart:
    items = _plotted(trend)
    rows: list[list[Cell]] = [[f"{trend.number} {trend.indicator.name}", "实际值", "考核要求"]]
    for item in items:
        limit = _limit(item.target)
        factor = item.unit.factor if item.unit is not Unit.PERCENT else 1
        shown = number(item.value / factor) if item.value is not None else None
        rows.append([str(item.period), shown, None if limit is None else number(limit / factor)])
    first, last = figures.write(rows)
    chart = LineChart()
    dress(chart, f"{trend.number} {trend.indicator.name}", items[0].unit)
    sheet = figures.made.sheet
    chart.add_data(Reference(sheet, _FIGURES + 1, first, _FIGURES + 2, last), titles_from_data=True)
    chart.set_categories(Reference(sheet, _FIGURES, first + 1, _FIGURES, last))
    _draw_line(chart.series[0], "1F4E79", None)
    _draw_line(chart.series[1], "C00000", "dash")
    fit_axis(chart, [row[1:] for row in rows[1:]], items[0].unit)
    return chart


def _draw_line(series: Any, colour: str, dash: Any) -> None:
    line = LineProperties(solidFill=colour, w=22000, prstDash=dash)
    series.graphicalProperties = GraphicalProperties(ln=line)
    series.smooth = False
    if dash is None:
        series.marker.symbol = "circle"
        series.marker.size = 6
        series.marker.graphicalProperties = GraphicalProperties(solidFill=colour)
    else:
        series.marker.symbol = "none"


def _bar_chart(figures: _Figures, domain: Sequence[Trend]) -> BarChart | None:
    """The year to date of a domain whose indicators have one period a year."""
    rows: list[list[Cell]] = [[domain[0].domain, "本年至今", "考核要求"]]
    for trend in domain:
        now = next((one for one in trend.to_date if one.value is not None and not one.group), None)
        limit = _limit(now.target) if now else None
        if now and now.unit is Unit.PERCENT and now.value is not None and limit is not None:
            rows.append([f"{trend.number} {trend.indicator.name}", number(now.value), number(limit)])
    if len(rows) < 2:
        return None
    first, last = figures.write(rows)
    chart = BarChart()
    chart.type, chart.grouping = "col", "clustered"
    dress(chart, f"{domain[0].domain}(年度指标,本年至今)", Unit.PERCENT)
    sheet = figures.made.sheet
    chart.add_data(Reference(sheet, _FIGURES + 1, first, _FIGURES + 2, last), titles_from_data=True)
    chart.set_categories(Reference(sheet, _FIGURES, first + 1, _FIGURES, last))
    for series, colour in zip(chart.series, ("1F4E79", "BFBFBF"), strict=True):
        series.graphicalProperties = GraphicalProperties(solidFill=colour)
    fit_axis(chart, [row[1:] for row in rows[1:]], Unit.PERCENT)
    return chart


def _limit(target: Target | None) -> Fraction | None:
    return target.bounds[0].limit if target else None


# ---- across the groups


def write_groups(book: Book, found: Mapping[str, Sequence[Breakdown]], period: Period, document: str) -> None:
    """横向对比: for each dimension the breakdowns in the plan's order."""
    most = max((len(_names(breakdowns)) for breakdowns in found.values()), default=0)
    across = min(max(most, 1), _GROUPS_ACROSS)
    made = page(book, "横向对比", [5, 15, 9, 6, 10, *[8.5] * across, *[10] * _REMARK, 9], document=document)
    made.heading(
        f"{period} 横向对比",
        "各组用同一口径计算。不符合要求的带 ▼ 并加底色,越深差得越多。分子、分母可以相加的,合计一列是核对公式;"
        f"不能相加的,说明中写明原因。一行最多 {_GROUPS_ACROSS} 组,更多的接在下面。",
    )
    made.sheet.freeze_panes = f"F{made.row}"
    for dimension, breakdowns in found.items():
        made.section(f"按{dimension}")
        for listed in _tables(breakdowns):
            _write_table(made, listed)
        made.next()
    if not found:
        made.span(1, len(made.widths), "没有到期的指标。", PLAIN)


_REMARK = 3
"""Columns over which a remark stands."""
_GROUPS_ACROSS = 14


def _tables(breakdowns: Sequence[Breakdown]) -> list[list[Breakdown]]:
    """All breakdowns in one table where their groups fit across, else those with the same groups."""
    if len(_names(breakdowns)) <= _GROUPS_ACROSS:
        return [list(breakdowns)]
    return [list(alike) for _, alike in groupby(breakdowns, key=lambda one: _names([one]))]


def _names(breakdowns: Sequence[Breakdown]) -> list[str]:
    """The groups of all breakdowns as they come, 未填 last."""
    names = dict.fromkeys(one.group or "" for found in breakdowns for one in found.groups)
    return sorted(names, key=lambda name: name == BLANK_GROUP)


def _write_table(made: Page, breakdowns: Sequence[Breakdown]) -> None:
    """A table of breakdowns, continued below where the groups are too many for a row."""
    names = _names(breakdowns)
    cuts = [names[at : at + _GROUPS_ACROSS] for at in range(0, len(names), _GROUPS_ACROSS)] or [[]]
    places: dict[tuple[int, str], list[str]] = {}
    for at, groups in enumerate(cuts):
        total = 6 + max(len(groups), 1)
        head = replace(CENTRED, bold=True, fill=BAND)
        for across, name in enumerate(["序号", "指标名称", "考核期", "", "总值", *(groups or [""])], 1):
            made.put(across, name, head)
        last = at == len(cuts) - 1
        made.put(total, "合计" if last else "(接下表)", head)
        made.span(total + 1, total + _REMARK, "说明", head)
        made.next()
        for index, found in enumerate(breakdowns):
            for label, name in _rows(found):
                summed = places.setdefault((index, name), [])
                summed.append(f"SUM(F{made.row}:{column(total - 1)}{made.row})")
                _write_row(made, found, groups, (label, name), summed if last else [])


def _rows(found: Breakdown) -> Iterator[tuple[str, str]]:
    if found.whole.denominator is None and found.whole.unit is not Unit.PERCENT:
        yield "数值", "value"
        return
    yield "比率", "value"
    if found.groups:
        yield "分子", "numerator"
        yield "分母", "denominator"


def _write_row(
    made: Page, found: Breakdown, groups: Sequence[str], row: tuple[str, str], summed: Sequence[str]
) -> None:
    label, name = row
    total = 6 + max(len(groups), 1)
    by_group = {one.group or "": one for one in found.groups}
    first = name == "value"
    made.put(1, found.whole.number if first else None, CENTRED)
    made.put(2, found.whole.name if first else None, PLAIN)
    made.put(3, str(found.whole.period) if first else None, CENTRED)
    made.put(4, label, replace(CENTRED, color=GREY))
    made.put(5, *_shown(found.whole, name, bold=True))
    for at, group in enumerate(groups or [""], 6):
        made.put(at, *(_shown(by_group[group], name) if group in by_group else ("", PLAIN)))
    made.put(total, *_total(made, found, name, summed))
    made.span(total + 1, total + _REMARK, found.reason if first else None, replace(FAINT, size=9))
    made.next()


def _shown(item: Assessment, name: str, *, bold: bool = False) -> tuple[Cell, Look]:
    if name != "value":
        unit = item.part_unit if name == "numerator" else item.base_unit
        cell, look = part_cell(getattr(item, name), unit)
        return cell, replace(look, size=9, bold=bold)
    cell, look = value_cell(item)
    look = replace(look, size=9, bold=bold, across="right")
    short = _short_of(item)
    if short is None or isinstance(cell, str):
        return cell, look
    shades = ("FBE5E5", "F4B6B6", "E88A8A")
    shade = shades[min(2, int(short * 20))] if item.unit is Unit.PERCENT else shades[1]
    return cell, replace(look, fill=shade, format=look.format + '"▼"')


def _short_of(item: Assessment) -> Fraction | None:
    """By how much the value misses its target; None where it doesn't."""
    if item.value is None or item.target is None or item.target.passes(item.value):
        return None
    return abs(item.value - item.target.bounds[0].limit)


def _total(made: Page, found: Breakdown, name: str, summed: Sequence[str]) -> tuple[Cell, Look]:
    """Whether the groups add up to the whole: a formula over their cells."""
    whole = found.whole
    amount = whole.value if whole.denominator is None else getattr(whole, name)
    if not summed or found.reason or amount is None or (name == "value" and whole.denominator is not None):
        return None, PLAIN
    text = f'=IF(ABS({"+".join(summed)}-E{made.row})<1E-9,"✓ 一致","✗ 不等")'
    return Formula(text, "✓ 一致"), replace(CENTRED, size=9)
