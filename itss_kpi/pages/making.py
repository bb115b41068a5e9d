"""Making pages: cells of several texts, columns by their names, and what every page says alike.

Convention: as in `page`: nothing is cleaned here.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from itss_kpi.pages.page import BREAK, Cell, Column, Note, On, Page, Part, Table, Text, Tone

_Name = TypeVar("_Name", bound=Hashable)
_One = TypeVar("_One")


def cell(text: Text) -> Cell:
    """The cell of a text."""
    return text if isinstance(text, Cell) else Cell(text)


def columns(
    names: str, *, right: str = "", on: On = On.ALL, whole: str = "", data: str = "", sheet: str = ""
) -> tuple[Column, ...]:
    """Columns by their names; numbers stand to the `right`. Some are for `data` alone, or for a `sheet`."""
    apart = dict.fromkeys(data.split(), On.DATA) | dict.fromkeys(sheet.split(), On.SHEET)
    aside, kept = right.split(), whole.split()
    return tuple(Column(name, name in aside, apart.get(name, on), name in kept) for name in names.split())


def joined(*texts: Text, between: str = "  ", tone: Tone | None = None) -> Cell:
    """Texts in a line, each in its own tone; those that are empty are left out."""
    found = [one for one in map(cell, texts) if one.text]
    pieces = [piece for one in found for piece in (Cell(between), one)][1:]
    return Cell("".join(piece.text for piece in pieces), tone, pieces=tuple(pieces))


def lines(*texts: Text, tone: Tone | None = None) -> Cell:
    """Texts below each other."""
    return joined(*texts, between=BREAK.text, tone=tone)


def flat(text: Text, between: str = ";") -> str:
    """The text on one line, what stood on lines of its own put together by `between`."""
    found = cell(text)
    return "".join(between if one == BREAK else flat(one) for one in found.pieces) if found.pieces else found.text


def said(text: str) -> Page:
    """A page of one sentence."""
    return Page("", parts=[Note(text)])


def missing(text: str) -> Iterator[Note]:
    """That something wasn't handed in, where it wasn't; said on every form."""
    if text:
        yield Note(f"数据缺失:{text}", Tone.MISSING, On.ALL)


def shown(parts: Iterable[Part], on: On) -> list[Part]:
    """The parts that are shown on a form."""
    return [part for part in parts if on in part.on]


def narrowed(table: Table, on: On) -> Table:
    """The table with the columns that are shown on a form."""
    chosen = [at for at, column in enumerate(table.columns) if on in column.on]
    rows = [[row[at] for at in chosen] for row in table.rows]
    return replace(table, columns=tuple(table.columns[at] for at in chosen), rows=rows)


def together(pairs: Iterable[tuple[_Name, _One]]) -> dict[_Name, list[_One]]:
    """What belongs to one name together, the names as they come."""
    found: dict[_Name, list[_One]] = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return found
