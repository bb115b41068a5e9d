"""The year's index: which workbook of which period, and how many targets it says are met.

Convention: links lead to files beside the index, by names that the program made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from itss_kpi.core.results import Verdict
from itss_kpi.render.sheet_style import CENTRED, LINK, PLAIN, RED, page, verdict_label, verdict_look
from itss_kpi.render.xlsx import Book, Formula, column, quoted

_SHOWN = [verdict for verdict in Verdict if verdict is not Verdict.IN_PROGRESS]


@dataclass(frozen=True, slots=True)
class Line:
    """A workbook of the index: whose, of which period, where it stands beside the index, what it counts, or why it
    failed."""

    organization: str
    period: str
    file: str
    summary: Mapping[str, int]
    error: str


def index_workbook(title: str, lines: Sequence[Line], stamp: datetime) -> bytes:
    """The index's bytes."""
    book = Book(stamp, title, title)
    made = page(book, "索引", [30, 11, 8, *[11] * len(_SHOWN), 40])
    made.heading(title, "每行一个考核期的工作簿;点“打开”查看。没有生成的写明原因。")
    head = made.table_head(["单位", "考核期", "到期", *map(verdict_label, _SHOWN), "工作簿"], freeze=3)
    for line in lines:
        counts = {verdict: line.summary.get(verdict.value) for verdict in _SHOWN}
        looks = [verdict_look(verdict) if count else CENTRED for verdict, count in counts.items()]
        said = f"打开 {line.file}"
        opened = Formula(f"=HYPERLINK({quoted(line.file)},{quoted(said)})", said)
        made.line(
            [line.organization, line.period, line.summary.get("due"), *counts.values(), line.error or opened],
            [PLAIN, CENTRED, CENTRED, *looks, replace(PLAIN, color=RED) if line.error else LINK],
        )
    made.sheet.auto_filter.ref = f"A{head}:{column(len(made.widths))}{made.row - 1}"
    return book.content()
