"""Figures: numbers against what is asked of them, against the titles' units, and against each other.

Convention: what contradicts another is as good as unreadable; which of both is wrong nobody knows.
"""

import re
from collections.abc import Iterator

import numpy as np

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.usage import MONEY
from itss_kpi.core.problems import Problem
from itss_kpi.tables.rows import Rows
from itss_kpi.tables.sheets.cover import units_above
from itss_kpi.tables.sheets.data_rows import each_row


def doubt_percents(rows: Rows) -> Iterator[Problem]:
    """Doubt the shares that are written as percents, 90.1, where the target is a fraction, 0.95."""
    for name in sorted(rows.usage.fractions):
        column = rows.typed[name]
        percents = column.there & (column.values > 10**column.scale)
        yield from column.doubt("D223", percents, f"“{name}”大于 1,要求却是小数,像是百分数")


def doubt_units(rows: Rows) -> Iterator[Problem]:
    """Doubt amounts of which nothing says the unit but the titles, which say different ones: 万元, and 元 in the next
    file."""
    said = [units_above(piece.raw, piece.header_row - 1) & MONEY.keys() for piece in rows.pieces]
    if len(units := {unit for one in said if len(one) == 1 for unit in one}) <= 1:
        return
    for name in sorted(rows.usage.added - rows.usage.yuan.keys()):
        column = rows.typed[name]
        if column.kind is Kind.NUMBER and _MONEY.search(name):
            titled = each_row(rows.pieces, np.array([bool(one) for one in said])) & column.there
            what = f"各文件的标题写着不同的单位({'、'.join(sorted(units))}),“{name}”不能相加"
            yield from column.doubt("D218", titled, what)


_MONEY = re.compile("额|费|款|价|成本|支出|收入|产值|营收|利润")


def doubt_products(rows: Rows) -> Iterator[Problem]:
    """Doubt the amounts that are ten times, or a tenth of, quantity by price, where the others are just that."""
    numbers = {name: one for name, one in rows.typed.items() if one.kind is Kind.NUMBER}
    found = [[one for name, one in numbers.items() if words.search(name)] for words in (_QUANTITY, _PRICE, _AMOUNT)]
    if [len(one) for one in found] != [1, 1, 1]:
        return
    (quantity,), (price,), (amount,) = found
    product = quantity.values.astype(np.float64) * price.values / 10.0 ** (quantity.scale + price.scale)
    stated = amount.values / 10.0**amount.scale
    known = quantity.there & price.there & amount.there & (product != 0)
    ratio = np.divide(stated, product, out=np.ones_like(product), where=known)
    same, shifted = known & _is(ratio, 1), known & np.logical_or.reduce([_is(ratio, 10.0**n) for n in _POWERS])
    if shifted.any() and int(same.sum()) >= _OFTEN * int(shifted.sum()):
        what = f"“{amount.name}”不是“{quantity.name}”乘“{price.name}”,差了十倍、百倍一类的倍数"
        for column in (quantity, price, amount):
            yield from column.doubt("D231", shifted, what)


def _is(ratio: np.ndarray, factor: float) -> np.ndarray:
    return np.asarray(np.abs(ratio / factor - 1) < _ROUNDED)


_QUANTITY, _PRICE = re.compile("数量$|^件数$|^台数$"), re.compile("单价")
_AMOUNT = re.compile("金额|总价|小计|合价")
_POWERS, _OFTEN, _ROUNDED = (-4, -3, -2, -1, 1, 2, 3, 4), 4, 0.001
