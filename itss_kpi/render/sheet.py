"""A sheet: a page -> a sheet of the compliance workbook.

Convention: the sheet is a grid of narrow columns of one width; each column of a table goes over as many of them as what
it holds needs, so that tables with few and with many columns are all as wide as the page. A number or a day is written
as one. What a cell leads to is a link, where the workbook has it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import accumulate
from math import ceil
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.legend import Legend
from openpyxl.chart.shapes import GraphicalProperties

from itss_kpi.core.results import Verdict
from itss_kpi.core.targets import Unit
from itss_kpi.pages import page as pages
from itss_kpi.pages.page import Cards, Chart, Heading, Note, On, Page, Table, Tone, flat
from itss_kpi.render import sheet_style as style
from itss_kpi.render.sheet_style import BAND, BLUE, DAY, FAINT, LABEL, LATE, LINK, PLACE, PLAIN, RED, SMALL, tone
from itss_kpi.render.widths import shares
from itss_kpi.render.xlsx import Book, Cell, Look, cells_wide, column, lines, row_xml

_UNITS, _UNIT = 24, 8.6
"""How many columns the grid has, and how wide one is."""
_STREAMED_FROM = 500
"""A last table of so many rows is streamed, as openpyxl's cells take their time."""
_LONG = 10
"""A table of so many rows goes on for pages."""
_SHORT, _ROOM = 16, 8
"""A column of texts that are no longer is centred; so much room a column has beside its longest text."""
_FOLDED = 30
"""What is longer asks for no more room than so many characters."""
_TOTAL = "合计"
_NUMBER = re.compile(r'([^\d"<>−-]*)([−-]?\d+(?:\.(\d+))?)(%?)([^\d"]*)')
"""A number as it is shown: a sign or word, digits, decimals, `%`, a unit."""
_EPOCH = date(1899, 12, 30)
"""The day from which a workbook counts."""
_CHART_WIDE, _CHART_HIGH, _CHART_ROWS = 41, 9, 18
"""In centimetres, and how many rows it stands over."""
_LOOKS: dict[Tone, Look] = {
    Tone.GOOD: tone(Verdict.ATTAINED),
    Tone.BAD: tone(Verdict.MISSED),
    Tone.DOUBTFUL: tone(Verdict.UNVERIFIED),
    Tone.MISSING: tone(Verdict.MISSING_DATA),
    Tone.UNDEFINED: tone(Verdict.UNDEFINED),
    Tone.NONE: tone(Verdict.NOT_APPLICABLE),
    Tone.WATCHED: tone(Verdict.MONITORED),
    Tone.OPEN: tone(Verdict.IN_PROGRESS),
    Tone.LATE: LATE,
    Tone.STRONG: replace(SMALL, bold=True),
    Tone.HEAD: replace(SMALL, bold=True, color=BLUE),
    Tone.QUIET: PLACE,
}


def write_page(book: Book, name: str, page: Page, when: str, document: str, links: Mapping[str, str]) -> None:
    """Write the sheet `name`; `when` is said behind its name, `links` say where what cells lead to is."""
    made = style.page(book, name, [_UNIT] * _UNITS, document=document)
    made.heading(f"{name}({when})", page.legend)
    made.sheet.freeze_panes = f"A{made.row}"
    for said in page.summary:
        made.say(flat(said), replace(PLAIN, bold=True))
    parts = pages.shown(page.parts, On.SHEET)
    longest = max((part for part in parts if isinstance(part, Table)), key=lambda one: len(one.rows), default=None)
    for at, part in enumerate(parts):
        match part:
            case Note():
                _say(made, part)
            case Heading():
                made.section(part.text)
            case Table():
                if part is longest and len(part.rows) >= _LONG:  # its head stands on the pages that follow too
                    head = made.row + bool(part.title)
                    made.sheet.print_title_rows = f"{head}:{head}"
                _write_table(made, part, links, last=at == len(parts) - 1)
            case Chart():
                _write_chart(made, part)
            case Cards():
                pass  # a table stands beside them
    made.sheet.print_area = f"A1:{column(_UNITS)}{made.row}"


def _say(made: style.Page, note: Note) -> None:
    if said := flat(note.text):
        made.say(said, replace(SMALL, bold=True, color=RED) if note.tone is Tone.MISSING else SMALL)


# ---- tables


def _write_table(made: style.Page, table: Table, links: Mapping[str, str], *, last: bool) -> None:
    if table.title:
        made.section(table.title)
    rows = [[pages.cell(one) for one in row] for row in table.rows]
    filled = [
        at for at, column in enumerate(table.columns) if On.SHEET in column.on and any(row[at].text for row in rows)
    ]
    if not rows:
        made.say(table.empty or "没有。")
        made.gap()
        return
    grid = _Grid.of([[table.columns[at].name, *(flat(row[at], "\n") for row in rows)] for at in filled])
    for (first, end), at in zip(grid.spans, filled, strict=True):
        made.span(first, end, table.columns[at].name, LABEL)
    made.next()
    listed = ([row[at] for at in filled] for row in rows)
    if last and len(rows) >= _STREAMED_FROM:
        made.book.stream(made.sheet, [_streamed(made, row, grid, at) for at, row in enumerate(listed, made.row)])
        made.row += len(rows)
        return
    for row in listed:
        for (first, end), (value, look, link) in zip(grid.spans, _cells(row, grid, links), strict=True):
            made.span(first, end, value, look, link)
        made.next()
    made.gap()


