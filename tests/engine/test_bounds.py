"""Bounds: the closed forms agree with brute force over every way that doubtful rows could turn out."""

import itertools
import statistics
from collections.abc import Callable, Iterable
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from itss_kpi.core.results import ErrorBudget, Verdict, WhatIf
from itss_kpi.core.targets import Target, parse_target
from itss_kpi.engine.bounds import (
    Choice,
    Range,
    Row,
    judge,
    median,
    order_range,
    pick_of,
    point,
    ratio_range,
    shortfall,
)
from itss_kpi.engine.error_budget import (
    budget_of_count,
    budget_of_plan,
    budget_of_ratio,
    what_if_of_count,
    what_if_of_ratio,
)

small = st.integers(0, 4)
signed = st.integers(-3, 3)


def target(text: str) -> Target:
    found = parse_target(text)
    assert found is not None
    return found


def least(passes: Callable[[int], bool], within: int) -> int | None:
    """The least k below `within` that passes."""
    return next((k for k in range(within) if passes(k)), None)


# ---- ratios


def corners(choice: Choice) -> list[tuple[int, int]]:
    return list(itertools.product({choice.low, choice.high}, {choice.base_low, choice.base_high}))


def outcomes(numerator: int, denominator: int, rows: Iterable[Row]) -> tuple[set[Fraction], bool]:
    """Every value that the ratio can take, and whether it can have none, by trying each combination."""
    values, void = set(), False
    for ways in itertools.product(*([share for choice in row for share in corners(choice)] for row in rows)):
        top, bottom = numerator + sum(share for share, _ in ways), denominator + sum(base for _, base in ways)
        void = void or bottom == 0
        values |= {Fraction(top, bottom)} if bottom else set()
    return values, void


points = st.builds(point, signed, small)
boxes = st.builds(lambda a, b, c, d: Choice(min(a, b), max(a, b), min(c, d), max(c, d)), signed, signed, small, small)
rows_of = lambda choices: st.lists(st.frozensets(choices, min_size=1, max_size=3), max_size=4)  # noqa: E731


@given(signed, st.integers(1, 5), rows_of(points | boxes))
def test_the_range_of_a_ratio_is_that_of_every_combination(numerator: int, denominator: int, rows: list[Row]) -> None:
    values, void = outcomes(numerator, denominator, rows)
    assert ratio_range(numerator, denominator, rows) == Range(min(values), max(values), void)


@given(
    st.lists(
        st.sampled_from(
            [
                {(0, 0), (0, 1)},
                {(0, 0), (1, 1)},
                {(0, 1), (1, 1)},
                {(0, 0), (0, 1), (1, 1)},
                {(0, 1)},
                {(0, 2), (1, 3), (0, 0)},
            ]
        ),
        max_size=5,
    ),
    st.integers(0, 2),
)
def test_the_range_of_a_share_is_that_of_every_combination_even_with_nothing_certain(
    shares: list[set[tuple[int, int]]], certain: int
) -> None:
    rows = [frozenset(point(*share) for share in row) for row in shares]
    values, void = outcomes(certain, certain, rows)
    expected = Range(min(values, default=None), max(values, default=None), void, empty=not values)
    assert ratio_range(certain, certain, rows) == expected


@given(signed, rows_of(points))
def test_the_range_over_nothing_certain_is_that_of_every_combination_with_a_value(
    numerator: int, rows: list[Row]
) -> None:
    values, void = outcomes(numerator, 0, rows)
    expected = Range(min(values, default=None), max(values, default=None), void, empty=not values)
    assert ratio_range(numerator, 0, rows) == expected


