"""A page: what a command, a sheet or a document shows, as a plain value that every form is made from.

Convention: a text is what a person reads; `value` is what a program reads in its place (a plain decimal, a code).
Nothing is cleaned here: each form makes what users wrote harmless for itself. A part says on which forms it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from fractions import Fraction

from itss_kpi.catalogue.wording import SIGNS
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.results import Verdict


class Tone(StrEnum):
    """How something stands, or what it is to the reader; a form has one look for each. What is to be filled in by hand
    stands on sheets alone."""

    GOOD = auto()
    BAD = auto()
    DOUBTFUL = auto()
    MISSING = auto()
    UNDEFINED = auto()
    NONE = auto()
    WATCHED = auto()
    OPEN = auto()
    LATE = auto()
    STRONG = auto()
    HEAD = auto()
    QUIET = auto()
    FILL_IN = auto()


_SIGNED = {
    "✓": Tone.GOOD,
    "✗": Tone.BAD,
    "?": Tone.DOUBTFUL,
    "!": Tone.MISSING,
    "~": Tone.UNDEFINED,
    "+": Tone.UNDEFINED,
    "-": Tone.NONE,
    "·": Tone.WATCHED,
    "…": Tone.OPEN,
    "▲": Tone.LATE,
}
"""A sign has one tone, whatever it is the sign of."""
TONES = {verdict: _SIGNED[sign] for verdict, sign in SIGNS.items()}


def tone_of(state: Labelled) -> Tone:
    """The tone of a state that has a sign."""
    return _SIGNED[state.sign]


class On(Flag):
    """Forms: SCREEN is terminal and Markdown, SHEET the workbook, DATA is CSV; WIDE both of these."""

    TERMINAL = auto()
    MARKDOWN = auto()
    SHEET = auto()
    DATA = auto()
    SCREEN = TERMINAL | MARKDOWN
    WIDE = SHEET | DATA
    ALL = SCREEN | WIDE


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its tone. `pieces`: the same text in parts with tones of their own; `leads_to`: the id of an
    indicator, for its evidence, or the key of an assessment, for its analysis."""

    text: str = ""
    tone: Tone | None = None
    value: str | None = None
    pieces: tuple["Cell", ...] = ()
    leads_to: str = ""


BREAK = Cell("\n")
"""A piece that begins a new line; a line break in a user's text is no such piece."""
Text = Cell | str


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column. `whole`: never folded; `rest`: takes the room that the others leave."""

    name: str
    right: bool = False
    on: On = On.ALL
    whole: bool = False
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head. `kind`: what a row is, in a word, for programs (the title, unless said otherwise); `empty`:
    what is said where there are no rows. `by`: the column whose texts stand above the rows that have them in common;
    `repeated`: so many first columns stand again where the others are too many for the width and go on below;
    `headless`: a terminal doesn't show the head; `spaced`: it leaves two blanks between columns; what is not `printed`
    stands on the sheet and not on paper."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Text]] = ()
    tone: Tone | None = None
    kind: str | None = None
    empty: str = ""
    on: On = On.ALL
    by: str | None = None
    indented: bool = False
    repeated: int = 0
    headless: bool = False
    spaced: bool = False
    printed: bool = True


@dataclass(frozen=True, slots=True)
class Card:
    """An entry: a head, and what is said below it under each label; without a label it goes on with the line above."""

    head: Cell
    lines: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Cards:
    """Entries, each a few lines; a table in Markdown. For sheets and programs a table stands beside them."""

    title: str
    cards: Sequence[Card] = ()
    tone: Tone | None = None
    empty: str = ""
    on: On = On.SCREEN


@dataclass(frozen=True, slots=True)
class Heading:
    """What the parts below it are about."""

    text: str
    tone: Tone | None = None
    level: int = 1
    on: On = On.ALL


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence; an empty one leaves some room."""

    text: Text
    tone: Tone | None = None
    on: On = On.SCREEN | On.SHEET


GAP = Note("", on=On.SCREEN)


@dataclass(frozen=True, slots=True)
class Line:
    """A series of a chart: its values by category, None where there is none; the others are held against a `target`."""

    name: str
    values: tuple[Fraction | None, ...]
    verdict: Verdict | None = None
    target: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Counts, or rates (plain ratios), by category, and where they come from."""

    title: str
    categories: tuple[str, ...]
    lines: tuple[Line, ...]
    rates: bool = False
    source: tuple[str, ...] = ()
    on: On = On.SHEET


Part = Heading | Note | Table | Cards | Chart


@dataclass(frozen=True, slots=True)
class Page:
    """A title, lines that sum up, and parts; `legend`: how to read it, for whoever has nothing but the sheet."""

    title: str
    summary: Sequence[Text] = ()
    parts: Sequence[Part] = ()
    legend: str = ""
