"""The terminal: a page -> something that rich prints.

Convention: how a tone looks is said here once, for every page; that it reads without colour is the page's own affair
(signs). Text from users' files goes through `escape_controls` before it reaches rich.
"""

from collections.abc import Iterable, Iterator, Sequence

from rich import table as rich
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from itss_kpi.core.text import escape_controls
from itss_kpi.pages import making
from itss_kpi.pages import page as pages
from itss_kpi.pages.page import BREAK, Card, Cards, Cell, Chart, Column, Heading, Note, On, Page, Table, Tone

STYLES: dict[Tone | None, str] = {
    None: "",
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.DOUBTFUL: "bold yellow",
    Tone.MISSING: "bold magenta",
    Tone.UNDEFINED: "cyan",
    Tone.NONE: "dim",
    Tone.WATCHED: "blue",
    Tone.OPEN: "blue",
    Tone.LATE: "yellow",
    Tone.STRONG: "bold",
    Tone.HEAD: "bold cyan",
    Tone.QUIET: "dim",
    Tone.FILL_IN: "",
}
_INDENT = "  "
_MOST_HEAD, _MOST_WIDE = 12, 22
"""Columns that a head and what stands below it may take, where a table is continued below, before they are folded."""


def render(page: Page) -> RenderableType:
    """The page, one part below the other."""
    parts = (line for part in making.shown(page.parts, On.TERMINAL) for line in _part(part))
    title = [text(page.title, Tone.STRONG)] if page.title else []
    return Group(*title, *map(text, page.summary), *parts)


def text(said: pages.Text, tone: Tone | None = None) -> Text:
    """What is said, made harmless, in its tone."""
    cell = making.cell(said)
    style = STYLES[cell.tone or tone]
    if not cell.pieces:
        return Text(escape_controls(cell.text), style=style)
    line = Text(style=style)
    for piece in cell.pieces:
        line.append_text(Text("\n") if piece == BREAK else text(piece))
    return line


def _part(part: pages.Part) -> Iterator[RenderableType]:
    match part:
        case Note():
            # that something is missing is seen without colour too
            yield text(f"! {part.text}" if part.tone is Tone.MISSING else part.text, part.tone)
        case Heading():
            yield from _title(part.text, part.tone)
        case Table():
            yield from _title(part.title, part.tone)
            if part.rows:
                yield _Continued(part) if part.repeated else _table(part)
            elif part.empty:
                yield text(part.empty)
        case Cards():
            yield from _title(part.title, part.tone)
            for card in part.cards:
                yield from _card(card)
            if not part.cards and part.empty:
                yield text(part.empty)
        case Chart():
            pass  # a terminal has no charts


def _title(title: str, tone: Tone | None) -> Iterator[Text]:
    if title:
        yield from (Text(), text(title, tone or Tone.STRONG))


# ---- entries


def _card(card: Card) -> Iterator[RenderableType]:
    if card.head.text:
        yield text(card.head, Tone.STRONG)
    lines = rich.Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    for label, said in card.lines:
        if making.cell(said).text:
            lines.add_row(text(f"{_INDENT}{label}" if label else ""), text(said))
    yield lines


# ---- tables


def _table(table: Table) -> rich.Table:
    columns = [column for column in table.columns if On.TERMINAL in column.on and column.name != table.by]
    made = _grid(table)
    for at, column in enumerate(columns):
        _add_column(made, column, indented=table.indented and at == 0)
    heading = next((at for at, column in enumerate(columns) if not column.right), 0)
    for above, rows in _grouped(table):
        if above:
            made.add_row(*[""] * heading, text(above, Tone.HEAD))
        indented = table.indented or (table.by and heading == 0)
        for cells in rows:
            first, *others = map(text, cells)
            made.add_row(Text(_INDENT).append_text(first) if indented else first, *others)
    return made


def _grid(table: Table) -> rich.Table:
    quiet = not table.title and table.tone is Tone.QUIET
    style = "dim" if quiet else "bold"
    return rich.Table(
        box=None,
        show_header=not table.headless,
        pad_edge=False,
        padding=(0, 1),
        header_style=style,
        collapse_padding=not table.spaced,
    )


def _add_column(made: rich.Table, column: Column, *, indented: bool = False, most: int | None = None) -> None:
    made.add_column(
        text(f"{_INDENT}{column.name}" if indented else column.name),
        justify="right" if column.right else "left",
        overflow="ellipsis" if column.whole else "fold",
        no_wrap=column.whole,
        ratio=1 if column.rest else None,
        min_width=8 if column.rest else None,
        max_width=most,
    )


def _grouped(table: Table) -> Iterator[tuple[str, list[list[Cell]]]]:
    """The rows as they are shown, below the text that they have in common."""
    shown = [at for at, column in enumerate(table.columns) if On.TERMINAL in column.on and column.name != table.by]
    by = next((at for at, column in enumerate(table.columns) if column.name == table.by), None)
    above = ("" if by is None else making.cell(row[by]).text for row in table.rows)
    cells = ([making.cell(row[at]) for at in shown] for row in table.rows)
    yield from making.together(zip(above, cells, strict=True)).items()


class _Continued:
    """A table whose first columns stand again where the others are too many for the width and go on below."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        repeated = self.table.repeated
        wide = [self._width(at) for at in range(len(self.table.columns))]
        free = options.max_width - sum(width + 1 for width in wide[:repeated])
        for at, some in enumerate(_fitting(range(repeated, len(wide)), wide, free)):
            if at:
                yield Text("(接上表)", style="dim")
            made = _grid(self.table)
            taken = [*range(repeated), *some]
            for column in taken:
                _add_column(made, self.table.columns[column], most=max(wide[column], 1))
            for row in self.table.rows:
                made.add_row(*(text(row[column]) for column in taken))
            yield made

    def _width(self, at: int) -> int:
        head = min(_MOST_HEAD, cell_len(self.table.columns[at].name))
        cells = (min(_MOST_WIDE, cell_len(text(row[at]).plain)) for row in self.table.rows)
        return max(head, *cells)


def _fitting(columns: Iterable[int], wide: Sequence[int], free: int) -> Iterator[list[int]]:
    """As many columns at a time as there is room for, at least one."""
    taken: list[int] = []
    for column in columns:
        if taken and sum(wide[one] + 1 for one in [*taken, column]) > free:
            yield taken
            taken = []
        taken.append(column)
    yield taken