@pytest.mark.parametrize(
    ("numerator", "rows", "expected"),
    [
        (3, [{(0, 0), (0, 1)}, {(0, 0), (0, 1)}], Range(Fraction(3, 2), Fraction(3), void=True)),
        (0, [{(5, 0), (1, 1)}, {(0, 0), (1, 2)}], Range(Fraction(2, 3), Fraction(3), void=True)),
        (3, [{(0, 0), (0, 2)}, {(0, 0), (0, 5), (1, 5)}], Range(Fraction(3, 7), Fraction(3, 2), void=True)),
        (-3, [{(0, 0), (0, 2)}, {(0, 0), (0, 5)}], Range(Fraction(-3, 2), Fraction(-3, 7), void=True)),
        (3, [{(0, 0), (1, 0)}, {(2, 0)}], Range(None, None, void=True, empty=True)),
    ],
)
def test_the_range_of_a_ratio_with_nothing_certain_below(
    numerator: int, rows: list[set[tuple[int, int]]], expected: Range
) -> None:
    """Where every row would rather add nothing below, the one that loses least by it has to add something."""
    assert ratio_range(numerator, 0, [frozenset(point(*share) for share in row) for row in rows]) == expected


@given(signed, small, rows_of(points | boxes))
def test_a_ratio_is_void_exactly_when_its_denominator_can_be_0(
    numerator: int, denominator: int, rows: list[Row]
) -> None:
    assert ratio_range(numerator, denominator, rows).void == outcomes(numerator, denominator, rows)[1]


open_boxes = st.builds(
    lambda low, high, base, top: Choice(low, high, base, top),
    st.none() | st.just(0),
    st.none() | st.integers(0, 3),
    st.integers(0, 2),
    st.none() | st.integers(2, 4),
)


@given(small, st.integers(1, 5), rows_of(open_boxes), st.integers(5, 99))
def test_no_way_to_fill_in_what_is_unbounded_leaves_the_range(
    numerator: int, denominator: int, rows: list[Row], far: int
) -> None:
    filled = [
        frozenset(
            Choice(
                -far if c.low is None else c.low,
                far if c.high is None else c.high,
                c.base_low,
                far if c.base_high is None else c.base_high,
            )
            for c in row
        )
        for row in rows
    ]
    found = ratio_range(numerator, denominator, rows)
    for value in outcomes(numerator, denominator, filled)[0]:
        assert found.lowest is None or found.lowest <= value
        assert found.highest is None or value <= found.highest


@pytest.mark.parametrize(
    ("choice", "lowest", "highest"),
    [
        (Choice(0, None), Fraction(1, 2), None),
        (Choice(None, 0), None, Fraction(1, 2)),
        (Choice(None, None), None, None),
        (Choice(0, 1, 0, None), None, Fraction(1)),
        (Choice(-1, -1, 0, None), None, None),
        (Choice(0, 1, 1, 2), Fraction(1, 4), Fraction(2, 3)),
    ],
)
def test_a_bound_that_is_not_there_is_none(choice: Choice, lowest: Fraction | None, highest: Fraction | None) -> None:
    """One certain success of two, and one row of that kind."""
    assert ratio_range(1, 2, [frozenset({choice})]) == Range(lowest, highest)


def test_an_unbounded_base_lifts_a_negative_ratio() -> None:
    assert ratio_range(-5, 0, [frozenset({Choice(0, 0, 1, None)})]) == Range(None, None)


@pytest.mark.parametrize("rows", [[{Choice(0, 0, 0, None)}], [{Choice(0, 0, 0, None)}, {point(0, 0), point(0, 4)}]])
def test_a_base_that_may_come_as_near_to_0_as_it_likes_bounds_nothing(rows: list[set[Choice]]) -> None:
    """3 over the unreadable row's amount alone: 6 over 0.5, 300 over 0.01."""
    assert ratio_range(3, 0, [frozenset(row) for row in rows]) == Range(None, None, void=True)


@pytest.mark.parametrize(
    ("denominator", "expected"),
    [(0, Range(None, None, void=True, empty=True)), (76, Range(Fraction(27, 38), Fraction(27, 38)))],
)
def test_without_doubtful_rows_the_range_is_the_value(denominator: int, expected: Range) -> None:
    assert ratio_range(54, denominator, []) == expected


def test_many_rows_of_one_kind_are_as_fast_as_one() -> None:
    row = frozenset({point(0, 0), point(0, 1), point(1, 1)})
    assert ratio_range(10, 20, [row] * 100_000) == Range(Fraction(10, 100_020), Fraction(100_010, 100_020))


