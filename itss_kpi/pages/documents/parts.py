"""Parts: what the sections of a document are made of, on top of `page`.

Convention: a text is what document and JSON show; `value` is the exact number (or the code) behind it. Every row with
figures says in its last cell, a line each, where they come from.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import gap_text, name_text, share_text, target_text, verdict_text
from itss_kpi.core.period import Period
from itss_kpi.core.results import Assessment, Export, MissingExport
from itss_kpi.core.targets import exact
from itss_kpi.pages.making import lines
from itss_kpi.pages.page import TONES, Cell, Chart, Column, Heading, Note, Table, Text, Tone

SOURCE = "出处"
"""The head of the column that says where a row comes from."""
Row = list[Text]
Part = Heading | Note | Table | Chart
"""What a document has of a page's parts."""


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The exports that were read, to say where figures come from."""

    catalogue: Catalogue
    exports: Sequence[Export]

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


# ---- parts


def section(heading: str, parts: Iterable[Part], level: int = 1) -> list[Part]:
    """A heading and what stands below it."""
    return [Heading(heading, level=level), *parts]


def table(title: str, head: Sequence[str], rows: Sequence[Row] = (), empty: str = "") -> Table:
    """Rows whose last cell is where they come from; `empty`: what is said where there are none."""
    return Table(title, tuple(map(Column, (*head, SOURCE))), rows, empty=empty)


def to_fill_in(title: str, head: Sequence[str]) -> Table:
    """A table with nothing in its rows."""
    return table(title, head, [[""] * (len(head) + 1)] * _ROOM)


_ROOM = 3
"""Rows that are left to be filled in by hand."""


def row(cells: Iterable[Text], places: Iterable[str]) -> Row:
    """Cells, and where they come from: files with sheets, rows of them, or another place of the material."""
    return [*cells, lines(*places)]


def said_missing(text: str) -> list[Part]:
    """That something wasn't handed in, where it wasn't."""
    return [not_there(f"数据缺失:{text}")] if text else []


def not_there(text: str) -> Note:
    """What isn't declared or wasn't handed in."""
    return Note(f"{text}。", Tone.MISSING)


# ---- cells and rows


def count(number: int) -> Cell:
    """How many."""
    return number_cell(str(number))


def number_cell(text: str) -> Cell:
    """A number or a day, as it is said."""
    return Cell(text, value=text or None)


def labelled(**said: str) -> str:
    """What is said under each word, a line each, where anything is."""
    return "\n".join(f"{word}:{text}" for word, text in said.items() if text)


def dated(dates: str, effect: str) -> str:
    """The days of something, as the words have them, and what came of it; a line each."""
    return "\n".join([*filter(None, dates.split("  ")), *([f"效果 {effect}"] if effect else [])])


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


ASSESSMENT_HEAD = ("序号", "指标名称", "考核期", "分子/分母", "实际值", "要求", "结论", "差距")


def assessments_table(ledgers: Ledgers, title: str, items: Iterable[Assessment], empty: str = "") -> Table:
    """Assessments with all that a document says of one."""
    return table(title, ASSESSMENT_HEAD, [assessment_row(ledgers, item) for item in items], empty)


def assessment_row(ledgers: Ledgers, item: Assessment, *, grouped: bool = True) -> Row:
    """An assessment, with what is counted beside it and where its rows come from; where all are of one group, which
    that is needn't be said (`grouped`)."""
    beside = "、".join(f"{label} {value}" for label, value in item.beside)
    name = name_text(item.name, item.group if grouped else None) + (f"({beside})" if beside else "")
    parts = None if item.numerator is None else " / ".join(filter(None, map(exact, (item.numerator, item.denominator))))
    cells = (
        count(item.number),
        Cell(name, value=item.indicator),
        number_cell(str(item.period)),
        Cell(share_text(item), value=parts),
        Cell(item.display, value=_value(item)),
        Cell(target_text(item.target), value=item.target.describe() if item.target else None),
        Cell(verdict_text(item), TONES[item.verdict], item.verdict.value),
        Cell(gap_text(item), value=exact(item.shortfall) if gap_text(item) else None),
    )
    places = (*ledgers.places(item.sources, item.window), *absent_texts(item.absent))
    return row(cells, places or ("尚未开始",))


def _value(item: Assessment) -> str | None:
    """The exact value, or the two ends of the interval."""
    if item.lowest != item.highest:
        return f"{exact(item.lowest)}~{exact(item.highest)}"
    return exact(item.value)


# ---- the ledgers


def exports_table(ledgers: Ledgers, exports: Iterable[Export]) -> Table:
    """The files that figures come from, sheet by sheet."""
    head = ("台账", "部门", "工作表", "覆盖", "读取行", "保留行", "SHA-256 前12位")
    listed = sorted(exports, key=lambda one: (one.path, one.sheet))
    return table("所用的台账", head, [_export_row(ledgers, one) for one in listed], "没有读到任何台账。")


def _export_row(ledgers: Ledgers, one: Export) -> Row:
    hashed = Cell(one.sha256[:12] if one.readable else "读不出来", value=one.sha256 or None)
    rows = one.rows
    cells = (ledgers.name(one.source), one.department, one.sheet or "—", _days(one), count(rows.read), count(rows.kept))
    return row((*cells, hashed), [one.path])


def _days(one: Export) -> str:
    return f"{one.covers[0]} 至\n{one.covers[1] - timedelta(days=1)}" if one.covers else "不明"
