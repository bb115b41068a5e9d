"""The year to date beside periods that are missing, undecided, or ask of everybody anew."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from itss_kpi.analysis.series import Series, series
from itss_kpi.core.period import Period, PeriodKind
from tests.kit.tables import catalogue_of, raw_export, table_of

TEXT = """
sources:
  t:
    name: 台账
    departments: [甲部]
    files: 台账_*
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}, 人: {}, 好: {type: yes_no}, 数: {type: integer, minimum: 0}}
indicators:
  - {id: x, number: 1, domain: 域, name: 名, formula: 式, period: quarter, target: '%s', %s}
"""
RATE = "numerator: {within: denominator, where: 好}, denominator: {measure: count, source: t}"
PERSONS = "numerator: {within: denominator, where: 好}, denominator: {measure: distinct, source: t, of: 人}"
YEAR = Period(PeriodKind.YEAR, 2022)


def taken(target: str, body: str, rows: Sequence[Mapping[str, str]], lacking: int = 0) -> Series:
    """The series of 2022 from rows (their quarter's number under 季), where the file of one quarter may be lacking."""
    catalogue = catalogue_of(TEXT % (target, body))
    raws = []
    for quarter in (1, 2, 3, 4):
        period = Period(PeriodKind.QUARTER, 2022, quarter)
        mine = [
            {"编号": f"{at}", "日期": str(period.start), "好": "是", "数": "1"}
            | {k: v for k, v in row.items() if k != "季"}
            for at, row in enumerate(rows)
            if row["季"] == str(quarter)
        ]
        if quarter != lacking:
            raws.append(raw_export(catalogue, "t", mine, covers=(period.start, period.end), path=f"甲部/台账_{period}"))
    tables = {"t": table_of(catalogue, "t", *raws)}
    (found,) = series(catalogue, tables, catalogue.indicators, YEAR, YEAR, date(2022, 12, 31))
    return found


FOUR = [{"季": str(quarter), "好": "否" if quarter == 2 else "是"} for quarter in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("body", "lacking", "shown"),
    [
        (RATE, 0, "75.00%"),
        (RATE, 2, "100.00%(4 个季度中的 3 个)"),
        (RATE, 4, "66.67%(4 个季度中的 3 个)"),
        ("value: {measure: sum, source: t, of: 数}", 3, "3(4 个季度中的 3 个)"),
        ("value: {measure: mean, source: t, of: 数}", 0, "1"),
        # of a mean the parts of some periods make no part of the whole
        ("value: {measure: mean, source: t, of: 数}", 3, "—(4 个季度中的 3 个)"),
    ],
)
def test_over_a_quarter_that_is_missing_only_a_part_is_formed(body: str, lacking: int, shown: str) -> None:
    target = ">= 60%" if body == RATE else ">= 1"
    assert taken(target, body, FOUR, lacking).to_date_text == shown


def test_a_quarter_with_a_doubt_is_in_the_interval_of_the_whole() -> None:
    rows = [*FOUR, {"季": "3", "好": "?"}]
    assert taken(">= 60%", RATE, rows).to_date_text == "60.00%~80.00%"


def test_everybody_is_asked_of_in_each_quarter() -> None:
    rows = [{"季": str(quarter), "人": name, "好": "是"} for quarter in (1, 2, 3, 4) for name in "甲乙"]
    rows[3] = rows[3] | {"好": "否"}
    assert taken(">= 100%", PERSONS, rows).to_date_text == "87.50%"  # 7 of 8, and not 2 of 2