# ---- order statistics


def _seven_of_ten(values: list[Fraction]) -> Fraction:
    """The least of the values than which no fewer than 70 % are greater."""
    return min(one for one in values if 10 * sum(other <= one for other in values) >= 7 * len(values))


@given(
    st.lists(signed, max_size=4),
    st.lists(signed, max_size=5),
    st.sampled_from(
        [(min, min), (max, max), (median, statistics.median), (pick_of("percentile", 70, nearest=True), _seven_of_ten)]
    ),
)
def test_the_range_of_an_order_statistic_is_that_of_every_subset(
    sure: list[int], optional: list[int], picks: tuple
) -> None:
    ours, theirs = picks
    subsets = [list(sub) for size in range(len(optional) + 1) for sub in itertools.combinations(optional, size)]
    values = [theirs([Fraction(value) for value in [*sure, *sub]]) for sub in subsets if sure or sub]
    expected = Range(min(values, default=None), max(values, default=None), not sure, empty=not values)
    assert order_range(sure, optional, ours) == expected


@pytest.mark.parametrize(
    ("at", "count", "rank"), [(95, 20, 19), (95, 21, 20), (90, 10, 9), (50, 1, 1), (1, 5, 1), (99.9, 1000, 999)]
)
def test_the_nearest_rank_is_one_of_the_values(at: float, count: int, rank: int) -> None:
    assert pick_of("percentile", at, nearest=True)([10 * value for value in range(1, count + 1)]) == 10 * rank


@pytest.mark.parametrize(("ordered", "middle"), [([7], "7"), ([1, 2], "3/2"), ([1, 2, 9], "2"), ([1, 2, 4, 9], "3")])
def test_the_median(ordered: list[int], middle: str) -> None:
    assert median(ordered) == Fraction(middle)


# ---- verdicts


def extent(lowest: str | None, highest: str | None, void: bool = False, empty: bool = False) -> Range:
    low, high = (None if bound is None else Fraction(bound) for bound in (lowest, highest))
    return Range(low, high, void, empty)


@pytest.mark.parametrize(
    ("text", "lowest", "highest", "verdict"),
    [
        (">= 95%", "19/20", "1", "attained"),
        (">= 95%", "9/10", "949/1000", "missed"),
        (">= 95%", "9/10", "19/20", "unverified"),
        ("> 95%", "19/20", "19/20", "missed"),
        ("<= 3次", "0", "3", "attained"),
        ("<= 3次", "3", "4", "unverified"),
        ("<= 3次", "4", "5", "missed"),
        ("= 0次", "0", "0", "attained"),
        ("= 5次", "4", "6", "unverified"),
        (">= 90% and <= 98%", "9/10", "98/100", "attained"),
        (">= 90% and <= 98%", "8/10", "1", "unverified"),
        (">= 90% and <= 98%", "99/100", "1", "missed"),
        (">= 90% and <= 98%", "7/10", "8/10", "missed"),
        (">= 95%", None, "9/10", "missed"),
        (">= 95%", None, "1", "unverified"),
        (">= 95%", "1", None, "attained"),
        ("<= 3次", "4", None, "missed"),
        ("<= 3次", "1", None, "unverified"),
        (">= 95%", None, None, "unverified"),
    ],
)
def test_the_verdict_holds_whatever_the_doubtful_rows_turn_out_to_be(
    text: str, lowest: str | None, highest: str | None, verdict: str
) -> None:
    assert judge(target(text), Fraction(0), extent(lowest, highest), Verdict.NOT_APPLICABLE) == verdict


@pytest.mark.parametrize("zero", [Verdict.NOT_APPLICABLE, Verdict.ATTAINED, Verdict.MISSED])
@pytest.mark.parametrize("text", [">= 95%", None])
def test_a_denominator_of_0_means_what_the_indicator_says(zero: Verdict, text: str | None) -> None:
    assert judge(target(text) if text else None, None, extent(None, None, void=True, empty=True), zero) == zero


