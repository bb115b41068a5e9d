"""Taking over: what was filled in under 未达成分析 of a report -> rows of the ledger of corrective actions.

Convention: a department's file is never changed. What the ledger already says of an assessment stands, and is not
written twice; the rest becomes a workbook of its own that the ledger's `files` claims and the program reads.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.sources import Column
from itss_kpi.core.period import Period, parse_period
from itss_kpi.core.text import cells_wide, fold, is_file_name
from itss_kpi.plan.actions import SOURCE, Action, ActionsStatus
from itss_kpi.plan.effects import folded_group
from itss_kpi.render.xlsx import Book, Look, on_paper, sheet_title
from itss_kpi.workbook.unmet import FIELDS, Block, FilledIn

_HEAD = Look(bold=True, color="FFFFFF", fill="44546A", across="center")
_ROOM, _WIDEST = 4, 48


@dataclass(frozen=True, slots=True)
class Taken:
    """What a report's analyses became: `rows` for the ledger, by column; `skipped`: what the ledger has already."""

    rows: Sequence[Mapping[str, Any]]
    skipped: Sequence[tuple[Block, Action]]


def take_over(catalogue: Catalogue, kept: FilledIn, found: ActionsStatus) -> Taken:
    """The ledger's rows for what was `kept` of a report, in order of number, period and group."""
    there = dict(reversed([(_subject_of(one), one) for one in found.actions]))
    numbers = {number: one.id for one in catalogue.indicators for number, _ in one.listings}
    taken = {fold(one.record.id) for one in found.actions}
    rows: list[Mapping[str, Any]] = []
    skipped: list[tuple[Block, Action]] = []
    for block in sorted({key[:3] for key in kept}):
        number, period, group = block
        subject = numbers.get(number, str(number)), parse_period(period), folded_group(group)
        if subject in there:
            skipped.append((block, there[subject]))
            continue
        values = {name: kept[*block, name] for name in FIELDS if (*block, name) in kept}
        named = {"编号": _new_id(block, taken), "指标序号": number, "考核期": period, "分组": group}
        rows.append(named | values)
    return Taken(rows, skipped)


def _subject_of(one: Action) -> tuple[str, Period | None, str]:
    number = one.record.number
    return (
        one.tried.indicator.id if one.tried.indicator else str(number),
        one.tried.period,
        folded_group(one.record.group),
    )


def _new_id(block: Block, taken: set[str]) -> str:
    number, period, group = block
    name = "-".join(filter(None, ("导入", str(number), period, group)))
    numbered, at = name, 1
    while fold(numbered) in taken:
        at += 1
        numbered = f"{name}-{at}"
    taken.add(fold(numbered))
    return numbered


# ---- the file


def file_name(catalogue: Catalogue, year: Period) -> str:
    """A name beside the departments' own, that the ledger's `files` claims: `纠正措施台账_2022_导入.xlsx`; '' where it
    claims no other name."""
    source = catalogue.sources[SOURCE]
    before, star, after = source.files.rpartition("*")
    stem = after.rpartition(".")[0] if "." in after else after
    names = (f"{before.replace('*', '')}{mark}{year}_导入{stem}.xlsx" for mark in ("", "_"))
    good = (name for name in names if star and is_file_name(name) and claims(catalogue, name))
    return next(good, "")


def claims(catalogue: Catalogue, name: str) -> bool:
    """Whether a file of that name in a department's folder is one of the ledger and of nothing else."""
    return any(catalogue.claims(one, name) == [SOURCE] for one in catalogue.sources[SOURCE].departments)


def ledger_file(catalogue: Catalogue, rows: Sequence[Mapping[str, Any]], year: Period) -> bytes:
    """The workbook with those rows, in the form of the ledger."""
    source = catalogue.sources[SOURCE]
    given = {name for row in rows for name, value in row.items() if value}
    columns = {name: column for name, column in source.columns.items() if name in given or not column.optional}
    book = Book(datetime(year.year, 1, 1), source.name)
    sheet = book.sheet(sheet_title(source.sheet or source.name) or "台账")
    for across, (name, column) in enumerate(columns.items(), 1):
        book.put(sheet, 1, across, name, _HEAD)
        texts = [name]
        for at, row in enumerate(rows, 2):
            value, look = _cell(row.get(name), column)
            book.put(sheet, at, across, value, look)
            texts.append(str(value or ""))
        widest = max(cells_wide(line) for text in texts for line in text.split("\n"))
        sheet.column_dimensions[sheet.cell(1, across).column_letter].width = min(_WIDEST, widest + _ROOM)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    on_paper(sheet)
    return book.content()


def _cell(value: Any, column: Column) -> tuple[Any, Look]:
    """A cell as it was filled in: a day, a number, else a text, which stays one."""
    plain = Look(down="top")
    if isinstance(value, datetime) and column.type == "date":
        value = value.date()
    if isinstance(value, date):
        return value, replace(plain, format="yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd")
    if value is None or value == "":
        return None, replace(plain, format="yyyy-mm-dd" if column.type == "date" else "General")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value, plain
    return str(value), replace(plain, format="@")


def skipped_lines(taken: Taken) -> Iterator[str]:
    """Which analyses were not taken over, and where the ledger has them."""
    for (number, period, group), one in taken.skipped:
        subject = " ".join(filter(None, (str(number), period, f"[{group}]" if group else "")))
        yield f"未导入 {subject}:台账中已有 {one.record.id}({one.record.shown_place})"
