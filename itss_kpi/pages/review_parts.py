"""Review parts: what the management review's input is made of: paragraphs, tables and charts as plain values.

Convention: a document and the JSON come from the same values, so a text is what both show; `value` is the exact number
(or the code) behind it. Every row with figures says in `source` where they come from. Nothing is cleaned here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import ClassVar

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import SIGNS, gap_text, name_text, share_text, target_text
from itss_kpi.core.jsonable import published
from itss_kpi.core.period import Period
from itss_kpi.core.results import Assessment, Export, MissingExport, Verdict
from itss_kpi.core.targets import exact

SOURCE = "出处"
"""The head of the column that says where a row comes from."""


@published("text value??")
@dataclass(frozen=True, slots=True)
class Cell:
    """A text, the exact number or code that it shows, and the verdict whose look it has."""

    text: str
    value: str | None = None
    like: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, and where they come from: files with sheets, rows of them, or another place of the material."""

    cells: tuple[Cell, ...]
    source: tuple[str, ...] = ()


@published("kind title head rows empty blank_rows=blank")
@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; the last column is where they come from. `empty`: what is said where there are no rows;
    `blank`: how many rows are left to be filled in by hand."""

    kind: ClassVar[str] = "table"
    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    empty: str = ""
    blank: int = 0


@published("kind text like")
@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text. `like`: the verdict whose look it has: 数据缺失 is said as such."""

    kind: ClassVar[str] = "paragraph"
    text: str
    like: Verdict | None = None


@published("name values")
@dataclass(frozen=True, slots=True)
class Line:
    """A series of a chart: its values by category, None where there is none. `like`: a verdict that it counts;
    `target`: it is what the others are held against."""

    name: str
    values: tuple[Fraction | None, ...]
    like: Verdict | None = None
    target: bool = False


@published("kind title categories series=lines source")
@dataclass(frozen=True, slots=True)
class Chart:
    """Counts as stacked bars, or rates (plain ratios) along the periods as lines, and where they come from."""

    kind: ClassVar[str] = "chart"
    title: str
    categories: tuple[str, ...]
    lines: tuple[Line, ...]
    rates: bool = False
    source: tuple[str, ...] = ()


Part = Paragraph | Table | Chart


@published("heading level parts")
@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the first or second level and what stands below it."""

    heading: str
    parts: tuple[Part, ...] = ()
    level: int = 1


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The exports that were read, to say where figures come from."""

    catalogue: Catalogue
    exports: Sequence[Export] = field(default_factory=tuple)

    def places(self, sources: Iterable[str], days: tuple[date, date]) -> list[str]:
        """The sources' files that answer for some of the days (the last one not included), with the sheet where more
        than one of a file's was read; the list of ledgers names it of the others too."""
        wanted = set(sources)
        found = {(one.path, one.sheet) for one in self.of_days(*days) if one.source in wanted}
        sheets = Counter(one.path for one in self.exports)
        return sorted(f"{path}!{sheet}" if sheets[path] > 1 else path for path, sheet in found)

    def of_days(self, start: date, end: date) -> list[Export]:
        """The exports that answer for some of the days (`end` not included), or may."""
        return [one for one in self.exports if one.covers is None or (one.covers[0] < end and start < one.covers[1])]

    def of_year(self, source: str, year: Period) -> list[str]:
        """The same of a whole year."""
        return self.places([source], (year.start, year.end))

    def name(self, source: str) -> str:
        """What a source is called."""
        return self.catalogue.sources[source].name


# ---- cells and rows


def texts(*cells: str) -> tuple[Cell, ...]:
    """Cells that are words alone."""
    return tuple(map(Cell, cells))


def count(number: int) -> Cell:
    """How many."""
    return Cell(str(number), str(number))


def day(found: date | None) -> Cell:
    """A day."""
    return Cell("" if found is None else str(found), found.isoformat() if found else None)


def labelled(**said: str) -> Cell:
    """What is said under each word, a line each, where anything is."""
    return Cell("\n".join(f"{word}:{text}" for word, text in said.items() if text))


def dated(dates: str, effect: str) -> Cell:
    """The days of something, as the words have them, and what came of it; a line each."""
    return Cell("\n".join([*filter(None, dates.split("  ")), *([f"效果 {effect}"] if effect else [])]))


def verdict_cell(verdict: Verdict) -> Cell:
    """A verdict with its sign."""
    return Cell(f"{SIGNS[verdict]} {verdict.label}", verdict.value, verdict)


def absent_texts(absent: Iterable[MissingExport]) -> list[str]:
    """Whose ledger is missing for which months, once each: `缺 通信部 2022-10、2022-11`."""
    found = dict.fromkeys((one.department, one.months) for one in absent)
    return [f"缺 {department} {'、'.join(months)}" for department, months in found]


def merged_absences(absent: Iterable[MissingExport]) -> list[MissingExport]:
    """What each department lacks of each ledger, once with all its months."""
    months: dict[tuple[str, str], set[str]] = {}
    for one in absent:
        months.setdefault((one.source, one.department), set()).update(one.months)
    return [MissingExport(source, department, tuple(sorted(own))) for (source, department), own in months.items()]


INDICATOR_HEAD = ("序号", "指标名称", "考核期", "分子/分母", "实际值", "要求", "结论", "差距", SOURCE)


def assessment_row(ledgers: Ledgers, item: Assessment) -> Row:
    """An assessment under `INDICATOR_HEAD`."""
    beside = "、".join(f"{label} {value}" for label, value in item.beside)
    name = name_text(item.name, item.group) + (f"({beside})" if beside else "")
    parts = None if item.numerator is None else " / ".join(filter(None, map(exact, (item.numerator, item.denominator))))
    cells = (
        count(item.number),
        Cell(name, item.indicator),
        Cell(str(item.period), str(item.period)),
        Cell(share_text(item), parts),
        Cell(item.display, _value(item)),
        Cell(target_text(item.target), item.target.describe() if item.target else None),
        verdict_cell(item.verdict),
        Cell(gap_text(item), exact(item.shortfall) if gap_text(item) else None),
    )
    places = (*ledgers.places(item.sources, item.window), *absent_texts(item.absent))
    return Row(cells, places or ("尚未开始",))


def _value(item: Assessment) -> str | None:
    """The exact value, or the two ends of the interval."""
    if item.lowest != item.highest:
        return f"{exact(item.lowest)}~{exact(item.highest)}"
    return exact(item.value)