@pytest.mark.parametrize("zero", [Verdict.ATTAINED, Verdict.MISSED, Verdict.NOT_APPLICABLE])
def test_a_row_that_could_be_anything_is_not_nothing(zero: Verdict) -> None:
    anything = ratio_range(0, 0, [frozenset({Choice(None, None, 0, 1)})])
    assert anything == Range(None, None, void=True, empty=False)
    assert judge(target(">= 95%"), None, anything, zero) == Verdict.UNVERIFIED
    assert judge(None, None, anything, zero) == Verdict.MONITORED


@pytest.mark.parametrize(
    ("lowest", "zero", "verdict"),
    [
        ("1", Verdict.NOT_APPLICABLE, "unverified"),
        ("1", Verdict.ATTAINED, "attained"),
        ("1", Verdict.MISSED, "unverified"),
        ("0", Verdict.ATTAINED, "unverified"),
        ("0", Verdict.MISSED, "missed"),
    ],
)
def test_a_denominator_that_may_be_0_leaves_a_verdict_only_where_both_agree(
    lowest: str, zero: Verdict, verdict: str
) -> None:
    assert judge(target(">= 95%"), Fraction(lowest), extent(lowest, lowest, void=True), zero) == verdict


def test_without_a_target_a_value_is_only_monitored() -> None:
    assert judge(None, Fraction(1), extent("0", "1"), Verdict.NOT_APPLICABLE) == Verdict.MONITORED


# ---- shortfall


@given(st.integers(0, 30), st.integers(1, 30), st.sampled_from([">=", ">"]), st.integers(0, 100))
def test_the_shortfall_is_the_least_number_of_units_that_meets_a_lower_limit(
    numerator: int, denominator: int, op: str, percent: int
) -> None:
    wanted = target(f"{op} {percent}%")
    brute = least(lambda k: wanted.passes(Fraction(numerator + k, denominator)), 99)
    found = shortfall(wanted, Fraction(numerator, denominator), Fraction(denominator), Fraction(1))
    assert found == (brute or None)


@given(st.integers(0, 30), st.integers(1, 30), st.sampled_from(["<=", "<"]), st.integers(1, 100))
def test_above_an_upper_limit_it_is_the_least_number_of_units_too_many(
    numerator: int, denominator: int, op: str, percent: int
) -> None:
    wanted = target(f"{op} {percent}%")
    brute = least(lambda k: wanted.passes(Fraction(numerator - k, denominator)), 99)
    found = shortfall(wanted, Fraction(numerator, denominator), Fraction(denominator), Fraction(1))
    assert found == (brute or None)


@pytest.mark.parametrize(
    ("text", "value", "denominator", "step", "expected"),
    [
        (">= 90%", "54/76", "76", "1", "15"),
        ("<= 3次", "5", None, "1", "2"),
        ("< 3次", "3", None, "1", "1"),
        ("= 0次", "2", None, "1", "2"),
        ("<= 4小时", "14400000001", None, None, "1"),
        (">= 95%", "1/3", None, None, "37/60"),
        (">= 5", "4.95", None, "0.1", "0.1"),
        ("> 5", "4.9", None, "0.1", "0.2"),
        (">= 90% and <= 98%", "99/100", "100", "1", "1"),
        ("> 95%", "19/20", "20", "1", "1"),
        ("> 5次", "5", None, "1", "1"),
        ("= 95%", "9/10", "20", "1", "1"),
        ("= 95%", "1", "20", "1", "1"),
        ("= 95%", "9/10", "10", "1", None),
        ("= 95%", "1", "10", "1", None),
        (">= 91% and <= 99%", "9/10", "10", "1", None),
        (">= 90% and <= 98%", "1", "10", "1", "1"),
        ("= 2.5次", "1", None, "1", None),
        (">= 90%", "9/10", "10", "1", None),
        (">= 90%", None, "10", "1", None),
        (None, "1/2", "10", "1", None),
    ],
)
def test_the_shortfall(
    text: str | None, value: str | None, denominator: str | None, step: str | None, expected: str | None
) -> None:
    numbers = [None if number is None else Fraction(number) for number in (value, denominator, step)]
    assert shortfall(target(text) if text else None, *numbers) == (None if expected is None else Fraction(expected))


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 100), st.integers(0, 20))
def test_no_shortfall_is_said_where_no_number_of_units_passes(
    numerator: int, denominator: int, percent: int, width: int
) -> None:
    wanted = target(f">= {percent}% and <= {percent + width}%")
    value = Fraction(numerator, denominator)
    towards = 1 if value < Fraction(percent, 100) else -1
    brute = least(lambda k: wanted.passes(Fraction(numerator + towards * k, denominator)), 99)
    assert shortfall(wanted, value, Fraction(denominator), Fraction(1)) == (brute or None)


