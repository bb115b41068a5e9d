"""Checked tables: rows that break what their ledger declares (`checks`) are doubtful where their cells are read.

Convention: a rule is looked at only in rows in which all that it compares is filled and readable.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import narwhals as nw

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Blank, columns_of, nodes_of
from itss_kpi.catalogue.sources import Check
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.text import ranges_text
from itss_kpi.engine.rows.conditions import Compiler
from itss_kpi.engine.rows.terms import Mask, both, either, marked, negated
from itss_kpi.tables.table import Table

_LISTED = 20


def checked(catalogue: Catalogue, table: Table) -> tuple[Table, list[Problem]]:
    """The table in which the cells of broken rules can't be read, and what is said of them."""
    problems: list[Problem] = []
    source = catalogue.sources[table.source]
    columns, frame = dict(table.columns), nw.from_native(table.frame)
    for check in source.checks:
        broken = _broken(catalogue, table, check)
        if isinstance(broken, bool):
            continue  # what reads no cell breaks in none
        found = list(_said(table, check, frame.filter(broken).select("_export", "_row").rows()))
        problems += found
        for name in sorted(columns_of(catalogue.expression(check.rule)) - set(source.key)) if found else ():
            bad = nw.col(f"{name}?bad") if columns[name].bad else False
            frame = frame.with_columns(either(bad, broken).alias(f"{name}?bad"))
            columns[name] = replace(columns[name], bad=True)
    return replace(table, frame=frame.to_native(), columns=columns), problems


def _broken(catalogue: Catalogue, table: Table, check: Check) -> Mask:
    node = catalogue.expression(check.rule)
    calendar = catalogue.calendar
    compiler = Compiler(table.columns, catalogue.names(table.source), catalogue.lookups, 0, 0, calendar=calendar)
    asked = {one.column.name for one in nodes_of(node) if isinstance(one, Blank)}
    unknown = marked(table.columns, columns_of(node) - asked, "blank", "bad")
    return both(negated(compiler.condition(node).possibly), negated(unknown))


def _said(table: Table, check: Check, broken: list[tuple[int, int]]) -> Iterator[Problem]:
    rows: dict[int, list[int]] = defaultdict(list)
    for export, row in broken:
        rows[export].append(row)
    for export, mine in sorted(rows.items()):
        shown = ranges_text(sorted(mine)[:_LISTED]) + ("等" if len(mine) > _LISTED else "")
        place = Place(table.exports[export].path, table.exports[export].sheet, f"第{min(mine)}行")
        yield Problem("D220", f"{check.says}({check.rule}):{len(mine)} 行,第 {shown} 行", place)
