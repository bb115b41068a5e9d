"""Across: columns whose headings are values themselves (1月 to 12月, or items), and values that stand once a sheet.

Convention: a table with months across is as many tables as there are months, of the same rows: each has the columns
that all share and those under its own heading, as if every month stood in a tab of its own. What a file's or a sheet's
name or a title above the header says is a column with one value.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from itss_kpi.catalogue.sources import Across, Source
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.stated import Days
from itss_kpi.core.text import fold
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.sheets.body import is_filled
from itss_kpi.tables.sheets.cell_values import named_period
from itss_kpi.tables.sheets.cover import titles_above
from itss_kpi.tables.sheets.header import Head, Header

_NO_ITEM = re.compile("合计|小计|总[计分评]|累计|平均|备注|说明|序号|排名|名次|等级|签[名字]")
"""What stands beside the columns of items and is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the tables of which a table consists: its header, the columns with one value (`given`), and the days that
    its heading says."""

    header: Header
    given: Mapping[str, str] = field(default_factory=dict)
    days: Days | None = None

    @property
    def own_header(self) -> Header:
        """The header without the columns with one value: what stands in them says nothing of a row."""
        return replace(
            self.header, where={name: at for name, at in self.header.where.items() if name not in self.given}
        )


def parts_of(
    raw: RawExport, header: Header, end: int, source: Source, time: Days | None, year: int, problems: list[Problem]
) -> list[Part]:
    """The parts of a table that ends before row `end`, on a sheet of this `time`, if that is known."""
    said = _said_once(raw, header, source)
    given = {name: text for name, text in said.items() if name not in header.named}
    # before the others: of two columns in one place the one that stands there is meant
    header = replace(header, where=dict.fromkeys(given, 0) | dict(header.where))
    across = source.across
    if across is None or not header.heads or across.headings in header.where:
        return [Part(header, given)]
    below = slice(header.row + header.height, end)
    if source.columns[across.headings].type == "period":
        every = _of_periods(header, across, time, year)
        parts = [one for one in every if any(_has(raw, one.header.where.get(name), below) for name in across.cells)]
    else:
        parts = list(_of_items(raw, header, below, source, across, problems))
    return [replace(one, given={**given, **one.given}) for one in parts]


def _said_once(raw: RawExport, header: Header, source: Source) -> dict[str, str]:
    """What the names of the file and the sheet, and the titles above the header, say of the columns that they give."""
    found = source.said_by_names(raw.path.rpartition("/")[2], raw.grid.sheet)
    wanted = {fold(one.above): name for name, one in source.columns.items() if one.above}
    titles = titles_above(raw, header.row) if wanted else ()
    # of several tables below each other each has its own, which is the last one above it
    above = {wanted[fold(label)]: text for label, text in titles if text and fold(label) in wanted}
    return above | found


def _has(raw: RawExport, at: int | None, below: slice) -> bool:
    """Whether anything stands in a column; an error or a formula without a result is something."""
    if at is None:
        return True  # it is there twice, or isn't there: that is said
    texts = raw.grid.cells.column(at).slice(below.start, max(below.stop - below.start, 0)).combine_chunks()
    marked = (row for row, column in (*raw.grid.errors, *raw.grid.unsaved) if column == at)
    return bool(is_filled(texts).any()) or any(below.start <= row < below.stop for row in marked)


def _of_periods(header: Header, across: Across, time: Days | None, year: int) -> Iterator[Part]:
    """A part for each period; one that contains another is a sum of it, and none."""
    periods = [(head, period) for head in header.heads if (period := _period(head.text, time, year))]
    every = {period for _, period in periods}
    for period in sorted(every, key=lambda one: one.start):
        if not any(one != period and period.start <= one.start and one.end <= period.end for one in every):
            mine = [head for head, its in periods if its == period]
            yield replace(_part(header, across, mine, mine[0].text), days=(period.start, period.end))


def _period(text: str, time: Days | None, year: int) -> Period | None:
    """The period of a heading without a year: that within the sheet's time, which may be of two years."""
    first = time[0].year if time else year
    near = [named_period(text, one) for one in (first, first + 1)]
    return next((one for one in near if one and time and time[0] <= one.start and one.end <= time[1]), near[0])


def _of_items(
    raw: RawExport, header: Header, below: slice, source: Source, across: Across, problems: list[Problem]
) -> Iterator[Part]:
    """A part for each item. A heading that is no item's may be a misspelt one; an item without a column is said."""
    words = source.columns[across.headings].spellings
    others = [
        Head(at, title, across.cells[0], across.headings)
        for at, title in enumerate(header.titles)
        if title in header.extra and not _NO_ITEM.search(title) and _has(raw, at, below)
    ]
    extra = tuple(title for title in header.extra if title not in {head.text for head in others})
    header = replace(header, heads=(*header.heads, *others), extra=extra)
    items: dict[str, list[Head]] = {value: [] for value in words.values()}
    for head in header.heads:
        items.setdefault(words.get(fold(head.text), head.text), []).append(head)
    for item, heads in items.items():
        if not heads:
            problems.append(Problem("D105", f"没有“{item}”列;它的各行按无法读取处理", Place(raw.path, raw.grid.sheet)))
        yield _part(header, across, heads, item)


def _part(header: Header, across: Across, heads: Sequence[Head], text: str) -> Part:
    """The part of the headings that say one thing; a column that stands there twice can't be told."""
    places = {name: [head.at for head in heads if head.column == name] for name in across.cells}
    where = {across.headings: heads[0].at if heads else 0} | dict(header.where)
    where |= {name: at[0] for name, at in places.items() if len(at) == 1}
    twice = tuple((name, one) for name, at in places.items() if len(at) > 1 for one in at)
    apart = {head.at for head in header.heads} - {head.at for head in heads}
    titles = tuple("" if at in apart else title for at, title in enumerate(header.titles))
    return Part(
        replace(header, titles=titles, where=where, twice=(*header.twice, *twice), heads=()), {across.headings: text}
    )