@dataclass(frozen=True, slots=True)
class _Grid:
    """The first and last unit of each column, and which columns hold nothing but short texts."""

    spans: list[tuple[int, int]]
    short: list[bool]

    @classmethod
    def of(cls, columns: Sequence[Sequence[str]]) -> "_Grid":
        """That of columns with these texts: as wide as the page, if they need it."""
        longest = [max(map(cells_wide, texts)) for texts in columns]
        units = min(_UNITS, max(len(columns), ceil(sum(one + _ROOM for one in longest) / _UNIT)))
        folded = [[line[:_FOLDED] for text in texts for line in text.split("\n")] for texts in columns]
        wanted = shares(folded, units * _UNIT, [1.0] * len(columns))
        taken = [1] * len(columns)
        for _ in range(units - len(columns)):  # one more for whoever has the least of what it wants
            at = max(range(len(columns)), key=lambda at: wanted[at] / taken[at])
            taken[at] += 1
        spans = [(end - wide + 1, end) for end, wide in zip(accumulate(taken), taken, strict=True)]
        return cls(spans, [one <= _SHORT for one in longest])


def _cells(row: Sequence[pages.Cell], grid: _Grid, links: Mapping[str, str]) -> list[tuple[Cell, Look, str]]:
    total = flat(row[0]) == _TOTAL
    return [
        _cell(cell, links.get(cell.leads_to, ""), total=total, centred=short)
        for cell, short in zip(row, grid.short, strict=True)
    ]


def _cell(cell: pages.Cell, link: str, *, total: bool, centred: bool) -> tuple[Cell, Look, str]:
    text = flat(cell, "\n")
    look = replace(_LOOKS[cell.tone] if cell.tone else SMALL, across="center" if centred else "left")
    if total:
        look = replace(look, bold=True, fill=look.fill or BAND)
    if link:
        return text, replace(LINK, size=9, across=look.across), link
    if text.isascii() and text.isdecimal() and (text == "0" or text[0] != "0"):
        return int(text), look, ""
    if (number := _number(text, cell.value)) is not None:
        value, shown = number
        return value, replace(look, format=shown, wrap=False, shrink=True), ""
    if (day := _day(text)) is not None:
        return day, replace(look, format=DAY.format, wrap=False, shrink=True), ""
    return text, look, ""


def _number(text: str, value: str | None) -> tuple[float, str] | None:
    """The exact `value` and the format that shows it as the text does; None where that isn't what the text shows."""
    found = _NUMBER.fullmatch(text)
    if found is None or value is None:
        return None
    before, digits, decimals, percent, after = found.groups()
    try:
        exact = Fraction(value)
    except ValueError:  # a word
        return None
    away = abs(exact * (100 if percent else 1) - Fraction(digits.replace("−", "-")))
    places = len(decimals or "")
    if away * 2 > Fraction(1, 10**places):  # another unit
        return None
    quoted = [f'"{word}"' if word else "" for word in (before, after)]
    return float(exact), f"{quoted[0]}0{'.' if places else ''}{'0' * places}{percent}{quoted[1]}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2022-07-01") else None
    except ValueError:
        return None


def _streamed(made: style.Page, row: Sequence[pages.Cell], grid: _Grid, at: int) -> str:
    cells: list[Cell] = [None] * grid.spans[-1][1]
    looks = [0] * len(cells)
    high = 1
    for (first, end), (value, look, _) in zip(grid.spans, _cells(row, grid, {}), strict=True):
        cells[first - 1] = (value - _EPOCH).days if isinstance(value, date) else value
        looks[first - 1 : end] = [made.book.style_id(look)] * (end - first + 1)
        if end > first:
            made.book.join(made.sheet, at, first, end)
        if isinstance(value, str):
            high = max(high, lines(value, ((end - first + 1) * _UNIT - 1.5) * 10 / look.size))
    return row_xml(at, cells, looks, round(max(16.0, high * SMALL.size * 1.45 + 3), 1))


# ---- charts


def _write_chart(made: style.Page, chart: Chart) -> None:
    """Bars side by side, a target paler; they read the figures beside the printed area."""
    made.gap()
    across = _UNITS + 3
    rows: list[list[Any]] = [["", *(line.name for line in chart.lines)]]
    for at, name in enumerate(chart.categories):
        values = (line.values[at] for line in chart.lines)
        rows.append([name, *(None if value is None else style.number(value) for value in values)])
    for at, row in enumerate(rows, made.row):
        for offset, value in enumerate(row):
            made.book.put(made.sheet, at, across + offset, value, replace(FAINT, edge="", size=8, wrap=False))
    drawn: Any = BarChart()
    drawn.type, drawn.grouping = "col", "clustered"
    style.dress(drawn, chart.title, Unit.PERCENT if chart.rates else Unit.BARE)
    drawn.legend = Legend() if len(chart.lines) > 1 else None
    if drawn.legend:
        drawn.legend.position = "b"
    drawn.width, drawn.height = _CHART_WIDE, _CHART_HIGH
    last = made.row + len(rows) - 1
    drawn.add_data(Reference(made.sheet, across + 1, made.row, across + len(rows[0]) - 1, last), titles_from_data=True)
    drawn.set_categories(Reference(made.sheet, across, made.row + 1, across, last))
    for line, series in zip(chart.lines, drawn.series, strict=True):
        series.graphicalProperties = GraphicalProperties(solidFill="BFBFBF" if line.target else BLUE)
    style.fit_axis(drawn, [row[1:] for row in rows[1:]], Unit.PERCENT if chart.rates else Unit.BARE)
    made.sheet.add_chart(drawn, f"A{made.row}")
    made.row += max(_CHART_ROWS, len(rows))
    made.gap()
