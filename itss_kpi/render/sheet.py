"""A sheet: a page -> a sheet of the compliance workbook.

Convention: the sheet is a grid of narrow columns of one width; each column of a table goes over as many of them as what
it holds needs, so that tables with few and with many columns are all as wide as the page. A number or a day is written
as one. What a cell leads to is a link, where the workbook has it.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil

from itss_kpi.core.targets import Unit
from itss_kpi.core.text import cells_wide
from itss_kpi.pages import making
from itss_kpi.pages import page as pages
from itss_kpi.pages.making import flat
from itss_kpi.pages.page import TONES, Cards, Chart, Heading, Note, On, Page, Table, Tone
from itss_kpi.render import sheet_style as style
from itss_kpi.render.sheet_chart import Drawn, add_chart, write_figures
from itss_kpi.render.sheet_style import BAND, BLUE, DAY, FILL_IN, LABEL, LATE, LINK, PLACE, PLAIN, RED, SMALL, tone
from itss_kpi.render.widths import shares
from itss_kpi.render.xlsx import Book, Cell, Link, Look, column

_UNITS, _UNIT = 24, 6.3
"""How many columns the grid has, and how wide one is: across a page no type is smaller than 7 points."""
_LONG = 10
"""A table of so many rows goes on for pages."""
_SHORT, _ROOM = 16, 8
"""A column of texts that are no longer is centred; so much room a column has beside its longest text."""
_FOLDED = 30
"""What is longer asks for no more room than so many characters."""
_TO_FILL_IN = 26
"""How high a row is that somebody writes into."""
_TOTAL = "合计"
_NUMBER = re.compile(r'([^\d"<>−-]*)([−-]?\d+(?:\.(\d+))?)(%?)([^\d"]*)')
"""A number as it is shown: a sign or word, digits, decimals, `%`, a unit."""
_CHART, _CHART_ROWS = (30, 7), 14
"""Its size in centimetres, and how many rows it stands over."""
_LOOKS: dict[Tone, Look] = {
    **{mine: tone(verdict) for verdict, mine in TONES.items()},
    Tone.LATE: LATE,
    Tone.STRONG: replace(SMALL, bold=True),
    Tone.HEAD: replace(SMALL, bold=True, color=BLUE),
    Tone.QUIET: PLACE,
    Tone.FILL_IN: FILL_IN,
}


def write_page(book: Book, name: str, page: Page, when: str, links: Mapping[str, str]) -> None:
    """Write the sheet `name`; `when` is said behind its name, `links` say where what cells lead to is."""
    parts = making.shown(page.parts, On.SHEET)
    tables = [part for part in parts if isinstance(part, Table) and part.rows]
    longest = max(tables, key=lambda one: len(one.rows), default=None)
    alone = len(parts) == len(tables) == 1  # then the sheet has the table's columns, and can be sorted and filtered
    grids = {table.columns: _Grid.of(table.columns, tables, alone=alone) for table in tables}
    widths = grids[tables[0].columns].wide if alone else [_UNIT] * _UNITS
    made = style.page(book, name, widths, breaks=any(isinstance(part, Chart) for part in parts))
    made.heading(f"{name}({when})" if when else name, page.legend)
    made.sheet.freeze_panes = f"A{made.row}"
    apart: list[tuple[int, int]] = []
    for said in page.summary:
        made.say(flat(said), replace(PLAIN, bold=True))
    for part in parts:
        match part:
            case Note():
                _say(made, part)
            case Heading():
                made.section(part.text)
            case Table():
                title, head = made.row, made.row + bool(part.title)
                if part is longest and len(part.rows) >= _LONG:  # its head stands on the pages that follow too
                    made.sheet.print_title_rows = f"{head}:{head}"
                _write_table(made, part, grids, links)
                if part.rows and not part.printed:
                    apart.append((title, made.row))
                if alone:
                    made.sheet.freeze_panes = f"A{head + 1}"
                    made.sheet.auto_filter.ref = f"A{head}:{column(len(made.widths))}{head + len(part.rows)}"
            case Chart():
                first = made.row
                _write_chart(made, part)
                made.keep(first)
            case Cards():
                pass  # a table stands beside them
    made.sheet.print_area = _print_area(made, apart)


def _print_area(made: style.Page, apart: Sequence[tuple[int, int]]) -> str:
    """All rows but those of tables that are not printed: from below the title of each to where the next part begins."""
    last, starts, ends = column(len(made.widths)), [1, *(below for _, below in apart)], [title for title, _ in apart]
    if starts[-1] < made.row:
        ends.append(made.row)
    return ",".join(f"A{first}:{last}{row}" for first, row in zip(starts, ends, strict=False))


def _say(made: style.Page, note: Note) -> None:
    if said := flat(note.text):
        made.say(said, replace(SMALL, bold=True, color=RED) if note.tone is Tone.MISSING else SMALL)


# ---- tables


Grids = Mapping[tuple[pages.Column, ...], "_Grid"]
"""How tables lie on the sheet, by their columns."""


def _write_table(made: style.Page, table: Table, grids: Grids, links: Mapping[str, str]) -> None:
    if table.title:
        made.section(table.title)
    if not table.rows:
        made.say(table.empty or "没有。")
        made.gap()
        return
    grid = grids[table.columns]
    made.line([table.columns[at].name for at in grid.filled], LABEL, wide=grid.units)
    for cells in table.rows:
        row = [making.cell(cells[at]) for at in grid.filled]
        total = flat(row[0]) == _TOTAL
        found = [
            _cell(cell, links.get(cell.leads_to, ""), total=total, centred=short)
            for cell, short in zip(row, grid.short, strict=True)
        ]
        high = _TO_FILL_IN if any(cell.tone is Tone.FILL_IN for cell in row) else 0
        made.line([value for value, _ in found], [look for _, look in found], wide=grid.units, height=high)
    made.gap()


@dataclass(frozen=True, slots=True)
class _Grid:
    """The columns that hold something, how many units of the sheet each takes, which of them hold nothing but short
    texts, and how wide they should be."""

    filled: list[int]
    units: list[int]
    short: list[bool]
    wide: list[float]

    @classmethod
    def of(cls, head: Sequence[pages.Column], tables: Sequence[Table], *, alone: bool) -> "_Grid":
        """That of all tables with this head, as one's may stand above another's rows on paper; as wide as the page, if
        they need it. Where one is `alone`, each column is one unit, as `wide` as it should be."""
        rows = [row for table in tables if table.columns == head for row in table.rows]
        cells = {at: [making.cell(row[at]) for row in rows] for at, one in enumerate(head) if On.SHEET in one.on}
        filled = [at for at, mine in cells.items() if any(one.text or one.tone is Tone.FILL_IN for one in mine)]
        columns = [[head[at].name, *(flat(one, "\n") for one in cells[at])] for at in filled]
        longest = [max(map(cells_wide, texts)) for texts in columns]
        needed = ceil(sum(one + _ROOM for one in longest) / _UNIT)
        units = _UNITS if alone else min(_UNITS, max(len(columns), needed))
        most = [None if head[at].whole else _FOLDED for at in filled]
        folded = [
            [line[:wide] for text in texts for line in text.split("\n")]
            for texts, wide in zip(columns, most, strict=True)
        ]
        wide = shares(folded, units * _UNIT, [1.0] * len(columns))
        taken = [1] * len(columns)
        for _ in range(0 if alone else units - len(columns)):  # one more for whoever has the least of what it wants
            at = max(range(len(columns)), key=lambda at: wide[at] / taken[at])
            taken[at] += 1
        return cls(filled, taken, [one <= _SHORT for one in longest], wide)


def _cell(cell: pages.Cell, link: str, *, total: bool, centred: bool) -> tuple[Cell, Look]:
    text = flat(cell, "\n")
    look = _look(cell.tone, total, centred)
    if link:
        return Link(text, link), replace(LINK, size=9, across=look.across)
    if text.isascii() and text.isdecimal() and (text == "0" or text[0] != "0"):
        return int(text), look
    if (number := _number(text, cell.value)) is not None:
        value, shown = number
        return value, replace(look, format=shown, wrap=False, shrink=True)
    if (day := _day(text)) is not None:
        return day, replace(look, format=DAY.format, wrap=False, shrink=True)
    return text, look


@functools.cache
def _look(tone: Tone | None, total: bool, centred: bool) -> Look:
    look = replace(_LOOKS[tone] if tone else SMALL, across="center" if centred else "left")
    return replace(look, bold=True, fill=look.fill or BAND) if total else look


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


# ---- charts


def _write_chart(made: style.Page, chart: Chart) -> None:
    """Bars side by side, a target paler."""
    made.gap()
    rows: list[list[Cell]] = [["", *(line.name for line in chart.lines)]]
    for at, name in enumerate(chart.categories):
        values = (line.values[at] for line in chart.lines)
        rows.append([name, *(None if value is None else style.number(value) for value in values)])
    figures = write_figures(made, made.row, _UNITS + 3, rows)
    unit = Unit.PERCENT if chart.rates else Unit.BARE
    drawn = [Drawn("BFBFBF" if line.target else BLUE) for line in chart.lines]
    add_chart(made, f"A{made.row}", "bars", chart.title, unit, figures, drawn, _CHART, legend=len(drawn) > 1)
    made.row += max(_CHART_ROWS, len(rows))
    made.gap()
