"""Quotients of two columns, row by row: exact without a common denominator, by hand."""

from fractions import Fraction

import pytest
from kit.tables import catalogue_of, over_duckdb, report_of, tables_of

from itss_kpi.core.results import Assessment

SOURCES = """
sources:
  t: {name: 机柜, departments: [甲部], files: 机柜*, key: [柜号], date: 日,
      columns: {柜号: {}, 日: {type: date}, 房: {}, 峰值: {type: decimal}, 签约: {type: decimal}}}
indicators:
  - {id: x, number: 1, domain: 资源, name: 负载率, formula: f, period: month, target: '<= 80%', BODY}
"""
ROWS = ["A,一,3,7", "B,一,2.5,4", "C,二,1,3", "D,二,-2,-6"]


def assessed(body: str, rows: list[str], *, lazy: bool = False) -> dict[str | None, Assessment]:
    """July by group; a row is `cabinet,room,peak,contracted`."""
    catalogue = catalogue_of(SOURCES.replace("BODY", body))
    names = ("柜号", "房", "峰值", "签约")
    tables = tables_of(
        catalogue, t=[dict(zip(names, row.split(","), strict=True)) | {"日": "2022-07-05"} for row in rows]
    )
    report = report_of(catalogue, over_duckdb(tables) if lazy else tables, "2022-07")
    return {one.group: one for one in report.due}


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("max", Fraction(5, 8)),
        ("min", Fraction(1, 3)),
        ("median", (Fraction(3, 7) + Fraction(1, 3)) / 2),
        ("mean", (Fraction(3, 7) + Fraction(5, 8) + Fraction(2, 3)) / 4),
        ("sum", Fraction(3, 7) + Fraction(5, 8) + Fraction(2, 3)),
    ],
)
def test_quotients_are_exact(measure: str, expected: Fraction, lazy: bool) -> None:
    found = assessed(f"value: {{measure: {measure}, source: t, of: 峰值 / 签约}}", ROWS, lazy=lazy)
    assert found[None].value == expected


def test_groups_and_formulas_have_them_too() -> None:
    body = "for_each: 房, value: worst - mean, measures: {worst: {measure: max, source: t, of: 峰值 / 签约}, "
    body += "mean: {measure: mean, source: t, of: abs(峰值 - 签约) / 签约}}"
    found = assessed(body, ROWS)
    assert found["一"].value == Fraction(5, 8) - (Fraction(4, 7) + Fraction(3, 8)) / 2
    assert found["二"].value == Fraction(1, 3) - (Fraction(2, 3) + Fraction(4, -6)) / 2


def test_a_quotient_that_cannot_be_read_leaves_its_group_open() -> None:
    found = assessed("for_each: 房, value: {measure: mean, source: t, of: 峰值 / 签约}", [*ROWS[:3], "D,二,x,6"])
    assert (found["一"].doubtful_rows, found["一"].value) == (0, (Fraction(3, 7) + Fraction(5, 8)) / 2)
    assert (found["二"].doubtful_rows, found["二"].lowest, found["二"].highest) == (1, None, None)


@pytest.mark.parametrize(
    ("measure", "expected"), [("mean", (Fraction(3, 7), 0)), ("max", (None, 1)), ("sum", (None, 1))]
)
def test_nothing_is_divided_by_0(measure: str, expected: tuple[Fraction | None, int]) -> None:
    found = assessed(f"value: {{measure: {measure}, source: t, of: 峰值 / 签约}}", [ROWS[0], "B,一,2,0"])[None]
    assert (found.highest, found.doubtful_rows) == expected


def test_a_record_in_two_variants_has_either_quotient() -> None:
    found = assessed("value: {measure: sum, source: t, of: 峰值 / 签约}", [*ROWS, "A,一,5,7"])[None]
    rest = Fraction(5, 8) + Fraction(2, 3)
    assert (found.lowest, found.highest) == (Fraction(3, 7) + rest, Fraction(5, 7) + rest)
