"""The one look of the compliance workbook: palette, table parts, sheets on paper.

Convention: a `Page` is a sheet with the document's header and footer. Columns are 1-based and widths are in narrow
characters. Colours differ in lightness, so that they read in grey; a verdict always carries its sign too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.pagebreak import Break

from itss_kpi.catalogue.wording import SIGNS
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.targets import Unit, show_part
from itss_kpi.render.xlsx import Book, Cell, Formula, Link, Look, column, lines, on_paper, place

INK, GREY, BLUE, RED = "262626", "7F7F7F", "1F4E79", "9C0006"
BAND = "D6E3F0"
FILLABLE = "FFF9E5"

PLAIN = Look()
CENTRED = replace(PLAIN, across="center")
NUMBER = replace(PLAIN, across="right", wrap=False, shrink=True)
FAINT = replace(PLAIN, color=GREY)
HEAD = Look(bold=True, color="FFFFFF", fill=BLUE, across="center")
SECTION = Look(bold=True, color=BLUE, fill=BAND, wrap=False)
TITLE = Look(bold=True, size=16, color=BLUE, edge="", wrap=False)
NOTE = Look(size=9, color="595959", edge="", down="top")
LINK = replace(PLAIN, color="0563C1", underline=True)
FILL_IN = replace(PLAIN, fill=FILLABLE, down="top")
SMALL = replace(PLAIN, size=9)
PLACE = replace(PLAIN, size=9, color="595959")
"""Where something stands: file, sheet and row."""
LABEL = replace(CENTRED, bold=True, fill=BAND)
DAY = replace(CENTRED, format="yyyy-mm-dd", wrap=False, shrink=True)
LATE = Look(bold=True, size=9, color="7F6000", fill="FFF2CC", across="center")
"""Done, but not as it should have been."""
CHECKED = Look(bold=True, across="center", wrap=False)

_USUAL = 10.0
_PAGE_WIDE, _PAGE_HIGH = 119.0, 490.0
"""Characters of the usual size across a page and points down it, with some room."""
_UPRIGHT = 81.0, 735.0
"""Those of a page that stands upright."""
_VERDICTS = {
    Verdict.ATTAINED: ("E2F0D9", "375623"),
    Verdict.MISSED: ("F4B6B6", "7B0000"),
    Verdict.UNVERIFIED: ("FFE699", "7F6000"),
    Verdict.MISSING_DATA: ("D9C3E6", "4B1F66"),
    Verdict.UNDEFINED: ("DDEBF7", "1F4E79"),
    Verdict.NOT_APPLICABLE: ("F2F2F2", "595959"),
    Verdict.MONITORED: ("F2F2F2", "595959"),
    Verdict.IN_PROGRESS: ("FFFFFF", "595959"),
}


def verdict_look(verdict: Verdict) -> Look:
    """How a verdict looks."""
    fill, ink = _VERDICTS[verdict]
    return Look(bold=True, color=ink, fill=fill, across="center", wrap=False, shrink=True)


def tone(verdict: Verdict) -> Look:
    """How something else looks that stands as well or badly as that verdict."""
    return replace(verdict_look(verdict), size=9, wrap=True, shrink=False)


def verdict_label(verdict: Verdict) -> str:
    """The verdict with its sign: `✓ 达成`."""
    return f"{SIGNS[verdict]} {verdict.label}"


# ---- numbers


def part_cell(value: Fraction | None, unit: Unit) -> tuple[Cell, Look]:
    """A numerator or denominator as a cell holds it, in its unit, and how it looks."""
    if value is None:
        return "—", replace(CENTRED, color=GREY)
    written = value / unit.factor
    named = unit if unit.is_duration else ""
    return number(written), replace(NUMBER, format=_format(show_part(value, unit), named))


def value_cell(item: Assessment) -> tuple[Cell, Look]:
    """The value as a cell holds it: a number with as many decimals as the report shows, or the text that it shows."""
    if item.value is None or item.lowest != item.highest or item.display[:1] in "<>":
        return item.display, replace(CENTRED, wrap=False, shrink=True)
    written = item.value if item.unit == Unit.PERCENT else item.value / item.unit.factor
    return number(written), replace(NUMBER, format=_format(item.display, item.unit))


def number(value: Fraction) -> int | float:
    """The nearest number that a cell can hold."""
    return value.numerator if value.denominator == 1 else float(value)


def _format(shown: str, unit: str) -> str:
    """The format with as many decimals as are shown, and the unit."""
    _, point, places = shown.removesuffix(unit).partition(".")
    quoted = "%" if unit == Unit.PERCENT else f'"{unit}"' if unit else ""
    return "0" + ("." + "0" * len(places) if point else "") + quoted


# ---- sheets


@dataclass
class Page:
    """A sheet being written: `row` is the next row that is free."""

    book: Book
    sheet: Any
    widths: Sequence[float]
    high: float
    row: int = 1
    heights: dict[int, float] = field(default_factory=dict)
    top: int = 1

    @property
    def title(self) -> str:
        """The sheet's name."""
        return str(self.sheet.title)

    def put(self, across: int, value: Cell, look: Look = PLAIN) -> None:
        """Write a cell of the current row, and make the row as high as its text needs."""
        self.span(across, across, value, look)

    def span(self, across: int, last: int, value: Cell, look: Look = PLAIN) -> None:
        """Write a cell merged over the columns `across` to `last` of the current row."""
        self.book.put(self.sheet, self.row, across, value, look)
        self.book.merge(self.sheet, self.row, across, last, look)
        shown = value.value if isinstance(value, Formula) else value.text if isinstance(value, Link) else value
        if look.wrap and isinstance(shown, str):
            # a width is counted in characters of the usual size
            width = sum(self.widths[across - 1 : last]) - 1.5
            self.fit(lines(shown, width * _USUAL / look.size) * look.size * 1.45 + 3)

    def fit(self, height: float) -> None:
        """Make the current row at least so high, in points."""
        before = self.heights.get(self.row, 0)
        least = min(round(max(height, before, 16.5), 1), 400.0)
        if least != before:
            self.heights[self.row] = self.sheet.row_dimensions[self.row].height = least

    def next(self) -> None:
        """Go on below."""
        self.row += 1

    def gap(self) -> None:
        """Leave a little room."""
        self.sheet.row_dimensions[self.row].height = 8
        self.row += 1

    def line(
        self,
        values: Sequence[Cell],
        looks: Look | Sequence[Look] = PLAIN,
        *,
        wide: Sequence[int] = (),
        height: float = 0,
    ) -> None:
        """Write a row of cells, each over one column or as many as it is `wide`, and go on below."""
        start = 1
        each = [looks] * len(values) if isinstance(looks, Look) else looks
        for value, look, columns in zip(values, each, wide or [1] * len(values), strict=True):
            self.span(start, start + columns - 1, value, look)
            start += columns
        if height:
            self.fit(height)
        self.next()

    def facts(self, facts: Sequence[tuple[str, Cell, Look]], *, wide: int = 1, height: float = 0) -> None:
        """Write labels on a line, each with what it says beside it over so many columns."""
        values = [one for label, value, _ in facts for one in (label, value)]
        looks = [one for _, _, look in facts for one in (LABEL, look)]
        self.line(values, looks, wide=[1, wide] * len(facts), height=height)

    def heading(self, text: str, note: str = "") -> None:
        """The sheet's title, with a note below it."""
        self.line([text], TITLE, height=30)
        if note:
            self.say(note, NOTE)

    def say(self, text: str, look: Look = PLAIN, *, height: float = 0) -> None:
        """Write a text across the sheet and go on below."""
        self.line([text], look, wide=[len(self.widths)], height=height)

    def keep(self, first: int) -> None:
        """Print the rows from `first` on together, on a new page where this one has no room for them."""
        scale = (self.sheet.page_setup.scale or 100) / 100
        if first > self.top and sum(map(self._height, range(self.top, self.row))) * scale > self.high:
            self.new_page(first)

    def new_page(self, row: int) -> None:
        """Print what stands from the row on on a new page."""
        self.sheet.row_breaks.append(Break(id=row - 1))
        self.top = row

    def _height(self, row: int) -> float:
        return float(self.sheet.row_dimensions[row].height or 15)

    def section(self, text: str, last: int = 0) -> None:
        """The title of a part of the sheet."""
        self.line([text], SECTION, wide=[last or len(self.widths)], height=18)

    def table_head(self, names: Sequence[str], *, freeze: int) -> int:
        """The names of the columns; frozen with `freeze` columns to the left. The row they stand in."""
        at = self.row
        self.line(names, HEAD)
        self.sheet.freeze_panes = f"{column(freeze)}{self.row}"
        self.sheet.print_title_rows = f"{at}:{at}"
        return at

    def place(self, cell: str = "A1") -> str:
        """A cell or range of this sheet as formulas and links write it."""
        return place(self.title, cell)


