"""Row functions: what each function of the grammar (`catalogue.functions`) makes of a row's values.

Convention: arguments come as terms, a result is a term or a truth; what is unknown of an argument is unknown of the
result. Everything is integer arithmetic, as in `terms`.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import gcd
from typing import Any

from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.engine import moments
from itss_kpi.engine.moments import MONTHS_AFTER, PARTS, clipped, on_day
from itss_kpi.engine.rows.terms import (
    LARGEST,
    Term,
    Truth,
    both,
    checked,
    chosen,
    combined,
    either,
    floored,
    judged,
    negated,
    picked,
)

LONGEST_WORK = 10**16
_MOST_WORKDAYS = 10**5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a function is called: the edges of the period, and the calendar."""

    start: int
    end: int
    calendar: Calendar | None


def chosen_by(truth: Truth, one: Term, other: Term) -> Term:
    """`if`: where it isn't known which of the two, the value isn't known."""
    found = chosen(truth.surely, one, other)
    if truth.clean:
        return found
    doubtful = both(truth.possibly, negated(truth.surely))
    return replace(found, blank=both(found.blank, negated(doubtful)), bad=either(found.bad, doubtful))


def called(name: str, args: Sequence[Term], place: Place) -> Term:
    match name:
        case "workdays" | "worktime":
            assert place.calendar
            return _worked(name, args[0], args[1], place.calendar)
        case "hour" | "weekday" | "month":
            return replace(args[0], top=PARTS[name](args[0].top), reach=(24, 1), step=1)
        case _:
            return _CALLED[name](*args)


_CALLED: dict[str, Callable[..., Term]] = {
    "min": lambda *args: functools.reduce(functools.partial(combined, "min"), args),
    "max": lambda *args: functools.reduce(functools.partial(combined, "max"), args),
    "default": lambda one, other: replace(chosen(one.blank, other, one), blank=both(one.blank, other.blank)),
    "abs": lambda one: replace(one, top=_size(one.top)),
    "floor": lambda one: _whole(one, floored(one.top, one.bottom)),
    "ceil": lambda one: _whole(one, -floored(-one.top, one.bottom)),
    "round": lambda one, places: _rounded(one, int(places.top)),
    "day": lambda moment: replace(moment, top=PARTS["day"](moment.top), step=1),
    "months_after": lambda moment, months: _months_after(moment, int(months.top)),
    "items": lambda text: _items(text),
}


def holds(name: str, text: Term, wanted: str) -> Truth:
    """The truth of a function of a text; case doesn't matter."""
    folded, found = text.top.str.to_lowercase(), wanted.lower()
    match name:
        case "has_item":
            mask = folded.str.contains(rf"(?:^|{_BETWEEN}){re.escape(found)}(?:{_BETWEEN}|$)")
        case "contains":
            mask = folded.str.contains(found, literal=True)
        case "starts_with":
            mask = folded.str.starts_with(found)
        case _:
            parts = {"*": ".*", "?": "."}
            mask = folded.str.contains("^" + "".join(parts.get(one) or re.escape(one) for one in found) + "$")
    return judged(mask, text.blank, text.bad)


def _months_after(term: Term, months: int) -> Term:
    """Of a single instant; for a column it is worked out before, step by step."""
    if not isinstance(term.top, int):
        return replace(term, bad=True)
    found = {"top": term.top}
    for name, step in MONTHS_AFTER:
        found[name] = step(found, months)
    return replace(term, top=on_day(found, min(found["same"], found["last"])), step=1)


_BETWEEN = "[、，,;；\\s]"


def _items(text: Term) -> Term:
    listed = text.top.str.replace_all(f"{_BETWEEN}+", "、").str.strip_chars("、")
    top = listed.str.len_chars() - listed.str.replace_all("、", "").str.len_chars() + 1
    return replace(text, top=top, bottom=1, reach=(10_000, 1))


def _size(top: Any) -> Any:
    return picked(top < 0, -top, top)


def _whole(term: Term, top: Any) -> Term:
    return replace(term, top=top, bottom=1, reach=(term.reach[0] + 1, 1), step=1)


def _rounded(term: Term, places: int) -> Term:
    """Half away from zero, as a spreadsheet does."""
    scale = 10**places
    reach = (2 * term.reach[0] * scale + term.reach[1], 2 * term.reach[1])
    if max(reach) > LARGEST:
        return checked(replace(term, reach=reach))
    size = floored(_size(term.top) * (2 * scale) + term.bottom, term.bottom * 2)
    top = picked(term.top < 0, -size, size)
    return replace(term, top=top, bottom=scale, reach=(term.reach[0] * scale + 1, scale), step=1)


def stretch(begin: Term, finish: Term, place: Place) -> tuple[Any, Any]:
    """Begin and end within the period; what has no end yet lasts until the period's."""
    first = clipped(begin.top, place.start, place.end)
    return first, picked(finish.blank, place.end, clipped(finish.top, place.start, place.end))


def overlap(begin: Term, finish: Term, place: Place, *, plain: bool) -> Term:
    """The part within the period. Where both are `plain` columns and turned round, one of them is wrong; of what is
    worked out there is none then."""
    first, last = stretch(begin, finish, place)
    turned = both(finish.top < begin.top, negated(either(begin.blank, finish.blank))) if plain else False
    bad = either(either(begin.bad, finish.bad), turned)
    step = gcd(begin.step, finish.step, place.start, place.end)
    return Term(picked(last > first, last - first, 0), 1, begin.blank, bad, (place.end - place.start, 1), step)


def _worked(name: str, begin: Term, finish: Term, calendar: Calendar) -> Term:
    """What lies between two instants that the calendar knows: nothing where the second is not after the first. That
    an answer lies before its question is for the tables to say (D210); what is early lies before its deadline."""
    before = moments.workdays_before if name == "workdays" else moments.worked_before
    turned = finish.top < begin.top
    top = picked(turned, 0, before(calendar, finish.top) - before(calendar, begin.top))
    blank = either(begin.blank, finish.blank)
    strange = negated(both(moments.known(calendar, begin.top), moments.known(calendar, finish.top)))
    bad = either(either(begin.bad, finish.bad), both(strange, negated(blank)))
    return Term(top, 1, blank, bad, (_MOST_WORKDAYS if name == "workdays" else LONGEST_WORK, 1))