# ---- room


@given(st.integers(0, 40), st.integers(1, 40), st.sampled_from([">=", ">"]), st.integers(1, 99))
def test_the_room_of_a_share_is_what_it_bears_or_needs(numerator: int, denominator: int, op: str, percent: int) -> None:
    assume(numerator <= denominator)
    wanted = target(f"{op} {percent}%")
    if wanted.passes(Fraction(numerator, denominator)):
        breaks = least(lambda k: not wanted.passes(Fraction(numerator, denominator + k)), 9999)
        expected = ErrorBudget(failures=breaks - 1)
    else:
        expected = ErrorBudget(successes=least(lambda k: wanted.passes(Fraction(numerator + k, denominator + k)), 9999))
    assert budget_of_ratio(wanted, numerator, denominator) == expected


@pytest.mark.parametrize(
    ("text", "numerator", "denominator", "room"),
    [
        (">= 100%", 5, 5, ErrorBudget(failures=0)),
        (">= 100%", 4, 5, ErrorBudget()),
        (">= 0%", 0, 5, ErrorBudget(failures=None)),
        ("> 0%", 1, 5, ErrorBudget(failures=None)),
        (">= 95%", 0, 0, ErrorBudget()),
        ("<= 5%", 1, 5, ErrorBudget()),
        ("= 95%", 1, 5, ErrorBudget()),
        (">= 90% and <= 98%", 9, 10, ErrorBudget()),
    ],
)
def test_where_the_room_of_a_share_is_nothing_or_not_known(
    text: str, numerator: int, denominator: int, room: ErrorBudget
) -> None:
    assert budget_of_ratio(target(text), numerator, denominator) == room


def room_of_count_by_trying(wanted: Target, count: int) -> ErrorBudget:
    further = [wanted.passes(Fraction(count + k)) for k in range(100)]
    if not any(further):
        return ErrorBudget(settled="已失守")
    if all(further):
        return ErrorBudget(settled="已稳达")
    if further[0]:
        return ErrorBudget(failures=further.index(False) - 1)
    return ErrorBudget(successes=further.index(True))


@given(
    st.sampled_from([">= {}次", "> {}次", "<= {}次", "< {}次", "= {}次", ">= {}次 and <= 30次", "> {}次 and < 30次"]),
    st.integers(1, 20),
    st.integers(0, 40),
)
def test_the_room_of_a_count_is_what_it_bears_or_needs(text: str, limit: int, count: int) -> None:
    wanted = target(text.format(limit))
    assert budget_of_count(wanted, count) == room_of_count_by_trying(wanted, count)


@pytest.mark.parametrize(
    ("text", "count", "room"),
    [
        ("<= 2.5次", 1, ErrorBudget(failures=1)),
        ("< 2.5次", 1, ErrorBudget(failures=1)),
        ("> 2.5次", 1, ErrorBudget(successes=2)),
        (">= 2.5次", 1, ErrorBudget(successes=2)),
        ("<= 2.5次", 3, ErrorBudget(settled="已失守")),
        ("= 2.5次", 1, ErrorBudget(settled="已失守")),
        ("> 2次 and < 3次", 1, ErrorBudget(settled="已失守")),
    ],
)
def test_the_room_of_a_count_with_a_broken_limit(text: str, count: int, room: ErrorBudget) -> None:
    assert budget_of_count(target(text), count) == room


