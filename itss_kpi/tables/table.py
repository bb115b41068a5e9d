"""A typed table: what becomes of a source's exports.

Convention: it holds integers, text and booleans only, never a null. A declared column `X` is one physical column `X`;
`X?blank` and `X?bad` (unreadable) stand beside it only where some row needs them. An instant or duration is int64
microseconds, a number is int64 scaled by its column's power of ten. Rows keep where they come from: `_export` (index of
`Table.exports`) and `_row` (the sheet's row number). Rows of one key with different contents share a `_conflict` number
above 0 and are one record; `_uncertain` rows have no readable key, or stand in one of two snapshots of the same day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import narwhals as nw
import pyarrow as pa

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Column, Source
from itss_kpi.core.results import Export
from itss_kpi.core.rulings import Ruling
from itss_kpi.core.text import pseudonym
from itss_kpi.reading.worker.spared import need


@dataclass(frozen=True, slots=True)
class Physical:
    """A physical column: its values' kind, scale (power of ten) and largest magnitude, and its state columns; whether
    it holds a `day`. Of `days` in a column of moments (`X?days`) the time isn't known; what is dated decades ahead
    (`X?never`) may mean that it hasn't happened; what is `astray` (`X?astray`) is of another year than its file. Where
    some periods of a column are longer than a month, it says when each `ends` (`X?end`). Names by which ledgers belong
    together stand there `folded`, too (`X?folded`). So many names beyond the first are `listed` in cells that hold
    several, none of which can be read. All values are whole multiples of a `step`."""

    kind: Kind
    scale: int = 0
    bound: int = 0
    blank: bool = False
    bad: bool = False
    day: bool = False
    days: bool = False
    never: bool = False
    astray: bool = False
    ends: bool = False
    folded: bool = False
    listed: int = 0
    step: int = 1


@dataclass(frozen=True)
class Table:
    """A source's typed table. `frame` is any frame that narwhals knows, as the engine takes it: one of pandas where it
    was just built, one of Arrow where it was kept. `marks`
    are the columns of doubt that it has: `_uncertain`, `_apart`, `_file_from`; in the conflicts that are
    `several`, each row may be a record of its own. The `rulings` have ended doubts in it. `begins` are the days on
    which the times of the sheets begin, and `later` the paths of the files of which nothing was there on the day."""

    source: str
    frame: Any
    columns: Mapping[str, Physical]
    kept: int
    conflicts: int
    marks: frozenset[str]
    exports: tuple[Export, ...]
    texts: Mapping[str, Any] = field(default_factory=dict)
    several: frozenset[int] = frozenset()
    rulings: tuple[Ruling, ...] = ()
    begins: tuple[date, ...] = ()
    later: tuple[str, ...] = ()

    @cached_property
    def pandas(self) -> Any:
        """The frame as one of pandas."""
        need("pandas")
        return self.frame.to_pandas() if isinstance(self.frame, pa.Table) else self.frame

    @cached_property
    def rows(self) -> Any:
        """The frame as narwhals has it, whichever it is: what is only read needs no pandas."""
        return nw.from_native(self.frame, eager_only=True)

    @property
    def seen_until(self) -> date:
        """The day after the last one for which every department has handed it in; the first of days where none has."""
        ends: dict[str, date] = {}
        for one in self.exports:
            end = one.covers[1] if one.covers and one.readable else date.min
            ends[one.department] = max(ends.get(one.department, date.min), end)
        return min(ends.values(), default=date.min)

    @property
    def uncertain(self) -> bool:
        """Whether some row may be no record of its own."""
        return "_uncertain" in self.marks


def row_texts(table: Table, source: Source, export: int, row: int, columns: Sequence[str]) -> dict[str, str]:
    """What the department wrote in these columns of one row; a sensitive text as a short stable hash."""
    same = (nw.col("_export") == export) & (nw.col("_row") == row)
    at = table.rows.with_row_index("_at").filter(same).item(0, "_at")
    texts = {name: str(table.texts[name][at].as_py() or "") for name in columns if name in table.texts}
    return {name: shown_text(text, source.columns[name]) for name, text in texts.items()}


def shown_text(text: str, column: Column) -> str:
    if column.sensitive:
        return pseudonym(text)
    return text.removesuffix(" 00:00:00") if column.type == "date" else text
