"""Formulas: values by hand, and enclosures that hold every value of their parts.

Convention: a range is a pair of bounds (None: not known), None for a part that has no value, or a `Range`.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import Column, Edge, Node, micros_of
from itss_kpi.catalogue.parsing import parse
from itss_kpi.engine.bounds import Range
from itss_kpi.engine.formulas import VOID, enclose, exactly, truths

JULY = (micros_of(date(2022, 7, 1)), micros_of(date(2022, 8, 1)))
CALENDAR = Calendar(years=(2022,), hours=("08:30-12:00", "13:30-17:30"))


def among(parts: Mapping[str, Range]):
    def leaf(node: Node) -> Range:
        if isinstance(node, Edge):
            return exactly(Fraction(JULY[node.at_end]))
        assert isinstance(node, Column)
        return parts[node.name]

    return leaf


def enclosed(text: str, calendar: Calendar | None = None, **parts: Range) -> Range:
    return enclose(parse(text), among(parts), calendar)


def value(text: str, **parts: Fraction | int | None) -> Fraction | None:
    found = enclosed(text, **{name: exactly(None if one is None else Fraction(one)) for name, one in parts.items()})
    assert found.lowest == found.highest
    assert found.void is found.empty is (found.lowest is None)
    return found.lowest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "3"),
        ("2", "2"),
        ("a + b", "5"),
        ("a - b", "1"),
        ("a * b", "6"),
        ("a / b", "3/2"),
        ("min(a, b)", "2"),
        ("max(a, b, 7)", "7"),
        ("a / (b - 2)", None),
        ("none + 1", None),
        ("1 + none", None),
        ("min(none, 1)", None),
        ("abs(none)", None),
        ("floor(none)", None),
        ("abs(b - a)", "1"),
        ("floor(a / b)", "1"),
        ("floor(0 - a / b)", "-2"),
        ("ceil(a / b)", "2"),
        ("ceil(0 - a / b)", "-1"),
        ("round(a / b, 0)", "2"),
        ("round(0 - a / b, 0)", "-2"),
        ("round(2 / a, 2)", "67/100"),
        ("default(none, 5)", "5"),
        ("default(a, 5)", "3"),
        ("if(a > b, 10, 20)", "10"),
        ("if(a == b, 10, 20)", "20"),
        ("if(a != b and b <= 2, 10, 20)", "10"),
        ("if(a < b or not b >= 3, 10, 20)", "10"),
        ("if(none > 1, 10, 20)", None),
        ("if(blank(none), 10, 20)", "10"),
        ("if(blank(a), 10, 20)", "20"),
        ("if(a > b and none > 1, 10, 20)", None),
        ("if(a > b or none > 1, 10, 20)", "10"),
        ("if(a < b and none > 1, 10, 20)", "20"),
        ("hours(1)", "3600000000"),
        ("period_end - period_start", str(31 * 86_400_000_000)),
        ("date('2022-07-02') - period_start", str(86_400_000_000)),
    ],
)
def test_the_value_of_a_formula(text: str, expected: str | None) -> None:
    assert value(text, a=3, b=2, none=None) == (None if expected is None else Fraction(expected))


def test_working_time_of_a_period_is_that_of_its_working_days() -> None:
    # July 2022 has 21 days from Monday to Friday
    hours = enclosed("worktime(period_start, period_end)", CALENDAR)
    assert hours == exactly(Fraction(21 * 27_000_000_000))
    assert enclosed("workdays(date('2022-07-01'), date('2022-07-31'))", CALENDAR) == exactly(Fraction(20))
    assert enclosed("workdays(date('2021-12-01'), period_end)", CALENDAR) == Range(None, None)
    assert enclosed("worktime(a, period_end)", CALENDAR, a=Range(None, None)) == Range(Fraction(0), None)


def ranged(low: int | str | None, high: int | str | None, void: bool = False) -> Range:
    return Range(None if low is None else Fraction(low), None if high is None else Fraction(high), void)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ranged(1, 2)),
        ("3", ranged(3, 3)),
        ("a - b", ranged(-3, 3)),
        ("a * b", ranged(-2, 8)),
        ("b / a", ranged(-1, 4)),
        ("a / b", ranged(None, None, True)),
        ("a / zero", VOID),
        ("a / up", ranged(0, None, True)),
        ("(0 - a) / up", ranged(None, 0, True)),
        ("b / up", ranged(None, None, True)),
        ("min(a, b)", ranged(-1, 2)),
        ("max(a, b)", ranged(1, 4)),
        ("open + a", ranged(2, None)),
        ("a - open", ranged(None, 1)),
        ("a * open", ranged(1, None)),
        ("a / open", ranged(0, 2)),
        ("zero * open", ranged(0, 0)),
        ("min(open, 3)", ranged(1, 3)),
        ("max(open, 3)", ranged(3, None)),
        ("abs(b)", ranged(0, 4)),
        ("abs(b - 5)", ranged(1, 6)),
        ("floor(a / 3)", ranged(0, 0)),
        ("ceil(open / 3)", ranged(1, None)),
        ("if(a > 1, 10, 20)", ranged(10, 20)),
        ("if(a >= 1, 10, 20)", ranged(10, 10)),
        ("if(a > 2, 10, 20)", ranged(20, 20)),
        ("if(a < 1, 10, 20)", ranged(20, 20)),
        ("if(a == b, 10, 20)", ranged(10, 20)),
        ("if(a == 3, 10, 20)", ranged(20, 20)),
        ("if(maybe > 2, 10, 20)", ranged(10, 20, True)),
        ("default(maybe, 9)", ranged(1, 9)),
        ("default(maybe, 2)", ranged(1, 4)),
        ("if(blank(maybe), 10, 20)", ranged(10, 20)),
        ("maybe + 1", ranged(2, 5, True)),
        ("max(maybe, 3)", ranged(3, 4, True)),
        ("abs(maybe)", ranged(1, 4, True)),
    ],
)
def test_the_enclosure_of_a_formula(text: str, expected: Range) -> None:
    """With a in 1…2, b in -1…4, up in 0…3, a part without an upper bound, and one that may have no value."""
    parts = {"a": ranged(1, 2), "b": ranged(-1, 4), "up": ranged(0, 3), "open": ranged(1, None)}
    assert enclosed(text, **parts, zero=ranged(0, 0), maybe=ranged(1, 4, True)) == expected


numbers = st.fractions(-3, 3, max_denominator=4)
intervals = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
inside = st.fractions(0, 1, max_denominator=8)
parts_of_formulas = st.recursive(
    st.sampled_from(["a", "b", "c", "1", "2.5"]),
    lambda part: st.one_of(
        st.tuples(
            st.sampled_from(["({} + {})", "({} - {})", "({} * {})", "({} / {})", "min({}, {})", "max({}, {})"]),
            part,
            part,
        ),
        st.tuples(st.sampled_from(["default({}, {})", "if({} > b, {}, 1)", "if({} == 1 or a < b, c, {})"]), part, part),
        st.tuples(st.sampled_from(["abs({})", "floor({})", "ceil({})", "round({}, 1)"]), part),
        st.tuples(st.just("if(blank({}), 1, 2)"), st.sampled_from("abc")),
    ).map(lambda chosen: chosen[0].format(*chosen[1:])),
    max_leaves=6,
)


@given(parts_of_formulas, intervals, intervals, st.none() | numbers, st.booleans(), inside, inside)
def test_the_enclosure_holds_every_value(
    text: str,
    one: tuple[Fraction, Fraction],
    other: tuple[Fraction, Fraction],
    third: Fraction | None,
    open_one: bool,
    here: Fraction,
    there: Fraction,
) -> None:
    low, high = one
    a = Range(low, None if open_one else high)
    c = Range(third, third, void=True, empty=third is None)
    extent = enclosed(text, a=a, b=Range(*other), c=c)
    at = {"a": low + here * (high - low), "b": other[0] + there * (other[1] - other[0])}
    for found in (value(text, **at, c=third), value(text, **at, c=None)):
        if found is None:
            assert extent.void
        else:
            assert not extent.empty
            assert extent.lowest is None or extent.lowest <= found
            assert extent.highest is None or found <= extent.highest


def test_what_only_a_row_says_may_be_either() -> None:
    assert truths(parse("a in ('x',)"), among({})) == {True, False}
