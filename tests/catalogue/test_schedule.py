"""Schedules: the words in which a plan says when something is to be done."""

import itertools
from datetime import date

import pytest

from itss_kpi.catalogue.schedule import Span, When, read_when, spans_of
from itss_kpi.core.period import PeriodKind


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1月", (2022, 1, 1), (2022, 1, 31)),
        ("2月份", (2022, 2, 1), (2022, 2, 28)),
        (" １２ 月 ", (2022, 12, 1), (2022, 12, 31)),
        ("10-12月", (2022, 10, 1), (2022, 12, 31)),
        ("10月-12月", (2022, 10, 1), (2022, 12, 31)),
        ("１０－１２月", (2022, 10, 1), (2022, 12, 31)),
        ("5至6月", (2022, 5, 1), (2022, 6, 30)),
        ("5月到6月份", (2022, 5, 1), (2022, 6, 30)),
        ("5~6月", (2022, 5, 1), (2022, 6, 30)),
        ("5—6月", (2022, 5, 1), (2022, 6, 30)),
        ("2021年11-12月", (2021, 11, 1), (2021, 12, 31)),
        ("2022-05~2022-06", (2022, 5, 1), (2022, 6, 30)),
        ("2021-11至2022-02", (2021, 11, 1), (2022, 2, 28)),
        ("2022-10", (2022, 10, 1), (2022, 10, 31)),
        ("2023年7月", (2023, 7, 1), (2023, 7, 31)),
        ("第三季度", (2022, 7, 1), (2022, 9, 30)),
        ("2022Q3", (2022, 7, 1), (2022, 9, 30)),
        ("下半年", (2022, 7, 1), (2022, 12, 31)),
        ("全年", (2022, 1, 1), (2022, 12, 31)),
        ("2022", (2022, 1, 1), (2022, 12, 31)),
        ("一季度至二季度", (2022, 1, 1), (2022, 6, 30)),
    ],
)
def test_one_span(text: str, first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    assert read_when(text, 2022) == When((Span(date(*first), date(*last)),))


@pytest.mark.parametrize("text", ["3、9月", "3月、9月", "3,9月", "3月和9月", "2022-03、2022-09", "3月、2022-09"])
def test_several_spans(text: str) -> None:
    found = read_when(text, 2022)
    assert found
    assert [str(span) for span in found.spans] == ["2022-03", "2022-09"]


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("每月", PeriodKind.MONTH), ("每个月", PeriodKind.MONTH), ("每季", PeriodKind.QUARTER),
        ("每季度", PeriodKind.QUARTER), ("每个季度", PeriodKind.QUARTER), ("每半年", PeriodKind.HALF),
        ("每 年", PeriodKind.YEAR),
    ],
)  # fmt: skip
def test_what_comes_again(text: str, each: PeriodKind) -> None:
    assert read_when(text, 2022) == When(each=each)


@pytest.mark.parametrize("text", ["按考核频次", "按考核周期", "按指标考核频次", "按 考核 频次"])
def test_what_follows_the_indicators(text: str) -> None:
    assert read_when(text, 2022) == When(follows=True)


@pytest.mark.parametrize(
    "text",
    ["", "年", "度", "月", "年初", "适时", "7", "10-12", "13月", "0月", "12-3月", "1月、年底", "1月月", "每周", "2022-13",
     "2022-07-05", "1-13月", "~3月", "3月~", "按频次"],
)  # fmt: skip
def test_what_is_not_understood_is_not_guessed(text: str) -> None:
    assert read_when(text, 2022) is None


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ((2022, 7, 1), (2022, 7, 31), "2022-07"),
        ((2022, 10, 1), (2022, 12, 31), "2022Q4"),
        ((2022, 7, 1), (2022, 12, 31), "2022H2"),
        ((2022, 1, 1), (2022, 12, 31), "2022"),
        ((2022, 2, 1), (2022, 4, 30), "2022-02~2022-04"),
        ((2021, 12, 1), (2022, 1, 31), "2021-12~2022-01"),
    ],
)
def test_a_span_is_shown_as_a_period_where_it_is_one_and_read_again(
    first: tuple[int, int, int], last: tuple[int, int, int], shown: str
) -> None:
    span = Span(date(*first), date(*last))
    assert str(span) == shown
    assert read_when(shown, 1999) == When((span,))


def test_the_spans_of_a_year_follow_each_other() -> None:
    for kind in (one for one in PeriodKind if one.months):
        spans = spans_of(kind, 2024)
        assert len(spans) == 12 // kind.months
        assert (spans[0].start, spans[-1].last_day) == (date(2024, 1, 1), date(2024, 12, 31))
        assert all((after.start - before.last_day).days == 1 for before, after in itertools.pairwise(spans))