@given(
    st.sampled_from([">=", ">"]),
    st.integers(1, 99),
    st.integers(1, 30),
    st.integers(0, 30),
    st.integers(0, 30),
    st.booleans(),
)
def test_the_room_of_a_plan_is_what_is_still_to_come(
    op: str, percent: int, planned: int, done: int, failed: int, subset: bool
) -> None:
    assume(done + failed <= planned)
    wanted = target(f"{op} {percent}%")
    needed = least(lambda k: wanted.passes(Fraction(done + k, planned)), 99)
    if needed == 0:
        expected = ErrorBudget(settled="已稳达", planned=str(planned))
    elif subset and done + needed > planned - failed:
        expected = ErrorBudget(settled="已失守", planned=str(planned))
    else:
        expected = ErrorBudget(successes=needed, planned=str(planned))
    assert budget_of_plan(wanted, Fraction(done), Fraction(planned), subset, Fraction(failed)) == expected


@pytest.mark.parametrize(("text", "planned"), [(">= 90%", 0), ("<= 90%", 10), ("= 90%", 10), (">= 90% and <= 98%", 10)])
def test_a_plan_of_nothing_or_another_kind_of_target_has_no_room(text: str, planned: int) -> None:
    assert budget_of_plan(target(text), Fraction(1), Fraction(planned), True, Fraction(0)) == ErrorBudget()


# ---- what if more come


TARGETS = st.one_of(
    st.builds("{} {}%".format, st.sampled_from([">=", ">", "<=", "<", "="]), st.integers(0, 110)),
    st.builds(
        lambda low, width, ops: f"{ops[0]} {low}% and {ops[1]} {low + width}%",
        st.integers(0, 100), st.integers(1, 30), st.sampled_from([(">=", "<="), (">", "<"), (">=", "<"), (">", "<=")]),
    ),
)  # fmt: skip


def tried(holds: Callable[[int], bool], further: int) -> WhatIf:
    """Every number of successes tried: those that hold are all from the least to the most."""
    ways = [successes for successes in range(further + 1) if holds(successes)]
    if not ways:
        return WhatIf(further)
    assert ways == list(range(ways[0], ways[-1] + 1))
    return WhatIf(further, ways[0], ways[-1])


@given(TARGETS, st.integers(0, 40), st.integers(0, 40), st.integers(1, 60))
def test_the_outlook_of_a_share_is_what_holds_when_they_have_come(
    text: str, successes: int, failures: int, further: int
) -> None:
    wanted, all_of_them = target(text), successes + failures
    expected = tried(lambda s: wanted.passes(Fraction(successes + s, all_of_them + further)), further)
    assert what_if_of_ratio(wanted, successes, all_of_them, further) == expected


@given(
    st.sampled_from([">= {}次", "> {}次", "<= {}次", "< {}次", "= {}次", ">= {}次 and <= 30次", "> {}次 and < 30次"]),
    st.sampled_from(["0", "1", "2.5", "7", "20", "29"]),
    st.integers(0, 40),
    st.integers(1, 60),
)
def test_the_outlook_of_a_count_is_what_holds_when_they_have_come(
    text: str, limit: str, count: int, further: int
) -> None:
    wanted = target(text.format(limit))
    expected = tried(lambda s: wanted.passes(Fraction(count + s)), further)
    assert what_if_of_count(wanted, count, further) == expected


@given(st.integers(0, 40), st.integers(1, 40), st.sampled_from([">=", ">"]), st.integers(1, 99))
def test_the_outlook_agrees_with_the_room(numerator: int, denominator: int, op: str, percent: int) -> None:
    assume(numerator <= denominator)
    wanted = target(f"{op} {percent}%")
    room = budget_of_ratio(wanted, numerator, denominator)
    if room.successes:
        assert what_if_of_ratio(wanted, numerator, denominator, room.successes).least == room.successes
    elif room.failures:
        assert what_if_of_ratio(wanted, numerator, denominator, room.failures).least == 0
