"""HTML: a `Board` as one file that asks nothing of anywhere: its styles and its script are in it.

Convention: everything that is shown goes through Jinja's escaping; a chart is made of numbers that are worked out here.
The script filters and nothing more: without it all stands there to be read.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from importlib import resources

from jinja2 import Environment
from markupsafe import Markup, escape

from itss_kpi.catalogue.wording import SIGNS, target_text
from itss_kpi.core.results import Assessment
from itss_kpi.core.text import escape_controls
from itss_kpi.pages.board import MONTHS, Board, Detail, Mark, short
from itss_kpi.pages.making import cell, narrowed
from itss_kpi.pages.page import BREAK, TONES, Cell, Column, On, Table, Text

GENERATOR = "itss-kpi/board/1"
_WIDE, _HIGH, _EDGE = 640, 120, 14


def board_html(board: Board) -> str:
    """The page."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "cell": _cell,
        "chart": _chart,
        "slots": _slots,
        "listed": lambda table: narrowed(table, On.MARKDOWN),
        "look": _look,
        "visible": escape_controls,
    }
    script, style = (_source(f"board.{name}") for name in ("js", "css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.from_string(_source("board.html")).render(
        board=board,
        months=range(1, MONTHS + 1),
        generator=GENERATOR,
        script=Markup(script),
        style=Markup(style),
        digest=digest,
        table=Table,
    )


def is_ours(content: bytes) -> bool:
    """Whether a file is such a page."""
    return f'<meta name="generator" content="{GENERATOR}">'.encode() in content[:2000]


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


# ---- cells and tables


def _cell(text: Text) -> Markup:
    """A cell's text with its tone, its line breaks, and where it leads."""
    one = cell(text)
    said = Markup("").join(Markup("<br>") if piece == BREAK else _toned(piece) for piece in one.pieces or (one,))
    if one.pieces and one.tone:
        said = Markup('<span class="{}">{}</span>').format(one.tone, said)
    return Markup('<a href="#i{}">{}</a>').format(one.leads_to, said) if one.leads_to else said


def _toned(one: Cell) -> Markup:
    said = escape(escape_controls(one.text))
    return Markup('<span class="{}">{}</span>').format(one.tone, said) if one.tone else said


def _look(column: Column) -> str:
    return "right" if column.right else "whole" if column.whole else ""


# ---- the heat map and the charts


def _slots(detail: Detail) -> Iterator[Mark | int]:
    """The marks of a line from January on, and how many months lie between them."""
    at = 1
    for mark in detail.marks:
        if mark.month > at:
            yield mark.month - at
        if mark.month >= at:
            yield mark
            at = mark.month + mark.months
    if at <= MONTHS:
        yield MONTHS + 1 - at


def _chart(items: Sequence[Assessment]) -> Markup:
    """The values along the periods against the steps of the target; an interval is a bar. '' where there is none."""
    known = [(at, item.value) for at, item in enumerate(items) if item.value is not None]
    if len(items) < 2 or not (known or any(map(_ends, items))):
        return Markup("")
    numbers = [value for _, value in known] + [one for item in items for one in (*_limits(item), *_ends(item))]
    low, high = min(numbers), max(numbers)
    room = (high - low) or Fraction(1)
    step = (_WIDE - 2 * _EDGE) / len(items)

    def across(at: float) -> str:
        return f"{_EDGE + step * at:.1f}"

    def down(value: Fraction) -> str:
        return f"{_HIGH - _EDGE - float((value - low) / room) * (_HIGH - 2 * _EDGE):.1f}"

    svg = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    told = escape_controls(";".join(map(short, items)))
    drawn = [svg.format(_WIDE + 5 * _EDGE, _HIGH + 2 * _EDGE, told)]
    for at, item in enumerate(items):
        for limit in _limits(item):
            line = Markup('<line class="limit" x1="{}" x2="{}" y1="{}" y2="{}"/>')
            drawn.append(line.format(across(at), across(at + 1), down(limit), down(limit)))
    runs = " ".join(f"{across(at + 0.5)},{down(value)}" for at, value in known)
    drawn.append(Markup('<polyline class="run" points="{}"/>').format(runs))
    for at, item in enumerate(items):
        ends = _ends(item)
        if ends and ends[0] != ends[1]:
            bar = Markup('<line class="span" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>')
            drawn.append(bar.format(across(at + 0.5), *map(down, ends)))
        middle = item.value if item.value is not None else sum(ends or (low, low), Fraction(0)) / 2
        mark = Markup('<text class="dot {}" x="{}" y="{}"><title>{}</title>{}</text>')
        looks, told = (TONES[item.verdict], across(at + 0.5), down(middle)), escape_controls(short(item))
        drawn.append(mark.format(*looks, told, SIGNS[item.verdict]))
    drawn += _axis(items, across)
    return Markup("").join([*drawn, Markup("</svg>")])


def _axis(items: Sequence[Assessment], across: Callable[[float], str]) -> Iterator[Markup]:
    """The first and the last period below, the target at the right."""
    text = Markup('<text class="axis" x="{}" y="{}">{}</text>')
    for at in (0, len(items) - 1):
        yield text.format(across(at + 0.5), _HIGH + _EDGE, str(items[at].period))
    yield text.format(_WIDE + 2 * _EDGE, _EDGE, target_text(items[-1].target))


def _limits(item: Assessment) -> list[Fraction]:
    return [bound.limit for bound in item.target.bounds] if item.target else []


def _ends(item: Assessment) -> tuple[Fraction, ...]:
    return () if item.lowest is None or item.highest is None else (item.lowest, item.highest)
