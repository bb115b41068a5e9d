"""CSV: a page -> one table for Excel and for programs.

Convention: the tables of the page below each other under all their columns; a cell holds the value that a program reads
where the page has one, else its text, and nothing that a spreadsheet would run.
"""

from collections.abc import Iterator

from itss_kpi.core.text import csv_table
from itss_kpi.pages.making import cell, flat, narrowed
from itss_kpi.pages.page import Cell, Note, On, Page, Table, Text, Tone

KIND, REMARK = "类别", "说明"
_LAST = (REMARK, "出处")
"""The columns that stand last."""


def render(page: Page) -> str:
    """What is missing comes first, then every row; the first column says what a row is, where there are kinds."""
    rows = [*_missing(page), *_rows(page)]
    columns = [
        KIND,
        *(column.name for table in _tables(page) for column in table.columns),
        *(name for row in rows for name in row),
    ]
    kinds = {row[KIND] for row in rows} | {_kind(table) for table in _tables(page)}
    names = [name for name in dict.fromkeys(columns) if name != KIND or kinds - {""}]
    head = sorted(names, key=lambda name: _LAST.index(name) if name in _LAST else -1)
    return csv_table(head, ([row.get(name, "") for name in head] for row in rows))


def _tables(page: Page) -> Iterator[Table]:
    return (narrowed(part, On.DATA) for part in page.parts if isinstance(part, Table) and On.DATA in part.on)


def _kind(table: Table) -> str:
    return table.title if table.kind is None else table.kind


def _missing(page: Page) -> Iterator[dict[str, str]]:
    for part in page.parts:
        if isinstance(part, Note) and part.tone is Tone.MISSING:
            label, _, said = flat(part.text).partition(":")
            yield {KIND: label, REMARK: said}


def _rows(page: Page) -> Iterator[dict[str, str]]:
    for table in _tables(page):
        for row in table.rows:
            cells = zip(table.columns, row, strict=True)
            yield {KIND: _kind(table)} | {column.name: _value(one) for column, one in cells}


def _value(text: Text) -> str:
    found: Cell = cell(text)
    return flat(found) if found.value is None else found.value