def page(
    book: Book,
    title: str,
    widths: Sequence[float],
    *,
    grid: bool = False,
    breaks: bool = False,
    upright: bool = False,
) -> Page:
    """A new sheet on A4 across (or `upright`), with the document's number in its header, page numbers in its footer.

    With `breaks` it is scaled to its width, as Excel knows no breaks of our own on a sheet that is fitted to pages.
    """
    sheet = book.sheet(title)
    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[column(at)].width = width
    sheet.sheet_view.showGridLines = grid
    on_paper(sheet)
    wide, high = _UPRIGHT if upright else (_PAGE_WIDE, _PAGE_HIGH)
    if upright:
        sheet.page_setup.orientation = "portrait"
    if breaks:
        sheet.sheet_properties.pageSetUpPr.fitToPage = False
        sheet.page_setup.scale = min(100, int(wide / sum(widths) * 100))
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.6, 0.5
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    sheet.print_options.horizontalCentered = True
    sheet.oddHeader.left.text, sheet.oddHeader.right.text = _literal(book.document), _literal(sheet.title)
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页"
    for part in (sheet.oddHeader.left, sheet.oddHeader.right, sheet.oddFooter.center):
        part.size = 9
    return Page(book, sheet, widths, high)


def _literal(text: str) -> str:
    return text.replace("&", "&&")


def alarm(sheet: Any, cells: str, test: str) -> None:
    """Make the cells stand out where the formula `test`, written for the first of them, holds."""
    fill, ink = PatternFill("solid", bgColor="FF5050"), Font(bold=True, color="FFFFFF")
    sheet.conditional_formatting.add(cells, FormulaRule([test], fill=fill, font=ink))  # type: ignore[no-untyped-call]
