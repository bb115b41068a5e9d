"""Bands: from what a value can be to the scores and grades that it can come to."""

import functools
from collections.abc import Iterator, Mapping, Sequence

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Column, Compare, Node, Number, columns_of
from itss_kpi.catalogue.indicators import Band
from itss_kpi.engine.bounds import Range, spanning
from itss_kpi.engine.formulas import UNKNOWN, VOID, enclose, truths

VALUE = "value"

_TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


Parts = Mapping[str, Range]
"""What the measures of an indicator can come to, by name; of one that isn't there nothing is known."""


def scored(catalogue: Catalogue, bands: Sequence[Band], value: Range, parts: Parts) -> tuple[Range, tuple[str, ...]]:
    """The range of the score, and the grades that may be; the first band that holds decides. A value that there may not
    be has no score then, but by a band that doesn't ask for it."""
    found = list(steps(catalogue, bands, value, parts))
    scores: list[Range] = [VOID] if value.void and not (value.empty and found) else []
    grades: list[str] = []
    for at, within in found:
        points, grade = bands[at].points, bands[at].grade
        leaf = functools.partial(_known, within, parts)
        scores.append(enclose(catalogue.expression(points), leaf) if points else VOID)
        grades += [grade] if grade else []
    return (spanning(scores) if scores else VOID), tuple(dict.fromkeys(grades))


def steps(catalogue: Catalogue, bands: Sequence[Band], value: Range, parts: Parts) -> Iterator[tuple[int, Range]]:
    """The bands into which a value may fall, by their place, and what it is if it does."""
    left = Range(value.lowest, value.highest)
    for at, band in enumerate(bands):
        node = catalogue.expression(band.when) if band.when else None
        if value.empty and (node is None or VALUE in columns_of(node)):
            continue
        ways = truths(node, functools.partial(_known, left, parts)) if node else frozenset({True})
        if True in ways:
            yield at, _narrowed(left, node, holds=True)
        if ways == {True}:
            return
        left = _narrowed(left, node, holds=False)


def _known(value: Range, parts: Parts, node: Node) -> Range:
    assert isinstance(node, Column)
    return value if node.name == VALUE else parts.get(node.name, UNKNOWN)


def _narrowed(value: Range, node: Node | None, *, holds: bool) -> Range:
    """The value where a comparison with a number holds, or doesn't."""
    match node:
        case Compare(op, Column(name), Number(limit)) if name == VALUE:
            sign = op if holds else _TURNED[op]
            low = (
                limit if sign in (">", ">=", "==") and (value.lowest is None or limit > value.lowest) else value.lowest
            )
            high = (
                limit
                if sign in ("<", "<=", "==") and (value.highest is None or limit < value.highest)
                else value.highest
            )
            return Range(low, high)
        case _:
            return Range(value.lowest, value.highest)
