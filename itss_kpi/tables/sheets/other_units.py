"""Other units: what the titles, the cells and the columns beside say of numbers that are taken for another unit's."""

import re
from collections.abc import Mapping
from fractions import Fraction
from itertools import chain

import numpy as np

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import UNIT_WORDS, Column, Source
from itss_kpi.catalogue.usage import MONEY
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import fold
from itss_kpi.tables.sheets.body import is_filled, matches
from itss_kpi.tables.sheets.cover import units_above
from itss_kpi.tables.sheets.data_rows import Piece
from itss_kpi.tables.sheets.headed import Found, mark
from itss_kpi.tables.sheets.no_records import UNIT

Taken = Mapping[str, frozenset[Fraction]]
"""By amount of money, how many yuan each of its units is taken for."""


def mark_other_units(piece: Piece, source: Source, taken: Taken, problems: list[Problem]) -> None:
    """Mark amounts of money under a title or before a word of another unit than the one that they are `taken` for, and
    numbers beside which an undeclared column says another unit than theirs."""
    found = chain(
        _titled(piece, taken), _written(piece, taken), _beside(piece, source, taken), _below(piece, source, taken)
    )
    problems += mark(found, piece.marks, piece.raw)


def _titled(piece: Piece, taken: Taken) -> Found:
    said = {unit: MONEY[unit] for unit in sorted(units_above(piece.raw, piece.header_row - 1)) if unit in MONEY}
    for name, yuan in taken.items() if len(said) == 1 else ():
        if name in piece.texts and not yuan <= set(said.values()):
            what = f"标题行写着单位:{''.join(said)},“{name}”在目录中不是按它换算的;该列按无法读取处理"
            yield "D218", name, is_filled(piece.texts[name]), what


def _written(piece: Piece, taken: Taken) -> Found:
    for name, yuan in taken.items():
        for unit, worth in MONEY.items() if name in piece.texts else ():
            if worth not in yuan:
                what = f"“{name}”中的数带单位{unit},在目录中不是按它换算的;这些数按无法读取处理"
                yield "D218", name, matches(piece.texts[name], rf"\d\s*{unit}$"), what


def _beside(piece: Piece, source: Source, taken: Taken) -> Found:
    for at, title, texts in piece.undeclared(_UNIT_COLUMN):
        said, where = texts.to_pylist(), piece.part.header.where.items()
        currency = bool(_CURRENCY.search(fold(title)))
        for name in [one for one, place in where if place + 1 == at or currency or fold(one)[:2] == fold(title)[:2]]:
            column, yuan = source.columns[name], taken.get(name)
            others = {unit for unit in said if _is_other_unit(unit, column, yuan)}
            what = f"“{title}”列写着{'、'.join(sorted(others))},“{name}”在目录中不是这个单位;这些数按无法读取处理"
            yield "D218", name, np.array([unit in others for unit in said], dtype=bool), what


def _below(piece: Piece, source: Source, taken: Taken) -> Found:
    """The units that stand in a row below the headings."""
    row = piece.raw.grid.cells.slice(piece.header_row, 1).to_pylist()
    first = [fold(str(text or "")) for text in row[0].values()] if row else []
    kept = row and piece.raw.grid.numbers_of(np.array([piece.header_row]))[0] in piece.rows[:1]
    if kept or not any(first) or not all(UNIT.fullmatch(text) for text in first if text):
        return
    for name, at in piece.where.items():
        unit = first[at].strip("()[]").removeprefix("单位").strip(":")
        if unit and _is_other_unit(unit, source.columns[name], taken.get(name)):
            what = f"表头下一行写着单位:{unit},“{name}”在目录中不是这个单位;该列按无法读取处理"
            yield "D218", name, is_filled(piece.texts[name]), what


def _is_other_unit(unit: str, column: Column, yuan: frozenset[Fraction] | None) -> bool:
    if column.kind is Kind.SPAN:
        return unit not in UNIT_WORDS[column.unit or "minute"] and any(unit in words for words in UNIT_WORDS.values())
    return yuan is not None and (MONEY[unit] not in yuan if unit in MONEY else bool(_FOREIGN.search(unit)))


_FOREIGN = re.compile("(?:美|欧|港|日|澳|加)[元币圆]|英镑|卢布|USD|EUR|HKD|JPY|GBP|[$€£]")
_CURRENCY = re.compile("^(?:币种|货币|币别|结算币种?)$")
_UNIT_COLUMN = re.compile(f"单位$|{_CURRENCY.pattern}")
