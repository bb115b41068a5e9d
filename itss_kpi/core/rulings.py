"""Rulings (裁定): doubts that a person has ended, as no department can mend them any more.

Convention: a ruling speaks of cells or of rows of one sheet of one file, which it knows by path and SHA-256; of another
content it says nothing. Cells and rows are named as in the spreadsheet: `F12`, 12.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from itss_kpi.core.jsonable import published
from itss_kpi.core.problems import Place
from itss_kpi.core.text import half_width

COUNTS, LEFT_OUT, BLANK = "计入", "不计", "空白"
"""What a ruling may say of a row: it is one record, or none; and of a cell beside its value."""
DIGITS = 16
"""Digits of a file's SHA-256 by which a ruling knows it."""
_SPOT = re.compile(r"([A-Z]{1,3})?([1-9]\d{0,6})(?:[~-]([1-9]\d{0,6}))?")
_MOST = 1000


@published("id path sheet places reading by day reason")
@dataclass(frozen=True, slots=True)
class Ruling:
    """A ruling: what was read at `places` of a sheet, by whom, when and why; `at` is where it is written.

    `cells` are (column's letters, row), `rows` numbers of rows; one of the two is empty. `columns` are those of the
    cells, as far as they are known."""

    id: str
    path: str
    digest: str
    sheet: str
    places: str
    reading: str
    by: str
    day: date
    reason: str
    at: Place = field(default_factory=Place)
    cells: tuple[tuple[str, int], ...] = ()
    rows: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()

    def is_of(self, path: str, sha256: str) -> bool:
        """Whether it speaks of this content of this file."""
        return self.path == path and sha256.startswith(self.digest)

    @property
    def of_sheet(self) -> Place:
        return Place(self.path, self.sheet)

    @property
    def shown(self) -> str:
        """What it speaks of, in words."""
        return f"第 {self.places} 行" if self.rows else self.places

    @property
    def spots(self) -> set[tuple[str, str, str, int]]:
        """What it speaks of: path, sheet, column's letters (none for a whole row) and row."""
        named = self.cells or tuple(("", row) for row in self.rows)
        return {(self.path, self.sheet, letters, row) for letters, row in named}


def fingerprint(sha256: str) -> str:
    """How a ruling names a file's content, as a text that no spreadsheet takes for a number."""
    return f"sha256:{sha256[:DIGITS]}"


def digest_of(text: str) -> str | None:
    """The digits of a fingerprint; None where it is none."""
    found = re.fullmatch(r"(?:sha256:)?([0-9a-f]{16,64})", half_width(text).casefold())
    return found[1] if found else None


def spots_of(text: str) -> tuple[tuple[tuple[str, int], ...], tuple[int, ...]] | None:
    """Cells or rows as they are written: `F12、F15`, `12~14、20`; None where it is neither, or both."""
    cells: list[tuple[str, int]] = []
    rows: list[int] = []
    for part in re.split("[、,;]", half_width(text).upper()):
        found = _SPOT.fullmatch(part.strip())
        if found is None or (found[1] and found[3]):
            return None
        first, last = int(found[2]), int(found[3] or found[2])
        if last - first >= _MOST or last < first:
            return None
        if found[1]:
            cells.append((found[1], first))
        else:
            rows += range(first, last + 1)
    return None if cells and rows else (tuple(cells), tuple(rows))
