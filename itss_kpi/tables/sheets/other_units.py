"""Other units: what the titles, the cells and the columns beside say of numbers that are taken for another unit's."""

import re
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Column, Source
from itss_kpi.catalogue.usage import MONEY
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import fold
from itss_kpi.tables.sheets.body import is_filled, matches
from itss_kpi.tables.sheets.cover import units_above
from itss_kpi.tables.sheets.data_rows import Piece
from itss_kpi.tables.sheets.header import UNITS

Taken = Mapping[str, frozenset[Fraction]]
"""By amount of money, how many yuan each of its units is taken for."""


def mark_other_units(piece: Piece, source: Source, taken: Taken, problems: list[Problem]) -> None:
    """Mark amounts of money under a title or before a word of another unit than the one that they are `taken` for, and
    numbers beside which an undeclared column says another unit than theirs."""
    if taken:
        _mark_titled(piece, taken, problems)
        _mark_written(piece, taken, problems)
    _mark_beside(piece, source, taken, problems)


def _mark_titled(piece: Piece, taken: Taken, problems: list[Problem]) -> None:
    said = {unit: MONEY[unit] for unit in sorted(units_above(piece.raw, piece.header_row - 1)) if unit in MONEY}
    for name, yuan in taken.items() if len(said) == 1 else ():
        if name in piece.texts and not yuan <= set(said.values()) and is_filled(piece.texts[name]).any():
            piece.marks[""][name] = np.flatnonzero(is_filled(piece.texts[name])).tolist()
            what = f"标题行写着单位:{''.join(said)},“{name}”在目录中不是按它换算的;该列按无法读取处理"
            problems.append(Problem("D218", what, piece.raw.place))


def _mark_written(piece: Piece, taken: Taken, problems: list[Problem]) -> None:
    for name, yuan in taken.items():
        for unit, worth in MONEY.items() if name in piece.texts else ():
            written = matches(piece.texts[name], rf"\d\s*{unit}$")
            if worth not in yuan and written.any():
                piece.marks[""].setdefault(name, []).extend(np.flatnonzero(written).tolist())
                what = f"“{name}”中的数带单位{unit},在目录中不是按它换算的;这些数按无法读取处理"
                problems.append(Problem("D218", what, piece.raw.place))


def _mark_beside(piece: Piece, source: Source, taken: Taken, problems: list[Problem]) -> None:
    for at, title, texts in piece.undeclared(_UNIT_COLUMN):
        said = texts.to_pylist()
        for name in [
            one for one, place in piece.part.header.where.items() if place + 1 == at or fold(one)[:2] == fold(title)[:2]
        ]:
            other = [
                row for row, unit in enumerate(said) if _is_other_unit(unit, source.columns[name], taken.get(name))
            ]
            if other:
                piece.marks[""].setdefault(name, []).extend(other)
                units = "、".join(sorted({said[row] for row in other}))
                what = f"“{title}”列写着{units},“{name}”在目录中不是这个单位;这些数按无法读取处理"
                problems.append(Problem("D218", what, piece.raw.place))


def _is_other_unit(unit: str, column: Column, yuan: frozenset[Fraction] | None) -> bool:
    if column.kind is Kind.SPAN:
        return unit not in UNITS[column.unit or "minute"] and any(unit in words for words in UNITS.values())
    return yuan is not None and (MONEY[unit] not in yuan if unit in MONEY else bool(_FOREIGN.search(unit)))


_FOREIGN = re.compile("(?:美|欧|港|日|澳|加)[元币圆]|英镑|卢布|USD|EUR|HKD|JPY|GBP|[$€£]")
_UNIT_COLUMN = re.compile("单位$|^(?:币种|货币|币别)$")
