"""Charts on sheets: native ones, in the one look, that read cells of the workbook.

Convention: what a chart reads is a table whose first row names the series and whose first column the categories. Where
a sheet has no such table of its own, the figures stand beside what is printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, ParagraphProperties

from itss_kpi.core.targets import Unit
from itss_kpi.render.sheet_style import FAINT, Page
from itss_kpi.render.xlsx import Cell

_FIGURE = replace(FAINT, edge="", size=8, wrap=False)


@dataclass(frozen=True, slots=True)
class Figures:
    """The cells that a chart reads: the row of the names, the last row, the column of the categories, and the first and
    the last column of the series."""

    head: int
    last: int
    categories: int
    series: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a series is drawn: its colour, and a pattern that tells it apart in grey; `dashed`: a line to hold others
    against."""

    colour: str
    pattern: Any = None
    dashed: bool = False


def write_figures(made: Page, row: int, column: int, rows: Sequence[Sequence[Cell]]) -> Figures:
    """Write a table of figures whose first cell stands there."""
    for down, cells in enumerate(rows, row):
        for across, value in enumerate(cells, column):
            made.book.put(made.sheet, down, across, value, _FIGURE)
    return Figures(row, row + len(rows) - 1, column, (column + 1, column + len(rows[0]) - 1))


def add_chart(
    made: Page,
    place: str,
    kind: Literal["lines", "bars", "stacked"],
    title: str,
    unit: Unit,
    figures: Figures,
    drawn: Sequence[Drawn],
    size: tuple[float, float] = (9.3, 6.4),
    *,
    legend: bool = False,
) -> None:
    """Add a chart of a `size` in centimetres, `stacked`: bars of counts to the right, the first on top."""
    chart: Any = LineChart() if kind == "lines" else BarChart()
    chart.width, chart.height = size
    set_up(chart, title)
    chart.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=CharacterProperties(sz=1100, b=True))
    chart.layout = Layout(manualLayout=ManualLayout(x=0.12, y=0.2, w=0.84, h=0.58))
    chart.y_axis.number_format = "0%" if unit == Unit.PERCENT else "0"
    if legend:
        chart.legend.position = "b"
    else:
        chart.legend = None
    first, last = figures.series
    chart.add_data(Reference(made.sheet, first, figures.head, last, figures.last), titles_from_data=True)
    chart.set_categories(Reference(made.sheet, figures.categories, figures.head + 1, figures.categories, figures.last))
    for series, one in zip(chart.series, drawn, strict=True):
        (_draw_line if kind == "lines" else _draw_bar)(series, one)
    if kind == "stacked":
        chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 60
        chart.x_axis.scaling.orientation = "maxMin"
    else:
        _fit_axis(chart, unit, made.sheet.iter_rows(figures.head + 1, figures.last, first, last, values_only=True))
    made.sheet.add_chart(chart, place)


def _draw_line(series: Any, one: Drawn) -> None:
    line: Any = LineProperties(solidFill=one.colour, w=22000, prstDash="dash" if one.dashed else None)
    series.graphicalProperties = GraphicalProperties(ln=line)
    series.smooth = False
    series.marker.symbol = "none" if one.dashed else "circle"
    if not one.dashed:
        series.marker.size = 6
        series.marker.graphicalProperties = GraphicalProperties(solidFill=one.colour)


def _draw_bar(series: Any, one: Drawn) -> None:
    series.graphicalProperties = GraphicalProperties(solidFill=None if one.pattern else one.colour)
    if one.pattern:
        series.graphicalProperties.pattFill = patterned(one.pattern, one.colour, "FFFFFF")
        series.graphicalProperties.line.solidFill = "595959"


def set_up(chart: Any, title: str) -> None:
    """What every chart has: its title above it, both axes, pale lines behind it."""
    chart.title = title
    chart.title.overlay = False
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="D9D9D9"))


def patterned(pattern: Any, ink: Any, paper: Any) -> PatternFillProperties:
    """A pattern in two colours."""
    return PatternFillProperties(prst=pattern, fgClr=ColorChoice(srgbClr=ink), bgClr=ColorChoice(srgbClr=paper))


def _fit_axis(chart: Any, unit: Unit, rows: Any) -> None:
    """Make the axis of the values as long as the figures need."""
    shown = [float(value) for row in rows for value in row if value is not None]
    axis = chart.y_axis
    if unit == Unit.PERCENT:
        axis.scaling.min = max(0.0, int(min(shown) * 20 - 0.5) / 20)
        axis.scaling.max = max(1.0, int(max(shown) * 20 + 1) / 20)
        axis.majorUnit = 0.05 if axis.scaling.max - axis.scaling.min <= 0.3 else None
    else:
        axis.scaling.min, axis.scaling.max = 0, int(max(shown)) + 1
